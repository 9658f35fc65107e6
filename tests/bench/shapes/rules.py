"""A model of 300 rules and the same in SQL, both from one seeded list of conditions over a file of 24 columns: ten dimensions of thirty rules each, most of them of one or two comparisons, as
scorecards have them."""
import random

KINDS = "nnnnnnnnooaaaaaaddkkkkff"  # the generator's letters
NAMES = [f"{kind}{i + 1:03d}" for i, kind in enumerate(KINDS)]
CATEGORIES = ["north", "south", "east", "west", "key", "small", "direct", "partner", "web", "retail", "public", "other"]
PPM_TYPES = {"n": "number", "o": "number  optional", "a": "money", "d": "date", "k": "text", "f": "flag"}
SQL_TYPES = {"n": "INTEGER", "o": "INTEGER", "a": "DECIMAL(12,2)", "d": "DATE", "k": "VARCHAR", "f": "BOOLEAN", "t": "VARCHAR"}
DIMENSIONS, RULES, SEED = 10, 30, 20250630


def columns_sql(kinds):
    return "'id':'VARCHAR'," + ",".join(f"'{kind}{i + 1:03d}':'{SQL_TYPES[kind]}'" for i, kind in enumerate(kinds))


def comparison(draw):
    """A condition as (ppm, SQL)."""
    name = draw.choice(NAMES)
    kind = name[0]
    if kind in "no":
        most = 2000 if kind == "n" else 500
        low = draw.randrange(most)
        if draw.random() < 0.25:
            high = low + draw.randrange(1, most // 4)
            return f"{name} between {low} and {high}", f"{name} BETWEEN {low} AND {high}"
        if kind == "n" and draw.random() < 0.25:
            other = draw.choice([x for x in NAMES if x[0] == "n" and x != name])
            return f"{name} + {low} < {other}", f"{name} + {low} < {other}"
        sign = draw.choice(["<", "<=", ">", ">="])
        return f"{name} {sign} {low}", f"{name} {sign} {low}"
    if kind == "a":
        other = draw.choice([x for x in NAMES if x[0] == "a" and x != name])
        if draw.random() < 0.4:
            rate = draw.randrange(5, 100)
            return f"{name} - {other} >= {rate}% * {name}", f"{name} - {other} >= {rate / 100:.2f} * {name}"
        sign, limit = draw.choice(["<", ">="]), draw.randrange(1000, 180000)
        return f"{name} {sign} {limit}", f"{name} {sign} {limit}"
    if kind == "d":
        sign, day = draw.choice(["<=", ">"]), f"{draw.randrange(2012, 2025)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        return f"{name} {sign} {day}", f"{name} {sign} DATE '{day}'"
    if kind == "k":
        some = draw.sample(CATEGORIES, draw.randrange(1, 5))
        if len(some) == 1:
            return f'{name} = "{some[0]}"', f"{name} = '{some[0]}'"
        return (f"{name} in [" + ", ".join(f'"{x}"' for x in some) + "]", f"{name} IN (" + ", ".join(f"'{x}'" for x in some) + ")")
    return (name, name) if draw.random() < 0.5 else (f"not {name}", f"NOT {name}")


def both():
    """The model and the query, with @IN@ and @OUT@ in it."""
    draw = random.Random(SEED)
    ppm = ["# Made by rules.py: ten dimensions of thirty rules.", 'model rules "Three hundred rules"', "", "dataset accounts {", "  id    text    key"]
    ppm += [f"  {name}  {PPM_TYPES[name[0]]}" for name in NAMES] + ["}", ""]
    sql, names, seen = [], [f"d{i + 1}" for i in range(DIMENSIONS)], set()
    for i, dimension in enumerate(names):
        ppm.append(f"dimension {dimension} weight 10 range 0 to 100 start 50 {{   # ppm: allow W1009")
        cases = []
        for j in range(RULES):
            while True:
                parts = [comparison(draw) for _ in range(draw.choice([1, 1, 2]))]
                condition, query = " and ".join(p for p, _ in parts), " AND ".join(q for _, q in parts)
                if condition not in seen and (len(parts) == 1 or parts[0][0].split()[-1 if parts[0][0].startswith("not") else 0] not in parts[1][0]):
                    break
            seen.add(condition)
            points, sign = draw.randrange(1, 9), draw.choice("+-")
            optional = any(name in condition for name in NAMES if name[0] == "o")
            ppm.append(f"  {'reward ' if sign == '+' else 'penalty'} r{i * RULES + j + 1:03d}  {points} when {condition}{'   missing 0' if optional else ''}")
            cases.append(f"   {sign} CASE WHEN {query} THEN {points} ELSE 0 END")
        ppm += ["}", ""]
        sql.append("  least(100, greatest(0, 50\n" + "\n".join(cases) + f")) AS {dimension}")
    ppm += ["score places 2", "tier A when score >= 60", "tier B when score >= 45", "tier C otherwise", "", "output { id  " + "  ".join(NAMES[-6:-4]) + "  score  tier  " + "  ".join(names) + " }", ""]
    shown = ", ".join(NAMES[-6:-4])
    query = f"""COPY (
WITH d AS (
 SELECT id, {shown},
{','.join(chr(10) + text for text in sql)[1:]}
 FROM read_csv('@IN@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={{{columns_sql(KINDS)}}})
), s AS (SELECT *, (10*({' + '.join(names)})) AS pts FROM d)
SELECT id, {shown}, (pts/100.0)::DECIMAL(6,2) AS score, CASE WHEN pts >= 6000 THEN 'A' WHEN pts >= 4500 THEN 'B' ELSE 'C' END AS tier, {', '.join(names)}
FROM s
) TO '@OUT@' (FORMAT csv, HEADER true);
"""
    return "\n".join(ppm), query

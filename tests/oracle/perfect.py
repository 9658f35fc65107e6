"""`ppmc perfect`: the customer whom it makes up has the score that it says, for the examples and random models; no random row has more than it says anybody can have; and for small
models a search through every combination of values finds nothing better, the same conflicts, and no others.

    python3 tests/oracle/perfect.py [NAME or SEED…]
"""
import csv
import io
import itertools
import json
import os
import random
import sys
from decimal import Decimal
from fractions import Fraction

import _evaluate
import random_models
from _compare import ppmc, report

FULL = os.environ.get("PPM_FULL")
MODELS = 120 if FULL else 50   # random ones
SMALL = 250 if FULL else 100   # searched through


def described(model, *options):
    """What ppmc says, or the reason why not."""
    status, out, err = ppmc("perfect", "--quiet", "--format", "json", *options, model)
    if status:
        return f"exit {status}: {err[:400]}"
    return json.loads(out, parse_float=Fraction, parse_int=Fraction)


# ---- a row as a file ---------------------------------------------------------------------------------------------------------

def field(column, value):
    """The value as the column's format writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and column["type"] != "date":
        return value
    pattern = column["format"] or ""
    if column["type"] == "date":
        year, month, day = map(int, value.split("-"))
        if pattern == "M/D/YYYY":
            return f"{month}/{day}/{year}"
        return f"{day:02d}.{month:02d}.{year}" if pattern == "DD.MM.YYYY" else value
    number = Decimal(value.numerator) / Decimal(value.denominator)
    if column["type"] == "percent":
        if pattern in ("12", "12%", ""):
            return format((number * 100).normalize(), "f") + ("" if pattern == "12" else "%")
        return format(number.normalize(), "f")
    if pattern == "$1,234.50":
        return ("-" if number < 0 else "") + "$" + f"{abs(number):,.4f}".rstrip("0").rstrip(".") if number != int(number) else ("-" if number < 0 else "") + f"${abs(int(number)):,}.00"
    return format(number.normalize(), "f")


FILLED = {"number": Fraction(1), "percent": Fraction(1, 2), "money": Fraction(1), "text": "x", "date": "2026-01-01", "flag": True, "duration": Fraction(1)}


def row_of(columns, example):
    header, cells = [], []
    for column in columns:
        name = column["header"]
        header.append(name)
        base = column["type"]
        if name in example:
            value = example[name]
        elif column["optional"]:
            value = None
        else:
            value = FILLED[base]
            if column["in_list"]:
                value = column["in_list"][0]
            elif column["range"]:
                value = column["range"][0]
        cells.append(field(column, value))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, cells])
    return out.getvalue()


def columns_of(path):
    """The scored dataset's columns, as the independent parser reads them."""
    model = _evaluate._syntax.parse(open(path, encoding="utf-8").read())
    dataset = next(d for d in model["datasets"] if d["name"] == model["scored"])
    return model, dataset["columns"]


def holds(path, said, columns, options=()):
    """None when the made-up customer has what was promised, else what he has."""
    open("one.csv", "w", encoding="utf-8").write(row_of(columns, said["example"]))
    status, out, err = ppmc("--quiet", "--format", "json", *options, path, "one.csv", "--columns", "score,points,evidence")
    if status not in (0, 1):
        return f"the made-up row is refused: {err[:300]}"
    got = json.loads(out, parse_float=Fraction, parse_int=Fraction)
    got = got[0] if isinstance(got, list) else got
    if got["score"] != said["best"]:
        return f"promised {float(said['best'])}, the row has {got['score'] and float(got['score'])}"
    if got["evidence"] != 1:
        return f"the row's evidence is {float(got['evidence'])}"
    if abs(got["points"] - said["points"]) > Fraction(1, 10 ** 6):
        return f"promised {float(said['points'])} points, the row has {float(got['points'])}"
    return None


def sound(said):
    """What does not go together in what was said."""
    if said["best"] is not None and said["best"] > said["most"] + Fraction(1, 2):
        return f"somebody has {float(said['best'])}, and nobody more than {float(said['most'])}"
    # the range of a dimension is what its rules can give: who has the best of each has all of it
    plain = not any(d["declared"] for d in said["dimensions"]) and not any(rule.get("adjust") for rule in said["rules"])
    if plain and all(rule["kept"] for rule in said["rules"] if rule["needed"]) and abs(said["most"] - 100) > Fraction(1, 10 ** 6):
        return f"every rule has its best, and the most is {float(said['most'])}"
    return None


# ---- the examples ---------------------------------------------------------------------------------------------------------------

def examples(wanted):
    top = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(top)):
        path = os.path.join(top, name, "model.ppm")
        if not os.path.exists(path) or (wanted and name not in wanted):
            continue
        said = described(path)
        if isinstance(said, str):
            report(name, said)
            continue
        if "most" not in said:
            report(f"{name}: no rules", None)
            continue
        problem = sound(said) or (None if said["exact"] and said["best"] == 100 else f"100 was not reached: {said['best']} of {said['most']}")
        if not problem and not said["assumed"]:
            if name == "one-line":
                columns = [{"header": "days_late", "type": "number", "format": None, "optional": True, "in_list": None, "range": None}]
            else:
                columns = simple(columns_of(path)[1])
            problem = holds(path, said, columns)
        report(f"{name}{', figures over other rows assumed' if said['assumed'] else ''}", problem)


def plain(literal):
    """The value of a literal as the parser has it."""
    if isinstance(literal, (str, Fraction)):
        return literal
    if isinstance(literal, (int, Decimal)):
        return Fraction(literal)
    inner = map(plain, literal[1:] if isinstance(literal, (tuple, list)) else [])
    return next((value for value in inner if value is not None), None)


def simple(columns):
    """What is asked of the parser's columns here."""
    return [{"header": c["header"], "type": c["type"], "format": c["format"], "optional": c["optional"] or c["default"] is not None,
             "in_list": [plain(v) for v in c["allowed"]] if c["allowed"] else None, "range": [plain(c["low"]), plain(c["high"])] if c["low"] is not None else None} for c in columns]


# ---- random models -----------------------------------------------------------------------------------------------------------------

def best_of_rows(said, flags):
    """The best score among the rows of many.csv of which everything is known and which nothing disqualifies: (score, row), or the reason why not."""
    names = ["score", "evidence"] + flags
    status, out, err = ppmc("--quiet", "--format", "json", "model.ppm", "many.csv", "--columns", ",".join(names))
    if status not in (0, 1):
        return f"exit {status}: {err[:300]}"
    rows = json.loads(out, parse_float=Fraction, parse_int=Fraction)
    fit = [(row["score"], at) for at, row in enumerate(rows) if row["score"] is not None and row["evidence"] == 1 and not any(row[f] is not False for f in flags)]
    return max(fit, default=(None, None))


def shown(value):
    return None if value is None else float(value)


def random_rows(seeds):
    told = exact = hundred = 0
    for seed in seeds:
        writer = random_models.Writer(seed)
        text = writer.model()
        open("model.ppm", "w", encoding="utf-8").write(text)
        random_models.ROWS = 600
        data = writer.data()
        random_models.ROWS = 60
        open("many.csv", "w", encoding="utf-8").write(data)
        status, _, err = ppmc("--quiet", "--columns", "score", "model.ppm", "many.csv")
        if status == 3:
            continue
        said = described("model.ppm")
        if isinstance(said, str):
            report(f"model {seed}", said)
            continue
        told += 1
        exact += said["exact"]
        hundred += said["exact"] and said["best"] == 100
        flags = [d["name"] for d in said["never"] if "missing passes" not in next(line for line in text.split("\n") if line.startswith("disqualify " + d["name"]))]
        problem = None
        if said["best"] is not None and not said["assumed"]:
            problem = holds("model.ppm", said, simple(columns_of("model.ppm")[1]))
        found = best_of_rows(said, flags) if not problem else (None, None)
        if isinstance(found, str):
            found = (None, None)  # a row whose computation leaves its type's range refuses the file
        passes = any("missing passes" in line for line in text.split("\n"))
        if found[0] is not None and not passes:
            places = next((int(line.split()[-1]) for line in text.split("\n") if line.startswith("score places")), 1)
            if found[0] > said["most"] + Fraction(1, 2 * 10 ** places):
                problem = f"row {found[1]} has {shown(found[0])}, and nobody should have more than {shown(said['most'])}"
            elif said["best"] is not None and found[0] > said["best"]:
                problem = f"row {found[1]} has {shown(found[0])}, the made-up customer {shown(said['best'])}" if said["exact"] else None
        report(f"model {seed}", problem)
    return told, exact, hundred


# ---- small models, searched through ------------------------------------------------------------------------------------------------

class Small:
    """A model whose conditions are about whole figures from 0 to 6, three texts and a flag, so that every cell of values has a row in a small table."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.slopes = False
        self.names = []

    def one(self, *choices):
        return self.random.choice(choices)

    def atom(self):
        n = self.one("a", "b")
        k = self.random.randint(0, 6)
        return self.one(f"{n} {self.one('<', '<=', '>', '>=', '=')} {k}", f"{n} between {min(k, 3)} and {max(k, 3)}", f't = "{self.one("x", "y", "z")}"', 't in ["x", "y"]', "f", "not f",
                        f"o >= {k}", f"{n} != {k}")

    def condition(self, depth=2):
        if depth == 0 or self.random.random() < 0.4:
            return self.atom()
        left, right = self.condition(depth - 1), self.condition(depth - 1)
        return self.one(f"({left} and {right})", f"({left} and {right})", f"({left} or {right})", f"not ({left})")

    def rule(self, inner=False):
        self.count += 1
        name = f"r{self.count}"
        kind = self.random.random()
        if not inner and kind < 0.12:
            self.slopes = True
            lo, hi = sorted(self.random.sample(range(0, 7), 2))
            return f"  scale {name} from {self.one('0', '2')} to {self.one('6', '10')} as {self.one('a', 'b')} goes {self.one(f'{lo} to {hi}', f'{hi} to {lo}')}"
        if not inner and kind < 0.24:
            k = self.random.randint(1, 5)
            return f"  bands {name} by {self.one('a', 'b')} {{ below {k} : {self.random.randint(-3, 6)}  up to {k + 1} : {self.random.randint(0, 9)}  otherwise : {self.random.randint(-3, 6)} }}"
        if not inner and kind < 0.32:
            return f'  bands {name} by t {{ "x" : {self.random.randint(0, 9)}  "y" : {self.random.randint(-3, 9)}  otherwise : {self.random.randint(0, 4)} }}'
        if not inner and kind < 0.4:
            return "\n".join([f"  best of {name} {{"] + [self.rule(True).replace("penalty", "reward") for _ in range(2)] + ["  }"])
        if not inner and kind < 0.46:
            return "\n".join([f"  group {name} at most {self.random.randint(3, 9)} {{"] + [self.rule(True) for _ in range(2)] + ["  }"])
        self.names.append(name)
        return f"  {self.one('reward', 'reward', 'penalty')} {name} {self.random.randint(1, 12)} when {self.condition()}{self.one('', '', ' missing 0')}"

    def model(self):
        lines = ["dataset d {", "  id text key", "  a number in 0 to 6", "  b number in 0 to 6", '  t text in ["x", "y", "z"]', "  f flag", "  o number optional in 0 to 6", "}"]
        for d in range(self.random.randint(1, 3)):
            ranged = f" range {self.one('-5', '0')} to {self.one('8', '20')}" if self.random.random() < 0.15 else ""
            lines.append(f"dimension d{d} weight {self.random.randint(1, 5)}{ranged} {{")
            lines += [self.rule() for _ in range(self.random.randint(1, 4))]
            lines.append("}")
        if self.random.random() < 0.25:
            lines += ["adjust {", f"  {self.one('reward', 'penalty')} moves {self.random.randint(1, 9)} when {self.condition(1)} missing 0", "}"]
        if self.random.random() < 0.3:
            lines.append(f"disqualify out when {self.condition(1)}")
        lines.append("score places 3")
        return "\n".join(lines) + "\n"


CELLS = [Fraction(k, 2) for k in range(13)]


def small_models(seeds):
    told = exact = 0
    grid = [("id,a,b,t,f,o")] + [f"k{i},{float(a):g},{float(b):g},{t},{f},{'' if o is None else format(float(o), 'g')}" for i, (a, b, t, f, o) in
                                 enumerate(itertools.product(CELLS, CELLS, "xyz", ("yes", "no"), [None] + CELLS[::2] + CELLS[1:4:2]))]
    open("many.csv", "w", encoding="utf-8").write("\n".join(grid) + "\n")
    for seed in seeds:
        small = Small(seed)
        text = small.model()
        open("model.ppm", "w", encoding="utf-8").write(text)
        status, _, err = ppmc("check", "--quiet", "model.ppm")
        if status:
            continue
        said = described("model.ppm")
        if isinstance(said, str):
            report(f"small model {seed}", said)
            continue
        told += 1
        exact += said["exact"]
        flags = [d["name"] for d in said["never"]]
        found = best_of_rows(said, flags)
        problem = None
        if isinstance(found, str):
            problem = found
        elif sound(said):
            problem = sound(said)
        elif said["best"] is not None:
            problem = holds("model.ppm", said, simple(columns_of("model.ppm")[1]))
        if not problem and found[0] is not None:
            if found[0] > said["most"] + Fraction(1, 1000):
                problem = f"row {found[1]} has {shown(found[0])}, and nobody should have more than {shown(said['most'])}"
            elif said["best"] is None or found[0] > said["best"]:
                problem = f"row {found[1]} has {shown(found[0])}, the made-up customer {shown(said['best'])}"
            elif not small.slopes and said["best"] > found[0]:
                problem = f"the made-up customer has {shown(said['best'])}, and the best of all rows {shown(found[0])}"
        if not problem:
            problem = conflicts(small, text, said)
        report(f"small model {seed}", problem)
    return told, exact


def outdone(text):
    """Rewards of a `best of` that has a larger one: they are needed only where that one has been given up."""
    names, members = set(), None
    for words in (line.split() for line in text.split("\n")):
        if words[:2] == ["best", "of"]:
            members = []
        elif words[:1] == ["}"] and members is not None:
            names |= {name for name, points in members if points < max(p for _, p in members)}
            members = None
        elif words[:1] == ["reward"] and members is not None:
            members.append((words[1], Fraction(words[2])))
    return names


def conflicts(small, text, said):
    """Two rewards or penalties of which the table has no row with both at their best are a conflict, and no others are. Rules that a larger bundle makes needless, and those that are
    never at their best, say nothing."""
    rules = [r for r in said["rules"] if r["name"] in small.names and r["needed"] and r["name"] not in outdone(text)]
    names = [r["name"] for r in rules] + [d["name"] for d in said["never"]]
    if not names:
        return None
    status, out, err = ppmc("--quiet", "--format", "json", "model.ppm", "many.csv", "--columns", ",".join(names))
    if status not in (0, 1):
        return f"exit {status}: {err[:300]}"
    rows = json.loads(out)
    want = {r["name"]: r["kind"] == "reward" for r in rules} | {d["name"]: False for d in said["never"]}
    lines = {line.split()[1]: line for line in text.split("\n") if line.split()[:1] in (["reward"], ["penalty"])}
    # a penalty of which nobody knows whether it fires costs nothing where the rule says so, or where it is one of a bundle; else not everything is known
    unknown = {r["name"] for r in rules if r["kind"] == "penalty" and ("missing 0" in lines[r["name"]] or r["depth"])}
    good = {name: {i for i, row in enumerate(rows) if row[name] is want[name] or (row[name] is None and name in unknown)} for name in names}
    listed = {frozenset(r["name"] for r in c["rules"]) for c in said["conflicts"]}
    for pair in listed:
        if all(name in good for name in pair) and set.intersection(*(good[name] for name in pair)):
            return f"{sorted(pair)} can be had together, and are listed"
    for x, y in itertools.combinations(names, 2):
        if good[x] and good[y] and not good[x] & good[y] and frozenset((x, y)) not in listed and not said["conflicts_cut"]:
            return f"{x} and {y} cannot be had together, and are not listed"
    return None


def main():
    wanted = sys.argv[1:]
    names = [word for word in wanted if not word.lstrip("s").isdigit()]
    if names or not wanted:
        examples(names)
    if not wanted or any(word.startswith("s") and word[1:].isdigit() for word in wanted):
        told, exact = small_models([int(word[1:]) for word in wanted if word[0] == "s" and word[1:].isdigit()] or range(1, SMALL + 1))
        if not wanted:
            report(f"small models whose best is known exactly: {exact} of {told}", None if exact >= told * 9 // 10 and told > SMALL // 2 else "too few")
    if not wanted or any(word.isdigit() for word in wanted):
        told, exact, hundred = random_rows([int(word) for word in wanted if word.isdigit()] or range(1, MODELS + 1))
        if not wanted:
            report(f"random models whose best is known exactly: {exact} of {told}, {hundred} reach 100", None if exact >= told * 2 // 5 else "too few")


if __name__ == "__main__":
    main()

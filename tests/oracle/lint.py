"""What `ppmc lint` claims of all customers, tried on all customers that there can be: random small models over few columns, and a row for each combination of values on either side of
every figure that they name. Scores are computed here, in fractions, by docs/language.md; ppmc's own scores of the same rows have to agree, so that what is said about
points (W1403) is said about those scores.

    python3 tests/oracle/lint.py [SEED…]

W1401: whoever fires the narrow rule fires the wide one; an overlap has a row where both fire; and where two plain conditions do overlap, it is found.
W1403: no row's tier changes when the rule's points are counted or not; and where every rule hangs on a column of its own, every rule of which that is so is found.
"""
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
from fractions import Fraction

PPMC = os.environ["PPMC"]
MODELS = int(os.environ.get("PPM_MODELS", 80))
ROWS = 1500
TEXTS = ["red", "blue", "green", "white"]


class Rule:
    def __init__(self, kind, name, points, tests, missing=None, bands=None):
        self.kind, self.name, self.points, self.tests, self.missing, self.bands = kind, name, points, tests, missing, bands
        self.set = None

    def text(self, padding="  "):
        if self.bands:
            column, arms, rest, absent = self.bands
            lines = [f"{padding}bands {self.name} by {column} {{"] + [f"{padding}  below {limit} : {points}" for limit, points in arms]
            if absent is not None:
                lines.append(f"{padding}  missing : {absent}")
            return "\n".join(lines + [f"{padding}  otherwise : {rest}", padding + "}"])
        missing = f" missing {self.missing}" if self.missing is not None else ""
        return f"{padding}{self.kind} {self.name} {self.points} when {' and '.join(test_text(test) for test in self.tests)}{missing}"

    def holds(self, row):
        """True, False or None: unknown."""
        results = [test_holds(test, row) for test in self.tests]
        return False if False in results else None if None in results else True

    def outcome(self, row):
        """The points it gives, or None: unknown."""
        if self.bands:
            column, arms, rest, absent = self.bands
            value = row[column]
            if value is None:
                return absent
            return next((points for limit, points in arms if value < limit), rest)
        holds = self.holds(row)
        if holds is None:
            return None if self.missing is None else self.sign() * self.missing
        return self.sign() * self.points if holds else 0

    def sign(self):
        return -1 if self.kind == "penalty" else 1

    def ends(self):
        if self.bands:
            values = [points for _, points in self.bands[1]] + [self.bands[2]] + ([self.bands[3]] if self.bands[3] is not None else [])
            return min(values), max(values)
        most = max(self.points, self.missing or 0)
        return (-most, 0) if self.kind == "penalty" else (0, most)


def test_text(test):
    column, kind, *figures = test
    if kind == "in":
        return f"{column} in [{', '.join(json.dumps(text) for text in figures[0])}]"
    if kind == "between":
        return f"{column} between {figures[0]} and {figures[1]}"
    return f"{column} {kind} {figures[0]}"


def test_holds(test, row):
    column, kind, *figures = test
    value = row[column]
    if value is None:
        return None
    return {"in": lambda: value in figures[0], "between": lambda: figures[0] <= value <= figures[1], ">": lambda: value > figures[0], ">=": lambda: value >= figures[0],
            "<": lambda: value < figures[0], "<=": lambda: value <= figures[0]}[kind]()


def interval(tests):
    """column -> what the tests leave of it: a set of texts, or (low, open, high, open)."""
    left = {}
    for column, kind, *figures in tests:
        if kind == "in":
            left[column] = left.get(column, set(TEXTS)) & set(figures[0])
            continue
        low, low_open, high, high_open = left.get(column, (-math.inf, True, math.inf, True))
        if kind in (">", ">=", "between") and (figures[0], kind == ">") > (low, low_open):
            low, low_open = figures[0], kind == ">"
        top = figures[1] if kind == "between" else figures[0]
        if kind in ("<", "<=", "between") and (top < high or (top == high and kind == "<")):
            high, high_open = top, kind == "<"
        left[column] = (low, low_open, high, high_open)
    return left


def disjoint(a, b):
    one, other = interval(a.tests), interval(b.tests)
    for column in one.keys() & other.keys():
        x, y = one[column], other[column]
        if isinstance(x, set):
            if not x & y:
                return True
            continue
        low, low_open = max((x[0], x[1]), (y[0], y[1]))
        high, high_open = min((x[2], not x[3]), (y[2], not y[3]))
        if low > high or (low == high and (low_open or not high_open)):
            return True
    return False


def number_sets(rules):
    """Rules that exclude each other, as docs/language.md counts them: into the first set whose rules they all exclude. Where one fires the others are false, not missing: what tells
    them apart is there, and `and` is false where one of its sides is."""
    sets = 0
    for i, rule in enumerate(rules):
        rule.set = None
        if rule.bands:
            continue
        fits = lambda a, b: a.kind == b.kind and not a.bands and not b.bands and disjoint(a, b)
        for number in range(1, sets + 1):
            if all(fits(rule, other) for other in rules[:i] if other.set == number):
                rule.set = number
                break
        if rule.set:
            continue
        for other in rules[:i]:
            if not other.set and fits(rule, other):
                sets += 1
                other.set = rule.set = sets
                break


class Model:
    def __init__(self, columns, dimensions, adjust, tiers, places):
        self.columns, self.dimensions, self.adjust, self.tiers, self.places = columns, dimensions, adjust, tiers, places
        for dimension in dimensions:
            number_sets(dimension["rules"])

    def text(self):
        lines = ["dataset customers {"]
        for name, kind in self.columns.items():
            lines.append(f"  {name} {'text' if kind == 'text' else 'number'}{' optional' if kind == 'optional' else ''}")
        lines.append("}")
        for dimension in self.dimensions:
            declared = f" range {dimension['range'][0]} to {dimension['range'][1]}" if dimension["range"] else ""
            lines.append(f"dimension {dimension['name']} weight {dimension['weight']}{declared} {{")
            lines += [rule.text() for rule in dimension["rules"]]
            lines.append("}")
        if self.adjust:
            lines += ["adjust {"] + [rule.text() for rule in self.adjust] + ["}"]
        lines.append(f"score places {self.places}")
        for name, relation, limit in self.tiers:
            lines.append(f"tier {name} when score {relation} {limit}")
        return "\n".join(lines + ["tier rest otherwise", ""])

    def rules(self):
        return [rule for dimension in self.dimensions for rule in dimension["rules"]] + self.adjust

    def score(self, row, instead=None):
        """The rounded score; `instead` gives rules other points than they have (None in it: as they are)."""
        given = lambda rule: instead[rule] if instead and rule in instead else rule.outcome(row)
        total = weights = Fraction(0)
        for dimension in self.dimensions:
            outcomes = [(rule, given(rule)) for rule in dimension["rules"]]
            known = [(rule, points) for rule, points in outcomes if points is not None]
            if dimension["range"]:
                low, high = dimension["range"]
            else:
                low = sum(rule.ends()[0] for rule, _ in known if not rule.set)
                high = sum(rule.ends()[1] for rule, _ in known if not rule.set)
                for number in {rule.set for rule, _ in known if rule.set}:
                    members = [rule for rule, _ in known if rule.set == number]
                    together = sum(rule.missing or 0 for rule in members)  # while none fires, `missing` may give points for all of them
                    low += min([rule.ends()[0] for rule in members] + [-together] * (members[0].kind == "penalty"))
                    high += max([rule.ends()[1] for rule in members] + [together] * (members[0].kind == "reward"))
            if not known or low == high or all(rule.ends()[0] == rule.ends()[1] for rule, _ in known):
                continue
            points = min(max(sum(points for _, points in known), low), high)
            total += dimension["weight"] * Fraction(100 * (points - low), high - low)
            weights += dimension["weight"]
        if not weights:
            return None
        score = total / weights + sum(given(rule) or 0 for rule in self.adjust)
        score = min(max(score, Fraction(0)), Fraction(100))
        scale = 10 ** self.places
        return Fraction(math.floor(score * scale + Fraction(1, 2)), scale)

    def tier(self, score):
        for name, relation, limit in self.tiers:
            if score is not None and {">=": score >= Fraction(limit), ">": score > Fraction(limit)}[relation]:
                return name
        return "rest"

    def rows(self):
        """Every column on either side of each figure that is named of it, and missing where it may be."""
        values = {}
        for name, kind in self.columns.items():
            if kind == "text":
                values[name] = TEXTS + ["other"]
                continue
            figures = set()
            for rule in self.rules():
                if rule.bands and rule.bands[0] == name:
                    figures |= {limit for limit, _ in rule.bands[1]}
                for column, kind_of, *numbers in rule.tests:
                    if column == name and kind_of != "in":
                        figures |= set(numbers)
            points = sorted({x for figure in figures for x in (figure - 1, figure, figure + 1)} | {f + Fraction(1, 2) for f in figures} or {0})
            values[name] = points + ([None] if kind == "optional" else [])
        count = math.prod(len(each) for each in values.values())
        if count <= ROWS:
            yield from (dict(zip(values, row)) for row in itertools.product(*values.values()))
            return
        chance = random.Random(1)
        for _ in range(ROWS):
            yield {name: chance.choice(each) for name, each in values.items()}


# ---- random models ------------------------------------------------------------------------------------------


def random_test(chance, columns):
    name = chance.choice(list(columns))
    if columns[name] == "text":
        return (name, "in", sorted(chance.sample(TEXTS, chance.randint(1, 3))))
    kind = chance.choice([">", ">=", "<", "<=", "between"])
    low = chance.randint(0, 6) * 10
    return (name, "between", low, low + chance.randint(1, 4) * 10) if kind == "between" else (name, kind, low)


def random_rule(chance, columns, name):
    figures = [column for column, kind in columns.items() if kind != "text"]
    if figures and chance.random() < 0.15:
        column = chance.choice(figures)
        limits = sorted(chance.sample(range(0, 90, 10), chance.randint(1, 3)))
        arms = [(limit, chance.randint(-3, 12)) for limit in limits]
        rest = chance.randint(-3, 12)
        if all(points == rest for _, points in arms):
            rest += 1
        return Rule("bands", name, None, [], bands=(column, arms, rest, chance.randint(0, 5) if columns[column] == "optional" and chance.random() < 0.5 else None))
    tests = [random_test(chance, columns) for _ in range(chance.choice([1, 1, 1, 2]))]
    optional = any(columns[test[0]] == "optional" for test in tests)
    return Rule(chance.choice(["reward", "penalty"]), name, chance.choice([1, 1, 2, 3, 5, 10, 20, 40]), tests, missing=chance.choice([0, 3]) if optional and chance.random() < 0.4 else None)


def random_tiers(chance):
    limits = sorted(chance.sample(["20", "33.3", "45", "50", "60", "66.7", "75", "90"], chance.randint(1, 3)), key=Fraction, reverse=True)
    return [(f"tier_{i}", chance.choice([">=", ">"]), limit) for i, limit in enumerate(limits)]


def random_model(seed):
    chance = random.Random(seed)
    columns = {f"c{i}": chance.choice(["number", "number", "optional", "text"]) for i in range(chance.randint(1, 3))}
    names = iter(f"r{i}" for i in range(100))
    dimensions = []
    for i in range(chance.randint(1, 2)):
        rules = [random_rule(chance, columns, next(names)) for _ in range(chance.randint(1, 4))]
        declared = (-chance.randint(1, 30), chance.randint(1, 30)) if chance.random() < 0.3 else None
        dimensions.append({"name": f"d{i}", "weight": chance.choice([5, 20, 60, 95]), "range": declared, "rules": rules})
    adjust = [random_rule(chance, columns, next(names)) for _ in range(chance.choice([0, 0, 1, 2]))]
    return Model(columns, dimensions, adjust, random_tiers(chance), chance.choice([0, 1, 2]))


def independent_model(seed):
    """Every rule has a column of its own, so that rules can do what they like."""
    chance = random.Random(seed)
    count = chance.randint(2, 7)
    columns = {f"c{i}": chance.choice(["number", "number", "optional"]) for i in range(count)}
    rules = []
    for i, (name, kind) in enumerate(columns.items()):
        rules.append(Rule(chance.choice(["reward", "penalty"]), f"r{i}", chance.choice([1, 1, 1, 2, 3, 10, 20, 40]), [(name, ">", 10)],
                          missing=0 if kind == "optional" and chance.random() < 0.5 else None))
    split = chance.randint(1, count)
    dimensions = [{"name": "d0", "weight": chance.choice([5, 50, 95]), "range": None, "rules": rules[:split]}]
    if rules[split:]:
        dimensions.append({"name": "d1", "weight": chance.choice([5, 50, 95]), "range": None, "rules": rules[split:]})
    return Model(columns, dimensions, [], random_tiers(chance), chance.choice([0, 1]))


# ---- what ppmc says --------------------------------------------------------------------------------------------


def shown(value):
    return "" if value is None else value if isinstance(value, str) else str(float(value))


def scored(rows):
    with open("customers.csv", "w", encoding="utf-8") as file:
        file.write(",".join(rows[0]) + "\n")
        file.writelines(",".join(shown(value) or '""' for value in row.values()) + "\n" for row in rows)
    done = subprocess.run([PPMC, "model.ppm", "customers.csv", "--quiet", "--columns", "score,tier"], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError("ppmc fails: " + done.stderr[:300])
    return [line.split(",") for line in done.stdout.splitlines()[1:]]


def findings():
    done = subprocess.run([PPMC, "lint", "--format", "json", "model.ppm"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise AssertionError("ppmc lint fails: " + done.stderr[:300])
    return [json.loads(line) for line in done.stdout.splitlines()]


def idle_over(model, rows, rule):
    """Whether the rule's points change nobody's tier, where it is decided."""
    values = {0, *rule.ends()} if not rule.bands else {0, *(points for _, points in rule.bands[1]), rule.bands[2]}
    if not rule.bands:
        values |= {rule.sign() * rule.points} | ({rule.sign() * rule.missing} if rule.missing is not None else set())
    for row in rows:
        if rule.outcome(row) is None:
            continue
        excluded = rule.set and any(other.set == rule.set and other is not rule and other.holds(row) for dimension in model.dimensions if rule in dimension["rules"] for other in dimension["rules"])
        if excluded:
            continue
        if len({model.tier(model.score(row, {rule: points})) for points in values}) > 1:
            return False
    return True


def check(model, complete):
    rows = list(model.rows())
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(model.text())
    for row, (score, tier) in zip(rows, scored(rows)):
        mine = model.score(row)
        if (Fraction(score) if score else None) != mine or tier != model.tier(mine):
            raise AssertionError(f"a score differs: {score or 'none'} for {mine} at {row}")
    rules = {rule.name: rule for rule in model.rules()}
    found = findings()
    idle, told = set(), set()
    for finding in found:
        names = re.findall(r"`(\w+)`", finding["message"])
        if finding["code"] in ("W1010", "W1402"):
            told.add(frozenset(names[:2]))
        if finding["code"] == "W1401":
            told.add(frozenset(names[:2]))
            a, b = rules[names[0]], rules[names[1]]
            if "fires too" in finding["message"] and any(a.holds(row) and not b.holds(row) for row in rows):
                raise AssertionError("not so: " + finding["message"])
            if "exactly when" in finding["message"] and any((a.holds(row) is True) != (b.holds(row) is True) for row in rows):
                raise AssertionError("not so: " + finding["message"])
            if "both fire" in finding["message"] and not any(a.holds(row) and b.holds(row) for row in rows):
                raise AssertionError("not so: " + finding["message"])
        if finding["code"] == "W1403":
            idle.add(names[0])
            if not idle_over(model, rows, rules[names[0]]):
                raise AssertionError("not so: " + finding["message"])
    never = {finding["line"] for finding in found if finding["code"] == "W1006"}
    plain = [rule for rule in model.rules() if not rule.bands]
    lines = {rule.name: next(i for i, line in enumerate(model.text().split("\n"), 1) if f" {rule.name} " in line) for rule in plain}
    for i, b in enumerate(plain):  # two plain conditions over one column that overlap: some finding at the later one
        for a in plain[:i]:
            one, other = interval(a.tests), interval(b.tests)
            if a.kind != b.kind or len(one) != 1 or one.keys() != other.keys() or lines[a.name] in never or lines[b.name] in never:
                continue
            if isinstance(next(iter(one.values())), set) and len(a.tests) + len(b.tests) > 2:
                continue  # several lists in one condition
            if disjoint(a, b) or not any(a.holds(row) and b.holds(row) for row in rows):
                continue
            if not any(f["code"] in ("W1401", "W1402", "W1010") and f["line"] == lines[b.name] for f in found):
                raise AssertionError(f"an overlap is not found: {a.text('')} and {b.text('')}")
    if complete:
        wanted = {rule.name for rule in plain if idle_over(model, rows, rule)}
        if wanted != idle:
            raise AssertionError(f"idle rules are {sorted(wanted)}, and {sorted(idle)} are found")
    return len(idle), sum(f["code"] == "W1401" for f in found)


def main():
    seeds = [int(word) for word in sys.argv[1:]] or range(MODELS)
    failed = False
    for what, make in (("random", random_model), ("independent", independent_model)):
        idle = overlaps = 0
        for seed in seeds:
            model = make(seed)
            try:
                counts = check(model, make is independent_model)
                idle, overlaps = idle + counts[0], overlaps + counts[1]
            except AssertionError as problem:
                failed = True
                print(f"not ok {what} model {seed}: {problem}")
        print(f"ok {what} models: {idle} idle rules, {overlaps} overlaps")
        if len(seeds) >= MODELS and not idle:
            print(f"not ok {what} models have no idle rule")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())

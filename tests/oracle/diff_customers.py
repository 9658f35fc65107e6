"""`ppmc diff OLD NEW DATA`: who moves, computed here from both models by the evaluators - the tiers' migration, sums of value, distributions, agreement, rules, movers - and what each
rule did to a score, in fractions: the differences add up to the change of the score, to the last place, for every row of every example under several edits, and for random
pairs of models.

    python3 tests/oracle/diff_customers.py [NAME or SEED…]
"""
import json
import os
import random
import re
import shlex
import shutil
import sys
from fractions import Fraction

import _evaluate
import explain
import random_models
from _compare import ppmc, real_data, report
from _evaluate import Money, Number, decimal_of

FULL = os.environ.get("PPM_FULL")
MODELS = 60 if FULL else 20
EDITS = 6 if FULL else 3
TOP = 1000
CHANGES = [  # what an edit takes, and makes of the figure in it
    (r"(?m)^(\s*tier \w+\s+when score >=? )(\d+)()", lambda n: str(int(n) + 7)),
    (r"(?m)^(\s*(?:reward|penalty)\s+\w+\s+)(\d+)( )", lambda n: str(int(n) * 2 + 1)),
    (r"(?m)^(\s*(?:reward|penalty)\b.*\bwhen \w+ [<>]=? )(\d+)(\b(?![%.]))", lambda n: str(int(n) + 3)),
    (r"(?m)^(\s*dimension \w+ weight )(\d+)()", lambda n: str(int(n) + 15)),
    (r"(?m)^(\s*param \w+\s+(?:money\s+)?= )(\d+)(\b(?![%._-]))", lambda n: str(int(n) + 1)),
    (r"(?m)^(\s*(?:below|up to) )(\d+)(\b(?![%.]))", lambda n: str(int(n) + 1)),
    (r"(?m)^(\s*score places )(\d)()", lambda n: str((int(n) + 1) % 5)),
    (r"(?m)^(\s*scale \w+ from \d+ to )(\d+)()", lambda n: str(int(n) + 4)),
    (r"(?m)^(\s*disqualify \w+\s+when \w+ < )(\d+)()", lambda n: str(int(n) * 3)),
]
GONE = r"(?m)^(\s*(?:reward|penalty)\s+\w+[^\n{]*)$"  # a whole rule on a line of its own


class Exact(explain.Waterfall):
    """The lines before anything is rounded."""

    def hundredths(self):
        self.places = max(2, self.model.syntax["places"])
        score = self.row.score()
        self.score = None if score is None else Fraction(decimal_of(score.value))


def edits(text, generator):
    """Edited texts, each with what was done."""
    made = []
    for pattern, change in CHANGES:
        for found in re.finditer(pattern, text):
            made.append((found.group(0).strip()[:60], text[:found.start(2)] + change(found.group(2)) + text[found.end(2):]))
    for found in re.finditer(GONE, text):
        made.append(("without " + found.group(0).strip()[:50], text[:found.start()] + text[found.end():]))
    generator.shuffle(made)
    chosen = made[:EDITS]
    if len(made) > 1:  # two at once, where they are not in each other's way
        first = made[0][1]
        again = [(f"{made[0][0]}; {name}", other) for name, other in edits_once(first, generator)]
        chosen += again[:1]
    return chosen


def edits_once(text, generator):
    pattern, change = generator.choice(CHANGES)
    return [(found.group(0).strip()[:50], text[:found.start(2)] + change(found.group(2)) + text[found.end(2):]) for found in re.finditer(pattern, text)]


# ---- one model's row -------------------------------------------------------------------------------------------------

def amount(value):
    return None if value is None else Fraction(decimal_of(value.value)) if isinstance(value, Number) else Fraction(value.value) if isinstance(value, Money) else Fraction(value)


def close(a, b):
    """Amounts as equal as they can be: the evaluators multiply fractions where ppmc rounds each product to 12 places."""
    return a is b is None or (a is not None and b is not None and abs(a - b) < Fraction(1, 10 ** 9))


class Half:
    def __init__(self, row, value_name):
        model = row.model
        self.has_rules = bool(model.dimensions)
        waterfall = Exact(row) if self.has_rules else None
        self.score = waterfall.score if waterfall else None
        self.tier = row.tier() if model.syntax["tiers"] else None
        self.value = amount(row.name(value_name, {})) if value_name else None
        self.barred = next((name for name, condition, _ in model.syntax["disqualifiers"] if row.evaluate(condition) is True), None)
        self.segments = {name: row.segment(name) for name, _ in model.syntax["segments"]}
        self.judged = [amount(row.perspective(p[0])) for p in model.perspectives]
        self.lines, self.fires, seen = {}, {}, {}
        bundles = {rule["name"] for d in model.dimensions for rule in model.every_rule(d["rules"]) if "rules" in rule}
        for line in waterfall.lines if waterfall else []:
            kind = line.name if line.name in ("range", "limit", "cap") and line.outcome is None else "rule"
            if line.outcome is not None and line.name not in bundles:  # what a bundle does is what its rules do
                self.fires[line.name] = line.outcome in ("fired", "counted")
            if line.change is not None and self.score is not None:
                key = (kind, line.dimension, seen.setdefault((kind, line.dimension), 0)) if kind != "rule" else ("rule", line.name)
                seen[(kind, line.dimension)] = seen.get((kind, line.dimension), 0) + 1
                self.lines[key] = line.change


# ---- what the pairs come to --------------------------------------------------------------------------------------------

def quartile(values, k):
    place = (len(values) - 1) * k
    low = values[place // 4]
    following = values[min(place // 4 + 1, len(values) - 1)]
    return low + (following - low) * Fraction(place % 4, 4)


def concordance(columns):
    """Kendall's W, ties corrected."""
    rows = [row for row in zip(*columns) if None not in row]
    n, m = len(rows), len(columns)
    if m < 2 or n < 2:
        return None
    sums, ties = [Fraction(0)] * n, 0
    for column in zip(*rows):
        order = sorted(column)
        places = {x: order.index(x) + Fraction(order.count(x) + 1, 2) for x in set(column)}
        ties += sum(order.count(x) ** 3 - order.count(x) for x in set(column))
        sums = [s + places[x] for s, x in zip(sums, column)]
    divisor = m * m * (n ** 3 - n) - m * ties
    mean = sum(sums) / n
    return 12 * sum((s - mean) ** 2 for s in sums) / divisor if divisor else None


def why(before, after, places):
    """[(line, change)] of one customer, the largest first."""
    lines = [(key, change - before.lines.get(key, 0)) for key, change in after.lines.items()]
    lines += [(key, -change) for key, change in before.lines.items() if key not in after.lines]
    lines = [(key, change) for key, change in lines if change]
    unit = Fraction(1, 10 ** places)
    whole = (sum(change for _, change in lines) / unit + Fraction(1, 2)).__floor__()
    floors = [(change / unit).__floor__() for _, change in lines]
    order = sorted(range(len(lines)), key=lambda i: -(lines[i][1] / unit - floors[i]))
    for i in order[:whole - sum(floors)]:
        floors[i] += 1
    shown = [(key, floor * unit, change) for (key, change), floor in zip(lines, floors)]
    rest = after.score - before.score - sum(change for _, change, _ in shown)
    if rest:
        shown.append((("rounding",), rest, rest))
    shown.sort(key=lambda line: -abs(line[2]))
    return [(key, change) for key, change, _ in shown]


def named(key, name):
    return {"rule": lambda: key[1] == name, "range": lambda: name.startswith("kept within"), "limit": lambda: name == "kept within 0 and 100", "cap": lambda: ": at most " in name,
            "rounding": lambda: name == "rounding of the scores"}[key[0]]()


class Pairs:
    def __init__(self, pairs, places, value_by):
        self.pairs, self.places, self.value_by = pairs, places, value_by  # (key, before, after)
        self.has_tiers = any(half.tier is not None for _, a, b in pairs for half in (a, b))

    def value(self, a, b):
        return b.value if self.value_by == "new" else a.value

    def sum(self, pairs):
        return sum((self.value(a, b) or 0 for _, a, b in pairs), Fraction(0))

    def differs(self, said):
        """What differs, or None."""
        pairs = self.pairs
        order = said.get("tiers", [])

        def place(tier):  # no tier stands behind those of the models
            return order.index(tier) if tier is not None else len(order) - 2.5 if "disqualified" in order else len(order)

        def step(a, b):
            if self.has_tiers:
                return place(a.tier) - place(b.tier)
            return (-1 if b.score is None else b.score) - (-1 if a.score is None else a.score)
        moved = [pair for pair in pairs if step(*pair[1:])]
        up = [pair for pair in moved if step(*pair[1:]) > 0]
        down = [pair for pair in moved if step(*pair[1:]) < 0]
        wanted = {"compared": len(pairs), "only_old": 0, "only_new": 0, "moved": len(moved), "up": len(up), "down": len(down), "unchanged": len(pairs) - len(moved),
                  "rescored": sum(a.score != b.score for _, a, b in pairs)}
        got = dict(said["customers"])
        got.pop("data")
        if got != {name: str(count) for name, count in wanted.items()}:
            return f"customers: computed {wanted}, ppmc says {got}"
        for name, of in (("moved", moved), ("up", up), ("down", down)) if said["value"] else ():
            if not close(Fraction(said["value"][name]), self.sum(of)):
                return f"value {name}: computed {self.sum(of)}, ppmc says {said['value'][name]}"
        for side, name in ((1, "before"), (2, "after")):
            if said["value"] and said["value"][name] is not None and not close(Fraction(said["value"][name]), sum(pair[side].value or 0 for pair in pairs)):
                return f"value {name}"
        return (self.migration(said) or self.scores(said) or self.exceptions(said) or self.segments(said) or self.rules(said, moved, up) or
                self.customers(said["moves"], moved, "moves") or
                self.customers(said["changes_of_score"], [p for p in pairs if None not in (p[1].score, p[2].score) and p[1].score != p[2].score], "changes"))

    @staticmethod
    def counted(cells):
        return {(cell["from"], cell["to"]): (int(cell["customers"]), Fraction(cell["value"]) if "value" in cell else None) for cell in cells}

    def tally(self, of, has_value):
        cells = {}
        for pair in self.pairs:
            cells.setdefault((of(pair[1]), of(pair[2])), []).append(pair)
        return {key: (len(some), self.sum(some) if has_value else None) for key, some in cells.items()}

    @staticmethod
    def same(wanted, got):
        return wanted.keys() == got.keys() and all(count == got[key][0] and close(value, got[key][1]) for key, (count, value) in wanted.items())

    def migration(self, said):
        if not self.has_tiers:
            return None
        wanted, got = self.tally(lambda half: half.tier, said["value"]), self.counted(said["migration"])
        return None if self.same(wanted, got) else f"migration: computed {wanted}, ppmc says {got}"

    def segments(self, said):
        for segment in said["segments"]:
            name = segment["name"]
            wanted, got = self.tally(lambda half: half.segments[name], said["value"]), self.counted(segment["migration"])
            if not self.same(wanted, got) or int(segment["moved"]) != sum(count for (a, b), (count, _) in wanted.items() if a != b):
                return f"segment {name}: computed {wanted}, ppmc says {got}"
        return None

    def scores(self, said):
        for side, name in ((1, "before"), (2, "after")):
            scores = sorted(pair[side].score for pair in self.pairs if pair[side].score is not None)
            got = said.get("scores", {}).get(name)
            if got is None:
                if scores:
                    return "no scores"
                continue
            if int(got["scored"]) != len(scores) or int(got["missing"]) != len(self.pairs) - len(scores):
                return f"{name}: {len(scores)} have a score"
            bins = [sum(min(int(score) // 10, 9) == i for score in scores) for i in range(10)]
            if [int(n) for n in got["bins"]] != bins:
                return f"{name}: computed the bins {bins}, ppmc says {got['bins']}"
            for k, quarter in enumerate(("lower_quartile", "median", "upper_quartile"), 1):
                if scores and Fraction(got[quarter]) != quartile(scores, k):
                    return f"{name}: computed the {quarter} {float(quartile(scores, k))}, ppmc says {got[quarter]}"
            if scores and abs(Fraction(got["mean"]) - sum(scores) / len(scores)) > Fraction(1, 2 * 10 ** 12):
                return f"{name}: computed the mean {float(sum(scores) / len(scores))}, ppmc says {got['mean']}"
            w = concordance(list(zip(*(pair[side].judged for pair in self.pairs))))
            if (w is None) != (got["agreement"] is None) or (w is not None and abs(float(w) - float(got["agreement"])) > 1e-12):
                return f"{name}: computed W = {w and float(w)}, ppmc says {got['agreement']}"
        return None

    def exceptions(self, said):
        for name, was, side in (("disqualified", 1, 2), ("lifted", 2, 1)):
            wanted = [(pair[0], pair[side].barred) for pair in self.pairs if pair[side].barred and not pair[was].barred]
            got = [(customer["key"], customer["by"]) for customer in said[name]["customers"]]
            if int(said[name]["count"]) != len(wanted) or [by for _, by in got] != [by for _, by in wanted]:
                return f"{name}: computed {wanted}, ppmc says {got}"
        return None

    def rules(self, said, moved, up):
        got = {rule["name"]: rule for rule in said["rules"]}
        names = {name for _, a, b in self.pairs for half in (a, b) for name in half.fires}
        for name in names:
            fired, fires = ([pair[side].fires.get(name, False) for pair in self.pairs] for side in (1, 2))
            starts = sum(b and not a for a, b in zip(fired, fires))
            stops = sum(a and not b for a, b in zip(fired, fires))
            key = ("rule", name)
            by = [pair for pair in moved if pair[1].lines.get(key, 0) != pair[2].lines.get(key, 0)]
            rule = got.get(name)
            if rule is None:
                if starts or stops or by:
                    return f"{name} is not listed"
                continue
            for word, count in (("fired", sum(fired)), ("fires", sum(fires)), ("starts", starts), ("stops", stops), ("moved", len(by)), ("up", sum(pair in up for pair in by))):
                if rule[word] is not None and int(rule[word]) != count:
                    return f"{name} {word}: computed {count}, ppmc says {rule[word]}"
            if "value" in rule and not close(Fraction(rule["value"]), self.sum(by)):
                return f"{name}: computed the value {self.sum(by)}, ppmc says {rule['value']}"
        return None

    def customers(self, listed, wanted, what):
        def change(pair):
            return abs(pair[2].score - pair[1].score) if None not in (pair[1].score, pair[2].score) else 0

        def value(pair):
            v = self.value(*pair[1:]) if self.value_by else None
            return (v is None, 0 if v is None else -v)
        order = (lambda pair: (value(pair), -change(pair))) if what == "moves" else (lambda pair: (-change(pair), value(pair)))
        wanted = sorted(wanted, key=order)[:TOP]
        if [(c["key"] or "line:" + c["line"]) for c in listed] != [pair[0] for pair in wanted]:
            return f"{what}: computed {[pair[0] for pair in wanted][:8]}, ppmc lists {[c['key'] for c in listed][:8]}"
        for (key, a, b), customer in zip(wanted, listed):
            for half, name in ((a, "before"), (b, "after")):
                if (half.score is None) != (customer["score_" + name] is None) or (half.score is not None and Fraction(customer["score_" + name]) != half.score):
                    return f"{key}: score {name}"
                if self.has_tiers and customer["tier_" + name] != half.tier:
                    return f"{key}: tier {name}"
            if None in (a.score, b.score):
                if customer["why"]:
                    return f"{key}: a change is explained that there is not"
                continue
            given = [(line["name"], Fraction(line["change"])) for line in customer["why"]]
            if sum(change for _, change in given) != b.score - a.score:
                return f"{key}: the lines add up to {float(sum(c for _, c in given))}, the score changes by {float(b.score - a.score)}"
            computed = why(a, b, self.places)
            if len(computed) != len(given) or any(not named(k, name) or c != d for (k, c), (name, d) in zip(computed, given)):
                return f"{key}: computed {[(k, float(c)) for k, c in computed]}, ppmc says {[(n, float(c)) for n, c in given]}"
        return None


# ---- models and their edits ----------------------------------------------------------------------------------------------

known = {}  # the halves of the model that is edited: each of its edits is held against the same


def check(name, before, after, data, rows):
    """rows(model) are (row, key) of the scored rows. Names begin with what is edited, and a colon."""
    status, out, err = ppmc("diff", "--quiet", "--format", "json", "--top", str(TOP), before, after, *data)
    if status:
        return report(name, f"exit {status}: {err[:500]}")
    said = json.loads(out, parse_float=str, parse_int=str)
    value = said["value"]
    halves = []
    for model, has in ((before, "before"), (after, "after")):
        value_name = value["name"] if value and value[has] is not None else None
        of = (name.partition(":")[0], value_name)
        if model != before or of not in known:
            half = [(Half(row, value_name), key, row.model) for row, key in rows(model)]
            if model == before:
                known.clear()
                known[of] = half
        halves.append(known[of] if model == before else half)
    places = max([2] + [half[0][2].syntax["places"] for half in halves if half and half[0][0].has_rules])
    pairs = [(key.removeprefix("key:"), a, b) for (a, key, _), (b, _, _) in zip(*halves)]
    problem = Pairs(pairs, places, value and value["by"]).differs(said)
    return report(f"{name}, {len(pairs)} rows", problem)


def examples(wanted):
    top = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (wanted and name not in wanted):
            continue
        given = next((shlex.split(line) for line in open(os.path.join(folder, "cmd"), encoding="utf-8") if re.match(r"ppmc (--quiet )?model\.ppm", line)), [])
        while "--summary" in given:
            del given[given.index("--summary"):given.index("--summary") + 2]
        words = [word for word in given[1:] if not word.startswith("-")]
        if not words:
            continue
        shutil.copytree(folder, name)
        here = os.getcwd()
        os.chdir(name)
        try:
            text = open(words[0], encoding="utf-8").read()
            for number, (what, edited) in enumerate(edits(text, random.Random(name))):
                new = f"new{number}.ppm"
                open(new, "w", encoding="utf-8").write(edited)
                if ppmc("check", "--quiet", new, *words[1:])[0]:
                    continue
                # lines of a model without a key, as `explain` is asked for them
                check(f"{name}: {what}", words[0], new, words[1:], lambda model: explain.rows_of(name, ".", [model] + words[1:]))
        finally:
            os.chdir(here)


def random_pairs(seeds):
    tried = 0
    for seed in seeds:
        writer = random_models.Writer(seed)
        text, data = writer.model(), writer.data()
        open("data.csv", "w", encoding="utf-8").write(data)
        open("old.ppm", "w", encoding="utf-8").write(text)
        header, rows = _evaluate.read(data.encode())

        def found(path):
            model = _evaluate.Model(path)
            return [(model.row(dict(zip(header, row))), row[header.index("id")]) for row in rows]
        for what, edited in edits(text, random.Random(seed))[:3]:
            open("new.ppm", "w", encoding="utf-8").write(edited)
            if any(ppmc("check", "--quiet", path, "data.csv")[0] for path in ("old.ppm", "new.ppm")):
                continue
            tried += 1
            check(f"model {seed}: {what}", "old.ppm", "new.ppm", ["data.csv"], found)
    return tried


def real():
    """A telephone company's customers, by what each edit moves."""
    path = real_data("telco_maven", "telecom_customer_churn.csv")
    if not path:
        return
    header, rows = _evaluate.read(open(path, "rb").read())
    header = [name.strip() for name in header]
    old = os.path.join(_evaluate.TOP, "tests", "oracle", "models", "backtest_telco.ppm")
    text = open(old, encoding="utf-8").read()

    def found(path):
        model = _evaluate.Model(path)
        return [(model.row(dict(zip(header, row))), row[0]) for row in rows]
    for what, a, b in (("a threshold", "monthly > 90", "monthly > 80"), ("weights and a tier", "bond weight 60", "bond weight 50")):
        edited = text.replace(a, b) if what == "a threshold" else text.replace(a, b).replace("score >= 70", "score >= 66")
        open("new.ppm", "w", encoding="utf-8").write(edited)
        check(f"telco_maven: {what}", old, "new.ppm", [path, "--value", "monthly"], found)


def main():
    wanted = sys.argv[1:]
    names = [word for word in wanted if not word.isdigit()]
    if names or not wanted:
        examples(names)
    if not names:
        tried = random_pairs([int(word) for word in wanted] or range(1, MODELS + 1))
        if not wanted:
            real()
            report("most random models can be edited", None if tried > MODELS else f"{tried} pairs of {MODELS} models")


if __name__ == "__main__":
    main()

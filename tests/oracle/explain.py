"""`ppmc explain`: what each rule cost each customer, computed here in fractions from the rules' own points, for every row of every example and of random models; and the
lines add up to the score as shown, to the last hundredth, for the models of the golden tests too.

    python3 tests/oracle/explain.py [NAME or SEED…]
"""
import json
import os
import re
import shlex
import sys
from fractions import Fraction

import _evaluate
import _related
import random_models
from _compare import ppmc, report
from _evaluate import MILLION, points_of

MODELS = 60
TYPES = {"one-line": {"days_late": "number"}}
VERBS = ("backtest",)  # in an example's `cmd`, whose lines else score a file
AT_ONCE = 50  # keys on one command line


class Line:
    def __init__(self, name, dimension, change=None, points=None, best=None, outcome=None):
        self.name, self.dimension, self.change, self.points, self.best, self.outcome = name, dimension, change, points, best, outcome


class Waterfall:
    """The lines of one row, in the order of the model's text."""

    def __init__(self, row):
        self.row, self.model, self.lines = row, row.model, []
        states, model = row.states(), row.model
        weights = sum(Fraction(_evaluate.decimal_of(d["weight"])) for d, s in zip(model.dimensions, states) if s["value"] is not None)
        for dimension, state in zip(model.dimensions, states):
            known = state["value"] is not None
            factor = 100 * Fraction(_evaluate.decimal_of(dimension["weight"])) / weights / (state["high"] - state["low"]) if known else None
            first = len(self.lines)
            for rule in dimension["rules"]:
                self.rule(rule, dimension, dimension["range"] is not None, self.shared(dimension, dimension["rules"], rule))
            rest = state["high"] - state["points"] - sum(-line.change for line in self.lines[first:] if line.change is not None)
            if known and rest:
                self.lines.append(Line("range", dimension["name"], -rest))
            for line in self.lines[first:]:
                line.change = line.change * factor if known and line.change is not None else None
        scored = weights > 0
        if model.adjust:
            first, score = len(self.lines), 100 + sum(line.change or 0 for line in self.lines)
            for rule in model.adjust:
                self.rule(rule, None, None, -(row.rule(rule) or 0))
            for line in self.lines[first:]:
                line.change = Fraction(line.change, MILLION) if scored and line.change is not None else None
                score += line.change or 0
            kept = min(max(score, Fraction(0)), Fraction(100))
            if scored and kept != score:
                self.lines.append(Line("limit", None, kept - score))
        self.hundredths()

    def best(self, rule, declared):
        """The best that counts as the rule's in this row; None in `adjust`, where nobody is short of anything."""
        if declared is None:
            return 0
        if declared:
            return points_of(rule["range"][1])
        own = self.row.rule_range(rule)
        return points_of(own[1]) if own else 0

    def rule(self, rule, dimension, declared, cost=None):
        points = self.row.rule(rule)
        best = self.best(rule, declared)
        name = dimension["name"] if dimension else None
        if cost is None:
            cost = best - (points or 0)
        line = Line(rule["name"], name, -cost, points, best, self.outcome(rule, points))
        self.lines.append(line)
        if rule["kind"] == "best":
            for member in rule["rules"]:
                self.member(member, name, declared)
        if rule["kind"] == "group":
            line.change = None
            first = len(self.lines)
            for member in rule["rules"]:
                self.rule(member, dimension, declared, -(self.row.rule(member) or 0) if declared is None else self.shared(dimension, rule["rules"], member))
            rest = -cost - sum(one.change for one in self.lines[first:] if one.change is not None)
            if rest:
                self.lines.append(Line("cap", name, rest))

    def member(self, rule, name, declared):
        points = self.row.rule(rule)
        self.lines.append(Line(rule["name"], name, None, points, self.best(rule, declared), self.outcome(rule, points)))
        for inner in rule.get("rules", []):
            self.member(inner, name, declared)

    def outcome(self, rule, points):
        if points is None:
            return "unknown"
        if rule["kind"] not in ("reward", "penalty"):
            return "counted"
        fires = self.row.evaluate(rule["condition"])
        if fires is False:
            return "not fired"
        return "fired" if fires and self.row.evaluate(rule["points"]) is not None else "by default"

    def shared(self, dimension, rules, rule):
        """Rewards that exclude each other are short of one best: that of the decided ones. In a declared range each better one that is unknown is short of the next."""
        if not rule["set"] or rule["kind"] != "reward":
            return None
        members = sorted((r for r in rules if r["set"] == rule["set"]), key=lambda r: -r["range"][1])
        together = points_of(sum(r["given"] for r in members))
        decided = [r for r in members if self.row.rule(r) is not None]
        fired = sum(self.row.rule(r) for r in decided)
        if decided and rule is decided[0]:
            return max(points_of(rule["range"][1]), together) - fired
        at = next(i for i, r in enumerate(members) if r is rule)
        if rule in decided or not dimension["range"] or (decided and members.index(decided[0]) < at):
            return 0
        return max(points_of(rule["range"][1]), together) - max(points_of(members[at + 1]["range"][1]) if at + 1 < len(members) else 0, together)

    def hundredths(self):
        self.places = max(2, self.model.syntax["places"])
        unit, score = Fraction(1, 10 ** self.places), self.row.score()
        self.score = None if score is None else _evaluate.decimal_of(score.value)
        if score is None:
            return
        counted = [line for line in self.lines if line.change is not None]
        whole = _evaluate.half_away(100 + sum(line.change for line in counted), unit) - 100 * 10 ** self.places
        floors = {id(line): line.change // unit for line in counted}
        order = sorted(counted, key=lambda line: -(line.change / unit - floors[id(line)]))  # stable: ties in the text's order
        for line in order[:whole - sum(floors.values())]:
            floors[id(line)] += 1
        for line in counted:
            line.change = floors[id(line)] * unit
        rest = self.score - 100 - sum(line.change for line in counted)
        if rest:
            self.lines.append(Line("rounding", None, rest))


def compare(waterfall, said):
    """What differs, or None."""
    given = said.get("waterfall", [])
    if (said["score"] is None) != (waterfall.score is None) or (said["score"] is not None and Fraction(said["score"]) != waterfall.score):
        return f"computed the score {waterfall.score}, ppmc says {said['score']}"
    if said["score"] is not None and 100 + sum(Fraction(line["change"]) for line in given if "change" in line) != Fraction(said["score"]):
        return "the lines do not add up to the score"
    if len(given) != len(waterfall.lines):
        return f"computed {[line.name for line in waterfall.lines]}, ppmc has {[line['name'] for line in given]}"
    for mine, line in zip(waterfall.lines, given):
        name = line["kind"] if line["kind"] in ("range", "limit", "cap", "rounding") else line["name"]
        if name != mine.name or line.get("dimension") != mine.dimension:
            return f"computed the line {mine.name}, ppmc says {name}"
        change = Fraction(line["change"]) if "change" in line else None
        if waterfall.score is not None and change != mine.change:
            return f"{mine.dimension}.{mine.name}: computed {mine.change and float(mine.change)}, ppmc says {change and float(change)}"
        if mine.outcome and (line["outcome"] != mine.outcome or Fraction(line["points"]) * MILLION != (mine.points or 0) or Fraction(line["best"]) * MILLION != mine.best):
            return f"{mine.name}: computed {mine.outcome}, {mine.points} of {mine.best} millionths, ppmc says {line['outcome']}, {line['points']} of {line['best']}"
    if waterfall.model.syntax["tiers"] and said["tier"] != waterfall.row.tier():
        return f"computed the tier {waterfall.row.tier()}, ppmc says {said['tier']}"
    return None


def rows_of(name, folder, words, settings=None):
    """(row, key or line) of the scored rows."""
    path = os.path.join(folder, words[0])
    if name in TYPES:
        model = _evaluate.Model(path, TYPES[name])
        header, rows = _evaluate.read(open(os.path.join(folder, words[1]), "rb").read())
        return [(model.row(dict(zip(header, row))), f"line:{line + 2}") for line, row in enumerate(rows)]
    syntax = _evaluate._syntax.parse(open(path, encoding="utf-8").read())
    files = {d["name"]: d["file"] for d in syntax["datasets"] if d["file"]}
    for word in words[1:]:
        dataset, equals, file = word.partition("=")
        files[dataset if equals else syntax["scored"]] = file if equals else word
    files = {dataset: _evaluate.read(open(os.path.join(folder, file), "rb").read()) for dataset, file in files.items()}
    model = _related.RelatedModel(path, files, settings or {}, None)
    header = model.scored["by_name"]
    key = next(c["header"] for c in header.values() if c["key"])
    return [(row, "key:" + row.fields[key]) for row in model.rows[model.scored["name"]]]


def explained(words, keys):
    """{key: what ppmc says}, or the reason why not."""
    said = {}
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at:at + AT_ONCE]
        status, out, err = ppmc("explain", "--quiet", "--format", "json", *words, *some)
        if status:
            return f"exit {status}: {err[:500]}"
        found = json.loads(out, parse_float=str, parse_int=str)
        if len(found) != len(some):
            return f"{len(found)} rows for {len(some)} keys"
        said.update(zip(some, found))
    return said


def rows_behind(said):
    """What of the figures over other rows is not what their rows say, or None: counts, sums, least and largest of the rows that are listed, where all are."""
    for figure in said.get("figures", []):
        rows, written = figure.get("rows"), figure.get("expression", "")
        if rows is None or "counted" not in figure or len(rows) != min(20, int(figure["counted"]) + int(figure["left_out"])):
            if rows is not None and "counted" in figure:
                return f"{written}: {len(rows)} rows are listed of {figure['counted']} and {figure['left_out']}"
            continue
        counting = [row for row in rows if row["counts"]]
        if rows != counting + [row for row in rows if not row["counts"]]:
            return f"{written}: rows that are left out stand before those that count"
        if int(figure["counted"]) != len(counting):
            continue  # there are more than are listed
        values = [Fraction(row["value"]) for row in counting if isinstance(row.get("value"), str) and re.fullmatch(r"-?[\d.]+", row["value"])]
        plain = re.match(r"(count|sum|min|max)\(", written) and "^" not in written and written.count("(") == written.count(")") and not re.search(r"\) *[-+*/]", written)
        if not plain or figure["value"] is None or (written[:3] != "cou" and len(values) != len([row for row in counting if row.get("value") is not None])):
            continue
        expected = {"count": len(counting), "sum": sum(values), "min": min(values, default=None), "max": max(values, default=None)}[re.match(r"\w+", written).group()]
        try:
            value = Fraction(figure["value"])
        except ValueError:
            continue  # a day
        if expected is not None and abs(value - expected) > Fraction(1, 10 ** 9):
            return f"{written}: {figure['value']}, and its rows give {float(expected)}"
    return None


def check(name, words, rows):
    said = explained(words, [key for _, key in rows])
    if isinstance(said, str):
        return report(name, said)
    for row, key in rows:
        problem = compare(Waterfall(row), said[key]) or rows_behind(said[key])
        if problem:
            return report(name, f"{key}: {problem}")
    return report(f"{name}, {len(rows)} rows", None)


def examples(wanted):
    top = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (wanted and name not in wanted):
            continue
        done = set()
        for line in open(os.path.join(folder, "cmd"), encoding="utf-8"):
            given = shlex.split(line)
            if given[1] in VERBS:
                continue
            for option in ("--summary", "--set", "-o"):
                while option in given:
                    at = given.index(option)
                    del given[at:at + 2]
            words = [word for word in given[1:] if not word.startswith("-")]
            model = _evaluate._syntax.parse(open(os.path.join(folder, words[0]), encoding="utf-8").read())
            if tuple(words) in done or "--set" in line or not (model["rules"] or model["dimensions"]):
                continue
            done.add(tuple(words))
            here = os.getcwd()
            os.chdir(folder)
            try:
                check(name, words, rows_of(name, folder, words))
            finally:
                os.chdir(here)


def random(seeds):
    for seed in seeds:
        writer = random_models.Writer(seed)
        open("model.ppm", "w", encoding="utf-8").write(writer.model())
        data = writer.data()
        open("data.csv", "w", encoding="utf-8").write(data)
        status, _, err = ppmc("check", "model.ppm")
        if status == 3:
            continue
        header, rows = _evaluate.read(data.encode())
        model = _evaluate.Model("model.ppm")
        check(f"model {seed}", ["model.ppm", "data.csv"], [(model.row(dict(zip(header, row))), f"line:{line + 2}") for line, row in enumerate(rows)][:AT_ONCE])


def golden_models():
    """Every model of the golden tests that has data beside it: the first rows' lines add up, whatever the model does."""
    rows = 0
    for folder, _, files in sorted(os.walk(os.path.join(_evaluate.TOP, "tests", "golden"))):
        tables = sorted(file for file in files if file.endswith(".csv"))
        first = next((file for file in tables if file in ("customers.csv", "data.csv")), tables[0] if tables else None)
        for model in sorted(file for file in files if file.endswith(".ppm")) if first else []:
            words = [os.path.join(folder, model), os.path.join(folder, first)] + [f"{file[:-4]}={os.path.join(folder, file)}" for file in tables if file != first]
            options = ["--path"] if re.search(r"^tier ", open(words[0], encoding="utf-8", errors="replace").read(), re.M) else []
            status, out, err = ppmc("explain", "--quiet", "--ask", *options, "--format", "json", *words, "line:2", "line:3")
            if status not in (0, 2, 3, 4, 5, 6):
                return report("the golden tests' models", f"{os.path.relpath(folder, _evaluate.TOP)}: exit {status}: {err[:300]}")
            for said in json.loads(out, parse_float=str, parse_int=str) if out else []:
                rows += said.get("score") is not None
                if said.get("score") is not None and 100 + sum(Fraction(line["change"]) for line in said["waterfall"] if "change" in line) != Fraction(said["score"]):
                    return report("the golden tests' models", f"{os.path.relpath(folder, _evaluate.TOP)}, line {said['data_line']}: the lines do not add up to the score")
    return report("the golden tests' models, hundreds of rows", None if rows > 200 else f"{rows} rows were explained")


def main():
    wanted = sys.argv[1:]
    names = [word for word in wanted if not word.isdigit()]
    if names or not wanted:
        examples(names)
    if not wanted:
        golden_models()
    if not names:
        random([int(word) for word in wanted] or range(1, MODELS + 1))


if __name__ == "__main__":
    main()

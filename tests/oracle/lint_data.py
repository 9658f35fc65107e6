"""What `ppmc lint` says of a model beside its data, counted here: random models of tests/oracle/lint.py over random files of customers, some small, some with values that are
missing, the same throughout, or written in other capitals than the model has.

    python3 tests/oracle/lint_data.py [SEED…]

Every figure in a finding is counted again, and what should be found is: rules for nobody, for all, of which nothing is known (W1422 to W1424), texts in no row (W1425), empty and constant
columns (W1426, W1427), tiers and bands without anybody (W1428), and thresholds nobody is near (W1421).
"""
import json
import os
import random
import re
import subprocess
import sys
from fractions import Fraction

import lint

PPMC = os.environ["PPMC"]
MODELS = int(os.environ.get("PPM_MODELS", 120))
NEAR = Fraction(1, 10)


def everybody(count):
    return "the only customer" if count == 1 else f"all {commas(count)} customers"


def none(count):
    return "nobody (there is one customer)" if count == 1 else f"none of the {commas(count)} customers"


def random_rows(chance, model):
    count = chance.choice([1, 3, 12, 25, 60])
    rows = [{} for _ in range(count)]
    for name, kind in model.columns.items():
        habit = chance.choice(["spread", "spread", "spread", "gap", "constant", "missing"])
        for row in rows:
            if kind == "text":
                pool = {"spread": lint.TEXTS + ["other"], "gap": ["Red", "BLUE", "white", "else"], "constant": ["red"], "missing": ["else"]}[habit]
                row[name] = chance.choice(pool)
                continue
            row[name] = Fraction({"spread": chance.randint(-20, 220), "gap": chance.choice([chance.randint(0, 8), chance.randint(190, 200)]), "constant": 30,
                                  "missing": chance.randint(0, 99)}[habit], 2)
            if kind == "optional" and (habit == "missing" or chance.random() < 0.2):
                row[name] = None
    return rows


def commas(number):
    return f"{number:,}"


def plain(value):
    return str(int(value)) if value == int(value) else str(float(value))


class Case:
    def __init__(self, model, rows):
        self.model, self.rows = model, rows
        self.text = model.text()
        self.lines = self.text.split("\n")
        used = {test[0] for rule in model.rules() for test in rule.tests} | {rule.bands[0] for rule in model.rules() if rule.bands}
        self.values = {name: [row[name] for row in rows if row[name] is not None] for name in model.columns if name in used}

    def line_of(self, rule):
        return next(i for i, line in enumerate(self.lines, 1) if f" {rule.name} " in line)

    def run(self):
        with open("model.ppm", "w", encoding="utf-8") as file:
            file.write(self.text)
        with open("customers.csv", "w", encoding="utf-8") as file:
            file.write(",".join(self.rows[0]) + "\n")
            file.writelines(",".join(lint.shown(value) or '""' for value in row.values()) + "\n" for row in self.rows)
        done = subprocess.run([PPMC, "lint", "--format", "json", "model.ppm", "customers.csv"], capture_output=True, text=True)
        if done.returncode not in (0, 1) or done.stderr:
            raise AssertionError("ppmc lint fails: " + done.stderr[:300])
        return [found for found in map(json.loads, done.stdout.splitlines()) if "W1421" <= found.get("code", "") <= "W1428"]

    # ---- what should be found ----

    def columns(self):
        count = len(self.rows)
        for name, values in self.values.items():
            if not values:
                yield "W1426", f"`{name}` is empty for {everybody(count)}"
            elif count >= 2 and len(values) == count and len(set(values)) == 1:
                shown = f'"{values[0]}"' if isinstance(values[0], str) else plain(values[0])
                yield "W1427", f"`{name}` is {shown} for {everybody(count)}"

    def rules(self, absent):
        count = len(self.rows)
        for rule in self.model.rules():
            if rule.bands or any(frozenset(test[2]) in absent.get(test[0], set()) for test in rule.tests if test[1] == "in"):
                continue  # what explains it may have been told
            holds = [rule.holds(row) for row in self.rows]
            if all(held is None for held in holds):
                if all(self.values[test[0]] for test in rule.tests):
                    words = f"`{rule.name}` is unknown of" if rule.missing is None else f"the condition of `{rule.name}` is missing for"
                    yield "W1424", f"{words} {everybody(count)}"
            elif not any(holds):
                yield "W1422", f"`{rule.name}` fires for {none(count)}"
            elif all(holds):
                yield "W1423", f"`{rule.name}` fires for {everybody(count)}"

    def tiers(self):
        there = {self.model.tier(self.model.score(row)) for row in self.rows}
        for name in [name for name, _, _ in self.model.tiers] + ["rest"]:
            if name not in there:
                yield "W1428", f"{none(len(self.rows))} is in the tier `{name}`"

    def empty_bands(self):
        """The lines of the bands that nobody is in."""
        for rule in self.model.rules():
            if not rule.bands or not self.values[rule.bands[0]]:
                continue
            limits = [limit for limit, _ in rule.bands[1]]
            inside = {sum(value >= limit for limit in limits) for value in self.values[rule.bands[0]]}
            first = self.line_of(rule) + 1
            for i in range(len(limits) + 1):
                if i not in inside:
                    yield first + i + (1 if i == len(limits) and rule.bands[3] is not None else 0)

    def gap(self, name, limit):
        """The words on a threshold that nobody is near, or None."""
        values = self.values[name]
        if len(values) < 20 or min(values) == max(values) or limit in values:
            return None
        below, above = [v for v in values if v < limit], [v for v in values if v > limit]
        distance = min(abs(v - limit) for v in values)
        if distance <= NEAR * (max(values) - min(values)):
            return None
        nearest = max(below) if below and (not above or limit - max(below) < min(above) - limit) else min(above)
        return f"nobody's `{name}` is near {plain(limit)}: the nearest is {plain(nearest)}; {commas(len(below))} lie below, {commas(len(above))} above"

    def check(self):
        found = self.run()
        messages = {(f["code"], f["message"]) for f in found}
        absent = {}
        for f in found:
            if f["code"] == "W1425":
                self.check_text(f, absent)
            if f["code"] == "W1421":
                name, limit = re.match(r"nobody's `(\w+)` is near (-?[\d.]+):", f["message"]).groups()
                if name != "score" and f["message"] != self.gap(name, Fraction(limit)):
                    raise AssertionError(f"{f['message']}; counted: {self.gap(name, Fraction(limit))}")
        # those conditions in which a text was told of
        wanted = {*self.columns(), *self.tiers()}
        sure = {*self.rules(absent)}
        for code, message in wanted | sure:
            if (code, message) not in messages:
                raise AssertionError(f"not found: {code} {message}")
        everything = wanted | {*self.rules({})}
        for code, message in messages:
            if code in ("W1422", "W1423", "W1424", "W1426", "W1427") and (code, message) not in everything:
                raise AssertionError(f"not so: {code} {message}")
            if code == "W1428" and "tier" in message and (code, message) not in everything:
                raise AssertionError(f"not so: {code} {message}")
        bands = {f["line"] for f in found if f["code"] == "W1428" and "this band" in f["message"]}
        if bands != set(self.empty_bands()):
            raise AssertionError(f"empty bands on lines {sorted(self.empty_bands())}, and told on {sorted(bands)}")
        self.check_gaps(messages)
        self.check_texts(absent)
        return len(found)

    def check_text(self, finding, absent):
        name, text, near, count = re.match(r'`(\w+)` is "(\w+)" in no row(?:; it is "(\w+)" in ([\d,]+))?$', finding["message"]).groups()
        values = self.values[name]
        if text in values or (near and values.count(near) != int(count.replace(",", ""))):
            raise AssertionError("not so: " + finding["message"])
        for rule in self.model.rules():
            for test in rule.tests:
                if test[0] == name and test[1] == "in" and text in test[2]:
                    absent.setdefault(name, set()).add(frozenset(test[2]))

    def check_texts(self, absent):
        for rule in self.model.rules():
            for name, kind, *texts in rule.tests:
                if kind != "in" or not self.values[name]:
                    continue
                lost = [text for text in texts[0] if text not in self.values[name]]
                other = [text for text in lost if any(text != value and text.lower() == value.lower() for value in self.values[name])]
                if (other or (lost and len(texts[0]) == 1)) and frozenset(texts[0]) not in absent.get(name, set()):
                    raise AssertionError(f"a text in no row is not told of: {name} in {texts[0]}")

    def check_gaps(self, messages):
        for rule in self.model.rules():
            if rule.bands or len(rule.tests) != 1 or rule.tests[0][1] in ("in", "between"):
                continue
            holds = [rule.holds(row) for row in self.rows]
            words = self.gap(rule.tests[0][0], Fraction(rule.tests[0][2]))
            if words and any(holds) and not all(holds) and ("W1421", words) not in messages:
                raise AssertionError("not found: " + words)


def main():
    seeds = [int(word) for word in sys.argv[1:]] or range(MODELS)
    failed, told = False, 0
    for seed in seeds:
        model = lint.random_model(1000 + seed)
        case = Case(model, random_rows(random.Random(seed), model))
        try:
            told += case.check()
        except AssertionError as problem:
            failed = True
            print(f"not ok model {seed}: {problem}")
    print(f"ok {len(seeds)} models beside data: {told} findings")
    return failed or (len(seeds) >= MODELS and told < MODELS)


sys.exit(main())

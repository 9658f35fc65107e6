"""Tests of models: what the evaluator says of a row is expected of a test that gives the row, and holds; anything else does not, and the report shows the evaluator's figure.

Random models of one row, and every example: there each test gives all rows of all files, so that figures over other rows, ranks and trees are those of a run.

    python3 tests/oracle/tests.py 17        only random model 17, left in model.ppm and model_test.ppm
    python3 tests/oracle/tests.py rfm       only that example
"""
import datetime
import json
import os
import re
import shlex
import sys
from fractions import Fraction

import _evaluate
import random_models
from _compare import ppmc, report
from _evaluate import Duration, Money, Number

MODELS = 40
ROWS = 6      # of a random model
CUSTOMERS = 3  # of an example
TYPES = {"one-line": {"days_late": "number"}}
VERBS = {"backtest", "whatif", "diff", "test", "explain", "perfect", "lint"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED = set("and or not in is mod between contains matches if then else case when otherwise where by to as yes no missing because goes below given expect let param define "
               "dataset disqualify perspective bands dimension lookup _".split())


def named(name):
    return ".".join(part if WORD.match(part) and part not in RESERVED else f"`{part}`" for part in name.split("."))


def decimal(value, places):
    """An exact figure as a literal of at most so many places, rounded half away from zero; None when a literal cannot say it."""
    scaled = _evaluate.half_away(Fraction(value) * 10 ** places)
    if abs(scaled) >= 10 ** 15:
        return None
    digits = f"{abs(int(scaled)):0{places + 1}d}"
    text = digits[:-places] + "." + digits[-places:] if places else digits
    return ("-" if scaled < 0 else "") + (text.rstrip("0").rstrip(".") if places else text)


def literal(value):
    """A value as a model writes it; None when it cannot."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return '"' + "".join({"\\": "\\\\", '"': '\\"', "{": "\\{", "}": "\\}", "\n": "\\n", "\t": "\\t"}.get(c, c) for c in value) + '"'
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Duration):
        return f"{value.value} {'months' if value.months else 'days'}"
    period = f" per {value.period}" if value.period else ""
    if isinstance(value, Money):
        text = decimal(value.value, 4)
        return text and text + period
    text = _evaluate.plain(_evaluate.as_decimal(value.value))
    if len(text.replace("-", "").replace(".", "").lstrip("0")) > 15:
        return None
    return (_evaluate.percent_text(value.value) if value.percent else text) + period


def shown(name, value, model):
    """As a report shows it, where that is sure to be the same text."""
    if isinstance(value, str):
        return value if value.isprintable() and value.isascii() and not set(value) & set('"\\') else None
    if isinstance(value, Money):
        exact = Fraction(value.value)
        text = decimal(exact, 12)
        if text is None or value.period:
            return None
        whole, _, places = text.partition(".")
        return f"{whole}.{places:0<2}"
    if value is not None and isinstance(value, Number) and (name == "score" or name.startswith("score_")):
        return _evaluate.fixed(_evaluate.decimal_of(value.value), model.syntax["places"])
    return _evaluate.show(value)


def expectations(name, value, others):
    """(what holds, what does not) of a name; `others`: texts that it could be instead."""
    if value is None:
        return f"{name} is missing", f"{name} is present"
    if isinstance(value, bool):
        return (name, f"not {name}") if value else (f"not {name}", name)
    if isinstance(value, str):
        other = next((o for o in others if o != value), None) if others else value + "x"
        return f"{name} = {literal(value)}", f"{name} = {literal(other)}" if other is not None else f"{name} != {literal(value)}"
    if isinstance(value, datetime.date):
        return f"{name} = {literal(value)}", f"{name} = {literal(value + datetime.timedelta(days=1 if value.year < 9999 else -1))}"
    if isinstance(value, Duration):
        return f"{name} = {literal(value)}", f"{name} = {literal(Duration(value.value + 1, value.months))}"
    if isinstance(value, Money):
        right, wrong = literal(Money(value.value, value.period)), literal(Money(value.value + Fraction(1, 100), value.period))
        exact = Fraction(value.value) * 10 ** 4
        subject = name if exact.denominator == 1 else f"round({name}, 4)"
        return (f"{subject} = {right}", f"{subject} = {wrong}") if right and wrong and not (value.period and subject != name) else (None, None)
    right = literal(value)
    if right is None:
        return None, None
    wrong = literal(Number(value.value + (0.25 if value.percent else 1), value.percent, False, value.period))
    return (f"{name} = {right}", f"{name} = {wrong}") if wrong else (None, None)


class Tests:
    """The tests of a model, as text, and what must come of each."""
    refuted = 0

    def __init__(self, model):
        self.model, self.blocks, self.wanted = model, [], []

    def add(self, title, givens, right, wrongs):
        body = "".join(f"  given {given}\n" for given in givens)
        for kind, expected in (("right", right), ("wrong", [expectation for expectation, _ in wrongs])):
            if expected:
                self.blocks.append(f"test {literal(f'{title}: {kind}')} {{\n{body}" + "".join(f"  expect {e}\n" for e in expected) + "}\n")
                self.wanted.append((f"{title}: {kind}", [] if kind == "right" else wrongs))

    def about(self, title, givens, row, names):
        right, wrongs = [], []
        syntax = self.model.syntax
        for name in names:
            if name == "reasons":
                text = row.reasons(3 if syntax["output"] is None else next(c["count"] for c in syntax["output"] if c["name"] == "reasons"))
                right.append(f"reasons = {literal(text)}" if text else "reasons is missing")
                wrongs.append((f"reasons != {literal(text)}" if text else "reasons is present", None))
                continue
            value = row.name(name, {})
            others = [tier[0] for tier in syntax["tiers"]] if name in ("tier", "tier_by_rules") else next(([arm[0] for arm in s[1]] for s in syntax["segments"] if s[0] == name), None)
            good, bad = expectations(named(name), value, others)
            if not good:
                continue
            right.append(good)
            plain = not bad.startswith("round(")
            text = shown(name, value, self.model) if plain and value is not None else None
            wrongs.append((bad, f"{named(name)} = {text}" if text is not None else f"{named(name)} is missing" if value is None else None))
        self.add(title, givens, right, wrongs)

    def problem(self):
        with open("model_test.ppm", "w", encoding="utf-8") as file:
            file.write("".join(self.blocks))
        if os.path.getsize("model_test.ppm") > 1 << 20:
            return "the tests are larger than a file may be"
        status, out, err = ppmc("test", "--format", "tap", "model.ppm")
        if status not in (0, 1):
            return f"exit {status}: {err[:600]}"
        said, at = {}, None
        for line in out.decode().split("\n"):
            found = re.match(r"(ok|not ok) \d+ - (.*)", line)
            if found:
                at = found.group(2).replace("\\#", "#").replace("\\\\", "\\")
                said[at] = []
            elif line.startswith("    - expected: "):
                said[at].append([json.loads(line[16:]), None])
            elif line.startswith("      actual: "):
                said[at][-1][1] = json.loads(line[14:])
            elif line.startswith("  message: "):
                return f"{at}: {line}"
        for title, wrongs in self.wanted:
            if title not in said:
                return f"{title} was not run"
            Tests.refuted += len(wrongs)
            failed = {expectation: actual for expectation, actual in said[title]}
            for expectation, actual in wrongs:
                if expectation not in failed:
                    return f"{title}: {expectation} passed"
                if actual is not None and failed[expectation] != actual:
                    return f"{title}: computed {actual!r}, ppmc says {failed[expectation]!r}"
            if len(failed) > len(wrongs):
                return f"{title}: {said[title]}"
        return None if len(said) == len(self.wanted) else f"{len(said)} tests instead of {len(self.wanted)}"


def given(columns, value_of, raw_of):
    """name = value, … for a row's columns; what is empty is left out, or given as missing."""
    parts = []
    for at, (name, column) in enumerate(columns.items()):
        raw, value = raw_of(column), value_of(name)
        if raw == "" or value is None:
            if at % 2 and column["optional"]:
                parts.append(f"{named(name)} = missing")
            continue
        text = literal(value)
        if text is None:
            return None
        parts.append(f"{named(name)} = {text}")
    return ", ".join(parts)


def random_model(seed):
    writer = random_models.Writer(seed)
    text, data = writer.model(), writer.data()
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(text)
    if os.path.exists("model_test.ppm"):
        os.remove("model_test.ppm")
    status, _, _ = ppmc("check", "--quiet", "model.ppm")
    if status:  # a random model may be one that the checks refuse
        return None
    model = _evaluate.Model("model.ppm")
    header, rows = _evaluate.read(data.encode())
    tests = Tests(model)
    names = [c["name"] for c in model.syntax["output"] if c["name"] not in ("id", "action")] + sorted(model.flags)[:4]
    for number, fields in enumerate(rows[:ROWS]):
        raw = dict(zip(header, fields))
        row = model.row(raw)
        givens = given(model.columns, lambda name: row.name(name, {}), lambda column: raw[column["header"]])
        if givens is not None:
            tests.about(f"row {number}", [givens], row, names)
    return tests.problem()


def example(name, folder, words):
    path = os.path.join(folder, words[0])
    with open(path, encoding="utf-8") as source, open("model.ppm", "w", encoding="utf-8") as file:
        file.write(source.read())
    if name in TYPES:
        model = _evaluate.Model(path, TYPES[name])
        tests = Tests(model)
        header, rows = _evaluate.read(open(os.path.join(folder, words[1]), "rb").read())
        for number, fields in enumerate(rows[:CUSTOMERS]):
            row = model.row(dict(zip(header, fields)))
            value = row.name("days_late", {})
            tests.about(f"row {number}", [f"days_late = {'missing' if value is None else literal(value)}"], row, ["score", "slow_payer", "reasons"])
        return tests.problem()
    syntax = _evaluate._syntax.parse(open(path, encoding="utf-8").read())
    files = {d["name"]: d["file"] for d in syntax["datasets"] if d["file"]}
    for word in words[1:]:
        dataset, equals, file = word.partition("=")
        files[dataset if equals else syntax["scored"]] = file if equals else word
    source = {d["name"]: d["source"] for d in syntax["datasets"]}.get(syntax["scored"])
    if source and syntax["scored"] in files:
        files[source] = files.pop(syntax["scored"])
    records = {dataset: _evaluate.read(open(os.path.join(folder, file), "rb").read()) for dataset, file in files.items()}
    model = _related.RelatedModel(path, records, {}, None)
    scored = model.scored["name"]

    def row_text(dataset, row):
        return given(model.datasets[dataset]["by_name"], lambda column: row.name(column, {}), lambda column: row.fields.get(column["header"], ""))
    tables = {dataset: [row_text(dataset, row) for row in model.rows[dataset]] for dataset in records}
    tests = Tests(model)
    output = [c["name"] for c in syntax["output"] or []] or ["score"]
    skipped = 0
    for number, row in enumerate(model.rows[scored][:CUSTOMERS]):
        own = [] if source else [tables[scored][number]]
        if source:
            own = [", ".join(f"{named(key)} = {literal(row.name(key, {}))}" for key in model.scored["by_name"])]
        others = []
        for dataset, texts in tables.items():
            kept = [text for i, text in enumerate(texts) if not (dataset == scored and i == number)]
            if kept:
                others.append(f"{named(dataset)} " + " ".join(f"{{ {text} }}" for text in kept))
        names = []
        for column in output:
            if column == "action" or "." in column:
                skipped += 1
                continue
            names.append(column)
        tests.about(f"{scored} {number}", own + others, row, names)
    return tests.problem()


def examples(wanted):
    global _related
    import _related  # from here on it computes with its own figures, which random models do not
    top = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (wanted and name not in wanted):
            continue
        done = set()
        for line in open(os.path.join(folder, "cmd"), encoding="utf-8"):
            words = shlex.split(line)
            for option in ("--summary", "--set", "-o", "--metrics", "--scenario"):
                while option in words:
                    at = words.index(option)
                    del words[at:at + 2]
            if words[1] in VERBS or "--set" in line or "--scenario" in line:
                continue
            words = [word for word in words[1:] if not word.startswith("-")]
            if tuple(words) not in done:
                done.add(tuple(words))
                report(f"{name}: {' '.join(words)}", example(name, folder, words))


def main():
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    names = [a for a in sys.argv[1:] if not a.isdigit()]
    if not names:
        problems = [(seed, problem) for seed in numbers or range(1, MODELS + 1) if (problem := random_model(seed))]
        for seed, problem in problems[:5]:
            report(f"model {seed}", problem)
        if not problems:
            print(f"ok {len(numbers) or MODELS} random models, {Tests.refuted} wrong expectations refuted")
    if not numbers:
        examples(names)


main()

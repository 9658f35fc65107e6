"""Tests captured from real rows: for some customers of every example the captured test, put beside a copy of the model, passes, is in canonical form, and expects what a run of the whole file
says; when a threshold of the model is changed so that a run says otherwise of a captured rule, the test fails.

Of random models over related tables every value is captured: what a test expects of it passes, and only what compares the row with others is left out.

    python3 tests/oracle/capture.py receivables     only that example
    python3 tests/oracle/capture.py 17              only random model 17, left in its files
"""
import csv
import io
import os
import re
import shlex
import shutil
import sys

import related_models
from _compare import ppmc, report

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
VERBS = {"backtest", "whatif", "diff", "test", "explain", "perfect", "lint"}
CUSTOMERS = 6
FLIPS = 3  # of an example
MODELS = 40
LITERAL = re.compile(r"\d[\d_]*(?:\.\d+)?%?")


def score(model, data, columns):
    status, out, err = ppmc("run", "--quiet", model, *data, "--columns", ",".join(columns))
    if status:
        return None
    return list(csv.DictReader(io.StringIO(out.decode(), newline="")))


def expected(text):
    """{name: value} of the plain expectations."""
    found = {}
    for line in text.split("\n"):
        match = re.match(r"  expect (not )?([\w.]+)(?: (= (.*)|is missing))?$", line)
        if not match:
            continue
        negated, name, rest, value = match.groups()
        found[name] = "" if rest == "is missing" else value.strip('"') if value else "no" if negated else "yes"
    return found


def figure(text):
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def same(wanted, got):
    try:
        cut = len(got.partition(".")[2]) < len(wanted.partition(".")[2])  # a run shows amounts with two places
        return abs(figure(wanted) - figure(got)) < (0.5 * 10 ** -len(got.partition(".")[2]) if cut else 0) + 1e-9
    except ValueError:
        return {"true": "yes", "false": "no"}.get(got, got) == wanted


def passes(model):
    status, out, err = ppmc("test", model)
    return status, out.decode() + err


def flip(text, name, model, data, key, key_name, was):
    """The model with one threshold of the rule changed so that a run says otherwise of it; None when no change does."""
    for match in re.finditer(r"^\s*(?:reward|penalty)\s+" + re.escape(name) + r"\b.*?\bwhen\b(.*?)(?=\bbecause\b|$)", text, re.M):
        for number in LITERAL.finditer(text, match.start(1), match.end(1)):
            percent = "%" if number.group().endswith("%") else ""
            for other in ("0", "1000000", "1", "100000"):
                changed = text[:number.start()] + other + percent + text[number.end():]
                with open(model, "w", encoding="utf-8") as file:
                    file.write(changed)
                rows = score(model, data, [key_name, name])
                row = next((r for r in rows or [] if r[key_name] == key), None)
                if row and not same(was, row[name]) and row[name] != "":
                    return changed
    return None


def example(name, folder, words):
    work = os.path.join(os.getcwd(), f"capture-{name}")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder, work)
    model, tests = os.path.join(work, words[0]), os.path.join(work, re.sub(r"\.ppm$", "_test.ppm", words[0]))
    data = []
    for word in words[1:]:
        dataset, equals, file = word.partition("=")
        data.append(f"{dataset}={os.path.join(work, file)}" if equals else os.path.join(work, word))
    with open(model, encoding="utf-8") as file:
        text = file.read()
    before = open(tests, encoding="utf-8").read() if os.path.exists(tests) else ""
    keyed = "key" in text.split() or " from " in text
    status, out, err = ppmc("run", "--quiet", model, *data)
    if status:
        return f"run: {err[:400]}", 0, 0
    rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
    header, rows = rows[0], rows[1:]
    values = [word for column in header if re.search(rf"^let {re.escape(column)}\b", text, re.M) for word in ("--value", column)]
    picks = sorted({round(i * (len(rows) - 1) / (CUSTOMERS - 1)) for i in range(CUSTOMERS)})
    captured = flips = 0
    for pick in picks:
        key = rows[pick][0] if keyed else f"line:{pick + 2}"
        status, out, err = ppmc("test", "--capture", key, *values, model, *data)
        if re.search("cannot be told|something else", err):
            return f"{key}: {err[:600]}", captured, flips
        if status == 1 and "nothing is left to expect" in err:
            continue
        if status:
            return f"{key}: exit {status}: {err[:400]}", captured, flips
        test = out.decode()
        captured += 1
        status, out, err = ppmc("fmt", "--check", "-", data=test.encode())
        if status:
            return f"{key}: not in canonical form: {out.decode()[:400]} {err}", captured, flips
        with open(tests, "w", encoding="utf-8") as file:
            file.write(before + test)
        status, said = passes(model)
        if status:
            return f"{key}: the test does not pass: {said[:600]}", captured, flips
        names = expected(test)
        if keyed and names:
            row = next(r for r in score(model, data, [header[0], *names]) if r[header[0]] == key)
            for what, value in names.items():
                if not same(value, row[what]):
                    return f"{key}: expects {what} = {value}, and the run says {row[what]}", captured, flips
        for what, value in names.items():
            if not keyed or value not in ("yes", "no") or flips >= FLIPS:
                continue
            changed = flip(text, what, model, data, key, header[0], value)
            if changed:
                flips += 1
                status, said = passes(model)
                if status != 1:
                    return f"{key}: {what} flips, and the test says {said[:400]}", captured, flips
            with open(model, "w", encoding="utf-8") as file:
                file.write(text)
    shutil.rmtree(work)
    return None, captured, flips


def random_model(seed):
    """(problem, tests captured)"""
    writer, captured = related_models.Writer(seed), 0
    tables = {name: list(rows) for name, rows in writer.tables.items()}
    text = writer.model()[0]
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(text)
    for name, columns in related_models.SCHEMA.items():
        related_models.write_table(name + ".csv", [column for column, _, _ in columns], tables[name])
    files = [f"{name}={name}.csv" for name in related_models.SCHEMA if f"dataset {name} " in text]
    status, out, err = ppmc("run", "--quiet", "model.ppm", *files)
    if status:
        return f"run: {err[:400]}", 0
    header, *rows = csv.reader(io.StringIO(out.decode(), newline=""))
    values = [word for column in header if re.match(r"c_v\d+$", column) for word in ("--value", column)]
    for row in rows[:7:3] if values else []:
        status, out, err = ppmc("test", "--capture", "key:" + row[0], *values, "model.ppm", *files)
        said = " ".join(line for line in err.split("\n") if line.startswith(("note: the test", "error")))
        if status not in (0, 1) or re.search("cannot be told|something else", said) or (status and "nothing is left to expect" not in said):
            return f"{row[0]}: exit {status}: {said[:600]}", captured
        if status:
            continue
        captured += 1
        with open("model_test.ppm", "wb") as file:
            file.write(out)
        status, said = passes("model.ppm")
        os.remove("model_test.ppm")
        if status:
            return f"{row[0]}: the test does not pass: {said[:600]}", captured
    return None, captured


def random_related(numbers):
    problems, captured = [], 0
    for seed in numbers or range(1, MODELS + 1):
        problem, tests = random_model(seed)
        captured += tests
        if problem:
            problems.append((seed, problem))
    for seed, problem in problems[:5]:
        report(f"model {seed}", problem)
    if not problems:
        print(f"ok {captured} tests of random models")


def main():
    numbers, names = [int(a) for a in sys.argv[1:] if a.isdigit()], [a for a in sys.argv[1:] if not a.isdigit()]
    if not names:
        random_related(numbers)
    if not numbers:
        examples(names)


def examples(names):
    top = os.path.join(TOP, "examples")
    captured = flips = 0
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (names and name not in names):
            continue
        done = set()
        for line in open(os.path.join(folder, "cmd"), encoding="utf-8"):
            words = shlex.split(line)
            for option in ("--summary", "-o", "--metrics", "--columns"):
                while option in words:
                    at = words.index(option)
                    del words[at:at + 2]
            if len(words) < 3 or words[1] in VERBS or "--set" in words or "--scenario" in words:
                continue
            words = [word for word in words[1:] if not word.startswith("-")]
            if tuple(words) in done:
                continue
            done.add(tuple(words))
            problem, tests, changes = example(name, folder, words)
            captured, flips = captured + tests, flips + changes
            report(f"{name}: {' '.join(words)}: {tests} captured, {changes} flipped", problem)
    if not names and (captured < 40 or flips < 15):
        report("examples", f"only {captured} tests were captured, and {flips} rules flipped")


main()

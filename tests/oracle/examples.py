"""The examples: their data is what their generator makes, their expected results what the evaluator here computes, and ppmc agrees.

    python3 tests/oracle/examples.py --write [NAME…]    computes the expected results anew, after a model or its data changed on purpose
"""
import os
import re
import shlex
import shutil
import subprocess
import sys

import _evaluate
import _related
import backtest
from _compare import first_difference, ppmc, report

TYPES = {"one-line": {"days_late": "number"}}  # of models without a dataset
METRICS = {}


def run(name, folder, line):
    """{file: text} that a command line of an example writes; "" is standard output."""
    words, files, settings, summaries, output, as_of = shlex.split(line), {}, {}, {}, "", None
    if words[1] == "backtest":
        return {"": backtest.page_of(folder, words)}
    assert words.pop(0) == "ppmc" and "--quiet" in words, line
    words.remove("--quiet")
    positional = []
    while words:
        word = words.pop(0)
        if word in ("--set", "--summary"):
            key, _, value = words.pop(0).partition("=")
            (settings if word == "--set" else summaries)[key] = value
        elif word == "-o":
            output = words.pop(0)
        else:
            positional.append(word)
    path = os.path.join(folder, positional.pop(0))
    if name in TYPES:
        return {"": _evaluate.score_file(_evaluate.Model(path, TYPES[name]), *_evaluate.read(open(os.path.join(folder, positional[0]), "rb").read()))}
    syntax = _evaluate._syntax.parse(open(path, encoding="utf-8").read())
    for word in positional:
        dataset, equals, file = word.partition("=")
        files[dataset if equals else syntax["scored"]] = file if equals else word
    for dataset in syntax["datasets"]:
        if dataset["file"]:
            files.setdefault(dataset["name"], dataset["file"])
    files = {dataset: _evaluate.read(open(os.path.join(folder, file), "rb").read()) for dataset, file in files.items()}
    model = _related.RelatedModel(path, files, settings, as_of)
    METRICS[name] = {metric: _evaluate.show(value) for metric, value in model.metrics().items()}
    return {output: model.scored_csv(), **{file: model.summary_csv(summary) for summary, file in summaries.items()}}


def printed_metrics(err):
    """Those of the summary on standard error."""
    found, inside = {}, False
    for line in err.split("\n"):
        inside = line == "  metrics" or (inside and line.startswith("    "))
        if inside and line.startswith("    "):
            found.update([line.split()[:2]])
    return found


def example(name, folder, writes):
    scratch = os.path.join(os.getcwd(), name)
    os.mkdir(scratch)
    shutil.copy(os.path.join(folder, "generate.py"), scratch)
    subprocess.run([sys.executable, os.path.join(scratch, "generate.py")], check=True)
    for file in sorted(os.listdir(scratch)):
        if file.endswith(".csv"):
            same = os.path.exists(os.path.join(folder, file)) and open(os.path.join(folder, file), "rb").read() == open(os.path.join(scratch, file), "rb").read()
            report(f"{name}, the generator's {file}", None if same else "generate.py makes other data than what stands in the folder")
    computed = {"": ""}
    for line in open(os.path.join(folder, "cmd"), encoding="utf-8"):
        for file, text in run(name, folder, line).items():
            computed[file] = computed.get(file, "") + text
    for file, text in computed.items():
        expected = os.path.join(folder, "expected.files", file) if file else os.path.join(folder, "expected.stdout")
        if writes and text:
            os.makedirs(os.path.dirname(expected), exist_ok=True)
            with open(expected, "w", encoding="utf-8", newline="") as out:
                out.write(text)
        stored = open(expected, encoding="utf-8", newline="").read() if os.path.exists(expected) else ""
        report(f"{name}, what is expected of {file or 'standard output'}", first_difference(text, stored))
    for file in os.listdir(folder):
        if file.endswith(".csv") or file.endswith(".ppm"):
            shutil.copy(os.path.join(folder, file), scratch)
    os.chdir(scratch)
    try:
        written = {"": ""}
        for line in open(os.path.join(folder, "cmd"), encoding="utf-8"):
            status, out, err = ppmc(*shlex.split(line)[1:])
            written[""] += out.decode()
            if status:
                report(f"{name}, ppmc", f"exit {status}: {err}")
                return
        for file, text in computed.items():
            if file:
                written[file] = open(file, encoding="utf-8", newline="").read() if os.path.exists(file) else ""
            report(f"{name}, ppmc's {file or 'standard output'}", first_difference(text, written[file]))
        if METRICS.get(name):
            words = [w for w in shlex.split(open(os.path.join(folder, "cmd"), encoding="utf-8").read().split("\n")[-2])[1:] if w != "--quiet"]
            words += [] if "-o" in words else ["-o", "scored.csv"]  # the whole summary is for those who do not read the rows
            status, out, err = ppmc(*words)
            report(f"{name}, metrics", None if METRICS[name] == printed_metrics(err) else f"computed {METRICS[name]}, ppmc says {printed_metrics(err)}")
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as page:
            told = [shlex.split(re.split(r" {3,}", line[6:].rstrip())[0])[1:] for line in page if line.startswith("    $ ppmc ")]
        failed = [f"ppmc {' '.join(words)}: exit {status}: {err[:200]}" for words in told for status, _, err in [ppmc(*words)] if status]
        report(f"{name}, the page's commands", (failed or [None])[0])
        if os.path.exists("model_test.ppm"):
            status, out, err = ppmc("test", "model.ppm")
            report(f"{name}, its tests", (out.decode() + err)[:600] if status else None)
        status, out, err = ppmc("check", "--strict", "model.ppm")
        report(f"{name}, no warning", err if status or "warning" in err or "note" in err else None)
    finally:
        os.chdir("..")


def main():
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    examples = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(examples)):
        folder = os.path.join(examples, name)
        if os.path.exists(os.path.join(folder, "cmd")) and (not wanted or name in wanted):
            example(name, folder, "--write" in sys.argv)


main()

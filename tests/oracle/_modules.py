"""Asks ppmc for the value of an expression over the standard modules, as constants and as columns of a data file, which take different ways."""
import json
import re

from _compare import ppmc, report

MODULES = ["ahp", "clv", "costing", "decay", "engagement", "expectancy", "growth", "receivables", "rfm", "scorecard"]
# A figure with its % or currency; not part of a name, a text or a duration.
FIGURE = re.compile(r'"[^"]*"|\d{4}-\d\d-\d\d|(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:%| EUR)?)(?![\w.])(?! *(?:days?|weeks?|months?|years?)\b)')


def run(expressions, unoptimised=False):
    """The values of the expressions in one run, or the error's text."""
    used = [module for module in MODULES if any(module + "." in expression for expression in expressions)]
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write("".join(f"use {module}\n" for module in used) + "dataset d { id text key  one number }\n")
        file.write("".join(f"let x{i} = {expression}\n" for i, expression in enumerate(expressions)))
        file.write("output { " + " ".join(f"x{i}" for i in range(len(expressions))) + " }\n")
    with open("data.csv", "w", encoding="utf-8") as file:
        file.write("id,one\na,1\n")
    status, out, err = ppmc("--format", "ndjson", "model.ppm", "data.csv", *(["--unoptimised"] if unoptimised else []))
    return status, json.loads(out) if status == 0 else None, err


def varied(expression):
    """The same with every figure divided by a column that is 1."""
    return FIGURE.sub(lambda found: f"({found.group(1)} / one)" if found.group(1) else found.group(), expression)


def values_of(table):
    """For each (what, expression, …) of the table: what, the rest, its values by the compiler and by the machine."""
    expressions = [row[1] for row in table]
    answers = []
    for tried, unoptimised in ((expressions, False), ([varied(e) for e in expressions], False), ([varied(e) for e in expressions], True)):
        status, values, err = run(tried, unoptimised)
        if status:
            report("the table compiles", err)
            return
        answers.append(values)
    for i, row in enumerate(table):
        yield row[0], row[2:], [answer[f"x{i}"] for answer in answers]


def check_near(table, relative=1e-9):
    """(what, expression, value[, how near]): near the value by so much, or relatively."""
    for what, (wanted, *near), got in values_of(table):
        margin = float(near[0]) if near else abs(float(wanted)) * relative + 1e-12
        good = all(isinstance(g, (int, float)) and abs(g - float(wanted)) <= margin for g in got)
        report(what, None if good else f"{wanted} was computed or published, ppmc says {got}")


def check_same(table):
    """(what, expression, text or flag)."""
    for what, (wanted,), got in values_of(table):
        report(what, None if all(g == wanted for g in got) else f"{wanted} expected, ppmc says {got}")


def check_missing(table):
    """(what, expression, reason): missing, both ways, and the run says why."""
    for what, expression, reason in table:
        for way, tried in (("constant", expression), ("column", varied(expression))):
            status, values, err = run([tried])
            good = status == 0 and values["x0"] is None and reason in err
            report(f"{what} has no value, {way}", None if good else f"exit {status}: {values} {err}")


def check_refused(table):
    """(what, expression, code): does not compile."""
    for what, expression, code in table:
        status, _, err = run([expression])
        report(f"{what} does not compile", None if status == 3 and code in err else f"exit {status}: {err}")

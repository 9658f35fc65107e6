#!/usr/bin/env python3
"""make bench, part start: what a small job costs. A file of 1,000 rows from the start of the process to its end, and the compilation of large models.

    START_RUNS=200   runs of each; the median counts
    START_RULES=10000,1000   rules of the models that are compiled

The floor is `true`, which does nothing: what it takes to start a process here. DuckDB's 1,000 rows are counted without the start of Python. To reach: 1,000 rows in less than 5 ms, 10,000 rules in less than 100 ms.
"""
import os
import random
import statistics
import sys

from bench import MODEL
from common import BUILD, HERE, PPMC, YARDSTICK, build, generated, prepare, run, say, tidy
from engines import duckdb, record

RUNS = int(os.environ.get("START_RUNS", "200"))
RULES = [int(x) for x in os.environ.get("START_RULES", "10000,1000").split(",")]
ROWS = 1000


def large_model(rules):
    """A model of so many rules in dimensions of a hundred, over forty columns; every rule is another."""
    draw = random.Random(rules)
    lines = ['model large "Many rules"', "dataset customers {", "  id text key"] + [f"  n{i} number optional" for i in range(30)] + [f"  t{i} text" for i in range(10)] + ["}"]
    for rule in range(rules):
        if rule % 100 == 0:
            lines.append(f"{'}' if rule else ''}\ndimension d{rule // 100} {{")
        number, text, limit = draw.randrange(30), draw.randrange(10), draw.randrange(1000)
        condition = f"n{number} > {limit}.{rule % 1000:03d}" if rule % 3 else f'n{number} <= {limit} and t{text} in ["a{rule}", "b{rule}"]'
        lines.append(f"  {'reward ' if rule % 2 else 'penalty'} r{rule} {1 + rule % 9} when {condition} missing 0")
    lines += ["}", "tier good when score >= 50", "tier other otherwise", ""]
    path = os.path.join(BUILD, f"large-{rules}.ppm")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return path, sum(map(len, lines)) + len(lines)


def timed(name, command, runs, out=None):
    rows = [run(command, out=out)[:3] for _ in range(runs)]
    wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
    ordered = sorted(row[0] for row in rows)
    result = {"wall": wall, "best": ordered[0], "p95": ordered[int(len(ordered) * 0.95)], "cpu": cpu, "memory": memory, "runs": runs}
    say(f"{name:44}{wall * 1000:9.2f}{ordered[0] * 1000:9.2f}{result['p95'] * 1000:9.2f}{cpu * 1000:9.2f}{memory:8.1f}")
    return result


def main():
    folder = prepare(1 << 20)
    generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    data = generated([generate, str(ROWS), "1"], os.path.join(folder, f"customers-{ROWS}.csv"), f"{ROWS:,} rows")
    out = os.path.join(folder, "start.csv")
    found = {}
    say(f"{'milliseconds, median of ' + str(RUNS):44}{'wall':>9}{'best':>9}{'95%':>9}{'CPU':>9}{'MiB':>8}")
    found["true"] = timed("true, which does nothing", ["true"], RUNS)
    found["rows"] = timed(f"ppmc, {ROWS:,} rows, 30 rules", [PPMC, "--quiet", MODEL, data, "-o", out], RUNS)
    found["version"] = timed("ppmc --version", [PPMC, "--version"], RUNS)
    found["check30"] = timed("ppmc check, 30 rules", [PPMC, "check", "--quiet", MODEL], RUNS)
    for rules in RULES:
        path, size = large_model(rules)
        found[f"check{rules}"] = dict(timed(f"ppmc check, {rules:,} rules ({size / 1e6:.2f} MB)", [PPMC, "check", "--quiet", path], max(RUNS // 10, 5), out=os.path.join(folder, "check.txt")), rules=rules, bytes=size)
    duck, why = duckdb(os.path.join(YARDSTICK, "model.sql"), out, {"in": data})
    if duck:
        rows = [duck.measure() for _ in range(9)]
        wall, cpu, _ = (statistics.median(column) for column in zip(*rows))
        best = min(row[0] for row in rows)
        found["duckdb"] = {"wall": wall, "cpu": cpu, "best": best, "runs": len(rows)}
        say(f"{f'DuckDB, {ROWS:,} rows, without starting Python':44}{wall * 1000:9.2f}{best * 1000:9.2f}{'':9}{cpu * 1000:9.2f}")
    else:
        say(f"skip: {why}")
    tidy(folder, [data, out, os.path.join(folder, "check.txt")])
    record("start", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""make bench, second half: figures over whole tables, by ppmc and by DuckDB.

    CUSTOMERS=1000000     rows for whole.ppm: fifths, places, the whale curve, what a referral tree brought (10000000 for the figures that count)
    INVOICES=2000000      invoices of a tenth as many customers for invoices.ppm (10000000 likewise)
    WHOLE_REPEAT=3        runs of each, interleaved; the median counts
    THREADS, PPM_SHARED, BENCH_DIR, BENCH_KEEP: as in bench.py

Both must write the same bytes, DuckDB's rows after sorting, before anything is timed. To reach: a ratio of time of at least 1, of memory likewise.
"""
import filecmp
import os
import statistics
import subprocess
import sys

from common import BUILD, HERE, PPMC, THREADS, YARDSTICK, build, duckdb_command, generated, prepare, run, say, skip, tidy

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
INVOICES = int(os.environ.get("INVOICES", "2000000"))
REPEAT = int(os.environ.get("WHOLE_REPEAT", "3"))


def compare(what, folder, model, files, failures):
    """One model by both. `files`: name in the query -> path; the first is the scored one."""
    query = os.path.join(BUILD, model + ".sql")
    outs = {"ppmc": os.path.join(folder, model + "-ppmc.csv"), "DuckDB": os.path.join(folder, model + "-duckdb.csv")}
    with open(os.path.join(HERE, model + ".sql")) as source, open(query, "w") as file:
        text = source.read().replace("@OUT@", outs["DuckDB"])
        for name, path in files.items():
            text = text.replace(f"@{name.upper()}@", path)
        file.write(text)
    command, environment, why = duckdb_command(query)
    if not command:
        skip(why)
    named = [path if i == 0 else f"{name}={path}" for i, (name, path) in enumerate(files.items())]
    commands = {"ppmc": [PPMC, "--quiet", "--threads", THREADS, os.path.join(HERE, model + ".ppm"), *named, "-o", outs["ppmc"]], "DuckDB": command}

    def measure(name):
        if os.path.exists(outs[name]):
            os.remove(outs[name])
        wall, cpu, memory, text = run(commands[name], environment=environment if name == "DuckDB" else None)
        return float(text) if name == "DuckDB" else wall, cpu, memory  # without starting Python
    for name in commands:
        measure(name)
    ordered = outs["DuckDB"] + ".sorted"
    subprocess.run(["bash", "-c", 'head -n 1 "$1" > "$2" && tail -n +2 "$1" | sort >> "$2"', "sort", outs["DuckDB"], ordered], check=True, env=dict(os.environ, LC_ALL="C"))
    if not filecmp.cmp(outs["ppmc"], ordered, shallow=False):
        say(f"{what}: ppmc and DuckDB differ: compare {outs['ppmc']} with {ordered}")
        failures.append(what)
        return []
    say(f"\n{what}, {sum(map(os.path.getsize, files.values())) / 1e9:.2f} GB, {THREADS} threads: the same bytes (DuckDB's rows after sorting)")
    figures = {name: [] for name in commands}
    for _ in range(REPEAT):
        for name in commands:
            figures[name].append(measure(name))
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    say(f"{'median of ' + str(REPEAT):24}{'wall s':>9}{'best':>9}{'CPU s':>9}{'MiB':>8}")
    for name, (wall, cpu, memory) in middle.items():
        say(f"{name:24}{wall:9.3f}{min(row[0] for row in figures[name]):9.3f}{cpu:9.3f}{memory:8.0f}")
    wall, cpu, memory = (a / b for a, b in zip(middle["DuckDB"], middle["ppmc"]))
    best = min(row[0] for row in figures["DuckDB"]) / min(row[0] for row in figures["ppmc"])
    say(f"{'DuckDB / ppmc':24}{wall:9.2f}{best:9.2f}{cpu:9.2f}{memory:8.2f}")
    return list(outs.values()) + [ordered]


def main():
    folder = prepare(CUSTOMERS * 300 + INVOICES * 60)
    failures, used = [], []
    if CUSTOMERS:
        generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
        customers = generated([generate, str(CUSTOMERS), "1"], os.path.join(folder, f"customers-{CUSTOMERS}.csv"), f"{CUSTOMERS:,} customers")
        used += [customers] + compare(f"{CUSTOMERS:,} customers among themselves", folder, "whole", {"customers": customers}, failures)
    if INVOICES:
        generate, owners = build("invoices", os.path.join(HERE, "invoices.c"), ["-O2"]), max(INVOICES // 10, 1)
        few = generated([generate, "customers", str(owners)], os.path.join(folder, f"owners-{owners}.csv"), f"{owners:,} customers")
        invoices = generated([generate, "invoices", str(owners), str(INVOICES)], os.path.join(folder, f"invoices-{INVOICES}.csv"), f"{INVOICES:,} invoices")
        used += [few, invoices] + compare(f"{INVOICES:,} invoices of {owners:,} customers", folder, "invoices", {"customers": few, "invoices": invoices}, failures)
    if not failures:
        tidy(folder, used)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

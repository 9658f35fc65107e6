#!/usr/bin/env python3
"""make bench, second part: figures over whole tables, by ppmc and by DuckDB, a kind at a time. The models and the queries are in steps/.

    CUSTOMERS=1000000     rows for the kinds among customers (10000000 for the figures that count)
    INVOICES=2000000      invoices of a tenth as many customers, for groups and joins of two tables (10000000 likewise)
    KINDS=ranks,tree      only these
    WHOLE_REPEAT=3        runs of each, interleaved; the median counts
    THREADS, PPM_SHARED, BENCH_DIR, BENCH_KEEP: as in bench.py

Both must write the same bytes, DuckDB's rows after sorting, before anything is timed. To reach: ratios of time of at least 2, of memory at least 1.
"""
import filecmp
import os
import statistics
import subprocess
import sys

from common import BUILD, HERE, PPMC, THREADS, YARDSTICK, build, duckdb_command, generated, prepare, run, say, skip, tidy
from engines import record

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
INVOICES = int(os.environ.get("INVOICES", "2000000"))
REPEAT = int(os.environ.get("WHOLE_REPEAT", "3"))
# model, what it does, its files: the first is the scored one (for one that is made of rows, those).
KINDS = [
    ("ranks", "fifths, places, shares", ["customers"]),
    ("groups", "figures of few groups beside each row", ["customers"]),
    ("payers", "a row for each of many keys", ["invoices"]),
    ("invoices", "figures of related rows", ["owners", "invoices"]),
    ("references", "rows with their partner", ["invoices", "owners"]),
    ("tree", "sums, counts, depths in a tree", ["customers"]),
    ("circles", "a tree whose circles are broken", ["circles"]),
    ("whole", "ranks and a tree together", ["customers"]),
]
NAMES = {"owners": "customers", "circles": "customers"}  # what the model calls the file


def compare(model, folder, names, files, failures):
    """One model by both: (ratios of wall, CPU and memory; files written)."""
    query = os.path.join(BUILD, model + ".sql")
    outs = {"ppmc": os.path.join(folder, model + "-ppmc.csv"), "DuckDB": os.path.join(folder, model + "-duckdb.csv")}
    with open(os.path.join(HERE, "steps", model + ".sql")) as source, open(query, "w") as file:
        text = source.read().replace("@OUT@", outs["DuckDB"])
        for name in names:
            text = text.replace(f"@{NAMES.get(name, name).upper()}@", files[name])
            text = text.replace(f"@{name.upper()}@", files[name])
        file.write(text)
    command, environment, why = duckdb_command(query)
    if not command:
        skip(why)
    derived = model == "payers"
    named = [files[name] if i == 0 and not derived else f"{NAMES.get(name, name)}={files[name]}" for i, name in enumerate(names)]
    commands = {"ppmc": [PPMC, "--quiet", "--threads", THREADS, os.path.join(HERE, "steps", model + ".ppm"), *named, "-o", outs["ppmc"]], "DuckDB": command}

    def measure(name):
        if os.path.exists(outs[name]):
            os.remove(outs[name])
        wall, cpu, memory, text = run(commands[name], environment=environment if name == "DuckDB" else None)
        if name == "DuckDB":  # without starting Python
            wall, cpu = map(float, text.split())
        return wall, cpu, memory
    for name in commands:
        measure(name)
    ordered, sorts = outs["DuckDB"] + ".sorted", 'head -n 1 "$1" > "$2" && tail -n +2 "$1" | sort >> "$2"'
    environ = dict(os.environ, LC_ALL="C")
    subprocess.run(["bash", "-c", sorts, "sort", outs["DuckDB"], ordered], check=True, env=environ)
    if not filecmp.cmp(outs["ppmc"], ordered, shallow=False):
        say(f"{model}: ppmc and DuckDB differ: compare {outs['ppmc']} with {ordered}")
        failures.append(model)
        return None
    os.remove(ordered)
    figures = {name: [] for name in commands}
    for _ in range(REPEAT):
        for name in commands:
            figures[name].append(measure(name))
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    best = {name: [min(column) for column in zip(*rows)] for name, rows in figures.items()}
    for path in outs.values():
        os.remove(path)
    return middle, best


def main():
    folder = prepare(CUSTOMERS * 300 + INVOICES * 150)
    wanted = os.environ.get("KINDS")
    kinds = [kind for kind in KINDS if (not wanted or kind[0] in wanted.split(",")) and (INVOICES if "invoices" in kind[2] else CUSTOMERS)]
    if wanted and set(wanted.split(",")) - {kind[0] for kind in KINDS}:
        sys.exit(f"KINDS are: {', '.join(kind[0] for kind in KINDS)}")
    generate, invoices = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"]), build("invoices", os.path.join(HERE, "invoices.c"), ["-O2"])
    owners = max(INVOICES // 10, 1)
    commands = {
        "customers": ([generate, str(CUSTOMERS), "1"], CUSTOMERS, "customers"),
        "circles": ([invoices, "circles", str(CUSTOMERS)], CUSTOMERS, "customers, some in circles"),
        "owners": ([invoices, "customers", str(owners)], owners, "customers"),
        "invoices": ([invoices, "invoices", str(owners), str(INVOICES)], INVOICES, "invoices"),
    }
    files = {}
    for name in sorted({name for kind in kinds for name in kind[2]}):
        command, count, what = commands[name]
        files[name] = generated(command, os.path.join(folder, f"{name}-{count}.csv"), f"{count:,} {what}")
    failures, found = [], {}
    say(f"{THREADS} threads; median of {REPEAT}; the same bytes (DuckDB's rows after sorting); {CUSTOMERS:,} customers, {INVOICES:,} invoices of {owners:,} customers")
    say(f"{'':42}{'ppmc':^27}{'DuckDB':^27}{'DuckDB / ppmc':^36}")
    say(f"{'':42}" + f"{'wall s':>9}{'CPU s':>9}{'MiB':>9}" * 2 + f"{'wall':>9}{'best':>9}{'CPU':>9}{'memory':>9}")
    for model, what, names in kinds:
        result = compare(model, folder, names, files, failures)
        if not result:
            continue
        middle, best = result
        ratio = [a / b for a, b in zip(middle["DuckDB"], middle["ppmc"])]
        row = "".join(f"{wall:9.3f}{cpu:9.3f}{memory:9.0f}" for wall, cpu, memory in (middle["ppmc"], middle["DuckDB"]))
        say(f"{model:11}{what:31.31}{row}{ratio[0]:9.2f}{best['DuckDB'][0] / best['ppmc'][0]:9.2f}{ratio[1]:9.2f}{ratio[2]:9.2f}")
        found[model] = {"what": what, "engines": {name: dict(zip(("wall", "cpu", "memory"), middle[name]), best=best[name][0]) for name in middle}}
    record("whole", {"kinds": found, "customers": CUSTOMERS, "invoices": INVOICES, "owners": owners, "threads": int(THREADS), "runs": REPEAT})
    if not failures:
        tidy(folder, list(files.values()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

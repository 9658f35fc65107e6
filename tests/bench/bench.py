#!/usr/bin/env python3
"""make bench, part rows: the 30 rules of model.ppm over a generated file, by ppmc, by a program hand-written for exactly these rules, and by DuckDB; then the evaluation alone.

    ROWS=1000000     rows of the file (10000000 for the figures that count)
    REPEAT=5         runs of each, interleaved; the median counts
    THREADS=2        threads for each engine
    PPM_SHARED=…     the folder whose bench/ has the generator, the hand-written program and the model as SQL (../shared)
    BENCH_DIR=…      where the files go (a folder in memory when there is room, else build/bench)

Only ratios of one run count: single figures move with the machine's mood. Results must agree to the byte before anything is timed.
"""
import os
import re
import shutil
import subprocess
import sys

from common import BUILD, HERE, PPMC, THREADS, TOP, YARDSTICK, build, flags_of_processor, generated, prepare, run, say, tidy
from engines import Engine, duckdb, race, record

MODEL = os.path.join(HERE, "model.ppm")
ROWS = int(os.environ.get("ROWS", "1000000"))
REPEAT = int(os.environ.get("REPEAT", "5"))
STAGES = ["the text read, its quotation marks counted, fields found", "numbers, dates and categories of 12 columns", "30 rules", "10 columns as text", "written"]
# Where a function stands, and what its time is counted as; the first that fits.
WORK = [("runtime/source/convert", "fields to columns"), ("runtime/source/categories", "fields to columns"), ("runtime/base/date", "fields to columns"), ("runtime/source/", "fields found"),
        ("runtime/vm/", "rules"), ("stdlib/", "rules"), ("runtime/sink/", "rows as text"), ("runtime/base/number", "rows as text")]
FLAGS = {"avx512": ["-march=native"], "avx2": ["-mavx2", "-mpclmul", "-mpopcnt", "-mbmi", "-mbmi2"], "sse2": []}


def level():
    """The best set of instructions that this processor has."""
    features = flags_of_processor()
    return "avx512" if "avx512bw" in features else "avx2" if "avx2" in features else "sse2"


def yardstick(simd):
    return build("limit-" + simd, os.path.join(YARDSTICK, "limit.c"), ["-O3", *FLAGS[simd], "-DVINT"])


def evaluation(generate, native):
    """The machine alone against loops that gcc made of hand-written C, over columns in memory."""
    sample = os.path.join(BUILD, "sample.csv")
    run([generate, "16384", "2"], out=sample)
    levels = {}
    with open(os.path.join(TOP, "Makefile"), encoding="utf-8") as file:
        libraries = re.search(r"^libraries := (.*)$", file.read(), re.M)[1].split()
    say("\nevaluation alone, nanoseconds a row")
    for simd, flags in ((native, ["-march=native"]), ("avx2", ["-mavx2", "-mbmi", "-mbmi2", "-mpopcnt"])):
        if simd in levels or (simd == "avx2" and native == "sse2"):
            continue
        program = os.path.join(BUILD, "evaluate-" + simd)
        subprocess.run(["gcc", "-w", "-std=gnu11", "-D_GNU_SOURCE", "-O3", "-ffp-contract=off", *flags, "-DYARDSTICK", "-I", YARDSTICK, "-I", TOP, "-o", program,
                        os.path.join(HERE, "evaluate.c"), os.path.join(TOP, "libppm.a"), *libraries], check=True)
        text = run([program, MODEL, sample, simd])[3].rstrip()
        say(text)
        levels[simd] = {"text": text.strip(), "figures": [float(x) for x in re.findall(r"(?<![\w.])\d+\.\d+", text)]}
    return levels


def stages(native, data):
    """What the yardstick takes up to each of its stages, one thread, nanoseconds a row."""
    found = []
    for stage in range(1, 6):
        out = os.path.join(os.path.dirname(data), "stage.csv")
        runs = [run([yardstick(native), data, out, "1"], environment={"RD": "pread", "STAGE": str(stage)})[:2] for _ in range(3)]
        found.append(min(runs))
        if os.path.exists(out):
            os.remove(out)
    say("\nthe yardstick by its stages, one thread, nanoseconds a row (wall, CPU)")
    rows = []
    for stage, (name, (wall, cpu)) in enumerate(zip(STAGES, found)):
        before = found[stage - 1] if stage else (0, 0)
        rows.append({"stage": name, "wall": max(wall - before[0], 0) / ROWS * 1e9, "cpu": max(cpu - before[1], 0) / ROWS * 1e9})
        say(f"  {name:60}{rows[-1]['wall']:8.1f}{rows[-1]['cpu']:8.1f}")
    return rows


def profile(data):
    """The shares of ppmc's time, one thread, by the folder of the function that it is spent in; None where the machine has no perf."""
    record_file, out = os.path.join(BUILD, "perf.data"), os.path.join(os.path.dirname(data), "profile.csv")
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    if not shutil.which("perf") or not shutil.which("nm"):
        return None
    if subprocess.run(["perf", "record", "-q", "-F", "1999", "-o", record_file, PPMC, "--quiet", "--threads", "1", MODEL, data, "-o", out], **quiet).returncode:
        return None
    report = subprocess.run(["perf", "report", "-i", record_file, "--no-children", "--sort", "dso,sym", "-F", "overhead,dso,sym", "-t", "|"], **quiet).stdout.decode(errors="replace")
    places = {}
    for line in subprocess.run(["nm", "-l", "--defined-only", PPMC], **quiet).stdout.decode(errors="replace").splitlines():
        parts = line.split()
        found = re.search(r"(?:runtime|stdlib|lang)/\S+", parts[3]) if len(parts) > 3 else None
        if found:
            places[parts[2]] = found[0]
    os.remove(record_file)
    os.remove(out)
    shares = {}
    for line in report.splitlines():
        parts = line.split("|")
        if line.startswith("#") or len(parts) != 3:
            continue
        share, (kind, symbol) = float(parts[0].strip().rstrip("%")), parts[2].split(" ", 1)
        if kind.strip() == "[k]":
            name = "the system: reading and writing"
        else:
            place = places.get(symbol.split(".")[0].strip(), places.get(symbol.strip(), ""))
            name = next((name for start, name in WORK if place.startswith(start)), "other")
        shares[name] = shares.get(name, 0) + share
    say("\nppmc, one thread, shares of its time by perf: " + ", ".join(f"{name} {share:.0f}%" for name, share in sorted(shares.items(), key=lambda item: -item[1])))
    return shares


def main():
    folder = prepare(ROWS * 300)
    generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    data = generated([generate, str(ROWS), "1"], os.path.join(folder, f"customers-{ROWS}.csv"), f"{ROWS:,} rows")
    native = level()

    def out(name):
        return os.path.join(folder, re.sub(r"\W+", "-", name) + ".csv")
    engines, pairs = [], []
    for simd in [native, "avx2"] if native == "avx512" else [native]:
        ours, theirs = f"ppmc {simd}", f"yardstick {simd}"
        engines.append(Engine(ours, [PPMC, "--quiet", "--threads", THREADS, "--simd", simd, MODEL, data], out(ours), to_output=True))
        engines.append(Engine(theirs, [yardstick(simd), data, out(theirs), THREADS], out(theirs), environment={"RD": "pread"}))
        pairs.append((ours, theirs))
    duck, why = duckdb(os.path.join(YARDSTICK, "model.sql"), out("DuckDB"), {"in": data})
    if duck:
        engines.append(duck)
        pairs.append(("DuckDB", f"ppmc {native}"))
    else:
        say(f"skip: {why}")
    figures = race(f"{ROWS:,} rows, {os.path.getsize(data) / 1e9:.2f} GB, {THREADS} threads", engines, REPEAT, pairs)
    by_stage, shares = stages(native, data), profile(data)
    tidy(folder, [data])
    levels = evaluation(generate, native)
    record("rows", dict(figures, rows=ROWS, threads=int(THREADS), level=native, evaluation=levels, stages=by_stage, profile=shares))
    return 0


if __name__ == "__main__":
    sys.exit(main())

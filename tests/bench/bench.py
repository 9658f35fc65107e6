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
import subprocess
import sys

from common import BUILD, HERE, PPMC, THREADS, TOP, YARDSTICK, build, flags_of_processor, generated, prepare, run, say, tidy
from engines import Engine, duckdb, race, record

MODEL = os.path.join(HERE, "model.ppm")
ROWS = int(os.environ.get("ROWS", "1000000"))
REPEAT = int(os.environ.get("REPEAT", "5"))
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
    tidy(folder, [data])
    levels = evaluation(generate, native)
    record("rows", dict(figures, rows=ROWS, threads=int(THREADS), evaluation=levels))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""make bench: the 30 rules of model.ppm over a generated file, by ppmc, by a program hand-written for exactly these rules, and by DuckDB.

    ROWS=1000000     rows of the file (10000000 for the figures that count)
    REPEAT=5         runs of each, interleaved; the median counts
    THREADS=2        threads for each engine
    PPM_SHARED=…     the folder whose bench/ has the generator, the hand-written program and the model as SQL (../shared)
    BENCH_DIR=…      where the files go (a folder in memory when there is room, else build/bench)

Only ratios of one run count: single figures move with the machine's mood. Results must agree to the byte before anything is timed.
"""
import filecmp
import os
import re
import statistics
import subprocess
import sys

from common import BUILD, HERE, PPMC, THREADS, TOP, YARDSTICK, build, duckdb_command, flags_of_processor, generated, prepare, run, say, tidy

MODEL = os.path.join(HERE, "model.ppm")
ROWS = int(os.environ.get("ROWS", "1000000"))
REPEAT = int(os.environ.get("REPEAT", "5"))


def main():
    folder = prepare(ROWS * 300)
    generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    data = generated([generate, str(ROWS), "1"], os.path.join(folder, f"customers-{ROWS}.csv"), f"{ROWS:,} rows")

    features = flags_of_processor()
    limit = os.path.join(YARDSTICK, "limit.c")
    engines = {}  # name: (command, goes to standard output, environment)
    native = "avx512" if "avx512bw" in features else "avx2" if "avx2" in features else "sse2"

    def out(name):
        return os.path.join(folder, re.sub(r"\W+", "-", name) + ".csv")

    def ppmc(simd):
        return [PPMC, "--quiet", "--threads", THREADS, "--simd", simd, MODEL, data]
    engines[f"ppmc {native}"] = (ppmc(native), True, {})
    engines[f"yardstick {native}"] = ([build("limit-native", limit, ["-O3", "-march=native", "-DVINT"]), data, out(f"yardstick {native}"), THREADS], False, {"RD": "pread"})
    if native == "avx512":
        engines["ppmc avx2"] = (ppmc("avx2"), True, {})
        engines["yardstick avx2"] = ([build("limit-avx2", limit, ["-O3", "-mavx2", "-mpclmul", "-mpopcnt", "-mbmi", "-mbmi2", "-DVINT"]), data, out("yardstick avx2"), THREADS], False, {"RD": "pread"})
    query = os.path.join(BUILD, "model.sql")
    python, environment, why = duckdb_command(query)
    if python:
        with open(os.path.join(YARDSTICK, "model.sql")) as source, open(query, "w") as file:
            file.write(source.read().replace("@IN@", data).replace("@OUT@", out("DuckDB")).replace("@PAR@", "true"))
        engines["DuckDB"] = (python, False, environment)
    else:
        say(f"skip: {why}")

    # ---- the same answer, to the byte
    figures = {name: [] for name in engines}

    def measure(name):
        command, to_output, extra = engines[name]
        if os.path.exists(out(name)):
            os.remove(out(name))
        wall, cpu, memory, text = run(command, out=out(name) if to_output else None, environment=extra)
        if name == "DuckDB":  # without starting Python
            wall = float(text.split()[0])
        figures[name].append((wall, cpu, memory))
    for name in engines:
        measure(name)
    first = next(iter(engines))
    shuffled = ""
    for name in engines:
        if filecmp.cmp(out(first), out(name), shallow=False):
            continue
        if name == "DuckDB":  # it may write its rows in another order: the keys ascend, so sorting restores it
            subprocess.run(["bash", "-c", 'head -n 1 "$1" > "$2" && tail -n +2 "$1" | sort >> "$2"', "sort", out(name), out("sorted")], check=True, env=dict(os.environ, LC_ALL="C"))
            if filecmp.cmp(out(first), out("sorted"), shallow=False):
                shuffled = " (DuckDB's rows after sorting: it wrote them in another order)"
                os.remove(out("sorted"))
                continue
        sys.exit(f"{first} and {name} differ: compare {out(first)} with {out(name)}")
    say(f"{ROWS:,} rows, {os.path.getsize(data) / 1e9:.2f} GB, {THREADS} threads: {', '.join(engines)} agree to the byte{shuffled}")

    # ---- interleaved, and the median counts
    others = os.getloadavg()[0]
    if others > int(THREADS) + 1:
        say(f"\nThe machine is busy (load {others:.1f}): the yardstick waits by spinning and suffers most, so the ratios below say little.")
    for name in engines:
        figures[name].clear()
    for _ in range(REPEAT):
        for name in engines:
            measure(name)
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    say(f"\n{'median of ' + str(REPEAT):24}{'wall s':>9}{'best':>9}{'CPU s':>9}{'MiB':>8}")
    for name, (wall, cpu, memory) in middle.items():
        say(f"{name:24}{wall:9.3f}{min(row[0] for row in figures[name]):9.3f}{cpu:9.3f}{memory:8.0f}")
    say(f"\n{'ratio':40}{'wall':>9}{'best':>9}{'CPU':>9}{'memory':>9}")
    pairs = [(f"ppmc {native}", f"yardstick {native}")] + ([("ppmc avx2", "yardstick avx2")] if native == "avx512" else [])
    if python:
        pairs.append(("DuckDB", f"ppmc {native}"))
    for a, b in pairs:
        wall, cpu, memory = (x / y for x, y in zip(middle[a], middle[b]))
        best = min(row[0] for row in figures[a]) / min(row[0] for row in figures[b])
        say(f"{a + ' / ' + b:40}{wall:9.2f}{best:9.2f}{cpu:9.2f}{memory:9.2f}")

    # ---- through a pipe
    feeder = subprocess.Popen(["cat", data], stdout=subprocess.PIPE)
    wall, cpu, memory, _ = run([PPMC, "--quiet", "--threads", THREADS, MODEL, "-"], out=out("pipe"), stdin=feeder.stdout)
    feeder.stdout.close()
    feeder.wait()
    same = filecmp.cmp(out(first), out("pipe"), shallow=False)
    say(f"\nfrom a pipe: {wall:.3f} s, {memory:.0f} MiB at most, {'the same bytes' if same else 'OTHER BYTES'}")
    for name in list(engines) + ["pipe"]:
        os.remove(out(name))
    tidy(folder, [data])

    # ---- evaluation alone
    sample = os.path.join(BUILD, "sample.csv")
    run([generate, "16384", "2"], out=sample)
    library = os.path.join(TOP, "libppm.a")
    yardstick = ["-DYARDSTICK", "-I", YARDSTICK]
    say("\nevaluation alone, nanoseconds a row")
    for name, flags in (("native", ["-march=native"]), ("avx2", ["-mavx2", "-mbmi", "-mbmi2", "-mpopcnt"])):
        if name == "avx2" and native != "avx512":
            continue
        program = os.path.join(BUILD, "evaluate-" + name)
        subprocess.run(["gcc", "-w", "-std=gnu11", "-D_GNU_SOURCE", "-O3", "-ffp-contract=off", *flags, *yardstick, "-I", TOP, "-o", program, os.path.join(HERE, "evaluate.c"), library,
                        "-lpcre2-8", "-lz", "-lzstd", "-lnettle", "-lutf8proc", "-lm", "-lpthread"], check=True)
        say(run([program, MODEL, sample, native if name == "native" else "avx2"])[3].rstrip())
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

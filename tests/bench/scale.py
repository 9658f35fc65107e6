#!/usr/bin/env python3
"""make bench, part scale: the 30 rules over files of growing size, with one thread and two: the time of a row must stay what it is, and so must memory.

    SCALE_ROWS=1000000,10000000   rows; add 100000000 for the figures that count
    SCALE_THREADS=1,2             threads
    SCALE_REPEAT=3                runs of each, interleaved; one fewer from 50 million rows on
    SCALE_DUCKDB=20000000         the most rows for which DuckDB runs with each number of threads; above, with the most threads alone, and once
    PPM_SHARED, BENCH_DIR: as in bench.py

The file is the first million rows again and again, each row with a key of its own (copies.c), so that it is made at the speed of memory. It lies in memory where there is room for it and the result, else on
the disk; where there is neither, only the pipe is measured. The largest goes through a pipe, too, made while it is read. Every engine's result is proved to be the same, and taken away at once.
"""
import os
import subprocess
import sys
import time

from bench import MODEL, level, yardstick
from common import BUILD, HERE, PPMC, YARDSTICK, build, generated, prepare, run, say, tidy
from engines import Engine, digest, duckdb, race, record

SIZES = [int(size) for size in os.environ.get("SCALE_ROWS", "1000000,10000000").split(",")]
COUNTS = os.environ.get("SCALE_THREADS", "1,2").split(",")
REPEAT = int(os.environ.get("SCALE_REPEAT", "3"))
DUCKDB_MOST = int(os.environ.get("SCALE_DUCKDB", "20000000"))
BLOCK = 1000000
ROW_BYTES, RESULT_BYTES = 104, 62  # a little more than they are
LARGE = 50000000


def available():
    """Bytes of memory that can be had."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable")) * 1024


def place(folder, rows):
    """Where a file of so many rows and two results can lie, or None."""
    need = rows * (ROW_BYTES + RESULT_BYTES)
    in_memory = os.statvfs(folder)
    if need + (3 << 30) < available() and need < in_memory.f_bavail * in_memory.f_frsize:
        return folder
    disk = os.statvfs(BUILD)
    return BUILD if need * 1.5 < disk.f_bavail * disk.f_frsize else None


def through_pipe(copies, base, rows, threads, out):
    """ppmc fed while the rows are made: what it took, and the result's digest."""
    with subprocess.Popen([copies, base, str(rows // BLOCK)], stdout=subprocess.PIPE) as feeder:
        wall, cpu, memory, _ = run([PPMC, "--quiet", "--threads", threads, MODEL, "-"], out=out, stdin=feeder.stdout)
    found = digest(out)
    os.remove(out)
    return {"wall": wall, "cpu": cpu, "memory": memory, "digest": found}


def main():
    folder = prepare(BLOCK * 300)
    native = level()
    copies, generate = build("copies", os.path.join(HERE, "copies.c"), ["-O2"]), build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    base = generated([generate, str(BLOCK), "1"], os.path.join(folder, f"customers-{BLOCK}.csv"), f"{BLOCK:,} rows")
    sizes, pipe = [], None
    for rows in SIZES:
        where = place(folder, rows)
        known = None
        if where:
            data = generated([copies, base, str(rows // BLOCK)], os.path.join(where, f"copies-{rows}.csv"), f"{rows:,} rows")
            size = os.path.getsize(data)
            for threads in COUNTS:
                out = os.path.join(where, "scale-")
                repeat = REPEAT - 1 if rows >= LARGE else REPEAT
                engines = [Engine("ppmc", [PPMC, "--quiet", "--threads", threads, "--simd", native, MODEL, data], out + "ppmc.csv", to_output=True),
                           Engine("yardstick", [yardstick(native), data, out + "yardstick.csv", threads], out + "yardstick.csv", environment={"RD": "pread"})]
                if rows <= DUCKDB_MOST or threads == COUNTS[-1]:
                    duck, why = duckdb(os.path.join(YARDSTICK, "model.sql"), out + "duckdb.csv", {"in": data}, threads=threads, repeat=0 if rows > DUCKDB_MOST else max(repeat - 1, 1))
                    if duck:
                        engines.append(duck)
                    else:
                        say(f"skip: {why}")
                say()
                figures = race(f"{rows:,} rows, {size / 1e9:.2f} GB, {threads} thread{'s' if threads != '1' else ''}", engines, repeat, [("ppmc", "yardstick"), ("DuckDB", "ppmc")])
                known = engines[0].digest
                say("nanoseconds a row: " + ", ".join(f"{name} {r['wall'] / rows * 1e9:.1f}" for name, r in figures["engines"].items()))
                sizes.append(dict(figures, rows=rows, bytes=size, threads=int(threads), disk=where == BUILD))
            os.remove(data)
        else:
            say(f"{rows:,} rows: no room for a file of {rows * ROW_BYTES / 1e9:.0f} GB and its result")
        if rows == max(SIZES):
            pipe = dict(through_pipe(copies, base, rows, COUNTS[-1], os.path.join(where or BUILD, "scale-pipe.csv")), rows=rows, threads=int(COUNTS[-1]))
            if known and known != pipe["digest"]:
                sys.exit("through a pipe the result has other bytes")
            say(f"through a pipe, made while it is read, {rows:,} rows: {pipe['wall']:.2f} s, {pipe['memory']:.0f} MiB at most{', the same bytes' if known else ''}")
    for threads in COUNTS:
        rates = [r["engines"]["ppmc"]["wall"] / r["rows"] * 1e9 for r in sizes if r["threads"] == int(threads)]
        if len(rates) > 1:
            say(f"growth, {threads} thread{'s' if threads != '1' else ''}: {' → '.join(f'{rate:.1f}' for rate in rates)} ns a row; the last is {rates[-1] / rates[0]:.2f} times the first")
    tidy(folder, [base])
    record("scale", {"sizes": sizes, "pipe": pipe, "level": native, "finished": time.strftime("%H:%M")})
    return 0


if __name__ == "__main__":
    sys.exit(main())

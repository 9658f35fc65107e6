#!/usr/bin/env python3
"""make bench, third part: a grid of two params over many rows, once by `ppmc whatif` and once as so many runs with `--set`.

    WHATIF_ROWS=1000000   rows
    WHATIF_REPEAT=3       of each, interleaved; the median counts
    THREADS, PPM_SHARED, BENCH_DIR, BENCH_KEEP: as in bench.py

The mean scores and tiers that both find must be the same. The runs write nothing but their summary. To reach: a ratio of CPU of at least 3.
"""
import csv
import io
import os
import re
import statistics
import subprocess
import sys
from decimal import Decimal

from common import BUILD, HERE, PPMC, THREADS, YARDSTICK, build, generated, prepare, run, say, tidy
from engines import record

ROWS = int(os.environ.get("WHATIF_ROWS", "1000000"))
REPEAT = int(os.environ.get("WHATIF_REPEAT", "3"))
LARGE, LATE = [str(n) for n in range(100_000, 220_000, 20_000)], [str(n) for n in range(30, 80, 10)]


def model():
    """The model of the rows' bench with two of its figures as params."""
    with open(os.path.join(HERE, "model.ppm"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("revenue >= 100_000", "revenue >= large_from", 1).replace("penalty very_late    50 ", "penalty very_late    late_points ", 1)
    text = re.sub(r"^(model .*\n)", r"\1param large_from money = 100_000\nparam late_points = 50\n", text, count=1, flags=re.M)
    path = os.path.join(BUILD, "whatif.ppm")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def scores(path, data, large, late):
    """The mean score and the tiers of one run."""
    rows = subprocess.run([PPMC, "--quiet", "--threads", THREADS, path, data, "--columns", "score,tier", "-f", "csv", "--set", f"large_from={large}", "--set", f"late_points={late}"],
                          stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[1:]
    tiers, total, count = {}, 0, 0
    for row in rows:
        score, tier = row.split(",")
        tiers[tier] = tiers.get(tier, 0) + 1
        if score:
            total += int(Decimal(score).scaleb(6))
            count += 1
    return Decimal(total).scaleb(-6) / count, tiers


def main():
    folder = prepare(ROWS * 150)
    generate = build("generate", os.path.join(YARDSTICK, "generate.c"), ["-O2"])
    data = generated([generate, str(ROWS), "1"], os.path.join(folder, f"customers-{ROWS}.csv"), f"{ROWS:,} customers")
    path = model()
    grid = [PPMC, "whatif", "--quiet", "--threads", THREADS, path, data, "--vary", "large_from=" + ",".join(LARGE), "--vary", "late_points=" + ",".join(LATE), "--format", "csv"]
    found = list(csv.DictReader(io.StringIO(subprocess.run(grid, stdout=subprocess.PIPE, check=True).stdout.decode())))[1:]
    for row in (found[0], found[-1]):
        mean, tiers = scores(path, data, row["large_from"], row["late_points"])
        if abs(mean - Decimal(row["mean_score"])) > Decimal("1e-11") or any(int(row["tier " + tier]) != count for tier, count in tiers.items()):
            say(f"{row['variant']}: whatif and a run differ")
            return 1
    alone = [[PPMC, "--quiet", "--threads", THREADS, path, data, "--columns", "score,tier", "-o", os.path.join(folder, "alone.csv"), "--set", f"large_from={a}", "--set", f"late_points={b}"]
             for a in LARGE for b in LATE]
    figures = {"whatif": [], "runs": []}
    for _ in range(REPEAT):
        figures["whatif"].append(run(grid)[:3])
        each = [run(command)[:3] for command in alone]
        figures["runs"].append((sum(r[0] for r in each), sum(r[1] for r in each), max(r[2] for r in each)))
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    say(f"\n{len(alone)} variants over {ROWS:,} rows, {THREADS} threads")
    say(f"{'median of ' + str(REPEAT):24}{'wall s':>9}{'CPU s':>9}{'MiB':>8}")
    for name, (wall, cpu, memory) in middle.items():
        say(f"{name:24}{wall:9.3f}{cpu:9.3f}{memory:8.0f}")
    say(f"{'runs / whatif':24}{middle['runs'][0] / middle['whatif'][0]:9.2f}{middle['runs'][1] / middle['whatif'][1]:9.2f}{middle['runs'][2] / middle['whatif'][2]:8.2f}")
    record("whatif", {"rows": ROWS, "variants": len(alone), "threads": int(THREADS), "runs": REPEAT, "engines": {name: dict(zip(("wall", "cpu", "memory"), row)) for name, row in middle.items()}})
    os.remove(os.path.join(folder, "alone.csv"))
    tidy(folder, [data])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Random models over random data, computed three ways: by the evaluator here, by ppmc as it is, and by ppmc without fused
instructions, with each instruction set, with several threads and with chunks of a few rows. All must say the same.

    python3 tests/oracle/differential.py FIRST COUNT    other seeds than those of `make check`
"""
import concurrent.futures
import datetime
import os
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "differential"))

import _evaluate
from _compare import PPMC, first_difference
from generate import Generator

VARIANTS = [["--unoptimised"], ["--simd", "portable"], ["--simd", "sse2"], ["--simd", "avx2"], ["--simd", "avx512"], ["--threads", "3", "--chunk-size", "700"],
            ["--unoptimised", "--simd", "portable", "--threads", "2"]]
FIRST, COUNT = 1, 400


class Row(_evaluate.Row):
    """The functions that the evaluator does not know yet."""

    def call(self, name, arguments, prefix):
        if name in ("month_start", "month_end", "quarter_start", "year_start") and arguments[0] is not None:
            year, month = arguments[0].year, arguments[0].month
            if name == "month_end":
                return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
            return datetime.date(year, {"month_start": month, "quarter_start": (month - 1) // 3 * 3 + 1, "year_start": 1}[name], 1)
        return super().call(name, arguments, prefix)


_evaluate.Row = Row


def supported(simd):
    """Whether this processor has the instructions."""
    words = open("/proc/cpuinfo").read().split() if os.path.exists("/proc/cpuinfo") else []
    return {"avx2": "avx2" in words, "avx512": "avx512bw" in words and "avx512dq" in words and "avx512vl" in words}.get(simd, True)


def run(folder, *options):
    result = subprocess.run([PPMC, "run", os.path.join(folder, "model.ppm"), os.path.join(folder, "data.csv"), "--quiet", "-f", "csv", *options], stdin=subprocess.DEVNULL, capture_output=True)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def one(seed):
    """(verdict, words) for a seed."""
    pair = Generator(seed)
    folder = os.path.join(os.getcwd(), str(seed))
    os.mkdir(folder)
    for name, content in (("model.ppm", pair.model), ("data.csv", pair.data)):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(content)
    status, out, err = run(folder)
    if status not in (0, 4):
        return "refused", f"exit {status}: {err.strip()}"
    variants = [v for v in VARIANTS if all(supported(word) for word in v)]
    for variant in variants[seed % 2::2] if seed % 10 else variants:
        other = run(folder, *variant)
        if other[:2] != (status, out) or (status and other[2] != err):
            return "not ok", f"{' '.join(variant)}: {first_difference(out, other[1]) or f'exit {other[0]}, not {status}: {other[2]}'}"
    if status == 4:
        return ("overflow", err) if "D0301" in err else ("not ok", err)
    header, rows = _evaluate.read(pair.data.encode())
    try:
        computed = _evaluate.score_file(_evaluate.Model(os.path.join(folder, "model.ppm")), header, rows)
    except Exception:
        return "not ok", "the evaluator failed: " + " | ".join(traceback.format_exc().splitlines()[-4:])
    problem = first_difference(computed, out)
    return ("not ok", problem) if problem else ("ok", "")


def main():
    first, count = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (FIRST, COUNT)
    tally = {}
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 2) as pool:
        for seed, (verdict, words) in zip(range(first, first + count), pool.map(one, range(first, first + count), chunksize=4)):
            tally[verdict] = tally.get(verdict, 0) + 1
            if verdict == "not ok" or (verdict != "ok" and len(sys.argv) > 2):
                print(f"{verdict} seed {seed}: " + " | ".join(words.split("\n")))
    good = tally.get("ok", 0)
    # What overflows or does not compile proves little; too much of it means that the generator went astray.
    print(f"{'ok' if good * 10 >= count * 8 else 'not ok'} {good} of {count} random models agree: {tally}")


if __name__ == "__main__":
    main()

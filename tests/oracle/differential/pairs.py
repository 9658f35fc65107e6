"""A pair is one model and one file of data. Here it is written, run by ppmc, computed by the evaluator, and compared to the byte."""
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import scored
import written
from _compare import PPMC, first_difference
from computed import Overflow

VARIANTS = [["--unoptimised"], ["--simd", "portable"], ["--simd", "sse2"], ["--simd", "avx2"], ["--simd", "avx512"], ["--threads", "3", "--chunk-size", "700"],
            ["--unoptimised", "--simd", "portable", "--threads", "2"]]


def supported(simd):
    """Whether this processor has the instructions."""
    words = open("/proc/cpuinfo").read().split() if os.path.exists("/proc/cpuinfo") else []
    return {"avx2": "avx2" in words, "avx512": "avx512bw" in words and "avx512dq" in words and "avx512vl" in words}.get(simd, True)


VARIANTS = [variant for variant in VARIANTS if all(map(supported, variant))]


def save(texts, folder):
    os.makedirs(folder, exist_ok=True)
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(text)


def files(model):
    return {**written.Writer(model).text(), "data.csv": written.data(model)}


def run(folder, *options):
    """(exit status, result, messages). Output goes to files: a process a pair is all that this may cost."""
    out, err = os.path.join(folder, "out"), os.path.join(folder, "err")
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    arguments = [PPMC, "run", os.path.join(folder, "model.ppm"), os.path.join(folder, "data.csv"), "--quiet", "-f", "csv", *options]
    process = os.posix_spawnp(PPMC, arguments, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, out, how, 0o644), (os.POSIX_SPAWN_OPEN, 2, err, how, 0o644)])
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    texts = []
    for path in (out, err):
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            texts.append(file.read())
    return status, *texts


def judge(model, folder, variants=()):
    """(verdict, words, ppmc's result): ok, overflow (both say that a value is beyond its range), refused (does not compile) or not ok."""
    save(files(model), folder)
    options = written.options(model)
    status, out, err = run(folder, *options)
    if status not in (0, 4):
        return ("refused" if status == 3 else "not ok"), f"exit {status}: {err.strip()}", out
    for variant in variants:
        other = run(folder, *options, *variant)
        if other[:2] != (status, out) or (status and other[2] != err):
            return "not ok", f"{' '.join(variant)}: {first_difference(out, other[1]) or f'exit {other[0]}, not {status}: {other[2]}'}", out
    try:
        wanted = scored.Scored(model).table()
    except (Overflow, OverflowError):
        return ("overflow", "", out) if status == 4 and "D0301" in err else ("not ok", f"an overflow was computed, ppmc says exit {status}: {err.strip()[:300]}", out)
    except Exception:
        return "not ok", "the evaluator failed: " + " | ".join(traceback.format_exc().splitlines()[-4:]), out
    if status == 4:
        return "not ok", f"exit 4: {err.strip()[:600]}", out
    problem = first_difference(wanted, out)
    return ("not ok", problem, out) if problem else ("ok", "", out)

"""The examples: their data is what their generator makes, their expected result what the evaluator here computes, and ppmc agrees.

    python3 tests/oracle/examples.py --write    computes the expected results anew, after a model or its data changed on purpose
"""
import os
import shutil
import subprocess
import sys

import _evaluate
from _compare import first_difference, ppmc, report

EXAMPLES = [("one-line", "customers.csv", {"days_late": "number"}), ("prospect-scorecard", "prospects.csv", None), ("full-model", "customers.csv", None)]


def main():
    for name, data, types in EXAMPLES:
        folder = os.path.join(_evaluate.TOP, "examples", name)
        model, file, expected = (os.path.join(folder, n) for n in ("model.ppm", data, "expected.stdout"))
        shutil.copy(os.path.join(folder, "generate.py"), ".")
        subprocess.run([sys.executable, "generate.py"], check=True)
        stored = open(file, "rb").read()
        report(f"{name}, the generator's data", None if stored == open(data, "rb").read() else "generate.py makes other data than what stands in the folder")
        header, rows = _evaluate.read(stored)
        computed = _evaluate.score_file(_evaluate.Model(model, types), header, rows)
        if "--write" in sys.argv:
            with open(expected, "w", encoding="utf-8", newline="") as out:
                out.write(computed)
        report(f"{name}, the expected result", first_difference(computed, open(expected, encoding="utf-8", newline="").read()))
        status, out, err = ppmc("--quiet", model, file)
        report(f"{name}, ppmc", f"exit {status}: {err}" if status else first_difference(computed, out.decode()))
        status, out, err = ppmc("check", "--strict", model, file)
        report(f"{name}, no warning", err if status or "warning" in err or "note" in err else None)


main()

"""Runs ppmc and holds its output against computed text."""
import csv
import io
import os
import subprocess

PPMC = os.environ.get("PPMC") or "ppmc"
SHARED = os.environ.get("PPM_SHARED") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared")


def ppmc(*arguments, data=None):
    """(exit status, standard output, standard error) of a run."""
    result = subprocess.run([PPMC, *arguments], input=data, stdin=None if data is not None else subprocess.DEVNULL, capture_output=True)
    return result.returncode, result.stdout, result.stderr.decode("utf-8", "replace")


def first_difference(wanted, got):
    """Words for the first cell that differs, or None."""
    if wanted == got:
        return None
    a, b = (list(csv.reader(io.StringIO(text, newline=""))) for text in (wanted, got))
    for line, (x, y) in enumerate(zip(a, b)):
        for column, (wanted_cell, got_cell) in enumerate(zip(x, y)):
            if wanted_cell != got_cell:
                return f"row {line} ({x[0]}), column {a[0][column] if column < len(a[0]) else column}: computed {wanted_cell!r}, ppmc says {got_cell!r}"
        if len(x) != len(y):
            return f"row {line}: {len(x)} and {len(y)} cells"
    return f"{len(a)} and {len(b)} rows" if len(a) != len(b) else "the quotation marks differ"


def report(name, problem):
    print(f"not ok {name}: {problem}" if problem else f"ok {name}")
    return not problem


def real_data(*path):
    """The path of a real file, or None after saying that it is not there."""
    name = os.path.join(SHARED, "data", *path)
    if os.path.exists(name):
        return name
    print(f"skip {'/'.join(path)}: no {name} (set PPM_SHARED)")
    return None

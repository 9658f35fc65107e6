#!/usr/bin/env python3
"""The golden tests' own commands, with a model that has one wrong token: left out, there twice, another one of the same model, another number or word. Every verb and option meets models that were
nearly right. Whatever is said of them, nothing may crash, fail an assertion, take long.

    broken.py [COUNT [FIRST]]    COUNT broken models for each case (1), from seed FIRST (1)

Takes PPMC and PPM_TOP from the environment; prints a line for each case that fails, and one for all."""
import concurrent.futures
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.environ.get("PPM_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODE = os.environ.get("PPM_MODE", "release")
SECONDS = 60 if MODE == "release" else 400
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|[A-Za-z_]\w*|\d[\w.]*|\S')
WORDS = ["0", "1", "-1", "7.5", "10%", "5 EUR", "3 days", "2 months", "2024-02-29", '"a"', "yes", "n", "id", "score", "not", "and", "or", "missing", "where", "when", "by", "(", ")", "{", "}", ",", "optional", "money", "date"]


def cases():
    """Folders with a command, a model that is there before it runs, and nothing that waits."""
    for folder in ("tests/golden", "tests/bugs", "examples"):
        for path, inner, files in os.walk(os.path.join(TOP, folder)):
            inner.sort()
            if "cmd" not in files or "needs" in files:
                continue
            with open(os.path.join(path, "cmd"), encoding="utf-8") as file:
                command = file.read()
            models = [name for name in sorted(files) if name.endswith(".ppm") and os.path.getsize(os.path.join(path, name)) < 20000]
            if models and not re.search(r"sleep|mkfifo|kill|while|seq |PPM_TOP|\.\./", command):
                yield os.path.relpath(path, TOP), models


def broken(text, generator):
    """The text with one token changed."""
    tokens = [found for found in TOKEN.finditer(text) if not found.group().startswith("#")]
    if not tokens:
        return text
    at, other = generator.choice(tokens), generator.choice(tokens).group()
    way = generator.randrange(5)
    replacement = ("", f"{at.group()} {at.group()}", other, generator.choice(WORDS), f"{at.group()} {generator.choice(WORDS)}")[way]
    return text[:at.start()] + replacement + text[at.end():]


def attempt(task):
    path, models, seed = task
    generator = random.Random(f"{path} {seed}")
    with tempfile.TemporaryDirectory(prefix="ppm-broken-") as scratch:
        folder = os.path.join(scratch, "case")
        shutil.copytree(os.path.join(TOP, path), folder, symlinks=True, ignore=shutil.ignore_patterns("expected.*", "needs"))
        name = generator.choice(models)
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = broken(file.read(), generator)
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        process = subprocess.Popen(["bash", "cmd"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return f"{path}, {name}, seed {seed}: takes more than {SECONDS} s"
    if re.search(rb"Assertion|Sanitizer|Segmentation|Aborted|core dumped|this is a bug", err) or process.returncode in (70, 99) or process.returncode >= 128:
        return f"{path}, {name}, seed {seed}: exit {process.returncode}: {err.decode('utf-8', 'replace')[-300:]!r}"
    return None


def main(arguments):
    count, first = (list(map(int, arguments)) + [1, 1][len(arguments):])[:2]
    tasks = [(path, models, seed) for seed in range(first, first + count) for path, models in cases()]
    jobs = int(os.environ.get("PPM_JOBS") or os.cpu_count() or 2)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        wrong = [problem for problem in pool.map(attempt, tasks) if problem]
    for problem in wrong:
        print("not ok a broken model: " + problem.replace("\n", " "), flush=True)
    print(f"ok {len(tasks) - len(wrong)} models with one wrong token")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`matches` against Python's re, which reads the same bytes of a pattern to the same meaning where letters are ASCII and case counts: random patterns over rows whose texts hardly ever come twice, and over texts that do.

    PATTERNS=20000   patterns in all, 50 a model; 200 without it. Python backtracks, so that a pattern among many may take it very long"""
import csv
import io
import os
import random
import re
import sys

from _compare import first_difference, ppmc, report

PATTERNS = int(os.environ.get("PATTERNS", "200"))
ROWS = 3000
ATOMS = ["a", "b", "c", "0", "_", "-", "@", " ", "é", "€", "😀", "\\.", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\x61", "\\-", "[a-c]", "[^a]", "[^@ ]", "[a\\d]", "[\\W_]", "[^\\s.]", "[à-ÿ]", "[^é-€]", "[a-]", "[]b]"]
CHECKS = ["^", "$", "\\b", "\\B"]
REPEATS = ["*", "+", "?", "*?", "+?", "{2}", "{0,2}", "{1,}", "{2,4}"]
LETTERS = ["a", "b", "c", "a", "b", "0", "9", "_", "-", "@", ".", " ", "\n", "é", "€", "😀", "É"]


def choices(draw, depth):
    return "|".join("".join(part(draw, depth) for _ in range(draw.randrange(5))) for _ in range(draw.choice([1, 1, 1, 2, 3])))


def part(draw, depth):
    kind = draw.randrange(9 if depth else 7)
    if kind == 6:
        return draw.choice(CHECKS)
    text = draw.choice(ATOMS) if kind < 6 else draw.choice(["(", "(?:", "(?s:"]) + choices(draw, depth - 1) + ")"
    return text + (draw.choice(REPEATS) if draw.random() < 0.35 else "")


def found(pattern, texts):
    # $ is the end of the text alone in a model.
    compiled = re.compile(re.sub(r"\\.|\$", lambda match: "\\Z" if match[0] == "$" else match[0], pattern), re.ASCII)
    return [compiled.search(text) is not None for text in texts]


def attempt(number):
    draw = random.Random(number)
    patterns = [choices(draw, 2) for _ in range(50)]
    texts = ["".join(draw.choice(LETTERS) for _ in range(draw.randrange(1, 14 if draw.random() < 0.9 else 80))) for _ in range(ROWS)]
    few = [draw.choice(texts[:40]) for _ in range(ROWS)]
    data = io.StringIO()
    rows = csv.writer(data, lineterminator="\n")
    rows.writerow(["id", "many", "few"])
    rows.writerows([f"r{row}", texts[row], few[row]] for row in range(ROWS))
    quoted = [pattern.replace("\\", "\\\\") for pattern in patterns]
    lets = "".join(f'let {column}_{i} = {column} matches "{pattern}"\n' for i, pattern in enumerate(quoted) for column in ("many", "few"))
    model = "dataset rows {\n  id text key\n  many text\n  few text\n}\n" + lets + "output { id " + " ".join(f"{column}_{i}" for i in range(50) for column in ("many", "few")) + " }\n"
    with open("patterns.ppm", "w", encoding="utf-8") as file:
        file.write(model)
    with open("texts.csv", "w", encoding="utf-8", newline="") as file:
        file.write(data.getvalue())
    wanted = io.StringIO()
    rows = csv.writer(wanted, lineterminator="\n")
    rows.writerow(["id"] + [f"{column}_{i}" for i in range(50) for column in ("many", "few")])
    answers = [found(pattern, column) for pattern in patterns for column in (texts, few)]
    rows.writerows([f"r{row}"] + ["yes" if answer[row] else "no" for answer in answers] for row in range(ROWS))
    status, out, words = ppmc("--quiet", "patterns.ppm", "texts.csv")
    if status:
        return f"seed {number}: exit status {status}: {words[:400]}"
    problem = first_difference(wanted.getvalue(), out.decode("utf-8"))
    return f"seed {number}: {problem}; patterns {patterns}" if problem else None


def main():
    problem = next(filter(None, (attempt(1 + i) for i in range(max(PATTERNS // 50, 1)))), None)
    return 0 if report(f"{PATTERNS} patterns over {ROWS} texts that come once and as many that come again", problem) else 1


if __name__ == "__main__":
    sys.exit(main())

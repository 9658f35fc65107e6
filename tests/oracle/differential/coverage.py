"""How much of the language the random models say: the productions of the grammar whose actions ran (gcov over a build with --coverage), the keywords, types, operators and functions in their text,
and the instructions that they compile to. Prints what none of them has.

    make build/coverage/ppmc && python3 tests/oracle/differential/coverage.py [COUNT]
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.join(TOP, "build/coverage")
os.environ.setdefault("PPMC", os.path.join(BUILD, "ppmc"))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import models
import pairs
import related_differential
import tables


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def texts(count):
    """{file: text} of each model: of one row, and a quarter as many over related tables."""
    for seed in range(1, count + 1):
        yield pairs.files(models.Generator(seed).model)
    for seed in range(1, count // 4 + 1):
        yield {"model.ppm": related_differential.Generator(seed).write()[0]}
        yield {"model.ppm": tables.Tables(seed).files()["model.ppm"]}


def productions():
    """[(line, text, times)] of the grammar's actions, by gcov."""
    objects = os.path.join(BUILD, "lang/syntax/grammar.gcda")
    result = subprocess.run(["gcov", "--stdout", "-o", os.path.dirname(objects), objects], cwd=TOP, capture_output=True, text=True, check=False)
    lines = result.stdout.partition("Source:lang/syntax/grammar.y")[2].partition("Source:build")[0].split("\n")
    found = []
    for line in lines:
        times, number, text = (line.split(":", 2) + ["", ""])[:3]
        if number.strip() == "700":
            break  # what follows is C
        if number.strip().isdigit() and times.strip() not in ("-", "") and "error" not in text and "yyerrok" not in text:
            found.append((int(number), text.strip(), 0 if "#" in times or "=" in times else int(re.sub(r"\D", "", times) or 0)))
    return found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for path, _, files in os.walk(BUILD):
        for file in files:
            if file.endswith(".gcda"):
                os.remove(os.path.join(path, file))
    said, instructions = "", {}
    with tempfile.TemporaryDirectory() as folder:
        for number, files in enumerate(texts(count)):
            pairs.save(files, folder)
            result = subprocess.run([os.path.join(BUILD, "ppmc"), "disasm", os.path.join(folder, "model.ppm")], capture_output=True, text=True, check=False)
            for word in set(re.findall(r"\b[a-z][a-z0-9_]+\b", result.stdout)):
                instructions[word] = instructions.get(word, 0) + 1
            said += "\n".join(text for name, text in files.items() if name.endswith(".ppm"))
    found = productions()
    missed = [(line, text) for line, text, times in found if not times]
    print(f"grammar.y: {len(found) - len(missed)} of {len(found)} lines of actions without recovery from errors ran")
    for line, text in missed:
        print(f"  {line}: {text[:150]}")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', said)
    words = set(re.findall(r"[A-Za-z_]+", bare))
    keywords = re.findall(r'^KEYWORD(?:_SCHEMA|_TYPE)?\("([^"]+)"', read("lang/syntax/keywords.def"), re.M) + [a + " " + b for a, b in re.findall(r'^KEYWORD_PAIR\("([^"]+)", "([^"]+)"', read("lang/syntax/keywords.def"), re.M)]
    print("keywords never said:", " ".join(k for k in dict.fromkeys(keywords) if (k not in words if " " not in k else k not in bare)) or "none")
    builtins = re.findall(r"^(?:BUILTIN|SPECIAL)\((\w+)", read("stdlib/builtins.def"), re.M)
    print("functions never called:", " ".join(b for b in builtins if not re.search(rf"\b{b}\(", bare)) or "none")
    codes = [c.lower() for c in re.findall(r"^OP\((\w+)", read("runtime/bytecode/opcodes.def"), re.M)]
    print(f"instructions: {sum(c in instructions for c in codes)} of {len(codes)}; never made:", " ".join(c for c in codes if c not in instructions) or "none")


if __name__ == "__main__":
    main()

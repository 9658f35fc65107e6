"""The pages that are made from the code are up to date, every function of a standard module says what it has to say, and every example in it holds."""
import json
import os
import re
import subprocess

from _compare import ppmc, report

TOP = os.environ["PPM_TOP"]
LABELS = ["Formula", "Units", "Missing", "Source", "Example"]


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def functions_of(text):
    """(name, lines of the comment right above) of each public definition."""
    comment = []
    for line in text.split("\n"):
        found = re.match(r"(?:define|lookup|param) (\w+)", line)
        if line.startswith("#"):
            comment.append(line[1:].removeprefix(" "))
            continue
        if found and not found.group(1).startswith("_"):
            yield found.group(1), comment
        comment = []


def complaint_about(comment):
    if not comment or not comment[0].endswith("."):
        return "its comment does not begin with a line that is a sentence"
    labels = [found.group(1) for found in (re.match(r"(\w+): \S", line) for line in comment) if found and found.group(1) in LABELS]
    if labels != sorted(labels, key=LABELS.index):
        return f"labels out of order: {labels}"
    absent = [label for label in LABELS[1:] if label not in labels]
    return f"nothing is said under {absent}" if absent else None


def examples_hold(module, text):
    examples = re.findall(r"^# Example: (.*) is (\S.*)$", text, re.M)
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(f"use {module}\nas of 2026-06-30\ndataset d {{ id text key }}\n" + "".join(f"let x{i} = {expression}\n" for i, (expression, _) in enumerate(examples)))
        file.write("output { " + " ".join(f"x{i}" for i in range(len(examples))) + " }\n")
    with open("data.csv", "w", encoding="utf-8") as file:
        file.write("id\na\n")
    status, out, err = ppmc("--quiet", "--format", "ndjson", "model.ppm", "data.csv")
    if status:
        return report(f"{module}: examples", f"exit {status}: {err}")
    values = json.loads(out)
    for i, (expression, wanted) in enumerate(examples):
        got = values[f"x{i}"]
        got = "missing" if got is None else {True: "yes", False: "no"}.get(got) if isinstance(got, bool) else str(got)
        same = got == wanted or (re.fullmatch(r"-?[\d.]+%?", wanted) and re.fullmatch(r"-?[\d.]+", got) and abs(float(got) * (100 if wanted.endswith("%") else 1) - float(wanted.rstrip("%"))) < 1e-9)
        report(f"{module}: {expression}", None if same else f"the page says {wanted}, ppmc {got}")


def main():
    status, out, err = ppmc("docs", "--markdown")
    report("docs/stdlib.md is what `make docs` makes", None if status == 0 and out.decode() == read("docs", "stdlib.md") else "run `make docs`")
    command = re.search(r"^\t(awk .*) > docs/bytecode.md$", read("Makefile"), re.M).group(1)
    made = subprocess.run(command.split(), cwd=TOP, capture_output=True, text=True).stdout
    report("docs/bytecode.md is what `make docs` makes", None if made == read("docs", "bytecode.md") else "run `make docs`")
    listing = ppmc("docs")[1].decode()
    tested = set(re.findall(r"\w+\.(?:\w|\{n\})+\(", read("tests", "oracle", "modules.py")))
    known = re.findall(r"^FIGURE\((\w+),", read("stdlib", "figures.def"), re.M)
    used = sum((re.findall(r'"(\w+)"', words) for source in ("figures.c", "ranks.c")
                for words in re.findall(r"(?:words|others)\[\] = \{([^}]*)\}", read("lang", "sema", source))), [])
    report("figures are listed as the compiler knows them", None if set(known) == set(used) else f"different: {set(known) ^ set(used)}")
    for file in sorted(os.listdir(os.path.join(TOP, "stdlib"))):
        if not file.endswith(".ppm"):
            continue
        module, text = file[:-4], read("stdlib", file)
        functions = list(functions_of(text))
        report(f"{module}: is listed, in one line of its own", None if re.search(rf"^  {module} +\S.*[.]$", listing, re.M) else "not in `ppmc docs`, or its first line is no sentence")
        page = ppmc("docs", module)[1].decode()
        for name, comment in functions:
            problem = complaint_about(comment)
            if not problem and f"\n{module}.{name}" not in page:
                problem = "not on the module's page"
            status, out, _ = ppmc("docs", f"{module}.{name}")
            if not problem and (status or comment[0] not in out.decode() or out.decode() not in page):
                problem = "has no page of its own"
            if not problem and not {f"{module}.{name}(", f"{module}.{name[:-1]}{{n}}("} & tested:
                problem = "has no figures in tests/oracle/modules.py"
            report(f"{module}.{name}: is documented, and tested", problem)
        examples_hold(module, text)


main()

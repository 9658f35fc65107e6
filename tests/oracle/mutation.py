"""`ppmc test --mutate` makes its changes in memory. Here each change that it says nobody notices is made to the file, and the tests pass; and changes that Python
makes by itself - every figure of a rule, band or tier a step up and down, every comparison with its end taken in or out - are either among those, or the tests fail,
or the program is the same, or the file does not compile."""
import os
import re
import shutil
import subprocess

TOP, PPMC = os.environ["PPM_TOP"], os.environ["PPMC"]
EXAMPLES = ["credit-scorecard", "lead-desk", "perfect-customer", "perfect-prospect", "receivables"]
OTHER_SIDE = {">=": ">", "<=": "<", ">": ">=", "<": "<="}


def run(*arguments):
    return subprocess.run([PPMC, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def fares(folder, lines):
    """What the tests say of the changed model: noticed, survived, invalid; and the program's code without the model's own lines."""
    with open(os.path.join(folder, "model.ppm"), "w") as file:
        file.write("\n".join(lines))
    status = run("test", "-q", os.path.join(folder, "model.ppm")).returncode
    code = "\n".join(line for line in run("disasm", "--all", os.path.join(folder, "model.ppm")).stdout.split("\n") if not re.match(r"\S*model\.ppm:\d", line))
    return {0: "survived", 1: "noticed"}.get(status, "invalid"), code


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def own_changes(line):
    """Changes of one line: (begin, end, with)."""
    code = re.sub(r'"[^"]*"', lambda text: "~" * len(text.group()), line.split("#")[0])
    if not re.match(r"\s*(reward|penalty|scale|below|up to|tier|disqualify|~)", code):
        return
    code = re.split(r"\b(?:because|action)\b", code)[0]
    for found in re.finditer(r"(?<![\w.])\d[\d_]*(?:\.\d+)?|>=|<=|>|<", code):
        text = found.group()
        if not text[0].isdigit():
            yield found.start(), found.end(), OTHER_SIDE[text]
            continue
        places = len(text.split(".")[1]) if "." in text else 0
        mantissa = int(text.replace("_", "").replace(".", ""))
        digits = len(str(mantissa))
        step = 10 ** (digits - 2) if digits > 2 else 1
        for value in (mantissa + step, mantissa - step):
            if value >= 0:
                shown = str(value).rjust(places + 1, "0")
                yield found.start(), found.end(), shown[:-places] + "." + shown[-places:] if places else shown


def check(example):
    folder = os.path.join(os.getcwd(), example)
    shutil.copytree(os.path.join(TOP, "examples", example), folder)
    original = open(os.path.join(folder, "model.ppm")).read().split("\n")
    same = fares(folder, original)[1]
    said = run("test", "--mutate", os.path.join(folder, "model.ppm"))
    if said.returncode:
        return f"not ok {example}: exit {said.returncode}: {said.stderr or said.stdout}"
    survivors = re.findall(r"model\.ppm:(\d+)  [^`\n]*`(.*)` could be `(.*)`$", said.stdout, re.M)
    wrong, made, told = [], 0, set()
    for number, before, after in survivors:
        at, before, after = int(number) - 1, before.replace('\\"', '"'), after.replace('\\"', '"')
        line = original[at]
        blanks = re.compile(r"\s+".join(re.escape(word) for word in before.split(" ")))
        changed = [line[:m.start()] + after + line[m.end():] for m in blanks.finditer(line)]
        if not changed:  # it stands on several lines
            continue
        made += 1
        unnoticed = [one for one in changed if fares(folder, original[:at] + [one] + original[at + 1:])[0] == "survived"]
        told.update(squeezed(one) for one in unnoticed)
        if not unnoticed:
            wrong.append(f"line {number}: `{before}` as `{after}` is noticed")
    own = 0
    for at, line in enumerate(original):
        for begin, end, text in own_changes(line):
            changed = line[:begin] + text + line[end:]
            verdict, code = fares(folder, original[:at] + [changed] + original[at + 1:])
            own += 1
            if verdict == "survived" and code != same and squeezed(changed) not in told:
                wrong.append(f"line {at + 1}: `{changed.strip()}` is not noticed, and not said")
    with open(os.path.join(folder, "model.ppm"), "w") as file:
        file.write("\n".join(original))
    if not made or not own:
        wrong.append("nothing was tried")
    return f"{'not ok' if wrong else 'ok'} {example}: {made} changes that nobody notices, {own} of our own" + "".join("; " + one for one in wrong[:5])


for name in EXAMPLES:
    print(check(name), flush=True)

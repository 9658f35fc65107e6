"""`ppmc.toml` is TOML, as Python's `tomllib` reads it: what ppmc takes, tomllib takes, with the same values; what is written in the forms that docs/lint.md names is taken.

    python3 tests/oracle/config.py [SEED…]

Each text is made of pieces that are right, nearly right and wrong. What a taken text says is seen in what `ppmc lint` finds in a model with one condition of four terms
(W1407, where `long_condition` is less than four) and two tiers that are two points apart (W1404, where `close_tiers` is more than two).
"""
import json
import os
import random
import re
import subprocess
import sys

try:
    import tomllib
except ModuleNotFoundError:
    print("skip ppmc.toml: no tomllib before Python 3.11")
    sys.exit(77)

PPMC = os.environ["PPMC"]
TEXTS = int(os.environ.get("PPM_TEXTS", 400))

MODEL = """reward steady 10 when a > 1 and a < 9 and b > 2 and b < 8
tier good when score >= 50
tier fair when score >= 48
tier rest otherwise
"""
SEVERITIES = ['"off"', '"note"', '"warning"', '"error"', "'error'", '"n\\u006Fte"', '"\\U0000006fff"']
NUMBERS = ["1", "3", "3.9", "4", "4.0", "+5", "0.4e1", "3_9.9_9e-1", "1_0", "1E+1", "2", "2.000000001", "30e-1"]
RIGHT = {"W1407": SEVERITIES, "W1404": SEVERITIES, "long_condition": NUMBERS, "close_tiers": NUMBERS + ["0", "-0", "0e9"]}
WRONG_VALUES = ["01", "1_", "_1", "1.", ".5", "1__0", "-1", "+-1", "1e", "1e_1", "0x4", "0o4", "inf", "nan", "true", "false", "[]", '["a"]', '["a",]', '["a"\n, "b" # c\n]', "[,]", '["a" "b"]', "[1]", '[["a"]]',
                '""', '"""note"""', '"no', '"\\x"', '"\\uD800"', '"\\u12"', '"\x01"', '"\t"', '"\\""', "'\\'", "'''off'''", "off", "1979-05-27", "{ a = 1 }", "", "#", "3#", "é"]
WRONG_KEYS = ["W14071", "E0203", '"W1407"', "'W1404'", "a.b", "", "long_condition long_condition", "lint.W1407", "é"]
TABLES = ["[lint]", "[ lint ]", "[\tlint]", "[lint]# all", "[lint] # all"]
WRONG_TABLES = ['["lint"]', "[[lint]]", "[lint] x", "[lint", "[]", "[lint.more]", "[other]", "lint", "[lint]]", "[li nt]"]
NOTHING = ["", "  ", "# nothing", "\t# é \"", "#", "# [other]"]
WRONG_NOTHING = ["\x0c", "# \x01", "# \x7f", "\r", "# a\rlong_condition = 1", "x", "="]


def right_text(rng):
    """A text in the documented forms, over which keys and what they may be."""
    lines = [rng.choice(NOTHING) for _ in range(rng.randrange(3))] + [rng.choice(TABLES)]
    for key in rng.sample(sorted(RIGHT), rng.randrange(1, 5)):
        lines += [rng.choice(NOTHING)] * rng.randrange(2)
        equals = rng.choice(["=", " = ", "\t=  "])
        lines.append(rng.choice(["", " ", "\t"]) + key + equals + rng.choice(RIGHT[key]) + rng.choice(["", " ", " # why", "#"]))
    end = rng.choice(["\n", "\r\n"])
    return rng.choice(["", "", "\ufeff"]) + end.join(lines) + rng.choice(["", end])


def broken_text(rng):
    """The same with a piece that is wrong, or wrong here: many are no TOML, some are TOML that ppmc has no use for, some are still right."""
    text = right_text(rng)
    kind = rng.randrange(5)
    if kind == 0:
        return re.sub(r"(?<==)[^\n]*", lambda found: rng.choice([" ", ""]) + rng.choice(WRONG_VALUES) + rng.choice(["", " # c"]), text, count=1)
    lines = text.split("\n")
    at = rng.randrange(len(lines) + 1)
    if kind == 1:
        lines.insert(at, rng.choice(WRONG_KEYS + list(RIGHT)) + rng.choice(["=", " ", " = ", "=="]) + rng.choice(WRONG_VALUES + SEVERITIES + NUMBERS))
    elif kind == 2:
        lines.insert(at, rng.choice(WRONG_TABLES + TABLES))
    elif kind == 3:
        lines.insert(at, rng.choice(WRONG_NOTHING))
    else:  # one character out, another in
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(["", " ", "\n", "\r", "#", "=", '"', "[", "]", "0", "_", ".", "\\", "é", "\x00"]) + text[at + rng.randrange(2):]
    return "\n".join(lines)


def expected(says):
    """What lint finds: {code: severity}. Only what is found is weighed (docs/lint.md); both are warnings or notes as docs/errors has them."""
    found = {}
    if 4 > says.get("long_condition", 6):
        found["W1407"] = says.get("W1407", "note")
    if 2 < says.get("close_tiers", 2):
        found["W1404"] = says.get("W1404", "warning")
    return {code: severity for code, severity in found.items() if severity != "off"}


def check(text, is_right):
    with open("ppmc.toml", "wb") as file:
        file.write(text.encode())
    done = subprocess.run([PPMC, "lint", "--format", "json", "model.ppm"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode == 2:
        place = re.match(rb"error: ppmc\.toml, line (\d+): \S", done.stderr)
        assert place and 1 <= int(place.group(1)) <= text.count("\n") + 1, f"refused without a place: {done.stderr}"
        assert not is_right, f"refused: {done.stderr}"
        return False
    assert done.returncode in (0, 1), f"exit status {done.returncode}: {done.stderr}"
    try:
        says = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as problem:
        raise AssertionError(f"taken, and no TOML: {problem}") from None
    assert set(says) <= {"lint"}, f"taken with {says}"
    found = {one["code"]: one["severity"] for one in map(json.loads, done.stdout.splitlines()) if one["code"] in ("W1407", "W1404")}
    assert found == expected(says.get("lint", {})), f"found {found} with {says}"
    return True


def main():
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(MODEL)
    os.mkdir(".git")  # no file of a folder above
    seeds = [int(word) for word in sys.argv[1:]] or range(TEXTS)
    failed = False
    for what, make in (("right", right_text), ("broken", broken_text)):
        taken = 0
        for seed in seeds:
            text = make(random.Random(seed))
            try:
                taken += check(text, make is right_text)
            except AssertionError as problem:
                failed = True
                print(f"not ok {what} text {seed}: {problem}: {text!r}")
        print(f"ok {what} texts: {taken} of {len(seeds)} taken")
        if len(seeds) >= 400 and not 0 < taken:
            failed = True
            print(f"not ok {what} texts are never taken")
    return failed


if __name__ == "__main__":
    sys.exit(main())

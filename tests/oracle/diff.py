"""`ppmc diff` of random models: one known change is told as that change and no other; the same model written in another way has no change. With numbers: those seeds only.

The changes are made in the text, one to a model, so that what has to be told is known without asking ppmc.
"""
import json
import os
import re
import sys

import random_models
from _compare import ppmc, report

MODELS = int(os.environ.get("PPM_MODELS", "60"))
ARM = re.compile(r"(\b[nmp]\d+) (>=|<=|>|<) (-?\d+%?|-?[\d.]+%)(?= |\)|$)")
RULE = re.compile(r"^( *)(reward|penalty) (rule\d+) (\S+)( at most \d+)? when ", re.M)
TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def statements(text):
    """The statements of a model: lines, or from a line with an open brace to its end."""
    found, depth, current = [], 0, []
    for line in text.splitlines():
        current.append(line)
        bare = re.sub(r'"(\\.|[^"\\])*"', "", line)
        depth += bare.count("{") - bare.count("}")
        if depth == 0:
            found.append("\n".join(current))
            current = []
    return found


# ---- the same in other words: each takes a text and a random.Random, and gives a text

def turn_comparisons(text, chance):
    return ARM.sub(lambda m: f"{m[3]} {TURNED[m[2]]} {m[1]}" if chance.random() < 0.6 and not chained(text, m) else m[0], text)


def chained(text, m):
    """Part of `1 <= x < 5`, or of a sum: what stands before belongs to it."""
    before, after = text[:m.start()].rstrip(), text[m.end():].lstrip()
    return before[-1:] in "<>=+-*/^" or after[:1] in tuple("<>=+-*/^") or before.endswith((" mod", " default")) or after.startswith(("mod ", "default ", "per "))


def deny_comparisons(text, chance):
    other = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
    return ARM.sub(lambda m: f"not ({m[1]} {other[m[2]]} {m[3]})" if chance.random() < 0.6 and standalone(text, m) else m[0], text)


def standalone(text, m):
    """The comparison is an operand of a logical operation, or all of its place, so that `not` may stand there."""
    before, after = text[:m.start()].rstrip(), text[m.end():].lstrip()
    return before.endswith(("(", " when", " and", " or", "when")) and not chained(text, m) and bool(re.match(r"\)|and |or |missing |because |\n|$", after))


def shuffle_statements(text, chance):
    parts = statements(text)
    fixed = [part for part in parts if part.startswith("tier ")]
    free = [part for part in parts if not part.startswith("tier ")]
    chance.shuffle(free)
    return "\n".join(free + fixed) + "\n"


def lay_out(text, chance):
    lines = []
    for line in text.splitlines():
        line = re.sub(r'("(?:\\.|[^"\\])*")|  +', lambda m: m[1] or " ", line)
        lines.append(" " * chance.randrange(9) + line + (" # " + chance.choice(["why", "TODAY 15", "\"", "{"]) if chance.random() < 0.3 else ""))
        if chance.random() < 0.2:
            lines.append("# penalty slow 15 when x > 3")
    return "\n".join(lines) + "\n"


def swap_labels(text, chance):
    return text.replace('"blue" or "teal"', '"teal" or "blue"').replace('"red" or "blue"', '"blue" or "red"').replace('["red", "teal"]', '["teal", "red"]')


def spell_figures(text, chance):
    text = re.sub(r"(?<=in )(-?\d+) to (\d+)\b(?= *(and|or|\)|missing|because|\n))", r"\1.0 to \2.00", text)
    return text.replace("+ 1 year)", "+ 12 months)").replace("+ 2 weeks)", "+ 14 days)")


def rename_parameters(text, chance):
    return text.replace("define twice(x) = 2 * x", "define twice(amount) = amount * 2").replace("lookup colour(x)", "lookup colour(shade)")


REWRITES = [turn_comparisons, deny_comparisons, shuffle_statements, lay_out, swap_labels, spell_figures, rename_parameters]


# ---- one change each: (text, what has to be told as (kind, of, name), a text that has to be in it) or None where the model has no place for it

def points(text, chance):
    rules = [m for m in RULE.finditer(text) if re.fullmatch(r"[\d.]+", m[4]) and not m[5]]
    if not rules:
        return None
    m = chance.choice(rules)
    new = str(float(m[4]) + 1).removesuffix(".0")
    return text[:m.start(4)] + new + text[m.end(4):], ("changed", "rule", m[3]), f"{m[4]} → {new} points"


def sign(text, chance):
    rules = [m for m in RULE.finditer(text) if not inside_best(text, m)]
    if not rules:
        return None
    m = chance.choice(rules)
    new = "penalty" if m[2] == "reward" else "reward"
    return text[:m.start(2)] + new + text[m.end(2):], ("changed", "rule", m[3]), f"{m[2]} → {new}"


def inside_best(text, m):
    opened = [s for s in statements(text) if m[0] in s]
    return not opened or "best of" in opened[0] or "group" in opened[0]


def threshold(text, chance):
    """Of a rule whose whole condition is one comparison."""
    rules = list(re.finditer(r"^ *(?:reward|penalty) (rule\d+) .*? when (\w+) (>=|<=|>|<) (-?\d+)(?=\n| missing| because)", text, re.M))
    if not rules:
        return None
    m = chance.choice(rules)
    new = str(int(m[4]) + 3)
    return text[:m.start(4)] + new + text[m.end(4):], ("changed", "rule", m[1]), f"{m[2]} {m[3]} {m[4]} → {m[3]} {new}"


def another_condition(text, chance):
    rules = [m for m in re.finditer(r"^ *(?:reward|penalty) (rule\d+) .*? when (.*?)(?=\n| missing [\d.]+( |\n)| because)", text, re.M)]
    if not rules:
        return None
    m = chance.choice(rules)
    return text[:m.start(2)] + f'id = "r3" and ({m[2]})' + text[m.end(2):], ("changed", "rule", m[1]), 'id = "r3"'


def new_name(text, chance):
    rules = list(RULE.finditer(text))
    if not rules:
        return None
    m = chance.choice(rules)
    if len(re.findall(rf"\b{m[3]}\b", text)) > 1:
        return None
    return re.sub(rf"\b{m[3]}\b", "another_name", text), ("renamed", "rule", "another_name"), None


def new_name_of_let(text, chance):
    lets = re.findall(r"^let (let\d+)", text, re.M)
    name = chance.choice(lets)
    text = re.sub(rf"\b{name}\b", "other_let", text)
    return text, ("renamed", "let", "other_let"), None


def gone(text, chance):
    lines = text.splitlines()
    places = [i for i, line in enumerate(lines) if re.match(r" *(reward|penalty) rule\d+ ", line)]
    if len(places) < 3:
        return None
    i = chance.choice(places)
    name = re.search(r"rule\d+", lines[i])[0]
    if text.count(name) > 1 or lines[i - 1].rstrip().endswith("{") and lines[i + 1].strip() == "}":
        return None
    return "\n".join(lines[:i] + lines[i + 1:]) + "\n", ("removed", "rule", name), None


def come(text, chance):
    lines = text.splitlines()
    places = [i for i, line in enumerate(lines) if re.match(r" *(reward|penalty) rule\d+ ", line)]
    if not places:
        return None
    i = chance.choice(places)
    return "\n".join(lines[:i] + ['reward new_rule 3 when id = "r1"'] + lines[i:]) + "\n", ("added", "rule", "new_rule"), 'reward 3 when id = "r1"'


def entry(text, chance):
    return text.replace('"red" : 3 ', '"red" : 4 ', 1), ("changed", "lookup", "colour"), '"red": 3 → 4'


def tier(text, chance):
    return text.replace("score >= 70", "score >= 75"), ("changed", "tier", "high"), "score >= 70 → >= 75"


def day(text, chance):
    return text.replace("as of 2026-06-30", "as of 2026-07-31"), ("changed", "as of", "as of"), "2026-06-30 → 2026-07-31"


def weight(text, chance):
    dimensions = list(re.finditer(r"^dimension (\w+) weight (\S+)", text, re.M))
    if not dimensions:
        return None
    m = chance.choice(dimensions)
    return text[:m.start(2)] + "17" + text[m.end(2):], ("changed", "dimension", m[1]), f"weight {m[2]} → 17"


def default(text, chance):
    m = re.search(r"^  (n\d+) number default (-?\d+)", text, re.M)
    return m and (text[:m.start(2)] + "77" + text[m.end(2):], ("changed", "column", m[1]), f"default {m[2]} → 77")


def column(text, chance):
    return text.replace("  id text key\n", "  id text key\n  extra text optional\n"), ("added", "column", "extra"), "text optional"


def reasons(text, chance):
    m = re.search(r"reasons (\d)", text)
    return text[:m.start(1)] + "9" + text[m.end(1):], ("changed", "output", "output"), f"reasons {m[1]} → reasons 9"


def tier_order(text, chance):
    lines = text.splitlines()
    odd = next(i for i, line in enumerate(lines) if line.startswith("tier odd"))
    lines[odd - 1], lines[odd] = lines[odd], lines[odd - 1]
    return "\n".join(lines) + "\n", ("changed", "tier", "tiers"), "order high, odd, low"


CHANGES = [points, sign, threshold, another_condition, new_name, new_name_of_let, gone, come, entry, tier, day, weight, default, column, reasons, tier_order]


def difference(old, new):
    """The changes that are told, or a text why there are none."""
    open("old.ppm", "w", encoding="utf-8").write(old)
    open("new.ppm", "w", encoding="utf-8").write(new)
    status, out, err = ppmc("diff", "--quiet", "--format", "json", "old.ppm", "new.ppm")
    return json.loads(out)["changes"] if status == 0 else (status, err[:300])


def told(changes):
    return "; ".join(f"{c['kind']} {c['of']} {c['name']}: " + ", ".join(p["text"] for p in c["parts"]) for c in changes)[:400]


def main():
    chosen = [int(a) for a in sys.argv[1:]] or range(1, MODELS + 1)
    tried, refused = {}, 0
    for seed in chosen:
        text = random_models.Writer(seed).model()
        open("model.ppm", "w", encoding="utf-8").write(text)
        if ppmc("check", "--quiet", "model.ppm")[0]:
            refused += 1
            continue
        chance, problems = random_models.random.Random(seed), []
        everything = text
        for rewrite in REWRITES:
            rewritten = rewrite(text, chance)
            everything = rewrite(everything, chance)
            if rewritten == text:
                continue
            changes = difference(text, rewritten)
            if isinstance(changes, tuple) and changes[0] == 3:  # a warning's place, a type that cannot be told: not this one's matter
                continue
            tried[rewrite.__name__] = tried.get(rewrite.__name__, 0) + 1
            if changes:
                problems.append(f"{rewrite.__name__}: {changes if isinstance(changes, tuple) else told(changes)}")
        for change in CHANGES:
            made = change(text, chance)
            if not made or made[0] == text:
                continue
            for old, new in ((text, made[0]), (everything, change_again(change, everything, made, seed))):
                if new is None:
                    continue
                changes = difference(old, new)
                if isinstance(changes, tuple):
                    if changes[0] != 3:
                        problems.append(f"{change.__name__}: {changes}")
                    continue
                tried[change.__name__] = tried.get(change.__name__, 0) + 1
                found = [(c["kind"], c["of"], c["name"]) for c in changes]
                text_told = told(changes)
                if change is new_name_of_let and found[1:] == [("changed", "output", "output")]:
                    found = found[:1]  # its column has another header
                if found != [made[1]] or (made[2] and made[2] not in text_told):
                    problems.append(f"{change.__name__}: wanted {made[1]} {made[2]!r}, got {text_told or 'nothing'}")
        report(f"model {seed}", "; ".join(problems[:3]))
    if len(sys.argv) == 1:
        report("few models are refused", f"{refused} of {MODELS}" if refused > MODELS // 5 else None)
        least = [f.__name__ for f in REWRITES + CHANGES if tried.get(f.__name__, 0) < MODELS // 20]
        report("every change and rewriting was tried", ", ".join(least))


def change_again(change, everything, made, seed):
    """From the model in other words to the changed one in its first words: that change, and no other."""
    return made[0] if change in (points, threshold, entry, tier, weight, default, column, gone, come) else None


if __name__ == "__main__":
    main()

"""`ppmc whatif`: every variant is run once more by itself with `--set`, from the files, and everything that is said of it is computed here from the rows of that run: means and
medians in fractions, tiers and who moves between them, sums of values, Spearman's correlation of ranks, who is among the best in both, and the largest moves. For the params of every
example, alone and two at a time, their scenarios, and random models whose points and thresholds were made params.

    python3 tests/oracle/whatif.py [NAME or SEED…]
"""
import json
import math
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import random_models
import related_differential
from _compare import PPMC, report

TOP = os.environ.get("PPM_TOP") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MODELS, RELATED = 40, 40
MOVERS = 5
NAME = r"`?([A-Za-z_]\w*)`?"


def exact(text):
    """A JSON figure as a fraction; figures are read as they are written."""
    return None if text is None else Fraction(text)


def half_away(value, places):
    scaled = abs(value) * 10**places
    whole = int(scaled * 2 + 1) // 2
    return Fraction(whole if value >= 0 else -whole, 10**places)


class Model:
    def __init__(self, text):
        self.text = text
        self.tiers = re.findall(rf"^tier {NAME}", text, re.M)
        self.disqualifies = bool(re.search(r"^\s*disqualify ", text, re.M))
        self.metrics = re.findall(rf"^metric {NAME}", text, re.M)
        self.scores = bool(re.search(r"^\s*(reward|penalty|scale|bands|best of|group) ", text, re.M))
        scored = re.search(rf"^score {NAME}\s*$", text, re.M)
        scored = scored.group(1) if scored and scored.group(1) != "places" else None
        self.keys = []
        for found in re.finditer(rf"^dataset {NAME}([^\n{{]*)(\{{.*?^\}}|\{{[^\n]*\}})?", text, re.M | re.S):
            if scored and found.group(1) != scored:
                continue
            derived = re.search(r"\bfrom ([A-Za-z_]\w*) by ([\w, ]+)", found.group(2))
            if derived:
                self.keys = [k.strip() for k in derived.group(2).split(",")]
            else:
                key = re.search(rf"(?:^|[{{\n]|  )\s*{NAME}\s+\w+[^\n]*?\bkey\b", found.group(3) or "")
                self.keys = [key.group(1)] if key else []
            break


def run(folder, model, files, options, values):
    """The rows of a run: [(key, score, tier, values…)], and the metrics."""
    columns = [*model.keys, *(["score"] if model.scores else []), *(["tier"] if model.tiers else []), *values]
    metrics = os.path.join(folder, "metrics.json")
    arguments = [PPMC, "run", *files, "-q", "-f", "json", "--columns", ",".join(f"`{c}`" for c in columns) if columns else "score", *options]
    if model.metrics:
        arguments += ["--metrics", metrics]
    got = subprocess.run(arguments, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if got.returncode:
        return None, f"exit {got.returncode} of {shlex.join(arguments[1:])}: {got.stderr.decode()[:400]}"
    rows = json.loads(got.stdout, parse_float=str, parse_int=str)
    rows = rows["rows"] if isinstance(rows, dict) else rows
    said = json.load(open(metrics), parse_float=str, parse_int=str) if model.metrics else [{}]
    said = said[0] if isinstance(said, list) else said
    return (rows, said), None


class Result:
    def __init__(self, model, rows, metrics, values):
        self.model, self.rows, self.metrics = model, rows, metrics
        self.scores = [exact(r.get("score")) for r in rows]
        self.tiers = [r.get("tier") for r in rows]
        known = sorted(s for s in self.scores if s is not None)
        self.known = known
        self.mean = half_away(sum(known) / len(known), 12) if known else None
        self.median = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2 if known else None
        self.values = {}
        for name in values:
            present = [(t, exact(r[name])) for t, r in zip(self.tiers, rows) if r[name] is not None]
            self.values[name] = (sum(v for _, v in present), len(present), {t: sum(v for u, v in present if u == t) for t in set(self.tiers)})


def ranks(values):
    """Twice the mean place of each."""
    order = sorted(values)
    first, last = {}, {}
    for place, value in enumerate(order, 1):
        first.setdefault(value, place)
        last[value] = place
    return [first[v] + last[v] for v in values]


def correlation(pairs):
    if len(pairs) < 2:
        return None
    a, b = ranks([x for x, _ in pairs]), ranks([y for _, y in pairs])
    middle = len(pairs) + 1
    ab = sum((x - middle) * (y - middle) for x, y in zip(a, b))
    aa, bb = sum((x - middle) ** 2 for x in a), sum((y - middle) ** 2 for y in b)
    return None if not aa or not bb else Fraction(ab, 1) / Fraction(math.isqrt(aa * bb * 10**40), 10**20)


def best(scores, top):
    order = sorted((i for i, s in enumerate(scores) if s is not None), key=lambda i: (-scores[i], i))
    return set(order[:top])


class Difference(Exception):
    pass


def same(what, wanted, got):
    if wanted != got:
        raise Difference(f"{what}: computed {wanted}, ppmc says {got}")


def near(what, wanted, got, rows):
    if abs(wanted - got) > rows * Fraction(1, 200):
        raise Difference(f"{what}: computed about {float(wanted)}, ppmc says {float(got)}")


def compare_one(model, said, own, base, top, is_base):
    same("rows", len(own.rows), int(said["rows"]))
    if model.scores:
        same("scored", len(own.known), int(said["scored"]))
        same("mean", own.mean, exact(said["mean_score"]))
        same("median", own.median, exact(said["median_score"]))
    if model.tiers:
        names = model.tiers + (["unverified", "disqualified"] if model.disqualifies else [])
        same("tiers", {t: own.tiers.count(t) for t in names}, {t: int(n) for t, n in said["tiers"].items()})
        same("without a tier", own.tiers.count(None), int(said["without_tier"]))
    for name, (total, present, by_tier) in own.values.items():
        value = said["values"][name]
        # a run shows amounts with two places; their sum is of what they are
        near(f"{name}", total, exact(value["total"]), present)
        same(f"{name} present", present, int(value["present"]))
        for t, shown in value["tiers"].items():
            near(f"{name} of {t}", by_tier.get(t, Fraction(0)), exact(shown), present)
    same("metrics", own.metrics, said.get("metrics", {}))
    if is_base:
        return
    keys = [tuple(r[k] for k in model.keys) for r in base.rows] if model.keys else list(range(len(base.rows)))
    own_keys = [tuple(r[k] for k in model.keys) for r in own.rows] if model.keys else list(range(len(own.rows)))
    if keys != own_keys and len(set(keys)) == len(keys):
        place = {k: i for i, k in enumerate(own_keys)}
    else:
        place = {k: i for i, k in enumerate(own_keys)} if keys == own_keys and len(set(keys)) == len(keys) else None
    at = [i for i in range(len(keys))] if place is None else [place.get(k) for k in keys]
    both = [(i, j) for i, j in enumerate(at) if j is not None]
    same("gone", len(keys) - len(both), int(said["gone"]))
    same("appeared", len(own_keys) - len(both), int(said["appeared"]))
    if model.tiers:
        order = {t: i for i, t in enumerate(model.tiers + ["unverified", "disqualified"])}
        moves = [(base.tiers[i], own.tiers[j]) for i, j in both if base.tiers[i] != own.tiers[j]]
        same("tier changed", len(moves), int(said["tier_changed"]))
        same("up", sum(a is not None and b is not None and order[b] < order[a] for a, b in moves), int(said["tier_up"]))
        same("down", sum(a is not None and b is not None and order[b] > order[a] for a, b in moves), int(said["tier_down"]))
    if not model.scores:
        return
    pairs = [(i, base.scores[i], own.scores[j]) for i, j in both if base.scores[i] is not None and own.scores[j] is not None]
    same("compared", len(pairs), int(said["compared"]))
    same("changed", sum(a != b for _, a, b in pairs), int(said["score_changed"]))
    wanted, got = correlation([(a, b) for _, a, b in pairs]), exact(said["rank_correlation"])
    if (wanted is None) != (got is None) or (wanted is not None and abs(wanted - got) > Fraction(1, 10**11)):
        raise Difference(f"rank correlation: computed {wanted and float(wanted)}, ppmc says {got and float(got)}")
    same("top", min(top, len(base.known)), int(said["top"]))
    if len(both) == len(keys) == len(own_keys):
        back = {j: i for i, j in both}
        same("same of the top", len(best(base.scores, top) & {back[j] for j in best(own.scores, top)}), int(said["top_same"]))
    movers = sorted((p for p in pairs if p[1] != p[2]), key=lambda p: (-abs(p[2] - p[1]), p[0]))[:MOVERS]
    same("movers", [(a, b) for _, a, b in movers], [(exact(m["before"]), exact(m["after"])) for m in said["movers"]])
    if model.keys:
        same("movers' keys", [", ".join(str(base.rows[i][k]) for k in model.keys) for i, _, _ in movers], [m["row"] for m in said["movers"]])


def compare(folder, files, options, model, values=(), top=20):
    """Runs whatif with the options, and each of its variants by itself. None, or what differs; and how many variants there were."""
    arguments = ["whatif", *files, "-q", "--format", "json", "--top", str(top), *options]
    for name in values:
        arguments += ["--value", name]
    got = subprocess.run([PPMC, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if got.returncode:
        return f"exit {got.returncode} of {shlex.join(arguments)}: {got.stderr.decode()[:600]}", 0
    said = json.loads(got.stdout, parse_float=str, parse_int=str)
    base = None
    for variant in [said["base"], *said["variants"]]:
        is_base = base is None
        how = []
        if not is_base and variant["scenario"]:
            how = ["--scenario", variant["scenario"]]
        elif not is_base:
            for name, value in variant["settings"].items():
                how += ["--set", f"{name}={value}"]
        own, problem = run(folder, model, files, how, values)
        if problem:
            return problem, 0
        own = Result(model, *own, values)
        base = base or own
        try:
            compare_one(model, variant, own, base, top, is_base)
        except Difference as difference:
            return f"{shlex.join(arguments)}: {variant['name']}: {difference}", 0
    return None, len(said["variants"])


# ---- what is varied ------------------------------------------------------------------------------------------------

PARAM = re.compile(rf"^param {NAME}[^=\n]*=\s*(-?[\d_.]+)([^\n\"#]*?)(?:\s+in\s+(-?[\d_.]+)([^\n\"#]*?)\s+to\s+(-?[\d_.]+)([^\n\"#]*?))?\s*(?:\"[^\n]*)?(?:#.*)?$", re.M)


def params(text):
    """{name: ['5 years', '7 years']} for the params whose values are plain figures."""
    found = {}
    for name, figure, unit, low, low_unit, high, high_unit in PARAM.findall(text):
        unit = unit.rstrip()
        if unit.startswith("-") or " in" in unit or "*" in unit or "/" in unit or "+" in unit:
            continue
        if low:
            found[name] = [low + low_unit.rstrip(), high + high_unit.rstrip()]
            continue
        value = Decimal(figure.replace("_", ""))
        steps = [value * Decimal("0.5"), value * 2] if value else [Decimal(1), Decimal(2)]
        if "year" in unit or "month" in unit or "day" in unit or "week" in unit:
            steps = [Decimal(math.ceil(s)) for s in steps]
        found[name] = [f"{s.normalize():f}{unit}" for s in steps]
    return found


def value_names(text):
    """Lets that are likely to be money or numbers: the run tells."""
    return re.findall(rf"^let {NAME}", text, re.M)[:8]


def example(name):
    folder = os.path.join(TOP, "examples", name)
    line = next(l for l in open(os.path.join(folder, "cmd"), encoding="utf-8") if "ppmc" in l)
    words = shlex.split(line)
    files = [w for w in words[1:] if w.endswith((".ppm", ".csv")) and not words[words.index(w) - 1].startswith("--s")]
    files = [f for f in files if not f.startswith("--")]
    scratch = os.path.join(os.getcwd(), name)
    shutil.copytree(folder, scratch, dirs_exist_ok=True)
    text = open(os.path.join(scratch, "model.ppm"), encoding="utf-8").read()
    model = Model(text)
    varied = params(text)
    values = []
    for value in value_names(text):
        code = subprocess.run([PPMC, "run", *files, "-q", "-f", "json", "--columns", value], cwd=scratch, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        cells = [r[value] for r in json.loads(code.stdout, parse_float=str, parse_int=str)] if code.returncode == 0 else ["x"]
        if cells and all(c is None or (isinstance(c, str) and re.fullmatch(r"-?\d+(\.\d+)?", c)) for c in cells) and "%" not in code.stdout.decode():
            values.append(value)
    count, problem = 0, None
    options = [["--vary", f"{p}={','.join(v)}"] for p, v in varied.items()]
    names = list(varied)
    if len(names) > 1:
        options.append(["--vary", f"{names[0]}={','.join(varied[names[0]])}", "--vary", f"{names[-1]}={','.join(varied[names[-1]])}"])
    if re.search(r"^scenario ", text, re.M):
        options.append([])
    for option in options:
        problem, more = compare(scratch, files, option, model, values[:2], top=random.Random(name).choice([3, 10, 20]))
        count += more
        if problem:
            break
    report(f"{name}: {count} variants", problem)
    return count


# ---- random models --------------------------------------------------------------------------------------------------

def with_params(text, rng):
    """The model with some of its points and thresholds as params."""
    chosen, scenario = [], []

    def points(match):
        if rng.random() < 0.5 or len(chosen) >= 4:
            return match.group(0)
        name = f"varied{len(chosen)}"
        chosen.append((name, match.group(2)))
        return f"{match.group(1)}{name}{match.group(3)}"

    text = re.sub(r"(^\s*(?:reward|penalty) \w+ )(\d+)( when)", points, text, flags=re.M)
    text = re.sub(r"(^tier \w+ when score >=? )(\d+)()", points, text, flags=re.M)
    declared = "".join(f"param {name} = {value}\n" for name, value in chosen)
    for name, value in chosen[:2]:
        scenario.append(f"{name} = {int(value) + rng.randint(1, 9)}")
    if scenario:
        declared += "scenario other { " + "  ".join(scenario) + " }\n"
    return declared + text, chosen


def random_one(seed):
    rng = random.Random(seed)
    writer = random_models.Writer(seed)
    text, chosen = with_params(writer.model(), rng)
    folder = os.path.join(os.getcwd(), f"random-{seed}")
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "model.ppm"), "w", encoding="utf-8").write(text)
    open(os.path.join(folder, "data.csv"), "w", encoding="utf-8").write(writer.data())
    return try_params(folder, ["model.ppm", "data.csv"], text, chosen, rng)


def related_one(seed):
    rng = random.Random(seed)
    generator = related_differential.Generator(seed)
    written, _ = generator.write()
    text, chosen = with_params(written, rng)
    if generator.prospects:
        return None, 0
    folder = os.path.join(os.getcwd(), f"related-{seed}")
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "model.ppm"), "w", encoding="utf-8").write(text)
    for name, (header, rows) in generator.rows.items():
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8", newline="") as file:
            writer = related_differential.csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    files = ["model.ppm", *([] if generator.derived else ["customers.csv"]), *(f"{name}={name}.csv" for name in generator.rows if name != "customers")]
    return try_params(folder, files, text, chosen, rng)


def try_params(folder, files, text, chosen, rng):
    checked = subprocess.run([PPMC, "run", *files, "-q", "-f", "csv"], cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if checked.returncode or not chosen:
        return None, 0
    model = Model(text)
    name, value = rng.choice(chosen)
    count = 0
    for option in ([], ["--vary", f"{name}={int(value)}..{int(value) + 20}/7"], ["--vary", f"{chosen[0][0]}=0,40", "--vary", f"{chosen[-1][0]}=1,90"] if len(chosen) > 1 else []):
        problem, more = compare(folder, files, option, model, top=rng.choice([1, 5, 20]))
        if problem and "exit" in problem and "whatif" not in problem:
            return None, count  # a variant that fails by itself, too
        if problem:
            return problem, count
        count += more
    return None, count


def main():
    chosen = sys.argv[1:]
    total = 0
    for name in sorted(os.listdir(os.path.join(TOP, "examples"))):
        if os.path.exists(os.path.join(TOP, "examples", name, "cmd")) and (not chosen or name in chosen):
            total += example(name)
    if not chosen:
        report("the examples have params to vary", None if total >= 40 else f"{total} variants")
    for what, one, count in (("random", random_one, MODELS), ("related", related_one, RELATED)):
        variants = 0
        for seed in range(1, count + 1):
            if chosen and f"{what}-{seed}" not in chosen:
                continue
            problem, more = one(seed)
            variants += more
            if problem:
                report(f"{what} model {seed}", problem)
        if not chosen:
            report(f"{variants} variants of {what} models", None if variants > count else "too few")


if __name__ == "__main__":
    main()

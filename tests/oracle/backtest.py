"""`ppmc backtest`: every figure of it, computed here in fractions, for models of each kind of rule, random outcomes on every example, and the real files of a telephone company and of
German credit, whose information values were published.

    python3 tests/oracle/backtest.py [NAME…]
    python3 tests/oracle/backtest.py --write [NAME…]    writes the pages that the golden tests expect
"""
import csv
import json
import os
import random
import re
import shlex
import shutil
import sys
from decimal import Decimal
from fractions import Fraction as F

import _backtest
import _evaluate
import _related
from _compare import ppmc, real_data, report
from explain import rows_of

MODELS = os.path.join(_evaluate.TOP, "tests", "oracle", "models")
PAGES = ("markdown", "page", "wanted")  # golden tests that are a whole page
PUBLISHED = {"checking": ".666012", "history": ".293234", "purpose": ".169195"}


def exact(value):
    """A value of the evaluator as the fraction that is compared: rounded to 12 places."""
    if value is None:
        return None
    figure = value.value if hasattr(value, "value") else value
    return F(figure) if isinstance(figure, (int, F)) else F(_evaluate.decimal_of(figure)) if isinstance(figure, float) else F(figure)


def every_rule(model):
    """The rules that ppmc tells of, in its order: bundles stand before their members."""
    def walk(rules):
        for rule in rules:
            if rule["kind"] in ("best", "group"):
                yield from walk(rule["rules"])
            else:
                yield rule
    for dimension in model.dimensions:
        yield from walk(dimension["rules"])
    yield from walk(model.adjust)


def rule_of(row, rule):
    """(group, points): how the rule is counted."""
    if rule["kind"] in ("reward", "penalty"):
        fires = row.evaluate(rule["condition"])
        known = fires is not None and (not fires or row.evaluate(rule["points"]) is not None)
        return (2 if not known else 0 if fires else 1), None
    points = row.rule(rule)
    if rule["kind"] == "scale":
        return 0, points
    x, arms = row.evaluate(rule["subject"]), rule["arms"]
    if x is None:
        return len(arms) + 1, points
    for i, (label, _) in enumerate(arms):
        if label[0] == "labels":
            holds = any(row.compare("=", x, row.evaluate(one)) for one in label[1])
        else:
            holds = row.compare("<" if label[0] == "below" else "<=", x, row.evaluate(label[1]))
        if holds:
            return i, points
    return len(arms), points


def cell(row, name):
    value = row.name(name, {})
    return "(missing)" if value is None else ("no", "yes")[value] if isinstance(value, bool) else _evaluate.show(value)


def customers_of(rows, model, outcomes, values, split_by):
    rules = list(every_rule(model))
    found = []
    for row, with_it in zip(rows, outcomes):
        states = row.states()
        found.append({
            "with": with_it, "score": exact(row.score()), "tier": row.tier() if model.syntax["tiers"] else None,
            "dimensions": {d["name"]: exact(s["value"]) for d, s in zip(model.dimensions, states) if d["name"]},
            "perspectives": {name: exact(row.perspective(name)) for name, _ in model.perspectives},
            "segments": {name: row.segment(name) for name, _ in model.syntax["segments"]}, "by": {name: cell(row, name) for name in split_by},
            "values": {v: exact(row.name(v, {})) for v in values}, "rules": {r["name"]: rule_of(row, r) for r in rules}})
    return found


def computed(rows, model, outcomes, wanted, values, said, split_by=()):
    """Bands are named as ppmc names them: their text is its own."""
    rules = []
    for rule, told in zip(every_rule(model), said["rules"]):
        names = _backtest.FIRED if rule["kind"] in ("reward", "penalty") else _backtest.FIFTHS
        if rule["kind"] == "bands":
            here = {rule_of(row, rule)[0] for row, with_it in zip(rows, outcomes) if with_it is not None}
            names = [None] * (len(rule["arms"]) + 2)
            for index, group in zip(sorted(here), told["groups"]):
                names[index] = group["name"]
        rules.append({"name": rule["name"], "kind": rule["kind"], "groups": names})
    tiers = list(dict.fromkeys(name for name, _ in model.syntax["tiers"])) + (["disqualified", "unverified"] if model.syntax["disqualifiers"] else [])
    segments = {name: [arm for arm, _ in arms] for name, arms in model.syntax["segments"]}
    return _backtest.backtest(customers_of(rows, model, outcomes, values, split_by), rules, tiers if model.syntax["tiers"] else [], segments, wanted, values, split_by)


def check(name, words, rows, outcomes, wanted=False, values=(), split_by=()):
    """`rows` are those of the evaluator, `outcomes` what each has."""
    options = [option for value in values for option in ("--value", value)] + [option for name in split_by for option in ("--by", name)] + (["--wanted"] if wanted else [])
    status, out, err = ppmc("backtest", "--quiet", "--format", "json", *words, *options)
    kinds = {with_it for with_it in outcomes if with_it is not None}
    if len(kinds) < 2:
        return report(name, None if status == 4 and not out else f"one class only: exit {status}, {err[:200]}")
    if status:
        return report(name, f"exit {status}: {err[:500]}")
    said = json.loads(out, parse_float=str, parse_int=str)
    return report(f"{name}, {len(rows)} customers", _backtest.difference(computed(rows, rows[0].model, outcomes, wanted, values, said, split_by), said))


# ---- every example: an outcome that hangs on the score, with chance in it ----------------------------------------------------

def examples(wanted):
    top = os.path.join(_evaluate.TOP, "examples")
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        if not os.path.exists(os.path.join(folder, "cmd")) or (wanted and name not in wanted):
            continue
        line = open(os.path.join(folder, "cmd"), encoding="utf-8").read().split("\n")[0]
        given = shlex.split(line)
        if given[1] == "backtest" or "--set" in given:
            continue
        for option in ("--summary", "-o"):
            while option in given:
                at = given.index(option)
                del given[at:at + 2]
        words = [word for word in given[1:] if not word.startswith("-")]
        model = _evaluate._syntax.parse(open(os.path.join(folder, words[0]), encoding="utf-8").read())
        if not (model["rules"] or model["dimensions"]):
            continue
        here, scratch = os.getcwd(), os.path.join(os.getcwd(), "of-" + name)
        shutil.copytree(folder, scratch)
        os.chdir(scratch)
        try:
            example(name, words)
        finally:
            os.chdir(here)


def example(name, words):
    """The outcome goes into a column of the scored file that the model does not know; where rows are made from other rows, into a let."""
    rows = [row for row, _ in rows_of(name, ".", words)]
    chance = random.Random(name)
    table = list(csv.reader(open(words[1], encoding="utf-8", newline="")))
    if len(table) - 1 == len(rows):
        for state in ("flag", "words", "figures"):
            outcomes = []
            for row in rows:
                score = row.score()
                lost = chance.random() < (0.6 - float(score.value) / 200 if score else 0.5)
                outcomes.append(None if chance.random() < 0.03 else lost)
            spelt = {"flag": {None: "", True: "yes", False: "no"}, "words": {None: "", True: "Gone, alas", False: "still here"}, "figures": {None: "", True: "1", False: "0"}}[state]
            with open("with_outcome.csv", "w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(table[0] + ["what became of them"])
                for line, with_it in zip(table[1:], outcomes):
                    writer.writerow(line + [spelt[with_it]])
            outcome = "`what became of them`=Gone, alas|moved" if state == "words" else "what became of them"
            check(f"{name}, {state}", [words[0], "with_outcome.csv", *words[2:], "--outcome", outcome], rows, outcomes, wanted=state == "figures")
    else:
        half = sorted(exact(row.score()) or F(0) for row in rows)[len(rows) // 2]
        with open(words[0], "a", encoding="utf-8") as model:
            model.write(f"\nlet became_of_them = score < {float(half)}\n")
        outcomes = [None if row.score() is None else exact(row.score()) < half for row in rows]
        check(f"{name}, a let", [*words, "--outcome", "became_of_them"], rows, outcomes)


# ---- models of its own -------------------------------------------------------------------------------------------------------

SMALL = '''as of 2026-06-30
dataset customers {
  id      text    key
  days    number  optional
  plan    text    optional
  spend   money
  seats   number  optional
  region  text    in ["north", "south"]
  lost    flag    optional
}
let per_seat = spend / seats
dimension pay weight 60 {
  penalty late      15 when days > 30     missing 5
  reward  early     seats at most 6 when days <= 0
  penalty always    2 when spend >= 0
  reward  never     2 when spend > 1_000_000
  best of habits { reward regular 4 when days < 10  reward steady 3 when days < 20 }
}
dimension size weight 40 range -5 to 30 {
  scale big from 0 to 10 as spend goes 0 to 1_000
  scale packed from 8 to 0 as per_seat goes 10 to 200
  bands kind by plan { "pro" : 10  "basic" or "team" : 4  missing : 1  otherwise : 0 }
  bands age by days { below 0 : 3  up to 20 : 3  otherwise : 1 }
  group few at most 3 { penalty tiny 2 when seats < 3  reward there 2 when region = "north" }
}
adjust { penalty odd 5 when plan = "x" missing 0 }
score places PLACES
tier missing_ missing
tier top when score >= 70
tier good when score >= 45 and days < 40
tier low when score < 45
disqualify strange when seats = 7 missing passes
disqualify unsure when days > 55
segment area { upper when region = "north"  lower when region = "south" and spend > 100 }
perspective cfo { pay 90  size 10 }
perspective cmo { size 100 }
'''


def order(seed, lines, chance):
    """Rows in another order, in other chunks and by other instructions say the same."""
    folder = f"mixed-{seed}"
    os.makedirs(folder, exist_ok=True)
    mixed = lines[1:]
    chance.shuffle(mixed)
    open(os.path.join(folder, "small.csv"), "w").write("\n".join(lines[:1] + mixed) + "\n")
    words = ["--outcome", "lost", "--value", "spend", "--by", "plan", "--quiet"]
    first, second = ppmc("backtest", "small.ppm", "small.csv", *words), ppmc("backtest", "small.ppm", os.path.join(folder, "small.csv"), "--chunk-size", "700", "--simd", "portable", "--unoptimised", *words)
    same = first[0] == second[0] == 0 and first[1] == second[1].replace(f"{folder}/".encode(), b"")
    report(f"small {seed}, in another order", None if same else f"exit {first[0]}, {second[0]}, or another page")


def small():
    for seed in range(12):
        chance = random.Random(seed)
        places = (1, 0, 3, 6)[seed % 4]
        open("small.ppm", "w").write(SMALL.replace("PLACES", str(places)))
        lines, outcomes = ["id,days,plan,spend,seats,region,lost"], []
        for i in range((9, 60, 700, 2)[seed % 4]):
            days, plan, spend = chance.choice([""] + list(range(-5, 60))), chance.choice(["pro", "basic", "team", "x", ""]), F(chance.randrange(120000), 100)
            lost = chance.random() < 0.2 + (0.3 if days != "" and days > 30 else 0) + (0.2 if spend < 300 else 0)
            outcomes.append(None if chance.random() < 0.05 else lost)
            lines.append(f"{i},{days},{plan},{float(spend):.2f},{chance.choice(['', 1, 2, 3, 5, 7, 0])},{chance.choice(['north', 'south'])},{ {None: '', True: 'TRUE', False: '0'}[outcomes[-1]]}")
        data = "\n".join(lines) + "\n"
        open("small.csv", "w").write(data)
        model = _related.RelatedModel("small.ppm", {"customers": _evaluate.read(data.encode())}, {}, None)
        rows = model.rows["customers"]
        if len(rows) > 100:
            order(seed, lines, chance)
        for wanted in (False, True):
            check(f"small {seed}, {'wanted' if wanted else 'not wanted'}", ["small.ppm", "small.csv", "--outcome", "lost"], rows, outcomes, wanted, ("spend", "per_seat", "seats"), ("plan", "seats", "late", "tier"))


# ---- pages: what the golden tests and examples.py expect ----------------------------------------------------------------------

def is_outcome(row, fields, name, values):
    if name in row.model.syntax["lets"] or name in row.model.scored["by_name"]:
        value = row.name(name, {})
        text = None if value is None else ("yes" if value else "no") if isinstance(value, bool) else _evaluate.show(value)
    else:
        text = fields[name] or None
    return None if text is None else text in values if values else text.lower() in ("yes", "true", "1")


def page_of(folder, words):
    """The page that a command line writes."""
    words, options = words[2:], {"--value": [], "--by": []}
    settings = {}
    for option in ("--outcome", "--value", "--by", "--format", "--set"):
        while option in words:
            at = words.index(option)
            value = words[at + 1]
            del words[at:at + 2]
            if option in ("--value", "--by"):
                options[option].append(value)
            elif option == "--set":
                settings.update([value.split("=", 1)])
            else:
                options[option] = value
    wanted = "--wanted" in words
    words = [word for word in words if not word.startswith("--")]
    model_text = open(os.path.join(folder, words[0]), encoding="utf-8").read()
    rows = [row for row, _ in rows_of("", folder, words, settings)]
    header, table = _evaluate.read(open(os.path.join(folder, words[1]), "rb").read())
    name, _, values = options["--outcome"].partition("=")
    outcomes = [is_outcome(row, dict(zip(header, fields)), name.strip("`"), values.split("|") if values else []) for row, fields in zip(rows, table)]
    model = rows[0].model
    lines = {r["name"]: next(i for i, line in enumerate(model_text.split("\n"), 1) if re.search(rf"\b{r['kind']}\s+{r['name']}\b", line)) for r in every_rule(model)}
    status, out, err = ppmc("backtest", "--quiet", *(os.path.join(folder, word) for word in words), "--format", "json", "--outcome", options["--outcome"])
    bands = json.loads(out, parse_float=str, parse_int=str) if not status else {"rules": []}  # for the names of bands
    mine = computed(rows, model, outcomes, wanted, options["--value"], bands, options["--by"])
    given = os.path.join(folder, "leaks")
    leaks = [line.rstrip("\n") for line in open(given, encoding="utf-8")] if os.path.exists(given) else []
    return _backtest.text(mine, options["--outcome"], words[1], _backtest.findings(mine, options["--outcome"], leaks), lines, model.syntax["places"], options.get("--format") == "markdown")


def pages(wanted, writes):
    top = os.path.join(_evaluate.TOP, "tests", "golden", "backtest")
    for name in PAGES:
        folder = os.path.join(top, name)
        if wanted and name not in wanted:
            continue
        words = shlex.split(open(os.path.join(folder, "cmd"), encoding="utf-8").read())
        page, expected = page_of(folder, words), os.path.join(folder, "expected.stdout")
        if writes:
            open(expected, "w", encoding="utf-8").write(page)
        stored = open(expected, encoding="utf-8").read() if os.path.exists(expected) else ""
        difference = next((f"line {i}: computed {a!r}, expected.stdout has {b!r}" for i, (a, b) in enumerate(zip(page.split("\n") + [None], stored.split("\n") + [None]), 1) if a != b), None)
        report(f"{name}, the page", difference)


# ---- real files --------------------------------------------------------------------------------------------------------------

def scored(model, data, outcome, columns):
    """{column: [value]} of a run, and what the backtest says."""
    status, out, err = ppmc(model, data, "--quiet", "--columns", ",".join(columns))
    said_status, said, said_err = ppmc("backtest", model, data, "--quiet", "--format", "json", "--outcome", outcome)
    if status or said_status:
        return None, f"exit {status}, {said_status}: {err[:300]}{said_err[:300]}"
    table = list(csv.reader(out.decode().splitlines()))
    return {name: [row[i] for row in table[1:]] for i, name in enumerate(table[0])}, json.loads(said, parse_float=str, parse_int=str)


def real(name, model, path, outcome, is_with, raw, published):
    """Scores, rules and tiers from a run; information from the file alone."""
    data = real_data(*path)
    if not data:
        return
    table = list(csv.reader(open(data, encoding="utf-8-sig", newline="")))
    fields = {field.strip(): [line[i] for line in table[1:]] for i, field in enumerate(table[0])}
    with_it = [is_with(fields, i) for i in range(len(table) - 1)]
    columns, said = scored(os.path.join(MODELS, model), data, outcome, ["score", "tier"])
    if columns is None:
        report(name, said)
        return
    customers = [{"with": w, "score": F(s), "tier": t, "dimensions": {}, "perspectives": {}, "segments": {}, "by": {}, "values": {}, "rules": {}} for w, s, t in zip(with_it, columns["score"], columns["tier"])]
    tiers = list(dict.fromkeys(t["name"] for t in said["tiers"]))
    mine = _backtest.backtest(customers, [], tiers, {})
    for key in ("dimensions", "perspectives", "segments", "by", "rules", "values"):
        mine.pop(key)
    report(f"{name}, {len(customers)} customers", _backtest.difference(mine, said))
    # by the raw columns: bands that part their values give the file's own information
    for rule, column in raw.items():
        told = next(r for r in said["rules"] if r["name"] == rule)
        groups = {}
        for value, w in zip(fields[column], with_it):
            groups.setdefault(value, [0, 0])[not w] += 1
        value = sum(_backtest.evidence(*g, sum(with_it), len(with_it) - sum(with_it))[1] for g in groups.values())
        problem = None if abs(value - Decimal(told["information_value"])) < Decimal("1e-10") else f"computed {value}, ppmc says {told['information_value']}"
        if rule in published and abs(Decimal(told["information_value"]) - Decimal(published[rule])) >= Decimal("0.0000005"):
            problem = f"{published[rule]} was published, ppmc says {told['information_value']}"
        report(f"{name}, information of {rule}", problem)
        counts = sorted([int(g["with"]), int(g["customers"]) - int(g["with"])] for g in told["groups"])
        report(f"{name}, counts of {rule}", None if counts == sorted(groups.values()) else f"computed {sorted(groups.values())}, ppmc says {counts}")


def main():
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    pages(wanted, "--write" in sys.argv)
    if not wanted or "small" in wanted:
        small()
    names = [word for word in wanted if word not in ("small", "real", *PAGES)]
    if names or not wanted:
        examples(names)
    if not wanted or "real" in wanted:
        real("german", "backtest_german.ppm", ("german", "germancredit.csv"), "creditability=bad", lambda f, i: f["creditability"][i] == "bad",
             {"checking": "status_of_existing_checking_account", "history": "credit_history", "purpose": "purpose"}, PUBLISHED)
        real("telco", "backtest_telco.ppm", ("telco_maven", "telecom_customer_churn.csv"), "Customerstatus=Churned", lambda f, i: f["Customerstatus"][i] == "Churned",
             {"contract": "Contract", "internet": "Internettype", "payment": "Paymentmethod"}, {})


if __name__ == "__main__":
    main()

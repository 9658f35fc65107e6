"""Random models over random tables: children and grandchildren, references, a tree, ranks, groups, metrics and summaries. The evaluator here goes
through all pairs of rows; ppmc must say the same for every row, with several threads, in small chunks and without fused instructions too.

    python3 tests/oracle/related_differential.py FIRST COUNT    other seeds than those of `make check`; what fails is left in a folder of its seed
"""
import concurrent.futures
import csv
import io
import os
import random
import subprocess
import sys
import traceback

import _evaluate
import _related
from _compare import PPMC, first_difference

FIRST, COUNT = 1, 100
VARIANTS = [["--threads", "3", "--chunk-size", "300"], ["--unoptimised"], ["--threads", "1", "--simd", "portable"], ["--memory", "1MB"]]
WORDS = ["red", "green", "blue", "teal", "Grün"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.derived = self.chance(0.15)  # customers come from the orders
        self.rows = {}
        # {dataset: {kind: [names that always have a value], [names that may be missing]}}
        self.names = {d: {k: ([], []) for k in ("number", "money", "percent", "text", "date", "flag")} for d in ("customers", "orders", "lines", "regions")}
        self.lines_of_model = []
        self.shown = []
        self.tree = False
        self.prospects = None  # with --against: the rows that are scored

    def pick(self, *items):
        return self.random.choice(items[0] if len(items) == 1 and isinstance(items[0], (list, tuple, str)) else items)

    def chance(self, p):
        return self.random.random() < p

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    # ---- tables
    def value(self, kind):
        if kind == "number":
            return self.pick(str(self.random.randint(-3, 6)), str(self.random.randint(0, 400) / 4), f"{self.random.uniform(-20, 90):.3f}", "0")
        if kind == "money":
            return self.pick(f"{self.random.randint(-200, 2000)}.{self.random.randint(0, 99):02d}", str(self.random.randint(0, 9) * 100), f"{self.random.randint(0, 90)}.{self.random.randint(0, 9999):04d}")
        if kind == "percent":
            return self.pick("0%", "12.5%", "50%", "100%", "-4%", "33%")
        if kind == "text":
            return self.pick(WORDS)
        if kind == "date":
            return f"{self.random.randint(2024, 2026)}-{self.random.randint(1, 12):02d}-{self.pick('01', '15', '28')}"
        return self.pick("yes", "no")

    def columns(self, dataset, kinds):
        """[(name, kind, optional)], declared."""
        made = []
        for kind in kinds:
            name = self.fresh(dataset[0] + kind[0] + kind[-1])
            optional = self.chance(0.4)
            made.append((name, kind, optional))
            self.names[dataset][kind][1 if optional else 0].append(name)
        return made

    def table(self, dataset, fixed, kinds, count):
        """fixed: [(name, declaration, values)]."""
        made = self.columns(dataset, kinds)
        header = [name for name, _, _ in fixed] + [name for name, _, _ in made]
        rows = [[values[i] for _, _, values in fixed] + ["" if optional and self.chance(0.25) else self.value(kind) for _, kind, optional in made] for i in range(count)]
        self.random.shuffle(rows)
        self.rows[dataset] = (header, rows)
        return [f"  {name} {declaration}" for name, declaration, _ in fixed] + [f"  {name} {kind}{' optional' if optional else ''}" for name, kind, optional in made]

    def keys(self, count, numeric, prefix):
        return [str(7 + 3 * i) if numeric else f"{prefix}{i + 1}" for i in range(count)]

    def tables(self):
        numeric = self.chance(0.2)
        size = 120 if self.chance(0.04) else self.pick(1, 3, 8, 15, 24)
        keys = self.keys(size, numeric, "C")
        regions = self.keys(self.random.randint(1, 4), False, "R")
        key_kind = "number" if numeric else "text"
        unknown = "9999" if numeric else "X9"
        body = self.table("regions", [("rid", "text key", regions)], ["number", "money", "text"], len(regions))
        self.lines_of_model += ["dataset regions {"] + body + ["}"]
        if self.derived:
            customers = ["dataset customers from orders by cid"]
        else:
            self.tree = self.chance(0.7)
            fixed = [("cid", f"{key_kind} key", keys), ("reg", "text optional references regions", [self.pick(regions + [""] + (["R77"] if self.chance(0.3) else [])) for _ in keys])]
            if self.tree:
                self.circles = self.chance(0.2)
                above = [self.pick(["", unknown] + (keys if self.circles else keys[:i]) * 2) if self.chance(0.75) and (i or self.circles) else "" for i in range(size)]
                fixed.append(("ref", f"{key_kind} optional", above))
            two = self.chance(0.15)
            if two:
                fixed.append(("site", "text optional", [self.pick("a", "b", "") for _ in keys]))
            body = self.table("customers", fixed, ["number", "number", "money", "money", "percent", "text", "text", "date", "flag"], size)
            customers = ["dataset customers {"] + body + ["}"]
        orders = self.pick(0, 5, 20, 45) if size < 100 else 300
        order_keys = self.keys(orders, False, "O")
        dated = self.chance(0.3)
        fixed = [("oid", "text key", order_keys), ("cid", f"{key_kind} optional", [self.pick(keys + [""] * (size // 8 + 1) + [unknown] * (size // 8)) for _ in order_keys]),
                 ("done", "date", [self.value("date") for _ in order_keys])]
        self.names["orders"]["date"][0].append("done")
        if not self.derived and two:
            fixed.append(("site", "text optional", [self.pick("a", "b", "a", "") for _ in order_keys]))
        refers = self.chance(0.4)
        if refers:
            fixed.append(("oreg", "text optional references regions", [self.pick(regions + ["", "R88"]) for _ in order_keys]))
        body = self.table("orders", fixed, ["number", "number", "money", "money", "text", "flag", "percent"], orders)
        if refers:
            for kind, (sure, unsure) in self.names["regions"].items():
                self.names["orders"][kind][1].extend(f"oreg.{name}" for name in sure + unsure)
        own = self.pick([], ["number"], ["money", "number"])
        self.lines_count = self.pick(0, 10, 50)
        has_lines = self.chance(0.7)
        lets = []
        if has_lines and self.chance(0.5):
            name = self.fresh("oz")
            lets.append(f"  let {name} = sum({{line_money}} over lines)")
            self.names["orders"]["money"][0].append(name)
        for kind in own:
            name = self.fresh("oy")
            lets.append(f"  let {name} = {self.arithmetic('orders', kind, 1)}")
            self.names["orders"][kind][1].append(name)
        if self.chance(0.3) and not self.derived:  # a child knows the names of its parent
            name = self.fresh("oup")
            lets.append(f"  let {name} = {self.name('customers', 'number')} + {self.name('orders', 'number')}")
            self.names["orders"]["number"][1].append(name)
        if self.chance(0.5) and not self.derived:
            name = self.fresh("ork")
            lets.append(f"  let {name} = rank({self.name('orders', self.pick('number', 'money', 'date'))}{self.pick('', ' desc')})")
            self.names["orders"]["number"][1].append(name)
        head = "dataset orders" + ("" if self.derived else " of customers by cid" + (", site" if two else "")) + (" dated done" if dated else "")
        lines_model = []
        if has_lines:
            fixed = [("oid", "text optional", [self.pick(order_keys + ["", "O999"]) for _ in range(self.lines_count)])]
            body_lines = self.table("lines", fixed, ["number", "money", "flag", "text"], self.lines_count)
            lines_model = ["dataset lines of orders by oid {"] + body_lines + ["}"]
            lets = [let.format(line_money=self.name("lines", "money")) if "{line_money}" in let else let for let in lets]
        else:
            del self.names["lines"]
        orders_model = [head + " {"] + body + lets + ["}"]
        if self.derived:
            self.lines_of_model += orders_model + customers + lines_model + ["score customers"]
        else:
            self.lines_of_model = customers + self.lines_of_model + orders_model + lines_model
            for kind, (sure, unsure) in self.names["regions"].items():
                self.names["customers"][kind][1].extend(f"reg.{name}" for name in sure + unsure)
            if self.tree:
                self.lines_of_model.append("tree brought by ref" + (" on cycle break" if self.circles else ""))
                self.names["customers"]["number"][0].append("depth")

    # ---- expressions about a row of a dataset
    def name(self, dataset, kind, sure=False):
        has, may = self.names[dataset][kind]
        choice = has if sure else has + may
        return self.pick(choice) if choice else None

    def literal(self, kind):
        return {"number": lambda: self.pick("0", "2", "5", "0.5", "30"), "money": lambda: self.pick("0", "100", "12.5"), "percent": lambda: self.pick("12.5%", "50%", "10%"), "text": lambda: f'"{self.pick(WORDS)}"',
                "date": lambda: self.pick("2025-06-30", "2024-12-31", "as_of"), "flag": lambda: self.pick("yes", "no")}[kind]()

    def arithmetic(self, dataset, kind, depth):
        name = self.name(dataset, kind)
        if name is None:
            return self.literal(kind)
        if depth == 0 or self.chance(0.35):
            return name
        def sub(k):
            return self.arithmetic(dataset, k, depth - 1)
        if kind == "number":
            return self.pick(lambda: f"({sub('number')} {self.pick('+-*')} {sub('number')})", lambda: f"({sub('number')} + {self.literal('number')})", lambda: f"({sub('money')} / {sub('money')})",
                             lambda: f"abs({sub('number')})", lambda: f"(if {self.flag(dataset)} then {sub('number')} else {sub('number')})", lambda: f"number({sub('percent')})", lambda: f"year({sub('date')})",
                             lambda: f"({sub('number')} default 3)")()
        if kind == "money":
            return self.pick(lambda: f"({sub('money')} {self.pick('+-')} {sub('money')})", lambda: f"({sub('money')} * {self.name(dataset, 'number') or '2'})", lambda: f"({sub('money')} * {self.name(dataset, 'percent') or '5%'})",
                             lambda: f"max({sub('money')}, 0)", lambda: f"({sub('money')} default 7.5)")()
        if kind == "date":
            return f"({name} + {self.pick('30 days', '1 month')})"
        return name

    def flag(self, dataset):
        """A condition that is never missing."""
        shapes = []
        for kind, relation in (("number", ["<", "<=", ">", ">=", "="]), ("money", ["<", ">="]), ("percent", [">", "<="]), ("text", ["=", "!="]), ("date", ["<", ">="])):
            sure, unsure = self.name(dataset, kind, True), self.name(dataset, kind)
            if sure:
                shapes.append(f"{sure} {self.pick(relation)} {self.literal(kind)}")
            if unsure and kind != "date":
                shapes.append(f"{unsure} is {self.pick('present', 'missing')}")
                shapes.append(f"({unsure} is present and {unsure} {self.pick(relation)} {self.literal(kind)})")
                shapes.append(f"({unsure} default {self.literal(kind)}) {self.pick(relation)} {self.literal(kind)}")
        sure = self.name(dataset, "flag", True)
        if sure:
            shapes += [sure, f"not {sure}"]
        shape = self.pick(shapes)
        return f"({shape} {self.pick('and', 'or')} {self.pick(shapes)})" if self.chance(0.2) else shape if " " not in shape else f"({shape})"

    # ---- figures over other rows, for a row of customers (outer None: of the company)
    def over(self, outer):
        choices = ["orders", "orders", "customers"] + (["lines"] * 2 if "lines" in self.names else []) + ["regions"] * (not self.derived)
        if self.tree and outer:
            choices += ["brought"] * 4
        return self.pick(choices)

    def aggregate(self, kind, outer="customers"):
        over = self.over(outer)
        inner = "customers" if over == "brought" else over
        if self.name(inner, kind) is None:
            over = inner = "orders"
        tail = f" over {over}"
        if self.chance(0.45):
            conditions = [self.flag(inner)]
            if over == "brought" and self.chance(0.6):
                conditions.append(f"level {self.pick('<= 1', '<= 2', '= 1', '= 2', '= 3', '> 1', '> 2', '< 2', '< 3')}")
            if outer and self.chance(0.25):
                mine, theirs = self.name("customers", "number", True), self.name(inner, "number", True)
                if mine and theirs:
                    conditions.append(f"{theirs} {self.pick('<', '>=')} {'this.' if inner == 'customers' else ''}{mine}")
            if over == "customers" and self.name("customers", "number") and self.chance(0.25):
                conditions.append(f"(rank({self.name('customers', 'number')} desc) <= 3 default no)".replace(" default no)", ") default no)").replace("(rank", "((rank", 1))
            tail += " where " + " and ".join(c if c.startswith("(") or " or " not in c else f"({c})" for c in self.random.sample(conditions, len(conditions)))
        if over == "customers" and outer and self.chance(0.6):
            group = self.name("customers", self.pick("text", "flag", "number")) or None
            tail += f" by {group}" if group else ""
        argument = self.arithmetic(inner, kind if kind in ("number", "money", "date", "percent") else "number", self.pick(0, 0, 1))
        if over == "brought" and kind in ("number", "money") and self.chance(0.4):
            argument = f"{argument} * {self.pick('50%', '50%', '30%', 'part')} ^ level" if kind == "money" else f"{argument} * level"
        if kind == "flag":
            return f"{self.pick('any', 'all')}({self.flag(inner)}{tail})"
        if kind == "date":
            return f"{self.pick('min', 'max')}({argument}{tail})"
        if kind == "text":
            order = self.name(inner, self.pick("number", "money", "date")) or self.name(inner, "number")
            text = self.name(inner, "text")
            if order is None or text is None:
                return self.name("customers", "text") or '"red"'
            return f"{self.pick('first', 'last')}({text}{tail} order by {order}{self.pick('', ' desc')})"
        if kind == "number":
            other = self.name(inner, self.pick("text", "money", "number", "flag"))
            shape = self.random.randint(0, 9)
            if shape == 0 or argument is None:
                return f"count({over}{tail.replace(' over ' + over, '', 1)})"
            if shape == 1 and other:
                return f"{self.pick('count', 'distinct')}({other}{tail})"
            if shape <= 4:
                return f"sum({argument}{tail})"
            if shape == 5:
                return f"{self.pick('min', 'max')}({argument}{tail})"
            if shape == 6:
                return f"round(quantile({argument}{tail}, {self.pick('0.25', '0.5', '0.75', '0.9')}), 6)"
            if shape == 7:
                return f"round(stddev({argument}{tail}), 5)"
            return f"round({self.pick('avg', 'median')}({argument}{tail}), 6)"
        shape = self.random.randint(0, 7)
        if shape <= 3:
            return f"sum({argument}{tail})"
        if shape == 4:
            return f"{self.pick('min', 'max')}({argument}{tail})"
        if shape == 5:
            return f"round(stddev({argument}{tail}), 4)"
        if shape == 6:
            return f"quantile({argument}{tail}, {self.pick('0.25', '0.75')})"
        return f"{self.pick('avg', 'median')}({argument}{tail})"

    def rank(self):
        """(a figure, its kind)."""
        kind = self.pick([k for k in ("number", "money", "date") if self.name("customers", k)] or ["number"])
        value = self.arithmetic("customers", kind, self.pick(0, 0, 1))
        tail = self.pick("", " desc", " asc")
        if self.chance(0.4):
            group = self.name("customers", self.pick("text", "flag"))
            tail += f" by {group}" if group else ""
        if self.chance(0.3):
            tail += f" where {self.flag('customers')}"
        function = self.pick("rank", "ntile", "percentile", "share", "running_share")
        if function in ("share", "running_share") and kind == "date":
            function = "rank"
        if function == "share":
            tail = tail.replace(" desc", "").replace(" asc", "")
        if function == "ntile":
            return f"ntile({self.random.randint(2, 6)}, {value}{tail})", "number"
        return f"{function}({value}{tail})", "number" if function == "rank" else "percent"

    def by(self):
        group = self.name("customers", self.pick("text", "flag"))
        return f" by {group}" if group and "." not in group else ""

    def let(self, text, kind, sure=False):
        name = self.fresh("v" + kind[0])
        self.lines_of_model.append(f"let {name} = {text}")
        self.names["customers"][kind][0 if sure else 1].append(name)
        self.shown.append((name, kind))

    def rule_condition(self):
        """One whose bounds are no secret: what a rule can award is part of the score."""
        kind = self.pick("number", "money")
        names = [n for part in self.names["customers"][kind] for n in part if (kind == "money" or n[0] != "v") and n[:3] != "all"]
        name = self.pick(names) if names else "(" + self.aggregate("money") + ")"
        return f"({name} default 0) > {self.pick('2', '5', '30')}"

    def summary(self):
        inner = self.pick(["customers", "customers", "orders"])
        name = self.fresh("s")
        groups = [g for g in (self.name(inner, "text"), self.name(inner, "flag"), self.name(inner, "date") and f"year({self.name(inner, 'date')})") if g and "." not in g]
        if not groups:
            return None
        groups = self.random.sample(groups, self.random.randint(1, min(2, len(groups))))
        where = f" where {self.flag(inner)}" if self.chance(0.4) else ""
        columns = ["rows = count()", f"kept = count(where {self.flag(inner)})"]
        for kind in ("money", "number"):
            column = self.name(inner, kind)
            if column:
                columns.append(f"{self.fresh('k')} = sum({column})")
                columns.append(f"{self.fresh('k')} = round({self.pick('avg', 'median', 'min', 'max')}({column}), 4)")
        if inner == "customers" and not self.derived and self.chance(0.3):
            date = self.name("customers", "date", True)
            if date:
                self.lines_of_model.append(f"summary {name} for each {self.pick('month', 'quarter', 'year')} p from 2024-11-15 to 2026-03-01 {{\n  came = count(where {date} between p.start and p.end)\n"
                                           f"  worth = sum({self.name('customers', 'money')} where {date} in p.start to p.end)\n  orders_done = sum({self.name('orders', 'money')} over orders where done between p.start and p.end)\n}}")
                return name
        order = f" order by {self.pick('count()', groups[0])}{self.pick('', ' desc')}" if self.chance(0.5) else ""
        self.lines_of_model.append(f"summary {name}{' over orders' if inner == 'orders' else ''} by {', '.join(groups)}{where}{order} {{\n  " + "\n  ".join(columns) + "\n}")
        return name

    def write(self):
        self.tables()
        for kind in self.random.sample(["number", "number", "money", "money", "flag", "date", "text", "money", "number"], 6):
            self.let(self.aggregate(kind), kind, False)
        for _ in range(2):
            self.let(*self.rank())
        metrics = []
        for kind in ("money", "number"):
            name = self.fresh("all")
            metrics.append((name, kind))
            self.lines_of_model.append(f"metric {name} = {self.aggregate(kind, None)}")
            self.names["customers"][kind][1].append(name)
        if self.chance(0.4):
            name = self.fresh("agree")
            figures = [self.pick([n for k in ("number", "percent") for part in self.names["customers"][k] for n in part if not n.startswith("all")]) for _ in range(3)]
            metrics.append((name, "number"))
            self.lines_of_model.append(f"metric {name} = " + (f"round(concordance({', '.join(figures)}), 9)" if self.chance(0.6) else f"round(correlation({figures[0]}, {figures[1]}), 6)"))
        for kind in self.random.sample(["number", "money", "flag", "number"], 2):  # figures over figures
            self.let(self.aggregate(kind), kind)
        self.let(*self.rank())
        if self.chance(0.5):
            self.let(self.arithmetic("customers", "number", 2), "number")
        rules = self.chance(0.4)
        if rules:
            for _ in range(self.random.randint(1, 3)):
                self.lines_of_model.append(f"{self.pick('reward', 'penalty')} {self.fresh('r')} {self.pick(5, 10, 2.5)} when {self.rule_condition()}")
            self.lines_of_model.append(f"tier high when score >= 60 or {self.flag('customers')}\ntier low otherwise")
            for text, kind in self.random.sample([("rank(score desc)", "number"), ("percentile(score)", "percent"), ("avg(score over customers)", "number"), ('count(customers where tier = "high" or tier is missing)', "number"),
                                                  ("max(points over customers)", "number"), (f"ntile(3, score{self.by()})", "number")], 2):
                self.let(f"round({text}, 6)", kind)
        if self.chance(0.4):
            money = self.name("customers", "money")
            if money:
                name = self.fresh("seg")
                self.lines_of_model.append(f"segment {name} {{\n  top when ({money} >= quantile({money} over customers, 0.75)) default no\n  middle when {self.flag('customers')}\n  rest otherwise\n}}")
                self.shown.append((name, "text"))
                self.names["customers"]["text"][0].append(name)
                self.let(f"sum({money} over customers by {name})", "money")
        if self.chance(0.3):
            figure = self.name("customers", "number")
            self.let(f"case {{ when {figure} > 5 : {self.arithmetic('customers', 'number', 1)}  when {self.flag('customers')} : 1  missing : -1  otherwise : {self.name('customers', 'number')} }}", "number")
        summaries = [s for s in (self.summary() for _ in range(self.pick(0, 1, 2))) if s]
        formats = {"money": ' format "0.000000"'}
        output = "output { cid " + ("" if self.derived else "reg ") + " ".join(name + (formats.get(kind, "") if self.chance(0.5) else "") for name, kind in self.shown + metrics) + (" score tier" if rules else "") + " }"
        if not self.derived and not self.tree and self.chance(0.3):
            header, rows = self.rows["customers"]
            cut = self.random.randint(0, len(rows))
            self.rows["customers"] = (header, rows[:cut])
            self.prospects = (header, rows[cut:])
        return "\n".join(["model random", "as of 2025-12-31", "param part = 25%"] + self.lines_of_model + [output]) + "\n", summaries


def run(folder, generator, summaries, *options):
    files = [f"{name}={name}.csv" for name in generator.rows if name != "customers"]
    for summary in summaries:
        options += ("--summary", f"{summary}={summary}.csv")
    scored = [] if generator.derived else ["prospects.csv", "--against", "customers.csv"] if generator.prospects else ["customers.csv"]
    result = subprocess.run([PPMC, "run", "model.ppm", *scored, *files, "--quiet", "-f", "csv", *options], stdin=subprocess.DEVNULL, capture_output=True, cwd=folder)
    out = {"": result.stdout.decode()}
    for summary in summaries:
        path = os.path.join(folder, summary + ".csv")
        out[summary] = open(path, encoding="utf-8", newline="").read() if os.path.exists(path) else ""
    return result.returncode, out, result.stderr.decode()


def difference(a, b):
    return next((f"{name or 'rows'}: {first_difference(a[name], b[name])}" for name in a if a[name] != b[name]), None)


def one(seed):
    """(verdict, words) for a seed."""
    generator = Generator(seed)
    model, summaries = generator.write()
    folder = os.path.join(os.getcwd(), f"seed-{seed}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.ppm"), "w", encoding="utf-8") as file:
        file.write(model)
    tables = dict(generator.rows, **({"prospects": generator.prospects} if generator.prospects else {}))
    for name, (header, rows) in tables.items():
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    status, out, err = run(folder, generator, summaries)
    if status:
        return "refused", f"exit {status}: {err.strip()}"
    variant = VARIANTS[seed % len(VARIANTS)]
    other = run(folder, generator, summaries, *variant)
    if other[:2] != (status, out):
        return "not ok", f"{' '.join(variant)}: {difference(out, other[1]) or f'exit {other[0]}: {other[2]}'}"
    files = {name: _evaluate.read(open(os.path.join(folder, name + ".csv"), "rb").read()) for name in generator.rows}
    try:
        computed = _related.RelatedModel(os.path.join(folder, "model.ppm"), files, prospects=generator.prospects)
        wanted = {"": computed.scored_csv(), **{name: computed.summary_csv(name) for name in summaries}}
    except Exception:
        return "not ok", "the evaluator failed: " + " | ".join(traceback.format_exc().splitlines()[-4:])
    problem = difference(wanted, out)
    return ("not ok", problem) if problem else ("ok", "")


def main():
    first, count = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (FIRST, COUNT)
    tally = {}
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 2) as pool:
        for seed, (verdict, words) in zip(range(first, first + count), pool.map(one, range(first, first + count), chunksize=4)):
            tally[verdict] = tally.get(verdict, 0) + 1
            if verdict == "not ok" or (verdict != "ok" and len(sys.argv) > 2):
                print(f"{verdict} seed {seed}: " + " | ".join(words.split("\n")))
    good = tally.get("ok", 0)
    print(f"{'ok' if good * 10 >= count * 8 else 'not ok'} {good} of {count} random models of related tables agree: {tally}")


if __name__ == "__main__":
    main()

"""Random models over related tables: children and grandchildren, references, a tree, ranks, figures of figures to some depth, a derived dataset, metrics, a summary. Each expression is written down twice, as the language has it
and as a Python function over rows in exact arithmetic, so that every row of the result can be held against what Python says. A model comes from its number alone.

    python3 tests/oracle/related_models.py 17 [COUNT]       only model 17 (and those after it), left in its files
"""
import csv
import datetime
import operator
import os
import random
import re
import sqlite3
import sys
from fractions import Fraction as F

from _compare import first_difference, ppmc, report
from _figures import lines, mean, median, ntile, percentile, present, quantile, rank, share, shown, stddev

MODELS = int(os.environ.get("PPM_MODELS", "150"))
AS_OF = datetime.date(2026, 6, 30)
WORDS = ["red", "green", "blue", "teal", "Red", "grün", "b b", "-"]
SCHEMA = {  # dataset: column, type, may be missing
    "customers": [("c_id", "key", False), ("c_n", "number", False), ("c_m", "money", False), ("c_o", "number", True), ("c_t", "text", True), ("c_d", "date", True), ("c_f", "flag", False), ("c_ref", "link", True),
                  ("c_region", "regions", True)],
    "orders": [("o_id", "key", False), ("o_customer", "link", True), ("o_n", "number", True), ("o_m", "money", True), ("o_q", "number", False), ("o_t", "text", False), ("o_d", "date", True), ("o_region", "regions", True)],
    "items": [("i_order", "link", False), ("i_n", "number", False), ("i_m", "money", True), ("i_t", "text", True)],
    "regions": [("r_id", "key", False), ("r_n", "number", True), ("r_m", "money", False), ("r_t", "text", False)],
}
TYPES = {"key": "text", "link": "text", "regions": "text"}


class Value:
    """An expression: its text, its type, whether it can be missing, and its value for a row (the outer row comes second)."""

    def __init__(self, text, kind, may_miss, of, simple=False, wide=False):
        self.text, self.kind, self.may_miss, self.of, self.simple, self.wide = text, kind, may_miss, of, simple, wide

    def __str__(self):
        return self.text if self.simple else f"({self.text})"


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.tables = {name: [] for name in SCHEMA}
        self.lets = {name: [] for name in [*SCHEMA, "kinds", "company"]}  # Values that are names of their own
        self.written = {name: [] for name in [*SCHEMA, "kinds", "company"]}
        self.fill()

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, p):
        return self.random.random() < p

    # ---- data
    def fill(self):
        r = self.random
        sizes = {"regions": r.randint(1, 5), "customers": r.randint(1, 24), "orders": r.randint(0, 60), "items": r.randint(0, 80)}
        ids = {"regions": [f"R{i}" for i in range(sizes["regions"])], "customers": [f"C{i}" for i in range(sizes["customers"])], "orders": [f"O{i}" for i in range(sizes["orders"])]}
        for name in SCHEMA:
            for at in range(sizes[name]):
                row = {}
                for column, kind, optional in SCHEMA[name]:
                    if optional and self.chance(0.2):
                        row[column] = None
                    elif kind == "key":
                        row[column] = ids[name][at]
                    elif kind == "regions":
                        row[column] = self.one(*ids["regions"], "R-unknown")
                    elif kind == "number":
                        row[column] = F(r.randint(-9, 30))
                    elif kind == "money":
                        row[column] = F(r.randint(-2_000, 90_000), 100)
                    elif kind == "text":
                        row[column] = self.one(*WORDS)
                    elif kind == "date":
                        row[column] = datetime.date(2026, 1, 1) + datetime.timedelta(r.randint(0, 230))
                    elif kind == "flag":
                        row[column] = self.chance(0.4)
                    elif column == "o_customer":
                        row[column] = self.one(*ids["customers"], "C-unknown")
                    elif column == "i_order":
                        row[column] = self.one(*ids["orders"], "O-unknown") if ids["orders"] else "O-unknown"
                    elif column == "c_ref":
                        row[column] = self.one(*ids["customers"][:at], "C-gone") if at else None
                self.tables[name].append(row)
            r.shuffle(self.tables[name])

    def link(self):
        """Rows get to know each other: `up` is the row that one belongs to, `down` the rows that belong to it, `region` the one referred to, `below` the tree's with their level."""
        tables = self.tables
        self.all_orders = tables["orders"] = [o for o in tables["orders"] if o["o_d"] is None or o["o_d"] <= AS_OF]
        by = {name: {row[SCHEMA[name][0][0]]: row for row in tables[name]} for name in ("customers", "orders", "regions")}
        for name, column, parent in (("orders", "o_customer", "customers"), ("items", "i_order", "orders")):
            for row in tables[parent]:
                row.setdefault("down", {})[name] = []
            for row in tables[name]:
                row["up"] = by[parent].get(row[column])
                if row["up"]:
                    row["up"]["down"][name].append(row)
        for row in tables["customers"]:
            row["down"]["items"] = [item for order in row["down"]["orders"] for item in order["down"]["items"]]
            row["region"], row["parent"] = by["regions"].get(row["c_region"]), by["customers"].get(row["c_ref"])
            row["below"] = []
        for row in tables["orders"]:
            row["region"] = by["regions"].get(row["o_region"])
        for row in tables["customers"]:
            level, above = 1, row["parent"]
            while above:
                above["below"].append((row, level))
                level, above = level + 1, above["parent"]
            row["depth"] = level - 1

    # ---- expressions
    def field(self, space, kind):
        """A column, let or reference of the dataset, or None."""
        choices = [value for value in self.lets[space] if value.kind == kind]
        for column, written, optional in SCHEMA.get(space, ()):
            if TYPES.get(written, written) == kind and written not in ("key", "link"):
                choices.append(Value(column, kind, optional, lambda row, _, column=column: row[column], True))
            if written == "regions":
                for other, what, optional_there in SCHEMA["regions"]:
                    if TYPES.get(what, what) == kind and what != "key":
                        choices.append(Value(f"{column}.{other}", kind, True, lambda row, _, other=other: row["region"] and row["region"][other], True))
        if space == "orders":  # of the row that it belongs to: missing for an orphan
            choices += [Value(column, kind, True, lambda row, _, column=column: row["up"] and row["up"][column], True) for column, written, _ in SCHEMA["customers"] if written == kind]
        if space == "customers" and kind == "number":
            choices.append(Value("referrals.depth", kind, False, lambda row, _: F(row["depth"]), True))
        return self.one(*choices) if choices else None

    def constant(self, kind):
        r = self.random
        if kind == "number":
            n = r.randint(0, 20)
            return Value(str(n), kind, False, lambda *_: F(n), True)
        if kind == "money":
            n = r.randint(0, 600)
            return Value(str(n), kind, False, lambda *_: F(n), True)
        if kind == "text":
            t = self.one(*WORDS)
            return Value(f'"{t}"', kind, False, lambda *_: t, True)
        d = datetime.date(2026, 1, 1) + datetime.timedelta(r.randint(0, 230))
        return Value(d.isoformat(), kind, False, lambda *_: d, True)

    def value(self, space, kind, depth, outer=None):
        """Of a row of `space`; `outer`: the dataset whose rows `this.` means."""
        if kind == "flag":
            return self.flag(space, depth, outer)
        roll = self.random.random()
        if outer and roll < 0.12:
            v = self.field(outer, kind)
            if v and "." not in v.text:
                return Value("this." + v.text, kind, v.may_miss, lambda row, out, v=v: v.of(out, None), True, v.wide)
        if depth <= 0 or roll < 0.3:
            return self.field(space, kind) or self.constant(kind)
        if roll < 0.62 and not outer:
            made = self.figure(space, kind, depth)
            if made:
                return made
        a = self.value(space, kind, depth - 1, outer)
        if roll < 0.72 and a.may_miss and not a.text.startswith("-"):
            c = self.constant(kind)
            return Value(f"{a} default {c}", kind, False, lambda row, out: c.of() if a.of(row, out) is None else a.of(row, out), wide=a.wide)
        if roll < 0.82:
            f, b = self.flag(space, depth - 1, outer), self.value(space, kind, depth - 1, outer)
            if f and not (a.text[0].isdigit() and b.text[0].isdigit()):
                def pick(row, out):
                    condition = f.of(row, out)
                    return None if condition is None else a.of(row, out) if condition else b.of(row, out)
                return Value(f"if {f} then {a} else {b}", kind, a.may_miss or b.may_miss or f.may_miss, pick, wide=a.wide or b.wide)
        if kind in ("number", "money"):
            sign = self.one("+", "-")
            b = self.value(space, kind, depth - 1, outer)

            def add(row, out):
                x, y = a.of(row, out), b.of(row, out)
                return None if x is None or y is None else x + y if sign == "+" else x - y
            if kind == "number" or not (a.text.isdigit() or b.text.isdigit()):
                return Value(f"{a} {sign} {b}", kind, a.may_miss or b.may_miss, add, wide=a.wide or b.wide)
        return a

    def flag(self, space, depth, outer=None, solid=False):
        roll = self.random.random()
        if roll < 0.15 and not solid:
            v = self.field(space, "flag")
            if v:
                return v
        if depth > 0 and roll < 0.35:
            a, b, word = self.flag(space, depth - 1, outer, solid), self.flag(space, depth - 1, outer, solid), self.one("and", "or")

            def meet(row, out):
                flags, ends = (a.of(row, out), b.of(row, out)), word == "or"
                return ends if ends in flags else None if None in flags else not ends
            return Value(f"{a} {word} {b}", "flag", a.may_miss or b.may_miss, meet)
        kind = self.one("number", "number", "money", "date", "text")
        a = self.value(space, kind, depth - 1, outer)
        while a.text[0] in '"0123456789':
            a = self.field(space, kind) or self.field(space, "number")
            kind = a.kind
        if solid and a.may_miss:
            c, inner = self.constant(kind), a
            a = Value(f"{inner} default {c}", kind, False, lambda row, out: c.of() if inner.of(row, out) is None else inner.of(row, out))
        if not solid and a.may_miss and self.chance(0.15):
            return Value(f"{a} is missing", "flag", False, lambda row, out: a.of(row, out) is None)
        b = self.constant(kind)
        if not solid and self.chance(0.3):
            b = self.value(space, kind, 0, outer)
        word = self.one("=", "!=") if kind == "text" else self.one("<", "<=", ">", ">=")

        test = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[word]

        def compare(row, out):
            x, y = a.of(row, out), b.of(row, out)
            return None if x is None or y is None else test(x, y)
        return Value(f"{a} {word} {b}", "flag", a.may_miss or b.may_miss, compare)

    # ---- figures over rows
    def figure(self, space, kind, depth):
        if kind == "number" and self.chance(0.3) and space in ("customers", "orders", "kinds"):
            return self.place(space, depth)
        r = self.random.random()
        if space == "customers":
            over = self.one("orders", "items", "customers", "referrals", "regions", "orders")
        elif space == "company":
            over = self.one("orders", "items", "customers", "regions")
        elif space == "kinds":
            over = self.one("orders", "orders", "items", "kinds", "regions")
        elif space == "orders":
            over = self.one("items", "items", "regions")
        else:
            return None
        inner = {"referrals": "customers"}.get(over, over)
        name = {"number": self.one("sum", "avg", "min", "max", "median", "quantile", "count", "distinct", "first", "last", "stddev"), "money": self.one("sum", "avg", "min", "max", "median", "quantile", "first", "last", "stddev"),
                "date": self.one("min", "max", "first", "last"), "text": self.one("first", "last")}[kind]
        if name in ("first", "last") and (inner == "items" or inner == "kinds"):  # without a key, ties would stand by row
            name = "max" if kind != "text" else None
        if not name:
            return None
        # `this.` would pair every row with every other: only over a customer's own rows, or all of a small dataset
        outer = space if self.chance(0.2) and space in SCHEMA else None
        where = self.flag(inner, depth - 1 if not outer else 0, outer, solid=True) if self.chance(0.5) else None
        value = self.value(inner, kind if name not in ("count", "distinct") else self.one("number", "money", "text", "date"), min(depth - 1, 1) if not outer else 0, outer if name not in ("first", "last") else None)
        if value.text[0] in '"0123456789':
            value = self.field(inner, value.kind)
            if not value:
                return None
        by = self.field("customers", self.one("text", "number", "flag")) if over == space == "customers" and self.chance(0.7) else None
        if by and "." in by.text:
            by = None
        level = self.random.randint(1, 3) if over == "referrals" and self.chance(0.4) else None
        order = self.field(inner, self.one("date", "number", "money")) if name in ("first", "last") else None
        if name in ("first", "last") and not order:
            return None
        p = self.one(10, 25, 50, 90)
        text = f"count({over}" if name == "count" else f"{name}({value} over {over}"
        conditions = [str(where)] if where else []
        if level:
            conditions.append(f"level <= {level}")
        if conditions:
            text += " where " + " and ".join(conditions)
        if by:
            text += f" by {by}"
        descending = order and self.chance(0.5)
        if order:
            text += f" order by {order}" + (" desc" if descending else "")
        text += f", {p}%)" if name == "quantile" else ")"
        key = SCHEMA[inner][0][0] if inner in SCHEMA else "kind"

        def rows(row):
            if over == "referrals":
                return [other for other, far in row["below"] if not level or far <= level]
            if over == space == "customers":
                return [other for other in self.tables["customers"] if not by or by.of(other, None) == by.of(row, None)]
            return self.tables[over] if over in ("regions", "kinds") or space == "company" else row["down"][over]

        def compute(row, _):
            if by and by.of(row, None) is None:
                return None  # which group it is in is not known
            some = [other for other in rows(row) if not where or where.of(other, row)]
            if name == "count":
                return F(len(some))
            if order:
                some = [other for other in some if order.of(other, row) is not None and value.of(other, row) is not None]
                some.sort(key=lambda other: other[key].encode())
                some.sort(key=lambda other: order.of(other, row), reverse=bool(descending))
                return value.of(some[0 if name == "first" else -1], row) if some else None
            values = present(value.of(other, row) for other in some)
            return {"sum": sum, "avg": mean, "min": lambda v: min(v, default=None), "max": lambda v: max(v, default=None), "median": median, "quantile": lambda v: quantile(v, F(p, 100)),
                    "distinct": lambda v: F(len(set(v))), "stddev": stddev}[name](values)
        return Value(text, kind, name not in ("sum", "count", "distinct") or bool(by and by.may_miss), self.kept(compute), True, wide=kind == "money" and name in ("avg", "median", "quantile", "stddev"))

    def kept(self, compute):
        """Computed once a row."""
        memory = {}

        def of(row, outer):
            if id(row) not in memory:
                memory[id(row)] = compute(row, outer)
            return memory[id(row)]
        return of

    def place(self, space, depth):
        name, descending = self.one("rank", "ntile", "percentile", "share", "running_share"), self.chance(0.5)
        value = self.value(space, self.one("number", "money"), min(depth - 1, 1))
        if value.text[0] in '"0123456789':
            value = self.field(space, "number")
        where = self.flag(space, 1, solid=True) if self.chance(0.4) else None
        by = self.field(space, self.one("text", "number")) if self.chance(0.4) else None
        tiles = self.random.randint(2, 5)
        text = f"{name}({f'{tiles}, ' if name == 'ntile' else ''}{value}{' desc' if descending and name != 'share' else ''}{f' by {by}' if by else ''}{f' where {where}' if where else ''})"
        memory = {}
        key = SCHEMA[space][0][0] if space in SCHEMA else "kind"

        def compute():
            wrapped = [{"row": row, "id": row[key].encode()} for row in self.tables[space] if space != "orders" or row["up"]]
            options = {"by": lambda w: (w["row"]["o_customer"] if space == "orders" else None, by.of(w["row"], None) if by else None), "where": (lambda w: where.of(w["row"], None)) if where else None,
                       "descending": descending and name != "share", "key": lambda w: w["id"]}
            of = self.kept(lambda row, _: value.of(row, None))
            figure = lambda w: of(w["row"], None)
            if name == "rank":
                rank(wrapped, figure, "place", **options)
            elif name == "ntile":
                ntile(wrapped, tiles, figure, "place", **options)
            elif name == "percentile":
                percentile(wrapped, figure, "place", **options)
            else:
                share(wrapped, figure, "place", running=name == "running_share", **options)
            memory.update({id(w["row"]): None if w["place"] is None else F(w["place"]) for w in wrapped})

        def of(row, _):
            if not memory:
                compute()
            return memory.get(id(row))
        return Value(text if name in ("rank", "ntile") else f"number({text})", "number", True, of, True)

    # ---- the model
    def name(self, space, value, out):
        self.count += 1
        name = f"{space[0]}_v{self.count}"
        self.written[space].append(f"let {name} = {value.text}")
        self.lets[space].append(Value(name, value.kind, value.may_miss, value.of, True, value.wide))
        out.append(self.lets[space][-1])

    def kinds(self):
        """Nobody's file: a row for each text of the orders."""
        some = {}
        for order in self.tables["orders"]:
            some.setdefault(order["o_t"], []).append(order)
        self.tables["kinds"] = [{"kind": kind, "down": {"orders": some[kind], "items": [item for order in some[kind] for item in order["down"]["items"]]}} for kind in sorted(some, key=str.encode)]
        out = []
        self.name("kinds", Value("count(orders)", "number", False, lambda row, _: F(len(row["down"]["orders"]))), out)
        for _ in range(self.random.randint(1, 5)):
            value = self.value("kinds", self.one("number", "money", "date", "flag"), 2)
            if value.text[0] not in '"0123456789':
                value.text = re.sub(r"(?<![\w.])o_t\b", "orders.o_t", value.text)  # the kinds have a column of that name, too
                self.name("kinds", value, out)
        return out

    def summary(self):
        """(text, rows) of a second table: figures of groups, in their order; what is missing is a group of its own, the last."""
        space = self.one("customers", "orders", "items")
        by = [value for value in (self.field(space, self.one("text", "number", "date", "flag")) for _ in range(self.random.randint(1, 2))) if value and "." not in value.text]
        if not by or len({value.text for value in by}) < len(by):
            return None
        where = self.flag(space, 1, solid=True) if self.chance(0.3) else None
        columns = []
        for at in range(self.random.randint(1, 4)):
            name = self.one("count", "count where", "sum", "avg", "max", "distinct", "median")
            value, test = self.value(space, self.one("number", "money"), 1), self.flag(space, 1, solid=True)
            if name not in ("count", "count where") and value.text[0] in '"0123456789':
                value = self.field(space, "number")
            figure = {"count": "count()", "count where": f"count(where {test})"}.get(name, f"{name}({value})")

            def compute(rows, name=name, value=value, test=test):
                if name.startswith("count"):
                    return F(sum(1 for row in rows if name == "count" or test.of(row, None)))
                values = present(value.of(row, None) for row in rows)
                return {"sum": sum, "avg": mean, "max": lambda v: max(v, default=None), "distinct": lambda v: F(len(set(v))), "median": median}[name](values)
            columns.append((f"s{at} = {figure}", compute, value.kind if name not in ("count", "count where", "distinct") else "number"))
        groups = {}
        for row in self.tables[space]:
            if not where or where.of(row, None):
                groups.setdefault(tuple(value.of(row, None) for value in by), []).append(row)

        def order(key):
            return [(part is None, part.encode() if isinstance(part, str) else part if part is not None else 0) for part in key]
        rows = [[*(shown(part, 2 if value.kind == "money" else None) for part, value in zip(key, by)), *(shown(compute(groups[key]), 2 if kind == "money" else None) for _, compute, kind in columns)]
                for key in sorted(groups, key=order)]
        text = f"summary groups over {space} by {', '.join(value.text for value in by)}{f' where {where}' if where else ''} {{\n" + "".join(f"  {column}\n" for column, _, _ in columns) + "}"
        return text.replace(" over customers", "", 1) if space == self.scored else text, rows

    def model(self):
        """(model, result, (metrics' names, cells) or None, rows of the summary or None)."""
        self.link()
        out, ignored = [], []
        for _ in range(self.random.randint(3, 9)):
            space = self.one("customers", "customers", "customers", "orders", "items")
            value = self.value(space, self.one("number", "number", "money", "date", "text", "flag"), self.random.randint(1, 3))
            if value.text[0] not in '"0123456789':
                self.name(space, value, out if space == "customers" else ignored)
        while not out:
            value = self.figure("customers", "money", 2)
            if value:
                self.name("customers", value, out)
        tree = any("referrals" in let for lets in self.written.values() for let in lets)
        self.scored = "customers"
        if not tree and self.chance(0.4):
            kinds = self.kinds()
            if kinds:
                self.scored, out = "kinds", kinds
        summary = self.summary() if self.chance(0.4) else None
        metrics = [value for value in (self.figure("company", self.one("number", "money", "date"), 1) for _ in range(self.random.randint(0, 2))) if value]
        tree = tree or any("referrals" in text for text in [summary[0] if summary else "", *(value.text for value in metrics)])
        if tree and self.scored == "kinds":
            summary, metrics, tree = None, [], False
        text = ["model related", f"as of {AS_OF}"]
        heads = {"customers": "dataset customers", "orders": "dataset orders of customers by o_customer dated o_d", "items": "dataset items of orders by i_order", "regions": "dataset regions"}
        for space, head in heads.items():
            text.append(head + " {")
            for column, kind, optional in SCHEMA[space]:
                text.append(f"  {column} {TYPES.get(kind, kind)}" + (" key" if kind == "key" else "") + (" optional" if optional else "") + (" references regions" if kind == "regions" else ""))
            text += ["  " + let for let in self.written[space]] + ["}"]
        text += ["tree referrals by c_ref"] if tree else []
        text += ["dataset kinds from orders by o_t", "score kinds", *self.written["kinds"]] if self.scored == "kinds" else []
        text += [f"metric metric_{at} = {value.text}" for at, value in enumerate(metrics)] + ([summary[0]] if summary else [])
        key, column = ("kind", "o_t") if self.scored == "kinds" else ("c_id", "c_id")
        text.append(f"output {{ {column} " + " ".join(value.text + (' format "0.000000"' if value.kind == "number" else ' format "0.0000"' if value.kind == "money" else "") for value in out) + " }")
        cells = [[row[key], *(shown(value.of(row, None), {"number": 6, "money": 4}.get(value.kind)) for value in out)] for row in self.tables[self.scored]]
        company = {}
        return ("\n".join(text) + "\n", lines([column, *(value.text for value in out)], cells),
                lines([f"metric_{at}" for at in range(len(metrics))], [[shown(value.of(company, None), 2 if value.kind == "money" else None) for value in metrics]]) if metrics else None,
                summary[1] if summary else None)


def write_table(path, columns, rows):
    def cell(value):
        return "" if value is None else f"{float(value):.2f}".rstrip("0").rstrip(".") if isinstance(value, F) else shown(value)
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n" + "".join(",".join(cell(row[column]) for column in columns) + "\n" for row in rows))


def run(seed):
    writer = Writer(seed)
    everything = {name: list(rows) for name, rows in writer.tables.items()}  # rows after the day of the model are in the file all the same
    text, wanted, metrics, summary = writer.model()
    with open("model.ppm", "w", encoding="utf-8") as file:
        file.write(text)
    for name in SCHEMA:
        write_table(name + ".csv", [column for column, _, _ in SCHEMA[name]], everything[name])
    files = [f"{name}={name}.csv" for name in SCHEMA if f"dataset {name} " in text]
    for options in ((), ("--unoptimised", "--threads", "1"), ("--threads", "3", "--memory", "1KB", "--chunk-size", "700")):
        more = (["--metrics", "metrics.csv"] if metrics else []) + (["--summary", "groups=groups.csv"] if summary is not None else [])
        status, out, err = ppmc("--quiet", *options, *more, "model.ppm", *files)
        problem = f"exit {status}: {err}" if status else first_difference(wanted, out.decode())
        if metrics and not problem:
            problem = first_difference(metrics, open("metrics.csv", encoding="utf-8").read())
        if summary is not None and not problem:
            got = list(csv.reader(open("groups.csv", encoding="utf-8", newline="")))
            problem = first_difference(lines(got[0], summary), lines(got[0], got[1:]))
        if problem:
            return f"{' '.join(options)}: {problem}"
    return None


def check_figures():
    """The definitions in Python against SQLite's window functions: two that cannot have the same mistake."""
    numbers, connection = random.Random(5), sqlite3.connect(":memory:")
    rows = [{"id": f"C{i}", "part": numbers.choice("abc"), "value": F(numbers.randrange(12))} for i in range(200)]
    connection.execute("create table t (id, part, value integer)")
    connection.executemany("insert into t values (?, ?, ?)", [(row["id"], row["part"], int(row["value"])) for row in rows])
    value, by, key = (lambda row: row["value"]), (lambda row: row["part"]), (lambda row: row["id"])
    rank(rows, value, "rank", by=by)
    ntile(rows, 7, value, "ntile", by=by, descending=True, key=key)
    percentile(rows, value, "percentile", by=by)
    share(rows, value, "running", running=True, by=by, descending=True, key=key)
    wanted = {row[0]: row[1:] for row in connection.execute(
        "select id, rank() over (partition by part order by value), ntile(7) over (partition by part order by value desc, id), percent_rank() over (partition by part order by value), "
        "1.0 * sum(value) over (partition by part order by value desc, id rows unbounded preceding) / sum(value) over (partition by part) from t")}
    bad = [row["id"] for row in rows if (row["rank"], row["ntile"]) != wanted[row["id"]][:2] or abs(float(row["percentile"]) - wanted[row["id"]][2]) > 1e-12 or abs(float(row["running"]) - wanted[row["id"]][3]) > 1e-12]
    report("ranks in Python and in SQLite", bad[0] if bad else None)


def main():
    check_figures()
    if len(sys.argv) > 1:
        first = int(sys.argv[1])
        for seed in range(first, first + (int(sys.argv[2]) if len(sys.argv) > 2 else 1)):
            report(f"model {seed}", run(seed))
        return
    problems = [(seed, problem) for seed in range(MODELS) if (problem := run(seed))]
    for seed, problem in problems[:5]:
        report(f"model {seed}", problem)
    if not problems:
        print(f"ok {MODELS} models")


if __name__ == "__main__":
    main()

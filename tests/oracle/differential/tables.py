"""Random figures over related tables and ranks, written for ppmc and as SQL: what a database was made for, it computes independently. Customers have orders; a figure is of a customer's own orders, of all
orders, or of the customers that share a value; ranks go over all customers or within groups. (related_differential.py has much more, computed in Python.)"""
import csv
import io
import os
import random

import databases
import pairs
import written
from models import Generator, Model
from sql import Sql, Unsaid, Value
from trees import KINDS, Node

COUNTS = {"customers": [1, 3, 9, 25], "orders": [0, 4, 20, 70]}


class Part(Generator):
    """One of the tables: columns, rows, and expressions over them alone."""

    def __init__(self, random, prefix):
        self.random, self.count, self.apart, self.depth_limit = random, 0, False, 1
        self.names, self.model = {kind: [] for kind in KINDS}, Model()
        for kind, count in (("n", 3), ("m", 2), ("p", 1), ("t", 2), ("d", 2), ("f", 1), ("u", 1), ("o", 1), ("r", 1), ("q", 1)):
            for i in range(count):
                self.column(f"{prefix}_{kind}{i}", kind)
        for column in self.model.columns:  # values alone are of interest here, and all of them
            column.header = None
            column.format = column.format if column.kind == "o" else None

    def of_kind(self, kinds, depth=1):
        kind = self.pick(kinds)
        return self.expression(kind, depth) if self.chance(0.4) else self.name(kind)

    def condition(self):
        """One that is never missing."""
        return Node("default_f", "f", [self.expression("f", 1), Node("literal", "f", (), "no")])


class Tables:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.customers, self.orders = Part(self.random, "c"), Part(self.random, "o")
        count = self.pick(COUNTS["customers"])
        self.customers.model.rows = [[self.customers.value(c) for c in self.customers.model.columns] for _ in range(count)]
        self.orders.model.rows = [[self.orders.value(c) for c in self.orders.model.columns] for _ in range(self.pick(COUNTS["orders"]))]
        self.owners = [self.pick([f"C{self.random.randint(0, count - 1)}"] * 5 + ["", "X"]) for _ in self.orders.model.rows]
        self.figures = [self.figure() for _ in range(6)] + [self.rank() for _ in range(3)]

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def figure(self):
        function = self.pick(["sum", "sum", "sum", "avg", "min", "max", "count", "count of", "any", "all", "distinct", "first", "last", "median", "quantile"])
        over = self.pick(["orders", "orders", "all orders", "customers"])
        part = self.customers if over == "customers" else self.orders
        kinds = {"sum": "nmpu", "avg": "nm", "min": "nmd", "max": "nmpd", "median": "n", "quantile": "n", "any": "f", "all": "f", "count of": "t", "distinct": "ntd", "first": "tnm", "last": "td"}.get(function, "n")
        where = part.condition() if self.chance(0.5) else None
        group = self.customers.name(self.pick("tf")).data if over == "customers" and self.chance(0.7) else None
        return {"function": function, "over": over, "x": part.of_kind(kinds), "where": where, "group": group, "order": part.name("d").data, "down": self.chance(0.4), "part": part}

    def rank(self):
        return {"function": self.pick(["rank", "rank", "ntile", "percentile", "share", "running_share"]), "x": self.customers.of_kind("nnm"), "where": self.customers.condition() if self.chance(0.3) else None,
                "group": self.customers.name(self.pick("tf")).data if self.chance(0.4) else None, "down": self.chance(0.5), "over": None, "part": self.customers}

    # ---- as a model
    def files(self):
        writer = written.Writer(self.customers.model)
        lines = ["as of 2026-06-30", "dataset customers {", "  id text key", *map(writer.column, self.customers.model.columns), "}",
                 "dataset orders of customers by customer {", "  order_id text key", "  customer text optional", *map(writer.column, self.orders.model.columns), "}", "dataset every from \"orders.csv\" {", "  order_id text key",
                 *(writer.column(c) for c in self.orders.model.columns), "}"]
        for i, f in enumerate(self.figures):
            lines.append(f"let v{i} = " + self.ppm(f, writer))
        lines.append("output { id " + " ".join(f"v{i}" for i in range(len(self.figures))) + " }")
        data = {}
        for name, part, first in (("data", self.customers, [(f"C{i}",) for i in range(len(self.customers.model.rows))]), ("orders", self.orders, [(f"O{i:03}", owner) for i, owner in enumerate(self.owners)])):
            head = (["id"] if name == "data" else ["order_id", "customer"]) + [c.name for c in part.model.columns]
            data[name + ".csv"] = "".join(",".join(map(written.cell, row)) + "\n" for row in [head] + [[*keys, *(text for text, _ in row)] for keys, row in zip(first, part.model.rows)])
        return {"model.ppm": "\n".join(lines) + "\n", **data}

    def ppm(self, f, writer):
        x, function = writer.expression(f["x"]), f["function"]
        where = f" where {writer.expression(f['where'])}" if f["where"] else ""
        group = f" by {f['group']}" if f["group"] else ""
        if f["over"] is None:
            down = " desc" if f["down"] and function != "share" else ""
            return f"{'ntile(3, ' if function == 'ntile' else function + '('}{x}{down}{group}{where})"
        over = {"orders": "orders", "all orders": "every", "customers": "customers"}[f["over"]]
        if function == "count":
            return f"count({over}{where}{group})"
        if function == "quantile":
            return f"quantile({x} over {over}{where}{group}, 0.25)"
        order = f" order by {f['order']}{' desc' if f['down'] else ''}" if function in ("first", "last") else ""
        return f"{'count' if function == 'count of' else function}({x} over {over}{where}{group}{order})"

    # ---- as SQL
    def sql(self, f, dialect):
        """(text of a column of customers c, kind, scale, how near)."""
        part, function = f["part"], f["function"]
        sql = Sql(part.model, dialect)
        lite, value = sql.lite, sql.tree(f["x"])
        x, kind = str(value), f["x"].kind
        where = f"({sql.tree(f['where'])})" if f["where"] else "1 = 1"
        if f["over"] is None:
            by = sql.as_decimal(x) if kind == "n" else x
            inner = f"SELECT row_number, {x} AS x, {by} AS place, {f['group'] or '0'} AS part FROM c WHERE {where} AND ({x}) IS NOT NULL"
            way = "DESC" if f["down"] else "ASC"
            over = f"(PARTITION BY part ORDER BY place {way})"
            ties = f"(PARTITION BY part ORDER BY place {way}, 'C' || row_number)"
            real = "CAST({} AS REAL)" if lite else "({})::DOUBLE"
            text = {"rank": f"rank() OVER {over}", "ntile": f"ntile(3) OVER {ties}", "percentile": f"percent_rank() OVER {over}", "share": f"{real.format('x')} / NULLIF(sum(x) OVER (PARTITION BY part), 0)",
                    "running_share": f"{real.format(f'sum(place) OVER {ties[:-1]} ROWS UNBOUNDED PRECEDING)')} / NULLIF({real.format('sum(place) OVER (PARTITION BY part)')}, 0)"}[function]
            return f"(SELECT y FROM (SELECT row_number, {text} AS y FROM ({inner})) r WHERE r.row_number = c.row_number)", "n" if function in ("rank", "ntile") else "p", 0, 1e-12
        table = "c AS o" if part is self.customers else "o"
        mine = {"orders": "o.customer = 'C' || c.row_number", "all orders": "1 = 1", "customers": f"o.\"{f['group']}\" = c.\"{f['group']}\"" if f["group"] else "1 = 1"}[f["over"]]
        key = "'C' || o.row_number" if part is self.customers else "o.row_number"  # equal rows stand in the order of their keys, which are texts
        inner = f"SELECT {key} AS place, o.\"{f['order']}\" AS day, {mine_of(x, part, self)} AS x FROM {table} WHERE {mine} AND {mine_of(where, part, self)}"
        near = 0
        if function == "count":
            text = "count(*)"
        elif function == "count of":
            text = "count(x)"
        elif function == "sum":
            text, near = "coalesce(sum(x), 0)", 1e-12
        elif function == "avg":
            text, near = ("avg(x)", 1e-12) if kind == "n" else (sql.half_away(f"(sum(x) * {10000 if lite else 1})", "count(x)"), 0)
            if kind == "m" and lite:
                value = Value(value.text, value.scale + 4)  # rounded once, on its way to what is shown
            if kind == "m":
                text = f"CASE WHEN count(x) > 0 THEN {text} END"
        elif function in ("min", "max"):
            text = f"{function}(x)"
        elif function in ("any", "all"):
            text = f"coalesce({'max' if function == 'any' else 'min'}(x), {0 if function == 'any' else 1})" if lite else f"coalesce({'bool_or' if function == 'any' else 'bool_and'}(x), {'FALSE' if function == 'any' else 'TRUE'})"
        elif function == "distinct":
            text = f"count(DISTINCT {sql.as_decimal('x') if kind == 'n' else 'x'})"
        elif lite:
            raise Unsaid
        elif function in ("median", "quantile"):
            text, near = f"quantile_cont(x, {0.5 if function == 'median' else 0.25})", 1e-12
        else:
            text = f"{function}(x ORDER BY day {'DESC' if f['down'] else 'ASC'}, place) FILTER (x IS NOT NULL AND day IS NOT NULL)"
        if f["group"] and f["over"] == "customers":
            text = f"CASE WHEN c.\"{f['group']}\" IS NOT NULL THEN ({{}}) END".format(f"SELECT {text} FROM ({inner})")
        else:
            text = f"(SELECT {text} FROM ({inner}))"
        return text, {"count": "n", "count of": "n", "distinct": "n", "any": "f", "all": "f"}.get(function, kind), value.scale, near


def mine_of(text, part, tables):
    """Names of columns are those of the inner rows."""
    for column in part.model.columns:
        text = text.replace(f'"{column.name}"', f'o."{column.name}"')
    return text


def load(tables, dialect, connection):
    for name, part in (("c", tables.customers), ("o", tables.orders)):
        sql = Sql(part.model, dialect)
        lite, owners = sql.lite, tables.owners if name == "o" else None
        types = {"t": "TEXT", "d": "TEXT" if lite else "DATE"}
        columns = [("row_number", "INTEGER")] + ([("customer", "TEXT")] if owners is not None else []) + [(c.name, types.get(c.kind) or (("REAL" if c.kind in "npq" else "INTEGER") if lite else sql.column_type(c.kind))) for c in part.model.columns]
        connection.execute(f"DROP TABLE IF EXISTS given_{name}") if lite else None
        connection.execute(f"CREATE {'' if lite else 'OR REPLACE '}TEMP TABLE given_{name} (" + ", ".join(f'"{n}" {t}' for n, t in columns) + ")")
        rows = [[i] + ([owners[i] or None] if owners is not None else []) + [sql.field(c.kind, v) for c, (_, v) in zip(part.model.columns, row)] for i, row in enumerate(part.model.rows)]
        if rows:
            marks = "(" + ", ".join("?" * len(columns)) + ")"
            connection.execute(f"INSERT INTO given_{name} VALUES " + ", ".join([marks] * len(rows)), [v for row in rows for v in row])
        shown = ", ".join(f'"{c.name}"::HUGEINT * 100000000 AS "{c.name}"' if c.kind in "mr" and not lite else f'"{c.name}"' for c in part.model.columns)
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT row_number{', customer' if owners is not None else ''}, {shown} FROM given_{name}")


def judge(seed, folder, dialects):
    """(verdict, words, {dialect: values})."""
    tables = Tables(seed)
    pairs.save(tables.files(), folder)
    status, out, err = pairs.run(folder, "orders=" + os.path.join(folder, "orders.csv"))
    if status:
        return ("refused" if status == 3 else "overflow" if "D0301" in err else "not ok"), f"exit {status}: {err.strip()}", {}
    rows, values = list(csv.reader(io.StringIO(out, newline="")))[1:], {}
    for dialect in dialects:
        load(tables, dialect, databases.connection(dialect))
        said = []
        for i, figure in enumerate(tables.figures):
            try:
                said.append((i, *tables.sql(figure, dialect)))
            except Unsaid:
                pass
        if not said:
            continue
        answers = databases.connection(dialect).execute("SELECT " + ", ".join(text for _, text, _, _, _ in said) + " FROM c ORDER BY row_number").fetchall()
        values[dialect] = 0
        for number, answer in enumerate(answers):
            for (i, _, kind, scale, near), value in zip(said, answer):
                values[dialect] += 1
                if not databases.agrees(kind, scale, value, rows[number][i + 1], near):
                    return "not ok", f"row {number + 1}, v{i} ({tables.figures[i]['function']}): {dialect} says {value!r}, ppmc {rows[number][i + 1]!r}", values
    return "ok", "", values

"""What a model with related tables says: rows of other datasets, figures over them, ranks, trees, metrics and summaries, computed row by row
from their description, by going through all pairs. Slow, and so plain that it can be believed; one row alone is _evaluate.py's."""
import datetime
import math
from fractions import Fraction

import _evaluate
import _row
from _evaluate import Duration, Model, Money, Number, exact12, fixed, quoted, as_decimal, show

RANKS = ("rank", "ntile", "percentile", "share", "running_share")


def exact(value):
    """A value as something to compare, group and order by: numbers as they are shown, texts by their bytes."""
    if isinstance(value, Number):
        return as_decimal(value.value)
    if isinstance(value, (Money, Duration)):
        return value.value
    return value.encode() if isinstance(value, str) else value


def figure(value):
    """A value as a fraction: numbers are the doubles that they are."""
    return Fraction(value.value) if isinstance(value, (Number, Money, Duration)) else Fraction(value.toordinal())


def like(sample, value):
    """A figure of the sample's kind."""
    if isinstance(sample, Money):
        return Money(exact12(value), sample.period)
    if isinstance(sample, Duration):
        return Duration(int(value), sample.months)
    return Number(float(value), sample.percent, period=sample.period)


def quantile(values, fraction):
    """Type 7: linear between the neighbours of (n - 1) * fraction."""
    values = sorted(values)
    place = (len(values) - 1) * fraction
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


class RelatedRow(_row.Row):
    """A row of any dataset; of the company, where dataset is None."""

    def __init__(self, model, fields, dataset=None, index=0):
        super().__init__(model, fields)
        self.dataset, self.index, self.group_of = dataset, index, dataset

    # ---- names
    def knows(self, name):
        first = name.split(".")[0]
        if self.dataset is None:
            return False
        if first in self.dataset["by_name"] or first in self.dataset["lets"] or (first == "depth" and self.tree()):
            return True
        model = self.model
        return self.dataset is model.scored and (
            first in model.syntax["lets"] or first in model.flags or first in ("score", "score_low", "score_high", "points", "tier", "evidence")
            or any(d["name"] == first for d in model.dimensions) or any(s[0] == first for s in model.syntax["segments"]) or (first.startswith("score_") and first[6:] in dict(model.perspectives)))

    def above(self, name):
        """Whether the name is one of the dataset that this one is of, or of the one that that is of."""
        dataset = self.dataset
        while dataset and dataset["parent"]:
            dataset = self.model.datasets[dataset["parent"]]
            if name.split(".")[0] in dataset["by_name"] or name in dataset["lets"]:
                return True
        return False

    def tree(self, name=None):
        return next((t for t in self.model.syntax["trees"] if t["dataset"] is self.dataset and name in (None, t["name"])), None)

    def name(self, name, bindings):
        if name in bindings:
            return super().name(name, bindings)
        if name in self.known:
            return self.known[name]
        model, value = self.model, None
        first, _, rest = name.partition(".")
        if rest and (self.dataset is None or name not in self.dataset["by_name"]):
            if self.dataset and first in self.dataset["by_name"]:
                other = model.reference(self, first)
                value = other.name(rest, {}) if other else None
            elif self.dataset and self.tree(first):
                value = self.name(rest, {})
            else:
                row = self
                while row and row.dataset["name"] != first:
                    row = model.parent_of(row)
                value = row.name(rest, {}) if row else None
        elif name in model.syntax["metrics"]:
            value = model.metric(name)
        elif self.dataset and name == "depth" and self.tree():
            value = Number(len(model.ancestors(self.tree(), self)))
        elif self.dataset and name in self.dataset["by_name"]:
            value = self.column(self.dataset["by_name"][name])
        elif self.dataset and name in self.dataset["lets"]:
            value = self.evaluate(self.dataset["lets"][name])
        elif self.dataset and self.dataset["parent"] and self.above(name):
            parent = model.parent_of(self)
            value = parent.name(name, {}) if parent else None
        elif self.dataset is not model.scored and name in model.syntax["lets"]:
            value = self.evaluate(model.syntax["lets"][name])  # a constant, or it names what this row does not know
        elif self.dataset is not model.scored and name not in model.parameters and name != "as_of":
            raise KeyError(name)
        else:
            return super().name(name, bindings)
        if isinstance(value, Number) and value.bare:
            value = Number(value.value, value.percent, period=value.period)
        self.known[name] = value
        return value

    def column(self, column):
        if column["header"] not in self.fields:
            raise KeyError(column["header"])
        text = self.fields[column["header"]]
        if not isinstance(text, str):
            return text  # a part of a key, in a dataset that was derived from another
        value = self.model.convert(column, text)
        if column["period"] and value is not None:
            value = type(value)(value.value, period=column["period"]) if isinstance(value, Money) else Number(value.value, value.percent, period=column["period"])
        return value

    def kind_of(self, e):
        return self.model.kind(e, self.group_of["name"] if self.group_of else None)[0]

    # ---- figures over rows
    def evaluate(self, e, bindings={}, prefix=""):
        if e[0] == "aggregate":
            return self.over_rows(e, bindings)
        value = super().evaluate(e, bindings, prefix)
        if (e[0] in ("if", "case", "default") or e[:2] in (("call", "min"), ("call", "max"))) and isinstance(value, Number) and value.bare:  # a bare figure takes the unit of the other arms
            kind, period = self.model.kind(e, self.group_of["name"] if self.group_of else None)
            if kind == "money":
                value = Money(_evaluate.decimal_of(value.value), period)
            elif kind == "percent":
                value = Number(value.value, True, period=period)
        return value

    def pairs(self, over):
        """[(inner row, its level below this one in a tree)]."""
        model = self.model
        tree = next((t for t in model.syntax["trees"] if t["name"] == over), None)
        if tree:
            return model.descendants(tree, self)
        rows = model.rows[over]
        if self.dataset and self.dataset["name"] != over:
            chain = [over]
            while model.parent_name(chain[-1]):
                chain.append(model.parent_name(chain[-1]))
            if self.dataset["name"] in chain:
                return [(row, None) for row in model.children(self, chain[:chain.index(self.dataset["name"]) + 1])]
        return [(row, None) for row in rows]

    def call(self, name, arguments, prefix):
        if name == "hypergeometric" and None not in arguments:  # Gauss's series; below it is summed until nothing more comes
            a, b, c, x = (argument.value for argument in arguments)
            term, total, n = 1.0, [1.0], 0
            while abs(term) > 1e-18 and n < 100_000:
                term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * x
                total.append(term)
                n += 1
            return Number(math.fsum(total))
        return super().call(name, arguments, prefix)

    def over_rows(self, e, bindings):
        _, function, arguments, over, where, by, order, descending = e
        if function in RANKS:
            return self.model.rank(self, e)
        if function in ("concordance", "correlation"):
            return self.model.agreement(e)
        if over is None and function == "count" and arguments and arguments[0][0] == "name" and self.model.is_rows(arguments[0][1]):
            over, arguments = arguments[0][1], []
        pairs = [Pair(self, row, level, over or self.group_of["name"], bindings) for row, level in (self.pairs(over) if over else self.group())]
        if where:
            pairs = [p for p in pairs if p.evaluate(where, bindings) is True]
        if by:
            mine = [exact(self.evaluate(x)) for x in by]
            if None in mine:
                return None
            pairs = [p for p in pairs if [exact(p.inner.evaluate(x)) for x in by] == mine]
        if not arguments:
            return Number(len(pairs))
        argument = arguments[-1] if function != "quantile" else arguments[0]
        found = [(p, p.evaluate(argument, bindings)) for p in pairs]
        found = [(p, v) for p, v in found if v is not None]
        values = [v for _, v in found]
        if function == "count":
            return Number(sum(1 for v in values if v is not False))
        if function in ("any", "all"):
            return (any if function == "any" else all)(values)
        if function == "distinct":
            return Number(len({exact(v) for v in values}))
        if function == "sum" and not values:
            return self.nothing(argument, over)
        if not values:
            return None
        if function in ("min", "max"):
            best = values[0]
            for value in values[1:]:
                if (exact(value) < exact(best)) if function == "min" else (exact(value) > exact(best)):
                    best = value
            return best
        if function in ("first", "last"):
            def place(pair, value):
                where_it_stands = exact(pair.inner.evaluate(order)) if order else 0
                return where_it_stands, self.model.tie(pair.inner) if self.model.has_order(pair.inner.dataset) else exact(value)
            ordered = sorted(((place(p, v), i, v) for i, (p, v) in enumerate(found) if place(p, v)[0] is not None), key=lambda x: (x[0][1], x[1]))
            ordered.sort(key=lambda x: x[0][0], reverse=descending)
            return ordered[0 if function == "first" else -1][2] if ordered else None
        if function == "sum":
            if isinstance(values[0], Number):
                return Number(math.fsum(v.value for v in values), values[0].percent, period=values[0].period)
            return like(values[0], sum(v.value for v in values))
        figures = [figure(v) for v in values]
        if function == "avg":
            return like(values[0], sum(figures) / len(figures))
        if function == "median":
            return like(values[0], quantile(figures, Fraction(1, 2)))
        if function == "quantile":
            return like(values[0], quantile(figures, Fraction(self.evaluate(arguments[1]).value)))
        if len(figures) < 2:
            return None
        mean = sum(figures) / len(figures)
        variance = sum((x - mean) ** 2 for x in figures) / (len(figures) - 1)
        scaled = Fraction(math.isqrt(int(variance * 10 ** 40)), 10 ** 20)
        return like(values[0], scaled)

    def group(self):
        raise AssertionError("rows of what?")

    def nothing(self, e, over):
        """The sum of no rows, in the unit of what is summed."""
        kind, period = self.model.kind(e, over or (self.group_of["name"] if self.group_of else None))
        if kind == "money":
            return Money(0, period)
        if kind in ("days", "months"):
            return Duration(0, kind == "months")
        return Number(0.0, kind == "percent", period=period)


class Pair(RelatedRow):
    """An outer row and one of its inner rows: a bare name is the inner row's if it has it."""

    def __init__(self, outer, inner, level, over, bindings):
        super().__init__(outer.model, inner.fields, inner.dataset, inner.index)
        self.outer, self.inner, self.level, self.over, self.outer_bindings = outer, inner, level, over, bindings

    def name(self, name, bindings):
        first, _, rest = name.partition(".")
        if name in bindings:
            return super().name(name, bindings)
        if name in self.outer_bindings:
            return self.outer.name(name, self.outer_bindings)
        if first == "this" and rest:
            return self.outer.name(rest, {})
        if name == "level" and self.level is not None:
            return Number(self.level)
        if first == self.over and rest:
            return self.inner.name(rest, {})
        if self.inner.knows(name):
            return self.inner.name(name, {})
        if not self.outer.knows(name) and self.inner.above(name):
            return self.inner.name(name, {})
        return self.outer.name(name, {})

    def over_rows(self, e, bindings):
        """Figures within figures are those of the inner row."""
        return self.inner.over_rows(e, bindings)

    def results(self):
        raise AssertionError

    states = score = tier = results


class GroupRow(RelatedRow):
    """A row of a summary: a group of rows, or a period with all of them."""

    def __init__(self, model, dataset, rows, names, columns):
        super().__init__(model, {})
        self.group_of, self.rows, self.names, self.columns = dataset, rows, names, columns

    def group(self):
        return [(row, None) for row in self.rows]

    def over_rows(self, e, bindings):
        if e[3] is None and e[1] in ("concordance", "correlation"):
            return self.model.agreement(e, self.rows)
        return super().over_rows(e, bindings)

    def name(self, name, bindings):
        if name in bindings:
            return super().name(name, bindings)
        if name in self.columns and name not in self.names:
            self.names[name] = self.evaluate(self.columns[name])
        return self.names[name] if name in self.names else super().name(name, bindings)


class RelatedModel(Model):
    """files: {dataset: (header, rows)}. prospects: (header, rows) that are scored against those of the file."""

    def __init__(self, path, files, settings=None, as_of=None, prospects=None):
        super().__init__(path, None, settings)
        if as_of:
            self.as_of = as_of
        self.cache = {}
        self.datasets = {}
        for dataset in self.syntax["datasets"]:
            self.datasets[dataset["name"]] = dataset
            dataset["by_name"] = {c["name"]: c for c in dataset["columns"]}
        self.scored = self.datasets[self.syntax["scored"]]
        for tree in self.syntax["trees"]:
            tree["dataset"] = next(d for d in self.syntax["datasets"] if tree["column"] in d["by_name"] and (d is self.scored or tree["column"] not in self.scored["by_name"]))
        self.rows, self.prospects, self.apart = {}, None, {}
        for dataset in sorted(self.datasets.values(), key=lambda d: d["source"] is not None):
            if dataset["source"]:
                self.derive(dataset)
            elif dataset["name"] in files:
                header, records = files[dataset["name"]]
                self.rows[dataset["name"]] = [RelatedRow(self, dict(zip(header, record)), dataset, i) for i, record in enumerate(records)]
            if dataset is self.scored and prospects:
                known = self.rows[dataset["name"]]
                self.prospects = [RelatedRow(self, dict(zip(prospects[0], record)), dataset, len(known) + i) for i, record in enumerate(prospects[1])]
            if dataset["dated"]:
                kept = [r for r in self.rows[dataset["name"]] if r.name(dataset["dated"], {}) is None or r.name(dataset["dated"], {}) <= self.as_of]
                self.rows[dataset["name"]] = kept
        self.key = next((c["name"] for c in self.scored["columns"] if c["key"]), self.key)
        self.company = RelatedRow(self, {})
        self.apart = {self.scored["name"]: self.prospects or []}
        if prospects:
            for dataset in sorted(self.datasets.values(), key=lambda d: len(self.above(d))):
                if dataset["parent"] and dataset is not self.scored:
                    self.set_apart(dataset)

    def above(self, dataset):
        return [dataset["name"]] + self.above(self.datasets[dataset["parent"]]) if dataset["parent"] and dataset is not self.scored else []

    def set_apart(self, dataset):
        """Rows of prospects: for the customers they belong to nobody; for the prospects they are rows that nobody else sees."""
        rows, last = self.rows[dataset["name"]], max([r.index for r in self.rows[dataset["name"]]], default=0)
        parent, names = self.datasets[dataset["parent"]], dataset["parent_keys"]
        theirs = self.apart.get(parent["name"], [])
        keys = {tuple(exact(p.name(n, {})) for n in self.key_columns(parent, names)) for p in theirs}
        copied = [r for r in rows if None not in [r.name(n, {}) for n in names] and tuple(exact(r.name(n, {})) for n in names) in keys]
        self.apart[dataset["name"]] = [RelatedRow(self, r.fields, dataset, last + 1 + i) for i, r in enumerate(copied)]

    def is_apart(self, row):
        return any(row is one for one in self.apart.get(row.dataset["name"], []))

    def derive(self, dataset):
        """A row for each distinct key of another dataset's rows, in the order of the keys."""
        source = self.datasets[dataset["source"]]
        keys = {}
        for row in self.rows[source["name"]]:
            key = [row.name(k, {}) for k in dataset["source_keys"]]
            if None not in key:
                keys.setdefault(tuple(exact(k) for k in key), key)
        for name in dataset["source_keys"]:
            if name not in dataset["by_name"]:
                column = dict(source["by_name"][name], key=len(dataset["source_keys"]) == 1, header=name)
                dataset["columns"].insert(0, column)
                dataset["by_name"][name] = column
                if dataset is self.scored:
                    self.columns[name] = column
        self.rows[dataset["name"]] = [RelatedRow(self, dict(zip(dataset["source_keys"], keys[k])), dataset, i) for i, k in enumerate(sorted(keys))]
        source["parent"], source["parent_keys"] = dataset["name"], dataset["source_keys"]

    def is_rows(self, name):
        return name in self.datasets or any(t["name"] == name for t in self.syntax["trees"])

    def has_order(self, dataset):
        """Rows that are equal otherwise go by their key; groups stand in the order of theirs."""
        return dataset["source"] or any(c["key"] for c in dataset["columns"])

    def tie(self, row):
        key = next((c["name"] for c in row.dataset["columns"] if c["key"]), None)
        return (exact(row.name(key, {})), row.index) if key else (0, row.index)

    # ---- from one dataset to another
    def key_columns(self, dataset, names):
        """The columns of a dataset that a child's or a reference's columns name: those of the same names, else its key."""
        if all(n in dataset["by_name"] for n in names):
            return names
        return [next(c["name"] for c in dataset["columns"] if c["key"])]

    def find(self, dataset, names, values, apart=False):
        """Nothing leads from the customers' rows to the prospects'."""
        if None in values:
            return None
        index = self.cache.get(("index", dataset["name"], tuple(names), apart))
        if index is None:
            index = self.cache[("index", dataset["name"], tuple(names), apart)] = {}
            for row in (self.apart.get(dataset["name"], []) if apart else []) + self.rows[dataset["name"]]:
                index.setdefault(tuple(exact(row.name(n, {})) for n in names), row)
        return index.get(tuple(exact(v) for v in values))

    def parent_name(self, name):
        return self.datasets[name]["parent"] if name in self.datasets else None

    def parent_of(self, row):
        if not row.dataset["parent"]:
            return None
        parent, names = self.datasets[row.dataset["parent"]], row.dataset["parent_keys"]
        return self.find(parent, self.key_columns(parent, names), [row.name(n, {}) for n in names], self.is_apart(row))

    def children(self, row, chain):
        """The rows of chain[0] that belong to the row, by way of the datasets between."""
        index = self.cache.get(("children", tuple(chain)))
        if index is None:
            index = self.cache[("children", tuple(chain))] = {}
            for child in self.rows[chain[0]] + self.apart.get(chain[0], []):
                above = child
                for _ in chain[1:]:
                    above = above and self.parent_of(above)
                if above and self.is_apart(above) == self.is_apart(child):
                    index.setdefault(above.index, []).append(child)
        return index.get(row.index, [])

    def reference(self, row, column):
        target = self.datasets[row.dataset["by_name"][column]["references"]]
        return self.find(target, [next(c["name"] for c in target["columns"] if c["key"])], [row.name(column, {})], self.is_apart(row))

    # ---- trees
    def link(self, tree, row):
        """Whom the row's column names."""
        key = next(c["name"] for c in tree["dataset"]["columns"] if c["key"])
        return self.find(tree["dataset"], [key], [row.name(tree["column"], {})], self.is_apart(row))

    def roots(self, tree):
        """In each circle, the row with the least key."""
        if ("roots", tree["name"]) not in self.cache:
            roots = set()
            for row in self.rows[tree["dataset"]["name"]] + self.apart.get(tree["dataset"]["name"], []):
                seen = []
                at = row
                while at is not None and at not in seen:
                    seen.append(at)
                    at = self.link(tree, at)
                if at is not None:
                    roots.add(min(seen[seen.index(at):], key=self.tie).index)
            assert tree["break"] or not roots, "a circle"
            self.cache[("roots", tree["name"])] = roots
        return self.cache[("roots", tree["name"])]

    def ancestors(self, tree, row):
        """From the parent to the root."""
        above, at, roots = [], row, self.roots(tree)
        while at.index not in roots:
            at = self.link(tree, at)
            if at is None:
                break
            above.append(at)
        return above

    def descendants(self, tree, row):
        index = self.cache.get(("tree", tree["name"]))
        if index is None:
            index = self.cache[("tree", tree["name"])] = {}
            for one in self.rows[tree["dataset"]["name"]] + self.apart.get(tree["dataset"]["name"], []):
                for level, above in enumerate(self.ancestors(tree, one)):
                    if self.is_apart(one) == self.is_apart(above):
                        index.setdefault(above.index, []).append((one, level + 1))
        return index.get(row.index, [])

    # ---- ranks
    def rank(self, row, e):
        _, function, arguments, _, where, by, _, descending = e
        known = self.cache.get(id(e))
        if self.prospects and row in self.prospects:
            return self.rank_of_prospect(row, e)
        if known is None:
            known = self.cache[id(e)] = {}
            groups = {}
            for one in self.rows[row.dataset["name"]] + (self.apart.get(row.dataset["name"], []) if row.dataset is not self.scored else []):
                if where and one.evaluate(where) is not True:
                    continue
                value = one.evaluate(arguments[-1])
                if value is None:
                    continue
                group = [exact(one.evaluate(x)) for x in by]
                if one.dataset["parent"]:
                    parent = self.parent_of(one)
                    if parent is None:
                        continue
                    group.append(parent.index)
                groups.setdefault(tuple(group), []).append((one, value))
            for group in groups.values():
                tiles = int(row.evaluate(arguments[0]).value) if function == "ntile" else 0
                self.rank_group(function, tiles, group, descending, known)
        return known.get(row.index)

    def rank_of_prospect(self, row, e):
        """The place that a row from outside would have among the others."""
        _, function, arguments, _, where, by, _, descending = e
        value = row.evaluate(arguments[-1])
        if (where and row.evaluate(where) is not True) or value is None:
            return None
        group = [exact(row.evaluate(x)) for x in by]
        others = [one for one in self.rows[row.dataset["name"]] if (not where or one.evaluate(where) is True) and [exact(one.evaluate(x)) for x in by] == group]
        others = [(one, one.evaluate(arguments[-1])) for one in others]
        others = [(one, v) for one, v in others if v is not None]
        values, mine = [exact(v) for _, v in others], exact(value)
        before = sum(1 for v in values if (v > mine if descending else v < mine))
        if function == "rank":
            return Number(1 + before)
        if function == "percentile" and not others:  # among nobody one is the first
            return Number(0.0, percent=True)
        if function == "ntile" and not others:
            return Number(1)
        if function == "percentile":
            return Number(float(min(Fraction(before, len(values)), 1)), percent=True)
        if function == "share":
            total = sum(Fraction(exact(v)) for _, v in others)
            return Number(float(Fraction(exact(value)) / total), percent=True) if total else None

        def comes_before(one, v):
            """Equal rows stand in the order of their keys."""
            return (v > mine if descending else v < mine) or (v == mine and self.tie(one)[0] < self.tie(row)[0])
        if function == "ntile":
            tiles, known = int(row.evaluate(arguments[0]).value), {}
            self.rank_group("ntile", tiles, others, descending, known)
            after = [known[one.index].value for (one, _), v in zip(others, values) if not comes_before(one, v)]
            return Number(min(after) if after else max(n.value for n in known.values()))
        total = sum(Fraction(exact(v)) for _, v in others)
        return Number(float((Fraction(exact(value)) + sum(Fraction(exact(v)) for (one, v), x in zip(others, values) if comes_before(one, x))) / total), percent=True) if total else None

    def rank_group(self, function, tiles, group, descending, known):
        values = [exact(v) for _, v in group]
        count = len(group)
        total = sum(figure(v) if function == "share" else Fraction(exact(v)) for _, v in group) if function in ("share", "running_share") else None
        order = sorted(range(count), key=lambda i: self.tie(group[i][0]))
        order.sort(key=lambda i: values[i], reverse=descending)
        running = Fraction(0)
        for place, i in enumerate(order):
            row, value = group[i]
            before = sum(1 for v in values if (v > values[i] if descending else v < values[i]))
            if function == "rank":
                known[row.index] = Number(1 + before)
            elif function == "ntile":
                large, size = count % tiles, count // tiles
                known[row.index] = Number(place // (size + 1) + 1 if place < large * (size + 1) else large + (place - large * (size + 1)) // size + 1)
            elif function == "percentile":
                known[row.index] = Number(float(Fraction(before, count - 1)) if count > 1 else 0.0, percent=True)
            else:
                running += Fraction(exact(value))
                part = figure(value) if function == "share" else running
                known[row.index] = Number(float(part / total), percent=True) if total else None

    # ---- figures of the whole company
    def metric(self, name):
        if ("metric", name) not in self.cache:
            self.cache[("metric", name)] = self.company.evaluate(self.syntax["metrics"][name])
        return self.cache[("metric", name)]

    def agreement(self, e, rows=None):
        _, function, arguments, over, where, _, _, _ = e
        columns = [[] for _ in arguments]
        for row in rows if rows is not None else self.rows[over or self.scored["name"]]:
            if where and row.evaluate(where) is not True:
                continue
            values = [row.evaluate(a) for a in arguments]
            if None not in values:
                for column, value in zip(columns, values):
                    column.append(exact(value) if function == "concordance" else figure(value))
        n, m = len(columns[0]), len(columns)
        if n < 2:
            return None
        if function == "correlation":
            a, b = ([x - sum(c) / n for x in c] for c in columns)
            spread = sum(x * x for x in a) * sum(y * y for y in b)
            return Number(float(sum(x * y for x, y in zip(a, b))) / math.sqrt(spread)) if spread else None
        sums, ties = [Fraction(0)] * n, 0
        for column in columns:
            for i, x in enumerate(column):
                below, equal = sum(1 for y in column if y < x), column.count(x)
                sums[i] += below + Fraction(equal + 1, 2)
            ties += sum(column.count(x) ** 3 - column.count(x) for x in set(column))
        mean = sum(sums) / n
        divisor = m * m * (n ** 3 - n) - m * ties
        return Number(float(12 * sum((s - mean) ** 2 for s in sums) / divisor)) if divisor else None

    # ---- what kind of figure an expression is
    def kind(self, e, dataset, bindings=None):
        """(money, percent, days, months, number or other; its period)."""
        what, bindings = e[0], bindings or {}

        def kind(x):
            return self.kind(x, dataset, bindings)
        if what == "number":
            return "bare", None
        if what in ("percent", "money"):
            return what, None
        if what == "duration":
            return ("months" if e[2] == "m" else "days"), None
        if what == "negate":
            return kind(e[1])
        if what == "rate":
            return kind(e[1])[0], e[2].rstrip("s")
        if what == "default":
            return kind(e[1])
        if what == "if":
            return max(kind(e[2]), kind(e[3]), key=lambda k: k[0] != "bare")
        if what == "case":
            return max((kind(value) for _, value in e[1]), key=lambda k: k[0] != "bare")
        if what in ("add", "subtract", "multiply", "divide", "mod", "power"):
            (a, p), (b, q) = kind(e[1]), kind(e[2])
            if what in ("add", "subtract"):
                if "date" in (a, b):
                    return ("days", None) if a == b else ("date", None)
                return (a if a != "bare" else b), p or q
            if what == "multiply":
                durations = [x for x in (a, b) if x in ("days", "months")]
                if durations and (p or q):
                    return ("money" if "money" in (a, b) else "number"), None
                for one in ("money", "days", "months"):
                    if one in (a, b):
                        return one, p or q
                return ("percent" if a in ("percent", "bare") and b in ("percent", "bare") and "percent" in (a, b) else "number"), p or q
            if what == "divide":
                return ("number", None) if b in ("money", "days", "months") or (a == b == "percent") else (a if a != "bare" else "number", p)
            return "number", None
        if what == "name":
            return self.kind_of_name(e[1], dataset, bindings)
        if what == "aggregate":
            if e[1] in ("percentile", "share", "running_share"):
                return "percent", None
            if e[1] in ("sum", "avg", "min", "max", "median", "quantile", "first", "last", "stddev"):
                return self.kind(e[2][0], e[3] or dataset, bindings)
            return "number", None
        if what == "call":
            name = e[1]
            define = self.defines.get(bindings.get("prefix", "") + name) or self.defines.get(name)
            if define:
                parameters, body, prefix = define
                return self.kind(body, dataset, {"prefix": prefix, **{p: kind(a) for p, a in zip(parameters, e[2])}})
            if name == "provided":
                return kind(e[2][1])
            if name in self.lookups:
                return kind(self.lookups[name][0][0][1])
            if name in ("min", "max", "abs", "round", "same_period"):
                return kind(e[2][0])
            if name == "amount":
                return kind(e[2][0])[0], None
            if name in ("percent", "compound_per_month", "compound_per_year", "retention_per_month", "retention_per_year"):
                return "percent", None
            if name in ("date", "month_start", "month_end", "quarter_start", "year_start"):
                return "date", None
            return "number", None
        return "other", None

    def kind_of_name(self, name, dataset, bindings):
        if name in bindings:
            return bindings[name]
        if name in self.parameters:
            value = self.parameters[name]
            return ("money" if isinstance(value, Money) else ("months" if value.months else "days") if isinstance(value, Duration) else "percent" if getattr(value, "percent", False) else
                    "number" if isinstance(value, Number) else "other"), getattr(value, "period", None)
        if name in self.syntax["metrics"]:
            return self.kind(self.syntax["metrics"][name], None)
        tree = next((t for t in self.syntax["trees"] if t["name"] == dataset), None)
        inner = tree["dataset"] if tree else self.datasets.get(dataset)
        first, _, rest = name.partition(".")
        if rest:
            if first == "this":
                return self.kind_of_name(rest, self.scored["name"], {})
            if first in self.datasets:
                return self.kind_of_name(rest, first, {})
            for one in [inner] + list(self.datasets.values()):
                if one and first in one["by_name"] and one["by_name"][first]["references"]:
                    return self.kind_of_name(rest, one["by_name"][first]["references"], {})
        for one in [inner, self.scored] + list(self.datasets.values()):
            if one is None:
                continue
            if name in one["by_name"]:
                column = one["by_name"][name]
                return ("months" if column["format"] == "months" else "days") if column["type"] == "duration" else column["type"], column["period"]
            if name in one["lets"]:
                return self.kind(one["lets"][name], one["name"])
        if name in self.syntax["lets"]:
            return self.kind(self.syntax["lets"][name], self.scored["name"])
        return ("date" if name == "as_of" else "number"), None

    def bounds(self, e, bindings=None):
        if e[0] == "aggregate":
            function = e[1]
            if function in ("count", "distinct"):
                return 0.0, _evaluate.INFINITY
            if function == "ntile":
                return 1.0, self.bounds(e[2][0])[1]
            if function == "rank":
                return 1.0, _evaluate.INFINITY
            if function == "percentile":
                return 0.0, 1.0
            return -_evaluate.INFINITY, _evaluate.INFINITY
        return super().bounds(e, bindings)

    # ---- tables
    def scored_csv(self):
        """The scored rows as CSV text."""
        columns = self.syntax["output"]
        if columns is None:
            columns = [{"name": n, "label": n, "format": None, "count": 3} for n in
                       ([self.key] if self.key else []) + [d["name"] for d in self.dimensions if d["name"]] + (["points", "score"] if self.dimensions else []) +
                       (["tier"] if self.syntax["tiers"] else []) + [s[0] for s in self.syntax["segments"]] + ["score_" + p[0] for p in self.perspectives] +
                       (["evidence", "reasons"] if self.dimensions else [])]
        lines = [",".join(quoted(c["label"]) for c in columns)]
        for row in self.rows[self.scored["name"]] if self.prospects is None else self.prospects:
            lines.append(",".join(self.cell(row, c) for c in columns))
        return "\n".join(lines) + "\n"

    def cell(self, row, column):
        name = column["name"]
        if name == "reasons":
            return quoted(row.reasons(column["count"]))
        if name in row.dataset["by_name"] and not column["format"] and isinstance(row.fields.get(row.dataset["by_name"][name]["header"]), str):
            text = row.fields[row.dataset["by_name"][name]["header"]]
            return quoted(row.dataset["by_name"][name]["values"].get(text, text))
        return self.text(name, row.name(name, {}), column["format"])

    def text(self, name, value, pattern=None):
        if value is not None and (name == "score" or name.startswith("score_")) and not pattern:
            return fixed(_evaluate.decimal_of(value.value), self.syntax["places"])
        return quoted(show(value, pattern))

    def summary_csv(self, name):
        summary = next(s for s in self.syntax["summaries"] if s["name"] == name)
        dataset = self.datasets[summary["over"] or self.scored["name"]]
        rows = [r for r in self.rows[dataset["name"]] if not summary["where"] or r.evaluate(summary["where"]) is True]
        groups, header = [], []
        if summary["each"]:
            unit, label, first, last = summary["each"]
            header = [unit]
            for start, end in periods(unit, self.company.evaluate(first), self.company.evaluate(last)):
                groups.append(([start], GroupRow(self, dataset, rows, {label + ".start": start, label + ".end": end}, dict(summary["columns"]))))
        else:
            header = [self.words(tokens) for _, tokens in summary["by"]]
            found = {}
            for row in rows:
                keys = [row.evaluate(e) for e, _ in summary["by"]]
                found.setdefault(tuple((k is None, exact(k)) for k in keys), (keys, []))[1].append(row)
            for key in sorted(found, key=lambda k: [(missing, 0 if missing else value) for missing, value in k]):
                groups.append((found[key][0], GroupRow(self, dataset, found[key][1], {t[0][1]: k for (e, t), k in zip(summary["by"], found[key][0]) if e[0] == "name"}, dict(summary["columns"]))))
        table = []
        for keys, group in groups:
            orders = []
            for e, descending in summary["orders"]:
                value = next((k for k, (by, _) in zip(keys, summary["by"]) if by == e), None) if e in [by for by, _ in summary["by"]] else \
                    group.evaluate(dict(summary["columns"])[e[1]]) if e[0] == "name" and e[1] in dict(summary["columns"]) else group.evaluate(e)
                orders.append((exact(value), descending))
            table.append((orders, [show(k) for k in keys] + [show(group.evaluate(e)) for _, e in summary["columns"]]))
        for i in reversed(range(len(summary["orders"]))):
            present = sorted((line for line in table if line[0][i][0] is not None), key=lambda line: line[0][i][0], reverse=summary["orders"][i][1])
            table = present + [line for line in table if line[0][i][0] is None]
        header += [n for n, _ in summary["columns"]]
        return "\n".join(",".join(quoted(c) for c in line) for line in [header] + [line for _, line in table]) + "\n"

    @staticmethod
    def words(tokens):
        """An expression as it was written."""
        text = ""
        for kind, value, _ in tokens:
            word = str(value) + ("%" if kind == "percent" else "") if kind != "text" else f'"{value}"'
            text += word if not text or value in ("(", ")", ",", ".") or text[-1] in "(." else " " + word
        return text

    def metrics(self):
        return {name: self.metric(name) for name in self.syntax["metrics"]}


def periods(unit, first, last):
    """[(first day, last day)] of the periods from the one that holds the first date to the one that holds the last."""
    def start(day):
        if unit == "day":
            return day
        if unit == "week":
            return day - datetime.timedelta(days=day.weekday())
        return datetime.date(day.year, {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit], 1)
    found, at = [], start(first)
    while at <= last:
        following = at + datetime.timedelta(days={"day": 1, "week": 7}[unit]) if unit in ("day", "week") else _evaluate.add_months(at, {"month": 1, "quarter": 3, "year": 12}[unit])
        found.append((at, following - datetime.timedelta(days=1)))
        at = following
    return found

"""A random model's expressions and scoring in SQL, for what SQL can say: the trees become one query for SQLite or DuckDB over the typed values of the data, each `let` a column of a step of its own.
What a dialect says otherwise, and why, stands in DIFFERENCES.md beside this file; here such an operation is either spelled out, or it is not said at all (Unsaid).

Amounts are whole numbers with a scale of their own, so that they are exact: in SQLite 64 bits, as far as their bounds allow, in DuckDB 128 bits and always 12 places. Dates are texts in SQLite."""
import datetime
import math
from fractions import Fraction

from computed import added
from models import value_of
from scored import Scored, together
from trees import OPERATIONS

LIMIT = {"sqlite": 9 * 10 ** 18, "duckdb": 10 ** 38}


class Unsaid(Exception):
    """Not to be said in this dialect."""


class Value:
    """An expression in SQL. scale and bound: of amounts, whole numbers of 10^-scale up to the bound in them."""

    def __init__(self, text, scale=0, bound=0):
        self.text, self.scale, self.bound = text, scale, bound

    def __str__(self):
        return self.text


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Sql:
    def __init__(self, model, dialect):
        self.model, self.lite = model, dialect == "sqlite"
        self.dialect = dialect
        settings = dict((model.scenario[1] if model.scenario and model.scenario[2] else []) + model.settings)
        self.names = {}
        for name, kind, text, _ in model.params:
            self.names[name] = self.literal(kind, settings.get(name, text).strip('"') if kind == "t" else settings.get(name, text))
        self.names["as_of"] = self.literal("d", model.as_of.isoformat())
        for c in model.columns:
            self.names[c.name] = Value(f'"{c.name}"', 4 if self.lite else 12, 10 ** (9 if self.lite else 17)) if c.kind in "mr" else Value(f'"{c.name}"')
        self.kinds = {c.name: c.kind for c in model.columns}
        self.steps = []  # [(name, kind, Value)]

    # ---- literals and small parts
    def literal(self, kind, text):
        if kind == "t":
            return Value(quoted(text))
        value = value_of(text, kind)
        if kind in "npq":
            return Value(f"({value!r})" if self.lite else f"({value!r}::DOUBLE)")
        if kind in "mr":
            scale = 4 if self.lite else 12
            units = value // 10 ** (12 - scale)
            return Value(f"({units})" if self.lite else f"({units}::HUGEINT)", scale, abs(units))
        if kind == "f":
            return Value(("1" if value else "0") if self.lite else ("TRUE" if value else "FALSE"))
        if kind == "d":
            day = datetime.date.fromordinal(value).isoformat()
            return Value(f"'{day}'" if self.lite else f"DATE '{day}'")
        return Value(f"({value})")

    def as_decimal(self, x):
        """Where numbers meet they do so with 12 places, and 15 digits at most."""
        return f"(round(({x}) * places_scale({x})) / places_scale({x}))"

    def half_away(self, x, divisor):
        """A whole number divided by a whole one, ties away from zero."""
        return f"(sign({x}) * ((2 * abs({x}) + {divisor}) / (2 * {divisor})))" if self.lite else f"(sign({x})::HUGEINT * ((2 * abs({x}) + {divisor}) // (2 * {divisor})))"

    def exact(self, x):
        """The decimal that a number stands for, in 10^-12ths (DuckDB)."""
        return f"(CASE WHEN abs({x}) < 9e15 THEN round(({x}) * places_scale({x}))::HUGEINT * (1e12 / places_scale({x}))::HUGEINT END)"

    def scaled(self, value, scale):
        if value.scale > scale:
            raise Unsaid
        factor = 10 ** (scale - value.scale)
        return self.amount(f"({value} * {factor})" if factor > 1 else value.text, scale, value.bound * factor)

    def amount(self, text, scale, bound):
        if bound > LIMIT[self.dialect]:
            raise Unsaid
        return Value(text, scale, bound)

    def level(self, *values):
        scale = max(v.scale for v in values)
        return [self.scaled(v, scale) for v in values]

    def compared(self, kind, *values):
        """Texts that SQL compares as the language does."""
        if kind in "npq":
            return [self.as_decimal(v) for v in values]
        return [str(v) for v in (self.level(*values) if kind in "mr" else values)]

    def alike(self, kind, values):
        return self.level(*values) if kind in "mr" else list(values)

    def like(self, text, values):
        """The result of a choice among values of one kind."""
        return Value(text, values[0].scale, max(v.bound for v in values))

    # ---- trees
    def tree(self, node, names=None):
        op, kind = node.op, node.kind
        if op == "literal":
            if kind == "t":
                return Value(quoted(node.data))
            return self.literal(kind, node.data)
        if op == "name":
            found = (names or self.names).get(node.data) or self.names.get(node.data)
            if found is None:
                raise Unsaid
            return found
        args = [self.tree(a, names) for a in node.args]
        one = OPERATIONS.get(op)
        family = op.split("_")[0]
        how = getattr(self, "say_" + op.replace(" ", "_"), None) or getattr(self, "say_" + family, None)
        if how and (op not in SIMPLE):
            return how(node, args)
        if op in SIMPLE:
            text = SIMPLE[op]
            text = text if text is None or isinstance(text, str) else text[0 if self.lite else 1]
            if text is None:
                raise Unsaid
            return Value("(" + text.format(*args, data=node.data) + ")")
        raise Unsaid(op, one)

    def say_case(self, node, args):
        arms, missing, otherwise = node.data
        rest = args[2 * arms:]
        values = [args[2 * i + 1] for i in range(arms)] + rest
        values = self.alike(node.kind, values)
        last = values[arms:]
        unknown = str(last.pop(0)) if missing else "NULL"
        text = str(last.pop(0)) if otherwise else "NULL"
        for i in reversed(range(arms)):
            text = f"(CASE {args[2 * i]} WHEN {self.yes} THEN {values[i]} WHEN {self.no} THEN {text} ELSE {unknown} END)"
        return self.like(text, values)

    @property
    def yes(self):
        return "1" if self.lite else "TRUE"

    @property
    def no(self):
        return "0" if self.lite else "FALSE"

    def say_if(self, node, args):
        a, b = self.alike(node.kind, args[1:])
        return self.like(f"(CASE {args[0]} WHEN {self.yes} THEN {a} WHEN {self.no} THEN {b} END)", [a, b])

    def say_default(self, node, args):
        args = self.alike(node.kind, args)
        return self.like(f"coalesce({', '.join(map(str, args))})", args)

    def say_provided(self, node, args):
        return self.like(f"(CASE {args[0]} WHEN {self.yes} THEN {args[1]} END)", args[1:])

    def say_missing(self, node, args):
        return Value(f"({args[0]} IS {'NULL' if node.data == 'missing' else 'NOT NULL'})")

    def extreme(self, node, args):
        args = self.alike(node.kind, args)
        word = "max" if node.op.startswith("max") else "min"
        listed = ", ".join(map(str, args))
        if self.lite:
            return self.like(f"{word}({listed})", args)
        there = " AND ".join(f"{a} IS NOT NULL" for a in args)
        return self.like(f"(CASE WHEN {there} THEN {'greatest' if word == 'max' else 'least'}({listed}) END)", args)

    say_min = say_max = say_least = extreme

    def say_compare(self, node, args):
        kind = node.args[0].kind if node.args[0].kind not in "n" or node.args[1].kind not in "p" else "n"
        a, b = self.compared(kind, *args)
        return Value(f"({a} {'<>' if node.data == '!=' else node.data} {b})")

    def say_chain(self, node, args):
        a, b, c = self.compared(node.args[1].kind, *args)
        return Value(f"({a} {node.data[0]} {b} AND {b} {node.data[1]} {c})")

    def say_between(self, node, args):
        a, b, c = self.compared(node.args[0].kind, *args)
        return Value(f"({'NOT ' if node.data.startswith('not') else ''}({a} >= {b} AND {a} <= {c}))")

    say_range = say_between

    def say_in(self, node, args):
        kind = node.args[0].kind
        if node.op == "in_value":
            args = args + [self.tree(i) for i in next(items for name, _, items in self.model.lists if name == node.data[1])]
        away = node.data[0] == "not in" if node.op == "in_value" else node.data == "not in"
        a, *items = self.compared(kind, *args)
        return Value(f"({a} {'NOT IN' if away else 'IN'} ({', '.join(items)}))")

    def say_matches(self, node, args):
        if self.lite:
            raise Unsaid
        return Value(f"({'NOT ' if node.data[0].startswith('not') else ''}regexp_matches({args[0]}, {quoted(node.data[1])}))")

    def test_of_text(self, node, args):
        a, b = args
        text = {"contains": (f"instr({a}, {b}) > 0", f"contains({a}, {b})"), "starts with": (f"substr({a}, 1, length({b})) = {b}", f"starts_with({a}, {b})"),
                "ends with": (f"(length({b}) = 0 AND {a} IS NOT NULL) OR substr({a}, -length({b})) = {b}", f"suffix({a}, {b})")}[node.op][0 if self.lite else 1]
        return Value(f"({'NOT ' if node.data.startswith('not') else ''}({text}))")

    say_contains = say_starts_with = say_ends_with = test_of_text

    def say_equal(self, node, args):
        return Value(f"({args[0]} {'=' if node.data == '=' else '<>'} {args[1]})")

    def say_call(self, node, args):
        one = next(d for d in self.model.defines if d["name"] == node.data)
        return self.tree(one["body"], dict(zip(one["names"], args)))

    def say_lookup(self, node, args):
        table = next(t for t in self.model.lookups if t["name"] == node.data)
        values = self.alike(node.kind, [self.tree(v) for _, v in table["entries"]] + [self.tree(table["otherwise"])])
        text = f"(CASE WHEN {' OR '.join(f'{a} IS NULL' for a in args)} THEN NULL ELSE {values[-1]} END)"
        for (keys, _), value in reversed(list(zip(table["entries"], values))):
            tests = []
            for key, kind, a in zip(keys, table["keys"], args):
                each = []
                for k in key:
                    if isinstance(k, str):
                        each.append(f"{a} IS {'NOT NULL' if k == '_' else 'NULL'}")
                    else:
                        x, y = self.compared(kind, a, self.tree(k))
                        each.append(f"coalesce({x} = {y}, {self.no})")
                tests.append("(" + " OR ".join(each) + ")")
            text = f"(CASE WHEN {' AND '.join(tests)} THEN {value} ELSE {text} END)"
        return self.like(text, values)

    # ---- amounts
    def sum_of(self, node, args):
        a, b = self.level(*args)
        return self.amount(f"({a} {'+' if node.op.startswith('add') else '-'} {b})", a.scale, a.bound + b.bound)

    say_add_money = say_subtract_money = say_add_rates = say_subtract_rates = sum_of

    def say_negate_money(self, node, args):
        return Value(f"(-{args[0]})", args[0].scale, args[0].bound)

    def say_abs_money(self, node, args):
        return Value(f"abs({args[0]})", args[0].scale, args[0].bound)

    def unchanged(self, node, args):
        return args[0]

    say_amount_of_rate = say_per_month = say_same_period = unchanged

    def product(self, money, number):
        """An amount times a number or percent, to 12 places."""
        if self.lite:
            raise Unsaid
        return self.amount(self.half_away(f"({money} * {self.exact(number)})", "1000000000000"), 12, money.bound * 10 ** 4)

    def say_money_times_number(self, node, args):
        return self.product(args[0], args[1])

    def say_number_times_money(self, node, args):
        return self.product(args[1], args[0])

    say_money_times_percent, say_percent_times_money, say_rate_times_number = say_money_times_number, say_number_times_money, say_money_times_number

    def say_money_by_number(self, node, args):
        if self.lite:
            raise Unsaid
        divisor = self.exact(args[1])
        top = f"({args[0]} * 1000000000000 * sign({divisor})::HUGEINT)"
        return self.amount(f"(CASE WHEN {divisor} <> 0 THEN {self.half_away(top, f'abs({divisor})')} END)", 12, args[0].bound * 10 ** 4)

    say_rate_by_number = say_money_by_number

    def by_months(self, node, args):
        rate, months = (args[0], args[1]) if node.op.startswith("rate") else (args[1], args[0])
        return self.amount(f"({rate} * {months})", rate.scale, rate.bound * 10 ** 3)

    say_rate_times_months = say_months_times_rate = by_months

    def say_amount_per_year(self, node, args):
        return self.amount(f"({args[0]} * 12)", args[0].scale, args[0].bound * 12)

    def say_amount_there_and_back(self, node, args):
        raise Unsaid

    say_amount_per_week = say_amount_per_day = say_amount_there_and_back

    def say_round_money(self, node, args):
        a = args[0]
        if node.data >= a.scale:
            return a
        unit = 10 ** (a.scale - node.data)
        return self.amount(f"({self.half_away(a, unit)} * {unit})", a.scale, a.bound + unit)

    def ratio(self, node, args):
        a, b = self.level(*args) if node.args[0].kind in "mr" else args
        if max(a.bound, b.bound) > 2 ** 53:
            raise Unsaid  # a quotient of rounded figures is no rounded quotient
        return Value(f"(CAST({a} AS REAL) / NULLIF({b}, 0))" if self.lite else f"({a}::DOUBLE / NULLIF({b}::DOUBLE, 0))")

    say_ratio = ratio

    def say_ratio_of_percents(self, node, args):
        return Value(f"({args[0]} / NULLIF({args[1]}, 0))")

    def say_number_of_money(self, node, args):
        if args[0].bound > 2 ** 53:
            raise Unsaid
        return Value(f"(CAST({args[0]} AS REAL) / 1e{args[0].scale})" if self.lite else f"({args[0]}::DOUBLE / 1e{args[0].scale})")

    # ---- numbers
    def say_power(self, node, args):
        x, y = args[0], node.data
        there = {"2": "TRUE", "3": "TRUE", "0": "TRUE", "0.5": f"{x} >= 0", "1.5": f"{x} >= 0", "-1": f"{x} <> 0", "-2": f"{x} <> 0"}[y]
        return Value(f"(CASE WHEN {there} THEN pow({x}, {float(y)!r}) END)")

    def say_floor(self, node, args):
        return Value(f"{node.op}({self.as_decimal(args[0])})")

    say_ceil = say_floor

    def say_round_number(self, node, args):
        if self.lite:
            raise Unsaid
        places = node.data if node.data is not None else 0
        large = f"WHEN abs({args[0]}) >= 4503599627370496 THEN {args[0]} " # a whole number
        return Value(f"(CASE {large}ELSE {self.half_away(self.exact(args[0]), str(10 ** (12 - places)))}::DOUBLE / 1e{places} END)")

    say_round_percent = say_round_to_whole = say_round_number

    def figure(self, node, args):
        """A duration times or by a bare figure, in whole days or months."""
        factor = Fraction(node.data)
        if node.op.endswith("by_figure"):
            factor = 1 / factor
        return Value(f"(CAST({self.half_away(f'({args[0]} * {factor.numerator})', factor.denominator)} AS INTEGER))")

    say_days, say_months = figure, figure

    def say_days_between(self, node, args):
        return Value(f"CAST(julianday({args[1]}) - julianday({args[0]}) AS REAL)" if self.lite else f"({args[1]} - {args[0]})::DOUBLE")

    def say_months_between(self, node, args):
        if self.lite:
            raise Unsaid
        months = f"datesub('month', {args[0]}, {args[1]})"
        return Value(f"(sign({months}) * (abs({months}) // 12))::DOUBLE" if node.op.startswith("years") else f"{months}::DOUBLE")

    say_years_between = say_months_between

    def say_date_of(self, node, args):
        raise Unsaid

    # ---- dates
    def say_days_from_to(self, node, args):
        return Value(f"CAST(julianday({args[0]}) - julianday({args[1]}) AS INTEGER)" if self.lite else f"({args[0]} - {args[1]})")

    def say_later_by_days(self, node, args):
        sign = "-" if node.op.startswith("earlier") else ""
        return Value(f"date({args[0]}, ({sign}{args[1]}) || ' days')" if self.lite else f"({args[0]} + ({sign}{args[1]})::INTEGER)")

    say_earlier_by_days = say_later_by_days

    def say_later_by_months(self, node, args):
        sign = "-" if node.op.startswith("earlier") else ""
        if not self.lite:
            return Value(f"({args[0]} + to_months(({sign}{args[1]})::INTEGER))::DATE")
        months = f"({sign}{args[1]})"  # SQLite runs over into the next month; the last day of the month is as far as this goes
        return Value(f"min(date({args[0]}, {months} || ' months'), date({args[0]}, 'start of month', ({months} + 1) || ' months', '-1 day'))")

    say_earlier_by_months = say_later_by_months

    # ---- rules: whole millionths of points, NULL where a rule is unknown
    def least(self, *texts):
        return f"{'min' if self.lite else 'least'}({', '.join(map(str, texts))})" if len(texts) > 1 else str(texts[0])

    def most(self, *texts):
        return f"{'max' if self.lite else 'greatest'}({', '.join(map(str, texts))})" if len(texts) > 1 else str(texts[0])

    def millionths(self, x):
        """A figure as points: rounded to 12 places first, so that halves are halves."""
        return f"CAST(round(round(({x}) * 1e12) / 1e6) AS {'INTEGER' if self.lite else 'BIGINT'})"

    def step(self, name, text, kind="points"):
        self.steps.append((name, kind, Value(text)))
        return f'"{name}"'

    def rule(self, syntax, known):
        """(points, low, high) in SQL: what the rule gives, and what it can award where it is known."""
        kind, name = syntax["kind"], "points_of_" + syntax["name"]
        if kind in ("reward", "penalty"):
            points, cap = syntax["points"], float(syntax["cap"]) if syntax["cap"] else math.inf
            unknown = None if syntax["missing"] is None else millionths(min(float(syntax["missing"]), cap))
            sign = 1 if kind == "reward" else -1
            if points is None or points.op == "literal":
                figure = str(sign * millionths(min(value_of(points.data, "n") if points is not None else 1.0, cap)))
            else:
                x = self.tree(points)
                figure = f"{sign} * {self.millionths(self.least(self.most(x, '0e0'), repr(cap)) if cap < math.inf else self.most(x, '0e0'))}"
                figure = f"(CASE WHEN {x} IS NULL THEN {'NULL' if unknown is None else sign * unknown} ELSE {figure} END)"
            condition = self.step("fires_" + syntax["name"], str(self.tree(syntax["condition"])))
            self.names[syntax["name"]] = Value(condition)
            return self.step(name, f"(CASE {condition} WHEN {self.yes} THEN {figure} WHEN {self.no} THEN 0 ELSE {'NULL' if unknown is None else sign * unknown} END)"), known["low"], known["high"]
        if kind == "scale":
            subject, k = self.tree(syntax["subject"]), syntax["subject"].kind
            low, high = (self.tree(syntax[end]) for end in ("low", "high"))
            if k in "mr":
                subject, low, high = self.level(subject, low, high)
                subject, low, high = (f"(CAST({v} AS {'REAL' if self.lite else 'DOUBLE'}) / 1e{v.scale})" for v in (subject, low, high))
            elif k == "d":
                day = (lambda v: f"julianday({v})") if self.lite else (lambda v: f"datediff('day', DATE '2000-01-01', {v})::DOUBLE")
                subject, low, high = map(day, (subject, low, high))
            share = self.least(self.most(f"(add_numbers({subject}, -({low})) / add_numbers(1e0 * {high}, -({low})))", "0e0"), "1e0")
            p, q = float(syntax["from"]), float(syntax["to"])
            return self.step(name, f"(CASE WHEN {subject} IS NOT NULL THEN {self.millionths(f'add_numbers({p!r}, {added(q, -p)!r} * {share})')} END)"), known["low"], known["high"]
        if kind == "bands":
            subject, k = self.tree(syntax["subject"]), syntax["subject"].kind
            text = str(millionths(syntax["otherwise"]))
            for label, items, points in reversed(syntax["arms"]):
                tests = []
                for item in items:
                    a, b = self.compared(k, subject, self.tree(item))
                    tests.append(f"{a} {({'labels': '=', 'below': '<', 'up to': '<='})[label]} {b}")
                text = f"(CASE WHEN {' OR '.join(tests)} THEN {millionths(points)} ELSE {text} END)"
            return self.step(name, f"(CASE WHEN {subject} IS NULL THEN {'NULL' if syntax['missing'] is None else millionths(syntax['missing'])} ELSE {text} END)"), known["low"], known["high"]
        members = [self.rule(m, k) for m, k in zip(syntax["rules"], known["members"])]
        some = " OR ".join(f"{points} IS NOT NULL" for points, _, _ in members)
        if kind == "group":
            ends = ["(" + " + ".join(f"(CASE WHEN {m[0]} IS NULL THEN 0 ELSE {m[0]} END)" for m in members) + ")"]
            ends += [f"({' + '.join(end)})" for end in self.range_of(members, known["members"])]
            points, low, high = (self.most(self.least(end, known["cap"]), -known["cap"]) for end in ends)
        else:
            far = 10 ** 15 if known["penalties"] else -10 ** 15
            pick = self.least if known["penalties"] else self.most
            points, low, high = (pick(*(f"(CASE WHEN {m[0]} IS NULL THEN {far} ELSE {m[end]} END)" for m in members)) for end in range(3))
        return self.step(name, f"(CASE WHEN {some} THEN {points} END)"), self.step(name + "_low", low), self.step(name + "_high", high)

    def range_of(self, rules, known):
        """The terms of the least and of the most of several rules, those that are unknown left out: of those that exclude each other one counts, or all that `missing` gives."""
        lows, highs, sets = [], [], {}
        for (points, low, high), rule in zip(rules, known):
            ends = [f"(CASE WHEN {points} IS NULL THEN 0 ELSE {end} END)" for end in (low, high)]
            if rule["set"]:
                sets.setdefault(rule["set"], []).append((ends, rule))
            else:
                lows.append(ends[0])
                highs.append(ends[1])
        for listed in sets.values():
            given = together([rule for _, rule in listed])
            penalty = listed[0][1]["kind"] == "penalty"
            lows.append(self.least(-given if penalty else 0, *(ends[0] for ends, _ in listed)))
            highs.append(self.most(0 if penalty else given, *(ends[1] for ends, _ in listed)))
        return lows, highs

    def scoring(self):
        """The score's steps. Which rules exclude each other is the one thing that is taken from the evaluator."""
        means, kept_points, anything = [], [], []
        for d, known in zip(self.model.dimensions, Scored(self.model).dimensions):
            start, label = millionths(d["start"] or "0"), d["name"] or "only"
            parts = [self.rule(syntax, rule) for syntax, rule in zip(d["rules"], known["rules"])]
            some, points = " OR ".join(f"{part[0]} IS NOT NULL" for part in parts), [f"coalesce({part[0]}, 0)" for part in parts]
            low, high = [str(millionths(end)) for end in d["range"]] if d["range"] else (" + ".join([str(start)] + terms) for terms in self.range_of(parts, known["rules"]))
            low, high, points = self.step(label + "_low", f"({low})"), self.step(label + "_high", f"({high})"), self.step(label + "_points", f"({start} + {' + '.join(points)})")
            kept = self.step(label + "_kept", f"(CASE WHEN {some} THEN {self.least(self.most(points, low), high)} END)")
            self.names[label] = Value(self.step(label, f"(CASE WHEN ({some}) AND {high} > {low} THEN 1e2 * ({kept} - {low}) / ({high} - {low}) END)", "n"))
            means.append((label, d["weight"] or "1"))
            kept_points.append(f"coalesce({kept}, 0)")
            anything.append(f"{kept} IS NOT NULL")
        self.names["points"] = Value(self.step("points", f"(CASE WHEN {' OR '.join(anything)} THEN ({' + '.join(kept_points)}) / 1e6 END)", "n"))
        total = " + ".join(f'coalesce({float(w)!r}e0 * "{name}", 0e0)' for name, w in means)
        weight = " + ".join(f'(CASE WHEN "{name}" IS NULL THEN 0e0 ELSE {float(w)!r}e0 END)' for name, w in means)
        mean = self.step("mean_of_all", f"(({total}) / NULLIF({weight}, 0e0))")
        if self.model.adjust:
            moves = [self.rule(syntax, known)[0] for syntax, known in zip(self.model.adjust, Scored(self.model).adjust)]
            moved = f"{mean} + ({' + '.join(f'coalesce({m}, 0)' for m in moves)}) / 1e6"
            mean = self.step("moved", f"(CASE WHEN {mean} IS NOT NULL THEN {self.least(self.most(moved, '0e0'), '1e2')} END)")
        places = 1 if self.model.places is None else int(self.model.places)
        self.names["score"] = Value(self.step("score", f"(round(round({mean} * 1e12) / 1e{12 - places}) / 1e{places})", "n"))

    def classes(self):
        """The tier by the rules, and segments."""
        outs = []
        for d in self.model.disqualifiers:
            self.names[d["name"]] = Value(self.step("out_" + d["name"], str(self.tree(d["condition"]))))
            outs.append((self.names[d["name"]], d["passes"]))
        if self.model.tiers:
            unsure = " OR ".join(f"({self.tree(c)}) IS NULL" for _, c, _ in self.model.tiers if not isinstance(c, str))
            text = "NULL"
            for name, condition, _ in reversed(self.model.tiers):
                holds = "1 = 1" if condition == "otherwise" else unsure if condition == "missing" else self.tree(condition)
                text = f"CASE WHEN {holds} THEN '{name}' ELSE {text} END"
            gone = " OR ".join(f"{out} IS NULL" for out, passes in outs if not passes) or "1 = 0"
            held = " OR ".join(str(out) for out, _ in outs) or "1 = 0"
            self.names["tier_by_rules"] = Value(self.step("tier_by_rules", f"(CASE WHEN {held} THEN 'disqualified' WHEN {gone} THEN 'unverified' ELSE {text} END)", "t"))
        for name, arms, otherwise in self.model.segments:
            text = "NULL" if otherwise is None else quoted(otherwise)
            for arm, condition in reversed(arms):
                text = f"CASE WHEN {self.tree(condition)} THEN {quoted(arm)} ELSE {text} END"
            self.names[name] = Value(self.step(name, f"({text})", "t"))

    # ---- the query
    def query(self):
        """(the query, [(name, kind, scale)] of its columns)."""
        for name, kind, node in self.model.lets:
            try:
                value = self.tree(node)
                if len(value.text) > 20000:
                    raise Unsaid
            except Unsaid:
                continue
            self.steps.append((name, kind, value))
            self.names[name] = Value(f'"{name}"', value.scale, value.bound)
        for part in (self.scoring, self.classes):
            before, names = len(self.steps), dict(self.names)
            try:
                if self.model.dimensions:
                    part()
            except Unsaid:
                del self.steps[before:]
                self.names = names
        shown = [(name, kind, value.scale) for name, kind, value in self.steps if kind != "points"]
        if not shown:
            return None, []
        text = ""
        for i, (name, _, value) in enumerate(self.steps):
            text += f"{', ' if i else 'WITH '}s{i} AS MATERIALIZED (SELECT *, {value} AS \"{name}\" FROM {'d' if i == 0 else f's{i - 1}'})"
        return text + " SELECT " + ", ".join(f'"{name}"' for name, _, _ in shown) + f" FROM s{len(self.steps) - 1} ORDER BY row_number", shown

    def column_type(self, kind):
        return {"n": "DOUBLE", "p": "DOUBLE", "q": "DOUBLE", "m": "BIGINT", "r": "BIGINT", "t": "VARCHAR", "d": "DATE", "f": "BOOLEAN", "u": "INTEGER", "o": "INTEGER"}[kind]

    def field(self, kind, value):
        if value is None:
            return None
        if kind in "mr":
            return value // 10 ** 8
        if kind == "d":
            day = datetime.date.fromordinal(value)
            return day.isoformat() if self.lite else day
        return int(value) if kind == "f" and self.lite else value


def millionths(x):
    """Points that are written out."""
    return round(Fraction(str(x)) * 10 ** 6)


SIMPLE = {
    "add": "add_numbers({0}, {1})", "add_from_literal": "add_numbers({0}, {1})", "subtract": "add_numbers({0}, -({1}))", "subtract_from_literal": "add_numbers({0}, -({1}))", "multiply": "{0} * {1}", "multiply_from_literal": "{0} * {1}",
    "divide": "{0} / NULLIF({1}, 0)", "divide_from_literal": "{0} / NULLIF({1}, 0)", "mod": None, "negate_number": "-{0}", "add_percent_to_number": "add_numbers({0}, {1})",
    "number_times_percent": "{0} * {1}", "number_by_percent": "{0} / NULLIF({1}, 0)", "sign": ("CAST(sign(round(({0}) * 1e12)) AS REAL)", "sign(round(({0}) * 1e12))::DOUBLE"), "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
    "ln": "CASE WHEN {0} > 0 THEN ln({0}) END", "log10": (None, "CASE WHEN {0} > 0 THEN log10({0}) END"), "exp": ("exp(min({0}, 5.0))", "CASE WHEN {0} IS NOT NULL THEN exp(least({0}, 5.0::DOUBLE)) END"), "abs_number": "abs({0})", "abs_percent": "abs({0})",
    "number_of_days": ("CAST({0} AS REAL)", "{0}::DOUBLE"), "number_of_months": ("CAST({0} AS REAL)", "{0}::DOUBLE"), "number_of_percent": "{0}", "periods": ("CAST({0} AS REAL)", "{0}::DOUBLE"),
    "length": ("CAST(length({0}) AS REAL)", "length({0})::DOUBLE"), "year": ("CAST(strftime('%Y', {0}) AS REAL)", "year({0})::DOUBLE"), "quarter": ("CAST((strftime('%m', {0}) + 2) / 3 AS REAL)", "quarter({0})::DOUBLE"),
    "month": ("CAST(strftime('%m', {0}) AS REAL)", "month({0})::DOUBLE"), "day": ("CAST(strftime('%d', {0}) AS REAL)", "day({0})::DOUBLE"),
    "weekday": ("CAST((strftime('%w', {0}) + 6) % 7 + 1 AS REAL)", "isodow({0})::DOUBLE"), "day_of_year": ("CAST(strftime('%j', {0}) AS REAL)", "dayofyear({0})::DOUBLE"),
    "add_percents": "add_numbers({0}, {1})", "subtract_percents": "add_numbers({0}, -({1}))", "percent_times_percent": "{0} * {1}", "percent_times_figure": ("{0} * {data}", "{0} * {data}::DOUBLE"), "figure_times_percent": ("{data} * {0}", "{data}::DOUBLE * {0}"),
    "percent_by_number": "{0} / NULLIF({1}, 0)", "negate_percent": "-{0}", "percent": "{0}", "amount_of_percent": "{0}", "per_year": "{0}", "add_yearly": "add_numbers({0}, {1})", "subtract_yearly": "add_numbers({0}, -({1}))",
    "kept_per_year": ("pow(max(min({0}, 4e-1), -4e-1), 12e0)", "CASE WHEN {0} IS NOT NULL THEN pow(greatest(least({0}, 4e-1), -4e-1), 12e0) END"),
    "grown_per_year": ("add_numbers(pow(add_numbers(1e0, max(min({0}, 4e-1), -4e-1)), 12e0), -1e0)", "CASE WHEN {0} IS NOT NULL THEN add_numbers(pow(add_numbers(1e0, greatest(least({0}, 4e-1), -4e-1)), 12e0), -1e0) END"), "kept_per_month": "CASE WHEN {0} >= 0 THEN pow({0}, 1 / 12e0) END", "grown_per_month": "CASE WHEN 1 + {0} >= 0 THEN add_numbers(pow(add_numbers(1e0, {0}), 1 / 12e0), -1e0) END",
    "upper": (None, "replace(upper({0}), 'ẞ', 'ß')"), "lower": (None, "lower({0})"), "trim": "trim({0})",
    "month_start": ("date({0}, 'start of month')", "date_trunc('month', {0})::DATE"), "month_end": ("date({0}, 'start of month', '+1 month', '-1 day')", "last_day({0})"),
    "quarter_start": ("date({0}, 'start of month', (-((strftime('%m', {0}) - 1) % 3)) || ' months')", "date_trunc('quarter', {0})::DATE"), "year_start": ("date({0}, 'start of year')", "date_trunc('year', {0})::DATE"),
    "add_days": "{0} + {1}", "subtract_days": "{0} - {1}", "add_months": "{0} + {1}", "subtract_months": "{0} - {1}", "negate_days": "-{0}", "negate_months": "-{0}", "abs_days": "abs({0})", "abs_months": "abs({0})",
    "and": "{0} AND {1}", "or": "{0} OR {1}", "not": "NOT {0}",
}

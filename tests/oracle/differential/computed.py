"""What a random model says of its rows, from the description of the language: every tree becomes a closure once, and the closures run row by row. Amounts are whole 10^-12ths, points whole
millionths, so that sums are exact; numbers and percents are doubles as the language has them; dates are ordinals, durations whole days or months, a missing value is None.
Shares nothing with ppmc, nor with the slower evaluator of whole languages next door (_evaluate.py)."""
import datetime
import math
import re
from decimal import Decimal
from fractions import Fraction

from models import value_of

UNIT = 10 ** 12
POWERS = [float(10 ** i) for i in range(23)]
MILLION = 10 ** 6


class Overflow(Exception):
    """A value beyond the range of its type, which is an error of the row."""


# ---- numbers --------------------------------------------------------------------------------------------------------------

def half_away(units, divisor):
    """units / divisor to the nearest whole number, ties away from zero."""
    if divisor < 0:
        units, divisor = -units, -divisor
    whole = (2 * abs(units) + divisor) // (2 * divisor)
    return -whole if units < 0 else whole


def nearest(x):
    """A double below 2^52 to a whole number, ties away from zero."""
    a = abs(x)
    whole = math.floor(a)
    if a - whole >= 0.5:
        whole += 1
    return -whole if x < 0 else whole


def places_of(x):
    """How many places of a number count: 12, and not more than 15 digits in all."""
    return max(0, 15 - max(3, len(str(int(abs(x))))))


def as_decimal(x):
    scale = POWERS[places_of(x)]
    return (nearest(x * scale) / scale if abs(x) < 2 ** 52 else x) + 0.0


def fine(x):
    """The decimal that a number stands for, in 10^-12ths."""
    places = places_of(x)
    return nearest(x * POWERS[places]) * 10 ** (12 - places) if abs(x) < 2 ** 52 else int(x) * UNIT


def added(a, b):
    """Where digits cancel, a sum has no more places than 15 digits of the larger of the two, which are looked at from 10^-8 on."""
    total, larger = a + b, max(abs(a), abs(b))
    if larger < 1e-8 or not abs(total) < larger:
        return total
    scale = POWERS[max(0, 14 - Decimal(larger).adjusted())]
    return (nearest(total * scale) / scale if abs(total) < 2 ** 52 else total) + 0.0


def number(x):
    if x - x != 0:
        raise Overflow
    return x + 0.0


def points_of(x):
    return half_away(fine(x), MILLION)


def amount(units):
    if abs(units) > 9 * 10 ** 14 * UNIT:
        raise Overflow
    return units


def power(x, y):
    try:
        value = math.pow(x, y)
    except ValueError:
        return None
    except OverflowError:
        raise Overflow from None
    return None if x == 0 and y < 0 else number(value)


def divided(x, y):
    return number(x / y) if y else None


# ---- dates ------------------------------------------------------------------------------------------------------------------

DATE = datetime.date.fromordinal


def day_of(ordinal):
    if not 1 <= ordinal <= 3652059:
        raise Overflow
    return ordinal


def add_months(ordinal, months):
    date = DATE(ordinal)
    at = date.year * 12 + date.month - 1 + months
    year, month = at // 12, at % 12 + 1
    if not 1 <= year <= 9999:
        raise Overflow
    return datetime.date(year, month, min(date.day, days_in(year, month))).toordinal()


def days_in(year, month):
    return 31 if month == 12 else (datetime.date(year, month + 1, 1) - datetime.date(year, month, 1)).days


def months_between(a, b):
    if a > b:
        return -months_between(b, a)
    first, last = DATE(a), DATE(b)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    while add_months(a, months) > b:
        months -= 1
    return months


def start_of(ordinal, unit):
    date = DATE(ordinal)
    if unit == "month_end":
        return date.replace(day=days_in(date.year, date.month)).toordinal()
    return date.replace(day=1, month={"month_start": date.month, "quarter_start": (date.month - 1) // 3 * 3 + 1, "year_start": 1}[unit]).toordinal()


def date_of(month, day, year):
    month, day = as_decimal(month), as_decimal(day)
    if month != int(month) or day != int(day) or not 1 <= month <= 12 or not 1 <= day <= days_in(year, int(month)):
        return None
    return datetime.date(year, int(month), int(day)).toordinal()


def one_for_one(text, how):
    """In capitals or small letters, one character for one: ß has no capital of its own here."""
    return "".join(c if len(getattr(c, how)()) != 1 else getattr(c, how)() for c in text)


# ---- operations on what is there ------------------------------------------------------------------------------------------------

COMPARE = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
add, subtract, multiply = (lambda a, b: number(added(a, b))), (lambda a, b: number(added(a, -b))), (lambda a, b: number(a * b))


def modulo(a, b):
    """Of the decimals that both stand for; Python's % has the sign of the divisor, too."""
    return number(float(Fraction(fine(a) % fine(b), UNIT))) if fine(b) else None


def money_times(a, x):
    return amount(half_away(a * fine(x), UNIT))


def money_by(a, x):
    divisor = fine(x)
    return amount(half_away(a * UNIT, divisor)) if divisor else None


class Quotient(int):
    """An amount that was divided by a whole constant: a duration is multiplied by what it was before, `inner`, and that is divided by `by`, so that it is rounded once."""


def quotient(inner, by, value):
    one = Quotient(value)
    one.inner, one.by = inner, by
    return one


def plain(value):
    return int(value) if isinstance(value, Quotient) else value


def times_months(rate, months):
    by = 1
    while isinstance(rate, Quotient) and abs(rate.by * by) <= 10 ** 6:
        rate, by = rate.inner, by * rate.by
    product = amount(int(rate) * months)
    return product if by == 1 else half_away(product, by)


def rounded(x, places):
    return half_away(fine(x), 10 ** (12 - places)) / 10 ** places + 0.0


def first_of(better):
    """The first of the least, or of the greatest: the figures as they are, for nothing is decided but which of them it is."""
    def choose(a, b):
        return b if better(b, a) else a
    return choose


def times(a, text):
    return half_away(a * int(Fraction(text) * 10), 10)


STRICT = {
    "power": lambda a, data: power(a, float(data)), "power_of": lambda a, data: power(a, float(data)), "negate_number": lambda a, data: -a + 0.0, "negate_percent": lambda a, data: -a + 0.0,
    "floor": lambda a, data: float(math.floor(as_decimal(a))), "ceil": lambda a, data: float(math.ceil(as_decimal(a))) + 0.0, "sign": lambda a, data: float((as_decimal(a) > 0) - (as_decimal(a) < 0)),
    "sqrt": lambda a, data: math.sqrt(a) if a >= 0 else None, "ln": lambda a, data: math.log(a) if a > 0 else None, "log10": lambda a, data: math.log10(a) if a > 0 else None,
    "exp": lambda a, data: math.exp(min(a, 5.0)), "abs_number": lambda a, data: abs(a), "abs_percent": lambda a, data: abs(a), "round_number": lambda a, data: rounded(a, data),
    "round_percent": lambda a, data: rounded(a, data), "round_to_whole": lambda a, data: rounded(a, 0), "number_of_money": lambda a, data: a / UNIT, "number_of_days": lambda a, data: float(a),
    "number_of_months": lambda a, data: float(a), "number_of_percent": lambda a, data: a, "length": lambda a, data: float(len(a)), "year": lambda a, data: float(DATE(a).year),
    "quarter": lambda a, data: float((DATE(a).month + 2) // 3), "month": lambda a, data: float(DATE(a).month), "day": lambda a, data: float(DATE(a).day), "weekday": lambda a, data: float(DATE(a).isoweekday()),
    "day_of_year": lambda a, data: float(DATE(a).timetuple().tm_yday), "percent_times_figure": lambda a, data: number(a * float(data)), "figure_times_percent": lambda a, data: number(float(data) * a),
    "percent": lambda a, data: a, "amount_of_percent": lambda a, data: a, "kept_per_month": lambda a, data: power(a, 1 / 12), "grown_per_month": lambda a, data: grown(a),
    "negate_money": lambda a, data: -a, "abs_money": lambda a, data: abs(a), "round_money": lambda a, data: half_away(a, 10 ** (12 - data)) * 10 ** (12 - data), "amount_of_rate": lambda a, data: a,
    "amount_per_year": lambda a, data: amount(a * 12), "amount_there_and_back": lambda a, data: quotient(amount(a * 12), 12, half_away(amount(a * 12), 12)), "amount_per_day": lambda a, data: half_away(a * 10000, 304375),
    "amount_per_week": lambda a, data: half_away(amount(a * 7) * 10000, 304375), "kept_per_year": lambda a, data: power(max(min(a, 0.4), -0.4), 12.0), "grown_per_year": lambda a, data: added(power(added(1.0, max(min(a, 0.4), -0.4)), 12.0), -1.0), "upper": lambda a, data: one_for_one(a, "upper"), "lower": lambda a, data: one_for_one(a, "lower"), "trim": lambda a, data: a.strip(" \t"),
    "month_start": lambda a, data: start_of(a, "month_start"), "month_end": lambda a, data: start_of(a, "month_end"), "quarter_start": lambda a, data: start_of(a, "quarter_start"),
    "year_start": lambda a, data: start_of(a, "year_start"), "negate_days": lambda a, data: -a, "negate_months": lambda a, data: -a, "abs_days": lambda a, data: abs(a), "abs_months": lambda a, data: abs(a),
    "days_times_figure": times, "months_times_figure": times, "days_by_figure": lambda a, data: half_away(a * 10, int(Fraction(data) * 10)), "months_by_figure": lambda a, data: half_away(a * 10, int(Fraction(data) * 10)),
    "per_month": lambda a, data: a, "per_year": lambda a, data: a,
}


def grown(a):
    value = power(added(1.0, a), 1 / 12)
    return None if value is None else added(value, -1.0)


BINARY = {
    "add": add, "add_from_literal": add, "subtract": subtract, "subtract_from_literal": subtract, "multiply": multiply, "multiply_from_literal": multiply, "divide": divided, "divide_from_literal": divided, "mod": modulo,
    "add_percent_to_number": add, "number_times_percent": multiply, "number_by_percent": divided, "ratio_of_percents": divided, "add_percents": add, "subtract_percents": subtract,
    "percent_times_percent": multiply, "percent_by_number": divided, "add_yearly": add, "subtract_yearly": subtract,
    "ratio_of_money": lambda a, b: a / b if b else None, "ratio_of_days": lambda a, b: a / b if b else None, "ratio_of_months": lambda a, b: a / b if b else None, "ratio_of_rates": lambda a, b: a / b if b else None,
"days_between": lambda a, b: float(b - a), "months_between": lambda a, b: float(months_between(a, b)), "years_between": lambda a, b: float(int(months_between(a, b) / 12)),
    "add_money": lambda a, b: amount(a + b), "subtract_money": lambda a, b: amount(a - b), "add_rates": lambda a, b: amount(a + b), "subtract_rates": lambda a, b: amount(a - b),
    "money_times_number": money_times, "money_times_percent": money_times, "number_times_money": lambda a, b: money_times(b, a), "percent_times_money": lambda a, b: money_times(b, a),
    "money_by_number": money_by, "rate_times_months": times_months, "months_times_rate": lambda a, b: times_months(b, a), "rate_times_number": money_times, "rate_by_number": money_by,
    "date_of": lambda a, b: date_of(a, b, 2026), "later_by_days": lambda a, b: day_of(a + b), "earlier_by_days": lambda a, b: day_of(a - b), "later_by_months": add_months, "earlier_by_months": lambda a, b: add_months(a, -b),
    "days_from_to": lambda a, b: a - b, "add_days": lambda a, b: a + b, "subtract_days": lambda a, b: a - b, "add_months": lambda a, b: a + b, "subtract_months": lambda a, b: a - b,
    "contains": lambda a, b: b in a, "starts with": lambda a, b: a.startswith(b), "ends with": lambda a, b: a.endswith(b), "equal_flags": lambda a, b: a == b,
}


def kleene_and(a, b):
    return False if a is False or b is False else None if a is None or b is None else True


def turned(value, away):
    return None if value is None else value != away


PASS_ON = {"name", "call"}
# What has a value wherever its operands have one.
ALWAYS_COMPUTED = {
    "add", "add_from_literal", "subtract", "subtract_from_literal", "multiply", "multiply_from_literal", "add_percent_to_number", "number_times_percent", "add_percents", "subtract_percents",
    "percent_times_percent", "add_yearly", "subtract_yearly", "add_money", "subtract_money", "add_rates", "subtract_rates", "money_times_number", "money_times_percent", "number_times_money",
    "percent_times_money", "rate_times_months", "months_times_rate", "rate_times_number", "negate", "negate_money", "abs_money", "amount_of_rate", "amount_per_year", "per_month", "per_year",
}


class Trees:
    """Closures for a model's expressions. A row is a dictionary from names to values; the figures of a `define` are a row of their own."""

    def __init__(self, model):
        self.lets = {name: node for name, _, node in model.lets + model.late}
        settings = dict((model.scenario[1] if model.scenario and model.scenario[2] else []) + model.settings)
        self.constants = {"as_of": model.as_of.toordinal()}
        for name, kind, text, _ in model.params:
            self.constants[name] = value_of(settings.get(name, text), kind)
        self.tables, self.formulas = {}, {}
        self.lists = {name: [self.tree(i)({}) for i in items] for name, _, items in model.lists}
        for t in model.lookups:
            entries = [([[(isinstance(k, str), k if isinstance(k, str) else self.tree(k)({})) for k in key] for key in keys], self.tree(value)) for keys, value in t["entries"]]
            self.tables[t["name"]] = (entries, self.tree(t["otherwise"]), [self.same(k) for k in t["keys"]])
        for d in model.defines:
            self.formulas[d["name"]] = (d["names"], self.tree(d["body"]))

    # ---- expressions
    def tree(self, node):
        made = self.closure(node)
        if node.kind not in "mr" or node.op in PASS_ON or node.op in BINARY or node.op in STRICT:
            return made
        return lambda row: plain(made(row))

    def is_constant(self, node):
        """Known when the model is compiled."""
        if node.op == "name":
            return node.data in self.constants or (node.data in self.lets and self.is_constant(self.lets[node.data]))
        return node.op not in ("call", "lookup") and all(self.is_constant(a) for a in node.args)

    def closure(self, node):
        op, data = node.op, node.data
        if op == "literal":
            value = data if node.kind == "t" else value_of(data, node.kind)
            return lambda row: value
        if op == "name":
            if data in self.constants:
                value = self.constants[data]
                return lambda row: value
            return lambda row: row[data]
        args = [self.tree(a) for a in node.args]
        if op in BINARY or op.startswith(("compare_", "min_", "max_")):
            a, b = args
            return self.binary(node, a, b)
        if op in STRICT:
            does, (a,) = STRICT[op], args

            def strict(row):
                x = a(row)
                return None if x is None else does(x, data)
            return strict
        return getattr(self, "tree_" + op.split("_")[0])(node, args)

    def binary(self, node, a, b):
        op, kind = node.op, node.args[0].kind
        away = None
        if op in BINARY:
            does = BINARY[op]
            if node.data and node.kind == "f":
                away = node.data.startswith("not") or node.data == "!="
        elif op.startswith("compare_"):
            relation = COMPARE[node.data]
            does = relation if kind not in "npq" else lambda x, y: relation(as_decimal(x), as_decimal(y))
        else:
            better = COMPARE["<" if op[:3] == "min" else ">"]
            does = first_of(better) if kind in "npq" else (min if op[:3] == "min" else max)

        def two(row):
            x, y = a(row), b(row)  # both: what overflows is an error beside a missing value, too
            return None if x is None or y is None else does(x, y)
        if op in ("money_by_number", "rate_by_number") and self.is_constant(node.args[1]) and not self.is_constant(node.args[0]):
            def by_constant(row):
                x, y, value = a(row), b(row), two(row)
                return value if value is None or y != int(y) else quotient(x, int(y), value)
            return by_constant
        return two if not away else lambda row: turned(two(row), True)

    def tree_periods(self, node, args):
        """Of the rate only its period matters, not whether it is there."""
        a = args[0]
        return lambda row: None if a(row) is None else float(a(row))

    def tree_same(self, node, args):
        return args[0]

    def tree_least(self, node, args):
        choose = first_of(COMPARE["<"]) if node.kind in "npq" else min

        def three(row):
            values = [a(row) for a in args]
            return None if None in values else choose(choose(values[0], values[1]), values[2])
        return three

    def tree_and(self, node, args):
        a, b = args
        return lambda row: kleene_and(a(row), b(row))

    def tree_or(self, node, args):
        a, b = args
        return lambda row: turned(kleene_and(turned(a(row), True), turned(b(row), True)), True)

    def tree_not(self, node, args):
        (a,) = args
        return lambda row: turned(a(row), True)

    def tree_if(self, node, args):
        condition, yes, no = args

        def choose(row):
            holds = condition(row)
            return None if holds is None else yes(row) if holds else no(row)
        return choose

    def tree_case(self, node, args):
        arms, missing, otherwise = node.data
        pairs = [(args[2 * i], args[2 * i + 1]) for i in range(arms)]
        rest = args[2 * arms:]
        unknown = rest.pop(0) if missing else None
        last = rest.pop(0) if otherwise else None

        def choose(row):
            for condition, value in pairs:
                holds = condition(row)
                if holds is None:
                    return unknown(row) if unknown else None
                if holds:
                    return value(row)
            return last(row) if last else None
        return choose

    def tree_default(self, node, args):
        def choose(row):
            return next((x for x in (a(row) for a in args) if x is not None), None)
        return choose

    def tree_provided(self, node, args):
        condition, value = args
        return lambda row: value(row) if condition(row) is True else None

    def tree_missing(self, node, args):
        there, wanted = self.presence(node.args[0]), node.data == "missing"
        return lambda row: there(row) != wanted

    def presence(self, node):
        """Whether a sum, a difference or a product is there is known from its operands: it is not computed, and does not overflow."""
        if node.op in ALWAYS_COMPUTED:
            operands = [self.presence(a) for a in node.args]
            return lambda row: all([there(row) for there in operands])
        if node.op == "name" and node.data in self.lets:
            return self.presence(self.lets[node.data])
        value = self.tree(node)
        return lambda row: value(row) is not None

    def same(self, kind):
        return (lambda x, y: as_decimal(x) == as_decimal(y)) if kind in "npq" else (lambda x, y: x == y)

    def order(self, kind, relation):
        does = COMPARE[relation]
        return (lambda x, y: None if x is None or y is None else does(as_decimal(x), as_decimal(y))) if kind in "npq" else (lambda x, y: None if x is None or y is None else does(x, y))

    def tree_in(self, node, args):
        if node.op == "in_value":
            away, (a,), items = node.data[0] == "not in", args, self.lists[node.data[1]]
        else:
            away, a, items = node.data == "not in", args[0], [i({}) for i in args[1:]]
        same = self.same(node.args[0].kind)

        def among(row):
            x = a(row)
            return None if x is None else any(same(x, item) for item in items) != away
        return among

    def tree_between(self, node, args):
        a, low, high = args
        above, below = self.order(node.args[0].kind, ">="), self.order(node.args[0].kind, "<=")
        away = node.data.startswith("not")

        def within(row):
            x = a(row)
            value = kleene_and(above(x, low(row)), below(x, high(row)))
            return turned(value, True) if away else value
        return within

    tree_range = tree_between

    def tree_chain(self, node, args):
        a, b, c = args
        first, second = (self.order(node.args[1].kind, relation) for relation in node.data)

        def chained(row):
            middle = b(row)
            return kleene_and(first(a(row), middle), second(middle, c(row)))
        return chained

    def tree_matches(self, node, args):
        (a,), away, pattern = args, node.data[0] == "not matches", re.compile(node.data[1], re.ASCII)

        def found(row):
            x = a(row)
            return None if x is None else (pattern.search(x) is not None) != away
        return found

    def tree_call(self, node, args):
        names, body = self.formulas[node.data]

        def called(row):
            return body(dict(zip(names, [a(row) for a in args])))
        return called

    def tree_lookup(self, node, args):
        entries, otherwise, same = self.tables[node.data]

        def holds(key, x, equal):
            """`_` is anything but missing."""
            return any((one == "_") == (x is not None) if word else x is not None and equal(x, one) for word, one in key)

        def found(row):
            values = [a(row) for a in args]
            for keys, value in entries:
                if all(holds(*each) for each in zip(keys, values, same)):
                    return value(row)
            return None if None in values else otherwise(row)
        return found

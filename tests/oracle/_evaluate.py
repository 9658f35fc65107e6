"""What a one-row model says about a row, computed with Python's integers, fractions and IEEE doubles: money, points and ranges
are exact, numbers are doubles as the language has them. Written from the language's description; shares nothing with ppmc."""
import csv
import datetime
import io
import math
import os
import re
from decimal import Decimal
from fractions import Fraction

import _syntax

TOP = os.environ.get("PPM_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INFINITY = float("inf")


# ---- values: a missing value is None, a text str, a flag bool, a date datetime.date ------------------------------------

class Number:
    def __init__(self, value, percent=False, bare=False, period=None):
        self.value, self.percent, self.bare, self.period = float(value) + 0.0, percent, bare, period


class Money:
    def __init__(self, value, period=None):
        self.value, self.period = Fraction(value), period


class Duration:
    def __init__(self, value, months):
        self.value, self.months = value, months


def half_away(value, unit=1):
    """A fraction to the nearest multiple of unit, ties away from zero, in units."""
    ratio = abs(Fraction(value)) / Fraction(unit)
    whole = int(ratio + Fraction(1, 2))
    return -whole if value < 0 else whole


def c_round(x):
    return float(half_away(Fraction(x))) if abs(x) < 2 ** 52 else x


def places_of(x):
    """How many places of a number count: 12, and not more than 15 digits in all."""
    return max(0, 15 - max(3, len(str(int(abs(x))))))


def as_decimal(x):
    scale = float(10 ** places_of(x))
    return c_round(x * scale) / scale + 0.0


def added(a, b):
    """Where digits cancel, a sum has no more places than 15 digits of the larger of the two, which are looked at from 10^-8 on."""
    larger = max(abs(a), abs(b))
    if larger < 1e-8 or not abs(a + b) < larger:
        return a + b
    scale = float(10 ** max(0, 14 - Decimal(larger).adjusted()))
    return c_round((a + b) * scale) / scale + 0.0


def decimal_of(x):
    """The decimal that a number stands for, exactly."""
    places = places_of(x)
    return Fraction(half_away(Fraction(x * float(10 ** places))), 10 ** places)


def round_places(x, places):
    return float(Fraction(half_away(decimal_of(x), Fraction(1, 10 ** places)), 10 ** places)) + 0.0


def exact12(value):
    return Fraction(half_away(value, Fraction(1, 10 ** 12)), 10 ** 12)


def plain(value):
    """A double's shortest decimal, without an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value, places, grouped=False):
    """An exact fraction with so many places, half away from zero."""
    units = half_away(value, Fraction(1, 10 ** places))
    digits = str(abs(units)).rjust(places + 1, "0")
    whole, rest = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    return ("-" if units < 0 else "") + (f"{int(whole):,}" if grouped else whole) + rest


def percent_text(value, places=None):
    shifted = decimal_of(value) * 100
    if places is not None:
        return fixed(shifted, places) + "%"
    text = fixed(shifted, 13)
    return text.rstrip("0").rstrip(".") + "%"


def show(value, pattern=None, as_percent=False):
    if value is None:
        return ""
    if pattern:
        places = len(pattern.split(".")[1].rstrip("%")) if "." in pattern else 0
        if isinstance(value, Number) and pattern.endswith("%"):
            return percent_text(value.value, places)
        exact = value.value if isinstance(value, Money) else decimal_of(value.value)
        return fixed(exact, places, "," in pattern)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Duration):
        unit = "month" if value.months else "day"
        return f"{value.value} {unit}" + ("" if abs(value.value) == 1 else "s")
    period = f" per {value.period}" if value.period else ""
    if isinstance(value, Money):
        return fixed(value.value, 2) + period
    if value.percent or as_percent:
        return percent_text(value.value) + period
    return plain(as_decimal(value.value)) + period


# ---- dates ----------------------------------------------------------------------------------------------------------------

def month_days(year, month):
    return (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.date(year, month, 1)).days


def add_months(date, months):
    at = date.year * 12 + date.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return datetime.date(year, month, min(date.day, month_days(year, month)))


def months_between(start, end):
    if start > end:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    while add_months(start, months) > end:
        months -= 1
    while add_months(start, months + 1) <= end:
        months += 1
    return months


# ---- a compiled model --------------------------------------------------------------------------------------------------------

RELATIONS = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
PERIOD = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
MILLION = 10 ** 6


def points_of(x):
    """Points are kept in millionths of the decimal that the number stands for."""
    return half_away(decimal_of(x), Fraction(1, MILLION)) if abs(x) < INFINITY else x


def kept(x):
    return points_of(x) / MILLION if abs(x) < INFINITY else x


class Model:
    """types: for a model without a dataset, {column: type}."""

    def __init__(self, path, types=None, settings=None):
        self.syntax = _syntax.parse(open(path, encoding="utf-8").read())
        self.defines, self.lookups = {}, {}
        for module in self.syntax["uses"]:
            used = _syntax.parse(open(os.path.join(TOP, "stdlib", module + ".ppm"), encoding="utf-8").read())
            for name, define in used["defines"].items():
                self.defines[f"{module}.{name}"] = define + (module + ".",)
        for name, define in self.syntax["defines"].items():
            self.defines[name] = define + ("",)
        self.lookups = self.syntax["lookups"]
        self.as_of = self.syntax["as_of"]
        self.columns = {}
        for column in self.syntax["columns"]:
            self.columns[column["name"]] = column
        for name, kind in (types or {}).items():
            self.columns[name] = {"name": name, "header": name, "type": kind, "optional": True, "key": False, "default": None, "missing": [], "format": None, "values": {},
                                  "low": None, "high": None, "allowed": None}
        self.key = next((c["name"] for c in self.columns.values() if c["key"]), None)
        self.parameters = {}
        for name, (declared, value) in self.syntax["params"].items():
            if settings and name in settings:
                value = _syntax.expression(settings[name])
            value = Row(self, {}).evaluate(value)
            if declared == "money" and isinstance(value, Number):
                value = Money(Decimal(plain(value.value)))
            if isinstance(value, Number):
                value.bare = False
            self.parameters[name] = value
        dimensions = self.syntax["dimensions"] or [{"name": None, "weight": None, "range": None, "start": ("number", Decimal(0)), "rules": self.syntax["rules"]}]
        self.dimensions = [self.dimension(d) for d in dimensions] if (self.syntax["dimensions"] or self.syntax["rules"]) else []
        self.perspectives = [(name, [self.constant(shares[d["name"]]) if d["name"] in shares else 0.0 for d in self.dimensions]) for name, shares in self.syntax["perspectives"]]
        self.adjust = [self.rule(r) for r in self.syntax["adjust"]]
        self.flags = {}
        for rule in self.every_rule([r for d in self.dimensions for r in d["rules"]] + self.adjust):
            if "condition" in rule:
                self.flags[rule["name"]] = rule["condition"]
        for name, condition, _ in self.syntax["disqualifiers"]:
            self.flags[name] = condition

    def every_rule(self, rules):
        for rule in rules:
            yield rule
            yield from self.every_rule(rule.get("rules", []))

    def constant(self, expression):
        return float(Row(self, {}).evaluate(expression).value)

    # ---- what rules can award
    def bounds(self, e, bindings=None):
        """(low, high) of a figure, by interval arithmetic."""
        bindings = bindings or {}
        kind = e[0]
        if kind in ("number", "percent", "money"):
            value = float(e[1]) / (100 if kind == "percent" else 1)
            return value, value
        if kind == "duration":
            return e[1], e[1]
        if kind == "name":
            name = e[1]
            if name in bindings:
                return bindings[name]
            if name in self.parameters:
                value = self.parameters[name]
                return (float(value.value),) * 2 if isinstance(value, (Number, Money, Duration)) else (-INFINITY, INFINITY)
            if name in self.columns:
                column = self.columns[name]
                if column["low"] is not None:
                    return self.bounds(column["low"])[0], self.bounds(column["high"])[0]
                return -INFINITY, INFINITY
            if name in self.syntax["lets"]:
                return self.bounds(self.syntax["lets"][name], bindings)
            return -INFINITY, INFINITY
        if kind == "negate":
            low, high = self.bounds(e[1], bindings)
            return -high, -low
        if kind in ("add", "subtract", "multiply"):
            a, b = self.bounds(e[1], bindings), self.bounds(e[2], bindings)
            if kind == "add":
                return a[0] + b[0], a[1] + b[1]
            if kind == "subtract":
                return a[0] - b[1], a[1] - b[0]
            products = [0.0 if x == 0 or y == 0 else x * y for x in a for y in b]
            return min(products), max(products)
        if kind == "if":
            a, b = self.bounds(e[2], bindings), self.bounds(e[3], bindings)
            return min(a[0], b[0]), max(a[1], b[1])
        if kind == "case":
            all_arms = [self.bounds(value, bindings) for _, value in e[1]] + [self.bounds(x, bindings) for x in e[2:] if x]
            return min(b[0] for b in all_arms), max(b[1] for b in all_arms)
        if kind == "default":
            a, b = self.bounds(e[1], bindings), self.bounds(e[2], bindings)
            return min(a[0], b[0]), max(a[1], b[1])
        if kind == "call":
            if e[1] in self.lookups:
                entries, otherwise = self.lookups[e[1]]
                all_entries = [self.bounds(value) for _, value in entries] + [self.bounds(otherwise)]
                return min(b[0] for b in all_entries), max(b[1] for b in all_entries)
            inner = [self.bounds(a, bindings) for a in e[2]]
            if e[1] == "min":
                return min(b[0] for b in inner), min(b[1] for b in inner)
            if e[1] == "max":
                return max(b[0] for b in inner), max(b[1] for b in inner)
            if e[1] in ("round", "number", "floor", "ceil", "amount"):
                return inner[0]
            if e[1] == "abs":
                return 0.0, max(abs(inner[0][0]), abs(inner[0][1]))
            if e[1] in ("length", "month"):
                return (1.0, 12.0) if e[1] == "month" else (0.0, INFINITY)
        return -INFINITY, INFINITY

    def rule(self, syntax):
        rule = dict(syntax)
        kind = rule["kind"]
        if kind in ("reward", "penalty"):
            low, high = self.bounds(rule["points"])
            high = max(high, 0.0)
            rule["most"] = INFINITY
            if rule["cap"]:
                rule["most"] = self.constant(rule["cap"])
                high = min(high, rule["most"])
            rule["given"] = kept(min(max(self.bounds(rule["missing"])[1], 0.0), rule["most"])) if rule["missing"] else 0.0
            high = kept(max(high, rule["given"]))
            rule["range"] = (0.0, high) if kind == "reward" else (-high, 0.0)
        elif kind == "scale":
            ends = [self.constant(rule["from"]), self.constant(rule["to"])]
            rule["range"] = (kept(min(ends)), kept(max(ends)))
        elif kind == "bands":
            values = [value for _, value in rule["arms"]] + [rule[k] for k in ("otherwise", "missing") if rule[k]]
            all_values = [self.bounds(value) for value in values]
            rule["range"] = (kept(min(b[0] for b in all_values)), kept(max(b[1] for b in all_values)))
        else:
            rule["rules"] = [self.rule(r) for r in rule["rules"]]
            for member in rule["rules"]:
                member["set"] = 0
            rule["most"] = kept(self.constant(rule["cap"])) if kind == "group" else INFINITY
            rule["range"] = self.bundle_range(rule, rule["rules"])
        return rule

    def bundle_range(self, rule, members, own=None):
        """The range of a bundle over some of its members."""
        if not members:
            return 0.0, 0.0
        ranges = [m["range"] for m in members]
        if rule["kind"] == "best":
            return max(r[0] for r in ranges), max(r[1] for r in ranges)
        low, high = self.total_range(members, own)
        return max(low, -rule["most"]), min(high, rule["most"])

    def dimension(self, syntax):
        dimension = dict(syntax)
        dimension["rules"] = [self.rule(r) for r in syntax["rules"]]
        dimension["weight"] = self.constant(syntax["weight"]) if syntax["weight"] else 1.0
        dimension["start"] = self.constant(syntax["start"])
        if syntax["range"]:
            dimension["range"] = (self.constant(syntax["range"][0]), self.constant(syntax["range"][1]))
        self.number_sets(dimension["rules"])
        self.in_groups(dimension["rules"])
        low, high = self.total_range(dimension["rules"])
        dimension["rules_range"] = (low + dimension["start"], high + dimension["start"])
        return dimension

    # ---- rules that exclude each other: each constrains a subject to an interval or a set of texts, and the two have nothing in common
    def inline(self, e):
        if isinstance(e, tuple) and e and e[0] == "name" and e[1] in self.syntax["lets"]:
            return self.inline(self.syntax["lets"][e[1]])
        if isinstance(e, tuple):
            return tuple(self.inline(x) for x in e)
        return [self.inline(x) for x in e] if isinstance(e, list) else e

    def constant_value(self, e):
        try:
            value = Row(self, {}, bare=True).evaluate(e)
        except KeyError:
            return None
        if isinstance(value, (Number, Money, Duration)):
            return Fraction(value.value) if not isinstance(value, Number) else Fraction(decimal_of(value.value))
        return Fraction(value.toordinal()) if isinstance(value, datetime.date) else value

    def constraints(self, e):
        """[(subject, kind, constraint)] that hold together whenever e does."""
        kind = e[0]
        if kind == "and":
            return self.constraints(e[1]) + self.constraints(e[2])
        if kind == "name" and e[1] in self.syntax["lets"]:
            return self.constraints(self.syntax["lets"][e[1]])
        if kind == "not" and e[1][0] == "not":
            return self.constraints(e[1][1])
        if kind == "not" and e[1][0] == "compare" and e[1][1] == "=" and isinstance(self.constant_value(e[1][3]), bool):
            return self.constraints(("compare", "=", e[1][2], ("flag", not self.constant_value(e[1][3]))))
        tests = ("contains", "starts", "ends", "matches")
        if kind in tests or (kind == "not" and e[1][0] in tests):
            return [(repr(self.inline(e if kind in tests else e[1])), "flag", kind in tests)]
        if kind == "not" and e[1][0] == "name":
            return [(repr(self.inline(e[1])), "flag", False)]
        if kind == "name":
            return [(repr(self.inline(e)), "flag", True)]
        if kind in ("is_missing", "is_present"):
            return [(repr(self.inline(e[1])), "there", kind == "is_present")]
        if kind == "in_list":
            values = [self.constant_value(item) for item in e[2]]
            subject = repr(self.inline(e[1]))
            return [(subject, "set", set(values)), (subject, "there", True)] if None not in values else []
        if kind == "in_range":
            return self.constraints(("compare", ">=", e[1], e[2])) + self.constraints(("compare", "<=", e[1], e[3]))
        if kind == "compare":
            relation, left, right = e[1:]
            value = self.constant_value(right)
            if value is None:
                value, left = self.constant_value(left), right
                relation = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(relation, relation)
            if value is None:
                return [(repr(self.inline(side)), "there", True) for side in e[2:]]
            subject = repr(self.inline(left))
            there = (subject, "there", True)
            if relation == "!=":
                return [there]
            if relation == "=" and not isinstance(value, Fraction):
                return [(subject, "set", {value}), there]
            low, low_open = (value, relation == ">") if relation in (">", ">=", "=") else (-INFINITY, False)
            high, high_open = (value, relation == "<") if relation in ("<", "<=", "=") else (INFINITY, False)
            return [(subject, "interval", (low, low_open, high, high_open)), there] + self.declared(left)
        return []

    def declared(self, e):
        """What the column's range says of its value."""
        column = self.columns.get(e[1]) if e[0] == "name" else None
        if not column or column["low"] is None or column["default"]:
            return []
        return [(repr(self.inline(e)), "interval", (self.constant_value(column["low"]), False, self.constant_value(column["high"]), False))]

    @staticmethod
    def clash(a, b):
        if a[0] != b[0]:
            return False
        if a[1] != b[1]:
            return False
        if a[1] in ("flag", "there"):
            return a[2] != b[2]
        if a[1] == "set":
            return not a[2] & b[2]
        low, low_open = max((a[2][0], a[2][1]), (b[2][0], b[2][1]))
        high, closed = min((a[2][2], not a[2][3]), (b[2][2], not b[2][3]))
        return low > high or (low == high and (low_open or not closed))

    def exclude(self, a, b):
        both = self.constraints(a["condition"]) + self.constraints(b["condition"])
        return any(self.clash(x, y) for x in both for y in both)

    def there(self, known, e):
        """Whether the value is there in every row of which the constraints hold."""
        e = self.inline(e)
        if (repr(e), "there", True) in known:
            return True
        if e[0] == "name":
            return e[1] in self.parameters or (e[1] in self.columns and not (self.columns[e[1]]["optional"] and not self.columns[e[1]]["default"]))
        if e[0] in ("number", "percent", "money", "duration", "text", "date", "flag", "is_missing", "is_present"):
            return True
        return e[0] in ("add", "subtract", "multiply", "negate", "compare", "in_range", "in_list", "contains", "starts", "ends", "matches", "and", "or", "not") and \
            all(self.there(known, x) for part in e[1:] for x in (part if isinstance(part, list) else [part]) if isinstance(x, tuple))

    def may_be_missing(self, known, e):
        e = self.inline(e)
        if self.there(known, e):
            return False
        if e[0] == "not":
            return self.may_be_missing(known, e[1])
        if e[0] in ("and", "or"):
            sides = e[1:] if e[0] == "and" else [("not", x) for x in e[1:]]
            return all(self.may_hold(known, x) for x in sides) and any(self.may_be_missing(known, x) for x in sides)
        return True

    def may_hold(self, known, e):
        """Whether the flag may be true or missing."""
        if e[0] == "not" and e[1][0] in ("and", "or"):
            return (any if e[1][0] == "and" else all)(self.may_hold(known, ("not", x)) for x in e[1][1:])
        if e[0] == "not" and e[1][0] == "not":
            return self.may_hold(known, e[1][1])
        if e[0] in ("and", "or"):
            return (all if e[0] == "and" else any)(self.may_hold(known, x) for x in e[1:])
        if not self.there(known, e):
            return True
        opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
        if e[0] == "not" and e[1][0] == "compare" and e[1][1] in opposite:
            e = ("compare", opposite[e[1][1]]) + tuple(e[1][2:])
        return not any(self.clash(x, y) for x in known for y in self.constraints(e))

    def in_groups(self, rules):
        for rule in rules:
            if "rules" in rule:
                if rule["kind"] == "group":
                    self.number_sets(rule["rules"])
                self.in_groups(rule["rules"])
                rule["range"] = self.bundle_range(rule, rule["rules"])

    def number_sets(self, rules):
        listed = [r for r in rules if r["kind"] in ("reward", "penalty")]
        sets = 0

        def same(a, b):
            """What `missing` gives may come to nothing where the other fires."""
            return a["kind"] == b["kind"] and all(not one["given"] or not self.may_be_missing(self.constraints(other["condition"]), one["condition"]) for one, other in ((a, b), (b, a)))
        for r in rules:
            r["set"] = 0
        for i, rule in enumerate(listed):
            for number in range(1, sets + 1):
                if not rule["set"] and all(same(rule, o) and self.exclude(rule, o) for o in listed[:i] if o["set"] == number):
                    rule["set"] = number
            if rule["set"]:
                continue
            for other in listed[:i]:
                if not other["set"] and same(rule, other) and self.exclude(rule, other):
                    sets += 1
                    rule["set"] = other["set"] = sets
                    break

    @staticmethod
    def total_range(rules, ranges=None):
        """The range of several rules: those of one set count once."""
        low = high = 0.0
        done = set()
        for rule in rules:
            if not rule["set"]:
                a, b = (ranges or {}).get(rule["name"], rule["range"])
                low, high = low + a, high + b
            elif rule["set"] not in done:
                done.add(rule["set"])
                members = [r for r in rules if r["set"] == rule["set"]]
                given = kept(sum(r["given"] for r in members))  # while none fires, `missing` may give points for all of them
                low += min([-given if rule["kind"] == "penalty" else 0.0] + [r["range"][0] for r in members])
                high += max([given if rule["kind"] == "reward" else 0.0] + [r["range"][1] for r in members])
        return low, high

    # ---- data
    def convert(self, column, text):
        """A field's value; None when it is missing."""
        text = column["values"].get(text, text)
        if text == "" or text in column["missing"]:
            return self.literal(column, column["default"]) if column["default"] else None
        kind = column["type"]
        if kind == "text":
            return text
        if kind == "number":
            return Number(float(text.replace(",", "") if column["format"] and "," in column["format"] else text))
        if kind == "money":
            return Money(Decimal(re.sub(r"[^0-9.\-]", "", text) if column["format"] else text))
        if kind == "percent":
            bare = Decimal(text.rstrip("%"))
            return Number(float(bare if column["format"] == "0.12" else bare / 100), percent=True)
        if kind == "flag":
            return text.lower() in ("yes", "true", "1")
        if kind == "date":
            if column["format"] in ("M/D/YYYY", "MM/DD/YYYY"):
                month, day, year = map(int, text.split("/"))
                return datetime.date(year, month, day)
            if column["format"] == "DD.MM.YYYY":
                return datetime.date(*reversed([int(part) for part in text.split(".")]))
            return datetime.date.fromisoformat(text)
        return Duration(int(text.split()[0]), "month" in text or column["format"] == "months")

    def literal(self, column, e):
        value = Row(self, {}).evaluate(e)
        return Money(Decimal(plain(value.value))) if column["type"] == "money" and isinstance(value, Number) else value

    def row(self, fields):
        return Row(self, fields)


class Row:
    """One customer. fields: {header: text}."""

    def __init__(self, model, fields, bare=False):
        self.model, self.fields, self.bare, self.known = model, fields, bare, {}

    def name(self, name, bindings):
        if name in bindings:
            return bindings[name]
        model = self.model
        if name in self.known:
            return self.known[name]
        if name in getattr(model, "parameters", {}):
            return model.parameters[name]
        if name == "as_of":
            return model.as_of
        if name in model.columns and not self.bare:
            value = model.convert(model.columns[name], self.fields[model.columns[name]["header"]])
        elif name in model.syntax["lets"]:
            value = self.evaluate(model.syntax["lets"][name])
        elif not self.bare and name in model.flags:
            value = self.evaluate(model.flags[name])
        elif not self.bare and name in ("score", "score_low", "score_high", "points", "tier", "evidence"):
            value = {"score": self.score, "score_low": lambda: self.score_at(0), "score_high": lambda: self.score_at(1), "points": self.points, "tier": self.tier, "evidence": self.evidence}[name]()
        elif not self.bare and name == "action":
            value = next((self.template(raw) for tier, raw in model.syntax["actions"] if raw is not None and tier == self.tier()), None)
        elif not self.bare and any(d["name"] == name for d in model.dimensions):
            index = next(i for i, d in enumerate(model.dimensions) if d["name"] == name)
            value = None if self.states()[index]["value"] is None else Number(self.states()[index]["value"])
        elif not self.bare and name.startswith("score_") and any(p[0] == name[6:] for p in model.perspectives):
            value = self.perspective(name[6:])
        elif not self.bare and any(s[0] == name for s in model.syntax["segments"]):
            value = self.segment(name)
        else:
            raise KeyError(name)
        self.known[name] = value
        return value

    # ---- expressions
    def evaluate(self, e, bindings={}, prefix=""):
        kind = e[0]

        def ev(x):
            return self.evaluate(x, bindings, prefix)
        if kind == "number":
            return Number(float(e[1]), bare=True)
        if kind == "percent":
            return Number(float(e[1] / 100), percent=True)
        if kind == "money":
            return Money(e[1])
        if kind in ("text", "date", "flag"):
            return e[1]
        if kind == "duration":
            return Duration(e[1], e[2] == "m")
        if kind == "name":
            return self.name(e[1], bindings)
        if kind == "negate":
            value = ev(e[1])
            return self.arithmetic("multiply", Number(-1.0, bare=True), value) if not isinstance(value, Number) or value is None else Number(-value.value, value.percent, value.bare, value.period)
        if kind == "rate":
            value = ev(e[1])
            if value is None:
                return None
            period = PERIOD.get(e[2], e[2])
            return Money(value.value, period) if isinstance(value, Money) else Number(value.value, value.percent, False, period)
        if kind == "and":
            a, b = ev(e[1]), ev(e[2])
            return False if a is False or b is False else None if a is None or b is None else True
        if kind == "or":
            a, b = ev(e[1]), ev(e[2])
            return True if a is True or b is True else None if a is None or b is None else False
        if kind == "not":
            a = ev(e[1])
            return None if a is None else not a
        if kind == "is_missing":
            return ev(e[1]) is None
        if kind == "is_present":
            return ev(e[1]) is not None
        if kind == "default":
            a = ev(e[1])
            if a is not None:
                return a
            return self.of_kind(self.kind_of(e[1]), ev(e[2]))
        if kind == "if":
            condition = ev(e[1])
            return None if condition is None else ev(e[2]) if condition else ev(e[3])
        if kind == "case":
            for condition, value in e[1]:
                holds = ev(condition)
                if holds is None:
                    return ev(e[2]) if e[2] else None
                if holds:
                    return ev(value)
            return ev(e[3]) if e[3] else None
        if kind == "compare":
            return self.compare(e[1], ev(e[2]), ev(e[3]))
        if kind == "in_list":
            return self.among(ev(e[1]), [ev(item) for item in e[2]])
        if kind == "in_value":
            return self.among(ev(e[1]), [self.evaluate(item) for item in self.model.syntax["lists"][e[2][1]]])
        if kind == "in_range":
            x, low, high = ev(e[1]), ev(e[2]), ev(e[3])
            a, b = self.compare(">=", x, low), self.compare("<=", x, high)
            return False if a is False or b is False else None if a is None or b is None else True
        if kind in ("contains", "starts", "ends", "matches"):
            a, b = ev(e[1]), ev(e[2])
            if a is None or b is None:
                return None
            return {"contains": lambda: b in a, "starts": lambda: a.startswith(b), "ends": lambda: a.endswith(b), "matches": lambda: re.search(b, a) is not None}[kind]()
        if kind in ("add", "subtract", "multiply", "divide", "mod", "power"):
            return self.arithmetic(kind, ev(e[1]), ev(e[2]))
        if kind == "call":
            return self.call(e[1], [ev(a) for a in e[2]], prefix)
        if kind == "aggregate":
            raise KeyError(e[1])  # no constant, and one row alone does not know it
        raise AssertionError(kind)

    def kind_of(self, e):
        """money, number …: the type of an expression without its value."""
        kind = e[0]
        if kind == "name":
            column = self.model.columns.get(e[1])
            if column:
                return column["type"]
            parameter = self.model.parameters.get(e[1])
            if parameter is not None:
                return "money" if isinstance(parameter, Money) else "number"
            return self.kind_of(self.model.syntax["lets"][e[1]]) if e[1] in self.model.syntax["lets"] else "other"
        if kind == "money":
            return "money"
        if kind in ("add", "subtract", "multiply", "divide", "negate", "rate"):
            inside = [self.kind_of(x) for x in e[1:] if isinstance(x, tuple)]
            return "money" if "money" in inside and not (kind == "divide" and inside[1] == "money") else "other"
        if kind in ("if", "default"):
            return "money" if "money" in [self.kind_of(x) for x in e[-2:]] else "other"
        if kind == "call" and e[1] in ("min", "max", "abs", "round", "amount"):
            return self.kind_of(e[2][0])
        return "other"

    @staticmethod
    def of_kind(kind, value):
        return Money(decimal_of(value.value)) if kind == "money" and isinstance(value, Number) else value

    def among(self, x, items):
        results = [self.compare("=", x, item) for item in items]
        return True if True in results else None if None in results else False

    def compare(self, relation, a, b):
        if a is None or b is None:
            return None
        if isinstance(a, Money) or isinstance(b, Money):
            a, b = (x.value if isinstance(x, Money) else decimal_of(x.value) for x in (a, b))
        elif isinstance(a, Number):
            a, b = as_decimal(a.value), as_decimal(b.value)
        elif isinstance(a, Duration):
            assert a.months == b.months
            a, b = a.value, b.value
        elif isinstance(a, str):
            a, b = a.encode(), b.encode()
        return RELATIONS[relation](a, b)

    def arithmetic(self, kind, a, b):
        if a is None or b is None:
            return None
        if isinstance(a, datetime.date) or isinstance(b, datetime.date):
            if kind == "subtract" and isinstance(b, datetime.date):
                return Duration((a - b).days, False)
            if isinstance(b, datetime.date):
                a, b = b, a
            sign = -1 if kind == "subtract" else 1
            return add_months(a, sign * b.value) if b.months else a + datetime.timedelta(days=sign * b.value)
        if isinstance(a, Duration) and isinstance(b, Duration):
            if kind == "divide":
                return Number(a.value / b.value) if b.value else None
            return Duration(a.value + b.value if kind == "add" else a.value - b.value, a.months)
        if isinstance(a, Duration) or isinstance(b, Duration):
            duration, factor = (a, b) if isinstance(a, Duration) else (b, a)
            if getattr(factor, "period", None):
                count = Number(duration.value / {"day": 1, "week": 7, "month": 1, "year": 12}[factor.period])
                return self.arithmetic("multiply", type(factor)(factor.value) if isinstance(factor, Money) else Number(factor.value, factor.percent), count)
            exact = exact12(decimal_of(factor.value))
            if kind == "divide" and not exact:
                return None
            value = duration.value * exact if kind == "multiply" else duration.value / exact
            return Duration(half_away(value), duration.months)
        if isinstance(a, Money) or isinstance(b, Money):
            period = a.period or b.period
            if kind in ("add", "subtract"):
                x, y = (v.value if isinstance(v, Money) else decimal_of(v.value) for v in (a, b))
                return Money(x + y if kind == "add" else x - y, period)
            if kind == "multiply":
                money, number = (a, b) if isinstance(a, Money) else (b, a)
                return Money(exact12(money.value * decimal_of(number.value)), period)
            if isinstance(b, Money):
                return Number(float(a.value / b.value)) if b.value else None
            divisor = decimal_of(b.value)
            return Money(exact12(a.value / divisor), a.period) if divisor else None
        x, y = a.value, b.value
        period = a.period or b.period
        percent = a.percent and b.percent
        if kind == "add":
            return Number(added(x, y), percent, a.bare and b.bare, period)
        if kind == "subtract":
            return Number(added(x, -y), percent, a.bare and b.bare, period)
        if kind == "multiply":
            return Number(x * y, (a.percent and (b.percent or b.bare)) or (b.percent and a.bare), a.bare and b.bare, period)
        if kind == "divide":
            return Number(x / y, a.percent and not b.percent, a.bare and b.bare, None if a.period and b.period else period) if y else None
        if kind == "mod":
            return Number(float(decimal_of(x) % decimal_of(y))) if decimal_of(y) else None
        try:
            value = math.pow(x, y)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        return Number(value)

    def call(self, name, arguments, prefix):
        model = self.model
        if prefix + name in model.defines or name in model.defines:
            parameters, body, inner = model.defines.get(prefix + name) or model.defines[name]
            return self.evaluate(body, dict(zip(parameters, arguments)), inner)
        if name in model.lookups:
            entries, otherwise = model.lookups[name]
            for keys, value in entries:
                if all(any(one is None or (one == "missing" and argument is None) or (one not in (None, "missing") and self.compare("=", argument, self.evaluate(one)) is True) for one in alternatives)
                       for alternatives, argument in zip(keys, arguments)):
                    return self.evaluate(value)
            return None if None in arguments else self.evaluate(otherwise)
        if name == "provided":
            return arguments[1] if arguments[0] is True else None
        if None in arguments:
            return None
        a = arguments[0]
        if name in ("min", "max"):
            best = arguments[0]
            for other in arguments[1:]:
                if self.compare("<" if name == "min" else ">", other, best):
                    best = other
            return best
        if name == "abs":
            return Money(abs(a.value), a.period) if isinstance(a, Money) else Duration(abs(a.value), a.months) if isinstance(a, Duration) else Number(abs(a.value), a.percent)
        if name == "round":
            places = int(arguments[1].value) if len(arguments) > 1 else 0
            return Money(Fraction(half_away(a.value, Fraction(1, 10 ** places)), 10 ** places)) if isinstance(a, Money) else Number(round_places(a.value, places), a.percent)
        if name == "number":
            return Number(float(a.value))
        if name == "percent":
            return Number(a.value, percent=True)
        if name == "amount":
            return Money(a.value) if isinstance(a, Money) else Number(a.value, a.percent)
        if name == "same_period":
            assert a.period == arguments[1].period
            return a
        if name == "periods":
            return Number(a.value / {"day": 1, "week": 7, "month": 1, "year": 12}[arguments[1].period])
        if name in ("floor", "ceil"):
            return Number(getattr(math, name)(as_decimal(a.value)))
        if name == "sqrt":
            return Number(math.sqrt(a.value)) if a.value >= 0 else None
        if name == "ln":
            return Number(math.log(a.value)) if a.value > 0 else None
        if name == "log10":
            return Number(math.log10(a.value)) if a.value > 0 else None
        if name == "exp":
            return Number(math.exp(a.value))
        if name == "power":
            return self.arithmetic("power", a, arguments[1])
        if name == "sign":
            return Number((a.value > 0) - (a.value < 0))
        if name in ("year", "month", "day"):
            return Number(getattr(a, name))
        if name == "quarter":
            return Number((a.month + 2) // 3)
        if name == "weekday":
            return Number(a.isoweekday())
        if name == "day_of_year":
            return Number(a.timetuple().tm_yday)
        if name == "days_between":
            return Number((arguments[1] - a).days)
        if name == "months_between":
            return Number(months_between(a, arguments[1]))
        if name == "years_between":
            return Number(int(months_between(a, arguments[1]) / 12))
        if name == "length":
            return Number(len(a))
        if name in ("upper", "lower"):
            return getattr(a, name)()
        if name == "trim":
            return a.strip()
        raise AssertionError(name)

    # ---- scoring: points and ranges in millionths
    def rule(self, rule):
        """The rule's points, or None when it is unknown."""
        kind = rule["kind"]
        if kind in ("reward", "penalty"):
            sign = 1 if kind == "reward" else -1
            fires = self.evaluate(rule["condition"])
            points = self.evaluate(rule["points"]) if fires is not False else None
            if fires is False:
                return 0
            if fires is None or points is None:
                points = self.evaluate(rule["missing"]) if rule["missing"] else None
                if points is None:
                    return None
            return sign * points_of(min(max(points.value, 0.0), rule["most"]))
        if kind == "scale":
            x = self.evaluate(rule["subject"])
            if x is None:
                return None
            x = float(x.value) if not isinstance(x, datetime.date) else x.toordinal()
            a, b = (self.evaluate(rule[k]) for k in ("low", "high"))
            a, b = (float(v.value) if not isinstance(v, datetime.date) else v.toordinal() for v in (a, b))
            p, q = self.model.constant(rule["from"]), self.model.constant(rule["to"])
            t = min(max(added(x, -a) / added(b, -a), 0.0), 1.0)
            return points_of(added(p, added(q, -p) * t))
        if kind == "bands":
            x = self.evaluate(rule["subject"])
            if x is None:
                return points_of(self.evaluate(rule["missing"]).value) if rule["missing"] else None
            chosen = rule["otherwise"]
            for label, value in rule["arms"]:
                if label[0] == "labels":
                    holds = any(self.compare("=", x, self.evaluate(one)) for one in label[1])
                else:
                    holds = self.compare("<" if label[0] == "below" else "<=", x, self.evaluate(label[1]))
                if holds:
                    chosen = value
                    break
            points = self.evaluate(chosen)
            return None if points is None else points_of(points.value)
        decided = [p for p in (self.rule(m) for m in rule["rules"]) if p is not None]
        if not decided:
            return None
        if kind == "best":
            return max(decided)
        most = points_of(rule["most"])
        return max(min(sum(decided), most), -most)

    def rule_range(self, rule):
        """The rule's range in this row; None when it is unknown."""
        if "rules" in rule:
            members = [m for m in rule["rules"] if self.rule(m) is not None]
            return self.model.bundle_range(rule, members, {m["name"]: self.rule_range(m) for m in members}) if members else None
        return None if self.rule(rule) is None else rule["range"]

    def states(self):
        """Each dimension in this row."""
        if "states" in self.known:
            return self.known["states"]
        states = []
        for dimension in self.model.dimensions:
            points = {r["name"]: self.rule(r) for r in dimension["rules"]}
            decided = [r for r in dimension["rules"] if points[r["name"]] is not None]
            ranges = {r["name"]: self.rule_range(r) for r in decided}
            width = self.model.total_range(decided, ranges)
            whole = dimension["rules_range"]
            total = points_of(dimension["start"]) + sum(points[r["name"]] for r in decided)
            if dimension["range"]:
                low, high = dimension["range"]
            else:
                low, high = width[0] + dimension["start"], width[1] + dimension["start"]
            low, high = points_of(low), points_of(high)
            value = None
            if decided and high > low:
                value = float(Fraction(100 * (min(max(total, low), high) - low), high - low))
            share = Fraction(points_of(width[1]) - points_of(width[0]), points_of(whole[1]) - points_of(whole[0])) if whole[1] > whole[0] else Fraction(0)
            kept = min(max(total, low), high) if value is not None else 0
            states.append({"points": kept, "value": value, "low": low, "high": high, "share": share, "rules": points, "decided": decided, "ranges": ranges})
        self.known["states"] = states
        return states

    def mean(self, weights):
        states = self.states()
        total = divisor = 0.0
        for weight, state in zip(weights, states):
            if state["value"] is not None and weight:
                total += weight * state["value"]
                divisor += weight
        return total / divisor if divisor else None

    def shown(self, value):
        return None if value is None else Number(round_places(value, self.model.syntax["places"]))

    def score(self):
        mean = self.mean([d["weight"] for d in self.model.dimensions])
        if mean is None or not self.model.adjust:
            return self.shown(mean)
        move = sum(p for p in (self.rule(r) for r in self.model.adjust) if p is not None)
        return self.shown(min(max(mean + move / MILLION, 0.0), 100.0))

    def extreme(self, rule, side):
        """A rule's points with every unknown at its worst (side 0) or best (1)."""
        if "rules" in rule:
            most = points_of(rule["most"])
            return max(self.extreme(m, side) for m in rule["rules"]) if rule["kind"] == "best" else max(min(self.extremes(rule["rules"], side), most), -most)
        points = self.rule(rule)
        return points_of(rule["range"][side]) if points is None else points

    def extremes(self, rules, side):
        total, done = 0, set()
        for rule in rules:
            if not rule.get("set"):
                total += self.extreme(rule, side)
            elif rule["set"] not in done:  # one of them at most: what fired, or the most that an unknown one could do
                done.add(rule["set"])
                members = [r for r in rules if r.get("set") == rule["set"]]
                fired = [self.rule(r) for r in members if self.evaluate(r["condition"]) is True and self.rule(r) is not None]
                unknown = [points_of(r["range"][side]) for r in members if self.rule(r) is None]
                total += sum(self.rule(r) or 0 for r in members) + (0 if fired else (max if side else min)(unknown + [0]))
        return total

    def score_at(self, side):
        total = divisor = 0.0
        for dimension, state in zip(self.model.dimensions, self.states()):
            low, high = dimension["range"] or dimension["rules_range"]
            points = points_of(dimension["start"]) + self.extremes(dimension["rules"], side)
            low, high = points_of(low), points_of(high)
            value = float(Fraction(100 * (min(max(points, low), high) - low), high - low))
            total, divisor = total + dimension["weight"] * value, divisor + dimension["weight"]
        if not self.model.adjust:
            return self.shown(total / divisor)
        return self.shown(min(max(total / divisor + self.extremes(self.model.adjust, side) / MILLION, 0.0), 100.0))

    def perspective(self, name):
        return self.shown(self.mean(dict(self.model.perspectives)[name]))

    def points(self):
        if all(s["value"] is None for s in self.states()):
            return None
        return Number(sum(s["points"] for s in self.states()) / MILLION)

    def evidence(self):
        weights = [Fraction(d["weight"]) for d in self.model.dimensions]
        return Number(float(sum(w * s["share"] for w, s in zip(weights, self.states())) / sum(weights)), percent=True)

    # ---- classes
    def segment(self, name):
        for arm, condition in dict(self.model.syntax["segments"])[name]:
            if condition is None or self.evaluate(condition) is True:
                return arm
        return None

    def tier(self):
        model = self.model
        tier, missing = None, False
        for name, condition in model.syntax["tiers"]:
            if condition == "otherwise":
                tier = name
            elif condition == "missing":
                if any(c not in ("otherwise", "missing") and self.evaluate(c) is None for _, c in model.syntax["tiers"]):
                    tier = name
            elif self.evaluate(condition) is True:
                tier = name
            if tier:
                break
        outcomes = {name: self.evaluate(condition) for name, condition, _ in model.syntax["disqualifiers"]}
        passing = {name for name, _, passes in model.syntax["disqualifiers"] if passes}

        def stands(name):
            return outcomes[name] is True or (outcomes[name] is None and name not in passing)
        if any(outcome is True for outcome in outcomes.values()):
            tier = "disqualified"
        elif any(stands(name) for name in outcomes):
            tier = "unverified"
        for override in model.syntax["overrides"]:
            if override["until"] and override["until"] < model.as_of:
                continue
            if self.compare("=", self.name(model.key, {}), self.evaluate(override["key"])) and not any(stands(n) for n in outcomes if n != override["despite"]):
                tier = override["tier"]
        return tier

    # ---- reasons
    def template(self, raw):
        out, at = "", 0
        for m in re.finditer(r"((?:[^\\{]|\\.)+)|\{((?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*)\}", raw):
            if m[1] is not None:
                out += _syntax.unescape(m[1])
                continue
            inner = m[2]
            as_percent = re.search(r"\bas percent\s*$", inner)
            pattern = re.search(r"\bas\s+\"([^\"]*)\"\s*$", inner)
            inner = inner[:(as_percent or pattern).start()] if as_percent or pattern else inner
            value = self.evaluate(_syntax.expression(inner))
            out += "(missing)" if value is None else show(value, pattern[1] if pattern else None, bool(as_percent))
        return out

    def cause(self, rule):
        if rule["kind"] == "penalty" and rule["missing"] and self.evaluate(rule["condition"]) is None:
            return rule["name"] + " unknown"
        if rule.get("because") is not None and (rule["kind"] == "penalty"):
            return self.template(rule["because"])
        return rule["name"] + (" not earned" if rule["kind"] == "reward" else "")

    def costs(self, rule, factor, high):
        """[(cost in points of the score, words)] of a decided rule; those of a group speak for themselves."""
        if rule["kind"] == "group":
            return self.listed_costs(rule["rules"], factor)
        return [(factor * (points_of(high) - self.rule(rule)), self.cause(rule))]

    def listed_costs(self, rules, factor):
        """Of the rules of a dimension or a group."""
        costs, done = [], set()
        for rule in rules:
            if self.rule(rule) is None and not rule.get("set"):
                continue
            if not rule.get("set") or rule["kind"] != "reward":
                costs += self.costs(rule, factor, self.rule_range(rule)[1]) if self.rule(rule) is not None else []
            elif rule["set"] not in done:  # short of the best of them, once, where the first of them stands
                done.add(rule["set"])
                members = [r for r in rules if r["set"] == rule["set"] and self.rule(r) is not None]
                if members:
                    best = max(members, key=lambda r: r["range"][1])
                    most = max(points_of(best["range"][1]), points_of(sum(r["given"] for r in members)))
                    costs.append((factor * (most - sum(self.rule(r) for r in members)), self.cause(best)))
        return costs

    def reasons(self, count):
        costs = []
        states = self.states()
        weight = sum(d["weight"] for d, s in zip(self.model.dimensions, states) if s["value"] is not None)
        for dimension, state in zip(self.model.dimensions, states):
            if state["value"] is None:
                continue
            factor = Fraction(dimension["weight"]) / Fraction(weight) * 100 / (state["high"] - state["low"])
            costs += self.listed_costs(dimension["rules"], factor)
        for rule in self.model.adjust:
            if self.rule(rule) is not None:
                costs += self.costs(rule, Fraction(1, MILLION), self.rule_range(rule)[1])
        order = sorted((i for i in range(len(costs)) if costs[i][0] > 0), key=lambda i: -costs[i][0])
        out = [self.template(raw) if raw else name for (name, condition, _), raw in zip(self.model.syntax["disqualifiers"], self.model.syntax["causes"]) if self.evaluate(condition) is True]
        return "; ".join((out + [costs[i][1] for i in order])[:count])


# ---- whole files ------------------------------------------------------------------------------------------------------------

def read(data):
    """Header and rows of CSV bytes."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return rows[0], rows[1:]


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text


def score_file(model, header, rows, every=False):
    """The result as CSV text. every: a list of (label, name) instead of what the model's output says."""
    columns = model.syntax["output"]
    if columns is None:
        columns = [{"name": n, "label": n, "format": None, "count": 3} for n in
                   ([model.key] if model.key else []) + [d["name"] for d in model.dimensions if d["name"]] + ["points", "score"] + (["tier"] if model.syntax["tiers"] else []) +
                   [s[0] for s in model.syntax["segments"]] + ["score_" + p[0] for p in model.perspectives] + ["evidence", "reasons"]]
    passed = header if model.key is None and model.syntax["output"] is None else []
    lines = [",".join([quoted(h) for h in passed] + [quoted(c["label"]) for c in columns])]
    for fields in rows:
        row = model.row(dict(zip(header, fields)))
        out = [quoted(field) for field in fields] if passed else []
        for column in columns:
            name = column["name"]
            if name == "reasons":
                out.append(quoted(row.reasons(column["count"])))
            elif name in model.columns and not column["format"]:
                out.append(quoted(dict(zip(header, fields))[model.columns[name]["header"]]))
            else:
                value = row.name(name, {})
                if value is not None and (name == "score" or name.startswith("score_")) and not column["format"]:
                    out.append(fixed(decimal_of(value.value), model.syntax["places"]))
                else:
                    out.append(quoted(show(value, column["format"])))
        lines.append(",".join(out))
    return "\n".join(lines) + "\n"

"""A row as _evaluate.py has it, with the functions, look-ups and reasons that its first models did without; _related.py builds on it."""
import datetime
from fractions import Fraction

import _evaluate


class Row(_evaluate.Row):
    """The functions that the evaluator does not know yet."""

    def name(self, name, bindings):
        value = super().name(name, bindings)
        if isinstance(value, _evaluate.Number) and value.bare:  # a literal adapts to what it meets, a column's `default` does not
            value = _evaluate.Number(value.value, value.percent, period=value.period)
        return value

    def of_kind(self, kind, value):
        return value if isinstance(value, _evaluate.Number) and not value.bare else super().of_kind(kind, value)

    def call(self, name, arguments, prefix):
        if name in ("month_start", "month_end", "quarter_start", "year_start") and arguments[0] is not None:
            year, month = arguments[0].year, arguments[0].month
            if name == "month_end":
                return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
            return datetime.date(year, {"month_start": month, "quarter_start": (month - 1) // 3 * 3 + 1, "year_start": 1}[name], 1)
        if name in ("months_between", "years_between") and None not in arguments and arguments[1] < arguments[0]:
            return _evaluate.Number(-super().call(name, [arguments[1], arguments[0]], prefix).value)
        if name in ("upper", "lower") and arguments[0] is not None:  # one character for one: ß has no capital of its own here
            return "".join(getattr(c, name)() if len(getattr(c, name)()) == 1 else c for c in arguments[0])
        if name in self.model.lookups:  # `_` is anything but missing
            entries, otherwise = self.model.lookups[name]
            if any(one is None and argument is None for keys, _ in entries for alternatives, argument in zip(keys, arguments) for one in alternatives):
                entries = [(keys, value) for keys, value in entries if not any(alternatives == [None] and argument is None for alternatives, argument in zip(keys, arguments))]
                known = self.model.lookups[name]
                self.model.lookups[name] = (entries, otherwise)
                try:
                    return self.call(name, arguments, prefix)
                finally:
                    self.model.lookups[name] = known
        result = super().call(name, arguments, prefix)
        if isinstance(result, _evaluate.Number) and name in self.model.lookups:  # a literal adapts to what it meets, a look-up does not
            result = _evaluate.Number(result.value, result.percent)
        return result

    def points(self):
        """Where no dimension could be decided there are none."""
        return None if all(s["value"] is None for s in self.states()) else super().points()

    def costs(self, rule, factor, high=None):
        """(cost, words) of a rule that stands alone or in a group; a `best of` is short of what its decided rules can give."""
        if rule["kind"] == "group":
            return self.listed_costs(rule["rules"], factor)
        points = self.rule(rule)
        if points is None:
            return []
        return [(factor * (_evaluate.points_of(self.rule_range(rule)[1]) - points), self.cause(rule))]

    def reasons(self, count):
        """What disqualifies comes before whatever costs points; what costs most comes first, then what stands first."""
        first = [self.template(raw) if raw else name for (name, condition, _), raw in zip(self.model.syntax["disqualifiers"], self.model.syntax["causes"]) if self.evaluate(condition) is True]
        costs = []
        pairs = [(d, s) for d, s in zip(self.model.dimensions, self.states()) if s["value"] is not None]
        weight = sum(Fraction(d["weight"]) for d, _ in pairs)
        for dimension, state in pairs:
            factor = Fraction(dimension["weight"]) / weight * 100 / (state["high"] - state["low"])
            costs += self.listed_costs(dimension["rules"], factor)
        for rule in self.model.adjust:
            costs += self.costs(rule, Fraction(1, 1000000), None)
        order = sorted((i for i in range(len(costs)) if costs[i][0] > 0), key=lambda i: -costs[i][0])
        return "; ".join((first + [costs[i][1] for i in order])[:count])


def points_of(x):
    """Millionths, of the decimal that a figure stands for."""
    return _evaluate.half_away(_evaluate.decimal_of(x), Fraction(1, 1000000))


_evaluate.Row = Row
_evaluate.points_of = points_of

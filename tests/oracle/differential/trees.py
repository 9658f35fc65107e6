"""What an expression can be: one row an operation, with the kinds of its operands and how it is written. The generator takes from this table, the
writer (written.py) and the evaluator (computed.py) and the translator to SQL (sql.py) look an operation up by its name, so that none of them parses.

Kinds: n number, p percent, m money, t text, d date, f flag, u days, o months, r money per month, q percent per year.
In an operation's operands a capital says that a literal may stand there. In its text {L} is the next operand, which must bind at least as tightly as level L."""

EXPRESSION, OR, AND, NOT, COMPARISON, TERM, SUM, PRODUCT, POWER, NEGATED, PRIMARY = range(11)
KINDS = "npmtdfuorq"
WORD = {"n": "number", "p": "percent", "m": "money", "t": "text", "d": "date", "f": "flag", "u": "duration", "o": "duration", "r": "money per month", "q": "percent per year"}
RELATIONS = ["=", "!=", "<", "<=", ">", ">="]


class Node:
    """op, the kind of its value, its operands, and what else the operation needs (a name, a literal, a relation)."""
    __slots__ = ("op", "kind", "args", "data")

    def __init__(self, op, kind, args=(), data=None):
        self.op, self.kind, self.args, self.data = op, kind, list(args), data

    def __eq__(self, other):
        return isinstance(other, Node) and (self.op, self.kind, self.args, self.data) == (other.op, other.kind, other.args, other.data)

    __hash__ = None

    def walk(self):
        yield self
        for argument in self.args:
            yield from argument.walk()


class Operation:
    def __init__(self, name, kind, operands, level, text, weight, data):
        self.name, self.kind, self.operands, self.level, self.text, self.weight, self.data = name, kind, operands, level, text, weight, data


OPERATIONS = {}
BY_KIND = {kind: [] for kind in KINDS}


def operation(name, kind, operands, level, text, weight=1, data=None):
    """data: what may stand for {data} in the text."""
    OPERATIONS[name] = one = Operation(name, kind, operands, level, text, weight, data)
    BY_KIND[kind].append(one)


def function(name, kind, operands, weight=1, data=None, called=None, text=None):
    operation(name, kind, operands, PRIMARY, (called or name) + "(" + (text or ", ".join(["{0}"] * len(operands))) + ")", weight, data)


PLACES = [0, 1, 2, 3, 4]
# Numbers
for suffix, operands in (("", "nN"), ("_from_literal", "Nn")):
    weight = 3 if not suffix else 1
    operation("add" + suffix, "n", operands, SUM, "{6} + {7}", weight)
    operation("subtract" + suffix, "n", operands, SUM, "{6} - {7}", weight)
    operation("multiply" + suffix, "n", operands, PRODUCT, "{7} * {8}", weight)
    operation("divide" + suffix, "n", operands, PRODUCT, "{7} / {8}", weight)
operation("mod", "n", "nN", PRODUCT, "{7} mod {8}")
operation("negate_number", "n", "n", NEGATED, "-{10}")
operation("add_percent_to_number", "n", "np", SUM, "{6} + {7}")
operation("number_times_percent", "n", "np", PRODUCT, "{7} * {8}")
operation("number_by_percent", "n", "np", PRODUCT, "{7} / {8}")
operation("power", "n", "n", POWER, "{10} ^ {data}", 1, ["2", "3", "0.5", "-1"])
function("power_of", "n", "n", 1, ["2", "-2", "1.5", "0"], "power", "{0}, {data}")
for name in ("floor", "ceil", "sign", "sqrt", "ln", "log10"):
    function(name, "n", "n")
operation("exp", "n", "n", PRIMARY, "exp(min({0}, 5))")
function("abs_number", "n", "n", called="abs")
function("round_number", "n", "n", 1, PLACES, "round", "{0}, {data}")
function("round_to_whole", "n", "n", called="round")
for kind, name in (("m", "money"), ("u", "days"), ("o", "months"), ("p", "percents"), ("r", "rates")):
    operation("ratio_of_" + name, "n", kind + kind, PRODUCT, "{7} / {8}")
for kind, name in (("m", "money"), ("u", "days"), ("o", "months"), ("p", "percent")):
    function("number_of_" + name, "n", kind, called="number")
function("periods", "n", "or")
function("length", "n", "t", 2)
for name in ("year", "quarter", "month", "day", "weekday", "day_of_year"):
    function(name, "n", "d")
for name in ("days_between", "months_between", "years_between"):
    function(name, "n", "dd")
# Percents
operation("add_percents", "p", "pP", SUM, "{6} + {7}")
operation("subtract_percents", "p", "pP", SUM, "{6} - {7}")
operation("percent_times_percent", "p", "pp", PRODUCT, "{7} * {8}")
operation("percent_times_figure", "p", "p", PRODUCT, "{7} * {data}", 1, ["2", "0.5", "1.1"])
operation("figure_times_percent", "p", "p", PRODUCT, "{data} * {8}", 1, ["2", "0.5", "3"])
operation("percent_by_number", "p", "pN", PRODUCT, "{7} / {8}")
operation("negate_percent", "p", "p", NEGATED, "-{10}")
function("percent", "p", "n")
function("abs_percent", "p", "p", called="abs")
function("round_percent", "p", "p", 1, PLACES, "round", "{0}, {data}")
function("amount_of_percent", "p", "q", called="amount")
operation("kept_per_month", "p", "q", PRIMARY, "amount(retention_per_month({0}))")
operation("grown_per_month", "p", "q", PRIMARY, "amount(compound_per_month({0}))")
operation("kept_per_year", "p", "p", PRIMARY, "amount(retention_per_year(max(min({0}, 40%), -40%) per month))", 0.6)
operation("grown_per_year", "p", "p", PRIMARY, "amount(compound_per_year(max(min({0}, 40%), -40%) per month))", 0.6)
# Money
operation("add_money", "m", "mM", SUM, "{6} + {7}", 3)
operation("subtract_money", "m", "mM", SUM, "{6} - {7}", 3)
operation("money_times_number", "m", "mN", PRODUCT, "{7} * {8}", 2)
operation("number_times_money", "m", "nm", PRODUCT, "{7} * {8}")
operation("money_times_percent", "m", "mP", PRODUCT, "{7} * {8}", 2)
operation("percent_times_money", "m", "Pm", PRODUCT, "{7} * {8}")
operation("money_by_number", "m", "mN", PRODUCT, "{7} / {8}", 2)
operation("negate_money", "m", "m", NEGATED, "-{10}")
function("abs_money", "m", "m", called="abs")
function("round_money", "m", "m", 2, [0, 1, 2, 3, 6], "round", "{0}, {data}")
function("amount_of_rate", "m", "r", called="amount")
operation("rate_times_months", "m", "ro", PRODUCT, "{7} * {8}")
operation("months_times_rate", "m", "or", PRODUCT, "{7} * {8}")
operation("amount_per_year", "m", "r", PRIMARY, "amount(per_year({0}))")
operation("amount_there_and_back", "m", "r", PRIMARY, "amount(per_month(per_year({0})))", 0.4)
operation("amount_per_week", "m", "r", PRIMARY, "amount(per_week({0}))", 0.6)
operation("amount_per_day", "m", "r", PRIMARY, "amount(per_day({0}))", 0.6)
# Texts
for name in ("upper", "lower", "trim"):
    function(name, "t", "t")
# Dates
operation("later_by_days", "d", "dU", SUM, "{6} + {7}", 2)
operation("earlier_by_days", "d", "dU", SUM, "{6} - {7}")
operation("later_by_months", "d", "dO", SUM, "{6} + {7}", 2)
operation("earlier_by_months", "d", "dO", SUM, "{6} - {7}")
for name in ("month_start", "month_end", "quarter_start", "year_start"):
    function(name, "d", "d")
operation("date_of", "d", "nn", PRIMARY, "date(year({data}), {0}, {0})", 1, ["as_of"])
# Durations
operation("days_from_to", "u", "dd", SUM, "{6} - {7}", 3)
for kind, name in (("u", "days"), ("o", "months")):
    operation("add_" + name, kind, kind + kind.upper(), SUM, "{6} + {7}")
    operation("subtract_" + name, kind, kind + kind.upper(), SUM, "{6} - {7}")
    operation(name + "_times_figure", kind, kind, PRODUCT, "{7} * {data}", 1, ["2", "3", "0.5", "0.3"])
    operation(name + "_by_figure", kind, kind, PRODUCT, "{7} / {data}", 1, ["2", "3", "0.5"])
    operation("negate_" + name, kind, kind, NEGATED, "-{10}")
    function("abs_" + name, kind, kind, called="abs")
# Rates
operation("per_month", "r", "m", TERM, "{10} per month")
operation("add_rates", "r", "rr", SUM, "{6} + {7}")
operation("subtract_rates", "r", "rr", SUM, "{6} - {7}")
operation("rate_times_number", "r", "rN", PRODUCT, "{7} * {8}")
operation("rate_by_number", "r", "rN", PRODUCT, "{7} / {8}")
function("same_period", "r", "rr")
operation("per_year", "q", "p", TERM, "{10} per year")
operation("add_yearly", "q", "qQ", SUM, "{6} + {7}")
operation("subtract_yearly", "q", "qQ", SUM, "{6} - {7}")
# Flags
for kind, weight in (("n", 6), ("m", 6), ("p", 3), ("t", 3), ("d", 3), ("u", 2), ("o", 1), ("r", 1), ("q", 1)):
    operation("compare_" + kind, "f", kind + kind.upper(), COMPARISON, "{5} {data} {5}", weight, RELATIONS)
    operation("chain_" + kind, "f", kind.upper() + kind + kind.upper(), COMPARISON, "{5} {data} {5} {data} {5}", 0.5 if kind != "t" else 0, [("<", "<="), ("<=", "<"), ("<=", "<="), (">=", ">")])
    operation("between_" + kind, "f", kind + 2 * kind.upper(), COMPARISON, "{5} {data} {5} and {5}", 0.5, ["between", "not between"])
    operation("range_" + kind, "f", kind + 2 * kind.upper(), COMPARISON, "{5} {data} {5} to {5}", 0.5, ["in", "not in"])
operation("compare_number_with_percent", "f", "np", COMPARISON, "{5} {data} {5}", 1, RELATIONS)
operation("equal_flags", "f", "ff", COMPARISON, "{5} {data} {5}", 2, ["=", "!="])
for kind in "nmptdu":
    operation("in_list_" + kind, "f", kind + 3 * kind.upper(), COMPARISON, "{5} {data} [{6}, {6}, {6}]", 0.6, ["in", "not in"])
for name in ("contains", "starts with", "ends with"):
    operation(name, "f", "tT", COMPARISON, "{5} {data} {5}", 1.5, [name, "not " + name])
operation("and", "f", "ff", AND, "{2} and {3}", 6)
operation("or", "f", "ff", OR, "{1} or {2}", 6)
operation("not", "f", "f", NOT, "not {3}", 4)
# Any kind: those that choose
for kind in KINDS:
    k, K = kind, kind.upper()
    operation("if_" + k, k, "f" + k + K, EXPRESSION, "if {0} then {0} else {0}", 1.5)
    operation("default_" + k, k, k + K, TERM, "{10} default {10}", 2)
    operation("default_twice_" + k, k, k + k + K, TERM, "{10} default {10} default {10}", 0.3)
    function("provided_" + k, k, "f" + k, 0.7, None, "provided", '{0}, {0}, "it was not to be"')
    operation("missing_" + k, "f", k, COMPARISON, "{5} is {data}", 0.7, ["missing", "present", "not missing"])
    if k not in "tf":
        function("min_" + k, k, k + K, 0.7, None, "min")
        function("max_" + k, k, k + K, 0.7, None, "max")
        function("least_of_three_" + k, k, k + k + K, 0.2, None, "min")
del suffix, operands, kind, name, weight, k, K

CHOICES = {kind: ([one for one in rows], [one.weight for one in rows]) for kind, rows in BY_KIND.items()}

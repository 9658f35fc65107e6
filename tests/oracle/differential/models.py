"""Random typed models and data, the same for the same seed: a model is a few lists of plain things (columns, lets, rules …) whose expressions are trees
(trees.py), so that it can be written, computed, translated and made smaller without being parsed.

Every model is well typed. Two limits keep what a rule can award beyond doubt: in a dimension or a group the conditions of its rules are single comparisons of columns, or the rule stands in a
`best of`, where nothing has to exclude anything; and points are literals, or figures whose bounds are plain."""
import datetime
import random
from fractions import Fraction

from trees import BY_KIND, CHOICES, KINDS, OPERATIONS, PRIMARY, RELATIONS, Node

WORDS = ["software", "fintech", "biotech", "Retail", "pulp, paper", "ÄPFEL", "straße", "a \"b\" c", " padded ", "x", "r2d2", "Ωmega", "B2B-42", "a.b"]
PIECES = ["o", "tech", "re", "a", "ß", ", ", "xyz", "", "B", " "]
ATOMS = ["a", "t", "o", "e", "B", "[a-e]", "[^a-z]", "[A-ZÄ]", ".", "\\d", "\\w", "\\s", "(so|fi)", "(?:te|x)", "\\.", "[0-9-]"]
AS_OF = datetime.date(2026, 6, 30)
LITERALS = {
    "n": ["0", "1", "2", "0.5", "30", "3.25", "100", "-4", "0.1", "1_000", "7", "12.5", "100_000.1"], "p": ["10%", "25%", "0.5%", "100%", "-3%", "33.3%", "0%"],
    "m": ["100", "0", "2_500", "99.99", "-40", "0.0001", "12.34"], "d": ["2024-02-29", "2026-06-30", "2019-12-31", "2023-01-31"], "f": ["yes", "no"],
    "u": ["30 days", "0 days", "2 weeks", "400 days", "1 day"], "o": ["1 month", "1 year", "13 months", "0 months", "2 years"],
    "r": ["10 EUR per month"], "q": ["5% per year", "80% per year", "100% per year"],
}
ODD = {("f", 1): ["flag", "weight", "level", "order", "format", "default"], ("t", 1): ["Two words", "zahlt_spät", "mod"]}  # names of columns that are words of the language, or no names outside of backquotes
NUMBER_FORMATS = ["1,234.50", "1.234,50", "(1,234.50)"]
FORMATS = {"n": NUMBER_FORMATS, "m": ["$1,234.50", "1.234,50 €", "(1,234.50)"], "p": ["12", "0.12"], "d": ["M/D/YYYY", "DD.MM.YYYY", "DD/MM/YY", "YYYY-MM-DD hh:mm:ss", "D MMM YYYY"]}
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Column:
    """low, high: a declared range; gap: whether it may be missing; plain: whether a rule may compare it where exclusion has to be plain."""

    def __init__(self, name, kind):
        self.name, self.kind, self.low, self.high, self.gap, self.default, self.tokens, self.format, self.values, self.header, self.allowed, self.doc = (
            name, kind, None, None, False, None, [], None, {}, None, None, False)


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Model:
    """What the writer and the evaluator need; whatever is a list can be made shorter."""

    def __init__(self):
        self.as_of, self.currency, self.scenario, self.settings, self.options = AS_OF, "", None, [], []
        self.columns, self.params, self.lists, self.lookups, self.defines, self.lets, self.late = [], [], [], [], [], [], []
        self.dimensions, self.adjust, self.disqualifiers, self.tiers, self.segments, self.perspectives, self.overrides = [], [], [], [], [], [], []
        self.places, self.output, self.module, self.layout = None, [], False, 0
        self.today = False  # `as of today`, overruled by the command line
        self.rows = []  # [[(text, value)] …], beside the key


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed, self.count = seed, 0
        self.names = {kind: [] for kind in KINDS}
        self.model = Model()
        self.apart = False  # in a `define`, which sees no column
        self.depth_limit = self.pick([2, 2, 3, 3, 4])
        self.write()
        self.model.rows = self.rows()

    def pick(self, items):
        return items[int(self.random.random() * len(items))]

    def chance(self, share):
        return self.random.random() < share

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    # ---- columns and their values
    def column(self, name, kind):
        column = Column(name, kind)
        gap = self.pick(["required", "optional", "optional", "default", "tokens"])
        if name.endswith("0"):
            pass  # one of each kind is open to any value
        elif kind in "np" and self.chance(0.35):
            column.low, column.high = ("0", "10") if kind == "n" else ("0%", "100%")
        elif kind == "m" and self.chance(0.1):
            column.low, column.high = "-2_000", "90_000"
        elif kind == "d" and self.chance(0.15):
            column.low, column.high = "2000-01-01", "2030-12-31"
        elif kind == "t" and self.chance(0.15):
            column.allowed = WORDS[:4]
        column.gap = gap in ("optional", "tokens")
        if gap == "tokens":
            column.tokens = ["n/a", "-"]
        if gap == "default":
            column.default = {"n": "3", "m": "12.5", "p": "10%", "t": '"software"', "d": "2020-02-29", "f": "no", "u": "7 days", "o": "2 months", "r": "9.5", "q": "10%"}[kind]
        if kind in FORMATS and self.chance(0.3):
            column.format = self.pick(FORMATS[kind])
        elif kind == "o" or (kind == "u" and self.chance(0.3)):
            column.format = {"o": "months", "u": "days"}[kind]
        if kind == "t" and not column.allowed and self.chance(0.3):
            column.values = {"soft": "software", "Bio": "biotech"}
        if self.chance(0.1):
            column.header = self.pick(["The %s, as of today", "`%s", "%s (old)", "Größe %s"]) % name
        column.doc = self.chance(0.1)
        self.model.columns.append(column)
        self.names[kind].append(Node("name", kind, (), name))

    def figure(self, low, high, places):
        """A decimal as units and places."""
        if self.chance(0.12):
            return 0, 0
        if self.chance(0.3):
            places = 0
        return self.random.randint(int(low * 10 ** places), int(high * 10 ** places)), places

    def value(self, column):
        """(the field's text, its value as computed.py has it)."""
        kind, pattern = column.kind, column.format
        if (column.gap or column.default) and self.chance(0.2):
            text = self.pick(["", *column.tokens])
            return text, value_of(column.default, kind) if column.default else None
        if kind in "nmrpq":
            if kind == "n":
                units, places = self.figure(0, 10, self.pick([0, 1, 2])) if column.low else self.pick([self.figure(-20, 60, self.pick([0, 1, 2, 4])), self.figure(0, 9000, 3), self.figure(100000, 100020, 2), self.figure(-1, 1, 6)])
                if pattern:
                    units, places = (units * 100 // 10 ** places, 2) if self.chance(0.7) else (units // 10 ** places, 0)
            elif kind in "mr":
                units, places = self.figure(-2000, 90000, self.pick([0, 2, 4])) if kind == "m" else self.figure(-20, 900, 2)
                if pattern:
                    units, places = units * 100 // 10 ** places, 2
            elif column.low:
                units, places = self.figure(0, 100, self.pick([0, 1]))
            else:
                units, places = self.figure(-10, 130, self.pick([0, 1, 2])) if kind == "p" else self.figure(1, 120, 1)
            if kind in "pq":
                value = float(Fraction(units, 10 ** (places + 2)))
                return (decimal_text(units, places + 2) if pattern == "0.12" else decimal_text(units, places) + ("" if pattern == "12" else "%")), value + 0.0
            text = decimal_text(units, places)
            if pattern:
                text = formatted(text, pattern)
            return text, units * 10 ** (12 - places) if kind in "mr" else float(Fraction(units, 10 ** places))
        if kind == "t":
            if column.values and self.chance(0.3):
                text = self.pick(list(column.values))
                return text, column.values[text]
            text = self.pick(column.allowed or WORDS)
            return text, text
        if kind == "d":
            day = self.pick([datetime.date(self.random.randint(2018, 2027), self.random.randint(1, 12), self.pick([1, 15, 28])), datetime.date(2018, 1, 1) + datetime.timedelta(self.random.randint(0, 3500)),
                             self.pick([datetime.date(2020, 2, 29), datetime.date(2024, 1, 31), datetime.date(2023, 12, 31), datetime.date(2000, 3, 31), AS_OF])])
            return date_text(day, pattern), day.toordinal()
        if kind == "f":
            text = self.pick(["yes", "no", "true", "FALSE", "1", "0"])
            return text, text in ("yes", "true", "1")
        count = self.random.randint(-40, 400) if kind == "u" else self.random.randint(-5, 40)
        if kind == "u" and self.chance(0.2):
            count = self.pick([0, 30, 1, -1])
        if pattern:
            return str(count), count
        if count % 7 == 0 and self.chance(0.5):
            return f"{count // 7} weeks", count
        return f"{count} days" if count != 1 else "1 day", count

    def rows(self):
        return [[self.value(column) for column in self.model.columns] for _ in range(self.pick([1, 2, 3, 5, 8, 8, 12, 12, 17, 24, 40]))]

    # ---- expressions
    def literal(self, kind):
        if kind == "t":
            return Node("literal", "t", (), self.pick(WORDS[:7] + PIECES))
        text = self.pick(LITERALS[kind])
        if kind == "r":
            text = f"{self.pick(['10', '2.5', '0'])} {self.model.currency or 'EUR'} per month"
        elif kind == "m" and self.model.currency and self.chance(0.3):
            text += " " + self.model.currency
        return Node("literal", kind, (), text)

    def name(self, kind):
        return self.pick(self.names[kind]) if self.names[kind] else self.literal(kind)

    def operand(self, spec, depth):
        """spec: a kind; as a capital a literal may stand there."""
        kind = spec.lower()
        if spec != kind and self.chance(0.45 if depth > 0 else 0.7):
            return self.literal(kind)
        if depth <= 0 or self.chance(0.3):
            return self.name(kind)
        return self.expression(kind, depth - 1)

    def expression(self, kind, depth):
        special = self.random.random()
        if special < 0.13:
            made = self.special(kind, depth)
            if made:
                return made
        rows, weights = CHOICES[kind]
        one = self.random.choices(rows, weights)[0]
        data = self.pick(one.data) if one.data else None
        if one.name.startswith("in_list"):
            listed = []
            for _ in one.operands[1:]:
                item = self.literal(kind if kind != "f" else one.operands[0])
                listed.append(item)
            return Node(one.name, kind, [self.operand(one.operands[0], depth)] + listed, data)
        args = [self.operand(spec, depth) for spec in one.operands]
        if one.name == "compare_number_with_percent" and args[0].op == "name" and args[0].data not in [c.name for c in self.model.columns]:
            args[0] = Node("negate_number", "n", args[:1])  # the score and points do not compare with percents: what is computed from them does
        if one.name.startswith(("between_", "range_")):  # an empty range of constants is refused
            inner = args[0].kind
            columns = [Node("name", inner, (), c.name) for c in self.model.columns if c.kind == inner]
            if columns and self.chance(0.3) and not self.apart:
                args[1:] = [self.pick(columns), self.pick(columns)]
            else:
                args[1:] = sorted([self.literal(inner), self.literal(inner)], key=lambda l: l.data if inner == "t" else value_of(l.data, inner))
        return Node(one.name, kind, args, data)

    def special(self, kind, depth):
        """What is more than an operation with its operands."""
        shape = self.random.random()
        if shape < 0.35:
            arms = self.random.randint(1, 3)
            missing, otherwise = self.chance(0.5), self.chance(0.85)
            inner = []
            for _ in range(arms):
                inner += [self.operand("f", depth), self.operand(kind, depth)]
            inner += [self.operand(kind, depth) for each in (missing, otherwise) if each]
            return Node("case", kind, inner, (arms, missing, otherwise))
        calls = [d for d in self.model.defines if d["kind"] == kind]
        if shape < 0.6 and calls:
            one = self.pick(calls)
            return Node("call", kind, [self.operand(k, depth) for k in one["parameters"]], one["name"])
        tables = [t for t in self.model.lookups if t["kind"] == kind]
        if tables and shape < 0.85:
            one = self.pick(tables)
            return Node("lookup", kind, [self.operand(k, depth) for k in one["keys"]], one["name"])
        if kind == "f":
            if self.model.lists and self.chance(0.4):
                name, inner, _ = self.pick(self.model.lists)
                return Node("in_value", "f", [self.operand(inner, depth)], (self.pick(["in", "not in"]), name))
            return Node("matches", "f", [self.operand("t", depth)], (self.pick(["matches", "matches", "not matches"]), self.pattern()))
        return None

    def pattern(self):
        """One that Python, PCRE and RE2 read alike."""
        text = ""
        for _ in range(self.random.randint(1, 3)):
            text += self.pick(ATOMS) + self.pick(["", "", "", "+", "*", "?", "{1,2}", "{2}"])
        if self.chance(0.2):
            text += "|" + self.pick(ATOMS) + self.pick(ATOMS)
        return self.pick(["", "", "^", "\\b"]) + (text if "|" not in text else "(" + text + ")") + self.pick(["", "", "$"])

    # ---- what a model knows besides columns
    def tables(self):
        model = self.model
        model.params = [("factor", "n", "2.5", False), ("floor_price", "m", "40", True), ("share_kept", "p", "12.5%", False), ("patience", "u", "30 days", False), ("notice", "o", "3 months", False)]
        if self.chance(0.5):
            model.params.append(("shade", "t", '"software"', False))
        if self.chance(0.3):
            model.params.append(("since", "d", "2022-05-31", False))
        if self.chance(0.3):
            model.params.append(("growth", "q", "5% per year", self.chance(0.5)))
        model.today = self.chance(0.05)
        for name, kind, _, _ in model.params:
            self.names[kind].append(Node("name", kind, (), name))
        if self.chance(0.4):
            model.lists = [("favoured", "t", [Node("literal", "t", (), w) for w in WORDS[1:4]]), ("lucky", "n", [Node("literal", "n", (), w) for w in ("7", "13", "0.5")])]
        if self.chance(0.15):
            model.scenario = ("harder", [("factor", self.pick(["5", "0.5"])), ("share_kept", "20%")], self.chance(0.6))
        if self.chance(0.2):
            model.settings = [(name, text) for name, text in (("factor", self.pick(["1.75", "-3"])), ("floor_price", "55.5"), ("patience", "45 days"), ("share_kept", "0%")) if self.chance(0.5)]
        model.module = self.chance(0.12)

    def key(self, kind):
        """The alternatives of a look-up's key."""
        if kind == "f":
            return [self.pick([Node("literal", "f", (), "yes"), Node("literal", "f", (), "no"), "_"])]
        if self.chance(0.15):
            return ["_"]
        if self.chance(0.12):
            return ["missing"]
        words = {"t": WORDS[:7], "n": ["0", "1", "7", "30"]}[kind]
        return [Node("literal", kind, (), w) for w in self.random.sample(words, self.pick([1, 1, 2]))]

    def lookup(self, kind, keys):
        entries = [([self.key(k) for k in keys], self.amount(kind)) for _ in range(self.random.randint(1, 4))]
        entries = [e for i, e in enumerate(entries) if not any(covers(f[0], e[0]) for f in entries[:i])]
        if all(k == ["_"] for k in entries[0][0]):
            entries[0][0][0] = [Node("literal", "t", (), "biotech")] if keys[0] == "t" else [Node("literal", "n", (), "1")]
        self.model.lookups.append({"name": self.fresh("table"), "kind": kind, "keys": keys, "entries": entries, "otherwise": self.amount(kind)})

    def amount(self, kind):
        """What may stand after a colon without parentheses."""
        if kind == "m":
            return Node("name", "m", (), "floor_price") if not self.model.currency or self.chance(0.5) else Node("literal", "m", (), "12.34 " + self.model.currency)
        return self.literal(kind) if kind != "n" else Node("literal", "n", (), self.pick(["0", "1", "2.5", "10", "-3", "0.125"]))

    def define(self):
        kind = self.pick("nnmpfdt")
        known, self.names = self.names, {k: [Node("name", k, (), p[0]) for p in self.model.params if p[1] == k] for k in KINDS}
        parameters = {"n": "nn", "m": "mn", "p": "pn", "f": "nmu", "d": "du", "t": "tf"}[kind]
        names = [self.fresh("a") for _ in parameters]
        for name, k in zip(names, parameters):
            self.names[k] += [Node("name", k, (), name)] * 2
        lists, self.model.lists, self.apart = self.model.lists, [], True
        body = self.expression(kind, 1)
        self.model.lists, self.apart = lists, False
        self.names = known
        self.model.defines.append({"name": self.fresh("formula"), "kind": kind, "parameters": parameters, "names": names, "body": body})

    # ---- rules
    def points(self, bounded=False):
        """(points, at most)."""
        shape = self.random.random()
        if bounded or shape < 0.6:
            return (None, None) if self.chance(0.05) and not bounded else (Node("literal", "n", (), self.pick(["1", "2", "5", "7.5", "10", "0.25", "33", "33.333333"])), None)
        if shape < 0.75:
            tables = [t for t in self.model.lookups if self.awards(t)]
            if tables:
                table = self.pick(tables)
                keys = [Node("name", k, (), self.pick([c.name for c in self.model.columns if c.kind == k and not c.low and not c.allowed])) for k in table["keys"]]
                return Node("lookup", "n", keys, table["name"]), self.pick([None, None, "6"])
        ranged = [c for c in self.model.columns if c.kind == "n" and c.low]
        if shape < 0.82 and ranged:
            return Node("multiply", "n", [Node("literal", "n", (), self.pick(["2", "0.1"])), Node("name", "n", (), self.pick(ranged).name)]), None
        unbounded = [c for c in self.model.columns if c.kind == "n" and not c.low]
        if not unbounded:
            return Node("literal", "n", (), "4"), None
        return Node("multiply", "n", [Node("literal", "n", (), self.pick(["2", "0.1", "0.333"])), Node("name", "n", (), self.pick(unbounded).name)]), self.pick(["5", "12", "0.7"])

    @staticmethod
    def awards(table):
        """Whether the table gives points, and may give each of its values."""
        values = [value for _, value in table["entries"]] + [table["otherwise"]]
        words = [one.data if isinstance(one, Node) else one for keys, _ in table["entries"] for one in keys[-1]]
        return table["kind"] == "n" and "f" not in table["keys"] and all(v.data[0] != "-" for v in values) and len(set(words)) == len(words) and \
            not any("missing" in key or "_" in key for keys, _ in table["entries"] for key in keys)

    def simple(self):
        """A comparison of a column, or two of them."""
        column = self.pick([c for c in self.model.columns if not c.low and not c.allowed and c.kind in "nmpdtf"])
        name = Node("name", column.kind, (), column.name)
        if column.kind == "f":
            one = self.pick([name, Node("not", "f", [name])])
        elif column.kind == "t":
            one = self.pick([Node("compare_t", "f", [name, Node("literal", "t", (), self.pick(WORDS[:3]))], "="), Node("in_list_t", "f", [name] + [Node("literal", "t", (), w) for w in self.random.sample(WORDS[:7], 3)], "in")])
        else:
            literals = {"n": ["0", "1", "30", "0.5"], "m": ["100", "2_500", "0"], "p": ["10%", "50%"], "d": ["2022-01-01", "2024-02-29"]}[column.kind]
            one = Node("compare_" + column.kind, "f", [name, Node("literal", column.kind, (), self.pick(literals))], self.pick(["<", "<=", ">", ">=", "="]))
        if column.gap and self.chance(0.06):
            return Node("missing_" + column.kind, "f", [name], self.pick(["missing", "present"]))
        return Node("and", "f", [one, self.simple()]) if self.chance(0.12) else one

    def because(self):
        if not self.chance(0.35):
            return None
        kind = self.pick("nnmpdtu")
        how = {"n": ["", " as \"0.00\"", " as \"#,##0\""], "m": ["", " as \"#,##0.00\"", " as \"0\""], "p": ["", " as percent", " as \"0.0%\""], "d": [""], "t": [""], "u": [""]}[kind]
        return (self.pick(["as ", "", "a \\{brace} "]), self.name(kind) if self.chance(0.8) or kind == "t" else self.expression_without_text(kind), self.pick(how), self.pick(["", " of it", "; so"]))

    def expression_without_text(self, kind):
        for _ in range(20):
            tried = self.expression(kind, 1)
            if not any(n.op in ("case", "matches") or n.kind == "t" or n.op.startswith("provided") for n in tried.walk()):
                return tried
        return self.name(kind)

    def award(self, plain, bounded=False, kind=None):
        """A reward or penalty. plain: its condition must not leave in doubt which rules exclude it."""
        kind = kind or self.pick(["reward", "reward", "penalty"])
        if plain and self.chance(0.45):
            return {"kind": "best", "name": self.fresh("r"), "rules": [self.award(False, True, kind)]}
        points, cap = self.points(bounded)
        missing = None
        if plain:
            condition = self.simple()
            if self.chance(0.15):
                missing = self.pick(["0", "1", "40"]) if condition.op != "and" and not condition.op.startswith("missing") and any(c.gap and c.name == n.data for n in condition.walk() for c in self.model.columns) else "0"
        else:
            condition = self.expression("f", self.random.randint(1, 2))
            if self.chance(0.6):
                missing = "0" if points is not None and points.op == "lookup" else self.pick(["0", "0", "0.125"])
        return {"kind": kind, "name": self.fresh("r"), "points": points, "cap": cap, "condition": condition, "missing": missing, "because": self.because()}

    def scale(self):
        kind, ends = self.pick([("n", ["0", "30", "-4", "2.5"]), ("m", ["0", "2_500", "-40"]), ("p", ["10%", "60%", "0%"]), ("u", ["0 days", "90 days"]), ("d", ["2019-01-01", "2026-06-30"]), ("n", ["factor", "40"])])
        low, high = self.random.sample(ends, 2)
        p, q = self.random.sample(["0", "10", "-5", "40", "2.5"], 2)

        def end(text):
            return Node("name", kind, (), text) if text == "factor" else Node("literal", kind, (), text)
        return {"kind": "scale", "name": self.fresh("r"), "from": p, "to": q, "subject": self.operand(kind, 1), "low": end(low), "high": end(high)}

    def bands(self):
        def points():
            return self.pick(["0", "1", "2", "7", "-3", "0.5", "12.25"])
        def unsure(subject):
            """Points for missing values, where there can be any: what can never be counts for nothing."""
            return points() if self.chance(0.4) and any(c.gap and c.name == subject.data for c in self.model.columns) else None
        shape = self.random.random()
        if shape < 0.35:
            words = self.random.sample(WORDS[:7], 4)
            arms = [("labels", [Node("literal", "t", (), w) for w in words[:2]], points()), ("labels", [Node("literal", "t", (), words[2])], points())]
            subject = self.open_subject("t")
            return {"kind": "bands", "name": self.fresh("r"), "subject": subject, "arms": arms, "otherwise": points(), "missing": unsure(subject)}
        if shape < 0.45:
            arms = [("labels", [Node("literal", "n", (), "1"), Node("literal", "n", (), "-4")], points()), ("labels", [Node("literal", "n", (), "30")], points())]
            subject = self.open_subject("n")
            return {"kind": "bands", "name": self.fresh("r"), "subject": subject, "arms": arms, "otherwise": points(), "missing": unsure(subject)}
        kind, steps = self.pick([("n", ["0", "10", "30.5", "100"]), ("m", ["0", "100", "2_500"]), ("p", ["10%", "50%"]), ("d", ["2020-01-01", "2024-02-29"]), ("u", ["0 days", "30 days"])])
        arms, last = [], None
        for step in steps:
            if self.chance(0.75) or step == steps[-1]:
                arms.append((self.pick(["below", "up to"]), [Node("literal", kind, (), step)], points()))
            if kind in "nm" and arms and arms[-1][0] == "below" and self.chance(0.1):
                arms.append(("up to", arms[-1][1], points()))
        subject = self.open_subject(kind)
        return {"kind": "bands", "name": self.fresh("r"), "subject": subject, "arms": arms, "otherwise": points(), "missing": unsure(subject)}

    def open_subject(self, kind):
        """One that can have any value, so that no band is beyond reach."""
        name = Node("name", kind, (), self.pick([c.name for c in self.model.columns if c.kind == kind and not c.low and not c.allowed]))
        if self.chance(0.7):
            return name
        if kind == "t":
            return Node(self.pick(["trim", "lower"]), "t", [name]) if self.chance(0.5) else Node("if_t", "t", [self.pick([Node("name", "f", (), c.name) for c in self.model.columns if c.kind == "f"]), name, self.literal("t")])
        return Node({"n": "add", "m": "add_money", "p": "add_percents", "d": "later_by_days", "u": "add_days"}[kind], kind, [name, self.literal("u" if kind == "d" else kind)])

    def rules(self, count, plain):
        rules = []
        for _ in range(count):
            shape = self.random.random()
            if shape < 0.55:
                rules.append(self.award(plain))
            elif shape < 0.68:
                rules.append(self.scale())
            elif shape < 0.8:
                rules.append(self.bands())
            elif shape < 0.91:
                if self.chance(0.3):
                    inner = [self.award(False, True, "penalty") for _ in range(self.random.randint(2, 3))]
                else:
                    inner = [self.pick([lambda: self.award(False, True, "reward"), lambda: self.award(False, True, "reward"), self.scale, self.bands])() for _ in range(self.random.randint(2, 4))]
                rules.append({"kind": "best", "name": self.fresh("r"), "rules": inner})
            else:
                inner = [self.pick([lambda: self.award(True), lambda: self.award(True), self.scale])() for _ in range(self.random.randint(2, 4))]
                rules.append({"kind": "group", "name": self.fresh("r"), "cap": self.pick(["4", "10", "50"]), "rules": inner})
        return rules

    # ---- the whole
    def write(self):
        model = self.model
        if self.chance(0.15):
            model.currency = "EUR"
        for kind, count in (("n", 4), ("m", 3), ("p", 2), ("t", 2), ("d", 2), ("f", 2), ("u", 1), ("o", 1), ("r", 1), ("q", 1)):
            for i in range(count):
                if (kind, i) in ODD and self.chance(0.15):
                    self.column(self.pick(ODD[kind, i]), kind)
                    continue
                self.column({"d": "day", "n": "n", "m": "m", "p": "p", "t": "t", "f": "f", "u": "u", "o": "o", "r": "rate", "q": "yearly"}[kind] + str(i), kind)
        if all(c.low for c in model.columns if c.kind == "n"):
            model.columns[0].low = model.columns[0].high = None
        self.tables()
        self.names["d"].append(Node("name", "d", (), "as_of"))
        for _ in range(self.random.randint(1, 3)):
            self.lookup(self.pick("nnmtp"), self.pick(["t", "tf", "nt", "t"]))
        for _ in range(self.random.randint(0, 3)):
            self.define()
        for i in range(self.random.randint(3, 9)):
            kind = self.random.choices(KINDS, [6, 4, 5, 3, 3, 5, 2, 1, 1.5, 1])[0]
            model.lets.append((f"v{i}", kind, self.expression(kind, self.random.randint(1, self.depth_limit))))
            self.names[kind].append(Node("name", kind, (), f"v{i}"))
        if self.chance(0.93):
            self.scoring()
        model.output = ["id"] + [self.shown(name, kind) for name, kind, _ in model.lets] + model.output
        for column in self.random.sample(model.columns, 2):
            if not column.format and column.kind not in "ft":
                model.output.append((column.name, None, None))
        model.layout = self.random.randint(0, 1 << 30)

    def shown(self, name, kind):
        """(name, header, format) of an output column."""
        pattern = None
        if self.chance(0.25):
            pattern = {"n": self.pick(["0", "0.00", "#,##0.0", "0.000000"]), "m": self.pick(["0", "0.00", "#,##0.00", "0.000000"]), "p": self.pick(["0%", "0.00%"]), "d": self.pick(["DD/MM/YYYY", "D.M.YYYY", "YYYY-MM-DD"])}.get(kind)
        return name, (f"Head of {name}, shown" if self.chance(0.1) else None), pattern

    def scoring(self):
        model = self.model
        named = self.chance(0.8)
        weighted = self.chance(0.6)
        for i in range(self.random.randint(1, 3) if named else 1):
            ranged = self.chance(0.35) and named
            model.dimensions.append({"name": f"dim{i}" if named else None, "weight": self.pick(["1", "2", "40", "12.5", "0.3"]) if weighted and named else None,
                                     "range": (self.pick(["-20", "0", "-7.5"]), self.pick(["10", "33.5"])) if ranged else None, "start": self.pick(["0", "5"]) if named and self.chance(0.3) else None,
                                     "rules": self.rules(self.random.randint(1, 5), True)})
        if self.chance(0.3):
            model.adjust = [self.award(False, True) for _ in range(self.random.randint(1, 2))]
        model.places = self.pick([None, "0", "1", "2", "3", "6"])
        for _ in range(self.pick([0, 0, 1, 2])):
            model.disqualifiers.append({"name": self.fresh("out"), "condition": self.expression("f", self.random.randint(0, 2)), "passes": self.chance(0.4), "because": self.because()})
        # What the score leads to may be named from here on.
        fired = [r["name"] for r in every_rule(model) if r["kind"] in ("reward", "penalty")]
        self.names["f"] += [Node("name", "f", (), name) for name in fired[:4]] + [Node("name", "f", (), d["name"]) for d in model.disqualifiers]
        self.names["n"] += [Node("name", "n", (), name) for name in ["score", "points", "score_low", "score_high"] + [d["name"] for d in model.dimensions if named] +
                            [r["name"] for r in every_rule(model) if r["kind"] in ("scale", "bands")][:3]]
        self.names["p"].append(Node("name", "p", (), "evidence"))
        if self.chance(0.8):
            for i in range(self.random.randint(1, 4)):
                condition = Node("compare_n", "f", [Node("name", "n", (), "score"), Node("literal", "n", (), self.pick(["30", "50", "70"]))], self.pick([">=", "<", ">"])) if self.chance(0.5) else self.expression("f", 1)
                model.tiers.append((self.pick(["top", "good", "odd"]) if self.chance(0.2) else f"tier{i}", condition, self.because() if self.chance(0.3) else None))
            if self.chance(0.3):
                model.tiers.append(("unsure", "missing", None))
            if self.chance(0.8):
                model.tiers.append(("rest", "otherwise", None))
            self.names["t"].append(Node("name", "t", (), "tier_by_rules"))
            if self.chance(0.4):
                for key in self.random.sample(range(6), self.pick([1, 2])):
                    model.overrides.append({"key": f"C{key}", "tier": model.tiers[0][0], "until": self.pick([None, "2026-06-30", "2026-06-29"]),
                                            "despite": self.pick([d["name"] for d in model.disqualifiers]) if model.disqualifiers and self.chance(0.5) else None})
        for _ in range(self.pick([0, 1, 1, 2])):
            name = self.fresh("class")
            arms = [(f"arm{i}", self.expression("f", self.random.randint(0, 2))) for i in range(self.random.randint(1, 3))]
            model.segments.append((name, arms, "rest" if self.chance(0.7) else None))
            self.names["t"].append(Node("name", "t", (), name))
        if named and len(model.dimensions) > 1 and self.chance(0.5):
            model.perspectives.append(("other", [(d["name"], self.pick(["30", "1", "0.5"])) for d in model.dimensions[self.pick([0, 1]):]]))
            self.names["n"].append(Node("name", "n", (), "score_other"))
        # A name that stands for the score is shown as the score is; here it is always part of something else.
        self.names["n"] = [Node("multiply", "n", [n, Node("literal", "n", (), "2")]) if n.data.startswith("score") else n for n in self.names["n"]]
        for i in range(self.random.randint(0, 3)):
            kind = self.pick("nnfptm")
            model.late.append((f"w{i}", kind, self.expression(kind, self.random.randint(0, 2))))
            self.names[kind].append(Node("name", kind, (), f"w{i}"))
        names = [d["name"] for d in model.dimensions if named] + ["points", "score", "score_low", "score_high", "evidence"] + (["tier", "tier_by_rules", "action"] if model.tiers else [])
        names += [s[0] for s in model.segments] + (["score_other"] if model.perspectives else []) + [r["name"] for r in every_rule(model) if "rules" not in r][:2]
        model.output = [self.shown(name, kind) for name, kind, _ in model.late] + [(name, None, None) for name in names if self.chance(0.85)] + [("reasons", self.random.randint(1, 5), None)]


def covers(known, entry):
    """Whether a look-up's entry before makes this one useless."""
    return all("_" in a or all(any(x == y for x in a) for y in b) for a, b in zip(known, entry))


def every_rule(model):
    def walk(rules):
        for rule in rules:
            yield rule
            yield from walk(rule.get("rules", []))
    for dimension in model.dimensions:
        yield from walk(dimension["rules"])
    yield from walk(model.adjust)


# ---- texts of values -------------------------------------------------------------------------------------------------------

def decimal_text(units, places):
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(places + 1, "0")
    return sign + (digits[:-places] + "." + digits[-places:] if places else digits)


def formatted(text, pattern):
    """A decimal in the way of a sample."""
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole, _, rest = digits.partition(".")
    comma, point = (".", ",") if "1.234" in pattern else (",", ".")
    body = f"{int(whole):,}".replace(",", comma) + (point + rest if rest else "")
    if pattern[0] == "(":
        return f"({body})" if sign else body
    if pattern[0] == "$":
        return sign + "$" + body
    return sign + body + (" €" if "€" in pattern else "")


def date_text(day, pattern):
    if not pattern:
        return day.isoformat()
    return {"M/D/YYYY": f"{day.month}/{day.day}/{day.year}", "DD.MM.YYYY": f"{day.day:02d}.{day.month:02d}.{day.year}", "DD/MM/YY": f"{day.day:02d}/{day.month:02d}/{day.year % 100:02d}",
            "YYYY-MM-DD hh:mm:ss": f"{day.isoformat()} 23:59:01", "D MMM YYYY": f"{day.day} {MONTHS[day.month - 1]} {day.year}",
            "DD/MM/YYYY": f"{day.day:02d}/{day.month:02d}/{day.year}", "D.M.YYYY": f"{day.day}.{day.month}.{day.year}", "YYYY-MM-DD": day.isoformat()}[pattern]


def value_of(text, kind):
    """The value of a literal: numbers and percents are floats, amounts whole 10^-12ths, dates ordinals, durations whole days or months."""
    if kind == "t":
        return text.strip('"')
    if kind == "f":
        return text == "yes"
    if kind == "d":
        return AS_OF.toordinal() if text == "as_of" else datetime.date.fromisoformat(text).toordinal()
    first = text.split()[0].replace("_", "")
    if kind in "uo":
        unit = text.split()[1].rstrip("s")
        return int(first) * {"day": 1, "week": 7, "month": 1, "year": 12}[unit]
    if kind in "mr":
        return int(Fraction(first) * 10 ** 12)
    return float(Fraction(first.rstrip("%")) / 100) if kind in "pq" else float(first)

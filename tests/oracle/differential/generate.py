"""Random models and data, the same for the same seed. Every model is well typed; what it computes stays within what the evaluator
next door computes exactly. Two limits keep the model's ranges beyond doubt: top-level conditions of a dimension without a declared range
are single comparisons, so that which rules exclude each other is plain, and points are literals, look-ups, or capped figures without a bound."""
import random

WORDS = ["software", "fintech", "biotech", "Retail", "pulp, paper", "", "ÄPFEL", "straße", "a \"b\" c", " padded "]
PIECES = ["o", "tech", "re", "a", "ß", ", ", "xyz"]
PATTERNS = ["^[a-z]+$", "te.h", "(soft|fin)", "\\\\bpa", "o$", "[A-ZÄ]"]


def text(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lets = {kind: [] for kind in ("number", "percent", "money", "text", "date", "flag", "days")}
        self.columns = []
        self.lines = []
        self.unbounded = []
        self.rules = 0
        self.model = self.write_model()
        self.data = self.write_data()

    def chance(self, share):
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(items)

    # ---- data
    def add_column(self, name, kind):
        missing = self.pick(["required", "optional", "optional", "default", "token"])
        column = {"name": name, "kind": kind, "missing": missing, "low": None, "declaration": {"days": "duration"}.get(kind, kind)}
        if kind == "number" and self.chance(0.3):
            column["low"] = (0, 10)
            column["declaration"] += " in 0 to 10"
        elif kind == "number":
            self.unbounded.append(name)
        if missing == "optional":
            column["declaration"] += " optional"
        elif missing == "token":
            column["declaration"] += ' optional missing "n/a", "-"'
        elif missing == "default":
            column["declaration"] += " default " + {"number": "0", "money": "12.5", "percent": "10%", "text": '"software"', "date": "2020-02-29", "flag": "no", "days": "7 days"}[kind]
        self.columns.append(column)
        self.lets[kind].append(name)

    def figure(self, low, high, places):
        if self.chance(0.12):
            return "0"
        if self.chance(0.3):
            places = 0
        whole = self.random.randint(int(low * 10 ** places), int(high * 10 ** places))
        sign, digits = ("-" if whole < 0 else ""), str(abs(whole)).rjust(places + 1, "0")
        return sign + (digits[:-places] + "." + digits[-places:] if places else digits)

    def field(self, column):
        kind = column["kind"]
        if column["missing"] != "required" and self.chance(0.2):
            return self.pick(["", "n/a", "-"]) if column["missing"] == "token" else ""
        if kind == "number":
            if column["low"]:
                return self.figure(0, 10, self.pick([0, 1, 2]))
            return self.pick([self.figure(-20, 60, self.pick([0, 1, 2, 4])), self.figure(0, 9000, 3), self.figure(-1, 1, 6)])
        if kind == "money":
            return self.figure(-2000, 90000, self.pick([0, 2, 4]))
        if kind == "percent":
            return self.figure(-10, 130, self.pick([0, 1, 2])) + "%"
        if kind == "text":
            return self.pick(WORDS if column["missing"] != "required" else [w for w in WORDS if w])
        if kind == "date":
            return f"{self.random.randint(2018, 2027)}-{self.random.randint(1, 12):02d}-{self.pick([1, 15, 28]):02d}" if self.chance(0.7) else self.pick(["2020-02-29", "2024-01-31", "2023-12-31", "2000-03-31", "2026-06-30"])
        if kind == "flag":
            return self.pick(["yes", "no", "true", "FALSE", "1", "0"])
        return f"{self.random.randint(-40, 400)} days"

    def write_data(self):
        rows = [["id"] + [c["name"] for c in self.columns]]
        for i in range(self.pick([1, 3, 17, 40, 63, 64, 65, 100])):
            rows.append([f"C{i}"] + [self.field(c) for c in self.columns])
        return "\n".join(",".join('"' + f.replace('"', '""') + '"' if any(c in f for c in ',"') else f for f in row) for row in rows) + "\n"

    # ---- expressions: always in parentheses unless they are one word
    def literal(self, kind):
        if kind == "number":
            return self.pick(["0", "1", "2", "0.5", "30", "3.25", "100", "-4", "0.1", "1_000"])
        if kind == "percent":
            return self.pick(["10%", "25%", "0.5%", "100%", "-3%"])
        if kind == "money":
            return self.pick(["100", "0", "2_500", "99.99", "-40"])
        if kind == "text":
            return text(self.pick(WORDS[:5] + WORDS[6:9]))
        if kind == "date":
            return self.pick(["2024-02-29", "2026-06-30", "2019-12-31", "as_of"])
        if kind == "flag":
            return self.pick(["yes", "no"])
        return self.pick(["30 days", "0 days", "2 weeks", "400 days"])

    def name(self, kind):
        return self.pick(self.lets[kind])

    def operand(self, kind, depth):
        """A name, a literal now and then, or something deeper."""
        if depth <= 0 or self.chance(0.3):
            return self.name(kind)
        return self.expression(kind, depth - 1)

    def expression(self, kind, depth):
        def e(k):
            return self.operand(k, depth)

        def either(k):
            return self.literal(k) if self.chance(0.4) else self.operand(k, depth)
        common = [lambda: f"(if {e('flag')} then {e(kind)} else {e(kind)})",
                  lambda: f"(case {{ when {e('flag')} : {e(kind)} when {e('flag')} : {e(kind)}" + (f" missing : {e(kind)}" if self.chance(0.5) else "") + f" otherwise : {e(kind)} }})",
                  lambda: f"({e(kind)} default {self.name(kind)})"]
        if kind != "flag" and kind != "text":
            common.append(lambda: f"{self.pick(['min', 'max'])}({e(kind)}, {e(kind)})")
        own = {
            "number": [lambda: f"({e('number')} {self.pick('+-*')} {either('number')})", lambda: f"({e('number')} + {e('number')})", lambda: f"({e('number')} - {e('number')})",
                       lambda: f"({e('number')} * {e('number')})", lambda: f"({e('number')} / {either('number')})", lambda: f"({either('number')} - {e('number')})", lambda: f"(3 / {e('number')})",
                       lambda: f"({e('number')} mod {either('number')})", lambda: f"(-{e('number')})", lambda: f"abs({e('number')})", lambda: f"round({e('number')}, {self.random.randint(0, 4)})",
                       lambda: f"({e('money')} / {e('money')})", lambda: f"number({e(self.pick(['money', 'percent', 'days']))})", lambda: f"floor({e('number')})", lambda: f"ceil({e('number')})",
                       lambda: f"sign({e('number')})", lambda: f"sqrt({e('number')})", lambda: f"length({e('text')})", lambda: f"{self.pick(['year', 'month', 'day', 'quarter', 'weekday', 'day_of_year'])}({e('date')})",
                       lambda: f"{self.pick(['months_between', 'years_between', 'days_between'])}({e('date')}, {e('date')})", lambda: f"({e('days')} / {e('days')})", lambda: f"({e('number')} ^ 2)",
                       lambda: f"fit({e('text')})", lambda: f"pair({e('text')}, {e('flag')})", lambda: f"blend({e('number')}, {e('number')})", lambda: f"({e('number')} * {e('percent')})"],
            "percent": [lambda: f"({e('percent')} {self.pick('+-')} {e('percent')})", lambda: f"({e('percent')} * {self.pick(['2', '0.5'])})", lambda: f"({e('percent')} * {e('percent')})", lambda: f"percent({e('number')})",
                        lambda: f"({e('percent')} / {e('number')})", lambda: f"round({e('percent')}, 3)", lambda: f"abs({e('percent')})"],
            "money": [lambda: f"({e('money')} {self.pick('+-')} {either('money')})", lambda: f"({e('money')} - {e('money')})", lambda: f"({e('money')} * {self.name('number')})", lambda: f"({self.name('percent')} * {e('money')})",
                      lambda: f"({e('money')} * {self.pick(['2', '0.1', '1.075'])})", lambda: f"({e('money')} / {either('number')})", lambda: f"(-{e('money')})", lambda: f"abs({e('money')})", lambda: f"round({e('money')}, {self.random.randint(0, 6)})",
                      lambda: f"cost({e('text')})"],
            "text": [lambda: f"upper({e('text')})", lambda: f"lower({e('text')})", lambda: f"trim({e('text')})", lambda: f"({e('text')} default {self.literal('text')})", lambda: f"label({e('text')})"],
            "date": [lambda: f"({e('date')} {self.pick('+-')} {self.pick(['30 days', '1 week', '1 month', '13 months', '1 year'])})", lambda: f"({e('date')} + {self.name('days')})",
                     lambda: f"{self.pick(['month_start', 'month_end', 'quarter_start', 'year_start'])}({e('date')})"],
            "flag": [lambda: self.comparison(depth), lambda: self.comparison(depth), lambda: self.comparison(depth), lambda: f"({e('flag')} {self.pick(['and', 'or'])} {e('flag')})", lambda: f"(not {e('flag')})", lambda: self.text_test(depth),
                     lambda: f"({self.name(self.pick(list(self.lets)))} is {self.pick(['missing', 'present', 'not missing'])})"],
            "days": [lambda: f"({e('date')} - {e('date')})", lambda: f"({e('days')} {self.pick('+-')} {either('days')})", lambda: f"({e('days')} * {self.pick(['2', '3', '0.5'])})", lambda: f"abs({e('days')})", lambda: f"(-{e('days')})"],
        }[kind]
        return self.pick(common if self.chance(0.22) else own)()

    def comparison(self, depth):
        kind = self.pick(["number", "number", "number", "money", "money", "percent", "text", "date", "days", "flag"])
        relation = self.pick(["=", "!=", "<", "<=", ">", ">="])
        left = self.operand(kind, depth)
        if kind == "flag":
            return f"({left} {self.pick(['=', '!='])} {self.operand('flag', depth)})"
        if kind == "text" and self.chance(0.6):
            return self.text_test(depth)
        shape = self.random.random()
        if shape < 0.55:
            return f"({left} {relation} {self.literal(kind)})"
        if shape < 0.75:
            return f"({left} {relation} {self.operand(kind, depth)})"
        if shape < 0.82 and kind != "text":
            a, b = self.literal(kind), self.operand(kind, depth)
            return f"({a} <= {left} {self.pick(['<', '<='])} {b})"
        if shape < 0.9:
            return f"({left} {self.pick(['in', 'not in'])} [{', '.join(dict.fromkeys(self.literal(kind) for _ in range(3)))}])"
        bounds = {"number": ("-4", "30"), "money": ("0", "2_500"), "percent": ("-3%", "25%"), "text": ('"a"', '"p"'), "date": ("2019-12-31", "2024-02-29"), "days": ("0 days", "30 days")}[kind]
        return f"({left} in {bounds[0]} to {bounds[1]})" if self.chance(0.5) else f"({left} {self.pick(['between', 'not between'])} {bounds[0]} and {bounds[1]})"

    def text_test(self, depth):
        left = self.operand("text", depth)
        how = self.pick(["contains", "starts with", "ends with", "matches", "not contains", "=", "in"])
        if how == "matches":
            return f"({left} matches \"{self.pick(PATTERNS)}\")"
        if how == "=":
            return f"({left} {self.pick(['=', '!='])} {self.literal('text')})"
        if how == "in":
            return f"({left} in [{text(WORDS[0])}, {text(WORDS[3])}, {text(WORDS[7])}])"
        return f"({left} {how} {self.name('text') if self.chance(0.25) else text(self.pick(PIECES))})"

    # ---- rules
    def rule_name(self):
        self.rules += 1
        return f"r{self.rules}"

    def points(self, bounded=False):
        if bounded or self.chance(0.6):
            return str(self.pick([1, 2, 5, 7.5, 10, 0.25, 33]))
        if self.chance(0.3):
            return f"fit({self.name('text')})"
        return f"{self.pick(['2', '0.1', '0.333'])} * {self.pick(self.unbounded)} at most {self.pick([5, 12, 0.7])}"

    def simple(self):
        kind = self.pick(["number", "money", "percent", "date"])
        column = self.pick([c["name"] for c in self.columns if c["kind"] == kind and not c["low"]] or self.unbounded)
        kind = next(c["kind"] for c in self.columns if c["name"] == column)
        return f"{column} {self.pick(['<', '<=', '>', '>=', '='])} " + {"number": self.pick(["0", "1", "30", "0.5"]), "money": self.pick(["100", "2_500"]), "percent": self.pick(["10%", "50%"]), "date": "2022-01-01"}[kind]

    def award(self, simple):
        """reward or penalty. simple: only conditions whose contradictions are plain, or `missing`, which keeps it out of such sets."""
        kind = self.pick(["reward", "reward", "penalty"])
        condition, missing = (self.simple() if simple and self.chance(0.5) else self.expression("flag", 2)), ""
        if simple and condition.startswith("("):
            missing = f" missing {self.pick(['0', '0.125'] if kind == 'reward' else ['0', '1', '4'])}"
        elif self.chance(0.2):
            missing = f" missing {self.pick(['0', '0.125'] if kind == 'reward' else ['0', '3'])}"
        because = ""
        if self.chance(0.3):
            because = ' because "' + self.pick(["as {%s}" % self.name("number"), "{%s} of it" % self.name("money"), "a \\{brace} {%s as percent}" % self.name("percent"), "on {%s}" % self.name("date"), "says {%s}" % self.name("text")]) + '"'
        return f"{kind} {self.rule_name()} {self.points()} when {condition}{missing}{because}"

    def scale(self):
        kind, low, high = self.pick([("number", "0", "30"), ("number", "30", "-4"), ("money", "0", "2_500"), ("percent", "10%", "60%"), ("days", "0 days", "90 days"), ("date", "2019-01-01", "2026-06-30")])
        p, q = self.random.sample([0, 10, -5, 40, 2.5], 2)
        return f"scale {self.rule_name()} from {p} to {q} as {self.operand(kind, 1)} goes {low} to {high}"

    def bands(self):
        missing = "  missing : 3" if self.chance(0.4) else ""
        if self.chance(0.5):
            return f"bands {self.rule_name()} by {self.operand('text', 1)} {{ \"software\" or \"fintech\" : 12  \"Retail\" : -3{missing}  otherwise : 1 }}"
        kind, arms = self.pick([("number", ["below 0 : 1", "up to 10 : 7", "below 30.5 : 2"]), ("money", ["below 0 : -4", "below 100 : 2", "up to 100 : 3", "up to 2_500 : 9"]), ("percent", ["below 10% : 0", "up to 50% : 6"])])
        column = self.pick([c["name"] for c in self.columns if c["kind"] == kind and not c["low"]] or [""])
        subject = column or f"({self.operand(kind, 0)} + {self.literal(kind)})"
        return f"bands {self.rule_name()} by {subject} {{ {'  '.join(arms)}{missing}  otherwise : 0.5 }}"

    def write_rules(self, simple):
        rules = []
        for _ in range(self.random.randint(1, 5)):
            shape = self.random.random()
            if shape < 0.5:
                rules.append(self.award(simple))
            elif shape < 0.65:
                rules.append(self.scale())
            elif shape < 0.8:
                rules.append(self.bands())
            else:
                head = f"best of {self.rule_name()}" if self.chance(0.6) else f"group {self.rule_name()} at most {self.pick([4, 10, 50])}"
                if head.startswith("best"):
                    inner = []
                    for _ in range(self.random.randint(2, 4)):
                        inner.append(f"reward {self.rule_name()} {self.points(True)} when {self.expression('flag', 1)}")
                else:
                    inner = [self.award(False) for _ in range(self.random.randint(2, 3))]
                rules.append(head + " {\n    " + "\n    ".join(inner) + "\n  }")
        return "{\n  " + "\n  ".join(rules) + "\n}"

    def write_model(self):
        out = ["model random", "as of 2026-06-30"]
        for kind, count in (("number", 4), ("money", 3), ("percent", 2), ("text", 2), ("date", 2), ("flag", 2), ("days", 1)):
            for i in range(count):
                self.add_column(("u" if kind == "days" else kind[0] + ("e" if kind == "date" else "")) + str(i), kind)
        if not self.unbounded:
            self.columns = [c for c in self.columns if c["name"] != "n0"]
            self.unbounded.append("n0")
            self.columns.append({"name": "n0", "kind": "number", "missing": "optional", "low": None, "declaration": "number optional"})
        out.append("dataset rows {\n  id text key\n" + "\n".join(f"  {c['name']} {c['declaration']}" for c in self.columns) + "\n}")
        out.append("param factor = 2.5\nparam floor_price money = 40\nparam share_kept = 12.5%")
        self.lets["number"].append("factor")
        self.lets["money"].append("floor_price")
        self.lets["percent"].append("share_kept")
        out.append('lookup fit(word) { "software" or "fintech" : 10  "biotech" : 5  "straße" : 2.5' + (" missing : 4" if self.chance(0.5) else "") + "  otherwise : 0 }")
        out.append('lookup pair(word, known) { "software", yes : 1  _, no : 2  "fintech", _ : 3' + ('  missing, _ : -1' if self.chance(0.5) else "") + "  otherwise : 4 }")
        out.append('lookup cost(word) { "software" : 12.34 EUR  "Retail" : 0.0001 EUR  otherwise : 100 EUR }'.replace(" EUR", "") if False else 'param rate_a money = 12.34\nlookup cost(word) { "software" : rate_a  "Retail" : floor_price  otherwise : rate_a }')
        out.append('lookup label(word) { "software" or "fintech" : "tech"  otherwise : "Other" }')
        out.append("define blend(a, b) = (a + 3 * b) / 4")
        shown = []
        for i in range(self.random.randint(4, 12)):
            kind = self.pick(["number", "number", "number", "percent", "money", "money", "text", "date", "flag", "flag", "days"])
            out.append(f"let v{i} = {self.expression(kind, self.random.randint(1, 3))}")
            self.lets[kind].append(f"v{i}")
            shown.append(f"v{i}")
        dimensions = self.random.randint(1, 4)
        weighted = self.chance(0.6)
        for i in range(dimensions):
            ranged = self.chance(0.4)
            start = self.chance(0.3)
            head = f"dimension dim{i}" + (f" weight {self.pick([1, 2, 40, 12.5])}" if weighted else "") + (f" range {self.pick([-20, 0, -7.5])} to {self.pick([10, 33.5])}" if ranged else "") + (f" start {self.pick([0, 5])}" if start else "")
            out.append(head + " " + self.write_rules(True))
        if self.chance(0.4):
            out.append("adjust { " + f"penalty {self.rule_name()} {self.points(True)} when {self.expression('flag', 1)}" + " }")
        if self.chance(0.5):
            out.append(f"disqualify banned when {self.expression('flag', 1)}" + (" missing passes" if self.chance(0.5) else ""))
        out.append(f"score places {self.random.randint(0, 3)}")
        out.append("tier top when score >= 70")
        if self.chance(0.5):
            out.append(f"tier odd when {self.expression('flag', 1)}")
        if self.chance(0.5):
            out.append("tier unsure missing")
        out.append("tier rest otherwise")
        out.append(f"segment kind_of {{ first when {self.expression('flag', 1)}  second when {self.expression('flag', 1)}  third otherwise }}")
        if dimensions > 1:
            out.append(f"perspective other {{ dim0 {self.pick([30, 1])}  dim1 {self.pick([70, 2, 0.5])} }}")
        if self.chance(0.3):
            out.append(f'override "C1" tier top until {self.pick(["2026-06-30", "2026-06-29"])} by "CFO" because "so"')
        names = ["id"] + shown + [f"dim{i}" for i in range(dimensions)] + ["points", "score", "tier", "kind_of", "evidence"] + (["score_other"] if dimensions > 1 else [])
        out.append("output {\n  " + "  ".join(names) + f"  reasons {self.random.randint(1, 5)}\n}}")
        return "\n".join(out) + "\n"

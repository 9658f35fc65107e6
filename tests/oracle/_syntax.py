"""Reads the language. Written from its description, for the oracle alone: it is short, slow, refuses nothing politely, and shares
nothing with the compiler. Expressions are tuples (kind, ...); a figure over other rows is
("aggregate", function, arguments, over, where, by, order, descending)."""
import datetime
import re
from decimal import Decimal

TOKEN = re.compile(r"""
    (?P<blank>\s+|\#[^\n]*)
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>\d[\d_]*(?:\.\d+)?)(?P<percent>%)?
  | (?P<text>"(?:[^"\\{]|\\.|\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})*")
  | `(?P<quoted>[^`]+)`
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign><=|>=|!=|[-+*/^=<>(){}\[\],:.])
""", re.X)
UNITS = {"day": (1, "d"), "days": (1, "d"), "week": (7, "d"), "weeks": (7, "d"), "month": (1, "m"), "months": (1, "m"), "year": (12, "m"), "years": (12, "m")}
TYPES = ("number", "money", "percent", "text", "date", "flag", "duration")
STATEMENTS = ("model", "as", "use", "dataset", "param", "let", "define", "lookup", "reward", "penalty", "scale", "bands", "best", "group", "dimension", "adjust",
              "disqualify", "score", "tier", "segment", "perspective", "override", "output")
OVER_ROWS = ("sum", "avg", "median", "quantile", "count", "any", "all", "distinct", "first", "last", "stddev", "rank", "ntile", "percentile", "share", "running_share", "concordance",
             "correlation")


def unescape(text):
    return re.sub(r"\\(u\{([0-9a-fA-F]+)\}|.)", lambda m: chr(int(m[2], 16)) if m[2] else {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)


class Syntax(Exception):
    pass


class Parser:
    def __init__(self, source):
        self.tokens = []
        at = 0
        while at < len(source):
            m = TOKEN.match(source, at)
            if not m:
                raise Syntax(f"at {source[at:at + 20]!r}")
            at = m.end()
            if m["blank"]:
                continue
            line = source.count("\n", 0, m.start())
            if m["date"]:
                self.tokens.append(("date", datetime.date.fromisoformat(m["date"]), line))
            elif m["number"]:
                value = Decimal(m["number"].replace("_", ""))
                self.tokens.append(("percent" if m["percent"] else "number", value, line))
            elif m["text"] is not None:
                self.tokens.append(("text", m["text"][1:-1], line))
            elif m["quoted"]:
                self.tokens.append(("quoted", m["quoted"], line))
            elif m["name"]:
                self.tokens.append(("name", m["name"], line))
            else:
                self.tokens.append(("sign", m["sign"], line))
        self.tokens.append(("end", "", -1))
        self.at = 0

    # ---- tokens
    def peek(self, *words):
        """Whether the next tokens are these words or signs."""
        return all(self.tokens[min(self.at + i, len(self.tokens) - 1)][0] in ("name", "sign") and self.tokens[self.at + i][1] == word for i, word in enumerate(words))

    def take(self, *words):
        if not self.peek(*words):
            return False
        self.at += len(words)
        return True

    def need(self, *words):
        if not self.take(*words):
            raise Syntax(f"line {self.tokens[self.at][2] + 1}: {' '.join(words)} expected, not {self.tokens[self.at][1]!r}")

    def kind(self):
        return self.tokens[self.at][0]

    def next(self):
        token = self.tokens[self.at]
        self.at += 1
        return token

    def name(self):
        kind, value, _ = self.next()
        if kind not in ("name", "quoted"):
            raise Syntax(f"a name expected, not {value!r}")
        return value

    def text(self):
        kind, value, _ = self.next()
        if kind != "text":
            raise Syntax(f"a text expected, not {value!r}")
        return unescape(value)

    def doc(self):
        return self.text() if self.kind() == "text" else None

    # ---- expressions
    def expression(self):
        if self.take("if"):
            condition = self.expression()
            self.need("then")
            yes = self.expression()
            self.need("else")
            return ("if", condition, yes, self.expression())
        left = self.conjunction()
        while self.take("or"):
            left = ("or", left, self.conjunction())
        return left

    def conjunction(self):
        left = self.negation()
        while self.take("and"):
            left = ("and", left, self.negation())
        return left

    def negation(self):
        return ("not", self.negation()) if self.take("not") else self.comparison()

    def comparison(self):
        left = self.term()
        negated = self.peek("not") and self.tokens[self.at + 1][1] in ("in", "between", "contains", "matches", "starts", "ends")
        if negated:
            self.at += 1
        result = None
        if self.take("in"):
            if self.take("["):
                items = []
                while not self.take("]"):
                    items.append(self.sum())
                    self.take(",")
                result = ("in_list", left, items)
            else:
                low = self.term()
                result = ("in_range", left, low, self.term()) if self.take("to") else ("in_value", left, low)
        elif self.take("between"):
            low = self.term()
            self.need("and")
            result = ("in_range", left, low, self.term())
        elif self.take("is"):
            absent = self.take("not")
            state = self.name()
            result = ("is_missing", left) if (state == "missing") != absent else ("is_present", left)
        else:
            for words, kind in ((("contains",), "contains"), (("matches",), "matches"), (("starts", "with"), "starts"), (("ends", "with"), "ends")):
                if self.take(*words):
                    result = (kind, left, self.term())
                    break
        if result:
            return ("not", result) if negated else result
        chain, items = [], [left]
        while self.kind() == "sign" and self.tokens[self.at][1] in ("=", "!=", "<", "<=", ">", ">="):
            chain.append(self.next()[1])
            items.append(self.term())
        result = left
        for i, relation in enumerate(chain):
            one = ("compare", relation, items[i], items[i + 1])
            result = one if i == 0 else ("and", result, one)
        return result

    def term(self):
        value = self.sum()
        while self.take("default"):
            value = ("default", value, ("negate", self.primary()) if self.take("-") else self.primary())
        if self.peek("per") and self.tokens[self.at + 1][1] in UNITS:
            self.at += 1
            value = ("rate", value, self.next()[1])
        return value

    def sum(self):
        left = self.product()
        while self.kind() == "sign" and self.tokens[self.at][1] in ("+", "-"):
            left = ({"+": "add", "-": "subtract"}[self.next()[1]], left, self.product())
        return left

    def product(self):
        left = self.power()
        while self.peek("*") or self.peek("/") or self.peek("mod"):
            left = ({"*": "multiply", "/": "divide", "mod": "mod"}[self.next()[1]], left, self.power())
        return left

    def power(self):
        left = self.negated()
        if self.take("^"):
            return ("power", left, ("negate", self.primary()) if self.take("-") else self.primary())
        return left

    def negated(self):
        return ("negate", self.negated()) if self.take("-") else self.primary()

    def with_period(self, figure):
        if self.peek("per") and self.tokens[self.at + 1][1] in UNITS:
            self.at += 1
            return ("rate", figure, self.next()[1])
        return figure

    def primary(self):
        kind, value, line = self.next()
        if kind == "number":
            after, word, after_line = self.tokens[self.at]
            if after == "name" and after_line == line and word in UNITS:
                self.at += 1
                return ("duration", int(value * UNITS[word][0]), UNITS[word][1])
            if after == "name" and after_line == line and re.fullmatch("[A-Z]{3}", word):
                self.at += 1
                return self.with_period(("money", value, word))
            return self.with_period(("number", value))
        if kind == "percent":
            return self.with_period((kind, value))
        if kind == "date":
            return (kind, value)
        if kind == "text":
            return ("text", unescape(value))
        if kind == "sign" and value == "(":
            inner = self.expression()
            self.need(")")
            return inner
        if kind == "name" and value in ("yes", "no"):
            return ("flag", value == "yes")
        if kind == "name" and value == "case" and self.peek("{"):
            self.at += 1
            arms, missing, otherwise = [], None, None
            while not self.take("}"):
                if self.take("when"):
                    condition = self.expression()
                    self.need(":")
                    arms.append((condition, self.expression()))
                elif self.take("missing"):
                    self.need(":")
                    missing = self.expression()
                else:
                    self.need("otherwise")
                    self.need(":")
                    otherwise = self.expression()
            return ("case", arms, missing, otherwise)
        if kind not in ("name", "quoted"):
            raise Syntax(f"line {line + 1}: an expression expected, not {value!r}")
        path = value
        while self.take("."):
            path += "." + self.name()
        return self.call(path) if self.take("(") else ("name", path)

    def call(self, function):
        """What stands in the parentheses of a call, with `over`, `where` and the like."""
        arguments, over, where, by, order, descending, modified = [], None, None, [], None, False, False
        while not self.take(")"):
            if self.take(","):
                continue
            modified = True
            if self.take("over"):
                over = self.name()
                while self.take("."):
                    over = self.name()
            elif self.take("where"):
                where = self.expression()
            elif self.take("by"):
                by.append(self.expression())
            elif self.take("order", "by"):
                order = self.expression()
            elif self.take("desc"):
                descending = True
            elif not self.take("asc"):
                arguments.append(self.expression())
                modified = bool(over or where or by or order or descending)
        if modified or function in OVER_ROWS or (function in ("min", "max") and len(arguments) == 1):
            return ("aggregate", function, arguments, over, where, by, order, descending)
        return ("call", function, arguments)

    def literal(self):
        return ("negate", self.primary()) if self.take("-") else self.primary()

    # ---- rules
    def rule(self):
        for word in ("reward", "penalty"):
            if self.take(word):
                rule = {"kind": word, "name": self.name(), "points": ("number", Decimal(1)), "cap": None, "missing": None, "because": None}
                if not (self.peek("when") or self.peek("at", "most")):
                    rule["points"] = self.expression()
                if self.take("at", "most"):
                    rule["cap"] = self.sum()
                self.need("when")
                rule["condition"] = self.expression()
                if self.take("missing"):
                    rule["missing"] = self.sum()
                if self.take("because"):
                    rule["because"] = self.next()[1]
                return rule
        if self.take("scale"):
            rule = {"kind": "scale", "name": self.name()}
            for words, key, read in ((("from",), "from", self.sum), (("to",), "to", self.sum), (("as",), "subject", self.expression), (("goes",), "low", self.sum), (("to",), "high", self.sum)):
                self.need(*words)
                rule[key] = read()
            return rule
        if self.take("bands"):
            rule = {"kind": "bands", "name": self.name(), "arms": [], "otherwise": None, "missing": None}
            self.need("by")
            rule["subject"] = self.expression()
            self.need("{")
            while not self.take("}"):
                if self.take("below"):
                    label = ("below", self.sum())
                elif self.take("up", "to"):
                    label = ("up_to", self.sum())
                elif self.take("otherwise"):
                    label = ("otherwise",)
                elif self.take("missing"):
                    label = ("missing",)
                else:
                    labels = [self.literal()]
                    while self.take("or") or self.take(","):
                        labels.append(self.literal())
                    label = ("labels", labels)
                self.need(":")
                value = self.negated()
                if label[0] in ("otherwise", "missing"):
                    rule[label[0]] = value
                else:
                    rule["arms"].append((label, value))
            return rule
        if self.take("best", "of"):
            rule = {"kind": "best", "name": self.name()}
        else:
            self.need("group")
            rule = {"kind": "group", "name": self.name()}
            self.need("at", "most")
            rule["cap"] = self.sum()
        rule["rules"] = self.rules()
        return rule

    def rules(self):
        self.need("{")
        rules = []
        while not self.take("}"):
            rules.append(self.rule())
        return rules

    # ---- statements
    def column(self):
        column = {"name": self.name(), "type": self.name(), "optional": False, "key": False, "default": None, "missing": [], "format": None, "values": {}, "low": None, "high": None, "allowed": None}
        column.update(header=column["name"], references=None, period=None)
        if column["type"] == "money" and self.kind() == "name" and re.fullmatch("[A-Z]{3}", str(self.tokens[self.at][1])):
            self.at += 1
        while True:
            if self.take("key"):
                column["key"] = True
            elif self.take("optional"):
                column["optional"] = True
            elif self.peek("default") and self.tokens[self.at + 1][1] not in TYPES:
                self.at += 1
                column["default"] = self.literal()
            elif self.peek("in") and self.tokens[self.at + 1][1] == "[":
                self.at += 2
                column["allowed"] = []
                while not self.take("]"):
                    column["allowed"].append(self.literal())
                    self.take(",")
            elif self.take("in"):
                column["low"] = self.literal()
                self.need("to")
                column["high"] = self.literal()
            elif self.peek("missing") and self.tokens[self.at + 1][0] == "text":
                self.at += 1
                column["missing"].append(self.text())
                while self.take(","):
                    column["missing"].append(self.text())
            elif self.peek("from") and self.tokens[self.at + 1][0] == "text":
                self.at += 1
                column["header"] = self.text()
            elif self.peek("format") and self.tokens[self.at + 1][0] == "text":
                self.at += 1
                column["format"] = self.text()
            elif self.peek("values") and self.tokens[self.at + 1][0] == "text":
                self.at += 1
                while True:
                    spelling = self.text()
                    self.need("=")
                    column["values"][spelling] = self.text()
                    if not self.take(","):
                        break
            elif self.peek("references") and self.tokens[self.at + 1][1] not in TYPES:
                self.at += 1
                column["references"] = self.name()
            elif self.peek("per") and self.tokens[self.at + 1][1] in UNITS:
                self.at += 1
                column["period"] = self.next()[1].rstrip("s")
            elif self.kind() == "text":
                self.at += 1
            else:
                return column

    def names(self):
        names = [self.name()]
        while self.take(","):
            names.append(self.name())
        return names

    def dataset(self):
        dataset = {"name": self.name(), "columns": [], "lets": {}, "parent": None, "parent_keys": [], "source": None, "source_keys": [], "file": None, "dated": None}
        while True:
            if self.take("of"):
                dataset["parent"] = self.name()
                self.need("by")
                dataset["parent_keys"] = self.names()
            elif self.peek("from") and self.tokens[self.at + 1][0] == "text":
                self.at += 1
                dataset["file"] = self.text()
            elif self.take("from"):
                dataset["source"] = self.name()
                self.need("by")
                dataset["source_keys"] = self.names()
            elif self.take("dated"):
                dataset["dated"] = self.name()
            elif self.kind() == "text":
                self.at += 1
            else:
                break
        if self.take("{"):
            while not self.take("}"):
                if self.take("let"):
                    name = self.name()
                    self.need("=")
                    dataset["lets"][name] = self.expression()
                    self.doc()
                else:
                    dataset["columns"].append(self.column())
        return dataset

    def summary(self):
        summary = {"name": self.name(), "over": None, "by": [], "each": None, "where": None, "orders": [], "columns": []}
        if self.take("over"):
            summary["over"] = self.name()
        if self.take("for", "each"):
            unit, name = self.name(), self.name()
            self.need("from")
            first = self.sum()
            self.need("to")
            summary["each"] = (unit, name, first, self.sum())
        else:
            self.need("by")
            while True:
                start = self.at
                expression = self.expression()
                summary["by"].append((expression, self.tokens[start:self.at]))
                if not self.take(","):
                    break
        while not self.take("{"):
            if self.take("where"):
                summary["where"] = self.expression()
            else:
                self.need("order", "by")
                while True:
                    expression = self.expression()
                    descending = self.take("desc")
                    self.take("asc")
                    summary["orders"].append((expression, descending))
                    if not self.take(","):
                        break
        while not self.take("}"):
            name = self.name()
            self.need("=")
            summary["columns"].append((name, self.expression()))
            self.doc()
        return summary

    def statement(self, model):
        if self.take("model"):
            self.name()
            self.doc()
        elif self.take("as", "of"):
            model["as_of"] = self.next()[1]
        elif self.take("use"):
            model["uses"].append(self.name())
        elif self.take("dataset"):
            model["datasets"].append(self.dataset())
        elif self.take("tree"):
            name = self.name()
            self.need("by")
            tree = {"name": name, "column": self.name(), "break": False}
            if self.take("on", "cycle", "break"):
                tree["break"] = True
            model["trees"].append(tree)
        elif self.take("metric"):
            name = self.name()
            self.doc()
            self.need("=")
            model["metrics"][name] = self.expression()
        elif self.take("summary"):
            model["summaries"].append(self.summary())
        elif self.peek("score") and self.tokens[self.at + 1][1] != "places":
            self.at += 1
            model["scored"] = self.name()
        elif self.take("param"):
            name, declared = self.name(), None
            while not self.take("="):
                declared = declared or self.next()[1]
            if self.take("["):
                items = []
                while not self.take("]"):
                    items.append(self.sum())
                    self.take(",")
                model["lists"][name] = items
            else:
                model["params"][name] = (declared, self.term())
            if self.take("in"):
                self.term()
                self.need("to")
                self.term()
            self.doc()
        elif self.take("let"):
            name = self.name()
            self.need("=")
            model["lets"][name] = self.expression()
            self.doc()
        elif self.take("define"):
            name, parameters = self.name(), []
            self.need("(")
            while not self.take(")"):
                parameters.append(self.name())
                self.take(",")
            self.need("=")
            model["defines"][name] = (parameters, self.expression())
            self.doc()
        elif self.take("lookup"):
            name, entries, otherwise = self.name(), [], None
            self.need("(")
            while not self.take(")"):
                self.name()
                self.take(",")
            self.need("{")
            while not self.take("}"):
                if self.take("otherwise"):
                    self.need(":")
                    otherwise = self.negated()
                    continue
                keys = [[]]
                while not self.take(":"):
                    if self.take(","):
                        keys.append([])
                    elif self.take("_"):
                        keys[-1].append(None)
                    elif self.take("missing"):
                        keys[-1].append("missing")
                    elif not self.take("or"):
                        keys[-1].append(self.literal())
                entries.append((keys, self.negated()))
            model["lookups"][name] = (entries, otherwise)
        elif self.take("dimension"):
            dimension = {"name": self.name(), "weight": None, "range": None, "start": ("number", Decimal(0))}
            self.doc()
            while not self.peek("{"):
                if self.take("weight"):
                    dimension["weight"] = self.sum()
                elif self.take("range"):
                    low = self.sum()
                    self.need("to")
                    dimension["range"] = (low, self.sum())
                else:
                    self.need("start")
                    dimension["start"] = self.sum()
            dimension["rules"] = self.rules()
            model["dimensions"].append(dimension)
        elif self.take("adjust"):
            model["adjust"] += self.rules()
        elif self.take("disqualify"):
            name = self.name()
            self.need("when")
            condition = self.expression()
            passes = self.take("missing", "passes")
            model["causes"].append(self.next()[1] if self.take("because") else None)
            model["disqualifiers"].append((name, condition, passes))
        elif self.take("score"):
            self.need("places")
            model["places"] = int(self.next()[1])
        elif self.take("tier"):
            name = self.name()
            if self.take("otherwise"):
                model["tiers"].append((name, "otherwise"))
            elif self.take("missing"):
                model["tiers"].append((name, "missing"))
            else:
                self.need("when")
                model["tiers"].append((name, self.expression()))
            model["actions"].append((name, self.next()[1] if self.take("action") else None))
        elif self.take("segment"):
            name, arms = self.name(), []
            self.need("{")
            while not self.take("}"):
                arm = self.name()
                if self.take("otherwise"):
                    arms.append((arm, None))
                else:
                    self.need("when")
                    arms.append((arm, self.expression()))
            model["segments"].append((name, arms))
        elif self.take("perspective"):
            name, shares = self.name(), {}
            self.doc()
            self.need("{")
            while not self.take("}"):
                dimension = self.name()
                shares[dimension] = self.sum()
            model["perspectives"].append((name, shares))
        elif self.take("override"):
            override = {"key": self.literal(), "until": None, "despite": None}
            self.need("tier")
            override["tier"] = self.name()
            while True:
                if self.take("until"):
                    override["until"] = self.next()[1]
                elif self.take("despite"):
                    override["despite"] = self.name()
                elif self.peek("by") or self.peek("because"):
                    self.at += 2
                else:
                    break
            model["overrides"].append(override)
        elif self.take("output"):
            self.need("{")
            model["output"] = []
            while not self.take("}"):
                path = self.name()
                while self.take("."):
                    path += "." + self.name()
                column = {"name": path, "label": path, "format": None, "count": 3}
                if self.kind() == "number":
                    column["count"] = int(self.next()[1])
                if self.take("as"):
                    column["label"] = self.text()
                if self.peek("format") and self.tokens[self.at + 1][0] == "text":
                    self.at += 1
                    column["format"] = self.text()
                model["output"].append(column)
        else:
            model["rules"].append(self.rule())


def parse(source):
    model = {"as_of": None, "uses": [], "columns": [], "params": {}, "lists": {}, "lets": {}, "defines": {}, "lookups": {}, "dimensions": [], "adjust": [], "disqualifiers": [], "causes": [], "actions": [],
             "tiers": [], "segments": [], "perspectives": [], "overrides": [], "output": None, "rules": [], "places": 1, "datasets": [], "trees": [], "metrics": {}, "summaries": [], "scored": None}
    parser = Parser(source)
    while parser.kind() != "end":
        parser.statement(model)
    scored = next((d for d in model["datasets"] if d["name"] == model["scored"]), model["datasets"][0] if model["datasets"] else None)
    if scored:
        model["scored"], model["columns"] = scored["name"], scored["columns"]
        model["lets"].update(scored["lets"])
    return model


def expression(source):
    parser = Parser(source)
    result = parser.expression()
    if parser.kind() != "end":
        raise Syntax(f"what is {parser.next()[1]!r} doing here?")
    return result

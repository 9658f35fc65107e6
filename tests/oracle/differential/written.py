"""A model as text, in one of the many layouts that mean the same: statements in another order, parentheses that are not needed, comments, line breaks. And its data as CSV."""
import random
import re

from models import quoted
from trees import COMPARISON, EXPRESSION, NEGATED, OPERATIONS, PRIMARY, WORD

SLOT = re.compile(r"\{(\d+|data)\}")
RESERVED = {"score", "tier"}


class Writer:
    def __init__(self, model):
        self.model, self.random = model, random.Random(model.layout)
        self.more = self.random.random() < 0.4  # parentheses that nobody needs
        self.breaks = self.random.random() < 0.3
        self.moved = {p[0] for p in model.params} if model.module else ()  # what stands in a file of its own

    def called(self, name):
        if name in self.moved:
            return "part." + name
        return name if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) and name != "mod" else f"`{name}`"

    # ---- expressions
    def literal(self, node):
        return quoted(node.data) if node.kind == "t" else node.data

    def constant(self, node):
        """Where no parentheses may stand."""
        return self.called(node.data) if node.op == "name" else self.literal(node)

    def parts(self, node):
        """(text, level)."""
        op = node.op
        if op == "literal":
            text = self.literal(node)
            return text, (NEGATED if text[0] == "-" else PRIMARY)
        if op == "name":
            return self.called(node.data), PRIMARY
        if op == "case":
            arms, missing, otherwise = node.data
            inner = [self.expression(a) for a in node.args]
            text = "case {" + "".join(f" when {inner[2 * i]} : {inner[2 * i + 1]} " for i in range(arms))
            rest = inner[2 * arms:]
            if missing:
                text += f" missing : {rest.pop(0)} "
            if otherwise:
                text += f" otherwise : {rest.pop(0)} "
            return text + "}", PRIMARY
        if op in ("call", "lookup"):
            return node.data + "(" + ", ".join(self.expression(a) for a in node.args) + ")", PRIMARY
        if op == "matches":
            return self.expression(node.args[0], 5) + f" {node.data[0]} " + quoted(node.data[1]), COMPARISON
        if op == "in_value":
            return self.expression(node.args[0], 5) + f" {node.data[0]} {node.data[1]}", COMPARISON
        one = OPERATIONS[op]
        if op.startswith("default_") and not op.startswith("default_twice") and node.args[1].op == "literal" and node.args[1].data[:1] == "-" and node.kind != "t" and self.random.random() < 0.5:
            return f"{self.expression(node.args[0], PRIMARY)} default {node.args[1].data}", one.level
        operands = iter(node.args)
        data = iter(node.data if isinstance(node.data, tuple) else [node.data] * 3)
        text = SLOT.sub(lambda m: str(next(data)) if m[1] == "data" else self.expression(next(operands), int(m[1])), one.text)
        if self.breaks and op in ("and", "or", "add", "add_money") and self.random.random() < 0.3:
            word = {"and": " and ", "or": " or "}.get(op, " + ")
            text = text.replace(word, "\n    " + word[1:], 1) if '"' not in text else text
        return text, one.level

    def expression(self, node, level=EXPRESSION):
        text, own = self.parts(node)
        return f"({text})" if own < level or (self.more and self.random.random() < 0.2 and own < PRIMARY) else text

    def template(self, because):
        before, node, how, after = because
        breaks, self.breaks = self.breaks, False
        text = self.expression(node)
        self.breaks = breaks
        return '"' + before + "{" + text + how + "}" + after + '"'

    # ---- statements
    def column(self, c):
        text = f"  {self.called(c.name)} {WORD[c.kind]}"
        if self.model.currency and c.kind in "mr":
            text = text.replace("money", "money " + self.model.currency)
        parts = []
        if c.gap:
            parts.append("optional")
        if c.default:
            parts.append("default " + c.default)
        if c.tokens:
            parts.append("missing " + ", ".join(map(quoted, c.tokens)))
        if c.low:
            parts.append(f"in {c.low} to {c.high}")
        if c.allowed:
            parts.append("in [" + ", ".join(map(quoted, c.allowed)) + "]")
        if c.format:
            parts.append(f'format "{c.format}"')
        if c.values:
            parts.append("values " + ", ".join(f"{quoted(a)} = {quoted(b)}" for a, b in c.values.items()))
        if c.header:
            parts.append("from " + quoted(c.header))
        if c.doc:
            parts.append('"what it is"')
        self.random.shuffle(parts)
        return " ".join([text, *parts])

    def award(self, r):
        text = f"{r['kind']} {r['name']}"
        if r["points"] is not None:
            text += " " + self.expression(r["points"])
        if r["cap"]:
            text += " at most " + r["cap"]
        text += " when " + self.expression(r["condition"])
        if r["missing"]:
            text += " missing " + r["missing"]
        return text + (" because " + self.template(r["because"]) if r["because"] else "")

    def rule(self, r, indent="  "):
        kind = r["kind"]
        if kind in ("reward", "penalty"):
            return indent + self.award(r)
        if kind == "scale":
            return indent + f"scale {r['name']} from {r['from']} to {r['to']} as {self.expression(r['subject'])} goes {self.expression(r['low'], 6)} to {self.expression(r['high'], 6)}"
        if kind == "bands":
            lines = []
            for label, items, points in r["arms"]:
                words = self.random.choice([" or ", ", "]).join(map(self.constant, items))
                lines.append(f"{words if label == 'labels' else label + ' ' + words} : {points}")
            if r["missing"]:
                lines.insert(self.random.randint(0, len(lines)) if not self.breaks else len(lines), f"missing : {r['missing']}")
            lines.append(f"otherwise : {r['otherwise']}")
            return indent + f"bands {r['name']} by {self.expression(r['subject'])} {{ " + "  ".join(lines) + " }"
        head = f"best of {r['name']}" if kind == "best" else f"group {r['name']} at most {r['cap']}"
        return "\n".join([indent + head + " {"] + [self.rule(m, indent + "  ") for m in r["rules"]] + [indent + "}"])

    def let(self, name, kind, node):
        return f"let {name} = {self.expression(node)}" + (' "so it is"' if self.random.random() < 0.05 else "")

    def lookup(self, t):
        lines = []
        for keys, value in t["entries"]:
            lines.append(", ".join(" or ".join(k if isinstance(k, str) else self.constant(k) for k in key) for key in keys) + " : " + self.constant(value))
        return f"lookup {t['name']}({', '.join(f'k{i}' for i in range(len(t['keys'])))}) {{ " + "  ".join(lines) + f"  otherwise : {self.constant(t['otherwise'])} }}"

    def text(self):
        """{file: text}."""
        m = self.model
        free, fixed, module = [], [], []
        columns = [self.column(c) for c in m.columns]
        key = "  id text key"
        columns.insert(self.random.choice([0, 0, len(columns)]), key)
        own = m.lets[:self.random.randint(1, 3)] if self.random.random() < 0.3 else []
        columns += [self.let(*one) for one in own]
        head = [part for part in ('"who buys"', 'from "data.csv"') if self.random.random() < 0.1]
        free.append(" ".join(["dataset", "customers", *head, "{\n"]) + "\n".join(columns) + "\n}")
        if self.random.random() < 0.1:
            free.append("score customers")
        for name, kind, value, declared in m.params:
            word = f" {WORD[kind]}" + (f" {m.currency}" if m.currency and kind == "m" else "") if declared else ""
            span = {"n": " in -10 to 100", "p": " in 0% to 100%", "t": ' in ["software", "x"]'}.get(kind, "") if self.random.random() < 0.3 else ""
            free.append(f"param {name}{word} = {value}{span}" + (' "what it costs"' if self.random.random() < 0.1 else ""))
        for name, _, items in m.lists:
            free.append(f"param {name} = [{', '.join(self.literal(i) for i in items)}]")
        if m.scenario:
            free.append(f"scenario {m.scenario[0]} \"what if\" {{ " + "  ".join(f"{self.called(name)} = {value}" for name, value in m.scenario[1]) + " }")
        for t in m.lookups:
            free.append(self.lookup(t))
        for d in m.defines:
            free.append(f"define {d['name']}({', '.join(d['names'])}) = {self.expression(d['body'])}")
        for one in m.lets[len(own):] + m.late:
            free.append(self.let(*one))
        for d in m.dimensions:
            if d["name"] is None:
                fixed += [self.rule(r, "") for r in d["rules"]]
                continue
            parts = [f"weight {d['weight']}" if d["weight"] else "", f"range {d['range'][0]} to {d['range'][1]}" if d["range"] else "", f"start {d['start']}" if d["start"] else ""]
            self.random.shuffle(parts)
            fixed.append(" ".join(["dimension", d["name"], *(p for p in parts if p)]) + " {\n" + "\n".join(self.rule(r) for r in d["rules"]) + "\n}")
        if m.adjust:
            fixed.append("adjust {\n" + "\n".join(self.rule(r) for r in m.adjust) + "\n}")
        for d in m.disqualifiers:
            fixed.append(f"disqualify {d['name']} when {self.expression(d['condition'])}" + (" missing passes" if d["passes"] else "") + (" because " + self.template(d["because"]) if d["because"] else ""))
        for name, condition, action in m.tiers:
            fixed.append(f"tier {name} " + (condition if isinstance(condition, str) else "when " + self.expression(condition)) + (" action " + self.template(action) if action else ""))
        for name, arms, otherwise in m.segments:
            fixed.append(f"segment {name} {{ " + "  ".join(f"{a} when {self.expression(c)}" for a, c in arms) + (f"  {otherwise} otherwise" if otherwise else "") + " }")
        for name, shares in m.perspectives:
            free.append(f"perspective {name} \"for others\" {{ " + "  ".join(f"{d} {w}" for d, w in shares) + " }")
        for o in m.overrides:
            words = [f"until {o['until']}" if o["until"] else "", f"despite {o['despite']}" if o["despite"] else "", 'by "CFO"', 'because "so"']
            self.random.shuffle(words)
            fixed.append(f"override {quoted(o['key'])} tier {o['tier']} " + " ".join(w for w in words if w))
        if m.places is not None:
            free.append(f"score places {m.places}")
        free.append("output { " + "  ".join(self.result(o) for o in m.output) + " }")
        free.insert(0, "as of today" if m.today else f"as of {m.as_of}")
        self.random.shuffle(free)
        if m.module:  # some of it moves to a file of its own
            moved = [s for s in free if s.startswith("param ") and "lucky" not in s and "favoured" not in s]
            free = [s for s in free if s not in moved]
            module = moved
        where = [self.random.randint(0, len(fixed)) for _ in free]
        lines = []
        for i in range(len(fixed) + 1):
            lines += [s for s, at in zip(free, where) if at == i] + fixed[i:i + 1]
        if self.random.random() < 0.5:
            lines.insert(self.random.randint(0, len(lines)), 'model random "made by chance"')
        text = "\n".join(line + ("  # as it is" if self.breaks and self.random.random() < 0.1 else "") for line in lines) + "\n"
        if not module:
            return {"model.ppm": text}
        return {"model.ppm": 'use "part.ppm"\n' + text, "part.ppm": "\n".join(module) + "\n"}

    def result(self, item):
        if item == "id":
            return item
        name, header, pattern = item
        if name == "reasons":
            return f"reasons {header}"
        return self.called(name) + (f" as {quoted(header)}" if header else "") + (f' format "{pattern}"' if pattern else "")


def cell(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text


def data(model):
    """The rows as CSV. The key is the row's number."""
    order = list(range(len(model.columns)))
    random.Random(model.layout + 1).shuffle(order)
    lines = [",".join(["id"] + [cell(model.columns[i].header or model.columns[i].name) for i in order] + ["unused"])]
    for number, row in enumerate(model.rows):
        lines.append(",".join([f"C{number}"] + [cell(row[i][0]) for i in order] + ["?"]))
    return "\n".join(lines) + "\n"


def options(model):
    """The command line's part of it."""
    prefix = "part." if model.module else ""
    words = ["--as-of", model.as_of.isoformat()] if model.today else []
    if model.scenario and model.scenario[2]:
        words += ["--scenario", model.scenario[0]]
    for name, value in model.settings:
        words += ["--set", f"{prefix}{name}={value}"]
    return words

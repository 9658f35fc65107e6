"""From a row's values to its score, tier and reasons, and to the line of the result. Points and ranges are whole millionths; which rules exclude each other is decided from single
comparisons of columns alone, which is all that models.py writes where it matters."""
import math
from fractions import Fraction

from computed import DATE, UNIT, Trees, added, fine, half_away, kleene_and, nearest, points_of, rounded
from models import date_text, value_of
from trees import RELATIONS
from written import cell

MILLION = 10 ** 6


# ---- rules that exclude each other ------------------------------------------------------------------------------------------

def claims(node):
    """[(column, what must hold of it)] whenever the condition does: an interval (low, open, high, open), a set of texts, or a flag. Or whether it is there at all."""
    if node.op == "and":
        return claims(node.args[0]) + claims(node.args[1])
    if node.op == "name":
        return [(node.data, True), (node.data, "there")]
    if node.op == "not" and node.args[0].op == "name":
        return [(node.args[0].data, False), (node.args[0].data, "there")]
    if node.op.startswith("missing_") and node.args[0].op == "name":
        return [(node.args[0].data, "gone" if node.data == "missing" else "there")]
    if not node.args or node.args[0].op != "name" or any(a.op != "literal" for a in node.args[1:]):
        return []
    name, values = node.args[0].data, [value_of(a.data, a.kind) if a.kind != "t" else a.data for a in node.args[1:]]
    if node.op == "in_list_t" and node.data == "in":
        return [(name, frozenset(values)), (name, "there")]
    if node.op == "compare_t" and node.data == "=":
        return [(name, frozenset(values)), (name, "there")]
    if node.op.startswith("compare_") and node.args[0].kind in "nmpd" and node.data != "!=":
        (value,), relation = values, node.data
        low, low_open = (value, relation == ">") if relation in (">", ">=", "=") else (-math.inf, False)
        high, high_open = (value, relation == "<") if relation in ("<", "<=", "=") else (math.inf, False)
        return [(name, (low, low_open, high, high_open)), (name, "there")]
    return []


def clash(a, b):
    if a[0] != b[0]:
        return False
    x, y = a[1], b[1]
    if "gone" in (x, y) and isinstance(x, str) and isinstance(y, str):
        return x != y
    if isinstance(x, bool) and isinstance(y, bool):
        return x != y
    if isinstance(x, frozenset) and isinstance(y, frozenset):
        return not x & y
    if isinstance(x, tuple) and isinstance(y, tuple):
        low, low_open = max((x[0], x[1]), (y[0], y[1]))
        high, closed = min((x[2], not x[3]), (y[2], not y[3]))
        return low > high or (low == high and (low_open or not closed))
    return False


def exclude(a, b):
    both = a["claims"] + b["claims"]
    return any(clash(x, y) for x in both for y in both)


def decides(a, b):
    """Where the one holds, the other's `missing` gives nothing: whatever that asks about is there, or the one never holds. models.py writes points after `missing` of one column at most."""
    return not b["unknown"] or exclude(a, a) or all((name, "there") in a["claims"] for name in b["asks"])


def number_sets(rules):
    """Rules go into a set when they exclude every rule that is in it already."""
    listed, sets = [r for r in rules if r["kind"] in ("reward", "penalty")], 0

    def same(a, b):
        return a["kind"] == b["kind"] and decides(a, b) and decides(b, a)
    for rule in rules:
        rule["set"] = 0
    for i, rule in enumerate(listed):
        for one in range(1, sets + 1):
            if not rule["set"] and all(same(rule, o) and exclude(rule, o) for o in listed[:i] if o["set"] == one):
                rule["set"] = one
        for other in listed[:i]:
            if not rule["set"] and not other["set"] and same(rule, other) and exclude(rule, other):
                sets += 1
                rule["set"] = other["set"] = sets


def together(rules):
    """What `missing` gives for rules that exclude each other, while none of them fires."""
    return sum(r["unknown"] or 0 for r in rules)


def total_range(rules, ranges):
    """The range of several rules: those of one set count once. ranges: {name: (low, high)}."""
    low = high = 0
    done = set()
    for rule in rules:
        if not rule["set"]:
            low, high = low + ranges[rule["name"]][0], high + ranges[rule["name"]][1]
        elif rule["set"] not in done:
            done.add(rule["set"])
            members = [r for r in rules if r["set"] == rule["set"]]
            low += min([r["low"] for r in members] + [-together(members)] * (rule["kind"] == "penalty"))
            high += max([r["high"] for r in members] + [together(members)] * (rule["kind"] == "reward"))
    return low, high


def bundle_range(rule, members, ranges=None):
    """The range of a bundle over some of its members."""
    if not members:
        return 0, 0
    lows, highs = [m["low"] for m in members], [m["high"] for m in members]
    if rule["kind"] == "best":
        return (min(lows), min(highs)) if rule["penalties"] else (max(lows), max(highs))
    return tuple(max(min(end, rule["cap"]), -rule["cap"]) for end in total_range(members, ranges or {m["name"]: (m["low"], m["high"]) for m in members}))


# ---- how values are shown ---------------------------------------------------------------------------------------------------

def fixed(units, scale, places, grouped=False):
    """units / 10^scale with so many places, half away from zero."""
    units = half_away(units, 10 ** (scale - places)) if scale > places else units * 10 ** (places - scale)
    digits = str(abs(units)).rjust(places + 1, "0")
    whole, rest = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    return ("-" if units < 0 else "") + (f"{int(whole):,}" if grouped else whole) + rest


def plain(x):
    if abs(x) >= 2 ** 53:
        return str(int(x))
    text = fixed(fine(x), 12, 12)
    return text.rstrip("0").rstrip(".")


def show(value, kind, pattern=None):
    if value is None:
        return ""
    if kind == "t":
        return value
    if kind == "d":
        return date_text(DATE(value), pattern)
    if pattern:
        places = len(pattern.split(".")[1].rstrip("%")) if "." in pattern else 0
        if pattern.endswith("%"):
            return fixed(fine(value) * 100, 12, places) + "%"
        return fixed(value if kind in "mr" else fine(value), 12, places, "," in pattern)
    if kind == "f":
        return "yes" if value else "no"
    if kind in "uo":
        return f"{value} {'day' if kind == 'u' else 'month'}" + ("" if abs(value) == 1 else "s")
    if kind in "mr":
        return fixed(value, 12, 2)
    if kind in "pq":
        return fixed(fine(value) * 100, 12, 12).rstrip("0").rstrip(".") + "%"
    return plain(value)


# ---- a model's rules ----------------------------------------------------------------------------------------------------------

class Scored(Trees):
    def __init__(self, model):
        super().__init__(model)
        self.model = model
        self.perspectives = {"score_" + name: [float(dict(shares).get(d["name"], 0)) for d in model.dimensions] for name, shares in model.perspectives}
        self.places = int(model.places or 1) if model.places != "0" else 0
        self.values = {name: self.tree(node) for name, _, node in model.lets + model.late}
        self.kinds = {name: kind for name, kind, _ in model.lets + model.late}
        self.kinds.update({c.name: c.kind for c in model.columns}, score="n", points="n", score_low="n", score_high="n", evidence="p", tier="t", tier_by_rules="t", action="t")
        self.rules = {}
        self.dimensions = [self.dimension(d) for d in model.dimensions]
        self.adjust = [self.rule(r) for r in model.adjust]
        for rule in self.adjust:
            rule["set"] = 0
        self.disqualifiers = {d["name"]: (self.tree(d["condition"]), d["passes"], self.template(d["because"])) for d in model.disqualifiers}
        self.tiers = [(name, condition if isinstance(condition, str) else self.tree(condition), self.template(action)) for name, condition, action in model.tiers]
        self.segments = {name: ([(arm, self.tree(c)) for arm, c in arms], otherwise) for name, arms, otherwise in model.segments}
        for name in self.rules:
            self.kinds.setdefault(name, "f" if self.rules[name]["kind"] in ("reward", "penalty") else "n")
        for name in self.segments:
            self.kinds[name] = "t"

    def bounds(self, node):
        op = node.op
        if op == "literal":
            return (value_of(node.data, "n"),) * 2
        if op == "name":
            column = next((c for c in self.model.columns if c.name == node.data), None)
            return (float(column.low), float(column.high)) if column and column.low else (-math.inf, math.inf)
        if op == "multiply":
            (factor, _), (low, high) = self.bounds(node.args[0]), self.bounds(node.args[1])
            return factor * low, factor * high
        entries = next(t for t in self.model.lookups if t["name"] == node.data)
        values = [value_of(v.data, "n") for v in [value for _, value in entries["entries"]] + [entries["otherwise"]]]
        return min(values), max(values)

    def rule(self, syntax):
        rule = {"kind": syntax["kind"], "name": syntax["name"]}
        {"reward": self.award, "penalty": self.award, "scale": self.scale, "bands": self.bands, "best": self.bundle, "group": self.bundle}[syntax["kind"]](syntax, rule)
        self.rules[rule["name"]] = rule
        return rule

    def award(self, syntax, rule):
        points, cap = syntax["points"], math.inf if syntax["cap"] is None else float(syntax["cap"])
        unknown = None if syntax["missing"] is None else points_of(min(max(float(syntax["missing"]), 0.0), cap))
        most = max(points_of(min(max(1.0 if points is None else self.bounds(points)[1], 0.0), cap)), unknown or 0)
        sign = 1 if syntax["kind"] == "reward" else -1
        condition, value = self.tree(syntax["condition"]), self.tree(points) if points is not None else lambda row: 1.0

        def compute(row):
            holds = condition(row)
            if holds is False:
                return 0
            x = value(row) if holds else None
            if x is None:
                return None if unknown is None else sign * unknown
            return sign * points_of(min(max(x, 0.0), cap))
        rule.update(compute=compute, low=min(0, sign * most), high=max(0, sign * most), condition=condition, unknown=unknown, because=self.template(syntax["because"]), claims=claims(syntax["condition"]),
                    asks={c.name for n in syntax["condition"].walk() for c in self.model.columns if c.gap and n.op == "name" and c.name == n.data})

    def scale(self, syntax, rule):
        p, q, subject, low, high = float(syntax["from"]), float(syntax["to"]), self.tree(syntax["subject"]), self.tree(syntax["low"])({}), self.tree(syntax["high"])({})
        money = syntax["subject"].kind in "mr"

        def compute(row):
            x = subject(row)
            if x is None:
                return None
            x, a, b = (v / UNIT if money else float(v) for v in (x, low, high))
            return added(p, added(q, -p) * min(max(added(x, -a) / added(b, -a), 0.0), 1.0))
        rule.update(value=compute, compute=lambda row: (lambda x: None if x is None else points_of(x))(compute(row)), low=points_of(min(p, q)), high=points_of(max(p, q)))

    def bands(self, syntax, rule):
        subject, kind = self.tree(syntax["subject"]), syntax["subject"].kind
        arms = []
        for label, items, points in syntax["arms"]:
            holds = {"labels": self.same(kind), "below": self.order(kind, "<"), "up to": self.order(kind, "<=")}[label]
            arms.append((holds, [self.tree(i)({}) for i in items], points_of(float(points))))
        missing, otherwise = None if syntax["missing"] is None else points_of(float(syntax["missing"])), points_of(float(syntax["otherwise"]))

        def compute(row):
            x = subject(row)
            if x is None:
                return missing
            return next((points for holds, items, points in arms if any(holds(x, i) for i in items)), otherwise)
        every = [points for _, _, points in arms] + [otherwise] + ([] if missing is None else [missing])
        rule.update(compute=compute, low=min(every), high=max(every))

    def bundle(self, syntax, rule):
        members = [self.rule(r) for r in syntax["rules"]]
        cap = points_of(float(syntax["cap"])) if syntax["kind"] == "group" else None
        rule.update(members=members, cap=cap, penalties=all(m["kind"] == "penalty" for m in members))
        for member in members:
            member["set"] = 0
        if syntax["kind"] == "group":
            number_sets(members)
        rule["low"], rule["high"] = bundle_range(rule, members)

        def compute(row):
            decided = [x for x in map(row.points_of_rule, members) if x is not None]
            return self.bundled(rule, decided) if decided else None
        rule["compute"] = compute

    @staticmethod
    def bundled(rule, points):
        if rule["kind"] == "best":
            return min(points) if rule["penalties"] else max(points)
        return max(min(sum(points), rule["cap"]), -rule["cap"])

    def dimension(self, syntax):
        rules = [self.rule(r) for r in syntax["rules"]]
        number_sets(rules)
        start = points_of(float(syntax["start"] or 0))
        low, high = total_range(rules, {r["name"]: (r["low"], r["high"]) for r in rules})
        return {"name": syntax["name"], "rules": rules, "start": start, "weight": float(syntax["weight"] or 1), "share": Fraction(syntax["weight"] or 1), "given": tuple(points_of(float(x)) for x in syntax["range"]) if syntax["range"] else None,
                "low": low + start, "high": high + start}

    def template(self, because):
        if because is None:
            return None
        before, node, how, after = because
        value, kind, pattern = self.tree(node), node.kind, how[5:-1] if '"' in how else None
        if node.op == "name" and not pattern and self.is_score(node.data):
            return lambda row: before.replace("\\{", "{") + ("(missing)" if row[node.data] is None else self.as_score(row[node.data])) + after

        def text(row):
            x = value(row)
            return before.replace("\\{", "{") + ("(missing)" if x is None else show(x, kind, pattern)) + after
        return text

    def is_score(self, name):
        return name in ("score", "score_low", "score_high") or name in self.perspectives

    def as_score(self, value):
        """What is shown is what is compared."""
        return fixed(fine(value), 12, self.places)

    # ---- tables
    def table(self):
        """The result as CSV text."""
        output, rows = self.model.output, self.model.rows
        columns = {c.name: i for i, c in enumerate(self.model.columns)}
        lines = [",".join("id" if o == "id" else cell("reasons" if o[0] == "reasons" else o[1] or o[0]) for o in output)]
        for number, fields in enumerate(rows):
            row = Row(self, number, {c.name: value for c, (_, value) in zip(self.model.columns, fields)})
            cells = []
            for item in output:
                if item == "id":
                    cells.append(f"C{number}")
                elif item[0] == "reasons":
                    cells.append(cell(row.reasons(item[1])))
                elif item[0] in columns:
                    cells.append(cell(fields[columns[item[0]]][0]))
                else:
                    cells.append(cell(self.shown(row, item[0], item[2])))
            lines.append(",".join(cells))
        return "\n".join(lines) + "\n"

    def shown(self, row, name, pattern):
        value = row[name]
        if value is not None and not pattern and self.is_score(name):
            return self.as_score(value)
        return show(value, self.kinds.get(name, "n"), pattern)


class Row(dict):
    """What is known of a row; everything is computed when it is asked for, once."""

    def __init__(self, model, number, values):
        super().__init__(values)
        self.model, self.number, self.rule_points, self.cached = model, number, {}, None

    def __missing__(self, name):
        model = self.model
        if name in model.values:
            value = model.values[name](self)
        elif name in model.rules:
            rule = model.rules[name]
            points = None if "condition" in rule or "value" in rule else self.points_of_rule(rule)
            value = rule["condition"](self) if "condition" in rule else rule["value"](self) if "value" in rule else None if points is None else points / MILLION
        elif name in model.disqualifiers:
            value = model.disqualifiers[name][0](self)
        elif name in model.segments:
            arms, otherwise = model.segments[name]
            value = next((arm for arm, condition in arms if condition(self) is True), otherwise)
        elif name in model.perspectives:
            value = self.rounded(self.mean(model.perspectives[name]))
        elif name in ("score", "score_low", "score_high", "points", "evidence", "tier", "tier_by_rules", "action"):
            value = getattr(self, name)()
        else:
            value = next(state["value"] for d, state in zip(model.dimensions, self.states()) if d["name"] == name)
        self[name] = value
        return value

    def points_of_rule(self, rule):
        if rule["name"] not in self.rule_points:
            self.rule_points[rule["name"]] = rule["compute"](self)
        return self.rule_points[rule["name"]]

    def own_range(self, rule):
        """What the rule can award in this row."""
        if "members" in rule:
            decided = [m for m in rule["members"] if self.points_of_rule(m) is not None]
            return bundle_range(rule, decided, {m["name"]: self.own_range(m) for m in decided})
        return rule["low"], rule["high"]

    def states(self):
        """Each dimension in this row."""
        if self.cached is None:
            self.cached = [self.state(d) for d in self.model.dimensions]
        return self.cached

    def state(self, dimension):
        decided = [r for r in dimension["rules"] if self.points_of_rule(r) is not None]
        ranges = {r["name"]: self.own_range(r) for r in decided}
        low, high = total_range(decided, ranges)
        share = (high - low) / (dimension["high"] - dimension["low"]) if dimension["high"] > dimension["low"] else 1.0
        low, high = dimension["given"] or (low + dimension["start"], high + dimension["start"])
        points = min(max(dimension["start"] + sum(map(self.points_of_rule, decided)), low), high)
        value = 100 * (points - low) / (high - low) if decided and high > low else None
        return {"value": value, "points": points if decided else 0, "low": low, "high": high, "share": share, "decided": decided, "ranges": ranges}

    def mean(self, weights):
        total = divisor = 0.0
        for weight, state in zip(weights, self.states()):
            if state["value"] is not None and weight:
                total, divisor = total + weight * state["value"], divisor + weight
        return total / divisor if divisor else None

    def rounded(self, value):
        return None if value is None else rounded(value, self.model.places)

    def moved(self, mean, points):
        return min(max(mean + points / MILLION, 0.0), 100.0)

    def score(self):
        mean = self.mean([d["weight"] for d in self.model.dimensions])
        if mean is None or not self.model.adjust:
            return self.rounded(mean)
        return self.rounded(self.moved(mean, sum(p for p in map(self.points_of_rule, self.model.adjust) if p is not None)))

    def score_low(self):
        return self.extreme(0)

    def score_high(self):
        return self.extreme(1)

    def at_worst(self, rule, side):
        """The rule's points with every unknown at its worst (side 0) or best (1)."""
        if "members" in rule:
            return self.model.bundled(rule, [self.extremes(rule["members"], side)] if rule["kind"] == "group" else [self.at_worst(m, side) for m in rule["members"]])
        points = self.points_of_rule(rule)
        return (rule["low"], rule["high"])[side] if points is None else points

    def extremes(self, rules, side):
        total, done = 0, set()
        for rule in rules:
            if not rule["set"]:
                total += self.at_worst(rule, side)
            elif rule["set"] not in done:  # one of them at most: what fired, or the most that an unknown one could do
                done.add(rule["set"])
                members = [r for r in rules if r["set"] == rule["set"]]
                known = [self.points_of_rule(r) for r in members]
                fired = [p for r, p in zip(members, known) if p is not None and r["condition"](self) is True]
                total += sum(p or 0 for p in known) + (0 if fired else (max if side else min)([0] + [(r["low"], r["high"])[side] for r, p in zip(members, known) if p is None]))
        return total

    def extreme(self, side):
        total = divisor = 0.0
        for dimension in self.model.dimensions:
            low, high = dimension["given"] or (dimension["low"], dimension["high"])
            if low == high:  # the model is refused
                return None
            points = dimension["start"] + self.extremes(dimension["rules"], side)
            total, divisor = total + dimension["weight"] * (100 * (min(max(points, low), high) - low) / (high - low)), divisor + dimension["weight"]
        mean = total / divisor
        return self.rounded(self.moved(mean, self.extremes(self.model.adjust, side)) if self.model.adjust else mean)

    def points(self):
        if not any(state["decided"] for state in self.states()):
            return None
        return sum(state["points"] for state in self.states()) / MILLION

    def evidence(self):
        """In doubles, as the mean is."""
        total = sum(d["weight"] * s["share"] for d, s in zip(self.model.dimensions, self.states()))
        return total / sum(d["weight"] for d in self.model.dimensions)

    # ---- tiers
    def chosen(self):
        """The tier that the conditions give."""
        unsure = False
        for name, condition, _ in self.model.tiers:
            if condition == "otherwise" or (condition == "missing" and unsure):
                return name
            if condition not in ("missing", "otherwise"):
                holds = condition(self)
                if holds is True:
                    return name
                unsure = unsure or holds is None
        return None

    def standing(self):
        """Which disqualifiers stand in the way: those that hold, and those of which nobody knows."""
        return {name for name, (condition, passes, _) in self.model.disqualifiers.items() for holds in [condition(self)] if holds is True or (holds is None and not passes)}

    def tier_by_rules(self):
        if any(condition(self) is True for condition, _, _ in self.model.disqualifiers.values()):
            return "disqualified"
        return "unverified" if self.standing() else self.chosen()

    def overridden(self):
        for one in self.model.model.overrides:
            if one["key"] == f"C{self.number}" and not (one["until"] and one["until"] < self.model.model.as_of.isoformat()) and not self.standing() - {one["despite"]}:
                return one["tier"]
        return None

    def tier(self):
        return self.overridden() or self["tier_by_rules"]

    def action(self):
        """What the tier's text says: where a tier stands several times, that of the first line which has one."""
        action = next((action for name, _, action in self.model.tiers if name == self["tier"] and action), None)
        return action(self) if action else None

    # ---- reasons
    def cause(self, rule):
        if rule["kind"] == "penalty":
            if rule["unknown"] is not None and rule["condition"](self) is None:
                return rule["name"] + " unknown"
            return rule["because"](self) if rule["because"] else rule["name"]
        return rule["name"] + (" not earned" if rule["kind"] == "reward" else "")

    def costs(self, rule, factor):
        """[(cost, words)] of a decided rule; those of a group speak for themselves."""
        if rule["kind"] == "group":
            return self.costs_of(rule["members"], factor)
        points = self.points_of_rule(rule)
        if rule["kind"] == "best" and rule["penalties"]:
            first = next(m for m in rule["members"] if self.points_of_rule(m) == points)
            return [(-factor * points, self.cause(first))]
        return [(factor * (self.own_range(rule)[1] - points), self.cause(rule))]

    def costs_of(self, rules, factor):
        """[(cost, words)] of the rules of a dimension or a group."""
        costs, done = [], set()
        for rule in rules:
            if not rule["set"] or rule["kind"] != "reward":
                costs += self.costs(rule, factor) if self.points_of_rule(rule) is not None else []
            elif rule["set"] not in done:  # short of the best of them, once, where the first of them stands
                done.add(rule["set"])
                members = [r for r in rules if r["set"] == rule["set"] and self.points_of_rule(r) is not None]
                if members:
                    best = max(members, key=lambda r: r["high"])
                    costs.append((factor * (max(best["high"], together(members)) - sum(map(self.points_of_rule, members))), best["name"] + " not earned"))
        return costs

    def reasons(self, count):
        model, costs = self.model, []
        found = [because(self) if because else name for name, (condition, _, because) in model.disqualifiers.items() if condition(self) is True]
        pairs = [(d, s) for d, s in zip(model.dimensions, self.states()) if s["value"] is not None]
        weight = sum(d["share"] for d, _ in pairs)
        for dimension, state in pairs:
            costs += self.costs_of(dimension["rules"], dimension["share"] / weight * 100 / (state["high"] - state["low"]))
        for rule in model.adjust:
            if self.points_of_rule(rule) is not None:
                costs += self.costs(rule, Fraction(1, MILLION))
        order = sorted((i for i in range(len(costs)) if costs[i][0] > 0), key=lambda i: -costs[i][0])
        return "; ".join((found + [costs[i][1] for i in order])[:count])

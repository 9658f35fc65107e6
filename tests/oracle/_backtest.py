"""What a backtest says, in fractions from a list of customers: measures by their definitions, pair by pair or by sorting, and nothing of how ppmc counts.

A customer is a dict: with (True, False, None: missing), score (Fraction or None), tier, dimensions, perspectives, segments and by ({name: value or None}), values ({name: Fraction or None}),
rules ({name: (group, points or None)}, the group that it is counted in by its index).
"""
import math
from collections import defaultdict
from decimal import Decimal, getcontext
from fractions import Fraction as F

getcontext().prec = 50
Z = Decimal("1.959963984540054")
PARTS = 10
FIFTHS = ["least points", "second fifth", "third fifth", "fourth fifth", "most points", "unknown"]
FIRED = ["fired", "not fired", "unknown"]


def decimal(x):
    return Decimal(x.numerator) / Decimal(x.denominator) if isinstance(x, F) else Decimal(x)


def wilson(k, n):
    if not n:
        return None, None
    k, n = Decimal(k), Decimal(n)
    p, q = k / n, Z * Z / n
    half = Z * (p * (1 - p) / n + q / (4 * n)).sqrt() / (1 + q)
    middle = (p + q / 2) / (1 + q)
    return max(middle - half, Decimal(0)) if k else Decimal(0), min(middle + half, Decimal(1)) if k < n else Decimal(1)


def evidence(w, o, all_w, all_o):
    """(weight of evidence, information)"""
    a, b = (F(w), F(o)) if w and o else (F(w) + F(1, 2), F(o) + F(1, 2))
    weight = decimal(a / all_w / (b / all_o)).ln()
    return weight, decimal(F(w, all_w) - F(o, all_o)) * weight


def discriminate(values, higher):
    """values: (value, with) of those that have one. With `higher` customers with the outcome are expected to have more."""
    groups = defaultdict(lambda: [0, 0])
    for value, with_it in values:
        groups[value if higher else -value][not with_it] += 1
    m, n = (sum(g[i] for g in groups.values()) for i in (0, 1))
    out = {"with": m, "without": n}
    below_m = below_n = right = equal = 0
    v10, v01 = [], []
    for value in sorted(groups):
        w, o = groups[value]
        right += w * below_n
        equal += w * o
        v10.append((F(2 * below_n + o, 2 * n) if n else F(0), w))
        v01.append((F(2 * (m - below_m - w) + w, 2 * m) if m else F(0), o))
        below_m, below_n = below_m + w, below_n + o
    out.update(pairs_right=right, pairs_equal=equal, pairs_wrong=m * n - right - equal, auc=None, low=None, high=None, gini=None, ks=None)
    if not m or not n:
        return out
    area = F(2 * right + equal, 2 * m * n)
    out.update(auc=area, gini=2 * area - 1)
    if m > 1 and n > 1:
        s10 = sum(c * (v - area) ** 2 for v, c in v10) / (m - 1)
        s01 = sum(c * (v - area) ** 2 for v, c in v01) / (n - 1)
        half = Z * decimal(s10 / m + s01 / n).sqrt()
        out.update(low=max(decimal(area) - half, Decimal(0)), high=min(decimal(area) + half, Decimal(1)))
    # cuts from the bottom up: among equal distances the first
    best, w_below, o_below = F(0), 0, 0
    order = sorted(groups) if not higher else sorted(groups)
    shown = sorted(groups, reverse=True) if not higher else order  # from the lowest value to the highest
    for i, value in enumerate(shown):
        w_below, o_below = w_below + groups[value][0], o_below + groups[value][1]
        distance = F(w_below, m) - F(o_below, n)
        if abs(distance) > abs(best):
            best = distance
            cut = (value if higher else -value, w_below, o_below)
            if higher:
                cut = (shown[i + 1], m - w_below, n - o_below)
    out["ks"] = -best if higher else best
    if best:
        out.update(ks_at=cut[0], ks_with=cut[1], ks_without=cut[2])
    return out


def tenths(customers, higher, values):
    """Equal scores are one group; a cut through it takes a share of each of its sums."""
    groups = defaultdict(lambda: {"all": 0, "with": 0, **{(v, k): F(0) for v in values for k in ("with", "all")}})
    for c in customers:
        group = groups[c["score"]]
        group["all"] += 1
        group["with"] += c["with"]
        for v in values:
            if c["values"][v] is not None:
                group[v, "all"] += c["values"][v]
                group[v, "with"] += c["values"][v] if c["with"] else 0
    total, m = len(customers), sum(c["with"] for c in customers)
    parts, at = [], F(0)
    edges = [F(total * i, PARTS) for i in range(PARTS + 1)]
    parts = [{"scores": [], "customers": F(total, PARTS), "with": F(0), **{(v, k): F(0) for v in values for k in ("with", "all")}} for _ in range(PARTS)]
    for score in sorted(groups, reverse=higher):
        group = groups[score]
        for i in range(PARTS):
            inside = min(at + group["all"], edges[i + 1]) - max(at, edges[i])
            if inside <= 0:
                continue
            share = inside / group["all"]
            parts[i]["scores"].append(score)
            for k in ["with"] + [(v, k) for v in values for k in ("with", "all")]:
                parts[i][k] += share * group[k]
        at += group["all"]
    reached = F(0)
    for part in parts:
        reached += part["with"]
        part.update(rate=part["with"] / part["customers"], lift=part["with"] / part["customers"] / F(m, total), reached=reached / m)
    return parts


def ratio(a, n1, c, n0):
    """(lift, low, high); None where there is none, infinity where only the second rate is 0."""
    if not n1 or not n0 or not (a or c):
        return None, None, None
    lift = F(a, n1) / F(c, n0) if c else math.inf
    x, y, u, v = (F(k) for k in (a, n1, c, n0))
    if not a or not c:
        x, y, u, v = x + F(1, 2), y + 1, u + F(1, 2), v + 1
    middle = decimal(x / y / (u / v)).ln()
    half = Z * decimal(max(1 / x - 1 / y + 1 / u - 1 / v, F(0))).sqrt()
    return lift, (middle - half).exp() if a else Decimal(0), (middle + half).exp() if c else math.inf


def verdict(low, high, middle, above_is_right):
    if low is None:
        return "nothing to tell"
    if low > middle:
        return "as expected" if above_is_right else "wrong way"
    if high < middle:
        return "wrong way" if above_is_right else "as expected"
    return "unclear"


def counted(rows, extra=None):
    n, k = len(rows), sum(c["with"] for c in rows)
    low, high = wilson(k, n)
    return {"customers": n, "with": k, "rate": F(k, n) if n else None, "low": low, "high": high, **(extra or {})}


def by(rows, key, names, everybody=None):
    """A group for each name that has customers, in that order; others are `(none)`."""
    known = names[:]
    found = []
    for name in known + ["(none)"]:
        mine = [c for c in rows if (key(c) if key(c) in known else "(none)") == name]
        if mine:
            extra = None
            if everybody:
                extra = dict(zip(("weight_of_evidence", "information"), evidence(sum(c["with"] for c in mine), sum(not c["with"] for c in mine), *everybody)))
            found.append({"name": name, **counted(mine, extra)})
    return found


def tried(groups, rows, key, higher):
    """The groups, each with how far the score predicts within it."""
    for group in groups:
        mine = [c for c in rows if key(c) == group["name"]] if group["name"] != "(none)" else [c for c in rows if key(c) is None]
        area = discriminate([(c["score"], c["with"]) for c in mine if c["score"] is not None], higher)
        group.update(auc=area["auc"], auc_low=area["low"], auc_high=area["high"])
    return groups


def fifth_of(points):
    """{points: index of the fifth that the middle of those customers lies in}"""
    total, before, fifths = len(points), 0, {}
    for value in sorted(set(points)):
        here = points.count(value)
        fifths[value] = min(int(F(5 * (2 * before + here), 2 * total)), 4)
        before += here
    return fifths


def backtest(customers, rules, tiers, segments, wanted=False, values=(), split_by=()):
    """rules: [{name, kind, groups: names}]; tiers: names in order, with `disqualified` and `unverified` where there are disqualifiers; segments: {name: arms}."""
    left_out = sum(c["with"] is None for c in customers)
    customers = [c for c in customers if c["with"] is not None]
    scored = [c for c in customers if c["score"] is not None]
    m = sum(c["with"] for c in customers)
    n = len(customers) - m
    out = {"outcome": {"wanted": wanted, "expected": "higher" if wanted else "lower", "customers": len(customers), "with": m, "rate": F(m, m + n), "left_out": left_out,
                       "without_score": len(customers) - len(scored)}}
    out["score"] = discriminate([(c["score"], c["with"]) for c in scored], wanted)
    parts = tenths(scored, wanted, values) if out["score"]["auc"] is not None else []
    out["tenths"] = [{"lowest": min(p["scores"]), "highest": max(p["scores"]), **{k: p[k] for k in ("customers", "with", "rate", "lift", "reached")},
                      **({"values": [{"name": v, "with": p[v, "with"], "all": p[v, "all"]} for v in values]} if values else {})} for p in parts]
    out["values"] = [{"name": v, "with": sum(p[v, "with"] for p in parts), "all": sum(p[v, "all"] for p in parts), "missing": sum(c["values"][v] is None for c in scored)} for v in values]
    out["scores"] = [{"from": 10 * i, "to": 10 * i + 10, **counted([c for c in scored if min(int(c["score"] / 10), 9) == i])} for i in range(10)]
    out["tiers"] = by(customers, lambda c: c["tier"], tiers) if tiers else []
    for tier in out["tiers"]:
        here = [c["score"] for c in scored if c["tier"] == tier["name"]]
        tier["mean"] = sum(here) / len(here) if here and tier["name"] not in ("disqualified", "unverified") else None
    out["segments"] = [{"name": name, "arms": tried(by(customers, lambda c: c["segments"][name], arms), customers, lambda c: c["segments"][name], wanted)} for name, arms in segments.items()]
    out["by"] = []
    for name in split_by:
        found = sorted({c["by"][name] for c in customers}, key=lambda text: text.encode())
        out["by"].append({"name": name, "values": tried(by(customers, lambda c: c["by"][name], found), customers, lambda c: c["by"][name], wanted)})
    for kind in ("dimensions", "perspectives"):
        names = list(customers[0][kind]) if customers else []
        out[kind] = [{"name": name, **{k: v for k, v in discriminate([(c[kind][name], c["with"]) for c in customers if c[kind][name] is not None], wanted).items() if not k.startswith("ks_")}}
                     for name in names]
    out["rules"] = []
    for rule in rules:
        said = {"name": rule["name"], "kind": rule["kind"]}
        which = {id(c): c["rules"][rule["name"]][0] for c in customers}
        if rule["kind"] == "scale":
            fifths = fifth_of([c["rules"][rule["name"]][1] for c in customers if c["rules"][rule["name"]][1] is not None])
            which = {id(c): fifths.get(c["rules"][rule["name"]][1], 5) for c in customers}
        said["groups"] = [{"name": rule["groups"][g["name"]], **{k: v for k, v in g.items() if k != "name"}} for g in
                          by(customers, lambda c: which[id(c)], list(range(len(rule["groups"]))), (m, n))]
        said["information_value"] = sum(g["information"] for g in said["groups"])
        if rule["kind"] in ("reward", "penalty"):
            fired, rest = ([c["with"] for c in customers if which[id(c)] == i] for i in (0, 1))
            lift, low, high = ratio(sum(fired), len(fired), sum(rest), len(rest))
            said.update(lift=lift, low=low, high=high, evidence=verdict(low, high, 1, (rule["kind"] == "penalty") != wanted))
        else:
            points = [(c["rules"][rule["name"]][1], c["with"]) for c in customers if c["rules"][rule["name"]][1] is not None]
            said.update({k: v for k, v in discriminate(points, wanted).items() if not k.startswith("ks_")})
            said["evidence"] = verdict(said["low"] if len({p for p, _ in points}) > 1 else None, said["high"], Decimal("0.5"), True)
        out["rules"].append(said)
    return out


def difference(mine, said, path=""):
    """Words for the first thing that ppmc's JSON says otherwise, or None. What only ppmc says (findings, lines) is not compared."""
    if isinstance(mine, dict):
        for key, value in mine.items():
            if key == "mean":  # of a tier: ppmc only puts them in order by it
                continue
            if key not in said:
                return f"{path}.{key} is not there"
            problem = difference(value, said[key], f"{path}.{key}")
            if problem:
                return problem
        return None
    if isinstance(mine, list):
        if len(mine) != len(said):
            return f"{path}: computed {len(mine)}, ppmc has {len(said)}"
        return next(filter(None, (difference(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(mine, said)))), None)
    if mine is None or mine == math.inf or isinstance(mine, (str, bool)):
        same = said is None if mine is None or mine == math.inf else mine == said
    elif isinstance(mine, int):
        same = said == str(mine)
    else:
        same = said is not None and abs(decimal(mine) - Decimal(said)) <= Decimal("1e-10") * max(1, abs(decimal(mine)))
    return None if same else f"{path}: computed {mine if not isinstance(mine, F) else float(mine)}, ppmc says {said}"


# ---- as text -----------------------------------------------------------------------------------------------------------------

def fixed(x, places):
    """Half away from zero."""
    if x == math.inf:
        return "∞"
    x = decimal(x)
    unit = Decimal(1).scaleb(-places)
    rounded = abs(x).quantize(unit, rounding="ROUND_HALF_UP")
    return ("-" if x < 0 and rounded else "") + str(rounded)


def percent(x):
    return fixed(decimal(x) * 100, 1) + "%"


def span(low, high, places=None):
    if low is None:
        return ""
    return " to ".join(percent(x) if places is None else fixed(x, places) for x in (low, high))


def amount(x):
    return fixed(x, 0 if x == int(x) else 1)


class Page:
    def __init__(self, markdown):
        self.markdown, self.out = markdown, []

    def guarded(self, text):
        return "".join("\\" + c if self.markdown and c in "|<*_\\" else c for c in text)

    def heading(self, text):
        self.out += ["", "### " + self.guarded(text), ""] if self.markdown else ["", text]

    def line(self, text):
        self.out.append(("- " if self.markdown else "  ") + self.guarded(text))

    def table(self, titles, rows, left=(0,)):
        if self.markdown:
            for i, row in enumerate([titles] + rows):
                self.out.append("| " + " | ".join(self.guarded(cell) for cell in row) + " |")
                if not i:
                    self.out.append("|" + "|".join("---" if c in left else "---:" for c in range(len(row))) + "|")
            return
        widths = [max(len(row[c]) for row in [titles] + rows) for c in range(len(titles))]
        for row in [titles] + rows:
            self.out.append("".join("  " + (cell.ljust(w) if c in left else cell.rjust(w)) for c, (cell, w) in enumerate(zip(row, widths))).rstrip())


def text(said, outcome, file, findings, lines, places=1, markdown=False):
    """The page. findings: sentences; lines: {rule: its line of the model}."""
    page, head, wanted = Page(markdown), said["outcome"], said["outcome"]["wanted"]
    title = f"{outcome} in {file}: {head['with']:,} of {head['customers']:,} customers, {percent(head['rate'])}"
    page.out.append(("## " if markdown else "") + page.guarded(title))
    if markdown and (head["left_out"] or head["without_score"]):
        page.out.append("")
    if head["left_out"]:
        page.line(f"{head['left_out']:,} customer{'s' if head['left_out'] > 1 else ''} without the outcome {'are' if head['left_out'] > 1 else 'is'} left out")
    if head["without_score"]:
        many = head["without_score"] > 1
        page.line(f"{head['without_score']:,} customer{'s have' if many else ' has'} no score, and count{'' if many else 's'} among rules, tiers and segments only")
    if findings:
        page.heading("look at this first")
        for finding in findings:
            page.line(finding)
    score = said["score"]
    page.heading("does the score predict?")
    if score["auc"] is None:
        page.line("that cannot be told: " + ("all customers with a score have the outcome" if score["with"] else "no customer with a score has the outcome" if score["without"] else "no customer has a score"))
    else:
        page.line(f"a customer with `{outcome}` scores {'higher' if wanted else 'lower'} than one without it in {percent(score['auc'])} of pairs (equal scores count half)")
        page.line(f"AUC   {fixed(score['auc'], 4)}" + (f", 95%: {span(score['low'], score['high'], 4)}" if score["low"] is not None else " (too few customers for an interval)"))
        page.line(f"Gini  {fixed(score['gini'], 4)}")
        page.line(f"KS    {fixed(score['ks'], 4)}" + (f" at the score {fixed(score['ks_at'], places)}: {percent(F(score['ks_with'], score['with']))} of those with the outcome have it or "
                  f"{'more' if wanted else 'less'}, and {percent(F(score['ks_without'], score['without']))} of the others" if score["ks"] else ""))
        page.heading(f"tenths of the customers, {'highest' if wanted else 'lowest'} scores first")
        page.table(["tenth", "scores", "customers", "with outcome", "rate", "lift", "reached"],
                   [[str(i + 1), span(p["lowest"], p["highest"], places) if p["lowest"] != p["highest"] else fixed(p["lowest"], places), amount(p["customers"]), amount(p["with"]),
                     percent(p["rate"]), fixed(p["lift"], 2), percent(p["reached"])] for i, p in enumerate(said["tenths"])], ())
        for k, value in enumerate(said["values"]):
            page.heading(f"{value['name']} of those with the outcome, by the same tenths")
            rows, reached = [], F(0)
            for i, p in enumerate(said["tenths"]):
                here = p["values"][k]
                reached += here["with"]
                rows.append([str(i + 1), fixed(here["with"], 2), fixed(here["all"], 2), percent(here["with"] / here["all"]) if here["all"] else "", percent(reached / value["with"]) if value["with"] else ""])
            rows.append(["all", fixed(value["with"], 2), fixed(value["all"], 2), percent(value["with"] / value["all"]) if value["all"] else "", ""])
            page.table(["tenth", "with outcome", "of all", "share", "reached"], rows, ())
            if value["missing"]:
                page.line(f"{value['missing']:,} customer{'s have' if value['missing'] > 1 else ' has'} no `{value['name']}`")

    def groups(first, items, more=None):
        def cells(g):
            if more == "evidence":
                return [fixed(g["weight_of_evidence"], 4), fixed(g["information"], 4)]
            return [fixed(g["auc"], 4) if g["auc"] is not None else "", span(g["auc_low"], g["auc_high"], 4)] if more else []
        titles = {"evidence": ["weight of evidence", "information"], "scores": ["AUC", "95% interval"], None: []}[more]
        rows = [[g["name"], f"{g['customers']:,}", f"{g['with']:,}", percent(g["rate"]), span(g["low"], g["high"]), *cells(g)] for g in items if g["customers"]]
        page.table([first, "customers", "with outcome", "rate", "95% interval", *titles], rows)

    page.heading("by score")
    groups("score", [{"name": f"{g['from']} to {'below ' if g['to'] < 100 else ''}{g['to']}", **g} for g in said["scores"]])
    if said["tiers"]:
        page.heading("by tier")
        groups("tier", said["tiers"])
        if not any(finding.startswith("tier `") and " scores higher than " in finding for finding in findings):
            page.line(f"in order: the higher a tier's mean score, the {'higher' if wanted else 'lower'} its rate")
    for segment in said["segments"]:
        page.heading(f"by segment {segment['name']}")
        groups("arm", segment["arms"], "scores")
    for split in said["by"]:
        page.heading(f"by {split['name']}")
        groups("value", split["values"], "scores")
    for kind in ("dimension", "perspective"):
        items = said[kind + "s"]
        if not items:
            continue
        page.heading(f"by {kind}")
        page.table([kind, "customers", "AUC", "95% interval", "Gini"], [[f["name"], f"{f['with'] + f['without']:,}", fixed(f["auc"], 4) if f["auc"] is not None else "",
                    span(f["low"], f["high"], 4), fixed(f["gini"], 4) if f["gini"] is not None else ""] for f in items])
        if kind == "perspective" and len(items) > 1:
            page.line(f"`{max(items, key=lambda f: f['auc'])['name']}` predicts best")
    conditions = [r for r in said["rules"] if r["kind"] in ("reward", "penalty")]
    if conditions:
        page.heading("rewards and penalties")
        rows = []
        for r in conditions:
            found = {g["name"]: g for g in r["groups"]}
            cells = [cell for name in FIRED for cell in ((f"{found[name]['customers']:,}", percent(found[name]["rate"])) if name in found else ("0", ""))]
            rows.append([f"{r['kind']} {r['name']}", str(lines[r["name"]]), *cells, fixed(r["lift"], 2) if r["lift"] is not None else "", span(r["low"], r["high"], 2),
                         fixed(r["information_value"], 4), r["evidence"]])
        page.table(["rule", "line", "fired", "rate", "not fired", "rate", "unknown", "rate", "lift", "95% interval", "information", "evidence"], rows, (0, 11))
    for r in said["rules"]:
        if r in conditions:
            continue
        page.heading(f"{r['kind']} {r['name']}, line {lines[r['name']]}: {r['evidence']}")
        groups("points" if r["kind"] == "scale" else "band", r["groups"], "evidence")
        area = f"; AUC of its points {fixed(r['auc'], 4)}" if r["auc"] is not None else ""
        page.line(f"information value {fixed(r['information_value'], 4)}{area}" + (f", 95%: {span(r['low'], r['high'], 4)}" if r["low"] is not None else ""))
    return "\n".join(page.out) + "\n"


def findings(said, outcome, leaks=()):
    """The sentences that stand first: leaks as they are given; then the score, rules and tiers that go the wrong way."""
    out, wanted, score = list(leaks), said["outcome"]["wanted"], said["score"]
    if score["low"] is not None and score["high"] < Decimal("0.5"):
        out.append(f"the score points the wrong way: customers with `{outcome}` score {'lower' if wanted else 'higher'}; "
                   f"{'without `--wanted` the outcome counts as one to avoid' if wanted else 'if the outcome is one to hope for, add `--wanted`'}")
    for r in said["rules"]:
        if r["evidence"] != "wrong way":
            continue
        if "lift" in r:
            why = f"where it fires the outcome is {fixed(r['lift'], 2)} times as frequent as where it does not (95%: {span(r['low'], r['high'], 2)})"
        else:
            why = f"a customer with the outcome has {'more' if wanted else 'fewer'} points in {percent(r['auc'])} of pairs only (95%: {span(r['low'], r['high'])})"
        out.append(f"{r['kind']} `{r['name']}` points the wrong way: {why}")
    order = sorted((t for t in said["tiers"] if t.get("mean") is not None), key=lambda t: -t["mean"])
    for better, worse in zip(order, order[1:]):
        if better["rate"] < worse["rate"] if wanted else better["rate"] > worse["rate"]:
            apart = better["low"] > worse["high"] or worse["low"] > better["high"]
            out.append(f"tier `{better['name']}` scores higher than `{worse['name']}`, and has the outcome {'less' if wanted else 'more'} often: {percent(better['rate'])} and {percent(worse['rate'])} "
                       f"(their 95% intervals {'are apart' if apart else 'overlap'})")
    return out

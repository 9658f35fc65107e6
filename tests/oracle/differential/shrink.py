"""Makes a failing pair small while it still fails: fewer rows, results, statements and rules, then smaller expressions."""
import copy
import time

from models import value_of
from trees import Node

PLAIN = {"n": "1", "p": "10%", "m": "100", "t": "x", "d": "2024-02-29", "f": "yes", "u": "30 days", "o": "1 month", "r": "10 EUR per month", "q": "5% per year"}


def halves(items):
    """Lists with a part taken out: large parts first, then one by one."""
    size = len(items)
    step = size // 2
    while step >= 1:
        for at in range(0, size, step):
            yield items[:at] + items[at + step:]
        step //= 2


def rule_lists(model):
    for holder in [d for d in model.dimensions] + [{"rules": model.adjust}]:
        stack = [holder]
        while stack:
            one = stack.pop()
            yield one["rules"]
            stack += [r for r in one["rules"] if "rules" in r]


def nodes(model):
    """(holder, key) of every expression, so that it can be replaced."""
    found = []

    def inside(node):
        for i in range(len(node.args)):
            found.append((node.args, i))
            inside(node.args[i])

    def add(holder, key):
        if isinstance(holder[key], Node):
            found.append((holder, key))
            inside(holder[key])
    for part in (model.lets, model.late, model.tiers):
        for i, one in enumerate(part):
            part[i] = list(one)
            add(part[i], 2 if part is not model.tiers else 1)
    for rules in rule_lists(model):
        for rule in rules:
            for key in ("condition", "points", "subject"):
                if key in rule:
                    add(rule, key)
    for one in model.disqualifiers:
        add(one, "condition")
    for _, arms, _ in model.segments:
        for i, arm in enumerate(arms):
            arms[i] = list(arm)
            add(arms[i], 1)
    for one in model.defines:
        add(one, "body")
    return found


def simpler(node):
    """What may stand in a node's place: its operands of the same kind, a literal."""
    yield from (a for a in node.args if a.kind == node.kind)
    if node.args and node.op != "literal":
        yield from (n for n in node.walk() if n is not node and n.kind == node.kind and n.op == "name")
        yield Node("literal", node.kind, (), PLAIN[node.kind])


def candidates(model):
    """Smaller models, made one after the other."""
    def with_list(get):
        items = get(model)
        for shorter in halves(items):
            other = copy.deepcopy(model)
            get(other)[:] = copy.deepcopy(shorter)
            yield other
    for get in (lambda m: m.rows, lambda m: m.output, lambda m: m.dimensions, lambda m: m.late, lambda m: m.lets, lambda m: m.tiers, lambda m: m.segments, lambda m: m.disqualifiers, lambda m: m.overrides,
                lambda m: m.adjust, lambda m: m.perspectives, lambda m: m.lookups, lambda m: m.defines, lambda m: m.settings, lambda m: m.lists, lambda m: m.params):
        yield from with_list(get)
    for number in range(len(list(rule_lists(model)))):
        yield from with_list(lambda m, number=number: list(rule_lists(m))[number])
    for i in range(len(model.columns)):
        other = copy.deepcopy(model)
        del other.columns[i]
        for row in other.rows:
            del row[i]
        yield other
    for name, plain in (("scenario", None), ("module", False), ("currency", ""), ("places", None), ("layout", 1)):
        if getattr(model, name) != plain:
            other = copy.deepcopy(model)
            setattr(other, name, plain)
            yield other
    for number in range(len(list(rule_lists(model)))):
        for i in range(len(list(rule_lists(model))[number])):
            for key in ("missing", "because", "cap"):
                if list(rule_lists(model))[number][i].get(key) is not None and not (key == "cap" and "rules" in list(rule_lists(model))[number][i]):
                    other = copy.deepcopy(model)
                    list(rule_lists(other))[number][i][key] = None
                    yield other
    for at in range(len(nodes(copy.deepcopy(model)))):
        count = len(list(simpler((lambda h: h[0][h[1]])(nodes(model)[at]))))
        for choice in range(count):
            other = copy.deepcopy(model)
            holder, key = nodes(other)[at]
            holder[key] = list(simpler(holder[key]))[choice]
            yield other


def shrink(model, fails, seconds=60):
    """fails(model): whether it still does. What no longer compiles does not."""
    end = time.monotonic() + seconds
    smaller = True
    while smaller and time.monotonic() < end:
        smaller = False
        for other in candidates(model):
            if time.monotonic() > end:
                break
            if fails(other):
                model, smaller = other, True
                break
    return model

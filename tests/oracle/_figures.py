"""Figures over many rows as the language defines them, in exact arithmetic: what oracles hold ppmc's answers against. Missing is None throughout."""
import datetime
from decimal import Decimal, localcontext
from fractions import Fraction as F


def rounded(value, places):
    """A fraction with so many decimals, half away from zero."""
    scaled = abs(F(value)) * 10 ** places
    units = int(scaled + F(1, 2))
    text = str(units).rjust(places + 1, "0")
    return ("-" if value < 0 and units else "") + (text[:-places] + "." + text[-places:] if places else text)


def twelve(value):
    """As a computed number, or money inside an expression, is held."""
    return None if value is None else F(rounded(value, 12))


def shown(value, places=None):
    """A cell: a number (shortest, or with places), a date, a flag, a text; nothing when it is missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, datetime.date)):
        return str(value)
    value = twelve(value)
    if places is not None:
        return rounded(value, places)
    text = rounded(value, 12)
    return text.rstrip("0").rstrip(".")


def money(value):
    return shown(value, 2)


def percent(value, places):
    return "" if value is None else shown(value * 100 if places is None else F(twelve(value)) * 100, places) + "%"


def days(value):
    return "" if value is None else f"{value} day" if value == 1 else f"{value} days"


def divided(a, b):
    return None if a is None or b is None or b == 0 else F(a) / F(b)


def present(values):
    return [value for value in values if value is not None]


def mean(values):
    values = present(values)
    return twelve(F(sum(values)) / len(values)) if values else None


def quantile(values, p):
    """Type 7: linear between the neighbours of (n - 1) p."""
    values = sorted(present(values))
    if not values:
        return None
    place = (len(values) - 1) * F(p)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return twelve(values[low] + (values[high] - values[low]) * (place - low))


def median(values):
    return quantile(values, F(1, 2))


def root(value):
    with localcontext() as context:
        context.prec = 60
        return twelve(F((Decimal(value.numerator) / Decimal(value.denominator)).sqrt()))


def stddev(values):
    """Of a sample."""
    values = present(values)
    if len(values) < 2:
        return None
    middle = F(sum(values)) / len(values)
    return root(sum((v - middle) ** 2 for v in values) / (len(values) - 1))


def least(values):
    return min(present(values), default=None)


def most(values):
    return max(present(values), default=None)


def groups(rows, key):
    """dict: key -> its rows, in their order."""
    out = {}
    for row in rows:
        out.setdefault(key(row), []).append(row)
    return out


def ranked(rows, value, by=None, where=None, descending=False, key=None):
    """For each partition that has a place to give: the rows in order, ties by key."""
    for some in groups([row for row in rows if value(row) is not None and (where is None or where(row))], by or (lambda row: None)).values():
        some = sorted(some, key=key) if key else some
        yield sorted(some, key=value, reverse=descending)  # stable, so that ties stand by key either way


def rank(rows, value, into, **options):
    """Ties share a place; rows without a value, or outside of `where`, have none."""
    for row in rows:
        row[into] = None
    for some in ranked(rows, value, **options):
        for i, row in enumerate(some):
            row[into] = i + 1 if not i or value(some[i - 1]) != value(row) else some[i - 1][into]


def ntile(rows, tiles, value, into, **options):
    """The first n mod tiles of them have one row more."""
    for row in rows:
        row[into] = None
    for some in ranked(rows, value, **options):
        each, more = divmod(len(some), tiles)
        for i, row in enumerate(some):
            row[into] = i // (each + 1) + 1 if i < more * (each + 1) else more + (i - more * (each + 1)) // each + 1


def percentile(rows, value, into, **options):
    rank(rows, value, into, **options)
    for some in ranked(rows, value, **options):
        for row in some:
            row[into] = F(row[into] - 1, len(some) - 1) if len(some) > 1 else F(0)


def share(rows, value, into, running=False, **options):
    for row in rows:
        row[into] = None
    for some in ranked(rows, value, **options):
        whole, so_far = sum(map(value, some)), 0
        for row in some:
            so_far = so_far + value(row) if running else value(row)
            row[into] = divided(so_far, whole)


def correlation(rows, a, b):
    n = len(rows)
    x, y = F(sum(map(a, rows)), n), F(sum(map(b, rows)), n)
    over = sum((a(r) - x) * (b(r) - y) for r in rows)
    under = root(sum((a(r) - x) ** 2 for r in rows) * sum((b(r) - y) ** 2 for r in rows))
    return divided(over, under)


def concordance(rows, columns):
    """Kendall's W, corrected for ties."""
    n, m = len(rows), len(columns)
    sums, ties = [F(0)] * n, 0
    for column in columns:
        order = sorted(range(n), key=lambda i: column(rows[i]))
        i = 0
        while i < n:
            j = i
            while j < n and column(rows[order[j]]) == column(rows[order[i]]):
                j += 1
            for k in order[i:j]:
                sums[k] += F(i + 1 + j, 2)
            ties += (j - i) ** 3 - (j - i)
            i = j
    middle = sum(sums) / n
    return divided(12 * sum((s - middle) ** 2 for s in sums), m * m * (n ** 3 - n) - m * ties)


# ---- three-valued logic ----------------------------------------------------------------------------------------------------

def both(*flags):
    return False if False in flags else None if None in flags else True


def known(value, test):
    return None if value is None else test(value)


# ---- scores ----------------------------------------------------------------------------------------------------------------

def to_points(value):
    """Points have 6 places; they are made of a number, and that stands for a decimal of 12."""
    return F(rounded(twelve(value), 6))


def ramp(value, a, b, p, q):
    t = min(max((F(value) - a) / (b - a), 0), 1)
    return to_points(p + (q - p) * t)


class Dimension:
    """Rules one after another: each decided one with its points, its range and the words of its cost; an unknown one with points None."""

    def __init__(self, weight=1):
        self.weight, self.units = weight, []

    def rule(self, points, low, high, words):
        if points is not None:
            self.units.append((F(points), F(low), F(high), words))
        return self

    def reward(self, condition, points, name):
        return self.rule(known(condition, lambda c: points if c else 0), 0, points, name + " not earned")

    def penalty(self, condition, points, words):
        return self.rule(known(condition, lambda c: -points if c else 0), -points, 0, words)

    @property
    def points(self):
        return sum(unit[0] for unit in self.units)

    @property
    def value(self):
        low, high = sum(unit[1] for unit in self.units), sum(unit[2] for unit in self.units)
        return None if high == low else 100 * (self.points - low) / (high - low)

    def costs(self):
        spread = sum(unit[2] - unit[1] for unit in self.units)
        return [(F(self.weight) / spread * (unit[2] - unit[0]), unit[3]) for unit in self.units] if spread else []


def score(dimensions, places=1):
    there = [d for d in dimensions if d.value is not None]
    weight = sum(d.weight for d in there)
    return F(rounded(sum(d.weight * d.value for d in there) / weight, places)) if weight else None


def reasons(dimensions, count):
    units = [cost for d in dimensions for cost in d.costs()]
    order = sorted((i for i in range(len(units)) if units[i][0] > 0), key=lambda i: -units[i][0])
    return "; ".join(units[i][1] for i in order[:count])


# ---- cells -----------------------------------------------------------------------------------------------------------------

def quoted(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text


def lines(header, rows):
    """As CSV. An empty cell that is alone in its row is quoted, for a blank line is no row."""
    return "\n".join([",".join(header)] + [",".join(quoted(cell) for cell in row) or '""' for row in rows]) + "\n"

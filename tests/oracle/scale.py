"""Many rows: chains, stars and forests of referrals, datasets derived from a file's keys, ranks with many ties. Every row is computed here in whole cents; the same bytes must come
with any number of threads, with little memory, and the same rows whatever the order of the file. PPM_ROWS=1000000 says how many rows (100,000 otherwise)."""
import bisect
import os
import random

from _compare import first_difference, ppmc, report

ROWS = int(os.environ.get("PPM_ROWS", "100000"))

TREE = """model tree
dataset customers { customer_id text key  revenue money  seats number  referred_by text optional }
tree referrals by referred_by
let brought = sum(revenue over referrals)
let people  = count(referrals)
let near    = sum(revenue over referrals where level <= 2)
let direct  = count(referrals where level = 1)
let best    = max(revenue over referrals)
let seated  = sum(seats over referrals where seats > 5)
let half    = sum(revenue * 50% ^ level over referrals)
output { customer_id  brought  people  near  direct  best  seated  half format "0.0000" }
"""

RANKS = """model ranks
dataset customers { customer_id text key  region text  revenue money  visits number optional }
let fifth   = ntile(5, visits)
let tenth   = ntile(10, revenue desc by region)
let place   = rank(revenue desc)
let local   = rank(visits by region where revenue > 100)
let curve   = number(running_share(revenue desc))
let middle  = median(revenue over customers by region)
let nearby  = sum(revenue over customers by region)
let upper   = quantile(visits over customers, 90%)
output { customer_id  fifth  tenth  place  local  curve format "0.000000"  middle  nearby  upper }
"""

DERIVED = """model derived
dataset invoices { invoice number key  customer text  region number  amount money  day date  late number optional }
dataset customers from invoices by customer
score customers
let bills   = count(invoices)
let billed  = sum(amount over invoices)
let slow    = count(invoices where (late default 0) > 30)
let lateness = avg(late over invoices)
let last_on = max(day over invoices)
let newest  = last(amount over invoices order by day)
let regions = distinct(region over invoices)
let typical = median(amount over invoices)
let place   = rank(billed desc)
output { customer  bills  billed  slow  lateness format "0.000000"  last_on  newest  regions  typical  place }
"""


AGAINST = """model against
dataset customers { customer_id text key  region text  revenue money }
let place   = rank(revenue desc)
let fifth   = ntile(5, revenue)
let higher  = number(percentile(revenue))
let part    = number(share(revenue))
let curve   = number(running_share(revenue desc))
let nearby  = sum(revenue over customers by region)
let local   = rank(revenue desc by region)
let middle  = median(revenue over customers)
output { customer_id  place  fifth  higher format "0.000000"  part format "0.000000000"  curve format "0.000000"  nearby  local  middle }
"""


def money(cents, per=100):
    """Cents, or a fraction of them, half away from zero."""
    negative, cents = cents < 0, abs(cents)
    return f"{'-' if negative else ''}{cents // per}.{cents % per:02d}"


def places(numerator, denominator, digits):
    """numerator / denominator, neither below 0, to 12 places and then to fewer, by half away from zero."""
    twelve = (2 * numerator * 10 ** 12 + denominator) // (2 * denominator)
    scaled = (2 * twelve + 10 ** (12 - digits)) // (2 * 10 ** (12 - digits))
    text = str(scaled).rjust(digits + 1, "0")
    return text[:-digits] + "." + text[-digits:]


def write(path, head, rows):
    with open(path, "w") as file:
        file.write(head + "\n" + "".join(",".join(row) + "\n" for row in rows))
    return path


def key(i):
    return f"C{i:08d}"


def forest(name, parents, numbers):
    """One shape of tree: every row, then the same in another order. `parents[i]` is a row, or None; parents may come before or after."""
    n = len(parents)
    revenue, seats = [numbers.randrange(1, 1_000_000) for _ in range(n)], [numbers.randrange(10) for _ in range(n)]
    children, order = [[] for _ in range(n)], []
    for i, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(i)
    stack = [i for i in range(n) if parents[i] is None]
    while stack:
        order.append(stack.pop())
        stack.extend(children[order[-1]])
    brought, people, near, best, seated = [0] * n, [0] * n, [0] * n, [-1] * n, [0] * n
    half = [0] * n  # in units of 12 places: 10 ** 10 to the cent
    first = [sum(revenue[c] for c in children[i]) for i in range(n)]
    for i in reversed(order):
        for c in children[i]:
            brought[i] += brought[c] + revenue[c]
            people[i] += people[c] + 1
            near[i] += revenue[c] + first[c]
            best[i] = max(best[i], best[c], revenue[c])
            seated[i] += seated[c] + (seats[c] if seats[c] > 5 else 0)
            half[i] += half[c] + revenue[c] * 10 ** 10
        half[i] = (half[i] + 1) // 2
    wanted = ["customer_id,brought,people,near,direct,best,seated,half\n"] + [
        f"{key(i)},{money(brought[i])},{people[i]},{money(near[i])},{len(children[i])},{money(best[i]) if best[i] >= 0 else ''},{seated[i]},{places(half[i], 10 ** 12, 4)}\n" for i in range(n)]
    rows = [(key(i), money(revenue[i]), str(seats[i]), "" if parents[i] is None else key(parents[i])) for i in range(n)]
    compare(name, TREE, "customer_id,revenue,seats,referred_by", rows, wanted, numbers)


def compare(name, model, head, rows, wanted, numbers, always=()):
    with open("model.ppm", "w") as file:
        file.write(model)
    path = write("data.csv", head, rows)
    status, out, err = ppmc("--quiet", *always, "model.ppm", path)
    if status:
        report(f"{name}, {len(rows):,} rows", f"exit {status}: {err}")
        return
    report(f"{name}, {len(rows):,} rows", first_difference("".join(wanted), out.decode()) if out.decode() != "".join(wanted) else None)
    for what, options in [(f"{threads} threads", ("--threads", str(threads))) for threads in (1, 2, 3, 8)] + [("little memory", ("--memory", "1MB"))]:
        status, again, err = ppmc("--quiet", *always, *options, "model.ppm", path)
        report(f"{name}, {what}", None if again == out else err or "other bytes")
    numbers.shuffle(rows)
    status, again, err = ppmc("--quiet", *always, "model.ppm", write("data.csv", head, rows))
    lines = again.decode().splitlines(keepends=True)
    report(f"{name}, rows in another order", None if lines[:1] + sorted(lines[1:]) == [wanted[0]] + sorted(wanted[1:]) else err or first_difference("".join(wanted[:1] + sorted(wanted[1:])), "".join(lines[:1] + sorted(lines[1:]))))


def ranks(numbers):
    """Ranks with ties, missing values and groups."""
    n, regions = ROWS, [f"R{i}" for i in range(17)]
    rows = [(key(i), numbers.choice(regions), numbers.randrange(1, 40_000), numbers.randrange(50) if numbers.randrange(10) else None) for i in range(n)]

    def tiles(some, count, column, descending=False):
        ordered = sorted((i for i in some if rows[i][column] is not None), key=lambda i: (-rows[i][column] if descending else rows[i][column], i))
        each, more = divmod(len(ordered), count)
        return {row: at // (each + 1) + 1 if at < more * (each + 1) else more + (at - more * (each + 1)) // each + 1 for at, row in enumerate(ordered)}

    def rank(some, column, descending=False):
        ordered, out = sorted((i for i in some if rows[i][column] is not None), key=lambda i: rows[i][column], reverse=descending), {}
        for at, row in enumerate(ordered):
            out[row] = at + 1 if not at or rows[ordered[at - 1]][column] != rows[row][column] else out[ordered[at - 1]]
        return out
    groups = {region: [i for i in range(n) if rows[i][1] == region] for region in regions}
    fifth, place = tiles(range(n), 5, 3), rank(range(n), 2, True)
    tenth, local, middle, nearby = {}, {}, {}, {}
    for region, some in groups.items():
        tenth.update(tiles(some, 10, 2, True))
        local.update(rank([i for i in some if rows[i][2] > 10_000], 3))
        values = sorted(rows[i][2] for i in some)
        middle[region], nearby[region] = (values[(len(values) - 1) // 2] + values[len(values) // 2] + 1) // 2 if values else 0, sum(values)
    total, so_far, curve = sum(row[2] for row in rows), 0, {}
    for i in sorted(range(n), key=lambda i: (-rows[i][2], i)):
        so_far += rows[i][2]
        curve[i] = places(so_far, total, 6)
    visits = sorted(row[3] for row in rows if row[3] is not None)
    tenths = 9 * (len(visits) - 1)
    low, high = visits[tenths // 10], visits[min(tenths // 10 + 1, len(visits) - 1)]
    upper = (low * 10 + (high - low) * (tenths % 10)) / 10
    wanted = ["customer_id,fifth,tenth,place,local,curve,middle,nearby,upper\n"] + [
        f"{row[0]},{fifth.get(i, '')},{tenth[i]},{place[i]},{local.get(i, '')},{curve[i]},{money(middle[row[1]])},{money(nearby[row[1]])},{upper:g}\n" for i, row in enumerate(rows)]
    compare("ranks", RANKS, "customer_id,region,revenue,visits", [(row[0], row[1], money(row[2]), "" if row[3] is None else str(row[3])) for row in rows], wanted, numbers)


def derived(name, owners, numbers):
    """Customers whom only their invoices name."""
    rows = [(i, numbers.randrange(owners), numbers.randrange(9), numbers.randrange(-5_000, 1_000_000), f"20{numbers.randrange(10, 26)}-0{numbers.randrange(1, 10)}-{numbers.randrange(10, 29)}",
             numbers.randrange(90) if numbers.randrange(5) else None) for i in range(ROWS)]
    mine = {}
    for row in rows:
        mine.setdefault(row[1], []).append(row)
    billed = {owner: sum(row[3] for row in some) for owner, some in mine.items()}
    place = {}
    for at, owner in enumerate(ordered := sorted(mine, key=lambda owner: -billed[owner])):
        place[owner] = at + 1 if not at or billed[ordered[at - 1]] != billed[owner] else place[ordered[at - 1]]
    wanted = ["customer,bills,billed,slow,lateness,last_on,newest,regions,typical,place\n"]
    for owner in sorted(mine):
        some, late = mine[owner], [row[5] for row in mine[owner] if row[5] is not None]
        values = sorted(row[3] for row in some)
        twice = values[(len(values) - 1) // 2] + values[len(values) // 2]
        typical = (abs(twice) + 1) // 2 * (1 if twice >= 0 else -1)
        wanted.append(f"{key(owner)},{len(some)},{money(billed[owner])},{sum(x > 30 for x in late)},{places(sum(late), len(late), 6) if late else ''},{max(row[4] for row in some)},"
                      f"{money(max(some, key=lambda row: (row[4], row[0]))[3])},{len({row[2] for row in some})},{money(typical)},{place[owner]}\n")
    compare(name, DERIVED, "invoice,customer,region,amount,day,late", [(str(i), key(owner), str(region), money(amount), day, "" if late is None else str(late)) for i, owner, region, amount, day, late in rows],
            wanted, numbers)


def against(numbers):
    """Prospects take the places that they would have among customers, and move nobody."""
    regions, n = [f"R{i}" for i in range(7)], ROWS
    customers = [(key(2 * i), numbers.choice(regions[:6]), numbers.randrange(1, 3 * n)) for i in range(n)]
    prospects = [(key(numbers.randrange(2 * n) * 2 + 1), numbers.choice(regions), numbers.randrange(1, 3 * n + 9)) for _ in range(n // 10)]
    prospects = list({row[0]: row for row in prospects}.values())
    ascending, descending = sorted((row[2], row[0]) for row in customers), sorted((-row[2], row[0]) for row in customers)
    total, values, sums, inside = sum(row[2] for row in customers), sorted(row[2] for row in customers), {}, {}
    so_far = [0]
    for value, _ in descending:
        so_far.append(so_far[-1] - value)
    for region in regions:
        inside[region] = sorted(-row[2] for row in customers if row[1] == region)
        sums[region] = -sum(inside[region])
    each, more = divmod(n, 5)
    middle = money((values[(n - 1) // 2] + values[n // 2] + 1) // 2)
    wanted = ["customer_id,place,fifth,higher,part,curve,nearby,local,middle\n"]
    for name, region, value in prospects:
        before = bisect.bisect_left(values, value)
        at = min(bisect.bisect_left(ascending, (value, name)), n - 1)
        wanted.append(f"{name},{n - bisect.bisect_right(values, value) + 1},{at // (each + 1) + 1 if at < more * (each + 1) else more + (at - more * (each + 1)) // each + 1},{places(before, n, 6)},"
                      f"{places(value, total, 9)},{places(so_far[bisect.bisect_left(descending, (-value, name))] + value, total, 6)},{money(sums[region])},{bisect.bisect_left(inside[region], -value) + 1},{middle}\n")
    head = "customer_id,region,revenue"
    path = write("customers.csv", head, [(row[0], row[1], money(row[2])) for row in customers])
    compare("prospects against customers", AGAINST, head, [(row[0], row[1], money(row[2])) for row in prospects], wanted, numbers, ("--against", path))


def main():
    numbers = random.Random(20260630)
    forest("a chain", [None] + list(range(ROWS - 1)), numbers)
    forest("a star", [None] + [0] * (ROWS - 1), numbers)
    mixed = list(range(ROWS))
    numbers.shuffle(mixed)  # parents may stand anywhere in the file
    parents = [None] * ROWS
    for at, row in enumerate(mixed):
        if at and numbers.randrange(3):
            parents[row] = mixed[at - 1 - min(int(numbers.expovariate(1 / 50)), at - 1)] if numbers.randrange(2) else mixed[numbers.randrange(at)]
    forest("a forest", parents, numbers)
    ranks(numbers)
    against(numbers)
    derived("customers of ten invoices", max(ROWS // 10, 1), numbers)
    derived("nearly a customer an invoice", ROWS * 5, numbers)


main()

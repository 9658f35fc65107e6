"""Figures of the examples once more, in SQL, from their data alone: a second opinion that knows neither the models nor the evaluator that made the
expected results. A model that says something else than its page claims shows here."""
import csv
import os
import sqlite3

from _compare import report

TOP = os.environ.get("PPM_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def rows_of(*path):
    with open(os.path.join(TOP, "examples", *path), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value(text):
    """A cell as a number where it is one."""
    try:
        return float(text.replace(",", "").rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return {"yes": 1.0, "no": 0.0}.get(text, text or None)


def load(example, *tables):
    database = sqlite3.connect(":memory:")
    database.create_function("pow", 2, lambda a, b: a ** b)
    for table in tables:
        rows = rows_of(example, table + ".csv")
        database.execute(f"CREATE TABLE {table} ({', '.join(rows[0])})")
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in rows[0])})", [[value(cell) for cell in row.values()] for row in rows])
    return database


def same(a, b, tolerance):
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= tolerance + 1e-9
    return (a or None) == (b or None)


def compare(what, database, query, wanted, columns, tolerance=0.00501):
    """Holds the query's rows against those of an expected result, by their first column; tolerance: one for all, or {column: tolerance}."""
    found = database.execute(query).fetchall()
    expected = {value(list(row.values())[0]): row for row in wanted}
    problem = f"{len(found)} rows, expected {len(wanted)}" if len(found) != len(wanted) else None
    for key, *cells in found:
        for column, cell in zip(columns, cells):
            stored = value(expected[key][column]) if key in expected else f"no row {key}"
            limit = tolerance.get(column, 0.00501) if isinstance(tolerance, dict) else tolerance
            if not same(cell, stored, limit):
                problem = problem or f"{key}: {column} is {cell} in SQL, {stored} expected"
    report(what, problem)


TREE = "WITH RECURSIVE below(top, id, level) AS (SELECT {key}, {key}, 0 FROM {table} UNION ALL SELECT b.top, c.{key}, b.level + 1 FROM below b JOIN {table} c ON c.{by} = b.id) "


def main():
    database = load("perfect-prospect", "prospects")
    compare("perfect-prospect, baselines", database, "SELECT prospect, revenue - direct_cost, rank() OVER (ORDER BY revenue - direct_cost DESC), rank() OVER (ORDER BY revenue DESC) FROM prospects",
            rows_of("perfect-prospect", "expected.stdout"), ["margin", "by_margin", "by_revenue"], {"margin": 0.501})

    database = load("perfect-customer", "customers")
    compare("perfect-customer, tree", database, TREE.format(key="customer_id", table="customers", by="referred_by") + """, stay AS (SELECT customer_id, revenue - direct_cost AS profit,
            CASE WHEN haggled > 2 OR days_late > 10 OR desk_hours > 4 THEN 0.15
                 WHEN (owner_style = 'delegates' AND looks_ahead = 1) IS NULL THEN 0.5
                 WHEN owner_style = 'delegates' AND looks_ahead = 1 THEN 0.95
                 WHEN owner_style = 'delegates' OR looks_ahead = 1 THEN 0.75 ELSE 0.5 END AS chance FROM customers)
        SELECT t.customer_id, t.chance, t.profit, coalesce(sum(CASE WHEN level BETWEEN 1 AND 3 THEN s.profit * s.chance * pow(0.5, level) END), 0), sum(level = 1), count(*) - 1
        FROM stay t JOIN below b ON b.top = t.customer_id JOIN stay s ON s.customer_id = b.id GROUP BY t.customer_id""", rows_of("perfect-customer", "expected.stdout"),
            ["chance_to_stay", "profit", "brought", "friends", "followers"], {"profit": 0.501, "brought": 0.501})

    database = load("referral-split", "customers")
    split = TREE.format(key="name", table="customers", by="came_with") + """, depths AS (SELECT id AS name, max(level) AS depth FROM below GROUP BY id)
        SELECT c.name, depth, sum(CASE WHEN level = 0 THEN v.profit ELSE v.profit * pow(0.5, level) END), sum(CASE WHEN level = 0 THEN v.profit * pow(0.5, depth) ELSE v.profit * pow(0.5, level) END)
        FROM customers c JOIN depths d ON d.name = c.name JOIN below b ON b.top = c.name JOIN customers v ON v.name = b.id GROUP BY c.name"""
    compare("referral-split, both splits", database, split, rows_of("referral-split", "expected.stdout"), ["depth", "additive", "conserving"])
    shares, profit = sum(row[3] for row in database.execute(split)), database.execute("SELECT sum(profit) FROM customers").fetchone()[0]
    report("referral-split, the conserving shares add up to the profit", None if abs(shares - profit) < 1e-6 else f"{shares} and {profit}")

    database = load("guerrilla-metrics", "customers", "ledger")
    periods = """WITH q(first, last) AS (VALUES ('2025-01-01', '2025-03-31'), ('2025-04-01', '2025-06-30'), ('2025-07-01', '2025-09-30'), ('2025-10-01', '2025-12-31'), ('2026-01-01', '2026-03-31'), ('2026-04-01', '2026-06-30')) """
    compare("guerrilla-metrics, quarters", database, periods + """SELECT first, (SELECT count(*) FROM customers WHERE signed_on BETWEEN first AND last), (SELECT count(*) FROM customers WHERE first_delivery BETWEEN first AND last),
            (SELECT count(*) FROM customers WHERE signed_on BETWEEN first AND last AND came_back = 0), (SELECT count(*) FROM customers WHERE left_on BETWEEN first AND last),
            (SELECT sum(amount - cost) FROM ledger WHERE closed_on BETWEEN first AND last), (SELECT count(DISTINCT customer_id) FROM ledger WHERE closed_on BETWEEN first AND last) FROM q""",
            rows_of("guerrilla-metrics", "expected.files", "quarters.csv"), ["signed", "delivered", "new_to_the_firm", "left", "profit", "paying"])
    compare("guerrilla-metrics, causes", database, """SELECT left_because, count(*), coalesce(sum(lost), 0) FROM (SELECT c.customer_id, left_because, (SELECT sum(amount - cost) FROM ledger l
            WHERE l.customer_id = c.customer_id AND closed_on > '2025-06-30') AS lost FROM customers c WHERE left_on IS NOT NULL) GROUP BY left_because""",
            rows_of("guerrilla-metrics", "expected.files", "causes.csv"), ["customers", "lost_profit"])

    database = load("five-executives", "accounts")
    compare("five-executives, lifetime values", database, """SELECT account_id, margin * (SELECT sum(pow(stays / 1.1, t)) FROM (SELECT 1 AS t UNION SELECT 2 UNION SELECT 3)) FROM
            (SELECT *, CASE WHEN renewals >= 3 THEN 0.94 WHEN renewals >= 1 THEN 0.84 ELSE 0.62 END AS stays FROM accounts)""", rows_of("five-executives", "expected.stdout"), ["lifetime_value"], 0.501)
    agreement(rows_of("five-executives", "expected.stdout"))

    database = load("engagement-value", "members")
    compare("engagement-value, four values", database, TREE.format(key="member_id", table="members", by="referred_by") + """, v AS (SELECT *, margin * (retention / 1.08 + pow(retention / 1.08, 2) + pow(retention / 1.08, 3)) AS clv FROM members)
        SELECT m.member_id, m.clv, coalesce(sum(CASE WHEN level BETWEEN 1 AND 3 THEN v.clv * pow(0.5, level) END), 0), m.posts * coalesce(m.followers, 0) * 0.0002 * 11, m.ideas_used * 140
        FROM v m JOIN below b ON b.top = m.member_id JOIN v ON v.member_id = b.id GROUP BY m.member_id""", rows_of("engagement-value", "expected.stdout"), ["CLV", "CRV", "CIV", "CKV"], 0.501)

    database = load("whale-curve", "customers", "services", "activities")
    compare("whale-curve, profit and curve", database, """WITH p AS (SELECT c.*, coalesce(sum(times * minutes), 0) AS used FROM customers c LEFT JOIN services s USING (customer_id) LEFT JOIN activities USING (activity) GROUP BY c.customer_id),
            e AS (SELECT *, gross_margin - used * 93600.0 / 78000 AS profit FROM p)
        SELECT customer_id, used, used * 1.2, profit, rank() OVER (ORDER BY profit DESC), sum(profit) OVER (ORDER BY profit DESC, customer_id) / (SELECT sum(profit) FROM e) FROM e""",
            rows_of("whale-curve", "expected.stdout"), ["minutes_used", "cost_to_serve", "profit", "place", "curve"], {"cost_to_serve": 0.501, "profit": 0.501, "curve": 0.000501})

    database = load("rfm", "orders")
    compare("rfm, fifths", database, """WITH c AS (SELECT customer_id, max(ordered_on) AS last_order, min(ordered_on) AS first_order, count(*) AS bought, sum(amount) AS spent FROM orders WHERE customer_id IS NOT NULL AND ordered_on <= '2026-06-30' GROUP BY customer_id)
        SELECT customer_id, last_order, bought, spent, 100 * ntile(5) OVER (ORDER BY last_order, customer_id) + 10 * ntile(5) OVER (ORDER BY bought, customer_id) + ntile(5) OVER (ORDER BY spent, customer_id),
            1 / (1 + CASE WHEN bought > 1 THEN 0.793 / (2.426 + bought - 2) * pow((4.414 + (julianday('2026-06-30') - julianday(first_order)) / 7) / (4.414 + (julianday(last_order) - julianday(first_order)) / 7), 0.243 + bought - 1) ELSE 0 END) FROM c""",
            rows_of("rfm", "expected.stdout"), ["last_order", "bought", "spent", "cell", "still_here"])

    scored = rows_of("lead-desk", "expected.stdout")
    database = load("lead-desk", "leads", "territories")
    database.execute("CREATE TABLE scores (lead_id, score, is_open)")
    database.executemany("INSERT INTO scores VALUES (?, ?, ?)", [(r["lead_id"], float(r["score"]), r["turn"] != "") for r in scored])
    compare("lead-desk, the queue", database, """SELECT l.lead_id, CASE WHEN is_open THEN rank() OVER (PARTITION BY l.territory, is_open ORDER BY score DESC) END,
            CASE WHEN is_open THEN rank() OVER (PARTITION BY l.territory, is_open ORDER BY round(believes * pays_out * wants, 9) DESC) END FROM leads l JOIN scores USING (lead_id)""", scored, ["turn", "rep_picks"])

    database = load("saas-expansion", "accounts", "movements")
    compare("saas-expansion, retention", database, """WITH m AS (SELECT a.*, coalesce(sum(amount), 0) AS change FROM accounts a LEFT JOIN movements USING (account_id) GROUP BY account_id)
        SELECT account_id, fee_at_start + change, (fee_at_start + change) / nullif(fee_at_start, 0), min(fee_at_start + change, fee_at_start) / nullif(fee_at_start, 0) FROM m""", rows_of("saas-expansion", "expected.stdout"),
            ["fee_now", "nrr", "grr"])

    database = load("receivables", "customers", "invoices")
    compare("receivables, days", database, """WITH i AS (SELECT *, julianday(coalesce(paid_on, '2026-06-30')) - julianday(due_on) AS late, julianday(coalesce(paid_on, '2026-06-30')) - julianday(issued_on) AS out FROM invoices WHERE issued_on <= '2026-06-30')
        SELECT c.customer_id, sum(amount), coalesce(sum(CASE WHEN paid_on IS NULL THEN amount END), 0), coalesce(sum(CASE WHEN paid_on IS NULL THEN amount END), 0) / sum(amount) * 365, sum(amount * late) / sum(amount), avg(late),
            sum(amount * out * 0.09 / 365) FROM customers c JOIN i USING (customer_id) GROUP BY c.customer_id""", rows_of("receivables", "expected.stdout"),
            ["sales", "owed", "dso", "late", "late_plain", "waiting"], {"dso": 0.0501, "late": 0.0501, "late_plain": 0.0501})


def agreement(rows):
    """Kendall's W of the five opinions is what the page says."""
    names = [name for name in rows[0] if name.startswith("score_")]
    n, m, sums, ties = len(rows), len(names), [0.0] * len(rows), 0
    for name in names:
        column = [float(row[name]) for row in rows]
        for i, x in enumerate(column):
            sums[i] += sum(y < x for y in column) + (column.count(x) + 1) / 2
        ties += sum(column.count(x) ** 3 - column.count(x) for x in set(column))
    mean = sum(sums) / n
    w = 12 * sum((s - mean) ** 2 for s in sums) / (m * m * (n ** 3 - n) - m * ties)
    report("five-executives, Kendall's W is 0.19", None if round(w, 2) == 0.19 else str(w))


main()

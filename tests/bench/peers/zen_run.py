"""The 30 rules in GoRules ZEN, rules alone: zen_run.py IN OUT. Rows are read and made into what the engine takes before the clock starts, and written after it stopped: whole cents, days, months. One expression
node holds everything, the fastest form that the engine has (decision tables are slower). Prints wall and CPU seconds of the evaluation."""
import csv
import json
import sys
import time
from datetime import date

import zen

DIMENSIONS = {
    "profit": [50, (20, "cents >= 10000000"), (10, "cents >= 2500000 and cents < 10000000"), (-15, "cents < 200000"), (20, "margin >= 60 * cents"),
               (10, "margin >= 40 * cents and margin < 60 * cents"), (-20, "margin < 10 * cents"), (-10, "discount > 25"), (5, "cents >= 50000 * seats")],
    "growth": [40, (25, "before > 0 and 10 * seats >= 12 * before"), (-25, "10 * seats < 8 * before"), (10, "before == 0 and seats >= 10"),
               (10, "industry in ['software', 'fintech', 'biotech']"), (5, "country in ['US', 'DE', 'GB', 'NL', 'SE', 'CH']"), (10, "seats >= 500")],
    "loyalty": [30, (25, "day <= 18444"), (15, "day > 18444 and day <= 19539"), (-10, "20270 - day < 90"), (15, "months >= 24"), (-10, "months == 1"), (15, "nps != null and nps >= 9"),
                (-15, "nps != null and nps <= 6"), (5, "referred")],
    "risk": [100, (-50, "late != null and late > 60"), (-20, "late != null and late > 15 and late <= 60"), (-5, "late == null"), (-20, "tickets > 20"),
             (-15, "country in ['RU', 'BR', 'NG', 'VE'] and cents > 5000000")],
    "engage": [50, (10, "tickets >= 1 and tickets <= 5"), (10, "nps != null and nps >= 7 and tickets <= 2"), (-7, "month >= 11 and discount >= 20")],
}
EPOCH = date(1970, 1, 1)


def decision():
    expressions = [{"id": name, "key": name, "value": f"min([100, max([0, {start} + " + " + ".join(f"({condition} ? {points} : 0)" for points, condition in rules) + "])])"}
                   for name, (start, *rules) in DIMENSIONS.items()]
    expressions.append({"id": "points", "key": "points", "value": "35 * $.profit + 20 * $.growth + 20 * $.loyalty + 15 * $.risk + 10 * $.engage"})
    expressions.append({"id": "tier", "key": "tier", "value": "late != null and late > 90 ? 'D' : $.points >= 7500 ? 'A' : $.points >= 6000 ? 'B' : $.points >= 4500 ? 'C' : 'D'"})
    nodes = [{"id": "in", "type": "inputNode", "name": "in"}, {"id": "rules", "type": "expressionNode", "name": "rules", "content": {"expressions": expressions}}, {"id": "out", "type": "outputNode", "name": "out"}]
    edges = [{"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"}, {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"}]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": [dict(node, position={"x": 0, "y": 0}) for node in nodes], "edges": edges}))


def number(text):
    return int(text) if text else None


def cents(text):
    whole, places = text.split(".")
    return int(whole + places)


def parsed(row):
    day = date.fromisoformat(row["signed_on"])
    revenue = cents(row["revenue"])
    return {"cents": revenue, "margin": 100 * (revenue - cents(row["direct_cost"])), "seats": int(row["seats"]), "before": int(row["seats_last_year"]), "tickets": int(row["support_tickets"]),
            "late": number(row["days_late"]), "nps": number(row["nps"]), "discount": int(row["discount_pct"]), "months": int(row["contract_months"]), "day": (day - EPOCH).days, "month": day.month,
            "industry": row["industry"], "country": row["country"], "referred": row["referred_by"] != ""}


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    inputs, model = [parsed(row) for row in rows], decision()
    began, used = time.perf_counter(), time.process_time()
    results = [model.evaluate(given)["result"] for given in inputs]
    print(time.perf_counter() - began, time.process_time() - used)
    with open(sys.argv[2], "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["customer_id", "name", "country", "score", "tier", *DIMENSIONS])
        for row, result in zip(rows, results):
            points = int(result["points"])
            out.writerow([row["customer_id"], row["name"], row["country"], f"{points // 100}.{points % 100:02d}", result["tier"], *(int(result[name]) for name in DIMENSIONS)])


main()

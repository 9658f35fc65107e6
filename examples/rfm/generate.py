#!/usr/bin/env python3
"""Makes orders.csv, the same one each time: two years of an invented seed shop, a line an order."""
import csv
import datetime
import os
import random

AS_OF = datetime.date(2026, 6, 30)


def main():
    random.seed(555)
    rows = []
    for i in range(48):
        key = f"G{i + 1:02d}"
        per_year = random.choice([0.5, 1, 2, 4, 9])
        basket = random.lognormvariate(3.4, 0.7)
        day = AS_OF - datetime.timedelta(days=random.randint(30, 730))
        gone = AS_OF - datetime.timedelta(days=random.choice([0, 0, 0, 0, 60, 200, 400]))
        while day <= gone:
            rows.append([key, day, f"{basket * random.uniform(0.4, 1.8):.2f}"])
            day += datetime.timedelta(days=max(1, int(random.expovariate(per_year / 365))))
    for _ in range(5):  # at the counter, without a card
        rows.append(["", AS_OF - datetime.timedelta(days=random.randint(0, 300)), f"{random.uniform(4, 60):.2f}"])
    rows.sort(key=lambda r: r[1])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "orders.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["order_id", "customer_id", "ordered_on", "amount"])
        out.writerows([f"{10_000 + 7 * i}"] + row for i, row in enumerate(rows))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes customers.csv and ledger.csv, the same ones each time: eighteen months of an invented coffee service for offices. From autumn on a
coupon campaign brings many small customers, while good ones leave."""
import csv
import datetime
import os
import random

FIRST = ["Amber", "Birch", "Cinder", "Dune", "Echo", "Fable", "Gable", "Harbour", "Iris", "Juniper", "Keel", "Lumen", "Mosaic", "Nimbus", "Onyx", "Pixel", "Quarry", "Ripple", "Slate", "Tangent"]
SECOND = ["Labs", "Legal", "Press", "Partners", "Works", "Media"]
CAUSES = [("late deliveries", 5), ("machine broke down", 4), ("moved offices", 2), ("price", 2), ("", 1)]
START = datetime.date(2025, 1, 1)
AS_OF = datetime.date(2026, 6, 30)


def write(name, header, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def month_ends(first, last):
    """The last day of every third month in between: when the books of a quarter are closed."""
    for year in (2025, 2026):
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31)):
            if first <= datetime.date(year, month, day) and datetime.date(year, month, 1) <= last:
                yield datetime.date(year, month, day)


def main():
    random.seed(80)
    customers, ledger = [], []
    for i in range(96):
        campaign = i >= 38
        signed = START + datetime.timedelta(days=random.randint(270, 530) if campaign else random.randint(0, 420))
        channel = "coupon" if campaign and random.random() < 0.85 else random.choice(["referral", "sales call", "web"])
        delivery = signed + datetime.timedelta(days=random.choice([3, 5, 8, 13, 40]))
        large = channel != "coupon"
        cups = random.lognormvariate(7.0 if large else 4.4, 0.5)
        leaves = random.random() < (0.62 if large else 0.3)
        left = signed + datetime.timedelta(days=random.randint(150, 400)) if leaves else None
        if left and left > AS_OF:
            left = None
        never = random.random() < 0.06
        cause = random.choices([c for c, _ in CAUSES], [w * (3 if large and "late" in c else 1) for c, w in CAUSES])[0] if left else ""
        customers.append([f"A{i + 1:03d}", f"{FIRST[i % 20]} {SECOND[(i + i // 20) % 6]}", channel, signed, "" if never or delivery > AS_OF else delivery,
                          random.choices(["no", "yes"], [8, 1])[0], left or "", cause])
        if not never:
            for day in month_ends(delivery, left or AS_OF):
                amount = round(cups * random.uniform(0.8, 1.2), 2)
                ledger.append([customers[-1][0], day, f"{amount:.2f}", f"{amount * random.uniform(0.5, 0.62) + (55 if not large else 25):.2f}"])
    customers.sort(key=lambda c: (c[3], c[0]))
    random.shuffle(ledger)
    write("customers.csv", ["customer_id", "name", "channel", "signed_on", "first_delivery", "came_back", "left_on", "left_because"], customers)
    write("ledger.csv", ["customer_id", "closed_on", "amount", "cost"], ledger)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes accounts.csv and movements.csv, the same ones each time: a year of an invented maker of shift-planning software."""
import csv
import datetime
import os
import random

FIRST = ["Anvil", "Bakelite", "Copper", "Denim", "Enamel", "Felt", "Glass", "Hemp", "Iron", "Jute", "Kapok", "Linen", "Mica", "Nickel", "Opal"]
SECOND = ["Hotel", "Clinic", "Foods"]
START = datetime.date(2025, 7, 1)


def write(name, header, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main():
    random.seed(108)
    accounts, movements = [], []
    for i in range(45):
        key = f"T{i + 1:02d}"
        plan = random.choice(["starter", "team", "enterprise"])
        fee = 0 if i >= 40 else round(random.choice([60, 120, 240, 600, 1500]) * random.uniform(0.8, 1.2), 2)
        accounts.append([key, f"{FIRST[i % 15]} {SECOND[i // 15]}", plan, f"{fee:.2f}", random.choice(["", 35, 55, 80, 92, 99]), random.choice(["", 6, 7, 8, 9, 10])])
        now, day = fee, START
        if not fee:
            now = random.choice([60.0, 120.0, 240.0])
            movements.append([key, START + datetime.timedelta(days=random.randint(20, 300)), "new", "", f"{now:.2f}"])
            continue
        for _ in range(random.choice([0, 1, 1, 2, 3, 4])):
            day += datetime.timedelta(days=random.randint(20, 110))
            if day > datetime.date(2026, 6, 30):
                break
            kind = random.choices(["expansion", "contraction", "churn"], [9, 2, 1])[0]
            if kind == "churn":
                movements.append([key, day, "churn", random.choice(["price", "went bankrupt", "built their own", "silence"]), f"{-now:.2f}"])
                break
            driver = random.choices(["seats", "features", "storage", "licences"], [6, 4, 2, 3])[0]
            amount = round(now * random.choice([0.1, 0.2, 0.35, 0.6]), 2) * (1 if kind == "expansion" else -0.5)
            amount = round(amount, 2)
            now = round(now + amount, 2)
            movements.append([key, day, kind, driver, f"{amount:.2f}"])
    movements.sort(key=lambda m: m[1])
    write("accounts.csv", ["account_id", "name", "plan", "fee_at_start", "seats_used", "nps"], accounts)
    write("movements.csv", ["account_id", "moved_on", "kind", "driver", "amount"], movements)


if __name__ == "__main__":
    main()

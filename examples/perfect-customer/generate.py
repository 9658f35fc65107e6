#!/usr/bin/env python3
"""Makes customers.csv, the same one each time: sixty invented customers of a bookkeeping service, and who brought whom."""
import csv
import os
import random

FIRST = ["Agnes", "Bruno", "Carla", "Dirk", "Edda", "Fabio", "Greta", "Hauke", "Ilse", "Jonas", "Karin", "Lars", "Mina", "Nils", "Olga", "Paul", "Rosa", "Sven", "Tilda", "Urs"]
TRADE = ["Bikes", "Bakery", "Dental", "Joinery", "Records", "Gardens"]
STYLES = ["delegates", "hands_on", "firefighting"]


def main():
    random.seed(50)
    rows, ids = [], []
    for i in range(60):
        key = f"K{i + 101}"
        good = random.random() < 0.65
        revenue = round(random.lognormvariate(8.6, 0.6), 2)
        cost = revenue * random.choice([0.35, 0.45, 0.55, 0.7, 0.9])
        before = random.randint(2, 30)
        users = max(1, round(before * random.choice([0.6, 0.9, 1, 1.1, 1.3, 1.6])))
        storage = random.choice([5, 10, 20, 40])
        by = random.choices(ids, [3 if k in ids[:4] else 1 for k in ids])[0] if ids and random.random() < 0.55 else ""
        if i == 33:
            by = "K999"  # left long ago, and is in no list any more
        rows.append([key, f"{FIRST[i % 20]}'s {TRADE[(i * 5 + i // 20) % 6]}", f"{revenue:.2f}", f"{cost:.2f}", random.choice([0, 0, 1, 2] if good else [1, 3, 5]),
                     random.choice([0, 2, 5, 9] if good else [8, 21, 40]), random.choice([1, 1.5, 2.5, 3] if good else [3, 6, 9.5]),
                     random.choice(STYLES + [""]), random.choice(["yes", "yes", "no", ""]), users, before if random.random() < 0.85 else "", random.randint(1, 6), random.randint(1, 5),
                     round(storage * random.choice([0.8, 1, 1.2, 1.5, 2]), 1), storage, random.choice(["yes", "yes", "no", ""]), by])
        ids.append(key)
    random.shuffle(rows)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "customers.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["customer_id", "name", "revenue", "direct_cost", "haggled", "days_late", "desk_hours", "owner_style", "looks_ahead", "users", "users_before", "features", "features_before",
                      "storage", "storage_before", "whole_wallet", "referred_by"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

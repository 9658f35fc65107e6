#!/usr/bin/env python3
"""Makes accounts.csv, the same one each time: fifty invented customers of a maker of laboratory software, as five departments know them."""
import csv
import os
import random

FIRST = ["Aster", "Basalt", "Cedar", "Delft", "Elm", "Fjord", "Garnet", "Hazel", "Indigo", "Jade"]
SECOND = ["Genomics", "Clinics", "Pharma", "Foods", "University"]


def main():
    random.seed(5)
    rows = []
    for i in range(50):
        kind = SECOND[(i + i // 10) % 5]
        large = kind in ("Pharma", "University")
        revenue = round(random.lognormvariate(11.2 if large else 10.1, 0.5), 2)
        calls = random.choice([20, 35, 60] if large else [0, 1, 2, 5, 12])
        margin = revenue * random.choice([0.15, 0.25, 0.35, 0.45, 0.6]) - calls * 90
        rows.append([f"L{i + 1:02d}", f"{FIRST[i % 10]} {kind}", f"{revenue:.2f}", f"{margin:.2f}", calls, random.choice(["yes", "no"]), random.choice([2, 4, 6, 7, 8, 9, 10]),
                     random.choice([0, 0, 0, 1, 2, 4] if kind != "University" else [1, 3, 5, 8]), random.choice(["", "", 3, 6, 8, 9, 10]), random.choice([0, 0, 0, 1, 1, 2, 5]),
                     random.choice([0, 1, 1, 2, 3]), random.choice([-3, 0, 0, 4, 15, 38, 71] if not large else [20, 31, 45, 60, 8, 0]), random.choice([1, 2, 3, 4, 6, 8])])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "accounts.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["account_id", "name", "revenue", "margin", "calls", "helps_itself", "fit", "ideas", "nps", "referrals", "renewals", "days_late", "deals"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

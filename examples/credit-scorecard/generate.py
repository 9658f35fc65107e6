#!/usr/bin/env python3
"""Makes applications.csv, the same one each time: invented shops that want to pay a tool rental after 30 days instead of in advance."""
import csv
import os
import random

NAMES = ["Abel Roofing", "Bright Tiles", "Castor Fencing", "Delgado & Fils", "Eastgate Joiners", "Faro Plumbing", "Grün Gartenbau", "Hobart Paint", "Imre Stone", "Jolly Decking", "Kowal Dach", "Lindqvist Bygg",
         "Mason & Mason", "Norte Obras", "Ottawa Drains", "Pico Electric", "Quarter Glass", "Rasmus Gulv", "Solis Solar", "Thatch & Co", "Umber Plaster", "Vasquez Welding", "Westerly Kitchens", "Xavier Masonry",
         "Yates Scaffolding", "Zeman Parkett", "Brook Cranes", "Cairn Paving", "Dorset Brick", "Elba Marble", "Fen Dykes", "Gower Gates", "Hull Hoists", "Inch Tools", "Jura Timber", "Kerr Lifts"]


def main():
    random.seed(600)
    rows = []
    for name in NAMES:
        rows.append([name, random.choice(["none", "paid", "paid", "paid", "delayed", "defaulted"]), random.choice(["", 0, 1, 2, 4, 7, 12, 25]), random.choice(["", "none", "low", "low", "high", "high"]),
                     random.choice(["tools", "tools", "vehicles", "stock", "debts"]), f"{random.choice([800, 1500, 2500, 4000, 7500, 12000, 20000])}.00", random.choice([0, 0, 0, 1, 2, 5])])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "applications.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["applicant", "history", "years", "balance", "purpose", "limit_asked", "inquiries"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

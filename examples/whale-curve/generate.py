#!/usr/bin/env python3
"""Makes customers.csv, services.csv and activities.csv, the same ones each time: an invented wholesaler of fasteners, who delivers a
million screws to one customer and one screw, express, to another."""
import csv
import os
import random

FIRST = ["Acorn", "Bramble", "Cobble", "Drum", "Ember", "Flint", "Grove", "Hook", "Ink", "Jib", "Knot", "Latch", "Moss", "Nave", "Oar"]
SECOND = ["Boats", "Barns", "Lifts", "Looms"]
ACTIVITIES = [("order", 8), ("rush order", 45), ("return", 60), ("engineer on site", 220), ("credit check", 50), ("special packing", 30)]


def write(name, header, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main():
    random.seed(3)
    customers, services = [], []
    for i in range(60):
        key = f"W{i + 1:02d}"
        revenue = round(random.paretovariate(0.9) * 1900, 2)
        margin = round(revenue * random.choice([0.08, 0.12, 0.16, 0.2, 0.25]), 2)
        needy = random.random() < (0.6 if revenue > 9000 else 0.3)
        customers.append([key, f"{FIRST[i % 15]} {SECOND[(i + i // 15) % 4]}", f"{revenue:.2f}", f"{margin:.2f}"])
        services.append([key, "order", random.randint(4, 40)])
        for name, _ in ACTIVITIES[1:]:
            if random.random() < (0.75 if needy else 0.2):
                times = random.randint(1, 6 if needy else 2) if name == "engineer on site" else random.randint(2, 14 if needy else 3)
                services.append([key, name, times])
    services.append(["W17", "drawing checked", 4])  # nobody has timed that one yet
    random.shuffle(services)
    write("customers.csv", ["customer_id", "name", "revenue", "gross_margin"], customers)
    write("services.csv", ["customer_id", "activity", "times"], services)
    write("activities.csv", ["activity", "minutes"], ACTIVITIES)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes customers.csv, the same one each time: thirty invented customers of a fiddle maker, who brought each other."""
import csv
import os
import random

NAMES = ["Aoife", "Brendan", "Ciara", "Donal", "Eimear", "Fergus", "Grainne", "Hugh", "Iseult", "Jarlath", "Kathleen", "Lorcan", "Maeve", "Niall", "Orla", "Padraig", "Quinlan", "Roisin", "Seamus", "Treasa", "Una",
         "Vincent", "Winifred", "Xavier", "Yvonne", "Zoe", "Aidan", "Bridget", "Cormac", "Deirdre"]


def main():
    random.seed(30)
    rows = []
    for i, name in enumerate(NAMES):
        by = "" if i < 4 else random.choice(NAMES[max(0, i - 9):i])
        rows.append([name, f"{random.choice([40, 90, 150, 320, 700, 1200]) + random.randint(0, 99) / 100:.2f}", by if random.random() < 0.92 else ""])
    random.shuffle(rows)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "customers.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "profit", "came_with"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes customers.csv, the same one each time."""
import os
import random

NAMES = ["Ada's Bakery", "Bolt & Nut", "Clementine Tours", "Dusk Cinema", "Eiger Sports", "Figaro Salon", "Gusto, S.r.l.", "Harbour Fish", "Iris Optik", "Jabberwock Books"]


def main():
    random.seed(30)
    rows = ["customer,days_late"]
    for name in NAMES:
        rows.append(('"' + name + '"' if "," in name else name) + "," + str(random.choice([0, 0, 4, 12, 30, 31, 45, 88])))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "customers.csv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

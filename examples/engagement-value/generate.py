#!/usr/bin/env python3
"""Makes members.csv, the same one each time: fifty invented members of a climbing hall, who climb, talk, bring friends and have ideas."""
import csv
import os
import random

FIRST = ["Ada", "Ben", "Cleo", "Dov", "Esme", "Finn", "Gus", "Hana", "Ivo", "June", "Kai", "Lea", "Milo", "Nora", "Otis", "Pia", "Quin", "Remy", "Suki", "Tom", "Uma", "Vito", "Wren", "Xena", "Yuri"]
LAST = ["Adler", "Berger"]


def main():
    random.seed(2010)
    rows, keys = [], []
    for i in range(50):
        key = f"M{i + 1:02d}"
        popular = i in (3, 8, 17)
        margin = round(random.choice([90, 160, 240, 380, 620]) * random.uniform(0.8, 1.25), 2)
        by = ""
        if keys and random.random() < 0.6:
            by = random.choices(keys, [8 if k in ("M04", "M09", "M18") else 1 for k in keys])[0]
        rows.append([key, f"{FIRST[i % 25]} {LAST[i // 25]}", f"{margin:.2f}", random.choice(["55%", "70%", "80%", "90%"]), by,
                     random.choice([0, 0, 0, 3, 6, 12]) if not popular else 40, random.choice(["", 40, 120, 350]) if not popular else 2600, random.choice([0, 0, 0, 0, 1, 2, 3])])
        keys.append(key)
    random.shuffle(rows)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "members.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["member_id", "name", "margin", "retention", "referred_by", "posts", "followers", "ideas_used"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

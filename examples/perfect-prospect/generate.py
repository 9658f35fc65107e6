#!/usr/bin/env python3
"""Makes prospects.csv, the same one each time: forty invented companies that a maker of stage lighting would like to work for."""
import csv
import os
import random

FIRST = ["Alder", "Beacon", "Corvid", "Dahlia", "Ennis", "Foxglove", "Gannet", "Heron", "Islay", "Jasmin", "Kiln", "Linden", "Marram", "Nettle", "Orrery", "Plover", "Quince", "Rowan", "Sorrel", "Tansy"]
SECOND = ["Opera", "Arena", "Festival", "Theatres", "Studios", "Broadcast", "Hotels", "Cruises"]
BUYING = ["handshake", "framework", "tender"]


def main():
    random.seed(2015)
    rows = []
    for i in range(40):
        kind = SECOND[(i * 3 + i // 8) % 8]
        revenue = round(random.lognormvariate(11.3, 0.9), 2)
        share = random.choice([0.42, 0.48, 0.55, 0.6, 0.68, 0.75, 0.88, 1.04])
        large = revenue > 110_000
        approvals = random.choice([4, 6, 9]) if large else random.choice([1, 1, 2, 3])
        rows.append([f"{FIRST[i % 20]} {kind}", f"{revenue:.2f}", f"{revenue * share * random.uniform(0.92, 1.05):.2f}", random.choice(["", 1, 2, 3, 4, 5]),
                     random.choice([1, 2, 3, 4, 4, 5]), random.choice(["", 0, 1, 2, 3, 5]), approvals, random.choices(BUYING, [1, 4, 6] if large else [6, 3, 1])[0],
                     random.choice([14, 30, 30, 45, 60, 90] if large else [14, 14, 30, 30, 45]), random.choices(["no", "yes"], [5, 2])[0]])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prospects.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["prospect", "revenue", "direct_cost", "prestige", "alignment", "innovation", "approvals", "buying", "payment_days", "own_portal"])
        out.writerows(rows)


if __name__ == "__main__":
    main()

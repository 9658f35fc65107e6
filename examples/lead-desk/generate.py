#!/usr/bin/env python3
"""Makes leads.csv, events.csv and territories.csv, the same ones each time: invented leads of a maker of warehouse robots, and what they
did on the web site."""
import csv
import datetime
import os
import random

FIRST = ["Aldgate", "Borough", "Cutty", "Deptford", "Epping", "Farringdon", "Greenwich", "Hoxton", "Isling", "Jubilee", "Kew", "Lambeth", "Marylebone", "Nunhead", "Oval"]
SECOND = ["Logistics", "Grocers", "Pharma", "Parcels"]
AS_OF = datetime.date(2026, 6, 30)
KINDS = [("visit", 14), ("price list", 4), ("demo", 2), ("download", 5), ("unsubscribe", 1)]


def write(name, header, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main():
    random.seed(1964)
    leads, events = [], []
    for i in range(60):
        key = f"D{i + 1:03d}"
        employees = int(random.lognormvariate(4.6, 1.3)) + 3
        leads.append([key, f"{FIRST[i % 15]} {SECOND[(i + i // 15) % 4]}", random.choices(["North", "South", "West", "Islands"], [6, 5, 4, 1])[0], employees, random.choice(["logistics", "retail", "pharma", "food", ""]),
                      random.choice(["Head of Operations", "CEO", "Student", "Buyer", "Warehouse Manager", "Intern", ""]), random.choices(["no", "yes"], [14, 1])[0],
                      f"{max(8000, round(employees * random.choice([120, 250, 400]), -3))}.00", random.choice(["5%", "15%", "30%", "50%"]), random.choice(["0%", "70%", "100%", "100%"]), random.randint(1, 10)])
        warm = random.choice([0, 1, 3, 7, 12])
        for _ in range(warm):
            kind = random.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
            events.append([key, kind, AS_OF - datetime.timedelta(days=int(random.expovariate(1 / 25)))])
    events.append(["D404", "visit", AS_OF])             # of a lead that was deleted
    events.append(["D001", "demo", AS_OF + datetime.timedelta(days=3)])  # booked, and not yet held
    random.shuffle(events)
    write("leads.csv", ["lead_id", "company", "territory", "employees", "industry", "title", "competitor", "deal", "believes", "pays_out", "wants"], leads)
    write("events.csv", ["lead_id", "kind", "happened_on"], events)
    write("territories.csv", ["territory", "rep", "capacity"], [["North", "Noor", 4], ["South", "Sanna", 5], ["West", "Wes", 3]])


if __name__ == "__main__":
    main()

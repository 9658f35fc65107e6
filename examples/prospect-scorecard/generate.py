#!/usr/bin/env python3
"""Makes prospects.csv, the same one each time: invented companies that somebody met at a trade fair."""
import datetime
import os
import random

NAMES = ["Birch Freight", "Copper Kettle Retail", "Dovetail Payments", "Eleven Oaks", "Fernweh Travel", "Gable & Crane", "Hopscotch Games", "Inkwell Press", "Jetty Logistics", "Kiln Software",
         "Lumen Works", "Moss & Fell", "Nutmeg Foods", "Orchard Bank", "Pebble Systems", "Quayside Cargo", "Rookery Data", "Sable Stores", "Thistle Health", "Uplands Dairy", "Vane Energy",
         "Wick & Wax", "Yonder Maps", "Zinnia Cosmetics", "Ångström Labs", "Brüggemann Druck", "Côté Mer", "Heißmangel \"Blitz\"", "Smith, Smith & Daughter", "Zażółć Apps"]
TITLES = ["CEO", "Chief of Staff", "VP Finance", "CFO", "Head of IT", "Buyer", "Office Manager", "CTO and co-founder", "Student", ""]
COUNTRIES = ["DE", "DE", "AT", "CH", "FR", "NL", "GB", "US"]
INDUSTRIES = ["software", "fintech", "logistics", "retail", "manufacturing", "public"]


def main():
    random.seed(7)
    rows = ["company,industry,country,employees,revenue,title,visits,last_contact,budget,competitor"]
    for name in NAMES:
        employees = max(1, int(random.lognormvariate(4.2, 1.6)))
        revenue = random.choice(["", "n/a", *[f"{employees * random.uniform(60_000, 260_000):.2f}"] * 6])
        contact = "" if random.random() < 0.15 else (datetime.date(2026, 6, 30) - datetime.timedelta(days=random.choice([1, 5, 20, 60, 90, 91, 200]))).isoformat()
        budget = "" if random.random() < 0.2 else f"{random.choice([0.5, 1, 1.5, 2, 3.25])}%"
        fields = [name, random.choice(INDUSTRIES), random.choice(COUNTRIES), employees, revenue, random.choice(TITLES), random.choice(["", 0, 0, 1, 2, 4, 9]), contact, budget,
                  random.choices(["no", "yes"], [14, 1])[0]]
        rows.append(",".join('"' + str(f).replace('"', '""') + '"' if any(c in str(f) for c in ',"') else str(f) for f in fields))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prospects.csv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

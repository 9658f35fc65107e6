#!/usr/bin/env python3
"""Makes customers.csv and invoices.csv, the same ones each time: a year of an invented printing house, and when it got its money."""
import csv
import datetime
import os
import random

NAMES = ["Apex Flyers", "Bookbarn", "Cantata Choirs", "Dovecote Press", "Elmwood Parish", "Fanfare Events", "Gavel Auctions", "Hedgehog Toys", "Inkling Books", "Jamboree Tours", "Kiosk & Co", "Larder Cafés",
         "Matinee Theatre", "Nocturne Bars", "Opera North Shop", "Pageant Hire", "Quill Lawyers", "Rostrum Politics", "Sonata Pianos", "Tombola Trust"]
AS_OF = datetime.date(2026, 6, 30)


def write(name, header, rows):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main():
    random.seed(365)
    customers, invoices = [], []
    for i, name in enumerate(NAMES):
        key = f"P{i + 1:02d}"
        terms = random.choice([14, 30, 30, 60])
        habit = random.choice([-4, 0, 2, 9, 25, 48])
        customers.append([key, name, terms])
        for _ in range(random.choice([2, 5, 9, 14, 18])):
            issued = AS_OF - datetime.timedelta(days=random.randint(1, 364))
            due = issued + datetime.timedelta(days=terms)
            paid = due + datetime.timedelta(days=int(random.gauss(habit, 6)))
            paid = max(paid, issued)
            invoices.append([key, issued, due, "" if paid > AS_OF else paid, f"{random.lognormvariate(6.8, 0.9):.2f}", random.choices(["no", "yes"], [12, 1])[0]])
    invoices.append(["P05", AS_OF + datetime.timedelta(days=5), AS_OF + datetime.timedelta(days=35), "", "999.00", "no"])  # of next month: does not exist yet
    invoices.append(["P77", AS_OF - datetime.timedelta(days=90), AS_OF - datetime.timedelta(days=60), "", "310.00", "no"])  # nobody knows that customer
    invoices.sort(key=lambda r: r[1])
    write("customers.csv", ["customer_id", "name", "terms"], customers)
    write("invoices.csv", ["invoice_id", "customer_id", "issued_on", "due_on", "paid_on", "amount", "disputed"], [[f"R{i + 1:04d}"] + row for i, row in enumerate(invoices)])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes customers.csv, the same one each time: invented companies with invented figures, some of them unknown."""
import datetime
import os
import random

FIRST = ["Alpenglow", "Bluebird", "Cobalt", "Driftwood", "Ember & Oak", "Fjordlight", "Granite", "Halcyon", "Ironwood", "Juniper", "Kestrel", "Lanternfish", "Meridian", "Nightingale",
         "Osprey", "Pálinka", "Quartz", "Rosewater", "Saltmarsh", "Tamarind", "Umbra", "Vermilion", "Wren & Sons", "Yarrow", "Zephyr", "Łódka", "Café Müller", "Öresund", "Tidewater", "Sundial"]
LAST = ["Software", "Payments", "Foods", "Biotech", "Logistics", "Robotics", "Textiles", "Analytics", "Publishing", "Optics"]
FORM = ["", "", "", " GmbH", " Ltd", ", Inc.", " SA"]
INDUSTRY = {"Software": "software", "Payments": "fintech", "Foods": "food", "Biotech": "biotech", "Logistics": "logistics", "Robotics": "manufacturing", "Textiles": "manufacturing",
            "Analytics": "software", "Publishing": "media", "Optics": "manufacturing"}
NOTES = ["", "", "", "", "pinches pennies", "asks for a demo every quarter", "pinches pennies, then pays early", "our logo is on their \"partners\" page", "wants the API, not the manual"]


def main():
    random.seed(20260630)
    rows = ["customer_id,name,industry,country,signed_on,revenue,direct_cost,days_late,late_invoices,tickets,seats,seats_last_year,nps,Owner style,referral_value,account_note"]
    names = random.sample([(a, b) for a in FIRST for b in LAST], 60)
    for number, (first, last) in enumerate(names, 1001):
        name = first + " " + last + random.choice(FORM)
        country = random.choices(["DE", "FR", "GB", "US", "PL", "SE", "CH", "IR", ""], [9, 6, 6, 9, 4, 3, 4, 1, 2])[0]
        signed = datetime.date(2026, 6, 30) - datetime.timedelta(days=int(random.random() ** 1.7 * 2900) + 20)
        seats = max(3, int(random.lognormvariate(3.4, 1.0)))
        revenue = round(seats * random.uniform(280, 900), 2)
        cost = round(revenue * min(1.25, max(0.2, random.gauss(0.55, 0.22))), 2)
        late = random.choices(["", 0, -3, -1, random.randint(1, 25), random.randint(31, 95)], [2, 5, 2, 2, 5, 4])[0]
        open_long = random.choice([1, 1, 2, 3, 7, 12]) if isinstance(late, int) and late > 30 else random.choice([0, 0, 0, 0, 0, 1])
        new = (datetime.date(2026, 6, 30) - signed).days < 365
        before = "" if new else max(1, int(seats / random.uniform(0.75, 1.5)))
        nps = random.choices(["", 10, 9, 8, 7, 5, 2], [5, 3, 4, 4, 3, 2, 1])[0]
        style = random.choices(["", "delegates", "hands_on", "firefighting"], [2, 4, 4, 3])[0]
        referral = f"{random.uniform(2_000, 90_000):.2f}" if random.random() < 0.3 else ""
        tickets = "" if random.random() < 0.1 else int(random.expovariate(1 / (2 + seats / 12)))
        fields = [f"C-{number}", name, INDUSTRY[last], country, signed.isoformat(), f"{revenue:.2f}", f"{cost:.2f}", late, open_long or "", tickets, seats, before, nps, style, referral, random.choice(NOTES)]
        rows.append(",".join('"' + str(f).replace('"', '""') + '"' if any(c in str(f) for c in ',"') else str(f) for f in fields))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "customers.csv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

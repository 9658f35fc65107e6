"""Real files: every row of four models, and the totals that SQLite finds. The rows are computed here by hand, model by model, with
fractions; the evaluator of the other oracles has no part in it. Without the files it says so and skips."""
import calendar
import csv
import datetime
import io
import os
import sqlite3
from decimal import Decimal
from fractions import Fraction as F

from _compare import first_difference, ppmc, real_data, report
from _figures import lines, ramp, rounded, shown as shortest

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")


def dimension(units, low, high):
    """points and 0..100 of units (points, best, cause); a point is worth weight / range of the score."""
    points = sum(u[0] for u in units)
    return points, 100 * (min(max(points, low), high) - low) / (high - low)


def reasons(units, count):
    """units: (cost, words), in the order of the model."""
    order = sorted((i for i in range(len(units)) if units[i][0] > 0), key=lambda i: -units[i][0])
    return "; ".join(units[i][1] for i in order[:count])


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def telco(rows):
    out = []
    for row in rows:
        get = {key.strip(): value for key, value in row.items()}
        kept = F(get["Totalrevenue"]) - F(get["Totalrefunds"])
        per_month = F(rounded(kept / int(get["Tenureinmonths"]), 12))
        tenure, refunds, referrals, monthly = int(get["Tenureinmonths"]), F(get["Totalrefunds"]), int(get["Numberofreferrals"]), F(get["Monthlycharge"])
        category, reason = get["Churncategory"], get["Churnreason"]
        cause = "stayed" if not category else "competitor" if category == "Competitor" else "price" if "rice" in reason else "own fault"
        worth = [(ramp(per_month, 20, 120, 0, 30), 30, "monthly_value"), (F(min(2 * referrals, 10)), 10, "brings_others not earned"),
                 (F({"Two Year": 15, "One Year": 8, "Month-to-Month": 0}[get["Contract"]]), 15, "bond"), (F(-5 if refunds else 0), 0, rounded(refunds, 2) + " paid back")]
        w_points, w = dimension(worth, F(-5), F(55))
        gigabytes, odd = get["Avgmonthlygbdownload"], monthly < 0 or monthly > 90
        known = get["Premiumtechsupport"] != ""
        ease = [(F(0) if tenure < 6 else F("5.5") if tenure <= 24 else F(12) if tenure < 60 else F(20), 20, "loyalty")]
        if known:
            ease.append((F(10 if get["Premiumtechsupport"] == "No" else 0), 10, "self_reliant not earned"))
        ease += [(F(-4 if gigabytes and int(gigabytes) > 50 else 0), 0, "heavy"), (F(3 if get["Internettype"] == "Fiber Optic" else 0 if get["Internettype"] else 1), 3, "fibre not earned"),
                 (F("-6.25") if odd else F(0), 0, f"charged {rounded(monthly, 2)} a month")]
        low, high = F("-10.25"), F(33 if known else 23)
        e_points, e = dimension(ease, low, high)
        score = F(rounded((60 * w + 40 * e) / 100, 2))
        costs = [(F(60) / 60 * (best - points), cause_) for points, best, cause_ in worth] + [(F(40) / (high - low) * (best - points), cause_) for points, best, cause_ in ease]
        tier = "gone" if get["Customerstatus"] == "Churned" else "gold" if score >= 60 else "bronze" if score < 25 else "silver"
        age = int(get["Age"])
        evidence = (60 + 40 * (high - low) / (F(33) - low)) / 100
        out.append([get["Customerid"], "no offer" if get["Offer"] == "None" else get["Offer"], rounded(kept, 2), rounded(per_month, 3), shortest(w), shortest(e), shortest(w_points + e_points), rounded(score, 2), tier,
                    "young" if age < 30 else "retired" if age >= 65 else "middle", cause, shortest(F(rounded(evidence, 12)) * 100) + "%", reasons(costs, 2)])
    return lines("customer,offer,kept,per_month,worth,ease,points,score,tier,age_group,cause,evidence,reasons".split(","), out)


def accounts(rows):
    out = []
    for row in rows:
        sector = {"technolgy": "technology"}.get(row["sector"], row["sector"])
        place = {"Philipines": "Philippines", "Panama": "Panamá"}.get(row["office_location"], row["office_location"])
        age = 2017 - int(row["year_established"])
        each = F(rounded(F(row["revenue"]) / int(row["employees"]), 12))
        size = ramp(F(row["revenue"]), 100, 5000, 0, F("25.5"))
        units = [(F(20 if sector in ("technology", "software", "telecommunications") else 0), 20, "technology not earned"), (F(15 if each >= F("0.4") else 0), 15, "rich not earned"),
                 (size, F("25.5"), "size"), (F(2 if age < 10 else 10 if age <= 25 else 7), 10, "maturity"), (F(-5 if row["subsidiary_of"] else 0), 0, f"belongs to {row['subsidiary_of']}"),
                 (F("-2.5") if place != "United States" else F(0), 0, f"sits in {place}")]
        points, value = dimension(units, F(2) - 5 - F("2.5"), F(20 + 15 + 10) + F("25.5"))
        score = F(rounded(value, 1))
        shown = F("25.5") * min(max((F(row["revenue"]) - 100) / 4900, 0), 1)  # its name in an output: before points are made of it
        out.append([row["account"], sector, str(age), rounded(each, 4), shortest(shown), shortest(points), rounded(score, 1),
                    "key_account" if score >= 60 else "standard" if score >= 30 else "small", reasons([(best - p, cause) for p, best, cause in units], 4)])
    return lines("account,Sector,age,each,size,points,score,tier,reasons".split(","), out)


CARD = {
    "checking_account": ("status_of_existing_checking_account", {"... < 0 DM": -59, "0 <= ... < 200 DM": -29, "no checking account": 85, None: 29}),
    "duration": ("duration_in_month", [(8, 95), (16, 25), (34, -8), (44, -38), (None, -82)]),
    "past": ("credit_history", {"critical account/ other credits existing (not at this bank)": 53, "delay in paying off in the past": -6, "existing credits paid back duly till now": -6,
                                "all credits at this bank paid back duly": -82, "no credits taken/ all credits paid back duly": -98, None: 0}),
    "use": ("purpose", {"business": -17, "car (new)": -26, "car (used)": 56, "domestic appliances": -11, "education": -44, "furniture/equipment": -7, "radio/television": 30, "repairs": -21,
                        "retraining": 89, None: -37}),
    "reserves": ("savings_account_and_bonds", {"... < 100 DM": -20, "100 <= ... < 500 DM": -10, "... >= 1000 DM": 79, None: 51}),
    "wealth": ("property", {"real estate": 33, "unknown / no property": -42, None: -2}),
    "years": ("age_in_years", [(26, -38), (35, -4), (37, 63), (None, 15)]),
}


def german(rows):
    out = []
    for row in rows:
        points = {}
        for name, (column, table) in CARD.items():
            if isinstance(table, dict):
                points[name] = table.get(row[column], table[None])
            else:
                points[name] = next(p for below, p in table if below is None or int(row[column]) < below)
        total = 449 + sum(points.values())
        best = {name: max(table.values() if isinstance(table, dict) else [p for _, p in table]) for name, (_, table) in CARD.items()}
        out.append([row["status_of_existing_checking_account"], row["credit_amount"], str(points["checking_account"]), str(points["duration"]), str(total), rounded(F(100 * total, 946), 1),
                    "accept" if total >= 480 else "refer" if total >= 420 else "refuse", "reachable" if row["telephone"].startswith("yes") else "silent", row["creditability"],
                    reasons([(F(best[name] - points[name]), name) for name in CARD], 4)])
    return lines("checking,amount,checking_account,duration,points,score,tier,calls,outcome,reasons".split(","), out)


def receivables(rows):
    def day(text):
        month, date, year = map(int, text.split("/"))
        return datetime.date(year, month, date)

    def days(n):
        return f"{n} day" if n == 1 else f"{n} days"
    out = []
    for row in rows:
        issued, due, settled, paperless = (day(row[k]) for k in ("InvoiceDate", "DueDate", "SettledDate", "PaperlessDate"))
        late, taken, amount = max((settled - due).days, 0), (settled - issued).days, F(row["InvoiceAmount"])
        year, month = due.year + due.month // 12, due.month % 12 + 1
        grace = datetime.date(year, month, min(due.day, calendar.monthrange(year, month)[1]))
        carrying = F(rounded(F(rounded(F(rounded(amount * F(8, 100), 12)) * late, 12)) / 365, 12))
        payment = [(ramp(taken, 0, 60, 20, 0), 20, "speed"), (F(-10 if late > 30 else 0), 0, f"{days(late)} late"),
                   (F("-7.5") if settled > grace else F(0), 0, f"settled {settled}, a month after it was due")]
        p_points, p = dimension(payment, F("-17.5"), F(20))
        effort = [(F(-12 if row["Disputed"] == "Yes" else 0), 0, "disputed"), (F(4 if row["PaperlessBill"] == "Electronic" and paperless <= issued else 0), 4, "electronic not earned")]
        e_points, e = dimension(effort, F(-12), F(4))
        costs = [(F(75) / F("37.5") * (best - points), cause) for points, best, cause in payment] + [(F(25) / 16 * (best - points), cause) for points, best, cause in effort]
        out.append([row["invoiceNumber"], issued.isoformat(), days((due - issued).days), days(late), rounded(amount * late, 2), rounded(carrying, 4), str((settled.month + 2) // 3),
                    "yes" if late == int(row["DaysLate"]) else "no", shortest(p), shortest(e), shortest(p_points + e_points), rounded((3 * p + e) / 4, 1),
                    "prompt" if late == 0 else "slow" if late <= 30 else "bad", reasons(costs, 3)])
    return lines("invoice,issued_on,term,late,weighted,carrying,settled_in,agreed,payment,effort,points,score,tier,reasons".split(","), out)


def database(rows, result):
    """SQLite with the file as `data` and ppmc's result as `result`, columns as text."""
    connection = sqlite3.connect(":memory:")
    for name, table in (("data", rows), ("result", list(csv.DictReader(io.StringIO(result, newline=""))))):
        columns = [key.strip() for key in table[0]]
        connection.execute(f"create table {name} ({', '.join(chr(34) + c + chr(34) for c in columns)})")
        connection.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", [list(row.values()) for row in table])
    return connection


# (what, figure that was published or computed elsewhere or None, query over the file, query over the result)
TOTALS = {
    "telco": [("customers", 7043, "select count(*) from data", "select count(*) from result"),
              ("churned", 1869, "select count(*) from data where Customerstatus = 'Churned'", "select count(*) from result where tier = 'gone'"),
              ("lost to competitors", 841, "select count(*) from data where Churncategory = 'Competitor'", "select count(*) from result where cause = 'competitor'"),
              ("kept, in cents", None, "select sum(cast(round(Totalrevenue * 100) as integer) - cast(round(Totalrefunds * 100) as integer)) from data",
               "select sum(cast(round(kept * 100) as integer)) from result"),
              ("referrals", 13747, "select sum(Numberofreferrals) from data", None)],
    "accounts": [("accounts", 85, "select count(*) from data", "select count(*) from result"),
                 ("subsidiaries", 15, "select count(*) from data where subsidiary_of <> ''", "select count(*) from result where reasons like '%belongs to%'")],
    "german": [("applicants", 1000, "select count(*) from data", "select count(*) from result"), ("bad", 300, "select count(*) from data where creditability = 'bad'", "select count(*) from result where outcome = 'bad'")],
    "receivables": [("invoices", 2466, "select count(*) from data", "select count(*) from result"),
                    ("customers", 100, "select count(distinct customerID) from data", None),
                    ("disputed", 561, "select count(*) from data where Disputed = 'Yes'", "select count(*) from result where reasons like '%disputed%'"),
                    ("mean days late", "3.44", "select printf('%.2f', avg(DaysLate)) from data", "select printf('%.2f', avg(substr(late, 1, instr(late, ' ') - 1))) from result"),
                    ("weighted by amount", "3.57", "select printf('%.2f', sum(DaysLate * InvoiceAmount) / sum(InvoiceAmount)) from data",
                     "select printf('%.2f', (select sum(weighted) from result) / (select sum(InvoiceAmount) from data))"),
                    ("days as the file states them", 2466, "select count(*) from data", "select count(*) from result where agreed = 'yes'")],
}
FILES = [("telco", telco, ("telco_maven", "telecom_customer_churn.csv")), ("accounts", accounts, ("crm", "accounts.csv")), ("german", german, ("german", "germancredit.csv")),
         ("receivables", receivables, ("ar", "WA_Fn-UseC_-Accounts-Receivable.csv"))]


def information(rows):
    """The information values of three characteristics, band by band through the standard module."""
    connection = database(rows, "x\n1\n")
    for column, wanted in (("status_of_existing_checking_account", ".666012"), ("credit_history", ".293234"), ("purpose", ".169195")):
        bands = connection.execute(f"select {column}, sum(creditability = 'bad'), sum(creditability = 'good') from data group by 1").fetchall()
        with open("bands.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("band", "bads", "goods"), *bands])
        with open("bands.ppm", "w") as file:
            file.write("use scorecard\ndataset parts { band text key  bads number  goods number }\nlet part = scorecard.information(bads / 300, goods / 700)\noutput { band  part }\n")
        status, out, err = ppmc("--quiet", "bands.ppm", "bands.csv")
        got = sum(Decimal(row["part"]) for row in csv.DictReader(io.StringIO(out.decode(), newline=""))) if status == 0 else None
        report(f"german, information of {column}", err if status else None if abs(got - Decimal(wanted)) < Decimal("0.0000005") else f"{wanted} was published, ppmc says {got}")


def main():
    for name, compute, path in FILES:
        file = real_data(*path)
        if not file:
            continue
        rows = rows_of(file)
        model = os.path.join(MODELS, name + ".ppm")
        status, out, err = ppmc("--quiet", model, file)
        if status:
            report(f"{name}, every row", f"exit {status}: {err}")
            continue
        report(f"{name}, every row", first_difference(compute(rows), out.decode()))
        connection = database(rows, out.decode())
        for what, figure, over_data, over_result in TOTALS[name]:
            values = [str(figure)] if figure is not None else []
            values += [str(connection.execute(query).fetchone()[0]) for query in (over_data, over_result) if query]
            values = [v[:-2] if v.endswith(".0") else v for v in values]
            report(f"{name}, {what}", None if len(set(values)) == 1 else " and ".join(values))
        status, again, err = ppmc("--quiet", "--threads", "3", "--chunk-size", "5000", model, file)
        report(f"{name}, small chunks on three threads", None if again == out else "other bytes")
        if name == "german":
            information(rows)


main()

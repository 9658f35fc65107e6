"""The standard modules on real files: days late of receivables by customer, information values of the German credit data. Computed again in Python."""
import collections
import csv
import datetime
import io
import math
import os
from fractions import Fraction

from _compare import ppmc, real_data, report

AR = """
use receivables
dataset invoices {
  invoiceNumber text key
  customerID    text
  due     date from "DueDate"     format "M/D/YYYY"
  settled date from "SettledDate" format "M/D/YYYY"
  amount  money from "InvoiceAmount"
  noted   number from "DaysLate"
  let late = receivables.days_late(due, settled)
}
dataset customers from invoices by customerID
score customers
let weighted = receivables.weighted_days(sum(receivables.late_weight(amount, late) over invoices), sum(amount over invoices))
metric otherwise_noted = count(invoices where late != noted)
output { customerID weighted }
"""

GERMAN = """
use scorecard
dataset applicants {
  checking text from "status_of_existing_checking_account"
  history  text from "credit_history"
  purpose  text
  end      text from "creditability" in ["good", "bad"]
}
let bads  = count(applicants where end = "bad")
let goods = count(applicants where end = "good")
"""


def metrics():
    with open("metrics.csv", newline="") as file:
        return next(csv.DictReader(file))


def receivables():
    name = real_data("ar", "WA_Fn-UseC_-Accounts-Receivable.csv")
    if not name:
        return
    with open(name, newline="") as file:
        rows = list(csv.DictReader(file))
    day = lambda text: datetime.datetime.strptime(text, "%m/%d/%Y")
    sums, weights, all_days = collections.Counter(), collections.Counter(), 0
    for row in rows:
        late = max((day(row["SettledDate"]) - day(row["DueDate"])).days, 0)
        amount = Fraction(row["InvoiceAmount"])
        all_days += late
        for who in (row["customerID"], None):
            sums[who] += amount
            weights[who] += amount * late
    report("the file: 2,466 invoices, 3.44 days late on average, 3.57 by amount", None if len(rows) == 2466 and round(all_days / 2466, 2) == 3.44 and round(float(weights[None] / sums[None]), 2) == 3.57 else "another file")
    with open("model.ppm", "w") as file:
        file.write(AR)
    status, out, err = ppmc("--metrics", "metrics.csv", "model.ppm", "invoices=" + name)
    if status:
        report("the model runs", f"exit {status}: {err}")
        return
    got = {row["customerID"]: Fraction(row["weighted"]) for row in csv.DictReader(io.StringIO(out.decode()))}
    off = [who for who in set(sums) - {None} if who not in got or abs(got[who] - weights[who] / sums[who]) > Fraction(1, 10 ** 9)]
    report("weighted days late of each of 100 customers", f"{len(off)} differ, such as {off[0]}" if off or len(got) != 100 else None)
    report("days late as the file notes them", None if metrics() == {"otherwise_noted": "0"} else f"{metrics()}")


def german():
    name = real_data("german", "germancredit.csv")
    if not name:
        return
    model, wanted = GERMAN, {}
    with open(name, newline="") as file:
        rows = list(csv.DictReader(file))
    for short, column, published in (("checking", "status_of_existing_checking_account", .666012), ("history", "credit_history", .293234), ("purpose", "purpose", .169195)):
        model += f"""let bads_{short} = count(applicants where end = "bad" by {short})
let goods_{short} = count(applicants where end = "good" by {short})
let part_{short} = scorecard.information(percent(bads_{short} / bads), percent(goods_{short} / goods)) / (bads_{short} + goods_{short})
metric value_{short} = sum(part_{short} over applicants)
"""
        counts = collections.Counter((row[column], row["creditability"]) for row in rows)
        ends = collections.Counter(row["creditability"] for row in rows)
        value = 0
        for band in {row[column] for row in rows}:
            bad, good = counts[band, "bad"] / ends["bad"], counts[band, "good"] / ends["good"]
            value += (bad - good) * math.log(bad / good)
        wanted["value_" + short] = (value, published)
    with open("model.ppm", "w") as file:
        file.write(model + "output { purpose }\n")
    status, _, err = ppmc("--metrics", "metrics.csv", "model.ppm", name)
    if status:
        report("the model runs", f"exit {status}: {err}")
        return
    got = metrics()
    for what, (value, published) in wanted.items():
        near = what in got and abs(float(got[what]) - value) < 1e-9 and abs(value - published) < 0.0000005
        report(f"{what}, German credit", None if near else f"{value} computed, {published} published, ppmc says {got.get(what)}")


receivables()
german()

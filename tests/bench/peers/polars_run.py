"""The 30 rules in Polars, lazily and streaming: polars_run.py IN OUT. Prints wall and CPU seconds without the start of Python."""
import sys
import time
from datetime import date

import polars as pl

TYPES = {"customer_id": pl.String, "name": pl.String, "country": pl.String, "industry": pl.String, "signed_on": pl.Date, "revenue": pl.Decimal(12, 2), "direct_cost": pl.Decimal(12, 2),
         "support_tickets": pl.Int32, "days_late": pl.Int32, "seats": pl.Int32, "seats_last_year": pl.Int32, "discount_pct": pl.Int32, "nps": pl.Int32, "referred_by": pl.String,
         "contract_months": pl.Int32, "notes": pl.String}


def fires(points, condition):
    return pl.when(condition).then(points).otherwise(0)


def main():
    began, used = time.perf_counter(), time.process_time()
    # Cents as whole numbers: what decimals become is up to the library's version, what these do is not.
    types = dict(TYPES, revenue=pl.Float64, direct_cost=pl.Float64)
    rows = pl.scan_csv(sys.argv[1], schema=types, has_header=True)
    c = {name: pl.col(name) for name in TYPES}
    revenue, cost = ((c[name] * 100).round(0).cast(pl.Int64) for name in ("revenue", "direct_cost"))
    rows = rows.with_columns(cents=revenue, margin=100 * (revenue - cost))
    cents, margin = pl.col("cents"), pl.col("margin")
    profit = (50 + fires(20, cents >= 10000000) + fires(10, (cents >= 2500000) & (cents < 10000000)) - fires(15, cents < 200000) + fires(20, margin >= 60 * cents)
              + fires(10, (margin >= 40 * cents) & (margin < 60 * cents)) - fires(20, margin < 10 * cents) - fires(10, c["discount_pct"] > 25) + fires(5, cents >= 50000 * c["seats"].cast(pl.Int64)))
    now, before = c["seats"], c["seats_last_year"]
    growth = (40 + fires(25, (before > 0) & (10 * now >= 12 * before)) - fires(25, 10 * now < 8 * before) + fires(10, (before == 0) & (now >= 10))
              + fires(10, c["industry"].is_in(["software", "fintech", "biotech"])) + fires(5, c["country"].is_in(["US", "DE", "GB", "NL", "SE", "CH"])) + fires(10, now >= 500))
    day, nps, months = c["signed_on"], c["nps"], c["contract_months"]
    loyalty = (30 + fires(25, day <= date(2020, 7, 1)) + fires(15, (day > date(2020, 7, 1)) & (day <= date(2023, 7, 1))) - fires(10, day > date(2025, 4, 2)) + fires(15, months >= 24)
               - fires(10, months == 1) + fires(15, nps >= 9) - fires(15, nps <= 6) + fires(5, c["referred_by"].is_not_null()))
    late, tickets = c["days_late"], c["support_tickets"]
    risk = (100 - fires(50, late > 60) - fires(20, (late > 15) & (late <= 60)) - fires(5, late.is_null()) - fires(20, tickets > 20)
            - fires(15, c["country"].is_in(["RU", "BR", "NG", "VE"]) & (cents > 5000000)))
    engage = (50 + fires(10, tickets.is_between(1, 5)) + fires(10, (nps >= 7) & (tickets <= 2)) - fires(7, (day.dt.month() >= 11) & (c["discount_pct"] >= 20)))
    rows = rows.with_columns(profit=profit.clip(0, 100), growth=growth.clip(0, 100), loyalty=loyalty.clip(0, 100), risk=risk.clip(0, 100), engage=engage.clip(0, 100))
    d = {name: pl.col(name).cast(pl.Int32) for name in ("profit", "growth", "loyalty", "risk", "engage")}
    rows = rows.with_columns(points=35 * d["profit"] + 20 * d["growth"] + 20 * d["loyalty"] + 15 * d["risk"] + 10 * d["engage"])
    points = pl.col("points")
    tier = pl.when(late > 90).then(pl.lit("D")).when(points >= 7500).then(pl.lit("A")).when(points >= 6000).then(pl.lit("B")).when(points >= 4500).then(pl.lit("C")).otherwise(pl.lit("D"))
    rows.select("customer_id", "name", "country", score=points / 100, tier=tier, profit=pl.col("profit"), growth=pl.col("growth"), loyalty=pl.col("loyalty"), risk=pl.col("risk"),
                engage=pl.col("engage")).sink_csv(sys.argv[2], float_precision=2)
    print(time.perf_counter() - began, time.process_time() - used)


main()

"""Real files that belong together: every row and column of six models over related tables, their metrics, summaries and reports, computed here by hand with
fractions, and the totals that SQLite finds. Without the files it says so and skips."""
import csv
import datetime
import io
import os
import random
import sqlite3
import sys
from fractions import Fraction as F

from _compare import first_difference, ppmc, real_data, report
from _figures import (Dimension, both, concordance, correlation, days, divided, groups, known, least, lines, mean, median, money, most, ntile, percent, percentile, present, quantile, ramp,
                      rank, reasons, rounded, score, share, shown, stddev, twelve)

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
Date = datetime.date


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(file)]


def iso(text):
    return Date.fromisoformat(text[:10]) if text else None


def figure(text):
    return F(text) if text else None


def month_start(day):
    return day and day.replace(day=1)


def first(rows, value, order, key, last=False):
    """The value of the first row by (order, key); last: of the last. Rows without an order, or without a value, do not take part."""
    rows = [row for row in rows if order(row) is not None and value(row) is not None]
    rows.sort(key=lambda row: (order(row), key(row)))
    return value(rows[-1 if last else 0]) if rows else None


# ---- crm -------------------------------------------------------------------------------------------------------------------

def crm(folder, clean=True):
    """(accounts, opportunities, teams, products) with values of their types. `clean`: GTXPro is GTX Pro."""
    accounts, opportunities, teams, products = (rows_of(os.path.join(folder, name + ".csv")) for name in ("accounts", "sales_pipeline", "sales_teams", "products"))
    for row in accounts:
        row["sector"] = {"technolgy": "technology"}.get(row["sector"], row["sector"])
    prices = {row["product"]: (row["series"], F(row["sales_price"])) for row in products}
    people = {row["sales_agent"]: row for row in teams}
    for row in opportunities:
        if clean and row["product"] == "GTXPro":
            row["product"] = "GTX Pro"
        row["series"], row["listed"] = prices.get(row["product"], (None, None))
        row["team"] = people[row["sales_agent"]]
        row["engaged_on"], row["closed_on"], row["value"] = iso(row["engage_date"]), iso(row["close_date"]), figure(row["close_value"])
        row["won"], row["lost"] = row["deal_stage"] == "Won", row["deal_stage"] == "Lost"
        row["days"] = (row["closed_on"] - row["engaged_on"]).days if row["closed_on"] and row["engaged_on"] else None
    return accounts, opportunities, teams, products


def pipeline(folder, as_of=Date(2017, 12, 31), clean=True):
    accounts, opportunities, _, _ = crm(folder, clean)
    opportunities = [row for row in opportunities if not row["engaged_on"] or row["engaged_on"] <= as_of]
    rank(opportunities, lambda o: o["value"], "place", by=lambda o: o["account"], where=lambda o: o["won"] and o["account"], descending=True)
    mine = groups(opportunities, lambda o: o["account"])
    for a in accounts:
        all_of, key = mine.get(a["account"], []), lambda o: o["opportunity_id"]
        won = [o for o in all_of if o["won"]]
        a["begun"], a["deals"], a["losses"] = len(all_of), len(won), sum(o["lost"] for o in all_of)
        a["open"] = a["begun"] - a["deals"] - a["losses"]
        a["win_rate"] = divided(a["deals"], a["deals"] + a["losses"])
        values = [o["value"] for o in won]
        a["won_value"], a["listed_value"] = sum(values), sum(present(o["listed"] for o in won))
        a["discount"] = known(divided(a["won_value"], a["listed_value"]), lambda x: 1 - x)
        a["mean_value"], a["typical"], a["spread"], a["largest"], a["smallest"] = mean(values), median(values), stddev(values), most(values), least(values)
        a["patience"], a["slowest"], a["last_won"] = mean(o["days"] for o in won), most(o["days"] for o in all_of), most(o["closed_on"] for o in won)
        a["first_agent"] = first(won, lambda o: o["sales_agent"], lambda o: o["closed_on"], key)
        a["last_product"] = first(won, lambda o: o["product"], lambda o: o["closed_on"], key, last=True)
        a["agents"], a["managers"] = len({o["sales_agent"] for o in all_of}), len({o["team"]["manager"] for o in all_of})
        a["west_value"] = sum(o["value"] for o in won if o["team"]["regional_office"] == "West")
        a["buys_gtk"] = any(o["series"] == "GTK" for o in won)
        a["full_price"] = all(o["value"] >= F(9, 10) * o["listed"] for o in won if o["listed"] is not None)
        a["best_three"] = sum(o["value"] for o in won if o["place"] <= 3)
    def key(a):
        return a["account"]

    def won_value(a):
        return a["won_value"]
    rank(accounts, won_value, "standing", descending=True)
    rank(accounts, won_value, "in_sector", descending=True, by=lambda a: a["sector"])
    ntile(accounts, 4, won_value, "fourth", key=key)
    percentile(accounts, won_value, "higher_than")
    share(accounts, won_value, "part")
    share(accounts, won_value, "curve", running=True, descending=True, key=key)
    sectors, middle = groups(accounts, lambda a: a["sector"]), median(map(won_value, accounts))
    children = groups(accounts, lambda a: a["subsidiary_of"])

    def family(a):
        return [b for child in children.get(a["account"], []) for b in [child, *family(child)]]
    out = []
    for a in accounts:
        peers, below = sectors[a["sector"]], family(a)
        wins, reach = Dimension(60), Dimension(40)
        wins.rule(known(a["win_rate"], lambda x: ramp(x, F(1, 2), F(3, 4), 0, 20)), 0, 20, "closes").reward(a["standing"] <= 10, 10, "leads")
        wins.penalty(known(a["discount"], lambda x: twelve(x) > F(1, 100)), 5, f"{percent(a['discount'], 2)} below the list")
        reach.reward(a["managers"] >= 6, 8, "broad").penalty(known(a["last_won"], lambda d: d < Date(2017, 12, 15)), 4, f"nothing won since {a['last_won']}").reward(bool(below), 3, "head")
        total = score([wins, reach])
        out.append([a["account"], a["sector"], *map(shown, (a["begun"], a["deals"], a["losses"], a["open"])), shown(a["win_rate"], 6), money(a["won_value"]), money(a["listed_value"]),
                    shown(a["discount"], 6), *map(money, (a["mean_value"], a["typical"], a["spread"], a["largest"], a["smallest"])), shown(a["patience"], 6), days(a["slowest"]),
                    *map(shown, (a["last_won"], a["first_agent"], a["last_product"], a["agents"], a["managers"])), money(a["west_value"]), shown(a["buys_gtk"]), shown(a["full_price"]),
                    money(a["best_three"]), shown(a["standing"]), shown(a["in_sector"]), shown(a["fourth"]), percent(a["higher_than"], 4), percent(a["part"], 4), percent(a["curve"], 4), shown(len(peers)),
                    money(mean(map(won_value, peers))), shown(a["won_value"] >= middle), money(a["won_value"] + sum(map(won_value, below))), shown(len(below)),
                    rounded(total, 1), "grow" if total >= 70 else "hold" if total >= 40 else "watch", reasons([wins, reach], 3)])
    header = ("account,sector,begun,deals,losses,open,win_rate,won_value,listed_value,discount,mean_value,typical,spread,largest,smallest,patience,slowest,last_won,first_agent,last_product,agents,"
              "managers,west_value,buys_gtk,full_price,best_three,standing,in_sector,fourth,higher_than,part,curve,peers,sector_mean,beats_median,whole_family,daughters,score,tier,reasons").split(",")
    won = [o for o in opportunities if o["won"]]
    whole = sum(map(won_value, accounts))
    best = divided(sum(a["won_value"] for a in accounts if a["standing"] <= F(len(accounts), 5)), whole)
    metrics = {"won_in_all": money(sum(o["value"] for o in won)), "best_fifth": shown(best), "without_account": shown(sum(not o["account"] for o in opportunities))}
    offices = [[office, shown(len(some)), shown(sum(o["won"] for o in some)), money(sum(o["value"] for o in some if o["won"])),
                shown(divided(sum(o["won"] for o in some), sum(o["won"] or o["lost"] for o in some)))]
               for office, some in sorted(groups(opportunities, lambda o: o["team"]["regional_office"]).items())]
    months = [[shown(month), shown(series), shown(len(some)), money(sum(o["value"] for o in some)), money(mean(o["value"] for o in some))]
              for (month, series), some in sorted(groups(won, lambda o: (month_start(o["closed_on"]), o["series"])).items(), key=lambda group: (group[0][0], group[0][1] is None, group[0][1] or ""))]
    branches = sorted(sectors.items(), key=lambda s: (-sum(map(won_value, s[1])), s[0]))
    return {"": lines(header, out), "offices": [["begun", "deals", "value", "rate"], offices], "months": [["deals", "value", "mean"], months],
            "sectors": [["accounts", "value", "best"], [[name, shown(len(some)), money(sum(map(won_value, some))), money(max(map(won_value, some)))] for name, some in branches]], "metrics": metrics}


def agents(folder):
    accounts, opportunities, teams, _ = crm(folder, clean=False)
    companies, mine = {a["account"]: a for a in accounts}, groups(opportunities, lambda o: o["sales_agent"])
    for t in teams:
        all_of = mine.get(t["sales_agent"], [])
        won = [o for o in all_of if o["won"]]
        t["won_value"], t["deals"], t["decided"] = sum(o["value"] for o in won), len(won), sum(o["won"] or o["lost"] for o in all_of)
        t["listed"] = sum(present(o["listed"] for o in won))
        t["sectors"] = len({companies[o["account"]]["sector"] for o in all_of if o["account"]})
        t["people"], t["nameless"] = most(int(companies[o["account"]]["employees"]) for o in won if o["account"]), sum(not o["account"] for o in all_of)

    def won_value(t):
        return t["won_value"]

    def office(t):
        return t["regional_office"]
    rank(teams, won_value, "place", descending=True, where=lambda t: t["deals"] > 0)
    rank(teams, won_value, "in_office", descending=True, by=office, where=lambda t: t["deals"] > 0)
    share(teams, won_value, "office", by=office)
    managed = groups(teams, lambda t: t["manager"])
    out = []
    for t in teams:
        team_mean = mean(map(won_value, managed[t["manager"]]))
        rules = Dimension()
        rules.rule(10 if t["won_value"] >= team_mean else 0, 0, 10, "sells not earned")
        rules.rule(known(divided(t["deals"], t["decided"]), lambda x: ramp(x, F(1, 2), F(3, 4), 0, 10)), 0, 10, "closes")
        out.append([t["sales_agent"], t["manager"], t["regional_office"], money(t["won_value"]), shown(t["deals"]), shown(t["decided"]), money(t["listed"]), shown(t["sectors"]), shown(t["people"]),
                    shown(t["nameless"]), shown(t["place"]), shown(t["in_office"]), percent(t["office"], 4), money(team_mean), money(t["won_value"] - team_mean), shown(len(managed)), rounded(score([rules]), 1), reasons([rules], 2)])
    header = "sales_agent,manager,regional_office,won_value,deals,decided,listed,sectors,people,nameless,place,in_office,office,team_mean,margin_of_team,managers_all,score,reasons".split(",")
    return {"": lines(header, out)}


def managers(folder):
    _, opportunities, teams, _ = crm(folder, clean=False)
    mine = groups(opportunities, lambda o: o["sales_agent"])
    for t in teams:
        t["deals"] = [o["value"] for o in mine.get(t["sales_agent"], []) if o["won"]]
        t["sold"] = sum(t["deals"])
    rank(teams, lambda t: t["sold"], "place", descending=True)
    people = [{"manager": name, "teams": some, "won_value": sum(t["sold"] for t in some)} for name, some in sorted(groups(teams, lambda t: t["manager"]).items())]
    share(people, lambda m: m["won_value"], "part")
    out = []
    for m in people:
        some = m["teams"]
        best = max(t["sold"] for t in some)
        rules = Dimension()
        rules.rule(ramp(m["won_value"], 1_000_000, 2_000_000, 0, 100), 0, 100, "worth").reward(best < F(2, 5) * m["won_value"], 5, "spread_well")
        out.append([m["manager"], shown(len(some)), shown(sum(t["sold"] == 0 for t in some)), min(some, key=lambda t: t["sales_agent"])["regional_office"], shown(sum(len(t["deals"]) for t in some)),
                    money(m["won_value"]), money(F(m["won_value"], len(some))), money(best), first(some, lambda t: t["sales_agent"], lambda t: t["place"], lambda t: t["sales_agent"]),
                    percent(m["part"], 4), rounded(score([rules]), 1)])
    return {"": lines("manager,agents,idle,office,deals,won_value,per_agent,best,best_name,part,score".split(","), out)}


# ---- ar --------------------------------------------------------------------------------------------------------------------

def collections(file, as_of=Date(2013, 12, 31)):
    def day(text):
        month, date, year = map(int, text.split("/"))
        return Date(year, month, date)
    invoices = []
    for row in rows_of(file):
        i = {"invoice": row["invoiceNumber"], "customer": row["customerID"], "country": int(row["countryCode"]), "issued": day(row["InvoiceDate"]), "due": day(row["DueDate"]), "settled": day(row["SettledDate"]),
             "amount": F(row["InvoiceAmount"]), "disputed": row["Disputed"] == "Yes", "bill": row["PaperlessBill"]}
        i["late"] = max((i["settled"] - i["due"]).days, 0)
        i["open"], i["recent"] = i["settled"] > as_of, i["issued"] > as_of - datetime.timedelta(90)
        if i["issued"] <= as_of:
            invoices.append(i)
    rank(invoices, lambda i: i["late"], "nth", by=lambda i: i["customer"], descending=True)
    customers = []
    for name, mine in sorted(groups(invoices, lambda i: i["customer"]).items()):
        late, key = [i["late"] for i in mine], lambda i: i["invoice"]
        c = {"customer": name, "mine": mine, "bills": len(mine), "disputes": sum(i["disputed"] for i in mine), "billed": sum(i["amount"] for i in mine)}
        c["owed"], c["overdue"] = sum(i["amount"] for i in mine if i["open"]), sum(i["amount"] for i in mine if i["open"] and i["due"] < as_of)
        c["sold"] = sum(i["amount"] for i in mine if i["recent"])
        c["dso"] = known(divided(c["owed"], c["sold"]), lambda x: 90 * x)
        c["days_late"], weight = mean(late), sum(i["amount"] * i["late"] for i in mine)
        c["weighted"] = twelve(divided(weight, c["billed"]))
        c["worst"], c["usual"], c["nine"], c["late_share"] = max(late), median(late), quantile(late, F(9, 10)), F(sum(x > 0 for x in late), len(mine))
        c["big"] = sum(i["amount"] for i in mine if i["nth"] <= 3 and i["late"] > 0)
        c["carrying"] = twelve(weight * F(8, 100)) / 365
        c["since"] = min(i["issued"] for i in mine)
        c["last_bill"] = first(mine, lambda i: i["bill"], lambda i: i["issued"], key, last=True)
        c["countries"] = len({i["country"] for i in mine})
        c["home"] = sorted(mine, key=lambda i: (-i["issued"].toordinal(), i["invoice"]))[0]["country"]
        c["paperless"], c["all_disputed"], c["gap"] = any(i["bill"] == "Electronic" for i in mine), all(i["disputed"] for i in mine), stddev(late)
        customers.append(c)

    def key(c):
        return c["customer"]

    def weighted(c):
        return c["weighted"]
    rank(customers, weighted, "place", descending=True)
    ntile(customers, 10, weighted, "tenth", descending=True, key=key)
    percentile(customers, weighted, "later_than")
    share(customers, lambda c: c["billed"], "part")
    share(customers, lambda c: c["billed"], "curve", running=True, descending=True, key=key)
    rank(customers, weighted, "at_home", by=lambda c: c["home"])
    homes = {home: mean(c["days_late"] for c in some) for home, some in groups(customers, lambda c: c["home"]).items()}
    out = []
    for c in customers:
        home_mean = homes[c["home"]]
        punctual, effort = Dimension(3), Dimension(1)
        punctual.rule(ramp(c["weighted"], 0, 10, 40, 0), 0, 40, "on_time")
        punctual.penalty(c["days_late"] > home_mean, 10, f"{shown(c['days_late'], 1)} days late, the country's mean is {shown(home_mean, 1)}")
        effort.rule(-min(5 * c["disputes"], 30), -30, 0, f"{c['disputes']} disputes").reward(c["paperless"], 5, "modern")
        total = score([punctual, effort])
        out.append([c["customer"], shown(c["bills"]), shown(c["disputes"]), money(c["billed"]), money(c["owed"]), money(c["overdue"]), money(c["sold"]), shown(c["dso"], 4), shown(c["days_late"], 4),
                    shown(c["weighted"], 4), shown(c["worst"]), shown(c["usual"]), shown(c["nine"]), percent(c["late_share"], 4), money(c["big"]), shown(c["carrying"], 4), shown(c["since"]), c["last_bill"],
                    shown(c["countries"]), shown(c["home"]), shown(c["paperless"]), shown(c["all_disputed"]), shown(c["gap"], 6), shown(c["place"]), shown(c["tenth"]), percent(c["later_than"], 4),
                    percent(c["part"], 4), percent(c["curve"], 4), shown(c["at_home"]), shown(home_mean, 4), shown(punctual.value), shown(effort.value), rounded(total, 1),
                    "prompt" if total >= 75 else "slow" if total >= 50 else "bad", reasons([punctual, effort], 3)])
    header = ("customer,bills,disputes,billed,owed,overdue,sold,dso,days_late,weighted,worst,usual,nine_in_ten,late_share,big_and_late,carrying,since,last_bill,countries,home,paperless,all_disputed,gap,place,"
              "tenth,later_than,part,curve,at_home,home_mean,punctual,effort,score,tier,reasons").split(",")
    billed = sum(i["amount"] for i in invoices)
    dso = known(divided(sum(i["amount"] for i in invoices if i["open"]), sum(i["amount"] for i in invoices if i["recent"])), lambda x: 90 * x)
    metrics = {"mean_late": shown(mean(i["late"] for i in invoices)), "weighted_late": shown(divided(sum(i["amount"] * i["late"] for i in invoices), billed)), "company_dso": shown(dso)}
    countries = [[shown(country), shown(len(some)), shown(sum(i["disputed"] for i in some)), money(sum(i["amount"] for i in some)), shown(mean(i["late"] for i in some)),
                  shown(divided(sum(i["amount"] * i["late"] for i in some), sum(i["amount"] for i in some)))] for country, some in sorted(groups(invoices, lambda i: i["country"]).items())]
    quarters = []
    for year, quarter in [(2011, 3)] + [(y, q) for y in (2012, 2013) for q in range(4)]:
        start = Date(year, 3 * quarter + 1, 1)
        end = (start + datetime.timedelta(93)).replace(day=1) - datetime.timedelta(1)
        quarters.append([shown(start), shown(sum(start <= i["issued"] <= end for i in invoices)), money(sum(i["amount"] for i in invoices if start <= i["issued"] <= end)),
                         money(sum(i["amount"] for i in invoices if start <= i["settled"] <= end))])
    return {"": lines(header, out), "metrics": metrics, "countries": [["invoices", "disputed", "amount", "late", "weighted"], countries], "quarters": [["issued", "amount", "settled"], quarters]}


# ---- retail ----------------------------------------------------------------------------------------------------------------

def items_of(invoices):
    """Lines for each invoice, as many as the file says, whose amounts add up to its own; one in a thousand is a cent short."""
    numbers, items = random.Random(20111210), []
    for i in invoices:
        cents, count = int(i["amount"] * 100), i["lines"]
        left = cents - (1 if numbers.randrange(1000) == 0 else 0)
        for line in range(1, count + 1):
            some = left if line == count else numbers.randint(min(left, 0), max(left, 0)) * 2 // (count - line + 1)
            left -= some
            items.append((i["invoice_no"], line, some))
    numbers.shuffle(items)
    return items


def retail_rows(file):
    return [dict(row, issued=iso(row["invoice_date"]), amount=F(row["amount"]), lines=int(row["lines"]), credit=row["invoice_no"].startswith("C")) for row in rows_of(file)]


def rfm(file, items, as_of=Date(2011, 12, 10)):
    invoices = [i for i in retail_rows(file) if i["issued"] <= as_of]
    lines_of = groups(items, lambda item: item[0])
    for i in invoices:
        i["prices"] = [F(item[2], 100) for item in lines_of[i["invoice_no"]]]
    customers = []
    for name, mine in sorted(groups([i for i in invoices if i["customer_id"]], lambda i: i["customer_id"]).items()):
        sales, prices = [i for i in mine if not i["credit"]], [price for i in mine for price in i["prices"]]
        c = {"customer": name, "last_order": most(i["issued"] for i in sales), "frequency": len(sales), "credits": len(mine) - len(sales), "monetary": sum(i["amount"] for i in mine)}
        c["recency"] = known(c["last_order"], lambda day: (as_of - day).days)
        c["bought"], c["returned"] = sum(i["amount"] for i in sales), sum(i["amount"] for i in mine if i["credit"])
        c["return_rate"] = known(divided(c["returned"], c["bought"]), lambda x: -x)
        c["basket"], c["items"], c["dearest"], c["item_mean"] = median(i["amount"] for i in sales), len(prices), most(prices), mean(prices)
        c["as_listed"] = sum(prices) == c["monetary"]
        c["home"] = first(mine, lambda i: i["country"], lambda i: i["issued"], lambda i: i["invoice_no"], last=True)
        c["homes"], c["months"] = len({i["country"] for i in mine}), len({month_start(i["issued"]) for i in sales})
        customers.append(c)

    def key(c):
        return c["customer"]

    def monetary(c):
        return c["monetary"]
    ntile(customers, 5, lambda c: c["recency"], "r", descending=True, key=key)
    ntile(customers, 5, lambda c: c["frequency"], "f", key=key)
    ntile(customers, 5, monetary, "m", key=key)
    rank(customers, monetary, "place", descending=True)
    percentile(customers, monetary, "higher")
    share(customers, monetary, "curve", running=True, descending=True, key=key)
    share(customers, monetary, "in_country", running=True, descending=True, key=key, by=lambda c: c["home"])
    ntile(customers, 10, monetary, "tenth", descending=True, key=key, by=lambda c: c["home"], where=lambda c: c["frequency"] > 0)
    upper, middle, lower = (quantile(map(monetary, customers), F(p, 4)) for p in (3, 2, 1))
    homes = {home: mean(map(monetary, some)) for home, some in groups(customers, lambda c: c["home"]).items()}
    out = []
    for c in customers:
        r, f, m = c["r"], c["f"], c["m"]
        c["group"] = ("champions" if both(known(r, lambda x: x >= 4), f >= 4, m >= 4) else "loyal" if f >= 4 else "recent" if r == 5 else "at_risk" if both(known(r, lambda x: x <= 2), m >= 4)
                      else "lost" if both(known(r, lambda x: x == 1), f == 1) else "others")
        rules = Dimension()
        rules.rule(known(r, lambda x: ramp(x, 1, 5, 0, 33)), 0, 33, "").rule(ramp(f, 1, 5, 0, 33), 0, 33, "").rule(ramp(m, 1, 5, 0, 34), 0, 34, "")
        total = score([rules])
        out.append([c["customer"], shown(c["last_order"]), days(c["recency"]), shown(c["frequency"]), shown(c["credits"]), money(c["monetary"]), money(c["bought"]), money(c["returned"]), shown(c["return_rate"], 6),
                    money(c["basket"]), shown(c["items"]), money(c["dearest"]), money(c["item_mean"]), shown(c["as_listed"]), c["home"], shown(c["homes"]), shown(c["months"]),
                    shown(r), shown(f), shown(m), shown(known(r, lambda x: 100 * x + 10 * f + m)), shown(4 if c["monetary"] >= upper else 3 if c["monetary"] >= middle else 2 if c["monetary"] >= lower else 1),
                    shown(c["place"]), percent(c["higher"], 6), percent(c["curve"], 6), percent(c["in_country"], 6), shown(c["monetary"] > homes[c["home"]]), shown(c["tenth"]), c["group"],
                    rounded(total, 1), "best" if total >= 80 else "rest"])
    header = ("customer_id,last_order,recency,frequency,credits,monetary,bought,returned,return_rate,basket,items_bought,dearest,item_mean,as_listed,home,homes,months,r,f,m,cell,m_cut,place,higher,curve,"
              "in_country,worth_more,tenth,group,score,tier").split(",")
    whole, known_money = sum(i["amount"] for i in invoices), sum(map(monetary, customers))
    metrics = {"all_invoices": money(whole), "known": money(known_money), "without_customer": money(whole - known_money), "credit_notes": shown(sum(i["credit"] for i in invoices)),
               "whale_peak": shown(divided(sum(c["monetary"] for c in customers if c["monetary"] > 0), known_money)),
               "top_fifth": shown(divided(sum(c["monetary"] for c in customers if c["place"] <= F(len(customers), 5)), known_money))}
    kinds = sorted(groups(customers, lambda c: c["group"]).items(), key=lambda g: (-sum(map(monetary, g[1])), g[0]))
    countries = sorted(groups(invoices, lambda i: i["country"]).items(), key=lambda g: (-sum(i["amount"] for i in g[1]), g[0]))
    months = []
    for n in range(2010 * 12 + 10, 2012 * 12 + 1):
        start = Date(n // 12, n % 12 + 1, 1)
        some = [i for i in invoices if month_start(i["issued"]) == start]
        months.append([shown(start), shown(len(some)), money(sum(i["amount"] for i in some))])
    return {"": lines(header, out), "metrics": metrics,
            "groups": [["customers", "money", "mean", "returns"], [[name, shown(len(some)), money(sum(map(monetary, some))), money(mean(map(monetary, some))), money(sum(c["returned"] for c in some))] for name, some in kinds]],
            "countries": [["invoices", "credits", "amount", "customers"], [[name, shown(len(some)), shown(sum(i["credit"] for i in some)), money(sum(i["amount"] for i in some)),
                                                                            shown(len({i["customer_id"] for i in some if i["customer_id"]}))] for name, some in countries]],
            "months": [["invoices", "amount"], months]}


# ---- telco -----------------------------------------------------------------------------------------------------------------

def lost_value(file):
    customers = []
    for row in rows_of(file):
        c = {"customer": row["Customerid"], "city": row["City"], "referrals": int(row["Numberofreferrals"]), "tenure": int(row["Tenureinmonths"]), "contract": row["Contract"], "offer": row["Offer"],
             "monthly": F(row["Monthlycharge"]), "kept": F(row["Totalrevenue"]) - F(row["Totalrefunds"]), "left": row["Customerstatus"] == "Churned", "category": row["Churncategory"] or None,
             "reason": row["Churnreason"] or None}
        c["per_month"] = twelve(c["kept"] / c["tenure"])
        customers.append(c)

    def key(c):
        return c["customer"]

    def kept(c):
        return c["kept"]

    def city(c):
        return c["city"]

    def contract(c):
        return c["contract"]
    rank(customers, kept, "city_place", descending=True, by=city)
    share(customers, kept, "city_share", by=city)
    ntile(customers, 10, lambda c: c["referrals"], "brings", key=key)
    percentile(customers, lambda c: c["referrals"], "referred", by=contract, where=lambda c: not c["left"])
    share(customers, kept, "curve", running=True, descending=True, key=key)
    rank(customers, kept, "place", descending=True, where=lambda c: c["left"])
    cities = groups(customers, city)
    usual = {name: median(c["per_month"] for c in some if not c["left"]) for name, some in groups(customers, contract).items()}
    offers = {pair: mean(map(kept, some)) for pair, some in groups(customers, lambda c: (c["offer"], c["contract"])).items()}
    out = []
    for c in customers:
        here = cities[c["city"]]
        left_here, against = F(sum(d["left"] for d in here), len(here)), c["per_month"] - usual[c["contract"]]
        worth, bond = Dimension(60), Dimension(40)
        worth.rule(ramp(against, -40, 40, 0, 20), 0, 20, "value").reward(c["city_place"] == 1 and len(here) > 1, 5, "first_here")
        bond.rule(ramp(c["brings"], 1, 10, 0, 10), 0, 10, "brings_others").penalty(left_here > F(1, 2), 5, f"{percent(left_here, 1)} of {c['city']} left")
        out.append([c["customer"], money(c["kept"]), shown(c["per_month"], 4), shown(len(here)), shown(c["city_place"]), percent(c["city_share"], 4), shown(left_here, 6), shown(usual[c["contract"]], 4),
                    shown(against, 4), shown(offers[c["offer"], c["contract"]], 4), shown(c["brings"]), percent(c["referred"], 4), percent(c["curve"], 6), shown(c["place"]),
                    shown(any(d["category"] == "Competitor" for d in here)), shown(worth.value), shown(bond.value), rounded(score([worth, bond]), 1), "gone" if c["left"] else "here", reasons([worth, bond], 2)])
    header = ("customer,kept,per_month,in_city,city_place,city_share,left_here,usual,against,offer_mean,brings,referred,curve,place,stays_as,worth,bond,score,tier,reasons").split(",")
    gone = [c for c in customers if c["left"]]
    lost = sum(map(kept, gone))
    tenure, referrals = (lambda c: c["tenure"]), (lambda c: c["referrals"])
    metrics = {"churned": shown(len(gone)), "churn": shown(F(len(gone), len(customers))), "referrals_made": shown(sum(map(referrals, customers))), "lost_money": money(lost),
               "lost_share": shown(divided(lost, sum(map(kept, customers)))), "link_of_tenure": shown(correlation(customers, tenure, referrals)),
               "agreement": shown(concordance(customers, [kept, tenure, referrals]))}
    causes = [[name, shown(len(some)), money(sum(map(kept, some))), money(sum(c["monthly"] for c in some)), money(median(map(kept, some))), shown(sum(map(referrals, some))), shown(divided(sum(map(kept, some)), lost))]
              for name, some in sorted(groups(gone, lambda c: c["category"]).items(), key=lambda g: (-len(g[1]), g[0]))]
    given = [[category, reason, shown(len(some)), money(sum(map(kept, some))), shown(max(map(tenure, some))), shown(stddev(map(tenure, some)))]
             for (category, reason), some in sorted(groups(gone, lambda c: (c["category"], c["reason"])).items(), key=lambda g: (-sum(map(kept, g[1])), g[0][1], g[0][0]))]
    bound = [[name, shown(left), shown(len(some)), money(sum(map(kept, some))), shown(len(set(map(city, some)))), shown(quantile(map(tenure, some), F(9, 10)))]
             for (name, left), some in sorted(groups(customers, lambda c: (c["contract"], c["left"])).items())]
    return {"": lines(header, out), "metrics": metrics, "causes": [["customers", "value", "monthly", "usual", "referrals", "part"], causes], "reasons_given": [["customers", "value", "longest", "spread"], given],
            "contracts": [["customers", "value", "cities", "nine"], bound]}


# ---- running ---------------------------------------------------------------------------------------------------------------

def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def written(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def shuffled(path, seed):
    """A copy of the file with its rows in another order."""
    head, *rows = table(path)
    random.Random(seed).shuffle(rows)
    return written(f"shuffled-{os.path.basename(path)}", [head, *rows])


def compare(name, model, files, wanted, options=()):
    """The result, the metrics and each summary, to the byte but for the heads of the columns that a summary goes by. Returns the result, or None."""
    summaries = [what for what in wanted if what not in ("", "metrics")]
    arguments = [part for what in summaries for part in ("--summary", f"{what}={what}.csv")] + (["--metrics", "metrics.csv"] if "metrics" in wanted else [])
    status, out, err = ppmc("--quiet", *options, *arguments, model, *files)
    if status:
        report(f"{name}, every row", f"exit {status}: {err}")
        return None
    report(f"{name}, every row", first_difference(wanted[""], out.decode()))
    for what in summaries:
        columns, rows = wanted[what]
        got = table(what + ".csv")
        by = len(rows[0]) - len(columns)
        problem = None if [len(got[0]), *got[0][by:]] == [len(rows[0]), *columns] else f"its head is {got[0]}"
        report(f"{name}, summary {what}", problem or first_difference(lines(got[0], rows), lines(got[0], got[1:])))
    if "metrics" in wanted:
        report(f"{name}, metrics", first_difference(lines(wanted["metrics"].keys(), [wanted["metrics"].values()]), lines(*(lambda got: (got[0], got[1:]))(table("metrics.csv")))))
    return out.decode()


def variants(name, model, files, result, ordered=""):
    """The same bytes whatever the threads, the chunks, the memory, and the order of rows in every file but the one whose order the result has (`ordered`)."""
    mixed = [file if file.startswith(ordered + "=") else f"{file.split('=')[0]}={shuffled(file.split('=')[1], 7)}" for file in files]
    for what, more, some in (("small chunks on three threads", ("--threads", "3", "--chunk-size", "5000"), files), ("one thread", ("--threads", "1"), files), ("little memory", ("--memory", "64KB"), files),
                             ("rows in another order", (), mixed)):
        status, again, err = ppmc("--quiet", *more, model, *some)
        report(f"{name}, {what}", None if again.decode() == result else err or first_difference(result, again.decode()))


def reported(name, model, files, words, options=()):
    """What the report on standard error says, in a run that is not quiet."""
    status, _, err = ppmc(*options, model, *files, "-o", "reported.csv")
    missing = [word for word in words if word not in err]
    report(f"{name}, what the report says", f"exit {status}: {err}" if status else f"no {missing[0]!r} in {err!r}" if missing else None)


def totals(name, files, result, checks):
    """SQLite with each file and the result as tables of text; checks: (what, figure or None, query, query …) that must all agree."""
    connection = sqlite3.connect(":memory:")
    tables = {file.split("=")[0]: rows_of(file.split("=")[1]) for file in files}
    tables["result"] = list(csv.DictReader(io.StringIO(result, newline="")))
    for what, rows in tables.items():
        connection.execute(f"create table {what} ({', '.join(chr(34) + column + chr(34) for column in rows[0])})")
        connection.executemany(f"insert into {what} values ({', '.join('?' * len(rows[0]))})", [list(row.values()) for row in rows])
    for what, figure, *queries in checks:
        values = ([str(figure)] if figure is not None else []) + [str(connection.execute(query).fetchone()[0]) for query in queries]
        report(f"{name}, {what}", None if len(set(values)) == 1 else " and ".join(values))


def model_of(name):
    return os.path.join(MODELS, name + ".ppm")


def edited(name, old, new):
    """A copy of a model with something else in one place."""
    with open(model_of(name), encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        sys.exit(f"{name}.ppm has {old!r} {text.count(old)} times")
    with open(f"edited-{name}.ppm", "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    return f"edited-{name}.ppm"


def test_crm(folder):
    def path(name):
        return os.path.join(folder, name + ".csv")
    files = ["accounts=" + path("accounts"), "opportunities=" + path("sales_pipeline"), "teams=" + path("sales_teams"), "products=" + path("products")]
    result = compare("pipeline", model_of("pipeline"), files, pipeline(folder))
    if result:
        variants("pipeline", model_of("pipeline"), files, result, "accounts")
        cents = "cast(round({} * 100) as integer)".format
        totals("pipeline", files, result, [
            ("accounts", 85, "select count(*) from accounts", "select count(*) from result"),
            ("opportunities", 8800, "select count(*) from opportunities", "select sum(begun) + 1425 from result"),
            ("won", 4238, "select count(*) from opportunities where deal_stage = 'Won'", "select sum(deals) from result"),
            ("won, in cents", 1000553400, f"select sum({cents('close_value')}) from opportunities where deal_stage = 'Won'", f"select sum({cents('won_value')}) from result"),
            ("of the list, in cents", None, f"select sum({cents('sales_price')}) from opportunities join products on products.product = replace(opportunities.product, 'GTXPro', 'GTX Pro') where deal_stage = 'Won'",
             f"select sum({cents('listed_value')}) from result"),
            ("places", None, "select sum(rank) from (select rank() over (order by cast(won_value as real) desc) as rank from result)", "select sum(standing) from result"),
            ("fourths", 0, "select sum(abs(tile - fourth)) from (select ntile(4) over (order by cast(won_value as real), account) as tile, fourth from result)")])
        reported("pipeline", model_of("pipeline"), files, ["1,425"])
    day = Date(2017, 3, 1)
    compare("pipeline as of March", model_of("pipeline"), files, pipeline(folder, day), ("--as-of", day.isoformat()))
    raw = edited("pipeline", ' values "GTXPro" = "GTX Pro" references', " references")
    compare("pipeline with an unknown product", raw, files, pipeline(folder, clean=False))
    reported("pipeline with an unknown product", raw, files, ["1,425", "1,480", "GTXPro"])
    files = ["teams=" + path("sales_teams"), "opportunities=" + path("sales_pipeline"), "accounts=" + path("accounts"), "products=" + path("products")]
    result = compare("agents", model_of("agents"), files, agents(folder))
    if result:
        variants("agents", model_of("agents"), files, result, "teams")
        totals("agents", files, result, [("agents", 35, "select count(*) from teams", "select count(*) from result"), ("idle ones", 5, "select count(*) from result where place = ''"),
                                         ("without account", 1425, "select count(*) from opportunities where account = ''", "select sum(nameless) from result")])
        reported("agents", model_of("agents"), files, ["1,480"])
    result = compare("managers", model_of("managers"), files[:2], managers(folder))
    if result:
        variants("managers", model_of("managers"), files[:2], result)


def test_collections(file):
    files = ["invoices=" + file]
    result = compare("collections", model_of("collections"), files, collections(file))
    if result:
        variants("collections", model_of("collections"), files, result)
        totals("collections", files, result, [
            ("invoices", 2466, "select count(*) from invoices", "select sum(bills) from result"), ("customers", 100, "select count(distinct customerID) from invoices", "select count(*) from result"),
            ("disputed", 561, "select count(*) from invoices where Disputed = 'Yes'", "select sum(disputes) from result"),
            ("mean days late", "3.44", "select printf('%.2f', avg(DaysLate)) from invoices", "select printf('%.2f', sum(bills * days_late) / sum(bills)) from result"),
            ("weighted by amount", "3.57", "select printf('%.2f', sum(DaysLate * InvoiceAmount) / sum(InvoiceAmount)) from invoices", "select printf('%.2f', sum(billed * weighted) / sum(billed)) from result")])
    day = Date(2013, 6, 30)
    compare("collections as of June", model_of("collections"), files, collections(file, day), ("--as-of", day.isoformat()))


def test_rfm(file):
    items = items_of(retail_rows(file))
    random.Random(1).shuffle(items)
    files = ["invoices=" + file, "items=" + written("items.csv", [("invoice_no", "line", "price"), *((name, line, rounded(F(cents, 100), 2)) for name, line, cents in items)])]
    result = compare("rfm", model_of("rfm"), files, rfm(file, items))
    if result:
        variants("rfm", model_of("rfm"), files, result)
        cents = "cast(round({} * 100) as integer)".format
        totals("rfm", files, result, [
            ("invoices", 25900, "select count(*) from invoices"), ("credit notes", 3836, "select count(*) from invoices where invoice_no like 'C%'"),
            ("customers", 4372, "select count(distinct nullif(customer_id, '')) from invoices", "select count(*) from result"), ("lines", 541909, "select count(*) from items", "select sum(lines) from invoices"),
            ("all, in cents", 974774793, f"select sum({cents('amount')}) from invoices"),
            ("with a customer, in cents", 830006581, f"select sum({cents('amount')}) from invoices where customer_id <> ''", f"select sum({cents('monetary')}) from result")] + [
            (f"fifths by {column}", 0, f"select sum(abs(tile - {column})) from (select ntile(5) over (order by {order}, customer_id) as tile, {column} from result where {column} <> '')")
            for column, order in (("r", "last_order"), ("f", "cast(frequency as integer)"), ("m", "cast(round(monetary * 100) as integer)"))])
    day = Date(2011, 6, 30)
    compare("rfm as of June", model_of("rfm"), files, rfm(file, items, day), ("--as-of", day.isoformat()))


def test_lost_value(file):
    files = ["customers=" + file]
    result = compare("lost value", model_of("lost_value"), files, lost_value(file))
    if result:
        variants("lost value", model_of("lost_value"), files, result, "customers")
        totals("lost value", files, result, [
            ("customers", 7043, "select count(*) from customers", "select count(*) from result"), ("churned", 1869, "select count(*) from customers where Customerstatus = 'Churned'", "select count(*) from result where tier = 'gone'"),
            ("referrals", 13747, "select sum(Numberofreferrals) from customers")])
        causes = {row[0]: row[1] for row in table("causes.csv")[1:]}
        wanted = {"Competitor": "841", "Dissatisfaction": "321", "Attitude": "314", "Price": "211", "Other": "182"}
        report("lost value, customers by cause", None if list(causes.items()) == list(wanted.items()) else str(causes))


TESTS = [(test_crm, ("crm",)), (test_collections, ("ar", "WA_Fn-UseC_-Accounts-Receivable.csv")), (test_rfm, ("retail", "online_retail_invoices.csv")),
         (test_lost_value, ("telco_maven", "telecom_customer_churn.csv"))]


def main():
    for test, path in TESTS:
        found = real_data(*path)
        if found:
            test(found)


main()

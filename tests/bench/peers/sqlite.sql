-- The 30 rules in SQLite: the file is imported into a table in memory, then read. Amounts are taken in cents, so that they are whole numbers; an imported field that is empty is the empty text.
.bail on
CREATE TABLE c(customer_id TEXT, name TEXT, country TEXT, industry TEXT, signed_on TEXT, revenue NUMERIC, direct_cost NUMERIC, support_tickets INTEGER, days_late INTEGER, seats INTEGER,
 seats_last_year INTEGER, discount_pct INTEGER, nps INTEGER, referred_by TEXT, contract_months INTEGER, notes TEXT);
.mode csv
.import --skip 1 @IN@ c
.headers on
.once @OUT@
WITH m AS (
 SELECT *, CAST(round(revenue * 100) AS INTEGER) AS cents, 100 * (CAST(round(revenue * 100) AS INTEGER) - CAST(round(direct_cost * 100) AS INTEGER)) AS margin,
  nullif(days_late, '') AS late, nullif(nps, '') AS said FROM c
), d AS (
 SELECT customer_id, name, country, late,
  min(100, max(0, 50
   + CASE WHEN cents >= 10000000 THEN 20 ELSE 0 END
   + CASE WHEN cents >= 2500000 AND cents < 10000000 THEN 10 ELSE 0 END
   + CASE WHEN cents < 200000 THEN -15 ELSE 0 END
   + CASE WHEN margin >= 60 * cents THEN 20 ELSE 0 END
   + CASE WHEN margin >= 40 * cents AND margin < 60 * cents THEN 10 ELSE 0 END
   + CASE WHEN margin < 10 * cents THEN -20 ELSE 0 END
   + CASE WHEN discount_pct > 25 THEN -10 ELSE 0 END
   + CASE WHEN cents >= 50000 * seats THEN 5 ELSE 0 END)) AS profit,
  min(100, max(0, 40
   + CASE WHEN seats_last_year > 0 AND 10 * seats >= 12 * seats_last_year THEN 25 ELSE 0 END
   + CASE WHEN 10 * seats < 8 * seats_last_year THEN -25 ELSE 0 END
   + CASE WHEN seats_last_year = 0 AND seats >= 10 THEN 10 ELSE 0 END
   + CASE WHEN industry IN ('software','fintech','biotech') THEN 10 ELSE 0 END
   + CASE WHEN country IN ('US','DE','GB','NL','SE','CH') THEN 5 ELSE 0 END
   + CASE WHEN seats >= 500 THEN 10 ELSE 0 END)) AS growth,
  min(100, max(0, 30
   + CASE WHEN signed_on <= '2020-07-01' THEN 25 ELSE 0 END
   + CASE WHEN signed_on > '2020-07-01' AND signed_on <= '2023-07-01' THEN 15 ELSE 0 END
   + CASE WHEN signed_on > '2025-04-02' THEN -10 ELSE 0 END
   + CASE WHEN contract_months >= 24 THEN 15 ELSE 0 END
   + CASE WHEN contract_months = 1 THEN -10 ELSE 0 END
   + CASE WHEN said >= 9 THEN 15 ELSE 0 END
   + CASE WHEN said <= 6 THEN -15 ELSE 0 END
   + CASE WHEN referred_by <> '' THEN 5 ELSE 0 END)) AS loyalty,
  min(100, max(0, 100
   + CASE WHEN late > 60 THEN -50 ELSE 0 END
   + CASE WHEN late > 15 AND late <= 60 THEN -20 ELSE 0 END
   + CASE WHEN late IS NULL THEN -5 ELSE 0 END
   + CASE WHEN support_tickets > 20 THEN -20 ELSE 0 END
   + CASE WHEN country IN ('RU','BR','NG','VE') AND cents > 5000000 THEN -15 ELSE 0 END)) AS risk,
  min(100, max(0, 50
   + CASE WHEN support_tickets BETWEEN 1 AND 5 THEN 10 ELSE 0 END
   + CASE WHEN said >= 7 AND support_tickets <= 2 THEN 10 ELSE 0 END
   + CASE WHEN substr(signed_on, 6, 2) >= '11' AND discount_pct >= 20 THEN -7 ELSE 0 END)) AS engage
 FROM m
), s AS (SELECT *, 35*profit + 20*growth + 20*loyalty + 15*risk + 10*engage AS points FROM d)
SELECT customer_id, name, country, printf('%.2f', points / 100.0) AS score,
 CASE WHEN late > 90 THEN 'D' WHEN points >= 7500 THEN 'A' WHEN points >= 6000 THEN 'B' WHEN points >= 4500 THEN 'C' ELSE 'D' END AS tier, profit, growth, loyalty, risk, engage
FROM s;

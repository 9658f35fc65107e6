-- The 30 rules in ClickHouse. Decimals, as in the model; a product of decimals has as many places as both together.
SELECT customer_id, name, country, toDecimal64(points, 2) / 100 AS score,
 multiIf(ifNull(days_late > 90, 0), 'D', points >= 7500, 'A', points >= 6000, 'B', points >= 4500, 'C', 'D') AS tier, profit, growth, loyalty, risk, engage
FROM (SELECT *, 35*profit + 20*growth + 20*loyalty + 15*risk + 10*engage AS points FROM (
 SELECT customer_id, name, country, days_late,
  least(100, greatest(0, 50
   + if(revenue >= 100000, 20, 0)
   + if(revenue >= 25000 AND revenue < 100000, 10, 0)
   - if(revenue < 2000, 15, 0)
   + if(100 * (revenue - direct_cost) >= 60 * revenue, 20, 0)
   + if(100 * (revenue - direct_cost) >= 40 * revenue AND 100 * (revenue - direct_cost) < 60 * revenue, 10, 0)
   - if(100 * (revenue - direct_cost) < 10 * revenue, 20, 0)
   - if(discount_pct > 25, 10, 0)
   + if(revenue >= 500 * seats, 5, 0))) AS profit,
  least(100, greatest(0, 40
   + if(seats_last_year > 0 AND 10 * seats >= 12 * seats_last_year, 25, 0)
   - if(10 * seats < 8 * seats_last_year, 25, 0)
   + if(seats_last_year = 0 AND seats >= 10, 10, 0)
   + if(industry IN ('software', 'fintech', 'biotech'), 10, 0)
   + if(country IN ('US', 'DE', 'GB', 'NL', 'SE', 'CH'), 5, 0)
   + if(seats >= 500, 10, 0))) AS growth,
  least(100, greatest(0, 30
   + if(signed_on <= toDate('2020-07-01'), 25, 0)
   + if(signed_on > toDate('2020-07-01') AND signed_on <= toDate('2023-07-01'), 15, 0)
   - if(toDate('2025-07-01') - signed_on < 90, 10, 0)
   + if(contract_months >= 24, 15, 0)
   - if(contract_months = 1, 10, 0)
   + if(ifNull(nps >= 9, 0), 15, 0)
   - if(ifNull(nps <= 6, 0), 15, 0)
   + if(referred_by != '', 5, 0))) AS loyalty,
  least(100, greatest(0, 100
   - if(ifNull(days_late > 60, 0), 50, 0)
   - if(ifNull(days_late > 15 AND days_late <= 60, 0), 20, 0)
   - if(days_late IS NULL, 5, 0)
   - if(support_tickets > 20, 20, 0)
   - if(country IN ('RU', 'BR', 'NG', 'VE') AND revenue > 50000, 15, 0))) AS risk,
  least(100, greatest(0, 50
   + if(support_tickets BETWEEN 1 AND 5, 10, 0)
   + if(ifNull(nps >= 7, 0) AND support_tickets <= 2, 10, 0)
   - if(toMonth(signed_on) >= 11 AND discount_pct >= 20, 7, 0))) AS engage
 FROM file('@IN@', CSVWithNames, 'customer_id String, name String, country String, industry String, signed_on Date, revenue Decimal64(2), direct_cost Decimal64(2), support_tickets Int32,
  days_late Nullable(Int32), seats Int32, seats_last_year Int32, discount_pct Int32, nps Nullable(Int32), referred_by String, contract_months Int32, notes String')))
INTO OUTFILE '@OUT@' FORMAT CSVWithNames

-- The meaning of groups.ppm.
CREATE TEMP TABLE c AS SELECT customer_id, country, industry, signed_on, revenue, support_tickets
 FROM read_csv('@CUSTOMERS@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={
  'customer_id':'VARCHAR','name':'VARCHAR','country':'VARCHAR','industry':'VARCHAR','signed_on':'DATE',
  'revenue':'DECIMAL(12,2)','direct_cost':'DECIMAL(12,2)','support_tickets':'INTEGER','days_late':'INTEGER',
  'seats':'INTEGER','seats_last_year':'INTEGER','discount_pct':'INTEGER','nps':'INTEGER',
  'referred_by':'VARCHAR','contract_months':'INTEGER','notes':'VARCHAR'});
COPY (
WITH k AS (SELECT country, count(*) AS peers, min(signed_on) AS first FROM c GROUP BY country),
 i AS (SELECT industry, sum(revenue) AS turn, coalesce(sum(support_tickets) FILTER (WHERE revenue > 5000), 0) AS asked FROM c GROUP BY industry),
 b AS (SELECT country, industry, max(revenue) AS largest FROM c GROUP BY country, industry),
 d AS (SELECT signed_on, count(*) AS day FROM c GROUP BY signed_on)
SELECT customer_id, peers, turn::DECIMAL(18,2) AS turn, largest, asked, first, day
FROM c JOIN k USING (country) JOIN i USING (industry) JOIN b ON b.country = c.country AND b.industry = c.industry JOIN d USING (signed_on)) TO '@OUT@' (FORMAT csv, HEADER true);

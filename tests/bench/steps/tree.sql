-- The meaning of tree.ppm.
CREATE TEMP TABLE c AS SELECT customer_id, revenue, referred_by
 FROM read_csv('@CUSTOMERS@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={
  'customer_id':'VARCHAR','name':'VARCHAR','country':'VARCHAR','industry':'VARCHAR','signed_on':'DATE',
  'revenue':'DECIMAL(12,2)','direct_cost':'DECIMAL(12,2)','support_tickets':'INTEGER','days_late':'INTEGER',
  'seats':'INTEGER','seats_last_year':'INTEGER','discount_pct':'INTEGER','nps':'INTEGER',
  'referred_by':'VARCHAR','contract_months':'INTEGER','notes':'VARCHAR'});
COPY (
WITH RECURSIVE up(ancestor, row, revenue, level) AS (
  SELECT referred_by, customer_id, revenue, 1 FROM c WHERE referred_by IS NOT NULL
  UNION ALL SELECT c.referred_by, up.row, up.revenue, level + 1 FROM up JOIN c ON c.customer_id = up.ancestor WHERE c.referred_by IS NOT NULL),
 below AS (SELECT ancestor, sum(revenue) AS brought, count(*) AS people, count(*) FILTER (WHERE level = 1) AS direct FROM up GROUP BY ancestor),
 down AS (SELECT row, max(level) AS down FROM up GROUP BY row)
SELECT customer_id, coalesce(brought, 0)::DECIMAL(18,2) AS brought, coalesce(people, 0) AS people, coalesce(direct, 0) AS direct, coalesce(down, 0) AS down
FROM c LEFT JOIN below ON below.ancestor = customer_id LEFT JOIN down ON down.row = customer_id) TO '@OUT@' (FORMAT csv, HEADER true);

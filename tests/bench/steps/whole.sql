-- The meaning of whole.ppm. A computed number is rounded to 12 places before it is ranked or shown, as the language does it. The keys have one length, so that their order is that of bytes.
CREATE TEMP TABLE c AS SELECT customer_id, signed_on, revenue, direct_cost, support_tickets, referred_by
 FROM read_csv('@CUSTOMERS@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={
  'customer_id':'VARCHAR','name':'VARCHAR','country':'VARCHAR','industry':'VARCHAR','signed_on':'DATE',
  'revenue':'DECIMAL(12,2)','direct_cost':'DECIMAL(12,2)','support_tickets':'INTEGER','days_late':'INTEGER',
  'seats':'INTEGER','seats_last_year':'INTEGER','discount_pct':'INTEGER','nps':'INTEGER',
  'referred_by':'VARCHAR','contract_months':'INTEGER','notes':'VARCHAR'});
COPY (
WITH RECURSIVE up(ancestor, revenue) AS (
  SELECT referred_by, revenue FROM c WHERE referred_by IS NOT NULL
  UNION ALL SELECT c.referred_by, up.revenue FROM up JOIN c ON c.customer_id = up.ancestor WHERE c.referred_by IS NOT NULL),
 below AS (SELECT ancestor, sum(revenue) AS brought FROM up GROUP BY ancestor),
 w AS (SELECT customer_id,
   ntile(5) OVER (ORDER BY signed_on, customer_id) AS r,
   ntile(5) OVER (ORDER BY support_tickets, customer_id) AS f,
   ntile(5) OVER (ORDER BY revenue, customer_id) AS m,
   percent_rank() OVER (ORDER BY round((revenue - direct_cost)::DOUBLE / revenue::DOUBLE, 12)) AS higher,
   sum(revenue) OVER (ORDER BY revenue DESC, customer_id ROWS UNBOUNDED PRECEDING) AS so_far FROM c),
 t AS (SELECT sum(revenue)::DOUBLE AS total FROM c)
SELECT w.customer_id, r, f, m, higher::DECIMAL(14,12)::DECIMAL(9,6) AS higher, (so_far::DOUBLE / total)::DECIMAL(14,12)::DECIMAL(9,6) AS curve, coalesce(brought, 0)::DECIMAL(18,2) AS brought
FROM w CROSS JOIN t LEFT JOIN below ON below.ancestor = w.customer_id) TO '@OUT@' (FORMAT csv, HEADER true);

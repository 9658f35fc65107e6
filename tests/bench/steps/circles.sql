-- The meaning of circles.ppm. Whoever comes to himself on the way up is in a circle, whose members are those on the way.
CREATE TEMP TABLE given AS SELECT customer_id, revenue, referred_by
 FROM read_csv('@CIRCLES@', header=true, delim=',', nullstr='', columns={'customer_id':'VARCHAR','revenue':'DECIMAL(12,2)','referred_by':'VARCHAR'});
CREATE TEMP TABLE c AS
WITH RECURSIVE way(start, here) AS (
  SELECT customer_id, referred_by FROM given WHERE referred_by IS NOT NULL
  UNION SELECT way.start, given.referred_by FROM way JOIN given ON given.customer_id = way.here WHERE given.referred_by IS NOT NULL),
 least AS (SELECT min(here) AS customer_id FROM way WHERE start IN (SELECT start FROM way WHERE start = here) GROUP BY start)
SELECT customer_id, revenue, CASE WHEN customer_id IN (SELECT customer_id FROM least) THEN NULL ELSE referred_by END AS referred_by FROM given;
COPY (
WITH RECURSIVE up(ancestor, row, revenue, level) AS (
  SELECT referred_by, customer_id, revenue, 1 FROM c WHERE referred_by IS NOT NULL
  UNION ALL SELECT c.referred_by, up.row, up.revenue, level + 1 FROM up JOIN c ON c.customer_id = up.ancestor WHERE c.referred_by IS NOT NULL),
 below AS (SELECT ancestor, sum(revenue) AS brought FROM up GROUP BY ancestor),
 down AS (SELECT row, max(level) AS down FROM up GROUP BY row)
SELECT customer_id, coalesce(brought, 0)::DECIMAL(18,2) AS brought, coalesce(down, 0) AS down
FROM c LEFT JOIN below ON below.ancestor = customer_id LEFT JOIN down ON down.row = customer_id) TO '@OUT@' (FORMAT csv, HEADER true);

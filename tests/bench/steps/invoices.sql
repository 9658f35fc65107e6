-- The meaning of invoices.ppm.
CREATE TEMP TABLE c AS SELECT customer_id, country
 FROM read_csv('@CUSTOMERS@', header=true, delim=',', nullstr='', columns={'customer_id':'VARCHAR','country':'VARCHAR'});
CREATE TEMP TABLE s AS SELECT customer_id, count(*) AS bills, sum(amount) AS billed, count(*) FILTER (WHERE days_late > 30) AS slow, max(issued_on) AS last_on, max(amount) AS largest,
  avg(days_late) AS late
 FROM read_csv('@INVOICES@', header=true, delim=',', nullstr='', columns={
  'invoice_id':'VARCHAR','customer_id':'VARCHAR','issued_on':'DATE','due_on':'DATE','amount':'DECIMAL(12,2)','days_late':'INTEGER','status':'VARCHAR'})
 GROUP BY customer_id;
COPY (SELECT c.customer_id, country, coalesce(bills, 0) AS bills, coalesce(billed, 0)::DECIMAL(18,2) AS billed, coalesce(slow, 0) AS slow, last_on, largest, late::DECIMAL(20,12)::DECIMAL(15,6) AS late
 FROM c LEFT JOIN s ON s.customer_id = c.customer_id) TO '@OUT@' (FORMAT csv, HEADER true);

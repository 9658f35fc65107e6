-- The meaning of payers.ppm.
COPY (SELECT customer_id, count(*) AS bills, sum(amount)::DECIMAL(18,2) AS billed, max(issued_on) AS last_on, max(days_late) AS slowest
 FROM read_csv('@INVOICES@', header=true, delim=',', nullstr='', columns={
  'invoice_id':'VARCHAR','customer_id':'VARCHAR','issued_on':'DATE','due_on':'DATE','amount':'DECIMAL(12,2)','days_late':'INTEGER','status':'VARCHAR'})
 GROUP BY customer_id) TO '@OUT@' (FORMAT csv, HEADER true);

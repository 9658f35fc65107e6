-- The meaning of references.ppm.
CREATE TEMP TABLE c AS SELECT customer_id, country
 FROM read_csv('@CUSTOMERS@', header=true, delim=',', nullstr='', columns={'customer_id':'VARCHAR','country':'VARCHAR'});
COPY (SELECT invoice_id, country AS home, amount, CASE WHEN days_late > 30 THEN CASE WHEN country IN ('DE', 'FR', 'NL') THEN 2 ELSE 1 END ELSE 0 END AS grade
 FROM read_csv('@INVOICES@', header=true, delim=',', nullstr='', columns={
  'invoice_id':'VARCHAR','customer_id':'VARCHAR','issued_on':'DATE','due_on':'DATE','amount':'DECIMAL(12,2)','days_late':'INTEGER','status':'VARCHAR'}) i
 LEFT JOIN c USING (customer_id)) TO '@OUT@' (FORMAT csv, HEADER true);

-- The meaning of text.ppm.
COPY (
WITH l AS (
 SELECT *, upper(country) AS home, lower(title) AS role, lower(email) AS mail
 FROM read_csv('@IN@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={
  'lead_id':'VARCHAR','email':'VARCHAR','company':'VARCHAR','title':'VARCHAR','website':'VARCHAR','country':'VARCHAR','industry':'VARCHAR',
  'plan':'VARCHAR','source':'VARCHAR','product_code':'VARCHAR','phone':'VARCHAR','comment':'VARCHAR'})
), f AS (
 SELECT *, (starts_with(title, 'Chief') OR regexp_matches(title, '^C[EFT]O$')) AS chief, starts_with(title, 'VP ') AS vice, regexp_matches(role, '(procurement|buyer)') AS buyer,
  CASE WHEN plan = 'enterprise' AND industry IN ('software','fintech','biotech') THEN 40
       WHEN plan = 'enterprise' THEN 30
       WHEN plan IN ('pro','pro-annual') AND industry IN ('software','fintech') THEN 25
       WHEN plan IN ('pro','pro-annual') THEN 15
       WHEN plan = 'trial' AND industry IN ('education','government') THEN 0
       WHEN plan IN ('trial','starter') THEN 5 ELSE 0 END AS plan_points,
  CASE WHEN source = 'referral' THEN 25 WHEN source = 'partner' THEN 20 WHEN source IN ('fair','webinar') THEN 10 WHEN source = 'cold call' THEN 0 ELSE 5 END AS source_points
 FROM l
), d AS (
 SELECT lead_id, company, home, mail, chief, vice, buyer, email,
  least(100, greatest(0, 50
   - CASE WHEN regexp_matches(email, '@(gmail|yahoo|outlook|hotmail)\.') THEN 20 ELSE 0 END
   - CASE WHEN suffix(email, '.test') OR contains(email, '+') THEN 30 ELSE 0 END
   + CASE WHEN regexp_matches(email, '^[a-z]+\.[a-z]+[0-9]*@') THEN 15 ELSE 0 END
   - CASE WHEN NOT regexp_matches(email, '^[^@ ]+@[^@ ]+\.[a-z]{2,}$') THEN 25 ELSE 0 END
   + CASE WHEN regexp_matches(phone, '^\+[0-9]{1,3} [0-9]{2,4} [0-9]{5,8}$') THEN 15 ELSE 0 END
   - CASE WHEN phone = 'n/a' THEN 10 ELSE 0 END
   + CASE WHEN starts_with(website, 'https://') THEN 10 ELSE 0 END
   + CASE WHEN suffix(website, '.io') THEN 5 ELSE 0 END)) AS contact,
  least(100, greatest(0, 30
   + CASE WHEN chief THEN 40 ELSE 0 END
   + CASE WHEN vice THEN 30 ELSE 0 END
   + CASE WHEN contains(role, 'director') THEN 20 ELSE 0 END
   + CASE WHEN buyer THEN 25 ELSE 0 END
   - CASE WHEN regexp_matches(role, '(student|intern|trainee)') THEN 30 ELSE 0 END
   + CASE WHEN title = 'Owner' THEN 35 ELSE 0 END)) AS seniority,
  least(100, greatest(0, 20
   + plan_points
   + CASE WHEN home IN ('DE','AT','CH','FR','NL','ES','IT','SE','PL') THEN 15 ELSE 0 END
   - CASE WHEN home IN ('BR','IN','NG','RU') THEN 10 ELSE 0 END
   + CASE WHEN regexp_matches(company, ' (GmbH|AG|Inc|Ltd|SA|BV)$') THEN 10 ELSE 0 END
   - CASE WHEN contains(company, 'Analytics') OR contains(lower(company), 'müller systems') THEN 20 ELSE 0 END
   + CASE WHEN regexp_matches(product_code, '^PRD-[0-9]{4}-(EU|US)$') THEN 10 ELSE 0 END
   - CASE WHEN starts_with(product_code, 'OLD-') THEN 15 ELSE 0 END)) AS fit,
  least(100, greatest(0, 30
   + source_points
   + CASE WHEN contains(comment, 'demo') OR contains(comment, 'pricing') THEN 20 ELSE 0 END
   + CASE WHEN contains(comment, 'budget approved') THEN 25 ELSE 0 END
   + CASE WHEN regexp_matches(comment, '(renew|upgrade|expand)') THEN 15 ELSE 0 END
   - CASE WHEN contains(comment, 'unsubscribe') THEN 60 ELSE 0 END
   - CASE WHEN comment IS NULL THEN 10 ELSE 0 END
   - CASE WHEN regexp_matches(comment, '^(no answer|out of office)') THEN 5 ELSE 0 END)) AS intent
 FROM f
), s AS (SELECT *, (25*contact + 25*seniority + 30*fit + 20*intent) AS pts FROM d)
SELECT lead_id, company, home, mail, (pts/100.0)::DECIMAL(6,2) AS score,
 CASE WHEN home = 'KP' THEN 'disqualified' WHEN pts >= 6000 AND NOT suffix(email, '.test') THEN 'hot' WHEN pts >= 4500 THEN 'warm' ELSE 'cold' END AS tier,
 CASE WHEN chief OR vice THEN 'executives' WHEN buyer THEN 'buyers' ELSE 'users' END AS reach,
 contact, seniority, fit, intent
FROM s
) TO '@OUT@' (FORMAT csv, HEADER true);

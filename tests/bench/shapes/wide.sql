-- The meaning of wide.ppm; @COLUMNS@ are the types of the file's 200 columns.
COPY (
WITH w AS (
 SELECT *, a004 - a005 AS gain, a044 + a095 + a124 AS billed
 FROM read_csv('@IN@', header=true, delim=',', quote='"', escape='"', nullstr='', columns={@COLUMNS@})
), d AS (
 SELECT id, k007, billed, o053,
  least(100, greatest(0, 40
   + CASE WHEN billed >= 200000 THEN 20 ELSE 0 END
   + CASE WHEN billed >= 100000 AND billed < 200000 THEN 10 ELSE 0 END
   - CASE WHEN billed < 20000 THEN 15 ELSE 0 END
   + CASE WHEN gain >= 0.25*a004 THEN 15 ELSE 0 END
   - CASE WHEN gain < 0 THEN 20 ELSE 0 END
   + CASE WHEN n001 + n022 >= 1500 THEN 10 ELSE 0 END
   + CASE WHEN a155 >= 100 * (n041 + 1) THEN 5 ELSE 0 END)) AS volume,
  least(100, greatest(0, 50
   + CASE WHEN n072 >= 800 THEN 15 ELSE 0 END
   - CASE WHEN n072 < 50 THEN 20 ELSE 0 END
   + CASE WHEN n101 > n112 THEN 15 ELSE 0 END
   - CASE WHEN 2 * n101 < n112 THEN 10 ELSE 0 END
   + CASE WHEN o003 >= 200 THEN 10 ELSE 0 END
   - CASE WHEN o003 IS NULL THEN 5 ELSE 0 END
   + CASE WHEN f010 AND NOT f060 THEN 10 ELSE 0 END
   + CASE WHEN k007 IN ('key','north','west') THEN 5 ELSE 0 END)) AS usage,
  least(100, greatest(0, 30
   + CASE WHEN d016 <= DATE '2015-06-30' THEN 25 ELSE 0 END
   + CASE WHEN d016 > DATE '2015-06-30' AND d016 <= DATE '2020-06-30' THEN 10 ELSE 0 END
   - CASE WHEN DATE '2025-06-30' - d086 < 180 THEN 10 ELSE 0 END
   + CASE WHEN year(d166) >= 2024 THEN 15 ELSE 0 END
   + CASE WHEN k018 = 'partner' OR k097 = 'partner' THEN 10 ELSE 0 END
   - CASE WHEN k018 = 'public' AND a194 < 10000 THEN 10 ELSE 0 END
   + CASE WHEN f120 THEN 10 ELSE 0 END)) AS loyalty,
  least(100, greatest(0, 100
   - CASE WHEN o053 > 100 THEN 30 WHEN o053 IS NULL THEN 5 ELSE 0 END
   - CASE WHEN o053 > 250 THEN 30 ELSE 0 END
   - CASE WHEN n141 >= 1000 THEN 20 ELSE 0 END
   - CASE WHEN k148 IN ('other','web') AND a194 > 50000 THEN 15 ELSE 0 END
   - CASE WHEN o123 > 200 AND n182 > 500 THEN 25 ELSE 0 END
   - CASE WHEN f190 THEN 10 ELSE 0 END)) AS risk
 FROM w
), s AS (SELECT *, (30*volume + 30*usage + 25*loyalty + 15*risk) AS pts FROM d)
SELECT id, k007, billed, (pts/100.0)::DECIMAL(6,2) AS score,
 CASE WHEN o053 > 300 THEN 'D' WHEN pts >= 7000 THEN 'A' WHEN pts >= 5500 THEN 'B' WHEN pts >= 4000 THEN 'C' ELSE 'D' END AS tier,
 volume, usage, loyalty, risk
FROM s
) TO '@OUT@' (FORMAT csv, HEADER true);

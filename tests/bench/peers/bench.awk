# The 30 rules in awk. It knows nothing of quotation marks: the file must have none. Amounts are taken in cents, so that doubles hold them exactly.
BEGIN {
	FS = OFS = ","
	home["US"] = home["DE"] = home["GB"] = home["NL"] = home["SE"] = home["CH"] = 1
	exposed["RU"] = exposed["BR"] = exposed["NG"] = exposed["VE"] = 1
	target["software"] = target["fintech"] = target["biotech"] = 1
	ninety_days_before = "2025-04-02"
	print "customer_id,name,country,score,tier,profit,growth,loyalty,risk,engage"
}
function kept(points) { return points < 0 ? 0 : points > 100 ? 100 : points }
NR > 1 {
	revenue = int($6 * 100 + 0.5); cost = int($7 * 100 + ($7 < 0 ? -0.5 : 0.5)); margin = 100 * (revenue - cost)
	tickets = $8 + 0; late = $9; seats = $10 + 0; before = $11 + 0; discount = $12 + 0; nps = $13; months = $15 + 0; day = $5

	profit = 50
	if (revenue >= 10000000) profit += 20; else if (revenue >= 2500000) profit += 10; else if (revenue < 200000) profit -= 15
	if (margin >= 60 * revenue) profit += 20; else if (margin >= 40 * revenue) profit += 10
	if (margin < 10 * revenue) profit -= 20
	if (discount > 25) profit -= 10
	if (revenue >= 50000 * seats) profit += 5

	growth = 40
	if (before > 0 && 10 * seats >= 12 * before) growth += 25
	if (10 * seats < 8 * before) growth -= 25
	if (before == 0 && seats >= 10) growth += 10
	if ($4 in target) growth += 10
	if ($3 in home) growth += 5
	if (seats >= 500) growth += 10

	loyalty = 30
	if (day <= "2020-07-01") loyalty += 25; else if (day <= "2023-07-01") loyalty += 15
	if (day > ninety_days_before) loyalty -= 10
	if (months >= 24) loyalty += 15; else if (months == 1) loyalty -= 10
	if (nps != "") { if (nps + 0 >= 9) loyalty += 15; else if (nps + 0 <= 6) loyalty -= 15 }
	if ($14 != "") loyalty += 5

	risk = 100
	if (late == "") risk -= 5; else if (late + 0 > 60) risk -= 50; else if (late + 0 > 15) risk -= 20
	if (tickets > 20) risk -= 20
	if (($3 in exposed) && revenue > 5000000) risk -= 15

	engage = 50
	if (tickets >= 1 && tickets <= 5) engage += 10
	if (nps != "" && nps + 0 >= 7 && tickets <= 2) engage += 10
	if (substr(day, 6, 2) + 0 >= 11 && discount >= 20) engage -= 7

	profit = kept(profit); growth = kept(growth); loyalty = kept(loyalty); risk = kept(risk); engage = kept(engage)
	points = 35 * profit + 20 * growth + 20 * loyalty + 15 * risk + 10 * engage
	tier = late != "" && late + 0 > 90 ? "D" : points >= 7500 ? "A" : points >= 6000 ? "B" : points >= 4500 ? "C" : "D"
	printf "%s,%s,%s,%.2f,%s,%d,%d,%d,%d,%d\n", $1, $2, $3, points / 100, tier, profit, growth, loyalty, risk, engage
}

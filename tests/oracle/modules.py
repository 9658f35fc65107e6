"""The standard modules clv and scorecard: published figures, and their formulas summed term by term with exact fractions."""
import math
from decimal import Decimal
from fractions import Fraction

from _compare import ppmc, report

# (what, expression, value, how near): figures of books and papers, as they print them
PUBLISHED = [
    ("multiple at 60%, Gupta and Lehmann", "clv.margin_multiple(60% per year, 10% per year)", "1.20", "0.005"),
    ("multiple at 70%", "clv.margin_multiple(70% per year, 10% per year)", "1.75", "0.005"),
    ("multiple at 80%", "clv.margin_multiple(80% per year, 10% per year)", "2.67", "0.005"),
    ("multiple at 90%", "clv.margin_multiple(90% per year, 10% per year)", "4.50", "0.005"),
    ("up front, Darden", "number(clv.up_front((money_of * (18.45 - 0.50)) per month, 99.5% per month, 1% per month))", "1208.63", "0.005"),
    ("B of the scaling", "scorecard.factor(50)", "72.1348", "0.00005"),
    ("A of the scaling", "scorecard.offset(600, 1 / 19, 50)", "387.6036", "0.00005"),
    ("points at the base odds", "scorecard.points_of_odds(1 / 19, 600, 1 / 19, 50)", "600", "0.000000001"),
    ("points at half of the odds", "scorecard.points_of_odds(1 / 38, 600, 1 / 19, 50)", "650", "0.000000001"),
    ("odds of the base points", "scorecard.odds_of_points(600, 600, 1 / 19, 50) * 19", "1", "0.000000001"),
    ("odds of a chance", "scorecard.odds_of_chance(5%) * 19", "1", "0.000000001"),
    ("weight of evidence", "scorecard.weight_of_evidence(30%, 10%)", str(math.log(3)), "0.000000001"),
    ("information", "scorecard.information(30%, 10%)", str(0.2 * math.log(3)), "0.000000001"),
    ("points of a band", "scorecard.band_points(0.8, 1.5, 20)", str(-20 / math.log(2) * 0.8 * 1.5), "0.000000001"),
]


def power_sum(q, n):
    return sum((q ** t for t in range(1, n + 1)), Fraction(0))


F = Fraction
EXACT = [
    ("finite, 3 years", "number(clv.finite((money_of * 3_000) per year, 85% per year, 10% per year, 3 years))", 3000 * power_sum(F(85, 110), 3)),
    ("finite, 1 period", "number(clv.finite((money_of * 3_000) per year, 85% per year, 10% per year, 1 year))", 3000 * F(85, 110)),
    ("finite, monthly over 2 years", "number(clv.finite((money_of * 250) per month, 97% per month, 0.8% per month, 2 years))", 250 * power_sum(F(970, 1008), 24)),
    ("finite where q is 1", "number(clv.finite((money_of * 100) per year, 100% per year, 0% per year, 7 years))", F(700)),
    ("growing beyond what is lost", "number(clv.finite_growing((money_of * 100) per year, 100% per year, 0% per year, 5% per year, 3 years))", 100 * power_sum(F(105, 100), 3)),
    ("growing", "number(clv.finite_growing((money_of * 3_000) per year, 85% per year, 10% per year, 4% per year, 5 years))", 3000 * power_sum(F(85, 100) * F(104, 100) / F(110, 100), 5)),
    ("growing by as much as is lost", "number(clv.finite_growing((money_of * 10) per year, 100% per year, 10% per year, 10% per year, 9 years))", F(90)),
    ("after the first renewal", "number(clv.after_first_renewal((money_of * 3_000) per year, 85% per year, 10% per year))", 3000 * F(85, 25)),
    ("up front", "number(clv.up_front((money_of * 3_000) per year, 85% per year, 10% per year))", 3000 * F(110, 25)),
    ("perpetuity", "number(clv.perpetuity((money_of * 3_000) per year, 10% per year))", F(30000)),
    ("a margin in numbers", "clv.finite(3_000 per year, 85% per year, 10% per year, 3 years)", 3000 * power_sum(F(85, 110), 3)),
    ("a loss", "number(clv.finite((money_of * -500) per year, 85% per year, 10% per year, 2 years))", -500 * power_sum(F(85, 110), 2)),
]
HEAD = "use clv\nuse scorecard\ndataset d { id text key  money_of money }\n"


def value_of(expression):
    open("model.ppm", "w").write(HEAD + f"let x = {expression}\noutput {{ x }}\n")
    open("data.csv", "w").write("id,money_of\na,1\n")
    status, out, err = ppmc("--quiet", "model.ppm", "data.csv")
    return status, out.decode().splitlines()[-1] if status == 0 else err


def main():
    for what, expression, wanted, near in PUBLISHED:
        status, got = value_of(expression)
        report(what, got if status else None if abs(Decimal(got) - Decimal(wanted)) <= Decimal(near) else f"{wanted} was published, ppmc says {got}")
    for what, expression, wanted in EXACT:
        status, got = value_of(expression)
        report(what, got if status else None if abs(Fraction(got) - wanted) < abs(wanted) / 10 ** 9 else f"computed {float(wanted)}, ppmc says {got}")
    for what, expression in (("an infinite sum", "clv.after_first_renewal(3_000 per year, 100% per year, 0% per year)"), ("more than all stay", "clv.up_front(3_000 per year, 120% per year, 10% per year)"),
                             ("a perpetuity without discount", "clv.perpetuity(3_000 per year, 0% per year)"), ("odds of certainty", "scorecard.odds_of_chance(percent(number(money_of)))")):
        status, got = value_of(expression)
        report(what + " has no value", None if status == 0 and got in ("", '""') else f"exit {status}: {got}")
    for what, expression in (("a monthly margin with a yearly retention", "clv.finite(3_000 per month, 85% per year, 10% per month, 3 years)"),
                             ("a monthly discount", "clv.up_front(3_000 per year, 85% per year, 1% per month)"), ("a bare margin", "clv.finite(3_000, 85% per year, 10% per year, 3 years)"),
                             ("days for a yearly rate", "clv.finite(3_000 per year, 85% per year, 10% per year, 30 days)")):
        status, got = value_of(expression)
        report(what + " does not compile", None if status == 3 else f"exit {status}: {got}")


main()

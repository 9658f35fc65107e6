// The figures of a backtest by name, for `--fail-if "auc < 0.7 or wrong > 0"`.
#include "lang/backtest/backtest_internal.h"

enum which { CUSTOMERS, LEFT_OUT, RATE, AUC, AUC_LOW, AUC_HIGH, GINI, KS, LIFT, WRONG, UNCLEAR, LEAKS, DISORDERS, FIGURES };

static const struct ppm_figure figures[FIGURES] = {
	[CUSTOMERS] = { "customers", "that have the outcome or have it not", PPM_FIGURE_CUSTOMERS },
	[LEFT_OUT] = { "left_out", "customers without an outcome", PPM_FIGURE_CUSTOMERS },
	[RATE] = { "rate", "the share of customers with the outcome", PPM_FIGURE_NUMBER },
	[AUC] = { "auc", "of the score", PPM_FIGURE_NUMBER },
	[AUC_LOW] = { "auc_low", "the lower end of its interval", PPM_FIGURE_NUMBER },
	[AUC_HIGH] = { "auc_high", "the upper end of its interval", PPM_FIGURE_NUMBER },
	[GINI] = { "gini", "of the score", PPM_FIGURE_NUMBER },
	[KS] = { "ks", "of the score", PPM_FIGURE_NUMBER },
	[LIFT] = { "lift", "of the first tenth", PPM_FIGURE_NUMBER },
	[WRONG] = { "wrong", "rules that point the wrong way", PPM_FIGURE_NUMBER },
	[UNCLEAR] = { "unclear", "rules whose evidence is unclear", PPM_FIGURE_NUMBER },
	[LEAKS] = { "leaks", "rules, tiers and so on that read the outcome", PPM_FIGURE_NUMBER },
	[DISORDERS] = { "disorders", "neighbouring tiers whose rates are in the wrong order", PPM_FIGURE_NUMBER },
};

static const struct ppm_figure *figure_at(uint32_t index)
{
	return index < FIGURES ? &figures[index] : NULL;
}

static uint32_t rules_with(const struct ppm_backtest *b, enum ppm_evidence evidence)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < b->rule_count; i++)
		count += b->rules[i].evidence == evidence;
	return count;
}

static uint32_t leaks_of(const struct ppm_backtest *b)
{
	uint32_t count = b->leak_count + b->outcome_reads_score;

	for (uint32_t i = 0; i < b->rule_count; i++)
		count += b->rules[i].reads.size > 0;
	return count;
}

static bool exact(bool there, double number, ppm_int128 *value)
{
	return there && ppm_exact_from_number(number, value);
}

static bool value_of(const void *of, uint32_t index, ppm_int128 *value, ppm_int128 *whole)
{
	const struct ppm_backtest *b = of;
	const struct ppm_discrimination *d = &b->score.discrimination;
	uint64_t customers = b->counts.with + b->counts.without, count = 0;
	double rate = 0, tenth = b->parts[0].customers;
	bool there = ppm_rate(b->counts, &rate);

	*whole = 0;
	switch ((enum which)index) {
	case CUSTOMERS:
	case LEFT_OUT:
		*value = (ppm_int128)(index == CUSTOMERS ? customers : b->missing) * PPM_EXACT_SCALE;
		*whole = (ppm_int128)(customers + b->missing) * PPM_EXACT_SCALE;
		return true;
	case RATE: return exact(there, rate, value);
	case AUC: return exact(d->there, d->area, value);
	case AUC_LOW: return exact(d->interval.there, d->interval.low, value);
	case AUC_HIGH: return exact(d->interval.there, d->interval.high, value);
	case GINI: return exact(d->there, d->gini, value);
	case KS: return exact(d->there, d->ks, value);
	case LIFT: return exact(b->has_score, b->parts[0].with * (double)(d->with + d->without) / (tenth * (double)d->with), value);
	case WRONG: count = rules_with(b, PPM_EVIDENCE_WRONG); break;
	case UNCLEAR: count = rules_with(b, PPM_EVIDENCE_OPEN); break;
	case LEAKS: count = leaks_of(b); break;
	case DISORDERS: count = b->disorder_count; break;
	case FIGURES: return false;
	}
	*value = (ppm_int128)count * PPM_EXACT_SCALE;
	return true;
}

static const char *why_not(uint32_t index)
{
	return index == AUC_LOW || index == AUC_HIGH ? "an interval takes two customers with a score that have the outcome and two that have it not"
						     : "it takes customers with a score that have the outcome, and such that have it not";
}

const struct ppm_figure_set ppm_backtest_figures = { figure_at, value_of, why_not, "compare figures, and join comparisons with `and`, `or` and `not`: `auc < 0.7 or wrong > 0`" };

const char *ppm_backtest_condition_figures(const struct ppm_backtest *b, const struct ppm_condition *condition, struct ppm_arena *arena)
{
	uint32_t named[FIGURES], count = ppm_condition_figures(condition, named, FIGURES);
	const char *said = "";

	for (uint32_t i = 0; i < count; i++) {
		char digits[64];
		ppm_int128 value, whole;
		size_t size;
		if (!value_of(b, named[i], &value, &whole))
			continue;
		size = ppm_decimal_write(value, PPM_EXACT_PLACES, PPM_EXACT_PLACES, digits);
		while (size && digits[size - 1] == '0')
			size--;
		size -= size && digits[size - 1] == '.';
		said = ppm_backtest_text_of(arena, "%s%s%s = %.*s", said, *said ? ", " : "", figures[named[i]].name, (int)size, digits);
	}
	return said;
}

// What the counts say: measures of the score, of each figure, and of each rule.
#include "lang/backtest/backtest_internal.h"

static void measure_figure(struct ppm_backtest *b, struct ppm_backtest_figure *figure)
{
	ppm_class_tally_sort(&figure->tally);
	figure->discrimination = ppm_discriminate(&figure->tally, b->expected);
}

// ---- parts of the customers by their score -----------------------------------------------------------------------------

static double amount_between(const struct ppm_backtest *b, uint32_t value, bool with, struct ppm_cut from, struct ppm_cut to)
{
	const struct ppm_class_tally *tally = &b->score.tally;
	ppm_int128 whole = 0;
	double first = 0, last = 0;

	for (size_t i = from.whole; i < to.whole; i++)
		whole += ppm_backtest_sum(b->sums, ppm_class_tally_from(tally, b->expected, i)->value, value, with);
	if (from.part)
		first = (double)ppm_backtest_sum(b->sums, ppm_class_tally_from(tally, b->expected, from.whole)->value, value, with) * (double)from.part / (double)from.of;
	if (to.part)
		last = (double)ppm_backtest_sum(b->sums, ppm_class_tally_from(tally, b->expected, to.whole)->value, value, with) * (double)to.part / (double)to.of;
	return ((double)whole - first + last) / (double)PPM_EXACT_SCALE;
}

static void measure_parts(struct ppm_backtest *b)
{
	const struct ppm_class_tally *tally = &b->score.tally;
	double customers = (double)(tally->with + tally->without);
	struct ppm_cut end = { tally->count, 0, 1 };

	for (uint32_t i = 0; i < PPM_BACKTEST_PARTS && tally->count; i++) {
		struct ppm_backtest_part *part = &b->parts[i];
		part->from = i ? b->parts[i - 1].to : (struct ppm_cut){ 0, 0, 1 };
		part->to = i + 1 < PPM_BACKTEST_PARTS ? ppm_cut_at(tally, b->expected, i + 1, PPM_BACKTEST_PARTS) : end;
		part->there = true;
		size_t last = part->to.part ? part->to.whole : part->to.whole - 1;
		int64_t first_score = ppm_class_tally_from(tally, b->expected, part->from.whole)->value, last_score = ppm_class_tally_from(tally, b->expected, last)->value;
		part->low = first_score < last_score ? first_score : last_score;
		part->high = first_score < last_score ? last_score : first_score;
		part->customers = customers / PPM_BACKTEST_PARTS;
		part->with = ppm_cut_with(tally, b->expected, part->from, part->to);
		for (uint32_t k = 0; k < b->value_count; k++) {
			b->values[k].lost[i] = amount_between(b, k, true, part->from, part->to);
			b->values[k].all[i] = amount_between(b, k, false, part->from, part->to);
		}
	}
	for (uint32_t k = 0; k < b->value_count && tally->count; k++) {
		b->values[k].lost_total = amount_between(b, k, true, (struct ppm_cut){ 0, 0, 1 }, end);
		b->values[k].all_total = amount_between(b, k, false, (struct ppm_cut){ 0, 0, 1 }, end);
	}
}

// ---- tiers ---------------------------------------------------------------------------------------------------------------

// Whether the mean score of a is above that of b. Both have customers with scores.
static bool is_better(const struct ppm_backtest *b, uint32_t a, uint32_t other)
{
	return b->tier_scores[a] * b->tier_scored[other] > b->tier_scores[other] * b->tier_scored[a];
}

static void measure_tiers(struct ppm_backtest *b)
{
	uint32_t *order = ppm_arena_allocate(&b->arena, (size_t)b->model_tiers + 1, sizeof *order), ordered = 0;

	for (uint32_t i = 0; order && i < b->model_tiers; i++) {
		uint32_t at = ordered;
		if (!b->tier_scored[i])
			continue;
		for (; at && is_better(b, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		ordered++;
	}
	for (uint32_t i = 0; i + 1 < ordered; i++) {
		struct ppm_class_counts better = b->tiers[order[i]].counts, worse = b->tiers[order[i + 1]].counts;
		ppm_int128 more = (ppm_int128)better.with * (worse.with + worse.without) - (ppm_int128)worse.with * (better.with + better.without);
		struct ppm_interval x = ppm_wilson(better), y = ppm_wilson(worse);
		if (b->outcome->wanted ? more < 0 : more > 0)
			b->disorders[b->disorder_count++] = (struct ppm_backtest_disorder){ order[i], order[i + 1], x.low > y.high || y.low > x.high };
	}
}

// ---- groups --------------------------------------------------------------------------------------------------------------

static void swap(struct ppm_backtest_split *split, uint32_t a, uint32_t b)
{
	struct ppm_backtest_group group = split->groups[a];
	struct ppm_class_tally tally = split->scores[a];

	split->groups[a] = split->groups[b];
	split->groups[b] = group;
	split->scores[a] = split->scores[b];
	split->scores[b] = tally;
}

// Groups that came up in the data stand in the order of their names, so that the order of the rows does not matter.
static void measure_split(struct ppm_backtest *b, struct ppm_backtest_split *split)
{
	for (uint32_t i = 1; split->open && i < split->group_count; i++)
		for (uint32_t k = i; k && ppm_slice_compare(split->groups[k - 1].name, split->groups[k].name) > 0; k--)
			swap(split, k - 1, k);
	for (uint32_t i = 0; i < split->group_count; i++) {
		ppm_class_tally_sort(&split->scores[i]);
		split->discriminations[i] = ppm_discriminate(&split->scores[i], b->expected);
	}
}

// ---- rules ---------------------------------------------------------------------------------------------------------------

// A value of a scale belongs to the fifth of its customers that their middle lies in: equal values stay together.
static void count_fifths(struct ppm_backtest_rule *rule)
{
	uint64_t all = rule->points.with + rule->points.without, before = 0;

	for (size_t i = 0; i < rule->points.count; i++) {
		const struct ppm_class_entry *e = &rule->points.entries[i];
		uint64_t here = (uint64_t)e->with + e->without;
		struct ppm_class_counts *counts = &rule->groups[PPM_BACKTEST_FIFTHS * (2 * before + here) / (2 * all)].counts;
		*counts = ppm_backtest_sum_of(*counts, (struct ppm_class_counts){ e->with, e->without });
		before += here;
	}
}

// An interval of a measure that is `middle` where nothing can be told.
static enum ppm_evidence evidence_of(struct ppm_interval interval, double middle, bool above_is_right)
{
	if (interval.low > middle)
		return above_is_right ? PPM_EVIDENCE_RIGHT : PPM_EVIDENCE_WRONG;
	if (interval.high < middle)
		return above_is_right ? PPM_EVIDENCE_WRONG : PPM_EVIDENCE_RIGHT;
	return PPM_EVIDENCE_OPEN;
}

static void measure_rule(struct ppm_backtest *b, struct ppm_backtest_rule *r)
{
	bool penalty = r->rule->kind == PPM_RULE_PENALTY;

	if (penalty || r->rule->kind == PPM_RULE_REWARD) {
		r->lift = ppm_rate_ratio(r->groups[0].counts, r->groups[1].counts);
		// a penalty is right where who has it has what is not wanted
		if (r->lift.known)
			r->evidence = evidence_of(r->lift.interval, 1, penalty != b->outcome->wanted);
	} else {
		ppm_class_tally_sort(&r->points);
		r->discrimination = ppm_discriminate(&r->points, b->expected);
		if (r->rule->kind == PPM_RULE_SCALE)
			count_fifths(r);
		if (r->discrimination.interval.there && r->points.count > 1)
			r->evidence = evidence_of(r->discrimination.interval, 0.5, true);
	}
	for (uint32_t i = 0; i < r->group_count; i++)
		r->information += ppm_information(r->groups[i].counts, b->counts);
}

void ppm_backtest_measure(struct ppm_backtest *b)
{
	measure_figure(b, &b->score);
	b->has_score = b->score.discrimination.there;
	for (uint32_t i = 0; i < b->dimension_count; i++)
		measure_figure(b, &b->dimensions[i]);
	for (uint32_t i = 0; i < b->perspective_count; i++)
		measure_figure(b, &b->perspectives[i]);
	measure_parts(b);
	measure_tiers(b);
	for (uint32_t i = 0; i < b->split_count; i++)
		measure_split(b, &b->splits[i]);
	for (uint32_t i = 0; i < b->rule_count; i++)
		measure_rule(b, &b->rules[i]);
}

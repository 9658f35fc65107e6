// What is worth asking for: the facts that are missing in a row, and how much of the score knowing each could move.
//
// What is at stake is worked out for all rules together that hang on a fact, as they are counted: of those that exclude each other one fires at most, of a `best of` one counts, a group stays
// within its cap and a dimension within its range.

#include "lang/explain/explain.h"

#include <math.h>

struct asking {
	const struct ppm_explained_row *row;
	const struct ppm_waterfall_line **lines; // [plan rule]
	bool *hangs;                             // [plan rule] on the fact at hand
};

// A rule that could do something else if the row said that: it is missing, and the rule is unknown or goes by its `missing` points, or by what stands in for the fact.
static bool hangs_on(const struct ppm_explained_row *row, const struct ppm_waterfall_line *line, uint32_t fact)
{
	const struct ppm_explain_rule *about = &row->about->rules[line->rule->index];
	bool decided = line->outcome != PPM_OUTCOME_UNKNOWN && line->outcome != PPM_OUTCOME_DEFAULT;
	return !ppm_explained_has(row, about->facts.items[fact].result) && (!decided || about->replaced[fact]);
}

// ---- points at stake ----------------------------------------------------------------------------------------------------

// The worst and the best that a rule can do, whatever the fact turns out to be; one and the same where it does not hang on it.
struct reach {
	double low, high;
	bool hangs, counts; // counts: it is known, or will be
};

static struct reach reach_of(const struct asking *a, const struct ppm_plan_rule *r)
{
	const struct ppm_waterfall_line *line = a->lines[r->index];
	if (!r->members && a->hangs[r->index])
		return (struct reach){ r->low, r->high, true, true };
	if (!r->members) {
		double points = (double)line->points / 1e6;
		return (struct reach){ points, points, false, line->outcome != PPM_OUTCOME_UNKNOWN };
	}
	struct reach all = { 0, 0, false, false };
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next) {
		struct reach one = reach_of(a, m);
		all.hangs = all.hangs || one.hangs;
		if (r->kind == PPM_RULE_GROUP) {
			all.low += one.low;
			all.high += one.high;
		} else if (one.counts) {
			all.low = !all.counts ? one.low : r->penalties ? fmin(all.low, one.low) : fmax(all.low, one.low);
			all.high = !all.counts ? one.high : r->penalties ? fmin(all.high, one.high) : fmax(all.high, one.high);
		}
		all.counts = all.counts || one.counts;
	}
	if (r->kind == PPM_RULE_GROUP) {
		all.low = fmax(-r->cap, fmin(r->cap, all.low));
		all.high = fmax(-r->cap, fmin(r->cap, all.high));
	}
	return all;
}

// Of rules side by side, in their points.
static double stake_of(const struct asking *a, const struct ppm_plan_rule *rules)
{
	double stake = 0;
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		struct reach reach = reach_of(a, r);
		if (!reach.hangs)
			continue;
		for (const struct ppm_plan_rule *q = rules; q != r && r->exclusive; q = q->next)
			reach.hangs = reach.hangs && (q->exclusive != r->exclusive || !a->hangs[q->index]);
		if (!reach.hangs) // it was counted with the first of its set
			continue;
		if (r->exclusive) { // one of them, or none
			reach = (struct reach){ fmin(reach.low, 0), fmax(reach.high, 0), true, true };
			for (const struct ppm_plan_rule *q = r->next; q; q = q->next)
				if (q->exclusive == r->exclusive && a->hangs[q->index]) {
					reach.low = fmin(reach.low, q->low);
					reach.high = fmax(reach.high, q->high);
				}
		}
		stake += reach.high - reach.low;
	}
	return stake;
}

// In points of the score, with everything known.
static double score_at_stake(const struct asking *a)
{
	const struct ppm_plan *plan = a->row->about->plan;
	double weights = 0, stake = 0;
	for (size_t i = 0; i < plan->dimension_count; i++)
		weights += plan->dimensions[i].weight;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		stake += 100 * d->weight / weights * fmin(1, stake_of(a, d->rules) / (d->high - d->low));
	}
	return fmin(100, stake + stake_of(a, plan->adjust));
}

// ---- facts ----------------------------------------------------------------------------------------------------------------

static bool comes_first(const struct ppm_explain_fact *a, const struct ppm_explain_fact *b)
{
	if ((a->ask != NULL) != (b->ask != NULL))
		return a->ask != NULL;
	return a->stake > b->stake;
}

static struct ppm_explain_fact *fact_called(struct ppm_explain_fact *list, uint32_t *count, struct ppm_slice name)
{
	uint32_t at = 0;
	while (at < *count && !ppm_slice_equal(list[at].name, name))
		at++;
	if (at == *count)
		list[(*count)++] = (struct ppm_explain_fact){ .name = name, .rules = PPM_SLICE("") };
	return &list[at];
}

// The rules that hang on the fact, and what is at stake with them.
static void weigh(struct asking *a, const struct ppm_waterfall *waterfall, struct ppm_explain_fact *fact, struct ppm_arena *arena)
{
	const struct ppm_plan *plan = a->row->about->plan;
	for (size_t i = 0; i < plan->rule_count; i++)
		a->hangs[i] = false;
	for (uint32_t i = 0; i < waterfall->count; i++) {
		const struct ppm_waterfall_line *line = &waterfall->lines[i];
		const struct ppm_explain_reads *facts = line->rule ? &a->row->about->rules[line->rule->index].facts : NULL;
		for (uint32_t k = 0; facts && k < facts->count; k++) {
			struct ppm_slice name = line->rule->name;
			if (!ppm_slice_equal(facts->items[k].text, fact->name) || !hangs_on(a->row, line, k))
				continue;
			a->hangs[line->rule->index] = true;
			fact->rules = !fact->rules.size ? name : ppm_arena_format(arena, "%.*s, %.*s", (int)fact->rules.size, fact->rules.data, (int)name.size, name.data);
		}
	}
	if (fact->rules.size)
		fact->stake = score_at_stake(a);
}

uint32_t ppm_explain_facts(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, struct ppm_arena *arena, struct ppm_explain_fact **facts)
{
	const struct ppm_plan *plan = row->about->plan;
	struct ppm_explain_fact *list = *facts = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *list);
	struct asking asking = { .row = row, .lines = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *asking.lines) };
	uint32_t count = 0;
	asking.hangs = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *asking.hangs);
	if (!list || !asking.lines || !asking.hangs) {
		*facts = NULL;
		return 0;
	}
	for (uint32_t i = 0; i < waterfall->count; i++) {
		const struct ppm_waterfall_line *line = &waterfall->lines[i];
		const struct ppm_explain_reads *hanging = line->rule ? &row->about->rules[line->rule->index].facts : NULL;
		if (line->kind == PPM_LINE_RULE || line->kind == PPM_LINE_MEMBER)
			asking.lines[line->rule->index] = line;
		for (uint32_t k = 0; hanging && k < hanging->count; k++)
			if (hangs_on(row, line, k))
				fact_called(list, &count, hanging->items[k].text);
	}
	for (uint32_t i = 0; i < count; i++)
		weigh(&asking, waterfall, &list[i], arena);
	for (uint32_t i = 0; i < row->ask_count; i++)
		fact_called(list, &count, row->facts[row->asks[i].fact].name)->ask = &row->asks[i];
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t k = i; k > 0 && comes_first(&list[k], &list[k - 1]); k--) {
			struct ppm_explain_fact fact = list[k];
			list[k] = list[k - 1];
			list[k - 1] = fact;
		}
	return count;
}

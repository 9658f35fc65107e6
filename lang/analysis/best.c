// The best combination of the rules' outcomes in which no proof finds a contradiction: branch and bound over the rules, the best way of each first, within each set of rules that have
// anything to do with one another. What cannot be searched to its end counts with what it could still bring, so that the figure stays above what anybody can have.

#include "lang/analysis/perfect_internal.h"

#include <math.h>

#define STEPS 20000 // of the search in one component; of all together ten times as many
#define CLAIMS_AT_ONCE 60

struct search {
	struct ppm_plan *plan;
	const struct ppm_leaves *leaves;
	uint32_t component;
	uint32_t *order, count; // its leaves, the one with most at stake first
	uint32_t *way;          // [leaf]: as chosen so far; PPM_NO_ID: open
	uint32_t *best;         // [leaf]: of the best combination found
	double found, beyond;   // its sum; what was cut short could have at most
	uint32_t steps;
	double *factors; // [dimension]: points of the score for a point
};

// ---- what a combination gives ---------------------------------------------------------------------------------------------------------

static double rule_value(const struct search *s, const struct ppm_plan_rule *r, bool *any)
{
	uint32_t leaf = s->leaves->by_rule[r->index];
	if (leaf != PPM_NO_ID) {
		const struct ppm_leaf *l = &s->leaves->items[leaf];
		if (l->component != s->component)
			return 0;
		*any = true;
		return l->way_count ? l->ways[s->way[leaf] == PPM_NO_ID ? 0 : s->way[leaf]].points : 0;
	}
	double value = 0;
	bool first = true;
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next) {
		double one = rule_value(s, m, any);
		if (r->kind == PPM_RULE_GROUP)
			value += one;
		else if (first || (r->penalties ? one < value : one > value))
			value = one;
		first = false;
	}
	return r->kind == PPM_RULE_GROUP ? fmax(-r->cap, fmin(r->cap, value)) : value;
}

static double value_of(const struct search *s)
{
	double total = 0;
	for (size_t i = 0; i < s->plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &s->plan->dimensions[i];
		double sum = 0;
		bool any = false;
		for (const struct ppm_plan_rule *r = d->rules; r; r = r->next)
			sum += rule_value(s, r, &any);
		bool beyond = d->has_range && (d->rules_high > d->high || d->rules_low < d->low);
		if (any && beyond)
			sum = fmin(d->high, fmax(d->low, d->start + sum)) - d->start;
		total += s->factors[i] * sum;
	}
	bool any = false;
	for (const struct ppm_plan_rule *r = s->plan->adjust; r; r = r->next)
		total += rule_value(s, r, &any);
	return total;
}

// ---- whether it can be ------------------------------------------------------------------------------------------------------------------

static void add_claims(struct ppm_claim *claims, size_t *count, const struct ppm_claim *more, uint32_t more_count)
{
	for (uint32_t i = 0; i < more_count && *count < CLAIMS_AT_ONCE; i++) {
		bool there = false;
		for (size_t k = 0; k < *count && !there; k++)
			there = claims[k].node == more[i].node && claims[k].is_true == more[i].is_true;
		if (!there)
			claims[(*count)++] = more[i];
	}
}

static bool contradicts(const struct search *s, uint32_t depth)
{
	struct ppm_claim claims[CLAIMS_AT_ONCE];
	size_t count = 0;
	for (uint32_t i = depth + 1; i-- > 0;) { // the newest first, should there be too many
		const struct ppm_leaf *l = &s->leaves->items[s->order[i]];
		if (l->way_count)
			add_claims(claims, &count, l->ways[s->way[s->order[i]]].claims, l->ways[s->way[s->order[i]]].claim_count);
	}
	for (uint32_t i = 0; i < s->leaves->standing_count; i++)
		if (s->leaves->standing_component[i] == s->component)
			add_claims(claims, &count, &s->leaves->standing[i], 1);
	for (uint32_t i = 0; i < s->leaves->domain_count; i++)
		if (s->leaves->domain_component[i] == s->component)
			add_claims(claims, &count, &s->leaves->domains[i], 1);
	return ppm_plan_contradiction(s->plan, claims, count);
}

static void descend(struct search *s, uint32_t depth)
{
	double value = value_of(s);
	if (value <= s->found)
		return;
	if (depth == s->count) {
		s->found = value;
		for (uint32_t i = 0; i < s->count; i++)
			s->best[s->order[i]] = s->way[s->order[i]];
		return;
	}
	uint32_t leaf = s->order[depth], ways = s->leaves->items[leaf].way_count;
	for (uint32_t w = 0; w < ways; w++) {
		if (s->steps == 0) {
			s->beyond = fmax(s->beyond, value);
			break;
		}
		s->steps--;
		s->way[leaf] = w;
		if (value_of(s) <= s->found)
			break; // those after it give less
		if (!contradicts(s, depth))
			descend(s, depth + 1);
	}
	s->way[leaf] = PPM_NO_ID;
	if (!ways)
		descend(s, depth + 1);
}

// ---- components -----------------------------------------------------------------------------------------------------------------------------

static double stake(const struct search *s, uint32_t leaf)
{
	const struct ppm_leaf *l = &s->leaves->items[leaf];
	double factor = l->rule->dimension == PPM_NO_DIMENSION ? 1 : s->factors[l->rule->dimension];
	return l->way_count ? factor * (l->ways[0].points - l->ways[l->way_count - 1].points) : 0;
}

static void gather(struct search *s)
{
	s->count = 0;
	for (uint32_t i = 0; i < s->leaves->count; i++) {
		if (s->leaves->items[i].component != s->component)
			continue;
		uint32_t at = s->count++;
		for (; at > 0 && stake(s, s->order[at - 1]) < stake(s, i); at--)
			s->order[at] = s->order[at - 1];
		s->order[at] = i;
	}
}

bool ppm_best_find(struct ppm_best *best, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves)
{
	struct search s = { .plan = plan, .leaves = leaves };
	double weights = 0, total = 0, budget = 10.0 * STEPS;
	s.order = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *s.order);
	s.way = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *s.way);
	s.factors = ppm_arena_allocate(arena, plan->dimension_count + 1, sizeof *s.factors);
	*best = (struct ppm_best){ .searched = true, .way = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *best->way) };
	if (!s.order || !s.way || !s.factors || !best->way)
		return false;
	s.best = best->way;
	for (size_t i = 0; i < plan->dimension_count; i++)
		weights += plan->dimensions[i].weight;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		s.factors[i] = d->high > d->low ? 100 * d->weight / weights / (d->high - d->low) : 0;
		total += s.factors[i] * (d->start - d->low);
	}
	for (uint32_t i = 0; i < leaves->count; i++)
		s.way[i] = PPM_NO_ID;
	for (s.component = 0; s.component < leaves->components; s.component++) {
		gather(&s);
		s.found = s.beyond = -INFINITY;
		s.steps = (uint32_t)fmin(STEPS, budget / (1 + s.count) + s.count * 4);
		uint32_t given = s.steps;
		descend(&s, 0);
		budget = fmax(0, budget - (double)(given - s.steps) * (1 + s.count));
		if (s.beyond > s.found)
			best->searched = false;
		total += fmax(s.found, s.beyond) > -INFINITY ? fmax(s.found, s.beyond) : value_of(&s);
	}
	best->most = fmin(100, fmax(0, total));
	return !plan->out_of_memory && !arena->failed;
}

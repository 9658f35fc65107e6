// The best combination of the rules' outcomes in which no proof finds a contradiction: branch and bound over the rules, the best way of each first, within each set of rules that have
// anything to do with one another. What cannot be searched to its end counts with what it could still bring, so that the figure stays above what anybody can have.

#include "lang/analysis/perfect_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 20000 // of the search in one component; of all together ten times as many
#define CLAIMS_AT_ONCE 60

// What a bundle, a dimension or all of a component gives: its parts stand at the leaves of a tree in which each node combines the two below it, so that a part that changes costs a few
// steps and not a pass over all rules. What the same parts give is the same to the last digit, whatever was tried before.
struct total {
	enum { TOTAL_SUM, TOTAL_MOST, TOTAL_LEAST } kind;
	double low, high; // it is kept within
	double factor;
	uint32_t parts, first; // its tree: values[first + 1] is the root, values[first + parts] the first part
	uint32_t in, place;    // PPM_NO_ID: it is a component's
};

struct place {
	uint32_t in, place;
};

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
	struct total *totals;
	uint32_t total_count;
	double *values;
	struct place *places; // [leaf]
	uint32_t *whole;      // [component]: its total
};

// ---- what a combination gives ---------------------------------------------------------------------------------------------------------

static double combined(const struct total *t, double a, double b)
{
	return t->kind == TOTAL_SUM ? a + b : t->kind == TOTAL_MOST ? fmax(a, b) : fmin(a, b);
}

static double result_of(const struct search *s, const struct total *t)
{
	return t->factor * fmax(t->low, fmin(t->high, s->values[t->first + 1]));
}

static void set_part(struct search *s, struct place at, double value)
{
	for (;;) {
		const struct total *t = &s->totals[at.in];
		double *tree = s->values + t->first;
		tree[t->parts + at.place] = value;
		for (uint32_t i = (t->parts + at.place) / 2; i > 0; i /= 2)
			tree[i] = combined(t, tree[2 * i], tree[2 * i + 1]);
		if (t->in == PPM_NO_ID)
			return;
		value = result_of(s, t);
		at = (struct place){ t->in, t->place };
	}
}

static void choose(struct search *s, uint32_t leaf, uint32_t way)
{
	const struct ppm_leaf *l = &s->leaves->items[leaf];
	s->way[leaf] = way;
	if (l->way_count)
		set_part(s, s->places[leaf], l->ways[way == PPM_NO_ID ? 0 : way].points); // an open one might have its best
}

static double value_of(const struct search *s)
{
	return result_of(s, &s->totals[s->whole[s->component]]);
}

static struct place add_part(struct search *s, uint32_t in)
{
	return (struct place){ in, s->totals[in].parts++ };
}

static uint32_t add_total(struct search *s, struct total total, uint32_t in)
{
	struct place at = in == PPM_NO_ID ? (struct place){ PPM_NO_ID, 0 } : add_part(s, in);
	total.in = at.in;
	total.place = at.place;
	s->totals[s->total_count] = total;
	return s->total_count++;
}

static uint32_t component_of(const struct search *s, const struct ppm_plan_rule *r)
{
	uint32_t leaf = s->leaves->by_rule[r->index], component = PPM_NO_ID;
	if (leaf != PPM_NO_ID)
		return s->leaves->items[leaf].component;
	for (const struct ppm_plan_rule *m = r->members; m && component == PPM_NO_ID; m = m->next)
		component = component_of(s, m);
	return component;
}

static void place_rule(struct search *s, const struct ppm_plan_rule *r, uint32_t in)
{
	uint32_t leaf = s->leaves->by_rule[r->index];
	if (leaf != PPM_NO_ID) {
		s->places[leaf] = add_part(s, in);
		return;
	}
	bool group = r->kind == PPM_RULE_GROUP;
	double cap = group ? r->cap : INFINITY;
	uint32_t bundle = add_total(s, (struct total){ .kind = group ? TOTAL_SUM : r->penalties ? TOTAL_LEAST : TOTAL_MOST, .low = -cap, .high = cap, .factor = 1 }, in);
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next)
		place_rule(s, m, bundle);
}

// The rules of a dimension, or of `adjust`, each in the total of its component. `part` has a place for each component.
static void place_rules(struct search *s, const struct ppm_plan_rule *rules, struct total like, uint32_t *part)
{
	uint32_t before = s->total_count;
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		uint32_t c = component_of(s, r);
		if (c == PPM_NO_ID)
			continue;
		if (s->whole[c] == PPM_NO_ID)
			s->whole[c] = add_total(s, (struct total){ .low = -INFINITY, .high = INFINITY, .factor = 1 }, PPM_NO_ID);
		if (part[c] == PPM_NO_ID || part[c] < before)
			part[c] = add_total(s, like, s->whole[c]);
		place_rule(s, r, part[c]);
	}
}

static bool make_totals(struct search *s, struct ppm_arena *arena)
{
	const struct ppm_plan *plan = s->plan;
	uint32_t *part = ppm_arena_allocate(arena, (size_t)s->leaves->components + 1, sizeof *part);
	// each rule is at most in a part of its own, in a component of its own
	s->totals = ppm_arena_allocate(arena, 3 * plan->rule_count + 1, sizeof *s->totals);
	s->places = ppm_arena_allocate(arena, (size_t)s->leaves->count + 1, sizeof *s->places);
	s->whole = ppm_arena_allocate(arena, (size_t)s->leaves->components + 1, sizeof *s->whole);
	if (!part || !s->totals || !s->places || !s->whole)
		return false;
	for (uint32_t c = 0; c < s->leaves->components; c++)
		s->whole[c] = part[c] = PPM_NO_ID;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		bool beyond = d->has_range && (d->rules_high > d->high || d->rules_low < d->low);
		struct total like = { .low = beyond ? d->low - d->start : -INFINITY, .high = beyond ? d->high - d->start : INFINITY, .factor = s->factors[i] };
		place_rules(s, d->rules, like, part);
	}
	place_rules(s, plan->adjust, (struct total){ .low = -INFINITY, .high = INFINITY, .factor = 1 }, part);
	size_t values = 0;
	for (uint32_t i = 0; i < s->total_count; i++) {
		s->totals[i].first = (uint32_t)values;
		values += 2 * (size_t)s->totals[i].parts + 2;
	}
	s->values = ppm_arena_allocate(arena, values + 1, sizeof *s->values);
	if (!s->values)
		return false;
	for (uint32_t leaf = 0; leaf < s->leaves->count; leaf++)
		choose(s, leaf, PPM_NO_ID);
	return true;
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
		if (count == CLAIMS_AT_ONCE)
			break;
		if (l->way_count)
			add_claims(claims, &count, l->ways[s->way[s->order[i]]].claims, l->ways[s->way[s->order[i]]].claim_count);
	}
	const struct ppm_component_list *standing = &s->leaves->members_standing, *domains = &s->leaves->members_domains;
	for (uint32_t i = standing->begin[s->component]; i < standing->begin[s->component + 1] && count < CLAIMS_AT_ONCE; i++)
		add_claims(claims, &count, &s->leaves->standing[standing->items[i]], 1);
	for (uint32_t i = domains->begin[s->component]; i < domains->begin[s->component + 1] && count < CLAIMS_AT_ONCE; i++)
		add_claims(claims, &count, &s->leaves->domains[domains->items[i]], 1);
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
		choose(s, leaf, w);
		if (value_of(s) <= s->found)
			break; // those after it give less
		if (!contradicts(s, depth))
			descend(s, depth + 1);
	}
	choose(s, leaf, PPM_NO_ID);
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

static int compare_stakes(const void *a, const void *b, void *context)
{
	const struct search *s = context;
	const uint32_t *x = a, *y = b;
	double left = stake(s, *x), right = stake(s, *y);
	return left != right ? (left > right ? -1 : 1) : *x < *y ? -1 : *x > *y;
}

static void gather(struct search *s)
{
	const struct ppm_component_list *members = &s->leaves->members;
	uint32_t begin = members->begin[s->component];
	s->count = members->begin[s->component + 1] - begin;
	memcpy(s->order, members->items + begin, s->count * sizeof *s->order);
	qsort_r(s->order, s->count, sizeof *s->order, compare_stakes, s);
}

bool ppm_best_find(struct ppm_best *best, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves)
{
	struct search s = { .plan = plan, .leaves = leaves };
	double weights = 0, total = 0, budget = 10.0 * STEPS;
	s.order = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *s.order);
	s.way = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *s.way);
	s.factors = ppm_arena_allocate(arena, plan->dimension_count + 1, sizeof *s.factors);
	*best = (struct ppm_best){ .way = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *best->way) };
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
	if (!make_totals(&s, arena))
		return false;
	for (s.component = 0; s.component < leaves->components; s.component++) {
		gather(&s);
		s.found = s.beyond = -INFINITY;
		s.steps = (uint32_t)fmin(STEPS, budget / (1 + s.count) + s.count * 4);
		uint32_t given = s.steps;
		descend(&s, 0);
		budget = fmax(0, budget - (double)(given - s.steps) * (1 + s.count));
		bool none = fmax(s.found, s.beyond) == -INFINITY;
		best->nobody = best->nobody || none;
		total += none ? value_of(&s) : fmax(s.found, s.beyond);
	}
	best->most = fmin(100, fmax(0, total));
	return !plan->out_of_memory && !arena->failed;
}

// Points that can never matter: whether a rule fires or not, the score stays on its side of every border between tiers, whatever all other rules do.
//
// All other rules are taken to do whatever they like, independently of each other: more than any customer can bring about, so that "never" holds for all of them. A dimension's states are
// what its rules can add up to, and the range that the decided ones leave; where figures are free to move (a scale, computed points) a state is an interval. For each state of
// everything else the scores with and without the rule's points span an interval, and a border in one of them is enough to say nothing. Too many states, or a tier that asks for more than
// the score's place between constants: nothing is said either.
#include "lang/analysis/lint_internal.h"

#include <math.h>
#include <stdlib.h>

#define STATES 3000 // of a dimension
#define MIXES 20000 // of all dimensions
#define VALUES 64   // that one rule can give
#define BORDERS 64
#define EFFORT 5000000u // states that are looked at in all
#define NEAR 1e-6       // a border as near as that is taken to be met: more than what doubles lose on the way

#define SHOW(slice) (int)(slice).size, (slice).data

struct interval {
	double low, high;
};

// Of one dimension: the points so far, and the ends of the range that the decided rules make.
struct state {
	double low, high, least, most;
	bool decided;
};

// Σ weight · dimension, and Σ weight, over the dimensions that are there.
struct mix {
	double low, high, weight;
};

// What one rule, or one bundle, can give.
struct choice {
	struct interval values[VALUES];
	uint32_t count;
	bool unknown; // or nothing at all
};

struct reach {
	struct ppm_lint *lint;
	const struct ppm_plan *plan;
	uint8_t *seen; // [nodes]
	double borders[BORDERS];
	uint32_t border_count;
	bool failed; // it cannot be told
	struct state *states, *more;
	struct mix *mixes, *more_mixes;
	struct interval *shares; // of one dimension
	uint64_t effort;
};

// ---- borders -------------------------------------------------------------------------------------------------------------

static bool hangs_on_scores(struct reach *reach, ppm_node_id id);

static bool step_hangs(struct reach *reach, const struct ppm_plan_step *step)
{
	for (uint32_t i = 0; i < step->value_count; i++)
		if (hangs_on_scores(reach, step->values[i]))
			return true;
	return hangs_on_scores(reach, step->value) || hangs_on_scores(reach, step->where) || hangs_on_scores(reach, step->order);
}

// Whether any part of the value is made of scores, points or the like. What was seen before is not.
static bool hangs_on_scores(struct reach *reach, ppm_node_id id)
{
	if (id == PPM_NODE_NONE || reach->seen[id])
		return false;
	reach->seen[id] = 1;
	const struct ppm_node *n = &reach->plan->nodes[id];
	if (n->op >= PPM_NODE_DIMENSION)
		return true;
	if (n->op == PPM_NODE_COLUMN) {
		const struct ppm_plan_column *column = &reach->plan->columns[n->index];
		if (column->kind == PPM_PLAN_STEP)
			return step_hangs(reach, &reach->plan->steps[column->index]);
		return (column->kind == PPM_PLAN_COMPANY || column->kind == PPM_PLAN_OUTER || column->kind == PPM_PLAN_INNER) && hangs_on_scores(reach, column->value);
	}
	return hangs_on_scores(reach, n->a) || hangs_on_scores(reach, n->b) || hangs_on_scores(reach, n->c) || hangs_on_scores(reach, n->d);
}

static bool ask(struct reach *reach, ppm_node_id id)
{
	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON)
		return false;
	if (!hangs_on_scores(reach, id))
		return false;
	memset(reach->seen, 0, reach->plan->node_count); // those on the way to what was found are in doubt
	return true;
}

static void border(struct reach *reach, double step)
{
	if (reach->border_count == BORDERS) {
		reach->failed = true;
		return;
	}
	reach->borders[reach->border_count++] = (step - 0.5) / pow(10, reach->plan->places);
}

// A comparison of the score with a constant: from which unrounded score on it changes.
static bool score_border(struct reach *reach, const struct ppm_node *n)
{
	double value, scale = pow(10, reach->plan->places);
	bool right = n->a == reach->plan->score && ppm_plan_constant_number(reach->plan, n->b, &value);

	if (!right && !(n->b == reach->plan->score && ppm_plan_constant_number(reach->plan, n->a, &value)))
		return false;
	double steps = value * scale, whole = rint(steps);
	bool exact = fabs(steps - whole) < 1e-7;
	double from = exact ? whole : ceil(steps), beyond = exact ? whole + 1 : ceil(steps); // the least score that is not below, that is above the value
	bool at = n->op == PPM_NODE_EQUAL || (n->op == PPM_NODE_LESS) == right;              // score < c and c <= score change there, c < score and score <= c beyond
	if (at)
		border(reach, from);
	if (!at || n->op == PPM_NODE_EQUAL)
		border(reach, beyond);
	return true;
}

static void find_borders(struct reach *reach, ppm_node_id id)
{
	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON || reach->failed || !ask(reach, id))
		return;
	const struct ppm_node *n = &reach->plan->nodes[id];
	switch (n->op) {
	case PPM_NODE_AND:
	case PPM_NODE_OR:
	case PPM_NODE_NOT:
	case PPM_NODE_DEFAULT:
		find_borders(reach, n->a);
		find_borders(reach, n->b);
		return;
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL:
	case PPM_NODE_EQUAL:
		if (score_border(reach, n))
			return;
		break;
	default: break;
	}
	reach->failed = true;
}

// ---- what a rule can give --------------------------------------------------------------------------------------------------

static void add_value(struct choice *choice, double low, double high)
{
	for (uint32_t i = 0; i < choice->count; i++)
		if (choice->values[i].low == low && choice->values[i].high == high)
			return;
	if (choice->count == VALUES) { // all of them in one
		for (uint32_t i = 0; i < VALUES; i++) {
			low = fmin(low, choice->values[i].low);
			high = fmax(high, choice->values[i].high);
		}
		choice->count = 0;
	}
	choice->values[choice->count++] = (struct interval){ low, high };
}

// The constants that a table's points can be; a computed one is an interval.
static void add_leaves(const struct ppm_plan *plan, ppm_node_id id, struct choice *choice, uint32_t depth)
{
	if (id == PPM_NODE_NONE)
		return;
	const struct ppm_node *n = &plan->nodes[id];
	double value;
	if (ppm_plan_constant_number(plan, id, &value)) {
		add_value(choice, value, value);
	} else if (n->op == PPM_NODE_SELECT && depth < 200) {
		add_leaves(plan, n->b, choice, depth + 1);
		add_leaves(plan, n->c, choice, depth + 1);
		add_leaves(plan, n->d, choice, depth + 1);
	} else if (n->op == PPM_NODE_MAP) {
		const struct ppm_plan_map *map = &plan->maps[n->index];
		for (uint32_t i = 0; i < map->count; i++)
			add_leaves(plan, map->values[i], choice, depth + 1);
		add_leaves(plan, map->otherwise, choice, depth + 1);
		add_leaves(plan, map->missing, choice, depth + 1);
	} else {
		add_value(choice, n->low, n->high);
	}
}

static void add_points(const struct ppm_plan *plan, const struct ppm_plan_rule *rule, ppm_node_id points, struct choice *out)
{
	struct choice choice = { .count = 0 };
	add_leaves(plan, points, &choice, 0);
	for (uint32_t i = 0; i < choice.count; i++) {
		double low = ppm_points_kept(choice.values[i].low), high = ppm_points_kept(choice.values[i].high);
		if (rule->kind == PPM_RULE_PENALTY)
			add_value(out, -high, -low);
		else
			add_value(out, low, high);
	}
}

static bool members_may_be_unknown(const struct ppm_plan_rule *rule)
{
	for (const struct ppm_plan_rule *m = rule->members; m; m = m->next)
		if (m->may_be_unknown || members_may_be_unknown(m))
			return true;
	return false;
}

// False when it cannot be told.
static bool choice_of(const struct ppm_plan *plan, const struct ppm_plan_rule *rule, bool ranged, struct choice *out)
{
	*out = (struct choice){ .unknown = rule->may_be_unknown };
	switch (rule->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY:
		add_value(out, 0, 0);
		add_points(plan, rule, rule->points, out);
		if (rule->missing_points != PPM_NODE_NONE)
			add_points(plan, rule, rule->missing_points, out);
		return true;
	case PPM_RULE_SCALE: add_value(out, rule->low, rule->high); return true;
	case PPM_RULE_BANDS: add_points(plan, rule, rule->points, out); return true;
	case PPM_RULE_BEST_OF:
	case PPM_RULE_GROUP: break;
	}
	add_value(out, rule->low, rule->high);
	return ranged || !members_may_be_unknown(rule); // what it leaves of the range then is not looked into
}

// ---- a dimension's states ------------------------------------------------------------------------------------------------------

static int by_state(const void *a, const void *b)
{
	const struct state *x = a, *y = b;
	const double p[] = { x->low, x->high, x->least, x->most, x->decided }, q[] = { y->low, y->high, y->least, y->most, y->decided };
	for (int i = 0; i < 5; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

static uint32_t tidy_states(struct state *states, uint32_t count)
{
	uint32_t kept = 0;
	qsort(states, count, sizeof *states, by_state);
	for (uint32_t i = 0; i < count; i++)
		if (!kept || by_state(&states[kept - 1], &states[i]) != 0)
			states[kept++] = states[i];
	return kept;
}

// One more thing that can happen, for each state so far.
static bool extend(struct reach *reach, const struct state *states, uint32_t count, uint32_t *made, double low, double high, double least, double most, bool decided)
{
	if (*made + count > 2 * STATES) {
		*made = tidy_states(reach->more, *made);
		if (*made + count > 2 * STATES)
			return false;
	}
	for (uint32_t i = 0; i < count; i++)
		reach->more[(*made)++] = (struct state){ states[i].low + low, states[i].high + high, states[i].least + least, states[i].most + most, states[i].decided || decided };
	reach->effort += count;
	return reach->effort < EFFORT;
}

// Rules of a set exclude each other: of those that are decided one fires, or none; then `missing` may give points for several. What they leave of the range is the most that one of the decided
// has at stake, or that `missing` can give.
static bool extend_set(struct reach *reach, const struct ppm_plan_rule *first, const struct ppm_plan_rule *without, uint32_t count, uint32_t *made)
{
	const struct ppm_plan_rule *set[8];
	uint32_t size = 0;

	for (const struct ppm_plan_rule *r = first; r; r = r->next)
		if (r->exclusive == first->exclusive) {
			if (size == 8)
				return false;
			set[size++] = r;
		}
	for (uint32_t known = 0; known < 1u << size; known++) {
		const double low = first->kind == PPM_RULE_PENALTY ? -first->together : 0, high = first->kind == PPM_RULE_PENALTY ? 0 : first->together;
		double least = low, most = high;
		bool possible = true, has = false;
		for (uint32_t i = 0; i < size && possible; i++) {
			if (!(known >> i & 1)) {
				possible = set[i]->may_be_unknown && set[i] != without;
				continue;
			}
			least = fmin(least, set[i]->low);
			most = fmax(most, set[i]->high);
			has = true;
		}
		if (!possible)
			continue;
		if (!extend(reach, reach->states, count, made, 0, 0, least, most, has) || (low < high && !extend(reach, reach->states, count, made, low, high, least, most, has)))
			return false;
		bool fires = false; // the rule that is asked about: none of the others does then
		for (uint32_t i = 0; i < size; i++)
			fires = fires || set[i] == without;
		for (uint32_t i = 0; i < size && !fires; i++) {
			struct choice choice;
			if (!(known >> i & 1))
				continue;
			choice_of(reach->plan, set[i], true, &choice);
			for (uint32_t k = 0; k < choice.count; k++)
				if (!extend(reach, reach->states, count, made, choice.values[k].low, choice.values[k].high, least, most, has))
					return false;
		}
	}
	return true;
}

static bool first_of_set(const struct ppm_plan_dimension *dimension, const struct ppm_plan_rule *rule)
{
	for (const struct ppm_plan_rule *r = dimension->rules; r != rule; r = r->next)
		if (r->exclusive == rule->exclusive)
			return false;
	return true;
}

// Into reach->states; those where `without` (may be NULL) is decided, and gives nothing yet. UINT32_MAX: too many.
static uint32_t states_of(struct reach *reach, const struct ppm_plan_dimension *dimension, const struct ppm_plan_rule *without)
{
	uint32_t count = 1;

	reach->states[0] = (struct state){ dimension->start, dimension->start, dimension->start, dimension->start, false };
	for (const struct ppm_plan_rule *r = dimension->rules; r; r = r->next) {
		uint32_t made = 0;
		bool fine = true;
		struct choice choice;
		if (r->exclusive) {
			if (!first_of_set(dimension, r))
				continue;
			fine = extend_set(reach, r, without, count, &made);
		} else {
			fine = choice_of(reach->plan, r, dimension->has_range, &choice);
			if (r == without) {
				choice = (struct choice){ .count = 1 };
			} else if (choice.unknown && fine) {
				fine = extend(reach, reach->states, count, &made, 0, 0, 0, 0, false);
			}
			for (uint32_t k = 0; k < choice.count && fine; k++)
				fine = extend(reach, reach->states, count, &made, choice.values[k].low, choice.values[k].high, r->low, r->high, true);
		}
		if (!fine)
			return UINT32_MAX;
		count = tidy_states(reach->more, made);
		if (count > STATES)
			return UINT32_MAX;
		memcpy(reach->states, reach->more, count * sizeof *reach->states);
	}
	return count;
}

static double share(const struct ppm_plan_dimension *dimension, const struct state *state, double points)
{
	double least = dimension->has_range ? dimension->low : state->least, most = dimension->has_range ? dimension->high : state->most;
	return 100 * (fmin(fmax(points, least), most) - least) / (most - least);
}

// ---- mixes of dimensions -----------------------------------------------------------------------------------------------------------

static int by_mix(const void *a, const void *b)
{
	const struct mix *x = a, *y = b;
	const double p[] = { x->weight, x->low, x->high }, q[] = { y->weight, y->low, y->high };
	for (int i = 0; i < 3; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

// What a dimension's states make of the mixes so far; `hull` is what the rule that is asked about can give. UINT32_MAX: too many.
static uint32_t mix_in(struct reach *reach, const struct ppm_plan_dimension *dimension, uint32_t states, uint32_t mixes, const struct choice *hull)
{
	uint32_t made = 0, shares = 0;
	bool absent = false;
	double low = 0, high = 0;

	for (uint32_t i = 0; hull && i < hull->count; i++) {
		low = fmin(low, hull->values[i].low);
		high = fmax(high, hull->values[i].high);
	}
	for (uint32_t i = 0; i < states; i++) {
		const struct state *state = &reach->states[i];
		bool stands = dimension->has_range || state->most > state->least;
		absent = absent || !state->decided || !stands;
		if (!stands)
			continue;
		struct interval span = { share(dimension, state, state->low + low), share(dimension, state, state->high + high) };
		bool known = false;
		for (uint32_t k = 0; k < shares && k < 64 && !known; k++)
			known = reach->shares[shares - 1 - k].low == span.low && reach->shares[shares - 1 - k].high == span.high;
		if (!known)
			reach->shares[shares++] = span;
	}
	if ((uint64_t)mixes * (shares + absent) > MIXES || (reach->effort += (uint64_t)mixes * (shares + absent)) > EFFORT)
		return UINT32_MAX;
	for (uint32_t i = 0; i < mixes; i++) {
		const struct mix *mix = &reach->mixes[i];
		for (uint32_t k = 0; k < shares; k++)
			reach->more_mixes[made++] = (struct mix){ mix->low + dimension->weight * reach->shares[k].low, mix->high + dimension->weight * reach->shares[k].high,
				mix->weight + dimension->weight };
		if (absent)
			reach->more_mixes[made++] = *mix;
	}
	qsort(reach->more_mixes, made, sizeof *reach->more_mixes, by_mix);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < made; i++)
		if (!kept || by_mix(&reach->mixes[kept - 1], &reach->more_mixes[i]) != 0)
			reach->mixes[kept++] = reach->more_mixes[i];
	return kept;
}

static bool meets_border(const struct reach *reach, double low, double high)
{
	low = fmin(fmax(low, 0), 100);
	high = fmin(fmax(high, 0), 100);
	for (uint32_t i = 0; i < reach->border_count; i++)
		if (low < reach->borders[i] + NEAR && high > reach->borders[i] - NEAR && high > low)
			return true;
	return false;
}

// ---- the question ------------------------------------------------------------------------------------------------------------------

// What the rules of `adjust` add, all but one: an interval for what they may do together.
static bool adjustments(const struct ppm_plan *plan, const struct ppm_plan_rule *without, struct choice *sums)
{
	*sums = (struct choice){ .count = 1 };
	for (const struct ppm_plan_rule *r = plan->adjust; r; r = r->next) {
		struct choice choice, before = *sums;
		if (r == without)
			continue;
		choice_of(plan, r, true, &choice);
		if (choice.unknown || r->members)
			add_value(&choice, 0, 0);
		sums->count = 0;
		for (uint32_t i = 0; i < before.count; i++)
			for (uint32_t k = 0; k < choice.count; k++)
				add_value(sums, before.values[i].low + choice.values[k].low, before.values[i].high + choice.values[k].high);
	}
	return sums->count > 0;
}

// True when it is certain that the rule's points never take a score across a border.
static bool is_idle(struct reach *reach, const struct ppm_plan_rule *rule)
{
	const struct ppm_plan *plan = reach->plan;
	struct choice own, sums;
	bool adjusts = rule->dimension == PPM_NO_DIMENSION;
	uint32_t mixes = 1;
	double low = 0, high = 0;

	if (!choice_of(plan, rule, adjusts || plan->dimensions[rule->dimension].has_range, &own) || !adjustments(plan, adjusts ? rule : NULL, &sums))
		return false;
	for (uint32_t i = 0; adjusts && i < own.count; i++) {
		low = fmin(low, own.values[i].low);
		high = fmax(high, own.values[i].high);
	}
	reach->mixes[0] = (struct mix){ 0, 0, 0 };
	// its own dimension first: fewest states are then wasted on a border that is met at once
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *dimension = &plan->dimensions[i];
		bool own_dimension = !adjusts && rule->dimension == i;
		uint32_t states = states_of(reach, dimension, own_dimension ? rule : NULL);
		if (states == UINT32_MAX)
			return false;
		mixes = mix_in(reach, dimension, states, mixes, own_dimension ? &own : NULL);
		if (mixes == UINT32_MAX)
			return false;
	}
	for (uint32_t i = 0; i < mixes; i++)
		for (uint32_t k = 0; k < sums.count && reach->mixes[i].weight > 0; k++)
			if (meets_border(reach, reach->mixes[i].low / reach->mixes[i].weight + sums.values[k].low + low,
				    reach->mixes[i].high / reach->mixes[i].weight + sums.values[k].high + high))
				return false;
	return true;
}

static bool rules_hang_on_scores(struct reach *reach)
{
	for (size_t i = 0; i < reach->plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = reach->plan->rules[i];
		if (!rule->members && (ask(reach, rule->condition) || ask(reach, rule->points) || ask(reach, rule->missing_points)))
			return true;
	}
	return false;
}

static void look_at(struct reach *reach, const struct ppm_plan_rule *rules)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		if (!isfinite(r->low) || !isfinite(r->high) || r->low == r->high || !is_idle(reach, r))
			continue;
		struct ppm_diagnostic *d =
			ppm_diag(reach->lint->diagnostics, PPM_DIAG_POINTS_IDLE, r->span, "the points of `%.*s` cannot move the score across a tier's border", SHOW(r->name));
		ppm_diag_help(
			reach->lint->diagnostics, d, "with them or without, everybody's score stays on the same side of each threshold, whatever the other rules do: give it more points, or take it out");
	}
}

void ppm_lint_reach(struct ppm_lint *lint)
{
	const struct ppm_plan *plan = lint->plan;
	struct reach reach = { .lint = lint, .plan = plan };

	if (plan->score == PPM_NODE_NONE || !plan->tier_count || !plan->dimension_count)
		return;
	reach.seen = ppm_arena_allocate(&lint->arena, plan->node_count + 1, 1);
	reach.states = ppm_arena_allocate(&lint->arena, STATES, sizeof *reach.states);
	reach.more = ppm_arena_allocate(&lint->arena, 2 * STATES, sizeof *reach.more);
	reach.mixes = ppm_arena_allocate(&lint->arena, MIXES, sizeof *reach.mixes);
	reach.more_mixes = ppm_arena_allocate(&lint->arena, MIXES, sizeof *reach.more_mixes);
	reach.shares = ppm_arena_allocate(&lint->arena, STATES, sizeof *reach.shares);
	if (lint->arena.failed)
		return;
	for (size_t i = 0; i < plan->tier_count; i++)
		find_borders(&reach, plan->tiers[i].condition);
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		find_borders(&reach, plan->disqualifiers[i].condition);
	if (reach.failed || !reach.border_count || rules_hang_on_scores(&reach))
		return;
	for (size_t i = 0; i < plan->dimension_count; i++)
		look_at(&reach, plan->dimensions[i].rules);
	look_at(&reach, plan->adjust);
}

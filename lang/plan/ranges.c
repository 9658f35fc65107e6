// The range of each dimension: what its rules can award at least and at most, knowing which rules can never fire together.

#include "lang/plan/plan.h"

#include <math.h>

#define COMPARED 64 // rules of one list that are tried against each other

static bool is_rule(const struct ppm_plan_rule *r)
{
	return r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
}

// The most that the rule's `missing` gives; 0 without it.
static double given(const struct ppm_plan *plan, const struct ppm_plan_rule *r)
{
	if (r->missing_points == PPM_NODE_NONE || r->missing_points == PPM_NODE_POISON)
		return 0;
	return fmax(ppm_points_kept(plan->nodes[r->missing_points].high), 0);
}

// Whether one of both at most gives points, but that the `missing` of both may do so while neither fires.
static bool exclude(const struct ppm_plan *plan, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	const struct ppm_claim claims[] = { { a->condition, true }, { b->condition, true } };
	return a->kind == b->kind && ppm_plan_contradiction(plan, claims, 2) && (given(plan, a) == 0 || ppm_plan_decides(plan, b->condition, a->condition)) &&
		(given(plan, b) == 0 || ppm_plan_decides(plan, a->condition, b->condition));
}

// Rules go into a set when they exclude every rule that is in it already. `sets` of the dimension were numbered before.
static void number_sets(const struct ppm_plan *plan, struct ppm_plan_rule *rules, uint32_t *sets)
{
	struct ppm_plan_rule *list[COMPARED];
	uint32_t count = 0, before = *sets;
	for (struct ppm_plan_rule *r = rules; r && count < COMPARED; r = r->next)
		if (is_rule(r))
			list[count++] = r;
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t set = before + 1; set <= *sets && !list[i]->exclusive; set++) {
			bool fits = true;
			for (uint32_t j = 0; j < i && fits; j++)
				if (list[j]->exclusive == set)
					fits = exclude(plan, list[i], list[j]);
			if (fits)
				list[i]->exclusive = set;
		}
		if (list[i]->exclusive)
			continue;
		for (uint32_t j = 0; j < i; j++) // a new set, with one that stood alone
			if (!list[j]->exclusive && exclude(plan, list[i], list[j])) {
				list[j]->exclusive = list[i]->exclusive = ++*sets;
				break;
			}
	}
	for (uint32_t i = 0; i < count; i++) {
		list[i]->together = 0;
		for (uint32_t j = 0; j < count && list[i]->exclusive; j++)
			if (list[j]->exclusive == list[i]->exclusive)
				list[i]->together = ppm_points_kept(list[i]->together + given(plan, list[j]));
	}
}

// Of a best of nothing has to be counted once: one of its rules counts.
static void number_all_sets(const struct ppm_plan *plan, struct ppm_plan_rule *rules, bool summed, uint32_t *sets)
{
	if (summed)
		number_sets(plan, rules, sets);
	for (struct ppm_plan_rule *r = rules; r; r = r->next)
		if (r->members) {
			number_all_sets(plan, r->members, r->kind == PPM_RULE_GROUP, sets);
			ppm_plan_bundle_range(r);
		}
}

static void add_up(const struct ppm_plan_rule *rules, double *low, double *high)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		double least = r->low, most = r->high;
		bool first = true;
		for (const struct ppm_plan_rule *q = rules; q != r && first && r->exclusive; q = q->next)
			first = q->exclusive != r->exclusive;
		if (!first)
			continue;
		for (const struct ppm_plan_rule *q = r; q && r->exclusive; q = q->next)
			if (q->exclusive == r->exclusive) {
				least = fmin(least, q->low);
				most = fmax(most, q->high);
			}
		if (r->exclusive && r->kind == PPM_RULE_PENALTY)
			least = fmin(least, -r->together);
		else if (r->exclusive)
			most = fmax(most, r->together);
		*low = ppm_points_kept(*low + least);
		*high = ppm_points_kept(*high + most);
	}
}

void ppm_plan_bundle_range(struct ppm_plan_rule *rule)
{
	rule->low = rule->high = 0;
	if (rule->kind == PPM_RULE_GROUP)
		add_up(rule->members, &rule->low, &rule->high);
	else
		for (const struct ppm_plan_rule *m = rule->members; m; m = m->next) { // of penalties the one that takes most counts, else the largest
			bool first = m == rule->members;
			rule->low = first ? m->low : rule->penalties ? fmin(rule->low, m->low) : fmax(rule->low, m->low);
			rule->high = first ? m->high : rule->penalties ? fmin(rule->high, m->high) : fmax(rule->high, m->high);
		}
	rule->low = fmin(fmax(rule->low, -rule->cap), rule->cap); // a group whose least is above its cap has the cap for both
	rule->high = fmax(fmin(rule->high, rule->cap), -rule->cap);
}

static const struct ppm_plan_rule *unbounded(const struct ppm_plan_rule *rules)
{
	for (; rules; rules = rules->next)
		if (!isfinite(rules->low) || !isfinite(rules->high)) {
			const struct ppm_plan_rule *inner = unbounded(rules->members);
			return inner ? inner : rules;
		}
	return NULL;
}

// What has no bound of its own moves at most as much as the declared range is wide. Other rules keep the stake that they were given.
static void bound_by_range(struct ppm_plan_rule *rules, double width)
{
	for (; rules; rules = rules->next) {
		if (!isfinite(rules->low))
			rules->low = -width;
		if (!isfinite(rules->high))
			rules->high = width;
		if (!isfinite(rules->together))
			rules->together = width;
		bound_by_range(rules->members, width);
	}
}

bool ppm_plan_any_unknown(const struct ppm_plan_rule *rules)
{
	for (; rules; rules = rules->next)
		if (rules->may_be_unknown || ppm_plan_any_unknown(rules->members))
			return true;
	return false;
}

bool ppm_plan_dimension_may_miss(const struct ppm_plan_dimension *dimension)
{
	// One rule that is always decided is enough for a declared range. Without one it has to move something, too, whichever of its own rules are decided.
	for (const struct ppm_plan_rule *r = dimension->rules; r; r = r->next)
		if (!r->may_be_unknown && (dimension->has_range || (r->low < r->high && !ppm_plan_any_unknown(r->members))))
			return false;
	return true;
}

static bool beyond(struct ppm_plan *plan, struct ppm_span span, double low, double high)
{
	if (!(low < -PPM_POINTS_LIMIT) && !(high > PPM_POINTS_LIMIT))
		return false;
	struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_VALUE_OVERFLOW, span, "these points pass a billion");
	ppm_diag_help(plan->diagnostics, d, "a score counts from 0 to 100: a scale of points in the tens or hundreds says as much");
	return true;
}

static bool any_beyond(struct ppm_plan *plan, const struct ppm_plan_rule *rules)
{
	bool found = false;
	for (; rules; rules = rules->next)
		if (isfinite(rules->low) && isfinite(rules->high))
			found = any_beyond(plan, rules->members) || beyond(plan, rules->span, rules->low, rules->high) || found;
	return found;
}

void ppm_plan_ranges(struct ppm_plan *plan)
{
	any_beyond(plan, plan->adjust);
	for (size_t i = 0; i < plan->dimension_count; i++) {
		struct ppm_plan_dimension *dimension = &plan->dimensions[i];
		char digits[PPM_NUMBER_TEXT], end[PPM_NUMBER_TEXT];
		if (!dimension->rules)
			continue;
		if (any_beyond(plan, dimension->rules))
			continue;
		uint32_t sets = 0;
		number_all_sets(plan, dimension->rules, true, &sets);
		if (dimension->has_range) {
			if (beyond(plan, dimension->span, dimension->low, dimension->high))
				continue;
			bound_by_range(dimension->rules, dimension->high - dimension->low);
		}
		dimension->rules_low = dimension->rules_high = dimension->start;
		add_up(dimension->rules, &dimension->rules_low, &dimension->rules_high);
		if (dimension->has_range) {
			if (dimension->rules_high < dimension->high) {
				const char *most = ppm_number_text(dimension->rules_high, digits);
				struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_HUNDRED_OUT_OF_REACH, dimension->span,
					"100 cannot be reached in `%.*s`: its rules award at most %s, and its range ends at %s", (int)dimension->name.size, dimension->name.data,
					most, ppm_number_text(dimension->high, end));
				ppm_diag_help(plan->diagnostics, d, "end the range at %s, or let the rules award more", most);
			}
			continue;
		}
		const struct ppm_plan_rule *rule = unbounded(dimension->rules);
		if (rule) {
			struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_UNBOUNDED, rule->span, "the points of `%.*s` have no bound, so the dimension has no range",
				(int)rule->name.size, rule->name.data);
			ppm_diag_help(plan->diagnostics, d, "cap them with `at most N`, or give the dimension a `range LO to HI`");
			continue;
		}
		if (beyond(plan, dimension->span, dimension->rules_low, dimension->rules_high))
			continue;
		dimension->low = dimension->rules_low;
		dimension->high = dimension->rules_high;
		if (!(dimension->low < dimension->high)) {
			struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_RANGE_POINT, dimension->span,
				"the rules can only ever award %s points, so there is nothing to score", ppm_number_text(dimension->low, digits));
			ppm_diag_help(plan->diagnostics, d, "give a rule points, or declare a `range LO to HI`");
		}
	}
	const struct ppm_plan_rule *rule = unbounded(plan->adjust);
	if (rule) {
		struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_UNBOUNDED, rule->span, "the points of `%.*s` have no bound", (int)rule->name.size, rule->name.data);
		ppm_diag_help(plan->diagnostics, d, "cap them with `at most N`");
	}
}

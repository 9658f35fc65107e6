// The range of each dimension: what its rules can award at least and at most, knowing which rules can never fire together.

#include "lang/plan/plan.h"

#include <math.h>

#define COMPARED 64 // rules of one dimension that are tried against each other

static bool same_kind(const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	return a->kind == b->kind && (a->kind == PPM_RULE_REWARD || a->kind == PPM_RULE_PENALTY) && a->missing_points == PPM_NODE_NONE && b->missing_points == PPM_NODE_NONE;
}

static bool exclude(const struct ppm_plan *plan, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	const struct ppm_claim claims[] = { { a->condition, true }, { b->condition, true } };
	return ppm_plan_contradiction(plan, claims, 2);
}

// Rules go into a set when they exclude every rule that is in it already.
static void number_sets(const struct ppm_plan *plan, struct ppm_plan_rule *rules)
{
	struct ppm_plan_rule *list[COMPARED];
	uint32_t count = 0, sets = 0;
	for (struct ppm_plan_rule *r = rules; r && count < COMPARED; r = r->next)
		if (r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY)
			list[count++] = r;
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t set = 1; set <= sets && !list[i]->exclusive; set++) {
			bool fits = true;
			for (uint32_t j = 0; j < i && fits; j++)
				if (list[j]->exclusive == set)
					fits = same_kind(list[i], list[j]) && exclude(plan, list[i], list[j]);
			if (fits)
				list[i]->exclusive = set;
		}
		if (list[i]->exclusive)
			continue;
		for (uint32_t j = 0; j < i; j++) // a new set, with one that stood alone
			if (!list[j]->exclusive && same_kind(list[i], list[j]) && exclude(plan, list[i], list[j])) {
				list[j]->exclusive = list[i]->exclusive = ++sets;
				break;
			}
	}
}

static void add_up(struct ppm_plan_dimension *dimension)
{
	double low = dimension->start, high = dimension->start;
	for (struct ppm_plan_rule *r = dimension->rules; r; r = r->next) {
		if (!r->exclusive) {
			low += r->low;
			high += r->high;
			continue;
		}
		bool first = true;
		for (struct ppm_plan_rule *q = dimension->rules; q != r && first; q = q->next)
			first = q->exclusive != r->exclusive;
		if (!first)
			continue;
		double least = 0, most = 0; // or none of them fires
		for (struct ppm_plan_rule *q = r; q; q = q->next)
			if (q->exclusive == r->exclusive) {
				least = fmin(least, q->low);
				most = fmax(most, q->high);
			}
		low += least;
		high += most;
	}
	dimension->rules_low = ppm_points_kept(low);
	dimension->rules_high = ppm_points_kept(high);
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
		bound_by_range(rules->members, width);
	}
}

static bool any_unknown(const struct ppm_plan_rule *rules)
{
	for (; rules; rules = rules->next)
		if (rules->may_be_unknown || any_unknown(rules->members))
			return true;
	return false;
}

bool ppm_plan_dimension_may_miss(const struct ppm_plan_dimension *dimension)
{
	// One rule that is always decided is enough for a declared range. Without one it has to move something, too, whichever of its own rules are decided.
	for (const struct ppm_plan_rule *r = dimension->rules; r; r = r->next)
		if (!r->may_be_unknown && (dimension->has_range || (r->low < r->high && !any_unknown(r->members))))
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
		if (dimension->has_range) {
			if (beyond(plan, dimension->span, dimension->low, dimension->high))
				continue;
			bound_by_range(dimension->rules, dimension->high - dimension->low);
		}
		number_sets(plan, dimension->rules);
		add_up(dimension);
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

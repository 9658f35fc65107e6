// Recursion is bounded by how deep bundles can stand within each other.
#include "lang/plan/decided.h"

#include "runtime/base/number.h"

#include <math.h>

#define MILLION 1000000

int64_t ppm_points_millionths(double points)
{
	return (int64_t)llround(ppm_number_round_places(points, MILLION) * MILLION);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t capped(const struct ppm_plan_rule *r, int64_t points)
{
	if (r->kind != PPM_RULE_GROUP || !isfinite(r->cap))
		return points;
	return most(-ppm_points_millionths(r->cap), least(ppm_points_millionths(r->cap), points));
}

// Of a `best of`, whether it takes `points` rather than `best`.
static bool is_better(const struct ppm_plan_rule *bundle, int64_t points, int64_t best)
{
	return bundle->penalties ? points < best : points > best;
}

void ppm_decided_bundle(struct ppm_decided *decided, const struct ppm_plan_rule *bundle)
{
	struct ppm_decided *out = &decided[bundle->index];
	bool first = true;

	*out = (struct ppm_decided){ .known = false };
	for (const struct ppm_plan_rule *m = bundle->members; m; m = m->next) {
		const struct ppm_decided *of = &decided[m->index];
		out->known = out->known || of->known;
		if (bundle->kind == PPM_RULE_GROUP)
			out->points += of->points;
		else if (of->known && (first || is_better(bundle, of->points, out->points))) {
			out->points = of->points;
			first = false;
		}
	}
	out->points = capped(bundle, out->points);
}

int64_t ppm_decided_bound(const struct ppm_decided *decided, const struct ppm_plan_rule *rule, bool high)
{
	int64_t result = 0;
	bool first = true;

	if (!decided[rule->index].known)
		return 0;
	if (!ppm_plan_any_unknown(rule->members))
		return ppm_points_millionths(high ? rule->high : rule->low);
	if (rule->kind == PPM_RULE_GROUP)
		return capped(rule, ppm_decided_bounds(decided, rule->members, high));
	for (const struct ppm_plan_rule *m = rule->members; m; m = m->next) {
		int64_t one = ppm_decided_bound(decided, m, high);
		if (decided[m->index].known && (first || is_better(rule, one, result))) {
			result = one;
			first = false;
		}
	}
	return result;
}

static int64_t bound_of_set(const struct ppm_decided *decided, const struct ppm_plan_rule *first, bool high)
{
	int64_t end = high == (first->kind == PPM_RULE_REWARD) ? ppm_points_millionths(first->together) : 0;

	if (!high)
		end = -end;
	for (const struct ppm_plan_rule *q = first; q; q = q->next)
		if (q->exclusive == first->exclusive)
			end = high ? most(end, ppm_decided_bound(decided, q, high)) : least(end, ppm_decided_bound(decided, q, high));
	return end;
}

int64_t ppm_decided_bounds(const struct ppm_decided *decided, const struct ppm_plan_rule *rules, bool high)
{
	int64_t sum = 0;

	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		bool first = true;
		for (const struct ppm_plan_rule *q = rules; q != r && first && r->exclusive; q = q->next)
			first = q->exclusive != r->exclusive;
		if (first)
			sum += r->exclusive ? bound_of_set(decided, r, high) : ppm_decided_bound(decided, r, high);
	}
	return sum;
}

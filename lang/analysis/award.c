// The score of a customer who is only made up: the rules' outcomes worked out by the compiler's arithmetic, and added up by the definition in docs/language.md. That a run says the
// same is what the tests hold it to.

#include "lang/analysis/perfect_internal.h"
#include "lang/plan/decided.h"

#include "runtime/base/number.h"

#include <math.h>

#define MILLION 1000000

struct ppm_award_dimension {
	bool done, known, complete;
	int64_t points;
	double value;
};

// ---- rules ----------------------------------------------------------------------------------------------------------------

// False where it is missing. What cannot be told fails the row.
static bool number_of(struct ppm_award *a, ppm_node_id id, double *value)
{
	ppm_node_id result = id == PPM_NODE_NONE ? PPM_NODE_NONE : ppm_plan_work_out(a->plan, &a->row, id);
	if (id != PPM_NODE_NONE && (result == PPM_NODE_NONE || result == PPM_NODE_POISON))
		a->failed = true;
	return result != PPM_NODE_NONE && ppm_plan_constant_number(a->plan, result, value);
}

static void find_state(struct ppm_award *a, const struct ppm_plan_rule *r)
{
	struct ppm_decided *s = &a->decided[r->index];
	double points = 0;
	*s = (struct ppm_decided){ .known = false };
	if (r->members) {
		for (const struct ppm_plan_rule *m = r->members; m; m = m->next)
			find_state(a, m);
		ppm_decided_bundle(a->decided, r);
		return;
	}
	if (r->kind != PPM_RULE_REWARD && r->kind != PPM_RULE_PENALTY) {
		s->known = number_of(a, r->points, &points);
		s->points = ppm_points_millionths(points);
		return;
	}
	ppm_node_id condition = ppm_plan_work_out(a->plan, &a->row, r->condition);
	if (condition == PPM_NODE_NONE || condition == PPM_NODE_POISON) {
		a->failed = true;
		return;
	}
	bool decided = a->plan->nodes[condition].op == PPM_NODE_CONSTANT, holds = decided && a->plan->nodes[condition].value.flag;
	int64_t sign = r->kind == PPM_RULE_PENALTY ? -1 : 1;
	bool fires = holds && number_of(a, r->points, &points);
	s->known = (decided && !holds) || fires;
	s->points = fires ? sign * ppm_points_millionths(points) : 0;
	if (!s->known && number_of(a, r->missing_points, &points)) {
		s->known = true;
		s->points = sign * ppm_points_millionths(points);
	}
}

// ---- from points to the score ------------------------------------------------------------------------------------------------

static struct ppm_award_dimension *dimension(struct ppm_award *a, uint32_t index)
{
	const struct ppm_plan_dimension *d = &a->plan->dimensions[index];
	struct ppm_award_dimension *out = &a->dimensions[index];
	const int64_t start = ppm_points_millionths(d->start);
	int64_t points = start;
	if (out->done)
		return out;
	*out = (struct ppm_award_dimension){ .done = true };
	for (const struct ppm_plan_rule *r = d->rules; r; r = r->next) {
		find_state(a, r);
		points += a->decided[r->index].points;
		out->known = out->known || a->decided[r->index].known;
		a->unknown += !a->decided[r->index].known;
	}
	int64_t own_low = start + ppm_decided_bounds(a->decided, d->rules, false), own_high = start + ppm_decided_bounds(a->decided, d->rules, true);
	bool unknown = ppm_plan_any_unknown(d->rules), own = !d->has_range && unknown;
	int64_t low = own ? own_low : ppm_points_millionths(d->low), high = own ? own_high : ppm_points_millionths(d->high);
	out->complete = !unknown || !isfinite(d->rules_high - d->rules_low) || own_high - own_low == ppm_points_millionths(d->rules_high - d->rules_low);
	out->known = out->known && low < high;
	out->points = points > high ? high : points < low ? low : points;
	out->value = out->known ? 100 * (double)(out->points - low) / (double)(high - low) : 0;
	return out;
}

static bool mean(struct ppm_award *a, const double *weights, double *value)
{
	double total = 0, divisor = 0;
	for (uint32_t i = 0; i < a->plan->dimension_count; i++) {
		const struct ppm_award_dimension *d = dimension(a, i);
		double weight = weights ? weights[i] : a->plan->dimensions[i].weight;
		if (!d->known || !(weight > 0))
			continue;
		total += weight * d->value;
		divisor += weight;
	}
	*value = divisor > 0 ? total / divisor : 0;
	return divisor > 0;
}

static double rounded(const struct ppm_award *a, double value)
{
	double power = 1;
	for (int i = 0; i < a->plan->places; i++)
		power *= 10;
	return ppm_number_round_places(value, power);
}

static bool score(struct ppm_award *a, double *value)
{
	if (!mean(a, NULL, value))
		return false;
	if (!a->plan->adjust)
		return true;
	int64_t sum = 0;
	for (const struct ppm_plan_rule *r = a->plan->adjust; r; r = r->next) {
		find_state(a, r);
		sum += a->decided[r->index].points;
	}
	*value = fmin(fmax(*value + (double)sum / MILLION, 0), 100);
	return true;
}

static ppm_node_id scoring(void *context, const struct ppm_node *node)
{
	struct ppm_award *a = context;
	double value = 0;
	bool there = true;
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_DIMENSION:
		there = dimension(a, node->index)->known;
		value = dimension(a, node->index)->value;
		break;
	case PPM_NODE_POINTS:
		there = false;
		for (uint32_t i = 0; i < a->plan->dimension_count; i++) {
			there = there || dimension(a, i)->known;
			value += dimension(a, i)->known ? (double)dimension(a, i)->points / MILLION : 0;
		}
		break;
	case PPM_NODE_SCORE:
		there = node->index >= 3 ? mean(a, a->plan->perspectives[node->index - 3].weights, &value) : score(a, &value);
		value = rounded(a, value);
		if ((node->index == 1 || node->index == 2) && a->unknown)
			return PPM_NODE_NONE;
		break;
	default:
		for (uint32_t i = 0; i < a->plan->dimension_count; i++)
			if (!dimension(a, i)->complete)
				return PPM_NODE_NONE;
		value = 1;
		break;
	}
	return there ? ppm_plan_number_of(a->plan, node, value) : ppm_plan_missing(a->plan, node->type, node->span);
}

bool ppm_award_init(struct ppm_award *award, struct ppm_plan *plan, struct ppm_arena *arena)
{
	*award = (struct ppm_award){ .plan = plan, .nodes = plan->node_count };
	award->decided = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *award->decided);
	award->dimensions = ppm_arena_allocate(arena, plan->dimension_count + 1, sizeof *award->dimensions);
	award->row = (struct ppm_plan_row){ NULL, scoring, award, ppm_arena_allocate(arena, plan->node_count + 1, sizeof *award->row.done), plan->node_count };
	return award->decided && award->dimensions && award->row.done;
}

void ppm_award_row(struct ppm_award *a, const ppm_node_id *columns)
{
	a->row.columns = columns;
	a->failed = false;
	a->unknown = 0;
	for (size_t i = 0; i < a->row.count; i++)
		a->row.done[i] = PPM_NODE_NONE;
	for (uint32_t i = 0; i < a->plan->dimension_count; i++)
		a->dimensions[i].done = false;
	a->points = 0;
	a->complete = true;
	a->has_score = score(a, &a->exact);
	a->score = rounded(a, a->exact);
	for (uint32_t i = 0; i < a->plan->dimension_count; i++) {
		const struct ppm_award_dimension *d = dimension(a, i);
		a->complete = a->complete && d->complete;
		a->points += d->known ? (double)d->points / MILLION : 0;
	}
}

ppm_node_id ppm_award_value(struct ppm_award *a, ppm_node_id id)
{
	return ppm_plan_work_out(a->plan, &a->row, id);
}

void ppm_award_done(struct ppm_award *a)
{
	ppm_plan_forget(a->plan, a->nodes);
}

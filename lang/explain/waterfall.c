// What each rule cost one row, from the rules' own points.
//
// Points are whole millionths, weights decimals of at most 13 places; a change of the score is kept with 20 places, which is exact enough that equal fractions are equal
// and different ones (of any range that a person would write) are not. Hundredths then go by largest remainder.

#include "lang/explain/explain.h"
#include "lang/plan/decided.h"
#include "runtime/base/number.h"

#include <math.h>

#define MILLION 1000000
#define EXACT_PLACES 20
#define WEIGHT_PLACES 13

struct work {
	const struct ppm_explained_row *row;
	const struct ppm_plan *plan;
	struct ppm_arena *arena;
	struct ppm_decided *decided; // [rule]
	struct ppm_waterfall *out;
};

static bool is_rule(const struct ppm_plan_rule *r)
{
	return r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool number_of(const struct ppm_explained_row *row, uint32_t result, double *value)
{
	return ppm_explained_has(row, result) && ppm_number_parse(row->cells[result].json, value) == PPM_NUMBER_FINE;
}

// ---- what each rule did -----------------------------------------------------------------------------------------------

static void find_state(struct work *w, const struct ppm_plan_rule *r)
{
	struct ppm_decided *s = &w->decided[r->index];
	const struct ppm_explain_rule *about = &w->row->about->rules[r->index];
	double points = 0;
	if (r->members) {
		for (const struct ppm_plan_rule *m = r->members; m; m = m->next)
			find_state(w, m);
		ppm_decided_bundle(w->decided, r);
		return;
	}
	bool given = number_of(w->row, about->points, &points);
	if (!is_rule(r)) {
		s->known = given;
		s->points = given ? ppm_points_millionths(points) : 0;
		return;
	}
	bool decided = ppm_explained_has(w->row, about->condition), holds = ppm_explained_is(w->row, about->condition);
	int64_t sign = r->kind == PPM_RULE_PENALTY ? -1 : 1;
	s->fires = holds && given;
	s->known = (decided && !holds) || s->fires;
	if (s->fires)
		s->points = sign * ppm_points_millionths(points);
	if (!s->known && number_of(w->row, about->missing, &points)) {
		s->known = s->by_default = true;
		s->points = sign * ppm_points_millionths(points);
	}
}

// ---- lines ----------------------------------------------------------------------------------------------------------------

static uint32_t count_lines(const struct ppm_plan_rule *r)
{
	uint32_t count = 0;
	for (; r; r = r->next)
		count += 2 + count_lines(r->members);
	return count;
}

static enum ppm_outcome outcome_of(const struct work *w, const struct ppm_plan_rule *r)
{
	const struct ppm_decided *s = &w->decided[r->index];
	if (s->by_default)
		return PPM_OUTCOME_DEFAULT;
	if (!s->known)
		return PPM_OUTCOME_UNKNOWN;
	if (!is_rule(r))
		return PPM_OUTCOME_COUNTED;
	return s->fires ? PPM_OUTCOME_FIRED : PPM_OUTCOME_NOT_FIRED;
}

static struct ppm_waterfall_line *add_line(struct work *w, enum ppm_waterfall_kind kind, const struct ppm_plan_rule *r, uint32_t dimension, uint32_t depth)
{
	struct ppm_waterfall_line *line = &w->out->lines[w->out->count++];
	*line = (struct ppm_waterfall_line){ .kind = kind, .rule = r, .dimension = dimension, .depth = depth };
	if (r && kind != PPM_LINE_CAP) {
		line->outcome = outcome_of(w, r);
		line->points = w->decided[r->index].points;
	}
	return line;
}

// Sides of a distance: the best that counts as the rule's for this row. In a declared range the unknown are short of theirs; in `adjust` nobody is short of anything.
struct measure {
	uint32_t dimension;
	bool declared, adjust;
};

static int64_t best_of_rule(const struct work *w, const struct measure *m, const struct ppm_plan_rule *r)
{
	if (m->adjust)
		return 0;
	return m->declared ? ppm_points_millionths(r->high) : ppm_decided_bound(w->decided, r, true);
}

static void add_members(struct work *w, const struct measure *m, const struct ppm_plan_rule *r, uint32_t depth, bool counting)
{
	int64_t best = w->decided[r->index].points;
	for (const struct ppm_plan_rule *member = r->members; member; member = member->next) {
		struct ppm_waterfall_line *line = add_line(w, PPM_LINE_MEMBER, member, m->dimension, depth);
		const struct ppm_decided *s = &w->decided[member->index];
		line->best = best_of_rule(w, m, member);
		line->counts = counting && s->known && s->points == best && (s->points != 0 || s->fires || !is_rule(member));
		counting = counting && (r->kind == PPM_RULE_GROUP || !line->counts); // the first of equals
		add_members(w, m, member, depth + 1, line->counts);
	}
}

// Rewards that exclude each other are short of one best together: it is the best of those that are decided. Where the range is declared, an unknown one that is better
// than it is short of the difference.
static int64_t exclusive_cost(const struct work *w, const struct measure *m, const struct ppm_plan_rule *rules, const struct ppm_plan_rule *r)
{
	const int64_t together = ppm_points_millionths(r->together); // the set may give that much whichever its best is
	const struct ppm_plan_rule *top = NULL, *next = NULL;
	int64_t points = 0;
	for (const struct ppm_plan_rule *q = rules; q; q = q->next) {
		if (q->exclusive != r->exclusive)
			continue;
		points += w->decided[q->index].points;
		if (w->decided[q->index].known && (!top || q->high > top->high))
			top = q;
	}
	if (w->decided[r->index].known)
		return r == top ? most(ppm_points_millionths(r->high), together) - points : 0;
	if (!m->declared || (top && top->high >= r->high))
		return 0;
	bool behind = false; // of equals, the first in the text
	for (const struct ppm_plan_rule *q = rules; q; q = q->next) {
		if (q == r)
			behind = true;
		else if (q->exclusive == r->exclusive && (q->high < r->high || (behind && q->high == r->high)) && (!next || q->high > next->high))
			next = q;
	}
	return most(ppm_points_millionths(r->high), together) - most(next ? ppm_points_millionths(next->high) : 0, together);
}

static int64_t add_rule(struct work *w, const struct measure *m, const struct ppm_plan_rule *r, uint32_t depth, const int64_t *short_of);

static int64_t add_rules(struct work *w, const struct measure *m, const struct ppm_plan_rule *rules, uint32_t depth)
{
	int64_t costs = 0;
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		bool shares = r->exclusive && r->kind == PPM_RULE_REWARD;
		int64_t shared = shares ? exclusive_cost(w, m, rules, r) : 0;
		costs += add_rule(w, m, r, depth, shares ? &shared : NULL);
	}
	return costs;
}

// Adds the rule's lines; returns what they cost together, in millionths of the dimension's points. `short_of`: the distance from a best that the rule shares with others.
static int64_t add_rule(struct work *w, const struct measure *m, const struct ppm_plan_rule *r, uint32_t depth, const int64_t *short_of)
{
	int64_t best = best_of_rule(w, m, r), cost = short_of ? *short_of : best - w->decided[r->index].points;
	if (r->kind != PPM_RULE_GROUP) {
		struct ppm_waterfall_line *line = add_line(w, PPM_LINE_RULE, r, m->dimension, depth);
		line->best = best;
		line->has_change = true;
		line->exact = -cost;
		add_members(w, m, r, depth + 1, true);
		return cost;
	}
	struct ppm_waterfall_line *head = add_line(w, PPM_LINE_GROUP, r, m->dimension, depth);
	head->best = best;
	int64_t members = add_rules(w, m, r->members, depth + 1);
	if (members != cost) {
		struct ppm_waterfall_line *cap = add_line(w, PPM_LINE_CAP, r, m->dimension, depth + 1);
		cap->has_change = true;
		cap->exact = members - cost;
	}
	return cost;
}

// A dimension's lines, in millionths of its points for now.
static void add_dimension(struct work *w, uint32_t index)
{
	const struct ppm_plan_dimension *d = &w->plan->dimensions[index];
	struct ppm_waterfall_dimension *out = &w->out->dimensions[index];
	bool own = !d->has_range && ppm_plan_any_unknown(d->rules);
	struct measure measure = { .dimension = index, .declared = d->has_range };
	int64_t points = ppm_points_millionths(d->start);
	for (const struct ppm_plan_rule *r = d->rules; r; r = r->next) {
		find_state(w, r);
		points += w->decided[r->index].points;
		out->known = out->known || w->decided[r->index].known;
	}
	out->low = own ? ppm_points_millionths(d->start) + ppm_decided_bounds(w->decided, d->rules, false) : ppm_points_millionths(d->low);
	out->high = own ? ppm_points_millionths(d->start) + ppm_decided_bounds(w->decided, d->rules, true) : ppm_points_millionths(d->high);
	out->known = out->known && out->low < out->high;
	out->points = most(out->low, least(out->high, points));
	int64_t costs = add_rules(w, &measure, d->rules, 0);
	int64_t rest = out->high - out->points - costs;
	if (out->known && rest) {
		struct ppm_waterfall_line *line = add_line(w, PPM_LINE_RANGE, NULL, index, 0);
		line->has_change = true;
		line->exact = -rest;
	}
}

// ---- from points to the score ------------------------------------------------------------------------------------------

static ppm_int128 power(int places)
{
	ppm_int128 result = 1;
	while (places-- > 0)
		result *= 10;
	return result;
}

static ppm_int128 common_divisor(ppm_int128 a, ppm_int128 b)
{
	while (b) {
		ppm_int128 rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

// numerator / denominator with 20 places, rounded down, so that what equal fractions leave over a hundredth is equal whatever their signs; denominator > 0.
static ppm_int128 divide(ppm_int128 numerator, ppm_int128 denominator)
{
	bool negative = numerator < 0;
	ppm_int128 above = negative ? -numerator : numerator, divisor = common_divisor(above, denominator);
	if (divisor > 1) {
		above /= divisor;
		denominator /= divisor;
	}
	ppm_int128 result = above / denominator, rest = above % denominator;
	for (int i = 0; i < EXACT_PLACES; i++) {
		rest *= 10;
		result = result * 10 + rest / denominator;
		rest %= denominator;
	}
	return negative ? -result - (rest > 0) : result;
}

static ppm_int128 floor_divide(ppm_int128 a, ppm_int128 b)
{
	ppm_int128 result = a / b;
	return a % b < 0 ? result - 1 : result;
}

// A weight as a whole number of 10^-13.
static ppm_int128 weight_of(double weight)
{
	int64_t mantissa;
	int places;
	if (!ppm_number_decimal(weight, &mantissa, &places))
		return (ppm_int128)weight * power(WEIGHT_PLACES);
	return mantissa * power(WEIGHT_PLACES - places);
}

// Lines that are in points of their dimension become changes of the score.
static void weigh(struct work *w)
{
	const struct ppm_plan *plan = w->plan;
	ppm_int128 total = 0, divisor = 0;
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (w->out->dimensions[i].known) {
			total += weight_of(plan->dimensions[i].weight);
			divisor = common_divisor(weight_of(plan->dimensions[i].weight), divisor);
			w->out->weights += plan->dimensions[i].weight;
		}
	w->out->has_score = total > 0 && ppm_explained_has(w->row, w->row->about->score);
	for (uint32_t i = 0; i < w->out->count; i++) {
		struct ppm_waterfall_line *line = &w->out->lines[i];
		const struct ppm_waterfall_dimension *d = &w->out->dimensions[line->dimension];
		if (!w->out->has_score || !d->known)
			line->has_change = false;
		if (line->has_change)
			line->exact = divide(line->exact * 100 * (weight_of(plan->dimensions[line->dimension].weight) / divisor), total / divisor * (d->high - d->low));
	}
}

static void add_adjustments(struct work *w)
{
	if (!w->plan->adjust)
		return;
	uint32_t first = w->out->count;
	const ppm_int128 hundred = 100 * power(EXACT_PLACES), scale = power(EXACT_PLACES - 6);
	ppm_int128 score = hundred;
	struct measure measure = { .dimension = PPM_NO_DIMENSION, .adjust = true };
	for (uint32_t i = 0; i < first; i++)
		score += w->out->lines[i].has_change ? w->out->lines[i].exact : 0;
	for (const struct ppm_plan_rule *r = w->plan->adjust; r; r = r->next) {
		find_state(w, r);
		score -= add_rule(w, &measure, r, 0, NULL) * scale;
	}
	for (uint32_t i = first; i < w->out->count; i++) {
		w->out->lines[i].exact *= scale;
		w->out->lines[i].has_change = w->out->lines[i].has_change && w->out->has_score;
	}
	const ppm_int128 noise = power(EXACT_PLACES - PPM_EXACT_PLACES); // a computed number: what is beyond 12 places is nothing
	ppm_int128 kept = score < 0 ? 0 : score > hundred ? hundred : score;
	if ((kept - score < noise && score - kept < noise) || !w->out->has_score)
		return;
	struct ppm_waterfall_line *line = add_line(w, PPM_LINE_LIMIT, NULL, PPM_NO_DIMENSION, 0);
	line->has_change = true;
	line->exact = kept - score;
}

// To units by largest remainder: what the lines add up to, rounded, is what they add up to as shown. The score's own rounding is a line.
static void apportion(struct work *w)
{
	struct ppm_waterfall *out = w->out;
	const ppm_int128 unit = power(EXACT_PLACES - out->places), noise = power(EXACT_PLACES - PPM_EXACT_PLACES);
	ppm_int128 exact = 0, floors = 0;
	for (uint32_t i = 0; i < out->count; i++) {
		if (!out->lines[i].has_change)
			continue;
		exact += out->lines[i].exact;
		floors += out->lines[i].change = (int64_t)floor_divide(out->lines[i].exact, unit);
	}
	exact = floor_divide(exact + noise / 2, noise); // a computed number: 12 places
	ppm_int128 whole = floor_divide(2 * exact * noise + unit, 2 * unit);
	for (ppm_int128 left = whole - floors; left > 0; left--) {
		struct ppm_waterfall_line *largest = NULL;
		ppm_int128 most_left = 0;
		for (uint32_t i = 0; i < out->count; i++) {
			struct ppm_waterfall_line *line = &out->lines[i];
			ppm_int128 rest = line->has_change ? line->exact - line->change * unit : 0;
			if (rest > most_left) {
				most_left = rest;
				largest = line;
			}
		}
		if (!largest)
			break;
		largest->change++;
	}
	int64_t changes = 0;
	for (uint32_t i = 0; i < out->count; i++)
		changes += out->lines[i].has_change ? out->lines[i].change : 0;
	if (out->start + changes != out->score) {
		struct ppm_waterfall_line *line = add_line(w, PPM_LINE_ROUNDING, NULL, PPM_NO_DIMENSION, 0);
		line->has_change = true;
		line->change = out->score - out->start - changes;
		line->exact = line->change * unit;
	}
	for (uint32_t i = 0; i < out->count; i++)
		if (out->lines[i].has_change && out->lines[i].dimension != PPM_NO_DIMENSION)
			out->dimensions[out->lines[i].dimension].change += out->lines[i].change;
}

enum ppm_status ppm_waterfall_make(struct ppm_waterfall *waterfall, struct ppm_arena *arena, const struct ppm_explained_row *row)
{
	const struct ppm_plan *plan = row->about->plan;
	struct work w = { .row = row, .plan = plan, .arena = arena, .out = waterfall };
	uint32_t count = count_lines(plan->adjust) + 2;
	for (size_t i = 0; i < plan->dimension_count; i++)
		count += count_lines(plan->dimensions[i].rules) + 1;
	*waterfall = (struct ppm_waterfall){ .places = plan->places > 2 ? plan->places : 2 };
	waterfall->lines = ppm_arena_allocate(arena, count, sizeof *waterfall->lines);
	waterfall->dimensions = ppm_arena_allocate(arena, plan->dimension_count + 1, sizeof *waterfall->dimensions);
	w.decided = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *w.decided);
	if (!waterfall->lines || !waterfall->dimensions || !w.decided)
		return PPM_ERROR_MEMORY;
	if (row->about->score == PPM_NO_ID)
		return PPM_OK;
	for (uint32_t i = 0; i < plan->dimension_count; i++)
		add_dimension(&w, i);
	weigh(&w);
	add_adjustments(&w);
	waterfall->start = 100 * (int64_t)power(waterfall->places);
	if (!waterfall->has_score || !ppm_decimal_parse(row->cells[row->about->score].json, waterfall->places, &waterfall->score)) {
		waterfall->has_score = false;
		return PPM_OK;
	}
	apportion(&w);
	return PPM_OK;
}

// The scoring rules as additions of points.
//
// Points are whole numbers: in millionths, or, where every rule of a dimension has constant points that provably fit, in 16-bit lanes of the coarsest
// power of ten that holds them. What a rule contributes is asked in five ways: its points, the least and the most that the decided rules could give
// (the customer's own range), and its points with every unknown rule at its worst and at its best.

#include "lang/emit/emitter.h"

#include "runtime/base/number.h"

#include <math.h>

#define MILLION 1000000

enum mode { MODE_POINTS, MODE_LOW, MODE_HIGH, MODE_WORST, MODE_BEST };

static const struct ppm_node *node_of(const struct ppm_emitter *e, ppm_node_id id)
{
	return &e->plan->nodes[id];
}
static struct ppm_span nowhere(void)
{
	return (struct ppm_span){ 0, 0 };
}
static int64_t millionths(double points)
{
	return (int64_t)llround(ppm_number_round_places(points, MILLION) * MILLION);
}

static bool is_rule(const struct ppm_plan_rule *r)
{
	return r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
}
static double sign(const struct ppm_plan_rule *r)
{
	return r->kind == PPM_RULE_PENALTY ? -1 : 1;
}

static uint32_t fill(struct ppm_emitter *e, int64_t value)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_I64);
	ppm_emit_op(e, PPM_OP_FILL_I64, result, 0, 0, 0, 0, ppm_emit_constant_i64(e, value), nowhere());
	return result;
}

static void add_if(struct ppm_emitter *e, uint32_t accumulator, uint32_t mask, int64_t points, struct ppm_span span)
{
	if (points && mask != e->none)
		ppm_emit_op(e, PPM_OP_ADD_IF_I64, accumulator, mask, 0, 0, 0, ppm_emit_constant_i64(e, points), span);
}

// Points that can fail are computed where the rule takes them alone: the one computation in all that asks for them, so that they are emitted once.
static struct ppm_emitted points_for(struct ppm_emitter *e, ppm_node_id points, uint32_t rows)
{
	if (!e->fallible[points])
		return ppm_emit_root(e, points);
	for (size_t i = 0; i < e->point_count; i++)
		if (e->points[i].node == points && e->points[i].rows == rows)
			return e->points[i].at;
	struct ppm_emitted at = ppm_emit_root_for(e, points, rows);
	if (!ppm_grow(e->allocator, (void **)&e->points, &e->point_capacity, e->point_count + 1, sizeof *e->points)) {
		e->failed = true;
		return at;
	}
	e->points[e->point_count++] = (struct ppm_emitted_points){ points, rows, at };
	return at;
}

static uint32_t points_register(struct ppm_emitter *e, ppm_node_id points, struct ppm_emitted at, uint32_t rows)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_I64), lanes = ppm_emit_and(e, e->rows, ppm_emit_both(e, at.present, rows));
	ppm_emit_op(e, PPM_OP_POINTS_FROM_NUMBER, result, at.value, 0, 0, lanes, ppm_emit_site(e, node_of(e, points)->span, "points out of range"), node_of(e, points)->span);
	return result;
}

// Where a reward or penalty fires, and where it is known whether it does: known where its condition is false, or true with points that are there.
struct fired {
	uint32_t fires, known, condition_gone; // known: NO_VIRTUAL everywhere. condition_gone: where `missing P` takes over
	struct ppm_emitted points;             // where it fires
};

static struct fired fired(struct ppm_emitter *e, const struct ppm_plan_rule *r)
{
	struct ppm_emitted c = ppm_emit_root(e, r->condition), p = points_for(e, r->points, c.value);
	struct fired f = { c.value, c.present, e->none, p };
	if (p.present != NO_VIRTUAL) {
		uint32_t no = c.present == NO_VIRTUAL ? ppm_emit_not(e, c.value) : ppm_emit_and_not(e, c.present, c.value);
		f.fires = ppm_emit_and(e, c.value, p.present);
		f.known = ppm_emit_or(e, no, f.fires);
	}
	if (r->missing_points != PPM_NODE_NONE && f.known != NO_VIRTUAL) {
		f.condition_gone = ppm_emit_not(e, f.known);
		f.known = NO_VIRTUAL;
	}
	return f;
}

uint32_t ppm_emit_rule_known(struct ppm_emitter *e, const struct ppm_plan_rule *r)
{
	if (!r->may_be_unknown)
		return NO_VIRTUAL;
	if (is_rule(r))
		return fired(e, r).known;
	if (!r->members)
		return ppm_emit_root(e, r->points).present;
	uint32_t known = e->none; // a bundle is decided when any of its rules is
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next) {
		uint32_t one = ppm_emit_rule_known(e, m);
		if (one == NO_VIRTUAL)
			return NO_VIRTUAL;
		known = ppm_emit_or(e, known, one);
	}
	return known;
}

// `at`: where the points are, for these rows.
static void add_value(struct ppm_emitter *e, uint32_t accumulator, const struct ppm_plan_rule *r, uint32_t mask, ppm_node_id points, struct ppm_emitted at, double factor)
{
	double constant;
	if (mask == e->none)
		return;
	if (ppm_plan_constant_number(e->plan, points, &constant)) {
		add_if(e, accumulator, mask, millionths(factor * constant), r->span);
		return;
	}
	ppm_emit_op(e, factor < 0 ? PPM_OP_SUB_VALUE_IF_I64 : PPM_OP_ADD_VALUE_IF_I64, accumulator, mask, points_register(e, points, at, mask), 0, 0, 0, r->span);
}

static uint32_t bundle_points(struct ppm_emitter *e, const struct ppm_plan_rule *r, enum mode mode);
static uint32_t sum(struct ppm_emitter *e, const struct ppm_plan_rule *rules, double start, enum mode mode);

// Adds what the rule contributes in the mode.
static void add_rule(struct ppm_emitter *e, uint32_t accumulator, const struct ppm_plan_rule *r, enum mode mode)
{
	uint32_t known = ppm_emit_rule_known(e, r);
	if (mode == MODE_LOW || mode == MODE_HIGH) {
		double bound = mode == MODE_LOW ? r->low : r->high;
		if (r->members && known != NO_VIRTUAL) {
			ppm_emit_op(e, PPM_OP_ADD_VALUE_IF_I64, accumulator, e->all, bundle_points(e, r, mode), 0, 0, 0, r->span);
			return;
		}
		if (ppm_plan_any_unknown(r->members)) // a bundle that is always decided may still have unknown members
			ppm_emit_op(e, PPM_OP_ADD_VALUE_IF_I64, accumulator, e->all, bundle_points(e, r, mode), 0, 0, 0, r->span);
		else
			add_if(e, accumulator, known == NO_VIRTUAL ? e->all : known, millionths(bound), r->span);
		return;
	}
	if (r->members) {
		ppm_emit_op(e, PPM_OP_ADD_VALUE_IF_I64, accumulator, e->all, bundle_points(e, r, mode), 0, 0, 0, r->span);
		return;
	}
	if (is_rule(r)) {
		struct fired f = fired(e, r);
		add_value(e, accumulator, r, f.fires, r->points, f.points, sign(r));
		if (r->missing_points != PPM_NODE_NONE && f.condition_gone != e->none)
			add_value(e, accumulator, r, f.condition_gone, r->missing_points, points_for(e, r->missing_points, f.condition_gone), sign(r));
	} else
		add_value(e, accumulator, r, known == NO_VIRTUAL ? e->all : known, r->points, ppm_emit_root(e, r->points), 1);
	if ((mode == MODE_WORST || mode == MODE_BEST) && known != NO_VIRTUAL)
		add_if(e, accumulator, ppm_emit_not(e, known), millionths(mode == MODE_WORST ? r->low : r->high), r->span);
}

static uint32_t rule_points(struct ppm_emitter *e, const struct ppm_plan_rule *r, enum mode mode)
{
	uint32_t accumulator = fill(e, 0);
	add_rule(e, accumulator, r, mode);
	return accumulator;
}

uint32_t ppm_emit_rule_points(struct ppm_emitter *e, const struct ppm_plan_rule *r)
{
	return rule_points(e, r, MODE_POINTS);
}

uint32_t ppm_emit_rule_most(struct ppm_emitter *e, const struct ppm_plan_rule *r)
{
	return rule_points(e, r, MODE_HIGH);
}

// best of: the largest of what is decided (of penalties, the one that takes most); group: the sum, capped on both sides.
static uint32_t bundle_points(struct ppm_emitter *e, const struct ppm_plan_rule *r, enum mode mode)
{
	bool best = r->kind == PPM_RULE_BEST_OF, open = mode == MODE_POINTS || mode == MODE_LOW || mode == MODE_HIGH;
	uint32_t result = best ? NO_VIRTUAL : sum(e, r->members, 0, mode);
	const int64_t never = r->penalties ? INT64_MAX / 4 : INT64_MIN / 4;
	enum ppm_opcode largest = r->penalties ? PPM_OP_MIN_I64 : PPM_OP_MAX_I64;
	for (const struct ppm_plan_rule *m = best ? r->members : NULL; m; m = m->next) {
		uint32_t one = rule_points(e, m, mode), known = open ? ppm_emit_rule_known(e, m) : NO_VIRTUAL;
		if (known != NO_VIRTUAL) { // an undecided rule takes no part
			uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
			ppm_emit_op(e, PPM_OP_SELECT_I64, out, known, one, fill(e, never), 0, 0, m->span);
			one = out;
		}
		if (result != NO_VIRTUAL) {
			uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
			ppm_emit_op(e, largest, out, result, one, 0, 0, 0, r->span);
			one = out;
		}
		result = one;
	}
	if (result == NO_VIRTUAL)
		return fill(e, 0);
	if (best && open) {
		uint32_t known = ppm_emit_rule_known(e, r);
		if (known != NO_VIRTUAL) {
			uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
			ppm_emit_op(e, PPM_OP_SELECT_I64, out, known, result, fill(e, 0), 0, 0, r->span);
			result = out;
		}
	}
	if (isfinite(r->cap) && !best) {
		uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
		ppm_emit_op(e, PPM_OP_CLAMP_I64_K, out, result, 0, 0, 0, ppm_emit_pair_i64(e, -millionths(r->cap), millionths(r->cap)), r->span);
		result = out;
	}
	return result;
}

// ---- rules that exclude each other ------------------------------------------------------------------------------------------

// The set's rules, the one with most at stake first. At most `limit`.
static uint32_t exclusive_set(const struct ppm_plan_rule *rules, uint32_t set, const struct ppm_plan_rule **out, uint32_t limit)
{
	uint32_t count = 0;
	for (const struct ppm_plan_rule *r = rules; r && count < limit; r = r->next) {
		if (r->exclusive != set)
			continue;
		uint32_t at = count++;
		for (; at > 0 && r->high - r->low > out[at - 1]->high - out[at - 1]->low; at--)
			out[at] = out[at - 1];
		out[at] = r;
	}
	return count;
}

#define SET_LIMIT 64

static void add_set(struct ppm_emitter *e, uint32_t accumulator, const struct ppm_plan_rule *rules, uint32_t set, enum mode mode)
{
	const struct ppm_plan_rule *list[SET_LIMIT];
	uint32_t count = exclusive_set(rules, set, list, SET_LIMIT);
	if (mode == MODE_POINTS) {
		for (uint32_t i = 0; i < count; i++)
			add_rule(e, accumulator, list[i], mode);
		return;
	}
	// the side of the range that these rules move
	bool high = list[0]->kind == PPM_RULE_REWARD;
	if (mode == MODE_LOW || mode == MODE_HIGH) {
		if (high != (mode == MODE_HIGH))
			return;
		// the largest of those that are decided: where the first is, it; else where the second is … What `missing` gives is always decided, and so is one of the set then.
		uint32_t still = e->all;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t known = ppm_emit_rule_known(e, list[i]);
			double most = high ? fmax(list[i]->high, list[i]->together) : fmin(list[i]->low, -list[i]->together);
			add_if(e, accumulator, known == NO_VIRTUAL ? still : ppm_emit_and(e, still, known), millionths(most), list[i]->span);
			if (known == NO_VIRTUAL)
				return;
			still = ppm_emit_and_not(e, still, known);
		}
		return;
	}
	uint32_t still = e->all;
	for (uint32_t i = 0; i < count; i++) {
		add_rule(e, accumulator, list[i], MODE_POINTS);
		still = ppm_emit_and_not(e, still, fired(e, list[i]).fires);
	}
	if (high != (mode == MODE_BEST))
		return;
	for (uint32_t i = 0; i < count; i++) { // none fired: the largest of the unknown ones might
		uint32_t known = ppm_emit_rule_known(e, list[i]);
		if (known == NO_VIRTUAL)
			continue;
		add_if(e, accumulator, ppm_emit_and_not(e, still, known), millionths(high ? list[i]->high : list[i]->low), list[i]->span);
		still = ppm_emit_and(e, still, known);
	}
}

static uint32_t sum(struct ppm_emitter *e, const struct ppm_plan_rule *rules, double start, enum mode mode)
{
	uint32_t accumulator = fill(e, millionths(start));
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		if (!r->exclusive) {
			add_rule(e, accumulator, r, mode);
			continue;
		}
		bool first = true;
		for (const struct ppm_plan_rule *q = rules; q != r && first; q = q->next)
			first = q->exclusive != r->exclusive;
		if (first)
			add_set(e, accumulator, rules, r->exclusive, mode);
	}
	return accumulator;
}

// ---- dimensions ---------------------------------------------------------------------------------------------------------------

static uint32_t any_known(struct ppm_emitter *e, const struct ppm_plan_rule *rules)
{
	uint32_t known = e->none;
	for (const struct ppm_plan_rule *r = rules; r; r = r->next)
		if (!r->may_be_unknown)
			return NO_VIRTUAL;
	for (; rules; rules = rules->next)
		known = ppm_emit_or(e, known, ppm_emit_rule_known(e, rules));
	return known;
}

// The power of ten that makes every figure of the dimension whole and keeps its sums in 16 bits; 0 when there is none.
static int64_t narrow_scale(const struct ppm_emitter *e, const struct ppm_plan_dimension *d)
{
	if (!e->optimise || (!d->has_range && ppm_plan_any_unknown(d->rules)))
		return 0;
	for (int64_t scale = 1; scale <= 1000; scale *= 10) {
		double most = fabs(d->start) * (double)scale;
		bool whole = d->start * (double)scale == rint(d->start * (double)scale) && d->low * (double)scale == rint(d->low * (double)scale) &&
			d->high * (double)scale == rint(d->high * (double)scale);
		if (fabs(d->low * (double)scale) > 32000 || fabs(d->high * (double)scale) > 32000)
			return 0;
		for (const struct ppm_plan_rule *r = d->rules; r; r = r->next) {
			double points, missing = 0;
			if (!is_rule(r) || !ppm_plan_constant_number(e->plan, r->points, &points) ||
				(r->missing_points != PPM_NODE_NONE && !ppm_plan_constant_number(e->plan, r->missing_points, &missing)))
				return 0;
			whole = whole && points * (double)scale == rint(points * (double)scale) && missing * (double)scale == rint(missing * (double)scale);
			most += fmax(points, missing) * (double)scale;
		}
		if (most > 32000)
			return 0;
		if (whole)
			return scale;
	}
	return 0;
}

// The masks and points of a narrow dimension, gathered before they are emitted: all in one instruction, or one by one.
struct narrow {
	uint32_t *masks;
	int16_t *points;
	uint32_t count;
};

static void add_narrow(struct ppm_emitter *e, struct narrow *narrow, uint32_t mask, double points, int64_t scale)
{
	int64_t k = (int64_t)llround(points * (double)scale);
	if (!k || mask == e->none)
		return;
	narrow->masks[narrow->count] = mask;
	narrow->points[narrow->count++] = (int16_t)k;
}

// One instruction for the whole sum; its result goes to `result`.
static void emit_sum(struct ppm_emitter *e, enum ppm_opcode op, uint32_t result, const struct narrow *narrow, const struct ppm_plan_dimension *d, int64_t scale)
{
	uint32_t index = e->program->point_sum_count;
	struct ppm_point_sum *place = PPM_EMIT_ENTRY(e, point_sum);
	uint16_t *masks = place ? ppm_arena_allocate(&e->program->arena, (size_t)narrow->count + 1, sizeof *masks) : NULL;
	if (!masks) {
		e->failed = true;
		return;
	}
	*place = (struct ppm_point_sum){ .base = (int16_t)llround(d->start * (double)scale),
		.low = (int16_t)llround(d->low * (double)scale),
		.high = (int16_t)llround(d->high * (double)scale),
		.count = narrow->count,
		.masks = masks,
		.points = narrow->points };
	for (uint32_t i = 0; i < narrow->count; i++)
		ppm_emit_op(e, PPM_OPCODE_COUNT, narrow->masks[i], PPM_CLASS_MASK, i, PPM_RIDE_SUM, 0, index, d->span);
	ppm_emit_op(e, op, result, 0, 0, 0, 0, index, d->span);
}

static uint32_t point_range(struct ppm_emitter *e, double low, double high, int64_t scale)
{
	uint32_t index = e->program->point_range_count;
	struct ppm_point_range *place = PPM_EMIT_ENTRY(e, point_range);
	if (place)
		*place = (struct ppm_point_range){ (int64_t)llround(low * (double)scale), (int64_t)llround(high * (double)scale) };
	return index;
}

// The number that a 16-bit register holds in units of 10^-places: what compares it takes the register instead.
static void number_from_small(struct ppm_emitter *e, uint32_t number, uint32_t small, uint32_t places, struct ppm_span span)
{
	ppm_emit_op(e, PPM_OP_NUMBER_FROM_I16, number, small, 0, 0, 0, places, span);
	if (!ppm_grow(e->allocator, (void **)&e->small_numbers, &e->small_number_capacity, e->small_number_count + 1, sizeof *e->small_numbers)) {
		e->failed = true;
		return;
	}
	e->small_numbers[e->small_number_count++] = (struct ppm_small_number){ number, small, (uint8_t)places };
}

static void narrow_dimension(struct ppm_emitter *e, uint32_t index, int64_t scale)
{
	const struct ppm_plan_dimension *d = &e->plan->dimensions[index];
	uint32_t accumulator = ppm_emit_register(e, PPM_CLASS_I16), share = ppm_emit_register(e, PPM_CLASS_F64), wide = ppm_emit_register(e, PPM_CLASS_I64),
		 kept = ppm_emit_register(e, PPM_CLASS_I16);
	struct narrow narrow = { ppm_arena_allocate(&e->program->arena, 2 * (size_t)d->rule_count + 1, sizeof *narrow.masks),
		ppm_arena_allocate(&e->program->arena, 2 * (size_t)d->rule_count + 1, sizeof *narrow.points), 0 };
	if (!narrow.masks || !narrow.points) {
		e->failed = true;
		return;
	}
	for (const struct ppm_plan_rule *r = d->rules; r; r = r->next) {
		struct fired f = fired(e, r);
		double points = 0, missing = 0;
		ppm_plan_constant_number(e->plan, r->points, &points);
		add_narrow(e, &narrow, f.fires, sign(r) * points, scale);
		if (r->missing_points != PPM_NODE_NONE && ppm_plan_constant_number(e->plan, r->missing_points, &missing))
			add_narrow(e, &narrow, f.condition_gone, sign(r) * missing, scale);
	}
	uint32_t known = any_known(e, d->rules);
	int64_t width = (int64_t)llround(d->high * (double)scale) - (int64_t)llround(d->low * (double)scale);
	if (100 % width == 0) {
		e->dimension_whole[index] = ppm_emit_register(e, PPM_CLASS_I16);
		emit_sum(e, PPM_OP_SUM_SHARE_I16, e->dimension_whole[index], &narrow, d, scale);
		number_from_small(e, share, e->dimension_whole[index], 0, d->span);
	} else
		emit_sum(e, PPM_OP_SUM_SHARE, share, &narrow, d, scale);
	emit_sum(e, PPM_OP_SUM_IF_I16, accumulator, &narrow, d, scale);
	e->dimensions[index] = (struct ppm_emitted){ share, known };
	ppm_emit_op(e, PPM_OP_CLAMP_I16_K, kept, accumulator, 0, 0, 0, ppm_emit_pair_i64(e, (int64_t)llround(d->low * (double)scale), (int64_t)llround(d->high * (double)scale)),
		d->span);
	ppm_emit_op(e, PPM_OP_POINTS_WIDEN, wide, kept, 0, 0, 0, ppm_emit_constant_i64(e, MILLION / scale), d->span);
	e->dimension_points[index] = (struct ppm_emitted){ wide, known };
}

void ppm_emit_dimension_range(struct ppm_emitter *e, uint32_t index, uint32_t *low, uint32_t *high)
{
	const struct ppm_plan_dimension *d = &e->plan->dimensions[index];
	if (e->range_low[index] == NO_VIRTUAL) {
		e->range_low[index] = sum(e, d->rules, d->start, MODE_LOW);
		e->range_high[index] = sum(e, d->rules, d->start, MODE_HIGH);
	}
	*low = e->range_low[index];
	*high = e->range_high[index];
}

static void wide_dimension(struct ppm_emitter *e, uint32_t index)
{
	const struct ppm_plan_dimension *d = &e->plan->dimensions[index];
	uint32_t points = sum(e, d->rules, d->start, MODE_POINTS), share = ppm_emit_register(e, PPM_CLASS_F64), kept = ppm_emit_register(e, PPM_CLASS_I64);
	if (d->has_range || !ppm_plan_any_unknown(d->rules)) {
		uint32_t known = any_known(e, d->rules);
		ppm_emit_op(e, PPM_OP_SHARE_I64, share, points, 0, 0, 0, point_range(e, d->low, d->high, MILLION), d->span);
		ppm_emit_op(e, PPM_OP_CLAMP_I64_K, kept, points, 0, 0, 0, ppm_emit_pair_i64(e, millionths(d->low), millionths(d->high)), d->span);
		e->dimensions[index] = (struct ppm_emitted){ share, known };
		e->dimension_points[index] = (struct ppm_emitted){ kept, known };
		return;
	}
	uint32_t low, high, some = ppm_emit_register(e, PPM_CLASS_MASK), floor = ppm_emit_register(e, PPM_CLASS_I64);
	ppm_emit_dimension_range(e, index, &low, &high);
	ppm_emit_op(e, PPM_OP_SHARE_BETWEEN, share, points, low, high, 0, 0, d->span);
	ppm_emit_op(e, PPM_OP_LT_I64, some, low, high, 0, 0, 0, d->span);
	ppm_emit_op(e, PPM_OP_MAX_I64, floor, points, low, 0, 0, 0, d->span);
	ppm_emit_op(e, PPM_OP_MIN_I64, kept, floor, high, 0, 0, 0, d->span);
	e->dimensions[index] = (struct ppm_emitted){ share, some };
	e->dimension_points[index] = (struct ppm_emitted){ kept, any_known(e, d->rules) }; // they count where something is decided, even if it could move nothing
}

static void dimension(struct ppm_emitter *e, uint32_t index)
{
	if (e->dimension_state[index])
		return;
	e->dimension_state[index] = 1;
	int64_t scale = narrow_scale(e, &e->plan->dimensions[index]);
	if (scale)
		narrow_dimension(e, index, scale);
	else
		wide_dimension(e, index);
}

// ---- the score ------------------------------------------------------------------------------------------------------------------

static uint32_t number_op(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c, uint32_t k)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, op, result, b, c, 0, e->rows, k, nowhere());
	return result;
}

static uint32_t select_number(struct ppm_emitter *e, uint32_t mask, uint32_t yes, uint32_t no)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_SELECT_F64, result, mask, yes, no, 0, 0, nowhere());
	return result;
}

static uint32_t fill_number(struct ppm_emitter *e, double value)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_FILL_F64, result, 0, 0, 0, 0, ppm_emit_constant_f64(e, value), nowhere());
	return result;
}

static bool all_there(const struct ppm_emitted *values, const double *weights, size_t count)
{
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		if (weights[i] > 0 && values[i].present != NO_VIRTUAL)
			return false;
		used += weights[i] > 0;
	}
	return used > 1;
}

// The mean of values that are all there, in one instruction.
static uint32_t emit_mean(struct ppm_emitter *e, const struct ppm_emitted *values, const double *weights, size_t count)
{
	uint32_t index = e->program->mean_count, used = 0, result = ppm_emit_register(e, PPM_CLASS_F64);
	struct ppm_mean *place = PPM_EMIT_ENTRY(e, mean);
	uint16_t *registers = place ? ppm_arena_allocate(&e->program->arena, count, sizeof *registers) : NULL;
	double *own = registers ? ppm_arena_allocate(&e->program->arena, count, sizeof *own) : NULL;
	if (!own) {
		e->failed = true;
		return result;
	}
	double divisor = 0;
	for (size_t i = 0; i < count; i++) {
		if (!(weights[i] > 0))
			continue;
		ppm_emit_op(e, PPM_OPCODE_COUNT, values[i].value, PPM_CLASS_F64, used, PPM_RIDE_MEAN, 0, index, nowhere());
		own[used++] = weights[i];
		divisor += weights[i];
	}
	*place = (struct ppm_mean){ .count = used, .registers = registers, .weights = own, .divisor = divisor };
	ppm_emit_op(e, PPM_OP_WEIGHTED_MEAN, result, 0, 0, 0, e->rows, index, nowhere());
	return result;
}

// The weighted mean of the dimensions that are there.
static struct ppm_emitted mean(struct ppm_emitter *e, const struct ppm_emitted *values, const double *weights, size_t count)
{
	uint32_t total = NO_VIRTUAL, weight = NO_VIRTUAL, present = e->none;
	double always = 0;
	size_t used = 0;
	if (e->optimise && all_there(values, weights, count))
		return (struct ppm_emitted){ emit_mean(e, values, weights, count), NO_VIRTUAL };
	for (size_t i = 0; i < count; i++) {
		if (!(weights[i] > 0))
			continue;
		used++;
		uint32_t value = values[i].value;
		if (values[i].present != NO_VIRTUAL) {
			uint32_t zero = fill_number(e, 0), own = select_number(e, values[i].present, fill_number(e, weights[i]), zero);
			value = select_number(e, values[i].present, value, zero);
			weight = weight == NO_VIRTUAL ? own : number_op(e, PPM_OP_ADD_F64, weight, own, ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
			if (present != NO_VIRTUAL)
				present = ppm_emit_or(e, present, values[i].present);
		} else {
			always += weights[i];
			present = NO_VIRTUAL;
		}
		total = total == NO_VIRTUAL ? (weights[i] == 1 ? value : number_op(e, PPM_OP_MUL_F64_K, value, 0, ppm_emit_constant_f64(e, weights[i])))
					    : number_op(e, PPM_OP_MULADD_F64_K, value, total, ppm_emit_constant_f64(e, weights[i]));
	}
	if (!used)
		return (struct ppm_emitted){ fill_number(e, 0), e->none };
	if (weight == NO_VIRTUAL)
		return (struct ppm_emitted){ always == 1 ? total : number_op(e, PPM_OP_DIV_F64_K, total, 0, ppm_emit_constant_f64(e, always)), NO_VIRTUAL };
	if (always > 0)
		weight = number_op(e, PPM_OP_ADD_F64_K, weight, 0, ppm_emit_constant_f64(e, always));
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64), ok = ppm_emit_register(e, PPM_CLASS_MASK);
	ppm_emit_op(e, PPM_OP_DIV_F64, result, total, weight, ok, present == NO_VIRTUAL ? e->rows : ppm_emit_and(e, e->rows, present),
		ppm_emit_site(e, nowhere(), "a score without weights"), nowhere());
	return (struct ppm_emitted){ result, present };
}

static struct ppm_emitted finish_score(struct ppm_emitter *e, struct ppm_emitted score, bool adjusted, enum mode mode)
{
	if (adjusted && e->plan->adjust) {
		uint32_t moved = number_op(e, PPM_OP_NUMBER_FROM_POINTS, sum(e, e->plan->adjust, 0, mode), 0, ppm_emit_constant_f64(e, MILLION));
		score.value = number_op(e, PPM_OP_ADD_F64, score.value, moved, ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
		uint32_t kept = ppm_emit_register(e, PPM_CLASS_F64);
		ppm_emit_op(e, PPM_OP_CLAMP_F64_K, kept, score.value, 0, 0, 0, ppm_emit_pair_f64(e, 0, 100), nowhere());
		score.value = kept;
	}
	uint32_t rounded = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_ROUND_PLACES_F64, rounded, score.value, 0, 0, 0, (uint32_t)e->plan->places, nowhere());
	score.value = rounded;
	return score;
}

// The mean of dimensions whose shares are whole, rounded, in one instruction; false when they are not, or something stands between the mean and its rounding.
static bool rounded_mean(struct ppm_emitter *e, const double *weights, bool adjusted, struct ppm_emitted *out)
{
	const struct ppm_plan *plan = e->plan;
	double divisor = 0;
	uint32_t used = 0;
	if (!e->optimise || (adjusted && plan->adjust) || plan->places > PPM_MEAN_PLACES_I16)
		return false;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		if (!(weights[i] > 0))
			continue;
		if (e->dimensions[i].present != NO_VIRTUAL || e->dimension_whole[i] == NO_VIRTUAL || weights[i] != floor(weights[i]))
			return false;
		divisor += weights[i];
		used++;
	}
	if (!used || divisor > PPM_MEAN_WEIGHTS_I16)
		return false;
	uint32_t index = e->program->mean_count, small = ppm_emit_register(e, PPM_CLASS_I16), result = ppm_emit_register(e, PPM_CLASS_F64), at = 0;
	struct ppm_mean *place = PPM_EMIT_ENTRY(e, mean);
	uint16_t *registers = place ? ppm_arena_allocate(&e->program->arena, used, sizeof *registers) : NULL;
	double *own = registers ? ppm_arena_allocate(&e->program->arena, used, sizeof *own) : NULL;
	if (!own) {
		e->failed = true;
		return false;
	}
	for (size_t i = 0; i < plan->dimension_count; i++) {
		if (!(weights[i] > 0))
			continue;
		ppm_emit_op(e, PPM_OPCODE_COUNT, e->dimension_whole[i], PPM_CLASS_I16, at, PPM_RIDE_MEAN, 0, index, nowhere());
		own[at++] = weights[i];
	}
	*place = (struct ppm_mean){ .count = used, .registers = registers, .weights = own, .divisor = divisor, .places = (uint8_t)plan->places };
	ppm_emit_op(e, PPM_OP_ROUNDED_MEAN_I16, small, 0, 0, 0, 0, index, nowhere());
	number_from_small(e, result, small, (uint32_t)plan->places, nowhere());
	*out = (struct ppm_emitted){ result, NO_VIRTUAL };
	return true;
}

// A score of the dimensions as they are.
static struct ppm_emitted mean_score(struct ppm_emitter *e, const double *weights, bool adjusted)
{
	struct ppm_emitted out;
	if (rounded_mean(e, weights, adjusted, &out))
		return out;
	return finish_score(e, mean(e, e->dimensions, weights, e->plan->dimension_count), adjusted, MODE_POINTS);
}

static void all_dimensions(struct ppm_emitter *e)
{
	for (uint32_t i = 0; i < e->plan->dimension_count; i++)
		dimension(e, i);
}

static double *own_weights(struct ppm_emitter *e)
{
	double *weights = ppm_arena_allocate(&e->program->arena, e->plan->dimension_count + 1, sizeof *weights);
	if (!weights) {
		e->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < e->plan->dimension_count; i++)
		weights[i] = e->plan->dimensions[i].weight;
	return weights;
}

static struct ppm_emitted score(struct ppm_emitter *e, uint32_t which)
{
	const struct ppm_plan *plan = e->plan;
	all_dimensions(e);
	if (which >= 3)
		return mean_score(e, plan->perspectives[which - 3].weights, false);
	double *weights = own_weights(e);
	if (!weights)
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	if (which == 0)
		return mean_score(e, weights, true);
	enum mode mode = which == 1 ? MODE_WORST : MODE_BEST;
	struct ppm_emitted *shares = ppm_arena_allocate(&e->program->arena, plan->dimension_count + 1, sizeof *shares);
	if (!shares) {
		e->failed = true;
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	}
	for (uint32_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		shares[i] = (struct ppm_emitted){ e->dimensions[i].value, NO_VIRTUAL };
		if (!ppm_plan_any_unknown(d->rules))
			continue;
		uint32_t share = ppm_emit_register(e, PPM_CLASS_F64);
		ppm_emit_op(e, PPM_OP_SHARE_I64, share, sum(e, d->rules, d->start, mode), 0, 0, 0, point_range(e, d->low, d->high, MILLION), d->span);
		shares[i].value = share;
	}
	return finish_score(e, mean(e, shares, weights, plan->dimension_count), true, mode);
}

static struct ppm_emitted evidence(struct ppm_emitter *e)
{
	const struct ppm_plan *plan = e->plan;
	double *weights = own_weights(e);
	struct ppm_emitted *shares = ppm_arena_allocate(&e->program->arena, plan->dimension_count + 1, sizeof *shares);
	if (!weights || !shares) {
		e->failed = true;
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	}
	bool complete = true;
	for (uint32_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		double width = d->rules_high - d->rules_low;
		bool open = ppm_plan_any_unknown(d->rules) && isfinite(width) && width > 0;
		complete = complete && !open;
		if (!open) {
			shares[i] = (struct ppm_emitted){ NO_VIRTUAL, NO_VIRTUAL };
			continue;
		}
		uint32_t least, most, below = ppm_emit_register(e, PPM_CLASS_I64), decided = ppm_emit_register(e, PPM_CLASS_I64);
		ppm_emit_dimension_range(e, i, &least, &most);
		ppm_emit_op(e, PPM_OP_NEG_I64, below, least, 0, 0, 0, 0, d->span);
		ppm_emit_op(e, PPM_OP_ADD_POINTS, decided, most, below, 0, 0, 0, d->span);
		double whole = (double)(millionths(d->rules_high) - millionths(d->rules_low)); // whole figures: the share is rounded once
		shares[i] = (struct ppm_emitted){ number_op(e, PPM_OP_NUMBER_FROM_POINTS, decided, 0, ppm_emit_constant_f64(e, whole)), NO_VIRTUAL };
	}
	if (complete)
		return (struct ppm_emitted){ fill_number(e, 1), NO_VIRTUAL };
	for (uint32_t i = 0; i < plan->dimension_count; i++)
		if (shares[i].value == NO_VIRTUAL)
			shares[i].value = fill_number(e, 1);
	return mean(e, shares, weights, plan->dimension_count);
}

static struct ppm_emitted points(struct ppm_emitter *e)
{
	all_dimensions(e);
	uint32_t total = NO_VIRTUAL, present = e->none;
	for (uint32_t i = 0; i < e->plan->dimension_count; i++) {
		struct ppm_emitted one = e->dimension_points[i];
		present = one.present == NO_VIRTUAL || present == NO_VIRTUAL ? NO_VIRTUAL : ppm_emit_or(e, present, one.present);
		if (one.present != NO_VIRTUAL) { // a dimension with nothing decided has no points
			uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
			ppm_emit_op(e, PPM_OP_SELECT_I64, out, one.present, one.value, fill(e, 0), 0, 0, nowhere());
			one.value = out;
		}
		if (total != NO_VIRTUAL) {
			uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
			ppm_emit_op(e, PPM_OP_ADD_POINTS, out, total, one.value, 0, 0, 0, nowhere());
			one.value = out;
		}
		total = one.value;
	}
	return (struct ppm_emitted){ number_op(e, PPM_OP_NUMBER_FROM_POINTS, total, 0, ppm_emit_constant_f64(e, MILLION)), present };
}

struct ppm_emitted ppm_emit_scoring(struct ppm_emitter *e, const struct ppm_node *node)
{
	switch (node->op) {
	case PPM_NODE_DIMENSION: dimension(e, node->index); return e->dimensions[node->index];
	case PPM_NODE_POINTS: return points(e);
	case PPM_NODE_EVIDENCE: return evidence(e);
	default: return score(e, node->index);
	}
}

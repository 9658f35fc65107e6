// Comparisons. A computed number is compared as the decimal that it stands for; against a constant, that costs nothing: the threshold moves instead.
// Amounts that are sums of columns with constant factors are compared in integers, without computing either side.

#include "lang/emit/emitter.h"

#include "runtime/base/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_emitter *e, ppm_node_id id)
{
	return &e->plan->nodes[id];
}

enum relation { IS_EQUAL, IS_LESS, IS_LESS_EQUAL, IS_GREATER, IS_GREATER_EQUAL };

static const enum ppm_opcode x128_k[] = { PPM_OP_EQ_X128_K, PPM_OP_LT_X128_K, PPM_OP_LE_X128_K, PPM_OP_GT_X128_K, PPM_OP_GE_X128_K };

// The comparison as `x relation constant`, when one side is constant.
static bool against_constant(const struct ppm_emitter *e, const struct ppm_node *node, ppm_node_id *x, ppm_node_id *k, enum relation *relation)
{
	bool right = node_of(e, node->b)->op == PPM_NODE_CONSTANT, left = node_of(e, node->a)->op == PPM_NODE_CONSTANT;
	if (!right && !left)
		return false;
	*x = right ? node->a : node->b;
	*k = right ? node->b : node->a;
	*relation = node->op == PPM_NODE_EQUAL ? IS_EQUAL : node->op == PPM_NODE_LESS ? (right ? IS_LESS : IS_GREATER) : (right ? IS_LESS_EQUAL : IS_GREATER_EQUAL);
	return true;
}

static ppm_int128 floor_divide(ppm_int128 a, int64_t b)
{
	ppm_int128 q = a / b;
	return q * b > a ? q - 1 : q;
}

// The whole numbers (ten-thousandths of money, days, codes) that satisfy the relation, as low … high.
static void whole_bounds(enum relation relation, ppm_int128 exact, int64_t unit, int64_t *low, int64_t *high)
{
	ppm_int128 down = floor_divide(exact, unit);
	bool fits = down * unit == exact;
	ppm_int128 up = fits ? down : down + 1;
	*low = INT64_MIN;
	*high = INT64_MAX;
	switch (relation) {
	case IS_EQUAL:
		*low = (int64_t)up;
		*high = (int64_t)down;
		break; // empty when it does not fit
	case IS_LESS: *high = (int64_t)(fits ? down - 1 : down); break;
	case IS_LESS_EQUAL: *high = (int64_t)down; break;
	case IS_GREATER: *low = (int64_t)(fits ? up + 1 : up); break;
	case IS_GREATER_EQUAL: *low = (int64_t)up; break;
	}
}

// The doubles x for which `x relation k` holds, as low … high.
static void number_bounds(const struct ppm_emitter *e, enum relation relation, ppm_node_id x, ppm_node_id k, double *low, double *high)
{
	double least = 0, most = 0;
	ppm_plan_threshold(e->plan, x, k, &least, &most);
	*low = -INFINITY;
	*high = INFINITY;
	switch (relation) {
	case IS_EQUAL:
		*low = least;
		*high = most;
		break;
	case IS_LESS: *high = nextafter(least, -INFINITY); break;
	case IS_LESS_EQUAL: *high = most; break;
	case IS_GREATER: *low = nextafter(most, INFINITY); break;
	case IS_GREATER_EQUAL: *low = least; break;
	}
}

static uint32_t emit_whole(struct ppm_emitter *e, enum ppm_register_class class, uint32_t x, int64_t low, int64_t high, struct ppm_span span)
{
	bool wide = class == PPM_CLASS_I64;
	if (!wide) {
		low = low < INT32_MIN ? INT32_MIN : low;
		high = high > INT32_MAX ? INT32_MAX : high;
	}
	int64_t bottom = wide ? INT64_MIN : INT32_MIN, top = wide ? INT64_MAX : INT32_MAX;
	if (low > high || high < bottom || low > top)
		return e->none;
	if (low == bottom && high == top)
		return e->all;
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
	if (low == high)
		ppm_emit_op(e, wide ? PPM_OP_EQ_I64_K : PPM_OP_EQ_I32_K, result, x, 0, 0, 0, ppm_emit_constant_i64(e, low), span);
	else if (low == bottom)
		ppm_emit_op(e, wide ? PPM_OP_LE_I64_K : PPM_OP_LE_I32_K, result, x, 0, 0, 0, ppm_emit_constant_i64(e, high), span);
	else if (high == top)
		ppm_emit_op(e, wide ? PPM_OP_GE_I64_K : PPM_OP_GE_I32_K, result, x, 0, 0, 0, ppm_emit_constant_i64(e, low), span);
	else
		ppm_emit_op(e, wide ? PPM_OP_IN_RANGE_I64_K : PPM_OP_IN_RANGE_I32_K, result, x, 0, 0, 0, ppm_emit_pair_i64(e, low, high), span);
	return result;
}

// The least whole number that is at least `low` once divided, from -32768 to 32768.
static int64_t least_at_or_above(double low, double power)
{
	int64_t least = INT16_MIN, most = INT16_MAX + 1;
	while (least < most) {
		int64_t middle = least + (most - least) / 2;
		if ((double)middle / power >= low)
			most = middle;
		else
			least = middle + 1;
	}
	return least;
}

// A number that is a small whole one but for its decimal point is compared as that.
static bool emit_small(struct ppm_emitter *e, uint32_t x, double low, double high, struct ppm_span span, uint32_t *result)
{
	const struct ppm_small_number *small = e->small_numbers;
	while (small && small < e->small_numbers + e->small_number_count && small->number != x)
		small++;
	if (!small || small == e->small_numbers + e->small_number_count)
		return false;
	double power = (double)ppm_power_of_ten[small->places];
	int64_t least = least_at_or_above(low, power), most = least_at_or_above(nextafter(high, INFINITY), power) - 1;
	if (least > most) {
		*result = e->none;
		return true;
	}
	*result = ppm_emit_register(e, PPM_CLASS_MASK);
	ppm_emit_op(e, PPM_OP_IN_RANGE_I16_K, *result, small->small, 0, 0, 0, ppm_emit_pair_i64(e, least, most), span);
	return true;
}

static uint32_t emit_number(struct ppm_emitter *e, uint32_t x, double low, double high, struct ppm_span span)
{
	uint32_t small;
	if (low > high)
		return e->none;
	if (emit_small(e, x, low, high, span, &small))
		return small;
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
	if (low == high)
		ppm_emit_op(e, PPM_OP_EQ_F64_K, result, x, 0, 0, 0, ppm_emit_constant_f64(e, low), span);
	else if (low == -INFINITY && high == INFINITY)
		return e->all;
	else if (low == -INFINITY)
		ppm_emit_op(e, PPM_OP_LE_F64_K, result, x, 0, 0, 0, ppm_emit_constant_f64(e, high), span);
	else if (high == INFINITY)
		ppm_emit_op(e, PPM_OP_GE_F64_K, result, x, 0, 0, 0, ppm_emit_constant_f64(e, low), span);
	else
		ppm_emit_op(e, PPM_OP_IN_RANGE_F64_K, result, x, 0, 0, 0, ppm_emit_pair_f64(e, low, high), span);
	return result;
}

// ---- linear comparisons of amounts ---------------------------------------------------------------------------------------

struct linear {
	ppm_node_id terms[PPM_LINEAR_TERMS];
	double factors[PPM_LINEAR_TERMS]; // decimals of at most 8 places
	uint32_t count;
	ppm_int128 constant; // 12 places
	bool sums;           // something is added up: the plain way could overflow where the sides compare well
};

static bool flatten(const struct ppm_emitter *e, ppm_node_id id, double factor, struct linear *out)
{
	const struct ppm_node *node = node_of(e, id);
	double k;
	ppm_int128 scaled;
	switch (node->op) {
	case PPM_NODE_CONSTANT:
		if (!ppm_exact_multiply(node->value.exact, factor, &scaled))
			return false;
		out->constant += scaled;
		return true;
	case PPM_NODE_ADD: out->sums = true; return flatten(e, node->a, factor, out) && flatten(e, node->b, factor, out);
	case PPM_NODE_SUBTRACT: out->sums = true; return flatten(e, node->a, factor, out) && flatten(e, node->b, -factor, out);
	case PPM_NODE_NEGATE: return flatten(e, node->a, -factor, out);
	case PPM_NODE_MULTIPLY: {
		assert(node_of(e, node->a)->type.base == PPM_BASE_MONEY);
		// only a share of a plain amount: its product needs no rounding and cannot overflow
		if (node_of(e, node->a)->wide || !ppm_plan_constant_number(e->plan, node->b, &k) || !(fabs(k) <= 1) || ppm_number_round_places(k, 1e8) != k || fabs(factor) != 1)
			return false;
		return flatten(e, node->a, factor * k, out);
	}
	case PPM_NODE_RETYPE: return flatten(e, node->a, factor, out);
	default:
		if (ppm_emit_class(node) != PPM_CLASS_I64 || node->op == PPM_NODE_DIVIDE)
			return false;
		for (uint32_t i = 0; i < out->count; i++)
			if (out->terms[i] == id) {
				out->factors[i] = ppm_number_as_decimal(out->factors[i] + factor);
				return true;
			}
		if (out->count == PPM_LINEAR_TERMS)
			return false;
		out->terms[out->count] = id;
		out->factors[out->count++] = factor;
		return true;
	}
}

// Whether anything besides columns and constants is under it: then computing it may fail for its own reasons, and must. One column against a constant is compared
// quicker as it is.
static bool only_columns(const struct ppm_emitter *e, const struct linear *linear)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < linear->count; i++) {
		if (node_of(e, linear->terms[i])->op != PPM_NODE_COLUMN)
			return false;
		used += linear->factors[i] != 0; // what stands on both sides may cancel out
	}
	return used > 1 || (linear->sums && linear->count);
}

// A comparison of the same sum that was made already: the same, or one that holds just where this one does not. NO_VIRTUAL when there is none.
static uint32_t known_linear(struct ppm_emitter *e, const struct ppm_linear *made, const ppm_node_id *terms)
{
	for (size_t i = e->memo_count; i-- > 0 && e->memo_count - i <= PPM_MEMO_RECENT;) {
		if (e->memos[i].op != PPM_OP_LINEAR_COMPARE)
			continue;
		const struct ppm_linear *other = &e->program->linears[e->memos[i].b];
		// a < b is not b <= a
		bool same = other->relation == made->relation, turned = other->relation && made->relation && !same;
		if (other->count != made->count || !(same || turned) || other->constant != (turned ? -made->constant : made->constant))
			continue;
		uint32_t found = 0;
		for (uint32_t t = 0; t < made->count; t++)
			for (uint32_t o = 0; o < made->count; o++)
				found +=
					terms[t] == e->linear_nodes[e->memos[i].b].terms[o] && made->coefficients[t] == (turned ? -other->coefficients[o] : other->coefficients[o]);
		if (found == made->count)
			return turned ? ppm_emit_not(e, e->memos[i].result) : e->memos[i].result;
	}
	return NO_VIRTUAL;
}

static bool emit_linear(struct ppm_emitter *e, const struct ppm_node *node, struct ppm_emitted *out)
{
	struct linear linear = { .count = 0 };
	if (!e->optimise || !flatten(e, node->a, 1, &linear) || !flatten(e, node->b, -1, &linear) || !only_columns(e, &linear))
		return false;
	// the least power of ten that makes every factor whole
	int places = 0;
	for (; places <= 8; places++) {
		bool whole = true;
		for (uint32_t i = 0; i < linear.count; i++)
			whole = whole && ppm_number_as_decimal(linear.factors[i] * (double)ppm_power_of_ten[places]) == rint(linear.factors[i] * (double)ppm_power_of_ten[places]);
		if (whole && linear.constant % ppm_power_of_ten[PPM_EXACT_PLACES - PPM_MONEY_PLACES - places] == 0)
			break;
	}
	if (places > 8)
		return false;
	ppm_int128 constant = linear.constant / ppm_power_of_ten[PPM_EXACT_PLACES - PPM_MONEY_PLACES - places];
	struct ppm_linear made = { .count = 0, .constant = constant, .relation = node->op == PPM_NODE_EQUAL ? 0 : node->op == PPM_NODE_LESS ? 1 : 2 };
	uint32_t present = NO_VIRTUAL, registers[PPM_LINEAR_TERMS];
	struct ppm_linear_nodes nodes = { { 0 } };
	for (uint32_t i = 0; i < linear.count; i++) {
		int64_t coefficient = (int64_t)rint(linear.factors[i] * (double)ppm_power_of_ten[places]);
		struct ppm_emitted term = ppm_emit_node(e, linear.terms[i]);
		present = ppm_emit_both(e, present, term.present);
		if (!coefficient)
			continue;
		registers[made.count] = term.value;
		nodes.terms[made.count] = linear.terms[i];
		made.coefficients[made.count++] = coefficient;
	}
	uint32_t result = made.count ? known_linear(e, &made, nodes.terms) : NO_VIRTUAL;
	if (!made.count) // all of it cancels out
		result = (made.relation == 0 ? made.constant == 0 : made.relation == 1 ? made.constant < 0 : made.constant <= 0) ? e->all : e->none;
	else if (result == NO_VIRTUAL) {
		uint32_t index = e->program->linear_count;
		struct ppm_linear *place = PPM_EMIT_ENTRY(e, linear);
		if (!place || !ppm_grow(e->allocator, (void **)&e->linear_nodes, &e->linear_node_capacity, (size_t)index + 1, sizeof *e->linear_nodes)) {
			e->failed = true;
			return false;
		}
		*place = made;
		e->linear_nodes[index] = nodes;
		result = ppm_emit_register(e, PPM_CLASS_MASK);
		for (uint32_t i = 0; i < made.count; i++)
			ppm_emit_op(e, PPM_OPCODE_COUNT, registers[i], PPM_CLASS_I64, i, PPM_RIDE_TERM, 0, index, node->span); // a pseudo instruction: term i of the linear form
		ppm_emit_op(e, PPM_OP_LINEAR_COMPARE, result, 0, 0, 0, 0, index, node->span);
		ppm_emit_memorise(e, PPM_OP_LINEAR_COMPARE, index, 0, result);
	}
	out->present = present;
	out->value = present == NO_VIRTUAL ? result : ppm_emit_and(e, result, present);
	return true;
}

// ---- one comparison -------------------------------------------------------------------------------------------------------

static uint32_t rounded(struct ppm_emitter *e, ppm_node_id id)
{
	uint32_t value = ppm_emit_node(e, id).value, result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_DECIMAL_F64, result, value, 0, 0, 0, 0, node_of(e, id)->span);
	return result;
}

// Where the node's figure is within low … high, when that can be told from an integer: of a part of a date, of the one date that is not constant in a
// difference of two (no difference of dates overflows). NO_VIRTUAL when it is neither.
static uint32_t by_integer(struct ppm_emitter *e, ppm_node_id id, int64_t low, int64_t high, struct ppm_span span)
{
	const struct ppm_node *node = node_of(e, id);
	struct ppm_emitted part;
	if (ppm_emit_date_part(e, id, &part))
		return emit_whole(e, PPM_CLASS_I32, part.value, low, high, span);
	if (!e->optimise || node->op != PPM_NODE_SUBTRACT || node_of(e, node->a)->type.base != PPM_BASE_DATE || node_of(e, node->b)->type.base != PPM_BASE_DATE)
		return NO_VIRTUAL;
	const struct ppm_node *a = node_of(e, node->a), *b = node_of(e, node->b);
	if (a->op == PPM_NODE_CONSTANT) {
		int64_t least = high == INT64_MAX ? INT64_MIN : a->value.whole - high, most = low == INT64_MIN ? INT64_MAX : a->value.whole - low;
		return emit_whole(e, PPM_CLASS_I32, ppm_emit_node(e, node->b).value, least, most, span);
	}
	if (b->op == PPM_NODE_CONSTANT) {
		int64_t least = low == INT64_MIN ? low : low + b->value.whole, most = high == INT64_MAX ? high : high + b->value.whole;
		return emit_whole(e, PPM_CLASS_I32, ppm_emit_node(e, node->a).value, least, most, span);
	}
	return NO_VIRTUAL;
}

// The integers within two numbers, either of which may be infinite.
static void whole_within(double from, double to, int64_t *low, int64_t *high)
{
	*low = from < INT32_MIN ? INT64_MIN : from > INT32_MAX ? INT64_C(1) + INT32_MAX : (int64_t)ceil(from);
	*high = to > INT32_MAX ? INT64_MAX : to < INT32_MIN ? INT64_C(-1) + INT32_MIN : (int64_t)floor(to);
}

static uint32_t by_constant(struct ppm_emitter *e, ppm_node_id x, ppm_node_id k, enum relation relation, struct ppm_span span)
{
	const struct ppm_node *node = node_of(e, x), *constant = node_of(e, k);
	enum ppm_register_class class = ppm_emit_class(node);
	if (class == PPM_CLASS_F64) {
		double low, high;
		number_bounds(e, relation, x, k, &low, &high);
		int64_t least, most;
		whole_within(low, high, &least, &most);
		uint32_t result = by_integer(e, x, least, most, span);
		return result == NO_VIRTUAL ? emit_number(e, ppm_emit_node(e, x).value, low, high, span) : result;
	}
	if (class == PPM_CLASS_X128) {
		uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
		ppm_emit_op(e, x128_k[relation], result, ppm_emit_node(e, x).value, 0, 0, 0, ppm_emit_constant_x128(e, constant->value.exact), span);
		return result;
	}
	int64_t low, high;
	whole_bounds(relation, class == PPM_CLASS_I64 ? constant->value.exact : constant->value.whole, class == PPM_CLASS_I64 ? PPM_EXACT_PER_MONEY : 1, &low, &high);
	uint32_t result = class == PPM_CLASS_I32 ? by_integer(e, x, low, high, span) : NO_VIRTUAL;
	return result == NO_VIRTUAL ? emit_whole(e, class, ppm_emit_node(e, x).value, low, high, span) : result;
}

// A product of a number and a constant that nobody else has asked for yet.
static bool is_product(const struct ppm_emitter *e, ppm_node_id id, ppm_node_id *factor, double *k)
{
	const struct ppm_node *node = node_of(e, id);
	if (node->op != PPM_NODE_MULTIPLY || ppm_emit_class(node) != PPM_CLASS_F64 || e->nodes[id].scope)
		return false;
	bool left = node_of(e, node->a)->op == PPM_NODE_CONSTANT, right = node_of(e, node->b)->op == PPM_NODE_CONSTANT;
	*factor = left ? node->b : node->a;
	const struct ppm_node *constant = node_of(e, left ? node->a : node->b), *other = node_of(e, *factor);
	if (left == right || ppm_emit_class(constant) != PPM_CLASS_F64 || ppm_emit_class(other) != PPM_CLASS_F64)
		return false;
	*k = constant->value.number;
	return true;
}

// A number against such a product, in one instruction: the product is rounded like any computed number.
static bool emit_times(struct ppm_emitter *e, const struct ppm_node *node, struct ppm_emitted *out)
{
	static const enum ppm_opcode ops[2][3] = {
		// the product on the left, on the right
		{ PPM_OP_EQ_TIMES_F64_K, PPM_OP_GT_TIMES_F64_K, PPM_OP_GE_TIMES_F64_K },
		{ PPM_OP_EQ_TIMES_F64_K, PPM_OP_LT_TIMES_F64_K, PPM_OP_LE_TIMES_F64_K },
	};
	ppm_node_id factor;
	double k;
	if (!e->optimise || ppm_emit_class(node_of(e, node->a)) != PPM_CLASS_F64)
		return false;
	bool on_right = is_product(e, node->b, &factor, &k);
	if (!on_right && !is_product(e, node->a, &factor, &k))
		return false;
	struct ppm_emitted x = ppm_emit_node(e, on_right ? node->a : node->b), y = ppm_emit_node(e, factor);
	uint32_t lanes = y.present == NO_VIRTUAL ? e->branch.active : ppm_emit_and(e, e->branch.active, y.present);
	*out = (struct ppm_emitted){ ppm_emit_register(e, PPM_CLASS_MASK), ppm_emit_both(e, x.present, y.present) };
	ppm_emit_op(
		e, ops[on_right][node->op - PPM_NODE_EQUAL], out->value, x.value, y.value, 0, lanes, ppm_emit_constant_f64(e, k), node_of(e, on_right ? node->b : node->a)->span);
	return true;
}

static uint32_t both_vary(struct ppm_emitter *e, const struct ppm_node *node)
{
	static const enum ppm_opcode ops[3][5] = {
		{ PPM_OP_END, PPM_OP_EQ_F64, PPM_OP_EQ_I64, PPM_OP_EQ_X128, PPM_OP_EQ_I32 },
		{ PPM_OP_END, PPM_OP_LT_F64, PPM_OP_LT_I64, PPM_OP_LT_X128, PPM_OP_LT_I32 },
		{ PPM_OP_END, PPM_OP_LE_F64, PPM_OP_LE_I64, PPM_OP_LE_X128, PPM_OP_LE_I32 },
	};
	const struct ppm_node *a = node_of(e, node->a), *b = node_of(e, node->b);
	enum ppm_register_class class = ppm_emit_class(a);
	if (a->type.base == PPM_BASE_MONEY && (a->wide || b->wide))
		class = PPM_CLASS_X128;
	uint32_t x, y;
	bool round = class == PPM_CLASS_F64 && (a->computed || b->computed); // then both sides are: they meet on the same grid
	if (round && e->optimise) {
		static const enum ppm_opcode fused[] = { PPM_OP_EQ_DECIMAL_F64, PPM_OP_LT_DECIMAL_F64, PPM_OP_LE_DECIMAL_F64 };
		x = ppm_emit_node(e, node->a).value;
		y = ppm_emit_node(e, node->b).value;
		uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
		ppm_emit_op(e, fused[node->op - PPM_NODE_EQUAL], result, x, y, 0, 0, 0, node->span);
		return result;
	}
	if (round) {
		x = rounded(e, node->a);
		y = rounded(e, node->b);
	} else if (class == PPM_CLASS_X128) {
		x = ppm_emit_exact(e, node->a);
		y = ppm_emit_exact(e, node->b);
	} else {
		x = ppm_emit_node(e, node->a).value;
		y = ppm_emit_node(e, node->b).value;
	}
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
	ppm_emit_op(e, ops[node->op - PPM_NODE_EQUAL][class], result, x, y, 0, 0, 0, node->span);
	return result;
}

// An amount divided by a number, against an amount: decided without the quotient, but where it comes close.
static bool emit_rate(struct ppm_emitter *e, const struct ppm_node *node, struct ppm_emitted *out)
{
	ppm_node_id x, k;
	enum relation relation;
	if (!e->optimise || !against_constant(e, node, &x, &k, &relation))
		return false;
	const struct ppm_node *quotient = node_of(e, x);
	if (quotient->op != PPM_NODE_DIVIDE || quotient->type.base != PPM_BASE_MONEY || e->nodes[x].scope || ppm_emit_class(node_of(e, quotient->a)) != PPM_CLASS_I64 ||
		ppm_emit_class(node_of(e, quotient->b)) != PPM_CLASS_F64)
		return false;
	struct ppm_emitted amount = ppm_emit_node(e, quotient->a), divisor = ppm_emit_node(e, quotient->b);
	uint32_t present = ppm_emit_both(e, amount.present, divisor.present), index = e->program->rate_count;
	uint32_t site = ppm_emit_site(e, quotient->span, "a division by zero");
	struct ppm_rate *place = PPM_EMIT_ENTRY(e, rate);
	if (!place)
		return false;
	*place = (struct ppm_rate){ .relation = (uint8_t)relation, .value = node_of(e, k)->value.exact, .site = site };
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK), ok = ppm_emit_register(e, PPM_CLASS_MASK);
	uint32_t lanes = present == NO_VIRTUAL ? e->branch.active : ppm_emit_and(e, e->branch.active, present);
	ppm_emit_op(e, PPM_OP_COMPARE_RATE, result, amount.value, divisor.value, ok, lanes, index, node->span);
	out->present = quotient->may_miss ? ppm_emit_both(e, present, ok) : present;
	out->value = out->present == NO_VIRTUAL ? result : ppm_emit_and(e, result, out->present);
	return true;
}

struct ppm_emitted ppm_emit_compare(struct ppm_emitter *e, ppm_node_id id)
{
	const struct ppm_node *node = node_of(e, id);
	struct ppm_emitted out;
	ppm_node_id x, k;
	enum relation relation;
	if (node_of(e, node->a)->type.base == PPM_BASE_MONEY && (emit_linear(e, node, &out) || emit_rate(e, node, &out)))
		return out;
	uint32_t result, present;
	if (node_of(e, node->a)->type.base == PPM_BASE_FLAG) {
		struct ppm_emitted a = ppm_emit_node(e, node->a), b = ppm_emit_node(e, node->b);
		uint32_t differ = ppm_emit_register(e, PPM_CLASS_MASK);
		ppm_emit_op(e, PPM_OP_MASK_XOR, differ, a.value, b.value, 0, 0, 0, node->span);
		result = ppm_emit_not(e, differ);
		present = ppm_emit_both(e, a.present, b.present);
	} else if (against_constant(e, node, &x, &k, &relation)) {
		result = by_constant(e, x, k, relation, node->span);
		present = ppm_emit_node(e, x).present;
	} else if (emit_times(e, node, &out)) {
		result = out.value;
		present = out.present;
	} else {
		present = ppm_emit_both(e, ppm_emit_node(e, node->a).present, ppm_emit_node(e, node->b).present);
		result = both_vary(e, node);
	}
	if (present != NO_VIRTUAL)
		result = ppm_emit_and(e, result, present);
	return (struct ppm_emitted){ result, present };
}

bool ppm_emit_range(struct ppm_emitter *e, ppm_node_id id, struct ppm_emitted *out)
{
	const struct ppm_node *node = node_of(e, id), *parts[] = { node_of(e, node->a), node_of(e, node->b) };
	ppm_node_id x[2], k[2];
	enum relation relation[2];
	if (!e->optimise)
		return false;
	for (int i = 0; i < 2; i++)
		if ((parts[i]->op != PPM_NODE_LESS && parts[i]->op != PPM_NODE_LESS_EQUAL) || parts[i]->type.base != PPM_BASE_FLAG ||
			node_of(e, parts[i]->a)->type.base == PPM_BASE_TEXT || !against_constant(e, parts[i], &x[i], &k[i], &relation[i]))
			return false;
	enum ppm_register_class class = ppm_emit_class(node_of(e, x[0]));
	if (x[0] != x[1] || class == PPM_CLASS_X128 || class == PPM_CLASS_MASK || e->fallible[x[0]])
		return false;
	struct ppm_emitted value = ppm_emit_node(e, x[0]);
	uint32_t result;
	if (class == PPM_CLASS_F64) {
		double low[2], high[2];
		for (int i = 0; i < 2; i++)
			number_bounds(e, relation[i], x[i], k[i], &low[i], &high[i]);
		int64_t least, most;
		whole_within(fmax(low[0], low[1]), fmin(high[0], high[1]), &least, &most);
		result = by_integer(e, x[0], least, most, node->span);
		if (result == NO_VIRTUAL)
			result = emit_number(e, value.value, fmax(low[0], low[1]), fmin(high[0], high[1]), node->span);
	} else {
		int64_t low[2], high[2];
		for (int i = 0; i < 2; i++)
			whole_bounds(relation[i], class == PPM_CLASS_I64 ? node_of(e, k[i])->value.exact : node_of(e, k[i])->value.whole,
				class == PPM_CLASS_I64 ? PPM_EXACT_PER_MONEY : 1, &low[i], &high[i]);
		int64_t least = low[0] > low[1] ? low[0] : low[1], most = high[0] < high[1] ? high[0] : high[1];
		result = class == PPM_CLASS_I32 ? by_integer(e, x[0], least, most, node->span) : NO_VIRTUAL;
		if (result == NO_VIRTUAL)
			result = emit_whole(e, class, value.value, least, most, node->span);
	}
	if (value.present != NO_VIRTUAL)
		result = ppm_emit_and(e, result, value.present);
	*out = (struct ppm_emitted){ result, value.present };
	return true;
}

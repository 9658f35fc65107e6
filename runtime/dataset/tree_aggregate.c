// Figures of all rows below each row of a tree.
//
// What is added up is one element a row: a whole number of 64 or 128 bits, words of an exact sum, or the least key. Over all levels one pass from the leaves up is enough. Over some levels
// only, elements of 1, 2, 4 … levels are built by doubling, from each row and the rows exactly so many levels below it; these stand side by side when rows are listed level by level, each level in
// the tree's order. So the work is linear in the rows for each doubling, whatever the levels are.
//
// With a ratio the sum is made level by level, as it is defined: the ratio times the sum over the children of their values and their own such sums.
#include "runtime/dataset/exact_sum.h"

#include <assert.h>
#include <math.h>

#define FEW_LEVELS 6u // that are summed one after another

enum element_kind { ELEMENT_COUNT, ELEMENT_WHOLE, ELEMENT_EXACT, ELEMENT_LEAST };

struct summing {
	const struct ppm_steps *steps;
	struct ppm_tree_shape *shape;
	struct ppm_tree_request *request;
	enum element_kind kind;
	bool inverted; // LEAST: of inverted keys, for MAX
	size_t words;  // of 64 bits in an element
	struct ppm_exact_range range;
	int low; // EXACT
	// Rows level by level.
	uint32_t *level, *level_starts, *places;
};

static bool counts(const struct ppm_tree_request *request, uint64_t row)
{
	return ppm_mask_bit(request->where, row) && (!request->value || ppm_series_present(request->value, row));
}

static inline uint64_t *element_at(const struct summing *summing, uint64_t *elements, uint64_t row)
{
	return elements + row * summing->words;
}

static inline void combine(const struct summing *summing, uint64_t *to, const uint64_t *from)
{
	ppm_uint128 a, b;
	switch (summing->kind) {
	case ELEMENT_COUNT: *to += *from; break;
	case ELEMENT_WHOLE:
		memcpy(&a, to, sizeof a);
		memcpy(&b, from, sizeof b);
		a += b;
		memcpy(to, &a, sizeof a);
		break;
	case ELEMENT_EXACT: ppm_exact_add_words(to, from, (uint32_t)summing->words); break;
	case ELEMENT_LEAST:
		memcpy(&a, to, sizeof a);
		memcpy(&b, from, sizeof b);
		a = b < a ? b : a;
		memcpy(to, &a, sizeof a);
		break;
	}
}

static ppm_int128 whole_value(const struct ppm_series *series, uint64_t row)
{
	switch (series->class) {
	case PPM_CLASS_I64: return ((const int64_t *)series->values)[row];
	case PPM_CLASS_X128: return ((const ppm_int128 *)series->values)[row];
	case PPM_CLASS_I32: return ((const int32_t *)series->values)[row];
	default: break;
	}
	assert(0 && "a class that adds up");
	return 0;
}

// An order-preserving key of 128 bits, below the largest one.
static ppm_uint128 wide_key(const struct ppm_series *series, uint64_t row)
{
	if (series->class == PPM_CLASS_X128)
		return (ppm_uint128)((const ppm_int128 *)series->values)[row] ^ (ppm_uint128)1 << 127;
	return (ppm_uint128)ppm_series_key(series, row);
}

// What the row itself gives. 0 or, of LEAST, all ones where it does not count.
static inline void own_element(const struct summing *summing, uint64_t row, uint64_t *element)
{
	const struct ppm_tree_request *request = summing->request;
	bool is_counted = counts(request, row);
	switch (summing->kind) {
	case ELEMENT_COUNT:
		// Of ANY and ALL those rows that decide; of COUNT over a flag those where it holds.
		if (is_counted && request->value && request->value->class == PPM_CLASS_MASK)
			is_counted = ppm_series_bit(request->value->values, row) != (request->function == PPM_AGGREGATE_ALL);
		*element = is_counted;
		break;
	case ELEMENT_WHOLE: {
		ppm_int128 value = is_counted ? whole_value(request->value, row) : 0;
		memcpy(element, &value, sizeof value);
		break;
	}
	case ELEMENT_EXACT: {
		memset(element, 0, summing->words * sizeof *element);
		struct ppm_exact_sums single = { .words = element, .count = 1, .width = (uint32_t)summing->words, .low = summing->low };
		if (is_counted)
			ppm_exact_add(&single, 0, ((const double *)request->value->values)[row]);
		break;
	}
	case ELEMENT_LEAST: {
		ppm_uint128 key = is_counted ? wide_key(request->value, row) : ~(ppm_uint128)0;
		// Inverted keys stay below the largest one, too: no value has the key 0.
		if (is_counted && summing->inverted)
			key = ~key;
		memcpy(element, &key, sizeof key);
		break;
	}
	}
}

static void clear(const struct summing *summing, uint64_t *elements)
{
	memset(elements, summing->kind == ELEMENT_LEAST ? 0xff : 0, summing->shape->rows * summing->words * sizeof *elements);
}

static void fill_own(const struct summing *summing, uint64_t *elements)
{
	for (uint64_t row = 0; row < summing->shape->rows; row++)
		own_element(summing, row, element_at(summing, elements, row));
}

// elements[row] = all below it, without its own.
static enum ppm_status sum_up(const struct summing *summing, uint64_t *elements)
{
	const struct ppm_tree_shape *shape = summing->shape;
	uint64_t own[PPM_EXACT_SUM_WORDS_MAX];
	clear(summing, elements);
	for (uint64_t i = shape->rows; i-- > 0;) {
		if (i % 65536 == 0 && ppm_steps_interrupted(summing->steps))
			return PPM_ERROR_INTERRUPTED;
		uint64_t row = shape->parents_first ? i : shape->order[i];
		uint32_t parent = shape->parent[row];
		if (parent == PPM_NO_ROW)
			continue;
		own_element(summing, row, own);
		combine(summing, element_at(summing, elements, parent), own);
		combine(summing, element_at(summing, elements, parent), element_at(summing, elements, row));
	}
	return PPM_OK;
}

// ---- some levels --------------------------------------------------------------------------------------------------

// One level after another: `elements` are those of the rows exactly so many levels below, made of the children's. For a few levels that is less work than to list them.
static enum ppm_status sum_few_levels(const struct summing *summing, uint64_t *elements, uint64_t *sums)
{
	const struct ppm_tree_shape *shape = summing->shape;
	const struct ppm_tree_request *request = summing->request;
	enum ppm_status status = PPM_OK;
	uint64_t *above = ppm_steps_take(summing->steps, shape->rows * summing->words, sizeof *above, &status);
	if (!above)
		return status;
	uint64_t *from = sums, *to = above;
	fill_own(summing, from);
	clear(summing, elements);
	for (uint32_t level = 1; level <= request->level_high && level <= shape->deepest && status == PPM_OK; level++) {
		clear(summing, to);
		for (uint64_t row = 0; row < shape->rows; row++) {
			uint32_t parent = shape->parent[row];
			if (parent == PPM_NO_ROW || (level > 1 && shape->below[row] == 0))
				continue;
			combine(summing, element_at(summing, to, parent), element_at(summing, from, row));
			if (level >= request->level_low)
				combine(summing, element_at(summing, elements, parent), element_at(summing, from, row));
		}
		uint64_t *swapped = from;
		from = to;
		to = swapped;
		status = ppm_steps_interrupted(summing->steps) ? PPM_ERROR_INTERRUPTED : PPM_OK;
	}
	ppm_steps_give(summing->steps, above, shape->rows * summing->words, sizeof *above);
	return status;
}

static enum ppm_status list_levels(struct summing *summing)
{
	const struct ppm_tree_shape *shape = summing->shape;
	enum ppm_status status = ppm_tree_shape_list(summing->shape, summing->steps);
	if (status != PPM_OK)
		return status;
	uint64_t levels = (uint64_t)shape->deepest + 2;
	summing->level = ppm_steps_take(summing->steps, shape->rows, sizeof *summing->level, &status);
	if (summing->level)
		summing->places = ppm_steps_take(summing->steps, shape->rows, sizeof *summing->places, &status);
	if (summing->places)
		summing->level_starts = ppm_steps_take(summing->steps, levels, sizeof *summing->level_starts, &status);
	if (!summing->level_starts)
		return status;
	for (uint64_t row = 0; row < shape->rows; row++)
		summing->level_starts[shape->depth[row] + 1]++;
	for (uint64_t level = 1; level < levels; level++)
		summing->level_starts[level] += summing->level_starts[level - 1];
	for (uint64_t i = 0; i < shape->rows; i++) {
		uint32_t row = shape->order[i];
		summing->places[row] = (uint32_t)i;
		summing->level[summing->level_starts[shape->depth[row]]++] = row;
	}
	// Filling moved each start to its end, which is the next one's start.
	for (uint64_t level = levels - 1; level > 0; level--)
		summing->level_starts[level] = summing->level_starts[level - 1];
	summing->level_starts[0] = 0;
	return PPM_OK;
}

// to[row] takes in from[below] for all rows exactly `levels` below it. `to` may be `from`: whoever takes comes before those that are taken.
static enum ppm_status pull(const struct summing *summing, uint64_t *from, uint64_t *to, uint64_t levels)
{
	const struct ppm_tree_shape *shape = summing->shape;
	for (uint64_t depth = 0; depth + levels <= shape->deepest; depth++) {
		uint64_t above = summing->level_starts[depth];
		for (uint64_t i = summing->level_starts[depth + levels]; i < summing->level_starts[depth + levels + 1]; i++) {
			uint32_t row = summing->level[i];
			while (summing->places[row] > summing->places[summing->level[above]] + shape->below[summing->level[above]])
				above++;
			combine(summing, element_at(summing, to, summing->level[above]), element_at(summing, from, row));
		}
		if (depth % 1024 == 0 && ppm_steps_interrupted(summing->steps))
			return PPM_ERROR_INTERRUPTED;
	}
	return PPM_OK;
}

// elements[row] = the rows from level_low to level_high below it.
static enum ppm_status sum_levels(struct summing *summing, uint64_t *elements, uint64_t *sums)
{
	const struct ppm_tree_request *request = summing->request;
	uint64_t deepest = summing->shape->deepest;
	enum ppm_status status = list_levels(summing);
	if (status != PPM_OK)
		return status;
	// sums: of each row and the first of the levels below it, as many as count.
	uint64_t high = request->level_high < deepest ? request->level_high : deepest;
	uint64_t count = high + 1 - request->level_low, done = 0;
	fill_own(summing, elements);
	clear(summing, sums);
	for (uint64_t block = 1; status == PPM_OK; block *= 2) {
		// elements: of each row and `block` - 1 levels below it.
		if (count & block) {
			if (done == 0)
				memcpy(sums, elements, summing->shape->rows * summing->words * sizeof *sums);
			else
				status = pull(summing, elements, sums, done);
			done += block;
		}
		if (done == count)
			break;
		if (status == PPM_OK)
			status = pull(summing, elements, elements, block);
	}
	if (status != PPM_OK)
		return status;
	clear(summing, elements);
	return pull(summing, sums, elements, request->level_low);
}

// Takes the elements of all rows' figures.
static enum ppm_status make_elements(struct summing *summing, uint64_t **elements)
{
	const struct ppm_tree_shape *shape = summing->shape;
	const struct ppm_tree_request *request = summing->request;
	enum ppm_status status = PPM_OK;
	uint64_t size = shape->rows * summing->words;
	*elements = ppm_steps_take(summing->steps, size, sizeof **elements, &status);
	if (!*elements)
		return status;
	if (request->level_low > shape->deepest || request->level_low > request->level_high) {
		clear(summing, *elements);
	} else if (request->level_low == 1 && request->level_high >= shape->deepest) {
		status = sum_up(summing, *elements);
	} else {
		uint64_t *sums = ppm_steps_take(summing->steps, size, sizeof *sums, &status);
		if (sums)
			status = request->level_high <= FEW_LEVELS ? sum_few_levels(summing, *elements, sums) : sum_levels(summing, *elements, sums);
		ppm_steps_give(summing->steps, sums, size, sizeof *sums);
		ppm_steps_give(summing->steps, summing->level, shape->rows, sizeof *summing->level);
		ppm_steps_give(summing->steps, summing->places, shape->rows, sizeof *summing->places);
		ppm_steps_give(summing->steps, summing->level_starts, (uint64_t)shape->deepest + 2, sizeof *summing->level_starts);
	}
	return status;
}

// ---- figures --------------------------------------------------------------------------------------------------------

static void note_fault(struct ppm_tree_request *request, uint64_t row, const char *what)
{
	if (!request->fault.is_set || row < request->fault.row)
		request->fault = (struct ppm_step_fault){ .is_set = true, .row = row, .what = what };
}

static ppm_int128 limit_of(enum ppm_register_class class)
{
	return class == PPM_CLASS_I64 ? PPM_MONEY_MAX : class == PPM_CLASS_X128 ? PPM_EXACT_MAX : INT32_MAX;
}

static void write_whole(struct ppm_tree_request *request, uint64_t row, ppm_int128 value)
{
	ppm_int128 limit = limit_of(request->out->class);
	if (value > limit || value < -limit) {
		note_fault(request, row, request->out->class == PPM_CLASS_I32 ? "the sum passes the longest duration" : "the sum passes ±900 trillion");
		value = 0;
	}
	if (request->out->class == PPM_CLASS_I64)
		((int64_t *)request->out->values)[row] = (int64_t)value;
	else if (request->out->class == PPM_CLASS_X128)
		((ppm_int128 *)request->out->values)[row] = value;
	else
		((int32_t *)request->out->values)[row] = (int32_t)value;
}

static void write_number(struct ppm_tree_request *request, uint64_t row, double value)
{
	if (isinf(value)) {
		note_fault(request, row, "the sum passes the largest number");
		value = 0;
	}
	((double *)request->out->values)[row] = value;
}

static void set_present(const struct ppm_tree_request *request, uint64_t row, bool present)
{
	if (request->out->present)
		ppm_series_set_bit(request->out->present, row, present);
}

static void write_least(const struct summing *summing, uint64_t row, ppm_uint128 key)
{
	const struct ppm_tree_request *request = summing->request;
	void *out = request->out->values;
	bool present = key != ~(ppm_uint128)0;
	set_present(request, row, present);
	if (summing->inverted)
		key = ~key;
	uint64_t low = (uint64_t)key;
	switch (request->out->class) {
	case PPM_CLASS_F64: ((double *)out)[row] = present ? ppm_key_to_f64(low) : 0; break;
	case PPM_CLASS_I64: ((int64_t *)out)[row] = present ? (int64_t)(low ^ UINT64_C(1) << 63) : 0; break;
	case PPM_CLASS_X128: ((ppm_int128 *)out)[row] = present ? (ppm_int128)(key ^ (ppm_uint128)1 << 127) : 0; break;
	case PPM_CLASS_I32: ((int32_t *)out)[row] = present ? (int32_t)((int64_t)low - INT64_C(0x80000000)) : 0; break;
	default: assert(0 && "a class with an order");
	}
}

// A figure from an element; `rows` is how many rows are in it, for AVG.
static void write_figure(const struct summing *summing, uint64_t row, const uint64_t *element, uint64_t rows)
{
	struct ppm_tree_request *request = summing->request;
	ppm_int128 whole = 0;
	if (summing->kind == ELEMENT_WHOLE || summing->kind == ELEMENT_LEAST)
		memcpy(&whole, element, sizeof whole);
	bool present = true;
	switch (request->function) {
	case PPM_AGGREGATE_COUNT: ((double *)request->out->values)[row] = (double)*element; break;
	case PPM_AGGREGATE_ANY: ppm_series_set_bit(request->out->values, row, *element > 0); break;
	case PPM_AGGREGATE_ALL: ppm_series_set_bit(request->out->values, row, *element == 0); break;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX: write_least(summing, row, (ppm_uint128)whole); return;
	case PPM_AGGREGATE_SUM:
		if (summing->kind == ELEMENT_EXACT)
			write_number(request, row, ppm_exact_round(element, (uint32_t)summing->words, summing->low, 0));
		else
			write_whole(request, row, whole);
		break;
	case PPM_AGGREGATE_AVG:
		present = rows > 0;
		if (summing->kind == ELEMENT_EXACT) {
			((double *)request->out->values)[row] = present ? ppm_exact_mean(element, (uint32_t)summing->words, summing->low, rows) : 0;
		} else if (request->out->class == PPM_CLASS_F64) {
			((double *)request->out->values)[row] = present ? ppm_exact_ratio(whole, (ppm_int128)rows) : 0;
		} else {
			if (request->value->class == PPM_CLASS_I64)
				whole *= PPM_EXACT_PER_MONEY;
			write_whole(request, row, present ? ppm_round_divide_128(whole, (ppm_int128)rows) : 0);
		}
		break;
	default: assert(0 && "a function of trees");
	}
	set_present(request, row, present);
}

static enum ppm_status plain(struct summing *summing)
{
	struct ppm_tree_request *request = summing->request;
	uint64_t rows = summing->shape->rows;
	uint64_t *elements = NULL, *row_counts = NULL;
	enum ppm_status status = PPM_OK;
	if (request->function == PPM_AGGREGATE_AVG) {
		struct summing counting = *summing;
		struct ppm_tree_request count_request = *request;
		counting.kind = ELEMENT_COUNT;
		counting.words = 1;
		counting.request = &count_request;
		status = make_elements(&counting, &row_counts);
	}
	if (status == PPM_OK)
		status = make_elements(summing, &elements);
	if (status == PPM_OK)
		for (uint64_t row = 0; row < rows; row++)
			write_figure(summing, row, element_at(summing, elements, row), row_counts ? row_counts[row] : 0);
	ppm_steps_give(summing->steps, elements, rows * summing->words, sizeof *elements);
	ppm_steps_give(summing->steps, row_counts, rows, sizeof *row_counts);
	return status;
}

// ---- without elements --------------------------------------------------------------------------------------------------

// Counts, and amounts of which no sum can pass the range, are added up where they are to stand, when all levels count or only the first.
static bool is_direct(const struct summing *summing)
{
	const struct ppm_tree_request *request = summing->request;
	const struct ppm_tree_shape *shape = summing->shape;
	if (request->level_low != 1 || (request->level_high > 1 && request->level_high < shape->deepest))
		return false;
	if (request->function == PPM_AGGREGATE_COUNT)
		return true;
	if (request->function != PPM_AGGREGATE_SUM || request->out->class != PPM_CLASS_I64 || request->value->class != PPM_CLASS_I64)
		return false;
	const int64_t *values = request->value->values;
	ppm_uint128 all = 0;
	for (uint64_t row = 0; row < shape->rows; row++) {
		uint64_t size = values[row] < 0 ? -(uint64_t)values[row] : (uint64_t)values[row];
		all += counts(request, row) ? size : 0;
	}
	return all <= (ppm_uint128)PPM_MONEY_MAX;
}

#define ADD_UP(type, own) \
	do { \
		type *sums = request->out->values; \
		memset(sums, 0, shape->rows * sizeof *sums); \
		for (uint64_t i = shape->rows; i-- > 0;) { \
			if (i % 65536 == 0 && ppm_steps_interrupted(summing->steps)) \
				return PPM_ERROR_INTERRUPTED; \
			uint64_t row = shape->parents_first ? i : shape->order[i]; \
			uint32_t parent = shape->parent[row]; \
			if (parent != PPM_NO_ROW) \
				sums[parent] += (own) + (all_levels ? sums[row] : 0); \
		} \
	} while (0)

static enum ppm_status add_up(const struct summing *summing)
{
	const struct ppm_tree_shape *shape = summing->shape;
	const struct ppm_tree_request *request = summing->request;
	bool all_levels = request->level_high > 1;
	if (request->function == PPM_AGGREGATE_SUM) {
		const int64_t *values = request->value->values;
		if (request->where || request->value->present)
			ADD_UP(int64_t, counts(request, row) ? values[row] : 0);
		else
			ADD_UP(int64_t, values[row]);
	} else if (all_levels && !request->where && !request->value) {
		double *sums = request->out->values;
		for (uint64_t row = 0; row < shape->rows; row++)
			sums[row] = shape->below[row];
	} else {
		uint64_t own[PPM_EXACT_SUM_WORDS_MAX];
		ADD_UP(double, (own_element(summing, row, own), (double)own[0]));
	}
	if (request->out->present)
		memset(request->out->present, 0xff, ppm_mask_words(shape->rows) * sizeof *request->out->present);
	return PPM_OK;
}

// ---- with a ratio -----------------------------------------------------------------------------------------------------

// sums[row] = ratio · Σ over the children of (their value, if `with_values`, + sums[child]). Amounts: the sum times the ratio, rounded to 12 places. Numbers: the exact sum of all that is added,
// rounded, times the ratio.
struct weighing {
	const struct summing *summing;
	ppm_int128 *amounts, *sums; // sums: `amounts` itself while all levels are summed in one pass
	double *numbers;
	struct ppm_exact_sums exact; // one sum of any numbers
	bool with_values;
};

// The first child of a row stands right after it in the tree's order, and each next one after all that is below the one before.
#define FOR_CHILDREN(shape, place, child, next) \
	for (uint64_t next = (place) + 1, end_##next = next + (shape)->below[(shape)->order[place]]; next < end_##next; next += (shape)->below[(shape)->order[next]] + 1) \
		for (uint32_t once_##next = 1, child = (shape)->order[next]; once_##next; once_##next = 0)

// What a row gives to its parent, besides its own sum.
static inline ppm_int128 own_amount(const struct weighing *weighing, uint64_t row)
{
	const struct ppm_tree_request *request = weighing->summing->request;
	if (!weighing->with_values || !counts(request, row))
		return 0;
	return whole_value(request->value, row) * (request->value->class == PPM_CLASS_I64 ? PPM_EXACT_PER_MONEY : 1);
}

static inline ppm_int128 weigh_amount(const struct weighing *weighing, uint64_t row, ppm_int128 sum)
{
	ppm_int128 weighed = 0;
	if (sum != 0 && !ppm_exact_multiply(sum, weighing->summing->request->ratio, &weighed))
		note_fault(weighing->summing->request, row, "the sum passes ±900 trillion");
	return weighed;
}

// Amounts are added exactly, so that children may come in any order: each is added to its parent's.
static enum ppm_status weigh_amounts(const struct weighing *weighing, bool upwards)
{
	const struct ppm_tree_shape *shape = weighing->summing->shape;
	ppm_int128 *amounts = weighing->amounts, *sums = weighing->sums;
	if (!upwards)
		memset(sums, 0, shape->rows * sizeof *sums);
	for (uint64_t i = shape->rows; i-- > 0;) {
		if (i % 65536 == 0 && ppm_steps_interrupted(weighing->summing->steps))
			return PPM_ERROR_INTERRUPTED;
		uint64_t row = shape->parents_first ? i : shape->order[i];
		if (upwards)
			amounts[row] = weigh_amount(weighing, row, amounts[row]); // so far the sum of its children
		uint32_t parent = shape->parent[row];
		if (parent != PPM_NO_ROW)
			sums[parent] += amounts[row] + own_amount(weighing, row);
	}
	for (uint64_t row = 0; row < shape->rows && !upwards; row++)
		amounts[row] = weigh_amount(weighing, row, sums[row]);
	return PPM_OK;
}

static void weigh_numbers(const struct weighing *weighing, uint64_t place)
{
	const struct ppm_tree_shape *shape = weighing->summing->shape;
	struct ppm_tree_request *request = weighing->summing->request;
	const double *values = request->value->values;
	uint32_t row = shape->order[place];
	double sum = 0;
	uint32_t below = shape->below[row], first = below ? shape->order[place + 1] : row;
	if (below && shape->below[first] + 1 == below) {
		// An only child: two numbers are added right by the processor.
		sum = weighing->numbers[first] + (weighing->with_values && counts(request, first) ? values[first] : 0);
	} else if (below) {
		memset(weighing->exact.words, 0, weighing->exact.width * sizeof *weighing->exact.words);
		FOR_CHILDREN(shape, place, child, at)
		{
			ppm_exact_add(&weighing->exact, 0, weighing->numbers[child]);
			if (weighing->with_values && counts(request, child))
				ppm_exact_add(&weighing->exact, 0, values[child]);
		}
		sum = ppm_exact_sum(&weighing->exact, 0);
	}
	double weighed = sum * request->ratio;
	if (!isfinite(weighed)) {
		note_fault(request, row, "the sum passes the largest number");
		weighed = 0;
	}
	weighing->numbers[row] = weighed + 0.0;
}

// One pass. From the leaves up, sums of all levels come about in one; from the roots down, the sums of one level less are still in the children.
static enum ppm_status weigh(struct weighing *weighing, bool upwards)
{
	uint64_t rows = weighing->summing->shape->rows;
	enum ppm_status status = PPM_OK;
	if (weighing->amounts) {
		ppm_int128 *sums = upwards ? weighing->amounts : ppm_steps_take(weighing->summing->steps, rows, sizeof *sums, &status);
		if (!sums)
			return status;
		weighing->sums = sums;
		status = weigh_amounts(weighing, upwards);
		if (!upwards)
			ppm_steps_give(weighing->summing->steps, sums, rows, sizeof *sums);
		return status;
	}
	for (uint64_t i = 0; i < rows; i++) {
		weigh_numbers(weighing, upwards ? rows - 1 - i : i);
		if (i % 65536 == 0 && ppm_steps_interrupted(weighing->summing->steps))
			return PPM_ERROR_INTERRUPTED;
	}
	return PPM_OK;
}

static enum ppm_status weigh_levels(struct weighing *weighing)
{
	const struct ppm_tree_request *request = weighing->summing->request;
	uint64_t deepest = weighing->summing->shape->deepest;
	enum ppm_status status = PPM_OK;
	weighing->with_values = true;
	if (request->level_low > deepest || request->level_low > request->level_high)
		return PPM_OK;
	if (request->level_high >= deepest)
		status = weigh(weighing, true);
	else
		for (uint64_t level = request->level_low; level <= request->level_high && status == PPM_OK; level++)
			status = weigh(weighing, false);
	weighing->with_values = false;
	for (uint64_t level = 1; level < request->level_low && status == PPM_OK; level++)
		status = weigh(weighing, false);
	return status;
}

static enum ppm_status weighed(const struct summing *summing)
{
	struct ppm_tree_request *request = summing->request;
	uint64_t rows = summing->shape->rows;
	struct weighing weighing = { .summing = summing };
	enum ppm_status status = PPM_OK;
	if (request->value->class == PPM_CLASS_F64) {
		status = ppm_tree_shape_list(summing->shape, summing->steps);
		if (status != PPM_OK)
			return status;
		weighing.numbers = ppm_steps_take(summing->steps, rows, sizeof *weighing.numbers, &status);
		if (weighing.numbers)
			status = ppm_exact_sums_new(&weighing.exact, summing->steps, 1, (struct ppm_exact_range){ -1074, 1024 }, rows * 2);
	} else {
		weighing.amounts = ppm_steps_take(summing->steps, rows, sizeof *weighing.amounts, &status);
	}
	if (status == PPM_OK)
		status = weigh_levels(&weighing);
	for (uint64_t row = 0; row < rows && status == PPM_OK; row++) {
		set_present(request, row, true);
		if (weighing.numbers)
			write_number(request, row, weighing.numbers[row]);
		else
			write_whole(request, row, weighing.amounts[row]);
	}
	ppm_exact_sums_free(&weighing.exact, summing->steps);
	ppm_steps_give(summing->steps, weighing.amounts, rows, sizeof *weighing.amounts);
	ppm_steps_give(summing->steps, weighing.numbers, rows, sizeof *weighing.numbers);
	return status;
}

// ---- the whole ------------------------------------------------------------------------------------------------------------

static void choose_elements(struct summing *summing)
{
	const struct ppm_tree_request *request = summing->request;
	summing->words = 2;
	switch (request->function) {
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL:
		summing->kind = ELEMENT_COUNT;
		summing->words = 1;
		return;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX:
		summing->kind = ELEMENT_LEAST;
		summing->inverted = request->function == PPM_AGGREGATE_MAX;
		return;
	default: break;
	}
	summing->kind = ELEMENT_WHOLE;
	if (request->value->class != PPM_CLASS_F64)
		return;
	summing->kind = ELEMENT_EXACT;
	for (uint64_t start = 0; start < summing->shape->rows; start += PPM_STEPS_BLOCK) {
		double values[PPM_STEPS_BLOCK];
		uint64_t count = 0;
		for (uint64_t row = start; row < summing->shape->rows && row < start + PPM_STEPS_BLOCK; row++)
			if (counts(request, row))
				values[count++] = ((const double *)request->value->values)[row];
		ppm_exact_range_add(&summing->range, values, count);
	}
	summing->words = ppm_exact_width(summing->range, summing->shape->rows);
	summing->low = summing->range.low > summing->range.high ? 0 : summing->range.low;
}

enum ppm_status ppm_step_tree_aggregate(const struct ppm_steps *steps, struct ppm_tree_shape *shape, struct ppm_tree_request *request)
{
	assert(request->level_low >= 1);
	request->skipped = 0;
	request->fault = (struct ppm_step_fault){ 0 };
	if (request->value && request->value->present)
		for (uint64_t row = 0; row < shape->rows; row++)
			request->skipped += shape->parent[row] != PPM_NO_ROW && ppm_mask_bit(request->where, row) && !ppm_series_present(request->value, row);
	struct summing summing = { .steps = steps, .shape = shape, .request = request, .range = PPM_EXACT_RANGE_EMPTY };
	if (request->ratio != 1 && request->function == PPM_AGGREGATE_SUM)
		return weighed(&summing);
	choose_elements(&summing);
	return is_direct(&summing) ? add_up(&summing) : plain(&summing);
}

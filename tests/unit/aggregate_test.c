// Aggregates, whole and piece by piece, against plain loops over all rows of each outer row.
#include "runtime/dataset/exact_sum.h"
#include "steps_fixture.h"

#include <float.h>
#include <math.h>

static const enum ppm_aggregate_function all_functions[] = {
	PPM_AGGREGATE_SUM,
	PPM_AGGREGATE_AVG,
	PPM_AGGREGATE_MIN,
	PPM_AGGREGATE_MAX,
	PPM_AGGREGATE_MEDIAN,
	PPM_AGGREGATE_QUANTILE,
	PPM_AGGREGATE_COUNT,
	PPM_AGGREGATE_ANY,
	PPM_AGGREGATE_ALL,
	PPM_AGGREGATE_DISTINCT,
	PPM_AGGREGATE_FIRST,
	PPM_AGGREGATE_LAST,
	PPM_AGGREGATE_STDDEV,
};

// The class of an aggregate of a column.
static enum ppm_register_class class_of(enum ppm_aggregate_function function, enum ppm_register_class class)
{
	switch (function) {
	case PPM_AGGREGATE_AVG:
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE:
	case PPM_AGGREGATE_STDDEV: return class == PPM_CLASS_I64 ? PPM_CLASS_X128 : class;
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_DISTINCT: return PPM_CLASS_F64;
	default: return class;
	}
}

static bool takes(enum ppm_aggregate_function function, enum ppm_register_class class)
{
	switch (function) {
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: return class == PPM_CLASS_MASK;
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_DISTINCT:
	case PPM_AGGREGATE_FIRST:
	case PPM_AGGREGATE_LAST: return true;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX: return class != PPM_CLASS_MASK;
	case PPM_AGGREGATE_STDDEV: return class == PPM_CLASS_F64 || class == PPM_CLASS_I64 || class == PPM_CLASS_X128;
	default: return class != PPM_CLASS_MASK && class != PPM_CLASS_I16;
	}
}

static uint64_t count_of(const uint32_t *rows)
{
	uint64_t count = 0;
	while (rows[count] != PPM_NO_ROW)
		count++;
	return count;
}

static ppm_int128 round_half_away(ppm_int128 numerator, ppm_int128 denominator)
{
	ppm_int128 size = numerator < 0 ? -numerator : numerator;
	ppm_int128 quotient = (2 * size + denominator) / (2 * denominator);
	return numerator < 0 ? -quotient : quotient;
}

static ppm_int128 scaled(const struct ppm_series *value, uint64_t row)
{
	return whole(value, row) * (value->class == PPM_CLASS_I64 ? 100000000 : 1);
}

static double long_sum(const struct ppm_series *value, const uint32_t *rows)
{
	// The fixture's numbers are a few eighths of a tenth times powers of ten: all sums are exact in a wide fixed point.
	ppm_int128 sum = 0;
	for (uint64_t i = 0; rows[i] != PPM_NO_ROW; i++) {
		int exponent;
		double fraction = frexp(number(value, rows[i]), &exponent);
		int64_t mantissa = (int64_t)ldexp(fraction, 53);
		int shift = exponent - 53 + 63; // of 2^-63
		assert_in_range(shift + 1, 0, 74);
		sum += shift < 0 ? (ppm_int128)mantissa / 2 : (ppm_int128)mantissa * ((ppm_int128)1 << shift);
	}
	return ppm_exact_ratio(sum, (ppm_int128)1 << 63);
}

// Checks the figure of one outer row against its inner rows, which have values and stand in ascending order.
static void check(const struct fixture *f, const struct ppm_aggregate_request *request, uint64_t outer, const uint32_t *rows)
{
	const struct ppm_series *value = request->value, *out = request->out;
	uint64_t count = count_of(rows);
	bool is_number = value && value->class == PPM_CLASS_F64;
	switch (request->function) {
	case PPM_AGGREGATE_COUNT: {
		uint64_t held = 0;
		for (uint64_t i = 0; i < count; i++)
			held += !value || value->class != PPM_CLASS_MASK || whole(value, rows[i]);
		assert_true(has(out, outer) && number(out, outer) == (double)held);
		return;
	}
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: {
		uint64_t held = 0;
		for (uint64_t i = 0; i < count; i++)
			held += whole(value, rows[i]) != 0;
		assert_true(has(out, outer));
		assert_int_equal((int)whole(out, outer), request->function == PPM_AGGREGATE_ANY ? held > 0 : held == count);
		return;
	}
	case PPM_AGGREGATE_DISTINCT: {
		uint64_t distinct = 0;
		for (uint64_t i = 0; i < count; i++) {
			bool is_new = true;
			for (uint64_t j = 0; j < i && is_new; j++)
				is_new = compare(f, value, false, rows[i], rows[j]) != 0;
			distinct += is_new;
		}
		assert_true(has(out, outer) && number(out, outer) == (double)distinct);
		return;
	}
	case PPM_AGGREGATE_SUM:
		assert_true(has(out, outer));
		if (is_number) {
			assert_true(number(out, outer) == long_sum(value, rows));
		} else {
			ppm_int128 sum = 0;
			for (uint64_t i = 0; i < count; i++)
				sum += whole(value, rows[i]);
			assert_true(whole(out, outer) == sum);
		}
		return;
	default: break;
	}
	// FIRST and LAST do not count rows without an order.
	if (request->function == PPM_AGGREGATE_FIRST || request->function == PPM_AGGREGATE_LAST) {
		uint32_t best = PPM_NO_ROW;
		for (uint64_t i = 0; i < count; i++) {
			if (request->order && !has(request->order, rows[i]))
				continue;
			int order = 0;
			if (best != PPM_NO_ROW) {
				order = request->order ? compare(f, request->order, request->order_is_text, rows[i], best) : 0;
				order = request->descending ? -order : order;
				if (order == 0 && request->tie)
					order = compare_missing(f, request->tie, request->tie_is_text, false, rows[i], best);
			}
			if (best == PPM_NO_ROW || (request->function == PPM_AGGREGATE_FIRST ? order < 0 : order >= 0))
				best = rows[i];
		}
		assert_int_equal(has(out, outer), best != PPM_NO_ROW);
		if (best != PPM_NO_ROW)
			assert_true(is_number ? number(out, outer) == number(value, best) : whole(out, outer) == whole(value, best));
		return;
	}
	assert_int_equal(has(out, outer), count > (request->function == PPM_AGGREGATE_STDDEV));
	if (!has(out, outer))
		return;
	// The values in order.
	uint32_t sorted[4096];
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = i;
		for (; at > 0 && compare(f, value, request->value_is_text, sorted[at - 1], rows[i]) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = rows[i];
	}
	switch (request->function) {
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX: {
		uint32_t best = sorted[request->function == PPM_AGGREGATE_MIN ? 0 : count - 1];
		assert_true(is_number ? number(out, outer) == number(value, best) : whole(out, outer) == whole(value, best));
		break;
	}
	case PPM_AGGREGATE_AVG:
		if (is_number) {
			assert_true(number(out, outer) == long_sum(value, rows) / (double)count);
		} else {
			ppm_int128 sum = 0;
			for (uint64_t i = 0; i < count; i++)
				sum += scaled(value, rows[i]);
			assert_true(whole(out, outer) == round_half_away(sum, (ppm_int128)count));
		}
		break;
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE: {
		// Fractions are percents.
		ppm_int128 percent = request->function == PPM_AGGREGATE_MEDIAN ? 50 : (ppm_int128)llround(request->fraction * 100);
		uint64_t place = (count - 1) * (uint64_t)percent, low = place / 100, rest = place % 100;
		uint32_t a = sorted[low], b = sorted[low + 1 < count ? low + 1 : low];
		if (is_number) {
			double exact = number(value, a) + (number(value, b) - number(value, a)) * (double)rest / 100;
			double larger = fmax(fabs(number(value, a)), fabs(number(value, b))); // its 15 digits are what a sum or difference keeps
			assert_true(fabs(number(out, outer) - exact) <= larger * 1e-14 + 1e-14);
			if (rest == 0)
				assert_true(number(out, outer) == number(value, a));
		} else {
			ppm_int128 from = scaled(value, a), gap = scaled(value, b) - from;
			assert_true(whole(out, outer) == round_half_away(from * 100 + gap * rest, 100));
		}
		break;
	}
	case PPM_AGGREGATE_STDDEV: {
		volatile long double one = 1;
		if (one + LDBL_EPSILON == one)
			break; // valgrind computes with 64 bits of them, too few to say what is right
		long double sum = 0, squares = 0;
		for (uint64_t i = 0; i < count; i++)
			sum += is_number ? (long double)number(value, rows[i]) : (long double)scaled(value, rows[i]);
		for (uint64_t i = 0; i < count; i++) {
			long double distance = (is_number ? (long double)number(value, rows[i]) : (long double)scaled(value, rows[i])) - sum / count;
			squares += distance * distance;
		}
		long double expected = sqrtl(squares / (count - 1));
		long double found = is_number ? (long double)number(out, outer) : (long double)whole(out, outer);
		assert_true(fabsl(found - expected) <= expected * 1e-12L + (is_number ? 1e-7L : 1));
		break;
	}
	default: fail();
	}
}

// The inner rows of an outer one that count; *skipped gets those without a value.
static void rows_of(const struct ppm_aggregate_request *request, uint64_t outer, uint32_t *rows, uint64_t *skipped)
{
	uint64_t count = 0;
	for (uint64_t row = 0; row < request->rows; row++) {
		if ((request->link ? request->link[row] : 0) != outer || !bit(request->where, row))
			continue;
		if (request->value && !has(request->value, row))
			++*skipped;
		else
			rows[count++] = (uint32_t)row;
	}
	rows[count] = PPM_NO_ROW;
}

static struct ppm_series random_value(struct fixture *f, enum ppm_register_class class, uint64_t rows, bool *is_text)
{
	*is_text = class == PPM_CLASS_I32 && chance(f, 50);
	uint64_t spread = 1 + below(f, chance(f, 50) ? 10 : 2000);
	return *is_text ? random_texts(f, rows, chance(f, 50), (uint32_t)spread) : random_series(f, class, rows, chance(f, 50), spread);
}

static void aggregates(void **state)
{
	(void)state;
	static uint32_t members[5000];
	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1 + (unsigned)(seed % 3));
		enum ppm_aggregate_function function = all_functions[seed % 13];
		enum ppm_register_class class = (enum ppm_register_class)(seed / 13 % 6);
		uint64_t rows = below(&f, chance(&f, 10) ? 4000 : 300), outer_rows = below(&f, chance(&f, 30) ? 3 : 150);
		bool no_value = function == PPM_AGGREGATE_COUNT && chance(&f, 30);
		if (!takes(function, class)) {
			fixture_free(&f);
			continue;
		}
		bool value_is_text = false, order_is_text = false, tie_is_text = false;
		struct ppm_series value = random_value(&f, class, rows, &value_is_text);
		struct ppm_series order = random_value(&f, (enum ppm_register_class)(1 + below(&f, 5)), rows, &order_is_text);
		struct ppm_series tie = random_value(&f, (enum ppm_register_class)(1 + below(&f, 5)), rows, &tie_is_text);
		if (value_is_text && function < PPM_AGGREGATE_COUNT && function != PPM_AGGREGATE_MIN && function != PPM_AGGREGATE_MAX)
			value_is_text = false;
		struct ppm_series out = new_series(class_of(function, class), outer_rows, true);
		struct ppm_aggregate_request request = {
			.function = function,
			.value = no_value ? NULL : &value,
			.value_is_text = value_is_text,
			.where = chance(&f, 40) ? random_mask(&f, rows, 70) : NULL,
			.order = chance(&f, 80) ? &order : NULL,
			.order_is_text = order_is_text,
			.descending = chance(&f, 50),
			.tie = chance(&f, 60) ? &tie : NULL,
			.tie_is_text = tie_is_text,
			.rows = rows,
			.link = random_link(&f, rows, outer_rows, 90),
			.outer_rows = outer_rows,
			.fraction = (double)below(&f, 101) / 100,
			.out = &out,
		};
		uint32_t *link = (uint32_t *)(uintptr_t)request.link;
		if (outer_rows == 1 && chance(&f, 50))
			request.link = NULL;
		assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
		assert_false(request.fault.is_set);
		uint64_t skipped = 0;
		for (uint64_t outer = 0; outer < outer_rows; outer++) {
			rows_of(&request, outer, members, &skipped);
			if ((function == PPM_AGGREGATE_FIRST || function == PPM_AGGREGATE_LAST) && request.order)
				for (uint64_t i = 0; members[i] != PPM_NO_ROW; i++)
					skipped += !has(request.order, members[i]);
			check(&f, &request, outer, members);
		}
		assert_int_equal(request.skipped, skipped);

		// Piece by piece, in any order but for FIRST and LAST.
		if (!value_is_text && !(request.link == NULL) && !no_value) {
			struct ppm_aggregator *aggregator;
			assert_int_equal(ppm_aggregator_new(&aggregator, &f.steps, function, class, request.fraction, outer_rows), PPM_OK);
			size_t size = element_bytes(class);
			for (uint64_t start = 0; start < rows;) {
				uint64_t count = 64 * (1 + below(&f, 5)); // masks are cut at whole words
				count = count < rows - start ? count : rows - start;
				struct ppm_series piece = value;
				piece.values = class == PPM_CLASS_MASK ? (char *)value.values + start / 8 : (char *)value.values + start * size;
				piece.present = value.present ? value.present + start / 64 : NULL;
				assert_int_equal(ppm_aggregator_add(aggregator, request.link + start, &piece, request.where ? request.where + start / 64 : NULL, count), PPM_OK);
				start += count;
			}
			struct ppm_step_fault fault;
			struct ppm_aggregate_request pieces = request;
			pieces.order = pieces.tie = NULL;
			assert_int_equal(ppm_aggregator_finish(aggregator, &out, &pieces.skipped, &fault), PPM_OK);
			assert_false(fault.is_set);
			skipped = 0;
			for (uint64_t outer = 0; outer < outer_rows; outer++) {
				rows_of(&pieces, outer, members, &skipped);
				check(&f, &pieces, outer, members);
			}
			assert_int_equal(pieces.skipped, skipped);
		}
		free_series(&value);
		free_series(&order);
		free_series(&tie);
		free_series(&out);
		ppm_free_aligned(NULL, link);
		ppm_free_aligned(NULL, (void *)(uintptr_t)request.where);
		fixture_free(&f);
	}
}

// Large tables: threads give what one gives, to the bit, with and without many outer rows.
static void threads_agree(void **state)
{
	(void)state;
	const uint64_t rows = 300000;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		enum ppm_aggregate_function function = all_functions[seed % 13];
		enum ppm_register_class class = function == PPM_AGGREGATE_ANY || function == PPM_AGGREGATE_ALL ? PPM_CLASS_MASK : seed % 2 ? PPM_CLASS_F64 : PPM_CLASS_X128;
		uint64_t outer_rows = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 100 : 90000;
		struct ppm_series value = random_series(&f, class, rows, seed % 5 == 0, 100000), order = random_series(&f, PPM_CLASS_I32, rows, false, 50);
		struct ppm_series single = new_series(class_of(function, class), outer_rows, true), several = new_series(class_of(function, class), outer_rows, true);
		uint32_t *link = random_link(&f, rows, outer_rows, 95);
		struct ppm_aggregate_request request = {
			.function = function, .value = &value, .order = &order, .rows = rows, .link = link, .outer_rows = outer_rows, .fraction = 0.3, .out = &single
		};
		assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
		uint64_t skipped = request.skipped;
		f.steps.threads = 4;
		request.out = &several;
		assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
		assert_int_equal(request.skipped, skipped);
		for (uint64_t outer = 0; outer < outer_rows; outer++) {
			assert_int_equal(has(&single, outer), has(&several, outer));
			if (has(&single, outer) && single.class == PPM_CLASS_F64)
				assert_true(number(&single, outer) == number(&several, outer));
			else if (has(&single, outer))
				assert_true(whole(&single, outer) == whole(&several, outer));
		}
		free_series(&value);
		free_series(&order);
		free_series(&single);
		free_series(&several);
		ppm_free_aligned(NULL, link);
		fixture_free(&f);
	}
}

static void faults(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 2);
	struct ppm_series value = new_series(PPM_CLASS_I64, 5, false), out = new_series(PPM_CLASS_I64, 2, true);
	uint32_t link[] = { 0, 1, 1, 1, 1 };
	int64_t *money = value.values;
	struct ppm_aggregate_request request = { .function = PPM_AGGREGATE_SUM, .value = &value, .rows = 5, .link = link, .outer_rows = 2, .out = &out };
	memcpy(money, (int64_t[]){ 1, PPM_MONEY_MAX, 1, -5, PPM_MONEY_MAX }, 40);
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 2);
	assert_non_null(strstr(request.fault.what, "900 trillion"));
	// The limit itself is fine, whatever comes between.
	memcpy(money, (int64_t[]){ 1, PPM_MONEY_MAX, PPM_MONEY_MAX, -PPM_MONEY_MAX, 0 }, 40);
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_false(request.fault.is_set);
	assert_int_equal(((int64_t *)out.values)[1], PPM_MONEY_MAX);
	free_series(&value);
	free_series(&out);

	value = new_series(PPM_CLASS_X128, 5, false);
	out = new_series(PPM_CLASS_X128, 2, true);
	ppm_int128 *amounts = value.values;
	for (unsigned i = 0; i < 5; i++)
		amounts[i] = -PPM_EXACT_MAX / 2;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 3);
	free_series(&value);
	free_series(&out);

	value = new_series(PPM_CLASS_F64, 5, false);
	out = new_series(PPM_CLASS_F64, 2, true);
	double *numbers = value.values;
	for (unsigned i = 0; i < 5; i++)
		numbers[i] = DBL_MAX;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 2);
	// The mean of the same is a number.
	request.function = PPM_AGGREGATE_AVG;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_false(request.fault.is_set);
	assert_true(((double *)out.values)[1] == DBL_MAX);
	numbers[3] = -DBL_MAX;
	request.function = PPM_AGGREGATE_STDDEV;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 1);
	free_series(&value);
	free_series(&out);

	// Durations.
	value = new_series(PPM_CLASS_I32, 5, false);
	out = new_series(PPM_CLASS_I32, 2, true);
	int32_t *days = value.values;
	memcpy(days, (int32_t[]){ 3, INT32_MAX, 0, 1, -1 }, 20);
	request.function = PPM_AGGREGATE_SUM;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_false(request.fault.is_set);
	days[4] = 1;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 3);
	free_series(&value);
	free_series(&out);
	fixture_free(&f);
}

// Figures that others computed. Python: statistics.median, numpy.percentile, statistics.stdev.
static void known_figures(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	struct ppm_series value = new_series(PPM_CLASS_F64, 7, false), out = new_series(PPM_CLASS_F64, 1, true);
	memcpy(value.values, (double[]){ 2, 4, 4, 4, 5, 5, 9 }, 56);
	struct ppm_aggregate_request request = { .function = PPM_AGGREGATE_STDDEV, .value = &value, .rows = 7, .outer_rows = 1, .out = &out };
	double *figure = out.values;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(fabs(*figure - 2.1380899352993952) < 1e-15);
	request.function = PPM_AGGREGATE_MEDIAN;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(*figure == 4);
	request.function = PPM_AGGREGATE_QUANTILE;
	request.fraction = 0.9;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(fabs(*figure - 6.6) < 1e-14);
	request.fraction = 1;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(*figure == 9);
	// (n - 1) · 0.29 is the 29th value itself, although 100 * 0.29 is a little less in doubles.
	free_series(&value);
	value = new_series(PPM_CLASS_F64, 101, false);
	for (int i = 0; i <= 100; i++)
		((double *)value.values)[(i * 37) % 101] = i * i;
	request.rows = 101;
	request.fraction = 0.29;
	assert_int_equal(ppm_step_aggregate(&f.steps, &request), PPM_OK);
	assert_true(*figure == 841);
	free_series(&value);
	free_series(&out);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aggregates),
		cmocka_unit_test(threads_agree),
		cmocka_unit_test(faults),
		cmocka_unit_test(known_figures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

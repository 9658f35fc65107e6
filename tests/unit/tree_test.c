// Trees: shapes against walks from every row, figures against sums over all pairs, and a chain and a star of many rows.
#include "steps_fixture.h"

#include <float.h>
#include <math.h>

// How far `row` is below `top`, by its links; 0: it is not below it.
static uint64_t level_below(const uint32_t *parent, uint32_t row, uint32_t top)
{
	uint64_t level = 0;
	for (uint32_t at = row; at != PPM_NO_ROW; at = parent[at], level++)
		if (at == top && level > 0)
			return level;
	return 0;
}

static uint32_t *random_parents(struct fixture *f, uint64_t rows, unsigned kind)
{
	uint32_t *link = room(rows, sizeof *link);
	for (uint32_t row = 0; row < rows; row++) {
		switch (kind) {
		case 0: link[row] = row && chance(f, 90) ? (uint32_t)below(f, row) : PPM_NO_ROW; break;
		case 1: link[row] = row + 1 < rows && chance(f, 90) ? (uint32_t)(row + 1 + below(f, rows - row - 1)) : PPM_NO_ROW; break;
		case 2: link[row] = chance(f, 90) ? (uint32_t)below(f, rows) : PPM_NO_ROW; break; // circles are likely
		case 3: link[row] = row && chance(f, 95) ? row - 1 : PPM_NO_ROW; break;
		default: link[row] = row && chance(f, 90) ? (uint32_t)below(f, row < 4 ? row : 4) : PPM_NO_ROW; break;
		}
	}
	return link;
}

static bool on_circle(const uint32_t *link, uint64_t rows, uint32_t row)
{
	uint32_t at = link[row];
	for (uint64_t steps = 0; at != PPM_NO_ROW && steps <= rows; steps++, at = link[at])
		if (at == row)
			return true;
	return false;
}

static int compare_keys(const struct fixture *f, const struct ppm_series *key, bool is_text, uint32_t a, uint32_t b)
{
	int order = key ? compare_missing(f, key, is_text, false, a, b) : 0;
	return order ? order : (a > b) - (a < b);
}

static void check_shape(struct ppm_tree_shape *shape, const struct ppm_steps *steps)
{
	uint64_t rows = shape->rows;
	// A second time changes nothing.
	for (int i = 0; i < 2; i++)
		assert_int_equal(ppm_tree_shape_list(shape, steps), PPM_OK);
	uint32_t *place = room(rows, sizeof *place);
	memset(place, 0xff, rows * sizeof *place);
	uint32_t deepest = 0;
	for (uint64_t i = 0; i < rows; i++) {
		assert_true(shape->order[i] < rows && place[shape->order[i]] == PPM_NO_ROW);
		place[shape->order[i]] = (uint32_t)i;
	}
	bool parents_first = true;
	for (uint32_t row = 0; row < rows; row++) {
		uint32_t depth = 0, count = 0;
		for (uint32_t at = shape->parent[row]; at != PPM_NO_ROW; at = shape->parent[at])
			depth++;
		for (uint32_t other = 0; other < rows; other++) {
			bool is_below = level_below(shape->parent, other, row) > 0;
			count += is_below;
			assert_int_equal(is_below, place[other] > place[row] && place[other] <= place[row] + shape->below[row]);
			// Siblings and roots by row.
			if (other > row && shape->parent[other] == shape->parent[row])
				assert_true(place[other] > place[row]);
		}
		assert_int_equal(shape->depth[row], depth);
		assert_int_equal(shape->below[row], count);
		deepest = depth > deepest ? depth : deepest;
		parents_first = parents_first && (shape->parent[row] == PPM_NO_ROW || shape->parent[row] < row);
	}
	assert_int_equal(shape->deepest, deepest);
	assert_true(parents_first || !shape->parents_first);
	ppm_free_aligned(NULL, place);
}

static void shapes(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		uint64_t rows = below(&f, 60);
		uint32_t *link = random_parents(&f, rows, (unsigned)(seed % 5));
		bool key_is_text = chance(&f, 50), with_key = chance(&f, 70), break_cycles = chance(&f, 60);
		struct ppm_series key = key_is_text ? random_texts(&f, rows, chance(&f, 30), 100) : random_series(&f, PPM_CLASS_I64, rows, false, 50);
		struct ppm_tree_shape shape;
		uint32_t *circle;
		uint64_t circle_count;
		enum ppm_status status = ppm_tree_shape_make(&shape, &f.steps, link, rows, with_key ? &key : NULL, key_is_text, break_cycles, &circle, &circle_count);
		bool circular = false;
		uint64_t dropped = 0;
		for (uint32_t row = 0; row < rows; row++) {
			if (!on_circle(link, rows, row)) {
				if (status == PPM_OK)
					assert_int_equal(shape.parent[row], link[row]);
				continue;
			}
			circular = true;
			bool least = true;
			for (uint32_t at = link[row]; at != row; at = link[at])
				least = least && compare_keys(&f, with_key ? &key : NULL, key_is_text, row, at) < 0;
			if (!break_cycles)
				continue;
			assert_int_equal(shape.parent[row], least ? PPM_NO_ROW : link[row]);
			if (least)
				assert_int_equal(shape.dropped[dropped++], row);
		}
		assert_int_equal(status, circular && !break_cycles ? PPM_ERROR_DATA : PPM_OK);
		if (status == PPM_OK) {
			assert_int_equal(shape.dropped_count, dropped);
			assert_null(circle);
			check_shape(&shape, &f.steps);
		} else {
			assert_true(circle_count > 0);
			for (uint64_t i = 0; i < circle_count; i++) {
				assert_int_equal(link[circle[i]], circle[(i + 1) % circle_count]);
				if (i > 0)
					assert_true(compare_keys(&f, with_key ? &key : NULL, key_is_text, circle[0], circle[i]) < 0);
			}
			ppm_memory_give(f.memory, circle, circle_count * sizeof *circle);
		}
		ppm_tree_shape_free(&shape, &f.steps);
		free_series(&key);
		ppm_free_aligned(NULL, link);
		fixture_free(&f);
	}
}

static ppm_int128 round_half_away(ppm_int128 numerator, ppm_int128 denominator)
{
	ppm_int128 size = numerator < 0 ? -numerator : numerator;
	ppm_int128 quotient = (2 * size + denominator) / (2 * denominator);
	return numerator < 0 ? -quotient : quotient;
}

static bool counts(const struct ppm_tree_request *request, uint64_t row)
{
	return bit(request->where, row) && (!request->value || has(request->value, row));
}

static void check_figure(const struct fixture *f, const struct ppm_tree_shape *shape, const struct ppm_tree_request *request, uint32_t row)
{
	const struct ppm_series *value = request->value, *out = request->out;
	uint64_t count = 0, held = 0;
	ppm_int128 sum = 0;
	double number_sum = 0;
	uint32_t least = PPM_NO_ROW, most = PPM_NO_ROW;
	bool is_number = value && value->class == PPM_CLASS_F64;
	for (uint32_t other = 0; other < shape->rows; other++) {
		uint64_t level = level_below(shape->parent, other, row);
		if (level == 0 || level < request->level_low || level > request->level_high || !counts(request, other))
			continue;
		count++;
		if (!value)
			continue;
		if (is_number)
			number_sum += number(value, other); // eighths: exact
		else
			sum += whole(value, other);
		held += value->class == PPM_CLASS_MASK && whole(value, other);
		if (least == PPM_NO_ROW || compare(f, value, false, other, least) < 0)
			least = other;
		if (most == PPM_NO_ROW || compare(f, value, false, other, most) > 0)
			most = other;
	}
	uint32_t best = request->function == PPM_AGGREGATE_MIN ? least : most;
	switch (request->function) {
	case PPM_AGGREGATE_COUNT: assert_true(number(out, row) == (double)(value && value->class == PPM_CLASS_MASK ? held : count)); break;
	case PPM_AGGREGATE_ANY: assert_int_equal((int)whole(out, row), held > 0); break;
	case PPM_AGGREGATE_ALL: assert_int_equal((int)whole(out, row), held == count); break;
	case PPM_AGGREGATE_SUM: assert_true(is_number ? number(out, row) == number_sum : whole(out, row) == sum); break;
	case PPM_AGGREGATE_AVG:
		assert_int_equal(has(out, row), count > 0);
		if (count > 0 && is_number)
			assert_true(number(out, row) == number_sum / (double)count);
		else if (count > 0)
			assert_true(whole(out, row) == round_half_away(sum * (value->class == PPM_CLASS_I64 ? 100000000 : 1), (ppm_int128)count));
		return;
	default:
		assert_int_equal(has(out, row), count > 0);
		if (count > 0)
			assert_true(is_number ? number(out, row) == number(value, best) : whole(out, row) == whole(value, best));
		return;
	}
	assert_true(has(out, row));
}

static const enum ppm_aggregate_function functions[] = {
	PPM_AGGREGATE_SUM, PPM_AGGREGATE_COUNT, PPM_AGGREGATE_AVG, PPM_AGGREGATE_MIN, PPM_AGGREGATE_MAX, PPM_AGGREGATE_ANY, PPM_AGGREGATE_ALL
};

static struct ppm_tree_shape random_shape(struct fixture *f, uint64_t rows, unsigned kind)
{
	uint32_t *link = random_parents(f, rows, kind);
	struct ppm_tree_shape shape;
	uint32_t *circle;
	uint64_t circle_count;
	assert_int_equal(ppm_tree_shape_make(&shape, &f->steps, link, rows, NULL, false, true, &circle, &circle_count), PPM_OK);
	ppm_free_aligned(NULL, link);
	return shape;
}

static struct ppm_series tree_values(struct fixture *f, enum ppm_register_class class, uint64_t rows)
{
	struct ppm_series value = random_series(f, class, rows, chance(f, 50), 1000);
	if (class == PPM_CLASS_F64)
		for (uint64_t row = 0; row < rows; row++)
			((double *)value.values)[row] = floor(((double *)value.values)[row] * 8) / 8;
	return value;
}

static void random_levels(struct fixture *f, struct ppm_tree_request *request)
{
	request->level_low = chance(f, 50) ? 1 : 1 + (uint32_t)below(f, 12);
	request->level_high = chance(f, 50) ? UINT32_MAX : request->level_low + (uint32_t)below(f, 20);
}

static void figures(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 1500; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		uint64_t rows = below(&f, 50);
		struct ppm_tree_shape shape = random_shape(&f, rows, (unsigned)(seed % 5));
		enum ppm_aggregate_function function = functions[seed / 5 % 7];
		bool of_flags = function == PPM_AGGREGATE_ANY || function == PPM_AGGREGATE_ALL || (function == PPM_AGGREGATE_COUNT && chance(&f, 30));
		enum ppm_register_class class = of_flags ? PPM_CLASS_MASK : (enum ppm_register_class)(PPM_CLASS_F64 + below(&f, 4));
		struct ppm_series value = tree_values(&f, class, rows);
		enum ppm_register_class out_class = function == PPM_AGGREGATE_COUNT ? PPM_CLASS_F64 : function == PPM_AGGREGATE_AVG && class == PPM_CLASS_I64 ? PPM_CLASS_X128 : class;
		struct ppm_series out = new_series(out_class, rows, true);
		struct ppm_tree_request request = {
			.function = function,
			.value = function == PPM_AGGREGATE_COUNT && chance(&f, 30) ? NULL : &value,
			.where = chance(&f, 50) ? random_mask(&f, rows, 70) : NULL,
			.ratio = 1,
			.out = &out,
		};
		random_levels(&f, &request);
		assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
		assert_false(request.fault.is_set);
		uint64_t skipped = 0;
		for (uint32_t row = 0; row < rows; row++) {
			check_figure(&f, &shape, &request, row);
			skipped += shape.parent[row] != PPM_NO_ROW && bit(request.where, row) && request.value && !has(&value, row);
		}
		assert_int_equal(request.skipped, skipped);
		free_series(&value);
		free_series(&out);
		ppm_free_aligned(NULL, (void *)(uintptr_t)request.where);
		ppm_tree_shape_free(&shape, &f.steps);
		fixture_free(&f);
	}
}

// The sum of value · ratio ^ level as it is defined: from the deepest level that counts up, each time rounded.
static ppm_int128 weighed_amount(const struct ppm_tree_shape *shape, const struct ppm_tree_request *request, uint32_t row, uint64_t level)
{
	ppm_int128 sum = 0, out = 0;
	if (level == request->level_high)
		return 0;
	for (uint32_t child = 0; child < shape->rows; child++) {
		if (shape->parent[child] != row)
			continue;
		if (level + 1 >= request->level_low && counts(request, child))
			sum += whole(request->value, child) * (request->value->class == PPM_CLASS_I64 ? 100000000 : 1);
		sum += weighed_amount(shape, request, child, level + 1);
	}
	// The ratio is a whole number of percents.
	out = round_half_away(sum * llround(request->ratio * 100), 100);
	return out;
}

static double weighed_number(const struct ppm_tree_shape *shape, const struct ppm_tree_request *request, uint32_t row, uint64_t level)
{
	double sum = 0;
	if (level == request->level_high)
		return 0;
	for (uint32_t child = 0; child < shape->rows; child++) {
		if (shape->parent[child] != row)
			continue;
		if (level + 1 >= request->level_low && counts(request, child))
			sum += number(request->value, child);
		sum += weighed_number(shape, request, child, level + 1);
	}
	return sum * request->ratio;
}

static void ratios(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 900; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		uint64_t rows = below(&f, 40);
		struct ppm_tree_shape shape = random_shape(&f, rows, (unsigned)(seed % 5));
		enum ppm_register_class class = (enum ppm_register_class)(PPM_CLASS_F64 + seed / 5 % 3);
		struct ppm_series value = tree_values(&f, class, rows);
		struct ppm_series out = new_series(class == PPM_CLASS_F64 ? class : PPM_CLASS_X128, rows, true);
		struct ppm_tree_request request = {
			.function = PPM_AGGREGATE_SUM, .value = &value, .where = chance(&f, 50) ? random_mask(&f, rows, 70) : NULL, .ratio = (double)below(&f, 100) / 100, .out = &out
		};
		random_levels(&f, &request);
		assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
		assert_false(request.fault.is_set);
		for (uint32_t row = 0; row < rows; row++) {
			assert_true(has(&out, row));
			if (class == PPM_CLASS_F64) {
				double expected = weighed_number(&shape, &request, row, 0);
				assert_true(fabs(number(&out, row) - expected) <= 1e-9 + fabs(expected) * 1e-12);
			} else {
				assert_true(whole(&out, row) == weighed_amount(&shape, &request, row, 0));
			}
		}
		free_series(&value);
		free_series(&out);
		ppm_free_aligned(NULL, (void *)(uintptr_t)request.where);
		ppm_tree_shape_free(&shape, &f.steps);
		fixture_free(&f);
	}
}

// Numbers whose sum needs many words, and one that no double holds.
static void exact_numbers(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	uint32_t link[] = { PPM_NO_ROW, 0, 0, 2, 2 };
	struct ppm_tree_shape shape;
	uint32_t *circle;
	uint64_t circle_count;
	assert_int_equal(ppm_tree_shape_make(&shape, &f.steps, link, 5, NULL, false, false, &circle, &circle_count), PPM_OK);
	struct ppm_series value = new_series(PPM_CLASS_F64, 5, false), out = new_series(PPM_CLASS_F64, 5, true);
	struct ppm_tree_request request = { .function = PPM_AGGREGATE_SUM, .value = &value, .ratio = 1, .level_low = 1, .level_high = UINT32_MAX, .out = &out };
	memcpy(value.values, (double[]){ 7, 1e300, -1e300, 1e-300, 1 }, 40);
	assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
	assert_true(number(&out, 0) == 1 && number(&out, 2) == 1 && number(&out, 3) == 0);
	memcpy(value.values, (double[]){ 7, 1e308, 1e308, 1e308, 1 }, 40);
	assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
	assert_true(request.fault.is_set);
	assert_int_equal(request.fault.row, 0);
	request.ratio = 0.5;
	memcpy(value.values, (double[]){ 7, 1, 2, 4, 8 }, 40);
	assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
	assert_true(number(&out, 0) == 0.5 * 3 + 0.25 * 12 && number(&out, 2) == 6);
	ppm_tree_shape_free(&shape, &f.steps);
	free_series(&value);
	free_series(&out);
	fixture_free(&f);
}

// A million rows, in a chain (either way round) or around one: no stack, no square.
static void large_trees(void **state)
{
	(void)state;
	const uint64_t rows = 1000000;
	struct fixture f;
	fixture_init(&f, 1, 2);
	uint32_t *link = room(rows, sizeof *link), *circle;
	uint64_t circle_count;
	struct ppm_series value = new_series(PPM_CLASS_I64, rows, false), out = new_series(PPM_CLASS_I64, rows, true), least = new_series(PPM_CLASS_I64, rows, true);
	for (uint64_t row = 0; row < rows; row++)
		((int64_t *)value.values)[row] = (int64_t)row + 1;
	for (unsigned kind = 0; kind < 3; kind++) {
		for (uint32_t row = 0; row < rows; row++)
			link[row] = kind == 0 ? row - 1 : kind == 1 ? row + 1 : 0; // 0 - 1 is no row
		if (kind == 1)
			link[rows - 1] = PPM_NO_ROW;
		if (kind == 2)
			link[0] = PPM_NO_ROW;
		struct ppm_tree_shape shape;
		assert_int_equal(ppm_tree_shape_make(&shape, &f.steps, link, rows, NULL, false, false, &circle, &circle_count), PPM_OK);
		assert_int_equal(shape.deepest, kind == 2 ? 1 : rows - 1);
		struct ppm_tree_request request = { .function = PPM_AGGREGATE_SUM, .value = &value, .ratio = 1, .level_low = 1, .level_high = UINT32_MAX, .out = &out };
		assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
		uint64_t all = rows * (rows + 1) / 2;
		uint64_t top = kind == 1 ? rows - 1 : 0;
		assert_true(whole(&out, top) == (ppm_int128)(all - top - 1));
		assert_true(whole(&out, 500000) == (ppm_int128)(kind == 0 ? all - UINT64_C(500001) * 500002 / 2 : kind == 1 ? UINT64_C(500000) * 500001 / 2 : 0));
		// Some levels only: of a chain the rows 1000 to 3000 further on.
		request.level_low = 1000;
		request.level_high = 3000;
		request.function = PPM_AGGREGATE_MIN;
		request.out = &least;
		assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
		assert_int_equal(has(&least, 500000), kind != 2);
		if (kind != 2)
			assert_true(whole(&least, 500000) == (kind == 0 ? 501001 : 497001));
		request.function = PPM_AGGREGATE_SUM;
		request.out = &out;
		assert_int_equal(ppm_step_tree_aggregate(&f.steps, &shape, &request), PPM_OK);
		assert_true(whole(&out, 500000) == (kind == 2 ? 0 : kind == 0 ? (ppm_int128)2001 * (501001 + 503001) / 2 : (ppm_int128)2001 * (499001 + 497001) / 2));
		ppm_tree_shape_free(&shape, &f.steps);
		// A circle of them all.
		if (kind == 1) {
			link[rows - 1] = 0;
			assert_int_equal(ppm_tree_shape_make(&shape, &f.steps, link, rows, NULL, false, false, &circle, &circle_count), PPM_ERROR_DATA);
			assert_int_equal(circle_count, rows);
			assert_int_equal(circle[0], 0);
			ppm_memory_give(f.memory, circle, circle_count * sizeof *circle);
			ppm_tree_shape_free(&shape, &f.steps);
			assert_int_equal(ppm_tree_shape_make(&shape, &f.steps, link, rows, NULL, false, true, &circle, &circle_count), PPM_OK);
			assert_int_equal(shape.dropped_count, 1);
			assert_int_equal(shape.dropped[0], 0);
			assert_int_equal(shape.depth[1], rows - 1);
			ppm_tree_shape_free(&shape, &f.steps);
		}
	}
	free_series(&value);
	free_series(&out);
	free_series(&least);
	ppm_free_aligned(NULL, link);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(figures),
		cmocka_unit_test(ratios),
		cmocka_unit_test(exact_numbers),
		cmocka_unit_test(large_trees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Ranks, against the definition: for every row the population is gone through.
#include "steps_fixture.h"

#include <float.h>
#include <math.h>

static bool takes_part(const struct ppm_rank_request *request, uint64_t row)
{
	return bit(request->where, row) && !(request->partition && request->partition[row] == PPM_NO_ROW) && has(request->value, row);
}

static uint64_t partition_of(const struct ppm_rank_request *request, uint64_t row)
{
	return request->partition ? request->partition[row] : 0;
}

static int compare_values(const struct fixture *f, const struct ppm_rank_request *request, uint64_t a, uint64_t b)
{
	int order = compare(f, request->value, false, a, b);
	return request->descending ? -order : order;
}

// By value, then by key.
static int compare_places(const struct fixture *f, const struct ppm_rank_request *request, uint64_t a, uint64_t b)
{
	int order = compare_values(f, request, a, b);
	if (order == 0 && request->tie)
		order = compare_missing(f, request->tie, request->tie_is_text, false, a, b);
	return order;
}

// Whether a row of the population stands before another row.
static bool stands_before(const struct fixture *f, const struct ppm_rank_request *request, uint64_t member, uint64_t row)
{
	int order = compare_places(f, request, member, row);
	return order < 0 || (order == 0 && row < request->reference && member < row);
}

static uint64_t tile(uint64_t index, uint64_t count, uint64_t tiles)
{
	// The first count % tiles tiles have one row more.
	uint64_t number = 1;
	for (uint64_t size = count / tiles + (count % tiles >= number); index >= size; size = count / tiles + (count % tiles >= number)) {
		index -= size;
		number++;
	}
	return number;
}

static ppm_int128 amount(const struct ppm_series *value, uint64_t row)
{
	// The fixture's numbers are multiples of 1/8 but for factors of a tenth; tests of shares take eighths only.
	return value->class == PPM_CLASS_F64 ? (ppm_int128)(number(value, row) * 8) : whole(value, row);
}

static void check(const struct fixture *f, const struct ppm_rank_request *request, uint64_t row, uint64_t *no_share)
{
	const struct ppm_series *out = request->out;
	if (!takes_part(request, row)) {
		assert_false(has(out, row));
		return;
	}
	uint64_t population = 0, less = 0, before = 0;
	ppm_int128 sum = 0, so_far = amount(request->value, row);
	for (uint64_t member = 0; member < request->reference; member++) {
		if (!takes_part(request, member) || partition_of(request, member) != partition_of(request, row))
			continue;
		population++;
		less += compare_values(f, request, member, row) < 0;
		bool is_before = member != row && stands_before(f, request, member, row);
		before += is_before;
		sum += amount(request->value, member);
		so_far += is_before ? amount(request->value, member) : 0;
	}
	bool is_member = row < request->reference;
	double expected = 0;
	bool present = true;
	switch (request->function) {
	case PPM_RANK_RANK: expected = (double)(less + 1); break;
	case PPM_RANK_PERCENTILE:
		if (is_member)
			expected = population > 1 ? (double)less / (double)(population - 1) : 0;
		else // among nobody one is the first
			expected = population > 0 ? fmin(1, (double)less / (double)population) : 0;
		break;
	case PPM_RANK_NTILE:
		expected = 1;
		if (population > 0)
			expected = (double)tile(before < population ? before : population - 1, population, request->tiles);
		break;
	case PPM_RANK_SHARE:
	case PPM_RANK_RUNNING_SHARE:
		present = sum != 0;
		*no_share += !present;
		if (present)
			expected = ppm_exact_ratio(request->function == PPM_RANK_SHARE ? amount(request->value, row) : so_far, sum);
		break;
	}
	assert_int_equal(has(out, row), present);
	if (present && number(out, row) != expected)
		fail_msg("row %llu: %.17g, expected %.17g", (unsigned long long)row, number(out, row), expected);
}

static void ranks(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1 + (unsigned)(seed % 3));
		uint64_t rows = below(&f, chance(&f, 5) ? 1500 : 150);
		enum ppm_register_class class = (enum ppm_register_class)(PPM_CLASS_F64 + seed % 4);
		struct ppm_series value = random_series(&f, class, rows, chance(&f, 50), 1 + below(&f, chance(&f, 70) ? 12 : 100000));
		if (class == PPM_CLASS_F64)
			for (uint64_t row = 0; row < rows; row++)
				((double *)value.values)[row] = floor(((double *)value.values)[row] * 8) / 8;
		bool tie_is_text = chance(&f, 50);
		struct ppm_series tie = tie_is_text ? random_texts(&f, rows, chance(&f, 20), 100) : random_series(&f, chance(&f, 50) ? PPM_CLASS_X128 : PPM_CLASS_I64, rows, false, 60);
		struct ppm_series out = new_series(PPM_CLASS_F64, rows, true);
		uint64_t partitions = 1 + below(&f, 6);
		uint32_t *partition = random_link(&f, rows, partitions, 95);
		struct ppm_rank_request request = {
			.function = (enum ppm_rank_function)(seed / 4 % 5),
			.value = &value,
			.where = chance(&f, 40) ? random_mask(&f, rows, 75) : NULL,
			.partition = chance(&f, 50) ? partition : NULL,
			.partitions = partitions,
			.tie = chance(&f, 80) ? &tie : NULL,
			.tie_is_text = tie_is_text,
			.descending = chance(&f, 50),
			.tiles = 1 + (uint32_t)below(&f, chance(&f, 50) ? 5 : 200),
			.rows = rows,
			.reference = chance(&f, 60) ? rows : below(&f, rows + 1),
			.out = &out,
		};
		assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
		uint64_t no_share = 0, skipped = 0;
		for (uint64_t row = 0; row < rows; row++) {
			check(&f, &request, row, &no_share);
			skipped += bit(request.where, row) && !(request.partition && request.partition[row] == PPM_NO_ROW) && !has(&value, row);
		}
		assert_int_equal(request.no_share, no_share);
		assert_int_equal(request.skipped, skipped);
		free_series(&value);
		free_series(&tie);
		free_series(&out);
		ppm_free_aligned(NULL, partition);
		ppm_free_aligned(NULL, (void *)(uintptr_t)request.where);
		fixture_free(&f);
	}
}

// Many rows, so that every way to sort them is taken: threads and the order of rows do not show.
static void threads_and_order_agree(void **state)
{
	(void)state;
	const uint64_t rows = 200000;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		enum ppm_register_class class = (enum ppm_register_class)(PPM_CLASS_F64 + seed / 5 % 4);
		struct ppm_series value = random_series(&f, class, rows, seed % 3 == 0, seed % 2 ? 40 : 1u << 30);
		struct ppm_series turned = new_series(class, rows, value.present != NULL), key = new_series(PPM_CLASS_I32, rows, false), turned_key = new_series(PPM_CLASS_I32, rows, false);
		struct ppm_series out = new_series(PPM_CLASS_F64, rows, true), turned_out = new_series(PPM_CLASS_F64, rows, true);
		size_t size = element_bytes(class);
		for (uint64_t row = 0; row < rows; row++) {
			uint64_t to = rows - 1 - row;
			((int32_t *)key.values)[row] = ((int32_t *)turned_key.values)[to] = (int32_t)(row * 7919 % rows);
			memcpy((char *)turned.values + to * size, (char *)value.values + row * size, size);
			if (has(&value, row) && turned.present)
				turned.present[to / 64] |= UINT64_C(1) << (to % 64);
		}
		struct ppm_rank_request request = {
			.function = (enum ppm_rank_function)(seed % 5), .value = &value, .tie = &key, .descending = seed % 7 == 0, .tiles = 5, .rows = rows, .reference = rows, .out = &out
		};
		assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
		f.steps.threads = 3;
		request.value = &turned;
		request.tie = &turned_key;
		request.out = &turned_out;
		assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
		for (uint64_t row = 0; row < rows; row++) {
			assert_int_equal(has(&out, row), has(&turned_out, rows - 1 - row));
			if (has(&out, row))
				assert_true(number(&out, row) == number(&turned_out, rows - 1 - row));
		}
		free_series(&value);
		free_series(&turned);
		free_series(&key);
		free_series(&turned_key);
		free_series(&out);
		free_series(&turned_out);
		fixture_free(&f);
	}
}

// Sums beyond the largest double, and of next to nothing.
static void extreme_shares(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	struct ppm_series value = new_series(PPM_CLASS_F64, 4, false), out = new_series(PPM_CLASS_F64, 4, true);
	for (unsigned i = 0; i < 4; i++)
		((double *)value.values)[i] = DBL_MAX;
	struct ppm_rank_request request = { .function = PPM_RANK_SHARE, .value = &value, .rows = 4, .reference = 4, .out = &out };
	assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
	assert_true(number(&out, 0) == 0.25 && number(&out, 3) == 0.25);
	request.function = PPM_RANK_RUNNING_SHARE;
	assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
	assert_true(number(&out, 0) == 0.25 && number(&out, 1) == 0.5 && number(&out, 2) == 0.75 && number(&out, 3) == 1);
	memcpy(value.values, (double[]){ DBL_MAX, -DBL_MAX, 0x1p-1074, 0 }, 32);
	assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
	assert_int_equal(request.no_share, 3); // -DBL_MAX / 2^-1074 and so on are no numbers; the last sum is the total
	assert_true(has(&out, 0) && number(&out, 0) == 1);
	memset(value.values, 0, 32);
	assert_int_equal(ppm_step_rank(&f.steps, &request), PPM_OK);
	assert_int_equal(request.no_share, 4);
	free_series(&value);
	free_series(&out);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks),
		cmocka_unit_test(threads_and_order_agree),
		cmocka_unit_test(extreme_shares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

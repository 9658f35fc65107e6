// Exact sums of numbers, against sums that are known, and against every order of adding.
#include "runtime/dataset/exact_sum.h"
#include "steps_fixture.h"

#include <float.h>

static double sum_of(struct fixture *f, const double *values, uint64_t count)
{
	struct ppm_exact_range range = PPM_EXACT_RANGE_EMPTY;
	ppm_exact_range_add(&range, values, count);
	struct ppm_exact_sums sums;
	assert_int_equal(ppm_exact_sums_new(&sums, &f->steps, 1, range, count), PPM_OK);
	for (uint64_t i = 0; i < count; i++)
		ppm_exact_add(&sums, 0, values[i]);
	double sum = ppm_exact_sum(&sums, 0);
	ppm_exact_sums_free(&sums, &f->steps);
	return sum;
}

// Python: math.fsum(values), and the largest double's own limits by reasoning.
static void known_sums(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	const struct {
		double values[8];
		uint64_t count;
		double sum;
	} cases[] = {
		{ { 0 }, 0, 0 },
		{ { 0, 0 }, 2, 0 },
		{ { 0.1, 0.1, 0.1 }, 3, 0x1.3333333333334p-2 }, // 0.30000000000000004; the exact sum of three times the double 0.1
		{ { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 }, 8, 0x1.ccccccccccccdp+1 },
		{ { 1e16, 1, -1e16 }, 3, 1 },
		{ { 1e308, 1, -1e308, 1e-300 }, 4, 1 },
		{ { 1e308, 1e-300, -1e308 }, 3, 1e-300 },
		{ { 0x1p53, 1 }, 2, 0x1p53 },                          // a tie, to even
		{ { 0x1p53, 1, 0x1p-1074 }, 3, 0x1.0000000000001p53 }, // just above the tie
		{ { 0x1p53, 3 }, 2, 0x1.0000000000002p53 },
		{ { -0x1p53, -1, -0x1p-1074 }, 3, -0x1.0000000000001p53 },
		{ { 0x1p-1074, 0x1p-1074 }, 2, 0x1p-1073 },
		{ { 0x0.fffffffffffffp-1022, 0x1p-1074 }, 2, 0x1p-1022 },
		{ { DBL_MAX, 0x1p969 }, 2, DBL_MAX },
		{ { DBL_MAX, DBL_MAX, -DBL_MAX }, 3, DBL_MAX },
		{ { DBL_MAX, 0x1p970 }, 2, INFINITY },
		{ { -DBL_MAX, -DBL_MAX }, 2, -INFINITY },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double sum = sum_of(&f, cases[i].values, cases[i].count);
		if (!(sum == cases[i].sum))
			fail_msg("case %zu: %a, expected %a", i, sum, cases[i].sum);
	}
	fixture_free(&f);
}

static double random_double(struct fixture *f, unsigned spread)
{
	double value = ldexp((double)(int64_t)(next(f) >> below(f, 60)), (int)below(f, spread) - (int)spread / 2 - 60);
	return isfinite(value) ? value : 1;
}

// A sum of terms and their opposites, in any order, with one more term: that term.
static void cancels(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		double values[401];
		uint64_t pairs = 1 + below(&f, 200);
		unsigned spread = (unsigned)(seed % 3 == 0 ? 20 : seed % 3 == 1 ? 200 : 1800);
		for (uint64_t i = 0; i < pairs; i++) {
			values[2 * i] = random_double(&f, spread);
			values[2 * i + 1] = -values[2 * i];
		}
		double rest = random_double(&f, spread);
		values[2 * pairs] = rest;
		for (uint64_t i = 2 * pairs; i > 0; i--) {
			uint64_t other = below(&f, i + 1);
			double swapped = values[i];
			values[i] = values[other];
			values[other] = swapped;
		}
		assert_true(sum_of(&f, values, 2 * pairs + 1) == rest);
		fixture_free(&f);
	}
}

// Sums that are widened as larger and smaller terms come are those that knew them from the start.
static void widens(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		double values[300];
		struct ppm_exact_sums sums;
		assert_int_equal(ppm_exact_sums_new(&sums, &f.steps, 3, PPM_EXACT_RANGE_EMPTY, 0), PPM_OK);
		for (unsigned i = 0; i < 300; i++) {
			values[i] = random_double(&f, 10 + i * (unsigned)(seed % 7));
			struct ppm_exact_range range = PPM_EXACT_RANGE_EMPTY;
			ppm_exact_range_add(&range, &values[i], 1);
			assert_int_equal(ppm_exact_sums_widen(&sums, &f.steps, range, i + 1), PPM_OK);
			ppm_exact_add(&sums, 1, values[i]);
			if (i % 37 == 0)
				assert_true(ppm_exact_sum(&sums, 1) == sum_of(&f, values, i + 1));
		}
		assert_true(ppm_exact_sum(&sums, 1) == sum_of(&f, values, 300));
		assert_true(ppm_exact_sum(&sums, 0) == 0 && ppm_exact_sum(&sums, 2) == 0);
		ppm_exact_sums_free(&sums, &f.steps);
		fixture_free(&f);
	}
}

static void means(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	const double values[] = { DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX };
	struct ppm_exact_range range = PPM_EXACT_RANGE_EMPTY;
	ppm_exact_range_add(&range, values, 4);
	struct ppm_exact_sums sums;
	assert_int_equal(ppm_exact_sums_new(&sums, &f.steps, 1, range, 4), PPM_OK);
	for (unsigned i = 0; i < 4; i++)
		ppm_exact_add(&sums, 0, values[i]);
	assert_true(isinf(ppm_exact_sum(&sums, 0)));
	assert_true(ppm_exact_mean(sums.words, sums.width, sums.low, 4) == DBL_MAX);
	ppm_exact_sums_free(&sums, &f.steps);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums),
		cmocka_unit_test(cancels),
		cmocka_unit_test(widens),
		cmocka_unit_test(means),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Agreement and calendars. Expected figures: Python's fractions, from the formulas; periods by its calendar.
#include "runtime/base/date.h"
#include "steps_fixture.h"

#include <math.h>

static struct ppm_series numbers(const double *values, uint64_t count)
{
	struct ppm_series series = new_series(PPM_CLASS_F64, count, false);
	memcpy(series.values, values, count * sizeof *values);
	return series;
}

static void concordance(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	struct ppm_series columns[3] = {
		numbers((double[]){ 1, 2, 3, 4, 5, 6 }, 6),
		numbers((double[]){ 2, 1, 4, 3, 6, 5 }, 6),
		numbers((double[]){ 1, 1, 2, 2, 3, 9 }, 6),
	};
	double value;
	bool has_value;
	uint64_t skipped;
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 3, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && value == 289.0 / 309);
	// Opposite orders, and one alone.
	struct ppm_series opposite[2] = { columns[0], numbers((double[]){ 6, 5, 4, 3, 2, 1 }, 6) };
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, opposite, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && value == 0);
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 1, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && value == 1);
	// Without rows that miss something, and those outside.
	uint64_t present = 0x2f, where = 0x0f;
	columns[1].present = &present;
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_int_equal(skipped, 1);
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 2, &where, 6, &value, &has_value, &skipped), PPM_OK);
	assert_int_equal(skipped, 0);
	assert_true(has_value && value == 0.8); // 1 2 3 4 and 2 1 4 3: S = 16, W = 12 · 16 / (4 · 60)
	where = 1;
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 2, &where, 6, &value, &has_value, &skipped), PPM_OK);
	assert_false(has_value);
	// All tied.
	struct ppm_series tied = numbers((double[]){ 3, 3, 3 }, 3);
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, &tied, 1, NULL, 3, &value, &has_value, &skipped), PPM_OK);
	assert_false(has_value);
	columns[1].present = NULL;
	for (unsigned i = 0; i < 3; i++)
		free_series(&columns[i]);
	free_series(&opposite[1]);
	free_series(&tied);
	fixture_free(&f);
}

// Amounts of 12 places rank as they are, and the figure does not depend on the order of rows.
static void concordance_of_amounts(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct fixture f;
		fixture_init(&f, seed, 1);
		uint64_t rows = 2 + below(&f, 200);
		struct ppm_series columns[3] = { random_series(&f, PPM_CLASS_X128, rows, true, 20), random_series(&f, PPM_CLASS_I64, rows, false, 50), random_series(&f, PPM_CLASS_F64, rows, false, 20) };
		double value;
		bool has_value;
		uint64_t skipped;
		assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CONCORDANCE, columns, 3, NULL, rows, &value, &has_value, &skipped), PPM_OK);
		uint64_t chosen[256], count = 0, missing = 0;
		for (uint64_t row = 0; row < rows; row++) {
			if (has(&columns[0], row))
				chosen[count++] = row;
			else
				missing++;
		}
		assert_int_equal(skipped, missing);
		double totals[256] = { 0 }, ties = 0, squares = 0;
		for (unsigned column = 0; column < 3; column++)
			for (uint64_t i = 0; i < count; i++) {
				double less = 0, equal = 0;
				for (uint64_t j = 0; j < count; j++) {
					int order = compare(&f, &columns[column], false, chosen[j], chosen[i]);
					less += order < 0;
					equal += order == 0;
				}
				totals[i] += less + (equal + 1) / 2;
				ties += equal * equal - 1; // each of t rows gives t² - 1
			}
		double n = (double)count;
		for (uint64_t i = 0; i < count; i++)
			squares += (totals[i] - 3 * (n + 1) / 2) * (totals[i] - 3 * (n + 1) / 2);
		double most = 9 * (n * n * n - n) - 3 * ties;
		assert_int_equal(has_value, count >= 2 && most > 0);
		if (has_value)
			assert_true(fabs(value - 12 * squares / most) < 1e-12);
		for (unsigned i = 0; i < 3; i++)
			free_series(&columns[i]);
		fixture_free(&f);
	}
}

static void correlation(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f, 1, 1);
	struct ppm_series columns[2] = { numbers((double[]){ 1, 2, 3, 4, 5 }, 5), numbers((double[]){ 2, 1, 4, 3, 7 }, 5) };
	double value;
	bool has_value;
	uint64_t skipped;
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CORRELATION, columns, 2, NULL, 5, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && fabs(value - 0.8241633836921342) < 1e-15);
	free_series(&columns[0]);
	free_series(&columns[1]);
	columns[0] = numbers((double[]){ 0.1, 0.2, 0.3, 0.4, 0.5, 0.8 }, 6);
	columns[1] = new_series(PPM_CLASS_I64, 6, false);
	memcpy(columns[1].values, (int64_t[]){ 50000, 30000, 30000, 20000, 0, -40000 }, 48);
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CORRELATION, columns, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && fabs(value + 0.985480172896021) < 1e-15);
	// A column against itself, huge and tiny; against a constant there is none.
	double *x = columns[0].values;
	for (unsigned i = 0; i < 6; i++)
		x[i] = (i % 2 ? -1e308 : 1e308) / (i + 1);
	struct ppm_series twice[2] = { columns[0], columns[0] };
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CORRELATION, twice, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && fabs(value - 1) < 1e-15);
	for (unsigned i = 0; i < 6; i++)
		x[i] = 0x1p-1070 * (i + 1);
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CORRELATION, twice, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_true(has_value && fabs(value - 1) < 1e-15);
	for (unsigned i = 0; i < 6; i++)
		x[i] = 0.1;
	assert_int_equal(ppm_step_agreement(&f.steps, PPM_AGREEMENT_CORRELATION, columns, 2, NULL, 6, &value, &has_value, &skipped), PPM_OK);
	assert_false(has_value);
	free_series(&columns[0]);
	free_series(&columns[1]);
	fixture_free(&f);
}

static void periods(void **state)
{
	(void)state;
	const struct {
		enum ppm_calendar_unit unit;
		const char *first, *last;
		uint64_t count;
		const char *first_start, *first_end, *last_start, *last_end;
	} cases[] = {
		{ PPM_CALENDAR_DAY, "2024-02-28", "2024-03-01", 3, "2024-02-28", "2024-02-28", "2024-03-01", "2024-03-01" },
		{ PPM_CALENDAR_WEEK, "2026-06-30", "2026-07-06", 2, "2026-06-29", "2026-07-05", "2026-07-06", "2026-07-12" },
		{ PPM_CALENDAR_WEEK, "2024-12-29", "2025-01-01", 2, "2024-12-23", "2024-12-29", "2024-12-30", "2025-01-05" },
		{ PPM_CALENDAR_MONTH, "2023-12-31", "2024-02-01", 3, "2023-12-01", "2023-12-31", "2024-02-01", "2024-02-29" },
		{ PPM_CALENDAR_QUARTER, "2024-02-15", "2024-12-31", 4, "2024-01-01", "2024-03-31", "2024-10-01", "2024-12-31" },
		{ PPM_CALENDAR_YEAR, "2023-07-01", "2025-01-01", 3, "2023-01-01", "2023-12-31", "2025-01-01", "2025-12-31" },
		{ PPM_CALENDAR_MONTH, "2024-02-01", "2024-01-31", 0, NULL, NULL, NULL, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int32_t first = 0, last = 0, start[16], end[16];
		uint64_t count;
		assert_true(ppm_date_parse_iso(ppm_slice_of(cases[i].first), &first) && ppm_date_parse_iso(ppm_slice_of(cases[i].last), &last));
		ppm_step_calendar(cases[i].unit, first, last, &count, NULL, NULL);
		assert_int_equal(count, cases[i].count);
		if (count == 0)
			continue;
		ppm_step_calendar(cases[i].unit, first, last, &count, start, end);
		const char *expected[4] = { cases[i].first_start, cases[i].first_end, cases[i].last_start, cases[i].last_end };
		int32_t found[4] = { start[0], end[0], start[count - 1], end[count - 1] };
		for (unsigned j = 0; j < 4; j++) {
			char text[10];
			ppm_date_write(found[j], text);
			assert_memory_equal(text, expected[j], 10);
		}
		for (uint64_t period = 1; period < count; period++)
			assert_int_equal(start[period], end[period - 1] + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(concordance),
		cmocka_unit_test(concordance_of_amounts),
		cmocka_unit_test(correlation),
		cmocka_unit_test(periods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

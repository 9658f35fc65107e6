// The builtin functions, against figures of Python's datetime and of exact arithmetic.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/column/text_pool.h"
#include "stdlib/builtins.h"

#define ROWS 128

static uint64_t active[2], defined[2], overflowed[2];
static double number_result[ROWS], x[ROWS], y[ROWS], z[ROWS];
static int32_t date_result[ROWS], from[ROWS], to[ROWS];
static struct ppm_text_pool pool;

static void call(const char *name, uint32_t rows, void *result, const void *first, const void *second, const void *third)
{
	const struct ppm_builtin *builtin = ppm_builtin_find(ppm_slice_of(name));
	assert_non_null(builtin);
	assert_non_null(builtin->kernel);
	for (size_t i = 0; i < 2; i++) {
		active[i] = rows >= 64 * (i + 1) ? UINT64_MAX : rows > 64 * i ? (UINT64_C(1) << (rows - 64 * i)) - 1 : 0;
		defined[i] = active[i];
		overflowed[i] = 0;
	}
	struct ppm_call_frame frame = { .rows = rows, .result = result, .arguments = { first, second, third }, .active = active, .defined = defined, .overflowed = overflowed, .pool = &pool };
	builtin->kernel(&frame);
}

static bool bit(const uint64_t *mask, size_t n)
{
	return mask[n / 64] >> (n % 64) & 1;
}

// Python: date.toordinal() - 719163, year, quarter, month, day, isoweekday, day of year, first of month, of quarter, of year, last of month.
static const int32_t dates[][11] = {
	{ -719162, 1, 1, 1, 1, 1, 1, -719162, -719162, -719162, -719132 },
	{ -25509, 1900, 1, 2, 28, 3, 59, -25536, -25567, -25567, -25509 },
	{ -1, 1969, 4, 12, 31, 3, 365, -31, -92, -365, -1 },
	{ 0, 1970, 1, 1, 1, 4, 1, 0, 0, 0, 30 },
	{ 11016, 2000, 1, 2, 29, 2, 60, 10988, 10957, 10957, 11016 },
	{ 19722, 2023, 4, 12, 31, 7, 365, 19692, 19631, 19358, 19722 },
	{ 19753, 2024, 1, 1, 31, 3, 31, 19723, 19723, 19723, 19753 },
	{ 19782, 2024, 1, 2, 29, 4, 60, 19754, 19723, 19723, 19782 },
	{ 20087, 2024, 4, 12, 30, 1, 365, 20058, 19997, 19723, 20088 },
	{ 47541, 2100, 1, 3, 1, 1, 60, 47541, 47482, 47482, 47571 },
	{ 2932896, 9999, 4, 12, 31, 5, 365, 2932866, 2932805, 2932532, 2932896 },
};
#define DATES (sizeof dates / sizeof *dates)

static void parts_of_dates(void **state)
{
	(void)state;
	static const char *const parts[] = { "year", "quarter", "month", "day", "weekday", "day_of_year" };
	static const char *const starts[] = { "month_start", "quarter_start", "year_start", "month_end" };
	for (size_t i = 0; i < ROWS; i++)
		from[i] = i < DATES ? dates[i][0] : INT32_MIN + (int32_t)i;
	for (size_t p = 0; p < 6; p++) {
		call(parts[p], DATES, number_result, from, NULL, NULL);
		for (size_t i = 0; i < DATES; i++)
			assert_true(number_result[i] == dates[i][1 + p]);
	}
	for (size_t p = 0; p < 4; p++) {
		call(starts[p], DATES, date_result, from, NULL, NULL);
		for (size_t i = 0; i < DATES; i++)
			assert_int_equal(date_result[i], dates[i][7 + p]);
	}
}

static void distances_of_dates(void **state)
{
	(void)state;
	// From, to, days, whole months, whole years.
	static const int32_t pairs[][5] = {
		{ 19753, 19782, 29, 1, 0 }, { 19753, 19781, 28, 0, 0 }, { 19388, 19416, 28, 1, 0 }, { 19782, 20147, 365, 12, 1 }, { 19782, 20146, 364, 11, 0 }, { 18397, 19857, 1460, 47, 3 },
		{ 18397, 19858, 1461, 48, 4 }, { 19858, 18397, -1461, -48, -4 }, { 19857, 18397, -1460, -47, -3 }, { 19782, 19753, -29, -1, 0 }, { -719162, 2932896, 3652058, 119987, 9998 },
		{ 10956, 10957, 1, 0, 0 }, { 10957, 10957, 0, 0, 0 }, { 18260, 18321, 61, 2, 0 },
	};
	size_t count = sizeof pairs / sizeof *pairs;
	for (size_t i = 0; i < count; i++) {
		from[i] = pairs[i][0];
		to[i] = pairs[i][1];
	}
	static const char *const names[] = { "days_between", "months_between", "years_between" };
	for (size_t f = 0; f < 3; f++) {
		call(names[f], (uint32_t)count, number_result, from, to, NULL);
		for (size_t i = 0; i < count; i++) {
			if (number_result[i] != pairs[i][2 + f])
				fail_msg("%s of pair %zu is %g", names[f], i, number_result[i]);
		}
	}
}

static void dates_from_parts(void **state)
{
	(void)state;
	static const struct { double year, month, day; int32_t date; bool exists; } cases[] = {
		{ 2024, 2, 29, 19782, true }, { 2023, 2, 29, 0, false }, { 1, 1, 1, -719162, true }, { 9999, 12, 31, 2932896, true }, { 10000, 1, 1, 0, false }, { 0, 1, 1, 0, false },
		{ 2024, 13, 1, 0, false }, { 2024, 0, 1, 0, false }, { 2024, 4, 31, 0, false }, { 2024, 4, 30.5, 0, false }, { 1e300, 1, 1, 0, false }, { -1e18, 1, 1, 0, false }, { 2024, 1, 31, 19753, true },
	};
	size_t count = sizeof cases / sizeof *cases;
	for (size_t i = 0; i < count; i++) {
		x[i] = cases[i].year;
		y[i] = cases[i].month;
		z[i] = cases[i].day;
	}
	call("date", (uint32_t)count, date_result, x, y, z);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(bit(defined, i), cases[i].exists);
		if (cases[i].exists)
			assert_int_equal(date_result[i], cases[i].date);
	}
}

struct expected {
	double x, y, result;
	char outcome; // ' ' a value, 'u' none, 'o' out of range
};

static void check_numbers(const char *name, const struct expected *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		x[i] = cases[i].x;
		y[i] = cases[i].y;
		number_result[i] = -99;
	}
	call(name, (uint32_t)count, number_result, x, y, NULL);
	for (size_t i = 0; i < count; i++) {
		bool fine = cases[i].outcome == ' ';
		if (bit(defined, i) != (cases[i].outcome != 'u') || bit(overflowed, i) != (cases[i].outcome == 'o') || (fine && !(fabs(number_result[i] - cases[i].result) <= fabs(cases[i].result) * 4e-16))
			|| (fine && signbit(number_result[i]) != signbit(cases[i].result)) || !isfinite(number_result[i]))
			fail_msg("%s(%.17g, %.17g) = %.17g", name, cases[i].x, cases[i].y, number_result[i]);
	}
}
#define CHECK(name, ...) do { static const struct expected cases[] = { __VA_ARGS__ }; check_numbers(name, cases, sizeof cases / sizeof *cases); } while (0)

static void functions_of_numbers(void **state)
{
	(void)state;
	// 4.35 * 100 is 434.99999999999994 as a double, and 435 to 12 places.
	CHECK("floor", { 2.5, 0, 2, ' ' }, { -2.5, 0, -3, ' ' }, { 434.99999999999994, 0, 435, ' ' }, { -0.0, 0, 0, ' ' }, { 1e300, 0, 1e300, ' ' }, { 0.9999999999, 0, 0, ' ' });
	CHECK("ceil", { 2.5, 0, 3, ' ' }, { -2.5, 0, -2, ' ' }, { 435.00000000000006, 0, 435, ' ' }, { -0.5, 0, 0, ' ' }, { 7, 0, 7, ' ' });
	CHECK("sign", { 3, 0, 1, ' ' }, { -3, 0, -1, ' ' }, { 0, 0, 0, ' ' }, { 1e-13, 0, 0, ' ' }, { -1e-12, 0, -1, ' ' });
	CHECK("sqrt", { 4, 0, 2, ' ' }, { 2, 0, 1.4142135623730951, ' ' }, { 0, 0, 0, ' ' }, { -1e-9, 0, 0, 'u' });
	CHECK("exp", { 0, 0, 1, ' ' }, { 1, 0, 2.718281828459045, ' ' }, { 0.5, 0, 1.6487212707001282, ' ' }, { 710, 0, 0, 'o' }, { -800, 0, 0, ' ' });
	CHECK("ln", { 1, 0, 0, ' ' }, { 10, 0, 2.302585092994046, ' ' }, { 0, 0, 0, 'u' }, { -1, 0, 0, 'u' });
	CHECK("log10", { 1000, 0, 3, ' ' }, { 0.5, 0, -0.3010299956639812, ' ' }, { 0, 0, 0, 'u' });
	CHECK("power", { 2, 10, 1024, ' ' }, { -2, 3, -8, ' ' }, { -8, 1 / 3.0, 0, 'u' }, { 0, 0, 1, ' ' }, { 0, -1, 0, 'u' }, { 10, 400, 0, 'o' }, { 9, 0.5, 3, ' ' }, { 10, -400, 0, ' ' });
}

static int32_t code_of(const char *text)
{
	return (int32_t)ppm_text_pool_add(&pool, ppm_slice_of(text));
}

static void functions_of_texts(void **state)
{
	(void)state;
	static const struct { const char *text, *upper, *lower, *trimmed; double length; } cases[] = {
		{ "Straße", "STRAßE", "straße", "Straße", 6 },
		{ " \t\xc2\xa0 Żółć 2 \r\n", " \t\xc2\xa0 ŻÓŁĆ 2 \r\n", " \t\xc2\xa0 żółć 2 \r\n", "Żółć 2", 13 },
		{ "", "", "", "", 0 },
		{ "  ", "  ", "  ", "", 2 },
		{ "Ελλάδα", "ΕΛΛΆΔΑ", "ελλάδα", "Ελλάδα", 6 },
		{ "日本", "日本", "日本", "日本", 2 },
	};
	static const struct ppm_slice constants[] = { { "ABC", 3 }, { "x", 1 } };
	size_t count = sizeof cases / sizeof *cases;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 2));
	for (size_t i = 0; i < count; i++)
		from[i] = from[i + count] = code_of(cases[i].text);
	// A text that a function makes may be one of the model's own.
	from[2 * count] = code_of("abc");
	call("upper", 2 * (uint32_t)count + 1, date_result, from, NULL, NULL);
	assert_int_equal(date_result[2 * count], 0);
	for (size_t i = 0; i < 2 * count; i++)
		assert_int_equal(date_result[i], code_of(cases[i % count].upper));
	call("lower", (uint32_t)count, date_result, from, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(date_result[i], code_of(cases[i].lower));
	call("trim", (uint32_t)count, date_result, from, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(date_result[i], code_of(cases[i].trimmed));
	call("length", (uint32_t)count, number_result, from, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		assert_true(number_result[i] == cases[i].length);
	// What is no code does no harm.
	from[0] = INT32_MIN;
	from[1] = -1;
	from[2] = 1000000;
	from[3] = 2; // some other text
	call("length", 4, number_result, from, NULL, NULL);
	for (size_t i = 0; i < 4; i++)
		assert_true(number_result[i] == 0);
	call("trim", 4, date_result, from, NULL, NULL);
	assert_int_equal(date_result[1], code_of(""));
	// More texts than are remembered at a time.
	for (int i = 0; i < 600; i++) {
		char text[8] = { (char)('a' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10) };
		from[0] = code_of(text);
		call("upper", 1, date_result, from, NULL, NULL);
		text[0] = (char)(text[0] - 32);
		assert_int_equal(date_result[0], code_of(text));
	}
	ppm_text_pool_free(&pool);
}

static void only_active_lanes_can_fail(void **state)
{
	(void)state;
	const struct ppm_builtin *ln = ppm_builtin_find(PPM_SLICE("ln")), *exponential = ppm_builtin_find(PPM_SLICE("exp"));
	for (size_t i = 0; i < ROWS; i++)
		x[i] = i % 2 ? NAN : 1;
	x[1] = -1;
	x[3] = INFINITY;
	active[0] = active[1] = UINT64_C(0x5555555555555555);
	defined[0] = defined[1] = UINT64_MAX;
	overflowed[0] = overflowed[1] = 0;
	struct ppm_call_frame frame = { .rows = ROWS, .result = number_result, .arguments = { x }, .active = active, .defined = defined, .overflowed = overflowed };
	ln->kernel(&frame);
	exponential->kernel(&frame);
	assert_true(defined[0] == UINT64_MAX && defined[1] == UINT64_MAX);
	assert_true(overflowed[0] == 0 && overflowed[1] == 0);
}

// Closed forms: -ln(1 - z) / z, (1 - z)^-a, asin(z) / z, and a polynomial.
static void hypergeometric_functions(void **state)
{
	(void)state;
	static const double cases[][5] = { { 1, 1, 2, 0.5, 1.3862943611198906 }, { 1, 1, 2, -3, 0.46209812037329684 }, { 1, 1, 2, 0.999, 6.914669948931068 },
		{ 2.5, 4, 4, 0.75, 32 }, { 0.5, 0.5, 1.5, 0.25, 1.0471975511965976 }, { -2, 3, 0.5, 0.5, -1 } };
	const struct ppm_builtin *builtin = ppm_builtin_find(PPM_SLICE("hypergeometric"));
	static double a[64], b[64], c[64], v[64], result[64];
	size_t count = sizeof cases / sizeof *cases;
	for (size_t i = 0; i < 64; i++) {
		a[i] = i < count ? cases[i][0] : 1;
		b[i] = i < count ? cases[i][1] : 1;
		c[i] = i < count ? cases[i][2] : i % 2 ? 0 : 2;
		v[i] = i < count ? cases[i][3] : i % 2 ? 0.5 : 1;
	}
	uint64_t on = UINT64_MAX >> 32, has = on, over = 0;
	struct ppm_call_frame frame = { .rows = 64, .result = result, .arguments = { a, b, c, v }, .active = &on, .defined = &has, .overflowed = &over };
	builtin->kernel(&frame);
	for (size_t i = 0; i < count; i++)
		assert_true(fabs(result[i] - cases[i][4]) < 1e-12 * fabs(cases[i][4]));
	// a pole, and a series that ends nowhere, have no value
	assert_true(has == (UINT64_C(1) << count) - 1);
	assert_true(over == 0);
	// beyond the range of numbers
	a[0] = b[0] = 400;
	c[0] = 1;
	v[0] = 0.99;
	on = has = 1;
	builtin->kernel(&frame);
	assert_true(over == 1 && result[0] == 0);
}

static void a_condition_provides(void **state)
{
	(void)state;
	uint64_t condition = 0xa5, on = 0xff, has = 0xff, result = 0, over = 0;
	struct ppm_call_frame frame = { .rows = 8, .result = &result, .arguments = { &condition }, .active = &on, .defined = &has, .overflowed = &over };
	ppm_kernel_provided(&frame);
	assert_true(has == 0xa5 && result == 0xa5 && over == 0);
}

static void the_list_is_whole(void **state)
{
	(void)state;
	size_t count;
	const struct ppm_builtin *all = ppm_builtins(&count);
	assert_true(count > 30);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(ppm_builtin_find(ppm_slice_of(all[i].name)), &all[i]);
		assert_int_equal(all[i].signature == NULL, all[i].kernel == NULL);
		assert_true(all[i].doc && all[i].doc[0]);
		assert_non_null(all[i].why_missing);
		if (all[i].signature)
			assert_true(strlen(all[i].signature) >= 4 && strlen(all[i].signature) <= 7);
	}
	assert_null(ppm_builtin_find(PPM_SLICE("no_such")));
	assert_null(ppm_builtin_find(PPM_SLICE("floo")));
	assert_string_equal(ppm_builtin_find(PPM_SLICE("date"))->signature, "d(nnn)");
	assert_null(ppm_builtin_find(PPM_SLICE("round"))->kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_dates),
		cmocka_unit_test(distances_of_dates),
		cmocka_unit_test(dates_from_parts),
		cmocka_unit_test(functions_of_numbers),
		cmocka_unit_test(functions_of_texts),
		cmocka_unit_test(only_active_lanes_can_fail),
		cmocka_unit_test(hypergeometric_functions),
		cmocka_unit_test(a_condition_provides),
		cmocka_unit_test(the_list_is_whole),
	};
	return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}

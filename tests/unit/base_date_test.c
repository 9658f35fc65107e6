// The calendar, against figures of Python's datetime.
#include "runtime/base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct { int year, month, day, date, weekday; } days[] = {
	{ 1, 1, 1, -719162, 1 },
	{ 1970, 1, 1, 0, 4 },
	{ 2000, 2, 29, 11016, 2 },
	{ 1900, 2, 28, -25509, 3 },
	{ 1900, 3, 1, -25508, 4 },
	{ 9999, 12, 31, 2932896, 5 },
	{ 7019, 12, 7, 1844449, 2 },
	{ 5798, 7, 9, 1398338, 1 },
	{ 6782, 9, 27, 1757816, 1 },
	{ 3311, 8, 26, 490027, 3 },
	{ 6212, 5, 27, 1549505, 3 },
	{ 2572, 6, 12, 220039, 5 },
	{ 6412, 4, 5, 1622502, 4 },
	{ 2413, 10, 25, 162100, 5 },
	{ 5813, 7, 23, 1403830, 5 },
	{ 6929, 11, 5, 1811546, 6 },
	{ 5246, 10, 27, 1196834, 6 },
	{ 5416, 1, 25, 1258649, 4 },
	{ 8119, 7, 19, 2246075, 3 },
	{ 7106, 12, 21, 1876239, 5 },
	{ 6627, 2, 12, 1700976, 1 },
	{ 125, 5, 17, -673736, 4 },
	{ 3698, 3, 18, 631216, 2 },
	{ 3968, 4, 21, 729865, 7 },
	{ 8459, 7, 19, 2370258, 6 },
	{ 4474, 11, 9, 914880, 5 },
	{ 5499, 10, 26, 1289239, 4 },
	{ 7696, 2, 20, 2091429, 1 },
	{ 1592, 12, 20, -137708, 7 },
	{ 4545, 1, 21, 940520, 4 },
	{ 8711, 8, 16, 2462326, 3 },
	{ 9309, 7, 13, 2680708, 6 },
	{ 2163, 10, 9, 70773, 7 },
	{ 4392, 7, 2, 884800, 4 },
	{ 4008, 11, 11, 744679, 2 },
	{ 755, 11, 20, -443447, 7 },
	{ 5821, 11, 19, 1406871, 1 },
	{ 4361, 3, 1, 873354, 3 },
	{ 8729, 7, 28, 2468882, 7 },
	{ 1349, 11, 17, -226495, 1 },
	{ 9844, 11, 15, 2876238, 5 },
	{ 4004, 12, 26, 743263, 7 },
	{ 5092, 6, 18, 1140456, 6 },
	{ 7192, 7, 4, 1907481, 6 },
	{ 189, 1, 5, -650492, 1 },
	{ 2843, 5, 15, 318991, 5 },
};

static void knows_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		int year, month, day;
		assert_int_equal(ppm_date_from_civil(days[i].year, days[i].month, days[i].day), days[i].date);
		ppm_date_to_civil(days[i].date, &year, &month, &day);
		assert_int_equal(year, days[i].year);
		assert_int_equal(month, days[i].month);
		assert_int_equal(day, days[i].day);
		assert_int_equal(ppm_date_weekday(days[i].date), days[i].weekday);
	}
}

static void counts_every_day(void **state)
{
	(void)state;
	int32_t date = PPM_DATE_MIN;
	for (int year = 1; year <= 9999; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= ppm_date_days_in_month(year, month); day++, date++) {
				int got_year, got_month, got_day;
				ppm_date_to_civil(date, &got_year, &got_month, &got_day);
				if (got_year != year || got_month != month || got_day != day || ppm_date_from_civil(year, month, day) != date)
					fail_msg("%04d-%02d-%02d", year, month, day);
			}
		}
	}
	assert_int_equal(date, PPM_DATE_MAX + 1);
}

static void refuses_days(void **state)
{
	(void)state;
	assert_true(ppm_date_valid(2024, 2, 29));
	assert_true(ppm_date_valid(2000, 2, 29));
	assert_false(ppm_date_valid(1900, 2, 29));
	assert_false(ppm_date_valid(2023, 2, 29));
	assert_false(ppm_date_valid(2023, 4, 31));
	assert_false(ppm_date_valid(2023, 13, 1));
	assert_false(ppm_date_valid(2023, 0, 1));
	assert_false(ppm_date_valid(2023, 1, 0));
	assert_false(ppm_date_valid(0, 1, 1));
	assert_false(ppm_date_valid(10000, 1, 1));
}

static const struct { int32_t date; int months; int64_t sum; } additions[] = {
	{ 19753, 1, 19782 },    // 2024-01-31 + 1 = 2024-02-29
	{ 19782, 12, 20147 },   // 2024-02-29 + 12 = 2025-02-28
	{ 19782, -48, 18321 },  // 2024-02-29 - 48 = 2020-02-29
	{ 116879, -469, 102603 },
	{ -3623, 285, 5051 },
	{ -53424, 463, -39332 },
	{ -187401, -187, -193094 },
	{ 8567, -430, -4521 },
	{ -180218, -269, -188407 },
	{ -175354, 142, -171033 },
	{ 177262, -222, 170506 },
	{ -200695, 159, -195855 },
	{ 65712, -353, 54967 },
	{ -160030, -79, -162435 },
	{ -115692, -103, -118826 },
	{ -47063, 177, -41677 },
	{ -50466, -222, -57224 },
	{ -35976, -344, -46445 },
	{ 146065, -28, 145211 },
	{ -79328, -328, -89312 },
	{ -11173, 318, -1493 },
	{ -29577, 369, -18348 },
	{ 98919, 484, 113649 },
	{ 146305, 414, 158908 },
	{ -79930, 283, -71317 },
	{ 157515, 242, 164881 },
	{ 124697, 481, 139337 },
	{ 11143, 67, 13184 },
	{ 4290, 420, 17074 },
	{ 169866, 423, 182740 },
	{ -62975, -161, -67876 },
	{ -15560, -411, -28066 },
	{ -90765, -162, -95696 },
	{ 11287, -158, 6477 },
	{ 94778, -261, 86834 },
	{ 94970, 321, 104740 },
	{ -163234, 287, -154499 },
	{ -163919, -490, -178832 },
	{ -154713, 327, -144759 },
	{ -72174, 274, -63835 },
	{ 179911, -159, 175071 },
	{ -165479, 330, -155435 },
	{ 118703, 90, 121440 },
};

static const struct { int32_t a, b, months; } spans[] = {
	{ 19753, 19782, 1 },    // 2024-01-31 to 02-29
	{ 19782, 19753, -1 },
	{ 19753, 19781, 0 },
	{ 19782, 20147, 12 },
	{ -65320, -67419, -69 },
	{ -92023, -89300, 89 },
	{ -60691, -62185, -49 },
	{ -41579, -40518, 34 },
	{ -68724, -72046, -109 },
	{ -70613, -71227, -20 },
	{ -47758, -49592, -60 },
	{ -72207, -69514, 88 },
	{ 20900, 23495, 85 },
	{ 21853, 24856, 98 },
	{ 15115, 13445, -54 },
	{ -42707, -42883, -5 },
	{ -72806, -71864, 30 },
	{ 6172, 7966, 58 },
	{ -102510, -106213, -121 },
	{ -41853, -38755, 101 },
	{ -101261, -103729, -81 },
	{ -73895, -71172, 89 },
	{ -105647, -109206, -116 },
	{ -86558, -89923, -110 },
	{ -57090, -56525, 18 },
	{ -65014, -68011, -98 },
	{ -111314, -110966, 11 },
	{ 16631, 19153, 82 },
	{ -24838, -26329, -49 },
	{ -27653, -25668, 65 },
	{ -20486, -19598, 29 },
	{ 18382, 20028, 54 },
	{ -117351, -118523, -38 },
	{ -46267, -44795, 48 },
	{ -116117, -114546, 51 },
	{ -84000, -85601, -52 },
	{ -41173, -40512, 21 },
	{ -95543, -93331, 72 },
	{ -110221, -106790, 112 },
	{ 9940, 9528, -13 },
	{ 9464, 8400, -35 },
	{ -12719, -15147, -79 },
	{ -7917, -10014, -68 },
	{ -946, -3635, -88 },
	{ 29922, 26843, -101 },
	{ -64193, -66495, -75 },
	{ -55975, -57742, -58 },
	{ -59755, -57049, 88 },
	{ -2337, 1610, 129 },
	{ -71468, -73309, -60 },
	{ -12931, -9674, 107 },
	{ -98182, -94736, 113 },
	{ -63859, -67539, -121 },
	{ -45653, -44955, 22 },
	{ -20213, -18433, 58 },
	{ -52262, -51951, 10 },
	{ -48874, -49554, -22 },
	{ 21009, 21341, 10 },
	{ 4867, 4255, -20 },
	{ -51099, -51133, -1 },
	{ -17231, -18264, -33 },
	{ -4264, -3565, 22 },
	{ 15209, 12133, -101 },
	{ -55464, -53787, 55 },
};

static void counts_months(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof additions / sizeof *additions; i++)
		assert_int_equal(ppm_date_add_months(additions[i].date, additions[i].months), additions[i].sum);
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		assert_int_equal(ppm_date_months_between(spans[i].a, spans[i].b), spans[i].months);
	assert_true(ppm_date_add_months(PPM_DATE_MAX, 1) > PPM_DATE_MAX);
	assert_true(ppm_date_add_months(PPM_DATE_MIN, -1) < PPM_DATE_MIN);
	assert_true(ppm_date_add_months(PPM_DATE_MIN, INT64_MAX) > PPM_DATE_MAX);
	assert_true(ppm_date_add_months(PPM_DATE_MAX, INT64_MIN) < PPM_DATE_MIN);
	assert_int_equal(ppm_date_add_months(PPM_DATE_MIN, 9999 * 12 - 1), PPM_DATE_MAX - 30);
	// The definition, for many pairs.
	uint32_t random = 1;
	for (int i = 0; i < 100000; i++) {
		random = random * 1664525u + 1013904223u;
		int32_t a = (int32_t)(random >> 8) % 3000000 - 400000;
		random = random * 1664525u + 1013904223u;
		int32_t b = a + (int32_t)(random >> 8) % 5000;
		int32_t n = ppm_date_months_between(a, b);
		assert_true(ppm_date_add_months(a, n) <= b && ppm_date_add_months(a, n + 1) > b);
		assert_int_equal(ppm_date_months_between(b, a), -n);
	}
}

static void reads_and_writes_iso(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		char text[10];
		int32_t date;
		ppm_date_write(days[i].date, text);
		assert_true(ppm_date_parse_iso((struct ppm_slice){ text, 10 }, &date));
		assert_int_equal(date, days[i].date);
	}
	char text[10];
	ppm_date_write(PPM_DATE_MIN, text);
	assert_memory_equal(text, "0001-01-01", 10);
	ppm_date_write(-25508, text);
	assert_memory_equal(text, "1900-03-01", 10);
	static const char *bad[] = { "",           "2024-1-01",   "2024-01-1",  "2024-01-010", "2024/01/01", "2023-02-29", "2024-13-01", "0000-01-01",
		                     "20240101",   "2024-00-10",  " 2024-01-1", "2024-01-01 ", "+024-01-01", "2O24-01-01", "2024-01-3x", "-024-01-01",
		                     "2024-01--1", "2024--1-01" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int32_t date = 77;
		assert_false(ppm_date_parse_iso(ppm_slice_of(bad[i]), &date));
		assert_int_equal(date, 77);
	}
}

static void knows_formats(void **state)
{
	(void)state;
	// `out` is what the date is written as, where that differs from the text read.
	static const struct { const char *format, *text; int date; const char *out; } good[] = {
		{ "YYYY-MM-DD", "2024-02-29", 19782, NULL },
		{ "DD/MM/YYYY", "29/02/2024", 19782, NULL },
		{ "M/D/YYYY", "2/29/2024", 19782, NULL },
		{ "M/D/YYYY", "02/29/2024", 19782, "2/29/2024" },
		{ "YYYYMMDD", "20240229", 19782, NULL },
		{ "D MMM YYYY", "29 fEB 2024", 19782, "29 Feb 2024" },
		{ "DD-MMM-YY", "01-JAN-70", 0, "01-Jan-70" },
		{ "DD.MM.YY", "31.12.69", 36524, NULL },
		{ "YYYY-MM-DD hh:mm:ss", "2024-02-29 23:59:59", 19782, "2024-02-29 00:00:00" },
		{ "YYYY-MM-DDThh:mm:ssZ", "2024-02-29T00:00:00Z", 19782, NULL },
		{ "D/M/YYYY hh:mm", "29/2/2024 07:30", 19782, "29/2/2024 00:00" },
		{ "YYYY\xE5\xB9\xB4M\xE6\x9C\x88" "D\xE6\x97\xA5", "2024\xE5\xB9\xB4" "2\xE6\x9C\x88" "29\xE6\x97\xA5", 19782, NULL },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ppm_date_format format;
		int32_t date = 77;
		assert_true(ppm_date_format_parse(ppm_slice_of(good[i].format), &format));
		assert_true(ppm_date_parse(&format, ppm_slice_of(good[i].text), &date));
		assert_int_equal(date, good[i].date);
		char out[128];
		size_t size = ppm_date_write_format(&format, date, out);
		assert_true(ppm_slice_is((struct ppm_slice){ out, size }, good[i].out ? good[i].out : good[i].text));
	}
	static const struct { const char *format, *text; } bad[] = {
		{ "DD/MM/YYYY", "29/02/2023" },        { "DD/MM/YYYY", "9/02/2024" },
		{ "DD/MM/YYYY", "29/02/24" },          { "DD/MM/YYYY", "29/02/2024 " },
		{ "DD/MM/YYYY", "29-02-2024" },        { "DD/MM/YYYY", "02/29/2024" },
		{ "DD/MM/YYYY", "" },                  { "M/D/YYYY", "002/29/2024" },
		{ "M/D/YYYY", "/29/2024" },            { "D MMM YYYY", "29 Febr 2024" },
		{ "D MMM YYYY", "29 F" },              { "D MMM YYYY", "29 Fub 2024" },
		{ "D MMM YYYY", "29 \x46\x05\x42 2024" }, { "YYYY-MM-DD hh:mm:ss", "2024-02-29" },
		{ "YYYY-MM-DD hh:mm:ss", "2024-02-29 24:00:00" }, { "YYYY-MM-DD hh:mm:ss", "2024-02-29 10:60:00" },
		{ "YYYY-MM-DD hh:mm:ss", "2024-02-29 10:00:60" }, { "YYYY-MM-DD hh:mm:ss", "2024-02-29 1:00:00" },
		{ "YYYY-MM-DD", "0000-01-01" },        { "DD.MM.YY", "1.12.69" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ppm_date_format format;
		int32_t date = 77;
		assert_true(ppm_date_format_parse(ppm_slice_of(bad[i].format), &format));
		if (ppm_date_parse(&format, ppm_slice_of(bad[i].text), &date))
			fail_msg("%s by %s", bad[i].text, bad[i].format);
		assert_int_equal(date, 77);
	}
	static const char *no_formats[] = { "", "YYYY-MM", "MM-DD", "YYYY-DD", "YYYY-MM-DD-DD", "YYYY YY MM DD", "MMM MM DD YYYY", "YYY-MM-DD",
		                            "YYYYY-MM-DD", "YYYY-MMMM-DD", "YYYY-MM-DDD", "YYYY-MM-DD h:mm", "yyyy-mm-dd", "YYYY-MM-DD                       " };
	for (size_t i = 0; i < sizeof no_formats / sizeof *no_formats; i++) {
		struct ppm_date_format format;
		if (ppm_date_format_parse(ppm_slice_of(no_formats[i]), &format))
			fail_msg("%s", no_formats[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_days),    cmocka_unit_test(counts_every_day),     cmocka_unit_test(refuses_days),
		cmocka_unit_test(counts_months), cmocka_unit_test(reads_and_writes_iso), cmocka_unit_test(knows_formats),
	};
	return cmocka_run_group_tests_name("base_date", tests, NULL, NULL);
}

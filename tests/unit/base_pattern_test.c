// Number patterns: what samples mean, what columns of such samples may hold, and how amounts are written by them.
#include "runtime/base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void learns(void **state)
{
	(void)state;
	static const struct { const char *sample, *prefix, *suffix; char thousands, decimal; int decimals; bool accounting, percent; } rows[] = {
		{ "$1,234.50", "$", "", ',', '.', 2, false, false },
		{ "-$1,234.50", "$", "", ',', '.', 2, false, false },
		{ "$-1,234.50", "$", "", ',', '.', 2, false, false },
		{ "1.234,50 \xE2\x82\xAC", "", " \xE2\x82\xAC", '.', ',', 2, false, false },
		{ "\xE2\x82\xAC 1.234,50", "\xE2\x82\xAC ", "", '.', ',', 2, false, false },
		{ "(1,234.50)", "", "", ',', '.', 2, true, false },
		{ "($1,234.50)", "$", "", ',', '.', 2, true, false },
		{ "$(1,234.50)", "$", "", ',', '.', 2, true, false },
		{ "(1.234,50 kr)", "", " kr", '.', ',', 2, true, false },
		{ "(1.234,50) kr", "", " kr", '.', ',', 2, true, false },
		{ "12", "", "", 0, '.', 0, false, false },
		{ "12%", "", "%", 0, '.', 0, false, true },
		{ "12.5 %", "", " %", 0, '.', 1, false, true },
		{ "0.12", "", "", 0, '.', 2, false, false },
		{ "0,125", "", "", 0, ',', 3, false, false },
		{ "0.000", "", "", 0, '.', 3, false, false },
		{ "1 234,50", "", "", ' ', ',', 2, false, false },
		{ "1\xC2\xA0" "234,50", "", "", ' ', ',', 2, false, false },
		{ "1'234.50", "", "", '\'', '.', 2, false, false },
		{ "1\xE2\x80\x99" "234.50", "", "", '\'', '.', 2, false, false },
		{ "0", "", "", 0, '.', 0, false, false },
		{ "0.00", "", "", 0, '.', 2, false, false },
		{ "#,##0", "", "", ',', '.', 0, false, false },
		{ "#,##0.00", "", "", ',', '.', 2, false, false },
		{ "#,##0.000", "", "", ',', '.', 3, false, false },
		{ "#.##0,00", "", "", '.', ',', 2, false, false },
		{ "#0.000", "", "", 0, '.', 3, false, false },
		{ "0%", "", "%", 0, '.', 0, false, true },
		{ "0.0%", "", "%", 0, '.', 1, false, true },
		{ "1,234,567", "", "", ',', '.', 0, false, false },
		{ "1.234.567", "", "", '.', ',', 0, false, false },
		{ "1 234", "", "", ' ', ',', 0, false, false },
		{ "1'234", "", "", '\'', '.', 0, false, false },
		{ "1234.567", "", "", 0, '.', 3, false, false },
		{ "1234,567", "", "", 0, ',', 3, false, false },
		{ "1,234.567", "", "", ',', '.', 3, false, false },
		{ "12,5", "", "", 0, ',', 1, false, false },
		{ "  $12.00 ", "$", "", 0, '.', 2, false, false },
		{ "USD 12.00", "USD ", "", 0, '.', 2, false, false },
		{ "Rs.500", "Rs.", "", 0, '.', 0, false, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ppm_number_pattern pattern;
		if (!ppm_number_pattern_parse(ppm_slice_of(rows[i].sample), &pattern))
			fail_msg("%s refused", rows[i].sample);
		assert_string_equal(pattern.prefix, rows[i].prefix);
		assert_string_equal(pattern.suffix, rows[i].suffix);
		if (pattern.thousands != rows[i].thousands || pattern.decimal != rows[i].decimal || pattern.decimals != rows[i].decimals ||
		    pattern.accounting != rows[i].accounting || pattern.percent != rows[i].percent)
			fail_msg("%s: %c %c %d", rows[i].sample, pattern.thousands, pattern.decimal, pattern.decimals);
	}
	static const char *bad[] = { "",       "$",          "abc",       "1,234",        "1.234",     "12.345",     "$1,234",      "0,000",
		                     "1,23.4", "1.2.3",      "1,2,3",     "12,34,567.00", "1,234.5.6", "1.234,567.8", "1,234 567.8", "1'2",
		                     ".50",    "$.50",       "50.",       "1,,234.00",    "1..2",      "(12.00",     "12.00)",      "12.00-",
		                     "US-$ 1", "1234,567.00", "1-2",      "1 2",          "$1 $2",     "1a2",        "#.##0",       "averyverylongprefix 1",
		                     "#.###.##0", "0.1234567890123456789", "1'234'5", "--1", "-(1.00)", "#,#0", "#,##00" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ppm_number_pattern pattern;
		if (ppm_number_pattern_parse(ppm_slice_of(bad[i]), &pattern))
			fail_msg("%s accepted", bad[i]);
	}
	struct ppm_number_pattern pattern;
	assert_false(ppm_number_pattern_parse((struct ppm_slice){ "\0" "12", 3 }, &pattern));
	assert_false(ppm_number_pattern_parse((struct ppm_slice){ NULL, 0 }, &pattern));
	// A letter before the text is not the text's.
	assert_false(ppm_number_pattern_parse((struct ppm_slice){ &"s.50"[1], 3 }, &pattern));
}

static void reads(void **state)
{
	(void)state;
	static const struct { const char *sample, *text; int places; int64_t value; } good[] = {
		{ "$1,234.50", "$1,234.50", 4, 12345000 },
		{ "$1,234.50", "$7.50", 4, 75000 },
		{ "$1,234.50", "$7", 4, 70000 },
		{ "$1,234.50", "$7.5", 4, 75000 },
		{ "$1,234.50", "$0.1234", 4, 1234 },
		{ "$1,234.50", "$0.123400", 4, 1234 },
		{ "$1,234.50", "$0.125", 4, 1250 },
		{ "$1,234.50", "$1234.50", 4, 12345000 },
		{ "$1,234.50", "$1,234.567", 4, 12345670 },
		{ "$1,234.50", "$1,234,567.89", 4, INT64_C(12345678900) },
		{ "$1,234.50", "-$3.00", 4, -30000 },
		{ "$1,234.50", "$-3.00", 4, -30000 },
		{ "$1,234.50", "-$0.00", 4, 0 },
		{ "$1,234.567", "$1.234", 4, 12340 },
		{ "1.234,50 \xE2\x82\xAC", "1.234,50 \xE2\x82\xAC", 4, 12345000 },
		{ "1.234,50 \xE2\x82\xAC", "-0,05 \xE2\x82\xAC", 4, -500 },
		{ "1.234,50 \xE2\x82\xAC", "1.234.567 \xE2\x82\xAC", 4, INT64_C(12345670000) },
		{ "1.234,50 \xE2\x82\xAC", "1.234 \xE2\x82\xAC", 4, 12340000 },
		{ "1 234,50", "12 345 678,9", 4, INT64_C(123456789000) },
		{ "1 234,50", "1\xC2\xA0" "234,50", 4, 12345000 },
		{ "1 234,50", "1\xE2\x80\xAF" "234,50", 4, 12345000 },
		{ "1 234,50 kr", "234 kr", 4, 2340000 },
		{ "1'234.50", "1\xE2\x80\x99" "234.50", 4, 12345000 },
		{ "(1,234.50)", "(1,234.50)", 4, -12345000 },
		{ "(1,234.50)", "1,234.50", 4, 12345000 },
		{ "(1,234.50)", "-1,234.50", 4, -12345000 },
		{ "($1,234.50)", "($3.00)", 4, -30000 },
		{ "($1,234.50)", "$(3.00)", 4, -30000 },
		{ "($1,234.50)", "$3.00", 4, 30000 },
		{ "(1.00 kr)", "(1.00 kr)", 2, -100 },
		{ "$(1.00) kr", "$(1.00) kr", 2, -100 },
		{ "12%", "12%", 2, 1200 },
		{ "12%", "-12.5%", 2, -1250 },
		{ "12", "12.25", 4, 122500 },
		{ "12", "1.234", 4, 12340 },
		{ "0.12", "1", 4, 10000 },
		{ "0,12", "0,5", 4, 5000 },
		{ "#,##0", "1,234", 0, 1234 },
		{ "12", "9223372036854775807", 0, INT64_MAX },
		{ "12", "-9223372036854775808", 0, INT64_MIN },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ppm_number_pattern pattern;
		int64_t value = 4711;
		assert_true(ppm_number_pattern_parse(ppm_slice_of(good[i].sample), &pattern));
		if (!ppm_number_pattern_read(&pattern, ppm_slice_of(good[i].text), good[i].places, &value))
			fail_msg("%s refused by %s", good[i].text, good[i].sample);
		assert_int_equal(value, good[i].value);
	}
	static const struct { const char *sample, *text; } bad[] = {
		{ "$1,234.50", "" },          { "$1,234.50", "$" },          { "$1,234.50", "7.50" },       { "$1,234.50", "$1,23.4" },
		{ "$1,234.50", "$1234,567" }, { "$1,234.50", "$1,2345" },    { "$1,234.50", "$1,234567" },  { "$1,234.50", "$,234" },
		{ "$1,234.50", "$1,,234" },   { "$1,234.50", "$1,234," },    { "$1,234.50", "$1,234." },    { "$1,234.50", "$.50" },
		{ "$1,234.50", "$7.50 " },    { "$1,234.50", " $7.50" },     { "$1,234.50", "$ 7.50" },     { "$1,234.50", "--$7.50" },
		{ "$1,234.50", "-$-7.50" },   { "$1,234.50", "+$7.50" },     { "$1,234.50", "$7.50-" },     { "$1,234.50", "($7.50)" },
		{ "$1,234.50", "$1.234,50" }, { "$1,234.50", "$1.234" },     { "$1,234.50", "$0,123" },     { "$1,234.50", "$01,234" },
		{ "$1,234.50", "$1.2.3" },    { "$1,234.50", "$7.5e1" },     { "$1,234.50", "$0.12345" },   { "$1,234.50", "\xE2\x82\xAC" "7.50" },
		{ "1.234,50 \xE2\x82\xAC", "1,234.50 \xE2\x82\xAC" },        { "1.234,50 \xE2\x82\xAC", "1.234,50" },
		{ "1.234,50 \xE2\x82\xAC", "1,234 \xE2\x82\xAC" },           { "1.234,50 \xE2\x82\xAC", "1.23 \xE2\x82\xAC" },
		{ "12", "1,234" },            { "12", "1 234" },             { "12", "12%" },               { "12%", "12" },
		{ "0.12", "0,5" },            { "(1,234.50)", "(1,234.50" }, { "(1,234.50)", "1,234.50)" }, { "(1,234.50)", "(-1.00)" },
		{ "(1,234.50)", "-(1.00)" },  { "($1,234.50)", "($(1.00))" }, { "($1,234.50)", "($1.00" },  { "($1,234.50)", "$(1.00" },
		{ "($1,234.50)", "-$(1.00)" }, { "12", "922337203685477.5808" }, { "12", "100000000000000000000" }, { "1 234,50", "1  234,50" },
		{ "12", "18446744073709551615.5" }, { "12", "1844674407370955162" }, { "1 234,50", "1 234 " },   { "1,234.50", "1," },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ppm_number_pattern pattern;
		int64_t value = 4711;
		assert_true(ppm_number_pattern_parse(ppm_slice_of(bad[i].sample), &pattern));
		if (ppm_number_pattern_read(&pattern, ppm_slice_of(bad[i].text), 4, &value) || value != 4711)
			fail_msg("%s accepted by %s", bad[i].text, bad[i].sample);
	}
}

static void writes(void **state)
{
	(void)state;
	static const struct { const char *sample; int64_t mantissa; int places; const char *text; } rows[] = {
		{ "$1,234.50", 12345000, 4, "$1,234.50" },
		{ "$1,234.50", -12345678, 4, "-$1,234.57" },
		{ "$1,234.50", 999, 0, "$999.00" },
		{ "$1,234.50", 1000, 0, "$1,000.00" },
		{ "$1,234.50", INT64_C(-1000000000000), 4, "-$100,000,000.00" },
		{ "$1,234.50", -49, 4, "$0.00" },
		{ "$1,234.50", 5, 3, "$0.01" },
		{ "1.234,50 \xE2\x82\xAC", 12345000, 4, "1.234,50 \xE2\x82\xAC" },
		{ "1 234,50", INT64_C(12345678900), 4, "1 234 567,89" },
		{ "(1,234.50)", -12345000, 4, "(1,234.50)" },
		{ "($1,234.50)", -30000, 4, "($3.00)" },
		{ "(1,234.50)", -1, 4, "0.00" },
		{ "12", 15, 1, "2" },
		{ "12%", 12, 2, "12%" },
		{ "0.0%", 12345, 5, "12.3%" },
		{ "0.0%", -12350, 5, "-12.4%" },
		{ "0%", 3, 0, "300%" },
		{ "0%", 35, 1, "350%" },
		{ "0.000", 5, 1, "0.500" },
		{ "#,##0", 1234567, 0, "1,234,567" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ppm_number_pattern pattern;
		char out[128];
		assert_true(ppm_number_pattern_parse(ppm_slice_of(rows[i].sample), &pattern));
		size_t size = ppm_number_pattern_write(&pattern, rows[i].mantissa, rows[i].places, out);
		if (!ppm_slice_is((struct ppm_slice){ out, size }, rows[i].text))
			fail_msg("%.*s, not %s", (int)size, out, rows[i].text);
	}
	// What is written is read again.
	static const char *samples[] = { "$1,234.50", "1.234,50 \xE2\x82\xAC", "(1,234.50)", "($1,234.50)", "1 234,50", "1'234.50", "0.00", "-1.00 kr" };
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct ppm_number_pattern pattern;
		assert_true(ppm_number_pattern_parse(ppm_slice_of(samples[i]), &pattern));
		uint64_t random = 7;
		for (int round = 0; round < 2000; round++) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			int64_t amount = (int64_t)random >> (round % 60), value;
			char out[128];
			size_t size = ppm_number_pattern_write(&pattern, amount, 2, out);
			assert_true(ppm_number_pattern_read(&pattern, (struct ppm_slice){ out, size }, 2, &value));
			assert_int_equal(value, amount);
		}
	}
	// The longest there is.
	struct ppm_number_pattern pattern;
	char out[128];
	assert_true(ppm_number_pattern_parse(PPM_SLICE("fifteen bytes: 1,000.123456789012345678 fourteen bytes"), &pattern));
	ppm_int128 most = (ppm_int128)(~(ppm_uint128)0 >> 1);
	size_t size = ppm_number_pattern_write(&pattern, -most, 0, out);
	assert_true(ppm_slice_is((struct ppm_slice){ out, size },
		"-fifteen bytes: 170,141,183,460,469,231,731,687,303,715,884,105,727.000000000000000000 fourteen bytes"));
}

static void says_how_a_value_may_be_read(void **state)
{
	(void)state;
	static const struct { const char *value, *thousands, *decimals; } rows[] = {
		{ "1,234", "1,234.50", "1234,50" },
		{ "-\xE2\x82\xAC" "1.234", "\xE2\x82\xAC" "1.234,50", "\xE2\x82\xAC" "1234.50" },
		{ "\xE2\x82\xAC-12.500", "\xE2\x82\xAC" "1.234,50", "\xE2\x82\xAC" "1234.50" }, // a sign is no part of a sample, wherever it stands
		{ "12.500 kr", "1.234,50 kr", "1234.50 kr" },
		{ "1.23", NULL, NULL },
		{ "0.123", NULL, NULL },
		{ "1,234.50", NULL, NULL },
		{ "1.234 and some more words than fit", NULL, NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char thousands[PPM_READING_SIZE], decimals[PPM_READING_SIZE];
		bool two = ppm_number_pattern_readings(ppm_slice_of(rows[i].value), thousands, decimals);
		assert_int_equal(two, rows[i].thousands != NULL);
		if (two) {
			assert_string_equal(thousands, rows[i].thousands);
			assert_string_equal(decimals, rows[i].decimals);
		}
	}
}

// The longest double has 309 digits before its point; zeros in front of them do not make it larger, but 400 digits are enough to be refused unread.
static void reads_many_digits(void **state)
{
	(void)state;
	struct ppm_number_pattern pattern;
	char digits[600];
	double value;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("1234,50"), &pattern));
	memset(digits, '9', sizeof digits);
	assert_int_equal(ppm_number_pattern_number(&pattern, (struct ppm_slice){ digits, 308 }, 0, &value), PPM_NUMBER_INEXACT_INTEGER);
	assert_int_equal(ppm_number_pattern_number(&pattern, (struct ppm_slice){ digits, 309 }, 0, &value), PPM_NUMBER_RANGE);
	assert_int_equal(ppm_number_pattern_number(&pattern, (struct ppm_slice){ digits, 600 }, 0, &value), PPM_NUMBER_RANGE);
	digits[30] = ',';
	assert_int_equal(ppm_number_pattern_number(&pattern, (struct ppm_slice){ digits, 600 }, 0, &value), PPM_NUMBER_FINE);
	assert_true(value == 1e30);
	assert_int_equal(ppm_number_pattern_number(&pattern, (struct ppm_slice){ digits, 600 }, 2, &value), PPM_NUMBER_FINE);
	assert_true(value == 1e28);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(learns), cmocka_unit_test(reads), cmocka_unit_test(writes), cmocka_unit_test(says_how_a_value_may_be_read),
		cmocka_unit_test(reads_many_digits) };
	return cmocka_run_group_tests_name("base_pattern", tests, NULL, NULL);
}

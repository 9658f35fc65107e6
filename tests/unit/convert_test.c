// Fields to values: every type with what it accepts and refuses, by every instruction set; the fast paths against the strict one; figures that other
// projects wrote down.
#include "tests/unit/source_reading.h"

#include "runtime/base/date.h"
#include "runtime/source/source_internal.h"

static const struct ppm_slice texts[] = { { "DE", 2 }, { "software", 8 }, { "manufacturing", 13 }, { "GTX Pro", 7 }, { "manufactured!", 13 } };
static const uint32_t allowed_texts[] = { 0, 1, 2 };
static const double allowed_numbers[] = { 1, 2.5 };
static const struct ppm_slice tokens[] = { { "N/A", 3 }, { "-", 1 } };
static const struct ppm_slice number_tokens[] = { { "999", 3 } };
static const struct ppm_spelling_pair spellings[] = { { { "GTXPro", 6 }, { "GTX Pro", 7 } }, { { "?", 1 }, { "", 0 } } };

static const struct ppm_column number_column = { NAME("v"), .type = PPM_COLUMN_NUMBER, .read = true, .optional = true };

// Reads `text` with one column called v of the given kind.
static void expect_values(struct test_file *file, struct ppm_column column, const char *text, const char *rows, const char *problems)
{
	column.name = column.header = (struct ppm_slice){ "v", 1 };
	column.read = true;
	struct ppm_program program = program_of(texts, sizeof texts / sizeof *texts, &column, 1);
	// A program that compares a number with a constant has it handed over as integers where it can be.
	union ppm_constant constant = { .f64 = 1 };
	struct ppm_instruction code[] = { { .op = PPM_OP_GE_F64_K, .a = 1, .b = 0, .k = 0 }, { .op = PPM_OP_END } };
	program.constants = &constant;
	program.constant_count = 1;
	program.instructions = code;
	test_file_set(file, text, strlen(text));
	for (int simd = 0; simd < 8; simd++)
		for (size_t chunk_size = 5; chunk_size < 5000; chunk_size *= 40) {
			program.instruction_count = simd < 4 ? 0 : 2;
			struct ppm_source_options options = { .simd = (enum ppm_simd)(simd % 4), .keep_problems = 100, .chunk_size = chunk_size };
			struct reading reading = { .show_values = true };
			read_source(&reading, file->path, &options, &program, 2);
			assert_int_equal(reading.status, PPM_OK);
			assert_string_equal(reading.rows.data, rows);
			assert_string_equal(reading.problems.data, problems);
			reading_free(&reading);
		}
}

static void test_numbers(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column column = { .type = PPM_COLUMN_NUMBER, .optional = true };
	expect_values(&file, column, "v\n1\n-2\n0.5\n\n\"7\"\n12345678\n123456789\n00012\n-0\n1234567890.123456789\n9223372036854775808\n",
		"R0|1\nR1|-2\nR2|0.5\nR3|?\nR4|7\nR5|12345678\nR6|123456789\nR7|12\nR8|0\nR9|1234567890.1234567\nR10|9.2233720368547758e+18\n", "");
	expect_values(&file, column, "v\nn/a\n1e5\n+5\n 42\n43 \n.5\n5.\ninf\nnan\n0x10\n1_000\n5-\n\xEF\xBC\x91\n9007199254740993\n1,2\n",
		"X0\nX1\nX2\nX3\nX4\nX5\nX6\nX7\nX8\nX9\nX10\nX11\nX12\nX13\n",
		"2:1 D0202\n3:1 D0202\n4:1 D0202\n5:1 D0202\n6:1 D0202\n7:1 D0202\n8:1 D0202\n9:1 D0202\n10:1 D0202\n11:1 D0202\n12:1 D0202\n13:1 D0202\n14:1 D0202\n15:1 "
		"D0208\n16:0 D0007\n");
	column.optional = false;
	expect_values(&file, column, "v\n1\n\"\"\n3\n", "R0|1\nX1\nR2|3\n", "3:1 D0201\n");
	column.has_default = true;
	column.default_value.f64 = 4.5;
	expect_values(&file, column, "v\n1\n\"\"\n\n3\n", "R0|1\nR1|4.5\nR2|4.5\nR3|3\n", "");
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .optional = true, .has_range = true, .low.f64 = 0, .high.f64 = 10 };
	expect_values(&file, column, "v\n0\n10\n\n10.5\n-1\n", "R0|0\nR1|10\nR2|?\nX3\nX4\n", "5:1 D0209\n6:1 D0209\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .optional = true, .allowed_numbers = allowed_numbers, .allowed_number_count = 2 };
	expect_values(&file, column, "v\n1\n2.5\n\n2\n2.50\n", "R0|1\nR1|2.5\nR2|?\nX3\nR4|2.5\n", "5:1 D0210\n");
	// A token that looks like a number is a token.
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .optional = true, .missing = number_tokens, .missing_count = 1 };
	expect_values(&file, column, "v\n998\n999\n\"999\"\n999.0\n", "R0|998\nR1|?\nR2|?\nR3|999\n", "");
	// One that is nothing is what an empty field is anyway.
	static const struct ppm_slice nothing[] = { { "", 0 } };
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .optional = true, .missing = nothing, .missing_count = 1 };
	expect_values(&file, column, "v\n998\n\n-1\n", "R0|998\nR1|?\nR2|-1\n", "");
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .missing = tokens, .missing_count = 2 };
	expect_values(&file, column, "v\n998\nN/A\n", "R0|998\nX1\n", "3:1 D0201\n");
	struct ppm_number_pattern pattern;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("1.234,50"), &pattern));
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER, .number_pattern = &pattern, .format_text = PPM_SLICE("1.234,50") };
	expect_values(&file, column, "v\n\"1.234,25\"\n\"0,125\"\n1234.5\n", "R0|1234.25\nR1|0.125\nX2\n", "4:1 D0202\n");
	// 1 and 309 zeros.
	char text[400] = "v\n1";
	memset(text + 3, '0', 309);
	column = (struct ppm_column){ .type = PPM_COLUMN_NUMBER };
	expect_values(&file, column, text, "X0\n", "2:1 D0211\n");
	test_file_close(&file);
}

static void test_money(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column column = { .type = PPM_COLUMN_MONEY, .optional = true };
	expect_values(&file, column, "v\n1234.50\n-0.01\n7\n0.1234\n\n\"5.25\"\n12345678.99\n123456789.99\n900000000000000\n1.50000\n",
		"R0|12345000\nR1|-100\nR2|70000\nR3|1234\nR4|?\nR5|52500\nR6|123456789900\nR7|1234567899900\nR8|9000000000000000000\nR9|15000\n", "");
	expect_values(&file, column, "v\n$7\n(7)\n1.23456\n900000000000000.01\n9999999999999999999999\n1,5\n", "X0\nX1\nX2\nX3\nX4\n",
		"2:1 D0203\n3:1 D0203\n4:1 D0203\n5:1 D0211\n6:1 D0211\n7:0 D0007\n");
	struct ppm_number_pattern pattern;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("$1,234.50"), &pattern));
	column = (struct ppm_column){ .type = PPM_COLUMN_MONEY, .optional = true, .number_pattern = &pattern };
	expect_values(&file, column, "v\n$74.69\n$7\n\"$1,234.50\"\n7\n", "R0|746900\nR1|70000\nR2|12345000\nX3\n", "5:1 D0203\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_MONEY, .has_range = true, .low.i64 = 10000, .high.i64 = 20000 };
	expect_values(&file, column, "v\n1.00\n2\n2.0001\n", "R0|10000\nR1|20000\nX2\n", "4:1 D0209\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_MONEY, .has_default = true, .default_value.i64 = 5 };
	expect_values(&file, column, "v\n1.00\n\"\"\n", "R0|10000\nR1|5\n", "");
	test_file_close(&file);
}

static void test_percents(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column column = { .type = PPM_COLUMN_PERCENT, .optional = true };
	// 0.075 and 0.12345678901234568 are the nearest doubles to the ratios.
	expect_values(&file, column, "v\n12%\n7.5%\n-3%\n\n\"50%\"\n12.345678901234568%\n0%\n100000000%\n5.00000000000000000%\n",
		"R0|0.12\nR1|0.074999999999999997\nR2|-0.029999999999999999\nR3|?\nR4|0.5\nR5|0.12345678901234568\nR6|0\nR7|1000000\nR8|0.050000000000000003\n", "");
	expect_values(&file, column, "v\n12\n%\n12 %\nx%\n", "X0\nX1\nX2\nX3\n", "2:1 D0204\n3:1 D0204\n4:1 D0204\n5:1 D0204\n");
	struct ppm_number_pattern pattern;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("12"), &pattern));
	column = (struct ppm_column){ .type = PPM_COLUMN_PERCENT, .number_pattern = &pattern };
	expect_values(&file, column, "v\n12\n7.5\n12%\n", "R0|0.12\nR1|0.074999999999999997\nX2\n", "4:1 D0204\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_PERCENT, .percent_as_ratio = true };
	expect_values(&file, column, "v\n0.12\n1\n12%\n", "R0|0.12\nR1|1\nX2\n", "4:1 D0204\n");
	test_file_close(&file);
}

static void test_dates(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column column = { .type = PPM_COLUMN_DATE, .optional = true };
	// Days from 1970-01-01, from Python's datetime.
	expect_values(&file, column, "v\n1970-01-01\n2024-02-29\n\n\"2000-12-31\"\n1799-12-31\n1800-01-01\n2199-12-31\n2200-01-01\n0001-01-01\n9999-12-31\n1900-02-28\n",
		"R0|0\nR1|19782\nR2|?\nR3|11322\nR4|-62092\nR5|-62091\nR6|84005\nR7|84006\nR8|-719162\nR9|2932896\nR10|-25509\n", "");
	expect_values(&file, column, "v\n2023-02-29\n1900-02-29\n2024-13-01\n2024-00-10\n2024-01-00\n2024-1-01\n01/02/2018\n45292\n2024-01-01 \n2024/01/01\n20240101\n",
		"X0\nX1\nX2\nX3\nX4\nX5\nX6\nX7\nX8\nX9\nX10\n",
		"2:1 D0205\n3:1 D0205\n4:1 D0205\n5:1 D0205\n6:1 D0205\n7:1 D0205\n8:1 D0205\n9:1 D0205\n10:1 D0205\n11:1 D0205\n12:1 D0205\n");
	struct ppm_date_format format;
	assert_true(ppm_date_format_parse(PPM_SLICE("DD/MM/YYYY"), &format));
	column = (struct ppm_column){ .type = PPM_COLUMN_DATE, .date_format = &format };
	expect_values(&file, column, "v\n01/02/2018\n28/01/2018\n2018-01-28\n", "R0|17563\nR1|17559\nX2\n", "4:1 D0205\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_DATE, .has_range = true, .low.i64 = 0, .high.i64 = 10 };
	expect_values(&file, column, "v\n1970-01-11\n1970-01-12\n1969-12-31\n", "R0|10\nX1\nX2\n", "3:1 D0209\n4:1 D0209\n");
	test_file_close(&file);
}

static void test_flags_and_durations(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	struct ppm_column column = { .type = PPM_COLUMN_FLAG, .optional = true };
	expect_values(&file, column, "v\nyes\nNO\nTrue\nfAlse\n1\n0\n\n\"Yes\"\n", "R0|yes\nR1|no\nR2|yes\nR3|no\nR4|yes\nR5|no\nR6|?\nR7|yes\n", "");
	expect_values(&file, column, "v\ny\n2\nyess\n\x11\nfalsehood\n yes\ntruetrue\n11\n", "X0\nX1\nX2\nX3\nX4\nX5\nX6\nX7\n",
		"2:1 D0206\n3:1 D0206\n4:1 D0206\n5:1 D0206\n6:1 D0206\n7:1 D0206\n8:1 D0206\n9:1 D0206\n");
	column = (struct ppm_column){ .type = PPM_COLUMN_FLAG, .has_default = true, .default_value.i64 = 1 };
	expect_values(&file, column, "v\n0\n\"\"\n", "R0|no\nR1|yes\n", "");
	column = (struct ppm_column){ .type = PPM_COLUMN_DURATION, .optional = true };
	expect_values(&file, column, "v\n30 days\n1 day\n2 weeks\n\n-5 days\n", "R0|30\nR1|1\nR2|14\nR3|?\nR4|-5\n", "");
	expect_values(&file, column, "v\n30\n3 months\n30days\n1.5 days\n3000000000 days\ndays\n", "X0\nX1\nX2\nX3\nX4\nX5\n",
		"2:1 D0207\n3:1 D0207\n4:1 D0207\n5:1 D0207\n6:1 D0211\n7:1 D0207\n");
	column.months = true;
	expect_values(&file, column, "v\n3 months\n1 year\n2 days\n", "R0|3\nR1|12\nX2\n", "4:1 D0207\n");
	struct ppm_number_pattern pattern;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("30"), &pattern));
	column.number_pattern = &pattern;
	expect_values(&file, column, "v\n30\n3 months\n", "R0|30\nX1\n", "3:1 D0207\n");
	test_file_close(&file);
}

static void test_texts(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	static const char text[] = "v\nDE\nsoftware\nmanufacturing\nmanufacturinG\n00123\n\"DE\"\n\nDEX\nmanufactured!\n\"a \"\"b\"\"\"\n";
	struct ppm_column column = { .type = PPM_COLUMN_TEXT, .optional = true };
	expect_values(&file, column, text, "R0|=DE\nR1|=software\nR2|=manufacturing\nR3|other\nR4|other\nR5|=DE\nR6|?\nR7|other\nR8|=manufactured!\nR9|other\n", "");
	column.pooled = true;
	expect_values(&file, column, text, "R0|=DE\nR1|=software\nR2|=manufacturing\nR3|=manufacturinG\nR4|=00123\nR5|=DE\nR6|?\nR7|=DEX\nR8|=manufactured!\nR9|=a \"b\"\n", "");
	for (int pooled = 0; pooled < 2; pooled++) {
		column = (struct ppm_column){
			.type = PPM_COLUMN_TEXT, .optional = true, .pooled = pooled, .missing = tokens, .missing_count = 2, .spellings = spellings, .spelling_count = 2
		};
		expect_values(
			&file, column, "v\nGTXPro\n\"GTXPro\"\nGTX Pro\nN/A\n-\n?\n\"N/A\"\nDE\n", "R0|=GTX Pro\nR1|=GTX Pro\nR2|=GTX Pro\nR3|?\nR4|?\nR5|?\nR6|?\nR7|=DE\n", "");
		column = (struct ppm_column){ .type = PPM_COLUMN_TEXT, .pooled = pooled, .allowed = allowed_texts, .allowed_count = 3 };
		expect_values(&file, column, "v\nDE\nGTX Pro\n\"software\"\nx\n\"\"\n", "R0|=DE\nX1\nR2|=software\nX3\nX4\n", "3:1 D0210\n5:1 D0210\n6:1 D0201\n");
		column = (struct ppm_column){ .type = PPM_COLUMN_TEXT, .pooled = pooled, .has_default = true, .default_value.i64 = 1 };
		expect_values(&file, column, "v\nDE\n\"\"\n", "R0|=DE\nR1|=software\n", "");
	}
	test_file_close(&file);
}

// A key must not be empty, whether it is read or only passed on.
static void test_keys(void **state)
{
	(void)state;
	struct test_file file;
	test_file_open(&file);
	const char text[] = "id,v\nA,1\n,2\n\"\",3\nB,4\n";
	test_file_set(&file, text, sizeof text - 1);
	for (int read = 0; read < 2; read++) {
		struct ppm_column columns[] = { { NAME("id"), .type = PPM_COLUMN_TEXT, .key = true, .passed = true, .read = read, .pooled = true }, number_column };
		struct ppm_program program = program_of(texts, sizeof texts / sizeof *texts, columns, 2);
		struct ppm_source_options options = { .keep_problems = 10 };
		struct reading reading = { .show_fields = true };
		read_source(&reading, file.path, &options, &program, 1);
		assert_string_equal(reading.rows.data, "R0|A|1\nX1||2\nX2||3\nR3|B|4\n");
		assert_string_equal(reading.problems.data, "3:1 D0201\n4:1 D0201\n");
		reading_free(&reading);
	}
	test_file_close(&file);
}

// Random fields of every type: what one instruction set says, all say, whatever the chunks and threads.
static void test_random_values(void **state)
{
	(void)state;
	static const char *const shapes[] = { "%llu", "-%llu", "%llu.25", "\"%llu\"", "%llu%%", "202%llu-03-15", "x%llu", "", "%llu days", "yes", "DE", "manufacturing", "N/A" };
	struct ppm_column columns[] = {
		{ NAME("n"), .type = PPM_COLUMN_NUMBER, .read = true, .optional = true, .missing = tokens, .missing_count = 2 },
		{ NAME("m"), .type = PPM_COLUMN_MONEY, .read = true, .has_default = true },
		{ NAME("p"), .type = PPM_COLUMN_PERCENT, .read = true, .optional = true },
		{ NAME("d"), .type = PPM_COLUMN_DATE, .read = true, .optional = true },
		{ NAME("f"), .type = PPM_COLUMN_FLAG, .read = true, .optional = true },
		{ NAME("c"), .type = PPM_COLUMN_TEXT, .read = true, .optional = true, .missing = tokens, .missing_count = 2 },
		{ NAME("t"), .type = PPM_COLUMN_TEXT, .read = true, .optional = true, .pooled = true },
	};
	static const unsigned usual[] = { 0, 2, 4, 5, 9, 11, 10 };
	struct ppm_program program = program_of(texts, sizeof texts / sizeof *texts, columns, 7);
	struct test_file file;
	test_file_open(&file);
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	uint64_t random = 3;
	for (unsigned round = 0; round < 10; round++) {
		text.size = 0;
		ppm_buffer_append_text(&text, "n,m,p,d,f,c,t\n");
		for (unsigned row = 0; row < 3000; row++)
			for (unsigned column = 0; column < 7; column++) {
				// Mostly right, so that most rows are not refused.
				unsigned shape = next_random(&random) % 40 ? usual[column] : (unsigned)(next_random(&random) % 13);
				unsigned digits = (unsigned)(next_random(&random) % (shape == 5 ? 1 : 12));
				unsigned long long value = next_random(&random) % (unsigned long long)ppm_power_of_ten[digits ? digits : 1];
				char field[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				snprintf(field, sizeof field, shapes[shape], value);
#pragma GCC diagnostic pop
				ppm_buffer_append_text(&text, field);
				ppm_buffer_append_char(&text, column == 6 ? '\n' : ',');
			}
		test_file_set(&file, text.data, text.size);
		struct reading first = { .show_values = true, .show_fields = true };
		struct ppm_source_options options = { .simd = PPM_SIMD_PORTABLE, .keep_problems = UINT64_MAX, .keep_records = true };
		read_source(&first, file.path, &options, &program, 1);
		assert_int_equal(first.status, PPM_OK);
		assert_int_equal(first.records, 3000);
		for (unsigned way = 0; way < 8; way++) {
			options.simd = (enum ppm_simd)(1 + way % 3);
			static const size_t chunk_sizes[] = { 64, 4096, 1024 * 1024 };
			options.chunk_size = chunk_sizes[next_random(&random) % 3];
			struct reading other = { .show_values = true, .show_fields = true };
			read_source(&other, file.path, &options, &program, 1 + way % 4);
			assert_string_equal(other.rows.data, first.rows.data);
			assert_string_equal(other.problems.data, first.problems.data);
			assert_string_equal(other.messages.data, first.messages.data);
			assert_string_equal(other.kept.data, first.kept.data);
			reading_free(&other);
		}
		reading_free(&first);
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
}

// Files that need a declared column to be right or wrong: the second column (or the first) as `column`.
static void test_pitfalls(void **state)
{
	(void)state;
	static struct ppm_number_pattern accounting, dollars, european;
	static struct ppm_date_format day_first;
	static const struct ppm_slice nothing[] = { { "NULL", 4 }, { "N/A", 3 }, { "-", 1 }, { "NA", 2 }, { "nan", 3 }, { "None", 4 } };
	assert_true(ppm_number_pattern_parse(PPM_SLICE("(1,234.50)"), &accounting));
	assert_true(ppm_number_pattern_parse(PPM_SLICE("$1,234.50"), &dollars));
	assert_true(ppm_number_pattern_parse(PPM_SLICE("1.234,50"), &european));
	assert_true(ppm_date_format_parse(PPM_SLICE("DD/MM/YYYY"), &day_first));
#define NUMBER .type = PPM_COLUMN_NUMBER
#define MONEY .type = PPM_COLUMN_MONEY
#define DATE .type = PPM_COLUMN_DATE
#define POOLED .type = PPM_COLUMN_TEXT, .pooled = true
	static const struct {
		const char *file, *column;
		struct ppm_column kind;
		char delimiter;
		const char *encoding;
		const char *rows, *problems;
	} cases[] = {
		{ "acct", "amt", { MONEY }, 0, NULL, "X0\nX1\n", "2:2 D0203\n3:2 D0203\n" },
		{ "acct", "amt", { MONEY, .number_pattern = &accounting }, 0, NULL, "R0|-12345000\nR1|-70000\n", "" },
		{ "big", "n", { NUMBER }, 0, NULL, "X0\nR1|9.2233720368547758e+18\nX2\n", "2:2 D0208\n4:2 D0208\n" },
		{ "bom", "id", { NUMBER }, 0, NULL, "R0|1\n", "" },
		{ "bom", "amt", { NUMBER }, 0, NULL, "R0|2.5\n", "" },
		{ "bool", "f", { .type = PPM_COLUMN_FLAG }, 0, NULL, "R0|yes\nR1|yes\n", "" },
		{ "crmix", "n", { NUMBER }, 0, NULL, "R0|2\nR1|4\n", "" },
		{ "currency", "amt", { MONEY }, 0, NULL, "X0\nX1\n", "2:2 D0203\n3:2 D0203\n" },
		{ "currency", "amt", { MONEY, .number_pattern = &dollars }, 0, NULL, "R0|746900\nR1|70000\n", "" },
		{ "dates_amb", "d", { DATE }, 0, NULL, "X0\nX1\n", "2:2 D0205\n3:2 D0205\n" },
		{ "dates_amb", "d", { DATE, .date_format = &day_first }, 0, NULL, "R0|17563\nR1|17559\n", "" },
		{ "dates_amb2", "d", { DATE }, 0, NULL, "X0\nX1\n", "2:2 D0205\n3:2 D0205\n" },
		{ "dates_mixed", "d", { DATE }, 0, NULL, "R0|17559\nX1\nX2\n", "3:2 D0205\n4:2 D0205\n" },
		{ "dec", "n", { NUMBER }, 0, NULL, "R0|0.10000000000000001\nR1|0.20000000000000001\nR2|1234567890.1234567\n", "" },
		{ "deccomma", "amt", { MONEY }, ';', NULL, "X0\nX1\n", "2:2 D0203\n3:2 D0203\n" },
		{ "deccomma", "amt", { MONEY, .number_pattern = &european }, ';', NULL, "R0|12345600\nR1|75000\n", "" },
		{ "exp_id", "id", { POOLED }, 0, NULL, "R0|=1e5\nR1|=2E3\n", "" },
		{ "exp_id", "id", { NUMBER }, 0, NULL, "X0\nX1\n", "2:1 D0202\n3:1 D0202\n" },
		{ "fw", "n", { NUMBER }, 0, NULL, "X0\nX1\nX2\n", "2:2 D0202\n3:2 D0202\n4:2 D0202\n" },
		{ "hex", "n", { NUMBER }, 0, NULL, "X0\nX1\nX2\n", "2:2 D0202\n3:2 D0202\n4:2 D0202\n" },
		{ "huge", "n", { NUMBER }, 0, NULL, "X0\nX1\nX2\n", "2:2 D0202\n3:2 D0202\n4:2 D0202\n" },
		{ "inf", "n", { NUMBER }, 0, NULL, "X0\nR1|1\n", "2:2 D0202\n" },
		{ "latin1", "name", { POOLED }, 0, NULL, "", "2:2 D0002\n" },
		{ "latin1", "name", { POOLED }, 0, "latin1", "R0|=Zo\xC3\xAB\n", "" },
		{ "long", "a", { NUMBER }, 0, NULL, "R0|2\nR2|8\n", "3:0 D0007\n" },
		{ "midquote", "name", { POOLED }, 0, NULL, "", "2:2 D0006\n3:2 D0006\n" },
		{ "minus", "n", { NUMBER }, 0, NULL, "X0\nX1\nX2\n", "2:2 D0202\n3:2 D0202\n4:2 D0202\n" },
		{ "na", "amt", { NUMBER, .optional = true }, 0, NULL, "R0|10\nX1\nX2\nX3\nR4|?\nX5\nX6\nX7\n",
			"3:2 D0202\n4:2 D0202\n5:2 D0202\n7:2 D0202\n8:2 D0202\n9:2 D0202\n" },
		{ "na", "amt", { NUMBER, .optional = true, .missing = nothing, .missing_count = 6 }, 0, NULL, "R0|10\nR1|?\nR2|?\nR3|?\nR4|?\nR5|?\nR6|?\nR7|?\n", "" },
		{ "nul", "name", { POOLED }, 0, NULL, "R1|=x\n", "2:2 D0003\n" },
		{ "percent", "r", { .type = PPM_COLUMN_PERCENT }, 0, NULL, "R0|0.12\nR1|0.074999999999999997\n", "" },
		{ "percent", "r", { NUMBER }, 0, NULL, "X0\nX1\n", "2:2 D0202\n3:2 D0202\n" },
		{ "semicolon3", "c0", { POOLED }, 0, NULL, "R0|=v0\nR1|=a;b\n", "" },
		{ "serial", "d", { DATE }, 0, NULL, "X0\nR1|19723\n", "2:2 D0205\n" },
		{ "short", "b", { NUMBER }, 0, NULL, "R0|3\nR2|9\n", "3:0 D0007\n" },
		{ "space", "n", { NUMBER }, 0, NULL, "X0\nX1\n", "2:2 D0202\n3:2 D0202\n" },
		{ "thou", "amt", { MONEY }, 0, NULL, "X0\nR1|75000\n", "2:2 D0203\n" },
		{ "thou", "amt", { MONEY, .number_pattern = &dollars }, 0, NULL, "X0\nX1\n", "2:2 D0203\n3:2 D0203\n" },
		{ "thou_eu", "amt", { MONEY, .number_pattern = &european }, 0, NULL, "R0|12340000\nR1|125000000\n", "" },
		{ "underscore", "n", { NUMBER }, 0, NULL, "X0\nR1|2\n", "2:2 D0202\n" },
		{ "unterm", "name", { POOLED }, 0, NULL, "", "2:2 D0005\n" },
		{ "utf16", "name", { POOLED }, 0, "utf-16", "R0|=Zo\xC3\xAB\n", "" },
		{ "zeros", "id", { POOLED }, 0, NULL, "R0|=00123\nR1|=00456\n", "" },
	};
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	struct test_file file;
	test_file_open(&file);
	unsigned found = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char name[64];
		snprintf(name, sizeof name, "pitfalls/%s.csv", cases[i].file);
		if (!read_shared(name, &text))
			continue;
		found++;
		test_file_set(&file, text.data, text.size);
		struct ppm_column column = cases[i].kind;
		column.name = column.header = ppm_slice_of(cases[i].column);
		column.read = true;
		struct ppm_program program = program_of(texts, sizeof texts / sizeof *texts, &column, 1);
		for (int simd = 0; simd < 4; simd++) {
			struct ppm_source_options options = {
				.keep_problems = 100, .simd = (enum ppm_simd)simd, .chunk_size = simd == 3 ? 4 : 0, .delimiter = cases[i].delimiter, .encoding = cases[i].encoding
			};
			struct reading reading = { .show_values = true };
			read_source(&reading, file.path, &options, &program, 2);
			if (strcmp(reading.rows.data, cases[i].rows) != 0 || strcmp(reading.problems.data, cases[i].problems) != 0)
				print_error("%s (%s), case %zu\n", cases[i].file, cases[i].column, i);
			assert_int_equal(reading.status, PPM_OK);
			assert_string_equal(reading.rows.data, cases[i].rows);
			assert_string_equal(reading.problems.data, cases[i].problems);
			reading_free(&reading);
		}
	}
	if (read_shared("pitfalls/late_decimal.csv", &text)) {
		test_file_set(&file, text.data, text.size);
		struct ppm_column column = number_column;
		column.name = column.header = (struct ppm_slice){ "n", 1 };
		struct ppm_program program = program_of(texts, sizeof texts / sizeof *texts, &column, 1);
		struct ppm_source_options options = { .keep_problems = 100, .simd = PPM_SIMD_AVX512 };
		struct reading reading = { .show_values = true };
		read_source(&reading, file.path, &options, &program, 2);
		assert_string_equal(reading.problems.data, "");
		assert_non_null(strstr(reading.rows.data, "R29999|29999\nR30000|12.75\nR30001|7\n"));
		reading_free(&reading);
	}
	ppm_buffer_free(&text);
	test_file_close(&file);
	if (!found) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	assert_int_equal(found, sizeof cases / sizeof *cases);
}

// ---- the fast paths against the strict one --------------------------------------------------------------------

#define CROWD 1500u

// The words of a crowd, without an order that a hash could keep: so many that some of them share a place in every table that is tried for them.
static size_t crowd_word(char *out, uint32_t number)
{
	uint64_t x = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (size_t)(number % 5 ? snprintf(out, 32, "%07x", (unsigned)(x >> 36)) : snprintf(out, 32, "%016llx", (unsigned long long)x));
}

// What a field nearly of the kind looks like.
static size_t random_field(char *out, enum ppm_column_type type, uint64_t *random)
{
	static const char *const words[] = { "yes", "No", "TRUE", "false", "1", "0", "DE", "software", "manufacturing", "manufactured!", "tRuE", "GTX Pro", "soft" };
	static const char wild[] = "0123456789.-% \"aY/\x10\xC3";
	size_t size = 0;
	switch (type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_MONEY:
	case PPM_COLUMN_PERCENT:
		size = (size_t)snprintf(out, 32, "%llu", (unsigned long long)(next_random(random) >> (next_random(random) % 64)));
		if (next_random(random) % 2)
			size += (size_t)snprintf(out + size, 16, ".%0*u", 1 + (int)(next_random(random) % 5), (unsigned)(next_random(random) % 100));
		if (type == PPM_COLUMN_PERCENT)
			out[size++] = '%';
		break;
	case PPM_COLUMN_DATE:
		size = (size_t)snprintf(out, 32, "%04u-%02u-%02u", next_random(random) % 4 ? 1990u + (unsigned)(next_random(random) % 40) : (unsigned)(next_random(random) % 10000),
			(unsigned)(next_random(random) % 14), (unsigned)(next_random(random) % 33));
		break;
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_FLAG:
	case PPM_COLUMN_DURATION: {
		const char *word = words[next_random(random) % (sizeof words / sizeof *words)];
		size = strlen(word);
		memcpy(out, word, size);
		if (type != PPM_COLUMN_FLAG && next_random(random) % 2)
			size = crowd_word(out, (uint32_t)(next_random(random) % (CROWD * 2)));
		break;
	}
	}
	if (next_random(random) % 4 == 0 && size)
		out[next_random(random) % size] = wild[next_random(random) % (sizeof wild - 1)];
	if (next_random(random) % 10 == 0)
		size = next_random(random) % (size + 1);
	return size;
}

// The texts above, and the crowd's, of which the first is a token for a missing value.
struct words {
	struct ppm_slice texts[CROWD + 5], token;
	uint32_t count, token_count;
	struct ppm_categories *categories;
};

static void check_fast_paths(enum ppm_column_type type, enum ppm_simd simd, const struct words *words, const int32_t *month_starts, uint64_t *random)
{
	const struct ppm_categories *categories = words->categories;
	struct ppm_column column = { .type = type, .read = true, .optional = true };
	if (type == PPM_COLUMN_TEXT)
		column.missing = &words->token, column.missing_count = words->token_count;
	struct ppm_program program = program_of(words->texts, words->count, &column, 1);
	struct ppm_column_plan plan = { .column = &column, .fast = true, .plain = true, .categories = categories };
	// Fields one after another with a separator, as in a record; the second column is the one converted.
	static char memory[PPM_BATCH_ROWS * 64 + 2 * PPM_SOURCE_PADDING];
	static uint32_t ends[PPM_BATCH_ROWS * 2];
	static double doubles[PPM_BATCH_ROWS];
	static int64_t amounts[PPM_BATCH_ROWS];
	static int32_t codes[PPM_BATCH_ROWS];
	uint64_t flags[PPM_MASK_WORDS], empty[PPM_MASK_WORDS], strict[PPM_MASK_WORDS], whole_strict[PPM_MASK_WORDS];
	char *base = memory + PPM_SOURCE_PADDING;
	uint32_t at = 0, rows = 1 + (uint32_t)(next_random(random) % PPM_BATCH_ROWS);
	memset(memory, '7', sizeof memory);
	for (uint32_t row = 0; row < rows; row++) {
		ends[row * 2] = at;
		base[at++] = ',';
		at += (uint32_t)random_field(base + at, type, random);
		ends[row * 2 + 1] = at;
		base[at++] = '\n';
	}
	struct ppm_field_view view = { .base = base, .ends = ends + 1, .begins = ends, .end_stride = 2, .begin_stride = 2, .begin_add = 1, .rows = rows };
	const struct ppm_convert_functions *convert = ppm_convert_functions(simd);
	switch (type) {
	case PPM_COLUMN_NUMBER:
		convert->number(&view, doubles, empty, strict);
		convert->whole(&view, codes, flags, whole_strict);
		assert_memory_equal(flags, empty, (rows + 63) / 64 * 8);
		assert_memory_equal(whole_strict, strict, (rows + 63) / 64 * 8);
		for (uint32_t row = 0; row < rows; row++)
			if (!(strict[row / 64] >> row % 64 & 1))
				assert_true(doubles[row] == codes[row]);
		break;
	case PPM_COLUMN_PERCENT: convert->percent(&view, doubles, empty, strict); break;
	case PPM_COLUMN_MONEY: convert->money(&view, amounts, empty, strict); break;
	case PPM_COLUMN_DATE: convert->date(&view, codes, empty, strict, month_starts); break;
	case PPM_COLUMN_FLAG: convert->flag(&view, flags, empty, strict); break;
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_DURATION: convert->category(&view, codes, empty, strict, categories); break;
	}
	struct ppm_buffer scratch;
	ppm_buffer_init(&scratch, NULL);
	unsigned taken = 0;
	for (uint32_t row = 0; row < rows; row++) {
		struct ppm_slice field = ppm_field_of(&view, row);
		bool is_empty = empty[row / 64] >> row % 64 & 1;
		assert_int_equal(is_empty, field.size == 0 || (column.missing_count && ppm_slice_equal(field, *column.missing)));
		if (is_empty || (strict[row / 64] >> row % 64 & 1))
			continue;
		taken++;
		union ppm_field_value value;
		struct ppm_field_problem problem;
		if (ppm_field_convert(&plan, &program, NULL, field, &scratch, &value, &problem) != PPM_FIELD_VALUE) {
			print_error("taken though wrong: %.*s (%s)\n", (int)field.size, field.data, ppm_simd_name(simd));
			fail();
		}
		if (type == PPM_COLUMN_NUMBER || type == PPM_COLUMN_PERCENT)
			assert_memory_equal(&doubles[row], &value.f64, sizeof value.f64);
		else if (type == PPM_COLUMN_MONEY)
			assert_true(amounts[row] == value.i64);
		else if (type == PPM_COLUMN_FLAG)
			assert_int_equal(flags[row / 64] >> row % 64 & 1, value.i64);
		else
			assert_int_equal(codes[row], value.i64);
	}
	// They are there to take something.
	if (rows > 300)
		assert_true(taken > 0);
	ppm_buffer_free(&scratch);
}

static void test_fast_paths(void **state)
{
	(void)state;
	static int32_t month_starts[PPM_MONTH_STARTS];
	ppm_convert_month_starts(month_starts);
	static char crowd[CROWD][32];
	static struct words few = { .count = 5 }, many = { .count = CROWD + 5, .token_count = 1 };
	static struct ppm_category_text entries[CROWD + 6];
	for (uint32_t i = 0; i < many.count; i++)
		many.texts[i] = i < 5 ? texts[i] : (struct ppm_slice){ crowd[i - 5], crowd_word(crowd[i - 5], i - 5) };
	memcpy(few.texts, texts, sizeof texts);
	many.token = many.texts[5];
	entries[0] = (struct ppm_category_text){ many.token, PPM_CATEGORY_MISSING };
	for (uint32_t i = 0; i < many.count; i++)
		entries[i + 1] = (struct ppm_category_text){ many.texts[i], i };
	few.categories = ppm_categories_new(ppm_allocator_default(), entries + 1, few.count, few.count);
	many.categories = ppm_categories_new(ppm_allocator_default(), entries, many.count + 1, many.count);
	assert_non_null(few.categories);
	assert_non_null(many.categories);
	assert_true(many.categories->probes > 0);
	uint64_t random = 17;
	static const enum ppm_column_type types[] = { PPM_COLUMN_NUMBER, PPM_COLUMN_MONEY, PPM_COLUMN_PERCENT, PPM_COLUMN_DATE, PPM_COLUMN_FLAG, PPM_COLUMN_TEXT };
	for (unsigned round = 0; round < 150; round++)
		for (size_t type = 0; type < sizeof types / sizeof *types; type++)
			for (int simd = 0; simd < 4; simd++)
				check_fast_paths(types[type], (enum ppm_simd)simd, round % 10 ? &few : &many, month_starts, &random);
	ppm_categories_free(few.categories);
	ppm_categories_free(many.categories);
	ppm_categories_free(NULL);
}

// What a batch says of a column of numbers: 16 bits, 32 bits, or neither; after a number that is not whole, a while of doubles.
static void test_whole_numbers(void **state)
{
	(void)state;
	static const struct { const char *last; bool whole, small; double value; } cases[] = {
		{ "32767", true, true, 32767 }, { "-32768", true, true, -32768 }, { "32768", true, false, 32768 }, { "-32769", true, false, -32769 }, { "2147483647", true, false, 2147483647 },
		{ "2147483648", false, false, 2147483648 }, { "0.5", false, false, 0.5 }, { "\"12.0\"", true, true, 12 },
	};
	struct test_file file;
	test_file_open(&file);
	struct ppm_column columns[] = { number_column, { NAME("m"), .type = PPM_COLUMN_MONEY, .read = true } };
	struct ppm_program program = program_of(texts, 2, columns, 2);
	struct ppm_instruction code[] = { { .op = PPM_OP_GE_F64_K, .a = 1, .b = 0, .k = 0 }, { .op = PPM_OP_END } };
	program.instructions = code;
	program.instruction_count = 2;
	for (int simd = 0; simd < 4; simd++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			char text[3000];
			size_t size = (size_t)snprintf(text, sizeof text, "v,m\n");
			for (int row = 0; row < 100; row++)
				size += (size_t)snprintf(text + size, sizeof text - size, "%d,%d.25\n", row, row);
			size += (size_t)snprintf(text + size, sizeof text - size, "%s,-900000000000\n", cases[i].last);
			test_file_set(&file, text, size);
			struct ppm_source_options options = { .simd = (enum ppm_simd)simd };
			struct ppm_data_problems problems;
			ppm_data_problems_init(&problems, NULL, 10, false);
			struct ppm_source *source;
			assert_int_equal(ppm_source_open(&source, ppm_allocator_default(), file.path, &options, &problems), PPM_OK);
			assert_int_equal(ppm_source_bind(source, &program, &problems), PPM_OK);
			struct ppm_text_pool pool;
			assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), texts, 2));
			struct ppm_source_worker *worker = ppm_source_worker_new(source, &pool);
			bool more;
			struct ppm_batch *batch;
			assert_int_equal(ppm_source_next_chunk(worker, &more), PPM_OK);
			assert_int_equal(ppm_source_next_batch(worker, &batch, &more), PPM_OK);
			assert_int_equal(batch->rows, 101);
			assert_int_equal(batch->facts[0].whole != NULL, cases[i].whole);
			assert_int_equal(batch->facts[0].small != NULL, cases[i].small);
			if (cases[i].whole)
				assert_int_equal(batch->facts[0].whole[100], (int32_t)cases[i].value);
			if (cases[i].small)
				assert_int_equal(batch->facts[0].small[100], (int32_t)cases[i].value);
			const double *numbers = ppm_batch_values(batch, 0);
			for (int row = 0; row < 100; row++)
				assert_true(numbers[row] == row);
			assert_true(numbers[100] == cases[i].value);
			assert_true(batch->facts[1].magnitude >= UINT64_C(9000000000000000));
			assert_int_equal(((const int64_t *)ppm_batch_values(batch, 1))[99], 992500);
			ppm_source_worker_free(worker);
			ppm_text_pool_free(&pool);
			ppm_source_close(source);
			ppm_data_problems_free(&problems);
		}
	test_file_close(&file);
}

// ---- categories -----------------------------------------------------------------------------------------------

// From none to thousands of texts, alike in their first 8 bytes and lengths or not: each has its code, and nothing else has one.
static void test_categories(void **state)
{
	(void)state;
	static char names[5000][24];
	static struct ppm_category_text entries[5000];
	static const uint32_t counts[] = { 0, 1, 2, 17, 300, 5000 };
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		for (uint32_t i = 0; i < counts[c]; i++) {
			int size = snprintf(names[i], sizeof names[i], i % 3 ? "%u" : "category %08u", i);
			entries[i] = (struct ppm_category_text){ { names[i], (size_t)size }, i };
		}
		struct ppm_categories *categories = ppm_categories_new(ppm_allocator_default(), entries, counts[c], 77777);
		assert_non_null(categories);
		for (uint32_t i = 0; i < 6000; i++) {
			char text[32] = { 0 };
			uint32_t length = (uint32_t)snprintf(text, sizeof text, i % 3 ? "%u" : "category %08u", i);
			uint32_t wanted = i < counts[c] ? i : 77777;
			assert_int_equal(ppm_category_find(categories, ppm_category_key(text, length), text, length), wanted);
			text[length] = 'x';
			assert_int_equal(ppm_category_find(categories, ppm_category_key(text, length + 1), text, length + 1), 77777);
		}
		ppm_categories_free(categories);
	}
	// The first of equal texts counts, and an empty one never does.
	const struct ppm_category_text twice[] = { { { "abc", 3 }, 4 }, { { "abc", 3 }, 5 }, { { "", 0 }, 6 }, { { "0123456789", 10 }, 7 }, { { "0123456789", 10 }, 8 } };
	struct ppm_categories *categories = ppm_categories_new(ppm_allocator_default(), twice, 5, 0);
	assert_int_equal(ppm_category_find(categories, ppm_category_key("abc", 3), "abc", 3), 4);
	assert_int_equal(ppm_category_find(categories, ppm_category_key("0123456789", 10), "0123456789", 10), 7);
	ppm_categories_free(categories);
}

// ---- figures of other projects ----------------------------------------------------------------------------------

static bool is_plain(const char *text)
{
	size_t at = text[0] == '-', digits = strspn(text + at, "0123456789");
	if (!digits)
		return false;
	at += digits;
	if (text[at] == '.') {
		digits = strspn(text + at + 1, "0123456789");
		if (!digits)
			return false;
		at += digits + 1;
	}
	return text[at] == '\0';
}

// Lines such as `3C00 3F800000 3FF0000000000000 1`: the last but one is the double's bits.
static void test_figures_of_others(void **state)
{
	(void)state;
	static const char *const files[] = { "freetype-2-7", "google-wuffs", "lemire-fast-float", "more-test-cases", "tencent-rapidjson" };
	struct ppm_column column = { .type = PPM_COLUMN_NUMBER, .read = true };
	struct ppm_program program = program_of(texts, 5, &column, 1);
	struct ppm_column_plan plan = { .column = &column, .fast = true, .plain = true };
	struct ppm_buffer text, scratch;
	ppm_buffer_init(&text, NULL);
	ppm_buffer_init(&scratch, NULL);
	unsigned values = 0, refused = 0, found = 0;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char name[64];
		snprintf(name, sizeof name, "parse-number/%s.txt", files[i]);
		if (!read_shared(name, &text))
			continue;
		found++;
		ppm_buffer_append_char(&text, '\0');
		for (char *line = text.data; *line;) {
			char *end = line + strcspn(line, "\n");
			bool last = *end == '\0';
			*end = '\0';
			if (strlen(line) > 31) {
				uint64_t bits = strtoull(line + 14, NULL, 16);
				const char *figure = line + 31;
				union ppm_field_value value;
				struct ppm_field_problem problem;
				enum ppm_field_result result = ppm_field_convert(&plan, &program, NULL, ppm_slice_of(figure), &scratch, &value, &problem);
				if (!is_plain(figure)) {
					assert_int_equal(result, PPM_FIELD_PROBLEM);
					assert_int_equal(problem.code, PPM_DATA_NUMBER);
					refused++;
				} else if (result == PPM_FIELD_VALUE) {
					double wanted;
					memcpy(&wanted, &bits, sizeof wanted);
					wanted += 0.0; // never -0
					assert_memory_equal(&value.f64, &wanted, sizeof wanted);
					values++;
				} else {
					// Past the largest double, or an integer that no double is.
					assert_int_equal(result, PPM_FIELD_PROBLEM);
					if (bits << 1 >> 53 == 0x7FF)
						assert_int_equal(problem.code, PPM_DATA_TOO_LARGE);
					else
						assert_int_equal(problem.code, PPM_DATA_INEXACT_INTEGER);
				}
			}
			line = last ? end : end + 1;
		}
	}
	ppm_buffer_free(&text);
	ppm_buffer_free(&scratch);
	if (!found) {
		print_message("skipped: no data/csv-cases under %s (PPM_SHARED names the folder)\n", shared_folder());
		skip();
	}
	assert_int_equal(found, 5);
	assert_true(values > 1000);
	assert_true(refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_categories),
		cmocka_unit_test(test_fast_paths),
		cmocka_unit_test(test_whole_numbers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_percents),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_flags_and_durations),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_random_values),
		cmocka_unit_test(test_pitfalls),
		cmocka_unit_test(test_figures_of_others),
	};
	return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}

// Results as text. Expected figures were computed with exact decimal arithmetic elsewhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/engine/row.h"
#include "runtime/sink/sink_internal.h"
#include "tests/unit/failing_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// ---- figures --------------------------------------------------------------------------------------------

static void assert_figure(struct ppm_value_format format, const void *value, bool json, const char *expected)
{
	char text[PPM_FIGURE_ROOM + 1];
	char *end = json ? ppm_format_json_figure(&format, value, 0, text) : ppm_format_figure(&format, value, 0, text);
	*end = 0;
	assert_string_equal(text, expected);
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct { double x; const char *shortest, *two, *none; } cases[] = {
		{ 0.0, "0", "0.00", "0" },
		{ -0.0, "0", "0.00", "0" },
		{ 1.0, "1", "1.00", "1" },
		{ -1.0, "-1", "-1.00", "-1" },
		{ 42.0, "42", "42.00", "42" },
		{ 999.0, "999", "999.00", "999" },
		{ 1000.0, "1000", "1000.00", "1000" },
		{ -999999.0, "-999999", "-999999.00", "-999999" },
		{ 1000000.0, "1000000", "1000000.00", "1000000" },
		{ 123456789.0, "123456789", "123456789.00", "123456789" },
		{ 9007199254740992.0, "9007199254740992", "9007199254740992.00", "9007199254740992" },
		{ 0.1, "0.1", "0.10", "0" },
		{ 0.30000000000000004, "0.3", "0.30", "0" },
		{ 0.3333333333333333, "0.333333333333", "0.33", "0" },
		{ -0.6666666666666666, "-0.666666666667", "-0.67", "-1" },
		{ 1.005, "1.005", "1.01", "1" },
		{ 2.675, "2.675", "2.68", "3" },
		{ 0.5, "0.5", "0.50", "1" },
		{ -0.5, "-0.5", "-0.50", "-1" },
		{ 99.995, "99.995", "100.00", "100" },
		{ 72.25, "72.25", "72.25", "72" },
		{ 12345.67, "12345.67", "12345.67", "12346" },
		{ 12345.678912, "12345.678912", "12345.68", "12346" },
		{ -98765.4321, "-98765.4321", "-98765.43", "-98765" },
		{ 8191.123456789012, "8191.12345678901", "8191.12", "8191" },
		{ 4095.9999999999995, "4096", "4096.00", "4096" },
		{ 1e-12, "0.000000000001", "0.00", "0" },
		{ 4e-13, "0", "0.00", "0" },
		{ -4e-13, "0", "0.00", "0" },
		{ 3.0000000000000004, "3", "3.00", "3" },
		{ 1e15, "1000000000000000", "1000000000000000.00", "1000000000000000" },
		{ 123456789012.125, "123456789012.125", "123456789012.13", "123456789012" },
		{ 1e22, "10000000000000000000000", "10000000000000000000000.00", "10000000000000000000000" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int json = 0; json < 2; json++) {
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .decimals = -1 }, &cases[i].x, json, cases[i].shortest);
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .decimals = 2 }, &cases[i].x, json, cases[i].two);
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .decimals = 0 }, &cases[i].x, json, cases[i].none);
		}
}

static void test_percents(void **state)
{
	(void)state;
	static const struct { double x; const char *shortest, *one, *json; } cases[] = {
		{ 0.12, "12%", "12.0%", "0.12" },
		{ 0.07, "7%", "7.0%", "0.07" },
		{ 0.29, "29%", "29.0%", "0.29" },
		{ 0.575, "57.5%", "57.5%", "0.575" },
		{ 0.3333333333333333, "33.3333333333%", "33.3%", "0.333333333333" },
		{ -0.005, "-0.5%", "-0.5%", "-0.005" },
		{ 1.0, "100%", "100.0%", "1" },
		{ 0.0, "0%", "0.0%", "0" },
		{ 0.12345, "12.345%", "12.3%", "0.12345" },
		{ 12.0, "1200%", "1200.0%", "12" },
		{ 41.23, "4123%", "4123.0%", "41.23" },
		{ 1.1, "110%", "110.0%", "1.1" },
		{ 1e-12, "0.0000000001%", "0.0%", "0.000000000001" },
		{ 99999.5, "9999950%", "9999950.0%", "99999.5" },
		{ 5e-05, "0.005%", "0.0%", "0.00005" },
		{ 1e16, "1000000000000000000%", "1000000000000000000.0%", "10000000000000000" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = -1 }, &cases[i].x, false, cases[i].shortest);
		assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = 1 }, &cases[i].x, false, cases[i].one);
		assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = -1 }, &cases[i].x, true, cases[i].json);
	}
	double third = 1.0 / 3;
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = 1 }, &third, true, "0.333");
}

static void test_money(void **state)
{
	(void)state;
	static const struct { int64_t x; const char *two, *none, *four; } cases[] = {
		{ 0, "0.00", "0", "0.0000" },
		{ 49, "0.00", "0", "0.0049" },
		{ 50, "0.01", "0", "0.0050" },
		{ -49, "0.00", "0", "-0.0049" },
		{ -50, "-0.01", "0", "-0.0050" },
		{ 10000, "1.00", "1", "1.0000" },
		{ 12345678, "1234.57", "1235", "1234.5678" },
		{ -12345678, "-1234.57", "-1235", "-1234.5678" },
		{ INT64_C(9000000000000000000), "900000000000000.00", "900000000000000", "900000000000000.0000" },
		{ INT64_C(-9000000000000000000), "-900000000000000.00", "-900000000000000", "-900000000000000.0000" },
		{ 10049, "1.00", "1", "1.0049" },
		{ 10050, "1.01", "1", "1.0050" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int json = 0; json < 2; json++) {
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_MONEY, .decimals = 2 }, &cases[i].x, json, cases[i].two);
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_MONEY, .decimals = 0 }, &cases[i].x, json, cases[i].none);
			assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_MONEY, .decimals = 4 }, &cases[i].x, json, cases[i].four);
		}
	ppm_int128 exact = (ppm_int128)1234 * PPM_EXACT_SCALE + INT64_C(565000000000);
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_EXACT, .decimals = 2 }, &exact, false, "1234.57");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_EXACT, .decimals = 3 }, &exact, true, "1234.565");
}

static void test_patterns(void **state)
{
	(void)state;
	struct ppm_number_pattern dollars, euros, percents;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("$1,234.50"), &dollars));
	assert_true(ppm_number_pattern_parse(PPM_SLICE("1.234,50 \xe2\x82\xac"), &euros));
	assert_true(ppm_number_pattern_parse(PPM_SLICE("0.0%"), &percents));
	int64_t money = 12345678905000;
	struct ppm_value_format format = { .kind = PPM_FORMAT_MONEY, .decimals = 2, .pattern = &dollars };
	assert_figure(format, &money, false, "$1,234,567,890.50");
	assert_figure(format, &money, true, "1234567890.50");
	format.pattern = &euros;
	assert_figure(format, &money, false, "1.234.567.890,50 \xe2\x82\xac");
	double ratio = 0.12345;
	format = (struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = -1, .pattern = &percents };
	assert_figure(format, &ratio, false, "12.3%");
	assert_figure(format, &ratio, true, "0.123");
	double huge = -1e20;
	format = (struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .decimals = -1, .pattern = &dollars };
	assert_figure(format, &huge, false, "-$100,000,000,000,000,000,000.00");
}

static void test_other_figures(void **state)
{
	(void)state;
	int32_t date = 19782, one = 1, thirty = 30; // 19,782 days after 1970-01-01
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_DATE }, &date, false, "2024-02-29");
	struct ppm_date_format american;
	assert_true(ppm_date_format_parse(PPM_SLICE("MM/DD/YYYY"), &american));
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_DATE, .date_format = &american }, &date, false, "02/29/2024");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_DAYS }, &one, false, "1 day");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_DAYS }, &thirty, false, "30 days");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_MONTHS }, &one, false, "1 month");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_MONTHS }, &thirty, false, "30 months");
	uint64_t yes = 1, no = 0;
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_FLAG }, &yes, false, "yes");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_FLAG }, &no, false, "no");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_FLAG }, &yes, true, "true");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_FLAG }, &no, true, "false");
	int64_t points[] = { 725, -1500, 0, 12 };
	static const char *const shortest[] = { "7.25", "-15", "0", "0.12" }, *const fixed[] = { "7.25", "-15.00", "0.00", "0.12" };
	for (size_t i = 0; i < 4; i++) {
		assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_POINTS, .decimals = -1, .scale = 2 }, &points[i], i & 1, shortest[i]);
		assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_POINTS, .decimals = 2, .scale = 2 }, &points[i], i & 1, fixed[i]);
	}
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_POINTS, .decimals = 1, .scale = 2 }, &points[0], false, "7.3");
	// Ratios that are integers of 16 digits and more: two zeros, and as many places as are asked for.
	double huge[] = { 9007199254740992.0, -1e22 };
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = -1 }, &huge[0], false, "900719925474099200%");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .decimals = 2 }, &huge[1], false, "-1000000000000000000000000.00%");
	// By a pattern: points, numbers that an exact decimal holds, and those beyond it.
	struct ppm_number_pattern brackets, share;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("($1,234.50)"), &brackets));
	assert_true(ppm_number_pattern_parse(PPM_SLICE("12%"), &share));
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_POINTS, .pattern = &brackets, .scale = 2 }, &points[1], false, "($15.00)");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .pattern = &brackets }, &huge[0], false, "$9,007,199,254,740,992.00");
	double beyond[] = { -1e40, 1e40, 1e15 };
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .pattern = &brackets }, &beyond[0], false, "($10,000,000,000,000,000,303,786,028,427,003,666,890,752.00)");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_NUMBER, .pattern = &brackets }, &beyond[1], false, "$10,000,000,000,000,000,303,786,028,427,003,666,890,752.00");
	assert_figure((struct ppm_value_format){ .kind = PPM_FORMAT_PERCENT, .pattern = &share }, &beyond[2], false, "100000000000000000%");
}

// All integers of the table and around its seams, against printf.
static void test_digits(void **state)
{
	(void)state;
	static const uint64_t seams[] = { 999, 1000, 1001, 9999, 999999, 1000000, 1000001, 999999999, 1000000000, UINT64_C(999999999999999999), UINT64_C(18446744073709551615) };
	char text[64], expected[64];
	for (uint64_t i = 0; i < 1100; i++) {
		*ppm_put_u64(text, i) = 0;
		snprintf(expected, sizeof expected, "%llu", (unsigned long long)i);
		assert_string_equal(text, expected);
	}
	for (size_t i = 0; i < sizeof seams / sizeof *seams; i++) {
		*ppm_put_u64(text, seams[i]) = 0;
		snprintf(expected, sizeof expected, "%llu", (unsigned long long)seams[i]);
		assert_string_equal(text, expected);
	}
	*ppm_put_i64(text, INT64_MIN) = 0;
	assert_string_equal(text, "-9223372036854775808");
	for (unsigned places = 1; places <= 12; places++) {
		*ppm_put_padded(text, 7, places) = 0;
		snprintf(expected, sizeof expected, "%0*d", (int)places, 7);
		assert_string_equal(text, expected);
	}
}

// ---- whole rows ------------------------------------------------------------------------------------------

// Columns of the file: id, name, amount, share, revenue, since, active, segment. All are read but id and name, which pass through.
enum { ID, NAME, AMOUNT, SHARE, REVENUE, SINCE, ACTIVE, SEGMENT, COLUMNS };
static const char header[] = "id,\"na\"\"me\",amount,share,revenue,since,active,segment\n";

struct fixture {
	struct ppm_program *program;
	struct ppm_source *source;
	struct ppm_text_pool pool;
	struct ppm_vm *vm;
	struct ppm_batch batch;
	void *values[COLUMNS];
	uint64_t *present[COLUMNS];
	uint64_t refused[PPM_MASK_WORDS];
	uint32_t *ends, starts[PPM_BATCH_ROWS];
	char *raw;
	size_t raw_size;
	char path[64];
};

static const struct ppm_slice texts[] = { { "gold", 4 }, { "silver, plated", 14 }, { "", 0 } };

static struct ppm_value value_of(enum ppm_value_format_kind kind, int decimals, uint16_t value, uint16_t present)
{
	return (struct ppm_value){ .format = { .kind = kind, .decimals = (int8_t)decimals }, .value = value, .present = present };
}

static void add_column(struct ppm_program *program, uint32_t index, const char *name, enum ppm_column_type type, bool read)
{
	program->columns[index] = (struct ppm_column){ .name = ppm_slice_of(name), .header = ppm_slice_of(name), .type = type, .read = read, .optional = read, .passed = !read, .pooled = type == PPM_COLUMN_TEXT, .value = PPM_NO_REGISTER, .present = PPM_NO_REGISTER };
}

static void make_program(struct fixture *fixture, const struct ppm_output *outputs, uint32_t output_count, char delimiter)
{
	struct ppm_program *program = fixture->program = ppm_program_new(ppm_allocator_default());
	assert_non_null(program);
	program->columns = ppm_arena_allocate(&program->arena, COLUMNS, sizeof *program->columns);
	program->column_count = COLUMNS;
	add_column(program, ID, "id", PPM_COLUMN_TEXT, false);
	add_column(program, NAME, "na\"me", PPM_COLUMN_TEXT, false);
	add_column(program, AMOUNT, "amount", PPM_COLUMN_NUMBER, true);
	add_column(program, SHARE, "share", PPM_COLUMN_PERCENT, true);
	add_column(program, REVENUE, "revenue", PPM_COLUMN_MONEY, true);
	add_column(program, SINCE, "since", PPM_COLUMN_DATE, true);
	add_column(program, ACTIVE, "active", PPM_COLUMN_FLAG, true);
	add_column(program, SEGMENT, "segment", PPM_COLUMN_TEXT, true);
	program->columns[AMOUNT].value = 0;
	program->columns[SHARE].value = 1;
	program->columns[REVENUE].value = 0;
	program->columns[SINCE].value = 0;
	program->columns[SEGMENT].value = 1;
	program->columns[ACTIVE].value = 0;
	for (uint16_t i = AMOUNT; i < COLUMNS; i++)
		program->columns[i].present = i;
	program->register_counts[PPM_CLASS_F64] = 2;
	program->register_counts[PPM_CLASS_I64] = 1;
	program->register_counts[PPM_CLASS_I32] = 2;
	program->register_counts[PPM_CLASS_MASK] = COLUMNS;
	program->texts = ppm_arena_allocate(&program->arena, 3, sizeof *program->texts);
	memcpy(program->texts, texts, sizeof texts);
	program->text_count = 3;
	program->instructions = ppm_arena_allocate(&program->arena, 1, sizeof *program->instructions);
	program->places = ppm_arena_allocate(&program->arena, 1, sizeof *program->places);
	program->instructions[0].op = PPM_OP_END;
	program->instruction_count = 1;
	program->outputs = ppm_arena_allocate(&program->arena, output_count + 1, sizeof *program->outputs);
	if (output_count)
		memcpy(program->outputs, outputs, output_count * sizeof *outputs);
	program->output_count = output_count;
	program->score = program->score_present = PPM_NO_REGISTER;

	strcpy(fixture->path, P_tmpdir "/ppm-sink-XXXXXX");
	int file = mkstemp(fixture->path);
	assert_true(file >= 0);
	char text[sizeof header];
	memcpy(text, header, sizeof header);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = text[i] == ',' ? delimiter : text[i];
	assert_int_equal(write(file, text, sizeof header - 1), (int)sizeof header - 1);
	close(file);
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, ppm_allocator_default(), 20, false);
	struct ppm_source_options options = { .delimiter = delimiter, .keep_problems = 20 };
	assert_int_equal(ppm_source_open(&fixture->source, ppm_allocator_default(), fixture->path, &options, &problems), PPM_OK);
	assert_int_equal(ppm_source_bind(fixture->source, program, &problems), PPM_OK);
	ppm_data_problems_free(&problems);
}

static void make_batch(struct fixture *fixture, const char *const *rows, uint32_t row_count, char delimiter)
{
	assert_true(ppm_text_pool_init(&fixture->pool, ppm_allocator_default(), fixture->program->texts, fixture->program->text_count));
	fixture->vm = ppm_vm_new(ppm_allocator_default(), fixture->program, &fixture->pool, PPM_SIMD_PORTABLE);
	assert_non_null(fixture->vm);
	for (uint32_t i = AMOUNT; i < COLUMNS; i++) {
		fixture->values[i] = ppm_allocate_aligned(NULL, ppm_register_size(ppm_column_class(fixture->program->columns[i].type)), PPM_VECTOR_ALIGNMENT);
		fixture->present[i] = ppm_allocate_aligned(NULL, PPM_MASK_WORDS * 8, PPM_VECTOR_ALIGNMENT);
		assert_non_null(fixture->values[i]);
		assert_non_null(fixture->present[i]);
		memset(fixture->values[i], 0, ppm_register_size(ppm_column_class(fixture->program->columns[i].type)));
		memset(fixture->present[i], 0xff, PPM_MASK_WORDS * 8);
	}
	fixture->ends = ppm_allocate_zeroed(NULL, (size_t)row_count * COLUMNS, sizeof *fixture->ends);
	assert_non_null(fixture->ends);
	// The rows' bytes lie in a block of exactly their size, so that a sanitizer sees what reads past it.
	for (uint32_t row = 0; row < row_count; row++)
		fixture->raw_size += strlen(rows[row]) + 1;
	fixture->raw = malloc(fixture->raw_size);
	assert_non_null(fixture->raw);
	uint32_t at = 0;
	for (uint32_t row = 0; row < row_count; row++) {
		size_t size = strlen(rows[row]);
		memcpy(fixture->raw + at, rows[row], size);
		fixture->starts[row] = at;
		uint32_t field = 0;
		bool quoted = false;
		for (size_t i = 0; i < size; i++) {
			quoted ^= rows[row][i] == '"';
			if (rows[row][i] == delimiter && !quoted)
				fixture->ends[row * COLUMNS + field++] = at + (uint32_t)i;
		}
		assert_int_equal(field, COLUMNS - 1);
		at += (uint32_t)size;
		fixture->ends[row * COLUMNS + field] = at;
		fixture->raw[at++] = '\n';
	}
	fixture->batch = (struct ppm_batch){ .rows = row_count, .values = fixture->values, .present = fixture->present, .refused = fixture->refused, .base = fixture->raw, .ends = fixture->ends, .starts = fixture->starts, .stride = COLUMNS };
}

static void release(struct fixture *fixture)
{
	for (uint32_t i = AMOUNT; i < COLUMNS; i++) {
		ppm_free_aligned(NULL, fixture->values[i]);
		ppm_free_aligned(NULL, fixture->present[i]);
	}
	ppm_vm_free(fixture->vm);
	ppm_text_pool_free(&fixture->pool);
	ppm_source_close(fixture->source);
	ppm_program_free(fixture->program);
	ppm_free(NULL, fixture->ends);
	free(fixture->raw);
	unlink(fixture->path);
}

static void set_missing(struct fixture *fixture, uint32_t column, uint32_t row)
{
	fixture->present[column][row / 64] &= ~(UINT64_C(1) << (row % 64));
}

#define NUMBERS(fixture) ((double *)(fixture)->values[AMOUNT])
#define SHARES(fixture) ((double *)(fixture)->values[SHARE])
#define REVENUES(fixture) ((int64_t *)(fixture)->values[REVENUE])
#define DATES(fixture) ((int32_t *)(fixture)->values[SINCE])
#define SEGMENTS(fixture) ((int32_t *)(fixture)->values[SEGMENT])

// Everything that the sink writes for the fixture's batch.
static void assert_result(struct fixture *fixture, struct ppm_sink_options options, const char *expected)
{
	assert_int_equal(ppm_vm_run(fixture->vm, &fixture->batch), PPM_OK);
	struct ppm_sink *sink = ppm_sink_new(ppm_allocator_default(), fixture->program, fixture->source, &options);
	assert_non_null(sink);
	struct ppm_buffer out;
	ppm_buffer_init(&out, ppm_allocator_default());
	uint64_t rows = 0;
	ppm_sink_begin(sink, &out);
	size_t start = out.size;
	ppm_sink_rows(sink, &fixture->batch, fixture->vm, &out, &rows);
	if (ppm_sink_has_commas(sink) && rows) {
		assert_int_equal(out.data[start], ',');
		memmove(out.data + start, out.data + start + 1, --out.size - start);
	}
	ppm_sink_end(sink, rows, &out);
	ppm_buffer_append_char(&out, 0);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
	ppm_buffer_free(&out);
	ppm_sink_free(sink);
}

static const struct ppm_output all_outputs[] = {
	{ { "id", 2 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
	{ { "na\"me", 5 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
	{ { "score", 5 }, { .format = { .kind = PPM_FORMAT_NUMBER, .decimals = 2 }, .value = 0, .present = AMOUNT } },
	{ { "amount", 6 }, { .format = { .kind = PPM_FORMAT_NUMBER, .decimals = -1 }, .value = 0, .present = AMOUNT } },
	{ { "share", 5 }, { .format = { .kind = PPM_FORMAT_PERCENT, .decimals = -1 }, .value = 1, .present = SHARE } },
	{ { "revenue", 7 }, { .format = { .kind = PPM_FORMAT_MONEY, .decimals = 2 }, .value = 0, .present = REVENUE } },
	{ { "since", 5 }, { .format = { .kind = PPM_FORMAT_DATE }, .value = 0, .present = SINCE } },
	{ { "active", 6 }, { .format = { .kind = PPM_FORMAT_FLAG }, .value = 0, .present = ACTIVE } },
	{ { "tier", 4 }, { .format = { .kind = PPM_FORMAT_TEXT }, .value = 1, .present = SEGMENT } },
};

static void make_three_rows(struct fixture *fixture, char delimiter)
{
	static const char *const commas[] = { "C-1,\"O\"\"Hara, Ltd\",1,2%,3,2024-01-01,yes,x", "007,,1,2%,3,2024-01-01,yes,x", "C-3,plain,1,2%,3,2024-01-01,yes,x" };
	static const char *const semicolons[] = { "C-1;\"O\"\"Hara; Ltd\";1;2%;3;2024-01-01;yes;x", "007;;1;2%;3;2024-01-01;yes;x", "C-3;plain;1;2%;3;2024-01-01;yes;x" };
	make_program(fixture, all_outputs, sizeof all_outputs / sizeof *all_outputs, delimiter);
	make_batch(fixture, delimiter == ',' ? commas : semicolons, 3, delimiter);
	NUMBERS(fixture)[0] = 72.25;
	SHARES(fixture)[0] = 0.075;
	REVENUES(fixture)[0] = 12345000;
	DATES(fixture)[0] = 19782;
	((uint64_t *)fixture->values[ACTIVE])[0] = 1;
	SEGMENTS(fixture)[0] = 0;
	SEGMENTS(fixture)[2] = 1;
	for (uint32_t i = AMOUNT; i < COLUMNS; i++)
		set_missing(fixture, i, 1);
}

static void test_csv(void **state)
{
	(void)state;
	struct fixture fixture = { 0 };
	make_three_rows(&fixture, ',');
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV },
		"id,\"na\"\"me\",score,amount,share,revenue,since,active,tier\n"
		"C-1,\"O\"\"Hara, Ltd\",72.25,72.25,7.5%,1234.50,2024-02-29,yes,gold\n"
		"007,,,,,,,,\n"
		"C-3,plain,0.00,0,0%,0.00,1970-01-01,no,\"silver, plated\"\n");
	fixture.refused[0] = 2;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV },
		"id,\"na\"\"me\",score,amount,share,revenue,since,active,tier\n"
		"C-1,\"O\"\"Hara, Ltd\",72.25,72.25,7.5%,1234.50,2024-02-29,yes,gold\n"
		"C-3,plain,0.00,0,0%,0.00,1970-01-01,no,\"silver, plated\"\n");
	release(&fixture);
}

static void test_csv_other_delimiter(void **state)
{
	(void)state;
	struct fixture fixture = { 0 };
	make_three_rows(&fixture, ';');
	// A comma is nothing special here; a decimal comma is fine too.
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV },
		"id;\"na\"\"me\";score;amount;share;revenue;since;active;tier\n"
		"C-1;\"O\"\"Hara; Ltd\";72.25;72.25;7.5%;1234.50;2024-02-29;yes;gold\n"
		"007;;;;;;;;\n"
		"C-3;plain;0.00;0;0%;0.00;1970-01-01;no;silver, plated\n");
	release(&fixture);
}

static void test_csv_patterns_are_quoted(void **state)
{
	(void)state;
	struct ppm_number_pattern dollars;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("$1,234.50"), &dollars));
	struct ppm_output output = { { "revenue", 7 }, value_of(PPM_FORMAT_MONEY, 2, 0, PPM_NO_REGISTER) };
	output.value.format.pattern = &dollars;
	struct fixture fixture = { 0 };
	make_program(&fixture, &output, 1, ',');
	static const char *const rows[] = { "1,a,1,2%,3,2024-01-01,yes,x", "2,b,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 2, ',');
	REVENUES(&fixture)[0] = 12345000;
	REVENUES(&fixture)[1] = 5000;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, "revenue\n\"$1,234.50\"\n$0.50\n");
	// Inches
	assert_true(ppm_number_pattern_parse(PPM_SLICE("12.5\""), &dollars));
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, "revenue\n\"1234.5\"\"\"\n\"0.5\"\"\"\n");
	release(&fixture);
}

// An empty line is no record: the only cell of a row gets its quotation marks.
static void test_csv_lone_empty_cell(void **state)
{
	(void)state;
	struct ppm_output output = { { "name", 4 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } };
	struct fixture fixture = { 0 };
	make_program(&fixture, &output, 1, ',');
	static const char *const rows[] = { "1,,1,2%,3,2024-01-01,yes,x", "2,b,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 2, ',');
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, "name\n\"\"\nb\n");
	release(&fixture);
}

// A byte of every value at every place of texts of every length up to three words.
static void test_csv_quotes(void **state)
{
	(void)state;
	char text[25];
	for (size_t size = 0; size < sizeof text; size++) {
		memset(text, 'x', sizeof text);
		assert_false(ppm_csv_needs_quotes((struct ppm_slice){ text, size }, ','));
		for (size_t place = 0; place < size; place++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				text[place] = (char)byte;
				assert_int_equal(ppm_csv_needs_quotes((struct ppm_slice){ text, size }, ','), byte == ',' || byte == '"' || byte == '\n' || byte == '\r');
				assert_int_equal(ppm_csv_needs_quotes((struct ppm_slice){ text, size }, '\t'), byte == '\t' || byte == '"' || byte == '\n' || byte == '\r');
			}
			text[place] = 'x';
		}
	}
}

static void test_csv_excel_safe(void **state)
{
	(void)state;
	struct ppm_output outputs[] = {
		{ { "=name", 5 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
		{ { "amount", 6 }, value_of(PPM_FORMAT_NUMBER, -1, 0, PPM_NO_REGISTER) },
		{ { "tier", 4 }, value_of(PPM_FORMAT_TEXT, 0, 1, PPM_NO_REGISTER) },
	};
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 3, ',');
	static const char *const rows[] = {
		"1,=1+1,1,2%,3,2024-01-01,yes,x", "2,\"=HYPERLINK(\"\"x\"\",1)\",1,2%,3,2024-01-01,yes,x", "3,-12.5,1,2%,3,2024-01-01,yes,x", "4,-12.5-1,1,2%,3,2024-01-01,yes,x",
		"5,@sum,1,2%,3,2024-01-01,yes,x", "6,\"\tx\",1,2%,3,2024-01-01,yes,x", "7,+49 30,1,2%,3,2024-01-01,yes,x", "8,+1e5,1,2%,3,2024-01-01,yes,x", "9,a=b,1,2%,3,2024-01-01,yes,x",
		"10,-1.5E-3,1,2%,3,2024-01-01,yes,x", "11,-1e,1,2%,3,2024-01-01,yes,x", "12,+1e+,1,2%,3,2024-01-01,yes,x",
	};
	make_batch(&fixture, rows, 12, ',');
	for (uint32_t i = 0; i < 12; i++)
		NUMBERS(&fixture)[i] = -1;
	uint32_t code = ppm_text_pool_add(&fixture.pool, PPM_SLICE("=cmd,x"));
	for (uint32_t i = 0; i < 12; i++)
		SEGMENTS(&fixture)[i] = i ? 0 : (int32_t)code;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV, .excel_safe = true },
		"'=name,amount,tier\n'=1+1,-1,\"'=cmd,x\"\n\"'=HYPERLINK(\"\"x\"\",1)\",-1,gold\n-12.5,-1,gold\n'-12.5-1,-1,gold\n'@sum,-1,gold\n\"'\tx\",-1,gold\n'+49 30,-1,gold\n+1e5,-1,gold\na=b,-1,gold\n-1.5E-3,-1,gold\n'-1e,-1,gold\n'+1e+,-1,gold\n");
	release(&fixture);
}

// Runs of neighbouring fields, a repeated field, every column of the file; rows so many and long that buffers grow on the way.
static void test_csv_pass_through(void **state)
{
	(void)state;
	struct ppm_output outputs[] = {
		{ { "a", 1 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = SINCE } },
		{ { "b", 1 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
		{ { "c", 1 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
		{ { "d", 1 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
	};
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 4, ',');
	enum { ROWS = 200 };
	static char memory[ROWS][400];
	const char *rows[ROWS];
	char *expected = calloc(1, ROWS * 1000), *every = calloc(1, ROWS * 1000);
	assert_non_null(expected);
	assert_non_null(every);
	strcpy(expected, "a,b,c,d\n");
	strcpy(every, "id,\"na\"\"me\",amount,share,revenue,since,active,segment,a,b,c,d\n");
	for (int i = 0; i < ROWS; i++) {
		char name[300];
		memset(name, 'a' + i % 26, sizeof name);
		name[i * 37 % 290] = 0;
		snprintf(memory[i], sizeof memory[i], "%d,%s,1,2%%,3,2024-01-%02d,yes,x", i, name, i % 28 + 1);
		rows[i] = memory[i];
		char *end = expected + strlen(expected);
		sprintf(end, "2024-01-%02d,%d,%s,%d\n", i % 28 + 1, i, name, i);
		sprintf(every + strlen(every), "%s,%s", memory[i], end);
	}
	make_batch(&fixture, rows, ROWS, ',');
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, expected);
	fixture.program->pass_all_columns = true;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, every);
	free(expected);
	free(every);
	release(&fixture);
}

// Blocks of small figures take a path of their own, which must give the bytes of the cells one by one: whole numbers, hundredths, values at the
// seams of what fits, and blocks where one row does not fit.
static void test_csv_columns_of_figures(void **state)
{
	(void)state;
	static const double specials[] = { 0, -0.0, 0.005, 0.015, 0.285, 1.005, 99.995, 100, 654.99, 654.994, 654.995, 655, 999, 999.99, 1000, -0.001, -0.004, -1, -72.25, 72.249999999999, 3.0000000000000004, 0.1 + 0.2, 1e9, 4e-13, 1e18 };
	struct ppm_output outputs[] = {
		{ { "id", 2 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
		{ { "a", 1 }, value_of(PPM_FORMAT_NUMBER, -1, 0, AMOUNT) },
		{ { "b", 1 }, value_of(PPM_FORMAT_NUMBER, 0, 0, AMOUNT) },
		{ { "c", 1 }, value_of(PPM_FORMAT_NUMBER, 1, 0, AMOUNT) },
		{ { "d", 1 }, value_of(PPM_FORMAT_NUMBER, 2, 0, AMOUNT) },
		{ { "e", 1 }, value_of(PPM_FORMAT_NUMBER, 3, 0, AMOUNT) },
		{ { "f", 1 }, value_of(PPM_FORMAT_POINTS, -1, 0, REVENUE) },
		{ { "g", 1 }, value_of(PPM_FORMAT_POINTS, -1, 0, REVENUE) },
		{ { "h", 1 }, value_of(PPM_FORMAT_POINTS, -1, 0, REVENUE) },
		{ { "i", 1 }, value_of(PPM_FORMAT_POINTS, 2, 0, REVENUE) },
		{ { "j", 1 }, value_of(PPM_FORMAT_POINTS, 1, 0, REVENUE) },
		{ { "k", 1 }, value_of(PPM_FORMAT_TEXT, 0, 1, SEGMENT) },
	};
	enum { OUTPUTS = sizeof outputs / sizeof *outputs, ROWS = 1000 };
	outputs[7].value.format.scale = 1;
	outputs[8].value.format.scale = 2;
	outputs[9].value.format.scale = 2;
	outputs[10].value.format.scale = 1;
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, OUTPUTS, ',');
	static const char *rows[ROWS];
	for (int i = 0; i < ROWS; i++)
		rows[i] = "C,n,1,2%,3,2024-01-01,yes,x";
	make_batch(&fixture, rows, ROWS, ',');
	for (uint32_t i = 0; i < ROWS; i += 7) {
		set_missing(&fixture, AMOUNT, i);
		set_missing(&fixture, REVENUE, i + 3 < ROWS ? i + 3 : i);
	}
	fixture.refused[5] = UINT64_C(0x8000000000000101);
	struct ppm_sink_options options = { .format = PPM_SINK_CSV };
	struct ppm_sink *sink = ppm_sink_new(NULL, fixture.program, fixture.source, &options);
	assert_non_null(sink);
	uint64_t random = 1;
	for (int distribution = 0; distribution < 60; distribution++) {
		for (uint32_t i = 0; i < ROWS; i++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			uint32_t r = (uint32_t)(random >> 33);
			double x = distribution % 5 == 0 ? r % 1000 : distribution % 5 == 1 ? (double)(r % 65500) / 100 : distribution % 5 == 2 ? (double)(r % 6550) / 10 : distribution % 5 == 3 ? (double)(r % 1000000) / 1543 : (double)(r % 10);
			if (distribution >= 20 && r % 300 == 7)
				x = specials[(r / 300) % (sizeof specials / sizeof *specials)];
			NUMBERS(&fixture)[i] = x;
			REVENUES(&fixture)[i] = distribution >= 40 && r % 300 == 11 ? (int64_t)r * 1000 - 500000 : r % (distribution % 2 ? 1000 : 65500);
			SEGMENTS(&fixture)[i] = (int32_t)(r % 3);
		}
		assert_int_equal(ppm_vm_run(fixture.vm, &fixture.batch), PPM_OK);
		struct ppm_buffer out, expected;
		ppm_buffer_init(&out, NULL);
		ppm_buffer_init(&expected, NULL);
		uint64_t written;
		ppm_sink_rows(sink, &fixture.batch, fixture.vm, &out, &written);
		assert_int_equal(written, ROWS - 3);
		for (uint32_t row = 0; row < ROWS; row++) {
			if (fixture.refused[row / 64] >> row % 64 & 1)
				continue;
			for (uint32_t i = 0; i < OUTPUTS; i++) {
				struct ppm_buffer cell;
				ppm_buffer_init(&cell, NULL);
				ppm_sink_cell(sink, &fixture.batch, fixture.vm, row, i, &cell);
				ppm_buffer_append_text(&expected, i ? "," : "");
				if (cell.size)
					ppm_csv_append_cell(&expected, ppm_buffer_slice(&cell), ',', false, false);
				ppm_buffer_free(&cell);
			}
			ppm_buffer_append_char(&expected, '\n');
		}
		assert_int_equal(out.size, expected.size);
		assert_memory_equal(out.data, expected.data, out.size);
		ppm_buffer_free(&out);
		ppm_buffer_free(&expected);
	}
	ppm_sink_free(sink);
	release(&fixture);
}

// Rows of nothing but fields and small figures, some of them refused; points below 512, below 1000, and larger ones in one row. Texts of the program that are as long as a ready cell is, or longer
// once they are quoted.
static void test_csv_small_figures(void **state)
{
	(void)state;
	enum { ROWS = 900 };
	static const struct ppm_output outputs[] = {
		{ { "id", 2 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
		{ { "points", 6 }, { .format = { .kind = PPM_FORMAT_POINTS, .decimals = -1 }, .value = 0, .present = PPM_NO_REGISTER } },
		{ { "number", 6 }, { .format = { .kind = PPM_FORMAT_NUMBER, .decimals = -1 }, .value = 0, .present = AMOUNT } },
		{ { "name", 4 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
	};
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 4, ',');
	static char lines[ROWS][64];
	static const char *rows[ROWS];
	for (int i = 0; i < ROWS; i++) {
		snprintf(lines[i], sizeof lines[i], "C%d,\"n,%d\",1,2%%,3,2024-01-01,yes,x", i, i % 10);
		rows[i] = lines[i];
	}
	make_batch(&fixture, rows, ROWS, ',');
	for (int most = 0; most < 3; most++) {
		struct ppm_buffer expected;
		ppm_buffer_init(&expected, NULL);
		ppm_buffer_append_text(&expected, "id,points,number,name\n");
		memset(fixture.refused, 0, sizeof fixture.refused);
		for (uint32_t i = 0; i < ROWS; i++) {
			NUMBERS(&fixture)[i] = i % 600;
			REVENUES(&fixture)[i] = (i * 37) % (most == 0 ? 512 : 1000);
			if (most == 2 && i == 333)
				REVENUES(&fixture)[i] = 1234567;
			if (i % 17 == 3) {
				fixture.refused[i / 64] |= UINT64_C(1) << i % 64;
				continue;
			}
			if (i % 19 == 5)
				set_missing(&fixture, AMOUNT, i);
			ppm_buffer_format(&expected, "C%u,%d,", i, (int)REVENUES(&fixture)[i]);
			if (i % 19 != 5)
				ppm_buffer_format(&expected, "%u", i % 600);
			ppm_buffer_format(&expected, ",\"n,%u\"\n", i % 10);
		}
		ppm_buffer_append_char(&expected, 0);
		assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, expected.data);
		ppm_buffer_free(&expected);
	}
	release(&fixture);
}

static void test_csv_long_constants(void **state)
{
	(void)state;
	static const struct ppm_output output = { { "tier", 4 }, { .format = { .kind = PPM_FORMAT_TEXT }, .value = 1, .present = SEGMENT } };
	struct fixture fixture = { 0 };
	make_program(&fixture, &output, 1, ',');
	static char long_texts[3][80];
	memset(long_texts[0], 'a', PPM_READY_CELL);
	memset(long_texts[1], '"', PPM_READY_CELL);
	memset(long_texts[2], 'c', PPM_READY_CELL + 1);
	for (size_t i = 0; i < 3; i++)
		fixture.program->texts[i] = ppm_slice_of(long_texts[i]);
	static const char *const rows[] = { "1,x,1,2%,3,2024-01-01,yes,x", "2,x,1,2%,3,2024-01-01,yes,x", "3,x,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 3, ',');
	for (int32_t i = 0; i < 3; i++)
		SEGMENTS(&fixture)[i] = i;
	char expected[400], quotes[2 * PPM_READY_CELL + 1] = "";
	memset(quotes, '"', 2 * PPM_READY_CELL);
	snprintf(expected, sizeof expected, "tier\n%s\n\"%s\"\n%s\n", long_texts[0], quotes, long_texts[2]);
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV }, expected);
	release(&fixture);
}

static void write_origin(const void *context, struct ppm_buffer *out)
{
	ppm_buffer_format(out, "{\"model\": \"%s\"}", (const char *)context);
}

static void test_json(void **state)
{
	(void)state;
	struct fixture fixture = { 0 };
	make_three_rows(&fixture, ',');
#define FIRST "{\"id\": \"C-1\", \"na\\\"me\": \"O\\\"Hara, Ltd\", \"score\": 72.25, \"amount\": 72.25, \"share\": 0.075, \"revenue\": 1234.50, \"since\": \"2024-02-29\", \"active\": true, \"tier\": \"gold\"}"
#define SECOND "{\"id\": \"007\", \"na\\\"me\": null, \"score\": null, \"amount\": null, \"share\": null, \"revenue\": null, \"since\": null, \"active\": null, \"tier\": null}"
#define THIRD "{\"id\": \"C-3\", \"na\\\"me\": \"plain\", \"score\": 0.00, \"amount\": 0, \"share\": 0, \"revenue\": 0.00, \"since\": \"1970-01-01\", \"active\": false, \"tier\": \"silver, plated\"}"
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_JSON }, "[\n" FIRST ",\n" SECOND ",\n" THIRD "\n]\n");
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_NDJSON }, FIRST "\n" SECOND "\n" THIRD "\n");
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_JSON, .provenance = write_origin, .provenance_context = "m" }, "{\"rows\": [\n" FIRST ",\n" SECOND ",\n" THIRD "\n], \"provenance\": {\"model\": \"m\"}}\n");
	fixture.refused[0] = 7;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_JSON }, "[]\n");
	release(&fixture);
}

// Fields that pass through have the type that the model declares: numbers stay numbers, identifiers text.
static void test_json_passed_types(void **state)
{
	(void)state;
	struct ppm_output outputs[COLUMNS];
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	for (uint16_t i = 0; i < COLUMNS; i++)
		outputs[i] = (struct ppm_output){ ppm_slice_of(names[i]), { .format = { .kind = PPM_FORMAT_PASS }, .column = i } };
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, COLUMNS, ',');
	static const char *const rows[] = { "1,x,12.50,7.5%,1234.5,29/02/2024,Y,\"a\"\"b\"", "2,y,007,100%,\"$1,000.00\",N/A,N,z" };
	make_batch(&fixture, rows, 2, ',');
	NUMBERS(&fixture)[0] = 12.5;
	NUMBERS(&fixture)[1] = 7;
	SHARES(&fixture)[0] = 0.075;
	SHARES(&fixture)[1] = 1;
	REVENUES(&fixture)[0] = 12345000;
	REVENUES(&fixture)[1] = 10000000;
	DATES(&fixture)[0] = 19782;
	set_missing(&fixture, SINCE, 1);
	((uint64_t *)fixture.values[ACTIVE])[0] = 1;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_NDJSON },
		"{\"a\": \"1\", \"b\": \"x\", \"c\": 12.50, \"d\": 0.075, \"e\": 1234.5, \"f\": \"2024-02-29\", \"g\": true, \"h\": \"a\\\"b\"}\n"
		"{\"a\": \"2\", \"b\": \"y\", \"c\": 7, \"d\": 1, \"e\": 1000, \"f\": null, \"g\": false, \"h\": \"z\"}\n");
	release(&fixture);
}

// Fields that no rule reads were not looked at: what is no number in JSON, or no value at all, is written as the text that it is, and a missing value as null.
static void test_json_passed_unread(void **state)
{
	(void)state;
	static const struct ppm_output output = { { "a", 1 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = AMOUNT } };
	struct fixture fixture = { 0 };
	make_program(&fixture, &output, 1, ',');
	struct ppm_column *amount = &fixture.program->columns[AMOUNT];
	static const struct ppm_slice token = { "N/A", 3 };
	static const struct ppm_spelling_pair spelling[] = { { { "?", 1 }, { "", 0 } }, { { "none", 4 }, { "0", 1 } } };
	amount->read = false;
	amount->missing = &token;
	amount->missing_count = 1;
	amount->spellings = (struct ppm_spelling_pair *)(uintptr_t)spelling;
	amount->spelling_count = 2;
	static const char *const fields[] = { "1", "-1", "-", "", "12x", "1.", "1.5", "1.5x", ".5", "01", "-0.25", "+1", "N/A", "?", "none", "1e5", "12/3", "1./", "\"7\"", "\"a\"\"b\"", "\"N/A\"" };
	static const char *const expected[] = { "1", "-1", "\"-\"", "null", "\"12x\"", "\"1.\"", "1.5", "\"1.5x\"", "\".5\"", "1", "-0.25", "\"+1\"", "null", "null", "0", "\"1e5\"", "\"12/3\"", "\"1./\"", "7",
		"\"a\\\"b\"", "null" };
	enum { ROWS = sizeof fields / sizeof *fields };
	static char lines[ROWS][64];
	static const char *rows[ROWS];
	struct ppm_buffer wanted;
	ppm_buffer_init(&wanted, NULL);
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(lines[i], sizeof lines[i], "1,x,%s,2%%,3,2024-01-01,yes,x", fields[i]);
		rows[i] = lines[i];
		ppm_buffer_format(&wanted, "{\"a\": %s}\n", expected[i]);
	}
	ppm_buffer_append_char(&wanted, 0);
	make_batch(&fixture, rows, ROWS, ',');
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_NDJSON }, wanted.data);
	ppm_buffer_free(&wanted);
	release(&fixture);
}

static void test_json_strings(void **state)
{
	(void)state;
	static const struct { struct ppm_slice text; const char *expected; } cases[] = {
		{ { "", 0 }, "\"\"" },
		{ { "a\"b\\c", 5 }, "\"a\\\"b\\\\c\"" },
		{ { "\x08\t\n\x0b\x0c\r\x1b\x7f", 8 }, "\"\\b\\t\\n\\u000b\\f\\r\\u001b\\u007f\"" },
		{ { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9 }, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ { "a\xe2\x80\xae" "b\xc2\x85", 7 }, "\"a\\u202eb\\u0085\"" },
		{ { "\xff", 1 }, "\"\\ufffd\"" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_buffer out;
		ppm_buffer_init(&out, NULL);
		ppm_json_append_string(&out, cases[i].text);
		ppm_buffer_append_char(&out, 0);
		assert_string_equal(out.data, cases[i].expected);
		ppm_buffer_free(&out);
	}
}

static void test_reasons(void **state)
{
	(void)state;
	const struct ppm_value amount = value_of(PPM_FORMAT_NUMBER, -1, 0, AMOUNT), name = { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME };
	struct ppm_value rate = value_of(PPM_FORMAT_MONEY, 2, 0, REVENUE);
	rate.format.unit = PPM_SLICE(" per month");
	const struct ppm_template_piece late[] = { { .literal = PPM_SLICE("pays ") }, { .has_value = true, .value = amount }, { .literal = PPM_SLICE(" days late") } };
	const struct ppm_template_piece small[] = { { .has_value = true, .value = name }, { .literal = PPM_SLICE(" brings ") }, { .has_value = true, .value = rate } };
	const struct ppm_template_piece quoted[] = { { .literal = PPM_SLICE("says \"no\", often") } };
	const struct ppm_reason_unit units[] = { { .text = { late, 3 } }, { .text = { small, 3 } }, { .text = { quoted, 1 } } };
	// The reasons' registers are those of the date and the text column: 0 and 1.
	struct ppm_reason_list list = { .units = units, .unit_count = 3, .first = 0, .count = 2 };
	struct ppm_output output = { { "reasons", 7 }, { .format = { .kind = PPM_FORMAT_REASONS }, .value = 0, .present = PPM_NO_REGISTER, .count = 2, .reasons = 0 } };
	struct ppm_output outputs[] = { { { "id", 2 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } }, output };
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 2, ',');
	fixture.program->reason_lists = &list;
	fixture.program->reason_list_count = 1;
	static const char *const rows[] = { "1,\"A \"\"B\"\"\",1,2%,3,2024-01-01,yes,x", "2,b,1,2%,3,2024-01-01,yes,x", "3,c,1,2%,3,2024-01-01,yes,x", "4,,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 4, ',');
	NUMBERS(&fixture)[0] = 12.5;
	REVENUES(&fixture)[0] = 12345000;
	static const int32_t first[] = { 0, 2, -1, 1 }, second[] = { 1, 0, -1, -1 };
	for (uint32_t i = 0; i < 4; i++) {
		DATES(&fixture)[i] = first[i];
		SEGMENTS(&fixture)[i] = second[i];
	}
	for (uint32_t i = 1; i < 4; i++) {
		set_missing(&fixture, AMOUNT, i);
		set_missing(&fixture, REVENUE, i);
	}
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_CSV },
		"id,reasons\n1,\"pays 12.5 days late; A \"\"B\"\" brings 1234.50 per month\"\n2,\"says \"\"no\"\", often; pays (missing) days late\"\n3,\n4,(missing) brings (missing)\n");
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_NDJSON },
		"{\"id\": \"1\", \"reasons\": [\"pays 12.5 days late\", \"A \\\"B\\\" brings 1234.50 per month\"]}\n"
		"{\"id\": \"2\", \"reasons\": [\"says \\\"no\\\", often\", \"pays (missing) days late\"]}\n"
		"{\"id\": \"3\", \"reasons\": []}\n"
		"{\"id\": \"4\", \"reasons\": [\"(missing) brings (missing)\"]}\n");
	release(&fixture);
}

// What others than a sink read of a row, and of all rows of a batch: figures of every kind, what is missing, what is beyond the exact figures, and what is no figure at all.
static void test_row_values(void **state)
{
	(void)state;
	enum { PASSED, NUMBER, PERCENT, MONEY, POINTS, DATE, DAYS, FLAG, TEXT, WHY, OUTPUTS };
	struct ppm_output outputs[OUTPUTS] = { [PASSED] = { PPM_SLICE("id"), { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } },
		[NUMBER] = { PPM_SLICE("number"), value_of(PPM_FORMAT_NUMBER, -1, 0, AMOUNT) },
		[PERCENT] = { PPM_SLICE("percent"), value_of(PPM_FORMAT_PERCENT, -1, 1, SHARE) },
		[MONEY] = { PPM_SLICE("money"), value_of(PPM_FORMAT_MONEY, 2, 0, REVENUE) },
		[POINTS] = { PPM_SLICE("points"), value_of(PPM_FORMAT_POINTS, -1, 0, REVENUE) },
		[DATE] = { PPM_SLICE("date"), value_of(PPM_FORMAT_DATE, 0, 0, SINCE) },
		[DAYS] = { PPM_SLICE("days"), value_of(PPM_FORMAT_DAYS, 0, 0, SINCE) },
		[FLAG] = { PPM_SLICE("flag"), value_of(PPM_FORMAT_FLAG, 0, 0, ACTIVE) },
		[TEXT] = { PPM_SLICE("text"), value_of(PPM_FORMAT_TEXT, 0, 1, PPM_NO_REGISTER) },
		[WHY] = { PPM_SLICE("why"), { .format = { .kind = PPM_FORMAT_REASONS }, .present = PPM_NO_REGISTER } } };
	outputs[POINTS].value.format.scale = 2;
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, OUTPUTS, ',');
	static const char *const rows[] = { "1,x,1,2%,3,2024-01-01,yes,x", "2,x,1,2%,3,2024-01-01,yes,x", "3,x,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 3, ',');
	NUMBERS(&fixture)[0] = 72.25;
	NUMBERS(&fixture)[2] = 1e300;
	SHARES(&fixture)[0] = 0.075;
	REVENUES(&fixture)[0] = 12345000;
	DATES(&fixture)[0] = 19782;
	((uint64_t *)fixture.values[ACTIVE])[0] = 1;
	SEGMENTS(&fixture)[2] = 1;
	for (uint32_t column = AMOUNT; column < SEGMENT; column++)
		set_missing(&fixture, column, 1);
	assert_int_equal(ppm_vm_run(fixture.vm, &fixture.batch), PPM_OK);
	struct ppm_sink_options options = { .format = PPM_SINK_CSV };
	struct ppm_sink *sink = ppm_sink_new(NULL, fixture.program, fixture.source, &options);
	const struct ppm_engine_batch batch = { sink, &fixture.batch, fixture.vm };
	static const double numbers[3][OUTPUTS] = { { 0, 72.25, 0.075, 1234.5, 123450, 19782, 19782, 1 }, { 0 }, { 0, 1e300 } };
	static double many[PPM_BATCH_ROWS];
	static ppm_int128 exacts[PPM_BATCH_ROWS];
	uint64_t present[PPM_MASK_WORDS], there[PPM_MASK_WORDS], beyond[PPM_MASK_WORDS];
	const int32_t *codes;
	for (uint32_t column = 0; column < OUTPUTS; column++) {
		const bool figure = column >= NUMBER && column <= FLAG;
		assert_int_equal(ppm_batch_numbers(&batch, column, many, present), figure);
		assert_int_equal(ppm_batch_exacts(&batch, column, exacts, there, beyond), figure);
		assert_int_equal(ppm_batch_texts(&batch, column, &codes, there), column == TEXT);
		for (uint32_t i = 0; i < 3; i++) {
			const struct ppm_engine_row row = { sink, &fixture.batch, fixture.vm, i, 2 + i };
			const bool has = figure && i != 1;
			double number;
			ppm_int128 exact;
			bool flag;
			struct ppm_slice text;
			assert_int_equal(ppm_row_number(&row, column, &number), has);
			assert_int_equal(ppm_row_exact(&row, column, &exact), has && numbers[i][column] < 1e300);
			assert_int_equal(ppm_row_flag(&row, column, &flag), has && column == FLAG);
			assert_int_equal(ppm_row_text(&row, column, &text), column == TEXT);
			if (column == TEXT) {
				assert_true(ppm_slice_equal(text, texts[i == 2]));
				assert_int_equal(codes[i], i == 2);
			}
			if (!figure)
				continue;
			assert_int_equal(present[0] >> i & 1, has);
			assert_int_equal(beyond[0] >> i & 1, has && numbers[i][column] == 1e300);
			if (!has)
				continue;
			assert_true(number == numbers[i][column] && many[i] == number);
			// 72.25 and the like are whole thousandths.
			if (number < 1e300)
				assert_true(exact == (ppm_int128)(int64_t)(number * 1000) * 1000000000 && exacts[i] == exact);
			if (column == FLAG)
				assert_int_equal(flag, i == 0);
		}
	}
	ppm_sink_free(sink);
	release(&fixture);
}

static void test_markdown(void **state)
{
	(void)state;
	struct ppm_output outputs[] = {
		{ { "na|me", 5 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
		{ { "amount", 6 }, value_of(PPM_FORMAT_NUMBER, -1, 0, AMOUNT) },
	};
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 2, ',');
	static const char *const rows[] = { "1,a|b,1,2%,3,2024-01-01,yes,x", "2,\"C_1042\r\n<b> *x* [l](u) _e_\",1,2%,3,2024-01-01,yes,x", "3,\x1b[31m,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, rows, 3, ',');
	NUMBERS(&fixture)[0] = 1.5;
	set_missing(&fixture, AMOUNT, 2);
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_MARKDOWN, .provenance = write_origin, .provenance_context = "m" },
		"| na\\|me | amount |\n| --- | ---: |\n| a\\|b | 1.5 |\n| C_1042<br>\\<b\\> \\*x\\* \\[l\\](u) \\_e\\_ | 0 |\n| \\x1b\\[31m |  |\n\n```json\n{\"model\": \"m\"}\n```\n");
	fixture.refused[0] = 2;
	assert_result(&fixture, (struct ppm_sink_options){ .format = PPM_SINK_MARKDOWN }, "| na\\|me | amount |\n| --- | ---: |\n| a\\|b | 1.5 |\n| \\x1b\\[31m |  |\n");
	release(&fixture);
}

// ---- tables ------------------------------------------------------------------------------------------------

static void assert_table(struct fixture *fixture, enum ppm_sink_format format, const struct ppm_slice *cells, uint32_t rows, uint32_t width, const char *expected)
{
	// a table's format need not be the sink's
	struct ppm_sink_options options = { .format = format == PPM_SINK_BOX ? PPM_SINK_JSON : PPM_SINK_CSV };
	struct ppm_sink *sink = ppm_sink_new(ppm_allocator_default(), fixture->program, fixture->source, &options);
	assert_non_null(sink);
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_sink_table(sink, format, cells, rows, width, false, &out);
	ppm_buffer_append_char(&out, 0);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
	ppm_buffer_free(&out);
	ppm_sink_free(sink);
}

static void test_tables(void **state)
{
	(void)state;
	struct ppm_output outputs[] = {
		{ { "name", 4 }, { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } },
		{ { "score", 5 }, value_of(PPM_FORMAT_NUMBER, -1, 0, AMOUNT) },
		{ { "tier", 4 }, value_of(PPM_FORMAT_TEXT, 0, 1, SEGMENT) },
	};
	struct fixture fixture = { 0 };
	make_program(&fixture, outputs, 3, ',');
	static const char *const row[] = { "1,x,1,2%,3,2024-01-01,yes,x" };
	make_batch(&fixture, row, 1, ',');
	// A wide character takes two columns, an accent of its own none; an escape sequence stays text.
	const struct ppm_slice cells[] = { PPM_SLICE("\xe6\x9d\xb1\xe4\xba\xac"), PPM_SLICE("72.25"), PPM_SLICE("gold"), PPM_SLICE("e\xcc\x81\x1b[2J"), { "", 0 }, PPM_SLICE("a,b") };
	assert_table(&fixture, PPM_SINK_BOX, cells, 2, 0,
		"┌──────────┬───────┬──────┐\n│ name     │ score │ tier │\n├──────────┼───────┼──────┤\n│ \xe6\x9d\xb1\xe4\xba\xac     │ 72.25 │ gold │\n│ e\xcc\x81\\x1b[2J │       │ a,b  │\n└──────────┴───────┴──────┘\n");
	assert_table(&fixture, PPM_SINK_BOX, cells, 2, 26,
		"┌──────────┬───────┐\n│ name     │ score │\n├──────────┼───────┤\n│ \xe6\x9d\xb1\xe4\xba\xac     │ 72.25 │\n│ e\xcc\x81\\x1b[2J │       │\n└──────────┴───────┘\nnot shown: tier\n");
	const struct ppm_slice longer[] = { PPM_SLICE("a very long name that nobody can read at once"), PPM_SLICE("1"), PPM_SLICE("x") };
	assert_table(&fixture, PPM_SINK_BOX, longer, 1, 40,
		"┌──────────────────────┬───────┬──────┐\n│ name                 │ score │ tier │\n├──────────────────────┼───────┼──────┤\n│ a very long name th… │     1 │ x    │\n└──────────────────────┴───────┴──────┘\n");
	// Half of a narrow table would be nothing: a cell may take what the frame leaves.
	const struct ppm_slice narrow[] = { PPM_SLICE("a very long name"), PPM_SLICE("1"), PPM_SLICE("x") };
	assert_table(&fixture, PPM_SINK_BOX, narrow, 1, 16, "┌──────────────┐\n│ name         │\n├──────────────┤\n│ a very long… │\n└──────────────┘\nnot shown: score, tier\n");
	assert_table(&fixture, PPM_SINK_BOX, narrow, 1, 8, "┌──────┐\n│ name │\n├──────┤\n│ a v… │\n└──────┘\nnot shown: sco…, tier\n");
	assert_table(&fixture, PPM_SINK_CSV, cells, 2, 0, "name,score,tier\n\xe6\x9d\xb1\xe4\xba\xac,72.25,gold\ne\xcc\x81\x1b[2J,,\"a,b\"\n");
	const struct ppm_slice json[] = { PPM_SLICE("\"\xe6\x9d\xb1\xe4\xba\xac\""), PPM_SLICE("72.25"), PPM_SLICE("\"gold\""), PPM_SLICE("\"e\xcc\x81\\u001b[2J\""), PPM_SLICE("null"), PPM_SLICE("\"a,b\"") };
	assert_table(&fixture, PPM_SINK_NDJSON, json, 1, 0, "{\"name\": \"\xe6\x9d\xb1\xe4\xba\xac\", \"score\": 72.25, \"tier\": \"gold\"}\n");
	assert_table(&fixture, PPM_SINK_JSON, json, 0, 0, "[]\n");
	assert_table(&fixture, PPM_SINK_JSON, json, 2, 0, "[\n{\"name\": \"\xe6\x9d\xb1\xe4\xba\xac\", \"score\": 72.25, \"tier\": \"gold\"},\n{\"name\": \"e\xcc\x81\\u001b[2J\", \"score\": null, \"tier\": \"a,b\"}\n]\n");
	assert_table(&fixture, PPM_SINK_MARKDOWN, cells, 1, 0, "| name | score | tier |\n| --- | ---: | --- |\n| \xe6\x9d\xb1\xe4\xba\xac | 72.25 | gold |\n");
	release(&fixture);
}

static void test_cells(void **state)
{
	(void)state;
	struct fixture fixture = { 0 };
	make_three_rows(&fixture, ',');
	assert_int_equal(ppm_vm_run(fixture.vm, &fixture.batch), PPM_OK);
	struct ppm_sink_options options = { .format = PPM_SINK_BOX };
	struct ppm_sink *sink = ppm_sink_new(NULL, fixture.program, fixture.source, &options);
	assert_non_null(sink);
	static const char *const expected[] = { "C-1", "O\"Hara, Ltd", "72.25", "72.25", "7.5%", "1234.50", "2024-02-29", "yes", "gold" };
	static const bool numeric[] = { false, false, true, true, true, true, false, false, false };
	assert_int_equal(ppm_sink_column_count(sink), 9);
	for (uint32_t i = 0; i < 9; i++) {
		struct ppm_buffer cell;
		ppm_buffer_init(&cell, NULL);
		ppm_sink_cell(sink, &fixture.batch, fixture.vm, 0, i, &cell);
		assert_true(ppm_slice_is(ppm_buffer_slice(&cell), expected[i]));
		cell.size = 0;
		ppm_sink_cell(sink, &fixture.batch, fixture.vm, 1, i, &cell);
		assert_true(ppm_slice_is(ppm_buffer_slice(&cell), i ? "" : "007"));
		ppm_buffer_free(&cell);
		assert_int_equal(ppm_sink_column_is_numeric(sink, i), numeric[i]);
		assert_true(ppm_slice_equal(ppm_sink_column_name(sink, i), all_outputs[i].name));
	}
	// JSON values of a row are those of a JSON result, whatever the sink's format.
	struct ppm_buffer row;
	ppm_buffer_init(&row, NULL);
	for (uint32_t i = 0; i < 9; i++) {
		ppm_buffer_append_text(&row, i ? ", " : "{");
		ppm_json_append_string(&row, all_outputs[i].name);
		ppm_buffer_append_text(&row, ": ");
		ppm_sink_json_cell(sink, &fixture.batch, fixture.vm, 0, i, &row);
	}
	ppm_buffer_append_char(&row, '}');
	assert_true(ppm_slice_is(ppm_buffer_slice(&row), FIRST));
	ppm_buffer_free(&row);
	ppm_sink_free(sink);
	release(&fixture);
}

// ---- memory ------------------------------------------------------------------------------------------------

// Each single allocation fails once: the sink is NULL or the buffer says that it failed, and nothing leaks.
static void test_each_allocation_fails(void **state)
{
	(void)state;
	struct fixture fixture = { 0 };
	make_three_rows(&fixture, ',');
	assert_int_equal(ppm_vm_run(fixture.vm, &fixture.batch), PPM_OK);
	for (int format = PPM_SINK_CSV; format <= PPM_SINK_BOX; format++) {
		bool done = false;
		for (int allowed = 0; !done && allowed < 1000; allowed++) {
			struct poor_heap heap = { .left = (size_t)allowed };
			struct ppm_allocator allocator = { poor_reallocate, &heap };
			struct ppm_sink_options options = { .format = (enum ppm_sink_format)format };
			struct ppm_sink *sink = ppm_sink_new(&allocator, fixture.program, fixture.source, &options);
			if (!sink)
				continue;
			struct ppm_buffer out;
			ppm_buffer_init(&out, &allocator);
			uint64_t rows;
			ppm_sink_begin(sink, &out);
			ppm_sink_rows(sink, &fixture.batch, fixture.vm, &out, &rows);
			struct ppm_slice cells[9];
			for (size_t i = 0; i < 9; i++)
				cells[i] = PPM_SLICE("cell");
			ppm_sink_table(sink, (enum ppm_sink_format)format, cells, 1, 80, true, &out);
			assert_true(out.failed || !heap.refused);
			done = !out.failed;
			ppm_buffer_free(&out);
			ppm_sink_free(sink);
		}
		assert_true(done);
	}
	release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_percents), cmocka_unit_test(test_money), cmocka_unit_test(test_patterns), cmocka_unit_test(test_other_figures),
		cmocka_unit_test(test_digits), cmocka_unit_test(test_csv), cmocka_unit_test(test_csv_other_delimiter), cmocka_unit_test(test_csv_patterns_are_quoted),
		cmocka_unit_test(test_csv_lone_empty_cell), cmocka_unit_test(test_csv_quotes),
		cmocka_unit_test(test_csv_excel_safe), cmocka_unit_test(test_csv_pass_through), cmocka_unit_test(test_csv_columns_of_figures), cmocka_unit_test(test_csv_small_figures), cmocka_unit_test(test_csv_long_constants), cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_passed_types), cmocka_unit_test(test_json_passed_unread), cmocka_unit_test(test_json_strings), cmocka_unit_test(test_reasons), cmocka_unit_test(test_row_values), cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_tables), cmocka_unit_test(test_cells), cmocka_unit_test(test_each_allocation_fails),
	};
	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}

// Cells of every type, written and read again. The input makes rows of texts, numbers, amounts, days, flags, percents and durations; a model whose results are those values is run over them, and
// its CSV, JSON and NDJSON are read by readers that the runtime has no part in: the same values must be there. Its CSV is a file that the same model makes itself of.
#include "lang/ppm.h"
#include "runtime/engine/engine.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json.h"

#include <math.h>
#include <time.h>

#define ROWS 40
#define COLUMNS 8

// The flag `z` is always yes, and keeps the values from being fields that pass through.
static const char model_text[] =
	"dataset d { t text optional  n number optional  m money optional  d date optional  f flag optional  p percent optional  u duration optional  z flag }\n"
	"let t2 = if z then t else \"\"\nlet n2 = if z then n else 0\nlet m2 = if z then m else 0\nlet d2 = if z then d else 2000-01-01\n"
	"let f2 = if z then f else no\nlet p2 = if z then p else 0%\nlet u2 = if z then u else 0 days\n"
	"output { t2 as \"t\"  n2 as \"n\"  m2 as \"m\" format \"0.0000\"  d2 as \"d\"  f2 as \"f\"  p2 as \"p\"  u2 as \"u\"  z }\n";

struct cell {
	bool missing;
	struct ppm_buffer text; // TEXT, and the field that stands for it in the file
	double number;          // what is to be read, to 12 places and 15 digits
	int64_t integer;
};

struct table {
	struct cell cells[ROWS][COLUMNS];
	uint32_t rows;
	char delimiter;
};

static double as_decimal(double x)
{
	double scale = 1e12;

	for (double border = 1000; fabs(x) >= border && scale > 1; border *= 10)
		scale /= 10;
	return round(x * scale) / scale + 0.0;
}

// ---- making cells

static void make_text(struct fuzz_reader *reader, struct cell *cell)
{
	size_t size = fuzz_take(reader, 1) % 24;

	size = size < (size_t)(reader->end - reader->at) ? size : (size_t)(reader->end - reader->at);
	bool fine = oracle_is_utf8(reader->at, size) && !memchr(reader->at, 0, size);
	for (size_t i = 0; i < size; i++, reader->at++) {
		unsigned char c = *reader->at;
		if (fine || (c && c < 0x80))
			ppm_buffer_append_char(&cell->text, (char)c);
		else
			json_utf8(&cell->text, c ? c : 'x'); // as Latin-1
	}
	cell->missing = size == 0;
}

static void make_number(struct fuzz_reader *reader, struct cell *cell)
{
	unsigned kind = (unsigned)fuzz_take(reader, 1);
	uint64_t bits;
	double value;

	if (kind % 4 == 0) {
		bits = fuzz_take(reader, 8);
		memcpy(&value, &bits, sizeof value);
		value = isfinite(value) ? value : 0.1;
	} else {
		value = (double)(int64_t)(fuzz_take(reader, kind % 4 == 3 ? 7 : 3) ^ (kind & 4 ? 0 : UINT64_MAX)) / (double)ppm_power_of_ten[kind / 8 % 16];
	}
	int exponent = value == 0 ? 0 : (int)floor(log10(fabs(value)));
	ppm_buffer_format(&cell->text, "%.*f", exponent < 17 ? 18 - exponent : 0, value);
	cell->number = as_decimal(value);
}

static void make_money(struct fuzz_reader *reader, struct cell *cell)
{
	int64_t value = (int64_t)fuzz_take(reader, 8) >> fuzz_take(reader, 1) % 60;

	value = value > PPM_MONEY_MAX ? PPM_MONEY_MAX : value < -PPM_MONEY_MAX ? -PPM_MONEY_MAX : value;
	uint64_t size = value < 0 ? (uint64_t)-value : (uint64_t)value;
	ppm_buffer_format(&cell->text, "%s%llu.%04llu", value < 0 ? "-" : "", (unsigned long long)(size / 10000), (unsigned long long)(size % 10000));
	cell->integer = value;
}

static void make_date(struct fuzz_reader *reader, struct cell *cell)
{
	cell->integer = PPM_DATE_MIN + (int64_t)(fuzz_take(reader, 3) % (uint64_t)(PPM_DATE_MAX - PPM_DATE_MIN + 1));
	time_t seconds = (time_t)cell->integer * 86400;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	ppm_buffer_format(&cell->text, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void make_percent(struct fuzz_reader *reader, struct cell *cell)
{
	int64_t digits = (int32_t)fuzz_take(reader, 4);
	int places = (int)fuzz_take(reader, 1) % 10;
	char ratio[64];

	snprintf(ratio, sizeof ratio, "%s%llu.%0*llue-2", digits < 0 ? "-" : "", (unsigned long long)(llabs(digits) / ppm_power_of_ten[places]), places ? places : 1,
		(unsigned long long)(places ? llabs(digits) % ppm_power_of_ten[places] : 0));
	ppm_buffer_format(&cell->text, "%.*s%%", (int)(strchr(ratio, 'e') - ratio), ratio);
	cell->number = as_decimal(strtod(ratio, NULL));
}

static void make_cell(struct fuzz_reader *reader, uint32_t column, struct cell *cell)
{
	if (column < 7 && fuzz_take(reader, 1) % 8 == 0) {
		cell->missing = true;
		return;
	}
	switch (column) {
	case 0: make_text(reader, cell); break;
	case 1: make_number(reader, cell); break;
	case 2: make_money(reader, cell); break;
	case 3: make_date(reader, cell); break;
	case 4:
		cell->integer = fuzz_take(reader, 1) & 1;
		ppm_buffer_append_text(&cell->text, cell->integer ? "yes" : "no");
		break;
	case 5: make_percent(reader, cell); break;
	case 6:
		cell->integer = (int32_t)fuzz_take(reader, 4);
		cell->integer += cell->integer == INT32_MIN;
		ppm_buffer_format(&cell->text, "%lld day%s", (long long)cell->integer, llabs(cell->integer) == 1 ? "" : "s");
		break;
	default: cell->integer = 1; ppm_buffer_append_text(&cell->text, "yes");
	}
}

static void make_file(const struct table *table, struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, "t,n,m,d,f,p,u,z\n");
	for (size_t i = 0; table->delimiter && i < out->size; i++)
		out->data[i] = out->data[i] == ',' ? table->delimiter : out->data[i];
	for (uint32_t row = 0; row < table->rows; row++)
		for (uint32_t column = 0; column < COLUMNS; column++) {
			struct ppm_slice text = ppm_buffer_slice(&table->cells[row][column].text);
			ppm_buffer_append_char(out, '"');
			for (size_t i = 0; i < text.size; i++) {
				if (text.data[i] == '"')
					ppm_buffer_append_char(out, '"');
				ppm_buffer_append_char(out, text.data[i]);
			}
			ppm_buffer_append_char(out, '"');
			ppm_buffer_append_char(out, column + 1 < COLUMNS ? table->delimiter ? table->delimiter : ',' : '\n');
		}
}

// ---- a run

static void run(
	const struct ppm_program *program, struct ppm_slice file, const struct table *table, enum ppm_sink_format format, bool safe, uint64_t *random, struct ppm_buffer *out)
{
	static const size_t chunk_sizes[] = { 1, 7, 64, 4096, 0 };
	struct ppm_source_options options = {
		.delimiter = table->delimiter, .chunk_size = chunk_sizes[fuzz_below(random, 5)], .simd = (enum ppm_simd)fuzz_below(random, 4), .keep_problems = 20
	};
	struct ppm_engine_options engine = { .threads = 1 + 2 * fuzz_below(random, 2), .simd = options.simd };
	struct ppm_sink_options sink_options = { .format = format, .excel_safe = safe, .delimiter = format == PPM_SINK_CSV ? table->delimiter : 0 };
	struct ppm_engine_report report = { 0 };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct ppm_atomic_file *output = NULL;

	ppm_data_problems_init(&problems, NULL, 20, false);
	if (ppm_source_open_text(&source, NULL, file, &options, &problems) || ppm_source_bind(source, program, &problems)) {
		fuzz_show("file", file);
		fuzz_fail("it cannot be read");
	}
	struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
	fuzz_stdout_begin();
	if (!sink || ppm_atomic_file_open(&output, NULL, "-"))
		fuzz_fail("no output");
	enum ppm_status status = ppm_engine_run(&report, NULL, program, source, sink, output, NULL, &engine);
	if (status != PPM_OK || report.scored != table->rows) {
		struct ppm_buffer said = { 0 };
		for (const struct ppm_data_problem *problem = report.problems.first; problem; problem = problem->next)
			ppm_data_problem_write(problem, PPM_SLICE("f"), &said);
		fuzz_show("file", file);
		fuzz_show("problems", ppm_buffer_slice(&said));
		fuzz_fail("status %d, %llu of %u rows", (int)status, (unsigned long long)report.scored, table->rows);
	}
	ppm_engine_report_free(&report);
	ppm_atomic_file_abandon(output);
	fuzz_stdout_take(out);
	ppm_sink_free(sink);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
}

// ---- what was written

static void wrong(uint32_t row, uint32_t column, struct ppm_slice got, const struct cell *wanted)
{
	fuzz_show("written", got);
	fuzz_show("wanted", ppm_buffer_slice(&wanted->text));
	fuzz_fail("row %u, column %u", row, column);
}

// A figure's text, without the sign of a percent: whether it is the cell's.
static bool is_figure(struct ppm_slice text, uint32_t column, const struct cell *cell, bool json)
{
	char copy[512];

	if (text.size >= sizeof copy)
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = 0;
	if (column == 2) {
		// Exactly four places, or in JSON as many as there are.
		int64_t amount;
		return ppm_decimal_parse(text, 4, &amount) && amount == cell->integer && (json || (text.size > 5 && text.data[text.size - 5] == '.'));
	}
	char *end;
	if (column == 5 && !json) {
		if (!text.size || copy[text.size - 1] != '%')
			return false;
		strcpy(copy + text.size - 1, "e-2");
	}
	double value = strtod(copy, &end);
	return *end == 0 && value == cell->number && signbit(value) == signbit(cell->number);
}

static bool starts_formula(struct ppm_slice text)
{
	char copy[512];

	if (!text.size || !memchr("=+-@\t\r", text.data[0], 6))
		return false;
	for (size_t i = 0; i < text.size; i++) // a plain number is what strtod takes of these
		if (text.size >= sizeof copy || !memchr("+-0123456789.eE", text.data[i], 15))
			return true;
	memcpy(copy, text.data, text.size);
	copy[text.size] = 0;
	char *end;
	strtod(copy, &end);
	return end == copy || *end;
}

static void check_csv(const struct table *table, struct ppm_slice text, bool safe)
{
	char delimiter = table->delimiter ? table->delimiter : ',';
	struct ppm_buffer value = { 0 }, guarded = { 0 };
	struct oracle oracle = { 0 };
	size_t at = oracle_record(&oracle, text.data, text.size, 0, delimiter, SIZE_MAX);

	for (uint32_t row = 0; row < table->rows; row++) {
		at = oracle_record(&oracle, text.data, text.size, at, delimiter, SIZE_MAX);
		if (oracle.field_count != COLUMNS)
			fuzz_fail("row %u has %zu fields", row, oracle.field_count);
		for (uint32_t column = 0; column < COLUMNS; column++) {
			const struct cell *cell = &table->cells[row][column];
			if (oracle.fields[column].problem)
				fuzz_fail("row %u, column %u: %s", row, column, oracle.fields[column].problem);
			struct ppm_slice got = oracle_unquoted(text.data, oracle.fields[column], &value), wanted = ppm_buffer_slice(&cell->text);
			if (safe && column == 0 && starts_formula(wanted)) {
				guarded.size = 0;
				ppm_buffer_append_char(&guarded, '\'');
				ppm_buffer_append(&guarded, wanted.data, wanted.size);
				wanted = ppm_buffer_slice(&guarded);
			}
			bool figure = column == 1 || column == 2 || column == 5;
			if (cell->missing ? got.size != 0 : figure ? !is_figure(got, column, cell, false) : !ppm_slice_equal(got, wanted))
				wrong(row, column, got, cell);
		}
	}
	if (at != text.size)
		fuzz_fail("%zu bytes follow the last row", text.size - at);
	ppm_buffer_free(&value);
	ppm_buffer_free(&guarded);
	oracle_free(&oracle);
}

static void check_json_row(struct json *json, const struct table *table, uint32_t row)
{
	static const char names[] = "tnmdfpuz";
	struct ppm_buffer value = { 0 };

	json_blanks(json);
	bool fine = json_take(json, '{');
	for (uint32_t column = 0; column < COLUMNS && fine; column++) {
		const struct cell *cell = &table->cells[row][column];
		value.size = 0;
		json_blanks(json);
		fine = (!column || json_take(json, ',')) && (json_blanks(json), json_string(json, &value)) && value.size == 1 && value.data[0] == names[column];
		json_blanks(json);
		fine = fine && json_take(json, ':');
		json_blanks(json);
		const char *begin = json->at;
		value.size = 0;
		if (!fine)
			break;
		if (cell->missing) {
			fine = json_word(json, "null");
		} else if (column == 4 || column == 7) {
			fine = json_word(json, cell->integer ? "true" : "false");
		} else if (column == 1 || column == 2 || column == 5) {
			fine = json_number(json) && is_figure((struct ppm_slice){ begin, (size_t)(json->at - begin) }, column, cell, true);
		} else {
			fine = json_string(json, &value) && ppm_slice_equal(ppm_buffer_slice(&value), ppm_buffer_slice(&cell->text));
		}
		if (!fine)
			wrong(row, column, (struct ppm_slice){ begin, (size_t)(json->end - begin < 200 ? json->end - begin : 200) }, cell);
	}
	json_blanks(json);
	if (!fine || !json_take(json, '}'))
		fuzz_fail("row %u is no object", row);
	ppm_buffer_free(&value);
}

static void check_lines(const struct table *table, struct ppm_slice text)
{
	struct json json = { text.data, text.data + text.size, 0 };

	if (!json_sound(text, true))
		fuzz_fail("it is not NDJSON");
	for (uint32_t row = 0; row < table->rows; row++)
		check_json_row(&json, table, row);
	json_blanks(&json);
	if (json.at != json.end)
		fuzz_fail("something follows the last row");
}

static void check_json(const struct table *table, struct ppm_slice text)
{
	struct json json = { text.data, text.data + text.size, 0 };

	if (!json_sound(text, false))
		fuzz_fail("it is not JSON");
	// Rows are the objects of the first array.
	while (json.at < json.end && *json.at != '[')
		json.at++;
	json_take(&json, '[');
	for (uint32_t row = 0; row < table->rows; row++) {
		json_blanks(&json);
		if (row && !json_take(&json, ','))
			fuzz_fail("row %u does not follow", row);
		check_json_row(&json, table, row);
	}
}

// ---- one input

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *out, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*out = PPM_SLICE(model_text);
	*identity = path;
	return PPM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ppm_model *model; // reachable at the end
	static struct table table;
	static const char delimiters[] = { 0, ';', '\t', '|' };
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	uint64_t random = fuzz_hash(data, size);
	struct fuzz_reader reader = { data, data + size };
	struct ppm_buffer file = { 0 }, out = { 0 }, again = { 0 };

	if (!model && ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options) != PPM_OK) {
		ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_HUMAN, false, 0, &out);
		fuzz_show("diagnostics", ppm_buffer_slice(&out));
		fuzz_fail("the model is right");
	}
	if (!size || size > 20000)
		return 0;
	const struct ppm_program *program = ppm_model_program(model);
	table = (struct table){ .delimiter = delimiters[fuzz_take(&reader, 1) % 4] };
	while (reader.at < reader.end && table.rows < ROWS) {
		for (uint32_t column = 0; column < COLUMNS; column++)
			make_cell(&reader, column, &table.cells[table.rows][column]);
		table.rows++;
	}
	make_file(&table, &file);
	run(program, ppm_buffer_slice(&file), &table, PPM_SINK_CSV, false, &random, &out);
	check_csv(&table, ppm_buffer_slice(&out), false);
	run(program, ppm_buffer_slice(&out), &table, PPM_SINK_CSV, false, &random, &again);
	fuzz_same(ppm_buffer_slice(&out), ppm_buffer_slice(&again), "written twice", "once more");
	out.size = 0;
	switch (fuzz_below(&random, 3)) {
	case 0:
		run(program, ppm_buffer_slice(&file), &table, PPM_SINK_CSV, true, &random, &out);
		check_csv(&table, ppm_buffer_slice(&out), true);
		break;
	case 1:
		run(program, ppm_buffer_slice(&file), &table, PPM_SINK_NDJSON, false, &random, &out);
		check_lines(&table, ppm_buffer_slice(&out));
		break;
	default: run(program, ppm_buffer_slice(&file), &table, PPM_SINK_JSON, false, &random, &out); check_json(&table, ppm_buffer_slice(&out));
	}
	for (uint32_t row = 0; row < table.rows; row++)
		for (uint32_t column = 0; column < COLUMNS; column++)
			ppm_buffer_free(&table.cells[row][column].text);
	ppm_buffer_free(&file);
	ppm_buffer_free(&out);
	ppm_buffer_free(&again);
	return 0;
}

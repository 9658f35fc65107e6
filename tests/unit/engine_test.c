// The whole way from a file to a file, with a program that computes nothing: what is tested is that every record comes out once, in order, the same for
// any number of threads and size of chunk, and what happens when something goes wrong. Expected bytes are made beside the input, row by row.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/base/instrumented.h"
#include "runtime/engine/engine.h"
#include "tests/unit/failing_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { ROWS = 3000, ID = 0, NAME, AMOUNT, TIER, COLUMNS };

// Text that grows, for inputs and expectations.
struct text {
	char *data;
	size_t size, capacity;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
	char piece[2000];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(piece, sizeof piece, format, arguments);
	va_end(arguments);
	assert_true(size >= 0 && (size_t)size < sizeof piece);
	if (text->size + (size_t)size + 1 > text->capacity) {
		text->capacity = (text->capacity + (size_t)size + 1) * 2;
		text->data = realloc(text->data, text->capacity);
		assert_non_null(text->data);
	}
	memcpy(text->data + text->size, piece, (size_t)size + 1);
	text->size += (size_t)size;
}

static void clear(struct text *text)
{
	free(text->data);
	*text = (struct text){ NULL, 0, 0 };
}

struct row {
	double amount;
	bool missing, bad_amount, bad_width;
	unsigned long line;         // where its record begins
	char id[16], name[120], record[200];
	const char *tier;
};

// Everything about one input.
struct world {
	char folder[64], input[100], output[100], rejects[100];
	struct row *rows;
	unsigned row_count;
	struct ppm_program *program;
};

static const char *const tiers[] = { "gold", "silver", "none, \"yet\"" };
static const char *const tiers_csv[] = { "gold", "silver", "\"none, \"\"yet\"\"\"" };

static unsigned tier_of(const struct row *row)
{
	return row->tier == tiers[0] ? 0 : row->tier == tiers[1] ? 1 : 2;
}

static void make_rows(struct world *world, unsigned count, bool with_errors)
{
	unsigned long line = 2;
	world->row_count = count;
	world->rows = calloc(count + 1, sizeof *world->rows);
	assert_non_null(world->rows);
	FILE *file = fopen(world->input, "w");
	assert_non_null(file);
	fputs("id,name,amount,tier\n", file);
	for (unsigned i = 0; i < count; i++) {
		struct row *row = &world->rows[i];
		snprintf(row->id, sizeof row->id, "C-%u", i);
		row->amount = (double)(i * 7919u % 1000) / 4;
		row->missing = i % 50 == 49;
		row->bad_amount = with_errors && i % 97 == 13;
		row->bad_width = with_errors && i % 211 == 17;
		row->tier = tiers[i % 3];
		row->line = line;
		if (i % 41 == 7)
			snprintf(row->name, sizeof row->name, "\"line one\nline \"\"two\"\"\n%u\"", i);
		else
			snprintf(row->name, sizeof row->name, "%.*s", (int)(i % 60), "a name of some length that differs from row to row, without a");
		for (char *c = row->name; row->name[0] != '"' && *c; c++)
			*c = *c == ',' ? ';' : *c;
		char amount[32];
		snprintf(amount, sizeof amount, "%g", row->amount);
		snprintf(row->record, sizeof row->record, "%s,%s,%s,%s%s", row->id, row->name, row->bad_amount ? "n/a" : row->missing ? "" : amount, tiers_csv[i % 3], row->bad_width ? ",more" : "");
		fprintf(file, "%s\n", row->record);
		line++;
		for (const char *c = row->record; *c; c++)
			line += *c == '\n';
	}
	assert_int_equal(fclose(file), 0);
}

static bool is_bad(const struct row *row)
{
	return row->bad_amount || row->bad_width;
}

static void make_program(struct world *world)
{
	static const char *const names[] = { "id", "name", "amount", "tier" };
	struct ppm_program *program = world->program = ppm_program_new(ppm_allocator_default());
	assert_non_null(program);
	program->columns = ppm_arena_allocate(&program->arena, COLUMNS, sizeof *program->columns);
	program->column_count = COLUMNS;
	for (uint32_t i = 0; i < COLUMNS; i++)
		program->columns[i] = (struct ppm_column){ .name = ppm_slice_of(names[i]), .header = ppm_slice_of(names[i]), .type = i == AMOUNT ? PPM_COLUMN_NUMBER : PPM_COLUMN_TEXT, .passed = i < AMOUNT, .read = i >= AMOUNT, .optional = i >= AMOUNT, .pooled = i == TIER, .value = PPM_NO_REGISTER, .present = PPM_NO_REGISTER };
	program->columns[AMOUNT].value = 0;
	program->columns[AMOUNT].present = 0;
	program->columns[TIER].value = 0;
	program->columns[TIER].present = 1;
	program->register_counts[PPM_CLASS_F64] = 1;
	program->register_counts[PPM_CLASS_I32] = 1;
	program->register_counts[PPM_CLASS_MASK] = 2;
	program->texts = ppm_arena_allocate(&program->arena, 1, sizeof *program->texts);
	program->texts[0] = PPM_SLICE("gold");
	program->text_count = 1;
	program->instructions = ppm_arena_allocate(&program->arena, 1, sizeof *program->instructions);
	program->places = ppm_arena_allocate(&program->arena, 1, sizeof *program->places);
	program->instructions[0].op = PPM_OP_END;
	program->instruction_count = 1;
	program->outputs = ppm_arena_allocate(&program->arena, 4, sizeof *program->outputs);
	program->outputs[0] = (struct ppm_output){ PPM_SLICE("id"), { .format = { .kind = PPM_FORMAT_PASS }, .column = ID } };
	program->outputs[1] = (struct ppm_output){ PPM_SLICE("score"), { .format = { .kind = PPM_FORMAT_NUMBER, .decimals = -1 }, .value = 0, .present = 0 } };
	program->outputs[2] = (struct ppm_output){ PPM_SLICE("tier"), { .format = { .kind = PPM_FORMAT_TEXT }, .value = 0, .present = 1 } };
	program->outputs[3] = (struct ppm_output){ PPM_SLICE("name"), { .format = { .kind = PPM_FORMAT_PASS }, .column = NAME } };
	program->output_count = 4;
	program->tallies = ppm_arena_allocate(&program->arena, 1, sizeof *program->tallies);
	program->tallies[0] = (struct ppm_tally){ .kind = PPM_TALLY_RULE_UNKNOWN, .name = PPM_SLICE("amount"), .mask = 0 };
	program->tally_count = 1;
	program->score = 0;
	program->score_present = 0;
	assert_false(program->arena.failed);
}

static void make_world(struct world *world, unsigned count, bool with_errors)
{
	*world = (struct world){ .row_count = 0 };
	strcpy(world->folder, P_tmpdir "/ppm-engine-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->input, sizeof world->input, "%s/in.csv", world->folder);
	snprintf(world->output, sizeof world->output, "%s/out", world->folder);
	snprintf(world->rejects, sizeof world->rejects, "%s/rejects.csv", world->folder);
	make_rows(world, count, with_errors);
	make_program(world);
}

static void end_world(struct world *world)
{
	ppm_program_free(world->program);
	free(world->rows);
	unlink(world->input);
	unlink(world->output);
	unlink(world->rejects);
	// Fails when a temporary file was left behind.
	assert_int_equal(rmdir(world->folder), 0);
}

struct setting {
	unsigned threads;
	size_t chunk_size;
	enum ppm_sink_format format;
	bool rejects, no_output;
	uint32_t top, sample;
	uint64_t max_errors;
	const volatile int *interrupted;
	const char *output;         // instead of the world's
	const struct ppm_allocator *allocator;
};

// One run, committed when it went well. The report is the caller's to free.
static enum ppm_status run(struct world *world, const struct setting *setting, struct ppm_engine_report *report)
{
	const struct ppm_allocator *allocator = setting->allocator ? setting->allocator : ppm_allocator_default();
	*report = (struct ppm_engine_report){ 0 };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, allocator, 20, false);
	struct ppm_source_options source_options = { .chunk_size = setting->chunk_size, .simd = PPM_SIMD_SSE2, .keep_records = setting->rejects, .keep_problems = setting->rejects ? UINT64_MAX : 20 };
	struct ppm_source *source = NULL;
	struct ppm_sink *sink = NULL;
	struct ppm_atomic_file *output = NULL, *rejects = NULL;
	enum ppm_status status = ppm_source_open(&source, allocator, world->input, &source_options, &problems);
	if (status == PPM_OK)
		status = ppm_source_bind(source, world->program, &problems);
	if (status == PPM_OK) {
		struct ppm_sink_options sink_options = { .format = setting->format };
		sink = ppm_sink_new(allocator, world->program, source, &sink_options);
		status = sink ? PPM_OK : PPM_ERROR_MEMORY;
	}
	if (status == PPM_OK && !setting->no_output)
		status = ppm_atomic_file_open(&output, allocator, setting->output ? setting->output : world->output);
	if (status == PPM_OK && setting->rejects)
		status = ppm_atomic_file_open(&rejects, allocator, world->rejects);
	if (status == PPM_OK) {
		struct ppm_engine_options options = { .threads = setting->threads, .simd = PPM_SIMD_SSE2, .top = setting->top, .sample = setting->sample, .rejects = setting->rejects, .max_errors = setting->max_errors, .interrupted = setting->interrupted };
		status = ppm_engine_run(report, allocator, world->program, source, sink, output, rejects, &options);
	}
	int problem = errno;
	if (status == PPM_OK && output)
		status = ppm_atomic_file_commit(output);
	else
		ppm_atomic_file_abandon(output);
	if (status == PPM_OK && rejects)
		status = ppm_atomic_file_commit(rejects);
	else
		ppm_atomic_file_abandon(rejects);
	ppm_sink_free(sink);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	errno = problem;
	return status;
}

static void assert_file(const char *path, const struct text *expected)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	char *data = malloc(expected->size + 2);
	assert_non_null(data);
	size_t size = fread(data, 1, expected->size + 1, file);
	fclose(file);
	if (size != expected->size || memcmp(data, expected->data, size) != 0) {
		size_t same = 0;
		while (same < size && same < expected->size && data[same] == expected->data[same])
			same++;
		data[size < same + 60 ? size : same + 60] = 0;
		print_error("%s differs at byte %zu of %zu: %s\n", path, same, expected->size, data + (same > 20 ? same - 20 : 0));
		fail();
	}
	free(data);
}

static void add_score(struct text *text, const struct row *row, const char *missing)
{
	if (row->missing)
		add(text, "%s", missing);
	else
		add(text, "%g", row->amount);
}

static void add_csv(struct text *text, const struct row *row)
{
	add(text, "%s,", row->id);
	add_score(text, row, "");
	add(text, ",%s,%s\n", tiers_csv[tier_of(row)], row->name);
}

// The name's bytes as JSON has them.
static void add_json(struct text *text, const struct row *row)
{
	add(text, "{\"id\": \"%s\", \"score\": ", row->id);
	add_score(text, row, "null");
	add(text, ", \"tier\": \"%s\", \"name\": ", tier_of(row) == 2 ? "none, \\\"yet\\\"" : row->tier);
	if (!row->name[0]) {
		add(text, "null}");
		return;
	}
	bool quoted = row->name[0] == '"';
	size_t size = strlen(row->name);
	add(text, "\"");
	for (size_t i = quoted; i < size - quoted; i++) {
		if (row->name[i] == '\n') {
			add(text, "\\n");
		} else if (row->name[i] == '"') {
			add(text, "\\\"");
			i++;
		} else {
			add(text, "%c", row->name[i]);
		}
	}
	add(text, "\"}");
}

static void make_expected(const struct world *world, enum ppm_sink_format format, struct text *expected)
{
	bool first = true;
	if (format == PPM_SINK_CSV)
		add(expected, "id,score,tier,name\n");
	for (unsigned i = 0; i < world->row_count; i++) {
		const struct row *row = &world->rows[i];
		if (is_bad(row))
			continue;
		if (format == PPM_SINK_CSV) {
			add_csv(expected, row);
			continue;
		}
		if (format == PPM_SINK_JSON)
			add(expected, first ? "[\n" : ",\n");
		add_json(expected, row);
		if (format == PPM_SINK_NDJSON)
			add(expected, "\n");
		first = false;
	}
	if (format == PPM_SINK_JSON)
		add(expected, first ? "[]\n" : "\n]\n");
}

static const unsigned thread_counts[] = { 1, 2, 3, 8 };
static const size_t chunk_sizes[] = { 64, 777, 4096, 65536, 524288 };
#define EACH(array, index) for (size_t index = 0; index < sizeof(array) / sizeof *(array); index++)

static void test_same_bytes(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	static const enum ppm_sink_format formats[] = { PPM_SINK_CSV, PPM_SINK_JSON, PPM_SINK_NDJSON };
	unsigned present = 0;
	for (unsigned i = 0; i < ROWS; i++)
		present += !world.rows[i].missing;
	EACH(formats, f) {
		struct text expected = { NULL, 0, 0 };
		make_expected(&world, formats[f], &expected);
		EACH(thread_counts, t) EACH(chunk_sizes, c) {
			struct setting setting = { .threads = thread_counts[t], .chunk_size = chunk_sizes[c], .format = formats[f] };
			struct ppm_engine_report report;
			assert_int_equal(run(&world, &setting, &report), PPM_OK);
			assert_int_equal(report.records, ROWS);
			assert_int_equal(report.scored, ROWS);
			assert_int_equal(report.refused, 0);
			assert_int_equal(report.problem_count, 0);
			assert_int_equal(report.tallies[0], present);
			assert_int_equal(report.threads, thread_counts[t]);
			ppm_engine_report_free(&report);
			assert_file(world.output, &expected);
		}
		clear(&expected);
	}
	end_world(&world);
}

static void test_no_rows(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, 0, false);
	struct text csv = { NULL, 0, 0 }, json = { NULL, 0, 0 };
	add(&csv, "id,score,tier,name\n");
	add(&json, "[]\n");
	for (unsigned threads = 0; threads < 3; threads++) {
		struct setting setting = { .threads = threads, .format = PPM_SINK_CSV };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_OK);
		assert_int_equal(report.records, 0);
		ppm_engine_report_free(&report);
		assert_file(world.output, &csv);
		setting.format = PPM_SINK_JSON;
		assert_int_equal(run(&world, &setting, &report), PPM_OK);
		ppm_engine_report_free(&report);
		assert_file(world.output, &json);
	}
	clear(&csv);
	clear(&json);
	end_world(&world);
}

// Without a rejects file nothing is written, but everything is checked: the totals are those of the whole file and the places are right.
static void test_problems(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, true);
	unsigned bad = 0;
	for (unsigned i = 0; i < ROWS; i++)
		bad += is_bad(&world.rows[i]);
	EACH(thread_counts, t) EACH(chunk_sizes, c) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = chunk_sizes[c] };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_DATA);
		assert_int_equal(access(world.output, F_OK), -1);
		assert_int_equal(report.records, ROWS);
		assert_int_equal(report.refused, bad);
		assert_int_equal(report.scored, ROWS - bad);
		assert_int_equal(report.problems.rows, bad);
		assert_int_equal(report.problem_count, bad);
		const struct ppm_data_problem *problem = report.problems.first;
		unsigned shown = 0;
		for (unsigned i = 0; i < ROWS && shown < 20; i++) {
			const struct row *row = &world.rows[i];
			if (!is_bad(row))
				continue;
			assert_non_null(problem);
			unsigned long line = row->line;
			for (const char *name = row->name; !row->bad_width && *name; name++)
				line += *name == '\n';
			assert_int_equal(problem->line, line);
			assert_int_equal(problem->code, row->bad_width ? PPM_DATA_WIDTH : PPM_DATA_NUMBER);
			assert_int_equal(problem->column, row->bad_width ? 0 : AMOUNT + 1);
			problem = problem->next;
			shown++;
		}
		assert_int_equal(shown, 20);
		assert_null(problem);
		ppm_engine_report_free(&report);
	}
	end_world(&world);
}

static void test_rejects(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, true);
	struct text expected = { NULL, 0, 0 }, rejects = { NULL, 0, 0 };
	make_expected(&world, PPM_SINK_CSV, &expected);
	add(&rejects, "line,column,code,message,id,name,amount,tier\n");
	unsigned bad = 0;
	for (unsigned i = 0; i < ROWS; i++) {
		const struct row *row = &world.rows[i];
		if (!is_bad(row))
			continue;
		bad++;
		unsigned long line = row->line;
		for (const char *name = row->name; !row->bad_width && *name; name++)
			line += *name == '\n';
		if (row->bad_width)
			add(&rejects, "%lu,,D0007,\"5 fields, but the header has 4\",%s\n", line, row->record);
		else
			add(&rejects, "%lu,amount,D0202,\"\"\"n/a\"\" is not a number; expected digits such as 1234.50\",%s\n", line, row->record);
	}
	EACH(thread_counts, t) EACH(chunk_sizes, c) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = chunk_sizes[c], .rejects = true };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_OK);
		assert_int_equal(report.records, ROWS);
		assert_int_equal(report.refused, bad);
		assert_int_equal(report.scored, ROWS - bad);
		ppm_engine_report_free(&report);
		assert_file(world.output, &expected);
		assert_file(world.rejects, &rejects);
	}
	clear(&expected);
	clear(&rejects);
	end_world(&world);
}

static void test_max_errors(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, true);
	unsigned bad = 0;
	for (unsigned i = 0; i < ROWS; i++)
		bad += is_bad(&world.rows[i]);
	uint64_t records = 0;
	EACH(thread_counts, t) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = 4096, .max_errors = 5 };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_DATA);
		assert_true(report.refused >= 5 && report.records < ROWS);
		// Where it stops depends on the chunks only.
		assert_true(records == 0 || report.records == records);
		records = report.records;
		ppm_engine_report_free(&report);
		// As many as are allowed go to the rejects; one more is too many.
		setting.rejects = true;
		setting.max_errors = bad;
		assert_int_equal(run(&world, &setting, &report), PPM_OK);
		ppm_engine_report_free(&report);
		setting.max_errors = bad - 1;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_DATA);
		ppm_engine_report_free(&report);
	}
	end_world(&world);
}

// The input as gzip, which is read in order by one worker at a time.
static void compress_input(const struct world *world)
{
	FILE *file = fopen(world->input, "r");
	assert_non_null(file);
	char data[4096], path[120];
	snprintf(path, sizeof path, "%s.gz", world->input);
	gzFile packed = gzopen(path, "wb");
	assert_non_null(packed);
	for (size_t size; (size = fread(data, 1, sizeof data, file)) > 0;)
		assert_int_equal(gzwrite(packed, data, (unsigned)size), (int)size);
	fclose(file);
	PPM_OUTSIDE_BEGINS();
	assert_int_equal(gzclose(packed), Z_OK);
	PPM_OUTSIDE_ENDS();
	assert_int_equal(rename(path, world->input), 0);
}

static void test_in_order(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, true);
	compress_input(&world);
	struct text expected = { NULL, 0, 0 };
	make_expected(&world, PPM_SINK_JSON, &expected);
	EACH(thread_counts, t) EACH(chunk_sizes, c) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = chunk_sizes[c], .rejects = true, .format = PPM_SINK_JSON };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_OK);
		assert_int_equal(report.records, ROWS);
		ppm_engine_report_free(&report);
		assert_file(world.output, &expected);
	}
	clear(&expected);
	end_world(&world);
}

// What cannot be read on ends the run with its one problem, whichever worker met it.
static void test_damaged_input(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	compress_input(&world);
	struct stat about;
	assert_int_equal(stat(world.input, &about), 0);
	assert_int_equal(truncate(world.input, about.st_size - 100), 0);
	EACH(thread_counts, t) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = 4096, .rejects = true };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_DATA);
		assert_int_equal(report.problem_count, 1);
		assert_non_null(report.problems.first);
		assert_int_equal(report.problems.first->code, PPM_DATA_COMPRESSED);
		assert_int_equal(report.records, report.scored);
		ppm_engine_report_free(&report);
		assert_int_equal(access(world.output, F_OK), -1);
		assert_int_equal(access(world.rejects, F_OK), -1);
	}
	end_world(&world);
}

static int order_best(const void *a, const void *b)
{
	const struct row *left = *(const struct row *const *)a, *right = *(const struct row *const *)b;
	if (left->missing != right->missing)
		return left->missing ? 1 : -1;
	if (!left->missing && left->amount != right->amount)
		return left->amount > right->amount ? -1 : 1;
	return (left > right) - (left < right);
}

// There are three rows of each score, so that a cut of ten falls among equals; and with N beyond the scored rows the missing ones follow, in order.
static void test_top(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, true);
	const struct row *best[ROWS];
	unsigned good = 0;
	for (unsigned i = 0; i < ROWS; i++)
		if (!is_bad(&world.rows[i]))
			best[good++] = &world.rows[i];
	qsort(best, good, sizeof *best, order_best);
	static const uint32_t limits[] = { 1, 10, 100, 2950, 5000 };
	EACH(limits, n) {
		uint32_t kept = limits[n] < good ? limits[n] : good;
		struct text expected = { NULL, 0, 0 }, json = { NULL, 0, 0 };
		add(&expected, "id,score,tier,name\n");
		add(&json, "[");
		for (uint32_t i = 0; i < kept; i++) {
			add_csv(&expected, best[i]);
			add(&json, i ? ",\n" : "\n");
			add_json(&json, best[i]);
		}
		add(&json, "\n]\n");
		EACH(thread_counts, t) EACH(chunk_sizes, c) {
			struct setting setting = { .threads = thread_counts[t], .chunk_size = chunk_sizes[c], .top = limits[n], .rejects = true };
			struct ppm_engine_report report;
			assert_int_equal(run(&world, &setting, &report), PPM_OK);
			assert_int_equal(report.best_rows, kept);
			assert_int_equal(report.scored, good);
			for (uint32_t i = 0; i < kept; i++) {
				assert_true(ppm_slice_is(report.best_cells[i * 4], best[i]->id));
				assert_true(ppm_slice_is(report.best_cells[i * 4 + 2], best[i]->tier));
			}
			ppm_engine_report_free(&report);
			assert_file(world.output, &expected);
			setting.format = PPM_SINK_JSON;
			assert_int_equal(run(&world, &setting, &report), PPM_OK);
			ppm_engine_report_free(&report);
			assert_file(world.output, &json);
		}
		clear(&expected);
		clear(&json);
	}
	end_world(&world);
}

// A sample comes besides the whole result, or with no result at all; without a score it is the first rows.
static void test_sample(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	struct text expected = { NULL, 0, 0 };
	make_expected(&world, PPM_SINK_CSV, &expected);
	struct setting setting = { .threads = 3, .chunk_size = 777, .sample = 4 };
	struct ppm_engine_report report;
	assert_int_equal(run(&world, &setting, &report), PPM_OK);
	assert_int_equal(report.best_rows, 4);
	// 7919 i mod 1000 is 999 for i = 321 modulo 1000.
	assert_true(ppm_slice_is(report.best_cells[0], "C-321"));
	assert_true(ppm_slice_is(report.best_cells[4], "C-1321"));
	assert_true(ppm_slice_is(report.best_cells[8], "C-2321"));
	assert_true(ppm_slice_is(report.best_cells[1], "249.75"));
	ppm_engine_report_free(&report);
	assert_file(world.output, &expected);
	clear(&expected);
	unlink(world.output);
	setting.no_output = true;
	world.program->score = world.program->score_present = PPM_NO_REGISTER;
	assert_int_equal(run(&world, &setting, &report), PPM_OK);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(ppm_slice_is(report.best_cells[(size_t)i * 4], world.rows[i].id));
	ppm_engine_report_free(&report);
	assert_int_equal(access(world.output, F_OK), -1);
	end_world(&world);
}

static void test_interrupted(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	static const volatile int yes = 1;
	EACH(thread_counts, t) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = 777, .interrupted = &yes };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_INTERRUPTED);
		ppm_engine_report_free(&report);
		assert_int_equal(access(world.output, F_OK), -1);
	}
	end_world(&world);
}

static void test_full_device(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	EACH(thread_counts, t) {
		struct setting setting = { .threads = thread_counts[t], .chunk_size = 777, .output = "/dev/full" };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_IO);
		assert_int_equal(errno, ENOSPC);
		ppm_engine_report_free(&report);
	}
	end_world(&world);
}

static void *read_a_little(void *path)
{
	char data[100];
	int file = open(path, O_RDONLY);
	ssize_t size = file >= 0 ? read(file, data, sizeof data) : -1;
	close(file);
	return size > 0 ? path : NULL;
}

static void test_closed_pipe(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, ROWS, false);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(mkfifo(world.output, 0600), 0);
	EACH(thread_counts, t) {
		pthread_t reader;
		void *read_some;
		assert_int_equal(pthread_create(&reader, NULL, read_a_little, world.output), 0);
		struct setting setting = { .threads = thread_counts[t], .chunk_size = 777 };
		struct ppm_engine_report report;
		assert_int_equal(run(&world, &setting, &report), PPM_ERROR_PIPE);
		ppm_engine_report_free(&report);
		assert_int_equal(pthread_join(reader, &read_some), 0);
		assert_non_null(read_some);
	}
	end_world(&world);
}

// Each allocation fails once, from opening the source to the report: the status says so, nothing is left behind, and the old output stays.
static void test_each_allocation_fails(void **state)
{
	(void)state;
	struct world world;
	make_world(&world, 120, true);
	bool done = false;
	for (long allowed = 0; !done; allowed++) {
		assert_true(allowed < 20000);
		struct poor_heap heap = { .left = (size_t)allowed };
		struct ppm_allocator allocator = { poor_reallocate, &heap };
		struct setting setting = { .threads = 1, .chunk_size = 1500, .rejects = true, .sample = 3, .allocator = &allocator };
		struct ppm_engine_report report;
		enum ppm_status status = run(&world, &setting, &report);
		assert_true(status == PPM_OK || status == PPM_ERROR_MEMORY);
		assert_true(status == PPM_OK || access(world.output, F_OK) == -1);
		done = status == PPM_OK;
		assert_true(!done || !heap.refused);
		ppm_engine_report_free(&report);
	}
	end_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_no_rows), cmocka_unit_test(test_problems), cmocka_unit_test(test_rejects), cmocka_unit_test(test_max_errors), cmocka_unit_test(test_in_order), cmocka_unit_test(test_damaged_input),
		cmocka_unit_test(test_top), cmocka_unit_test(test_sample), cmocka_unit_test(test_interrupted), cmocka_unit_test(test_full_device), cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_each_allocation_fails),
	};
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

// `ppmc test --capture KEY MODEL DATA`: tests written from real rows.
//
// The model is compiled to be explained and runs over the whole file, like `ppmc explain`; only the rows that are asked for are kept. Then the files are read again for the rows that go with
// each of them, as often as new ones lead to others, and the test is written and tried (lang/testing/capture.h).
#include "lang/driver/rewrite.h"
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"
#include "lang/testing/capture.h"
#include "runtime/source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define NOTHING "nothing is captured"
#define SHOW(slice) (int)(slice).size, (slice).data

struct wanted {
	struct ppm_slice key;
	uint64_t line; // as asked for, 0: by key; then where the row was found
	bool by_line;
	uint32_t count;
	struct ppm_captured_result *results; // [result]
	struct ppm_slice shown, literal;     // its key, as the file has it and as a model writes it
	struct ppm_suggestion suggestion;
};

struct session {
	const struct ppm_driver *driver;
	struct ppm_task task;
	struct ppm_task_request request;
	const struct ppm_explanation *about;
	struct wanted *wanted;
	size_t wanted_count;
	struct ppm_buffer cell;
	struct ppm_arena arena;
};

// ---- finding the rows ------------------------------------------------------------------------------------------------

static enum ppm_exit take_keys(struct session *session)
{
	const struct ppm_options *given = &session->driver->options;

	session->wanted = ppm_arena_allocate(&session->arena, given->repeated_count + 1, sizeof *session->wanted);
	if (!session->wanted)
		return ppm_driver_memory(session->driver);
	for (size_t i = 0; i < given->repeated_count; i++) {
		struct wanted *wanted = &session->wanted[session->wanted_count];
		const char *text = given->repeated[i].value;
		if (given->repeated[i].option != PPM_OPTION_CAPTURE)
			continue;
		wanted->by_line = !strncmp(text, "line:", 5);
		if (wanted->by_line && !ppm_options_number(text + 5, 1, UINT64_MAX, &wanted->line))
			return ppm_driver_usage(session->driver, "write `line:17`: the line of the file, whose header is line 1", "`%s` is no line", text);
		wanted->key = ppm_slice_of(strncmp(text, "key:", 4) ? text : text + 4);
		ppm_suggestion_init(&wanted->suggestion, wanted->key);
		session->wanted_count++;
	}
	return PPM_EXIT_DONE;
}

static bool keep(struct session *session, struct wanted *wanted, const struct ppm_engine_row *row, struct ppm_slice key)
{
	uint32_t columns = ppm_sink_column_count(row->sink);
	struct ppm_arena *arena = &session->arena;

	if (wanted->count++)
		return true;
	wanted->line = row->line;
	wanted->shown = key.size ? ppm_arena_copy(arena, key) : PPM_SLICE("");
	wanted->results = ppm_arena_allocate(arena, (size_t)columns + 1, sizeof *wanted->results);
	for (uint32_t i = 0; wanted->results && i < columns; i++) {
		struct ppm_captured_result *result = &wanted->results[i];
		session->cell.size = 0;
		ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, i, &session->cell);
		result->json = ppm_arena_copy(arena, ppm_buffer_slice(&session->cell));
		result->exact = ppm_row_exact(row, i, &result->value);
		result->is_double = ppm_row_number(row, i, &result->number);
	}
	return !arena->failed && !session->cell.failed;
}

static struct ppm_slice key_of(struct session *session, const struct ppm_engine_row *row)
{
	if (session->about->key == PPM_NO_ID)
		return PPM_SLICE("");
	session->cell.size = 0;
	ppm_sink_cell(row->sink, row->batch, row->vm, row->row, session->about->key, &session->cell);
	return session->cell.size ? ppm_buffer_slice(&session->cell) : PPM_SLICE("");
}

static bool look(void *context, const struct ppm_engine_row *row)
{
	struct session *session = context;
	bool fine = true;

	for (size_t i = 0; i < session->wanted_count && fine; i++) {
		struct wanted *wanted = &session->wanted[i];
		struct ppm_slice key = key_of(session, row);
		if (session->cell.failed)
			return false;
		if (wanted->by_line ? wanted->line == row->line && row->line : key.size && ppm_slice_equal(wanted->key, key)) {
			struct ppm_slice copy = key.size ? ppm_arena_copy(&session->arena, key) : key;
			fine = keep(session, wanted, row, copy);
		} else if (!wanted->by_line && !wanted->count && key.size) {
			ppm_suggestion_offer(&wanted->suggestion, key);
			if (wanted->suggestion.best.data == key.data)
				wanted->suggestion.best = ppm_arena_copy(&session->arena, key);
		}
	}
	return fine && !session->arena.failed;
}

static enum ppm_exit missing(struct session *session, const struct wanted *wanted)
{
	const struct ppm_driver *driver = session->driver;
	struct ppm_slice best = ppm_suggestion_take(&wanted->suggestion);
	const char *file = session->task.inputs[0].shown, *help = NULL;

	if (wanted->by_line && ppm_model_dataset_count(session->task.model) && ppm_model_dataset(session->task.model, 0).derived) {
		help = ppm_arena_format(&session->arena, "name the %.*s", SHOW(session->about->key_name)).data;
		ppm_driver_say(driver, "error", help, "the rows that are scored are made from those of `%s`, and stand on no line", file);
	} else if (wanted->by_line) {
		ppm_driver_say(
			driver, "error", "the header is line 1; a row with errors is not scored", "no row of `%s` begins on line %llu", file, (unsigned long long)wanted->line);
	} else if (session->about->key == PPM_NO_ID) {
		ppm_driver_say(driver, "error", "rows are told by their line: `--capture line:17`; or mark a column of the dataset as `key`",
			"`%.*s` names no row: the model has no key", SHOW(wanted->key));
	} else {
		if (best.size)
			help = ppm_arena_format(&session->arena, "did you mean `%.*s`?", SHOW(best)).data;
		ppm_driver_say(driver, "error", help, "no row of `%s` has the %.*s `%.*s`", file, SHOW(session->about->key_name), SHOW(wanted->key));
	}
	return PPM_EXIT_DATA;
}

// ---- the rows that go with one -----------------------------------------------------------------------------------------

static uint32_t dataset_of(const struct session *session, const struct ppm_input *input)
{
	const struct ppm_plan *plan = session->about->plan;

	for (uint32_t i = 0; i < plan->dataset_count; i++)
		if (plan->datasets[i].kind == PPM_DATASET_FILE && ppm_slice_equal(plan->datasets[i].name, input->dataset))
			return i;
	return 0; // of a model that declares none
}

// The program's columns as the plan counts them.
static const uint32_t *columns_of(struct session *session, const struct ppm_program *program, uint32_t dataset)
{
	const struct ppm_plan *plan = session->about->plan;
	uint32_t *columns = ppm_arena_allocate(&session->arena, (size_t)program->column_count + 1, sizeof *columns);

	for (uint32_t i = 0; columns && i < program->column_count; i++) {
		columns[i] = PPM_NO_ID;
		for (uint32_t k = 0; k < plan->column_count && columns[i] == PPM_NO_ID; k++)
			if (plan->columns[k].dataset == dataset && plan->columns[k].kind == PPM_PLAN_FIELD && ppm_slice_equal(plan->columns[k].name, program->columns[i].name))
				columns[i] = k;
	}
	return columns;
}

struct reading {
	struct ppm_capture *capture;
	const struct ppm_input *input;
	const uint32_t *columns;
	uint32_t dataset;
	uint64_t own; // the line of the scored row; 0: it has none
};

static bool take_batch(void *context, const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint64_t before)
{
	const struct reading *reading = context;
	const struct ppm_input *input = reading->input;

	for (uint32_t row = 0; row < batch->rows; row++) {
		uint64_t line = before + batch->lines[row] + 1;
		if (batch->refused[row / 64] >> row % 64 & 1)
			continue;
		if (!ppm_capture_take(reading->capture, reading->dataset, reading->columns, input->program, input->source, texts, batch, row, line,
			    reading->own == line && reading->dataset == 0))
			return false;
	}
	return true;
}

static enum ppm_exit read_input(struct session *session, struct ppm_capture *capture, const struct ppm_input *input, uint64_t own)
{
	struct reading reading = { .capture = capture, .input = input, .dataset = dataset_of(session, input), .own = own };

	if (!input->source || !ppm_capture_wants(capture, reading.dataset))
		return PPM_EXIT_DONE;
	reading.columns = columns_of(session, input->program, reading.dataset);
	return reading.columns ? ppm_input_read_again(session->driver, input, take_batch, &reading) : ppm_driver_memory(session->driver);
}

// The files once more, as long as what was found leads to further rows.
static enum ppm_exit gather(struct session *session, struct ppm_capture *capture, const struct wanted *wanted)
{
	const bool derived = session->about->plan->datasets[0].kind == PPM_DATASET_GROUPS;
	bool more = true;

	while (more) {
		uint32_t before = capture->row_count;
		enum ppm_exit code = ppm_task_reopen(session->driver, &session->task, &session->request.source);
		for (uint32_t i = 0; i < session->task.input_count && !code; i++)
			code = read_input(session, capture, &session->task.inputs[i], derived ? 0 : wanted->line);
		if (code)
			return code;
		more = capture->row_count > before && ppm_model_job(session->task.model) && !capture->more;
	}
	return PPM_EXIT_DONE;
}

// ---- writing it -----------------------------------------------------------------------------------------------------------

static bool is_taken(const struct session *session, struct ppm_slice title, const struct ppm_slice *titles, size_t count)
{
	const struct ppm_plan *plan = session->about->plan;
	bool taken = false;

	for (size_t i = 0; i < plan->test_count && !taken; i++)
		taken = ppm_slice_equal(plan->tests[i].title, title);
	for (size_t i = 0; i < count && !taken; i++)
		taken = ppm_slice_equal(titles[i], title);
	return taken;
}

// The key, or where the row stands, and the day; with a number where the model has such a test already.
static struct ppm_slice title_of(struct session *session, const struct wanted *wanted, const struct ppm_slice *titles, size_t count)
{
	const struct ppm_plan *plan = session->about->plan;
	struct ppm_arena *arena = &session->arena;
	struct ppm_slice base, title;
	char day[16] = "";

	if (plan->has_as_of) {
		memcpy(day, " on ", 4);
		ppm_date_write(plan->as_of, day + 4);
	}
	if (wanted->shown.size)
		base = ppm_arena_format(arena, "%.*s %.*s%.14s", SHOW(session->about->key_name), SHOW(wanted->shown), day);
	else
		base = ppm_arena_format(arena, "line %llu%.14s", (unsigned long long)wanted->line, day);
	title = base;
	for (unsigned number = 2; title.data && is_taken(session, title, titles, count); number++)
		title = ppm_arena_format(arena, "%.*s, %u", SHOW(base), number);
	return title;
}

static void tell_left(const struct ppm_driver *driver, const struct ppm_capture *capture)
{
	for (const struct ppm_captured_left *left = capture->left; left && !driver->quiet; left = left->next)
		ppm_driver_say(driver, "note", NULL, "the test \"%.*s\" leaves out %.*s: %.*s", SHOW(capture->title), SHOW(left->names), SHOW(left->why));
}

static enum ppm_exit status_exit(const struct session *session, enum ppm_status status)
{
	switch (status) {
	case PPM_OK: return PPM_EXIT_DONE;
	case PPM_ERROR_MEMORY: return ppm_driver_memory(session->driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(session->driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_LIMIT: ppm_driver_say(session->driver, "error", NULL, "the test passes a limit; " NOTHING); return PPM_EXIT_LIMIT;
	default: return ppm_driver_io(session->driver, "keep rows of", session->task.inputs[0].shown, errno);
	}
}

static enum ppm_exit capture_one(struct session *session, const struct wanted *wanted, const struct ppm_testing_request *request, struct ppm_slice title, struct ppm_buffer *out)
{
	const struct ppm_driver *driver = session->driver;
	struct ppm_capture capture;
	enum ppm_exit code;

	if (!ppm_capture_begin(&capture, session->task.model, &session->arena))
		return ppm_driver_memory(driver);
	capture.title = title;
	capture.results = wanted->results;
	capture.key = wanted->literal;
	code = gather(session, &capture, wanted);
	if (!code)
		code = status_exit(session, ppm_capture_write(&capture, request, out));
	if (code)
		return code;
	tell_left(driver, &capture);
	if (!capture.expectations) {
		ppm_driver_say(driver, "error",
			capture.left ? "what compares a row with others is tested with a few rows written by hand"
				     : "the model scores nothing: name what to expect, as `--value total`",
			"no test of `%.*s` alone: nothing is left to expect", SHOW(wanted->shown.size ? wanted->shown : wanted->key));
		return PPM_EXIT_FINDINGS;
	}
	return PPM_EXIT_DONE;
}

// How the model's tests are run: without the settings of this run, which the test gives itself.
static enum ppm_exit capture_all(struct session *session, struct ppm_buffer *out)
{
	const struct ppm_driver *driver = session->driver;
	struct ppm_files *files = session->task.files;
	struct ppm_compile_options compile = { .allocator = NULL, .loader = ppm_files_loader(files), .today = ppm_driver_today(), .optimise = true };
	struct ppm_testing_request request = { .path = files->path, .compile = &compile, .simd = session->request.source.simd, .interrupted = ppm_signals_flag() };
	struct ppm_slice *titles = ppm_arena_allocate(&session->arena, session->wanted_count + 1, sizeof *titles);
	enum ppm_exit worst = ppm_driver_memory_limit(driver, &request.memory_limit);

	compile.tests_path = ppm_arena_format(&session->arena, "%.*s.captured", SHOW(files->path));
	if (!titles || !compile.tests_path.data)
		return ppm_driver_memory(driver);
	for (size_t i = 0; i < session->wanted_count && worst <= PPM_EXIT_FINDINGS; i++) {
		struct wanted *wanted = &session->wanted[i];
		enum ppm_exit code;
		size_t before = out->size;
		titles[i] = title_of(session, wanted, titles, i);
		if (!titles[i].data)
			return ppm_driver_memory(driver);
		if (before)
			ppm_buffer_append_char(out, '\n');
		code = capture_one(session, wanted, &request, titles[i], out);
		if (code)
			out->size = before;
		worst = code > worst ? code : worst;
	}
	return worst;
}

// ---- the whole ---------------------------------------------------------------------------------------------------------------

static enum ppm_exit check_usage(const struct session *session)
{
	const struct ppm_driver *driver = session->driver;
	const struct ppm_options *given = &driver->options;
	static const enum ppm_option others[] = { PPM_OPTION_MUTATE, PPM_OPTION_MUTATE_AT_LEAST, PPM_OPTION_MUTATIONS, PPM_OPTION_COVERAGE, PPM_OPTION_COVERAGE_AT_LEAST,
		PPM_OPTION_ONLY, PPM_OPTION_REPORT };
	const char *path = given->values[PPM_OPTION_OUTPUT];
	struct stat status;
	int missing;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (given->given[others[i]])
			return ppm_driver_usage(
				driver, "leave one of them out: `--capture` writes tests and runs none of the model's", "`--capture` does not go with options that run tests");
	if (!given->argument_count)
		return ppm_driver_usage(driver, "write `ppmc test --capture KEY MODEL DATA`", "`--capture` needs a model and its data");
	if (path && !*path)
		return ppm_driver_usage(driver, "write `-o model_test.ppm`", "`--output` has no file name");
	missing = path && strcmp(path, "-") != 0 ? lstat(path, &status) ? errno : 0 : ENOENT;
	if (missing && missing != ENOENT && missing != ENOTDIR)
		return ppm_driver_io(driver, "write", path, missing);
	if (!missing)
		return ppm_driver_usage(driver, "add the test to it by hand (`ppmc test --capture KEY … >> FILE`), or name another file",
			"`%s` is there already, and is not overwritten", ppm_driver_file_name(path));
	return PPM_EXIT_DONE;
}

static enum ppm_exit find(struct session *session)
{
	const struct ppm_plan *plan = session->about->plan;
	enum ppm_exit code = PPM_EXIT_DONE;

	if (plan->datasets[0].kind == PPM_DATASET_GROUPS && plan->links[plan->datasets[0].link].key_count > 1) {
		ppm_driver_say(session->driver, "error", "write the test by hand", "rows that are told apart by several columns at once cannot be captured");
		return PPM_EXIT_USAGE;
	}
	if (!ppm_task_is_repeatable(&session->task)) {
		ppm_driver_say(session->driver, "error", "write the data into a file first", "a test is captured from files that can be read twice, and this is a pipe");
		return PPM_EXIT_USAGE;
	}
	code = ppm_task_look(session->driver, &session->task, &(struct ppm_rows_request){ look, session, session->request.source.simd, NOTHING });
	for (size_t i = 0; i < session->wanted_count && !code; i++) {
		struct wanted *wanted = &session->wanted[i];
		if (!wanted->count)
			return missing(session, wanted);
		if (wanted->count > 1) {
			char count[32];
			ppm_driver_say(session->driver, "note", "`--capture line:17` names one of them", "%s rows have the key `%.*s`; the first is captured",
				ppm_driver_count(wanted->count, count), SHOW(wanted->key));
		}
		if (plan->datasets[0].kind == PPM_DATASET_GROUPS) {
			struct ppm_slice json = wanted->results[session->about->key].json;
			session->cell.size = 0;
			ppm_capture_literal(json, &session->arena, &session->cell);
			wanted->literal = ppm_arena_copy(&session->arena, session->cell.size ? ppm_buffer_slice(&session->cell) : PPM_SLICE("?"));
		}
	}
	return code;
}

enum ppm_exit ppm_test_capture(struct ppm_driver *driver)
{
	struct session session = { .driver = driver };
	struct ppm_buffer out;
	struct ppm_slice *values = NULL;
	bool opened = false;
	enum ppm_exit code;

	ppm_arena_init(&session.arena, NULL);
	ppm_buffer_init(&session.cell, NULL);
	ppm_buffer_init(&out, NULL);
	code = check_usage(&session);
	if (!code)
		code = take_keys(&session);
	if (!code)
		code = ppm_driver_source_options(driver, &session.request.source);
	if (!code)
		code = ppm_driver_values(driver, &values, &session.request.compile.column_count);
	if (!code) {
		session.request.compile.columns = values;
		session.request.model_path = driver->options.arguments[0];
		session.request.arguments = driver->options.arguments + 1;
		session.request.argument_count = driver->options.argument_count - 1;
		session.request.all = true;
		session.request.source.interrupted = ppm_signals_flag();
		session.request.compile.output = PPM_OUTPUT_EXPLAIN;
		session.request.compile.tests = true;
		opened = true;
		code = ppm_task_open(driver, &session.task, &session.request);
	}
	if (!code) {
		session.about = ppm_model_explanation(session.task.model);
		code = find(&session);
	}
	if (!code)
		code = capture_all(&session, &out);
	if (code <= PPM_EXIT_FINDINGS && out.size) {
		const char *path = driver->options.values[PPM_OPTION_OUTPUT];
		bool to_file = path && strcmp(path, "-") != 0;
		enum ppm_exit written = to_file ? ppm_rewrite_file(driver, path, &out) : ppm_driver_print(driver, &out);
		if (to_file)
			ppm_buffer_free(&out);
		code = written ? written : code;
	} else {
		ppm_buffer_free(&out);
	}
	if (opened)
		ppm_task_close(&session.task);
	free(values);
	ppm_buffer_free(&session.cell);
	ppm_arena_free(&session.arena);
	return code;
}

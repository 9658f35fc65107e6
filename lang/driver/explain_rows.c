// `ppmc explain MODEL DATA KEY…`: why customers have the scores that they have.
//
// The model is compiled with a result for everything that an explanation may need, and runs over the whole file like any other, as ranks and other rows' figures need all
// rows. Only the rows that are asked for are kept. Rows with errors are left out, unlike in a run: they say nothing about the customer who is asked for, unless he is one of them.
#include "lang/driver/explain_paths.h"
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"
#include "lang/driver/terminal.h"
#include "lang/explain/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ROWS_LIMIT 1000 // explained for one key: a key that many rows have is none

struct found {
	struct ppm_explained_cell *cells; // [result]
	uint64_t line, index;             // index: of a job, among the scored rows
	const struct ppm_job_watch *watch;
	struct ppm_try_record record; // as the file has it, where changes are tried
	struct found *next;
};

struct wanted {
	struct ppm_slice key; // as given
	uint64_t line;        // 0: a key
	struct found *first, **end;
	uint32_t count;
	struct ppm_suggestion suggestion;
};

struct lookup {
	const struct ppm_driver *driver;
	struct ppm_task task;
	const struct ppm_explanation *about;
	struct wanted *wanted;
	size_t wanted_count;
	const char *files[PPM_ARGUMENT_LIMIT];
	size_t file_count;
	struct ppm_source_options source;
	struct ppm_slice *table_files; // [table of the job]
	struct ppm_explain_changes changes;
	struct ppm_buffer cell;
	struct ppm_arena arena;
};

// ---- the arguments ---------------------------------------------------------------------------------------------

static bool has_extension(const char *text)
{
	static const char *const extensions[] = { ".csv", ".tsv", ".txt", ".gz", ".zst" };
	size_t size = strlen(text);

	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (size > strlen(extensions[i]) && !strcmp(text + size - strlen(extensions[i]), extensions[i]))
			return true;
	return false;
}

// The first argument that could be a file is the data; those with a name are other files; the rest are keys. `key:` before a key says that it is one.
static bool is_file(const char *text)
{
	struct stat status;
	return !strcmp(text, "-") || has_extension(text) || !stat(text, &status);
}

static enum ppm_exit take_arguments(struct lookup *lookup)
{
	const struct ppm_options *given = &lookup->driver->options;
	bool data = false;

	lookup->wanted = calloc(given->argument_count + 1, sizeof *lookup->wanted);
	if (!lookup->wanted)
		return ppm_driver_memory(lookup->driver);
	for (size_t i = 1; i < given->argument_count; i++) {
		const char *text = given->arguments[i], *rest;
		bool key = !strncmp(text, "key:", 4), line = !strncmp(text, "line:", 5), named = !key && ppm_options_name(text, &rest).size > 0;
		struct wanted *wanted = &lookup->wanted[lookup->wanted_count];
		if (named || (!key && !line && !data && is_file(text))) {
			lookup->files[lookup->file_count++] = text;
			data = data || !named;
			continue;
		}
		if (line && !ppm_options_number(text + 5, 1, UINT64_MAX, &wanted->line))
			return ppm_driver_usage(lookup->driver, "write `line:17`: the line of the file, whose header is line 1", "`%s` is no line", text);
		wanted->key = ppm_slice_of(key ? text + 4 : text);
		wanted->end = &wanted->first;
		ppm_suggestion_init(&wanted->suggestion, wanted->key);
		lookup->wanted_count++;
	}
	if (!lookup->wanted_count)
		return ppm_driver_usage(lookup->driver, "write `ppmc explain MODEL DATA KEY`, with the customer's key, or `line:17`", "no customer is named");
	return PPM_EXIT_DONE;
}

// ---- finding the rows --------------------------------------------------------------------------------------------

static struct ppm_slice copy_cell(struct lookup *lookup, const struct ppm_engine_row *row, uint32_t column, bool json)
{
	lookup->cell.size = 0;
	if (json)
		ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, column, &lookup->cell);
	else
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, column, &lookup->cell);
	return ppm_arena_copy(&lookup->arena, lookup->cell.size ? ppm_buffer_slice(&lookup->cell) : PPM_SLICE(""));
}

static bool keep(struct lookup *lookup, struct wanted *wanted, const struct ppm_engine_row *row)
{
	uint32_t columns = ppm_sink_column_count(row->sink);
	struct found *found;

	if (++wanted->count > ROWS_LIMIT)
		return true;
	found = PPM_ARENA_NEW(&lookup->arena, struct found);
	if (!found)
		return false;
	found->line = row->line;
	found->index = row->batch->record + row->row;
	found->cells = ppm_arena_allocate(&lookup->arena, (size_t)columns + 1, sizeof *found->cells);
	for (uint32_t i = 0; found->cells && i < columns; i++)
		found->cells[i] = (struct ppm_explained_cell){ copy_cell(lookup, row, i, false), copy_cell(lookup, row, i, true) };
	if (lookup->changes.active && !ppm_model_job(lookup->task.model) && !ppm_try_take_record(&found->record, row->batch, row->row, row->line, &lookup->arena))
		return false;
	found->record.line = row->line;
	*wanted->end = found;
	wanted->end = &found->next;
	return !lookup->arena.failed && !lookup->cell.failed;
}

static bool look(void *context, const struct ppm_engine_row *row)
{
	struct lookup *lookup = context;
	struct ppm_slice key = { NULL, 0 };
	bool fine = true;

	if (lookup->changes.active)
		ppm_explain_changes_look(&lookup->changes, row);
	if (lookup->about->key != PPM_NO_ID) {
		lookup->cell.size = 0;
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, lookup->about->key, &lookup->cell);
		if (lookup->cell.failed)
			return false;
		key = ppm_buffer_slice(&lookup->cell);
	}
	for (size_t i = 0; i < lookup->wanted_count && fine; i++) {
		struct wanted *wanted = &lookup->wanted[i];
		bool same = wanted->line ? wanted->line == row->line : lookup->about->key != PPM_NO_ID && ppm_slice_equal(wanted->key, key);
		if (same) {
			fine = keep(lookup, wanted, row);
			lookup->cell.size = key.size; // it may have moved, and been written over
			if (fine && i + 1 < lookup->wanted_count && lookup->about->key != PPM_NO_ID) {
				lookup->cell.size = 0;
				ppm_sink_cell(row->sink, row->batch, row->vm, row->row, lookup->about->key, &lookup->cell);
				key = ppm_buffer_slice(&lookup->cell);
			}
		} else if (!wanted->line && !wanted->count && key.size) {
			ppm_suggestion_offer(&wanted->suggestion, key);
			if (wanted->suggestion.best.data == key.data) {
				wanted->suggestion.best = ppm_arena_copy(&lookup->arena, key);
				fine = !lookup->arena.failed;
			}
		}
	}
	return fine;
}

// ---- the rows behind their figures -----------------------------------------------------------------------------------

// The job once more, now that it is known which rows are looked at. Files that cannot be read again leave the figures without their rows.
static enum ppm_exit watch_rows(struct lookup *lookup)
{
	const struct ppm_job *job = ppm_model_job(lookup->task.model);
	struct ppm_job_watch *watches;
	size_t count = 0, made = 0;
	enum ppm_exit code;

	for (size_t i = 0; i < lookup->wanted_count; i++)
		for (struct found *found = lookup->wanted[i].first; found; found = found->next)
			count++;
	if (!job || !count || !ppm_task_is_repeatable(&lookup->task))
		return PPM_EXIT_DONE;
	watches = ppm_arena_allocate(&lookup->arena, count, sizeof *watches);
	lookup->table_files = ppm_arena_allocate(&lookup->arena, (size_t)job->table_count + 1, sizeof *lookup->table_files);
	if (!watches || !lookup->table_files)
		return ppm_driver_memory(lookup->driver);
	for (uint32_t i = 0; i < job->table_count; i++)
		lookup->table_files[i] = PPM_SLICE("");
	for (uint32_t i = 0; i < lookup->task.input_count; i++)
		if (lookup->task.inputs[i].shown)
			lookup->table_files[lookup->task.inputs[i].table] = ppm_slice_of(lookup->task.inputs[i].shown);
	lookup->table_files[job->table_count] = lookup->task.against.path ? ppm_slice_of(lookup->task.against.shown) : PPM_SLICE("");
	for (size_t i = 0; i < lookup->wanted_count; i++)
		for (struct found *found = lookup->wanted[i].first; found; found = found->next) {
			struct ppm_job_watch *watch = &watches[made++];
			watch->row = found->index;
			watch->arena = &lookup->arena;
			found->watch = watch;
		}
	code = ppm_task_reopen(lookup->driver, &lookup->task, &lookup->source);
	return code ? code : ppm_task_watch(lookup->driver, &lookup->task, lookup->source.simd, "nothing is explained", watches, made);
}

static enum ppm_exit read_records(struct lookup *lookup)
{
	struct ppm_try_record **records;
	size_t count = 0;

	for (size_t i = 0; i < lookup->wanted_count; i++)
		for (struct found *found = lookup->wanted[i].first; found; found = found->next)
			count++;
	records = ppm_arena_allocate(&lookup->arena, count + 1, sizeof *records);
	if (!records)
		return ppm_driver_memory(lookup->driver);
	count = 0;
	for (size_t i = 0; i < lookup->wanted_count; i++)
		for (struct found *found = lookup->wanted[i].first; found; found = found->next) {
			found->record.reads_itself = ppm_try_reads_itself(ppm_model_job(lookup->task.model), found->watch, found->line);
			records[count++] = &found->record;
		}
	return ppm_explain_changes_read(&lookup->changes, records, count, &lookup->arena);
}

// ---- what is shown ---------------------------------------------------------------------------------------------------

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

static enum format take_format(const struct ppm_driver *driver)
{
	const char *word = driver->options.values[PPM_OPTION_EXPLANATION];

	return word && !strcmp(word, "json") ? FORMAT_JSON : word && !strcmp(word, "markdown") ? FORMAT_MARKDOWN : FORMAT_TEXT;
}

static enum ppm_exit missing(const struct lookup *lookup, const struct wanted *wanted)
{
	struct ppm_slice best = ppm_suggestion_take(&wanted->suggestion);
	const char *file = lookup->task.inputs[0].shown, *advice;
	struct ppm_buffer help;

	ppm_buffer_init(&help, NULL);
	if (wanted->line && ppm_model_dataset_count(lookup->task.model) && ppm_model_dataset(lookup->task.model, 0).derived) {
		ppm_buffer_format(&help, "name the %.*s", (int)lookup->about->key_name.size, lookup->about->key_name.data);
		ppm_driver_say(lookup->driver, "error", ppm_driver_text(lookup->driver, &help), "the rows that are scored are made from those of `%s`, and stand on no line", file);
		ppm_buffer_free(&help);
		return PPM_EXIT_DATA;
	}
	if (wanted->line) {
		ppm_driver_say(lookup->driver, "error", "the header is line 1; a row with errors is not scored", "no row of `%s` begins on line %llu", file,
			(unsigned long long)wanted->line);
		return PPM_EXIT_DATA;
	}
	if (lookup->about->key == PPM_NO_ID)
		ppm_buffer_append_text(&help, "rows are told by their line: `line:17`; or mark a column of the dataset as `key`");
	else if (best.size)
		ppm_buffer_format(&help, "did you mean `%.*s`?", (int)best.size, best.data);
	advice = ppm_driver_text(lookup->driver, &help);
	if (lookup->about->key == PPM_NO_ID)
		ppm_driver_say(lookup->driver, "error", advice, "`%.*s` names no row: the model has no key", (int)wanted->key.size, wanted->key.data);
	else
		ppm_driver_say(lookup->driver, "error", advice, "no row of `%s` has the %.*s `%.*s`", file, (int)lookup->about->key_name.size, lookup->about->key_name.data,
			(int)wanted->key.size, wanted->key.data);
	ppm_buffer_free(&help);
	return PPM_EXIT_DATA;
}

static enum ppm_status show_row(struct lookup *lookup, const struct found *found, enum format format, struct ppm_buffer *out)
{
	struct ppm_explained_row row = { .about = lookup->about,
		.sources = ppm_model_sources(lookup->task.model),
		.cells = found->cells,
		.file = ppm_slice_of(lookup->task.inputs[0].shown),
		.line = found->line,
		.ask = lookup->driver->options.given[PPM_OPTION_ASK],
		.watch = found->watch,
		.job = ppm_model_job(lookup->task.model),
		.files = lookup->table_files };
	struct ppm_waterfall waterfall;
	struct ppm_arena arena;
	enum ppm_status status;

	ppm_arena_init(&arena, NULL);
	status = ppm_waterfall_make(&waterfall, &arena, &row);
	if (!status && lookup->changes.active)
		status = ppm_explain_changes_find(&lookup->changes, &found->record, found->watch, found->index, &row, &arena);
	if (!status && format == FORMAT_JSON)
		ppm_explain_json(&row, &waterfall, &arena, out);
	else if (!status && format == FORMAT_MARKDOWN)
		ppm_explain_markdown(&row, &waterfall, &arena, out);
	else if (!status)
		ppm_explain_text(&row, &waterfall, lookup->driver->colour_out, &arena, out);
	if (!status && (arena.failed || out->failed))
		status = PPM_ERROR_MEMORY;
	ppm_arena_free(&arena);
	return status;
}

static enum ppm_exit failed(const struct lookup *lookup, enum ppm_status status)
{
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(lookup->driver);
	ppm_driver_say(
		lookup->driver, "error", NULL, "%s", status == PPM_ERROR_INTERRUPTED ? "interrupted" : "the rows could not be read again to try changes; nothing is explained");
	return status == PPM_ERROR_INTERRUPTED ? PPM_EXIT_IO : ppm_exit_of(status);
}

static enum ppm_exit show(struct lookup *lookup, enum format format)
{
	enum ppm_exit code = PPM_EXIT_DONE, printed;
	struct ppm_buffer out;
	uint32_t shown = 0;

	ppm_buffer_init(&out, NULL);
	ppm_buffer_append_text(&out, format == FORMAT_JSON ? "[" : "");
	for (size_t i = 0; i < lookup->wanted_count; i++) {
		const struct wanted *wanted = &lookup->wanted[i];
		if (!wanted->count)
			code = missing(lookup, wanted);
		if (wanted->count > ROWS_LIMIT) {
			char a[32], b[32];
			ppm_driver_say(lookup->driver, "note", NULL, "%s rows have the key `%.*s`; the first %s are explained", ppm_driver_count(wanted->count, a),
				(int)wanted->key.size, wanted->key.data, ppm_driver_count(ROWS_LIMIT, b));
		}
		for (const struct found *found = wanted->first; found; found = found->next) {
			ppm_buffer_append_text(&out, format == FORMAT_JSON ? shown ? ",\n  " : "\n  " : shown ? "\n" : "");
			enum ppm_status status = show_row(lookup, found, format, &out);
			if (status) {
				ppm_buffer_free(&out);
				return failed(lookup, status);
			}
			shown++;
		}
	}
	ppm_buffer_append_text(&out, format == FORMAT_JSON ? "\n]\n" : "");
	if (!shown) { // what is wrong was said
		ppm_buffer_free(&out);
		return code;
	}
	printed = ppm_driver_print(lookup->driver, &out);
	return printed ? printed : code;
}

enum ppm_exit ppm_explain_rows(struct ppm_driver *driver)
{
	struct lookup lookup = { .driver = driver };
	struct ppm_task_request request = { .model_path = driver->options.arguments[0], .against = driver->options.values[PPM_OPTION_AGAINST], .all = true };
	const enum format format = take_format(driver);
	struct ppm_slice *values = NULL;
	bool opened = false;
	enum ppm_exit code;

	ppm_arena_init(&lookup.arena, NULL);
	ppm_buffer_init(&lookup.cell, NULL);
	code = take_arguments(&lookup);
	if (!code)
		code = ppm_driver_source_options(driver, &request.source);
	if (!code) {
		request.arguments = lookup.files;
		request.argument_count = lookup.file_count;
		request.source.interrupted = ppm_signals_flag();
		lookup.source = request.source;
		request.compile.output = PPM_OUTPUT_EXPLAIN;
		code = ppm_driver_values(driver, &values, &request.compile.column_count);
		request.compile.columns = values;
	}
	if (!code) {
		opened = true;
		code = ppm_task_open(driver, &lookup.task, &request);
	}
	if (!code) {
		lookup.about = ppm_model_explanation(lookup.task.model);
		lookup.changes = (struct ppm_explain_changes){ .driver = driver, .task = &lookup.task, .about = lookup.about, .source = &lookup.source };
		code = ppm_explain_changes_open(&lookup.changes, &lookup.arena);
	}
	if (!code)
		code = ppm_task_look(driver, &lookup.task, &(struct ppm_rows_request){ look, &lookup, request.source.simd, "nothing is explained" });
	if (!code)
		code = watch_rows(&lookup);
	if (!code && lookup.changes.active)
		code = read_records(&lookup);
	if (!code)
		code = show(&lookup, format);
	ppm_explain_changes_close(&lookup.changes);
	if (opened)
		ppm_task_close(&lookup.task);
	free(values);
	ppm_buffer_free(&lookup.cell);
	ppm_arena_free(&lookup.arena);
	free(lookup.wanted);
	return code;
}

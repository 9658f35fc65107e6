// The main job: a model and a file in, scored rows out.
//
// All that can be refused is refused before an output is opened, and no output is committed before everything went well: what stood in a file
// before a run that fails is still there after it.
#include "lang/driver/progress.h"
#include "lang/driver/signals.h"
#include "lang/driver/summary.h"
#include "lang/driver/terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_ROWS 20       // shown of a result on a terminal
#define TOP_LIMIT 1000000   // rows that --top may keep in memory
#define THREAD_LIMIT 256

struct run {
	struct ppm_driver *driver;
	const char *model_path, *data_path;
	struct ppm_slice dataset;
	const char *output;                // NULL: standard output
	const char *rejects;               // NULL: none
	char *sidecar;                     // OUTPUT.json, NULL: none
	enum ppm_sink_format format;
	bool table;                        // the best rows as a box
	struct ppm_engine_options engine;
	struct ppm_task task;
	struct ppm_sink *sink;
};

// ---- what the command line asks for --------------------------------------------------------------------------

static bool ends_in_ppm(const char *path)
{
	size_t size = strlen(path);
	return size > 4 && !strcmp(path + size - 4, ".ppm");
}

static enum ppm_exit find_data(struct run *run)
{
	const struct ppm_options *options = &run->driver->options;
	struct stat status;

	run->model_path = options->arguments[0];
	if (options->argument_count > 2) {
		bool named = strchr(options->arguments[1], '=') || strchr(options->arguments[2], '=');
		return ppm_driver_usage(run->driver, named ? "give the file of the scored dataset alone" : "score one file at a time", "ppmc reads one data file, and this is a second: `%s`", options->arguments[2]);
	}
	if (options->argument_count == 2) {
		run->data_path = ppm_task_data_argument(options->arguments[1], &run->dataset);
	} else if (isatty(STDIN_FILENO) || fstat(STDIN_FILENO, &status) || S_ISCHR(status.st_mode)) {
		return ppm_driver_usage(run->driver, "write `ppmc MODEL DATA`, or pipe the data in", "no data file is given for the model `%s`", run->model_path);
	} else {
		run->data_path = "-";
	}
	if (ends_in_ppm(run->data_path) && !ends_in_ppm(run->model_path))
		return ppm_driver_usage(run->driver, "the model comes first, then the data", "`%s` is read as the model and `%s` as the data", run->model_path, run->data_path);
	if (!strcmp(run->model_path, "-"))
		return ppm_driver_usage(run->driver, "a model is read from a file", "the model cannot come from standard input");
	if (!strcmp(run->data_path, "-") && isatty(STDIN_FILENO) && !run->driver->quiet)
		ppm_driver_say(run->driver, "note", NULL, "reading the data from the terminal; Ctrl-D ends it");
	return PPM_EXIT_DONE;
}

static enum ppm_exit find_format(struct run *run)
{
	static const struct { const char *extension; enum ppm_sink_format format; } extensions[] = {
		{ ".csv", PPM_SINK_CSV }, { ".json", PPM_SINK_JSON }, { ".ndjson", PPM_SINK_NDJSON }, { ".jsonl", PPM_SINK_NDJSON }, { ".md", PPM_SINK_MARKDOWN }, { ".txt", PPM_SINK_BOX },
	};
	static const struct { const char *word; enum ppm_sink_format format; } words[] = {
		{ "csv", PPM_SINK_CSV }, { "json", PPM_SINK_JSON }, { "ndjson", PPM_SINK_NDJSON }, { "markdown", PPM_SINK_MARKDOWN }, { "box", PPM_SINK_BOX },
	};
	const char *word = run->driver->options.values[PPM_OPTION_FORMAT], *name, *dot;

	run->output = run->driver->options.values[PPM_OPTION_OUTPUT];
	if (run->output && !*run->output)
		return ppm_driver_usage(run->driver, "write `-o scored.csv`", "`--output` has no file name");
	if (run->output && !strcmp(run->output, "-"))
		run->output = NULL;
	run->format = PPM_SINK_CSV;
	if (!run->output)
		run->table = run->driver->terminal_out && !word;
	for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
		if (!strcmp(word, words[i].word))
			run->format = words[i].format;
	name = run->output ? strrchr(run->output, '/') ? strrchr(run->output, '/') + 1 : run->output : NULL;
	dot = name ? strrchr(name, '.') : NULL;
	if (dot && dot != name && !word) {
		bool known = false;
		for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
			if (!strcmp(dot, extensions[i].extension)) {
				run->format = extensions[i].format;
				known = true;
			}
		if (!known)
			return ppm_driver_usage(run->driver, "use .csv .json .ndjson .jsonl .md or .txt, or say `--format csv`", "no format goes with the extension `%s` of `%s`", dot, run->output);
	}
	run->table = run->table || run->format == PPM_SINK_BOX;
	if (run->table)
		run->format = PPM_SINK_BOX;
	return PPM_EXIT_DONE;
}

static enum ppm_exit find_numbers(struct run *run)
{
	const struct ppm_options *options = &run->driver->options;
	const char *top = options->values[PPM_OPTION_TOP], *threads = options->values[PPM_OPTION_THREADS], *errors = options->values[PPM_OPTION_MAX_ERRORS];
	uint64_t value;

	if (threads) {
		if (!ppm_options_number(threads, 1, THREAD_LIMIT, &value))
			return ppm_driver_usage(run->driver, "it is a whole number from 1 to 256", "`--threads` cannot be `%s`", threads);
		run->engine.threads = (unsigned)value;
	}
	if (top) {
		if (!ppm_options_number(top, 1, TOP_LIMIT, &value))
			return ppm_driver_usage(run->driver, "it is a whole number from 1 to 1000000", "`--top` cannot be `%s`", top);
		run->engine.top = (uint32_t)value;
	}
	if (errors) {
		if (!ppm_options_number(errors, 1, UINT64_MAX, &value))
			return ppm_driver_usage(run->driver, "it is a whole number of at least 1", "`--max-errors` cannot be `%s`", errors);
		run->engine.max_errors = value;
	}
	if (run->table) {
		run->engine.sample = run->engine.top ? run->engine.top : TABLE_ROWS;
		run->engine.top = 0;
	}
	return PPM_EXIT_DONE;
}

// ---- files that must not be the same ----------------------------------------------------------------------------

// Whether both paths are one file: the same inode, or, where neither is there yet, the same name in the same folder. Devices and pipes may be shared.
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	bool has_a = !stat(a, &x), has_b = !stat(b, &y);
	char folder_a[PATH_MAX], folder_b[PATH_MAX], path[PATH_MAX];
	const char *paths[2] = { a, b }, *names[2];
	char *folders[2] = { folder_a, folder_b };

	if (has_a && has_b)
		return x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
	if (has_a || has_b)
		return false;
	for (int i = 0; i < 2; i++) {
		const char *slash = strrchr(paths[i], '/');
		size_t size = slash ? (size_t)(slash - paths[i]) + 1 : 0;
		if (size >= sizeof path)
			return false;
		memcpy(path, paths[i], size);
		path[size] = 0;
		names[i] = paths[i] + size;
		if (!realpath(size ? path : ".", folders[i]))
			return false;
	}
	return !strcmp(folder_a, folder_b) && !strcmp(names[0], names[1]);
}

static bool descriptor_is_file(int descriptor, const char *path)
{
	struct stat a, b;

	return !fstat(descriptor, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino && S_ISREG(a.st_mode);
}

static enum ppm_exit check_output(struct run *run, const char *output, const char *what)
{
	const char *input = NULL;

	if (!output)
		return PPM_EXIT_DONE;
	if (same_file(output, run->model_path))
		input = "the model";
	if (strcmp(run->data_path, "-") ? same_file(output, run->data_path) : descriptor_is_file(STDIN_FILENO, output))
		input = "the data";
	for (const struct ppm_file *file = run->task.files ? run->task.files->first : NULL; file && !input; file = file->next) {
		struct stat status;
		if (!stat(output, &status) && (uint64_t)status.st_dev == file->device && (uint64_t)status.st_ino == file->inode && S_ISREG(status.st_mode))
			input = "a file of the model";
	}
	if (input)
		return ppm_driver_usage(run->driver, "give another file", "`%s`, where %s go, is %s itself", output, what, input);
	return PPM_EXIT_DONE;
}

static enum ppm_exit check_outputs(struct run *run)
{
	const char *outputs[3] = { run->output, run->rejects, run->sidecar };
	static const char *const what[3] = { "the results", "the rejects", "the results' origins" };
	enum ppm_exit code;

	for (int i = 0; i < 3; i++) {
		code = check_output(run, outputs[i], what[i]);
		if (code)
			return code;
		for (int j = 0; j < i; j++)
			if (outputs[i] && outputs[j] && same_file(outputs[i], outputs[j]))
				return ppm_driver_usage(run->driver, "give two different files", "%s and %s would both go to `%s`", what[j], what[i], outputs[i]);
	}
	if (!run->output && strcmp(run->data_path, "-") && descriptor_is_file(STDOUT_FILENO, run->data_path))
		return ppm_driver_usage(run->driver, "give another file", "standard output is the data file `%s` itself", run->data_path);
	return PPM_EXIT_DONE;
}

static enum ppm_exit find_files(struct run *run)
{
	run->rejects = run->driver->options.values[PPM_OPTION_REJECTS];
	if (run->rejects && (!*run->rejects || !strcmp(run->rejects, "-")))
		return ppm_driver_usage(run->driver, "write `--rejects rejects.csv`", "`--rejects` needs a file");
	run->engine.rejects = run->rejects != NULL;
	if (run->driver->options.given[PPM_OPTION_PROVENANCE] && (run->format == PPM_SINK_CSV || run->format == PPM_SINK_NDJSON)) {
		if (!run->output)
			return ppm_driver_usage(run->driver, "add `-o scored.csv`, or `--format json`", "`--provenance` has no place in %s on standard output", run->format == PPM_SINK_CSV ? "CSV" : "NDJSON");
		if (asprintf(&run->sidecar, "%s.json", run->output) < 0) {
			run->sidecar = NULL;
			return ppm_driver_memory(run->driver);
		}
	}
	return PPM_EXIT_DONE;
}

// ---- the run ------------------------------------------------------------------------------------------------------

static enum ppm_exit write_error(const struct run *run, const char *path, enum ppm_status status, int error)
{
	if (status == PPM_ERROR_PIPE)
		return PPM_EXIT_IO;
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(run->driver);
	return ppm_driver_io(run->driver, "write", path ? path : "-", error);
}

// The engine ended with a failure; what it means in words.
static enum ppm_exit explain(const struct run *run, const struct ppm_engine_report *report, enum ppm_status status, int error)
{
	char a[32], b[32], c[32];

	switch (status) {
	case PPM_ERROR_DATA:
		ppm_driver_data_problems(run->driver, &report->problems, run->data_path, ppm_model_program(run->task.model));
		if (run->engine.max_errors && report->refused >= run->engine.max_errors)
			ppm_driver_say(run->driver, "error", run->rejects ? "raise `--max-errors`, or mend the file" : "`--rejects FILE` puts such rows aside and scores the others",
				"%s: stopped at %s row%s with errors; nothing was written", ppm_driver_file_name(run->data_path), ppm_driver_count(report->refused, a), report->refused == 1 ? "" : "s");
		else
			ppm_driver_say(run->driver, "error", "`--rejects FILE` puts such rows aside and scores the others", "%s: %s problem%s in %s of %s rows; nothing was written",
				ppm_driver_file_name(run->data_path), ppm_driver_count(report->problem_count, a), report->problem_count == 1 ? "" : "s", ppm_driver_count(report->refused, b),
				ppm_driver_count(report->records, c));
		return PPM_EXIT_DATA;
	case PPM_ERROR_INTERRUPTED:
		ppm_driver_say(run->driver, "error", NULL, "interrupted; nothing was written");
		return PPM_EXIT_IO;
	case PPM_ERROR_MEMORY:
		return ppm_driver_memory(run->driver);
	case PPM_ERROR_LIMIT:
		ppm_driver_data_problems(run->driver, &report->problems, run->data_path, ppm_model_program(run->task.model));
		ppm_driver_say(run->driver, "error", report->problem_count ? NULL : "a simpler pattern in `matches` needs fewer steps", "a limit was passed while scoring %s; nothing was written", ppm_driver_file_name(run->data_path));
		return PPM_EXIT_LIMIT;
	case PPM_ERROR_PIPE:
		return PPM_EXIT_IO;
	case PPM_ERROR_IO:
		if (report->rejects_failed || report->output_failed)
			return ppm_driver_io(run->driver, "write", report->rejects_failed ? run->rejects : run->output ? run->output : "-", error);
		return ppm_driver_io(run->driver, "read", run->data_path, error);
	case PPM_ERROR_MODEL:
	case PPM_OK:
		break;
	}
	return PPM_EXIT_BUG;
}

static enum ppm_exit commit(const struct run *run, struct ppm_atomic_file **file, const char *path)
{
	struct ppm_atomic_file *taken = *file;
	enum ppm_status status;

	*file = NULL;
	if (!taken)
		return PPM_EXIT_DONE;
	errno = 0;
	status = ppm_atomic_file_commit(taken);
	return status ? write_error(run, path, status, errno) : PPM_EXIT_DONE;
}

// A whole small file at once.
static enum ppm_exit write_file(const struct run *run, const char *path, const struct ppm_buffer *text)
{
	struct ppm_atomic_file *file = NULL;
	enum ppm_status status;

	if (text->failed)
		return ppm_driver_memory(run->driver);
	errno = 0;
	status = ppm_atomic_file_open(&file, NULL, path);
	if (!status)
		status = ppm_atomic_file_write(file, text->data, text->size);
	if (status) {
		int error = errno;
		ppm_atomic_file_abandon(file);
		return write_error(run, path, status, error);
	}
	return commit(run, &file, path);
}

// The box of the best rows, with the summary above it on a terminal.
static enum ppm_exit write_table(const struct run *run, const struct ppm_engine_report *report)
{
	const struct ppm_driver *driver = run->driver;
	struct ppm_buffer out;
	char a[32], b[32];

	ppm_buffer_init(&out, NULL);
	if (!run->output && driver->terminal_out && !driver->quiet) {
		ppm_summary_write(&run->task, report, &out);
		ppm_summary_findings(&run->task, report, run->rejects, "  ", &out);
		ppm_buffer_append_char(&out, '\n');
	}
	ppm_sink_table(run->sink, PPM_SINK_BOX, report->best_cells, report->best_rows, run->output || !driver->terminal_out ? 0 : ppm_terminal_width(STDOUT_FILENO), !run->output && driver->colour_out, &out);
	if (report->scored > report->best_rows)
		ppm_buffer_format(&out, "the best %s of %s\n", ppm_driver_count(report->best_rows, a), ppm_driver_count(report->scored, b));
	if (driver->options.given[PPM_OPTION_PROVENANCE]) {
		ppm_summary_provenance(&run->task, ppm_source_digest(run->task.source), &out);
		ppm_buffer_append_char(&out, '\n');
	}
	if (run->output) {
		enum ppm_exit code = write_file(run, run->output, &out);
		ppm_buffer_free(&out);
		return code;
	}
	return ppm_driver_print(driver, &out);
}

static void show_summary(const struct run *run, const struct ppm_engine_report *report)
{
	struct ppm_buffer out;
	char a[32], b[32], c[32];

	if (run->driver->quiet || (run->table && !run->output && run->driver->terminal_out))
		return;
	if (run->driver->diagnostics == PPM_DIAG_JSON) {
		ppm_driver_say(run->driver, "note", NULL, "%s rows in = %s scored + %s rejected", ppm_driver_count(report->records, a), ppm_driver_count(report->scored, b), ppm_driver_count(report->refused, c));
		return;
	}
	ppm_buffer_init(&out, NULL);
	if (run->output)
		ppm_summary_write(&run->task, report, &out);
	ppm_summary_findings(&run->task, report, run->rejects, run->output ? "  " : "", &out);
	ppm_driver_print_error(&out);
}

static enum ppm_exit finish(struct run *run, const struct ppm_engine_report *report, struct ppm_atomic_file **output, struct ppm_atomic_file **rejects)
{
	enum ppm_exit code = PPM_EXIT_DONE;

	if (run->table)
		code = write_table(run, report);
	if (!code)
		code = commit(run, output, run->output);
	if (!code)
		code = commit(run, rejects, run->rejects);
	if (!code && run->sidecar) {
		struct ppm_buffer text;
		ppm_buffer_init(&text, NULL);
		ppm_summary_provenance(&run->task, ppm_source_digest(run->task.source), &text);
		ppm_buffer_append_char(&text, '\n');
		code = write_file(run, run->sidecar, &text);
		ppm_buffer_free(&text);
	}
	if (code)
		return code;
	show_summary(run, report);
	return report->refused ? PPM_EXIT_FINDINGS : PPM_EXIT_DONE;
}

static enum ppm_exit open_file(struct run *run, struct ppm_atomic_file **file, const char *path, const char *shown)
{
	enum ppm_status status;

	errno = 0;
	status = ppm_atomic_file_open(file, NULL, path);
	return status ? write_error(run, shown, status, errno) : PPM_EXIT_DONE;
}

static enum ppm_exit execute(struct run *run)
{
	struct ppm_atomic_file *output = NULL, *rejects = NULL;
	struct ppm_engine_report report = { 0 };
	struct ppm_progress progress;
	enum ppm_exit code = PPM_EXIT_DONE;
	enum ppm_status status;
	int error;

	if (!run->table)
		code = open_file(run, &output, run->output ? run->output : "-", run->output);
	if (!code && run->rejects)
		code = open_file(run, &rejects, run->rejects, run->rejects);
	if (code) {
		ppm_atomic_file_abandon(output);
		return code;
	}
	run->engine.interrupted = ppm_signals_flag();
	ppm_progress_begin(&progress);
	if (run->driver->terminal_err && !run->driver->quiet && (run->table || run->output || !run->driver->terminal_out)) {
		run->engine.progress = ppm_progress_show;
		run->engine.progress_context = &progress;
	}
	errno = 0;
	status = ppm_engine_run(&report, NULL, ppm_model_program(run->task.model), run->task.source, run->sink, output, rejects, &run->engine);
	error = errno;
	ppm_progress_end(&progress);
	if (!status && *ppm_signals_flag())
		status = PPM_ERROR_INTERRUPTED;
	code = status ? explain(run, &report, status, error) : finish(run, &report, &output, &rejects);
	ppm_atomic_file_abandon(output);
	ppm_atomic_file_abandon(rejects);
	ppm_engine_report_free(&report);
	return code;
}

static void append_provenance(const void *context, struct ppm_buffer *out)
{
	const struct run *run = context;

	ppm_summary_provenance(&run->task, ppm_source_digest(run->task.source), out);
}

static enum ppm_exit prepare(struct run *run)
{
	struct ppm_source_options source;
	struct ppm_sink_options sink = { .excel_safe = run->driver->options.given[PPM_OPTION_EXCEL_SAFE] };
	bool provenance = run->driver->options.given[PPM_OPTION_PROVENANCE];
	enum ppm_exit code = ppm_driver_source_options(run->driver, &source);

	if (!code)
		code = find_data(run);
	if (!code)
		code = find_format(run);
	if (!code)
		code = find_numbers(run);
	if (!code)
		code = find_files(run);
	if (!code)
		code = check_outputs(run);
	if (code)
		return code;
	source.interrupted = ppm_signals_flag();
	source.keep_records = run->rejects != NULL;
	if (run->rejects)
		source.keep_problems = UINT64_MAX; // every refused row has to be in the file
	run->engine.simd = source.simd;
	code = ppm_task_open(run->driver, &run->task, run->model_path, run->data_path, &source, provenance);
	if (!code)
		code = ppm_task_check_dataset(run->driver, &run->task, run->dataset);
	if (!code)
		code = check_outputs(run); // once more: now the files that the model uses are known
	if (code)
		return code;
	if (provenance && !run->sidecar && !run->table)
		sink.provenance = append_provenance;
	sink.provenance_context = run;
	sink.format = run->format;
	run->sink = ppm_sink_new(NULL, ppm_model_program(run->task.model), run->task.source, &sink);
	return run->sink ? PPM_EXIT_DONE : ppm_driver_memory(run->driver);
}

enum ppm_exit ppm_verb_run(struct ppm_driver *driver)
{
	struct run run = { .driver = driver };
	enum ppm_exit code;

	code = prepare(&run);
	if (!code)
		code = execute(&run);
	ppm_sink_free(run.sink);
	ppm_task_close(&run.task);
	free(run.sidecar);
	return code;
}

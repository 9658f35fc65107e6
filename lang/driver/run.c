// The main job: a model and its files in, scored rows out.
//
// All that can be refused is refused before an output is opened, and no output is committed before everything went well: what stood in a file
// before a run that fails is still there after it.
#include "lang/driver/progress.h"
#include "lang/driver/signals.h"
#include "lang/driver/summary.h"
#include "lang/driver/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TABLE_ROWS 20     // shown of a result on a terminal
#define TOP_LIMIT 1000000 // rows that --top may keep in memory
#define THREAD_LIMIT 256
#define LEFT_OUT_SHOWN 8

struct run {
	struct ppm_driver *driver;
	struct ppm_outs outs;
	struct ppm_out *result;         // the first of them
	bool table;                     // the best rows as a box
	bool report_above;              // the summary stands above the table, on the terminal
	struct ppm_job_options options; // `engine` is for a model that streams, too
	struct ppm_sink_options sink;
	struct ppm_task task;
};

// ---- what the command line asks for --------------------------------------------------------------------------

// Half of the machine's memory, or of what the process may use of it.
static uint64_t default_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t all = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
	FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
	unsigned long long most;

	if (file && fscanf(file, "%llu", &most) == 1 && most > 0 && (!all || most < all))
		all = most;
	if (file)
		fclose(file);
	return all / 2;
}

enum ppm_exit ppm_driver_memory_limit(const struct ppm_driver *driver, uint64_t *limit)
{
	const char *memory = driver->options.values[PPM_OPTION_MEMORY];

	if (!memory)
		*limit = default_memory();
	else if (!ppm_options_size(memory, limit))
		return ppm_driver_usage(driver, "write a size with its unit, such as 500MB, 2GB or 2GiB", "`--memory` cannot be `%s`", memory);
	return PPM_EXIT_DONE;
}

static enum ppm_exit find_numbers(struct run *run)
{
	const struct ppm_options *options = &run->driver->options;
	const char *top = options->values[PPM_OPTION_TOP], *threads = options->values[PPM_OPTION_THREADS], *errors = options->values[PPM_OPTION_MAX_ERRORS];
	struct ppm_engine_options *engine = &run->options.engine;
	uint64_t value;

	if (threads) {
		if (!ppm_options_number(threads, 1, THREAD_LIMIT, &value))
			return ppm_driver_usage(run->driver, "it is a whole number from 1 to 256", "`--threads` cannot be `%s`", threads);
		engine->threads = (unsigned)value;
	}
	if (top) {
		if (!ppm_options_number(top, 1, TOP_LIMIT, &value))
			return ppm_driver_usage(run->driver, "it is a whole number from 1 to 1000000", "`--top` cannot be `%s`", top);
		engine->top = (uint32_t)value;
	}
	if (errors) {
		if (!ppm_options_number(errors, 1, UINT64_MAX, &value))
			return ppm_driver_usage(run->driver, "it is a whole number of at least 1", "`--max-errors` cannot be `%s`", errors);
		engine->max_errors = value;
	}
	if (ppm_driver_memory_limit(run->driver, &run->options.memory_limit))
		return PPM_EXIT_USAGE;
	if (run->table) {
		engine->sample = engine->top ? engine->top : TABLE_ROWS;
		engine->top = 0;
	}
	return PPM_EXIT_DONE;
}

static void append_provenance(const void *context, struct ppm_buffer *out)
{
	const struct run *run = context;

	ppm_summary_provenance(&run->task, out);
}

// ---- failures in words --------------------------------------------------------------------------------------------

// Files appear whole or not at all; what goes straight out is on its way as soon as it is scored.
static const char *written(const struct run *run)
{
	for (size_t i = 0; i < run->outs.count; i++)
		if (run->outs.items[i].file && ppm_atomic_file_is_out(run->outs.items[i].file))
			return "what was written is not the whole result";
	return "nothing was written";
}

static void explain_data(const struct run *run, const struct ppm_input *input, const struct ppm_data_problems *problems, uint64_t records, uint64_t refused, uint64_t problem_count)
{
	const struct ppm_driver *driver = run->driver;
	uint64_t most = run->options.engine.max_errors;
	struct ppm_buffer help;
	const char *advice;
	char a[32], b[32], c[32];
	bool first = input == &run->task.inputs[0] || input == &run->task.against;

	if (!problem_count)
		return;
	ppm_driver_data_problems(driver, problems, input->shown, ppm_model_program(run->task.model));
	ppm_buffer_init(&help, NULL);
	if (first)
		ppm_buffer_append_text(&help, "`--rejects FILE` puts such rows aside and scores the others");
	else
		ppm_buffer_format(&help, "`--rejects %.*s=FILE` puts such rows aside and goes on without them", (int)input->dataset.size, input->dataset.data);
	advice = ppm_driver_text(driver, &help);
	if (most && refused >= most)
		ppm_driver_say(driver, "error", input->rejects ? "raise `--max-errors`, or mend the file" : advice, "%s: stopped at %s row%s with errors; %s", input->shown,
			ppm_driver_count(refused, a), refused == 1 ? "" : "s", written(run));
	else if (input->rejects || !refused)
		ppm_driver_say(driver, "error",
			problems->first && problems->first->code == PPM_DATA_CIRCLE ? "`on cycle break` behind the tree cuts circles open, and counts them" : NULL,
			"%s: %s problem%s; %s", input->shown, ppm_driver_count(problem_count, a), problem_count == 1 ? "" : "s", written(run));
	else
		ppm_driver_say(driver, "error", advice, "%s: %s problem%s in %s of %s rows; %s", input->shown, ppm_driver_count(problem_count, a), problem_count == 1 ? "" : "s",
			ppm_driver_count(refused, b), ppm_driver_count(records, c), written(run));
	ppm_buffer_free(&help);
}

// Every input with problems that nobody asked to put aside, and the one that ended the run.
static void explain_all_data(const struct run *run, const struct ppm_run_report *report)
{
	const struct ppm_job_report *job = report->job;

	if (!job) {
		explain_data(run, &run->task.inputs[0], &report->scored->problems, report->scored->records, report->scored->refused, report->scored->problem_count);
		return;
	}
	for (uint32_t i = 0; i <= run->task.input_count; i++) {
		bool against = i == run->task.input_count;
		const struct ppm_input *input = against ? &run->task.against : &run->task.inputs[i];
		const struct ppm_job_input_report *said = against ? &job->against : &job->inputs[input->table];
		bool failed = job->failed_input == input->table && job->failed_against == against;
		if (input->path && (!input->rejects || failed || !said->refused))
			explain_data(run, input, &said->problems, said->records, said->refused, said->problem_count);
	}
}

// Figures of groups, or of all rows, that pass their range: they belong to no file.
static void explain_figures(const struct run *run, const struct ppm_job_report *report)
{
	const struct ppm_job *job = ppm_model_job(run->task.model);

	for (uint32_t i = 0; i < job->table_count; i++) {
		const struct ppm_table *table = &job->tables[i];
		char name[200];
		if (table->kind == PPM_TABLE_FILE || !report->inputs[i].problem_count)
			continue;
		ppm_task_table_name(table, name);
		ppm_driver_data_problems(run->driver, &report->inputs[i].problems, name, ppm_model_program(run->task.model));
		ppm_driver_say(run->driver, "error", NULL, "%s: a figure passes its range; %s", name, written(run));
	}
}

// The input that could not be read, or NULL.
static const struct ppm_input *failed_input(const struct run *run, const struct ppm_run_report *report)
{
	const struct ppm_task *task = &run->task;

	if (!report->job)
		return &task->inputs[0];
	if (report->job->failed_input != PPM_NO_INDEX && report->job->failed_against)
		return &task->against;
	for (uint32_t i = 0; i < task->input_count; i++)
		if (report->job->failed_input == task->inputs[i].table)
			return &task->inputs[i];
	return NULL;
}

// The run ended with a failure; what it means in words.
static enum ppm_exit explain(const struct run *run, const struct ppm_run_report *report, enum ppm_status status, int error)
{
	const struct ppm_driver *driver = run->driver;
	const struct ppm_input *input = failed_input(run, report);
	const struct ppm_out *failed;

	switch (status) {
	case PPM_ERROR_DATA:
		explain_all_data(run, report);
		if (report->job)
			explain_figures(run, report->job);
		return PPM_EXIT_DATA;
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(driver, "error", NULL, "interrupted; %s", written(run)); return PPM_EXIT_IO;
	case PPM_ERROR_MEMORY: return ppm_driver_memory(driver);
	case PPM_ERROR_LIMIT:
		if (input) {
			const struct ppm_data_problems *problems = !report->job ? &report->scored->problems
				: input == &run->task.against                   ? &report->job->against.problems
										: &report->job->inputs[input->table].problems;
			ppm_driver_data_problems(driver, problems, input->shown, ppm_model_program(run->task.model));
			ppm_driver_say(driver, "error", problems->count ? NULL : "a simpler pattern in `matches` needs fewer steps", "a limit was passed while scoring %s; %s",
				input->shown, written(run));
		} else {
			ppm_driver_say(driver, "error", NULL, "a limit was passed: the model makes more than 4,294,967,294 rows; %s", written(run));
		}
		return PPM_EXIT_LIMIT;
	case PPM_ERROR_PIPE: return PPM_EXIT_IO;
	case PPM_ERROR_IO:
		failed = ppm_outs_failed(&run->outs);
		if (failed)
			return ppm_driver_io(driver, "write", failed->path, ppm_atomic_file_failure(failed->file));
		if (input)
			return ppm_driver_io(driver, "read", input->shown, error);
		ppm_driver_say(driver, "error", "`--memory SIZE` keeps more in memory; TMPDIR names another folder", "cannot write temporary files in `%s`: %s",
			getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", error == ENOENT ? "there is no such folder" : ppm_driver_reason(error));
		return PPM_EXIT_IO;
	case PPM_ERROR_MODEL:
	case PPM_OK: break;
	}
	return PPM_EXIT_BUG;
}

// ---- results ------------------------------------------------------------------------------------------------------

static uint32_t width_of(const struct run *run)
{
	return strcmp(run->result->path, "-") != 0 || !run->driver->terminal_out ? 0 : ppm_terminal_width(STDOUT_FILENO);
}

static bool colour_of(const struct run *run)
{
	return !strcmp(run->result->path, "-") && run->driver->colour_out;
}

// The summaries that no file was asked for, below the best rows.
static void append_summaries(const struct run *run, const struct ppm_job_report *report, struct ppm_buffer *out)
{
	char a[32], b[32];

	for (uint32_t i = 0; i < report->table_count; i++) {
		const struct ppm_job_table *table = &report->tables[i];
		uint64_t shown = table->rows < TABLE_ROWS ? table->rows : TABLE_ROWS;
		if (!table->name.size || ppm_outs_find(&run->outs, PPM_OUT_SUMMARY, table->name))
			continue;
		ppm_buffer_format(out, "\n%.*s\n", (int)table->name.size, table->name.data);
		ppm_sink_table(table->sink, PPM_SINK_BOX, table->cells, shown, width_of(run), colour_of(run), out);
		if (shown < table->rows)
			ppm_buffer_format(out, "the first %s of %s; `--summary %.*s=FILE` writes them all\n", ppm_driver_count(shown, a), ppm_driver_count(table->rows, b),
				(int)table->name.size, table->name.data);
	}
}

// The box of the best rows, with the summary above it on a terminal, metrics and summaries below it.
static enum ppm_exit write_table(const struct run *run, const struct ppm_run_report *report, const struct ppm_sink *sink)
{
	const struct ppm_driver *driver = run->driver;
	const struct ppm_engine_report *scored = report->scored;
	struct ppm_buffer out;
	char a[32], b[32];
	enum ppm_exit code;

	ppm_buffer_init(&out, NULL);
	if (run->report_above) {
		struct ppm_findings findings = { .outs = &run->outs, .indent = "  ", .all = true };
		ppm_summary_write(&run->task, report, &out);
		ppm_summary_findings(&run->task, report, &findings, &out);
		ppm_buffer_append_char(&out, '\n');
	}
	ppm_sink_table(sink, PPM_SINK_BOX, scored->best_cells, scored->best_rows, width_of(run), colour_of(run), &out);
	if (scored->scored > scored->best_rows)
		ppm_buffer_format(&out, "the best %s of %s\n", ppm_driver_count(scored->best_rows, a), ppm_driver_count(scored->scored, b));
	if (report->job) {
		if (!run->report_above && !ppm_outs_find(&run->outs, PPM_OUT_METRICS, PPM_SLICE(""))) {
			size_t before = out.size;
			ppm_buffer_append_char(&out, '\n');
			ppm_summary_metrics(&run->task, report->job, "", &out);
			out.size = out.size == before + 1 ? before : out.size;
		}
		append_summaries(run, report->job, &out);
	}
	if (driver->options.given[PPM_OPTION_PROVENANCE]) {
		ppm_summary_provenance(&run->task, &out);
		ppm_buffer_append_char(&out, '\n');
	}
	code = ppm_out_write(driver, run->result, &out);
	ppm_buffer_free(&out);
	return code;
}

// Metrics and summaries into their files.
static enum ppm_exit write_tables(const struct run *run, const struct ppm_job_report *report)
{
	enum ppm_exit code = PPM_EXIT_DONE;

	for (uint32_t i = 0; i < report->table_count && !code; i++) {
		const struct ppm_job_table *table = &report->tables[i];
		struct ppm_out *out = ppm_outs_find(&run->outs, table->name.size ? PPM_OUT_SUMMARY : PPM_OUT_METRICS, table->name);
		struct ppm_buffer text;
		if (!out)
			continue;
		ppm_buffer_init(&text, NULL);
		ppm_sink_table(table->sink, out->format, out->format == PPM_SINK_JSON || out->format == PPM_SINK_NDJSON ? table->json : table->cells, table->rows, 0, false, &text);
		code = ppm_out_write(run->driver, out, &text);
		ppm_buffer_free(&text);
	}
	return code;
}

// What is said when all is written. It is made before, since memory that ran out then would leave results of a run that failed.
static void append_summary(const struct run *run, const struct ppm_run_report *report, struct ppm_buffer *out)
{
	bool json = run->driver->diagnostics == PPM_DIAG_JSON, to_file = strcmp(run->result->path, "-") != 0;
	struct ppm_findings findings = { .outs = &run->outs, .indent = to_file ? "  " : "", .json = json, .all = to_file, .summaries = !run->table };

	if (run->driver->quiet || run->report_above)
		return;
	findings.metrics = (json || !to_file) && !run->table && !ppm_outs_find(&run->outs, PPM_OUT_METRICS, PPM_SLICE(""));
	// rows to compare with are in no result, so that those with errors go to no file either
	if (report->job && report->job->against.refused)
		ppm_driver_append_problems(run->driver, &report->job->against.problems, run->task.against.shown, ppm_model_program(run->task.model), out);
	if (to_file && !json)
		ppm_summary_write(&run->task, report, out);
	ppm_summary_findings(&run->task, report, &findings, out);
}

// A file that was scored before has columns called as the model's own.
static void append_left_out(const struct run *run, const struct ppm_sink *sink, struct ppm_buffer *out)
{
	uint32_t count;
	const struct ppm_slice *names = ppm_sink_left_out(sink, &count);
	struct ppm_buffer list, help;

	if (!count || run->driver->quiet)
		return;
	ppm_buffer_init(&list, NULL);
	ppm_buffer_init(&help, NULL);
	for (uint32_t i = 0; i < count && i < LEFT_OUT_SHOWN; i++)
		ppm_buffer_format(&list, "%s`%.*s`", !i ? "" : i + 1 == count ? " and " : ", ", (int)names[i].size, names[i].data);
	if (count > LEFT_OUT_SHOWN)
		ppm_buffer_format(&list, " and %u more", count - LEFT_OUT_SHOWN);
	ppm_buffer_format(&help, "to keep %s, declare %s under another name (`old text from \"%.*s\"`) and list that name in `output` or `--columns`",
		count == 1 ? "both" : "them", count == 1 ? "it" : "each", (int)names[0].size, names[0].data);
	ppm_driver_append_message(run->driver, out, "note", ppm_driver_text(run->driver, &help), "the file's column%s %s %s left out: the model puts out %s", count == 1 ? "" : "s",
		ppm_driver_text(run->driver, &list), count == 1 ? "is" : "are", count == 1 ? "one of that name" : "columns of these names");
	ppm_buffer_free(&list);
	ppm_buffer_free(&help);
}

static enum ppm_exit finish(struct run *run, const struct ppm_run_report *report, const struct ppm_sink *sink)
{
	struct ppm_out *origin = ppm_outs_find(&run->outs, PPM_OUT_ORIGIN, PPM_SLICE(""));
	struct ppm_buffer said;
	enum ppm_exit code = PPM_EXIT_DONE;

	if (run->table)
		code = write_table(run, report, sink);
	if (!code && report->job)
		code = write_tables(run, report->job);
	if (!code && origin) {
		struct ppm_buffer text;
		ppm_buffer_init(&text, NULL);
		ppm_summary_provenance(&run->task, &text);
		ppm_buffer_append_char(&text, '\n');
		code = ppm_out_write(run->driver, origin, &text);
		ppm_buffer_free(&text);
	}
	ppm_buffer_init(&said, NULL);
	if (!code) {
		append_left_out(run, sink, &said);
		append_summary(run, report, &said);
	}
	if (!code && said.failed)
		code = ppm_driver_memory(run->driver);
	if (!code)
		code = ppm_outs_commit(&run->outs, run->driver);
	if (code) {
		ppm_buffer_free(&said);
		return code;
	}
	ppm_driver_print_error(run->driver, &said);
	return ppm_summary_has_rejects(&run->task, report) ? PPM_EXIT_FINDINGS : PPM_EXIT_DONE;
}

// ---- the run --------------------------------------------------------------------------------------------------------

static struct ppm_atomic_file *rejects_file(const struct run *run, const struct ppm_input *input)
{
	for (size_t i = 0; i < run->outs.count; i++)
		if (run->outs.items[i].role == PPM_OUT_REJECTS && input->rejects == run->outs.items[i].path)
			return run->outs.items[i].file;
	return NULL;
}

static enum ppm_exit stream(struct run *run)
{
	const struct ppm_program *program = ppm_model_program(run->task.model);
	const struct ppm_input *input = &run->task.inputs[0];
	struct ppm_sink *sink = ppm_sink_new(NULL, program, input->source, &run->sink);
	struct ppm_engine_report scored = { 0 };
	struct ppm_run_report report = { .scored = &scored };
	enum ppm_status status;
	enum ppm_exit code;
	int error;

	if (!sink)
		return ppm_driver_memory(run->driver);
	run->options.engine.rejects = input->rejects != NULL;
	errno = 0;
	status = ppm_engine_run(&scored, NULL, program, input->source, sink, run->table ? NULL : run->result->file, rejects_file(run, input), &run->options.engine);
	error = errno;
	report.seconds = scored.seconds;
	ppm_progress_end(run->options.engine.progress_context);
	if (!status && ppm_signalled(ppm_signals_flag()))
		status = PPM_ERROR_INTERRUPTED;
	code = status ? explain(run, &report, status, error) : finish(run, &report, sink);
	ppm_engine_report_free(&scored);
	ppm_sink_free(sink);
	return code;
}

static enum ppm_exit run_job(struct run *run)
{
	const struct ppm_job *job = ppm_model_job(run->task.model);
	struct ppm_job_input *inputs = calloc((size_t)job->table_count + 1, sizeof *inputs);
	struct ppm_job_report said = { 0 };
	struct ppm_run_report report = { .scored = &said.scored, .job = &said };
	enum ppm_status status;
	enum ppm_exit code;
	int error;

	if (!inputs)
		return ppm_driver_memory(run->driver);
	for (uint32_t i = 0; i < run->task.input_count; i++) {
		const struct ppm_input *input = &run->task.inputs[i];
		inputs[input->table] = (struct ppm_job_input){ .source = input->source, .rejects = rejects_file(run, input), .keep_rejects = input->rejects != NULL };
		if (i == 0)
			inputs[input->table].against = run->task.against.source;
	}
	run->options.sink = &run->sink;
	errno = 0;
	status = ppm_job_run(&said, NULL, job, inputs, run->table ? NULL : run->result->file, &run->options);
	error = errno;
	report.seconds = said.seconds;
	ppm_progress_end(run->options.engine.progress_context);
	if (!status && ppm_signalled(ppm_signals_flag()))
		status = PPM_ERROR_INTERRUPTED;
	code = status ? explain(run, &report, status, error) : finish(run, &report, said.sink);
	ppm_job_report_free(&said);
	free(inputs);
	return code;
}

static enum ppm_exit execute(struct run *run)
{
	struct ppm_progress progress;
	enum ppm_exit code = ppm_outs_open(&run->outs, run->driver);

	if (code)
		return code;
	run->options.engine.interrupted = ppm_signals_flag();
	run->options.engine.progress_context = &progress;
	ppm_progress_begin(&progress);
	if (run->driver->terminal_err && !run->driver->quiet && (run->table || strcmp(run->result->path, "-") != 0 || !run->driver->terminal_out))
		run->options.engine.progress = ppm_progress_show;
	return ppm_model_job(run->task.model) ? run_job(run) : stream(run);
}

static enum ppm_exit prepare(struct run *run)
{
	const struct ppm_options *options = &run->driver->options;
	struct ppm_task_request request = { .model_path = options->arguments[0],
		.arguments = options->arguments + 1,
		.argument_count = options->argument_count - 1,
		.against = options->values[PPM_OPTION_AGAINST],
		.all = true,
		.digest = options->given[PPM_OPTION_PROVENANCE] };
	enum ppm_exit code = ppm_driver_source_options(run->driver, &request.source);

	if (!code)
		code = ppm_outs_take(&run->outs, run->driver);
	if (code)
		return code;
	run->result = &run->outs.items[0];
	run->table = run->result->format == PPM_SINK_BOX;
	run->report_above = run->table && !strcmp(run->result->path, "-") && run->driver->terminal_out && !run->driver->quiet;
	code = find_numbers(run);
	if (!code)
		code = ppm_outs_check(&run->outs, run->driver, request.model_path);
	if (code)
		return code;
	request.source.interrupted = ppm_signals_flag();
	request.compile.check_all = run->result->format == PPM_SINK_JSON || run->result->format == PPM_SINK_NDJSON;
	request.source.keep_records = options->given[PPM_OPTION_REJECTS];
	if (options->given[PPM_OPTION_REJECTS])
		request.source.keep_problems = UINT64_MAX; // every refused row has to be in the file
	run->options.engine.simd = request.source.simd;
	code = ppm_task_open(run->driver, &run->task, &request);
	if (!code)
		code = ppm_outs_check_task(&run->outs, run->driver, &run->task);
	run->sink = (struct ppm_sink_options){ .format = run->result->format, .excel_safe = options->given[PPM_OPTION_EXCEL_SAFE], .delimiter = request.source.delimiter };
	if (request.digest && !run->table && !ppm_outs_find(&run->outs, PPM_OUT_ORIGIN, PPM_SLICE(""))) {
		run->sink.provenance = append_provenance;
		run->sink.provenance_context = run;
	}
	return code;
}

enum ppm_exit ppm_verb_run(struct ppm_driver *driver)
{
	struct run run = { .driver = driver };
	enum ppm_exit code = prepare(&run);

	if (!code)
		code = execute(&run);
	ppm_outs_free(&run.outs);
	ppm_task_close(&run.task);
	return code;
}

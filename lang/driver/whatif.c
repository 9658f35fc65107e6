// `ppmc whatif MODEL DATA --vary NAME=VALUES`: the model under other values of its params, beside itself.
//
// The model is compiled three times or more: as it is, to find its files and to say what is wrong with it; then every variant once, to learn which fields and texts all of them need together; and once
// more when it is its turn, with all texts. Only then, and only once, are the files read.
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"
#include "lang/whatif/variants.h"

#include <errno.h>
#include <stdlib.h>

#define TOP 20
#define TOP_LIMIT 1000000
#define TOLD_VARIANTS 3 // whose left out rows are told one by one

struct whatif {
	const struct ppm_driver *driver;
	struct ppm_task_request request;
	struct ppm_arena arena;
	struct ppm_task task; // as the model is
	bool opened;
	struct ppm_task *more; // of variants that need other files than that
	size_t more_count;
	struct ppm_slice *values;
	size_t value_count;
	struct ppm_vary *axes;
	size_t axis_count;
	struct ppm_slice *scenarios; // by name
	size_t scenario_count;
	struct ppm_whatif_about about;
	struct ppm_whatif_variants variants;
	size_t compared; // variants before those of the bars
	struct ppm_whatif_measure measure;
	struct ppm_kept_data *data;
	size_t *wanted_by;       // [file of the data]: the first variant that reads it
	struct ppm_model **kept; // models whose columns the data has
	size_t kept_count;
	struct ppm_slice *texts; // of all programs
	size_t text_count;
	struct ppm_whatif_run_options run;
	uint32_t scored_file;
	struct ppm_whatif whatif;
	bool ready;
};

#define SHOW(slice) (int)(slice).size, (slice).data

// Says what `problem` and `help` hold, and frees them.
static enum ppm_exit refuse(const struct whatif *w, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	enum ppm_exit code;

	if (w->arena.failed || problem->failed || help->failed || !problem->size) {
		code = ppm_driver_memory(w->driver);
	} else {
		ppm_buffer_append_char(problem, 0);
		ppm_buffer_append_char(help, 0);
		code = problem->failed || help->failed ? ppm_driver_memory(w->driver) : ppm_driver_usage(w->driver, help->data[0] ? help->data : NULL, "%s", problem->data);
	}
	ppm_buffer_free(problem);
	ppm_buffer_free(help);
	return code;
}

// ---- the command line ------------------------------------------------------------------------------------------

static enum ppm_exit take_options(struct whatif *w)
{
	const struct ppm_driver *driver = w->driver;
	const struct ppm_options *given = &driver->options;
	const char *top = given->values[PPM_OPTION_TOP], *threads = given->values[PPM_OPTION_THREADS], *format = given->values[PPM_OPTION_FORMAT];
	enum ppm_exit code = ppm_driver_source_options(driver, &w->request.source);
	uint64_t value = TOP;

	if (!code && format && !strcmp(format, "ndjson"))
		code = ppm_driver_usage(driver, "it writes json, csv, markdown or a table", "`whatif` writes no `%s`", format);
	if (!code && format && !strcmp(format, "csv") && given->given[PPM_OPTION_TORNADO]) // a row a variant has no place for it
		code = ppm_driver_usage(driver, "write it as json or markdown; csv has a row for each variant", "`--tornado` is not written as csv");
	if (!code && top && !ppm_options_number(top, 1, TOP_LIMIT, &value))
		code = ppm_driver_usage(driver, "it is a whole number from 1 to 1000000", "`--top` cannot be `%s`", top);
	w->about.top = (uint32_t)value;
	value = 0;
	if (!code && threads && !ppm_options_number(threads, 1, 256, &value))
		code = ppm_driver_usage(driver, "it is a whole number from 1 to 256", "`--threads` cannot be `%s`", threads);
	w->run = (struct ppm_whatif_run_options){ .threads = (unsigned)value, .simd = w->request.source.simd, .interrupted = ppm_signals_flag() };
	if (!code)
		code = ppm_driver_memory_limit(driver, &w->run.memory_limit);
	if (!code)
		code = ppm_driver_values(driver, &w->values, &w->value_count);
	w->request.source.interrupted = ppm_signals_flag();
	return code;
}

static enum ppm_exit check_bars(const struct whatif *w)
{
	if (w->driver->options.given[PPM_OPTION_TORNADO] && !w->variants.bar_count)
		return ppm_driver_usage(w->driver, "it shows what the numeric params of a model do; this one has none that has room", "there is nothing for `--tornado` to show");
	return PPM_EXIT_DONE;
}

// What is to be compared, once the model is known.
static enum ppm_exit take_variants(struct whatif *w)
{
	const struct ppm_options *given = &w->driver->options;
	const struct ppm_plan *plan = ppm_model_plan(w->task.model);
	struct ppm_buffer problem, help;
	bool fine;

	ppm_buffer_init(&problem, NULL);
	ppm_buffer_init(&help, NULL);
	w->axes = ppm_arena_allocate(&w->arena, given->repeated_count + 1, sizeof *w->axes);
	w->scenarios = ppm_arena_allocate(&w->arena, given->repeated_count + 1, sizeof *w->scenarios);
	fine = w->axes && w->scenarios && ppm_whatif_variants_open(&w->variants, w->task.model, &w->arena);
	for (size_t i = 0; i < given->repeated_count && fine; i++) {
		struct ppm_slice text = ppm_slice_of(given->repeated[i].value);
		if (given->repeated[i].option == PPM_OPTION_SCENARIO)
			w->scenarios[w->scenario_count++] = text;
		else if (given->repeated[i].option == PPM_OPTION_VARY)
			fine = ppm_vary_read(&w->axes[w->axis_count++], plan, text, &w->arena, &problem, &help);
	}
	if (fine && (w->scenario_count || (!w->axis_count && !given->given[PPM_OPTION_TORNADO])))
		fine = ppm_whatif_add_scenarios(&w->variants, w->scenarios, w->scenario_count, &problem, &help);
	if (fine)
		fine = ppm_whatif_add_grid(&w->variants, w->axes, w->axis_count, &problem, &help);
	if (!fine)
		return refuse(w, &problem, &help);
	w->compared = w->variants.count;
	if (w->compared == 1 && !given->given[PPM_OPTION_TORNADO]) {
		ppm_buffer_append_text(&problem, "nothing is varied: the model has no scenario");
		ppm_buffer_append_text(&help,
			plan->param_count ? "give values of a param, `--vary NAME=1..10`, or `--tornado`"
					  : "what shall be varied is a `param` of the model: `param patience = 30`");
		return refuse(w, &problem, &help);
	}
	ppm_buffer_free(&problem);
	if (given->given[PPM_OPTION_TORNADO] && !ppm_whatif_add_bars(&w->variants, &help)) {
		ppm_buffer_free(&help);
		return ppm_driver_memory(w->driver);
	}
	if (help.size && !help.failed && !w->driver->quiet)
		ppm_driver_say(w->driver, "note", "declare ranges: `param NAME = 5 in 1 to 10`", "the tornado leaves out %.*s: 0, or one of a list, with no range around it",
			(int)help.size, help.data);
	ppm_buffer_free(&help);
	return check_bars(w);
}

// `--measure`: the score, a metric, a tier, or else a value of the rows.
static enum ppm_exit take_measure(struct whatif *w)
{
	const char *name = w->driver->options.values[PPM_OPTION_MEASURE];
	const struct ppm_plan *plan = ppm_model_plan(w->task.model);
	struct ppm_slice wanted = name ? ppm_slice_of(name) : PPM_SLICE("score");

	w->measure = (struct ppm_whatif_measure){ PPM_MEASURE_SCORE, 0, PPM_SLICE("mean score") };
	if (name && !w->driver->options.given[PPM_OPTION_TORNADO])
		return ppm_driver_usage(w->driver, "the other tables show all figures", "`--measure` says what `--tornado` shows, which is not given");
	if (!name && plan->score == PPM_NODE_NONE && plan->metric_count)
		wanted = plan->metrics[0].name;
	if (ppm_slice_is(wanted, "score") || ppm_slice_is(wanted, "mean score")) {
		if (plan->score == PPM_NODE_NONE && w->driver->options.given[PPM_OPTION_TORNADO])
			return ppm_driver_usage(w->driver, "name a metric or a value: `--measure NAME`", "the model has no score that `--tornado` could show");
		return PPM_EXIT_DONE;
	}
	for (uint32_t i = 0; i < plan->metric_count; i++)
		if (ppm_slice_equal(plan->metrics[i].name, wanted)) {
			w->measure = (struct ppm_whatif_measure){ PPM_MEASURE_METRIC, i, ppm_arena_copy(&w->arena, wanted) };
			return PPM_EXIT_DONE;
		}
	for (uint32_t i = 0; i < plan->tier_count; i++)
		if (ppm_slice_equal(plan->tiers[i].name, wanted)) {
			w->measure = (struct ppm_whatif_measure){ PPM_MEASURE_TIER, i, ppm_arena_format(&w->arena, "share of %.*s", SHOW(wanted)) };
			return PPM_EXIT_DONE;
		}
	for (uint32_t i = 0; i <= w->value_count; i++) {
		if (i == w->value_count)
			w->values[w->value_count++] = wanted; // there is room: ppm_driver_values leaves one more
		if (!ppm_slice_equal(w->values[i], wanted))
			continue;
		w->measure = (struct ppm_whatif_measure){ PPM_MEASURE_VALUE, i, ppm_arena_format(&w->arena, "sum of %.*s", SHOW(wanted)) };
		break;
	}
	return PPM_EXIT_DONE;
}

// ---- compiling --------------------------------------------------------------------------------------------------

static struct ppm_compile_request compile_request(const struct whatif *w, const struct ppm_whatif_variant *variant)
{
	return (struct ppm_compile_request){ .output = PPM_OUTPUT_VALUES,
		.columns = w->about.columns,
		.column_count = w->about.column_count,
		.settings = variant->settings,
		.setting_count = variant->setting_count, // of a scenario, too: what it gives holds against `--set`
		.scenario = variant->scenario,
		.texts = w->texts,
		.text_count = w->text_count,
		.quiet = true };
}

// A variant's warnings are the model's own, which were shown; its errors are shown.
static enum ppm_exit compile(const struct whatif *w, const struct ppm_whatif_variant *variant, struct ppm_model **model)
{
	struct ppm_compile_request request = compile_request(w, variant);
	enum ppm_exit code = ppm_driver_compile(w->driver, w->task.files, w->task.inputs[0].source, &request, model);

	if (code != PPM_EXIT_MODEL)
		return code;
	ppm_model_free(*model);
	request.quiet = false;
	code = ppm_driver_compile(w->driver, w->task.files, w->task.inputs[0].source, &request, model);
	if (variant->setting_count)
		ppm_driver_say(w->driver, "note", NULL, "this is so in the variant `%.*s`", SHOW(variant->name));
	return code;
}

// An end that nobody declared, and that the model does not bear, is none.
static bool bears(const struct whatif *w, size_t index)
{
	struct ppm_compile_request request = compile_request(w, &w->variants.items[index]);
	struct ppm_model *model = NULL;
	enum ppm_exit code = ppm_driver_compile(w->driver, w->task.files, w->task.inputs[0].source, &request, &model);

	ppm_model_free(model);
	return code != PPM_EXIT_MODEL;
}

static void drop_bars(struct whatif *w)
{
	struct ppm_whatif_variants *v = &w->variants;
	size_t kept = 0;

	if (v->bar_count && !bears(w, 0)) // the error is not of the ends: what is asked for is no value, for instance
		return;
	for (size_t i = 0; i < v->bar_count; i++) {
		const struct ppm_whatif_bar *bar = &v->bars[i];
		if (bar->declared || (bears(w, bar->low) && bears(w, bar->high)))
			v->bars[kept++] = *bar;
		else if (!w->driver->quiet)
			ppm_driver_say(w->driver, "note", "declare its range: `param NAME = 5 in 1 to 10`",
				"the tornado leaves out `%.*s`: the model has an error with %.*s or %.*s", SHOW(bar->param), SHOW(bar->low_text), SHOW(bar->high_text));
	}
	if (kept == v->bar_count)
		return;
	v->bar_count = kept;
	// what is left moves up, so that every variant from here on is run
	v->count = w->compared;
	for (size_t i = 0; i < kept; i++) {
		struct ppm_whatif_variant low = v->items[v->bars[i].low], high = v->items[v->bars[i].high];
		v->bars[i].low = v->count;
		v->items[v->count++] = low;
		v->bars[i].high = v->count;
		v->items[v->count++] = high;
	}
}

static bool keep_texts(struct whatif *w, const struct ppm_model *model)
{
	size_t count;
	const struct ppm_slice *texts = ppm_model_texts(model, &count);
	struct ppm_slice *all;

	if (count == w->text_count)
		return true;
	all = ppm_arena_allocate(&w->arena, count + 1, sizeof *all);
	for (size_t i = 0; all && i < count; i++)
		all[i] = ppm_arena_copy(&w->arena, texts[i]);
	w->texts = all;
	w->text_count = count;
	return all && !w->arena.failed;
}

// Texts and dates have no sum; shown as 0 they would pass for one.
static enum ppm_exit check_values(const struct whatif *w, const struct ppm_model *model)
{
	const struct ppm_plan *plan = ppm_model_plan(model);

	for (size_t i = 0; i < w->value_count; i++) {
		const struct ppm_plan_result *result = &plan->results[w->about.column_count - w->value_count + i];
		struct ppm_type type = plan->nodes[result->node].type;
		bool measured = w->measure.kind == PPM_MEASURE_VALUE && w->measure.index == i;
		if (!ppm_type_is_numeric(type) && type.base != PPM_BASE_FLAG)
			return ppm_driver_usage(w->driver,
				measured ? "`--measure` takes the score, a metric, a tier, or a number, amount or flag of the rows"
					 : "`--value` takes a number, an amount or a flag",
				"`%.*s` cannot be added up", SHOW(w->values[i]));
	}
	return PPM_EXIT_DONE;
}

// What the variant needs joins what all need.
static enum ppm_exit survey(struct whatif *w, size_t index)
{
	struct ppm_model *model = NULL;
	enum ppm_exit code = compile(w, &w->variants.items[index], &model);
	uint32_t files = ppm_kept_data_file_count(w->data);
	bool took = false;

	if (!code && index == 0)
		code = check_values(w, model);
	if (!code && (!ppm_whatif_want(w->data, model, &took) || !keep_texts(w, model) || !ppm_whatif_keep_params(&w->variants, index, model)))
		code = ppm_driver_memory(w->driver);
	if (!code && ppm_kept_data_file_count(w->data) > files) {
		uint32_t count = ppm_kept_data_file_count(w->data);
		size_t *wanted_by = realloc(w->wanted_by, count * sizeof *wanted_by);
		for (uint32_t i = files; wanted_by && i < count; i++)
			wanted_by[i] = index;
		if (wanted_by)
			w->wanted_by = wanted_by;
		else
			code = ppm_driver_memory(w->driver);
	}
	if (took)
		w->kept[w->kept_count++] = model;
	else
		ppm_model_free(model);
	return code;
}

static enum ppm_exit survey_all(struct whatif *w)
{
	const struct ppm_kept_options options = { .threads = w->run.threads, .memory_limit = w->run.memory_limit / 2, .simd = w->run.simd, .interrupted = ppm_signals_flag() };
	enum ppm_exit code = PPM_EXIT_DONE;

	w->run.memory_limit -= w->run.memory_limit / 2; // the other half is the variants'
	w->data = ppm_kept_data_new(NULL, &options);
	w->kept = calloc(w->variants.count + 1, sizeof *w->kept);
	if (!w->data || !w->kept)
		return ppm_driver_memory(w->driver);
	for (size_t i = 0; i < w->variants.count && !code; i++)
		code = ppm_signalled(ppm_signals_flag()) ? PPM_EXIT_IO : survey(w, i);
	if (ppm_signalled(ppm_signals_flag()))
		ppm_driver_say(w->driver, "error", NULL, "interrupted");
	return code;
}

// ---- reading ------------------------------------------------------------------------------------------------------

static struct ppm_input *find_input(struct whatif *w, struct ppm_slice name)
{
	struct ppm_input *input = ppm_task_input(&w->task, name);

	for (size_t i = 0; i < w->more_count && !(input && input->source); i++)
		input = ppm_task_input(&w->more[i], name);
	return input && input->source ? input : NULL;
}

// A file that only some variants read is found as it would be for one of them alone.
static enum ppm_exit open_more(struct whatif *w, uint32_t file)
{
	struct ppm_task_request request = w->request;
	struct ppm_task *more = realloc(w->more, (w->more_count + 1) * sizeof *more);

	if (!more)
		return ppm_driver_memory(w->driver);
	w->more = more;
	request.compile = compile_request(w, &w->variants.items[w->wanted_by[file]]);
	request.files = NULL;
	for (size_t i = 0; i < request.argument_count; i++)
		if (!strcmp(request.arguments[i], "-") || strstr(request.arguments[i], "=-"))
			return ppm_driver_usage(w->driver, "give files, no pipe", "`%s` needs the rows of `%.*s`, which the base does not",
				w->variants.items[w->wanted_by[file]].name.data, SHOW(ppm_kept_data_file_name(w->data, file)));
	return ppm_task_open(w->driver, &w->more[w->more_count++], &request);
}

static enum ppm_exit bind_sources(struct whatif *w, struct ppm_source **sources)
{
	enum ppm_exit worst = PPM_EXIT_DONE;

	for (uint32_t i = 0; i < ppm_kept_data_file_count(w->data); i++) {
		struct ppm_input *input = find_input(w, ppm_kept_data_file_name(w->data, i));
		const struct ppm_program *reader = ppm_kept_data_reader(w->data, i);
		struct ppm_data_problems problems;
		enum ppm_status status;
		if (!input) {
			enum ppm_exit code = open_more(w, i);
			if (code)
				return code;
			input = find_input(w, ppm_kept_data_file_name(w->data, i));
		}
		if (!input)
			return PPM_EXIT_BUG;
		sources[i] = input->source;
		ppm_data_problems_init(&problems, NULL, PPM_SHOWN_PROBLEMS, false);
		status = ppm_source_bind(input->source, reader, &problems);
		if (status == PPM_ERROR_DATA)
			ppm_driver_data_problems(w->driver, &problems, input->shown, reader);
		ppm_data_problems_free(&problems);
		if (status == PPM_ERROR_MEMORY)
			return ppm_driver_memory(w->driver);
		worst = status ? ppm_exit_of(status) : worst;
	}
	return worst;
}

static enum ppm_exit failed_reading(struct whatif *w, enum ppm_status status, uint32_t failed, int error)
{
	const struct ppm_input *input = failed == PPM_NO_INDEX ? NULL : find_input(w, ppm_kept_data_file_name(w->data, failed));

	switch (status) {
	case PPM_ERROR_MEMORY: return ppm_driver_memory(w->driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(w->driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_DATA:
	case PPM_ERROR_LIMIT:
		if (input)
			ppm_driver_data_problems(w->driver, &ppm_kept_data_report(w->data, failed)->problems, input->shown, ppm_kept_data_reader(w->data, failed));
		ppm_driver_say(w->driver, "error", NULL, "%s; nothing is compared", status == PPM_ERROR_DATA ? "the data has errors" : "a limit was passed");
		return ppm_exit_of(status);
	default: break;
	}
	return input ? ppm_driver_io(w->driver, "read", input->shown, error) : ppm_driver_io(w->driver, "write", "a temporary file", error);
}

static void tell_refused(struct whatif *w)
{
	for (uint32_t i = 0; i < ppm_kept_data_file_count(w->data) && !w->driver->quiet; i++) {
		uint64_t refused = ppm_kept_data_report(w->data, i)->refused;
		const char *shown;
		char count[32];
		if (!refused)
			continue;
		shown = find_input(w, ppm_kept_data_file_name(w->data, i))->shown;
		ppm_driver_data_problems(w->driver, &ppm_kept_data_report(w->data, i)->problems, shown, ppm_kept_data_reader(w->data, i));
		ppm_driver_say(w->driver, "note", NULL, "%s row%s of `%s` with errors %s left out of all variants", ppm_driver_count(refused, count), refused == 1 ? "" : "s",
			shown, refused == 1 ? "is" : "are");
	}
}

// The scored file, and its key as it stands there: rows are told by it.
static enum ppm_exit find_scored(struct whatif *w)
{
	const struct ppm_plan *plan = ppm_model_plan(w->task.model);
	const struct ppm_plan_dataset *scored = &plan->datasets[0];

	if (w->about.key_count)
		return PPM_EXIT_DONE;
	w->scored_file = ppm_kept_data_file(w->data, plan->dataset_name);
	if (w->scored_file == PPM_NO_INDEX)
		return ppm_driver_memory(w->driver);
	if (scored->key != PPM_NO_ID) {
		const struct ppm_plan_column *key = &plan->columns[scored->key];
		struct ppm_slice header = key->declaration && key->declaration->header.text.data ? key->declaration->header.text : PPM_SLICE("");
		if (!ppm_kept_data_pass(w->data, w->scored_file, key->name, header))
			return ppm_driver_memory(w->driver);
	}
	return PPM_EXIT_DONE;
}

static enum ppm_exit read_files(struct whatif *w)
{
	struct ppm_source **sources;
	enum ppm_exit code = find_scored(w);
	enum ppm_status status;
	uint32_t failed;
	int error;

	if (code)
		return code;
	status = ppm_kept_data_prepare(w->data, w->texts, (uint32_t)w->text_count);
	if (status == PPM_ERROR_LIMIT)
		ppm_driver_say(w->driver, "error", NULL, "the model reads more columns than a comparison can keep");
	if (status)
		return status == PPM_ERROR_LIMIT ? PPM_EXIT_LIMIT : ppm_driver_memory(w->driver);
	sources = calloc(ppm_kept_data_file_count(w->data) + (size_t)1, sizeof(struct ppm_source *));
	if (!sources)
		return ppm_driver_memory(w->driver);
	code = bind_sources(w, sources);
	if (!code) {
		errno = 0;
		status = ppm_kept_data_load(w->data, sources, &failed);
		error = errno;
		if (status)
			code = failed_reading(w, status, failed, error);
		else
			tell_refused(w);
	}
	free(sources);
	return code;
}

// ---- running --------------------------------------------------------------------------------------------------------

// Problems name rows by their numbers; the user knows them by their lines.
static void give_lines(const struct whatif *w, uint32_t file, const struct ppm_data_problems *problems)
{
	for (struct ppm_data_problem *problem = problems->first; problem; problem = problem->next)
		if (problem->line && problem->line <= ppm_kept_data_rows(w->data, file))
			problem->line = ppm_kept_data_line(w->data, file, problem->line - 1);
}

static void show_problems(struct whatif *w, const struct ppm_whatif_run *run, const struct ppm_model *model)
{
	const struct ppm_job *job = ppm_model_job(model);
	const struct ppm_program *program = ppm_model_program(model);

	if (!run->is_job) {
		give_lines(w, w->scored_file, &run->engine.problems);
		ppm_driver_data_problems(w->driver, &run->engine.problems, w->task.inputs[0].shown, program);
		return;
	}
	for (uint32_t i = 0; i < run->job.input_count; i++) {
		const struct ppm_data_problems *problems = &run->job.inputs[i].problems;
		char name[200];
		if (!problems->count)
			continue;
		ppm_task_table_name(&job->tables[i], name);
		if (job->tables[i].kind == PPM_TABLE_FILE)
			give_lines(w, ppm_kept_data_file(w->data, job->tables[i].name), problems);
		ppm_driver_data_problems(w->driver, problems, job->tables[i].kind == PPM_TABLE_FILE ? find_input(w, job->tables[i].name)->shown : name, program);
	}
}

static enum ppm_exit failed_run(
	struct whatif *w, const struct ppm_whatif_variant *variant, const struct ppm_whatif_run *run, const struct ppm_model *model, enum ppm_status status, int error)
{
	switch (status) {
	case PPM_ERROR_MEMORY: return ppm_driver_memory(w->driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(w->driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_DATA:
	case PPM_ERROR_LIMIT:
		show_problems(w, run, model);
		ppm_driver_say(w->driver, "error", NULL, "%s, in `%.*s`; nothing is compared", status == PPM_ERROR_DATA ? "the data has errors" : "a limit was passed",
			SHOW(variant->name));
		return ppm_exit_of(status);
	default: return ppm_driver_io(w->driver, "write", "a temporary file", error);
	}
}

static void tell_left_out(struct whatif *w, size_t index, const struct ppm_whatif_run *run, const struct ppm_model *model, size_t *told)
{
	const struct ppm_whatif_variant *variant = &w->variants.items[index];
	char count[32];

	if (!variant->result.left_out || w->driver->quiet || (*told)++ >= TOLD_VARIANTS)
		return;
	show_problems(w, run, model);
	ppm_driver_say(w->driver, "note", NULL, "%s row%s %s left out of `%.*s`", ppm_driver_count(variant->result.left_out, count), variant->result.left_out == 1 ? "" : "s",
		variant->result.left_out == 1 ? "is" : "are", SHOW(variant->name));
}

static enum ppm_exit run_variant(struct whatif *w, size_t index, size_t *told)
{
	struct ppm_whatif_variant *variant = &w->variants.items[index];
	struct ppm_whatif_run run = { .is_job = false };
	struct ppm_model *model = NULL;
	enum ppm_exit code = compile(w, variant, &model);
	enum ppm_status status;
	int error;

	if (code) {
		ppm_model_free(model);
		return code;
	}
	errno = 0;
	status = ppm_whatif_run(&w->whatif, &run, model, w->data, index == 0, &variant->result, &w->run);
	error = errno;
	if (!status && ppm_signalled(ppm_signals_flag()))
		status = PPM_ERROR_INTERRUPTED;
	if (status)
		code = failed_run(w, variant, &run, model, status, error);
	else if (index < w->compared && !ppm_whatif_name_movers(&w->whatif, w->data, w->scored_file, &variant->result))
		code = ppm_driver_memory(w->driver);
	if (!code)
		tell_left_out(w, index, &run, model, told);
	ppm_whatif_run_free(&run);
	ppm_model_free(model);
	return code;
}

static enum ppm_exit run_all(struct whatif *w)
{
	uint64_t rows = w->about.key_count ? 0 : ppm_kept_data_rows(w->data, w->scored_file);
	enum ppm_status status;
	enum ppm_exit code = PPM_EXIT_DONE;
	size_t told = 0;

	w->ready = true;
	errno = 0;
	status = ppm_whatif_open(&w->whatif, &w->about, NULL, &w->arena, ppm_kept_data_memory(w->data), rows, w->texts, w->text_count);
	if (status)
		return status == PPM_ERROR_MEMORY ? ppm_driver_memory(w->driver) : ppm_driver_io(w->driver, "write", "a temporary file", errno);
	for (size_t i = 0; i < w->variants.count && !code; i++)
		code = run_variant(w, i, &told);
	if (!code && told > TOLD_VARIANTS)
		ppm_driver_say(w->driver, "note", NULL, "%zu more variant%s rows out", told - TOLD_VARIANTS, told == TOLD_VARIANTS + 1 ? " leaves" : "s leave");
	return code;
}

// ---- what is shown --------------------------------------------------------------------------------------------------

static enum ppm_exit show(struct whatif *w)
{
	const char *format = w->driver->options.values[PPM_OPTION_FORMAT];
	struct ppm_whatif_report report = { .about = &w->about,
		.base = w->variants.base,
		.base_count = w->variants.base_count,
		.axes = w->axes,
		.axis_count = w->axis_count,
		.variants = w->variants.items,
		.variant_count = w->compared,
		.has_grid = w->axis_count == 2 && w->compared == 1 + w->axes[0].count * w->axes[1].count,
		.bars = w->variants.bars,
		.bar_count = w->variants.bar_count,
		.has_bars = w->driver->options.given[PPM_OPTION_TORNADO],
		.measure = w->measure,
		.arena = &w->arena };
	struct ppm_buffer out;

	ppm_whatif_rank_bars(&report, w->variants.bars, w->variants.bar_count);
	ppm_buffer_init(&out, NULL);
	if (format && !strcmp(format, "json"))
		ppm_whatif_json(&report, &out);
	else if (format && !strcmp(format, "csv"))
		ppm_whatif_csv(&report, &out);
	else
		ppm_whatif_text(&report, format && !strcmp(format, "markdown"), &out);
	if (w->arena.failed)
		out.failed = true;
	return ppm_driver_print(w->driver, &out);
}

static enum ppm_exit compare(struct whatif *w)
{
	enum ppm_exit code = take_options(w);

	if (code)
		return code;
	w->opened = true;
	code = ppm_task_open(w->driver, &w->task, &w->request);
	if (!code)
		code = take_variants(w);
	if (!code)
		code = take_measure(w);
	if (!code) {
		w->about.model = ppm_slice_of(ppm_driver_file_name(w->request.model_path));
		w->about.data = ppm_slice_of(w->task.inputs[0].shown);
		w->about.values = w->values;
		w->about.value_count = (uint32_t)w->value_count;
		if (!ppm_whatif_about_make(&w->about, w->task.model, &w->arena))
			code = ppm_driver_memory(w->driver);
		for (uint32_t i = 0; i < w->about.tier_count && w->measure.kind == PPM_MEASURE_TIER; i++)
			if (ppm_slice_is(w->about.tiers[i], w->driver->options.values[PPM_OPTION_MEASURE]))
				w->measure.index = i;
	}
	if (!code) {
		drop_bars(w);
		code = check_bars(w);
	}
	if (!code)
		code = survey_all(w);
	if (!code)
		code = read_files(w);
	if (!code)
		code = run_all(w);
	return code ? code : show(w);
}

enum ppm_exit ppm_verb_whatif(struct ppm_driver *driver)
{
	struct whatif w = { .driver = driver,
		.request = { .model_path = driver->options.arguments[0],
			.arguments = driver->options.arguments + 1,
			.argument_count = driver->options.argument_count - 1,
			.all = true,
			.varied = true } };
	enum ppm_exit code;

	ppm_arena_init(&w.arena, NULL);
	code = compare(&w);
	if (w.ready)
		ppm_whatif_close(&w.whatif);
	ppm_kept_data_free(w.data);
	for (size_t i = 0; i < w.kept_count; i++)
		ppm_model_free(w.kept[i]);
	for (size_t i = 0; i < w.more_count; i++)
		ppm_task_close(&w.more[i]);
	if (w.opened)
		ppm_task_close(&w.task);
	free(w.more);
	free(w.kept);
	free(w.wanted_by);
	free(w.values);
	ppm_arena_free(&w.arena);
	return code;
}

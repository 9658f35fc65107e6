// `ppmc backtest MODEL DATA --outcome churned`: whether the score predicts what became of the customers.
#include "lang/backtest/backtest.h"
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"

#include <stdlib.h>

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

static enum ppm_exit take_format(const struct ppm_driver *driver, enum format *format)
{
	const char *word = driver->options.values[PPM_OPTION_FORMAT];

	*format = !word || !strcmp(word, "box") ? FORMAT_TEXT : !strcmp(word, "json") ? FORMAT_JSON : FORMAT_MARKDOWN;
	if (word && (!strcmp(word, "csv") || !strcmp(word, "ndjson")))
		return ppm_driver_usage(driver, "a backtest is written as `--format json` or `markdown`, or as tables", "`backtest` writes no `%s`", word);
	return PPM_EXIT_DONE;
}

static enum ppm_exit take_outcome(const struct ppm_driver *driver, struct ppm_outcome_request *outcome)
{
	const char *text = driver->options.values[PPM_OPTION_OUTCOME], *problem;

	if (!text)
		return ppm_driver_usage(
			driver, "write `--outcome churned`, a flag that each customer has, or `--outcome status=Churned`, a value of a column", "no outcome is given");
	if (!ppm_outcome_parse(ppm_slice_of(text), outcome, &problem))
		return ppm_driver_usage(
			driver, "write `--outcome churned` or `--outcome 'status=Churned|Lost'`, and a name with blanks in `backquotes`", "`--outcome %s`: %s", text, problem);
	outcome->wanted = driver->options.given[PPM_OPTION_WANTED];
	return PPM_EXIT_DONE;
}

// What --fail-if gives, in the arena. Mistakes in it are told before any data is read.
static enum ppm_exit take_conditions(const struct ppm_driver *driver, struct ppm_arena *arena, struct ppm_backtest_condition **conditions, uint32_t *count)
{
	const struct ppm_options *given = &driver->options;

	*count = 0;
	*conditions = ppm_arena_allocate(arena, given->repeated_count + 1, sizeof **conditions);
	for (size_t i = 0; *conditions && i < given->repeated_count; i++) {
		const char *text = given->repeated[i].value;
		struct ppm_condition_problem problem;
		if (given->repeated[i].option != PPM_OPTION_FAIL_IF)
			continue;
		if (ppm_condition_parse_over(&(*conditions)[(*count)++].condition, arena, ppm_slice_of(text), &ppm_backtest_figures, &problem))
			continue;
		if (!problem.problem.size)
			return ppm_driver_memory(driver);
		return ppm_driver_usage(driver, problem.help.size ? problem.help.data : NULL, "`--fail-if \"%s\"`: %.*s", text, (int)problem.problem.size, problem.problem.data);
	}
	return *conditions ? PPM_EXIT_DONE : ppm_driver_memory(driver);
}

// PPM_EXIT_FINDINGS when one of them holds; it was told.
static enum ppm_exit judge(const struct ppm_driver *driver, const struct ppm_backtest *backtest, struct ppm_arena *arena, struct ppm_backtest_condition *conditions, uint32_t count)
{
	enum ppm_exit code = PPM_EXIT_DONE;

	for (uint32_t i = 0; i < count; i++) {
		struct ppm_backtest_condition *c = &conditions[i];
		struct ppm_condition_problem problem;
		if (!ppm_condition_holds_over(&c->condition, backtest, arena, &c->holds, &problem)) {
			if (!problem.problem.size)
				return ppm_driver_memory(driver);
			ppm_driver_say(driver, "error", problem.help.size ? problem.help.data : NULL, "`--fail-if \"%.*s\"`: %.*s", (int)c->condition.text.size,
				c->condition.text.data, (int)problem.problem.size, problem.problem.data);
			return PPM_EXIT_DATA;
		}
		if (!c->holds)
			continue;
		code = PPM_EXIT_FINDINGS;
		ppm_driver_say(
			driver, "error", NULL, "%.*s: %s", (int)c->condition.text.size, c->condition.text.data, ppm_backtest_condition_figures(backtest, &c->condition, arena));
	}
	return code;
}

static size_t take_by(const struct ppm_options *given, struct ppm_slice *by)
{
	size_t count = 0;

	for (size_t i = 0; i < given->repeated_count; i++)
		if (given->repeated[i].option == PPM_OPTION_BY)
			by[count++] = ppm_slice_of(given->repeated[i].value);
	return count;
}

static bool look(void *context, const struct ppm_engine_row *row)
{
	return ppm_backtest_row(context, row);
}

// What went wrong in the backtest itself.
static enum ppm_exit told(const struct ppm_driver *driver, enum ppm_status status, const char *problem, const char *help)
{
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	if (status)
		ppm_driver_say(driver, "error", *help ? help : NULL, "%s", problem);
	return status == PPM_ERROR_MODEL ? PPM_EXIT_USAGE : ppm_exit_of(status);
}

static enum ppm_exit show(const struct ppm_driver *driver, const struct ppm_task *task, const struct ppm_backtest *backtest, enum format format,
	const struct ppm_backtest_condition *conditions, uint32_t count)
{
	const struct ppm_backtest_page page = { backtest, ppm_model_sources(task->model), ppm_slice_of(task->inputs[0].shown), driver->colour_out, conditions, count };
	struct ppm_arena arena;
	struct ppm_buffer out;

	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&out, NULL);
	if (format == FORMAT_JSON)
		ppm_backtest_json(&page, &arena, &out);
	else
		ppm_backtest_text(&page, format == FORMAT_MARKDOWN, &arena, &out);
	ppm_arena_free(&arena);
	return ppm_driver_print(driver, &out);
}

// A score that has seen the outcome is not only said among the results, which a program may read.
static enum ppm_exit warn(const struct ppm_driver *driver, const struct ppm_backtest *backtest)
{
	struct ppm_arena arena;
	struct ppm_finding *findings;
	uint32_t count;
	bool whole;

	ppm_arena_init(&arena, NULL);
	count = ppm_backtest_findings(backtest, &arena, &findings);
	whole = !arena.failed; // otherwise one is missing, or lacks its words
	for (uint32_t i = 0; i < count && whole && !driver->quiet; i++)
		if (findings[i].kind == PPM_FINDING_LEAK)
			ppm_driver_say(driver, "warning", NULL, "%s", findings[i].text);
	ppm_arena_free(&arena);
	return whole ? PPM_EXIT_DONE : ppm_driver_memory(driver);
}

static enum ppm_exit run(const struct ppm_driver *driver, struct ppm_task *task, const struct ppm_outcome_request *outcome, enum ppm_simd simd, enum format format)
{
	struct ppm_backtest backtest;
	struct ppm_backtest_condition *conditions;
	struct ppm_arena arena;
	const char *problem, *help;
	enum ppm_status status = ppm_backtest_begin(&backtest, NULL, ppm_model_explanation(task->model), ppm_model_sources(task->model), outcome, &problem, &help);
	enum ppm_exit code = told(driver, status, problem, help), judged = PPM_EXIT_DONE;
	uint32_t count;

	ppm_arena_init(&arena, NULL);
	if (!code)
		code = take_conditions(driver, &arena, &conditions, &count);
	if (!code)
		code = ppm_task_look(driver, task, &(struct ppm_rows_request){ look, &backtest, simd, "nothing is tested" });
	if (!code) {
		status = ppm_backtest_finish(&backtest, &problem, &help);
		code = told(driver, status, problem, help);
	}
	if (!code)
		code = warn(driver, &backtest);
	if (!code) {
		judged = judge(driver, &backtest, &arena, conditions, count);
		code = judged == PPM_EXIT_FINDINGS ? PPM_EXIT_DONE : judged;
	}
	if (!code)
		code = show(driver, task, &backtest, format, conditions, count);
	ppm_arena_free(&arena);
	ppm_backtest_free(&backtest);
	return code ? code : judged;
}

enum ppm_exit ppm_verb_backtest(struct ppm_driver *driver)
{
	const struct ppm_options *given = &driver->options;
	struct ppm_task_request request = { .model_path = given->arguments[0],
		.arguments = given->arguments + 1,
		.argument_count = given->argument_count - 1,
		.against = given->values[PPM_OPTION_AGAINST],
		.all = true };
	struct ppm_outcome_request outcome;
	struct ppm_slice *values = NULL, by[PPM_REPEATED_LIMIT];
	struct ppm_task task;
	enum format format = FORMAT_TEXT;
	enum ppm_exit code = take_format(driver, &format);

	if (!code)
		code = take_outcome(driver, &outcome);
	if (!code)
		code = ppm_driver_source_options(driver, &request.source);
	if (!code)
		code = ppm_driver_values(driver, &values, &request.compile.column_count);
	if (!code) {
		request.source.interrupted = ppm_signals_flag();
		request.compile.output = PPM_OUTPUT_EXPLAIN;
		request.compile.columns = values;
		request.compile.outcome = outcome.name;
		request.compile.by = by;
		request.compile.by_count = take_by(given, by);
		code = ppm_task_open(driver, &task, &request);
		if (!code)
			code = run(driver, &task, &outcome, request.source.simd, format);
		ppm_task_close(&task);
	}
	free(values);
	return code;
}

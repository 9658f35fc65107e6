// `ppmc lint`: the findings on standard output, as they are what was asked for; a model with errors has those, as ever, on standard error.
#include "lang/analysis/lint_data.h"
#include "lang/driver/config.h"
#include "lang/driver/lint_fix.h"
#include "lang/driver/rows.h"

#include <stdlib.h>

// ---- settings --------------------------------------------------------------------------------------------------------

static void take_number(const struct ppm_config *config, const char *key, double *value)
{
	const struct ppm_config_entry *entry = ppm_config_find(config, "lint", key);
	if (entry)
		*value = entry->number;
}

static enum ppm_exit take_settings(const struct ppm_driver *driver, struct ppm_lint_settings *settings)
{
	struct ppm_config config;
	enum ppm_exit code = ppm_config_open(driver, driver->options.arguments[0], &config);

	ppm_lint_settings_init(settings);
	if (!code) {
		take_number(&config, "long_condition", &settings->long_condition);
		take_number(&config, "nested_if", &settings->nested_if);
		take_number(&config, "repeated_number", &settings->repeated_number);
		take_number(&config, "close_tiers", &settings->close_tiers);
		take_number(&config, "near_threshold", &settings->near_threshold);
		take_number(&config, "default_share", &settings->default_share);
		for (int i = 0; i < PPM_DIAG_COUNT; i++) {
			const struct ppm_config_entry *entry = ppm_config_find(&config, "lint", ppm_diag_code_text((enum ppm_diag_code)i));
			if (entry)
				settings->weights[i] = ppm_slice_is(entry->text, "off") ? PPM_LINT_OFF
					: ppm_slice_is(entry->text, "note")             ? PPM_LINT_NOTE
					: ppm_slice_is(entry->text, "warning")          ? PPM_LINT_WARNING
											: PPM_LINT_ERROR;
		}
	}
	ppm_config_close(&config);
	return code;
}

// ---- what is shown -----------------------------------------------------------------------------------------------------

static enum ppm_diag_format format_of(const struct ppm_driver *driver)
{
	const char *word = driver->options.values[PPM_OPTION_FINDINGS];
	return !word ? driver->diagnostics : !strcmp(word, "human") ? PPM_DIAG_HUMAN : !strcmp(word, "short") ? PPM_DIAG_SHORT : PPM_DIAG_JSON;
}

static void count(struct ppm_buffer *out, uint32_t number, const char *what)
{
	char text[32];
	if (number)
		ppm_buffer_format(out, "%s%s %s%s", out->size ? ", " : "", ppm_driver_count(number, text), what, number == 1 ? "" : "s");
}

static enum ppm_exit show(const struct ppm_driver *driver, struct ppm_diagnostics *list, const struct ppm_lint_mended *mended)
{
	enum ppm_diag_format format = format_of(driver);
	struct ppm_buffer out, sum;
	enum ppm_exit code;

	ppm_buffer_init(&out, NULL);
	ppm_buffer_init(&sum, NULL);
	ppm_diagnostics_render(list, format, driver->colour_out, 0, &out);
	if (mended->said.size) {
		struct ppm_buffer findings = out;
		ppm_buffer_init(&out, NULL);
		ppm_buffer_append(&out, mended->said.data, mended->said.size);
		ppm_buffer_append_text(&out, findings.size && format == PPM_DIAG_HUMAN ? "\n" : "");
		ppm_buffer_append(&out, findings.data, findings.size);
		out.failed = out.failed || findings.failed;
		ppm_buffer_free(&findings);
	}
	if (list->first && format == PPM_DIAG_HUMAN) {
		count(&sum, list->errors, "error");
		count(&sum, list->warnings, "warning");
		count(&sum, list->notes, "note");
		ppm_buffer_append_char(&out, '\n');
		ppm_buffer_append(&out, sum.data, sum.size);
		ppm_buffer_append_char(&out, '\n');
	}
	out.failed = out.failed || sum.failed || list->out_of_memory;
	ppm_buffer_free(&sum);
	code = ppm_driver_print(driver, &out);
	return code ? code : list->errors || list->warnings || (mended->count && driver->options.given[PPM_OPTION_CHECK]) ? PPM_EXIT_FINDINGS : PPM_EXIT_DONE;
}

// ---- the verb ----------------------------------------------------------------------------------------------------------

// Compiles it without a word, and once more aloud when it has errors. What the tests beside it use is used; tests that have errors are `ppmc test`'s to tell.
static enum ppm_exit compile(const struct ppm_driver *driver, struct ppm_files *files, struct ppm_compile_request *request, struct ppm_model **model)
{
	enum ppm_exit code;

	*request = (struct ppm_compile_request){ .quiet = true, .tests = true };
	code = ppm_driver_compile(driver, files, NULL, request, model);
	if (code != PPM_EXIT_MODEL)
		return code;
	ppm_model_free(*model);
	request->tests = false;
	code = ppm_driver_compile(driver, files, NULL, request, model);
	if (code != PPM_EXIT_MODEL)
		return code;
	ppm_model_free(*model);
	return ppm_driver_compile(driver, files, NULL, NULL, model);
}

// Runs the model over its files, and adds what they say. The files are read once more for that; the model's own are those that were compiled (`files`, which are the task's from here on).
static enum ppm_exit look_at_data(const struct ppm_driver *driver, const struct ppm_lint_settings *settings, struct ppm_files **files, struct ppm_diagnostics *diagnostics)
{
	struct ppm_task_request request = { .model_path = driver->options.arguments[0],
		.arguments = driver->options.arguments + 1,
		.argument_count = driver->options.argument_count - 1,
		.all = true,
		.files = *files,
		.compile = { .output = PPM_OUTPUT_FACTS, .quiet = true } };
	struct ppm_rows_request rows = { .look = ppm_lint_data_row, .nothing = "nothing was compared with it" };
	struct ppm_task task = { 0 };
	enum ppm_exit code = ppm_driver_source_options(driver, &request.source);

	if (code)
		return code;
	*files = NULL;
	code = ppm_task_open(driver, &task, &request);
	if (!code) {
		struct ppm_lint_data *data = ppm_lint_data_new(task.model);
		rows.simd = request.source.simd;
		rows.context = data;
		code = data ? ppm_task_look(driver, &task, &rows) : ppm_driver_memory(driver);
		if (!code && ppm_lint_data_tell(data, settings, diagnostics))
			code = ppm_driver_memory(driver);
		if (!code && !ppm_lint_data_rows(data))
			ppm_driver_say(driver, "note", NULL, "`%s` has no row that was scored: nothing was compared with it", task.inputs[0].shown);
		ppm_lint_data_free(data);
	}
	ppm_task_close(&task);
	return code;
}

enum ppm_exit ppm_verb_lint(struct ppm_driver *driver)
{
	const char *path = driver->options.arguments[0];
	struct ppm_lint_settings settings;
	struct ppm_lint_report report;
	struct ppm_lint_mended mended = { .format = format_of(driver) };
	struct ppm_compile_request request;
	struct ppm_files *files = NULL;
	struct ppm_model *model = NULL;
	char problem[256] = "", left[32];
	enum ppm_status status;
	enum ppm_exit code;

	if (driver->options.given[PPM_OPTION_CHECK] && !driver->options.given[PPM_OPTION_FIX])
		return ppm_driver_usage(driver, "write `ppmc lint --fix --check`, which shows what would be mended", "`--check` goes with `--fix`");
	if (!strcmp(path, "-"))
		return ppm_driver_usage(driver, "a model is read from a file", "the model cannot come from standard input");
	status = ppm_files_open(&files, path, problem);
	if (status)
		return ppm_driver_unread(driver, "the model ", path, status, problem);
	ppm_buffer_init(&mended.said, NULL);
	code = take_settings(driver, &settings);
	if (!code)
		code = compile(driver, files, &request, &model);
	if (!code && ppm_lint_model(model, &settings, &report))
		code = ppm_driver_memory(driver);
	if (!code && driver->options.given[PPM_OPTION_FIX]) {
		ppm_lint_weigh(ppm_model_diagnostics(model), &settings);
		code = ppm_lint_mend(driver, &settings, &request, files, &model, &mended);
	}
	if (!code && driver->options.argument_count > 1)
		code = look_at_data(driver, &settings, &files, ppm_model_diagnostics(model));
	if (!code) {
		ppm_lint_weigh(ppm_model_diagnostics(model), &settings);
		if (report.pairs_left)
			ppm_driver_say(driver, "note", NULL, "%s pairs of rules were not compared: there are too many", ppm_driver_count(report.pairs_left, left));
		code = show(driver, ppm_model_diagnostics(model), &mended);
	}
	ppm_buffer_free(&mended.said);
	ppm_model_free(model);
	ppm_files_close(files);
	return code;
}

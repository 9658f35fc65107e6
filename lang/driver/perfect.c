// `ppmc perfect`: whom a model would like best, without any data.
#include "lang/analysis/perfect.h"
#include "lang/driver/inputs.h"

enum format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON };

static enum format take_format(const struct ppm_driver *driver)
{
	const char *word = driver->options.values[PPM_OPTION_PAGE];

	return !word || !strcmp(word, "text") ? FORMAT_TEXT : !strcmp(word, "json") ? FORMAT_JSON : FORMAT_MARKDOWN;
}

enum ppm_exit ppm_verb_perfect(struct ppm_driver *driver)
{
	struct ppm_task_request request = { .model_path = driver->options.arguments[0] };
	struct ppm_task task = { 0 };
	struct ppm_perfect perfect;
	struct ppm_arena arena;
	struct ppm_buffer out;
	enum format format = take_format(driver);
	enum ppm_exit code;

	ppm_arena_init(&arena, NULL);
	code = ppm_task_open(driver, &task, &request);
	if (!code) {
		const struct ppm_source_map *sources = ppm_model_sources(task.model);
		const struct ppm_perfect_request of = { ppm_model_workbench(task.model), sources, ppm_model_tree(task.model), driver->options.given[PPM_OPTION_EXPAND] };
		ppm_buffer_init(&out, NULL);
		if (ppm_perfect_make(&perfect, &arena, &of))
			out.failed = true;
		else if (format == FORMAT_JSON)
			ppm_perfect_json(&perfect, sources, &out);
		else
			ppm_perfect_text(&perfect, sources, format == FORMAT_MARKDOWN, driver->colour_out, &arena, &out);
		if (out.failed) {
			ppm_buffer_free(&out);
			code = ppm_driver_memory(driver);
		} else {
			code = ppm_driver_print(driver, &out);
		}
	}
	ppm_task_close(&task);
	ppm_arena_free(&arena);
	return code;
}

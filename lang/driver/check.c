// `ppmc check`: everything that can be said of a model before a row is read.
#include "lang/driver/inputs.h"

enum ppm_exit ppm_verb_check(struct ppm_driver *driver)
{
	struct ppm_task_request request = { .model_path = driver->options.arguments[0], .arguments = driver->options.arguments + 1, .argument_count = driver->options.argument_count - 1, .headers = true, .compile = { .tests = true } };
	struct ppm_task task = { 0 };
	struct ppm_buffer out;
	enum ppm_exit code = ppm_driver_source_options(driver, &request.source);

	if (!code)
		code = ppm_task_open(driver, &task, &request);
	if (!code && !driver->quiet) {
		ppm_buffer_init(&out, NULL);
		ppm_model_describe(task.model, &out);
		code = ppm_driver_print(driver, &out);
	}
	ppm_task_close(&task);
	return code;
}

// `ppmc check`: everything that can be said of a model before a row is read.
#include "lang/driver/driver.h"

enum ppm_exit ppm_verb_check(struct ppm_driver *driver)
{
	struct ppm_source_options source;
	struct ppm_slice dataset = { NULL, 0 };
	struct ppm_buffer out;
	struct ppm_task task = { 0 };
	const char *data = driver->options.argument_count > 1 ? ppm_task_data_argument(driver->options.arguments[1], &dataset) : NULL;
	enum ppm_exit code = ppm_driver_source_options(driver, &source);

	if (!code)
		code = ppm_task_open(driver, &task, driver->options.arguments[0], data, &source, false);
	if (!code)
		code = ppm_task_check_dataset(driver, &task, dataset);
	if (!code && !driver->quiet) {
		ppm_buffer_init(&out, NULL);
		ppm_model_describe(task.model, &out);
		code = ppm_driver_print(driver, &out);
	}
	ppm_task_close(&task);
	return code;
}

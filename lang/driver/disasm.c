// `ppmc disasm`: the program that a model becomes.
#include "lang/driver/driver.h"
#include "runtime/bytecode/disasm.h"

enum ppm_exit ppm_verb_disasm(struct ppm_driver *driver)
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
	if (!code) {
		ppm_buffer_init(&out, NULL);
		ppm_program_disassemble(ppm_model_program(task.model), &out);
		code = ppm_driver_print(driver, &out);
	}
	ppm_task_close(&task);
	return code;
}

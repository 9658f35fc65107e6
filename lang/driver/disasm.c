// `ppmc disasm`: the program that a model becomes.
#include "lang/driver/inputs.h"
#include "runtime/bytecode/disasm.h"

enum ppm_exit ppm_verb_disasm(struct ppm_driver *driver)
{
	struct ppm_task_request request = { .model_path = driver->options.arguments[0], .arguments = driver->options.arguments + 1, .argument_count = driver->options.argument_count - 1 };
	struct ppm_task task = { 0 };
	struct ppm_buffer out;
	enum ppm_exit code = ppm_driver_source_options(driver, &request.source);

	if (!code)
		code = ppm_task_open(driver, &task, &request);
	if (!code) {
		ppm_buffer_init(&out, NULL);
		if (ppm_model_job(task.model))
			ppm_job_disassemble(ppm_model_job(task.model), &out);
		else
			ppm_program_disassemble(ppm_model_program(task.model), &out);
		code = ppm_driver_print(driver, &out);
	}
	ppm_task_close(&task);
	return code;
}

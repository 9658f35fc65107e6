// Any bytes as a model: compiled, and when that works verified and disassembled. Nothing may crash, leak or hang; a program must verify.
#include "lang/ppm.h"
#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct input {
	struct ppm_slice text;
};

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	const struct input *input = context;

	if (!ppm_slice_is(path, "model.ppm")) {
		snprintf(problem, 256, "there is no such file");
		return PPM_ERROR_IO;
	}
	*text = input->text;
	*identity = path;
	return PPM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { { (const char *)data, size } };
	struct ppm_slice headers[] = { PPM_SLICE("customer_id"), PPM_SLICE("days_late"), PPM_SLICE("revenue") };
	struct ppm_compile_options options = { .loader = { load, &input }, .today = 20000, .headers = headers, .header_count = 3, .optimise = true };
	struct ppm_model *model = NULL;
	enum ppm_status status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	struct ppm_buffer out;
	char problem[256];

	ppm_buffer_init(&out, NULL);
	if (model) {
		struct ppm_diagnostics *list = ppm_model_diagnostics(model);
		const struct ppm_program *program = ppm_model_program(model);
		ppm_diagnostics_render(list, PPM_DIAG_HUMAN, true, 20, &out);
		ppm_diagnostics_render(list, PPM_DIAG_JSON, false, 0, &out);
		if (status == PPM_OK && list->errors)
			abort();
		if (program) {
			if (!ppm_program_verify(program, problem, sizeof problem))
				abort();
			ppm_program_disassemble(program, &out);
			ppm_model_describe(model, &out);
		}
	}
	ppm_buffer_free(&out);
	ppm_model_free(model);
	return 0;
}

// Any bytes as a model: what has no errors has a canonical form, which is the same model with the same comments, and its own form.
#include "tests/fuzz/tokens.h"
#include "tests/unit/format_check.h"

TOKENS_MUTATORS(0);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ppm_buffer formed;
	const char *problem;

	ppm_buffer_init(&formed, NULL);
	problem = format_problem((struct ppm_slice){ (const char *)data, size }, &formed);
	if (problem) {
		fuzz_show("its form", ppm_buffer_slice(&formed));
		fuzz_fail("%s", problem);
	}
	ppm_buffer_free(&formed);
	return 0;
}

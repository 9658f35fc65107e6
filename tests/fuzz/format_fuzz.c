// Any bytes as a model: what has no errors has a canonical form, which is the same model with the same comments, and its own form.
#include "tests/unit/format_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ppm_buffer formed;
	const char *problem;

	ppm_buffer_init(&formed, NULL);
	problem = format_problem((struct ppm_slice){ (const char *)data, size }, &formed);
	if (problem) {
		fprintf(stderr, "%s:\n%.*s\n", problem, (int)formed.size, formed.data);
		abort();
	}
	ppm_buffer_free(&formed);
	return 0;
}

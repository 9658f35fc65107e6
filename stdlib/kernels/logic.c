// Functions of flags.
#include "stdlib/builtins.h"
#include "stdlib/kernels/kernels.h"

// The condition of `provided`: where it does not hold there is no value.
void ppm_kernel_provided(const struct ppm_call_frame *frame)
{
	uint64_t *result = frame->result;
	const uint64_t *condition = frame->arguments[0];
	for (size_t word = 0, words = kernel_words(frame); word < words; word++) {
		result[word] = condition[word] & frame->active[word];
		frame->defined[word] &= condition[word] | ~frame->active[word];
	}
}

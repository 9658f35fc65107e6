// What the kernels share: walking the lanes that matter, and saying of one that it has no value or that its value is out of range.
#ifndef PPM_STDLIB_KERNELS_KERNELS_H
#define PPM_STDLIB_KERNELS_KERNELS_H

#include "runtime/bytecode/program.h"

#define BUILTIN(name, signature, kernel, why, doc) ppm_kernel ppm_kernel_##kernel;
#define SPECIAL(name, doc)
#include "stdlib/builtins.def"
#undef BUILTIN
#undef SPECIAL

static inline size_t kernel_words(const struct ppm_call_frame *frame)
{
	return ((size_t)frame->rows + 63) / 64;
}

// For each active lane: declares `lane`.
#define EACH_ACTIVE(frame) \
	for (size_t word_ = 0, words_ = kernel_words(frame); word_ < words_; word_++) \
		for (uint64_t bits_ = (frame)->active[word_]; bits_; bits_ &= bits_ - 1) \
			for (size_t lane = word_ * 64 + (size_t)__builtin_ctzll(bits_), once_ = 1; once_; once_ = 0)

static inline void kernel_undefined(const struct ppm_call_frame *frame, size_t lane)
{
	frame->defined[lane / 64] &= ~(UINT64_C(1) << (lane % 64));
}

static inline void kernel_overflowed(const struct ppm_call_frame *frame, size_t lane)
{
	frame->overflowed[lane / 64] |= UINT64_C(1) << (lane % 64);
}

#endif

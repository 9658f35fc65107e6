// Which instruction sets this processor has, and their names.
#include "runtime/vm/vm.h"

static const char *const names[] = { "portable", "sse2", "avx2", "avx512" };

enum ppm_simd ppm_simd_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
		return PPM_SIMD_AVX512;
	return __builtin_cpu_supports("avx2") ? PPM_SIMD_AVX2 : PPM_SIMD_SSE2;
#else
	return PPM_SIMD_PORTABLE;
#endif
}

const char *ppm_simd_name(enum ppm_simd simd)
{
	return names[simd];
}

bool ppm_simd_find(const char *name, enum ppm_simd *simd)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i]) == 0) {
			*simd = (enum ppm_simd)i;
			return true;
		}
	}
	return false;
}

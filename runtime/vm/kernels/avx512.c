// The vector kernels for AVX-512 with its byte, word, double and vector-length parts. Contraction is off: a multiplication and an addition are rounded twice everywhere.
#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#else
#pragma GCC optimize("O3", "fp-contract=off", "no-trapping-math", "no-math-errno")
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")
#endif

#include "runtime/vm/kernels/lanes_avx512.h"
#define LEVEL_TABLE ppm_vm_kernels_avx512
#define LEVEL_DATE_PART ppm_vm_date_part_avx512
#define LEVEL_WIDEN ppm_vm_widen_avx512
#include "runtime/vm/kernels/level_template.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif

// The vector kernels for SSE2. Contraction is off: a multiplication and an addition are rounded twice everywhere.
#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("sse2"))), apply_to = function)
#else
#pragma GCC optimize("O3", "fp-contract=off", "no-trapping-math", "no-math-errno")
#pragma GCC target("sse2")
#endif

#include "runtime/vm/kernels/lanes_sse2.h"
#define LEVEL_TABLE ppm_vm_kernels_sse2
#define LEVEL_DATE_PART ppm_vm_date_part_sse2
#define LEVEL_WIDEN ppm_vm_widen_sse2
#include "runtime/vm/kernels/level_template.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif

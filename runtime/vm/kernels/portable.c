// The vector kernels in plain C. Contraction is off: a multiplication and an addition are rounded twice everywhere.
#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("O3", "fp-contract=off", "no-trapping-math", "no-math-errno")
#endif

#include "runtime/vm/kernels/lanes_portable.h"
#define LEVEL_TABLE ppm_vm_kernels_portable
#define LEVEL_DATE_PART ppm_vm_date_part_portable
#define LEVEL_WIDEN ppm_vm_widen_portable
#include "runtime/vm/kernels/level_template.h"

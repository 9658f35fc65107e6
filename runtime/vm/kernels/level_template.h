// All vector kernels for one instruction set: the file that includes this has set the target and included the lanes_*.h of its primitives, and
// names the table with LEVEL_TABLE, the function for dates with LEVEL_DATE_PART and the one that makes doubles of integers with LEVEL_WIDEN.
#include "runtime/vm/kernels/compare_template.h"
#include "runtime/vm/kernels/numbers_template.h"
#include "runtime/vm/kernels/integers_template.h"

ppm_vm_kernel *const LEVEL_TABLE[PPM_OPCODE_COUNT] = {
#define X(name) [PPM_OP_##name] = kernel_##name,
	PPM_VECTOR_KERNELS(X)
#undef X
};

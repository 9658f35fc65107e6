// Which kernels there are. The vector ones exist once for each instruction set and give the same results to the last bit; the others loop over
// lanes, or over distinct texts, in plain C. END and SKIP_IF_NONE are the machine's own.
#ifndef PPM_RUNTIME_VM_KERNELS_KERNELS_H
#define PPM_RUNTIME_VM_KERNELS_KERNELS_H

#include "runtime/vm/machine.h"

#define PPM_VECTOR_KERNELS(X) \
	X(MASK_ROWS) X(MASK_FILL) X(MASK_NOT) X(MASK_AND) X(MASK_OR) X(MASK_AND_NOT) X(MASK_XOR) X(MASK_SELECT) \
	X(FILL_F64) X(FILL_I64) X(FILL_I32) X(SELECT_F64) X(SELECT_I64) X(SELECT_I32) \
	X(EQ_F64) X(LT_F64) X(LE_F64) X(EQ_F64_K) X(LE_F64_K) X(GE_F64_K) X(IN_RANGE_F64_K) \
	X(EQ_I64) X(LT_I64) X(LE_I64) X(EQ_I64_K) X(LE_I64_K) X(GE_I64_K) X(IN_RANGE_I64_K) \
	X(EQ_I32) X(LT_I32) X(LE_I32) X(EQ_I32_K) X(LE_I32_K) X(GE_I32_K) X(IN_RANGE_I32_K) X(IN_RANGE_I16_K) \
	X(LINEAR_COMPARE) X(EQ_DECIMAL_F64) X(LT_DECIMAL_F64) X(LE_DECIMAL_F64) X(EQ_TIMES_F64_K) X(LT_TIMES_F64_K) X(LE_TIMES_F64_K) X(GT_TIMES_F64_K) X(GE_TIMES_F64_K) X(COMPARE_RATE) \
	X(ADD_F64) X(SUB_F64) X(MUL_F64) X(DIV_F64) X(MOD_F64) X(ADD_F64_K) X(SUB_F64_K) X(RSUB_F64_K) X(MUL_F64_K) X(DIV_F64_K) X(MULADD_F64_K) \
	X(NEG_F64) X(ABS_F64) X(MIN_F64) X(MAX_F64) X(CLAMP_F64_K) X(DECIMAL_F64) X(ROUND_PLACES_F64) \
	X(ADD_I64) X(SUB_I64) X(NEG_I64) X(ABS_I64) X(MIN_I64) X(MAX_I64) X(RATIO_I64) \
	X(SUB_I32) X(ADD_I32) X(DATE_ADD_DAYS) X(DATE_SUB_DAYS) X(NEG_I32) X(MIN_I32) X(MAX_I32) X(NUMBER_FROM_I32) X(DATE_PART) X(CHOOSE_I32) \
	X(TEXT_IN_SET) \
	 X(SUM_IF_I16) X(SUM_SHARE) X(SUM_SHARE_I16) X(ADD_IF_I64) X(ADD_VALUE_IF_I64) X(SUB_VALUE_IF_I64) X(ADD_POINTS) X(POINTS_WIDEN) X(POINTS_FROM_NUMBER) X(NUMBER_FROM_POINTS) X(CLAMP_I64_K) X(CLAMP_I16_K) \
	 X(SHARE_I64) X(SHARE_BETWEEN) X(WEIGHTED_MEAN) X(ROUNDED_MEAN_I16) X(NUMBER_FROM_I16) X(SCALE_F64)

#define PPM_SCALAR_KERNELS(X) \
	X(FILL_X128) X(SELECT_X128) \
	X(EQ_X128) X(LT_X128) X(LE_X128) X(EQ_X128_K) X(LT_X128_K) X(LE_X128_K) X(GT_X128_K) X(GE_X128_K) \
	X(POW_F64) X(ADD_X128) X(SUB_X128) X(NEG_X128) X(ABS_X128) X(MIN_X128) X(MAX_X128) \
	X(EXACT_FROM_MONEY) X(NUMBER_FROM_EXACT) X(MUL_X128_F64) X(MUL_I64_F64) X(DIV_X128_F64) X(DIV_I64_F64) \
	X(RATIO_X128) X(ROUND_PLACES_X128) \
	X(DATE_ADD_MONTHS) X(DATE_SUB_MONTHS) X(MUL_I32_F64) X(DIV_I32_F64) \
	X(TEXT_TEST) X(TEXT_TEST_BY) X(MAP_F64) X(MAP_I64) X(MAP_X128) X(MAP_I32) X(CALL) X(REASONS)

typedef void ppm_vm_date_part(enum ppm_date_part part, double *result, const int32_t *dates, size_t count);
typedef void ppm_vm_widen(double *numbers, const int32_t *whole, size_t count);
extern ppm_vm_date_part ppm_vm_date_part_portable;
extern ppm_vm_widen ppm_vm_widen_portable;
#if defined(__x86_64__)
extern ppm_vm_date_part ppm_vm_date_part_sse2, ppm_vm_date_part_avx2, ppm_vm_date_part_avx512;
extern ppm_vm_widen ppm_vm_widen_sse2, ppm_vm_widen_avx2, ppm_vm_widen_avx512;
#endif

// [opcode]: NULL where the kernel is a scalar one.
extern ppm_vm_kernel *const ppm_vm_kernels_portable[PPM_OPCODE_COUNT];
#if defined(__x86_64__)
extern ppm_vm_kernel *const ppm_vm_kernels_sse2[PPM_OPCODE_COUNT];
extern ppm_vm_kernel *const ppm_vm_kernels_avx2[PPM_OPCODE_COUNT];
extern ppm_vm_kernel *const ppm_vm_kernels_avx512[PPM_OPCODE_COUNT];
#endif

#define X(name) ppm_vm_kernel ppm_vm_scalar_##name;
PPM_SCALAR_KERNELS(X)
#undef X

// An amount of 4 places divided by a number, as DIV_I64_F64 does it: false when the result passes the limits. The divisor is not zero to 12 places.
bool ppm_vm_divide_money(int64_t amount, double divisor, ppm_int128 *out);
bool ppm_vm_divides_by_zero(double divisor);

// No lane reads what another lane of the same loop wrote: results may stand in an operand's place, but never beside it. Clang finds that out when it
// runs, and its own pragma warns wherever it declines.
#if defined(__clang__)
#define PPM_INDEPENDENT
#else
#define PPM_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define PPM_EACH_LANE(lane) PPM_INDEPENDENT for (size_t lane = 0, count_ = vm->words * 64; lane < count_; lane++)

#endif

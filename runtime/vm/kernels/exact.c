// Amounts with 12 places, and what else is computed lane by lane: powers, months, products of durations. What can fail is computed for live lanes of
// its mask only; the others keep what their register held. The common sizes stay clear of 128-bit division.
#include <assert.h>
#include <math.h>

#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

#define PLAIN_LANE(lane) for (size_t lane = 0, count_ = vm->words * 64; lane < count_; lane++)

static inline ppm_int128 negated(ppm_int128 x)
{
	return (ppm_int128)(0 - (ppm_uint128)x);
}

static inline bool within_limits(ppm_int128 x)
{
	return x <= PPM_EXACT_MAX && x >= -PPM_EXACT_MAX;
}

static inline bool fits_64(ppm_int128 x)
{
	return x == (int64_t)x;
}

void ppm_vm_scalar_FILL_X128(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a), k = PPM_CONSTANT(x128);
	PLAIN_LANE(lane)
		a[lane] = k;
}

void ppm_vm_scalar_SELECT_X128(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a);
	const uint64_t *b = PPM_MASK_AT(b);
	const ppm_int128 *c = PPM_X128_AT(c), *d = PPM_X128_AT(d);
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t bits = b[word];
		for (size_t lane = word * 64; lane < word * 64 + 64; lane++, bits >>= 1)
			a[lane] = bits & 1 ? c[lane] : d[lane];
	}
}

#define COMPARE(name, EXPRESSION) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const ppm_int128 *b = PPM_X128_AT(b), *c = PPM_X128_AT(c); \
		for (size_t word = 0; word < vm->words; word++) { \
			uint64_t bits = 0; \
			for (size_t at = 0; at < 64; at++) { \
				size_t lane = word * 64 + at; \
				bits |= (uint64_t)(EXPRESSION) << at; \
			} \
			a[word] = bits; \
		} \
	}
#define COMPARE_K(name, EXPRESSION) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const ppm_int128 *b = PPM_X128_AT(b), k = PPM_CONSTANT(x128); \
		for (size_t word = 0; word < vm->words; word++) { \
			uint64_t bits = 0; \
			for (size_t at = 0; at < 64; at++) { \
				size_t lane = word * 64 + at; \
				bits |= (uint64_t)(EXPRESSION) << at; \
			} \
			a[word] = bits; \
		} \
	}
COMPARE(EQ_X128, b[lane] == c[lane])
COMPARE(LT_X128, b[lane] < c[lane])
COMPARE(LE_X128, b[lane] <= c[lane])
COMPARE_K(EQ_X128_K, b[lane] == k)
COMPARE_K(LT_X128_K, b[lane] < k)
COMPARE_K(LE_X128_K, b[lane] <= k)
COMPARE_K(GT_X128_K, b[lane] > k)
COMPARE_K(GE_X128_K, b[lane] >= k)
#undef COMPARE
#undef COMPARE_K

#define EACH(name, EXPRESSION) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		ppm_int128 *a = PPM_X128_AT(a); \
		const ppm_int128 *b = PPM_X128_AT(b), *c = PPM_X128_AT(c); \
		(void)c; \
		PLAIN_LANE(lane) \
			a[lane] = (EXPRESSION); \
	}
EACH(NEG_X128, negated(b[lane]))
EACH(ABS_X128, b[lane] < 0 ? negated(b[lane]) : b[lane])
EACH(MIN_X128, b[lane] < c[lane] ? b[lane] : c[lane])
EACH(MAX_X128, b[lane] > c[lane] ? b[lane] : c[lane])
#undef EACH

#define SUM(name, checked) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		ppm_int128 *a = PPM_X128_AT(a); \
		const ppm_int128 *b = PPM_X128_AT(b), *c = PPM_X128_AT(c); \
		const uint64_t *e = PPM_MASK_AT(e); \
		PPM_EACH_ACTIVE(e) { \
			ppm_int128 result; \
			if (checked(b[lane], c[lane], &result) || !within_limits(result)) \
				ppm_vm_fault_at(vm, instruction, lane, ppm_vm_money_range); \
			else \
				a[lane] = result; \
		} \
	}
SUM(ADD_X128, __builtin_add_overflow)
SUM(SUB_X128, __builtin_sub_overflow)
#undef SUM

// ---- between the kinds of figures

void ppm_vm_scalar_EXACT_FROM_MONEY(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a);
	const int64_t *b = PPM_I64_AT(b);
	PLAIN_LANE(lane)
		a[lane] = ppm_exact_from_money(b[lane]);
}

void ppm_vm_scalar_NUMBER_FROM_EXACT(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const ppm_int128 *b = PPM_X128_AT(b);
	const ppm_int128 whole = (ppm_int128)1 << 53;
	PLAIN_LANE(lane) {
		ppm_int128 amount = b[lane];
		if (amount <= whole && amount >= -whole)
			a[lane] = (double)(int64_t)amount / 1e12;
		else
			a[lane] = ppm_exact_to_number(amount);
	}
}

// ---- products and quotients

// A whole factor needs no rounding; the rest is the library's.
static inline bool multiply(ppm_int128 amount, double factor, ppm_int128 *out)
{
	if (fabs(factor) < 0x1p53 && (double)(int64_t)factor == factor) {
		ppm_int128 result;
		if (__builtin_mul_overflow(amount, (ppm_int128)(int64_t)factor, &result) || !within_limits(result))
			return false;
		*out = result;
		return true;
	}
	return ppm_exact_multiply(amount, factor, out);
}

void ppm_vm_scalar_MUL_X128_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a);
	const ppm_int128 *b = PPM_X128_AT(b);
	const double *c = PPM_F64_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	PPM_EACH_ACTIVE(e) {
		if (!multiply(b[lane], c[lane], &a[lane]))
			ppm_vm_fault_at(vm, instruction, lane, ppm_vm_money_range);
	}
}

// Money has 4 places: the factor's 12 and the 8 that are missing make amount * factor12 / 10^4 with 12 places, a 64-bit division whenever the product
// has 64 bits.
static inline bool multiply_money(int64_t amount, double factor, ppm_int128 *out)
{
	if (fabs(factor) < 0x1p53 && (double)(int64_t)factor == factor)
		return multiply(ppm_exact_from_money(amount), factor, out);
	if (fabs(factor) < 1e6) {
		ppm_int128 factor12;
		bool exact = ppm_exact_from_number(factor, &factor12);
		assert(exact);
		(void)exact;
		// |amount| < 2^63 and |factor12| < 10^18: the product has fewer than 127 bits.
		ppm_int128 product = (ppm_int128)amount * factor12, rounded;
		ppm_int128 half = product < 0 ? -(PPM_MONEY_SCALE / 2) : PPM_MONEY_SCALE / 2;
		product += half;
		if (fits_64(product))
			rounded = (int64_t)product / PPM_MONEY_SCALE;
		else
			rounded = product / PPM_MONEY_SCALE;
		if (!within_limits(rounded))
			return false;
		*out = rounded;
		return true;
	}
	return ppm_exact_multiply(ppm_exact_from_money(amount), factor, out);
}

void ppm_vm_scalar_MUL_I64_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a);
	const int64_t *b = PPM_I64_AT(b);
	const double *c = PPM_F64_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	PPM_EACH_ACTIVE(e) {
		if (!multiply_money(b[lane], c[lane], &a[lane]))
			ppm_vm_fault_at(vm, instruction, lane, ppm_vm_money_range);
	}
}

// What divides an amount is a decimal of 12 places: below half of the last place it is zero.
bool ppm_vm_divides_by_zero(double divisor)
{
	if (!(fabs(divisor) < 1e-12)) // a lane that does not matter may hold what is no number
		return false;
	ppm_int128 decimal;
	return !ppm_exact_from_number(divisor, &decimal) || decimal == 0;
}

// A small whole divisor into an amount of 64 bits.
static inline bool divide(ppm_int128 amount, double divisor, ppm_int128 *out)
{
	if (fabs(divisor) < 0x1p31 && (double)(int64_t)divisor == divisor && amount <= INT64_MAX / 2 && amount >= -(INT64_MAX / 2)) {
		int64_t whole = (int64_t)divisor, dividend = (int64_t)amount;
		int64_t quotient = dividend / whole, rest = dividend % whole;
		int64_t twice = 2 * (rest < 0 ? -rest : rest);
		if (twice >= (whole < 0 ? -whole : whole))
			quotient += (dividend < 0) == (whole < 0) ? 1 : -1;
		*out = quotient;
		return true;
	}
	return ppm_exact_divide(amount, divisor, out);
}

// The quotient towards zero of dividend / divisor, neither negative and both exact as doubles, which divide faster than integers. What is rounded never falls below a whole
// number that was reached. It comes up to one that was not only where dividend + divisor passes 2^53, and only from so near that half of the divisor is long behind: the rest is
// negative then, and the quotient is already the nearest one.
static inline int64_t quick_quotient(int64_t dividend, int64_t divisor, int64_t *rest)
{
	int64_t quotient = (int64_t)((double)dividend / (double)divisor);
	*rest = dividend - quotient * divisor;
	assert(*rest < divisor);
	return quotient;
}

// A whole divisor below 2^31: first the quotient with 4 places, then the rest's 8 further ones, all in 64 bits. The rest times 10^8 has at most 50 bits before its zeros.
bool ppm_vm_divide_money(int64_t amount, double divisor, ppm_int128 *out)
{
	const int64_t limit = INT64_C(1) << 52;
	if (fabs(divisor) < 0x1p31 && (double)(int64_t)divisor == divisor && amount < limit && amount > -limit) {
		int64_t whole = (int64_t)divisor, rest, last;
		bool negative = (amount < 0) != (whole < 0);
		whole = whole < 0 ? -whole : whole;
		int64_t quotient = quick_quotient(amount < 0 ? -amount : amount, whole, &rest);
		int64_t part = quick_quotient(rest * PPM_EXACT_PER_MONEY, whole, &last);
		part += 2 * last >= whole;
		ppm_int128 result = ppm_exact_from_money(quotient) + part;
		*out = negative ? -result : result;
		return true;
	}
	return divide(ppm_exact_from_money(amount), divisor, out);
}

#define DIVISION(name, TO, result, AT, type, divide_value, range) \
	void ppm_vm_scalar_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		result *a = TO(a); \
		const type *b = AT(b); \
		const double *c = PPM_F64_AT(c); \
		const uint64_t *e = PPM_MASK_AT(e); \
		uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0; \
		for (size_t word = 0; word < vm->words; word++) { \
			uint64_t active = e[word] & vm->live[word], defined = 0; \
			for (uint64_t bits = active; bits; bits &= bits - 1) { \
				size_t lane = word * 64 + (size_t)__builtin_ctzll(bits); \
				if (ppm_vm_divides_by_zero(c[lane])) \
					continue; \
				defined |= bits & -bits; \
				if (!divide_value(b[lane], c[lane], &a[lane])) \
					ppm_vm_fault_at(vm, instruction, lane, range); \
			} \
			d[word] = defined; \
			missing[word] = active & ~defined; \
			any |= missing[word]; \
		} \
		if (any) \
			ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_zero_division); \
	}
DIVISION(DIV_X128_F64, PPM_X128_AT, ppm_int128, PPM_X128_AT, ppm_int128, divide, ppm_vm_money_range)
DIVISION(DIV_I64_F64, PPM_X128_AT, ppm_int128, PPM_I64_AT, int64_t, ppm_vm_divide_money, ppm_vm_money_range)
DIVISION(DIV_I32_F64, PPM_I32_AT, int32_t, PPM_I32_AT, int32_t, ppm_duration_divide, ppm_vm_duration_range)
#undef DIVISION

void ppm_vm_scalar_RATIO_X128(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const ppm_int128 *b = PPM_X128_AT(b), *c = PPM_X128_AT(c), whole = (ppm_int128)1 << 53;
	const uint64_t *e = PPM_MASK_AT(e);
	uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t active = e[word] & vm->live[word], defined = 0;
		for (uint64_t bits = active; bits; bits &= bits - 1) {
			size_t lane = word * 64 + (size_t)__builtin_ctzll(bits);
			ppm_int128 x = b[lane], y = c[lane];
			if (y == 0)
				continue;
			defined |= bits & -bits;
			if (x <= whole && x >= -whole && y <= whole && y >= -whole)
				a[lane] = (double)(int64_t)x / (double)(int64_t)y + 0.0;
			else
				a[lane] = ppm_exact_ratio(x, y) + 0.0;
		}
		d[word] = defined;
		missing[word] = active & ~defined;
		any |= missing[word];
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_zero_division);
}

void ppm_vm_scalar_ROUND_PLACES_X128(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	ppm_int128 *a = PPM_X128_AT(a);
	const ppm_int128 *b = PPM_X128_AT(b);
	const int64_t unit = ppm_power_of_ten[PPM_EXACT_PLACES - instruction->k];
	if (unit == 1) {
		memmove(a, b, vm->words * 64 * sizeof *a);
		return;
	}
	PLAIN_LANE(lane) {
		ppm_int128 amount = b[lane];
		int64_t half = amount < 0 ? -(unit / 2) : unit / 2;
		if (amount <= INT64_MAX / 2 && amount >= -(INT64_MAX / 2))
			a[lane] = ((int64_t)amount + half) / unit * unit;
		else if (within_limits(amount))
			a[lane] = (amount + half) / unit * unit;
		else
			a[lane] = amount;
	}
}

// ---- numbers, dates and durations, points

void ppm_vm_scalar_POW_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const double *b = PPM_F64_AT(b), *c = PPM_F64_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t active = e[word] & vm->live[word], defined = 0;
		for (uint64_t bits = active; bits; bits &= bits - 1) {
			size_t lane = word * 64 + (size_t)__builtin_ctzll(bits);
			double x = b[lane], y = c[lane];
			// Zero to a negative power is a division by zero.
			if ((x == 0 && y < 0) || (x < 0 && y != floor(y))) {
				a[lane] = 0;
				continue;
			}
			defined |= bits & -bits;
			double result = pow(x, y);
			if (isfinite(result)) {
				a[lane] = result;
			} else {
				a[lane] = 0;
				ppm_vm_fault_at(vm, instruction, lane, ppm_vm_number_range);
			}
		}
		d[word] = defined;
		missing[word] = active & ~defined;
		any |= missing[word];
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_no_power);
}

static void add_months(struct ppm_vm *vm, const struct ppm_instruction *instruction, int sign)
{
	int32_t *a = PPM_I32_AT(a);
	const int32_t *b = PPM_I32_AT(b), *c = PPM_I32_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	PPM_EACH_ACTIVE(e) {
		int32_t date = b[lane];
		int64_t months = sign * (int64_t)c[lane], result = INT64_MAX;
		// No month count beyond all years can lead from a date to a date.
		if (date >= PPM_DATE_MIN && date <= PPM_DATE_MAX && months <= 120000 && months >= -120000)
			result = ppm_date_add_months(date, months);
		if (result < PPM_DATE_MIN || result > PPM_DATE_MAX)
			ppm_vm_fault_at(vm, instruction, lane, ppm_vm_date_range);
		else
			a[lane] = (int32_t)result;
	}
}

void ppm_vm_scalar_DATE_ADD_MONTHS(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	add_months(vm, instruction, 1);
}

void ppm_vm_scalar_DATE_SUB_MONTHS(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	add_months(vm, instruction, -1);
}

void ppm_vm_scalar_MUL_I32_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int32_t *a = PPM_I32_AT(a);
	const int32_t *b = PPM_I32_AT(b);
	const double *c = PPM_F64_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	PPM_EACH_ACTIVE(e) {
		if (!ppm_duration_multiply(b[lane], c[lane], &a[lane]))
			ppm_vm_fault_at(vm, instruction, lane, ppm_vm_duration_range);
	}
}

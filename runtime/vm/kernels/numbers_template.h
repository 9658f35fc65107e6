// Numbers: every lane is computed; an infinite result is looked for with three integer operations a vector, and only when there was one in the
// batch does anybody look where. Nothing may be contracted into a fused multiply-add: results are the same on every processor.

#define EXPONENT UINT64_C(0x7ff0000000000000)

// The top bit is set when x is infinite or no number.
static inline uint64_t infinite_bit(double x)
{
	union { double value; uint64_t bits; } cast = { .value = x };
	return (cast.bits & EXPONENT) + UINT64_C(0x0010000000000000);
}

static inline double absolute(double x)
{
	return __builtin_fabs(x);
}

// C's round() without a call or a branch: to nearest even by adding and taking away 2^52, then up where that went down at a tie.
static inline double round_away(double x)
{
	double whole = absolute(x);
	double nearest = (whole + 0x1p52) - 0x1p52;
	nearest += whole - nearest >= 0.5 ? 1.0 : 0.0;
	nearest = whole < 0x1p52 ? nearest : whole;
	return __builtin_copysign(nearest, x);
}

#define NUMBER_KERNEL(name, EXPRESSION) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		double *a = PPM_F64_AT(a); \
		const double *b = PPM_F64_AT(b), *c = PPM_F64_AT(c); \
		uint64_t seen = 0; \
		PPM_EACH_LANE(lane) { \
			double result = (EXPRESSION); \
			a[lane] = result; \
			seen |= infinite_bit(result); \
		} \
		if (seen >> 63) \
			ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e)); \
	}
#define NUMBER_KERNEL_K(name, EXPRESSION) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		double *a = PPM_F64_AT(a); \
		const double *b = PPM_F64_AT(b); \
		const double k = PPM_CONSTANT(f64); \
		uint64_t seen = 0; \
		PPM_EACH_LANE(lane) { \
			double result = (EXPRESSION); \
			a[lane] = result; \
			seen |= infinite_bit(result); \
		} \
		if (seen >> 63) \
			ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e)); \
	}
NUMBER_KERNEL(MUL_F64, b[lane] * c[lane])
NUMBER_KERNEL_K(MUL_F64_K, b[lane] * k)

// Sums as ppm_number_add makes them. They are added as doubles first: where all are whole, digits that cancel leave nothing behind; others are looked at once more, 64 at a
// time, for one whose digits cancel. The bits are 0 when the sum is whole.
static inline uint64_t part_bits(double sum)
{
	union { double value; uint64_t bits; } size = { .value = absolute(sum) }, whole = { .value = (size.value + 0x1p52) - 0x1p52 };
	return size.bits ^ whole.bits;
}

// The top bit is set when digits cancel in the sum of two magnitudes, not when the sum is as large as either.
static inline uint64_t cancel_bits(double sum, double x, double y)
{
	const double larger = x > y ? x : y;
	union { double value; uint64_t bits; } smaller = { .value = absolute(sum) - larger }, large = { .value = PPM_NUMBER_LEAST_ROUNDED * (1 - 0x1p-53) - larger };
	return smaller.bits & large.bits;
}

static inline double round_sum(double sum, double x, double y)
{
	const double larger = x > y ? x : y, scale = ppm_number_scale(larger), rounded = round_away(sum * scale) / scale + 0.0;
	return larger >= PPM_NUMBER_LEAST_ROUNDED && absolute(sum) < larger ? rounded : sum;
}

#define SUM_KERNEL(name, SUM, X, Y, C, K) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		double *a = PPM_F64_AT(a), buffer[PPM_BATCH_ROWS] __attribute__((aligned(64))); \
		const double *b = PPM_F64_AT(b), *c = (C); \
		const double k = (K); \
		const bool in_place = a == b || a == c; \
		double *sums = in_place ? buffer : a; \
		uint64_t seen = 0, parts = 0; \
		(void)k; \
		PPM_EACH_LANE(lane) { \
			const double x = (X), y = (Y), sum = (SUM); \
			sums[lane] = sum; \
			seen |= infinite_bit(sum); \
			parts |= part_bits(sum); \
		} \
		for (size_t first = 0; parts && first < vm->words * 64; first += 64) { \
			uint64_t cancels = 0; \
			PPM_INDEPENDENT \
			for (size_t lane = first; lane < first + 64; lane++) \
				cancels |= cancel_bits(sums[lane], absolute(X), absolute(Y)); \
			if (!(cancels >> 63)) \
				continue; \
			PPM_INDEPENDENT \
			for (size_t lane = first; lane < first + 64; lane++) \
				sums[lane] = round_sum(sums[lane], absolute(X), absolute(Y)); \
		} \
		if (in_place) \
			memcpy(a, buffer, vm->words * 64 * sizeof *a); \
		if (seen >> 63) \
			ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e)); \
	}
SUM_KERNEL(ADD_F64, x + y, b[lane], c[lane], PPM_F64_AT(c), 0)
SUM_KERNEL(SUB_F64, x - y, b[lane], c[lane], PPM_F64_AT(c), 0)
SUM_KERNEL(ADD_F64_K, x + y, b[lane], k, b, PPM_CONSTANT(f64))
SUM_KERNEL(SUB_F64_K, x - y, b[lane], k, b, PPM_CONSTANT(f64))
SUM_KERNEL(RSUB_F64_K, y - x, b[lane], k, b, PPM_CONSTANT(f64))
SUM_KERNEL(MULADD_F64_K, x + y, b[lane] * k, c[lane], PPM_F64_AT(c), PPM_CONSTANT(f64))
#undef SUM_KERNEL

static void kernel_DIV_F64_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const double *b = PPM_F64_AT(b);
	const double k = PPM_CONSTANT(f64);
	uint64_t seen = 0;
	union { double value; uint64_t bits; } reciprocal = { .value = 1 / k }, divisor = { .value = k };
	// Dividing by a power of two is multiplying by its reciprocal, exactly.
	if (!(divisor.bits & UINT64_C(0x000fffffffffffff)) && absolute(k) >= 0x1p-1000 && absolute(k) <= 0x1p1000) {
		PPM_EACH_LANE(lane) {
			double result = b[lane] * reciprocal.value;
			a[lane] = result;
			seen |= infinite_bit(result);
		}
	} else {
		PPM_EACH_LANE(lane) {
			double result = b[lane] / k;
			a[lane] = result;
			seen |= infinite_bit(result);
		}
	}
	if (seen >> 63)
		ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e));
}

// M[d] and the missing lanes, from the divisors; the mask of the active lanes that have a value goes to `active`. Everything is read before M[d]
// is written: it may be M[e].
static void note_divisors(struct ppm_vm *vm, const struct ppm_instruction *instruction, const double *divisors, uint64_t *active)
{
	uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	const uint64_t *e = PPM_MASK_AT(e);
	for (size_t word = 0; word < vm->words; word++) {
		uint64_t zero = block_eq_f64_k(divisors + word * 64, 0);
		missing[word] = e[word] & zero & vm->live[word];
		any |= missing[word];
		active[word] = e[word] & ~zero;
		d[word] = ~zero;
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_zero_division);
}

static void kernel_DIV_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const double *b = PPM_F64_AT(b), *c = PPM_F64_AT(c);
	uint64_t active[PPM_MASK_WORDS], seen = 0;
	note_divisors(vm, instruction, c, active);
	PPM_EACH_LANE(lane) {
		double quotient = b[lane] / c[lane];
		double result = c[lane] != 0 ? quotient : 0;
		a[lane] = result;
		seen |= infinite_bit(result);
	}
	if (seen >> 63)
		ppm_vm_check_numbers(vm, instruction, a, active);
}

static inline bool is_whole(double x)
{
	return absolute(x) < 0x1p52 && __builtin_floor(x) == x;
}

// Of whole numbers: their quotient is never rounded up to a whole number, and the product passes `x` by less than `y`, so that it is exact. Says whether there
// are others.
static inline uint64_t block_mod_whole(double *result, const double *x, const double *y)
{
	uint64_t others = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		double product = y[lane] * __builtin_floor(x[lane] / y[lane]);
		result[lane] = (y[lane] != 0 ? x[lane] - product : 0) + 0.0;
		others |= (uint64_t)!is_whole(x[lane]) | (uint64_t)!is_whole(y[lane]);
	}
	return others;
}

// By the decimals that numbers stand for, which no vector finds: but for whole ones, lane by lane.
static void kernel_MOD_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a), results[64] __attribute__((aligned(64)));
	const double *b = PPM_F64_AT(b), *c = PPM_F64_AT(c);
	const uint64_t *e = PPM_MASK_AT(e);
	uint64_t *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	for (size_t word = 0; word < vm->words; word++, a += 64, b += 64, c += 64) {
		uint64_t active = e[word], zero = block_eq_f64_k(c, 0); // M[d] may be M[e]
		if (block_mod_whole(results, b, c)) {
			for (size_t lane = 0; lane < 64; lane++) {
				if (is_whole(b[lane]) && is_whole(c[lane]))
					continue;
				results[lane] = 0;
				if (ppm_vm_divides_by_zero(c[lane]))
					zero |= UINT64_C(1) << lane;
				else if (active >> lane & 1)
					results[lane] = ppm_number_modulo(b[lane], c[lane]);
			}
		}
		memcpy(a, results, sizeof results);
		missing[word] = active & zero & vm->live[word];
		any |= missing[word];
		d[word] = ~zero;
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, instruction->k, missing, ppm_vm_zero_division);
}

#define SAFE_KERNEL(name, EXPRESSION) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		double *a = PPM_F64_AT(a); \
		const double *b = PPM_F64_AT(b), *c = PPM_F64_AT(c); \
		(void)c; \
		PPM_EACH_LANE(lane) \
			a[lane] = (EXPRESSION); \
	}
SAFE_KERNEL(NEG_F64, 0.0 - b[lane])
SAFE_KERNEL(ABS_F64, absolute(b[lane]))
SAFE_KERNEL(MIN_F64, b[lane] < c[lane] ? b[lane] : c[lane])
SAFE_KERNEL(MAX_F64, b[lane] > c[lane] ? b[lane] : c[lane])

// As ppm_number_as_decimal, where all are below its limit: says whether others are among them.
static inline uint64_t block_twelve_places(double *result, const double *x)
{
	uint64_t seen = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		union { double value; uint64_t bits; } large = { .value = PPM_NUMBER_TWELVE_PLACES_LIMIT * (1 - 0x1p-53) - absolute(x[lane]) };
		result[lane] = round_away(x[lane] * 1e12) / 1e12 + 0.0;
		seen |= large.bits;
	}
	return seen >> 63;
}

// The same for all: how many places count depends on the size.
static inline void block_as_decimal(double *result, const double *x)
{
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		double scale = ppm_number_scale(absolute(x[lane]));
		scale = scale < 1e12 ? scale : 1e12;
		result[lane] = round_away(x[lane] * scale) / scale + 0.0;
	}
}

static void kernel_DECIMAL_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a), buffer[64] __attribute__((aligned(64)));
	const double *b = PPM_F64_AT(b);
	for (size_t word = 0; word < vm->words; word++, a += 64, b += 64) {
		if (block_twelve_places(buffer, b))
			block_as_decimal(buffer, b);
		memcpy(a, buffer, sizeof buffer);
	}
}

static void kernel_CLAMP_F64_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const double *b = PPM_F64_AT(b);
	const double low = PPM_CONSTANT(f64), high = vm->program->constants[instruction->k + 1].f64;
	PPM_EACH_LANE(lane) {
		double raised = b[lane] > low ? b[lane] : low;
		a[lane] = raised < high ? raised : high;
	}
}

// By 12 places, which count below the limit.
static inline uint64_t block_round_many(double *result, const double *x, double power)
{
	const double divisor = 1e12 / power;
	uint64_t seen = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		union { double value; uint64_t bits; } large = { .value = PPM_NUMBER_TWELVE_PLACES_LIMIT * (1 - 0x1p-53) - absolute(x[lane]) };
		result[lane] = round_away(round_away(x[lane] * 1e12) / divisor) / power + 0.0;
		seen |= large.bits;
	}
	return seen >> 63;
}

static inline uint64_t block_mean(double *a, const double *const *x, const double *weights, uint32_t count, double divisor)
{
	uint64_t seen = 0;
	for (size_t group = 0; group < F64_GROUPS; group++) {
		F64_VECTOR sum = F64_MUL(F64_LOAD(x[0]), F64_SET(weights[0]));
		for (uint32_t i = 1; i < count; i++) {
			F64_VECTOR product = F64_MUL(F64_LOAD(x[i]), F64_SET(weights[i]));
			sum = F64_ADD(sum, product);
		}
		F64_STORE(a, F64_ADD(F64_DIV(sum, F64_SET(divisor)), F64_SET(0)));
	}
	for (size_t lane = 0; lane < 64; lane++)
		seen |= infinite_bit(a[lane]);
	return seen;
}

#define MEAN_TERMS 8

static void kernel_WEIGHTED_MEAN(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_mean *mean = &vm->program->means[instruction->k];
	double *a = PPM_F64_AT(a);
	uint64_t seen = 0;
	if (mean->count > MEAN_TERMS) {
		for (size_t lane = 0; lane < vm->words * 64; lane++) {
			double sum = ((const double *)vm->registers[PPM_CLASS_F64][mean->registers[0]])[lane] * mean->weights[0];
			for (uint32_t i = 1; i < mean->count; i++) {
				double product = ((const double *)vm->registers[PPM_CLASS_F64][mean->registers[i]])[lane] * mean->weights[i];
				sum += product;
			}
			a[lane] = sum / mean->divisor + 0.0;
			seen |= infinite_bit(a[lane]);
		}
		if (seen >> 63)
			ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e));
		return;
	}
	// The common counts are compiled for themselves, their weights in registers.
	double weights[MEAN_TERMS] = { 0 };
	memcpy(weights, mean->weights, mean->count * sizeof *weights);
	for (size_t word = 0; word < vm->words; word++) {
		const double *x[MEAN_TERMS] = { NULL };
		for (uint32_t i = 0; i < mean->count; i++)
			x[i] = (const double *)vm->registers[PPM_CLASS_F64][mean->registers[i]] + word * 64;
		switch (mean->count) {
		case 3: seen |= block_mean(a + word * 64, x, weights, 3, mean->divisor); break;
		case 4: seen |= block_mean(a + word * 64, x, weights, 4, mean->divisor); break;
		case 5: seen |= block_mean(a + word * 64, x, weights, 5, mean->divisor); break;
		case 6: seen |= block_mean(a + word * 64, x, weights, 6, mean->divisor); break;
		default: seen |= block_mean(a + word * 64, x, weights, mean->count, mean->divisor); break;
		}
	}
	if (seen >> 63)
		ppm_vm_check_numbers(vm, instruction, a, PPM_MASK_AT(e));
}

// As ppm_number_round_places. That rounds the decimal which a number stands for, and the number is so near to it (by 5 of 10^15) that the two round alike but near a
// tie: up to 6 places one multiplication and one division do, and tell whether a lane is in doubt.
static inline uint64_t block_round_few(double *result, const double *x, double power)
{
	uint64_t seen = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		double scaled = x[lane] * power, size = absolute(scaled);
		double nearest = (size + 0x1p52) - 0x1p52, off = absolute(size - nearest);
		union { double value; uint64_t bits; } doubt = { .value = 0.499 - off }, large = { .value = 0x1p37 - size };
		result[lane] = __builtin_copysign(nearest, scaled) / power + 0.0;
		seen |= doubt.bits | large.bits;
	}
	return seen >> 63;
}

static void kernel_ROUND_PLACES_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a), buffer[64] __attribute__((aligned(64)));
	const double *b = PPM_F64_AT(b);
	const bool in_place = a == b;
	const double power = (double)ppm_power_of_ten[instruction->k];
	for (size_t word = 0; word < vm->words; word++, a += 64, b += 64) {
		double *results = in_place ? buffer : a;
		if (instruction->k <= 6) {
			if (block_round_few(results, b, power)) {
				for (size_t lane = 0; lane < 64; lane++) {
					double whole = absolute(b[lane] * power), nearest = (whole + 0x1p52) - 0x1p52;
					if (!(absolute(whole - nearest) <= 0.499 && whole <= 0x1p37))
						results[lane] = ppm_number_round_places(b[lane], power);
				}
			}
		} else if (block_round_many(results, b, power)) {
			for (size_t lane = 0; lane < 64; lane++) {
				if (!(absolute(b[lane]) < PPM_NUMBER_TWELVE_PLACES_LIMIT))
					results[lane] = ppm_number_round_places(b[lane], power);
			}
		}
		for (size_t lane = 0; in_place && lane < 64; lane++)
			a[lane] = buffer[lane];
	}
}

static void kernel_SCALE_F64(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	double *a = PPM_F64_AT(a);
	const double *b = PPM_F64_AT(b);
	const union ppm_constant *constants = vm->program->constants + instruction->k;
	const double from = constants[0].f64, width = ppm_number_add(constants[1].f64, -constants[0].f64);
	const double start = constants[2].f64, length = ppm_number_add(constants[3].f64, -start);
	for (size_t word = 0; word < vm->words; word++, a += 64, b += 64) {
		double above[64] __attribute__((aligned(64)));
		uint64_t parts = 0;
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++) {
			above[lane] = b[lane] - start;
			parts |= part_bits(above[lane]);
		}
		PPM_INDEPENDENT
		for (size_t lane = 0; parts && lane < 64; lane++)
			above[lane] = round_sum(above[lane], absolute(b[lane]), absolute(start));
		PPM_INDEPENDENT
		for (size_t lane = 0; lane < 64; lane++) {
			double t = above[lane] / length;
			t = t > 0 ? t : 0;
			t = t < 1 ? t : 1;
			above[lane] = width * t;
			a[lane] = from + above[lane];
			parts |= part_bits(a[lane]);
		}
		PPM_INDEPENDENT
		for (size_t lane = 0; parts && lane < 64; lane++)
			a[lane] = round_sum(a[lane], absolute(from), absolute(above[lane]));
	}
}

// Whole points, as nearly all are: their millionths are exact in a double, and below 2^51, so that the bits of their sum with 1.5 * 2^52 hold them as an integer. Says whether there are others.
static inline bool block_whole_points(int64_t *result, const double *x)
{
	uint64_t others = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		union { double value; uint64_t bits; } millionths = { .value = x[lane] * 1e6 + 0x1.8p52 };
		double nearest = (x[lane] + 0x1.8p52) - 0x1.8p52;
		result[lane] = (int64_t)(millionths.bits - UINT64_C(0x4338000000000000));
		others |= (uint64_t)(nearest != x[lane]) | (uint64_t)!(absolute(x[lane]) <= 1e9);
	}
	return others != 0;
}

static void kernel_POINTS_FROM_NUMBER(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	int64_t *a = PPM_I64_AT(a);
	const double *b = PPM_F64_AT(b);
	const uint64_t *e = PPM_MASK_AT(e);
	for (size_t word = 0; word < vm->words; word++) {
		if (!block_whole_points(a + word * 64, b + word * 64))
			continue;
		for (uint64_t bits = e[word] & vm->live[word]; bits; bits &= bits - 1) {
			size_t lane = word * 64 + (size_t)__builtin_ctzll(bits);
			double result = round_away(ppm_number_round_places(b[lane], 1e6) * 1e6); // by the decimal that the number stands for
			if (result >= -1e18 && result <= 1e18)
				a[lane] = (int64_t)result;
			else
				ppm_vm_fault_at(vm, instruction, lane, ppm_vm_points_range);
		}
	}
}

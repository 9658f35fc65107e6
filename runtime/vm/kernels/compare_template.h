// Masks and comparisons. A word of a mask is made from 64 rows at a time.

#define MASK_KERNEL(name, EXPRESSION) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const uint64_t *b = PPM_MASK_AT(b), *c = PPM_MASK_AT(c); \
		PPM_INDEPENDENT \
		for (size_t word = 0; word < PPM_MASK_WORDS; word++) \
			a[word] = (EXPRESSION); \
	}
MASK_KERNEL(MASK_AND, b[word] & c[word])
MASK_KERNEL(MASK_OR, b[word] | c[word])
MASK_KERNEL(MASK_AND_NOT, b[word] & ~c[word])
MASK_KERNEL(MASK_XOR, b[word] ^ c[word])
#undef MASK_KERNEL

static void kernel_MASK_ROWS(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	memcpy(PPM_MASK_AT(a), vm->live, sizeof vm->live);
}

static void kernel_MASK_FILL(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	memset(PPM_MASK_AT(a), instruction->k ? 0xff : 0, sizeof vm->live);
}

static void kernel_MASK_NOT(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const uint64_t *b = PPM_MASK_AT(b);
	PPM_INDEPENDENT
	for (size_t word = 0; word < PPM_MASK_WORDS; word++)
		a[word] = ~b[word];
}

static void kernel_MASK_SELECT(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const uint64_t *b = PPM_MASK_AT(b), *c = PPM_MASK_AT(c), *d = PPM_MASK_AT(d);
	PPM_INDEPENDENT
	for (size_t word = 0; word < PPM_MASK_WORDS; word++)
		a[word] = (b[word] & c[word]) | (~b[word] & d[word]);
}

// ---- one block of 64 rows: two vectors, a vector with a constant, a vector within two constants (the first not above the second)

static inline uint64_t block_eq_f64(const double *x, const double *y) { F64_COLLECT(F64_EQ(F64_LOAD(x), F64_LOAD(y))); }
static inline uint64_t block_lt_f64(const double *x, const double *y) { F64_COLLECT(F64_LT(F64_LOAD(x), F64_LOAD(y))); }
static inline uint64_t block_le_f64(const double *x, const double *y) { F64_COLLECT(F64_LE(F64_LOAD(x), F64_LOAD(y))); }
static inline uint64_t block_eq_f64_k(const double *x, double k) { F64_VECTOR y = F64_SET(k); F64_COLLECT(F64_EQ(F64_LOAD(x), y)); }
static inline uint64_t block_lt_f64_k(const double *x, double k) { F64_VECTOR y = F64_SET(k); F64_COLLECT(F64_LT(F64_LOAD(x), y)); }
static inline uint64_t block_le_f64_k(const double *x, double k) { F64_VECTOR y = F64_SET(k); F64_COLLECT(F64_LE(F64_LOAD(x), y)); }
static inline uint64_t block_gt_f64_k(const double *x, double k) { F64_VECTOR y = F64_SET(k); F64_COLLECT(F64_LT(y, F64_LOAD(x))); }
static inline uint64_t block_ge_f64_k(const double *x, double k) { F64_VECTOR y = F64_SET(k); F64_COLLECT(F64_LE(y, F64_LOAD(x))); }
static inline uint64_t block_range_f64(const double *x, double low, double high)
{
	F64_VECTOR l = F64_SET(low), h = F64_SET(high);
	F64_COLLECT(F64_WITHIN(F64_LOAD(x), l, h));
}

static inline uint64_t block_eq_i64(const int64_t *x, const int64_t *y) { I64_COLLECT(I64_EQ(I64_LOAD(x), I64_LOAD(y))); }
static inline uint64_t block_lt_i64(const int64_t *x, const int64_t *y) { I64_COLLECT(I64_LT(I64_LOAD(x), I64_LOAD(y))); }
static inline uint64_t block_eq_i64_k(const int64_t *x, int64_t k) { I64_VECTOR y = I64_SET(k); I64_COLLECT(I64_EQ(I64_LOAD(x), y)); }
static inline uint64_t block_lt_i64_k(const int64_t *x, int64_t k) { I64_VECTOR y = I64_SET(k); I64_COLLECT(I64_LT(I64_LOAD(x), y)); }
static inline uint64_t block_gt_i64_k(const int64_t *x, int64_t k) { I64_VECTOR y = I64_SET(k); I64_COLLECT(I64_LT(y, I64_LOAD(x))); }
static inline uint64_t block_outside_i64(const int64_t *x, int64_t low, int64_t high)
{
	I64_VECTOR l = I64_SET(low), width = I64_SET((int64_t)((uint64_t)high - (uint64_t)low));
	I64_COLLECT(I64_OUTSIDE(I64_LOAD(x), l, width));
}

static inline uint64_t block_eq_i32(const int32_t *x, const int32_t *y) { I32_COLLECT(I32_EQ(I32_LOAD(x), I32_LOAD(y))); }
static inline uint64_t block_lt_i32(const int32_t *x, const int32_t *y) { I32_COLLECT(I32_LT(I32_LOAD(x), I32_LOAD(y))); }
static inline uint64_t block_eq_i32_k(const int32_t *x, int32_t k) { I32_VECTOR y = I32_SET(k); I32_COLLECT(I32_EQ(I32_LOAD(x), y)); }
static inline uint64_t block_lt_i32_k(const int32_t *x, int32_t k) { I32_VECTOR y = I32_SET(k); I32_COLLECT(I32_LT(I32_LOAD(x), y)); }
static inline uint64_t block_gt_i32_k(const int32_t *x, int32_t k) { I32_VECTOR y = I32_SET(k); I32_COLLECT(I32_LT(y, I32_LOAD(x))); }
static inline uint64_t block_outside_i32(const int32_t *x, int32_t low, int32_t high)
{
	I32_VECTOR l = I32_SET(low), width = I32_SET((int32_t)((uint32_t)high - (uint32_t)low));
	I32_COLLECT(I32_OUTSIDE(I32_LOAD(x), l, width));
}

static inline uint64_t block_eq_i16_k(const int16_t *x, int16_t k) { I16_VECTOR y = I16_SET(k); I16_COLLECT(I16_EQ(I16_LOAD(x), y)); }
static inline uint64_t block_lt_i16_k(const int16_t *x, int16_t k) { I16_VECTOR y = I16_SET(k); I16_COLLECT(I16_LT(I16_LOAD(x), y)); }
static inline uint64_t block_gt_i16_k(const int16_t *x, int16_t k) { I16_VECTOR y = I16_SET(k); I16_COLLECT(I16_LT(y, I16_LOAD(x))); }
static inline uint64_t block_outside_i16(const int16_t *x, int16_t low, int16_t high)
{
	I16_VECTOR l = I16_SET(low), width = I16_SET((int16_t)((uint16_t)high - (uint16_t)low));
	I16_COLLECT(I16_OUTSIDE(I16_LOAD(x), l, width));
}

// ---- the kernels

// A column's integers within two numbers, either of which may be infinite.
#define WITHIN(x, type, MIN, MAX, suffix) \
	do { \
		const type low = bottom > (MIN) ? (type)bottom : (MIN), high = top < (MAX) ? (type)top : (MAX); \
		if (low == high) { \
			for (size_t word = 0; word < vm->words; word++) \
				a[word] = block_eq_##suffix##_k((x) + word * 64, low); \
		} else if (high == (MAX)) { \
			for (size_t word = 0; word < vm->words; word++) \
				a[word] = ~block_lt_##suffix##_k((x) + word * 64, low); \
		} else if (low == (MIN)) { \
			for (size_t word = 0; word < vm->words; word++) \
				a[word] = ~block_gt_##suffix##_k((x) + word * 64, high); \
		} else { \
			for (size_t word = 0; word < vm->words; word++) \
				a[word] = ~block_outside_##suffix((x) + word * 64, low, high); \
		} \
	} while (0)

static void whole_within(const struct ppm_vm *vm, uint64_t *a, uint16_t index, double from, double to)
{
	double bottom = __builtin_ceil(from), top = __builtin_floor(to);
	const int32_t *whole = vm->whole[index];
	const int16_t *small = vm->small[index];
	if (!(bottom <= top) || bottom > (small ? INT16_MAX : INT32_MAX) || top < (small ? INT16_MIN : INT32_MIN))
		memset(a, 0, vm->words * sizeof *a);
	else if (small)
		WITHIN(small, int16_t, INT16_MIN, INT16_MAX, i16);
	else
		WITHIN(whole, int32_t, INT32_MIN, INT32_MAX, i32);
}

static void kernel_IN_RANGE_I16_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const int16_t *b = PPM_I16_AT(b);
	const int64_t bottom = PPM_CONSTANT(i64), top = vm->program->constants[instruction->k + 1].i64;
	if (bottom > top)
		memset(a, 0, vm->words * sizeof *a);
	else
		WITHIN(b, int16_t, INT16_MIN, INT16_MAX, i16);
}
#undef WITHIN

#define COMPARE(name, AT, type, CALL) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const type *x = AT(b), *y = AT(c); \
		for (size_t word = 0; word < vm->words; word++, x += 64, y += 64) \
			a[word] = (CALL); \
	}
#define COMPARE_K(name, AT, type, member, CALL) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const type *x = AT(b); \
		const type k = (type)PPM_CONSTANT(member); \
		for (size_t word = 0; word < vm->words; word++, x += 64) \
			a[word] = (CALL); \
	}
#define COMPARE_NUMBER_K(name, from, to, CALL) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const double k = PPM_CONSTANT(f64); \
		if (PPM_WHOLE_AT(b)) { \
			whole_within(vm, a, instruction->b, from, to); \
			return; \
		} \
		const double *x = PPM_F64_AT(b); \
		for (size_t word = 0; word < vm->words; word++, x += 64) \
			a[word] = (CALL); \
	}
#define COMPARE_RANGE(name, AT, type, member, CALL) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const type *x = AT(b); \
		const type low = (type)PPM_CONSTANT(member), high = (type)vm->program->constants[instruction->k + 1].member; \
		for (size_t word = 0; word < vm->words; word++, x += 64) \
			a[word] = (CALL); \
	}

COMPARE(EQ_F64, PPM_F64_AT, double, block_eq_f64(x, y))
COMPARE(LT_F64, PPM_F64_AT, double, block_lt_f64(x, y))
COMPARE(LE_F64, PPM_F64_AT, double, block_le_f64(x, y))
COMPARE_NUMBER_K(EQ_F64_K, k, k, block_eq_f64_k(x, k))
COMPARE_NUMBER_K(LE_F64_K, -__builtin_inf(), k, block_le_f64_k(x, k))
COMPARE_NUMBER_K(GE_F64_K, k, __builtin_inf(), block_ge_f64_k(x, k))

static void kernel_IN_RANGE_F64_K(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	uint64_t *a = PPM_MASK_AT(a);
	const double low = PPM_CONSTANT(f64), high = vm->program->constants[instruction->k + 1].f64;
	if (PPM_WHOLE_AT(b)) {
		whole_within(vm, a, instruction->b, low, high);
		return;
	}
	const double *x = PPM_F64_AT(b);
	for (size_t word = 0; word < vm->words; word++, x += 64)
		a[word] = low <= high ? block_range_f64(x, low, high) : 0;
}

COMPARE(EQ_I64, PPM_I64_AT, int64_t, block_eq_i64(x, y))
COMPARE(LT_I64, PPM_I64_AT, int64_t, block_lt_i64(x, y))
COMPARE(LE_I64, PPM_I64_AT, int64_t, ~block_lt_i64(y, x))
COMPARE_K(EQ_I64_K, PPM_I64_AT, int64_t, i64, block_eq_i64_k(x, k))
COMPARE_K(LE_I64_K, PPM_I64_AT, int64_t, i64, ~block_gt_i64_k(x, k))
COMPARE_K(GE_I64_K, PPM_I64_AT, int64_t, i64, ~block_lt_i64_k(x, k))
COMPARE_RANGE(IN_RANGE_I64_K, PPM_I64_AT, int64_t, i64, low <= high ? ~block_outside_i64(x, low, high) : 0)
COMPARE(EQ_I32, PPM_I32_AT, int32_t, block_eq_i32(x, y))
COMPARE(LT_I32, PPM_I32_AT, int32_t, block_lt_i32(x, y))
COMPARE(LE_I32, PPM_I32_AT, int32_t, ~block_lt_i32(y, x))
COMPARE_K(EQ_I32_K, PPM_I32_AT, int32_t, i64, block_eq_i32_k(x, k))
COMPARE_K(LE_I32_K, PPM_I32_AT, int32_t, i64, ~block_gt_i32_k(x, k))
COMPARE_K(GE_I32_K, PPM_I32_AT, int32_t, i64, ~block_lt_i32_k(x, k))
COMPARE_RANGE(IN_RANGE_I32_K, PPM_I32_AT, int32_t, i64, low <= high ? ~block_outside_i32(x, low, high) : 0)
#undef COMPARE
#undef COMPARE_K
#undef COMPARE_RANGE
#undef COMPARE_NUMBER_K

// A set without holes is a range; one of up to 64 codes is shifted out of a register; larger ones are looked up.
static void kernel_TEXT_IN_SET(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_set *set = &vm->program->sets[instruction->k];
	uint64_t *a = PPM_MASK_AT(a);
	const int32_t *codes = PPM_I32_AT(b);
	uint32_t count = set->bit_count;
	if (count == 0) {
		memset(a, 0, sizeof vm->live);
		return;
	}
	if (count <= 64) {
		uint64_t bits = set->bits[0] | (count > 32 ? (uint64_t)set->bits[1] << 32 : 0);
		uint64_t full = ~UINT64_C(0) >> (64 - count);
		bits &= full;
		if (bits == full) {
			int32_t low = (int32_t)set->base, high = (int32_t)(set->base + (count - 1));
			for (size_t word = 0; word < vm->words; word++, codes += 64)
				a[word] = low == high ? block_eq_i32_k(codes, low) : ~block_outside_i32(codes, low, high);
			return;
		}
		for (size_t word = 0; word < vm->words; word++, codes += 64)
			a[word] = lanes_in_bits(codes, set->base, bits);
		return;
	}
	for (size_t word = 0; word < vm->words; word++, codes += 64) {
		uint64_t found = 0;
		for (size_t lane = 0; lane < 64; lane++) {
			uint32_t place = (uint32_t)codes[lane] - set->base;
			uint32_t within = place < count ? place : 0;
			found |= (uint64_t)((set->bits[within >> 5] >> (within & 31) & 1) & (place < count)) << lane;
		}
		a[word] = found;
	}
}

// ---- linear sums: exact in doubles while no product or sum can pass 2^53, else in 64 bits, else in 128

static uint64_t magnitude_of(const int64_t *values, size_t count)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < count; i++)
		seen |= (uint64_t)values[i] ^ (uint64_t)values[i] << 1;
	// The highest bit that differs from the one below it: all values are within ± 2^(that bit).
	return seen ? UINT64_C(1) << (63 - __builtin_clzll(seen)) : 0;
}

static uint64_t magnitude_at(struct ppm_vm *vm, uint16_t index)
{
	const int64_t *values = vm->registers[PPM_CLASS_I64][index];
	if (vm->magnitude_batch[index] == UINT64_MAX)
		return magnitude_of(values, vm->words * 64);
	if (vm->magnitude_batch[index] != vm->batch_number) {
		vm->magnitudes[index] = magnitude_of(values, vm->words * 64);
		vm->magnitude_batch[index] = vm->batch_number;
	}
	return vm->magnitudes[index];
}

static inline uint64_t block_relation_f64(const double *sums, unsigned relation)
{
	switch (relation) {
	case 0: return block_eq_f64_k(sums, 0);
	case 1: return block_lt_f64_k(sums, 0);
	case 2: return block_le_f64_k(sums, 0);
	case 3: return block_gt_f64_k(sums, 0);
	default: return block_ge_f64_k(sums, 0);
	}
}

static inline uint64_t block_relation_i64(const int64_t *sums, unsigned relation)
{
	switch (relation) {
	case 0: return block_eq_i64_k(sums, 0);
	case 1: return block_lt_i64_k(sums, 0);
	case 2: return ~block_gt_i64_k(sums, 0);
	case 3: return block_gt_i64_k(sums, 0);
	default: return ~block_lt_i64_k(sums, 0);
	}
}

// `LEFT` is compared with `RIGHT`: one term with the other, which spares their sum. The relation is known before the loop: within it, all five together
// would leave what they compare in memory.
#define LINEAR_WORDS(name, kind, COLLECT, LEFT, RIGHT) \
	static inline uint64_t name##_eq(const int64_t *x, const int64_t *y, const kind##_VECTOR *k) { (void)y; COLLECT(kind##_EQ(LEFT, RIGHT)); } \
	static inline uint64_t name##_lt(const int64_t *x, const int64_t *y, const kind##_VECTOR *k) { (void)y; COLLECT(kind##_LT(LEFT, RIGHT)); } \
	static inline uint64_t name##_gt(const int64_t *x, const int64_t *y, const kind##_VECTOR *k) { (void)y; COLLECT(kind##_LT(RIGHT, LEFT)); } \
	static void name(uint64_t *a, size_t words, unsigned relation, const int64_t *x, const int64_t *y, const kind##_VECTOR *k) \
	{ \
		const uint64_t turned = relation == 2 || relation == 4 ? ~UINT64_C(0) : 0; \
		for (size_t word = 0; relation == 0 && word < words; word++) \
			a[word] = name##_eq(x + word * 64, y + word * 64, k); \
		for (size_t word = 0; (relation == 1 || relation == 4) && word < words; word++) \
			a[word] = name##_lt(x + word * 64, y + word * 64, k) ^ turned; \
		for (size_t word = 0; (relation == 2 || relation == 3) && word < words; word++) \
			a[word] = name##_gt(x + word * 64, y + word * 64, k) ^ turned; \
	}

#if defined(LANES_HAVE_PRODUCTS)
// In integers, whose products are quicker than two conversions, and exact while the bound is below 2^63.
LINEAR_WORDS(linear_2_only, I64, I64_COLLECT, I64_TIMES(I64_LOAD(x), k[0]), I64_TIMES(I64_LOAD(y), k[1]))
LINEAR_WORDS(linear_1, I64, I64_COLLECT, I64_TIMES(I64_LOAD(x), k[0]), k[1])
LINEAR_WORDS(linear_2, I64, I64_COLLECT, I64_ADD(I64_TIMES(I64_LOAD(x), k[0]), k[2]), I64_TIMES(I64_LOAD(y), k[1]))
#else
LINEAR_WORDS(linear_2_only, F64, F64_COLLECT_SUMS, F64_MUL(F64_FROM_SMALL(I64_LOAD(x)), k[0]), F64_MUL(F64_FROM_SMALL(I64_LOAD(y)), k[1]))
LINEAR_WORDS(linear_1, F64, F64_COLLECT_SUMS, F64_MUL(F64_FROM_SMALL(I64_LOAD(x)), k[0]), k[1])
LINEAR_WORDS(linear_2, F64, F64_COLLECT_SUMS, F64_ADD(F64_MUL(F64_FROM_SMALL(I64_LOAD(x)), k[0]), k[2]), F64_MUL(F64_FROM_SMALL(I64_LOAD(y)), k[1]))
#endif
#undef LINEAR_WORDS

// One or two terms: what stands on the right of the comparison, the second term or else the constant, has its sign turned.
static void linear_pair(const struct ppm_vm *vm, const struct ppm_linear *linear, const int64_t *const *terms, uint64_t *a)
{
	const int64_t constant = (int64_t)linear->constant, right = linear->count > 1 ? linear->coefficients[1] : constant, *y = terms[linear->count - 1];
#if defined(LANES_HAVE_PRODUCTS)
	const I64_VECTOR k[3] = { I64_SET(linear->coefficients[0]), I64_SET((int64_t)(0 - (uint64_t)right)), I64_SET(constant) };
#else
	const F64_VECTOR k[3] = { F64_SET((double)linear->coefficients[0]), F64_SET(-(double)right), F64_SET((double)constant) };
#endif
	(linear->count == 1 ? linear_1 : constant == 0 ? linear_2_only : linear_2)(a, vm->words, linear->relation, terms[0], y, k);
}

static void linear_in_doubles(const struct ppm_vm *vm, const struct ppm_linear *linear, const int64_t *const *terms, uint64_t *a)
{
	const double constant = (double)(int64_t)linear->constant;
	double sums[64] __attribute__((aligned(64)));
	for (size_t word = 0; word < vm->words; word++) {
		for (size_t group = 0; group < F64_GROUPS; group++)
			F64_STORE(sums, F64_SET(constant));
		for (size_t i = 0; i < linear->count; i++) {
			const int64_t *x = terms[i] + word * 64;
			const F64_VECTOR factor = F64_SET((double)linear->coefficients[i]);
			for (size_t group = 0; group < F64_GROUPS; group++)
				F64_STORE(sums, F64_ADD(F64_LOAD(sums), F64_MUL(F64_FROM_SMALL(I64_LOAD(x)), factor)));
		}
		a[word] = block_relation_f64(sums, linear->relation);
	}
}

static void linear_in_64_bits(const struct ppm_vm *vm, const struct ppm_linear *linear, const int64_t *const *terms, uint64_t *a)
{
	int64_t sums[64];
	for (size_t word = 0; word < vm->words; word++) {
		for (size_t lane = 0; lane < 64; lane++)
			sums[lane] = (int64_t)linear->constant;
		for (size_t i = 0; i < linear->count; i++) {
			const int64_t *x = terms[i] + word * 64;
			uint64_t k = (uint64_t)linear->coefficients[i];
			for (size_t lane = 0; lane < 64; lane++)
				sums[lane] = (int64_t)((uint64_t)sums[lane] + (uint64_t)x[lane] * k);
		}
		a[word] = block_relation_i64(sums, linear->relation);
	}
}

static void linear_in_128_bits(const struct ppm_vm *vm, const struct ppm_linear *linear, const int64_t *const *terms, uint64_t *a)
{
	int64_t signs[64];
	for (size_t word = 0; word < vm->words; word++) {
		for (size_t lane = 0; lane < 64; lane++) {
			ppm_int128 sum = linear->constant;
			for (size_t i = 0; i < linear->count; i++)
				sum += (ppm_int128)terms[i][word * 64 + lane] * linear->coefficients[i];
			signs[lane] = (sum > 0) - (sum < 0);
		}
		a[word] = block_relation_i64(signs, linear->relation);
	}
}

// No sum can be larger; `largest`: no term without its coefficient.
static ppm_uint128 linear_bound(struct ppm_vm *vm, const struct ppm_linear *linear, bool stated, uint64_t *largest)
{
	ppm_uint128 bound = linear->constant < 0 ? -(ppm_uint128)linear->constant : (ppm_uint128)linear->constant;
	*largest = 0;
	for (size_t i = 0; i < linear->count; i++) {
		uint16_t index = linear->registers[i];
		uint64_t magnitude = stated && vm->stated[index] ? vm->stated[index] : magnitude_at(vm, index);
		int64_t k = linear->coefficients[i];
		uint64_t size = k < 0 ? -(uint64_t)k : (uint64_t)k;
		bound += (ppm_uint128)magnitude * size;
		*largest = magnitude > *largest ? magnitude : *largest;
	}
	return bound;
}

static void kernel_LINEAR_COMPARE(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_linear *linear = &vm->program->linears[instruction->k];
	const int64_t *terms[PPM_LINEAR_TERMS];
	uint64_t *a = PPM_MASK_AT(a), largest;
	for (size_t i = 0; i < linear->count; i++)
		terms[i] = vm->registers[PPM_CLASS_I64][linear->registers[i]];
	// What the source states of its columns mostly does; else the amounts are looked at.
	ppm_uint128 bound = linear_bound(vm, linear, true, &largest);
#if defined(LANES_HAVE_PRODUCTS)
	if (linear->count <= 2 && bound < UINT64_C(1) << 63) {
		linear_pair(vm, linear, terms, a);
		return;
	}
#endif
	if (largest >= UINT64_C(1) << 51 || bound >= UINT64_C(1) << 53)
		bound = linear_bound(vm, linear, false, &largest);
	if (largest < UINT64_C(1) << 51 && bound < UINT64_C(1) << 53)
		(linear->count <= 2 ? linear_pair : linear_in_doubles)(vm, linear, terms, a);
	else if (bound < UINT64_C(1) << 63)
		linear_in_64_bits(vm, linear, terms, a);
	else
		linear_in_128_bits(vm, linear, terms, a);
}

// ---- comparisons of computed numbers, by the decimals that they stand for

// A number and its decimal are at most half of a place apart, of 10^-12 or of the last of 15 digits, and half of their own last place: numbers farther apart than this,
// or equal, compare as they are.
#define NEAR 4e-12
#define NEAR_DIGITS 1.2e-14

static uint64_t near_lanes(const double *x, const double *y)
{
	const F64_VECTOR near = F64_SET(NEAR), digits = F64_SET(NEAR_DIGITS);
	F64_COLLECT(F64_LE(F64_ABS(F64_SUB(F64_LOAD(x), F64_LOAD(y))), F64_ADD(F64_MUL(F64_ABS(F64_LOAD(x)), digits), near)));
}

enum relation { IS_EQUAL, IS_LESS, IS_LESS_EQUAL, IS_GREATER, IS_GREATER_EQUAL };

static inline uint64_t rounded_lanes(enum relation relation, const double *x, const double *y, uint64_t word, uint64_t doubtful)
{
	for (; doubtful; doubtful &= doubtful - 1) {
		size_t lane = (size_t)__builtin_ctzll(doubtful);
		double p = ppm_number_as_decimal(x[lane]), q = ppm_number_as_decimal(y[lane]);
		bool holds = relation == IS_EQUAL ? p == q : relation == IS_LESS ? p < q : relation == IS_LESS_EQUAL ? p <= q : relation == IS_GREATER ? p > q : p >= q;
		word = (word & ~(doubtful & -doubtful)) | (holds ? doubtful & -doubtful : 0);
	}
	return word;
}

static inline uint64_t compare_rounded(enum relation relation, const double *x, const double *y)
{
	uint64_t doubtful = near_lanes(x, y), result;
	switch (relation) {
	case IS_EQUAL: result = block_eq_f64(x, y); break;
	case IS_LESS: result = block_lt_f64(x, y); break;
	case IS_LESS_EQUAL: result = block_le_f64(x, y); break;
	case IS_GREATER: result = block_lt_f64(y, x); break;
	default: result = block_le_f64(y, x); break;
	}
	if (doubtful)
		doubtful &= ~block_eq_f64(x, y);
	return doubtful ? rounded_lanes(relation, x, y, result, doubtful) : result;
}

#define COMPARE_ROUNDED(name, relation) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		uint64_t *a = PPM_MASK_AT(a); \
		const double *x = PPM_F64_AT(b), *y = PPM_F64_AT(c); \
		for (size_t word = 0; word < vm->words; word++, x += 64, y += 64) \
			a[word] = compare_rounded(relation, x, y); \
	}
COMPARE_ROUNDED(EQ_DECIMAL_F64, IS_EQUAL)
COMPARE_ROUNDED(LT_DECIMAL_F64, IS_LESS)
COMPARE_ROUNDED(LE_DECIMAL_F64, IS_LESS_EQUAL)
#undef COMPARE_ROUNDED
#undef NEAR
#undef NEAR_DIGITS

// ---- a number compared with the product of another and a constant

static uint64_t whole_magnitude_at(struct ppm_vm *vm, uint16_t index)
{
	if (!vm->whole_magnitudes[index]) {
		const int32_t *values = vm->whole[index];
		uint32_t seen = 1;
		for (size_t i = 0; i < vm->words * 64; i++)
			seen |= (uint32_t)values[i] ^ (uint32_t)values[i] << 1;
		vm->whole_magnitudes[index] = UINT64_C(1) << (31 - __builtin_clz(seen));
	}
	return vm->whole_magnitudes[index];
}

// Whole numbers and a fraction: the sign of x * denominator - y * numerator tells. All are so small that the product's roundings neither reach the next fraction nor
// pass half of the last of 15 digits, by which one that is equal on paper comes out as x.
static inline uint64_t compare_whole_product(enum relation relation, const int32_t *x, const int32_t *y, struct ppm_vm_fraction factor)
{
	int32_t differences[64] __attribute__((aligned(64)));
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++)
		differences[lane] = (int32_t)((uint32_t)x[lane] * (uint32_t)factor.denominator - (uint32_t)y[lane] * (uint32_t)factor.numerator);
	switch (relation) {
	case IS_EQUAL: return block_eq_i32_k(differences, 0);
	case IS_LESS: return block_lt_i32_k(differences, 0);
	case IS_LESS_EQUAL: return ~block_gt_i32_k(differences, 0);
	case IS_GREATER: return block_gt_i32_k(differences, 0);
	default: return ~block_lt_i32_k(differences, 0);
	}
}

static inline uint64_t pair_eq(const int16_t *x, const int16_t *y, I32_VECTOR factors) { const I16_VECTOR zero = I16_SET(0); I16_COLLECT(I16_EQ(I16_PAIR_SUM(I16_LOAD(x), I16_LOAD(y), factors), zero)); }
static inline uint64_t pair_lt(const int16_t *x, const int16_t *y, I32_VECTOR factors) { const I16_VECTOR zero = I16_SET(0); I16_COLLECT(I16_LT(I16_PAIR_SUM(I16_LOAD(x), I16_LOAD(y), factors), zero)); }
static inline uint64_t pair_gt(const int16_t *x, const int16_t *y, I32_VECTOR factors) { const I16_VECTOR zero = I16_SET(0); I16_COLLECT(I16_LT(zero, I16_PAIR_SUM(I16_LOAD(x), I16_LOAD(y), factors))); }

// The same of columns and a fraction in 16 bits: no difference passes 32, and cut to 16 it has the sign that it had. `factors`: denominator and -numerator.
static inline uint64_t compare_small_product(enum relation relation, const int16_t *x, const int16_t *y, I32_VECTOR factors)
{
	switch (relation) {
	case IS_EQUAL: return pair_eq(x, y, factors);
	case IS_LESS: return pair_lt(x, y, factors);
	case IS_LESS_EQUAL: return ~pair_gt(x, y, factors);
	case IS_GREATER: return pair_gt(x, y, factors);
	default: return ~pair_lt(x, y, factors);
	}
}

// The products of a block; an infinite one in a lane that matters is an error of its row.
static inline void multiply_block(struct ppm_vm *vm, const struct ppm_instruction *instruction, size_t word, const double *y, double k, double *products)
{
	uint64_t seen = 0;
	PPM_INDEPENDENT
	for (size_t lane = 0; lane < 64; lane++) {
		union { double value; uint64_t bits; } product = { .value = y[lane] * k };
		products[lane] = product.value;
		seen |= (product.bits & UINT64_C(0x7ff0000000000000)) + UINT64_C(0x0010000000000000);
	}
	if (!(seen >> 63))
		return;
	for (size_t lane = 0; lane < 64; lane++) {
		if (__builtin_isfinite(products[lane]))
			continue;
		products[lane] = 0;
		if (PPM_MASK_AT(e)[word] >> lane & 1)
			ppm_vm_fault_at(vm, instruction, word * 64 + lane, ppm_vm_number_range);
	}
}

static inline __attribute__((always_inline)) void compare_product(struct ppm_vm *vm, const struct ppm_instruction *instruction, enum relation relation)
{
	uint64_t *a = PPM_MASK_AT(a);
	const double k = PPM_CONSTANT(f64);
	const struct ppm_vm_fraction factor = vm->fractions[instruction - vm->program->instructions];
	if (PPM_WHOLE_AT(b) && PPM_WHOLE_AT(c) && factor.denominator) {
		uint64_t size = (uint64_t)(factor.numerator < 0 ? -factor.numerator : factor.numerator);
		const int32_t *whole_x = PPM_WHOLE_AT(b), *whole_y = PPM_WHOLE_AT(c);
		const int16_t *x = vm->small[instruction->b], *y = vm->small[instruction->c];
		if (x && y && factor.denominator <= INT16_MAX && size <= INT16_MAX) {
			const I32_VECTOR factors = I32_SET((int32_t)((uint32_t)factor.denominator | -(uint32_t)factor.numerator << 16));
			for (size_t word = 0; word < vm->words; word++)
				a[word] = compare_small_product(relation, x + word * 64, y + word * 64, factors);
			return;
		}
		if (whole_magnitude_at(vm, instruction->b) * (uint64_t)factor.denominator + whole_magnitude_at(vm, instruction->c) * size < UINT64_C(1) << 31) {
			for (size_t word = 0; word < vm->words; word++)
				a[word] = compare_whole_product(relation, whole_x + word * 64, whole_y + word * 64, factor);
			return;
		}
	}
	const double *x = PPM_WIDE_AT(b), *y = PPM_WIDE_AT(c);
	for (size_t word = 0; word < vm->words; word++, x += 64, y += 64) {
		double products[64] __attribute__((aligned(64)));
		multiply_block(vm, instruction, word, y, k, products);
		a[word] = compare_rounded(relation, x, products);
	}
}

#define COMPARE_PRODUCT(name, relation) \
	static void kernel_##name(struct ppm_vm *vm, const struct ppm_instruction *instruction) \
	{ \
		compare_product(vm, instruction, relation); \
	}
COMPARE_PRODUCT(EQ_TIMES_F64_K, IS_EQUAL)
COMPARE_PRODUCT(LT_TIMES_F64_K, IS_LESS)
COMPARE_PRODUCT(LE_TIMES_F64_K, IS_LESS_EQUAL)
COMPARE_PRODUCT(GT_TIMES_F64_K, IS_GREATER)
COMPARE_PRODUCT(GE_TIMES_F64_K, IS_GREATER_EQUAL)
#undef COMPARE_PRODUCT

// ---- an amount divided by a number, compared

static bool relation_holds(unsigned relation, ppm_int128 x, ppm_int128 y)
{
	switch (relation) {
	case 0: return x == y;
	case 1: return x < y;
	case 2: return x <= y;
	case 3: return x > y;
	default: return x >= y;
	}
}

// Bits of the lanes whose divisor is a whole number of at most `limit`, or 0.
static uint64_t whole_lanes(const double *x, double limit)
{
	const F64_VECTOR most = F64_SET(limit), bias = F64_SET(0x1.8p52);
	F64_COLLECT(F64_AND(F64_EQ(F64_SUB(F64_ADD(F64_LOAD(x), bias), bias), F64_LOAD(x)), F64_LE(F64_ABS(F64_LOAD(x)), most)));
}

// Whether all are whole and from 1 to limit.
static inline bool all_plain(const double *x, double limit)
{
	uint64_t seen = 0;
	for (size_t lane = 0; lane < 64; lane++) {
		union { double value; uint64_t bits; } rounded = { .value = (x[lane] + 0x1p52) - 0x1p52 }, given = { .value = x[lane] };
		union { double value; uint64_t bits; } under = { .value = x[lane] - 1 }, over = { .value = limit - x[lane] };
		uint64_t differs = rounded.bits ^ given.bits;
		seen |= (under.bits | over.bits) & UINT64_C(0x8000000000000000);
		seen |= differs;
	}
	return seen == 0;
}

// For a whole divisor x of at most 2^27 and a value of 4 places, amount / x relation value is amount relation value * x, turned around for a negative x:
// a quotient that is not equal to the value differs from it by more than the last of 12 places. All products are exact, in doubles and in integers.
static inline uint64_t rate_lanes(unsigned relation, const int64_t *amounts, const double *x, double value)
{
	const F64_VECTOR factor = F64_SET(value);
	switch (relation) {
	case 0: F64_COLLECT_SUMS(F64_EQ(F64_FROM_SMALL(I64_LOAD(amounts)), F64_MUL(F64_LOAD(x), factor)));
	case 1: F64_COLLECT_SUMS(F64_LT(F64_FROM_SMALL(I64_LOAD(amounts)), F64_MUL(F64_LOAD(x), factor)));
	case 2: F64_COLLECT_SUMS(F64_LE(F64_FROM_SMALL(I64_LOAD(amounts)), F64_MUL(F64_LOAD(x), factor)));
	case 3: F64_COLLECT_SUMS(F64_LT(F64_MUL(F64_LOAD(x), factor), F64_FROM_SMALL(I64_LOAD(amounts))));
	default: F64_COLLECT_SUMS(F64_LE(F64_MUL(F64_LOAD(x), factor), F64_FROM_SMALL(I64_LOAD(amounts))));
	}
}

static inline uint64_t rate_eq(const int64_t *amounts, const int32_t *x, I64_VECTOR value) { I64_COLLECT(I64_EQ(I64_LOAD(amounts), I64_TIMES_I32(x, value))); }
static inline uint64_t rate_lt(const int64_t *amounts, const int32_t *x, I64_VECTOR value) { I64_COLLECT(I64_LT(I64_LOAD(amounts), I64_TIMES_I32(x, value))); }
static inline uint64_t rate_gt(const int64_t *amounts, const int32_t *x, I64_VECTOR value) { I64_COLLECT(I64_LT(I64_TIMES_I32(x, value), I64_LOAD(amounts))); }

static void rate_words_whole(uint64_t *a, size_t words, unsigned relation, const int64_t *amounts, const int32_t *x, int32_t value)
{
	const I64_VECTOR factor = I64_SET(value);
	const uint64_t turned = relation == 2 || relation == 4 ? ~UINT64_C(0) : 0;
	for (size_t word = 0; relation == 0 && word < words; word++)
		a[word] = rate_eq(amounts + word * 64, x + word * 64, factor);
	for (size_t word = 0; (relation == 1 || relation == 4) && word < words; word++)
		a[word] = rate_lt(amounts + word * 64, x + word * 64, factor) ^ turned;
	for (size_t word = 0; (relation == 2 || relation == 3) && word < words; word++)
		a[word] = rate_gt(amounts + word * 64, x + word * 64, factor) ^ turned;
}

static void kernel_COMPARE_RATE(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_rate *rate = &vm->program->rates[instruction->k];
	uint64_t *a = PPM_MASK_AT(a), *d = PPM_MASK_AT(d), missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	const uint64_t *e = PPM_MASK_AT(e);
	const int64_t *amounts = PPM_I64_AT(b);
	const int32_t *whole = PPM_WHOLE_AT(c);
	const int16_t *short_whole = vm->small[instruction->c];
	double value = 0, limit = -1;
	if (rate->value % PPM_EXACT_PER_MONEY == 0 && rate->value / PPM_EXACT_PER_MONEY < INT64_C(1) << 50 && rate->value / PPM_EXACT_PER_MONEY > -(INT64_C(1) << 50)) {
		value = (double)(int64_t)(rate->value / PPM_EXACT_PER_MONEY);
		double most = value == 0 ? 0x1p27 : 0x1p52 / __builtin_fabs(value);
		limit = most < 0x1p27 ? most : 0x1p27;
	}
	const bool in_integers = whole && limit > 0 && value >= INT32_MIN && value <= INT32_MAX;
	uint64_t stated = vm->stated[instruction->b];
	bool small = limit > 0 && (stated ? stated : magnitude_at(vm, instruction->b)) < UINT64_C(1) << 51;
	uint64_t plain[PPM_MASK_WORDS];
	if (in_integers)
		rate_words_whole(plain, vm->words, rate->relation, amounts, whole, (int32_t)value);
	for (size_t word = 0; word < vm->words; word++, amounts += 64) {
		uint64_t active = e[word] & vm->live[word];
		if (in_integers && !((short_whole ? block_lt_i16_k(short_whole + word * 64, 1) : block_outside_i32(whole + word * 64, 1, 1 << 27)) & active)) {
			a[word] = plain[word] & active;
			d[word] = active;
			continue;
		}
		const double *x = PPM_WIDE_AT(c) + word * 64;
		if (small && all_plain(x, limit)) {
			a[word] = rate_lanes(rate->relation, amounts, x, value) & active;
			d[word] = active;
			continue;
		}
		uint64_t zero = block_eq_f64_k(x, 0), result = 0, quick = 0;
		if (small) {
			static const uint8_t turned[] = { 0, 3, 4, 1, 2 };
			uint64_t negative = block_lt_f64_k(x, 0);
			quick = whole_lanes(x, limit);
			result = (rate_lanes(rate->relation, amounts, x, value) & ~negative) | (rate_lanes(turned[rate->relation], amounts, x, value) & negative);
			result &= quick;
		}
		for (uint64_t rest = active & ~quick & ~zero; rest; rest &= rest - 1) {
			size_t lane = (size_t)__builtin_ctzll(rest);
			ppm_int128 quotient;
			if (ppm_vm_divides_by_zero(x[lane]))
				zero |= rest & -rest;
			else if (!ppm_vm_divide_money(amounts[lane], x[lane], &quotient))
				ppm_vm_fault_at(vm, instruction, word * 64 + lane, ppm_vm_money_range);
			else if (relation_holds(rate->relation, quotient, rate->value))
				result |= rest & -rest;
		}
		missing[word] = active & zero;
		any |= missing[word];
		a[word] = result & active & ~zero;
		d[word] = active & ~zero;
	}
	if (any)
		ppm_vm_missing_at(vm, instruction, rate->site, missing, ppm_vm_zero_division);
}

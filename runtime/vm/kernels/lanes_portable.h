// The primitives of one block of 64 rows, in plain C: what the machine does where it knows no instruction set, and what the others must equal.
#define LANES_COLLECT(EXPRESSION) \
	do { \
		uint64_t word_ = 0; \
		for (size_t group = 0; group < 64; group++) \
			word_ |= (uint64_t)(EXPRESSION) << group; \
		return word_; \
	} while (0)

#define F64_COLLECT LANES_COLLECT
#define F64_COLLECT_SUMS F64_COLLECT
#define F64_LOAD(pointer) ((pointer)[group])
#define F64_SET(value) (value)
#define F64_EQ(x, y) ((x) == (y))
#define F64_LT(x, y) ((x) < (y))
#define F64_LE(x, y) ((x) <= (y))
#define F64_AND(x, y) ((x) & (y))
#define F64_WITHIN(x, low, high) (((low) <= (x)) & ((x) <= (high)))
#define I64_COLLECT LANES_COLLECT
#define I64_LOAD(pointer) ((pointer)[group])
#define I64_SET(value) (value)
#define I64_EQ(x, y) ((x) == (y))
#define I64_LT(x, y) ((x) < (y))
#define I64_OUTSIDE(x, low, width) ((uint64_t)(x) - (uint64_t)(low) > (uint64_t)(width))
#define I32_COLLECT LANES_COLLECT
#define I32_LOAD(pointer) ((pointer)[group])
#define I32_SET(value) (value)
#define I32_EQ(x, y) ((x) == (y))
#define I32_LT(x, y) ((x) < (y))
#define I32_OUTSIDE(x, low, width) ((uint32_t)(x) - (uint32_t)(low) > (uint32_t)(width))
#define I16_COLLECT LANES_COLLECT
#define I16_LOAD(pointer) ((pointer)[group])
#define I16_SET(value) (value)
#define I16_EQ(x, y) ((x) == (y))
#define I16_LT(x, y) ((x) < (y))
#define I16_OUTSIDE(x, low, width) ((uint16_t)((uint16_t)(x) - (uint16_t)(low)) > (uint16_t)(width))
#define I64_TIMES_I32(pointer, factor) ((int64_t)(pointer)[group] * (factor))
#define I16_PAIR_SUM(x, y, factors) lanes_pair_sum(x, y, factors)
#define F64_VECTOR double
#define I64_VECTOR int64_t
#define I32_VECTOR int32_t
#define I16_VECTOR int16_t

#define F64_GROUPS 64
#define F64_STORE(pointer, value) ((pointer)[group] = (value))
#define F64_MUL(x, y) ((x) * (y))
#define F64_ADD(x, y) ((x) + (y))
#define F64_SUB(x, y) ((x) - (y))
#define F64_DIV(x, y) ((x) / (y))
#define F64_ABS(x) __builtin_fabs(x)
#define F64_FROM_SMALL(x) lanes_small_double(x)

// An integer below 2^51 as a double without a conversion instruction: its bits are added to those of 1.5 * 2^52.
static inline double lanes_small_double(int64_t value)
{
	union { uint64_t bits; double value; } biased = { .bits = (uint64_t)value + UINT64_C(0x4338000000000000) };
	return biased.value - 0x1.8p52;
}

// x * the lower half of the factors + y * the upper one, cut to 16 bits.
static inline int16_t lanes_pair_sum(int16_t x, int16_t y, int32_t factors)
{
	int32_t sum = x * (int16_t)(factors & 0xffff) + y * (factors >> 16);
	return (int16_t)(sum < INT16_MIN ? INT16_MIN : sum > INT16_MAX ? INT16_MAX : sum);
}

#define LANES_SELECT(name, type) \
	static inline void lanes_select_##name(type *a, uint64_t mask, const type *c, const type *d) \
	{ \
		for (size_t lane = 0; lane < 64; lane++) \
			a[lane] = mask >> lane & 1 ? c[lane] : d[lane]; \
	}
LANES_SELECT(f64, double)
LANES_SELECT(i64, int64_t)
LANES_SELECT(i32, int32_t)
#undef LANES_SELECT

static inline void lanes_add_if_i16(int16_t *a, uint64_t mask, int16_t value)
{
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = (int16_t)(uint16_t)((uint16_t)a[lane] + (uint16_t)((mask >> lane & 1) * (uint16_t)value));
}

static inline void lanes_add_if_i64(int64_t *a, uint64_t mask, int64_t value)
{
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = (int64_t)((uint64_t)a[lane] + (mask >> lane & 1) * (uint64_t)value);
}

static inline void lanes_add_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = (int64_t)((uint64_t)a[lane] + (mask >> lane & 1) * (uint64_t)c[lane]);
}

static inline void lanes_subtract_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = (int64_t)((uint64_t)a[lane] - (mask >> lane & 1) * (uint64_t)c[lane]);
}

// Codes less base are looked up in 64 bits; larger ones are in no set.
static inline uint64_t lanes_in_bits(const int32_t *codes, uint32_t base, uint64_t bits)
{
	uint64_t word = 0;
	for (size_t lane = 0; lane < 64; lane++) {
		uint32_t place = (uint32_t)codes[lane] - base;
		word |= (uint64_t)(place < 64 && bits >> (place & 63) & 1) << lane;
	}
	return word;
}

// One block of base + the points of the masks that hold.
static inline void lanes_sum_if_i16(int16_t *a, size_t word, int16_t base, uint32_t count, const uint64_t *const *masks, const int16_t *points)
{
	for (size_t lane = 0; lane < 64; lane++)
		a[lane] = base;
	for (uint32_t i = 0; i < count; i++)
		lanes_add_if_i16(a, masks[i][word], points[i]);
}

static inline void lanes_choose_i32(int32_t *a, size_t words, uint32_t count, const uint64_t *const *masks, const int32_t *table)
{
	for (size_t word = 0; word < words; word++, a += 64) {
		for (size_t lane = 0; lane < 64; lane++)
			a[lane] = table[0];
		for (uint32_t i = count; i-- > 0;) {
			for (size_t lane = 0; lane < 64; lane++)
				a[lane] = masks[i][word] >> lane & 1 ? table[i + 1] : a[lane];
		}
	}
}

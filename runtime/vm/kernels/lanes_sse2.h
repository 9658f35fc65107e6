// The primitives of one block of 64 rows with SSE2: compare vectors are narrowed sixteen rows at a time until one PMOVMSKB takes their bits. What
// SSE2 lacks (64-bit compares, blends) is made of 32-bit ones.
static inline unsigned lanes_narrow_64(const __m128i *v)
{
	__m128i low = _mm_packs_epi32(
		_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[0]), _mm_castsi128_ps(v[1]), 0xdd)),
		_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[2]), _mm_castsi128_ps(v[3]), 0xdd)));
	__m128i high = _mm_packs_epi32(
		_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[4]), _mm_castsi128_ps(v[5]), 0xdd)),
		_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[6]), _mm_castsi128_ps(v[7]), 0xdd)));
	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
}

static inline unsigned lanes_narrow_32(const __m128i *v)
{
	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3])));
}

#define LANES_COLLECT(EXPRESSION, vectors, narrow) \
	do { \
		uint64_t word_ = 0; \
		for (size_t part = 0; part < 4; part++) { \
			__m128i v_[vectors]; \
			for (size_t group = part * (vectors), i_ = 0; i_ < (vectors); group++, i_++) \
				v_[i_] = (EXPRESSION); \
			word_ |= (uint64_t)narrow(v_) << (16 * part); \
		} \
		return word_; \
	} while (0)

static inline __m128i lanes_eq_64(__m128i x, __m128i y)
{
	__m128i equal = _mm_cmpeq_epi32(x, y);
	return _mm_and_si128(equal, _mm_shuffle_epi32(equal, 0xb1));
}

// Only the upper half of each lane is right, which is all that lanes_narrow_64 takes.
static inline __m128i lanes_lt_64(__m128i x, __m128i y)
{
	__m128i borrow = _mm_and_si128(_mm_cmpeq_epi32(x, y), _mm_sub_epi64(x, y));
	return _mm_or_si128(borrow, _mm_cmpgt_epi32(y, x));
}

// The products of 32-bit integers with a constant that is one, from unsigned ones: each negative operand took the other one away 2^32 times.
static inline __m128i lanes_times_64(const int32_t *pointer, __m128i factor)
{
	__m128i zero = _mm_setzero_si128(), x = _mm_unpacklo_epi32(_mm_loadl_epi64((const __m128i *)(const void *)pointer), zero);
	__m128i x_over = _mm_and_si128(_mm_cmpgt_epi32(zero, x), factor), factor_over = _mm_and_si128(_mm_cmpgt_epi32(zero, factor), x);
	return _mm_sub_epi64(_mm_mul_epu32(x, factor), _mm_slli_epi64(_mm_add_epi32(x_over, factor_over), 32));
}

#define F64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8, lanes_narrow_64)
#define F64_COLLECT_SUMS F64_COLLECT
#define F64_LOAD(pointer) _mm_loadu_pd((pointer) + 2 * group)
#define F64_SET(value) _mm_set1_pd(value)
#define F64_EQ(x, y) _mm_castpd_si128(_mm_cmpeq_pd(x, y))
#define F64_LT(x, y) _mm_castpd_si128(_mm_cmplt_pd(x, y))
#define F64_LE(x, y) _mm_castpd_si128(_mm_cmple_pd(x, y))
#define F64_AND(x, y) _mm_and_si128(x, y)
#define F64_WITHIN(x, low, high) _mm_and_si128(F64_LE(low, x), F64_LE(x, high))
#define I64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8, lanes_narrow_64)
#define I64_LOAD(pointer) _mm_loadu_si128((const __m128i *)(const void *)((pointer) + 2 * group))
#define I64_SET(value) _mm_set1_epi64x(value)
#define I64_EQ(x, y) lanes_eq_64(x, y)
#define I64_LT(x, y) lanes_lt_64(x, y)
#define I64_OUTSIDE(x, low, width) lanes_lt_64(_mm_xor_si128(width, I64_SET(INT64_MIN)), _mm_xor_si128(_mm_sub_epi64(x, low), I64_SET(INT64_MIN)))
#define I32_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 4, lanes_narrow_32)
#define I32_LOAD(pointer) _mm_loadu_si128((const __m128i *)(const void *)((pointer) + 4 * group))
#define I32_SET(value) _mm_set1_epi32(value)
#define I32_EQ(x, y) _mm_cmpeq_epi32(x, y)
#define I32_LT(x, y) _mm_cmplt_epi32(x, y)
#define I32_OUTSIDE(x, low, width) _mm_cmplt_epi32(_mm_xor_si128(width, I32_SET(INT32_MIN)), _mm_xor_si128(_mm_sub_epi32(x, low), I32_SET(INT32_MIN)))
// Two vectors of 16-bit lanes make one of bytes.
#define I16_COLLECT(EXPRESSION) \
	do { \
		uint64_t word_ = 0; \
		__m128i first_ = _mm_setzero_si128(); \
		for (size_t group = 0; group < 8; group++) { \
			__m128i lanes_ = (EXPRESSION); \
			if (group & 1) \
				word_ |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_packs_epi16(first_, lanes_)) << (16 * (group / 2)); \
			first_ = lanes_; \
		} \
		return word_; \
	} while (0)
#define I16_LOAD(pointer) _mm_loadu_si128((const __m128i *)(const void *)((pointer) + 8 * group))
#define I16_SET(value) _mm_set1_epi16(value)
#define I16_EQ(x, y) _mm_cmpeq_epi16(x, y)
#define I16_LT(x, y) _mm_cmplt_epi16(x, y)
#define I16_OUTSIDE(x, low, width) _mm_cmpgt_epi16(_mm_xor_si128(_mm_sub_epi16(x, low), I16_SET(INT16_MIN)), _mm_xor_si128(width, I16_SET(INT16_MIN)))
#define I64_TIMES_I32(pointer, factor) lanes_times_64((pointer) + 2 * group, factor)
// x * the lower half of each factor + y * the upper one, cut to 16 bits.
#define I16_PAIR_SUM(x, y, factors) _mm_packs_epi32(_mm_madd_epi16(_mm_unpacklo_epi16(x, y), factors), _mm_madd_epi16(_mm_unpackhi_epi16(x, y), factors))
#define F64_VECTOR __m128d
#define I64_VECTOR __m128i
#define I32_VECTOR __m128i
#define I16_VECTOR __m128i

#define F64_GROUPS 32
#define F64_STORE(pointer, value) _mm_storeu_pd((pointer) + 2 * group, value)
#define F64_MUL(x, y) _mm_mul_pd(x, y)
#define F64_ADD(x, y) _mm_add_pd(x, y)
#define F64_SUB(x, y) _mm_sub_pd(x, y)
#define F64_DIV(x, y) _mm_div_pd(x, y)
#define F64_ABS(x) _mm_andnot_pd(_mm_set1_pd(-0.0), x)
// For integers below 2^51: their bits are added to those of 1.5 * 2^52.
#define F64_FROM_SMALL(x) _mm_sub_pd(_mm_castsi128_pd(_mm_add_epi64(x, _mm_set1_epi64x(0x4338000000000000))), _mm_set1_pd(0x1.8p52))

static inline __m128i lanes_load(const void *pointer)
{
	return _mm_loadu_si128((const __m128i *)pointer);
}

static inline void lanes_store(void *pointer, __m128i value)
{
	_mm_storeu_si128((__m128i *)pointer, value);
}

static inline __m128i lanes_blend(__m128i mask, __m128i yes, __m128i no)
{
	return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

// Two lanes of 64 bits, all ones where the mask's bit 2 * group or the next is set.
static inline __m128i lanes_spread_64(uint64_t mask, size_t group)
{
	__m128i bits = _mm_set_epi32(2, 2, 1, 1);
	return _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32((int)(mask >> (2 * group) & 3)), bits), bits);
}

static inline __m128i lanes_spread_32(uint64_t mask, size_t group)
{
	__m128i bits = _mm_set_epi32(8, 4, 2, 1);
	return _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32((int)(mask >> (4 * group) & 15)), bits), bits);
}

static inline void lanes_select_64(void *a, uint64_t mask, const void *c, const void *d)
{
	for (size_t group = 0; group < 32; group++) {
		size_t at = 16 * group;
		lanes_store((char *)a + at, lanes_blend(lanes_spread_64(mask, group), lanes_load((const char *)c + at), lanes_load((const char *)d + at)));
	}
}

static inline void lanes_select_f64(double *a, uint64_t mask, const double *c, const double *d) { lanes_select_64(a, mask, c, d); }
static inline void lanes_select_i64(int64_t *a, uint64_t mask, const int64_t *c, const int64_t *d) { lanes_select_64(a, mask, c, d); }

static inline void lanes_select_i32(int32_t *a, uint64_t mask, const int32_t *c, const int32_t *d)
{
	for (size_t group = 0; group < 16; group++) {
		size_t at = 4 * group;
		lanes_store(a + at, lanes_blend(lanes_spread_32(mask, group), lanes_load(c + at), lanes_load(d + at)));
	}
}

static inline void lanes_add_if_i16(int16_t *a, uint64_t mask, int16_t value)
{
	__m128i bits = _mm_set_epi16(128, 64, 32, 16, 8, 4, 2, 1);
	__m128i add = _mm_set1_epi16(value);
	for (size_t group = 0; group < 8; group++) {
		__m128i where = _mm_cmpeq_epi16(_mm_and_si128(_mm_set1_epi16((short)(mask >> (8 * group) & 255)), bits), bits);
		lanes_store(a + 8 * group, _mm_add_epi16(lanes_load(a + 8 * group), _mm_and_si128(where, add)));
	}
}

static inline void lanes_add_if_i64(int64_t *a, uint64_t mask, int64_t value)
{
	__m128i add = _mm_set1_epi64x(value);
	for (size_t group = 0; group < 32; group++)
		lanes_store(a + 2 * group, _mm_add_epi64(lanes_load(a + 2 * group), _mm_and_si128(lanes_spread_64(mask, group), add)));
}

static inline void lanes_add_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 32; group++)
		lanes_store(a + 2 * group, _mm_add_epi64(lanes_load(a + 2 * group), _mm_and_si128(lanes_spread_64(mask, group), lanes_load(c + 2 * group))));
}

static inline void lanes_subtract_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 32; group++)
		lanes_store(a + 2 * group, _mm_sub_epi64(lanes_load(a + 2 * group), _mm_and_si128(lanes_spread_64(mask, group), lanes_load(c + 2 * group))));
}

static inline uint64_t lanes_in_bits(const int32_t *codes, uint32_t base, uint64_t bits)
{
	uint64_t word = 0;
	for (size_t lane = 0; lane < 64; lane++) {
		uint32_t place = (uint32_t)codes[lane] - base;
		word |= ((place < 64 ? bits : 0) >> (place & 63) & 1) << lane;
	}
	return word;
}

// One block of base + the points of the masks that hold.
static inline void lanes_sum_if_i16(int16_t *a, size_t word, int16_t base, uint32_t count, const uint64_t *const *masks, const int16_t *points)
{
	const __m128i bits = _mm_set_epi16(128, 64, 32, 16, 8, 4, 2, 1);
	__m128i sums[8];
	for (size_t group = 0; group < 8; group++)
		sums[group] = _mm_set1_epi16(base);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t mask = masks[i][word];
		__m128i add = _mm_set1_epi16(points[i]);
		for (size_t group = 0; group < 8; group++) {
			__m128i where = _mm_cmpeq_epi16(_mm_and_si128(_mm_set1_epi16((short)(mask >> (8 * group) & 255)), bits), bits);
			sums[group] = _mm_add_epi16(sums[group], _mm_and_si128(where, add));
		}
	}
	for (size_t group = 0; group < 8; group++)
		lanes_store(a + 8 * group, sums[group]);
}

// All ones in the bytes whose row, of 16, is in the mask.
static inline __m128i lanes_spread_8(unsigned mask)
{
	const __m128i bits = _mm_set_epi8((char)128, 64, 32, 16, 8, 4, 2, 1, (char)128, 64, 32, 16, 8, 4, 2, 1);
	__m128i bytes = _mm_cvtsi32_si128((int)(mask & 0xffff));
	bytes = _mm_shuffle_epi32(_mm_shufflelo_epi16(_mm_unpacklo_epi8(bytes, bytes), 0x50), 0x50);
	return _mm_cmpeq_epi8(_mm_and_si128(bytes, bits), bits);
}

// The same in bytes, for sums that stay in 0..255 (although parts may wrap).
#define LANES_HAVE_BYTE_SUMS
static inline void lanes_sum_bytes(__m128i *sums, size_t word, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	sums[0] = sums[1] = sums[2] = sums[3] = _mm_set1_epi8((char)base);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t mask = masks[i][word];
		__m128i add = _mm_set1_epi8((char)points[i]);
		for (size_t part = 0; part < 4; part++)
			sums[part] = _mm_add_epi8(sums[part], _mm_and_si128(lanes_spread_8((unsigned)(mask >> (16 * part))), add));
	}
}

static inline void lanes_sum_if_i16_bytes(int16_t *a, size_t words, int16_t least, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	const __m128i add = _mm_set1_epi16(least), zero = _mm_setzero_si128();
	for (size_t word = 0; word < words; word++) {
		__m128i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 4; part++, a += 16) {
			lanes_store(a, _mm_add_epi16(_mm_unpacklo_epi8(sums[part], zero), add));
			lanes_store(a + 8, _mm_add_epi16(_mm_unpackhi_epi8(sums[part], zero), add));
		}
	}
}

static inline void lanes_store_scaled(double *a, __m128i four, __m128d factor)
{
	_mm_storeu_pd(a, _mm_mul_pd(_mm_cvtepi32_pd(four), factor));
	_mm_storeu_pd(a + 2, _mm_mul_pd(_mm_cvtepi32_pd(_mm_shuffle_epi32(four, 0xee)), factor));
}

// (the sum kept in low … high) - low, times factor.
static inline void lanes_sum_share_bytes(double *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, double factor)
{
	const __m128i bottom = _mm_set1_epi8((char)low), top = _mm_set1_epi8((char)high), zero = _mm_setzero_si128();
	const __m128d by = _mm_set1_pd(factor);
	for (size_t word = 0; word < words; word++) {
		__m128i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 4; part++, a += 16) {
			__m128i sum = _mm_sub_epi8(_mm_min_epu8(_mm_max_epu8(sums[part], bottom), top), bottom);
			__m128i first = _mm_unpacklo_epi8(sum, zero), second = _mm_unpackhi_epi8(sum, zero);
			lanes_store_scaled(a, _mm_unpacklo_epi16(first, zero), by);
			lanes_store_scaled(a + 4, _mm_unpackhi_epi16(first, zero), by);
			lanes_store_scaled(a + 8, _mm_unpacklo_epi16(second, zero), by);
			lanes_store_scaled(a + 12, _mm_unpackhi_epi16(second, zero), by);
		}
	}
}

static inline void lanes_sum_share_i16_bytes(int16_t *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, int16_t factor)
{
	const __m128i bottom = _mm_set1_epi8((char)low), top = _mm_set1_epi8((char)high), zero = _mm_setzero_si128(), by = _mm_set1_epi16(factor);
	for (size_t word = 0; word < words; word++) {
		__m128i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 4; part++, a += 16) {
			__m128i sum = _mm_sub_epi8(_mm_min_epu8(_mm_max_epu8(sums[part], bottom), top), bottom);
			lanes_store(a, _mm_mullo_epi16(_mm_unpacklo_epi8(sum, zero), by));
			lanes_store(a + 8, _mm_mullo_epi16(_mm_unpackhi_epi8(sum, zero), by));
		}
	}
}

// Which mask is the first is found in bytes, then looked up one by one.
static inline void lanes_choose_i32(int32_t *a, size_t words, uint32_t count, const uint64_t *const *masks, const int32_t *table)
{
	for (size_t word = 0; word < words; word++, a += 64) {
		uint8_t index[64] __attribute__((aligned(16)));
		for (size_t part = 0; part < 4; part++) {
			__m128i first = _mm_setzero_si128();
			for (uint32_t i = count; i-- > 0;)
				first = lanes_blend(lanes_spread_8((unsigned)(masks[i][word] >> (16 * part))), _mm_set1_epi8((char)(i + 1)), first);
			lanes_store(index + 16 * part, first);
		}
		for (size_t lane = 0; lane < 64; lane++)
			a[lane] = table[index[lane]];
	}
}

static inline double lanes_small_double(int64_t value)
{
	union { uint64_t bits; double value; } biased = { .bits = (uint64_t)value + UINT64_C(0x4338000000000000) };
	return biased.value - 0x1.8p52;
}

// The primitives of one block of 64 rows with AVX-512 (F, BW, DQ, VL): compares give bits, and bits guard stores.
#define LANES_COLLECT(EXPRESSION, groups) \
	do { \
		uint64_t word_ = 0; \
		for (size_t group = 0; group < (groups); group++) \
			word_ |= (uint64_t)(EXPRESSION) << (64 / (groups) * group); \
		return word_; \
	} while (0)

#define F64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8)
#define F64_COLLECT_SUMS F64_COLLECT
#define F64_LOAD(pointer) _mm512_loadu_pd((pointer) + 8 * group)
#define F64_SET(value) _mm512_set1_pd(value)
#define F64_EQ(x, y) _mm512_cmp_pd_mask(x, y, _CMP_EQ_OQ)
#define F64_LT(x, y) _mm512_cmp_pd_mask(x, y, _CMP_LT_OQ)
#define F64_LE(x, y) _mm512_cmp_pd_mask(x, y, _CMP_LE_OQ)
#define F64_AND(x, y) ((__mmask8)((x) & (y)))
// A compare into a mask has one port, minimum and maximum have two.
#define F64_WITHIN(x, low, high) _mm512_cmp_pd_mask(_mm512_min_pd(_mm512_max_pd(x, low), high), x, _CMP_EQ_OQ)
#define I64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8)
#define LANES_HAVE_PRODUCTS
#define I64_ADD(x, y) _mm512_add_epi64(x, y)
#define I64_TIMES(x, y) _mm512_mullo_epi64(x, y)
#define I64_LOAD(pointer) _mm512_loadu_si512((const void *)((pointer) + 8 * group))
#define I64_SET(value) _mm512_set1_epi64(value)
#define I64_EQ(x, y) _mm512_cmpeq_epi64_mask(x, y)
#define I64_LT(x, y) _mm512_cmplt_epi64_mask(x, y)
#define I64_OUTSIDE(x, low, width) _mm512_cmpgt_epu64_mask(_mm512_sub_epi64(x, low), width)
#define I32_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 4)
#define I32_LOAD(pointer) _mm512_loadu_si512((const void *)((pointer) + 16 * group))
#define I32_SET(value) _mm512_set1_epi32(value)
#define I32_EQ(x, y) _mm512_cmpeq_epi32_mask(x, y)
#define I32_LT(x, y) _mm512_cmplt_epi32_mask(x, y)
#define I32_OUTSIDE(x, low, width) _mm512_cmpgt_epu32_mask(_mm512_sub_epi32(x, low), width)
#define I16_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 2)
#define I16_LOAD(pointer) _mm512_loadu_si512((const void *)((pointer) + 32 * group))
#define I16_SET(value) _mm512_set1_epi16(value)
#define I16_EQ(x, y) _mm512_cmpeq_epi16_mask(x, y)
#define I16_LT(x, y) _mm512_cmplt_epi16_mask(x, y)
#define I16_OUTSIDE(x, low, width) _mm512_cmpgt_epu16_mask(_mm512_sub_epi16(x, low), width)
// The products of 32-bit integers with a constant that is one.
#define I64_TIMES_I32(pointer, factor) _mm512_mul_epi32(_mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)((pointer) + 8 * group))), factor)
// x * the lower half of each factor + y * the upper one, cut to 16 bits.
#define I16_PAIR_SUM(x, y, factors) _mm512_packs_epi32(_mm512_madd_epi16(_mm512_unpacklo_epi16(x, y), factors), _mm512_madd_epi16(_mm512_unpackhi_epi16(x, y), factors))
#define F64_VECTOR __m512d
#define I64_VECTOR __m512i
#define I32_VECTOR __m512i
#define I16_VECTOR __m512i

#define F64_GROUPS 8
#define F64_STORE(pointer, value) _mm512_storeu_pd((pointer) + 8 * group, value)
#define F64_MUL(x, y) _mm512_mul_pd(x, y)
#define F64_ADD(x, y) _mm512_add_pd(x, y)
#define F64_SUB(x, y) _mm512_sub_pd(x, y)
#define F64_DIV(x, y) _mm512_div_pd(x, y)
#define F64_ABS(x) _mm512_abs_pd(x)
#define F64_FROM_SMALL(x) _mm512_cvtepi64_pd(x)

static inline __attribute__((always_inline)) __m512i lanes_load(const void *pointer)
{
	return _mm512_loadu_si512(pointer);
}

static inline __attribute__((always_inline)) void lanes_store(void *pointer, __m512i value)
{
	_mm512_storeu_si512(pointer, value);
}

static inline void lanes_select_f64(double *a, uint64_t mask, const double *c, const double *d)
{
	for (size_t group = 0; group < 8; group++)
		lanes_store(a + 8 * group, _mm512_mask_blend_epi64((__mmask8)(mask >> (8 * group)), lanes_load(d + 8 * group), lanes_load(c + 8 * group)));
}

static inline void lanes_select_i64(int64_t *a, uint64_t mask, const int64_t *c, const int64_t *d)
{
	for (size_t group = 0; group < 8; group++)
		lanes_store(a + 8 * group, _mm512_mask_blend_epi64((__mmask8)(mask >> (8 * group)), lanes_load(d + 8 * group), lanes_load(c + 8 * group)));
}

static inline void lanes_select_i32(int32_t *a, uint64_t mask, const int32_t *c, const int32_t *d)
{
	for (size_t group = 0; group < 4; group++)
		lanes_store(a + 16 * group, _mm512_mask_blend_epi32((__mmask16)(mask >> (16 * group)), lanes_load(d + 16 * group), lanes_load(c + 16 * group)));
}

static inline void lanes_add_if_i16(int16_t *a, uint64_t mask, int16_t value)
{
	__m512i add = _mm512_set1_epi16(value);
	for (size_t group = 0; group < 2; group++) {
		__m512i before = lanes_load(a + 32 * group);
		lanes_store(a + 32 * group, _mm512_mask_add_epi16(before, (__mmask32)(mask >> (32 * group)), before, add));
	}
}

static inline void lanes_add_if_i64(int64_t *a, uint64_t mask, int64_t value)
{
	__m512i add = _mm512_set1_epi64(value);
	for (size_t group = 0; group < 8; group++) {
		__m512i before = lanes_load(a + 8 * group);
		lanes_store(a + 8 * group, _mm512_mask_add_epi64(before, (__mmask8)(mask >> (8 * group)), before, add));
	}
}

static inline void lanes_add_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 8; group++) {
		__m512i before = lanes_load(a + 8 * group);
		lanes_store(a + 8 * group, _mm512_mask_add_epi64(before, (__mmask8)(mask >> (8 * group)), before, lanes_load(c + 8 * group)));
	}
}

static inline void lanes_subtract_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 8; group++) {
		__m512i before = lanes_load(a + 8 * group);
		lanes_store(a + 8 * group, _mm512_mask_sub_epi64(before, (__mmask8)(mask >> (8 * group)), before, lanes_load(c + 8 * group)));
	}
}

// A shift by more than 31 gives 0, which is what a code outside the set is.
static inline uint64_t lanes_in_bits(const int32_t *codes, uint32_t base, uint64_t bits)
{
	__m512i low = _mm512_set1_epi32((int)(uint32_t)bits), high = _mm512_set1_epi32((int)(uint32_t)(bits >> 32));
	__m512i first = _mm512_set1_epi32((int)base), second = _mm512_set1_epi32((int)(base + 32)), one = _mm512_set1_epi32(1);
	uint64_t word = 0;
	for (size_t group = 0; group < 4; group++) {
		__m512i code = lanes_load(codes + 16 * group);
		__m512i found = _mm512_or_si512(_mm512_srlv_epi32(low, _mm512_sub_epi32(code, first)), _mm512_srlv_epi32(high, _mm512_sub_epi32(code, second)));
		word |= (uint64_t)_mm512_test_epi32_mask(found, one) << (16 * group);
	}
	return word;
}

// One block of base + the points of the masks that hold.
static inline void lanes_sum_if_i16(int16_t *a, size_t word, int16_t base, uint32_t count, const uint64_t *const *masks, const int16_t *points)
{
	__m512i low = _mm512_set1_epi16(base), high = low;
	for (uint32_t i = 0; i < count; i++) {
		__mmask64 mask = _cvtu64_mask64(masks[i][word]);
		__m512i add = _mm512_set1_epi16(points[i]);
		low = _mm512_mask_add_epi16(low, (__mmask32)mask, low, add);
		high = _mm512_mask_add_epi16(high, (__mmask32)_kshiftri_mask64(mask, 32), high, add);
	}
	lanes_store(a, low);
	lanes_store(a + 32, high);
}

// The same in bytes, for sums that stay in 0..255 (although parts may wrap): four blocks at once, so that each mask's points are spread once. Registers are
// whole even where the batch is not.
static inline __attribute__((always_inline)) void lanes_sum_bytes(__m512i *sums, size_t word, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	__m512i first = _mm512_set1_epi8((char)base), second = first, third = first, fourth = first;
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t *mask = masks[i] + word;
		__m512i add = _mm512_set1_epi8((char)points[i]);
		first = _mm512_mask_add_epi8(first, _cvtu64_mask64(mask[0]), first, add);
		second = _mm512_mask_add_epi8(second, _cvtu64_mask64(mask[1]), second, add);
		third = _mm512_mask_add_epi8(third, _cvtu64_mask64(mask[2]), third, add);
		fourth = _mm512_mask_add_epi8(fourth, _cvtu64_mask64(mask[3]), fourth, add);
	}
	sums[0] = first;
	sums[1] = second;
	sums[2] = third;
	sums[3] = fourth;
}

#define LANES_HAVE_BYTE_SUMS
static inline void lanes_sum_if_i16_bytes(int16_t *a, size_t words, int16_t least, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	const __m512i add = _mm512_set1_epi16(least);
	for (size_t word = 0; word < words; word += 4) {
		__m512i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t i = 0; i < 4; i++, a += 64) {
			lanes_store(a, _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(sums[i])), add));
			lanes_store(a + 32, _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(sums[i], 1)), add));
		}
	}
}

// (the sum kept in low … high) - low, times factor.
static inline void lanes_sum_share_bytes(double *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, double factor)
{
	const __m512i bottom = _mm512_set1_epi8((char)low), top = _mm512_set1_epi8((char)high);
	const __m512d by = _mm512_set1_pd(factor);
	for (size_t word = 0; word < words; word += 4) {
		__m512i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t i = 0; i < 4; i++, a += 64) {
			__m512i sum = _mm512_sub_epi8(_mm512_min_epu8(_mm512_max_epu8(sums[i], bottom), top), bottom);
			const __m128i parts[4] = { _mm512_castsi512_si128(sum), _mm512_extracti32x4_epi32(sum, 1), _mm512_extracti32x4_epi32(sum, 2), _mm512_extracti32x4_epi32(sum, 3) };
			for (size_t part = 0; part < 4; part++) {
				__m512i wide = _mm512_cvtepu8_epi32(parts[part]);
				_mm512_storeu_pd(a + 16 * part, _mm512_mul_pd(_mm512_cvtepi32_pd(_mm512_castsi512_si256(wide)), by));
				_mm512_storeu_pd(a + 16 * part + 8, _mm512_mul_pd(_mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(wide, 1)), by));
			}
		}
	}
}

static inline void lanes_sum_share_i16_bytes(int16_t *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, int16_t factor)
{
	const __m512i bottom = _mm512_set1_epi8((char)low), top = _mm512_set1_epi8((char)high), by = _mm512_set1_epi16(factor);
	for (size_t word = 0; word < words; word += 4) {
		__m512i sums[4];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t i = 0; i < 4; i++, a += 64) {
			__m512i sum = _mm512_sub_epi8(_mm512_min_epu8(_mm512_max_epu8(sums[i], bottom), top), bottom);
			if (factor == 1) {
				lanes_store(a, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(sum)));
				lanes_store(a + 32, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(sum, 1)));
				continue;
			}
			lanes_store(a, _mm512_mullo_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(sum)), by));
			lanes_store(a + 32, _mm512_mullo_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(sum, 1)), by));
		}
	}
}

// Which mask is the first is found in bytes; up to 15 masks' values are then permuted out of one register.
static inline void lanes_choose_i32(int32_t *a, size_t words, uint32_t count, const uint64_t *const *masks, const int32_t *table)
{
	const __m512i all = _mm512_loadu_si512(table);
	for (size_t word = 0; word < words; word++, a += 64) {
		__m512i index = _mm512_setzero_si512();
		for (uint32_t i = count; i-- > 0;)
			index = _mm512_mask_mov_epi8(index, _cvtu64_mask64(masks[i][word]), _mm512_set1_epi8((char)(i + 1)));
		const __m128i parts[4] = { _mm512_castsi512_si128(index), _mm512_extracti32x4_epi32(index, 1), _mm512_extracti32x4_epi32(index, 2), _mm512_extracti32x4_epi32(index, 3) };
		for (size_t part = 0; part < 4; part++) {
			__m512i wide = _mm512_cvtepu8_epi32(parts[part]);
			lanes_store(a + 16 * part, count < 16 ? _mm512_permutexvar_epi32(wide, all) : _mm512_i32gather_epi32(wide, table, 4));
		}
	}
}

static inline double lanes_small_double(int64_t value)
{
	union { uint64_t bits; double value; } biased = { .bits = (uint64_t)value + UINT64_C(0x4338000000000000) };
	return biased.value - 0x1.8p52;
}

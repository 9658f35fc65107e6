// The primitives of one block of 64 rows with AVX2. A mask becomes lanes by shifting each lane's bit into the sign, which is all that a blend looks at.
// Compare vectors are narrowed, 32 rows at a time, until one VPMOVMSKB takes their bits: taking them from each vector costs twice as much. Only the
// sign of a lane counts.
static inline uint32_t lanes_narrow_16(const __m256i *v)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(_mm256_packs_epi16(v[0], v[1]), 0xd8));
}

static inline uint32_t lanes_narrow_32(const __m256i *v)
{
	__m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
	return (uint32_t)_mm256_movemask_epi8(_mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}

static inline __m256i lanes_upper_halves(__m256i x, __m256i y)
{
	return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(x), _mm256_castsi256_ps(y), 0xdd));
}

// Rows stand in pairs: 0 1, 4 5, 8 9 … in the lower half of the bytes, 2 3, 6 7, 10 11 … in the upper one.
static inline uint32_t lanes_narrow_64(const __m256i *v)
{
	__m256i low = _mm256_packs_epi32(lanes_upper_halves(v[0], v[1]), lanes_upper_halves(v[2], v[3]));
	__m256i high = _mm256_packs_epi32(lanes_upper_halves(v[4], v[5]), lanes_upper_halves(v[6], v[7]));
	__m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xd8);
	const __m256i pairs = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
	return (uint32_t)_mm256_movemask_epi8(_mm256_shuffle_epi8(bytes, pairs));
}

#define LANES_COLLECT(EXPRESSION, vectors, narrow) \
	do { \
		uint64_t word_ = 0; \
		for (size_t half = 0; half < 2; half++) { \
			__m256i v_[vectors]; \
			for (size_t group = half * (vectors), i_ = 0; i_ < (vectors); group++, i_++) \
				v_[i_] = (EXPRESSION); \
			word_ |= (uint64_t)narrow(v_) << (32 * half); \
		} \
		return word_; \
	} while (0)

#define F64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8, lanes_narrow_64)
// Where the sums before a compare keep the vector units busy, their bits are the scalar ones' work.
#define F64_COLLECT_SUMS(EXPRESSION) \
	do { \
		uint64_t word_ = 0; \
		for (size_t group = 0; group < 16; group++) \
			word_ |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(EXPRESSION)) << (4 * group); \
		return word_; \
	} while (0)
#define F64_LOAD(pointer) _mm256_loadu_pd((pointer) + 4 * group)
#define F64_SET(value) _mm256_set1_pd(value)
#define F64_EQ(x, y) _mm256_castpd_si256(_mm256_cmp_pd(x, y, _CMP_EQ_OQ))
#define F64_LT(x, y) _mm256_castpd_si256(_mm256_cmp_pd(x, y, _CMP_LT_OQ))
#define F64_LE(x, y) _mm256_castpd_si256(_mm256_cmp_pd(x, y, _CMP_LE_OQ))
#define F64_AND(x, y) _mm256_and_si256(x, y)
#define F64_WITHIN(x, low, high) _mm256_and_si256(F64_LE(low, x), F64_LE(x, high))
#define I64_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 8, lanes_narrow_64)
#define I64_LOAD(pointer) _mm256_loadu_si256((const __m256i *)(const void *)((pointer) + 4 * group))
#define I64_SET(value) _mm256_set1_epi64x(value)
#define I64_EQ(x, y) _mm256_cmpeq_epi64(x, y)
#define I64_LT(x, y) _mm256_cmpgt_epi64(y, x)
#define I64_OUTSIDE(x, low, width) _mm256_cmpgt_epi64(_mm256_xor_si256(_mm256_sub_epi64(x, low), I64_SET(INT64_MIN)), _mm256_xor_si256(width, I64_SET(INT64_MIN)))
#define I32_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 4, lanes_narrow_32)
#define I32_LOAD(pointer) _mm256_loadu_si256((const __m256i *)(const void *)((pointer) + 8 * group))
#define I32_SET(value) _mm256_set1_epi32(value)
#define I32_EQ(x, y) _mm256_cmpeq_epi32(x, y)
#define I32_LT(x, y) _mm256_cmpgt_epi32(y, x)
#define I32_OUTSIDE(x, low, width) _mm256_cmpgt_epi32(_mm256_xor_si256(_mm256_sub_epi32(x, low), I32_SET(INT32_MIN)), _mm256_xor_si256(width, I32_SET(INT32_MIN)))
#define I16_COLLECT(EXPRESSION) LANES_COLLECT(EXPRESSION, 2, lanes_narrow_16)
#define I16_LOAD(pointer) _mm256_loadu_si256((const __m256i *)(const void *)((pointer) + 16 * group))
#define I16_SET(value) _mm256_set1_epi16(value)
#define I16_EQ(x, y) _mm256_cmpeq_epi16(x, y)
#define I16_LT(x, y) _mm256_cmpgt_epi16(y, x)
#define I16_OUTSIDE(x, low, width) _mm256_cmpgt_epi16(_mm256_xor_si256(_mm256_sub_epi16(x, low), I16_SET(INT16_MIN)), _mm256_xor_si256(width, I16_SET(INT16_MIN)))
// The products of 32-bit integers with a constant that is one.
#define I64_TIMES_I32(pointer, factor) _mm256_mul_epi32(_mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)(const void *)((pointer) + 4 * group))), factor)
// x * the lower half of each factor + y * the upper one, cut to 16 bits.
#define I16_PAIR_SUM(x, y, factors) _mm256_packs_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(x, y), factors), _mm256_madd_epi16(_mm256_unpackhi_epi16(x, y), factors))
#define F64_VECTOR __m256d
#define I64_VECTOR __m256i
#define I32_VECTOR __m256i
#define I16_VECTOR __m256i

#define F64_GROUPS 16
#define F64_STORE(pointer, value) _mm256_storeu_pd((pointer) + 4 * group, value)
#define F64_MUL(x, y) _mm256_mul_pd(x, y)
#define F64_ADD(x, y) _mm256_add_pd(x, y)
#define F64_SUB(x, y) _mm256_sub_pd(x, y)
#define F64_DIV(x, y) _mm256_div_pd(x, y)
#define F64_ABS(x) _mm256_andnot_pd(_mm256_set1_pd(-0.0), x)
// For integers below 2^51: their bits are added to those of 1.5 * 2^52.
#define F64_FROM_SMALL(x) _mm256_sub_pd(_mm256_castsi256_pd(_mm256_add_epi64(x, _mm256_set1_epi64x(0x4338000000000000))), _mm256_set1_pd(0x1.8p52))

static inline __attribute__((always_inline)) __m256i lanes_load(const void *pointer)
{
	return _mm256_loadu_si256((const __m256i *)pointer);
}

static inline __attribute__((always_inline)) void lanes_store(void *pointer, __m256i value)
{
	_mm256_storeu_si256((__m256i *)pointer, value);
}

// Lane i of group g has its bit 4g + i in the sign after g = 15, 14 … left shifts by 4 of what this returns.
static inline __m256i lanes_last_64(uint64_t mask)
{
	return _mm256_sllv_epi64(_mm256_set1_epi64x((long long)mask), _mm256_set_epi64x(0, 1, 2, 3));
}

// All ones where bit 4 * group + i is set.
static inline __m256i lanes_spread_64(uint64_t mask, size_t group)
{
	__m256i bits = _mm256_set_epi64x(8, 4, 2, 1);
	return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x((long long)(mask >> (4 * group))), bits), bits);
}

static inline void lanes_select_64(void *a, uint64_t mask, const void *c, const void *d)
{
	__m256i where = lanes_last_64(mask);
	for (size_t group = 16; group-- > 0;) {
		size_t at = 32 * group;
		__m256d yes = _mm256_castsi256_pd(lanes_load((const char *)c + at)), no = _mm256_castsi256_pd(lanes_load((const char *)d + at));
		lanes_store((char *)a + at, _mm256_castpd_si256(_mm256_blendv_pd(no, yes, _mm256_castsi256_pd(where))));
		where = _mm256_slli_epi64(where, 4);
	}
}

static inline void lanes_select_f64(double *a, uint64_t mask, const double *c, const double *d) { lanes_select_64(a, mask, c, d); }
static inline void lanes_select_i64(int64_t *a, uint64_t mask, const int64_t *c, const int64_t *d) { lanes_select_64(a, mask, c, d); }

static inline void lanes_select_i32(int32_t *a, uint64_t mask, const int32_t *c, const int32_t *d)
{
	__m256i last = _mm256_set_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	for (size_t half = 0; half < 2; half++) {
		__m256i where = _mm256_sllv_epi32(_mm256_set1_epi32((int)(uint32_t)(mask >> (32 * half))), last);
		for (size_t group = 4; group-- > 0;) {
			size_t at = 32 * half + 8 * group;
			__m256 yes = _mm256_castsi256_ps(lanes_load(c + at)), no = _mm256_castsi256_ps(lanes_load(d + at));
			lanes_store(a + at, _mm256_castps_si256(_mm256_blendv_ps(no, yes, _mm256_castsi256_ps(where))));
			where = _mm256_slli_epi32(where, 8);
		}
	}
}

static inline void lanes_add_if_i16(int16_t *a, uint64_t mask, int16_t value)
{
	__m256i bits = _mm256_set_epi16((short)0x8000, 0x4000, 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100, 128, 64, 32, 16, 8, 4, 2, 1);
	__m256i add = _mm256_set1_epi16(value);
	for (size_t group = 0; group < 4; group++) {
		__m256i where = _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16((short)(uint16_t)(mask >> (16 * group))), bits), bits);
		lanes_store(a + 16 * group, _mm256_add_epi16(lanes_load(a + 16 * group), _mm256_and_si256(where, add)));
	}
}

static inline void lanes_add_if_i64(int64_t *a, uint64_t mask, int64_t value)
{
	__m256i add = _mm256_set1_epi64x(value);
	for (size_t group = 0; group < 16; group++)
		lanes_store(a + 4 * group, _mm256_add_epi64(lanes_load(a + 4 * group), _mm256_and_si256(lanes_spread_64(mask, group), add)));
}

static inline void lanes_add_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 16; group++)
		lanes_store(a + 4 * group, _mm256_add_epi64(lanes_load(a + 4 * group), _mm256_and_si256(lanes_spread_64(mask, group), lanes_load(c + 4 * group))));
}

static inline void lanes_subtract_value_if_i64(int64_t *a, uint64_t mask, const int64_t *c)
{
	for (size_t group = 0; group < 16; group++)
		lanes_store(a + 4 * group, _mm256_sub_epi64(lanes_load(a + 4 * group), _mm256_and_si256(lanes_spread_64(mask, group), lanes_load(c + 4 * group))));
}

// A shift by more than 31 gives 0, which is what a code outside the set is.
static inline uint64_t lanes_in_bits(const int32_t *codes, uint32_t base, uint64_t bits)
{
	__m256i low = _mm256_set1_epi32((int)(uint32_t)bits), high = _mm256_set1_epi32((int)(uint32_t)(bits >> 32));
	__m256i first = _mm256_set1_epi32((int)(base + 31)), second = _mm256_set1_epi32((int)(base + 63));
	__m256i found[8];
	for (size_t group = 0; group < 8; group++) {
		__m256i code = lanes_load(codes + 8 * group);
		found[group] = _mm256_or_si256(_mm256_sllv_epi32(low, _mm256_sub_epi32(first, code)), _mm256_sllv_epi32(high, _mm256_sub_epi32(second, code)));
	}
	return (uint64_t)lanes_narrow_32(found + 4) << 32 | lanes_narrow_32(found);
}

// One block of base + the points of the masks that hold.
static inline void lanes_sum_if_i16(int16_t *a, size_t word, int16_t base, uint32_t count, const uint64_t *const *masks, const int16_t *points)
{
	const __m256i bits = _mm256_set_epi16((short)0x8000, 0x4000, 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100, 128, 64, 32, 16, 8, 4, 2, 1);
	__m256i sums[4];
	for (size_t group = 0; group < 4; group++)
		sums[group] = _mm256_set1_epi16(base);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t mask = masks[i][word];
		__m256i add = _mm256_set1_epi16(points[i]);
		for (size_t group = 0; group < 4; group++) {
			__m256i where = _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16((short)(uint16_t)(mask >> (16 * group))), bits), bits);
			sums[group] = _mm256_add_epi16(sums[group], _mm256_and_si256(where, add));
		}
	}
	for (size_t group = 0; group < 4; group++)
		lanes_store(a + 16 * group, sums[group]);
}

// All ones in the bytes whose row, of 32, is in the mask.
static inline __m256i lanes_spread_8(uint32_t mask)
{
	const __m256i spread = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0), bits = _mm256_set1_epi64x((long long)0x8040201008040201);
	return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int)mask), spread), bits), bits);
}

// The same in bytes, for sums that stay in 0..255 (although parts may wrap): four blocks at once, so that each mask's points are spread once. Registers are
// whole even where the batch is not.
#define LANES_HAVE_BYTE_SUMS
static inline __attribute__((always_inline)) void lanes_sum_bytes(__m256i *sums, size_t word, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	__m256i own[8];
	for (size_t part = 0; part < 8; part++)
		own[part] = _mm256_set1_epi8((char)base);
	for (uint32_t i = 0; i < count; i++) {
		// Half words are spread from memory: that is a load and nothing else.
		const char *mask = (const char *)(masks[i] + word);
		__m256i add = _mm256_set1_epi8((char)points[i]);
		for (size_t part = 0; part < 8; part++) {
			int32_t bits;
			memcpy(&bits, mask + 4 * part, sizeof bits);
			own[part] = _mm256_add_epi8(own[part], _mm256_and_si256(lanes_spread_8((uint32_t)bits), add));
		}
	}
	for (size_t part = 0; part < 8; part++)
		sums[part] = own[part];
}

static inline void lanes_sum_if_i16_bytes(int16_t *a, size_t words, int16_t least, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points)
{
	const __m256i add = _mm256_set1_epi16(least);
	for (size_t word = 0; word < words; word += 4) {
		__m256i sums[8];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 8; part++, a += 32) {
			lanes_store(a, _mm256_add_epi16(_mm256_cvtepu8_epi16(_mm256_castsi256_si128(sums[part])), add));
			lanes_store(a + 16, _mm256_add_epi16(_mm256_cvtepu8_epi16(_mm256_extracti128_si256(sums[part], 1)), add));
		}
	}
}

// (the sum kept in low … high) - low, times factor.
static inline void lanes_sum_share_bytes(double *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, double factor)
{
	const __m256i bottom = _mm256_set1_epi8((char)low), top = _mm256_set1_epi8((char)high);
	const __m256d by = _mm256_set1_pd(factor);
	for (size_t word = 0; word < words; word += 4) {
		__m256i sums[8];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 8; part++) {
			__m256i sum = _mm256_sub_epi8(_mm256_min_epu8(_mm256_max_epu8(sums[part], bottom), top), bottom);
			const __m128i halves[2] = { _mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1) };
			for (size_t half = 0; half < 2; half++, a += 16) {
				_mm256_storeu_pd(a, _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_cvtepu8_epi32(halves[half])), by));
				_mm256_storeu_pd(a + 4, _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_srli_si128(halves[half], 4))), by));
				_mm256_storeu_pd(a + 8, _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_srli_si128(halves[half], 8))), by));
				_mm256_storeu_pd(a + 12, _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_srli_si128(halves[half], 12))), by));
			}
		}
	}
}

static inline void lanes_sum_share_i16_bytes(int16_t *a, size_t words, uint8_t base, uint32_t count, const uint64_t *const *masks, const uint8_t *points, uint8_t low, uint8_t high, int16_t factor)
{
	const __m256i bottom = _mm256_set1_epi8((char)low), top = _mm256_set1_epi8((char)high), by = _mm256_set1_epi16(factor);
	for (size_t word = 0; word < words; word += 4) {
		__m256i sums[8];
		lanes_sum_bytes(sums, word, base, count, masks, points);
		for (size_t part = 0; part < 8; part++, a += 32) {
			__m256i sum = _mm256_sub_epi8(_mm256_min_epu8(_mm256_max_epu8(sums[part], bottom), top), bottom);
			lanes_store(a, _mm256_mullo_epi16(_mm256_cvtepu8_epi16(_mm256_castsi256_si128(sum)), by));
			lanes_store(a + 16, _mm256_mullo_epi16(_mm256_cvtepu8_epi16(_mm256_extracti128_si256(sum, 1)), by));
		}
	}
}

// Which mask is the first is found in bytes, then looked up.
static inline void lanes_choose_i32(int32_t *a, size_t words, uint32_t count, const uint64_t *const *masks, const int32_t *table)
{
	const __m256i all = lanes_load(table);
	for (size_t word = 0; word < words; word++) {
		__m256i index[2] = { _mm256_setzero_si256(), _mm256_setzero_si256() };
		for (uint32_t i = count; i-- > 0;) {
			uint64_t mask = masks[i][word];
			__m256i number = _mm256_set1_epi8((char)(i + 1));
			index[0] = _mm256_blendv_epi8(index[0], number, lanes_spread_8((uint32_t)mask));
			index[1] = _mm256_blendv_epi8(index[1], number, lanes_spread_8((uint32_t)(mask >> 32)));
		}
		for (size_t half = 0; half < 2; half++) {
			const __m128i parts[2] = { _mm256_castsi256_si128(index[half]), _mm256_extracti128_si256(index[half], 1) };
			for (size_t part = 0; part < 2; part++, a += 16) {
				__m256i low = _mm256_cvtepu8_epi32(parts[part]), high = _mm256_cvtepu8_epi32(_mm_srli_si128(parts[part], 8));
				lanes_store(a, count < 8 ? _mm256_permutevar8x32_epi32(all, low) : _mm256_i32gather_epi32(table, low, 4));
				lanes_store(a + 8, count < 8 ? _mm256_permutevar8x32_epi32(all, high) : _mm256_i32gather_epi32(table, high, 4));
			}
		}
	}
}

static inline double lanes_small_double(int64_t value)
{
	union { uint64_t bits; double value; } biased = { .bits = (uint64_t)value + UINT64_C(0x4338000000000000) };
	return biased.value - 0x1.8p52;
}

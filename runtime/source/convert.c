// Fields to columns. A column is converted by a fast path that handles what nearly every field looks like and says of which rows it did not; those go through
// convert_strict.c one by one. Then what is missing, has a default, is out of its range or not among the allowed values is looked at, where the
// model says so. A row with a problem stays in the batch, with some value, and has its bit in `refused`.
#include "runtime/base/date.h"
#include "runtime/source/source_internal.h"
#include "runtime/source/text_cache.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline uint32_t begin_of(const struct ppm_field_view *view, uint32_t row)
{
	return view->begins[row * view->begin_stride] + view->begin_add;
}

static inline uint32_t end_of(const struct ppm_field_view *view, uint32_t row)
{
	return view->ends[row * view->end_stride];
}

// The first byte in the lowest bits.
static inline uint64_t load_64(const char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint16_t load_16(const char *at)
{
	uint16_t word;
	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap16(word);
#endif
	return word;
}

// Ones over the first `length` bytes, all of them from 8 on. In two shifts, so that none is by 64 and nothing branches.
static inline uint64_t keep_low(uint32_t length)
{
	uint32_t bits = 4 * (length < 8 ? length : 8);
	return ~(~UINT64_C(0) << bits << bits);
}

static inline uint64_t first_bytes(const char *at, uint32_t length)
{
	return load_64(at) & keep_low(length);
}

// The `length` bytes before `end` less '0', in the highest bytes, zeros below. Anything for a length that is not 1..8.
static inline uint64_t last_digits(const char *end, uint32_t length)
{
	return (load_64(end - 8) ^ UINT64_C(0x3030303030303030)) & ~UINT64_C(0) << ((64 - 8 * length) & 63);
}

static inline bool not_digits(uint64_t digits)
{
	return (((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080)) != 0;
}

// Eight digits, the first in the lowest byte: pairs, then fours, then all, three multiplications.
static inline uint64_t join_digits(uint64_t digits)
{
	digits = digits * 10 + (digits >> 8);
	return ((digits & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) + (digits >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >> 32;
}

#define CONVERT(name) plain_##name
#define CONVERT_TARGET
#define CONVERT_ALL
#include "runtime/source/convert_template.h"

#if defined(__x86_64__)

// The scalar ones of the kinds that vectors do not help, with three-operand shifts.
#define CONVERT(name) shifts_##name
#define CONVERT_TARGET __attribute__((target("bmi,bmi2")))
#include "runtime/source/convert_template.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,bmi,bmi2")))

AVX2 static inline uint64_t avx2_lanes(__m256i v)
{
	return (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(v));
}

AVX2 static inline __m256i avx2_multiply(__m256i a, __m256i b)
{
	__m256i crossed = _mm256_mullo_epi32(a, _mm256_shuffle_epi32(b, _MM_SHUFFLE(2, 3, 0, 1))); // low by high and high by low
	__m256i high = _mm256_add_epi32(crossed, _mm256_srli_epi64(crossed, 32));
	return _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(high, 32));
}

AVX2 static inline void avx2_store_doubles(double *out, __m256i v)
{
	__m256i low = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
	_mm256_storeu_pd(out, _mm256_cvtepi32_pd(_mm256_castsi256_si128(low)));
}

AVX2 static inline void avx2_store_integers(int32_t *out, __m256i v)
{
	__m256i low = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
	_mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(low));
}

#define CONVERT(name) avx2_##name
#define CONVERT_TARGET AVX2
#define VECTOR __m256i
#define LANES 4
#define LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define SPLAT(x) _mm256_set1_epi64x(x)
#define AND(a, b) _mm256_and_si256(a, b)
#define OR(a, b) _mm256_or_si256(a, b)
#define XOR(a, b) _mm256_xor_si256(a, b)
#define ADD(a, b) _mm256_add_epi64(a, b)
#define SUB(a, b) _mm256_sub_epi64(a, b)
#define SHIFT_RIGHT(v, n) _mm256_srli_epi64(v, n)
#define SHIFT_LEFT(v, n) _mm256_slli_epi64(v, n)
#define SHIFT_LEFT_BY(v, counts) _mm256_sllv_epi64(v, counts)
#define SHIFT_RIGHT_BY(v, n) _mm256_srl_epi64(v, _mm_cvtsi32_si128((int)(n)))
#define MULTIPLY(a, b) avx2_multiply(a, b)
#define WHERE_ZERO(v, a, b) _mm256_blendv_epi8(b, a, _mm256_cmpeq_epi64(v, _mm256_setzero_si256()))
#define EXCESS(a, b) _mm256_subs_epu8(a, b)
#define PAIRS(v, w) _mm256_maddubs_epi16(v, w)
#define FOURS(v, w) _mm256_madd_epi16(v, w)
#define TIMES(a, b) _mm256_mul_epu32(a, b)
#define ANY(v) (avx2_lanes(_mm256_cmpeq_epi64(v, _mm256_setzero_si256())) ^ 15)
#define ZERO(v) avx2_lanes(_mm256_cmpeq_epi64(v, _mm256_setzero_si256()))
#define GREATER(a, b) avx2_lanes(_mm256_cmpgt_epi64(a, b))
#define STORE_DOUBLES(p, v) avx2_store_doubles(p, v)
#define STORE_INTEGERS(p, v) avx2_store_integers(p, v)
#include "runtime/source/convert_vector.h"

#define CONVERT(name) avx512_##name
#define CONVERT_TARGET AVX512
#define VECTOR __m512i
#define LANES 8
#define LOAD(p) _mm512_load_si512((const void *)(p))
#define STORE(p, v) _mm512_storeu_si512((void *)(p), v)
#define SPLAT(x) _mm512_set1_epi64(x)
#define AND(a, b) _mm512_and_si512(a, b)
#define OR(a, b) _mm512_or_si512(a, b)
#define XOR(a, b) _mm512_xor_si512(a, b)
#define ADD(a, b) _mm512_add_epi64(a, b)
#define SUB(a, b) _mm512_sub_epi64(a, b)
#define SHIFT_RIGHT(v, n) _mm512_srli_epi64(v, n)
#define SHIFT_LEFT(v, n) _mm512_slli_epi64(v, n)
#define SHIFT_LEFT_BY(v, counts) _mm512_sllv_epi64(v, counts)
#define SHIFT_RIGHT_BY(v, n) _mm512_srl_epi64(v, _mm_cvtsi32_si128((int)(n)))
#define MULTIPLY(a, b) _mm512_mullo_epi64(a, b)
#define WHERE_ZERO(v, a, b) _mm512_mask_blend_epi64(_mm512_testn_epi64_mask(v, v), b, a)
#define EXCESS(a, b) _mm512_subs_epu8(a, b)
#define PAIRS(v, w) _mm512_maddubs_epi16(v, w)
#define FOURS(v, w) _mm512_madd_epi16(v, w)
#define TIMES(a, b) _mm512_mul_epu32(a, b)
#define ANY(v) ((uint64_t)_mm512_test_epi64_mask(v, v))
#define ZERO(v) ((uint64_t)_mm512_testn_epi64_mask(v, v))
#define GREATER(a, b) ((uint64_t)_mm512_cmpgt_epi64_mask(a, b))
#define STORE_DOUBLES(p, v) _mm512_storeu_pd(p, _mm512_cvtepi64_pd(v))
#define STORE_INTEGERS(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), _mm512_cvtepi64_epi32(v))
#include "runtime/source/convert_vector.h"

#endif

const struct ppm_convert_functions *ppm_convert_functions(enum ppm_simd simd)
{
	static const struct ppm_convert_functions plain = { plain_number, plain_whole, plain_narrow, plain_percent, plain_money, plain_date, plain_flag, plain_category };
#if defined(__x86_64__)
	static const struct ppm_convert_functions avx2 = { avx2_number, avx2_whole, avx2_narrow, shifts_percent, avx2_money, avx2_date, shifts_flag, avx2_category };
	static const struct ppm_convert_functions avx512 = { avx512_number, avx512_whole, avx512_narrow, shifts_percent, avx512_money, avx512_date, shifts_flag, avx512_category };
	__builtin_cpu_init();
	bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
	if (simd >= PPM_SIMD_AVX512 && has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		__builtin_cpu_supports("avx512dq"))
		return &avx512;
	if (simd >= PPM_SIMD_AVX2 && has_avx2)
		return &avx2;
#endif
	(void)simd;
	return &plain;
}

void ppm_convert_month_starts(int32_t out[PPM_MONTH_STARTS])
{
	for (int i = 0; i < PPM_MONTH_STARTS; i++)
		out[i] = ppm_date_from_civil(PPM_MONTH_START_YEAR + i / 12, i % 12 + 1, 1);
}

// ---- a column of a batch ----------------------------------------------------------------------------------

struct column_work {
	struct ppm_source_worker *worker;
	const struct ppm_column_plan *plan;
	struct ppm_field_view view;
	void *values;
	int32_t *whole; // where a column of whole numbers goes instead; NULL from the first other value on
	uint64_t magnitude;
	uint64_t empty[PPM_MASK_WORDS];
	uint64_t strict[PPM_MASK_WORDS];
	uint64_t failed[PPM_MASK_WORDS]; // refused by this column
};

// After a batch with a number that is not whole, so many are converted to doubles at once.
#define DECIMAL_BATCHES 32

static void store_number(struct column_work *work, uint32_t row, double value)
{
	double *numbers = work->values;
	if (work->whole && value >= -INT32_MAX && value <= INT32_MAX && (double)(int32_t)value == value) {
		work->whole[row] = (int32_t)value;
		return;
	}
	for (size_t i = 0; work->whole && i < PPM_BATCH_ROWS; i++)
		numbers[i] = work->whole[i];
	if (work->whole)
		work->worker->decimals[work->plan->index] = DECIMAL_BATCHES;
	work->whole = NULL;
	numbers[row] = value;
}

static void store(struct column_work *work, uint32_t row, union ppm_field_value value)
{
	uint64_t size;
	switch (work->plan->column->type) {
	case PPM_COLUMN_NUMBER: store_number(work, row, value.f64); break;
	case PPM_COLUMN_PERCENT: ((double *)work->values)[row] = value.f64; break;
	case PPM_COLUMN_MONEY:
		((int64_t *)work->values)[row] = value.i64;
		size = value.i64 < 0 ? -(uint64_t)value.i64 : (uint64_t)value.i64;
		work->magnitude = size > work->magnitude ? size : work->magnitude;
		break;
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_DATE:
	case PPM_COLUMN_DURATION: ((int32_t *)work->values)[row] = (int32_t)(uint32_t)value.i64; break;
	case PPM_COLUMN_FLAG: {
		uint64_t *word = &((uint64_t *)work->values)[row / 64], bit = UINT64_C(1) << row % 64;
		*word = value.i64 ? *word | bit : *word & ~bit;
		break;
	}
	}
}

static union ppm_field_value constant_of(const struct ppm_column *column, union ppm_constant constant)
{
	if (column->type == PPM_COLUMN_NUMBER || column->type == PPM_COLUMN_PERCENT)
		return (union ppm_field_value){ .f64 = constant.f64 };
	return (union ppm_field_value){ .i64 = constant.i64 };
}

static void refuse(struct column_work *work, uint32_t row, enum ppm_data_code code, enum ppm_problem_variant variant)
{
	struct ppm_source_worker *worker = work->worker;
	struct ppm_slice field = ppm_field_of(&work->view, row);
	struct ppm_pending pending;
	ppm_source_pending_for_row(worker, row, &pending);
	pending.begin = (uint32_t)(field.data - worker->base);
	pending.end = pending.begin + (uint32_t)field.size;
	pending.field = work->plan->field;
	pending.column = work->plan->index;
	pending.code = (uint16_t)code;
	pending.variant = (uint16_t)variant;
	worker->refused[row / 64] |= UINT64_C(1) << row % 64;
	work->failed[row / 64] |= UINT64_C(1) << row % 64;
	ppm_pendings_add(worker, &worker->pendings, &pending);
}

// A field that the fast path left. False when memory ran out.
static bool convert_strictly(struct column_work *work, uint32_t row)
{
	const struct ppm_column_plan *plan = work->plan;
	struct ppm_slice field = ppm_field_of(&work->view, row);
	// What a row without a value holds; a text is then "some other text", which no constant is.
	const union ppm_field_value none = { .i64 = plan->column->type == PPM_COLUMN_TEXT ? (int64_t)work->worker->source->program->text_count : 0 };
	union ppm_field_value value = none;
	if (plan->plain && field.size && field.data[0] != '"') {
		bool done = false;
		if (plan->column->type == PPM_COLUMN_NUMBER)
			done = ppm_field_short_decimal(field, 0, &value.f64);
		else if (plan->column->type == PPM_COLUMN_MONEY)
			done = ppm_field_short_money(field, &value.i64);
		else if (plan->column->type == PPM_COLUMN_PERCENT && field.data[field.size - 1] == '%')
			done = ppm_field_short_decimal((struct ppm_slice){ field.data, field.size - 1 }, 2, &value.f64);
		if (done) {
			store(work, row, value);
			return true;
		}
	}
	struct ppm_field_problem problem = { PPM_DATA_CODE_COUNT, PPM_VARIANT_NONE };
	struct ppm_source_worker *worker = work->worker;
	switch (ppm_field_convert(plan, worker->source->program, worker->pool, field, &worker->scratch, &value, &problem)) {
	case PPM_FIELD_VALUE: break;
	case PPM_FIELD_MISSING:
		work->empty[row / 64] |= UINT64_C(1) << row % 64;
		value = none;
		break;
	case PPM_FIELD_PROBLEM:
		refuse(work, row, problem.code, problem.variant);
		value = none;
		break;
	case PPM_FIELD_MEMORY: return false;
	}
	store(work, row, value);
	return true;
}

static void all_strict(struct column_work *work)
{
	for (uint32_t row = 0; row < work->view.rows; row++)
		work->strict[row / 64] |= UINT64_C(1) << row % 64;
}

// Eight digits and two decimals.
#define FAST_MONEY (UINT64_C(99999999) * PPM_MONEY_SCALE + 9900)

static void run_fast(struct column_work *work)
{
	const struct ppm_source *source = work->worker->source;
	const struct ppm_convert_functions *convert = source->convert;
	const struct ppm_column_plan *plan = work->plan;
	switch (plan->column->type) {
	case PPM_COLUMN_NUMBER:
		if (plan->fast && work->whole) {
			convert->whole(&work->view, work->whole, work->empty, work->strict);
			return;
		}
		if (plan->fast) {
			convert->number(&work->view, work->values, work->empty, work->strict);
			return;
		}
		break;
	case PPM_COLUMN_PERCENT:
		if (plan->fast) {
			convert->percent(&work->view, work->values, work->empty, work->strict);
			return;
		}
		break;
	case PPM_COLUMN_MONEY:
		if (plan->fast) {
			convert->money(&work->view, work->values, work->empty, work->strict);
			work->magnitude = FAST_MONEY;
			return;
		}
		break;
	case PPM_COLUMN_DATE:
		if (plan->fast) {
			convert->date(&work->view, work->values, work->empty, work->strict, source->month_starts);
			return;
		}
		break;
	case PPM_COLUMN_FLAG:
		if (plan->fast) {
			convert->flag(&work->view, work->values, work->empty, work->strict);
			return;
		}
		break;
	case PPM_COLUMN_TEXT:
		if (plan->categories) {
			convert->category(&work->view, work->values, work->empty, work->strict, plan->categories);
			return;
		}
		break;
	case PPM_COLUMN_DURATION: break;
	}
	all_strict(work);
}

// Texts are lent unless so many of a batch were in the pool already: what is looked up in vain is dearer than a text that is tested again. Then another batch is tried after some, or, where hardly
// any was, after many.
#define LEND_UNLESS(count) ((count) / 4 * 3)
#define LEND_LONG_UNLESS(count) ((count) / 16)
#define LEND_BATCHES 32
#define LEND_BATCHES_LONG UINT8_MAX

#define FIELDS_AHEAD 16u // whose bytes are asked for before they are needed

// Columns of pooled texts whose caches may grow large.
#define CACHES_MANY 16u
#define CACHE_BITS 12u
#define CACHE_BITS_MANY 8u

// The texts of a batch that are not known yet.
struct unknown {
	uint32_t count;
	struct ppm_slice texts[PPM_BATCH_ROWS];
	struct ppm_text_cache_key keys[PPM_BATCH_ROWS];
	uint16_t rows[PPM_BATCH_ROWS];
	uint32_t codes[PPM_BATCH_ROWS];
	uint64_t hashes[PPM_BATCH_ROWS];
};

// What is plain and not empty is either given its code here, where the cache (if there is one) knows it, or put among the unknown. Returns how many of the former there are.
static uint32_t gather_texts(struct column_work *work, const struct ppm_text_cache *cache, struct unknown *unknown)
{
	const struct ppm_text_pool *pool = work->worker->pool;
	const int32_t none = (int32_t)work->worker->source->program->text_count;
	int32_t *out = work->values;
	uint32_t known = 0;
	unknown->count = 0;
	for (uint32_t row = 0; row < work->view.rows; row++) {
		if (row + FIELDS_AHEAD < work->view.rows)
			__builtin_prefetch(ppm_field_of(&work->view, row + FIELDS_AHEAD).data);
		struct ppm_slice text = ppm_field_of(&work->view, row);
		const uint64_t bit = UINT64_C(1) << row % 64;
		const bool quoted = text.size && text.data[0] == '"';
		out[row] = none;
		if (text.size == 0) {
			work->empty[row / 64] |= bit;
			continue;
		}
		if (quoted) {
			if (text.size <= 2 || text.data[text.size - 1] != '"') {
				work->strict[row / 64] |= bit;
				continue;
			}
			text = (struct ppm_slice){ text.data + 1, text.size - 2 };
		}
		uint32_t code;
		struct ppm_text_cache_key *key = &unknown->keys[unknown->count];
		if (cache) {
			*key = ppm_text_cache_key(cache, text);
			if (ppm_text_cache_find(cache, pool, text, key, &code)) {
				out[row] = (int32_t)code;
				known++;
				continue;
			}
		}
		if (quoted && memchr(text.data, '"', text.size)) {
			work->strict[row / 64] |= bit;
			continue;
		}
		unknown->texts[unknown->count] = text;
		unknown->rows[unknown->count++] = (uint16_t)row;
	}
	return known;
}

// Pooled texts: plain ones are looked for in the column's cache, and what that does not know goes to the pool, all of the batch at once. False when memory ran out.
static bool run_pool(struct column_work *work)
{
	struct ppm_source_worker *worker = work->worker;
	const struct ppm_allocator *allocator = worker->source->allocator;
	struct ppm_text_pool *pool = worker->pool;
	uint8_t *lends = &worker->lends[work->plan->index];
	struct ppm_text_cache *cache = &worker->text_caches[work->plan->index];
	int32_t *out = work->values;
	struct unknown unknown;
	bool lent = pool->loose && *lends, cached = !lent && cache->off == 0;
	if (cached && !ppm_text_cache_open(cache, allocator, pool))
		return false;
	uint32_t known = gather_texts(work, cached ? cache : NULL, &unknown), before = ppm_text_pool_count(pool), count = known + unknown.count;
	pool->asked += known;
	if (lent) {
		--*lends;
		if (!ppm_text_pool_lend(pool, unknown.texts, unknown.count, false, unknown.codes))
			return false;
	} else {
		if (!ppm_text_pool_add_many(pool, unknown.texts, unknown.hashes, unknown.count, unknown.codes))
			return false;
		uint32_t fresh = ppm_text_pool_count(pool) - before;
		uint32_t again = count - fresh;
		if (pool->loose && count >= PPM_BATCH_ROWS / 2 && again < LEND_UNLESS(count))
			*lends = again < LEND_LONG_UNLESS(count) ? LEND_BATCHES_LONG : LEND_BATCHES;
		cache->off -= cache->off != 0;
	}
	for (uint32_t i = 0; i < unknown.count; i++) {
		out[unknown.rows[i]] = (int32_t)unknown.codes[i];
		if (cached && !memchr(unknown.texts[i].data, '"', unknown.texts[i].size))
			ppm_text_cache_put(cache, unknown.texts[i], &unknown.keys[i], unknown.codes[i]);
	}
	return !cached || *lends || ppm_text_cache_close(cache, allocator, count, unknown.count, worker->source->pooled_count <= CACHES_MANY ? CACHE_BITS : CACHE_BITS_MANY);
}

// Rows whose value lies outside; rows without one are the caller's to leave out.
static uint64_t outside(const struct column_work *work, uint32_t first, uint32_t count)
{
	const struct ppm_column *column = work->plan->column;
	uint64_t mask = 0;
	if (work->whole) {
		const int32_t *values = work->whole + first;
		for (uint32_t i = 0; i < count; i++)
			mask |= (uint64_t)((values[i] < column->low.f64) | (values[i] > column->high.f64)) << i;
	} else if (column->type == PPM_COLUMN_NUMBER || column->type == PPM_COLUMN_PERCENT) {
		const double *values = (const double *)work->values + first;
		for (uint32_t i = 0; i < count; i++)
			mask |= (uint64_t)((values[i] < column->low.f64) | (values[i] > column->high.f64)) << i;
	} else if (column->type == PPM_COLUMN_MONEY) {
		const int64_t *values = (const int64_t *)work->values + first;
		for (uint32_t i = 0; i < count; i++)
			mask |= (uint64_t)((values[i] < column->low.i64) | (values[i] > column->high.i64)) << i;
	} else if (column->type == PPM_COLUMN_DATE || column->type == PPM_COLUMN_DURATION) {
		const int32_t *values = (const int32_t *)work->values + first;
		for (uint32_t i = 0; i < count; i++)
			mask |= (uint64_t)((values[i] < column->low.i64) | (values[i] > column->high.i64)) << i;
	}
	return mask;
}

static bool is_allowed(const struct column_work *work, uint32_t row)
{
	const struct ppm_column *column = work->plan->column;
	if (work->plan->allowed) {
		uint32_t code = (uint32_t)((const int32_t *)work->values)[row];
		return code < work->worker->source->program->text_count && (work->plan->allowed[code / 64] >> code % 64 & 1);
	}
	const double value = work->whole ? work->whole[row] : ((const double *)work->values)[row];
	for (uint32_t i = 0; i < column->allowed_number_count; i++)
		if (!(value < column->allowed_numbers[i]) && !(value > column->allowed_numbers[i]))
			return true;
	return false;
}

static void check_values(struct column_work *work)
{
	const struct ppm_column *column = work->plan->column;
	bool listed = work->plan->allowed || (column->type == PPM_COLUMN_NUMBER && column->allowed_numbers);
	if (!column->has_range && !listed)
		return;
	for (uint32_t first = 0; first < work->view.rows; first += 64) {
		uint32_t count = work->view.rows - first < 64 ? work->view.rows - first : 64;
		uint64_t skip = work->empty[first / 64] | work->failed[first / 64];
		uint64_t wrong = column->has_range ? outside(work, first, count) & ~skip : 0;
		for (uint64_t rest = wrong; rest; rest &= rest - 1)
			refuse(work, first + (uint32_t)__builtin_ctzll(rest), PPM_DATA_OUT_OF_RANGE, PPM_VARIANT_NONE);
		for (uint32_t i = 0; i < count && listed; i++)
			if (!((skip | wrong) >> i & 1) && !is_allowed(work, first + i))
				refuse(work, first + i, PPM_DATA_NOT_ALLOWED, PPM_VARIANT_NONE);
	}
}

// Defaults, and the rows that must not be empty. Sets what the batch shows as the column's presence.
static void settle_missing(struct column_work *work)
{
	struct ppm_source_worker *worker = work->worker;
	const struct ppm_column *column = work->plan->column;
	uint64_t any = 0;
	for (uint32_t first = 0; first < work->view.rows; first += 64)
		any |= work->empty[first / 64];
	worker->present[work->plan->index] = NULL;
	if (!any)
		return;
	if (!work->plan->always_present && !column->key) {
		uint64_t *mask = worker->present_masks[work->plan->index];
		for (unsigned word = 0; word < PPM_MASK_WORDS; word++)
			mask[word] = ~work->empty[word];
		worker->present[work->plan->index] = mask;
		return;
	}
	for (uint32_t first = 0; first < work->view.rows; first += 64)
		for (uint64_t rest = work->empty[first / 64]; rest; rest &= rest - 1) {
			uint32_t row = first + (uint32_t)__builtin_ctzll(rest);
			if (column->key)
				refuse(work, row, PPM_DATA_MISSING_VALUE, PPM_VARIANT_KEY);
			else if (column->has_default)
				store(work, row, constant_of(column, column->default_value));
			else
				refuse(work, row, PPM_DATA_MISSING_VALUE, PPM_VARIANT_NONE);
		}
}

static bool convert_column(struct column_work *work)
{
	const struct ppm_column_plan *plan = work->plan;
	if (plan->column->type == PPM_COLUMN_TEXT && plan->column->pooled && plan->plain) {
		if (!run_pool(work))
			return false;
	} else {
		run_fast(work);
	}
	for (uint32_t first = 0; first < work->view.rows; first += 64)
		for (uint64_t rest = work->strict[first / 64]; rest; rest &= rest - 1)
			if (!convert_strictly(work, first + (uint32_t)__builtin_ctzll(rest)))
				return false;
	check_values(work);
	settle_missing(work);
	return true;
}

// A key that the program only passes on: it must not be empty.
static void check_key(struct column_work *work)
{
	for (uint32_t row = 0; row < work->view.rows; row++) {
		struct ppm_slice field = ppm_field_of(&work->view, row);
		if (field.size == 0 || (field.size == 2 && field.data[0] == '"'))
			refuse(work, row, PPM_DATA_MISSING_VALUE, PPM_VARIANT_KEY);
	}
}

bool ppm_convert_batch(struct ppm_source_worker *worker)
{
	const struct ppm_source *source = worker->source;
	const struct ppm_batch *batch = &worker->batch;
	for (uint32_t i = 0; i < source->plan_count; i++) {
		const struct ppm_column_plan *plan = &source->plans[i];
		struct column_work work;
		work.worker = worker;
		work.plan = plan;
		work.values = worker->values[plan->index];
		work.magnitude = 0;
		work.whole = worker->decimals[plan->index] ? NULL : worker->whole[plan->index];
		if (worker->decimals[plan->index])
			worker->decimals[plan->index]--;
		memset(work.empty, 0, sizeof work.empty);
		memset(work.strict, 0, sizeof work.strict);
		memset(work.failed, 0, sizeof work.failed);
		work.view = (struct ppm_field_view){
			.base = batch->base,
			.ends = batch->ends + plan->field,
			.end_stride = batch->stride,
			.begins = plan->field ? batch->ends + plan->field - 1 : batch->starts,
			.begin_stride = plan->field ? batch->stride : 1,
			.begin_add = plan->field != 0,
			.rows = batch->rows,
		};
		if (!plan->column->read || plan->left_out) {
			if (plan->column->key)
				check_key(&work);
		} else if (!convert_column(&work)) {
			return false;
		}
		struct ppm_column_facts *facts = &worker->facts[plan->index];
		*facts = (struct ppm_column_facts){ .whole = work.whole, .magnitude = work.magnitude };
		if (work.whole && source->convert->narrow(work.whole, worker->small[plan->index]))
			facts->small = worker->small[plan->index];
	}
	return !worker->out_of_memory;
}

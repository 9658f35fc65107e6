// Four instruction sets, one meaning: scan_template.h is the scan, and what differs is how 64 bytes become a mask and a mask becomes positions. The portable
// one has no intrinsics and works on either byte order.
#include "runtime/source/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline uint64_t prefix_by_shifts(uint64_t mask)
{
	mask ^= mask << 1;
	mask ^= mask << 2;
	mask ^= mask << 4;
	mask ^= mask << 8;
	mask ^= mask << 16;
	mask ^= mask << 32;
	return mask;
}

static inline uint32_t *emit_bit_by_bit(uint32_t *out, uint64_t mask, uint32_t base)
{
	for (; mask; mask &= mask - 1)
		*out++ = base + (uint32_t)__builtin_ctzll(mask);
	return out;
}

// ---- portable ---------------------------------------------------------------------------------------------

struct portable_block {
	uint64_t words[8];
};

static inline struct portable_block portable_load(const char *at)
{
	struct portable_block block;
	memcpy(&block, at, sizeof block);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (unsigned i = 0; i < 8; i++)
		block.words[i] = __builtin_bswap64(block.words[i]);
#endif
	return block;
}

// The top bits of the eight bytes as one byte.
static inline uint64_t gather_top_bits(uint64_t word)
{
	return ((word >> 7 & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080)) >> 56;
}

#define LOW_SEVEN UINT64_C(0x7f7f7f7f7f7f7f7f)

static inline uint64_t portable_equal(struct portable_block block, char c)
{
	uint64_t pattern = (unsigned char)c * UINT64_C(0x0101010101010101), mask = 0;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t word = block.words[i] ^ pattern;
		mask |= gather_top_bits(~(((word & LOW_SEVEN) + LOW_SEVEN) | word)) << (8 * i);
	}
	return mask;
}

static inline uint64_t portable_control(struct portable_block block)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t word = block.words[i];
		// Bytes below 128 reach it when 114 is added to 14 or more.
		mask |= gather_top_bits(~(((word & LOW_SEVEN) + UINT64_C(0x7272727272727272)) | word)) << (8 * i);
	}
	return mask;
}

static inline uint64_t portable_high(struct portable_block block)
{
	uint64_t all = 0;
	for (unsigned i = 0; i < 8; i++)
		all |= block.words[i];
	return all & ~LOW_SEVEN;
}

#define portable_prefix prefix_by_shifts
#define portable_emit emit_bit_by_bit
#define portable_count(mask) ((unsigned)__builtin_popcountll(mask))
#define SCAN(name) portable_##name
#define SCAN_TARGET
#include "runtime/source/scan_template.h"

#if defined(__x86_64__)

// ---- SSE2 -------------------------------------------------------------------------------------------------

struct sse2_block {
	__m128i parts[4];
};

static inline struct sse2_block sse2_load(const char *at)
{
	struct sse2_block block;
	for (unsigned i = 0; i < 4; i++)
		block.parts[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
	return block;
}

static inline uint64_t sse2_join(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(a) | (uint64_t)(unsigned)_mm_movemask_epi8(b) << 16 | (uint64_t)(unsigned)_mm_movemask_epi8(c) << 32 |
		(uint64_t)(unsigned)_mm_movemask_epi8(d) << 48;
}

static inline uint64_t sse2_equal(struct sse2_block block, char c)
{
	__m128i wanted = _mm_set1_epi8(c);
	return sse2_join(
		_mm_cmpeq_epi8(block.parts[0], wanted), _mm_cmpeq_epi8(block.parts[1], wanted), _mm_cmpeq_epi8(block.parts[2], wanted), _mm_cmpeq_epi8(block.parts[3], wanted));
}

static inline uint64_t sse2_control(struct sse2_block block)
{
	__m128i last = _mm_set1_epi8(13);
	__m128i result[4];
	for (unsigned i = 0; i < 4; i++)
		result[i] = _mm_cmpeq_epi8(_mm_min_epu8(block.parts[i], last), block.parts[i]);
	return sse2_join(result[0], result[1], result[2], result[3]);
}

static inline uint64_t sse2_high(struct sse2_block block)
{
	return (uint64_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(block.parts[0], block.parts[1]), _mm_or_si128(block.parts[2], block.parts[3])));
}

#define sse2_prefix prefix_by_shifts
#define sse2_emit emit_bit_by_bit
#define sse2_count(mask) ((unsigned)__builtin_popcountll(mask))
#define SCAN(name) sse2_##name
#define SCAN_TARGET
#include "runtime/source/scan_template.h"

// ---- AVX2 -------------------------------------------------------------------------------------------------

#define AVX2 __attribute__((target("avx2,pclmul,bmi,bmi2,popcnt")))

struct avx2_block {
	__m256i low, high;
};

AVX2 static inline struct avx2_block avx2_load(const char *at)
{
	return (struct avx2_block){ _mm256_loadu_si256((const __m256i *)(const void *)at), _mm256_loadu_si256((const __m256i *)(const void *)(at + 32)) };
}

AVX2 static inline uint64_t avx2_join(__m256i low, __m256i high)
{
	return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline uint64_t avx2_equal(struct avx2_block block, char c)
{
	__m256i wanted = _mm256_set1_epi8(c);
	return avx2_join(_mm256_cmpeq_epi8(block.low, wanted), _mm256_cmpeq_epi8(block.high, wanted));
}

AVX2 static inline uint64_t avx2_control(struct avx2_block block)
{
	__m256i last = _mm256_set1_epi8(13);
	return avx2_join(_mm256_cmpeq_epi8(_mm256_min_epu8(block.low, last), block.low), _mm256_cmpeq_epi8(_mm256_min_epu8(block.high, last), block.high));
}

AVX2 static inline uint64_t avx2_high(struct avx2_block block)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(block.low, block.high));
}

AVX2 static inline uint64_t avx2_prefix(uint64_t mask)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)mask), _mm_set1_epi8(-1), 0));
}

// Twelve at a time without a branch: most blocks of a customer file have no more. Beyond the mask's bits it writes what nobody reads.
AVX2 static inline uint32_t *avx2_emit(uint32_t *out, uint64_t mask, uint32_t base)
{
	unsigned count = (unsigned)__builtin_popcountll(mask);
	for (unsigned i = 0; i < 12; i++, mask = _blsr_u64(mask))
		out[i] = base + (uint32_t)_tzcnt_u64(mask);
	if (__builtin_expect(count > 12, 0))
		for (unsigned i = 12; i < count; i++, mask = _blsr_u64(mask))
			out[i] = base + (uint32_t)_tzcnt_u64(mask);
	return out + count;
}

#define avx2_count(mask) ((unsigned)__builtin_popcountll(mask))
#define SCAN(name) avx2_##name
#define SCAN_TARGET AVX2
#include "runtime/source/scan_template.h"

// ---- AVX-512 ----------------------------------------------------------------------------------------------

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,pclmul,bmi,bmi2,popcnt")))
#define AVX512_COMPRESS __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,avx2,pclmul,bmi,bmi2,popcnt")))

struct avx512_block {
	__m512i bytes;
};

AVX512 static inline struct avx512_block avx512_load(const char *at)
{
	return (struct avx512_block){ _mm512_loadu_si512(at) };
}

AVX512 static inline uint64_t avx512_equal(struct avx512_block block, char c)
{
	return _mm512_cmpeq_epi8_mask(block.bytes, _mm512_set1_epi8(c));
}

AVX512 static inline uint64_t avx512_control(struct avx512_block block)
{
	return _mm512_cmplt_epu8_mask(block.bytes, _mm512_set1_epi8(14));
}

AVX512 static inline uint64_t avx512_high(struct avx512_block block)
{
	return _mm512_movepi8_mask(block.bytes);
}

AVX512 static inline uint64_t avx512_prefix(uint64_t mask)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)mask), _mm_set1_epi8(-1), 0));
}

AVX512 static inline uint32_t *avx512_emit(uint32_t *out, uint64_t mask, uint32_t base)
{
	unsigned count = (unsigned)__builtin_popcountll(mask);
	for (unsigned i = 0; i < 12; i++, mask = _blsr_u64(mask))
		out[i] = base + (uint32_t)_tzcnt_u64(mask);
	if (__builtin_expect(count > 12, 0))
		for (unsigned i = 12; i < count; i++, mask = _blsr_u64(mask))
			out[i] = base + (uint32_t)_tzcnt_u64(mask);
	return out + count;
}

#define avx512_count(mask) ((unsigned)__builtin_popcountll(mask))
#define SCAN(name) avx512_##name
#define SCAN_TARGET AVX512
#include "runtime/source/scan_template.h"

#define compress_block avx512_block
#define compress_equal avx512_equal
#define compress_control avx512_control
#define compress_high avx512_high
#define compress_prefix avx512_prefix
#define compress_load avx512_load
#define compress_count avx512_count

static const uint8_t positions[64] = {
	0,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	22,
	23,
	24,
	25,
	26,
	27,
	28,
	29,
	30,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40,
	41,
	42,
	43,
	44,
	45,
	46,
	47,
	48,
	49,
	50,
	51,
	52,
	53,
	54,
	55,
	56,
	57,
	58,
	59,
	60,
	61,
	62,
	63,
};

AVX512_COMPRESS static inline uint32_t *compress_emit(uint32_t *out, uint64_t mask, uint32_t base)
{
	__m512i found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(positions));
	__m512i offset = _mm512_set1_epi32((int)base);
	unsigned count = (unsigned)__builtin_popcountll(mask);
	_mm512_storeu_si512(out, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found))));
	if (__builtin_expect(count > 16, 0)) {
		_mm512_storeu_si512(out + 16, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 1))));
		if (count > 32) {
			_mm512_storeu_si512(out + 32, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 2))));
			_mm512_storeu_si512(out + 48, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 3))));
		}
	}
	return out + count;
}

#define SCAN(name) compress_##name
#define SCAN_TARGET AVX512_COMPRESS
#include "runtime/source/scan_template.h"

#endif

// From the slowest to the fastest; which of them this processor can run.
static unsigned usable(const struct ppm_scan_functions *out[5])
{
	static const struct ppm_scan_functions portable = { PPM_SIMD_PORTABLE, portable_run, portable_odd_quotes };
	unsigned count = 0;
	out[count++] = &portable;
#if defined(__x86_64__)
	static const struct ppm_scan_functions sse2 = { PPM_SIMD_SSE2, sse2_run, sse2_odd_quotes };
	static const struct ppm_scan_functions avx2 = { PPM_SIMD_AVX2, avx2_run, avx2_odd_quotes };
	static const struct ppm_scan_functions avx512 = { PPM_SIMD_AVX512, avx512_run, avx512_odd_quotes };
	static const struct ppm_scan_functions compress = { PPM_SIMD_AVX512, compress_run, compress_odd_quotes };
	__builtin_cpu_init();
	out[count++] = &sse2;
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") ||
		!__builtin_cpu_supports("popcnt"))
		return count;
	out[count++] = &avx2;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
		return count;
	out[count++] = &avx512;
	if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2"))
		out[count++] = &compress;
#endif
	return count;
}

const struct ppm_scan_functions *ppm_scan_functions_at(unsigned index)
{
	const struct ppm_scan_functions *all[5];
	return index < usable(all) ? all[index] : NULL;
}

const struct ppm_scan_functions *ppm_scan_functions(enum ppm_simd simd)
{
	const struct ppm_scan_functions *all[5];
	unsigned count = usable(all);
	while (all[count - 1]->simd > simd)
		count--;
	return all[count - 1];
}

uint32_t *ppm_scan_exact(struct ppm_scan *scan, const char *base, size_t from, size_t to, uint32_t *out)
{
	enum ppm_scan_place place = scan->place;
	bool carriage = (base + from)[-1] == '\r' && place != PPM_SCAN_QUOTED;
	for (size_t at = from; at < to; at++) {
		char c = base[at];
		if (carriage && c != '\n')
			scan->bare_carriage = true;
		carriage = c == '\r' && place != PPM_SCAN_QUOTED;
		scan->carriage |= carriage;
		scan->nul |= c == '\0';
		scan->beyond_ascii |= (unsigned char)c > 127;
		if (place == PPM_SCAN_QUOTED) {
			scan->quoted_lines += c == '\n';
			if (c == '"')
				place = PPM_SCAN_CLOSED;
		} else if (c == scan->delimiter || c == '\n') {
			*out++ = (uint32_t)at;
			scan->lines += c == '\n';
			place = PPM_SCAN_START;
		} else if (c == '"' && place != PPM_SCAN_PLAIN) {
			place = PPM_SCAN_QUOTED;
		} else {
			scan->stray |= c == '"' || (place == PPM_SCAN_CLOSED && c != '\r');
			place = PPM_SCAN_PLAIN;
		}
	}
	scan->place = place;
	scan->quoted = place == PPM_SCAN_QUOTED;
	return out;
}

void ppm_scan_settle(struct ppm_scan *scan, const char *base, size_t to)
{
	char last = base[to - 1];
	if (scan->quoted)
		scan->place = PPM_SCAN_QUOTED;
	else if (last == '"')
		scan->place = PPM_SCAN_CLOSED;
	else if (last == scan->delimiter || last == '\n')
		scan->place = PPM_SCAN_START;
	else
		scan->place = PPM_SCAN_PLAIN;
}

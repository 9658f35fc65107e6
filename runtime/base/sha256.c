// The digest is cheap enough to be taken of every model, and must not slow the reading of a large file: so there are two ways to mix a block in, C that any compiler
// understands, and the processor's own instructions where it has them. Both are held to the same vectors.
#include "runtime/base/sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

// The first 32 bits of the fractions of the cube roots of the first 64 primes, and of the square roots of the first 8.
static const uint32_t constants[64] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};
static const uint32_t beginning[8] = {
	0x6a09e667,
	0xbb67ae85,
	0x3c6ef372,
	0xa54ff53a,
	0x510e527f,
	0x9b05688c,
	0x1f83d9ab,
	0x5be0cd19,
};

static uint32_t rotated(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

static uint32_t read_word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// One of 64 steps; the names of the eight words are those of the standard. Only d and h change, so that eight steps with the words renamed move nothing.
static inline __attribute__((always_inline)) void step(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g, uint32_t *h, uint32_t with)
{
	uint32_t sum = *h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + (g ^ (e & (f ^ g))) + with;
	*d += sum;
	*h = sum + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) | (c & (a | b)));
}

static void mix_portable(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	for (; blocks > 0; blocks--, data += PPM_SHA256_BLOCK) {
		uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
		for (size_t i = 0; i < 16; i++)
			w[i] = read_word(data + 4 * i);
		for (size_t i = 16; i < 64; i++) {
			uint32_t early = w[i - 15], late = w[i - 2];
			w[i] = w[i - 16] + (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3) + w[i - 7] + (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10);
		}
		for (size_t i = 0; i < 64; i += 8) {
			step(a, b, c, &d, e, f, g, &h, constants[i] + w[i]);
			step(h, a, b, &c, d, e, f, &g, constants[i + 1] + w[i + 1]);
			step(g, h, a, &b, c, d, e, &f, constants[i + 2] + w[i + 2]);
			step(f, g, h, &a, b, c, d, &e, constants[i + 3] + w[i + 3]);
			step(e, f, g, &h, a, b, c, &d, constants[i + 4] + w[i + 4]);
			step(d, e, f, &g, h, a, b, &c, constants[i + 5] + w[i + 5]);
			step(c, d, e, &f, g, h, a, &b, constants[i + 6] + w[i + 6]);
			step(b, c, d, &e, f, g, h, &a, constants[i + 7] + w[i + 7]);
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
		state[5] += f;
		state[6] += g;
		state[7] += h;
	}
}

#if defined(__x86_64__)

static bool has_instructions(void)
{
	unsigned a = 0, b = 0, c = 0, d = 0;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

#define HARDWARE __attribute__((target("sha,sse4.1,ssse3")))

// Four steps. The instructions keep the eight words as A B E F and C D G H, high to low.
HARDWARE static inline __attribute__((always_inline)) void four_steps(__m128i *abef, __m128i *cdgh, __m128i words, size_t i)
{
	__m128i with = _mm_add_epi32(words, _mm_loadu_si128((const __m128i *)(const void *)(constants + 4 * i)));
	*cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, with);
	*abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(with, 0x0e));
}

// The four words of the message after the sixteen in a, b, c, d.
HARDWARE static inline __attribute__((always_inline)) __m128i next_words(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4)), d);
}

HARDWARE static void mix_hardware(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state), hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
	__m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; blocks > 0; blocks--, data += PPM_SHA256_BLOCK) {
		const __m128i *message = (const __m128i *)(const void *)data;
		__m128i abef_before = abef, cdgh_before = cdgh;
		__m128i a = _mm_shuffle_epi8(_mm_loadu_si128(message), big_endian), b = _mm_shuffle_epi8(_mm_loadu_si128(message + 1), big_endian);
		__m128i c = _mm_shuffle_epi8(_mm_loadu_si128(message + 2), big_endian), d = _mm_shuffle_epi8(_mm_loadu_si128(message + 3), big_endian);
		for (size_t i = 0; i < 16; i += 4) {
			four_steps(&abef, &cdgh, a, i);
			four_steps(&abef, &cdgh, b, i + 1);
			four_steps(&abef, &cdgh, c, i + 2);
			four_steps(&abef, &cdgh, d, i + 3);
			a = next_words(a, b, c, d);
			b = next_words(b, c, d, a);
			c = next_words(c, d, a, b);
			d = next_words(d, a, b, c);
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

static bool has_instructions(void)
{
	return false;
}

static void mix_hardware(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	mix_portable(state, data, blocks);
}

#endif

static void mix(struct ppm_sha256 *sha256, const uint8_t *data, size_t blocks)
{
	if (sha256->hardware)
		mix_hardware(sha256->state, data, blocks);
	else
		mix_portable(sha256->state, data, blocks);
}

void ppm_sha256_begin(struct ppm_sha256 *sha256)
{
	memcpy(sha256->state, beginning, sizeof beginning);
	sha256->size = 0;
	sha256->hardware = has_instructions();
}

void ppm_sha256_update(struct ppm_sha256 *sha256, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t held = (size_t)(sha256->size % PPM_SHA256_BLOCK);

	if (size == 0)
		return;
	sha256->size += size;
	if (held) {
		size_t taken = PPM_SHA256_BLOCK - held < size ? PPM_SHA256_BLOCK - held : size;
		memcpy(sha256->pending + held, at, taken);
		at += taken;
		size -= taken;
		if (held + taken < PPM_SHA256_BLOCK)
			return;
		mix(sha256, sha256->pending, 1);
	}
	mix(sha256, at, size / PPM_SHA256_BLOCK);
	if (size % PPM_SHA256_BLOCK)
		memcpy(sha256->pending, at + size / PPM_SHA256_BLOCK * PPM_SHA256_BLOCK, size % PPM_SHA256_BLOCK);
}

void ppm_sha256_finish(struct ppm_sha256 *sha256, uint8_t digest[PPM_SHA256_SIZE])
{
	uint64_t bits = sha256->size * 8;
	size_t held = (size_t)(sha256->size % PPM_SHA256_BLOCK), end = held < PPM_SHA256_BLOCK - 8 ? PPM_SHA256_BLOCK : 2 * PPM_SHA256_BLOCK;
	uint8_t last[2 * PPM_SHA256_BLOCK] = { 0 };

	memcpy(last, sha256->pending, held);
	last[held] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[end - 1 - i] = (uint8_t)(bits >> 8 * i);
	mix(sha256, last, end / PPM_SHA256_BLOCK);
	for (size_t i = 0; i < PPM_SHA256_SIZE; i++)
		digest[i] = (uint8_t)(sha256->state[i / 4] >> (24 - 8 * (i % 4)));
}

void ppm_sha256_hex(const uint8_t digest[PPM_SHA256_SIZE], char out[PPM_SHA256_HEX_SIZE])
{
	static const char hex[16] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };
	for (size_t i = 0; i < PPM_SHA256_SIZE; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
}

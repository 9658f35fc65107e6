// Sums as long integers in two's complement. Their lowest power is that of the smallest term's lowest bit, so that nothing is ever rounded before the end. A term touches two words and
// carries into the next ones only while there is a carry.
#include "runtime/dataset/exact_sum.h"

#include <assert.h>
#include <math.h>

void ppm_exact_range_add(struct ppm_exact_range *range, const double *values, uint64_t count)
{
	// By exponents alone first: that is a loop without branches, and the range of most columns fits.
	uint64_t least = UINT64_MAX, most = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t bits;
		memcpy(&bits, &values[i], sizeof bits);
		bits &= UINT64_MAX >> 1;
		uint64_t nonzero = bits - 1; // of 0 the largest
		least = nonzero < least ? nonzero : least;
		most = bits > most ? bits : most;
	}
	if (most == 0)
		return;
	int low = (int)((least + 1) >> 52), high = (int)(most >> 52);
	low += low == 0;
	high += high == 0;
	struct ppm_exact_range found = { low - 1075, high - 1022 };
	if (found.low < 0 && found.high <= 62) {
		// Most columns of numbers are whole, and one word holds their sums.
		uint64_t whole = 0;
		while (whole < count && values[whole] == (double)(int64_t)values[whole])
			whole++;
		if (whole == count)
			found.low = 0;
	}
	if (found.high - found.low > 64 + 24) {
		// Most of the range may be zeros: whole numbers next to large ones.
		int lowest = found.high;
		for (uint64_t i = 0; i < count; i++) {
			int exponent;
			int64_t mantissa = ppm_exact_mantissa(values[i], &exponent);
			if (mantissa == 0)
				continue;
			exponent += __builtin_ctzll((uint64_t)mantissa);
			lowest = exponent < lowest ? exponent : lowest;
		}
		found.low = lowest;
	}
	ppm_exact_range_join(range, found);
}

void ppm_exact_range_join(struct ppm_exact_range *range, struct ppm_exact_range other)
{
	if (other.low > other.high)
		return;
	if (range->low > range->high) {
		*range = other;
		return;
	}
	range->low = other.low < range->low ? other.low : range->low;
	range->high = other.high > range->high ? other.high : range->high;
}

static int bits_needed(struct ppm_exact_range range, uint64_t terms)
{
	if (range.low > range.high)
		return 1;
	return range.high - range.low + (terms > 1 ? 64 - __builtin_clzll(terms - 1) : 0);
}

uint32_t ppm_exact_width(struct ppm_exact_range range, uint64_t terms)
{
	return (uint32_t)(bits_needed(range, terms) + 1 + 63) / 64;
}

enum ppm_status ppm_exact_sums_new(struct ppm_exact_sums *sums, const struct ppm_steps *steps, uint64_t count, struct ppm_exact_range range, uint64_t terms)
{
	enum ppm_status status = PPM_OK;
	*sums = (struct ppm_exact_sums){ .count = count, .width = ppm_exact_width(range, terms), .low = range.low > range.high ? 0 : range.low, .range = range };
	sums->words = ppm_steps_take(steps, count * sums->width, sizeof *sums->words, &status);
	return status;
}

void ppm_exact_sums_free(struct ppm_exact_sums *sums, const struct ppm_steps *steps)
{
	ppm_steps_give(steps, sums->words, sums->count * sums->width, sizeof *sums->words);
	sums->words = NULL;
}

// words · 2^shift into wider ones.
static void shift_words(const uint64_t *from, uint32_t width, uint64_t *to, uint32_t to_width, unsigned shift)
{
	uint64_t sign = (uint64_t)((int64_t)from[width - 1] >> 63);
	for (uint32_t i = 0; i < to_width; i++) {
		int64_t at = (int64_t)i - shift / 64;
		uint64_t here = at < 0 ? 0 : at < (int64_t)width ? from[at] : sign;
		uint64_t below = at < 1 ? 0 : at - 1 < (int64_t)width ? from[at - 1] : sign;
		to[i] = shift % 64 ? here << shift % 64 | below >> (64 - shift % 64) : here;
	}
}

enum ppm_status ppm_exact_sums_widen(struct ppm_exact_sums *sums, const struct ppm_steps *steps, struct ppm_exact_range range, uint64_t terms)
{
	struct ppm_exact_range joined = sums->range;
	ppm_exact_range_join(&joined, range);
	if (joined.low > joined.high)
		return PPM_OK;
	bool first = sums->range.low > sums->range.high;
	if (!first && joined.low >= sums->low) {
		struct ppm_exact_range from_low = { sums->low, joined.high };
		if (ppm_exact_width(from_low, terms) <= sums->width) {
			sums->range = joined;
			return PPM_OK;
		}
	}
	struct ppm_exact_sums wider;
	enum ppm_status status = ppm_exact_sums_new(&wider, steps, sums->count, joined, terms);
	if (status != PPM_OK)
		return status;
	if (!first)
		for (uint64_t i = 0; i < sums->count; i++)
			shift_words(sums->words + i * sums->width, sums->width, wider.words + i * wider.width, wider.width, (unsigned)(sums->low - wider.low));
	ppm_exact_sums_free(sums, steps);
	*sums = wider;
	return PPM_OK;
}

void ppm_exact_add_wide(uint64_t *words, uint32_t width, int64_t mantissa, unsigned shift)
{
	uint64_t size = mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
	uint32_t at = shift / 64;
	unsigned bit = shift % 64;
	uint64_t parts[2] = { size << bit, bit ? size >> (64 - bit) : 0 };
	uint64_t carry = 0;
	for (uint32_t i = 0; at < width && (i < 2 || carry); i++, at++) {
		uint64_t part = i < 2 ? parts[i] : 0;
		uint64_t result;
		bool over;
		if (mantissa < 0) {
			over = __builtin_sub_overflow(words[at], part, &result);
			over |= __builtin_sub_overflow(result, carry, &result);
		} else {
			over = __builtin_add_overflow(words[at], part, &result);
			over |= __builtin_add_overflow(result, carry, &result);
		}
		carry = over;
		words[at] = result;
	}
}

void ppm_exact_add_words(uint64_t *to, const uint64_t *from, uint32_t width)
{
	uint64_t carry = 0;
	for (uint32_t i = 0; i < width; i++) {
		bool over = __builtin_add_overflow(to[i], from[i], &to[i]);
		over |= __builtin_add_overflow(to[i], carry, &to[i]);
		carry = over;
	}
}

double ppm_exact_round(const uint64_t *words, uint32_t width, int low, int scale)
{
	if (width <= 2 && low + scale >= -1022 && low + scale <= 1023) {
		// The compiler's conversion rounds once, to even; times a power of two nothing is lost, as below.
		ppm_int128 whole = (int64_t)words[0];
		if (width == 2)
			memcpy(&whole, words, sizeof whole);
		uint64_t bits = (uint64_t)(low + scale + 1023) << 52;
		double power;
		memcpy(&power, &bits, sizeof power);
		return (double)whole * power + 0.0;
	}
	assert(width <= PPM_EXACT_SUM_WORDS_MAX + 2);
	uint64_t size[PPM_EXACT_SUM_WORDS_MAX + 2];
	bool negative = words[width - 1] >> 63;
	uint64_t carry = negative;
	for (uint32_t i = 0; i < width; i++) {
		size[i] = negative ? ~words[i] : words[i];
		carry = __builtin_add_overflow(size[i], carry, &size[i]);
	}
	while (width > 0 && size[width - 1] == 0)
		width--;
	if (width == 0)
		return 0;
	// The highest 64 bits, and whether anything is below them.
	unsigned up = (unsigned)__builtin_clzll(size[width - 1]);
	uint64_t top = size[width - 1] << up;
	int exponent = low + scale + (int)(width - 1) * 64 - (int)up;
	bool more = false;
	if (width > 1) {
		if (up)
			top |= size[width - 2] >> (64 - up);
		more = size[width - 2] << up;
		for (uint32_t i = 0; i + 2 < width; i++)
			more |= size[i] != 0;
	}
	// To 53 bits, ties to even. What is below the normal doubles has no bits to lose: all terms are multiples of the smallest one.
	uint64_t kept = top >> 11, dropped = top & 0x7ff;
	kept += dropped > 0x400 || (dropped == 0x400 && (more || (kept & 1)));
	double result = ldexp((double)kept, exponent + 11);
	return negative ? -result : result;
}

double ppm_exact_mean(const uint64_t *words, uint32_t width, int low, uint64_t count)
{
	double sum = ppm_exact_round(words, width, low, 0);
	if (isfinite(sum))
		return sum / (double)count + 0.0;
	// The mean is a double although the sum is not.
	return ldexp(ppm_exact_round(words, width, low, -64) / (double)count, 64);
}

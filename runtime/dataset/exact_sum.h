// Sums of numbers that do not depend on the order of their terms: the exact sum, rounded once.
//
// Every finite double is an integer times a power of two. A pass over the values finds the range of powers that they need, and each sum is then one integer of as many
// 64-bit words: one for whole numbers, two for what is usual, 34 for a sum of the smallest and the largest doubles.
#ifndef PPM_RUNTIME_DATASET_EXACT_SUM_H
#define PPM_RUNTIME_DATASET_EXACT_SUM_H

#include "runtime/dataset/steps_internal.h"

#define PPM_EXACT_SUM_WORDS_MAX 34u // 2^-1074 … 2^1024, 2^32 terms, a sign: 2,131 bits

// Terms are multiples of 2^low, and below 2^high. Empty: low > high.
struct ppm_exact_range {
	int low, high;
};
#define PPM_EXACT_RANGE_EMPTY ((struct ppm_exact_range){ 1, 0 })
void ppm_exact_range_add(struct ppm_exact_range *range, const double *values, uint64_t count);
void ppm_exact_range_join(struct ppm_exact_range *range, struct ppm_exact_range other);

// Sum i is the integer of words[i * width] …, two's complement, lowest word first, times 2^low.
struct ppm_exact_sums {
	uint64_t *words;
	uint64_t count;
	uint32_t width;
	int low;
	struct ppm_exact_range range; // of all terms so far
};
// Sums of zero, with room for `terms` terms of the range in each.
enum ppm_status ppm_exact_sums_new(struct ppm_exact_sums *sums, const struct ppm_steps *steps, uint64_t count, struct ppm_exact_range range, uint64_t terms);
void ppm_exact_sums_free(struct ppm_exact_sums *sums, const struct ppm_steps *steps);
// Makes room for terms of another range, `terms` in all.
enum ppm_status ppm_exact_sums_widen(struct ppm_exact_sums *sums, const struct ppm_steps *steps, struct ppm_exact_range range, uint64_t terms);
// How many words a sum of so many terms takes.
uint32_t ppm_exact_width(struct ppm_exact_range range, uint64_t terms);

// words · 2^(low + scale), rounded once to the nearest double, ties to even; infinite when it is too large.
double ppm_exact_round(const uint64_t *words, uint32_t width, int low, int scale);
// The sum over `count` terms, divided by them; the sum may be larger than a double.
double ppm_exact_mean(const uint64_t *words, uint32_t width, int low, uint64_t count);

// A double as mantissa · 2^exponent, with its sign.
static inline int64_t ppm_exact_mantissa(double value, int *exponent)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	int biased = (int)(bits >> 52 & 0x7ff);
	uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
	fraction |= (uint64_t)(biased != 0) << 52;
	*exponent = biased - 1075 + (biased == 0);
	return bits >> 63 ? -(int64_t)fraction : (int64_t)fraction;
}

void ppm_exact_add_wide(uint64_t *words, uint32_t width, int64_t mantissa, unsigned shift);

static inline void ppm_exact_add(const struct ppm_exact_sums *sums, uint64_t index, double value)
{
	int exponent;
	int64_t mantissa = ppm_exact_mantissa(value, &exponent);
	if (mantissa == 0)
		return;
	int shift = exponent - sums->low;
	if (shift < 0) {
		mantissa >>= -shift; // zeros
		shift = 0;
	}
	if (sums->width == 1) {
		sums->words[index] += (uint64_t)mantissa << shift;
	} else if (sums->width == 2) {
		ppm_uint128 sum;
		memcpy(&sum, sums->words + index * 2, sizeof sum);
		sum += (ppm_uint128)(ppm_int128)mantissa << shift;
		memcpy(sums->words + index * 2, &sum, sizeof sum);
	} else {
		ppm_exact_add_wide(sums->words + index * sums->width, sums->width, mantissa, (unsigned)shift);
	}
}
// to += from
void ppm_exact_add_words(uint64_t *to, const uint64_t *from, uint32_t width);
static inline double ppm_exact_sum(const struct ppm_exact_sums *sums, uint64_t index)
{
	return ppm_exact_round(sums->words + index * sums->width, sums->width, sums->low, 0);
}

#endif

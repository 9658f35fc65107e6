// Integers to decimal digits, two at a time: what every amount and number is written with.
#ifndef PPM_RUNTIME_BASE_DIGITS_H
#define PPM_RUNTIME_BASE_DIGITS_H

#include "runtime/base/decimal.h"

// "00" "01" … "99"
extern const char ppm_digit_pairs[200];

static inline unsigned ppm_digits_count(uint64_t value)
{
	// 1233 / 4096 is just above log10(2): the guess is right or one too high.
	unsigned guess = ((64u - (unsigned)__builtin_clzll(value | 1)) * 1233u) >> 12;
	if (guess == 19)
		return value >= UINT64_C(10000000000000000000) ? 20 : 19;
	return guess + (value >= (uint64_t)ppm_power_of_ten[guess] || guess == 0);
}

// The last `count` digits, with zeros before them where there are fewer. Returns the end.
static inline char *ppm_digits_put_fixed(char *out, uint64_t value, unsigned count)
{
	char *end = out + count;
	char *to = end;
	for (; count >= 2; count -= 2, value /= 100) {
		to -= 2;
		memcpy(to, ppm_digit_pairs + value % 100 * 2, 2);
	}
	if (count)
		to[-1] = (char)('0' + value % 10);
	return end;
}

// Without leading zeros, at most 20 bytes. Returns the end.
static inline char *ppm_digits_put(char *out, uint64_t value)
{
	return ppm_digits_put_fixed(out, value, ppm_digits_count(value));
}

// Without leading zeros, at most 39 bytes; at least `least` (0..39) digits, by zeros before them. Returns the end.
char *ppm_digits_put_wide(char *out, ppm_uint128 value, unsigned least);

// |mantissa| · 10^-places as an integer with `decimals` places, half up. places and decimals are 0..18.
ppm_uint128 ppm_digits_rescale(ppm_int128 mantissa, int places, int decimals);

#endif

// Numbers: IEEE doubles, never NaN or infinite, and their decimal text.
#ifndef PPM_RUNTIME_BASE_NUMBER_H
#define PPM_RUNTIME_BASE_NUMBER_H

#include "runtime/base/slice.h"
#include <math.h>
#include <stdint.h>

// A computed number as it is compared, ranked, grouped and printed: the double next to the decimal that it stands for. That has 15 significant digits and at most 12
// places, but all digits before the point. The definition, for anyone who computes it elsewhere: with d digits before the point (at least 3) and p = max(15 - d, 0),
// it is round(x * 10^p) / 10^p in IEEE double, with C's round(), half away from zero. Never -0. Of at most 15 digits every decimal is a double of its own, which
// this leaves as it is; and what arithmetic adds to a few of them, with an error of some 10^-16 each time, comes back to the decimal that it would be on paper.
#define PPM_NUMBER_TWELVE_PLACES_LIMIT 1000.0 // below it 12 places count
double ppm_number_as_decimal_large(double x); // call ppm_number_as_decimal
static inline double ppm_number_as_decimal(double x)
{
	if (fabs(x) < PPM_NUMBER_TWELVE_PLACES_LIMIT)
		return round(x * 1e12) / 1e12 + 0.0;
	return ppm_number_as_decimal_large(x);
}
// 10^p for the places p that 15 significant digits of a size have: from 10^22, for a size of 10^-8 (and for less), down to 1. By its exponent, for kernels: between two powers of two
// lies at most one of ten, the border; `below` is for what is less.
#define PPM_NUMBER_FIRST_EXPONENT (-27)
#define PPM_NUMBER_EXPONENTS 75
struct ppm_number_scales {
	double border[PPM_NUMBER_EXPONENTS], below[PPM_NUMBER_EXPONENTS], from[PPM_NUMBER_EXPONENTS];
};
extern const struct ppm_number_scales ppm_number_scales;
static inline double ppm_number_scale(double size)
{
	union { double value; uint64_t bits; } cast = { .value = size };
	int64_t at = (int64_t)(cast.bits >> 52) - (1023 + PPM_NUMBER_FIRST_EXPONENT);
	at = at > 0 ? at : 0;
	at = at < PPM_NUMBER_EXPONENTS - 1 ? at : PPM_NUMBER_EXPONENTS - 1;
	double below = ppm_number_scales.below[at], from = ppm_number_scales.from[at];
	return size < ppm_number_scales.border[at] ? below : from;
}
// a + b as numbers are added. Where digits cancel, and the sum is smaller than the larger of the two, it has no more places than 15 significant digits of that one: what is
// behind them is not of the decimals that a and b stand for. 10250.3 - 10150.3 is 100 (as doubles 99.99999999999909). The definition: with m = max(|a|, |b|), where m >= 10^-8
// and |a + b| < m, it is round((a + b) * 10^p) / 10^p in IEEE double, 10^(15 - p) being the least power of ten above m, but p not below 0. Never -0; infinite where the sum is.
#define PPM_NUMBER_LEAST_ROUNDED 1e-8
double ppm_number_round_sum(double sum, double larger); // call ppm_number_add
static inline double ppm_number_add(double a, double b)
{
	double sum = a + b, larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
	return larger >= PPM_NUMBER_LEAST_ROUNDED && fabs(sum) < larger ? ppm_number_round_sum(sum, larger) : sum;
}
// The decimal that a number stands for when it is written or becomes an amount: *mantissa / 10^*places, 0..12 of them, without a zero at its end; the double nearest to
// it is as_decimal(x). False, and 0 in both, from 2^53 on, where every double is an integer.
bool ppm_number_decimal(double x, int64_t *mantissa, int *places);
// For |x| >= 1000; call ppm_number_round_places.
double ppm_number_round_places_large(double x, double power_of_ten);
// To `places` (0..12) decimals, half away from zero, by the decimal that x stands for: round(1.005, 2) is 1.01, as it is printed,
// although 1.005 * 100 is below 100.5. power_of_ten is 10^places. Never infinite, never -0.
static inline double ppm_number_round_places(double x, double power_of_ten)
{
	if (fabs(x) < PPM_NUMBER_TWELVE_PLACES_LIMIT)
		return round(round(x * 1e12) / (1e12 / power_of_ten)) / power_of_ten + 0.0;
	return ppm_number_round_places_large(x, power_of_ten);
}
// a mod b by the decimals that both stand for, with the sign of b: 0.3 mod 0.1 is 0. Exact, then the nearest double; never -0. The decimal of b must not be 0
// (ppm_number_as_decimal).
double ppm_number_modulo(double a, double b);
// The smallest double x with as_decimal(x) >= threshold; comparing x itself with it then decides `as_decimal(x) >= threshold`.
// Likewise the largest x with as_decimal(x) <= threshold. `threshold` must be a fixed point of as_decimal.
double ppm_number_least_at_or_above(double threshold);
double ppm_number_greatest_at_or_below(double threshold);

enum ppm_number_problem { PPM_NUMBER_FINE, PPM_NUMBER_SYNTAX, PPM_NUMBER_RANGE, PPM_NUMBER_INEXACT_INTEGER };
// [-]digits[.digits], nothing else: no exponent, sign +, blanks, nan. Nearest double. An integer (no point) beyond 2^53 that a double cannot
// hold exactly is PPM_NUMBER_INEXACT_INTEGER; beyond the largest double PPM_NUMBER_RANGE. *out is set for PPM_NUMBER_FINE only, never
// to -0. Independent of the locale.
enum ppm_number_problem ppm_number_parse(struct ppm_slice text, double *out);
// The shortest decimal text of as_decimal(x) that reads back as the same double, without an exponent; from 2^53 on all its digits, which
// are as many. Returns the bytes written, at most 400.
size_t ppm_number_write(double x, char out[400]);
// The same, with a 0 byte at its end, for messages: returns `out`.
#define PPM_NUMBER_TEXT 401
const char *ppm_number_text(double x, char out[PPM_NUMBER_TEXT]);
// Exactly `decimals` (0..12) places, half away from zero on the decimal that x stands for; never "-0.00". At most 400 bytes.
size_t ppm_number_write_fixed(double x, int decimals, char out[400]);

#endif

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
// a + b as numbers are added. Where digits cancel, and the sum is smaller than the larger of the two, it keeps the places that count of that one, from 1000 on: what is
// behind them is not of the decimals that a and b stand for. 10250.3 - 10150.3 is 100 (as doubles 99.99999999999909). The definition: with m = max(|a|, |b|), where m >= 1000
// and |a + b| < m, it is round((a + b) * 10^p) / 10^p with the p of m, as above. Infinite where the sum is.
double ppm_number_round_sum(double sum, double larger); // call ppm_number_add
static inline double ppm_number_add(double a, double b)
{
	double sum = a + b, larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
	return larger >= PPM_NUMBER_TWELVE_PLACES_LIMIT && fabs(sum) < larger ? ppm_number_round_sum(sum, larger) : sum;
}
// 10^p of above by the exponent of |x|, from 2^PPM_NUMBER_FIRST_EXPONENT (and for what is below) on to 2^(that + PPM_NUMBER_EXPONENTS - 1) (and for what is above): `below`
// for |x| < border, else `from`. For kernels.
#define PPM_NUMBER_FIRST_EXPONENT 8
#define PPM_NUMBER_EXPONENTS 40
struct ppm_number_scales {
	double border[PPM_NUMBER_EXPONENTS], below[PPM_NUMBER_EXPONENTS], from[PPM_NUMBER_EXPONENTS];
};
extern const struct ppm_number_scales ppm_number_scales;
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

// Numbers: IEEE doubles, never NaN or infinite, and their decimal text.
#ifndef PPM_RUNTIME_BASE_NUMBER_H
#define PPM_RUNTIME_BASE_NUMBER_H

#include "runtime/base/slice.h"
#include <math.h>
#include <stdint.h>

// A computed number as it is compared, ranked, grouped and printed: to 12 decimal places, half away from zero. The definition, for
// anyone who computes it elsewhere: where |x| < 4096, round(x * 1e12) / 1e12 in IEEE double, with C's round(); else x itself.
// Never -0. Below 4096 every decimal of at most 12 places is a double of its own that this leaves as it is; from there on doubles
// are hardly denser than 12 places, and the product's own rounding would turn 4382.21711506124 into 4382.217115061241.
#define PPM_NUMBER_ROUND12_LIMIT 4096.0
static inline double ppm_number_round12(double x)
{
	if (fabs(x) < PPM_NUMBER_ROUND12_LIMIT)
		return round(x * 1e12) / 1e12 + 0.0;
	return x + 0.0;
}
// The decimal that a number stands for when it is written or becomes an amount: *mantissa / 10^*places, without a zero at its end.
// Below 4096 it is round12(x), and has 0..12 places; from there to 2^53 the shortest decimal that reads back as x, with 0..13.
// False, and 0 in both, from 2^53 on, where every double is an integer.
bool ppm_number_decimal(double x, int64_t *mantissa, int *places);
// For |x| >= 4096; call ppm_number_round_places.
double ppm_number_round_places_large(double x, double power_of_ten);
// To `places` (0..12) decimals, half away from zero, by the decimal that x stands for: round(1.005, 2) is 1.01, as it is printed,
// although 1.005 * 100 is below 100.5. power_of_ten is 10^places. Never infinite, never -0.
static inline double ppm_number_round_places(double x, double power_of_ten)
{
	if (fabs(x) < PPM_NUMBER_ROUND12_LIMIT)
		return round(round(x * 1e12) / (1e12 / power_of_ten)) / power_of_ten + 0.0;
	return ppm_number_round_places_large(x, power_of_ten);
}
// a mod b by the decimals that both stand for, with the sign of b: 0.3 mod 0.1 is 0. Exact, then the nearest double; never -0. The decimal of b must not be 0
// (ppm_number_round12).
double ppm_number_modulo(double a, double b);
// The smallest double x with round12(x) >= threshold; comparing x itself with it then decides `round12(x) >= threshold`.
// Likewise the largest x with round12(x) <= threshold. `threshold` must be a fixed point of round12.
double ppm_number_least_at_or_above(double threshold);
double ppm_number_greatest_at_or_below(double threshold);

enum ppm_number_problem { PPM_NUMBER_FINE, PPM_NUMBER_SYNTAX, PPM_NUMBER_RANGE, PPM_NUMBER_INEXACT_INTEGER };
// [-]digits[.digits], nothing else: no exponent, sign +, blanks, nan. Nearest double. An integer (no point) beyond 2^53 that a double cannot
// hold exactly is PPM_NUMBER_INEXACT_INTEGER; beyond the largest double PPM_NUMBER_RANGE. *out is set for PPM_NUMBER_FINE only, never
// to -0. Independent of the locale.
enum ppm_number_problem ppm_number_parse(struct ppm_slice text, double *out);
// The shortest decimal text of round12(x) that reads back as the same double, without an exponent; from 2^53 on all its digits, which
// are as many. Returns the bytes written, at most 400.
size_t ppm_number_write(double x, char out[400]);
// The same, with a 0 byte at its end, for messages: returns `out`.
#define PPM_NUMBER_TEXT 401
const char *ppm_number_text(double x, char out[PPM_NUMBER_TEXT]);
// Exactly `decimals` (0..12) places, half away from zero on the decimal that x stands for; never "-0.00". At most 400 bytes.
size_t ppm_number_write_fixed(double x, int decimals, char out[400]);

#endif

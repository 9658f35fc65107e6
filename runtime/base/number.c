// Numbers and their text. All of it is integer arithmetic up to 2^53 and 19 digits, so that no locale, rounding mode or
// contraction into fused operations changes a result; the C library is asked only for what lies beyond, by texts
// that hold no decimal point.
#include "runtime/base/number.h"
#include "runtime/base/digits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TWO_53 9007199254740992.0
#define PLACES 12
#define SCALE UINT64_C(1000000000000)
#define WRITE_SIZE 400

const struct ppm_number_scales ppm_number_scales = {
	.border = {
		1e-8, 0x1p-26, 0x1p-25, 1e-7, 0x1p-23, 0x1p-22, 0x1p-21, 1e-6, 0x1p-19, 0x1p-18, 1e-5, 0x1p-16, 0x1p-15, 1e-4, 0x1p-13,
		0x1p-12, 0x1p-11, 1e-3, 0x1p-9, 0x1p-8, 1e-2, 0x1p-6, 0x1p-5, 1e-1, 0x1p-3, 0x1p-2, 0x1p-1, 0x1p0, 0x1p1, 0x1p2,
		1e1, 0x1p4, 0x1p5, 1e2, 0x1p7, 0x1p8, 1e3, 0x1p10, 0x1p11, 0x1p12, 1e4, 0x1p14, 0x1p15, 1e5, 0x1p17,
		0x1p18, 1e6, 0x1p20, 0x1p21, 0x1p22, 1e7, 0x1p24, 0x1p25, 1e8, 0x1p27, 0x1p28, 1e9, 0x1p30, 0x1p31, 0x1p32,
		1e10, 0x1p34, 0x1p35, 1e11, 0x1p37, 0x1p38, 1e12, 0x1p40, 0x1p41, 0x1p42, 1e13, 0x1p44, 0x1p45, 1e14, 0x1p47,
	},
	.below = {
		1e22, 1e22, 1e22, 1e22, 1e21, 1e21, 1e21, 1e21, 1e20, 1e20, 1e20, 1e19, 1e19, 1e19, 1e18,
		1e18, 1e18, 1e18, 1e17, 1e17, 1e17, 1e16, 1e16, 1e16, 1e15, 1e15, 1e15, 1e14, 1e14, 1e14,
		1e14, 1e13, 1e13, 1e13, 1e12, 1e12, 1e12, 1e11, 1e11, 1e11, 1e11, 1e10, 1e10, 1e10, 1e9,
		1e9, 1e9, 1e8, 1e8, 1e8, 1e8, 1e7, 1e7, 1e7, 1e6, 1e6, 1e6, 1e5, 1e5, 1e5,
		1e5, 1e4, 1e4, 1e4, 1e3, 1e3, 1e3, 1e2, 1e2, 1e2, 1e2, 1e1, 1e1, 1e1, 1e0,
	},
	.from = {
		1e22, 1e22, 1e22, 1e21, 1e21, 1e21, 1e21, 1e20, 1e20, 1e20, 1e19, 1e19, 1e19, 1e18, 1e18,
		1e18, 1e18, 1e17, 1e17, 1e17, 1e16, 1e16, 1e16, 1e15, 1e15, 1e15, 1e15, 1e14, 1e14, 1e14,
		1e13, 1e13, 1e13, 1e12, 1e12, 1e12, 1e11, 1e11, 1e11, 1e11, 1e10, 1e10, 1e10, 1e9, 1e9,
		1e9, 1e8, 1e8, 1e8, 1e8, 1e7, 1e7, 1e7, 1e6, 1e6, 1e6, 1e5, 1e5, 1e5, 1e5,
		1e4, 1e4, 1e4, 1e3, 1e3, 1e3, 1e2, 1e2, 1e2, 1e2, 1e1, 1e1, 1e1, 1e0, 1e0,
	},
};

// The places that count for 1000 <= size < 2^53, and 10 to their power.
static inline int places_of(double size, double *scale)
{
	int digits = (int)ppm_digits_count((uint64_t)size), places = digits < 15 ? 15 - digits : 0;
	*scale = (double)ppm_power_of_ten[places];
	return places;
}

// round(size * scale), below 2^53. Twice the product is exact in the same way as the product is, and turns rounding half up into integer arithmetic.
static inline uint64_t round_product(double size, double scale)
{
	return ((uint64_t)(size * (2 * scale)) + 1) >> 1;
}

static inline uint64_t twelve_places(double size)
{
	return round_product(size, 1e12);
}

double ppm_number_as_decimal_large(double x)
{
	double size = fabs(x), scale;
	if (!(size < TWO_53))
		return x;
	places_of(size, &scale);
	return copysign((double)round_product(size, scale) / scale, x);
}

double ppm_number_round_sum(double sum, double larger)
{
	if (!(larger < TWO_53))
		return sum;
	double scale = ppm_number_scale(larger);
	return copysign((double)round_product(fabs(sum), scale) / scale, sum) + 0.0;
}

bool ppm_number_decimal(double x, int64_t *mantissa, int *places)
{
	double size = fabs(x);
	*mantissa = 0;
	*places = 0;
	if (size >= TWO_53)
		return false;
	int64_t digits = (int64_t)size;
	if ((double)digits != size) {
		double scale = 1e12;
		int left = size < PPM_NUMBER_TWELVE_PLACES_LIMIT ? PLACES : places_of(size, &scale);
		uint64_t scaled = round_product(size, scale);
		if (scaled == 0)
			return true;
		if (left >= 8 && scaled % 100000000 == 0) {
			scaled /= 100000000;
			left -= 8;
		}
		if (left >= 4 && scaled % 10000 == 0) {
			scaled /= 10000;
			left -= 4;
		}
		if (left >= 2 && scaled % 100 == 0) { // an integer that rounding made has no places left to take off
			scaled /= 100;
			left -= 2;
		}
		if (left >= 1 && scaled % 10 == 0) {
			scaled /= 10;
			left -= 1;
		}
		digits = (int64_t)scaled;
		*places = left;
	}
	*mantissa = x < 0 ? -digits : digits;
	return true;
}

// The rest of a whole number of 2^53 and more, which is fraction · 2^shift, times 10^places, by a divisor below 2^64: each step is taken by the divisor at once, so
// that 128 bits are enough.
static uint64_t rest_of_large(double size, int places, uint64_t divisor)
{
	int exponent;
	uint64_t fraction = (uint64_t)ldexp(frexp(size, &exponent), 53);
	uint64_t rest = (uint64_t)((ppm_uint128)(fraction % divisor) * ((uint64_t)ppm_power_of_ten[places] % divisor) % divisor);
	for (exponent -= 53; exponent > 0; exponent--)
		rest = (uint64_t)((ppm_uint128)rest * 2 % divisor);
	return rest;
}

double ppm_number_modulo(double a, double b)
{
	int64_t of_a, of_b;
	int places_a, places_b;
	if (!ppm_number_decimal(b, &of_b, &places_b)) { // a whole number, beside which the places of `a` are as they are
		double rest = fmod(a, b);
		return (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest) + 0.0;
	}
	int places = places_b;
	ppm_int128 divisor = of_b < 0 ? -(ppm_int128)of_b : of_b, rest;
	if (ppm_number_decimal(a, &of_a, &places_a)) {
		places = places_a > places_b ? places_a : places_b;
		divisor *= ppm_power_of_ten[places - places_b];
		rest = (ppm_int128)of_a * ppm_power_of_ten[places - places_a];
		if (divisor <= INT64_MAX && rest <= INT64_MAX && rest >= -INT64_MAX)
			rest = (int64_t)rest % (int64_t)divisor;
		else
			rest %= divisor;
	} else {
		rest = rest_of_large(fabs(a), places, (uint64_t)divisor);
		rest = a < 0 ? -rest : rest;
	}
	if (rest != 0 && (rest < 0) != (b < 0))
		rest += b < 0 ? -divisor : divisor;
	return ppm_exact_ratio(rest, ppm_power_of_ten[places]) + 0.0;
}

double ppm_number_round_places_large(double x, double power_of_ten)
{
	int64_t mantissa;
	int places, wanted = 0;
	if (!ppm_number_decimal(x, &mantissa, &places))
		return x;
	while (wanted < PLACES && (double)ppm_power_of_ten[wanted] < power_of_ten)
		wanted++;
	if (places <= wanted)
		return ppm_number_as_decimal(x);
	int64_t rounded = ppm_round_divide_64(mantissa, ppm_power_of_ten[places - wanted]);
	// Both are exact, so that the quotient is the double nearest to the decimal.
	return (double)rounded / (double)ppm_power_of_ten[wanted];
}

// Doubles in the order of their values, as integers.
static int64_t to_order(double x)
{
	int64_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double from_order(int64_t order)
{
	int64_t bits = order < 0 ? INT64_MIN - order : order;
	double x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

// as_decimal never falls, so that a bisection over the doubles near the threshold finds the first that is enough. Nothing further
// away than one unit of the last of 12 places or 15 digits can be.
double ppm_number_least_at_or_above(double threshold)
{
	if (fabs(threshold) >= TWO_53)
		return threshold;
	int64_t too_low = to_order(threshold - fabs(threshold) * 2e-14 - 2e-12), enough = to_order(threshold);
	while (enough - too_low > 1) {
		int64_t middle = too_low + (enough - too_low) / 2;
		if (ppm_number_as_decimal(from_order(middle)) >= threshold)
			enough = middle;
		else
			too_low = middle;
	}
	return from_order(enough);
}

double ppm_number_greatest_at_or_below(double threshold)
{
	return -ppm_number_least_at_or_above(-threshold);
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// value / 10^places, correctly rounded; value != 0, places 0..18 (10^18 < 2^63).
static double divide_by_power(uint64_t value, unsigned places)
{
	unsigned up = (unsigned)__builtin_clzll(value);
	ppm_uint128 numerator = (ppm_uint128)(value << up) << 63;
	uint64_t divisor = (uint64_t)ppm_power_of_ten[places];
	ppm_uint128 quotient = numerator / divisor; // at least 2^126 / 2^60
	bool more = quotient * divisor != numerator;
	uint64_t high = (uint64_t)(quotient >> 64);
	unsigned length = high ? 128 - (unsigned)__builtin_clzll(high) : 64 - (unsigned)__builtin_clzll((uint64_t)quotient);
	unsigned drop = length - 53;
	ppm_uint128 half = (ppm_uint128)1 << (drop - 1);
	ppm_uint128 dropped = quotient & ((half << 1) - 1);
	uint64_t kept = (uint64_t)(quotient >> drop);
	kept += dropped > half || (dropped == half && (more || (kept & 1)));
	return ldexp((double)kept, (int)drop - 63 - (int)up);
}

// A double lies closer to none but a few decimals of so many digits; what follows them can only break a tie, and one digit does that.
#define DIGITS_THAT_COUNT 800

// `digits` are all digits but for one point at most, after leading zeros; `point` is where it stands, or the size.
static double read_slowly(struct ppm_slice digits, size_t point)
{
	char text[DIGITS_THAT_COUNT + 40];
	size_t length = 0;
	bool more = false;
	size_t decimals = 0, dropped_whole = 0;
	for (size_t at = 0; at < digits.size; at++) {
		char c = digits.data[at];
		if (at == point)
			continue;
		if (length < DIGITS_THAT_COUNT) {
			if (length == 0 && c == '0') {
				decimals += at > point;
				continue;
			}
			text[length++] = c;
			decimals += at > point;
		} else {
			more |= c != '0';
			dropped_whole += at < point;
		}
	}
	if (length == 0)
		return 0;
	// 1 to 9 and a power of ten: there is no point in the text, so that the locale has no say.
	long long exponent = (long long)dropped_whole - (long long)decimals;
	if (more) {
		text[length++] = '1';
		exponent--;
	}
	const long long far = 1000000;
	exponent = exponent > far ? far : exponent < -far ? -far : exponent;
	snprintf(text + length, sizeof text - length, "e%lld", exponent);
	int saved = errno;
	double value = strtod(text, NULL);
	errno = saved;
	return value;
}

// Whether the double, of at least 2^53, is just this integer.
static bool is_integer_exactly(double value, struct ppm_slice digits)
{
	char text[WRITE_SIZE];
	int length = snprintf(text, sizeof text, "%.0f", value);
	return length > 0 && ppm_slice_equal(digits, (struct ppm_slice){ text, (size_t)length });
}

enum ppm_number_problem ppm_number_parse(struct ppm_slice text, double *out)
{
	if (text.size == 0)
		return PPM_NUMBER_SYNTAX;
	const char *at = text.data, *end = text.data + text.size;
	bool negative = *at == '-';
	at += negative;
	const char *start = at;
	uint64_t value = 0;
	while (at < end && is_digit(*at))
		value = value * 10 + (uint64_t)(*at++ - '0'); // wraps for more digits than count below
	size_t whole = (size_t)(at - start), decimals = 0;
	if (whole == 0)
		return PPM_NUMBER_SYNTAX;
	if (at < end) {
		if (*at++ != '.')
			return PPM_NUMBER_SYNTAX;
		const char *after = at;
		while (at < end && is_digit(*at))
			value = value * 10 + (uint64_t)(*at++ - '0');
		decimals = (size_t)(at - after);
		if (decimals == 0 || at < end)
			return PPM_NUMBER_SYNTAX;
	}
	double result;
	if (whole + decimals <= 19 && decimals <= 18) {
		if (value <= UINT64_C(1) << 53)
			result = decimals ? (double)value / (double)ppm_power_of_ten[decimals] : (double)value;
		else if (decimals)
			result = divide_by_power(value, (unsigned)decimals);
		else {
			result = (double)value; // 10^19 at most, below 2^64
			if ((uint64_t)result != value)
				return PPM_NUMBER_INEXACT_INTEGER;
		}
	} else {
		while (at - start > 1 && *start == '0' && start[1] != '.') {
			start++;
			whole--;
		}
		struct ppm_slice digits = { start, (size_t)(at - start) };
		result = read_slowly(digits, whole);
		if (isinf(result))
			return PPM_NUMBER_RANGE;
		if (decimals == 0 && result >= TWO_53 && !is_integer_exactly(result, digits))
			return PPM_NUMBER_INEXACT_INTEGER;
	}
	*out = negative && result != 0 ? -result : result;
	return PPM_NUMBER_FINE;
}

// Numbers of 2^53 and more are integers; %.0f gives all their digits in every locale.
static char *put_large(char *to, double size)
{
	int length = snprintf(to, WRITE_SIZE - 16, "%.0f", size);
	return length > 0 ? to + length : to;
}

// mantissa / 10^places, the point left out for 0 places.
static char *put_decimal(char *to, uint64_t mantissa, int places)
{
	if (places == 0)
		return ppm_digits_put(to, mantissa);
	uint64_t scale = (uint64_t)ppm_power_of_ten[places];
	uint64_t whole = mantissa / scale;
	to = ppm_digits_put(to, whole);
	*to++ = '.';
	return ppm_digits_put_fixed(to, mantissa - whole * scale, (unsigned)places);
}

size_t ppm_number_write(double x, char out[WRITE_SIZE])
{
	char *to = out;
	double size = fabs(x);
	if (size < PPM_NUMBER_TWELVE_PLACES_LIMIT) {
		uint64_t scaled = twelve_places(size);
		uint64_t whole = scaled / SCALE, rest = scaled % SCALE;
		if (x < 0 && scaled != 0)
			*to++ = '-';
		to = ppm_digits_put(to, whole);
		if (rest != 0) {
			unsigned count = PLACES;
			if (rest % 1000000 == 0) {
				rest /= 1000000;
				count -= 6;
			}
			*to++ = '.';
			to = ppm_digits_put_fixed(to, rest, count);
			while (to[-1] == '0')
				to--;
		}
		return (size_t)(to - out);
	}
	if (x < 0)
		*to++ = '-';
	int64_t mantissa;
	int places;
	if (size >= TWO_53)
		to = put_large(to, size);
	else if ((double)(int64_t)size == size)
		to = ppm_digits_put(to, (uint64_t)size);
	else {
		ppm_number_decimal(size, &mantissa, &places);
		to = put_decimal(to, (uint64_t)mantissa, places);
	}
	return (size_t)(to - out);
}

const char *ppm_number_text(double x, char out[PPM_NUMBER_TEXT])
{
	out[ppm_number_write(x, out)] = 0;
	return out;
}

size_t ppm_number_write_fixed(double x, int decimals, char out[WRITE_SIZE])
{
	char *to = out;
	double size = fabs(x);
	int64_t mantissa;
	int places = PLACES;
	if (size < PPM_NUMBER_TWELVE_PLACES_LIMIT) {
		mantissa = (int64_t)twelve_places(size);
	} else if (!ppm_number_decimal(size, &mantissa, &places)) {
		if (x < 0)
			*to++ = '-';
		to = put_large(to, size);
		if (decimals > 0) {
			*to++ = '.';
			to = ppm_digits_put_fixed(to, 0, (unsigned)decimals);
		}
		return (size_t)(to - out);
	}
	int kept = places < decimals ? places : decimals;
	if (kept < places)
		mantissa = ppm_round_divide_64(mantissa, ppm_power_of_ten[places - kept]);
	if (x < 0 && mantissa != 0)
		*to++ = '-';
	to = put_decimal(to, (uint64_t)mantissa, kept);
	if (kept < decimals) {
		if (kept == 0)
			*to++ = '.';
		to = ppm_digits_put_fixed(to, 0, (unsigned)(decimals - kept));
	}
	return (size_t)(to - out);
}

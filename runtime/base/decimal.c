// Exact amounts. Nothing here goes through a double but the factors that come as one, and those are taken as the decimals
// that they stand for (ppm_number_decimal). Products and quotients never need more than 128 bits: the amount is split
// into quotient and rest by the divisor, and the rest alone is multiplied out.
#include "runtime/base/digits.h"
#include "runtime/base/number.h"

#define TWO_53 INT64_C(9007199254740992)

const int64_t ppm_power_of_ten[19] = {
	INT64_C(1),
	INT64_C(10),
	INT64_C(100),
	INT64_C(1000),
	INT64_C(10000),
	INT64_C(100000),
	INT64_C(1000000),
	INT64_C(10000000),
	INT64_C(100000000),
	INT64_C(1000000000),
	INT64_C(10000000000),
	INT64_C(100000000000),
	INT64_C(1000000000000),
	INT64_C(10000000000000),
	INT64_C(100000000000000),
	INT64_C(1000000000000000),
	INT64_C(10000000000000000),
	INT64_C(100000000000000000),
	INT64_C(1000000000000000000),
};

const char ppm_digit_pairs[200] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
	"555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static inline ppm_uint128 magnitude(ppm_int128 value)
{
	return value < 0 ? -(ppm_uint128)value : (ppm_uint128)value;
}

static inline ppm_int128 with_sign(ppm_uint128 value, bool negative)
{
	return negative ? -(ppm_int128)value : (ppm_int128)value;
}

// Half up, by 64-bit division where that is enough; the 128-bit one is a library call.
static inline ppm_uint128 round_divide(ppm_uint128 value, ppm_uint128 divisor)
{
	if (value >> 64 == 0 && divisor >> 64 == 0) {
		uint64_t quotient = (uint64_t)value / (uint64_t)divisor;
		uint64_t rest = (uint64_t)value - quotient * (uint64_t)divisor;
		return (ppm_uint128)quotient + (rest >= (uint64_t)divisor - rest);
	}
	ppm_uint128 quotient = value / divisor;
	ppm_uint128 rest = value - quotient * divisor;
	return quotient + (rest >= divisor - rest);
}

int64_t ppm_round_divide_64(int64_t numerator, int64_t denominator)
{
	int64_t quotient = numerator / denominator;
	int64_t rest = numerator % denominator;
	if (rest < 0)
		return -rest >= denominator + rest ? quotient - 1 : quotient;
	return rest >= denominator - rest ? quotient + 1 : quotient;
}

ppm_int128 ppm_round_divide_128(ppm_int128 numerator, ppm_int128 denominator)
{
	return with_sign(round_divide(magnitude(numerator), (ppm_uint128)denominator), numerator < 0);
}

// Whether the amount is one; stored if it is.
static inline bool store(ppm_uint128 amount, bool negative, ppm_int128 *out)
{
	if (amount > (ppm_uint128)PPM_EXACT_MAX)
		return false;
	*out = with_sign(amount, negative);
	return true;
}

// The decimal of a number with at most 12 places: *digits / 10^*places; the sign is left out.
static bool decimal_of(double x, uint64_t *digits, int *places)
{
	int64_t mantissa;
	if (!ppm_number_decimal(fabs(x), &mantissa, places))
		return false;
	*digits = (uint64_t)mantissa;
	return true;
}

bool ppm_exact_from_number(double x, ppm_int128 *out)
{
	uint64_t digits;
	int places;
	if (!decimal_of(x, &digits, &places))
		return false; // 2^53 and more: past the limit of 9 · 10^14
	return store((ppm_uint128)digits * (uint64_t)ppm_power_of_ten[PPM_EXACT_PLACES - places], x < 0, out);
}

bool ppm_exact_multiply(ppm_int128 amount, double factor, ppm_int128 *out)
{
	bool negative = (amount < 0) != (factor < 0);
	ppm_uint128 size = magnitude(amount);
	ppm_uint128 product;
	uint64_t digits;
	int places;
	if (!decimal_of(factor, &digits, &places)) {
		// An integer of at least 2^53. Above the limit itself no amount but 0 is small enough.
		double integer = fabs(factor);
		if (size == 0) {
			*out = 0;
			return true;
		}
		if (integer > 9e26)
			return false;
		if (__builtin_mul_overflow(size, (ppm_uint128)integer, &product))
			return false;
		return store(product, negative, out);
	}
	uint64_t scale = (uint64_t)ppm_power_of_ten[places];
	if (!__builtin_mul_overflow(size, (ppm_uint128)digits, &product))
		return store(round_divide(product, scale), negative, out);
	// size = whole · scale + rest, and rest · digits < 10^12 · 10^17.
	ppm_uint128 whole = size / scale;
	ppm_uint128 rest = size - whole * scale;
	if (__builtin_mul_overflow(whole, (ppm_uint128)digits, &product))
		return false;
	ppm_uint128 sum;
	if (__builtin_add_overflow(product, round_divide(rest * digits, scale), &sum))
		return false;
	return store(sum, negative, out);
}

bool ppm_exact_divide(ppm_int128 amount, double divisor, ppm_int128 *out)
{
	bool negative = (amount < 0) != (divisor < 0);
	ppm_uint128 size = magnitude(amount);
	uint64_t digits;
	int places;
	if (!decimal_of(divisor, &digits, &places)) {
		// An integer of at least 2^53; from 2^126 on every amount's quotient rounds to 0.
		double integer = fabs(divisor);
		return store(integer < 0x1p126 ? round_divide(size, (ppm_uint128)integer) : 0, negative, out);
	}
	if (digits == 0)
		return false;
	uint64_t scale = (uint64_t)ppm_power_of_ten[places];
	ppm_uint128 product;
	if (!__builtin_mul_overflow(size, (ppm_uint128)scale, &product))
		return store(round_divide(product, digits), negative, out);
	// rest · scale < 10^17 · 10^12
	ppm_uint128 whole = size / digits;
	ppm_uint128 rest = size - whole * digits;
	if (__builtin_mul_overflow(whole, (ppm_uint128)scale, &product))
		return false;
	ppm_uint128 sum;
	if (__builtin_add_overflow(product, round_divide(rest * scale, digits), &sum))
		return false;
	return store(sum, negative, out);
}

static unsigned leading_zeros(ppm_uint128 value)
{
	uint64_t high = (uint64_t)(value >> 64);
	return high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)value);
}

// value · 2^exponent to the nearest double, ties to even; `more`: the true value is a little above, by less than 1.
// value has at least 55 bits when `more` is set.
static double nearest(ppm_uint128 value, bool more, int exponent)
{
	unsigned bits = 128 - leading_zeros(value);
	if (bits <= 53)
		return ldexp((double)(uint64_t)value, exponent);
	unsigned drop = bits - 53;
	ppm_uint128 dropped = value & (((ppm_uint128)1 << drop) - 1);
	ppm_uint128 half = (ppm_uint128)1 << (drop - 1);
	uint64_t kept = (uint64_t)(value >> drop);
	kept += dropped > half || (dropped == half && (more || (kept & 1)));
	return ldexp((double)kept, exponent + (int)drop);
}

// numerator / denominator, neither of them 0. Division as by hand: as many bits at a time as there is room for.
static double ratio(ppm_uint128 numerator, ppm_uint128 denominator)
{
	if (numerator <= TWO_53 && denominator <= TWO_53)
		return (double)(uint64_t)numerator / (double)(uint64_t)denominator;
	ppm_uint128 quotient, rest;
	int exponent = 0;
	if (numerator >> 64 == 0 && denominator >> 64 == 0) {
		// Both moved up to 64 bits, so that one division gives 64 bits or one less.
		unsigned up = leading_zeros(numerator) - 64, up_denominator = leading_zeros(denominator) - 64;
		uint64_t divisor = (uint64_t)denominator << up_denominator;
		ppm_uint128 value = numerator << (up + 63);
		quotient = value / divisor;
		rest = value - quotient * divisor;
		exponent = (int)up_denominator - (int)up - 63;
	} else {
		quotient = numerator / denominator;
		rest = numerator - quotient * denominator;
		// rest < denominator <= 2^127, so that there always is a bit of room.
		while (rest != 0 && quotient >> 54 == 0) {
			unsigned up = leading_zeros(rest);
			if (up > 64)
				up = 64;
			rest <<= up;
			ppm_uint128 bits = rest / denominator;
			quotient = quotient << up | bits;
			rest -= bits * denominator;
			exponent -= (int)up;
		}
	}
	return nearest(quotient, rest != 0, exponent);
}

// Correctly rounded (to nearest, ties to even) for all arguments, by integer arithmetic and one exact scaling; where both fit in
// 2^53 IEEE division gives the same.
double ppm_exact_ratio(ppm_int128 a, ppm_int128 b)
{
	if (a == 0)
		return 0;
	double size = ratio(magnitude(a), magnitude(b));
	return (a < 0) != (b < 0) ? -size : size;
}

double ppm_exact_to_number(ppm_int128 amount)
{
	return ppm_exact_ratio(amount, PPM_EXACT_SCALE);
}

bool ppm_exact_to_money(ppm_int128 amount, int64_t *out)
{
	ppm_uint128 size = magnitude(amount);
	if (size > (ppm_uint128)PPM_EXACT_MAX)
		return false;
	int64_t money = (int64_t)round_divide(size, (ppm_uint128)PPM_EXACT_PER_MONEY);
	*out = amount < 0 ? -money : money;
	return true;
}

static bool store_duration(ppm_uint128 size, bool negative, int32_t *out)
{
	if (size > INT32_MAX)
		return false;
	*out = negative ? -(int32_t)size : (int32_t)size;
	return true;
}

bool ppm_duration_multiply(int32_t duration, double factor, int32_t *out)
{
	uint64_t digits;
	int places;
	if (!decimal_of(factor, &digits, &places)) // beyond every duration, but for none
		return duration == 0 && store_duration(0, false, out);
	ppm_uint128 product = magnitude(duration) * digits; // < 2^31 · 2^63
	return store_duration(round_divide(product, (ppm_uint128)ppm_power_of_ten[places]), (duration < 0) != (factor < 0), out);
}

bool ppm_duration_divide(int32_t duration, double divisor, int32_t *out)
{
	uint64_t digits;
	int places;
	if (!decimal_of(divisor, &digits, &places)) // less than half a day
		return store_duration(0, false, out);
	ppm_uint128 numerator = magnitude(duration) * (uint64_t)ppm_power_of_ten[places];
	return store_duration(round_divide(numerator, digits), (duration < 0) != (divisor < 0), out);
}

bool ppm_decimal_parse(struct ppm_slice text, int places, int64_t *out)
{
	size_t at = 0;
	bool negative = text.size > 0 && text.data[0] == '-';
	at += negative;
	uint64_t value = 0;
	bool overflow = false;
	size_t start = at;
	for (; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
		overflow |= __builtin_mul_overflow(value, (uint64_t)10, &value);
		overflow |= __builtin_add_overflow(value, (uint64_t)(text.data[at] - '0'), &value);
	}
	if (at == start)
		return false;
	int taken = 0;
	if (at < text.size) {
		if (text.data[at] != '.' || at + 1 == text.size)
			return false;
		for (at++; at < text.size; at++) {
			char c = text.data[at];
			if (c < '0' || c > '9')
				return false;
			if (taken == places) {
				if (c != '0')
					return false;
				continue;
			}
			taken++;
			overflow |= __builtin_mul_overflow(value, (uint64_t)10, &value);
			overflow |= __builtin_add_overflow(value, (uint64_t)(c - '0'), &value);
		}
	}
	overflow |= __builtin_mul_overflow(value, (uint64_t)ppm_power_of_ten[places - taken], &value);
	if (overflow || value > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)-value : (int64_t)value;
	return true;
}

char *ppm_digits_put_wide(char *out, ppm_uint128 value, unsigned least)
{
	const uint64_t chunk = (uint64_t)ppm_power_of_ten[18];
	uint64_t parts[3] = { (uint64_t)value, 0, 0 };
	unsigned last = 0;
	if (value >> 64 != 0 || (uint64_t)value >= chunk) {
		parts[0] = (uint64_t)(value % chunk);
		value /= chunk;
		parts[1] = (uint64_t)(value % chunk);
		parts[2] = (uint64_t)(value / chunk);
		last = parts[2] ? 2 : 1;
	}
	unsigned digits = ppm_digits_count(parts[last]) + 18 * last;
	while (least > digits) {
		*out++ = '0';
		least--;
	}
	out = ppm_digits_put(out, parts[last]);
	while (last > 0)
		out = ppm_digits_put_fixed(out, parts[--last], 18);
	return out;
}

ppm_uint128 ppm_digits_rescale(ppm_int128 mantissa, int places, int decimals)
{
	ppm_uint128 size = magnitude(mantissa);
	return places > decimals ? round_divide(size, (ppm_uint128)ppm_power_of_ten[places - decimals]) : size;
}

size_t ppm_decimal_write(ppm_int128 mantissa, int places, int decimals, char out[64])
{
	int kept = places < decimals ? places : decimals;
	ppm_uint128 size = ppm_digits_rescale(mantissa, places, decimals);
	char *to = out;
	if (mantissa < 0 && size != 0)
		*to++ = '-';
	if (size >> 64 == 0) {
		uint64_t scale = (uint64_t)ppm_power_of_ten[kept];
		uint64_t whole = kept ? (uint64_t)size / scale : (uint64_t)size;
		to = ppm_digits_put(to, whole);
		if (decimals > 0) {
			*to++ = '.';
			to = ppm_digits_put_fixed(to, (uint64_t)size - whole * scale, (unsigned)kept);
		}
	} else {
		char digits[48];
		size_t count = (size_t)(ppm_digits_put_wide(digits, size, (unsigned)kept + 1) - digits);
		size_t whole = count - (size_t)kept;
		memcpy(to, digits, whole);
		to += whole;
		if (decimals > 0) {
			*to++ = '.';
			memcpy(to, digits + whole, (size_t)kept);
			to += kept;
		}
	}
	for (int zeros = decimals - kept; zeros > 0; zeros--)
		*to++ = '0';
	return (size_t)(to - out);
}

size_t ppm_decimal_write_short(ppm_int128 mantissa, int places, char out[64])
{
	size_t size = ppm_decimal_write(mantissa, places, places, out);
	if (!places)
		return size;
	while (out[size - 1] == '0')
		size--;
	return out[size - 1] == '.' ? size - 1 : size;
}

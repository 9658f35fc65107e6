// Figures and days: every way of reading, writing and rounding them, against the C library and against arithmetic on digits and on 512-bit integers that shares nothing with it. The
// first byte says which; fields of a file are read by each instruction set's fast path, by the short paths and by the strict one.
#include "runtime/base/number.h"
#include "runtime/source/source_internal.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <time.h>

static struct ppm_slice rest_of(const struct fuzz_reader *reader)
{
	return (struct ppm_slice){ (const char *)reader->at, (size_t)(reader->end - reader->at) };
}

// Doubles as they come: any bits, short decimals and their neighbours, whole numbers.
static double take_number(struct fuzz_reader *reader)
{
	unsigned kind = (unsigned)fuzz_take(reader, 1);
	uint64_t bits;
	double value;

	if (kind % 4 == 0) {
		bits = fuzz_take(reader, 8);
		memcpy(&value, &bits, sizeof value);
	} else {
		value = (double)(int64_t)(fuzz_take(reader, kind % 4 == 3 ? 7 : 4) ^ (kind & 4 ? 0 : UINT64_MAX)) / (double)ppm_power_of_ten[kind / 8 % 16];
		for (uint64_t steps = kind % 4 == 2 ? fuzz_take(reader, 1) % 8 : 0; steps; steps--)
			value = nextafter(value, kind & 4 ? INFINITY : -INFINITY);
	}
	return isfinite(value) ? value : 0.1;
}

// ---- integers of 512 bits

#define LIMBS 8
struct wide {
	uint64_t limbs[LIMBS]; // the lowest first
};

static struct wide wide_of(ppm_uint128 value)
{
	return (struct wide){ { (uint64_t)value, (uint64_t)(value >> 64) } };
}

static struct wide wide_times(struct wide a, ppm_uint128 b)
{
	struct wide out = { { 0 } };
	const uint64_t halves[2] = { (uint64_t)b, (uint64_t)(b >> 64) };

	for (int half = 0; half < 2; half++) {
		ppm_uint128 carry = 0;
		for (int i = 0; i + half < LIMBS; i++) {
			carry += (ppm_uint128)a.limbs[i] * halves[half] + out.limbs[i + half];
			out.limbs[i + half] = (uint64_t)carry;
			carry >>= 64;
		}
	}
	return out;
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
	for (int i = LIMBS - 1; i >= 0; i--)
		if (a->limbs[i] != b->limbs[i])
			return a->limbs[i] < b->limbs[i] ? -1 : 1;
	return 0;
}

static struct wide wide_shift(struct wide a, unsigned by)
{
	struct wide out = { { 0 } };

	for (unsigned i = by / 64; i < LIMBS; i++) {
		out.limbs[i] = a.limbs[i - by / 64] << by % 64;
		if (by % 64 && i > by / 64)
			out.limbs[i] |= a.limbs[i - by / 64 - 1] >> (64 - by % 64);
	}
	return out;
}

static struct wide wide_less(struct wide a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < LIMBS; i++) {
		ppm_uint128 next = (ppm_uint128)a.limbs[i] - b->limbs[i] - borrow;
		a.limbs[i] = (uint64_t)next;
		borrow = (uint64_t)(next >> 64) & 1;
	}
	return a;
}

// The quotient is known to fit; the remainder replaces *a. A bit at a time.
static ppm_uint128 wide_divide(struct wide *a, struct wide b)
{
	ppm_uint128 quotient = 0;

	for (int bit = 127; bit >= 0; bit--) {
		struct wide shifted = wide_shift(b, (unsigned)bit);
		struct wide back = { { 0 } };
		// What was shifted out would make it too large.
		memcpy(&back, &shifted, sizeof back);
		if (wide_compare(a, &back) >= 0) {
			*a = wide_less(*a, &back);
			quotient |= (ppm_uint128)1 << bit;
		}
	}
	return quotient;
}

static ppm_uint128 size_of(ppm_int128 value)
{
	return value < 0 ? 0 - (ppm_uint128)value : (ppm_uint128)value;
}

static unsigned bits_of(ppm_uint128 value)
{
	unsigned bits = 0;

	for (; value; value >>= 1)
		bits++;
	return bits;
}

// a * b / c, half away from zero; false beyond ±limit.
static bool scaled(ppm_int128 a, ppm_int128 b, ppm_int128 c, ppm_uint128 limit, ppm_int128 *out)
{
	struct wide product = wide_times(wide_of(size_of(a)), size_of(b)), divisor = wide_of(size_of(c)), most = wide_times(divisor, limit + 1);

	if (wide_compare(&product, &most) >= 0)
		return false;
	ppm_uint128 quotient = wide_divide(&product, divisor);
	product = wide_shift(product, 1);
	quotient += wide_compare(&product, &divisor) >= 0;
	if (quotient > limit)
		return false;
	*out = (a < 0) ^ (b < 0) ^ (c < 0) ? -(ppm_int128)quotient : (ppm_int128)quotient;
	return true;
}

// The double nearest to a / b, ties to even.
static double ratio(ppm_int128 a, ppm_int128 b)
{
	ppm_uint128 x = size_of(a), y = size_of(b);
	int shift = 56 + (int)bits_of(y) - (int)bits_of(x);
	struct wide numerator = wide_shift(wide_of(x), shift > 0 ? (unsigned)shift : 0), divisor = wide_shift(wide_of(y), shift < 0 ? (unsigned)-shift : 0);

	if (x == 0)
		return 0;
	uint64_t quotient = (uint64_t)wide_divide(&numerator, divisor);
	static const struct wide nothing;
	double value = ldexp((double)(quotient << 1 | (wide_compare(&numerator, &nothing) != 0)), -shift - 1);
	return (a < 0) != (b < 0) ? -value : value;
}

// ---- texts of figures

static bool is_decimal(struct ppm_slice text, size_t *point)
{
	size_t at = text.size && text.data[0] == '-', digits = 0;

	*point = text.size;
	for (; at < text.size && isdigit((unsigned char)text.data[at]); at++)
		digits++;
	if (!digits || at == text.size)
		return digits != 0;
	*point = at;
	if (text.data[at++] != '.' || at == text.size)
		return false;
	for (; at < text.size; at++)
		if (!isdigit((unsigned char)text.data[at]))
			return false;
	return true;
}

static enum ppm_number_problem parse_number(struct ppm_slice text, double *out)
{
	static char copy[30000], whole[400];
	size_t point, begin = text.size && text.data[0] == '-';

	if (!is_decimal(text, &point))
		return PPM_NUMBER_SYNTAX;
	memcpy(copy, text.data, text.size);
	copy[text.size] = 0;
	double value = strtod(copy, NULL);
	if (isinf(value))
		return PPM_NUMBER_RANGE;
	if (point == text.size && fabs(value) >= 9007199254740992.0) {
		snprintf(whole, sizeof whole, "%.0f", fabs(value));
		while (begin + 1 < text.size && copy[begin] == '0')
			begin++;
		if (strcmp(copy + begin, whole) != 0)
			return PPM_NUMBER_INEXACT_INTEGER;
	}
	*out = value + 0.0;
	return PPM_NUMBER_FINE;
}

static void check_parse(struct ppm_slice text)
{
	double got = 1, wanted = 1;
	enum ppm_number_problem problem = ppm_number_parse(text, &got), expected = parse_number(text, &wanted);

	if (problem != expected || memcmp(&got, &wanted, sizeof got) != 0) {
		fuzz_show("text", text);
		fuzz_fail("read as a number: %d and %.17g, not %d and %.17g", (int)problem, got, (int)expected, wanted);
	}
	for (int places = 0; places <= 18; places += 3) {
		// Digit by digit, with a limit that no sum passes.
		size_t point;
		bool fine = is_decimal(text, &point);
		ppm_int128 value = 0;
		int used = 0;
		for (size_t i = 0; fine && i < text.size; i++) {
			if (!isdigit((unsigned char)text.data[i]))
				continue;
			if (i > point && ++used > places)
				fine = text.data[i] == '0';
			else if (value < ((ppm_int128)1 << 100))
				value = value * 10 + (text.data[i] - '0');
		}
		for (; used < places; used++)
			value = value < ((ppm_int128)1 << 100) ? value * 10 : value;
		value = text.size && text.data[0] == '-' ? -value : value;
		fine = fine && value <= INT64_MAX && value >= INT64_MIN;
		int64_t amount = 7;
		if (ppm_decimal_parse(text, places, &amount) != fine || (fine && amount != (int64_t)value)) {
			fuzz_show("text", text);
			fuzz_fail("read as an amount of %d places: %lld, not %lld (%d)", places, (long long)amount, (long long)value, fine);
		}
	}
}

// A decimal's text to so many places, half away from zero, never -0.
static void round_text(const char *text, int decimals, char out[420])
{
	const char *point = strchr(text, '.');
	size_t whole = point ? (size_t)(point - text) : strlen(text), size = whole, begin = text[0] == '-';
	bool up, zero = true;

	out[0] = '0'; // room for a carry
	memcpy(out + 1, text + begin, whole - begin);
	size = 1 + whole - begin;
	for (int i = 0; i < decimals; i++)
		out[size++] = point && *(point + 1) ? *++point : '0';
	up = point && point[1] >= '5';
	for (size_t i = size; up && i-- > 0;) {
		up = out[i] == '9';
		out[i] = up ? '0' : (char)(out[i] + 1);
	}
	for (size_t i = 0; i < size; i++)
		zero &= out[i] == '0';
	size_t first = 0;
	while (first + 1 < size - (size_t)decimals && out[first] == '0')
		first++;
	memmove(out + (begin && !zero), out + first, size - first);
	size -= first;
	if (begin && !zero) {
		out[0] = '-';
		size++;
	}
	if (decimals) {
		memmove(out + size - (size_t)decimals + 1, out + size - (size_t)decimals, (size_t)decimals);
		out[size - (size_t)decimals] = '.';
		size++;
	}
	out[size] = 0;
}

// To 12 places, and 15 digits at most.
static double as_decimal(double x)
{
	double scale = 1e12;

	for (double border = 1000; fabs(x) >= border && scale > 1; border *= 10)
		scale /= 10;
	return round(x * scale) / scale + 0.0;
}

// x as it is written: the decimal of fewest places that reads back, nearest to it, half away from zero where two are as near. Of no double below 2^53 that is at least 10^-12 are there more than
// 92 places.
static void write_number(double x, char out[420])
{
	char text[140];

	x = as_decimal(x);
	if (fabs(x) >= 9007199254740992.0 || x == 0) {
		snprintf(out, 400, "%.0f", x);
		return;
	}
	snprintf(text, sizeof text, "%.110f", x);
	for (int places = 0; places < 40; places++) {
		round_text(text, places, out);
		if (strtod(out, NULL) == x)
			return;
	}
}

static void check_number(double x, unsigned decimals)
{
	char got[400], wanted[420], rounded[420];
	double back = 0;
	size_t size = ppm_number_write(x, got);

	write_number(x, wanted);
	if (size != strlen(wanted) || memcmp(got, wanted, size) != 0)
		fuzz_fail("%.17g is written as %.*s, not %s", x, (int)size, got, wanted);
	double decimal = as_decimal(x), product = ppm_number_as_decimal(x);
	if (memcmp(&decimal, &product, sizeof decimal) != 0)
		fuzz_fail("%.17g stands for %.17g, not %.17g", x, product, decimal);
	if (ppm_number_parse((struct ppm_slice){ got, size }, &back) != PPM_NUMBER_FINE || back != decimal)
		fuzz_fail("%.*s reads back as %.17g", (int)size, got, back);
	size = ppm_number_write_fixed(x, (int)decimals, got);
	round_text(wanted, (int)decimals, rounded);
	if (size != strlen(rounded) || memcmp(got, rounded, size) != 0)
		fuzz_fail("%.17g to %u places is written as %.*s, not %s", x, decimals, (int)size, got, rounded);
	double places = ppm_number_round_places(x, (double)ppm_power_of_ten[decimals]);
	if (places != strtod(rounded, NULL) || signbit(places) != (places < 0))
		fuzz_fail("%.17g to %u places is %.17g, not %s", x, decimals, places, rounded);
	// The decimal that it stands for, with 12 places.
	round_text(wanted, 12, rounded);
	ppm_int128 amount = 0, exact = 0;
	for (const char *at = rounded; *at && fabs(x) < 1e16; at++)
		amount = isdigit((unsigned char)*at) ? amount * 10 + (*at - '0') : amount;
	amount = rounded[0] == '-' ? -amount : amount;
	bool fits = fabs(x) < 1e16 && amount <= PPM_EXACT_MAX && amount >= -PPM_EXACT_MAX;
	if (ppm_exact_from_number(x, &exact) != fits || (fits && exact != amount))
		fuzz_fail("%.17g as an amount is not %s", x, rounded);
	double least = ppm_number_least_at_or_above(decimal), most = ppm_number_greatest_at_or_below(decimal);
	if (!(ppm_number_as_decimal(least) >= decimal) || !(ppm_number_as_decimal(nextafter(least, -INFINITY)) < decimal) || !(ppm_number_as_decimal(most) <= decimal) ||
		!(ppm_number_as_decimal(nextafter(most, INFINITY)) > decimal))
		fuzz_fail("the doubles that stand for %.17g are not %.17g to %.17g", decimal, least, most);
}

// ---- amounts

static ppm_int128 take_amount(struct fuzz_reader *reader)
{
	ppm_uint128 value = fuzz_take(reader, 1) & 1 ? (ppm_uint128)fuzz_take(reader, 4) << 64 | fuzz_take(reader, 8) : fuzz_take(reader, 6);
	ppm_int128 amount = (ppm_int128)(value % (ppm_uint128)(PPM_EXACT_MAX + 1));

	return fuzz_take(reader, 1) & 1 ? -amount : amount;
}

static void must(bool got, ppm_int128 value, bool wanted, ppm_int128 expected, const char *what)
{
	if (got != wanted || (got && value != expected))
		fuzz_fail("%s: %d %lld·10^18 + %lld, not %d %lld·10^18 + %lld", what, got, (long long)(value / 1000000000000000000), (long long)(value % 1000000000000000000),
			wanted, (long long)(expected / 1000000000000000000), (long long)(expected % 1000000000000000000));
}

static void check_amounts(struct fuzz_reader *reader)
{
	ppm_int128 a = take_amount(reader), b = take_amount(reader), factor = 0, got = 0, wanted = 0;
	double x = take_number(reader);
	int64_t money = 0;
	char text[64], plain[80], rounded[420];

	if (ppm_exact_from_number(x, &factor)) {
		bool fits = scaled(a, factor, PPM_EXACT_SCALE, (ppm_uint128)PPM_EXACT_MAX, &wanted);
		bool made = ppm_exact_multiply(a, x, &got);
		must(made, got, fits, wanted, "a product");
		fits = factor != 0 && scaled(a, PPM_EXACT_SCALE, factor, (ppm_uint128)PPM_EXACT_MAX, &wanted);
		made = ppm_exact_divide(a, x, &got);
		must(made, got, fits, wanted, "a quotient");
	}
	if (b != 0 && ppm_exact_ratio(a, b) != ratio(a, b))
		fuzz_fail("a ratio is %.17g, not %.17g", ppm_exact_ratio(a, b), ratio(a, b));
	if (ppm_exact_to_number(a) != ratio(a, PPM_EXACT_SCALE))
		fuzz_fail("an amount as a number is %.17g, not %.17g", ppm_exact_to_number(a), ratio(a, PPM_EXACT_SCALE));
	bool fits = scaled(a, 1, PPM_EXACT_PER_MONEY, (ppm_uint128)PPM_MONEY_MAX, &wanted);
	bool made = ppm_exact_to_money(a, &money);
	must(made, money, fits, wanted, "an amount to 4 places");
	// Written: the digits with a point between them, then rounded as a text.
	int places = (int)fuzz_take(reader, 1) % 19, decimals = (int)fuzz_take(reader, 1) % 19;
	ppm_uint128 size = size_of(a), unit = 1;
	for (int i = 0; i < places; i++)
		unit *= 10;
	char tail[24];
	snprintf(tail, sizeof tail, "%018llu", (unsigned long long)(size % unit));
	snprintf(plain, sizeof plain, "%s%llu%0*llu", a < 0 ? "-" : "", (unsigned long long)(size / unit / 1000000000), size / unit ? 9 : 1,
		(unsigned long long)(size / unit % 1000000000));
	// No zeros before it.
	char *digits = plain + (a < 0);
	size_t zeros = strspn(digits, "0");
	zeros = zeros == strlen(digits) ? zeros - 1 : zeros;
	memmove(digits, digits + zeros, strlen(digits + zeros) + 1);
	if (places) {
		strcat(plain, ".");
		strcat(plain, tail + 18 - places);
	}
	round_text(plain, decimals, rounded);
	size_t written = ppm_decimal_write(a, places, decimals, text);
	if (written != strlen(rounded) || memcmp(text, rounded, written) != 0)
		fuzz_fail("%s to %d places is written as %.*s, not %s", plain, decimals, (int)written, text, rounded);
}

// A pattern writes what it reads.
static void check_pattern(struct fuzz_reader *reader)
{
	int64_t mantissa = (int64_t)fuzz_take(reader, 8) >> (fuzz_take(reader, 1) % 56), back = 0;
	int places = (int)fuzz_take(reader, 1) % 13;
	struct ppm_number_pattern pattern;
	struct ppm_slice sample = rest_of(reader);
	char text[128];
	const char *zero = memchr(sample.data, 0, sample.size);
	struct ppm_slice other = { NULL, 0 };

	if (zero) {
		other = (struct ppm_slice){ zero + 1, (size_t)(sample.data + sample.size - zero - 1) };
		sample.size = (size_t)(zero - sample.data);
	}
	if (!ppm_number_pattern_parse(sample, &pattern))
		return;
	ppm_number_pattern_read(&pattern, other, places, &back);
	size_t size = ppm_number_pattern_write(&pattern, mantissa, places, text);
	ppm_int128 wanted;
	if (pattern.decimals > 18 || !scaled((ppm_int128)mantissa * (pattern.percent ? 100 : 1), ppm_power_of_ten[pattern.decimals], ppm_power_of_ten[places], INT64_MAX, &wanted))
		return;
	if (!ppm_number_pattern_read(&pattern, (struct ppm_slice){ text, size }, pattern.decimals, &back) || back != (int64_t)wanted) {
		fuzz_show("sample", sample);
		fuzz_show("written", (struct ppm_slice){ text, size });
		fuzz_fail("%lld of %d places reads back as %lld of %d, not %lld", (long long)mantissa, places, (long long)back, pattern.decimals, (long long)wanted);
	}
}

// ---- days, against the C library's

static int32_t day_number(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	time_t seconds = timegm(&tm);

	return (int32_t)(seconds / 86400);
}

static struct tm civil(int32_t date)
{
	time_t seconds = (time_t)date * 86400;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

static void check_dates(struct fuzz_reader *reader)
{
	const uint32_t range = (uint32_t)(PPM_DATE_MAX - PPM_DATE_MIN + 1);
	int32_t a = PPM_DATE_MIN + (int32_t)(fuzz_take(reader, 4) % range),
		b = fuzz_take(reader, 1) & 1 ? a + (int32_t)(fuzz_take(reader, 2) % 4000) - 2000 : PPM_DATE_MIN + (int32_t)(fuzz_take(reader, 4) % range);
	struct tm tm = civil(a);
	int year, month, day;
	char text[10], wanted[32];

	b = b < PPM_DATE_MIN ? PPM_DATE_MIN : b > PPM_DATE_MAX ? PPM_DATE_MAX : b;
	ppm_date_to_civil(a, &year, &month, &day);
	if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || day != tm.tm_mday || ppm_date_from_civil(year, month, day) != a ||
		ppm_date_weekday(a) != (tm.tm_wday + 6) % 7 + 1)
		fuzz_fail("day %d is %d-%d-%d", a, year, month, day);
	ppm_date_write(a, text);
	snprintf(wanted, sizeof wanted, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	int32_t back = 0;
	if (memcmp(text, wanted, 10) != 0 || !ppm_date_parse_iso((struct ppm_slice){ text, 10 }, &back) || back != a)
		fuzz_fail("%s is written as %.10s", wanted, text);
	// The day of a month that it does not have becomes its last.
	int64_t months = (int64_t)(fuzz_take(reader, 3) % 260000) - 130000, total = (int64_t)(year - 1) * 12 + month - 1 + months;
	if (total >= 0 && total < 9999 * 12) {
		int y = (int)(total / 12) + 1, m = (int)(total % 12) + 1, last = 31;
		while (civil(day_number(y, m, last)).tm_mon != m - 1)
			last--;
		if (ppm_date_days_in_month(y, m) != last || ppm_date_add_months(a, months) != day_number(y, m, day < last ? day : last))
			fuzz_fail("%s and %lld months", wanted, (long long)months);
	}
	int32_t between = ppm_date_months_between(a, b), low = a < b ? a : b, high = a < b ? b : a, count = a <= b ? between : -between;
	if (count < 0 || ppm_date_add_months(low, count) > high || ppm_date_add_months(low, count + 1) <= high)
		fuzz_fail("%d months between day %d and day %d", between, a, b);
}

static void check_iso(struct ppm_slice text)
{
	static const char shape[] = "dddd-dd-dd";
	int32_t got = 1, wanted = 1;
	bool fine = text.size == 10;

	for (size_t i = 0; i < 10 && fine; i++)
		fine = shape[i] == 'd' ? isdigit((unsigned char)text.data[i]) : text.data[i] == '-';
	if (fine) {
		int parts[3] = { 0 };
		for (size_t i = 0, part = 0; i < 10; i++)
			if (shape[i] == '-')
				part++;
			else
				parts[part] = parts[part] * 10 + (text.data[i] - '0');
		fine = parts[0] >= 1 && parts[1] >= 1 && parts[1] <= 12 && parts[2] >= 1 && parts[2] <= 31;
		struct tm tm = { 0 };
		if (fine) {
			wanted = day_number(parts[0], parts[1], parts[2]);
			tm = civil(wanted);
			fine = tm.tm_mday == parts[2];
		}
	}
	if (ppm_date_parse_iso(text, &got) != fine || (fine && got != wanted)) {
		fuzz_show("text", text);
		fuzz_fail("as a date it is %d, not %d (%d)", got, wanted, fine);
	}
}

static void check_date_format(struct fuzz_reader *reader)
{
	int32_t date = PPM_DATE_MIN + (int32_t)(fuzz_take(reader, 4) % (uint32_t)(PPM_DATE_MAX - PPM_DATE_MIN + 1)), back = 0;
	struct ppm_slice pattern = rest_of(reader), other = { NULL, 0 };
	const char *zero = memchr(pattern.data, 0, pattern.size);
	struct ppm_date_format format;
	char text[128];
	bool loose = false, short_year = false;

	if (zero) {
		other = (struct ppm_slice){ zero + 1, (size_t)(pattern.data + pattern.size - zero - 1) };
		pattern.size = (size_t)(zero - pattern.data);
	}
	if (!ppm_date_format_parse(pattern, &format))
		return;
	ppm_date_parse(&format, other, &back);
	// A month or a day of one or two digits is only told from the digits behind it where something stands between.
	for (size_t i = 0; i < pattern.size; i++) {
		size_t run = 1;
		while (i + run < pattern.size && pattern.data[i + run] == pattern.data[i])
			run++;
		short_year |= pattern.data[i] == 'Y' && run == 2;
		if ((pattern.data[i] == 'M' || pattern.data[i] == 'D') && run == 1)
			loose |= i + 1 < pattern.size && (isalnum((unsigned char)pattern.data[i + 1]));
		i += run - 1;
	}
	if (loose)
		return;
	if (short_year)
		date = day_number(1970, 1, 1) + (int32_t)((uint32_t)(date - PPM_DATE_MIN) % 36525);
	size_t size = ppm_date_write_format(&format, date, text);
	if (!ppm_date_parse(&format, (struct ppm_slice){ text, size }, &back) || back != date) {
		fuzz_show("format", pattern);
		fuzz_show("written", (struct ppm_slice){ text, size });
		fuzz_fail("day %d reads back as %d", date, back);
	}
}

// ---- fields

#define FIELDS 192

static bool reference_field(enum ppm_column_type type, struct ppm_slice text, union ppm_field_value *value)
{
	static char shifted[30010];
	static const char *const words[] = { "no", "false", "0", "yes", "true", "1" };
	size_t point;
	int64_t money;
	int32_t date;

	switch (type) {
	case PPM_COLUMN_NUMBER: return parse_number(text, &value->f64) == PPM_NUMBER_FINE;
	case PPM_COLUMN_MONEY: // checked above
		if (!ppm_decimal_parse(text, 4, &money) || money > PPM_MONEY_MAX || money < -PPM_MONEY_MAX)
			return false;
		value->i64 = money;
		return true;
	case PPM_COLUMN_PERCENT: {
		if (!text.size || text.data[--text.size] != '%' || !is_decimal(text, &point))
			return false;
		// The point moves by two.
		size_t sign = text.data[0] == '-', whole = point - sign, size = sign;
		memcpy(shifted, "-", sign);
		for (; whole < 2; whole++)
			shifted[size++] = '0';
		memcpy(shifted + size, text.data + sign, point - sign);
		size += point - sign;
		memmove(shifted + size - 1, shifted + size - 2, 2);
		shifted[size - 2] = '.';
		size++;
		if (point < text.size) {
			memcpy(shifted + size, text.data + point + 1, text.size - point - 1);
			size += text.size - point - 1;
		}
		shifted[size] = 0;
		value->f64 = strtod(shifted, NULL) + 0.0;
		return isfinite(value->f64);
	}
	case PPM_COLUMN_DATE:
		if (!ppm_date_parse_iso(text, &date)) // likewise
			return false;
		value->i64 = date;
		return true;
	case PPM_COLUMN_FLAG:
		for (size_t i = 0; i < 6; i++)
			if (text.size == strlen(words[i]) && strncasecmp(text.data, words[i], text.size) == 0) {
				value->i64 = i >= 3;
				return true;
			}
		return false;
	default: return false;
	}
}

struct fields {
	char memory[PPM_SOURCE_PADDING * 2 + 20000];
	uint32_t begins[FIELDS + 64], ends[FIELDS + 64];
	uint32_t count;
};

static void check_field(enum ppm_column_type type, struct ppm_slice text, bool empty, union ppm_field_value fast, const char *how)
{
	union ppm_field_value wanted = { .i64 = 0 };

	if (empty) {
		if (text.size == 0)
			return;
	} else if (reference_field(type, text, &wanted) && memcmp(&fast, &wanted, sizeof fast) == 0) {
		return;
	}
	fuzz_show("field", text);
	fuzz_fail("%s, type %d: %.17g or %lld, not %.17g or %lld", how, (int)type, fast.f64, (long long)fast.i64, wanted.f64, (long long)wanted.i64);
}

static void check_fast(const struct fields *fields, enum ppm_column_type type, const struct ppm_convert_functions *functions, enum ppm_simd simd)
{
	static int32_t month_starts[PPM_MONTH_STARTS];
	static double doubles[PPM_BATCH_ROWS];
	static int32_t integers[PPM_BATCH_ROWS];
	static int16_t shorts[PPM_BATCH_ROWS];
	static int64_t amounts[PPM_BATCH_ROWS];
	uint64_t flags[PPM_MASK_WORDS] = { 0 }, empty[PPM_MASK_WORDS] = { 0 }, strict[PPM_MASK_WORDS] = { 0 };
	const struct ppm_field_view view = { fields->memory + PPM_SOURCE_PADDING, fields->ends, fields->begins, 1, 1, 0, fields->count };

	if (!month_starts[1])
		ppm_convert_month_starts(month_starts);
	memset(integers, 0, sizeof integers);
	for (int whole = 0; whole < (type == PPM_COLUMN_NUMBER ? 2 : 1); whole++) {
		switch (type) {
		case PPM_COLUMN_NUMBER:
			if (whole)
				functions->whole(&view, integers, empty, strict);
			else
				functions->number(&view, doubles, empty, strict);
			break;
		case PPM_COLUMN_MONEY: functions->money(&view, amounts, empty, strict); break;
		case PPM_COLUMN_PERCENT: functions->percent(&view, doubles, empty, strict); break;
		case PPM_COLUMN_DATE: functions->date(&view, integers, empty, strict, month_starts); break;
		default: functions->flag(&view, flags, empty, strict); break;
		}
		for (uint32_t i = 0; i < fields->count; i++) {
			union ppm_field_value value = { .i64 = 0 };
			if (strict[i / 64] >> i % 64 & 1)
				continue;
			if (type == PPM_COLUMN_NUMBER || type == PPM_COLUMN_PERCENT)
				value.f64 = whole ? integers[i] : doubles[i];
			else
				value.i64 = type == PPM_COLUMN_MONEY ? amounts[i] : type == PPM_COLUMN_DATE ? integers[i] : (int64_t)(flags[i / 64] >> i % 64 & 1);
			check_field(type, ppm_field_of(&view, i), empty[i / 64] >> i % 64 & 1, value, ppm_simd_name(simd));
		}
		if (whole) {
			bool fits = true;
			for (int i = 0; i < PPM_BATCH_ROWS; i++)
				fits &= integers[i] == (int16_t)integers[i];
			if (functions->narrow(integers, shorts) != fits)
				fuzz_fail("%s: whole numbers that fit in 16 bits, or do not", ppm_simd_name(simd));
			for (int i = 0; fits && i < PPM_BATCH_ROWS; i++)
				if (shorts[i] != integers[i])
					fuzz_fail("%s: %d is %d in 16 bits", ppm_simd_name(simd), integers[i], shorts[i]);
		}
	}
}

static void check_strict(struct ppm_slice text)
{
	static const enum ppm_column_type types[] = { PPM_COLUMN_NUMBER, PPM_COLUMN_MONEY, PPM_COLUMN_PERCENT, PPM_COLUMN_DATE, PPM_COLUMN_FLAG };
	struct ppm_buffer scratch = { 0 };

	for (size_t i = 0; i < 5 && text.size && text.data[0] != '"'; i++) {
		const struct ppm_column column = { .type = types[i], .optional = true };
		const struct ppm_column_plan plan = { .column = &column };
		struct ppm_field_problem problem;
		union ppm_field_value got, wanted = { .i64 = 0 };
		static const struct ppm_program program;
		enum ppm_field_result result = ppm_field_convert(&plan, &program, NULL, text, &scratch, &got, &problem);
		bool fine = reference_field(types[i], text, &wanted);
		if ((result == PPM_FIELD_VALUE) != fine || (fine && memcmp(&got, &wanted, sizeof got) != 0)) {
			fuzz_show("field", text);
			fuzz_fail(
				"type %d: result %d, %.17g or %lld, not %.17g or %lld", (int)types[i], (int)result, got.f64, (long long)got.i64, wanted.f64, (long long)wanted.i64);
		}
	}
	union ppm_field_value value = { .i64 = 0 };
	for (unsigned shift = 0; shift <= 2; shift += 2)
		if (ppm_field_short_decimal(text, shift, &value.f64)) {
			char percent[64];
			if (text.size > 60)
				fuzz_fail("a short decimal of %zu bytes", text.size);
			memcpy(percent, text.data, text.size);
			percent[text.size] = '%';
			check_field(shift ? PPM_COLUMN_PERCENT : PPM_COLUMN_NUMBER, (struct ppm_slice){ percent, text.size + (shift != 0) }, false, value, "the short way");
		}
	value.i64 = 0;
	if (ppm_field_short_money(text, &value.i64))
		check_field(PPM_COLUMN_MONEY, text, false, value, "the short way");
	ppm_buffer_free(&scratch);
}

static void check_fields(struct ppm_slice text)
{
	static const enum ppm_column_type types[] = { PPM_COLUMN_NUMBER, PPM_COLUMN_MONEY, PPM_COLUMN_PERCENT, PPM_COLUMN_DATE, PPM_COLUMN_FLAG };
	static struct fields fields;
	char *base = fields.memory + PPM_SOURCE_PADDING;

	memset(&fields, 0, sizeof fields);
	text.size = text.size < 19000 ? text.size : 19000;
	// A file's record with a NUL in it is refused before its fields are looked at.
	for (size_t i = 0; i < text.size; i++)
		base[i] = text.data[i] ? text.data[i] : 'x';
	for (uint32_t at = 0; at <= text.size && fields.count < FIELDS;) {
		const char *end = memchr(base + at, '\n', text.size - at);
		fields.begins[fields.count] = at;
		fields.ends[fields.count] = end ? (uint32_t)(end - base) : (uint32_t)text.size;
		at = fields.ends[fields.count++] + 1;
	}
	for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++)
		for (size_t i = 0; i < 5; i++)
			check_fast(&fields, types[i], ppm_convert_functions((enum ppm_simd)simd), (enum ppm_simd)simd);
	for (uint32_t i = 0; i < fields.count; i++)
		check_strict((struct ppm_slice){ base + fields.begins[i], fields.ends[i] - fields.begins[i] });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_reader reader = { data, data + size };

	if (!size || size > 20000)
		return 0;
	switch (fuzz_take(&reader, 1) % 8) {
	case 0:
		check_parse(rest_of(&reader));
		check_iso(rest_of(&reader));
		break;
	case 1: {
		unsigned decimals = (unsigned)fuzz_take(&reader, 1) % 13;
		do
			check_number(take_number(&reader), decimals);
		while (reader.at < reader.end);
		break;
	}
	case 2: check_amounts(&reader); break;
	case 3: check_pattern(&reader); break;
	case 4: check_dates(&reader); break;
	case 5: check_date_format(&reader); break;
	default: check_fields(rest_of(&reader));
	}
	return 0;
}

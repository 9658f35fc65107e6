// Number patterns: what one sample tells about how a column writes its amounts. A sample or a text that could be read in two ways
// is refused: a thousand taken for a one is worse than an error.
#include "runtime/base/digits.h"
#include "runtime/base/number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define GROUPS_MAX 16
#define DECIMALS_MAX 18

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool starts_with(const char *at, const char *end, const char *text, size_t size)
{
	return (size_t)(end - at) >= size && memcmp(at, text, size) == 0;
}

// The separator at `at`, by the plain character that stands for it, and its length; 0 when there is none. Blanks are also the
// no-break ones that French and SI figures are written with, the apostrophe also the curly one.
static char separator_at(const char *at, const char *end, size_t *length)
{
	assert(at < end);
	*length = 1;
	if (*at == ',' || *at == '.' || *at == ' ' || *at == '\'')
		return *at;
	*length = 2;
	if (starts_with(at, end, "\xC2\xA0", 2))
		return ' ';
	*length = 3;
	if (starts_with(at, end, "\xE2\x80\xAF", 3) || starts_with(at, end, "\xE2\x80\x89", 3))
		return ' ';
	if (starts_with(at, end, "\xE2\x80\x99", 3))
		return '\'';
	return 0;
}

struct body {
	size_t groups[GROUPS_MAX];         // digits before, between and after the separators
	char separators[GROUPS_MAX];
	size_t count;                      // groups; one separator less
	size_t leading;                    // digits before the first that is not 0
	bool zeros;                        // no other digits: a template
	bool started;                      // a digit that is not 0 was there
	bool sheet;                        // written with #, as spreadsheets do: then ',' and '.' have their English meaning
	bool hash_before;                  // the last separator follows a #
	char first;
};

static bool read_body(const char *at, const char *end, struct body *body)
{
	*body = (struct body){ .first = *at, .zeros = true };
	for (;;) {
		size_t digits = 0;
		for (; at < end && (is_digit(*at) || *at == '#'); at++, digits++) {
			body->sheet |= *at == '#';
			body->zeros &= *at == '0';
			body->started |= *at != '0' && *at != '#';
			body->leading += !body->started;
		}
		if (digits == 0 || body->count == GROUPS_MAX)
			return false;
		body->groups[body->count++] = digits;
		if (at == end)
			return true;
		size_t length;
		char separator = separator_at(at, end, &length);
		if (separator == 0)
			return false;
		body->separators[body->count - 1] = separator;
		body->hash_before = at[-1] == '#';
		at += length;
	}
}

// Whether the first `count` groups are what thousands separators make.
static bool are_thousands(const struct body *body, size_t count)
{
	if (body->groups[0] > 3)
		return false;
	for (size_t i = 1; i < count; i++)
		if (body->groups[i] != 3)
			return false;
	return true;
}

static bool find_separators(const struct body *body, struct ppm_number_pattern *pattern)
{
	size_t separators = body->count - 1;
	pattern->decimal = '.';
	if (separators == 0)
		return true;
	char first = body->separators[0], last = body->separators[separators - 1];
	size_t alike = 1;
	while (alike < separators && body->separators[alike] == first)
		alike++;
	bool decimal_allowed = last == '.' || last == ',';
	size_t decimals = body->groups[body->count - 1];
	if (alike < separators) {
		// "1.234.567,89": the others alike, and one of another kind at the end
		if (alike != separators - 1 || !decimal_allowed || !are_thousands(body, separators))
			return false;
		pattern->thousands = first;
		pattern->decimal = last;
	} else if (body->sheet && (first == ',' || first == '.')) {
		// "#.##0" is no English template; "#0.000" is.
		if (first == '.' && (separators > 1 || body->hash_before))
			return false;
		if (first == ',') {
			if (!are_thousands(body, body->count))
				return false;
			pattern->thousands = ',';
			return true;
		}
	} else if (separators > 1 || !decimal_allowed) {
		if (!are_thousands(body, body->count))
			return false;
		pattern->thousands = first;
		pattern->decimal = first == '.' || first == ' ' ? ',' : '.';
		return true;
	} else {
		// One point or comma: "1,234" may be either, and so may the template "0,000"; "0,123", "1234,567" and "12,5" can only have
		// decimals.
		if (decimals == 3 && body->groups[0] <= 3 && (body->first != '0' || (body->zeros && last == ',')))
			return false;
		pattern->decimal = last;
	}
	if (decimals > DECIMALS_MAX)
		return false;
	pattern->decimals = (uint8_t)decimals;
	return true;
}

static bool store_affix(char out[16], const char *at, const char *end)
{
	size_t size = (size_t)(end - at);
	if (size > 15)
		return false;
	for (size_t i = 0; i < size; i++)
		if (at[i] == '(' || at[i] == ')' || at[i] == '-' || at[i] == '\0')
			return false;
	if (size)
		memcpy(out, at, size);
	out[size] = '\0';
	return true;
}

bool ppm_number_pattern_parse(struct ppm_slice sample, struct ppm_number_pattern *pattern)
{
	if (sample.size == 0)
		return false;
	struct ppm_number_pattern result = { .decimal = '.' };
	const char *start = sample.data, *end = sample.data + sample.size;
	while (start < end && *start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	const char *body = start, *body_end = end;
	while (body < end && !is_digit(*body) && *body != '#')
		body++;
	while (body_end > body && !is_digit(body_end[-1]) && body_end[-1] != '#')
		body_end--;
	if (body == body_end)
		return false;
	// A sign or an opening bracket is at the very beginning or right before the digits.
	const char *prefix = start, *prefix_end = body;
	bool sign = false;
	if (prefix < prefix_end && (*prefix == '-' || *prefix == '(')) {
		sign = true;
		result.accounting = *prefix++ == '(';
	} else if (prefix < prefix_end && (prefix_end[-1] == '-' || prefix_end[-1] == '(')) {
		sign = true;
		result.accounting = *--prefix_end == '(';
	}
	const char *suffix = body_end, *suffix_end = end;
	if (sign && result.accounting) {
		if (suffix < suffix_end && suffix_end[-1] == ')')
			suffix_end--;
		else if (suffix < suffix_end && *suffix == ')')
			suffix++;
		else
			return false;
	}
	if (!store_affix(result.prefix, prefix, prefix_end) || !store_affix(result.suffix, suffix, suffix_end))
		return false;
	// ".50" and "50." would lose their point in the prefix or suffix; "Rs.50" does not.
	if (prefix < prefix_end && (prefix_end[-1] == '.' || prefix_end[-1] == ',') &&
	    (prefix_end - prefix == 1 || !is_letter(prefix_end[-2])))
		return false;
	if (suffix < suffix_end && (*suffix == '.' || *suffix == ','))
		return false;
	result.percent = strchr(result.prefix, '%') != NULL || strchr(result.suffix, '%') != NULL;
	struct body shape;
	if (!read_body(body, body_end, &shape) || !find_separators(&shape, &result))
		return false;
	size_t whole = 0;
	for (size_t i = 0; i < shape.count - (result.decimals > 0); i++)
		whole += shape.groups[i];
	result.whole = (uint8_t)(whole <= shape.leading ? 0 : whole - shape.leading < UINT8_MAX ? whole - shape.leading : UINT8_MAX);
	*pattern = result;
	return true;
}

// A digit after the others; false when the value no longer fits.
static bool add_digit(uint64_t *value, char digit)
{
	return !__builtin_mul_overflow(*value, (uint64_t)10, value) && !__builtin_add_overflow(*value, (uint64_t)(digit - '0'), value);
}

// The digits of an amount at *from, which moves behind them. False where the pattern has none such; `*fits`: they are an integer of `places` decimals in *out.
static bool read_amount(const struct ppm_number_pattern *pattern, const char **from, const char *end, int places, uint64_t *out, bool *fits)
{
	const char *at = *from;
	uint64_t value = 0;
	bool all = true;
	size_t run = 0, groups = 1;
	const char *start = at;
	for (; at < end; ) {
		if (is_digit(*at)) {
			if (groups > 1 && run == 3)
				return false;
			all &= add_digit(&value, *at++);
			run++;
			continue;
		}
		// A separator stands between digits; " €" after them is a suffix. Nobody groups behind a leading 0.
		size_t length;
		if (pattern->thousands == 0 || separator_at(at, end, &length) != pattern->thousands)
			break;
		if ((size_t)(end - at) <= length || !is_digit(at[length]))
			break;
		if (run == 0 || run > 3 || (groups > 1 && run != 3) || *start == '0')
			return false;
		groups++;
		run = 0;
		at += length;
	}
	if (run == 0 || (groups > 1 && run != 3))
		return false;
	int decimals = 0;
	if (end - at >= 2 && *at == pattern->decimal && is_digit(at[1])) {
		const char *point = at++;
		for (; at < end && is_digit(*at); at++) {
			if (decimals == places) {
				all &= *at == '0';
				continue;
			}
			all &= add_digit(&value, *at);
			decimals++;
		}
		// "1.234" in a column like "1,234.50": a thousand by the other convention, more likely than three decimals.
		if (at - point == 4 && pattern->thousands != 0 && pattern->decimals != 3 && groups == 1 && run <= 3 && *start != '0')
			return false;
	}
	for (; decimals < places; decimals++)
		all &= add_digit(&value, '0');
	*from = at;
	*out = value;
	*fits = all;
	return true;
}

static bool take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

static bool take_text(const char **at, const char *end, const char *text)
{
	size_t size = strlen(text);
	if (!starts_with(*at, end, text, size))
		return false;
	*at += size;
	return true;
}

// A text in the pattern, taken apart.
struct reading {
	struct ppm_slice amount; // its digits and separators
	bool negative, fits;     // fits: the amount is the integer `value`
	uint64_t value;
};

static bool read_pattern(const struct ppm_number_pattern *pattern, struct ppm_slice text, int places, struct reading *out)
{
	if (text.size == 0)
		return false;
	const char *at = text.data, *end = text.data + text.size;
	bool inner = false;
	bool negative = take(&at, end, '-');
	bool outer = !negative && pattern->accounting && take(&at, end, '(');
	if (!take_text(&at, end, pattern->prefix))
		return false;
	if (pattern->prefix[0] && !negative && !outer) {
		negative = take(&at, end, '-');
		inner = !negative && pattern->accounting && take(&at, end, '(');
	}
	out->amount.data = at;
	if (!read_amount(pattern, &at, end, places, &out->value, &out->fits))
		return false;
	out->amount.size = (size_t)(at - out->amount.data);
	if (inner && !take(&at, end, ')'))
		return false;
	if (!take_text(&at, end, pattern->suffix))
		return false;
	if (outer && !take(&at, end, ')'))
		return false;
	out->negative = negative | inner | outer;
	return at == end;
}

bool ppm_number_pattern_read(const struct ppm_number_pattern *pattern, struct ppm_slice text, int places, int64_t *out)
{
	struct reading reading;
	if (!read_pattern(pattern, text, places, &reading) || !reading.fits || reading.value > (uint64_t)INT64_MAX + reading.negative)
		return false;
	*out = reading.negative ? (int64_t)-reading.value : (int64_t)reading.value;
	return true;
}

#define PLAIN_DIGITS 400 // no double has more before its point

enum ppm_number_problem ppm_number_pattern_number(const struct ppm_number_pattern *pattern, struct ppm_slice text, unsigned shift, double *out)
{
	static const double powers[] = { 1e2, 1e3, 1e4 };
	struct reading reading;
	if (!read_pattern(pattern, text, 2, &reading))
		return PPM_NUMBER_SYNTAX;
	if (reading.fits && reading.value <= UINT64_C(1) << 53) {
		double value = (double)reading.value / powers[shift];
		*out = (reading.negative ? -value : value) + 0.0;
		return PPM_NUMBER_FINE;
	}
	// Through the plain text, which gives the nearest double however many digits there are.
	char digits[PLAIN_DIGITS + 8];
	size_t size = 0, point = SIZE_MAX;
	digits[size++] = '-';
	for (unsigned i = 0; i < shift; i++)
		digits[size++] = '0'; // a point that moves to the left finds a digit there
	for (size_t i = 0; i < reading.amount.size && size < PLAIN_DIGITS; i++) {
		char c = reading.amount.data[i];
		if (is_digit(c))
			digits[size++] = c;
		else if (c == pattern->decimal)
			point = size;
	}
	if (size == PLAIN_DIGITS && point == SIZE_MAX)
		return PPM_NUMBER_RANGE;
	if (point != SIZE_MAX || shift) {
		point = (point == SIZE_MAX ? size : point) - shift;
		memmove(digits + point + 1, digits + point, size - point);
		digits[point] = '.';
		size++;
	}
	return ppm_number_parse((struct ppm_slice){ digits + !reading.negative, size - !reading.negative }, out);
}

bool ppm_is_currency(const char *affix)
{
	static const char *const known[] = { "$", "€", "£", "¥", "₹", "₩", "₺", "₽", "₴", "฿", "₫", "₱", "US$", "R$", "C$", "A$", "kr", "kr.", "zł", "Kč", "Ft", "Fr.", "USD",
		"EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "INR", "CNY", "BRL", "MXN", "ZAR", "SGD", "HKD", "KRW", "TRY" };
	size_t size = strlen(affix);

	while (size && *affix == ' ') {
		affix++;
		size--;
	}
	while (size && affix[size - 1] == ' ')
		size--;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == size && !memcmp(known[i], affix, size))
			return true;
	return size == 0;
}

bool ppm_number_pattern_readings(struct ppm_slice value, char thousands[PPM_READING_SIZE], char decimals[PPM_READING_SIZE])
{
	const char *at = value.data, *end = value.data + value.size, *body, *point = NULL;
	struct ppm_number_pattern pattern;
	if (value.size > PPM_READING_SIZE / 2)
		return false;
	while (at < end && !is_digit(*at))
		at++;
	for (body = at; at < end && (is_digit(*at) || (!point && (*at == '.' || *at == ','))); at++)
		if (!is_digit(*at))
			point = at;
	if (!point || *body == '0' || point - body > 3 || at - point != 4)
		return false;
	// The sign is the value's own and no part of a sample.
	const char *start = value.data, *start_end = body;
	if (start < start_end && *start == '-')
		start++;
	else if (start < start_end && start_end[-1] == '-')
		start_end--;
	int before = (int)(start_end - start), after = (int)(end - at);
	snprintf(thousands, PPM_READING_SIZE, "%.*s1%c234%c50%.*s", before, start, *point, *point == '.' ? ',' : '.', after, at);
	snprintf(decimals, PPM_READING_SIZE, "%.*s1234%c50%.*s", before, start, *point, after, at);
	return ppm_number_pattern_parse(ppm_slice_of(thousands), &pattern) && ppm_number_pattern_parse(ppm_slice_of(decimals), &pattern);
}

static char *put_text(char *to, const char *text)
{
	size_t size = strlen(text);
	memcpy(to, text, size);
	return to + size;
}

// `digits`: `whole` of them before the point, `kept` after it.
static size_t write_digits(const struct ppm_number_pattern *pattern, bool negative, const char *digits, size_t whole, int kept, char *out)
{
	char *to = out;
	if (negative)
		*to++ = pattern->accounting ? '(' : '-';
	to = put_text(to, pattern->prefix);
	for (size_t i = 0; i < whole; i++) {
		if (pattern->thousands && i > 0 && (whole - i) % 3 == 0)
			*to++ = pattern->thousands;
		*to++ = digits[i];
	}
	if (pattern->decimals > 0) {
		*to++ = pattern->decimal;
		memcpy(to, digits + whole, (size_t)kept);
		to += kept;
		for (int zeros = pattern->decimals - kept; zeros > 0; zeros--)
			*to++ = '0';
	}
	to = put_text(to, pattern->suffix);
	if (negative && pattern->accounting)
		*to++ = ')';
	return (size_t)(to - out);
}

size_t ppm_number_pattern_write(const struct ppm_number_pattern *pattern, ppm_int128 mantissa, int places, char out[128])
{
	if (pattern->percent) {
		if (places >= 2)
			places -= 2;
		else
			mantissa *= 100;
	}
	int kept = places < pattern->decimals ? places : pattern->decimals;
	ppm_uint128 size = ppm_digits_rescale(mantissa, places, kept);
	char digits[48];
	size_t count = (size_t)(ppm_digits_put_wide(digits, size, (unsigned)kept + 1) - digits);
	return write_digits(pattern, mantissa < 0 && size != 0, digits, count - (size_t)kept, kept, out);
}

size_t ppm_number_pattern_write_large(const struct ppm_number_pattern *pattern, double whole, char out[500])
{
	char digits[402];
	size_t count = ppm_number_write_fixed(fabs(whole), 0, digits);
	if (pattern->percent) {
		memcpy(digits + count, "00", 2);
		count += 2;
	}
	return write_digits(pattern, whole < 0, digits, count, 0, out);
}

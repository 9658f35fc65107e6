// Exact amounts. Money in columns, sums and differences is an int64 in ten-thousandths of the unit (4 places,
// within ±900 trillion); products and quotients are a __int128 with 12 places. Rounding is half away from zero.
#ifndef PPM_RUNTIME_BASE_DECIMAL_H
#define PPM_RUNTIME_BASE_DECIMAL_H

#include "runtime/base/number.h"
#include <stdint.h>

__extension__ typedef __int128 ppm_int128;
__extension__ typedef unsigned __int128 ppm_uint128;

#define PPM_MONEY_PLACES 4
#define PPM_MONEY_SCALE INT64_C(10000)
#define PPM_MONEY_MAX INT64_C(9000000000000000000) // 900 trillion in ten-thousandths
#define PPM_EXACT_PLACES 12
#define PPM_EXACT_SCALE INT64_C(1000000000000)
#define PPM_EXACT_PER_MONEY INT64_C(100000000)      // 10^(12 - 4)
// |exact money| never passes this: 900 trillion with 12 places.
#define PPM_EXACT_MAX ((ppm_int128)PPM_MONEY_MAX * PPM_EXACT_PER_MONEY)

extern const int64_t ppm_power_of_ten[19]; // 10^0 … 10^18

// numerator / denominator, half away from zero; denominator > 0.
int64_t ppm_round_divide_64(int64_t numerator, int64_t denominator);
ppm_int128 ppm_round_divide_128(ppm_int128 numerator, ppm_int128 denominator);

// The functions below return false, and leave *out alone, when the result lies outside PPM_EXACT_MAX (or its own
// range, where one is given).
// A number as a decimal of 12 places: the decimal that x stands for (ppm_number_decimal), half away from zero. Exact for every decimal text of at most 12 places and 15 digits.
bool ppm_exact_from_number(double x, ppm_int128 *out);
bool ppm_exact_multiply(ppm_int128 amount, double factor, ppm_int128 *out);  // by the factor as a 12-place decimal
bool ppm_exact_divide(ppm_int128 amount, double divisor, ppm_int128 *out);   // divisor != 0 after rounding to 12 places, else false
double ppm_exact_ratio(ppm_int128 a, ppm_int128 b);                          // a / b, correctly rounded for all a and b; b != 0
double ppm_exact_to_number(ppm_int128 amount);                               // nearest double
bool ppm_exact_to_money(ppm_int128 amount, int64_t *out);                    // rounded to 4 places
static inline ppm_int128 ppm_exact_from_money(int64_t money) { return (ppm_int128)money * PPM_EXACT_PER_MONEY; }

// A duration, in days or months, times or by a number taken as a 12-place decimal, half away from zero; the divisor's decimal is not 0. False beyond ±2,147,483,647.
bool ppm_duration_multiply(int32_t duration, double factor, int32_t *out);
bool ppm_duration_divide(int32_t duration, double divisor, int32_t *out);

// A plain decimal: [-]digits[.digits]. More than `places` decimals are refused unless the rest are zeros. False: not such a
// text, or outside int64. places is 0..18.
bool ppm_decimal_parse(struct ppm_slice text, int places, int64_t *out);

// How a column writes its amounts, learned from one sample such as "$1,234.50", "1.234,50 €", "(1,234.50)", "12", "12%",
// "0.12", "1 234,50". Of the sample's digits it only matters how many there are before and after the decimal point: its signs, separators
// and brackets do.
struct ppm_number_pattern {
	char prefix[16], suffix[16];   // "$", " €", "%"; NUL-terminated; blanks inside are part of it
	char thousands;                // ',' '.' ' ' '\'' or 0: none may stand there
	char decimal;                  // '.' or ','
	uint8_t decimals;              // in the sample; when writing, always this many
	uint8_t whole;                 // digits before them, from the first that is not 0: none in "0.12" and "#,##0.0", two in "12.5"
	bool accounting;               // (1.00) is -1.00
	bool percent;                  // the text carries a % sign, or is written as if it did
};
// "0", "0.00", "#,##0.00", "0%", "0.0%" and samples as above. False when no digit is there or separators cannot be told apart, as in
// "1,234" ("1,234.00", "#,##0" and "0,123" say which). Blanks around the sample do not count. A thousands blank also stands for the no-break
// ones, an apostrophe for the curly one.
bool ppm_number_pattern_parse(struct ppm_slice sample, struct ppm_number_pattern *pattern);
// Whether a percent that is written by the sample, without its sign, stands there as its ratio: "0.12" does, "12" and "12.5" are percents.
// "1.5" might be either, and is for the caller to refuse.
static inline bool ppm_number_pattern_is_ratio(const struct ppm_number_pattern *pattern)
{
	return !pattern->percent && pattern->decimals > 0 && pattern->whole == 0;
}
// Strict: prefix, suffix as given; groups of three if thousands appear at all, and no 0 before them; a leading '-' before or after the
// prefix, or brackets when `accounting`, around all or right around the digits. Any number of decimals, but one that only has zeros beyond
// `places` (0..18); where the sample has thousands but not three decimals, "1.234" is refused: it may be a thousand. The value is text's digits
// as an integer of `places` decimals: "12%" with 2 places is 1200, a percent sign divides nothing. False outside int64, too.
bool ppm_number_pattern_read(const struct ppm_number_pattern *pattern, struct ppm_slice text, int places, int64_t *out);
// The same as the nearest double, 10^-shift of it (shift 0 or 2), however many digits there are: as ppm_number_parse says of the plain figure.
enum ppm_number_problem ppm_number_pattern_number(const struct ppm_number_pattern *pattern, struct ppm_slice text, unsigned shift, double *out);
// A value with one point or comma that may stand before thousands or decimals, as in "1,234" or "€12.500", and both ways to read it as samples: "1,234.50"
// and "1234,50", with the signs around the value. False for all other values.
#define PPM_READING_SIZE 64
bool ppm_number_pattern_readings(struct ppm_slice value, char thousands[PPM_READING_SIZE], char decimals[PPM_READING_SIZE]);
// A sign or code of a currency, or nothing, as a pattern's prefix or suffix; blanks around it do not matter.
bool ppm_is_currency(const char *affix);
// Writes mantissa · 10^-places (places 0..18) rounded to pattern->decimals. Returns the bytes written, at most 128. A percent pattern
// multiplies by 100.
size_t ppm_number_pattern_write(const struct ppm_number_pattern *pattern, ppm_int128 mantissa, int places, char out[128]);
// The same for a double of 2^53 and more, which is whole; all of its digits are written. At most 500 bytes.
size_t ppm_number_pattern_write_large(const struct ppm_number_pattern *pattern, double whole, char out[500]);
// [-]digits.digits with exactly `decimals` places (none: no point), from mantissa · 10^-places, rounded; never "-0". places
// and decimals are 0..18. At most 64 bytes.
size_t ppm_decimal_write(ppm_int128 mantissa, int places, int decimals, char out[64]);
// All the decimals that it has, without a zero at their end: 12.50 is 12.5, 12.00 is 12.
size_t ppm_decimal_write_short(ppm_int128 mantissa, int places, char out[64]);

#endif

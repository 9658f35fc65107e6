// Decimal digits by a table of three at a time, for the small integers that most cells are: shorter paths than base/digits.h has, bought with
// scribbling. Everything here writes at a cursor and may touch up to 8 bytes past what it returns: callers reserve the worst case of a whole
// row first, so that no cell checks for room.
#ifndef PPM_RUNTIME_SINK_DIGITS_H
#define PPM_RUNTIME_SINK_DIGITS_H

#include <stdint.h>
#include <string.h>

// "000001002…999" and a NUL that the last four-byte load takes along.
extern const char ppm_digit_triples[3001];

// The most that one figure takes, scribbling included: a double without an exponent has up to 309 digits before the point.
#define PPM_FIGURE_ROOM 512u

static inline char *ppm_put_lead(char *p, uint32_t below_1000)
{
	uint32_t length = 1u + (below_1000 > 9) + (below_1000 > 99);
	memcpy(p, ppm_digit_triples + 3 * below_1000 + 3 - length, 4);
	return p + length;
}

static inline char *ppm_put_three(char *p, uint32_t below_1000)
{
	memcpy(p, ppm_digit_triples + 3 * below_1000, 4);
	return p + 3;
}

static inline char *ppm_put_u64(char *p, uint64_t value)
{
	if (value < 1000)
		return ppm_put_lead(p, (uint32_t)value);
	if (value < 1000000)
		return ppm_put_three(ppm_put_lead(p, (uint32_t)value / 1000), (uint32_t)value % 1000);
	uint32_t groups[7];
	unsigned count = 0;
	do {
		groups[count++] = (uint32_t)(value % 1000);
		value /= 1000;
	} while (value);
	p = ppm_put_lead(p, groups[--count]);
	while (count)
		p = ppm_put_three(p, groups[--count]);
	return p;
}

static inline uint64_t ppm_magnitude_64(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static inline char *ppm_put_i64(char *p, int64_t value)
{
	*p = '-';
	return ppm_put_u64(p + (value < 0), ppm_magnitude_64(value));
}

// Exactly `places` (1..12) digits with leading zeros; value < 10^places.
static inline char *ppm_put_padded(char *p, uint64_t value, unsigned places)
{
	if (places == 2) {
		memcpy(p, ppm_digit_triples + 3 * value + 1, 2);
		return p + 2;
	}
	if (places == 1) {
		*p = (char)('0' + value);
		return p + 1;
	}
	char *end = p + places, *q = end;
	while (q - p >= 3) {
		q -= 3;
		memcpy(q, ppm_digit_triples + 3 * (value % 1000), 3);
		value /= 1000;
	}
	while (q > p) {
		*--q = (char)('0' + value % 10);
		value /= 10;
	}
	return end;
}

#endif

// Calendar days of the proleptic Gregorian calendar, as days since 1970-01-01; years 1 to 9999.
#ifndef PPM_RUNTIME_BASE_DATE_H
#define PPM_RUNTIME_BASE_DATE_H

#include "runtime/base/slice.h"
#include <stdint.h>

#define PPM_DATE_MIN (-719162) // 0001-01-01
#define PPM_DATE_MAX 2932896   // 9999-12-31

bool ppm_date_valid(int year, int month, int day);
int32_t ppm_date_from_civil(int year, int month, int day);
void ppm_date_to_civil(int32_t date, int *year, int *month, int *day);
int ppm_date_days_in_month(int year, int month);
// Month arithmetic; a day that the month does not have becomes its last (2024-01-31 + 1 month = 2024-02-29).
// The result is clamped into PPM_DATE_MIN..MAX by the caller's check: it may lie outside.
int64_t ppm_date_add_months(int32_t date, int64_t months);
// Whole months from a to b (negative when b is before a): the largest n with add_months(a, n) <= b for b >= a,
// and minus the months from b to a otherwise.
int32_t ppm_date_months_between(int32_t a, int32_t b);
// 1 Monday … 7 Sunday (ISO 8601).
int ppm_date_weekday(int32_t date);
// YYYY-MM-DD into out, 10 bytes, no NUL.
void ppm_date_write(int32_t date, char out[10]);
bool ppm_date_parse_iso(struct ppm_slice text, int32_t *date);

// A date format: the pattern's letters YYYY YY MM M DD D MMM (Jan … Dec, any case) hh mm ss, anything else literally.
// M, D take one or two digits, the doubled ones two. YY is 1970..2069. hh mm ss must be there and in range, and are dropped.
#define PPM_DATE_FORMAT_ITEMS 24
struct ppm_date_format {
	uint8_t count;
	struct { uint8_t kind; char literal; } items[PPM_DATE_FORMAT_ITEMS];
};
// False when the pattern has no year, month and day, or one of them twice, or is too long, or has one of these letters in a number that
// means nothing (YYY, h).
bool ppm_date_format_parse(struct ppm_slice pattern, struct ppm_date_format *format);
bool ppm_date_parse(const struct ppm_date_format *format, struct ppm_slice text, int32_t *date);
// Writes by the format; returns the bytes written, at most 128.
size_t ppm_date_write_format(const struct ppm_date_format *format, int32_t date, char out[128]);

#endif

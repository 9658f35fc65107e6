// The calendar, counted in years that begin on March 1: the leap day is then a year's last, and the days before
// a month follow one formula, (153 · month + 2) / 5.
#include "runtime/base/date.h"

#define DAYS_PER_ERA 146097 // 400 years
#define EPOCH_FROM_MARCH_0000 719468

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int ppm_date_days_in_month(int year, int month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return days[month - 1] + (month == 2 && is_leap(year));
}

bool ppm_date_valid(int year, int month, int day)
{
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= ppm_date_days_in_month(year, month);
}

static int64_t from_civil(int64_t year, int month, int day)
{
	int64_t shifted = month <= 2 ? year - 1 : year;
	int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
	int64_t year_of_era = shifted - era * 400;
	int64_t month_from_march = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * DAYS_PER_ERA + day_of_era - EPOCH_FROM_MARCH_0000;
}

int32_t ppm_date_from_civil(int year, int month, int day)
{
	return (int32_t)from_civil(year, month, day);
}

void ppm_date_to_civil(int32_t date, int *year, int *month, int *day)
{
	// Years 1 to 9999 only, so that nothing here is negative.
	uint32_t days = (uint32_t)(date + EPOCH_FROM_MARCH_0000);
	uint32_t era = days / DAYS_PER_ERA;
	uint32_t day_of_era = days % DAYS_PER_ERA;
	// Less the leap days before it, a day lies in year day / 365.
	uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
	uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month_from_march = (5 * day_of_year + 2) / 153;
	*day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	*month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*year = (int)(era * 400 + year_of_era) + (*month <= 2);
}

int64_t ppm_date_add_months(int32_t date, int64_t months)
{
	// Enough to leave the calendar from any day in it.
	const int64_t far = 12 * 20000;
	if (months > far)
		months = far;
	if (months < -far)
		months = -far;
	int year, month, day;
	ppm_date_to_civil(date, &year, &month, &day);
	int64_t index = (int64_t)year * 12 + month - 1 + months;
	int64_t new_year = (index >= 0 ? index : index - 11) / 12;
	int new_month = (int)(index - new_year * 12) + 1;
	int last = ppm_date_days_in_month((int)new_year, new_month);
	return from_civil(new_year, new_month, day < last ? day : last);
}

int32_t ppm_date_months_between(int32_t a, int32_t b)
{
	if (b < a)
		return -ppm_date_months_between(b, a);
	int year_a, month_a, day_a, year_b, month_b, day_b;
	ppm_date_to_civil(a, &year_a, &month_a, &day_a);
	ppm_date_to_civil(b, &year_b, &month_b, &day_b);
	int32_t months = (year_b - year_a) * 12 + month_b - month_a;
	int last = ppm_date_days_in_month(year_b, month_b);
	return (day_a < last ? day_a : last) > day_b ? months - 1 : months;
}

int ppm_date_weekday(int32_t date)
{
	// Day PPM_DATE_MIN, 0001-01-01, was a Monday.
	return (int)((uint32_t)(date - PPM_DATE_MIN) % 7) + 1;
}

static char *put_digits(char *out, int value, int digits)
{
	for (int i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + digits;
}

void ppm_date_write(int32_t date, char out[10])
{
	int year, month, day;
	ppm_date_to_civil(date, &year, &month, &day);
	out = put_digits(out, year, 4);
	*out++ = '-';
	out = put_digits(out, month, 2);
	*out++ = '-';
	put_digits(out, day, 2);
}

// A number of `least` to `most` digits at *at, which moves behind it; -1 when there is none.
static int take_digits(struct ppm_slice text, size_t *at, int least, int most)
{
	int value = 0, count = 0;
	while (count < most && *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9') {
		value = value * 10 + (text.data[*at] - '0');
		++*at;
		count++;
	}
	return count >= least ? value : -1;
}

static bool make(int year, int month, int day, int32_t *date)
{
	if (!ppm_date_valid(year, month, day))
		return false;
	*date = ppm_date_from_civil(year, month, day);
	return true;
}

bool ppm_date_parse_iso(struct ppm_slice text, int32_t *date)
{
	if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-')
		return false;
	size_t at = 0;
	int year = take_digits(text, &at, 4, 4);
	if (at++ != 4)
		return false;
	int month = take_digits(text, &at, 2, 2);
	if (at++ != 7)
		return false;
	int day = take_digits(text, &at, 2, 2);
	return at == 10 && make(year, month, day, date);
}

enum item {
	LITERAL,
	YEAR_4,
	YEAR_2,
	MONTH_2,
	MONTH_1,
	MONTH_NAME,
	DAY_2,
	DAY_1,
	HOUR,
	MINUTE,
	SECOND,
};

// The item for a run of one of the format's letters; LITERAL when no item is written like that.
static enum item item_of(char letter, size_t run)
{
	switch (letter) {
	case 'Y':
		return run == 4 ? YEAR_4 : run == 2 ? YEAR_2 : LITERAL;
	case 'M':
		return run == 1 ? MONTH_1 : run == 2 ? MONTH_2 : run == 3 ? MONTH_NAME : LITERAL;
	case 'D':
		return run == 1 ? DAY_1 : run == 2 ? DAY_2 : LITERAL;
	case 'h':
		return run == 2 ? HOUR : LITERAL;
	case 'm':
		return run == 2 ? MINUTE : LITERAL;
	default:
		return run == 2 ? SECOND : LITERAL;
	}
}

static bool is_letter(char c)
{
	return c == 'Y' || c == 'M' || c == 'D' || c == 'h' || c == 'm' || c == 's';
}

bool ppm_date_format_parse(struct ppm_slice pattern, struct ppm_date_format *format)
{
	struct ppm_date_format result = { 0 };
	int years = 0, months = 0, days = 0;
	for (size_t at = 0; at < pattern.size;) {
		if (result.count == PPM_DATE_FORMAT_ITEMS)
			return false;
		char c = pattern.data[at];
		enum item item = LITERAL;
		size_t run = 1;
		if (is_letter(c)) {
			while (at + run < pattern.size && pattern.data[at + run] == c)
				run++;
			item = item_of(c, run);
			// YYY or h alone can only be a mistake: no date would match it.
			if (item == LITERAL)
				return false;
		}
		years += item == YEAR_4 || item == YEAR_2;
		months += item == MONTH_1 || item == MONTH_2 || item == MONTH_NAME;
		days += item == DAY_1 || item == DAY_2;
		result.items[result.count].kind = (uint8_t)item;
		result.items[result.count].literal = item == LITERAL ? c : '\0';
		result.count++;
		at += run;
	}
	if (years != 1 || months != 1 || days != 1)
		return false;
	*format = result;
	return true;
}

static const char month_names[12][3] = {
	{ 'J', 'a', 'n' }, { 'F', 'e', 'b' }, { 'M', 'a', 'r' }, { 'A', 'p', 'r' }, { 'M', 'a', 'y' }, { 'J', 'u', 'n' },
	{ 'J', 'u', 'l' }, { 'A', 'u', 'g' }, { 'S', 'e', 'p' }, { 'O', 'c', 't' }, { 'N', 'o', 'v' }, { 'D', 'e', 'c' },
};

static bool same_letter(char a, char b)
{
	return (a | 0x20) == (b | 0x20) && ((a | 0x20) >= 'a' && (a | 0x20) <= 'z');
}

static int take_month_name(struct ppm_slice text, size_t *at)
{
	if (text.size - *at < 3)
		return -1;
	const char *name = text.data + *at;
	for (int month = 0; month < 12; month++) {
		const char *wanted = month_names[month];
		if (same_letter(name[0], wanted[0]) && same_letter(name[1], wanted[1]) && same_letter(name[2], wanted[2])) {
			*at += 3;
			return month + 1;
		}
	}
	return -1;
}

bool ppm_date_parse(const struct ppm_date_format *format, struct ppm_slice text, int32_t *date)
{
	int year = -1, month = -1, day = -1, part;
	size_t at = 0;
	for (unsigned i = 0; i < format->count; i++) {
		switch ((enum item)format->items[i].kind) {
		case LITERAL:
			if (at == text.size || text.data[at] != format->items[i].literal)
				return false;
			at++;
			break;
		case YEAR_4:
			year = take_digits(text, &at, 4, 4);
			break;
		case YEAR_2:
			year = take_digits(text, &at, 2, 2);
			if (year < 0)
				return false;
			year += year >= 70 ? 1900 : 2000;
			break;
		case MONTH_2:
			month = take_digits(text, &at, 2, 2);
			break;
		case MONTH_1:
			month = take_digits(text, &at, 1, 2);
			break;
		case MONTH_NAME:
			month = take_month_name(text, &at);
			break;
		case DAY_2:
			day = take_digits(text, &at, 2, 2);
			break;
		case DAY_1:
			day = take_digits(text, &at, 1, 2);
			break;
		case HOUR:
			part = take_digits(text, &at, 2, 2);
			if (part < 0 || part > 23)
				return false;
			break;
		case MINUTE:
		case SECOND:
			part = take_digits(text, &at, 2, 2);
			if (part < 0 || part > 59)
				return false;
			break;
		}
	}
	return at == text.size && make(year, month, day, date);
}

size_t ppm_date_write_format(const struct ppm_date_format *format, int32_t date, char out[128])
{
	int year, month, day;
	ppm_date_to_civil(date, &year, &month, &day);
	char *to = out;
	for (unsigned i = 0; i < format->count; i++) {
		switch ((enum item)format->items[i].kind) {
		case LITERAL:
			*to++ = format->items[i].literal;
			break;
		case YEAR_4:
			to = put_digits(to, year, 4);
			break;
		case YEAR_2:
			to = put_digits(to, year % 100, 2);
			break;
		case MONTH_1:
			to = put_digits(to, month, month < 10 ? 1 : 2);
			break;
		case MONTH_2:
			to = put_digits(to, month, 2);
			break;
		case MONTH_NAME:
			memcpy(to, month_names[month - 1], 3);
			to += 3;
			break;
		case DAY_1:
			to = put_digits(to, day, day < 10 ? 1 : 2);
			break;
		case DAY_2:
			to = put_digits(to, day, 2);
			break;
		case HOUR:
		case MINUTE:
		case SECOND:
			to = put_digits(to, 0, 2);
			break;
		}
	}
	return (size_t)(to - out);
}

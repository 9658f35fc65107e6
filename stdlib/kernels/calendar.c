// Parts of dates and distances between them. The parts of all lanes are computed in loops that a compiler turns into vector code; a lane that does not
// matter may hold any number, which is first brought into the calendar.
//
// From a day number to a year, month and day: days are counted from 0000-03-01, so that a leap day ends its year; 400 years have 146,097 days; within
// a year that begins in March, day d lies in month (5 * d + 2) / 153.
#include "runtime/base/number.h"
#include "stdlib/kernels/kernels.h"

#if !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#define DAYS_TO_EPOCH 719468 // from 0000-03-01 to 1970-01-01
#define ERA_DAYS 146097

struct civil {
	int32_t year, month, day, day_of_march_year;
};

// Any day number stands for a date: what is out of range is held at the calendar's ends.
static inline int32_t calendar_day(int32_t date)
{
	date = date > PPM_DATE_MIN ? date : PPM_DATE_MIN;
	return date < PPM_DATE_MAX ? date : PPM_DATE_MAX;
}

// Division by constants of numbers below 2^22 is a multiplication and a shift of 64 bits, or of 32 where the product fits.
static inline struct civil civil_of(int32_t date)
{
	uint32_t day = (uint32_t)(calendar_day(date) + DAYS_TO_EPOCH);
	uint32_t era = day / ERA_DAYS, day_of_era = day - era * ERA_DAYS;
	uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month = (5 * day_of_year + 2) / 153;
	uint32_t late = month >= 10;
	return (struct civil){
		.year = (int32_t)(era * 400 + year_of_era + late),
		.month = (int32_t)(month + 3 - 12 * late),
		.day = (int32_t)(day_of_year - (153 * month + 2) / 5 + 1),
		.day_of_march_year = (int32_t)day_of_year,
	};
}

static inline bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// The day number of the first day of a month.
static inline int32_t first_of_month(int32_t year, int32_t month)
{
	uint32_t early = month <= 2, march_year = (uint32_t)year - early;
	uint32_t era = march_year / 400, year_of_era = march_year % 400;
	uint32_t day_of_year = (153 * ((uint32_t)month + 12 * early - 3) + 2) / 5;
	return (int32_t)(era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year) - DAYS_TO_EPOCH;
}

// The machine has code of its own for the parts; without one they are computed here.
static bool part_by_machine(const struct ppm_call_frame *frame, enum ppm_date_part part)
{
	if (frame->date_part)
		frame->date_part(part, frame->result, frame->arguments[0], kernel_words(frame) * 64);
	return frame->date_part != NULL;
}

#define PART(name, part, EXPRESSION) \
	void ppm_kernel_##name(const struct ppm_call_frame *frame) \
	{ \
		double *result = frame->result; \
		const int32_t *dates = frame->arguments[0]; \
		if (part_by_machine(frame, part)) \
			return; \
		for (size_t lane = 0, count = kernel_words(frame) * 64; lane < count; lane++) { \
			struct civil civil = civil_of(dates[lane]); \
			result[lane] = (double)(EXPRESSION); \
		} \
	}
PART(year, PPM_DATE_YEAR, civil.year)
PART(quarter, PPM_DATE_QUARTER, (civil.month + 2) / 3)
PART(month, PPM_DATE_MONTH, civil.month)
PART(day, PPM_DATE_DAY, civil.day)
#undef PART

void ppm_kernel_weekday(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *dates = frame->arguments[0];
	if (part_by_machine(frame, PPM_DATE_WEEKDAY))
		return;
	// 0000-03-01 was a Wednesday.
	for (size_t lane = 0, count = kernel_words(frame) * 64; lane < count; lane++)
		result[lane] = (double)(int32_t)(((uint32_t)(calendar_day(dates[lane]) + DAYS_TO_EPOCH) + 2) % 7 + 1);
}

void ppm_kernel_day_of_year(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *dates = frame->arguments[0];
	if (part_by_machine(frame, PPM_DATE_DAY_OF_YEAR))
		return;
	for (size_t lane = 0, count = kernel_words(frame) * 64; lane < count; lane++) {
		struct civil civil = civil_of(dates[lane]);
		// A year that begins in March has January and February, days 306 to 365, at its end.
		int32_t leap = is_leap(civil.year);
		int32_t day = civil.day_of_march_year >= 306 ? civil.day_of_march_year - 305 : civil.day_of_march_year + 60 + leap;
		result[lane] = (double)day;
	}
}

void ppm_kernel_days_between(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *from = frame->arguments[0], *to = frame->arguments[1];
	for (size_t lane = 0, count = kernel_words(frame) * 64; lane < count; lane++)
		result[lane] = (double)to[lane] - (double)from[lane];
}

// Whole months from a to b, a <= b: a day that the last month lacks counts as its last, so that the month is whole on that day too.
static int32_t whole_months(int32_t a, int32_t b)
{
	struct civil x = civil_of(a), y = civil_of(b);
	int32_t months = (y.year - x.year) * 12 + y.month - x.month;
	if (y.day < x.day && civil_of(b + 1).day != 1) // the last day that there is, a 31st, comes before none
		months--;
	return months;
}

static int32_t months_between(int32_t from, int32_t to)
{
	from = calendar_day(from);
	to = calendar_day(to);
	return from <= to ? whole_months(from, to) : -whole_months(to, from);
}

void ppm_kernel_months_between(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *from = frame->arguments[0], *to = frame->arguments[1];
	EACH_ACTIVE(frame)
		result[lane] = (double)months_between(from[lane], to[lane]);
}

void ppm_kernel_years_between(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *from = frame->arguments[0], *to = frame->arguments[1];
	EACH_ACTIVE(frame)
		result[lane] = (double)(months_between(from[lane], to[lane]) / 12);
}

#define START(name, EXPRESSION) \
	void ppm_kernel_##name(const struct ppm_call_frame *frame) \
	{ \
		int32_t *result = frame->result; \
		const int32_t *dates = frame->arguments[0]; \
		for (size_t lane = 0, count = kernel_words(frame) * 64; lane < count; lane++) { \
			int32_t date = calendar_day(dates[lane]); \
			struct civil civil = civil_of(date); \
			result[lane] = (EXPRESSION); \
		} \
	}
START(month_start, date - civil.day + 1)
START(quarter_start, first_of_month(civil.year, (civil.month - 1) / 3 * 3 + 1))
START(year_start, first_of_month(civil.year, 1))
START(month_end, first_of_month(civil.year + civil.month / 12, civil.month % 12 + 1) - 1)
#undef START

void ppm_kernel_date(const struct ppm_call_frame *frame)
{
	int32_t *result = frame->result;
	const double *years = frame->arguments[0], *months = frame->arguments[1], *days = frame->arguments[2];
	EACH_ACTIVE(frame) {
		double year = ppm_number_as_decimal(years[lane]), month = ppm_number_as_decimal(months[lane]), day = ppm_number_as_decimal(days[lane]); // 10 * (0.1 * 3) is March
		result[lane] = 0;
		// Ranges first: only then do the numbers fit an int.
		if (year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && (double)(int)year == year && (double)(int)month == month &&
			(double)(int)day == day && ppm_date_valid((int)year, (int)month, (int)day))
			result[lane] = ppm_date_from_civil((int)year, (int)month, (int)day);
		else
			kernel_undefined(frame, lane);
	}
}

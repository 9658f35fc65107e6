// Calendar periods one after another, each from its first to its last day.
#include "runtime/base/date.h"
#include "runtime/dataset/steps.h"

// The period that holds `day`.
static void period(enum ppm_calendar_unit unit, int32_t day, int32_t *start, int32_t *end)
{
	int year, month, of_month;
	ppm_date_to_civil(day, &year, &month, &of_month);
	int first_month = month, last_month = month;
	switch (unit) {
	case PPM_CALENDAR_DAY: *start = *end = day; return;
	case PPM_CALENDAR_WEEK:
		*start = day - (ppm_date_weekday(day) - 1);
		*end = *start + 6 < PPM_DATE_MAX ? *start + 6 : PPM_DATE_MAX; // 9999-12-31 is a Friday
		return;
	case PPM_CALENDAR_MONTH: break;
	case PPM_CALENDAR_QUARTER:
		first_month = (month - 1) / 3 * 3 + 1;
		last_month = first_month + 2;
		break;
	case PPM_CALENDAR_YEAR:
		first_month = 1;
		last_month = 12;
		break;
	}
	*start = ppm_date_from_civil(year, first_month, 1);
	*end = ppm_date_from_civil(year, last_month, ppm_date_days_in_month(year, last_month));
}

void ppm_step_calendar(enum ppm_calendar_unit unit, int32_t first, int32_t last, uint64_t *count, int32_t *start, int32_t *end)
{
	*count = 0;
	if (first > last)
		return;
	int32_t from, to = 0;
	for (int32_t day = first;; day = to + 1) {
		period(unit, day, &from, &to);
		if (start)
			start[*count] = from;
		if (end)
			end[*count] = to;
		++*count;
		if (to >= last)
			return;
	}
}

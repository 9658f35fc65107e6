#include "lang/plan/type.h"

#include <stdio.h>
#include <string.h>

bool ppm_type_same(struct ppm_type a, struct ppm_type b)
{
	if (a.base != b.base || a.period != b.period)
		return false;
	if (a.base == PPM_BASE_MONEY)
		return !a.currency[0] || !b.currency[0] || memcmp(a.currency, b.currency, 3) == 0;
	return a.base != PPM_BASE_DURATION || a.months == b.months;
}

const char *ppm_period_name(enum ppm_period period)
{
	static const char *const names[] = { "", "day", "week", "month", "year" };
	return names[period];
}

int ppm_period_length(enum ppm_period period)
{
	static const int lengths[] = { 0, 1, 7, 1, 12 };
	return lengths[period];
}

bool ppm_period_in_months(enum ppm_period period)
{
	return period == PPM_PERIOD_MONTH || period == PPM_PERIOD_YEAR;
}

const char *ppm_type_name(struct ppm_type type, char out[48])
{
	static const char *const bases[] = { "(unknown)", "(unknown)", "number", "percent", "money", "text", "date", "flag", "duration" };
	const char *base = bases[type.base];
	if (type.base == PPM_BASE_DURATION)
		base = type.months ? "duration in months" : "duration in days";
	snprintf(out, 48, "%s%s%.3s%s%s", base, type.currency[0] ? " " : "", type.currency, type.period ? " per " : "", ppm_period_name((enum ppm_period)type.period));
	return out;
}

bool ppm_type_is_numeric(struct ppm_type type)
{
	return type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_MONEY || type.base == PPM_BASE_DURATION;
}

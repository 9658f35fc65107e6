// The types of values: a base, and what makes two of the same base differ (currency, period, days or months).
#ifndef PPM_LANG_PLAN_TYPE_H
#define PPM_LANG_PLAN_TYPE_H

#include "lang/syntax/ast.h"
#include "runtime/column/vector.h"

enum ppm_base {
	PPM_BASE_ERROR, // poisoned: a mistake was reported, nothing follows from it
	PPM_BASE_OPEN,  // a column without a declaration whose use has not shown its type yet
	PPM_BASE_NUMBER,
	PPM_BASE_PERCENT,
	PPM_BASE_MONEY,
	PPM_BASE_TEXT,
	PPM_BASE_DATE,
	PPM_BASE_FLAG,
	PPM_BASE_DURATION,
};

struct ppm_type {
	uint8_t base;
	uint8_t period;   // enum ppm_period: a rate of number, percent or money
	bool months;      // DURATION: calendar months, else days
	bool ratio;       // NUMBER: a quotient of two amounts, as 0.3 is
	char currency[4]; // MONEY: "" when none was declared
};

static inline struct ppm_type ppm_type_of(enum ppm_base base)
{
	return (struct ppm_type){ .base = (uint8_t)base };
}

// Same base, period, currency (an absent one matches any) and kind of duration.
bool ppm_type_same(struct ppm_type a, struct ppm_type b);
// "money EUR per month", into out (at least 48 bytes), which is returned.
const char *ppm_type_name(struct ppm_type type, char out[48]);
// "day", "week", "month", "year"; "" for none.
const char *ppm_period_name(enum ppm_period period);
// The days (or months) in a period: day 1, week 7; month 1, year 12.
int ppm_period_length(enum ppm_period period);
bool ppm_period_in_months(enum ppm_period period);
// Numbers, percents and money, rates of them, durations: what min, max and abs take besides dates.
bool ppm_type_is_numeric(struct ppm_type type);

#endif

// `--vary horizon=1..10`: which values a param shall have, one after the other, as texts that a model's text could hold. Bare figures are in the unit in which the model writes the param.
#ifndef PPM_LANG_WHATIF_VARY_H
#define PPM_LANG_WHATIF_VARY_H

#include "lang/plan/plan.h"

#define PPM_VARY_LIMIT 1000u // values of one param

struct ppm_vary {
	struct ppm_slice name;
	struct ppm_slice *values; // "5 years", "80%"
	size_t count;
};

// `text` is NAME=VALUES: values between commas, or LOW..HIGH with /STEP behind it (1 without). Whether the values fit the param's type and range is the compiler's to say. False after `problem` and
// `help` were written, or when memory ran out (arena->failed). Lives in the arena.
bool ppm_vary_read(struct ppm_vary *vary, const struct ppm_plan *plan, struct ppm_slice text, struct ppm_arena *arena, struct ppm_buffer *problem, struct ppm_buffer *help);

// The value of a numeric param as such a text: `value` in its own unit (the ratio of a percent, days or months of a duration).
struct ppm_slice ppm_vary_value(const struct ppm_plan_param *param, const struct ppm_plan *plan, double value, struct ppm_arena *arena);
// Numbers, percents, money and durations, and rates of them.
bool ppm_vary_is_numeric(const struct ppm_plan *plan, const struct ppm_plan_param *param);

#endif

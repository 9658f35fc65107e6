// For each rule that a change touches, the newer model's tests that cover it, and how they fare.
#ifndef PPM_LANG_COMPARE_COVERED_H
#define PPM_LANG_COMPARE_COVERED_H

#include "lang/compare/changes.h"
#include "lang/testing/covering.h"

enum ppm_covered_state {
	PPM_COVERED_RUN,
	PPM_COVERED_NONE,   // the model has no tests
	PPM_COVERED_BROKEN, // they do not compile
};

struct ppm_covered {
	enum ppm_covered_state state;
	const struct ppm_covering *covering; // RUN
	const struct ppm_changes *changes;
	const struct ppm_model *after;
};

// Nothing is appended where no change touches a rule, unless a test fails.
void ppm_covered_text(const struct ppm_covered *covered, bool colour, struct ppm_buffer *out);
void ppm_covered_markdown(const struct ppm_covered *covered, struct ppm_buffer *out);
// A further member "tests" of an object, with a comma before it.
void ppm_covered_json(const struct ppm_covered *covered, struct ppm_buffer *out);

#endif

// Which tests cover which rules: a test covers a rule when something that it expects depends on it, so that a change of the rule could make the test fail.
#ifndef PPM_LANG_TESTING_COVERING_H
#define PPM_LANG_TESTING_COVERING_H

#include "lang/testing/testing.h"

// What one test's expectations depend on, by rule of the plan.
struct ppm_test_depends {
	bool *at_all;   // by its name, or by way of its dimension, the score, a tier, the reasons
	bool *directly; // by its name, or by what its condition says
};
// False: memory ran out. Free it in any case.
bool ppm_test_depends_find(struct ppm_test_depends *depends, const struct ppm_plan *plan, const struct ppm_plan_test *test);
void ppm_test_depends_free(struct ppm_test_depends *depends, const struct ppm_plan *plan);

// ---- all tests of a model

struct ppm_covering_test {
	uint32_t number;  // of the test in the model
	struct ppm_slice title;
	enum ppm_test_outcome outcome;
	bool *rules, *direct; // [rule of the plan]; `rules`: it covers the rule
};
struct ppm_covering {
	struct ppm_covering_test *tests; // in the order of the model
	uint32_t count, passed, failed, rule_count;
	struct ppm_arena arena;
};
// Runs the request's tests, and finds what each covers. The status as ppm_testing_run's; free *out whatever it is.
enum ppm_status ppm_covering_find(struct ppm_covering *out, const struct ppm_testing_request *request);
void ppm_covering_free(struct ppm_covering *covering);

#endif

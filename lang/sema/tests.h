// The tests of a model: tests.c says what they give, expectations.c what they expect.
#ifndef PPM_LANG_SEMA_TESTS_H
#define PPM_LANG_SEMA_TESTS_H

#include "lang/plan/tests.h"
#include "lang/sema/sema.h"

// Every test into the plan, with its mistakes; for those that the model is compiled for, the results that their expectations need.
void ppm_sema_tests(struct ppm_sema *sema);
// What one test expects, elaborated.
void ppm_sema_expect(struct ppm_sema *sema, struct ppm_plan_expectation *out, const struct ppm_expression *written);
void ppm_sema_test_results(struct ppm_sema *sema, struct ppm_plan_test *test);
// Finds the first test that the model is compiled for, before anything asks for its params.
void ppm_sema_choose_test(struct ppm_sema *sema, const struct ppm_syntax_tree *model);
// The value that the tests for which the model is compiled give a param (`module` is empty for the model's own) or `as_of`; NULL: none.
const struct ppm_expression *ppm_sema_given_setting(const struct ppm_sema *sema, struct ppm_slice module, struct ppm_slice name);

#endif

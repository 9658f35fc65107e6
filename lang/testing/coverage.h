// Which rules and branches of a model its tests reach. What fired is read from the rows that the tests were run over (ppm_testing_request.look), so that coverage is of the same
// computation as the tests.
#ifndef PPM_LANG_TESTING_COVERAGE_H
#define PPM_LANG_TESTING_COVERAGE_H

#include "lang/testing/testing.h"

struct ppm_coverage_clause {
	struct ppm_slice text; // as written
	enum ppm_relation relation;
	uint32_t held, failed, missing;  // in so many tests
	struct ppm_slice highest, lowest; // of what a comparison has on its left, as a result shows it; empty where it is none
	double high, low;
};

struct ppm_coverage_rule {
	uint32_t fired, idle, unknown;   // SCALE and BANDS: fired is that their points are known
	uint32_t asserted;               // tests where it fired and an expectation depends on it
	struct ppm_coverage_clause *clauses; // of its condition, all of which it asks for
	uint32_t clause_count;
	uint32_t *bands;                 // of the text, in order
};

struct ppm_coverage {
	struct ppm_arena arena;
	bool ready;                      // the arrays are there: a test was seen
	uint32_t tests;
	struct ppm_coverage_rule *rules; // [plan]
	uint32_t *tiers, *held, *passed; // [plan]: customers in a tier; disqualified; not
	uint32_t **segments;             // [plan][arm]
	struct ppm_coverage_override { struct ppm_span span; uint32_t used; } *overrides;
	uint32_t override_count;
};

void ppm_coverage_init(struct ppm_coverage *coverage, const struct ppm_allocator *allocator);
void ppm_coverage_free(struct ppm_coverage *coverage);
// For ppm_testing_request.look, with `explain`; the context is the coverage.
bool ppm_coverage_look(void *coverage, const struct ppm_model *model, uint32_t test, const struct ppm_engine_row *row);

struct ppm_coverage_sums {
	uint32_t rules, rules_fired;        // rewards and penalties
	uint32_t branches, branches_reached; // a rule fired and did not, a band, tier, arm of a segment, disqualifier that holds and does not, override
};
// Sums, and below them, when there is a buffer, what is not reached and why, for people. False: memory ran out.
bool ppm_coverage_report(const struct ppm_coverage *coverage, const struct ppm_model *model, bool colour, struct ppm_coverage_sums *sums, struct ppm_buffer *out);

#endif

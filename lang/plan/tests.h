// The tests of a model, resolved: the rows that each one gives, and which results of the program say whether what it expects holds.
//
// A test is about one row, that of the scored dataset whose columns its `given` names; other rows stand beside it, in its own dataset and in others. What a test does not give is
// filled in by whoever writes the rows (lang/testing/rows.c): an expectation that depends on a required column which is not given does not compile.
#ifndef PPM_LANG_PLAN_TESTS_H
#define PPM_LANG_PLAN_TESTS_H

#include "lang/plan/explain.h"

enum ppm_given_kind {
	PPM_GIVEN_VALUE,   // `value`, a constant of the column's type
	PPM_GIVEN_MISSING, // `days_late = missing`
	PPM_GIVEN_SAME,    // not written: what `other_column` has in the row `row`, since the two belong together
};

struct ppm_plan_given {
	enum ppm_given_kind kind;
	uint32_t column; // plan column of the row's dataset
	ppm_node_id value;
	uint32_t row, other_column;
	struct ppm_span span; // as written; SAME: of the row
};

struct ppm_plan_test_row {
	uint32_t dataset;
	struct ppm_plan_given *givens; // a column at most once
	uint32_t given_count;
	struct ppm_span span;
};

enum ppm_expected_kind {
	PPM_EXPECTED_FLAG, // the result is a flag
	PPM_EXPECTED_TEXT, // a test of the result's text: `reasons contains "late"`
	PPM_EXPECTED_AND,
	PPM_EXPECTED_OR,
	PPM_EXPECTED_NOT,
};
enum ppm_expected_text { PPM_EXPECTED_CONTAINS, PPM_EXPECTED_STARTS, PPM_EXPECTED_ENDS, PPM_EXPECTED_ONE_OF, PPM_EXPECTED_IS_MISSING };

// A condition with three values, like any other: `reasons` and `action` are texts that are made when a row is shown, so that what asks about them is decided then.
struct ppm_expected {
	enum ppm_expected_kind kind;
	uint32_t result;
	enum ppm_expected_text test;
	struct ppm_slice *texts; // one, or those of ONE_OF
	uint32_t text_count;
	struct ppm_expected *a, *b; // NOT: a
};

struct ppm_plan_expectation {
	struct ppm_span span; // of the expression
	const struct ppm_expression *written;
	ppm_node_id node;               // PPM_NODE_NONE where it asks about reasons or the action
	struct ppm_expected *condition; // NULL in a program that was not compiled for this test
	struct ppm_explain_reads sides; // what it compares, literals left out
	struct ppm_explain_reads reads; // the names and figures that it reads
	const uint32_t *facts;          // plan columns of the row that it depends on and that have no value in it: why it may be missing
	uint32_t fact_count;
};

struct ppm_plan_test {
	struct ppm_slice title;
	struct ppm_span span;           // of the title
	struct ppm_slice settings;      // the params and the day that it gives, as one text: tests with the same text may share a program
	bool gives_params;              // not the day alone
	struct ppm_plan_test_row *rows; // the first is the one that the test is about
	uint32_t row_count;
	struct ppm_plan_expectation *expectations;
	uint32_t expectation_count;
	bool explains;      // all that the score depends on is given: an explanation of the row says nothing that the test did not
	ppm_node_id is_row; // where the scored rows are made of others: whether a row is the one that the test is about. Else PPM_NODE_NONE
	uint32_t is_row_result;
};

#endif

// Running a model's tests: the rows that each test gives are written as CSV into memory and read by the rules of every file, the model is compiled with a result for each
// expectation, and the ordinary engine or job runs it. A test can therefore never be about another computation than a run's.
//
// Tests that give the same params share a program. Where the model streams, so that no row can see another, they share a run too; else each test's rows are a run of their own. What
// went wrong in company - a row that another test's expectation refuses - is run once more alone, and only that counts.
#ifndef PPM_LANG_TESTING_TESTING_H
#define PPM_LANG_TESTING_TESTING_H

#include "lang/plan/tests.h"
#include "lang/ppm.h"
#include "runtime/engine/row.h"

enum ppm_test_outcome {
	PPM_TEST_PASSED,
	PPM_TEST_FAILED,
	PPM_TEST_ERROR, // its row could not be scored: `problem` says why
};

// Something that an expectation compares or reads, and its value in the test's row.
struct ppm_test_value {
	struct ppm_slice name, value; // as a result shows it; empty when it is missing
	bool missing;
};

// An expectation that does not hold.
struct ppm_test_failure {
	struct ppm_span span;                 // of the expression
	struct ppm_slice written;             // on one line
	bool missing;                         // it is neither yes nor no
	struct ppm_test_value *sides, *reads; // what it compares; what it reads besides
	uint32_t side_count, read_count;
	struct ppm_slice *facts; // of one that is missing: the columns of the row that have no value and that it depends on
	uint32_t fact_count;
};

struct ppm_test_result {
	uint32_t number; // of the test in the model (lang/plan/tests.h)
	struct ppm_slice title;
	struct ppm_span span; // of the title
	uint32_t expectations;
	enum ppm_test_outcome outcome;
	struct ppm_test_failure *failures;
	uint32_t failure_count;
	struct ppm_slice problem;     // ERROR
	struct ppm_slice explanation; // of the row's score, as lines; empty where nothing depends on it, or not all of it is given
};

struct ppm_testing {
	struct ppm_model *model;         // checked, for its diagnostics and the places of spans; NULL when memory ran out before
	struct ppm_test_result *results; // of the tests that were chosen, in the order of the model
	uint32_t count, of;              // … and how many the model has
	uint32_t passed, failed;
	struct ppm_arena arena;
};

struct ppm_testing_request {
	const struct ppm_allocator *allocator;     // NULL: the default
	struct ppm_slice path;                     // of the model
	const struct ppm_compile_options *compile; // its loader, settings, days, tests_path; what it says of results is not used
	struct ppm_slice contains;                 // only tests with this in their title; empty: all
	bool explain;                              // failures come with an explanation
	bool stop;                                 // after a failure no more programs are compiled; tests that were not run are not in the results
	enum ppm_simd simd;
	uint64_t memory_limit;           // of what a job keeps; 0: none
	const char *folder;              // for temporary files; NULL: TMPDIR or /tmp
	const volatile int *interrupted; // may be NULL
	// When set, it is shown the row that each test is about, with the model that it was scored by (results of ppm_model_explanation, if `explain`, and of the expectations). False: memory ran out.
	bool (*look)(void *context, const struct ppm_model *model, uint32_t test, const struct ppm_engine_row *row);
	void *look_context;
};

// PPM_OK when the tests were run, whatever came out. PPM_ERROR_MODEL when the model, or a test, does not compile: then out->model has the diagnostics. PPM_ERROR_MEMORY, _LIMIT, _IO (a
// temporary file; errno), _INTERRUPTED. Free *out with ppm_testing_free whatever the status.
enum ppm_status ppm_testing_run(struct ppm_testing *out, const struct ppm_testing_request *request);
void ppm_testing_free(struct ppm_testing *testing);

// ---- what is given, as a file (rows.c) ------------------------------------------------------------------------------

// Appends the header of the dataset's rows as the program of PPM_OUTPUT_TESTS reads them, and the row itself, each with its line end.
void ppm_testing_write_header(const struct ppm_plan *plan, uint32_t dataset, struct ppm_buffer *out);
void ppm_testing_write_row(const struct ppm_plan *plan, const struct ppm_plan_test *test, uint32_t row, struct ppm_buffer *out);

// ---- reports (report.c). All begin with _begin, then one _model for each model, and end with _end.

enum ppm_testing_format { PPM_TESTING_TEXT, PPM_TESTING_TAP, PPM_TESTING_JUNIT };

struct ppm_testing_report {
	enum ppm_testing_format format;
	bool colour;
	bool quiet;              // TEXT: failures alone, no summary
	uint32_t passed, failed; // so far; a model that could not be tested counts as a failure
	uint32_t broken;         // … of these
	struct ppm_buffer body;
};

void ppm_testing_report_begin(struct ppm_testing_report *report, const struct ppm_allocator *allocator, enum ppm_testing_format format, bool colour);
// `path` is what the model is called.
void ppm_testing_report_model(struct ppm_testing_report *report, struct ppm_slice path, const struct ppm_testing *testing);
// A model that does not compile, or could not be run: `problem` says so.
void ppm_testing_report_broken(struct ppm_testing_report *report, struct ppm_slice path, struct ppm_slice problem);
// Appends the whole. The report is freed.
void ppm_testing_report_end(struct ppm_testing_report *report, struct ppm_buffer *out);

#endif

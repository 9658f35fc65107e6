// Between the files of this room.
#ifndef PPM_LANG_TESTING_TESTING_INTERNAL_H
#define PPM_LANG_TESTING_TESTING_INTERNAL_H

#include "lang/testing/testing.h"

// Tests that share a program.
struct ppm_testing_batch {
	struct ppm_testing *testing;
	const struct ppm_testing_request *request;
	bool alone;              // one test without company: its problems are told
	struct ppm_model *model; // compiled for them
	uint32_t *numbers;       // [test of the batch]: in the model
	struct ppm_test_result **results;
	bool *seen;         // its row was scored
	bool by_line;       // rows are told by where they begin, which is …
	uint64_t *lines;    // [test]; else by the test's own result
	uint32_t next, end; // the tests whose rows are still to come
	struct ppm_arena arena;
};

// Says in `result` whether the test's expectations hold in the row. False: memory ran out.
bool ppm_testing_judge(struct ppm_testing_batch *batch, const struct ppm_plan_test *test, struct ppm_test_result *result, const struct ppm_engine_row *row);
// What the model's compiler says, in the testing's arena.
struct ppm_slice ppm_testing_first_error(struct ppm_testing_batch *batch);
// The row's score from 100 down, as lines; empty where there is none.
bool ppm_testing_explain(struct ppm_testing_batch *batch, const struct ppm_engine_row *row, struct ppm_slice *out);

// All digits that it takes to read the same number back, without an exponent; the size.
size_t ppm_testing_number(double x, char out[400]);
// A ratio as a percentage, likewise.
void ppm_testing_append_percent(struct ppm_buffer *out, double ratio);

#endif

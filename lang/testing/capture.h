// A test written from a real row: what the row says is given, with the rows of other datasets that its figures are made of, and what came of it is expected.
//
// A test has no rows but those that it gives. What compares the row with all others - ranks, medians, metrics - is therefore left out with all that depends on it, and what is
// written was run first: a captured test passes.
#ifndef PPM_LANG_TESTING_CAPTURE_H
#define PPM_LANG_TESTING_CAPTURE_H

#include "lang/plan/reach.h"
#include "lang/testing/testing.h"

#define PPM_CAPTURED_ROWS 200u // a test of more would be read by nobody

struct ppm_captured_row {
	uint32_t dataset;
	uint64_t line;           // of its file
	bool below;              // the row itself, or one that belongs to it: what refers to it belongs to it, too
	struct ppm_slice *cells; // [plan column]: its value as a model writes it; empty: missing, or nobody asks
};

// A result of the row: as JSON, and exactly where it is a figure.
struct ppm_captured_result {
	struct ppm_slice json;
	bool exact, is_double;
	ppm_int128 value; // 10^-12
	double number;    // what is too large for that
};

// What was left out, and why: a sentence.
struct ppm_captured_left {
	struct ppm_slice why, names; // "score, tier"
	struct ppm_captured_left *next;
};

struct ppm_capture {
	const struct ppm_model *model; // compiled with PPM_OUTPUT_EXPLAIN
	struct ppm_slice title;
	struct ppm_slice key;                      // of the row, as a model writes it, where the rows that are scored are made of others
	const struct ppm_captured_result *results; // [result]
	struct ppm_captured_row *rows;             // room for PPM_CAPTURED_ROWS
	uint32_t row_count;
	bool more; // there are further rows
	struct ppm_captured_left *left;
	uint32_t expectations; // that the test has
	// what the scored rows depend on
	uint8_t *columns, *plain; // [plan column]: by any way; by its own value
	uint8_t *down, *up;       // [link]: rows of `from` belong to their row of `to`; rows of `to` are looked up
	struct ppm_arena *arena;
};

// Finds what the model's results depend on. The caller sets the title, the key and the results. False: memory ran out.
bool ppm_capture_begin(struct ppm_capture *capture, const struct ppm_model *model, struct ppm_arena *arena);
// Whether rows of the dataset may have to be given.
bool ppm_capture_wants(const struct ppm_capture *capture, uint32_t dataset);
// Adds the batch's row if it is the scored row (`own`), or belongs to one that was added before, or is looked up by it. `columns` are the program's columns in the plan. False: memory ran out.
bool ppm_capture_take(struct ppm_capture *capture, uint32_t dataset, const uint32_t *columns, const struct ppm_program *program, const struct ppm_source *source,
	const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint32_t row, uint64_t line, bool own);
// Appends the test in canonical form; nothing where nothing is left to expect. `request` is how tests of the model are run: its compile options have a tests_path, whose file need not exist,
// and neither settings nor a scenario. Any status of ppm_testing_run but PPM_ERROR_MODEL.
enum ppm_status ppm_capture_write(struct ppm_capture *capture, const struct ppm_testing_request *request, struct ppm_buffer *out);

// Appends a result, as JSON, as a model writes it where that is a literal of the same look: a text, a figure, a flag. For the key of rows that are made of others.
void ppm_capture_literal(struct ppm_slice json, struct ppm_arena *arena, struct ppm_buffer *out);

#endif

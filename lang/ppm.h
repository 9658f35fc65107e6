// ppm's public interface: a model's text in, a verified program out, which the runtime then runs over data (runtime/engine/engine.h).
//
// No global state: models are independent of each other, and each is used by one thread at a time. A program is read only and may be run by many.
#ifndef PPM_LANG_PPM_H
#define PPM_LANG_PPM_H

#include "lang/diag/diag.h"
#include "runtime/base/status.h"
#include "runtime/bytecode/job.h"

#define PPM_VERSION "0.1.0"

struct ppm_model;
struct ppm_explanation;
struct ppm_plan;
struct ppm_syntax_tree;

// How a model asks for the files that it names (`use "rules/payments.ppm"`): `path` is as ppm joined it, below the model's folder. Sets *text to bytes that
// stay alive until the model is freed (the loader owns them) and *identity to a text that is the same for the same file
// (it may be `path`). On failure returns PPM_ERROR_IO with a sentence in `problem` ("no such file").
struct ppm_loader {
	enum ppm_status (*load)(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256]);
	void *context;
};

// A value for a param from the command line, "horizon=5 years".
struct ppm_setting {
	struct ppm_slice name, value;
	const char *option; // that messages name; NULL: --set
};

enum ppm_output_choice {
	PPM_OUTPUT_MODEL,   // what `output` says; without one: the key, each dimension, points, score, tier, segments, perspectives, evidence, reasons
	PPM_OUTPUT_COLUMNS, // the names in `columns`
	PPM_OUTPUT_ALL,     // every column of the file, then every value of the model
	PPM_OUTPUT_EXPLAIN, // what ppm_model_explanation lists, with the values named in `columns`
	PPM_OUTPUT_TESTS,   // what the expectations of `tests` need
	PPM_OUTPUT_FACTS,   // what lints look at in data: the columns of the scored rows, what conditions hold, what they compare with constants, classes; plan->results[i].node says which
	PPM_OUTPUT_VALUES,  // result i is the value of columns[i], typed even where it is a column of the file: for callers that compute with it
};

struct ppm_compile_options {
	const struct ppm_allocator *allocator; // NULL: the default
	struct ppm_loader loader;
	const struct ppm_setting *settings;
	size_t setting_count;
	struct ppm_slice scenario; // of the model, whose values are in force but for those in `settings`; empty: none
	struct ppm_slice as_of; // "2026-06-30", or empty
	int32_t today;          // for `as of today`; days since 1970-01-01
	bool strict;            // warnings are errors; a computation without a value is an error of its row
	enum ppm_output_choice output;
	const struct ppm_slice *columns; // PPM_OUTPUT_COLUMNS, PPM_OUTPUT_EXPLAIN, PPM_OUTPUT_VALUES
	size_t column_count;
	// Where the result begins with every column of the file: all that the model declares are checked, as those that `output` names are, so that a format with types may show
	// them. Else only those that something reads; the others come out as they stand.
	bool check_all;
	// PPM_OUTPUT_EXPLAIN: the value that a backtest holds the model against, or empty. A name that the model does not have is a column of the scored dataset's file, read as
	// text. With it each band of `bands` has a result, too, and what is named in `by`, which may be such columns as well.
	struct ppm_slice outcome;
	const struct ppm_slice *by;
	size_t by_count;
	// The model's file of tests, beside it, through the loader; empty: none. What it says is checked like the model's own tests.
	struct ppm_slice tests_path;
	// PPM_OUTPUT_TESTS: the tests by number (lang/plan/tests.h). The params and the day that the first one gives hold: those of the others must be the same.
	const uint32_t *tests;
	size_t test_count;
	bool explain; // PPM_OUTPUT_TESTS: with all that PPM_OUTPUT_EXPLAIN has
	// The data file's header when it is known, for models without a dataset and for "did you mean"; else NULL.
	const struct ppm_slice *headers;
	size_t header_count;
	// Texts that the program's constants begin with, in this order and each once, so that programs of several models agree on their codes; ppm_model_texts gives those of another.
	const struct ppm_slice *texts;
	size_t text_count;
	bool optimise; // false: no fused instructions, for tests that compare both
};

// Compiles the model file `path` (through the loader). *out is set unless memory ran out, even when the model has errors (PPM_ERROR_MODEL): then it holds
// the diagnostics. Free with ppm_model_free.
enum ppm_status ppm_model_compile(struct ppm_model **out, struct ppm_slice path, const struct ppm_compile_options *options);
void ppm_model_free(struct ppm_model *model);

// Its diagnostics: errors, warnings, notes. Belongs to the model.
struct ppm_diagnostics *ppm_model_diagnostics(struct ppm_model *model);
// The verified program, NULL when the model has errors. Belongs to the model.
const struct ppm_program *ppm_model_program(const struct ppm_model *model);
// The job of a model that needs more than a row at a time, else NULL. Belongs to the model; its final program is ppm_model_program.
const struct ppm_job *ppm_model_job(const struct ppm_model *model);

// The text constants of its programs: code i is text i. Belong to the model.
const struct ppm_slice *ppm_model_texts(const struct ppm_model *model, size_t *count);

// The datasets that the model declares, the scored one first; none when its columns come from their use.
struct ppm_model_dataset {
	struct ppm_slice name;
	struct ppm_slice file;  // `from "regions.csv"`, below the model's folder; else empty
	bool derived;           // its rows are made from another dataset's: it has no file
};
uint32_t ppm_model_dataset_count(const struct ppm_model *model);
// `index` is below the count.
struct ppm_model_dataset ppm_model_dataset(const struct ppm_model *model, uint32_t index);
// What the model says of a metric; may be empty.
struct ppm_slice ppm_model_metric_doc(const struct ppm_model *model, struct ppm_slice metric);

// What `ppmc check` prints: the model in words - columns with types (and whether inferred), params, each dimension with weight, range and rules, tiers in order, segments, perspectives, outputs.
void ppm_model_describe(const struct ppm_model *model, struct ppm_buffer *out);
// The notes on what a model without a dataset took its columns for: "days_late: number", one a line; empty for other models.
void ppm_model_describe_inferred(const struct ppm_model *model, struct ppm_buffer *out);

// What each result of a model that was compiled with PPM_OUTPUT_EXPLAIN says (lang/plan/explain.h); NULL of other models. Belongs to the model, as the map of its sources does.
const struct ppm_explanation *ppm_model_explanation(const struct ppm_model *model);
const struct ppm_source_map *ppm_model_sources(const struct ppm_model *model);
// What the model says and what was made of it, for those who analyse models; NULL when it has errors. They belong to the model.
const struct ppm_syntax_tree *ppm_model_tree(const struct ppm_model *model);
const struct ppm_plan *ppm_model_plan(const struct ppm_model *model);
// The same for an analysis that adds nodes of its own: what the model was compiled to does not change with them.
struct ppm_plan *ppm_model_workbench(struct ppm_model *model);

// The page of a diagnostic or data code ("E0203", "D0202"), as docs/errors/ has it; empty when there is none. The build embeds the pages.
struct ppm_slice ppm_error_page(struct ppm_slice code);

#endif

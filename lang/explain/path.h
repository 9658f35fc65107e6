// What would have to be different about a row for another tier: facts that are changed, and what the engine makes of them.
//
// A fact is a field of the row, or a figure over rows of another table, which is changed as a whole. Nothing here knows how a model computes: values to try are taken from what the model
// compares a fact with and from what the file has, whoever called computes the changed rows, and edges between what suffices and what does not are found by halving. So
// what is promised is what a run over the changed file says.
#ifndef PPM_LANG_EXPLAIN_PATH_H
#define PPM_LANG_EXPLAIN_PATH_H

#include "lang/plan/explain.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"

struct ppm_column;

// A result's cell of the row: for people, and as JSON ("null" where it is missing).
struct ppm_explained_cell {
	struct ppm_slice text, json;
};

#define PPM_PATH_CHANGES 3u
#define PPM_PATHS_SHOWN 5u
#define PPM_ASK_TIERS 3u

// What the file has of a fact, in 10^-12 (days of dates and durations).
#define PPM_ROW_FACT_SAMPLES 64u
struct ppm_row_fact_range {
	uint64_t count;
	ppm_int128 low, high;
	int places;                               // decimals that are used
	ppm_int128 samples[PPM_ROW_FACT_SAMPLES]; // of every so many-th row
	uint32_t sample_count;
	uint64_t stride;
};
// Takes one row's value.
void ppm_row_fact_range_add(struct ppm_row_fact_range *range, ppm_int128 exact);

struct ppm_row_fact {
	struct ppm_slice name;
	uint32_t result; // its value
	uint32_t column; // of the plan: a field of the row's file; PPM_NO_ID: a figure over other rows
	uint32_t step;   // of a figure, as ppm_explain_value has it
	struct ppm_type type;
	bool settled; // a day that has passed
	bool known;
	int places;    // a figure is counted in steps of 10^-places (of a percent: of its ratio); days and months in ones
	int64_t value; // in steps; a flag 0 or 1; a text its index in `texts`
	int64_t span;  // how far apart the file's values are, in steps
	struct ppm_slice *texts;
	uint32_t text_count;
	uint32_t other; // the text that stands for any that the model does not know; PPM_NO_ID: none
	int64_t *tries; // values worth trying, ascending, without its own
	bool *named;    // [try]: the model names it
	uint32_t try_count;
};

struct ppm_try_change {
	uint32_t fact;
	int64_t value;
};
struct ppm_try {
	struct ppm_try_change changes[PPM_PATH_CHANGES];
	uint32_t count;
};
struct ppm_try_outcome {
	bool valid;                 // the row could be scored
	uint32_t tier;              // the first of the plan's with its name; PPM_NO_ID: none of them
	struct ppm_slice tier_name; // as it is shown; lives as long as the arena
	bool has_score;
	double score;
	uint64_t clauses; // of the tier that is aimed at: those that hold
};

// Computes changed rows.
struct ppm_trier {
	enum ppm_status (*run)(void *context, const struct ppm_try *tries, size_t count, struct ppm_try_outcome *outcomes);
	void *context;
	uint64_t limit; // of rows
	bool dear;      // each is a run of its own
};

enum ppm_path_extent { PPM_EXTENT_TO, PPM_EXTENT_OR_LESS, PPM_EXTENT_OR_MORE, PPM_EXTENT_UNTIL, PPM_EXTENT_ANY };

// A change with how far it may go: every value that was tried there suffices as well.
struct ppm_path_change {
	uint32_t fact;
	int64_t value;
	enum ppm_path_extent form;
	int64_t until; // UNTIL: the other end
	bool has_short;
	int64_t short_of;   // the nearest value that does not suffice, on the side of what the row has
	uint32_t others[8]; // of a text: other texts that suffice
	uint32_t other_count;
};

struct ppm_path {
	struct ppm_path_change changes[PPM_PATH_CHANGES];
	uint32_t count;
	double size; // relative to what the file has
	struct ppm_try_outcome outcome;
};

enum ppm_path_answer {
	PPM_PATH_FOUND,
	PPM_PATH_NOTHING,    // that was tried
	PPM_PATH_TOP,        // there is no tier to reach
	PPM_PATH_THERE,      // it is in the tier that was asked for
	PPM_PATH_OVERRIDDEN, // an override decides
	PPM_PATH_TOO_LARGE,  // the file is too large to be read again for each try
};

struct ppm_paths {
	enum ppm_path_answer answer;
	uint32_t target; // FOUND, NOTHING, THERE
	bool or_better;  // a tier before it counts as well
	struct ppm_path paths[PPM_PATHS_SHOWN];
	uint32_t count;
	bool limited; // the search ended at the trier's limit
	uint64_t tried;
	uint32_t depth; // as many facts were changed at once at most
	bool has_best;  // NOTHING: the highest score that was seen
	struct ppm_path best;
};

// What knowing a fact could do.
struct ppm_ask_tier {
	struct ppm_path_change change;
	struct ppm_try_outcome outcome;
};
struct ppm_ask {
	uint32_t fact;
	struct ppm_ask_tier tiers[PPM_ASK_TIERS];
	uint32_t count;
};

// The facts of a row, with what is worth trying. `cells` are its results, `ranges` what the file has of each field of `about` and then of each figure. NULL: memory.
struct ppm_row_fact *ppm_path_facts(
	const struct ppm_explanation *about, const struct ppm_explained_cell *cells, const struct ppm_row_fact_range *ranges, struct ppm_arena *arena, uint32_t *count);
// The value of a fact as a person writes it, and as a field of the file of that program column has to have it.
struct ppm_slice ppm_row_fact_shown(const struct ppm_row_fact *fact, int64_t value, struct ppm_arena *arena);
void ppm_row_fact_json(const struct ppm_row_fact *fact, int64_t value, struct ppm_buffer *out);
void ppm_row_fact_field(const struct ppm_row_fact *fact, int64_t value, const struct ppm_column *column, struct ppm_buffer *out);

// Which tier comes next for a row that is in `own` (PPM_NO_ID: in none), or PPM_NO_ID; *or_better: those before it that a higher score reaches count, too.
uint32_t ppm_path_target(const struct ppm_explanation *about, uint32_t own, bool *or_better);
// Whether a tier is one that a higher score reaches.
bool ppm_path_rises(const struct ppm_explanation *about, uint32_t tier);

// The search. `base` is the row as it is. PPM_OK, PPM_ERROR_MEMORY or what the trier says.
enum ppm_status ppm_path_find(struct ppm_paths *out, const struct ppm_explanation *about, const struct ppm_row_fact *facts, uint32_t count, const struct ppm_try_outcome *base,
	uint32_t target, bool or_better, const struct ppm_trier *trier, struct ppm_arena *arena);
// For each fact that is not known: which other tiers knowing it could make. *out has an entry for each of *count facts that can.
enum ppm_status ppm_path_ask(struct ppm_ask **out, uint32_t *count, const struct ppm_explanation *about, const struct ppm_row_fact *facts, uint32_t fact_count,
	const struct ppm_try_outcome *base, const struct ppm_trier *trier, struct ppm_arena *arena);

#endif

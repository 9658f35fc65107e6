// Why a row has the score that it has: a waterfall from 100 to the score as shown, that adds up to the last hundredth.
//
// The figures are those that the engine computed for the row; what a rule cost is worked out from them once more, in exact decimals, by the definition that the reasons
// have: weight × distance from the rule's best ÷ range. Whatever stands between the rules and the score (a cap, a range, the end of the scale, the score's own
// rounding) has a line, so that nothing is spread over lines that did not cause it.
#ifndef PPM_LANG_EXPLAIN_EXPLAIN_H
#define PPM_LANG_EXPLAIN_EXPLAIN_H

#include "lang/diag/source_map.h"
#include "lang/explain/path.h"
#include "runtime/base/status.h"
#include "runtime/engine/job_watch.h"

// A row that was looked up.
struct ppm_explained_row {
	const struct ppm_explanation *about;
	const struct ppm_source_map *sources;
	const struct ppm_explained_cell *cells; // [result]
	struct ppm_slice file;                  // that it stands in
	uint64_t line;                          // 0: of none
	bool ask;                               // what is not known is listed, too
	const struct ppm_job_watch *watch;      // the rows behind its figures; NULL: not known
	const struct ppm_row_fact *facts;       // what can be different about it, with `paths` and `asks`
	const struct ppm_paths *paths;          // to another tier; NULL: nobody asks
	const struct ppm_ask *asks;             // what knowing a fact could do
	uint32_t ask_count;
	const struct ppm_job *job;     // with `watch`
	const struct ppm_slice *files; // [table of the job], likewise: empty where it has no file; one more: the file to compare with
};

// A fact that is missing in the row, and what knowing it could change.
struct ppm_explain_fact {
	struct ppm_slice name;
	double stake;              // points of the score that hang on it at most: of its rules together, from the worst to the best that they can do
	struct ppm_slice rules;    // "slow_payer, pays_early"; empty: no rule hangs on it
	const struct ppm_ask *ask; // the other tiers that it could make; NULL: none that was found
};

enum ppm_outcome {
	PPM_OUTCOME_NONE, // a line that is no rule's
	PPM_OUTCOME_FIRED,
	PPM_OUTCOME_NOT_FIRED,
	PPM_OUTCOME_UNKNOWN, // its condition or its points are missing
	PPM_OUTCOME_DEFAULT, // likewise, and the rule says what counts then (`missing P`)
	PPM_OUTCOME_COUNTED, // a scale, bands, a bundle: it always counts when it is known
};

enum ppm_waterfall_kind {
	PPM_LINE_RULE,
	PPM_LINE_MEMBER,   // a rule of a `best of`, whose line has the cost
	PPM_LINE_GROUP,    // the head of a group: its rules have the costs
	PPM_LINE_CAP,      // what a group's cap took, or gave back
	PPM_LINE_RANGE,    // what a dimension's range took, or gave back
	PPM_LINE_LIMIT,    // after `adjust`: the score stays within 0 and 100
	PPM_LINE_ROUNDING, // of the score as shown
};

struct ppm_waterfall_line {
	enum ppm_waterfall_kind kind;
	const struct ppm_plan_rule *rule; // RULE, MEMBER, GROUP, CAP
	uint32_t dimension;               // PPM_NO_DIMENSION: of `adjust`, or of the whole
	uint32_t depth;                   // within bundles
	enum ppm_outcome outcome;
	bool counts;          // MEMBER: it is the one that counts
	bool has_change;      // false: MEMBER, GROUP, and all lines when there is no score
	int64_t points, best; // RULE, MEMBER: millionths of the dimension's points
	ppm_int128 exact;     // change of the score, in 10^-20 points
	int64_t change;       // as shown, in units of 10^-places
};

struct ppm_waterfall_dimension {
	bool known;
	int64_t points, low, high; // millionths: the points within the range, and the range that this row has
	int64_t change;            // all its lines together
};

struct ppm_waterfall {
	bool has_score;
	int places;    // of the changes: those of the score, at least 2
	int64_t start; // 100, in units
	int64_t score; // as shown, in units
	struct ppm_waterfall_line *lines;
	uint32_t count;
	struct ppm_waterfall_dimension *dimensions; // [plan]
	double weights;                             // of the dimensions that are known
};

// Everything is made in the arena. PPM_OK or PPM_ERROR_MEMORY.
enum ppm_status ppm_waterfall_make(struct ppm_waterfall *waterfall, struct ppm_arena *arena, const struct ppm_explained_row *row);

// How far the row is from the tier before its own: the index of that tier in the plan, or PPM_NO_ID when there is none better.
uint32_t ppm_explain_tier(const struct ppm_explained_row *row, uint32_t *missed);
// The result that is the action of the tier that the row has in the end, be it by an override; PPM_NO_ID where that has none.
uint32_t ppm_explain_action(const struct ppm_explained_row *row);
// By how much a comparison of two figures fails, as text ("8.8", "5%"); empty when it holds, or is none. *above: the value is too high.
struct ppm_slice ppm_explain_gap(const struct ppm_explained_row *row, const struct ppm_explain_clause *clause, struct ppm_arena *arena, bool *above);

// The missing facts that the tier hangs on, or rules which are unknown, go by their `missing` or by what stands in for the fact: those that can change the tier first, then the one with most at
// stake; ties in the order of the rules. Returns how many; *facts is NULL when memory ran out.
uint32_t ppm_explain_facts(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, struct ppm_arena *arena, struct ppm_explain_fact **facts);

// ---- cells
bool ppm_explained_has(const struct ppm_explained_row *row, uint32_t result); // there is such a result, and it is not missing
bool ppm_explained_is(const struct ppm_explained_row *row, uint32_t result);  // a flag that holds
const char *ppm_outcome_word(enum ppm_outcome outcome);
// Where the span begins: the file, and its line; 0 when nowhere.
uint32_t ppm_explain_place(const struct ppm_explained_row *row, struct ppm_span span, struct ppm_slice *file);
// The rows behind a figure, or NULL.
const struct ppm_watched_figure *ppm_explain_rows_of(const struct ppm_explained_row *row, const struct ppm_explain_value *value);
// The line of the customer's row in a dataset of overrides, and its file; 0 when it is not known.
uint64_t ppm_explain_overriding_line(const struct ppm_explained_row *row, const struct ppm_explain_overriding *overriding, struct ppm_slice *file);
// What is signed for the customer and has not expired; where there are several, what counts is the last.
struct ppm_explain_exception {
	struct ppm_slice tier; // empty: there is none
	bool sure;             // no disqualifier stands before it
};
struct ppm_explain_exception ppm_explain_exception(const struct ppm_explained_row *row);
// Whether its last day has passed.
bool ppm_explain_has_expired(const struct ppm_explained_row *row, const struct ppm_explain_overriding *overriding);
// What a line that is no rule's is called: "kept within 0 and 100".
struct ppm_slice ppm_explain_line_name(const struct ppm_explained_row *row, const struct ppm_waterfall_line *line, struct ppm_arena *arena);
// A count of units as a decimal with `places` places, with a sign where asked for.
void ppm_explain_units(struct ppm_buffer *out, int64_t units, int places, bool sign);
// Millionths without trailing zeros.
void ppm_explain_points(struct ppm_buffer *out, int64_t millionths);

// ---- paths, in words; everything is escaped
// "days_late 45 → 30 or less, nps (missing) → 9 or more"
struct ppm_slice ppm_path_words(const struct ppm_explained_row *row, const struct ppm_path *path, struct ppm_arena *arena);
// "tier good (score 61.2)"
struct ppm_slice ppm_path_outcome(const struct ppm_explained_row *row, const struct ppm_try_outcome *outcome, struct ppm_arena *arena);
// "30 or less"
struct ppm_slice ppm_path_value(const struct ppm_row_fact *fact, const struct ppm_path_change *change, struct ppm_arena *arena);
// Whether one of its facts is made of other rows.
bool ppm_path_has_figure(const struct ppm_explained_row *row, const struct ppm_path *path);

// ---- rendering
void ppm_explain_text(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, bool colour, struct ppm_arena *arena, struct ppm_buffer *out);
void ppm_explain_markdown(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, struct ppm_arena *arena, struct ppm_buffer *out);
// One JSON object.
void ppm_explain_json(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, struct ppm_arena *arena, struct ppm_buffer *out);

#endif

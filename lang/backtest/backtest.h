// Does the score predict? A model held against what became of the customers: an outcome that each of them has or has not.
//
// Rows are counted as they come and not kept: how many customers with and without the outcome have which score, which dimension, which tier, for how many of them each rule fired. Everything
// that is reported is worked out from those counts at the end.
#ifndef PPM_LANG_BACKTEST_BACKTEST_H
#define PPM_LANG_BACKTEST_BACKTEST_H

#include "lang/compare/condition.h"
#include "lang/diag/source_map.h"
#include "lang/plan/explain.h"
#include "runtime/engine/row.h"
#include "runtime/statistics/proportions.h"

#define PPM_BACKTEST_PARTS 10   // of the customers in the order of their scores
#define PPM_BACKTEST_BINS 10    // of the score: 0 to 10, … 90 to 100
#define PPM_BACKTEST_FIFTHS 5   // of a scale's points
#define PPM_BACKTEST_SEEN 12    // distinct values of the outcome that messages name
#define PPM_BACKTEST_GROUPS 100 // that `--by` may make
#define PPM_OUTCOME_VALUES_LIMIT 64

// What `--outcome` says: a flag, or a value of a column.
struct ppm_outcome_request {
	struct ppm_slice text; // as written, for headings
	struct ppm_slice name;
	struct ppm_slice values[PPM_OUTCOME_VALUES_LIMIT]; // none: it is a flag
	uint32_t value_count;
	bool wanted; // it is one to hope for: who has it should score higher
};
// `churned`, `status=Churned|Lost`, a name with blanks or `=` in `backquotes`. False when it is none of these; *problem is then a sentence.
bool ppm_outcome_parse(struct ppm_slice text, struct ppm_outcome_request *out, const char **problem);

// A value of the outcome as the data has it, for messages.
struct ppm_outcome_seen {
	struct ppm_slice text;
	uint64_t rows;
};

enum ppm_evidence {
	PPM_EVIDENCE_NONE,  // it never differs: nothing can be told
	PPM_EVIDENCE_OPEN,  // the interval holds both directions
	PPM_EVIDENCE_RIGHT, // whoever has more points has the better outcome
	PPM_EVIDENCE_WRONG, // … the worse
};

// Customers of one kind: a tier, a segment's arm, a band, those for whom a rule fired.
struct ppm_backtest_group {
	struct ppm_slice name;
	struct ppm_class_counts counts;
};

struct ppm_backtest_rule {
	const struct ppm_plan_rule *rule;
	struct ppm_slice reads;            // a column that the outcome is or is made of, and that the rule reads; empty: none
	struct ppm_backtest_group *groups; // fired, not fired, unknown; or bands; or fifths of a scale, with unknown last; those without customers too
	uint32_t group_count;
	enum ppm_evidence evidence;
	double information;                       // its information value
	struct ppm_rate_ratio lift;               // REWARD, PENALTY: fired over not fired
	struct ppm_class_tally points;            // SCALE, BANDS: millionths
	struct ppm_discrimination discrimination; // likewise
};

// Something else that reads the outcome: "the tier `gone`".
struct ppm_backtest_leak {
	const char *what;
	struct ppm_slice name, reads;
};

struct ppm_backtest_figure {
	struct ppm_slice name;
	uint32_t result;
	int64_t unit; // of the tally's values, in 10^-12
	struct ppm_class_tally tally;
	struct ppm_discrimination discrimination;
};

// An amount that customers with the outcome had, by the score.
struct ppm_backtest_value {
	struct ppm_slice name;
	uint32_t result;
	uint64_t missing; // rows without it
	uint64_t beyond;  // rows whose value is beyond what is added up exactly, ±900 trillion
	double lost[PPM_BACKTEST_PARTS], all[PPM_BACKTEST_PARTS], lost_total, all_total;
};

// Customers by a segment of the model, or by the values of whatever `--by` names; in each group the score is tried on its own.
struct ppm_backtest_split {
	struct ppm_slice name;
	uint32_t result;
	bool open;     // groups come up in the data, as texts, in their order at the end
	bool too_many; // more than PPM_BACKTEST_GROUPS
	struct ppm_backtest_group *groups;
	struct ppm_class_tally *scores;             // [group]
	struct ppm_discrimination *discriminations; // [group]
	uint32_t group_count;
};

struct ppm_backtest_part {
	struct ppm_cut from, to;
	bool there;        // somebody is in it
	int64_t low, high; // scores, in units of the last place
	double customers, with;
};

// Two tiers that are next to each other by the mean score of their customers, whose rates are in the wrong order.
struct ppm_backtest_disorder {
	uint32_t better, worse; // groups
	bool clear;             // their intervals do not overlap
};

struct ppm_backtest {
	const struct ppm_explanation *about;
	const struct ppm_outcome_request *outcome;
	enum { PPM_OUTCOME_FLAG, PPM_OUTCOME_TEXT, PPM_OUTCOME_FIGURE } outcome_kind;
	struct ppm_arena arena;
	enum ppm_expected expected; // where on the score customers with the outcome are expected
	bool too_many;              // customers: the rest is not counted

	struct ppm_class_counts counts;
	uint64_t missing;  // rows without the outcome
	uint64_t unscored; // rows with it and without a score
	bool has_score;
	struct ppm_backtest_figure score, *dimensions, *perspectives; // `score` in units of its last place
	uint32_t dimension_count, perspective_count;
	struct ppm_backtest_part parts[PPM_BACKTEST_PARTS];
	struct ppm_class_counts bins[PPM_BACKTEST_BINS];
	struct ppm_backtest_group *tiers; // as in the model, each name once, `disqualified`, `unverified`, none
	uint32_t tier_count, model_tiers; // the first of them are the model's own
	ppm_int128 *tier_scores;          // the sum of their customers' scores, in units of the last place …
	uint64_t *tier_scored;            // … and how many of them have one
	struct ppm_backtest_disorder *disorders;
	uint32_t disorder_count;
	struct ppm_backtest_split *splits; // the model's segments, whose last group is of no arm; then by what was asked
	uint32_t segment_count, split_count;
	struct ppm_backtest_rule *rules; // rewards, penalties, scales and bands, in the model's order
	uint32_t rule_count;
	struct ppm_backtest_leak *leaks;
	uint32_t leak_count;
	bool outcome_reads_score; // the outcome is made of what it is to be predicted by
	struct ppm_backtest_value *values;
	uint32_t value_count;

	// Of the outcome's column.
	struct ppm_outcome_seen seen[PPM_BACKTEST_SEEN];
	uint32_t seen_count;
	bool seen_more;
	struct ppm_slice strange; // a value that says neither yes nor no, and where it stands
	uint64_t strange_line;
	ppm_int128 figures[PPM_OUTCOME_VALUES_LIMIT]; // FIGURE: the values that count, in 10^-12

	struct ppm_backtest_sums *sums; // amounts by score, while rows come in
	struct ppm_buffer cell;
};

// PPM_OK, PPM_ERROR_MEMORY, or PPM_ERROR_MODEL when the outcome or a value is of a kind that cannot be held against: *problem and *help are then sentences (in the arena, NUL-terminated).
// Everything lives until ppm_backtest_free, which is called in any case.
enum ppm_status ppm_backtest_begin(struct ppm_backtest *backtest, const struct ppm_allocator *allocator, const struct ppm_explanation *about, const struct ppm_source_map *sources,
	const struct ppm_outcome_request *outcome, const char **problem, const char **help);
// Counts a row. False: memory ran out. Rows whose outcome cannot be read are counted too, so that the message can say what there is.
bool ppm_backtest_row(struct ppm_backtest *backtest, const struct ppm_engine_row *row);
// After the last row. PPM_ERROR_DATA when there is nothing to compare, PPM_ERROR_LIMIT with too many customers or groups: *problem and *help say why.
enum ppm_status ppm_backtest_finish(struct ppm_backtest *backtest, const char **problem, const char **help);
void ppm_backtest_free(struct ppm_backtest *backtest);

// ---- leak.c
// What the rules, tiers and so on read of what the outcome is made of: fills `reads` and `leaks`.
bool ppm_backtest_leaks(struct ppm_backtest *backtest);

// ---- sums.c: exact sums by score
struct ppm_backtest_sums *ppm_backtest_sums_new(const struct ppm_allocator *allocator, uint32_t values);
void ppm_backtest_sums_free(struct ppm_backtest_sums *sums);
// Amounts in 10^-12. False: memory.
bool ppm_backtest_sums_add(struct ppm_backtest_sums *sums, int64_t score, uint32_t value, bool with, ppm_int128 amount);
// The sum of that score, with the outcome or of all.
ppm_int128 ppm_backtest_sum(const struct ppm_backtest_sums *sums, int64_t score, uint32_t value, bool with);

// ---- findings.c: what is to be looked at before any figure
enum ppm_finding_kind { PPM_FINDING_LEAK, PPM_FINDING_DIRECTION, PPM_FINDING_RULE, PPM_FINDING_TIER };
struct ppm_finding {
	enum ppm_finding_kind kind;
	struct ppm_slice name; // of the rule, tier …
	const char *text;      // a sentence, safe to show
};
// All of them, the gravest first, in the arena. Returns how many; *findings is NULL when memory ran out.
uint32_t ppm_backtest_findings(const struct ppm_backtest *backtest, struct ppm_arena *arena, struct ppm_finding **findings);
const char *ppm_finding_word(enum ppm_finding_kind kind);
const char *ppm_evidence_word(enum ppm_evidence evidence);

// ---- figures.c: by name, for `--fail-if`; they are those of a struct ppm_backtest that is finished
extern const struct ppm_figure_set ppm_backtest_figures;
// "auc = 0.6323, wrong = 1": those that the condition names.
const char *ppm_backtest_condition_figures(const struct ppm_backtest *backtest, const struct ppm_condition *condition, struct ppm_arena *arena);
struct ppm_backtest_condition {
	struct ppm_condition condition;
	bool holds;
};

// ---- rendering: text.c, json.c
struct ppm_backtest_page {
	const struct ppm_backtest *backtest;
	const struct ppm_source_map *sources;
	struct ppm_slice file; // the data's name
	bool colour;
	const struct ppm_backtest_condition *conditions;
	uint32_t condition_count;
};
void ppm_backtest_text(const struct ppm_backtest_page *page, bool markdown, struct ppm_arena *arena, struct ppm_buffer *out);
void ppm_backtest_json(const struct ppm_backtest_page *page, struct ppm_arena *arena, struct ppm_buffer *out);

#endif

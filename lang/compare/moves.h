// Whom a change of a model moves: both models' results of the same rows, matched, and what follows from the two together - who is in another tier, what that is
// worth, how scores are distributed, which rules fire for whom.
//
// The models run one after the other. Of a row of the older one a few bytes are kept (its line, its score in units, codes of its tier and segments, two bits a rule), so
// that millions fit; of the newer one nothing but its score. All figures are whole numbers or exact amounts: they add up, and do not depend on the order of rows.
#ifndef PPM_LANG_COMPARE_MOVES_H
#define PPM_LANG_COMPARE_MOVES_H

#include "lang/compare/changes.h"
#include "lang/plan/plan.h"
#include "runtime/base/status.h"

enum { PPM_BEFORE, PPM_AFTER, PPM_SIDES };

#define PPM_MOVES_NO_ROW UINT64_MAX
#define PPM_MOVES_TOP_LIMIT 1000
#define PPM_MOVES_BINS 10

// What a rule did for a row. A scale or bands that is known fires.
enum ppm_rule_state { PPM_RULE_SILENT, PPM_RULE_FIRES, PPM_RULE_UNKNOWN };

// A scored row, as one of the models sees it.
struct ppm_moves_row {
	uint64_t line;          // of the file; 0: it stands on none, and is told by its key
	struct ppm_slice key;   // what rows without a line are told by, whole
	struct ppm_slice shown; // the key as people know it; empty: the model has none
	bool has_score, has_value;
	int64_t score;                    // in units of 10^-places of the moves
	ppm_int128 value;                 // 12 places
	struct ppm_slice tier;            // empty: none
	uint32_t barred;                  // the first disqualifier that holds, or PPM_NO_ID
	const uint8_t *rules;             // [rules of the plan] enum ppm_rule_state
	const struct ppm_slice *segments; // [segments of the plan]; empty: none
	const int64_t *perspectives;      // [perspectives of the plan] scores in units; INT64_MIN: missing
};

struct ppm_moves_options {
	const struct ppm_allocator *allocator;
	uint64_t memory_limit; // of arrays; what is beyond goes to temporary files. 0: none
	const volatile int *interrupted;
	const struct ppm_plan *plans[PPM_SIDES];
	const struct ppm_changes *changes; // which rule became which
	bool has_value[PPM_SIDES];         // the row's value is the newer model's, where that has it, else the older one's
	uint32_t top;                      // how many customers are kept in each of the tops, and of those who are disqualified or not any more; at least 1
};

// What there is of customers in a place, or on the way from one to another.
struct ppm_moves_tally {
	uint64_t count;
	ppm_int128 value; // 12 places
};

// One model's rows.
struct ppm_moves_side {
	uint64_t rows, scored;         // rows: of all that it did not refuse; the rest is of those that both scored
	uint64_t missing;              // compared, and without a score
	ppm_int128 value;              // its own, of compared rows
	uint64_t valued;               // rows that have it
	ppm_int128 sum;                // of scores, in units
	uint64_t bins[PPM_MOVES_BINS]; // from 0, 10, … 90, the last with 100
	int64_t quartiles[3];          // in quarters of a unit, of type 7: linear between neighbours; where scored > 0
	bool has_agreement;            // Kendall's W of its perspectives' scores, over all its rows that have them all
	double agreement;
};

struct ppm_moved_customer {
	struct ppm_buffer key; // as people know it; empty: none
	uint64_t line, index;  // index: of the older model's row
	bool has_score[PPM_SIDES];
	int64_t score[PPM_SIDES]; // 0 where there is none
	bool has_value;
	ppm_int128 value;
	uint32_t tier[PPM_SIDES];
};

// The customers who come first in some order, in that order.
enum ppm_top {
	PPM_TOP_MOVES,   // of those who move: by value, then by the change of their score
	PPM_TOP_CHANGES, // of those whose score changed: by how much, up or down, then by value
	PPM_TOPS
};
struct ppm_moved_customers {
	struct ppm_moved_customer *items;
	uint32_t count;
};

struct ppm_barred_customer {
	struct ppm_slice key;
	uint64_t line;
	uint32_t disqualifier; // of the newer plan (new ones) or the older plan (lifted ones)
};
struct ppm_barred {
	uint64_t count;
	struct ppm_barred_customer *items; // the first of them, in the file's order
	uint32_t kept;
};

// A segment that both models have.
struct ppm_moves_segment {
	struct ppm_slice name;
	uint32_t index[PPM_SIDES]; // in each plan
	struct ppm_slice *arms;    // of both; the last is empty: none
	uint32_t arm_count;
	struct ppm_moves_tally *cells; // [before * arm_count + after]
	uint64_t changed;
};

struct ppm_moves_rule {
	struct ppm_slice name;
	uint32_t index[PPM_SIDES]; // in each plan, or PPM_NO_RULE
	uint64_t fires[PPM_SIDES];
	uint64_t starts, stops;
	struct ppm_moves_tally moved; // those who move, and whose score this rule changes by something else than before
	uint64_t up, down;
};

struct ppm_moves_store; // moves_internal.h

struct ppm_moves {
	struct ppm_moves_options options;
	enum ppm_status status; // of the first failure
	int places;             // of scores: those of the model that shows more, at least 2
	bool has_score[PPM_SIDES], has_tiers, has_value, value_is_older;
	struct ppm_arena arena;

	struct ppm_slice *tiers; // of both models, best first; then no tier, which is empty; then `unverified`, `disqualified`
	uint32_t tier_count;
	struct ppm_moves_tally *cells; // [before * tier_count + after]
	struct ppm_moves_segment *segments;
	uint32_t segment_count;
	struct ppm_moves_rule *rules; // the newer model's in its order, then those that are gone
	uint32_t rule_count;

	struct ppm_moves_side sides[PPM_SIDES];
	uint64_t compared;
	uint64_t only[PPM_SIDES]; // scored by that model alone
	struct ppm_moves_tally all, moved, up, down;
	uint64_t rescored; // compared, and with another score, or one where there was none, or none any more
	struct ppm_barred barred, lifted;
	struct ppm_moved_customers tops[PPM_TOPS];
	struct ppm_moves_store *store;
};

// *out is NULL only when memory ran out. Plans and changes have to live as long.
enum ppm_status ppm_moves_new(struct ppm_moves **out, const struct ppm_moves_options *options);
void ppm_moves_free(struct ppm_moves *moves);
// The rows of the older model, then those of the newer one, each in the file's order. False: moves->status says why.
bool ppm_moves_add(struct ppm_moves *moves, int side, const struct ppm_moves_row *row);
// After each side's last row.
enum ppm_status ppm_moves_end(struct ppm_moves *moves, int side);

// ---- a second look, to say which rules did it: only at rows that move or whose score changes most

// Begins it for one side; rows then come as before.
void ppm_moves_again(struct ppm_moves *moves, int side);
// The number of the older model's row that this one is, when it is to be looked at; else PPM_MOVES_NO_ROW.
uint64_t ppm_moves_wanted(struct ppm_moves *moves, uint64_t line, struct ppm_slice key);
bool ppm_moves_any_wanted(const struct ppm_moves *moves);
// The place of the row with this number in the top, or PPM_NO_ID.
uint32_t ppm_moves_place(const struct ppm_moves *moves, enum ppm_top top, uint64_t number);
// What each of the plan's rules added to the row's score, in 10^-12; of the older side for all rows first. `value` is the row's, of the newer side.
bool ppm_moves_shares(struct ppm_moves *moves, int side, uint64_t number, const int64_t *shares, bool has_value, ppm_int128 value);

// ---- figures by name, for `--fail-if`

enum ppm_figure_unit { PPM_FIGURE_CUSTOMERS, PPM_FIGURE_VALUE, PPM_FIGURE_SCORE, PPM_FIGURE_NUMBER };
struct ppm_figure {
	const char *name, *doc;
	enum ppm_figure_unit unit;
};
// The figures in order; NULL past the last.
const struct ppm_figure *ppm_figure_at(uint32_t index);
// Its value with 12 places; and what it is a share of (0: of nothing), for comparisons with a percentage. False: there is none.
bool ppm_figure_value(const struct ppm_moves *moves, uint32_t index, ppm_int128 *value, ppm_int128 *whole);

#endif

// The perfect prospect that a model describes: what earns the best of every rule, what must not be, the facts that all of it comes down to, which rules cannot be had together, and
// the best score that anybody can reach.
//
// The best score has two sides. From above: the rules' outcomes are searched for the best combination in which no proof finds a contradiction, so that nobody can have more. From below: a
// customer is made up, fact by fact, and scored by the compiler's own arithmetic, so that somebody can have it. Where the two meet the figure is exact; where they do not, both are told.
// Both are about customers of whom everything is known (evidence 100%) and whom nothing disqualifies.
#ifndef PPM_LANG_ANALYSIS_PERFECT_H
#define PPM_LANG_ANALYSIS_PERFECT_H

#include "lang/plan/plan.h"
#include "runtime/base/status.h"

// A rule of a dimension or of `adjust`, in the order of the model's text; members of bundles follow it, one deeper.
struct ppm_perfect_rule {
	const struct ppm_plan_rule *rule;
	uint32_t depth;
	bool avoid;                // it can only cost: what is asked for must not be
	double points;             // the most that it gives; of what is to be avoided the most that it takes, below 0
	struct ppm_slice asks;     // of the customer, in words; empty: nothing
	struct ppm_slice expanded; // the same with the lets that it names taken apart; empty: it names none, or that was not asked for
	struct ppm_slice most;     // of rewards whose points vary: where they are most; empty elsewhere
	bool needed;               // not the lesser one of a `best of`, or of rewards that exclude each other
	bool kept;                 // in the best that can be reached; else it is given up for others
};

// What all rules together ask of a column, or of a figure that several columns make.
struct ppm_perfect_fact {
	struct ppm_slice name, asks; // "days_late", "at most 0"
	uint32_t column;             // PPM_NO_ID: of several columns, or none
};

// Rules that cannot all have their best, while any fewer of them can.
struct ppm_perfect_conflict {
	uint32_t count;
	const struct ppm_plan_rule *const *rules; // [count]
	const struct ppm_slice *asks;             // [count]
	const uint32_t *disqualifiers;            // [count]; where a rule is NULL: the one that must not hold
	bool of_range;                            // rewards that exclude each other: the range counts but one, so that it costs nothing
};

struct ppm_perfect_value { // of the example
	uint32_t column;
	struct ppm_slice name, header, text, json; // "2026-06-30"
	bool missing;
};

struct ppm_perfect {
	const struct ppm_plan *plan;
	struct ppm_perfect_rule *rules; // dimensions' in order, then those of `adjust`
	uint32_t rule_count;
	struct ppm_slice *never, *never_expanded; // [plan->disqualifiers]
	struct ppm_slice tier, tier_expanded;     // the first tier's condition; empty without one
	struct ppm_perfect_fact *facts;
	uint32_t fact_count;
	struct ppm_perfect_conflict *conflicts;
	uint32_t conflict_count;
	bool conflicts_cut; // there may be more

	bool scored;                   // the model has rules
	bool nobody;                   // it is proved that nothing makes a customer of whom everything is known and whom nothing disqualifies
	double most;                   // no customer has a higher score
	bool found;                    // an example was found
	double best;                   // its score, as shown
	double points;                 // its points
	bool exact;                    // best is most
	bool assumed;                  // the example stands on figures that are more than its own row's columns
	struct ppm_slice example_tier; // empty: none
	bool first_tier;               // the example reaches the first tier; false too where that cannot be told
	struct ppm_perfect_value *example;
	uint32_t example_count;
};

struct ppm_perfect_request {
	struct ppm_plan *plan; // of a model without errors; nodes are added to it
	const struct ppm_source_map *sources;
	const struct ppm_syntax_tree *tree; // the model's own file
	bool expand;
};

// Everything is made in the arena. PPM_OK or PPM_ERROR_MEMORY.
enum ppm_status ppm_perfect_make(struct ppm_perfect *perfect, struct ppm_arena *arena, const struct ppm_perfect_request *request);

// ---- rendering
void ppm_perfect_text(const struct ppm_perfect *perfect, const struct ppm_source_map *sources, bool markdown, bool colour, struct ppm_arena *arena, struct ppm_buffer *out);
void ppm_perfect_json(const struct ppm_perfect *perfect, const struct ppm_source_map *sources, struct ppm_buffer *out);

#endif

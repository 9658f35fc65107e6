// Why a customer's score changed between two models: the two waterfalls, line by line. What the lines add up to is the change of the score as shown.
#ifndef PPM_LANG_COMPARE_ATTRIBUTION_H
#define PPM_LANG_COMPARE_ATTRIBUTION_H

#include "lang/compare/changes.h"
#include "lang/compare/moves.h"
#include "lang/explain/explain.h"

struct ppm_attribution_line {
	struct ppm_slice name;    // of the rule, or what the line is called; not escaped
	uint32_t rule[PPM_SIDES]; // in each plan, or PPM_NO_RULE
	enum ppm_outcome outcome[PPM_SIDES];
	int64_t change;         // of the score, in units
	ppm_int128 exact;       // in 10^-20, before the apportioning
	struct ppm_slice words; // "now fires", "gives -20 points, not -15"
	struct ppm_slice reads; // "days_late = 41"; may be empty; not escaped
	struct ppm_slice cause; // what was changed, "days_late > 30 → > 45"; may be empty; not escaped
};

struct ppm_attribution {
	bool has_change; // false: one of the scores is missing
	int places;      // of the units
	int64_t change;
	struct ppm_attribution_line *lines; // those that differ, the largest first
	uint32_t count;
};

// Everything is made in the arena. PPM_OK or PPM_ERROR_MEMORY.
enum ppm_status ppm_attribution_make(
	struct ppm_attribution *out, struct ppm_arena *arena, const struct ppm_explained_row *before, const struct ppm_explained_row *after, const struct ppm_changes *changes);
// What was changed of the tiers themselves, or reaches one of the two; empty when nothing was. Not escaped.
// An exception is told for the customer whose key it names: `rows` are the customer's in each model.
struct ppm_slice ppm_change_tier_cause(
	struct ppm_arena *arena, const struct ppm_changes *changes, struct ppm_slice from, struct ppm_slice to, const struct ppm_explained_row rows[PPM_SIDES]);
// What was changed that reaches the rule, "days_late > 30 → > 45; patience: 30 → 45"; empty when nothing was. `side` says whose plan the rule is of. Not escaped.
struct ppm_slice ppm_change_cause(struct ppm_arena *arena, const struct ppm_changes *changes, int side, uint32_t rule);
// What each rule added to the row's score, in 10^-12, for ppm_moves_shares.
void ppm_attribution_shares(const struct ppm_waterfall *waterfall, int64_t *shares, size_t rule_count);

#endif

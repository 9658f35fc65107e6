// What the rules of one row come to once each rule's own outcome is known: bundles, and what the decided rules could have given (docs/language.md, "Range"). A run computes
// the same by instructions (lang/emit/scoring.c); this is for those who say why, or make a row up.
#ifndef PPM_LANG_PLAN_DECIDED_H
#define PPM_LANG_PLAN_DECIDED_H

#include "lang/plan/plan.h"

// Of a rule in a row.
struct ppm_decided {
	bool known;      // by its condition, or by `missing`
	bool fires;      // its condition holds
	bool by_default; // `missing` gave its points
	int64_t points;  // millionths; 0 where it is not known
};

int64_t ppm_points_millionths(double points);
// A bundle, from its members' entries in `decided`, which goes by the rules' indices.
void ppm_decided_bundle(struct ppm_decided *decided, const struct ppm_plan_rule *bundle);
// The most, or least, that the rule, or the rules of a list together, could give this row, in millionths: of bundles and lists those count that are decided. Of rules that
// exclude each other one counts, or all that `missing` gives.
int64_t ppm_decided_bound(const struct ppm_decided *decided, const struct ppm_plan_rule *rule, bool high);
int64_t ppm_decided_bounds(const struct ppm_decided *decided, const struct ppm_plan_rule *rules, bool high);

#endif

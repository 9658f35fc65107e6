// What the files of the lints share.
#ifndef PPM_LANG_ANALYSIS_LINT_INTERNAL_H
#define PPM_LANG_ANALYSIS_LINT_INTERNAL_H

#include "lang/analysis/lint.h"
#include "lang/plan/plan.h"

struct ppm_lint {
	const struct ppm_plan *plan;
	const struct ppm_syntax_tree *tree;
	const struct ppm_source_map *map;
	struct ppm_diagnostics *diagnostics;
	const struct ppm_lint_settings *settings;
	struct ppm_lint_report *report;
	struct ppm_arena arena; // failed: memory ran out
};

// ---- lint_walk.c: the expressions of a model -----------------------------------------------------------------------

enum ppm_lint_role {
	PPM_LINT_CONDITION, // of a rule, tier, segment or disqualifier
	PPM_LINT_POINTS,    // a rule's, a band's, ends of scales, ranges, weights
	PPM_LINT_VALUE,     // of a let, define, metric, summary; what a scale or bands go by
	PPM_LINT_IN_TEXT,   // within a `because` or an `action`
};

// Where an expression stands.
struct ppm_lint_place {
	enum ppm_lint_role role;
	const struct ppm_statement *statement;
	const struct ppm_rule *rule; // or NULL
};

typedef void ppm_lint_visitor(void *context, const struct ppm_expression *expression, const struct ppm_lint_place *place);
// Every expression of the model's own file as a whole, in the order of the text where they stand in statements of one kind.
void ppm_lint_roots(const struct ppm_syntax_tree *tree, ppm_lint_visitor *visitor, void *context);
// The expression and all within it, what holds others first.
void ppm_lint_within(const struct ppm_expression *expression, const struct ppm_lint_place *place, ppm_lint_visitor *visitor, void *context);
// Both: every expression there is.
void ppm_lint_everything(const struct ppm_syntax_tree *tree, ppm_lint_visitor *visitor, void *context);
// What is written there.
struct ppm_slice ppm_lint_text(const struct ppm_lint *lint, struct ppm_span span);
// Equal but for their capitals (Unicode's simple mapping), and not equal. False, too, when memory ran out.
bool ppm_lint_differ_in_case(struct ppm_lint *lint, struct ppm_slice a, struct ppm_slice b);
// In small letters, in the lint's arena.
struct ppm_slice ppm_lint_lower(struct ppm_lint *lint, struct ppm_slice text);

// ---- the lints -----------------------------------------------------------------------------------------------------

void ppm_lint_rules(struct ppm_lint *lint);  // lint_rules.c: pairs of rules
void ppm_lint_names(struct ppm_lint *lint);  // lint_names.c: what is declared and not used; capitals
void ppm_lint_style(struct ppm_lint *lint);  // lint_style.c: what is hard to read, or left out
void ppm_lint_scores(struct ppm_lint *lint); // lint_scores.c: tiers, weights
void ppm_lint_reach(struct ppm_lint *lint);  // lint_reach.c: points that can never matter

#endif

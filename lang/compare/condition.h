// A condition over the figures of a comparison, as `--fail-if "moved > 5% or down > 100"` gives it: an expression of the language, whose names are figures. Other verbs have figures of
// their own.
//
// A figure that counts customers, or sums their value, may be compared with a percentage: of all customers compared, of the value of them all.
#ifndef PPM_LANG_COMPARE_CONDITION_H
#define PPM_LANG_COMPARE_CONDITION_H

#include "lang/compare/moves.h"
#include "lang/syntax/ast.h"

// What may be named, and what it is.
struct ppm_figure_set {
	const struct ppm_figure *(*at)(uint32_t index); // in order; NULL past the last
	// As ppm_figure_value; `of` is what they are the figures of.
	bool (*value)(const void *of, uint32_t index, ppm_int128 *value, ppm_int128 *whole);
	const char *(*why_not)(uint32_t index); // it can have no value: a help
	const char *form;                       // of a condition: a help, with an example
};

struct ppm_condition {
	struct ppm_slice text;
	const struct ppm_expression *expression;
	const struct ppm_figure_set *figures;
};

// What is wrong with it, for the user. `problem` is empty when memory ran out.
struct ppm_condition_problem {
	struct ppm_slice problem, help;
};

// Everything lives in the arena, and `text` has to live as long. False: *problem says why.
bool ppm_condition_parse(struct ppm_condition *out, struct ppm_arena *arena, struct ppm_slice text, struct ppm_condition_problem *problem);
// False when a figure has no value here: *problem says which.
bool ppm_condition_holds(const struct ppm_condition *condition, const struct ppm_moves *moves, struct ppm_arena *arena, bool *holds, struct ppm_condition_problem *problem);
// The same over other figures.
bool ppm_condition_parse_over(
	struct ppm_condition *out, struct ppm_arena *arena, struct ppm_slice text, const struct ppm_figure_set *figures, struct ppm_condition_problem *problem);
bool ppm_condition_holds_over(const struct ppm_condition *condition, const void *of, struct ppm_arena *arena, bool *holds, struct ppm_condition_problem *problem);
// The figures that it names, each once; returns how many, at most `room`.
uint32_t ppm_condition_figures(const struct ppm_condition *condition, uint32_t *figures, uint32_t room);

#endif

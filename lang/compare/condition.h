// A condition over the figures of a comparison, as `--fail-if "moved > 5% or down > 100"` gives it: an expression of the language, whose names are figures.
//
// A figure that counts customers, or sums their value, may be compared with a percentage: of all customers compared, of the value of them all.
#ifndef PPM_LANG_COMPARE_CONDITION_H
#define PPM_LANG_COMPARE_CONDITION_H

#include "lang/compare/moves.h"
#include "lang/syntax/ast.h"

struct ppm_condition {
	struct ppm_slice text;
	const struct ppm_expression *expression;
};

// What is wrong with it, for the user. `problem` is empty when memory ran out.
struct ppm_condition_problem {
	struct ppm_slice problem, help;
};

// Everything lives in the arena, and `text` has to live as long. False: *problem says why.
bool ppm_condition_parse(struct ppm_condition *out, struct ppm_arena *arena, struct ppm_slice text, struct ppm_condition_problem *problem);
// False when a figure has no value here: *problem says which.
bool ppm_condition_holds(const struct ppm_condition *condition, const struct ppm_moves *moves, struct ppm_arena *arena, bool *holds, struct ppm_condition_problem *problem);
// The figures that it names, each once; returns how many, at most `room`.
uint32_t ppm_condition_figures(const struct ppm_condition *condition, uint32_t *figures, uint32_t room);

#endif

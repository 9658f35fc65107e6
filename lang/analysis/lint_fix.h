// Quick fixes of findings, as edits of the model's own text. Most keep the meaning, and whoever applies them has the means to see that they did; a slip of capitals is mended because the
// meaning was wrong. Nothing is invented: no name, no date, no reason.
#ifndef PPM_LANG_ANALYSIS_LINT_FIX_H
#define PPM_LANG_ANALYSIS_LINT_FIX_H

#include "lang/analysis/lint.h"

// Of the text, in bytes; `with` takes the place of what is there.
struct ppm_lint_edit {
	uint32_t begin, end;
	struct ppm_slice with;
};

#define PPM_LINT_EDITS 4

struct ppm_lint_fix {
	enum ppm_diag_code code;
	uint32_t line;
	bool keeps;             // the meaning
	struct ppm_slice words; // "took out the let `x`"
	struct ppm_lint_edit edits[PPM_LINT_EDITS];
	uint32_t edit_count;
	bool skip; // for whoever applies them: this one is left out
};

// What can be mended of the model's findings, in the order of the text; those of files that it uses are left out. All lives in the arena, whose failure says that memory ran out.
uint32_t ppm_lint_fixes(struct ppm_model *model, struct ppm_arena *arena, struct ppm_lint_fix **fixes);
// The text with those fixes that are not to be skipped and, of fixes that meet, with the first alone: the others are marked as skipped.
void ppm_lint_apply(struct ppm_slice text, struct ppm_lint_fix *fixes, uint32_t count, struct ppm_buffer *out);
// Whether two models compile to the same: every instruction, constant, column and action of their programs, wherever in the text it came from. PPM_ERROR_MEMORY leaves *same alone.
enum ppm_status ppm_lint_same_program(const struct ppm_model *a, const struct ppm_model *b, bool *same);

#endif

// Whom a change moves, as text, Markdown and JSON.
#ifndef PPM_LANG_COMPARE_MOVES_REPORT_H
#define PPM_LANG_COMPARE_MOVES_REPORT_H

#include "lang/compare/attribution.h"
#include "lang/compare/condition.h"

#define PPM_CONDITION_FIGURES 16

// A `--fail-if`, and how it came out.
struct ppm_moves_condition {
	struct ppm_condition condition;
	bool holds;
};

// One of the moves' tops, as both models see it.
struct ppm_moves_customer {
	struct ppm_explained_row rows[PPM_SIDES];
	bool has_value[PPM_SIDES];
	ppm_int128 value[PPM_SIDES]; // 12 places
	struct ppm_attribution why;
};

struct ppm_moves_report {
	const struct ppm_moves *moves;
	const struct ppm_changes *changes;
	struct ppm_slice data;       // what the scored file is called
	struct ppm_slice value_name; // empty: no value is summed up
	bool is_money;
	const struct ppm_moves_customer *customers[PPM_TOPS]; // as many as the moves' tops have
	const struct ppm_moves_condition *conditions;
	uint32_t condition_count;
};

void ppm_moves_text(const struct ppm_moves_report *report, bool colour, struct ppm_arena *arena, struct ppm_buffer *out);
void ppm_moves_markdown(const struct ppm_moves_report *report, struct ppm_arena *arena, struct ppm_buffer *out);
// Members of an object, each with a comma before it.
void ppm_moves_json(const struct ppm_moves_report *report, struct ppm_arena *arena, struct ppm_buffer *out);
// The figures that a condition names, with what they are: "moved = 12 (6%), down = 3 (1.5%)".
void ppm_moves_condition_figures(const struct ppm_moves_report *report, const struct ppm_condition *condition, struct ppm_buffer *out);

#endif

// Which variants a comparison has: the base, scenarios of the model, points of a grid of `--vary`s, the ends of each param for a tornado.
#ifndef PPM_LANG_WHATIF_VARIANTS_H
#define PPM_LANG_WHATIF_VARIANTS_H

#include "lang/whatif/report.h"

struct ppm_whatif_variants {
	struct ppm_arena *arena;
	const struct ppm_model *model;
	struct ppm_whatif_variant *items;
	size_t count, room;
	struct ppm_setting *base; // every param that scenarios and grids change, with its value in the base
	size_t base_count, base_room;
	struct ppm_whatif_bar *bars;
	size_t bar_count;
};

// All are false when memory ran out (arena->failed), or after `problem` and `help` were written.
bool ppm_whatif_variants_open(struct ppm_whatif_variants *variants, const struct ppm_model *model, struct ppm_arena *arena);
// `names`: of scenarios, in this order; none: all of them.
bool ppm_whatif_add_scenarios(struct ppm_whatif_variants *variants, const struct ppm_slice *names, size_t count, struct ppm_buffer *problem, struct ppm_buffer *help);
bool ppm_whatif_add_grid(struct ppm_whatif_variants *variants, const struct ppm_vary *axes, size_t count, struct ppm_buffer *problem, struct ppm_buffer *help);
// What the params of the base are in a variant, once `model` was compiled as it says: as it is written, or the figure that it comes to where it is computed.
bool ppm_whatif_keep_params(struct ppm_whatif_variants *variants, size_t variant, const struct ppm_model *model);
// Each numeric param at the ends of its declared range, or 10 % to both sides. Params that are held to a list, and those that are 0, have none: their names go to `left_out`.
bool ppm_whatif_add_bars(struct ppm_whatif_variants *variants, struct ppm_buffer *left_out);
// Once the variants have results: swings, and the bars in their order. Equal ones stay in the model's.
void ppm_whatif_rank_bars(const struct ppm_whatif_report *report, struct ppm_whatif_bar *bars, size_t count);

#endif

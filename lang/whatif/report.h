// What `ppmc whatif` shows, in its formats. Figures are exact in JSON; in text they are rounded to be read.
#ifndef PPM_LANG_WHATIF_REPORT_H
#define PPM_LANG_WHATIF_REPORT_H

#include "lang/whatif/whatif.h"

// One figure of a variant that others are measured by.
enum ppm_whatif_measure_kind { PPM_MEASURE_SCORE, PPM_MEASURE_TIER, PPM_MEASURE_METRIC, PPM_MEASURE_VALUE };
struct ppm_whatif_measure {
	enum ppm_whatif_measure_kind kind;
	uint32_t index;
	struct ppm_slice name; // "mean score", "share of good", "total_value"
};

// A param at the ends of its range; variants are indexes.
struct ppm_whatif_bar {
	struct ppm_slice param, low_text, high_text;
	bool declared; // its range; else 10 % to both sides
	size_t low, high;
	bool has_swing;
	double swing; // between the largest and the smallest of low, base and high
};

struct ppm_whatif_report {
	const struct ppm_whatif_about *about;
	const struct ppm_setting *base; // what the params that any variant changes are in the base
	size_t base_count;
	const struct ppm_vary *axes;
	size_t axis_count;
	const struct ppm_whatif_variant *variants; // the base first, then what is compared
	size_t variant_count;                      // without those of the bars
	bool has_grid;                             // all variants but the base are the points of two axes, the second one faster
	const struct ppm_whatif_bar *bars;         // ordered by swing; their variants stand in `variants`, too
	size_t bar_count;
	bool has_bars;
	struct ppm_whatif_measure measure;
	struct ppm_arena *arena;
};

// False when the variant has no such figure. `text` is the figure as it is shown.
bool ppm_whatif_figure(
	const struct ppm_whatif_report *report, const struct ppm_whatif_result *result, const struct ppm_whatif_measure *measure, double *value, struct ppm_slice *text);
// 10^-12 as a decimal without zeros at its end; "" when memory ran out.
struct ppm_slice ppm_whatif_decimal(struct ppm_arena *arena, ppm_int128 value);
// The mean and median score in 10^-12. Of at least one score.
ppm_int128 ppm_whatif_mean(const struct ppm_whatif_about *about, const struct ppm_whatif_result *result);
ppm_int128 ppm_whatif_median(const struct ppm_whatif_about *about, const struct ppm_whatif_result *result);
// A score of struct ppm_whatif_rows in 10^-12.
ppm_int128 ppm_whatif_score(const struct ppm_whatif_about *about, uint32_t score);

// `out->failed` and `arena->failed` say that memory ran out.
void ppm_whatif_text(const struct ppm_whatif_report *report, bool markdown, struct ppm_buffer *out);
void ppm_whatif_json(const struct ppm_whatif_report *report, struct ppm_buffer *out);
void ppm_whatif_csv(const struct ppm_whatif_report *report, struct ppm_buffer *out);

#endif

// A model under other values of its params, side by side with itself: its variants run one after another over files that were read once (runtime/engine/kept_data.h), and of each only what is shown
// is kept: of every row the score and tier in the base, and those of the variant that is being compared.
#ifndef PPM_LANG_WHATIF_WHATIF_H
#define PPM_LANG_WHATIF_WHATIF_H

#include "lang/ppm.h"
#include "lang/whatif/vary.h"
#include "runtime/engine/kept_data.h"
#include "runtime/statistics/distribution.h"

#include <pthread.h>

#define PPM_WHATIF_MOVERS 5u
#define PPM_WHATIF_POINTS 1000u // variants of one comparison

// ---- what is compared

struct ppm_whatif_about {
	struct ppm_slice model, data;  // as messages call them
	const struct ppm_slice *tiers; // in the order of the model, which is from best to worst; then `unverified` and `disqualified` where there are disqualifiers
	uint32_t tier_count;
	bool has_score;
	int places;                   // of the score
	const struct ppm_slice *keys; // of a scored dataset that is made of other rows; else none
	uint32_t key_count;
	const struct ppm_slice *values; // asked for by --value
	uint32_t value_count;
	const struct ppm_slice *metrics;
	uint32_t metric_count;
	uint32_t top;
	const struct ppm_slice *columns; // of PPM_OUTPUT_VALUES: score, tier, keys, values
	uint32_t column_count;
};

// Fills it from the model, but for files, values and top, which are there. False when memory ran out.
bool ppm_whatif_about_make(struct ppm_whatif_about *about, const struct ppm_model *model, struct ppm_arena *arena);

// ---- one variant

struct ppm_whatif_mover {
	uint64_t row;
	struct ppm_slice name;  // its key, or "line 17"
	uint32_t before, after; // scores, as struct ppm_whatif_rows has them
	int16_t tier_before, tier_after;
};

struct ppm_whatif_cell {
	struct ppm_slice text, json; // as a result has it, and as a JSON value
};

struct ppm_whatif_result {
	uint64_t rows, left_out; // scored rows, and those that went wrong while they were
	uint64_t scored;         // with a score
	ppm_int128 score_sum;    // in units of the score's last place
	uint64_t double_median;  // likewise, twice the median
	uint64_t *tiers;         // [tier], then those without one
	ppm_int128 *value_sums;  // [value * (tier_count + 1) + tier], in 10^-12
	uint64_t *value_counts;  // likewise: rows that have the value
	bool value_overflow;     // a value, or a sum, passed what can be added up exactly
	struct ppm_whatif_cell *metrics;
	// ---- against the base
	uint64_t pairs;              // rows with a score in both
	uint64_t changed;            // of these, with another
	uint64_t up, down, retiered; // tiers; retiered: up, down, or from or to none
	uint64_t appeared, gone;     // rows that the base does not have, and that only it has
	bool has_correlation;
	double correlation;     // Spearman's, over the pairs
	uint64_t top, top_same; // the base's best rows, and how many of them are among the variant's best
	struct ppm_whatif_mover movers[PPM_WHATIF_MOVERS];
	uint32_t mover_count;
};

struct ppm_whatif_variant {
	struct ppm_slice name;     // a scenario's, or "horizon = 5 years, retention = 80%"; "base"
	struct ppm_slice scenario; // empty: none
	const struct ppm_setting *settings;
	size_t setting_count;
	const struct ppm_slice *values; // [param that any variant changes]: what it is in this one
	uint32_t places[8];             // in a grid: which value of each axis
	struct ppm_whatif_result result;
};

// ---- all rows

struct ppm_whatif_rows {
	uint32_t *scores; // in units of the score's last place, or PPM_WHATIF_NO_SCORE
	int16_t *tiers;   // or one of the two below
};
#define PPM_WHATIF_NO_SCORE PPM_DISTRIBUTION_MOST
#define PPM_WHATIF_NO_TIER ((int16_t)-1)
#define PPM_WHATIF_ABSENT ((int16_t)-2) // the row was not scored

struct ppm_whatif {
	const struct ppm_whatif_about *about;
	const struct ppm_allocator *allocator;
	struct ppm_arena *arena; // results
	struct ppm_memory *memory;
	struct ppm_whatif_rows base, now, *filling;
	uint64_t row_count, room;
	struct ppm_interner keys; // of rows that stand in no file: code is the row
	struct ppm_distribution of_base;
	int16_t *tier_of_code;
	uint32_t code_count;
	struct ppm_whatif_result *result;
	pthread_mutex_t lock;
	bool ready; // the lock
};

// `rows` of the scored file. `texts` are those of all programs. PPM_ERROR_MEMORY, or PPM_ERROR_IO when a disk is full. Close in any case.
enum ppm_status ppm_whatif_open(struct ppm_whatif *whatif, const struct ppm_whatif_about *about, const struct ppm_allocator *allocator, struct ppm_arena *arena,
	struct ppm_memory *memory, uint64_t rows, const struct ppm_slice *texts, size_t text_count);
void ppm_whatif_close(struct ppm_whatif *whatif);
// For ppm_engine_options.look_batch, with the struct ppm_whatif as context: notes the batch's rows in `filling` and `result`.
bool ppm_whatif_take(void *context, const struct ppm_engine_batch *batch);

// ---- running

// Wants of the data what the model reads. False when memory ran out.
bool ppm_whatif_want(struct ppm_kept_data *data, const struct ppm_model *model, bool *took);

struct ppm_whatif_run_options {
	unsigned threads;
	uint64_t memory_limit;
	enum ppm_simd simd;
	const volatile int *interrupted;
};

// What a run said, for messages: of a job or of a program that streams.
struct ppm_whatif_run {
	bool is_job;
	struct ppm_job_report job;
	struct ppm_engine_report engine;
};

// Runs the model, compiled for about->columns, over the data: as the base, or as a variant that is compared with the base then. PPM_ERROR_DATA and others as ppm_job_run has them. Free the run in any case.
enum ppm_status ppm_whatif_run(struct ppm_whatif *whatif, struct ppm_whatif_run *run, const struct ppm_model *model, struct ppm_kept_data *data, bool is_base,
	struct ppm_whatif_result *result, const struct ppm_whatif_run_options *options);
void ppm_whatif_run_free(struct ppm_whatif_run *run);
// Names the movers, once the data is there: false when memory ran out.
bool ppm_whatif_name_movers(struct ppm_whatif *whatif, const struct ppm_kept_data *data, uint32_t file, struct ppm_whatif_result *result);

#endif

// What is done to whole tables: keys matched, rows grouped, figures aggregated, ranks given, trees walked. Plain functions over arrays: they know no files, programs or threads
// of anybody else. Results do not depend on the number of threads, nor (but for what is documented) on the order of rows.
//
// Links are arrays of uint32_t, one a row: the partner's row or PPM_NO_ROW. NULL as a link into a table of one row: every row's partner is row 0.
// Outputs are arrays that the caller allocated (ppm_series with room for whole batches); functions fill all rows, and presence where `present` is not NULL.
#ifndef PPM_RUNTIME_DATASET_STEPS_H
#define PPM_RUNTIME_DATASET_STEPS_H

#include "runtime/base/slice.h"
#include "runtime/dataset/memory.h"
#include "runtime/dataset/series.h"

struct ppm_steps {
	struct ppm_memory *memory;          // for scratch arrays and structures
	unsigned threads;                   // at least 1
	const volatile int *interrupted;    // may be NULL: looked at now and then; then PPM_ERROR_INTERRUPTED
	const struct ppm_slice *texts;      // [text code], for the order of texts
	uint32_t text_count;
};

// A step's figures or keys overflow: an error of the data (D0301) at `row` of the inner table.
struct ppm_step_fault {
	bool is_set;
	uint64_t row;
	const char *what;                   // "the sum passes ±900 trillion"; static
};

// ---- keys -------------------------------------------------------------------------------------------------

// The columns that make a key. A link as a part of a key is given as an I32 series of row numbers with presence where there is a partner. Texts are compared by code when two rows are
// told apart, by their bytes (ascending) when they are put in order; numbers as they are; missing comes last and equals missing.
struct ppm_key_columns {
	const struct ppm_series *columns;
	const bool *texts;                  // I32 columns that hold text codes
	uint32_t count;
	uint64_t rows;
};

// An index from keys to rows. Rows with a missing part have no key. `duplicate` gets the first row (by row number) whose key an earlier row has, and `first` that earlier row; a key is that of its first row.
// The columns' arrays (not the array of ppm_series) must live as long as the index.
struct ppm_key_index;
enum ppm_status ppm_key_index_new(struct ppm_key_index **out, const struct ppm_steps *steps, const struct ppm_key_columns *keys, bool *has_duplicate, uint64_t *duplicate, uint64_t *first);
void ppm_key_index_free(struct ppm_key_index *index);
// link[row] = the row of the index with the same key. `missing`: rows whose key is missing; `unknown`: rows whose key is nowhere.
enum ppm_status ppm_step_match(const struct ppm_steps *steps, const struct ppm_key_index *index, const struct ppm_key_columns *from, uint32_t *link, uint64_t *missing, uint64_t *unknown);
// Groups rows by key, groups in ascending order of their keys. link[row] = the group; *groups their number; representative[group] (taken from steps->memory, *groups elements; the caller gives
// it back) = the group's first row. With `drop_missing` rows with a missing part get PPM_NO_ROW,
// as rows outside of `where` (NULL: none) do.
enum ppm_status ppm_step_group(const struct ppm_steps *steps, const struct ppm_key_columns *keys, const uint64_t *where, bool drop_missing, uint32_t *link, uint64_t *groups, uint32_t **representative);
// link[row] = second[first[row]].
void ppm_step_compose(const uint32_t *first, const uint32_t *second, uint64_t rows, uint32_t *link);
// out[row] = values[link[row]], present where both are. out->present must not be NULL unless every link leads somewhere and values are always present.
void ppm_step_gather(const struct ppm_series *values, const uint32_t *link, uint64_t rows, struct ppm_series *out);

// ---- aggregates ---------------------------------------------------------------------------------------------

struct ppm_aggregate_request {
	enum ppm_aggregate_function function; // types and meaning: job.h
	const struct ppm_series *value;     // NULL: COUNT of rows
	bool value_is_text;
	const uint64_t *where;              // mask, NULL: all rows
	const struct ppm_series *order;     // FIRST, LAST
	bool order_is_text, descending;
	const struct ppm_series *tie;       // FIRST, LAST: what puts rows of one order in order: the inner table's key, else the value; NULL: by row number
	bool tie_is_text;
	uint64_t rows;                      // of the inner table that count: rows 0 … rows - 1
	const uint32_t *link;               // inner -> outer; NULL: all to row 0
	uint64_t outer_rows;
	double fraction;                    // QUANTILE
	struct ppm_series *out;             // [outer_rows]
	uint64_t skipped;                   // out: rows with a partner and within `where` whose value is missing; of FIRST and LAST also those whose order is
	bool tied;                          // out: FIRST, LAST: several rows are the first or last, and the tie, too, is the same
	struct ppm_step_fault fault;        // out: an overflow (returned with PPM_OK)
};
enum ppm_status ppm_step_aggregate(const struct ppm_steps *steps, struct ppm_aggregate_request *request);

// The same, fed piece by piece with (outer row, value) pairs, for values that are made as one goes. Pairs of one outer row may come in any number of pieces, but from one thread at a time.
// FIRST and LAST are the first and last to come. A fault's row is the outer row: the inner ones are gone.
struct ppm_aggregator;
enum ppm_status ppm_aggregator_new(struct ppm_aggregator **out, const struct ppm_steps *steps, enum ppm_aggregate_function function, enum ppm_register_class class, double fraction, uint64_t outer_rows);
enum ppm_status ppm_aggregator_add(struct ppm_aggregator *aggregator, const uint32_t *outer, const struct ppm_series *value, const uint64_t *where, uint64_t count);
// Writes the figures, and frees the aggregator (also with ppm_aggregator_free when it is not finished).
enum ppm_status ppm_aggregator_finish(struct ppm_aggregator *aggregator, struct ppm_series *out, uint64_t *skipped, struct ppm_step_fault *fault);
void ppm_aggregator_free(struct ppm_aggregator *aggregator);

// ---- ranks ----------------------------------------------------------------------------------------------------

struct ppm_rank_request {
	enum ppm_rank_function function;
	const struct ppm_series *value;     // F64 I64 X128 I32
	const uint64_t *where;              // mask; rows outside have no rank
	const uint32_t *partition;          // rows with the same number are ranked among themselves; PPM_NO_ROW: no rank; NULL: all together
	uint64_t partitions;
	const struct ppm_series *tie;       // the table's key, or NULL
	bool tie_is_text;
	bool descending;
	uint32_t tiles;
	uint64_t rows;
	uint64_t reference;                 // the rows that make up the population are 0 … reference - 1; a later row gets the place that it would have among them (RANK 1 + those
	                                    // before it, NTILE the tile of the first population row at or after it, the last tile when it comes last, PERCENTILE (rank - 1) / n kept at 1, SHARE its value / their sum,
	                                    // RUNNING_SHARE the share of those before it and its own; among nobody: rank 1, tile 1, percentile 0). Normally = rows.
	struct ppm_series *out;             // F64 with presence
	uint64_t skipped, no_share;         // out
	bool tied;                          // out: NTILE, RUNNING_SHARE: rows of one value and one tie got different figures
};
enum ppm_status ppm_step_rank(const struct ppm_steps *steps, struct ppm_rank_request *request);

// ---- trees ------------------------------------------------------------------------------------------------------

// Parents before children: whoever goes through `order` from its end has seen all below a row before the row.
struct ppm_tree_shape {
	uint64_t rows;
	uint32_t *parent;                   // PPM_NO_ROW: a root. After the shape was made: without the links that were dropped
	uint32_t *order;                    // [rows]: rows, a parent before its children, siblings and roots by row number (a preorder: the rows below order[i] are those at i + 1 … i + below[order[i]]);
	                                    // with parents_first it is NULL until ppm_tree_shape_list
	uint32_t *depth;                    // [row]
	uint32_t *below;                    // [row]: how many rows are below it
	uint32_t *dropped;                  // rows whose link was dropped, ascending
	uint64_t dropped_count;
	uint32_t deepest;                   // the largest depth
	bool parents_first;                 // every parent's row comes before its children's (never said where links were dropped)
};
// `link` is the table's link to itself (copied). Without break_cycles a circle gives PPM_ERROR_DATA and *circle (taken from memory, *circle_count rows, from its row with the least key along the
// links; the caller gives it back). With it, the row with the least key of each circle becomes a root. `key` may be NULL: then the least row number. Free with ppm_tree_shape_free whatever the status.
enum ppm_status ppm_tree_shape_make(struct ppm_tree_shape *shape, const struct ppm_steps *steps, const uint32_t *link, uint64_t rows, const struct ppm_series *key, bool key_is_text, bool break_cycles,
	uint32_t **circle, uint64_t *circle_count);
// Makes the order if it is not there. From one thread at a time.
enum ppm_status ppm_tree_shape_list(struct ppm_tree_shape *shape, const struct ppm_steps *steps);
void ppm_tree_shape_free(struct ppm_tree_shape *shape, const struct ppm_steps *steps);

// SUM COUNT AVG MIN MAX ANY ALL over the rows below each row, from level_low to level_high levels below it (1: direct; UINT32_MAX: all the way down).
// With a ratio other than 1 (SUM only): the sum of value * ratio ^ level. Money is then summed from the leaves up: at every step the sum so far times the ratio, rounded to 12 places.
struct ppm_tree_request {
	enum ppm_aggregate_function function;
	const struct ppm_series *value;     // NULL: COUNT
	const uint64_t *where;
	double ratio;
	uint32_t level_low, level_high;
	struct ppm_series *out;
	uint64_t skipped;
	struct ppm_step_fault fault;
};
enum ppm_status ppm_step_tree_aggregate(const struct ppm_steps *steps, struct ppm_tree_shape *shape, struct ppm_tree_request *request);

// ---- agreement, order -----------------------------------------------------------------------------------------------

// Over rows 0 … rows - 1 that have all values and are within `where`. CONCORDANCE: W = 12 S / (m² (n³ − n) − m Σ T), T = Σ (t³ − t) over each column's ties; each column ranks the rows, ties by
// their mean rank. CORRELATION: of two columns, Pearson's. *has_value is false when it has none (fewer than two rows, all tied). X128, I64, F64 columns.
enum ppm_status ppm_step_agreement(const struct ppm_steps *steps, enum ppm_agreement_function function, const struct ppm_series *columns, uint32_t column_count, const uint64_t *where, uint64_t rows,
	double *value, bool *has_value, uint64_t *skipped);

// order[i] = the row that comes i-th. Missing last; ties by row number.
struct ppm_order_column {
	const struct ppm_series *series;
	bool is_text, descending;
};
enum ppm_status ppm_step_order(const struct ppm_steps *steps, const struct ppm_order_column *columns, uint32_t column_count, uint64_t rows, uint32_t *order);

// Periods from the one that holds `first` to the one that holds `last`: start and last day of each. *count; start and end may be NULL to ask for the count. Weeks begin on Monday.
void ppm_step_calendar(enum ppm_calendar_unit unit, int32_t first, int32_t last, uint64_t *count, int32_t *start, int32_t *end);

#endif

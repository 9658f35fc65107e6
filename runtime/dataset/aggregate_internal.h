// What the files of aggregates share: which rows count.
#ifndef PPM_RUNTIME_DATASET_AGGREGATE_INTERNAL_H
#define PPM_RUNTIME_DATASET_AGGREGATE_INTERNAL_H

#include "runtime/dataset/exact_sum.h"

// Rows of a block that count, and the outer rows that they belong to.
struct ppm_picked {
	uint32_t count;
	uint32_t rows[PPM_STEPS_BLOCK], outers[PPM_STEPS_BLOCK];
};

// Picks the rows start … start + count - 1 (at most PPM_STEPS_BLOCK, `start` a multiple of 64) that are linked to an outer row low … high - 1, lie within `where` and have a value.
// Returns how many of them have none.
uint64_t ppm_aggregate_pick(const struct ppm_aggregate_request *request, uint64_t start, uint64_t count, uint32_t low, uint32_t high, struct ppm_picked *picked);

// Marks all outer rows as having a figure, where presence is kept.
void ppm_aggregate_all_present(const struct ppm_aggregate_request *request);
// MEDIAN QUANTILE DISTINCT, and FIRST LAST.
enum ppm_status ppm_aggregate_by_values(const struct ppm_steps *steps, struct ppm_aggregate_request *request);
enum ppm_status ppm_aggregate_by_order(const struct ppm_steps *steps, struct ppm_aggregate_request *request);

#endif

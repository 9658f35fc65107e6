// A kept column as the steps see it: an array of one element a row, and where the elements are there.
//
// Arrays start on PPM_VECTOR_ALIGNMENT and have room for whole batches (PPM_BATCH_ROWS), so that the machine can read and write them in place. A flag is a bit vector,
// row r in bit r % 64 of word r / 64, and so is presence. Elements without presence hold some initialised value. Bits beyond the rows are undefined.
#ifndef PPM_RUNTIME_DATASET_SERIES_H
#define PPM_RUNTIME_DATASET_SERIES_H

#include "runtime/bytecode/job.h"

struct ppm_series {
	enum ppm_register_class class;
	void *values;
	uint64_t *present;                  // NULL: every row has a value
};

static inline bool ppm_series_bit(const uint64_t *mask, uint64_t row)
{
	return mask[row / 64] >> (row % 64) & 1;
}
static inline bool ppm_series_present(const struct ppm_series *series, uint64_t row)
{
	return !series->present || ppm_series_bit(series->present, row);
}

#endif

// Which whole numbers there are and how often: what medians, places and the agreement of two orders are computed from, exactly.
#ifndef PPM_RUNTIME_STATISTICS_DISTRIBUTION_H
#define PPM_RUNTIME_STATISTICS_DISTRIBUTION_H

#include "runtime/base/allocator.h"
#include "runtime/base/decimal.h"

#include <stddef.h>
#include <stdint.h>

// Distinct values in ascending order. `ends`: how many numbers are up to and with each.
struct ppm_distribution {
	const struct ppm_allocator *allocator;
	uint32_t *values;
	uint64_t *ends;
	size_t count;
	uint32_t *places; // [value]: its place among them; NULL where values are too large for that
	size_t place_count;
};

// Of values[0 … size - 1]; those of `except` and above are left out, which must be the case of PPM_DISTRIBUTION_MOST and all above it. False when memory ran out. Free in any case.
#define PPM_DISTRIBUTION_MOST UINT32_C(4000000000)
bool ppm_distribution_make(struct ppm_distribution *distribution, const struct ppm_allocator *allocator, const uint32_t *values, uint64_t size, uint32_t except);
void ppm_distribution_free(struct ppm_distribution *distribution);

// How many numbers it is of.
static inline uint64_t ppm_distribution_size(const struct ppm_distribution *d)
{
	return d->count ? d->ends[d->count - 1] : 0;
}
// Where a value is that it has.
size_t ppm_distribution_find(const struct ppm_distribution *distribution, uint32_t value);
// Twice the mean of the places, from 1 up, of the numbers with that value: equal ones share a place.
static inline uint64_t ppm_distribution_double_rank(const struct ppm_distribution *d, size_t place)
{
	return (place ? d->ends[place - 1] : 0) + d->ends[place] + 1;
}
// The number at position 0 … size - 1 in ascending order.
uint32_t ppm_distribution_at(const struct ppm_distribution *distribution, uint64_t position);
// Twice the median; 0 of nothing.
uint64_t ppm_distribution_double_median(const struct ppm_distribution *distribution);
ppm_int128 ppm_distribution_sum(const struct ppm_distribution *distribution);

// Spearman's rank correlation of pairs: Pearson's of their mean ranks. `products` is the sum over the pairs of both double ranks, `a` and `b` are the distributions of their sides. False where it is not
// defined: fewer than two pairs, or a side whose values are all equal.
bool ppm_rank_correlation(const struct ppm_distribution *a, const struct ppm_distribution *b, ppm_int128 products, double *out);

#endif

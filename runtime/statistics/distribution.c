// Small values, as scores of few places are, are found by one pass over a table of counts; others are sorted, digit by digit.
#include "runtime/statistics/distribution.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define TABLE_MOST ((size_t)1 << 20)
#define DIGIT_BITS 11
#define DIGITS 3 // of 32 bits

static bool make_room(struct ppm_distribution *d, size_t count)
{
	d->values = ppm_allocate(d->allocator, count + 1, sizeof *d->values);
	d->ends = ppm_allocate(d->allocator, count + 1, sizeof *d->ends);
	return d->values && d->ends;
}

static bool by_counting(struct ppm_distribution *d, const uint32_t *values, uint64_t size, uint32_t except)
{
	uint64_t *counts = ppm_allocate_zeroed(d->allocator, d->place_count, sizeof *counts), before = 0;
	size_t distinct = 0;
	d->places = ppm_allocate_zeroed(d->allocator, d->place_count, sizeof *d->places);
	if (!counts || !d->places) {
		ppm_free(d->allocator, counts);
		return false;
	}
	for (uint64_t i = 0; i < size; i++)
		if (values[i] < except)
			counts[values[i]]++;
	for (size_t i = 0; i < d->place_count; i++)
		distinct += counts[i] != 0;
	bool made = make_room(d, distinct);
	for (size_t i = 0; i < d->place_count && made; i++) {
		if (!counts[i])
			continue;
		d->places[i] = (uint32_t)d->count;
		d->values[d->count] = (uint32_t)i;
		d->ends[d->count++] = before += counts[i];
	}
	ppm_free(d->allocator, counts);
	return made;
}

static void sort_by_digit(const uint32_t *from, uint32_t *to, size_t size, unsigned shift)
{
	size_t starts[1 << DIGIT_BITS] = { 0 }, at = 0;
	for (size_t i = 0; i < size; i++)
		starts[from[i] >> shift & ((1 << DIGIT_BITS) - 1)]++;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t count = starts[i];
		starts[i] = at;
		at += count;
	}
	for (size_t i = 0; i < size; i++)
		to[starts[from[i] >> shift & ((1 << DIGIT_BITS) - 1)]++] = from[i];
}

static bool by_sorting(struct ppm_distribution *d, const uint32_t *values, uint64_t size, uint64_t taken, uint32_t except)
{
	uint32_t *sorted = ppm_allocate(d->allocator, (size_t)taken + 1, sizeof *sorted), *other = ppm_allocate(d->allocator, (size_t)taken + 1, sizeof *other);
	size_t count = 0, distinct = 0;
	bool made = sorted && other;
	for (uint64_t i = 0; i < size && made; i++)
		if (values[i] < except)
			sorted[count++] = values[i];
	for (unsigned digit = 0; digit < DIGITS && made; digit++) {
		sort_by_digit(sorted, other, count, digit * DIGIT_BITS);
		uint32_t *swapped = sorted;
		sorted = other;
		other = swapped;
	}
	for (size_t i = 0; i < count && made; i++)
		distinct += i == 0 || sorted[i] != sorted[i - 1];
	made = made && make_room(d, distinct);
	for (size_t i = 0; i < count && made; i++) {
		if (i == 0 || sorted[i] != sorted[i - 1])
			d->values[d->count++] = sorted[i];
		d->ends[d->count - 1] = i + 1;
	}
	ppm_free(d->allocator, sorted);
	ppm_free(d->allocator, other);
	return made;
}

bool ppm_distribution_make(struct ppm_distribution *d, const struct ppm_allocator *allocator, const uint32_t *values, uint64_t size, uint32_t except)
{
	uint32_t most = 0;
	uint64_t taken = 0;
	assert(except <= PPM_DISTRIBUTION_MOST);
	*d = (struct ppm_distribution){ .allocator = allocator };
	for (uint64_t i = 0; i < size; i++) {
		uint32_t value = values[i] < except ? values[i] : 0;
		taken += values[i] < except;
		most = value > most ? value : most;
	}
	if (most >= TABLE_MOST)
		return by_sorting(d, values, size, taken, except);
	d->place_count = (size_t)most + 1;
	return by_counting(d, values, size, except);
}

void ppm_distribution_free(struct ppm_distribution *d)
{
	ppm_free(d->allocator, d->values);
	ppm_free(d->allocator, d->ends);
	ppm_free(d->allocator, d->places);
	*d = (struct ppm_distribution){ .allocator = d->allocator };
}

size_t ppm_distribution_find(const struct ppm_distribution *d, uint32_t value)
{
	if (d->places)
		return d->places[value];
	size_t low = 0, high = d->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t ppm_distribution_at(const struct ppm_distribution *d, uint64_t position)
{
	size_t low = 0, high = d->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->ends[middle] <= position)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < d->count);
	return d->values[low];
}

uint64_t ppm_distribution_double_median(const struct ppm_distribution *d)
{
	uint64_t size = ppm_distribution_size(d);
	return size ? (uint64_t)ppm_distribution_at(d, (size - 1) / 2) + ppm_distribution_at(d, size / 2) : 0;
}

ppm_int128 ppm_distribution_sum(const struct ppm_distribution *d)
{
	ppm_int128 sum = 0;
	for (size_t i = 0; i < d->count; i++)
		sum += (ppm_int128)d->values[i] * (d->ends[i] - (i ? d->ends[i - 1] : 0));
	return sum;
}

// The sum of the squared differences of double ranks from their mean, size + 1.
static ppm_int128 spread(const struct ppm_distribution *d)
{
	ppm_int128 sum = 0, mean = (ppm_int128)ppm_distribution_size(d) + 1;
	for (size_t i = 0; i < d->count; i++) {
		ppm_int128 off = (ppm_int128)ppm_distribution_double_rank(d, i) - mean;
		sum += off * off * (ppm_int128)(d->ends[i] - (i ? d->ends[i - 1] : 0));
	}
	return sum;
}

bool ppm_rank_correlation(const struct ppm_distribution *a, const struct ppm_distribution *b, ppm_int128 products, double *out)
{
	ppm_int128 size = (ppm_int128)ppm_distribution_size(a), together = products - size * (size + 1) * (size + 1), of_a = spread(a), of_b = spread(b);
	assert(ppm_distribution_size(b) == (uint64_t)size);
	if (of_a == 0 || of_b == 0)
		return false;
	if (of_a == of_b) // equal orders agree to the last digit
		*out = (double)together / (double)of_a;
	else
		*out = (double)together / (sqrt((double)of_a) * sqrt((double)of_b));
	return true;
}

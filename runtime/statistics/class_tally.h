// How many customers with and without an outcome have which value: what every measure of prediction is computed from. A value is any whole number, such as a score in
// units of its last place; equal values are one entry, so that memory follows the number of different values and not the number of customers.
#ifndef PPM_RUNTIME_STATISTICS_CLASS_TALLY_H
#define PPM_RUNTIME_STATISTICS_CLASS_TALLY_H

#include "runtime/base/allocator.h"
#include <stdint.h>

// Fewer customers than this go into one tally: then the sums over pairs that are made of it fit in 128 bits.
#define PPM_CLASS_TALLY_LIMIT (UINT64_C(1) << 31)
#define PPM_CLASS_TALLY_RECENT 256

struct ppm_class_entry {
	int64_t value;
	uint32_t with, without; // customers with the outcome, and without it
};

struct ppm_class_tally {
	const struct ppm_allocator *allocator; // NULL: the default one
	struct ppm_class_entry *entries;
	size_t count, capacity;
	uint64_t with, without;
	uint32_t recent[PPM_CLASS_TALLY_RECENT]; // by the value's last bits: the entry that was met last
};

void ppm_class_tally_init(struct ppm_class_tally *tally, const struct ppm_allocator *allocator);
void ppm_class_tally_free(struct ppm_class_tally *tally);
// False when memory ran out, or PPM_CLASS_TALLY_LIMIT is passed: then nothing was added.
bool ppm_class_tally_add(struct ppm_class_tally *tally, int64_t value, bool with);
// Entries in ascending order, each value once. More can be added afterwards.
void ppm_class_tally_sort(struct ppm_class_tally *tally);

#endif

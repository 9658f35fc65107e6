// Texts that a program knows, to their codes: what a column is converted with that is only ever compared with constants. The table is made once, when the source is
// bound, so that no two of its texts share a slot by chance; a lookup is one multiplication, one load, one comparison. (With hundreds of texts such a table would
// be too large; then a few neighbours are looked at.) Texts are told apart by their first 8 bytes and their length; only those that are longer and alike in
// both are compared further.
#ifndef PPM_RUNTIME_SOURCE_CATEGORIES_H
#define PPM_RUNTIME_SOURCE_CATEGORIES_H

#include "runtime/base/allocator.h"
#include "runtime/base/slice.h"
#include <stdint.h>

struct ppm_category_slot {
	uint64_t key;    // the first 8 bytes, zeros behind a shorter text
	uint32_t length; // 0: a free slot (an empty field is missing and never looked up)
	uint32_t code;   // longer than 8: the first of the chain in `entries`
};

struct ppm_category_entry {
	struct ppm_slice text;
	uint32_t code;
	uint32_t next; // alike in key and length; UINT32_MAX: none
};

struct ppm_categories {
	const struct ppm_allocator *allocator;
	struct ppm_category_slot *slots;
	struct ppm_category_entry *entries;
	uint32_t entry_count;
	uint64_t multiplier;
	unsigned shift;
	uint32_t probes; // slots to look at beyond the first; 0 where no two texts collide
	uint32_t other;  // the code of every other text
};

struct ppm_category_text {
	struct ppm_slice text;
	uint32_t code;
};

// The first of equal texts counts; empty ones are left out. The texts must live as long as the table. NULL when memory ran out. Free with ppm_categories_free.
struct ppm_categories *ppm_categories_new(const struct ppm_allocator *allocator, const struct ppm_category_text *texts, uint32_t count, uint32_t other);
void ppm_categories_free(struct ppm_categories *categories);

static inline uint64_t ppm_category_key(const char *text, uint32_t length)
{
	uint64_t key = 0;
	memcpy(&key, text, length < 8 ? length : 8);
	return key;
}

static inline uint64_t ppm_category_hash(uint64_t key, uint32_t length)
{
	return key ^ (uint64_t)length << 57 ^ (uint64_t)length << 27;
}

// Compares the rest of a text that is longer than 8 bytes with the chain at `entry`.
static inline uint32_t ppm_category_compare(const struct ppm_categories *categories, uint32_t entry, const char *text, uint32_t length)
{
	for (; entry != UINT32_MAX; entry = categories->entries[entry].next)
		if (memcmp(categories->entries[entry].text.data + 8, text + 8, length - 8) == 0)
			return categories->entries[entry].code;
	return categories->other;
}

static inline uint32_t ppm_category_find(const struct ppm_categories *categories, uint64_t key, const char *text, uint32_t length)
{
	const struct ppm_category_slot *slot = &categories->slots[(ppm_category_hash(key, length) * categories->multiplier) >> categories->shift];
	for (uint32_t probe = 0; slot->key != key || slot->length != length; slot++)
		if (probe++ == categories->probes)
			return categories->other;
	return length > 8 ? ppm_category_compare(categories, slot->code, text, length) : slot->code;
}

#endif

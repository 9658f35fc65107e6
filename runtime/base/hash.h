// A hash of bytes for tables in memory, and a table from bytes to small integers.
#ifndef PPM_RUNTIME_BASE_HASH_H
#define PPM_RUNTIME_BASE_HASH_H

#include "runtime/base/arena.h"
#include <stdint.h>

// 64 well-mixed bits; the same on every run (results must not depend on it, files do not hold it).
uint64_t ppm_hash_bytes(const void *data, size_t size);

// Bytes to the number of their first appearance: 0, 1, 2 … Text is copied into the interner's arena.
struct ppm_interner {
	struct ppm_arena arena;
	const struct ppm_allocator *allocator;
	struct ppm_slice *items;   // items[code], `count` of them
	uint64_t *slots;           // see hash.c; 2 ^ (64 - shift) of them
	uint32_t count, capacity;
	unsigned shift;
};

#define PPM_INTERNER_NONE UINT32_MAX

void ppm_interner_init(struct ppm_interner *interner, const struct ppm_allocator *allocator);
void ppm_interner_free(struct ppm_interner *interner);
// What it holds of memory: texts, items and slots.
uint64_t ppm_interner_bytes(const struct ppm_interner *interner);
// Forgets every item from `keep` on, so that codes below it stay what they are.
void ppm_interner_truncate(struct ppm_interner *interner, uint32_t keep);
// The text's code, added if new; PPM_INTERNER_NONE when memory ran out.
uint32_t ppm_interner_add(struct ppm_interner *interner, struct ppm_slice text);
// The text's code or PPM_INTERNER_NONE.
uint32_t ppm_interner_find(const struct ppm_interner *interner, struct ppm_slice text);
// The same for many texts, whose hashes by ppm_hash_bytes are given: several times as fast where the texts are many. Adding gives false when memory ran out; what was added until then stays.
void ppm_interner_find_many(const struct ppm_interner *interner, const struct ppm_slice *texts, const uint64_t *hashes, uint32_t count, uint32_t *codes);
bool ppm_interner_add_many(struct ppm_interner *interner, const struct ppm_slice *texts, const uint64_t *hashes, uint32_t count, uint32_t *codes);
// Takes over the texts of another interner of the same allocator, without copying them unless most are here: its code i becomes map[i], and those that are not here get the next codes in
// their order. `map` has room for other->count codes; NULL says that no text is in both, and that code i becomes i and what this one had before. `other` is empty afterwards, but for its count. False when
// memory ran out: `other` is as it was.
bool ppm_interner_take_over(struct ppm_interner *interner, struct ppm_interner *other, uint32_t *map);

#endif

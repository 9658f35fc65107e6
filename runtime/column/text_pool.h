// Texts as codes. Within one worker and one batch, equal texts have equal codes, so that comparing texts is comparing integers and
// a predicate over texts runs once for each distinct one. The program's own constants come first: constant i has code i in every pool. A
// column that is only ever compared with constants is not pooled at all: its other values all get the code `constant_count`
// ("some other text"), which no constant has; pooled texts start above it.
#ifndef PPM_RUNTIME_COLUMN_TEXT_POOL_H
#define PPM_RUNTIME_COLUMN_TEXT_POOL_H

#include "runtime/base/hash.h"

#define PPM_TEXT_POOL_LIMIT 65536u // distinct texts kept; beyond it the pool starts afresh between two batches

struct ppm_text_pool {
	struct ppm_interner interner;
	uint32_t constant_count;
	uint32_t generation;            // raised whenever codes above constant_count were forgotten: memos must be dropped
	bool failed;                    // an addition ran out of memory; stays set
};

// Interns the constants and the "other" code. False when memory ran out.
bool ppm_text_pool_init(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_slice *constants, uint32_t count);
void ppm_text_pool_free(struct ppm_text_pool *pool);
// Call between batches: forgets non-constant texts when the pool has grown past PPM_TEXT_POOL_LIMIT or 16 MiB.
void ppm_text_pool_trim(struct ppm_text_pool *pool);
// PPM_INTERNER_NONE when memory ran out.
uint32_t ppm_text_pool_add(struct ppm_text_pool *pool, struct ppm_slice text);
static inline struct ppm_slice ppm_text_pool_get(const struct ppm_text_pool *pool, uint32_t code) { return pool->interner.items[code]; }

#endif

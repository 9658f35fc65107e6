// Texts as codes. Within one worker and one batch, equal texts have equal codes, so that comparing texts is comparing integers and
// a predicate over texts runs once for each distinct one. The program's own constants come first: constant i has code i in every pool. A
// column that is only ever compared with constants is not pooled at all: its other values all get the code `constant_count`
// ("some other text"), which no constant has; pooled texts start above it.
//
// Texts of a column that hardly ever come twice are dear to look up and of no use afterwards. Where nothing compares texts with each other (`loose`) they are lent for one batch instead: each gets a code of
// its own, from PPM_TEXT_POOL_LENT on, unless it is a constant, and nothing is copied or remembered.
//
// A job has one pool for everything that it keeps. While threads work, each has a pool of its own that stands over the job's: what is in the lower one has its code there, new texts get
// the codes behind. Afterwards ppm_text_pool_merge takes the new ones over, and the kept codes are put right.
#ifndef PPM_RUNTIME_COLUMN_TEXT_POOL_H
#define PPM_RUNTIME_COLUMN_TEXT_POOL_H

#include "runtime/base/hash.h"

#define PPM_TEXT_POOL_LIMIT 65536u // distinct texts kept; beyond it the pool starts afresh between two batches
#define PPM_TEXT_POOL_FEW 8192u    // beyond so many it does where few texts came twice: what is looked up in vain had better stay in the processor's caches
#define PPM_TEXT_POOL_LENT (UINT32_C(1) << 30)

// What the library makes of texts, and is remembered here by code.
enum ppm_text_change { PPM_TEXT_UPPER, PPM_TEXT_LOWER, PPM_TEXT_TRIM, PPM_TEXT_CHANGES };
#define PPM_TEXT_CHANGES_LIMIT 131072u // codes beyond are not remembered

struct ppm_text_changes {
	uint32_t *codes; // [code]: of what the text became, and 1; 0: not known
	size_t capacity;
	uint32_t generation;
};

struct ppm_text_pool {
	struct ppm_interner interner;     // of the codes from base_count on
	const struct ppm_text_pool *base; // NULL; else it does not change while this one stands over it, and has no base itself
	uint32_t base_count;
	uint32_t constant_count;
	uint32_t generation;    // raised whenever codes above constant_count were forgotten: memos must be dropped
	uint64_t asked;         // texts looked up since then
	bool keeps;             // codes are kept beyond a batch: nothing is forgotten
	bool loose;             // equal texts may have several codes, if they are no constants: texts may be lent
	bool failed;            // an addition ran out of memory; stays set
	struct ppm_slice *lent; // of the codes from PPM_TEXT_POOL_LENT on
	size_t lent_capacity;
	uint32_t lent_count;
	struct ppm_arena lent_bytes;
	struct ppm_text_changes changes[PPM_TEXT_CHANGES];
	uint64_t likely[16]; // a bit for each constant, by its length and ends: no text whose bit is not set is one
};

// Interns the constants and the "other" code. False when memory ran out.
bool ppm_text_pool_init(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_slice *constants, uint32_t count);
// Over another pool, which outlives it.
void ppm_text_pool_init_over(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_text_pool *base);
void ppm_text_pool_free(struct ppm_text_pool *pool);
// Call between batches: forgets what was lent, and non-constant texts of this pool (not of the one below) when it has grown past PPM_TEXT_POOL_LIMIT or 16 MiB, or past PPM_TEXT_POOL_FEW without having been of use.
void ppm_text_pool_trim(struct ppm_text_pool *pool);
// PPM_INTERNER_NONE when memory ran out.
uint32_t ppm_text_pool_add(struct ppm_text_pool *pool, struct ppm_slice text);
// The same for many, faster. `hashes` is room for as many numbers. False when memory ran out.
bool ppm_text_pool_add_many(struct ppm_text_pool *pool, const struct ppm_slice *texts, uint64_t *hashes, uint32_t count, uint32_t *codes);
// Of a loose pool: codes for texts that live until the next trim; with `copy` the pool sees to that. False when memory ran out.
bool ppm_text_pool_lend(struct ppm_text_pool *pool, const struct ppm_slice *texts, uint32_t count, bool copy, uint32_t *codes);
// A table of what became of texts, of the codes below *count, which the caller may fill: pooled texts become pooled ones only. It lives until texts are added. NULL and 0 when memory ran out.
uint32_t *ppm_text_pool_changes(struct ppm_text_pool *pool, enum ppm_text_change change, uint32_t *count);
// Takes over the texts of a pool that stands over `pool` as it was when that was made: its code base_count + i becomes map[i]; map has room for its interner.count codes. Several such pools may
// be merged one after another. The first one's codes stay what they are: its map may be NULL. `over` keeps its counts, but not its texts. False when memory ran out.
bool ppm_text_pool_merge(struct ppm_text_pool *pool, struct ppm_text_pool *over, uint32_t *map);

static inline uint32_t ppm_text_pool_count(const struct ppm_text_pool *pool)
{
	return pool->base_count + pool->interner.count;
}
static inline bool ppm_text_pool_has(const struct ppm_text_pool *pool, uint32_t code)
{
	return code < ppm_text_pool_count(pool) || (code >= PPM_TEXT_POOL_LENT && code - PPM_TEXT_POOL_LENT < pool->lent_count);
}
// A code that no text has stands for the empty text: a verified program is trusted to keep codes in its registers no more than it has to be.
static inline struct ppm_slice ppm_text_pool_get(const struct ppm_text_pool *pool, uint32_t code)
{
	if (code < pool->base_count)
		return pool->base->interner.items[code];
	if (!ppm_text_pool_has(pool, code))
		return (struct ppm_slice){ "", 0 };
	return code >= PPM_TEXT_POOL_LENT ? pool->lent[code - PPM_TEXT_POOL_LENT] : pool->interner.items[code - pool->base_count];
}

#endif

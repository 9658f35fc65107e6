// The pool is an interner whose first codes never change. The "other" code is held by a byte that is no UTF-8, so that no text of a file or
// a model can ever be equal to it.
#include "runtime/column/text_pool.h"

#define TEXT_BYTES_LIMIT ((size_t)16 << 20)
#define OF_USE 8u // the least number of look-ups for each text that is kept
#define TRIES 64u // one generation of so many, the first among them, may grow whatever came twice until then: some files have many texts, but not more and more

// Where a text's bit among `likely` is.
static inline uint32_t likeness(struct ppm_slice text)
{
	uint32_t first = text.size ? (unsigned char)text.data[0] : 0, last = text.size ? (unsigned char)text.data[text.size - 1] : 0;
	return ((uint32_t)text.size * 37 + first * 7 + last) % 1024;
}

bool ppm_text_pool_init(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_slice *constants, uint32_t count)
{
	*pool = (struct ppm_text_pool){ .constant_count = count };
	ppm_interner_init(&pool->interner, allocator);
	ppm_arena_init(&pool->lent_bytes, allocator);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t bit = likeness(constants[i]);
		pool->likely[bit / 64] |= UINT64_C(1) << bit % 64;
		if (ppm_interner_add(&pool->interner, constants[i]) != i) {
			ppm_text_pool_free(pool);
			return false;
		}
	}
	if (ppm_interner_add(&pool->interner, PPM_SLICE("\xff")) != count) {
		ppm_text_pool_free(pool);
		return false;
	}
	return true;
}

void ppm_text_pool_init_over(struct ppm_text_pool *pool, const struct ppm_allocator *allocator, const struct ppm_text_pool *base)
{
	*pool = (struct ppm_text_pool){ .base = base, .base_count = base->interner.count, .constant_count = base->constant_count };
	ppm_interner_init(&pool->interner, allocator);
	ppm_arena_init(&pool->lent_bytes, allocator);
}

void ppm_text_pool_free(struct ppm_text_pool *pool)
{
	ppm_free(pool->interner.allocator, pool->lent);
	for (size_t i = 0; i < PPM_TEXT_CHANGES; i++)
		ppm_free(pool->interner.allocator, pool->changes[i].codes);
	ppm_arena_free(&pool->lent_bytes);
	ppm_interner_free(&pool->interner);
	*pool = (struct ppm_text_pool){ .constant_count = 0 };
}

void ppm_text_pool_trim(struct ppm_text_pool *pool)
{
	if (pool->lent_count) {
		pool->lent_count = 0;
		ppm_arena_reset(&pool->lent_bytes);
	}
	uint32_t keep = pool->base ? 0 : pool->constant_count + 1;
	uint32_t held = pool->interner.count - keep;
	bool of_use = held <= PPM_TEXT_POOL_FEW || pool->generation % TRIES == 0 || pool->asked / OF_USE >= held;
	if (pool->keeps || (of_use && held <= PPM_TEXT_POOL_LIMIT && pool->interner.arena.used <= TEXT_BYTES_LIMIT))
		return;
	// Constants alone may pass the limit of bytes: forgetting nothing would only drop memos.
	if (held == 0)
		return;
	ppm_interner_truncate(&pool->interner, keep);
	pool->generation++;
	pool->asked = 0;
}

uint32_t ppm_text_pool_add(struct ppm_text_pool *pool, struct ppm_slice text)
{
	pool->asked++;
	if (pool->base) {
		// No more than the base had when this pool was made: that one may grow while others merge into it.
		uint32_t found = ppm_interner_find(&pool->base->interner, text);
		if (found < pool->base_count)
			return found;
	}
	uint32_t code = ppm_interner_add(&pool->interner, text);
	if (code == PPM_INTERNER_NONE || code >= PPM_TEXT_POOL_LENT - pool->base_count) {
		pool->failed = true;
		return PPM_INTERNER_NONE;
	}
	return pool->base_count + code;
}

bool ppm_text_pool_add_many(struct ppm_text_pool *pool, const struct ppm_slice *texts, uint64_t *hashes, uint32_t count, uint32_t *codes)
{
	for (uint32_t i = 0; i < count; i++)
		hashes[i] = ppm_hash_bytes(texts[i].data, texts[i].size);
	uint32_t done = 0;
	pool->asked += count;
	if (pool->base) {
		ppm_interner_find_many(&pool->base->interner, texts, hashes, count, codes);
		while (done < count && codes[done] < pool->base_count)
			done++;
	}
	// From the first one that is not below on, those that are not below in runs.
	while (done < count) {
		uint32_t end = done + 1;
		while (end < count && (!pool->base || codes[end] >= pool->base_count))
			end++;
		if (!ppm_interner_add_many(&pool->interner, texts + done, hashes + done, end - done, codes + done) ||
			pool->interner.count >= PPM_TEXT_POOL_LENT - pool->base_count) {
			pool->failed = true;
			return false;
		}
		for (uint32_t i = done; pool->base_count && i < end; i++)
			codes[i] += pool->base_count;
		for (done = end; done < count && codes[done] < pool->base_count; done++)
			;
	}
	return true;
}

bool ppm_text_pool_lend(struct ppm_text_pool *pool, const struct ppm_slice *texts, uint32_t count, bool copy, uint32_t *codes)
{
	void *lent = pool->lent;
	if (count > PPM_TEXT_POOL_LENT - pool->lent_count ||
		!ppm_grow(pool->interner.allocator, &lent, &pool->lent_capacity, (size_t)pool->lent_count + count, sizeof *pool->lent)) {
		pool->failed = true;
		return false;
	}
	pool->lent = lent;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t bit = likeness(texts[i]);
		if (pool->likely[bit / 64] >> bit % 64 & 1) {
			uint32_t found = ppm_interner_find(&pool->interner, texts[i]);
			if (found < pool->constant_count) {
				codes[i] = found;
				continue;
			}
		}
		struct ppm_slice text = texts[i];
		if (copy) {
			text = ppm_arena_copy(&pool->lent_bytes, text);
			if (!text.data) {
				pool->lent_bytes.failed = false; // reported here and now
				pool->failed = true;
				return false;
			}
		}
		codes[i] = PPM_TEXT_POOL_LENT + pool->lent_count;
		pool->lent[pool->lent_count++] = text;
	}
	return true;
}

uint32_t *ppm_text_pool_changes(struct ppm_text_pool *pool, enum ppm_text_change change, uint32_t *count)
{
	struct ppm_text_changes *changes = &pool->changes[change];
	uint32_t wanted = ppm_text_pool_count(pool) < PPM_TEXT_CHANGES_LIMIT ? ppm_text_pool_count(pool) : PPM_TEXT_CHANGES_LIMIT;
	size_t before = changes->capacity;
	if (changes->generation != pool->generation && before)
		memset(changes->codes, 0, before * sizeof *changes->codes);
	changes->generation = pool->generation;
	void *codes = changes->codes;
	*count = 0;
	if (!ppm_grow(pool->interner.allocator, &codes, &changes->capacity, wanted, sizeof *changes->codes)) {
		pool->failed = true;
		return NULL;
	}
	changes->codes = codes;
	memset(changes->codes + before, 0, (changes->capacity - before) * sizeof *changes->codes);
	*count = wanted;
	return changes->codes;
}

bool ppm_text_pool_merge(struct ppm_text_pool *pool, struct ppm_text_pool *over, uint32_t *map)
{
	return ppm_interner_take_over(&pool->interner, &over->interner, map);
}

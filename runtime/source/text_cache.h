// The codes of a column's latest texts, so that a text which comes again is found with one look instead of a look-up in the pool: most columns of texts have few different ones. A text is told by its first
// and last 8 bytes and its length; of longer ones the bytes between are compared with the pool's. A text stands in one place only, and the last one to come there stays.
//
// No text in it has a quotation mark, so that what is found needs no look for one.
#ifndef PPM_RUNTIME_SOURCE_TEXT_CACHE_H
#define PPM_RUNTIME_SOURCE_TEXT_CACHE_H

#include "runtime/column/text_pool.h"

struct ppm_text_cache_entry {
	uint64_t first, last; // 0 in `last` for a text of at most 8 bytes
	uint32_t size;        // 0: nothing stands here (no text of a column is empty)
	uint32_t code;
};

struct ppm_text_cache {
	struct ppm_text_cache_entry *entries; // NULL before the first text
	unsigned shift;                       // 64 less the bits of their number
	uint32_t generation;                  // of the pool
	uint32_t off;                         // so many batches go without
	bool warm;                            // a batch has filled it
};

// What a text is looked for by.
struct ppm_text_cache_key {
	uint64_t first, last;
	size_t slot;
};

// Before a batch's texts: false when memory ran out. Nothing may be asked while `off`.
bool ppm_text_cache_open(struct ppm_text_cache *cache, const struct ppm_allocator *allocator, const struct ppm_text_pool *pool);
// After them: a cache that missed many texts grows, up to 2^most_bits entries, and rests where even that was of no use. False when memory ran out.
bool ppm_text_cache_close(struct ppm_text_cache *cache, const struct ppm_allocator *allocator, uint32_t texts, uint32_t missed, unsigned most_bits);
void ppm_text_cache_free(struct ppm_text_cache *cache, const struct ppm_allocator *allocator);
bool ppm_text_cache_middle_equal(const char *a, const char *b, size_t size);

// Reads up to 7 bytes behind a text that is shorter than 8.
static inline struct ppm_text_cache_key ppm_text_cache_key(const struct ppm_text_cache *cache, struct ppm_slice text)
{
	struct ppm_text_cache_key key;
	memcpy(&key.first, text.data, sizeof key.first);
	memcpy(&key.last, text.size > 8 ? text.data + text.size - 8 : text.data, sizeof key.last);
	if (text.size < 8) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		key.first &= ~(~UINT64_C(0) >> 8 * text.size);
#else
		key.first &= ~(~UINT64_C(0) << 8 * text.size);
#endif
	}
	key.last = text.size > 8 ? key.last : 0;
	uint64_t hash = (key.first ^ (key.last << 29 | key.last >> 35)) + (uint64_t)text.size * UINT64_C(0xb7e151628aed2a6b), middle;
	if (text.size > 16) { // some texts differ there alone
		memcpy(&middle, text.data + text.size / 2 - 4, sizeof middle);
		hash ^= middle * UINT64_C(0x6a09e667f3bcc909);
	}
	key.slot = (size_t)((hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> cache->shift);
	return key;
}

// Whether the text's code is known.
static inline bool ppm_text_cache_find(
	const struct ppm_text_cache *cache, const struct ppm_text_pool *pool, struct ppm_slice text, const struct ppm_text_cache_key *key, uint32_t *code)
{
	const struct ppm_text_cache_entry *entry = &cache->entries[key->slot];
	*code = entry->code;
	return entry->first == key->first && entry->last == key->last && entry->size == text.size &&
		(text.size <= 16 || ppm_text_cache_middle_equal(text.data, ppm_text_pool_get(pool, entry->code).data, text.size));
}

static inline void ppm_text_cache_put(struct ppm_text_cache *cache, struct ppm_slice text, const struct ppm_text_cache_key *key, uint32_t code)
{
	cache->entries[key->slot] = (struct ppm_text_cache_entry){ key->first, key->last, (uint32_t)text.size, code };
}

#endif

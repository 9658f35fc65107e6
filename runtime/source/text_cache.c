// Sizes: a cache begins small, since a model may have many columns, and grows by four where more than one text in eight was missed.
#include "runtime/source/text_cache.h"

#define FIRST_BITS 8u
#define MISSED_GROWS 8u
#define MISSED_RESTS 2u
#define REST_BATCHES 64u

// What stood in a smaller one comes again.
static bool make_entries(struct ppm_text_cache *cache, const struct ppm_allocator *allocator, unsigned bits)
{
	struct ppm_text_cache_entry *entries = ppm_allocate_zeroed(allocator, (size_t)1 << bits, sizeof *entries);
	if (!entries)
		return false;
	ppm_free(allocator, cache->entries);
	cache->entries = entries;
	cache->shift = 64 - bits;
	cache->warm = false;
	return true;
}

bool ppm_text_cache_open(struct ppm_text_cache *cache, const struct ppm_allocator *allocator, const struct ppm_text_pool *pool)
{
	if (cache->entries && cache->generation != pool->generation) {
		memset(cache->entries, 0, ((size_t)1 << (64 - cache->shift)) * sizeof *cache->entries);
		cache->warm = false;
	}
	cache->generation = pool->generation;
	return cache->entries || make_entries(cache, allocator, FIRST_BITS);
}

bool ppm_text_cache_close(struct ppm_text_cache *cache, const struct ppm_allocator *allocator, uint32_t texts, uint32_t missed, unsigned most_bits)
{
	unsigned bits = 64 - cache->shift;
	if (missed > texts / MISSED_GROWS && bits + 2 <= most_bits)
		return make_entries(cache, allocator, bits + 2);
	if (cache->warm && missed > texts / MISSED_RESTS)
		cache->off = REST_BATCHES;
	cache->warm = true;
	return true;
}

void ppm_text_cache_free(struct ppm_text_cache *cache, const struct ppm_allocator *allocator)
{
	ppm_free(allocator, cache->entries);
	*cache = (struct ppm_text_cache){ .off = 0 };
}

// The bytes behind the first 8 and before the last 8; more than 16 in all.
bool ppm_text_cache_middle_equal(const char *a, const char *b, size_t size)
{
	uint64_t differ = 0;
	for (size_t at = 8; at + 8 < size; at += 8) {
		uint64_t x, y;
		memcpy(&x, a + at, sizeof x);
		memcpy(&y, b + at, sizeof y);
		differ |= x ^ y;
	}
	return differ == 0;
}

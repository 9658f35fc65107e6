// A column's cache of codes: what it finds is what the pool says, for texts that differ in any one byte, and a column whose texts do not come again goes without.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/source/text_cache.h"

#define SLACK 8 // a text may be read past its end

static uint64_t draws = 7;

static uint32_t below(uint32_t count)
{
	draws = draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(((draws >> 32) * count) >> 32);
}

static void what_is_found_is_what_the_pool_says(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	struct ppm_text_cache cache = { .off = 0 };
	const struct ppm_allocator *allocator = ppm_allocator_default();
	assert_true(ppm_text_pool_init(&pool, allocator, NULL, 0));
	uint32_t found = 0;
	for (unsigned batch = 0; batch < 200; batch++) {
		uint32_t missed = 0;
		assert_true(ppm_text_cache_open(&cache, allocator, &pool));
		for (unsigned i = 0; i < 1000; i++) {
			// One byte of it differs from many others'; what stands behind it is never the same.
			char data[64];
			memset(data, 'a', sizeof data);
			struct ppm_slice text = { data, 1 + below(40) };
			if (below(4))
				data[below((uint32_t)text.size)] = (char)('b' + below(2));
			for (size_t k = 0; k < SLACK; k++)
				data[text.size + k] = (char)below(256);
			struct ppm_text_cache_key key = ppm_text_cache_key(&cache, text);
			uint32_t code, wanted = ppm_text_pool_add(&pool, text);
			if (ppm_text_cache_find(&cache, &pool, text, &key, &code)) {
				assert_int_equal(code, wanted);
				found++;
			} else {
				ppm_text_cache_put(&cache, text, &key, wanted);
				missed++;
			}
		}
		assert_true(ppm_text_cache_close(&cache, allocator, 1000, missed, 12));
		if (batch % 64 == 63) {
			// Codes are dealt out anew: nothing is found any more.
			for (uint32_t k = 0; k <= PPM_TEXT_POOL_LIMIT; k++)
				ppm_text_pool_add(&pool, (struct ppm_slice){ (const char *)&k, sizeof k });
			ppm_text_pool_trim(&pool);
			assert_int_equal(pool.generation, batch / 64 + 1);
		}
	}
	if (found < 150000) // of at most 1,680 different texts
		fail_msg("%u found", (unsigned)found);
	ppm_text_cache_free(&cache, allocator);
	ppm_text_pool_free(&pool);
}

static void it_grows_and_rests(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	struct ppm_text_cache cache = { .off = 0 };
	const struct ppm_allocator *allocator = ppm_allocator_default();
	assert_true(ppm_text_pool_init(&pool, allocator, NULL, 0));
	assert_true(ppm_text_cache_open(&cache, allocator, &pool));
	assert_int_equal(cache.shift, 64 - 8);
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 125, 12));
	assert_int_equal(cache.shift, 64 - 8);
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 126, 12));
	assert_int_equal(cache.shift, 64 - 10);
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 1000, 12));
	assert_int_equal(cache.shift, 64 - 12);
	// One that has only begun to fill is no reason to rest.
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 1000, 12));
	assert_int_equal(cache.off, 0);
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 500, 12));
	assert_int_equal(cache.off, 0);
	assert_true(ppm_text_cache_close(&cache, allocator, 1000, 501, 12));
	assert_int_equal(cache.shift, 64 - 12);
	assert_true(cache.off > 0);
	ppm_text_cache_free(&cache, allocator);
	ppm_text_pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_what_the_pool_says),
		cmocka_unit_test(it_grows_and_rests),
	};
	return cmocka_run_group_tests_name("text_cache", tests, NULL, NULL);
}

// Texts as codes: constants first, the code that no text has, and forgetting.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/column/text_pool.h"

static const struct ppm_slice constants[] = { { "DE", 2 }, { "", 0 }, { "a\0b", 3 } };

static void constants_have_their_own_codes(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	assert_int_equal(pool.constant_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(ppm_text_pool_add(&pool, constants[i]), i);
		assert_true(ppm_slice_equal(ppm_text_pool_get(&pool, i), constants[i]));
	}
	// Code 3 stands for some other text, which no text of a file is.
	uint32_t fresh = ppm_text_pool_add(&pool, PPM_SLICE("FR"));
	assert_int_equal(fresh, 4);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("FR")), 4);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("a")), 5);
	assert_true(ppm_slice_is(ppm_text_pool_get(&pool, 4), "FR"));
	assert_false(pool.failed);
	ppm_text_pool_free(&pool);
}

static void no_constants_at_all(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), NULL, 0));
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("x")), 1);
	ppm_text_pool_free(&pool);
}

static void the_same_constant_twice_is_refused(void **state)
{
	(void)state;
	static const struct ppm_slice twice[] = { { "a", 1 }, { "a", 1 } };
	struct ppm_text_pool pool;
	assert_false(ppm_text_pool_init(&pool, ppm_allocator_default(), twice, 2));
}

static void add_numbered(struct ppm_text_pool *pool, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		char text[16];
		int size = snprintf(text, sizeof text, "t%u", i);
		assert_int_equal(ppm_text_pool_add(pool, (struct ppm_slice){ text, (size_t)size }), 4 + i);
	}
}

static void a_full_pool_starts_afresh(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	add_numbered(&pool, PPM_TEXT_POOL_LIMIT);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 0);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("one too many")), 4 + PPM_TEXT_POOL_LIMIT);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	// Constants stay, the rest is numbered anew.
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("DE")), 0);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("new")), 4);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("t0")), 5);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	ppm_text_pool_free(&pool);
}

static void long_texts_fill_it_too(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	size_t size = (size_t)1 << 20;
	char *text = malloc(size);
	assert_non_null(text);
	memset(text, 'x', size);
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	for (int i = 0; i < 17; i++) {
		text[0] = (char)('a' + i);
		assert_int_equal(ppm_text_pool_add(&pool, (struct ppm_slice){ text, size }), 4 + (uint32_t)i);
	}
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("y")), 4);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	ppm_text_pool_free(&pool);
	free(text);
}

static void *refuse(void *context, void *pointer, size_t size)
{
	long *left = context;
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	return (*left)-- > 0 ? realloc(pointer, size) : NULL;
}

static void memory_can_run_out(void **state)
{
	(void)state;
	bool made = false;
	for (long allowed = 0; allowed < 50 && !made; allowed++) {
		long left = allowed;
		struct ppm_allocator allocator = { refuse, &left };
		struct ppm_text_pool pool;
		made = ppm_text_pool_init(&pool, &allocator, constants, 3);
		if (!made)
			continue;
		left = 0;
		uint32_t code = 0;
		for (int i = 0; i < 100000 && code != PPM_INTERNER_NONE; i++) {
			char text[16];
			int size = snprintf(text, sizeof text, "t%d", i);
			code = ppm_text_pool_add(&pool, (struct ppm_slice){ text, (size_t)size });
		}
		assert_int_equal(code, PPM_INTERNER_NONE);
		assert_true(pool.failed);
		ppm_text_pool_free(&pool);
	}
	assert_true(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_have_their_own_codes),
		cmocka_unit_test(no_constants_at_all),
		cmocka_unit_test(the_same_constant_twice_is_refused),
		cmocka_unit_test(a_full_pool_starts_afresh),
		cmocka_unit_test(long_texts_fill_it_too),
		cmocka_unit_test(memory_can_run_out),
	};
	return cmocka_run_group_tests_name("text_pool", tests, NULL, NULL);
}

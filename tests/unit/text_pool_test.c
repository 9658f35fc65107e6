// Texts as codes: constants first, the code that no text has, and forgetting.
#include <inttypes.h>
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

static void add_numbered(struct ppm_text_pool *pool, uint32_t count, int times)
{
	for (uint32_t i = 0; i < count; i++) {
		char text[16];
		int size = snprintf(text, sizeof text, "t%u", i);
		for (int time = 0; time < times; time++)
			assert_int_equal(ppm_text_pool_add(pool, (struct ppm_slice){ text, (size_t)size }), 4 + i);
	}
}

static void a_full_pool_starts_afresh(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	add_numbered(&pool, PPM_TEXT_POOL_LIMIT, 5);
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

// Texts that hardly ever come twice are not worth keeping so many of.
static void texts_that_come_once_go_early(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	// The first time it is tried whether more of them help.
	add_numbered(&pool, PPM_TEXT_POOL_LIMIT + 1, 1);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	add_numbered(&pool, PPM_TEXT_POOL_FEW, 1);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 1);
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("one too many")), 4 + PPM_TEXT_POOL_FEW);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 2);
	assert_int_equal(ppm_text_pool_count(&pool), 4);
	// What came before the pool started afresh does not count.
	add_numbered(&pool, PPM_TEXT_POOL_FEW + 1, 7);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 3);
	add_numbered(&pool, PPM_TEXT_POOL_FEW + 1, 8);
	ppm_text_pool_trim(&pool);
	assert_int_equal(pool.generation, 3);
	ppm_text_pool_free(&pool);
}

static void texts_are_lent_for_a_batch(void **state)
{
	(void)state;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	pool.loose = true;
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("kept")), 4);
	char bytes[] = "made";
	struct ppm_slice texts[] = { PPM_SLICE("a@b.c"), PPM_SLICE("DE"), PPM_SLICE("a@b.c"), PPM_SLICE("kept"), PPM_SLICE("\xff") }, made = { bytes, 4 };
	uint32_t codes[5], code;
	assert_true(ppm_text_pool_lend(&pool, texts, 5, false, codes));
	// A constant keeps its code; whatever else there is gets one of its own each time.
	assert_int_equal(codes[0], PPM_TEXT_POOL_LENT);
	assert_int_equal(codes[1], 0);
	assert_int_equal(codes[2], PPM_TEXT_POOL_LENT + 1);
	assert_int_equal(codes[3], PPM_TEXT_POOL_LENT + 2);
	assert_int_equal(codes[4], PPM_TEXT_POOL_LENT + 3);
	for (size_t i = 0; i < 5; i++) {
		assert_true(ppm_text_pool_has(&pool, codes[i]));
		assert_true(ppm_slice_equal(ppm_text_pool_get(&pool, codes[i]), texts[i]));
	}
	assert_true(ppm_text_pool_lend(&pool, &made, 1, true, &code));
	memcpy(bytes, "gone", 4);
	assert_true(ppm_slice_equal(ppm_text_pool_get(&pool, code), PPM_SLICE("made")));
	assert_false(ppm_text_pool_has(&pool, code + 1));
	assert_int_equal(ppm_text_pool_count(&pool), 5);
	ppm_text_pool_trim(&pool);
	assert_false(ppm_text_pool_has(&pool, codes[0]));
	assert_int_equal(ppm_text_pool_add(&pool, PPM_SLICE("kept")), 4);
	ppm_text_pool_free(&pool);
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

static void nothing_is_lent_without_memory(void **state)
{
	(void)state;
	bool done = false;
	for (long allowed = 0; allowed < 50 && !done; allowed++) {
		long left = 1000000;
		struct ppm_allocator allocator = { refuse, &left };
		struct ppm_text_pool pool;
		struct ppm_slice text = PPM_SLICE("lent");
		uint32_t code;
		assert_true(ppm_text_pool_init(&pool, &allocator, constants, 3));
		pool.loose = true;
		left = allowed;
		done = ppm_text_pool_lend(&pool, &text, 1, true, &code);
		assert_int_equal(pool.failed, !done);
		assert_int_equal(ppm_text_pool_has(&pool, PPM_TEXT_POOL_LENT), done);
		ppm_text_pool_free(&pool);
		assert_true(done || allowed < 5);
	}
	assert_true(done);
}

static void what_texts_became_is_remembered_as_long_as_they_are(void **state)
{
	(void)state;
	long left = 1000000;
	struct ppm_allocator allocator = { refuse, &left };
	struct ppm_text_pool pool;
	uint32_t count;
	assert_true(ppm_text_pool_init(&pool, &allocator, constants, 3));
	uint32_t *upper = ppm_text_pool_changes(&pool, PPM_TEXT_UPPER, &count);
	assert_int_equal(count, 4);
	upper[2] = 2;
	// Each kind for itself, and texts that come later are not known.
	assert_int_equal(ppm_text_pool_changes(&pool, PPM_TEXT_LOWER, &count)[2], 0);
	add_numbered(&pool, PPM_TEXT_POOL_LIMIT + 1, 1);
	upper = ppm_text_pool_changes(&pool, PPM_TEXT_UPPER, &count);
	assert_int_equal(count, 4 + PPM_TEXT_POOL_LIMIT + 1);
	assert_int_equal(upper[2], 2);
	for (uint32_t code = 3; code < count; code++)
		assert_int_equal(upper[code], 0);
	upper[5] = 6;
	ppm_text_pool_trim(&pool);
	upper = ppm_text_pool_changes(&pool, PPM_TEXT_UPPER, &count);
	assert_int_equal(count, 4);
	assert_int_equal(upper[2], 0);
	assert_int_equal(upper[5], 0);
	// Of very many, only the first.
	add_numbered(&pool, PPM_TEXT_CHANGES_LIMIT + 10, 1);
	assert_non_null(ppm_text_pool_changes(&pool, PPM_TEXT_UPPER, &count));
	assert_int_equal(count, PPM_TEXT_CHANGES_LIMIT);
	left = 0;
	assert_null(ppm_text_pool_changes(&pool, PPM_TEXT_TRIM, &count));
	assert_int_equal(count, 0);
	assert_true(pool.failed);
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

static struct ppm_slice name_number(char text[16], uint32_t number)
{
	return (struct ppm_slice){ text, (size_t)snprintf(text, 16, "n%u", number) };
}

static void many_at_once_are_the_same_as_one_by_one(void **state)
{
	(void)state;
	enum { MANY = 3000 };
	static char names[MANY][16];
	static struct ppm_slice texts[MANY];
	static uint64_t hashes[MANY];
	static uint32_t codes[MANY];
	for (uint32_t i = 0; i < MANY; i++)
		texts[i] = name_number(names[i], i * 7 % 1000);
	texts[5] = constants[1];
	texts[6] = constants[2];
	struct ppm_text_pool pool, single;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), constants, 3));
	assert_true(ppm_text_pool_init(&single, ppm_allocator_default(), constants, 3));
	assert_true(ppm_text_pool_add_many(&pool, texts, hashes, 0, codes));
	for (uint32_t from = 0; from < MANY; from += 750)
		assert_true(ppm_text_pool_add_many(&pool, texts + from, hashes + from, 750, codes + from));
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(codes[i], ppm_text_pool_add(&single, texts[i]));
	assert_int_equal(codes[5], 1);
	assert_int_equal(codes[6], 2);
	assert_int_equal(ppm_text_pool_count(&pool), ppm_text_pool_count(&single));
	ppm_text_pool_free(&single);
	ppm_text_pool_free(&pool);
}

static void pools_stand_over_one_and_are_merged(void **state)
{
	(void)state;
	struct ppm_text_pool base, over[3];
	char text[16];
	assert_true(ppm_text_pool_init(&base, ppm_allocator_default(), constants, 3));
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(ppm_text_pool_add(&base, name_number(text, i)), 4 + i);
	for (uint32_t w = 0; w < 3; w++) {
		ppm_text_pool_init_over(&over[w], ppm_allocator_default(), &base);
		over[w].keeps = true;
		assert_int_equal(ppm_text_pool_add(&over[w], constants[2]), 2);
		// Some of the base, some of its own, one by one and together.
		static char names[2000][16];
		static struct ppm_slice texts[2000];
		static uint64_t hashes[2000];
		static uint32_t codes[2000];
		for (uint32_t i = 0; i < 2000; i++)
			texts[i] = name_number(names[i], (i * 13 + w * 500) % 2000);
		assert_true(ppm_text_pool_add_many(&over[w], texts, hashes, 2000, codes));
		for (uint32_t i = 0; i < 2000; i++) {
			assert_true(ppm_slice_equal(ppm_text_pool_get(&over[w], codes[i]), texts[i]));
			assert_int_equal(codes[i] < 104, (i * 13 + w * 500) % 2000 < 100);
			assert_int_equal(ppm_text_pool_add(&over[w], texts[i]), codes[i]);
		}
		assert_int_equal(ppm_text_pool_count(&over[w]), 2004);
		ppm_text_pool_trim(&over[w]);
		assert_int_equal(over[w].generation, 0);
	}
	for (uint32_t w = 0; w < 3; w++) {
		uint32_t map[1900];
		static struct ppm_slice texts[1900];
		static char names[1900][16];
		for (uint32_t i = 0; i < 1900; i++) {
			struct ppm_slice text_of = ppm_text_pool_get(&over[w], 104 + i);
			assert_in_range(text_of.size, 1, sizeof names[i]);
			for (size_t at = 0; at < sizeof names[i] && at < text_of.size; at++)
				names[i][at] = text_of.data[at];
			texts[i] = (struct ppm_slice){ names[i], text_of.size };
		}
		assert_true(ppm_text_pool_merge(&base, &over[w], map));
		for (uint32_t i = 0; i < 1900; i++)
			assert_true(ppm_slice_equal(ppm_text_pool_get(&base, map[i]), texts[i]));
		assert_int_equal(ppm_text_pool_count(&base), 2004);
		ppm_text_pool_free(&over[w]);
	}
	ppm_text_pool_free(&base);
}

static struct ppm_slice numbered(char text[24], uint64_t i)
{
	return (struct ppm_slice){ text, (size_t)snprintf(text, 24, "%" PRIu64 "-%0*" PRIu64, i, (int)(i % 13) + 1, i) };
}

// Pools of any size, with many, some or no texts in common, over a base that is larger or smaller than they are.
static void pools_of_all_sizes_are_merged(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 0, 1, 64, 65, 300, 5000 };
	enum { SIZES = sizeof sizes / sizeof *sizes };
	for (uint32_t trial = 0; trial < SIZES * SIZES * 4; trial++) {
		uint32_t count = sizes[trial % SIZES], below = sizes[trial / SIZES % SIZES],
			 apart = (uint32_t[]){ 0, count / 10, count - count / 2, count }[trial / (SIZES * SIZES)];
		struct ppm_text_pool base, over[3];
		uint32_t *maps[3] = { 0 };
		char text[24];
		assert_true(ppm_text_pool_init(&base, ppm_allocator_default(), constants, 3));
		base.keeps = true;
		for (uint32_t i = 0; i < below; i++)
			assert_int_equal(ppm_text_pool_add(&base, numbered(text, 1000000 + i)), 4 + i);
		for (uint32_t w = 0; w < 3; w++) {
			ppm_text_pool_init_over(&over[w], ppm_allocator_default(), &base);
			over[w].keeps = true;
			for (uint32_t i = 0; i < count; i++)
				assert_int_equal(ppm_text_pool_add(&over[w], numbered(text, (uint64_t)w * apart + i)), 4 + below + i);
		}
		for (uint32_t w = 0; w < 3; w++) {
			maps[w] = w ? ppm_allocate(NULL, (size_t)count + 1, sizeof *maps[w]) : NULL;
			assert_true(ppm_text_pool_merge(&base, &over[w], maps[w]));
			assert_int_equal(over[w].interner.count, count);
			ppm_text_pool_free(&over[w]);
			assert_int_equal(ppm_text_pool_count(&base), 4 + below + count + w * apart);
		}
		for (uint32_t w = 0; w < 3; w++)
			for (uint32_t i = 0; i < count; i++) {
				struct ppm_slice wanted = numbered(text, (uint64_t)w * apart + i);
				uint32_t code = maps[w] ? maps[w][i] : 4 + below + i;
				assert_true(ppm_slice_equal(ppm_text_pool_get(&base, code), wanted));
				assert_int_equal(ppm_text_pool_add(&base, wanted), code);
			}
		for (uint32_t i = 0; i < below; i++)
			assert_int_equal(ppm_text_pool_add(&base, numbered(text, 1000000 + i)), 4 + i);
		// It still takes more.
		uint32_t all = ppm_text_pool_count(&base);
		for (uint32_t i = 0; i < 100; i++)
			assert_int_equal(ppm_text_pool_add(&base, numbered(text, 2000000 + i)), all + i);
		for (uint32_t w = 0; w < 3; w++)
			ppm_free(NULL, maps[w]);
		ppm_text_pool_free(&base);
	}
}

static void what_is_below_is_never_forgotten(void **state)
{
	(void)state;
	struct ppm_text_pool base, over;
	char text[16];
	assert_true(ppm_text_pool_init(&base, ppm_allocator_default(), constants, 3));
	assert_int_equal(ppm_text_pool_add(&base, PPM_SLICE("below")), 4);
	ppm_text_pool_init_over(&over, ppm_allocator_default(), &base);
	for (uint32_t i = 0; i <= PPM_TEXT_POOL_LIMIT; i++)
		assert_int_equal(ppm_text_pool_add(&over, name_number(text, i)), 5 + i);
	ppm_text_pool_trim(&over);
	assert_int_equal(over.generation, 1);
	assert_int_equal(ppm_text_pool_count(&over), 5);
	assert_int_equal(ppm_text_pool_add(&over, PPM_SLICE("below")), 4);
	assert_int_equal(ppm_text_pool_add(&over, PPM_SLICE("n77")), 5);
	ppm_text_pool_free(&over);
	ppm_text_pool_free(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_have_their_own_codes),
		cmocka_unit_test(no_constants_at_all),
		cmocka_unit_test(the_same_constant_twice_is_refused),
		cmocka_unit_test(a_full_pool_starts_afresh),
		cmocka_unit_test(texts_that_come_once_go_early),
		cmocka_unit_test(texts_are_lent_for_a_batch),
		cmocka_unit_test(nothing_is_lent_without_memory),
		cmocka_unit_test(what_texts_became_is_remembered_as_long_as_they_are),
		cmocka_unit_test(long_texts_fill_it_too),
		cmocka_unit_test(memory_can_run_out),
		cmocka_unit_test(many_at_once_are_the_same_as_one_by_one),
		cmocka_unit_test(pools_stand_over_one_and_are_merged),
		cmocka_unit_test(pools_of_all_sizes_are_merged),
		cmocka_unit_test(what_is_below_is_never_forgotten),
	};
	return cmocka_run_group_tests_name("text_pool", tests, NULL, NULL);
}

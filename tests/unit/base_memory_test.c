// Allocator, arena, buffer and interner, with and without memory running out.
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/hash.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static void allocates_and_checks_overflow(void **state)
{
	(void)state;
	const struct ppm_allocator *heap = ppm_allocator_default();
	assert_non_null(heap);
	unsigned char *zeroed = ppm_allocate_zeroed(heap, 100, 3);
	assert_non_null(zeroed);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(zeroed[i], 0);
	zeroed[299] = 7;
	zeroed = ppm_reallocate(heap, zeroed, 200, 3);
	assert_non_null(zeroed);
	assert_int_equal(zeroed[299], 7);
	ppm_free(heap, zeroed);
	void *nothing = ppm_allocate(heap, 0, 8);
	assert_non_null(nothing);
	ppm_free(heap, nothing);
	ppm_free(heap, NULL);
	assert_null(ppm_allocate(heap, SIZE_MAX / 2, 3));
	assert_null(ppm_allocate(heap, SIZE_MAX, 1));
	assert_null(ppm_allocate_zeroed(heap, SIZE_MAX / 4, 8));
	assert_null(ppm_allocate_aligned(heap, SIZE_MAX - 8, 64));
	void *without_heap = ppm_allocate(NULL, 1, 1);
	assert_non_null(without_heap);
	ppm_free(NULL, without_heap);
}

static void aligns(void **state)
{
	(void)state;
	for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
		for (size_t size = 0; size < 100; size += 33) {
			unsigned char *memory = ppm_allocate_aligned(NULL, size, alignment);
			assert_non_null(memory);
			assert_int_equal((uintptr_t)memory % alignment, 0);
			memset(memory, 0xAA, size);
			ppm_free_aligned(NULL, memory);
		}
	}
	ppm_free_aligned(NULL, NULL);
}

static void grows(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = 1000 };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	uint32_t *items = NULL;
	size_t capacity = 0;
	for (size_t i = 0; i < 10000; i++) {
		assert_true(ppm_grow(&heap, (void **)&items, &capacity, i + 1, sizeof *items));
		assert_true(capacity > i);
		items[i] = (uint32_t)i;
	}
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	assert_true(poor.left > 960); // geometric growth
	uint32_t *before = items;
	size_t capacity_before = capacity;
	poor.left = 0;
	assert_false(ppm_grow(&heap, (void **)&items, &capacity, capacity + 1, sizeof *items));
	assert_ptr_equal(items, before);
	assert_int_equal(capacity, capacity_before);
	poor.left = 5;
	assert_false(ppm_grow(&heap, (void **)&items, &capacity, SIZE_MAX / 2, sizeof *items));
	assert_ptr_equal(items, before);
	ppm_free(&heap, items);
	assert_int_equal(poor.blocks, 0);
}

static void arena_hands_out(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = 1000 };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	struct ppm_arena arena;
	ppm_arena_init(&arena, &heap);
	for (int round = 0; round < 3; round++) {
		unsigned char *pieces[500];
		for (size_t i = 0; i < 500; i++) {
			size_t size = i * 7 % 301 + (i % 100 == 99 ? 300000 : 0);
			pieces[i] = ppm_arena_allocate(&arena, size, 1);
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % 16, 0);
			for (size_t j = 0; j < size; j++)
				assert_int_equal(pieces[i][j], 0);
			memset(pieces[i], (int)(i % 251) + 1, size);
		}
		for (size_t i = 0; i < 500; i++) {
			size_t size = i * 7 % 301 + (i % 100 == 99 ? 300000 : 0);
			for (size_t j = 0; j < size; j++)
				assert_int_equal(pieces[i][j], i % 251 + 1);
		}
		assert_true(arena.used >= 1500000);
		if (round == 0) {
			ppm_arena_reset(&arena);
			assert_int_equal(poor.blocks, 1);
			// The block that is kept is used again from its beginning.
			size_t left = poor.left;
			for (int again = 0; again < 20; again++) {
				assert_non_null(ppm_arena_allocate(&arena, 300000, 1));
				ppm_arena_reset(&arena);
			}
			assert_int_equal(poor.left, left);
		} else {
			ppm_arena_free(&arena);
			assert_int_equal(poor.blocks, 0);
		}
		assert_int_equal(arena.used, 0);
	}
	assert_null(ppm_arena_allocate(&arena, SIZE_MAX / 2, 4));
	assert_true(arena.failed);
	ppm_arena_free(&arena);
	assert_null(ppm_arena_allocate(&arena, SIZE_MAX - 3, 1));
	assert_true(arena.failed);
	ppm_arena_free(&arena);
	assert_false(arena.failed);
	poor.left = 0;
	assert_null(ppm_arena_allocate(&arena, 1, 1));
	assert_null(ppm_arena_copy(&arena, PPM_SLICE("x")).data);
	assert_null(ppm_arena_format(&arena, "%d", 5).data);
	assert_true(arena.failed);
	ppm_arena_free(&arena);
}

static void arena_copies_and_formats(void **state)
{
	(void)state;
	struct ppm_arena arena;
	ppm_arena_init(&arena, NULL);
	struct ppm_slice copy = ppm_arena_copy(&arena, (struct ppm_slice){ "a\0bc", 4 });
	assert_int_equal(copy.size, 4);
	assert_memory_equal(copy.data, "a\0bc", 5);
	copy = ppm_arena_copy(&arena, (struct ppm_slice){ NULL, 0 });
	assert_non_null(copy.data);
	assert_int_equal(copy.size, 0);
	assert_int_equal(copy.data[0], 0);
	struct ppm_slice text = ppm_arena_format(&arena, "%s has %d", "row", 12);
	assert_string_equal(text.data, "row has 12");
	assert_int_equal(text.size, 10);
	text = ppm_arena_format(&arena, "%0*d", 9000, 1);
	assert_int_equal(text.size, 9000);
	assert_int_equal(text.data[8999], '1');
	ppm_arena_free(&arena);
}

// Each call that can fail does once: of the buffer, then of the arena.
static void arena_takes_buffers(void **state)
{
	(void)state;
	for (size_t left = 0; left < 3; left++) {
		struct poor_heap poor = { .left = left };
		const struct ppm_allocator heap = { poor_reallocate, &poor };
		struct ppm_arena arena;
		struct ppm_buffer buffer;
		ppm_arena_init(&arena, &heap);
		ppm_buffer_init(&buffer, &heap);
		ppm_buffer_append_text(&buffer, "kept");
		struct ppm_slice text = ppm_arena_take(&arena, &buffer);
		assert_int_equal(arena.failed, left < 2);
		assert_int_equal(text.size, left < 2 ? 0 : 4);
		assert_string_equal(text.data, left < 2 ? "" : "kept");
		assert_int_equal(buffer.size, 0);
		ppm_arena_free(&arena);
		assert_int_equal(poor.blocks, 0);
	}
	struct ppm_arena arena;
	struct ppm_buffer buffer;
	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&buffer, NULL);
	assert_string_equal(ppm_arena_take(&arena, &buffer).data, "");
	assert_false(arena.failed);
	ppm_arena_free(&arena);
}

static void arena_rewinds(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = SIZE_MAX };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	struct ppm_arena arena;
	ppm_arena_init(&arena, &heap);
	char *first = ppm_arena_allocate(&arena, 10, 1);
	memcpy(first, "stays here", 10);
	size_t used = arena.used;
	for (int round = 0; round < 50; round++) {
		char *from = ppm_arena_allocate(&arena, 100, 1);
		for (int i = 0; i < 300; i++)
			assert_non_null(ppm_arena_allocate(&arena, 100 + (i == 150 ? 500000u : 0), 1));
		ppm_arena_rewind_to(&arena, from);
		assert_int_equal(arena.used, used);
		assert_memory_equal(first, "stays here", 10);
		assert_ptr_equal(ppm_arena_allocate(&arena, 100, 1), from);
		ppm_arena_rewind_to(&arena, from);
	}
	assert_int_equal(poor.blocks, 1);
	ppm_arena_free(&arena);
	assert_int_equal(poor.blocks, 0);
}

static void buffer_grows_and_sticks(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = 1000 };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, &heap);
	ppm_buffer_append(&buffer, NULL, 0);
	for (int i = 0; i < 1000; i++) {
		ppm_buffer_append_text(&buffer, "ab");
		ppm_buffer_append_char(&buffer, '-');
		ppm_buffer_format(&buffer, "%03d", i);
	}
	assert_false(buffer.failed);
	assert_int_equal(buffer.size, 6000);
	for (int i = 0; i < 1000; i++) {
		char expected[24];
		snprintf(expected, sizeof expected, "ab-%03d", i);
		assert_memory_equal(buffer.data + (size_t)i * 6, expected, 6);
	}
	assert_true(ppm_slice_equal(ppm_buffer_slice(&buffer), (struct ppm_slice){ buffer.data, 6000 }));
	ppm_buffer_format(&buffer, "%05000d", 3);
	assert_int_equal(buffer.size, 11000);
	assert_int_equal(buffer.data[10999], '3');
	poor.left = 0;
	assert_false(ppm_buffer_reserve(&buffer, 1 << 20));
	assert_true(buffer.failed);
	size_t size = buffer.size;
	ppm_buffer_append_char(&buffer, 'x');
	ppm_buffer_format(&buffer, "x");
	assert_int_equal(buffer.size, size);
	ppm_buffer_free(&buffer);
	assert_false(buffer.failed);
	assert_int_equal(poor.blocks, 0);
	poor.left = 10;
	ppm_buffer_append_char(&buffer, 'x');
	assert_false(ppm_buffer_reserve(&buffer, SIZE_MAX));
	ppm_buffer_free(&buffer);
	assert_int_equal(poor.blocks, 0);
}

static void hash_spreads(void **state)
{
	(void)state;
	// All sizes, every single bit of the input: no two hashes alike, and about half of the output's bits change.
	unsigned char data[80] = { 0 };
	uint64_t changed = 0, count = 0;
	for (size_t size = 0; size <= 80; size++) {
		for (size_t i = 0; i < size; i++)
			data[i] = (unsigned char)(i * 37 + size);
		uint64_t base = ppm_hash_bytes(data, size);
		assert_true(base == ppm_hash_bytes(data, size));
		for (size_t bit = 0; bit < size * 8; bit++) {
			data[bit / 8] ^= (unsigned char)(1u << bit % 8);
			uint64_t other = ppm_hash_bytes(data, size);
			data[bit / 8] ^= (unsigned char)(1u << bit % 8);
			assert_true(other != base);
			changed += (unsigned)__builtin_popcountll(other ^ base);
			count++;
		}
	}
	double mean = (double)changed / (double)count;
	assert_true(mean > 31 && mean < 33);
	// Zeros of different lengths are different texts.
	memset(data, 0, sizeof data);
	for (size_t size = 0; size < 80; size++)
		assert_true(ppm_hash_bytes(data, size) != ppm_hash_bytes(data, size + 1));
}

static struct ppm_slice name_of(int i, char name[32])
{
	int size = snprintf(name, 32, "customer-%d", i);
	return (struct ppm_slice){ name, (size_t)size };
}

static void interner_numbers(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = SIZE_MAX };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	struct ppm_interner interner;
	ppm_interner_init(&interner, &heap);
	char name[32];
	assert_int_equal(ppm_interner_find(&interner, PPM_SLICE("a")), PPM_INTERNER_NONE);
	assert_int_equal(ppm_interner_add(&interner, (struct ppm_slice){ NULL, 0 }), 0);
	for (int i = 1; i < 5000; i++)
		assert_int_equal(ppm_interner_add(&interner, name_of(i, name)), i);
	for (int i = 1; i < 5000; i++) {
		assert_int_equal(ppm_interner_add(&interner, name_of(i, name)), i);
		assert_int_equal(ppm_interner_find(&interner, name_of(i, name)), i);
		assert_true(ppm_slice_equal(interner.items[i], name_of(i, name)));
	}
	assert_int_equal(ppm_interner_find(&interner, PPM_SLICE("")), 0);
	assert_int_equal(interner.count, 5000);
	// A little less, much less, and as it was.
	static const uint32_t keeps[] = { 4990, 4989, 4000, 17, 16, 1, 0 };
	size_t blocks = 0;
	for (size_t k = 0; k < sizeof keeps / sizeof *keeps; k++) {
		uint32_t keep = keeps[k];
		ppm_interner_truncate(&interner, keep);
		ppm_interner_truncate(&interner, keep + 1);
		assert_int_equal(interner.count, keep);
		for (int i = 1; i < 5000; i++)
			assert_int_equal(ppm_interner_find(&interner, name_of(i, name)), (uint32_t)i < keep ? (uint32_t)i : PPM_INTERNER_NONE);
		for (int round = 0; round < 20; round++) {
			ppm_interner_truncate(&interner, keep);
			for (int i = 0; i < 2000; i++)
				assert_int_equal(ppm_interner_add(&interner, name_of(100000 + i, name)), keep + (uint32_t)i);
			if (round == 0)
				blocks = poor.blocks;
			assert_true(poor.blocks <= blocks); // nothing piles up
		}
		ppm_interner_truncate(&interner, keep);
	}
	ppm_interner_free(&interner);
	assert_int_equal(poor.blocks, 0);
}

// Texts whose hashes are the same, or nearly, are told apart all the same: alone, in many, and when one interner takes over another.
static void interner_with_equal_hashes(void **state)
{
	(void)state;
	enum { COUNT = 300 };
	static char names[COUNT][32];
	static struct ppm_slice texts[COUNT];
	static uint64_t hashes[COUNT];
	static uint32_t codes[COUNT], map[COUNT];
	for (int i = 0; i < COUNT; i++) {
		texts[i] = name_of(i, names[i]);
		hashes[i] = UINT64_C(0x123456789abcdef0) + (uint64_t)(i % 3 == 0);
	}
	for (int with_map = 0; with_map < 2; with_map++) {
		struct ppm_interner one, other;
		ppm_interner_init(&one, ppm_allocator_default());
		ppm_interner_init(&other, ppm_allocator_default());
		const int first = with_map ? 200 : 100; // of the one; the other has those from 100 on
		ppm_interner_find_many(&one, texts, hashes, COUNT, codes);
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(codes[i], PPM_INTERNER_NONE);
		assert_true(ppm_interner_add_many(&one, texts, hashes, (uint32_t)first, codes));
		for (int i = 0; i < first; i++)
			assert_int_equal(codes[i], i);
		assert_true(ppm_interner_add_many(&other, texts + 100, hashes + 100, COUNT - 100, codes));
		for (int i = 0; i < COUNT - 100; i++)
			assert_int_equal(codes[i], i);
		ppm_interner_find_many(&one, texts, hashes, COUNT, codes);
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(codes[i], i < first ? (uint32_t)i : PPM_INTERNER_NONE);
		assert_true(ppm_interner_take_over(&one, &other, with_map ? map : NULL));
		assert_int_equal(one.count, COUNT);
		for (int i = 0; with_map && i < COUNT - 100; i++)
			assert_int_equal(map[i], 100 + i);
		ppm_interner_find_many(&one, texts, hashes, COUNT, codes);
		for (int i = 0; i < COUNT; i++) {
			assert_int_equal(codes[i], i);
			assert_true(ppm_slice_equal(one.items[i], texts[i]));
		}
		ppm_interner_free(&one);
		ppm_interner_free(&other);
	}
	// Into an empty one: codes stay.
	struct ppm_interner one, other;
	ppm_interner_init(&one, ppm_allocator_default());
	ppm_interner_init(&other, ppm_allocator_default());
	assert_true(ppm_interner_take_over(&one, &other, map));
	assert_true(ppm_interner_add_many(&other, texts, hashes, COUNT, codes));
	assert_true(ppm_interner_take_over(&one, &other, map));
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(map[i], i);
	assert_int_equal(one.count, COUNT);
	ppm_interner_free(&one);
	ppm_interner_free(&other);
}

static void arena_adopts(void **state)
{
	(void)state;
	struct poor_heap poor = { .left = SIZE_MAX };
	const struct ppm_allocator heap = { poor_reallocate, &poor };
	struct ppm_arena arena, other;
	ppm_arena_init(&arena, &heap);
	ppm_arena_init(&other, &heap);
	ppm_arena_adopt(&arena, &other); // nothing, by one that has nothing
	assert_int_equal(arena.used, 0);
	char *kept = ppm_arena_allocate(&other, 100000, 1);
	memset(kept, 'k', 100000);
	ppm_arena_adopt(&arena, &other); // its first
	assert_true(arena.used >= 100000);
	assert_int_equal(other.used, 0);
	char *own = ppm_arena_allocate(&arena, 10, 1), *more = ppm_arena_allocate(&other, 200000, 1);
	memset(own, 'o', 10);
	memset(more, 'm', 200000);
	ppm_arena_adopt(&arena, &other);
	assert_null(ppm_arena_allocate(&arena, SIZE_MAX - 10, 1));
	assert_true(arena.failed);
	assert_true(kept[0] == 'k' && kept[99999] == 'k' && own[9] == 'o' && more[199999] == 'm');
	ppm_arena_free(&other);
	ppm_arena_free(&arena);
	assert_int_equal(poor.blocks, 0);
}

static void interner_without_memory(void **state)
{
	(void)state;
	char name[32];
	for (size_t left = 0; left < 20; left++) {
		struct poor_heap poor = { .left = left };
		const struct ppm_allocator heap = { poor_reallocate, &poor };
		struct ppm_interner interner;
		ppm_interner_init(&interner, &heap);
		uint32_t added = 0;
		for (int i = 0; i < 20000 && ppm_interner_add(&interner, name_of(i, name)) != PPM_INTERNER_NONE; i++)
			added++;
		assert_int_equal(interner.count, added);
		assert_true(added < 20000);
		for (int i = 0; i < (int)added; i++)
			assert_int_equal(ppm_interner_find(&interner, name_of(i, name)), i);
		poor.left = 100;
		assert_int_equal(ppm_interner_add(&interner, PPM_SLICE("later")), added);
		ppm_interner_free(&interner);
		assert_int_equal(poor.blocks, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocates_and_checks_overflow),
		cmocka_unit_test(aligns),
		cmocka_unit_test(grows),
		cmocka_unit_test(arena_hands_out),
		cmocka_unit_test(arena_copies_and_formats),
		cmocka_unit_test(arena_takes_buffers),
		cmocka_unit_test(arena_rewinds),
		cmocka_unit_test(buffer_grows_and_sticks),
		cmocka_unit_test(hash_spreads),
		cmocka_unit_test(interner_numbers),
		cmocka_unit_test(interner_without_memory),
		cmocka_unit_test(interner_with_equal_hashes),
		cmocka_unit_test(arena_adopts),
	};
	return cmocka_run_group_tests_name("base_memory", tests, NULL, NULL);
}

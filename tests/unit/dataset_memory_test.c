// Arrays on the heap and in files: alignment, zeroes, the limit, several threads, a full disk, and memory that runs out at each allocation in turn.
#include "runtime/column/vector.h"
#include "runtime/dataset/memory.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

static bool is_zero(const unsigned char *array, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++)
		if (array[i])
			return false;
	return true;
}

static void arrays_are_aligned_and_zeroed(void **state)
{
	(void)state;
	static const uint64_t sizes[] = { 0, 1, 63, 64, 1000, 64 * KIB, 256 * KIB - 64, 256 * KIB, MIB + 5, 6 * MIB };
	for (uint64_t limit = 0; limit < 2; limit++) {
		struct ppm_memory *memory = ppm_memory_new(NULL, limit, NULL);
		assert_non_null(memory);
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			unsigned char *array = ppm_memory_take(memory, sizes[i]);
			assert_non_null(array);
			assert_int_equal((uintptr_t)array % PPM_VECTOR_ALIGNMENT, 0);
			assert_true(is_zero(array, sizes[i]));
			memset(array, 0xa5, sizes[i]);
			unsigned char *second = ppm_memory_take(memory, sizes[i]);
			assert_true(is_zero(second, sizes[i]));
			ppm_memory_give(memory, array, sizes[i]);
			array = ppm_memory_take(memory, sizes[i]);
			assert_true(is_zero(array, sizes[i]));
			ppm_memory_give(memory, second, sizes[i]);
			ppm_memory_give(memory, array, sizes[i]);
		}
		ppm_memory_give(memory, NULL, 5);
		assert_int_equal(ppm_memory_spilled(memory) > 0, limit == 1);
		ppm_memory_free(memory);
	}
	ppm_memory_free(NULL);
}

static unsigned count_entries(const char *folder)
{
	unsigned count = 0;
	DIR *entries = opendir(folder);
	assert_non_null(entries);
	while (readdir(entries))
		count++;
	closedir(entries);
	return count;
}

static void past_the_limit_arrays_are_in_files_without_a_name(void **state)
{
	(void)state;
	char folder[] = "/tmp/ppm-memory-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct ppm_memory *memory = ppm_memory_new(NULL, 4 * MIB, folder);
	unsigned char *first = ppm_memory_take(memory, 3 * MIB);
	assert_int_equal(ppm_memory_spilled(memory), 0);
	unsigned char *second = ppm_memory_take(memory, 2 * MIB);
	assert_in_range(ppm_memory_spilled(memory), 2 * MIB, 2 * MIB + 64);
	assert_int_equal(count_entries(folder), 2);
	for (uint64_t i = 0; i < 2 * MIB; i++)
		second[i] = (unsigned char)(i * 7);
	ppm_memory_give(memory, first, 3 * MIB);
	// There is room on the heap again; what was in files at most stays known.
	unsigned char *third = ppm_memory_take(memory, 3 * MIB);
	assert_in_range(ppm_memory_spilled(memory), 2 * MIB, 2 * MIB + 64);
	for (uint64_t i = 0; i < 2 * MIB; i++)
		assert_int_equal(second[i], (unsigned char)(i * 7));
	ppm_memory_give(memory, second, 2 * MIB);
	ppm_memory_give(memory, third, 3 * MIB);
	assert_in_range(ppm_memory_spilled(memory), 2 * MIB, 2 * MIB + 64);
	ppm_memory_free(memory);
	rmdir(folder);
}

static void a_folder_that_is_not_there_is_an_error_of_the_system(void **state)
{
	(void)state;
	struct ppm_memory *memory = ppm_memory_new(NULL, 1, "/nowhere/at/all");
	errno = 0;
	assert_null(ppm_memory_take(memory, MIB));
	errno = 0;
	assert_int_equal(ppm_memory_status(memory), PPM_ERROR_IO);
	assert_int_equal(errno, ENOENT);
	// Small arrays need no folder.
	void *small = ppm_memory_take(memory, 100);
	assert_non_null(small);
	ppm_memory_give(memory, small, 100);
	assert_null(ppm_memory_take(memory, UINT64_MAX - 3));
	assert_int_equal(ppm_memory_status(memory), PPM_ERROR_MEMORY);
	ppm_memory_free(memory);
}

static void a_full_disk_is_an_error_before_a_page_is_written(void **state)
{
	(void)state;
	struct rlimit before, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 1 * MIB;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct ppm_memory *memory = ppm_memory_new(NULL, 1, NULL);
	void *fits = ppm_memory_take(memory, 500 * KIB);
	void *array = ppm_memory_take(memory, 2 * MIB);
	enum ppm_status status = ppm_memory_status(memory);
	int error = errno;
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_non_null(fits);
	assert_null(array);
	assert_int_equal(status, PPM_ERROR_IO);
	assert_int_equal(error, EFBIG);
	ppm_memory_give(memory, fits, 500 * KIB);
	ppm_memory_free(memory);
}

static void *take_and_give(void *argument)
{
	struct ppm_memory *memory = argument;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t size = (i % 7 + 1) * 50 * KIB;
		unsigned char *array = ppm_memory_take(memory, size);
		if (!array || array[0] || array[size - 1])
			return argument;
		array[0] = array[size - 1] = 1;
		ppm_memory_give(memory, array, size);
	}
	return NULL;
}

static void threads_share_it(void **state)
{
	(void)state;
	struct ppm_memory *memory = ppm_memory_new(NULL, 600 * KIB, NULL);
	pthread_t threads[4];
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, memory), 0);
	for (size_t i = 0; i < 4; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	ppm_memory_free(memory);
}

static void arrays_grow_and_shrink_with_what_is_in_them(void **state)
{
	(void)state;
	static const uint64_t sizes[] = { 0, 100, 300 * KIB, 299 * KIB + 7, 2 * MIB, 5 * MIB + 3, MIB, 10 * KIB, 4 * MIB };
	for (unsigned limit = 0; limit < 3; limit++) {
		struct ppm_memory *memory = ppm_memory_new(NULL, limit == 0 ? 0 : limit == 1 ? 1 : 3 * MIB, NULL);
		uint32_t *array = NULL;
		uint64_t size = 0, filled = 0;
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			array = ppm_memory_resize(memory, array, size, sizes[i]);
			assert_non_null(array);
			assert_int_equal((uintptr_t)array % PPM_VECTOR_ALIGNMENT, 0);
			size = sizes[i];
			uint64_t count = size / sizeof *array;
			if (filled > count)
				filled = count;
			for (uint64_t k = 0; k < count; k++)
				assert_int_equal(array[k], k < filled ? (uint32_t)(k * 3 + 1) : 0);
			// The last element of an odd size is never filled.
			memset(array, 0, size);
			filled = count;
			for (uint64_t k = 0; k < count; k++)
				array[k] = (uint32_t)(k * 3 + 1);
			for (uint64_t k = count * sizeof *array; k < size; k++)
				assert_int_equal(((unsigned char *)array)[k], 0);
		}
		assert_int_equal(ppm_memory_spilled(memory) > 0, limit > 0);
		ppm_memory_give(memory, array, size);
		ppm_memory_free(memory);
	}
}

static void *poor_reallocate(void *context, void *pointer, size_t size)
{
	size_t *left = context;
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	if (*left == 0)
		return NULL;
	--*left;
	return realloc(pointer, size);
}

static void memory_that_runs_out_is_told(void **state)
{
	(void)state;
	bool done = false;
	for (size_t allowed = 0; !done; allowed++) {
		size_t left = allowed;
		const struct ppm_allocator poor = { poor_reallocate, &left };
		struct ppm_memory *memory = ppm_memory_new(&poor, 2 * MIB, NULL);
		if (!memory)
			continue;
		static const uint64_t sizes[] = { 100, MIB, 4 * MIB };
		void *arrays[3];
		done = true;
		for (size_t i = 0; i < 3; i++) {
			arrays[i] = ppm_memory_take(memory, sizes[i]);
			if (!arrays[i]) {
				assert_int_equal(ppm_memory_status(memory), PPM_ERROR_MEMORY);
				done = false;
			}
		}
		for (size_t i = 0; i < 3; i++)
			ppm_memory_give(memory, arrays[i], sizes[i]);
		assert_ptr_equal(ppm_memory_allocator(memory), &poor);
		ppm_memory_free(memory);
		assert_true(allowed < 20);
	}
}

// What is held elsewhere leaves less for arrays, until it is held no more.
static void what_is_counted_is_not_there_for_arrays(void **state)
{
	(void)state;
	struct ppm_memory *memory = ppm_memory_new(NULL, 4 * MIB, NULL);
	assert_non_null(memory);
	void *first = ppm_memory_take(memory, 2 * MIB);
	assert_non_null(first);
	assert_int_equal(ppm_memory_spilled(memory), 0);
	ppm_memory_count(memory, 0, 1 * MIB);
	ppm_memory_count(memory, 1 * MIB, 3 * MIB);
	void *second = ppm_memory_take(memory, 1 * MIB);
	assert_non_null(second);
	assert_in_range(ppm_memory_spilled(memory), 1 * MIB, 1 * MIB + 64);
	ppm_memory_give(memory, second, 1 * MIB);
	ppm_memory_count(memory, 3 * MIB, 0);
	second = ppm_memory_take(memory, 1 * MIB);
	assert_non_null(second);
	assert_in_range(ppm_memory_spilled(memory), 1 * MIB, 1 * MIB + 64);
	ppm_memory_give(memory, second, 1 * MIB);
	ppm_memory_give(memory, first, 2 * MIB);
	ppm_memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_aligned_and_zeroed),
		cmocka_unit_test(past_the_limit_arrays_are_in_files_without_a_name),
		cmocka_unit_test(what_is_counted_is_not_there_for_arrays),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error_of_the_system),
		cmocka_unit_test(a_full_disk_is_an_error_before_a_page_is_written),
		cmocka_unit_test(arrays_grow_and_shrink_with_what_is_in_them),
		cmocka_unit_test(threads_share_it),
		cmocka_unit_test(memory_that_runs_out_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

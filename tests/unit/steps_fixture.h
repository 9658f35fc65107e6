// Random tables for the tests of steps, and steps to run over them. Values are drawn from small ranges so that ties and equal keys are common.
#ifndef STEPS_FIXTURE_H
#define STEPS_FIXTURE_H

#include "runtime/base/number.h"
#include "runtime/column/vector.h"
#include "runtime/dataset/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXTS 300

struct fixture {
	struct ppm_memory *memory;
	struct ppm_steps steps;
	struct ppm_slice texts[TEXTS];
	char bytes[TEXTS][40];
	uint64_t state;
};

static inline uint64_t next(struct fixture *f)
{
	f->state = f->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	uint64_t x = f->state;
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	return x ^ x >> 33;
}
static inline uint64_t below(struct fixture *f, uint64_t n)
{
	return n ? next(f) % n : 0;
}
static inline bool chance(struct fixture *f, unsigned percent)
{
	return below(f, 100) < percent;
}

// Texts that begin alike, end in zero bytes, or are empty; all different.
static inline void fixture_init(struct fixture *f, uint64_t seed, unsigned threads)
{
	*f = (struct fixture){ .state = seed * 77 + 5 };
	f->memory = ppm_memory_new(ppm_allocator_default(), 0, NULL);
	assert_non_null(f->memory);
	for (uint32_t i = 0; i < TEXTS; i++) {
		size_t size = 0;
		if (i % 3 == 0)
			size = (size_t)sprintf(f->bytes[i], "customer-000-%03u", (i * 7919) % 1000);
		else if (i % 3 == 1)
			size = (size_t)sprintf(f->bytes[i], "%c%u", 'a' + (char)(i % 7), i);
		else
			size = i / 3 % 32 + (i >= 96); // zero bytes, and something else at the end of most
		if (i % 3 == 2)
			for (size_t at = 0; at < size; at++)
				f->bytes[i][at] = (char)(i >= 96 && at + 1 == size ? i / 96 : 0);
		f->texts[i] = (struct ppm_slice){ f->bytes[i], size };
	}
	f->steps = (struct ppm_steps){ .memory = f->memory, .threads = threads, .texts = f->texts, .text_count = TEXTS };
}
static inline void fixture_free(struct fixture *f)
{
	ppm_memory_free(f->memory);
}

static inline void *room(size_t count, size_t size)
{
	void *array = ppm_allocate_aligned(NULL, (count + PPM_BATCH_ROWS) * size, PPM_VECTOR_ALIGNMENT);
	assert_non_null(array);
	memset(array, 0, (count + PPM_BATCH_ROWS) * size);
	return array;
}
static inline size_t element_bytes(enum ppm_register_class class)
{
	return class == PPM_CLASS_MASK ? 1 : ppm_register_size(class) / PPM_BATCH_ROWS;
}
static inline struct ppm_series new_series(enum ppm_register_class class, uint64_t rows, bool may_miss)
{
	return (struct ppm_series){ class, room(rows, element_bytes(class)), may_miss ? room(rows / 8 + 8, 1) : NULL };
}
static inline void free_series(struct ppm_series *series)
{
	ppm_free_aligned(NULL, series->values);
	ppm_free_aligned(NULL, series->present);
}
static inline uint64_t *random_mask(struct fixture *f, uint64_t rows, unsigned percent)
{
	uint64_t *mask = room(rows / 8 + 8, 1);
	for (uint64_t row = 0; row < rows; row++)
		if (chance(f, percent))
			mask[row / 64] |= UINT64_C(1) << (row % 64);
	for (uint64_t row = rows; row % 64; row++) // beyond the rows anything may stand
		if (chance(f, 50))
			mask[row / 64] |= UINT64_C(1) << (row % 64);
	return mask;
}

// `spread`: how many different values there are, about.
static inline struct ppm_series random_series(struct fixture *f, enum ppm_register_class class, uint64_t rows, bool may_miss, uint64_t spread)
{
	struct ppm_series series = new_series(class, rows, false);
	if (may_miss)
		series.present = random_mask(f, rows, 80);
	for (uint64_t row = 0; row < rows; row++) {
		int64_t value = (int64_t)below(f, spread) - (int64_t)spread / 2;
		switch (class) {
		case PPM_CLASS_MASK:
			if (chance(f, 50))
				((uint64_t *)series.values)[row / 64] |= UINT64_C(1) << (row % 64);
			break;
		case PPM_CLASS_F64: ((double *)series.values)[row] = (double)value / 8 * (chance(f, 10) ? 1e9 : chance(f, 50) ? 0.1 : 1) + 0.0; break;
		case PPM_CLASS_I64: ((int64_t *)series.values)[row] = value * (chance(f, 50) ? 10000 : 17); break;
		case PPM_CLASS_X128:
			((ppm_int128 *)series.values)[row] = (ppm_int128)value *
				(chance(f, 30)                  ? INT64_C(1)
						: chance(f, 50) ? INT64_C(333333333333)
								: INT64_C(1000000000000000000));
			break;
		case PPM_CLASS_I32: ((int32_t *)series.values)[row] = (int32_t)value; break;
		case PPM_CLASS_I16: ((int16_t *)series.values)[row] = (int16_t)value; break;
		default: break;
		}
	}
	return series;
}
static inline struct ppm_series random_texts(struct fixture *f, uint64_t rows, bool may_miss, uint32_t spread)
{
	struct ppm_series series = new_series(PPM_CLASS_I32, rows, false);
	if (may_miss)
		series.present = random_mask(f, rows, 80);
	for (uint64_t row = 0; row < rows; row++)
		((int32_t *)series.values)[row] = (int32_t)below(f, spread < TEXTS ? spread : TEXTS);
	return series;
}
static inline uint32_t *random_link(struct fixture *f, uint64_t rows, uint64_t to, unsigned percent)
{
	uint32_t *link = room(rows, sizeof *link);
	for (uint64_t row = 0; row < rows; row++)
		link[row] = to && chance(f, percent) ? (uint32_t)below(f, to) : PPM_NO_ROW;
	return link;
}

// ---- plain references ------------------------------------------------------------------------------------------------

static inline bool bit(const uint64_t *mask, uint64_t row)
{
	return !mask || (mask[row / 64] >> (row % 64) & 1);
}
static inline bool has(const struct ppm_series *series, uint64_t row)
{
	return bit(series->present, row);
}
// An element as a long double cannot hold an X128: whole values as they are, numbers apart.
static inline ppm_int128 whole(const struct ppm_series *series, uint64_t row)
{
	switch (series->class) {
	case PPM_CLASS_MASK: return ((uint64_t *)series->values)[row / 64] >> (row % 64) & 1;
	case PPM_CLASS_I64: return ((int64_t *)series->values)[row];
	case PPM_CLASS_X128: return ((ppm_int128 *)series->values)[row];
	case PPM_CLASS_I32: return ((int32_t *)series->values)[row];
	case PPM_CLASS_I16: return ((int16_t *)series->values)[row];
	default: fail(); return 0;
	}
}
static inline double number(const struct ppm_series *series, uint64_t row)
{
	return ((double *)series->values)[row];
}
static inline int compare(const struct fixture *f, const struct ppm_series *series, bool is_text, uint64_t a, uint64_t b)
{
	if (is_text)
		return ppm_slice_compare(f->texts[whole(series, a)], f->texts[whole(series, b)]);
	if (series->class == PPM_CLASS_F64)
		return (number(series, a) > number(series, b)) - (number(series, a) < number(series, b));
	return (whole(series, a) > whole(series, b)) - (whole(series, a) < whole(series, b));
}
// Missing last.
static inline int compare_missing(const struct fixture *f, const struct ppm_series *series, bool is_text, bool descending, uint64_t a, uint64_t b)
{
	if (has(series, a) != has(series, b))
		return has(series, a) ? -1 : 1;
	int order = has(series, a) ? compare(f, series, is_text, a, b) : 0;
	return descending ? -order : order;
}

#endif

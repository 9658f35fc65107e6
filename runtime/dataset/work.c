// Threads for steps, scratch memory, and elements of any class as keys. Steps cut rows into parts whose results can be put together exactly, so that
// the number of parts never shows.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

struct crew {
	void (*work)(void *context, unsigned part);
	void *context;
	unsigned parts;
	atomic_uint next;
};

static void *work_off(void *argument)
{
	struct crew *crew = argument;
	for (unsigned part; (part = atomic_fetch_add(&crew->next, 1)) < crew->parts;)
		crew->work(crew->context, part);
	return NULL;
}

void ppm_steps_parallel(const struct ppm_steps *steps, unsigned parts, void (*work)(void *context, unsigned part), void *context)
{
	struct crew crew = { .work = work, .context = context, .parts = parts };
	atomic_init(&crew.next, 0);
	pthread_t threads[PPM_STEPS_THREADS_MAX];
	unsigned started = 0;
	unsigned wanted = steps->threads < parts ? steps->threads : parts;
	if (wanted > PPM_STEPS_THREADS_MAX)
		wanted = PPM_STEPS_THREADS_MAX;
	while (started + 1 < wanted && pthread_create(&threads[started], NULL, work_off, &crew) == 0)
		started++;
	work_off(&crew);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

unsigned ppm_steps_parts(const struct ppm_steps *steps, uint64_t rows)
{
	if (rows < PPM_STEPS_PARALLEL || steps->threads <= 1)
		return 1;
	uint64_t most = rows / (PPM_STEPS_PARALLEL / 2);
	unsigned parts = steps->threads < PPM_STEPS_THREADS_MAX ? steps->threads : PPM_STEPS_THREADS_MAX;
	return most < parts ? (unsigned)most : parts;
}

void *ppm_steps_take(const struct ppm_steps *steps, uint64_t count, size_t size, enum ppm_status *status)
{
	uint64_t bytes;
	if (__builtin_mul_overflow(count, (uint64_t)size, &bytes)) {
		*status = PPM_ERROR_MEMORY;
		return NULL;
	}
	void *array = ppm_memory_take(steps->memory, bytes);
	if (!array)
		*status = ppm_memory_status(steps->memory);
	return array;
}

uint64_t ppm_series_key(const struct ppm_series *series, uint64_t row)
{
	switch (series->class) {
	case PPM_CLASS_MASK: return ppm_series_bit(series->values, row);
	case PPM_CLASS_F64: return ppm_key_of_f64(((const double *)series->values)[row]);
	case PPM_CLASS_I64: return ppm_key_of_i64(((const int64_t *)series->values)[row]);
	case PPM_CLASS_X128: return ppm_key_of_i64((int64_t)(((const ppm_int128 *)series->values)[row] >> PPM_SERIES_X128_LOW_BITS));
	case PPM_CLASS_I32: return (uint64_t)(((const int32_t *)series->values)[row] + INT64_C(0x80000000));
	case PPM_CLASS_I16: return (uint64_t)(((const int16_t *)series->values)[row] + 0x8000);
	default: break;
	}
	assert(0 && "a class of values");
	return 0;
}

void ppm_series_keys(const struct ppm_series *series, uint64_t start, uint64_t count, uint64_t *keys)
{
	switch (series->class) {
	case PPM_CLASS_F64: {
		const double *values = (const double *)series->values + start;
		for (uint64_t i = 0; i < count; i++)
			keys[i] = ppm_key_of_f64(values[i]);
		break;
	}
	case PPM_CLASS_I64: {
		const int64_t *values = (const int64_t *)series->values + start;
		for (uint64_t i = 0; i < count; i++)
			keys[i] = ppm_key_of_i64(values[i]);
		break;
	}
	case PPM_CLASS_I32: {
		const int32_t *values = (const int32_t *)series->values + start;
		for (uint64_t i = 0; i < count; i++)
			keys[i] = (uint64_t)(values[i] + INT64_C(0x80000000));
		break;
	}
	default:
		for (uint64_t i = 0; i < count; i++)
			keys[i] = ppm_series_key(series, start + i);
	}
}

bool ppm_series_equal(const struct ppm_series *series, uint64_t a, uint64_t b)
{
	if (series->class == PPM_CLASS_X128)
		return ((const ppm_int128 *)series->values)[a] == ((const ppm_int128 *)series->values)[b];
	return ppm_series_key(series, a) == ppm_series_key(series, b);
}

int ppm_series_compare(const struct ppm_steps *steps, const struct ppm_series *series, bool is_text, uint64_t a, uint64_t b)
{
	if (is_text) {
		uint32_t first = ((const uint32_t *)series->values)[a], second = ((const uint32_t *)series->values)[b];
		assert(first < steps->text_count && second < steps->text_count);
		return first == second ? 0 : ppm_slice_compare(steps->texts[first], steps->texts[second]);
	}
	if (series->class == PPM_CLASS_X128) {
		ppm_int128 first = ((const ppm_int128 *)series->values)[a], second = ((const ppm_int128 *)series->values)[b];
		return (first > second) - (first < second);
	}
	uint64_t first = ppm_series_key(series, a), second = ppm_series_key(series, b);
	return (first > second) - (first < second);
}

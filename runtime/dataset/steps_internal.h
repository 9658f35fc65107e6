// What the files of this folder share: work on several threads, sorting, and elements as unsigned integers whose order is the values' order.
#ifndef PPM_RUNTIME_DATASET_STEPS_INTERNAL_H
#define PPM_RUNTIME_DATASET_STEPS_INTERNAL_H

#include "runtime/column/vector.h"
#include "runtime/dataset/steps.h"

#define PPM_STEPS_BLOCK 1024u // rows whose keys are made at a time
#define PPM_STEPS_THREADS_MAX 64u
#define PPM_STEPS_PARALLEL 65536u // rows below which a second thread is not worth its start

// ---- work -------------------------------------------------------------------------------------------------

// work(context, part) for each part 0 … parts - 1, on as many threads as the steps may use; the caller's is one of them, and all when no other can be started.
void ppm_steps_parallel(const struct ppm_steps *steps, unsigned parts, void (*work)(void *context, unsigned part), void *context);
// Into how many parts `rows` are worth cutting: one for each thread, or 1.
unsigned ppm_steps_parts(const struct ppm_steps *steps, uint64_t rows);
// Where part `part` of `parts` begins: a multiple of 64 rows, so that no two parts share a mask's word. Part `parts` begins at `rows`.
static inline uint64_t ppm_steps_part(uint64_t rows, unsigned parts, unsigned part)
{
	return part >= parts ? rows : rows / parts * part / 64 * 64;
}
static inline bool ppm_steps_interrupted(const struct ppm_steps *steps)
{
	return ppm_signalled(steps->interrupted);
}
// A scratch array; NULL with *status set when there is no memory. Elements are zero.
void *ppm_steps_take(const struct ppm_steps *steps, uint64_t count, size_t size, enum ppm_status *status);
static inline void ppm_steps_give(const struct ppm_steps *steps, void *array, uint64_t count, size_t size)
{
	ppm_memory_give(steps->memory, array, count * size);
}

// ---- elements ------------------------------------------------------------------------------------------------

#define PPM_SERIES_X128_LOW_BITS 27 // of an X128's 90: what its first key leaves out

static inline uint64_t ppm_key_of_f64(double value)
{
	uint64_t bits;
	value += 0.0; // -0 is 0
	memcpy(&bits, &value, sizeof bits);
	return bits ^ ((uint64_t)((int64_t)bits >> 63) | UINT64_C(1) << 63);
}
static inline double ppm_key_to_f64(uint64_t key)
{
	uint64_t bits = key ^ (key >> 63 ? UINT64_C(1) << 63 : UINT64_MAX);
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}
static inline uint64_t ppm_key_of_i64(int64_t value)
{
	return (uint64_t)value ^ UINT64_C(1) << 63;
}
// The key of one element, in the order of values. Of an X128 only its high bits: equal keys do not mean equal values.
uint64_t ppm_series_key(const struct ppm_series *series, uint64_t row);
// The same for rows start … start + count - 1.
void ppm_series_keys(const struct ppm_series *series, uint64_t start, uint64_t count, uint64_t *keys);
bool ppm_series_equal(const struct ppm_series *series, uint64_t a, uint64_t b);
// Negative, 0, positive. Both must be present. Texts by their bytes.
int ppm_series_compare(const struct ppm_steps *steps, const struct ppm_series *series, bool is_text, uint64_t a, uint64_t b);

static inline void ppm_series_set_bit(uint64_t *mask, uint64_t row, bool value)
{
	uint64_t bit = UINT64_C(1) << (row % 64);
	mask[row / 64] = value ? mask[row / 64] | bit : mask[row / 64] & ~bit;
}
static inline uint64_t ppm_mask_words(uint64_t rows)
{
	return (rows + 63) / 64;
}
// The 64 bits of word `word` of a mask that may be NULL (all set); bits at and beyond `rows` are cut off.
static inline uint64_t ppm_mask_word(const uint64_t *mask, uint64_t word, uint64_t rows)
{
	uint64_t bits = mask ? mask[word] : UINT64_MAX;
	return rows - word * 64 < 64 ? bits & ((UINT64_C(1) << (rows % 64)) - 1) : bits;
}
static inline bool ppm_mask_bit(const uint64_t *mask, uint64_t row)
{
	return !mask || ppm_series_bit(mask, row);
}

// ---- sorting -------------------------------------------------------------------------------------------------

struct ppm_sort_item {
	uint64_t key;
	uint32_t row;
	uint32_t extra; // whatever the caller keeps there
};

// Puts items in ascending order of their keys; equal keys stay as they are. `scratch` has room for as many. Many items are sorted by several threads.
enum ppm_status ppm_sort_items(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count);
// Puts items in the order of columns of their rows, missing last; equal ones stay as they are. Keys are changed.
enum ppm_status ppm_sort_by_columns(
	const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count, const struct ppm_order_column *columns, uint32_t column_count);
// Whether rows 0, 1, 2 … stand in the order of a column; *apart (may be NULL): and no two are equal.
bool ppm_rows_in_order(const struct ppm_steps *steps, const struct ppm_order_column *column, uint64_t rows, bool *apart);
// Missing comes last.
int ppm_compare_rows(const struct ppm_steps *steps, const struct ppm_order_column *columns, uint32_t column_count, uint32_t a, uint32_t b);

#endif

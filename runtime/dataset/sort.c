// Sorting by radix: items are a key of 64 bits and a row, moved digit by digit from the lowest, and digits that all keys share are skipped. What does not fit a
// key (texts, long amounts, several columns) is sorted by its first part, and then every run of equal keys by the next one. Runs that wait stand in a list, so that the length of a text
// is no depth of the C stack. Small runs are compared directly.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>

#define SMALL 24u     // items that are sorted by insertion
#define TEXT_BYTES 7u // of a text in one key; the eighth says how many there are
#define DIGIT_BITS 8u
#define DIGITS 8u
#define WIDE_BITS 11u
#define WIDE_DIGITS 6u
#define WIDE_FROM 16384u // items from which wide digits pay

static void insert_items(struct ppm_sort_item *items, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++) {
		struct ppm_sort_item item = items[i];
		uint64_t at = i;
		for (; at > 0 && items[at - 1].key > item.key; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

// One stable pass from `from` to `to` by the digit of `bits` bits at `shift`; `starts` are the digits' first places and move on.
static void scatter(const struct ppm_sort_item *from, struct ppm_sort_item *to, uint64_t count, unsigned shift, unsigned bits, uint32_t *starts)
{
	uint64_t mask = (UINT64_C(1) << bits) - 1;
	for (uint64_t i = 0; i < count; i++)
		to[starts[from[i].key >> shift & mask]++] = from[i];
}

static enum ppm_status radix(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count, unsigned bits, unsigned digits)
{
	uint32_t counts[WIDE_DIGITS << WIDE_BITS];
	assert(digits << bits <= WIDE_DIGITS << WIDE_BITS);
	uint64_t all = UINT64_MAX, any = 0;
	for (uint64_t i = 0; i < count; i++) {
		all &= items[i].key;
		any |= items[i].key;
	}
	uint64_t varying = all ^ any;
	uint64_t mask = (UINT64_C(1) << bits) - 1;
	unsigned used[DIGITS], used_count = 0;
	for (unsigned digit = 0; digit < digits; digit++)
		if (varying >> (digit * bits) & mask)
			used[used_count++] = digit * bits;
	memset(counts, 0, ((size_t)used_count << bits) * sizeof *counts);
	for (uint64_t i = 0; i < count; i++)
		for (unsigned digit = 0; digit < used_count; digit++)
			counts[((uint64_t)digit << bits) + (items[i].key >> used[digit] & mask)]++;
	struct ppm_sort_item *from = items, *to = scratch;
	for (unsigned digit = 0; digit < used_count; digit++) {
		if (ppm_steps_interrupted(steps))
			return PPM_ERROR_INTERRUPTED;
		uint32_t *starts = counts + ((size_t)digit << bits);
		uint32_t sum = 0;
		for (uint64_t i = 0; i <= mask; i++) {
			uint32_t here = starts[i];
			starts[i] = sum;
			sum += here;
		}
		scatter(from, to, count, used[digit], bits, starts);
		struct ppm_sort_item *swapped = from;
		from = to;
		to = swapped;
	}
	if (from != items)
		memcpy(items, from, count * sizeof *items);
	return PPM_OK;
}

enum ppm_status ppm_sort_items(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count)
{
	if (count <= SMALL) {
		insert_items(items, count);
		return PPM_OK;
	}
	return count < WIDE_FROM ? radix(steps, items, scratch, count, DIGIT_BITS, DIGITS) : radix(steps, items, scratch, count, WIDE_BITS, WIDE_DIGITS);
}

int ppm_compare_rows(const struct ppm_steps *steps, const struct ppm_order_column *columns, uint32_t column_count, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < column_count; i++) {
		const struct ppm_series *series = columns[i].series;
		bool first = ppm_series_present(series, a), second = ppm_series_present(series, b);
		if (first != second)
			return first ? -1 : 1;
		int order = first ? ppm_series_compare(steps, series, columns[i].is_text, a, b) : 0;
		if (order)
			return columns[i].descending ? -order : order;
	}
	return 0;
}

// ---- by columns ---------------------------------------------------------------------------------------------

// Items whose columns before `column` are equal, and of a text there the bytes before `offset`, or of a long amount the first key.
struct run {
	uint64_t start, count;
	uint32_t column;
	size_t offset;
};

struct by_columns {
	const struct ppm_steps *steps;
	const struct ppm_order_column *columns;
	uint32_t column_count;
	struct ppm_sort_item *items, *scratch;
	struct run *runs;
	size_t run_count, run_capacity;
};

static void insert_rows(const struct by_columns *sort, struct ppm_sort_item *items, uint64_t count, uint32_t column)
{
	for (uint64_t i = 1; i < count; i++) {
		struct ppm_sort_item item = items[i];
		uint64_t at = i;
		for (; at > 0 && ppm_compare_rows(sort->steps, sort->columns + column, sort->column_count - column, items[at - 1].row, item.row) > 0; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

// Seven bytes from `offset`, and how many there are: a text that ends comes before one that goes on, even by a zero byte.
static uint64_t text_key(struct ppm_slice text, size_t offset)
{
	size_t left = text.size - offset;
	unsigned char bytes[8] = { 0 };
	memcpy(bytes, text.data + offset, left < TEXT_BYTES ? left : TEXT_BYTES);
	uint64_t key;
	memcpy(&key, bytes, sizeof key);
	return __builtin_bswap64(key) | (left > TEXT_BYTES ? TEXT_BYTES + 1 : left);
}

static struct ppm_slice text_of(const struct by_columns *sort, uint32_t column, uint32_t row)
{
	uint32_t code = ((const uint32_t *)sort->columns[column].series->values)[row];
	assert(code < sort->steps->text_count);
	return sort->steps->texts[code];
}

// How many bytes from `offset` all texts of the run share; *same when they are one text.
static size_t shared_bytes(const struct by_columns *sort, const struct run *run, bool *same)
{
	const struct ppm_sort_item *items = sort->items + run->start;
	const uint32_t *codes = sort->columns[run->column].series->values;
	uint32_t first_code = codes[items[0].row];
	struct ppm_slice first = text_of(sort, run->column, items[0].row);
	size_t shared = first.size;
	*same = true;
	for (uint64_t i = 1; i < run->count; i++) {
		if (codes[items[i].row] == first_code)
			continue;
		*same = false;
		struct ppm_slice text = text_of(sort, run->column, items[i].row);
		size_t most = text.size < shared ? text.size : shared;
		size_t at = run->offset;
		while (at < most && text.data[at] == first.data[at])
			at++;
		shared = at;
		if (shared == run->offset)
			break;
	}
	return shared;
}

static bool push(struct by_columns *sort, struct run run)
{
	const struct ppm_allocator *allocator = ppm_memory_allocator(sort->steps->memory);
	if (!ppm_grow(allocator, (void **)&sort->runs, &sort->run_capacity, sort->run_count + 1, sizeof *sort->runs))
		return false;
	sort->runs[sort->run_count++] = run;
	return true;
}

// Moves items without a value behind the others, in order. Returns the number of those with one.
static uint64_t missing_last(const struct by_columns *sort, struct ppm_sort_item *items, uint64_t count, const struct ppm_series *series)
{
	if (!series->present)
		return count;
	uint64_t present = 0, missing = 0;
	for (uint64_t i = 0; i < count; i++) {
		if (ppm_series_bit(series->present, items[i].row))
			items[present++] = items[i];
		else
			sort->scratch[missing++] = items[i];
	}
	memcpy(items + present, sort->scratch, missing * sizeof *items);
	return present;
}

// Sorts one run by as much as one key tells, and queues what is equal.
static enum ppm_status sort_run(struct by_columns *sort, struct run run)
{
	struct ppm_sort_item *items = sort->items + run.start;
	if (run.count <= SMALL) {
		insert_rows(sort, items, run.count, run.column);
		return PPM_OK;
	}
	const struct ppm_order_column *column = &sort->columns[run.column];
	bool last_column = run.column + 1 == sort->column_count;
	if (run.offset == 0) {
		uint64_t present = missing_last(sort, items, run.count, column->series);
		if (present < run.count && !last_column && !push(sort, (struct run){ run.start + present, run.count - present, run.column + 1, 0 }))
			return PPM_ERROR_MEMORY;
		run.count = present;
		if (present == 0)
			return PPM_OK;
	}
	bool more = false; // after this key there is more of the column
	bool same = false;
	uint64_t invert = column->descending ? UINT64_MAX : 0;
	if (column->is_text) {
		run.offset = shared_bytes(sort, &run, &same);
		if (!same)
			for (uint64_t i = 0; i < run.count; i++)
				items[i].key = text_key(text_of(sort, run.column, items[i].row), run.offset) ^ invert;
		more = true;
	} else if (column->series->class == PPM_CLASS_X128 && run.offset) {
		const ppm_int128 *values = column->series->values;
		for (uint64_t i = 0; i < run.count; i++)
			items[i].key = (uint64_t)values[items[i].row] << (64 - PPM_SERIES_X128_LOW_BITS) ^ invert;
	} else {
		more = column->series->class == PPM_CLASS_X128;
		for (uint64_t i = 0; i < run.count; i++)
			items[i].key = ppm_series_key(column->series, items[i].row) ^ invert;
	}
	if (same) {
		// Nothing to tell apart here.
		if (!last_column && !push(sort, (struct run){ run.start, run.count, run.column + 1, 0 }))
			return PPM_ERROR_MEMORY;
		return PPM_OK;
	}
	enum ppm_status status = ppm_sort_items(sort->steps, items, sort->scratch, run.count);
	if (status != PPM_OK || (last_column && !more))
		return status;
	for (uint64_t start = 0, end; start < run.count; start = end) {
		for (end = start + 1; end < run.count && items[end].key == items[start].key; end++)
			;
		if (end == start + 1)
			continue;
		struct run next = { run.start + start, end - start, run.column, 0 };
		if (column->is_text && ((items[start].key ^ invert) & 0xff) > TEXT_BYTES)
			next.offset = run.offset + TEXT_BYTES;
		else if (more && !column->is_text)
			next.offset = 1;
		else
			next.column++;
		if (next.column == sort->column_count)
			continue;
		if (next.count <= SMALL)
			insert_rows(sort, sort->items + next.start, next.count, next.column);
		else if (!push(sort, next))
			return PPM_ERROR_MEMORY;
	}
	return PPM_OK;
}

enum ppm_status ppm_sort_by_columns(
	const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count, const struct ppm_order_column *columns, uint32_t column_count)
{
	if (count < 2 || column_count == 0)
		return PPM_OK;
	struct by_columns sort = { .steps = steps, .columns = columns, .column_count = column_count, .items = items, .scratch = scratch };
	enum ppm_status status = sort_run(&sort, (struct run){ 0, count, 0, 0 });
	while (status == PPM_OK && sort.run_count)
		status = ppm_steps_interrupted(steps) ? PPM_ERROR_INTERRUPTED : sort_run(&sort, sort.runs[--sort.run_count]);
	ppm_free(ppm_memory_allocator(steps->memory), sort.runs);
	return status;
}

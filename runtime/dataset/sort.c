// Sorting by radix: items are a key of 64 bits and a row. A large array is cut into buckets of neighbouring keys, by its keys' highest varying bits, in one pass that all threads share; each bucket is cut
// again, now in the processor's caches, until a handful is left, and insertion sorts that. Every pass is stable. What does not fit a
// key (texts, long amounts, several columns) is sorted by its first part, and then every run of equal keys by the next one. Runs that wait stand in a list, so that the length of a text
// is no depth of the C stack. Small runs are compared directly.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>

#define SMALL 24u      // items that are sorted by insertion
#define TINY 4u        // items that are not worth a key each
#define TEXT_BYTES 7u  // of a text in one key; the eighth says how many there are
#define BUCKET_BITS 8u // of one pass over a bucket
#define BUCKETS (1u << BUCKET_BITS)
#define LARGE 65536u  // items from which it pays to count finely first
#define FINE_BITS 16u // bins by which buckets of about equal size are made
#define FINE_BINS (1u << FINE_BITS)
#define WIDE_BUCKETS 2048u // of one pass over a large array: as many as the processor can write to side by side

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

static void key_range(const struct ppm_sort_item *items, uint64_t count, uint64_t *least, uint64_t *most)
{
	uint64_t low = UINT64_MAX, high = 0;
	for (uint64_t i = 0; i < count; i++) {
		low = items[i].key < low ? items[i].key : low;
		high = items[i].key > high ? items[i].key : high;
	}
	*least = low;
	*most = high;
}

// By how much keys of a range are shifted so that `bits` bits are left.
static unsigned shift_for(uint64_t range, unsigned bits)
{
	unsigned used = range ? 64 - (unsigned)__builtin_clzll(range) : 0;
	return used > bits ? used - bits : 0;
}

// Sorts what is in `from`; the result goes to `to` with `into_to`, else stays in `from`; the other array is scratch. At each depth the keys have eight bits less that vary: eight depths at most.
static void sort_bucket(struct ppm_sort_item *from, struct ppm_sort_item *to, uint64_t count, bool into_to)
{
	if (count <= SMALL) {
		if (into_to)
			memcpy(to, from, count * sizeof *to);
		insert_items(into_to ? to : from, count);
		return;
	}
	uint64_t least, most;
	key_range(from, count, &least, &most);
	if (least == most) {
		if (into_to)
			memcpy(to, from, count * sizeof *to);
		return;
	}
	unsigned shift = shift_for(most - least, BUCKET_BITS);
	uint32_t ends[BUCKETS] = { 0 };
	for (uint64_t i = 0; i < count; i++)
		ends[(from[i].key - least) >> shift]++;
	uint32_t sum = 0;
	for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
		uint32_t here = ends[bucket];
		ends[bucket] = sum;
		sum += here;
	}
	for (uint64_t i = 0; i < count; i++)
		to[ends[(from[i].key - least) >> shift]++] = from[i];
	uint32_t start = 0;
	for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
		uint32_t end = ends[bucket];
		if (end - start == 1 || shift == 0) {
			if (!into_to)
				memcpy(from + start, to + start, (end - start) * sizeof *to);
		} else if (end > start) {
			sort_bucket(to + start, from + start, end - start, !into_to);
		}
		start = end;
	}
}

// ---- large arrays ---------------------------------------------------------------------------------------------

struct large {
	const struct ppm_steps *steps;
	struct ppm_sort_item *items, *scratch;
	uint64_t count;
	unsigned parts, tasks;
	uint64_t least;
	unsigned shift;
	uint32_t *bins;      // [part][FINE_BINS]
	uint16_t *bucket_of; // [FINE_BINS]
	uint32_t buckets;
	uint32_t starts[WIDE_BUCKETS + 1];
	uint32_t (*places)[WIDE_BUCKETS]; // [part]: where its next item of each bucket goes
	struct {
		uint64_t least, most;
	} ranges[PPM_STEPS_THREADS_MAX];
};

static void range_part(void *context, unsigned part)
{
	struct large *sort = context;
	uint64_t start = ppm_steps_part(sort->count, sort->parts, part), end = ppm_steps_part(sort->count, sort->parts, part + 1);
	key_range(sort->items + start, end - start, &sort->ranges[part].least, &sort->ranges[part].most);
}

static void count_part(void *context, unsigned part)
{
	struct large *sort = context;
	uint64_t end = ppm_steps_part(sort->count, sort->parts, part + 1);
	uint32_t *bins = sort->bins + (size_t)part * FINE_BINS;
	for (uint64_t i = ppm_steps_part(sort->count, sort->parts, part); i < end; i++)
		bins[(sort->items[i].key - sort->least) >> sort->shift]++;
}

static void move_part(void *context, unsigned part)
{
	struct large *sort = context;
	uint64_t end = ppm_steps_part(sort->count, sort->parts, part + 1);
	uint32_t *places = sort->places[part];
	for (uint64_t i = ppm_steps_part(sort->count, sort->parts, part); i < end; i++) {
		struct ppm_sort_item item = sort->items[i];
		sort->scratch[places[sort->bucket_of[(item.key - sort->least) >> sort->shift]]++] = item;
	}
}

static enum ppm_status sort_large(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count);

static void bucket_part(void *context, unsigned part)
{
	struct large *sort = context;
	uint32_t first = (uint32_t)((uint64_t)sort->buckets * part / sort->tasks), last = (uint32_t)((uint64_t)sort->buckets * (part + 1) / sort->tasks);
	for (uint32_t bucket = first; bucket < last && !ppm_steps_interrupted(sort->steps); bucket++) {
		uint32_t start = sort->starts[bucket], end = sort->starts[bucket + 1];
		if (end - start < LARGE)
			sort_bucket(sort->scratch + start, sort->items + start, end - start, true);
	}
}

// Makes buckets of neighbouring bins, each of about the same number of items, and says where each part's items go.
static void make_buckets(struct large *sort)
{
	uint32_t wanted = (uint32_t)(sort->count / (WIDE_BUCKETS / 2)) + 1, sum = 0;
	uint32_t of_bucket = 0;
	sort->buckets = 0;
	for (uint32_t bin = 0; bin < FINE_BINS; bin++) {
		uint32_t of_bin = 0;
		for (unsigned part = 0; part < sort->parts; part++)
			of_bin += sort->bins[(size_t)part * FINE_BINS + bin];
		if (of_bin == 0) {
			sort->bucket_of[bin] = (uint16_t)(sort->buckets ? sort->buckets - 1 : 0);
			continue;
		}
		// No two buckets next to each other are both less than half of what is wanted: there are never too many.
		if (sort->buckets == 0 || of_bucket + of_bin > wanted) {
			sort->starts[sort->buckets++] = sum;
			of_bucket = 0;
		}
		sort->bucket_of[bin] = (uint16_t)(sort->buckets - 1);
		of_bucket += of_bin;
		sum += of_bin;
	}
	assert(sort->buckets <= WIDE_BUCKETS);
	sort->starts[sort->buckets] = sum;
	memset(sort->places, 0, sort->parts * sizeof *sort->places);
	for (unsigned part = 0; part < sort->parts; part++)
		for (uint32_t bin = 0; bin < FINE_BINS; bin++)
			sort->places[part][sort->bucket_of[bin]] += sort->bins[(size_t)part * FINE_BINS + bin];
	for (uint32_t bucket = 0; bucket < sort->buckets; bucket++) {
		uint32_t place = sort->starts[bucket];
		for (unsigned part = 0; part < sort->parts; part++) {
			uint32_t here = sort->places[part][bucket];
			sort->places[part][bucket] = place;
			place += here;
		}
	}
}

static enum ppm_status sort_buckets(struct large *sort)
{
	ppm_steps_parallel(sort->steps, sort->parts, count_part, sort);
	make_buckets(sort);
	if (ppm_steps_interrupted(sort->steps))
		return PPM_ERROR_INTERRUPTED;
	ppm_steps_parallel(sort->steps, sort->parts, move_part, sort);
	sort->tasks = sort->parts > 1 ? sort->parts * 16 : 1;
	ppm_steps_parallel(sort->steps, sort->tasks, bucket_part, sort);
	// A bin that alone is large is cut again, by lower bits, and by all threads.
	enum ppm_status status = ppm_steps_interrupted(sort->steps) ? PPM_ERROR_INTERRUPTED : PPM_OK;
	for (uint32_t bucket = 0; bucket < sort->buckets && status == PPM_OK; bucket++) {
		uint32_t start = sort->starts[bucket], end = sort->starts[bucket + 1];
		if (end - start < LARGE)
			continue;
		memcpy(sort->items + start, sort->scratch + start, (end - start) * sizeof *sort->items);
		status = sort_large(sort->steps, sort->items + start, sort->scratch + start, end - start);
	}
	return status;
}

// Cuts by 16 bits at a time, so that it calls itself four times at most.
static enum ppm_status sort_large(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count)
{
	if (count < LARGE) {
		sort_bucket(items, scratch, count, false);
		return PPM_OK;
	}
	const struct ppm_allocator *allocator = ppm_memory_allocator(steps->memory);
	struct large *sort = ppm_allocate_zeroed(allocator, 1, sizeof *sort);
	if (!sort)
		return PPM_ERROR_MEMORY;
	*sort = (struct large){ .steps = steps, .items = items, .scratch = scratch, .count = count, .parts = ppm_steps_parts(steps, count) };
	ppm_steps_parallel(steps, sort->parts, range_part, sort);
	uint64_t most = 0;
	sort->least = UINT64_MAX;
	for (unsigned part = 0; part < sort->parts; part++) {
		sort->least = sort->ranges[part].least < sort->least ? sort->ranges[part].least : sort->least;
		most = sort->ranges[part].most > most ? sort->ranges[part].most : most;
	}
	enum ppm_status status = PPM_OK;
	if (sort->least < most) {
		sort->shift = shift_for(most - sort->least, FINE_BITS);
		sort->bins = ppm_allocate_zeroed(allocator, sort->parts, FINE_BINS * sizeof *sort->bins);
		sort->bucket_of = ppm_allocate(allocator, FINE_BINS, sizeof *sort->bucket_of);
		sort->places = ppm_allocate(allocator, sort->parts, sizeof *sort->places);
		status = sort->bins && sort->bucket_of && sort->places ? sort_buckets(sort) : PPM_ERROR_MEMORY;
	}
	ppm_free(allocator, sort->bins);
	ppm_free(allocator, sort->bucket_of);
	ppm_free(allocator, sort->places);
	ppm_free(allocator, sort);
	return status;
}

enum ppm_status ppm_sort_items(const struct ppm_steps *steps, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count)
{
	if (count >= LARGE)
		return sort_large(steps, items, scratch, count);
	sort_bucket(items, scratch, count, false);
	return PPM_OK;
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

struct order_check {
	const struct ppm_steps *steps;
	const struct ppm_order_column *column;
	uint64_t rows;
	unsigned parts;
	int differs; // set and read atomically: the others need not go on
	int equal;   // set atomically
};

static void check_part(void *context, unsigned part)
{
	struct order_check *check = context;
	uint64_t start = ppm_steps_part(check->rows, check->parts, part), end = ppm_steps_part(check->rows, check->parts, part + 1);
	bool plain_texts = check->column->is_text && !check->column->descending && !check->column->series->present;
	const uint32_t *codes = check->column->series->values;
	for (uint64_t row = start ? start : 1; row < end; row++) {
		int order;
		if (plain_texts)
			order = codes[row - 1] == codes[row] ? 0 : ppm_slice_compare(check->steps->texts[codes[row - 1]], check->steps->texts[codes[row]]);
		else
			order = ppm_compare_rows(check->steps, check->column, 1, (uint32_t)(row - 1), (uint32_t)row);
		bool differs = order > 0;
		if (order == 0)
			__atomic_store_n(&check->equal, 1, __ATOMIC_RELAXED);
		if (differs)
			__atomic_store_n(&check->differs, 1, __ATOMIC_RELAXED);
		if (differs || (row % 1024 == 0 && __atomic_load_n(&check->differs, __ATOMIC_RELAXED)))
			return;
	}
}

bool ppm_rows_in_order(const struct ppm_steps *steps, const struct ppm_order_column *column, uint64_t rows, bool *apart)
{
	struct order_check check = { .steps = steps, .column = column, .rows = rows, .parts = ppm_steps_parts(steps, rows) };
	ppm_steps_parallel(steps, check.parts, check_part, &check);
	if (apart)
		*apart = !check.differs && !check.equal;
	return !check.differs;
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
	if (run.count <= TINY) {
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
		if (present < 2)
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
		if (next.count <= TINY)
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

// Arrays grow by moving their mapping's end, so that rows are copied once: from where they were computed to where they stay.
//
// Most files have a line for each record and no record is left out: their lines are one run, and cost nothing.
#include "runtime/dataset/table.h"

#include <assert.h>

bool ppm_kept_open(struct ppm_kept_table *table, const struct ppm_table *about, struct ppm_memory *memory)
{
	const struct ppm_allocator *allocator = ppm_memory_allocator(memory);
	*table = (struct ppm_kept_table){ .about = about, .memory = memory };
	table->columns = ppm_allocate_zeroed(allocator, (size_t)about->column_count + 1, sizeof *table->columns);
	table->room = ppm_allocate_zeroed(allocator, (size_t)about->column_count + 1, sizeof *table->room);
	if (!table->columns || !table->room)
		return false;
	for (uint32_t i = 0; i < about->column_count; i++)
		table->columns[i].class = about->columns[i].class;
	return true;
}

void ppm_kept_free(struct ppm_kept_table *table)
{
	if (!table->memory)
		return;
	const struct ppm_allocator *allocator = ppm_memory_allocator(table->memory);
	for (uint32_t i = 0; table->columns && table->room && i < table->about->column_count; i++)
		ppm_kept_drop(table, i);
	for (size_t i = 0; i < table->line_runs; i++)
		ppm_free(allocator, table->lines[i].rows_at);
	if (table->raw)
		ppm_memory_give(table->memory, table->raw - PPM_KEPT_PADDING, table->raw_room + 2 * PPM_KEPT_PADDING);
	if (table->refused)
		ppm_memory_give(table->memory, table->refused, ppm_series_bytes(PPM_CLASS_MASK, ppm_whole_batches(table->rows)));
	ppm_memory_give(table->memory, table->originals, table->copies * sizeof *table->originals);
	ppm_free(allocator, table->raw_blocks);
	ppm_free(allocator, table->lines);
	ppm_free(allocator, table->columns);
	ppm_free(allocator, table->room);
	*table = (struct ppm_kept_table){ .about = table->about };
}

// ---- columns ----------------------------------------------------------------------------------------------

static enum ppm_status resize(struct ppm_kept_table *table, uint32_t column, uint64_t room)
{
	struct ppm_series *series = &table->columns[column];
	uint64_t before = table->room[column];
	if (series->values && room == before)
		return PPM_OK;
	// Presence first: if the values cannot follow, it is put back, and both have the same room again.
	if (table->about->columns[column].may_miss) {
		uint64_t *present = ppm_memory_resize(table->memory, series->present, ppm_series_bytes(PPM_CLASS_MASK, before), ppm_series_bytes(PPM_CLASS_MASK, room));
		if (!present)
			return ppm_memory_status(table->memory);
		series->present = present;
	}
	void *values = ppm_memory_resize(table->memory, series->values, ppm_series_bytes(series->class, before), ppm_series_bytes(series->class, room));
	if (values) {
		series->values = values;
		table->room[column] = room;
		return PPM_OK;
	}
	enum ppm_status status = ppm_memory_status(table->memory);
	if (series->present) {
		ppm_memory_give(table->memory, series->present, ppm_series_bytes(PPM_CLASS_MASK, room));
		series->present = NULL;
		ppm_memory_give(table->memory, series->values, ppm_series_bytes(series->class, before));
		series->values = NULL;
		table->room[column] = 0;
	}
	return status;
}

enum ppm_status ppm_kept_reserve(struct ppm_kept_table *table, uint32_t column, uint64_t rows)
{
	if (table->columns[column].values && rows <= table->room[column])
		return PPM_OK;
	return resize(table, column, ppm_whole_batches(rows));
}

enum ppm_status ppm_kept_trim(struct ppm_kept_table *table, uint32_t column)
{
	return table->columns[column].values ? resize(table, column, ppm_whole_batches(table->rows)) : PPM_OK;
}

void ppm_kept_drop(struct ppm_kept_table *table, uint32_t column)
{
	struct ppm_series *series = &table->columns[column];
	ppm_memory_give(table->memory, series->present, ppm_series_bytes(PPM_CLASS_MASK, table->room[column]));
	ppm_memory_give(table->memory, series->values, ppm_series_bytes(series->class, table->room[column]));
	series->values = NULL;
	series->present = NULL;
	table->room[column] = 0;
}

bool ppm_kept_take_series(struct ppm_kept_table *table, uint32_t column, struct ppm_series *series)
{
	uint64_t room = ppm_whole_batches(table->rows);
	*series = (struct ppm_series){ .class = table->columns[column].class };
	series->values = ppm_memory_take(table->memory, ppm_series_bytes(series->class, room));
	if (!series->values)
		return false;
	if (!table->about->columns[column].may_miss)
		return true;
	series->present = ppm_memory_take(table->memory, ppm_series_bytes(PPM_CLASS_MASK, room));
	if (series->present)
		return true;
	ppm_memory_give(table->memory, series->values, ppm_series_bytes(series->class, room));
	return false;
}

void ppm_kept_replace(struct ppm_kept_table *table, uint32_t column, struct ppm_series *series)
{
	ppm_kept_drop(table, column);
	table->columns[column] = *series;
	table->room[column] = ppm_whole_batches(table->rows);
}

// ---- raw fields and lines ------------------------------------------------------------------------------------

static enum ppm_status resize_raw(struct ppm_kept_table *table, uint64_t room)
{
	char *before = table->raw ? table->raw - PPM_KEPT_PADDING : NULL;
	char *raw = ppm_memory_resize(table->memory, before, before ? table->raw_room + 2 * PPM_KEPT_PADDING : 0, room + 2 * PPM_KEPT_PADDING);
	if (!raw)
		return ppm_memory_status(table->memory);
	// The byte before the first record is a line end, as the scan wants it.
	raw[PPM_KEPT_PADDING - 1] = '\n';
	table->raw = raw + PPM_KEPT_PADDING;
	table->raw_room = room;
	return PPM_OK;
}

enum ppm_status ppm_kept_reserve_raw(struct ppm_kept_table *table, uint64_t more)
{
	if (table->raw && more <= table->raw_room - table->raw_size)
		return PPM_OK;
	uint64_t needed = table->raw_size + more, grown = table->raw_room + table->raw_room / 2;
	return resize_raw(table, grown > needed ? grown : needed);
}

enum ppm_status ppm_kept_trim_raw(struct ppm_kept_table *table)
{
	return table->raw ? resize_raw(table, table->raw_size) : PPM_OK;
}

bool ppm_kept_note_raw(struct ppm_kept_table *table, uint64_t row)
{
	if (row % PPM_BATCH_ROWS)
		return true;
	void *blocks = table->raw_blocks;
	bool fits = ppm_grow(ppm_memory_allocator(table->memory), &blocks, &table->raw_block_room, table->raw_block_count + 1, sizeof *table->raw_blocks);
	table->raw_blocks = blocks;
	if (fits)
		table->raw_blocks[table->raw_block_count++] = table->raw_size;
	return fits;
}

static uint64_t *mark_lines(const struct ppm_allocator *allocator, uint64_t rows, const uint32_t *lines)
{
	uint64_t *bits = ppm_allocate_zeroed(allocator, (size_t)lines[rows - 1] / 64 + 1, sizeof *bits);
	for (uint64_t i = 0; bits && i < rows; i++)
		bits[lines[i] / 64] |= UINT64_C(1) << lines[i] % 64;
	return bits;
}

bool ppm_kept_note_lines(struct ppm_kept_table *table, uint64_t first, uint64_t rows, uint64_t line, const uint32_t *lines)
{
	if (rows == 0)
		return true;
	const struct ppm_allocator *allocator = ppm_memory_allocator(table->memory);
	// Consecutive after all?
	if (lines && lines[rows - 1] - lines[0] == rows - 1) {
		line += lines[0];
		lines = NULL;
	}
	const struct ppm_kept_lines *last = table->line_runs ? &table->lines[table->line_runs - 1] : NULL;
	if (!lines && last && !last->rows_at && last->line + (first - last->first_row) == line && first != table->reference)
		return true;
	void *runs = table->lines;
	bool fits = ppm_grow(allocator, &runs, &table->line_room, table->line_runs + 1, sizeof *table->lines);
	table->lines = runs;
	uint64_t *rows_at = fits && lines ? mark_lines(allocator, rows, lines) : NULL;
	if (!fits || (lines && !rows_at))
		return false;
	table->lines[table->line_runs++] = (struct ppm_kept_lines){ first, line, rows_at, lines ? lines[rows - 1] + 1 : 0 };
	return true;
}

static uint64_t original_of(const struct ppm_kept_table *table, uint64_t row)
{
	return table->copies && row >= table->rows - table->copies ? table->originals[row - (table->rows - table->copies)] : row;
}

uint64_t ppm_kept_line(const struct ppm_kept_table *table, uint64_t row)
{
	size_t low = 0, high = table->line_runs;
	row = original_of(table, row);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (table->lines[middle].first_row <= row)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	const struct ppm_kept_lines *run = &table->lines[low - 1];
	uint64_t rest = row - run->first_row;
	if (!run->rows_at)
		return run->line + rest + 1;
	for (uint32_t word = 0; word <= (run->line_count - 1) / 64; word++) {
		uint64_t bits = run->rows_at[word], count = (uint64_t)__builtin_popcountll(bits);
		if (rest >= count) {
			rest -= count;
			continue;
		}
		for (; rest; rest--)
			bits &= bits - 1;
		return run->line + word * 64 + (uint64_t)__builtin_ctzll(bits) + 1;
	}
	return 0;
}

bool ppm_kept_prepare_refusals(struct ppm_kept_table *table)
{
	if (!table->refused)
		table->refused = ppm_memory_take(table->memory, ppm_series_bytes(PPM_CLASS_MASK, ppm_whole_batches(table->rows)));
	return table->refused != NULL;
}

void ppm_kept_refuse(struct ppm_kept_table *table, uint64_t row)
{
	uint64_t bit = UINT64_C(1) << row % 64;
	table->refused_count += !(table->refused[row / 64] & bit);
	table->refused[row / 64] |= bit;
}

// The record's LF: marks come in pairs, so that one outside of them is where their number so far is even.
static uint64_t record_end(const struct ppm_kept_table *table, uint64_t at)
{
	for (bool quoted = false; table->raw[at] != '\n' || quoted; at++)
		quoted ^= table->raw[at] == '"';
	return at;
}

struct ppm_slice ppm_kept_record(const struct ppm_kept_table *table, uint64_t row, struct ppm_kept_place *at)
{
	row = original_of(table, row);
	if (!table->raw_fields || row < table->reference)
		return (struct ppm_slice){ NULL, 0 };
	row -= table->reference;
	uint64_t block = row / PPM_BATCH_ROWS;
	if (at->row > row || at->row / PPM_BATCH_ROWS != block || at->offset < table->raw_blocks[block])
		*at = (struct ppm_kept_place){ block * PPM_BATCH_ROWS, table->raw_blocks[block] };
	for (; at->row < row; at->row++)
		at->offset = record_end(table, at->offset) + 1;
	return (struct ppm_slice){ table->raw + at->offset, record_end(table, at->offset) - at->offset };
}

// ---- bits ---------------------------------------------------------------------------------------------------

void ppm_bits_append(uint64_t *to, uint64_t at, const uint64_t *from, uint64_t count)
{
	uint64_t *word = to + at / 64;
	unsigned shift = (unsigned)(at % 64);
	uint64_t kept = shift ? *word & ((UINT64_C(1) << shift) - 1) : 0;
	for (uint64_t done = 0; done < count; done += 64, word++) {
		uint64_t bits = from ? from[done / 64] : UINT64_MAX, rest = count - done;
		if (rest < 64)
			bits &= (UINT64_C(1) << rest) - 1;
		*word = kept | bits << shift;
		kept = shift ? bits >> (64 - shift) : 0;
		// What is left over belongs to one word more, if it holds any of the bits.
		if (rest <= 64 && shift && rest + shift > 64)
			word[1] = kept;
	}
}

void ppm_bits_extract(uint64_t *to, const uint64_t *from, uint64_t at, uint64_t count)
{
	const uint64_t *word = from + at / 64;
	unsigned shift = (unsigned)(at % 64);
	for (uint64_t done = 0; done < count; done += 64, word++) {
		uint64_t bits = *word >> shift;
		if (shift && count - done > 64 - shift)
			bits |= word[1] << (64 - shift);
		to[done / 64] = bits;
	}
}

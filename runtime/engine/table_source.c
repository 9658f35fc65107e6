// A chunk is some batches in a row; workers take them in order. Where the first row is not at the beginning of a word of bits (rows to score behind those to compare with), values
// are copied into the worker's registers instead, moved to their places.
//
// Raw fields were kept as CSV, so that the structural scan finds their ends again, faster than they could be stored and read.
#include "runtime/engine/table_source.h"

#include "runtime/source/source_internal.h"

#include <assert.h>

#define CHUNK_BATCHES 64u
#define CHUNK_ROWS ((uint64_t)CHUNK_BATCHES * PPM_BATCH_ROWS)

struct table_source {
	struct ppm_source source;
	const struct ppm_kept_table *tables, *table;
	uint64_t first;
	bool keep_records;
	bool aligned;
	bool passes; // raw fields are needed for every row, and not only where one goes wrong
};

struct table_worker {
	struct ppm_source_worker worker;
	uint64_t next, end; // rows of the table that are still to come in this chunk
	uint64_t row;       // of the table, where the batch begins
	void **constants;   // [program column]: a register, for what is the same in every row, or is copied
	uint64_t **masks;   // [program column]: likewise
};

static const struct table_source *source_of(const struct ppm_source_worker *worker)
{
	return (const struct table_source *)worker->source;
}

static void fill(void *to, enum ppm_register_class class, const struct ppm_series *series)
{
	if (class == PPM_CLASS_MASK) {
		memset(to, ppm_series_bit(series->values, 0) ? 0xff : 0, ppm_register_size(class));
		return;
	}
	size_t size = ppm_register_size(class) / PPM_BATCH_ROWS;
	for (size_t row = 0; row < PPM_BATCH_ROWS; row++)
		memcpy((char *)to + row * size, series->values, size);
}

static void free_registers(const struct ppm_allocator *allocator, void **registers, uint32_t count)
{
	for (uint32_t i = 0; registers && i < count; i++)
		ppm_free_aligned(allocator, registers[i]);
	ppm_free(allocator, registers);
}

static void worker_free(struct ppm_source_worker *base)
{
	struct table_worker *worker = (struct table_worker *)base;
	const struct ppm_allocator *allocator = base->source->allocator;
	uint32_t count = base->source->program->column_count;
	free_registers(allocator, worker->constants, count);
	for (uint32_t i = 0; worker->masks && i < count; i++)
		ppm_free_aligned(allocator, worker->masks[i]);
	ppm_free(allocator, worker->masks);
	ppm_free(allocator, base->values);
	ppm_free(allocator, base->present);
	ppm_free(allocator, base->index);
	ppm_free(allocator, base->starts);
	ppm_free(allocator, base->row_lines);
	ppm_data_problems_free(&base->chunk.problems);
	ppm_free(allocator, worker);
}

// What the column reads: of its own table, or of a table with one row.
static const struct ppm_series *series_of(const struct table_source *source, const struct ppm_column *column)
{
	const struct ppm_kept_table *table = column->origin == PPM_FROM_COMPANY ? &source->tables[column->table] : source->table;
	return &table->columns[column->table_column];
}

static bool is_kept(const struct ppm_column *column)
{
	return column->read && (column->origin == PPM_FROM_TABLE || column->origin == PPM_FROM_COMPANY);
}

static bool make_registers(struct table_worker *worker)
{
	const struct table_source *source = source_of(&worker->worker);
	const struct ppm_program *program = source->source.program;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!is_kept(column) || (column->origin == PPM_FROM_TABLE && source->aligned))
			continue;
		const struct ppm_series *series = series_of(source, column);
		enum ppm_register_class class = ppm_column_register(column);
		worker->constants[i] = ppm_allocate_aligned(source->source.allocator, ppm_register_size(class), PPM_VECTOR_ALIGNMENT);
		worker->masks[i] = ppm_allocate_aligned(source->source.allocator, ppm_register_size(PPM_CLASS_MASK), PPM_VECTOR_ALIGNMENT);
		if (!worker->constants[i] || !worker->masks[i])
			return false;
		memset(worker->constants[i], 0, ppm_register_size(class));
		if (column->origin != PPM_FROM_COMPANY)
			continue;
		assert(series->class == class && series->values);
		fill(worker->constants[i], class, series);
		memset(worker->masks[i], ppm_series_present(series, 0) ? 0xff : 0, ppm_register_size(PPM_CLASS_MASK));
		worker->worker.values[i] = worker->constants[i];
		worker->worker.present[i] = series->present ? worker->masks[i] : NULL;
	}
	return true;
}

static struct ppm_source_worker *worker_new(struct ppm_source *source, struct ppm_text_pool *pool)
{
	const struct ppm_allocator *allocator = source->allocator;
	struct table_worker *worker = ppm_allocate_zeroed(allocator, 1, sizeof *worker);
	if (!worker)
		return NULL;
	worker->worker.source = source;
	worker->worker.pool = pool;
	size_t slots = (size_t)source->program->column_count + 1;
	ppm_data_problems_init(&worker->worker.chunk.problems, allocator, UINT64_MAX, ((struct table_source *)source)->keep_records);
	worker->constants = ppm_allocate_zeroed(allocator, slots, sizeof *worker->constants);
	worker->masks = ppm_allocate_zeroed(allocator, slots, sizeof *worker->masks);
	worker->worker.values = ppm_allocate_zeroed(allocator, slots, sizeof *worker->worker.values);
	worker->worker.present = ppm_allocate_zeroed(allocator, slots, sizeof *worker->worker.present);
	bool numbered = source->number_lines && ((struct table_source *)source)->table->line_runs;
	worker->worker.row_lines = numbered ? ppm_allocate(allocator, PPM_BATCH_ROWS, sizeof *worker->worker.row_lines) : NULL;
	if ((numbered && !worker->worker.row_lines) || !worker->constants || !worker->masks || !worker->worker.values || !worker->worker.present || !make_registers(worker)) {
		worker_free(&worker->worker);
		return NULL;
	}
	return &worker->worker;
}

// ---- chunks and batches -------------------------------------------------------------------------------------

static uint64_t count_refused(const struct ppm_kept_table *table, uint64_t from, uint64_t to)
{
	uint64_t count = 0;
	for (uint64_t row = from; table->refused && row < to; row++)
		count += ppm_series_bit(table->refused, row);
	return count;
}

static enum ppm_status next_chunk(struct ppm_source_worker *base, bool *more)
{
	struct table_worker *worker = (struct table_worker *)base;
	struct ppm_source *source = base->source;
	const struct ppm_kept_table *table = source_of(base)->table;
	struct ppm_data_problems *problems = &base->chunk.problems;
	ppm_arena_reset(&problems->arena);
	problems->first = problems->last = NULL;
	problems->count = problems->rows = 0;
	*more = false;
	enum ppm_status status = (enum ppm_status)atomic_load(&source->status);
	if (status == PPM_OK && ppm_source_interrupted(source))
		status = ppm_source_fail(source, PPM_ERROR_INTERRUPTED);
	if (status != PPM_OK)
		return status;
	base->chunk.ordinal = atomic_fetch_add(&source->next_chunk, 1);
	uint64_t rows = table->rows - source_of(base)->first;
	if (base->chunk.ordinal > rows / CHUNK_ROWS || base->chunk.ordinal * CHUNK_ROWS >= rows)
		return PPM_OK;
	*more = true;
	worker->next = source_of(base)->first + base->chunk.ordinal * CHUNK_ROWS;
	worker->end = table->rows - worker->next < CHUNK_ROWS ? table->rows : worker->next + CHUNK_ROWS;
	worker->row = worker->next;
	base->chunk.records = worker->end - worker->next - count_refused(table, worker->next, worker->end);
	base->chunk.lines = 0;
	return PPM_OK;
}

// The raw fields of rows row … row + rows - 1. False when memory ran out.
static bool find_fields(struct table_worker *worker, uint64_t row, uint32_t rows)
{
	struct ppm_source_worker *base = &worker->worker;
	const struct ppm_source *source = base->source;
	const struct ppm_kept_table *table = source_of(base)->table;
	row -= table->reference;
	uint64_t first_block = row / PPM_BATCH_ROWS, end_block = (row + rows - 1) / PPM_BATCH_ROWS + 1;
	uint64_t from = table->raw_blocks[first_block];
	uint64_t to = end_block < table->raw_block_count ? table->raw_blocks[end_block] : table->raw_size;
	size_t size = (size_t)(to - from), stride = table->raw_fields, skipped = (size_t)(row % PPM_BATCH_ROWS);
	void *items = base->index;
	bool fits = ppm_grow(source->allocator, &items, &base->index_capacity, size + PPM_SCAN_SLACK, sizeof *base->index);
	base->index = items;
	if (!fits)
		return false;
	items = base->starts;
	fits = ppm_grow(source->allocator, &items, &base->starts_capacity, PPM_BATCH_ROWS, sizeof *base->starts);
	base->starts = items;
	if (!fits)
		return false;
	const char *text = table->raw + from;
	struct ppm_scan scan = { .delimiter = source->options.delimiter };
	uint32_t *end = source->scan->run(&scan, text, 0, size, base->index), *ends = base->index + skipped * stride;
	assert(!scan.stray && (size_t)(end - base->index) >= (skipped + rows) * stride);
	(void)end;
	uint32_t start = skipped ? ends[-1] + 1 : 0;
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t *last = &ends[i * stride + stride - 1], next = *last + 1;
		base->starts[i] = start;
		*last -= *last > start && text[*last - 1] == '\r';
		start = next;
	}
	base->batch.base = text;
	base->batch.ends = ends;
	base->batch.starts = base->starts;
	base->batch.stride = (uint32_t)stride;
	return true;
}

static void point_at_values(struct table_worker *worker, uint64_t row, uint32_t rows)
{
	struct ppm_source_worker *base = &worker->worker;
	const struct table_source *source = source_of(base);
	const struct ppm_program *program = source->source.program;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!is_kept(column) || column->origin != PPM_FROM_TABLE)
			continue;
		const struct ppm_series *series = series_of(source, column);
		assert(series->class == ppm_column_register(column) && series->values);
		size_t size = ppm_register_size(series->class);
		if (source->aligned) {
			base->values[i] = (char *)series->values + row / PPM_BATCH_ROWS * size;
			base->present[i] = series->present ? series->present + row / 64 : NULL;
			continue;
		}
		if (series->class == PPM_CLASS_MASK)
			ppm_bits_extract(worker->constants[i], series->values, row, rows);
		else
			memcpy(worker->constants[i], (const char *)series->values + row * (size / PPM_BATCH_ROWS), rows * (size / PPM_BATCH_ROWS));
		if (series->present)
			ppm_bits_extract(worker->masks[i], series->present, row, rows);
		base->values[i] = worker->constants[i];
		base->present[i] = series->present ? worker->masks[i] : NULL;
	}
}

static enum ppm_status next_batch(struct ppm_source_worker *base, struct ppm_batch **out, bool *more)
{
	struct table_worker *worker = (struct table_worker *)base;
	const struct ppm_kept_table *table = source_of(base)->table;
	*out = NULL;
	*more = worker->next < worker->end;
	if (base->out_of_memory || base->chunk.problems.arena.failed)
		return ppm_source_fail(base->source, PPM_ERROR_MEMORY);
	if (!*more)
		return PPM_OK;
	uint64_t row = worker->next;
	uint32_t rows = worker->end - row < PPM_BATCH_ROWS ? (uint32_t)(worker->end - row) : PPM_BATCH_ROWS;
	worker->row = row;
	worker->next = row + rows;
	base->batch = (struct ppm_batch){ .rows = rows, .values = base->values, .present = base->present, .refused = base->refused, .record = row - source_of(base)->first };
	point_at_values(worker, row, rows);
	for (uint32_t i = 0; base->row_lines && i < rows; i++) // the file's already, as for rows that are refused
		base->row_lines[i] = (uint32_t)(ppm_kept_line(table, row + i) - 1);
	base->batch.lines = base->row_lines;
	if (table->refused)
		ppm_bits_extract(base->refused, table->refused, row, rows);
	else
		memset(base->refused, 0, sizeof base->refused);
	if (source_of(base)->passes && !find_fields(worker, row, rows))
		return ppm_source_fail(base->source, PPM_ERROR_MEMORY);
	if (base->pool)
		ppm_text_pool_trim(base->pool);
	*out = &base->batch;
	return PPM_OK;
}

static void refuse_row(struct ppm_source_worker *base, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message)
{
	const struct table_source *source = source_of(base);
	const struct ppm_kept_table *table = source->table;
	struct ppm_data_problems *problems = &base->chunk.problems;
	base->refused[row / 64] |= UINT64_C(1) << row % 64;
	uint64_t first = ((struct table_worker *)base)->row, line = ppm_kept_line(table, first + row);
	// The line is the file's already: whoever adds what is before this chunk adds nothing but one.
	struct ppm_data_problem problem = { .code = code, .line = line - 1, .place = place, .message = ppm_slice_of(message) };
	bool has_record = source->keep_records && first >= table->reference;
	if (has_record && first + base->batch.rows > table->rows - table->copies) { // copies have the records of their originals
		struct ppm_kept_place at = { 0 };
		problem.record = ppm_kept_record(table, first + row, &at);
		has_record = false;
	}
	if (has_record && base->batch.stride == 0 && !find_fields((struct table_worker *)base, first, base->batch.rows))
		base->out_of_memory = true;
	if (has_record && base->batch.stride) {
		uint32_t begin = base->batch.starts[row], end = base->batch.ends[(size_t)row * base->batch.stride + base->batch.stride - 1];
		problem.record = (struct ppm_slice){ base->batch.base + begin, end + (base->batch.base[end] == '\r') - begin };
	}
	problems->rows++;
	ppm_data_problems_add(problems, &problem);
}

// ---- the source ---------------------------------------------------------------------------------------------

static const struct ppm_source_kind table_kind = { worker_new, worker_free, next_chunk, next_batch, refuse_row };

// The load program's column that reads the same field of the file.
static uint32_t find_passed(const struct ppm_program *load, const struct ppm_column *column, uint32_t *place)
{
	struct ppm_slice wanted = column->header.size ? column->header : column->name;
	*place = 0;
	for (uint32_t i = 0; i < load->column_count; i++) {
		const struct ppm_column *other = &load->columns[i];
		if (other->passed && ppm_slice_equal(other->header.size ? other->header : other->name, wanted))
			return i;
		*place += other->passed;
	}
	return UINT32_MAX;
}

static bool copy_names(struct ppm_source *source, const struct ppm_table_source_options *options, const struct ppm_kept_table *table)
{
	const struct ppm_source *file = options->file;
	source->options.delimiter = ppm_source_delimiter(file);
	source->field_count = table->raw_fields;
	source->names = ppm_arena_allocate(&source->arena, (size_t)source->field_count + 1, sizeof *source->names);
	source->raws = ppm_arena_allocate(&source->arena, (size_t)source->field_count + 1, sizeof *source->raws);
	if (source->arena.failed)
		return false;
	bool whole = table->raw_records;
	uint32_t column = 0;
	for (uint32_t i = 0; i < source->field_count; i++) {
		uint32_t field = i;
		if (!whole) {
			while (!options->load->columns[column].passed)
				column++;
			field = ppm_source_column_field(file, column++);
		}
		source->names[i] = ppm_arena_copy(&source->arena, ppm_source_field_name(file, field));
		source->raws[i] = ppm_arena_copy(&source->arena, ppm_source_field_raw(file, field));
	}
	for (uint32_t i = 0; i < options->program->column_count; i++) {
		uint32_t place, loaded = options->program->columns[i].passed ? find_passed(options->load, &options->program->columns[i], &place) : UINT32_MAX;
		source->column_fields[i] = loaded == UINT32_MAX ? UINT32_MAX : whole ? ppm_source_column_field(file, loaded) : place;
	}
	return !source->arena.failed;
}

struct ppm_source *ppm_table_source_new(const struct ppm_allocator *allocator, const struct ppm_table_source_options *options)
{
	struct table_source *table_source = ppm_allocate_zeroed(allocator, 1, sizeof *table_source);
	if (!table_source)
		return NULL;
	const struct ppm_kept_table *table = &options->tables[options->table];
	struct ppm_source *source = &table_source->source;
	table_source->tables = options->tables;
	table_source->table = table;
	table_source->first = options->first;
	table_source->aligned = options->first % PPM_BATCH_ROWS == 0;
	table_source->keep_records = options->keep_records && table->raw_records;
	source->kind = &table_kind;
	source->allocator = allocator;
	source->program = options->program;
	source->texts = options->texts;
	source->options.interrupted = options->interrupted;
	source->options.delimiter = ',';
	source->scan = ppm_scan_functions(options->simd);
	ppm_arena_init(&source->arena, allocator);
	source->column_fields = ppm_arena_allocate(&source->arena, (size_t)options->program->column_count + 1, sizeof *source->column_fields);
	bool made = source->column_fields != NULL;
	for (uint32_t i = 0; made && i < options->program->column_count; i++)
		source->column_fields[i] = UINT32_MAX;
	if (made && options->file && table->raw_fields) {
		made = copy_names(source, options, table);
		table_source->passes = options->program->pass_all_columns;
		for (uint32_t i = 0; i < options->program->column_count; i++)
			table_source->passes |= options->program->columns[i].passed;
	}
	// For progress and the choice of threads: what a row of a file would be, very roughly.
	source->size = (table->rows - options->first) * 64;
	if (!made) {
		ppm_table_source_close(source);
		return NULL;
	}
	return source;
}

void ppm_table_source_close(struct ppm_source *source)
{
	if (!source)
		return;
	ppm_arena_free(&source->arena);
	ppm_free(source->allocator, source);
}

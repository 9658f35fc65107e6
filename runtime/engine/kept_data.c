// Reading is the loading of a job: a job is made by hand that has a table for each file and nothing but LOAD actions, whose programs store every column as it is. What it made stays.
//
// Invariants. A column of a reader has the number of its table column. Each code of a kept text is of `texts`, whose first codes are those of all programs.
#include "runtime/bytecode/verify.h"
#include "runtime/engine/job_internal.h"
#include "runtime/engine/kept_data.h"
#include "runtime/sink/format_value.h"
#include "runtime/source/source_internal.h"

#include <assert.h>
#include <errno.h>

struct file {
	struct ppm_slice name;
	struct ppm_column *columns;
	uint32_t column_count;
	size_t column_room;
	bool passes; // a field is kept as it stands; its column is the last
};

struct ppm_kept_data {
	const struct ppm_allocator *allocator;
	struct file *files;
	uint32_t file_count;
	size_t file_room;
	struct ppm_arena arena; // names
	struct ppm_job *job;
	struct ppm_job_options options;
	struct ppm_job_input *inputs;
	struct ppm_job_report report;
	struct ppm_job_state state;
	bool opened; // state and report
};

struct ppm_kept_data *ppm_kept_data_new(const struct ppm_allocator *allocator, const struct ppm_kept_options *options)
{
	struct ppm_kept_data *data = ppm_allocate_zeroed(allocator, 1, sizeof *data);
	if (!data)
		return NULL;
	data->allocator = allocator;
	data->options = (struct ppm_job_options){
		.engine = { .threads = options->threads,
			.simd = options->simd,
			.interrupted = options->interrupted,
			.progress = options->progress,
			.progress_context = options->progress_context },
		.memory_limit = options->memory_limit,
		.folder = options->folder,
	};
	ppm_arena_init(&data->arena, allocator);
	return data;
}

void ppm_kept_data_free(struct ppm_kept_data *data)
{
	if (!data)
		return;
	if (data->opened) {
		ppm_job_close_state(&data->state);
		ppm_job_report_free(&data->report);
	}
	for (uint32_t i = 0; i < data->file_count; i++)
		ppm_free(data->allocator, data->files[i].columns);
	ppm_free(data->allocator, data->files);
	ppm_free(data->allocator, data->inputs);
	ppm_job_free(data->job);
	ppm_arena_free(&data->arena);
	ppm_free(data->allocator, data);
}

// ---- what to keep --------------------------------------------------------------------------------------------

uint32_t ppm_kept_data_file(struct ppm_kept_data *data, struct ppm_slice name)
{
	for (uint32_t i = 0; i < data->file_count; i++)
		if (ppm_slice_equal(data->files[i].name, name))
			return i;
	void *items = data->files;
	bool fits = ppm_grow(data->allocator, &items, &data->file_room, (size_t)data->file_count + 1, sizeof *data->files);
	data->files = items;
	struct ppm_slice copy = ppm_arena_copy(&data->arena, name);
	if (!fits || data->arena.failed)
		return PPM_NO_INDEX;
	data->files[data->file_count] = (struct file){ .name = copy };
	return data->file_count++;
}

uint32_t ppm_kept_data_file_count(const struct ppm_kept_data *data)
{
	return data->file_count;
}

struct ppm_slice ppm_kept_data_file_name(const struct ppm_kept_data *data, uint32_t file)
{
	return data->files[file].name;
}

// Whether two programs make the same of a field. Everything about it is declared in the model and written out there, so that programs of one model never differ; others may.
static bool same_reading(const struct ppm_column *a, const struct ppm_column *b)
{
	return ppm_slice_equal(a->name, b->name) && ppm_slice_equal(a->header, b->header) && a->type == b->type && a->months == b->months && a->optional == b->optional &&
		a->has_default == b->has_default && a->has_range == b->has_range && a->allowed_count == b->allowed_count && a->allowed_number_count == b->allowed_number_count &&
		a->missing_count == b->missing_count && a->spelling_count == b->spelling_count && a->percent_as_ratio == b->percent_as_ratio &&
		ppm_slice_equal(a->format_text, b->format_text) && !a->number_pattern == !b->number_pattern && !a->date_format == !b->date_format;
}

static struct ppm_column *add_column(struct ppm_kept_data *data, struct file *file, const struct ppm_column *column)
{
	void *items = file->columns;
	bool fits = ppm_grow(data->allocator, &items, &file->column_room, (size_t)file->column_count + 1, sizeof *file->columns);
	file->columns = items;
	if (!fits)
		return NULL;
	file->columns[file->column_count] = *column;
	return &file->columns[file->column_count++];
}

bool ppm_kept_data_want(struct ppm_kept_data *data, uint32_t index, const struct ppm_program *program, const struct ppm_job *job, uint32_t table, bool *took)
{
	struct file *file = &data->files[index];
	uint32_t store, unread = job ? ppm_job_unread_key(job, table, program, &store) : PPM_NO_INDEX;
	*took = false;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		struct ppm_column *kept = NULL;
		if (!column->read || column->origin != PPM_FROM_FIELD || i == unread)
			continue;
		for (uint32_t k = 0; k < file->column_count && !kept; k++)
			if (file->columns[k].read && same_reading(&file->columns[k], column))
				kept = &file->columns[k];
		if (!kept) {
			kept = add_column(data, file, column);
			if (!kept)
				return false;
			kept->passed = false;
			*took = true;
		}
		kept->pooled |= column->pooled;
	}
	return true;
}

bool ppm_kept_data_pass(struct ppm_kept_data *data, uint32_t index, struct ppm_slice name, struct ppm_slice header)
{
	const struct ppm_column column = {
		.name = ppm_arena_copy(&data->arena, name), .header = ppm_arena_copy(&data->arena, header), .type = PPM_COLUMN_TEXT, .passed = true, .key = true
	};
	data->files[index].passes = true;
	return !data->arena.failed && add_column(data, &data->files[index], &column) != NULL;
}

// ---- readers --------------------------------------------------------------------------------------------------

// A program that only stores what it reads.
static struct ppm_program *make_reader(const struct ppm_kept_data *data, const struct file *file, const struct ppm_slice *texts, uint32_t text_count)
{
	struct ppm_program *program = ppm_program_new(data->allocator);
	if (!program)
		return NULL;
	struct ppm_arena *arena = &program->arena;
	program->instructions = ppm_arena_allocate(arena, 1, sizeof *program->instructions);
	program->places = ppm_arena_allocate(arena, 1, sizeof *program->places);
	program->texts = ppm_arena_allocate(arena, (size_t)text_count + 1, sizeof *program->texts);
	program->columns = ppm_arena_allocate(arena, (size_t)file->column_count + 1, sizeof *program->columns);
	program->stores = ppm_arena_allocate(arena, (size_t)file->column_count + 1, sizeof *program->stores);
	if (!program->instructions || !program->places || !program->texts || !program->columns || !program->stores)
		return program;
	program->instructions[0].op = PPM_OP_END;
	program->instruction_count = 1;
	for (uint32_t i = 0; i < text_count; i++)
		program->texts[i] = ppm_arena_copy(arena, texts[i]);
	program->text_count = text_count;
	program->dataset_name = file->name;
	for (uint32_t i = 0; i < file->column_count; i++) {
		struct ppm_column *column = &program->columns[program->column_count++];
		*column = file->columns[i];
		if (!column->read)
			continue;
		enum ppm_register_class class = ppm_column_register(column);
		column->value = (uint16_t)program->register_counts[class]++;
		column->present = column->optional ? (uint16_t)program->register_counts[PPM_CLASS_MASK]++ : PPM_NO_REGISTER;
		program->stores[program->store_count++] = (struct ppm_store){ .class = class, .value = column->value, .present = column->present, .table_column = i };
	}
	return program;
}

static bool make_table(struct ppm_job *job, const struct file *file, uint32_t index)
{
	struct ppm_table *table = &job->tables[index];
	*table = (struct ppm_table){ .name = file->name, .kind = PPM_TABLE_FILE, .key = PPM_NO_INDEX, .raw_count = file->passes };
	table->columns = ppm_arena_allocate(&job->arena, (size_t)file->column_count + 1, sizeof *table->columns);
	for (uint32_t i = 0; i < file->column_count && table->columns; i++) {
		const struct ppm_column *column = &file->columns[i];
		table->columns[i] = (struct ppm_table_column){ .name = column->name,
			.class = ppm_column_register(column),
			.may_miss = column->optional,
			.text = column->type == PPM_COLUMN_TEXT,
			.last_action = PPM_NO_INDEX };
	}
	table->column_count = file->column_count;
	return table->columns != NULL;
}

enum ppm_status ppm_kept_data_prepare(struct ppm_kept_data *data, const struct ppm_slice *texts, uint32_t text_count)
{
	uint32_t count = data->file_count;
	assert(!data->job);
	for (uint32_t i = 0; i < count; i++)
		if (data->files[i].column_count > PPM_NO_REGISTER / 2)
			return PPM_ERROR_LIMIT;
	struct ppm_job *job = data->job = ppm_job_new(data->allocator);
	if (!job)
		return PPM_ERROR_MEMORY;
	job->tables = ppm_arena_allocate(&job->arena, (size_t)count + 1, sizeof *job->tables);
	job->programs = ppm_arena_allocate(&job->arena, (size_t)count + 1, sizeof(struct ppm_program *));
	job->actions = ppm_arena_allocate(&job->arena, (size_t)count + 1, sizeof *job->actions);
	data->inputs = ppm_allocate_zeroed(data->allocator, (size_t)count + 1, sizeof *data->inputs);
	if (!job->tables || !job->programs || !job->actions || !data->inputs)
		return PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		struct ppm_program *reader = make_reader(data, &data->files[i], texts, text_count);
		if (!reader)
			return PPM_ERROR_MEMORY;
		job->programs[job->program_count++] = reader;
		if (reader->arena.failed || !make_table(job, &data->files[i], i))
			return PPM_ERROR_MEMORY;
		job->table_count++;
		job->actions[job->action_count++] =
			(struct ppm_action){ .kind = PPM_ACTION_LOAD, .table = i, .program = i, .link = PPM_NO_INDEX, .other_link = PPM_NO_INDEX, .second_link = PPM_NO_INDEX };
		char problem[256] = "";
		bool sound = ppm_program_verify(reader, problem, sizeof problem);
		if (!sound && (!problem[0] || ppm_slice_is(ppm_slice_of(problem), PPM_VERIFY_MEMORY)))
			return PPM_ERROR_MEMORY;
		assert(sound && "a reader that the verifier refuses");
		if (!sound)
			return PPM_ERROR_LIMIT;
	}
	return PPM_OK;
}

const struct ppm_program *ppm_kept_data_reader(const struct ppm_kept_data *data, uint32_t file)
{
	return data->job->programs[file];
}

enum ppm_status ppm_kept_data_load(struct ppm_kept_data *data, struct ppm_source *const *sources, uint32_t *failed)
{
	*failed = PPM_NO_INDEX;
	data->state = (struct ppm_job_state){ .allocator = data->allocator, .job = data->job, .inputs = data->inputs, .options = &data->options, .report = &data->report };
	data->opened = true;
	bool opened = ppm_job_open_report(&data->report, data->allocator, data->job);
	opened = ppm_job_open_state(&data->state) && opened;
	enum ppm_status status = opened ? PPM_OK : PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < data->file_count; i++)
		data->inputs[i] = (struct ppm_job_input){ .source = sources[i], .keep_rejects = true };
	for (data->state.action = 0; data->state.action < data->file_count && status == PPM_OK; data->state.action++) {
		if (ppm_signalled(data->options.engine.interrupted))
			status = PPM_ERROR_INTERRUPTED;
		else
			status = ppm_job_load(&data->state, &data->job->actions[data->state.action], false);
	}
	*failed = data->report.failed_input;
	return status;
}

const struct ppm_job_input_report *ppm_kept_data_report(const struct ppm_kept_data *data, uint32_t file)
{
	return &data->report.inputs[file];
}

// ---- once it is loaded ----------------------------------------------------------------------------------------

uint64_t ppm_kept_data_rows(const struct ppm_kept_data *data, uint32_t file)
{
	return data->state.tables[file].rows;
}

uint64_t ppm_kept_data_line(const struct ppm_kept_data *data, uint32_t file, uint64_t row)
{
	return ppm_kept_line(&data->state.tables[file], row);
}

void ppm_kept_data_field(const struct ppm_kept_data *data, uint32_t file, uint64_t row, struct ppm_buffer *out)
{
	struct ppm_kept_place at = { 0, 0 };
	if (!data->files[file].passes)
		return;
	ppm_append_unquoted(out, ppm_kept_record(&data->state.tables[file], row, &at));
}

struct ppm_text_pool *ppm_kept_data_texts(struct ppm_kept_data *data)
{
	return data->state.texts;
}

struct ppm_memory *ppm_kept_data_memory(const struct ppm_kept_data *data)
{
	return data->state.memory;
}

// ---- sources over the rows ------------------------------------------------------------------------------------
//
// Batches point into the kept arrays: a chunk is some whole batches, so that every batch begins at a word of bits.

#define CHUNK_ROWS ((uint64_t)64 * PPM_BATCH_ROWS)

struct kept_source {
	struct ppm_source source;
	const struct ppm_kept_table *table;
	const struct ppm_series **series; // [program column], NULL: it is not read
};

struct kept_worker {
	struct ppm_source_worker worker;
	uint64_t next, end; // rows that are still to come in this chunk
	uint64_t row;       // where the batch begins
};

static void worker_free(struct ppm_source_worker *worker)
{
	const struct ppm_allocator *allocator = worker->source->allocator;
	ppm_free(allocator, worker->values);
	ppm_free(allocator, worker->present);
	ppm_free(allocator, worker->row_lines);
	ppm_data_problems_free(&worker->chunk.problems);
	ppm_free(allocator, worker);
}

static struct ppm_source_worker *worker_new(struct ppm_source *source, struct ppm_text_pool *pool)
{
	const struct ppm_allocator *allocator = source->allocator;
	struct kept_worker *kept = ppm_allocate_zeroed(allocator, 1, sizeof *kept);
	if (!kept)
		return NULL;
	struct ppm_source_worker *worker = &kept->worker;
	size_t slots = (size_t)source->program->column_count + 1;
	worker->source = source;
	worker->pool = pool;
	ppm_data_problems_init(&worker->chunk.problems, allocator, UINT64_MAX, false);
	worker->values = ppm_allocate_zeroed(allocator, slots, sizeof *worker->values);
	worker->present = ppm_allocate_zeroed(allocator, slots, sizeof *worker->present);
	worker->row_lines = ppm_allocate(allocator, PPM_BATCH_ROWS, sizeof *worker->row_lines);
	if (worker->values && worker->present && worker->row_lines)
		return worker;
	worker_free(worker);
	return NULL;
}

static enum ppm_status next_chunk(struct ppm_source_worker *worker, bool *more)
{
	struct kept_worker *kept = (struct kept_worker *)worker;
	struct ppm_source *source = worker->source;
	const struct ppm_kept_table *table = ((const struct kept_source *)source)->table;
	struct ppm_data_problems *problems = &worker->chunk.problems;
	ppm_arena_reset(&problems->arena);
	problems->first = problems->last = NULL;
	problems->count = problems->rows = 0;
	*more = false;
	enum ppm_status status = (enum ppm_status)atomic_load(&source->status);
	if (status == PPM_OK && ppm_source_interrupted(source))
		status = ppm_source_fail(source, PPM_ERROR_INTERRUPTED);
	if (status != PPM_OK)
		return status;
	worker->chunk.ordinal = atomic_fetch_add(&source->next_chunk, 1);
	if (worker->chunk.ordinal >= table->rows / CHUNK_ROWS + (table->rows % CHUNK_ROWS != 0))
		return PPM_OK;
	*more = true;
	kept->next = worker->chunk.ordinal * CHUNK_ROWS;
	kept->end = table->rows - kept->next < CHUNK_ROWS ? table->rows : kept->next + CHUNK_ROWS;
	worker->chunk.records = kept->end - kept->next;
	worker->chunk.lines = 0; // rows are numbered from the first of all, whatever chunk they are in
	return PPM_OK;
}

static enum ppm_status next_batch(struct ppm_source_worker *worker, struct ppm_batch **out, bool *more)
{
	struct kept_worker *kept = (struct kept_worker *)worker;
	const struct kept_source *source = (const struct kept_source *)worker->source;
	*out = NULL;
	*more = kept->next < kept->end;
	if (worker->out_of_memory || worker->chunk.problems.arena.failed)
		return ppm_source_fail(worker->source, PPM_ERROR_MEMORY);
	if (!*more)
		return PPM_OK;
	uint64_t row = kept->row = kept->next;
	uint32_t rows = kept->end - row < PPM_BATCH_ROWS ? (uint32_t)(kept->end - row) : PPM_BATCH_ROWS;
	kept->next = row + rows;
	for (uint32_t i = 0; i < source->source.program->column_count; i++) {
		const struct ppm_series *series = source->series[i];
		if (!series)
			continue;
		worker->values[i] = (char *)series->values + row / PPM_BATCH_ROWS * ppm_register_size(series->class);
		worker->present[i] = series->present ? series->present + row / 64 : NULL;
	}
	for (uint32_t i = 0; i < rows; i++)
		worker->row_lines[i] = (uint32_t)(row + i);
	memset(worker->refused, 0, sizeof worker->refused);
	worker->batch =
		(struct ppm_batch){ .rows = rows, .values = worker->values, .present = worker->present, .refused = worker->refused, .record = row, .lines = worker->row_lines };
	if (worker->pool)
		ppm_text_pool_trim(worker->pool);
	*out = &worker->batch;
	return PPM_OK;
}

static void refuse_row(struct ppm_source_worker *worker, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message)
{
	struct ppm_data_problems *problems = &worker->chunk.problems;
	const struct ppm_data_problem problem = { .code = code, .line = ((struct kept_worker *)worker)->row + row, .place = place, .message = ppm_slice_of(message) };
	worker->refused[row / 64] |= UINT64_C(1) << row % 64;
	problems->rows++;
	ppm_data_problems_add(problems, &problem);
}

static const struct ppm_source_kind kept_kind = { worker_new, worker_free, next_chunk, next_batch, refuse_row };

struct ppm_source *ppm_kept_source_new(const struct ppm_kept_data *data, uint32_t index, const struct ppm_program *program, const volatile int *interrupted)
{
	const struct file *file = &data->files[index];
	struct kept_source *kept = ppm_allocate_zeroed(data->allocator, 1, sizeof *kept);
	if (!kept)
		return NULL;
	struct ppm_source *source = &kept->source;
	kept->table = &data->state.tables[index];
	source->kind = &kept_kind;
	source->allocator = data->allocator;
	source->program = program;
	source->bound = true;
	source->texts = data->state.texts;
	source->options.interrupted = interrupted;
	source->options.delimiter = ',';
	source->number_lines = true;
	ppm_arena_init(&source->arena, data->allocator);
	source->column_fields = ppm_arena_allocate(&source->arena, (size_t)program->column_count + 1, sizeof *source->column_fields);
	kept->series = ppm_arena_allocate(&source->arena, (size_t)program->column_count + 1, sizeof(struct ppm_series *));
	if (!source->column_fields || !kept->series) {
		ppm_kept_source_close(source);
		return NULL;
	}
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		source->column_fields[i] = UINT32_MAX;
		for (uint32_t k = 0; k < file->column_count && column->read && !kept->series[i]; k++)
			if (file->columns[k].read && same_reading(&file->columns[k], column))
				kept->series[i] = &kept->table->columns[k];
		assert(!kept->series[i] || kept->series[i]->class == ppm_column_register(column)); // none: an unread key
	}
	// For the choice of threads: what a row of a file would be, very roughly.
	source->size = kept->table->rows * 64;
	return source;
}

void ppm_kept_source_close(struct ppm_source *source)
{
	if (!source)
		return;
	ppm_arena_free(&source->arena);
	ppm_free(source->allocator, source);
}

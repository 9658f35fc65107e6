// Programs over the rows of kept tables: those whose values are kept for later stages, and those of the results. All of them run in the same pipeline as a file does, so that what goes
// wrong in a row, is refused, counted or interrupted is so in the same way.
#include "runtime/engine/job_internal.h"
#include "runtime/engine/table_source.h"
#include "runtime/sink/sink.h"

#include <assert.h>
#include <errno.h>

// ---- what comes of a pipeline --------------------------------------------------------------------------------

enum ppm_status ppm_job_merge_texts(struct ppm_job_state *state, struct ppm_pipeline *pipeline, uint32_t **maps)
{
	for (unsigned i = 0; i < pipeline->threads; i++) {
		struct ppm_pipeline_worker *worker = &pipeline->workers[i];
		if (!worker->pool_ready || worker->pool.interner.count == 0)
			continue;
		// The first one's codes are the job's.
		bool first = state->texts->interner.count == worker->pool.base_count;
		if (!first)
			maps[i] = ppm_allocate(state->allocator, worker->pool.interner.count, sizeof *maps[i]);
		if ((!first && !maps[i]) || !ppm_text_pool_merge(state->texts, &worker->pool, maps[i]))
			return PPM_ERROR_MEMORY;
	}
	uint64_t bytes = ppm_interner_bytes(&state->texts->interner);
	ppm_memory_count(state->memory, state->text_bytes, bytes);
	state->text_bytes = bytes;
	state->steps.texts = state->texts->interner.items;
	state->steps.text_count = state->texts->interner.count;
	return PPM_OK;
}

void ppm_job_exchange(const struct ppm_pipeline_worker *worker, const uint32_t *map, int32_t *codes, uint64_t count)
{
	const uint32_t base = worker->pool.base_count, own = worker->pool.interner.count;
	for (uint64_t i = 0; map && i < count; i++) {
		uint32_t code = (uint32_t)codes[i] - base;
		if (code < own)
			codes[i] = (int32_t)map[code];
	}
}

enum ppm_status ppm_job_take_problems(struct ppm_job_state *state, uint32_t table, bool against, struct ppm_pipeline *pipeline, enum ppm_status status)
{
	struct ppm_job_report *report = state->report;
	struct ppm_job_input_report *input = against ? &report->against : &report->inputs[table];
	uint64_t count = input->problems.count + pipeline->problems.count;
	for (const struct ppm_data_problem *problem = pipeline->problems.first; problem; problem = problem->next)
		ppm_data_problems_add(&input->problems, problem);
	input->problems.count = input->problem_count = count;
	input->problems.rows += pipeline->refused;
	input->refused += pipeline->refused;
	// Rows that were loaded, and are refused now, are no longer kept; while they are loaded nothing is.
	input->kept -= pipeline->refused < input->kept ? pipeline->refused : input->kept;
	report->scored.rejects_failed |= pipeline->rejects_failed;
	bool reading = status == PPM_ERROR_DATA || status == PPM_ERROR_LIMIT || (status == PPM_ERROR_IO && ppm_memory_status(state->memory) != PPM_ERROR_IO);
	if (reading && !pipeline->rejects_failed && report->failed_input == PPM_NO_INDEX) {
		report->failed_input = table;
		report->failed_against = against;
	}
	return input->problems.arena.failed && (status == PPM_OK || status == PPM_ERROR_DATA) ? PPM_ERROR_MEMORY : status;
}

void ppm_job_count_sites(struct ppm_job_state *state, uint32_t program, const struct ppm_pipeline *pipeline)
{
	ppm_pipeline_count(pipeline, NULL, state->report->program_sites[program]);
}

static struct ppm_source *open_table(const struct ppm_job_state *state, const struct ppm_action *action, uint64_t first, bool passes)
{
	bool is_file = ppm_job_is_file(state, action->table);
	const struct ppm_program *load = NULL;
	for (uint32_t i = 0; i < state->job->action_count && is_file && !load; i++)
		if (state->job->actions[i].kind == PPM_ACTION_LOAD && state->job->actions[i].table == action->table)
			load = state->job->programs[state->job->actions[i].program];
	bool keep_records = is_file && state->inputs[action->table].rejects;
	const struct ppm_table_source_options options = {
		.tables = state->tables,
		.table = action->table,
		.program = state->job->programs[action->program],
		.file = is_file && (passes || keep_records) ? state->inputs[action->table].source : NULL,
		.load = load,
		.texts = state->texts,
		.first = first,
		.keep_records = keep_records,
		.interrupted = state->options->engine.interrupted,
		.simd = state->options->engine.simd,
	};
	return ppm_table_source_new(state->allocator, &options);
}

static void open_pipeline(struct ppm_job_state *state, const struct ppm_action *action, struct ppm_source *source, struct ppm_pipeline *pipeline)
{
	const struct ppm_job_input *input = &state->inputs[action->table];
	struct ppm_engine_options options = state->options->engine;
	options.progress = NULL;
	options.rejects = input->keep_rejects;
	ppm_pipeline_init(pipeline, state->allocator, state->job->programs[action->program], source, &options);
	pipeline->rejects = input->rejects;
	pipeline->rejects_begun = state->rejects_begun[action->table];
	pipeline->refused_before = state->report->inputs[action->table].refused;
	pipeline->texts = state->texts;
}

// ---- EVALUATE -----------------------------------------------------------------------------------------------

struct evaluation {
	struct ppm_job_state *state;
	struct ppm_pipeline pipeline;
	struct ppm_kept_table *table;
	const struct ppm_program *program;
	uint16_t *workers;    // [batch]: whose text codes its rows have
	pthread_mutex_t lock; // of the table's refused rows
};

static enum ppm_status keep_values(void *context, struct ppm_pipeline_worker *worker, const struct ppm_batch *batch, uint32_t live, struct ppm_package *package)
{
	(void)package;
	struct evaluation *evaluation = context;
	uint64_t row = batch->record;
	size_t words = (batch->rows + 63) / 64;
	for (uint32_t i = 0; i < evaluation->program->store_count; i++) {
		const struct ppm_store *store = &evaluation->program->stores[i];
		struct ppm_series *series = &evaluation->table->columns[store->table_column];
		size_t size = ppm_register_size(store->class);
		memcpy((char *)series->values + row / PPM_BATCH_ROWS * size, ppm_vm_register(worker->vm, store->class, store->value), size);
		if (!series->present)
			continue;
		const uint64_t *present = store->present == PPM_NO_REGISTER ? NULL : ppm_vm_register(worker->vm, PPM_CLASS_MASK, store->present);
		for (size_t word = 0; word < words; word++)
			series->present[row / 64 + word] = (present ? present[word] : UINT64_MAX) & ~batch->refused[word];
	}
	if (evaluation->workers)
		evaluation->workers[row / PPM_BATCH_ROWS] = (uint16_t)worker->index;
	if (live == batch->rows)
		return PPM_OK;
	pthread_mutex_lock(&evaluation->lock);
	for (uint32_t i = 0; i < batch->rows; i++)
		if (ppm_series_bit(batch->refused, i))
			ppm_kept_refuse(evaluation->table, row + i);
	pthread_mutex_unlock(&evaluation->lock);
	return PPM_OK;
}

static enum ppm_status nothing_to_commit(void *context, struct ppm_package *package, uint64_t line)
{
	(void)context;
	(void)package;
	(void)line;
	return PPM_OK;
}

static const struct ppm_pipeline_user evaluating = { .batch = keep_values, .commit = nothing_to_commit };

static enum ppm_status merge_evaluated(struct evaluation *evaluation)
{
	struct ppm_job_state *state = evaluation->state;
	struct ppm_pipeline *pipeline = &evaluation->pipeline;
	uint32_t **maps = ppm_allocate_zeroed(state->allocator, pipeline->threads, sizeof(uint32_t *));
	enum ppm_status status = maps ? ppm_job_merge_texts(state, pipeline, maps) : PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < evaluation->program->store_count && status == PPM_OK; i++) {
		uint32_t column = evaluation->program->stores[i].table_column;
		if (!evaluation->table->about->columns[column].text)
			continue;
		int32_t *codes = evaluation->table->columns[column].values;
		for (uint64_t row = 0; row < evaluation->table->rows; row += PPM_BATCH_ROWS) {
			unsigned worker = evaluation->workers[row / PPM_BATCH_ROWS];
			ppm_job_exchange(&pipeline->workers[worker], maps[worker], codes + row, PPM_BATCH_ROWS);
		}
	}
	for (unsigned i = 0; maps && i < pipeline->threads; i++)
		ppm_free(state->allocator, maps[i]);
	ppm_free(state->allocator, maps);
	return status;
}

enum ppm_status ppm_job_evaluate(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct evaluation evaluation = { .state = state, .table = &state->tables[action->table], .program = state->job->programs[action->program] };
	struct ppm_kept_table *table = evaluation.table;
	bool has_texts = false;
	for (uint32_t i = 0; i < evaluation.program->store_count; i++) {
		uint32_t column = evaluation.program->stores[i].table_column;
		has_texts |= table->about->columns[column].text;
		enum ppm_status made = ppm_kept_make(table, column);
		if (made != PPM_OK)
			return made;
	}
	// Other workers read it while one notes its rows.
	if (state->inputs[action->table].keep_rejects && !table->refused && !ppm_kept_prepare_refusals(table))
		return ppm_memory_status(state->memory);
	struct ppm_source *source = open_table(state, action, 0, false);
	if (!source)
		return PPM_ERROR_MEMORY;
	if (has_texts) {
		evaluation.workers = ppm_allocate_zeroed(state->allocator, (size_t)(table->rows / PPM_BATCH_ROWS + 1), sizeof *evaluation.workers);
		if (!evaluation.workers) {
			ppm_table_source_close(source);
			return PPM_ERROR_MEMORY;
		}
	}
	struct ppm_pipeline *pipeline = &evaluation.pipeline;
	open_pipeline(state, action, source, pipeline);
	pipeline->keep_texts = has_texts;
	pipeline->user = &evaluating;
	pipeline->context = &evaluation;
	pthread_mutex_init(&evaluation.lock, NULL);
	enum ppm_status status = ppm_job_take_problems(state, action->table, false, pipeline, ppm_pipeline_run(pipeline));
	if (status == PPM_OK && pipeline->rejects && pipeline->begun)
		state->rejects_begun[action->table] = true;
	ppm_job_count_sites(state, action->program, pipeline);
	if (status == PPM_OK && has_texts)
		status = merge_evaluated(&evaluation);
	ppm_pipeline_free(pipeline);
	pthread_mutex_destroy(&evaluation.lock);
	ppm_free(state->allocator, evaluation.workers);
	int kept = errno;
	ppm_table_source_close(source);
	errno = kept;
	return status;
}

// ---- the scored rows ------------------------------------------------------------------------------------------

static enum ppm_status run_scored(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_job_report *report = state->report;
	const struct ppm_program *program = state->job->programs[action->program];
	const struct ppm_job_input *input = &state->inputs[action->table];
	struct ppm_job_input_report *of_input = &report->inputs[action->table];
	report->rows = open_table(state, action, state->tables[action->table].reference, true);
	report->sink = report->rows ? ppm_sink_new(state->allocator, program, report->rows, state->options->sink) : NULL;
	if (!report->sink)
		return PPM_ERROR_MEMORY;
	struct ppm_engine_options options = state->options->engine;
	options.progress = NULL;
	options.rejects = input->keep_rejects;
	options.refused_before = of_input->refused;
	options.rejects_begun = state->rejects_begun[action->table];
	bool rejects_failed = report->scored.rejects_failed;
	ppm_engine_report_free(&report->scored);
	enum ppm_status status = ppm_engine_run(&report->scored, state->allocator, program, report->rows, report->sink, state->output, input->rejects, &options);
	int kept = errno;
	report->scored.rejects_failed |= rejects_failed;
	uint64_t count = of_input->problems.count + report->scored.problem_count;
	for (const struct ppm_data_problem *problem = report->scored.problems.first; problem; problem = problem->next)
		ppm_data_problems_add(&of_input->problems, problem);
	of_input->problems.count = of_input->problem_count = count;
	of_input->problems.rows += report->scored.refused;
	of_input->refused += report->scored.refused;
	of_input->kept -= report->scored.refused < of_input->kept ? report->scored.refused : of_input->kept;
	if (status == PPM_ERROR_DATA)
		report->failed_input = action->table;
	if (ppm_job_is_file(state, action->table)) {
		report->scored.records = of_input->records;
		report->scored.refused = of_input->refused;
	}
	for (uint32_t i = 0; report->scored.site_counts && i < program->site_count; i++)
		report->program_sites[action->program][i] += report->scored.site_counts[i];
	errno = kept;
	return status;
}

// ---- metrics and summaries --------------------------------------------------------------------------------------

// A chunk's cells: as they are read, and as JSON.
struct cells {
	struct ppm_buffer text;
	size_t *ends;
	size_t count, room;
};

struct listing {
	struct ppm_job_state *state;
	struct ppm_pipeline pipeline;
	struct ppm_job_table *table;
	uint32_t columns;
	struct ppm_slice *cells, *json;
	size_t count, cell_room, json_room; // of cells and of json alike
};

static bool open_cells(void *context, struct ppm_package *package)
{
	struct listing *listing = context;
	struct cells *cells = ppm_allocate_zeroed(listing->state->allocator, 1, sizeof *cells);
	if (cells)
		ppm_buffer_init(&cells->text, listing->state->allocator);
	package->payload = cells;
	return cells != NULL;
}

static void close_cells(void *context, struct ppm_package *package)
{
	struct listing *listing = context;
	struct cells *cells = package->payload;
	if (!cells)
		return;
	ppm_buffer_free(&cells->text);
	ppm_free(listing->state->allocator, cells->ends);
	ppm_free(listing->state->allocator, cells);
}

static void empty_cells(void *context, struct ppm_package *package)
{
	(void)context;
	struct cells *cells = package->payload;
	cells->text.size = 0;
	cells->count = 0;
}

static enum ppm_status list_batch(void *context, struct ppm_pipeline_worker *worker, const struct ppm_batch *batch, uint32_t live, struct ppm_package *package)
{
	struct listing *listing = context;
	struct cells *cells = package->payload;
	void *ends = cells->ends;
	bool fits = ppm_grow(listing->state->allocator, &ends, &cells->room, cells->count + (size_t)live * listing->columns * 2, sizeof *cells->ends);
	cells->ends = ends;
	if (!fits)
		return PPM_ERROR_MEMORY;
	for (uint32_t row = 0; row < batch->rows; row++) {
		if (ppm_series_bit(batch->refused, row))
			continue;
		for (uint32_t i = 0; i < listing->columns; i++) {
			ppm_sink_cell(listing->table->sink, batch, worker->vm, row, i, &cells->text);
			cells->ends[cells->count++] = cells->text.size;
			ppm_sink_json_cell(listing->table->sink, batch, worker->vm, row, i, &cells->text);
			cells->ends[cells->count++] = cells->text.size;
		}
	}
	return cells->text.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static enum ppm_status commit_cells(void *context, struct ppm_package *package, uint64_t line)
{
	(void)line;
	struct listing *listing = context;
	const struct cells *cells = package->payload;
	struct ppm_arena *arena = &listing->state->report->arena;
	void *plain = listing->cells, *json = listing->json;
	bool fits = ppm_grow(listing->state->allocator, &plain, &listing->cell_room, listing->count + cells->count / 2, sizeof *listing->cells);
	listing->cells = plain;
	fits = ppm_grow(listing->state->allocator, &json, &listing->json_room, listing->count + cells->count / 2, sizeof *listing->json) && fits;
	listing->json = json;
	if (!fits)
		return PPM_ERROR_MEMORY;
	size_t begin = 0;
	for (size_t i = 0; i < cells->count; i++) {
		size_t end = cells->ends[i];
		struct ppm_slice copy = ppm_arena_copy(arena, (struct ppm_slice){ end > begin ? cells->text.data + begin : "", end - begin });
		if (i % 2)
			listing->json[listing->count++] = copy;
		else
			listing->cells[listing->count] = copy;
		begin = end;
	}
	listing->table->rows += package->taken;
	return arena->failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static const struct ppm_pipeline_user listing_user = {
	.open_package = open_cells, .close_package = close_cells, .empty_package = empty_cells, .batch = list_batch, .commit = commit_cells
};

// The lists go into the report's arena.
static enum ppm_status keep_cells(struct listing *listing)
{
	struct ppm_arena *arena = &listing->state->report->arena;
	struct ppm_slice *cells = ppm_arena_allocate(arena, listing->count + 1, sizeof *cells), *json = ppm_arena_allocate(arena, listing->count + 1, sizeof *json);
	if (!cells || !json)
		return PPM_ERROR_MEMORY;
	if (listing->count) {
		memcpy(cells, listing->cells, listing->count * sizeof *cells);
		memcpy(json, listing->json, listing->count * sizeof *json);
	}
	listing->table->cells = cells;
	listing->table->json = json;
	return PPM_OK;
}

static enum ppm_status list_rows(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_job_report *report = state->report;
	struct listing listing = { .state = state, .table = &report->tables[report->table_count] };
	listing.table->name = action->role == PPM_ROLE_METRICS ? (struct ppm_slice){ "", 0 } : action->name;
	listing.table->sink = ppm_sink_new(state->allocator, state->job->programs[action->program], NULL, state->options->sink);
	if (!listing.table->sink)
		return PPM_ERROR_MEMORY;
	report->table_count++;
	listing.columns = ppm_sink_column_count(listing.table->sink);
	struct ppm_source *source = open_table(state, action, 0, false);
	if (!source)
		return PPM_ERROR_MEMORY;
	struct ppm_pipeline *pipeline = &listing.pipeline;
	open_pipeline(state, action, source, pipeline);
	pipeline->user = &listing_user;
	pipeline->context = &listing;
	enum ppm_status status = ppm_job_take_problems(state, action->table, false, pipeline, ppm_pipeline_run(pipeline));
	ppm_job_count_sites(state, action->program, pipeline);
	if (status == PPM_OK)
		status = keep_cells(&listing);
	ppm_pipeline_free(pipeline);
	int kept = errno;
	ppm_free(state->allocator, listing.cells);
	ppm_free(state->allocator, listing.json);
	ppm_table_source_close(source);
	errno = kept;
	return status;
}

enum ppm_status ppm_job_result(struct ppm_job_state *state, const struct ppm_action *action)
{
	return action->role == PPM_ROLE_SCORED ? run_scored(state, action) : list_rows(state, action);
}

// Scoring: rows are formatted by the workers and written in the file's order, or the best of them are kept.
#include "runtime/engine/pipeline.h"
#include "runtime/sink/sink_internal.h"

#include <assert.h>
#include <errno.h>

struct run {
	struct ppm_pipeline pipeline;
	const struct ppm_sink *sink;
	struct ppm_atomic_file *output;
	const struct ppm_engine_options *options;
	struct ppm_engine_report *report;
	// ---- of the committing thread ----
	struct ppm_buffer line;
	uint64_t rows_written;
};

static enum ppm_status write_output(struct run *run, const char *data, size_t size)
{
	enum ppm_status status = ppm_atomic_file_write(run->output, data, size);
	if (status != PPM_OK)
		run->report->output_failed = true;
	return status;
}

static enum ppm_status write_line(struct run *run)
{
	enum ppm_status status = run->line.failed ? PPM_ERROR_MEMORY : write_output(run, run->line.data, run->line.size);
	run->line.size = 0;
	return status;
}

static enum ppm_status begin_output(void *context)
{
	struct run *run = context;
	if (!run->output)
		return PPM_OK;
	ppm_sink_begin(run->sink, &run->line);
	return write_line(run);
}

static enum ppm_status write_rows(struct run *run, const char *data, size_t size, uint64_t rows)
{
	if (!run->output || size == 0)
		return PPM_OK;
	size_t comma = run->rows_written == 0 && ppm_sink_has_commas(run->sink);
	run->rows_written += rows;
	return write_output(run, data + comma, size - comma);
}

static enum ppm_status commit_rows(void *context, struct ppm_package *package, uint64_t line)
{
	(void)line;
	const struct ppm_buffer *rows = package->payload;
	return write_rows(context, rows->data, rows->size, package->taken);
}

// ---- packages and workers ----------------------------------------------------------------------------------

static bool open_package(void *context, struct ppm_package *package)
{
	struct run *run = context;
	struct ppm_buffer *rows = ppm_allocate(run->pipeline.allocator, 1, sizeof *rows);
	if (rows)
		ppm_buffer_init(rows, run->pipeline.allocator);
	package->payload = rows;
	return rows != NULL;
}

static void close_package(void *context, struct ppm_package *package)
{
	struct run *run = context;
	if (package->payload)
		ppm_buffer_free(package->payload);
	ppm_free(run->pipeline.allocator, package->payload);
}

static void empty_package(void *context, struct ppm_package *package)
{
	(void)context;
	struct ppm_buffer *rows = package->payload;
	if (rows->capacity > PPM_PACKAGE_KEPT)
		ppm_buffer_free(rows);
	rows->size = 0;
}

static bool open_worker(void *context, struct ppm_pipeline_worker *worker)
{
	struct run *run = context;
	struct ppm_best_rows *best = ppm_allocate(run->pipeline.allocator, 1, sizeof *best);
	if (best)
		ppm_best_rows_init(best, run->pipeline.allocator, run->pipeline.program, run->sink, run->options->top ? run->options->top : run->options->sample,
			run->options->top && run->output);
	worker->state = best;
	return best != NULL;
}

static void close_worker(void *context, struct ppm_pipeline_worker *worker)
{
	struct run *run = context;
	if (worker->state)
		ppm_best_rows_free(worker->state);
	ppm_free(run->pipeline.allocator, worker->state);
}

static bool look(const struct run *run, const struct ppm_pipeline_worker *worker, const struct ppm_batch *batch)
{
	struct ppm_engine_row row = { .sink = run->sink, .batch = batch, .vm = worker->vm };
	for (; row.row < batch->rows; row.row++) {
		if (ppm_mask_bit(batch->refused, row.row))
			continue;
		// with one thread everything before this chunk was committed
		row.line = batch->lines ? run->pipeline.lines_before + batch->lines[row.row] + 1 : 0;
		if (!run->options->look(run->options->look_context, &row))
			return false;
	}
	return true;
}

static enum ppm_status run_batch(void *context, struct ppm_pipeline_worker *worker, const struct ppm_batch *batch, uint32_t live, struct ppm_package *package)
{
	struct run *run = context;
	struct ppm_best_rows *best = worker->state;
	if (run->options->look && !look(run, worker, batch))
		return PPM_ERROR_MEMORY;
	const struct ppm_engine_batch shown = { run->sink, batch, worker->vm };
	if (run->options->look_batch && !run->options->look_batch(run->options->look_context, &shown))
		return PPM_ERROR_MEMORY;
	if (best->limit && !ppm_best_rows_offer(best, batch, worker->vm))
		return PPM_ERROR_MEMORY;
	if (run->output && !run->options->top) {
		struct ppm_buffer *out = package->payload;
		uint64_t rows;
		ppm_sink_rows(run->sink, batch, worker->vm, out, &rows);
		if (out->failed)
			return PPM_ERROR_MEMORY;
		assert(rows == live);
		(void)live;
	}
	return PPM_OK;
}

static void end_chunk(void *context, struct ppm_pipeline_worker *worker, const struct ppm_chunk *chunk, struct ppm_package *package)
{
	(void)context;
	(void)package;
	ppm_best_rows_end_chunk(worker->state, chunk->ordinal);
}

static const struct ppm_pipeline_user scoring = {
	.open_package = open_package,
	.close_package = close_package,
	.empty_package = empty_package,
	.open_worker = open_worker,
	.close_worker = close_worker,
	.batch = run_batch,
	.end_chunk = end_chunk,
	.commit = commit_rows,
	.begin = begin_output,
};

// ---- the end of the results --------------------------------------------------------------------------------

static enum ppm_status sum_counts(struct run *run)
{
	struct ppm_engine_report *report = run->report;
	const struct ppm_program *program = run->pipeline.program;
	report->tallies = ppm_arena_allocate(&report->arena, (size_t)program->tally_count + 1, sizeof *report->tallies);
	report->site_counts = ppm_arena_allocate(&report->arena, (size_t)program->site_count + 1, sizeof *report->site_counts);
	if (!report->tallies || !report->site_counts)
		return PPM_ERROR_MEMORY;
	ppm_pipeline_count(&run->pipeline, report->tallies, report->site_counts);
	return PPM_OK;
}

static enum ppm_status keep_cells(struct run *run, struct ppm_best_row *const *rows, size_t count)
{
	struct ppm_engine_report *report = run->report;
	uint32_t columns = ppm_sink_column_count(run->sink);
	report->best_cells = ppm_arena_allocate(&report->arena, count * columns + 1, sizeof *report->best_cells);
	if (!report->best_cells)
		return PPM_ERROR_MEMORY;
	for (size_t row = 0; row < count; row++) {
		size_t begin = 0;
		for (uint32_t i = 0; i < columns; i++) {
			size_t end = rows[row]->cell_ends[i];
			struct ppm_slice text = { end > begin ? rows[row]->cells.data + begin : "", end - begin };
			report->best_cells[row * columns + i] = ppm_arena_copy(&report->arena, text);
			begin = end;
		}
	}
	report->best_rows = (uint32_t)count;
	return report->arena.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static enum ppm_status finish_best(struct run *run)
{
	const struct ppm_best_rows *best[PPM_THREADS_MAX];
	unsigned workers = 0;
	for (unsigned i = 0; i < run->pipeline.threads; i++)
		if (run->pipeline.workers[i].state)
			best[workers++] = run->pipeline.workers[i].state;
	struct ppm_best_row **rows;
	size_t count;
	if (!ppm_best_rows_merge(best, workers, &rows, &count))
		return PPM_ERROR_MEMORY;
	enum ppm_status status = keep_cells(run, rows, count);
	for (size_t i = 0; i < count && status == PPM_OK && run->options->top; i++)
		status = write_rows(run, rows[i]->text.data, rows[i]->text.size, 1);
	ppm_free(run->pipeline.allocator, rows);
	return status;
}

// After all workers ended well: everything that stands at the end of the results.
static enum ppm_status finish(struct run *run)
{
	enum ppm_status status = ppm_pipeline_begin(&run->pipeline);
	if (status == PPM_OK && (run->options->top || run->options->sample))
		status = finish_best(run);
	if (status == PPM_OK && run->output) {
		ppm_sink_end(run->sink, run->rows_written, &run->line);
		status = write_line(run);
	}
	return status;
}

enum ppm_status ppm_engine_run(struct ppm_engine_report *report, const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_source *source,
	const struct ppm_sink *sink, struct ppm_atomic_file *output, struct ppm_atomic_file *rejects, const struct ppm_engine_options *options)
{
	*report = (struct ppm_engine_report){ .threads = 1 };
	ppm_arena_init(&report->arena, allocator);
	double started = ppm_pipeline_now();
	struct run run = { .sink = sink, .output = output, .options = options, .report = report };
	struct ppm_pipeline *pipeline = &run.pipeline;
	ppm_pipeline_init(pipeline, allocator, program, source, options);
	pipeline->rejects = rejects;
	pipeline->rejects_begun = options->rejects_begun;
	pipeline->refused_before = options->refused_before;
	pipeline->texts = ppm_source_texts(source);
	pipeline->loose_texts = !options->look && !options->look_batch;
	pipeline->user = &scoring;
	pipeline->context = &run;
	if (options->look)
		pipeline->threads = 1;
	if (options->look || options->look_batch)
		ppm_source_number_lines(source);
	ppm_buffer_init(&run.line, allocator);
	enum ppm_status status = ppm_pipeline_run(pipeline);
	int kept = errno;
	enum ppm_status sums = sum_counts(&run);
	errno = kept;
	if (status == PPM_OK)
		status = sums;
	if (status == PPM_OK)
		status = finish(&run);
	report->records = pipeline->records;
	report->scored = pipeline->taken;
	report->refused = pipeline->refused;
	report->threads = pipeline->threads_used;
	report->rejects_failed = pipeline->rejects_failed;
	report->problems = pipeline->problems;
	report->problem_count = pipeline->problems.count;
	ppm_data_problems_init(&pipeline->problems, allocator, 0, false);
	ppm_pipeline_free(pipeline);
	kept = errno;
	ppm_buffer_free(&run.line);
	report->seconds = ppm_pipeline_now() - started;
	errno = kept;
	return status;
}

void ppm_engine_report_free(struct ppm_engine_report *report)
{
	ppm_data_problems_free(&report->problems);
	ppm_arena_free(&report->arena);
	*report = (struct ppm_engine_report){ 0 };
}

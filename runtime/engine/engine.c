// All threads do the same: take the next chunk, run its batches, format its rows into a package, hand the package over. Packages are committed in the
// order of their chunks by whichever thread brings the one that is due: it writes while the others compute, and nobody waits for a writer thread.
//
// Invariants. A worker has a package in hand before it takes a chunk, so the chunks that are taken and not committed are at most as many as there
// are packages, they are neighbours, and the one that is due always has a package: memory is bounded and nothing can wait in a circle.
// Everything under "committed" is touched by the committing thread only; the lock hands it over from one to the next.
// Nothing that is summed over workers depends on which worker saw what: results are the same for any number of threads.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // sched_getaffinity
#endif
#include "runtime/engine/engine_internal.h"
#include "runtime/sink/sink_internal.h"

#include <stdio.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 256u
#define PROBLEMS_SHOWN 20u
#define PROGRESS_INTERVAL 0.1
// A package's buffer beyond this is given back once it was written: one giant record must not hold its memory for good.
#define PACKAGE_KEPT ((size_t)8 << 20)
// A file smaller than this a thread is not worth the thread.
#define BYTES_A_THREAD ((uint64_t)512 << 10)

// A chunk's results on their way to the files.
struct package {
	struct ppm_buffer rows;
	struct ppm_data_problems problems;
	uint64_t ordinal, records, scored, lines;
	enum ppm_status status;     // what ends the reading here, after its problems were told
	struct package *next_free;
};

struct run {
	const struct ppm_allocator *allocator;
	const struct ppm_program *program;
	struct ppm_source *source;
	const struct ppm_sink *sink;
	struct ppm_atomic_file *output, *rejects;
	const struct ppm_engine_options *options;
	struct ppm_engine_report *report;

	pthread_mutex_t lock;
	pthread_cond_t package_returned;
	_Atomic bool stop;
	_Atomic bool spoiled;           // a record was refused and there is no rejects file: rows need not be formatted any more

	_Atomic int ended_early;        // the status with which the source gave up

	// ---- under the lock ----
	enum ppm_status status;         // the first failure
	int saved_errno;
	struct package *packages, *free_packages;
	struct package **ring;          // [ordinal % package_count]: handed over, not yet committed
	unsigned package_count;
	uint64_t due;                   // the ordinal to be committed next
	bool committing;

	// ---- committed ----
	struct ppm_buffer line;         // frames and rejects
	bool begun;
	uint64_t rows_written;
	uint64_t lines_before;
	double started, last_progress;
};

struct worker {
	struct run *run;
	pthread_t thread;
	bool started;
	bool pool_ready;
	struct ppm_text_pool pool;
	struct ppm_source_worker *source;
	struct ppm_vm *vm;
	struct ppm_best_rows best;
	uint64_t refused[PPM_MASK_WORDS]; // before the machine ran
};

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Called without the lock, by the thread that failed: errno is its own.
static void fail(struct run *run, enum ppm_status status)
{
	int kept = errno;
	pthread_mutex_lock(&run->lock);
	if (run->status == PPM_OK) {
		run->status = status;
		run->saved_errno = kept;
	}
	run->stop = true;
	pthread_cond_broadcast(&run->package_returned);
	pthread_mutex_unlock(&run->lock);
}

static bool is_interrupted(const struct run *run)
{
	return run->options->interrupted && *run->options->interrupted;
}

// ---- committing ----------------------------------------------------------------------------------------

static enum ppm_status write_file(struct run *run, struct ppm_atomic_file *file, const char *data, size_t size)
{
	enum ppm_status status = ppm_atomic_file_write(file, data, size);
	if (status != PPM_OK)
		*(file == run->output ? &run->report->output_failed : &run->report->rejects_failed) = true;
	return status;
}

static enum ppm_status write_line(struct run *run, struct ppm_atomic_file *file)
{
	enum ppm_status status = run->line.failed ? PPM_ERROR_MEMORY : write_file(run, file, run->line.data, run->line.size);
	run->line.size = 0;
	return status;
}

// The frame's first half is held back until a chunk went well, so that a small file with errors leaves a pipe empty.
static enum ppm_status begin_files(struct run *run)
{
	if (run->begun)
		return PPM_OK;
	run->begun = true;
	enum ppm_status status = PPM_OK;
	if (run->output) {
		ppm_sink_begin(run->sink, &run->line);
		status = write_line(run, run->output);
	}
	if (status == PPM_OK && run->rejects) {
		ppm_rejects_header(run->source, &run->line);
		status = write_line(run, run->rejects);
	}
	return status;
}

static enum ppm_status write_rows(struct run *run, const char *data, size_t size, uint64_t rows)
{
	if (!run->output || size == 0)
		return PPM_OK;
	size_t comma = run->rows_written == 0 && ppm_sink_has_commas(run->sink);
	run->rows_written += rows;
	return write_file(run, run->output, data + comma, size - comma);
}

// Places become the file's; the first problems are kept for the report, all that carry a record go to the rejects.
static enum ppm_status commit_problems(struct run *run, struct package *package)
{
	struct ppm_data_problems *kept = &run->report->problems;
	uint64_t count = kept->count + package->problems.count;
	for (struct ppm_data_problem *problem = package->problems.first; problem; problem = problem->next) {
		problem->line += run->lines_before + 1;
		if (kept->count < kept->keep)
			ppm_data_problems_add(kept, problem);
		if (run->rejects && problem->record.data) {
			ppm_rejects_row(run->source, problem, &run->line);
			if (run->line.size > PACKAGE_KEPT) {
				enum ppm_status status = write_line(run, run->rejects);
				if (status != PPM_OK)
					return status;
			}
		}
	}
	kept->count = count;
	if (kept->arena.failed)
		return PPM_ERROR_MEMORY;
	return run->line.size || run->line.failed ? write_line(run, run->rejects) : PPM_OK;
}

static void tell_progress(struct run *run)
{
	if (!run->options->progress)
		return;
	double time = now();
	if (time - run->last_progress < PROGRESS_INTERVAL)
		return;
	run->last_progress = time;
	run->options->progress(run->options->progress_context, run->report->records, ppm_source_consumed(run->source), ppm_source_size(run->source));
}

static enum ppm_status commit(struct run *run, struct package *package)
{
	struct ppm_engine_report *report = run->report;
	uint64_t refused = package->records - package->scored;
	report->records += package->records;
	report->scored += package->scored;
	report->refused += refused;
	report->problems.rows += refused;
	if ((refused && !run->options->rejects) || package->status != PPM_OK)
		run->spoiled = true;

	enum ppm_status status = PPM_OK;
	if (!run->spoiled)
		status = begin_files(run);
	if (status == PPM_OK && package->problems.count)
		status = commit_problems(run, package);
	if (status == PPM_OK && !run->spoiled)
		status = write_rows(run, package->rows.data, package->rows.size, package->scored);
	run->lines_before += package->lines;
	if (status == PPM_OK)
		status = package->status;
	if (status != PPM_OK)
		return status;
	tell_progress(run);
	// With rejects that many are let through; without, the run has failed already and more messages help nobody.
	uint64_t limit = run->options->max_errors;
	if (limit && (report->refused > limit || (report->refused == limit && !run->options->rejects)))
		return PPM_ERROR_DATA;
	return PPM_OK;
}

// ---- packages --------------------------------------------------------------------------------------------

static void empty_package(struct run *run, struct package *package)
{
	if (package->rows.capacity > PACKAGE_KEPT)
		ppm_buffer_free(&package->rows);
	package->rows.size = 0;
	if (package->problems.count) {
		ppm_data_problems_free(&package->problems);
		ppm_data_problems_init(&package->problems, run->allocator, UINT64_MAX, run->rejects != NULL);
	}
}

// NULL when the run is to stop.
static struct package *take_package(struct run *run)
{
	pthread_mutex_lock(&run->lock);
	while (!run->stop && !run->free_packages)
		pthread_cond_wait(&run->package_returned, &run->lock);
	struct package *package = NULL;
	if (!run->stop) {
		package = run->free_packages;
		run->free_packages = package->next_free;
	}
	pthread_mutex_unlock(&run->lock);
	return package;
}

static void return_package_locked(struct run *run, struct package *package)
{
	package->next_free = run->free_packages;
	run->free_packages = package;
	pthread_cond_signal(&run->package_returned);
}

static void return_package(struct run *run, struct package *package)
{
	pthread_mutex_lock(&run->lock);
	return_package_locked(run, package);
	pthread_mutex_unlock(&run->lock);
}

static void hand_over(struct run *run, struct package *package)
{
	pthread_mutex_lock(&run->lock);
	assert(package->ordinal >= run->due && package->ordinal - run->due < run->package_count);
	run->ring[package->ordinal % run->package_count] = package;
	if (run->committing) {
		pthread_mutex_unlock(&run->lock);
		return;
	}
	run->committing = true;
	while (!run->stop) {
		struct package **slot = &run->ring[run->due % run->package_count];
		struct package *due = *slot;
		if (!due)
			break;
		*slot = NULL;
		run->due++;
		pthread_mutex_unlock(&run->lock);
		enum ppm_status status = commit(run, due);
		if (status != PPM_OK)
			fail(run, status);
		empty_package(run, due);
		pthread_mutex_lock(&run->lock);
		return_package_locked(run, due);
	}
	run->committing = false;
	pthread_mutex_unlock(&run->lock);
}

// ---- working ---------------------------------------------------------------------------------------------

static uint32_t count_live(const struct ppm_batch *batch)
{
	uint32_t live = 0;
	for (uint32_t word = 0; word * 64 < batch->rows; word++) {
		uint32_t rest = batch->rows - word * 64;
		uint64_t rows = rest >= 64 ? UINT64_MAX : (UINT64_C(1) << rest) - 1;
		live += (uint32_t)__builtin_popcountll(rows & ~batch->refused[word]);
	}
	return live;
}

// Rows that the machine found wrong; a row whose fields were wrong has had its problem.
static void report_faults(struct worker *worker)
{
	uint32_t count;
	const struct ppm_vm_fault *faults = ppm_vm_faults(worker->vm, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (ppm_mask_bit(worker->refused, faults[i].row))
			continue;
		const struct ppm_program *program = worker->run->program;
		struct ppm_place place = { 0 };
		if (program->places && faults[i].instruction < program->instruction_count)
			place = program->places[faults[i].instruction];
		char message[256];
		if (place.line && place.source < program->source_count) {
			struct ppm_slice path = program->sources[place.source].path;
			snprintf(message, sizeof message, "%s, at %.*s:%u:%u", faults[i].what, (int)(path.size < 120 ? path.size : 120), path.data, place.line, place.column);
		} else
			snprintf(message, sizeof message, "%s", faults[i].what);
		ppm_source_refuse_row(worker->source, faults[i].row, faults[i].no_value ? PPM_DATA_NO_VALUE : PPM_DATA_OVERFLOW, place, message);
	}
}

static enum ppm_status run_batch(struct worker *worker, struct ppm_batch *batch, struct package *package)
{
	struct run *run = worker->run;
	memcpy(worker->refused, batch->refused, sizeof worker->refused);
	enum ppm_status status = ppm_vm_run(worker->vm, batch);
	if (status != PPM_OK)
		return status;
	report_faults(worker);
	uint32_t live = count_live(batch);
	package->scored += live;
	if (!run->options->rejects && live < batch->rows)
		run->spoiled = true;
	if (run->spoiled || live == 0)
		return PPM_OK;
	if (worker->best.limit && !ppm_best_rows_offer(&worker->best, batch, worker->vm))
		return PPM_ERROR_MEMORY;
	if (run->output && !run->options->top) {
		uint64_t rows;
		ppm_sink_rows(run->sink, batch, worker->vm, &package->rows, &rows);
		if (package->rows.failed)
			return PPM_ERROR_MEMORY;
		assert(rows == live);
	}
	return PPM_OK;
}

static enum ppm_status copy_chunk(struct package *package, const struct ppm_chunk *chunk)
{
	package->ordinal = chunk->ordinal;
	package->records = package->status == PPM_OK ? chunk->records : package->scored;
	package->lines = chunk->lines;
	assert(package->status != PPM_OK || chunk->problems.rows == chunk->records - package->scored);
	for (const struct ppm_data_problem *problem = chunk->problems.first; problem; problem = problem->next)
		ppm_data_problems_add(&package->problems, problem);
	package->problems.count = chunk->problems.count;
	return package->problems.arena.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

// Nothing can be read from here on: damaged compression, a record without an end. The worker that found it has the problem in its chunk, which is
// committed in its place; the others get the same status, and have nothing more to do.
static enum ppm_status end_reading(struct worker *worker, struct package *package, enum ppm_status status, bool *more)
{
	const struct ppm_chunk *chunk = ppm_source_chunk(worker->source);
	worker->run->ended_early = (int)status;
	*more = chunk->problems.count != 0;
	if (!*more)
		return PPM_OK;
	package->status = status;
	return copy_chunk(package, chunk);
}

// One chunk from its text to its package. `more` is false at the end of the file and when the run is to stop.
static enum ppm_status run_chunk(struct worker *worker, struct package *package, bool *more)
{
	struct run *run = worker->run;
	package->scored = 0;
	package->status = PPM_OK;
	enum ppm_status status = ppm_source_next_chunk(worker->source, more);
	if (status == PPM_ERROR_DATA || status == PPM_ERROR_LIMIT)
		return end_reading(worker, package, status, more);
	if (status != PPM_OK || !*more)
		return status;
	for (;;) {
		if (run->stop) {
			*more = false;
			return PPM_OK;
		}
		if (is_interrupted(run))
			return PPM_ERROR_INTERRUPTED;
		struct ppm_batch *batch;
		bool more_batches;
		status = ppm_source_next_batch(worker->source, &batch, &more_batches);
		if (status != PPM_OK)
			return status;
		if (!more_batches)
			break;
		status = run_batch(worker, batch, package);
		if (status != PPM_OK)
			return status;
	}
	const struct ppm_chunk *chunk = ppm_source_chunk(worker->source);
	ppm_best_rows_end_chunk(&worker->best, chunk->ordinal);
	return copy_chunk(package, chunk);
}

static bool prepare(struct worker *worker)
{
	struct run *run = worker->run;
	const struct ppm_program *program = run->program;
	worker->pool_ready = ppm_text_pool_init(&worker->pool, run->allocator, program->texts, program->text_count);
	if (!worker->pool_ready)
		return false;
	worker->vm = ppm_vm_new(run->allocator, program, &worker->pool, run->options->simd);
	worker->source = worker->vm ? ppm_source_worker_new(run->source, &worker->pool) : NULL;
	return worker->source != NULL;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct run *run = worker->run;
	if (!prepare(worker)) {
		fail(run, PPM_ERROR_MEMORY);
		return NULL;
	}
	struct package *package;
	while ((package = take_package(run))) {
		bool more = false;
		enum ppm_status status = run_chunk(worker, package, &more);
		if (status != PPM_OK)
			fail(run, status);
		if (status != PPM_OK || !more) {
			return_package(run, package);
			break;
		}
		hand_over(run, package);
	}
	return NULL;
}

static void release(struct worker *worker)
{
	ppm_best_rows_free(&worker->best);
	ppm_source_worker_free(worker->source);
	ppm_vm_free(worker->vm);
	if (worker->pool_ready)
		ppm_text_pool_free(&worker->pool);
}

// ---- the run ---------------------------------------------------------------------------------------------

static unsigned choose_threads(const struct run *run)
{
	unsigned threads = run->options->threads;
	if (threads == 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		threads = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
		uint64_t size = ppm_source_size(run->source);
		if (size && size / BYTES_A_THREAD + 1 < threads)
			threads = (unsigned)(size / BYTES_A_THREAD + 1);
	}
	return threads == 0 ? 1 : threads < THREADS_MAX ? threads : THREADS_MAX;
}

static bool make_packages(struct run *run, unsigned threads)
{
	run->package_count = threads == 1 ? 1 : threads * 2 + 1;
	run->packages = ppm_allocate_zeroed(run->allocator, run->package_count, sizeof *run->packages);
	run->ring = ppm_allocate_zeroed(run->allocator, run->package_count, sizeof(struct package *));
	if (!run->packages || !run->ring)
		return false;
	for (unsigned i = 0; i < run->package_count; i++) {
		struct package *package = &run->packages[i];
		ppm_buffer_init(&package->rows, run->allocator);
		ppm_data_problems_init(&package->problems, run->allocator, UINT64_MAX, run->rejects != NULL);
		package->next_free = run->free_packages;
		run->free_packages = package;
	}
	return true;
}

static void free_packages(struct run *run)
{
	for (unsigned i = 0; run->packages && i < run->package_count; i++) {
		ppm_buffer_free(&run->packages[i].rows);
		ppm_data_problems_free(&run->packages[i].problems);
	}
	ppm_free(run->allocator, run->packages);
	ppm_free(run->allocator, run->ring);
}

// The caller's thread is the first worker. Fewer threads than asked for is no failure: the results are the same.
static void run_workers(struct run *run, struct worker *workers, unsigned threads)
{
	uint32_t limit = run->options->top ? run->options->top : run->options->sample;
	for (unsigned i = 0; i < threads; i++) {
		workers[i].run = run;
		ppm_best_rows_init(&workers[i].best, run->allocator, run->program, run->sink, limit, run->options->top && run->output);
	}
	run->report->threads = 1;
	for (unsigned i = 1; i < threads; i++) {
		workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
		run->report->threads += workers[i].started;
	}
	work(&workers[0]);
	for (unsigned i = 1; i < threads; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
}

static enum ppm_status sum_counts(struct run *run, const struct worker *workers, unsigned threads)
{
	struct ppm_engine_report *report = run->report;
	const struct ppm_program *program = run->program;
	report->tallies = ppm_arena_allocate(&report->arena, (size_t)program->tally_count + 1, sizeof *report->tallies);
	report->site_counts = ppm_arena_allocate(&report->arena, (size_t)program->site_count + 1, sizeof *report->site_counts);
	if (!report->tallies || !report->site_counts)
		return PPM_ERROR_MEMORY;
	for (unsigned w = 0; w < threads; w++) {
		if (!workers[w].vm)
			continue;
		const uint64_t *tallies = ppm_vm_tallies(workers[w].vm), *sites = ppm_vm_site_counts(workers[w].vm);
		for (uint32_t i = 0; i < program->tally_count; i++)
			report->tallies[i] += tallies[i];
		for (uint32_t i = 0; i < program->site_count; i++)
			report->site_counts[i] += sites[i];
	}
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

static enum ppm_status finish_best(struct run *run, const struct worker *workers, unsigned threads)
{
	const struct ppm_best_rows *best[THREADS_MAX];
	for (unsigned i = 0; i < threads; i++)
		best[i] = &workers[i].best;
	struct ppm_best_row **rows;
	size_t count;
	if (!ppm_best_rows_merge(best, threads, &rows, &count))
		return PPM_ERROR_MEMORY;
	enum ppm_status status = keep_cells(run, rows, count);
	for (size_t i = 0; i < count && status == PPM_OK && run->options->top; i++)
		status = write_rows(run, rows[i]->text.data, rows[i]->text.size, 1);
	ppm_free(run->allocator, rows);
	return status;
}

// After all workers ended well: everything that stands at the end of the results.
static enum ppm_status finish(struct run *run, const struct worker *workers, unsigned threads)
{
	assert(run->stop || !run->ring[run->due % run->package_count]);
	if (run->ended_early != PPM_OK)
		return (enum ppm_status)run->ended_early;
	if (run->spoiled)
		return PPM_ERROR_DATA;
	enum ppm_status status = begin_files(run);
	if (status == PPM_OK && workers[0].best.limit)
		status = finish_best(run, workers, threads);
	if (status == PPM_OK && run->output) {
		ppm_sink_end(run->sink, run->rows_written, &run->line);
		status = write_line(run, run->output);
	}
	return status;
}

enum ppm_status ppm_engine_run(struct ppm_engine_report *report, const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_source *source, const struct ppm_sink *sink,
	struct ppm_atomic_file *output, struct ppm_atomic_file *rejects, const struct ppm_engine_options *options)
{
	*report = (struct ppm_engine_report){ .threads = 1 };
	ppm_arena_init(&report->arena, allocator);
	ppm_data_problems_init(&report->problems, allocator, PROBLEMS_SHOWN, false);
	struct run run = { .allocator = allocator, .program = program, .source = source, .sink = sink, .output = output, .rejects = rejects, .options = options, .report = report };
	run.started = run.last_progress = now();
	run.lines_before = ppm_source_header_lines(source);
	ppm_buffer_init(&run.line, allocator);
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.package_returned, NULL);

	unsigned threads = choose_threads(&run);
	struct worker *workers = ppm_allocate_zeroed(allocator, threads, sizeof *workers);
	enum ppm_status status = PPM_ERROR_MEMORY;
	if (workers && make_packages(&run, threads)) {
		run_workers(&run, workers, threads);
		status = run.status;
		errno = run.saved_errno;
		enum ppm_status sums = sum_counts(&run, workers, threads);
		if (status == PPM_OK)
			status = sums;
		if (status == PPM_OK)
			status = finish(&run, workers, threads);
	}
	int kept = errno;
	for (unsigned i = 0; workers && i < threads; i++)
		release(&workers[i]);
	ppm_free(allocator, workers);
	free_packages(&run);
	ppm_buffer_free(&run.line);
	pthread_cond_destroy(&run.package_returned);
	pthread_mutex_destroy(&run.lock);
	report->problem_count = report->problems.count;
	report->seconds = now() - run.started;
	errno = kept;
	return status;
}

void ppm_engine_report_free(struct ppm_engine_report *report)
{
	ppm_data_problems_free(&report->problems);
	ppm_arena_free(&report->arena);
	*report = (struct ppm_engine_report){ 0 };
}

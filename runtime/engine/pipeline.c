// All threads do the same: take the next chunk, run its batches, put what comes of them into a package, hand the package over. Packages are committed in the
// order of their chunks by whichever thread brings the one that is due: it commits while the others compute, and nobody waits for a thread of its own.
//
// Invariants. A worker has a package in hand before it takes a chunk, so the chunks that are taken and not committed are at most as many as there
// are packages, they are neighbours, and the one that is due always has a package: memory is bounded and nothing can wait in a circle.
// What belongs to the committing thread is touched by it only; the lock hands it over from one to the next.
// Nothing that is summed over workers depends on which worker saw what: results are the same for any number of threads.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // sched_getaffinity
#endif
#include "runtime/engine/pipeline.h"
#include "runtime/sink/format_value.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_INTERVAL 0.1
// A file smaller than this a thread is not worth the thread.
#define BYTES_A_THREAD ((uint64_t)512 << 10)

double ppm_pipeline_now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

unsigned ppm_pipeline_threads(unsigned wanted, uint64_t size)
{
	unsigned threads = wanted;
	if (threads == 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		threads = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
		if (size && size / BYTES_A_THREAD + 1 < threads)
			threads = (unsigned)(size / BYTES_A_THREAD + 1);
	}
	return threads == 0 ? 1 : threads < PPM_THREADS_MAX ? threads : PPM_THREADS_MAX;
}

// Called without the lock, by the thread that failed: errno is its own.
static void fail(struct ppm_pipeline *run, enum ppm_status status)
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

static bool is_interrupted(const struct ppm_pipeline *run)
{
	return ppm_signalled(run->interrupted);
}

// ---- committing ----------------------------------------------------------------------------------------

static enum ppm_status write_rejects(struct ppm_pipeline *run)
{
	enum ppm_status status = run->line.failed ? PPM_ERROR_MEMORY : PPM_OK;
	if (status == PPM_OK && run->line.size) {
		status = ppm_atomic_file_write(run->rejects, run->line.data, run->line.size);
		run->rejects_failed |= status != PPM_OK;
	}
	run->line.size = 0;
	return status;
}

// Held back until a chunk went well, so that a small file with errors leaves a pipe empty.
enum ppm_status ppm_pipeline_begin(struct ppm_pipeline *run)
{
	if (run->begun)
		return PPM_OK;
	run->begun = true;
	enum ppm_status status = run->user->begin ? run->user->begin(run->context) : PPM_OK;
	if (status == PPM_OK && run->rejects && !run->rejects_begun) {
		ppm_rejects_header(run->source, &run->line);
		status = write_rejects(run);
	}
	return status;
}

// Places become the file's; the first problems are kept for the report, all that carry a record go to the rejects.
static enum ppm_status commit_problems(struct ppm_pipeline *run, struct ppm_package *package)
{
	struct ppm_data_problems *kept = &run->problems;
	uint64_t count = kept->count + package->problems.count;
	for (struct ppm_data_problem *problem = package->problems.first; problem; problem = problem->next) {
		problem->line += run->lines_before + 1;
		if (kept->count < kept->keep)
			ppm_data_problems_add(kept, problem);
		if (run->rejects && problem->record.data) {
			ppm_rejects_row(run->source, problem, &run->line);
			if (run->line.size > PPM_PACKAGE_KEPT) {
				enum ppm_status status = write_rejects(run);
				if (status != PPM_OK)
					return status;
			}
		}
	}
	kept->count = count;
	if (kept->arena.failed)
		return PPM_ERROR_MEMORY;
	return run->rejects ? write_rejects(run) : PPM_OK;
}

static void tell_progress(struct ppm_pipeline *run)
{
	if (!run->progress)
		return;
	double time = ppm_pipeline_now();
	if (time - run->last_progress < PROGRESS_INTERVAL)
		return;
	run->last_progress = time;
	run->progress(run->progress_context, run->records, ppm_source_consumed(run->source), ppm_source_size(run->source));
}

static enum ppm_status commit(struct ppm_pipeline *run, struct ppm_package *package)
{
	uint64_t refused = package->records - package->taken;
	run->records += package->records;
	run->taken += package->taken;
	run->refused += refused;
	run->problems.rows += refused;
	if ((refused && !run->keep_rejects) || package->status != PPM_OK)
		run->spoiled = true;

	enum ppm_status status = PPM_OK;
	if (!run->spoiled)
		status = ppm_pipeline_begin(run);
	if (status == PPM_OK && package->problems.count)
		status = commit_problems(run, package);
	if (status == PPM_OK && !run->spoiled)
		status = run->user->commit(run->context, package, run->lines_before);
	run->lines_before += package->lines;
	if (status == PPM_OK)
		status = package->status;
	if (status != PPM_OK)
		return status;
	tell_progress(run);
	// With rejects that many are let through; without, the run has failed already and more messages help nobody.
	uint64_t limit = run->max_errors, all = run->refused_before + run->refused;
	if (limit && (all > limit || (all == limit && !run->keep_rejects)))
		return PPM_ERROR_DATA;
	return PPM_OK;
}

// ---- packages --------------------------------------------------------------------------------------------

static void empty_package(struct ppm_pipeline *run, struct ppm_package *package)
{
	if (run->user->empty_package)
		run->user->empty_package(run->context, package);
	if (package->problems.count) {
		ppm_data_problems_free(&package->problems);
		ppm_data_problems_init(&package->problems, run->allocator, UINT64_MAX, run->rejects != NULL);
	}
}

// NULL when the run is to stop.
static struct ppm_package *take_package(struct ppm_pipeline *run)
{
	pthread_mutex_lock(&run->lock);
	while (!run->stop && !run->free_packages)
		pthread_cond_wait(&run->package_returned, &run->lock);
	struct ppm_package *package = NULL;
	if (!run->stop) {
		package = run->free_packages;
		run->free_packages = package->next_free;
	}
	pthread_mutex_unlock(&run->lock);
	return package;
}

static void return_package_locked(struct ppm_pipeline *run, struct ppm_package *package)
{
	package->next_free = run->free_packages;
	run->free_packages = package;
	pthread_cond_signal(&run->package_returned);
}

static void return_package(struct ppm_pipeline *run, struct ppm_package *package)
{
	pthread_mutex_lock(&run->lock);
	return_package_locked(run, package);
	pthread_mutex_unlock(&run->lock);
}

static void hand_over(struct ppm_pipeline *run, struct ppm_package *package)
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
		struct ppm_package **slot = &run->ring[run->due % run->package_count];
		struct ppm_package *due = *slot;
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

static bool make_packages(struct ppm_pipeline *run)
{
	run->package_count = run->threads == 1 ? 1 : run->threads * 2 + 1;
	run->packages = ppm_allocate_zeroed(run->allocator, run->package_count, sizeof *run->packages);
	run->ring = ppm_allocate_zeroed(run->allocator, run->package_count, sizeof(struct ppm_package *));
	if (!run->packages || !run->ring)
		return false;
	bool made = true;
	for (unsigned i = 0; i < run->package_count; i++) {
		struct ppm_package *package = &run->packages[i];
		ppm_data_problems_init(&package->problems, run->allocator, UINT64_MAX, run->rejects != NULL);
		made = made && (!run->user->open_package || run->user->open_package(run->context, package));
		package->next_free = run->free_packages;
		run->free_packages = package;
	}
	return made;
}

static void free_packages(struct ppm_pipeline *run)
{
	for (unsigned i = 0; run->packages && i < run->package_count; i++) {
		if (run->user->close_package)
			run->user->close_package(run->context, &run->packages[i]);
		ppm_data_problems_free(&run->packages[i].problems);
	}
	ppm_free(run->allocator, run->packages);
	ppm_free(run->allocator, run->ring);
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

void ppm_fault_message(const struct ppm_program *program, const struct ppm_vm_fault *fault, struct ppm_place *place, char *message, size_t size)
{
	*place = (struct ppm_place){ 0 };
	if (program->places && fault->instruction < program->instruction_count)
		*place = program->places[fault->instruction];
	if (place->line && place->source < program->source_count) {
		struct ppm_slice path = program->sources[place->source].path;
		snprintf(message, size, "%s, at %.*s:%u:%u", fault->what, (int)(path.size < 120 ? path.size : 120), path.data, place->line, place->column);
	} else {
		snprintf(message, size, "%s", fault->what);
	}
}

// Rows that the machine found wrong; a row whose fields were wrong has had its problem.
static void report_faults(struct ppm_pipeline_worker *worker)
{
	uint32_t count;
	const struct ppm_vm_fault *faults = ppm_vm_faults(worker->vm, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (ppm_mask_bit(worker->refused, faults[i].row))
			continue;
		struct ppm_place place;
		char message[256];
		ppm_fault_message(worker->pipeline->program, &faults[i], &place, message, sizeof message);
		ppm_source_refuse_row(worker->source, faults[i].row, faults[i].no_value ? PPM_DATA_NO_VALUE : PPM_DATA_OVERFLOW, place, message);
	}
}

static enum ppm_status run_batch(struct ppm_pipeline_worker *worker, struct ppm_batch *batch, struct ppm_package *package)
{
	struct ppm_pipeline *run = worker->pipeline;
	memcpy(worker->refused, batch->refused, sizeof worker->refused);
	enum ppm_status status = ppm_vm_run(worker->vm, batch);
	if (status != PPM_OK)
		return status;
	report_faults(worker);
	uint32_t live = count_live(batch);
	package->taken += live;
	if (!run->keep_rejects && live < batch->rows)
		run->spoiled = true;
	if (run->spoiled)
		return PPM_OK;
	return run->user->batch(run->context, worker, batch, live, package);
}

static enum ppm_status copy_chunk(struct ppm_package *package, const struct ppm_chunk *chunk)
{
	package->ordinal = chunk->ordinal;
	package->records = package->status == PPM_OK ? chunk->records : package->taken;
	package->lines = chunk->lines;
	assert(package->status != PPM_OK || chunk->problems.rows == chunk->records - package->taken);
	for (const struct ppm_data_problem *problem = chunk->problems.first; problem; problem = problem->next)
		ppm_data_problems_add(&package->problems, problem);
	package->problems.count = chunk->problems.count;
	return package->problems.arena.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

// Nothing can be read from here on: damaged compression, a record without an end. The worker that found it has the problem in its chunk, which is
// committed in its place; the others get the same status, and have nothing more to do.
static enum ppm_status end_reading(struct ppm_pipeline_worker *worker, struct ppm_package *package, enum ppm_status status, bool *more)
{
	const struct ppm_chunk *chunk = ppm_source_chunk(worker->source);
	worker->pipeline->ended_early = (int)status;
	*more = chunk->problems.count != 0;
	if (!*more)
		return PPM_OK;
	package->status = status;
	return copy_chunk(package, chunk);
}

// One chunk from its text to its package. `more` is false at the end of the file and when the run is to stop.
static enum ppm_status run_chunk(struct ppm_pipeline_worker *worker, struct ppm_package *package, bool *more)
{
	struct ppm_pipeline *run = worker->pipeline;
	package->taken = 0;
	package->status = PPM_OK;
	package->worker = worker->index;
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
	if (run->user->end_chunk)
		run->user->end_chunk(run->context, worker, chunk, package);
	return copy_chunk(package, chunk);
}

// Whether two texts of a row may be held against each other: dates are, too, by the same instruction.
static bool compares_texts(const struct ppm_program *program)
{
	for (uint32_t i = 0; i < program->instruction_count; i++)
		if (program->instructions[i].op == PPM_OP_EQ_I32)
			return true;
	return false;
}

static bool prepare(struct ppm_pipeline_worker *worker)
{
	struct ppm_pipeline *run = worker->pipeline;
	const struct ppm_program *program = run->program;
	if (run->texts) {
		ppm_text_pool_init_over(&worker->pool, run->allocator, run->texts);
		worker->pool_ready = true;
	} else {
		worker->pool_ready = ppm_text_pool_init(&worker->pool, run->allocator, program->texts, program->text_count);
	}
	if (!worker->pool_ready)
		return false;
	worker->pool.keeps = run->keep_texts;
	worker->pool.loose = run->loose_texts && !run->texts && !run->keep_texts && !compares_texts(program);
	worker->vm = ppm_vm_new(run->allocator, program, &worker->pool, run->simd);
	worker->source = worker->vm ? ppm_source_worker_new(run->source, &worker->pool) : NULL;
	return worker->source && (!run->user->open_worker || run->user->open_worker(run->context, worker));
}

static void *work(void *argument)
{
	struct ppm_pipeline_worker *worker = argument;
	struct ppm_pipeline *run = worker->pipeline;
	if (!prepare(worker)) {
		fail(run, PPM_ERROR_MEMORY);
		return NULL;
	}
	struct ppm_package *package;
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

static void release(struct ppm_pipeline_worker *worker)
{
	struct ppm_pipeline *run = worker->pipeline;
	if (run && run->user->close_worker)
		run->user->close_worker(run->context, worker);
	ppm_source_worker_free(worker->source);
	ppm_vm_free(worker->vm);
	if (worker->pool_ready)
		ppm_text_pool_free(&worker->pool);
}

// The caller's thread is the first worker. Fewer threads than asked for is no failure: the results are the same.
static void run_workers(struct ppm_pipeline *run)
{
	for (unsigned i = 0; i < run->threads; i++) {
		run->workers[i].pipeline = run;
		run->workers[i].index = i;
	}
	run->threads_used = 1;
	for (unsigned i = 1; i < run->threads; i++) {
		run->workers[i].started = pthread_create(&run->workers[i].thread, NULL, work, &run->workers[i]) == 0;
		run->threads_used += run->workers[i].started;
	}
	work(&run->workers[0]);
	for (unsigned i = 1; i < run->threads; i++)
		if (run->workers[i].started)
			pthread_join(run->workers[i].thread, NULL);
}

// ---- the run ---------------------------------------------------------------------------------------------

void ppm_pipeline_init(
	struct ppm_pipeline *run, const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_source *source, const struct ppm_engine_options *options)
{
	*run = (struct ppm_pipeline){
		.allocator = allocator,
		.program = program,
		.source = source,
		.keep_rejects = options->rejects,
		.max_errors = options->max_errors,
		.threads = ppm_pipeline_threads(options->threads, ppm_source_size(source)),
		.simd = options->simd,
		.interrupted = options->interrupted,
		.progress = options->progress,
		.progress_context = options->progress_context,
		.threads_used = 1,
	};
	ppm_data_problems_init(&run->problems, allocator, PPM_PROBLEMS_SHOWN, false);
	run->last_progress = ppm_pipeline_now();
	run->lines_before = ppm_source_header_lines(source);
	ppm_buffer_init(&run->line, allocator);
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->package_returned, NULL);
}

enum ppm_status ppm_pipeline_run(struct ppm_pipeline *run)
{
	run->workers = ppm_allocate_zeroed(run->allocator, run->threads, sizeof *run->workers);
	if (!run->workers || !make_packages(run))
		return PPM_ERROR_MEMORY;
	run_workers(run);
	errno = run->saved_errno;
	if (run->status != PPM_OK)
		return run->status;
	assert(run->stop || !run->ring[run->due % run->package_count]);
	if (run->ended_early != PPM_OK)
		return (enum ppm_status)run->ended_early;
	return run->spoiled ? PPM_ERROR_DATA : PPM_OK;
}

void ppm_pipeline_count(const struct ppm_pipeline *run, uint64_t *tallies, uint64_t *sites)
{
	for (unsigned w = 0; run->workers && w < run->threads; w++) {
		if (!run->workers[w].vm)
			continue;
		const uint64_t *some_tallies = ppm_vm_tallies(run->workers[w].vm), *some_sites = ppm_vm_site_counts(run->workers[w].vm);
		for (uint32_t i = 0; tallies && i < run->program->tally_count; i++)
			tallies[i] += some_tallies[i];
		for (uint32_t i = 0; sites && i < run->program->site_count; i++)
			sites[i] += some_sites[i];
	}
}

void ppm_pipeline_free(struct ppm_pipeline *run)
{
	int kept = errno;
	for (unsigned i = 0; run->workers && i < run->threads; i++)
		release(&run->workers[i]);
	ppm_free(run->allocator, run->workers);
	free_packages(run);
	ppm_buffer_free(&run->line);
	ppm_data_problems_free(&run->problems);
	pthread_cond_destroy(&run->package_returned);
	pthread_mutex_destroy(&run->lock);
	errno = kept;
}

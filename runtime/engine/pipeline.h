// Chunks of a source on all threads, and what became of them in the order of the file: what scoring and loading have in common. Whoever uses it says what is done with a batch (in any
// thread) and with a chunk when it is its turn (one at a time, in order); records, problems and the file of refused records are dealt with here.
#ifndef PPM_RUNTIME_ENGINE_PIPELINE_H
#define PPM_RUNTIME_ENGINE_PIPELINE_H

#include "runtime/engine/engine_internal.h"

#include <pthread.h>
#include <stdatomic.h>

#define PPM_THREADS_MAX 256u
#define PPM_PROBLEMS_SHOWN 20u
// A package's buffer beyond this is given back once it was used: one giant record must not hold its memory for good.
#define PPM_PACKAGE_KEPT ((size_t)8 << 20)

// A chunk's results on their way.
struct ppm_package {
	struct ppm_data_problems problems;
	uint64_t ordinal, records, lines;
	uint64_t taken;         // rows that were not refused
	unsigned worker;        // who made it
	enum ppm_status status; // what ends the reading here, after its problems were told
	void *payload;
	struct ppm_package *next_free;
};

struct ppm_pipeline;
struct ppm_pipeline_worker {
	struct ppm_pipeline *pipeline;
	unsigned index;
	pthread_t thread;
	bool started;
	bool pool_ready;
	struct ppm_text_pool pool;
	struct ppm_source_worker *source;
	struct ppm_vm *vm;
	void *state;
	uint64_t refused[PPM_MASK_WORDS]; // before the machine ran
};

struct ppm_pipeline_user {
	// All may be NULL but batch and commit. Makes and frees package->payload and worker->state; false when memory ran out.
	bool (*open_package)(void *context, struct ppm_package *package);
	void (*close_package)(void *context, struct ppm_package *package);
	void (*empty_package)(void *context, struct ppm_package *package);
	bool (*open_worker)(void *context, struct ppm_pipeline_worker *worker);
	void (*close_worker)(void *context, struct ppm_pipeline_worker *worker);
	// A batch after the machine ran; `live` rows of it were not refused.
	enum ppm_status (*batch)(void *context, struct ppm_pipeline_worker *worker, const struct ppm_batch *batch, uint32_t live, struct ppm_package *package);
	void (*end_chunk)(void *context, struct ppm_pipeline_worker *worker, const struct ppm_chunk *chunk, struct ppm_package *package);
	// In order. `line`: of the file, from 0, where the chunk begins. Not called once a record was refused without leave (pipeline->spoiled).
	enum ppm_status (*commit)(void *context, struct ppm_package *package, uint64_t line);
	// Before the first commit.
	enum ppm_status (*begin)(void *context);
};

struct ppm_pipeline {
	// ---- set by the user of the pipeline; ppm_pipeline_init clears the rest ----
	const struct ppm_allocator *allocator;
	const struct ppm_program *program;
	struct ppm_source *source;
	struct ppm_atomic_file *rejects; // NULL: none
	bool rejects_begun;              // its header was written before
	bool keep_rejects;               // refused records are left out, not fatal
	uint64_t refused_before;         // of the same file, in earlier runs: they count for max_errors
	uint64_t max_errors;
	unsigned threads; // ppm_pipeline_threads chose it
	enum ppm_simd simd;
	const volatile int *interrupted;
	void (*progress)(void *context, uint64_t rows, uint64_t bytes, uint64_t size);
	void *progress_context;
	const struct ppm_text_pool *texts; // what the workers' pools stand over; NULL: they stand alone
	bool keep_texts;
	bool loose_texts; // nobody but the program sees codes of texts: where that does not compare them, the pools are loose
	const struct ppm_pipeline_user *user;
	void *context;

	// ---- what came of it ----
	uint64_t records, taken, refused;
	struct ppm_data_problems problems; // the first PPM_PROBLEMS_SHOWN in the file's order; lines of the file
	unsigned threads_used;
	bool rejects_failed;
	struct ppm_pipeline_worker *workers; // [threads]: machines and pools are there until ppm_pipeline_free

	// ---- inside ----
	_Atomic bool stop;
	_Atomic bool spoiled;    // a record was refused without leave: results are not needed any more
	_Atomic int ended_early; // the status with which the source gave up
	pthread_mutex_t lock;
	pthread_cond_t package_returned;
	// under the lock
	enum ppm_status status; // the first failure
	int saved_errno;
	struct ppm_package *packages, *free_packages;
	struct ppm_package **ring; // [ordinal % package_count]: handed over, not yet committed
	unsigned package_count;
	uint64_t due; // the ordinal to be committed next
	bool committing;
	// of the committing thread
	struct ppm_buffer line;
	bool begun;
	uint64_t lines_before;
	double last_progress;
};

void ppm_pipeline_init(struct ppm_pipeline *pipeline, const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_source *source,
	const struct ppm_engine_options *options);
// Runs everything. PPM_ERROR_DATA when records were refused without leave, or the source is damaged; the source's own status when it ended early.
enum ppm_status ppm_pipeline_run(struct ppm_pipeline *pipeline);
// After a run, so that what stands before all rows is there although none came.
enum ppm_status ppm_pipeline_begin(struct ppm_pipeline *pipeline);
void ppm_pipeline_free(struct ppm_pipeline *pipeline);
// Adds up what the machines counted.
void ppm_pipeline_count(const struct ppm_pipeline *pipeline, uint64_t *tallies, uint64_t *sites);

// How many threads are worth it for so many bytes (0: unknown) when `wanted` (0: all processors) were asked for.
unsigned ppm_pipeline_threads(unsigned wanted, uint64_t size);
double ppm_pipeline_now(void);
// What a fault of the machine is called in messages: "the amount passes …, at model.ppm:3:5". *place may be zero.
void ppm_fault_message(const struct ppm_program *program, const struct ppm_vm_fault *fault, struct ppm_place *place, char *message, size_t size);

#endif

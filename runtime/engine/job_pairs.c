// Figures from pairs of rows. Pairs are never kept: outer row by outer row, up to 1,024 of them at a time go through the program, and what comes of them into an aggregator.
//
// Threads take parts of the outer rows, each part with an aggregator of its own: what a part adds up is the same whoever does it.
#include "runtime/engine/job_internal.h"

#include <assert.h>
#include <errno.h>

#define PART_UNIT 64u // outer rows: a word of a mask, so that no two parts write one
#define PART_MOST 4096u

struct pairs {
	struct ppm_job_state *state;
	const struct ppm_action *action;
	const struct ppm_program *program;
	const struct ppm_kept_table *outer, *inner;
	struct ppm_series *out;
	uint64_t inner_rows; // that take part
	// KEYS
	const uint32_t *outer_link;
	uint64_t *starts; // [row of the third table]: where its inner rows begin in `members`; one more
	uint32_t *members;
	uint64_t third_rows;
	// TREE
	const struct ppm_tree_shape *shape;
	uint32_t *positions; // [row]: its place in the tree's order

	uint64_t part_rows;
	uint64_t next; // outer row of the next part, under the lock
	pthread_mutex_t lock;
	enum ppm_status status; // under the lock: the first failure
	int error;
	uint64_t skipped;
	uint64_t fault_outer; // under the lock, like the rest: the fault of the least outer row
	bool has_fault;
	enum ppm_data_code fault_code;
	struct ppm_place fault_place;
	const char *fault_total; // of a total that passes its range; NULL: the message
	char fault_message[256];
};

struct worker {
	struct pairs *pairs;
	pthread_t thread;
	bool started;
	struct ppm_text_pool pool;
	struct ppm_vm *vm;
	void **values; // [program column]
	uint64_t **present;
	uint64_t **masks; // what `present` may point to
	uint64_t refused[PPM_MASK_WORDS];
	struct ppm_batch batch;
	struct ppm_aggregator *aggregator;
	uint64_t first;                                        // outer row of the part
	uint32_t count;                                        // pairs in hand
	uint32_t outer[PPM_BATCH_ROWS], inner[PPM_BATCH_ROWS]; // rows of the tables
	uint32_t local[PPM_BATCH_ROWS];                        // outer row in the part
	double level[PPM_BATCH_ROWS] __attribute__((aligned(PPM_VECTOR_ALIGNMENT)));
};

// ---- a batch of pairs ------------------------------------------------------------------------------------------

#define GATHER(type) \
	for (uint32_t i = 0; i < count; i++) \
	((type *)to)[i] = ((const type *)series->values)[rows[i]]

static void gather(void *to, uint64_t *mask, const struct ppm_series *series, const uint32_t *rows, uint32_t count)
{
	switch (series->class) {
	case PPM_CLASS_F64:
	case PPM_CLASS_I64: GATHER(uint64_t); break;
	case PPM_CLASS_X128: GATHER(ppm_int128); break;
	case PPM_CLASS_I32: GATHER(uint32_t); break;
	case PPM_CLASS_I16: GATHER(uint16_t); break;
	case PPM_CLASS_MASK:
		memset(to, 0, ppm_register_size(PPM_CLASS_MASK));
		for (uint32_t i = 0; i < count; i++)
			((uint64_t *)to)[i / 64] |= (uint64_t)ppm_series_bit(series->values, rows[i]) << i % 64;
		break;
	case PPM_CLASS_NONE: break;
	}
	if (!series->present)
		return;
	memset(mask, 0, ppm_register_size(PPM_CLASS_MASK));
	for (uint32_t i = 0; i < count; i++)
		mask[i / 64] |= (uint64_t)ppm_series_bit(series->present, rows[i]) << i % 64;
}

static void bring_values(struct worker *worker)
{
	const struct pairs *pairs = worker->pairs;
	static const uint32_t zeros[PPM_BATCH_ROWS];
	for (uint32_t i = 0; i < pairs->program->column_count; i++) {
		const struct ppm_column *column = &pairs->program->columns[i];
		if (!column->read || column->origin == PPM_FROM_FIELD)
			continue;
		if (column->origin == PPM_FROM_LEVEL) {
			worker->values[i] = worker->level;
			continue;
		}
		const struct ppm_kept_table *table = column->origin == PPM_FROM_OUTER ? pairs->outer
			: column->origin == PPM_FROM_COMPANY                          ? &pairs->state->tables[column->table]
										      : pairs->inner;
		const uint32_t *rows = column->origin == PPM_FROM_OUTER ? worker->outer : column->origin == PPM_FROM_COMPANY ? zeros : worker->inner;
		const struct ppm_series *series = &table->columns[column->table_column];
		assert(series->values && series->class == ppm_column_register(column));
		gather(worker->values[i], worker->masks[i], series, rows, worker->count);
		worker->present[i] = series->present ? worker->masks[i] : NULL;
	}
}

static void note_fault(struct worker *worker)
{
	struct pairs *pairs = worker->pairs;
	uint32_t count;
	const struct ppm_vm_fault *faults = ppm_vm_faults(worker->vm, &count);
	if (count == 0)
		return;
	uint32_t row = faults[0].row;
	pthread_mutex_lock(&pairs->lock);
	if (!pairs->has_fault || worker->outer[row] < pairs->fault_outer) {
		pairs->has_fault = true;
		pairs->fault_outer = worker->outer[row];
		pairs->fault_total = NULL;
		pairs->fault_code = faults[0].no_value ? PPM_DATA_NO_VALUE : PPM_DATA_OVERFLOW;
		ppm_fault_message(pairs->program, &faults[0], &pairs->fault_place, pairs->fault_message, sizeof pairs->fault_message);
	}
	pthread_mutex_unlock(&pairs->lock);
}

static enum ppm_status flush(struct worker *worker)
{
	const struct ppm_program *program = worker->pairs->program;
	if (worker->count == 0)
		return PPM_OK;
	if (ppm_signalled(worker->pairs->state->options->engine.interrupted))
		return PPM_ERROR_INTERRUPTED;
	bring_values(worker);
	memset(worker->refused, 0, sizeof worker->refused);
	worker->batch = (struct ppm_batch){ .rows = worker->count, .values = worker->values, .present = worker->present, .refused = worker->refused };
	enum ppm_status status = ppm_vm_run(worker->vm, &worker->batch);
	if (status != PPM_OK)
		return status;
	note_fault(worker);
	const struct ppm_store *value = &program->stores[0];
	// The machine's registers are read only here, as steps read any series.
	struct ppm_series series = { .class = value->class, .values = (void *)(uintptr_t)ppm_vm_register(worker->vm, value->class, value->value) };
	if (value->present != PPM_NO_REGISTER)
		series.present = (uint64_t *)(uintptr_t)ppm_vm_register(worker->vm, PPM_CLASS_MASK, value->present);
	const uint64_t *where = program->store_count > 1 ? ppm_vm_register(worker->vm, PPM_CLASS_MASK, program->stores[1].value) : NULL;
	status = ppm_aggregator_add(worker->aggregator, worker->local, &series, where, worker->count);
	worker->count = 0;
	return status;
}

static enum ppm_status add_pair(struct worker *worker, uint64_t outer, uint32_t inner, double level)
{
	const struct ppm_kept_table *table = worker->pairs->inner;
	if (table->refused_count && ppm_series_bit(table->refused, inner))
		return PPM_OK;
	uint32_t at = worker->count++;
	worker->outer[at] = (uint32_t)outer;
	worker->inner[at] = inner;
	worker->local[at] = (uint32_t)(outer - worker->first);
	worker->level[at] = level;
	return worker->count == PPM_BATCH_ROWS ? flush(worker) : PPM_OK;
}

// ---- which pairs -----------------------------------------------------------------------------------------------

static enum ppm_status add_all(struct worker *worker, uint64_t outer)
{
	enum ppm_status status = PPM_OK;
	for (uint64_t inner = 0; inner < worker->pairs->inner_rows && status == PPM_OK; inner++)
		status = add_pair(worker, outer, (uint32_t)inner, 0);
	return status;
}

static enum ppm_status add_by_key(struct worker *worker, uint64_t outer)
{
	const struct pairs *pairs = worker->pairs;
	uint32_t third = pairs->outer_link[outer];
	enum ppm_status status = PPM_OK;
	for (uint64_t i = third == PPM_NO_ROW ? 1 : pairs->starts[third], end = third == PPM_NO_ROW ? 0 : pairs->starts[third + 1]; i < end && status == PPM_OK; i++)
		status = add_pair(worker, outer, pairs->members[i], 0);
	return status;
}

// The rows below one follow it in the order.
static enum ppm_status add_below(struct worker *worker, uint64_t outer)
{
	const struct ppm_tree_shape *shape = worker->pairs->shape;
	const struct ppm_action *action = worker->pairs->action;
	uint64_t at = worker->pairs->positions[outer], end = at + shape->below[outer];
	enum ppm_status status = PPM_OK;
	for (uint64_t i = at + 1; i <= end && status == PPM_OK; i++) {
		uint32_t inner = shape->order[i], level = shape->depth[inner] - shape->depth[outer];
		if (level >= action->level_low && level <= action->level_high)
			status = add_pair(worker, outer, inner, level);
	}
	return status;
}

static enum ppm_status add_pairs(struct worker *worker, uint64_t outer)
{
	const struct pairs *pairs = worker->pairs;
	if (pairs->outer->refused_count && ppm_series_bit(pairs->outer->refused, outer))
		return PPM_OK;
	switch (pairs->action->relation) {
	case PPM_PAIRS_ALL: break;
	case PPM_PAIRS_KEYS: return pairs->starts ? add_by_key(worker, outer) : add_all(worker, outer);
	case PPM_PAIRS_TREE: return add_below(worker, outer);
	}
	return add_all(worker, outer);
}

// ---- parts -----------------------------------------------------------------------------------------------------

static enum ppm_status run_part(struct worker *worker, uint64_t first, uint64_t rows)
{
	struct pairs *pairs = worker->pairs;
	const struct ppm_action *action = pairs->action;
	struct ppm_steps steps = pairs->state->steps;
	steps.threads = 1;
	worker->first = first;
	worker->count = 0;
	enum ppm_status status = ppm_aggregator_new(&worker->aggregator, &steps, action->aggregate, pairs->program->stores[0].class, action->fraction, rows);
	for (uint64_t outer = first; outer < first + rows && status == PPM_OK; outer++)
		status = add_pairs(worker, outer);
	if (status == PPM_OK)
		status = flush(worker);
	if (status != PPM_OK) {
		ppm_aggregator_free(worker->aggregator);
		worker->aggregator = NULL;
		return status;
	}
	struct ppm_series out = *pairs->out;
	out.values = (char *)out.values + first / 64 * (ppm_register_size(out.class) / PPM_MASK_WORDS);
	if (out.present)
		out.present += first / 64;
	uint64_t skipped = 0;
	struct ppm_step_fault fault = { 0 };
	status = ppm_aggregator_finish(worker->aggregator, &out, &skipped, &fault);
	worker->aggregator = NULL;
	pthread_mutex_lock(&pairs->lock);
	pairs->skipped += skipped;
	if (fault.is_set && (!pairs->has_fault || first + fault.row < pairs->fault_outer)) {
		pairs->has_fault = true;
		pairs->fault_outer = first + fault.row;
		pairs->fault_total = fault.what;
	}
	pthread_mutex_unlock(&pairs->lock);
	return status;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct pairs *pairs = worker->pairs;
	for (;;) {
		pthread_mutex_lock(&pairs->lock);
		uint64_t first = pairs->next;
		bool more = pairs->status == PPM_OK && first < pairs->outer->rows;
		pairs->next += pairs->part_rows;
		pthread_mutex_unlock(&pairs->lock);
		if (!more)
			return NULL;
		uint64_t rows = pairs->outer->rows - first < pairs->part_rows ? pairs->outer->rows - first : pairs->part_rows;
		enum ppm_status status = run_part(worker, first, rows);
		if (status == PPM_OK)
			continue;
		int error = errno;
		pthread_mutex_lock(&pairs->lock);
		if (pairs->status == PPM_OK) {
			pairs->status = status;
			pairs->error = error;
		}
		pthread_mutex_unlock(&pairs->lock);
	}
}

static bool open_worker(struct worker *worker, struct pairs *pairs)
{
	const struct ppm_allocator *allocator = pairs->state->allocator;
	const struct ppm_program *program = pairs->program;
	worker->pairs = pairs;
	ppm_text_pool_init_over(&worker->pool, allocator, pairs->state->texts);
	worker->pool.keeps = true;
	worker->vm = ppm_vm_new(allocator, program, &worker->pool, pairs->state->options->engine.simd);
	worker->values = ppm_allocate_zeroed(allocator, (size_t)program->column_count + 1, sizeof *worker->values);
	worker->present = ppm_allocate_zeroed(allocator, (size_t)program->column_count + 1, sizeof *worker->present);
	worker->masks = ppm_allocate_zeroed(allocator, (size_t)program->column_count + 1, sizeof *worker->masks);
	if (!worker->vm || !worker->values || !worker->present || !worker->masks)
		return false;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read || column->origin == PPM_FROM_FIELD || column->origin == PPM_FROM_LEVEL)
			continue;
		size_t size = ppm_register_size(ppm_column_register(column));
		worker->values[i] = ppm_allocate_aligned(allocator, size, PPM_VECTOR_ALIGNMENT);
		worker->masks[i] = ppm_allocate_aligned(allocator, ppm_register_size(PPM_CLASS_MASK), PPM_VECTOR_ALIGNMENT);
		if (!worker->values[i] || !worker->masks[i])
			return false;
		memset(worker->values[i], 0, size);
	}
	return true;
}

static void close_worker(struct worker *worker)
{
	struct pairs *pairs = worker->pairs;
	if (!pairs)
		return;
	const struct ppm_allocator *allocator = pairs->state->allocator;
	for (uint32_t i = 0; i < pairs->program->column_count; i++) {
		if (worker->values && worker->values[i] != worker->level)
			ppm_free_aligned(allocator, worker->values[i]);
		if (worker->masks)
			ppm_free_aligned(allocator, worker->masks[i]);
	}
	ppm_free(allocator, worker->values);
	ppm_free(allocator, worker->present);
	ppm_free(allocator, worker->masks);
	ppm_vm_free(worker->vm);
	ppm_text_pool_free(&worker->pool);
}

static enum ppm_status run_workers(struct pairs *pairs, unsigned threads)
{
	struct ppm_job_state *state = pairs->state;
	struct worker *workers = ppm_allocate_aligned(state->allocator, threads * sizeof *workers, PPM_VECTOR_ALIGNMENT);
	if (!workers)
		return PPM_ERROR_MEMORY;
	memset(workers, 0, threads * sizeof *workers);
	bool opened = true;
	for (unsigned i = 0; i < threads && opened; i++)
		opened = open_worker(&workers[i], pairs);
	for (unsigned i = 1; i < threads && opened; i++)
		workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
	if (opened)
		work(&workers[0]);
	for (unsigned i = 1; i < threads; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
	for (unsigned i = 0; i < threads; i++) {
		const uint64_t *sites = workers[i].vm ? ppm_vm_site_counts(workers[i].vm) : NULL;
		for (uint32_t site = 0; sites && site < pairs->program->site_count; site++)
			state->report->program_sites[pairs->action->program][site] += sites[site];
		close_worker(&workers[i]);
	}
	ppm_free_aligned(state->allocator, workers);
	errno = pairs->error;
	return opened ? pairs->status : PPM_ERROR_MEMORY;
}

// ---- what the relations need -----------------------------------------------------------------------------------

// Inner rows by the row of the third table that they lead to, each in their order.
static enum ppm_status bucket_rows(struct pairs *pairs)
{
	struct ppm_job_state *state = pairs->state;
	const uint32_t *inner_link = state->links[pairs->action->other_link];
	pairs->outer_link = state->links[pairs->action->link];
	if (!inner_link || !pairs->outer_link)
		return PPM_OK; // they meet in the company's one row: all of them
	pairs->third_rows = state->tables[state->job->links[pairs->action->link].to].rows;
	pairs->starts = ppm_memory_take(state->memory, (pairs->third_rows + 2) * sizeof *pairs->starts);
	pairs->members = ppm_memory_take(state->memory, pairs->inner_rows * sizeof *pairs->members);
	if (!pairs->starts || !pairs->members)
		return ppm_memory_status(state->memory);
	// Counted two places ahead, so that filling makes each start of the next one's end.
	for (uint64_t row = 0; row < pairs->inner_rows; row++)
		if (inner_link[row] != PPM_NO_ROW)
			pairs->starts[inner_link[row] + 2]++;
	for (uint64_t i = 2; i < pairs->third_rows + 2; i++)
		pairs->starts[i] += pairs->starts[i - 1];
	for (uint64_t row = 0; row < pairs->inner_rows; row++)
		if (inner_link[row] != PPM_NO_ROW)
			pairs->members[pairs->starts[inner_link[row] + 1]++] = (uint32_t)row;
	return PPM_OK;
}

static enum ppm_status find_positions(struct pairs *pairs)
{
	struct ppm_job_state *state = pairs->state;
	pairs->shape = &state->trees[pairs->action->tree];
	enum ppm_status status = ppm_tree_shape_list(&state->trees[pairs->action->tree], &state->steps);
	if (status != PPM_OK)
		return status;
	pairs->positions = ppm_memory_take(state->memory, pairs->shape->rows * sizeof *pairs->positions);
	if (!pairs->positions)
		return ppm_memory_status(state->memory);
	for (uint64_t i = 0; i < pairs->shape->rows; i++)
		pairs->positions[pairs->shape->order[i]] = (uint32_t)i;
	return PPM_OK;
}

enum ppm_status ppm_job_pairs(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *outer = &state->tables[action->outer], *inner = &state->tables[action->table];
	struct pairs pairs = {
		.state = state, .action = action, .program = state->job->programs[action->program], .outer = outer, .inner = inner, .out = &outer->columns[action->output]
	};
	// The rows to score are not among those that they are compared with.
	pairs.inner_rows = ppm_job_population(state, action->table);
	enum ppm_status status = ppm_kept_make(outer, action->output);
	if (status == PPM_OK && action->relation == PPM_PAIRS_KEYS)
		status = bucket_rows(&pairs);
	if (status == PPM_OK && action->relation == PPM_PAIRS_TREE)
		status = find_positions(&pairs);
	if (status == PPM_OK) {
		// Small enough that no thread is left with a large one at the end.
		uint64_t part = outer->rows / (state->steps.threads * 32) / PART_UNIT * PART_UNIT;
		pairs.part_rows = part < PART_UNIT ? PART_UNIT : part < PART_MOST ? part : PART_MOST;
		uint64_t parts = (outer->rows + pairs.part_rows - 1) / pairs.part_rows;
		unsigned threads = state->steps.threads < parts ? state->steps.threads : parts ? (unsigned)parts : 1;
		pthread_mutex_init(&pairs.lock, NULL);
		status = run_workers(&pairs, threads < PPM_THREADS_MAX ? threads : PPM_THREADS_MAX);
		pthread_mutex_destroy(&pairs.lock);
	}
	int kept = errno;
	if (pairs.starts)
		ppm_memory_give(state->memory, pairs.starts, (pairs.third_rows + 2) * sizeof *pairs.starts);
	ppm_memory_give(state->memory, pairs.members, pairs.inner_rows * sizeof *pairs.members);
	if (pairs.shape)
		ppm_memory_give(state->memory, pairs.positions, pairs.shape->rows * sizeof *pairs.positions);
	errno = kept;
	if (status != PPM_OK)
		return status;
	if (pairs.has_fault) {
		const struct ppm_slice none = { NULL, 0 };
		if (pairs.fault_total)
			return ppm_job_total_fault(state, action, action->outer, pairs.fault_outer, pairs.fault_total);
		return ppm_job_fault(state, action->outer, pairs.fault_outer, pairs.fault_code, pairs.fault_place, none, none, ppm_slice_of(pairs.fault_message));
	}
	if (action->site != PPM_NO_INDEX)
		state->report->site_counts[action->site] += pairs.skipped;
	return PPM_OK;
}

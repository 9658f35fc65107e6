// Files into tables. Workers run the load program over their chunks and gather what is to be kept chunk by chunk; when a chunk's turn comes it is put behind the rows that are there. So
// a table is never there twice, and its rows are in the file's order.
//
// A worker's texts have codes of its own; when the file is read they all go into the job's pool, and the codes in the table are exchanged for those.
#include "runtime/engine/job_internal.h"

#include <assert.h>
#include <errno.h>

// What is kept of a chunk.
struct piece {
	uint64_t rows, room;
	void **values;      // [store]
	uint64_t **present; // [store], NULL: never missing
	uint32_t *lines;
	char *raw;
	size_t raw_size, raw_room;
	uint64_t *raw_ends; // [row]
	size_t raw_ends_room;
};

// Rows whose text codes are a worker's own.
struct run {
	uint64_t first;
	uint32_t rows;
	unsigned worker;
};

struct load {
	struct ppm_job_state *state;
	struct ppm_pipeline pipeline;
	struct ppm_kept_table *table;
	const struct ppm_program *program;
	struct ppm_store *stores; // what is kept: the program's, but for what nobody reads
	uint32_t store_count;
	uint32_t *raw_fields; // fields to keep, when not whole records
	struct run *runs;
	size_t run_count, run_room;
	bool has_texts;
};

// ---- a chunk's piece ----------------------------------------------------------------------------------------

static bool open_package(void *context, struct ppm_package *package)
{
	struct load *load = context;
	const struct ppm_allocator *allocator = load->state->allocator;
	struct piece *piece = ppm_allocate_zeroed(allocator, 1, sizeof *piece);
	package->payload = piece;
	if (!piece)
		return false;
	piece->values = ppm_allocate_zeroed(allocator, (size_t)load->store_count + 1, sizeof *piece->values);
	piece->present = ppm_allocate_zeroed(allocator, (size_t)load->store_count + 1, sizeof *piece->present);
	return piece->values && piece->present;
}

static void close_package(void *context, struct ppm_package *package)
{
	struct load *load = context;
	const struct ppm_allocator *allocator = load->state->allocator;
	struct piece *piece = package->payload;
	if (!piece)
		return;
	for (uint32_t i = 0; i < load->store_count; i++) {
		if (piece->values)
			ppm_free(allocator, piece->values[i]);
		if (piece->present)
			ppm_free(allocator, piece->present[i]);
	}
	ppm_free(allocator, piece->values);
	ppm_free(allocator, piece->present);
	ppm_free(allocator, piece->lines);
	ppm_free(allocator, piece->raw);
	ppm_free(allocator, piece->raw_ends);
	ppm_free(allocator, piece);
}

static void empty_package(void *context, struct ppm_package *package)
{
	struct load *load = context;
	struct piece *piece = package->payload;
	piece->rows = 0;
	piece->raw_size = 0;
	if (piece->raw_room > PPM_PACKAGE_KEPT) {
		ppm_free(load->state->allocator, piece->raw);
		piece->raw = NULL;
		piece->raw_room = 0;
	}
}

static bool grow(const struct ppm_allocator *allocator, void **array, uint64_t size)
{
	void *grown = ppm_reallocate(allocator, *array, size, 1);
	if (grown)
		*array = grown;
	return grown != NULL;
}

static bool reserve_piece(struct load *load, struct piece *piece, uint64_t rows)
{
	if (rows <= piece->room)
		return true;
	const struct ppm_allocator *allocator = load->state->allocator;
	uint64_t room = ppm_whole_batches(rows + rows / 2);
	for (uint32_t i = 0; i < load->store_count; i++) {
		const struct ppm_store *store = &load->stores[i];
		// One word more: bits that are appended may touch it.
		if (!grow(allocator, &piece->values[i], ppm_series_bytes(store->class, room) + 8))
			return false;
		void *present = piece->present[i];
		bool made = store->present == PPM_NO_REGISTER || grow(allocator, &present, ppm_series_bytes(PPM_CLASS_MASK, room) + 8);
		piece->present[i] = present;
		if (!made)
			return false;
	}
	void *lines = piece->lines;
	bool made = grow(allocator, &lines, room * sizeof *piece->lines);
	piece->lines = lines;
	if (made)
		piece->room = room;
	return made;
}

// ---- which rows, and their values ----------------------------------------------------------------------------

struct chosen {
	uint32_t count;
	bool all; // then `rows` is not filled
	uint64_t bits[PPM_MASK_WORDS];
	uint16_t rows[PPM_BATCH_ROWS];
};

static void choose(struct chosen *chosen, const struct ppm_batch *batch, const uint64_t *keep)
{
	uint64_t out = 0;
	chosen->count = 0;
	for (uint32_t word = 0; word * 64 < batch->rows; word++) {
		uint32_t rest = batch->rows - word * 64;
		uint64_t rows = rest >= 64 ? UINT64_MAX : (UINT64_C(1) << rest) - 1;
		chosen->bits[word] = rows & ~batch->refused[word] & (keep ? keep[word] : UINT64_MAX);
		out |= rows ^ chosen->bits[word];
	}
	chosen->all = out == 0;
	if (chosen->all) {
		chosen->count = batch->rows;
		return;
	}
	for (uint32_t word = 0; word * 64 < batch->rows; word++)
		for (uint64_t bits = chosen->bits[word]; bits; bits &= bits - 1)
			chosen->rows[chosen->count++] = (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}

static void append_bits(uint64_t *to, uint64_t at, const uint64_t *from, const struct chosen *chosen)
{
	if (chosen->all) {
		ppm_bits_append(to, at, from, chosen->count);
		return;
	}
	uint64_t bits[PPM_MASK_WORDS] = { 0 };
	for (uint32_t i = 0; i < chosen->count; i++)
		bits[i / 64] |= (from[chosen->rows[i] / 64] >> chosen->rows[i] % 64 & 1) << i % 64;
	ppm_bits_append(to, at, bits, chosen->count);
}

#define PICK(type) \
	do { \
		type *out = (type *)to + at; \
		for (uint32_t i = 0; i < chosen->count; i++) \
			out[i] = ((const type *)from)[chosen->rows[i]]; \
	} while (0)

static void append_values(void *to, uint64_t at, const void *from, enum ppm_register_class class, const struct chosen *chosen)
{
	size_t size = ppm_register_size(class) / PPM_BATCH_ROWS;
	if (class == PPM_CLASS_MASK) {
		append_bits(to, at, from, chosen);
		return;
	}
	if (chosen->all) {
		memcpy((char *)to + at * size, from, chosen->count * size);
		return;
	}
	switch (size) {
	case 2: PICK(uint16_t); break;
	case 4: PICK(uint32_t); break;
	case 8: PICK(uint64_t); break;
	default: PICK(ppm_int128); break;
	}
}

// The row's record, or those of its fields that pass through, with a LF behind.
static size_t put_raw(const struct load *load, const struct ppm_batch *batch, uint32_t row, char *out)
{
	const uint32_t *ends = batch->ends + (size_t)row * batch->stride;
	const struct ppm_kept_table *table = load->table;
	if (table->raw_records) {
		uint32_t begin = batch->starts[row], end = ends[batch->stride - 1];
		size_t size = end + (batch->base[end] == '\r') - begin;
		if (out) {
			memcpy(out, batch->base + begin, size);
			out[size] = '\n';
		}
		return size + 1;
	}
	size_t size = 0;
	for (uint32_t i = 0; i < table->raw_fields; i++) {
		uint32_t field = load->raw_fields[i], begin = field ? ends[field - 1] + 1 : batch->starts[row];
		size_t bytes = ends[field] - begin;
		if (out) {
			memcpy(out + size, batch->base + begin, bytes);
			out[size + bytes] = i + 1 < table->raw_fields ? ppm_source_delimiter(load->pipeline.source) : '\n';
		}
		size += bytes + 1;
	}
	return size;
}

static bool append_raw(struct load *load, struct piece *piece, const struct ppm_batch *batch, const struct chosen *chosen)
{
	const struct ppm_allocator *allocator = load->state->allocator;
	void *items = piece->raw_ends;
	bool fits = ppm_grow(allocator, &items, &piece->raw_ends_room, piece->rows + chosen->count, sizeof *piece->raw_ends);
	piece->raw_ends = items;
	if (!fits)
		return false;
	for (uint32_t i = 0; i < chosen->count; i++) {
		uint32_t row = chosen->all ? i : chosen->rows[i];
		size_t size = put_raw(load, batch, row, NULL);
		items = piece->raw;
		fits = ppm_grow(allocator, &items, &piece->raw_room, piece->raw_size + size, 1);
		piece->raw = items;
		if (!fits)
			return false;
		put_raw(load, batch, row, piece->raw + piece->raw_size);
		piece->raw_size += size;
		piece->raw_ends[piece->rows + i] = piece->raw_size;
	}
	return true;
}

static enum ppm_status take_batch(void *context, struct ppm_pipeline_worker *worker, const struct ppm_batch *batch, uint32_t live, struct ppm_package *package)
{
	(void)live;
	struct load *load = context;
	struct piece *piece = package->payload;
	const struct ppm_program *program = load->program;
	struct chosen chosen;
	choose(&chosen, batch, program->keeps ? ppm_vm_register(worker->vm, PPM_CLASS_MASK, program->keep) : NULL);
	if (!reserve_piece(load, piece, piece->rows + batch->rows))
		return PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < load->store_count; i++) {
		const struct ppm_store *store = &load->stores[i];
		append_values(piece->values[i], piece->rows, ppm_vm_register(worker->vm, store->class, store->value), store->class, &chosen);
		if (store->present != PPM_NO_REGISTER)
			append_bits(piece->present[i], piece->rows, ppm_vm_register(worker->vm, PPM_CLASS_MASK, store->present), &chosen);
	}
	for (uint32_t i = 0; i < chosen.count; i++)
		piece->lines[piece->rows + i] = batch->lines[chosen.all ? i : chosen.rows[i]];
	if (load->table->raw_fields && !append_raw(load, piece, batch, &chosen))
		return PPM_ERROR_MEMORY;
	piece->rows += chosen.count;
	return PPM_OK;
}

// ---- behind the rows that are there -------------------------------------------------------------------------

// A guess at how many rows there will be, from those there are and how much of the file is left; never less than `needed`.
static uint64_t guess_rows(const struct load *load, uint64_t needed)
{
	uint64_t size = ppm_source_size(load->pipeline.source), consumed = ppm_source_consumed(load->pipeline.source), before = load->table->reference;
	uint64_t more = needed / 2;
	if (size && consumed && consumed <= size) {
		double rest = (double)(needed - before) * ((double)(size - consumed) / (double)consumed) * 1.02;
		more = rest < 4e9 ? (uint64_t)rest + 4096 : more;
	}
	return needed + more;
}

static enum ppm_status reserve(struct load *load, uint64_t rows)
{
	uint64_t guessed = 0;
	for (uint32_t i = 0; i < load->store_count; i++) {
		uint32_t column = load->stores[i].table_column;
		// One bit of room more than the rows: see ppm_bits_append.
		if (load->table->columns[column].values && rows < load->table->room[column])
			continue;
		if (guessed == 0)
			guessed = guess_rows(load, rows + 1);
		enum ppm_status status = ppm_kept_reserve(load->table, column, guessed);
		if (status != PPM_OK)
			return status;
	}
	return PPM_OK;
}

static enum ppm_status add_raw(struct load *load, const struct piece *piece)
{
	struct ppm_kept_table *table = load->table;
	enum ppm_status status = ppm_kept_reserve_raw(table, piece->raw_size);
	if (status != PPM_OK)
		return status;
	uint64_t begin = table->raw_size;
	for (uint64_t i = 0; i < piece->rows; i++) {
		table->raw_size = begin + (i ? piece->raw_ends[i - 1] : 0);
		if (!ppm_kept_note_raw(table, table->rows - table->reference + i))
			return PPM_ERROR_MEMORY;
		// Offsets in a batch have 32 bits.
		if (table->raw_size - table->raw_blocks[table->raw_block_count - 1] > UINT32_MAX / 2)
			return PPM_ERROR_LIMIT;
	}
	memcpy(table->raw + begin, piece->raw, piece->raw_size);
	table->raw_size = begin + piece->raw_size;
	return PPM_OK;
}

static enum ppm_status commit(void *context, struct ppm_package *package, uint64_t line)
{
	struct load *load = context;
	const struct piece *piece = package->payload;
	struct ppm_kept_table *table = load->table;
	if (piece->rows == 0)
		return PPM_OK;
	uint64_t first = table->rows;
	if (first + piece->rows > PPM_ROWS_MAX)
		return PPM_ERROR_LIMIT;
	enum ppm_status status = reserve(load, first + piece->rows);
	if (status == PPM_OK && table->raw_fields)
		status = add_raw(load, piece);
	if (status != PPM_OK)
		return status;
	for (uint32_t i = 0; i < load->store_count; i++) {
		const struct ppm_store *store = &load->stores[i];
		struct ppm_series *series = &table->columns[store->table_column];
		size_t size = ppm_register_size(store->class) / PPM_BATCH_ROWS;
		if (store->class == PPM_CLASS_MASK)
			ppm_bits_append(series->values, first, piece->values[i], piece->rows);
		else
			memcpy((char *)series->values + first * size, piece->values[i], piece->rows * size);
		if (series->present)
			ppm_bits_append(series->present, first, piece->present[i], piece->rows);
	}
	if (!ppm_kept_note_lines(table, first, piece->rows, line, piece->lines))
		return PPM_ERROR_MEMORY;
	if (load->has_texts) {
		void *runs = load->runs;
		bool fits = ppm_grow(load->state->allocator, &runs, &load->run_room, load->run_count + 1, sizeof *load->runs);
		load->runs = runs;
		if (!fits)
			return PPM_ERROR_MEMORY;
		load->runs[load->run_count++] = (struct run){ first, (uint32_t)piece->rows, package->worker };
	}
	table->rows += piece->rows;
	return PPM_OK;
}

static const struct ppm_pipeline_user loading = {
	.open_package = open_package,
	.close_package = close_package,
	.empty_package = empty_package,
	.batch = take_batch,
	.commit = commit,
};

// ---- texts --------------------------------------------------------------------------------------------------

static void exchange_codes(const struct load *load, uint32_t *const *maps)
{
	const struct ppm_table *about = load->table->about;
	for (uint32_t i = 0; i < load->store_count; i++) {
		uint32_t column = load->stores[i].table_column;
		if (!about->columns[column].text)
			continue;
		for (size_t r = 0; r < load->run_count; r++) {
			const struct run *run = &load->runs[r];
			ppm_job_exchange(&load->pipeline.workers[run->worker], maps[run->worker], (int32_t *)load->table->columns[column].values + run->first, run->rows);
		}
	}
}

static enum ppm_status merge(struct load *load)
{
	const struct ppm_allocator *allocator = load->state->allocator;
	uint32_t **maps = ppm_allocate_zeroed(allocator, load->pipeline.threads, sizeof(uint32_t *));
	if (!maps)
		return PPM_ERROR_MEMORY;
	enum ppm_status status = ppm_job_merge_texts(load->state, &load->pipeline, maps);
	if (status == PPM_OK)
		exchange_codes(load, maps);
	for (unsigned i = 0; i < load->pipeline.threads; i++)
		ppm_free(allocator, maps[i]);
	ppm_free(allocator, maps);
	return status;
}

// ---- a file -------------------------------------------------------------------------------------------------

// What of the raw fields is kept. False when memory ran out.
static bool plan_raw(struct load *load, bool rejects, bool against)
{
	struct ppm_kept_table *table = load->table;
	const struct ppm_program *program = load->program;
	const struct ppm_source *source = load->pipeline.source;
	// Rows to compare with are in no result.
	if (against)
		return true;
	if (table->about->keep_records || program->pass_all_columns || rejects) {
		table->raw_records = true;
		table->raw_fields = ppm_source_field_count(source);
		return true;
	}
	load->raw_fields = ppm_allocate(load->state->allocator, (size_t)program->column_count + 1, sizeof *load->raw_fields);
	if (!load->raw_fields)
		return false;
	table->raw_fields = 0;
	for (uint32_t i = 0; i < program->column_count; i++)
		if (program->columns[i].passed)
			load->raw_fields[table->raw_fields++] = ppm_source_column_field(source, i);
	return true;
}

struct reading {
	uint32_t table, column;
};

static bool is_another(void *context, uint32_t table, uint32_t column, bool written)
{
	const struct reading *reading = context;
	return written || table != reading->table || column != reading->column;
}

// Whether an action after the load reads the column. That the scored rows have a key is no reading: it is only compared with --against.
static bool is_read(const struct ppm_job *job, uint32_t table, uint32_t column)
{
	const struct reading reading = { table, column };
	for (uint32_t i = 0; i < job->action_count; i++) {
		const struct ppm_action *action = &job->actions[i];
		if (action->kind == PPM_ACTION_LOAD)
			continue;
		if (action->kind != PPM_ACTION_RESULT && !ppm_action_columns(job, i, is_another, (void *)(uintptr_t)&reading))
			return true;
		const struct ppm_program *program = action->kind == PPM_ACTION_RESULT && action->table == table ? job->programs[action->program] : NULL;
		for (uint32_t c = 0; program && c < program->column_count; c++)
			if (program->columns[c].read && program->columns[c].origin == PPM_FROM_TABLE && program->columns[c].table_column == column)
				return true;
	}
	return false;
}

// Whether instructions of the program read a register of class I32.
static bool is_operand(const struct ppm_program *program, uint16_t index)
{
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		const struct ppm_instruction *instruction = &program->instructions[i];
		const struct ppm_opcode_info *info = ppm_opcode_info((enum ppm_opcode)instruction->op);
		const uint16_t operands[5] = { instruction->a, instruction->b, instruction->c, instruction->d, instruction->e };
		for (size_t k = 0; k < 5; k++)
			if (ppm_operand_class(info->operands[k]) == PPM_CLASS_I32 && operands[k] == index)
				return true;
	}
	for (uint32_t i = 0; i < program->call_count; i++)
		for (uint32_t k = 0; k < program->calls[i].argument_count; k++)
			if (program->calls[i].arguments[k] == PPM_CLASS_I32 && program->calls[i].registers[k] == index)
				return true;
	return false;
}

// A key that only tells rows apart is the dearest of all columns: each of its texts is another one. Where nobody asks for it, it is not made.
uint32_t ppm_job_unread_key(const struct ppm_job *job, uint32_t table, const struct ppm_program *program, uint32_t *store)
{
	const struct ppm_table *about = &job->tables[table];
	for (uint32_t s = 0; s < program->store_count; s++) {
		uint32_t column = program->stores[s].table_column;
		if (column != about->key || !about->columns[column].text || is_read(job, table, column))
			continue;
		for (uint32_t i = 0; i < program->column_count; i++) {
			const struct ppm_column *field = &program->columns[i];
			if (!field->read || field->type != PPM_COLUMN_TEXT || field->value != program->stores[s].value || is_operand(program, program->stores[s].value))
				continue;
			*store = s;
			return i;
		}
	}
	return PPM_NO_INDEX;
}

// False when memory ran out.
static bool plan_stores(struct load *load)
{
	const struct ppm_program *program = load->program;
	load->stores = ppm_allocate(load->state->allocator, (size_t)program->store_count + 1, sizeof *load->stores);
	const struct ppm_job_state *state = load->state;
	uint32_t table = (uint32_t)(load->table->about - state->job->tables), left_out = PPM_NO_INDEX;
	uint32_t unread = state->inputs[table].against || state->options->watch_count ? PPM_NO_INDEX : ppm_job_unread_key(state->job, table, program, &left_out);
	if (unread != PPM_NO_INDEX)
		ppm_source_leave_out(load->pipeline.source, unread);
	for (uint32_t i = 0; load->stores && i < program->store_count; i++)
		if (i != left_out)
			load->stores[load->store_count++] = program->stores[i];
	for (uint32_t i = 0; load->stores && i < load->store_count; i++)
		load->has_texts |= load->table->about->columns[load->stores[i].table_column].text;
	return load->stores != NULL;
}

static bool is_largest(const struct ppm_job_state *state, uint32_t table, uint64_t size)
{
	for (uint32_t i = 0; i < state->job->table_count; i++) {
		const struct ppm_source *other = ppm_job_is_file(state, i) ? state->inputs[i].source : NULL;
		if (other && (ppm_source_size(other) > size || (ppm_source_size(other) == size && i < table)))
			return false;
	}
	return true;
}

static enum ppm_status finish(struct load *load)
{
	struct ppm_kept_table *table = load->table;
	enum ppm_status status = PPM_OK;
	for (uint32_t i = 0; i < load->store_count && status == PPM_OK; i++) {
		uint32_t column = load->stores[i].table_column;
		status = ppm_kept_make(table, column);
		if (status == PPM_OK)
			status = ppm_kept_trim(table, column);
	}
	if (status == PPM_OK && table->raw_fields && !table->raw)
		status = ppm_kept_reserve_raw(table, 0);
	if (status == PPM_OK)
		status = ppm_kept_trim_raw(table);
	return status == PPM_OK && load->has_texts ? merge(load) : status;
}

enum ppm_status ppm_job_load(struct ppm_job_state *state, const struct ppm_action *action, bool against)
{
	const struct ppm_job_input *input = &state->inputs[action->table];
	struct load load = { .state = state, .table = &state->tables[action->table], .program = state->job->programs[action->program] };
	struct ppm_source *source = against ? input->against : input->source;
	struct ppm_job_input_report *report = against ? &state->report->against : &state->report->inputs[action->table];
	struct ppm_engine_options options = state->options->engine;
	options.rejects = input->keep_rejects;
	if (against || !is_largest(state, action->table, ppm_source_size(source)))
		options.progress = NULL;
	enum ppm_status status = ppm_source_bind(source, load.program, &report->problems);
	if (status != PPM_OK) {
		report->problem_count = report->problems.count;
		state->report->failed_input = action->table;
		state->report->failed_against = against;
		return status;
	}
	ppm_source_number_lines(source);
	struct ppm_pipeline *pipeline = &load.pipeline;
	ppm_pipeline_init(pipeline, state->allocator, load.program, source, &options);
	// Rows to compare with are never in the results: what is wrong with them is told, and goes nowhere.
	pipeline->rejects = against ? NULL : input->rejects;
	pipeline->rejects_begun = state->rejects_begun[action->table];
	pipeline->texts = state->texts;
	pipeline->keep_texts = true;
	pipeline->user = &loading;
	pipeline->context = &load;
	status = plan_stores(&load) && plan_raw(&load, input->rejects != NULL, against) ? ppm_pipeline_run(pipeline) : PPM_ERROR_MEMORY;
	uint64_t rows = load.table->rows;
	if (status == PPM_OK)
		status = ppm_pipeline_begin(pipeline);
	if (status == PPM_OK && pipeline->rejects)
		state->rejects_begun[action->table] = true;
	status = ppm_job_take_problems(state, action->table, against, pipeline, status);
	report->kept = rows - load.table->reference;
	report->records = pipeline->records;
	ppm_job_count_sites(state, action->program, pipeline);
	if (status == PPM_OK)
		status = finish(&load);
	if (against) {
		load.table->reference = rows;
		load.table->compared = true;
	}
	int kept = errno;
	ppm_pipeline_free(pipeline);
	ppm_free(state->allocator, load.raw_fields);
	ppm_free(state->allocator, load.stores);
	ppm_free(state->allocator, load.runs);
	errno = kept;
	return status;
}

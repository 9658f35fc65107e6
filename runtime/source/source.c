// Opening and closing, batches, and what a source tells about itself.
#include "runtime/source/source_internal.h"
#include "runtime/source/text_cache.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct ppm_source_kind file_kind;

bool ppm_source_interrupted(const struct ppm_source *source)
{
	return ppm_signalled(source->options.interrupted);
}

// ---- open and close ---------------------------------------------------------------------------------------

static void observe(void *context, const void *data, size_t size)
{
	struct ppm_source *source = context;
	if (source->digesting)
		ppm_source_digest_add(source, data, size);
}

static enum ppm_status open_file(struct ppm_source *source, const char *path)
{
	if (strcmp(path, "-") == 0) {
		source->file = STDIN_FILENO;
	} else {
		// A FIFO is opened as it is: this waits for its writer, and a signal ends the waiting.
		do
			source->file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		while (source->file < 0 && errno == EINTR && !ppm_source_interrupted(source));
		if (source->file < 0)
			return errno == EINTR ? PPM_ERROR_INTERRUPTED : PPM_ERROR_IO;
		source->close_file = true;
	}
	struct stat status;
	if (fstat(source->file, &status) != 0)
		return PPM_ERROR_IO;
	if (S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return PPM_ERROR_IO;
	}
	if (S_ISREG(status.st_mode) && status.st_size > 0) {
		source->size = (uint64_t)status.st_size;
		// Standard input may be a file that something else has read a part of.
		source->by_offset = source->close_file || lseek(source->file, 0, SEEK_CUR) == 0;
	}
	return PPM_OK;
}

// `path` NULL: the text.
static enum ppm_status set_up(struct ppm_source *source, const char *path, struct ppm_slice text, struct ppm_data_problems *problems)
{
	enum ppm_encoding encoding;
	if (!ppm_encoding_find(source->options.encoding, &encoding)) {
		ppm_source_problem(problems, PPM_DATA_ENCODING, 0, 0, ppm_slice_of(source->options.encoding),
			"is not an encoding that can be read; expected utf-8, latin1, windows-1252, utf-16, utf-16le or utf-16be");
		return PPM_ERROR_DATA;
	}
	if (pthread_mutex_init(&source->lock, NULL) != 0)
		return PPM_ERROR_MEMORY;
	source->lock_ready = true;
	enum ppm_status status = path ? open_file(source, path) : PPM_OK;
	if (status != PPM_OK)
		return status;
	source->reader = path ? ppm_reader_new(source->allocator, source->file, encoding, source->options.interrupted, &status)
			      : ppm_reader_new_text(source->allocator, text, encoding, source->options.interrupted, &status);
	if (!source->reader)
		return status;
	source->reader->observe = observe;
	source->reader->observe_context = source;
	source->by_offset = source->by_offset && encoding == PPM_ENCODING_UTF8 && !source->reader->inflater;
	status = ppm_header_read(source, problems);
	if (status != PPM_OK)
		return status;
	if (source->by_offset) {
		uint64_t rest = source->size - source->body;
		source->chunk_count = rest / source->options.chunk_size + (rest % source->options.chunk_size != 0);
		ppm_reader_free(source->reader);
		source->reader = NULL;
		ppm_buffer_free(&source->carry);
		atomic_store(&source->consumed, source->body);
	}
	return PPM_OK;
}

static enum ppm_status open_source(struct ppm_source **out, const struct ppm_allocator *allocator, const char *path, struct ppm_slice text,
	const struct ppm_source_options *options, struct ppm_data_problems *problems)
{
	*out = NULL;
	struct ppm_source *source = ppm_allocate_zeroed(allocator, 1, sizeof *source);
	if (!source)
		return PPM_ERROR_MEMORY;
	source->kind = &file_kind;
	source->allocator = allocator;
	source->file = -1;
	ppm_arena_init(&source->arena, allocator);
	ppm_buffer_init(&source->carry, allocator);
	source->options = *options;
	if (source->options.delimiter == 0)
		source->options.delimiter = ',';
	if (source->options.chunk_size == 0)
		source->options.chunk_size = PPM_SOURCE_CHUNK;
	if (source->options.chunk_size > PPM_SOURCE_RECORD_LIMIT)
		source->options.chunk_size = PPM_SOURCE_RECORD_LIMIT;
	if (source->options.field_limit == 0)
		source->options.field_limit = PPM_SOURCE_FIELD_LIMIT;
	// In the order of the chain's states: PPM_SCAN_START is 0, and so is an even parity.
	atomic_init(&source->parity_chain, 0);
	atomic_init(&source->place_chain, 0);
	source->scan = ppm_scan_functions(options->simd);
	source->convert = ppm_convert_functions(options->simd);
	enum ppm_status status = set_up(source, path, text, problems);
	if (status == PPM_ERROR_DATA && problems->arena.failed)
		status = PPM_ERROR_MEMORY; // what is wrong could not be kept
	if (status != PPM_OK) {
		int error = errno;
		ppm_source_close(source);
		errno = error;
		return status;
	}
	*out = source;
	return PPM_OK;
}

enum ppm_status ppm_source_open(
	struct ppm_source **out, const struct ppm_allocator *allocator, const char *path, const struct ppm_source_options *options, struct ppm_data_problems *problems)
{
	return open_source(out, allocator, path, PPM_SLICE(""), options, problems);
}

enum ppm_status ppm_source_open_text(
	struct ppm_source **out, const struct ppm_allocator *allocator, struct ppm_slice text, const struct ppm_source_options *options, struct ppm_data_problems *problems)
{
	return open_source(out, allocator, NULL, text, options, problems);
}

void ppm_source_close(struct ppm_source *source)
{
	if (!source)
		return;
	ppm_reader_free(source->reader);
	for (uint32_t i = 0; i < source->category_count; i++)
		ppm_categories_free(source->all_categories[i]);
	ppm_buffer_free(&source->carry);
	ppm_arena_free(&source->arena);
	if (source->lock_ready)
		pthread_mutex_destroy(&source->lock);
	if (source->close_file)
		close(source->file);
	ppm_free(source->allocator, source);
}

uint32_t ppm_source_field_count(const struct ppm_source *source)
{
	return source->field_count;
}

struct ppm_slice ppm_source_field_name(const struct ppm_source *source, uint32_t field)
{
	return source->names[field];
}

struct ppm_slice ppm_source_field_raw(const struct ppm_source *source, uint32_t field)
{
	return source->raws[field];
}

char ppm_source_delimiter(const struct ppm_source *source)
{
	return source->options.delimiter;
}

uint64_t ppm_source_header_lines(const struct ppm_source *source)
{
	return source->header_lines;
}

uint64_t ppm_source_size(const struct ppm_source *source)
{
	return source->size;
}

const struct ppm_text_pool *ppm_source_texts(const struct ppm_source *source)
{
	return source->texts;
}

void ppm_source_leave_out(struct ppm_source *source, uint32_t column)
{
	for (uint32_t i = 0; i < source->plan_count; i++)
		source->plans[i].left_out |= source->plans[i].index == column;
}

void ppm_source_number_lines(struct ppm_source *source)
{
	source->number_lines = true;
}

uint64_t ppm_source_consumed(const struct ppm_source *source)
{
	return atomic_load_explicit(&source->consumed, memory_order_relaxed);
}

// ---- digest -----------------------------------------------------------------------------------------------

void ppm_source_digest_add(struct ppm_source *source, const void *data, size_t size)
{
	ppm_sha256_update(&source->digest, data, size);
}

enum ppm_status ppm_source_digest_enable(struct ppm_source *source)
{
	assert(!source->digesting);
	ppm_sha256_begin(&source->digest);
	source->digesting = true;
	if (!source->by_offset) {
		ppm_source_digest_add(source, source->reader->recorded.data, source->reader->recorded.size);
		return PPM_OK;
	}
	char piece[4096];
	for (uint64_t at = 0; at < source->body;) {
		size_t wanted = source->body - at < sizeof piece ? (size_t)(source->body - at) : sizeof piece;
		ssize_t count = pread(source->file, piece, wanted, (off_t)at);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			errno = count ? errno : EIO; // it is shorter than it was
			return PPM_ERROR_IO;
		}
		ppm_source_digest_add(source, piece, (size_t)count);
		at += (uint64_t)count;
	}
	if (source->chunk_count == 0)
		ppm_source_digest_end(source);
	return PPM_OK;
}

struct ppm_slice ppm_source_digest(const struct ppm_source *source)
{
	return (struct ppm_slice){ source->digest_text, source->digest_size };
}

void ppm_source_digest_end(struct ppm_source *source)
{
	if (!source->digesting || source->digest_size)
		return;
	uint8_t digest[PPM_SHA256_SIZE];
	ppm_sha256_finish(&source->digest, digest);
	ppm_sha256_hex(digest, source->digest_text);
	source->digest_size = PPM_SHA256_HEX_SIZE;
}

// ---- workers ----------------------------------------------------------------------------------------------

static void file_worker_free(struct ppm_source_worker *worker)
{
	const struct ppm_allocator *allocator = worker->source->allocator;
	for (uint32_t i = 0; i < worker->source->program->column_count; i++) {
		if (worker->values)
			ppm_free_aligned(allocator, worker->values[i]);
		if (worker->whole)
			ppm_free_aligned(allocator, worker->whole[i]);
		if (worker->small)
			ppm_free_aligned(allocator, worker->small[i]);
		if (worker->present_masks)
			ppm_free_aligned(allocator, worker->present_masks[i]);
	}
	ppm_free(allocator, worker->values);
	ppm_free(allocator, worker->whole);
	ppm_free(allocator, worker->small);
	ppm_free(allocator, worker->decimals);
	ppm_free(allocator, worker->lends);
	for (uint32_t i = 0; worker->text_caches && i < worker->source->program->column_count; i++)
		ppm_text_cache_free(&worker->text_caches[i], allocator);
	ppm_free(allocator, worker->text_caches);
	ppm_free(allocator, worker->facts);
	ppm_free(allocator, worker->present);
	ppm_free(allocator, worker->present_masks);
	ppm_free(allocator, worker->memory);
	ppm_free(allocator, worker->index);
	ppm_free(allocator, worker->starts);
	ppm_free(allocator, worker->ordinals);
	ppm_free(allocator, worker->row_lines);
	ppm_free(allocator, worker->structural.items);
	ppm_free(allocator, worker->pendings.items);
	ppm_buffer_free(&worker->scratch);
	ppm_data_problems_free(&worker->chunk.problems);
	ppm_free(allocator, worker);
}

static struct ppm_source_worker *file_worker_new(struct ppm_source *source, struct ppm_text_pool *pool)
{
	const struct ppm_allocator *allocator = source->allocator;
	struct ppm_source_worker *worker = ppm_allocate_zeroed(allocator, 1, sizeof *worker);
	if (!worker)
		return NULL;
	worker->source = source;
	worker->pool = pool;
	ppm_buffer_init(&worker->scratch, allocator);
	ppm_data_problems_init(&worker->chunk.problems, allocator, source->options.keep_problems, source->options.keep_records);
	uint32_t columns = source->program->column_count;
	size_t slots = (size_t)columns + 1;
	worker->values = ppm_allocate_zeroed(allocator, slots, sizeof *worker->values);
	worker->whole = ppm_allocate_zeroed(allocator, slots, sizeof *worker->whole);
	worker->small = ppm_allocate_zeroed(allocator, slots, sizeof *worker->small);
	worker->decimals = ppm_allocate_zeroed(allocator, slots, sizeof *worker->decimals);
	worker->lends = ppm_allocate_zeroed(allocator, slots, sizeof *worker->lends);
	worker->text_caches = ppm_allocate_zeroed(allocator, slots, sizeof *worker->text_caches);
	worker->facts = ppm_allocate_zeroed(allocator, slots, sizeof *worker->facts);
	worker->present = ppm_allocate_zeroed(allocator, slots, sizeof *worker->present);
	worker->present_masks = ppm_allocate_zeroed(allocator, slots, sizeof *worker->present_masks);
	bool failed = !worker->values || !worker->whole || !worker->small || !worker->decimals || !worker->lends || !worker->text_caches || !worker->facts || !worker->present || !worker->present_masks;
	for (uint32_t i = 0; i < source->plan_count && !failed; i++) {
		const struct ppm_column_plan *plan = &source->plans[i];
		if (!plan->column->read)
			continue;
		size_t size = ppm_register_size(ppm_column_class(plan->column->type));
		worker->values[plan->index] = ppm_allocate_aligned(allocator, size, PPM_VECTOR_ALIGNMENT);
		worker->present_masks[plan->index] = ppm_allocate_aligned(allocator, PPM_MASK_WORDS * sizeof(uint64_t), PPM_VECTOR_ALIGNMENT);
		failed = !worker->values[plan->index] || !worker->present_masks[plan->index];
		if (!failed)
			memset(worker->values[plan->index], 0, size);
		if (failed || !plan->whole)
			continue;
		worker->whole[plan->index] = ppm_allocate_aligned(allocator, ppm_register_size(PPM_CLASS_I32), PPM_VECTOR_ALIGNMENT);
		worker->small[plan->index] = ppm_allocate_aligned(allocator, ppm_register_size(PPM_CLASS_I16), PPM_VECTOR_ALIGNMENT);
		failed = !worker->whole[plan->index] || !worker->small[plan->index];
		if (!failed)
			memset(worker->whole[plan->index], 0, ppm_register_size(PPM_CLASS_I32));
	}
	worker->row_lines = source->number_lines ? ppm_allocate(allocator, PPM_BATCH_ROWS, sizeof *worker->row_lines) : NULL;
	if (failed || (source->number_lines && !worker->row_lines)) {
		file_worker_free(worker);
		return NULL;
	}
	pthread_mutex_lock(&source->lock);
	if (source->reader && source->reader->recording) {
		// Nobody asks for the digest of what was read so far any more.
		source->reader->recording = false;
		ppm_buffer_free(&source->reader->recorded);
		ppm_buffer_init(&source->reader->recorded, allocator);
	}
	pthread_mutex_unlock(&source->lock);
	return worker;
}

static enum ppm_status file_next_chunk(struct ppm_source_worker *worker, bool *more)
{
	struct ppm_source *source = worker->source;
	struct ppm_data_problems *problems = &worker->chunk.problems;
	ppm_arena_reset(&problems->arena);
	problems->first = problems->last = NULL;
	problems->count = problems->rows = 0;
	worker->chunk.records = worker->chunk.lines = 0;
	worker->structural.count = worker->structural.taken = 0;
	worker->pendings.count = worker->pendings.taken = 0;
	worker->dropped_problems = worker->dropped_rows = 0;
	worker->rows = worker->next_row = 0;
	worker->batch.rows = 0;
	*more = true;
	enum ppm_status status = (enum ppm_status)atomic_load(&source->status);
	if (status == PPM_OK && ppm_source_interrupted(source))
		status = ppm_source_fail(source, PPM_ERROR_INTERRUPTED);
	if (status == PPM_OK)
		status = ppm_source_take_chunk(worker, more);
	if (status != PPM_OK)
		*more = false;
	return status;
}

// The line in the chunk where each of the batch's rows begins.
static void number_lines(struct ppm_source_worker *worker, size_t first, size_t rows)
{
	const char *base = worker->base;
	for (size_t i = 0; i < rows; i++) {
		size_t row = first + i;
		if (!worker->quoted_lines) {
			worker->row_lines[i] = (uint32_t)(worker->has_gaps ? worker->ordinals[row] : row);
			continue;
		}
		for (const char *at = base + worker->row_lines_to, *end = base + worker->starts[row]; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
			worker->row_lines_counted++;
		worker->row_lines_to = worker->starts[row];
		worker->row_lines[i] = (uint32_t)worker->row_lines_counted;
	}
	worker->batch.lines = worker->row_lines;
}

static enum ppm_status file_next_batch(struct ppm_source_worker *worker, struct ppm_batch **out, bool *more)
{
	struct ppm_source *source = worker->source;
	struct ppm_batch *batch = &worker->batch;
	size_t row = worker->next_row;
	*more = row < worker->rows;
	*out = NULL;
	ppm_pendings_flush(worker, !*more ? UINT64_MAX : worker->has_gaps ? worker->ordinals[row] : row);
	if (worker->out_of_memory)
		return ppm_source_fail(source, PPM_ERROR_MEMORY);
	if (!*more) {
		batch->rows = 0;
		return PPM_OK;
	}
	size_t rows = worker->rows - row < PPM_BATCH_ROWS ? worker->rows - row : PPM_BATCH_ROWS;
	worker->next_row = row + rows;
	*batch = (struct ppm_batch){
		.rows = (uint32_t)rows,
		.values = worker->values,
		.facts = worker->facts,
		.present = worker->present,
		.refused = worker->refused,
		.base = worker->base,
		.ends = worker->ends + row * source->field_count,
		.starts = worker->starts + row,
		.stride = source->field_count,
		.first_record = worker->has_gaps ? worker->ordinals + row : NULL,
		.record = row,
	};
	if (worker->row_lines)
		number_lines(worker, row, rows);
	memset(worker->refused, 0, sizeof worker->refused);
	if (worker->pool)
		ppm_text_pool_trim(worker->pool);
	if (!ppm_convert_batch(worker))
		return ppm_source_fail(source, PPM_ERROR_MEMORY);
	memcpy(worker->counted, worker->refused, sizeof worker->counted);
	*out = batch;
	return PPM_OK;
}

const struct ppm_chunk *ppm_source_chunk(const struct ppm_source_worker *worker)
{
	return &worker->chunk;
}

void ppm_source_pending_for_row(const struct ppm_source_worker *worker, uint32_t row, struct ppm_pending *pending)
{
	const struct ppm_batch *batch = &worker->batch;
	uint32_t end = batch->ends[(size_t)row * batch->stride + batch->stride - 1];
	uint64_t record = batch->first_record ? batch->first_record[row] : batch->record + row;
	*pending = (struct ppm_pending){
		.record = record,
		.record_begin = batch->starts[row],
		.record_end = end + (batch->base[end] == '\r'),
		.field = UINT32_MAX,
		.column = UINT32_MAX,
	};
}

static void file_refuse_row(struct ppm_source_worker *worker, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message)
{
	// One that its fields had refused already is not refused twice.
	if (worker->counted[row / 64] >> row % 64 & 1)
		return;
	worker->refused[row / 64] |= UINT64_C(1) << row % 64;
	struct ppm_pending pending;
	ppm_source_pending_for_row(worker, row, &pending);
	pending.code = (uint16_t)code;
	pending.variant = PPM_VARIANT_MESSAGE;
	pending.place = place;
	pending.message = ppm_arena_copy(&worker->chunk.problems.arena, ppm_slice_of(message));
	if (!pending.message.data)
		worker->out_of_memory = true;
	ppm_pendings_add(worker, &worker->pendings, &pending);
}

static const struct ppm_source_kind file_kind = { file_worker_new, file_worker_free, file_next_chunk, file_next_batch, file_refuse_row };

// ---- any kind ---------------------------------------------------------------------------------------------

struct ppm_source_worker *ppm_source_worker_new(struct ppm_source *source, struct ppm_text_pool *pool)
{
	return source->kind->worker_new(source, pool);
}

void ppm_source_worker_free(struct ppm_source_worker *worker)
{
	if (worker)
		worker->source->kind->worker_free(worker);
}

enum ppm_status ppm_source_next_chunk(struct ppm_source_worker *worker, bool *more)
{
	return worker->source->kind->next_chunk(worker, more);
}

enum ppm_status ppm_source_next_batch(struct ppm_source_worker *worker, struct ppm_batch **batch, bool *more)
{
	return worker->source->kind->next_batch(worker, batch, more);
}

void ppm_source_refuse_row(struct ppm_source_worker *worker, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message)
{
	worker->source->kind->refuse_row(worker, row, code, place, message);
}

// Taking chunks: from a plain file by offset, all workers at once, or from anything else in order, one worker at a time.
//
// By offset, chunk i is the bytes [body + i · size, body + (i + 1) · size), and it owns the records that begin after a structural line end in them (chunk 0
// also the first record), to their ends in the bytes behind. What a line end is depends on every quotation mark before. So two chains run through the chunks
// in order. The first is quick: each worker counts its chunk's quotation marks, waits for the state at its chunk's beginning, and passes on the state at its
// end; that lets all of them scan at once. It is right unless a quotation mark stands where none may. The second one is exact: a worker passes it on when
// its scan has shown that there was no such mark, or has read the chunk by the state machine from the exact state on. No chunk is handed over before
// the exact state at its beginning has confirmed how it was read. So records are the same for every chunk size and number of threads, in broken files too.
//
// In order, a worker fills its buffer under the lock, scans it, keeps the whole records and leaves the rest for the next one.
#include "runtime/source/source_internal.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#define TAIL_READ 4096u
#define TAIL_SCAN 512u
#define SPINS 64u    // pauses, before the processor is offered to others
#define YIELDS 1000u // such offers, before the worker sleeps: whoever it waits for may be waiting for this very processor, and is only moved to one that is idle
#define SLEEP 20000  // ns

enum ppm_status ppm_source_fail(struct ppm_source *source, enum ppm_status status)
{
	int none = PPM_OK;
	atomic_compare_exchange_strong(&source->status, &none, (int)status);
	return (enum ppm_status)atomic_load(&source->status);
}

static bool reserve_text(struct ppm_source_worker *worker, size_t size)
{
	if (size <= worker->capacity)
		return true;
	size_t larger = worker->capacity + worker->capacity / 2;
	if (larger < size)
		larger = size;
	char *memory = ppm_reallocate(worker->source->allocator, worker->memory, larger + 2 * PPM_SOURCE_PADDING, 1);
	if (!memory)
		return false;
	if (!worker->memory)
		memset(memory, 0, PPM_SOURCE_PADDING);
	worker->memory = memory;
	worker->base = memory + PPM_SOURCE_PADDING;
	worker->capacity = larger;
	return true;
}

static bool reserve_index(struct ppm_source_worker *worker, size_t count)
{
	void *items = worker->index;
	bool fits = ppm_grow(worker->source->allocator, &items, &worker->index_capacity, count + PPM_SCAN_SLACK, sizeof *worker->index);
	worker->index = items;
	return fits;
}

static void end_text(struct ppm_source_worker *worker)
{
	memset(worker->base + worker->size, 0, PPM_SOURCE_PADDING);
}

// A record that no buffer may hold. The chunk's list says where it began; reading ends here for everyone. What it is is told by its first 64 MiB, so that it is the same for every size of chunks.
static enum ppm_status refuse_too_long(struct ppm_source_worker *worker, size_t first, size_t begin)
{
	struct ppm_data_problem problem = { 0 };
	struct ppm_scan scan = { .delimiter = worker->source->options.delimiter };
	for (size_t at = first; at < begin; at++)
		problem.line += worker->base[at] == '\n';
	if (!reserve_index(worker, PPM_SOURCE_RECORD_LIMIT))
		return ppm_source_fail(worker->source, PPM_ERROR_MEMORY);
	ppm_scan_exact(&scan, worker->base, begin, begin + PPM_SOURCE_RECORD_LIMIT, worker->index);
	if (scan.place == PPM_SCAN_QUOTED) {
		problem.code = PPM_DATA_QUOTE_UNTERMINATED;
		problem.message = PPM_SLICE("the record has a quoted field without a closing quotation mark in its first 64 MiB");
	} else {
		problem.code = PPM_DATA_RECORD_TOO_LONG;
		problem.message = PPM_SLICE("the record is longer than 64 MiB");
	}
	ppm_data_problems_add(&worker->chunk.problems, &problem);
	worker->chunk.problems.rows++;
	return ppm_source_fail(worker->source, PPM_ERROR_LIMIT);
}

// ---- by offset --------------------------------------------------------------------------------------------

static enum ppm_status read_at(struct ppm_source *source, char *out, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t count = pread(source->file, out, size, (off_t)offset);
		if (count < 0 && errno == EINTR) // the run itself is interrupted between chunks
			continue;
		if (count == 0)
			errno = EIO; // the file was cut while it was read
		if (count <= 0)
			return PPM_ERROR_IO;
		out += count;
		size -= (size_t)count;
		offset += (uint64_t)count;
	}
	return PPM_OK;
}

// Waits until chunk `ordinal` begins in a known state. False when another worker failed.
static bool await(struct ppm_source *source, _Atomic uint64_t *chain, uint64_t ordinal, unsigned *state)
{
	for (unsigned spins = 0;; spins++) {
		uint64_t link = atomic_load_explicit(chain, memory_order_acquire);
		if (link >> 3 == ordinal) {
			*state = (unsigned)(link & 7);
			return true;
		}
		if (atomic_load_explicit(&source->status, memory_order_relaxed) != PPM_OK)
			return false;
		if (spins < SPINS) {
#if defined(__x86_64__)
			__builtin_ia32_pause();
#endif
		} else {
			(void)(spins < SPINS + YIELDS ? sched_yield() : nanosleep(&(struct timespec){ .tv_nsec = SLEEP }, NULL));
		}
	}
}

static void pass_on(_Atomic uint64_t *chain, uint64_t ordinal, unsigned state)
{
	atomic_store_explicit(chain, (ordinal + 1) << 3 | state, memory_order_release);
}

struct piece {
	uint64_t ordinal;
	uint64_t rest;   // bytes of the file from the chunk's beginning on
	uint64_t offset; // in the file
	size_t size;     // the chunk's own bytes
	size_t count;    // structural bytes found
	struct ppm_scan scan;
	size_t scanned;
};

// Reads on until `wanted` bytes from the chunk's beginning (or all there are) are in memory.
static enum ppm_status read_piece(struct ppm_source_worker *worker, const struct piece *piece, size_t wanted)
{
	if (wanted > piece->rest)
		wanted = (size_t)piece->rest;
	assert(wanted > worker->size); // or there would be nothing left to look for
	if (!reserve_text(worker, wanted))
		return PPM_ERROR_MEMORY;
	enum ppm_status status = read_at(worker->source, worker->base + worker->size, wanted - worker->size, piece->offset + worker->size);
	if (status == PPM_OK) {
		worker->size = wanted;
		end_text(worker);
	}
	return status;
}

// Scans the chunk's own bytes: at once as the first chain says, and again by the state machine where the second one disagrees.
static enum ppm_status scan_piece(struct ppm_source_worker *worker, struct piece *piece)
{
	struct ppm_source *source = worker->source;
	const char *base = worker->base;
	unsigned parity, place;
	bool odd = source->scan->odd_quotes(base, piece->size);
	if (!await(source, &source->parity_chain, piece->ordinal, &parity))
		return PPM_ERROR_IO;
	pass_on(&source->parity_chain, piece->ordinal, parity ^ odd);
	if (!reserve_index(worker, piece->size))
		return PPM_ERROR_MEMORY;
	const struct ppm_scan fresh = { .delimiter = source->options.delimiter, .quoted = parity != 0 };
	piece->scan = fresh;
	piece->count = (size_t)(source->scan->run(&piece->scan, base, 0, piece->size, worker->index) - worker->index);
	if (!await(source, &source->place_chain, piece->ordinal, &place))
		return PPM_ERROR_IO;
	// A mark that is plain text, right before the chunk, looks like a closing one to the scan.
	bool misread = (place == PPM_SCAN_QUOTED) != (parity != 0) || (place == PPM_SCAN_PLAIN && base[-1] == '"');
	if (piece->scan.stray || misread) {
		piece->scan = fresh;
		piece->scan.place = (enum ppm_scan_place)place;
		piece->count = (size_t)(ppm_scan_exact(&piece->scan, base, 0, piece->size, worker->index) - worker->index);
	} else {
		ppm_scan_settle(&piece->scan, base, piece->size);
	}
	// Between the two: the only worker that has what place_chain guards.
	if (source->digesting) {
		ppm_source_digest_add(source, base, piece->size);
		if (piece->size == piece->rest)
			ppm_source_digest_end(source);
	}
	pass_on(&source->place_chain, piece->ordinal, piece->scan.place);
	return PPM_OK;
}

// Scans [from, to) behind the chunk's own bytes.
static bool scan_tail(struct ppm_source_worker *worker, struct piece *piece, size_t from, size_t to)
{
	const struct ppm_source *source = worker->source;
	if (!reserve_index(worker, piece->count + (to - from)))
		return false;
	struct ppm_scan before = piece->scan;
	bool misread = before.place == PPM_SCAN_PLAIN && (worker->base + from)[-1] == '"';
	uint32_t *out = worker->index + piece->count;
	piece->scan.stray = false;
	uint32_t *end = source->scan->run(&piece->scan, worker->base, from, to, out);
	if (piece->scan.stray || misread) {
		piece->scan = before;
		end = ppm_scan_exact(&piece->scan, worker->base, from, to, out);
	} else {
		ppm_scan_settle(&piece->scan, worker->base, to);
	}
	piece->scan.stray |= before.stray;
	piece->count = (size_t)(end - worker->index);
	return true;
}

// The first line end among the structural bytes from `from` on, or `count`.
static size_t find_line_end(const struct ppm_source_worker *worker, size_t from, size_t count)
{
	while (from < count && worker->base[worker->index[from]] != '\n')
		from++;
	return from;
}

// Goes on behind the chunk to the end of its last record, which begins at `begin`. *last is the index of that record's line end.
static enum ppm_status finish_last_record(struct ppm_source_worker *worker, struct piece *piece, size_t begin, size_t *last)
{
	size_t scanned = piece->size, step = TAIL_SCAN;
	size_t looked = piece->count;
	for (;;) {
		*last = find_line_end(worker, looked, piece->count);
		piece->scanned = scanned;
		if ((*last < piece->count ? worker->index[*last] : scanned) - begin > PPM_SOURCE_RECORD_LIMIT)
			return PPM_ERROR_LIMIT;
		if (*last < piece->count)
			return PPM_OK;
		looked = piece->count;
		if (scanned == piece->rest)
			return PPM_OK;
		if (scanned == worker->size) {
			size_t further = worker->size - piece->size < TAIL_READ ? TAIL_READ : worker->size - piece->size;
			enum ppm_status status = read_piece(worker, piece, worker->size + further);
			if (status != PPM_OK)
				return status;
			step = worker->size - scanned;
		}
		size_t to = worker->size - scanned < step ? worker->size : scanned + step;
		if (!scan_tail(worker, piece, scanned, to))
			return PPM_ERROR_MEMORY;
		scanned = to;
	}
}

static enum ppm_status take_by_offset(struct ppm_source_worker *worker, bool *more)
{
	struct ppm_source *source = worker->source;
	struct piece piece = { .ordinal = atomic_fetch_add(&source->next_chunk, 1) };
	if (piece.ordinal >= source->chunk_count) {
		*more = false;
		return PPM_OK;
	}
	worker->chunk.ordinal = piece.ordinal;
	const size_t chunk_size = source->options.chunk_size;
	piece.offset = source->body + piece.ordinal * chunk_size;
	piece.rest = source->size - piece.offset;
	piece.size = piece.rest < chunk_size ? (size_t)piece.rest : chunk_size;
	worker->size = 0;
	size_t wanted = piece.rest - piece.size < TAIL_READ ? (size_t)piece.rest : piece.size + TAIL_READ;
	if (!reserve_text(worker, wanted))
		return ppm_source_fail(source, PPM_ERROR_MEMORY);
	// With the byte before: what it is says what the first one may be.
	enum ppm_status status = read_at(source, worker->base - 1, wanted + 1, piece.offset - 1);
	if (status != PPM_OK)
		return ppm_source_fail(source, status);
	worker->size = wanted;
	end_text(worker);
	if (piece.ordinal == 0)
		worker->base[-1] = '\n';
	status = scan_piece(worker, &piece);
	if (status != PPM_OK)
		return ppm_source_fail(source, status);
	atomic_fetch_add_explicit(&source->consumed, piece.size, memory_order_relaxed);

	struct ppm_records records = { 0 };
	size_t first = 0;
	if (piece.ordinal > 0) {
		first = find_line_end(worker, 0, piece.count);
		if (first == piece.count)
			return PPM_OK;
		records.begin = worker->index[first] + 1;
		first++;
	}
	size_t last, begin = records.begin;
	for (size_t i = piece.count; i > first; i--)
		if (worker->base[worker->index[i - 1]] == '\n') {
			begin = worker->index[i - 1] + 1;
			break;
		}
	status = finish_last_record(worker, &piece, begin, &last);
	if (status == PPM_ERROR_LIMIT)
		return refuse_too_long(worker, records.begin, begin);
	if (status != PPM_OK)
		return ppm_source_fail(source, status);
	// Line ends before the chunk's first record are another chunk's, and there are none behind its last.
	records.lines = piece.scan.lines - (piece.ordinal > 0);
	if (last < piece.count) {
		for (size_t i = last + 1; i < piece.count; i++)
			records.lines -= worker->base[worker->index[i]] == '\n';
		piece.count = last + 1;
		records.end = worker->index[last] + 1;
		records.at_end = records.end == piece.rest;
	} else {
		records.end = (size_t)piece.rest;
		records.at_end = true;
		size_t done = piece.count > first ? worker->index[piece.count - 1] + 1 : records.begin;
		bool line_end = done == records.begin || worker->base[done - 1] == '\n';
		if (done < records.end || !line_end) {
			worker->base[records.end] = '\n';
			worker->index[piece.count++] = (uint32_t)records.end;
			records.lines++;
			records.last_open = true;
		}
	}
	records.scanned = piece.scanned;
	records.ends = worker->index + first;
	records.count = piece.count - first;
	if (!ppm_records_cut(worker, &records, &piece.scan))
		return ppm_source_fail(source, PPM_ERROR_MEMORY);
	return PPM_OK;
}

// ---- in order ---------------------------------------------------------------------------------------------

// Reads until the buffer holds `wanted` bytes or the input ends.
static enum ppm_status read_more(struct ppm_source_worker *worker, size_t wanted)
{
	struct ppm_source *source = worker->source;
	if (!reserve_text(worker, wanted + PPM_READER_LEAST))
		return PPM_ERROR_MEMORY;
	while (!source->ended && worker->size < wanted) {
		size_t given;
		enum ppm_status status = ppm_reader_read(source->reader, worker->base + worker->size, wanted - worker->size + PPM_READER_LEAST, &given);
		if (status == PPM_ERROR_DATA) {
			ppm_source_problem(&worker->chunk.problems, PPM_DATA_COMPRESSED, 0, 0, (struct ppm_slice){ NULL, 0 }, "the compressed data is damaged or ends too early");
			worker->chunk.problems.rows = 0;
		}
		if (status != PPM_OK)
			return status;
		worker->size += given;
		source->ended = given == 0;
	}
	atomic_store_explicit(&source->consumed, source->reader->consumed, memory_order_relaxed);
	end_text(worker);
	return PPM_OK;
}

// Under the lock. The records that the worker gets; *scan as far as it read.
static enum ppm_status fill_in_order(struct ppm_source_worker *worker, struct ppm_records *records, struct ppm_scan *scan, bool *more)
{
	struct ppm_source *source = worker->source;
	if (source->ended && source->carry.size == 0) {
		ppm_source_digest_end(source);
		*more = false;
		return PPM_OK;
	}
	worker->chunk.ordinal = source->next_ordinal++;
	size_t wanted = source->options.chunk_size > source->carry.size ? source->options.chunk_size : source->carry.size + 1;
	if (!reserve_text(worker, wanted + PPM_READER_LEAST))
		return PPM_ERROR_MEMORY;
	if (source->carry.size)
		memcpy(worker->base, source->carry.data, source->carry.size);
	worker->size = source->carry.size;
	worker->base[-1] = '\n';
	*scan = (struct ppm_scan){ .delimiter = source->options.delimiter };
	size_t scanned = 0, count = 0, last = 0;
	for (;;) {
		enum ppm_status status = read_more(worker, wanted);
		if (status != PPM_OK)
			return status;
		if (!reserve_index(worker, count + (worker->size - scanned) + 1))
			return PPM_ERROR_MEMORY;
		if (!scan->stray) {
			uint32_t *end = source->scan->run(scan, worker->base, scanned, worker->size, worker->index + count);
			count = (size_t)(end - worker->index);
			if (worker->size)
				ppm_scan_settle(scan, worker->base, worker->size);
		}
		if (scan->stray) {
			// From the chunk's beginning, where a record begins. Buffers grow by doubling, so that this is not often.
			*scan = (struct ppm_scan){ .delimiter = source->options.delimiter };
			if (!reserve_index(worker, worker->size + 1))
				return PPM_ERROR_MEMORY;
			count = (size_t)(ppm_scan_exact(scan, worker->base, 0, worker->size, worker->index) - worker->index);
		}
		scanned = worker->size;
		for (last = count; last > 0 && worker->base[worker->index[last - 1]] != '\n'; last--)
			;
		if (worker->size > PPM_SOURCE_RECORD_LIMIT) { // a record has grown the buffer
			size_t begin = 0;
			for (size_t i = 0; i <= count; i++) {
				size_t end = i < count ? worker->index[i] : worker->size;
				if (i < count && worker->base[end] != '\n')
					continue;
				if (end - begin > PPM_SOURCE_RECORD_LIMIT)
					return refuse_too_long(worker, 0, begin);
				begin = end + 1;
			}
		}
		if (last > 0 || source->ended)
			break;
		wanted = worker->size * 2;
	}
	// Whether an empty line is the file's last is only known when one has looked behind it.
	if (last > 0 && !source->ended && worker->index[last - 1] + 1 == worker->size) {
		enum ppm_status status = read_more(worker, worker->size + 1);
		if (status != PPM_OK)
			return status;
	}
	*records = (struct ppm_records){ .ends = worker->index, .count = last, .lines = scan->lines, .scanned = scanned };
	records->end = last ? worker->index[last - 1] + 1 : 0;
	source->carry.size = 0;
	records->at_end = source->ended;
	if (records->end == worker->size)
		return PPM_OK;
	if (!source->ended) {
		ppm_buffer_append(&source->carry, worker->base + records->end, worker->size - records->end);
		return source->carry.failed ? PPM_ERROR_MEMORY : PPM_OK;
	}
	records->end = worker->size;
	records->last_open = true;
	records->lines++;
	worker->base[worker->size] = '\n';
	worker->index[count++] = (uint32_t)worker->size;
	records->count = count;
	return PPM_OK;
}

static enum ppm_status take_in_order(struct ppm_source_worker *worker, bool *more)
{
	struct ppm_source *source = worker->source;
	struct ppm_records records = { 0 };
	struct ppm_scan scan = { 0 };
	pthread_mutex_lock(&source->lock);
	enum ppm_status status = (enum ppm_status)atomic_load(&source->status);
	if (status == PPM_OK) {
		status = fill_in_order(worker, &records, &scan, more);
		if (status != PPM_OK)
			ppm_source_fail(source, status);
	}
	pthread_mutex_unlock(&source->lock);
	if (status != PPM_OK || !*more)
		return status;
	if (!ppm_records_cut(worker, &records, &scan))
		return ppm_source_fail(source, PPM_ERROR_MEMORY);
	return PPM_OK;
}

enum ppm_status ppm_source_take_chunk(struct ppm_source_worker *worker, bool *more)
{
	return worker->source->by_offset ? take_by_offset(worker, more) : take_in_order(worker, more);
}

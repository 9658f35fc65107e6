// Reads a whole source with any number of threads and writes down, in the order of the file, every row and every problem: two readings are the same when
// these texts are. For the tests of runtime/source.
#ifndef PPM_TESTS_UNIT_SOURCE_READING_H
#define PPM_TESTS_UNIT_SOURCE_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crew.h"
#include "runtime/source/source.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef READING_CHUNKS
#define READING_CHUNKS 65536u
#endif

struct chunk_reading {
	struct ppm_buffer rows, problems; // lines of problems are the chunk's still, as "P<line> …"
	uint64_t records, lines, refused, problem_count;
	bool taken;
};

struct reading {
	enum ppm_status status;     // of open, bind or the first worker that failed
	struct ppm_buffer rows;     // "R3|a|b\n": the record's ordinal in the file (0 is the first after the header), its fields without their quotes
	struct ppm_buffer problems; // "3:2 D0202\n": line, column (0: the record), code
	struct ppm_buffer messages; // as a user sees them, for a file called f
	struct ppm_buffer kept;     // the refused records, each with an LF
	uint64_t records, refused;
	char digest[65];
	struct ppm_slice text;      // what is read where no path is given
	// while it goes on
	struct ppm_source *source;
	const struct ppm_program *program;
	struct chunk_reading *chunks;
	bool show_values, show_fields, kept_records;
	pthread_mutex_t lock;
};

static inline void append_unquoted(struct ppm_buffer *out, struct ppm_slice raw)
{
	if (raw.size < 2 || raw.data[0] != '"') {
		ppm_buffer_append(out, raw.data, raw.size);
		return;
	}
	for (size_t i = 1; i + 1 < raw.size; i++) {
		ppm_buffer_append_char(out, raw.data[i]);
		if (raw.data[i] == '"')
			i++;
	}
}

static inline void append_value(
	struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_text_pool *pool, const struct ppm_batch *batch, uint32_t column, uint32_t row)
{
	const struct ppm_column *described = &program->columns[column];
	const uint64_t *present = batch->present[column];
	const void *values = ppm_batch_values(batch, column);
	ppm_buffer_append_char(out, '|');
	if (present && !(present[row / 64] >> row % 64 & 1)) {
		ppm_buffer_append_char(out, '?');
		return;
	}
	switch (described->type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_PERCENT: ppm_buffer_format(out, "%.17g", ((const double *)values)[row]); break;
	case PPM_COLUMN_MONEY: ppm_buffer_format(out, "%lld", (long long)((const int64_t *)values)[row]); break;
	case PPM_COLUMN_FLAG: ppm_buffer_append_text(out, ((const uint64_t *)values)[row / 64] >> row % 64 & 1 ? "yes" : "no"); break;
	case PPM_COLUMN_TEXT: {
		uint32_t code = (uint32_t)((const int32_t *)values)[row];
		if (code == program->text_count) {
			ppm_buffer_append_text(out, "other");
		} else {
			struct ppm_slice text = ppm_text_pool_get(pool, code);
			ppm_buffer_append_char(out, '=');
			ppm_buffer_append(out, text.data, text.size);
		}
		break;
	}
	case PPM_COLUMN_DATE:
	case PPM_COLUMN_DURATION: ppm_buffer_format(out, "%ld", (long)((const int32_t *)values)[row]); break;
	}
}

static inline void read_batch(struct reading *reading, struct chunk_reading *chunk, const struct ppm_text_pool *pool, const struct ppm_batch *batch)
{
	assert_true(batch->rows >= 1 && batch->rows <= PPM_BATCH_ROWS);
	for (uint32_t row = 0; row < batch->rows; row++) {
		bool refused = batch->refused[row / 64] >> row % 64 & 1;
		uint64_t record = batch->first_record ? batch->first_record[row] : batch->record + row;
		uint64_t head[] = { record, 0 }; // of each row, with the size of what follows: its mark and its fields
		size_t begin = chunk->rows.size;
		ppm_buffer_append(&chunk->rows, (const char *)head, sizeof head);
		ppm_buffer_append_char(&chunk->rows, refused ? 'X' : 'R');
		if (refused)
			chunk->refused++;
		for (uint32_t field = 0; field < batch->stride && reading->show_fields; field++) {
			ppm_buffer_append_char(&chunk->rows, '|');
			append_unquoted(&chunk->rows, ppm_batch_field(batch, row, field));
		}
		for (uint32_t column = 0; column < reading->program->column_count && reading->show_values; column++)
			if (batch->values[column] && !refused)
				append_value(&chunk->rows, reading->program, pool, batch, column, row);
		head[1] = chunk->rows.size - begin - sizeof head;
		memcpy(chunk->rows.data + begin, head, sizeof head);
	}
}

static inline void *read_chunks(void *context)
{
	struct reading *reading = context;
	struct ppm_text_pool pool;
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), reading->program->texts, reading->program->text_count));
	struct ppm_source_worker *worker = ppm_source_worker_new(reading->source, &pool);
	assert_non_null(worker);
	enum ppm_status status;
	bool more;
	while ((status = ppm_source_next_chunk(worker, &more)) == PPM_OK && more) {
		const struct ppm_chunk *taken = ppm_source_chunk(worker);
		assert_true(taken->ordinal < READING_CHUNKS);
		struct chunk_reading *chunk = &reading->chunks[taken->ordinal];
		assert_false(chunk->taken);
		chunk->taken = true;
		struct ppm_batch *batch;
		uint64_t rows = 0;
		while ((status = ppm_source_next_batch(worker, &batch, &more)) == PPM_OK && more) {
			rows += batch->rows;
			read_batch(reading, chunk, &pool, batch);
		}
		if (status != PPM_OK)
			break;
		chunk->records = taken->records;
		chunk->lines = taken->lines;
		chunk->problem_count = taken->problems.count;
		assert_int_equal(taken->problems.rows, taken->records - (rows - chunk->refused));
		chunk->refused = taken->problems.rows;
		uint64_t starts = 0;
		for (const struct ppm_data_problem *problem = taken->problems.first; problem; problem = problem->next) {
			ppm_buffer_format(&chunk->problems, "%llu %u %s %d ", (unsigned long long)problem->line, problem->column, ppm_data_code_text(problem->code),
				problem->record.data != NULL);
			ppm_buffer_format(&chunk->problems, "%zu ", problem->record.size);
			ppm_buffer_append(&chunk->problems, problem->record.data, problem->record.size);
			starts += problem->record.data != NULL;
			struct ppm_data_problem shown = *problem;
			shown.line = 0;
			struct ppm_buffer message;
			ppm_buffer_init(&message, NULL);
			ppm_data_problem_write(&shown, PPM_SLICE("f"), &message);
			ppm_buffer_format(&chunk->problems, "%zu ", message.size);
			ppm_buffer_append(&chunk->problems, message.data, message.size);
			ppm_buffer_append_char(&chunk->problems, '\n');
			ppm_buffer_free(&message);
		}
		if (reading->kept_records)
			assert_int_equal(starts, taken->problems.rows);
	}
	if (status != PPM_OK) {
		pthread_mutex_lock(&reading->lock);
		if (reading->status == PPM_OK)
			reading->status = status;
		// the worker that found it has the problem; the others only hear that it is over, and may be the first to say so
		for (const struct ppm_data_problem *problem = ppm_source_chunk(worker)->problems.first; problem; problem = problem->next)
			ppm_buffer_format(&reading->problems, "!%llu:%u %s\n", (unsigned long long)problem->line, problem->column, ppm_data_code_text(problem->code));
		pthread_mutex_unlock(&reading->lock);
	}
	ppm_source_worker_free(worker);
	ppm_text_pool_free(&pool);
	return NULL;
}

// Chunks' numbers become the file's.
static inline void join_chunks(struct reading *reading)
{
	uint64_t line = ppm_source_header_lines(reading->source) + 1;
	for (size_t i = 0; i < READING_CHUNKS; i++) {
		struct chunk_reading *chunk = &reading->chunks[i];
		if (!chunk->taken)
			break;
		for (size_t at = 0; at < chunk->rows.size;) {
			uint64_t head[2];
			memcpy(head, chunk->rows.data + at, sizeof head);
			const char *row = chunk->rows.data + at + sizeof head;
			ppm_buffer_format(&reading->rows, "%c%llu", *row, (unsigned long long)(reading->records + head[0]));
			ppm_buffer_append(&reading->rows, row + 1, head[1] - 1);
			ppm_buffer_append_char(&reading->rows, '\n');
			at += sizeof head + head[1];
		}
		ppm_buffer_append_char(&chunk->problems, '\0');
		for (const char *at = chunk->problems.data; *at;) {
			char *rest;
			uint64_t problem_line = strtoull(at, &rest, 10) + line;
			unsigned long column = strtoul(rest, &rest, 10);
			ppm_buffer_format(&reading->problems, "%llu:%lu %.5s\n", (unsigned long long)problem_line, column, rest + 1);
			unsigned long first = strtoul(rest + 7, &rest, 10);
			size_t size = strtoull(rest, &rest, 10);
			if (first) {
				ppm_buffer_append(&reading->kept, rest + 1, size);
				ppm_buffer_append_char(&reading->kept, '\n');
			}
			rest += 1 + size;
			size = strtoull(rest, &rest, 10);
			ppm_buffer_append(&reading->messages, rest + 1, size);
			ppm_buffer_append_char(&reading->messages, '\n');
			at = rest + 1 + size + 1;
		}
		reading->records += chunk->records;
		reading->refused += chunk->refused;
		line += chunk->lines;
	}
}

static inline void reading_free(struct reading *reading)
{
	ppm_buffer_free(&reading->rows);
	ppm_buffer_free(&reading->problems);
	ppm_buffer_free(&reading->messages);
	ppm_buffer_free(&reading->kept);
}

// `threads` up to 8. show_fields, show_values, kept_records, text as set in *reading by the caller; everything else is written here. `path` NULL: the text.
static inline void read_source(struct reading *reading, const char *path, const struct ppm_source_options *options, const struct ppm_program *program, unsigned threads)
{
	struct reading fresh = { .show_fields = reading->show_fields, .show_values = reading->show_values, .text = reading->text, .kept_records = options->keep_records, .program = program };
	*reading = fresh;
	ppm_buffer_init(&reading->rows, NULL);
	ppm_buffer_init(&reading->problems, NULL);
	ppm_buffer_init(&reading->messages, NULL);
	ppm_buffer_init(&reading->kept, NULL);
	pthread_mutex_init(&reading->lock, NULL);
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, NULL, UINT64_MAX, false);
	reading->status = path ? ppm_source_open(&reading->source, ppm_allocator_default(), path, options, &problems)
			       : ppm_source_open_text(&reading->source, ppm_allocator_default(), reading->text, options, &problems);
	if (reading->status == PPM_OK)
		reading->status = ppm_source_bind(reading->source, program, &problems);
	for (const struct ppm_data_problem *problem = problems.first; problem; problem = problem->next) {
		ppm_buffer_format(&reading->problems, "%llu:%u %s\n", (unsigned long long)problem->line, problem->column, ppm_data_code_text(problem->code));
		ppm_data_problem_write(problem, PPM_SLICE("f"), &reading->messages);
		ppm_buffer_append_char(&reading->messages, '\n');
	}
	ppm_data_problems_free(&problems);
	if (reading->status == PPM_OK) {
		ppm_source_digest_enable(reading->source);
		static struct chunk_reading chunks[READING_CHUNKS]; // all zero between two readings
		reading->chunks = chunks;
		for (unsigned i = 1; i < threads; i++)
			crew_start(i, read_chunks, reading);
		read_chunks(reading);
		for (unsigned i = 1; i < threads; i++)
			crew_wait(i);
		if (reading->status == PPM_OK)
			join_chunks(reading);
		struct ppm_slice digest = ppm_source_digest(reading->source);
		memcpy(reading->digest, digest.data, digest.size);
		for (size_t i = 0; i < READING_CHUNKS && reading->chunks[i].taken; i++) {
			ppm_buffer_free(&reading->chunks[i].rows);
			ppm_buffer_free(&reading->chunks[i].problems);
			reading->chunks[i] = (struct chunk_reading){ .taken = false };
		}
	}
	ppm_source_close(reading->source);
	pthread_mutex_destroy(&reading->lock);
	ppm_buffer_append_char(&reading->rows, '\0');
	ppm_buffer_append_char(&reading->problems, '\0');
	ppm_buffer_append_char(&reading->messages, '\0');
	ppm_buffer_append_char(&reading->kept, '\0');
}

// ---- files and pipes ----

static inline void write_all(int file, const char *data, size_t size)
{
	while (size) {
		ssize_t count = write(file, data, size);
		if (count <= 0)
			return; // the reader has stopped: what it says is what is tested
		data += count;
		size -= (size_t)count;
	}
}

// A file of its own for each test program; its path is in `path`.
struct test_file {
	char path[64];
	int file;
};

static inline void test_file_open(struct test_file *file)
{
	const char *folder = getenv("TMPDIR");
	snprintf(file->path, sizeof file->path, "%.40s/ppm-test-XXXXXX", folder ? folder : P_tmpdir);
	file->file = mkstemp(file->path);
	assert_true(file->file >= 0);
}

static inline void test_file_set(struct test_file *file, const char *data, size_t size)
{
	assert_int_equal(ftruncate(file->file, 0), 0);
	assert_true(lseek(file->file, 0, SEEK_SET) == 0);
	write_all(file->file, data, size);
}

static inline void test_file_close(struct test_file *file)
{
	close(file->file);
	unlink(file->path);
}

struct pipe_writer {
	int file;
	const char *data;
	size_t size, step;
};

static inline void *write_pipe(void *context)
{
	const struct pipe_writer *writer = context;
	for (size_t at = 0; at < writer->size; at += writer->step)
		write_all(writer->file, writer->data + at, writer->size - at < writer->step ? writer->size - at : writer->step);
	close(writer->file);
	return NULL;
}

// The bytes through a pipe, `step` at a time.
static inline void read_through_pipe(
	struct reading *reading, const char *data, size_t size, size_t step, const struct ppm_source_options *options, const struct ppm_program *program, unsigned threads)
{
	int ends[2];
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	char path[32];
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	struct pipe_writer writer = { ends[1], data, size, step };
	crew_start(0, write_pipe, &writer);
	read_source(reading, path, options, program, threads);
	close(ends[0]);
	crew_wait(0);
}

// ---- programs and shared files ----

#define NAME(text) .name = { text, sizeof(text) - 1 }, .header = { text, sizeof(text) - 1 }

static inline struct ppm_program program_of(const struct ppm_slice *texts, uint32_t text_count, struct ppm_column *columns, uint32_t count)
{
	return (struct ppm_program){ .columns = columns, .column_count = count, .texts = (struct ppm_slice *)(uintptr_t)texts, .text_count = text_count };
}

static inline const char *shared_folder(void)
{
	const char *folder = getenv("PPM_SHARED");
	return folder ? folder : "../shared";
}

static inline bool read_shared(const char *name, struct ppm_buffer *out)
{
	char path[512];
	snprintf(path, sizeof path, "%s/data/csv-cases/%s", shared_folder(), name);
	int file = open(path, O_RDONLY);
	if (file < 0)
		return false;
	out->size = 0;
	for (;;) {
		assert_true(ppm_buffer_reserve(out, 65536));
		ssize_t count = read(file, out->data + out->size, 65536);
		assert_true(count >= 0);
		if (count == 0)
			break;
		out->size += (size_t)count;
	}
	close(file);
	return true;
}

// ---- random numbers that are the same everywhere ----

static inline uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif

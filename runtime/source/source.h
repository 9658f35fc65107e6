// Where rows come from: CSV files (plain, gzip, zstd), pipes, standard input, or the rows of a table that was kept (runtime/engine/table_source.h). One source is read by many workers: each takes the next chunk of
// whole records, checks and converts only the columns that the program reads, and hands them over in batches.
//
// The strict reading of CSV that architecture.md describes under "Data in, results out" is the contract; data_codes.def lists every problem.
#ifndef PPM_RUNTIME_SOURCE_SOURCE_H
#define PPM_RUNTIME_SOURCE_SOURCE_H

#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/bytecode/program.h"
#include "runtime/column/text_pool.h"
#include "runtime/vm/vm.h"

// One row a kind of problem in data_codes.def: DATA(D0101, WIDTH, "title").
enum ppm_data_code {
#define DATA(code, name, title) PPM_DATA_##name,
#include "runtime/source/data_codes.def"
#undef DATA
	PPM_DATA_CODE_COUNT
};
const char *ppm_data_code_text(enum ppm_data_code code); // "D0101"
const char *ppm_data_code_title(enum ppm_data_code code);

// One problem with its place. Texts are in the list's arena.
struct ppm_data_problem {
	enum ppm_data_code code;
	uint64_t line;                // from 1 in the file (from 0 in the chunk while it is a chunk's)
	uint32_t column;              // from 1; 0: the whole record
	struct ppm_slice column_name; // may be empty
	struct ppm_slice value;       // raw, at most 80 bytes of it
	struct ppm_slice message;     // "is not a number; expected digits such as 1234.50": follows the value
	struct ppm_slice record;      // the whole record byte for byte but its final LF, in the first problem of each refused record; data is NULL in its other
				      // problems, and unless asked for (an empty line is a record of size 0)
	struct ppm_place place;       // the model's line, for a row that overflowed; line 0: none
	struct ppm_data_problem *next;
};

struct ppm_data_problems {
	struct ppm_arena arena;
	struct ppm_data_problem *first, *last;
	uint64_t count; // all of them; only the first `keep` are stored
	uint64_t rows;  // records refused
	uint64_t keep;
	bool keep_records;
};

struct ppm_source_options {
	char delimiter;       // 0: comma
	const char *encoding; // NULL: UTF-8; "latin1", "windows-1252", "utf-16le", "utf-16be", "utf-16": converted on reading
	size_t chunk_size;    // 0: 512 KiB; tests use tiny ones
	enum ppm_simd simd;
	bool keep_records;               // refused records are kept byte for byte
	uint64_t keep_problems;          // problems stored a chunk; the count is always exact
	size_t field_limit;              // 0: 1 MiB
	const volatile int *interrupted; // may be NULL; nonzero stops the reading with PPM_ERROR_INTERRUPTED
};

struct ppm_source;

// Opens a file ("-": standard input), recognises gzip and zstd by their first bytes, reads the header. On PPM_ERROR_DATA, `problems` says what is
// wrong (empty file, UTF-16, duplicate header …), on PPM_ERROR_IO errno does ("is a directory" is EISDIR). Close with ppm_source_close.
enum ppm_status ppm_source_open(
	struct ppm_source **out, const struct ppm_allocator *allocator, const char *path, const struct ppm_source_options *options, struct ppm_data_problems *problems);
// The same over a text that lives as long as the source. Rows that a program makes up (a test's, a what-if's) are read by the rules of every file.
enum ppm_status ppm_source_open_text(
	struct ppm_source **out, const struct ppm_allocator *allocator, struct ppm_slice text, const struct ppm_source_options *options, struct ppm_data_problems *problems);
void ppm_source_close(struct ppm_source *source);

// The header's names in order, unquoted. Live as long as the source.
uint32_t ppm_source_field_count(const struct ppm_source *source);
struct ppm_slice ppm_source_field_name(const struct ppm_source *source, uint32_t field);
// The same as it stands in the file, with its quotation marks, and the delimiter.
struct ppm_slice ppm_source_field_raw(const struct ppm_source *source, uint32_t field);
char ppm_source_delimiter(const struct ppm_source *source);
// Line breaks in the header: line 0 of the first chunk is line header_lines + 1 of the file.
uint64_t ppm_source_header_lines(const struct ppm_source *source);
// Size in bytes when known (a plain file), else 0; bytes consumed so far (of the file, compressed or not), for progress.
uint64_t ppm_source_size(const struct ppm_source *source);
uint64_t ppm_source_consumed(const struct ppm_source *source);
// 64 hex digits of the SHA-256 of the file's bytes as they are, once everything was read and ppm_source_digest_enable was called before, once; else empty.
// What was read before is read once more: PPM_ERROR_IO, with errno, when that fails.
enum ppm_status ppm_source_digest_enable(struct ppm_source *source);
struct ppm_slice ppm_source_digest(const struct ppm_source *source);

// Binding once more to the same program changes nothing; to another one it starts afresh, as long as nobody reads.
// Finds the program's columns among the header's names (exactly; else, when just one name is the same but for surrounding blanks, that one). Columns that are
// nowhere are problems with a "did you mean".
enum ppm_status ppm_source_bind(struct ppm_source *source, const struct ppm_program *program, struct ppm_data_problems *problems);
// The file's field of a program column, after binding.
uint32_t ppm_source_column_field(const struct ppm_source *source, uint32_t column);

// The pool that the codes of its texts are of; NULL: each worker has its own.
const struct ppm_text_pool *ppm_source_texts(const struct ppm_source *source);
// Nobody asks for the values of this text column, although the program reads it: they are not made. A key must have a value all the same. After binding.
void ppm_source_leave_out(struct ppm_source *source, uint32_t column);
// From now on batches say on which line of the chunk each of their rows begins (ppm_batch.lines).
void ppm_source_number_lines(struct ppm_source *source);

union ppm_field_value {
	double f64;
	int64_t i64; // money, date, duration, text code, 0 or 1
};
enum ppm_field_result { PPM_FIELD_VALUE, PPM_FIELD_MISSING, PPM_FIELD_PROBLEM, PPM_FIELD_MEMORY };
// What a column that is no text makes of a raw field, whether or not a program reads it. Ranges, lists and defaults do not count.
enum ppm_field_result ppm_field_value(const struct ppm_column *column, struct ppm_slice raw, struct ppm_buffer *scratch, union ppm_field_value *value);

// ---- reading --------------------------------------------------------------------------------------------

struct ppm_source_worker;

// One a thread. `pool` belongs to the caller and outlives the worker. NULL: memory.
struct ppm_source_worker *ppm_source_worker_new(struct ppm_source *source, struct ppm_text_pool *pool);
void ppm_source_worker_free(struct ppm_source_worker *worker);

// What is known of a chunk once all its batches were taken.
struct ppm_chunk {
	uint64_t ordinal;                  // 0, 1, 2 …: the order of chunks in the file
	uint64_t records;                  // in it, refused ones included
	uint64_t lines;                    // line breaks in it, those in quoted fields included
	struct ppm_data_problems problems; // lines from 0 in the chunk; the worker owns it until its next chunk
};

// Takes the next chunk. PPM_OK with *more false at the end. Any other status is final for all workers. With PPM_ERROR_DATA (damaged compressed data) and
// PPM_ERROR_LIMIT (a record of more than 64 MiB, or a quote that is not closed in as much) ppm_source_chunk's problems say why. Thread-safe among workers.
enum ppm_status ppm_source_next_chunk(struct ppm_source_worker *worker, bool *more);
// The chunk's next batch; *more false when it is used up.
enum ppm_status ppm_source_next_batch(struct ppm_source_worker *worker, struct ppm_batch **batch, bool *more);
// After the last batch.
const struct ppm_chunk *ppm_source_chunk(const struct ppm_source_worker *worker);
// Adds a problem to the chunk for a row of the current batch (the virtual machine's faults), before the next ppm_source_next_batch. A row that its fields
// had refused already keeps its own problems, and this one is left out.
void ppm_source_refuse_row(struct ppm_source_worker *worker, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message);

// `customers.csv:4182:6 (income): "n/a" is not a number; expected digits such as 1234.50`, without a line end; the value escaped.
void ppm_data_problem_write(const struct ppm_data_problem *problem, struct ppm_slice file, struct ppm_buffer *out);

// A list that keeps the first `keep` problems.
void ppm_data_problems_init(struct ppm_data_problems *problems, const struct ppm_allocator *allocator, uint64_t keep, bool keep_records);
void ppm_data_problems_free(struct ppm_data_problems *problems);
// Appends a copy (texts copied into the list's arena) if there is room; always counts.
void ppm_data_problems_add(struct ppm_data_problems *problems, const struct ppm_data_problem *problem);
// The same with a message that was put together, which is freed; when memory ran out for it, the list's arena has failed.
void ppm_data_problems_add_message(struct ppm_data_problems *problems, struct ppm_data_problem problem, struct ppm_buffer *message);

#endif

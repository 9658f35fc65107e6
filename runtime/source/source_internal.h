// What the files of this folder share. A source is set up by one thread (open, header, bind) and then read by many workers: everything in it is read only from
// then on but the fields under "shared", which are atomic or under the lock. A worker belongs to one thread.
#ifndef PPM_RUNTIME_SOURCE_SOURCE_INTERNAL_H
#define PPM_RUNTIME_SOURCE_SOURCE_INTERNAL_H

#include "runtime/base/sha256.h"
#include "runtime/source/categories.h"
#include "runtime/source/reader.h"
#include "runtime/source/scan.h"
#include "runtime/source/source.h"
#include <pthread.h>
#include <stdatomic.h>

#define PPM_SOURCE_CHUNK (512u * 1024u)
#define PPM_SOURCE_FIELD_LIMIT (1024u * 1024u)
#define PPM_SOURCE_RECORD_LIMIT (64u * 1024u * 1024u)
#define PPM_SOURCE_COLUMN_LIMIT 100000u
// Bytes that may be read before and behind the text: fields are loaded as 8-byte words that reach over their ends.
#define PPM_SOURCE_PADDING 128u

struct ppm_convert_functions;

// How one program column is made from its field.
struct ppm_column_plan {
	const struct ppm_column *column;
	uint32_t index; // among the program's columns
	uint32_t field;
	bool fast;                               // no token or spelling can look like a value that the fast path takes
	bool plain;                              // no tokens, no spellings, no format
	bool always_present;                     // a missing value is an error or has a default
	bool whole;                              // NUMBER: the program has a use for integers
	bool left_out;                           // see ppm_source_leave_out
	const struct ppm_categories *categories; // TEXT that is not pooled
	const uint64_t *allowed;                 // TEXT: a bit for each constant's code
};

// ppm_categories codes beyond the constants.
#define PPM_CATEGORY_MISSING UINT32_MAX

enum ppm_problem_variant {
	PPM_VARIANT_NONE,
	PPM_VARIANT_TOO_MANY_DECIMALS,
	PPM_VARIANT_NO_PERCENT_SIGN,
	PPM_VARIANT_NO_SUCH_DAY,
	PPM_VARIANT_WRONG_UNIT,
	PPM_VARIANT_AFTER_QUOTE,
	PPM_VARIANT_KEY,
	PPM_VARIANT_MESSAGE, // `message` is it
};

// A problem on its way into the chunk's list: small, and without a text, because most are only counted.
struct ppm_pending {
	uint64_t record;                   // ordinal in the chunk
	uint32_t record_begin, record_end; // offsets; the end is that of the text before the line end's LF
	uint32_t begin, end;               // the field; 0, 0: none
	uint32_t field;                    // from 0; UINT32_MAX: the whole record
	uint32_t column;                   // of the program; UINT32_MAX: none
	uint32_t count;                    // WIDTH: fields found
	uint16_t code;
	uint16_t variant;
	struct ppm_place place;
	struct ppm_slice message;
};

struct ppm_pendings {
	struct ppm_pending *items;
	size_t count, capacity;
	size_t taken; // already in the chunk's list
};

// What tells kinds of sources apart. A kind of its own has its own struct with a struct ppm_source, or ppm_source_worker, at its beginning.
struct ppm_source_kind {
	struct ppm_source_worker *(*worker_new)(struct ppm_source *source, struct ppm_text_pool *pool);
	void (*worker_free)(struct ppm_source_worker *worker);
	enum ppm_status (*next_chunk)(struct ppm_source_worker *worker, bool *more);
	enum ppm_status (*next_batch)(struct ppm_source_worker *worker, struct ppm_batch **batch, bool *more);
	void (*refuse_row)(struct ppm_source_worker *worker, uint32_t row, enum ppm_data_code code, struct ppm_place place, const char *message);
};

struct ppm_source {
	const struct ppm_source_kind *kind;
	const struct ppm_allocator *allocator;
	struct ppm_arena arena;            // header and plans
	struct ppm_source_options options; // with the defaults filled in
	const struct ppm_scan_functions *scan;
	const struct ppm_convert_functions *convert;
	int file;
	bool close_file;
	bool by_offset;            // a plain file: chunks are read by offset in parallel; else in order under the lock
	uint64_t size;             // of a regular file, else 0
	uint64_t body;             // by_offset: where the first record begins
	uint64_t chunk_count;      // by_offset
	struct ppm_reader *reader; // not by_offset

	uint32_t field_count;
	struct ppm_slice *names, *raws;
	uint64_t header_lines; // line ends in the header
	bool number_lines;
	const struct ppm_text_pool *texts; // see ppm_source_texts

	const struct ppm_program *program; // after binding
	bool bound;
	struct ppm_column_plan *plans;
	uint32_t plan_count;
	uint32_t pooled_count;   // plans of texts that go to the pool
	uint32_t *column_fields; // [program column]
	int32_t *month_starts;   // see convert.c
	struct ppm_categories **all_categories;
	uint32_t category_count;

	// ---- shared ----
	pthread_mutex_t lock;
	bool lock_ready;
	bool ended;                  // under the lock
	struct ppm_buffer carry;     // under the lock: the text read beyond the last chunk
	uint64_t next_ordinal;       // under the lock
	_Atomic uint64_t next_chunk; // by_offset
	// Each is (chunk << 3 | state): the state of the reading where that chunk begins, raised in order.
	_Atomic uint64_t parity_chain, place_chain;
	_Atomic uint64_t consumed;
	_Atomic int status; // the first that is not PPM_OK is final for all workers

	bool digesting;
	struct ppm_sha256 digest; // under the lock, or in the order of place_chain
	char digest_text[PPM_SHA256_HEX_SIZE];
	size_t digest_size;
};

struct ppm_source_worker {
	struct ppm_source *source;
	struct ppm_text_pool *pool;

	char *memory;    // padding, text, padding
	char *base;      // where the text begins
	size_t capacity; // of the text
	size_t size;     // of the text read
	uint32_t *index; // the structural bytes' offsets
	size_t index_capacity;
	uint32_t *starts;   // [row]: where its record begins
	uint64_t *ordinals; // [row], when `has_gaps`
	size_t starts_capacity, ordinals_capacity;

	struct ppm_chunk chunk;
	const uint32_t *ends;   // of row 0
	size_t rows, next_row;  // that have the right width; taken so far
	bool has_gaps;          // records between the rows were refused
	uint64_t lines_counted; // line ends between the chunk's first record and lines_counted_to
	size_t lines_counted_to;
	struct ppm_pendings structural;          // of refused records, in their order; no more than the chunk's list keeps
	uint64_t dropped_problems, dropped_rows; // those beyond
	bool quoted_lines;                       // a record may have several lines
	uint32_t *row_lines;                     // [PPM_BATCH_ROWS], when lines are numbered
	uint64_t row_lines_counted;              // line ends between the chunk's first record and row_lines_to
	size_t row_lines_to;
	struct ppm_pendings pendings; // of the current batch

	struct ppm_batch batch;
	void **values;     // all registers of the plans
	int32_t **whole;   // [program column]: room for the integers of a plan that is `whole`
	int16_t **small;   // [program column]: likewise
	uint8_t *decimals; // [program column]: so many batches are taken for decimals, since one was
	uint8_t *lends;    // [program column]: so many batches of texts are lent by the pool, since hardly one came twice
	struct ppm_text_cache *text_caches; // [program column]
	struct ppm_column_facts *facts;
	uint64_t **present; // what the batch shows: a mask, or NULL
	uint64_t **present_masks;
	uint64_t refused[PPM_MASK_WORDS];
	uint64_t counted[PPM_MASK_WORDS]; // rows already refused by a problem of their fields
	struct ppm_buffer scratch;        // an unquoted field, a message
	bool out_of_memory;
};

// ---- chunk.c: taking the next chunk's text and structure ----
enum ppm_status ppm_source_take_chunk(struct ppm_source_worker *worker, bool *more);
// The final status of all workers; the first one stays.
enum ppm_status ppm_source_fail(struct ppm_source *source, enum ppm_status status);

// ---- records.c ----
// Cuts the chunk's structure into rows of the right width and refused records. The records are base[begin, end); `count` offsets at `ends` are theirs,
// the last one a line end (or the end of the file). False when memory ran out.
struct ppm_records {
	size_t begin, end;
	uint32_t *ends;
	size_t count;
	uint64_t lines; // structural line ends among them
	size_t scanned; // what the scan has counted line ends in: base[0, scanned)
	bool at_end;    // nothing follows in the file
	bool last_open; // no line end after the last record, and base[end] was made one
};
// What must not stand in a field's raw bytes, or PPM_DATA_CODE_COUNT. `line_end`: an LF follows.
enum ppm_data_code ppm_field_inspect(struct ppm_slice field, bool line_end, size_t limit, enum ppm_problem_variant *variant);
bool ppm_records_cut(struct ppm_source_worker *worker, const struct ppm_records *records, const struct ppm_scan *scan);

// ---- problems.c ----
bool ppm_pendings_add(struct ppm_source_worker *worker, struct ppm_pendings *list, const struct ppm_pending *pending);
// Moves what is pending for records before `record` into the chunk's list, in order.
void ppm_pendings_flush(struct ppm_source_worker *worker, uint64_t record);
// A problem about the file as a whole (line 0 of the chunk or of the file).
void ppm_source_problem(struct ppm_data_problems *problems, enum ppm_data_code code, uint64_t line, uint32_t column, struct ppm_slice value, const char *message);

// ---- header.c ----
enum ppm_status ppm_header_read(struct ppm_source *source, struct ppm_data_problems *problems);
// A field's text without its quotation marks; into `scratch` when a doubled one is inside.
struct ppm_slice ppm_field_unquote(struct ppm_slice raw, struct ppm_buffer *scratch);

// ---- convert.c, convert_strict.c ----
struct ppm_field_view {
	const char *base;
	const uint32_t *ends;   // of this field, row 0
	const uint32_t *begins; // offset of what is before the field
	size_t end_stride, begin_stride;
	uint32_t begin_add; // 1 where `begins` are the separators before
	uint32_t rows;
};
static inline struct ppm_slice ppm_field_of(const struct ppm_field_view *view, uint32_t row)
{
	uint32_t begin = view->begins[row * view->begin_stride] + view->begin_add;
	return (struct ppm_slice){ view->base + begin, view->ends[row * view->end_stride] - begin };
}
struct ppm_convert_functions {
	// Each converts the fields that look plain, and sets bits for the empty ones and those for the strict path.
	void (*number)(const struct ppm_field_view *view, double *out, uint64_t *empty, uint64_t *strict);
	void (*whole)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict);
	// PPM_BATCH_ROWS integers in 16 bits; false when one does not fit.
	bool (*narrow)(const int32_t *whole, int16_t *out);
	void (*percent)(const struct ppm_field_view *view, double *out, uint64_t *empty, uint64_t *strict);
	void (*money)(const struct ppm_field_view *view, int64_t *out, uint64_t *empty, uint64_t *strict);
	void (*date)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const int32_t *month_starts);
	void (*flag)(const struct ppm_field_view *view, uint64_t *out, uint64_t *empty, uint64_t *strict);
	void (*category)(const struct ppm_field_view *view, int32_t *out, uint64_t *empty, uint64_t *strict, const struct ppm_categories *categories);
};
const struct ppm_convert_functions *ppm_convert_functions(enum ppm_simd simd);
// Years 1800 to 2199, and one month more.
#define PPM_MONTH_START_YEAR 1800
#define PPM_MONTH_STARTS (400 * 12 + 1)
void ppm_convert_month_starts(int32_t out[PPM_MONTH_STARTS]);
// Converts the batch's columns. False when memory ran out.
bool ppm_convert_batch(struct ppm_source_worker *worker);

struct ppm_field_problem {
	enum ppm_data_code code;
	enum ppm_problem_variant variant;
};
// The whole meaning of a field, slowly: quotes, tokens, spellings, signs, formats, errors. Ranges and defaults are the caller's.
enum ppm_field_result ppm_field_convert(const struct ppm_column_plan *plan, const struct ppm_program *program, struct ppm_text_pool *pool, struct ppm_slice raw,
	struct ppm_buffer *scratch, union ppm_field_value *value, struct ppm_field_problem *problem);
// [-]digits[.digits] of at most 15 digits as the nearest double to its value / 10^shift. False: not of this kind.
bool ppm_field_short_decimal(struct ppm_slice text, unsigned shift, double *out);
bool ppm_field_short_money(struct ppm_slice text, int64_t *out);

// ---- source.c ----
bool ppm_source_interrupted(const struct ppm_source *source);
// A problem about the row of the batch as a whole, but for its code.
void ppm_source_pending_for_row(const struct ppm_source_worker *worker, uint32_t row, struct ppm_pending *pending);
void ppm_source_digest_add(struct ppm_source *source, const void *data, size_t size);
// The last byte was added.
void ppm_source_digest_end(struct ppm_source *source);

#endif

// What the sink's formats share. A sink is built once and then only read, so that all workers use it at the same time.
#ifndef PPM_RUNTIME_SINK_SINK_INTERNAL_H
#define PPM_RUNTIME_SINK_SINK_INTERNAL_H

#include "runtime/sink/format_value.h"
#include "runtime/sink/sink.h"

// Text constants up to this size are kept ready as cells; a cell's memory has PPM_COPY_SLACK readable bytes after it.
#define PPM_READY_CELL 64u
#define PPM_COPY_SLACK 64u

// A cell of up to six bytes with its delimiter before it, moved as one word.
struct ppm_short_cell {
	char text[7];
	uint8_t size;                       // with the delimiter; 0: not such a cell
};
#define PPM_SMALL_CELLS 1000u

struct ppm_sink_column {
	struct ppm_slice name;
	struct ppm_slice key;               // JSON: what stands before the value, `, "name": `
	const struct ppm_value *value;      // NULL: a field of the file that is no output of the model
	bool passed;                        // raw bytes of `field`
	uint32_t field;
	uint32_t program_column;            // of a passed field, or UINT32_MAX
	bool numeric;
};

enum ppm_csv_op_kind { PPM_CSV_RUN, PPM_CSV_FIELD, PPM_CSV_NUMBER, PPM_CSV_FIXED, PPM_CSV_MONEY, PPM_CSV_POINTS, PPM_CSV_FIGURE, PPM_CSV_TEXT, PPM_CSV_REASONS };

// One step of a CSV row. A run copies neighbouring fields at once, with the delimiters between them.
struct ppm_csv_op {
	enum ppm_csv_op_kind kind;
	int decimals;
	uint32_t first_field;
	union {
		uint32_t last_field;
		uint32_t column;            // FIELD: the sink's
	};
	const struct ppm_value *value;
};

struct ppm_sink {
	const struct ppm_allocator *allocator;
	const struct ppm_program *program;
	const struct ppm_source *source;
	struct ppm_sink_options options;
	struct ppm_arena arena;
	char delimiter;
	struct ppm_sink_column *columns;
	uint32_t column_count;
	struct ppm_slice *left_out;         // names of the file's columns that the result has not
	uint32_t left_out_count;
	struct ppm_slice *ready;            // [program text code]: the constant as a cell of this format, or data NULL
	struct ppm_short_cell *short_texts; // CSV: [program text code]
	struct ppm_short_cell *small;       // CSV: [0..999] and, last, the missing value
	struct ppm_csv_op *csv_ops;
	uint32_t csv_op_count, csv_run_count;
	size_t csv_row_room;
};

// A place to write in a buffer. While it is in use the buffer's own size is stale.
struct ppm_cursor {
	struct ppm_buffer *out;
	char *p, *limit;
};

static inline struct ppm_cursor ppm_cursor_open(struct ppm_buffer *out)
{
	struct ppm_cursor cursor = { out, NULL, NULL };
	if (out->data) {
		cursor.p = out->data + out->size;
		cursor.limit = out->data + out->capacity;
	}
	return cursor;
}
static inline void ppm_cursor_close(struct ppm_cursor *cursor)
{
	if (cursor->p)
		cursor->out->size = (size_t)(cursor->p - cursor->out->data);
}
static inline bool ppm_cursor_need(struct ppm_cursor *cursor, size_t need)
{
	if (cursor->p && (size_t)(cursor->limit - cursor->p) >= need)
		return true;
	ppm_cursor_close(cursor);
	if (!ppm_buffer_reserve(cursor->out, need))
		return false;
	*cursor = ppm_cursor_open(cursor->out);
	return true;
}

// Copies by 64 bytes: reads and writes up to 63 past the end. Most runs of fields are that short, and cost no branch that could be mispredicted.
static inline char *ppm_copy_over(char *p, const char *from, size_t size)
{
	memcpy(p, from, 64);
	for (size_t done = 64; done < size; done += 64)
		memcpy(p + done, from + done, 64);
	return p + size;
}

// Lanes of all columns for one batch; the small array spares most models an allocation.
#define PPM_LANES_KEPT 48
struct ppm_lanes {
	struct ppm_lane kept[PPM_LANES_KEPT];
	struct ppm_lane *items;
	const struct ppm_allocator *allocator;
};
bool ppm_lanes_open(struct ppm_lanes *lanes, const struct ppm_allocator *allocator, uint32_t count);
void ppm_lanes_close(struct ppm_lanes *lanes);

// Rows first … end - 1 of the batch without the refused ones; returns how many.
typedef uint64_t ppm_sink_range(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t first, uint32_t end, struct ppm_buffer *out);
ppm_sink_range ppm_csv_range, ppm_json_range, ppm_markdown_range;

bool ppm_csv_plan(struct ppm_sink *sink);
bool ppm_csv_needs_quotes(struct ppm_slice text, char delimiter);
// A raw field, with a ' before it where it would start a formula.
void ppm_csv_append_guarded_field(struct ppm_buffer *out, const struct ppm_sink *sink, const struct ppm_sink_column *about, struct ppm_slice raw);
void ppm_csv_append_cell(struct ppm_buffer *out, struct ppm_slice text, char delimiter, bool excel_safe, bool lone);
void ppm_csv_header(const struct ppm_sink *sink, struct ppm_buffer *out);
void ppm_csv_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out);

bool ppm_json_plan(struct ppm_sink *sink);
void ppm_json_append_string(struct ppm_buffer *out, struct ppm_slice text);
void ppm_json_begin(const struct ppm_sink *sink, struct ppm_buffer *out);
void ppm_json_end(const struct ppm_sink *sink, uint64_t rows, struct ppm_buffer *out);
void ppm_json_table(const struct ppm_sink *sink, bool lines, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out);
void ppm_json_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out);

void ppm_markdown_begin(const struct ppm_sink *sink, struct ppm_buffer *out);
void ppm_markdown_end(const struct ppm_sink *sink, struct ppm_buffer *out);
void ppm_markdown_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out);

void ppm_box_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, uint32_t width, bool colour, struct ppm_buffer *out);

// For the engine: one row as ppm_sink_rows would write it, and whether each row begins with a comma that the file's first must lose.
void ppm_sink_row(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, struct ppm_buffer *out);
bool ppm_sink_has_commas(const struct ppm_sink *sink);

#endif

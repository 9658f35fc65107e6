// Where results go: rows formatted by the workers, in the order of the file, and the frame around them.
#ifndef PPM_RUNTIME_SINK_SINK_H
#define PPM_RUNTIME_SINK_SINK_H

#include "runtime/base/buffer.h"
#include "runtime/source/source.h"

// BOX is for ppm_sink_table, which sees all its rows before it draws; rows that stream as BOX come out as Markdown.
enum ppm_sink_format { PPM_SINK_CSV, PPM_SINK_JSON, PPM_SINK_NDJSON, PPM_SINK_MARKDOWN, PPM_SINK_BOX };

struct ppm_sink_options {
	enum ppm_sink_format format;
	bool excel_safe;                   // CSV: a cell that begins with = + - @ tab or CR and is no plain number gets a leading '
	char delimiter;                    // of CSV; 0: the source's, without a source a comma
	// Writes a JSON object that is put at the end of JSON and Markdown results; NULL: none. Called once, when everything was read: files' digests are known then.
	void (*provenance)(const void *context, struct ppm_buffer *out);
	const void *provenance_context;
};

// JSON: figures are numbers (money exact, percents as ratios), flags true or false, dates and durations strings, reasons an array, what is missing null. A
// field that passes through has the type that the model declares for its column, and is text where it declares none.
// Describes the result's columns: the program's outputs, after every column of the file if it says pass_all_columns, but for those that are called as an output
// (blanks around a name do not matter): a result has no two columns of one name.
struct ppm_sink;
// `source` may be NULL when nothing of a file passes through.
struct ppm_sink *ppm_sink_new(const struct ppm_allocator *allocator, const struct ppm_program *program, const struct ppm_source *source, const struct ppm_sink_options *options);
void ppm_sink_free(struct ppm_sink *sink);
// The names of the file's columns that are left out for that.
const struct ppm_slice *ppm_sink_left_out(const struct ppm_sink *sink, uint32_t *count);

// What comes before the first row (CSV's header, JSON's opening), and after the last.
void ppm_sink_begin(const struct ppm_sink *sink, struct ppm_buffer *out);
void ppm_sink_end(const struct ppm_sink *sink, uint64_t rows, struct ppm_buffer *out);
// Appends the batch's rows that were not refused; `rows` gets how many. Safe in several threads at once (each with its own vm and buffer). JSON rows
// are separated by a comma before each but the very first of the file, which the engine takes off.
void ppm_sink_rows(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, struct ppm_buffer *out, uint64_t *rows);

// One cell as plain text (unquoted), for tables on a terminal, top lists and messages. Column c counts the result's columns.
uint32_t ppm_sink_column_count(const struct ppm_sink *sink);
struct ppm_slice ppm_sink_column_name(const struct ppm_sink *sink, uint32_t column);
bool ppm_sink_column_is_numeric(const struct ppm_sink *sink, uint32_t column);
void ppm_sink_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out);

// The same cell as a JSON value: a figure, true, "text", null. Of a sink of any format.
void ppm_sink_json_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out);

// Rows of cells in any format, whatever the sink's own, with headers. As a box at most `width` terminal columns (0: no limit; narrower: the last columns that do not fit
// are left out and named below). cells[row * columns + column]: from ppm_sink_json_cell for JSON and NDJSON, else from ppm_sink_cell. Without provenance.
void ppm_sink_table(const struct ppm_sink *sink, enum ppm_sink_format format, const struct ppm_slice *cells, uint64_t rows, uint32_t width, bool colour, struct ppm_buffer *out);

#endif

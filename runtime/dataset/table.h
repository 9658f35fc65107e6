// A table that is kept while a job runs: its columns as arrays, and of rows that came from a file what is needed to show them again: raw fields, and lines.
//
// All arrays come from a struct ppm_memory and have room for whole batches. A column's memory is there from ppm_kept_make on until ppm_kept_drop.
#ifndef PPM_RUNTIME_DATASET_TABLE_H
#define PPM_RUNTIME_DATASET_TABLE_H

#include "runtime/dataset/memory.h"
#include "runtime/dataset/series.h"

// Rows first_row … that stand on consecutive lines of the file from `line` on; with `rows_at` on those lines (counted from `line`) whose bit is set.
struct ppm_kept_lines {
	uint64_t first_row;
	uint64_t line;       // from 0
	uint64_t *rows_at;   // NULL: each line is a row
	uint32_t line_count; // bits of rows_at
};

struct ppm_kept_table {
	const struct ppm_table *about;
	struct ppm_memory *memory;
	uint64_t rows;
	uint64_t reference; // rows 0 … reference - 1 are of the other file (--against): those to compare with. Else 0.
	bool compared;      // there is another file, though perhaps without rows

	// With --against: the rows at the end that are not of the population. Of a child table they are copies of rows before them, whose parents are such rows; a copy is told as its original.
	uint64_t apart;
	uint64_t copies;
	uint32_t *originals; // [copy], ascending

	struct ppm_series *columns; // [about->column_count]; values is NULL where there is no memory
	uint64_t *room;             // [column]: rows that its arrays have room for, a multiple of PPM_BATCH_ROWS

	uint64_t *refused; // a mask, or NULL: rows that went wrong after they were loaded; they have no part in anything from then on
	uint64_t refused_count;

	// Raw fields as CSV: each row's fields with delimiters between and LF behind (a CR before it where the file has one), PPM_KEPT_PADDING bytes before and after all.
	char *raw;
	uint64_t raw_size, raw_room; // without padding
	uint64_t *raw_blocks;        // [block of PPM_BATCH_ROWS rows]: where its first row begins; one more: the end of all
	size_t raw_block_count, raw_block_room;
	uint32_t raw_fields; // a row; 0: none are kept
	bool raw_records;    // they are all of the file's, in its order; else those that pass through

	struct ppm_kept_lines *lines;
	size_t line_runs, line_room;
};

#define PPM_KEPT_PADDING 128u

// False when memory ran out. Free whatever the result.
bool ppm_kept_open(struct ppm_kept_table *table, const struct ppm_table *about, struct ppm_memory *memory);
void ppm_kept_free(struct ppm_kept_table *table);

// Room in a column's arrays for at least `rows` rows, making them if they are not there; what they hold stays. NULL presence where the column is never missing.
enum ppm_status ppm_kept_reserve(struct ppm_kept_table *table, uint32_t column, uint64_t rows);
// For all of the table's rows.
static inline enum ppm_status ppm_kept_make(struct ppm_kept_table *table, uint32_t column)
{
	return ppm_kept_reserve(table, column, table->rows);
}
// Gives back what is beyond the table's rows.
enum ppm_status ppm_kept_trim(struct ppm_kept_table *table, uint32_t column);
void ppm_kept_drop(struct ppm_kept_table *table, uint32_t column);
// Exchanges a column's arrays for others made for all rows (by ppm_kept_take_series).
bool ppm_kept_take_series(struct ppm_kept_table *table, uint32_t column, struct ppm_series *series);
void ppm_kept_replace(struct ppm_kept_table *table, uint32_t column, struct ppm_series *series);

// Room for `more` raw bytes at the end.
enum ppm_status ppm_kept_reserve_raw(struct ppm_kept_table *table, uint64_t more);
enum ppm_status ppm_kept_trim_raw(struct ppm_kept_table *table);
// The next row is at table->raw_size: noted when it begins a block. False when memory ran out.
bool ppm_kept_note_raw(struct ppm_kept_table *table, uint64_t row);

// Rows first … first + rows - 1 are on these lines of the file (from 0); lines NULL: on consecutive ones. False when memory ran out.
bool ppm_kept_note_lines(struct ppm_kept_table *table, uint64_t first, uint64_t rows, uint64_t line, const uint32_t *lines);
// The row's line in its file, from 1; 0 when it is of none.
uint64_t ppm_kept_line(const struct ppm_kept_table *table, uint64_t row);

// Room to note refused rows in, once the table has all its rows. False when there is no memory.
bool ppm_kept_prepare_refusals(struct ppm_kept_table *table);
// Refuses a row. One thread at a time.
void ppm_kept_refuse(struct ppm_kept_table *table, uint64_t row);
// The row's raw fields with the delimiters between them, or NULL when none are kept. *at (0, 0 at first) remembers where the last one was: rows in ascending order are found quickly.
struct ppm_kept_place {
	uint64_t row, offset;
};
struct ppm_slice ppm_kept_record(const struct ppm_kept_table *table, uint64_t row, struct ppm_kept_place *at);

// Bytes of an array of `rows` (a multiple of PPM_BATCH_ROWS) elements.
static inline uint64_t ppm_series_bytes(enum ppm_register_class class, uint64_t rows)
{
	return rows / PPM_BATCH_ROWS * ppm_register_size(class);
}
static inline uint64_t ppm_whole_batches(uint64_t rows)
{
	return (rows + PPM_BATCH_ROWS - 1) / PPM_BATCH_ROWS * PPM_BATCH_ROWS;
}
// Copies bits from[0 … count - 1] to to[at … at + count - 1]; what is behind them in the last word is cleared. `from` may be NULL: all set.
void ppm_bits_append(uint64_t *to, uint64_t at, const uint64_t *from, uint64_t count);
// Copies bits from[at … at + count - 1] to to[0 … count - 1].
void ppm_bits_extract(uint64_t *to, const uint64_t *from, uint64_t at, uint64_t count);

#endif

// The main job: source -> machine -> sink, chunk by chunk on all threads, results in the file's order and the same for any number of threads,
// in memory that does not grow with the file.
#ifndef PPM_RUNTIME_ENGINE_ENGINE_H
#define PPM_RUNTIME_ENGINE_ENGINE_H

#include "runtime/sink/atomic_file.h"
#include "runtime/sink/sink.h"

// A row that was scored, as ppm_engine_options.look sees it; ppm_sink_cell and ppm_sink_json_cell write its values. Everything lives until the next row.
struct ppm_engine_row {
	const struct ppm_sink *sink;
	const struct ppm_batch *batch;
	const struct ppm_vm *vm;
	uint32_t row;                     // of the batch
	uint64_t line;                    // of the file, from 1; 0: the rows are those of no file
};

// A batch as ppm_engine_options.look_batch sees it: the rows that are not refused were scored.
struct ppm_engine_batch {
	const struct ppm_sink *sink;
	const struct ppm_batch *batch;
	const struct ppm_vm *vm;
};

struct ppm_engine_options {
	unsigned threads;                 // 0: all processors
	enum ppm_simd simd;
	uint32_t top;                     // keep only the N best rows by score (ties in file order; missing scores last); 0: all rows, in order
	uint32_t sample;                  // besides writing: keep the cells of the N best rows for a table
	bool rejects;                     // bad rows are left out, not fatal
	uint64_t max_errors;              // stop reading at that many refused rows, with `rejects` at one more than that, with PPM_ERROR_DATA; 0: no limit
	uint64_t refused_before;          // rows of the same file that were refused before: they count for max_errors
	bool rejects_begun;               // the rejects file has its header and perhaps rows already
	const volatile int *interrupted;  // may be NULL
	// Called from one thread at a time, at most ten times a second; may be NULL.
	void (*progress)(void *context, uint64_t rows, uint64_t bytes, uint64_t size);
	void *progress_context;
	// When set, it is shown every row that was not refused, in the file's order and in one thread, besides whatever else is done with it. False: memory ran out. May be NULL.
	bool (*look)(void *context, const struct ppm_engine_row *row);
	void *look_context;
	// When set, it is shown every batch, by all threads at once and in no order: its context has to bear that. Of a source over kept rows batch->lines are those of the file, from 0. May be NULL.
	bool (*look_batch)(void *context, const struct ppm_engine_batch *batch);
};

struct ppm_engine_report {
	uint64_t records, scored, refused;
	uint64_t problem_count;
	struct ppm_data_problems problems; // the first 20 in the file's order, without their records; lines of the file; `count` and `rows` of all
	uint64_t *tallies;                 // [program->tally_count]
	uint64_t *site_counts;             // [program->site_count]
	double seconds;
	unsigned threads;                  // used
	bool output_failed, rejects_failed; // with PPM_ERROR_IO or PPM_ERROR_PIPE: which file could not be written; neither: the source could not be read
	// The N best rows' cells, best first: best_cells[row * columns + column].
	struct ppm_slice *best_cells;
	uint32_t best_rows;
	struct ppm_arena arena;
};

// Runs everything into `output` (NULL: rows are scored and counted only). Refused records go to `rejects` (NULL: none): CSV with the file's own header and
// four columns before it: line, column, code, message - and then the record byte for byte. With !options->rejects a refused row makes the run end with
// PPM_ERROR_DATA after the whole file was checked; nothing may then be committed. The caller commits or abandons both files.
// For rejects the source must keep records and all problems. A record with several problems is one row there, with the first.
// When the source ends early (damaged compression, a record beyond the limit) its problem is in the report and its status is the result.
// Free the report with ppm_engine_report_free whatever the status.
enum ppm_status ppm_engine_run(struct ppm_engine_report *report, const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_source *source, const struct ppm_sink *sink,
	struct ppm_atomic_file *output, struct ppm_atomic_file *rejects, const struct ppm_engine_options *options);
void ppm_engine_report_free(struct ppm_engine_report *report);

#endif

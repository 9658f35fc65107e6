// Changed rows, computed: what lang/explain/path.h tries.
#ifndef PPM_LANG_DRIVER_EXPLAIN_TRY_H
#define PPM_LANG_DRIVER_EXPLAIN_TRY_H

#include "lang/driver/inputs.h"
#include "lang/explain/path.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/job_watch.h"

// The rows of the scored dataset's file as they stand there, refused ones left out.
struct ppm_try_file {
	struct ppm_buffer text; // header and rows; empty where nobody needs them all
	bool whole;             // all rows are in it
};

// A row as it stands in the file.
struct ppm_try_record {
	uint64_t line;
	bool reads_itself;        // it refers to a row of the same file, which is the row itself
	struct ppm_slice *fields; // raw, by the file's columns
	uint32_t field_count;
	size_t begin, end; // in the whole text
};

struct ppm_try_rows {
	const struct ppm_driver *driver;
	struct ppm_task *task;
	const struct ppm_explanation *about;
	const struct ppm_source_options *source;
	struct ppm_buffer header;
	struct ppm_try_file file;
	uint64_t rows;  // scored
	bool from_file; // the scored rows have one
	uint64_t memory_limit;
};

// For one row.
struct ppm_try_row {
	struct ppm_try_rows *all;
	const struct ppm_try_record *record; // NULL: it is in no file
	const struct ppm_job_watch *watch;   // of a job
	uint64_t index;                      // likewise
	const struct ppm_row_fact *facts;
	uint32_t fact_count;
	uint32_t target; // whose conditions outcomes tell
	struct ppm_arena *arena;
};

// The row that is at that place of its batch.
bool ppm_try_take_record(struct ppm_try_record *out, const struct ppm_batch *batch, uint32_t row, uint64_t line, struct ppm_arena *arena);
// Whether the row reads itself as the one that it refers to.
bool ppm_try_reads_itself(const struct ppm_job *job, const struct ppm_job_watch *watch, uint64_t line);
// Reads the scored dataset's file again for the records of the rows on those lines (ascending or not; `line` says which), and for all rows where each try is a run over all of them. The task is to be
// reopened before. Everything was shown on failure.
enum ppm_exit ppm_try_read(struct ppm_try_rows *all, struct ppm_try_record *const *records, size_t count, struct ppm_arena *arena);
// Whether each try is a run of its own over all rows.
bool ppm_try_is_alone(const struct ppm_try_row *row);
// A trier over the row.
struct ppm_trier ppm_try_trier(struct ppm_try_row *row);
void ppm_try_free(struct ppm_try_rows *all);

#endif

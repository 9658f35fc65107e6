// Runs a job: files are loaded into tables, steps go through the tables, and at the end the results are written - the scored rows by the same engine that streams
// (ppm_engine_run over a source that hands out the table's rows), summaries and metrics as tables.
#ifndef PPM_RUNTIME_ENGINE_JOB_RUN_H
#define PPM_RUNTIME_ENGINE_JOB_RUN_H

#include "runtime/bytecode/job.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/job_watch.h"

// What a FILE table is read from. The source is opened by the caller, who closes it after the run; ppm_job_run binds it to its load program.
struct ppm_job_input {
	struct ppm_source *source;
	struct ppm_source *against;      // the scored table only: the rows to compare with (--against); NULL: none
	struct ppm_atomic_file *rejects; // where its refused rows and orphans go; NULL: none. The caller commits or abandons it.
	bool keep_rejects;               // refused rows are left out, not fatal (rejects may still be NULL)
};

struct ppm_job_options {
	struct ppm_engine_options engine; // threads, top, sample, interrupted, progress (told while the largest file is read) …; `rejects` is each input's own
	uint64_t memory_limit;            // of arrays on the heap; 0: none
	const char *folder;               // for temporary files; NULL: TMPDIR or /tmp
	const struct ppm_sink_options *sink;
	struct ppm_job_watch *watches; // rows that are looked at; may be NULL
	size_t watch_count;
	const struct ppm_job_given *given; // may be NULL
	// The pool that texts are kept in, so that codes mean the same in several runs; it begins with the job's own texts, in their order, keeps, and grows. NULL: one of the run's own.
	struct ppm_text_pool *texts;
};

// A small table as text: metrics have one row, a summary one a group.
struct ppm_job_table {
	struct ppm_slice name;         // the summary's; empty: the metrics
	struct ppm_sink *sink;         // describes the columns; ppm_sink_table writes the cells in any format. Lives as long as the report.
	const struct ppm_slice *cells; // [row * columns + column], of ppm_sink_cell
	const struct ppm_slice *json;  // likewise, of ppm_sink_json_cell
	uint64_t rows;
};

struct ppm_job_input_report {
	uint64_t records, kept, refused; // kept: rows of the table; records - refused - kept came after the as-of date
	uint64_t problem_count;
	struct ppm_data_problems problems; // the first 20 in the file's order
};

struct ppm_job_report {
	struct ppm_sink *sink;               // describes the columns of the SCORED result (of scored.best_cells); NULL when the run ended before it. Lives as long as the report.
	struct ppm_engine_report scored;     // rows, tallies, sites and best rows of the SCORED result; records and refused are those of the scored file
	struct ppm_job_input_report *inputs; // [job->table_count]; those of other tables than FILE only have problems: of figures that pass their range
	struct ppm_job_input_report against; // of the rows to compare with
	uint32_t failed_input;               // with PPM_ERROR_DATA, or PPM_ERROR_IO while reading: the table whose file it is; PPM_NO_INDEX: none
	bool failed_against;                 // … and it is not the table's file but the one of --against
	uint64_t *site_counts;               // [job->site_count]
	struct ppm_slice *site_samples;      // [job->site_count]: up to three of the values (unknown keys, orphans' keys, dropped rows' keys), "C-7, C-9, C-12"; may be empty
	uint64_t **program_sites;            // [program][site of that program]: rows without a value (division by zero …)
	struct ppm_job_table *tables;        // metrics (if any) and summaries, in the order of their actions; after a run that failed the last may have no cells
	uint32_t table_count;
	uint64_t spilled; // bytes put into temporary files
	double seconds;
	uint32_t input_count;    // entries of inputs
	struct ppm_source *rows; // what `sink` has the names of fields from
	struct ppm_arena arena;
};

// `inputs` has an entry for each table. Scored rows go to `output` (NULL: they are scored and counted only) as ppm_engine_run does it. With PPM_ERROR_DATA the report's inputs say what is wrong: rows
// refused without leave, a key that is there twice (D0501), a circle in a tree (D0502), a total that overflows (D0301). Free the report whatever the status.
enum ppm_status ppm_job_run(struct ppm_job_report *report, const struct ppm_allocator *allocator, const struct ppm_job *job, const struct ppm_job_input *inputs,
	struct ppm_atomic_file *output, const struct ppm_job_options *options);
void ppm_job_report_free(struct ppm_job_report *report);

#endif

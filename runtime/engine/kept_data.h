// Files that are read and converted once, for programs that run over their rows many times: a model with its params varied, for instance. What is kept of a file is the typed column of
// each field that any of the programs reads; a source over them is bound to a program by the names of its columns, so that neither the engine nor a job knows whether rows come from a file.
//
// All programs have the same texts, in the same order: codes in kept columns are of one pool, which begins with them.
#ifndef PPM_RUNTIME_ENGINE_KEPT_DATA_H
#define PPM_RUNTIME_ENGINE_KEPT_DATA_H

#include "runtime/dataset/memory.h"
#include "runtime/engine/job_run.h"

struct ppm_kept_data;

struct ppm_kept_options {
	unsigned threads;      // 0: all processors
	uint64_t memory_limit; // of arrays on the heap; 0: none
	const char *folder;    // for temporary files; NULL: TMPDIR or /tmp
	enum ppm_simd simd;
	const volatile int *interrupted;
	void (*progress)(void *context, uint64_t rows, uint64_t bytes, uint64_t size);
	void *progress_context;
};

// NULL: memory. Free with ppm_kept_data_free.
struct ppm_kept_data *ppm_kept_data_new(const struct ppm_allocator *allocator, const struct ppm_kept_options *options);
void ppm_kept_data_free(struct ppm_kept_data *data);

// ---- before loading: what to keep

// The file of the dataset of that name, made known when it is new; files are numbered from 0. PPM_NO_INDEX: memory.
uint32_t ppm_kept_data_file(struct ppm_kept_data *data, struct ppm_slice name);
uint32_t ppm_kept_data_file_count(const struct ppm_kept_data *data);
struct ppm_slice ppm_kept_data_file_name(const struct ppm_kept_data *data, uint32_t file);
// Keeps every field that the program reads, which loads that table of the job (NULL: it streams). *took says whether some of them were not kept so far: then the program must live until the
// data is freed. False when memory ran out.
bool ppm_kept_data_want(struct ppm_kept_data *data, uint32_t file, const struct ppm_program *program, const struct ppm_job *job, uint32_t table, bool *took);
// Keeps the field with that header as it stands in the file, for ppm_kept_data_field. One a file. False when memory ran out.
bool ppm_kept_data_pass(struct ppm_kept_data *data, uint32_t file, struct ppm_slice name, struct ppm_slice header);

// ---- loading

// Makes the programs that read the files. `texts`: of all programs that will run. Once, after everything was wanted; then sources can be bound (ppm_source_bind) to their reader.
enum ppm_status ppm_kept_data_prepare(struct ppm_kept_data *data, const struct ppm_slice *texts, uint32_t text_count);
const struct ppm_program *ppm_kept_data_reader(const struct ppm_kept_data *data, uint32_t file);
// Reads all files, sources[file] each; rows with errors are left out. The sources can be closed afterwards. On PPM_ERROR_DATA, PPM_ERROR_LIMIT and PPM_ERROR_IO *failed is the file that could not be
// read (PPM_NO_INDEX: it was no file's fault), and the report's problems say why.
enum ppm_status ppm_kept_data_load(struct ppm_kept_data *data, struct ppm_source *const *sources, uint32_t *failed);
// What was read and refused of a file. Lives as long as the data.
const struct ppm_job_input_report *ppm_kept_data_report(const struct ppm_kept_data *data, uint32_t file);

// ---- once it is loaded

uint64_t ppm_kept_data_rows(const struct ppm_kept_data *data, uint32_t file);
// Where the row stands in its file, from 1.
uint64_t ppm_kept_data_line(const struct ppm_kept_data *data, uint32_t file, uint64_t row);
// The field that was passed, without its quotation marks; appends nothing when none was.
void ppm_kept_data_field(const struct ppm_kept_data *data, uint32_t file, uint64_t row, struct ppm_buffer *out);
// The pool of all kept texts, for ppm_job_options.texts.
struct ppm_text_pool *ppm_kept_data_texts(struct ppm_kept_data *data);
// Where big arrays beside the data may come from, under the same limit.
struct ppm_memory *ppm_kept_data_memory(const struct ppm_kept_data *data);
// A source over the file's rows for a program that was wanted, bound to it. The "lines" of its rows are their numbers, counted from 0. NULL: memory. Close with ppm_kept_source_close.
struct ppm_source *ppm_kept_source_new(const struct ppm_kept_data *data, uint32_t file, const struct ppm_program *program, const volatile int *interrupted);
void ppm_kept_source_close(struct ppm_source *source);

#endif

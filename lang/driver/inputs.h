// Model and data made ready together, as run, check and disasm need them.
#ifndef PPM_LANG_DRIVER_INPUTS_H
#define PPM_LANG_DRIVER_INPUTS_H

#include "lang/driver/driver.h"

// A data file, and what it is to the model.
struct ppm_input {
	struct ppm_slice dataset;          // whose rows it holds; empty when the model declares no dataset
	uint32_t table;                    // of the job; PPM_NO_INDEX: the model streams
	const struct ppm_program *program; // that reads it
	const char *path, *shown;          // what is opened, and what messages call it; NULL: it was not given
	char *resolved;                    // the path, when it is the input's own
	const char *rejects;               // where its refused rows go; NULL: nowhere
	struct ppm_source *source;
};

struct ppm_task {
	struct ppm_files *files;
	struct ppm_model *model;
	struct ppm_input *inputs; // the first is the scored dataset's, or that of the dataset whose keys make it
	uint32_t input_count;
	struct ppm_input against; // the rows to compare with; path NULL: none
};

struct ppm_task_request {
	const char *model_path;
	const char *const *arguments; // FILE or NAME=FILE
	size_t argument_count;
	const char *against; // NULL: none
	bool all;            // every file that the model needs has to be there; else those that are given …
	bool headers;        // … and then those that the model names
	bool digest;
	bool varied;             // other variants of the model may read what this one does not: nothing is said of it
	struct ppm_files *files; // the model's, opened already: the task closes them; NULL: those of model_path
	struct ppm_compile_request compile;
	struct ppm_source_options source;
};

// Compiles the model, finds and opens its files and checks their headers. Everything was shown on failure. Close it in any case.
enum ppm_exit ppm_task_open(const struct ppm_driver *driver, struct ppm_task *task, const struct ppm_task_request *request);
void ppm_task_close(struct ppm_task *task);
// Whether all its files can be read once more: pipes and standard input cannot.
bool ppm_task_is_repeatable(const struct ppm_task *task);
// Opens the files once more, so that they can be read again from their beginning. Everything was shown on failure.
enum ppm_exit ppm_task_reopen(const struct ppm_driver *driver, struct ppm_task *task, const struct ppm_source_options *options);
// Reads an input of a reopened task by one thread, and shows `take` each batch; line L of the file is `before + batch->lines[row] + 1`. False from it: memory ran out. Everything was shown on failure.
enum ppm_exit ppm_input_read_again(const struct ppm_driver *driver, const struct ppm_input *input,
	bool (*take)(void *context, const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint64_t before), void *context);
// How messages name a table that is no file: by its name, or as what it is.
void ppm_task_table_name(const struct ppm_table *table, char name[200]);
// The input of that dataset, or NULL.
struct ppm_input *ppm_task_input(struct ppm_task *task, struct ppm_slice dataset);
// Refuses a name that is no input of the model, with a guess what was meant. Returns PPM_EXIT_USAGE.
enum ppm_exit ppm_task_no_input(const struct ppm_driver *driver, const struct ppm_task *task, struct ppm_slice name);

#endif

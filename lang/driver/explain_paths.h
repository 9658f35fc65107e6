// `explain --path` and `--ask`: the rows that are explained, changed.
#ifndef PPM_LANG_DRIVER_EXPLAIN_PATHS_H
#define PPM_LANG_DRIVER_EXPLAIN_PATHS_H

#include "lang/driver/explain_try.h"
#include "lang/explain/explain.h"

struct ppm_explain_changes {
	const struct ppm_driver *driver;
	struct ppm_task *task;
	const struct ppm_explanation *about;
	const struct ppm_source_options *source;
	bool active;                       // changes are tried
	bool paths;                        // to another tier
	bool asks;                         // of what is not known
	struct ppm_row_fact_range *ranges; // [fields of `about`, then its figures]
	struct ppm_try_rows rows;
};

// Looks at what is asked for, once the model is there. PPM_EXIT_USAGE after a message.
enum ppm_exit ppm_explain_changes_open(struct ppm_explain_changes *changes, struct ppm_arena *arena);
void ppm_explain_changes_close(struct ppm_explain_changes *changes);
// Sees each scored row.
void ppm_explain_changes_look(struct ppm_explain_changes *changes, const struct ppm_engine_row *row);
// Fetches the records of the rows from their file, unless they came with the rows. Everything was shown on failure.
enum ppm_exit ppm_explain_changes_read(struct ppm_explain_changes *changes, struct ppm_try_record *const *records, size_t count, struct ppm_arena *arena);
// Finds what `row` shall show of changes. The trial rows' arena is `arena`.
enum ppm_status ppm_explain_changes_find(struct ppm_explain_changes *changes, const struct ppm_try_record *record, const struct ppm_job_watch *watch, uint64_t index,
	struct ppm_explained_row *row, struct ppm_arena *arena);

#endif

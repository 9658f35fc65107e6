// What is said of a run besides its rows.
#ifndef PPM_LANG_DRIVER_SUMMARY_H
#define PPM_LANG_DRIVER_SUMMARY_H

#include "lang/driver/outputs.h"
#include "runtime/engine/job_run.h"

// What a run tells: `scored` of either way to run, `job` NULL when the model streamed.
struct ppm_run_report {
	const struct ppm_engine_report *scored;
	const struct ppm_job_report *job;
	double seconds;
};

// Customers and time, tiers with counts and actions, what could not be decided, overrules, metrics.
void ppm_summary_write(const struct ppm_task *task, const struct ppm_run_report *report, struct ppm_buffer *out);

struct ppm_findings {
	const struct ppm_outs *outs;
	const char *indent;      // before each line
	bool json;               // an object a line
	bool all;                // also what is no news: rows read, temporary files
	bool metrics, summaries; // those that are written nowhere: their figures, their names
};
// What nobody should miss even in a pipe: rejected rows, orphans and unknown keys, computations without a value, inferred columns.
void ppm_summary_findings(const struct ppm_task *task, const struct ppm_run_report *report, const struct ppm_findings *how, struct ppm_buffer *out);
// The metrics as a block of lines.
void ppm_summary_metrics(const struct ppm_task *task, const struct ppm_job_report *report, const char *indent, struct ppm_buffer *out);
// Whether any row of any file was refused or, with a file for them, put aside as an orphan.
bool ppm_summary_has_rejects(const struct ppm_task *task, const struct ppm_run_report *report);
// The result's origin as a JSON object: model, its files and their digests, data, as-of day, version. Digests of data are there once it was read.
void ppm_summary_provenance(const struct ppm_task *task, struct ppm_buffer *out);

#endif

// What is said of a run besides its rows.
#ifndef PPM_LANG_DRIVER_SUMMARY_H
#define PPM_LANG_DRIVER_SUMMARY_H

#include "lang/driver/driver.h"
#include "runtime/engine/engine.h"

// Customers and time, tiers with counts and actions, what could not be decided, overrules, inferred columns.
void ppm_summary_write(const struct ppm_task *task, const struct ppm_engine_report *report, struct ppm_buffer *out);
// What nobody should miss even in a pipe: rejected rows, computations without a value. `rejects` NULL: none were asked for. `indent` stands before each line.
void ppm_summary_findings(const struct ppm_task *task, const struct ppm_engine_report *report, const char *rejects, const char *indent, struct ppm_buffer *out);
// The result's origin as a JSON object: model, its files and their digests, data, as-of day, version. `digest` of the data goes in when it is not empty.
void ppm_summary_provenance(const struct ppm_task *task, struct ppm_slice digest, struct ppm_buffer *out);

#endif

// All files that a run writes: the result, rejects, summaries, metrics, the result's origin. Each is opened before the run, so that a folder that is not there is
// not found out at its end, and each appears whole or not at all, after everything went well.
#ifndef PPM_LANG_DRIVER_OUTPUTS_H
#define PPM_LANG_DRIVER_OUTPUTS_H

#include "lang/driver/inputs.h"
#include "runtime/sink/atomic_file.h"
#include "runtime/sink/sink.h"

enum ppm_output_role { PPM_OUT_RESULT, PPM_OUT_REJECTS, PPM_OUT_SUMMARY, PPM_OUT_METRICS, PPM_OUT_ORIGIN };

struct ppm_out {
	enum ppm_output_role role;
	const char *path;            // "-": standard output
	struct ppm_slice name;       // REJECTS: the dataset, empty for the input that may stand alone; SUMMARY: the summary
	enum ppm_sink_format format; // RESULT, SUMMARY, METRICS
	struct ppm_atomic_file *file;
};

struct ppm_outs {
	struct ppm_out *items; // the result comes first
	size_t count;
	char *origin; // OUTPUT.json, the path of ORIGIN
};

// Fills the list from the options. PPM_EXIT_USAGE after a message; free it in any case.
enum ppm_exit ppm_outs_take(struct ppm_outs *outs, const struct ppm_driver *driver);
// What the command line alone can say of the rest: two outputs that are one file, an output that is the model.
enum ppm_exit ppm_outs_check(const struct ppm_outs *outs, const struct ppm_driver *driver, const char *model_path);
// Once the task is known: the model's summaries and datasets are called so, and no output is an input.
enum ppm_exit ppm_outs_check_task(const struct ppm_outs *outs, const struct ppm_driver *driver, struct ppm_task *task);
enum ppm_exit ppm_outs_open(struct ppm_outs *outs, const struct ppm_driver *driver);
enum ppm_exit ppm_out_write(const struct ppm_driver *driver, struct ppm_out *out, const struct ppm_buffer *text);
// In order; what is left after a failure is abandoned by ppm_outs_free.
enum ppm_exit ppm_outs_commit(struct ppm_outs *outs, const struct ppm_driver *driver);
void ppm_outs_free(struct ppm_outs *outs);
// The file for a role and name, or NULL.
struct ppm_out *ppm_outs_find(const struct ppm_outs *outs, enum ppm_output_role role, struct ppm_slice name);
// The file that could not be written, or NULL.
const struct ppm_out *ppm_outs_failed(const struct ppm_outs *outs);
// A failed write in words.
enum ppm_exit ppm_out_failed(const struct ppm_driver *driver, const char *path, enum ppm_status status, int error);

#endif

// `ppmc diff`: two models, or two revisions of one. diff.c opens them and tells what changed in meaning; diff_tests.c which tests cover that, and
// diff_customers.c, with data, whom it moves.
#ifndef PPM_LANG_DRIVER_DIFF_H
#define PPM_LANG_DRIVER_DIFF_H

#include "lang/compare/changes.h"
#include "lang/driver/driver.h"

// One of the two models. All texts live as long as the driver's options.
struct ppm_diff_side {
	const char *path;     // of the model, as it was given
	const char *revision; // of git, whose files it is read from; NULL: as on disk
	bool from_root;       // the path is the repository's: REV:path
	const char *shown;    // "HEAD~1", "model.ppm": what it is called, unescaped
};

enum ppm_diff_format { PPM_DIFF_TEXT, PPM_DIFF_MARKDOWN, PPM_DIFF_JSON };

// The data that were given after the models, as a task takes them (inputs.h): FILE or NAME=FILE.
struct ppm_diff_data {
	const char *const *arguments;
	size_t count; // 0: no data, and customers are not asked for
};

// Opens the files of one side; each call opens them anew, to be closed with ppm_files_close or by a task. On failure the reason has been shown.
enum ppm_exit ppm_diff_open(const struct ppm_driver *driver, const struct ppm_diff_side *side, struct ppm_files **files);

// Runs the newer model's tests, and appends which of them cover the rules that the changes touch (JSON: a further member). `files` are the newer model's, and stay open.
enum ppm_exit ppm_diff_tests(const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_model *after, const struct ppm_changes *changes, enum ppm_diff_format format,
	struct ppm_buffer *out);

// With data: appends the section on customers to `out` in the format (JSON: further members of the object, each with a comma before it). *failed: a --fail-if holds.
// On failure the reason has been shown.
enum ppm_exit ppm_diff_customers(const struct ppm_driver *driver, const struct ppm_diff_side *before, const struct ppm_diff_side *after, const struct ppm_changes *changes,
	const struct ppm_diff_data *data, enum ppm_diff_format format, struct ppm_buffer *out, bool *failed);

#endif

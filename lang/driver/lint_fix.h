// The part of `ppmc lint` that changes the model.
#ifndef PPM_LANG_DRIVER_LINT_FIX_H
#define PPM_LANG_DRIVER_LINT_FIX_H

#include "lang/analysis/lint_fix.h"
#include "lang/driver/driver.h"

struct ppm_lint_mended {
	enum ppm_diag_format format; // that it is told in
	struct ppm_buffer said;      // a line for each fix, then with --check what would change
	uint32_t count;
};

// Mends what can be mended, in the file or with --check in memory only. *model was compiled from `files` as `request` says and its findings were weighed; it becomes the mended text's, as
// `files` does.
enum ppm_exit ppm_lint_mend(const struct ppm_driver *driver, const struct ppm_lint_settings *settings, const struct ppm_compile_request *request, struct ppm_files *files,
	struct ppm_model **model, struct ppm_lint_mended *mended);

#endif

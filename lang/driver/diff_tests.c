// The part of `ppmc diff` that runs the newer model's tests: which of them cover what changed.
#include "lang/compare/covered.h"
#include "lang/driver/diff.h"
#include "lang/driver/signals.h"

#include <errno.h>
#include <stdlib.h>

// Tests that do not compile are no reason to tell nothing of the models.
static enum ppm_exit cover(const struct ppm_driver *driver, struct ppm_files *files, struct ppm_covering *covering, enum ppm_covered_state *state)
{
	struct ppm_driver_settled settled = { .settings = NULL };
	uint64_t memory = 0;
	enum ppm_exit code = ppm_driver_settle(driver, files, NULL, &settled);
	enum ppm_status status = PPM_OK;

	if (!code)
		code = ppm_driver_tests_path(driver, files, &settled.options.tests_path);
	if (!code)
		code = ppm_driver_memory_limit(driver, &memory);
	if (!code) {
		const struct ppm_testing_request request = { .path = files->path, .compile = &settled.options, .simd = ppm_simd_best(), .memory_limit = memory, .interrupted = ppm_signals_flag() };
		settled.options.strict = false;
		status = ppm_covering_find(covering, &request);
	}
	free(settled.settings);
	*state = status == PPM_ERROR_MODEL || status == PPM_ERROR_LIMIT ? PPM_COVERED_BROKEN : covering->count ? PPM_COVERED_RUN : PPM_COVERED_NONE;
	if (code || !status || *state == PPM_COVERED_BROKEN)
		return code;
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	if (status == PPM_ERROR_INTERRUPTED) {
		ppm_driver_say(driver, "error", NULL, "interrupted");
		return PPM_EXIT_IO;
	}
	return ppm_driver_io(driver, "keep rows of", files->path.data, errno);
}

enum ppm_exit ppm_diff_tests(const struct ppm_driver *driver, struct ppm_files *files, const struct ppm_model *after, const struct ppm_changes *changes, enum ppm_diff_format format,
	struct ppm_buffer *out)
{
	struct ppm_covering covering = { .tests = NULL };
	struct ppm_covered covered = { .covering = &covering, .changes = changes, .after = after };
	enum ppm_exit code;

	ppm_arena_init(&covering.arena, NULL);
	code = cover(driver, files, &covering, &covered.state);
	if (!code && format == PPM_DIFF_TEXT)
		ppm_covered_text(&covered, driver->colour_out, out);
	else if (!code && format == PPM_DIFF_MARKDOWN)
		ppm_covered_markdown(&covered, out);
	else if (!code)
		ppm_covered_json(&covered, out);
	ppm_covering_free(&covering);
	return code;
}

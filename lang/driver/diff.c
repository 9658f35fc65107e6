// The models that `ppmc diff` compares, opened from disk.
#include "lang/driver/diff.h"

enum ppm_exit ppm_diff_open(const struct ppm_driver *driver, const struct ppm_diff_side *side, struct ppm_files **files)
{
	char problem[256] = "";
	enum ppm_status status = ppm_files_open(files, side->path, problem);

	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	if (status)
		ppm_driver_say(driver, "error", NULL, "cannot read the model `%s`: %s", side->shown, problem);
	return status ? PPM_EXIT_IO : PPM_EXIT_DONE;
}

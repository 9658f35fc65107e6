// A line that tells how far a long run is. Only for a terminal.
#ifndef PPM_LANG_DRIVER_PROGRESS_H
#define PPM_LANG_DRIVER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ppm_progress {
	double started;      // seconds of a clock that only goes forwards
	bool shown;
};

void ppm_progress_begin(struct ppm_progress *progress);
// For struct ppm_engine_options, `context` a struct ppm_progress: shows rows and the share of the file, from two seconds on.
void ppm_progress_show(void *context, uint64_t rows, uint64_t bytes, uint64_t size);
// Takes the line away.
void ppm_progress_end(struct ppm_progress *progress);

#endif

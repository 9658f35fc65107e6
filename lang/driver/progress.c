// The progress line: quiet for two seconds, since most runs are over by then.
#include "lang/driver/progress.h"

#include "lang/driver/driver.h"

#include <stdio.h>
#include <time.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void ppm_progress_begin(struct ppm_progress *progress)
{
	progress->started = now();
	progress->shown = false;
}

void ppm_progress_show(void *context, uint64_t rows, uint64_t bytes, uint64_t size)
{
	struct ppm_progress *progress = context;
	double seconds = now() - progress->started;
	char count[32];

	if (seconds < 2)
		return;
	progress->shown = true;
	fprintf(stderr, "\r\033[K%s rows", ppm_driver_count(rows, count));
	if (size && bytes <= size) {
		double share = (double)bytes / (double)size;
		fprintf(stderr, ", %.0f %%", share * 100);
		if (share > 0.02)
			fprintf(stderr, ", %.0f s left", seconds / share - seconds);
	} else {
		fprintf(stderr, ", %.0f MB", (double)bytes / 1e6);
	}
	fflush(stderr);
}

void ppm_progress_end(struct ppm_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}

// A task's model run over its files for what its rows say rather than for a file of results: explain, test, diff, whatif and backtest look at every scored row.
#ifndef PPM_LANG_DRIVER_ROWS_H
#define PPM_LANG_DRIVER_ROWS_H

#include "lang/driver/inputs.h"
#include "runtime/engine/job_watch.h"
#include "runtime/engine/row.h"

struct ppm_rows_request {
	// Sees each scored row, in the file's order and in one thread. False: memory ran out.
	bool (*look)(void *context, const struct ppm_engine_row *row);
	void *context;
	enum ppm_simd simd;
	const char *nothing; // ends the message of a failure: "nothing is explained"
};

// Rows with errors are left out, and their number told in a note. Failures were shown. An input that is a file can be gone through once for each time that the task was opened.
enum ppm_exit ppm_task_look(const struct ppm_driver *driver, const struct ppm_task *task, const struct ppm_rows_request *request);
// Runs the task's job for what it gives the rows that are watched; what was told of its rows before is not told again.
enum ppm_exit ppm_task_watch(const struct ppm_driver *driver, const struct ppm_task *task, enum ppm_simd simd, const char *nothing, struct ppm_job_watch *watches, size_t count);

#endif

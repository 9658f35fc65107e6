// What ppmc's exit status means; the man page repeats it.
#ifndef PPM_LANG_DRIVER_EXIT_H
#define PPM_LANG_DRIVER_EXIT_H

#include "runtime/base/status.h"

enum ppm_exit {
	PPM_EXIT_DONE = 0,      // every row is in the result, no check failed
	PPM_EXIT_FINDINGS = 1,  // finished, but rows were rejected or a check failed
	PPM_EXIT_USAGE = 2,     // the command line is wrong, also in what only the compiler can tell
	PPM_EXIT_MODEL = 3,     // the model has errors
	PPM_EXIT_DATA = 4,      // the data has errors
	PPM_EXIT_IO = 5,        // a file could not be read or written
	PPM_EXIT_LIMIT = 6,     // a limit was passed, or memory ran out
	PPM_EXIT_BUG = 70,      // ppmc itself is wrong
};

static inline enum ppm_exit ppm_exit_of(enum ppm_status status)
{
	switch (status) {
	case PPM_OK: return PPM_EXIT_DONE;
	case PPM_ERROR_DATA: return PPM_EXIT_DATA;
	case PPM_ERROR_MODEL: return PPM_EXIT_MODEL;
	case PPM_ERROR_MEMORY:
	case PPM_ERROR_LIMIT: return PPM_EXIT_LIMIT;
	case PPM_ERROR_IO:
	case PPM_ERROR_PIPE:
	case PPM_ERROR_INTERRUPTED: return PPM_EXIT_IO;
	}
	return PPM_EXIT_BUG;
}

#endif

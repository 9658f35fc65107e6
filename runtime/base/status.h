// Outcomes of the environment. A user's mistake is a diagnostic, a bug is an assert; what is left - memory,
// files, limits - travels as one of these. The values are not exit codes: the driver maps them (driver/exit.h).
#ifndef PPM_RUNTIME_BASE_STATUS_H
#define PPM_RUNTIME_BASE_STATUS_H

enum ppm_status {
	PPM_OK = 0,
	PPM_ERROR_MEMORY,      // an allocation failed
	PPM_ERROR_IO,          // a read, write, open, fsync or rename failed; errno says why
	PPM_ERROR_PIPE,        // the reader of our output has gone: end quietly, but not with success
	PPM_ERROR_LIMIT,       // a documented limit was passed
	PPM_ERROR_DATA,        // the data has errors; they were reported
	PPM_ERROR_MODEL,       // the model has errors; they were reported
	PPM_ERROR_INTERRUPTED, // SIGINT or SIGTERM
};

// A flag that a signal's handler sets, which any thread may be running while others look: NULL is a flag that nobody sets.
static inline int ppm_signalled(const volatile int *flag)
{
	return flag ? __atomic_load_n(flag, __ATOMIC_RELAXED) : 0;
}

#endif

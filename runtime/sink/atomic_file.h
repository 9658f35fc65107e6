// A file that appears whole or not at all: written beside its name, checked at every write, fsynced, renamed.
//
// A writer to a pipe whose reader has gone gets SIGPIPE, one that passes RLIMIT_FSIZE gets SIGXFSZ: programs that want a status instead ignore both.
#ifndef PPM_RUNTIME_SINK_ATOMIC_FILE_H
#define PPM_RUNTIME_SINK_ATOMIC_FILE_H

#include "runtime/base/allocator.h"
#include "runtime/base/status.h"

struct ppm_atomic_file;

// `path` "-" is standard output and NULL nothing at all; a path that is a device or a FIFO (/dev/null) is written straight. A symbolic link stays: what
// it points to is replaced. The old file's permissions are kept; a file that may not be written is not replaced either (EACCES).
enum ppm_status ppm_atomic_file_open(struct ppm_atomic_file **out, const struct ppm_allocator *allocator, const char *path);
// `tell` is called by commit and abandon when the temporary file could not be removed: it is still there, and error is errno's.
void ppm_atomic_file_on_leftover(struct ppm_atomic_file *file, void (*tell)(const void *context, const char *path, int error), const void *context);
// All of it, over EINTR and short writes. PPM_ERROR_IO with errno, PPM_ERROR_PIPE for a closed pipe.
enum ppm_status ppm_atomic_file_write(struct ppm_atomic_file *file, const char *data, size_t size);
// errno of the write that failed, 0 when none has.
int ppm_atomic_file_failure(const struct ppm_atomic_file *file);
// Whether bytes went out that nobody takes back: to standard output, a device, a FIFO.
bool ppm_atomic_file_is_out(const struct ppm_atomic_file *file);
// fsync, rename, fsync of the folder; frees the file whatever happens. On failure the old file is as it was. After a failed write it only abandons, and
// says again why.
enum ppm_status ppm_atomic_file_commit(struct ppm_atomic_file *file);
// Removes the temporary file and frees. NULL does nothing. errno is kept.
void ppm_atomic_file_abandon(struct ppm_atomic_file *file);
// The temporary file's path while there is one, else NULL: a signal handler that must end at once may unlink(2) it. Belongs to the file.
const char *ppm_atomic_file_temporary(const struct ppm_atomic_file *file);

#endif

// Files as they were at a revision of git. git itself is asked, by its plumbing and without a shell: it knows every way to name a revision, and how its store is made.
#ifndef PPM_LANG_DRIVER_GIT_H
#define PPM_LANG_DRIVER_GIT_H

#include "runtime/base/buffer.h"
#include "runtime/base/status.h"

struct ppm_revision;

// The revision and the folder of a file, whose name is `path`. `path` is relative to the working folder or absolute; with `from_root`, to the root of the repository that the working folder is in. Its
// folder need not exist any more. PPM_ERROR_MEMORY; PPM_ERROR_IO with a sentence in `problem`, and in `help` what to do about it (or ""). Close it in any case but failure.
enum ppm_status ppm_revision_open(struct ppm_revision **out, const char *name, const char *path, bool from_root, char problem[256], char help[256]);
void ppm_revision_close(struct ppm_revision *revision);
// Appends the file, `path` below the folder of the revision's own file. PPM_ERROR_MEMORY, or PPM_ERROR_IO with a sentence in `problem`.
enum ppm_status ppm_revision_read(struct ppm_revision *revision, struct ppm_slice path, size_t limit, struct ppm_buffer *out, char problem[256]);

// The same for a file of any size, into a temporary file without a name: *descriptor is to be closed. *there is false when the revision has no such file.
enum ppm_status ppm_revision_export(struct ppm_revision *revision, struct ppm_slice path, int *descriptor, bool *there, char problem[256]);
// What it was called when it was opened.
const char *ppm_revision_name(const struct ppm_revision *revision);

// Where two revisions parted, as a revision's name in `base`. As above.
enum ppm_status ppm_revision_base(const char *one, const char *other, const char *path, char base[128], char problem[256], char help[256]);

#endif

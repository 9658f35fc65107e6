// The model's files. What a model names is read only below the model's own folder: no `..`, no absolute path, no symbolic link that leaves it, no device.
#ifndef PPM_LANG_DRIVER_FILES_H
#define PPM_LANG_DRIVER_FILES_H

#include "lang/ppm.h"
#include "runtime/base/arena.h"
#include "runtime/base/sha256.h"

#define PPM_MODEL_FILE_LIMIT ((size_t)1 << 20)

struct ppm_file {
	struct ppm_slice path; // as it is shown
	struct ppm_slice text;
	uint64_t device, inode;
	char digest[PPM_SHA256_HEX_SIZE + 1];
	struct ppm_file *next;
};

struct ppm_revision; // git.h

struct ppm_files {
	struct ppm_arena arena;
	struct ppm_revision *revision;   // of git, that they are read from; NULL: on disk
	struct ppm_slice path;           // the model, as the user gave it
	struct ppm_slice prefix;         // its folder with a slash, as the user gave it; may be empty
	char *folder;                    // the same resolved, for containment; NULL at a revision when it is no longer there
	struct ppm_descriptor *exported; // data files of the revision
	struct ppm_file *first, *last;   // the model itself, then what it uses
	bool unreadable;                 // a file could not be read though there is one: no fault of the model
};

// Reads the model. *out is NULL on failure: PPM_ERROR_MEMORY, or PPM_ERROR_IO or PPM_ERROR_LIMIT with a sentence in `problem`. Free with ppm_files_close.
enum ppm_status ppm_files_open(struct ppm_files **out, const char *path, char problem[256]);
// The same from a revision of git (git.h), which the files take over whatever comes of it. `path` is what the revision's own path is, and the one that messages show.
enum ppm_status ppm_files_open_revision(struct ppm_files **out, struct ppm_revision *revision, const char *path, char problem[256]);
void ppm_files_close(struct ppm_files *files);
// The loader of the model and of what it uses; lives as long as the files.
struct ppm_loader ppm_files_loader(struct ppm_files *files);

// A data file that the model names, below its folder: sets *resolved (to be freed), the path to open, and *shown (lives as long as the files), its name in messages.
// PPM_ERROR_MEMORY, or PPM_ERROR_IO with a sentence in `problem`.
enum ppm_status ppm_files_resolve(struct ppm_files *files, struct ppm_slice path, char **resolved, struct ppm_slice *shown, char problem[256]);

// What stands at a path when it is no regular file, by its st_mode, in words.
const char *ppm_driver_no_file(unsigned mode);
// errno in the words of ppmc's messages.
const char *ppm_driver_reason(int error);

#endif

// Reading models. The path that is checked is the one that is opened: both are the resolved one.
#include "lang/driver/files.h"

#include "lang/driver/git.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ppm_status problem_of(char problem[256], const char *text)
{
	snprintf(problem, 256, "%s", text);
	return PPM_ERROR_IO;
}

// What a call of the system that failed comes to: some of them need memory, too.
static enum ppm_status problem_of_errno(struct ppm_files *files, char problem[256])
{
	if (errno == ENOMEM)
		return PPM_ERROR_MEMORY;
	files->unreadable = files->unreadable || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENAMETOOLONG);
	return problem_of(problem, ppm_driver_reason(errno));
}

const char *ppm_driver_no_file(unsigned mode)
{
	return S_ISDIR(mode) ? "it is a folder" : S_ISFIFO(mode) ? "it is a pipe, not a file" : S_ISSOCK(mode) ? "it is a socket, not a file" : "it is a device, not a file";
}

const char *ppm_driver_reason(int error)
{
	switch (error) {
	case 0: return "the reason is not known";
	case ENOENT: return "there is no such file";
	case EBADF: return "it is closed";
	case EISDIR: return "it is a folder";
	case ENXIO: return "it is a socket or a device, not a file";
	case ENOTDIR: return "a part of the path is no folder";
	case EACCES:
	case EPERM: return "permission is denied";
	case ENOSPC: return "the disk is full";
	case EDQUOT: return "the quota is used up";
	case EFBIG: return "the file would be larger than is allowed";
	case EROFS: return "the file system is read-only";
	case ENAMETOOLONG: return "the name is too long";
	case ELOOP: return "symbolic links go in a circle";
	case EMFILE:
	case ENFILE: return "too many files are open";
	default: return strerror(error);
	}
}

// Digests, and keeps in the list.
static void keep(struct ppm_files *files, struct ppm_file *file)
{
	struct ppm_sha256 sha256;
	uint8_t digest[PPM_SHA256_SIZE];

	ppm_sha256_begin(&sha256);
	ppm_sha256_update(&sha256, file->text.data, file->text.size);
	ppm_sha256_finish(&sha256, digest);
	ppm_sha256_hex(digest, file->digest);
	if (files->last)
		files->last->next = file;
	else
		files->first = file;
	files->last = file;
}

// A pipe is fine for the model itself (`<(…)` of a shell), not for what a model names.
static enum ppm_status read_file(struct ppm_files *files, const char *path, struct ppm_slice shown, bool main, char problem[256])
{
	struct ppm_file *file = PPM_ARENA_NEW(&files->arena, struct ppm_file);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (main ? 0 : O_NONBLOCK | O_NOFOLLOW));
	size_t capacity = 65536, size = 0;
	enum ppm_status failure = PPM_ERROR_IO;
	struct stat status;
	char *text;

	if (descriptor < 0)
		return problem_of_errno(files, problem);
	if (!file || fstat(descriptor, &status)) {
		failure = file ? problem_of_errno(files, problem) : PPM_ERROR_MEMORY;
		close(descriptor);
		return failure;
	}
	if (!S_ISREG(status.st_mode) && !(main && S_ISFIFO(status.st_mode))) {
		close(descriptor);
		return problem_of(problem, ppm_driver_no_file(status.st_mode));
	}
	if (S_ISREG(status.st_mode) && status.st_size > 0 && (size_t)status.st_size <= PPM_MODEL_FILE_LIMIT)
		capacity = (size_t)status.st_size + 1;
	text = malloc(capacity);
	while (text) {
		ssize_t got = read(descriptor, text + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			problem_of_errno(files, problem);
			break;
		}
		size += (size_t)got;
		if (size > PPM_MODEL_FILE_LIMIT) {
			problem_of(problem, "it is larger than 1 MiB, the most that a model may be");
			failure = PPM_ERROR_LIMIT;
			break;
		}
		if (got == 0) {
			close(descriptor);
			file->text = ppm_arena_copy(&files->arena, (struct ppm_slice){ text, size });
			file->path = ppm_arena_copy(&files->arena, shown);
			file->device = (uint64_t)status.st_dev;
			file->inode = (uint64_t)status.st_ino;
			free(text);
			if (files->arena.failed)
				return PPM_ERROR_MEMORY;
			keep(files, file);
			return PPM_OK;
		}
		if (size == capacity) {
			char *more = realloc(text, capacity *= 2);
			if (!more)
				free(text);
			text = more;
		}
	}
	close(descriptor);
	if (!text)
		return PPM_ERROR_MEMORY;
	free(text);
	return failure;
}

static bool has_dots(struct ppm_slice path)
{
	for (size_t at = 0; at < path.size;) {
		size_t end = at;
		while (end < path.size && path.data[end] != '/')
			end++;
		if (end - at == 2 && path.data[at] == '.' && path.data[at + 1] == '.')
			return true;
		at = end + 1;
	}
	return false;
}

static enum ppm_status allowed(struct ppm_slice path, char problem[256])
{
	if (!path.size || memchr(path.data, 0, path.size))
		return problem_of(problem, "that is no file name");
	if (path.data[0] == '/')
		return problem_of(problem, "a path from the root is not allowed; files are read below the model's folder");
	if (has_dots(path))
		return problem_of(problem, "`..` is not allowed; files are read below the model's folder");
	return PPM_OK;
}

// The path, relative to the model's folder, without symbolic links, when it is a file below that folder.
static enum ppm_status resolve(struct ppm_files *files, struct ppm_slice path, char resolved[PATH_MAX], char problem[256])
{
	char joined[PATH_MAX];
	size_t folder = strlen(files->folder);
	int size;

	if (allowed(path, problem))
		return PPM_ERROR_IO;
	size = snprintf(joined, sizeof joined, "%s/%.*s", files->folder, (int)(path.size < PATH_MAX ? path.size : PATH_MAX), path.data);
	if (size < 0 || (size_t)size >= sizeof joined)
		return problem_of(problem, "the name is too long");
	if (!realpath(joined, resolved))
		return problem_of_errno(files, problem);
	if (strncmp(resolved, files->folder, folder) != 0 || (folder > 1 && resolved[folder] != '/'))
		return problem_of(problem, "a symbolic link leads out of the model's folder");
	return PPM_OK;
}

// ---- at a revision -------------------------------------------------------------------------------------------------

// Without `.` and empty parts, so that a file has one path.
static struct ppm_slice plain_path(struct ppm_files *files, struct ppm_slice path)
{
	struct ppm_buffer plain;
	struct ppm_slice copy = { NULL, 0 };

	ppm_buffer_init(&plain, NULL);
	for (size_t at = 0; at < path.size;) {
		size_t end = at;
		while (end < path.size && path.data[end] != '/')
			end++;
		if (end > at && !(end - at == 1 && path.data[at] == '.')) {
			if (plain.size)
				ppm_buffer_append_char(&plain, '/');
			ppm_buffer_append(&plain, path.data + at, end - at);
		}
		at = end + 1;
	}
	if (!plain.failed)
		copy = ppm_arena_copy(&files->arena, ppm_buffer_slice(&plain));
	ppm_buffer_free(&plain);
	return copy;
}

// `path` is below the model's folder; the model itself is asked for as its own.
static enum ppm_status read_revision(struct ppm_files *files, struct ppm_slice path, struct ppm_slice shown, char problem[256])
{
	struct ppm_file *file;
	struct ppm_buffer text;
	struct ppm_slice below = plain_path(files, path);
	uint64_t known = 0;
	enum ppm_status status;

	if (!below.data)
		return PPM_ERROR_MEMORY;
	for (file = files->first; file; file = file->next, known++)
		if (file != files->first && ppm_slice_equal(file->path, below)) // it was read before: one identity
			break;
	if (file) {
		struct ppm_file *again = PPM_ARENA_NEW(&files->arena, struct ppm_file);
		if (!again)
			return PPM_ERROR_MEMORY;
		*again = *file;
		again->next = NULL;
		files->last->next = again;
		files->last = again;
		return PPM_OK;
	}
	ppm_buffer_init(&text, NULL);
	status = ppm_revision_read(files->revision, below, PPM_MODEL_FILE_LIMIT, &text, problem);
	file = status ? NULL : PPM_ARENA_NEW(&files->arena, struct ppm_file);
	if (file) {
		file->text = ppm_arena_copy(&files->arena, ppm_buffer_slice(&text));
		file->path = files->first ? below : shown;
		file->inode = known + 1;
		if (files->arena.failed)
			status = PPM_ERROR_MEMORY;
		else
			keep(files, file);
	} else if (!status) {
		status = PPM_ERROR_MEMORY;
	}
	ppm_buffer_free(&text);
	return status;
}

static enum ppm_status load_inner(struct ppm_files *files, struct ppm_slice shown, char problem[256])
{
	struct ppm_slice path = shown;
	char resolved[PATH_MAX];
	enum ppm_status status;

	if (path.size > files->prefix.size && !memcmp(path.data, files->prefix.data ? files->prefix.data : "", files->prefix.size)) {
		path.data += files->prefix.size;
		path.size -= files->prefix.size;
	}
	if (files->revision)
		return allowed(path, problem) ? PPM_ERROR_IO : read_revision(files, path, shown, problem);
	status = resolve(files, path, resolved, problem);
	return status ? status : read_file(files, resolved, shown, false, problem);
}

struct ppm_descriptor {
	int number;
	struct ppm_descriptor *next;
};

// A data file of the revision, as a file that can be opened again; *resolved stays NULL where the revision has none.
static enum ppm_status resolve_revision(struct ppm_files *files, struct ppm_slice path, char **resolved, struct ppm_slice *shown, char problem[256])
{
	struct ppm_slice below = plain_path(files, path);
	struct ppm_descriptor *kept = PPM_ARENA_NEW(&files->arena, struct ppm_descriptor);
	char name[32];
	bool there;
	enum ppm_status status;

	if (!below.data || !kept)
		return PPM_ERROR_MEMORY;
	status = ppm_revision_export(files->revision, below, &kept->number, &there, problem);
	if (status)
		return there || status == PPM_ERROR_MEMORY ? status : PPM_OK;
	kept->next = files->exported;
	files->exported = kept;
	snprintf(name, sizeof name, "/dev/fd/%d", kept->number);
	*resolved = strdup(name);
	*shown = ppm_arena_format(&files->arena, "%.*s at %s", (int)shown->size, shown->data, ppm_revision_name(files->revision));
	return *resolved && shown->data ? PPM_OK : PPM_ERROR_MEMORY;
}

enum ppm_status ppm_files_resolve(struct ppm_files *files, struct ppm_slice path, char **resolved, struct ppm_slice *shown, char problem[256])
{
	char target[PATH_MAX];
	struct stat status;
	enum ppm_status found = allowed(path, problem);

	*resolved = NULL;
	*shown = ppm_arena_format(&files->arena, "%.*s%.*s", (int)files->prefix.size, files->prefix.data ? files->prefix.data : "", (int)path.size, path.data);
	if (!shown->data)
		return PPM_ERROR_MEMORY;
	if (!found && files->revision) {
		found = resolve_revision(files, path, resolved, shown, problem);
		if (found || *resolved)
			return found;
		if (!files->folder)
			return problem_of(problem, "neither the revision has such a file, nor is its folder there any more");
	}
	if (!found)
		found = resolve(files, path, target, problem);
	if (found)
		return found;
	if (stat(target, &status))
		return problem_of_errno(files, problem);
	if (!S_ISREG(status.st_mode))
		return problem_of(problem, ppm_driver_no_file(status.st_mode));
	*resolved = strdup(target);
	return *resolved ? PPM_OK : PPM_ERROR_MEMORY;
}

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	struct ppm_files *files = context;
	struct ppm_file *file = files->first;
	enum ppm_status status;

	while (file && !ppm_slice_equal(path, file->path)) // a model that is compiled again is what it was
		file = file->next;
	if (!file) {
		status = load_inner(files, path, problem);
		if (status)
			return status;
		file = files->last;
	}
	*text = file->text;
	*identity = ppm_arena_format(&files->arena, "%llx:%llx", (unsigned long long)file->device, (unsigned long long)file->inode);
	return identity->data ? PPM_OK : PPM_ERROR_MEMORY;
}

struct ppm_loader ppm_files_loader(struct ppm_files *files)
{
	return (struct ppm_loader){ load, files };
}

enum ppm_status ppm_files_open(struct ppm_files **out, const char *path, char problem[256])
{
	struct ppm_files *files = calloc(1, sizeof *files);
	const char *slash = strrchr(path, '/');
	enum ppm_status status = PPM_OK;

	*out = NULL;
	if (!files)
		return PPM_ERROR_MEMORY;
	ppm_arena_init(&files->arena, NULL);
	files->path = ppm_arena_copy(&files->arena, ppm_slice_of(path));
	files->prefix = ppm_arena_copy(&files->arena, (struct ppm_slice){ path, slash ? (size_t)(slash - path) + 1 : 0 });
	if (files->arena.failed)
		status = PPM_ERROR_MEMORY;
	else
		status = read_file(files, path, files->path, true, problem);
	if (!status) {
		char *folder = files->prefix.size ? strndup(path, files->prefix.size) : strdup(".");
		files->folder = folder ? realpath(folder, NULL) : NULL;
		if (!files->folder)
			status = problem_of_errno(files, problem);
		free(folder);
	}
	if (status)
		ppm_files_close(files);
	else
		*out = files;
	return status;
}

enum ppm_status ppm_files_open_revision(struct ppm_files **out, struct ppm_revision *revision, const char *path, char problem[256])
{
	struct ppm_files *files = calloc(1, sizeof *files);
	const char *slash = strrchr(path, '/');
	enum ppm_status status;

	*out = NULL;
	if (!files) {
		ppm_revision_close(revision);
		return PPM_ERROR_MEMORY;
	}
	files->revision = revision;
	ppm_arena_init(&files->arena, NULL);
	files->path = ppm_arena_copy(&files->arena, ppm_slice_of(path));
	files->prefix = ppm_arena_copy(&files->arena, (struct ppm_slice){ path, slash ? (size_t)(slash - path) + 1 : 0 });
	status = files->arena.failed ? PPM_ERROR_MEMORY : read_revision(files, ppm_slice_of(slash ? slash + 1 : path), files->path, problem);
	if (!status) { // for data files that are in no revision
		char *folder = files->prefix.size ? strndup(path, files->prefix.size) : strdup(".");
		files->folder = folder ? realpath(folder, NULL) : NULL;
		status = !files->folder && errno == ENOMEM ? PPM_ERROR_MEMORY : PPM_OK;
		free(folder);
	}
	if (status)
		ppm_files_close(files);
	else
		*out = files;
	return status;
}

void ppm_files_close(struct ppm_files *files)
{
	if (!files)
		return;
	ppm_revision_close(files->revision);
	for (struct ppm_descriptor *each = files->exported; each; each = each->next)
		close(each->number);
	free(files->folder);
	ppm_arena_free(&files->arena);
	free(files);
}

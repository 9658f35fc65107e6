// The way to replace a file so that readers, crashes and full disks see the old one or the new one, whole.
//
// The temporary file lies in the target's own folder, for rename(2) does not cross file systems. Names are resolved once: afterwards
// everything but the spare path for signal handlers goes through the folder's descriptor, so that a moved working directory does no harm.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // O_PATH
#endif
#include "runtime/sink/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY_NAME_SIZE 32
#define LINKS_MAX 40

struct ppm_atomic_file {
	const struct ppm_allocator *allocator;
	int descriptor;             // -1: what is written goes nowhere
	int folder;                 // -1: written straight
	bool wrote;                 // at least a byte
	bool owned;                 // the descriptor is ours to close
	int failure;                // errno of a write that failed: what is written is not whole and may not be committed
	void (*leftover)(const void *context, const char *path, int error); // NULL: nobody wants to know
	const void *leftover_context;
	char target[NAME_MAX + 1];  // within the folder
	char temporary[TEMPORARY_NAME_SIZE];
	char temporary_path[PATH_MAX + TEMPORARY_NAME_SIZE];
};

static int close_quietly(int descriptor)
{
	int kept = errno;
	int result = close(descriptor);
	errno = kept;
	return result;
}

// Follows symbolic links by hand, since the last one may point to a file that is yet to be made. `path` is PATH_MAX long.
static bool follow_links(char *path)
{
	for (int i = 0; i < LINKS_MAX; i++) {
		char link[PATH_MAX];
		ssize_t size = readlink(path, link, sizeof link - 1);
		if (size < 0)
			return errno == EINVAL || errno == ENOENT;
		link[size] = 0;
		char *slash = strrchr(path, '/');
		size_t folder = link[0] == '/' || !slash ? 0 : (size_t)(slash - path) + 1;
		if (folder + (size_t)size >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return false;
		}
		memcpy(path + folder, link, (size_t)size + 1);
	}
	errno = ELOOP;
	return false;
}

// Nobody guesses the name, and O_EXCL refuses one that is there, even as a link.
static bool create_temporary(struct ppm_atomic_file *file, mode_t mode)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t seed = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 44 ^ (uint64_t)(uintptr_t)file;
	for (int i = 0; i < 100; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		snprintf(file->temporary, sizeof file->temporary, ".ppmc-%012llx.tmp", (unsigned long long)(seed >> 16));
		file->descriptor = openat(file->folder, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (file->descriptor >= 0 || errno != EEXIST)
			break;
	}
	file->owned = file->descriptor >= 0;
	return file->owned;
}

// The new file belongs to whom the old one did, as far as the system lets us, and is as open as the old one, never more.
static bool keep_permissions(int descriptor, const struct stat *old)
{
	mode_t mode = old->st_mode & 07777;
	if (fchown(descriptor, old->st_uid, old->st_gid) != 0) {
		mode &= (mode_t)~(mode_t)(S_ISUID | S_ISGID);
		// The new file's group is ours or, in a setgid folder, the folder's; some file systems refuse to set even the one that it has.
		struct stat made;
		if (fchown(descriptor, (uid_t)-1, old->st_gid) != 0 && (fstat(descriptor, &made) != 0 || made.st_gid != old->st_gid)) {
			// Another group, and who was in the old one is one of the others now: what both might.
			const mode_t both = old->st_mode >> 3 & old->st_mode & S_IRWXO;
			mode = (mode & ~(mode_t)(S_IRWXG | S_IRWXO)) | both << 3 | both;
		}
	}
	return fchmod(descriptor, mode) == 0;
}

static enum ppm_status open_beside(struct ppm_atomic_file *file, const char *path, const struct stat *old)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t folder_size = slash ? (size_t)(slash - path) + 1 : 0, name_size = strlen(name);
	if (name_size == 0 || name_size > NAME_MAX) {
		errno = name_size ? ENAMETOOLONG : folder_size ? EISDIR : ENOENT;
		return PPM_ERROR_IO;
	}
	if (old && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
		return PPM_ERROR_IO;
	memcpy(file->target, name, name_size + 1);
	char folder[PATH_MAX];
	memcpy(folder, folder_size ? path : ".", folder_size ? folder_size : 1);
	folder[folder_size ? folder_size : 1] = 0;
	file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->folder < 0 && errno == EACCES)
		file->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (file->folder < 0 || !create_temporary(file, old ? 0600 : 0666))
		return PPM_ERROR_IO;
	memcpy(file->temporary_path, path, folder_size);
	memcpy(file->temporary_path + folder_size, file->temporary, sizeof file->temporary);
	if (old && !keep_permissions(file->descriptor, old))
		return PPM_ERROR_IO;
	return PPM_OK;
}

static enum ppm_status open_path(struct ppm_atomic_file *file, const char *path)
{
	char resolved[PATH_MAX];
	size_t size = strlen(path);
	if (size >= sizeof resolved) {
		errno = ENAMETOOLONG;
		return PPM_ERROR_IO;
	}
	memcpy(resolved, path, size + 1);
	struct stat old;
	bool exists = stat(path, &old) == 0;
	if (!exists && errno != ENOENT)
		return PPM_ERROR_IO;
	if (exists && S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return PPM_ERROR_IO;
	}
	if (exists && !S_ISREG(old.st_mode)) {
		file->descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		file->owned = file->descriptor >= 0;
		return file->owned ? PPM_OK : PPM_ERROR_IO;
	}
	return follow_links(resolved) ? open_beside(file, resolved, exists ? &old : NULL) : PPM_ERROR_IO;
}

enum ppm_status ppm_atomic_file_open(struct ppm_atomic_file **out, const struct ppm_allocator *allocator, const char *path)
{
	*out = NULL;
	struct ppm_atomic_file *file = ppm_allocate_zeroed(allocator, 1, sizeof *file);
	if (!file)
		return PPM_ERROR_MEMORY;
	file->allocator = allocator;
	file->descriptor = -1;
	file->folder = -1;
	enum ppm_status status = PPM_OK;
	if (path && strcmp(path, "-") == 0)
		file->descriptor = STDOUT_FILENO;
	else if (path)
		status = open_path(file, path);
	if (status != PPM_OK) {
		ppm_atomic_file_abandon(file);
		return status;
	}
	*out = file;
	return PPM_OK;
}

void ppm_atomic_file_on_leftover(struct ppm_atomic_file *file, void (*tell)(const void *context, const char *path, int error), const void *context)
{
	file->leftover = tell;
	file->leftover_context = context;
}

static enum ppm_status write_all(struct ppm_atomic_file *file, const char *data, size_t size)
{
	while (size) {
		ssize_t written = write(file->descriptor, data, size < SSIZE_MAX ? size : SSIZE_MAX);
		if (written > 0) {
			file->wrote = true;
			data += written;
			size -= (size_t)written;
		} else if (written < 0 && errno == EAGAIN) {
			// Somebody else's non-blocking pipe, inherited as standard output.
			struct pollfd waiting = { .fd = file->descriptor, .events = POLLOUT };
			if (poll(&waiting, 1, -1) < 0 && errno != EINTR)
				return PPM_ERROR_IO;
		} else if (written == 0) {
			errno = ENOSPC;
			return PPM_ERROR_IO;
		} else if (errno != EINTR) {
			return errno == EPIPE ? PPM_ERROR_PIPE : PPM_ERROR_IO;
		}
	}
	return PPM_OK;
}

int ppm_atomic_file_failure(const struct ppm_atomic_file *file)
{
	return file->failure;
}

bool ppm_atomic_file_is_out(const struct ppm_atomic_file *file)
{
	return file->folder < 0 && file->wrote;
}

enum ppm_status ppm_atomic_file_write(struct ppm_atomic_file *file, const char *data, size_t size)
{
	if (file->descriptor < 0)
		return PPM_OK;
	enum ppm_status status = write_all(file, data, size);
	if (status != PPM_OK)
		file->failure = errno;
	return status;
}

static bool sync_folder(int folder)
{
	int result;
	do
		result = fsync(folder);
	while (result != 0 && errno == EINTR);
	// Some file systems have nothing to sync there, and a folder that we may not read cannot be synced.
	return result == 0 || errno == EINVAL || errno == EBADF || errno == EROFS || errno == ENOTSUP;
}

enum ppm_status ppm_atomic_file_commit(struct ppm_atomic_file *file)
{
	if (file->failure) {
		errno = file->failure;
		ppm_atomic_file_abandon(file);
		return errno == EPIPE ? PPM_ERROR_PIPE : PPM_ERROR_IO;
	}
	if (file->folder < 0) {
		// What went straight out has only its last error left to tell.
		bool failed = file->owned && close_quietly(file->descriptor) != 0;
		file->owned = false;
		if (failed)
			errno = EIO;
		ppm_atomic_file_abandon(file);
		return failed ? PPM_ERROR_IO : PPM_OK;
	}
	int result;
	do
		result = fsync(file->descriptor);
	while (result != 0 && errno == EINTR);
	if (result == 0) {
		file->owned = false;
		result = close(file->descriptor);
		if (result != 0 && errno == EINTR)
			result = 0;
	}
	if (result == 0)
		result = renameat(file->folder, file->temporary, file->folder, file->target);
	if (result != 0) {
		ppm_atomic_file_abandon(file);
		return PPM_ERROR_IO;
	}
	file->temporary[0] = 0;
	bool synced = sync_folder(file->folder);
	ppm_atomic_file_abandon(file);
	return synced ? PPM_OK : PPM_ERROR_IO;
}

void ppm_atomic_file_abandon(struct ppm_atomic_file *file)
{
	if (!file)
		return;
	int kept = errno;
	if (file->owned)
		close(file->descriptor);
	// A name is ours only once its file was made: open leaves the descriptor at -1 until then.
	if (file->temporary[0] && file->descriptor >= 0) {
		int result;
		do
			result = unlinkat(file->folder, file->temporary, 0);
		while (result != 0 && errno == EINTR);
		if (result != 0 && errno != ENOENT && file->leftover)
			file->leftover(file->leftover_context, file->temporary_path, errno);
	}
	if (file->folder >= 0)
		close(file->folder);
	ppm_free(file->allocator, file);
	errno = kept;
}

const char *ppm_atomic_file_temporary(const struct ppm_atomic_file *file)
{
	return file && file->temporary[0] ? file->temporary_path : NULL;
}

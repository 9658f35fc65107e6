// Asking git. Each question is a process of its own with its words as they are: nothing is quoted, as no shell sees them. What is asked for is first made a hash, so
// that a revision with an odd name can be no option, and all files come from the same one even when a branch moves meanwhile.
#include "lang/driver/git.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HASH_SIZE 64
#define TOLD_LIMIT 4096 // bytes of git's messages

struct ppm_revision {
	char *root;   // -C
	char *folder; // of the file, below it: empty, or with a slash at its end
	char *name;
	char hash[HASH_SIZE + 1];
	bool from_root; // paths are those of the repository
};

struct asked {
	struct ppm_buffer out, told;
	int status; // of git; -1: it could not be run
	int sink;   // what git says goes there, not into `out`; -1: it does not
	int sink_error;
	int read_error; // what git said may not be all of it
	bool too_long;  // there is more than was wanted
};

extern char **environ;

// ---- the process -----------------------------------------------------------------------------------------------------

// The environment, but for what would have git talk, ask or lock.
static char **surroundings(void)
{
	static const char *const ours[] = { "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_PAGER=cat", "GIT_LITERAL_PATHSPECS=1" };
	size_t count = 0, at = 0;
	char **all;

	while (environ && environ[count])
		count++;
	all = calloc(count + sizeof ours / sizeof *ours + 1, sizeof *all);
	for (size_t i = 0; all && i < count; i++) {
		bool taken = !strncmp(environ[i], "LANGUAGE=", 9);
		for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
			taken = taken || !strncmp(environ[i], ours[k], strcspn(ours[k], "=") + 1);
		if (!taken)
			all[at++] = environ[i];
	}
	for (size_t k = 0; all && k < sizeof ours / sizeof *ours; k++)
		all[at++] = (char *)(uintptr_t)ours[k];
	return all;
}

// After a failed read: whether it is tried again.
static bool goes_on(struct asked *asked)
{
	if (errno != EINTR)
		asked->read_error = errno;
	return errno == EINTR;
}

// Passes on what there is; false at its end.
static bool pass(int descriptor, struct asked *asked)
{
	char bytes[65536];
	ssize_t got = read(descriptor, bytes, sizeof bytes), at = 0;

	while (at < got && !asked->sink_error) {
		ssize_t put = write(asked->sink, bytes + at, (size_t)(got - at));
		if (put > 0)
			at += put;
		else if (errno != EINTR)
			asked->sink_error = errno;
	}
	return (got < 0 ? goes_on(asked) : got > 0) && !asked->sink_error;
}

static bool take(int descriptor, struct asked *asked, struct ppm_buffer *to, size_t limit, bool *too_long)
{
	char bytes[16384];
	ssize_t got = read(descriptor, bytes, sizeof bytes);

	if (got < 0)
		return goes_on(asked);
	if (to->size < limit)
		ppm_buffer_append(to, bytes, (size_t)got < limit - to->size ? (size_t)got : limit - to->size);
	else if (got > 0)
		*too_long = true;
	return got > 0;
}

// Both at once, so that git never waits for one while the other is read.
static void listen(int out, int told, struct asked *asked, size_t limit)
{
	struct pollfd waits[] = { { .fd = out, .events = POLLIN }, { .fd = told, .events = POLLIN } };
	bool ignored = false;

	while (waits[0].fd >= 0 || waits[1].fd >= 0) {
		if (poll(waits, 2, -1) < 0) {
			if (goes_on(asked))
				continue;
			break;
		}
		if (waits[0].fd >= 0 && waits[0].revents && !(asked->sink < 0 ? take(out, asked, &asked->out, limit, &asked->too_long) : pass(out, asked)))
			waits[0].fd = -1;
		if (waits[1].fd >= 0 && waits[1].revents && !take(told, asked, &asked->told, TOLD_LIMIT, &ignored))
			waits[1].fd = -1;
		if (asked->too_long || asked->sink_error || asked->read_error) // the pipe closes, and git ends
			break;
	}
}

static bool open_pipe(int ends[2])
{
	return !pipe2(ends, O_CLOEXEC);
}

// `words` ends with NULL. False when memory ran out or no process can be made; `error` says which.
static bool ask(const char *const *words, size_t limit, struct asked *asked, int *error)
{
	char **around = surroundings();
	posix_spawn_file_actions_t actions;
	int out[2] = { -1, -1 }, told[2] = { -1, -1 }, status = 0;
	pid_t child;

	ppm_buffer_init(&asked->out, NULL);
	ppm_buffer_init(&asked->told, NULL);
	asked->status = -1;
	asked->too_long = false;
	asked->sink_error = asked->read_error = 0;
	*error = ENOMEM;
	if (!around)
		return false;
	if (!open_pipe(out) || !open_pipe(told) || posix_spawn_file_actions_init(&actions)) {
		*error = errno;
		free(around);
		for (int i = 0; i < 2; i++) {
			if (out[i] >= 0)
				close(out[i]);
			if (told[i] >= 0)
				close(told[i]);
		}
		return false;
	}
	*error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!*error)
		*error = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	if (!*error)
		*error = posix_spawn_file_actions_adddup2(&actions, told[1], STDERR_FILENO);
	if (!*error)
		*error = posix_spawnp(&child, "git", &actions, NULL, (char *const *)(uintptr_t)words, around);
	posix_spawn_file_actions_destroy(&actions);
	free(around);
	close(out[1]);
	close(told[1]);
	if (!*error)
		listen(out[0], told[0], asked, limit);
	close(out[0]);
	close(told[0]);
	if (*error)
		return false;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	asked->status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	*error = asked->read_error;
	if (asked->out.failed || asked->told.failed)
		*error = ENOMEM;
	return !*error;
}

static void asked_free(struct asked *asked)
{
	ppm_buffer_free(&asked->out);
	ppm_buffer_free(&asked->told);
}

static enum ppm_status not_run(int error, char problem[256], char help[256])
{
	if (error == ENOMEM)
		return PPM_ERROR_MEMORY;
	if (error == ENOENT) {
		snprintf(problem, 256, "git is not installed, or not on the path");
		snprintf(help, 256, "install git, or compare two files: `ppmc diff old.ppm new.ppm`");
	} else {
		snprintf(problem, 256, "git cannot be asked: %s", strerror(error));
	}
	return PPM_ERROR_IO;
}

// The line of what git says that begins with "fatal: ", or the first one.
static void retell(const struct asked *asked, char problem[256])
{
	static const char fatal[] = "\nfatal: ";
	const char *text = asked->told.data, *found;
	size_t begin = 0, end;

	if (asked->told.size > sizeof fatal - 2 && !memcmp(text, fatal + 1, sizeof fatal - 2))
		begin = sizeof fatal - 2;
	else if (asked->told.size && (found = memmem(text, asked->told.size, fatal, sizeof fatal - 1)))
		begin = (size_t)(found - text) + sizeof fatal - 1;
	for (end = begin; end < asked->told.size && text[end] != '\n'; end++)
		;
	if (end > begin)
		snprintf(problem, 256, "git says: %.*s", (int)(end - begin), text + begin);
	else
		snprintf(problem, 256, "git failed without a word");
}

// ---- revisions ---------------------------------------------------------------------------------------------------------

// Hexadecimal digits that begin at `at`, which is within what git says, or at its end.
static bool take_hash(const struct asked *asked, size_t at, char hash[HASH_SIZE + 1])
{
	size_t size = 0;

	for (; at < asked->out.size && size < HASH_SIZE && memchr("0123456789abcdef", asked->out.data[at], 16); at++)
		hash[size++] = asked->out.data[at];
	hash[size] = 0;
	return size >= 40;
}

static enum ppm_status find_hash(const char *root, const char *name, char hash[HASH_SIZE + 1], char problem[256], char help[256])
{
	size_t size = strlen(name) + 16;
	char *commit = malloc(size);
	const char *words[] = { "git", "-C", root, "rev-parse", "--verify", "--quiet", commit, NULL };
	struct asked asked = { .sink = -1 };
	int error;
	enum ppm_status status = PPM_OK;

	if (!commit)
		return PPM_ERROR_MEMORY;
	snprintf(commit, size, "%s^{commit}", name);
	if (*name == '-' || !*name) {
		snprintf(problem, 256, "`%.100s` is no revision", name);
		status = PPM_ERROR_IO;
	} else if (!ask(words, 1024, &asked, &error)) {
		status = not_run(error, problem, help);
		asked_free(&asked);
	} else {
		if (asked.status || !take_hash(&asked, 0, hash)) {
			status = PPM_ERROR_IO;
			snprintf(problem, 256, "there is no revision `%.100s`", name);
			snprintf(help, 256, "`git log --oneline` lists revisions; in a shallow clone, `git fetch --unshallow` gets the older ones");
		}
		asked_free(&asked);
	}
	free(commit);
	return status;
}

static enum ppm_status check_repository(const char *root, char problem[256], char help[256])
{
	const char *words[] = { "git", "-C", root, "rev-parse", "--git-dir", NULL };
	struct asked asked = { .sink = -1 };
	int error;
	enum ppm_status status = PPM_OK;

	if (!ask(words, 65536, &asked, &error)) {
		status = not_run(error, problem, help);
	} else if (asked.status) {
		status = PPM_ERROR_IO;
		if (asked.told.size && memmem(asked.told.data, asked.told.size, "not a git repository", 20)) {
			snprintf(problem, 256, "its folder is in no git repository");
			snprintf(help, 256, "compare two files: `ppmc diff old.ppm new.ppm`");
		} else {
			retell(&asked, problem);
		}
	}
	asked_free(&asked);
	return status;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

// The nearest folder above the file that exists, and what comes below it up to the file.
static bool split(const char *path, bool from_root, char **root, char **folder)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0, taken;

	if (from_root || !slash || size == 0) {
		*root = strdup(slash && size == 0 && !from_root ? "/" : ".");
		*folder = from_root && slash ? strndup(path, size + 1) : strdup("");
		return *root && *folder;
	}
	*root = strndup(path, size);
	taken = size;
	while (*root && !is_folder(*root)) {
		char *up = strrchr(*root, '/');
		if (!up) {
			free(*root);
			*root = strdup(".");
			taken = 0;
			break;
		}
		taken = (size_t)(up - *root);
		if (taken == 0)
			up++;
		*up = 0;
	}
	*folder = *root ? strndup(path + (taken ? taken + 1 : 0), taken < size ? size + 1 - (taken ? taken + 1 : 0) : 0) : NULL;
	return *root && *folder;
}

enum ppm_status ppm_revision_open(struct ppm_revision **out, const char *name, const char *path, bool from_root, char problem[256], char help[256])
{
	struct ppm_revision *revision = calloc(1, sizeof *revision);
	enum ppm_status status;

	*out = NULL;
	*problem = *help = 0;
	if (!revision)
		return PPM_ERROR_MEMORY;
	revision->from_root = from_root;
	revision->name = strdup(name);
	status = split(path, from_root, &revision->root, &revision->folder) && revision->name ? PPM_OK : PPM_ERROR_MEMORY;
	if (!status)
		status = check_repository(revision->root, problem, help);
	if (!status)
		status = find_hash(revision->root, name, revision->hash, problem, help);
	if (status)
		ppm_revision_close(revision);
	else
		*out = revision;
	return status;
}

void ppm_revision_close(struct ppm_revision *revision)
{
	if (!revision)
		return;
	free(revision->root);
	free(revision->folder);
	free(revision->name);
	free(revision);
}

enum ppm_status ppm_revision_base(const char *one, const char *other, const char *path, char base[128], char problem[256], char help[256])
{
	struct ppm_revision *a = NULL, *b = NULL;
	struct asked asked = { .sink = -1 };
	int error;
	char hash[HASH_SIZE + 1];
	enum ppm_status status = ppm_revision_open(&a, one, path, false, problem, help);

	if (!status)
		status = ppm_revision_open(&b, other, path, false, problem, help);
	if (!status) {
		const char *words[] = { "git", "-C", a->root, "merge-base", a->hash, b->hash, NULL };
		if (!ask(words, 1024, &asked, &error)) {
			status = not_run(error, problem, help);
		} else if (asked.status || !take_hash(&asked, 0, hash)) {
			status = PPM_ERROR_IO;
			snprintf(problem, 256, "`%.80s` and `%.80s` have no revision in common", one, other);
			snprintf(help, 256, "in a shallow clone, `git fetch --unshallow` gets the older ones");
		} else {
			snprintf(base, 128, "%s", hash);
		}
		asked_free(&asked);
	}
	ppm_revision_close(a);
	ppm_revision_close(b);
	return status;
}

// ---- files ---------------------------------------------------------------------------------------------------------------

static bool has_at(const struct asked *asked, size_t at, const char *text)
{
	size_t size = strlen(text);

	return asked->out.size >= at + size && !memcmp(asked->out.data + at, text, size);
}

// What the revision has at the path: its hash, or why it is no file.
static enum ppm_status find_file(const struct ppm_revision *revision, const char *path, char hash[HASH_SIZE + 1], bool *there, char problem[256])
{
	const char *words[] = { "git", "-C", revision->root, "ls-tree", revision->from_root ? "--full-tree" : "-z", "-z", revision->hash, "--", path, NULL };
	struct asked asked = { .sink = -1 };
	char unused[256];
	int error;
	enum ppm_status status = PPM_OK;

	*there = true;
	if (!ask(words, 65536, &asked, &error)) {
		status = not_run(error, problem, unused);
	} else if (asked.status) {
		status = PPM_ERROR_IO;
		retell(&asked, problem);
	} else {
		// "100644 blob HASH\tpath", once
		status = PPM_ERROR_IO;
		*there = asked.out.size > 0;
		if (!*there)
			snprintf(problem, 256, "there is no such file at `%.100s`", revision->name);
		else if (has_at(&asked, 0, "120000 "))
			snprintf(problem, 256, "it is a symbolic link at `%.100s`, which is not followed", revision->name);
		else if (has_at(&asked, 0, "160000 "))
			snprintf(problem, 256, "it is a repository of its own (a submodule) at `%.100s`", revision->name);
		else if (has_at(&asked, 6, " tree "))
			snprintf(problem, 256, "it is a folder at `%.100s`", revision->name);
		else if (has_at(&asked, 6, " blob ") && take_hash(&asked, 12, hash))
			status = PPM_OK;
		else
			snprintf(problem, 256, "git lists it in a way that is not understood");
	}
	asked_free(&asked);
	return status;
}

const char *ppm_revision_name(const struct ppm_revision *revision)
{
	return revision->name;
}

static enum ppm_status find_below(const struct ppm_revision *revision, struct ppm_slice path, char hash[HASH_SIZE + 1], bool *there, char problem[256])
{
	size_t size = strlen(revision->folder) + path.size + 1;
	char *full = malloc(size);
	enum ppm_status status;

	if (!full)
		return PPM_ERROR_MEMORY;
	snprintf(full, size, "%s%.*s", revision->folder, (int)path.size, path.data);
	status = find_file(revision, full, hash, there, problem);
	free(full);
	return status;
}

// A file that is gone when the last who has it open closes it.
static int nameless_file(void)
{
	const char *folder = getenv("TMPDIR");
	char name[4096];
	int size = snprintf(name, sizeof name, "%s/ppmc-XXXXXX", folder && *folder ? folder : "/tmp"), descriptor;

	if (size < 0 || (size_t)size >= sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	descriptor = mkostemp(name, O_CLOEXEC);
	if (descriptor >= 0 && unlink(name)) { // with a name it would stay
		int error = errno;
		close(descriptor);
		errno = error;
		return -1;
	}
	return descriptor;
}

enum ppm_status ppm_revision_export(struct ppm_revision *revision, struct ppm_slice path, int *descriptor, bool *there, char problem[256])
{
	char hash[HASH_SIZE + 1], unused[256];
	const char *words[] = { "git", "-C", revision->root, "cat-file", "blob", hash, NULL };
	struct asked asked = { .sink = -1 };
	int error;
	enum ppm_status status = find_below(revision, path, hash, there, problem);

	*descriptor = -1;
	if (status)
		return status;
	asked.sink = nameless_file();
	if (asked.sink < 0) {
		snprintf(problem, 256, "no temporary file can be made: %s", strerror(errno));
		return PPM_ERROR_IO;
	}
	if (!ask(words, 0, &asked, &error)) {
		status = not_run(error, problem, unused);
	} else if (asked.sink_error) {
		status = PPM_ERROR_IO;
		snprintf(problem, 256, "its temporary file cannot be written: %s", strerror(asked.sink_error));
	} else if (asked.status) {
		status = PPM_ERROR_IO;
		retell(&asked, problem);
	}
	asked_free(&asked);
	if (status)
		close(asked.sink);
	else
		*descriptor = asked.sink;
	return status;
}

enum ppm_status ppm_revision_read(struct ppm_revision *revision, struct ppm_slice path, size_t limit, struct ppm_buffer *out, char problem[256])
{
	char hash[HASH_SIZE + 1], unused[256];
	const char *words[] = { "git", "-C", revision->root, "cat-file", "blob", hash, NULL };
	struct asked asked = { .sink = -1 };
	bool there;
	int error;
	enum ppm_status status = find_below(revision, path, hash, &there, problem);

	if (status)
		return status;
	if (!ask(words, limit + 1, &asked, &error)) {
		status = not_run(error, problem, unused);
	} else if (asked.out.size > limit) {
		status = PPM_ERROR_LIMIT;
		snprintf(problem, 256, "it is larger than 1 MiB, the most that a model may be");
	} else if (asked.status) {
		status = PPM_ERROR_IO;
		retell(&asked, problem);
	} else {
		if (asked.out.size)
			ppm_buffer_append(out, asked.out.data, asked.out.size);
		status = out->failed ? PPM_ERROR_MEMORY : PPM_OK;
	}
	asked_free(&asked);
	return status;
}

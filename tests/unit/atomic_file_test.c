// Replacing files: what readers see after success, failure and abandonment.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/sink/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path_memory[4][256];

static const char *in_folder(unsigned slot, const char *name)
{
	snprintf(path_memory[slot], sizeof path_memory[slot], "%s/%s", folder, name);
	return path_memory[slot];
}

static void put(const char *path, const char *text)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), (int)strlen(text));
	close(descriptor);
}

static void assert_content(const char *path, const char *expected)
{
	char text[256] = { 0 };
	int descriptor = open(path, O_RDONLY);
	assert_true(descriptor >= 0);
	assert_true(read(descriptor, text, sizeof text - 1) >= 0);
	close(descriptor);
	assert_string_equal(text, expected);
}

static unsigned files_in_folder(void)
{
	DIR *listing = opendir(folder);
	assert_non_null(listing);
	unsigned count = 0;
	for (struct dirent *entry; (entry = readdir(listing));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(listing);
	return count;
}

#define NOBODY 65534

// Who is root may do everything: what the system refuses to others is tried as one of them, in a folder of theirs.
static bool become_nobody(void)
{
	return setegid(NOBODY) == 0 && seteuid(NOBODY) == 0;
}

static bool step_down(void)
{
	return geteuid() != 0 || (chown(folder, NOBODY, NOBODY) == 0 && become_nobody());
}

static void step_up(void)
{
	if (getuid() == 0) {
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(setegid(0), 0);
	}
}

static int make_folder(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	umask(022);
	strcpy(folder, P_tmpdir "/ppm-atomic-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	step_up();
	DIR *listing = opendir(folder);
	if (!listing)
		return -1;
	for (struct dirent *entry; (entry = readdir(listing));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(listing), entry->d_name, 0);
	closedir(listing);
	return rmdir(folder);
}

static struct ppm_atomic_file *open_file(const char *path)
{
	struct ppm_atomic_file *file;
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), path), PPM_OK);
	assert_non_null(file);
	return file;
}

static void test_new_file(void **state)
{
	(void)state;
	const char *path = in_folder(0, "new.csv");
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "one ", 4), PPM_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_non_null(ppm_atomic_file_temporary(file));
	assert_int_equal(access(ppm_atomic_file_temporary(file), F_OK), 0);
	assert_int_equal(ppm_atomic_file_write(file, "two\n", 4), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(path, "one two\n");
	struct stat about;
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0644);
	assert_int_equal(files_in_folder(), 1);
}

static void test_replace_keeps_mode(void **state)
{
	(void)state;
	const char *path = in_folder(0, "old.csv");
	put(path, "old\n");
	assert_int_equal(chmod(path, 0640), 0);
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
	assert_content(path, "old\n");
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(path, "new\n");
	struct stat about;
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0640);
	assert_int_equal(files_in_folder(), 1);
}

static void test_abandon(void **state)
{
	(void)state;
	const char *path = in_folder(0, "kept.csv");
	put(path, "old\n");
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
	assert_int_equal(files_in_folder(), 2);
	errno = ENOSPC;
	ppm_atomic_file_abandon(file);
	assert_int_equal(errno, ENOSPC);
	assert_content(path, "old\n");
	assert_int_equal(files_in_folder(), 1);
	ppm_atomic_file_abandon(NULL);
}

static void test_read_only_is_not_replaced(void **state)
{
	(void)state;
	if (!step_down())
		skip();
	const char *path = in_folder(0, "locked.csv");
	put(path, "old\n");
	assert_int_equal(chmod(path, 0444), 0);
	struct ppm_atomic_file *file;
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), path), PPM_ERROR_IO);
	assert_int_equal(errno, EACCES);
	assert_null(file);
	assert_int_equal(files_in_folder(), 1);
}

static void test_symbolic_links(void **state)
{
	(void)state;
	const char *target = in_folder(0, "target.csv"), *link = in_folder(1, "link.csv"), *dangling = in_folder(2, "dangling.csv");
	put(target, "old\n");
	assert_int_equal(symlink("target.csv", link), 0);
	struct ppm_atomic_file *file = open_file(link);
	assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(target, "new\n");
	struct stat about;
	assert_int_equal(lstat(link, &about), 0);
	assert_true(S_ISLNK(about.st_mode));

	assert_int_equal(symlink("made.csv", dangling), 0);
	file = open_file(dangling);
	assert_int_equal(ppm_atomic_file_write(file, "made\n", 5), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(in_folder(3, "made.csv"), "made\n");

	assert_int_equal(unlink(dangling), 0);
	assert_int_equal(symlink("dangling.csv", dangling), 0);
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), dangling), PPM_ERROR_IO);
	assert_int_equal(errno, ELOOP);
}

static void test_relative_path(void **state)
{
	(void)state;
	int before = open(".", O_RDONLY | O_DIRECTORY);
	assert_int_equal(chdir(folder), 0);
	struct ppm_atomic_file *file = open_file("plain.csv");
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_OK);
	// The name was resolved when the file was opened.
	assert_int_equal(fchdir(before), 0);
	close(before);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(in_folder(0, "plain.csv"), "x");
}

static void test_what_cannot_be_opened(void **state)
{
	(void)state;
	struct ppm_atomic_file *file;
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), folder), PPM_ERROR_IO);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), in_folder(0, "no/such.csv")), PPM_ERROR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), ""), PPM_ERROR_IO);
	char name[400];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), name), PPM_ERROR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(files_in_folder(), 0);
	// A path that no system takes, and one that only becomes so where a link leads.
	char path[PATH_MAX + 200];
	for (size_t i = 0; i < sizeof path; i += 2)
		memcpy(path + i, "./", 2);
	path[sizeof path - 1] = 0;
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), path), PPM_ERROR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	memcpy(path + 2000, "x", 2);
	const char *link = in_folder(0, "link");
	assert_int_equal(symlink(path, link), 0);
	char around[PATH_MAX] = "";
	const char *name_of_link = strrchr(link, '/') + 1;
	size_t parent = (size_t)(name_of_link - link);
	memcpy(around, link, parent);
	for (; parent < 2500; parent += 2)
		memcpy(around + parent, "./", 2);
	strcpy(around + parent, name_of_link);
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), around), PPM_ERROR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(unlink(in_folder(0, "link")), 0);
}

static void test_devices(void **state)
{
	(void)state;
	struct ppm_atomic_file *file = open_file("/dev/null");
	assert_null(ppm_atomic_file_temporary(file));
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	struct stat about;
	assert_int_equal(stat("/dev/null", &about), 0);
	assert_true(S_ISCHR(about.st_mode));

	file = open_file("/dev/full");
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_ERROR_IO);
	assert_int_equal(errno, ENOSPC);
	ppm_atomic_file_abandon(file);

	file = open_file(NULL);
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
}

static void test_closed_pipe(void **state)
{
	(void)state;
	const char *path = in_folder(0, "pipe");
	assert_int_equal(mkfifo(path, 0600), 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_OK);
	close(reader);
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_ERROR_PIPE);
	ppm_atomic_file_abandon(file);
	// And when it is known only at the end.
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	file = open_file(path);
	close(reader);
	assert_int_equal(ppm_atomic_file_write(file, "x", 1), PPM_ERROR_PIPE);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_ERROR_PIPE);
	assert_int_equal(errno, EPIPE);
	struct stat about;
	assert_int_equal(stat(path, &about), 0);
	assert_true(S_ISFIFO(about.st_mode));
}

// Standard output is somebody else's non-blocking pipe: every byte arrives, in order, however slowly it is read.
static void test_slow_pipe(void **state)
{
	(void)state;
	enum { SIZE = 300000 };
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[1]);
		int seen = 0;
		char data[777];
		for (ssize_t size; (size = read(ends[0], data, sizeof data)) > 0; seen += (int)size)
			for (int i = 0; i < size; i++)
				if (data[i] != 'a' + (seen + i) % 23)
					_exit(1);
		_exit(seen == SIZE ? 0 : 2);
	}
	close(ends[0]);
	static char data[SIZE];
	for (int i = 0; i < SIZE; i++)
		data[i] = (char)('a' + i % 23);
	int standard = dup(STDOUT_FILENO);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	close(ends[1]);
	struct ppm_atomic_file *file;
	enum ppm_status opened = ppm_atomic_file_open(&file, ppm_allocator_default(), "-");
	enum ppm_status written = opened == PPM_OK ? ppm_atomic_file_write(file, data, SIZE) : opened;
	enum ppm_status committed = opened == PPM_OK ? ppm_atomic_file_commit(file) : opened;
	dup2(standard, STDOUT_FILENO);
	close(standard);
	assert_int_equal(opened, PPM_OK);
	assert_int_equal(written, PPM_OK);
	assert_int_equal(committed, PPM_OK);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_file_size_limit(void **state)
{
	(void)state;
	const char *path = in_folder(0, "limited.csv");
	put(path, "old\n");
	struct rlimit before;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	struct rlimit small = { 1000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct ppm_atomic_file *file = open_file(path);
	char data[4000];
	memset(data, 'x', sizeof data);
	enum ppm_status status = ppm_atomic_file_write(file, data, sizeof data);
	int problem = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(status, PPM_ERROR_IO);
	// What is not whole is not committed, even if somebody forgot.
	assert_int_equal(ppm_atomic_file_commit(file), PPM_ERROR_IO);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(problem, EFBIG);
	assert_content(path, "old\n");
	assert_int_equal(files_in_folder(), 1);
}

// The folder loses its entry for the temporary file: the commit fails, and what was there stays.
static void test_failing_commit(void **state)
{
	(void)state;
	const char *path = in_folder(0, "unlucky.csv");
	put(path, "old\n");
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
	assert_int_equal(unlink(ppm_atomic_file_temporary(file)), 0);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_ERROR_IO);
	assert_int_equal(errno, ENOENT);
	assert_content(path, "old\n");
}

// A file of another owner and group, which only they and root can give files to: the new one is ours, and nobody may do more with it than with the old one.
static void test_files_of_others(void **state)
{
	(void)state;
	static const struct {
		mode_t before, after;
		bool our_group;
	} cases[] = { { 0666, 0666, false }, { 0646, 0644, false }, { 0602, 0600, false }, { 0676, 0666, false }, { 04666, 0666, false }, { 0677, 0677, true }, { 06664, 0664, true } };
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		step_up();
		const char *path = in_folder(0, "theirs.csv");
		put(path, "old\n");
		assert_int_equal(chown(path, 12345, cases[i].our_group ? NOBODY : 12345), 0);
		assert_int_equal(chmod(path, cases[i].before), 0);
		if (!step_down())
			skip();
		// The folder is ours, the file is to be read by whom it was.
		struct ppm_atomic_file *file;
		enum ppm_status status = ppm_atomic_file_open(&file, ppm_allocator_default(), path);
		assert_int_equal(status, PPM_OK);
		assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
		assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
		assert_content(path, "new\n");
		struct stat about;
		assert_int_equal(stat(path, &about), 0);
		assert_int_equal(about.st_uid, NOBODY);
		assert_int_equal(about.st_mode & 07777, cases[i].after);
		assert_int_equal(unlink(path), 0);
	}
}

// In a folder that hands on its group, a new file has that one: who is in it was one of the others, or in the old file's group as well.
static void test_folder_of_another_group(void **state)
{
	(void)state;
	enum { THEIRS = 12345, SHARED = 23456 };
	static const struct {
		gid_t group, after_group;
		mode_t before, after;
	} cases[] = {
		{ NOBODY, NOBODY, 0660, 0660 }, { NOBODY, NOBODY, 06664, 0664 }, // our own group, which we may give it back to
		{ SHARED, SHARED, 0676, 0676 },                                  // not ours, but there is nothing to change
		{ THEIRS, SHARED, 0676, 0666 }, { THEIRS, SHARED, 0646, 0644 }, { THEIRS, SHARED, 0602, 0600 },
	};
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		step_up();
		const char *path = in_folder(0, "shared.csv");
		put(path, "old\n");
		assert_int_equal(chown(path, THEIRS, cases[i].group), 0);
		assert_int_equal(chmod(path, cases[i].before), 0);
		if (chown(folder, NOBODY, SHARED) != 0 || chmod(folder, 02770) != 0 || !become_nobody())
			skip();
		struct ppm_atomic_file *file = open_file(path);
		struct stat about;
		// Before there is anything to read in it.
		assert_int_equal(stat(ppm_atomic_file_temporary(file), &about), 0);
		assert_int_equal(about.st_uid, NOBODY);
		assert_int_equal(about.st_gid, cases[i].after_group);
		assert_int_equal(about.st_mode & 07777, cases[i].after);
		assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
		assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
		assert_content(path, "new\n");
		assert_int_equal(unlink(path), 0);
	}
}

// A folder that may be entered and changed, but not listed, is good enough; one that may not be changed any more keeps what lies there, and that is told.
static void note_leftover(const void *context, const char *path, int error)
{
	*(int *)(uintptr_t)context = strstr(path, ".ppmc-") ? error : 0;
}

static void test_closed_folders(void **state)
{
	(void)state;
	if (!step_down())
		skip();
	const char *path = in_folder(0, "new.csv");
	assert_int_equal(chmod(folder, 0300), 0);
	struct ppm_atomic_file *file = open_file(path);
	assert_int_equal(ppm_atomic_file_write(file, "new\n", 4), PPM_OK);
	assert_int_equal(ppm_atomic_file_commit(file), PPM_OK);
	assert_content(path, "new\n");
	file = open_file(path);
	int error = 0;
	ppm_atomic_file_on_leftover(file, note_leftover, &error);
	assert_int_equal(chmod(folder, 0500), 0);
	ppm_atomic_file_abandon(file);
	assert_int_equal(error, EACCES);
	assert_content(path, "new\n");
	assert_int_equal(ppm_atomic_file_open(&file, ppm_allocator_default(), in_folder(1, "never.csv")), PPM_ERROR_IO);
	assert_int_equal(errno, EACCES);
	assert_int_equal(chmod(folder, 0700), 0);
}

static void *no_memory(void *context, void *pointer, size_t size)
{
	(void)context;
	(void)size;
	free(pointer);
	return NULL;
}

static void test_no_memory(void **state)
{
	(void)state;
	struct ppm_allocator allocator = { no_memory, NULL };
	struct ppm_atomic_file *file;
	assert_int_equal(ppm_atomic_file_open(&file, &allocator, in_folder(0, "never.csv")), PPM_ERROR_MEMORY);
	assert_null(file);
	assert_int_equal(files_in_folder(), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(test_new_file), TEST(test_replace_keeps_mode), TEST(test_abandon), TEST(test_read_only_is_not_replaced), TEST(test_symbolic_links),
		TEST(test_relative_path), TEST(test_what_cannot_be_opened), TEST(test_devices), TEST(test_closed_pipe), TEST(test_slow_pipe),
		TEST(test_file_size_limit), TEST(test_failing_commit), TEST(test_files_of_others),
		TEST(test_folder_of_another_group), TEST(test_closed_folders), TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("atomic_file", tests, NULL, NULL);
}

// Loaded before the C library (LD_PRELOAD), this makes one call of a process fail: allocation 17, or the third write, once or from then on. It counts the
// calls besides, and at the end the blocks and descriptors that are still out.
//
// To try thousands of failures of one command it serves: before main it waits for requests on a pipe, and forks a process for each, so that a try costs
// neither an exec nor the linking of libraries. A request is a line
//
//     FUNCTION NUMBER FOREVER ERROR
//
// with the function's name (`memory` for all that allocates), which of its calls fails (0: none), whether those after it do, and the error's number; -1 has a
// read or write do one byte only, -N has the process killed by signal N before the call. The function `kill` kills it NUMBER microseconds after it began. The answer is a line, too:
//
//     STATUS FIRED BLOCKS DESCRIPTORS [FUNCTION=CALLS…]
//
// A request for no failure (NUMBER 0) that is FOREVER writes a hash of each call's stack to INJECT_STACKS, 8 bytes each: calls that came the same way fail the same way.
// STATUS is that of waitpid(2); BLOCKS and DESCRIPTORS are -1 when the process did not come to its end. The environment says INJECT_SERVER=IN,OUT (the
// pipe's descriptors), INJECT_STDIN, INJECT_STDOUT and INJECT_STDERR (files; `pipe:FILE` gives the file's first 64 KiB through a pipe) and
// INJECT_SECONDS, after which a process is killed. With INJECT=REQUEST instead, this very process is the one that fails. INJECT_TRACE=FILE has the failing
// call's stack written there.
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUNCTIONS(X) \
	X(memory) \
	X(open) \
	X(openat) X(read) X(pread) X(write) X(fsync) X(close) X(renameat) X(fstat) X(stat) X(lstat) X(mmap) X(ftruncate) X(lseek) X(unlink) X(unlinkat) X(mkostemp) X(pipe2) \
		X(poll) X(posix_spawnp) X(waitpid) X(readlink) X(realpath) X(faccessat) X(fchown) X(fchmod) X(opendir) X(readdir) X(fopen) X(fwrite) X(fflush) X(posix_fallocate) \
			X(mremap) X(pthread_create) X(pthread_mutex_init) X(pthread_cond_init)

enum function {
#define X(name) FUNCTION_##name,
	FUNCTIONS(X)
#undef X
		FUNCTION_COUNT
};

static const char *const names[] = {
#define X(name) #name,
	FUNCTIONS(X)
#undef X
};

// What parent and child share.
struct record {
	atomic_ulong calls[FUNCTION_COUNT];
	atomic_ulong fired;
	long blocks, descriptors;
};

static struct record own, *record = &own;
static atomic_long live; // blocks out, from the process's first one on
static long live_before; // main
static bool counting;    // main has begun
static enum function chosen;
static unsigned long number;
static bool forever;
static int error;
static bool timed; // a signal comes from outside
static char trace[256];
static int stacks = -1; // not asked for
static int most_descriptors = 256;

// Fresh memory is no zeros, and what was freed is no longer what it was: who reads either goes wrong. A page's worth shows it and costs little.
#define STALE 4096

static void *fresh(void *block, size_t size)
{
	live += block != NULL;
	if (block)
		memset(block, 0x31, size < STALE ? size : STALE);
	return block;
}
static bool open_before[256];

#define ONE_BYTE (-1)

#define STACK_DEPTH 64

// At the call's own place: threads come in any order.
static void note_stack(unsigned long call)
{
	static _Thread_local bool busy;
	void *stack[STACK_DEPTH];
	uint64_t hash = 0;

	if (busy)
		return;
	busy = true;
	for (int depth = backtrace(stack, STACK_DEPTH), i = 0; i < depth; i++)
		hash = (hash ^ (uint64_t)(uintptr_t)stack[i]) * UINT64_C(0x9e3779b97f4a7c15), hash ^= hash >> 29;
	(void)!syscall(SYS_pwrite64, stacks, &hash, sizeof hash, (off_t)((call - 1) * sizeof hash)); // pwrite is one of the calls that are counted
	busy = false;
}

// 0 when the call is to go on, an error's number or ONE_BYTE when not.
static int decide(enum function function)
{
	if (!counting)
		return 0;
	unsigned long call = atomic_fetch_add(&record->calls[function], 1) + 1;
	if (stacks >= 0 && function == chosen)
		note_stack(call);
	if (function != chosen || number == 0 || (forever ? call < number : call != number))
		return 0;
	if (atomic_fetch_add(&record->fired, 1) == 0 && trace[0]) {
		void *stack[64];
		counting = false;
		int depth = backtrace(stack, 64), file = open(trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		backtrace_symbols_fd(stack, depth, file);
		close(file);
		counting = true;
	}
	if (error < ONE_BYTE) {
		kill(getpid(), -error);
		return 0;
	}
	if (error > 0)
		errno = error;
	return error;
}

// The function of that name behind this one. It may be asked for before any constructor has run.
static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	if (!found)
		abort();
	return found;
}

#define REAL(name) \
	static __typeof__(name) *real; \
	if (!real) \
	*(void **)(&real) = next(#name)

// ---- memory -----------------------------------------------------------------------------------------------------------

void *malloc(size_t size)
{
	REAL(malloc);
	return decide(FUNCTION_memory) ? NULL : fresh(real(size), size);
}

// dlsym itself may ask for zeroed memory while it looks for calloc.
void *calloc(size_t count, size_t size)
{
	static __typeof__(calloc) *real;
	static bool looking;
	static _Alignas(16) char first[4096];
	static size_t used;
	if (!real) {
		if (looking) {
			void *block = first + used;
			used += (count * size + 15) & ~(size_t)15;
			return used <= sizeof first ? block : NULL;
		}
		looking = true;
		*(void **)(&real) = next("calloc");
	}
	void *block = decide(FUNCTION_memory) ? NULL : real(count, size);
	live += block != NULL;
	return block;
}

void *realloc(void *old, size_t size)
{
	REAL(realloc);
	if (size && decide(FUNCTION_memory))
		return NULL;
	void *block = real(old, size);
	live += (block && !old) - (old && !block && size == 0);
	return block;
}

void free(void *block)
{
	REAL(free);
	if (block) {
		size_t size = malloc_usable_size(block);
		memset(block, 0xce, size < STALE ? size : STALE);
		live--;
	}
	real(block);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	REAL(aligned_alloc);
	return decide(FUNCTION_memory) ? NULL : fresh(real(alignment, size), size);
}

void *memalign(size_t alignment, size_t size)
{
	REAL(memalign);
	return decide(FUNCTION_memory) ? NULL : fresh(real(alignment, size), size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
	REAL(posix_memalign);
	if (decide(FUNCTION_memory))
		return ENOMEM;
	int result = real(block, alignment, size);
	live += result == 0;
	return result;
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	REAL(mmap);
	return decide(file < 0 ? FUNCTION_memory : FUNCTION_mmap) ? MAP_FAILED : real(at, size, protection, flags, file, offset);
}

// ---- files ------------------------------------------------------------------------------------------------------------

// The mode, where there is one.
#define WITH_MODE(flags, last) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | __O_TMPFILE)) { \
		va_list rest; \
		va_start(rest, last); \
		mode = va_arg(rest, mode_t); \
		va_end(rest); \
	}

int open(const char *path, int flags, ...)
{
	REAL(open);
	WITH_MODE(flags, flags)
	return decide(FUNCTION_open) ? -1 : real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
	REAL(openat);
	WITH_MODE(flags, flags)
	return decide(FUNCTION_openat) ? -1 : real(folder, path, flags, mode);
}

ssize_t read(int file, void *out, size_t size)
{
	REAL(read);
	int failure = decide(FUNCTION_read);
	return failure > 0 ? -1 : real(file, out, failure && size ? 1 : size);
}

ssize_t pread(int file, void *out, size_t size, off_t offset)
{
	REAL(pread);
	int failure = decide(FUNCTION_pread);
	return failure > 0 ? -1 : real(file, out, failure && size ? 1 : size, offset);
}

ssize_t write(int file, const void *data, size_t size)
{
	REAL(write);
	int failure = decide(FUNCTION_write);
	return failure > 0 ? -1 : real(file, data, failure && size ? 1 : size);
}

// A descriptor is closed even when close(2) fails.
int close(int file)
{
	REAL(close);
	int failure = decide(FUNCTION_close), result = real(file);
	if (failure > 0)
		errno = failure;
	return failure > 0 ? -1 : result;
}

#define WRAP(type, failed, name, parameters, ...) \
	type name parameters \
	{ \
		REAL(name); \
		return decide(FUNCTION_##name) ? (failed) : real(__VA_ARGS__); \
	}

WRAP(int, -1, fsync, (int file), file)
WRAP(int, -1, renameat, (int from, const char *old, int to, const char *new), from, old, to, new)
WRAP(int, -1, fstat, (int file, struct stat *status), file, status)
WRAP(int, -1, stat, (const char *path, struct stat *status), path, status)
WRAP(int, -1, lstat, (const char *path, struct stat *status), path, status)
void *mremap(void *at, size_t size, size_t wanted, int flags, ...)
{
	REAL(mremap);
	return decide(FUNCTION_mremap) ? MAP_FAILED : real(at, size, wanted, flags);
}

WRAP(int, -1, ftruncate, (int file, off_t size), file, size)
WRAP(off_t, -1, lseek, (int file, off_t offset, int from), file, offset, from)
WRAP(int, -1, unlink, (const char *path), path)
WRAP(int, -1, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
WRAP(int, -1, mkostemp, (char *path, int flags), path, flags)
WRAP(int, -1, pipe2, (int ends[2], int flags), ends, flags)
WRAP(int, -1, poll, (struct pollfd * files, nfds_t count, int wait), files, count, wait)
WRAP(pid_t, -1, waitpid, (pid_t process, int *status, int options), process, status, options)
WRAP(ssize_t, -1, readlink, (const char *path, char *out, size_t size), path, out, size)
WRAP(char *, NULL, realpath, (const char *path, char *out), path, out)
WRAP(int, -1, faccessat, (int folder, const char *path, int mode, int flags), folder, path, mode, flags)
WRAP(int, -1, fchown, (int file, uid_t user, gid_t group), file, user, group)
WRAP(int, -1, fchmod, (int file, mode_t mode), file, mode)
WRAP(DIR *, NULL, opendir, (const char *path), path)
WRAP(struct dirent *, NULL, readdir, (DIR * folder), folder)
WRAP(FILE *, NULL, fopen, (const char *path, const char *mode), path, mode)

// The C library's own streams write past the symbols above; what comes to them can be refused here only.
size_t fwrite(const void *data, size_t size, size_t count, FILE *stream)
{
	REAL(fwrite);
	int failure = decide(FUNCTION_fwrite);
	if (failure > 0)
		return 0;
	return real(data, size, count, stream);
}

int fflush(FILE *stream)
{
	REAL(fflush);
	if (decide(FUNCTION_fflush) > 0)
		return EOF;
	return real(stream);
}

// These return their error.
#define WRAP_DIRECT(name, parameters, ...) \
	int name parameters \
	{ \
		REAL(name); \
		int failure = decide(FUNCTION_##name); \
		return failure ? failure : real(__VA_ARGS__); \
	}

WRAP_DIRECT(pthread_create, (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context), thread, attributes, run, context)
WRAP_DIRECT(posix_fallocate, (int file, off_t offset, off_t size), file, offset, size)
WRAP_DIRECT(pthread_mutex_init, (pthread_mutex_t * lock, const pthread_mutexattr_t *attributes), lock, attributes)
WRAP_DIRECT(pthread_cond_init, (pthread_cond_t * condition, const pthread_condattr_t *attributes), condition, attributes)
WRAP_DIRECT(posix_spawnp,
	(pid_t * process, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const *words, char *const *around), process, file,
	actions, attributes, words, around)

// ---- the server ---------------------------------------------------------------------------------------------------------

static bool take_request(const char *line)
{
	char function[32];
	int all = 0;

	if (sscanf(line, "%31s %lu %d %d", function, &number, &all, &error) != 4)
		return false;
	forever = all != 0;
	timed = !strcmp(function, "kill");
	if (timed) {
		chosen = FUNCTION_COUNT;
		return true;
	}
	for (chosen = 0; chosen < FUNCTION_COUNT && strcmp(names[chosen], function) != 0; chosen++)
		;
	return chosen < FUNCTION_COUNT;
}

static void begin(void)
{
	const char *seconds = getenv("INJECT_SECONDS"), *file = getenv("INJECT_TRACE");
	static const char *const settings[] = { "LD_PRELOAD", "INJECT", "INJECT_SERVER", "INJECT_STDIN", "INJECT_STDOUT", "INJECT_STDERR", "INJECT_SECONDS", "INJECT_TRACE",
		"INJECT_STACKS" };
	void *stack[4];

	if (file)
		snprintf(trace, sizeof trace, "%s", file);
	alarm(seconds ? (unsigned)atoi(seconds) : 20);
	if (number == 0 && forever && getenv("INJECT_STACKS"))
		stacks = (int)syscall(SYS_openat, AT_FDCWD, getenv("INJECT_STACKS"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (trace[0] || stacks >= 0)
		backtrace(stack, 4); // loads what it needs
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		unsetenv(settings[i]); // not for those that it starts
	for (int i = 0; i < most_descriptors; i++)
		open_before[i] = fcntl(i, F_GETFD) != -1;
	live_before = live;
	counting = true;
}

static void stream_from(int descriptor, const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC, 0666);
	if (file < 0 || dup2(file, descriptor) < 0)
		_exit(125);
	close(file);
}

static void piped_from(const char *path)
{
	static char bytes[65536];
	int ends[2], file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);
	if (size < 0 || pipe2(ends, O_CLOEXEC) || write(ends[1], bytes, (size_t)size) != size || dup2(ends[0], 0) < 0)
		_exit(125);
	close(file);
	close(ends[0]);
	close(ends[1]);
}

// In the child: the streams as they are asked for, and back to main.
static void become(const char *line, int in, int out)
{
	const char *input = getenv("INJECT_STDIN");

	close(in);
	close(out);
	if (!take_request(line))
		_exit(124);
	if (input && !strncmp(input, "pipe:", 5))
		piped_from(input + 5);
	else
		stream_from(0, input ? input : "/dev/null", O_RDONLY);
	stream_from(1, getenv("INJECT_STDOUT"), O_WRONLY | O_CREAT | O_TRUNC);
	stream_from(2, getenv("INJECT_STDERR"), O_WRONLY | O_CREAT | O_TRUNC);
	begin();
}

__attribute__((constructor)) static void start(void)
{
	const char *server = getenv("INJECT_SERVER"), *request = getenv("INJECT");
	char line[256], answer[4096];
	int in, out;

	if (request && take_request(request))
		begin();
	if (!server || sscanf(server, "%d,%d", &in, &out) != 2)
		return;
	record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED)
		_exit(125);
	for (;;) {
		size_t size = 0;
		while (size + 1 < sizeof line && read(in, line + size, 1) == 1 && line[size] != '\n')
			size++;
		if (!size)
			_exit(0);
		line[size] = 0;
		memset(record, 0, sizeof *record);
		record->blocks = record->descriptors = -1;
		pid_t child = fork();
		if (child == 0) {
			become(line, in, out);
			return;
		}
		int status = -1, length;
		if (child > 0 && take_request(line) && timed) {
			usleep((useconds_t)number);
			kill(child, -error);
		}
		while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		length = snprintf(answer, sizeof answer, "%d %lu %ld %ld", status, atomic_load(&record->fired), record->blocks, record->descriptors);
		for (int i = 0; i < FUNCTION_COUNT; i++)
			if (record->calls[i])
				length += snprintf(answer + length, sizeof answer - (size_t)length, " %s=%lu", names[i], atomic_load(&record->calls[i]));
		answer[length++] = '\n';
		if (write(out, answer, (size_t)length) != length)
			_exit(125);
	}
}

// The C library gives back what it holds itself, when it is asked to; what is out then was forgotten.
__attribute__((destructor)) static void finish(void)
{
	void (*give_back)(void);

	if (!counting)
		return;
	counting = false;
	if (stacks >= 0)
		syscall(SYS_close, stacks);
	*(void **)(&give_back) = dlsym(RTLD_NEXT, "__libc_freeres");
	record->descriptors = 0;
	for (int i = 0; i < most_descriptors; i++)
		record->descriptors += !open_before[i] && fcntl(i, F_GETFD) != -1;
	if (give_back)
		give_back();
	record->blocks = live - live_before;
}

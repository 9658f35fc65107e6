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
// A walk saves what every try of a late call repeats. `walk FUNCTION FIRST` has one process, in which nothing fails, stop at each call from FIRST on where a copy of it
// can go on for itself: it has one thread, has changed no file and no folder, has no descriptor whose place the copy would move. There it answers `at CALL` and takes
//
//     fail FOREVER ERROR      a copy goes on in which this call fails; answered as any request
//     on CALL                 to the first such place from that call on
//
// until it is through, which is answered as any request. What was passed over is to be tried from the start. A walk's own streams go to INJECT_STDOUT.walk and so on.
//
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
	X(openat) \
	X(read) \
	X(pread) \
	X(write) X(fsync) X(close) X(renameat) X(fstat) X(stat) X(lstat) X(mmap) X(ftruncate) X(lseek) X(unlink) X(unlinkat) X(mkostemp) X(pipe2) X(poll) X(posix_spawnp) \
		X(waitpid) X(readlink) X(realpath) X(faccessat) X(fchown) X(fchmod) X(opendir) X(readdir) X(fopen) X(fwrite) X(fflush) X(posix_fallocate) X(mremap) \
			X(pthread_create) X(pthread_mutex_init) X(pthread_cond_init)

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
static bool over;        // and returned: what follows is the C library's, and in a build that counts coverage the counters are written
static enum function chosen;
static unsigned long number;
static bool forever;
static int error;
static bool timed; // a signal comes from outside
static char trace[256];
static int stacks = -1;       // not asked for
static bool walking, changed; // what stands in folders is no longer what it was
static unsigned long stop_at;
static atomic_int threads;
static int from_tool, to_tool;
static struct record *shared; // of the copies of a walk
static unsigned seconds_left;
static char streams[3][512];

static bool stop(unsigned long call);

static int most_descriptors = 256;

// Fresh memory is no zeros, and what was freed is no longer what it was: who reads either goes wrong. A page's worth shows it and costs little.
#define STALE 4096

extern void __asan_init(void) __attribute__((weak)); // has its own way to show both, and frees blocks that it does not know while it begins

static void *fresh(void *block, size_t size)
{
	live += block != NULL;
	if (block && !__asan_init)
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
	if (!counting || over)
		return 0;
	unsigned long call = atomic_fetch_add(&record->calls[function], 1) + 1;
	if (stacks >= 0 && function == chosen)
		note_stack(call);
	if (walking && function == chosen && call >= stop_at && !threads && !changed && stop(call))
		number = call;
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

// Looking for a function may itself ask for memory, and under ASan gives back what another has asked for: that comes from here, and is never given back.
static _Alignas(16) char early[4096];
static size_t early_used;
static bool looking;

static void *early_block(size_t size)
{
	void *block = early + early_used;
	early_used += (size + 15) & ~(size_t)15;
	return early_used <= sizeof early ? block : NULL;
}

#define REAL_MEMORY(name) \
	static __typeof__(name) *real; \
	if (!real && !looking) { \
		looking = true; \
		*(void **)(&real) = next(#name); \
		looking = false; \
	}

void *malloc(size_t size)
{
	REAL_MEMORY(malloc)
	if (!real)
		return early_block(size);
	return decide(FUNCTION_memory) ? NULL : fresh(real(size), size);
}

void *calloc(size_t count, size_t size)
{
	REAL_MEMORY(calloc)
	if (!real)
		return early_block(count * size);
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
	REAL_MEMORY(free)
	if (!real || ((char *)block >= early && (char *)block < early + sizeof early))
		return;
	live -= block != NULL;
	if (block && !__asan_init) {
		size_t size = malloc_usable_size(block);
		memset(block, 0xce, size < STALE ? size : STALE);
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
	changed |= (flags & (O_CREAT | O_TRUNC)) != 0;
	return decide(FUNCTION_open) ? -1 : real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
	REAL(openat);
	WITH_MODE(flags, flags)
	changed |= (flags & (O_CREAT | O_TRUNC)) != 0;
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

// What changes folders, or what another process may change.
#define WRAP_CHANGE(type, failed, name, parameters, ...) \
	type name parameters \
	{ \
		REAL(name); \
		changed = true; \
		return decide(FUNCTION_##name) ? (failed) : real(__VA_ARGS__); \
	}

WRAP_CHANGE(int, -1, renameat, (int from, const char *old, int to, const char *new), from, old, to, new)
WRAP_CHANGE(int, -1, unlink, (const char *path), path)
WRAP_CHANGE(int, -1, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
WRAP_CHANGE(int, -1, mkostemp, (char *path, int flags), path, flags)

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

// Counted until they are joined: before that a copy would lack them.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
	REAL(pthread_create);
	int failure = decide(FUNCTION_pthread_create);
	if (!failure) {
		threads++;
		failure = real(thread, attributes, run, context);
		threads -= failure != 0;
	}
	return failure;
}

int pthread_join(pthread_t thread, void **result)
{
	REAL(pthread_join);
	int failure = real(thread, result);
	threads -= failure == 0;
	return failure;
}

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

static bool take_walk(const char *line)
{
	char request[64];
	char function[32];

	if (sscanf(line, "walk %31s %lu", function, &stop_at) != 2)
		return false;
	snprintf(request, sizeof request, "%s 0 0 0", function);
	walking = take_request(request);
	return walking;
}

static void begin(void)
{
	const char *seconds = getenv("INJECT_SECONDS"), *file = getenv("INJECT_TRACE");
	static const char *const settings[] = { "LD_PRELOAD", "INJECT", "INJECT_SERVER", "INJECT_STDIN", "INJECT_STDOUT", "INJECT_STDERR", "INJECT_SECONDS", "INJECT_TRACE",
		"INJECT_STACKS" };
	void *stack[4];

	if (file)
		snprintf(trace, sizeof trace, "%s", file);
	seconds_left = seconds ? (unsigned)atoi(seconds) : 20;
	alarm(walking ? 0 : seconds_left);
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

	if (take_walk(line)) {
		from_tool = in, to_tool = out, shared = record, record = &own;
		for (int i = 1; i <= 2; i++)
			snprintf(streams[i], sizeof streams[i], "%s", getenv(i == 1 ? "INJECT_STDOUT" : "INJECT_STDERR"));
		fcntl(in, F_SETFD, FD_CLOEXEC);
		fcntl(out, F_SETFD, FD_CLOEXEC);
	} else {
		close(in);
		close(out);
		if (!take_request(line))
			_exit(124);
	}
	if (input && !strncmp(input, "pipe:", 5))
		piped_from(input + 5);
	else
		stream_from(0, input ? input : "/dev/null", O_RDONLY);
	for (int i = 1; i <= 2; i++) {
		char path[600];
		snprintf(path, sizeof path, "%s%s", getenv(i == 1 ? "INJECT_STDOUT" : "INJECT_STDERR"), walking ? ".walk" : "");
		stream_from(i, path, O_WRONLY | O_CREAT | O_TRUNC);
	}
	changed = false;
	begin();
}

static bool take_line(int in, char *line, size_t most)
{
	size_t size = 0;
	while (size + 1 < most && read(in, line + size, 1) == 1 && line[size] != '\n')
		size++;
	line[size] = 0;
	return size > 0;
}

static void answer(int out, int status, const struct record *of)
{
	char text[4096];
	int length = snprintf(text, sizeof text, "%d %lu %ld %ld", status, atomic_load(&of->fired), of->blocks, of->descriptors);
	for (int i = 0; i < FUNCTION_COUNT; i++)
		if (of->calls[i])
			length += snprintf(text + length, sizeof text - (size_t)length, " %s=%lu", names[i], atomic_load(&of->calls[i]));
	text[length++] = '\n';
	if (write(out, text, (size_t)length) != length)
		_exit(125);
}

static int waited(pid_t child)
{
	int status = -1;
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

// ---- a walk ---------------------------------------------------------------------------------------------------------------

// A descriptor's place in its file is common to a process and its copies. The copy gets one of its own where files are only read; where that will not do there is no copy.
static bool own_places(bool take)
{
	for (int file = 0; file < most_descriptors; file++) {
		struct stat status;
		char path[64];
		int flags, own_one;

		if (file == 1 || file == 2 || file == from_tool || file == to_tool || fstat(file, &status))
			continue;
		flags = fcntl(file, F_GETFL);
		if (S_ISCHR(status.st_mode) && file == 0)
			continue;
		if (!S_ISREG(status.st_mode) || (flags & O_ACCMODE) != O_RDONLY)
			return false;
		if (!take)
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%d", file);
		own_one = open(path, O_RDONLY | O_CLOEXEC);
		if (own_one < 0 || lseek(own_one, lseek(file, 0, SEEK_CUR), SEEK_SET) < 0 || dup3(own_one, file, fcntl(file, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0) < 0)
			_exit(125);
		close(own_one);
	}
	return true;
}

// What was written so far was written in the copy, too.
static void own_stream(int descriptor, const char *path)
{
	char bytes[4096], walked[600];
	ssize_t size;

	stream_from(descriptor, path, O_WRONLY | O_CREAT | O_TRUNC);
	snprintf(walked, sizeof walked, "%s.walk", path);
	int file = open(walked, O_RDONLY | O_CLOEXEC);
	while ((size = read(file, bytes, sizeof bytes)) > 0)
		if (write(descriptor, bytes, (size_t)size) != size)
			_exit(125);
	close(file);
}

// True in a copy, in which the call is to fail.
static bool stop(unsigned long call)
{
	char line[256];
	int all, length, before = errno;

	counting = false;
	if (!own_places(false)) {
		counting = true;
		errno = before;
		return false;
	}
	length = snprintf(line, sizeof line, "at %lu\n", call);
	if (write(to_tool, line, (size_t)length) != length)
		_exit(125);
	for (;;) {
		if (!take_line(from_tool, line, sizeof line))
			_exit(125);
		if (sscanf(line, "on %lu", &stop_at) == 1)
			break;
		if (sscanf(line, "fail %d %d", &all, &error) != 2)
			_exit(125);
		*shared = *record;
		shared->fired = 0;
		shared->blocks = shared->descriptors = -1;
		pid_t child = _Fork(); // nothing is locked that another thread would have to free
		if (child == 0) {
			walking = false, forever = all != 0, record = shared;
			alarm(seconds_left);
			own_places(true);
			for (int i = 1; i <= 2; i++)
				own_stream(i, streams[i]);
			close(from_tool);
			close(to_tool);
			counting = true;
			errno = before;
			return true;
		}
		answer(to_tool, waited(child), shared);
	}
	counting = true;
	errno = before;
	return false;
}

__attribute__((constructor)) static void start(void)
{
	const char *server = getenv("INJECT_SERVER"), *request = getenv("INJECT");
	char line[256];
	int in, out;

	if (request && take_request(request))
		begin();
	if (!server || sscanf(server, "%d,%d", &in, &out) != 2)
		return;
	record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED)
		_exit(125);
	while (take_line(in, line, sizeof line)) {
		memset(record, 0, sizeof *record);
		record->blocks = record->descriptors = -1;
		pid_t child = fork();
		if (child == 0) {
			become(line, in, out);
			return;
		}
		if (child > 0 && take_request(line) && timed) {
			usleep((useconds_t)number);
			kill(child, -error);
		}
		answer(out, waited(child), record);
	}
	_exit(0);
}

static int (*program)(int, char **, char **);

static int watched(int count, char **words, char **environment)
{
	int status = program(count, words, environment);
	over = true;
	return status;
}

int __libc_start_main(int (*entry)(int, char **, char **), int count, char **words, void (*init)(void), void (*fini)(void), void (*loader_fini)(void), void *stack_end);

int __libc_start_main(int (*entry)(int, char **, char **), int count, char **words, void (*init)(void), void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
	int (*begin_program)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

	program = entry;
	*(void **)(&begin_program) = dlsym(RTLD_NEXT, "__libc_start_main");
	return begin_program(watched, count, words, init, fini, loader_fini, stack_end);
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

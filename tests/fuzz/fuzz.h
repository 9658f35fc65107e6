// What the fuzzers share: how a broken promise is told, choices that follow from the input alone, and files that are read and written without a disk.
#ifndef PPM_TESTS_FUZZ_FUZZ_H
#define PPM_TESTS_FUZZ_FUZZ_H

#include "runtime/base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// A text in a static table.
#define FUZZ_TEXT(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

// A promise is broken: the fuzzer keeps the input.
__attribute__((format(printf, 1, 2), noreturn)) static inline void fuzz_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

// Bytes as a person can read them.
static inline void fuzz_show(const char *title, struct ppm_slice text)
{
	fprintf(stderr, "--- %s (%zu bytes)\n", title, text.size);
	for (size_t i = 0; i < text.size && i < 4000; i++) {
		unsigned char c = (unsigned char)text.data[i];
		fprintf(stderr, c == '\n' ? "\n" : c >= 32 && c < 127 ? "%c" : "\\x%02x", c);
	}
	fputc('\n', stderr);
}

static inline void fuzz_same(struct ppm_slice a, struct ppm_slice b, const char *what, const char *how)
{
	if (ppm_slice_equal(a, b))
		return;
	fuzz_show("one", a);
	fuzz_show("other", b);
	fuzz_fail("%s: %s", what, how);
}

// ---- the input's bytes, in order; zeros behind its end

struct fuzz_reader {
	const uint8_t *at, *end;
};

// A number of so many bytes, the first the highest.
static inline uint64_t fuzz_take(struct fuzz_reader *reader, unsigned count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | (reader->at < reader->end ? *reader->at++ : 0);
	return value;
}

// ---- choices: the same for the same input

static inline uint64_t fuzz_hash(const uint8_t *data, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

static inline uint32_t fuzz_below(uint64_t *state, uint32_t limit)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ z >> 31) >> 32) * limit >> 32);
}

// ---- what would be written to a file: through a pipe, which the sinks write straight

struct fuzz_output {
	int ends[2];
	char path[32];
};

static inline void fuzz_output_open(struct fuzz_output *output)
{
	if (pipe2(output->ends, O_NONBLOCK | O_CLOEXEC))
		fuzz_fail("no pipe: %s", strerror(errno));
	fcntl(output->ends[0], F_SETPIPE_SZ, 1 << 20);
	snprintf(output->path, sizeof output->path, "/dev/fd/%d", output->ends[1]);
}

// Appends what was written.
static inline void fuzz_output_take(struct fuzz_output *output, struct ppm_buffer *out)
{
	ssize_t count;

	close(output->ends[1]);
	do {
		if (!ppm_buffer_reserve(out, 65536))
			fuzz_fail("no memory");
		count = read(output->ends[0], out->data + out->size, 65536);
		out->size += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	close(output->ends[0]);
}

// ---- standard output as a file in memory: what a run writes there, however much

static inline void fuzz_stdout_begin(void)
{
	static int file = -1;

	if (file < 0 && ((file = memfd_create("results", 0)) < 0 || dup2(file, STDOUT_FILENO) < 0))
		fuzz_fail("no memory for results: %s", strerror(errno));
	if (ftruncate(STDOUT_FILENO, 0) || lseek(STDOUT_FILENO, 0, SEEK_SET))
		fuzz_fail("no memory for results: %s", strerror(errno));
}

// Appends what was written.
static inline void fuzz_stdout_take(struct ppm_buffer *out)
{
	off_t size = lseek(STDOUT_FILENO, 0, SEEK_END);

	if (size < 0 || !ppm_buffer_reserve(out, (size_t)size + 1) || pread(STDOUT_FILENO, out->data + out->size, (size_t)size, 0) != size)
		fuzz_fail("no results: %s", strerror(errno));
	out->size += (size_t)size;
}

#endif

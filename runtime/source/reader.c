// Three steps in a row, each with a buffer of constant size before it: read(2), decompress, decode. What needs no decompressing or decoding skips that step's
// buffer.
#include "runtime/source/reader.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define RAW_SIZE (128u * 1024u)
#define PLAIN_SIZE (64u * 1024u)
#define INTERRUPT_INTERVAL 100 // milliseconds between two looks at the flag while a pipe has nothing to give

static enum ppm_status take(struct ppm_reader *reader, const void *data, size_t size)
{
	reader->consumed += size;
	if (reader->observe)
		reader->observe(reader->observe_context, data, size);
	if (reader->recording)
		ppm_buffer_append(&reader->recorded, data, size);
	return reader->recorded.failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static enum ppm_status read_text(struct ppm_reader *reader, void *out, size_t capacity, size_t *given)
{
	*given = reader->text.size < capacity ? reader->text.size : capacity;
	if (*given == 0) // an empty text need not be anywhere
		return take(reader, out, 0);
	memcpy(out, reader->text.data, *given);
	reader->text.data += *given;
	reader->text.size -= *given;
	return take(reader, out, *given);
}

static enum ppm_status read_file(struct ppm_reader *reader, void *out, size_t capacity, size_t *given)
{
	if (reader->file < 0)
		return read_text(reader, out, capacity, given);
	for (;;) {
		if (ppm_signalled(reader->interrupted))
			return PPM_ERROR_INTERRUPTED;
		// A signal may have come to another thread, or between the look above and the read: a silent pipe must not hold the run for ever.
		struct pollfd ready = { .fd = reader->file, .events = POLLIN };
		int waited = reader->interrupted ? poll(&ready, 1, INTERRUPT_INTERVAL) : 1;
		if (waited == 0 || (waited < 0 && errno == EINTR))
			continue;
		ssize_t count = read(reader->file, out, capacity);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return PPM_ERROR_IO;
		*given = (size_t)count;
		return take(reader, out, (size_t)count);
	}
}

static enum ppm_status fill_raw(struct ppm_reader *reader)
{
	memmove(reader->raw, reader->raw + reader->raw_begin, reader->raw_end - reader->raw_begin);
	reader->raw_end -= reader->raw_begin;
	reader->raw_begin = 0;
	size_t given;
	enum ppm_status status = read_file(reader, reader->raw + reader->raw_end, RAW_SIZE - reader->raw_end, &given);
	if (status != PPM_OK)
		return status;
	reader->raw_end += given;
	reader->raw_ended = given == 0;
	return PPM_OK;
}

static struct ppm_reader *make(
	const struct ppm_allocator *allocator, int file, struct ppm_slice text, enum ppm_encoding encoding, const volatile int *interrupted, enum ppm_status *status)
{
	*status = PPM_ERROR_MEMORY;
	struct ppm_reader *reader = ppm_allocate_zeroed(allocator, 1, sizeof *reader);
	if (!reader)
		return NULL;
	reader->allocator = allocator;
	reader->file = file;
	reader->text = text;
	reader->interrupted = interrupted;
	reader->encoding = encoding;
	reader->decoder.encoding = encoding;
	reader->recording = true;
	ppm_buffer_init(&reader->recorded, allocator);
	reader->raw = ppm_allocate(allocator, RAW_SIZE, 1);
	if (!reader->raw)
		goto failed;
	while (reader->raw_end < 4 && !reader->raw_ended) {
		*status = fill_raw(reader);
		if (*status != PPM_OK)
			goto failed;
	}
	*status = PPM_ERROR_MEMORY;
	enum ppm_compression compression = ppm_compression_of(reader->raw, reader->raw_end);
	if (compression != PPM_COMPRESSION_NONE) {
		reader->inflater = ppm_inflater_new(allocator, compression);
		if (!reader->inflater)
			goto failed;
	}
	if (encoding != PPM_ENCODING_UTF8) {
		reader->plain = ppm_allocate(allocator, PLAIN_SIZE, 1);
		if (!reader->plain)
			goto failed;
	}
	*status = PPM_OK;
	return reader;
failed:
	ppm_reader_free(reader);
	return NULL;
}

struct ppm_reader *ppm_reader_new(const struct ppm_allocator *allocator, int file, enum ppm_encoding encoding, const volatile int *interrupted, enum ppm_status *status)
{
	return make(allocator, file, PPM_SLICE(""), encoding, interrupted, status);
}

struct ppm_reader *ppm_reader_new_text(const struct ppm_allocator *allocator, struct ppm_slice text, enum ppm_encoding encoding, const volatile int *interrupted, enum ppm_status *status)
{
	return make(allocator, -1, text, encoding, interrupted, status);
}

void ppm_reader_free(struct ppm_reader *reader)
{
	if (!reader)
		return;
	ppm_inflater_free(reader->inflater);
	ppm_buffer_free(&reader->recorded);
	ppm_free(reader->allocator, reader->raw);
	ppm_free(reader->allocator, reader->plain);
	ppm_free(reader->allocator, reader);
}

// The file's bytes, decompressed.
static enum ppm_status read_plain(struct ppm_reader *reader, char *out, size_t capacity, size_t *given)
{
	*given = 0;
	if (!reader->inflater) {
		size_t held = reader->raw_end - reader->raw_begin;
		if (held) {
			*given = held < capacity ? held : capacity;
			memcpy(out, reader->raw + reader->raw_begin, *given);
			reader->raw_begin += *given;
			return PPM_OK;
		}
		if (reader->raw_ended)
			return PPM_OK;
		enum ppm_status status = read_file(reader, out, capacity, given);
		reader->raw_ended = status == PPM_OK && *given == 0;
		return status;
	}
	for (;;) {
		if (reader->raw_begin == reader->raw_end && !reader->raw_ended) {
			enum ppm_status status = fill_raw(reader);
			if (status != PPM_OK)
				return status;
		}
		size_t taken;
		enum ppm_status status =
			ppm_inflater_run(reader->inflater, reader->raw + reader->raw_begin, reader->raw_end - reader->raw_begin, reader->raw_ended, &taken, out, capacity, given);
		if (status != PPM_OK)
			return status;
		reader->raw_begin += taken;
		if (*given || (reader->raw_ended && reader->raw_begin == reader->raw_end))
			return PPM_OK;
	}
}

enum ppm_status ppm_reader_read(struct ppm_reader *reader, char *out, size_t capacity, size_t *given)
{
	if (reader->encoding == PPM_ENCODING_UTF8)
		return read_plain(reader, out, capacity, given);
	*given = 0;
	while (*given == 0 && !reader->plain_ended) {
		size_t most = (capacity - PPM_DECODER_EXTRA) / PPM_DECODER_GROWTH, size;
		enum ppm_status status = read_plain(reader, reader->plain, most < PLAIN_SIZE ? most : PLAIN_SIZE, &size);
		if (status != PPM_OK)
			return status;
		reader->plain_ended = size == 0;
		*given = ppm_decoder_run(&reader->decoder, (const uint8_t *)reader->plain, size, reader->plain_ended, out);
	}
	return PPM_OK;
}

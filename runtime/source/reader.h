// Bytes in order from a file, pipe or device, as UTF-8 text: decompressed if they are gzip or zstd, decoded if they are in another encoding. Used by one thread at a time.
#ifndef PPM_RUNTIME_SOURCE_READER_H
#define PPM_RUNTIME_SOURCE_READER_H

#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include <stdint.h>

enum ppm_encoding { PPM_ENCODING_UTF8, PPM_ENCODING_LATIN1, PPM_ENCODING_WINDOWS_1252, PPM_ENCODING_UTF16, PPM_ENCODING_UTF16LE, PPM_ENCODING_UTF16BE };
// NULL is UTF-8; case, '-' and '_' do not matter. False for an unknown name.
bool ppm_encoding_find(const char *name, enum ppm_encoding *encoding);

// Decodes in pieces. What is no text in the encoding becomes a byte that is not UTF-8 (0xFF), so that it is refused where it stands.
struct ppm_decoder {
	enum ppm_encoding encoding;
	bool begun;
	uint8_t rest[4]; // of a character that is not complete
	unsigned rest_size;
};
// At most this many bytes come out of one byte, and this many more from what was kept or left at the end.
#define PPM_DECODER_GROWTH 3
#define PPM_DECODER_EXTRA 16
// Returns the bytes written to out[0, size * PPM_DECODER_GROWTH + PPM_DECODER_EXTRA). `last`: nothing follows.
size_t ppm_decoder_run(struct ppm_decoder *decoder, const uint8_t *data, size_t size, bool last, char *out);

struct ppm_inflater; // inflate.c
enum ppm_compression { PPM_COMPRESSION_NONE, PPM_COMPRESSION_GZIP, PPM_COMPRESSION_ZSTD };
enum ppm_compression ppm_compression_of(const uint8_t *data, size_t size);
// NULL when memory ran out.
struct ppm_inflater *ppm_inflater_new(const struct ppm_allocator *allocator, enum ppm_compression compression);
void ppm_inflater_free(struct ppm_inflater *inflater);
// Takes from data[0, size), gives to out[0, capacity); says how much of both. `last`: no data follows. PPM_ERROR_DATA when it is damaged or ends too early.
enum ppm_status ppm_inflater_run(struct ppm_inflater *inflater, const uint8_t *data, size_t size, bool last, size_t *taken, char *out, size_t capacity, size_t *given);

#define PPM_READER_LEAST 64u
struct ppm_reader {
	const struct ppm_allocator *allocator;
	int file;              // -1: `text` is what is read
	struct ppm_slice text; // the rest of it
	const volatile int *interrupted;
	enum ppm_encoding encoding;
	struct ppm_inflater *inflater; // NULL: not compressed
	struct ppm_decoder decoder;
	uint8_t *raw; // read from the file, raw_begin to raw_end not yet taken
	size_t raw_begin, raw_end;
	bool raw_ended;
	char *plain; // decompressed, to be decoded
	bool plain_ended;
	uint64_t consumed; // bytes of the file
	// Sees every byte of the file as it is, in order; may be NULL. Until `recording` ends, the bytes are kept in `recorded` as well.
	void (*observe)(void *context, const void *data, size_t size);
	void *observe_context;
	bool recording;
	struct ppm_buffer recorded;
};

// Reads the first bytes and looks at them; `file` stays the caller's. NULL and *status when that fails.
struct ppm_reader *ppm_reader_new(const struct ppm_allocator *allocator, int file, enum ppm_encoding encoding, const volatile int *interrupted, enum ppm_status *status);
// Over a text, which lives as long as the reader.
struct ppm_reader *ppm_reader_new_text(const struct ppm_allocator *allocator, struct ppm_slice text, enum ppm_encoding encoding, const volatile int *interrupted, enum ppm_status *status);
void ppm_reader_free(struct ppm_reader *reader);
// Up to `capacity` (at least PPM_READER_LEAST) bytes of text; 0 in *given at the end only. PPM_ERROR_IO (errno), PPM_ERROR_INTERRUPTED, PPM_ERROR_MEMORY, or PPM_ERROR_DATA:
// compressed data is damaged.
enum ppm_status ppm_reader_read(struct ppm_reader *reader, char *out, size_t capacity, size_t *given);

#endif

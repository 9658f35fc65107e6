// A growing run of bytes, for text that is written out. Failure sticks: write on, check `failed` once.
#ifndef PPM_RUNTIME_BASE_BUFFER_H
#define PPM_RUNTIME_BASE_BUFFER_H

#include "runtime/base/allocator.h"
#include "runtime/base/slice.h"

struct ppm_buffer {
	const struct ppm_allocator *allocator; // NULL: the default one
	char *data;
	size_t size, capacity;
	bool failed;
};

void ppm_buffer_init(struct ppm_buffer *buffer, const struct ppm_allocator *allocator);
void ppm_buffer_free(struct ppm_buffer *buffer);
// Room for `extra` more bytes at data + size; false (and failed) when memory ran out.
bool ppm_buffer_reserve(struct ppm_buffer *buffer, size_t extra);
void ppm_buffer_append(struct ppm_buffer *buffer, const char *data, size_t size);
void ppm_buffer_append_text(struct ppm_buffer *buffer, const char *text);
void ppm_buffer_append_char(struct ppm_buffer *buffer, char c);
void ppm_buffer_format(struct ppm_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct ppm_slice ppm_buffer_slice(const struct ppm_buffer *buffer)
{
	return (struct ppm_slice){ buffer->data, buffer->size };
}

#endif

// Growing text. Once an append failed nothing more is added, so that a buffer never holds a text with a hole in it.
#include "runtime/base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

void ppm_buffer_init(struct ppm_buffer *buffer, const struct ppm_allocator *allocator)
{
	*buffer = (struct ppm_buffer){ .allocator = allocator };
}

void ppm_buffer_free(struct ppm_buffer *buffer)
{
	ppm_free(buffer->allocator, buffer->data);
	*buffer = (struct ppm_buffer){ .allocator = buffer->allocator };
}

bool ppm_buffer_reserve(struct ppm_buffer *buffer, size_t extra)
{
	if (buffer->failed)
		return false;
	if (extra <= buffer->capacity - buffer->size)
		return true;
	size_t needed;
	if (__builtin_add_overflow(buffer->size, extra, &needed)) {
		buffer->failed = true;
		return false;
	}
	// Small texts are the rule: the first block is one that most of them fit in.
	void *grown = buffer->data;
	if (!ppm_grow(buffer->allocator, &grown, &buffer->capacity, needed < 64 ? 64 : needed, 1)) {
		buffer->failed = true;
		return false;
	}
	buffer->data = grown;
	return true;
}

void ppm_buffer_append(struct ppm_buffer *buffer, const char *data, size_t size)
{
	if (size == 0 || !ppm_buffer_reserve(buffer, size))
		return;
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

void ppm_buffer_append_text(struct ppm_buffer *buffer, const char *text)
{
	ppm_buffer_append(buffer, text, strlen(text));
}

void ppm_buffer_append_char(struct ppm_buffer *buffer, char c)
{
	ppm_buffer_append(buffer, &c, 1);
}

void ppm_buffer_format(struct ppm_buffer *buffer, const char *format, ...)
{
	if (buffer->failed)
		return;
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	size_t room = buffer->capacity - buffer->size;
	int length = vsnprintf(room ? buffer->data + buffer->size : NULL, room, format, arguments);
	if (length < 0) {
		buffer->failed = true;
	} else if ((size_t)length < room) {
		buffer->size += (size_t)length;
	} else if (ppm_buffer_reserve(buffer, (size_t)length + 1)) {
		vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
		buffer->size += (size_t)length;
	}
	va_end(again);
	va_end(arguments);
}

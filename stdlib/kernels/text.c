// Functions of texts. Each distinct text of a batch is worked on about once: a small table by code remembers what became of it.
#include "runtime/base/text.h"
#include "runtime/column/text_pool.h"
#include "stdlib/kernels/kernels.h"

#define REMEMBERED 256u // a power of two

// A code that a lane may hold although no text has it (in lanes that matter there is none) is the empty text.
static struct ppm_slice text_of(const struct ppm_call_frame *frame, uint32_t code)
{
	if (code >= ppm_text_pool_count(frame->pool) || code == frame->pool->constant_count)
		return (struct ppm_slice){ "", 0 };
	return ppm_text_pool_get(frame->pool, code);
}

void ppm_kernel_length(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const int32_t *codes = frame->arguments[0];
	uint32_t known[REMEMBERED];
	double lengths[REMEMBERED];
	memset(known, 0xff, sizeof known);
	EACH_ACTIVE(frame) {
		uint32_t code = (uint32_t)codes[lane], slot = code % REMEMBERED;
		if (known[slot] != code || code == UINT32_MAX) {
			struct ppm_slice text = text_of(frame, code);
			known[slot] = code;
			lengths[slot] = (double)ppm_utf8_length(text.data, text.size);
		}
		result[lane] = lengths[slot];
	}
}

typedef void change(struct ppm_buffer *out, struct ppm_slice text);

static void change_texts(const struct ppm_call_frame *frame, change *function)
{
	int32_t *result = frame->result;
	const int32_t *codes = frame->arguments[0];
	uint32_t known[REMEMBERED], changed[REMEMBERED];
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, frame->pool->interner.allocator);
	memset(known, 0xff, sizeof known);
	EACH_ACTIVE(frame) {
		uint32_t code = (uint32_t)codes[lane], slot = code % REMEMBERED;
		if (known[slot] != code || code == UINT32_MAX) {
			known[slot] = code;
			buffer.size = 0;
			function(&buffer, text_of(frame, code));
			changed[slot] = buffer.failed ? PPM_INTERNER_NONE : ppm_text_pool_add(frame->pool, ppm_buffer_slice(&buffer));
			if (buffer.failed)
				frame->pool->failed = true;
		}
		result[lane] = (int32_t)(changed[slot] == PPM_INTERNER_NONE ? frame->pool->constant_count : changed[slot]);
	}
	ppm_buffer_free(&buffer);
}

void ppm_kernel_upper(const struct ppm_call_frame *frame)
{
	change_texts(frame, ppm_utf8_append_upper);
}

void ppm_kernel_lower(const struct ppm_call_frame *frame)
{
	change_texts(frame, ppm_utf8_append_lower);
}

// The bytes of a blank that begins at data: a space, tab, line break, or a no-break space; 0 for none.
static size_t blank_at(const char *data, size_t size)
{
	if (size >= 1 && (data[0] == ' ' || (data[0] >= '\t' && data[0] <= '\r')))
		return 1;
	return size >= 2 && (unsigned char)data[0] == 0xc2 && (unsigned char)data[1] == 0xa0 ? 2 : 0;
}

static void append_trimmed(struct ppm_buffer *out, struct ppm_slice text)
{
	for (size_t blank; (blank = blank_at(text.data, text.size)) > 0;) {
		text.data += blank;
		text.size -= blank;
	}
	for (;;) {
		if (text.size >= 1 && blank_at(text.data + text.size - 1, 1) == 1)
			text.size -= 1;
		else if (text.size >= 2 && blank_at(text.data + text.size - 2, 2) == 2)
			text.size -= 2;
		else
			break;
	}
	ppm_buffer_append(out, text.data, text.size);
}

void ppm_kernel_trim(const struct ppm_call_frame *frame)
{
	change_texts(frame, append_trimmed);
}

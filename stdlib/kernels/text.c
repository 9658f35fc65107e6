// Functions of texts. Each distinct text is worked on about once: tables by code remember what became of it.
#include "runtime/base/text.h"
#include "runtime/column/text_pool.h"
#include "stdlib/kernels/kernels.h"

#define REMEMBERED 256u // a power of two

// A code that a lane may hold although no text has it (in lanes that matter there is none) is the empty text.
static struct ppm_slice text_of(const struct ppm_call_frame *frame, uint32_t code)
{
	if (!ppm_text_pool_has(frame->pool, code) || code == frame->pool->constant_count)
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

// What is done to a text, and a quick look that finds most texts to which it does nothing (or NULL).
struct change {
	enum ppm_text_change kind;
	void (*append)(struct ppm_buffer *out, struct ppm_slice text);
	bool (*stays)(struct ppm_slice text);
};

// What became of the texts of a batch; those that changed are added to the pool together, which is several times as fast.
struct changed {
	uint32_t count, added;
	uint32_t codes[PPM_BATCH_ROWS];
	uint32_t to_add[PPM_BATCH_ROWS]; // which of the codes come from adding
	size_t ends[PPM_BATCH_ROWS];     // of their texts in the buffer
};

static void change_one(const struct ppm_call_frame *frame, const struct change *change, uint32_t code, struct ppm_buffer *buffer, struct changed *all)
{
	struct ppm_text_pool *pool = frame->pool;
	struct ppm_slice text = text_of(frame, code);
	uint32_t *result = &all->codes[all->count++];
	if (change->stays && change->stays(text) && ppm_text_pool_has(pool, code)) {
		*result = code;
		return;
	}
	size_t start = buffer->size;
	change->append(buffer, text);
	*result = pool->constant_count;
	if (buffer->failed)
		return;
	struct ppm_slice changed = { buffer->data ? buffer->data + start : "", buffer->size - start }; // no memory for an empty text
	if (ppm_slice_equal(changed, text) && ppm_text_pool_has(pool, code)) {
		*result = code;
	} else if (pool->loose && code >= PPM_TEXT_POOL_LENT) {
		if (!ppm_text_pool_lend(pool, &changed, 1, true, result))
			*result = pool->constant_count;
	} else {
		all->ends[all->added] = buffer->size;
		all->to_add[all->added++] = all->count - 1;
		return;
	}
	buffer->size = start;
}

static void add_changed(const struct ppm_call_frame *frame, const struct ppm_buffer *buffer, struct changed *all)
{
	struct ppm_slice texts[PPM_BATCH_ROWS];
	uint64_t hashes[PPM_BATCH_ROWS];
	uint32_t codes[PPM_BATCH_ROWS];
	if (buffer->failed)
		frame->pool->failed = true;
	if (buffer->failed || all->added == 0)
		return;
	for (uint32_t i = 0; i < all->added; i++) {
		size_t start = i ? all->ends[i - 1] : 0;
		texts[i] = (struct ppm_slice){ buffer->data ? buffer->data + start : "", all->ends[i] - start };
	}
	if (!ppm_text_pool_add_many(frame->pool, texts, hashes, all->added, codes))
		return;
	for (uint32_t i = 0; i < all->added; i++)
		all->codes[all->to_add[i]] = codes[i];
}

// What became of a pooled text is remembered with the pool; of the others here, each distinct one is worked on about once.
static void change_texts(const struct ppm_call_frame *frame, const struct change *change)
{
	struct ppm_text_pool *pool = frame->pool;
	int32_t *result = frame->result;
	const int32_t *codes = frame->arguments[0];
	uint32_t known[REMEMBERED], known_places[REMEMBERED], waiting = 0, memo_count;
	uint16_t lanes[PPM_BATCH_ROWS], places[PPM_BATCH_ROWS];
	uint32_t waiting_codes[PPM_BATCH_ROWS]; // the result may stand where the codes stood
	uint32_t *memo = ppm_text_pool_changes(pool, change->kind, &memo_count);
	struct changed all;
	struct ppm_buffer buffer;
	all.count = all.added = 0;
	ppm_buffer_init(&buffer, pool->interner.allocator);
	memset(known, 0xff, sizeof known);
	EACH_ACTIVE(frame) {
		uint32_t code = (uint32_t)codes[lane], slot = code % REMEMBERED;
		if (code < memo_count && memo[code]) {
			result[lane] = (int32_t)(memo[code] - 1);
			continue;
		}
		if (known[slot] != code || code == UINT32_MAX) {
			known[slot] = code;
			known_places[slot] = all.count;
			change_one(frame, change, code, &buffer, &all);
		}
		lanes[waiting] = (uint16_t)lane;
		waiting_codes[waiting] = code;
		places[waiting++] = (uint16_t)known_places[slot];
	}
	add_changed(frame, &buffer, &all);
	for (uint32_t i = 0; i < waiting; i++) {
		uint32_t changed = all.codes[places[i]];
		result[lanes[i]] = (int32_t)changed;
		if (waiting_codes[i] < memo_count && !pool->failed)
			memo[waiting_codes[i]] = changed + 1;
	}
	ppm_buffer_free(&buffer);
}

void ppm_kernel_upper(const struct ppm_call_frame *frame)
{
	change_texts(frame, &(struct change){ PPM_TEXT_UPPER, ppm_utf8_append_upper, ppm_utf8_stays_upper });
}

void ppm_kernel_lower(const struct ppm_call_frame *frame)
{
	change_texts(frame, &(struct change){ PPM_TEXT_LOWER, ppm_utf8_append_lower, ppm_utf8_stays_lower });
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
	change_texts(frame, &(struct change){ PPM_TEXT_TRIM, append_trimmed, NULL });
}

// UTF-8 by the table of well-formed byte sequences (Unicode 3.9, table 3-7): the second byte's range depends on the first,
// which is what keeps out overlong forms, surrogates and what lies above U+10FFFF.
#include "runtime/base/text.h"

#include <utf8proc.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define REPLACEMENT 0xFFFDu

// How many bytes from `at` on are ASCII; stops anywhere in the last few bytes before `end` that are not worth a vector.
static inline const unsigned char *skip_ascii(const unsigned char *at, const unsigned char *end)
{
#ifdef __SSE2__
	while (end - at >= 64) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(at + 16));
		__m128i c = _mm_loadu_si128((const __m128i *)(const void *)(at + 32));
		__m128i d = _mm_loadu_si128((const __m128i *)(const void *)(at + 48));
		if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0)
			break;
		at += 64;
	}
	while (end - at >= 16) {
		int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));
		if (high != 0)
			return at + __builtin_ctz((unsigned)high);
		at += 16;
	}
#else
	while (end - at >= 64) {
		uint64_t words[8];
		memcpy(words, at, sizeof words);
		uint64_t all = words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
		if (all & UINT64_C(0x8080808080808080))
			break;
		at += 64;
	}
#endif
	while (end - at >= 8) {
		uint64_t word;
		memcpy(&word, at, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			break;
		at += 8;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

static inline bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

// The length of the well-formed sequence that begins with the non-ASCII byte at `at`, or 0.
static inline size_t sequence(const unsigned char *at, size_t room)
{
	unsigned char first = at[0];
	if (first < 0xC2 || first > 0xF4)
		return 0;
	if (first < 0xE0)
		return room >= 2 && is_continuation(at[1]) ? 2 : 0;
	if (first < 0xF0) {
		if (room < 3 || !is_continuation(at[1]) || !is_continuation(at[2]))
			return 0;
		if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F))
			return 0;
		return 3;
	}
	if (room < 4 || !is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3]))
		return 0;
	if ((first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F))
		return 0;
	return 4;
}

size_t ppm_utf8_invalid_at(const char *data, size_t size)
{
	if (size == 0)
		return 0;
	const unsigned char *start = (const unsigned char *)data;
	const unsigned char *end = start + size;
	const unsigned char *at = start;
	for (;;) {
		at = skip_ascii(at, end);
		// Letters of one script come in runs: stay here until ASCII returns.
		while (at < end && *at >= 0x80) {
			size_t length = sequence(at, (size_t)(end - at));
			if (length == 0)
				return (size_t)(at - start);
			at += length;
		}
		if (at == end)
			return size;
	}
}

uint32_t ppm_utf8_decode(const char *data, size_t size, size_t *length)
{
	const unsigned char *at = (const unsigned char *)data;
	*length = 1;
	if (at[0] < 0x80)
		return at[0];
	size_t bytes = sequence(at, size);
	switch (bytes) {
	case 2: *length = 2; return (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu);
	case 3: *length = 3; return (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
	case 4: *length = 4; return (at[0] & 0x07u) << 18 | (at[1] & 0x3Fu) << 12 | (at[2] & 0x3Fu) << 6 | (at[3] & 0x3Fu);
	default: return REPLACEMENT;
	}
}

size_t ppm_utf8_encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xC0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		if (code >= 0xD800 && code <= 0xDFFF)
			return 0;
		out[0] = (char)(0xE0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3F));
		out[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	if (code > 0x10FFFF)
		return 0;
	out[0] = (char)(0xF0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3F));
	out[2] = (char)(0x80 | (code >> 6 & 0x3F));
	out[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

size_t ppm_utf8_length(const char *data, size_t size)
{
	// Every byte that does not continue a character begins one.
	size_t length = 0;
	for (size_t at = 0; at < size; at++)
		length += !is_continuation((unsigned char)data[at]);
	return length;
}

size_t ppm_utf8_width(const char *data, size_t size)
{
	size_t width = 0;
	for (size_t at = 0; at < size;) {
		size_t length;
		uint32_t code = ppm_utf8_decode(data + at, size - at, &length);
		at += length;
		if (code >= 0x20 && code < 0x7F) {
			width++;
			continue;
		}
		// Hangul vowels and finals join the initial before them.
		if ((code >= 0x1160 && code <= 0x11FF) || (code >= 0xD7B0 && code <= 0xD7FB))
			continue;
		int columns = utf8proc_charwidth((utf8proc_int32_t)code);
		width += columns > 0 ? (size_t)columns : 0;
	}
	return width;
}

#define BYTES(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))

static void append_mapped(struct ppm_buffer *out, struct ppm_slice text, char first, char last, bool upper)
{
	if (text.size == 0 || !ppm_buffer_reserve(out, text.size))
		return;
	// As if all of it were ASCII, without a branch; where that is so, it was all.
	char *copy = out->data + out->size;
	unsigned char above = 0;
	size_t done = 0;
	for (uint64_t eight, high = UINT64_C(0x8080808080808080); done + sizeof eight <= text.size; done += sizeof eight) {
		memcpy(&eight, text.data + done, sizeof eight);
		above |= (eight & high) != 0 ? 0x80 : 0;
		// Of a byte below 0x80 the highest bit is set by adding what it lacks to 0x80; none carries into the next.
		uint64_t low = eight & ~high, from = low + BYTES(0x80 - (unsigned char)first), past = low + BYTES(0x7F - (unsigned char)last);
		eight ^= (from & ~past & high) >> 2;
		memcpy(copy + done, &eight, sizeof eight);
	}
	for (; done < text.size; done++) {
		char c = text.data[done];
		above |= (unsigned char)c;
		copy[done] = (char)(c ^ (c >= first && c <= last ? 0x20 : 0));
	}
	if (above < 0x80) {
		out->size += text.size;
		return;
	}
	for (size_t at = 0; at < text.size;) {
		char c = text.data[at];
		if ((unsigned char)c < 0x80) {
			ppm_buffer_append_char(out, c >= first && c <= last ? (char)(c ^ 0x20) : c);
			at++;
			continue;
		}
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		uint32_t mapped = code;
		// utf8proc gives the sharp s a capital; the simple mapping of the Unicode data has none.
		if (length > 1 && code != 0xDF)
			mapped = (uint32_t)(upper ? utf8proc_toupper((utf8proc_int32_t)code) : utf8proc_tolower((utf8proc_int32_t)code));
		char bytes[4];
		if (mapped == code)
			ppm_buffer_append(out, text.data + at, length);
		else
			ppm_buffer_append(out, bytes, ppm_utf8_encode(mapped, bytes));
		at += length;
	}
}

// Eight bytes at a time, the last ones twice. A byte that is not ASCII may have another form.
static bool stays(struct ppm_slice text, char first, char last)
{
	const uint64_t high = UINT64_C(0x8080808080808080), add_first = BYTES(0x80 - (unsigned char)first), add_last = BYTES(0x7F - (unsigned char)last);
	uint64_t eight, seen = 0;
	if (text.size < sizeof eight) {
		unsigned others = 0;
		for (size_t i = 0; i < text.size; i++)
			others |= (unsigned)((unsigned char)text.data[i] >= 0x80) | (unsigned)(text.data[i] >= first && text.data[i] <= last);
		return others == 0;
	}
	for (size_t at = 0; at + sizeof eight < text.size; at += sizeof eight) {
		memcpy(&eight, text.data + at, sizeof eight);
		uint64_t low = eight & ~high;
		seen |= eight | ((low + add_first) & ~(low + add_last));
	}
	memcpy(&eight, text.data + text.size - sizeof eight, sizeof eight);
	uint64_t low = eight & ~high;
	seen |= eight | ((low + add_first) & ~(low + add_last));
	return (seen & high) == 0;
}

bool ppm_utf8_stays_upper(struct ppm_slice text)
{
	return stays(text, 'a', 'z');
}

bool ppm_utf8_stays_lower(struct ppm_slice text)
{
	return stays(text, 'A', 'Z');
}

void ppm_utf8_append_upper(struct ppm_buffer *out, struct ppm_slice text)
{
	append_mapped(out, text, 'a', 'z', true);
}

void ppm_utf8_append_lower(struct ppm_buffer *out, struct ppm_slice text)
{
	append_mapped(out, text, 'A', 'Z', false);
}

// Characters that move the cursor, reorder their neighbours or cannot be seen. The two joiners that ordinary
// words and emoji are written with may stay.
static bool is_unsafe(uint32_t code)
{
	if (code == 0x200C || code == 0x200D)
		return false;
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	default: return false;
	}
}

void ppm_text_append_escaped(struct ppm_buffer *out, struct ppm_slice text, size_t limit, bool quoted)
{
	size_t end = limit == 0 || text.size < limit ? text.size : limit;
	size_t at = 0;
	while (at < end) {
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		unsigned char byte = (unsigned char)text.data[at];
		if (at + length > end)
			break; // a character that the limit would cut
		if (length == 1 && (byte < 0x20 || byte >= 0x7F))
			ppm_buffer_format(out, "\\x%02x", byte);
		else if (length == 1) {
			if (quoted && (byte == '"' || byte == '\\'))
				ppm_buffer_append_char(out, '\\');
			ppm_buffer_append_char(out, (char)byte);
		} else if (is_unsafe(code))
			ppm_buffer_format(out, "\\u{%x}", (unsigned)code);
		else
			ppm_buffer_append(out, text.data + at, length);
		at += length;
	}
	if (at < text.size)
		ppm_buffer_append_text(out, "\xE2\x80\xA6");
}

#define DISTANCE_MAX 64

static char fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

// An underscore inside a word is no emphasis: C_1042 stays readable.
static bool needs_backslash(struct ppm_slice text, size_t i)
{
	char c = text.data[i];
	if (c == '_')
		return i == 0 || i + 1 == text.size || !is_word(text.data[i - 1]) || !is_word(text.data[i + 1]);
	return c != 0 && strchr("\\|`*[]<>&~$", c) != NULL;
}

// `@name` and `#1`, and a title's mark where a line begins.
static bool is_mention(struct ppm_slice text, size_t i)
{
	char c = text.data[i];
	bool word_follows = i + 1 < text.size && is_word(text.data[i + 1]);
	size_t marks = i;
	while (i == 0 && marks < text.size && text.data[marks] == '#')
		marks++;
	return (c == '@' && word_follows && (i == 0 || !is_word(text.data[i - 1]))) || (c == '#' && (word_follows || (marks > 0 && marks < text.size && (text.data[marks] == ' ' || text.data[marks] == '\t'))));
}

void ppm_text_append_markdown(struct ppm_buffer *out, struct ppm_slice text, size_t limit)
{
	size_t start = 0, size = limit && text.size > limit ? limit : text.size;
	while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
		size--;
	for (size_t i = 0; i < size; i++) {
		bool breaks = text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\t', mention = is_mention(text, i);
		if (!breaks && !mention && !needs_backslash(text, i))
			continue;
		ppm_text_append_escaped(out, (struct ppm_slice){ text.data + start, i - start }, 0, false);
		if (mention) {
			ppm_buffer_append_text(out, text.data[i] == '@' ? "&#64;" : "&#35;");
		} else if (!breaks) {
			char escaped[2] = { '\\', text.data[i] };
			ppm_buffer_append(out, escaped, 2);
		} else if (text.data[i] != '\r' || i + 1 == text.size || text.data[i + 1] != '\n') {
			ppm_buffer_append_text(out, text.data[i] == '\t' ? " " : "<br>");
		}
		start = i + 1;
	}
	if (size > start)
		ppm_text_append_escaped(out, (struct ppm_slice){ text.data + start, size - start }, 0, false);
	if (size < text.size)
		ppm_buffer_append_text(out, "…");
}

size_t ppm_text_distance(struct ppm_slice a, struct ppm_slice b, size_t limit)
{
	size_t beyond = limit == SIZE_MAX ? SIZE_MAX : limit + 1;
	if (a.size > DISTANCE_MAX || b.size > DISTANCE_MAX)
		return beyond;
	if ((a.size > b.size ? a.size - b.size : b.size - a.size) > limit)
		return beyond;
	// Three rows of the table: a transposition looks two back.
	unsigned rows[3][DISTANCE_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b.size; j++)
		above[j] = (unsigned)j;
	unsigned above_least = 0;
	for (size_t i = 1; i <= a.size; i++) {
		unsigned least = row[0] = (unsigned)i;
		char from = fold_case(a.data[i - 1]);
		for (size_t j = 1; j <= b.size; j++) {
			char to = fold_case(b.data[j - 1]);
			unsigned cost = above[j - 1] + (from != to);
			cost = smaller(cost, smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && from == fold_case(b.data[j - 2]) && fold_case(a.data[i - 2]) == to)
				cost = smaller(cost, before[j - 2] + 1);
			row[j] = cost;
			least = smaller(least, cost);
		}
		// What follows is built on the last two rows only.
		if (least > limit && above_least > limit)
			return beyond;
		above_least = least;
		unsigned *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[b.size] > limit ? beyond : above[b.size];
}

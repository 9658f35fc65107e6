// CSV as the contract has it, read in the plainest way: field by field, the whole text in memory. What the source must say of a file, for comparison with
// source_reading.h's texts.
#ifndef PPM_TESTS_UNIT_SOURCE_ORACLE_H
#define PPM_TESTS_UNIT_SOURCE_ORACLE_H

#include "tests/unit/source_reading.h"

struct oracle_field {
	size_t begin, end;   // without the CR of a line end
	const char *problem; // a code, or NULL
};

struct oracle {
	struct ppm_buffer rows, problems;
	uint64_t records, refused;
	size_t width; // of the header; 0: refused
	struct oracle_field *fields;
	size_t field_count, field_capacity;
};

static inline bool oracle_is_utf8(const unsigned char *s, size_t size)
{
	for (size_t i = 0; i < size;) {
		unsigned c = s[i];
		size_t more = c < 0x80 ? 0 : c >= 0xC0 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF8 ? 3 : 9;
		if (more == 9 || i + more >= size)
			return false;
		uint32_t code = more == 0 ? c : more == 1 ? c & 0x1F : more == 2 ? c & 0x0F : c & 0x07;
		for (size_t k = 1; k <= more; k++) {
			if (s[i + k] >> 6 != 2)
				return false;
			code = code << 6 | (s[i + k] & 0x3F);
		}
		static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
		if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
			return false;
		i += more + 1;
	}
	return true;
}

// Reads one field at `at`; returns the offset of what ends it (size at the end of the text).
static inline size_t oracle_field(struct oracle *o, const char *text, size_t size, size_t at, char delimiter, size_t limit)
{
	struct oracle_field field = { .begin = at };
	const char *problem = NULL;
	bool open = false;
	if (at < size && text[at] == '"') {
		at++;
		for (;;) {
			while (at < size && text[at] != '"')
				at++;
			if (at == size) {
				open = true;
				break;
			}
			if (at + 1 < size && text[at + 1] == '"') {
				at += 2;
				continue;
			}
			at++;
			break;
		}
		// What stands between the closing mark and the field's end.
		if (!open && at < size && text[at] != delimiter && text[at] != '\n' && text[at] != '\r')
			problem = "D0006";
	}
	while (at < size && text[at] != delimiter && text[at] != '\n') {
		if (text[at] == '"' && !problem)
			problem = "D0006";
		if (text[at] == '\r' && !problem && (at + 1 == size || text[at + 1] != '\n'))
			problem = "D0004";
		at++;
	}
	if (open && !problem)
		problem = "D0005";
	field.end = at;
	if (at - field.begin > limit)
		problem = "D0008";
	if (!oracle_is_utf8((const unsigned char *)text + field.begin, at - field.begin))
		problem = "D0002";
	for (size_t i = field.begin; i < at; i++)
		if (text[i] == '\0')
			problem = "D0003";
	if (at < size && text[at] == '\n' && at > field.begin && text[at - 1] == '\r' && !open)
		field.end--;
	field.problem = problem;
	void *items = o->fields;
	assert_true(ppm_grow(ppm_allocator_default(), &items, &o->field_capacity, o->field_count + 1, sizeof *o->fields));
	o->fields = items;
	o->fields[o->field_count++] = field;
	return at;
}

// One record; the offset behind its line end.
static inline size_t oracle_record(struct oracle *o, const char *text, size_t size, size_t at, char delimiter, size_t limit)
{
	o->field_count = 0;
	for (;;) {
		at = oracle_field(o, text, size, at, delimiter, limit);
		if (at == size)
			return size;
		if (text[at++] == '\n')
			return at;
	}
}

static inline uint64_t oracle_line(const char *text, size_t at)
{
	uint64_t line = 1;
	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static inline struct ppm_slice oracle_unquoted(const char *text, struct oracle_field field, struct ppm_buffer *buffer)
{
	buffer->size = 0;
	append_unquoted(buffer, (struct ppm_slice){ text + field.begin, field.end - field.begin });
	return ppm_buffer_slice(buffer);
}

static inline size_t oracle_header(struct oracle *o, const char *text, size_t size, char delimiter, size_t limit)
{
	size_t at = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	struct ppm_buffer *problems = &o->problems;
	if (at == size) {
		ppm_buffer_append_text(problems, "1:0 D0001\n");
		return size;
	}
	unsigned char a = (unsigned char)text[at], b = size - at > 1 ? (unsigned char)text[at + 1] : 1;
	if (size - at > 1 && ((a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF) || (a == 0) != (b == 0))) {
		ppm_buffer_append_text(problems, "1:0 D0002\n");
		return size;
	}
	size_t begin = at;
	at = oracle_record(o, text, size, at, delimiter, limit);
	if (memchr(text + begin, '\0', at - begin)) {
		ppm_buffer_append_text(problems, "1:0 D0003\n");
		return size;
	}
	size_t before = problems->size;
	for (size_t i = 0; i < o->field_count; i++)
		if (o->fields[i].problem)
			ppm_buffer_format(problems, "1:%zu %s\n", i + 1, o->fields[i].problem);
	if (problems->size > before)
		return size;
	struct ppm_buffer one, other;
	ppm_buffer_init(&one, NULL);
	ppm_buffer_init(&other, NULL);
	for (size_t i = 0; i < o->field_count; i++) {
		struct ppm_slice name = oracle_unquoted(text, o->fields[i], &one);
		if (name.size == 0)
			ppm_buffer_format(problems, "1:%zu D0102\n", i + 1);
		for (size_t k = 0; k < i && name.size; k++)
			if (ppm_slice_equal(name, oracle_unquoted(text, o->fields[k], &other))) {
				ppm_buffer_format(problems, "1:%zu D0101\n", i + 1);
				break;
			}
	}
	ppm_buffer_free(&one);
	ppm_buffer_free(&other);
	if (problems->size == before)
		o->width = o->field_count;
	return at;
}

static inline void oracle_read(struct oracle *o, const char *text, size_t size, char delimiter, size_t limit)
{
	*o = (struct oracle){ 0 };
	ppm_buffer_init(&o->rows, NULL);
	ppm_buffer_init(&o->problems, NULL);
	size_t at = oracle_header(o, text, size, delimiter, limit);
	struct ppm_buffer unquoted;
	ppm_buffer_init(&unquoted, NULL);
	while (o->width && at < size) {
		size_t begin = at;
		at = oracle_record(o, text, size, at, delimiter, limit);
		bool empty = o->field_count == 1 && o->fields[0].begin == o->fields[0].end;
		// One empty line at the very end is nothing, unless there is but one column.
		if (empty && o->width > 1 && at == size && text[size - 1] == '\n')
			break;
		bool refused = false;
		for (size_t i = 0; i < o->field_count; i++)
			if (o->fields[i].problem) {
				refused = true;
				ppm_buffer_format(&o->problems, "%llu:%zu %s\n", (unsigned long long)oracle_line(text, o->fields[i].begin), i + 1, o->fields[i].problem);
			}
		if (!refused && o->field_count != o->width) {
			refused = true;
			ppm_buffer_format(&o->problems, "%llu:0 D0007\n", (unsigned long long)oracle_line(text, begin));
		}
		if (refused) {
			o->refused++;
		} else {
			ppm_buffer_format(&o->rows, "R%llu", (unsigned long long)o->records);
			for (size_t i = 0; i < o->field_count; i++) {
				ppm_buffer_append_char(&o->rows, '|');
				struct ppm_slice value = oracle_unquoted(text, o->fields[i], &unquoted);
				ppm_buffer_append(&o->rows, value.data, value.size);
			}
			ppm_buffer_append_char(&o->rows, '\n');
		}
		o->records++;
	}
	ppm_buffer_free(&unquoted);
	ppm_buffer_append_char(&o->rows, '\0');
	ppm_buffer_append_char(&o->problems, '\0');
}

static inline void oracle_free(struct oracle *o)
{
	ppm_buffer_free(&o->rows);
	ppm_buffer_free(&o->problems);
	ppm_free(NULL, o->fields);
}

#endif

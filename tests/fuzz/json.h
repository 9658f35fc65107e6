// A strict reading of JSON (RFC 8259, in UTF-8, each name of an object once), to try what is written as JSON.
#ifndef PPM_TESTS_FUZZ_JSON_H
#define PPM_TESTS_FUZZ_JSON_H

#include "tests/unit/source_oracle.h"

struct json {
	const char *at, *end;
	unsigned depth;
};

static inline void json_blanks(struct json *json)
{
	while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' || *json->at == '\r'))
		json->at++;
}

static inline bool json_take(struct json *json, char c)
{
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

static inline bool json_hex(struct json *json, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		if (json->at == json->end)
			return false;
		unsigned c = (unsigned char)*json->at++;
		unsigned digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32u) - 'a' + 10u : 99;
		if (digit > 15)
			return false;
		*code = *code * 16 + digit;
	}
	return true;
}

static inline void json_utf8(struct ppm_buffer *out, uint32_t code)
{
	if (code < 0x80) {
		ppm_buffer_append_char(out, (char)code);
	} else if (code < 0x800) {
		ppm_buffer_append_char(out, (char)(0xC0 | code >> 6));
		ppm_buffer_append_char(out, (char)(0x80 | (code & 0x3F)));
	} else {
		if (code >= 0x10000) {
			ppm_buffer_append_char(out, (char)(0xF0 | code >> 18));
			ppm_buffer_append_char(out, (char)(0x80 | (code >> 12 & 0x3F)));
		} else {
			ppm_buffer_append_char(out, (char)(0xE0 | code >> 12));
		}
		ppm_buffer_append_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
		ppm_buffer_append_char(out, (char)(0x80 | (code & 0x3F)));
	}
}

// A string's text goes to `out` unless that is NULL.
static inline bool json_string(struct json *json, struct ppm_buffer *out)
{
	const char *begin;

	if (!json_take(json, '"'))
		return false;
	for (begin = json->at;;) {
		if (json->at == json->end)
			return false;
		unsigned char c = (unsigned char)*json->at++;
		if (c == '"')
			break;
		if (c < 0x20)
			return false;
		if (c != '\\') {
			if (out)
				ppm_buffer_append_char(out, (char)c);
			continue;
		}
		if (json->at == json->end)
			return false;
		static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
		char letter = *json->at++;
		const char *found = letter ? strchr(escapes, letter) : NULL;
		if (found) {
			if (out)
				ppm_buffer_append_char(out, meanings[found - escapes]);
			continue;
		}
		unsigned code, low;
		if (letter != 'u' || !json_hex(json, &code) || (code >= 0xDC00 && code < 0xE000))
			return false;
		if (code >= 0xD800 && code < 0xDC00) {
			if (!json_take(json, '\\') || !json_take(json, 'u') || !json_hex(json, &low) || low < 0xDC00 || low > 0xDFFF)
				return false;
			code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
		}
		if (out)
			json_utf8(out, code);
	}
	return oracle_is_utf8((const unsigned char *)begin, (size_t)(json->at - begin));
}

static inline bool json_digits(struct json *json)
{
	const char *begin = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > begin;
}

static inline bool json_number(struct json *json)
{
	json_take(json, '-');
	if (!json_take(json, '0') && !json_digits(json))
		return false;
	if (json_take(json, '.') && !json_digits(json))
		return false;
	if (json->at < json->end && (*json->at | 32) == 'e') {
		json->at++;
		if (!json_take(json, '+'))
			json_take(json, '-');
		return json_digits(json);
	}
	return true;
}

static inline bool json_word(struct json *json, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size))
		return false;
	json->at += size;
	return true;
}

static inline bool json_value(struct json *json);

static inline bool json_object(struct json *json)
{
	struct ppm_buffer names[64] = { 0 };
	unsigned count = 0;
	bool fine = true;

	json->at++;
	json_blanks(json);
	if (json_take(json, '}'))
		return true;
	do {
		struct ppm_buffer name = { 0 };
		json_blanks(json);
		fine = json_string(json, &name);
		for (unsigned i = 0; i < count && fine; i++)
			fine = !ppm_slice_equal(ppm_buffer_slice(&names[i]), ppm_buffer_slice(&name));
		if (count < 64)
			names[count++] = name;
		else
			ppm_buffer_free(&name);
		json_blanks(json);
		fine = fine && json_take(json, ':') && json_value(json);
	} while (fine && json_take(json, ','));
	for (unsigned i = 0; i < count; i++)
		ppm_buffer_free(&names[i]);
	return fine && json_take(json, '}');
}

// With the blanks around it.
static inline bool json_value(struct json *json)
{
	bool fine = false;

	json_blanks(json);
	if (json->at < json->end && json->depth < 100) {
		json->depth++;
		switch (*json->at) {
		case '{': fine = json_object(json); break;
		case '[':
			json->at++;
			json_blanks(json);
			if (json_take(json, ']')) {
				fine = true;
				break;
			}
			do
				fine = json_value(json);
			while (fine && json_take(json, ','));
			fine = fine && json_take(json, ']');
			break;
		case '"': fine = json_string(json, NULL); break;
		case 't': fine = json_word(json, "true"); break;
		case 'f': fine = json_word(json, "false"); break;
		case 'n': fine = json_word(json, "null"); break;
		default: fine = json_number(json);
		}
		json->depth--;
	}
	json_blanks(json);
	return fine;
}

// Whether the text is one JSON value; with `lines`, one on each line.
static inline bool json_sound(struct ppm_slice text, bool lines)
{
	if (!text.size)
		return lines;
	struct json json = { text.data, text.data + text.size, 0 };
	if (!lines)
		return json_value(&json) && json.at == json.end;
	while (json.at < json.end) {
		const char *end = memchr(json.at, '\n', (size_t)(json.end - json.at));
		struct json line = { json.at, end, 0 };
		if (!end || !json_value(&line) || line.at != end)
			return false;
		json.at = end + 1;
	}
	return true;
}

#endif

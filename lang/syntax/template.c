// What stands inside quotation marks: escapes, and the expressions in { } of the texts after `because` and `action`. Those are parsed from a copy
// of their own, so that the scanner cannot run out of the braces.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/text.h"

static int hexadecimal(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The length of the escape at data[0..size), which begins with a backslash; 0 when there is no such escape. Its meaning goes to out.
static size_t read_escape(const char *data, size_t size, char out[4], size_t *out_size)
{
	static const char plain[] = "\"\\{}", special[] = "nt", meaning[] = "\n\t";
	uint32_t code = 0;
	size_t at = 3;

	if (size < 2)
		return 0;
	*out_size = 1;
	if (memchr(plain, data[1], sizeof plain - 1)) {
		out[0] = data[1];
		return 2;
	}
	for (size_t i = 0; i < sizeof special - 1; i++)
		if (data[1] == special[i]) {
			out[0] = meaning[i];
			return 2;
		}
	if (data[1] != 'u' || size < 3 || data[2] != '{')
		return 0;
	for (; at < size && data[at] != '}'; at++) {
		int digit = hexadecimal(data[at]);
		if (digit < 0 || at > 8)
			return 0;
		code = code * 16 + (uint32_t)digit;
	}
	if (at >= size || at == 3 || code == 0)
		return 0;
	*out_size = ppm_utf8_encode(code, out);
	return *out_size ? at + 1 : 0;
}

static size_t brace_end(struct ppm_slice raw, size_t at)
{
	const char *end = memchr(raw.data + at, '}', raw.size - at);

	return end ? (size_t)(end - raw.data) + 1 : raw.size;
}

struct ppm_slice ppm_parser_unescape(struct ppm_parser *parser, struct ppm_slice raw, uint32_t offset, bool braces)
{
	char *copy, out[4];
	size_t used = 0, out_size;

	if (!memchr(raw.data, '\\', raw.size))
		return raw;
	copy = ppm_arena_allocate(parser->arena, raw.size + 1, 1);
	if (!copy)
		return (struct ppm_slice){ NULL, 0 };
	for (size_t at = 0; at < raw.size;) {
		size_t length;
		if (braces && raw.data[at] == '{') {
			length = brace_end(raw, at) - at;
			memcpy(copy + used, raw.data + at, length);
			used += length;
			at += length;
			continue;
		}
		if (raw.data[at] != '\\') {
			copy[used++] = raw.data[at++];
			continue;
		}
		length = read_escape(raw.data + at, raw.size - at, out, &out_size);
		if (length) {
			memcpy(copy + used, out, out_size);
			used += out_size;
			at += length;
		} else {
			size_t code = 1;
			struct ppm_span span = { offset + (uint32_t)at, 0 };
			if (at + 1 < raw.size)
				ppm_utf8_decode(raw.data + at + 1, raw.size - at - 1, &code);
			span.end = span.begin + 1 + (uint32_t)code;
			if (!parser->recovering) {
				bool known = at + 1 < raw.size && raw.data[at + 1] == 'u';
				struct ppm_diagnostic *diagnostic = ppm_diag(parser->diagnostics, PPM_DIAG_ESCAPE_UNKNOWN, span,
					known ? "`%.*s` gives no character here" : "`%.*s` is no escape that a text knows", (int)code + 1, raw.data + at);
				ppm_diag_help(parser->diagnostics, diagnostic, "the escapes are \\\" \\\\ \\n \\t \\{ \\} and \\u{1F600}; a backslash is written \\\\");
			}
			copy[used++] = raw.data[at++];
		}
	}
	return (struct ppm_slice){ copy, used };
}

static bool add_part(struct ppm_parser *parser, struct ppm_template_part ***last, struct ppm_template_part part)
{
	struct ppm_template_part *node = PPM_ARENA_NEW(parser->arena, struct ppm_template_part);

	if (!node)
		return false;
	*node = part;
	**last = node;
	*last = &node->next;
	return true;
}

static bool add_expression(struct ppm_parser *parser, struct ppm_template_part ***last, struct ppm_slice text, uint32_t offset)
{
	char *copy = ppm_arena_allocate(parser->arena, text.size + 16, 1);
	struct ppm_parser *fragment;

	if (!parser->inner)
		parser->inner = PPM_ARENA_NEW(parser->arena, struct ppm_parser);
	fragment = parser->inner;
	if (!fragment || !copy)
		return false;
	memcpy(copy, text.data, text.size);
	ppm_parser_fragment(fragment, parser, (struct ppm_slice){ copy, text.size }, offset, TOK_START_INTERPOLATION);
	if (!fragment->expression)
		return !parser->arena->failed;
	return add_part(parser, last, (struct ppm_template_part){ .expression = fragment->expression, .as_name = fragment->as_name, .as_format = fragment->as_format });
}

bool ppm_parser_template(struct ppm_parser *parser, struct ppm_text text, struct ppm_template *result)
{
	struct ppm_slice raw = { (const char *)ppm_parser_at(parser, text.span.begin), text.span.end - text.span.begin };
	struct ppm_template_part **last = &result->parts;
	uint32_t offset = text.span.begin + 1;
	size_t begin = 0, at = 0, end;
	bool recovering = parser->recovering;

	result->source = text;
	if (raw.size < 2 || raw.data[0] != '"')
		return true; // in the quotation marks of another language, or not closed: that was reported
	raw.data++;
	raw.size -= 2;
	for (;;) {
		if (at < raw.size && raw.data[at] == '\\') {
			size_t out_size;
			char out[4];
			size_t length = read_escape(raw.data + at, raw.size - at, out, &out_size);
			at += length ? length : 2;
			continue;
		}
		if (at < raw.size && raw.data[at] != '{') {
			at++;
			continue;
		}
		if (at > raw.size)
			at = raw.size;
		if (at > begin) {
			struct ppm_template_part part = { 0 };
			parser->recovering = true; // wrong escapes were reported when the text was read
			part.literal = ppm_parser_unescape(parser, (struct ppm_slice){ raw.data + begin, at - begin }, offset, false);
			parser->recovering = recovering;
			if (!part.literal.data || !add_part(parser, &last, part))
				return false;
		}
		if (at == raw.size)
			return true;
		end = brace_end(raw, at);
		if (raw.data[end - 1] != '}' || end == at + 1)
			return true;
		if (!add_expression(parser, &last, (struct ppm_slice){ raw.data + at + 1, end - at - 2 }, offset + (uint32_t)at + 1))
			return false;
		begin = at = end;
	}
}

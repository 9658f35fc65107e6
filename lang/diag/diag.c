// Collects diagnostics. A list that is full goes on counting, so that a file of a million mistakes costs no more than one of a thousand.
#include "lang/diag/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// More than anybody reads; the search for repetitions is a walk over the list.
#define RECORDED_LIMIT 1000 // of each severity
#define PLACES 8192u        // a power of two, well above what is recorded
#define SUGGESTED_LIMIT 100 // errors
// Bytes of a message before and after what is left out of its middle: a name in it may be as long as a file.
#define TEXT_HEAD 500
#define TEXT_TAIL 300

static const struct {
	char text[8];
	enum ppm_severity severity;
	const char *title;
} codes[] = {
#define DIAG(code, name, severity, title) { #code, PPM_SEVERITY_##severity, title },
#include "lang/diag/diag_codes.def"
#undef DIAG
};

void ppm_diagnostics_init(struct ppm_diagnostics *list, struct ppm_arena *arena, struct ppm_source_map *map)
{
	*list = (struct ppm_diagnostics){ .arena = arena, .map = map };
}

const char *ppm_diag_code_text(enum ppm_diag_code code)
{
	return codes[code].text;
}

const char *ppm_diag_code_title(enum ppm_diag_code code)
{
	return codes[code].title;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool equal_but_for_case(struct ppm_slice a, const char *b)
{
	size_t i;

	for (i = 0; i < a.size && b[i]; i++)
		if (upper(a.data[i]) != upper(b[i]))
			return false;
	return i == a.size && !b[i];
}

bool ppm_diag_code_find(struct ppm_slice text, enum ppm_diag_code *code)
{
	for (int i = 0; i < PPM_DIAG_COUNT; i++)
		if (equal_but_for_case(text, codes[i].text)) {
			*code = (enum ppm_diag_code)i;
			return true;
		}
	return false;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z');
}

// From a `{` in a text to its `}`, by way of the texts between them, as in "{margin as "#,##0"}"; where it is not closed it is a letter like any other.
static size_t after_value(struct ppm_slice line, size_t open)
{
	bool text = false;

	for (size_t at = open + 1; at < line.size; at++)
		if (line.data[at] == '"')
			text = !text;
		else if (line.data[at] == '}' && !text)
			return at;
	return open;
}

// What stands after `# ppm: allow` where the line ends in such a comment.
static struct ppm_slice allowed_by(struct ppm_slice line)
{
	size_t at = 0, seen = 0;
	char quote = 0;
	// A `}` closes what stands an even number of quotation marks before it: where one `{` is not closed, no later one of the same kind is, and the line is not searched again.
	bool odd = false, unclosed[2] = { false, false };

	for (; at < line.size; at++) {
		char c = line.data[at];
		if (quote == '"' && c == '\\')
			at++;
		else if (quote == '"' && c == '{') {
			for (; seen < at; seen++)
				odd = odd != (line.data[seen] == '"');
			size_t end = unclosed[odd] ? at : after_value(line, at);
			unclosed[odd] = end == at;
			at = end;
		} else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '`')
			quote = c;
		else if (c == '#')
			break;
	}
	for (const char *word = "#ppm:allow"; *word; word++, at++) {
		while (at < line.size && (line.data[at] == ' ' || line.data[at] == '\t') && *word != '#')
			at++;
		if (at >= line.size || line.data[at] != *word)
			return (struct ppm_slice){ "", 0 };
	}
	return (struct ppm_slice){ line.data + at, line.size - at };
}

// Whether the line ends in a comment `# ppm: allow CODE[, CODE …]` that names the code. A line is gone through once, however much there is to say of it.
static bool is_allowed(struct ppm_diagnostics *list, uint32_t offset, enum ppm_diag_code code)
{
	struct ppm_slice line = ppm_source_map_line(list->map, offset);
	if (line.data != list->line.data || line.size != list->line.size) {
		list->line = line;
		list->allowed = allowed_by(line);
	}
	line = list->allowed;
	size_t at = 0;
	while (at < line.size) {
		size_t begin;
		while (at < line.size && !is_word(line.data[at]))
			at++;
		for (begin = at; at < line.size && is_word(line.data[at]); at++)
			;
		if (at > begin && equal_but_for_case((struct ppm_slice){ line.data + begin, at - begin }, codes[code].text))
			return true;
	}
	return false;
}

// In place.
static size_t shorten(char *text, size_t size)
{
	size_t head = TEXT_HEAD, tail = size - TEXT_TAIL;

	if (size <= TEXT_HEAD + TEXT_TAIL + 3)
		return size;
	while (((unsigned char)text[head] & 0xC0) == 0x80)
		head--;
	while (((unsigned char)text[tail] & 0xC0) == 0x80)
		tail++;
	memcpy(text + head, "\xE2\x80\xA6", 3);
	memmove(text + head + 3, text + tail, size - tail);
	return head + 3 + size - tail;
}

static struct ppm_slice format_text(struct ppm_diagnostics *list, const char *format, va_list arguments)
{
	va_list again;
	int size;
	char *text = NULL;

	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size >= 0)
		text = ppm_arena_allocate(list->arena, (size_t)size + 1, 1);
	if (!text) {
		list->out_of_memory = true;
		return (struct ppm_slice){ "", 0 };
	}
	vsnprintf(text, (size_t)size + 1, format, arguments);
	return (struct ppm_slice){ text, shorten(text, (size_t)size) };
}

// Where the diagnostic with this code and span is, or a free place for it; NULL when memory ran out.
static struct ppm_diagnostic **place_of(struct ppm_diagnostics *list, enum ppm_diag_code code, struct ppm_span span)
{
	uint32_t at = (span.begin * UINT32_C(2654435769) ^ span.end * UINT32_C(2246822519) ^ (uint32_t)code * UINT32_C(3266489917)) >> 8;
	if (!list->places)
		list->places = ppm_arena_allocate(list->arena, PLACES, sizeof(struct ppm_diagnostic *));
	if (!list->places) {
		list->out_of_memory = true;
		return NULL;
	}
	for (;; at++) {
		struct ppm_diagnostic **place = &list->places[at % PLACES], *other = *place;
		if (!other || (other->code == code && other->span.begin == span.begin && other->span.end == span.end))
			return place;
	}
}

bool ppm_suggests(const struct ppm_diagnostics *list)
{
	return !list->muted && list->errors < SUGGESTED_LIMIT;
}

struct ppm_diagnostic *ppm_diag(struct ppm_diagnostics *list, enum ppm_diag_code code, struct ppm_span span, const char *format, ...)
{
	struct ppm_diagnostic *diagnostic;
	enum ppm_severity severity = codes[code].severity;
	uint32_t *count = severity == PPM_SEVERITY_ERROR ? &list->errors : severity == PPM_SEVERITY_WARNING ? &list->warnings : &list->notes;
	uint32_t recorded = list->first ? list->first->order + 1 : 0;
	va_list arguments;

	list->scratch = (struct ppm_diagnostic){ .code = code, .severity = severity, .span = span };
	if (list->muted || (severity == PPM_SEVERITY_ERROR && list->enough && list->errors >= list->enough))
		return &list->scratch;
	if (severity != PPM_SEVERITY_ERROR && span.begin && is_allowed(list, span.begin, code))
		return &list->scratch;
	if (*count >= RECORDED_LIMIT) {
		++*count;
		return &list->scratch;
	}
	struct ppm_diagnostic **place = span.begin ? place_of(list, code, span) : NULL;
	if (place && *place)
		return &list->scratch;
	++*count;
	diagnostic = PPM_ARENA_NEW(list->arena, struct ppm_diagnostic);
	if (!diagnostic) {
		list->out_of_memory = true;
		return &list->scratch;
	}
	*diagnostic = list->scratch;
	va_start(arguments, format);
	diagnostic->message = format_text(list, format, arguments);
	va_end(arguments);
	if (place)
		*place = diagnostic;
	diagnostic->order = recorded;
	diagnostic->next = list->first;
	list->first = diagnostic;
	return diagnostic;
}

void ppm_diag_label(struct ppm_diagnostics *list, struct ppm_diagnostic *diagnostic, struct ppm_span span, const char *format, ...)
{
	struct ppm_slice text;
	va_list arguments;

	if (diagnostic == &list->scratch)
		return;
	va_start(arguments, format);
	text = format_text(list, format, arguments);
	va_end(arguments);
	if (span.begin == diagnostic->span.begin && span.end == diagnostic->span.end && diagnostic->label.size == 0) {
		diagnostic->label = text;
	} else if (diagnostic->label_count < PPM_DIAG_LABELS) {
		diagnostic->labels[diagnostic->label_count].span = span;
		diagnostic->labels[diagnostic->label_count++].text = text;
	}
}

void ppm_diag_help(struct ppm_diagnostics *list, struct ppm_diagnostic *diagnostic, const char *format, ...)
{
	va_list arguments;

	if (diagnostic == &list->scratch)
		return;
	va_start(arguments, format);
	diagnostic->help = format_text(list, format, arguments);
	va_end(arguments);
}

// PCRE2 compiles the patterns; this file keeps them to what RE2 has and means the same by. The check is a walk over the pattern's own syntax: groups that
// look around, atomic groups, possessive repetition, back references, recursion, callouts, verbs and the escapes that only one of the two knows are
// refused with their place, then PCRE2 has the last word. Where a pattern has an automaton, that runs it, and PCRE2 is not asked.
//
// PCRE2 interprets. The machine code that its just-in-time compiler makes misses matches (of 10.42, (?:\w.|)[^ A-Z]*b is not found in "bk"), and no speed is worth that.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/vm/text_pattern.h"
#include "runtime/base/instrumented.h"
#include "runtime/vm/text_automaton.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>

#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE)
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 100000
#define HEAP_LIMIT_KIB (16 * 1024)
#define REPEAT_LIMIT 1000 // as RE2
#define PATTERN_LIMIT ((size_t)65536)

// ---- the check

struct scanner {
	struct ppm_slice pattern;
	size_t at;
	const char *problem;
	size_t problem_at;
};

static bool refuse(struct scanner *scanner, size_t at, const char *problem)
{
	scanner->problem = problem;
	scanner->problem_at = at;
	return false;
}

static char peek(const struct scanner *scanner, size_t ahead)
{
	return scanner->at + ahead < scanner->pattern.size ? scanner->pattern.data[scanner->at + ahead] : '\0';
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// At the backslash; leaves `at` behind the escape.
static bool scan_escape(struct scanner *scanner, bool in_class)
{
	size_t start = scanner->at;
	char c = peek(scanner, 1);
	if (start + 1 >= scanner->pattern.size)
		return refuse(scanner, start, "a pattern cannot end with a backslash");
	scanner->at += 2;
	if (c >= '1' && c <= '9')
		return refuse(scanner, start, "back references are not supported");
	if (c == 'g' || c == 'k')
		return refuse(scanner, start, "back references and calls of groups are not supported");
	if (c == 'C')
		return refuse(scanner, start, "\\C is not supported");
	if (c == 'Q') {
		while (scanner->at < scanner->pattern.size && !(peek(scanner, 0) == '\\' && peek(scanner, 1) == 'E'))
			scanner->at++;
		if (scanner->at < scanner->pattern.size)
			scanner->at += 2;
		return true;
	}
	if (is_one_of(c, "dDsSwWafnrtx"))
		return true;
	if (c == 'p' || c == 'P')
		return true;
	if (!in_class && is_one_of(c, "AbBz"))
		return true;
	if (is_letter_or_digit(c) || (unsigned char)c >= 0x80 || c == '\0')
		return refuse(scanner, start, "this escape is not supported");
	return true;
}

// At the opening bracket; leaves `at` behind the closing one.
static bool scan_class(struct scanner *scanner)
{
	size_t start = scanner->at++;
	if (peek(scanner, 0) == '^')
		scanner->at++;
	if (peek(scanner, 0) == ']')
		scanner->at++;
	while (scanner->at < scanner->pattern.size) {
		char c = peek(scanner, 0);
		if (c == ']') {
			scanner->at++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(scanner, true))
				return false;
		} else if (c == '[' && is_one_of(peek(scanner, 1), ":.=")) {
			char kind = peek(scanner, 1);
			size_t end = scanner->at + 2;
			while (end + 1 < scanner->pattern.size && !(scanner->pattern.data[end] == kind && scanner->pattern.data[end + 1] == ']'))
				end++;
			if (end + 1 >= scanner->pattern.size) {
				scanner->at++;
				continue;
			}
			if (kind != ':')
				return refuse(scanner, scanner->at, "collating elements are not supported");
			scanner->at = end + 2;
		} else {
			scanner->at++;
		}
	}
	return refuse(scanner, start, "this [ has no ]");
}

// At the opening parenthesis; leaves `at` behind what opens the group.
static bool scan_group(struct scanner *scanner)
{
	size_t start = scanner->at;
	if (peek(scanner, 1) == '*')
		return refuse(scanner, start, "verbs such as (*COMMIT) are not supported");
	if (peek(scanner, 1) != '?') {
		scanner->at++;
		return true;
	}
	char c = peek(scanner, 2);
	if (c == ':') {
		scanner->at += 3;
		return true;
	}
	if (c == '=' || c == '!')
		return refuse(scanner, start, "looking ahead is not supported");
	if (c == '<' && is_one_of(peek(scanner, 3), "=!"))
		return refuse(scanner, start, "looking behind is not supported");
	if (c == '>')
		return refuse(scanner, start, "atomic groups are not supported");
	if (c == 'P' && peek(scanner, 3) == '<') {
		scanner->at += 4;
		return true;
	}
	if (c == '<') {
		scanner->at += 3;
		return true;
	}
	// Flags: (?i) or (?i-s:
	size_t at = 2;
	bool flags = false;
	while (is_one_of(peek(scanner, at), "imsU-")) {
		flags = flags || peek(scanner, at) != '-';
		at++;
	}
	if (flags && is_one_of(peek(scanner, at), ":)")) {
		scanner->at += at + (peek(scanner, at) == ':');
		if (peek(scanner, 0) == ')' && scanner->at == start + at)
			scanner->at++;
		return true;
	}
	return refuse(scanner, start, "this kind of group is not supported");
}

// At { : true, with `at` behind it, when it is a count; a brace that is not one stands for itself.
static bool scan_count(struct scanner *scanner, bool *is_count)
{
	size_t at = scanner->at + 1, digits = 0;
	unsigned value = 0;
	bool comma = false;
	*is_count = false;
	for (; at < scanner->pattern.size; at++) {
		char c = scanner->pattern.data[at];
		if (c >= '0' && c <= '9') {
			value = value * 10 + (unsigned)(c - '0');
			digits++;
			if (value > REPEAT_LIMIT)
				return refuse(scanner, scanner->at, "a count can be at most 1000");
		} else if (c == ',' && !comma && digits) {
			comma = true;
			value = 0;
		} else {
			break;
		}
	}
	if (at < scanner->pattern.size && scanner->pattern.data[at] == '}' && digits) {
		*is_count = true;
		scanner->at = at + 1;
	} else {
		scanner->at++;
	}
	return true;
}

static bool scan_pattern(struct scanner *scanner)
{
	if (scanner->pattern.size > PATTERN_LIMIT)
		return refuse(scanner, 0, "the pattern is too long");
	bool repeated = false;
	while (scanner->at < scanner->pattern.size) {
		char c = peek(scanner, 0);
		size_t start = scanner->at;
		bool repeats = false;
		switch (c) {
		case '\0': return refuse(scanner, start, "a pattern cannot hold a NUL");
		case '\\':
			if (!scan_escape(scanner, false))
				return false;
			break;
		case '[':
			if (!scan_class(scanner))
				return false;
			break;
		case '(':
			if (!scan_group(scanner))
				return false;
			break;
		case '{':
			if (!scan_count(scanner, &repeats))
				return false;
			break;
		case '*':
		case '+':
		case '?':
			scanner->at++;
			repeats = true;
			break;
		default: scanner->at++; break;
		}
		if (repeats) {
			if (repeated)
				return refuse(scanner, start, "a repetition cannot be repeated");
			if (peek(scanner, 0) == '?')
				scanner->at++;
			else if (peek(scanner, 0) == '+')
				return refuse(scanner, start, "possessive repetition is not supported");
		}
		repeated = repeats;
	}
	return true;
}

static void *allocate(PCRE2_SIZE size, void *context)
{
	PPM_WRITTEN_OUTSIDE(&size, sizeof size);
	PPM_WRITTEN_OUTSIDE(&context, sizeof context);
	return ppm_allocate(context, 1, size);
}

static void release(void *pointer, void *context)
{
	PPM_WRITTEN_OUTSIDE(&pointer, sizeof pointer);
	PPM_WRITTEN_OUTSIDE(&context, sizeof context);
	ppm_free(context, pointer);
}

static pcre2_compile_context *new_compile_context(pcre2_general_context *general)
{
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	if (context) {
		pcre2_set_parens_nest_limit(context, 200);
		pcre2_set_newline(context, PCRE2_NEWLINE_LF); // whatever the library was built with
	}
	return context;
}

enum ppm_status ppm_text_pattern_check(const struct ppm_allocator *allocator, struct ppm_slice pattern, char *problem, size_t size, size_t *offset)
{
	struct scanner scanner = { .pattern = pattern };
	if (!scan_pattern(&scanner)) {
		*offset = scanner.problem_at;
		snprintf(problem, size, "%s", scanner.problem);
		return PPM_ERROR_MODEL;
	}
	pcre2_general_context *general = pcre2_general_context_create(allocate, release, (void *)(uintptr_t)allocator);
	pcre2_compile_context *context = general ? new_compile_context(general) : NULL;
	int code = PCRE2_ERROR_NOMEMORY;
	PCRE2_SIZE at = 0;
	pcre2_code *compiled = NULL;
	if (context)
		compiled = pcre2_compile((PCRE2_SPTR)(const void *)(pattern.data ? pattern.data : ""), pattern.size, COMPILE_OPTIONS, &code, &at, context);
	pcre2_compile_context_free(context);
	pcre2_code_free(compiled);
	pcre2_general_context_free(general);
	if (!compiled && (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED))
		return PPM_ERROR_MEMORY;
	if (!compiled) {
		char message[160] = "the pattern cannot be compiled";
		pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
		*offset = at < pattern.size ? at : pattern.size;
		snprintf(problem, size, "%s", message);
		return PPM_ERROR_MODEL;
	}
	return PPM_OK;
}

// ---- matching

struct ppm_text_pattern {
	const struct ppm_allocator *allocator;
	struct ppm_text_automaton *automaton; // NULL: PCRE2 runs it
	pcre2_general_context *general;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

struct ppm_text_pattern *ppm_text_pattern_new(const struct ppm_allocator *allocator, struct ppm_slice pattern, enum ppm_text_engine engine)
{
	struct ppm_text_pattern *created = ppm_allocate_zeroed(allocator, 1, sizeof *created);
	if (!created)
		return NULL;
	created->allocator = allocator;
	if (engine == PPM_TEXT_ENGINE_ANY && !ppm_text_automaton_new(allocator, pattern, &created->automaton))
		goto failed;
	if (created->automaton)
		return created;
	// PCRE2 hands the context back to the functions above, which only read it.
	created->general = pcre2_general_context_create(allocate, release, (void *)(uintptr_t)allocator);
	if (!created->general)
		goto failed;
	pcre2_compile_context *compile = new_compile_context(created->general);
	if (!compile)
		goto failed;
	int code;
	PCRE2_SIZE at;
	created->code = pcre2_compile((PCRE2_SPTR)(const void *)(pattern.data ? pattern.data : ""), pattern.size, COMPILE_OPTIONS, &code, &at, compile);
	pcre2_compile_context_free(compile);
	if (!created->code)
		goto failed;
	created->data = pcre2_match_data_create(1, created->general);
	created->context = pcre2_match_context_create(created->general);
	if (!created->data || !created->context)
		goto failed;
	pcre2_set_match_limit(created->context, MATCH_LIMIT);
	pcre2_set_depth_limit(created->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(created->context, HEAP_LIMIT_KIB);
	return created;
failed:
	ppm_text_pattern_free(created);
	return NULL;
}

void ppm_text_pattern_free(struct ppm_text_pattern *pattern)
{
	if (!pattern)
		return;
	ppm_text_automaton_free(pattern->automaton);
	pcre2_match_context_free(pattern->context);
	pcre2_match_data_free(pattern->data);
	pcre2_code_free(pattern->code);
	pcre2_general_context_free(pattern->general);
	ppm_free(pattern->allocator, pattern);
}

enum ppm_text_match ppm_text_pattern_match(struct ppm_text_pattern *pattern, struct ppm_slice text)
{
	if (pattern->automaton)
		return ppm_text_automaton_match(pattern->automaton, text) ? PPM_TEXT_MATCH : PPM_TEXT_NO_MATCH;
	PCRE2_SPTR subject = (PCRE2_SPTR)(const void *)(text.data ? text.data : "");
	// All texts are UTF-8, so that nothing is left to be checked.
	int result = pcre2_match(pattern->code, subject, text.size, 0, PCRE2_NO_UTF_CHECK, pattern->data, pattern->context);
	if (result >= 0)
		return PPM_TEXT_MATCH;
	if (result == PCRE2_ERROR_NOMATCH)
		return PPM_TEXT_NO_MATCH;
	return result == PCRE2_ERROR_NOMEMORY ? PPM_TEXT_MATCH_MEMORY : PPM_TEXT_MATCH_LIMIT;
}

const struct ppm_text_automaton *ppm_text_pattern_automaton(const struct ppm_text_pattern *pattern)
{
	return pattern->automaton;
}

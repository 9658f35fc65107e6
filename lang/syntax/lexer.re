// The scanner. Words come from keywords.def; what one character, or a peek at the next word, decides is decided in C, which keeps the tables small.
// A slip that has one obvious meaning (`==`, `'text'`, `30days`) is reported and then read as what it means, so that the rest of the
// statement is checked too. Only what leaves no way to go on returns the error token. Invariant: the text is valid UTF-8 and 16 NULs follow it.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/date.h"
#include "runtime/base/text.h"

/*!conditions:re2c*/

typedef PPM_GRAMMAR_STYPE token_value;

static bool in_word(unsigned char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static const unsigned char *over_blanks(const unsigned char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static struct ppm_slice slice_of(const unsigned char *begin, const unsigned char *end)
{
	return (struct ppm_slice){ (const char *)begin, (size_t)(end - begin) };
}

static struct ppm_slice word_at(const unsigned char *p)
{
	const unsigned char *end = p;

	while (in_word(*end))
		end++;
	return slice_of(p, end);
}

static const unsigned char *line_begin(const struct ppm_parser *parser, const unsigned char *at)
{
	while (at > parser->base && at[-1] != '\n')
		at--;
	return at;
}

bool ppm_lexer_begins_line(const struct ppm_parser *parser, const unsigned char *at)
{
	while (at > parser->base && (at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\r'))
		at--;
	return at == parser->base || at[-1] == '\n';
}

void ppm_lexer_enter_columns(struct ppm_parser *parser)
{
	parser->condition = condition_schema;
}

void ppm_lexer_leave_columns(struct ppm_parser *parser)
{
	parser->condition = condition_model;
}

void ppm_lexer_enter_template(struct ppm_parser *parser)
{
	parser->condition = condition_template;
}

bool ppm_lexer_in_columns(int condition)
{
	return condition == condition_schema;
}

void ppm_lexer_unread(struct ppm_parser *parser, const unsigned char *at)
{
	parser->cursor = at;
	parser->depth = parser->before_current.depth;
	parser->condition = parser->before_current.condition;
}

// ---- lexical errors ------------------------------------------------------------------------------

// What stands in a line that has an error already is not reported again.
static struct ppm_diagnostic *report(struct ppm_parser *parser, enum ppm_diag_code code, const unsigned char *begin, const char *message)
{
	struct ppm_span span = ppm_parser_span(parser, begin, parser->cursor);
	struct ppm_buffer shown;
	struct ppm_diagnostic *diagnostic;

	if (parser->recovering && begin < parser->error_line_end)
		return &parser->diagnostics->scratch;
	ppm_buffer_init(&shown, parser->arena->allocator);
	if (parser->cursor > begin)
		ppm_text_append_escaped(&shown, slice_of(begin, parser->cursor), 40, false);
	ppm_buffer_append_char(&shown, 0);
	diagnostic = ppm_diag(parser->diagnostics, code, span, message, shown.failed ? "" : shown.data);
	parser->arena->failed = parser->arena->failed || shown.failed;
	ppm_buffer_free(&shown);
	return diagnostic;
}

#define HELP(diagnostic, ...) ppm_diag_help(parser->diagnostics, (diagnostic), __VA_ARGS__)

// ---- comments and brackets -----------------------------------------------------------------------

static void add_comment(struct ppm_parser *parser, const unsigned char *begin, const unsigned char *end)
{
	struct ppm_span span = ppm_parser_span(parser, begin, end);
	struct ppm_comment *comment;

	if (!parser->tree || (parser->last_comment && span.begin <= parser->last_comment->span.begin))
		return;
	comment = PPM_ARENA_NEW(parser->arena, struct ppm_comment);
	if (!comment)
		return;
	comment->span = span;
	comment->own_line = ppm_lexer_begins_line(parser, begin);
	if (parser->last_comment)
		parser->last_comment->next = comment;
	else
		parser->tree->comments = comment;
	parser->last_comment = comment;
}

// What follows, over white space and comments, which are noted if `keep`.
static const unsigned char *skip(struct ppm_parser *parser, const unsigned char *p, bool keep)
{
	for (;;) {
		const unsigned char *begin;
		while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
			p++;
		if (*p != '#')
			return p;
		for (begin = p; *p && *p != '\n'; p++)
			;
		if (keep)
			add_comment(parser, begin, p);
	}
}

// False when the bracket is one too many; that was reported.
static bool open_bracket(struct ppm_parser *parser, const unsigned char *at)
{
	if (parser->depth == PPM_DEPTH_LIMIT) {
		parser->braces_beyond += *at == '{';
		if (!parser->recovering)
			HELP(report(parser, PPM_DIAG_NESTING_TOO_DEEP, at, "this `%s` opens too many brackets inside one another"),
				"at most %d may be open at once; give parts of it names with `let`", PPM_DEPTH_LIMIT);
		return false;
	}
	parser->brackets[parser->depth++] = (struct ppm_bracket){ (uint32_t)(at - parser->base), (char)*at, PPM_BLOCK_NONE };
	return true;
}

static void close_bracket(struct ppm_parser *parser, char open)
{
	uint32_t depth = parser->depth;

	if (open == '{' && parser->braces_beyond > 0) {
		parser->braces_beyond--;
		return;
	}
	// a brace closes what was left open inside it
	while (open == '{' && depth > 0 && parser->brackets[depth - 1].open != '{')
		depth--;
	if (depth > 0 && parser->brackets[depth - 1].open == open)
		parser->depth = depth - 1;
}

// ---- figures, dates and texts --------------------------------------------------------------------

static int fail(struct ppm_parser *parser)
{
	if (parser->recovering)
		return TOK_SKIPPED;
	ppm_parser_recover(parser, false);
	return TOK_PPM_GRAMMAR_error;
}

static int memory(struct ppm_parser *parser)
{
	parser->exhausted = true;
	return fail(parser);
}

static int literal(struct ppm_parser *parser, const unsigned char *begin, token_value *value, enum ppm_expression_kind kind, struct ppm_slice text, int token)
{
	// what is skipped anyway needs no node
	if (parser->recovering)
		return TOK_SKIPPED;
	value->TOK_NUMBER = ppm_tree_leaf(parser, kind, ppm_parser_span(parser, begin, parser->cursor));
	if (!value->TOK_NUMBER)
		return memory(parser);
	value->TOK_NUMBER->text = text;
	return token;
}

// Digits without the underscores between them; data NULL when memory ran out.
static struct ppm_slice digits_of(struct ppm_parser *parser, struct ppm_slice text)
{
	char *copy;
	size_t size = 0;

	if (!memchr(text.data, '_', text.size))
		return text;
	copy = ppm_arena_allocate(parser->arena, text.size, 1);
	if (!copy)
		return (struct ppm_slice){ NULL, 0 };
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] != '_')
			copy[size++] = text.data[i];
	return (struct ppm_slice){ copy, size };
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static const unsigned char *figure_end(const unsigned char *p)
{
	while (is_digit(*p) || (*p == '_' && is_digit(p[1])))
		p++;
	if (*p == '.' && is_digit(p[1]))
		for (p++; is_digit(*p) || (*p == '_' && is_digit(p[1])); p++)
			;
	return p;
}

static bool type_ahead(const unsigned char *p)
{
	return ppm_word_is_type(word_at(over_blanks(p)));
}

// The word after a figure, which makes it a duration or an amount; the figure ends at `end`.
static int figure_with_unit(struct ppm_parser *parser, const unsigned char *begin, struct ppm_slice digits, struct ppm_slice word, token_value *value)
{
	bool singular;
	enum ppm_period period = ppm_word_period(word, &singular);
	int token;

	if (period == PPM_PERIOD_NONE && !ppm_word_is_currency(word))
		return 0;
	parser->cursor = (const unsigned char *)word.data + word.size;
	if (period != PPM_PERIOD_NONE) {
		token = literal(parser, begin, value, PPM_EXPRESSION_DURATION, digits, TOK_DURATION);
		if (token == TOK_DURATION)
			value->TOK_NUMBER->period = period;
	} else {
		token = literal(parser, begin, value, PPM_EXPRESSION_MONEY, digits, TOK_MONEY);
		if (token == TOK_MONEY)
			memcpy(value->TOK_NUMBER->currency, word.data, 3);
	}
	return token;
}

// A figure from `begin` to `end`, where the cursor may be further on: over a percent sign, or a word that runs into it.
static int figure(struct ppm_parser *parser, const unsigned char *begin, const unsigned char *end, token_value *value)
{
	struct ppm_slice written = slice_of(begin, end), digits = digits_of(parser, written), word;
	int token;

	if (!digits.data)
		return memory(parser);
	if (digits.size - (memchr(digits.data, '.', digits.size) != NULL) > PPM_NUMBER_DIGITS_LIMIT) {
		HELP(report(parser, PPM_DIAG_NUMBER_TOO_LONG, begin, "the figure `%s` is too long to read"), "a figure has at most %u digits", PPM_NUMBER_DIGITS_LIMIT);
		digits = PPM_SLICE("0");
	} else if (written.size > 1 && written.data[0] == '0' && written.data[1] != '.') {
		bool comma = begin - parser->base > 1 && begin[-1] == ',' && begin[-2] >= '0' && begin[-2] <= '9';
		struct ppm_diagnostic *diagnostic = report(parser, PPM_DIAG_NUMBER_LEADING_ZERO, begin, "the figure `%s` begins with 0");
		struct ppm_buffer grouped;
		bool thousands;
		// `1 000`: the figure before this one was the last token
		ppm_buffer_init(&grouped, parser->arena->allocator);
		thousands = parser->current_token == TOK_NUMBER && ppm_parser_at(parser, parser->current.end) + 1 == begin
			&& ppm_parser_grouped(parser, parser->current, ' ', &grouped);
		if (thousands)
			HELP(diagnostic, "thousands are written `%.*s`", (int)grouped.size, grouped.data);
		else if (comma)
			HELP(diagnostic, "thousands are written `10_000`, without a comma");
		else
			HELP(diagnostic, "leave out the 0, or write a text in quotation marks");
		parser->arena->failed = parser->arena->failed || grouped.failed;
		ppm_buffer_free(&grouped);
		if (thousands || comma)
			return fail(parser);
	}
	if (*end == '%' && parser->cursor == end + 1)
		return literal(parser, begin, value, PPM_EXPRESSION_PERCENTAGE, digits, TOK_PERCENTAGE);
	if (parser->cursor > end) {
		struct ppm_diagnostic *diagnostic = report(parser, PPM_DIAG_NUMBER_UNIT_GLUED, begin, "the figure in `%s` runs into a word");
		const unsigned char *stop = parser->cursor;
		word = slice_of(end, stop);
		token = figure_with_unit(parser, begin, digits, word, value);
		if (token)
			HELP(diagnostic, "write `%.*s %.*s`", (int)written.size, written.data, (int)word.size, word.data);
		else
			HELP(diagnostic, "a unit stands apart, as in `30 days`; a large figure is written out, as in `10_000`");
		parser->cursor = stop;
		return token ? token : literal(parser, begin, value, PPM_EXPRESSION_NUMBER, digits, TOK_NUMBER);
	}
	// a figure and its unit stand on one line; in a dataset `0 year number` begins the next column
	word = word_at(over_blanks(end));
	if (word.size && !(parser->condition == condition_schema && type_ahead((const unsigned char *)word.data + word.size))) {
		token = figure_with_unit(parser, begin, digits, word, value);
		if (token)
			return token;
	}
	return literal(parser, begin, value, PPM_EXPRESSION_NUMBER, digits, TOK_NUMBER);
}

static int date(struct ppm_parser *parser, const unsigned char *begin, token_value *value, bool well_formed)
{
	int32_t day = 0;
	int year = 0, month = 0, dom = 0;
	int *part[3] = { &year, &month, &dom };
	int token, index = 0;

	if (!well_formed) {
		struct ppm_diagnostic *diagnostic = report(parser, PPM_DIAG_DATE_FORM, begin, "`%s` is not how a date is written");
		for (const unsigned char *p = begin; p < parser->cursor && index < 3; p++) {
			if (is_digit(*p) && *part[index] < 10000)
				*part[index] = *part[index] * 10 + (*p - '0');
			else
				index++;
		}
		if (is_digit(begin[1]) && is_digit(begin[2]) && index == 2 && ppm_date_valid(year, month, dom))
			HELP(diagnostic, "write `%04d-%02d-%02d`; for a calculation put spaces around the operators", year, month, dom);
		else
			HELP(diagnostic, "write year, month and day as in `2026-06-30`; for a calculation put spaces around the operators");
	} else if (!ppm_date_parse_iso(slice_of(begin, parser->cursor), &day)) {
		day = 0;
		report(parser, PPM_DIAG_DATE_UNKNOWN, begin, "there is no day `%s`");
	}
	token = literal(parser, begin, value, PPM_EXPRESSION_DATE, slice_of(begin, parser->cursor), TOK_DATE);
	if (token == TOK_DATE)
		value->TOK_NUMBER->date = day;
	return token;
}

// What stands between begin + before and the cursor - after is the text.
static int text(struct ppm_parser *parser, const unsigned char *begin, size_t before, size_t after, token_value *value, bool braces)
{
	struct ppm_slice raw = slice_of(begin + before, parser->cursor - after);

	value->TOK_STRING.span = ppm_parser_span(parser, begin, parser->cursor);
	value->TOK_STRING.text = ppm_parser_unescape(parser, raw, value->TOK_STRING.span.begin + (uint32_t)before, braces);
	return value->TOK_STRING.text.data ? TOK_STRING : memory(parser);
}

static int foreign_text(struct ppm_parser *parser, const unsigned char *begin, size_t quote, token_value *value)
{
	HELP(report(parser, PPM_DIAG_FOREIGN_QUOTES, begin, "%s is in other quotation marks than \""), "a text is written in double quotation marks: \"…\"");
	return text(parser, begin, quote, quote, value, true);
}

// A text without its end, or a `{` in it that no `}` follows. The rest of the line is not read as code: looking for that brace again and
// again would take quadratic time.
static int open_template(struct ppm_parser *parser, const unsigned char *begin)
{
	const unsigned char *brace = parser->cursor, *end = brace;

	while (*end && *end != '\n' && *end != '"')
		end++;
	if (*brace == '{' && *end == '"') {
		parser->cursor = brace + 1;
		HELP(report(parser, PPM_DIAG_TEMPLATE_BRACE, brace, "this `%s` is not closed in its text"), "close it with `}`, or write `\\{` for a brace that is meant as such");
		parser->cursor = end + 1;
		return fail(parser);
	}
	while (*parser->cursor && *parser->cursor != '\n')
		parser->cursor++;
	HELP(report(parser, PPM_DIAG_TEXT_NOT_CLOSED, begin, "this text has no closing quotation mark on its line"), "a text ends with `\"` on the line that it begins on; `\\\"` is a quotation mark inside it");
	return fail(parser);
}

// ---- words ---------------------------------------------------------------------------------------

static int name(struct ppm_parser *parser, const unsigned char *begin, size_t trim, token_value *value, int token)
{
	value->TOK_NAME.span = ppm_parser_span(parser, begin, parser->cursor);
	value->TOK_NAME.text = slice_of(begin + trim, parser->cursor - trim);
	return token;
}

static int model_word(struct ppm_parser *parser, const unsigned char *begin, token_value *value)
{
	struct ppm_slice word = slice_of(begin, parser->cursor);
	enum ppm_word_kind kind;
	const char *second;
	int pair = ppm_word_find_pair(word, &second), token;

	if (pair) {
		const unsigned char *next = skip(parser, parser->cursor, false);
		struct ppm_slice after = word_at(next);
		if (ppm_slice_is(after, second)) {
			skip(parser, parser->cursor, true);
			parser->cursor = next + after.size;
			return name(parser, begin, 0, value, pair);
		}
	}
	if (ppm_slice_is(word, "per")) {
		bool singular;
		struct ppm_slice after = word_at(over_blanks(parser->cursor));
		enum ppm_period period = ppm_word_period(after, &singular);
		if (period != PPM_PERIOD_NONE && singular && (const unsigned char *)after.data > parser->cursor) {
			parser->cursor = (const unsigned char *)after.data + after.size;
			value->TOK_PER = period;
			return TOK_PER;
		}
		return name(parser, begin, 0, value, TOK_NAME);
	}
	if (ppm_slice_is(word, "format"))
		return name(parser, begin, 0, value, *skip(parser, parser->cursor, false) == '"' ? TOK_FORMAT_TEXT : TOK_NAME);
	token = ppm_word_find(word, &kind);
	if (token == TOK_MISSING && parser->of_figures && parser->previous_token != TOK_IS)
		return name(parser, begin, 0, value, TOK_NAME);
	return name(parser, begin, 0, value, token ? token : TOK_NAME);
}

// A statement's word that is a column's name as well leaves a dataset whose brace was forgotten only where the layout says so.
static bool leaves_columns(const struct ppm_parser *parser, const unsigned char *begin)
{
	const unsigned char *statement = parser->statement_begin;

	return statement && ppm_lexer_begins_line(parser, begin) && !type_ahead(parser->cursor)
		&& begin - line_begin(parser, begin) <= statement - line_begin(parser, statement);
}

static int schema_word(struct ppm_parser *parser, const unsigned char *begin, token_value *value)
{
	struct ppm_slice word = slice_of(begin, parser->cursor);
	enum ppm_word_kind kind;
	const char *second;
	int token = ppm_word_find_schema(word);

	if (ppm_slice_is(word, "per")) {
		token = model_word(parser, begin, value);
		return token;
	}
	if (token) {
		// it names a column where it begins a line or the block, and a type follows on that line
		bool column = type_ahead(parser->cursor) && (ppm_lexer_begins_line(parser, begin) || parser->current_token == TOK_LEFT_BRACE);
		return name(parser, begin, 0, value, column ? TOK_NAME : token);
	}
	if (ppm_word_is_type(word)) {
		struct ppm_type_name *type = &value->TOK_TYPE;
		struct ppm_slice currency = word_at(over_blanks(parser->cursor));
		memset(type, 0, sizeof *type);
		type->base = (struct ppm_name){ word, ppm_parser_span(parser, begin, parser->cursor) };
		if (ppm_slice_is(word, "money") && ppm_word_is_currency(currency) && !type_ahead((const unsigned char *)currency.data + 3)) {
			memcpy(type->currency, currency.data, 3);
			parser->cursor = (const unsigned char *)currency.data + 3;
		}
		type->span = ppm_parser_span(parser, begin, parser->cursor);
		return TOK_TYPE;
	}
	token = ppm_word_find(word, &kind);
	if (kind == PPM_WORD_STATEMENT || ((kind == PPM_WORD_SOFT || ppm_word_find_pair(word, &second)) && leaves_columns(parser, begin))) {
		int statement = model_word(parser, begin, value);
		if (ppm_token_begins_statement(statement)) {
			parser->condition = condition_model;
			return statement;
		}
		parser->cursor = begin + word.size;
	}
	return name(parser, begin, 0, value, TOK_NAME);
}

// ---- the scanner itself --------------------------------------------------------------------------

#define TOKEN(kind) return TOK_##kind
#define REPORT(code, message, ...) HELP(report(parser, PPM_DIAG_##code, begin, message), __VA_ARGS__)

// Reads one token; *start is set to its first byte.
static int scan(struct ppm_parser *parser, token_value *value, const unsigned char **start)
{
	const unsigned char *begin;
	unsigned char yych;
	for (;;) {
		begin = *start = parser->cursor;
/*!re2c
	re2c:api:style = free-form;
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYCURSOR = "parser->cursor";
	re2c:define:YYMARKER = "parser->marker";
	re2c:define:YYGETCONDITION = "parser->condition";
	re2c:define:YYSETCONDITION = "parser->condition = @@;";
	re2c:yyfill:enable = 0;
	re2c:condenumprefix = condition_;
	re2c:condprefix = scan_;
	re2c:variable:yych = yych;
	re2c:yych:emit = 0;

	letter   = [A-Za-z_];
	in_word  = [A-Za-z0-9_];
	foreign  = [\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff\U00010000-\U0001efff];
	blank    = [ \t\r];
	digits   = [0-9]+ ("_" [0-9]+)*;
	number   = digits ("." digits)?;
	plain    = [^"\\\n\x00] | "\\" [^\n\x00];
	piece    = [^"\\{\n\x00] | "\\" [^\n\x00] | "{" [^}\n\x00]* "}";

	<*> blank+                 { continue; }
	<*> "#" [^\n\x00]*         { add_comment(parser, begin, parser->cursor); continue; }
	<*> "\n"                   { if (parser->recovering && parser->condition == condition_schema) TOKEN(NEWLINE); continue; }
	<*> "\x00" {
		if (begin >= parser->end) {
			parser->cursor = parser->end;
			TOKEN(END);
		}
		if (!parser->nul_reported)
			HELP(report(parser, PPM_DIAG_NUL_BYTE, begin, "there is a NUL byte in the text%.0s"), "save the model as plain UTF-8 text");
		parser->nul_reported = true;
		continue;
	}

	// ---- dates and figures
	<model,schema> [0-9]{4} "-" [0-9]{2} "-" [0-9]{2}                          { return date(parser, begin, value, true); }
	<model,schema> [0-9]{4} "-" [0-9]{1,2} "-" [0-9]{1,2} in_word*             { return date(parser, begin, value, false); }
	<model,schema> [0-9]{4} "/" [0-9]{1,2} "/" [0-9]{1,2} in_word*             { return date(parser, begin, value, false); }
	<model,schema> [0-9]{1,2} [-/.] [0-9]{1,2} [-/.] [0-9]{4}                  { return date(parser, begin, value, false); }
	<model,schema> number                                                     { return figure(parser, begin, parser->cursor, value); }
	<model,schema> number "%"                                                 { return figure(parser, begin, parser->cursor - 1, value); }
	<model,schema> number "%"? (letter | foreign) (in_word | foreign)*        { return figure(parser, begin, figure_end(begin), value); }
	<model,schema> "." digits {
		REPORT(NUMBER_POINT, "the figure `%s` begins with a point", "write `0%.*s`", (int)(parser->cursor - begin), (const char *)begin);
		return figure(parser, begin + 1, parser->cursor, value);
	}

	// ---- texts and names in quotes
	<model,schema> ["] plain* ["]     { return text(parser, begin, 1, 1, value, false); }
	<model,schema> ["] plain* "\\"? {
		REPORT(TEXT_NOT_CLOSED, "this text has no closing quotation mark on its line%.0s", "a text ends with `\"` on the line that it begins on; `\\\"` is a quotation mark inside it");
		return fail(parser);
	}
	<template> ["] piece* ["]         { parser->condition = condition_model; return text(parser, begin, 1, 1, value, true); }
	<template> ["] piece*             { parser->condition = condition_model; return open_template(parser, begin); }
	<template> *                      { parser->cursor = begin; parser->condition = condition_model; continue; }
	<model,schema> "`" [^`\n\x00]+ "`" { return name(parser, begin, 1, value, TOK_NAME); }
	<model,schema> "`" [^`\n\x00]* {
		REPORT(NAME_NOT_CLOSED, "this name has no closing backquote on its line%.0s", "a name in backquotes ends with a backquote on the line that it begins on");
		return fail(parser);
	}
	<model,schema> "``" {
		REPORT(NAME_NOT_CLOSED, "there is no name between these backquotes%.0s", "write the column's header between them");
		return name(parser, begin, 0, value, TOK_NAME);
	}
	<model,schema> "'" [^'\n\x00]* "'"   { return foreign_text(parser, begin, 1, value); }
	<model,schema> [\u201c\u201d\u201e] [^"\u201c\u201d\n\x00]* [\u201c\u201d] { return foreign_text(parser, begin, 3, value); }
	<model,schema> [\u2018\u2019\u201a] [^"\u2018\u2019\n\x00]* [\u2018\u2019] { return foreign_text(parser, begin, 3, value); }
	<model,schema> ['\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb] {
		REPORT(FOREIGN_QUOTES, "%s is not the quotation mark of a text", "a text is written in double quotation marks: \"…\"");
		return fail(parser);
	}

	// ---- words
	<model> letter in_word*            { return model_word(parser, begin, value); }
	<schema> letter in_word*           { return schema_word(parser, begin, value); }
	<model,schema> in_word* foreign (in_word | foreign)* {
		REPORT(NAME_LETTERS, "the name `%s` has other letters than A to Z", "write it in backquotes");
		return name(parser, begin, 0, value, TOK_NAME);
	}

	// ---- signs
	<model,schema> "("   { if (!open_bracket(parser, begin)) return fail(parser); TOKEN(LEFT_PAREN); }
	<model,schema> ")"   { close_bracket(parser, '('); TOKEN(RIGHT_PAREN); }
	<model,schema> "["   { if (!open_bracket(parser, begin)) return fail(parser); TOKEN(LEFT_BRACKET); }
	<model,schema> "]"   { close_bracket(parser, '['); TOKEN(RIGHT_BRACKET); }
	<model,schema> "{"   { if (!open_bracket(parser, begin)) return fail(parser); TOKEN(LEFT_BRACE); }
	<model,schema> "}" {
		if (parser->depth == 0 && parser->missing_open > 0) {
			parser->missing_open--;
			continue;
		}
		close_bracket(parser, '{');
		parser->condition = condition_model;
		TOKEN(RIGHT_BRACE);
	}
	<model,schema> ","   { TOKEN(COMMA); }
	<model,schema> ":"   { TOKEN(COLON); }
	<model,schema> "."   { TOKEN(DOT); }
	<model,schema> "-"   { TOKEN(MINUS); }
	<model,schema> "="   { TOKEN(ASSIGN); }
	<model,schema> "!="  { TOKEN(NOT_EQUAL); }
	<model,schema> "<"   { TOKEN(LESS); }
	<model,schema> "<="  { TOKEN(LESS_EQUAL); }
	<model,schema> ">"   { TOKEN(GREATER); }
	<model,schema> ">="  { TOKEN(GREATER_EQUAL); }
	<model,schema> "+"   { TOKEN(PLUS); }
	<model,schema> "*"   { TOKEN(TIMES); }
	<model,schema> "/"   { TOKEN(DIVIDE); }
	<model,schema> "^"   { TOKEN(POWER); }

	// ---- signs of other languages
	<model,schema> "==" "="?           { REPORT(FOREIGN_EQUAL, "`%s` is no operator", "equality is written `=`"); TOKEN(ASSIGN); }
	<model,schema> ":="                { REPORT(FOREIGN_ASSIGN, "`%s` is no operator", "a value is given with `=`"); TOKEN(ASSIGN); }
	<model,schema> "<>" | "=!" | "!=="  { REPORT(FOREIGN_NOT_EQUAL, "`%s` is no operator", "\"is not equal to\" is written `!=`"); TOKEN(NOT_EQUAL); }
	<model,schema> "=<"                { REPORT(FOREIGN_RELATION, "`%s` is no operator", "\"at most\" is written `<=`"); TOKEN(LESS_EQUAL); }
	<model,schema> "=>"                { REPORT(FOREIGN_RELATION, "`%s` is no operator", "\"at least\" is written `>=`"); TOKEN(GREATER_EQUAL); }
	<model,schema> "&" "&"?            { REPORT(FOREIGN_AND, "`%s` is no operator", "write `and`"); TOKEN(AND); }
	<model,schema> "|" "|"?            { REPORT(FOREIGN_OR, "`%s` is no operator", "write `or`"); TOKEN(OR); }
	<model,schema> "!"                 { REPORT(FOREIGN_NOT, "`%s` is no operator", "write `not`"); TOKEN(NOT); }
	<model,schema> "**"                { REPORT(FOREIGN_POWER, "`%s` is no operator", "a power is written `^`"); TOKEN(POWER); }
	<model,schema> "//" | "/*" {
		REPORT(FOREIGN_COMMENT, "`%s` does not begin a comment", "a comment begins with `#` and ends with its line");
		while (*parser->cursor && *parser->cursor != '\n')
			parser->cursor++;
		continue;
	}
	<model,schema> "--" {
		if (*parser->cursor != ' ' && *parser->cursor != '-') {
			REPORT(DOUBLE_MINUS, "there are two minus signs in `%s`", "write `- -` to subtract a negative value; a comment begins with `#`");
			TOKEN(MINUS);
		}
		REPORT(FOREIGN_COMMENT, "`%s` does not begin a comment", "a comment begins with `#` and ends with its line");
		while (*parser->cursor && *parser->cursor != '\n')
			parser->cursor++;
		continue;
	}
	<model,schema> "%" {
		const unsigned char *next = over_blanks(parser->cursor);
		REPORT(FOREIGN_PERCENT, "`%s` is no operator", "a percentage is written without a space, as `10%%`; the remainder of a division is `mod`");
		if (in_word(*next) || *next == '(')
			TOKEN(MOD);
		continue;
	}
	<model,schema> ";"+                { REPORT(FOREIGN_SEMICOLON, "`%s` means nothing here", "nothing ends a statement: leave it out"); continue; }
	<model,schema> "?"                 { REPORT(FOREIGN_TERNARY, "`%s` is no operator", "write `if … then … else …`"); return fail(parser); }
	<model,schema> [\u2264\u2a7d]      { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `<=`"); TOKEN(LESS_EQUAL); }
	<model,schema> [\u2265\u2a7e]      { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `>=`"); TOKEN(GREATER_EQUAL); }
	<model,schema> [\u2260]            { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `!=`"); TOKEN(NOT_EQUAL); }
	<model,schema> [\u00d7\u2219\u22c5\u00b7] { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `*`"); TOKEN(TIMES); }
	<model,schema> [\u00f7]            { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `/`"); TOKEN(DIVIDE); }
	<model,schema> [\u2212\u2010-\u2015] { REPORT(FOREIGN_SIGN, "`%s` is not a sign of this language", "write `-`"); TOKEN(MINUS); }
	<model,schema> [$\u00a3\u00a5\u20ac] { REPORT(CHARACTER_STRAY, "`%s` means nothing here", "an amount is written `40`, or `40 EUR`"); continue; }
	<model,schema> [\u00a0\u2000-\u200f\u202f\u3000\ufeff]+ { REPORT(CHARACTER_STRAY, "there is a blank here that is no plain space%.0s", "replace it by a space"); continue; }
	<model,schema> [@~\\]+             { REPORT(CHARACTER_STRAY, "`%s` means nothing here", "leave it out"); return fail(parser); }
	<model,schema> [^\x00-\x7f]        { REPORT(CHARACTER_STRAY, "`%s` means nothing here", "other characters than those of the language stand in texts, in comments, and in names in backquotes"); return fail(parser); }
	<model,schema> [\x01-\x08\x0b\x0c\x0e-\x1f\x7f]+ { REPORT(CHARACTER_STRAY, "`%s` means nothing here", "leave it out"); continue; }
	<model,schema> *                   { REPORT(CHARACTER_STRAY, "`%s` means nothing here", "leave it out"); continue; }
*/
	}
}

// ---- recovery ------------------------------------------------------------------------------------

static int synchronise(struct ppm_parser *parser, const unsigned char *start, int token)
{
	ppm_lexer_unread(parser, start);
	parser->recovering = false;
	parser->synced = start + 1;
	if (token == TOK_SYNC_OUTER) {
		parser->depth = parser->braces_beyond = 0;
		parser->condition = condition_model;
	}
	return token;
}

// A word in a block deeper than the error begins a statement only where the layout, or the word itself, leaves no doubt.
static bool leaves_error(const struct ppm_parser *parser, int token, const unsigned char *start)
{
	const unsigned char *statement = parser->statement_begin;

	if (parser->depth <= parser->error_depth)
		return true;
	if (token != TOK_LET && token != TOK_BANDS && !ppm_token_is_soft(token) && token != TOK_BEST_OF)
		return true;
	return statement && start - line_begin(parser, start) <= statement - line_begin(parser, statement);
}

// The token to hand out in place of `token` while recovering.
static int recover(struct ppm_parser *parser, int token, const unsigned char *start)
{
	bool own;

	if (token == TOK_END)
		return token;
	if (token == TOK_NEWLINE) {
		if (parser->error_block != PPM_BLOCK_COLUMNS)
			return TOK_SKIPPED;
		parser->recovering = false;
		return token;
	}
	if (token == TOK_RIGHT_BRACE && parser->error_block != PPM_BLOCK_NONE && parser->depth < parser->error_depth) {
		if (parser->error_block == PPM_BLOCK_COLUMNS && parser->before_current.condition == condition_schema)
			return synchronise(parser, start, TOK_NEWLINE);
		parser->recovering = false;
		return TOK_CLOSE;
	}
	if (start < parser->synced || !ppm_lexer_begins_line(parser, start))
		return TOK_SKIPPED;
	own = parser->depth <= parser->error_depth
		&& ((parser->error_block == PPM_BLOCK_RULES && ppm_token_begins_rule(token))
			|| (parser->error_block == PPM_BLOCK_STEPS && (token == TOK_GIVEN || token == TOK_EXPECT))
			|| (parser->error_block == PPM_BLOCK_COLUMNS && token == TOK_LET));
	if (own)
		return synchronise(parser, start, TOK_SYNC);
	if (ppm_token_begins_statement(token) && leaves_error(parser, token, start))
		return synchronise(parser, start, TOK_SYNC_OUTER);
	return TOK_SKIPPED;
}

int ppm_grammar_lex(token_value *value, struct ppm_span *span, struct ppm_parser *parser)
{
	const unsigned char *start = parser->cursor;
	int token;

	memset(value, 0, sizeof *value);
	parser->previous = parser->current;
	parser->previous_token = parser->current_token;
	if (parser->start) {
		token = parser->start;
		parser->start = 0;
		*span = ppm_parser_span(parser, start, start);
	} else if (parser->resend_outer) {
		parser->resend_outer = false;
		token = TOK_SYNC_OUTER;
		*span = ppm_parser_span(parser, start, start);
	} else {
		parser->before_current = (struct ppm_mark){ parser->cursor, parser->depth, parser->condition };
		if (parser->exhausted) {
			parser->cursor = start = parser->end;
			token = TOK_END;
		} else {
			token = scan(parser, value, &start);
		}
		parser->before_current.cursor = start;
		*span = ppm_parser_span(parser, start, parser->cursor);
		if (parser->recovering && token != TOK_PPM_GRAMMAR_error) {
			token = recover(parser, token, start);
		} else if (ppm_token_begins_statement(token) && parser->before_current.depth == 0 && ppm_lexer_begins_line(parser, start)) {
			parser->statement_begin = start;
		}
		if (token != TOK_SKIPPED && token != TOK_END && ++parser->tokens > PPM_TOKEN_LIMIT && !parser->exhausted) {
			const struct ppm_source *source = ppm_source_map_find(parser->diagnostics->map, span->begin);
			HELP(ppm_diag(parser->diagnostics, PPM_DIAG_TOO_MANY_TOKENS, *span, "%s more than 1,000,000 words and signs",
				     source && source->words_before && source->words_before != UINT32_MAX ? "the model and the files that it uses have" : "the model has"),
				"what follows is not read; put tables of that size into a dataset");
			parser->exhausted = true;
			token = fail(parser);
		}
	}
	if (token != TOK_END && span->end > span->begin)
		ppm_tree_token(parser, token, *span);
	parser->current = *span;
	parser->current_token = token;
	return token;
}

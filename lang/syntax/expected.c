// What a syntax error says. All expected tokens are known; they are folded into what a person would say ("an expression", "the next statement"),
// unless the mistake is one that has a name of its own. The place of a token that is missing at the end of a line is that end, and the
// word after it is given back, so that recovery can begin with it.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/text.h"

#include <assert.h>

#define SHOWN 40 // bytes of a text that a message quotes

struct mistake {
	struct ppm_parser *parser;
	const bool *expected;
	int got;
	struct ppm_span at;
	const unsigned char *begin;
	bool begins_line;
	enum ppm_advice advice; // which is `help`
	struct ppm_buffer help;
	char text[SHOWN * 4 + 8];
};

#define HELP(diagnostic, ...) ppm_diag_help(m->parser->diagnostics, (diagnostic), __VA_ARGS__)
#define REPORT(code, span, ...) ppm_diag(m->parser->diagnostics, PPM_DIAG_##code, (span), __VA_ARGS__)

// ---- recovery ------------------------------------------------------------------------------------

void ppm_parser_recover(struct ppm_parser *parser, bool lookahead)
{
	const unsigned char *at = parser->before_current.cursor;
	uint32_t depth = lookahead ? parser->before_current.depth : parser->depth;

	parser->recovering = true;
	while (depth > 0 && parser->brackets[depth - 1].block == PPM_BLOCK_NONE)
		depth--;
	parser->error_depth = depth;
	parser->error_block = depth ? parser->brackets[depth - 1].block : PPM_BLOCK_NONE;
	parser->error_line_end = memchr(parser->cursor, '\n', (size_t)(parser->end - parser->cursor));
	if (!parser->error_line_end)
		parser->error_line_end = parser->end;
	if (!lookahead || at < parser->unread_from || at >= parser->end)
		return;
	if (ppm_lexer_in_columns(parser->before_current.condition)) {
		bool first = ppm_lexer_begins_line(parser, at);
		if (parser->current_token == TOK_RIGHT_BRACE || (first && ppm_token_begins_statement(parser->current_token))) {
			ppm_lexer_unread(parser, at);
		} else if (first) {
			const unsigned char *line = at; // the dataset's first words stand on one before it
			while (line[-1] != '\n') {
				line--;
				assert(line > parser->base);
			}
			ppm_lexer_unread(parser, line - 1);
		} else {
			return;
		}
	} else if ((parser->current_token == TOK_RIGHT_BRACE && parser->depth < parser->error_depth) ||
		(ppm_token_begins_statement(parser->current_token) || parser->current_token == TOK_GIVEN || parser->current_token == TOK_EXPECT)) {
		ppm_lexer_unread(parser, at);
	} else {
		return;
	}
	parser->unread_from = at + 1;
}

void ppm_parser_report_memory(struct ppm_parser *parser)
{
	struct ppm_diagnostic *diagnostic;

	if (parser->arena->failed)
		return;
	diagnostic = ppm_diag(parser->diagnostics, PPM_DIAG_NESTING_TOO_DEEP, parser->current, "this is nested too deeply to be read");
	ppm_diag_help(parser->diagnostics, diagnostic, "at most %d levels are allowed; give parts of it names with `let`", PPM_DEPTH_LIMIT);
}

void ppm_parser_repeated(struct ppm_parser *parser, struct ppm_span span, struct ppm_span first, const char *what)
{
	struct ppm_diagnostic *diagnostic = ppm_diag(parser->diagnostics, PPM_DIAG_CLAUSE_REPEATED, span, "`%s` stands here a second time", what);

	if (first.end)
		ppm_diag_label(parser->diagnostics, diagnostic, first, "the first is here");
}

// ---- folding -------------------------------------------------------------------------------------

static bool is_operator(int token)
{
	return token == TOK_AND || token == TOK_OR || token == TOK_NOT || (token >= TOK_IN && token <= TOK_ENDS_WITH) || token == TOK_DEFAULT || token == TOK_PER ||
		(token >= TOK_ASSIGN && token <= TOK_POWER) || token == TOK_DOT || token == TOK_LEFT_PAREN;
}

static bool begins_expression(int token)
{
	return ppm_token_is_literal(token) || token == TOK_NOT || token == TOK_IF || token == TOK_CASE || token == TOK_MINUS || token == TOK_LEFT_PAREN ||
		token == TOK_LEFT_BRACKET || token == TOK_MISSING || token == TOK_UNDERSCORE;
}

// "an expression, `,` or `)`"
static void fold(const bool *e, const char *end, struct ppm_buffer *out)
{
	const char *parts[64];
	int count = 0;
	bool expression = e[TOK_NUMBER] && e[TOK_NAME] && e[TOK_LEFT_PAREN];
	bool value = !expression && e[TOK_NUMBER] && e[TOK_STRING];
	bool operators = e[TOK_AND] || (e[TOK_PLUS] && !expression);
	bool statement = e[TOK_LET] && e[TOK_PARAM];
	bool rule = !statement && e[TOK_BANDS];
	bool modifier = e[TOK_KEY], column = e[TOK_TYPE] && e[TOK_NAME] && !modifier;
	bool name = e[TOK_NAME] && !expression && !modifier && !column;

	if (expression)
		parts[count++] = "an expression";
	if (value)
		parts[count++] = "a value";
	if (operators)
		parts[count++] = "an operator";
	if (column)
		parts[count++] = "a column";
	if (modifier) {
		parts[count++] = "a modifier such as `optional`";
		parts[count++] = "the next column";
	}
	if (name)
		parts[count++] = "a name";
	for (int token = 0; token < ppm_token_limit() && count < 60; token++) {
		if (!e[token] || token == TOK_PPM_GRAMMAR_error || token == TOK_NAME || token >= TOK_SYNC)
			continue;
		if ((expression || value) && begins_expression(token) && (expression || token != TOK_LEFT_PAREN))
			continue;
		if (operators && is_operator(token))
			continue;
		if (modifier && token != TOK_RIGHT_BRACE && token != TOK_COMMA && token != TOK_TO && token != TOK_LET)
			continue;
		if (column && (token == TOK_TYPE || token == TOK_LET))
			continue;
		if ((name || expression) && !statement && !rule && ppm_token_is_name(token))
			continue;
		if (statement && (ppm_token_begins_statement(token) || token == TOK_END || token == TOK_STRING))
			continue;
		if (rule && ppm_token_begins_rule(token))
			continue;
		if ((statement || rule) && (expression || name) && ppm_token_is_name(token))
			continue;
		parts[count++] = token == TOK_END ? end : ppm_token_name(token);
	}
	if (rule)
		parts[count++] = "a rule";
	if (statement)
		parts[count++] = "the next statement";
	for (int i = 0; i < count; i++)
		ppm_buffer_format(out, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", parts[i]);
	if (count == 0)
		ppm_buffer_append_text(out, "something else");
	ppm_buffer_append_char(out, 0);
}

// ---- mistakes that have a name --------------------------------------------------------------------

static bool is_arithmetic(int token)
{
	return token == TOK_PLUS || token == TOK_MINUS || token == TOK_TIMES || token == TOK_DIVIDE || token == TOK_MOD || token == TOK_POWER;
}

static bool report_mixture(struct mistake *m)
{
	const bool *e = m->expected;
	bool begins = e[TOK_NUMBER]; // an operand is still to come: `default` and `per` are expected as names only

	if (m->got == TOK_IF && begins && e[TOK_NAME] && e[TOK_LEFT_PAREN] && !e[TOK_IF] && !m->begins_line) {
		HELP(REPORT(IF_IN_ARITHMETIC, m->at, "`if` stands inside arithmetic or a comparison without parentheses"), "write `(if … then … else …)`");
		return true;
	}
	if ((m->got == TOK_DEFAULT && !e[TOK_DEFAULT] && e[TOK_PLUS]) || (is_arithmetic(m->got) && !begins && !e[TOK_PLUS] && e[TOK_DEFAULT])) {
		HELP(REPORT(DEFAULT_IN_ARITHMETIC, m->at, "`default` stands beside arithmetic without parentheses"),
			"write `(x default 0) + y` or `(x + y) default 0`, whichever is meant");
		return true;
	}
	if ((m->got == TOK_PER && !begins && !e[TOK_PER] && (e[TOK_PLUS] || e[TOK_DEFAULT])) || (is_arithmetic(m->got) && !e[TOK_PLUS] && m->parser->previous_token == TOK_PER)) {
		HELP(REPORT(RATE_IN_ARITHMETIC, m->at, "`per` stands beside arithmetic without parentheses"), "write `(a - b) per year` or `a - (b per year)`, whichever is meant");
		return true;
	}
	return false;
}

// `tier` on the next line was taken for a column, because the line before it ends too early.
static bool report_taken_for_name(struct mistake *m)
{
	struct ppm_parser *parser = m->parser;
	const unsigned char *word = ppm_parser_at(parser, parser->previous.begin), *end = word;
	struct ppm_slice text = ppm_source_map_text(parser->diagnostics->map, parser->previous);

	// as a keyword, it could not be followed by a point
	if (!m->expected[TOK_DOT] || !ppm_token_is_soft(parser->previous_token) || !ppm_lexer_begins_line(parser, word) || word < parser->unread_from)
		return false;
	if (!ppm_token_is_name(m->got) && !ppm_token_is_literal(m->got) && m->got != TOK_LEFT_BRACE)
		return false;
	while (end > parser->base && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n')) // a fragment may begin with the word
		end--;
	REPORT(SYNTAX_EXPECTED, ppm_parser_span(parser, end, end), "expected an expression before `%.*s`, which begins a statement", (int)text.size, text.data);
	ppm_parser_recover(parser, true);
	ppm_lexer_unread(parser, word);
	parser->unread_from = word + 1;
	return true;
}

// Of a word of one or two letters anything is a near miss: there only the case may differ.
static bool is_near(struct ppm_slice word, struct ppm_slice nearest)
{
	if (nearest.size == 0 || (word.size < 3 && nearest.size != word.size))
		return false;
	for (size_t i = 0; i < word.size && word.size < 3; i++)
		if ((word.data[i] | 32) != (nearest.data[i] | 32))
			return false;
	return true;
}

static bool report_misspelt(struct mistake *m)
{
	struct ppm_parser *parser = m->parser;
	struct ppm_span spans[2] = { m->at, parser->previous };
	int tokens[2] = { m->got, parser->previous_token };

	bool modifiers[512] = { false };

	// in a dataset, a word after a type that is no modifier was taken for the next column
	if (m->expected[TOK_TYPE] && !m->expected[TOK_NAME] && !ppm_lexer_begins_line(parser, ppm_parser_at(parser, parser->previous.begin)))
		for (int token = TOK_KEY; token <= TOK_VALUES; token++)
			modifiers[token] = true;
	for (int i = 0; i < 2; i++) {
		struct ppm_slice word = ppm_source_map_text(parser->diagnostics->map, spans[i]), nearest;
		// the word before counts only where this one cannot be meant as an operator or the end of something
		if (tokens[i] != TOK_NAME || word.size == 0 || word.data[0] == '`')
			continue;
		if (i == 1 && !modifiers[TOK_KEY] && !ppm_token_is_name(m->got) && !ppm_token_is_literal(m->got) && m->got != TOK_LEFT_PAREN && m->got != TOK_LEFT_BRACE)
			continue;
		if (i == 1 && word.size < (modifiers[TOK_KEY] ? 2 : 3))
			continue;
		if (i == 1 && m->expected[TOK_TYPE] && !m->expected[TOK_NAME]) // it is the column's name, or a modifier of the one before
			nearest = modifiers[TOK_KEY] ? ppm_word_suggest(word, modifiers) : PPM_SLICE("");
		else
			nearest = ppm_word_suggest(word, m->expected);
		if (!(i == 1 && modifiers[TOK_KEY] ? nearest.size > 0 : is_near(word, nearest)))
			continue;
		HELP(REPORT(WORD_MISSPELT, spans[i], "`%.*s` is no word that can stand here", (int)(word.size < SHOWN ? word.size : SHOWN), word.data), "did you mean `%.*s`?",
			(int)nearest.size, nearest.data);
		return true;
	}
	return false;
}

static struct ppm_span bracket_span(const struct ppm_parser *parser, const struct ppm_bracket *bracket)
{
	return (struct ppm_span){ parser->offset + bracket->offset, parser->offset + bracket->offset + 1 };
}

static const struct ppm_bracket *innermost(const struct ppm_parser *parser)
{
	return parser->before_current.depth ? &parser->brackets[parser->before_current.depth - 1] : NULL;
}

static bool report_unclosed(struct mistake *m)
{
	const struct ppm_bracket *open = innermost(m->parser);
	struct ppm_diagnostic *diagnostic;
	struct ppm_span place = { m->parser->previous.end, m->parser->previous.end };

	if (!open || open->open != '{' || !m->expected[TOK_RIGHT_BRACE])
		return false;
	if (m->got != TOK_END && !(m->begins_line && ppm_token_begins_statement(m->got)))
		return false;
	diagnostic = REPORT(BRACE_NOT_CLOSED, bracket_span(m->parser, open), "this `{` is not closed");
	if (m->got == TOK_END)
		ppm_diag_label(m->parser->diagnostics, diagnostic, place, "expected `}` before the end of the file");
	else
		ppm_diag_label(m->parser->diagnostics, diagnostic, place, "expected `}` before `%s`", m->text);
	return true;
}

static bool report_reserved(struct mistake *m)
{
	struct ppm_slice word = ppm_source_map_text(m->parser->diagnostics->map, m->at);

	if (m->begins_line || !m->expected[TOK_NAME] || m->expected[TOK_NUMBER] || m->expected[TOK_AND] || !ppm_word_is_reserved(word))
		return false;
	HELP(REPORT(RESERVED_WORD, m->at, "`%s` is a reserved word, and no name", m->text), "choose another name, or write it in backquotes");
	return true;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

// `10,500`: an error at the comma or at what follows it.
static bool is_thousands(const struct mistake *m)
{
	const unsigned char *comma = m->got == TOK_COMMA ? m->begin : m->begin - 1;

	if (comma <= m->parser->base || *comma != ',' || (m->got != TOK_COMMA && m->got != TOK_NUMBER))
		return false;
	return is_digit(comma[-1]) && is_digit(comma[1]) && is_digit(comma[2]) && is_digit(comma[3]) && !is_digit(comma[4]);
}

// An operator, or the end of something, follows: it stands where a column would.
static bool is_used_as_name(const struct mistake *m)
{
	const unsigned char *next = m->begin + (m->at.end - m->at.begin);

	while (*next == ' ' || *next == '\t')
		next++;
	return *next && strchr("=<>!+-*/^),", *next);
}

static void report_generic(struct mistake *m)
{
	struct ppm_parser *parser = m->parser;
	struct ppm_span end = { parser->previous.end, parser->previous.end };
	bool previous = parser->previous_token < TOK_SYNC && parser->previous_token != TOK_START_MODEL && parser->previous_token != TOK_START_INTERPOLATION &&
		parser->previous_token != TOK_START_VALUE && parser->previous_token != TOK_START_CONDITION && parser->previous_token != 0;
	const struct ppm_bracket *open = innermost(parser);
	struct ppm_diagnostic *diagnostic;
	struct ppm_buffer list;
	const char *text, *final = parser->tree ? "the end of the file" : parser->in_text ? "`}`" : "the end";

	ppm_buffer_init(&list, parser->arena->allocator);
	fold(m->expected, final, &list);
	parser->arena->failed = parser->arena->failed || list.failed; // nobody sees what is said then
	text = list.failed ? "" : list.data;
	if (m->got == TOK_END)
		diagnostic = REPORT(SYNTAX_END, previous ? end : m->at, "expected %s before %s", text, final);
	else if (m->begins_line && previous)
		diagnostic = REPORT(SYNTAX_EXPECTED, end, "expected %s before `%s`", text, m->text);
	else
		diagnostic = REPORT(SYNTAX_EXPECTED, m->at, "expected %s, found `%s`", text, m->text);
	if ((m->begins_line || m->got == TOK_END) && open && ((open->open == '(' && m->expected[TOK_RIGHT_PAREN]) || (open->open == '[' && m->expected[TOK_RIGHT_BRACKET])))
		ppm_diag_label(parser->diagnostics, diagnostic, bracket_span(parser, open), "this `%c` is not closed", open->open);
	if (m->advice != PPM_ADVICE_NONE)
		HELP(diagnostic, "%s", m->help.data);
	else if (is_thousands(m))
		HELP(diagnostic, "thousands are written `10_000`, without a comma");
	else if (m->got == TOK_NOT && m->expected[TOK_NUMBER] && m->expected[TOK_LEFT_PAREN])
		HELP(diagnostic, "put `not …` in parentheses");
	else if (m->got == TOK_NUMBER && parser->previous_token == TOK_SCORE && m->expected[TOK_PLACES] && !m->expected[TOK_AND])
		HELP(diagnostic, "how many decimal places the score has is written `score places %s`", m->text);
	else if (m->got == TOK_BECAUSE && m->expected[TOK_WHEN])
		HELP(diagnostic, "a rule has its condition first: `when …`, then `because \"…\"`");
	else if ((m->got == TOK_OVER || m->got == TOK_WHERE) && m->begin > parser->base && m->expected[TOK_AND])
		HELP(diagnostic, "`%s` stands inside the parentheses: `sum(amount over invoices where …)`", m->text);
	else if (m->got == TOK_LEFT_BRACKET)
		HELP(diagnostic, "a list stands after `in`, or as the value of a `param`");
	else if (!m->begins_line && m->expected[TOK_NAME] && ppm_word_is_reserved(ppm_source_map_text(parser->diagnostics->map, m->at)) && is_used_as_name(m))
		HELP(diagnostic, "a column called `%s` is written in backquotes", m->text);
	ppm_buffer_free(&list);
}

void ppm_parser_report_expected(struct ppm_parser *parser, const bool *expected, int got, struct ppm_span at)
{
	struct mistake mistake = { .parser = parser, .expected = expected, .got = got, .at = at }, *m = &mistake;
	struct ppm_buffer shown;

	// left over from recovery in a block inside: what it stands for was reported
	if (got >= TOK_SYNC)
		return;
	mistake.begin = parser->before_current.cursor;
	mistake.begins_line = ppm_lexer_begins_line(parser, mistake.begin);
	ppm_buffer_init(&shown, parser->arena->allocator);
	if (at.end > at.begin)
		ppm_text_append_escaped(&shown, (struct ppm_slice){ (const char *)mistake.begin, at.end - at.begin }, SHOWN, false);
	if (!shown.failed && shown.size < sizeof mistake.text && shown.size)
		memcpy(mistake.text, shown.data, shown.size);
	parser->arena->failed = parser->arena->failed || shown.failed;
	ppm_buffer_free(&shown);
	if (report_taken_for_name(m))
		return;
	ppm_buffer_init(&m->help, parser->arena->allocator);
	m->advice = ppm_parser_advice(parser, expected, got, at, &m->help);
	ppm_buffer_append_char(&m->help, 0);
	if (m->help.failed) {
		parser->arena->failed = true;
		m->advice = PPM_ADVICE_NONE;
	}
	if (m->advice == PPM_ADVICE_SURE)
		report_generic(m);
	else if (!report_mixture(m) && !report_misspelt(m) && !report_unclosed(m) && !report_reserved(m))
		report_generic(m);
	ppm_buffer_free(&m->help);
	// a brace that should have opened a block: the one that closes it will stand alone
	if (expected[TOK_LEFT_BRACE] && got != TOK_LEFT_BRACE)
		parser->missing_open++;
	ppm_parser_recover(parser, true);
}

// The doors to the parser: a whole model, one value, an expression that stands alone, and the expressions in { } of a text.
#include "lang/syntax/parser.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/text.h"

struct ppm_span ppm_parser_span(const struct ppm_parser *parser, const unsigned char *begin, const unsigned char *end)
{
	return (struct ppm_span){ parser->offset + (uint32_t)(begin - parser->base), parser->offset + (uint32_t)(end - parser->base) };
}

const unsigned char *ppm_parser_at(const struct ppm_parser *parser, uint32_t offset)
{
	return parser->base + (offset - parser->offset);
}

static void set_text(struct ppm_parser *parser, struct ppm_slice text, uint32_t offset, int start)
{
	parser->base = parser->cursor = (const unsigned char *)text.data;
	parser->end = parser->base + text.size;
	parser->offset = offset;
	parser->start = start;
	parser->synced = parser->unread_from = parser->error_line_end = parser->base;
	ppm_lexer_leave_columns(parser);
}

void ppm_parser_fragment(struct ppm_parser *fragment, struct ppm_parser *parser, struct ppm_slice text, uint32_t offset, int start)
{
	memset(fragment, 0, sizeof *fragment);
	fragment->arena = parser->arena;
	fragment->diagnostics = parser->diagnostics;
	fragment->in_text = start == TOK_START_INTERPOLATION;
	fragment->of_figures = start == TOK_START_CONDITION;
	fragment->tokens = parser->tokens;
	set_text(fragment, text, offset, start);
	if (ppm_grammar_parse(fragment) != 0)
		fragment->expression = NULL;
	parser->tokens = fragment->tokens;
	parser->exhausted = parser->exhausted || fragment->exhausted;
}

// Everything later may trust the text to be UTF-8.
static bool check_utf8(struct ppm_diagnostics *diagnostics, const struct ppm_source *source)
{
	size_t at = ppm_utf8_invalid_at(source->text.data, source->text.size);
	struct ppm_diagnostic *diagnostic;
	struct ppm_span span;
	const unsigned char *bytes = (const unsigned char *)source->text.data;

	if (at >= source->text.size)
		return true;
	span = (struct ppm_span){ source->base + (uint32_t)at, source->base + (uint32_t)at + 1 };
	diagnostic = ppm_diag(diagnostics, PPM_DIAG_UTF8_INVALID, span, "the byte 0x%02X at offset %zu is not UTF-8", bytes[at], at);
	if (at == 0 && source->text.size > 1 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)))
		ppm_diag_help(diagnostics, diagnostic, "this is UTF-16; save the model as UTF-8");
	else
		ppm_diag_help(diagnostics, diagnostic, "save the model as UTF-8; the text may be in Windows-1252 or Latin-1");
	return false;
}

struct ppm_syntax_tree *ppm_parse_model(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source)
{
	return ppm_parse_model_tokens(arena, diagnostics, source, NULL);
}

struct ppm_syntax_tree *ppm_parse_model_tokens(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source, struct ppm_tokens *tokens)
{
	struct ppm_parser *parser = PPM_ARENA_NEW(arena, struct ppm_parser);
	struct ppm_syntax_tree *tree = PPM_ARENA_NEW(arena, struct ppm_syntax_tree);
	struct ppm_source_map *map = diagnostics->map;

	if (!parser || !tree)
		return NULL;
	tree->source = source;
	if (source->words_before == UINT32_MAX)
		source->words_before = map->words;
	if (source->words_before > PPM_TOKEN_LIMIT || !check_utf8(diagnostics, source)) // what comes after the limit was told where it was passed
		return tree;
	parser->arena = arena;
	parser->diagnostics = diagnostics;
	parser->tree = tree;
	parser->kept = tokens;
	parser->tokens = source->words_before;
	set_text(parser, source->text, source->base, TOK_START_MODEL);
	ppm_grammar_parse(parser);
	if (map->words < parser->tokens)
		map->words = parser->tokens;
	return arena->failed ? NULL : tree;
}

static struct ppm_expression *parse_alone(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source, int start)
{
	struct ppm_parser *parser = PPM_ARENA_NEW(arena, struct ppm_parser), *fragment = PPM_ARENA_NEW(arena, struct ppm_parser);
	uint32_t errors = diagnostics->errors;

	if (!parser || !fragment || !check_utf8(diagnostics, source))
		return NULL;
	parser->arena = arena;
	parser->diagnostics = diagnostics;
	ppm_parser_fragment(fragment, parser, source->text, source->base, start);
	return arena->failed || diagnostics->errors > errors ? NULL : fragment->expression;
}

struct ppm_expression *ppm_parse_value(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source)
{
	return parse_alone(arena, diagnostics, source, TOK_START_VALUE);
}

struct ppm_expression *ppm_parse_condition(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source)
{
	return parse_alone(arena, diagnostics, source, TOK_START_CONDITION);
}

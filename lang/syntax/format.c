// Lays a model out in lines. What of the author's layout is kept: blank lines (one at most), comments in their places, braces that stood on one line and fit on one, and
// the rows of an output. All else follows from the tokens alone, so that the form of a canonical text is itself.
#include "lang/syntax/format.h"
#include "lang/syntax/format_internal.h"

#include "lang/syntax/grammar.h"

#define COMMENT_GAP_LIMIT 40u // more blanks before a comment part it from its row

// ---- lines --------------------------------------------------------------------------------------------------------

static uint32_t newlines(const struct ppm_format *f, uint32_t from, uint32_t to)
{
	uint32_t count = 0;

	for (uint32_t at = from; at < to; at++)
		count += f->source->text.data[at - f->source->base] == '\n';
	return count;
}

static struct ppm_format_line *add_line(struct ppm_format *f, enum ppm_format_line_kind kind, uint32_t indent)
{
	if (f->line_count == f->line_capacity) {
		uint32_t capacity = f->line_capacity ? f->line_capacity * 2 : 128;
		struct ppm_format_line *more = ppm_arena_allocate(f->arena, capacity, sizeof *more);
		if (!more)
			return NULL;
		if (f->line_count)
			memcpy(more, f->lines, f->line_count * sizeof *more);
		f->lines = more;
		f->line_capacity = capacity;
	}
	f->lines[f->line_count] = (struct ppm_format_line){ .kind = kind, .indent = indent };
	return &f->lines[f->line_count++];
}

// The blank line before what stands at `offset`, if there is to be one.
static void add_blank(struct ppm_format *f, uint32_t offset)
{
	if (f->line_count && !f->block_begins && (f->blank_wanted || newlines(f, f->last, offset) > 1))
		add_line(f, PPM_FORMAT_BLANK, 0);
	f->block_begins = f->blank_wanted = false;
}

// Comments before `offset`: the first may stand at the end of the last row, the others get lines of their own.
static void add_comments(struct ppm_format *f, uint32_t offset, uint32_t indent)
{
	for (; f->comment && f->comment->span.begin < offset; f->comment = f->comment->next) {
		struct ppm_format_line *row = f->line_count ? &f->lines[f->line_count - 1] : NULL, *line;
		struct ppm_slice text = ppm_format_comment_text(f, f->comment);
		if (row && row->kind == PPM_FORMAT_ROW && !row->comment.data && !f->comment->own_line) {
			row->comment = text;
		} else {
			add_blank(f, f->comment->span.begin);
			line = add_line(f, PPM_FORMAT_COMMENT, indent);
			if (line)
				line->comment = text;
		}
		f->last = f->comment->span.end;
	}
}

static void add_row(struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t indent, enum ppm_format_group group, bool closes)
{
	uint32_t stop = f->tokens[end - 1].span.end;
	struct ppm_format_line *line;

	add_comments(f, f->tokens[begin].span.begin, closes ? indent + PPM_FORMAT_INDENT : indent);
	if (closes)
		f->block_begins = f->blank_wanted = false;
	else
		add_blank(f, f->tokens[begin].span.begin);
	line = add_line(f, PPM_FORMAT_ROW, indent);
	if (!line)
		return;
	line->begin = begin;
	line->end = end;
	line->group = group;
	line->inside = f->comment && f->comment->span.begin < stop ? f->comment : NULL;
	while (f->comment && f->comment->span.begin < stop)
		f->comment = f->comment->next;
	f->last = stop;
}

// ---- braces -------------------------------------------------------------------------------------------------------

static bool has_comment(const struct ppm_format *f, uint32_t from, uint32_t to)
{
	const struct ppm_comment *comment = f->comment;

	while (comment && comment->span.begin < from)
		comment = comment->next;
	return comment && comment->span.begin < to;
}

// Whether the author wrote it on one line; what is empty might as well be.
static bool on_one_line(const struct ppm_format *f, uint32_t open)
{
	uint32_t close = f->marks[open].match, from = f->tokens[open].span.end, to = f->tokens[close].span.begin;

	return close == open + 1 ? !has_comment(f, from, to) : newlines(f, from, to) == 0;
}

static bool may_open(const struct ppm_format *f, uint32_t token, uint32_t depth)
{
	return f->tokens[token].kind == TOK_LEFT_BRACE && f->marks[token].depth == depth && !f->marks[token].closed &&
		(f->marks[token].match > token + 1 || !on_one_line(f, token));
}

static bool is_allowed(const struct ppm_format *f, uint32_t end)
{
	const struct ppm_comment *comment = f->comment;
	uint32_t offset = f->tokens[end - 1].span.end;

	while (comment && comment->span.begin < offset)
		comment = comment->next;
	return comment && !comment->own_line && (end == f->token_count || comment->span.begin < f->tokens[end].span.begin) &&
		ppm_format_allows(ppm_format_comment_text(f, comment));
}

// The brace whose items get rows of their own, or `end`.
static uint32_t opened(const struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t indent)
{
	uint32_t depth = f->marks[begin].depth, first = end;

	for (uint32_t i = begin; i < end; i++) {
		if (!may_open(f, i, depth))
			continue;
		if (!on_one_line(f, i))
			return i;
		if (first == end)
			first = i;
	}
	if (first < end && (ppm_format_fits(f, begin, end, indent) || is_allowed(f, end)))
		return end;
	return first;
}

static void lay_out(struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t indent, bool closes);

static uint32_t item_end(const struct ppm_format *f, uint32_t begin, uint32_t close)
{
	uint32_t end = begin + 1;

	while (end < close && !(f->marks[end].item && f->marks[end].depth == f->marks[begin].depth))
		end++;
	return end;
}

// The end of a row of an output: the author's, but no longer than a line may be, and an item with comments inside stands alone.
static uint32_t fill_end(const struct ppm_format *f, uint32_t begin, uint32_t close, uint32_t indent)
{
	uint32_t end = item_end(f, begin, close);

	while (end < close && !has_comment(f, f->tokens[begin].span.begin, f->tokens[end].span.begin) && newlines(f, f->tokens[end - 1].span.end, f->tokens[end].span.begin) == 0) {
		uint32_t next = item_end(f, end, close);
		if (!ppm_format_fits(f, begin, next, indent) || has_comment(f, f->tokens[end].span.begin, f->tokens[next - 1].span.begin))
			break;
		end = next;
	}
	return end;
}

static void lay_out_items(struct ppm_format *f, uint32_t open, uint32_t indent)
{
	uint32_t close = f->marks[open].match;

	f->block_begins = true;
	for (uint32_t begin = open + 1, end; begin < close; begin = end) {
		end = f->marks[open].fill ? fill_end(f, begin, close, indent) : item_end(f, begin, close);
		lay_out(f, begin, end, indent, false);
	}
}

// Recursion is bounded by the parser's limit on open brackets.
static void lay_out(struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t indent, bool closes)
{
	for (;;) {
		uint32_t open = opened(f, begin, end, indent);
		enum ppm_format_group group = closes ? PPM_FORMAT_NO_GROUP : f->marks[begin].group;
		add_row(f, begin, open < end ? open + 1 : end, indent, group, closes);
		if (open == end)
			return;
		// the row will be broken, and its last line, which opens the braces, is further in
		if (f->tokens[open - 1].kind == TOK_CASE && !ppm_format_fits(f, begin, open + 1, indent))
			indent += PPM_FORMAT_CONTINUED;
		lay_out_items(f, open, indent + PPM_FORMAT_INDENT);
		begin = f->marks[open].match;
		closes = true;
	}
}

// ---- statements ---------------------------------------------------------------------------------------------------

// Statements of one family may stand together; between families is a blank line.
static int family_of(const struct ppm_statement *statement)
{
	switch (statement->kind) {
	case PPM_STATEMENT_MODEL:
	case PPM_STATEMENT_AS_OF:
	case PPM_STATEMENT_USE: return 0;
	case PPM_STATEMENT_DATASET: return 1;
	case PPM_STATEMENT_SCORE: return statement->score.dataset.text.data ? 1 : 2;
	case PPM_STATEMENT_TIER: return 2;
	case PPM_STATEMENT_LET:
	case PPM_STATEMENT_METRIC: return 3;
	case PPM_STATEMENT_LOOKUP:
	case PPM_STATEMENT_DEFINE: return 4;
	case PPM_STATEMENT_DIMENSION:
	case PPM_STATEMENT_ADJUST:
	case PPM_STATEMENT_RULE: return 5;
	case PPM_STATEMENT_OVERRIDE:
	case PPM_STATEMENT_OVERRIDES: return 6;
	default: return 100 + (int)statement->kind;
	}
}

// Whether it ends in braces that take several lines.
static bool is_block(const struct ppm_format *f, uint32_t begin, uint32_t end)
{
	return f->tokens[end - 1].kind == TOK_RIGHT_BRACE && f->tokens[begin].kind != TOK_LET && opened(f, begin, end, 0) < end;
}

// Whether the author left a blank line somewhere between the last statement and this token.
static bool has_blank(const struct ppm_format *f, uint32_t token)
{
	uint32_t last = f->last, offset = f->tokens[token].span.begin;

	for (const struct ppm_comment *comment = f->comment; comment && comment->span.begin < offset; comment = comment->next) {
		if (newlines(f, last, comment->span.begin) > 1)
			return true;
		last = comment->span.end;
	}
	return newlines(f, last, offset) > 1;
}

static void lay_out_statements(struct ppm_format *f, const struct ppm_syntax_tree *tree)
{
	const struct ppm_statement *before = NULL;
	bool after_block = false;
	uint32_t begin = 0;

	for (const struct ppm_statement *statement = tree->statements; statement; before = statement, statement = statement->next) {
		uint32_t end = statement->next ? ppm_format_token(f, statement->next->span.begin) : f->token_count;
		bool block = is_block(f, begin, end);
		if (before && (block || after_block || family_of(before) != family_of(statement)) && !has_blank(f, begin))
			f->blank_wanted = true;
		lay_out(f, begin, end, 0, false);
		after_block = block;
		begin = end;
	}
	add_comments(f, f->source->base + (uint32_t)f->source->text.size, 0);
}

// ---- writing out --------------------------------------------------------------------------------------------------

static void append_blanks(struct ppm_buffer *out, uint32_t count)
{
	while (count--)
		ppm_buffer_append_char(out, ' ');
}

static bool has_end_comment(const struct ppm_format *f, uint32_t line)
{
	return line < f->line_count && f->lines[line].kind == PPM_FORMAT_ROW && f->lines[line].comment.data;
}

// Comments at the ends of neighbouring rows stand below each other, where that does not put one far away from its row.
static void align_comments(const struct ppm_format *f)
{
	for (uint32_t first = 0, end; first < f->line_count; first = end) {
		uint32_t least = UINT32_MAX, most = 0;
		for (end = first; has_end_comment(f, end) && f->lines[end].indent == f->lines[first].indent &&
			(end == first || !memchr(f->lines[end].text.data, '\n', f->lines[end].text.size));
			end++) {
			least = f->lines[end].width < least ? f->lines[end].width : least;
			most = f->lines[end].width > most ? f->lines[end].width : most;
		}
		for (uint32_t i = first; i < end; i++)
			f->lines[i].comment_gap = 3 + (most - least > COMMENT_GAP_LIMIT ? 0 : most - f->lines[i].width);
		end += end == first;
	}
}

static void append_with_line_ends(struct ppm_buffer *out, struct ppm_slice text, const char *line_end)
{
	for (size_t at = 0; at < text.size;) {
		const char *end = memchr(text.data + at, '\n', text.size - at);
		size_t size = end ? (size_t)(end - text.data) - at : text.size - at;
		ppm_buffer_append(out, text.data + at, size);
		if (end)
			ppm_buffer_append_text(out, line_end);
		at += size + 1;
	}
}

static void write_out(const struct ppm_format *f, struct ppm_buffer *out)
{
	const char *first = memchr(f->source->text.data, '\n', f->source->text.size);
	const char *line_end = first && first > f->source->text.data && first[-1] == '\r' ? "\r\n" : "\n";

	for (uint32_t i = 0; i < f->line_count; i++) {
		const struct ppm_format_line *line = &f->lines[i];
		if (line->kind == PPM_FORMAT_COMMENT)
			append_blanks(out, line->indent);
		append_with_line_ends(out, line->text, line_end);
		if (line->kind == PPM_FORMAT_ROW && line->comment.data)
			append_blanks(out, line->comment_gap);
		if (line->comment.data)
			ppm_buffer_append(out, line->comment.data, line->comment.size);
		ppm_buffer_append_text(out, line_end);
	}
}

bool ppm_format_source(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source, struct ppm_buffer *out)
{
	struct ppm_tokens tokens = { 0 };
	uint32_t errors = diagnostics->errors;
	struct ppm_syntax_tree *tree = ppm_parse_model_tokens(arena, diagnostics, source, &tokens);
	struct ppm_format *f = PPM_ARENA_NEW(arena, struct ppm_format);

	if (!tree || !f || diagnostics->errors > errors || arena->failed)
		return false;
	f->arena = arena;
	f->source = source;
	f->tokens = tokens.items;
	f->token_count = tokens.count;
	f->comment = tree->comments;
	f->last = source->base;
	if (!ppm_format_mark_all(f, tree))
		return false;
	lay_out_statements(f, tree);
	if (arena->failed || !ppm_format_render(f))
		return false;
	align_comments(f);
	write_out(f, out);
	return !out->failed;
}

// What the formatter's three steps share: marks on tokens, made from the tree (format_marks.c); lines, made from the marks (format.c); and the lines' text, aligned
// and broken where it is too long (format_rows.c).
#ifndef PPM_LANG_SYNTAX_FORMAT_INTERNAL_H
#define PPM_LANG_SYNTAX_FORMAT_INTERNAL_H

#include "lang/syntax/parse.h"

#define PPM_FORMAT_WIDTH 100u      // columns that a line has; only what cannot be broken is longer …
#define PPM_FORMAT_TEXT_WIDTH 120u // … and what ends in a text for people
#define PPM_FORMAT_INDENT 2u       // inside braces
#define PPM_FORMAT_CONTINUED 4u    // of what continues a line

// Neighbouring rows of one group are aligned with each other.
enum ppm_format_group {
	PPM_FORMAT_NO_GROUP,
	PPM_FORMAT_FILL,
	PPM_FORMAT_COLUMN,
	PPM_FORMAT_PARAM,
	PPM_FORMAT_LET,
	PPM_FORMAT_DEFINE,
	PPM_FORMAT_METRIC,
	PPM_FORMAT_RULE,
	PPM_FORMAT_SCALE,
	PPM_FORMAT_DISQUALIFY,
	PPM_FORMAT_TIER,
	PPM_FORMAT_PERSPECTIVE,
	PPM_FORMAT_SCENARIO,
	PPM_FORMAT_SEGMENT,
	PPM_FORMAT_LOOKUP,
	PPM_FORMAT_OVERRIDE,
	PPM_FORMAT_ARM,
	PPM_FORMAT_ENTRY,
	PPM_FORMAT_SHARE,
	PPM_FORMAT_SETTING,
	PPM_FORMAT_AGGREGATE,
};

// The cells of a row that are aligned; they ascend along a row.
enum ppm_format_column {
	PPM_FORMAT_NO_COLUMN,
	PPM_FORMAT_NAME,
	PPM_FORMAT_SECOND,
	PPM_FORMAT_POINTS,
	PPM_FORMAT_CAP,
	PPM_FORMAT_WHEN,
	PPM_FORMAT_MISSING,
	PPM_FORMAT_TEXT,
	PPM_FORMAT_COLUMNS,
};

// Of a token.
struct ppm_format_mark {
	struct ppm_slice text; // as it is written out
	uint32_t width;        // of the text on a terminal
	uint32_t match;        // `{`: its `}`
	uint32_t depth;        // open braces around it
	uint8_t space;         // blanks before it within a line
	uint8_t gap;           // the same where it begins a cell of a row of its own; 0: space
	enum ppm_format_column column;
	enum ppm_format_group group; // the first of a row
	bool item;                   // begins an item of the braces around it
	bool breakable;              // a long row may be broken before it
	bool closed;                 // `{` whose items do not get rows of their own
	bool fill;                   // `{` whose items share rows, as the author grouped them
};

enum ppm_format_line_kind { PPM_FORMAT_BLANK, PPM_FORMAT_COMMENT, PPM_FORMAT_ROW };

struct ppm_format_line {
	enum ppm_format_line_kind kind;
	enum ppm_format_group group;
	uint32_t indent;
	uint32_t begin, end;              // ROW: tokens
	const struct ppm_comment *inside; // ROW: the first of the comments between its tokens
	struct ppm_slice comment;         // COMMENT; ROW: what stands at its end
	struct ppm_slice text;            // ROW: rendered, several lines where it was broken
	uint32_t width;                   // ROW: of the last of these lines
	uint32_t comment_gap;             // ROW: blanks before the comment
};

struct ppm_format {
	struct ppm_arena *arena;
	const struct ppm_source *source;
	const struct ppm_token *tokens;
	struct ppm_format_mark *marks;
	uint32_t token_count;
	const struct ppm_comment *comment; // the next one
	struct ppm_format_line *lines;
	uint32_t line_count, line_capacity;
	uint32_t last;     // the offset after what was laid out last
	bool block_begins; // no blank line after `{`
	bool blank_wanted;
};

// ---- format_marks.c

// False when memory ran out.
bool ppm_format_mark_all(struct ppm_format *format, const struct ppm_syntax_tree *tree);
// The token that begins at `offset`, or the first after it.
uint32_t ppm_format_token(const struct ppm_format *format, uint32_t offset);

// ---- format_rows.c

// The comment without blanks at its end.
struct ppm_slice ppm_format_comment_text(const struct ppm_format *format, const struct ppm_comment *comment);
// Whether it silences a warning about its line, which then must stay one line.
bool ppm_format_allows(struct ppm_slice comment);
// Whether tokens that begin a row fit into a line, without looking at more of them than do.
bool ppm_format_fits(const struct ppm_format *format, uint32_t begin, uint32_t end, uint32_t indent);
// How wide tokens are on one line; `first` begins the row that they are in.
uint32_t ppm_format_width(const struct ppm_format *format, uint32_t first, uint32_t begin, uint32_t end);
// Sets the text of all rows. False when memory ran out.
bool ppm_format_render(struct ppm_format *format);

#endif

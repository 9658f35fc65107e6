// What the scanner, the grammar and the messages share while one text is parsed. Internal to lang/syntax.
//
// Recovery: a syntax error sets `recovering`. Until the parser is back on firm ground the scanner then hands out nothing but
// SKIPPED tokens and these, which only `error` productions take:
//   SYNC        before a word that begins a line and the next item of the block in which the error stands
//   SYNC_OUTER  before a word that begins a line and another statement
//   CLOSE       in place of the brace that closes the block in which the error stands
//   NEWLINE     at the end of a line of a dataset's columns
// The block is known from the stack of open brackets, on which the grammar marks the braces that hold items.
#ifndef PPM_LANG_SYNTAX_PARSER_H
#define PPM_LANG_SYNTAX_PARSER_H

#include "lang/syntax/parse.h"

#define PPM_TOKEN_LIMIT 1000000u     // of all sources of a model: what their trees may take
#define PPM_NUMBER_DIGITS_LIMIT 100u // of one figure

enum ppm_block { PPM_BLOCK_NONE, PPM_BLOCK_RULES, PPM_BLOCK_COLUMNS, PPM_BLOCK_STEPS };

struct ppm_bracket {
	uint32_t offset; // in the text
	char open;       // ( [ {
	enum ppm_block block;
};

// Where the scanner stood, so that a token can be given back.
struct ppm_mark {
	const unsigned char *cursor;
	uint32_t depth;
	int condition;
};

struct ppm_parser {
	struct ppm_arena *arena;
	struct ppm_diagnostics *diagnostics;
	struct ppm_syntax_tree *tree; // NULL for a fragment
	struct ppm_tokens *kept;      // all tokens; NULL: nobody asks for them
	struct ppm_statement *last_statement;
	struct ppm_comment *last_comment;
	struct ppm_parser *inner;          // for the expressions in texts, one after the other; NULL until needed
	struct ppm_expression *expression; // a fragment's result
	struct ppm_name as_name;
	struct ppm_text as_format;

	const unsigned char *base, *end; // 16 NULs follow `end`
	uint32_t offset;                 // of `base` in the source map
	const unsigned char *cursor, *marker;
	int condition;
	int start; // the token that selects the start symbol; 0 once delivered
	uint32_t tokens;
	bool exhausted; // a limit was passed: nothing but the end follows
	bool nul_reported;
	bool in_text;    // the fragment stands in { } of a text
	bool of_figures; // a condition over figures, of which one is called `missing`

	struct ppm_bracket brackets[PPM_DEPTH_LIMIT];
	uint32_t depth;
	uint32_t braces_beyond; // open ones past the limit
	uint32_t missing_open;  // braces that were missed when they should have opened

	bool recovering;
	enum ppm_block error_block;
	uint32_t error_depth; // brackets up to and with the error's block
	const unsigned char *error_line_end;
	const unsigned char *statement_begin; // of the latest statement's first word
	const unsigned char *unread_from;     // nothing before this place is given back again
	const unsigned char *synced;          // no second SYNC before this place
	bool resend_outer;                    // SYNC_OUTER once more, for the block outside

	struct ppm_span previous, current; // the last two tokens
	int previous_token, current_token;
	struct ppm_mark before_current;
};

// ---- keywords.c ----------------------------------------------------------------------------------

enum ppm_word_kind { PPM_WORD_NONE, PPM_WORD_RESERVED, PPM_WORD_STATEMENT, PPM_WORD_SOFT, PPM_WORD_CLAUSE };

// The token of a word, 0 for a plain name.
int ppm_word_find(struct ppm_slice word, enum ppm_word_kind *kind);
// The same for the words inside `dataset … { }`, less the types.
int ppm_word_find_schema(struct ppm_slice word);
bool ppm_word_is_type(struct ppm_slice word);
bool ppm_word_is_currency(struct ppm_slice word);
// NONE when it is no unit. `singular` tells `day` from `days`.
enum ppm_period ppm_word_period(struct ppm_slice word, bool *singular);
// The token that the two words make, or 0.
int ppm_word_find_pair(struct ppm_slice first, const char **second);
// The expected keyword nearest to `word`, or nothing.
struct ppm_slice ppm_word_suggest(struct ppm_slice word, const bool *expected);
// A token that begins a statement; among them a rule's first words.
bool ppm_token_begins_statement(int token);
bool ppm_token_begins_rule(int token);
// As above, and also a plain name elsewhere.
bool ppm_token_is_soft(int token);
// A name, or a word that could be one.
bool ppm_token_is_name(int token);
bool ppm_token_is_literal(int token);

// ---- lexer.re ------------------------------------------------------------------------------------

bool ppm_lexer_begins_line(const struct ppm_parser *parser, const unsigned char *at);
// The scanner's condition: schema words, or the text after `because` and `action` next.
void ppm_lexer_enter_columns(struct ppm_parser *parser);
void ppm_lexer_leave_columns(struct ppm_parser *parser);
void ppm_lexer_enter_template(struct ppm_parser *parser);
bool ppm_lexer_in_columns(int condition);
// Gives the current token, or what was read from `at` on, back.
void ppm_lexer_unread(struct ppm_parser *parser, const unsigned char *at);

// ---- expected.c ----------------------------------------------------------------------------------

// `expected` is indexed by token and has room for every one of them.
void ppm_parser_report_expected(struct ppm_parser *parser, const bool *expected, int got, struct ppm_span at);
// Begins recovery at the current token, whose place the caller reported. `lookahead`: the token was read but not used.
void ppm_parser_recover(struct ppm_parser *parser, bool lookahead);
void ppm_parser_report_memory(struct ppm_parser *parser);
// Spelt by the grammar: "`when`", "a name".
const char *ppm_token_name(int token);
// One more than the greatest token.
int ppm_token_limit(void);

// ---- foreign.c: what was meant by what is no PPM ----------------------------------------------------

enum ppm_advice {
	PPM_ADVICE_NONE,
	PPM_ADVICE_FALLBACK, // where nothing else explains the mistake
	PPM_ADVICE_SURE,
};

// What to write instead of what was not expected, appended to `help`; as for ppm_parser_report_expected.
enum ppm_advice ppm_parser_advice(const struct ppm_parser *parser, const bool *expected, int got, struct ppm_span at, struct ppm_buffer *help);
// Appends a figure, and the groups of three digits that follow it, with `_` between them. False when none follows.
bool ppm_parser_grouped(const struct ppm_parser *parser, struct ppm_span first, char separator, struct ppm_buffer *out);

// ---- template.c ----------------------------------------------------------------------------------

// `raw` stands between quotation marks; the result is in the arena or is `raw` itself. A wrong escape is reported, and kept as it is.
// `braces`: what stands in { } is left alone.
struct ppm_slice ppm_parser_unescape(struct ppm_parser *parser, struct ppm_slice raw, uint32_t offset, bool braces);
// Pieces and expressions of the text at `span`, which is with its quotation marks. False when memory ran out.
bool ppm_parser_template(struct ppm_parser *parser, struct ppm_text text, struct ppm_template *result);

// ---- parse.c -------------------------------------------------------------------------------------

struct ppm_span ppm_parser_span(const struct ppm_parser *parser, const unsigned char *begin, const unsigned char *end);
const unsigned char *ppm_parser_at(const struct ppm_parser *parser, uint32_t offset);
// Parses `text`, which stands at `offset` of the source map and is followed by 16 NULs, from the start symbol that `start` selects.
void ppm_parser_fragment(struct ppm_parser *fragment, struct ppm_parser *parser, struct ppm_slice text, uint32_t offset, int start);

// ---- tree.c: nodes; NULL when memory ran out or the tree would be too deep, which was reported ----------------------------------

struct ppm_expression *ppm_tree_leaf(struct ppm_parser *parser, enum ppm_expression_kind kind, struct ppm_span span);
struct ppm_expression *ppm_tree_node(struct ppm_parser *parser, enum ppm_expression_kind kind, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left,
	struct ppm_expression *right, struct ppm_expression *third);
// `items` is the last of a ring.
struct ppm_expression *ppm_tree_list(struct ppm_parser *parser, struct ppm_span span, struct ppm_expression *items);
// Extends `chain`, whose items are a ring, or begins one with `left`.
struct ppm_expression *ppm_tree_compare(struct ppm_parser *parser, struct ppm_expression *chain, enum ppm_relation relation, struct ppm_span span, struct ppm_span operator_span,
	struct ppm_expression *left, struct ppm_expression *right);
// Gives an IN node its left side; false when the tree would be too deep.
bool ppm_tree_test(struct ppm_parser *parser, struct ppm_expression *node, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left, bool negated);
struct ppm_expression *ppm_tree_path(struct ppm_parser *parser, struct ppm_span span, struct ppm_name_list *last);
struct ppm_expression *ppm_tree_call(struct ppm_parser *parser, struct ppm_span span, struct ppm_span path_span, struct ppm_name_list *path, struct ppm_argument *last);
struct ppm_expression *ppm_tree_case(struct ppm_parser *parser, struct ppm_span span, struct ppm_case_arm *last);
struct ppm_expression *ppm_tree_power(struct ppm_parser *parser, struct ppm_span span, struct ppm_span operator_span, struct ppm_expression *left, struct ppm_expression *right);
struct ppm_name_list *ppm_tree_name(struct ppm_parser *parser, struct ppm_name name);
struct ppm_statement *ppm_tree_statement(struct ppm_parser *parser, enum ppm_statement_kind kind, struct ppm_span keyword, struct ppm_name name);
void ppm_tree_add(struct ppm_parser *parser, struct ppm_statement *statement, struct ppm_span span);
// Notes a token, or that the token at `offset` or the first after it is a sign or opens a call.
void ppm_tree_token(struct ppm_parser *parser, int kind, struct ppm_span span);
void ppm_tree_mark(struct ppm_parser *parser, uint32_t offset, bool sign);
void ppm_parser_repeated(struct ppm_parser *parser, struct ppm_span span, struct ppm_span first, const char *what);

#endif

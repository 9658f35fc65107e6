// Source text in, syntax tree out.
#ifndef PPM_LANG_SYNTAX_PARSE_H
#define PPM_LANG_SYNTAX_PARSE_H

#include "lang/diag/diag.h"
#include "lang/syntax/ast.h"

// Parses a whole model. The tree holds every statement that could be read, even when errors were reported into `diagnostics`. NULL only when
// memory ran out. The arena owns the tree.
struct ppm_syntax_tree *ppm_parse_model(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source);

// A word or sign of the text, for whoever lays it out again. `kind` is the grammar's.
struct ppm_token {
	int kind;
	struct ppm_span span;
	bool sign; // a minus that stands before its only operand
	bool call; // the `(` of a call
};

struct ppm_tokens {
	struct ppm_token *items;
	uint32_t count, capacity;
};

// The same, and all tokens in order; they are of use only where no error was reported. The arena owns them.
struct ppm_syntax_tree *ppm_parse_model_tokens(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source, struct ppm_tokens *tokens);
// One value as `given` and `--set` take it: `3 years`, `10%`, `["a", "b"]`. NULL when it is none; that was reported.
struct ppm_expression *ppm_parse_value(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source);
// An expression that stands alone, as on a command line, likewise.
struct ppm_expression *ppm_parse_condition(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source);
// Whether two models were read as the same: everything but the places where it stands, and the comments.
bool ppm_tree_equal(const struct ppm_syntax_tree *a, const struct ppm_syntax_tree *b);
// A one-line rendering of an expression, as a person would write it.
void ppm_expression_write(const struct ppm_expression *expression, struct ppm_buffer *out);
// True for a word that cannot be a plain name, and must stand in backquotes.
bool ppm_word_is_reserved(struct ppm_slice word);
// The i-th name of a value that every model has, such as `score`, NULL past the last; and whether a word is one.
const char *ppm_word_result(size_t index);
bool ppm_word_is_result(struct ppm_slice word);
// Whether a name needs no backquotes.
bool ppm_word_is_plain_name(struct ppm_slice name);

// Words of other languages, capitals or not.
enum ppm_foreign_value { PPM_FOREIGN_NONE, PPM_FOREIGN_YES, PPM_FOREIGN_NO, PPM_FOREIGN_MISSING, PPM_FOREIGN_TODAY };
enum ppm_foreign_value ppm_foreign_value(struct ppm_slice word);
// The type that is meant, or NULL.
const char *ppm_foreign_type(struct ppm_slice word);

#endif

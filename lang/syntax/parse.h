// Source text in, syntax tree out.
#ifndef PPM_LANG_SYNTAX_PARSE_H
#define PPM_LANG_SYNTAX_PARSE_H

#include "lang/diag/diag.h"
#include "lang/syntax/ast.h"

// Parses a whole model. The tree holds every statement that could be read, even when errors were reported into `diagnostics`. NULL only when
// memory ran out. The arena owns the tree.
struct ppm_syntax_tree *ppm_parse_model(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source);
// One value as `given` and `--set` take it: `3 years`, `10%`, `["a", "b"]`. NULL when it is none; that was reported.
struct ppm_expression *ppm_parse_value(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source);
// A one-line rendering of an expression, as a person would write it.
void ppm_expression_write(const struct ppm_expression *expression, struct ppm_buffer *out);
// True for a word that cannot be a plain name, and must stand in backquotes.
bool ppm_word_is_reserved(struct ppm_slice word);

#endif

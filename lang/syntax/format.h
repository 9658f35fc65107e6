// `ppmc fmt`: a model in its one canonical form. Only blanks and line ends are changed: every word, sign, text and comment stays as it was written, in its order.
#ifndef PPM_LANG_SYNTAX_FORMAT_H
#define PPM_LANG_SYNTAX_FORMAT_H

#include "lang/syntax/parse.h"

// Appends the canonical form of `source` to `out`. False when it has errors, which were reported into `diagnostics`, or when memory ran out (the arena or the
// buffer has failed). The form of a canonical text is itself.
bool ppm_format_source(struct ppm_arena *arena, struct ppm_diagnostics *diagnostics, struct ppm_source *source, struct ppm_buffer *out);

#endif

// The documentation of a standard module, read from its own comments. A module begins with a comment about the whole, whose first line stands for it in
// lists. Then every `define`, `lookup` and `param` has a comment right above it: a first line that says what it gives, and whatever else there is to
// say; then lines that begin with a label, in this order: Formula, Units, Missing, Source, Example. A line that begins with two blanks more continues the
// one above. Names that begin with `_` are the module's own and are left out.
#ifndef PPM_STDLIB_MODULE_DOCS_H
#define PPM_STDLIB_MODULE_DOCS_H

#include "runtime/base/buffer.h"

struct ppm_module_entry {
	struct ppm_slice name;      // "finite"; empty for the comment about the module
	struct ppm_slice signature; // "finite(margin, retention, discount, horizon)"
	struct ppm_slice comment;   // its lines as they stand in the module
};

// The next entry from *at (0 at first) on, the one about the module first. False at the end.
bool ppm_module_next(struct ppm_slice module, size_t *at, struct ppm_module_entry *entry);
// The next line of a comment from *at on, without `# `; empty for a line with nothing more on it. False at the end.
bool ppm_module_comment_line(struct ppm_slice comment, size_t *at, struct ppm_slice *line);
// The label at a line's beginning ("Units"), or an empty slice; *rest is what follows it.
struct ppm_slice ppm_module_label(struct ppm_slice line, struct ppm_slice *rest);

#endif

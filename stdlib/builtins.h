// The builtin functions: one list (builtins.def), their kernels, and the texts of the standard modules.
#ifndef PPM_STDLIB_BUILTINS_H
#define PPM_STDLIB_BUILTINS_H

#include "runtime/bytecode/program.h"

struct ppm_builtin {
	const char *name;
	const char *signature;    // "n(dd)"; NULL for a special form
	ppm_kernel *kernel;       // NULL for a special form
	const char *why_missing;  // "" when it always has a value
	const char *doc;
};

// NULL when there is none of that name.
const struct ppm_builtin *ppm_builtin_find(struct ppm_slice name);
// All of them, in the list's order.
const struct ppm_builtin *ppm_builtins(size_t *count);

// What `provided` runs on its condition, as "f(f)": the compiler makes a builtin of it for each reason.
extern ppm_kernel ppm_kernel_provided;

// The source text of a standard module ("clv"), or an empty slice. The build embeds stdlib/*.ppm.
struct ppm_slice ppm_standard_module(struct ppm_slice name);
// The i-th module's name; empty past the last.
struct ppm_slice ppm_standard_module_name(size_t index);

#endif

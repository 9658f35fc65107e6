// The table of builtins, from the one list.
#include "stdlib/builtins.h"

#define BUILTIN(name, signature, kernel, why, doc) ppm_kernel ppm_kernel_##kernel;
#define SPECIAL(name, doc)
#include "stdlib/builtins.def"
#undef BUILTIN
#undef SPECIAL

static const struct ppm_builtin builtins[] = {
#define BUILTIN(name, signature, kernel, why, doc) { #name, signature, ppm_kernel_##kernel, why, doc },
#define SPECIAL(name, doc) { #name, NULL, NULL, "", doc },
#include "stdlib/builtins.def"
#undef BUILTIN
#undef SPECIAL
};

#define BUILTIN_COUNT (sizeof builtins / sizeof *builtins)

const struct ppm_builtin *ppm_builtin_find(struct ppm_slice name)
{
	for (size_t i = 0; i < BUILTIN_COUNT; i++) {
		if (ppm_slice_is(name, builtins[i].name))
			return &builtins[i];
	}
	return NULL;
}

const struct ppm_builtin *ppm_builtins(size_t *count)
{
	*count = BUILTIN_COUNT;
	return builtins;
}

// Finds a standard module's text in the table that the build made.
#include "stdlib/modules.h"

#include "stdlib/builtins.h"

struct ppm_slice ppm_standard_module(struct ppm_slice name)
{
	for (const struct ppm_module_text *module = ppm_module_data; module->name; module++) {
		if (ppm_slice_is(name, module->name))
			return (struct ppm_slice){ (const char *)module->data, module->size };
	}
	return (struct ppm_slice){ NULL, 0 };
}

struct ppm_slice ppm_standard_module_name(size_t index)
{
	for (const struct ppm_module_text *module = ppm_module_data; module->name; module++) {
		if (index-- == 0)
			return ppm_slice_of(module->name);
	}
	return (struct ppm_slice){ NULL, 0 };
}

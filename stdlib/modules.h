// The texts of the standard modules, as the build embeds them: every stdlib/*.ppm becomes a row of ppm_module_data, whose last row has no name.
#ifndef PPM_STDLIB_MODULES_H
#define PPM_STDLIB_MODULES_H

#include <stddef.h>

struct ppm_module_text {
	const char *name;           // "clv"; NULL ends the table
	const unsigned char *data;  // not NUL-terminated by contract
	size_t size;
};

extern const struct ppm_module_text ppm_module_data[];

#endif

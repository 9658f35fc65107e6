// The pages of docs/errors/*.md, as the build embeds them: one row a page, its code for a name ("E0203").
#ifndef PPM_LANG_ERROR_PAGES_H
#define PPM_LANG_ERROR_PAGES_H

#include "stdlib/modules.h"

extern const struct ppm_module_text ppm_error_page_data[];

#endif

// Looking up an error's page. The list is short and this is asked once a run, so it is walked.
#include "lang/error_pages.h"
#include "lang/ppm.h"

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

struct ppm_slice ppm_error_page(struct ppm_slice code)
{
	for (const struct ppm_module_text *page = ppm_error_page_data; page->name; page++) {
		size_t i = 0;
		while (i < code.size && page->name[i] && upper(code.data[i]) == page->name[i])
			i++;
		if (i == code.size && !page->name[i])
			return (struct ppm_slice){ (const char *)page->data, page->size };
	}
	return (struct ppm_slice){ NULL, 0 };
}

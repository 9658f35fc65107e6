// Bytes that somebody else owns. Data is never NUL-terminated by contract.
#ifndef PPM_RUNTIME_BASE_SLICE_H
#define PPM_RUNTIME_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ppm_slice {
	const char *data;
	size_t size;
};

#define PPM_SLICE(literal) ((struct ppm_slice){ (literal), sizeof(literal) - 1 })

static inline struct ppm_slice ppm_slice_of(const char *text)
{
	return (struct ppm_slice){ text, text ? strlen(text) : 0 };
}

static inline bool ppm_slice_equal(struct ppm_slice a, struct ppm_slice b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool ppm_slice_is(struct ppm_slice a, const char *text)
{
	return ppm_slice_equal(a, ppm_slice_of(text));
}

// Byte order, the shorter first where one begins the other: negative, 0 or positive.
static inline int ppm_slice_compare(struct ppm_slice a, struct ppm_slice b)
{
	size_t shared = a.size < b.size ? a.size : b.size;
	int order = shared ? memcmp(a.data, b.data, shared) : 0;
	return order ? order : (a.size > b.size) - (a.size < b.size);
}

#endif

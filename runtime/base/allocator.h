// The one door to the heap, so that a test can make any single allocation fail.
#ifndef PPM_RUNTIME_BASE_ALLOCATOR_H
#define PPM_RUNTIME_BASE_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

// `reallocate` behaves as realloc(3): pointer NULL allocates, size 0 frees and returns NULL. It must be
// safe to call from several threads at once.
struct ppm_allocator {
	void *(*reallocate)(void *context, void *pointer, size_t size);
	void *context;
};

// The C library's heap. Never NULL, never freed.
const struct ppm_allocator *ppm_allocator_default(void);

// Uninitialised memory, or NULL. Free with ppm_free. count * size is checked for overflow.
void *ppm_allocate(const struct ppm_allocator *allocator, size_t count, size_t size);
// Zeroed memory, or NULL.
void *ppm_allocate_zeroed(const struct ppm_allocator *allocator, size_t count, size_t size);
// Grows or shrinks; NULL leaves the old block as it was.
void *ppm_reallocate(const struct ppm_allocator *allocator, void *pointer, size_t count, size_t size);
// `alignment` is a power of two up to 4096. Free with ppm_free_aligned only.
void *ppm_allocate_aligned(const struct ppm_allocator *allocator, size_t size, size_t alignment);
void ppm_free_aligned(const struct ppm_allocator *allocator, void *pointer);
void ppm_free(const struct ppm_allocator *allocator, void *pointer);

// Grows *items (elements of `size` bytes) so that it holds at least `needed`; *capacity is updated. False when
// memory ran out: *items is untouched.
bool ppm_grow(const struct ppm_allocator *allocator, void **items, size_t *capacity, size_t needed, size_t size);

#endif

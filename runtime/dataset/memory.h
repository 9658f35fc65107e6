// Where big arrays live: on the heap while they fit a limit, and past it in temporary files that are mapped, whose pages the system writes out when memory is short. A temporary
// file has no name once it is open, so that it is gone however the run ends.
//
// All arrays of a job's tables, links and steps come from here; small things come from the allocator. Thread-safe.
#ifndef PPM_RUNTIME_DATASET_MEMORY_H
#define PPM_RUNTIME_DATASET_MEMORY_H

#include "runtime/base/allocator.h"
#include "runtime/base/status.h"

#include <stdint.h>

struct ppm_memory;

// `limit`: bytes of arrays on the heap, 0: no limit. `folder`: where temporary files go, NULL: TMPDIR or /tmp. NULL: memory.
struct ppm_memory *ppm_memory_new(const struct ppm_allocator *allocator, uint64_t limit, const char *folder);
void ppm_memory_free(struct ppm_memory *memory); // every array must have been given back
// `size` bytes, zeroed, aligned to PPM_VECTOR_ALIGNMENT; NULL when there is neither memory nor room on the disk (ppm_memory_status says which). size 0 gives a valid pointer.
void *ppm_memory_take(struct ppm_memory *memory, uint64_t size);
// Bytes that the job holds elsewhere and for long, its texts: they count against the limit, in place of the `before` that were said last.
void ppm_memory_count(struct ppm_memory *memory, uint64_t before, uint64_t now);
// Gives an array back; `size` is what was taken. NULL is fine.
void ppm_memory_give(struct ppm_memory *memory, void *array, uint64_t size);
// Makes an array larger or smaller: what is in both sizes stays, what is new is zeroed. Mapped arrays are not copied. The array may move; NULL leaves it as it was. `array` may be NULL when `size` is 0.
void *ppm_memory_resize(struct ppm_memory *memory, void *array, uint64_t size, uint64_t new_size);
// Why the last take failed: PPM_ERROR_MEMORY, or PPM_ERROR_IO with errno (a full disk).
enum ppm_status ppm_memory_status(const struct ppm_memory *memory);
// Bytes that were put into files, at most at one time, for the report.
uint64_t ppm_memory_spilled(const struct ppm_memory *memory);
const struct ppm_allocator *ppm_memory_allocator(const struct ppm_memory *memory);

#endif

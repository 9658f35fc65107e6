// A region that grows and is freed as a whole: what a compilation or a batch needs, without a free for each.
#ifndef PPM_RUNTIME_BASE_ARENA_H
#define PPM_RUNTIME_BASE_ARENA_H

#include "runtime/base/allocator.h"
#include "runtime/base/slice.h"

struct ppm_arena_block;
struct ppm_buffer;

// `failed` stays set once an allocation failed, so that a long computation can check once at its end.
struct ppm_arena {
	const struct ppm_allocator *allocator; // NULL: the default one
	struct ppm_arena_block *newest;
	size_t used;                           // bytes handed out, for limits and statistics
	bool failed;
};

void ppm_arena_init(struct ppm_arena *arena, const struct ppm_allocator *allocator);
// Everything the arena handed out dies; the arena can be used again.
void ppm_arena_free(struct ppm_arena *arena);
// As ppm_arena_free, but keeps one block for what comes next.
void ppm_arena_reset(struct ppm_arena *arena);
// Takes back what the arena handed out at `memory` (the start of an allocation of this arena) and everything after it.
void ppm_arena_rewind_to(struct ppm_arena *arena, const void *memory);
// All that `other`, an arena of the same allocator, handed out is this one's from now on, as if it had been handed out before the latest of its own blocks. `other` is empty.
void ppm_arena_adopt(struct ppm_arena *arena, struct ppm_arena *other);
// Zeroed, aligned to 16; NULL when memory ran out or count * size overflows. The arena owns it.
void *ppm_arena_allocate(struct ppm_arena *arena, size_t count, size_t size);
#define PPM_ARENA_NEW(arena, type) ((type *)ppm_arena_allocate((arena), 1, sizeof(type)))
// A copy with a NUL after it (not counted in size). data is NULL when memory ran out.
struct ppm_slice ppm_arena_copy(struct ppm_arena *arena, struct ppm_slice text);
// What the buffer has, as ppm_arena_copy; the buffer is freed. A buffer that failed fails the arena. Where memory ran out it is an empty text, whose data is no NULL.
struct ppm_slice ppm_arena_take(struct ppm_arena *arena, struct ppm_buffer *buffer);
// printf into the arena, NUL-terminated. data is NULL when memory ran out.
struct ppm_slice ppm_arena_format(struct ppm_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

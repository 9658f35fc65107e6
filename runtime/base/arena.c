// Blocks in a chain, newest first; only the newest has room, so the order of the blocks is the order of the allocations,
// and ppm_arena_rewind_to can undo the latest ones. A block is left when a request does not fit in its rest, so the rests
// lost never add up to more than what was asked for.
#include "runtime/base/arena.h"

#include "runtime/base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#define ALIGNMENT 16u
#define FIRST_BLOCK 4096u
#define LARGEST_BLOCK (256u * 1024u)

struct ppm_arena_block {
	struct ppm_arena_block *older;
	char *start;     // aligned, inside this block
	size_t capacity; // bytes from start
	size_t used;
	size_t growth; // what the next block should be
};

void ppm_arena_init(struct ppm_arena *arena, const struct ppm_allocator *allocator)
{
	*arena = (struct ppm_arena){ .allocator = allocator };
}

static void drop_newest(struct ppm_arena *arena)
{
	struct ppm_arena_block *block = arena->newest;
	arena->newest = block->older;
	ppm_free(arena->allocator, block);
}

void ppm_arena_free(struct ppm_arena *arena)
{
	while (arena->newest)
		drop_newest(arena);
	arena->used = 0;
	arena->failed = false;
}

void ppm_arena_reset(struct ppm_arena *arena)
{
	struct ppm_arena_block *kept = arena->newest;
	if (kept) {
		arena->newest = kept->older;
		while (arena->newest)
			drop_newest(arena);
		kept->older = NULL;
		kept->used = 0;
		arena->newest = kept;
	}
	arena->used = 0;
	arena->failed = false;
}

void ppm_arena_rewind_to(struct ppm_arena *arena, const void *memory)
{
	while (arena->newest) {
		struct ppm_arena_block *block = arena->newest;
		uintptr_t start = (uintptr_t)block->start, at = (uintptr_t)memory;
		if (at >= start && at - start < block->used) {
			arena->used -= block->used - (size_t)(at - start);
			block->used = (size_t)(at - start);
			return;
		}
		arena->used -= block->used;
		// The arena's last block is kept, as ppm_arena_reset keeps one.
		if (!block->older) {
			block->used = 0;
			return;
		}
		drop_newest(arena);
	}
}

void ppm_arena_adopt(struct ppm_arena *arena, struct ppm_arena *other)
{
	struct ppm_arena_block *oldest = other->newest;
	if (!oldest)
		return;
	while (oldest->older)
		oldest = oldest->older;
	if (arena->newest) {
		oldest->older = arena->newest->older;
		arena->newest->older = other->newest;
	} else {
		arena->newest = other->newest;
	}
	arena->used += other->used;
	other->newest = NULL;
	other->used = 0;
}

static bool add_block(struct ppm_arena *arena, size_t room)
{
	size_t growth = arena->newest ? arena->newest->growth : FIRST_BLOCK;
	size_t capacity = room > growth ? room : growth;
	size_t bytes;
	if (__builtin_add_overflow(capacity, sizeof(struct ppm_arena_block) + ALIGNMENT, &bytes))
		return false;
	struct ppm_arena_block *block = ppm_allocate(arena->allocator, bytes, 1);
	if (!block)
		return false;
	char *start = (char *)(block + 1);
	start += (size_t)(-(uintptr_t)start & (uintptr_t)(ALIGNMENT - 1));
	*block = (struct ppm_arena_block){
		.older = arena->newest,
		.start = start,
		.capacity = capacity,
		.growth = growth < LARGEST_BLOCK ? growth * 2 : LARGEST_BLOCK,
	};
	arena->newest = block;
	return true;
}

// Not zeroed. NULL and `failed` when memory ran out. Texts need no alignment, and lie one beside the other.
static char *take(struct ppm_arena *arena, size_t bytes, size_t alignment)
{
	size_t room;
	if (__builtin_add_overflow(bytes ? bytes : 1, alignment - 1, &room)) {
		arena->failed = true;
		return NULL;
	}
	room &= ~(alignment - 1);
	struct ppm_arena_block *block = arena->newest;
	size_t skipped = block ? -block->used & (alignment - 1) : 0;
	if (!block || block->capacity - block->used < skipped || block->capacity - block->used - skipped < room) {
		if (!add_block(arena, room)) {
			arena->failed = true;
			return NULL;
		}
		block = arena->newest;
		skipped = 0;
	}
	char *memory = block->start + block->used + skipped;
	block->used += skipped + room;
	arena->used += skipped + room;
	return memory;
}

void *ppm_arena_allocate(struct ppm_arena *arena, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes)) {
		arena->failed = true;
		return NULL;
	}
	void *memory = take(arena, bytes, ALIGNMENT);
	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

struct ppm_slice ppm_arena_copy(struct ppm_arena *arena, struct ppm_slice text)
{
	if (text.size == SIZE_MAX) {
		arena->failed = true;
		return (struct ppm_slice){ NULL, 0 };
	}
	char *copy = take(arena, text.size + 1, 1);
	if (!copy)
		return (struct ppm_slice){ NULL, 0 };
	if (text.size)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return (struct ppm_slice){ copy, text.size };
}

struct ppm_slice ppm_arena_take(struct ppm_arena *arena, struct ppm_buffer *buffer)
{
	struct ppm_slice text = { NULL, 0 };
	if (buffer->failed)
		arena->failed = true;
	else
		text = ppm_arena_copy(arena, ppm_buffer_slice(buffer));
	ppm_buffer_free(buffer);
	return text.data ? text : PPM_SLICE("");
}

struct ppm_slice ppm_arena_format(struct ppm_arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	struct ppm_slice text = { NULL, 0 };
	int length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0) {
		arena->failed = true;
	} else {
		char *copy = take(arena, (size_t)length + 1, 1);
		if (copy) {
			vsnprintf(copy, (size_t)length + 1, format, again);
			text = (struct ppm_slice){ copy, (size_t)length };
		}
	}
	va_end(again);
	va_end(arguments);
	return text;
}

// The heap's one door. A request for nothing still gets a byte, so that NULL always and only means that memory ran out.
#include "runtime/base/allocator.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *heap_reallocate(void *context, void *pointer, size_t size)
{
	(void)context;
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	return realloc(pointer, size);
}

static const struct ppm_allocator heap = { heap_reallocate, NULL };

const struct ppm_allocator *ppm_allocator_default(void)
{
	return &heap;
}

static void *call(const struct ppm_allocator *allocator, void *pointer, size_t size)
{
	if (!allocator)
		allocator = &heap;
	return allocator->reallocate(allocator->context, pointer, size);
}

void *ppm_reallocate(const struct ppm_allocator *allocator, void *pointer, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX)
		return NULL;
	return call(allocator, pointer, bytes ? bytes : 1);
}

void *ppm_allocate(const struct ppm_allocator *allocator, size_t count, size_t size)
{
	return ppm_reallocate(allocator, NULL, count, size);
}

void *ppm_allocate_zeroed(const struct ppm_allocator *allocator, size_t count, size_t size)
{
	void *memory = ppm_reallocate(allocator, NULL, count, size);
	if (memory && count && size)
		memset(memory, 0, count * size);
	return memory;
}

void ppm_free(const struct ppm_allocator *allocator, void *pointer)
{
	if (pointer)
		call(allocator, pointer, 0);
}

// The block's true start lies in the word before the aligned address.
void *ppm_allocate_aligned(const struct ppm_allocator *allocator, size_t size, size_t alignment)
{
	if (alignment < sizeof(void *))
		alignment = sizeof(void *);
	size_t bytes;
	if (__builtin_add_overflow(size, alignment + sizeof(void *), &bytes) || bytes > PTRDIFF_MAX)
		return NULL;
	char *block = call(allocator, NULL, bytes);
	if (!block)
		return NULL;
	uintptr_t after_word = (uintptr_t)block + sizeof(void *);
	size_t skip = (size_t)(-after_word & (uintptr_t)(alignment - 1));
	char *aligned = block + sizeof(void *) + skip;
	memcpy(aligned - sizeof(void *), &block, sizeof block);
	return aligned;
}

void ppm_free_aligned(const struct ppm_allocator *allocator, void *pointer)
{
	if (!pointer)
		return;
	char *block;
	memcpy(&block, (char *)pointer - sizeof(void *), sizeof block);
	call(allocator, block, 0);
}

// The pointer is read and written bytewise: what the caller passes is some T **, cast.
bool ppm_grow(const struct ppm_allocator *allocator, void **items, size_t *capacity, size_t needed, size_t size)
{
	if (needed <= *capacity)
		return true;
	size_t larger = *capacity < 8 ? 8 : *capacity;
	if (__builtin_add_overflow(larger, *capacity < 8 ? 0 : larger / 2 + larger / 4, &larger) || larger < needed)
		larger = needed;
	void *old;
	memcpy(&old, (const void *)items, sizeof old);
	void *grown = ppm_reallocate(allocator, old, larger, size);
	if (!grown && larger > needed) {
		larger = needed;
		grown = ppm_reallocate(allocator, old, larger, size);
	}
	if (!grown)
		return false;
	memcpy((void *)items, &grown, sizeof grown);
	*capacity = larger;
	return true;
}

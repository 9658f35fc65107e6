// Heaps that run out of memory when a test wants them to. For one thread at a time: no lock.
#ifndef FAILING_HEAP_H
#define FAILING_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

// Gives `left` more blocks and counts those that are out.
struct poor_heap {
	size_t left;
	size_t blocks;
	bool refused; // one was asked for when none was left
};

static inline void *poor_reallocate(void *context, void *pointer, size_t size)
{
	struct poor_heap *heap = context;
	if (size == 0) {
		heap->blocks -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	if (heap->left == 0) {
		heap->refused = true;
		return NULL;
	}
	heap->left--;
	void *memory = realloc(pointer, size);
	heap->blocks += memory && !pointer;
	return memory;
}

// Counts its calls, and fails at one of them, perhaps for good.
struct counted_heap {
	size_t calls, fail_at; // from 1; 0: none
	size_t live;
	bool from_then_on;
	bool failed;
};

static inline void *counted_reallocate(void *context, void *pointer, size_t size)
{
	struct counted_heap *heap = context;
	if (size == 0) {
		heap->live -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	heap->calls++;
	if (heap->fail_at && (heap->calls == heap->fail_at || (heap->from_then_on && heap->calls > heap->fail_at))) {
		heap->failed = true;
		return NULL;
	}
	void *memory = realloc(pointer, size);
	heap->live += memory && !pointer;
	return memory;
}

// What a loop goes on by that lets one allocation after the other fail: `step`, times PPM_EVERY where time is short.
static inline size_t failing_step(size_t step)
{
	const char *every = getenv("PPM_EVERY");
	size_t times = every ? strtoul(every, NULL, 10) : 1;
	return times ? step * times : step;
}

#endif

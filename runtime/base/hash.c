// Hashing by folded 64 × 64 multiplication, and an interner with linear probing. Items only ever leave the interner
// newest first, and linear probing undone in that order restores the table as it was: no tombstones.
#include "runtime/base/hash.h"

#define FIRST_SLOTS 64u
#define ODD_A UINT64_C(0x9e3779b97f4a7c15) // 2^64 / golden ratio
#define ODD_B UINT64_C(0xb7e151628aed2a6b) // e
#define ODD_C UINT64_C(0x6a09e667f3bcc909) // sqrt(2)

__extension__ typedef unsigned __int128 wide;

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load_64(const unsigned char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return word;
}

static inline uint64_t load_32(const unsigned char *at)
{
	uint32_t word;
	memcpy(&word, at, sizeof word);
	return word;
}

uint64_t ppm_hash_bytes(const void *data, size_t size)
{
	const unsigned char *at = data;
	uint64_t state = ODD_A ^ (uint64_t)size * ODD_C;
	uint64_t first, second;
	if (size > 16) {
		size_t rest = size;
		for (; rest > 16; at += 16, rest -= 16)
			state = fold(load_64(at) ^ ODD_B, load_64(at + 8) ^ state) + ODD_C;
		// The last 16 bytes, some of them for the second time.
		first = load_64(at + rest - 16);
		second = load_64(at + rest - 8);
	} else if (size >= 8) {
		first = load_64(at);
		second = load_64(at + size - 8);
	} else if (size >= 4) {
		first = load_32(at);
		second = load_32(at + size - 4);
	} else {
		first = size ? (uint64_t)at[0] << 16 | (uint64_t)at[size >> 1] << 8 | at[size - 1] : 0;
		second = 0;
	}
	state = fold(first ^ ODD_B, second ^ state);
	return fold(state ^ ODD_C, ODD_A);
}

void ppm_interner_init(struct ppm_interner *interner, const struct ppm_allocator *allocator)
{
	*interner = (struct ppm_interner){ .allocator = allocator };
	ppm_arena_init(&interner->arena, allocator);
}

void ppm_interner_free(struct ppm_interner *interner)
{
	ppm_arena_free(&interner->arena);
	ppm_free(interner->allocator, interner->items);
	ppm_free(interner->allocator, interner->hashes);
	ppm_free(interner->allocator, interner->slots);
	ppm_interner_init(interner, interner->allocator);
}

// The slot that holds `text`, or the empty one where it would go. Needs an empty slot somewhere.
static inline uint32_t find_slot(const struct ppm_interner *interner, struct ppm_slice text, uint64_t hash)
{
	uint32_t mask = interner->slot_count - 1;
	uint32_t slot = (uint32_t)hash & mask;
	for (;; slot = (slot + 1) & mask) {
		uint32_t held = interner->slots[slot];
		if (held == 0)
			return slot;
		if (interner->hashes[held - 1] == hash && ppm_slice_equal(interner->items[held - 1], text))
			return slot;
	}
}

static void place(struct ppm_interner *interner, uint32_t code)
{
	uint32_t mask = interner->slot_count - 1;
	uint32_t slot = (uint32_t)interner->hashes[code] & mask;
	while (interner->slots[slot] != 0)
		slot = (slot + 1) & mask;
	interner->slots[slot] = code + 1;
}

static void rebuild(struct ppm_interner *interner)
{
	memset(interner->slots, 0, interner->slot_count * sizeof *interner->slots);
	for (uint32_t code = 0; code < interner->count; code++)
		place(interner, code);
}

static bool grow_slots(struct ppm_interner *interner)
{
	uint32_t count = interner->slot_count ? interner->slot_count * 2 : FIRST_SLOTS;
	if (count == 0)
		return false;
	uint32_t *slots = ppm_allocate(interner->allocator, count, sizeof *slots);
	if (!slots)
		return false;
	ppm_free(interner->allocator, interner->slots);
	interner->slots = slots;
	interner->slot_count = count;
	rebuild(interner);
	return true;
}

static bool grow_items(struct ppm_interner *interner)
{
	if (interner->capacity > UINT32_MAX / 2)
		return false;
	uint32_t capacity = interner->capacity ? interner->capacity * 2 : FIRST_SLOTS / 2;
	struct ppm_slice *items = ppm_reallocate(interner->allocator, interner->items, capacity, sizeof *items);
	if (!items)
		return false;
	interner->items = items;
	uint64_t *hashes = ppm_reallocate(interner->allocator, interner->hashes, capacity, sizeof *hashes);
	if (!hashes)
		return false;
	interner->hashes = hashes;
	interner->capacity = capacity;
	return true;
}

uint32_t ppm_interner_find(const struct ppm_interner *interner, struct ppm_slice text)
{
	if (interner->count == 0)
		return PPM_INTERNER_NONE;
	uint32_t held = interner->slots[find_slot(interner, text, ppm_hash_bytes(text.data, text.size))];
	return held ? held - 1 : PPM_INTERNER_NONE;
}

uint32_t ppm_interner_add(struct ppm_interner *interner, struct ppm_slice text)
{
	uint64_t hash = ppm_hash_bytes(text.data, text.size);
	uint32_t slot = 0;
	if (interner->slot_count) {
		slot = find_slot(interner, text, hash);
		if (interner->slots[slot])
			return interner->slots[slot] - 1;
	}
	// At most half full.
	if (interner->count >= interner->slot_count / 2) {
		if (!grow_slots(interner))
			return PPM_INTERNER_NONE;
		slot = find_slot(interner, text, hash);
	}
	if (interner->count == interner->capacity && !grow_items(interner))
		return PPM_INTERNER_NONE;
	struct ppm_slice copy = ppm_arena_copy(&interner->arena, text);
	if (!copy.data) {
		interner->arena.failed = false; // reported here and now
		return PPM_INTERNER_NONE;
	}
	uint32_t code = interner->count++;
	interner->items[code] = copy;
	interner->hashes[code] = hash;
	interner->slots[slot] = code + 1;
	return code;
}

void ppm_interner_truncate(struct ppm_interner *interner, uint32_t keep)
{
	if (keep >= interner->count)
		return;
	uint32_t before = interner->count;
	ppm_arena_rewind_to(&interner->arena, interner->items[keep].data);
	interner->count = keep;
	if (before - keep > interner->slot_count / 8) {
		rebuild(interner);
		return;
	}
	uint32_t mask = interner->slot_count - 1;
	for (uint32_t code = before; code-- > keep;) {
		uint32_t slot = (uint32_t)interner->hashes[code] & mask;
		while (interner->slots[slot] != code + 1)
			slot = (slot + 1) & mask;
		interner->slots[slot] = 0;
	}
}

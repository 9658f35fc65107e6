// Hashing by folded 64 × 64 multiplication, and an interner with linear probing.
//
// A slot is the upper half of a text's hash and its code + 1 in the lower, so that texts that differ are told apart without a look at them. It stands where the hash's first bits say: a
// table twice as large has its entries in the same order, and growing goes through both from end to end. In tables larger than the caches a look-up waits for memory
// three times (slot, item, text); the functions for many texts ask for the next texts' memory before they need it.
#include "runtime/base/hash.h"

#define FIRST_BITS 6u
#define FIRST_ITEMS 32u
#define AHEAD 64u                          // texts whose memory is asked for at once
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
	ppm_free(interner->allocator, interner->slots);
	ppm_interner_init(interner, interner->allocator);
}

uint64_t ppm_interner_bytes(const struct ppm_interner *interner)
{
	uint64_t slots = interner->slots ? UINT64_C(1) << (64 - interner->shift) : 0;
	return interner->arena.used + (uint64_t)interner->capacity * sizeof *interner->items + slots * sizeof *interner->slots;
}

#define TAG_BITS 32u
#define CODE_MASK UINT64_C(0xffffffff)

static inline size_t slot_of(const struct ppm_interner *interner, uint64_t hash)
{
	return (size_t)(hash >> interner->shift);
}

static inline size_t slot_mask(const struct ppm_interner *interner)
{
	return ((size_t)1 << (64 - interner->shift)) - 1;
}

// The slot that holds `text`, or the empty one where it would go. Needs an empty slot somewhere.
static inline size_t find_slot(const struct ppm_interner *interner, struct ppm_slice text, uint64_t hash)
{
	size_t mask = slot_mask(interner), slot = slot_of(interner, hash);
	for (;; slot = (slot + 1) & mask) {
		uint64_t held = interner->slots[slot];
		if (held == 0)
			return slot;
		if (held >> TAG_BITS == hash >> TAG_BITS && ppm_slice_equal(interner->items[(held & CODE_MASK) - 1], text))
			return slot;
	}
}

static void place(struct ppm_interner *interner, uint64_t entry)
{
	size_t mask = slot_mask(interner), slot = slot_of(interner, entry & ~CODE_MASK);
	while (interner->slots[slot] != 0)
		slot = (slot + 1) & mask;
	interner->slots[slot] = entry;
}

static bool grow_slots(struct ppm_interner *interner, unsigned shift)
{
	size_t before = interner->slots ? slot_mask(interner) + 1 : 0;
	uint64_t *old = interner->slots, *slots = ppm_allocate_zeroed(interner->allocator, (size_t)1 << (64 - shift), sizeof *slots);
	if (!slots)
		return false;
	interner->slots = slots;
	interner->shift = shift;
	for (size_t i = 0; i < before; i++)
		if (old[i])
			place(interner, old[i]);
	ppm_free(interner->allocator, old);
	return true;
}

// Room for `more` texts: at most two slots of three are taken. False when memory ran out, or codes.
static bool reserve(struct ppm_interner *interner, uint32_t more)
{
	if (interner->count >= PPM_INTERNER_NONE - more)
		return false;
	size_t needed = (size_t)interner->count + more;
	unsigned shift = interner->slots ? interner->shift : 64 - FIRST_BITS;
	while (needed > ((size_t)2 << (64 - shift)) / 3 && shift > TAG_BITS)
		shift--;
	if ((!interner->slots || shift != interner->shift) && !grow_slots(interner, shift))
		return false;
	if (needed > interner->capacity) {
		size_t capacity = interner->capacity ? (size_t)interner->capacity * 2 : FIRST_ITEMS;
		capacity = capacity < needed ? needed : capacity < PPM_INTERNER_NONE ? capacity : PPM_INTERNER_NONE;
		struct ppm_slice *items = ppm_reallocate(interner->allocator, interner->items, capacity, sizeof *items);
		if (!items)
			return false;
		interner->items = items;
		interner->capacity = (uint32_t)capacity;
	}
	return true;
}

uint32_t ppm_interner_find(const struct ppm_interner *interner, struct ppm_slice text)
{
	if (interner->count == 0)
		return PPM_INTERNER_NONE;
	uint64_t held = interner->slots[find_slot(interner, text, ppm_hash_bytes(text.data, text.size))];
	return held ? (uint32_t)(held & CODE_MASK) - 1 : PPM_INTERNER_NONE;
}

// Needs room.
static uint32_t add_hashed(struct ppm_interner *interner, struct ppm_slice text, uint64_t hash)
{
	size_t slot = find_slot(interner, text, hash);
	if (interner->slots[slot])
		return (uint32_t)(interner->slots[slot] & CODE_MASK) - 1;
	struct ppm_slice copy = ppm_arena_copy(&interner->arena, text);
	if (!copy.data) {
		interner->arena.failed = false; // reported here and now
		return PPM_INTERNER_NONE;
	}
	uint32_t code = interner->count++;
	interner->items[code] = copy;
	interner->slots[slot] = (hash & ~CODE_MASK) | ((uint64_t)code + 1);
	return code;
}

uint32_t ppm_interner_add(struct ppm_interner *interner, struct ppm_slice text)
{
	uint64_t hash = ppm_hash_bytes(text.data, text.size);
	if (interner->count) {
		uint64_t held = interner->slots[find_slot(interner, text, hash)];
		if (held)
			return (uint32_t)(held & CODE_MASK) - 1;
	}
	return reserve(interner, 1) ? add_hashed(interner, text, hash) : PPM_INTERNER_NONE;
}

void ppm_interner_find_many(const struct ppm_interner *interner, const struct ppm_slice *texts, const uint64_t *hashes, uint32_t count, uint32_t *codes)
{
	for (uint32_t from = 0; from < count; from += AHEAD) {
		uint32_t to = count - from < AHEAD ? count : from + AHEAD;
		if (interner->count == 0) {
			for (uint32_t i = from; i < to; i++)
				codes[i] = PPM_INTERNER_NONE;
			continue;
		}
		for (uint32_t i = from; i < to; i++)
			__builtin_prefetch(&interner->slots[slot_of(interner, hashes[i])]);
		// What has the same tag is the text itself, but for one time in many thousands.
		size_t mask = slot_mask(interner);
		for (uint32_t i = from; i < to; i++) {
			size_t slot = slot_of(interner, hashes[i]);
			while (interner->slots[slot] && interner->slots[slot] >> TAG_BITS != hashes[i] >> TAG_BITS)
				slot = (slot + 1) & mask;
			codes[i] = (uint32_t)(interner->slots[slot] & CODE_MASK) - 1;
			if (codes[i] != PPM_INTERNER_NONE)
				__builtin_prefetch(&interner->items[codes[i]]);
		}
		for (uint32_t i = from; i < to; i++)
			if (codes[i] != PPM_INTERNER_NONE)
				__builtin_prefetch(interner->items[codes[i]].data);
		for (uint32_t i = from; i < to; i++) {
			if (codes[i] == PPM_INTERNER_NONE || ppm_slice_equal(interner->items[codes[i]], texts[i]))
				continue;
			uint64_t held = interner->slots[find_slot(interner, texts[i], hashes[i])];
			codes[i] = (uint32_t)(held & CODE_MASK) - 1;
		}
	}
}

bool ppm_interner_add_many(struct ppm_interner *interner, const struct ppm_slice *texts, const uint64_t *hashes, uint32_t count, uint32_t *codes)
{
	for (uint32_t from = 0; from < count; from += AHEAD) {
		uint32_t some = count - from < AHEAD ? count - from : AHEAD;
		ppm_interner_find_many(interner, texts + from, hashes + from, some, codes + from);
		uint32_t fresh = 0;
		for (uint32_t i = from; i < from + some; i++)
			fresh += codes[i] == PPM_INTERNER_NONE;
		if (fresh == 0)
			continue;
		if (!reserve(interner, fresh))
			return false;
		for (uint32_t i = from; i < from + some; i++) {
			if (codes[i] != PPM_INTERNER_NONE)
				continue;
			codes[i] = add_hashed(interner, texts[i], hashes[i]);
			if (codes[i] == PPM_INTERNER_NONE)
				return false;
		}
	}
	return true;
}

// ---- taking over ------------------------------------------------------------------------------------------
//
// Both tables have their entries in the order of hashes, so that going through one goes through the other, too, and only texts that are alike are looked at.

// map[code] = the text's code here, or PPM_INTERNER_NONE. Returns how many are not here.
static uint32_t find_shared(const struct ppm_interner *interner, const struct ppm_interner *other, uint32_t *map)
{
	uint32_t fresh = other->count;
	size_t slots = slot_mask(other) + 1, mask = slot_mask(interner);
	for (size_t from = 0; from < slots; from += AHEAD) {
		uint64_t alike[AHEAD];
		size_t places[AHEAD];
		unsigned count = 0;
		size_t to = slots - from < AHEAD ? slots : from + AHEAD;
		for (size_t i = from; i < to; i++) {
			uint64_t entry = other->slots[i];
			if (!entry)
				continue;
			size_t slot = slot_of(interner, entry & ~CODE_MASK);
			while (interner->slots[slot] && interner->slots[slot] >> TAG_BITS != entry >> TAG_BITS)
				slot = (slot + 1) & mask;
			map[(entry & CODE_MASK) - 1] = PPM_INTERNER_NONE;
			if (!interner->slots[slot])
				continue;
			__builtin_prefetch(&other->items[(entry & CODE_MASK) - 1]);
			__builtin_prefetch(&interner->items[(interner->slots[slot] & CODE_MASK) - 1]);
			alike[count] = entry;
			places[count++] = slot;
		}
		for (unsigned i = 0; i < count; i++) {
			__builtin_prefetch(other->items[(alike[i] & CODE_MASK) - 1].data);
			__builtin_prefetch(interner->items[(interner->slots[places[i]] & CODE_MASK) - 1].data);
		}
		for (unsigned i = 0; i < count; i++) {
			uint32_t code = (uint32_t)(alike[i] & CODE_MASK) - 1;
			for (size_t slot = places[i]; interner->slots[slot]; slot = (slot + 1) & mask) {
				uint64_t held = interner->slots[slot];
				if (held >> TAG_BITS != alike[i] >> TAG_BITS || !ppm_slice_equal(interner->items[(held & CODE_MASK) - 1], other->items[code]))
					continue;
				map[code] = (uint32_t)(held & CODE_MASK) - 1;
				fresh--;
				break;
			}
		}
	}
	return fresh;
}

// The larger one's arrays stay, and the smaller one's texts go before its own. None is in both.
static bool exchange(struct ppm_interner *interner, struct ppm_interner *other)
{
	uint32_t before = interner->count;
	if (!reserve(other, before))
		return false;
	memmove(other->items + before, other->items, other->count * sizeof *other->items);
	memcpy(other->items, interner->items, before * sizeof *other->items);
	for (size_t i = 0, slots = slot_mask(other) + 1; i < slots; i++)
		other->slots[i] += other->slots[i] ? before : 0;
	for (size_t i = 0, slots = interner->slots ? slot_mask(interner) + 1 : 0; i < slots; i++)
		if (interner->slots[i])
			place(other, interner->slots[i]);
	ppm_free(interner->allocator, interner->items);
	ppm_free(interner->allocator, interner->slots);
	interner->items = other->items;
	interner->slots = other->slots;
	interner->count = before + other->count;
	interner->capacity = other->capacity;
	interner->shift = other->shift;
	other->items = NULL;
	other->slots = NULL;
	other->capacity = 0;
	return true;
}

// Those that are not here go behind. False when memory ran out: then none of them is here.
static bool append(struct ppm_interner *interner, const struct ppm_interner *other, uint32_t fresh, uint32_t *map, bool copies)
{
	if (!reserve(interner, fresh))
		return false;
	uint32_t before = interner->count, next = before;
	for (uint32_t code = 0; code < other->count; code++) {
		if (map && map[code] != PPM_INTERNER_NONE)
			continue;
		struct ppm_slice text = copies ? ppm_arena_copy(&interner->arena, other->items[code]) : other->items[code];
		if (!text.data) {
			interner->arena.failed = false;
			return false;
		}
		interner->items[next] = text;
		if (map)
			map[code] = next;
		next++;
	}
	interner->count = next;
	for (size_t i = 0, slots = slot_mask(other) + 1; i < slots; i++) {
		uint64_t entry = other->slots[i];
		if (!entry)
			continue;
		uint32_t code = (uint32_t)(entry & CODE_MASK) - 1;
		code = map ? map[code] : before + code;
		if (code >= before)
			place(interner, (entry & ~CODE_MASK) | ((uint64_t)code + 1));
	}
	return true;
}

bool ppm_interner_take_over(struct ppm_interner *interner, struct ppm_interner *other, uint32_t *map)
{
	uint32_t count = other->count, fresh = count;
	if (count == 0)
		return true;
	if (map && interner->count)
		fresh = find_shared(interner, other, map);
	else if (map)
		memset(map, 0xff, count * sizeof *map);
	// Where most are here already, the memory of the others is not worth keeping.
	bool copies = fresh < count / 2;
	if (!map && interner->count < count ? !exchange(interner, other) : !append(interner, other, fresh, map, copies))
		return false;
	if (!copies)
		ppm_arena_adopt(&interner->arena, &other->arena);
	ppm_interner_free(other);
	other->count = count;
	return true;
}

void ppm_interner_truncate(struct ppm_interner *interner, uint32_t keep)
{
	if (keep >= interner->count)
		return;
	ppm_arena_rewind_to(&interner->arena, interner->items[keep].data);
	interner->count = keep;
	memset(interner->slots, 0, (slot_mask(interner) + 1) * sizeof *interner->slots);
	for (uint32_t code = 0; code < keep; code++)
		place(interner, (ppm_hash_bytes(interner->items[code].data, interner->items[code].size) & ~CODE_MASK) | ((uint64_t)code + 1));
}

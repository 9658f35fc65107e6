// Keys of rows: an index to match other rows with, and links through it.
//
// Texts are codes of one pool, dates and ids are mostly dense: where the keys of one column lie close together the index is a table with a place for each, and a lookup is one read. All other keys are
// hashed, with a tag of the hash beside the row, so that nearly every lookup reads one slot and one key. Either is built by several threads without locks: each goes through all rows and
// takes those whose places are its own, in the order of rows, so that the first row of a key is the one that is kept however many they are.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>
#include <math.h>

#define BLOCK 256u         // rows whose slots are fetched ahead of their use
#define LIMIT_WHOLE 0x1p53 // numbers up to here that are whole are keys of a table, too

struct slot {
	uint32_t tag;
	uint32_t row; // + 1; 0: empty
};

struct ppm_key_index {
	const struct ppm_steps *steps;
	struct ppm_series *columns; // the caller's arrays
	uint32_t column_count;
	uint64_t rows;
	// A table of rows + 1 by key - base.
	uint32_t *table;
	uint64_t base, range;
	bool whole; // keys are numbers, taken as integers
	// Or slots: a power of two of them, in regions that are probed for themselves.
	struct slot *slots;
	unsigned slot_bits, region_bits;
};

#define NO_KEY UINT64_MAX // no element of a column in a table has it

// Keys for a table: NO_KEY where there is none, be it that the number is not whole.
static void table_keys(const struct ppm_series *series, bool whole, uint64_t start, uint64_t count, uint64_t *keys)
{
	if (whole) {
		const double *values = (const double *)series->values + start;
		for (uint64_t i = 0; i < count; i++) {
			double value = values[i];
			bool fits = fabs(value) <= LIMIT_WHOLE && value == trunc(value);
			keys[i] = fits ? ppm_key_of_i64((int64_t)value) : NO_KEY;
		}
	} else {
		ppm_series_keys(series, start, count, keys);
	}
	if (series->present)
		for (uint64_t i = 0; i < count; i++)
			if (!ppm_series_bit(series->present, start + i))
				keys[i] = NO_KEY;
}

static inline uint64_t mix(uint64_t hash, uint64_t key)
{
	ppm_uint128 product = (ppm_uint128)(hash ^ key) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64) ^ UINT64_C(0x6a09e667f3bcc909);
}

// Hashes of rows; `valid` gets a bit for each row that has all parts.
static void hash_rows(const struct ppm_series *columns, uint32_t column_count, uint64_t start, uint64_t count, uint64_t *hashes, bool *valid)
{
	uint64_t keys[BLOCK];
	assert(count <= BLOCK);
	for (uint64_t i = 0; i < count; i++) {
		hashes[i] = UINT64_C(0xb7e151628aed2a6b);
		valid[i] = true;
	}
	for (uint32_t column = 0; column < column_count; column++) {
		const struct ppm_series *series = &columns[column];
		if (series->class == PPM_CLASS_X128) {
			const ppm_int128 *values = (const ppm_int128 *)series->values + start;
			for (uint64_t i = 0; i < count; i++)
				hashes[i] = mix(mix(hashes[i], (uint64_t)values[i]), (uint64_t)(values[i] >> 64));
		} else {
			ppm_series_keys(series, start, count, keys);
			for (uint64_t i = 0; i < count; i++)
				hashes[i] = mix(hashes[i], keys[i]);
		}
		if (series->present)
			for (uint64_t i = 0; i < count; i++)
				valid[i] = valid[i] && ppm_series_bit(series->present, start + i);
	}
	for (uint64_t i = 0; i < count; i++)
		hashes[i] = mix(hashes[i], hashes[i] >> 32);
}

static inline bool equal_element(const struct ppm_series *a, uint64_t row_a, const struct ppm_series *b, uint64_t row_b)
{
	if (a->class == PPM_CLASS_X128)
		return ((const ppm_int128 *)a->values)[row_a] == ((const ppm_int128 *)b->values)[row_b];
	return ppm_series_key(a, row_a) == ppm_series_key(b, row_b);
}

static inline bool equal_rows(const struct ppm_series *a, uint64_t row_a, const struct ppm_series *b, uint64_t row_b, uint32_t column_count)
{
	for (uint32_t i = 0; i < column_count; i++)
		if (!equal_element(&a[i], row_a, &b[i], row_b))
			return false;
	return true;
}

// The slot where the key of a row is, or the empty one where it would go; NULL when its region is full. The hash's high bits say where, the low ones are the tag.
static inline struct slot *find_slot(const struct ppm_key_index *index, uint64_t hash, const struct ppm_series *columns, uint64_t row)
{
	unsigned within_bits = index->slot_bits - index->region_bits;
	uint64_t home = hash >> (64 - index->slot_bits);
	uint64_t mask = (UINT64_C(1) << within_bits) - 1;
	struct slot *region = index->slots + (home & ~mask);
	uint32_t tag = (uint32_t)hash;
	uint64_t at = home & mask;
	for (uint64_t tries = 0; tries <= mask; tries++, at = (at + 1) & mask) {
		struct slot *slot = &region[at];
		if (slot->row == 0 || (slot->tag == tag && equal_rows(index->columns, slot->row - 1, columns, row, index->column_count)))
			return slot;
	}
	return NULL;
}

// ---- building -------------------------------------------------------------------------------------------------

struct build {
	struct ppm_key_index *index;
	unsigned parts;
	struct built_part {
		uint64_t duplicate, first; // duplicate: UINT64_MAX, none
		bool full, interrupted;
	} found[PPM_STEPS_THREADS_MAX];
};

static void build_table(void *context, unsigned part)
{
	struct build *build = context;
	struct ppm_key_index *index = build->index;
	struct built_part *found = &build->found[part];
	uint64_t low = index->range / build->parts * part;
	uint64_t high = part + 1 == build->parts ? index->range : index->range / build->parts * (part + 1);
	uint64_t keys[BLOCK];
	for (uint64_t start = 0; start < index->rows; start += BLOCK) {
		uint64_t count = index->rows - start < BLOCK ? index->rows - start : BLOCK;
		table_keys(&index->columns[0], index->whole, start, count, keys);
		for (uint64_t i = 0; i < count; i++) {
			uint64_t at = keys[i] - index->base;
			if (keys[i] == NO_KEY || at - low >= high - low)
				continue;
			if (index->table[at] == 0) {
				index->table[at] = (uint32_t)(start + i) + 1;
			} else if (found->duplicate == UINT64_MAX) {
				found->duplicate = start + i;
				found->first = index->table[at] - 1;
			}
		}
		if (start % (BLOCK * 256u) == 0 && ppm_steps_interrupted(index->steps)) {
			found->interrupted = true;
			return;
		}
	}
}

static void build_slots(void *context, unsigned part)
{
	struct build *build = context;
	struct ppm_key_index *index = build->index;
	struct built_part *found = &build->found[part];
	uint64_t hashes[BLOCK];
	bool valid[BLOCK];
	for (uint64_t start = 0; start < index->rows; start += BLOCK) {
		uint64_t count = index->rows - start < BLOCK ? index->rows - start : BLOCK;
		hash_rows(index->columns, index->column_count, start, count, hashes, valid);
		uint32_t mine[BLOCK], mine_count = 0;
		for (uint32_t i = 0; i < count; i++) {
			mine[mine_count] = i;
			mine_count += valid[i] && (index->region_bits == 0 || hashes[i] >> (64 - index->region_bits) == part);
		}
		for (uint32_t i = 0; i < mine_count; i++)
			__builtin_prefetch(&index->slots[hashes[mine[i]] >> (64 - index->slot_bits)], 1);
		for (uint32_t i = 0; i < mine_count; i++) {
			uint64_t row = start + mine[i];
			struct slot *slot = find_slot(index, hashes[mine[i]], index->columns, row);
			if (!slot) {
				found->full = true;
				return;
			}
			if (slot->row == 0) {
				*slot = (struct slot){ (uint32_t)hashes[mine[i]], (uint32_t)row + 1 };
			} else if (found->duplicate == UINT64_MAX) {
				found->duplicate = row;
				found->first = slot->row - 1;
			}
		}
		if (start % (BLOCK * 256u) == 0 && ppm_steps_interrupted(index->steps)) {
			found->interrupted = true;
			return;
		}
	}
}

// Whether the one column's keys lie close enough for a table: index->base, range and whole are set.
static bool fits_table(struct ppm_key_index *index)
{
	const struct ppm_series *series = &index->columns[0];
	if (index->column_count != 1 || series->class == PPM_CLASS_X128)
		return false;
	index->whole = series->class == PPM_CLASS_F64;
	uint64_t least = UINT64_MAX, most = 0, keys[BLOCK];
	for (uint64_t start = 0; start < index->rows; start += BLOCK) {
		uint64_t count = index->rows - start < BLOCK ? index->rows - start : BLOCK;
		table_keys(series, index->whole, start, count, keys);
		for (uint64_t i = 0; i < count; i++) {
			if (keys[i] == NO_KEY) {
				if (ppm_series_present(series, start + i))
					return false;
				continue;
			}
			least = keys[i] < least ? keys[i] : least;
			most = keys[i] > most ? keys[i] : most;
		}
	}
	if (least > most)
		least = most = 0;
	if (most - least >= index->rows * 4 + PPM_STEPS_BLOCK)
		return false;
	index->base = least;
	index->range = most - least + 1;
	return true;
}

static enum ppm_status run_build(struct build *build, void (*work)(void *context, unsigned part))
{
	for (unsigned part = 0; part < build->parts; part++)
		build->found[part] = (struct built_part){ .duplicate = UINT64_MAX };
	ppm_steps_parallel(build->index->steps, build->parts, work, build);
	for (unsigned part = 0; part < build->parts; part++)
		if (build->found[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
	return PPM_OK;
}

static enum ppm_status fill(struct ppm_key_index *index, struct build *build)
{
	enum ppm_status status = PPM_OK;
	build->parts = ppm_steps_parts(index->steps, index->rows);
	if (fits_table(index)) {
		index->table = ppm_steps_take(index->steps, index->range, sizeof *index->table, &status);
		return index->table ? run_build(build, build_table) : status;
	}
	while ((UINT64_C(1) << index->slot_bits) < index->rows * 2 + 2)
		index->slot_bits++;
	while ((2u << index->region_bits) <= build->parts)
		index->region_bits++;
	index->slots = ppm_steps_take(index->steps, UINT64_C(1) << index->slot_bits, sizeof *index->slots, &status);
	if (!index->slots)
		return status;
	build->parts = 1u << index->region_bits;
	status = run_build(build, build_slots);
	bool full = false;
	for (unsigned part = 0; part < build->parts; part++)
		full = full || build->found[part].full;
	if (!full || status != PPM_OK)
		return status;
	// The keys crowd in one region. In one for all there is room.
	memset(index->slots, 0, sizeof *index->slots << index->slot_bits);
	index->region_bits = 0;
	build->parts = 1;
	return run_build(build, build_slots);
}

enum ppm_status ppm_key_index_new(
	struct ppm_key_index **out, const struct ppm_steps *steps, const struct ppm_key_columns *keys, bool *has_duplicate, uint64_t *duplicate, uint64_t *first)
{
	assert(keys->count > 0);
	*out = NULL;
	*has_duplicate = false;
	*duplicate = *first = 0;
	const struct ppm_allocator *allocator = ppm_memory_allocator(steps->memory);
	struct ppm_key_index *index = ppm_allocate_zeroed(allocator, 1, sizeof *index);
	if (!index)
		return PPM_ERROR_MEMORY;
	*index = (struct ppm_key_index){ .steps = steps, .column_count = keys->count, .rows = keys->rows, .slot_bits = 1 };
	index->columns = ppm_allocate(allocator, keys->count, sizeof *index->columns);
	if (!index->columns) {
		ppm_key_index_free(index);
		return PPM_ERROR_MEMORY;
	}
	memcpy(index->columns, keys->columns, keys->count * sizeof *index->columns);
	struct build build = { .index = index };
	enum ppm_status status = fill(index, &build);
	if (status != PPM_OK) {
		ppm_key_index_free(index);
		return status;
	}
	for (unsigned part = 0; part < build.parts; part++) {
		if (build.found[part].duplicate < (*has_duplicate ? *duplicate : UINT64_MAX)) {
			*has_duplicate = true;
			*duplicate = build.found[part].duplicate;
			*first = build.found[part].first;
		}
	}
	*out = index;
	return PPM_OK;
}

void ppm_key_index_free(struct ppm_key_index *index)
{
	if (!index)
		return;
	const struct ppm_allocator *allocator = ppm_memory_allocator(index->steps->memory);
	ppm_steps_give(index->steps, index->table, index->range, sizeof *index->table);
	ppm_steps_give(index->steps, index->slots, UINT64_C(1) << index->slot_bits, sizeof *index->slots);
	ppm_free(allocator, index->columns);
	ppm_free(allocator, index);
}

// ---- matching ---------------------------------------------------------------------------------------------------

struct match {
	const struct ppm_steps *steps;
	const struct ppm_key_index *index;
	const struct ppm_key_columns *from;
	uint32_t *link;
	unsigned parts;
	struct {
		uint64_t missing, unknown;
		bool interrupted;
	} found[PPM_STEPS_THREADS_MAX];
};

static void match_table(const struct match *match, uint64_t start, uint64_t count, uint64_t *missing, uint64_t *unknown)
{
	const struct ppm_key_index *index = match->index;
	const struct ppm_series *series = &match->from->columns[0];
	uint64_t keys[BLOCK];
	table_keys(series, index->whole, start, count, keys);
	uint64_t nowhere = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = keys[i] - index->base;
		uint32_t row = at < index->range && keys[i] != NO_KEY ? index->table[at] - 1 : PPM_NO_ROW; // of an empty place 0 - 1: no row
		match->link[start + i] = row;
		nowhere += row == PPM_NO_ROW;
	}
	if (series->present)
		for (uint64_t i = 0; i < count; i++) {
			bool present = ppm_series_bit(series->present, start + i);
			*missing += !present;
			nowhere -= !present;
		}
	*unknown += nowhere;
}

static void match_slots(const struct match *match, uint64_t start, uint64_t count, uint64_t *missing, uint64_t *unknown)
{
	const struct ppm_key_index *index = match->index;
	uint64_t hashes[BLOCK];
	bool valid[BLOCK];
	hash_rows(match->from->columns, index->column_count, start, count, hashes, valid);
	for (uint64_t i = 0; i < count; i++)
		__builtin_prefetch(&index->slots[hashes[i] >> (64 - index->slot_bits)]);
	for (uint64_t i = 0; i < count; i++) {
		uint32_t row = PPM_NO_ROW;
		if (valid[i]) {
			const struct slot *slot = find_slot(index, hashes[i], match->from->columns, start + i);
			row = slot && slot->row ? slot->row - 1 : PPM_NO_ROW;
			*unknown += row == PPM_NO_ROW;
		} else {
			++*missing;
		}
		match->link[start + i] = row;
	}
}

static void match_part(void *context, unsigned part)
{
	struct match *match = context;
	uint64_t rows = match->from->rows;
	uint64_t missing = 0, unknown = 0;
	for (uint64_t start = ppm_steps_part(rows, match->parts, part), end = ppm_steps_part(rows, match->parts, part + 1), done = 0; start < end; start += BLOCK, done++) {
		uint64_t count = end - start < BLOCK ? end - start : BLOCK;
		if (match->index->slots)
			match_slots(match, start, count, &missing, &unknown);
		else
			match_table(match, start, count, &missing, &unknown);
		if (done % 256 == 0 && ppm_steps_interrupted(match->steps)) {
			match->found[part].interrupted = true;
			return;
		}
	}
	match->found[part].missing = missing;
	match->found[part].unknown = unknown;
}

enum ppm_status ppm_step_match(
	const struct ppm_steps *steps, const struct ppm_key_index *index, const struct ppm_key_columns *from, uint32_t *link, uint64_t *missing, uint64_t *unknown)
{
	assert(from->count == index->column_count);
	for (uint32_t i = 0; i < from->count; i++)
		assert(from->columns[i].class == index->columns[i].class);
	struct match match = { .steps = steps, .index = index, .from = from, .link = link, .parts = ppm_steps_parts(steps, from->rows) };
	ppm_steps_parallel(steps, match.parts, match_part, &match);
	*missing = *unknown = 0;
	for (unsigned part = 0; part < match.parts; part++) {
		if (match.found[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
		*missing += match.found[part].missing;
		*unknown += match.found[part].unknown;
	}
	return PPM_OK;
}

// ---- composing, gathering -------------------------------------------------------------------------------------------

void ppm_step_compose(const uint32_t *first, const uint32_t *second, uint64_t rows, uint32_t *link)
{
	for (uint64_t row = 0; row < rows; row++) {
		uint32_t middle = first ? first[row] : 0;
		link[row] = middle == PPM_NO_ROW ? PPM_NO_ROW : second ? second[middle] : 0;
	}
}

#define GATHER(type) \
	do { \
		const type *from = values->values; \
		type *to = out->values; \
		for (uint64_t row = 0; row < rows; row++) { \
			uint32_t partner = link ? link[row] : 0; \
			if (partner == PPM_NO_ROW) \
				to[row] = 0; \
			else \
				to[row] = from[partner]; \
		} \
	} while (0)

static void gather_bits(const uint64_t *from, const uint32_t *link, uint64_t rows, uint64_t *to)
{
	for (uint64_t word = 0; word < ppm_mask_words(rows); word++) {
		uint64_t bits = 0;
		uint64_t count = rows - word * 64 < 64 ? rows - word * 64 : 64;
		for (uint64_t i = 0; i < count; i++) {
			uint32_t partner = link ? link[word * 64 + i] : 0;
			bits |= (uint64_t)(partner != PPM_NO_ROW && ppm_mask_bit(from, partner)) << i;
		}
		to[word] = bits;
	}
}

void ppm_step_gather(const struct ppm_series *values, const uint32_t *link, uint64_t rows, struct ppm_series *out)
{
	assert(values->class == out->class);
	switch (values->class) {
	case PPM_CLASS_MASK: gather_bits(values->values, link, rows, out->values); break;
	case PPM_CLASS_F64: GATHER(double); break;
	case PPM_CLASS_I64: GATHER(int64_t); break;
	case PPM_CLASS_X128: GATHER(ppm_int128); break;
	case PPM_CLASS_I32: GATHER(int32_t); break;
	case PPM_CLASS_I16: GATHER(int16_t); break;
	default: assert(0 && "a class of values");
	}
	if (out->present)
		gather_bits(values->present, link, rows, out->present);
}

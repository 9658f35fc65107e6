// Rows with equal keys become groups, in ascending order of their keys.
//
// Each part of a key is numbered for itself: its distinct values become 0, 1, 2 … in ascending order, missing last. Then the pair of the number so far and the part's number is a whole number
// whose order is that of the keys, and is numbered in its turn. So there is one loop for keys of any kind and length. Values that lie close together are counted in a table, others hashed.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>

#define FIRST_SLOT_BITS 12u

// What is numbered: a column, or pairs of numbers. X128s are two parts: their high and low bits.
struct part {
	const struct ppm_series *series;
	bool is_text, is_low;
	const uint32_t *first, *second; // pairs, where series is NULL
	uint64_t second_count;
};

// Distinct keys as they turn up: their first rows, and for hashed ones the key.
struct numbering {
	const struct ppm_steps *steps;
	const struct part *part;
	const uint64_t *where;
	uint64_t rows;
	bool keep_missing;
	uint32_t *link;
	uint64_t groups;             // without the one of missing keys
	uint64_t missing_row;        // the first with a missing key; UINT64_MAX: none
	struct ppm_sort_item *items; // [group]: key and first row; taken with room for `capacity`
	uint64_t capacity;
};

#define BLOCK PPM_STEPS_BLOCK
#define BLOCK_WORDS (BLOCK / 64)

// Rows on their way: their keys, and for each a bit that says whether it has one, and whether it takes no part at all.
struct block {
	uint64_t start, count, end;
	uint64_t keys[BLOCK], valid[BLOCK_WORDS], excluded[BLOCK_WORDS];
	enum ppm_status status;
};

static void load(const struct numbering *numbering, struct block *block)
{
	const struct part *part = numbering->part;
	uint64_t start = block->start, count = block->count, words = ppm_mask_words(count);
	for (uint64_t word = 0; word < words; word++)
		block->excluded[word] = numbering->where ? ~numbering->where[start / 64 + word] : 0;
	if (part->series) {
		if (part->is_low) {
			const ppm_int128 *values = (const ppm_int128 *)part->series->values + start;
			for (uint64_t i = 0; i < count; i++)
				block->keys[i] = (uint64_t)values[i] & ((UINT64_C(1) << PPM_SERIES_X128_LOW_BITS) - 1);
		} else {
			ppm_series_keys(part->series, start, count, block->keys);
		}
		for (uint64_t word = 0; word < words; word++)
			block->valid[word] = (part->series->present ? part->series->present[start / 64 + word] : UINT64_MAX) & ~block->excluded[word];
		return;
	}
	memset(block->valid, 0, words * sizeof *block->valid);
	for (uint64_t i = 0; i < count; i++) {
		uint32_t first = part->first[start + i], second = part->second[start + i];
		bool both = first != PPM_NO_ROW && second != PPM_NO_ROW;
		block->valid[i / 64] |= (uint64_t)both << (i % 64);
		block->excluded[i / 64] |= (uint64_t)!both << (i % 64);
		block->keys[i] = both ? first * part->second_count + second : 0;
	}
}

static void first_block(struct block *block, uint64_t from, uint64_t end)
{
	block->start = from;
	block->end = end;
	block->count = 0;
	block->status = PPM_OK;
}

// Goes through the rows. False at the end, or when interrupted: block->status.
static bool next_block(const struct numbering *numbering, struct block *block)
{
	block->start += block->count;
	if (block->start >= block->end)
		return false;
	if (block->start % (BLOCK * 64u) == 0 && ppm_steps_interrupted(numbering->steps)) {
		block->status = PPM_ERROR_INTERRUPTED;
		return false;
	}
	block->count = block->end - block->start < BLOCK ? block->end - block->start : BLOCK;
	load(numbering, block);
	return true;
}

// Passes in which rows do not matter to each other: each thread has its part of them.
struct pass {
	struct numbering *numbering;
	uint64_t base;   // of the table's keys
	uint32_t *table; // parts one after another while it is filled
	uint64_t range;
	const uint32_t *numbers; // of groups as they turned up
	unsigned parts;
	struct pass_part {
		uint64_t least, most, missing_row;
		enum ppm_status status;
	} found[PPM_STEPS_THREADS_MAX];
};

static void first_of_part(const struct pass *pass, unsigned part, struct block *block)
{
	uint64_t rows = pass->numbering->rows;
	first_block(block, ppm_steps_part(rows, pass->parts, part), ppm_steps_part(rows, pass->parts, part + 1));
}

static enum ppm_status run_pass(struct pass *pass, void (*work)(void *context, unsigned part))
{
	for (unsigned part = 0; part < pass->parts; part++)
		pass->found[part] = (struct pass_part){ .least = UINT64_MAX, .missing_row = UINT64_MAX };
	ppm_steps_parallel(pass->numbering->steps, pass->parts, work, pass);
	for (unsigned part = 0; part < pass->parts; part++)
		if (pass->found[part].status != PPM_OK)
			return pass->found[part].status;
	return PPM_OK;
}

static enum ppm_status grow_items(struct numbering *numbering)
{
	enum ppm_status status = PPM_OK;
	uint64_t capacity = numbering->capacity ? numbering->capacity * 2 : BLOCK;
	struct ppm_sort_item *items = ppm_steps_take(numbering->steps, capacity, sizeof *items, &status);
	if (!items)
		return status;
	if (numbering->groups)
		memcpy(items, numbering->items, numbering->groups * sizeof *items);
	ppm_steps_give(numbering->steps, numbering->items, numbering->capacity, sizeof *items);
	numbering->items = items;
	numbering->capacity = capacity;
	return PPM_OK;
}

// Puts groups in order; item.extra holds what they were numbered before.
static enum ppm_status order_groups(struct numbering *numbering)
{
	enum ppm_status status = PPM_OK;
	struct ppm_sort_item *scratch = ppm_steps_take(numbering->steps, numbering->groups, sizeof *scratch, &status);
	if (!scratch)
		return status;
	if (numbering->part->is_text) {
		struct ppm_series all = *numbering->part->series;
		all.present = NULL; // they all are
		struct ppm_order_column column = { .series = &all, .is_text = true };
		status = ppm_sort_by_columns(numbering->steps, numbering->items, scratch, numbering->groups, &column, 1);
	} else {
		status = ppm_sort_items(numbering->steps, numbering->items, scratch, numbering->groups);
	}
	ppm_steps_give(numbering->steps, scratch, numbering->groups, sizeof *scratch);
	return status;
}

static void note_missing(struct numbering *numbering, uint64_t row)
{
	if (row < numbering->missing_row)
		numbering->missing_row = row;
}

// ---- keys that lie close together ---------------------------------------------------------------------------------

// The first row of each key, + 1.
static void collect_part(void *context, unsigned part)
{
	struct pass *pass = context;
	struct pass_part *found = &pass->found[part];
	uint32_t *table = pass->table + part * pass->range;
	struct block block;
	first_of_part(pass, part, &block);
	while (next_block(pass->numbering, &block)) {
		for (uint64_t i = 0; i < block.count; i++) {
			if (!ppm_series_bit(block.valid, i)) {
				if (!ppm_series_bit(block.excluded, i) && found->missing_row == UINT64_MAX)
					found->missing_row = block.start + i;
				continue;
			}
			uint32_t *place = &table[block.keys[i] - pass->base];
			if (*place == 0)
				*place = (uint32_t)(block.start + i) + 1;
		}
	}
	found->status = block.status;
}

static enum ppm_status collect_in_table(struct pass *pass)
{
	enum ppm_status status = run_pass(pass, collect_part);
	for (unsigned part = 0; part < pass->parts; part++) {
		if (pass->found[part].missing_row != UINT64_MAX)
			note_missing(pass->numbering, pass->found[part].missing_row);
		// Earlier parts have the earlier rows.
		const uint32_t *table = pass->table + part * pass->range;
		for (uint64_t key = 0; part && key < pass->range; key++)
			if (pass->table[key] == 0)
				pass->table[key] = table[key];
	}
	return status;
}

static void link_part(void *context, unsigned part)
{
	struct pass *pass = context;
	const struct numbering *numbering = pass->numbering;
	uint32_t missing = numbering->keep_missing ? (uint32_t)numbering->groups : PPM_NO_ROW;
	struct block block;
	first_of_part(pass, part, &block);
	while (next_block(numbering, &block)) {
		for (uint64_t i = 0; i < block.count; i++) {
			if (ppm_series_bit(block.valid, i))
				numbering->link[block.start + i] = pass->table[block.keys[i] - pass->base];
			else
				numbering->link[block.start + i] = ppm_series_bit(block.excluded, i) ? PPM_NO_ROW : missing;
		}
	}
	pass->found[part].status = block.status;
}

static enum ppm_status number_by_table(struct numbering *numbering, uint64_t base, uint64_t range)
{
	enum ppm_status status = PPM_OK;
	unsigned parts = ppm_steps_parts(numbering->steps, numbering->rows);
	// A table for each thread where it is small beside the rows.
	struct pass pass = { .numbering = numbering, .base = base, .range = range, .parts = range <= numbering->rows / 4 ? parts : 1 };
	uint64_t room = range * pass.parts;
	uint32_t *table = ppm_steps_take(numbering->steps, room, sizeof *table, &status);
	if (!table)
		return status;
	pass.table = table;
	status = collect_in_table(&pass);
	for (uint64_t key = 0; key < range && status == PPM_OK; key++) {
		if (table[key] == 0)
			continue;
		if (numbering->groups == numbering->capacity)
			status = grow_items(numbering);
		if (status == PPM_OK)
			numbering->items[numbering->groups++] = (struct ppm_sort_item){ .row = table[key] - 1, .extra = (uint32_t)key };
	}
	if (status == PPM_OK && numbering->part->is_text)
		status = order_groups(numbering);
	if (status == PPM_OK) {
		for (uint64_t group = 0; group < numbering->groups; group++)
			table[numbering->items[group].extra] = (uint32_t)group;
		pass.parts = parts;
		status = run_pass(&pass, link_part);
	}
	ppm_steps_give(numbering->steps, table, room, sizeof *table);
	return status;
}

// ---- others -----------------------------------------------------------------------------------------------------------

struct slots {
	uint32_t *slots; // group + 1
	unsigned bits;
};

static inline uint64_t home_of(uint64_t key, unsigned bits)
{
	ppm_uint128 product = (ppm_uint128)(key ^ UINT64_C(0xb7e151628aed2a6b)) * UINT64_C(0x9e3779b97f4a7c15);
	return ((uint64_t)product ^ (uint64_t)(product >> 64)) * UINT64_C(0xd1b54a32d192ed03) >> (64 - bits);
}

// Twice as many slots, all groups put in anew.
static enum ppm_status grow_slots(const struct numbering *numbering, struct slots *slots)
{
	enum ppm_status status = PPM_OK;
	unsigned bits = slots->slots ? slots->bits + 1 : FIRST_SLOT_BITS;
	uint32_t *grown = ppm_steps_take(numbering->steps, UINT64_C(1) << bits, sizeof *grown, &status);
	if (!grown)
		return status;
	if (slots->slots)
		ppm_steps_give(numbering->steps, slots->slots, UINT64_C(1) << slots->bits, sizeof *grown);
	uint64_t mask = (UINT64_C(1) << bits) - 1;
	for (uint64_t group = 0; group < numbering->groups; group++) {
		uint64_t at = home_of(numbering->items[group].key, bits);
		while (grown[at])
			at = (at + 1) & mask;
		grown[at] = (uint32_t)group + 1;
	}
	*slots = (struct slots){ grown, bits };
	return PPM_OK;
}

// Links rows to groups as they turn up.
static enum ppm_status collect_by_hash(struct numbering *numbering, struct slots *slots)
{
	enum ppm_status status = grow_slots(numbering, slots);
	if (status != PPM_OK)
		return status;
	struct block block;
	first_block(&block, 0, numbering->rows);
	while (next_block(numbering, &block)) {
		for (uint64_t i = 0; i < block.count; i++)
			__builtin_prefetch(&slots->slots[home_of(block.keys[i], slots->bits)]);
		for (uint64_t i = 0; i < block.count; i++) {
			if (!ppm_series_bit(block.valid, i)) {
				if (!ppm_series_bit(block.excluded, i))
					note_missing(numbering, block.start + i);
				continue;
			}
			uint64_t mask = (UINT64_C(1) << slots->bits) - 1;
			uint64_t at = home_of(block.keys[i], slots->bits);
			while (slots->slots[at] && numbering->items[slots->slots[at] - 1].key != block.keys[i])
				at = (at + 1) & mask;
			if (slots->slots[at]) {
				numbering->link[block.start + i] = slots->slots[at] - 1;
				continue;
			}
			if (numbering->groups == numbering->capacity)
				status = grow_items(numbering);
			if (status != PPM_OK)
				return status;
			numbering->link[block.start + i] = (uint32_t)numbering->groups;
			numbering->items[numbering->groups] =
				(struct ppm_sort_item){ .key = block.keys[i], .row = (uint32_t)(block.start + i), .extra = (uint32_t)numbering->groups };
			slots->slots[at] = (uint32_t)++numbering->groups;
			if (numbering->groups > mask / 2)
				status = grow_slots(numbering, slots);
			if (status != PPM_OK)
				return status;
		}
	}
	return block.status;
}

static void renumber_part(void *context, unsigned part)
{
	struct pass *pass = context;
	const struct numbering *numbering = pass->numbering;
	uint32_t missing = numbering->keep_missing ? (uint32_t)numbering->groups : PPM_NO_ROW;
	struct block block;
	first_of_part(pass, part, &block);
	while (next_block(numbering, &block)) {
		for (uint64_t i = 0; i < block.count; i++) {
			uint32_t *link = &numbering->link[block.start + i];
			if (ppm_series_bit(block.valid, i))
				*link = pass->numbers[*link];
			else
				*link = ppm_series_bit(block.excluded, i) ? PPM_NO_ROW : missing;
		}
	}
	pass->found[part].status = block.status;
}

static enum ppm_status number_by_hash(struct numbering *numbering)
{
	struct slots slots = { 0 };
	enum ppm_status status = collect_by_hash(numbering, &slots);
	if (slots.slots)
		ppm_steps_give(numbering->steps, slots.slots, UINT64_C(1) << slots.bits, sizeof *slots.slots);
	if (status == PPM_OK)
		status = order_groups(numbering);
	if (status != PPM_OK)
		return status;
	uint32_t *numbers = ppm_steps_take(numbering->steps, numbering->groups, sizeof *numbers, &status);
	if (!numbers)
		return status;
	for (uint64_t group = 0; group < numbering->groups; group++)
		numbers[numbering->items[group].extra] = (uint32_t)group;
	struct pass pass = { .numbering = numbering, .numbers = numbers, .parts = ppm_steps_parts(numbering->steps, numbering->rows) };
	status = run_pass(&pass, renumber_part);
	ppm_steps_give(numbering->steps, numbers, numbering->groups, sizeof *numbers);
	return status;
}

// ---- all parts of a key --------------------------------------------------------------------------------------------------

static void bound_part(void *context, unsigned part)
{
	struct pass *pass = context;
	uint64_t least = UINT64_MAX, most = 0;
	struct block block;
	first_of_part(pass, part, &block);
	while (next_block(pass->numbering, &block)) {
		for (uint64_t i = 0; i < block.count; i++) {
			bool is_valid = ppm_series_bit(block.valid, i);
			least = is_valid && block.keys[i] < least ? block.keys[i] : least;
			most = is_valid && block.keys[i] > most ? block.keys[i] : most;
		}
	}
	pass->found[part].least = least;
	pass->found[part].most = most;
	pass->found[part].status = block.status;
}

static enum ppm_status number_rows(struct numbering *numbering)
{
	struct pass pass = { .numbering = numbering, .parts = ppm_steps_parts(numbering->steps, numbering->rows) };
	enum ppm_status status = run_pass(&pass, bound_part);
	if (status != PPM_OK)
		return status;
	uint64_t least = UINT64_MAX, most = 0;
	for (unsigned part = 0; part < pass.parts; part++) {
		least = pass.found[part].least < least ? pass.found[part].least : least;
		most = pass.found[part].most > most ? pass.found[part].most : most;
	}
	if (least > most)
		least = most = 0;
	if (most - least < numbering->rows * 4 + BLOCK && most - least < UINT32_MAX)
		return number_by_table(numbering, least, most - least + 1);
	return number_by_hash(numbering);
}

// Numbers the rows of one part into `link`; *groups are all, the missing one with them. The representatives, if wanted, are taken from memory.
static enum ppm_status number_part(const struct ppm_steps *steps, const struct part *part, const uint64_t *where, bool drop_missing, uint64_t rows, uint32_t *link,
	uint64_t *groups, uint32_t **representative)
{
	struct numbering numbering = { .steps = steps, .part = part, .where = where, .rows = rows, .keep_missing = !drop_missing, .link = link, .missing_row = UINT64_MAX };
	enum ppm_status status = number_rows(&numbering);
	*groups = numbering.groups + (numbering.keep_missing && numbering.missing_row != UINT64_MAX);
	if (status == PPM_OK && representative) {
		*representative = ppm_steps_take(steps, *groups, sizeof **representative, &status);
		if (*representative) {
			for (uint64_t group = 0; group < numbering.groups; group++)
				(*representative)[group] = numbering.items[group].row;
			if (*groups > numbering.groups)
				(*representative)[numbering.groups] = (uint32_t)numbering.missing_row;
		}
	}
	ppm_steps_give(steps, numbering.items, numbering.capacity, sizeof *numbering.items);
	return status;
}

enum ppm_status ppm_step_group(
	const struct ppm_steps *steps, const struct ppm_key_columns *keys, const uint64_t *where, bool drop_missing, uint32_t *link, uint64_t *groups, uint32_t **representative)
{
	assert(keys->count > 0);
	*groups = 0;
	*representative = NULL;
	uint32_t parts = 0;
	for (uint32_t i = 0; i < keys->count; i++)
		parts += keys->columns[i].class == PPM_CLASS_X128 ? 2 : 1;
	struct part part = { .series = &keys->columns[0], .is_text = keys->texts && keys->texts[0] };
	enum ppm_status status = number_part(steps, &part, where, drop_missing, keys->rows, link, groups, parts == 1 ? representative : NULL);
	if (parts == 1 || status != PPM_OK)
		return status;
	uint32_t *second = ppm_steps_take(steps, keys->rows, sizeof *second, &status);
	if (!second)
		return status;
	uint32_t column = 0;
	bool is_low = keys->columns[0].class == PPM_CLASS_X128;
	for (uint32_t i = 1; i < parts && status == PPM_OK; i++) {
		column += !is_low;
		part = (struct part){ .series = &keys->columns[column], .is_text = keys->texts && keys->texts[column], .is_low = is_low };
		uint64_t second_groups;
		status = number_part(steps, &part, where, drop_missing, keys->rows, second, &second_groups, NULL);
		if (status != PPM_OK)
			break;
		struct part pairs = { .first = link, .second = second, .second_count = second_groups };
		status = number_part(steps, &pairs, where, true, keys->rows, link, groups, i + 1 == parts ? representative : NULL);
		is_low = !is_low && keys->columns[column].class == PPM_CLASS_X128;
	}
	ppm_steps_give(steps, second, keys->rows, sizeof *second);
	return status;
}

// Rows of two models, matched and counted. The rows of a file are matched by the line on which they begin, in one pass over both; those that are made of other rows
// by their key. All that a row adds is added when its newer half comes.
#include "lang/compare/moves_internal.h"

#include <assert.h>

#define ARRAY_FIRST 4096  // bytes
#define CODES_LIMIT 60000 // of tiers, of a segment's arms, of disqualifiers

static const struct ppm_slice unverified = { "unverified", 10 }, disqualified = { "disqualified", 12 };

// ---- arrays -------------------------------------------------------------------------------------------------------------

bool ppm_moves_reserve(struct ppm_moves *moves, struct ppm_moves_array *array, uint64_t needed)
{
	uint64_t size = array->size ? array->size : ARRAY_FIRST;
	void *data;

	if (needed <= array->size)
		return true;
	while (size < needed)
		size *= 2;
	data = ppm_memory_resize(moves->store->memory, array->data, array->size, size);
	if (!data) {
		moves->status = ppm_memory_status(moves->store->memory);
		return false;
	}
	*array = (struct ppm_moves_array){ data, size };
	return true;
}

void ppm_moves_release(struct ppm_moves *moves, struct ppm_moves_array *array)
{
	ppm_memory_give(moves->store->memory, array->data, array->size);
	*array = (struct ppm_moves_array){ NULL, 0 };
}

static bool set_bit(struct ppm_moves *moves, struct ppm_moves_array *array, uint64_t index)
{
	if (!ppm_moves_reserve(moves, array, (index / 64 + 1) * 8))
		return false;
	((uint64_t *)array->data)[index / 64] |= (uint64_t)1 << (index % 64);
	return true;
}

// ---- names of both models -----------------------------------------------------------------------------------------------

static uint32_t find(const struct ppm_slice *names, uint32_t count, struct ppm_slice name)
{
	uint32_t i = 0;
	while (i < count && !ppm_slice_equal(names[i], name))
		i++;
	return i;
}

// The newer model's names in their order; one that only the older one has stands behind the one it stood behind there. `names` has room for both.
static uint32_t join_names(struct ppm_slice *names, const struct ppm_slice *before, uint32_t before_count, const struct ppm_slice *after, uint32_t after_count)
{
	uint32_t count = 0, place = 0;

	for (uint32_t i = 0; i < after_count; i++)
		if (find(names, count, after[i]) == count)
			names[count++] = after[i];
	for (uint32_t i = 0; i < before_count; i++) {
		uint32_t at = find(names, count, before[i]);
		if (at == count) {
			memmove(&names[place + 1], &names[place], (count - place) * sizeof *names);
			names[at = place] = before[i];
			count++;
		}
		place = at + 1;
	}
	return count;
}

static bool set_tiers(struct ppm_moves *moves)
{
	const struct ppm_plan *const *plans = moves->options.plans;
	struct ppm_slice *own[PPM_SIDES];
	uint32_t counts[PPM_SIDES];

	for (int s = 0; s < PPM_SIDES; s++) {
		counts[s] = (uint32_t)plans[s]->tier_count;
		own[s] = ppm_arena_allocate(&moves->arena, counts[s] + 1, sizeof *own[s]);
		for (uint32_t i = 0; own[s] && i < counts[s]; i++)
			own[s][i] = plans[s]->tiers[i].name;
		moves->has_tiers = moves->has_tiers || counts[s];
	}
	moves->tiers = ppm_arena_allocate(&moves->arena, (size_t)counts[PPM_BEFORE] + counts[PPM_AFTER] + 3, sizeof *moves->tiers);
	if (!own[PPM_BEFORE] || !own[PPM_AFTER] || !moves->tiers)
		return false;
	moves->tier_count = join_names(moves->tiers, own[PPM_BEFORE], counts[PPM_BEFORE], own[PPM_AFTER], counts[PPM_AFTER]);
	moves->tiers[moves->tier_count++] = PPM_SLICE("");
	if (plans[PPM_BEFORE]->disqualifier_count || plans[PPM_AFTER]->disqualifier_count) {
		moves->tiers[moves->tier_count++] = unverified;
		moves->tiers[moves->tier_count++] = disqualified;
	}
	moves->cells = ppm_arena_allocate(&moves->arena, (size_t)moves->tier_count * moves->tier_count, sizeof *moves->cells);
	return moves->cells != NULL;
}

static bool set_segments(struct ppm_moves *moves)
{
	const struct ppm_plan *before = moves->options.plans[PPM_BEFORE], *after = moves->options.plans[PPM_AFTER];

	moves->segments = ppm_arena_allocate(&moves->arena, after->segment_count + 1, sizeof *moves->segments);
	for (uint32_t i = 0; moves->segments && i < after->segment_count; i++)
		for (uint32_t k = 0; k < before->segment_count; k++) {
			const struct ppm_plan_segment *old = &before->segments[k], *new = &after->segments[i];
			struct ppm_moves_segment *segment = &moves->segments[moves->segment_count];
			if (!ppm_slice_equal(old->name, new->name))
				continue;
			*segment = (struct ppm_moves_segment){ .name = new->name, .index = { k, i } };
			segment->arms = ppm_arena_allocate(&moves->arena, (size_t)old->arm_count + new->arm_count + 1, sizeof *segment->arms);
			if (!segment->arms)
				return false;
			segment->arm_count = join_names(segment->arms, old->arm_names, old->arm_count, new->arm_names, new->arm_count);
			segment->arms[segment->arm_count++] = PPM_SLICE("");
			segment->cells = ppm_arena_allocate(&moves->arena, (size_t)segment->arm_count * segment->arm_count, sizeof *segment->cells);
			if (!segment->cells)
				return false;
			moves->segment_count++;
			break;
		}
	return moves->segments != NULL;
}

static bool set_rules(struct ppm_moves *moves)
{
	const struct ppm_plan *before = moves->options.plans[PPM_BEFORE], *after = moves->options.plans[PPM_AFTER];
	const struct ppm_changes *changes = moves->options.changes;

	moves->rules = ppm_arena_allocate(&moves->arena, before->rule_count + after->rule_count + 1, sizeof *moves->rules);
	for (uint32_t i = 0; moves->rules && i < after->rule_count; i++)
		moves->rules[moves->rule_count++] =
			(struct ppm_moves_rule){ .name = after->rules[i]->name, .index = { i < changes->after_rule_count ? changes->before_rules[i] : PPM_NO_RULE, i } };
	for (uint32_t i = 0; moves->rules && i < before->rule_count; i++)
		if (i >= changes->before_rule_count || changes->after_rules[i] == PPM_NO_RULE)
			moves->rules[moves->rule_count++] = (struct ppm_moves_rule){ .name = before->rules[i]->name, .index = { i, PPM_NO_RULE } };
	return moves->rules != NULL;
}

enum ppm_status ppm_moves_new(struct ppm_moves **out, const struct ppm_moves_options *options)
{
	const struct ppm_plan *before = options->plans[PPM_BEFORE], *after = options->plans[PPM_AFTER];
	struct ppm_moves *moves = *out = ppm_allocate_zeroed(options->allocator, 1, sizeof *moves);
	struct ppm_moves_store *store;

	if (!moves)
		return PPM_ERROR_MEMORY;
	moves->options = *options;
	ppm_arena_init(&moves->arena, options->allocator);
	moves->store = store = PPM_ARENA_NEW(&moves->arena, struct ppm_moves_store);
	if (!store)
		return moves->status = PPM_ERROR_MEMORY;
	ppm_interner_init(&store->keys, options->allocator);
	store->memory = ppm_memory_new(options->allocator, options->memory_limit, NULL);
	for (int t = 0; t < PPM_TOPS; t++)
		moves->tops[t].items = ppm_arena_allocate(&moves->arena, (size_t)options->top + 1, sizeof *moves->tops[t].items);
	moves->barred.items = ppm_arena_allocate(&moves->arena, (size_t)options->top + 1, sizeof *moves->barred.items);
	moves->lifted.items = ppm_arena_allocate(&moves->arena, (size_t)options->top + 1, sizeof *moves->lifted.items);
	if (!store->memory || !moves->tops[PPM_TOP_MOVES].items || !moves->tops[PPM_TOP_CHANGES].items || !moves->barred.items || !moves->lifted.items || !set_tiers(moves) ||
		!set_segments(moves) || !set_rules(moves))
		return moves->status = PPM_ERROR_MEMORY;
	for (int t = 0; t < PPM_TOPS; t++)
		for (uint32_t i = 0; i <= options->top; i++)
			ppm_buffer_init(&moves->tops[t].items[i].key, options->allocator);
	moves->places = 2;
	for (int s = 0; s < PPM_SIDES; s++) {
		moves->has_score[s] = options->plans[s]->score != PPM_NODE_NONE;
		moves->places = moves->has_score[s] && options->plans[s]->places > moves->places ? options->plans[s]->places : moves->places;
	}
	moves->has_value = options->has_value[PPM_BEFORE] || options->has_value[PPM_AFTER];
	moves->value_is_older = moves->has_value && !options->has_value[PPM_AFTER];
	if (moves->tier_count > CODES_LIMIT || before->disqualifier_count > CODES_LIMIT || after->disqualifier_count > CODES_LIMIT)
		return moves->status = PPM_ERROR_LIMIT;
	for (uint32_t i = 0; i < moves->segment_count; i++)
		if (moves->segments[i].arm_count > CODES_LIMIT)
			return moves->status = PPM_ERROR_LIMIT;
	return PPM_OK;
}

void ppm_moves_free(struct ppm_moves *moves)
{
	if (!moves)
		return;
	if (moves->store && moves->store->memory) {
		struct ppm_moves_store *store = moves->store;
		struct ppm_moves_array *const arrays[] = { &store->lines, &store->scores[PPM_BEFORE], &store->scores[PPM_AFTER], &store->tiers, &store->barred, &store->segments,
			&store->rules, &store->values, &store->valued, &store->wanted, &store->moved, &store->up, &store->judged[PPM_BEFORE], &store->judged[PPM_AFTER],
			&store->ranks, &store->shares };
		for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
			ppm_moves_release(moves, arrays[i]);
		ppm_memory_free(store->memory);
	}
	if (moves->store)
		ppm_interner_free(&moves->store->keys);
	for (int t = 0; t < PPM_TOPS; t++)
		for (uint32_t i = 0; moves->tops[t].items && i <= moves->options.top; i++)
			ppm_buffer_free(&moves->tops[t].items[i].key);
	ppm_arena_free(&moves->arena);
	ppm_free(moves->options.allocator, moves);
}

// ---- the older rows -----------------------------------------------------------------------------------------------------

// Rules and overrides give no tier that is not listed.
static uint32_t tier_code(const struct ppm_moves *moves, struct ppm_slice tier)
{
	uint32_t code = find(moves->tiers, moves->tier_count, tier);
	assert(code < moves->tier_count);
	return code;
}

static uint32_t arm_code(const struct ppm_moves_segment *segment, struct ppm_slice arm)
{
	uint32_t code = find(segment->arms, segment->arm_count, arm);
	return code < segment->arm_count ? code : segment->arm_count - 1;
}

static uint32_t kept_score(const struct ppm_moves_row *row)
{
	return row->has_score ? (uint32_t)row->score + PPM_KEPT_FIRST : PPM_KEPT_MISSING;
}

static uint64_t rule_bytes(const struct ppm_moves *moves)
{
	return (moves->options.plans[PPM_BEFORE]->rule_count + 3) / 4;
}

static enum ppm_rule_state kept_rule(const struct ppm_moves *moves, uint64_t index, uint32_t rule)
{
	const uint8_t *bytes = (const uint8_t *)moves->store->rules.data + index * rule_bytes(moves);
	return (enum ppm_rule_state)(bytes[rule / 4] >> (rule % 4 * 2) & 3);
}

// The scores of the perspectives, of each model's own rows: who agrees is a question to one model.
static bool add_judged(struct ppm_moves *moves, int side, const struct ppm_moves_row *row)
{
	size_t count = moves->options.plans[side]->perspective_count;
	struct ppm_moves_array *judged = &moves->store->judged[side];
	uint64_t size = count * sizeof *row->perspectives;

	if (count < 2)
		return true;
	if (!ppm_moves_reserve(moves, judged, (moves->sides[side].rows + 1) * size))
		return false;
	memcpy((char *)judged->data + moves->sides[side].rows * size, row->perspectives, size);
	return true;
}

static bool add_before(struct ppm_moves *moves, const struct ppm_moves_row *row)
{
	struct ppm_moves_store *store = moves->store;
	const uint64_t index = store->count, segments = moves->segment_count, bytes = rule_bytes(moves);

	if (!row->line) {
		uint32_t code = ppm_interner_add(&store->keys, row->key);
		store->by_key = true;
		if (code == PPM_INTERNER_NONE) {
			moves->status = PPM_ERROR_MEMORY;
			return false;
		}
		assert(code == index);
	}
	if ((row->line && !ppm_moves_reserve(moves, &store->lines, (index + 1) * 8)) || !ppm_moves_reserve(moves, &store->scores[PPM_BEFORE], (index + 1) * 4) ||
		!ppm_moves_reserve(moves, &store->tiers, (index + 1) * 2) || !ppm_moves_reserve(moves, &store->barred, (index + 1) * 2) ||
		!ppm_moves_reserve(moves, &store->segments, (index + 1) * segments * 2) || !ppm_moves_reserve(moves, &store->rules, (index + 1) * bytes))
		return false;
	if (row->line)
		((uint64_t *)store->lines.data)[index] = row->line;
	((uint32_t *)store->scores[PPM_BEFORE].data)[index] = kept_score(row);
	((uint16_t *)store->tiers.data)[index] = (uint16_t)tier_code(moves, row->tier);
	((uint16_t *)store->barred.data)[index] = (uint16_t)(row->barred == PPM_NO_ID ? 0 : row->barred + 1);
	for (uint32_t i = 0; i < segments; i++) {
		const struct ppm_moves_segment *segment = &moves->segments[i];
		((uint16_t *)store->segments.data)[index * segments + i] = (uint16_t)arm_code(segment, row->segments[segment->index[PPM_BEFORE]]);
	}
	for (uint32_t i = 0; i < moves->options.plans[PPM_BEFORE]->rule_count; i++)
		((uint8_t *)store->rules.data)[index * bytes + i / 4] |= (uint8_t)(row->rules[i] << (i % 4 * 2));
	if (moves->options.has_value[PPM_BEFORE]) {
		if (!ppm_moves_reserve(moves, &store->values, (index + 1) * sizeof row->value))
			return false;
		((ppm_int128 *)store->values.data)[index] = row->has_value ? row->value : 0;
		if (row->has_value && !set_bit(moves, &store->valued, index))
			return false;
	}
	store->count++;
	return true;
}

// ---- matching -----------------------------------------------------------------------------------------------------------

static uint64_t match(struct ppm_moves *moves, uint64_t line, struct ppm_slice key)
{
	struct ppm_moves_store *store = moves->store;
	const uint64_t *lines = store->lines.data;

	if (store->by_key != (line == 0))
		return PPM_MOVES_NO_ROW;
	if (store->by_key) {
		uint32_t code = ppm_interner_find(&store->keys, key);
		return code == PPM_INTERNER_NONE ? PPM_MOVES_NO_ROW : code;
	}
	while (store->cursor < store->count && lines[store->cursor] < line)
		store->cursor++;
	return store->cursor < store->count && lines[store->cursor] == line ? store->cursor : PPM_MOVES_NO_ROW;
}

static void tally(struct ppm_moves_tally *to, const struct ppm_moves_row *row)
{
	to->count++;
	to->value += row->has_value ? row->value : 0;
}

static int64_t change_of(const struct ppm_moved_customer *customer)
{
	int64_t change = customer->has_score[PPM_BEFORE] && customer->has_score[PPM_AFTER] ? customer->score[PPM_AFTER] - customer->score[PPM_BEFORE] : 0;

	return change < 0 ? -change : change;
}

// Negative: a stands before b.
static int by_value(const struct ppm_moved_customer *a, const struct ppm_moved_customer *b)
{
	if (a->has_value != b->has_value)
		return a->has_value ? -1 : 1;
	return (a->value < b->value) - (a->value > b->value);
}

static bool stands_before(enum ppm_top top, const struct ppm_moved_customer *a, const struct ppm_moved_customer *b)
{
	int64_t x = change_of(a), y = change_of(b);
	int change = (x < y) - (x > y), value = by_value(a, b);
	int first = top == PPM_TOP_MOVES ? value : change, second = top == PPM_TOP_MOVES ? change : value;

	return first ? first < 0 : second ? second < 0 : a->index < b->index;
}

// The place behind the last is where one is made; it rises to its own, and the last falls off.
static bool offer(struct ppm_moves *moves, enum ppm_top which, const struct ppm_moves_row *row, struct ppm_moved_customer customer)
{
	struct ppm_moved_customers *top = &moves->tops[which];
	uint32_t at = top->count;

	if (at == moves->options.top && !stands_before(which, &customer, &top->items[at - 1]))
		return true;
	customer.key = top->items[at].key;
	customer.key.size = 0;
	ppm_buffer_append(&customer.key, row->shown.data, row->shown.size);
	for (; at > 0 && stands_before(which, &customer, &top->items[at - 1]); at--)
		top->items[at] = top->items[at - 1];
	top->items[at] = customer;
	top->count += top->count < moves->options.top;
	if (customer.key.failed)
		moves->status = PPM_ERROR_MEMORY;
	return !customer.key.failed;
}

static bool list(struct ppm_moves *moves, struct ppm_barred *barred, const struct ppm_moves_row *row, uint32_t disqualifier)
{
	if (barred->count++ >= moves->options.top)
		return true;
	struct ppm_barred_customer *customer = &barred->items[barred->kept++];
	*customer = (struct ppm_barred_customer){ ppm_arena_copy(&moves->arena, row->shown.size ? row->shown : PPM_SLICE("")), row->line, disqualifier };
	if (!customer->key.data)
		moves->status = PPM_ERROR_MEMORY;
	return customer->key.data != NULL;
}

static void count_rules(struct ppm_moves *moves, uint64_t index, const struct ppm_moves_row *row)
{
	for (uint32_t i = 0; i < moves->rule_count; i++) {
		struct ppm_moves_rule *rule = &moves->rules[i];
		bool fired = rule->index[PPM_BEFORE] != PPM_NO_RULE && kept_rule(moves, index, rule->index[PPM_BEFORE]) == PPM_RULE_FIRES;
		bool fires = rule->index[PPM_AFTER] != PPM_NO_RULE && row->rules[rule->index[PPM_AFTER]] == PPM_RULE_FIRES;
		rule->fires[PPM_BEFORE] += fired;
		rule->fires[PPM_AFTER] += fires;
		rule->starts += fires && !fired;
		rule->stops += fired && !fires;
	}
}

static void count_segments(struct ppm_moves *moves, uint64_t index, const struct ppm_moves_row *row)
{
	if (moves->segment_count == 0) // nothing is stored of them
		return;
	const uint16_t *codes = (const uint16_t *)moves->store->segments.data + index * moves->segment_count;

	for (uint32_t i = 0; i < moves->segment_count; i++) {
		struct ppm_moves_segment *segment = &moves->segments[i];
		uint32_t to = arm_code(segment, row->segments[segment->index[PPM_AFTER]]);
		tally(&segment->cells[codes[i] * segment->arm_count + to], row);
		segment->changed += codes[i] != to;
	}
}

// A pair of rows that are the same customer.
static bool add_pair(struct ppm_moves *moves, uint64_t index, const struct ppm_moves_row *after)
{
	struct ppm_moves_store *store = moves->store;
	struct ppm_moves_row row = *after;
	struct ppm_moves_side *sides = moves->sides;
	uint32_t old_score = ((uint32_t *)store->scores[PPM_BEFORE].data)[index], new_score = kept_score(&row);
	uint32_t from = ((uint16_t *)store->tiers.data)[index], to = tier_code(moves, row.tier), was_barred = ((uint16_t *)store->barred.data)[index];
	bool moved = moves->has_tiers ? from != to : old_score != new_score, up = moves->has_tiers ? to < from : new_score > old_score;

	moves->compared++;
	((uint32_t *)store->scores[PPM_AFTER].data)[index] = new_score;
	sides[PPM_BEFORE].missing += old_score == PPM_KEPT_MISSING;
	sides[PPM_AFTER].missing += new_score == PPM_KEPT_MISSING;
	if (moves->options.has_value[PPM_BEFORE] && ppm_moves_bit(&store->valued, index)) {
		sides[PPM_BEFORE].value += ((ppm_int128 *)store->values.data)[index];
		sides[PPM_BEFORE].valued++;
		if (moves->value_is_older) {
			row.has_value = true;
			row.value = ((ppm_int128 *)store->values.data)[index];
		}
	}
	if (!moves->value_is_older && row.has_value) {
		sides[PPM_AFTER].value += row.value;
		sides[PPM_AFTER].valued++;
	}
	tally(&moves->all, &row);
	tally(&moves->cells[from * moves->tier_count + to], &row);
	moves->rescored += old_score != new_score;
	if (moved) {
		tally(&moves->moved, &row);
		tally(up ? &moves->up : &moves->down, &row);
		if (!set_bit(moves, &store->wanted, index) || !set_bit(moves, &store->moved, index) || (up && !set_bit(moves, &store->up, index)))
			return false;
	}
	count_rules(moves, index, &row);
	count_segments(moves, index, &row);
	if ((row.barred != PPM_NO_ID && !was_barred && !list(moves, &moves->barred, &row, row.barred)) ||
		(row.barred == PPM_NO_ID && was_barred && !list(moves, &moves->lifted, &row, was_barred - 1)))
		return false;
	struct ppm_moved_customer customer = { .line = row.line,
		.index = index,
		.has_score = { old_score >= PPM_KEPT_FIRST, row.has_score },
		.has_value = row.has_value,
		.value = row.has_value ? row.value : 0,
		.tier = { from, to } };
	customer.score[PPM_BEFORE] = customer.has_score[PPM_BEFORE] ? (int64_t)old_score - PPM_KEPT_FIRST : 0;
	customer.score[PPM_AFTER] = row.has_score ? row.score : 0;
	if (moved && !offer(moves, PPM_TOP_MOVES, &row, customer))
		return false;
	return !change_of(&customer) || offer(moves, PPM_TOP_CHANGES, &row, customer);
}

bool ppm_moves_add(struct ppm_moves *moves, int side, const struct ppm_moves_row *row)
{
	bool fine = !moves->status && add_judged(moves, side, row);

	if (fine && side == PPM_BEFORE)
		fine = add_before(moves, row);
	else if (fine) {
		uint64_t index = match(moves, row->line, row->key);
		fine = index == PPM_MOVES_NO_ROW ? true : add_pair(moves, index, row);
	}
	moves->sides[side].rows++;
	return fine;
}

enum ppm_status ppm_moves_end(struct ppm_moves *moves, int side)
{
	if (!moves->status)
		moves->status = ppm_moves_agreement(moves, side);
	if (moves->status)
		return moves->status;
	moves->store->cursor = 0;
	if (side == PPM_BEFORE) { // the newer half of each row goes beside it
		ppm_moves_reserve(moves, &moves->store->scores[PPM_AFTER], moves->store->count * 4 + 4);
		return moves->status;
	}
	for (int s = 0; s < PPM_SIDES; s++)
		moves->only[s] = moves->sides[s].rows - moves->compared;
	for (uint32_t i = 0; i < moves->tops[PPM_TOP_CHANGES].count && !moves->status; i++)
		set_bit(moves, &moves->store->wanted, moves->tops[PPM_TOP_CHANGES].items[i].index);
	for (int s = 0; s < PPM_SIDES && !moves->status; s++)
		moves->status = ppm_moves_distribution(moves, s);
	return moves->status;
}

// ---- a second look ------------------------------------------------------------------------------------------------------

bool ppm_moves_any_wanted(const struct ppm_moves *moves)
{
	return moves->moved.count || moves->tops[PPM_TOP_CHANGES].count;
}

void ppm_moves_again(struct ppm_moves *moves, int side)
{
	struct ppm_moves_store *store = moves->store;
	const uint64_t *wanted = store->wanted.data;
	uint64_t words = store->wanted.size / 8;

	store->cursor = 0;
	if (side == PPM_AFTER || !ppm_moves_reserve(moves, &store->ranks, words * 4 + 4))
		return;
	store->wanted_count = 0;
	for (uint64_t i = 0; i < words; i++) {
		((uint32_t *)store->ranks.data)[i] = (uint32_t)store->wanted_count;
		store->wanted_count += (uint64_t)__builtin_popcountll(wanted[i]);
	}
	ppm_moves_reserve(moves, &store->shares, store->wanted_count * moves->options.plans[PPM_BEFORE]->rule_count * 8);
}

uint64_t ppm_moves_wanted(struct ppm_moves *moves, uint64_t line, struct ppm_slice key)
{
	uint64_t index = match(moves, line, key);

	return index != PPM_MOVES_NO_ROW && ppm_moves_bit(&moves->store->wanted, index) ? index : PPM_MOVES_NO_ROW;
}

uint32_t ppm_moves_place(const struct ppm_moves *moves, enum ppm_top top, uint64_t number)
{
	for (uint32_t i = 0; i < moves->tops[top].count; i++)
		if (moves->tops[top].items[i].index == number)
			return i;
	return PPM_NO_ID;
}

bool ppm_moves_shares(struct ppm_moves *moves, int side, uint64_t number, const int64_t *shares, bool has_value, ppm_int128 value)
{
	struct ppm_moves_store *store = moves->store;
	size_t count = moves->options.plans[PPM_BEFORE]->rule_count;

	if (moves->status)
		return false;
	uint64_t word = ((const uint64_t *)store->wanted.data)[number / 64] & (((uint64_t)1 << (number % 64)) - 1);
	// A model without rules has no shares, and no place for them.
	int64_t *old = count ? (int64_t *)store->shares.data + (((const uint32_t *)store->ranks.data)[number / 64] + (uint64_t)__builtin_popcountll(word)) * count : NULL;
	if (side == PPM_BEFORE) {
		if (count)
			memcpy(old, shares, count * sizeof *shares);
		return true;
	}
	if (!ppm_moves_bit(&store->moved, number))
		return true;
	if (moves->value_is_older) {
		has_value = ppm_moves_bit(&store->valued, number);
		value = ((const ppm_int128 *)store->values.data)[number];
	}
	for (uint32_t i = 0; i < moves->rule_count; i++) {
		struct ppm_moves_rule *rule = &moves->rules[i];
		int64_t was = rule->index[PPM_BEFORE] == PPM_NO_RULE ? 0 : old[rule->index[PPM_BEFORE]];
		int64_t is = rule->index[PPM_AFTER] == PPM_NO_RULE ? 0 : shares[rule->index[PPM_AFTER]];
		if (was == is)
			continue;
		rule->moved.count++;
		rule->moved.value += has_value ? value : 0;
		*(ppm_moves_bit(&store->up, number) ? &rule->up : &rule->down) += 1;
	}
	return true;
}

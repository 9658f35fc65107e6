// The table: a state is a set of parts that wait for the text's next byte, made when another state first leads to it. Bytes that no part tells apart are one class. A match may begin anywhere, so the
// pattern's first parts are in force before every byte that begins a character. What \b asks is settled when the byte behind it comes, and one more class is the text's end.
//
// Two states end the search: nothing can be found any more, and something was found. They lead to themselves, so that texts can be run together until all are through with it.
//
// What it takes to make one is bounded: parts, states, the table, and steps. A pattern that passes a bound has no automaton.
#include <assert.h>

#include "runtime/vm/text_automaton_internal.h"

#define SET_WORDS (PPM_AUTOMATON_PARTS / 64)
#define STATES_LIMIT 512u
#define CELLS_LIMIT 32768u  // of the table, of 2 bytes each
#define STEPS_LIMIT 400000u // parts looked at while it is made: a millisecond or two
#define CLASSES_LIMIT 256u
#define TOGETHER 4u // texts
#define PAUSE 8u    // bytes until it is asked whether they are all through

// What stands before and behind a place in the text.
enum neighbour { NEIGHBOUR_OTHER, NEIGHBOUR_WORD, NEIGHBOUR_INSIDE, NEIGHBOUR_LIMIT }; // INSIDE: a byte that goes on with a character; LIMIT: the text's start or end
#define NEIGHBOURS 4u

enum { STATE_NEVER, STATE_FOUND, STATE_FIRST };

struct ppm_text_automaton {
	const struct ppm_allocator *allocator;
	uint8_t classes[256];
	uint16_t width; // classes, and one more
	uint16_t first; // cell of the first state; those of the two that end the search are 0 and `width`
	uint32_t states;
	uint16_t cells[]; // [state * width + class]: the next state's first cell; [… + width - 1]: 0 or `width`, what the text's end makes of it
};

struct set {
	uint64_t words[SET_WORDS];
};

struct state {
	struct set waiting; // BYTES, START, END, EDGE, NO_EDGE
	enum neighbour before;
};

struct maker {
	struct ppm_automaton_parts parts;
	struct set reach[PPM_AUTOMATON_PARTS]; // of a part: what waits or was found behind jumps and forks
	uint32_t words;                        // of a set that are in use
	bool edges, starts;                    // the pattern asks for words, for the text's start
	uint8_t classes[256];
	uint32_t class_count;
	uint8_t members[CLASSES_LIMIT]; // a byte of each class
	struct state states[STATES_LIMIT];
	uint32_t state_count;
	uint16_t slots[STATES_LIMIT * 2]; // state and 1, by its hash
	uint16_t next[CELLS_LIMIT];       // [state * (class_count + 1) + class]: a state
	uint32_t steps;
	uint16_t stack[PPM_AUTOMATON_PARTS];
};

static bool has(const struct set *set, uint32_t part)
{
	return set->words[part / 64] >> part % 64 & 1;
}

static void include(struct set *set, uint32_t part)
{
	set->words[part / 64] |= UINT64_C(1) << part % 64;
}

static void include_all(const struct maker *maker, struct set *set, const struct set *others)
{
	for (uint32_t i = 0; i < maker->words; i++)
		set->words[i] |= others->words[i];
}

static bool has_byte(const struct ppm_automaton_part *part, unsigned byte)
{
	return part->bytes[byte / 64] >> byte % 64 & 1;
}

static bool is_word(unsigned byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static enum neighbour neighbour_of(unsigned byte)
{
	return is_word(byte) ? NEIGHBOUR_WORD : (byte & 0xC0) == 0x80 ? NEIGHBOUR_INSIDE : NEIGHBOUR_OTHER;
}

// ---- making -----------------------------------------------------------------------------------------------

// What lies behind part `from` without a byte or a condition. Each part is put on the stack once.
static void find_reach(struct maker *maker, uint32_t from)
{
	struct set seen = { { 0 } };
	uint32_t depth = 0;
	maker->stack[depth++] = (uint16_t)from;
	include(&seen, from);
	while (depth) {
		uint16_t at = maker->stack[--depth];
		const struct ppm_automaton_part *part = &maker->parts.items[at];
		maker->steps++;
		if (part->kind != PPM_PART_JUMP && part->kind != PPM_PART_FORK) {
			include(&maker->reach[from], at);
			continue;
		}
		const uint16_t behind[] = { part->next, part->other };
		for (size_t i = 0; i < (part->kind == PPM_PART_FORK ? 2u : 1u); i++) {
			if (has(&seen, behind[i]))
				continue;
			include(&seen, behind[i]);
			maker->stack[depth++] = behind[i];
		}
	}
}

// Only of parts that something else than a jump or a fork leads to.
static void find_reaches(struct maker *maker)
{
	static_assert((PPM_AUTOMATON_PARTS + 1) * PPM_AUTOMATON_PARTS < STEPS_LIMIT, "the steps that this takes, a part's reach each once, are within the bound");
	find_reach(maker, maker->parts.first);
	for (uint32_t i = 0; i < maker->parts.count; i++) {
		const struct ppm_automaton_part *part = &maker->parts.items[i];
		if (part->kind == PPM_PART_JUMP || part->kind == PPM_PART_FORK || part->kind == PPM_PART_FOUND)
			continue;
		maker->edges = maker->edges || part->kind == PPM_PART_EDGE || part->kind == PPM_PART_NO_EDGE;
		maker->starts = maker->starts || part->kind == PPM_PART_START;
		const struct set *known = &maker->reach[part->next];
		uint64_t any = 0;
		for (uint32_t word = 0; word < maker->words; word++)
			any |= known->words[word];
		if (!any)
			find_reach(maker, part->next);
	}
}

// Splits each class into its bytes within the set and the others.
static void split_classes(struct maker *maker, const uint64_t bytes[4])
{
	uint16_t within[CLASSES_LIMIT], seen[CLASSES_LIMIT][2];
	memset(within, 0xff, sizeof within);
	memset(seen, 0, sizeof seen);
	for (unsigned byte = 0; byte < 256; byte++)
		seen[maker->classes[byte]][bytes[byte / 64] >> byte % 64 & 1]++;
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t class = maker->classes[byte];
		if (!(bytes[byte / 64] >> byte % 64 & 1) || seen[class][0] == 0)
			continue;
		if (within[class] == UINT16_MAX)
			within[class] = (uint16_t)maker->class_count++;
		maker->classes[byte] = (uint8_t)within[class];
	}
}

static void find_classes(struct maker *maker)
{
	uint64_t words[4] = { 0 }, inside[4] = { 0, 0, UINT64_MAX, 0 };
	maker->class_count = 1;
	split_classes(maker, inside);
	for (unsigned byte = 0; byte < 256; byte++)
		words[byte / 64] |= (uint64_t)is_word(byte) << byte % 64;
	if (maker->edges)
		split_classes(maker, words);
	for (uint32_t i = 0; i < maker->parts.count; i++)
		if (maker->parts.items[i].kind == PPM_PART_BYTES)
			split_classes(maker, maker->parts.items[i].bytes);
	for (unsigned byte = 256; byte-- > 0;)
		maker->members[maker->classes[byte]] = (uint8_t)byte;
}

static bool holds(enum ppm_automaton_part_kind kind, enum neighbour before, enum neighbour behind)
{
	bool edge = (before == NEIGHBOUR_WORD) != (behind == NEIGHBOUR_WORD);
	switch (kind) {
	case PPM_PART_START: return before == NEIGHBOUR_LIMIT;
	case PPM_PART_END: return behind == NEIGHBOUR_LIMIT;
	case PPM_PART_EDGE: return edge;
	case PPM_PART_NO_EDGE: return !edge;
	default: return false;
	}
}

// All that is in force at a state before what comes behind it: what waits, the pattern's first parts where a character may begin, and what conditions lead to.
static struct set in_force(struct maker *maker, const struct state *state, enum neighbour behind)
{
	struct set all = state->waiting, done = { { 0 } };
	if (behind != NEIGHBOUR_INSIDE)
		include_all(maker, &all, &maker->reach[maker->parts.first]);
	for (bool more = true; more;) {
		more = false;
		for (uint32_t word = 0; word < maker->words; word++) {
			for (uint64_t bits = all.words[word] & ~done.words[word]; bits; bits &= bits - 1) {
				uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(bits);
				const struct ppm_automaton_part *part = &maker->parts.items[at];
				maker->steps++;
				include(&done, at);
				if (!holds((enum ppm_automaton_part_kind)part->kind, state->before, behind))
					continue;
				include_all(maker, &all, &maker->reach[part->next]);
				more = true;
			}
		}
	}
	return all;
}

static bool has_found(const struct maker *maker, const struct set *set)
{
	return has(set, maker->parts.count - 1); // the last part, and the only one of its kind
}

// The state's number, or STATES_LIMIT where there are too many.
static uint32_t state_of(struct maker *maker, const struct set *waiting, enum neighbour before)
{
	if (has_found(maker, waiting))
		return STATE_FOUND;
	// What the pattern does not ask for makes no difference.
	if (before == NEIGHBOUR_LIMIT ? !maker->starts : before != NEIGHBOUR_WORD || !maker->edges)
		before = NEIGHBOUR_OTHER;
	uint64_t hash = (uint64_t)before;
	for (uint32_t word = 0; word < maker->words; word++)
		hash = (hash ^ waiting->words[word]) * UINT64_C(0x9e3779b97f4a7c15), hash ^= hash >> 29;
	uint32_t slot = (uint32_t)hash % (STATES_LIMIT * 2);
	for (; maker->slots[slot]; slot = (slot + 1) % (STATES_LIMIT * 2)) {
		const struct state *held = &maker->states[maker->slots[slot] - 1];
		if (held->before == before && memcmp(held->waiting.words, waiting->words, maker->words * sizeof *waiting->words) == 0)
			return maker->slots[slot] - 1u;
	}
	if (maker->state_count == STATES_LIMIT || (maker->state_count + 1) * (maker->class_count + 1) > CELLS_LIMIT)
		return STATES_LIMIT;
	maker->states[maker->state_count] = (struct state){ *waiting, before };
	maker->slots[slot] = (uint16_t)(maker->state_count + 1);
	return maker->state_count++;
}

// The row of one state.
static bool fill_row(struct maker *maker, uint32_t number)
{
	const struct state state = maker->states[number];
	uint16_t *row = &maker->next[number * (maker->class_count + 1)];
	struct set forces[NEIGHBOURS];
	for (unsigned behind = 0; behind < NEIGHBOURS; behind++)
		forces[behind] = in_force(maker, &state, (enum neighbour)behind);
	for (uint32_t class = 0; class < maker->class_count; class ++) {
		enum neighbour behind = neighbour_of(maker->members[class]);
		const struct set *force = &forces[maker->edges || behind == NEIGHBOUR_INSIDE ? behind : NEIGHBOUR_OTHER];
		struct set waiting = { { 0 } };
		if (has_found(maker, force)) {
			row[class] = STATE_FOUND;
			continue;
		}
		for (uint32_t word = 0; word < maker->words; word++) {
			for (uint64_t bits = force->words[word]; bits; bits &= bits - 1) {
				const struct ppm_automaton_part *part = &maker->parts.items[word * 64 + (uint32_t)__builtin_ctzll(bits)];
				maker->steps++;
				if (part->kind == PPM_PART_BYTES && has_byte(part, maker->members[class]))
					include_all(maker, &waiting, &maker->reach[part->next]);
			}
		}
		uint32_t next = state_of(maker, &waiting, behind);
		if (next == STATES_LIMIT || maker->steps > STEPS_LIMIT)
			return false;
		row[class] = (uint16_t)next;
	}
	row[maker->class_count] = has_found(maker, &forces[NEIGHBOUR_LIMIT]) ? STATE_FOUND : STATE_NEVER;
	return true;
}

// A state that leads nowhere but to itself, and is nothing at the end.
static bool is_never(const struct maker *maker, uint32_t number)
{
	const uint16_t *row = &maker->next[number * (maker->class_count + 1)];
	for (uint32_t class = 0; class < maker->class_count; class ++)
		if (row[class] != number)
			return false;
	return row[maker->class_count] == STATE_NEVER;
}

static bool fill(struct maker *maker, uint32_t *first)
{
	const struct set nothing = { { 0 } };
	uint32_t width = maker->class_count + 1;
	for (uint32_t end = STATE_NEVER; end <= STATE_FOUND; end++)
		for (uint32_t class = 0; class < width; class ++)
			maker->next[end * width + class] = (uint16_t)end;
	maker->state_count = STATE_FIRST;
	*first = has_found(maker, &maker->reach[maker->parts.first]) ? STATE_FOUND : state_of(maker, &nothing, NEIGHBOUR_LIMIT);
	for (uint32_t number = STATE_FIRST; number < maker->state_count; number++)
		if (!fill_row(maker, number))
			return false;
	for (uint32_t number = STATE_FIRST; number < maker->state_count; number++) {
		if (!is_never(maker, number))
			continue;
		for (uint32_t cell = 0; cell < maker->state_count * width; cell++)
			if (maker->next[cell] == number)
				maker->next[cell] = STATE_NEVER;
		*first = *first == number ? STATE_NEVER : *first;
	}
	return true;
}

static struct ppm_text_automaton *finished(const struct ppm_allocator *allocator, const struct maker *maker, uint32_t first)
{
	uint32_t width = maker->class_count + 1, cells = maker->state_count * width;
	struct ppm_text_automaton *made = ppm_allocate(allocator, 1, sizeof *made + cells * sizeof *made->cells);
	if (!made)
		return NULL;
	made->allocator = allocator;
	memcpy(made->classes, maker->classes, sizeof made->classes);
	made->width = (uint16_t)width;
	made->first = (uint16_t)(first * width);
	made->states = maker->state_count;
	for (uint32_t cell = 0; cell < cells; cell++)
		made->cells[cell] = (uint16_t)(maker->next[cell] * width);
	return made;
}

bool ppm_text_automaton_new(const struct ppm_allocator *allocator, struct ppm_slice pattern, struct ppm_text_automaton **automaton)
{
	*automaton = NULL;
	struct maker *maker = ppm_allocate_zeroed(allocator, 1, sizeof *maker);
	if (!maker)
		return false;
	bool made = true;
	uint32_t first;
	if (ppm_automaton_read(pattern, &maker->parts)) {
		maker->words = (maker->parts.count + 63) / 64;
		find_reaches(maker);
		find_classes(maker);
		assert(maker->class_count < CLASSES_LIMIT); // 13 bytes are in no character
		if (fill(maker, &first))
			made = (*automaton = finished(allocator, maker, first)) != NULL;
	}
	ppm_free(allocator, maker);
	return made;
}

void ppm_text_automaton_free(struct ppm_text_automaton *automaton)
{
	if (automaton)
		ppm_free(automaton->allocator, automaton);
}

void ppm_text_automaton_size(const struct ppm_text_automaton *automaton, uint32_t *states, size_t *bytes)
{
	*states = automaton->states;
	*bytes = (size_t)automaton->states * automaton->width * sizeof *automaton->cells;
}

// ---- running ----------------------------------------------------------------------------------------------

static bool run(const struct ppm_text_automaton *automaton, size_t at, const unsigned char *from, const unsigned char *end)
{
	const uint16_t *cells = automaton->cells;
	const uint8_t *classes = automaton->classes;
	const size_t found = automaton->width;
	for (; from < end && at > found; from++)
		at = cells[at + classes[*from]];
	return cells[at + found - 1] == found;
}

bool ppm_text_automaton_match(const struct ppm_text_automaton *automaton, struct ppm_slice text)
{
	const unsigned char *from = (const unsigned char *)text.data;
	return run(automaton, automaton->first, from, from + text.size);
}

// One by one their look-ups would wait for each other; written out, the states stay in registers.
static void run_together(const struct ppm_text_automaton *automaton, const struct ppm_slice *texts, uint8_t *answers)
{
	const uint16_t *cells = automaton->cells;
	const uint8_t *classes = automaton->classes;
	const size_t found = automaton->width;
	const unsigned char *a = (const unsigned char *)texts[0].data, *b = (const unsigned char *)texts[1].data, *c = (const unsigned char *)texts[2].data,
			    *d = (const unsigned char *)texts[3].data;
	size_t at_a = automaton->first, at_b = at_a, at_c = at_a, at_d = at_a;
	size_t least = texts[0].size, done = 0;
	for (size_t i = 1; i < TOGETHER; i++)
		least = texts[i].size < least ? texts[i].size : least;
	while (done < least) {
		size_t pause = least - done < PAUSE ? least : done + PAUSE;
		for (; done < pause; done++) {
			at_a = cells[at_a + classes[a[done]]];
			at_b = cells[at_b + classes[b[done]]];
			at_c = cells[at_c + classes[c[done]]];
			at_d = cells[at_d + classes[d[done]]];
		}
		if (at_a <= found && at_b <= found && at_c <= found && at_d <= found)
			break;
	}
	answers[0] = run(automaton, at_a, a + done, a + texts[0].size);
	answers[1] = run(automaton, at_b, b + done, b + texts[1].size);
	answers[2] = run(automaton, at_c, c + done, c + texts[2].size);
	answers[3] = run(automaton, at_d, d + done, d + texts[3].size);
}

void ppm_text_automaton_match_many(const struct ppm_text_automaton *automaton, const struct ppm_slice *texts, size_t count, uint8_t *answers)
{
	size_t i = 0;
	for (; i + TOGETHER <= count; i += TOGETHER)
		run_together(automaton, texts + i, answers + i);
	for (; i < count; i++)
		answers[i] = ppm_text_automaton_match(automaton, texts[i]);
}

// Pairs the subjects of two models, and tells what differs between those of a pair, what there was, and what there is now.
//
// Pairs are made by name first, then among what is left by what is said (a new name for the same). What is renamed changes the keys of what reads it, so that this goes on
// until no more pairs are found.

#include "lang/compare/compare.h"

#include <stdlib.h>

#define ROUNDS 16

struct comparison {
	struct ppm_arena *arena;
	struct ppm_side before, after;
	struct ppm_change *items;
	size_t count, capacity;
	struct ppm_change_part *parts; // of the change at hand
	size_t part_count, part_capacity;
};

// ---- pairs ---------------------------------------------------------------------------------------------------------

static void describe_all(struct ppm_side *side)
{
	for (uint32_t i = 0; i < side->subject_count && !side->arena->failed; i++)
		ppm_subject_describe(side, &side->subjects[i]);
}

static bool pair_up(struct comparison *c, uint32_t before, uint32_t after)
{
	c->before.subjects[before].pair = after;
	c->after.subjects[after].pair = before;
	return true;
}

// Subjects by a text, those of the same text in their order.
struct table {
	struct ppm_interner texts;
	uint32_t *first, *next;
};

static bool table_init(struct table *table, struct ppm_arena *arena, uint32_t count)
{
	ppm_interner_init(&table->texts, arena->allocator);
	table->first = ppm_arena_allocate(arena, (size_t)count + 1, sizeof *table->first);
	table->next = ppm_arena_allocate(arena, (size_t)count + 1, sizeof *table->next);
	return table->first && table->next;
}

// From the last subject to the first, so that the first comes out first.
static void table_add(struct table *table, struct ppm_arena *arena, struct ppm_slice text, uint32_t subject)
{
	uint32_t known = table->texts.count, code = ppm_interner_add(&table->texts, text);

	if (code == PPM_INTERNER_NONE) {
		arena->failed = true;
		return;
	}
	table->next[subject] = code < known ? table->first[code] : 0;
	table->first[code] = subject + 1;
}

static uint32_t table_take(struct table *table, struct ppm_slice text)
{
	uint32_t code = ppm_interner_find(&table->texts, text), subject;

	if (code == PPM_INTERNER_NONE || !table->first[code])
		return PPM_NO_SUBJECT;
	subject = table->first[code] - 1;
	table->first[code] = table->next[subject];
	return subject;
}

// The name by which the older side would know it.
static struct ppm_slice name_key(struct ppm_side *side, const struct ppm_subject *subject)
{
	size_t module = (size_t)(subject->module - side->plan->modules);
	struct ppm_slice name = subject->name, own = subject->module->name;

	if (own.size && !ppm_slice_equal(own, side->module_names[module]) && name.size > own.size)
		name = ppm_arena_format(side->arena, "%.*s%.*s", PPM_SHOW(side->module_names[module]), (int)(name.size - own.size), name.data + own.size);
	return ppm_arena_format(side->arena, "%d %.*s", (int)subject->kind, PPM_SHOW(name));
}

static void pair_by_name(struct comparison *c)
{
	struct table table;

	if (table_init(&table, c->arena, c->before.subject_count)) {
		for (uint32_t i = c->before.subject_count; i-- > 0;)
			table_add(&table, c->arena, name_key(&c->before, &c->before.subjects[i]), i);
		for (uint32_t i = 0; i < c->after.subject_count; i++) {
			uint32_t found = table_take(&table, name_key(&c->after, &c->after.subjects[i]));
			if (found != PPM_NO_SUBJECT)
				pair_up(c, found, i);
		}
	}
	ppm_interner_free(&table.texts);
}

// All that it says. Names that are data (a customer's key) or say nothing by themselves make no pair.
static struct ppm_slice meaning_key(struct ppm_side *side, const struct ppm_subject *subject)
{
	struct ppm_buffer text;
	struct ppm_slice copy = PPM_SLICE("");

	if (subject->kind == PPM_SUBJECT_OVERRIDE || subject->kind == PPM_SUBJECT_DATASET || !subject->property_count || subject->kind == PPM_SUBJECT_SCORE)
		return copy;
	ppm_buffer_init(&text, side->arena->allocator);
	ppm_buffer_format(&text, "%d", (int)subject->kind);
	for (uint32_t i = 0; i < subject->property_count; i++) {
		const struct ppm_property *p = &subject->properties[i];
		ppm_buffer_format(&text, "|%s %zu:%.*s %zu:", p->aspect, p->item_key.size, PPM_SHOW(p->item_key), p->key.size);
		if (p->key.size)
			ppm_buffer_append(&text, p->key.data, p->key.size);
	}
	if (subject->member_of.size)
		ppm_buffer_format(&text, "|in %.*s", PPM_SHOW(subject->member_of));
	if (text.failed)
		side->arena->failed = true;
	else
		copy = ppm_arena_copy(side->arena, ppm_buffer_slice(&text));
	ppm_buffer_free(&text);
	return copy;
}

// What makes a subject what it is, even when it has another name and says something else besides: a column's header, a rule's condition in its dimension.
static struct ppm_slice gist_key(struct ppm_side *side, const struct ppm_subject *subject)
{
	const char *wanted = subject->kind == PPM_SUBJECT_COLUMN ? "header" : subject->kind == PPM_SUBJECT_RULE ? "condition" : NULL;
	struct ppm_slice key = PPM_SLICE("");

	for (uint32_t i = 0; i < subject->property_count && wanted; i++) {
		const struct ppm_property *p = &subject->properties[i];
		if (!strcmp(p->aspect, wanted) || (subject->kind == PPM_SUBJECT_RULE && (!strcmp(p->aspect, "dimension") || !strcmp(p->aspect, "kind"))))
			key = ppm_arena_format(side->arena, "%.*s|%.*s", PPM_SHOW(key), PPM_SHOW(p->key));
	}
	if (subject->kind == PPM_SUBJECT_RULE && subject->rule->kind > PPM_RULE_PENALTY)
		return PPM_SLICE("");
	return key.size ? ppm_arena_format(side->arena, "%d %.*s|%.*s", (int)subject->kind, PPM_SHOW(subject->member_of), PPM_SHOW(key)) : key;
}

static bool pair_by_meaning(struct comparison *c, struct ppm_slice (*key_of)(struct ppm_side *, const struct ppm_subject *))
{
	struct table table;
	bool any = false;

	if (table_init(&table, c->arena, c->before.subject_count)) {
		for (uint32_t i = c->before.subject_count; i-- > 0;) {
			struct ppm_subject *subject = &c->before.subjects[i];
			struct ppm_slice key = subject->pair == PPM_NO_SUBJECT ? key_of(&c->before, subject) : PPM_SLICE("");
			if (key.size)
				table_add(&table, c->arena, key, i);
		}
		for (uint32_t i = 0; i < c->after.subject_count && table.texts.count; i++) {
			struct ppm_subject *subject = &c->after.subjects[i];
			if (subject->pair != PPM_NO_SUBJECT)
				continue;
			ppm_subject_describe(&c->after, subject);
			struct ppm_slice key = key_of(&c->after, subject);
			uint32_t found = key.size ? table_take(&table, key) : PPM_NO_SUBJECT;
			if (found != PPM_NO_SUBJECT)
				any = pair_up(c, found, i);
		}
	}
	ppm_interner_free(&table.texts);
	return any && !c->arena->failed;
}

// A used file under another name: the one of those left over that declares the most of the same names.
static void pair_modules(struct comparison *c)
{
	const struct ppm_plan *old = c->before.plan, *new = c->after.plan;

	for (size_t n = 1; n < new->module_count; n++) {
		uint32_t most = 0;
		bool same = new->modules[n].standard;
		for (size_t o = 1; o < old->module_count; o++)
			same = same || ppm_slice_equal(old->modules[o].name, new->modules[n].name);
		for (size_t o = 1; o < old->module_count && !same; o++) {
			bool taken = old->modules[o].standard;
			uint32_t shared = 0;
			for (size_t i = 1; i < new->module_count; i++)
				taken = taken || ppm_slice_equal(new->modules[i].name, old->modules[o].name) ||
					(i < n && ppm_slice_equal(c->after.module_names[i], old->modules[o].name));
			for (uint32_t i = 0; i < c->after.subject_count && !taken; i++) {
				const struct ppm_subject *subject = &c->after.subjects[i];
				struct ppm_slice own = new->modules[n].name;
				if (subject->module != &new->modules[n] || subject->name.size <= own.size)
					continue;
				shared += ppm_side_find(&c->before, old->modules[o].name,
						  (struct ppm_slice){ subject->name.data + own.size + 1, subject->name.size - own.size - 1 }) != PPM_NO_SUBJECT;
			}
			if (shared > most) {
				most = shared;
				c->after.module_names[n] = old->modules[o].name;
			}
		}
	}
}

static void pair_all(struct comparison *c)
{
	bool more = true;

	pair_modules(c);
	pair_by_name(c);
	describe_all(&c->before);
	for (int round = 0; round < ROUNDS && more && !c->arena->failed; round++)
		more = pair_by_meaning(c, meaning_key) || (round < ROUNDS / 2 && pair_by_meaning(c, gist_key));
	for (uint32_t i = 0; i < c->after.subject_count; i++) {
		c->after.subjects[i].read_count = 0;
		c->after.subjects[i].has_reads = false;
	}
	describe_all(&c->after);
}

// ---- what differs ----------------------------------------------------------------------------------------------------

static void *grown(struct ppm_arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *more = ppm_arena_allocate(arena, wanted, size);
	if (!more)
		return NULL;
	if (count)
		memcpy(more, items, count * size);
	*capacity = wanted;
	return more;
}

static bool same_meaning(struct comparison *c, const struct ppm_property *old, const struct ppm_property *new)
{
	if (ppm_slice_equal(old->key, new->key) || (old->implied && new->implied)) // what nobody wrote follows from what is told
		return true;
	if (old->node == PPM_NODE_NONE || new->node == PPM_NODE_NONE || old->node == PPM_NODE_POISON || new->node == PPM_NODE_POISON)
		return false;
	return ppm_slice_equal(ppm_fingerprint(&c->before, old->node), ppm_fingerprint(&c->after, new->node));
}

static void tell(struct comparison *c, const struct ppm_contrast *contrast)
{
	struct ppm_change_part *parts = grown(c->arena, c->parts, c->part_count, &c->part_capacity, sizeof *parts);

	if (!parts)
		return;
	c->parts = parts;
	parts[c->part_count] = (struct ppm_change_part){ .aspect = "" };
	ppm_contrast_tell(c->arena, contrast, &parts[c->part_count]);
	c->part_count++;
}

static bool same_entry(const struct ppm_property *a, const struct ppm_property *b)
{
	return !strcmp(a->aspect, b->aspect) && ppm_slice_equal(a->item_key, b->item_key);
}

static struct ppm_slice entry_key(struct ppm_arena *arena, const struct ppm_property *property)
{
	return ppm_arena_format(arena, "%s %.*s", property->aspect, PPM_SHOW(property->item_key));
}

// of[i] is the property of the newer subject that stands for property i of the older one, or PPM_NO_SUBJECT; by[i] the other way round.
static void pair_properties(struct ppm_arena *arena, const struct ppm_subject *old, const struct ppm_subject *new, uint32_t *of, uint32_t *by)
{
	uint32_t o = 0;
	struct table table;

	for (uint32_t i = 0; i < old->property_count; i++)
		of[i] = PPM_NO_SUBJECT;
	for (uint32_t i = 0; i < new->property_count; i++)
		by[i] = PPM_NO_SUBJECT;
	if (table_init(&table, arena, old->property_count)) {
		for (uint32_t i = old->property_count; i-- > 0;)
			table_add(&table, arena, entry_key(arena, &old->properties[i]), i);
		for (uint32_t n = 0; n < new->property_count; n++) {
			uint32_t found = table_take(&table, entry_key(arena, &new->properties[n]));
			if (found == PPM_NO_SUBJECT)
				continue;
			of[found] = n;
			by[n] = found;
		}
	}
	ppm_interner_free(&table.texts);
	// an entry whose item changed is the one that is left at its place
	for (uint32_t n = 0; n < new->property_count; n++) {
		if (by[n] != PPM_NO_SUBJECT || !new->properties[n].replaces)
			continue;
		while (o < old->property_count && (of[o] != PPM_NO_SUBJECT || !old->properties[o].replaces))
			o++;
		if (o == old->property_count)
			break;
		of[o] = n;
		by[n] = o;
	}
}

static struct ppm_slice items_of(struct ppm_arena *arena, const struct ppm_subject *subject, const char *aspect)
{
	struct ppm_slice all = PPM_SLICE("");

	for (uint32_t i = 0; i < subject->property_count && all.size < 2000; i++)
		if (!strcmp(subject->properties[i].aspect, aspect))
			all = ppm_arena_format(arena, "%.*s%s%.*s", PPM_SHOW(all), all.size ? ", " : "", PPM_SHOW(subject->properties[i].item));
	return all;
}

static void tell_order(struct comparison *c, struct ppm_slice before, struct ppm_slice after, bool first_fits)
{
	struct ppm_change_part *parts = grown(c->arena, c->parts, c->part_count, &c->part_capacity, sizeof *parts);

	if (!parts)
		return;
	c->parts = parts;
	parts[c->part_count++] = (struct ppm_change_part){ .aspect = "order",
		.before = before,
		.after = after,
		.symbols = ppm_arena_format(c->arena, "order %.*s → %.*s", PPM_SHOW(before), PPM_SHOW(after)),
		.words = first_fits ? PPM_SLICE("the first that fits counts, so that the order matters") : PPM_SLICE("") };
}

// Of two entries that changed places it says something only when one of them is ordered: that of others is free, so that a lookup's plain keys may come in any order around a `_`.
static bool is_reordered(const struct ppm_subject *new, const uint32_t *by, const char *aspect)
{
	uint32_t last = 0, last_ordered = 0;

	for (uint32_t n = 0; n < new->property_count; n++) {
		const struct ppm_property *property = &new->properties[n];
		uint32_t place = by[n] + 1;
		if (strcmp(property->aspect, aspect) != 0 || by[n] == PPM_NO_SUBJECT)
			continue;
		if (place < (property->ordered ? last : last_ordered))
			return true;
		last = place > last ? place : last;
		last_ordered = property->ordered ? place : last_ordered;
	}
	return false;
}

static void orders(struct comparison *c, const struct ppm_subject *old, const struct ppm_subject *new, const uint32_t *by)
{
	const char *told = "";

	for (uint32_t n = 0; n < new->property_count; n++) {
		const struct ppm_property *property = &new->properties[n];
		if (!property->ordered || property->replaces || !strcmp(told, property->aspect))
			continue;
		told = property->aspect;
		if (is_reordered(new, by, told)) {
			bool first_fits = !strcmp(told, "arm") || !strcmp(told, "entry");
			tell_order(c, items_of(c->arena, old, told), items_of(c->arena, new, told), first_fits);
		}
	}
}

static void compare(struct comparison *c, const struct ppm_subject *old, const struct ppm_subject *new)
{
	uint32_t *of = ppm_arena_allocate(c->arena, (size_t)old->property_count + 1, sizeof *of), *by = ppm_arena_allocate(c->arena, (size_t) new->property_count + 1, sizeof *by);
	struct ppm_contrast contrast = { .before = old, .after = new, .before_side = &c->before, .after_side = &c->after };

	if (!of || !by)
		return;
	pair_properties(c->arena, old, new, of, by);
	for (uint32_t n = 0; n < new->property_count && !c->arena->failed; n++) {
		contrast.new = &new->properties[n];
		contrast.old = by[n] == PPM_NO_SUBJECT ? NULL : &old->properties[by[n]];
		bool same = contrast.old && same_entry(contrast.old, contrast.new) && same_meaning(c, contrast.old, contrast.new);
		if (!contrast.new->hidden && !same)
			tell(c, &contrast);
	}
	contrast.new = NULL;
	for (uint32_t o = 0; o < old->property_count && !c->arena->failed; o++) {
		contrast.old = &old->properties[o];
		if (of[o] == PPM_NO_SUBJECT && !contrast.old->hidden)
			tell(c, &contrast);
	}
	orders(c, old, new, by);
}

// A cap or band that is part of the same figure: when the whole is equal, no part of it differs.
static bool whole_is_same(struct comparison *c, const struct ppm_subject *old, const struct ppm_subject *new, const char *aspect)
{
	const struct ppm_property *a = NULL, *b = NULL;

	for (uint32_t i = 0; i < old->property_count && !a; i++)
		if (!strcmp(old->properties[i].aspect, aspect))
			a = &old->properties[i];
	for (uint32_t i = 0; i < new->property_count && !b; i++)
		if (!strcmp(new->properties[i].aspect, aspect))
			b = &new->properties[i];
	return a && b && a->node != PPM_NODE_NONE && b->node != PPM_NODE_NONE && !ppm_slice_equal(a->key, b->key) && same_meaning(c, a, b);
}

static void drop_parts(struct comparison *c, const struct ppm_subject *old, const struct ppm_subject *new)
{
	static const char *const part_words[] = { "at most", "from", "to", "goes from", "goes to", "band" };
	size_t kept = 0;

	if (new->kind != PPM_SUBJECT_RULE || (!whole_is_same(c, old, new, "points") && !whole_is_same(c, old, new, "subject")))
		return;
	for (size_t k = 0; k < c->part_count; k++) {
		bool part = false;
		for (size_t i = 0; i < sizeof part_words / sizeof *part_words; i++)
			part = part || !strcmp(c->parts[k].aspect, part_words[i]);
		// a cap holds for the missing points, too, which are not in the whole
		if (!part || old->rule->missing || new->rule->missing)
			c->parts[kept++] = c->parts[k];
	}
	c->part_count = kept;
}

// ---- what it reaches ---------------------------------------------------------------------------------------------------

struct reaching {
	uint32_t *first, *next, *reader; // of each subject, who reads it
	uint32_t *queue;
	uint8_t *seen;
};

static bool prepare_reaching(struct comparison *c, struct reaching *r)
{
	size_t edges = 0, count = c->after.subject_count, at = 1;

	for (size_t i = 0; i < count; i++)
		edges += c->after.subjects[i].read_count;
	r->first = ppm_arena_allocate(c->arena, count + 1, sizeof *r->first);
	r->next = ppm_arena_allocate(c->arena, edges + 1, sizeof *r->next);
	r->reader = ppm_arena_allocate(c->arena, edges + 1, sizeof *r->reader);
	r->queue = ppm_arena_allocate(c->arena, count + 1, sizeof *r->queue);
	r->seen = ppm_arena_allocate(c->arena, count + 1, 1);
	if (!r->first || !r->next || !r->reader || !r->queue || !r->seen)
		return false;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < c->after.subjects[i].read_count; k++) {
			uint32_t read = c->after.subjects[i].reads[k];
			r->reader[at] = i;
			r->next[at] = r->first[read];
			r->first[read] = (uint32_t)at++;
		}
	return true;
}

static bool is_told_as_reached(enum ppm_subject_kind kind)
{
	return kind == PPM_SUBJECT_RULE || kind == PPM_SUBJECT_TIER || kind == PPM_SUBJECT_DISQUALIFIER || kind == PPM_SUBJECT_SEGMENT || kind == PPM_SUBJECT_METRIC ||
		kind == PPM_SUBJECT_SUMMARY;
}

// Values go on to whoever names them. A rule's points go into the score, which is no news: that way is not followed.
static bool hands_on(enum ppm_subject_kind kind)
{
	return kind == PPM_SUBJECT_PARAM || kind == PPM_SUBJECT_LET || kind == PPM_SUBJECT_DEFINE || kind == PPM_SUBJECT_LOOKUP || kind == PPM_SUBJECT_COLUMN ||
		kind == PPM_SUBJECT_RULE || kind == PPM_SUBJECT_SEGMENT || kind == PPM_SUBJECT_PERSPECTIVE || kind == PPM_SUBJECT_METRIC || kind == PPM_SUBJECT_DATASET ||
		kind == PPM_SUBJECT_TREE || kind == PPM_SUBJECT_AS_OF;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void reach(struct comparison *c, struct reaching *r, uint32_t from, struct ppm_change *change)
{
	uint32_t tail = 0, rules = 0, named = 0;
	static const enum ppm_subject_kind order[] = { PPM_SUBJECT_RULE, PPM_SUBJECT_TIER, PPM_SUBJECT_DISQUALIFIER, PPM_SUBJECT_SEGMENT, PPM_SUBJECT_METRIC, PPM_SUBJECT_SUMMARY };

	r->queue[tail++] = from;
	r->seen[from] = 1;
	for (uint32_t head = 0; head < tail; head++)
		if (change->kind != PPM_CHANGE_RENAMED && hands_on(c->after.subjects[r->queue[head]].kind)) // a name alone reaches nobody
			for (uint32_t edge = r->first[r->queue[head]]; edge; edge = r->next[edge])
				if (!r->seen[r->reader[edge]]) {
					r->seen[r->reader[edge]] = 1;
					r->queue[tail++] = r->reader[edge];
				}
	qsort(r->queue, tail, sizeof *r->queue, by_number);
	for (uint32_t i = 0; i < tail; i++) {
		const struct ppm_subject *subject = &c->after.subjects[r->queue[i]];
		rules += subject->kind == PPM_SUBJECT_RULE && subject->rule_index != PPM_NO_RULE;
		named += r->queue[i] != from && is_told_as_reached(subject->kind);
	}
	uint32_t *indexes = ppm_arena_allocate(c->arena, (size_t)rules + 1, sizeof *indexes);
	struct ppm_slice *names = ppm_arena_allocate(c->arena, (size_t)named + 1, sizeof *names);
	for (size_t k = 0; indexes && names && k < sizeof order / sizeof *order; k++)
		for (uint32_t i = 0; i < tail; i++) {
			const struct ppm_subject *subject = &c->after.subjects[r->queue[i]];
			if (subject->kind != order[k])
				continue;
			if (subject->kind == PPM_SUBJECT_RULE && subject->rule_index != PPM_NO_RULE)
				indexes[change->rule_count++] = subject->rule_index;
			if (r->queue[i] != from)
				names[change->reach_count++] = subject->name;
		}
	if (indexes && change->rule_count)
		qsort(indexes, change->rule_count, sizeof *indexes, by_number);
	change->rules = indexes;
	change->reaches = names;
	for (uint32_t i = 0; i < tail; i++)
		r->seen[r->queue[i]] = 0;
}

// ---- the list ------------------------------------------------------------------------------------------------------------

// One sentence of the parts' clauses.
static struct ppm_slice sentence(struct comparison *c)
{
	struct ppm_slice all = PPM_SLICE("");

	for (size_t i = 0; i < c->part_count; i++)
		if (c->parts[i].words.size)
			all = ppm_arena_format(c->arena, "%.*s%s%.*s", PPM_SHOW(all), all.size ? "; " : "", PPM_SHOW(c->parts[i].words));
	if (!all.size)
		return all;
	char first = all.data[0] >= 'a' && all.data[0] <= 'z' ? (char)(all.data[0] - 'a' + 'A') : all.data[0];
	return ppm_arena_format(c->arena, "%c%.*s.", first, (int)all.size - 1, all.data + 1);
}

static struct ppm_change *add(struct comparison *c, struct ppm_change change)
{
	struct ppm_change *items = grown(c->arena, c->items, c->count, &c->capacity, sizeof *items);

	if (!items)
		return NULL;
	c->items = items;
	change.parts = c->parts;
	change.part_count = c->part_count;
	change.words = sentence(c);
	c->parts = NULL;
	c->part_count = c->part_capacity = 0;
	items[c->count] = change;
	return &items[c->count++];
}

// The whole of what came or went is one part.
static void tell_whole(struct comparison *c, const struct ppm_subject *old, const struct ppm_subject *new)
{
	struct ppm_contrast contrast = { .before = old, .after = new, .before_side = &c->before, .after_side = &c->after };

	tell(c, &contrast);
}

static void subject_after(struct comparison *c, struct reaching *r, uint32_t index)
{
	struct ppm_subject *new = &c->after.subjects[index], *old = new->pair == PPM_NO_SUBJECT ? NULL : &c->before.subjects[new->pair];
	struct ppm_change change = {
		.subject = new->kind, .name = new->name, .within = new->within, .after = new->span, .rule_after = new->rule_index, .rule_before = PPM_NO_RULE
	};
	bool renamed = false;

	if (old) {
		change.before = old->span;
		change.rule_before = old->rule_index;
		struct ppm_slice wanted = name_key(&c->after, new), was = name_key(&c->before, old);
		renamed = !ppm_slice_equal(wanted, was);
		change.old_name = ppm_slice_equal(old->name, new->name) || !renamed ? PPM_SLICE("") : old->name;
		compare(c, old, new);
		drop_parts(c, old, new);
		if (!c->part_count && !renamed)
			return;
		change.kind = c->part_count ? PPM_CHANGE_CHANGED : PPM_CHANGE_RENAMED;
	} else {
		change.kind = PPM_CHANGE_ADDED;
		tell_whole(c, NULL, new);
	}
	struct ppm_change *item = add(c, change);
	if (!item || c->arena->failed)
		return;
	reach(c, r, index, item);
}

static void subjects_before(struct comparison *c, enum ppm_subject_kind kind)
{
	for (uint32_t i = 0; i < c->before.subject_count && !c->arena->failed; i++) {
		const struct ppm_subject *old = &c->before.subjects[i];
		if (old->kind != kind || old->pair != PPM_NO_SUBJECT)
			continue;
		tell_whole(c, old, NULL);
		add(c,
			(struct ppm_change){ .kind = PPM_CHANGE_REMOVED,
				.subject = kind,
				.name = old->name,
				.within = old->within,
				.before = old->span,
				.rule_before = old->rule_index,
				.rule_after = PPM_NO_RULE });
	}
}

// Tiers are tried in their order.
static void tier_order(struct comparison *c)
{
	struct ppm_slice before = PPM_SLICE(""), after = PPM_SLICE("");
	uint32_t last = 0, first = PPM_NO_SUBJECT;
	bool moved = false;

	for (uint32_t i = 0; i < c->after.subject_count; i++) {
		const struct ppm_subject *tier = &c->after.subjects[i];
		if (tier->kind != PPM_SUBJECT_TIER)
			continue;
		first = first == PPM_NO_SUBJECT ? i : first;
		after = ppm_arena_format(c->arena, "%.*s%s%.*s", PPM_SHOW(after), after.size ? ", " : "", PPM_SHOW(tier->name));
		if (tier->pair == PPM_NO_SUBJECT)
			continue;
		moved = moved || tier->pair + 1 < last;
		last = tier->pair + 1;
	}
	for (uint32_t i = 0; i < c->before.subject_count; i++)
		if (c->before.subjects[i].kind == PPM_SUBJECT_TIER)
			before = ppm_arena_format(c->arena, "%.*s%s%.*s", PPM_SHOW(before), before.size ? ", " : "", PPM_SHOW(c->before.subjects[i].name));
	if (!moved)
		return;
	tell_order(c, before, after, true);
	add(c,
		(struct ppm_change){ .kind = PPM_CHANGE_CHANGED,
			.subject = PPM_SUBJECT_TIER,
			.name = PPM_SLICE("tiers"),
			.after = c->after.subjects[first].span,
			.rule_before = PPM_NO_RULE,
			.rule_after = PPM_NO_RULE });
}

static void rule_pairs(struct comparison *c, struct ppm_changes *out)
{
	size_t before = c->before.plan->rule_count, after = c->after.plan->rule_count;
	uint32_t *of = ppm_arena_allocate(c->arena, before + 1, sizeof *of), *by = ppm_arena_allocate(c->arena, after + 1, sizeof *by);

	if (!of || !by)
		return;
	for (size_t i = 0; i < before; i++)
		of[i] = PPM_NO_RULE;
	for (size_t i = 0; i < after; i++)
		by[i] = PPM_NO_RULE;
	for (uint32_t i = 0; i < c->after.subject_count; i++) {
		const struct ppm_subject *rule = &c->after.subjects[i];
		uint32_t old = rule->kind == PPM_SUBJECT_RULE && rule->pair != PPM_NO_SUBJECT ? c->before.subjects[rule->pair].rule_index : PPM_NO_RULE;
		if (old == PPM_NO_RULE || rule->rule_index == PPM_NO_RULE)
			continue;
		of[old] = rule->rule_index;
		by[rule->rule_index] = old;
	}
	out->after_rules = of;
	out->before_rules = by;
	out->before_rule_count = before;
	out->after_rule_count = after;
}

enum ppm_status ppm_changes_find(struct ppm_arena *arena, const struct ppm_model *before, const struct ppm_model *after, struct ppm_changes *changes)
{
	struct comparison c = { .arena = arena };
	struct reaching r;

	*changes = (struct ppm_changes){ 0 };
	ppm_side_init(&c.before, arena, before);
	ppm_side_init(&c.after, arena, after);
	c.after.other = &c.before;
	if (!arena->failed)
		pair_all(&c);
	if (!arena->failed && prepare_reaching(&c, &r)) {
		for (int kind = 0; kind < PPM_SUBJECT_COUNT && !arena->failed; kind++) {
			for (uint32_t i = 0; i < c.after.subject_count && !arena->failed; i++)
				if (c.after.subjects[i].kind == (enum ppm_subject_kind)kind)
					subject_after(&c, &r, i);
			subjects_before(&c, (enum ppm_subject_kind)kind);
			if (kind == PPM_SUBJECT_TIER)
				tier_order(&c);
		}
		rule_pairs(&c, changes);
		changes->items = c.items;
		changes->count = c.count;
	}
	ppm_side_free(&c.before);
	ppm_side_free(&c.after);
	return arena->failed ? PPM_ERROR_MEMORY : PPM_OK;
}

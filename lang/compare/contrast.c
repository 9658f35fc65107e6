// A property before and after, told as the part that differs: `days_late > 30 → > 45` and not the four conditions around it. In symbols, and in words where words say more.

#include "lang/compare/compare.h"

#include "runtime/base/number.h"

#include <assert.h>
#include <stdlib.h>

#define WHOLE_LIMIT 60 // bytes of an expression that is shown as a whole

struct telling {
	struct ppm_arena *arena;
	const struct ppm_contrast *contrast;
	struct ppm_canonical_scope old, new;
	struct ppm_slice symbols, words;
	int easier, harder; // changes of a condition that let more rows in, and fewer
	bool unclear;       // one that may do either
};

static void append(struct telling *t, struct ppm_slice *to, struct ppm_slice text)
{
	*to = ppm_arena_format(t->arena, "%.*s%s%.*s", PPM_SHOW(*to), to->size ? ", " : "", PPM_SHOW(text));
}

static struct ppm_slice arrow(struct telling *t, struct ppm_slice before, struct ppm_slice after)
{
	return ppm_arena_format(t->arena, "%.*s → %.*s", PPM_SHOW(before), PPM_SHOW(after));
}

// ---- figures that can be put in order ---------------------------------------------------------------------------------

struct figure {
	enum ppm_expression_kind kind;
	bool months;         // of durations: else days
	enum ppm_period per; // of rates
	const char *currency;
	double value;
};

static bool figure(const struct ppm_expression *e, struct figure *out)
{
	char digits[128];
	double sign = 1;
	enum ppm_period per = PPM_PERIOD_NONE;

	for (; e->kind == PPM_EXPRESSION_NEGATE || e->kind == PPM_EXPRESSION_RATE; e = e->left) {
		sign = e->kind == PPM_EXPRESSION_NEGATE ? -sign : sign;
		per = e->kind == PPM_EXPRESSION_RATE ? e->period : per;
	}
	*out = (struct figure){ .kind = e->kind, .per = per, .currency = e->currency };
	if (e->kind == PPM_EXPRESSION_DATE) {
		out->value = e->date;
		return true;
	}
	if (e->kind > PPM_EXPRESSION_MONEY && e->kind != PPM_EXPRESSION_DURATION)
		return false;
	assert(e->text.size < sizeof digits); // the lexer reads none longer than PPM_NUMBER_DIGITS_LIMIT
	memcpy(digits, e->text.data, e->text.size);
	digits[e->text.size] = 0;
	out->value = sign * strtod(digits, NULL);
	if (e->kind == PPM_EXPRESSION_DURATION) {
		out->months = e->period == PPM_PERIOD_MONTH || e->period == PPM_PERIOD_YEAR;
		out->value *= e->period == PPM_PERIOD_WEEK ? 7 : e->period == PPM_PERIOD_YEAR ? 12 : 1;
	}
	return true;
}

static bool both_figures(const struct ppm_expression *a, const struct ppm_expression *b, struct figure *x, struct figure *y)
{
	return figure(a, x) && figure(b, y) && x->kind == y->kind && x->months == y->months && x->per == y->per && !strcmp(x->currency, y->currency);
}

// ---- conditions ------------------------------------------------------------------------------------------------------------

static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };
static const char *const sign_words[] = { "", "other than ", "below ", "at most ", "above ", "at least " };

// Which side of its figure a relation lets in: -1 below, 1 above, 0 neither.
static int side_of(enum ppm_relation relation)
{
	return relation >= PPM_RELATION_GREATER ? 1 : relation >= PPM_RELATION_LESS ? -1 : 0;
}

// 1: more rows meet the new one, -1: fewer, 0: who knows.
static int direction(const struct ppm_piece *old, const struct ppm_piece *new)
{
	int side = side_of(new->relation);
	struct figure before, after;

	if (!side || side_of(old->relation) != side || !both_figures(old->right, new->right, &before, &after))
		return 0;
	if (before.value != after.value)
		return (after.value < before.value) == (side > 0) ? 1 : -1;
	if (old->relation == new->relation) // figures that differ in their last digits only
		return 0;
	return new->relation == PPM_RELATION_LESS_EQUAL || new->relation == PPM_RELATION_GREATER_EQUAL ? 1 : -1;
}

static void count(struct telling *t, int way)
{
	t->easier += way > 0;
	t->harder += way < 0;
	t->unclear = t->unclear || way == 0;
}

static void tell_comparison(struct telling *t, const struct ppm_piece *old, const struct ppm_piece *new)
{
	struct ppm_slice left = ppm_compare_text(t->arena, new->left), before = ppm_compare_text(t->arena, old->right), after = ppm_compare_text(t->arena, new->right);

	append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s %s %.*s → %s %.*s", PPM_SHOW(left), signs[old->relation], PPM_SHOW(before), signs[new->relation], PPM_SHOW(after)));
	append(t, &t->words,
		ppm_arena_format(
			t->arena, "%.*s %s%.*s instead of %s%.*s", PPM_SHOW(left), sign_words[new->relation], PPM_SHOW(after), sign_words[old->relation], PPM_SHOW(before)));
	count(t, direction(old, new));
}

static bool is_list_test(const struct ppm_piece *piece)
{
	return piece->expression && piece->expression->kind == PPM_EXPRESSION_IN_LIST;
}

// The items of one list that the other has not.
static struct ppm_slice items_without(struct telling *t, const struct ppm_expression *list, struct ppm_canonical_scope *scope, const struct ppm_expression *other,
	struct ppm_canonical_scope *other_scope, uint32_t *found)
{
	struct ppm_slice all = PPM_SLICE("");
	struct ppm_slice *keys = ppm_arena_allocate(t->arena, (size_t)other->item_count + 1, sizeof *keys);
	size_t key_count = 0;

	*found = 0;
	for (const struct ppm_expression *item = other->items; item && keys && key_count < other->item_count; item = item->next)
		keys[key_count++] = ppm_canonical_key(other_scope, item);
	for (const struct ppm_expression *item = list->items; item; item = item->next) {
		struct ppm_slice key = ppm_canonical_key(scope, item);
		bool there = false;
		for (size_t i = 0; i < key_count && !there; i++)
			there = ppm_slice_equal(keys[i], key);
		if (there)
			continue;
		if (++*found <= 12)
			append(t, &all, ppm_compare_text(t->arena, item));
	}
	return *found > 12 ? ppm_arena_format(t->arena, "%.*s and %u more", PPM_SHOW(all), *found - 12) : all;
}

// `way` is 1 where an item lets rows in, -1 where it keeps them out (`not in`). The symbols of the change; empty when both lists have the same items.
static struct ppm_slice tell_list(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new, int way)
{
	uint32_t come, gone;
	struct ppm_slice added = items_without(t, new, &t->new, old, &t->old, &come), removed = items_without(t, old, &t->old, new, &t->new, &gone), symbols = PPM_SLICE("");
	struct ppm_slice in = way > 0 ? added : removed, out = way > 0 ? removed : added;

	if (come)
		append(t, &symbols, ppm_arena_format(t->arena, "%.*s added", PPM_SHOW(added)));
	if (gone)
		append(t, &symbols, ppm_arena_format(t->arena, "%.*s removed", PPM_SHOW(removed)));
	if (in.size)
		append(t, &t->words, ppm_arena_format(t->arena, "%.*s too", PPM_SHOW(in)));
	if (out.size)
		append(t, &t->words, ppm_arena_format(t->arena, "no longer %.*s", PPM_SHOW(out)));
	count(t, come && gone ? 0 : come ? way : -way);
	return symbols;
}

static void tell_list_test(struct telling *t, const struct ppm_piece *old, const struct ppm_piece *new)
{
	struct ppm_slice left = ppm_compare_text(t->arena, new->expression->left);
	bool negated = new->negated != new->expression->negated;
	struct ppm_slice items = tell_list(t, old->expression->right, new->expression->right, negated ? -1 : 1);

	append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s %s […]: %.*s", PPM_SHOW(left), negated ? "not in" : "in", PPM_SHOW(items)));
}

static void tell_condition(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new, uint32_t depth);

// How much two pieces have to have in common to be told as one that changed.
enum likeness { SAME_SIDE, SAME_SUBJECT, NONE_NEEDED };

static bool tell_pair(struct telling *t, const struct ppm_piece *old, const struct ppm_piece *new, enum likeness needed, uint32_t depth)
{
	if (old->left && new->left && ppm_slice_equal(old->left_key, new->left_key) && (needed > SAME_SIDE || side_of(old->relation) == side_of(new->relation))) {
		tell_comparison(t, old, new);
		return true;
	}
	if (needed == SAME_SIDE && is_list_test(old) && is_list_test(new) && ppm_slice_equal(old->left_key, new->left_key) &&
		(old->negated != old->expression->negated) == (new->negated != new->expression->negated)) {
		tell_list_test(t, old, new);
		return true;
	}
	if (needed < NONE_NEEDED)
		return false;
	if (old->expression && new->expression && !old->negated && !new->negated && depth &&
		(ppm_canonical_joins(old->expression, false, true) || ppm_canonical_joins(old->expression, false, false)) &&
		(ppm_canonical_joins(new->expression, false, true) || ppm_canonical_joins(new->expression, false, false))) {
		tell_condition(t, old->expression, new->expression, depth - 1);
		return true;
	}
	append(t, &t->symbols, arrow(t, old->text, new->text));
	t->unclear = true;
	return true;
}

// Tells those about the same thing, and takes them off both.
static void tell_alike(struct telling *t, struct ppm_piece **before, struct ppm_piece **after, enum likeness needed, uint32_t depth)
{
	for (struct ppm_piece **b = after; *b;) {
		struct ppm_piece **a = before;
		while (*a && !tell_pair(t, *a, *b, needed, depth))
			a = &(*a)->next;
		if (*a) {
			*a = (*a)->next;
			*b = (*b)->next;
		} else {
			b = &(*b)->next;
		}
	}
}

static uint32_t length_of(const struct ppm_piece *pieces)
{
	uint32_t length = 0;

	for (; pieces; pieces = pieces->next)
		length++;
	return length;
}

// Takes what both have off both.
static uint32_t take_shared(struct ppm_piece **old, struct ppm_piece **new)
{
	uint32_t shared = 0;

	for (struct ppm_piece **a = old; *a;) {
		struct ppm_piece **b = new;
		while (*b && !ppm_slice_equal((*a)->key, (*b)->key))
			b = &(*b)->next;
		if (*b) {
			*b = (*b)->next;
			*a = (*a)->next;
			shared++;
		} else {
			a = &(*a)->next;
		}
	}
	return shared;
}

static void tell_single(struct telling *t, const struct ppm_piece *piece, bool added, bool any)
{
	append(t, &t->symbols, ppm_arena_format(t->arena, "%s %.*s %s", any ? "or" : "and", PPM_SHOW(piece->text), added ? "added" : "removed"));
	append(t, &t->words, ppm_arena_format(t->arena, "%s %.*s", any ? added ? "also" : "no longer" : added ? "only with" : "no longer only with", PPM_SHOW(piece->text)));
	count(t, added == any ? 1 : -1);
}

static void tell_condition(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new, uint32_t depth)
{
	bool old_any = ppm_canonical_joins(old, false, true), new_any = ppm_canonical_joins(new, false, true);
	bool any = (old_any || new_any) && !ppm_canonical_joins(old, false, false) && !ppm_canonical_joins(new, false, false);
	struct ppm_piece *before = ppm_canonical_pieces(&t->old, old, any), *after = ppm_canonical_pieces(&t->new, new, any);
	uint32_t shared = take_shared(&before, &after);

	if (t->arena->failed)
		return;
	tell_alike(t, &before, &after, SAME_SIDE, depth);
	tell_alike(t, &before, &after, SAME_SUBJECT, depth);
	if (length_of(before) == 1 && length_of(after) == 1) {
		tell_pair(t, before, after, NONE_NEEDED, depth);
		return;
	}
	if (!shared && !t->symbols.size) { // all of both is left
		append(t, &t->symbols, arrow(t, ppm_compare_text(t->arena, old), ppm_compare_text(t->arena, new)));
		t->unclear = true;
		return;
	}
	for (const struct ppm_piece *piece = before; piece; piece = piece->next)
		tell_single(t, piece, false, any);
	for (const struct ppm_piece *piece = after; piece; piece = piece->next)
		tell_single(t, piece, true, any);
}

// ---- other expressions --------------------------------------------------------------------------------------------------------

static bool same(struct telling *t, const struct ppm_expression *a, const struct ppm_expression *b)
{
	return !a == !b && (!a || ppm_slice_equal(ppm_canonical_key(&t->old, a), ppm_canonical_key(&t->new, b)));
}

// What differs between two expressions, operand by operand.
struct difference {
	uint32_t count;
	const struct ppm_expression *from, *to; // of the last
};

static void look_at(struct telling *t, struct difference *d, const struct ppm_expression *a, const struct ppm_expression *b)
{
	if (same(t, a, b))
		return;
	// an operand that only one of them has is no pair
	d->count += a && b ? 1 : 2;
	d->from = a;
	d->to = b;
}

static void look_at_call(struct telling *t, struct difference *d, const struct ppm_expression *a, const struct ppm_expression *b)
{
	const struct ppm_argument *x = a->arguments, *y = b->arguments;
	const struct ppm_name_list *p = a->path, *q = b->path;

	while (p && q && ppm_slice_equal(p->name.text, q->name.text)) {
		p = p->next;
		q = q->next;
	}
	for (; x && y; x = x->next, y = y->next) {
		const struct ppm_expression *m = x->by, *n = y->by;
		look_at(t, d, x->expression, y->expression);
		look_at(t, d, x->where, y->where);
		look_at(t, d, x->over, y->over);
		look_at(t, d, x->order_by, y->order_by);
		for (; m && n; m = m->next, n = n->next)
			look_at(t, d, m, n);
		d->count += m != n || x->descending != y->descending ? 2 : 0;
	}
	d->count += p != q || x != y ? 2 : 0;
}

static void look_at_case(struct telling *t, struct difference *d, const struct ppm_expression *a, const struct ppm_expression *b)
{
	const struct ppm_case_arm *x = a->arms, *y = b->arms;

	for (; x && y; x = x->next, y = y->next) {
		d->count += x->missing != y->missing ? 2 : 0;
		look_at(t, d, x->when, y->when);
		look_at(t, d, x->value, y->value);
	}
	d->count += x != y ? 2 : 0;
}

// The innermost pair of operands that holds all of the difference.
static bool inner(struct telling *t, const struct ppm_expression **old, const struct ppm_expression **new)
{
	const struct ppm_expression *a = *old, *b = *new;
	struct difference d = { 0, NULL, NULL };

	if (a->kind != b->kind || a->negated != b->negated || a->period != b->period)
		return false;
	look_at(t, &d, a->left, b->left);
	look_at(t, &d, a->right, b->right);
	look_at(t, &d, a->third, b->third);
	if (a->kind == PPM_EXPRESSION_CALL)
		look_at_call(t, &d, a, b);
	if (a->kind == PPM_EXPRESSION_CASE)
		look_at_case(t, &d, a, b);
	if (d.count != 1)
		return false;
	*old = d.from;
	*new = d.to;
	return true;
}

static struct ppm_slice narrowed(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new)
{
	bool inside = false;
	struct ppm_slice before = ppm_compare_text(t->arena, old), after = ppm_compare_text(t->arena, new);

	while ((before.size > WHOLE_LIMIT || after.size > WHOLE_LIMIT) && inner(t, &old, &new)) {
		inside = true;
		before = ppm_compare_text(t->arena, old);
		after = ppm_compare_text(t->arena, new);
	}
	if (old->kind == PPM_EXPRESSION_LIST && new->kind == PPM_EXPRESSION_LIST) {
		struct telling aside = *t; // a value has no words
		return tell_list(&aside, old, new, 1);
	}
	return ppm_arena_format(t->arena, inside ? "… %.*s → %.*s …" : "%.*s → %.*s", PPM_SHOW(before), PPM_SHOW(after));
}

// ---- the whole of a subject --------------------------------------------------------------------------------------------------

static const struct ppm_property *find(const struct ppm_subject *subject, const char *aspect)
{
	for (uint32_t i = 0; i < subject->property_count; i++)
		if (!strcmp(subject->properties[i].aspect, aspect))
			return &subject->properties[i];
	return NULL;
}

static struct ppm_slice text_of(const struct ppm_subject *subject, const char *aspect)
{
	const struct ppm_property *property = find(subject, aspect);

	return property ? property->text : PPM_SLICE("");
}

static uint32_t count_of(const struct ppm_subject *subject, const char *aspect)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < subject->property_count; i++)
		number += !strcmp(subject->properties[i].aspect, aspect);
	return number;
}

static struct ppm_slice counted(struct ppm_arena *arena, struct ppm_slice all, const struct ppm_subject *subject, const char *aspect, const char *one, const char *many)
{
	uint32_t count = count_of(subject, aspect);

	return ppm_arena_format(arena, "%.*s, %u %s", PPM_SHOW(all), count, count == 1 ? one : many);
}

static struct ppm_slice with(struct ppm_arena *arena, struct ppm_slice all, const char *word, struct ppm_slice text)
{
	if (!text.size)
		return all;
	return ppm_arena_format(arena, "%.*s%s%s%s%.*s", PPM_SHOW(all), all.size ? " " : "", word, *word ? " " : "", PPM_SHOW(text));
}

static struct ppm_slice whole_rule(struct ppm_arena *arena, const struct ppm_subject *subject)
{
	struct ppm_slice all = text_of(subject, "kind");

	switch (subject->rule->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY:
		all = with(arena, all, "", text_of(subject, "points"));
		all = with(arena, all, "at most", text_of(subject, "at most"));
		all = with(arena, all, "when", text_of(subject, "condition"));
		all = with(arena, all, "missing", text_of(subject, "missing"));
		return with(arena, all, "because", text_of(subject, "because"));
	case PPM_RULE_SCALE:
		all = with(arena, all, "from", text_of(subject, "from"));
		all = with(arena, all, "to", text_of(subject, "to"));
		all = with(arena, all, "as", text_of(subject, "subject"));
		all = with(arena, all, "goes", text_of(subject, "goes from"));
		return with(arena, all, "to", text_of(subject, "goes to"));
	case PPM_RULE_BANDS: return counted(arena, with(arena, all, "by", text_of(subject, "subject")), subject, "band", "band", "bands");
	default: return with(arena, all, "at most", text_of(subject, "at most"));
	}
}

// How the entries of an aspect are listed: what stands before the first, and between an entry and its value; NULL: the value says it all.
static const struct entry_form {
	const char *aspect, *before, *between;
} entry_forms[] = {
	{ "by", "by", NULL },
	{ "order by", "order by", NULL },
	{ "column", "{", " = " },
	{ "values", "values", " = " },
	{ "missing", "missing", NULL },
	{ "setting", "", " = " },
	{ "weight", "", " " },
};

static struct ppm_slice with_entry(struct ppm_arena *arena, struct ppm_slice all, const struct ppm_property *p, bool first)
{
	const struct entry_form *form = entry_forms;

	while (strcmp(form->aspect, p->aspect) != 0)
		form++;
	struct ppm_slice text = form->between ? ppm_arena_format(arena, "%.*s%s%.*s", PPM_SHOW(p->item), form->between, PPM_SHOW(p->text)) : p->text;
	return first ? with(arena, all, form->before, text) : ppm_arena_format(arena, "%.*s, %.*s", PPM_SHOW(all), PPM_SHOW(text));
}

// What stands before the text of a property that has no entries.
static const char *word_of(const struct ppm_subject *subject, const struct ppm_property *p, bool first)
{
	static const char *const bare[] = { "value", "type", "condition", "day", "dataset" };

	if (!strcmp(p->aspect, "condition") && p->flag)
		return "when";
	if (!strcmp(p->aspect, "value") && subject->kind == PPM_SUBJECT_PARAM && !first)
		return "="; // after its type
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
		if (!strcmp(p->aspect, bare[i]))
			return "";
	return p->aspect;
}

static struct ppm_slice whole(struct ppm_arena *arena, const struct ppm_subject *subject)
{
	struct ppm_slice all = PPM_SLICE("");
	bool names = subject->kind == PPM_SUBJECT_OUTPUT || subject->kind == PPM_SUBJECT_SEGMENT;
	uint32_t i = 0;

	if (subject->kind == PPM_SUBJECT_RULE)
		return whole_rule(arena, subject);
	if (subject->kind == PPM_SUBJECT_TEST)
		return all;
	if (subject->kind == PPM_SUBJECT_LOOKUP) {
		struct ppm_slice parameters = text_of(subject, "parameters");
		return counted(arena, ppm_arena_format(arena, "(%.*s)", PPM_SHOW(parameters)), subject, "entry", "entry", "entries");
	}
	for (; i < subject->property_count && all.size < 1000; i++) {
		const struct ppm_property *p = &subject->properties[i];
		if (p->hidden || p->implied)
			continue;
		if (!p->expression && ppm_slice_is(p->key, "yes"))
			all = with(arena, all, "", ppm_slice_of(p->aspect));
		else if (names)
			all = ppm_arena_format(arena, "%.*s%s%.*s", PPM_SHOW(all), all.size ? ", " : "", PPM_SHOW(p->item));
		else if (p->item.size)
			all = with_entry(arena, all, p, i == 0 || strcmp(p[-1].aspect, p->aspect) != 0);
		else if (!strcmp(p->aspect, "parameters"))
			all = ppm_arena_format(arena, "(%.*s) =", PPM_SHOW(p->text));
		else
			all = with(arena, all, word_of(subject, p, !all.size), p->text);
	}
	if (i < subject->property_count)
		return ppm_arena_format(arena, "%.*s …", PPM_SHOW(all));
	return subject->kind == PPM_SUBJECT_SUMMARY ? ppm_arena_format(arena, "%.*s }", PPM_SHOW(all)) : all;
}

// ---- a property ------------------------------------------------------------------------------------------------------------------

static bool is(const struct ppm_property *property, const char *aspect)
{
	return !strcmp(property->aspect, aspect);
}

static const char *points(struct ppm_slice figure)
{
	return ppm_slice_is(figure, "1") ? "point" : "points";
}

// Of all dimensions, as one has a weight: then all have. False when one is no plain figure.
static bool all_weights(const struct ppm_side *side, double *sum)
{
	struct figure one;

	*sum = 0;
	for (uint32_t i = 0; i < side->subject_count; i++) {
		const struct ppm_statement *s = side->subjects[i].statement;
		if (side->subjects[i].kind != PPM_SUBJECT_DIMENSION)
			continue;
		assert(s->dimension.weight);
		if (!figure(s->dimension.weight, &one))
			return false;
		*sum += one.value;
	}
	return true;
}

// Whether it is a figure as it stands, written or implied.
static bool is_plain(const struct ppm_property *property, struct figure *out)
{
	return property->expression ? figure(property->expression, out) : property->implied;
}

static void figure_words(struct telling *t, const struct ppm_property *old, const struct ppm_property *new)
{
	const struct ppm_subject *subject = t->contrast->after;
	struct figure before, after;
	bool plain = is_plain(old, &before) && is_plain(new, &after);

	if (is(new, "points") && plain) {
		t->words = ppm_arena_format(t->arena, "it %s %.*s %s instead of %.*s", subject->rule->kind == PPM_RULE_PENALTY ? "takes" : "gives", PPM_SHOW(new->text),
			points(new->text), PPM_SHOW(old->text));
	} else if (is(new, "weight") && subject->kind == PPM_SUBJECT_DIMENSION && plain) {
		double all_before, all_after;
		char digits[4][PPM_NUMBER_TEXT];
		if (all_weights(t->contrast->before_side, &all_before) && all_weights(t->contrast->after_side, &all_after))
			t->words = ppm_arena_format(t->arena, "it counts for %s of %s instead of %s of %s", ppm_number_text(after.value, digits[0]),
				ppm_number_text(all_after, digits[1]), ppm_number_text(before.value, digits[2]), ppm_number_text(all_before, digits[3]));
	} else if (is(new, "start") && plain) {
		t->words = ppm_arena_format(t->arena, "a customer begins it with %.*s %s instead of %.*s", PPM_SHOW(new->text), points(new->text), PPM_SHOW(old->text));
	} else if (is(new, "missing") && subject->kind == PPM_SUBJECT_RULE) {
		t->words = ppm_arena_format(t->arena, "where it cannot be told, %.*s %s", PPM_SHOW(new->text), ppm_slice_is(new->text, "1") ? "point counts" : "points count");
	}
}

// Of a rule's limit or missing points that came or went.
static void one_figure_words(struct telling *t, const struct ppm_property *p, bool added)
{
	if (is(p, "at most"))
		t->words = ppm_arena_format(t->arena, "it is %s limited to %.*s %s", added ? "now" : "no longer", PPM_SHOW(p->text), points(p->text));
	else if (is(p, "missing") && t->contrast->after->kind == PPM_SUBJECT_RULE)
		t->words = added ? ppm_arena_format(t->arena, "where it cannot be told, %.*s %s", PPM_SHOW(p->text), ppm_slice_is(p->text, "1") ? "point counts" : "points count")
				 : PPM_SLICE("where it cannot be told, the rule is left out");
}

static void condition_words(struct telling *t, struct ppm_slice details)
{
	enum ppm_subject_kind kind = t->contrast->after->kind;
	struct ppm_slice begin;

	t->words = PPM_SLICE("");
	if (t->contrast->new->item.size || t->unclear || (t->easier != 0) == (t->harder != 0) ||
		(kind != PPM_SUBJECT_TIER && kind != PPM_SUBJECT_RULE && kind != PPM_SUBJECT_DISQUALIFIER))
		return;
	begin = kind == PPM_SUBJECT_TIER ? ppm_arena_format(t->arena, "it is %s to reach", t->easier ? "easier" : "harder")
					 : ppm_arena_format(t->arena, "its condition is %s to meet", t->easier ? "easier" : "harder");
	t->words = details.size ? ppm_arena_format(t->arena, "%.*s: %.*s", PPM_SHOW(begin), PPM_SHOW(details)) : begin;
}

static struct ppm_slice prefixed(struct telling *t, const struct ppm_property *p, struct ppm_slice text)
{
	return p->item.size ? ppm_arena_format(t->arena, "%.*s: %.*s", PPM_SHOW(p->item), PPM_SHOW(text)) : text;
}

static void tell_both(struct telling *t, const struct ppm_property *old, const struct ppm_property *new)
{
	const struct ppm_expression *before = old->expression, *after = new->expression;
	struct ppm_slice change = before && after ? narrowed(t, before, after) : arrow(t, old->text, new->text);

	if (old->flag && new->flag) {
		tell_condition(t, before, after, 4);
		condition_words(t, t->words);
		if (!t->symbols.size) // apart in the keys, alike in every part: told whole
			t->symbols = arrow(t, old->text, new->text);
		t->symbols = is(new, "where") ? ppm_arena_format(t->arena, "where %.*s", PPM_SHOW(t->symbols)) : prefixed(t, new, t->symbols);
		return;
	}
	if (is(new, "points")) {
		t->symbols = ppm_arena_format(t->arena, "%.*s %s", PPM_SHOW(change), points(new->text));
		if ((before && before->kind > PPM_EXPRESSION_MONEY) || (after && after->kind > PPM_EXPRESSION_MONEY))
			t->symbols = ppm_arena_format(t->arena, "points %.*s", PPM_SHOW(change));
	} else if (is(new, "dimension") || is(new, "bundle")) {
		t->symbols = ppm_arena_format(t->arena, "moved from %.*s to %.*s", PPM_SHOW(old->text), PPM_SHOW(new->text));
	} else if ((is(new, "from") || is(new, "to")) && t->contrast->after->kind == PPM_SUBJECT_RULE) {
		t->symbols = ppm_arena_format(t->arena, "%s %.*s %s", new->aspect, PPM_SHOW(change), points(new->text));
	} else if (is(new, "kind") || is(new, "value") || is(new, "condition") || is(new, "day")) {
		t->symbols = change;
	} else if (is(new, "parameters")) {
		t->symbols = ppm_arena_format(t->arena, "(%.*s) → (%.*s)", PPM_SHOW(old->text), PPM_SHOW(new->text));
	} else if (is(new, "steps")) {
		t->symbols = PPM_SLICE("changed");
	} else if (new->item.size && !ppm_slice_equal(old->item_key, new->item_key)) {
		t->symbols = ppm_slice_equal(old->key, new->key)
			? ppm_arena_format(t->arena, "%.*s → %.*s (%.*s)", PPM_SHOW(old->item), PPM_SHOW(new->item), PPM_SHOW(new->text))
			: ppm_arena_format(t->arena, "%.*s: %.*s → %.*s: %.*s", PPM_SHOW(old->item), PPM_SHOW(old->text), PPM_SHOW(new->item), PPM_SHOW(new->text));
	} else if (new->item.size) {
		t->symbols = prefixed(t, new, change);
	} else {
		t->symbols = ppm_arena_format(t->arena, "%s %.*s", new->aspect, PPM_SHOW(change));
	}
	if (is(new, "kind") && (ppm_slice_is(old->text, "penalty") || ppm_slice_is(old->text, "reward")) &&
		(ppm_slice_is(new->text, "penalty") || ppm_slice_is(new->text, "reward")))
		t->words = ppm_slice_is(new->text, "reward") ? PPM_SLICE("it gives points, and no longer takes them") : PPM_SLICE("it takes points, and no longer gives them");
	figure_words(t, old, new);
}

static void tell_one(struct telling *t, const struct ppm_property *p, bool added)
{
	if (ppm_slice_is(p->key, "yes") && !p->expression)
		t->symbols = ppm_arena_format(t->arena, "%s %s", added ? "now" : "no longer", p->aspect);
	else if (is(p, "bundle"))
		t->symbols = ppm_arena_format(t->arena, "%s %.*s", added ? "now in" : "no longer in", PPM_SHOW(p->text));
	else if (is(p, "order by") || (p->item.size && ppm_slice_equal(p->item, p->text)))
		t->symbols = ppm_arena_format(t->arena, "%s %.*s %s", p->aspect, PPM_SHOW(p->text), added ? "added" : "removed");
	else if (p->item.size)
		t->symbols = ppm_arena_format(t->arena, "%.*s: %.*s %s", PPM_SHOW(p->item), PPM_SHOW(p->text), added ? "added" : "removed");
	else
		t->symbols = ppm_arena_format(t->arena, "%s %.*s %s", p->aspect, PPM_SHOW(p->text), added ? "added" : "removed");
	one_figure_words(t, p, added);
}

void ppm_contrast_tell(struct ppm_arena *arena, const struct ppm_contrast *contrast, struct ppm_change_part *part)
{
	const struct ppm_property *old = contrast->old, *new = contrast->new;
	struct telling t = { .arena = arena, .contrast = contrast };

	*part = (struct ppm_change_part){ .aspect = "whole", .words = PPM_SLICE("") };
	if (!old && !new) {
		struct ppm_slice text = whole(arena, contrast->after ? contrast->after : contrast->before);
		if (contrast->after)
			part->after = text;
		else
			part->before = text;
		part->symbols = text;
		return;
	}
	struct ppm_subject old_scope = *contrast->before, new_scope = *contrast->after; // keys are made here again, and nothing is noted
	t.old = (struct ppm_canonical_scope){ .side = contrast->before_side, .subject = &old_scope };
	t.new = (struct ppm_canonical_scope){ .side = contrast->after_side, .subject = &new_scope };
	if (contrast->after->kind == PPM_SUBJECT_DEFINE) {
		t.old.parameters = contrast->before->statement->define.parameters;
		t.new.parameters = contrast->after->statement->define.parameters;
	} else if (contrast->after->kind == PPM_SUBJECT_LOOKUP) {
		t.old.parameters = contrast->before->statement->lookup.parameters;
		t.new.parameters = contrast->after->statement->lookup.parameters;
	}
	part->aspect = new ? new->aspect : old->aspect;
	part->item = new ? new->item : old->item;
	part->before = old ? old->text : PPM_SLICE("");
	part->after = new ? new->text : PPM_SLICE("");
	if (old && new)
		tell_both(&t, old, new);
	else
		tell_one(&t, new ? new : old, new != NULL);
	part->symbols = t.symbols;
	part->words = t.words;
}

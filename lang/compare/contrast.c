// A property before and after, told as the part that differs: `days_late > 30 → > 45` and not the four conditions around it. In symbols, and in words where words say more.

#include "lang/compare/compare.h"

#include "runtime/base/number.h"

#include <math.h>
#include <stdlib.h>

#define SHOW(slice) (int)(slice).size, (slice).data ? (slice).data : ""
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
	*to = ppm_arena_format(t->arena, "%.*s%s%.*s", SHOW(*to), to->size ? ", " : "", SHOW(text));
}

static struct ppm_slice arrow(struct telling *t, struct ppm_slice before, struct ppm_slice after)
{
	return ppm_arena_format(t->arena, "%.*s → %.*s", SHOW(before), SHOW(after));
}

// ---- figures that can be put in order ---------------------------------------------------------------------------------

static bool figure(const struct ppm_expression *e, int *kind, double *value)
{
	char digits[64];
	double sign = 1;

	while (e->kind == PPM_EXPRESSION_NEGATE) {
		sign = -sign;
		e = e->left;
	}
	*kind = (int)e->kind;
	if (e->kind == PPM_EXPRESSION_DATE) {
		*value = e->date;
		return sign > 0;
	}
	if (e->kind > PPM_EXPRESSION_MONEY && e->kind != PPM_EXPRESSION_DURATION)
		return false;
	if (e->text.size >= sizeof digits)
		return false;
	memcpy(digits, e->text.data, e->text.size);
	digits[e->text.size] = 0;
	*value = sign * strtod(digits, NULL);
	if (e->kind == PPM_EXPRESSION_DURATION) {
		bool months = e->period == PPM_PERIOD_MONTH || e->period == PPM_PERIOD_YEAR;
		*value *= e->period == PPM_PERIOD_WEEK ? 7 : e->period == PPM_PERIOD_YEAR ? 12 : 1;
		*kind += months ? 1000 : 0;
	}
	return true;
}

static bool both_figures(const struct ppm_expression *a, const struct ppm_expression *b, double *x, double *y)
{
	int kind_a, kind_b;

	return a && b && figure(a, &kind_a, x) && figure(b, &kind_b, y) && kind_a == kind_b;
}

// ---- conditions ------------------------------------------------------------------------------------------------------------

static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };
static const char *const sign_words[] = { "", "other than ", "below ", "at most ", "above ", "at least " };

// 1: more rows meet the new one, -1: fewer, 0: who knows.
static int direction(const struct ppm_piece *old, const struct ppm_piece *new)
{
	bool old_up = old->relation >= PPM_RELATION_GREATER, new_up = new->relation >= PPM_RELATION_GREATER;
	double before, after;

	if (old->relation < PPM_RELATION_LESS || new->relation < PPM_RELATION_LESS || old_up != new_up || !both_figures(old->right, new->right, &before, &after))
		return 0;
	bool old_open = old->relation == PPM_RELATION_LESS || old->relation == PPM_RELATION_GREATER,
	     new_open = new->relation == PPM_RELATION_LESS || new->relation == PPM_RELATION_GREATER;
	if (before == after)
		return old_open == new_open ? 0 : old_open ? 1 : -1;
	return (after < before) == new_up ? 1 : -1;
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

	append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s %s %.*s → %s %.*s", SHOW(left), signs[old->relation], SHOW(before), signs[new->relation], SHOW(after)));
	append(t, &t->words,
		ppm_arena_format(t->arena, "%.*s %s%.*s instead of %s%.*s", SHOW(left), sign_words[new->relation], SHOW(after), sign_words[old->relation], SHOW(before)));
	count(t, direction(old, new));
}

static bool is_list_test(const struct ppm_piece *piece)
{
	return piece->expression && piece->expression->kind == PPM_EXPRESSION_IN_LIST && piece->expression->right->kind == PPM_EXPRESSION_LIST;
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
	return *found > 12 ? ppm_arena_format(t->arena, "%.*s and %u more", SHOW(all), *found - 12) : all;
}

static void tell_list(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new, bool condition)
{
	uint32_t come, gone;
	struct ppm_slice added = items_without(t, new, &t->new, old, &t->old, &come), removed = items_without(t, old, &t->old, new, &t->new, &gone);

	if (come) {
		append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s added", SHOW(added)));
		append(t, &t->words, ppm_arena_format(t->arena, "%.*s too", SHOW(added)));
	}
	if (gone) {
		append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s removed", SHOW(removed)));
		append(t, &t->words, ppm_arena_format(t->arena, "no longer %.*s", SHOW(removed)));
	}
	if (condition)
		count(t, come && gone ? 0 : come ? 1 : -1);
}

static void tell_list_test(struct telling *t, const struct ppm_piece *old, const struct ppm_piece *new)
{
	struct ppm_slice before = t->symbols, left = ppm_compare_text(t->arena, new->expression->left);
	bool negated = new->negated != new->expression->negated;
	int easier = t->easier, harder = t->harder;

	t->symbols = PPM_SLICE("");
	tell_list(t, old->expression->right, new->expression->right, true);
	struct ppm_slice items = t->symbols;
	t->symbols = before;
	append(t, &t->symbols, ppm_arena_format(t->arena, "%.*s %s […]: %.*s", SHOW(left), negated ? "not in" : "in", SHOW(items)));
	if (negated) {
		int now_easier = harder + (t->harder - harder == 0 && t->easier > easier), now_harder = t->harder - harder;
		t->harder = now_easier;
		t->easier = easier + now_harder;
		t->words = PPM_SLICE("");
	}
}

static void tell_condition(struct telling *t, const struct ppm_expression *old, const struct ppm_expression *new, uint32_t depth);

static bool tell_pair(struct telling *t, const struct ppm_piece *old, const struct ppm_piece *new, bool only, uint32_t depth)
{
	if (old->left && new->left && ppm_slice_equal(old->left_key, new->left_key)) {
		tell_comparison(t, old, new);
		return true;
	}
	if (is_list_test(old) && is_list_test(new) && (old->negated != old->expression->negated) == (new->negated != new->expression->negated) &&
		ppm_slice_equal(ppm_canonical_key(&t->old, old->expression->left), ppm_canonical_key(&t->new, new->expression->left))) {
		tell_list_test(t, old, new);
		return true;
	}
	if (!only)
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
	append(t, &t->symbols, ppm_arena_format(t->arena, "%s %.*s %s", any ? "or" : "and", SHOW(piece->text), added ? "added" : "removed"));
	append(t, &t->words, ppm_arena_format(t->arena, "%s %.*s", any ? added ? "also" : "no longer" : added ? "only with" : "no longer only with", SHOW(piece->text)));
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
	// those about the same thing
	for (struct ppm_piece **b = &after; *b;) {
		struct ppm_piece **a = &before;
		while (*a && !tell_pair(t, *a, *b, false, depth))
			a = &(*a)->next;
		if (*a) {
			*a = (*a)->next;
			*b = (*b)->next;
		} else {
			b = &(*b)->next;
		}
	}
	if (length_of(before) == 1 && length_of(after) == 1) {
		tell_pair(t, before, after, true, depth);
		return;
	}
	if (!shared && !t->symbols.size && before && after) {
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

// The innermost pair of operands that holds all of the difference.
static bool inner(struct telling *t, const struct ppm_expression **old, const struct ppm_expression **new)
{
	const struct ppm_expression *a = *old, *b = *new, *from = NULL, *to = NULL;
	uint32_t differ = 0;

	if (a->kind != b->kind)
		return false;
	const struct ppm_expression *operands[][2] = { { a->left, b->left }, { a->right, b->right }, { a->third, b->third } };
	for (size_t i = 0; i < 3; i++)
		if (!same(t, operands[i][0], operands[i][1])) {
			differ++;
			from = operands[i][0];
			to = operands[i][1];
		}
	if (a->kind == PPM_EXPRESSION_CALL) {
		const struct ppm_argument *x = a->arguments, *y = b->arguments;
		for (; x && y; x = x->next, y = y->next) {
			const struct ppm_expression *clauses[][2] = { { x->expression, y->expression }, { x->where, y->where }, { x->over, y->over },
				{ x->order_by, y->order_by } };
			for (size_t i = 0; i < 4; i++)
				if (!same(t, clauses[i][0], clauses[i][1])) {
					differ++;
					from = clauses[i][0];
					to = clauses[i][1];
				}
			if (x->descending != y->descending || x->by || y->by)
				differ += x->descending != y->descending || !same(t, x->by, y->by);
		}
		differ += x || y || !ppm_slice_equal(a->path->name.text, b->path->name.text);
	}
	if (a->kind == PPM_EXPRESSION_CASE) {
		const struct ppm_case_arm *x = a->arms, *y = b->arms;
		for (; x && y; x = x->next, y = y->next) {
			if (!same(t, x->when, y->when)) {
				differ++;
				from = x->when;
				to = y->when;
			}
			if (!same(t, x->value, y->value)) {
				differ++;
				from = x->value;
				to = y->value;
			}
		}
		differ += x || y;
	}
	if (differ != 1 || !from || !to)
		return false;
	*old = from;
	*new = to;
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
		struct ppm_slice kept = t->symbols, words = t->words, told;
		t->symbols = PPM_SLICE("");
		tell_list(t, old, new, false);
		told = t->symbols;
		t->symbols = kept;
		t->words = words;
		if (told.size)
			return told;
	}
	return ppm_arena_format(t->arena, inside ? "… %.*s → %.*s …" : "%.*s → %.*s", SHOW(before), SHOW(after));
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

static struct ppm_slice with(struct ppm_arena *arena, struct ppm_slice all, const char *word, struct ppm_slice text)
{
	if (!text.size)
		return all;
	return ppm_arena_format(arena, "%.*s%s%s%s%.*s", SHOW(all), all.size ? " " : "", word, *word ? " " : "", SHOW(text));
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
		return with(arena, all, "missing", text_of(subject, "missing"));
	case PPM_RULE_SCALE:
		all = with(arena, all, "from", text_of(subject, "from"));
		all = with(arena, all, "to", text_of(subject, "to"));
		all = with(arena, all, "as", text_of(subject, "subject"));
		all = with(arena, all, "goes", text_of(subject, "goes from"));
		return with(arena, all, "to", text_of(subject, "goes to"));
	case PPM_RULE_BANDS: all = with(arena, all, "by", text_of(subject, "subject")); return ppm_arena_format(arena, "%.*s, %u bands", SHOW(all), count_of(subject, "band"));
	default: return with(arena, all, "at most", text_of(subject, "at most"));
	}
}

static struct ppm_slice whole(struct ppm_arena *arena, const struct ppm_subject *subject)
{
	struct ppm_slice all = PPM_SLICE("");
	const char *entries = subject->kind == PPM_SUBJECT_LOOKUP ? "entry" : subject->kind == PPM_SUBJECT_OUTPUT ? "result" : subject->kind == PPM_SUBJECT_SEGMENT ? "arm" : NULL;

	if (subject->kind == PPM_SUBJECT_RULE)
		return whole_rule(arena, subject);
	if (subject->kind == PPM_SUBJECT_TEST)
		return all;
	if (subject->kind == PPM_SUBJECT_LOOKUP)
		return ppm_arena_format(arena, "(%.*s), %u entries", SHOW(text_of(subject, "parameters")), count_of(subject, entries));
	for (uint32_t i = 0; i < subject->property_count && all.size < 1000; i++) {
		const struct ppm_property *p = &subject->properties[i];
		bool bare = !strcmp(p->aspect, "value") || !strcmp(p->aspect, "type") || !strcmp(p->aspect, "condition") || !strcmp(p->aspect, "day");
		if (p->hidden || p->implied)
			continue;
		if (ppm_slice_is(p->key, "yes") && !p->expression)
			all = with(arena, all, "", ppm_slice_of(p->aspect));
		else if (entries && !strcmp(p->aspect, entries))
			all = ppm_arena_format(arena, "%.*s%s%.*s", SHOW(all), all.size ? ", " : "", SHOW(p->item));
		else if (!strcmp(p->aspect, "condition") && p->flag)
			all = with(arena, all, "when", p->text);
		else if (p->item.size)
			all = ppm_arena_format(arena, "%.*s%s%.*s %.*s", SHOW(all), all.size ? ", " : "", SHOW(p->item), SHOW(p->text));
		else
			all = with(arena, all, bare ? "" : p->aspect, p->text);
	}
	return all;
}

// ---- a property ------------------------------------------------------------------------------------------------------------------

static bool is(const struct ppm_property *property, const char *aspect)
{
	return !strcmp(property->aspect, aspect);
}

// All of a dimension's competitors' weights; negative when one is no plain figure.
static double all_weights(const struct ppm_side *side)
{
	double sum = 0, one;
	int kind;

	for (uint32_t i = 0; i < side->subject_count; i++) {
		const struct ppm_statement *s = side->subjects[i].statement;
		if (side->subjects[i].kind != PPM_SUBJECT_DIMENSION)
			continue;
		if (!s->dimension.weight || !figure(s->dimension.weight, &kind, &one) || kind != PPM_EXPRESSION_NUMBER)
			return -1;
		sum += one;
	}
	return sum;
}

static void figure_words(struct telling *t, const struct ppm_property *old, const struct ppm_property *new)
{
	const struct ppm_subject *subject = t->contrast->after;
	double before = 1, after = 1;
	bool plain = new &&old && (!old->expression || !new->expression ? old->implied || new->implied : true);

	plain = plain && (!old->expression || both_figures(old->expression, old->expression, &before, &before)) &&
		(!new->expression || both_figures(new->expression, new->expression, &after, &after));
	if (new &&is(new, "points") && subject->rule && plain)
		t->words = ppm_arena_format(t->arena, "it %s %.*s point%s instead of %.*s", subject->rule->kind == PPM_RULE_PENALTY ? "takes" : "gives", SHOW(new->text),
			after == 1 ? "" : "s", SHOW(old->text));
	else if (new &&is(new, "weight") && subject->kind == PPM_SUBJECT_DIMENSION && plain) {
		double all_before = all_weights(t->contrast->before_side), all_after = all_weights(t->contrast->after_side);
		if (all_before > 0 && all_after > 0)
			t->words = ppm_arena_format(t->arena, "it counts for %.10g of %.10g instead of %.10g of %.10g", after, all_after, before, all_before);
	} else if (new &&is(new, "start") && plain)
		t->words = ppm_arena_format(t->arena, "a customer begins it with %.*s points instead of %.*s", SHOW(new->text), SHOW(old->text));
	else if (new && !old && is(new, "at most"))
		t->words = ppm_arena_format(t->arena, "it is limited to %.*s points", SHOW(new->text));
	else if (old && !new &&is(old, "at most"))
		t->words = ppm_arena_format(t->arena, "it is no longer limited to %.*s points", SHOW(old->text));
	else if (new &&is(new, "missing") && subject->kind == PPM_SUBJECT_RULE)
		t->words = ppm_arena_format(t->arena, "where it cannot be told, %.*s points count", SHOW(new->text));
	else if (old && !new &&is(old, "missing") && t->contrast->before->kind == PPM_SUBJECT_RULE)
		t->words = PPM_SLICE("where it cannot be told, the rule is left out");
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
	t->words = details.size ? ppm_arena_format(t->arena, "%.*s: %.*s", SHOW(begin), SHOW(details)) : begin;
}

static struct ppm_slice prefixed(struct telling *t, const struct ppm_property *p, struct ppm_slice text)
{
	return p->item.size ? ppm_arena_format(t->arena, "%.*s: %.*s", SHOW(p->item), SHOW(text)) : text;
}

static void tell_both(struct telling *t, const struct ppm_property *old, const struct ppm_property *new)
{
	const struct ppm_expression *before = old->expression, *after = new->expression;
	struct ppm_slice change = before && after ? narrowed(t, before, after) : arrow(t, old->text, new->text);

	if (old->flag && new->flag && before &&after) {
		tell_condition(t, before, after, 4);
		condition_words(t, t->words);
		if (!t->symbols.size) // apart in the keys, alike in every part: told whole
			t->symbols = arrow(t, old->text, new->text);
		t->symbols = prefixed(t, new, t->symbols);
		return;
	}
	if (is(new, "points")) {
		t->symbols = ppm_arena_format(t->arena, "%.*s points", SHOW(change));
		if (before && after && (before->kind > PPM_EXPRESSION_MONEY || after->kind > PPM_EXPRESSION_MONEY))
			t->symbols = ppm_arena_format(t->arena, "points %.*s", SHOW(change));
	} else if (is(new, "dimension") || is(new, "bundle")) {
		t->symbols = ppm_arena_format(t->arena, "moved from %.*s to %.*s", SHOW(old->text), SHOW(new->text));
	} else if (new->expression && old->expression && (is(new, "from") || is(new, "to")) && t->contrast->after->kind == PPM_SUBJECT_RULE) {
		t->symbols = ppm_arena_format(t->arena, "%s %.*s points", new->aspect, SHOW(change));
	} else if (is(new, "kind") || is(new, "value") || is(new, "condition") || is(new, "day")) {
		t->symbols = change;
	} else if (is(new, "parameters")) {
		t->symbols = ppm_arena_format(t->arena, "(%.*s) → (%.*s)", SHOW(old->text), SHOW(new->text));
	} else if (is(new, "steps")) {
		t->symbols = PPM_SLICE("changed");
	} else if (new->item.size && !ppm_slice_equal(old->item_key, new->item_key)) {
		t->symbols = ppm_slice_equal(old->key, new->key)
			? ppm_arena_format(t->arena, "%.*s → %.*s (%.*s)", SHOW(old->item), SHOW(new->item), SHOW(new->text))
			: ppm_arena_format(t->arena, "%.*s: %.*s → %.*s: %.*s", SHOW(old->item), SHOW(old->text), SHOW(new->item), SHOW(new->text));
	} else if (new->item.size) {
		t->symbols = prefixed(t, new, change);
	} else {
		t->symbols = ppm_arena_format(t->arena, "%s %.*s", new->aspect, SHOW(change));
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
		t->symbols = ppm_arena_format(t->arena, "%s %.*s", added ? "now in" : "no longer in", SHOW(p->text));
	else if (is(p, "order by") || (p->item.size && ppm_slice_equal(p->item, p->text)))
		t->symbols = ppm_arena_format(t->arena, "%s %.*s %s", p->aspect, SHOW(p->text), added ? "added" : "removed");
	else if (p->item.size)
		t->symbols = ppm_arena_format(t->arena, "%.*s: %.*s %s", SHOW(p->item), SHOW(p->text), added ? "added" : "removed");
	else
		t->symbols = ppm_arena_format(t->arena, "%s %.*s %s", p->aspect, SHOW(p->text), added ? "added" : "removed");
	if (is(p, "at most") || is(p, "missing"))
		figure_words(t, added ? NULL : p, added ? p : NULL);
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

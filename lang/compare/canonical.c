// An expression's canonical key: a text that is the same for expressions that mean the same by the laws of the language, whatever their names stand for.
//
// Negations are pushed down to the comparisons (Kleene's logic keeps De Morgan's laws), chains and ranges become comparisons, what has no order is sorted. Nothing is
// regrouped that arithmetic could tell apart. Texts are written with their length in front, so that no text can imitate a key. Recursion is bounded by PPM_DEPTH_LIMIT.

#include "lang/compare/compare.h"

#include "runtime/base/date.h"

#include <stdlib.h>

typedef const struct ppm_canonical_scope *scope_in;

static struct ppm_slice key_of(scope_in scope, const struct ppm_expression *e, bool negated);

static struct ppm_arena *arena_of(scope_in scope)
{
	return scope->side->arena;
}

struct ppm_slice ppm_compare_text(struct ppm_arena *arena, const struct ppm_expression *expression)
{
	struct ppm_buffer text;
	struct ppm_slice copy = PPM_SLICE("");

	if (!expression)
		return copy;
	ppm_buffer_init(&text, arena->allocator);
	ppm_expression_write(expression, &text);
	if (text.failed)
		arena->failed = true;
	else if (expression->parenthesised && text.size > 2)
		copy = ppm_arena_copy(arena, (struct ppm_slice){ text.data + 1, text.size - 2 });
	else
		copy = ppm_arena_copy(arena, ppm_buffer_slice(&text));
	ppm_buffer_free(&text);
	return copy;
}

// ---- names ---------------------------------------------------------------------------------------------------------

void ppm_canonical_note(scope_in scope, uint32_t read)
{
	struct ppm_subject *subject = scope->subject;
	void *reads = subject->reads;

	if (subject->has_reads)
		return;
	for (uint32_t i = 0; i < subject->read_count; i++)
		if (subject->reads[i] == read)
			return;
	if (subject->read_count == subject->read_capacity) {
		uint32_t capacity = subject->read_capacity ? subject->read_capacity * 2 : 8;
		uint32_t *more = ppm_arena_allocate(arena_of(scope), capacity, sizeof *more);
		if (!more)
			return;
		if (reads)
			memcpy(more, reads, subject->read_count * sizeof *more);
		subject->reads = more;
		subject->read_capacity = capacity;
	}
	subject->reads[subject->read_count++] = read;
}

static bool is_module(const struct ppm_side *side, struct ppm_slice name)
{
	for (size_t i = 1; i < side->plan->module_count; i++)
		if (ppm_slice_equal(side->plan->modules[i].name, name))
			return true;
	return false;
}

static struct ppm_slice module_name(const struct ppm_side *side, struct ppm_slice name)
{
	for (size_t i = 1; i < side->plan->module_count; i++)
		if (ppm_slice_equal(side->plan->modules[i].name, name))
			return side->module_names[i];
	return name;
}

static bool is_dataset(const struct ppm_side *side, struct ppm_slice name)
{
	for (size_t i = 0; i < side->plan->dataset_count; i++)
		if (name.size && ppm_slice_equal(side->plan->datasets[i].name, name))
			return true;
	return false;
}

// A name that is in one dataset only is that dataset's, wherever it is read.
static uint32_t find_anywhere(const struct ppm_side *side, struct ppm_slice name)
{
	uint32_t found = PPM_NO_SUBJECT;

	for (size_t i = 0; i < side->plan->dataset_count; i++) {
		uint32_t one = ppm_side_find_member(side, side->plan->datasets[i].name, name);
		if (one != PPM_NO_SUBJECT && found != PPM_NO_SUBJECT && one != found)
			return PPM_NO_SUBJECT;
		if (one != PPM_NO_SUBJECT)
			found = one;
	}
	return found;
}

static struct ppm_slice path_key(scope_in scope, const struct ppm_name_list *path)
{
	struct ppm_side *side = scope->side;
	struct ppm_slice first = path->name.text, written, prefix = PPM_SLICE("");
	const struct ppm_name_list *rest = path->next;
	uint32_t found = PPM_NO_SUBJECT, parameter = 0;

	for (const struct ppm_name_list *p = scope->parameters; p; p = p->next, parameter++)
		if (ppm_slice_equal(p->name.text, first)) {
			written = ppm_arena_format(arena_of(scope), "$%u", parameter);
			goto members;
		}
	if (rest && is_module(side, first)) {
		found = ppm_side_find(side, first, rest->name.text);
		struct ppm_slice module = module_name(side, first);
		written = ppm_arena_format(arena_of(scope), "%.*s.%.*s", PPM_SHOW(module), PPM_SHOW(rest->name.text));
		rest = rest->next;
	} else {
		if (scope->subject->member_of.size)
			found = ppm_side_find_member(side, scope->subject->member_of, first);
		if (found == PPM_NO_SUBJECT)
			found = ppm_side_find(side, scope->subject->module->name, first);
		if (found == PPM_NO_SUBJECT && rest && (is_dataset(side, first) || ppm_slice_is(first, "this"))) {
			found = ppm_slice_is(first, "this") ? ppm_side_find(side, PPM_SLICE(""), rest->name.text) : ppm_side_find_member(side, first, rest->name.text);
			if (found != PPM_NO_SUBJECT) {
				prefix = ppm_slice_is(first, "this") ? PPM_SLICE("this.") : PPM_SLICE("its.");
				uint32_t whole = ppm_side_find_member(side, first, PPM_SLICE(""));
				if (whole != PPM_NO_SUBJECT)
					ppm_canonical_note(scope, whole);
				rest = rest->next;
			}
		}
		if (found == PPM_NO_SUBJECT && !rest)
			found = find_anywhere(side, first);
		if (found == PPM_NO_SUBJECT)
			found = ppm_side_find_member(side, first, PPM_SLICE("")); // a dataset or tree
		written = first;
	}
	if (found != PPM_NO_SUBJECT) {
		ppm_canonical_note(scope, found);
		written = ppm_side_name(side, found);
	}
	written = ppm_arena_format(arena_of(scope), "%.*s%.*s", PPM_SHOW(prefix), PPM_SHOW(written));
members:
	for (; rest; rest = rest->next) {
		uint32_t member = find_anywhere(side, rest->name.text);
		if (member != PPM_NO_SUBJECT)
			ppm_canonical_note(scope, member);
		written = ppm_arena_format(arena_of(scope), "%.*s.%.*s", PPM_SHOW(written), PPM_SHOW(rest->name.text));
	}
	return written;
}

// ---- pieces ------------------------------------------------------------------------------------------------------

struct gathering {
	scope_in scope;
	bool any;
	struct ppm_piece *first, **end;
};

static enum ppm_relation turned(enum ppm_relation relation)
{
	static const enum ppm_relation other[] = { PPM_RELATION_EQUAL, PPM_RELATION_NOT_EQUAL, PPM_RELATION_GREATER, PPM_RELATION_GREATER_EQUAL, PPM_RELATION_LESS,
		PPM_RELATION_LESS_EQUAL };
	return other[relation];
}

static enum ppm_relation denied(enum ppm_relation relation)
{
	static const enum ppm_relation other[] = { PPM_RELATION_NOT_EQUAL, PPM_RELATION_EQUAL, PPM_RELATION_GREATER_EQUAL, PPM_RELATION_GREATER, PPM_RELATION_LESS_EQUAL,
		PPM_RELATION_LESS };
	return other[relation];
}

static struct ppm_slice comparison_key(scope_in scope, const struct ppm_expression *left, enum ppm_relation relation, const struct ppm_expression *right)
{
	struct ppm_slice a = key_of(scope, left, false), b = key_of(scope, right, false), swap = a;
	static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };

	if (relation == PPM_RELATION_GREATER || relation == PPM_RELATION_GREATER_EQUAL || (relation <= PPM_RELATION_NOT_EQUAL && ppm_slice_compare(a, b) > 0)) {
		a = b;
		b = swap;
		relation = turned(relation);
	}
	return ppm_arena_format(arena_of(scope), "(%s %.*s %.*s)", signs[relation], PPM_SHOW(a), PPM_SHOW(b));
}

static void add(struct gathering *g, struct ppm_piece piece)
{
	struct ppm_piece *place = PPM_ARENA_NEW(arena_of(g->scope), struct ppm_piece);

	if (!place)
		return;
	*place = piece;
	*g->end = place;
	g->end = &place->next;
}

static void add_comparison(struct gathering *g, const struct ppm_expression *left, enum ppm_relation relation, const struct ppm_expression *right, bool negated)
{
	static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };
	struct ppm_arena *arena = arena_of(g->scope);
	struct ppm_slice left_text, right_text;

	if (negated)
		relation = denied(relation);
	if (ppm_expression_is_literal(left) && !ppm_expression_is_literal(right)) {
		const struct ppm_expression *swap = left;
		left = right;
		right = swap;
		relation = turned(relation);
	}
	left_text = ppm_compare_text(arena, left);
	right_text = ppm_compare_text(arena, right);
	add(g,
		(struct ppm_piece){ .key = comparison_key(g->scope, left, relation, right),
			.text = ppm_arena_format(arena, "%.*s %s %.*s", PPM_SHOW(left_text), signs[relation], PPM_SHOW(right_text)),
			.left = left,
			.right = right,
			.relation = relation,
			.left_key = key_of(g->scope, left, false) });
}

bool ppm_canonical_joins(const struct ppm_expression *e, bool negated, bool any)
{
	switch (e->kind) {
	case PPM_EXPRESSION_NOT: return ppm_canonical_joins(e->left, !negated, any);
	case PPM_EXPRESSION_AND: return negated == any;
	case PPM_EXPRESSION_OR: return negated != any;
	case PPM_EXPRESSION_COMPARE: return e->item_count > 2 && negated == any;
	case PPM_EXPRESSION_BETWEEN:
	case PPM_EXPRESSION_IN_RANGE: return (negated != e->negated) == any;
	default: return false;
	}
}

static void gather(struct gathering *g, const struct ppm_expression *e, bool negated)
{
	uint32_t index = 0;

	if (e->kind == PPM_EXPRESSION_NOT) {
		gather(g, e->left, !negated);
		return;
	}
	if (e->kind == PPM_EXPRESSION_COMPARE && (e->item_count == 2 || ppm_canonical_joins(e, negated, g->any))) {
		for (const struct ppm_expression *item = e->items; item && item->next; item = item->next)
			add_comparison(g, item, e->relations[index++], item->next, negated);
		return;
	}
	if (ppm_canonical_joins(e, negated, g->any)) {
		if (e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR) {
			gather(g, e->left, negated);
			gather(g, e->right, negated);
		} else {
			add_comparison(g, e->left, PPM_RELATION_GREATER_EQUAL, e->right, negated != e->negated);
			add_comparison(g, e->left, PPM_RELATION_LESS_EQUAL, e->third, negated != e->negated);
		}
		return;
	}
	struct ppm_slice text = ppm_compare_text(arena_of(g->scope), e);
	if (negated)
		text = ppm_arena_format(arena_of(g->scope), e->kind == PPM_EXPRESSION_PATH ? "not %.*s" : "not (%.*s)", PPM_SHOW(text));
	add(g,
		(struct ppm_piece){ .key = key_of(g->scope, e, negated),
			.text = text,
			.expression = e,
			.negated = negated,
			.left_key = e->kind == PPM_EXPRESSION_IN_LIST ? key_of(g->scope, e->left, false) : PPM_SLICE("") });
}

struct ppm_piece *ppm_canonical_pieces(const struct ppm_canonical_scope *scope, const struct ppm_expression *expression, bool any)
{
	struct gathering g = { scope, any, NULL, &g.first };

	gather(&g, expression, false);
	return g.first;
}

// ---- keys --------------------------------------------------------------------------------------------------------

static int by_bytes(const void *a, const void *b)
{
	return ppm_slice_compare(*(const struct ppm_slice *)a, *(const struct ppm_slice *)b);
}

// A copy of the text, which is freed.
static struct ppm_slice taken(scope_in scope, struct ppm_buffer *text)
{
	struct ppm_slice copy = text->failed ? PPM_SLICE("") : ppm_arena_copy(arena_of(scope), ppm_buffer_slice(text));

	if (text->failed)
		arena_of(scope)->failed = true;
	ppm_buffer_free(text);
	return copy;
}

// "(head a b c)" of keys, sorted and each once.
static struct ppm_slice sorted(scope_in scope, const char *head, struct ppm_slice *keys, size_t count)
{
	struct ppm_buffer text;

	if (count)
		qsort(keys, count, sizeof *keys, by_bytes);
	ppm_buffer_init(&text, arena_of(scope)->allocator);
	ppm_buffer_format(&text, "(%s", head);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !ppm_slice_equal(keys[i], keys[i - 1]))
			ppm_buffer_format(&text, " %.*s", PPM_SHOW(keys[i]));
	ppm_buffer_append_char(&text, ')');
	return taken(scope, &text);
}

// `x = "a" or x = "b"` asks for one of a list, as `x in ["a", "b"]` does; with `and` and `!=`, for none of it.
static struct ppm_slice *list_items(scope_in scope, const struct ppm_piece *piece, bool any, struct ppm_slice *left, size_t *count)
{
	const struct ppm_expression *e = piece->expression;
	struct ppm_slice *keys;

	*count = 0;
	if (piece->left) {
		if (piece->relation != (any ? PPM_RELATION_EQUAL : PPM_RELATION_NOT_EQUAL) || !ppm_expression_is_literal(piece->right))
			return NULL;
		keys = PPM_ARENA_NEW(arena_of(scope), struct ppm_slice);
		*left = piece->left_key;
		*count = keys ? 1 : 0;
		if (keys)
			*keys = key_of(scope, piece->right, false);
		return keys;
	}
	if (!e || e->kind != PPM_EXPRESSION_IN_LIST || (piece->negated != e->negated) == any)
		return NULL;
	*left = piece->left_key;
	keys = ppm_arena_allocate(arena_of(scope), (size_t)e->right->item_count + 1, sizeof *keys);
	for (const struct ppm_expression *item = e->right->items; item && keys && *count < e->right->item_count; item = item->next)
		keys[(*count)++] = key_of(scope, item, false);
	return keys;
}

static void join_lists(scope_in scope, struct ppm_piece *pieces, bool any)
{
	for (struct ppm_piece *one = pieces; one; one = one->next) {
		struct ppm_slice left = PPM_SLICE(""), other_left = left, key;
		size_t count, other_count, all;
		struct ppm_slice *items = list_items(scope, one, any, &left, &count);
		bool joined = false;
		for (struct ppm_piece **at = &one->next; items && *at;) {
			struct ppm_slice *others = list_items(scope, *at, any, &other_left, &other_count);
			if (!others || !ppm_slice_equal(left, other_left)) {
				at = &(*at)->next;
				continue;
			}
			all = count + other_count;
			struct ppm_slice *both = ppm_arena_allocate(arena_of(scope), all, sizeof *both);
			if (!both)
				return;
			memcpy(both, items, count * sizeof *both);
			memcpy(both + count, others, other_count * sizeof *both);
			items = both;
			count = all;
			joined = true;
			*at = (*at)->next;
		}
		if (!joined)
			continue;
		key = sorted(scope, "list", items, count);
		one->key = ppm_arena_format(arena_of(scope), any ? "(in %.*s %.*s)" : "(not (in %.*s %.*s))", PPM_SHOW(left), PPM_SHOW(key));
	}
}

static struct ppm_slice joined_key(scope_in scope, const struct ppm_expression *e, bool negated, bool any)
{
	struct gathering g = { scope, any, NULL, &g.first };
	struct ppm_slice *keys;
	size_t count = 0;

	gather(&g, e, negated);
	join_lists(scope, g.first, any);
	if (g.first && !g.first->next)
		return g.first->key;
	for (const struct ppm_piece *piece = g.first; piece; piece = piece->next)
		count++;
	keys = ppm_arena_allocate(arena_of(scope), count + 1, sizeof *keys);
	count = 0;
	for (const struct ppm_piece *piece = g.first; piece && keys; piece = piece->next)
		keys[count++] = piece->key;
	return sorted(scope, any ? "or" : "and", keys, count);
}

// A figure without what does not count: 7.50 is 7.5. None begins with zeros, and each has digits on both sides of its point.
static struct ppm_slice digits(struct ppm_slice text)
{
	if (!memchr(text.data, '.', text.size))
		return text;
	while (text.data[text.size - 1] == '0')
		text.size--;
	if (text.data[text.size - 1] == '.')
		text.size--;
	return text;
}

static struct ppm_slice duration_key(scope_in scope, const struct ppm_expression *e)
{
	struct ppm_slice figure = digits(e->text);
	uint64_t count = 0;
	bool whole = e->text.size > 0 && e->text.size < 9;

	for (size_t i = 0; i < e->text.size && whole; i++) {
		whole = e->text.data[i] >= '0' && e->text.data[i] <= '9';
		count = count * 10 + (uint64_t)(e->text.data[i] - '0');
	}
	if (!whole)
		return ppm_arena_format(arena_of(scope), "(duration %.*s %d)", PPM_SHOW(figure), (int)e->period);
	bool months = e->period == PPM_PERIOD_MONTH || e->period == PPM_PERIOD_YEAR;
	count *= e->period == PPM_PERIOD_WEEK ? 7 : e->period == PPM_PERIOD_YEAR ? 12 : 1;
	return ppm_arena_format(arena_of(scope), "%llu%s", (unsigned long long)count, months ? "months" : "days");
}

static struct ppm_slice text_key(scope_in scope, struct ppm_slice text)
{
	return ppm_arena_format(arena_of(scope), "\"%zu:%.*s\"", text.size, PPM_SHOW(text));
}

// Appends `before` and the key.
static void append_key(scope_in scope, struct ppm_buffer *text, const char *before, const struct ppm_expression *e)
{
	struct ppm_slice key = key_of(scope, e, false);

	ppm_buffer_format(text, "%s%.*s", before, PPM_SHOW(key));
}

static struct ppm_slice arguments_key(scope_in scope, const struct ppm_argument *arguments)
{
	struct ppm_buffer text;

	ppm_buffer_init(&text, arena_of(scope)->allocator);
	for (const struct ppm_argument *a = arguments; a; a = a->next) {
		if (a->expression)
			append_key(scope, &text, " [", a->expression);
		else
			ppm_buffer_append_text(&text, " [-");
		if (a->over)
			append_key(scope, &text, " over ", a->over);
		if (a->where)
			append_key(scope, &text, " where ", a->where);
		for (const struct ppm_expression *by = a->by; by; by = by->next)
			append_key(scope, &text, " by ", by);
		if (a->order_by)
			append_key(scope, &text, " order ", a->order_by);
		ppm_buffer_append_text(&text, a->descending ? " desc]" : "]"); // `asc` is what is meant without it
	}
	return taken(scope, &text);
}

static struct ppm_slice case_key(scope_in scope, const struct ppm_case_arm *arms)
{
	struct ppm_buffer text;

	ppm_buffer_init(&text, arena_of(scope)->allocator);
	ppm_buffer_append_text(&text, "(case");
	for (const struct ppm_case_arm *arm = arms; arm; arm = arm->next) {
		if (arm->missing || arm->otherwise)
			ppm_buffer_append_text(&text, arm->missing ? " [missing" : " [otherwise");
		else
			append_key(scope, &text, " [", arm->when);
		append_key(scope, &text, " ", arm->value);
		ppm_buffer_append_char(&text, ']');
	}
	ppm_buffer_append_char(&text, ')');
	return taken(scope, &text);
}

static struct ppm_slice list_key(scope_in scope, const struct ppm_expression *list)
{
	struct ppm_slice *keys = ppm_arena_allocate(arena_of(scope), (size_t)list->item_count + 1, sizeof *keys);
	size_t count = 0;

	for (const struct ppm_expression *item = list->items; item && keys && count < list->item_count; item = item->next)
		keys[count++] = key_of(scope, item, false);
	return sorted(scope, "list", keys, count);
}

static struct ppm_slice two(scope_in scope, const char *head, const struct ppm_expression *e, bool either_order)
{
	struct ppm_slice a = key_of(scope, e->left, false), b = e->right ? key_of(scope, e->right, false) : PPM_SLICE("-"), swap = a;

	if (either_order && ppm_slice_compare(a, b) > 0) {
		a = b;
		b = swap;
	}
	return ppm_arena_format(arena_of(scope), "(%s %.*s %.*s)", head, PPM_SHOW(a), PPM_SHOW(b));
}

static struct ppm_slice test_key(scope_in scope, const struct ppm_expression *e, bool negated)
{
	const char *head = e->kind == PPM_EXPRESSION_CONTAINS                                  ? "contains"
		: e->kind == PPM_EXPRESSION_STARTS_WITH                                        ? "starts"
		: e->kind == PPM_EXPRESSION_ENDS_WITH                                          ? "ends"
		: e->kind == PPM_EXPRESSION_MATCHES                                            ? "matches"
		: e->kind == PPM_EXPRESSION_IS_MISSING || e->kind == PPM_EXPRESSION_IS_PRESENT ? "missing"
											       : "in";
	bool no = (negated != e->negated) != (e->kind == PPM_EXPRESSION_IS_PRESENT);
	struct ppm_slice key;

	if (e->kind == PPM_EXPRESSION_IN_LIST && e->right->item_count == 1)
		return comparison_key(scope, e->left, no ? PPM_RELATION_NOT_EQUAL : PPM_RELATION_EQUAL, e->right->items);
	if (e->kind == PPM_EXPRESSION_IS_MISSING || e->kind == PPM_EXPRESSION_IS_PRESENT) {
		key = key_of(scope, e->left, false);
		key = ppm_arena_format(arena_of(scope), "(missing %.*s)", PPM_SHOW(key));
	} else {
		key = two(scope, head, e, false);
	}
	return no ? ppm_arena_format(arena_of(scope), "(not %.*s)", PPM_SHOW(key)) : key;
}

static struct ppm_slice plain_key(scope_in scope, const struct ppm_expression *e)
{
	struct ppm_arena *arena = arena_of(scope);
	struct ppm_slice one;
	char day[10];

	switch (e->kind) {
	case PPM_EXPRESSION_NUMBER: return digits(e->text);
	case PPM_EXPRESSION_PERCENTAGE: one = digits(e->text); return ppm_arena_format(arena, "%.*s%%", PPM_SHOW(one));
	case PPM_EXPRESSION_MONEY: one = digits(e->text); return ppm_arena_format(arena, "%.*s%.3s", PPM_SHOW(one), e->currency);
	case PPM_EXPRESSION_TEXT: return text_key(scope, e->text);
	case PPM_EXPRESSION_DATE: ppm_date_write(e->date, day); return ppm_arena_format(arena, "%.10s", day);
	case PPM_EXPRESSION_DURATION: return duration_key(scope, e);
	case PPM_EXPRESSION_FLAG: return e->yes ? PPM_SLICE("yes") : PPM_SLICE("no");
	case PPM_EXPRESSION_MISSING: return PPM_SLICE("missing");
	case PPM_EXPRESSION_ANY: return PPM_SLICE("_");
	case PPM_EXPRESSION_PATH: one = path_key(scope, e->path); return ppm_arena_format(arena, "@%.*s", PPM_SHOW(one));
	case PPM_EXPRESSION_CALL: {
		struct ppm_slice name = path_key(scope, e->path), arguments = arguments_key(scope, e->arguments);
		return ppm_arena_format(arena, "(call %.*s%.*s)", PPM_SHOW(name), PPM_SHOW(arguments));
	}
	case PPM_EXPRESSION_LIST: return list_key(scope, e);
	case PPM_EXPRESSION_NEGATE: one = key_of(scope, e->left, false); return ppm_arena_format(arena, "(- %.*s)", PPM_SHOW(one));
	case PPM_EXPRESSION_ADD: return two(scope, "+", e, true);
	case PPM_EXPRESSION_SUBTRACT: return two(scope, "-", e, false);
	case PPM_EXPRESSION_MULTIPLY: return two(scope, "*", e, true);
	case PPM_EXPRESSION_DIVIDE: return two(scope, "/", e, false);
	case PPM_EXPRESSION_MODULO: return two(scope, "mod", e, false);
	case PPM_EXPRESSION_POWER: return two(scope, "^", e, false);
	case PPM_EXPRESSION_DEFAULT: return two(scope, "default", e, false);
	case PPM_EXPRESSION_RATE: one = key_of(scope, e->left, false); return ppm_arena_format(arena, "(per %d %.*s)", (int)e->period, PPM_SHOW(one));
	case PPM_EXPRESSION_IF: {
		struct ppm_slice a = key_of(scope, e->left, false), b = key_of(scope, e->right, false), c = key_of(scope, e->third, false);
		return ppm_arena_format(arena, "(if %.*s %.*s %.*s)", PPM_SHOW(a), PPM_SHOW(b), PPM_SHOW(c));
	}
	case PPM_EXPRESSION_CASE: return case_key(scope, e->arms);
	default: return PPM_SLICE("?"); // flags, which key_of has taken
	}
}

static struct ppm_slice key_of(scope_in scope, const struct ppm_expression *e, bool negated)
{
	struct ppm_slice key;

	switch (e->kind) {
	case PPM_EXPRESSION_NOT: return key_of(scope, e->left, !negated);
	case PPM_EXPRESSION_AND:
	case PPM_EXPRESSION_OR:
	case PPM_EXPRESSION_BETWEEN:
	case PPM_EXPRESSION_IN_RANGE: return joined_key(scope, e, negated, ppm_canonical_joins(e, negated, true));
	case PPM_EXPRESSION_COMPARE:
		if (e->item_count > 2)
			return joined_key(scope, e, negated, negated);
		return comparison_key(scope, e->items, negated ? denied(e->relations[0]) : e->relations[0], e->items->next);
	case PPM_EXPRESSION_IN_LIST:
	case PPM_EXPRESSION_IN_VALUE:
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT:
	case PPM_EXPRESSION_CONTAINS:
	case PPM_EXPRESSION_STARTS_WITH:
	case PPM_EXPRESSION_ENDS_WITH:
	case PPM_EXPRESSION_MATCHES: return test_key(scope, e, negated);
	default: key = plain_key(scope, e); return negated ? ppm_arena_format(arena_of(scope), "(not %.*s)", PPM_SHOW(key)) : key;
	}
}

struct ppm_slice ppm_canonical_key(const struct ppm_canonical_scope *scope, const struct ppm_expression *expression)
{
	return expression ? key_of(scope, expression, false) : PPM_SLICE("");
}

struct ppm_slice ppm_canonical_template(const struct ppm_canonical_scope *scope, const struct ppm_template *template)
{
	struct ppm_buffer text;

	ppm_buffer_init(&text, arena_of(scope)->allocator);
	for (const struct ppm_template_part *part = template->parts; part; part = part->next) {
		struct ppm_slice one = part->expression ? key_of(scope, part->expression, false) : text_key(scope, part->literal);
		ppm_buffer_format(&text, "%.*s{%.*s|%.*s}", PPM_SHOW(one), PPM_SHOW(part->as_name.text), PPM_SHOW(part->as_format.text));
	}
	return taken(scope, &text);
}

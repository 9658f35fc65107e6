// What claims ask of each column: conditions are taken apart into claims about single figures, texts and flags, and those of one subject are joined. A figure that only one thing moves
// is turned around (`as_of - last_contact <= 90 days` is asked of last_contact); one that several make stays as it is. An `or` stays whole: which of its sides it is to be is nobody's
// business but the customer's.

#include "lang/analysis/perfect_internal.h"

#include "runtime/base/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_facts *facts, ppm_node_id id)
{
	return &facts->plan->nodes[id];
}

struct ppm_fact *ppm_facts_of(const struct ppm_facts *facts, ppm_node_id subject)
{
	for (uint32_t i = 0; i < facts->count; i++)
		if (facts->items[i].subject == subject)
			return &facts->items[i];
	return NULL;
}

// The fact about the subject; what cannot be kept (the arena has failed) goes to a scratch.
static struct ppm_fact *fact_of(struct ppm_facts *facts, ppm_node_id subject, struct ppm_fact *scratch)
{
	struct ppm_fact *fact = ppm_facts_of(facts, subject);
	if (fact)
		return fact;
	if (facts->count == facts->capacity) {
		uint32_t capacity = facts->capacity ? 2 * facts->capacity : 16;
		struct ppm_fact *items = ppm_arena_allocate(facts->arena, capacity, sizeof *items);
		if (!items) {
			*scratch = (struct ppm_fact){ .subject = subject, .low = -INFINITY, .high = INFINITY };
			return scratch;
		}
		if (facts->count)
			memcpy(items, facts->items, facts->count * sizeof *items);
		facts->items = items;
		facts->capacity = capacity;
	}
	fact = &facts->items[facts->count++];
	*fact = (struct ppm_fact){ .subject = subject, .low = -INFINITY, .high = INFINITY };
	return fact;
}

double ppm_facts_figure(const struct ppm_plan *plan, ppm_node_id id)
{
	double value = 0;
	bool constant = ppm_plan_constant_number(plan, id, &value);
	assert(constant);
	(void)constant;
	return value;
}

// ---- figures -------------------------------------------------------------------------------------------------------------------

static struct ppm_bounds moved(struct ppm_bounds b, double by)
{
	b.low += by;
	b.high += by;
	return b;
}

static struct ppm_bounds turned(struct ppm_bounds b)
{
	return (struct ppm_bounds){ -b.high, -b.low, b.high_open, b.low_open, b.percent };
}

static struct ppm_bounds times(struct ppm_bounds b, double factor)
{
	if (factor < 0)
		return times(turned(b), -factor);
	b.low *= factor;
	b.high *= factor;
	return b;
}

static bool holds(const struct ppm_bounds *b, double value)
{
	return !(value < b->low || (value == b->low && b->low_open) || value > b->high || (value == b->high && b->high_open));
}

// Takes the bounds as they are moved; false where an end would be further than any figure.
static bool take_moved(struct ppm_bounds *b, struct ppm_bounds to)
{
	if (!!isfinite(to.low) + !!isfinite(to.high) != !!isfinite(b->low) + !!isfinite(b->high))
		return false;
	*b = to;
	return true;
}

// One step towards what moves the figure; false where that ends.
static bool turn_around(const struct ppm_plan *plan, ppm_node_id *id, struct ppm_bounds *b)
{
	const struct ppm_node *n = &plan->nodes[*id];
	double k;
	bool right = n->b != PPM_NODE_NONE && ppm_plan_constant_number(plan, n->b, &k), left = !right && n->b != PPM_NODE_NONE && ppm_plan_constant_number(plan, n->a, &k);
	if (n->op == PPM_NODE_FIGURE || n->op == PPM_NODE_RETYPE || n->op == PPM_NODE_NEGATE) {
		if (n->op == PPM_NODE_NEGATE)
			*b = turned(*b);
		*id = n->a;
		return true;
	}
	if (!right && !left)
		return false;
	ppm_node_id rest = right ? n->a : n->b, constant = right ? n->b : n->a;
	bool months = plan->nodes[constant].type.base == PPM_BASE_DURATION && plan->nodes[constant].type.months && n->type.base == PPM_BASE_DATE;
	if (months || plan->nodes[rest].op == PPM_NODE_CONSTANT)
		return false;
	switch ((enum ppm_node_op)n->op) {
	case PPM_NODE_ADD:
		if (!take_moved(b, moved(*b, -k)))
			return false;
		break;
	case PPM_NODE_SUBTRACT:
		if (!take_moved(b, right ? moved(*b, k) : moved(turned(*b), k)))
			return false;
		break;
	case PPM_NODE_MULTIPLY:
		if (k == 0 || n->type.base == PPM_BASE_DURATION || !take_moved(b, times(*b, 1 / k)))
			return false;
		break;
	case PPM_NODE_DIVIDE:
		if (left || k == 0 || n->type.base == PPM_BASE_DURATION || !take_moved(b, times(*b, k)))
			return false;
		break;
	case PPM_NODE_MINIMUM:
		if (holds(b, k)) { // all above it are cut to it
			b->high = INFINITY;
			b->high_open = false;
		} else if (k <= b->low)
			return false;
		break;
	case PPM_NODE_MAXIMUM:
		if (holds(b, k)) {
			b->low = -INFINITY;
			b->low_open = false;
		} else if (k >= b->high)
			return false;
		break;
	case PPM_NODE_DEFAULT:
		if (holds(b, k))
			return false;
		break;
	default: return false;
	}
	b->percent = b->percent && plan->nodes[rest].type.base == PPM_BASE_PERCENT;
	*id = rest;
	return true;
}

ppm_node_id ppm_facts_subject(const struct ppm_plan *plan, ppm_node_id id, struct ppm_bounds *bounds)
{
	struct ppm_bounds now = *bounds, named = *bounds;
	ppm_node_id name = PPM_NODE_NONE, at = id;
	for (;;) {
		const struct ppm_node *node = &plan->nodes[at];
		if (name == PPM_NODE_NONE && node->written && node->op != PPM_NODE_FIGURE && node->op != PPM_NODE_RETYPE) {
			name = at;
			named = now;
		}
		if (!turn_around(plan, &at, &now))
			break;
	}
	if (plan->nodes[at].op != PPM_NODE_COLUMN && name != PPM_NODE_NONE) {
		at = name;
		now = named;
	}
	now.low = ppm_number_as_decimal(now.low);
	now.high = ppm_number_as_decimal(now.high);
	*bounds = now;
	return at;
}

static void take_bounds(struct ppm_facts *facts, ppm_node_id id, struct ppm_bounds b)
{
	struct ppm_fact scratch;
	id = ppm_facts_subject(facts->plan, id, &b);
	struct ppm_fact *fact = fact_of(facts, id, &scratch);
	fact->figure = true;
	fact->percent = fact->percent || b.percent || (node_of(facts, id)->type.ratio && fabs(b.low > -INFINITY ? b.low : b.high) <= 1);
	if (b.low > fact->low || (b.low == fact->low && b.low_open)) {
		fact->low = b.low;
		fact->low_open = b.low_open;
	}
	if (b.high < fact->high || (b.high == fact->high && b.high_open)) {
		fact->high = b.high;
		fact->high_open = b.high_open;
	}
}

static void take_condition(struct ppm_facts *facts, ppm_node_id id, bool truth)
{
	struct ppm_fact scratch, *fact = fact_of(facts, id, &scratch);
	fact->condition = true;
	*(truth ? &fact->yes : &fact->no) = true;
}

static void take_texts(struct ppm_facts *facts, ppm_node_id subject, const uint32_t *texts, uint32_t count, bool truth);

// What a lookup gives is a matter of its text: of those texts that give what is asked.
static bool take_lookup(struct ppm_facts *facts, ppm_node_id id, struct ppm_bounds b)
{
	const struct ppm_node *n = node_of(facts, id);
	if (n->op != PPM_NODE_MAP)
		return false;
	const struct ppm_plan_map *map = &facts->plan->maps[n->index];
	uint32_t *texts = ppm_arena_allocate(facts->arena, (size_t)map->count + 1, sizeof *texts), count = 0;
	if (!texts || map->missing != PPM_NODE_NONE)
		return false;
	bool rest = holds(&b, ppm_facts_figure(facts->plan, map->otherwise));
	for (uint32_t i = 0; i < map->count; i++)
		if (holds(&b, ppm_facts_figure(facts->plan, map->values[i])) != rest)
			texts[count++] = map->keys[i];
	take_texts(facts, n->a, texts, count, !rest);
	return true;
}

// a < k, a <= k, a = k and their like with the constant on the left; false where neither side is one.
static bool take_comparison(struct ppm_facts *facts, const struct ppm_node *n, bool truth)
{
	double k;
	bool right = ppm_plan_constant_number(facts->plan, n->b, &k), left = !right && ppm_plan_constant_number(facts->plan, n->a, &k);
	if (!right && !left)
		return false;
	const struct ppm_node *constant = node_of(facts, right ? n->b : n->a);
	struct ppm_bounds b = { -INFINITY, INFINITY, false, false, constant->type.base == PPM_BASE_PERCENT };
	ppm_node_id subject = right ? n->a : n->b;
	if (constant->computed)
		k = ppm_number_as_decimal(k); // as it is compared
	if (n->op == PPM_NODE_EQUAL && !truth) {
		struct ppm_fact scratch, *fact = fact_of(facts, subject, &scratch);
		double *list = ppm_arena_allocate(facts->arena, (size_t)fact->not_equal_count + 1, sizeof *list);
		if (!list)
			return true;
		if (fact->not_equal_count)
			memcpy(list, fact->not_equal, fact->not_equal_count * sizeof *list);
		list[fact->not_equal_count] = k;
		fact->not_equal = list;
		fact->not_equal_count++;
		fact->percent = fact->percent || b.percent;
		return true;
	}
	bool open = n->op == PPM_NODE_LESS;
	if (n->op == PPM_NODE_EQUAL)
		b.low = b.high = k;
	else if (right == truth) { // a < k; not k < a
		b.high = k;
		b.high_open = open == truth;
	} else {
		b.low = k;
		b.low_open = open == truth;
	}
	if (!take_lookup(facts, subject, b))
		take_bounds(facts, subject, b);
	return true;
}

// ---- texts ------------------------------------------------------------------------------------------------------------------------

static bool has(const uint32_t *texts, uint32_t count, uint32_t text)
{
	for (uint32_t i = 0; i < count; i++)
		if (texts[i] == text)
			return true;
	return false;
}

static void take_texts(struct ppm_facts *facts, ppm_node_id subject, const uint32_t *texts, uint32_t count, bool truth)
{
	struct ppm_fact scratch, *fact = fact_of(facts, subject, &scratch);
	uint32_t size = truth ? count : fact->out_count + count, kept = 0;
	uint32_t *list = ppm_arena_allocate(facts->arena, (size_t)size + 1, sizeof *list);
	if (!list)
		return;
	if (truth) {
		for (uint32_t i = 0; i < count; i++)
			if (!fact->listed || has(fact->in, fact->in_count, texts[i]))
				list[kept++] = texts[i];
		fact->in = list;
		fact->in_count = kept;
		fact->listed = true;
	} else {
		if (fact->out_count)
			memcpy(list, fact->out, fact->out_count * sizeof *list);
		kept = fact->out_count;
		for (uint32_t i = 0; i < count; i++)
			if (!has(list, kept, texts[i]))
				list[kept++] = texts[i];
		fact->out = list;
		fact->out_count = kept;
	}
}

static void take_test(struct ppm_facts *facts, const struct ppm_node *n, bool truth)
{
	struct ppm_fact scratch, *fact = fact_of(facts, n->a, &scratch);
	struct ppm_fact_test *test = PPM_ARENA_NEW(facts->arena, struct ppm_fact_test), **end = &fact->tests;
	for (; *end; end = &(*end)->next)
		if ((*end)->kind == n->index && (*end)->with == n->b)
			return;
	if (!test)
		return;
	*test = (struct ppm_fact_test){ (uint8_t)n->index, truth, n->b, NULL };
	*end = test;
}

// `x = "a" or x = "b"`: the texts of one subject. Appends them to `list`, which has room for `room`; false when it is something else.
static bool same_subject(const struct ppm_facts *facts, ppm_node_id id, ppm_node_id *subject, uint32_t *list, uint32_t room, uint32_t *count)
{
	const struct ppm_node *n = node_of(facts, id);
	if (n->op == PPM_NODE_OR)
		return same_subject(facts, n->a, subject, list, room, count) && same_subject(facts, n->b, subject, list, room, count);
	if (n->op != PPM_NODE_IN_SET || (*subject != PPM_NODE_NONE && *subject != n->a))
		return false;
	*subject = n->a;
	const struct ppm_text_set *set = &facts->plan->text_sets[n->index];
	for (uint32_t i = 0; i < set->count && *count < room; i++)
		if (!has(list, *count, set->texts[i]))
			list[(*count)++] = set->texts[i];
	return *count < room;
}

// ---- claims -----------------------------------------------------------------------------------------------------------------------

static void take(struct ppm_facts *facts, ppm_node_id id, bool truth)
{
	const struct ppm_node *n = node_of(facts, id);
	struct ppm_fact scratch, *fact;
	switch ((enum ppm_node_op)n->op) {
	case PPM_NODE_CONSTANT:
	case PPM_NODE_MISSING:
	case PPM_NODE_POISON: return;
	case PPM_NODE_NOT: take(facts, n->a, !truth); return;
	case PPM_NODE_AND:
	case PPM_NODE_OR:
		if ((n->op == PPM_NODE_AND) == truth) {
			take(facts, n->a, truth);
			take(facts, n->b, truth);
			return;
		}
		if (truth) {
			uint32_t list[64], count = 0;
			ppm_node_id subject = PPM_NODE_NONE;
			if (same_subject(facts, id, &subject, list, 64, &count)) {
				take_texts(facts, subject, list, count, true);
				return;
			}
		}
		take_condition(facts, id, truth);
		return;
	case PPM_NODE_DEFAULT:
		if (node_of(facts, n->b)->op == PPM_NODE_CONSTANT && node_of(facts, n->b)->value.flag != truth)
			take(facts, n->a, truth);
		else if (!truth)
			take(facts, n->a, false);
		else
			take_condition(facts, id, truth);
		return;
	case PPM_NODE_IS_MISSING:
		fact = fact_of(facts, n->a, &scratch);
		*(truth ? &fact->gone : &fact->present) = true;
		return;
	case PPM_NODE_EQUAL:
		if (node_of(facts, n->a)->type.base == PPM_BASE_FLAG && node_of(facts, n->b)->op == PPM_NODE_CONSTANT) {
			take(facts, n->a, node_of(facts, n->b)->value.flag == truth);
			return;
		}
		if (!take_comparison(facts, n, truth))
			take_condition(facts, id, truth);
		return;
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL:
		if (!take_comparison(facts, n, truth))
			take_condition(facts, id, truth);
		return;
	case PPM_NODE_IN_SET: {
		const struct ppm_text_set *set = &facts->plan->text_sets[n->index];
		take_texts(facts, n->a, set->texts, set->count, truth);
		return;
	}
	case PPM_NODE_TEXT_TEST:
		if (node_of(facts, n->b)->op == PPM_NODE_CONSTANT)
			take_test(facts, n, truth);
		else
			take_condition(facts, id, truth);
		return;
	default: break;
	}
	fact = fact_of(facts, id, &scratch);
	*(truth ? &fact->yes : &fact->no) = true;
	fact->condition = n->op != PPM_NODE_COLUMN;
}

void ppm_facts_add(struct ppm_facts *facts, struct ppm_claim claim)
{
	take(facts, claim.node, claim.is_true);
}

// ---- words -------------------------------------------------------------------------------------------------------------------------

static void comma(struct ppm_buffer *out, size_t from)
{
	if (out->size > from)
		ppm_buffer_append_text(out, ", ");
}

// A bound that a division made is shown with four places, on its safe side.
static double tidy(double value, bool up)
{
	double rounded = ppm_number_round_places(value, 1e6);
	if (rounded == value || fabs(value) > 1e6)
		return value;
	return (up ? ceil(value * 1e4) : floor(value * 1e4)) / 1e4;
}

static void bound_words(const struct ppm_plan *plan, const struct ppm_fact *fact, struct ppm_buffer *out)
{
	const struct ppm_node *node = &plan->nodes[fact->subject];
	bool low = isfinite(fact->low), high = isfinite(fact->high);
	if (node->op == PPM_NODE_COLUMN && node->type.base != PPM_BASE_DATE && node->type.base != PPM_BASE_DURATION) {
		low = low && (fact->low > node->low || (fact->low == node->low && fact->low_open));
		high = high && (fact->high < node->high || (fact->high == node->high && fact->high_open));
	} // what is bounded by being what it is (a date, a count of days) may still be asked for in full
	if (low && high && fact->low == fact->high && !fact->low_open && !fact->high_open) {
		ppm_buffer_append_text(out, "exactly ");
		ppm_words_figure(plan, fact->subject, fact->percent, fact->low, out);
		return;
	}
	size_t from = out->size;
	if (low) {
		ppm_buffer_append_text(out, fact->low_open ? (node->type.base == PPM_BASE_DATE ? "after " : "above ") : node->type.base == PPM_BASE_DATE ? "from " : "at least ");
		ppm_words_figure(plan, fact->subject, fact->percent, tidy(fact->low, true), out);
	}
	if (high) {
		if (out->size > from)
			ppm_buffer_append_text(out, " and ");
		ppm_buffer_append_text(out, fact->high_open ? (node->type.base == PPM_BASE_DATE ? "before " : "below ") : node->type.base == PPM_BASE_DATE ? "up to " : "at most ");
		ppm_words_figure(plan, fact->subject, fact->percent, tidy(fact->high, false), out);
	}
}

static void text_words(const struct ppm_plan *plan, const struct ppm_fact *fact, struct ppm_buffer *out)
{
	static const char *const tests[] = {
		[PPM_TEXT_STARTS_WITH] = "starts with ",
		[PPM_TEXT_ENDS_WITH] = "ends with ",
		[PPM_TEXT_CONTAINS] = "contains ",
		[PPM_TEXT_MATCHES] = "matches ",
		[PPM_TEXT_LESS] = "before ",
		[PPM_TEXT_LESS_EQUAL] = "up to ",
		[PPM_TEXT_GREATER] = "after ",
		[PPM_TEXT_GREATER_EQUAL] = "from ",
	};
	size_t from = out->size;
	uint32_t shown = 0;
	for (uint32_t i = 0; fact->listed && i < fact->in_count; i++) {
		if (has(fact->out, fact->out_count, fact->in[i]))
			continue;
		ppm_buffer_append_text(out, shown++ ? " or " : "");
		ppm_words_text(plan->texts[fact->in[i]], out);
	}
	for (uint32_t i = 0; !fact->listed && i < fact->out_count; i++) {
		ppm_buffer_append_text(out, i ? " or " : "not ");
		ppm_words_text(plan->texts[fact->out[i]], out);
	}
	for (const struct ppm_fact_test *test = fact->tests; test; test = test->next) {
		comma(out, from);
		ppm_buffer_append_text(out, test->holds ? "" : "not ");
		ppm_buffer_append_text(out, tests[test->kind]);
		ppm_words_node(plan, test->with, out);
	}
}

void ppm_fact_words(const struct ppm_plan *plan, const struct ppm_fact *fact, struct ppm_buffer *out)
{
	size_t from = out->size;
	if (fact->yes || fact->no)
		ppm_buffer_append_text(out, fact->yes && fact->no ? "yes and no" : fact->yes ? "yes" : "no");
	if (fact->figure)
		bound_words(plan, fact, out);
	for (uint32_t i = 0; i < fact->not_equal_count; i++) {
		if (fact->figure && (fact->not_equal[i] < fact->low || fact->not_equal[i] > fact->high))
			continue;
		comma(out, from);
		ppm_buffer_append_text(out, "not ");
		ppm_words_figure(plan, fact->subject, fact->percent, fact->not_equal[i], out);
	}
	if (fact->listed || fact->out_count || fact->tests) {
		comma(out, from);
		text_words(plan, fact, out);
	}
	if (fact->gone)
		ppm_buffer_append_text(out, out->size > from ? ", missing" : "missing");
	else if (fact->present && out->size == from)
		ppm_buffer_append_text(out, "known");
}

void ppm_facts_words(const struct ppm_facts *facts, struct ppm_buffer *out)
{
	size_t from = out->size;
	for (uint32_t i = 0; i < facts->count; i++) {
		const struct ppm_fact *fact = &facts->items[i];
		size_t before = out->size;
		ppm_buffer_append_text(out, before > from ? " and " : "");
		bool denied = fact->no && !fact->yes && !fact->figure;
		bool bracket = fact->condition && (denied || facts->count > 1) && !ppm_words_are_simple(facts->plan, fact->subject);
		ppm_buffer_append_text(out, denied ? "not " : "");
		ppm_buffer_append_text(out, bracket ? "(" : "");
		ppm_words_node(facts->plan, fact->subject, out);
		ppm_buffer_append_text(out, bracket ? ")" : "");
		if (fact->yes || fact->no)
			continue;
		ppm_buffer_append_text(out, fact->figure || fact->tests ? " " : " is ");
		size_t words = out->size;
		ppm_fact_words(facts->plan, fact, out);
		if (out->size == words)
			out->size = before; // nothing is asked
	}
}

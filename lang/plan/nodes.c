// Building the graph: every node is made by one of the functions below, which fold what is constant, simplify what the rules of missing allow, bound
// what they can, and return the node that is there already when an equal one was made before.

#include "lang/plan/fold.h"
#include "lang/plan/node_map.h"
#include "lang/plan/plan.h"
#include "runtime/base/hash.h"
#include "runtime/base/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void ppm_plan_init(struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_allocator *allocator, struct ppm_diagnostics *diagnostics)
{
	*plan = (struct ppm_plan){ .arena = arena, .allocator = allocator, .diagnostics = diagnostics, .places = 1 };
	plan->score = plan->score_low = plan->score_high = plan->evidence = plan->points = PPM_NODE_NONE;
	plan->tier = plan->tier_by_rules = plan->disqualified = plan->unverified = plan->overridden = PPM_NODE_NONE;
	plan->company = PPM_NO_DATASET;
	ppm_interner_init(&plan->interner, allocator);
	struct ppm_node *poison = PPM_PLAN_APPEND(plan, node);
	if (poison)
		*poison = (struct ppm_node){ .op = PPM_NODE_POISON, .dataset = PPM_NO_DATASET, .a = PPM_NODE_NONE, .b = PPM_NODE_NONE, .c = PPM_NODE_NONE, .d = PPM_NODE_NONE };
}

void ppm_plan_free(struct ppm_plan *plan)
{
	ppm_free(plan->allocator, plan->nodes);
	ppm_free(plan->allocator, plan->node_slots);
	ppm_interner_free(&plan->interner);
	ppm_free(plan->allocator, plan->columns);
	ppm_free(plan->allocator, plan->amounts);
	ppm_free(plan->allocator, plan->maps);
	ppm_free(plan->allocator, plan->text_sets);
	ppm_free(plan->allocator, plan->calls);
	ppm_free(plan->allocator, plan->scales);
	ppm_free(plan->allocator, plan->rules);
	ppm_free(plan->allocator, plan->dimensions);
	ppm_free(plan->allocator, plan->tiers);
	ppm_free(plan->allocator, plan->segments);
	ppm_free(plan->allocator, plan->perspectives);
	ppm_free(plan->allocator, plan->disqualifiers);
	ppm_free(plan->allocator, plan->overrides);
	ppm_free(plan->allocator, plan->overridings);
	ppm_free(plan->allocator, plan->params);
	ppm_free(plan->allocator, plan->list_params);
	ppm_free(plan->allocator, plan->scenarios);
	ppm_free(plan->allocator, plan->results);
	ppm_free(plan->allocator, plan->tests);
	ppm_free(plan->allocator, plan->writtens);
	ppm_free(plan->allocator, plan->modules);
	ppm_free(plan->allocator, plan->datasets);
	ppm_free(plan->allocator, plan->links);
	ppm_free(plan->allocator, plan->trees);
	ppm_free(plan->allocator, plan->steps);
	ppm_free(plan->allocator, plan->metrics);
	ppm_free(plan->allocator, plan->summarys);
}

void *ppm_plan_append(struct ppm_plan *plan, void **items, size_t *count, size_t *capacity, size_t size)
{
	if (!ppm_grow(plan->allocator, items, capacity, *count + 1, size)) {
		plan->out_of_memory = true;
		return NULL;
	}
	void *item = (char *)*items + *count * size;
	memset(item, 0, size);
	++*count;
	return item;
}

bool ppm_plan_is_constant(const struct ppm_plan *plan, ppm_node_id id)
{
	return id != PPM_NODE_NONE && plan->nodes[id].op == PPM_NODE_CONSTANT;
}

bool ppm_plan_constant_is(const struct ppm_plan *plan, ppm_node_id id, bool flag)
{
	const struct ppm_node *node = &plan->nodes[id];
	return node->op == PPM_NODE_CONSTANT && node->type.base == PPM_BASE_FLAG && node->value.flag == flag;
}

// ---- sharing ---------------------------------------------------------------------------------------------

// What two nodes that are the same have alike, byte by byte, and without a byte between. Depth is left out: it follows from the operands.
struct node_key {
	uint8_t op;
	bool bare, computed;
	uint8_t nothing;
	struct ppm_type type;
	ppm_node_id a, b, c, d;
	uint32_t index;
	uint64_t value[2]; // of a constant
};
_Static_assert(sizeof(struct node_key) == 48, "bytes between the members of a key are not compared");

static struct node_key node_key(const struct ppm_node *node)
{
	struct node_key key = { .op = node->op, .bare = node->bare, .type = node->type, .a = node->a, .b = node->b, .c = node->c, .d = node->d, .index = node->index };
	double number = node->value.number + 0.0;
	if (node->op == PPM_NODE_CONSTANT)
		switch (node->type.base) {
		case PPM_BASE_MONEY: memcpy(key.value, &node->value.exact, sizeof key.value); break;
		case PPM_BASE_TEXT: key.value[0] = node->value.text; break;
		case PPM_BASE_FLAG: key.value[0] = node->value.flag; break;
		case PPM_BASE_DATE:
		case PPM_BASE_DURATION: key.value[0] = (uint32_t)node->value.whole; break;
		default:
			memcpy(key.value, &number, sizeof number);
			key.computed = node->computed; // follows from the operands in all others
			break;
		}
	return key;
}

static bool same_key(const struct node_key *a, const struct node_key *b)
{
	uint64_t x[6], y[6], differ = 0;
	memcpy(x, a, sizeof x);
	memcpy(y, b, sizeof y);
	for (int i = 0; i < 6; i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

static bool grow_slots(struct ppm_plan *plan)
{
	size_t size = plan->node_slot_count ? plan->node_slot_count * 2 : 256;
	uint32_t *slots = ppm_allocate_zeroed(plan->allocator, size, sizeof *slots);
	if (!slots) {
		plan->out_of_memory = true;
		return false;
	}
	for (size_t i = 0; i < plan->node_count; i++) {
		struct node_key key = node_key(&plan->nodes[i]);
		size_t at = (size_t)ppm_hash_bytes(&key, sizeof key) & (size - 1);
		while (slots[at])
			at = (at + 1) & (size - 1);
		slots[at] = (uint32_t)i + 1;
	}
	ppm_free(plan->allocator, plan->node_slots);
	plan->node_slots = slots;
	plan->node_slot_count = size;
	return true;
}

static ppm_node_id add(struct ppm_plan *plan, struct ppm_node node)
{
	if (plan->out_of_memory || (plan->node_count * 2 >= plan->node_slot_count && !grow_slots(plan)))
		return PPM_NODE_POISON;
	struct node_key key = node_key(&node);
	size_t mask = plan->node_slot_count - 1;
	size_t at = (size_t)ppm_hash_bytes(&key, sizeof key) & mask;
	for (; plan->node_slots[at]; at = (at + 1) & mask) {
		struct node_key other = node_key(&plan->nodes[plan->node_slots[at] - 1]);
		if (same_key(&key, &other))
			return plan->node_slots[at] - 1;
	}
	const ppm_node_id operands[] = { node.a, node.b, node.c, node.d };
	node.depth = 1;
	for (int i = 0; i < 4; i++) {
		if (operands[i] == PPM_NODE_NONE)
			continue;
		const struct ppm_node *operand = &plan->nodes[operands[i]];
		if (operand->depth >= node.depth)
			node.depth = operand->depth + 1;
		// whoever builds an expression brought its values to one dataset first
		assert(node.dataset == PPM_NO_DATASET || operand->dataset == PPM_NO_DATASET || node.dataset == operand->dataset);
		if (operand->dataset != PPM_NO_DATASET)
			node.dataset = operand->dataset;
	}
	if (node.depth > PPM_NODE_DEPTH_LIMIT) {
		struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_TOO_DEEP, node.span, "more than %d computations build on each other here", PPM_NODE_DEPTH_LIMIT);
		ppm_diag_help(plan->diagnostics, d, "split the long `case`, `lookup` or chain of lets in two; a lookup by one text has no such limit");
		return PPM_NODE_POISON;
	}
	struct ppm_node *place = PPM_PLAN_APPEND(plan, node);
	if (!place)
		return PPM_NODE_POISON;
	*place = node;
	plan->node_slots[at] = (uint32_t)plan->node_count;
	return (ppm_node_id)plan->node_count - 1;
}

// A slot is taken by whichever node came first, so that the last node's can be given back without another being missed.
void ppm_plan_forget(struct ppm_plan *plan, size_t count)
{
	while (plan->node_count > count) {
		struct node_key key = node_key(&plan->nodes[plan->node_count - 1]);
		size_t at = (size_t)ppm_hash_bytes(&key, sizeof key) & (plan->node_slot_count - 1);
		while (plan->node_slots[at] != (uint32_t)plan->node_count)
			at = (at + 1) & (plan->node_slot_count - 1);
		plan->node_slots[at] = 0;
		plan->node_count--;
	}
}

static struct ppm_node blank(enum ppm_node_op op, struct ppm_type type, struct ppm_span span)
{
	return (struct ppm_node){ .op = (uint8_t)op,
		.type = type,
		.a = PPM_NODE_NONE,
		.b = PPM_NODE_NONE,
		.c = PPM_NODE_NONE,
		.d = PPM_NODE_NONE,
		.dataset = PPM_NO_DATASET,
		.low = -INFINITY,
		.high = INFINITY,
		.span = span };
}

static bool poisoned(const struct ppm_plan *plan, ppm_node_id id)
{
	return plan->out_of_memory || id == PPM_NODE_POISON || (id != PPM_NODE_NONE && plan->nodes[id].type.base == PPM_BASE_ERROR);
}

// ---- leaves ------------------------------------------------------------------------------------------------

ppm_node_id ppm_plan_number(struct ppm_plan *plan, double value, struct ppm_type type, bool bare, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, type, span);
	node.bare = bare;
	node.value.number = value + 0.0;
	node.low = node.high = value;
	return add(plan, node);
}

ppm_node_id ppm_plan_long_number(struct ppm_plan *plan, double value, ppm_int128 exact, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, ppm_type_of(PPM_BASE_NUMBER), span);
	for (size_t i = plan->amount_count; i > 0 && i + 64 > plan->amount_count && !node.index; i--) // one node where it is written twice in one place
		if (plan->amounts[i - 1] == exact)
			node.index = (uint32_t)i;
	if (!node.index) {
		ppm_int128 *amount = PPM_PLAN_APPEND(plan, amount);
		if (!amount)
			return PPM_NODE_POISON;
		*amount = exact;
		node.index = (uint32_t)plan->amount_count;
	}
	node.bare = true;
	node.value.number = node.low = node.high = value;
	return add(plan, node);
}

ppm_node_id ppm_plan_number_of(struct ppm_plan *plan, const struct ppm_node *node, double value)
{
	struct ppm_node constant = blank(PPM_NODE_CONSTANT, node->type, node->span);
	constant.bare = node->bare;
	constant.computed = node->computed;
	constant.value.number = value + 0.0;
	constant.low = constant.high = value;
	return add(plan, constant);
}

// The doubles that an amount lies between: its own where the amount is the shortest decimal of that, so that edge_of finds it again, else the two beside it.
static void enclose_amount(struct ppm_node *node, ppm_int128 exact)
{
	ppm_int128 held;
	node->low = node->high = ppm_exact_to_number(exact);
	if (ppm_exact_from_number(node->low, &held) && held == exact)
		return;
	node->low = nextafter(node->low, -INFINITY);
	node->high = nextafter(node->high, INFINITY);
}

ppm_node_id ppm_plan_money(struct ppm_plan *plan, ppm_int128 exact, struct ppm_type type, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, type, span);
	node.value.exact = exact;
	node.wide = exact % PPM_EXACT_PER_MONEY != 0;
	enclose_amount(&node, exact);
	return add(plan, node);
}

ppm_node_id ppm_plan_text(struct ppm_plan *plan, struct ppm_slice text, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, ppm_type_of(PPM_BASE_TEXT), span);
	node.value.text = ppm_plan_intern(plan, text);
	return add(plan, node);
}

ppm_node_id ppm_plan_whole(struct ppm_plan *plan, int32_t value, struct ppm_type type, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, type, span);
	node.value.whole = value;
	node.low = node.high = value;
	return add(plan, node);
}

ppm_node_id ppm_plan_flag(struct ppm_plan *plan, bool value, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CONSTANT, ppm_type_of(PPM_BASE_FLAG), span);
	node.value.flag = value;
	return add(plan, node);
}

ppm_node_id ppm_plan_missing(struct ppm_plan *plan, struct ppm_type type, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_MISSING, type, span);
	node.may_miss = true;
	return add(plan, node);
}

uint32_t ppm_plan_intern(struct ppm_plan *plan, struct ppm_slice text)
{
	uint32_t code = ppm_interner_add(&plan->interner, text);
	if (code == PPM_INTERNER_NONE) {
		plan->out_of_memory = true;
		return 0;
	}
	plan->texts = plan->interner.items;
	plan->text_count = plan->interner.count;
	return code;
}

// What a literal of the column's declaration lies between; without bounds where it is no figure.
static void enclose_literal(const struct ppm_node *column, const struct ppm_expression *literal, double *low, double *high)
{
	struct ppm_node node = { .low = -INFINITY, .high = INFINITY };
	double value;
	ppm_int128 exact;
	if (column->type.base == PPM_BASE_MONEY && ppm_literal_amount(literal, &exact))
		enclose_amount(&node, exact);
	else if (ppm_literal_number(literal, &value))
		node.low = node.high = value;
	*low = node.low;
	*high = node.high;
}

// What a declared dataset is made by; NULL: it has a file. One of a helper's groups has keys that are no columns.
static const struct ppm_plan_link *made_by(const struct ppm_plan *plan, uint32_t dataset)
{
	const struct ppm_plan_dataset *d = &plan->datasets[dataset];
	return d->kind == PPM_DATASET_GROUPS && d->statement && d->link != PPM_NO_ID ? &plan->links[d->link] : NULL;
}

uint32_t ppm_plan_made_of(const struct ppm_plan *plan, uint32_t dataset)
{
	for (const struct ppm_plan_link *link; (link = made_by(plan, dataset)) != NULL;)
		dataset = link->from;
	return dataset;
}

uint32_t ppm_plan_key_made_of(const struct ppm_plan *plan, uint32_t column)
{
	for (const struct ppm_plan_link *link; plan->columns[column].kind == PPM_PLAN_KEY && (link = made_by(plan, plan->columns[column].dataset)) != NULL;)
		column = plan->nodes[link->keys[plan->columns[column].index].value].index;
	return column;
}

ppm_node_id ppm_plan_column_node(struct ppm_plan *plan, uint32_t index)
{
	struct ppm_plan_column *column = &plan->columns[index];
	struct ppm_node node = blank(PPM_NODE_COLUMN, column->type, column->span);
	node.index = index;
	node.dataset = column->dataset;
	node.wide = column->wide;
	node.computed = column->computed;
	node.may_miss = column->optional;
	if (column->kind != PPM_PLAN_FIELD) {
		node.low = column->low;
		node.high = column->high;
	}
	const struct ppm_column_declaration *declaration = column->declaration;
	if (declaration && declaration->in_low && declaration->in_high) {
		double low, high; // the other end of each, which is not asked for
		enclose_literal(&node, declaration->in_low, &node.low, &high);
		enclose_literal(&node, declaration->in_high, &low, &node.high);
		if (declaration->default_value) {
			enclose_literal(&node, declaration->default_value, &low, &high);
			if (isfinite(low)) {
				node.low = fmin(node.low, low);
				node.high = fmax(node.high, high);
			}
		}
	}
	return add(plan, node);
}

bool ppm_plan_constant_number(const struct ppm_plan *plan, ppm_node_id id, double *value)
{
	if (!ppm_plan_is_constant(plan, id))
		return false;
	const struct ppm_node *node = &plan->nodes[id];
	switch (node->type.base) {
	case PPM_BASE_NUMBER:
	case PPM_BASE_PERCENT: *value = node->value.number; return true;
	case PPM_BASE_MONEY: *value = ppm_exact_to_number(node->value.exact); return true;
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: *value = node->value.whole; return true;
	default: return false;
	}
}

bool ppm_plan_threshold(const struct ppm_plan *plan, ppm_node_id subject, ppm_node_id constant, double *least, double *most)
{
	double k;
	if (!ppm_plan_constant_number(plan, constant, &k))
		return false;
	*least = *most = k;
	if (plan->nodes[subject].computed || plan->nodes[constant].computed) {
		k = ppm_number_as_decimal(k);
		*least = ppm_number_least_at_or_above(k);
		*most = ppm_number_greatest_at_or_below(k);
	}
	return true;
}

int ppm_edge_order(struct ppm_edge a, struct ppm_edge b)
{
	if (a.figure != b.figure)
		return a.figure < b.figure ? -1 : 1;
	return (a.exact > b.exact) - (a.exact < b.exact);
}

// An amount that a column declares is known to its last place, one that was computed by the doubles that enclose it.
static struct ppm_edge edge_of_amount(const struct ppm_plan *plan, const struct ppm_node *node, bool high)
{
	struct ppm_edge edge = { .figure = high ? node->high : node->low }, standing;
	if (!isfinite(edge.figure))
		return edge;
	const struct ppm_column_declaration *c = node->op == PPM_NODE_COLUMN ? plan->columns[node->index].declaration : NULL;
	if (c && c->in_low && c->in_high && ppm_literal_edge(high ? c->in_high : c->in_low, node->type, &edge)) {
		bool stands = c->default_value && ppm_literal_edge(c->default_value, node->type, &standing);
		return stands && (ppm_edge_order(standing, edge) > 0) == high ? standing : edge;
	}
	if (!ppm_exact_from_number(edge.figure, &edge.exact))
		edge.exact = 0; // beyond what any amount is
	return edge;
}

struct ppm_edge ppm_plan_low(const struct ppm_plan *plan, const struct ppm_node *node)
{
	if (node->type.base == PPM_BASE_MONEY)
		return edge_of_amount(plan, node, false);
	return (struct ppm_edge){ .figure = node->low };
}

struct ppm_edge ppm_plan_high(const struct ppm_plan *plan, const struct ppm_node *node)
{
	if (node->type.base == PPM_BASE_MONEY)
		return edge_of_amount(plan, node, true);
	return (struct ppm_edge){ .figure = node->high };
}

bool ppm_plan_constant_edge(const struct ppm_plan *plan, ppm_node_id id, struct ppm_edge *edge)
{
	if (!ppm_plan_constant_number(plan, id, &edge->figure))
		return false;
	edge->exact = plan->nodes[id].type.base == PPM_BASE_MONEY ? plan->nodes[id].value.exact : 0;
	return true;
}

bool ppm_plan_constant_order(const struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, int *order)
{
	struct ppm_edge x, y;
	if (!ppm_plan_constant_edge(plan, a, &x) || !ppm_plan_constant_edge(plan, b, &y))
		return false;
	if (plan->nodes[a].computed || plan->nodes[b].computed) {
		x.figure = ppm_number_as_decimal(x.figure);
		y.figure = ppm_number_as_decimal(y.figure);
	}
	*order = ppm_edge_order(x, y);
	return true;
}

ppm_node_id ppm_plan_retype(struct ppm_plan *plan, ppm_node_id id, struct ppm_type type, struct ppm_span span)
{
	if (poisoned(plan, id))
		return PPM_NODE_POISON;
	const struct ppm_node *node = &plan->nodes[id];
	if (node->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, type, span);
	if (node->op != PPM_NODE_CONSTANT) {
		if (memcmp(&node->type, &type, sizeof type) == 0)
			return id;
		struct ppm_node same = *node;
		same.op = PPM_NODE_RETYPE;
		same.type = type;
		same.a = id;
		same.b = same.c = same.d = PPM_NODE_NONE;
		same.index = 0;
		same.span = span;
		return add(plan, same);
	}
	if (type.base == PPM_BASE_MONEY && node->type.base != PPM_BASE_MONEY) {
		ppm_int128 exact;
		if (node->index) {
			exact = plan->amounts[node->index - 1];
		} else if (!ppm_exact_from_number(node->value.number, &exact)) {
			ppm_diag(plan->diagnostics, PPM_DIAG_VALUE_OVERFLOW, span, "this amount is beyond 900 trillion");
			return PPM_NODE_POISON;
		}
		return ppm_plan_money(plan, exact, type, span);
	}
	if (type.base == PPM_BASE_MONEY)
		return ppm_plan_money(plan, node->value.exact, type, span);
	struct ppm_node same = *node;
	same.type = type;
	same.bare = false;
	same.span = span;
	return ppm_plan_number_of(plan, &same, node->value.number);
}

// ---- bounds ------------------------------------------------------------------------------------------------

static void bound(struct ppm_node *node, double low, double high)
{
	node->low = isnan(low) ? -INFINITY : low;
	node->high = isnan(high) ? INFINITY : high;
}

static double product(double a, double b)
{
	return a == 0 || b == 0 ? 0 : a * b;
}

static bool is_whole(const struct ppm_node *node)
{
	return node->low == rint(node->low) && node->high == rint(node->high);
}

// A bound that is an integer is taken to be one before it was rounded, too. Of amounts, which are exact, that holds while doubles lie closer than their 12 places, or where
// the operands' bounds are integers themselves.
static bool stands(const struct ppm_node *node, double end, bool whole)
{
	return end == rint(end) && (node->type.base != PPM_BASE_MONEY || fabs(end) < 1000 || whole);
}

// A bound of a day, and so many months from it: a month has no length in days of its own. To go further from a later day, or by more months, never ends earlier.
static double months_from(double day, double months)
{
	if (!isfinite(day) || !isfinite(months))
		return isfinite(day) ? months : day;
	const double far = 12 * 20000; // leaves the calendar from any day
	return (double)ppm_date_add_months((int32_t)fmin(fmax(day, PPM_DATE_MIN), PPM_DATE_MAX), (int64_t)fmin(fmax(months, -far), far));
}

static double larger(double a, double b)
{
	return fmax(fabs(a), fabs(b));
}

static void bound_binary(struct ppm_node *node, const struct ppm_node *a, const struct ppm_node *b)
{
	if (node->type.base == PPM_BASE_DATE && b->type.base == PPM_BASE_DURATION && b->type.months) {
		bool add = node->op == PPM_NODE_ADD;
		bound(node, months_from(a->low, add ? b->low : -b->high), months_from(a->high, add ? b->high : -b->low));
		return;
	}
	switch (node->op) {
	case PPM_NODE_ADD: bound(node, a->low + b->low, a->high + b->high); break;
	case PPM_NODE_SUBTRACT: bound(node, a->low - b->high, a->high - b->low); break;
	case PPM_NODE_MULTIPLY: {
		double p = product(a->low, b->low), q = product(a->low, b->high), r = product(a->high, b->low), s = product(a->high, b->high);
		bound(node, fmin(fmin(p, q), fmin(r, s)), fmax(fmax(p, q), fmax(r, s)));
		break;
	}
	case PPM_NODE_DIVIDE:
		if (b->low > 0 || b->high < 0) {
			double p = a->low / b->low, q = a->low / b->high, r = a->high / b->low, s = a->high / b->high;
			if (isfinite(p) && isfinite(q) && isfinite(r) && isfinite(s))
				bound(node, fmin(fmin(p, q), fmin(r, s)), fmax(fmax(p, q), fmax(r, s)));
			else if (a->low >= 0 && b->low > 0)
				bound(node, 0, INFINITY);
		}
		break;
	case PPM_NODE_MODULO:
		if (b->low > 0 && isfinite(b->high))
			bound(node, 0, b->high);
		break;
	case PPM_NODE_POWER:
		if (a->low >= 0 && a->high <= 1 && b->low >= 0)
			bound(node, 0, 1);
		else if (a->low >= 0)
			bound(node, 0, INFINITY);
		break;
	case PPM_NODE_MINIMUM: bound(node, fmin(a->low, b->low), fmin(a->high, b->high)); break;
	case PPM_NODE_MAXIMUM: bound(node, fmax(a->low, b->low), fmax(a->high, b->high)); break;
	default: break;
	}
	// A sum or product of bounds is itself rounded, a sum by the size of what it is made of: give way by a little, so that a proof never rests on the last bit.
	if (node->op != PPM_NODE_MINIMUM && node->op != PPM_NODE_MAXIMUM && node->type.base != PPM_BASE_DATE && node->type.base != PPM_BASE_DURATION) {
		bool whole = is_whole(a) && is_whole(b), add = node->op == PPM_NODE_ADD, subtract = node->op == PPM_NODE_SUBTRACT;
		double low = add ? larger(a->low, b->low) : subtract ? larger(a->low, b->high) : fabs(node->low);
		double high = add ? larger(a->high, b->high) : subtract ? larger(a->high, b->low) : fabs(node->high);
		if (isfinite(node->low) && !stands(node, node->low, whole))
			node->low -= low * 1e-12;
		if (isfinite(node->high) && !stands(node, node->high, whole))
			node->high += high * 1e-12;
	}
	// a product or quotient is rounded to whole days or months, or to 12 places of money: what is above nothing may come to nothing
	if (node->op == PPM_NODE_MULTIPLY || node->op == PPM_NODE_DIVIDE) {
		if (node->type.base == PPM_BASE_DURATION)
			bound(node, floor(node->low), ceil(node->high));
		if (node->type.base == PPM_BASE_MONEY)
			bound(node, node->low > 0 && node->low < 1e-12 ? 0 : node->low, node->high < 0 && node->high > -1e-12 ? 0 : node->high);
	}
}

// ---- operations ----------------------------------------------------------------------------------------------

static bool is_float(struct ppm_type type)
{
	return type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT;
}

ppm_node_id ppm_plan_unary(struct ppm_plan *plan, enum ppm_node_op op, ppm_node_id a, struct ppm_type type, uint32_t index, struct ppm_span span)
{
	if (poisoned(plan, a))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[a];
	if (from->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, type, span);
	struct ppm_node node = blank(op, type, span);
	node.a = a;
	node.index = index;
	node.may_miss = from->may_miss;
	node.bare = from->bare && op != PPM_NODE_FIGURE;
	node.wide = type.base == PPM_BASE_MONEY && (from->wide || op == PPM_NODE_ROUND);
	node.computed = is_float(type) && op != PPM_NODE_ROUND && (from->computed || (op == PPM_NODE_FIGURE && from->type.base == PPM_BASE_MONEY && from->wide));
	switch (op) {
	case PPM_NODE_NEGATE: bound(&node, -from->high, -from->low); break;
	case PPM_NODE_ABSOLUTE: bound(&node, from->low >= 0 ? from->low : from->high <= 0 ? -from->high : 0, fmax(fabs(from->low), fabs(from->high))); break;
	case PPM_NODE_ROUND: bound(&node, floor(from->low), ceil(from->high)); break;
	default: bound(&node, from->low, from->high); break;
	}
	if (from->op == PPM_NODE_CONSTANT)
		return ppm_fold_unary(plan, &node);
	return add(plan, node);
}

ppm_node_id ppm_plan_binary(struct ppm_plan *plan, enum ppm_node_op op, ppm_node_id a, ppm_node_id b, struct ppm_type type, struct ppm_span span)
{
	if (poisoned(plan, a) || poisoned(plan, b))
		return PPM_NODE_POISON;
	const struct ppm_node *left = &plan->nodes[a], *right = &plan->nodes[b];
	if (left->op == PPM_NODE_MISSING || right->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, type, span);
	struct ppm_node node = blank(op, type, span);
	node.a = a;
	node.b = b;
	node.may_miss = left->may_miss || right->may_miss;
	node.bare = left->bare && right->bare;
	if (op == PPM_NODE_DIVIDE || op == PPM_NODE_MODULO)
		node.may_miss = node.may_miss || (right->low < 1e-12 && right->high > -1e-12); // amounts are divided by figures of 12 places
	if (op == PPM_NODE_POWER) {
		double exponent;
		bool whole = ppm_plan_constant_number(plan, b, &exponent) && exponent == rint(exponent) && exponent >= 0;
		node.may_miss = node.may_miss || !(whole || left->low > 0 || (left->low >= 0 && right->low >= 0));
	}
	if (type.base == PPM_BASE_MONEY)
		node.wide = op == PPM_NODE_MULTIPLY || op == PPM_NODE_DIVIDE || left->wide || right->wide;
	node.computed = is_float(type) && (op != PPM_NODE_MINIMUM && op != PPM_NODE_MAXIMUM ? true : left->computed || right->computed);
	bound_binary(&node, left, right);
	if (left->op == PPM_NODE_CONSTANT && right->op == PPM_NODE_CONSTANT)
		return ppm_fold_binary(plan, &node);
	return add(plan, node);
}

ppm_node_id ppm_plan_compare(struct ppm_plan *plan, enum ppm_relation relation, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	if (poisoned(plan, a) || poisoned(plan, b))
		return PPM_NODE_POISON;
	struct ppm_type flag = ppm_type_of(PPM_BASE_FLAG);
	if (plan->nodes[a].op == PPM_NODE_MISSING || plan->nodes[b].op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, flag, span);
	switch (relation) {
	case PPM_RELATION_NOT_EQUAL: return ppm_plan_not(plan, ppm_plan_compare(plan, PPM_RELATION_EQUAL, a, b, span), span);
	case PPM_RELATION_GREATER: return ppm_plan_compare(plan, PPM_RELATION_LESS, b, a, span);
	case PPM_RELATION_GREATER_EQUAL: return ppm_plan_compare(plan, PPM_RELATION_LESS_EQUAL, b, a, span);
	default: break;
	}
	const struct ppm_node *left = &plan->nodes[a], *right = &plan->nodes[b];
	if (left->type.base == PPM_BASE_TEXT && relation == PPM_RELATION_EQUAL) {
		if (right->op == PPM_NODE_CONSTANT)
			return ppm_plan_in_set(plan, a, &right->value.text, 1, span);
		if (left->op == PPM_NODE_CONSTANT)
			return ppm_plan_in_set(plan, b, &left->value.text, 1, span);
	}
	if (left->type.base == PPM_BASE_TEXT && relation != PPM_RELATION_EQUAL)
		return left->op == PPM_NODE_CONSTANT && right->op != PPM_NODE_CONSTANT
			? ppm_plan_text_test(plan, relation == PPM_RELATION_LESS ? PPM_TEXT_GREATER : PPM_TEXT_GREATER_EQUAL, b, a, span)
			: ppm_plan_text_test(plan, relation == PPM_RELATION_LESS ? PPM_TEXT_LESS : PPM_TEXT_LESS_EQUAL, a, b, span);
	struct ppm_node node = blank(relation == PPM_RELATION_EQUAL ? PPM_NODE_EQUAL : relation == PPM_RELATION_LESS ? PPM_NODE_LESS : PPM_NODE_LESS_EQUAL, flag, span);
	if (relation == PPM_RELATION_EQUAL && (left->op == PPM_NODE_CONSTANT || (right->op != PPM_NODE_CONSTANT && a > b))) {
		ppm_node_id swap = a;
		a = b;
		b = swap;
	}
	node.a = a;
	node.b = b;
	node.may_miss = left->may_miss || right->may_miss;
	if (left->op == PPM_NODE_CONSTANT && right->op == PPM_NODE_CONSTANT)
		return ppm_fold_binary(plan, &node);
	return add(plan, node);
}

ppm_node_id ppm_plan_not(struct ppm_plan *plan, ppm_node_id a, struct ppm_span span)
{
	if (poisoned(plan, a))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[a];
	if (from->op == PPM_NODE_MISSING || from->op == PPM_NODE_NOT)
		return from->op == PPM_NODE_NOT ? from->a : a;
	if (from->op == PPM_NODE_CONSTANT)
		return ppm_plan_flag(plan, !from->value.flag, span);
	struct ppm_node node = blank(PPM_NODE_NOT, from->type, span);
	node.a = a;
	node.may_miss = from->may_miss;
	return add(plan, node);
}

static ppm_node_id connect(struct ppm_plan *plan, enum ppm_node_op op, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	if (poisoned(plan, a) || poisoned(plan, b))
		return PPM_NODE_POISON;
	bool ends = op == PPM_NODE_OR; // the operand that decides alone
	const struct ppm_node *left = &plan->nodes[a], *right = &plan->nodes[b];
	if (left->op == PPM_NODE_CONSTANT)
		return left->value.flag == ends ? a : b;
	if (right->op == PPM_NODE_CONSTANT)
		return right->value.flag == ends ? b : a;
	if (a == b)
		return a;
	struct ppm_node node = blank(op, ppm_type_of(PPM_BASE_FLAG), span);
	node.a = a;
	node.b = b;
	node.may_miss = left->may_miss || right->may_miss;
	return add(plan, node);
}

ppm_node_id ppm_plan_and(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	return connect(plan, PPM_NODE_AND, a, b, span);
}
ppm_node_id ppm_plan_or(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	return connect(plan, PPM_NODE_OR, a, b, span);
}

ppm_node_id ppm_plan_is_missing(struct ppm_plan *plan, ppm_node_id a, struct ppm_span span)
{
	if (poisoned(plan, a))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[a];
	if (from->op == PPM_NODE_MISSING)
		return ppm_plan_flag(plan, true, span);
	if (!from->may_miss)
		return ppm_plan_flag(plan, false, span);
	struct ppm_node node = blank(PPM_NODE_IS_MISSING, ppm_type_of(PPM_BASE_FLAG), span);
	node.a = a;
	return add(plan, node);
}

ppm_node_id ppm_plan_default(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	if (poisoned(plan, a) || poisoned(plan, b))
		return PPM_NODE_POISON;
	const struct ppm_node *left = &plan->nodes[a], *right = &plan->nodes[b];
	if (left->op == PPM_NODE_MISSING)
		return b;
	if (!left->may_miss || right->op == PPM_NODE_MISSING)
		return a;
	struct ppm_node node = blank(PPM_NODE_DEFAULT, left->type, span);
	if (!node.type.currency[0])
		memcpy(node.type.currency, right->type.currency, 4);
	node.a = a;
	node.b = b;
	node.may_miss = right->may_miss;
	node.wide = left->wide || right->wide;
	node.computed = left->computed || right->computed;
	bound(&node, fmin(left->low, right->low), fmax(left->high, right->high));
	return add(plan, node);
}

ppm_node_id ppm_plan_select(struct ppm_plan *plan, ppm_node_id condition, ppm_node_id yes, ppm_node_id no, ppm_node_id missing, struct ppm_type type, struct ppm_span span)
{
	if (poisoned(plan, condition) || poisoned(plan, yes) || poisoned(plan, no) || poisoned(plan, missing))
		return PPM_NODE_POISON;
	const struct ppm_node *c = &plan->nodes[condition], *y = &plan->nodes[yes], *n = &plan->nodes[no];
	const struct ppm_node *m = missing == PPM_NODE_NONE ? NULL : &plan->nodes[missing];
	if (c->op == PPM_NODE_MISSING)
		return m ? missing : ppm_plan_missing(plan, type, span);
	if (c->op == PPM_NODE_CONSTANT)
		return c->value.flag ? yes : no;
	if (!c->may_miss)
		m = NULL, missing = PPM_NODE_NONE;
	if (yes == no && (!c->may_miss || missing == yes))
		return yes;
	struct ppm_node node = blank(PPM_NODE_SELECT, type, span);
	node.a = condition;
	node.b = yes;
	node.c = no;
	node.d = missing;
	node.may_miss = y->may_miss || n->may_miss || (c->may_miss && (!m || m->may_miss));
	node.wide = y->wide || n->wide || (m && m->wide);
	node.computed = y->computed || n->computed || (m && m->computed);
	bool seen = false;
	for (int i = 0; i < 3; i++) {
		const struct ppm_node *arm = i == 0 ? y : i == 1 ? n : m;
		if (!arm || arm->op == PPM_NODE_MISSING)
			continue;
		bound(&node, seen ? fmin(node.low, arm->low) : arm->low, seen ? fmax(node.high, arm->high) : arm->high);
		seen = true;
	}
	return add(plan, node);
}

ppm_node_id ppm_plan_in_set(struct ppm_plan *plan, ppm_node_id text, const uint32_t *texts, uint32_t count, struct ppm_span span)
{
	if (poisoned(plan, text))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[text];
	if (from->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, ppm_type_of(PPM_BASE_FLAG), span);
	if (from->op == PPM_NODE_CONSTANT) {
		bool found = false;
		for (uint32_t i = 0; i < count; i++)
			found = found || texts[i] == from->value.text;
		return ppm_plan_flag(plan, found, span);
	}
	uint32_t *sorted = ppm_arena_allocate(plan->arena, count ? count : 1, sizeof *sorted);
	if (!sorted) {
		plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	uint32_t size = 0;
	for (uint32_t i = 0; i < count; i++) { // insertion sort, without repetitions: lists are short
		uint32_t at = size;
		while (at > 0 && sorted[at - 1] > texts[i])
			at--;
		if (at > 0 && sorted[at - 1] == texts[i])
			continue;
		memmove(sorted + at + 1, sorted + at, (size - at) * sizeof *sorted);
		sorted[at] = texts[i];
		size++;
	}
	uint32_t set = plan->text_set_count > 256 ? (uint32_t)plan->text_set_count - 256 : 0; // one of long ago may be there twice
	for (; set < plan->text_set_count; set++)
		if (plan->text_sets[set].count == size && (size == 0 || memcmp(plan->text_sets[set].texts, sorted, size * sizeof *sorted) == 0))
			break;
	if (set == plan->text_set_count) {
		struct ppm_text_set *place = PPM_PLAN_APPEND(plan, text_set);
		if (!place)
			return PPM_NODE_POISON;
		*place = (struct ppm_text_set){ size, sorted };
	}
	struct ppm_node node = blank(PPM_NODE_IN_SET, ppm_type_of(PPM_BASE_FLAG), span);
	node.a = text;
	node.index = set;
	node.may_miss = plan->nodes[text].may_miss;
	return add(plan, node);
}

ppm_node_id ppm_plan_text_test(struct ppm_plan *plan, enum ppm_text_test_kind kind, ppm_node_id text, ppm_node_id with, struct ppm_span span)
{
	if (poisoned(plan, text) || poisoned(plan, with))
		return PPM_NODE_POISON;
	const struct ppm_node *left = &plan->nodes[text], *right = &plan->nodes[with];
	if (left->op == PPM_NODE_MISSING || right->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, ppm_type_of(PPM_BASE_FLAG), span);
	struct ppm_node node = blank(PPM_NODE_TEXT_TEST, ppm_type_of(PPM_BASE_FLAG), span);
	node.a = text;
	node.b = with;
	node.index = kind;
	node.may_miss = left->may_miss || right->may_miss;
	if (left->op == PPM_NODE_CONSTANT && right->op == PPM_NODE_CONSTANT && kind != PPM_TEXT_MATCHES)
		return ppm_fold_binary(plan, &node);
	return add(plan, node);
}

ppm_node_id ppm_plan_map_node(struct ppm_plan *plan, ppm_node_id text, const struct ppm_plan_map *map, struct ppm_type type, struct ppm_span span)
{
	if (poisoned(plan, text) || poisoned(plan, map->otherwise))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[text];
	if (from->op == PPM_NODE_MISSING)
		return map->missing != PPM_NODE_NONE ? map->missing : ppm_plan_missing(plan, type, span);
	struct ppm_node node = blank(PPM_NODE_MAP, type, span);
	node.a = text;
	node.may_miss = from->may_miss && map->missing == PPM_NODE_NONE;
	bool seen = false;
	for (uint32_t i = 0; i < map->count + 2; i++) {
		ppm_node_id id = i < map->count ? map->values[i] : i == map->count ? map->otherwise : map->missing;
		if (id == PPM_NODE_NONE)
			continue;
		if (poisoned(plan, id))
			return PPM_NODE_POISON;
		if (i < map->count && from->op == PPM_NODE_CONSTANT && map->keys[i] == from->value.text)
			return id;
		const struct ppm_node *value = &plan->nodes[id];
		node.wide = node.wide || value->wide;
		node.computed = node.computed || value->computed;
		bound(&node, seen ? fmin(node.low, value->low) : value->low, seen ? fmax(node.high, value->high) : value->high);
		seen = true;
	}
	if (from->op == PPM_NODE_CONSTANT)
		return map->otherwise;
	// two calls of one lookup with the same argument are one node
	for (uint32_t i = 0; i < plan->map_count; i++) {
		const struct ppm_plan_map *other = &plan->maps[i];
		if (other->count == map->count && other->otherwise == map->otherwise && other->missing == map->missing &&
			(map->count == 0 ||
				(memcmp(other->keys, map->keys, map->count * sizeof *map->keys) == 0 &&
					memcmp(other->values, map->values, map->count * sizeof *map->values) == 0))) {
			node.index = i;
			return add(plan, node);
		}
	}
	struct ppm_plan_map *place = PPM_PLAN_APPEND(plan, map);
	if (!place)
		return PPM_NODE_POISON;
	*place = *map;
	node.index = (uint32_t)plan->map_count - 1;
	return add(plan, node);
}

ppm_node_id ppm_plan_call_node(struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, uint32_t count, struct ppm_type type, struct ppm_span span)
{
	struct ppm_node node = blank(PPM_NODE_CALL, type, span);
	ppm_node_id *const places[] = { &node.a, &node.b, &node.c, &node.d };
	struct ppm_plan_call call = { .builtin = builtin, .argument_count = count };
	bool constant = true, missing = false;
	for (uint32_t i = 0; i < count && i < 4; i++) {
		if (poisoned(plan, arguments[i]))
			return PPM_NODE_POISON;
		const struct ppm_node *argument = &plan->nodes[arguments[i]];
		node.may_miss = node.may_miss || argument->may_miss;
		constant = constant && argument->op == PPM_NODE_CONSTANT;
		missing = missing || argument->op == PPM_NODE_MISSING;
		*places[i] = call.arguments[i] = arguments[i];
	}
	if (missing)
		return ppm_plan_missing(plan, type, span);
	node.may_miss = node.may_miss || builtin->why_missing[0];
	node.computed = is_float(type);
	ppm_fold_bound_call(plan, builtin, arguments, &node);
	for (size_t i = 0; i < plan->call_count; i++)
		if (plan->calls[i].builtin == builtin && memcmp(plan->calls[i].arguments, call.arguments, sizeof call.arguments) == 0) {
			node.index = (uint32_t)i;
			return add(plan, node);
		}
	if (constant && type.base != PPM_BASE_TEXT)
		return ppm_fold_call(plan, builtin, arguments, count, &node);
	struct ppm_plan_call *place = PPM_PLAN_APPEND(plan, call);
	if (!place)
		return PPM_NODE_POISON;
	*place = call;
	node.index = (uint32_t)plan->call_count - 1;
	return add(plan, node);
}

ppm_node_id ppm_plan_scale_node(struct ppm_plan *plan, ppm_node_id subject, struct ppm_plan_scale scale, struct ppm_span span)
{
	if (poisoned(plan, subject))
		return PPM_NODE_POISON;
	const struct ppm_node *from = &plan->nodes[subject];
	if (from->op == PPM_NODE_MISSING)
		return ppm_plan_missing(plan, ppm_type_of(PPM_BASE_NUMBER), span);
	struct ppm_node node = blank(PPM_NODE_SCALE, ppm_type_of(PPM_BASE_NUMBER), span);
	node.a = subject;
	node.index = (uint32_t)plan->scale_count;
	node.may_miss = from->may_miss;
	node.computed = true;
	bound(&node, fmin(scale.from, scale.to), fmax(scale.from, scale.to));
	struct ppm_plan_scale *place = PPM_PLAN_APPEND(plan, scale);
	if (!place)
		return PPM_NODE_POISON;
	*place = scale;
	return add(plan, node);
}

ppm_node_id ppm_plan_scoring(struct ppm_plan *plan, enum ppm_node_op op, uint32_t index, struct ppm_type type, bool may_miss, double low, double high, struct ppm_span span)
{
	struct ppm_node node = blank(op, type, span);
	node.index = index;
	node.dataset = 0;
	node.may_miss = may_miss;
	node.computed = is_float(type) && (op == PPM_NODE_DIMENSION || op == PPM_NODE_EVIDENCE);
	bound(&node, low, high);
	return add(plan, node);
}

static bool visit(const struct ppm_plan *plan, ppm_node_id id, struct ppm_node_map *seen, bool (*visitor)(void *, uint32_t), void *context)
{
	if (id == PPM_NODE_NONE || !ppm_node_map_put(seen, id, 0))
		return true;
	const struct ppm_node *node = &plan->nodes[id];
	if (node->op == PPM_NODE_COLUMN)
		return visitor(context, node->index);
	return visit(plan, node->a, seen, visitor, context) && visit(plan, node->b, seen, visitor, context) && visit(plan, node->c, seen, visitor, context) &&
		visit(plan, node->d, seen, visitor, context);
}

bool ppm_plan_visit_columns(const struct ppm_plan *plan, ppm_node_id id, bool (*visitor)(void *context, uint32_t column), void *context)
{
	struct ppm_node_map seen;
	ppm_node_map_init(&seen, plan->allocator);
	visit(plan, id, &seen, visitor, context);
	ppm_node_map_free(&seen);
	return !seen.failed;
}

// ---- the same computation elsewhere -----------------------------------------------------------------------------

static ppm_node_id rebase(struct ppm_plan *plan, ppm_node_id id, enum ppm_plan_column_kind kind, struct ppm_node_map *done)
{
	const uint32_t *known = id == PPM_NODE_NONE ? NULL : ppm_node_map_find(done, id);
	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON)
		return id;
	if (known)
		return *known;
	struct ppm_node node = plan->nodes[id];
	if (node.op == PPM_NODE_COLUMN) {
		const struct ppm_plan_column *column = &plan->columns[node.index];
		return column->kind == kind ? column->value : PPM_NODE_NONE;
	}
	if (node.op >= PPM_NODE_DIMENSION)
		return PPM_NODE_NONE;
	ppm_node_id *operands[] = { &node.a, &node.b, &node.c, &node.d };
	bool changed = false;
	for (int i = 0; i < 4; i++) {
		if (*operands[i] == PPM_NODE_NONE)
			continue;
		ppm_node_id moved = rebase(plan, *operands[i], kind, done);
		if (moved == PPM_NODE_NONE || moved == PPM_NODE_POISON)
			return moved;
		changed = changed || moved != *operands[i];
		*operands[i] = moved;
	}
	ppm_node_id result = id;
	if (changed) {
		node.dataset = PPM_NO_DATASET;
		if (node.op == PPM_NODE_CALL) {
			struct ppm_plan_call call = plan->calls[node.index];
			for (uint32_t i = 0; i < call.argument_count; i++)
				call.arguments[i] = *operands[i];
			struct ppm_plan_call *place = PPM_PLAN_APPEND(plan, call);
			if (!place)
				return PPM_NODE_POISON;
			*place = call;
			node.index = (uint32_t)plan->call_count - 1;
		}
		result = add(plan, node);
	}
	ppm_node_map_put(done, id, result);
	return result;
}

ppm_node_id ppm_plan_rebase(struct ppm_plan *plan, ppm_node_id id, enum ppm_plan_column_kind kind)
{
	struct ppm_node_map done;
	ppm_node_map_init(&done, plan->allocator);
	ppm_node_id result = rebase(plan, id, kind, &done);
	ppm_node_map_free(&done);
	plan->out_of_memory = plan->out_of_memory || done.failed;
	return done.failed ? PPM_NODE_POISON : result;
}

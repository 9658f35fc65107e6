// Row expressions: each node once to the instructions that compute it.

#include "lang/emit/emitter.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_emitter *e, ppm_node_id id)
{
	return &e->plan->nodes[id];
}

enum ppm_register_class ppm_emit_class(const struct ppm_node *node)
{
	switch (node->type.base) {
	case PPM_BASE_MONEY: return node->wide ? PPM_CLASS_X128 : PPM_CLASS_I64;
	case PPM_BASE_FLAG: return PPM_CLASS_MASK;
	case PPM_BASE_TEXT:
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: return PPM_CLASS_I32;
	default: return PPM_CLASS_F64;
	}
}

enum ppm_register_class ppm_emit_column_class(const struct ppm_plan_column *column)
{
	const struct ppm_node like = { .type = column->type, .wide = column->wide };
	return ppm_emit_class(&like);
}

// ---- masks -------------------------------------------------------------------------------------------------------------

static bool is_recent(const struct ppm_emitter *e, uint32_t number)
{
	return number && e->memo_count - number < PPM_MEMO_RECENT;
}

static uint32_t *chain_of(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c)
{
	return &e->memo_chains[((uint32_t)op * 7 + b * 31 + c) & (PPM_MEMO_CHAINS - 1)];
}

static uint32_t *chain_of_result(struct ppm_emitter *e, uint32_t result)
{
	return &e->memo_result_chains[result & (PPM_MEMO_CHAINS - 1)];
}

// The register that an operation was emitted into already, or NO_VIRTUAL.
static uint32_t recall(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c)
{
	for (uint32_t i = *chain_of(e, op, b, c); is_recent(e, i); i = e->memos[i - 1].older) {
		const struct ppm_memo *memo = &e->memos[i - 1];
		if (memo->b == b && memo->c == c && memo->op == op)
			return memo->result;
	}
	return NO_VIRTUAL;
}

void ppm_emit_memorise(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c, uint32_t result)
{
	if (!ppm_grow(e->allocator, (void **)&e->memos, &e->memo_capacity, e->memo_count + 1, sizeof *e->memos)) {
		e->failed = true;
		return;
	}
	uint32_t *chain = chain_of(e, op, b, c), *chain_result = chain_of_result(e, result);
	e->memos[e->memo_count++] = (struct ppm_memo){ (uint16_t)op, b, c, result, *chain, *chain_result };
	*chain = *chain_result = (uint32_t)e->memo_count;
}

static uint32_t mask_op(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c)
{
	uint32_t result = recall(e, op, b, c);
	if (result != NO_VIRTUAL)
		return result;
	result = ppm_emit_register(e, PPM_CLASS_MASK);
	ppm_emit_op(e, op, result, b, c, 0, 0, 0, (struct ppm_span){ 0, 0 });
	ppm_emit_memorise(e, op, b, c, result);
	return result;
}

uint32_t ppm_emit_and(struct ppm_emitter *e, uint32_t a, uint32_t b)
{
	if (a == b || b == e->all)
		return a;
	if (a == e->all)
		return b;
	if (a == e->none || b == e->none)
		return e->none;
	return a < b ? mask_op(e, PPM_OP_MASK_AND, a, b) : mask_op(e, PPM_OP_MASK_AND, b, a);
}

uint32_t ppm_emit_or(struct ppm_emitter *e, uint32_t a, uint32_t b)
{
	if (a == b || b == e->none)
		return a;
	if (a == e->none)
		return b;
	if (a == e->all || b == e->all)
		return e->all;
	return a < b ? mask_op(e, PPM_OP_MASK_OR, a, b) : mask_op(e, PPM_OP_MASK_OR, b, a);
}

uint32_t ppm_emit_not(struct ppm_emitter *e, uint32_t a)
{
	if (a == e->all || a == e->none)
		return a == e->all ? e->none : e->all;
	for (uint32_t i = *chain_of_result(e, a); is_recent(e, i); i = e->memos[i - 1].older_result)
		if (e->memos[i - 1].op == PPM_OP_MASK_NOT && e->memos[i - 1].result == a)
			return e->memos[i - 1].b;
	return mask_op(e, PPM_OP_MASK_NOT, a, 0);
}

uint32_t ppm_emit_and_not(struct ppm_emitter *e, uint32_t a, uint32_t b)
{
	if (b == e->none)
		return a;
	if (a == b || b == e->all || a == e->none)
		return e->none;
	return a == e->all ? ppm_emit_not(e, b) : mask_op(e, PPM_OP_MASK_AND_NOT, a, b);
}

uint32_t ppm_emit_both(struct ppm_emitter *e, uint32_t a, uint32_t b)
{
	if (a == NO_VIRTUAL)
		return b;
	return b == NO_VIRTUAL ? a : ppm_emit_and(e, a, b);
}

// The lanes whose failure counts: those of the branch, where the operands are there.
static uint32_t lanes(struct ppm_emitter *e, uint32_t present)
{
	return present == NO_VIRTUAL ? e->branch.active : ppm_emit_and(e, e->branch.active, present);
}

// ---- branches ------------------------------------------------------------------------------------------------------------

static void remember(struct ppm_emitter *e, ppm_node_id id, struct ppm_emitted at)
{
	e->nodes[id] = (struct ppm_emitted_node){ at, e->branch.scope };
	if (e->branch.scope == 1)
		return;
	if (!ppm_grow(e->allocator, (void **)&e->undo, &e->undo_capacity, e->undo_count + 1, sizeof *e->undo)) {
		e->failed = true;
		return;
	}
	e->undo[e->undo_count++] = id;
}

static struct ppm_branch enter(struct ppm_emitter *e, uint32_t active)
{
	struct ppm_branch outer = e->branch;
	e->branch = (struct ppm_branch){ active, ++e->scopes, e->undo_count, e->memo_count };
	return outer;
}

static void leave(struct ppm_emitter *e, struct ppm_branch outer)
{
	while (e->undo_count > e->branch.undo)
		e->nodes[e->undo[--e->undo_count]].scope = 0;
	for (; e->memo_count > e->branch.memo; e->memo_count--) {
		const struct ppm_memo *memo = &e->memos[e->memo_count - 1];
		*chain_of(e, memo->op, memo->b, memo->c) = memo->older;
		*chain_of_result(e, memo->result) = memo->older_result;
	}
	e->branch = outer;
}

// Whether nothing but operations on masks was emitted since: those cost no more than a jump.
static bool only_masks(const struct ppm_emitter *e, size_t since)
{
	for (; since < e->code_count; since++)
		if (e->code[since].op < PPM_OP_MASK_ROWS || e->code[since].op > PPM_OP_MASK_SELECT)
			return false;
	return true;
}

// The node's value for the rows of `active` alone. What is cheap and cannot fail is computed for all rows, in the open, where others can use it too;
// what is dear is jumped over when no row asks for it.
static struct ppm_emitted emit_arm(struct ppm_emitter *e, ppm_node_id id, uint32_t condition, bool negate)
{
	if (!e->fallible[id] || e->nodes[id].scope)
		return ppm_emit_node(e, id);
	uint32_t active = negate ? ppm_emit_and_not(e, e->branch.active, condition) : ppm_emit_and(e, e->branch.active, condition);
	struct ppm_branch outer = enter(e, active);
	size_t jump = SIZE_MAX;
	if (e->fallible[id] & 2) {
		jump = e->code_count;
		ppm_emit_op(e, PPM_OP_SKIP_IF_NONE, active, 0, 0, 0, 0, 0, node_of(e, id)->span);
	}
	struct ppm_emitted result = ppm_emit_node(e, id);
	if (jump != SIZE_MAX && jump < e->code_count) {
		if (only_masks(e, jump + 1)) { // what would have been dear was there already
			memmove(e->code + jump, e->code + jump + 1, (e->code_count - jump - 1) * sizeof *e->code);
			e->code_count--;
		} else {
			e->code[jump].k = (uint32_t)e->code_count;
		}
	}
	leave(e, outer);
	return result;
}

// ---- money -----------------------------------------------------------------------------------------------------------------

uint32_t ppm_emit_exact(struct ppm_emitter *e, ppm_node_id id)
{
	const struct ppm_node *node = node_of(e, id);
	uint32_t value = ppm_emit_node(e, id).value;
	if (ppm_emit_class(node) == PPM_CLASS_X128)
		return value;
	uint32_t exact = ppm_emit_register(e, PPM_CLASS_X128);
	if (node->op == PPM_NODE_CONSTANT)
		ppm_emit_op(e, PPM_OP_FILL_X128, exact, 0, 0, 0, 0, ppm_emit_constant_x128(e, node->value.exact), node->span);
	else
		ppm_emit_op(e, PPM_OP_EXACT_FROM_MONEY, exact, value, 0, 0, 0, 0, node->span);
	return exact;
}

// The value of an operand in the class that its user wants (only money comes in two).
static uint32_t operand(struct ppm_emitter *e, ppm_node_id id, enum ppm_register_class class)
{
	return class == PPM_CLASS_X128 ? ppm_emit_exact(e, id) : ppm_emit_node(e, id).value;
}

// ---- arithmetic ----------------------------------------------------------------------------------------------------------------

static bool constant(const struct ppm_emitter *e, ppm_node_id id, double *value)
{
	const struct ppm_node *node = node_of(e, id);
	if (node->op != PPM_NODE_CONSTANT || ppm_emit_class(node) != PPM_CLASS_F64)
		return false;
	*value = node->value.number;
	return true;
}

static uint32_t float_arithmetic(struct ppm_emitter *e, const struct ppm_node *node, uint32_t present, uint32_t *defined)
{
	static const enum ppm_opcode plain[] = { PPM_OP_ADD_F64, PPM_OP_SUB_F64, PPM_OP_MUL_F64, PPM_OP_DIV_F64, PPM_OP_MOD_F64, PPM_OP_POW_F64 };
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	double k;
	bool left = constant(e, node->a, &k);
	if (left && (node->op == PPM_NODE_ADD || node->op == PPM_NODE_MULTIPLY || node->op == PPM_NODE_SUBTRACT)) {
		enum ppm_opcode op = node->op == PPM_NODE_ADD ? PPM_OP_ADD_F64_K : node->op == PPM_NODE_MULTIPLY ? PPM_OP_MUL_F64_K : PPM_OP_RSUB_F64_K;
		uint32_t b = ppm_emit_node(e, node->b).value;
		ppm_emit_op(e, op, result, b, 0, 0, lanes(e, present), ppm_emit_constant_f64(e, k), node->span);
		return result;
	}
	if (constant(e, node->b, &k) && node->op <= PPM_NODE_DIVIDE && (node->op != PPM_NODE_DIVIDE || k != 0)) {
		enum ppm_opcode op = node->op == PPM_NODE_ADD ? PPM_OP_ADD_F64_K
			: node->op == PPM_NODE_SUBTRACT       ? PPM_OP_SUB_F64_K
			: node->op == PPM_NODE_MULTIPLY       ? PPM_OP_MUL_F64_K
							      : PPM_OP_DIV_F64_K;
		uint32_t a = ppm_emit_node(e, node->a).value;
		ppm_emit_op(e, op, result, a, 0, 0, lanes(e, present), ppm_emit_constant_f64(e, k), node->span);
		return result;
	}
	uint32_t a = ppm_emit_node(e, node->a).value, b = ppm_emit_node(e, node->b).value, ok = 0;
	const char *what = "beyond the range of numbers";
	if (node->op >= PPM_NODE_DIVIDE) {
		ok = ppm_emit_register(e, PPM_CLASS_MASK);
		what = node->op == PPM_NODE_POWER ? "a power that is no real number" : "a division by zero";
	}
	ppm_emit_op(e, plain[node->op - PPM_NODE_ADD], result, a, b, ok, lanes(e, present), ppm_emit_site(e, node->span, what), node->span);
	if (node->op >= PPM_NODE_DIVIDE && node->may_miss)
		*defined = ok;
	return result;
}

static uint32_t money_arithmetic(struct ppm_emitter *e, const struct ppm_node *node, uint32_t present, uint32_t *defined)
{
	enum ppm_register_class class = ppm_emit_class(node);
	uint32_t result = ppm_emit_register(e, class), on = lanes(e, present);
	uint32_t site = ppm_emit_site(e, node->span, node->op == PPM_NODE_DIVIDE ? "a division by zero" : "beyond ±900 trillion");
	if (node->op == PPM_NODE_ADD || node->op == PPM_NODE_SUBTRACT) {
		enum ppm_opcode op =
			node->op == PPM_NODE_ADD ? (class == PPM_CLASS_I64 ? PPM_OP_ADD_I64 : PPM_OP_ADD_X128) : (class == PPM_CLASS_I64 ? PPM_OP_SUB_I64 : PPM_OP_SUB_X128);
		ppm_emit_op(e, op, result, operand(e, node->a, class), operand(e, node->b, class), 0, on, site, node->span);
		return result;
	}
	assert(node_of(e, node->a)->type.base == PPM_BASE_MONEY);
	bool narrow = ppm_emit_class(node_of(e, node->a)) == PPM_CLASS_I64;
	uint32_t a = ppm_emit_node(e, node->a).value, f = ppm_emit_node(e, node->b).value;
	if (node->op == PPM_NODE_MULTIPLY) {
		ppm_emit_op(e, narrow ? PPM_OP_MUL_I64_F64 : PPM_OP_MUL_X128_F64, result, a, f, 0, on, site, node->span);
		return result;
	}
	uint32_t ok = ppm_emit_register(e, PPM_CLASS_MASK);
	ppm_emit_op(e, narrow ? PPM_OP_DIV_I64_F64 : PPM_OP_DIV_X128_F64, result, a, f, ok, on, site, node->span);
	if (node->may_miss)
		*defined = ok;
	return result;
}

static uint32_t ratio(struct ppm_emitter *e, const struct ppm_node *node, uint32_t present, uint32_t *defined)
{
	bool wide = node_of(e, node->a)->wide || node_of(e, node->b)->wide;
	enum ppm_register_class class = wide ? PPM_CLASS_X128 : PPM_CLASS_I64;
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64), ok = ppm_emit_register(e, PPM_CLASS_MASK);
	uint32_t a = operand(e, node->a, class), b = operand(e, node->b, class);
	ppm_emit_op(e, wide ? PPM_OP_RATIO_X128 : PPM_OP_RATIO_I64, result, a, b, ok, lanes(e, present), ppm_emit_site(e, node->span, "a division by zero"), node->span);
	if (node->may_miss)
		*defined = ok;
	return result;
}

static uint32_t number_from_whole(struct ppm_emitter *e, ppm_node_id id, struct ppm_span span)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_NUMBER_FROM_I32, result, ppm_emit_node(e, id).value, 0, 0, 0, 0, span);
	return result;
}

// Dates and durations.
static uint32_t whole_arithmetic(struct ppm_emitter *e, const struct ppm_node *node, uint32_t present, uint32_t *defined)
{
	const struct ppm_node *a = node_of(e, node->a), *b = node_of(e, node->b);
	uint32_t on = lanes(e, present), result;
	if (node->op == PPM_NODE_ADD || node->op == PPM_NODE_SUBTRACT) {
		bool add = node->op == PPM_NODE_ADD;
		enum ppm_opcode op = add ? PPM_OP_ADD_I32 : PPM_OP_SUB_I32;
		if (a->type.base == PPM_BASE_DATE && b->type.base == PPM_BASE_DURATION)
			op = b->type.months ? (add ? PPM_OP_DATE_ADD_MONTHS : PPM_OP_DATE_SUB_MONTHS) : (add ? PPM_OP_DATE_ADD_DAYS : PPM_OP_DATE_SUB_DAYS);
		result = ppm_emit_register(e, PPM_CLASS_I32);
		uint32_t x = ppm_emit_node(e, node->a).value, y = ppm_emit_node(e, node->b).value;
		ppm_emit_op(e, op, result, x, y, 0, on, ppm_emit_site(e, node->span, "outside the years 1 to 9999"), node->span);
		return result;
	}
	if (node->op == PPM_NODE_MULTIPLY) {
		assert(a->type.base == PPM_BASE_DURATION);
		uint32_t duration = ppm_emit_node(e, node->a).value, factor = ppm_emit_node(e, node->b).value;
		result = ppm_emit_register(e, PPM_CLASS_I32);
		ppm_emit_op(e, PPM_OP_MUL_I32_F64, result, duration, factor, 0, on, ppm_emit_site(e, node->span, "a duration out of range"), node->span);
		return result;
	}
	uint32_t ok = ppm_emit_register(e, PPM_CLASS_MASK), site = ppm_emit_site(e, node->span, "a division by zero");
	if (node->type.base != PPM_BASE_DURATION) { // duration / duration
		result = ppm_emit_register(e, PPM_CLASS_F64);
		ppm_emit_op(e, PPM_OP_DIV_F64, result, number_from_whole(e, node->a, node->span), number_from_whole(e, node->b, node->span), ok, on, site, node->span);
	} else {
		uint32_t duration = ppm_emit_node(e, node->a).value, divisor = ppm_emit_node(e, node->b).value;
		result = ppm_emit_register(e, PPM_CLASS_I32);
		ppm_emit_op(e, PPM_OP_DIV_I32_F64, result, duration, divisor, ok, on, site, node->span);
	}
	if (node->may_miss)
		*defined = ok;
	return result;
}

static struct ppm_emitted arithmetic(struct ppm_emitter *e, const struct ppm_node *node)
{
	uint32_t present = ppm_emit_both(e, ppm_emit_node(e, node->a).present, ppm_emit_node(e, node->b).present), defined = NO_VIRTUAL, value;
	enum ppm_base a = (enum ppm_base)node_of(e, node->a)->type.base, b = (enum ppm_base)node_of(e, node->b)->type.base;
	if (node->type.base == PPM_BASE_MONEY)
		value = money_arithmetic(e, node, present, &defined);
	else if (a == PPM_BASE_MONEY && b == PPM_BASE_MONEY)
		value = ratio(e, node, present, &defined);
	else if (a == PPM_BASE_DATE || a == PPM_BASE_DURATION || b == PPM_BASE_DATE || b == PPM_BASE_DURATION)
		value = whole_arithmetic(e, node, present, &defined);
	else
		value = float_arithmetic(e, node, present, &defined);
	return (struct ppm_emitted){ value, ppm_emit_both(e, present, defined) };
}

static struct ppm_emitted lesser_or_greater(struct ppm_emitter *e, const struct ppm_node *node)
{
	enum ppm_register_class class = ppm_emit_class(node);
	bool least = node->op == PPM_NODE_MINIMUM;
	enum ppm_opcode op = class == PPM_CLASS_F64 ? (least ? PPM_OP_MIN_F64 : PPM_OP_MAX_F64)
		: class == PPM_CLASS_I64            ? (least ? PPM_OP_MIN_I64 : PPM_OP_MAX_I64)
		: class == PPM_CLASS_X128           ? (least ? PPM_OP_MIN_X128 : PPM_OP_MAX_X128)
						    : (least ? PPM_OP_MIN_I32 : PPM_OP_MAX_I32);
	uint32_t present = ppm_emit_both(e, ppm_emit_node(e, node->a).present, ppm_emit_node(e, node->b).present);
	uint32_t a = operand(e, node->a, class), b = operand(e, node->b, class), result = ppm_emit_register(e, class);
	ppm_emit_op(e, op, result, a, b, 0, 0, 0, node->span);
	return (struct ppm_emitted){ result, present };
}

static struct ppm_emitted unary(struct ppm_emitter *e, const struct ppm_node *node)
{
	const struct ppm_node *from = node_of(e, node->a);
	struct ppm_emitted x = ppm_emit_node(e, node->a);
	enum ppm_register_class class = ppm_emit_class(node), of = ppm_emit_class(from);
	uint32_t result = ppm_emit_register(e, class);
	switch (node->op) {
	case PPM_NODE_NEGATE:
		ppm_emit_op(e,
			class == PPM_CLASS_F64            ? PPM_OP_NEG_F64
				: class == PPM_CLASS_I64  ? PPM_OP_NEG_I64
				: class == PPM_CLASS_X128 ? PPM_OP_NEG_X128
							  : PPM_OP_NEG_I32,
			result, x.value, 0, 0, 0, 0, node->span);
		break;
	case PPM_NODE_ABSOLUTE:
		ppm_emit_op(e, class == PPM_CLASS_F64 ? PPM_OP_ABS_F64 : class == PPM_CLASS_I64 ? PPM_OP_ABS_I64 : PPM_OP_ABS_X128, result, x.value, 0, 0, 0, 0, node->span);
		break;
	case PPM_NODE_ROUND:
		if (class == PPM_CLASS_F64)
			ppm_emit_op(e, PPM_OP_ROUND_PLACES_F64, result, x.value, 0, 0, 0, node->index, node->span);
		else
			ppm_emit_op(e, PPM_OP_ROUND_PLACES_X128, result, ppm_emit_exact(e, node->a), 0, 0, 0, node->index, node->span);
		break;
	default: // FIGURE
		if (of == PPM_CLASS_I32)
			ppm_emit_op(e, PPM_OP_NUMBER_FROM_I32, result, x.value, 0, 0, 0, 0, node->span);
		else if (of == PPM_CLASS_I64)
			ppm_emit_op(e, PPM_OP_NUMBER_FROM_POINTS, result, x.value, 0, 0, 0, ppm_emit_constant_f64(e, (double)PPM_MONEY_SCALE), node->span);
		else
			ppm_emit_op(e, PPM_OP_NUMBER_FROM_EXACT, result, x.value, 0, 0, 0, 0, node->span);
		break;
	}
	return (struct ppm_emitted){ result, x.present };
}

// ---- logic -----------------------------------------------------------------------------------------------------------------------

static struct ppm_emitted connect(struct ppm_emitter *e, const struct ppm_node *node)
{
	bool and = node->op == PPM_NODE_AND;
	struct ppm_emitted a = ppm_emit_node(e, node->a);
	// what is dear on the right is asked only of rows that the left does not decide; a missing left side decides nothing
	struct ppm_emitted b;
	if (e->fallible[node->b] && !e->nodes[node->b].scope) {
		uint32_t open = !and? ppm_emit_not(e, a.value) : a.present == NO_VIRTUAL ? a.value : ppm_emit_or(e, a.value, ppm_emit_not(e, a.present));
		b = emit_arm(e, node->b, open, false);
	} else
		b = ppm_emit_node(e, node->b);
	uint32_t value = and? ppm_emit_and(e, a.value, b.value) : ppm_emit_or(e, a.value, b.value);
	if (a.present == NO_VIRTUAL && b.present == NO_VIRTUAL)
		return (struct ppm_emitted){ value, NO_VIRTUAL };
	// Kleene: known where both are known, or where one alone decides
	uint32_t both = ppm_emit_both(e, a.present, b.present), decided;
	if (and) {
		uint32_t no_a = a.present == NO_VIRTUAL ? ppm_emit_not(e, a.value) : ppm_emit_and_not(e, a.present, a.value);
		uint32_t no_b = b.present == NO_VIRTUAL ? ppm_emit_not(e, b.value) : ppm_emit_and_not(e, b.present, b.value);
		decided = ppm_emit_or(e, no_a, no_b);
	} else
		decided = value;
	return (struct ppm_emitted){ value, ppm_emit_or(e, both, decided) };
}

static struct ppm_emitted negation(struct ppm_emitter *e, const struct ppm_node *node)
{
	struct ppm_emitted a = ppm_emit_node(e, node->a);
	if (a.present == NO_VIRTUAL)
		return (struct ppm_emitted){ ppm_emit_not(e, a.value), NO_VIRTUAL };
	return (struct ppm_emitted){ ppm_emit_and_not(e, a.present, a.value), a.present };
}

static uint32_t select_value(struct ppm_emitter *e, enum ppm_register_class class, uint32_t mask, uint32_t yes, uint32_t no, struct ppm_span span)
{
	if (yes == no)
		return yes;
	static const enum ppm_opcode ops[] = { PPM_OP_MASK_SELECT, PPM_OP_SELECT_F64, PPM_OP_SELECT_I64, PPM_OP_SELECT_X128, PPM_OP_SELECT_I32 };
	uint32_t result = ppm_emit_register(e, class);
	ppm_emit_op(e, ops[class], result, mask, yes, no, 0, 0, span);
	return result;
}

// A presence mask chosen by another mask.
static uint32_t select_present(struct ppm_emitter *e, uint32_t mask, uint32_t yes, uint32_t no)
{
	if (yes == NO_VIRTUAL && no == NO_VIRTUAL)
		return NO_VIRTUAL;
	if (yes == NO_VIRTUAL)
		return ppm_emit_or(e, mask, no);
	if (no == NO_VIRTUAL)
		return ppm_emit_or(e, ppm_emit_not(e, mask), yes);
	if (yes == no)
		return yes;
	return ppm_emit_or(e, ppm_emit_and(e, mask, yes), ppm_emit_and_not(e, no, mask));
}

// An arm in the class of the whole: narrow money is widened inside the arm's branch.
static struct ppm_emitted arm_value(struct ppm_emitter *e, ppm_node_id id, uint32_t condition, bool negate, enum ppm_register_class class)
{
	struct ppm_emitted at = emit_arm(e, id, condition, negate);
	if (class == PPM_CLASS_X128 && ppm_emit_class(node_of(e, id)) == PPM_CLASS_I64) {
		uint32_t exact = ppm_emit_register(e, PPM_CLASS_X128);
		ppm_emit_op(e, PPM_OP_EXACT_FROM_MONEY, exact, at.value, 0, 0, 0, 0, node_of(e, id)->span);
		at.value = exact;
	}
	return at;
}

static union ppm_constant map_constant(struct ppm_emitter *e, ppm_node_id id, enum ppm_register_class class)
{
	const struct ppm_node *node = node_of(e, id);
	union ppm_constant k;
	memset(&k, 0, sizeof k);
	switch (class) {
	case PPM_CLASS_I64: k.i64 = (int64_t)(node->value.exact / PPM_EXACT_PER_MONEY); break;
	case PPM_CLASS_X128: k.x128 = node->value.exact; break;
	case PPM_CLASS_I32: k.i64 = node->type.base == PPM_BASE_TEXT ? (int64_t)ppm_emit_text(e, node->value.text) : node->value.whole; break;
	default: k.f64 = node->value.number; break;
	}
	return k;
}

// A chain of `if`s over constant texts, dates or durations, each with a condition that is never missing, is one instruction: tiers and segments are. A condition
// that can fail is asked of the rows that none before it took; what it says of others makes no difference, they have their value.
static bool choice(struct ppm_emitter *e, const struct ppm_node *node, struct ppm_emitted *out)
{
	uint32_t count = 0;
	const struct ppm_node *link = node;
	for (; link->op == PPM_NODE_SELECT; link = node_of(e, link->c), count++)
		if (node_of(e, link->a)->may_miss || node_of(e, link->b)->op != PPM_NODE_CONSTANT || e->fallible[link->a] & 2)
			return false;
	if (!e->optimise || count < 2 || (link->op != PPM_NODE_CONSTANT && link->op != PPM_NODE_MISSING))
		return false;
	uint16_t *masks = ppm_arena_allocate(&e->program->arena, count, sizeof *masks);
	int32_t *values = ppm_arena_allocate(&e->program->arena, count, sizeof *values);
	uint32_t *riders = ppm_arena_allocate(&e->program->arena, count, sizeof *riders);
	if (!masks || !values || !riders) {
		e->failed = true;
		return false;
	}
	uint32_t i = 0, any = e->none;
	for (link = node; link->op == PPM_NODE_SELECT; link = node_of(e, link->c), i++) {
		riders[i] = emit_arm(e, link->a, any, true).value;
		values[i] = (int32_t)map_constant(e, link->b, PPM_CLASS_I32).i64;
		any = ppm_emit_or(e, any, riders[i]);
	}
	uint32_t index = e->program->choice_count, result = ppm_emit_register(e, PPM_CLASS_I32);
	struct ppm_choice *place = PPM_EMIT_ENTRY(e, choice);
	if (!place)
		return false;
	bool missing = link->op == PPM_NODE_MISSING;
	*place = (struct ppm_choice){ .count = count,
		.masks = masks,
		.values = values,
		.otherwise = missing ? values[0] : (int32_t)map_constant(e, (ppm_node_id)(link - e->plan->nodes), PPM_CLASS_I32).i64 };
	for (i = 0; i < count; i++)
		ppm_emit_op(e, PPM_OPCODE_COUNT, riders[i], PPM_CLASS_MASK, i, PPM_RIDE_CHOICE, 0, index, node->span);
	ppm_emit_op(e, PPM_OP_CHOOSE_I32, result, 0, 0, 0, 0, index, node->span);
	*out = (struct ppm_emitted){ result, missing ? any : NO_VIRTUAL };
	return true;
}

static struct ppm_emitted selection(struct ppm_emitter *e, const struct ppm_node *node)
{
	enum ppm_register_class class = ppm_emit_class(node);
	struct ppm_emitted chosen;
	if (class == PPM_CLASS_I32 && choice(e, node, &chosen))
		return chosen;
	struct ppm_emitted c = ppm_emit_node(e, node->a);
	uint32_t no_mask = c.present == NO_VIRTUAL ? NO_VIRTUAL : ppm_emit_and_not(e, c.present, c.value);
	struct ppm_emitted yes = arm_value(e, node->b, c.value, false, class);
	struct ppm_emitted no = no_mask == NO_VIRTUAL ? arm_value(e, node->c, c.value, true, class) : arm_value(e, node->c, no_mask, false, class);
	struct ppm_emitted result = { select_value(e, class, c.value, yes.value, no.value, node->span), select_present(e, c.value, yes.present, no.present) };
	if (c.present == NO_VIRTUAL)
		return result;
	if (node->d == PPM_NODE_NONE) {
		result.present = ppm_emit_both(e, result.present, c.present);
		if (class == PPM_CLASS_MASK)
			result.value = ppm_emit_and(e, result.value, result.present);
		return result;
	}
	struct ppm_emitted missing = arm_value(e, node->d, c.present, true, class);
	result.value = select_value(e, class, c.present, result.value, missing.value, node->span);
	result.present = select_present(e, c.present, result.present, missing.present);
	return result;
}

static struct ppm_emitted defaulted(struct ppm_emitter *e, const struct ppm_node *node)
{
	enum ppm_register_class class = ppm_emit_class(node);
	struct ppm_emitted a = ppm_emit_node(e, node->a);
	if (a.present == NO_VIRTUAL)
		return (struct ppm_emitted){ operand(e, node->a, class), NO_VIRTUAL };
	struct ppm_emitted b = arm_value(e, node->b, a.present, true, class);
	uint32_t value;
	if (class == PPM_CLASS_MASK && node_of(e, node->b)->op == PPM_NODE_CONSTANT)
		value = node_of(e, node->b)->value.flag ? ppm_emit_or(e, a.value, ppm_emit_not(e, a.present)) : a.value;
	else
		value = select_value(e, class, a.present, operand(e, node->a, class), b.value, node->span);
	return (struct ppm_emitted){ value, b.present == NO_VIRTUAL ? NO_VIRTUAL : ppm_emit_or(e, a.present, b.present) };
}

// ---- texts ---------------------------------------------------------------------------------------------------------------------------

// A text as a code: a column whose other values need no telling apart is not pooled for this.
static struct ppm_emitted text_code(struct ppm_emitter *e, ppm_node_id id)
{
	const struct ppm_node *node = node_of(e, id);
	return node->op == PPM_NODE_COLUMN ? ppm_emit_column(e, node->index, false) : ppm_emit_node(e, id);
}

static struct ppm_emitted in_set(struct ppm_emitter *e, const struct ppm_node *node)
{
	const struct ppm_text_set *set = &e->plan->text_sets[node->index];
	struct ppm_emitted text = text_code(e, node->a);
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK);
	if (set->count == 1)
		ppm_emit_op(e, PPM_OP_EQ_I32_K, result, text.value, 0, 0, 0, ppm_emit_constant_i64(e, ppm_emit_text(e, set->texts[0])), node->span);
	else {
		uint32_t low = UINT32_MAX, high = 0;
		for (uint32_t i = 0; i < set->count; i++) {
			uint32_t code = ppm_emit_text(e, set->texts[i]);
			low = code < low ? code : low;
			high = code > high ? code : high;
		}
		uint32_t index = e->program->set_count;
		struct ppm_set *place = PPM_EMIT_ENTRY(e, set);
		uint32_t *bits = place ? ppm_arena_allocate(&e->program->arena, (high - low) / 32 + 2, sizeof *bits) : NULL;
		if (!bits) {
			e->failed = true;
			return (struct ppm_emitted){ 0, NO_VIRTUAL };
		}
		for (uint32_t i = 0; i < set->count; i++) {
			uint32_t bit = ppm_emit_text(e, set->texts[i]) - low;
			bits[bit / 32] |= UINT32_C(1) << (bit % 32);
		}
		*place = (struct ppm_set){ low, high - low + 1, bits };
		ppm_emit_op(e, PPM_OP_TEXT_IN_SET, result, text.value, 0, 0, 0, index, node->span);
	}
	if (text.present != NO_VIRTUAL)
		result = ppm_emit_and(e, result, text.present);
	return (struct ppm_emitted){ result, text.present };
}

static struct ppm_emitted text_test(struct ppm_emitter *e, const struct ppm_node *node)
{
	struct ppm_emitted a = ppm_emit_node(e, node->a);
	const struct ppm_node *with = node_of(e, node->b);
	uint32_t result = ppm_emit_register(e, PPM_CLASS_MASK), present = a.present;
	if (with->op == PPM_NODE_CONSTANT) {
		uint32_t index = e->program->text_test_count;
		struct ppm_text_test *test = PPM_EMIT_ENTRY(e, text_test);
		if (test)
			*test = (struct ppm_text_test){ (enum ppm_text_test_kind)node->index, ppm_arena_copy(&e->program->arena, e->plan->texts[with->value.text]) };
		ppm_emit_op(e, PPM_OP_TEXT_TEST, result, a.value, 0, 0, lanes(e, present), index, node->span);
	} else {
		struct ppm_emitted b = ppm_emit_node(e, node->b);
		present = ppm_emit_both(e, present, b.present);
		ppm_emit_op(e, PPM_OP_TEXT_TEST_BY, result, a.value, b.value, 0, lanes(e, present), node->index, node->span);
	}
	// lanes that were not asked hold nothing certain
	result = ppm_emit_and(e, result, lanes(e, present));
	return (struct ppm_emitted){ result, present };
}

static struct ppm_emitted map(struct ppm_emitter *e, const struct ppm_node *node)
{
	const struct ppm_plan_map *from = &e->plan->maps[node->index];
	enum ppm_register_class class = ppm_emit_class(node);
	struct ppm_emitted text = text_code(e, node->a);
	uint32_t most = 0;
	for (uint32_t i = 0; i < from->count; i++) {
		uint32_t code = ppm_emit_text(e, from->keys[i]) + 1;
		most = code > most ? code : most;
	}
	uint32_t index = e->program->map_count;
	struct ppm_map *place = PPM_EMIT_ENTRY(e, map);
	union ppm_constant *entries = place ? ppm_arena_allocate(&e->program->arena, (size_t)most + 1, sizeof *entries) : NULL;
	if (!entries) {
		e->failed = true;
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	}
	union ppm_constant otherwise = map_constant(e, from->otherwise, class);
	for (uint32_t i = 0; i < most; i++)
		entries[i] = otherwise;
	for (uint32_t i = from->count; i-- > 0;)
		entries[ppm_emit_text(e, from->keys[i])] = map_constant(e, from->values[i], class);
	place = &e->program->maps[index];
	*place = (struct ppm_map){ class, most, entries, otherwise };
	static const enum ppm_opcode ops[] = { PPM_OP_END, PPM_OP_MAP_F64, PPM_OP_MAP_I64, PPM_OP_MAP_X128, PPM_OP_MAP_I32 };
	uint32_t result = ppm_emit_register(e, class);
	ppm_emit_op(e, ops[class], result, text.value, 0, 0, 0, index, node->span);
	if (text.present == NO_VIRTUAL || from->missing == PPM_NODE_NONE)
		return (struct ppm_emitted){ result, text.present };
	struct ppm_emitted missing = ppm_emit_node(e, from->missing);
	if (class == PPM_CLASS_X128)
		missing.value = ppm_emit_exact(e, from->missing);
	return (struct ppm_emitted){ select_value(e, class, text.present, result, missing.value, node->span), NO_VIRTUAL };
}

// The parts of a date have an instruction of their own, whose result is an integer.
bool ppm_emit_date_part(struct ppm_emitter *e, ppm_node_id id, struct ppm_emitted *out)
{
	const struct ppm_node *node = node_of(e, id);
	if (!e->optimise || node->op != PPM_NODE_CALL)
		return false;
	static const struct {
		const char *name;
		enum ppm_date_part part;
	} parts[] = { { "year", PPM_DATE_YEAR }, { "quarter", PPM_DATE_QUARTER }, { "month", PPM_DATE_MONTH }, { "day", PPM_DATE_DAY }, { "weekday", PPM_DATE_WEEKDAY },
		{ "day_of_year", PPM_DATE_DAY_OF_YEAR } };
	const struct ppm_plan_call *from = &e->plan->calls[node->index];
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(from->builtin->name, parts[i].name) == 0) {
			struct ppm_emitted date = ppm_emit_node(e, from->arguments[0]);
			*out = (struct ppm_emitted){ recall(e, PPM_OP_DATE_PART, date.value, parts[i].part), date.present };
			if (out->value == NO_VIRTUAL) {
				out->value = ppm_emit_register(e, PPM_CLASS_I32);
				ppm_emit_op(e, PPM_OP_DATE_PART, out->value, date.value, 0, 0, 0, parts[i].part, node->span);
				ppm_emit_memorise(e, PPM_OP_DATE_PART, date.value, parts[i].part, out->value);
			}
			return true;
		}
	return false;
}

static struct ppm_emitted call(struct ppm_emitter *e, const struct ppm_node *node)
{
	struct ppm_emitted part;
	if (ppm_emit_date_part(e, (ppm_node_id)(node - e->plan->nodes), &part)) {
		uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
		ppm_emit_op(e, PPM_OP_NUMBER_FROM_I32, result, part.value, 0, 0, 0, 0, node->span);
		return (struct ppm_emitted){ result, part.present };
	}
	const struct ppm_plan_call *from = &e->plan->calls[node->index];
	uint32_t present = NO_VIRTUAL, registers[4] = { 0, 0, 0, 0 };
	struct ppm_call made = { .name = ppm_arena_copy(&e->program->arena, ppm_slice_of(from->builtin->name)),
		.why_missing = ppm_arena_copy(&e->program->arena, ppm_slice_of(from->builtin->why_missing)), // of `provided`, it came from the model
		.kernel = from->builtin->kernel,
		.result = ppm_emit_class(node),
		.argument_count = from->argument_count };
	if (!made.name.data || !made.why_missing.data) // memory ran out
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	if (made.why_missing.size)
		made.site = ppm_emit_site(e, node->span, made.why_missing.data);
	for (uint32_t i = 0; i < from->argument_count; i++) {
		const struct ppm_node *argument = node_of(e, from->arguments[i]);
		present = ppm_emit_both(e, present, ppm_emit_node(e, from->arguments[i]).present);
		made.arguments[i] = argument->type.base == PPM_BASE_MONEY ? PPM_CLASS_X128 : ppm_emit_class(argument);
		registers[i] = operand(e, from->arguments[i], made.arguments[i]);
	}
	uint32_t index = e->program->call_count;
	struct ppm_call *place = PPM_EMIT_ENTRY(e, call);
	if (!place)
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	*place = made;
	// the virtual argument registers ride on the instruction until they are allocated
	uint32_t result = ppm_emit_register(e, made.result), ok = ppm_emit_register(e, PPM_CLASS_MASK);
	uint32_t on = lanes(e, present);
	for (uint32_t i = 0; i < from->argument_count; i++)
		ppm_emit_op(e, PPM_OPCODE_COUNT, registers[i], made.arguments[i], i, PPM_RIDE_ARGUMENT, 0, index, node->span); // a pseudo instruction: argument i of the call
	ppm_emit_op(e, PPM_OP_CALL, result, 0, 0, ok, on, index, node->span);
	bool may_fail = from->builtin->why_missing[0] != 0;
	struct ppm_emitted at = { result, may_fail ? ppm_emit_both(e, present, ok) : present };
	if (made.result == PPM_CLASS_MASK && at.present != NO_VIRTUAL)
		at.value = ppm_emit_and(e, result, at.present);
	return at;
}

// ---- all of them -----------------------------------------------------------------------------------------------------------------------

static struct ppm_emitted leaf(struct ppm_emitter *e, const struct ppm_node *node)
{
	enum ppm_register_class class = ppm_emit_class(node);
	if (class == PPM_CLASS_MASK)
		return (struct ppm_emitted){ node->op == PPM_NODE_CONSTANT && node->value.flag ? e->all : e->none, node->op == PPM_NODE_MISSING ? e->none : NO_VIRTUAL };
	static const enum ppm_opcode ops[] = { PPM_OP_END, PPM_OP_FILL_F64, PPM_OP_FILL_I64, PPM_OP_FILL_X128, PPM_OP_FILL_I32 };
	uint32_t k, result = ppm_emit_register(e, class);
	bool missing = node->op == PPM_NODE_MISSING;
	switch (class) {
	case PPM_CLASS_I64: k = ppm_emit_constant_i64(e, missing ? 0 : (int64_t)(node->value.exact / PPM_EXACT_PER_MONEY)); break;
	case PPM_CLASS_X128: k = ppm_emit_constant_x128(e, missing ? 0 : node->value.exact); break;
	case PPM_CLASS_I32: k = ppm_emit_constant_i64(e, missing ? 0 : node->type.base == PPM_BASE_TEXT ? (int64_t)ppm_emit_text(e, node->value.text) : node->value.whole); break;
	default: k = ppm_emit_constant_f64(e, missing ? 0 : node->value.number); break;
	}
	if (missing && node->type.base == PPM_BASE_TEXT) // any code that exists
		k = ppm_emit_constant_i64(e, ppm_emit_text(e, 0));
	ppm_emit_op(e, ops[class], result, 0, 0, 0, 0, k, node->span);
	return (struct ppm_emitted){ result, missing ? e->none : NO_VIRTUAL };
}

static struct ppm_emitted scale(struct ppm_emitter *e, const struct ppm_node *node)
{
	const struct ppm_plan_scale *s = &e->plan->scales[node->index];
	struct ppm_emitted x = ppm_emit_node(e, node->a);
	uint32_t k = ppm_emit_pair_f64(e, s->from, s->to), result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_pair_f64(e, s->low, s->high);
	ppm_emit_op(e, PPM_OP_SCALE_F64, result, x.value, 0, 0, 0, k, node->span);
	return (struct ppm_emitted){ result, x.present };
}

struct ppm_emitted ppm_emit_node(struct ppm_emitter *e, ppm_node_id id)
{
	if (e->failed)
		return (struct ppm_emitted){ 0, NO_VIRTUAL };
	if (e->nodes[id].scope)
		return e->nodes[id].at;
	const struct ppm_node *node = node_of(e, id);
	struct ppm_emitted at = { 0, NO_VIRTUAL };
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_POISON:
	case PPM_NODE_OP_COUNT: e->failed = true; break;
	case PPM_NODE_CONSTANT:
	case PPM_NODE_MISSING: at = leaf(e, node); break;
	case PPM_NODE_COLUMN: at = ppm_emit_column(e, node->index, true); break;
	case PPM_NODE_NEGATE:
	case PPM_NODE_ABSOLUTE:
	case PPM_NODE_ROUND:
	case PPM_NODE_FIGURE: at = unary(e, node); break;
	case PPM_NODE_ADD:
	case PPM_NODE_SUBTRACT:
	case PPM_NODE_MULTIPLY:
	case PPM_NODE_DIVIDE:
	case PPM_NODE_MODULO:
	case PPM_NODE_POWER: at = arithmetic(e, node); break;
	case PPM_NODE_MINIMUM:
	case PPM_NODE_MAXIMUM: at = lesser_or_greater(e, node); break;
	case PPM_NODE_EQUAL:
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL: at = ppm_emit_compare(e, id); break;
	case PPM_NODE_AND:
		if (ppm_emit_range(e, id, &at))
			break;
		at = connect(e, node);
		break;
	case PPM_NODE_OR: at = connect(e, node); break;
	case PPM_NODE_NOT: at = negation(e, node); break;
	case PPM_NODE_IS_MISSING: {
		struct ppm_emitted x = node_of(e, node->a)->type.base == PPM_BASE_TEXT ? text_code(e, node->a) : ppm_emit_node(e, node->a);
		at = (struct ppm_emitted){ x.present == NO_VIRTUAL ? e->none : ppm_emit_not(e, x.present), NO_VIRTUAL };
		break;
	}
	case PPM_NODE_DEFAULT: at = defaulted(e, node); break;
	case PPM_NODE_SELECT: at = selection(e, node); break;
	case PPM_NODE_IN_SET: at = in_set(e, node); break;
	case PPM_NODE_TEXT_TEST: at = text_test(e, node); break;
	case PPM_NODE_MAP: at = map(e, node); break;
	case PPM_NODE_CALL: at = call(e, node); break;
	case PPM_NODE_SCALE: at = scale(e, node); break;
	case PPM_NODE_RETYPE: at = ppm_emit_node(e, node->a); break;
	case PPM_NODE_DIMENSION:
	case PPM_NODE_POINTS:
	case PPM_NODE_SCORE:
	case PPM_NODE_EVIDENCE: at = ppm_emit_scoring(e, node); break;
	}
	remember(e, id, at);
	return at;
}

static void prepare(struct ppm_emitter *e, ppm_node_id id)
{
	if (id == PPM_NODE_NONE || e->prepared[id] || e->failed)
		return;
	e->prepared[id] = 1;
	const struct ppm_node *node = node_of(e, id);
	prepare(e, node->a);
	prepare(e, node->b);
	prepare(e, node->c);
	prepare(e, node->d);
	if (node->op == PPM_NODE_DIMENSION || node->op == PPM_NODE_POINTS || node->op == PPM_NODE_SCORE || node->op == PPM_NODE_EVIDENCE)
		ppm_emit_node(e, id);
}

struct ppm_emitted ppm_emit_root(struct ppm_emitter *e, ppm_node_id id)
{
	prepare(e, id);
	return ppm_emit_node(e, id);
}

struct ppm_emitted ppm_emit_root_for(struct ppm_emitter *e, ppm_node_id id, uint32_t rows)
{
	prepare(e, id);
	return emit_arm(e, id, rows, false);
}

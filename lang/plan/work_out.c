// An expression worked out for a row that is only thought of. Each operation is built again over constants by the function that the compiler builds it with, and folds: so
// that its value is the one that a run would give it.

#include "lang/plan/plan.h"

#include "runtime/column/text_pool.h"
#include "runtime/vm/text_pattern.h"

#include <math.h>

static ppm_node_id work_out(struct ppm_plan *plan, struct ppm_plan_row *row, ppm_node_id id);

static bool is_gone(const struct ppm_plan *plan, ppm_node_id id)
{
	return plan->nodes[id].op == PPM_NODE_MISSING;
}

static bool is_flag(const struct ppm_plan *plan, ppm_node_id id, bool value)
{
	return id != PPM_NODE_NONE && plan->nodes[id].op == PPM_NODE_CONSTANT && plan->nodes[id].value.flag == value;
}

// Three values, and a fourth: not told.
static ppm_node_id connect(struct ppm_plan *plan, struct ppm_plan_row *row, const struct ppm_node *node)
{
	bool ends = node->op == PPM_NODE_OR; // the value that decides alone
	ppm_node_id a = work_out(plan, row, node->a);
	if (a == PPM_NODE_POISON || is_flag(plan, a, ends))
		return a;
	ppm_node_id b = work_out(plan, row, node->b);
	if (b == PPM_NODE_POISON || is_flag(plan, b, ends))
		return b;
	if (a == PPM_NODE_NONE || b == PPM_NODE_NONE)
		return PPM_NODE_NONE;
	return is_gone(plan, a) ? a : b;
}

static ppm_node_id choose(struct ppm_plan *plan, struct ppm_plan_row *row, const struct ppm_node *node)
{
	ppm_node_id condition = work_out(plan, row, node->a);
	if (condition == PPM_NODE_NONE || condition == PPM_NODE_POISON)
		return condition;
	if (is_gone(plan, condition))
		return node->d == PPM_NODE_NONE ? ppm_plan_missing(plan, node->type, node->span) : work_out(plan, row, node->d);
	return work_out(plan, row, plan->nodes[condition].value.flag ? node->b : node->c);
}

static ppm_node_id scale(struct ppm_plan *plan, const struct ppm_node *node, ppm_node_id subject)
{
	double x;
	const struct ppm_plan_scale *s = &plan->scales[node->index];
	if (is_gone(plan, subject) || !ppm_plan_constant_number(plan, subject, &x))
		return ppm_plan_missing(plan, node->type, node->span);
	double t = fmin(fmax(ppm_number_add(x, -s->low) / ppm_number_add(s->high, -s->low), 0), 1);
	return ppm_plan_number_of(plan, node, ppm_number_add(s->from, ppm_number_add(s->to, -s->from) * t));
}

// Not told since memory ran out, which is no answer: the plan says so.
static ppm_node_id without_memory(struct ppm_plan *plan)
{
	plan->out_of_memory = true;
	return PPM_NODE_POISON;
}

static ppm_node_id matches(struct ppm_plan *plan, const struct ppm_node *node, ppm_node_id text, ppm_node_id pattern)
{
	if (is_gone(plan, text) || is_gone(plan, pattern))
		return ppm_plan_missing(plan, node->type, node->span);
	struct ppm_text_pattern *compiled = ppm_text_pattern_new(plan->allocator, plan->texts[plan->nodes[pattern].value.text], PPM_TEXT_ENGINE_ANY);
	if (!compiled)
		return without_memory(plan); // that it is a pattern was seen to
	enum ppm_text_match match = ppm_text_pattern_match(compiled, plan->texts[plan->nodes[text].value.text]);
	ppm_text_pattern_free(compiled);
	if (match == PPM_TEXT_MATCH_MEMORY)
		return without_memory(plan);
	return match == PPM_TEXT_MATCH || match == PPM_TEXT_NO_MATCH ? ppm_plan_flag(plan, match == PPM_TEXT_MATCH, node->span) : PPM_NODE_POISON;
}

static ppm_node_id text_call(struct ppm_plan *plan, const struct ppm_builtin *builtin, const struct ppm_node *node, ppm_node_id argument)
{
	if (is_gone(plan, argument))
		return ppm_plan_missing(plan, node->type, node->span);
	_Alignas(PPM_VECTOR_ALIGNMENT) int32_t code[64] = { 0 }, made[64] = { 0 };
	uint64_t active[PPM_MASK_WORDS] = { 1 }, defined[PPM_MASK_WORDS] = { 1 }, overflowed[PPM_MASK_WORDS] = { 0 };
	struct ppm_text_pool pool;
	struct ppm_slice text = plan->texts[plan->nodes[argument].value.text], kept = { NULL, 0 };
	struct ppm_call_frame frame = { .rows = 1, .result = made, .arguments = { code }, .active = active, .defined = defined, .overflowed = overflowed, .pool = &pool };
	if (!ppm_text_pool_init(&pool, plan->allocator, &text, 1))
		return without_memory(plan);
	builtin->kernel(&frame);
	if (!pool.failed)
		kept = ppm_arena_copy(plan->arena, ppm_text_pool_get(&pool, (uint32_t)made[0]));
	ppm_text_pool_free(&pool);
	return kept.data ? ppm_plan_text(plan, kept, node->span) : without_memory(plan);
}

static ppm_node_id call(struct ppm_plan *plan, struct ppm_plan_row *row, const struct ppm_node *node)
{
	struct ppm_plan_call of = plan->calls[node->index];
	ppm_node_id arguments[4] = { PPM_NODE_NONE, PPM_NODE_NONE, PPM_NODE_NONE, PPM_NODE_NONE };
	for (uint32_t i = 0; i < of.argument_count; i++) {
		arguments[i] = work_out(plan, row, of.arguments[i]);
		if (arguments[i] == PPM_NODE_NONE || arguments[i] == PPM_NODE_POISON)
			return arguments[i];
	}
	if (node->type.base == PPM_BASE_TEXT)
		return text_call(plan, of.builtin, node, arguments[0]);
	return ppm_plan_call_node(plan, of.builtin, arguments, of.argument_count, node->type, node->span);
}

// An operation all of whose operands are asked for.
static ppm_node_id operate(struct ppm_plan *plan, struct ppm_plan_row *row, const struct ppm_node *node)
{
	ppm_node_id a = work_out(plan, row, node->a);
	if (a == PPM_NODE_NONE || a == PPM_NODE_POISON)
		return a;
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_NEGATE:
	case PPM_NODE_ABSOLUTE:
	case PPM_NODE_ROUND:
	case PPM_NODE_FIGURE: return ppm_plan_unary(plan, (enum ppm_node_op)node->op, a, node->type, node->index, node->span);
	case PPM_NODE_RETYPE: return ppm_plan_retype(plan, a, node->type, node->span);
	case PPM_NODE_NOT: return ppm_plan_not(plan, a, node->span);
	case PPM_NODE_IS_MISSING: return ppm_plan_is_missing(plan, a, node->span);
	case PPM_NODE_IN_SET: return ppm_plan_in_set(plan, a, plan->text_sets[node->index].texts, plan->text_sets[node->index].count, node->span);
	case PPM_NODE_MAP: {
		struct ppm_plan_map map = plan->maps[node->index];
		return ppm_plan_map_node(plan, a, &map, node->type, node->span);
	}
	case PPM_NODE_SCALE: return scale(plan, node, a);
	case PPM_NODE_DEFAULT: return is_gone(plan, a) ? work_out(plan, row, node->b) : a;
	default: break;
	}
	ppm_node_id b = work_out(plan, row, node->b);
	if (b == PPM_NODE_NONE || b == PPM_NODE_POISON)
		return b;
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_EQUAL: return ppm_plan_compare(plan, PPM_RELATION_EQUAL, a, b, node->span);
	case PPM_NODE_LESS: return ppm_plan_compare(plan, PPM_RELATION_LESS, a, b, node->span);
	case PPM_NODE_LESS_EQUAL: return ppm_plan_compare(plan, PPM_RELATION_LESS_EQUAL, a, b, node->span);
	case PPM_NODE_TEXT_TEST:
		if (node->index == PPM_TEXT_MATCHES)
			return matches(plan, node, a, b);
		return ppm_plan_text_test(plan, (enum ppm_text_test_kind)node->index, a, b, node->span);
	default: return ppm_plan_binary(plan, (enum ppm_node_op)node->op, a, b, node->type, node->span);
	}
}

static ppm_node_id work_out(struct ppm_plan *plan, struct ppm_plan_row *row, ppm_node_id id)
{
	if (id >= row->count)
		return id; // made on the way: it is a value
	if (row->done[id] != PPM_NODE_NONE)
		return row->done[id];
	const struct ppm_node node = plan->nodes[id]; // building others may move it
	ppm_node_id result;
	switch ((enum ppm_node_op)node.op) {
	case PPM_NODE_POISON:
	case PPM_NODE_CONSTANT:
	case PPM_NODE_MISSING: return id;
	case PPM_NODE_COLUMN: return row->columns[node.index];
	case PPM_NODE_AND:
	case PPM_NODE_OR: result = connect(plan, row, &node); break;
	case PPM_NODE_SELECT: result = choose(plan, row, &node); break;
	case PPM_NODE_CALL: result = call(plan, row, &node); break;
	case PPM_NODE_DIMENSION:
	case PPM_NODE_POINTS:
	case PPM_NODE_SCORE:
	case PPM_NODE_EVIDENCE: result = row->scoring ? row->scoring(row->context, &node) : PPM_NODE_NONE; break;
	default: result = operate(plan, row, &node); break;
	}
	if (plan->out_of_memory)
		return PPM_NODE_POISON;
	if (result != PPM_NODE_NONE && result != PPM_NODE_POISON && plan->nodes[result].op != PPM_NODE_CONSTANT && plan->nodes[result].op != PPM_NODE_MISSING)
		result = PPM_NODE_NONE;
	row->done[id] = result;
	return result;
}

ppm_node_id ppm_plan_work_out(struct ppm_plan *plan, struct ppm_plan_row *row, ppm_node_id id)
{
	return work_out(plan, row, id);
}

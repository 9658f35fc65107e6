// Figures and conditions in words. What the model writes is shown as it writes it; only what nobody wrote (the end of a scale that a proof is about) is put together here.

#include "lang/analysis/perfect_internal.h"

#include "lang/syntax/parse.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/sink/format_value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- figures ------------------------------------------------------------------------------------------------------------------

static void number(struct ppm_buffer *out, double value)
{
	char digits[400];
	assert(isfinite(value)); // only a bound that there is has words
	ppm_buffer_append(out, digits, ppm_number_write(value, digits));
}

// What stands after the digits: "EUR per month".
static void unit(struct ppm_type type, struct ppm_buffer *out)
{
	if (type.base == PPM_BASE_MONEY && type.currency[0])
		ppm_buffer_format(out, " %.3s", type.currency);
	if (type.period)
		ppm_buffer_format(out, " per %s", ppm_period_name((enum ppm_period)type.period));
}

static void figure(struct ppm_type type, bool percent, double value, struct ppm_buffer *out)
{
	char day[10];
	switch (type.base) {
	case PPM_BASE_DATE:
		if (value >= PPM_DATE_MIN && value <= PPM_DATE_MAX) {
			ppm_date_write((int32_t)value, day);
			ppm_buffer_append(out, day, sizeof day);
			return;
		}
		break;
	case PPM_BASE_DURATION:
		number(out, value);
		ppm_buffer_format(out, " %s%s", type.months ? "month" : "day", fabs(value) == 1 ? "" : "s");
		return;
	default: break;
	}
	if (percent) {
		char digits[404];
		assert(isfinite(value));
		ppm_buffer_append(out, digits, (size_t)(ppm_put_percent(digits, value, -1) - digits));
	} else
		number(out, value);
	unit(type, out);
}

void ppm_words_figure(const struct ppm_plan *plan, ppm_node_id like, bool percent, double value, struct ppm_buffer *out)
{
	struct ppm_type type = plan->nodes[like].type;
	figure(type, percent || type.base == PPM_BASE_PERCENT, value, out);
}

void ppm_words_text(struct ppm_slice text, struct ppm_buffer *out)
{
	ppm_buffer_append_char(out, '"');
	if (text.size)
		ppm_text_append_escaped(out, text, 0, true);
	ppm_buffer_append_char(out, '"');
}

void ppm_words_constant(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out)
{
	const struct ppm_node *node = &plan->nodes[id];
	double value;
	char digits[64];
	if (node->op != PPM_NODE_CONSTANT)
		ppm_buffer_append_text(out, "missing");
	else if (node->type.base == PPM_BASE_TEXT)
		ppm_words_text(plan->texts[node->value.text], out);
	else if (node->type.base == PPM_BASE_FLAG)
		ppm_buffer_append_text(out, node->value.flag ? "yes" : "no");
	else if (node->type.base == PPM_BASE_MONEY) {
		ppm_buffer_append(out, digits, ppm_decimal_write_short(node->value.exact, PPM_EXACT_PLACES, digits));
		unit(node->type, out);
	} else if (ppm_plan_constant_number(plan, id, &value))
		figure(node->type, node->type.base == PPM_BASE_PERCENT, value, out);
}

// ---- expressions ----------------------------------------------------------------------------------------------------------------

static void name(struct ppm_slice text, struct ppm_buffer *out)
{
	struct ppm_name_list path = { .name = { .text = text } };
	const struct ppm_expression e = { .kind = PPM_EXPRESSION_PATH, .path = &path };
	ppm_expression_write(&e, out);
}

// How tightly an operator binds. What may stand beside it without parentheses binds more; `and` beside `or` has them all the same.
enum binding { BINDS_NOT_AT_ALL, BINDS_OR, BINDS_AND, BINDS_TEST, BINDS_SUM, BINDS_PRODUCT, BINDS_POWER, BINDS_ALL };

static enum binding binding_of(const struct ppm_plan *plan, ppm_node_id id)
{
	const struct ppm_node *node = &plan->nodes[id];
	if (ppm_words_are_simple(plan, id))
		return BINDS_ALL;
	if (node->written)
		return BINDS_NOT_AT_ALL;
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_OR: return BINDS_OR;
	case PPM_NODE_AND: return BINDS_AND;
	case PPM_NODE_NOT:
	case PPM_NODE_EQUAL:
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL:
	case PPM_NODE_IN_SET:
	case PPM_NODE_IS_MISSING:
	case PPM_NODE_TEXT_TEST: return BINDS_TEST;
	case PPM_NODE_ADD:
	case PPM_NODE_SUBTRACT:
	case PPM_NODE_NEGATE: return BINDS_SUM;
	case PPM_NODE_MULTIPLY:
	case PPM_NODE_DIVIDE:
	case PPM_NODE_MODULO: return BINDS_PRODUCT;
	case PPM_NODE_POWER: return BINDS_POWER;
	case PPM_NODE_MINIMUM:
	case PPM_NODE_MAXIMUM:
	case PPM_NODE_ABSOLUTE:
	case PPM_NODE_ROUND: return BINDS_ALL;
	default: return BINDS_NOT_AT_ALL;
	}
}

static void operand(const struct ppm_plan *plan, ppm_node_id id, enum binding least, struct ppm_buffer *out)
{
	bool stands = binding_of(plan, id) >= least;
	ppm_buffer_append_text(out, stands ? "" : "(");
	ppm_words_node(plan, id, out);
	ppm_buffer_append_text(out, stands ? "" : ")");
}

static void between(const struct ppm_plan *plan, ppm_node_id a, const char *sign, ppm_node_id b, enum binding left, enum binding right, struct ppm_buffer *out)
{
	operand(plan, a, left, out);
	ppm_buffer_append_text(out, sign);
	operand(plan, b, right, out);
}

// `or` in `or` and `and` in `and` need no parentheses, whichever side they are on.
static void either(const struct ppm_plan *plan, const struct ppm_node *node, const char *sign, enum binding own, struct ppm_buffer *out)
{
	enum binding left = binding_of(plan, node->a) == own ? own : BINDS_TEST, right = binding_of(plan, node->b) == own ? own : BINDS_TEST;
	between(plan, node->a, sign, node->b, left, right, out);
}

// A figure stands on the right, as one would say it.
static void comparison(const struct ppm_plan *plan, const struct ppm_node *node, const char *sign, const char *turned, struct ppm_buffer *out)
{
	bool turn = plan->nodes[node->a].op == PPM_NODE_CONSTANT;
	between(plan, turn ? node->b : node->a, turn ? turned : sign, turn ? node->a : node->b, BINDS_SUM, BINDS_SUM, out);
}

static void call(const struct ppm_plan *plan, const char *called, const ppm_node_id *arguments, uint32_t count, struct ppm_buffer *out)
{
	ppm_buffer_format(out, "%s(", called);
	for (uint32_t i = 0; i < count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		ppm_words_node(plan, arguments[i], out);
	}
	ppm_buffer_append_char(out, ')');
}

static void texts(const struct ppm_plan *plan, const struct ppm_text_set *set, struct ppm_buffer *out)
{
	if (set->count == 1) {
		ppm_buffer_append_text(out, " = ");
		ppm_words_text(plan->texts[set->texts[0]], out);
		return;
	}
	ppm_buffer_append_text(out, " in [");
	for (uint32_t i = 0; i < set->count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		ppm_words_text(plan->texts[set->texts[i]], out);
	}
	ppm_buffer_append_char(out, ']');
}

static void computed(const struct ppm_plan *plan, const struct ppm_node *node, struct ppm_buffer *out)
{
	static const char *const tests[] = {
		[PPM_TEXT_STARTS_WITH] = " starts with ",
		[PPM_TEXT_ENDS_WITH] = " ends with ",
		[PPM_TEXT_CONTAINS] = " contains ",
		[PPM_TEXT_MATCHES] = " matches ",
		[PPM_TEXT_LESS] = " < ",
		[PPM_TEXT_LESS_EQUAL] = " <= ",
		[PPM_TEXT_GREATER] = " > ",
		[PPM_TEXT_GREATER_EQUAL] = " >= ",
	};
	switch ((enum ppm_node_op)node->op) {
	case PPM_NODE_COLUMN: {
		const struct ppm_plan_column *column = &plan->columns[node->index];
		if (column->kind == PPM_PLAN_STEP && plan->steps[column->index].text.size)
			ppm_text_append_escaped(out, plan->steps[column->index].text, 0, false);
		else
			name(column->name, out);
		break;
	}
	case PPM_NODE_ADD: between(plan, node->a, " + ", node->b, BINDS_SUM, BINDS_PRODUCT, out); break;
	case PPM_NODE_SUBTRACT: between(plan, node->a, " - ", node->b, BINDS_SUM, BINDS_PRODUCT, out); break;
	case PPM_NODE_MULTIPLY: between(plan, node->a, " * ", node->b, BINDS_PRODUCT, BINDS_POWER, out); break;
	case PPM_NODE_DIVIDE: between(plan, node->a, " / ", node->b, BINDS_PRODUCT, BINDS_POWER, out); break;
	case PPM_NODE_MODULO: between(plan, node->a, " mod ", node->b, BINDS_PRODUCT, BINDS_POWER, out); break;
	case PPM_NODE_POWER: between(plan, node->a, " ^ ", node->b, BINDS_ALL, BINDS_ALL, out); break;
	case PPM_NODE_EQUAL: comparison(plan, node, " = ", " = ", out); break;
	case PPM_NODE_LESS: comparison(plan, node, " < ", " > ", out); break;
	case PPM_NODE_LESS_EQUAL: comparison(plan, node, " <= ", " >= ", out); break;
	case PPM_NODE_AND: either(plan, node, " and ", BINDS_AND, out); break;
	case PPM_NODE_OR: either(plan, node, " or ", BINDS_OR, out); break;
	case PPM_NODE_DEFAULT: between(plan, node->a, " default ", node->b, BINDS_ALL, BINDS_ALL, out); break;
	case PPM_NODE_TEXT_TEST: between(plan, node->a, tests[node->index], node->b, BINDS_SUM, BINDS_SUM, out); break;
	case PPM_NODE_NEGATE:
		ppm_buffer_append_char(out, '-');
		operand(plan, node->a, BINDS_ALL, out);
		break;
	case PPM_NODE_NOT:
		if (plan->nodes[node->a].op == PPM_NODE_EQUAL && !plan->nodes[node->a].written) {
			comparison(plan, &plan->nodes[node->a], " != ", " != ", out);
			break;
		}
		ppm_buffer_append_text(out, "not ");
		operand(plan, node->a, BINDS_ALL, out);
		break;
	case PPM_NODE_IS_MISSING:
		operand(plan, node->a, BINDS_SUM, out);
		ppm_buffer_append_text(out, " is missing");
		break;
	case PPM_NODE_IN_SET:
		operand(plan, node->a, BINDS_SUM, out);
		texts(plan, &plan->text_sets[node->index], out);
		break;
	case PPM_NODE_MINIMUM: call(plan, "min", &node->a, 2, out); break;
	case PPM_NODE_MAXIMUM: call(plan, "max", &node->a, 2, out); break;
	case PPM_NODE_ABSOLUTE: call(plan, "abs", &node->a, 1, out); break;
	case PPM_NODE_ROUND: call(plan, "round", &node->a, 1, out); break;
	case PPM_NODE_FIGURE:
	case PPM_NODE_RETYPE: ppm_words_node(plan, node->a, out); break;
	case PPM_NODE_CALL: call(plan, plan->calls[node->index].builtin->name, plan->calls[node->index].arguments, plan->calls[node->index].argument_count, out); break;
	case PPM_NODE_DIMENSION: name(plan->dimensions[node->index].name, out); break;
	case PPM_NODE_POINTS: ppm_buffer_append_text(out, "points"); break;
	case PPM_NODE_EVIDENCE: ppm_buffer_append_text(out, "evidence"); break;
	case PPM_NODE_SCORE:
		if (node->index >= 3)
			ppm_buffer_format(out, "score_%.*s", (int)plan->perspectives[node->index - 3].name.size, plan->perspectives[node->index - 3].name.data);
		else
			ppm_buffer_append_text(out, node->index == 0 ? "score" : node->index == 1 ? "score_low" : "score_high");
		break;
	default: ppm_buffer_append_text(out, "a computed value"); break;
	}
}

void ppm_words_node(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out)
{
	const struct ppm_node *node = &plan->nodes[id];
	if (node->op == PPM_NODE_CONSTANT)
		ppm_words_constant(plan, id, out);
	else if (node->written) {
		struct ppm_expression whole = *node->written;
		whole.parenthesised = false;
		ppm_expression_write(&whole, out);
	} else
		computed(plan, node, out);
}

bool ppm_words_are_simple(const struct ppm_plan *plan, ppm_node_id id)
{
	const struct ppm_node *node = &plan->nodes[id];
	if (node->op == PPM_NODE_FIGURE || node->op == PPM_NODE_RETYPE)
		return ppm_words_are_simple(plan, node->a);
	if (node->written)
		return node->op == PPM_NODE_CONSTANT || node->written->kind == PPM_EXPRESSION_PATH || node->written->kind == PPM_EXPRESSION_CALL;
	return node->op == PPM_NODE_CONSTANT || node->op == PPM_NODE_COLUMN || node->op >= PPM_NODE_DIMENSION || node->op == PPM_NODE_CALL;
}

// ---- lets taken apart ------------------------------------------------------------------------------------------------------------

struct expansion {
	const struct ppm_plan *plan;
	const struct ppm_source_map *sources;
	struct ppm_arena *arena;
	bool found;
};

static const struct ppm_plan_name *own_name(const struct ppm_plan_module *module, struct ppm_slice name)
{
	for (uint32_t i = 0; module && i < module->name_count; i++)
		if (ppm_slice_equal(module->names[i].name, name))
			return &module->names[i];
	return NULL;
}

static const struct ppm_plan_module *module_of(const struct ppm_plan *plan, const struct ppm_syntax_tree *tree)
{
	for (size_t i = 0; tree && i < plan->module_count; i++)
		if (plan->modules[i].tree == tree)
			return &plan->modules[i];
	return NULL;
}

// What the let stands for that the path names where it is written, as sema finds it: a file's own names before the model's. NULL: it names none.
static const struct ppm_expression *let_of(const struct expansion *x, const struct ppm_expression *e)
{
	const struct ppm_plan_module *model = &x->plan->modules[0], *here = model;
	const struct ppm_source *source = ppm_source_map_find(x->sources, e->span.begin);
	for (size_t i = 0; i < x->plan->module_count; i++)
		if (x->plan->modules[i].tree->source == source)
			here = &x->plan->modules[i];
	const struct ppm_plan_name *found = own_name(here, e->path->name.text);
	if (!found && !here->standard)
		found = own_name(model, e->path->name.text);
	if (found && e->path->next)
		found = e->path->next->next ? NULL : own_name(module_of(x->plan, found->used), e->path->next->name.text);
	return found ? found->let : NULL;
}

static struct ppm_expression *copy(struct expansion *x, const struct ppm_expression *e)
{
	struct ppm_expression *to = PPM_ARENA_NEW(x->arena, struct ppm_expression);
	if (to)
		*to = *e;
	return to;
}

static const struct ppm_expression *expand(struct expansion *x, const struct ppm_expression *e)
{
	if (!e)
		return NULL;
	if (e->kind == PPM_EXPRESSION_PATH) {
		const struct ppm_expression *let = let_of(x, e);
		struct ppm_expression *value = let ? copy(x, let) : NULL;
		if (!value)
			return e;
		x->found = true;
		value->next = NULL;
		return value;
	}
	struct ppm_expression *to = copy(x, e);
	if (!to)
		return e;
	to->left = (struct ppm_expression *)expand(x, e->left);
	to->right = e->kind == PPM_EXPRESSION_IN_VALUE ? e->right : (struct ppm_expression *)expand(x, e->right);
	to->third = (struct ppm_expression *)expand(x, e->third);
	struct ppm_expression **end = &to->items;
	for (const struct ppm_expression *item = e->items; item; item = item->next) {
		struct ppm_expression *one = (struct ppm_expression *)expand(x, item);
		one = one == item ? copy(x, item) : one;
		if (!one)
			return e;
		one->next = NULL;
		*end = one;
		end = &one->next;
	}
	struct ppm_argument **last = &to->arguments;
	for (const struct ppm_argument *argument = e->arguments; argument; argument = argument->next) {
		struct ppm_argument *one = PPM_ARENA_NEW(x->arena, struct ppm_argument);
		if (!one)
			return e;
		*one = *argument;
		if (!argument->over) { // what runs over other rows speaks of theirs
			one->expression = (struct ppm_expression *)expand(x, argument->expression);
			one->where = (struct ppm_expression *)expand(x, argument->where);
		}
		one->next = NULL;
		*last = one;
		last = &one->next;
	}
	struct ppm_case_arm **next = &to->arms;
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next) {
		struct ppm_case_arm *one = PPM_ARENA_NEW(x->arena, struct ppm_case_arm);
		if (!one)
			return e;
		*one = *arm;
		one->when = (struct ppm_expression *)expand(x, arm->when);
		one->value = (struct ppm_expression *)expand(x, arm->value);
		one->next = NULL;
		*next = one;
		next = &one->next;
	}
	return to;
}

bool ppm_words_expanded(const struct ppm_plan *plan, const struct ppm_source_map *sources, struct ppm_arena *arena, const struct ppm_expression *expression, struct ppm_buffer *out)
{
	struct expansion x = { plan, sources, arena, false };
	const struct ppm_expression *expanded = expand(&x, expression);
	if (x.found)
		ppm_expression_write(expanded, out);
	return x.found;
}

// Expressions: each form of the tree to a node, with its types checked.

#include "lang/sema/sema.h"

#include "lang/plan/fold.h"
#include "runtime/base/number.h"
#include "runtime/vm/text_pattern.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static struct ppm_type flag_type(void)
{
	return ppm_type_of(PPM_BASE_FLAG);
}

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

// ---- literals -----------------------------------------------------------------------------------------------

static bool figure(struct ppm_sema *sema, const struct ppm_expression *literal, double *value)
{
	enum ppm_number_problem problem = ppm_number_parse(literal->text, value);
	if (problem == PPM_NUMBER_FINE)
		return true;
	assert(problem == PPM_NUMBER_INEXACT_INTEGER); // the lexer gives digits, too few of them to leave the range
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_FIGURE_INEXACT, literal->span, "a number cannot hold this integer exactly");
	ppm_diag_help(sema->diagnostics, d, "numbers hold integers up to 9007199254740992 exactly");
	return false;
}

ppm_node_id ppm_sema_literal(struct ppm_sema *sema, const struct ppm_expression *literal)
{
	struct ppm_plan *plan = sema->plan;
	double value;
	ppm_int128 exact, held;
	switch (literal->kind) {
	case PPM_EXPRESSION_NUMBER:
		if (!figure(sema, literal, &value))
			return PPM_NODE_POISON;
		// beside an amount it is one, with all its digits
		if (ppm_literal_amount(literal, &exact) && !(ppm_exact_from_number(value, &held) && exact == held))
			return ppm_plan_long_number(plan, value, exact, literal->span);
		return ppm_plan_number(plan, value, ppm_type_of(PPM_BASE_NUMBER), true, literal->span);
	case PPM_EXPRESSION_PERCENTAGE:
		if (!figure(sema, literal, &value))
			return PPM_NODE_POISON;
		ppm_literal_number(literal, &value);
		return ppm_plan_number(plan, value, ppm_type_of(PPM_BASE_PERCENT), false, literal->span);
	case PPM_EXPRESSION_MONEY: {
		struct ppm_type type = ppm_type_of(PPM_BASE_MONEY);
		memcpy(type.currency, literal->currency, 4);
		if (!figure(sema, literal, &value))
			return PPM_NODE_POISON;
		if (!ppm_literal_amount(literal, &exact)) {
			ppm_diag(sema->diagnostics, PPM_DIAG_VALUE_OVERFLOW, literal->span, "this amount is beyond 900 trillion");
			return PPM_NODE_POISON;
		}
		return ppm_plan_money(plan, exact, type, literal->span);
	}
	case PPM_EXPRESSION_TEXT: return ppm_plan_text(plan, literal->text, literal->span);
	case PPM_EXPRESSION_DATE: return ppm_plan_whole(plan, literal->date, ppm_type_of(PPM_BASE_DATE), literal->span);
	case PPM_EXPRESSION_FLAG: return ppm_plan_flag(plan, literal->yes, literal->span);
	case PPM_EXPRESSION_DURATION: {
		struct ppm_type type = ppm_type_of(PPM_BASE_DURATION);
		type.months = ppm_period_in_months(literal->period);
		if (!figure(sema, literal, &value))
			return PPM_NODE_POISON;
		value *= ppm_period_length(literal->period);
		if (value != rint(value) || value > 2147483647.0) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DURATION_WHOLE, literal->span,
				value != rint(value) ? "a duration is a whole number of days or months" : "this duration is too long");
			ppm_diag_help(sema->diagnostics, d,
				value != rint(value) ? "write it in days or months, such as `45 days` or `18 months`" : "a duration has at most 2147483647 days or months");
			return PPM_NODE_POISON;
		}
		return ppm_plan_whole(plan, (int32_t)value, type, literal->span);
	}
	case PPM_EXPRESSION_NEGATE: {
		ppm_node_id inner = ppm_sema_literal(sema, literal->left);
		if (inner == PPM_NODE_POISON)
			return inner;
		if (!ppm_type_is_numeric(node_of(sema, inner)->type)) {
			char name[48];
			ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_OPERAND, literal->span, "`-` does not apply to `%s`", ppm_type_name(node_of(sema, inner)->type, name));
			return PPM_NODE_POISON;
		}
		return ppm_plan_unary(plan, PPM_NODE_NEGATE, inner, node_of(sema, inner)->type, 0, literal->span);
	}
	case PPM_EXPRESSION_RATE: return ppm_sema_rate(sema, literal, ppm_sema_literal(sema, literal->left));
	default: ppm_diag(sema->diagnostics, PPM_DIAG_NOT_A_LITERAL, literal->span, "a plain value is expected here"); return PPM_NODE_POISON;
	}
}

// ---- what a place demands ------------------------------------------------------------------------------------

ppm_node_id ppm_sema_flag(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what)
{
	if (!expression)
		return PPM_NODE_POISON;
	ppm_node_id id = ppm_sema_settle(sema, ppm_sema_expression(sema, scope, expression), flag_type());
	if (id == PPM_NODE_POISON || node_of(sema, id)->type.base == PPM_BASE_FLAG)
		return id;
	char name[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_FLAG_EXPECTED, expression->span, "%s must be true or false, and this is `%s`", what, ppm_type_name(node_of(sema, id)->type, name));
	if (node_of(sema, id)->type.base == PPM_BASE_TEXT)
		ppm_diag_help(sema->diagnostics, d, "compare it with a text, such as `… = \"yes\"`");
	else
		ppm_diag_help(sema->diagnostics, d, "compare it with something, such as `… > 0`, or ask `… is present`");
	return PPM_NODE_POISON;
}

ppm_node_id ppm_sema_number(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what)
{
	if (!expression)
		return PPM_NODE_POISON;
	ppm_node_id id = ppm_sema_settle(sema, ppm_sema_expression(sema, scope, expression), ppm_type_of(PPM_BASE_NUMBER));
	if (id == PPM_NODE_POISON || (node_of(sema, id)->type.base == PPM_BASE_NUMBER && !node_of(sema, id)->type.period))
		return id;
	char name[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_NUMBER_EXPECTED, expression->span, "%s must be a number, and this is `%s`", what, ppm_type_name(node_of(sema, id)->type, name));
	switch (node_of(sema, id)->type.base) {
	case PPM_BASE_MONEY: ppm_diag_help(sema->diagnostics, d, "divide it by an amount, or take its bare figure with `number(…)`"); break;
	case PPM_BASE_PERCENT: ppm_diag_help(sema->diagnostics, d, "write a plain figure, or `100 * number(…)`"); break;
	case PPM_BASE_FLAG: ppm_diag_help(sema->diagnostics, d, "write `if … then 1 else 0`"); break;
	default: ppm_diag_help(sema->diagnostics, d, "write a figure, such as `10`"); break;
	}
	return PPM_NODE_POISON;
}

bool ppm_sema_share(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what, double *value, bool *percent)
{
	if (!expression)
		return false;
	ppm_node_id id = ppm_sema_expression(sema, scope, expression);
	if (id == PPM_NODE_POISON)
		return false;
	const struct ppm_node *node = node_of(sema, id);
	bool is_percent = node->type.base == PPM_BASE_PERCENT;
	if ((node->type.base != PPM_BASE_NUMBER && !(is_percent && percent)) || node->type.period || !ppm_plan_constant_number(sema->plan, id, value)) {
		char name[48];
		struct ppm_diagnostic *d = ppm_plan_is_constant(sema->plan, id)
			? ppm_diag(sema->diagnostics, PPM_DIAG_NUMBER_EXPECTED, expression->span, "%s must be a number, and this is `%s`", what, ppm_type_name(node->type, name))
			: ppm_diag(sema->diagnostics, PPM_DIAG_CONSTANT_EXPECTED, expression->span, "%s must be the same for every row", what);
		ppm_diag_help(
			sema->diagnostics, d, is_percent && !node->type.period ? "write a figure without `%%`, or a `param` that is a number" : "write a figure, or a `param`");
		return false;
	}
	if (percent)
		*percent = is_percent;
	return true;
}

bool ppm_sema_constant(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what, double *value)
{
	return ppm_sema_share(sema, scope, expression, what, value, NULL);
}

// ---- forms -----------------------------------------------------------------------------------------------------

static ppm_node_id compare_chain(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	ppm_node_id result = PPM_NODE_NONE, left = PPM_NODE_NONE;
	const struct ppm_expression *before = NULL;
	uint32_t at = 0;
	for (const struct ppm_expression *item = e->items; item; before = item, item = item->next, at++) {
		ppm_node_id right = ppm_sema_expression(sema, scope, item);
		if (before) {
			ppm_sema_hint(sema, scope, before, right);
			ppm_sema_hint(sema, scope, item, left);
		}
		if (before && left == right && left != PPM_NODE_POISON && !ppm_plan_is_constant(sema->plan, left) && !ppm_sema_is_open(sema, left)) {
			enum ppm_relation relation = e->relations[at - 1];
			bool never = relation == PPM_RELATION_NOT_EQUAL || relation == PPM_RELATION_LESS || relation == PPM_RELATION_GREATER;
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, never ? PPM_DIAG_NEVER_TRUE : PPM_DIAG_ALWAYS_TRUE, e->span, "both sides are the same value of the same row");
			ppm_diag_help(sema->diagnostics, d,
				scope->outer && before->kind == PPM_EXPRESSION_PATH && !before->path->next ? "inside a figure, the row that it is for is `this`: `%.*s = this.%.*s`"
													   : "compare it with another value",
				(int)ppm_sema_text_of(sema, before->span).size, ppm_sema_text_of(sema, before->span).data, (int)ppm_sema_text_of(sema, before->span).size,
				ppm_sema_text_of(sema, before->span).data);
		}
		if (before) {
			ppm_sema_advise_compared(sema, e->relations[at - 1], before, left, item);
			ppm_sema_advise_compared(sema, e->relations[at - 1], item, right, before);
			ppm_node_id one = ppm_sema_compare(sema, e->relations[at - 1], before, item, left, right, e->operator_span.end ? e->operator_span : e->span);
			result = result == PPM_NODE_NONE ? one : ppm_plan_and(sema->plan, result, one, e->span);
		}
		left = right;
	}
	return result == PPM_NODE_NONE ? PPM_NODE_POISON : result;
}

static ppm_node_id in_list(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, const struct ppm_expression *list)
{
	ppm_node_id left = ppm_sema_expression(sema, scope, e->left);
	if (!list->items) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LIST_EMPTY, list->span, "nothing is in an empty list");
		ppm_diag_help(sema->diagnostics, d, "write its values, such as `[\"DE\", \"FR\"]`");
		return PPM_NODE_POISON;
	}
	for (const struct ppm_expression *item = list->items; item && sema->trial; item = item->next)
		ppm_sema_hint(sema, scope, e->left, ppm_sema_expression(sema, scope, item));
	ppm_node_id result = PPM_NODE_NONE;
	uint32_t *texts = ppm_arena_allocate(sema->arena, list->item_count + 1u, sizeof *texts);
	ppm_node_id *others = ppm_arena_allocate(sema->arena, list->item_count + 1u, sizeof *others);
	uint32_t count = 0, other_count = 0;
	if (!texts || !others) {
		sema->plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	for (const struct ppm_expression *item = list->items; item; item = item->next) {
		ppm_node_id right = ppm_sema_expression(sema, scope, item);
		if (right == PPM_NODE_POISON) {
			ppm_sema_advise_compared(sema, PPM_RELATION_EQUAL, e->left, left, item);
			return right;
		}
		bool text = left != PPM_NODE_POISON && node_of(sema, left)->type.base == PPM_BASE_TEXT && node_of(sema, right)->type.base == PPM_BASE_TEXT &&
			ppm_plan_is_constant(sema->plan, right);
		ppm_node_id one = PPM_NODE_NONE;
		if (text) // a whole list of them is one set
			ppm_sema_check_allowed(sema, item, left, right);
		else
			one = ppm_sema_compare(sema, PPM_RELATION_EQUAL, e->left, item, left, right, e->operator_span);
		if (one == PPM_NODE_POISON)
			return one;
		if (text) {
			for (uint32_t i = 0; i < count && count < 1000; i++)
				if (texts[i] == node_of(sema, right)->value.text) {
					struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LIST_REPEATS, item->span, "this value is in the list twice");
					ppm_diag_help(sema->diagnostics, d, "take one of them out");
				}
			texts[count++] = node_of(sema, right)->value.text;
			continue;
		}
		others[other_count++] = one;
	}
	for (; other_count > 1; other_count = (other_count + 1) / 2) // in pairs: a long list must not become a deep tree
		for (uint32_t i = 0; i < other_count; i += 2)
			others[i / 2] = i + 1 < other_count ? ppm_plan_or(sema->plan, others[i], others[i + 1], e->span) : others[i];
	if (other_count)
		result = others[0];
	if (count) {
		ppm_node_id set = ppm_plan_in_set(sema->plan, left, texts, count, e->span);
		result = result == PPM_NODE_NONE ? set : ppm_plan_or(sema->plan, result, set, e->span);
	}
	return result;
}

static ppm_node_id in_value(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	if (e->right->kind == PPM_EXPRESSION_LIST)
		return in_list(sema, scope, e, e->right);
	bool path = e->right->kind == PPM_EXPRESSION_PATH;
	for (const struct ppm_binding *b = scope->bindings; b && path && !e->right->path->next; b = b->next)
		path = !ppm_slice_equal(b->name, e->right->path->name.text); // a define's parameter is a value, whatever list there is of that name
	struct ppm_symbol *symbol = path ? ppm_sema_symbol(sema, scope, e->right->path, false) : NULL;
	if (path && !symbol)
		return PPM_NODE_POISON;
	if (symbol && symbol->kind == PPM_SYMBOL_PARAM) {
		ppm_sema_value(sema, symbol, e->right->span);
		if (symbol->list)
			return in_list(sema, scope, e, symbol->list);
		if (symbol->node == PPM_NODE_POISON)
			return PPM_NODE_POISON;
	}
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LIST_EXPECTED, e->right->span, "what follows `in` is neither a list nor a range");
	ppm_diag_help(sema->diagnostics, d, "write `in [\"a\", \"b\"]`, `in 1 to 5`, or the name of a param that is a list");
	return PPM_NODE_POISON;
}

static ppm_node_id between(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	ppm_node_id x = ppm_sema_expression(sema, scope, e->left), low = ppm_sema_expression(sema, scope, e->right), high = ppm_sema_expression(sema, scope, e->third);
	ppm_sema_hint(sema, scope, e->left, low);
	ppm_sema_hint(sema, scope, e->left, high);
	ppm_sema_hint(sema, scope, e->right, x);
	ppm_sema_hint(sema, scope, e->third, x);
	ppm_node_id above = ppm_sema_compare(sema, PPM_RELATION_LESS_EQUAL, e->right, e->left, low, x, e->operator_span);
	ppm_node_id below = ppm_sema_compare(sema, PPM_RELATION_LESS_EQUAL, e->left, e->third, x, high, e->operator_span);
	if (above != PPM_NODE_POISON && below != PPM_NODE_POISON && sema->plan->nodes[x].type.base == PPM_BASE_MONEY && ppm_plan_is_constant(sema->plan, low) &&
		ppm_plan_is_constant(sema->plan, high)) { // figures without a unit are amounts here
		low = ppm_plan_retype(sema->plan, low, sema->plan->nodes[x].type, e->right->span);
		high = ppm_plan_retype(sema->plan, high, sema->plan->nodes[x].type, e->third->span);
	}
	int order;
	if (above != PPM_NODE_POISON && below != PPM_NODE_POISON && ppm_plan_constant_order(sema->plan, low, high, &order) && order > 0) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RANGE_EMPTY, (struct ppm_span){ e->right->span.begin, e->third->span.end },
			"no value lies in this range: its low end is above its high end");
		ppm_diag_help(sema->diagnostics, d, "write the low end first");
		return PPM_NODE_POISON;
	}
	return ppm_plan_and(sema->plan, above, below, e->span);
}

static ppm_node_id text_test(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	static const struct {
		enum ppm_expression_kind kind;
		enum ppm_text_test_kind test;
		const char *word;
	} tests[] = {
		{ PPM_EXPRESSION_CONTAINS, PPM_TEXT_CONTAINS, "contains" },
		{ PPM_EXPRESSION_STARTS_WITH, PPM_TEXT_STARTS_WITH, "starts with" },
		{ PPM_EXPRESSION_ENDS_WITH, PPM_TEXT_ENDS_WITH, "ends with" },
		{ PPM_EXPRESSION_MATCHES, PPM_TEXT_MATCHES, "matches" },
	};
	size_t t = 0;
	while (tests[t].kind != e->kind)
		t++;
	const struct ppm_expression *sides[] = { e->left, e->right };
	ppm_node_id nodes[2];
	for (int i = 0; i < 2; i++) {
		nodes[i] = ppm_sema_settle(sema, ppm_sema_expression(sema, scope, sides[i]), ppm_type_of(PPM_BASE_TEXT));
		if (nodes[i] != PPM_NODE_POISON && node_of(sema, nodes[i])->type.base != PPM_BASE_TEXT) {
			char name[48];
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TEXT_EXPECTED, sides[i]->span, "`%s` needs a text on each side, and this is `%s`",
				tests[t].word, ppm_type_name(node_of(sema, nodes[i])->type, name));
			ppm_diag_help(sema->diagnostics, d, "write a text in quotation marks, or name a text column");
			nodes[i] = PPM_NODE_POISON;
		}
	}
	if (nodes[1] == PPM_NODE_POISON)
		ppm_sema_advise_compared(sema, PPM_RELATION_EQUAL, sides[0], nodes[0], sides[1]);
	if (nodes[0] == PPM_NODE_POISON || nodes[1] == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	if (e->kind == PPM_EXPRESSION_MATCHES) {
		if (!ppm_plan_is_constant(sema->plan, nodes[1])) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PATTERN, e->right->span, "the pattern after `matches` is not constant");
			ppm_diag_help(sema->diagnostics, d, "write the pattern as a text or a `param`; to look for another column's text use `contains`");
			return PPM_NODE_POISON;
		}
		char problem[200];
		size_t offset = 0;
		enum ppm_status usable = ppm_text_pattern_check(sema->allocator, sema->plan->texts[node_of(sema, nodes[1])->value.text], problem, sizeof problem, &offset);
		if (usable == PPM_ERROR_MEMORY) {
			sema->plan->out_of_memory = true;
			return PPM_NODE_POISON;
		}
		if (usable) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_PATTERN, e->right->span, "this pattern cannot be used: %s (at character %zu)", problem, offset + 1);
			ppm_diag_help(sema->diagnostics, d, "patterns are RE2's: `^ $ . [a-z] (a|b) * + ? {2,3} \\\\d \\\\w \\\\s \\\\b`; write `\\\\` for a backslash");
			return PPM_NODE_POISON;
		}
	}
	return ppm_plan_text_test(sema->plan, tests[t].test, nodes[0], nodes[1], e->span);
}

// An expression that a condition before it may leave out for every row.
static ppm_node_id arm(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, bool taken)
{
	sema->plan->not_taken += !taken;
	ppm_node_id value = ppm_sema_expression(sema, scope, e);
	sema->plan->not_taken -= !taken;
	return value;
}

static ppm_node_id choose(
	struct ppm_sema *sema, const struct ppm_expression *e, ppm_node_id *conditions, ppm_node_id *values, const struct ppm_span *spans, size_t count, ppm_node_id missing)
{
	// the last value is the `otherwise`; `missing` was unified as values[count]
	struct ppm_type type;
	bool with_missing = missing != PPM_NODE_NONE;
	if (!ppm_sema_unify(sema, values, spans, count + (with_missing ? 1 : 0), "the branches", &type))
		return PPM_NODE_POISON;
	ppm_node_id result = values[count - 1];
	for (size_t i = count - 1; i-- > 0;)
		result = ppm_plan_select(sema->plan, conditions[i], values[i], result, with_missing ? values[count] : PPM_NODE_NONE, type, e->span);
	// a bare figure beside a value that has its type adapts to nothing, also where a constant condition leaves it alone
	for (size_t i = 0; i < count + (with_missing ? 1 : 0); i++)
		if (!node_of(sema, values[i])->bare && node_of(sema, values[i])->op != PPM_NODE_MISSING)
			return ppm_plan_retype(sema->plan, result, type, e->span);
	return result;
}

static ppm_node_id case_arms(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	size_t count = 0;
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
		count++;
	ppm_node_id *conditions = ppm_arena_allocate(sema->arena, count + 2, sizeof *conditions), *values = ppm_arena_allocate(sema->arena, count + 2, sizeof *values);
	const struct ppm_expression **written = ppm_arena_allocate(sema->arena, count + 2, sizeof *written);
	struct ppm_span *spans = ppm_arena_allocate(sema->arena, count + 2, sizeof *spans);
	if (!conditions || !values || !spans || !written) {
		sema->plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	const struct ppm_case_arm *otherwise = NULL, *missing = NULL;
	size_t n = 0;
	bool poison = false, open = true; // no constant condition took every row so far
	for (const struct ppm_case_arm *a = e->arms; a; a = a->next) {
		if (otherwise) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, a->span, "this arm is never reached: `otherwise` stands before it");
			ppm_diag_help(sema->diagnostics, d, "put `otherwise` last");
			return PPM_NODE_POISON;
		}
		if (!a->missing) {
			spans[n] = a->value->span;
			written[n] = a->value;
		}
		if (a->otherwise) {
			otherwise = a;
			values[n] = arm(sema, scope, a->value, open);
			poison = poison || values[n] == PPM_NODE_POISON;
			continue;
		}
		if (a->missing) {
			if (missing) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, a->span, "a second `missing` arm");
				ppm_diag_label(sema->diagnostics, d, missing->span, "the first is here");
			}
			poison = poison || ppm_sema_expression(sema, scope, a->value) == PPM_NODE_POISON;
			missing = a;
			continue;
		}
		sema->plan->not_taken += !open;
		conditions[n] = ppm_sema_flag(sema, scope, a->when, "the condition after `when`");
		sema->plan->not_taken -= !open;
		values[n] = arm(sema, scope, a->value, open && !ppm_plan_constant_is(sema->plan, conditions[n], false));
		open = open && !ppm_plan_constant_is(sema->plan, conditions[n], true);
		poison = poison || conditions[n] == PPM_NODE_POISON || values[n] == PPM_NODE_POISON;
		n++;
	}
	if (!otherwise) { // none of the arms: no value
		values[n] = PPM_NODE_NONE;
		spans[n] = e->span;
	}
	ppm_sema_hint_all(sema, scope, written, values, n + 1);
	if (poison)
		return PPM_NODE_POISON;
	if (!n) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CASE_EMPTY, e->span, "a `case` without `when`");
		ppm_diag_help(sema->diagnostics, d, "write `case { when CONDITION : VALUE  otherwise : VALUE }`");
		return PPM_NODE_POISON;
	}
	ppm_node_id other = PPM_NODE_NONE;
	if (missing) {
		other = values[n + 1] = ppm_sema_expression(sema, scope, missing->value);
		spans[n + 1] = missing->value->span;
		written[n + 1] = missing->value;
		ppm_sema_hint_all(sema, scope, written, values, n + 2);
		if (other == PPM_NODE_POISON)
			return other;
		for (size_t i = 0; i < n; i++)
			ppm_sema_thought_of_missing(sema, conditions[i]);
	}
	if (!otherwise) { // of the type that the arms have: of the first that is no bare figure
		size_t like = 0;
		while (like + 1 < n && node_of(sema, values[like])->bare)
			like++;
		values[n] = ppm_plan_missing(sema->plan, node_of(sema, values[like])->type, e->span);
	}
	return choose(sema, e, conditions, values, spans, n + 1, other);
}

static ppm_node_id defaulted(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	ppm_node_id nodes[2] = { ppm_sema_expression(sema, scope, e->left), ppm_sema_expression(sema, scope, e->right) };
	const struct ppm_expression *const sides[] = { e->left, e->right };
	ppm_sema_hint_all(sema, scope, sides, nodes, 2);
	if (nodes[0] == PPM_NODE_POISON || nodes[1] == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	const struct ppm_span spans[] = { e->left->span, e->right->span };
	ppm_sema_thought_of_missing(sema, nodes[0]);
	struct ppm_type type;
	if (!ppm_sema_unify(sema, nodes, spans, 2, "a value and its `default`", &type))
		return PPM_NODE_POISON;
	if (!node_of(sema, nodes[0])->may_miss) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NEVER_MISSING, e->left->span, "this is never missing, so its `default` is never used");
		ppm_diag_help(sema->diagnostics, d, "leave out `default`, or declare the column `optional`");
	}
	return ppm_plan_default(sema->plan, nodes[0], nodes[1], e->span);
}

static ppm_node_id missing_test(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	ppm_node_id x = ppm_sema_expression(sema, scope, e->left);
	if (x == PPM_NODE_POISON)
		return x;
	if (ppm_sema_is_open(sema, x)) {
		ppm_sema_asked(sema, x);
		return ppm_plan_is_missing(sema->plan, x, e->span);
	}
	ppm_sema_thought_of_missing(sema, x);
	if (!node_of(sema, x)->may_miss && node_of(sema, x)->op != PPM_NODE_MISSING) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NEVER_MISSING, e->left->span, "this is never missing");
		ppm_diag_help(sema->diagnostics, d, "leave out the test, or declare the column `optional`");
	}
	ppm_node_id test = ppm_plan_is_missing(sema->plan, x, e->span);
	return (e->kind == PPM_EXPRESSION_IS_PRESENT) ? ppm_plan_not(sema->plan, test, e->span) : test;
}

// `a and b or c`: which goes first is a guess that readers make differently.
static void warn_mixed(struct ppm_sema *sema, const struct ppm_expression *e)
{
	if (e->kind != PPM_EXPRESSION_OR)
		return;
	const struct ppm_expression *sides[] = { e->left, e->right };
	for (int i = 0; i < 2; i++)
		if (sides[i] && sides[i]->kind == PPM_EXPRESSION_AND && !sides[i]->parenthesised) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MIXED_LOGIC, sides[i]->span, "`and` and `or` are mixed without parentheses");
			ppm_diag_label(sema->diagnostics, d, sides[i]->span, "this part belongs together");
			ppm_diag_help(sema->diagnostics, d, "put parentheses around it");
			return;
		}
}

static ppm_node_id expression(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	struct ppm_plan *plan = sema->plan;
	switch (e->kind) {
	case PPM_EXPRESSION_NUMBER:
	case PPM_EXPRESSION_PERCENTAGE:
	case PPM_EXPRESSION_MONEY:
	case PPM_EXPRESSION_TEXT:
	case PPM_EXPRESSION_DATE:
	case PPM_EXPRESSION_DURATION:
	case PPM_EXPRESSION_FLAG: return ppm_sema_literal(sema, e);
	case PPM_EXPRESSION_MISSING:
	case PPM_EXPRESSION_ANY: ppm_diag(sema->diagnostics, PPM_DIAG_NOT_A_LITERAL, e->span, "a value is expected here"); return PPM_NODE_POISON;
	case PPM_EXPRESSION_PATH: return ppm_sema_path(sema, scope, e);
	case PPM_EXPRESSION_CALL: return ppm_sema_call(sema, scope, e);
	case PPM_EXPRESSION_LIST: {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LIST_AS_VALUE, e->span, "a list is no value");
		ppm_diag_help(sema->diagnostics, d, "a list stands after `in`, or as a param");
		return PPM_NODE_POISON;
	}
	case PPM_EXPRESSION_NEGATE: {
		ppm_node_id x = ppm_sema_settle(sema, ppm_sema_expression(sema, scope, e->left), ppm_type_of(PPM_BASE_NUMBER));
		if (x != PPM_NODE_POISON && !ppm_type_is_numeric(node_of(sema, x)->type)) {
			char name[48];
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_OPERAND, e->span, "`-` does not apply to `%s`", ppm_type_name(node_of(sema, x)->type, name));
			if (node_of(sema, x)->type.base == PPM_BASE_FLAG)
				ppm_diag_help(sema->diagnostics, d, "write `not`");
			return PPM_NODE_POISON;
		}
		return ppm_plan_unary(plan, PPM_NODE_NEGATE, x, node_of(sema, x)->type, 0, e->span);
	}
	case PPM_EXPRESSION_NOT: return ppm_plan_not(plan, ppm_sema_flag(sema, scope, e->left, "what follows `not`"), e->span);
	case PPM_EXPRESSION_AND:
	case PPM_EXPRESSION_OR: {
		warn_mixed(sema, e);
		bool both = e->kind == PPM_EXPRESSION_AND;
		ppm_node_id a = ppm_sema_flag(sema, scope, e->left, both ? "each side of `and`" : "each side of `or`");
		bool decided = ppm_plan_constant_is(plan, a, !both);
		plan->not_taken += decided;
		ppm_node_id b = ppm_sema_flag(sema, scope, e->right, both ? "each side of `and`" : "each side of `or`");
		plan->not_taken -= decided;
		return both ? ppm_plan_and(plan, a, b, e->span) : ppm_plan_or(plan, a, b, e->span);
	}
	case PPM_EXPRESSION_ADD:
	case PPM_EXPRESSION_SUBTRACT:
	case PPM_EXPRESSION_MULTIPLY:
	case PPM_EXPRESSION_DIVIDE:
	case PPM_EXPRESSION_MODULO:
	case PPM_EXPRESSION_POWER: {
		static const enum ppm_node_op ops[] = { PPM_NODE_ADD, PPM_NODE_SUBTRACT, PPM_NODE_MULTIPLY, PPM_NODE_DIVIDE, PPM_NODE_MODULO, PPM_NODE_POWER };
		ppm_node_id a = ppm_sema_expression(sema, scope, e->left), b = ppm_sema_expression(sema, scope, e->right);
		return ppm_sema_arithmetic(sema, e, ops[e->kind - PPM_EXPRESSION_ADD], a, b);
	}
	case PPM_EXPRESSION_COMPARE: return compare_chain(sema, scope, e);
	case PPM_EXPRESSION_IN_LIST: return in_list(sema, scope, e, e->right);
	case PPM_EXPRESSION_IN_VALUE: return in_value(sema, scope, e);
	case PPM_EXPRESSION_IN_RANGE:
	case PPM_EXPRESSION_BETWEEN: return between(sema, scope, e);
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT: return missing_test(sema, scope, e);
	case PPM_EXPRESSION_CONTAINS:
	case PPM_EXPRESSION_STARTS_WITH:
	case PPM_EXPRESSION_ENDS_WITH:
	case PPM_EXPRESSION_MATCHES: return text_test(sema, scope, e);
	case PPM_EXPRESSION_DEFAULT: return defaulted(sema, scope, e);
	case PPM_EXPRESSION_RATE: return ppm_sema_rate(sema, e, ppm_sema_expression(sema, scope, e->left));
	case PPM_EXPRESSION_IF: {
		ppm_node_id condition = ppm_sema_flag(sema, scope, e->left, "the condition after `if`");
		ppm_node_id values[2] = { arm(sema, scope, e->right, !ppm_plan_constant_is(plan, condition, false)),
			arm(sema, scope, e->third, !ppm_plan_constant_is(plan, condition, true)) };
		const struct ppm_expression *const branches[] = { e->right, e->third };
		ppm_sema_hint_all(sema, scope, branches, values, 2);
		if (condition == PPM_NODE_POISON || values[0] == PPM_NODE_POISON || values[1] == PPM_NODE_POISON)
			return PPM_NODE_POISON;
		const struct ppm_span spans[] = { e->right->span, e->third->span };
		return choose(sema, e, &condition, values, spans, 2, PPM_NODE_NONE);
	}
	case PPM_EXPRESSION_CASE: return case_arms(sema, scope, e);
	}
	return PPM_NODE_POISON;
}

ppm_node_id ppm_sema_expression(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	if (!e || sema->plan->out_of_memory)
		return PPM_NODE_POISON;
	ppm_node_id id = expression(sema, scope, e);
	if (e->negated)
		id = id == PPM_NODE_POISON || node_of(sema, id)->type.base != PPM_BASE_FLAG ? PPM_NODE_POISON : ppm_plan_not(sema->plan, id, e->span);
	if (id == PPM_NODE_POISON && !sema->silent && !sema->diagnostics->errors && !sema->diagnostics->muted)
		sema->silent = e;
	// how the model itself calls it: not what a define's body calls its parameters, nor what other rows do
	struct ppm_node *node = &sema->plan->nodes[id];
	bool name = e->kind == PPM_EXPRESSION_PATH, named = node->written && node->written->kind == PPM_EXPRESSION_PATH;
	if (id != PPM_NODE_POISON && !scope->define_body && !scope->module->standard && !scope->dataset && !scope->outer && (!node->written || (name && !named)))
		node->written = e;
	return id;
}

// ---- templates -----------------------------------------------------------------------------------------------------

bool ppm_sema_is_coarse(struct ppm_sema *sema, ppm_node_id node, const struct ppm_number_pattern *pattern, struct ppm_span format)
{
	if (node_of(sema, node)->op != PPM_NODE_SCORE || pattern->decimals >= sema->plan->places)
		return false;
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT_COARSE, format, "this format shows fewer places than the score has, so a reader could not see why it missed a tier");
	ppm_diag_help(sema->diagnostics, d, "round the score itself: `score places %d`", (int)pattern->decimals);
	return true;
}

struct ppm_plan_piece *ppm_sema_template(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_template *text)
{
	struct ppm_plan_piece *first = NULL, **end = &first;
	for (const struct ppm_template_part *part = text->parts; part; part = part->next) {
		struct ppm_plan_piece *piece = PPM_ARENA_NEW(sema->arena, struct ppm_plan_piece);
		if (!piece) {
			sema->plan->out_of_memory = true;
			return NULL;
		}
		piece->literal = part->literal;
		piece->value = PPM_NODE_NONE;
		if (part->expression) {
			ppm_node_id node = ppm_sema_expression(sema, scope, part->expression);
			if (node == PPM_NODE_POISON)
				continue;
			const struct ppm_node *value = node_of(sema, node);
			if (part->as_name.text.size) {
				if (!ppm_slice_is(part->as_name.text, "percent")) {
					struct ppm_diagnostic *d =
						ppm_diag(sema->diagnostics, PPM_DIAG_TEMPLATE_FORMAT, part->as_name.span, "a value is shown `as percent` or by a format");
					ppm_diag_help(sema->diagnostics, d, "write `{x as percent}` or `{x as \"0.00\"}`");
				} else if (value->type.base != PPM_BASE_NUMBER && value->type.base != PPM_BASE_PERCENT && value->type.base != PPM_BASE_OPEN) {
					char name[48];
					ppm_diag(sema->diagnostics, PPM_DIAG_TEMPLATE_FORMAT, part->as_name.span, "`%s` cannot be shown as a percent",
						ppm_type_name(value->type, name));
				}
				piece->as_percent = true;
			}
			if (part->as_format.text.data) {
				struct ppm_number_pattern pattern;
				struct ppm_date_format date;
				bool fits = value->type.base == PPM_BASE_DATE                                    ? ppm_date_format_parse(part->as_format.text, &date)
					: value->type.base == PPM_BASE_TEXT || value->type.base == PPM_BASE_FLAG ? false
														 : ppm_number_pattern_parse(part->as_format.text, &pattern);
				if (!fits && value->type.base != PPM_BASE_OPEN) {
					char name[48];
					struct ppm_diagnostic *d =
						ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, part->as_format.span, "this is no format for `%s`", ppm_type_name(value->type, name));
					ppm_diag_help(sema->diagnostics, d, "formats are written by example: `\"0.00\"`, `\"#,##0\"`, `\"0%%\"`, and `\"DD/MM/YYYY\"` for dates");
					continue;
				}
				bool figure = ppm_type_is_numeric(value->type) && value->type.base != PPM_BASE_DURATION;
				if (figure && !ppm_sema_format_fits(sema, &pattern, part->as_format.span, value->type, false))
					continue;
				if (figure && ppm_sema_is_coarse(sema, node, &pattern, part->as_format.span))
					continue;
				piece->format = part->as_format.text;
			}
			piece->value = node;
		}
		*end = piece;
		end = &piece->next;
	}
	return first;
}

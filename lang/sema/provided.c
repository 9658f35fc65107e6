// `provided(condition, x, "why not")`: x where the condition holds; elsewhere there is no value, and the run counts such rows under the reason that the
// text gives. So a module can say "the sum has no end" where it would divide by zero. x is computed only in rows where the condition holds. Inside a standard
// module, the place that is shown is the call in the model.

#include "lang/sema/sema.h"

#include "stdlib/builtins.h"

#include <string.h>

// One builtin for each reason, so that equal calls stay one node of the plan.
static const struct ppm_builtin *builtin_for(struct ppm_sema *sema, struct ppm_slice why)
{
	const struct ppm_plan *plan = sema->plan;
	for (size_t i = 0; i < plan->call_count; i++)
		if (plan->calls[i].builtin->kernel == ppm_kernel_provided && ppm_slice_is(why, plan->calls[i].builtin->why_missing))
			return plan->calls[i].builtin;
	struct ppm_builtin *made = PPM_ARENA_NEW(sema->arena, struct ppm_builtin);
	char *text = ppm_arena_allocate(sema->arena, why.size + 1, 1);
	if (!made || !text) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	memcpy(text, why.data, why.size);
	text[why.size] = 0;
	*made = (struct ppm_builtin){ .name = "provided", .signature = "f(f)", .kernel = ppm_kernel_provided, .why_missing = text, .doc = "" };
	return made;
}

ppm_node_id ppm_sema_provided(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call)
{
	const struct ppm_argument *condition = call->arguments, *value = condition ? condition->next : NULL, *why = value ? value->next : NULL;
	if (!why || why->next) {
		size_t given = 0;
		for (const struct ppm_argument *a = call->arguments; a; a = a->next)
			given++;
		ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`provided` takes 3 arguments, and this call gives %zu", given);
		return PPM_NODE_POISON;
	}
	if (why->expression->kind != PPM_EXPRESSION_TEXT || !why->expression->text.size) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_TYPE, why->expression->span, "`provided` takes a reason in quotation marks here");
		ppm_diag_help(sema->diagnostics, d, "say why there is no value where the condition does not hold: `provided(seats > 0, cost / seats, \"no seats\")`");
		return PPM_NODE_POISON;
	}
	ppm_node_id holds = ppm_sema_flag(sema, scope, condition->expression, "the condition of `provided`");
	const struct ppm_builtin *builtin = builtin_for(sema, why->expression->text);
	if (holds == PPM_NODE_POISON || !builtin)
		return PPM_NODE_POISON;
	struct ppm_span place = scope->module->standard && scope->call.end ? scope->call : call->span;
	holds = ppm_plan_call_node(sema->plan, builtin, &holds, 1, ppm_type_of(PPM_BASE_FLAG), place);
	if (holds == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	// where the condition never holds, x would only be warned about a second time
	bool muted = sema->diagnostics->muted, never = sema->plan->nodes[holds].op == PPM_NODE_MISSING;
	sema->diagnostics->muted = muted || never;
	ppm_node_id result = ppm_sema_expression(sema, scope, value->expression);
	sema->diagnostics->muted = muted;
	if (result == PPM_NODE_POISON)
		return never ? ppm_sema_expression(sema, scope, value->expression) : result;
	struct ppm_type type;
	if (!ppm_sema_unify(sema, &result, &value->expression->span, 1, "the value", &type))
		return PPM_NODE_POISON;
	return ppm_plan_select(sema->plan, holds, result, ppm_plan_missing(sema->plan, type, call->span), PPM_NODE_NONE, type, call->span);
}

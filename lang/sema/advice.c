// What a help says where the mistake has to be understood first: what was meant decides what is offered. Invariant: what a help offers compiles when it is typed
// as it stands there, and means what the user meant; where that cannot be known the help says how to choose, or there is none.

#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

#define SHOW(slice) (int)(slice).size, (slice).data

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static bool is_plain_number(struct ppm_type type)
{
	return type.base == PPM_BASE_NUMBER && !type.period;
}

// ---- names ------------------------------------------------------------------------------------------------------

struct ppm_slice ppm_sema_written_name(struct ppm_sema *sema, struct ppm_slice name)
{
	return ppm_word_is_plain_name(name) ? name : ppm_arena_format(sema->arena, "`%.*s`", SHOW(name));
}

void ppm_sema_did_you_mean(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_slice name)
{
	ppm_diag_help(sema->diagnostics, d, ppm_word_is_plain_name(name) ? "did you mean `%.*s`?" : "did you mean `` `%.*s` ``?", SHOW(name));
}

// Never NULL: what memory did not suffice for is not said.
static const char *said(struct ppm_slice text)
{
	return text.data ? text.data : "";
}

// ---- periods ----------------------------------------------------------------------------------------------------

const char *ppm_sema_period_advice(struct ppm_type x, struct ppm_type y)
{
	if (x.base != PPM_BASE_PERCENT && y.base != PPM_BASE_PERCENT)
		return "bring both to one period first, with `per_month(…)` or `per_year(…)`";
	if (!ppm_period_in_months((enum ppm_period)x.period) || !ppm_period_in_months((enum ppm_period)y.period))
		return "percents compound, and are brought from months to years and back only: give both one period where they are declared";
	if (x.base != y.base)
		return "bring the other one to the period of the percent, with `per_month(…)` or `per_year(…)`";
	return "bring the one per year to months with `compound_per_month(…)`, or with `retention_per_month(…)` where it is a share that is kept";
}

// ---- durations --------------------------------------------------------------------------------------------------

// What is between parentheses that enclose all of it.
static struct ppm_slice without_parentheses(struct ppm_slice text)
{
	while (text.size > 2 && text.data[0] == '(' && text.data[text.size - 1] == ')') {
		size_t depth = 0, at = 0;
		bool quoted = false;
		for (; at < text.size; at++) {
			quoted = quoted != (text.data[at] == '"');
			depth += !quoted && text.data[at] == '(';
			depth -= !quoted && text.data[at] == ')';
			if (!depth)
				break;
		}
		if (at + 1 != text.size)
			break;
		text = (struct ppm_slice){ text.data + 1, text.size - 2 };
	}
	return text;
}

static const char *unit_name(bool months, double figure)
{
	if (months)
		return fabs(figure) == 1 ? "month" : "months";
	return fabs(figure) == 1 ? "day" : "days";
}

// What a number is known to count: the unit that the function which gives it has in its name, or that of a duration whose figure it is.
static enum ppm_period counted_in(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	if (node->op == PPM_NODE_FIGURE && node_of(sema, node->a)->type.base == PPM_BASE_DURATION)
		return node_of(sema, node->a)->type.months ? PPM_PERIOD_MONTH : PPM_PERIOD_DAY;
	if (node->op != PPM_NODE_CALL)
		return PPM_PERIOD_NONE;
	const char *name = sema->plan->calls[node->index].builtin->name;
	return strcmp(name, "days_between") == 0      ? PPM_PERIOD_DAY
		: strcmp(name, "months_between") == 0 ? PPM_PERIOD_MONTH
		: strcmp(name, "years_between") == 0  ? PPM_PERIOD_YEAR
						      : PPM_PERIOD_NONE;
}

// A number that meets a duration with its unit written out: `days_late > 30 days`.
static const char *number_beside_literal(struct ppm_sema *sema, const struct ppm_expression *number, ppm_node_id number_node, const struct ppm_expression *literal, double length)
{
	enum ppm_period unit = counted_in(sema, number_node), written = literal->period;
	struct ppm_slice text = ppm_sema_text_of(sema, number->span);
	double figure = length / ppm_period_length(unit == PPM_PERIOD_NONE ? written : unit);
	if (unit == PPM_PERIOD_NONE)
		return said(ppm_arena_format(sema->arena, "`%.*s` is a number without a unit: if it counts %ss, write `%.15g`", SHOW(text), ppm_period_name(written), figure));
	if (ppm_period_in_months(unit) != ppm_period_in_months(written))
		return said(ppm_arena_format(sema->arena, "`%.*s` is a number of %ss, and months have no fixed number of days: write a number of %ss", SHOW(text),
			ppm_period_name(unit), ppm_period_name(unit)));
	if (figure != rint(figure))
		return said(ppm_arena_format(sema->arena, "`%.*s` is a number of whole years: take that of months, `months_between(…)`, and write `%.15g`", SHOW(text), length));
	return said(ppm_arena_format(sema->arena, "`%.*s` is a number of %ss: write `%.15g`", SHOW(text), ppm_period_name(unit), figure));
}

const char *ppm_sema_duration_advice(struct ppm_sema *sema, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b)
{
	bool first = node_of(sema, a)->type.base == PPM_BASE_DURATION;
	const struct ppm_expression *duration = first ? left : right, *other = first ? right : left;
	ppm_node_id duration_id = first ? a : b, other_id = first ? b : a;
	const struct ppm_node *span_of_time = node_of(sema, duration_id), *met = node_of(sema, other_id);
	bool months = span_of_time->type.months;
	struct ppm_slice text = without_parentheses(ppm_sema_text_of(sema, duration->span));
	double figure;
	if (met->type.base == PPM_BASE_DATE)
		return said(ppm_arena_format(sema->arena, "a date is a day, not a span of time: the days that have passed since then are `as_of - %.*s`",
			SHOW(without_parentheses(ppm_sema_text_of(sema, other->span)))));
	if (!is_plain_number(met->type))
		return "only a duration goes with a duration";
	if (span_of_time->op == PPM_NODE_DIVIDE && is_plain_number(node_of(sema, span_of_time->b)->type)) {
		struct ppm_slice divided = without_parentheses(ppm_sema_text_of(sema, node_of(sema, span_of_time->a)->span));
		bool constant = ppm_plan_constant_number(sema->plan, span_of_time->b, &figure);
		if (constant && figure == rint(figure) && fabs(figure) < 1e9)
			return ppm_arena_format(sema->arena, "a duration divided by a number is a duration; divided by a duration it is a number: write `/ %.15g %s`", figure,
				unit_name(months, figure))
				.data;
		return said(ppm_arena_format(sema->arena, "a duration divided by a number is a duration: divide its number of %s instead, `number(%.*s) / …`",
			months ? "months" : "days", SHOW(divided)));
	}
	if (met->bare && ppm_plan_constant_number(sema->plan, other_id, &figure)) {
		if (figure == rint(figure))
			return said(ppm_arena_format(sema->arena, "write the duration with its unit: `%.15g %s`", figure, unit_name(months, figure)));
		return said(ppm_arena_format(sema->arena, "a duration is of whole %s: take their number, `number(%.*s)`", months ? "months" : "days", SHOW(text)));
	}
	if (duration->kind == PPM_EXPRESSION_DURATION)
		return number_beside_literal(sema, other, other_id, duration, span_of_time->value.whole);
	return said(ppm_arena_format(sema->arena, "the number of its %s is `number(%.*s)`", months ? "months" : "days", SHOW(text)));
}

const char *ppm_sema_move_advice(struct ppm_sema *sema, const struct ppm_expression *by, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	struct ppm_slice text = ppm_sema_text_of(sema, by->span);
	double figure;
	bool constant = ppm_plan_constant_number(sema->plan, id, &figure);
	if (!is_plain_number(node->type) || (constant && figure != rint(figure)))
		return "move a date by a duration, such as `30 days` or `3 months`";
	if (node->bare && constant)
		return said(ppm_arena_format(sema->arena, "move a date by a duration: write `%.15g %s`, or so many months or years", figure, unit_name(false, figure)));
	return said(ppm_arena_format(sema->arena, "move a date by a duration: if `%.*s` counts days, write `%.*s * 1 day`", SHOW(text), SHOW(text)));
}

// Operators: what may meet what, what comes of it, and the words for what may not.

#include "lang/sema/sema.h"

#include "runtime/base/number.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static bool plain(struct ppm_type type)
{
	return (type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT) && !type.period;
}
static bool is(struct ppm_type type, enum ppm_base base)
{
	return type.base == base;
}
static bool bare(const struct ppm_sema *sema, ppm_node_id id)
{
	return node_of(sema, id)->bare;
}

// Whether a figure without a unit takes that of what it meets. Not where it is a percent: 5 beside it may mean 5%, and only 0 is 0 in any unit.
static bool adapts(const struct ppm_sema *sema, ppm_node_id figure, struct ppm_type to)
{
	double value;
	if (!bare(sema, figure) || !(is(to, PPM_BASE_MONEY) || is(to, PPM_BASE_PERCENT) || to.period))
		return false;
	return !is(to, PPM_BASE_PERCENT) || (ppm_plan_constant_number(sema->plan, figure, &value) && value == 0);
}

// "this is `money` (declared at line 3)" beside an operand.
static void label_operand(struct ppm_sema *sema, struct ppm_diagnostic *d, const struct ppm_expression *operand, ppm_node_id id)
{
	char name[48];
	const struct ppm_node *node = node_of(sema, id);
	ppm_type_name(node->type, name);
	if (operand->kind == PPM_EXPRESSION_PATH && !operand->path->next) {
		struct ppm_symbol *symbol = ppm_sema_find(sema->main, operand->path->name.text);
		uint32_t line, column;
		if (symbol && symbol->span.end && ppm_source_map_place(sema->map, symbol->span.begin, &line, &column) &&
			(symbol->kind != PPM_SYMBOL_COLUMN || sema->plan->columns[symbol->index].declared)) {
			ppm_diag_label(sema->diagnostics, d, operand->span, "this is `%s` (declared at line %u)", name, line);
			return;
		}
	}
	ppm_diag_label(sema->diagnostics, d, operand->span, "this is `%s`", name);
}

static ppm_node_id mismatch(struct ppm_sema *sema, const struct ppm_expression *e, const char *doing, const char *with, ppm_node_id a, ppm_node_id b, const char *help)
{
	char x[48], y[48];
	bool from = with[0] == 'f'; // subtract the second from the first
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_OPERANDS, e->operator_span.end ? e->operator_span : e->span, "cannot %s `%s` %s `%s`", doing,
		ppm_type_name(node_of(sema, from ? b : a)->type, x), with, ppm_type_name(node_of(sema, from ? a : b)->type, y));
	label_operand(sema, d, e->left, a);
	label_operand(sema, d, e->right, b);
	if (help && help[0])
		ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

static struct ppm_type merge_currency(struct ppm_type a, struct ppm_type b)
{
	if (!a.currency[0])
		memcpy(a.currency, b.currency, 4);
	return a;
}

static ppm_node_id add_or_subtract(struct ppm_sema *sema, const struct ppm_expression *e, enum ppm_node_op op, ppm_node_id a, ppm_node_id b)
{
	struct ppm_type x = node_of(sema, a)->type, y = node_of(sema, b)->type;
	const char *doing = op == PPM_NODE_ADD ? "add" : "subtract", *with = op == PPM_NODE_ADD ? "and" : "from";
	if (is(x, PPM_BASE_TEXT) || is(y, PPM_BASE_TEXT))
		return mismatch(sema, e, doing, with, a, b, "texts are put together in a `because` or `action`: \"… {value} …\"");
	if (is(x, PPM_BASE_FLAG) || is(y, PPM_BASE_FLAG))
		return mismatch(sema, e, doing, with, a, b, "turn a flag into a figure with `if … then 1 else 0`");
	if (is(x, PPM_BASE_DATE) || is(y, PPM_BASE_DATE)) {
		if (op == PPM_NODE_SUBTRACT && is(x, PPM_BASE_DATE) && is(y, PPM_BASE_DATE))
			return ppm_plan_binary(sema->plan, op, a, b, ppm_type_of(PPM_BASE_DURATION), e->span);
		if (is(x, PPM_BASE_DATE) && is(y, PPM_BASE_DURATION))
			return ppm_plan_binary(sema->plan, op, a, b, x, e->span);
		if (op == PPM_NODE_ADD && is(x, PPM_BASE_DURATION) && is(y, PPM_BASE_DATE))
			return ppm_plan_binary(sema->plan, op, b, a, y, e->span);
		return mismatch(sema, e, doing, with, a, b,
			is(x, PPM_BASE_DATE) && is(y, PPM_BASE_DATE) ? "the days between two dates are the later `-` the earlier"
								     : ppm_sema_move_advice(sema, is(x, PPM_BASE_DATE) ? e->right : e->left, is(x, PPM_BASE_DATE) ? b : a));
	}
	if (is(x, PPM_BASE_DURATION) || is(y, PPM_BASE_DURATION)) {
		if (ppm_type_same(x, y))
			return ppm_plan_binary(sema->plan, op, a, b, x, e->span);
		return mismatch(sema, e, doing, with, a, b,
			is(x, PPM_BASE_DURATION) && is(y, PPM_BASE_DURATION) ? "months have no fixed number of days: keep to days and weeks, or to months and years"
				: x.period || y.period                       ? "a rate is multiplied by a duration: `… * 30 days`"
									     : ppm_sema_duration_advice(sema, e->left, e->right, a, b));
	}
	if (x.period != y.period) {
		if (bare(sema, a) && y.period) // 1 - churn
			return ppm_plan_binary(sema->plan, op, ppm_plan_retype(sema->plan, a, y, e->left->span), b, y, e->span);
		if (bare(sema, b) && x.period)
			return ppm_plan_binary(sema->plan, op, a, ppm_plan_retype(sema->plan, b, x, e->right->span), x, e->span);
		return mismatch(
			sema, e, doing, with, a, b, x.period && y.period ? ppm_sema_period_advice(x, y) : "multiply the rate by a duration to get an amount, such as `… * 1 year`");
	}
	if (is(x, PPM_BASE_MONEY) || is(y, PPM_BASE_MONEY)) {
		if (is(x, PPM_BASE_MONEY) && is(y, PPM_BASE_MONEY)) {
			if (!ppm_type_same(x, y))
				return mismatch(sema, e, doing, with, a, b, "two currencies never mix: convert one by its exchange rate, such as `number(x) * 1.08 EUR`");
			return ppm_plan_binary(sema->plan, op, a, b, merge_currency(x, y), e->span);
		}
		if (bare(sema, a))
			return ppm_plan_binary(sema->plan, op, ppm_plan_retype(sema->plan, a, y, e->left->span), b, y, e->span);
		if (bare(sema, b))
			return ppm_plan_binary(sema->plan, op, a, ppm_plan_retype(sema->plan, b, x, e->right->span), x, e->span);
		return mismatch(sema, e, doing, with, a, b, "give both a unit: declare the other as `money` too, or multiply it by an amount");
	}
	struct ppm_type type = is(x, PPM_BASE_PERCENT) && is(y, PPM_BASE_PERCENT) ? x : ppm_type_of(PPM_BASE_NUMBER);
	type.period = x.period;
	type.ratio = x.ratio || y.ratio || is(x, PPM_BASE_PERCENT) || is(y, PPM_BASE_PERCENT);
	return ppm_plan_binary(sema->plan, op, a, b, type, e->span);
}

// A rate of money that was divided by constants, as `per_month` does: the rate before that, and what it was divided by. So nothing is rounded before it is multiplied.
static ppm_node_id undivided(const struct ppm_sema *sema, ppm_node_id rate, double *divisor)
{
	for (;;) {
		const struct ppm_node *node = node_of(sema, rate);
		double k;
		if (node->op == PPM_NODE_DIVIDE && is(node->type, PPM_BASE_MONEY) && is(node_of(sema, node->a)->type, PPM_BASE_MONEY) &&
			ppm_plan_constant_number(sema->plan, node->b, &k) && k == rint(k) && fabs(k * *divisor) <= 1e6)
			*divisor *= k;
		else if (node->op != PPM_NODE_RETYPE || !is(node->type, PPM_BASE_MONEY))
			return rate;
		rate = node->a;
	}
}

static ppm_node_id multiply(struct ppm_sema *sema, const struct ppm_expression *e, ppm_node_id a, ppm_node_id b)
{
	struct ppm_type x = node_of(sema, a)->type, y = node_of(sema, b)->type;
	if (is(x, PPM_BASE_MONEY) && is(y, PPM_BASE_MONEY))
		return mismatch(sema, e, "multiply", "by", a, b, "multiply an amount by a number or a percent");
	if (x.period && y.period)
		return mismatch(sema, e, "multiply", "by", a, b, "one of them must be a plain figure: `amount(…)` gives the amount of one period");
	for (int i = 0; i < 2; i++) {
		ppm_node_id rate = i ? b : a, other = i ? a : b;
		struct ppm_type r = i ? y : x, o = i ? x : y;
		if (r.period && is(o, PPM_BASE_DURATION)) {
			if (ppm_period_in_months((enum ppm_period)r.period) != o.months)
				return mismatch(
					sema, e, "multiply", "by", a, b, "months have no fixed number of days: use a rate and a duration that are both in days, or both in months");
			// times the days or months, then by the length of the period: exact to the last place for money
			struct ppm_type number = ppm_type_of(PPM_BASE_NUMBER);
			double divisor = ppm_period_length((enum ppm_period)r.period);
			rate = undivided(sema, rate, &divisor);
			r.period = PPM_PERIOD_NONE;
			ppm_node_id figure = ppm_plan_unary(sema->plan, PPM_NODE_FIGURE, other, number, 0, e->span);
			ppm_node_id product = ppm_plan_binary(sema->plan, PPM_NODE_MULTIPLY, ppm_plan_retype(sema->plan, rate, r, e->span), figure, r, e->span);
			return divisor == 1 ? product
					    : ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, product, ppm_plan_number(sema->plan, divisor, number, false, e->span), r, e->span);
		}
	}
	for (int i = 0; i < 2; i++) { // an amount, a rate or a duration times a plain figure
		struct ppm_type r = i ? y : x, o = i ? x : y;
		if ((is(r, PPM_BASE_MONEY) || is(r, PPM_BASE_DURATION)) && plain(o))
			return ppm_plan_binary(sema->plan, PPM_NODE_MULTIPLY, i ? b : a, i ? a : b, r, e->span);
		if (r.period && plain(r.base == PPM_BASE_MONEY ? o : (struct ppm_type){ .base = r.base }) && plain(o))
			return ppm_plan_binary(sema->plan, PPM_NODE_MULTIPLY, i ? b : a, i ? a : b, r, e->span);
		if (is(r, PPM_BASE_MONEY) && o.period && plain((struct ppm_type){ .base = o.base })) { // 40 EUR * 3 per month
			r.period = o.period;
			o.period = PPM_PERIOD_NONE;
			return ppm_plan_binary(
				sema->plan, PPM_NODE_MULTIPLY, ppm_plan_retype(sema->plan, i ? b : a, r, e->span), ppm_plan_retype(sema->plan, i ? a : b, o, e->span), r, e->span);
		}
	}
	if (!plain(x) || !plain(y))
		return mismatch(sema, e, "multiply", "by", a, b, "");
	bool percent = (is(x, PPM_BASE_PERCENT) && (is(y, PPM_BASE_PERCENT) || bare(sema, b))) || (is(y, PPM_BASE_PERCENT) && bare(sema, a));
	return ppm_plan_binary(sema->plan, PPM_NODE_MULTIPLY, a, b, ppm_type_of(percent ? PPM_BASE_PERCENT : PPM_BASE_NUMBER), e->span);
}

static ppm_node_id divide(struct ppm_sema *sema, const struct ppm_expression *e, ppm_node_id a, ppm_node_id b)
{
	struct ppm_type x = node_of(sema, a)->type, y = node_of(sema, b)->type, number = ppm_type_of(PPM_BASE_NUMBER);
	if (is(x, PPM_BASE_MONEY) && is(y, PPM_BASE_MONEY)) {
		if (!ppm_type_same(x, y))
			return mismatch(sema, e, "divide", "by", a, b,
				x.period == y.period           ? "two currencies never mix"
					: x.period && y.period ? ppm_sema_period_advice(x, y)
							       : "take the amount of one period of the rate, `amount(…)`");
		number.ratio = true;
		return ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, a, b, number, e->span);
	}
	if (is(x, PPM_BASE_DURATION) && is(y, PPM_BASE_DURATION)) {
		if (!ppm_type_same(x, y))
			return mismatch(sema, e, "divide", "by", a, b, "months have no fixed number of days");
		return ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, a, b, number, e->span);
	}
	if (x.period && x.period == y.period && plain((struct ppm_type){ .base = x.base }) && plain((struct ppm_type){ .base = y.base })) {
		struct ppm_type from = x, to = y;
		from.period = to.period = PPM_PERIOD_NONE;
		return ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, ppm_plan_retype(sema->plan, a, from, e->span), ppm_plan_retype(sema->plan, b, to, e->span), number, e->span);
	}
	if ((is(x, PPM_BASE_MONEY) || is(x, PPM_BASE_DURATION) || (x.period && x.base != PPM_BASE_MONEY)) && plain(y))
		return ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, a, b, x, e->span);
	if (plain(x) && plain(y)) {
		bool percent = is(x, PPM_BASE_PERCENT) && is(y, PPM_BASE_NUMBER);
		return ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, a, b, ppm_type_of(percent ? PPM_BASE_PERCENT : PPM_BASE_NUMBER), e->span);
	}
	return mismatch(sema, e, "divide", "by", a, b,
		is(y, PPM_BASE_DURATION)       ? "for a rate write `… per month` or `… per year`"
			: x.period && y.period ? ppm_sema_period_advice(x, y)
					       : "");
}

ppm_node_id ppm_sema_arithmetic(struct ppm_sema *sema, const struct ppm_expression *e, enum ppm_node_op op, ppm_node_id a, ppm_node_id b)
{
	if (a == PPM_NODE_POISON || b == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	for (int i = 0; i < 2 && sema->trial; i++) { // a column of a model without a dataset learns from what it meets
		struct ppm_type to = node_of(sema, i ? a : b)->type, type = ppm_type_of(PPM_BASE_NUMBER);
		bool sums = op == PPM_NODE_ADD || op == PPM_NODE_SUBTRACT, likely = false;
		if (op == PPM_NODE_SUBTRACT && is(to, PPM_BASE_DATE)) {
			type = to;
			likely = i == 1; // or a duration
		} else if (sums && (is(to, PPM_BASE_MONEY) || to.period))
			type = to;
		else if (sums && is(to, PPM_BASE_DURATION) && (op == PPM_NODE_ADD || i == 0)) {
			type = ppm_type_of(PPM_BASE_DATE);
			likely = true;
		} else if (op == PPM_NODE_DIVIDE && is(to, PPM_BASE_MONEY) && i == 0)
			type = to;
		if (likely)
			ppm_sema_settle_as(sema, i ? b : a, type, PPM_SURE_LIKELY);
		else
			ppm_sema_settle(sema, i ? b : a, type);
	}
	if (ppm_sema_is_open(sema, a) || ppm_sema_is_open(sema, b))
		return PPM_NODE_POISON;
	switch (op) {
	case PPM_NODE_ADD:
	case PPM_NODE_SUBTRACT: return add_or_subtract(sema, e, op, a, b);
	case PPM_NODE_MULTIPLY: return multiply(sema, e, a, b);
	case PPM_NODE_DIVIDE: return divide(sema, e, a, b);
	default: break;
	}
	if (!plain(node_of(sema, a)->type) || !plain(node_of(sema, b)->type))
		return mismatch(sema, e, op == PPM_NODE_MODULO ? "divide" : "raise", op == PPM_NODE_MODULO ? "with remainder by" : "to the power of", a, b,
			op == PPM_NODE_MODULO ? "`mod` is for numbers" : "`^` is for numbers and percents");
	return ppm_plan_binary(sema->plan, op, a, b, ppm_type_of(PPM_BASE_NUMBER), e->span);
}

// ---- percents and figures --------------------------------------------------------------------------------------------

// "30" for 30 or 0.3 · 100, as it is written in a model.
static struct ppm_slice figure_text(struct ppm_sema *sema, double value)
{
	char text[400];
	return ppm_arena_copy(sema->arena, (struct ppm_slice){ text, ppm_number_write(value, text) });
}

#define SHOW(text) (int)(text).size, (text).data

// Whether a percent was multiplied by 100, to be compared with figures from 0 to 100.
static bool is_hundredfold(const struct ppm_sema *sema, ppm_node_id id)
{
	double value;
	const struct ppm_node *node = node_of(sema, id);
	if (node->op != PPM_NODE_MULTIPLY)
		return false;
	return (ppm_plan_constant_number(sema->plan, node->a, &value) && value == 100) || (ppm_plan_constant_number(sema->plan, node->b, &value) && value == 100);
}

void ppm_sema_help_percent(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_type type, double value)
{
	const char *per = type.period ? " per " : "", *period = ppm_period_name((enum ppm_period)type.period);
	struct ppm_slice figure = figure_text(sema, value), hundredfold = figure_text(sema, value * 100);
	if (fabs(value) <= 1)
		ppm_diag_help(sema->diagnostics, d, "write `%.*s%%%s%s` or `%.*s%%%s%s`, as it is meant", SHOW(figure), per, period, SHOW(hundredfold), per, period);
	else
		ppm_diag_help(sema->diagnostics, d, "write `%.*s%%%s%s`", SHOW(figure), per, period);
}

static void help_percent(struct ppm_sema *sema, struct ppm_diagnostic *d, ppm_node_id percent, double value)
{
	const struct ppm_type type = node_of(sema, percent)->type;
	if (!is_hundredfold(sema, percent)) {
		ppm_sema_help_percent(sema, d, type, value);
		return;
	}
	struct ppm_slice figure = figure_text(sema, value);
	ppm_diag_help(sema->diagnostics, d, "a percent times 100 is still a percent: leave out `* 100` and write `%.*s%%%s%s`", SHOW(figure), type.period ? " per " : "",
		ppm_period_name((enum ppm_period)type.period));
}

// How a value is counted that is points, or from 0 to 100; NULL: it is neither. A percent beside it would be its hundredth.
static const char *counted_how(const struct ppm_sema *sema, ppm_node_id id, struct ppm_slice name)
{
	const struct ppm_symbol *symbol = ppm_sema_find(sema->main, name);
	switch (node_of(sema, id)->op) {
	case PPM_NODE_SCORE:
	case PPM_NODE_DIMENSION: return "goes from 0 to 100";
	case PPM_NODE_POINTS: return "is counted in points";
	default: return symbol && symbol->kind == PPM_SYMBOL_RULE && symbol->node == id ? "is counted in points" : NULL;
	}
}

// Two values that meet, one of them points, the other a percent: reported, and true.
static bool are_points_and_percent(struct ppm_sema *sema, ppm_node_id points, ppm_node_id percent, struct ppm_span points_span, struct ppm_span percent_span)
{
	if (!is(node_of(sema, points)->type, PPM_BASE_NUMBER) || !is(node_of(sema, percent)->type, PPM_BASE_PERCENT))
		return false;
	struct ppm_slice name = ppm_sema_text_of(sema, points_span);
	const char *how = counted_how(sema, points, name);
	double value = 0;
	bool constant = ppm_plan_constant_number(sema->plan, percent, &value);
	if (!how || (constant && value == 0))
		return false;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PERCENT_BARE, percent_span, "a percent stands beside a figure that %s", how);
	ppm_diag_label(sema->diagnostics, d, points_span, "this %s", how);
	struct ppm_slice figure = constant ? figure_text(sema, value * 100) : ppm_sema_text_of(sema, percent_span);
	ppm_diag_help(sema->diagnostics, d, constant ? "write `%.*s`" : "write `100 * number(%.*s)`", SHOW(figure));
	return true;
}

// The first of the percents, count where there is none.
static size_t first_percent(const struct ppm_sema *sema, const ppm_node_id *nodes, size_t count)
{
	size_t i = 0;
	while (i < count && !is(node_of(sema, nodes[i])->type, PPM_BASE_PERCENT))
		i++;
	return i;
}

// Among values that are to be of one type, what cannot stand beside a percent: a bare figure other than 0, points. Reported, and true.
static bool beside_percent(struct ppm_sema *sema, const ppm_node_id *nodes, const struct ppm_span *spans, size_t count)
{
	size_t percent = first_percent(sema, nodes, count);
	char name[48];
	double value;
	for (size_t i = 0; percent < count && i < count; i++) {
		if (are_points_and_percent(sema, nodes[i], nodes[percent], spans[i], spans[percent]))
			return true;
		if (!bare(sema, nodes[i]) || !ppm_plan_constant_number(sema->plan, nodes[i], &value) || value == 0)
			continue;
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_PERCENT_BARE, spans[i], "a bare figure stands beside `%s`", ppm_type_name(node_of(sema, nodes[percent])->type, name));
		ppm_diag_label(sema->diagnostics, d, spans[percent], "this is `%s`", name);
		help_percent(sema, d, nodes[percent], value);
		return true;
	}
	return false;
}

// Whether a percent was added to the value or subtracted, so that it stands there as its ratio, and the bare figure beside it (0 where there is none).
static bool holds_percent(const struct ppm_sema *sema, ppm_node_id id, double *beside)
{
	const struct ppm_node *node = node_of(sema, id);
	*beside = 0;
	if (node->op != PPM_NODE_ADD && node->op != PPM_NODE_SUBTRACT)
		return false;
	const ppm_node_id sides[] = { node->a, node->b };
	bool percent = false;
	for (int i = 0; i < 2; i++) {
		double figure;
		percent = percent || is(node_of(sema, sides[i])->type, PPM_BASE_PERCENT);
		if (bare(sema, sides[i]) && ppm_plan_constant_number(sema->plan, sides[i], &figure))
			*beside = figure;
	}
	return percent;
}

// A ratio is compared with a figure above 1.
static void warn_ratio(struct ppm_sema *sema, const struct ppm_expression *written, const struct ppm_expression *other, ppm_node_id ratio, double value)
{
	struct ppm_slice figure = figure_text(sema, value), hundredfold = figure_text(sema, value * 100);
	double beside;
	if (!holds_percent(sema, ratio, &beside)) {
		struct ppm_diagnostic *d = ppm_diag(
			sema->diagnostics, PPM_DIAG_RATIO_BARE, written->span, "a ratio of two amounts is compared with %.*s, that is %.*s%%", SHOW(figure), SHOW(hundredfold));
		ppm_diag_help(sema->diagnostics, d, "if %.*s%% is meant, write `%.*s%%`", SHOW(figure), SHOW(figure));
		return;
	}
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_RATIO_BARE, written->span, "a sum with a percent is compared with %.*s, that is %.*s%%", SHOW(figure), SHOW(hundredfold));
	ppm_diag_label(sema->diagnostics, d, other->span, "in here 5%% counts as 0.05");
	struct ppm_slice there = figure_text(sema, fabs(beside));
	if (fabs(beside) > 1)
		ppm_diag_help(sema->diagnostics, d, "if percents are meant, write all of them with their sign: `%.*s%%` there, and `%.*s%%` here", SHOW(there), SHOW(figure));
	else
		ppm_diag_help(sema->diagnostics, d, "if %.*s%% is meant, write `%.*s%%`", SHOW(figure), SHOW(figure));
}

// ---- comparisons ---------------------------------------------------------------------------------------------------

static ppm_node_id cannot_compare(
	struct ppm_sema *sema, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b, struct ppm_span operator_span, const char *help)
{
	char x[48], y[48];
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_COMPARE, operator_span, "cannot compare `%s` with `%s`", ppm_type_name(node_of(sema, a)->type, x),
		ppm_type_name(node_of(sema, b)->type, y));
	label_operand(sema, d, left, a);
	label_operand(sema, d, right, b);
	if (help[0])
		ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

// Why two types do not compare, as advice.
static const char *compare_help(struct ppm_type x, struct ppm_type y)
{
	if (is(x, PPM_BASE_DURATION) && is(y, PPM_BASE_DURATION))
		return "months have no fixed number of days: compare days with days, months with months";
	if (is(x, PPM_BASE_DATE) || is(y, PPM_BASE_DATE))
		return "a date is written 2026-06-30, without quotation marks";
	if (ppm_type_is_numeric(x) && ppm_type_is_numeric(y) && x.period != y.period)
		return x.period && y.period ? ppm_sema_period_advice(x, y) : "give both a period, such as `… per year`, or take the bare figure of the rate: `amount(…)`";
	if (is(x, PPM_BASE_MONEY) && is(y, PPM_BASE_MONEY))
		return "two currencies never mix: convert one by its exchange rate, such as `number(x) * 1.08 EUR`";
	if ((is(x, PPM_BASE_MONEY) && is(y, PPM_BASE_TEXT)) || (is(x, PPM_BASE_TEXT) && is(y, PPM_BASE_MONEY)))
		return "compare with an amount, such as `50000`";
	if (is(x, PPM_BASE_TEXT) || is(y, PPM_BASE_TEXT))
		return "a text is compared with a text in quotation marks, a figure with a figure without";
	return "give both the same unit";
}

void ppm_sema_check_allowed(struct ppm_sema *sema, const struct ppm_expression *written, ppm_node_id column, ppm_node_id text)
{
	const struct ppm_node *node = node_of(sema, column);
	if (node->op != PPM_NODE_COLUMN || !ppm_plan_is_constant(sema->plan, text))
		return;
	const struct ppm_column_declaration *declaration = sema->plan->columns[node->index].declaration;
	if (!declaration || !declaration->in_list)
		return;
	struct ppm_slice value = sema->plan->texts[node_of(sema, text)->value.text];
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, value);
	for (const struct ppm_expression *item = declaration->in_list->items; item; item = item->next) {
		if (ppm_slice_equal(item->text, value))
			return;
		ppm_suggestion_offer(&suggestion, item->text);
	}
	if (declaration->default_value) { // one value more
		if (ppm_slice_equal(declaration->default_value->text, value))
			return;
		ppm_suggestion_offer(&suggestion, declaration->default_value->text);
	}
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_VALUE_NEVER, written->span, "`%.*s` never has this value", (int)declaration->name.text.size, declaration->name.text.data);
	ppm_diag_label(sema->diagnostics, d, declaration->in_list->span, "its values are declared here");
	if (near.size)
		ppm_diag_help(sema->diagnostics, d, "did you mean \"%.*s\"?", (int)near.size, near.data);
	else
		ppm_diag_help(sema->diagnostics, d, "add the value to the column's list, or correct it here");
}

ppm_node_id ppm_sema_compare(struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b,
	struct ppm_span operator_span)
{
	if (a == PPM_NODE_POISON || b == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	ppm_sema_settle(sema, a, node_of(sema, b)->type);
	ppm_sema_settle(sema, b, node_of(sema, a)->type);
	if (ppm_sema_is_open(sema, a) || ppm_sema_is_open(sema, b))
		return PPM_NODE_POISON;
	struct ppm_type x = node_of(sema, a)->type, y = node_of(sema, b)->type;
	struct ppm_span whole = { left->span.begin, right->span.end };
	if (whole.begin > whole.end)
		whole = (struct ppm_span){ right->span.begin, left->span.end };
	if (are_points_and_percent(sema, a, b, left->span, right->span) || are_points_and_percent(sema, b, a, right->span, left->span))
		return PPM_NODE_POISON;
	if (bare(sema, a) != bare(sema, b)) { // a bare figure takes the other's unit
		ppm_node_id *figure = bare(sema, a) ? &a : &b;
		ppm_node_id other = bare(sema, a) ? b : a;
		const struct ppm_expression *written = bare(sema, a) ? left : right;
		struct ppm_type to = node_of(sema, other)->type;
		double value = 0;
		bool constant = ppm_plan_constant_number(sema->plan, *figure, &value);
		if (is(to, PPM_BASE_PERCENT) && !(constant && value == 0)) {
			char name[48];
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_PERCENT_BARE, written->span, "a bare figure is compared with `%s`", ppm_type_name(to, name));
			label_operand(sema, d, written == left ? right : left, other);
			if (constant)
				help_percent(sema, d, other, value);
			return PPM_NODE_POISON;
		}
		if (to.ratio && constant && fabs(value) > 1)
			warn_ratio(sema, written, written == left ? right : left, other, value);
		if (is(to, PPM_BASE_MONEY) || is(to, PPM_BASE_PERCENT) || (is(to, PPM_BASE_NUMBER) && to.period)) {
			*figure = ppm_plan_retype(sema->plan, *figure, to, written->span);
			x = node_of(sema, a)->type;
			y = node_of(sema, b)->type;
		}
	}
	bool figures = (is(x, PPM_BASE_NUMBER) || is(x, PPM_BASE_PERCENT)) && (is(y, PPM_BASE_NUMBER) || is(y, PPM_BASE_PERCENT)) && x.period == y.period;
	if (a == PPM_NODE_POISON || b == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	if (!figures && !ppm_type_same(x, y))
		return cannot_compare(sema, left, right, a, b, operator_span,
			is(x, PPM_BASE_DURATION) != is(y, PPM_BASE_DURATION)   ? ppm_sema_duration_advice(sema, left, right, a, b)
				: is(x, PPM_BASE_FLAG) != is(y, PPM_BASE_FLAG) ? ppm_sema_flag_advice(sema, relation, left, right, a, b)
									       : compare_help(x, y));
	if (is(x, PPM_BASE_FLAG) && relation != PPM_RELATION_EQUAL && relation != PPM_RELATION_NOT_EQUAL)
		return cannot_compare(sema, left, right, a, b, operator_span, "flags have no order: write `paid`, `not paid` or `paid = sent`");
	if (is(x, PPM_BASE_TEXT)) {
		ppm_sema_check_allowed(sema, right, a, b);
		ppm_sema_check_allowed(sema, left, b, a);
	}
	return ppm_plan_compare(sema->plan, relation, a, b, whole);
}

// ---- one type for several ------------------------------------------------------------------------------------------

bool ppm_sema_unify(struct ppm_sema *sema, ppm_node_id *nodes, const struct ppm_span *spans, size_t count, const char *what, struct ppm_type *type)
{
	struct ppm_type common = ppm_type_of(PPM_BASE_ERROR);
	size_t from = 0;
	bool all_bare = true;
	for (size_t i = 0; i < count; i++)
		if (nodes[i] == PPM_NODE_POISON)
			return false;
	if (beside_percent(sema, nodes, spans, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct ppm_node *node = node_of(sema, nodes[i]);
		if (node->type.base == PPM_BASE_OPEN) // but what is known to be missing has its type all the same
			continue;
		if (common.base == PPM_BASE_ERROR || (all_bare && !node->bare)) {
			bool fits = common.base == PPM_BASE_ERROR || ppm_type_is_numeric(node->type);
			if (fits && !(common.base != PPM_BASE_ERROR && node->type.base == PPM_BASE_DURATION)) {
				common = node->type;
				from = i;
				all_bare = node->bare;
				continue;
			}
		}
		if (ppm_type_same(node->type, common)) {
			common = merge_currency(common, node->type);
			continue;
		}
		bool figures = (is(common, PPM_BASE_NUMBER) || is(common, PPM_BASE_PERCENT)) && (is(node->type, PPM_BASE_NUMBER) || is(node->type, PPM_BASE_PERCENT)) &&
			common.period == node->type.period;
		if (adapts(sema, nodes[i], common))
			continue;
		if (figures) {
			common.base = PPM_BASE_NUMBER;
			continue;
		}
		char x[48], y[48];
		struct ppm_diagnostic *d = ppm_diag(
			sema->diagnostics, PPM_DIAG_TYPES_DIFFER, spans[i], "%s have different types: `%s` and `%s`", what, ppm_type_name(common, x), ppm_type_name(node->type, y));
		ppm_diag_label(sema->diagnostics, d, spans[from], "this is `%s`", x);
		ppm_diag_help(sema->diagnostics, d, "give all of them the same type");
		return false;
	}
	if (common.base == PPM_BASE_ERROR)
		common = count ? node_of(sema, nodes[0])->type : common;
	if (common.base == PPM_BASE_NUMBER)
		common.ratio = false;
	for (size_t i = 0; i < count; i++) {
		nodes[i] = ppm_sema_settle(sema, nodes[i], common);
		if (nodes[i] == PPM_NODE_POISON)
			return false;
		const struct ppm_node *node = node_of(sema, nodes[i]);
		if (node->op == PPM_NODE_MISSING || adapts(sema, nodes[i], common))
			nodes[i] = ppm_plan_retype(sema->plan, nodes[i], common, spans[i]);
	}
	*type = common;
	return !sema->plan->out_of_memory;
}

ppm_node_id ppm_sema_rate(struct ppm_sema *sema, const struct ppm_expression *e, ppm_node_id amount)
{
	amount = ppm_sema_settle(sema, amount, ppm_type_of(PPM_BASE_NUMBER));
	if (amount == PPM_NODE_POISON)
		return amount;
	struct ppm_type type = node_of(sema, amount)->type;
	if (type.period || !(is(type, PPM_BASE_NUMBER) || is(type, PPM_BASE_PERCENT) || is(type, PPM_BASE_MONEY))) {
		char name[48];
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RATE_OF, e->span, "`%s` cannot be made a rate", ppm_type_name(type, name));
		ppm_diag_help(sema->diagnostics, d,
			type.period && is(type, PPM_BASE_PERCENT) ? "it has a period already"
				: type.period                     ? "it has a period already; `per_month(…)` and `per_year(…)` convert it"
								  : "a rate is a number, percent or amount `per day`, `week`, `month` or `year`");
		return PPM_NODE_POISON;
	}
	type.period = (uint8_t)e->period;
	type.ratio = false;
	return ppm_plan_retype(sema->plan, amount, type, e->span);
}

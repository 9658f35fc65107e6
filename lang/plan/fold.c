#include "lang/plan/fold.h"

#include "lang/syntax/parser.h"
#include "runtime/base/number.h"
#include "runtime/vm/vm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// 12.5% is the decimal 0.125: two places further, not a quotient of doubles, which may be beside it.
static double percentage(struct ppm_slice text)
{
	char digits[PPM_NUMBER_DIGITS_LIMIT + 8];
	const char *point = memchr(text.data, '.', text.size);
	size_t whole = point ? (size_t)(point - text.data) : text.size, size = 0;
	assert(text.size <= PPM_NUMBER_DIGITS_LIMIT + 1); // the lexer reads none longer
	for (size_t i = whole; i < 3; i++)
		digits[size++] = '0';
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] != '.')
			digits[size++] = text.data[i];
	size_t before = (whole < 3 ? 3 : whole) - 2;
	memmove(digits + before + 1, digits + before, size - before);
	digits[before] = '.';
	double value = 0;
	enum ppm_number_problem problem = ppm_number_parse((struct ppm_slice){ digits, size + 1 }, &value);
	assert(problem == PPM_NUMBER_FINE); // with a point it is no integer
	(void)problem;
	return value;
}

bool ppm_literal_number(const struct ppm_expression *literal, double *value)
{
	if (!literal)
		return false;
	switch (literal->kind) {
	case PPM_EXPRESSION_NEGATE:
		if (!ppm_literal_number(literal->left, value))
			return false;
		*value = -*value;
		return true;
	case PPM_EXPRESSION_NUMBER:
	case PPM_EXPRESSION_MONEY:
	case PPM_EXPRESSION_DURATION:
		if (ppm_number_parse(literal->text, value) != PPM_NUMBER_FINE)
			return false;
		if (literal->kind == PPM_EXPRESSION_DURATION)
			*value *= ppm_period_length(literal->period);
		return true;
	case PPM_EXPRESSION_PERCENTAGE: *value = percentage(literal->text); return true;
	case PPM_EXPRESSION_DATE: *value = literal->date; return true;
	case PPM_EXPRESSION_RATE: return ppm_literal_number(literal->left, value);
	default: return false;
	}
}

bool ppm_literal_amount(const struct ppm_expression *literal, ppm_int128 *exact)
{
	if (literal->kind == PPM_EXPRESSION_NEGATE) {
		if (!ppm_literal_amount(literal->left, exact))
			return false;
		*exact = -*exact;
		return true;
	}
	if (literal->kind == PPM_EXPRESSION_RATE)
		return ppm_literal_amount(literal->left, exact);
	if (literal->kind != PPM_EXPRESSION_NUMBER && literal->kind != PPM_EXPRESSION_MONEY)
		return false;
	ppm_int128 amount = 0;
	int places = 0;
	bool point = false, up = false;
	for (size_t i = 0; i < literal->text.size && amount <= PPM_EXACT_MAX; i++) {
		char c = literal->text.data[i];
		if (c == '.') {
			point = true;
		} else if (places == PPM_EXACT_PLACES) {
			up = c >= '5';
			break;
		} else {
			amount = amount * 10 + (c - '0');
			places += point ? 1 : 0;
		}
	}
	for (; places < PPM_EXACT_PLACES && amount <= PPM_EXACT_MAX; places++)
		amount *= 10;
	*exact = amount + (up ? 1 : 0);
	return *exact <= PPM_EXACT_MAX;
}

bool ppm_literal_edge(const struct ppm_expression *literal, struct ppm_type type, struct ppm_edge *edge)
{
	if (type.base == PPM_BASE_MONEY && ppm_literal_amount(literal, &edge->exact)) {
		edge->figure = ppm_exact_to_number(edge->exact);
		return true;
	}
	edge->exact = 0;
	return ppm_literal_number(literal, &edge->figure);
}

static ppm_node_id overflow(struct ppm_plan *plan, const struct ppm_node *node)
{
	char name[48];
	if (plan->not_taken)
		return ppm_plan_missing(plan, node->type, node->span);
	ppm_diag(plan->diagnostics, PPM_DIAG_VALUE_OVERFLOW, node->span, "this computation passes the range of `%s`", ppm_type_name(node->type, name));
	return PPM_NODE_POISON;
}

static ppm_node_id no_value(struct ppm_plan *plan, const struct ppm_node *node, const char *why)
{
	if (plan->not_taken)
		return ppm_plan_missing(plan, node->type, node->span);
	struct ppm_diagnostic *d = ppm_diag(plan->diagnostics, PPM_DIAG_NO_VALUE, node->span, "this is always missing: %s", why);
	ppm_diag_help(plan->diagnostics, d, "write a computation that has a value");
	return ppm_plan_missing(plan, node->type, node->span);
}

static ppm_node_id number(struct ppm_plan *plan, const struct ppm_node *node, double value)
{
	if (!isfinite(value))
		return overflow(plan, node);
	return ppm_plan_number_of(plan, node, value);
}

static ppm_node_id money(struct ppm_plan *plan, const struct ppm_node *node, ppm_int128 value)
{
	if (value > PPM_EXACT_MAX || value < -PPM_EXACT_MAX)
		return overflow(plan, node);
	return ppm_plan_money(plan, value, node->type, node->span);
}

static ppm_node_id whole(struct ppm_plan *plan, const struct ppm_node *node, double value)
{
	bool date = node->type.base == PPM_BASE_DATE;
	if (!(value >= (date ? PPM_DATE_MIN : -2147483647.0)) || !(value <= (date ? PPM_DATE_MAX : 2147483647.0)))
		return overflow(plan, node);
	return ppm_plan_whole(plan, (int32_t)value, node->type, node->span);
}

ppm_node_id ppm_fold_unary(struct ppm_plan *plan, const struct ppm_node *node)
{
	const struct ppm_node a = plan->nodes[node->a];
	switch (a.type.base) {
	case PPM_BASE_MONEY: {
		ppm_int128 v = a.value.exact;
		if (node->op == PPM_NODE_FIGURE)
			return number(plan, node, ppm_exact_to_number(v));
		if (node->op == PPM_NODE_ROUND) {
			ppm_int128 unit = ppm_power_of_ten[PPM_EXACT_PLACES - (int)node->index];
			return money(plan, node, ppm_round_divide_128(v, unit) * unit);
		}
		return money(plan, node, node->op == PPM_NODE_NEGATE || v < 0 ? -v : v);
	}
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION:
		if (node->op == PPM_NODE_FIGURE)
			return number(plan, node, a.value.whole);
		return whole(plan, node, node->op == PPM_NODE_NEGATE || a.value.whole < 0 ? -(double)a.value.whole : a.value.whole);
	default: {
		double v = a.value.number;
		if (node->op == PPM_NODE_NEGATE && a.index)
			return ppm_plan_long_number(plan, -v, -plan->amounts[a.index - 1], node->span);
		if (node->op == PPM_NODE_ROUND)
			v = ppm_number_round_places(v, pow(10, (double)node->index));
		else if (node->op == PPM_NODE_NEGATE)
			v = -v;
		else if (node->op == PPM_NODE_ABSOLUTE)
			v = fabs(v);
		return number(plan, node, v);
	}
	}
}

static ppm_node_id compare(struct ppm_plan *plan, const struct ppm_node *node, int order)
{
	bool is = node->op == PPM_NODE_EQUAL ? order == 0 : node->op == PPM_NODE_LESS ? order < 0 : order <= 0;
	return ppm_plan_flag(plan, is, node->span);
}

static int order_of(double a, double b)
{
	return (a > b) - (a < b);
}

static ppm_node_id fold_text(struct ppm_plan *plan, const struct ppm_node *node, struct ppm_slice a, struct ppm_slice b)
{
	bool is = false;
	int order = ppm_slice_compare(a, b);
	switch ((enum ppm_text_test_kind)node->index) {
	case PPM_TEXT_STARTS_WITH: is = a.size >= b.size && memcmp(a.data, b.data, b.size) == 0; break;
	case PPM_TEXT_ENDS_WITH: is = a.size >= b.size && memcmp(a.data + a.size - b.size, b.data, b.size) == 0; break;
	case PPM_TEXT_CONTAINS:
		for (size_t i = 0; i + b.size <= a.size && !is; i++)
			is = memcmp(a.data + i, b.data, b.size) == 0;
		break;
	case PPM_TEXT_LESS: is = order < 0; break;
	case PPM_TEXT_LESS_EQUAL: is = order <= 0; break;
	case PPM_TEXT_GREATER: is = order > 0; break;
	case PPM_TEXT_GREATER_EQUAL: is = order >= 0; break;
	case PPM_TEXT_MATCHES: break; // a pattern is left to the machine
	}
	return ppm_plan_flag(plan, is, node->span);
}

static ppm_node_id fold_money(struct ppm_plan *plan, const struct ppm_node *node, const struct ppm_node *a, const struct ppm_node *b)
{
	bool both = a->type.base == PPM_BASE_MONEY && b->type.base == PPM_BASE_MONEY;
	ppm_int128 result;
	switch (node->op) {
	case PPM_NODE_ADD: return money(plan, node, a->value.exact + b->value.exact);
	case PPM_NODE_SUBTRACT: return money(plan, node, a->value.exact - b->value.exact);
	case PPM_NODE_MINIMUM: return money(plan, node, a->value.exact < b->value.exact ? a->value.exact : b->value.exact);
	case PPM_NODE_MAXIMUM: return money(plan, node, a->value.exact > b->value.exact ? a->value.exact : b->value.exact);
	case PPM_NODE_MULTIPLY:
		assert(a->type.base == PPM_BASE_MONEY);
		if (!ppm_exact_multiply(a->value.exact, b->value.number, &result))
			return overflow(plan, node);
		return money(plan, node, result);
	case PPM_NODE_DIVIDE:
		if (both ? b->value.exact == 0 : ppm_number_as_decimal(b->value.number) == 0)
			return no_value(plan, node, "a division by zero");
		if (both)
			return number(plan, node, ppm_exact_ratio(a->value.exact, b->value.exact));
		if (!ppm_exact_divide(a->value.exact, b->value.number, &result))
			return overflow(plan, node);
		return money(plan, node, result);
	default: return compare(plan, node, (a->value.exact > b->value.exact) - (a->value.exact < b->value.exact));
	}
}

static ppm_node_id fold_whole(struct ppm_plan *plan, const struct ppm_node *node, const struct ppm_node *a, const struct ppm_node *b)
{
	double x = a->value.whole, y = b->value.whole;
	switch (node->op) {
	case PPM_NODE_ADD:
	case PPM_NODE_SUBTRACT:
		if (node->type.base == PPM_BASE_DATE && (b->type.base == PPM_BASE_DURATION && b->type.months))
			return whole(plan, node, (double)ppm_date_add_months(a->value.whole, node->op == PPM_NODE_ADD ? b->value.whole : -(int64_t)b->value.whole));
		return whole(plan, node, node->op == PPM_NODE_ADD ? x + y : x - y);
	case PPM_NODE_MINIMUM: return whole(plan, node, fmin(x, y));
	case PPM_NODE_MAXIMUM: return whole(plan, node, fmax(x, y));
	case PPM_NODE_MULTIPLY:
	case PPM_NODE_DIVIDE: {
		assert(a->type.base == PPM_BASE_DURATION);
		int32_t result;
		bool times = node->op == PPM_NODE_MULTIPLY, length = node->type.base == PPM_BASE_DURATION;
		if (!times && (length ? ppm_number_as_decimal(b->value.number) == 0 : y == 0))
			return no_value(plan, node, "a division by zero");
		if (!length)
			return number(plan, node, x / y);
		if (!(times ? ppm_duration_multiply : ppm_duration_divide)(a->value.whole, b->value.number, &result))
			return overflow(plan, node);
		return ppm_plan_whole(plan, result, node->type, node->span);
	}
	default: return compare(plan, node, order_of(x, y));
	}
}

ppm_node_id ppm_fold_binary(struct ppm_plan *plan, const struct ppm_node *node)
{
	const struct ppm_node a = plan->nodes[node->a], b = plan->nodes[node->b];
	if (a.type.base == PPM_BASE_TEXT) {
		if (node->op == PPM_NODE_TEXT_TEST)
			return fold_text(plan, node, plan->texts[a.value.text], plan->texts[b.value.text]);
		return compare(plan, node, a.value.text == b.value.text ? 0 : 1);
	}
	if (a.type.base == PPM_BASE_FLAG)
		return compare(plan, node, (int)a.value.flag - (int)b.value.flag);
	if (a.type.base == PPM_BASE_MONEY || b.type.base == PPM_BASE_MONEY)
		return fold_money(plan, node, &a, &b);
	if (a.type.base == PPM_BASE_DATE || a.type.base == PPM_BASE_DURATION || b.type.base == PPM_BASE_DURATION)
		return fold_whole(plan, node, &a, &b);
	double x = a.value.number, y = b.value.number;
	switch (node->op) {
	case PPM_NODE_ADD: return number(plan, node, ppm_number_add(x, y));
	case PPM_NODE_SUBTRACT: return number(plan, node, ppm_number_add(x, -y));
	case PPM_NODE_MULTIPLY: return number(plan, node, x * y);
	case PPM_NODE_DIVIDE: return y == 0 ? no_value(plan, node, "a division by zero") : number(plan, node, x / y);
	case PPM_NODE_MODULO: return ppm_number_as_decimal(y) == 0 ? no_value(plan, node, "a division by zero") : number(plan, node, ppm_number_modulo(x, y));
	case PPM_NODE_POWER: {
		double v = pow(x, y);
		return isnan(v) || (x == 0 && y < 0) ? no_value(plan, node, "this power is no real number") : number(plan, node, v);
	}
	case PPM_NODE_MINIMUM: return number(plan, node, fmin(x, y));
	case PPM_NODE_MAXIMUM: return number(plan, node, fmax(x, y));
	default: break;
	}
	bool round = a.computed || b.computed;
	return compare(plan, node, round ? order_of(ppm_number_as_decimal(x), ppm_number_as_decimal(y)) : order_of(x, y));
}

ppm_node_id ppm_fold_call(struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, uint32_t count, const struct ppm_node *node)
{
	// the kernel itself, on a batch of one row: memory of a whole block of lanes, since kernels may work in blocks of 64
	_Alignas(PPM_VECTOR_ALIGNMENT) union {
		double f64[64];
		int32_t i32[64];
		ppm_int128 x128[64];
		uint64_t mask[PPM_MASK_WORDS];
	} in[4], out;
	uint64_t active[PPM_MASK_WORDS] = { 1 }, defined[PPM_MASK_WORDS] = { 1 }, overflowed[PPM_MASK_WORDS] = { 0 };
	struct ppm_call_frame frame = { .rows = 1, .result = &out, .active = active, .defined = defined, .overflowed = overflowed };
	memset(in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	for (uint32_t i = 0; i < count; i++) {
		const struct ppm_node *argument = &plan->nodes[arguments[i]];
		switch (argument->type.base) {
		case PPM_BASE_MONEY: in[i].x128[0] = argument->value.exact; break;
		case PPM_BASE_DATE:
		case PPM_BASE_DURATION: in[i].i32[0] = argument->value.whole; break;
		case PPM_BASE_FLAG: in[i].mask[0] = argument->value.flag; break;
		case PPM_BASE_TEXT: { // only `length` and the like, which take a text and give a number
			struct ppm_text_pool pool;
			struct ppm_slice text = plan->texts[argument->value.text];
			if (!ppm_text_pool_init(&pool, plan->allocator, &text, 1)) {
				plan->out_of_memory = true;
				return PPM_NODE_POISON;
			}
			frame.arguments[0] = &in[0];
			frame.pool = &pool;
			builtin->kernel(&frame);
			ppm_text_pool_free(&pool);
			return number(plan, node, out.f64[0]);
		}
		default: in[i].f64[0] = argument->value.number; break;
		}
		frame.arguments[i] = &in[i];
	}
	builtin->kernel(&frame);
	if (overflowed[0] & 1)
		return overflow(plan, node);
	if (!(defined[0] & 1))
		return no_value(plan, node, builtin->why_missing);
	switch (node->type.base) {
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: return whole(plan, node, out.i32[0]);
	case PPM_BASE_FLAG: return ppm_plan_flag(plan, out.mask[0] & 1, node->span);
	case PPM_BASE_MONEY: return money(plan, node, out.x128[0]);
	default: return number(plan, node, out.f64[0]);
	}
}

void ppm_fold_bound_call(const struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, struct ppm_node *node)
{
	static const struct {
		const char *name;
		double low, high;
	} known[] = {
		{ "sqrt", 0, INFINITY },
		{ "exp", 0, INFINITY },
		{ "sign", -1, 1 },
		{ "year", 1, 9999 },
		{ "quarter", 1, 4 },
		{ "month", 1, 12 },
		{ "day", 1, 31 },
		{ "weekday", 1, 7 },
		{ "day_of_year", 1, 366 },
		{ "length", 0, INFINITY },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, builtin->name) == 0) {
			node->low = known[i].low;
			node->high = known[i].high;
		}
	// whole results are what they are: no rounding before they are compared
	static const char *const whole_results[] = { "floor", "ceil", "sign", "year", "quarter", "month", "day", "weekday", "day_of_year", "days_between", "months_between",
		"years_between", "length" };
	for (size_t i = 0; i < sizeof whole_results / sizeof *whole_results; i++)
		if (strcmp(whole_results[i], builtin->name) == 0)
			node->computed = false;
	if (strcmp(builtin->name, "floor") == 0 || strcmp(builtin->name, "ceil") == 0) {
		node->low = floor(plan->nodes[arguments[0]].low);
		node->high = ceil(plan->nodes[arguments[0]].high);
	}
}

// Calls: builtin functions, the model's own defines (expanded where they are called, so that types flow through them) and lookups.

#include "lang/sema/sema.h"

#include "runtime/base/text.h"
#include "stdlib/builtins.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define DEFINE_DEPTH 40
#define EXPANSIONS 100000u    // of all defines together, with arguments of their own: what calls itself apart several times doubles with each level
#define COMPARED_ENTRIES 1000 // of a lookup: beyond, what is there twice is not looked for

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static void show_path(const struct ppm_expression *call, char out[130])
{
	size_t size = 0;
	for (const struct ppm_name_list *part = call->path; part; part = part->next) {
		size_t n = part->name.text.size < 60 ? part->name.text.size : 60;
		if (size + n + 2 > 130)
			break;
		if (size)
			out[size++] = '.';
		memcpy(out + size, part->name.text.data, n);
		size += n;
	}
	out[size] = 0;
}

// What stands in an argument besides its expression belongs to figures over rows.
static bool has_clauses(const struct ppm_expression *call)
{
	for (const struct ppm_argument *a = call->arguments; a; a = a->next)
		if (a->over || a->where || a->by || a->order_by || a->ascending || a->descending)
			return true;
	return false;
}

static ppm_node_id wrong_count(struct ppm_sema *sema, const struct ppm_expression *call, const char *name, size_t wanted, size_t given)
{
	const char *more = strcmp(name, "min") == 0 || strcmp(name, "max") == 0 ? " or more" : strcmp(name, "round") == 0 ? " or 2" : "";
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`%s` takes %zu%s argument%s, and this call gives %zu", name, wanted, more,
		wanted == 1 && !more[0] ? "" : "s", given);
	if (strcmp(name, "date") == 0 && given == 1 && call->arguments->expression && call->arguments->expression->kind == PPM_EXPRESSION_TEXT)
		ppm_diag_help(sema->diagnostics, d, "a date is written as it stands, without quotation marks: `2026-06-30`");
	return PPM_NODE_POISON;
}

// ---- builtins -----------------------------------------------------------------------------------------------

// What a letter of a signature stands for: the kernels take numbers, dates and texts.
static struct ppm_type letter_type(char letter)
{
	assert(letter == 'n' || letter == 'd' || letter == 't');
	return ppm_type_of(letter == 'n' ? PPM_BASE_NUMBER : letter == 'd' ? PPM_BASE_DATE : PPM_BASE_TEXT);
}

static bool argument_fits(struct ppm_type wanted, struct ppm_type type)
{
	return (type.base == wanted.base && !type.period) || (wanted.base == PPM_BASE_NUMBER && type.base == PPM_BASE_PERCENT && !type.period);
}

static ppm_node_id wrong_argument(struct ppm_sema *sema, const struct ppm_expression *argument, const char *name, ppm_node_id id, const char *wanted, const char *help)
{
	char type[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_ARGUMENT_TYPE, argument->span, "`%s` takes %s here, and this is `%s`", name, wanted, ppm_type_name(node_of(sema, id)->type, type));
	if (help[0])
		ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

static ppm_node_id call_kernel(struct ppm_sema *sema, const struct ppm_builtin *builtin, const struct ppm_expression *call, const struct ppm_expression *const *written,
	ppm_node_id *arguments, size_t count)
{
	size_t wanted = strlen(builtin->signature) - 3; // "n(dd)"
	if (count != wanted)
		return wrong_count(sema, call, builtin->name, wanted, count);
	for (size_t i = 0; i < count; i++) {
		char letter = builtin->signature[2 + i];
		struct ppm_type type = letter_type(letter);
		arguments[i] = ppm_sema_settle(sema, arguments[i], type);
		if (arguments[i] == PPM_NODE_POISON)
			return PPM_NODE_POISON;
		if (!argument_fits(type, node_of(sema, arguments[i])->type)) {
			char name[48];
			char wanted_text[64] = "a `";
			strcat(wanted_text, ppm_type_name(type, name));
			strcat(wanted_text, "`");
			return wrong_argument(sema, written[i], builtin->name, arguments[i], wanted_text,
				letter == 'd'           ? "a date is written 2026-06-30; today's date of the run is `as_of`"
					: letter == 'n' ? "`number(…)` gives the bare figure of an amount or a duration"
							: "");
		}
	}
	struct ppm_type result = letter_type(builtin->signature[0]);
	return ppm_plan_call_node(sema->plan, builtin, arguments, (uint32_t)count, result, call->span);
}

static double period_days(enum ppm_period period)
{
	return period == PPM_PERIOD_DAY ? 1 : period == PPM_PERIOD_WEEK ? 7 : period == PPM_PERIOD_MONTH ? 365.25 / 12 : 365.25;
}

static ppm_node_id convert_rate(
	struct ppm_sema *sema, const struct ppm_expression *call, const struct ppm_expression *written, const char *name, ppm_node_id rate, enum ppm_period to)
{
	struct ppm_type type = node_of(sema, rate)->type, number = ppm_type_of(PPM_BASE_NUMBER);
	if (!type.period || type.base == PPM_BASE_PERCENT) {
		const char *unit = ppm_period_name(to);
		bool compounds = ppm_period_in_months(to) && ppm_period_in_months((enum ppm_period)type.period);
		struct ppm_slice help = !type.period ? PPM_SLICE("make it a rate first: `… per year`")
			: type.period == to          ? ppm_arena_format(sema->arena, "it is per %s already: leave out `%s`", unit, name)
			: compounds
			? ppm_arena_format(sema->arena, "a percent compounds: use `compound_per_%s(…)`, or `retention_per_%s(…)` where it is a share that is kept", unit, unit)
			: PPM_SLICE("percents compound, and are brought from months to years and back only: declare it with the period that it needs");
		return wrong_argument(sema, written, name, rate, "a rate of money or number", help.data ? help.data : "");
	}
	enum ppm_period from = (enum ppm_period)type.period;
	type.period = (uint8_t)to;
	ppm_node_id same = ppm_plan_retype(sema->plan, rate, type, call->span);
	if (from == to)
		return same;
	// months and years, days and weeks are exact; between the two, by the mean length of a month
	double up = 1, down = 1;
	if (ppm_period_in_months(from) == ppm_period_in_months(to)) {
		up = ppm_period_length(to);
		down = ppm_period_length(from);
	} else {
		up = period_days(to);
		down = period_days(from);
	}
	ppm_node_id multiplied =
		up == 1 ? same : ppm_plan_binary(sema->plan, PPM_NODE_MULTIPLY, same, ppm_plan_number(sema->plan, up, number, false, call->span), type, call->span);
	return down == 1 ? multiplied : ppm_plan_binary(sema->plan, PPM_NODE_DIVIDE, multiplied, ppm_plan_number(sema->plan, down, number, false, call->span), type, call->span);
}

static ppm_node_id compound(
	struct ppm_sema *sema, const struct ppm_expression *call, const struct ppm_expression *written, const char *name, ppm_node_id rate, bool retention, enum ppm_period to)
{
	struct ppm_type type = node_of(sema, rate)->type, number = ppm_type_of(PPM_BASE_NUMBER);
	enum ppm_period from = to == PPM_PERIOD_MONTH ? PPM_PERIOD_YEAR : PPM_PERIOD_MONTH;
	if (type.base != PPM_BASE_PERCENT || type.period != from)
		return wrong_argument(sema, written, name, rate, from == PPM_PERIOD_YEAR ? "a percent per year" : "a percent per month",
			type.base == PPM_BASE_PERCENT && type.period == to     ? "it has that period already: leave out the call"
				: type.base == PPM_BASE_PERCENT && type.period ? "percents compound, and are brought from months to years and back only"
				: type.period                                  ? "only percents compound: use `per_month(…)` or `per_year(…)`"
									       : "make it a rate of percents first: `… per year` or `… per month`");
	ppm_node_id base = ppm_plan_retype(sema->plan, rate, number, call->span), one = ppm_plan_number(sema->plan, 1, number, false, call->span);
	if (!retention)
		base = ppm_plan_binary(sema->plan, PPM_NODE_ADD, one, base, number, call->span);
	ppm_node_id exponent = ppm_plan_number(sema->plan, to == PPM_PERIOD_MONTH ? 1.0 / 12 : 12, number, false, call->span);
	ppm_node_id result = ppm_plan_binary(sema->plan, PPM_NODE_POWER, base, exponent, number, call->span);
	if (!retention)
		result = ppm_plan_binary(sema->plan, PPM_NODE_SUBTRACT, result, one, number, call->span);
	type.period = (uint8_t)to;
	return ppm_plan_retype(sema->plan, result, type, call->span);
}

static ppm_node_id special(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call, const char *name, const struct ppm_expression *const *written,
	ppm_node_id *arguments, size_t count)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_type number = ppm_type_of(PPM_BASE_NUMBER);
	if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0) {
		struct ppm_span spans[16];
		struct ppm_type type;
		if (count < 2)
			return wrong_count(sema, call, name, 2, count);
		for (size_t i = 0; i < count; i++)
			spans[i] = written[i]->span;
		ppm_sema_hint_all(sema, scope, written, arguments, count);
		if (!ppm_sema_unify(sema, arguments, spans, count, "the arguments", &type))
			return PPM_NODE_POISON;
		if (!ppm_type_is_numeric(type) && type.base != PPM_BASE_DATE)
			return wrong_argument(sema, written[0], name, arguments[0], "figures or dates", "");
		ppm_node_id result = arguments[0];
		for (size_t i = 1; i < count; i++)
			result = ppm_plan_binary(plan, name[1] == 'i' ? PPM_NODE_MINIMUM : PPM_NODE_MAXIMUM, result, arguments[i], type, call->span);
		return result;
	}
	bool round = strcmp(name, "round") == 0, two = strcmp(name, "periods") == 0 || strcmp(name, "same_period") == 0;
	size_t wanted = two ? 2 : 1;
	if (count != wanted && !(round && count == 2))
		return wrong_count(sema, call, name, wanted, count);
	if (strcmp(name, "number") == 0)
		arguments[0] = ppm_sema_settle_as(sema, arguments[0], ppm_type_of(PPM_BASE_MONEY), PPM_SURE_LIKELY);
	else
		arguments[0] = ppm_sema_settle(sema, arguments[0], number);
	if (arguments[0] == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	struct ppm_type type = node_of(sema, arguments[0])->type;
	bool figure = type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_MONEY;
	if (strcmp(name, "abs") == 0) {
		if (!ppm_type_is_numeric(type))
			return wrong_argument(sema, written[0], name, arguments[0], "a figure", "");
		if (type.base == PPM_BASE_DURATION)
			return ppm_plan_binary(plan, PPM_NODE_MAXIMUM, arguments[0], ppm_plan_unary(plan, PPM_NODE_NEGATE, arguments[0], type, 0, call->span), type, call->span);
		return ppm_plan_unary(plan, PPM_NODE_ABSOLUTE, arguments[0], type, 0, call->span);
	}
	if (round) {
		double places = 0;
		if (!figure)
			return wrong_argument(sema, written[0], name, arguments[0], "a number, percent or amount", "");
		if (count == 2 && (!ppm_plan_constant_number(plan, arguments[1], &places) || places < 0 || places > 12 || places != rint(places))) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_TYPE, written[1]->span, "`round` takes a whole number of places from 0 to 12 here");
			ppm_diag_help(sema->diagnostics, d, "write `round(x, 2)`");
			return PPM_NODE_POISON;
		}
		return ppm_plan_unary(plan, PPM_NODE_ROUND, arguments[0], type, (uint32_t)places, call->span);
	}
	if (strcmp(name, "number") == 0) {
		if (!ppm_type_is_numeric(type) || type.period)
			return wrong_argument(sema, written[0], name, arguments[0], "an amount, a percent or a duration", type.period ? "take `amount(…)` of a rate first" : "");
		if (type.base == PPM_BASE_NUMBER)
			return arguments[0];
		return type.base == PPM_BASE_PERCENT ? ppm_plan_retype(plan, arguments[0], number, call->span)
						     : ppm_plan_unary(plan, PPM_NODE_FIGURE, arguments[0], number, 0, call->span);
	}
	if (strcmp(name, "percent") == 0) {
		if (type.base != PPM_BASE_NUMBER && type.base != PPM_BASE_PERCENT)
			return wrong_argument(sema, written[0], name, arguments[0], "a number", "");
		type.base = PPM_BASE_PERCENT;
		type.ratio = false;
		return ppm_plan_retype(plan, arguments[0], type, call->span);
	}
	if (strcmp(name, "amount") == 0) {
		if (!type.period)
			return wrong_argument(sema, written[0], name, arguments[0], "a rate", figure ? "make it a rate first: `… per year`" : "");
		type.period = PPM_PERIOD_NONE;
		return ppm_plan_retype(plan, arguments[0], type, call->span);
	}
	if (two) {
		if (arguments[1] == PPM_NODE_POISON)
			return PPM_NODE_POISON;
		struct ppm_type rate = node_of(sema, arguments[1])->type;
		if (!rate.period)
			return wrong_argument(sema, written[1], name, arguments[1], "a rate", "make it a rate: `… per year`");
		if (name[0] == 'p') {
			if (type.base != PPM_BASE_DURATION)
				return wrong_argument(sema, written[0], name, arguments[0], "a duration", "write a duration with its unit, such as `3 years`");
			if (type.months != ppm_period_in_months((enum ppm_period)rate.period))
				return wrong_argument(sema, written[0], name, arguments[0], rate.period <= PPM_PERIOD_WEEK ? "a duration in days" : "a duration in months or years",
					"months have no fixed number of days");
			ppm_node_id value = ppm_plan_unary(plan, PPM_NODE_FIGURE, arguments[0], number, 0, call->span);
			int length = ppm_period_length((enum ppm_period)rate.period);
			return length == 1 ? value : ppm_plan_binary(plan, PPM_NODE_DIVIDE, value, ppm_plan_number(plan, length, number, false, call->span), number, call->span);
		}
		if (type.period != rate.period) {
			char x[48], y[48];
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PERIODS_DIFFER, scope->call.end ? scope->call : call->span,
				"rates of different periods meet: `%s` and `%s`", ppm_type_name(type, x), ppm_type_name(rate, y));
			if (!type.period)
				ppm_diag_help(sema->diagnostics, d, "the first has no period: write it as `… per %s`", ppm_period_name((enum ppm_period)rate.period));
			else
				ppm_diag_help(sema->diagnostics, d,
					"bring them to one period: money by `per_month(…)`, a discount by `compound_per_month(…)`, a retention by `retention_per_month(…)`");
			return PPM_NODE_POISON;
		}
		return arguments[0];
	}
	static const struct {
		const char *name;
		enum ppm_period to;
	} rates[] = { { "per_day", PPM_PERIOD_DAY }, { "per_week", PPM_PERIOD_WEEK }, { "per_month", PPM_PERIOD_MONTH }, { "per_year", PPM_PERIOD_YEAR } };
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		if (strcmp(name, rates[i].name) == 0)
			return convert_rate(sema, call, written[0], name, arguments[0], rates[i].to);
	return compound(sema, call, written[0], name, arguments[0], name[0] == 'r', strstr(name, "month") ? PPM_PERIOD_MONTH : PPM_PERIOD_YEAR);
}

// ---- defines ------------------------------------------------------------------------------------------------------

// What a call is known by: the define, the values of its arguments, and whether it has to have a value. In memory of sema's own, until the next one is made.
static struct ppm_slice key_of(struct ppm_sema *sema, const struct ppm_symbol *symbol, const ppm_node_id *arguments, size_t count)
{
	size_t size = sizeof symbol + count * sizeof *arguments;
	memcpy(sema->call_key, &symbol, sizeof symbol);
	memcpy(sema->call_key + sizeof symbol, arguments, count * sizeof *arguments);
	sema->call_key[size] = sema->plan->not_taken > 0;
	return (struct ppm_slice){ sema->call_key, size + 1 };
}

static void remember_call(struct ppm_sema *sema, struct ppm_slice key, ppm_node_id result)
{
	void *results = sema->call_results;
	uint32_t number = ppm_interner_add(&sema->calls, key);
	if (number == PPM_INTERNER_NONE || !ppm_grow(sema->allocator, &results, &sema->call_capacity, (size_t)number + 1, sizeof *sema->call_results)) {
		sema->plan->out_of_memory = true;
		return;
	}
	sema->call_results = results;
	sema->call_results[number] = result;
}

// The model's call is the place of an error in a standard module, which nobody can mend there. It is one mistake, however many
// lines of the module stumble over it: only the first was recorded.
static void show_call(struct ppm_sema *sema, const struct ppm_symbol *symbol, const struct ppm_expression *call, const struct ppm_diagnostic *before)
{
	struct ppm_diagnostic *d = sema->diagnostics->first;
	while (d && d != before && d->severity != PPM_SEVERITY_ERROR)
		d = d->next;
	if (!d || d == before || ppm_source_map_find(sema->map, d->span.begin) != symbol->module->tree->source)
		return;
	struct ppm_span inside = d->span, place = call->span;
	struct ppm_slice written = ppm_source_map_text(sema->map, inside), label = d->label;
	const struct ppm_argument *argument = call->arguments;
	for (const struct ppm_name_list *p = symbol->statement->define.parameters; p && argument; p = p->next, argument = argument->next)
		if (ppm_slice_equal(p->name.text, written))
			place = argument->expression->span;
	d->span = place;
	d->label = PPM_SLICE("");
	if (label.size)
		ppm_diag_label(sema->diagnostics, d, inside, "%.*s", (int)label.size, label.data);
	else
		ppm_diag_label(sema->diagnostics, d, inside, "in the module");
	ppm_diag_label(sema->diagnostics, d, place, place.begin == call->span.begin && place.end == call->span.end ? "called here" : "given here");
}

static ppm_node_id call_define(
	struct ppm_sema *sema, const struct ppm_scope *caller, struct ppm_symbol *symbol, const struct ppm_expression *call, const ppm_node_id *arguments, size_t count)
{
	size_t wanted = 0;
	for (const struct ppm_name_list *p = symbol->statement->define.parameters; p; p = p->next)
		wanted++;
	char name[130];
	show_path(call, name);
	if (wanted != count)
		return wrong_count(sema, call, name, wanted, count);
	if (sema->call_depth == DEFINE_DEPTH) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, call->span, "more than %d defines call each other here", DEFINE_DEPTH);
		ppm_diag_help(sema->diagnostics, d, "put several steps into one formula");
		return PPM_NODE_POISON;
	}
	if (symbol->state == PPM_SYMBOL_OPEN) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CIRCLE, call->span, "`%s` calls itself", name);
		ppm_diag_label(sema->diagnostics, d, symbol->span, "it is defined here");
		ppm_diag_help(sema->diagnostics, d, "a `define` is a formula: write it without calling itself");
		return PPM_NODE_POISON;
	}
	struct ppm_binding *bindings = ppm_arena_allocate(sema->arena, count + 1, sizeof *bindings);
	if (!bindings) {
		sema->plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	size_t i = 0;
	for (const struct ppm_name_list *p = symbol->statement->define.parameters; p; p = p->next, i++) {
		if (arguments[i] == PPM_NODE_POISON)
			return PPM_NODE_POISON;
		bindings[i] = (struct ppm_binding){ p->name.text, arguments[i], i + 1 < count ? &bindings[i + 1] : NULL };
	}
	struct ppm_slice key = key_of(sema, symbol, arguments, count);
	uint32_t known = ppm_interner_find(&sema->calls, key);
	if (known != PPM_INTERNER_NONE)
		return sema->call_results[known];
	if (sema->expansions > EXPANSIONS) // which was said
		return PPM_NODE_POISON;
	if (sema->expansions++ == EXPANSIONS) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, caller->call.end ? caller->call : call->span, "calls of defines come to more than %u formulas", EXPANSIONS);
		ppm_diag_help(
			sema->diagnostics, d, "a `define` that calls others several times is taken apart into all of them: give what they share a name with `let`, and pass it in");
		return PPM_NODE_POISON;
	}
	struct ppm_scope scope = { .module = symbol->module, .bindings = count ? bindings : NULL, .define_body = true };
	// within a standard module, the user's own call is the place to show
	scope.call = caller->module->standard && caller->call.end ? caller->call : call->span;
	const struct ppm_diagnostic *before = sema->diagnostics->first;
	uint32_t enough = sema->diagnostics->enough;
	if (symbol->module->standard && !caller->module->standard)
		sema->diagnostics->enough = sema->diagnostics->errors + 1;
	symbol->state = PPM_SYMBOL_OPEN;
	sema->call_depth++;
	ppm_node_id result = ppm_sema_expression(sema, &scope, symbol->statement->define.value);
	sema->call_depth--;
	symbol->state = PPM_SYMBOL_NEW;
	sema->diagnostics->enough = enough;
	// a mistake inside that shows only with these arguments: say where the call is; a standard module's calls among themselves are nobody's business
	if (result == PPM_NODE_POISON && !sema->diagnostics->muted && !caller->module->standard) {
		if (symbol->module->standard)
			show_call(sema, symbol, call, before);
		else
			for (struct ppm_diagnostic *d = sema->diagnostics->first; d && d != before; d = d->next)
				if (d->severity == PPM_SEVERITY_ERROR)
					ppm_diag_label(sema->diagnostics, d, call->span, "called here");
	}
	// once is enough for each set of arguments: defines that call each other twice would double with each level
	remember_call(sema, key_of(sema, symbol, arguments, count), result);
	return result;
}

// Whether what stands after `in` is a param that is a list: no value, and fine there.
static bool is_list(struct ppm_sema *sema, const struct ppm_symbol *symbol, const struct ppm_expression *e)
{
	struct ppm_scope scope = { .module = symbol->module, .define_body = true };
	struct ppm_symbol *found = ppm_sema_symbol(sema, &scope, e->path, true);
	if (!found || found->kind != PPM_SYMBOL_PARAM)
		return false;
	ppm_sema_value(sema, found, e->span);
	return found->list;
}

// Names in a define's body, checked even when nobody calls it.
static void check_names(struct ppm_sema *sema, const struct ppm_symbol *symbol, const struct ppm_expression *e)
{
	if (!e)
		return;
	if (e->kind == PPM_EXPRESSION_PATH) {
		bool parameter = false;
		for (const struct ppm_name_list *p = symbol->statement->define.parameters; p && !e->path->next; p = p->next)
			parameter = parameter || ppm_slice_equal(p->name.text, e->path->name.text);
		struct ppm_scope scope = { .module = symbol->module, .define_body = true };
		if (!parameter)
			ppm_sema_path(sema, &scope, e);
	}
	if (e->kind == PPM_EXPRESSION_CALL && !e->path->next && ppm_slice_equal(e->path->name.text, symbol->name)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CIRCLE, e->span, "`%.*s` calls itself", (int)symbol->name.size, symbol->name.data);
		ppm_diag_label(sema->diagnostics, d, symbol->span, "it is defined here");
		ppm_diag_help(sema->diagnostics, d, "a `define` is a formula: write it without calling itself");
	}
	check_names(sema, symbol, e->left);
	if (e->kind != PPM_EXPRESSION_IN_VALUE || e->right->kind != PPM_EXPRESSION_PATH || !is_list(sema, symbol, e->right))
		check_names(sema, symbol, e->right);
	check_names(sema, symbol, e->third);
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		check_names(sema, symbol, item);
	for (const struct ppm_argument *a = e->arguments; a; a = a->next)
		check_names(sema, symbol, a->expression);
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next) {
		check_names(sema, symbol, arm->when);
		check_names(sema, symbol, arm->value);
	}
}

void ppm_sema_check_define(struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	for (const struct ppm_name_list *p = symbol->statement->define.parameters; p; p = p->next)
		for (const struct ppm_name_list *q = p->next; q; q = q->next)
			if (ppm_slice_equal(p->name.text, q->name.text))
				ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, q->name.span, "the parameter `%.*s` is there twice", (int)q->name.text.size, q->name.text.data);
	check_names(sema, symbol, symbol->statement->define.value);
}

// ---- lookups ------------------------------------------------------------------------------------------------------

static const struct ppm_lookup_entry *otherwise_of(const struct ppm_statement *statement)
{
	const struct ppm_lookup_entry *entry = statement->lookup.entries;
	while (entry && entry->keys)
		entry = entry->next;
	return entry;
}

static bool same_literal(const struct ppm_expression *a, const struct ppm_expression *b)
{
	if (a->kind == PPM_EXPRESSION_NEGATE && b->kind == PPM_EXPRESSION_NEGATE)
		return same_literal(a->left, b->left);
	return a->kind == b->kind && ppm_slice_equal(a->text, b->text) && a->date == b->date && a->yes == b->yes && a->period == b->period;
}

static bool place_covers(const struct ppm_lookup_key *earlier, const struct ppm_lookup_key *later)
{
	for (const struct ppm_expression *l = later->alternatives; l; l = l->next) {
		bool found = false;
		for (const struct ppm_expression *a = earlier->alternatives; a && !found; a = a->next)
			found = (a->kind == PPM_EXPRESSION_ANY && l->kind != PPM_EXPRESSION_MISSING) || same_literal(a, l);
		if (!found)
			return false;
	}
	return true;
}

void ppm_sema_check_lookup(struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	const struct ppm_statement *statement = symbol->statement;
	size_t wanted = 0;
	for (const struct ppm_name_list *p = statement->lookup.parameters; p; p = p->next)
		wanted++;
	const struct ppm_lookup_entry *otherwise = otherwise_of(statement);
	if (!otherwise) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_OTHERWISE_ABSENT, symbol->span, "the lookup `%.*s` has no `otherwise`", (int)symbol->name.size, symbol->name.data);
		ppm_diag_help(sema->diagnostics, d, "say what holds for every other value: `otherwise : 0`");
	} else if (otherwise->next) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, otherwise->next->span, "this entry is never reached: `otherwise` stands before it");
		ppm_diag_help(sema->diagnostics, d, "put `otherwise` last");
	}
	size_t number = 0;
	for (const struct ppm_lookup_entry *entry = statement->lookup.entries; entry; entry = entry->next, number++) {
		size_t keys = 0;
		for (const struct ppm_lookup_key *key = entry->keys; key; key = key->next)
			keys++;
		if (entry->keys && keys != wanted) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LOOKUP_KEYS, entry->span, "this entry has %zu key%s, and the lookup has %zu parameter%s",
				keys, keys == 1 ? "" : "s", wanted, wanted == 1 ? "" : "s");
			ppm_diag_help(sema->diagnostics, d, "separate the parameters' keys by `,`, and values that share an entry by `or`: `\"software\" or \"fintech\" : 10`");
			continue;
		}
		for (const struct ppm_lookup_entry *earlier = statement->lookup.entries; entry->keys && number < COMPARED_ENTRIES && earlier != entry; earlier = earlier->next) {
			bool covered = earlier->keys != NULL;
			const struct ppm_lookup_key *a = earlier->keys, *b = entry->keys;
			for (; covered && a && b; a = a->next, b = b->next)
				covered = place_covers(a, b);
			if (covered && !a && !b) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ENTRY_UNREACHABLE, entry->span, "this entry is never reached");
				ppm_diag_label(sema->diagnostics, d, earlier->span, "this one comes first and holds for the same keys");
				ppm_diag_help(sema->diagnostics, d, "take one of them out, or put the narrower one first");
				break;
			}
		}
	}
}

// The entries' values, unified; values[count] is `otherwise`. False after a report.
static bool lookup_values(struct ppm_sema *sema, const struct ppm_symbol *symbol, ppm_node_id **out, size_t *out_count, struct ppm_type *type)
{
	const struct ppm_statement *statement = symbol->statement;
	struct ppm_scope scope = { .module = symbol->module, .define_body = true };
	const struct ppm_lookup_entry *otherwise = otherwise_of(statement);
	if (!otherwise)
		return false; // reported where it is declared
	size_t count = 0;
	for (const struct ppm_lookup_entry *entry = statement->lookup.entries; entry && entry != otherwise; entry = entry->next)
		count++;
	ppm_node_id *values = ppm_arena_allocate(sema->arena, count + 1, sizeof *values);
	struct ppm_span *spans = ppm_arena_allocate(sema->arena, count + 1, sizeof *spans);
	if (!values || !spans) {
		sema->plan->out_of_memory = true;
		return false;
	}
	size_t i = 0;
	for (const struct ppm_lookup_entry *entry = statement->lookup.entries; i <= count; entry = entry->next, i++) {
		values[i] = ppm_sema_expression(sema, &scope, entry->value);
		spans[i] = entry->value->span;
	}
	*out = values;
	*out_count = count;
	return ppm_sema_unify(sema, values, spans, count + 1, "the entries of the lookup", type);
}

static ppm_node_id key_condition(struct ppm_sema *sema, const struct ppm_lookup_key *key, const struct ppm_expression *written, ppm_node_id argument)
{
	ppm_node_id result = PPM_NODE_NONE;
	for (const struct ppm_expression *a = key->alternatives; a; a = a->next) {
		ppm_node_id one;
		if (a->kind == PPM_EXPRESSION_ANY) { // anything but missing
			if (!node_of(sema, argument)->may_miss)
				return PPM_NODE_NONE;
			one = ppm_plan_not(sema->plan, ppm_plan_is_missing(sema->plan, argument, a->span), a->span);
		} else if (a->kind == PPM_EXPRESSION_MISSING) {
			one = ppm_plan_is_missing(sema->plan, argument, a->span);
			ppm_sema_thought_of_missing(sema, argument);
		} else
			one = ppm_sema_compare(sema, PPM_RELATION_EQUAL, written, a, argument, ppm_sema_literal(sema, a), written->span);
		if (one == PPM_NODE_POISON)
			return one;
		result = result == PPM_NODE_NONE ? one : ppm_plan_or(sema->plan, result, one, a->span);
	}
	return result;
}

static ppm_node_id lookup_text(struct ppm_sema *sema, const struct ppm_symbol *symbol, const struct ppm_expression *call, const struct ppm_expression *written,
	ppm_node_id argument, const ppm_node_id *values, size_t count, struct ppm_type type)
{
	size_t keys = 0, at = 0;
	for (const struct ppm_lookup_entry *entry = symbol->statement->lookup.entries; entry && entry->keys; entry = entry->next)
		for (const struct ppm_expression *a = entry->keys->alternatives; a; a = a->next)
			keys++;
	struct ppm_plan_map map = { .otherwise = values[count], .missing = PPM_NODE_NONE };
	map.keys = ppm_arena_allocate(sema->arena, keys + 1, sizeof *map.keys);
	map.values = ppm_arena_allocate(sema->arena, keys + 1, sizeof *map.values);
	if (!map.keys || !map.values) {
		sema->plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	bool any = false; // `_` took every text: below it only `missing` is reached
	for (const struct ppm_lookup_entry *entry = symbol->statement->lookup.entries; entry && entry->keys; entry = entry->next, at++)
		for (const struct ppm_expression *a = entry->keys->alternatives; a; a = a->next) {
			if (a->kind == PPM_EXPRESSION_MISSING) {
				map.missing = values[at];
				ppm_sema_thought_of_missing(sema, argument);
				continue;
			}
			if (any)
				continue;
			if (a->kind == PPM_EXPRESSION_ANY) {
				map.otherwise = values[at];
				any = true;
				continue;
			}
			ppm_node_id key = ppm_sema_literal(sema, a);
			if (key == PPM_NODE_POISON)
				return key;
			if (node_of(sema, key)->type.base == PPM_BASE_TEXT)
				ppm_sema_check_allowed(sema, a, argument, key);
			else if (ppm_sema_compare(sema, PPM_RELATION_EQUAL, written, a, argument, key, written->span) == PPM_NODE_POISON)
				return PPM_NODE_POISON;
			uint32_t text = ppm_plan_intern(sema->plan, a->text), seen = 0;
			while (seen < map.count && map.count < COMPARED_ENTRIES && map.keys[seen] != text)
				seen++;
			if (map.count >= COMPARED_ENTRIES)
				seen = map.count; // the first of equal keys wins all the same
			if (seen == map.count) {
				map.keys[map.count] = text;
				map.values[map.count++] = values[at];
			}
		}
	return ppm_plan_retype(sema->plan, ppm_plan_map_node(sema->plan, argument, &map, type, call->span), type, call->span);
}

static ppm_node_id call_lookup(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_symbol *symbol, const struct ppm_expression *call,
	const struct ppm_expression *const *written, ppm_node_id *arguments, size_t count)
{
	size_t wanted = 0;
	for (const struct ppm_name_list *p = symbol->statement->lookup.parameters; p; p = p->next)
		wanted++;
	char name[130];
	show_path(call, name);
	if (wanted != count)
		return wrong_count(sema, call, name, wanted, count);
	ppm_node_id *values;
	size_t entries;
	struct ppm_type type;
	if (!lookup_values(sema, symbol, &values, &entries, &type))
		return PPM_NODE_POISON;
	// columns of a model without a dataset learn from the keys
	for (const struct ppm_lookup_entry *entry = symbol->statement->lookup.entries; entry && entry->keys && sema->trial; entry = entry->next) {
		size_t i = 0;
		for (const struct ppm_lookup_key *key = entry->keys; key && i < count; key = key->next, i++)
			for (const struct ppm_expression *a = key->alternatives; a; a = a->next)
				if (a->kind != PPM_EXPRESSION_ANY && a->kind != PPM_EXPRESSION_MISSING)
					ppm_sema_hint(sema, scope, written[i], ppm_sema_literal(sema, a));
	}
	for (size_t i = 0; i < count; i++)
		if (arguments[i] == PPM_NODE_POISON || ppm_sema_is_open(sema, arguments[i]))
			return PPM_NODE_POISON;
	bool constant = true;
	for (size_t i = 0; i <= entries; i++)
		constant = constant && ppm_plan_is_constant(sema->plan, values[i]);
	if (count == 1 && constant && type.base != PPM_BASE_FLAG && node_of(sema, arguments[0])->type.base == PPM_BASE_TEXT)
		return lookup_text(sema, symbol, call, written[0], arguments[0], values, entries, type);
	// an entry holds where all its keys do; where a key is missing and no entry before says what then, the result is missing
	ppm_node_id result = values[entries];
	for (size_t i = 0; i < count; i++)
		if (node_of(sema, arguments[i])->may_miss) {
			ppm_node_id gone = ppm_plan_is_missing(sema->plan, arguments[i], call->span);
			result = ppm_plan_select(sema->plan, gone, ppm_plan_missing(sema->plan, type, call->span), result, PPM_NODE_NONE, type, call->span);
		}
	const struct ppm_lookup_entry **list = ppm_arena_allocate(sema->arena, entries + 1, sizeof *list);
	if (!list) {
		sema->plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	size_t listed = 0;
	for (const struct ppm_lookup_entry *entry = symbol->statement->lookup.entries; entry && listed < entries; entry = entry->next)
		list[listed++] = entry;
	for (size_t at = entries; at-- > 0;) {
		const struct ppm_lookup_entry *entry = list[at];
		ppm_node_id condition = PPM_NODE_NONE;
		size_t i = 0;
		for (const struct ppm_lookup_key *key = entry->keys; key && i < count; key = key->next, i++) {
			ppm_node_id one = key_condition(sema, key, written[i], arguments[i]);
			if (one == PPM_NODE_POISON)
				return one;
			if (one == PPM_NODE_NONE)
				continue;
			if (node_of(sema, one)->may_miss) // an entry whose key is missing does not hold
				one = ppm_plan_default(sema->plan, one, ppm_plan_flag(sema->plan, false, call->span), call->span);
			condition = condition == PPM_NODE_NONE ? one : ppm_plan_and(sema->plan, condition, one, call->span);
		}
		result = condition == PPM_NODE_NONE ? values[at] : ppm_plan_select(sema->plan, condition, values[at], result, PPM_NODE_NONE, type, call->span);
	}
	return ppm_plan_retype(sema->plan, result, type, call->span); // a figure that was looked up adapts to nothing, even where the keys are constants
}

// ---- calls --------------------------------------------------------------------------------------------------------

ppm_node_id ppm_sema_call(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call)
{
	const struct ppm_name *name = &call->path->name;
	char shown[130];
	show_path(call, shown);
	bool dotted = call->path->next != NULL;
	struct ppm_symbol *symbol = NULL;
	if (dotted)
		symbol = ppm_sema_symbol(sema, scope, call->path, false);
	else {
		symbol = ppm_sema_find(scope->module, name->text);
		if (!symbol && scope->module != sema->main && !scope->module->standard)
			symbol = ppm_sema_find(sema->main, name->text);
	}
	// a column called `year` leaves `year(…)` the function that it is
	if (symbol && !dotted && symbol->kind != PPM_SYMBOL_DEFINE && symbol->kind != PPM_SYMBOL_LOOKUP && (ppm_builtin_find(name->text) || ppm_sema_is_figure(scope, call)))
		symbol = NULL;
	const struct ppm_builtin *builtin = symbol || dotted ? NULL : ppm_builtin_find(name->text);
	if (!symbol && !dotted && ppm_sema_is_figure(scope, call))
		return ppm_sema_figure(sema, scope, call);
	if (!symbol && !builtin) {
		static const char *const figures[] = {
#define FIGURE(word, form, text) #word,
#include "stdlib/figures.def"
#undef FIGURE
		};
		if (dotted)
			return PPM_NODE_POISON;
		struct ppm_suggestion suggestion;
		ppm_suggestion_init(&suggestion, name->text);
		size_t count;
		const struct ppm_builtin *all = ppm_builtins(&count);
		for (uint32_t i = 0; i < scope->module->names.count; i++)
			if (scope->module->symbols[i]->kind == PPM_SYMBOL_DEFINE || scope->module->symbols[i]->kind == PPM_SYMBOL_LOOKUP)
				ppm_suggestion_offer(&suggestion, scope->module->symbols[i]->name);
		for (size_t i = 0; i < count; i++)
			ppm_suggestion_offer(&suggestion, ppm_slice_of(all[i].name));
		for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
			ppm_suggestion_offer(&suggestion, ppm_slice_of(figures[i]));
		struct ppm_slice near = ppm_suggestion_take(&suggestion);
		if (ppm_slice_is(name->text, "average") || ppm_slice_is(name->text, "mean"))
			near = PPM_SLICE("avg");
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_FUNCTION_UNKNOWN, name->span, "no function is called `%s`", shown);
		bool other_case = near.size == name->text.size && ppm_text_distance(near, name->text, 0) == 0; // MAX
		if (!other_case && ppm_sema_foreign_call_advice(sema, d, call))
			;
		else if (near.size)
			ppm_sema_did_you_mean(sema, d, near);
		else
			ppm_diag_help(sema->diagnostics, d, "write it with `define`; `ppmc docs` lists the functions there are");
		return PPM_NODE_POISON;
	}
	if (symbol && symbol->kind != PPM_SYMBOL_DEFINE && symbol->kind != PPM_SYMBOL_LOOKUP) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_FUNCTION_UNKNOWN, call->span, "`%s` is no function", shown);
		ppm_diag_label(sema->diagnostics, d, symbol->span, "it is declared here");
		ppm_diag_help(sema->diagnostics, d, "leave out the parentheses");
		return PPM_NODE_POISON;
	}
	if (has_clauses(call)) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_IN_CALL, call->span, "`over`, `where`, `by` and the like do not belong in a call of `%s`", shown);
		ppm_diag_help(sema->diagnostics, d, "they belong in figures over many rows, such as `sum(… over …)`");
		return PPM_NODE_POISON;
	}
	if (!symbol && strcmp(builtin->name, "provided") == 0)
		return ppm_sema_provided(sema, scope, call);
	const struct ppm_expression *written[PPM_SEMA_ARGUMENTS];
	ppm_node_id arguments[PPM_SEMA_ARGUMENTS];
	size_t count = 0;
	bool poison = false;
	for (const struct ppm_argument *a = call->arguments; a; a = a->next) {
		if (count == PPM_SEMA_ARGUMENTS) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, a->expression->span, "a call takes at most %d arguments", PPM_SEMA_ARGUMENTS);
			ppm_diag_help(sema->diagnostics, d, "compute part of it in a `let`");
			return PPM_NODE_POISON;
		}
		written[count] = a->expression;
		arguments[count] = ppm_sema_expression(sema, scope, a->expression);
		poison = poison || arguments[count] == PPM_NODE_POISON;
		count++;
	}
	if (symbol)
		symbol->uses++;
	if (poison)
		return PPM_NODE_POISON;
	if (symbol)
		return symbol->kind == PPM_SYMBOL_DEFINE ? call_define(sema, scope, symbol, call, arguments, count)
							 : call_lookup(sema, scope, symbol, call, written, arguments, count);
	return builtin->kernel ? call_kernel(sema, builtin, call, written, arguments, count) : special(sema, scope, call, builtin->name, written, arguments, count);
}

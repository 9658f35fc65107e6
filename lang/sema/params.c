// Params: constants with a name, which the command line or a scenario of the model may give another value. Whatever its origin, a value is held to the param's type and range.
//
// A scenario's values are checked whether or not it is chosen, so that a model that compiles has only scenarios that can be chosen.

#include "lang/sema/tests.h"

#include <stdio.h>
#include <string.h>

static bool within(const struct ppm_plan *plan, ppm_node_id value, ppm_node_id low, ppm_node_id high)
{
	int order;
	return !(ppm_plan_constant_order(plan, value, low, &order) && order < 0) && !(ppm_plan_constant_order(plan, value, high, &order) && order > 0);
}

enum origin { OF_MODEL, OF_SCENARIO, OF_COMMAND, OF_TEST };

// Where the param of a name is, from the model's point of view: its own, or `module.name`.
static struct ppm_symbol *find_param(const struct ppm_sema *sema, const struct ppm_name_list *path)
{
	const struct ppm_module *module = sema->main;
	if (path->next) {
		const struct ppm_symbol *used = path->next->next ? NULL : ppm_sema_find(module, path->name.text);
		if (!used || used->kind != PPM_SYMBOL_MODULE || !used->module)
			return NULL;
		module = used->module;
		path = path->next;
	}
	struct ppm_symbol *symbol = module->standard ? NULL : ppm_sema_find(module, path->name.text);
	return symbol && symbol->kind == PPM_SYMBOL_PARAM ? symbol : NULL;
}

static const struct ppm_statement *find_scenario(const struct ppm_sema *sema, struct ppm_slice name)
{
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_SCENARIO && ppm_slice_equal(s->name.text, name))
			return s;
	return NULL;
}

static struct ppm_slice full_name(const struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	struct ppm_slice module = symbol->module->name;
	if (!module.size)
		return symbol->name;
	return ppm_arena_format(sema->arena, "%.*s.%.*s", (int)module.size, module.data, (int)symbol->name.size, symbol->name.data);
}

static const char *option_of(const struct ppm_sema *sema, size_t setting)
{
	const char *option = sema->options->settings[setting].option;
	return option ? option : "--set";
}

// The option that gave the param its value.
static const char *option_for(const struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	for (size_t i = 0; i < sema->options->setting_count; i++)
		if (ppm_slice_equal(sema->options->settings[i].name, full_name(sema, symbol)))
			return option_of(sema, i);
	return "--set";
}

// The param's value: from the tests that the model is compiled for, from --set where there is one, else from the scenario that was chosen, else from the model.
static const struct ppm_expression *param_value(struct ppm_sema *sema, struct ppm_symbol *symbol, enum origin *origin)
{
	const struct ppm_expression *value = symbol->statement->param.value;
	const struct ppm_statement *scenario = sema->options->scenario.size ? find_scenario(sema, sema->options->scenario) : NULL;
	const struct ppm_expression *given = ppm_sema_given_setting(sema, symbol->module->name, symbol->name);
	*origin = given ? OF_TEST : OF_MODEL;
	if (given)
		return given;
	for (const struct ppm_scenario_setting *s = scenario ? scenario->scenario.settings : NULL; s && *origin == OF_MODEL; s = s->next)
		if (find_param(sema, s->param->path) == symbol) {
			*origin = OF_SCENARIO;
			value = s->value;
		}
	for (size_t i = 0; i < sema->options->setting_count; i++) {
		struct ppm_slice name = sema->options->settings[i].name;
		if (symbol->module != sema->main) { // module.param
			size_t m = symbol->module->name.size;
			if (name.size <= m || memcmp(name.data, symbol->module->name.data, m) != 0 || name.data[m] != '.')
				continue;
			name = (struct ppm_slice){ name.data + m + 1, name.size - m - 1 };
		}
		if (!ppm_slice_equal(name, symbol->name))
			continue;
		char label[160];
		int size = snprintf(label, sizeof label, "%s %.*s", option_of(sema, i), (int)(name.size < 120 ? name.size : 120), name.data);
		struct ppm_source *source = ppm_source_map_add(sema->map, (struct ppm_slice){ label, (size_t)size }, sema->options->settings[i].value);
		if (!source) {
			sema->plan->out_of_memory = true;
			return NULL;
		}
		*origin = OF_COMMAND;
		value = ppm_parse_value(sema->arena, sema->diagnostics, source);
	}
	return value;
}

// Whether a constant is one of the type: a figure without a unit takes that of a number or an amount, and 0 that of a percent.
static bool fits(const struct ppm_node *value, struct ppm_type wanted)
{
	if (ppm_type_same(value->type, wanted))
		return true;
	if (!value->bare || (value->type.period && value->type.period != wanted.period))
		return false;
	return wanted.base == PPM_BASE_MONEY || wanted.base == PPM_BASE_NUMBER || (wanted.base == PPM_BASE_PERCENT && value->value.number == 0);
}

static bool report_not_constant(struct ppm_sema *sema, ppm_node_id node, struct ppm_span span, const char *what)
{
	bool missing = sema->plan->nodes[node].op == PPM_NODE_MISSING;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PARAM_NOT_CONSTANT, span, missing ? "%s is missing" : "%s is not constant", what);
	enum ppm_foreign_value value = ppm_foreign_value(ppm_source_map_text(sema->map, span));
	if ((value == PPM_FOREIGN_YES || value == PPM_FOREIGN_NO) && ppm_sema_foreign_value_advice(sema, d, ppm_source_map_text(sema->map, span)))
		return false; // without a dataset, it was a column
	ppm_diag_help(sema->diagnostics, d, missing ? "write a computation that has a value" : "a value that differs from row to row is a `let`");
	return false;
}

static bool is_figure(struct ppm_type type)
{
	return type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_MONEY || type.base == PPM_BASE_DURATION;
}

// What is said of a param's values is constant, and of its type. `what`: "this end of its range".
static bool is_of_type(struct ppm_sema *sema, struct ppm_type wanted, ppm_node_id node, struct ppm_span span, const char *what)
{
	if (!ppm_plan_is_constant(sema->plan, node))
		return report_not_constant(sema, node, span, what);
	const struct ppm_node *value = &sema->plan->nodes[node];
	if (fits(value, wanted))
		return true;
	char a[48], b[48];
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, span, "the param is `%s`, but %s is `%s`", ppm_type_name(wanted, a), what, ppm_type_name(value->type, b));
	bool figures = is_figure(wanted) && is_figure(value->type);
	ppm_diag_help(sema->diagnostics, d, figures ? "write it in the param's unit" : "what a param may be is of one type: correct this one, or the type of the param");
	return false;
}

// ends[0 … 1] become those of the declared range, as the param's type.
static void check_range(struct ppm_sema *sema, struct ppm_symbol *symbol, ppm_node_id node, struct ppm_span written, enum origin origin, ppm_node_id ends[2])
{
	const struct ppm_statement *statement = symbol->statement;
	struct ppm_scope scope = { .module = symbol->module };
	struct ppm_type wanted = sema->plan->nodes[node].type;
	if (wanted.base == PPM_BASE_TEXT || wanted.base == PPM_BASE_FLAG) {
		char name[48];
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, (struct ppm_span){ statement->param.low->span.begin, statement->param.high->span.end },
				"a range goes with figures, dates and durations, and the param is `%s`", ppm_type_name(wanted, name));
		ppm_diag_help(sema->diagnostics, d, wanted.base == PPM_BASE_TEXT ? "list its values: `in [\"a\", \"b\"]`" : "leave it out: a flag is `yes` or `no`");
		return;
	}
	ppm_node_id low = ppm_sema_expression(sema, &scope, statement->param.low), high = ppm_sema_expression(sema, &scope, statement->param.high);
	if (low == PPM_NODE_POISON || high == PPM_NODE_POISON || !is_of_type(sema, wanted, low, statement->param.low->span, "this end of its range") ||
		!is_of_type(sema, wanted, high, statement->param.high->span, "this end of its range"))
		return;
	ends[0] = ppm_plan_retype(sema->plan, low, wanted, statement->param.low->span);
	ends[1] = ppm_plan_retype(sema->plan, high, wanted, statement->param.high->span);
	int order;
	if (ppm_plan_constant_order(sema->plan, ends[0], ends[1], &order) && order > 0) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_RANGE_EMPTY, statement->param.low->span, "no value lies in this range: its low end is above its high end");
		ppm_diag_help(sema->diagnostics, d, "write the low end first");
	} else if (!within(sema->plan, node, ends[0], ends[1])) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_PARAM_OUT_OF_RANGE, written, "the value of `%.*s` is outside its range", (int)symbol->name.size, symbol->name.data);
		ppm_diag_label(sema->diagnostics, d, (struct ppm_span){ statement->param.low->span.begin, statement->param.high->span.end }, "the range is declared here");
		if (origin == OF_COMMAND)
			ppm_diag_help(sema->diagnostics, d, "give `%s` a value within the range", option_for(sema, symbol));
		else
			ppm_diag_help(sema->diagnostics, d,
				origin == OF_MODEL              ? "change the value, or the range after `in`"
					: origin == OF_SCENARIO ? "give the scenario a value within the range"
								: "give a value within the range");
	}
}

static void check_list(struct ppm_sema *sema, struct ppm_symbol *symbol, ppm_node_id node, struct ppm_span written)
{
	const struct ppm_expression *list = symbol->statement->param.in_list;
	struct ppm_scope scope = { .module = symbol->module };
	struct ppm_type wanted = sema->plan->nodes[node].type;
	bool found = false;
	for (const struct ppm_expression *item = list->items; item; item = item->next) {
		ppm_node_id allowed = ppm_sema_expression(sema, &scope, item);
		if (allowed == PPM_NODE_POISON || !is_of_type(sema, wanted, allowed, item->span, "this value of its list"))
			return;
		allowed = ppm_plan_retype(sema->plan, allowed, wanted, item->span);
		int order;
		found = found || allowed == node || (ppm_plan_constant_order(sema->plan, allowed, node, &order) && order == 0);
	}
	if (found)
		return;
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_PARAM_OUT_OF_RANGE, written, "the value of `%.*s` is not in its list", (int)symbol->name.size, symbol->name.data);
	ppm_diag_label(sema->diagnostics, d, list->span, "these are allowed");
	ppm_diag_help(sema->diagnostics, d, "choose one of the listed values, or add it to the list");
}

// The value as the param's type; PPM_NODE_POISON after a report, and for a list. `ends`: of its range, PPM_NODE_NONE without one.
static ppm_node_id checked_value(struct ppm_sema *sema, struct ppm_symbol *symbol, const struct ppm_expression *written, enum origin origin, ppm_node_id ends[2])
{
	// what a scenario or a test says stands in the model itself, whatever module the param is of
	struct ppm_scope scope = { .module = origin == OF_SCENARIO || origin == OF_TEST ? sema->main : symbol->module }, own_scope = { .module = symbol->module };
	const struct ppm_statement *statement = symbol->statement;
	ends[0] = ends[1] = PPM_NODE_NONE;
	if (written->kind == PPM_EXPRESSION_LIST) {
		const bool typed = statement->param.type.base.text.size != 0;
		const struct ppm_type type = typed ? ppm_sema_type(sema, &statement->param.type) : ppm_type_of(PPM_BASE_ERROR);
		for (const struct ppm_expression *item = written->items; item; item = item->next) {
			ppm_node_id node = ppm_sema_expression(sema, &scope, item);
			if (node == PPM_NODE_POISON)
				continue;
			if (!ppm_plan_is_constant(sema->plan, node))
				report_not_constant(sema, node, item->span, "a value of the list");
			else if (type.base != PPM_BASE_ERROR)
				is_of_type(sema, type, node, item->span, "this value of its list");
		}
		return PPM_NODE_POISON;
	}
	ppm_node_id node = ppm_sema_expression(sema, &scope, written);
	if (node == PPM_NODE_POISON)
		return node;
	if (!ppm_plan_is_constant(sema->plan, node)) {
		report_not_constant(sema, node, written->span, "the value of a `param`");
		return PPM_NODE_POISON;
	}
	struct ppm_type type = sema->plan->nodes[node].type;
	// the declared type, or that of the model's own value where another one is given
	struct ppm_type wanted = type;
	if (statement->param.type.base.text.size)
		wanted = ppm_sema_type(sema, &statement->param.type);
	else if (origin != OF_MODEL) {
		ppm_node_id own = ppm_sema_expression(sema, &own_scope, statement->param.value);
		if (own != PPM_NODE_POISON)
			wanted = sema->plan->nodes[own].type;
	}
	if (wanted.base == PPM_BASE_ERROR)
		return PPM_NODE_POISON;
	const struct ppm_node *value = &sema->plan->nodes[node];
	if (!fits(value, wanted)) {
		char a[48], b[48];
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, written->span, "the param `%.*s` is `%s`, but its value is `%s`",
			(int)symbol->name.size, symbol->name.data, ppm_type_name(wanted, a), ppm_type_name(type, b));
		ppm_diag_help(sema->diagnostics, d, "write its value in the param's unit");
		return PPM_NODE_POISON;
	}
	if (!wanted.currency[0])
		memcpy(wanted.currency, type.currency, 4);
	node = ppm_plan_retype(sema->plan, node, wanted, written->span); // a name does not adapt: no longer bare
	if (statement->param.low && statement->param.high)
		check_range(sema, symbol, node, written->span, origin, ends);
	if (statement->param.in_list)
		check_list(sema, symbol, node, written->span);
	return node;
}

ppm_node_id ppm_sema_param(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	const struct ppm_statement *statement = symbol->statement;
	enum origin origin;
	const struct ppm_expression *written = param_value(sema, symbol, &origin);
	if (!written)
		return PPM_NODE_POISON;
	if (written->kind == PPM_EXPRESSION_LIST)
		symbol->list = written;
	symbol->by_scenario = origin == OF_SCENARIO;
	ppm_node_id ends[2], node = checked_value(sema, symbol, written, origin, ends);
	struct ppm_plan_param *param = symbol->list ? PPM_PLAN_APPEND(sema->plan, list_param) : node == PPM_NODE_POISON ? NULL : PPM_PLAN_APPEND(sema->plan, param);
	if (param)
		*param = (struct ppm_plan_param){ .name = symbol->name,
			.doc = statement->doc.text,
			.span = symbol->span,
			.node = node,
			.set = origin == OF_COMMAND || origin == OF_TEST,
			.scenario = origin == OF_SCENARIO ? find_scenario(sema, sema->options->scenario)->name.text : PPM_SLICE(""),
			.full = full_name(sema, symbol),
			.standard = symbol->module->standard,
			.statement = statement,
			.written = written,
			.low = ends[0],
			.high = ends[1] };
	return node;
}

// ---- scenarios ---------------------------------------------------------------------------------------------

static void no_param(struct ppm_sema *sema, const struct ppm_expression *path)
{
	struct ppm_slice name = ppm_sema_text_of(sema, path->span);
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name);
	for (const struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++)
			if (module->symbols[i]->kind == PPM_SYMBOL_PARAM && !module->standard)
				ppm_suggestion_offer(&suggestion, full_name(sema, module->symbols[i]));
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SCENARIO_PARAM, path->span, "the model has no param called `%.*s`", (int)name.size, name.data);
	if (near.size && ppm_sema_find(sema->main, near))
		ppm_sema_did_you_mean(sema, d, near);
	else if (near.size) // MODULE.NAME
		ppm_diag_help(sema->diagnostics, d, "did you mean `%.*s`?", (int)near.size, near.data);
	else
		ppm_diag_help(sema->diagnostics, d, "a scenario gives params other values; make what it shall change a `param`");
}

// A list in the place of a value, or a value in that of a list.
static bool same_shape(struct ppm_sema *sema, const struct ppm_symbol *symbol, const struct ppm_expression *value)
{
	bool list = symbol->statement->param.value->kind == PPM_EXPRESSION_LIST, given = value->kind == PPM_EXPRESSION_LIST;
	if (list == given)
		return true;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, value->span, "the param `%.*s` is %s, but its value is %s", (int)symbol->name.size,
		symbol->name.data, list ? "a list" : "one value", given ? "a list" : "not");
	ppm_diag_help(sema->diagnostics, d, list ? "write a list, such as `[\"a\", \"b\"]`" : "write one value");
	return false;
}

// A name's value may be another one when the scenario is in force, perhaps one that rests on what is being set: so values are written out.
static const struct ppm_expression *first_name(const struct ppm_expression *value)
{
	if (!value || value->kind == PPM_EXPRESSION_PATH)
		return value;
	const struct ppm_expression *const operands[] = { value->left, value->right, value->third };
	for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
		const struct ppm_expression *found = first_name(operands[i]);
		if (found)
			return found;
	}
	for (const struct ppm_expression *item = value->items; item; item = item->next) {
		const struct ppm_expression *found = first_name(item);
		if (found)
			return found;
	}
	for (const struct ppm_argument *argument = value->arguments; argument; argument = argument->next) {
		const struct ppm_expression *found = first_name(argument->expression);
		if (found)
			return found;
	}
	return NULL;
}

void ppm_sema_given_param(struct ppm_sema *sema, struct ppm_symbol *symbol, const struct ppm_expression *value)
{
	const struct ppm_expression *name = first_name(value);
	if (name) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_VALUE, name->span, "a param's value in a test depends on a name");
		ppm_diag_help(sema->diagnostics, d, "write the value itself; computations of figures are fine");
		return;
	}
	ppm_node_id ends[2];
	if (same_shape(sema, symbol, value))
		checked_value(sema, symbol, value, OF_TEST, ends);
}

static bool is_written_out(struct ppm_sema *sema, const struct ppm_expression *value)
{
	const struct ppm_expression *name = first_name(value);
	if (!name)
		return true;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SCENARIO_VALUE, name->span, "a value in a scenario depends on a name");
	ppm_diag_help(sema->diagnostics, d, "write the value itself; computations of figures are fine");
	return false;
}

static void check_setting(struct ppm_sema *sema, const struct ppm_statement *statement, struct ppm_plan_scenario *scenario, const struct ppm_scenario_setting *setting)
{
	struct ppm_symbol *symbol = find_param(sema, setting->param->path);
	if (!symbol) {
		no_param(sema, setting->param);
		return;
	}
	for (const struct ppm_scenario_setting *before = statement->scenario.settings; before != setting; before = before->next)
		if (find_param(sema, before->param->path) == symbol) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SCENARIO_SETS_TWICE, setting->param->span, "the scenario `%.*s` sets `%.*s` twice",
				(int)statement->name.text.size, statement->name.text.data, (int)symbol->name.size, symbol->name.data);
			ppm_diag_label(sema->diagnostics, d, before->span, "it is set here first");
			return;
		}
	if (!is_written_out(sema, setting->value) || !same_shape(sema, symbol, setting->value))
		return;
	// what is in force was checked as the param's own
	ppm_node_id ends[2], node = symbol->by_scenario && scenario->chosen ? symbol->node : checked_value(sema, symbol, setting->value, OF_SCENARIO, ends);
	scenario->settings[scenario->setting_count++] =
		(struct ppm_plan_setting){ .name = full_name(sema, symbol), .text = ppm_sema_text_of(sema, setting->value->span), .node = node };
}

void ppm_sema_scenarios(struct ppm_sema *sema)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice chosen = sema->options->scenario;
	bool found = false;
	struct ppm_interner names; // code: the place in the plan's scenarios
	ppm_interner_init(&names, sema->allocator);
	ppm_suggestion_init(&suggestion, chosen);
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next) {
		if (s->kind != PPM_STATEMENT_SCENARIO)
			continue;
		uint32_t first = ppm_interner_find(&names, s->name.text);
		if (first != PPM_INTERNER_NONE) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_SCENARIO_TWICE, s->name.span, "a second scenario `%.*s`", (int)s->name.text.size, s->name.text.data);
			ppm_diag_label(sema->diagnostics, d, sema->plan->scenarios[first].span, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "rename one of the two");
			continue;
		}
		uint32_t count = 0;
		for (const struct ppm_scenario_setting *setting = s->scenario.settings; setting; setting = setting->next)
			count++;
		struct ppm_plan_setting *settings = ppm_arena_allocate(sema->arena, (size_t)count + 1, sizeof *settings);
		struct ppm_plan_scenario *scenario = settings ? PPM_PLAN_APPEND(sema->plan, scenario) : NULL;
		if (!scenario || ppm_interner_add(&names, s->name.text) == PPM_INTERNER_NONE) {
			sema->plan->out_of_memory = true;
			ppm_interner_free(&names);
			return;
		}
		*scenario = (struct ppm_plan_scenario){
			.name = s->name.text, .doc = s->doc.text, .span = s->name.span, .settings = settings, .chosen = chosen.size && ppm_slice_equal(chosen, s->name.text)
		};
		for (const struct ppm_scenario_setting *setting = s->scenario.settings; setting; setting = setting->next)
			check_setting(sema, s, scenario, setting);
		found = found || scenario->chosen;
		ppm_suggestion_offer(&suggestion, s->name.text);
	}
	ppm_interner_free(&names);
	if (!chosen.size || found)
		return;
	struct ppm_source *source = ppm_source_map_add(sema->map, PPM_SLICE("--scenario"), chosen);
	struct ppm_span span = { source ? source->base : 0, source ? source->base + (uint32_t)chosen.size : 0 };
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SCENARIO_UNKNOWN, span, "the model has no scenario called `%.*s`", (int)chosen.size, chosen.data);
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	if (near.size) // on a command line it needs no backquotes
		ppm_diag_help(sema->diagnostics, d, "did you mean `%.*s`?", (int)near.size, near.data);
	else
		ppm_diag_help(sema->diagnostics, d, "a scenario is declared in the model: `scenario name { param = value }`");
}

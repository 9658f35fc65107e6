// What the result holds: what `output` says, what the command line asks for, or what every user wants to see first.

#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

#define REASONS_DEFAULT 3
#define REASONS_LIMIT 20

static struct ppm_plan_result *add(struct ppm_sema *sema, struct ppm_slice name, struct ppm_span span)
{
	struct ppm_plan *plan = sema->plan;
	if (ppm_interner_find(&sema->result_names, name) != PPM_INTERNER_NONE) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RESULT_TWICE, span, "the result has two columns called \"%.*s\"", (int)name.size, name.data);
		for (size_t i = 0; i < plan->result_count; i++)
			if (ppm_slice_equal(plan->results[i].name, name) && plan->results[i].span.end)
				ppm_diag_label(sema->diagnostics, d, plan->results[i].span, "the first is here");
		ppm_diag_help(sema->diagnostics, d, "take one out, or name it with `as \"…\"`");
		return NULL;
	}
	struct ppm_plan_result *result = PPM_PLAN_APPEND(plan, result);
	if (!result)
		return NULL;
	if (ppm_interner_add(&sema->result_names, name) == PPM_INTERNER_NONE)
		plan->out_of_memory = true;
	*result = (struct ppm_plan_result){ .name = name, .node = PPM_NODE_NONE, .places = -1, .span = span };
	return result;
}

static void add_value(struct ppm_sema *sema, struct ppm_slice name, ppm_node_id node, struct ppm_span span)
{
	if (node == PPM_NODE_NONE || node == PPM_NODE_POISON)
		return;
	struct ppm_plan_result *result = add(sema, name, span);
	if (!result)
		return;
	result->node = node;
	if (sema->plan->nodes[node].op == PPM_NODE_SCORE)
		result->places = sema->plan->places;
}

static void add_reasons(struct ppm_sema *sema, struct ppm_slice name, uint32_t count, struct ppm_span span)
{
	struct ppm_plan_result *result = add(sema, name, span);
	if (!result)
		return;
	result->kind = PPM_RESULT_REASONS;
	result->count = count;
}

static void add_action(struct ppm_sema *sema, struct ppm_slice name, struct ppm_span span)
{
	struct ppm_plan_result *result = add(sema, name, span);
	if (result)
		result->kind = PPM_RESULT_ACTION;
}

static void add_column(struct ppm_sema *sema, struct ppm_slice name, uint32_t column, struct ppm_span span)
{
	const struct ppm_column_declaration *c = sema->plan->columns[column].declaration;
	if (sema->plan->columns[column].kind != PPM_PLAN_FIELD || (c && c->values)) { // of no file, or not as it stands there
		add_value(sema, name, sema->plan->columns[column].node, span);
		return;
	}
	struct ppm_plan_result *result = add(sema, name, span);
	if (!result)
		return;
	result->kind = PPM_RESULT_PASS;
	result->column = column;
	result->node = sema->plan->columns[column].node;
}

// A name that `output` or --columns gives. False after a report.
static bool add_named(struct ppm_sema *sema, const struct ppm_expression *path, struct ppm_slice label, const struct ppm_result *written)
{
	struct ppm_scope scope = { .module = sema->main };
	struct ppm_slice name = path->path->name.text;
	for (const struct ppm_name_list *part = path->path->next; part; part = part->next)
		name = ppm_arena_format(sema->arena, "%.*s.%.*s", (int)name.size, name.data, (int)part->name.text.size, part->name.text.data);
	struct ppm_slice shown = label.data ? label : name;
	if (ppm_slice_is(name, "reasons")) {
		if (!sema->plan->dimension_count) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NO_RULES, path->span, "this model has no rules, so there are no reasons");
			ppm_diag_help(sema->diagnostics, d, "write rules such as `penalty slow_payer when days_late > 30`");
			return false;
		}
		uint32_t count = REASONS_DEFAULT;
		if (written && written->count.size) {
			count = 0;
			for (size_t i = 0; i < written->count.size && count <= REASONS_LIMIT; i++)
				count = count * 10 + (uint32_t)(written->count.data[i] >= '0' && written->count.data[i] <= '9' ? written->count.data[i] - '0' : 99);
			if (count < 1 || count > REASONS_LIMIT) {
				struct ppm_diagnostic *d =
					ppm_diag(sema->diagnostics, PPM_DIAG_REASON_COUNT, written->span, "`reasons` takes a whole number from 1 to %d", REASONS_LIMIT);
				ppm_diag_help(sema->diagnostics, d, "write `reasons 3`");
				return false;
			}
		}
		add_reasons(sema, shown, count, path->span);
		return true;
	}
	if (ppm_slice_is(name, "action")) {
		if (!sema->plan->tier_count) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, path->span, "this model has no tiers, so there are no actions");
			ppm_diag_help(sema->diagnostics, d, "write some: `tier good when score >= 60 action \"…\"`");
			return false;
		}
		add_action(sema, shown, path->span);
		return true;
	}
	if (written && written->count.size) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_REASON_COUNT, written->span, "only `reasons` takes a count");
		ppm_diag_help(sema->diagnostics, d, "leave the figure out; decimals are given by `format \"0.00\"`");
		return false;
	}
	// `region.capacity` is a value along a reference, `payments.slow` a name of a module
	struct ppm_symbol *head = path->path->next ? ppm_sema_find(sema->main, path->path->name.text) : NULL;
	bool along = path->path->next && !(head && head->kind == PPM_SYMBOL_MODULE);
	struct ppm_symbol *symbol = along ? NULL : ppm_sema_symbol(sema, &scope, path->path, false);
	if (!symbol && !along)
		return false;
	if (symbol && symbol->kind == PPM_SYMBOL_COLUMN && symbol->dataset == 0) { // what the rows above have is brought to these
		symbol->uses++;
		sema->plan->columns[symbol->index].uses++;
		if (!written || !written->format.text.data) { // as it stands in the file
			if (ppm_sema_is_open(sema, symbol->node))
				ppm_sema_asked(sema, symbol->node);
			add_column(sema, shown, symbol->index, path->span);
			return true;
		}
	}
	ppm_node_id node = along ? ppm_sema_path(sema, &scope, path) : ppm_sema_reach(sema, &scope, ppm_sema_value(sema, symbol, path->span), path->span);
	if (node == PPM_NODE_POISON)
		return false;
	if (ppm_sema_is_open(sema, node))
		return true;
	add_value(sema, shown, node, path->span);
	struct ppm_plan_result *result = sema->plan->result_count ? &sema->plan->results[sema->plan->result_count - 1] : NULL;
	if (!result || !written || !written->format.text.data)
		return true;
	const struct ppm_node *value = &sema->plan->nodes[node];
	struct ppm_number_pattern pattern;
	struct ppm_date_format date;
	char type[48];
	bool fits = value->type.base == PPM_BASE_DATE
		? ppm_date_format_parse(written->format.text, &date)
		: ppm_type_is_numeric(value->type) && value->type.base != PPM_BASE_DURATION && ppm_number_pattern_parse(written->format.text, &pattern);
	if (!fits) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, written->format.span, "this is no format for `%s`", ppm_type_name(value->type, type));
		ppm_diag_help(sema->diagnostics, d, "formats are written by example: `\"0\"`, `\"0.00\"`, `\"#,##0.00\"`, `\"0%%\"`, and `\"DD/MM/YYYY\"` for dates");
		return false;
	}
	if (value->type.base != PPM_BASE_DATE &&
		(!ppm_sema_format_fits(sema, &pattern, written->format.span, value->type, false) || ppm_sema_is_coarse(sema, node, &pattern, written->format.span)))
		return false;
	result->format = written->format.text;
	return true;
}

static void add_classes(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	for (size_t i = 0; i < plan->segment_count; i++)
		add_value(sema, plan->segments[i].name, plan->segments[i].node, plan->segments[i].span);
	for (size_t i = 0; i < plan->perspective_count; i++) {
		struct ppm_slice name = ppm_arena_format(sema->arena, "score_%.*s", (int)plan->perspectives[i].name.size, plan->perspectives[i].name.data);
		add_value(sema, name, ppm_sema_score(sema, 3 + (uint32_t)i, plan->perspectives[i].span), plan->perspectives[i].span);
	}
}

static void add_lets(struct ppm_sema *sema)
{
	for (uint32_t i = 0; i < sema->main->names.count; i++)
		if (sema->main->symbols[i]->kind == PPM_SYMBOL_LET)
			add_value(sema, sema->main->symbols[i]->name, sema->main->symbols[i]->node, sema->main->symbols[i]->span);
}

// The score's own columns, all or as many as a table needs.
static void add_scores(struct ppm_sema *sema, bool all)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_span nowhere = { 0, 0 };
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (plan->dimensions[i].name.size) {
			bool may_miss = ppm_plan_dimension_may_miss(&plan->dimensions[i]);
			add_value(sema, plan->dimensions[i].name, ppm_plan_scoring(plan, PPM_NODE_DIMENSION, (uint32_t)i, ppm_type_of(PPM_BASE_NUMBER), may_miss, 0, 100, nowhere),
				plan->dimensions[i].span);
		}
	add_value(sema, PPM_SLICE("points"), plan->points, nowhere);
	add_value(sema, PPM_SLICE("score"), plan->score, nowhere);
	if (all) {
		add_value(sema, PPM_SLICE("score_low"), plan->score_low, nowhere);
		add_value(sema, PPM_SLICE("score_high"), plan->score_high, nowhere);
	}
	add_value(sema, PPM_SLICE("tier"), plan->tier, nowhere);
	bool actions = false;
	for (size_t i = 0; i < plan->tier_count; i++)
		actions = actions || plan->tiers[i].action;
	if (all && actions)
		add_action(sema, PPM_SLICE("action"), nowhere);
	if (all && plan->override_count)
		add_value(sema, PPM_SLICE("tier_by_rules"), plan->tier_by_rules, nowhere);
	add_classes(sema);
	add_value(sema, PPM_SLICE("evidence"), plan->evidence, nowhere);
	if (plan->score != PPM_NODE_NONE)
		add_reasons(sema, PPM_SLICE("reasons"), REASONS_DEFAULT, nowhere);
}

struct ppm_expression *ppm_sema_given_name(struct ppm_sema *sema, struct ppm_slice option, struct ppm_slice name)
{
	struct ppm_source *source = ppm_source_map_add(sema->map, option, name);
	struct ppm_expression *path = PPM_ARENA_NEW(sema->arena, struct ppm_expression);
	struct ppm_name_list *first = PPM_ARENA_NEW(sema->arena, struct ppm_name_list);
	if (!source || !path || !first) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	struct ppm_span span = { source->base, source->base + (uint32_t)source->text.size };
	first->name = (struct ppm_name){ source->text, span };
	struct ppm_name_list *last = first;
	bool whole = ppm_sema_find(sema->main, source->text) != NULL;
	for (const char *dot; !whole && (dot = memchr(last->name.text.data, '.', last->name.text.size)) != NULL;) {
		struct ppm_name_list *next = PPM_ARENA_NEW(sema->arena, struct ppm_name_list);
		if (!next) {
			sema->plan->out_of_memory = true;
			return NULL;
		}
		size_t size = (size_t)(dot - last->name.text.data);
		next->name = (struct ppm_name){ { dot + 1, last->name.text.size - size - 1 }, span };
		last->name.text.size = size;
		last = last->next = next;
	}
	*path = (struct ppm_expression){ .kind = PPM_EXPRESSION_PATH, .span = span, .path = first };
	return path;
}

// Result i is the value of column i.
static void add_values(struct ppm_sema *sema)
{
	struct ppm_scope scope = { .module = sema->main };
	for (size_t i = 0; i < sema->options->column_count; i++) {
		struct ppm_expression *path = ppm_sema_given_name(sema, PPM_SLICE("--value"), sema->options->columns[i]);
		ppm_node_id node = path ? ppm_sema_path(sema, &scope, path) : PPM_NODE_POISON;
		struct ppm_plan_result *result = PPM_PLAN_APPEND(sema->plan, result);
		if (!result)
			return;
		*result = (struct ppm_plan_result){ .name = sema->options->columns[i], .node = node, .places = -1, .span = path ? path->span : (struct ppm_span){ 0, 0 } };
		if (sema->plan->nodes[node].op == PPM_NODE_SCORE)
			result->places = sema->plan->places;
	}
}

// ---- what lints look at ---------------------------------------------------------------------------------------------

struct facts {
	struct ppm_sema *sema;
	uint8_t *there; // [nodes]: it is a result already
};

static void add_fact(struct facts *facts, ppm_node_id node)
{
	struct ppm_plan *plan = facts->sema->plan;
	if (node == PPM_NODE_NONE || node == PPM_NODE_POISON || facts->there[node] || plan->nodes[node].type.base <= PPM_BASE_OPEN || plan->nodes[node].op == PPM_NODE_CONSTANT ||
		plan->nodes[node].op == PPM_NODE_MISSING || (plan->nodes[node].dataset != 0 && plan->nodes[node].dataset != PPM_NO_DATASET))
		return;
	struct ppm_plan_result *result = PPM_PLAN_APPEND(plan, result);
	if (!result)
		return;
	facts->there[node] = 1;
	*result = (struct ppm_plan_result){ .name = PPM_SLICE("fact"), .node = node, .places = -1, .span = plan->nodes[node].span };
	if (plan->nodes[node].op == PPM_NODE_SCORE)
		result->places = plan->places;
}

static void add_subject(void *context, const struct ppm_plan_fact *fact)
{
	add_fact(context, fact->subject);
}

static void add_facts(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	size_t nodes = plan->node_count; // no node is made here
	uint8_t *seen = ppm_arena_allocate(sema->arena, nodes + 1, 1);
	struct facts facts = { sema, ppm_arena_allocate(sema->arena, nodes + 1, 1) };
	if (!seen || !facts.there) {
		plan->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].dataset == 0 && plan->columns[i].kind == PPM_PLAN_FIELD && (plan->columns[i].uses || plan->columns[i].key))
			add_fact(&facts, plan->columns[i].node);
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		const ppm_node_id values[] = { rule->condition, rule->points, rule->missing_points };
		for (int k = 0; k < 3 && !rule->members; k++)
			ppm_plan_visit_facts(plan, values[k], seen, add_subject, &facts);
		if (!rule->members)
			add_fact(&facts, rule->kind == PPM_RULE_SCALE || rule->kind == PPM_RULE_BANDS ? rule->points : rule->condition);
	}
	for (size_t i = 0; i < plan->tier_count; i++)
		ppm_plan_visit_facts(plan, plan->tiers[i].condition, seen, add_subject, &facts);
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		ppm_plan_visit_facts(plan, plan->disqualifiers[i].condition, seen, add_subject, &facts);
	add_fact(&facts, plan->tier);
	for (size_t i = 0; i < plan->segment_count; i++) {
		for (uint32_t k = 0; k < plan->segments[i].arm_count; k++)
			ppm_plan_visit_facts(plan, plan->segments[i].conditions[k], seen, add_subject, &facts);
		add_fact(&facts, plan->segments[i].node);
	}
}

static void from_command_line(struct ppm_sema *sema)
{
	for (size_t i = 0; i < sema->options->column_count; i++) {
		struct ppm_expression *path = ppm_sema_given_name(sema, PPM_SLICE("--columns"), sema->options->columns[i]);
		if (path)
			add_named(sema, path, (struct ppm_slice){ NULL, 0 }, NULL);
	}
}

void ppm_sema_results(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_statement *output = NULL;
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next) {
		if (s->kind != PPM_STATEMENT_OUTPUT)
			continue;
		if (output) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_STATEMENT_TWICE, s->keyword, "a second `output`");
			ppm_diag_label(sema->diagnostics, d, output->keyword, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "join the two");
			continue;
		}
		output = s;
	}
	bool asked = sema->options->output == PPM_OUTPUT_COLUMNS;
	// the model's own output is checked even when the command line asks for other columns
	if (output) {
		for (const struct ppm_result *r = output->output.results; r; r = r->next)
			add_named(sema, r->path, r->label.text, r);
		if (sema->options->output != PPM_OUTPUT_MODEL) {
			plan->result_count = 0;
			ppm_interner_truncate(&sema->result_names, 0);
		}
	}
	bool tests = sema->options->output == PPM_OUTPUT_TESTS;
	if (sema->options->output == PPM_OUTPUT_EXPLAIN || (tests && sema->options->explain))
		ppm_sema_explain(sema);
	if (sema->options->output == PPM_OUTPUT_EXPLAIN || tests)
		return;
	if (sema->options->output == PPM_OUTPUT_FACTS) {
		add_facts(sema);
		return;
	}
	if (sema->options->output == PPM_OUTPUT_VALUES) {
		add_values(sema);
		return;
	}
	if (asked) {
		from_command_line(sema);
		return;
	}
	if (output && sema->options->output == PPM_OUTPUT_MODEL)
		return;
	bool all = sema->options->output == PPM_OUTPUT_ALL;
	struct ppm_plan_column *key = NULL;
	for (size_t i = 0; i < plan->column_count && !key; i++)
		key = plan->columns[i].key && plan->columns[i].dataset == 0 ? &plan->columns[i] : NULL;
	if (key && !all) {
		key->uses++;
		add_column(sema, key->name, (uint32_t)(key - plan->columns), key->span);
	} else if (plan->datasets[0].kind == PPM_DATASET_FILE)
		plan->pass_all = true;
	else // made of other rows: its columns are its keys
		for (uint32_t i = 0; i < plan->column_count; i++)
			if (plan->columns[i].dataset == 0 && plan->columns[i].kind == PPM_PLAN_KEY)
				add_column(sema, plan->columns[i].name, i, plan->columns[i].span);
	if (all || plan->score == PPM_NODE_NONE)
		add_lets(sema);
	if (plan->score != PPM_NODE_NONE)
		add_scores(sema, all);
	else {
		add_value(sema, PPM_SLICE("tier"), plan->tier, (struct ppm_span){ 0, 0 });
		add_classes(sema);
	}
}

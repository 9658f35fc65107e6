// What a model that is compiled to be explained computes besides its score: a result for each condition, each rule's points, and each name that they read.
//
// What an expression reads is found in what was written and elaborated once more: equal expressions are one node, so that this adds results and no computation. It is
// done muted, as everything here was elaborated, and reported on, before.

#include "lang/sema/sema.h"

#include "lang/plan/explain.h"
#include "lang/plan/node_map.h"

#include <string.h>

struct collector {
	struct ppm_sema *sema;
	struct ppm_explanation *out;
	struct ppm_explain_read *reads; // of the expression at hand
	size_t read_count, read_capacity;
};

static void *make(struct collector *c, size_t count, size_t size)
{
	void *memory = ppm_arena_allocate(c->sema->arena, count + 1, size);
	if (!memory)
		c->sema->plan->out_of_memory = true;
	return memory;
}

static uint32_t add_result(struct collector *c, struct ppm_plan_result result)
{
	struct ppm_plan *plan = c->sema->plan;
	struct ppm_plan_result *place = PPM_PLAN_APPEND(plan, result);
	if (!place)
		return PPM_NO_ID;
	*place = result;
	place->name = ppm_arena_format(c->sema->arena, "value %zu", plan->result_count);
	return (uint32_t)plan->result_count - 1;
}

static uint32_t result_of(struct collector *c, ppm_node_id node)
{
	struct ppm_plan *plan = c->sema->plan;
	if (node == PPM_NODE_NONE || node == PPM_NODE_POISON || ppm_sema_is_open(c->sema, node))
		return PPM_NO_ID;
	if (plan->nodes[node].dataset != 0 && plan->nodes[node].dataset != PPM_NO_DATASET)
		return PPM_NO_ID;
	for (size_t i = 0; i < plan->result_count; i++)
		if (plan->results[i].kind == PPM_RESULT_VALUE && plan->results[i].node == node)
			return (uint32_t)i;
	return add_result(c,
		(struct ppm_plan_result){
			.kind = PPM_RESULT_VALUE, .node = node, .places = plan->nodes[node].op == PPM_NODE_SCORE ? plan->places : -1, .span = plan->nodes[node].span });
}

// A text that is shown where a condition holds.
static uint32_t result_of_text(struct collector *c, const struct ppm_plan_piece *text, ppm_node_id shown)
{
	return text && shown != PPM_NODE_POISON ? add_result(c, (struct ppm_plan_result){ .kind = PPM_RESULT_TEMPLATE, .node = shown, .text = text, .places = -1 }) : PPM_NO_ID;
}

// The points of a reward or penalty, where it fires: elsewhere nobody asks for them, and they may fail.
static uint32_t result_of_points(struct collector *c, const struct ppm_plan_rule *r)
{
	struct ppm_plan *plan = c->sema->plan;
	if (r->condition == PPM_NODE_POISON || r->points == PPM_NODE_POISON || ppm_plan_is_constant(plan, r->points))
		return result_of(c, r->points);
	struct ppm_type type = plan->nodes[r->points].type;
	return result_of(c, ppm_plan_select(plan, r->condition, r->points, ppm_plan_missing(plan, type, r->span), PPM_NODE_NONE, type, r->span));
}

// ---- what an expression reads --------------------------------------------------------------------------------------------

static ppm_node_id quietly(struct collector *c, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	bool muted = c->sema->diagnostics->muted;
	c->sema->diagnostics->muted = true;
	ppm_node_id node = ppm_sema_expression(c->sema, scope, e);
	c->sema->diagnostics->muted = muted;
	return node;
}

static void add_read(struct collector *c, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	struct ppm_explain_read read = { ppm_sema_text_of(c->sema, e->span), PPM_NO_ID };
	for (size_t i = 0; i < c->read_count; i++)
		if (ppm_slice_equal(c->reads[i].text, read.text))
			return;
	read.result = result_of(c, quietly(c, scope, e));
	if (read.result == PPM_NO_ID)
		return;
	void *reads = c->reads;
	if (!ppm_grow(c->sema->allocator, &reads, &c->read_capacity, c->read_count + 1, sizeof *c->reads)) {
		c->sema->plan->out_of_memory = true;
		return;
	}
	c->reads = reads;
	c->reads[c->read_count++] = read;
}

static void walk(struct collector *c, const struct ppm_scope *scope, const struct ppm_expression *e)
{
	if (!e || c->sema->plan->out_of_memory)
		return;
	if (e->kind == PPM_EXPRESSION_PATH) {
		add_read(c, scope, e);
		return;
	}
	if (e->kind == PPM_EXPRESSION_LIST)
		return;
	if (e->kind == PPM_EXPRESSION_CALL) {
		if (ppm_sema_is_figure(scope, e)) {
			add_read(c, scope, e);
			return;
		}
		for (const struct ppm_argument *a = e->arguments; a; a = a->next)
			walk(c, scope, a->expression);
		return;
	}
	walk(c, scope, e->left);
	if (e->kind != PPM_EXPRESSION_IN_VALUE) // the name of a list
		walk(c, scope, e->right);
	walk(c, scope, e->third);
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		walk(c, scope, item);
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next) {
		walk(c, scope, arm->when);
		walk(c, scope, arm->value);
	}
}

static struct ppm_explain_reads take_reads(struct collector *c)
{
	struct ppm_explain_reads reads = { make(c, c->read_count, sizeof *reads.items), 0 };
	for (size_t i = 0; reads.items && i < c->read_count; i++)
		reads.items[reads.count++] = c->reads[i];
	c->read_count = 0;
	return reads;
}

struct reached {
	uint8_t *columns;
};

static bool reach(void *context, uint32_t column)
{
	((struct reached *)context)->columns[column] = 1;
	return true;
}

static void reach_under(struct ppm_plan *plan, ppm_node_id node, struct reached *reached)
{
	if (!ppm_plan_visit_columns(plan, node, reach, reached))
		plan->out_of_memory = true;
}

// What provides a column: `others` gets what other rows have, `own` what a row of the scored ones has that they lead back to: by the outer row of pairs, or because they belong to it.
static void follow(struct ppm_plan *plan, uint32_t index, struct reached *others, struct reached *own)
{
	const struct ppm_plan_column *column = &plan->columns[index];
	bool outer = column->kind == PPM_PLAN_OUTER && plan->datasets[column->dataset].outer == 0;
	reach_under(plan, column->value, outer ? own : others);
	if (column->kind != PPM_PLAN_STEP)
		return;
	const struct ppm_plan_step *step = &plan->steps[column->index];
	bool back = step->kind == PPM_STEP_GATHER && plan->links[step->link].from != 0 && plan->links[step->link].to == 0;
	reach_under(plan, step->value, back ? own : others);
	reach_under(plan, step->where, others);
	reach_under(plan, step->order, others);
	for (uint32_t k = 0; k < step->value_count; k++)
		reach_under(plan, step->values[k], others);
}

// ---- facts under a rule ---------------------------------------------------------------------------------------------

#define HANGS 1    // something that is not known while the column is not
#define REPLACED 2 // something that is known all the same

struct hanging {
	const struct ppm_plan *plan;
	struct ppm_node_map seen[2]; // [replaced]
	uint8_t *columns;            // HANGS, REPLACED
};

static bool stands_in(const struct ppm_plan *plan, const struct ppm_node *node)
{
	switch (node->op) {
	case PPM_NODE_IS_MISSING:
	case PPM_NODE_DEFAULT: return true;
	case PPM_NODE_SELECT: return node->d != PPM_NODE_NONE;
	case PPM_NODE_MAP: return plan->maps[node->index].missing != PPM_NODE_NONE;
	default: return false;
	}
}

static void hang(struct hanging *h, ppm_node_id id, bool replaced)
{
	if (id == PPM_NODE_NONE || !ppm_node_map_put(&h->seen[replaced], id, 0))
		return;
	const struct ppm_node *node = &h->plan->nodes[id];
	if (node->op == PPM_NODE_COLUMN) {
		h->columns[node->index] |= replaced ? REPLACED : HANGS;
		return;
	}
	hang(h, node->a, replaced || stands_in(h->plan, node));
	hang(h, node->b, replaced);
	hang(h, node->c, replaced);
	hang(h, node->d, replaced);
}

// Marks the columns under the rule's condition and points, and those that rows of other datasets make something of which the rule reads: these do so whether there is a value or not.
static void hang_rule(struct collector *c, const struct ppm_plan_rule *r, uint8_t *columns)
{
	struct ppm_plan *plan = c->sema->plan;
	struct hanging h = { .plan = plan, .columns = columns };
	struct reached others = { make(c, plan->column_count, 1) }, own = { make(c, plan->column_count, 1) };
	uint8_t *done = make(c, plan->column_count, 1);
	for (int i = 0; i < 2; i++)
		ppm_node_map_init(&h.seen[i], plan->allocator);
	hang(&h, r->points, false);
	if (r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY)
		hang(&h, r->condition, false);
	for (int i = 0; i < 2; i++) {
		plan->out_of_memory = plan->out_of_memory || h.seen[i].failed;
		ppm_node_map_free(&h.seen[i]);
	}
	for (bool more = others.columns && own.columns && done; more;) {
		more = false;
		for (uint32_t i = 0; i < plan->column_count; i++) {
			if (done[i] || !(columns[i] || others.columns[i] || own.columns[i]))
				continue;
			done[i] = more = true;
			follow(plan, i, &others, &own);
		}
	}
	for (uint32_t i = 0; own.columns && i < plan->column_count; i++)
		columns[i] |= own.columns[i] ? REPLACED : 0;
}

// ---- rules, tiers, disqualifiers ----------------------------------------------------------------------------------------

static struct ppm_module *module_of_rule(const struct ppm_sema *sema, const struct ppm_rule *rule)
{
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++)
			if (module->symbols[i]->kind == PPM_SYMBOL_RULE && module->symbols[i]->rule == rule)
				return module;
	return sema->main;
}

// The columns of the file that may be missing under the rule's condition and points.
static struct ppm_explain_reads facts_of(struct collector *c, const struct ppm_plan_rule *r, bool **replaced)
{
	struct ppm_plan *plan = c->sema->plan;
	uint8_t *columns = make(c, plan->column_count, 1);
	struct ppm_explain_reads facts = { make(c, plan->column_count, sizeof *facts.items), 0 };
	*replaced = make(c, plan->column_count, sizeof **replaced);
	if (!columns || !facts.items || !*replaced)
		return facts;
	hang_rule(c, r, columns);
	for (uint32_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column column = plan->columns[i];
		if (!columns[i] || column.dataset != 0 || column.kind != PPM_PLAN_FIELD || !column.optional)
			continue;
		uint32_t result = result_of(c, column.node);
		if (result == PPM_NO_ID)
			continue;
		(*replaced)[facts.count] = columns[i] & REPLACED;
		facts.items[facts.count++] = (struct ppm_explain_read){ column.name, result };
	}
	return facts;
}

static size_t count_clauses(const struct ppm_expression *e)
{
	return e->kind == PPM_EXPRESSION_AND ? count_clauses(e->left) + count_clauses(e->right) : 1;
}

static void clauses(struct collector *c, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_explain_clause *items, uint32_t *count)
{
	if (e->kind == PPM_EXPRESSION_AND) {
		clauses(c, scope, e->left, items, count);
		clauses(c, scope, e->right, items, count);
		return;
	}
	struct ppm_explain_clause *clause = &items[(*count)++];
	*clause = (struct ppm_explain_clause){ .text = ppm_sema_text_of(c->sema, e->span), .holds = result_of(c, quietly(c, scope, e)), .left = PPM_NO_ID, .right = PPM_NO_ID };
	if (e->kind == PPM_EXPRESSION_COMPARE && e->item_count == 2) {
		ppm_node_id left = quietly(c, scope, e->items), right = quietly(c, scope, e->items->next);
		const struct ppm_plan *plan = c->sema->plan;
		if (ppm_type_is_numeric(plan->nodes[left].type) && ppm_type_is_numeric(plan->nodes[right].type)) {
			clause->left = result_of(c, left);
			clause->right = result_of(c, right);
		}
		clause->relation = e->relations[0];
	}
	walk(c, scope, e);
	clause->reads = take_reads(c);
}

static void rule(struct collector *c, const struct ppm_plan_rule *r)
{
	struct ppm_explain_rule *out = &c->out->rules[r->index];
	struct ppm_scope scope = { .module = module_of_rule(c->sema, r->syntax) };
	bool conditional = r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
	*out = (struct ppm_explain_rule){ PPM_NO_ID, PPM_NO_ID, PPM_NO_ID, PPM_NO_ID, { NULL, 0 }, { NULL, 0 }, NULL, PPM_NO_ID, NULL, NULL, 0 };
	if (r->kind == PPM_RULE_BEST_OF || r->kind == PPM_RULE_GROUP)
		return;
	out->points = conditional ? result_of_points(c, r) : result_of(c, r->points);
	if (conditional) {
		out->condition = result_of(c, r->condition);
		out->missing = result_of(c, r->missing_points);
		out->reason = result_of_text(c, r->because, r->condition);
		walk(c, &scope, r->syntax->condition);
		walk(c, &scope, r->syntax->points);
	} else
		walk(c, &scope, r->syntax->subject);
	out->reads = take_reads(c);
	out->facts = facts_of(c, r, &out->replaced);
	bool tested = c->sema->options->output == PPM_OUTPUT_TESTS;
	if (tested && conditional) {
		out->clauses = make(c, count_clauses(r->syntax->condition), sizeof *out->clauses);
		if (out->clauses)
			clauses(c, &scope, r->syntax->condition, out->clauses, &out->clause_count);
	}
	if (r->kind != PPM_RULE_BANDS || (!tested && !c->sema->options->outcome.size))
		return;
	out->subject = result_of(c, r->subject);
	out->bands = make(c, r->band_count, sizeof *out->bands);
	for (uint32_t i = 0; out->bands && i < r->band_count; i++)
		out->bands[i] = result_of(c, r->bands[i]);
}

static void tiers(struct collector *c)
{
	const struct ppm_plan *plan = c->sema->plan;
	struct ppm_scope scope = { .module = c->sema->main };
	size_t i = 0;
	for (const struct ppm_statement *s = c->sema->main->tree->statements; s && i < plan->tier_count; s = s->next) {
		if (s->kind != PPM_STATEMENT_TIER)
			continue;
		struct ppm_explain_tier *tier = &c->out->tiers[i];
		const struct ppm_plan_tier from = plan->tiers[i++];
		tier->holds = result_of(c, from.condition);
		ppm_node_id name = ppm_plan_text(c->sema->plan, from.name, from.span);
		tier->action = result_of_text(c, from.action, from.action ? ppm_plan_compare(c->sema->plan, PPM_RELATION_EQUAL, plan->tier, name, from.span) : PPM_NODE_NONE);
		if (!s->tier.condition)
			continue;
		tier->clauses = make(c, count_clauses(s->tier.condition), sizeof *tier->clauses);
		if (!tier->clauses)
			return;
		clauses(c, &scope, s->tier.condition, tier->clauses, &tier->clause_count);
	}
}

static void disqualifiers(struct collector *c)
{
	const struct ppm_plan *plan = c->sema->plan;
	for (struct ppm_module *module = c->sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++) {
			struct ppm_symbol *symbol = module->symbols[i];
			if (symbol->kind != PPM_SYMBOL_DISQUALIFY || symbol->index >= plan->disqualifier_count)
				continue;
			struct ppm_scope scope = { .module = module };
			struct ppm_explain_disqualifier *out = &c->out->disqualifiers[symbol->index];
			const struct ppm_plan_disqualify from = plan->disqualifiers[symbol->index];
			out->holds = result_of(c, from.condition);
			out->reason = result_of_text(c, from.because, from.condition);
			walk(c, &scope, symbol->statement->disqualify.condition);
			out->reads = take_reads(c);
		}
}

static void overrides(struct collector *c, ppm_node_id key)
{
	struct ppm_plan *plan = c->sema->plan;
	for (size_t i = 0; i < plan->override_count && key != PPM_NODE_NONE; i++) {
		struct ppm_plan_override from = plan->overrides[i];
		struct ppm_explain_override *out = &c->out->overrides[c->out->override_count++];
		*out = (struct ppm_explain_override){ .tier = from.tier, .expired = from.expired, .span = from.span };
		out->is_key = result_of(c, ppm_plan_compare(plan, PPM_RELATION_EQUAL, key, from.key, from.span));
		for (const struct ppm_statement *s = c->sema->main->tree->statements; s; s = s->next) {
			if (s->kind != PPM_STATEMENT_OVERRIDE || from.span.begin < s->span.begin || from.span.begin >= s->span.end)
				continue;
			out->by = s->override_.by.text;
			out->because = s->override_.because.text;
			out->has_until = s->override_.until && s->override_.until->kind == PPM_EXPRESSION_DATE;
			out->until = out->has_until ? s->override_.until->date : 0;
		}
	}
}

static void overridings(struct collector *c)
{
	struct ppm_plan *plan = c->sema->plan;
	for (size_t i = 0; i < plan->overriding_count; i++) {
		const struct ppm_plan_overriding from = plan->overridings[i];
		c->out->overridings[c->out->overriding_count++] = (struct ppm_explain_overriding){ result_of(c, from.tier), result_of(c, from.by), result_of(c, from.because),
			result_of(c, from.until), result_of(c, from.despite), plan->datasets[from.dataset].name, from.span };
	}
}

// ---- figures over other rows --------------------------------------------------------------------------------------------

// It tells which row this is, or which others belong to it.
static bool is_identity(const struct ppm_plan *plan, uint32_t column)
{
	ppm_node_id node = plan->columns[column].node;
	if (plan->columns[column].key)
		return true;
	for (size_t i = 0; i < plan->link_count; i++)
		for (uint32_t k = 0; k < plan->links[i].key_count; k++)
			if ((!plan->links[i].keys[k].is_link && plan->links[i].from == 0 && plan->links[i].keys[k].value == node) ||
				(plan->links[i].to == 0 && plan->links[i].other_keys && plan->links[i].other_keys[k] == column))
				return true;
	return false;
}

// A figure of rows that belong to this one.
static bool is_related(const struct ppm_plan *plan, const struct ppm_plan_column *column)
{
	const struct ppm_plan_step *step = column->kind == PPM_PLAN_STEP ? &plan->steps[column->index] : NULL;
	return step && (step->kind == PPM_STEP_AGGREGATE || step->kind == PPM_STEP_TREE_AGGREGATE) && step->outer == 0;
}

// Whether something under `own` can be different in a row while rows that belong to it stay as they are: a field that tells neither the row nor others, or a figure that is changed as a whole.
static bool can_change(const struct ppm_plan *plan, const struct reached *own)
{
	for (uint32_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *column = &plan->columns[i];
		if (own->columns[i] && column->dataset == 0 && (column->kind == PPM_PLAN_FIELD ? !is_identity(plan, i) : is_related(plan, column)))
			return true;
	}
	return false;
}

// The value of a scored row that a scored row refers to.
static bool refers(const struct ppm_plan *plan, const struct ppm_plan_column *column)
{
	const struct ppm_plan_step *step = column->kind == PPM_PLAN_STEP ? &plan->steps[column->index] : NULL;
	return step && step->kind == PPM_STEP_GATHER && plan->links[step->link].from == 0 && plan->links[step->link].to == 0;
}

struct referring {
	const struct ppm_plan *plan;
	bool further;
};

static bool refers_further(void *context, uint32_t column)
{
	struct referring *referring = context;
	referring->further = referring->further || refers(referring->plan, &referring->plan->columns[column]);
	return true;
}

// Marks what is under the node, and what the steps that provide it take. *compares: what they make of the row is not made once and for all: a step goes over the scored rows, or over rows that
// read this one. Of the rows below a row in a tree, which are scored, too, the row is none; but they may read it as what stands above them. And whoever refers to a row that refers to
// another may come back to himself; that he refers to himself right away is seen in his row.
static void reach_inputs(struct ppm_plan *plan, struct reached *reached, bool *compares, bool *read_by_others)
{
	bool more = true;
	uint8_t *done = ppm_allocate_zeroed(plan->allocator, plan->column_count + 1, 1);
	struct reached own = { ppm_allocate_zeroed(plan->allocator, plan->column_count + 1, 1) };
	struct referring path = { plan, false };
	bool below = false, above = false;
	plan->out_of_memory = plan->out_of_memory || !done || !own.columns;
	while (more && done && own.columns) {
		more = false;
		for (uint32_t i = 0; i < plan->column_count; i++) {
			const struct ppm_plan_column *column = &plan->columns[i];
			if ((!reached->columns[i] && !own.columns[i]) || done[i])
				continue;
			done[i] = more = true;
			reached->columns[i] = 1;
			follow(plan, i, reached, &own);
			if (column->kind != PPM_PLAN_STEP)
				continue;
			const struct ppm_plan_step *step = &plan->steps[column->index];
			const struct ppm_plan_dataset *over = step->kind == PPM_STEP_GATHER ? NULL : &plan->datasets[step->dataset];
			bool pairs = over && over->kind == PPM_DATASET_PAIRS;
			if (over && step->kind != PPM_STEP_TREE_AGGREGATE && (pairs ? over->inner == 0 : step->dataset == 0))
				*compares = true;
			below = below || (step->kind == PPM_STEP_TREE_AGGREGATE && step->dataset == 0);
			above = above || refers(plan, column);
			if (refers(plan, column) && !ppm_plan_visit_columns(plan, step->value, refers_further, &path))
				plan->out_of_memory = true;
		}
	}
	if (own.columns && ((below && above) || path.further || can_change(plan, &own)))
		*compares = true;
	for (uint32_t i = 0; own.columns && read_by_others && i < plan->column_count; i++)
		read_by_others[i] = own.columns[i] && plan->columns[i].dataset == 0;
	ppm_free(plan->allocator, own.columns);
	ppm_free(plan->allocator, done);
}

// As the model has to write it: with its module where it is another's.
static struct ppm_slice name_of(const struct ppm_sema *sema, ppm_node_id node)
{
	for (const struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count && !module->standard; i++)
			if ((module->symbols[i]->kind == PPM_SYMBOL_LET || module->symbols[i]->kind == PPM_SYMBOL_METRIC) && module->symbols[i]->node == node)
				return module->name.size ? ppm_arena_format(sema->arena, "%.*s.%.*s", (int)module->name.size, module->name.data, (int)module->symbols[i]->name.size,
								   module->symbols[i]->name.data)
							 : module->symbols[i]->name;
	return PPM_SLICE("");
}

// The value of a row that this one refers to: what an override says is told with the override, and groups are no rows that anybody wrote.
static bool is_reference(const struct ppm_plan *plan, const struct ppm_plan_step *step, ppm_node_id node)
{
	for (size_t i = 0; i < plan->overriding_count; i++) {
		const struct ppm_plan_overriding *o = &plan->overridings[i];
		if (node == o->tier || node == o->by || node == o->because || node == o->until || node == o->despite)
			return false;
	}
	return plan->datasets[plan->links[step->link].to].kind == PPM_DATASET_FILE;
}

// The step that makes a figure of the rows that share a value with this one, where this one brings it from there; PPM_NO_ID: it brings another value.
static uint32_t step_of_group(const struct ppm_plan *plan, const struct ppm_plan_step *step)
{
	const struct ppm_plan_dataset *groups = &plan->datasets[plan->links[step->link].to];
	const struct ppm_node *value = &plan->nodes[step->value];
	const struct ppm_plan_column *column = value->op == PPM_NODE_COLUMN ? &plan->columns[value->index] : NULL;
	bool made = groups->kind == PPM_DATASET_GROUPS && !groups->statement && column && column->kind == PPM_PLAN_STEP;
	return made && plan->steps[column->index].kind == PPM_STEP_AGGREGATE ? column->index : PPM_NO_ID;
}

// A group's figure as the model has it: where a row is in no group it is what a figure of no rows is.
static ppm_node_id as_said(const struct ppm_plan *plan, ppm_node_id figure)
{
	for (ppm_node_id id = figure + 1; id < plan->node_count; id++) {
		const struct ppm_node *node = &plan->nodes[id];
		bool of_none = node->op == PPM_NODE_DEFAULT && node->a == figure && plan->nodes[node->b].op == PPM_NODE_CONSTANT;
		bool without = node->op == PPM_NODE_SELECT && node->c == figure && plan->nodes[node->b].op == PPM_NODE_MISSING;
		if (of_none || without)
			figure = id;
	}
	return figure;
}

// A result in the words that some rule reads it by: `region.capacity`.
static struct ppm_slice as_read(const struct collector *c, uint32_t result, struct ppm_slice otherwise)
{
	const struct ppm_plan *plan = c->sema->plan;
	for (size_t i = 0; i < plan->rule_count; i++)
		for (uint32_t k = 0; k < c->out->rules[i].reads.count; k++)
			if (c->out->rules[i].reads.items[k].result == result)
				return c->out->rules[i].reads.items[k].text;
	return otherwise;
}

static void figures(struct collector *c)
{
	struct ppm_plan *plan = c->sema->plan;
	struct reached reached = { make(c, plan->column_count, 1) };
	if (!reached.columns)
		return;
	for (size_t i = 0; i < plan->result_count; i++)
		if (plan->results[i].kind == PPM_RESULT_VALUE)
			reach_under(plan, plan->results[i].node, &reached);
	reach_inputs(plan, &reached, &c->out->compares, NULL); // a place among others is made of figures, too
	c->out->figures = make(c, plan->column_count, sizeof *c->out->figures);
	for (uint32_t i = 0; i < plan->column_count && c->out->figures; i++) {
		const struct ppm_plan_column column = plan->columns[i];
		if (!reached.columns[i] || column.dataset != 0 || column.kind == PPM_PLAN_FIELD || column.kind == PPM_PLAN_KEY)
			continue;
		const struct ppm_plan_step *step = column.kind == PPM_PLAN_STEP ? &plan->steps[column.index] : NULL;
		uint32_t of_group = step && step->kind == PPM_STEP_GATHER ? step_of_group(plan, step) : PPM_NO_ID, number = of_group == PPM_NO_ID ? column.index : of_group;
		if (step && step->kind == PPM_STEP_GATHER && of_group == PPM_NO_ID && !is_reference(plan, step, column.node))
			continue;
		ppm_node_id node = of_group == PPM_NO_ID ? column.node : as_said(plan, column.node);
		struct ppm_slice text = step ? plan->steps[number].text : PPM_SLICE(""), written = text.size ? text : column.name;
		struct ppm_slice name = name_of(c->sema, node);
		uint32_t result = result_of(c, node);
		if (of_group == PPM_NO_ID && result != PPM_NO_ID && step && step->kind == PPM_STEP_GATHER)
			written = as_read(c, result, written);
		if (result != PPM_NO_ID)
			c->out->figures[c->out->figure_count++] = (struct ppm_explain_value){ .name = name,
				.written = written,
				.step = text.size ? number : PPM_NO_ID,
				.column = i,
				.related = is_related(plan, &column),
				.span = column.span,
				.result = result };
	}
}

// ---- what the row itself says ----------------------------------------------------------------------------------------------

static void fields(struct collector *c)
{
	struct ppm_plan *plan = c->sema->plan;
	struct reached reached = { make(c, plan->column_count, 1) };
	c->out->fields = make(c, plan->column_count, sizeof *c->out->fields);
	c->out->read_by_others = make(c, plan->column_count, sizeof *c->out->read_by_others);
	if (!reached.columns || !c->out->fields || !c->out->read_by_others)
		return;
	for (size_t i = 0; i < plan->result_count; i++)
		if (plan->results[i].kind == PPM_RESULT_VALUE)
			reach_under(plan, plan->results[i].node, &reached);
	reach_inputs(plan, &reached, &c->out->compares, c->out->read_by_others);
	for (uint32_t i = 0; i < plan->column_count; i++) {
		if (!reached.columns[i] || plan->columns[i].dataset != 0 || plan->columns[i].kind != PPM_PLAN_FIELD)
			continue;
		uint32_t result = result_of(c, plan->columns[i].node);
		if (result != PPM_NO_ID)
			c->out->fields[c->out->field_count++] = (struct ppm_explain_field){ i, result, is_identity(plan, i) };
	}
}

// ---- values that are asked for --------------------------------------------------------------------------------------------

// A column of the scored rows' file that the model does not have, as a text that may be missing; declared unless the file is known and has none of that name.
static void undeclared(struct collector *c, const struct ppm_expression *path)
{
	struct ppm_sema *sema = c->sema;
	struct ppm_plan *plan = sema->plan;
	const struct ppm_compile_options *options = sema->options;
	bool there = !options->headers;
	if (plan->inferred || plan->datasets[0].kind != PPM_DATASET_FILE)
		return;
	for (size_t i = 0; i < options->header_count && !there; i++) {
		struct ppm_slice header = options->headers[i]; // blanks around it do not matter, as in ppm_source_bind
		for (; header.size && header.data[header.size - 1] == ' '; header.size--)
			;
		for (; header.size && header.data[0] == ' '; header.size--)
			header.data++;
		there = ppm_slice_equal(header, path->path->name.text) || ppm_slice_equal(options->headers[i], path->path->name.text);
	}
	struct ppm_symbol *symbol = there ? ppm_sema_declare(sema, sema->main, PPM_SYMBOL_COLUMN, path->path->name) : NULL;
	struct ppm_plan_column *column = symbol ? PPM_PLAN_APPEND(plan, column) : NULL;
	if (!column)
		return;
	*column = (struct ppm_plan_column){
		.name = symbol->name, .header = symbol->name, .optional = true, .used_default = true, .span = symbol->span, .type = ppm_type_of(PPM_BASE_TEXT), .uses = 1
	};
	symbol->index = (uint32_t)plan->column_count - 1;
	symbol->uses = 1;
	symbol->state = PPM_SYMBOL_DONE;
	ppm_node_id node = ppm_plan_column_node(plan, symbol->index);
	plan->columns[symbol->index].node = symbol->node = node;
}

// What the model is held against, or by. A model without a dataset takes a column that nothing else uses for a text.
static struct ppm_explain_value held_against(struct collector *c, struct ppm_slice option, struct ppm_slice name)
{
	struct ppm_sema *sema = c->sema;
	struct ppm_scope scope = { .module = sema->main };
	struct ppm_expression *path = ppm_sema_given_name(sema, option, name);
	struct ppm_explain_value value = { .name = name, .result = PPM_NO_ID };
	if (!path)
		return value;
	if (!path->path->next && !ppm_sema_symbol(sema, &scope, path->path, true))
		undeclared(c, path);
	ppm_node_id node = ppm_sema_path(sema, &scope, path);
	node = ppm_sema_settle_as(sema, node, ppm_type_of(PPM_BASE_TEXT), PPM_SURE_FALLBACK);
	value.result = result_of(c, node);
	return value;
}

static void backtest(struct collector *c)
{
	const struct ppm_compile_options *options = c->sema->options;
	if (!options->outcome.size)
		return;
	c->out->outcome = held_against(c, PPM_SLICE("--outcome"), options->outcome);
	c->out->by = make(c, options->by_count, sizeof *c->out->by);
	for (size_t i = 0; c->out->by && i < options->by_count; i++)
		c->out->by[c->out->by_count++] = held_against(c, PPM_SLICE("--by"), options->by[i]);
}

static void asked(struct collector *c, struct ppm_slice name)
{
	struct ppm_sema *sema = c->sema;
	struct ppm_expression *path = ppm_sema_given_name(sema, PPM_SLICE("--value"), name);
	struct ppm_scope scope = { .module = sema->main };
	if (!path)
		return;
	struct ppm_symbol *head = path->path->next ? ppm_sema_find(sema->main, path->path->name.text) : NULL;
	bool along = path->path->next && !(head && head->kind == PPM_SYMBOL_MODULE);
	struct ppm_symbol *symbol = along ? NULL : ppm_sema_symbol(sema, &scope, path->path, false);
	if (!symbol && !along)
		return;
	ppm_node_id node = along ? ppm_sema_path(sema, &scope, path) : ppm_sema_reach(sema, &scope, ppm_sema_value(sema, symbol, path->span), path->span);
	struct ppm_explain_value *out = &c->out->values[c->out->value_count];
	*out = (struct ppm_explain_value){ .name = name, .step = PPM_NO_ID, .result = result_of(c, node) };
	if (out->result == PPM_NO_ID)
		return;
	c->out->value_count++;
	const struct ppm_expression *written = NULL;
	struct ppm_scope inner = { .module = symbol ? symbol->module : NULL };
	if (symbol && symbol->kind == PPM_SYMBOL_LET)
		written = symbol->let ? symbol->let->value : symbol->statement->let.value;
	else if (symbol && symbol->kind == PPM_SYMBOL_METRIC)
		written = symbol->statement->let.value;
	else if (symbol && symbol->kind == PPM_SYMBOL_PARAM)
		written = symbol->statement->param.value;
	else if (symbol && symbol->kind == PPM_SYMBOL_DISQUALIFY)
		written = symbol->statement->disqualify.condition;
	else if (symbol && symbol->kind == PPM_SYMBOL_RULE)
		written = symbol->rule->condition ? symbol->rule->condition : symbol->rule->subject;
	if (symbol)
		out->span = symbol->span;
	if (!written)
		return;
	out->written = ppm_sema_text_of(sema, written->span);
	if (symbol->kind != PPM_SYMBOL_METRIC) // those are of all rows
		walk(c, &inner, written);
	out->reads = take_reads(c);
}

uint32_t ppm_sema_result_of(struct ppm_sema *sema, ppm_node_id node)
{
	struct collector c = { .sema = sema };
	return result_of(&c, node);
}

struct ppm_explain_reads ppm_sema_reads(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression)
{
	struct collector c = { .sema = sema };
	walk(&c, scope, expression);
	struct ppm_explain_reads reads = take_reads(&c);
	ppm_free(sema->allocator, c.reads);
	return reads;
}

// ---- the whole ------------------------------------------------------------------------------------------------------------

// The key as it stands in the file; of rows that are made of others, the first thing that tells them apart.
static ppm_node_id key(struct collector *c)
{
	struct ppm_plan *plan = c->sema->plan;
	uint32_t found = PPM_NO_ID;
	for (uint32_t i = 0; i < plan->column_count && found == PPM_NO_ID; i++)
		if (plan->columns[i].dataset == 0 && ((plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].key) || plan->columns[i].kind == PPM_PLAN_KEY))
			found = i;
	c->out->key = PPM_NO_ID;
	if (found == PPM_NO_ID)
		return PPM_NODE_NONE;
	const struct ppm_plan_column column = plan->columns[found];
	plan->columns[found].uses++;
	c->out->key_name = column.name;
	if (column.kind == PPM_PLAN_FIELD && !(column.declaration && column.declaration->values))
		c->out->key = add_result(c, (struct ppm_plan_result){ .kind = PPM_RESULT_PASS, .column = found, .node = column.node, .places = -1 });
	else
		c->out->key = result_of(c, column.node);
	return column.node;
}

static void scores(struct collector *c)
{
	struct ppm_sema *sema = c->sema;
	struct ppm_plan *plan = sema->plan;
	struct ppm_span nowhere = { 0, 0 };
	struct ppm_explanation *out = c->out;
	out->score = result_of(c, plan->score);
	out->score_low = result_of(c, plan->score_low);
	out->score_high = result_of(c, plan->score_high);
	out->evidence = result_of(c, plan->evidence);
	out->points = result_of(c, plan->points);
	out->tier = result_of(c, plan->tier);
	out->tier_by_rules = result_of(c, plan->tier_by_rules);
	out->overridden = result_of(c, plan->overridden);
	for (size_t i = 0; i < plan->dimension_count; i++) {
		bool may_miss = ppm_plan_dimension_may_miss(&plan->dimensions[i]);
		out->dimensions[i] = result_of(c, ppm_plan_scoring(plan, PPM_NODE_DIMENSION, (uint32_t)i, ppm_type_of(PPM_BASE_NUMBER), may_miss, 0, 100, nowhere));
	}
	for (size_t i = 0; i < plan->perspective_count; i++)
		out->perspectives[i] = result_of(c, ppm_sema_score(sema, 3 + (uint32_t)i, plan->perspectives[i].span));
	for (size_t i = 0; i < plan->segment_count; i++)
		out->segments[i] = result_of(c, plan->segments[i].node);
}

void ppm_sema_explain(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct collector c = { .sema = sema };
	struct ppm_explanation *out = c.out = make(&c, 1, sizeof *out);
	if (!out)
		return;
	out->plan = plan;
	out->rules = make(&c, plan->rule_count, sizeof *out->rules);
	out->dimensions = make(&c, plan->dimension_count, sizeof *out->dimensions);
	out->perspectives = make(&c, plan->perspective_count, sizeof *out->perspectives);
	out->segments = make(&c, plan->segment_count, sizeof *out->segments);
	out->tiers = make(&c, plan->tier_count, sizeof *out->tiers);
	out->disqualifiers = make(&c, plan->disqualifier_count, sizeof *out->disqualifiers);
	out->overrides = make(&c, plan->override_count, sizeof *out->overrides);
	out->overridings = make(&c, plan->overriding_count, sizeof *out->overridings);
	out->values = make(&c, sema->options->column_count, sizeof *out->values);
	if (plan->out_of_memory)
		return;
	ppm_node_id row_key = key(&c);
	scores(&c);
	for (size_t i = 0; i < plan->rule_count; i++)
		rule(&c, plan->rules[i]);
	tiers(&c);
	disqualifiers(&c);
	overrides(&c, row_key);
	overridings(&c);
	figures(&c);
	backtest(&c);
	fields(&c);
	for (size_t i = 0; i < sema->options->column_count; i++)
		asked(&c, sema->options->columns[i]);
	ppm_free(sema->allocator, c.reads);
	plan->explanation = out;
}

// A walk over the plan with a list of what is still to be looked at: figures may build on figures without end, and nothing here recurses but over bundles of rules.
//
// There are two ways to depend on a column: on the row's own value, or on those of all rows (whatever a step takes). Each thing is gone through at most once for each way.

#include "lang/plan/reach.h"

enum reach_kind { REACH_NODE, REACH_COLUMN, REACH_STEP, REACH_LINK, REACH_TREE, REACH_DATASET };

struct ppm_reach_item {
	enum reach_kind kind;
	uint32_t id;
	uint8_t way;
};

// What the value of a node depends on: columns of this row and of all rows. To depend on all rows of the node is to depend on all rows of each of them.
struct ppm_reach_memory {
	ppm_node_id node;
	uint8_t *columns;
};

#define MEMORIES 64u // a model has few scores and tiers, and mostly few dimensions; each costs a byte a column

typedef void visit_node(void *context, ppm_node_id id);

// ---- what lies right under a node ----------------------------------------------------------------------------------

static void visit_rules(const struct ppm_plan_rule *rules, visit_node *visit, void *context)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		if (r->members) {
			visit_rules(r->members, visit, context);
			continue;
		}
		if (r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY)
			visit(context, r->condition);
		visit(context, r->points);
		if (r->missing_points != PPM_NODE_NONE)
			visit(context, r->missing_points);
	}
}

void ppm_plan_operands(const struct ppm_plan *plan, ppm_node_id id, visit_node *visit, void *context)
{
	const struct ppm_node *node = &plan->nodes[id];
	const ppm_node_id operands[] = { node->a, node->b, node->c, node->d };
	for (int i = 0; i < 4; i++)
		if (operands[i] != PPM_NODE_NONE)
			visit(context, operands[i]);
	if (node->op == PPM_NODE_CALL)
		for (uint32_t i = 0; i < plan->calls[node->index].argument_count; i++)
			visit(context, plan->calls[node->index].arguments[i]);
	if (node->op == PPM_NODE_DIMENSION)
		visit_rules(plan->dimensions[node->index].rules, visit, context);
	if (node->op == PPM_NODE_SCORE || node->op == PPM_NODE_POINTS || node->op == PPM_NODE_EVIDENCE)
		for (size_t i = 0; i < plan->dimension_count; i++)
			visit_rules(plan->dimensions[i].rules, visit, context);
	if (node->op == PPM_NODE_SCORE && node->index < 3)
		visit_rules(plan->adjust, visit, context);
}

// ---- the walk --------------------------------------------------------------------------------------------------------

bool ppm_plan_reach_init(struct ppm_plan_reach *reach, const struct ppm_plan *plan)
{
	const struct ppm_allocator *allocator = plan->allocator;
	*reach = (struct ppm_plan_reach){ .plan = plan };
	reach->columns = ppm_allocate_zeroed(allocator, plan->column_count + 1, 1);
	reach->nodes = ppm_allocate_zeroed(allocator, plan->node_count + 1, 1);
	reach->steps = ppm_allocate_zeroed(allocator, plan->step_count + 1, 1);
	reach->links = ppm_allocate_zeroed(allocator, plan->link_count + 1, 1);
	reach->trees = ppm_allocate_zeroed(allocator, plan->tree_count + 1, 1);
	reach->datasets = ppm_allocate_zeroed(allocator, plan->dataset_count + 1, 1);
	bool fine = reach->columns && reach->nodes && reach->steps && reach->links && reach->trees && reach->datasets;
	if (!fine) {
		ppm_plan_reach_free(reach);
		*reach = (struct ppm_plan_reach){ .plan = NULL };
	}
	return fine;
}

void ppm_plan_reach_free(struct ppm_plan_reach *reach)
{
	if (!reach->plan)
		return;
	const struct ppm_allocator *allocator = reach->plan->allocator;
	ppm_free(allocator, reach->columns);
	ppm_free(allocator, reach->nodes);
	ppm_free(allocator, reach->steps);
	ppm_free(allocator, reach->links);
	ppm_free(allocator, reach->trees);
	ppm_free(allocator, reach->datasets);
	ppm_free(allocator, reach->found);
	for (size_t i = 0; i < reach->memory_count; i++)
		ppm_free(allocator, reach->memories[i].columns);
	ppm_free(allocator, reach->memories);
}

static uint8_t *marks_of(const struct ppm_plan_reach *reach, enum reach_kind kind)
{
	uint8_t *const marks[] = { reach->nodes, reach->columns, reach->steps, reach->links, reach->trees, reach->datasets };
	return marks[kind];
}

void ppm_plan_reach_clear(struct ppm_plan_reach *reach)
{
	for (size_t i = 0; i < reach->found_count; i++)
		marks_of(reach, reach->found[i].kind)[reach->found[i].id] = 0;
	if (reach->memory_count) // what was taken whole was not listed
		memset(reach->columns, 0, reach->plan->column_count);
	reach->found_count = reach->looked_at = 0;
}

static bool put(struct ppm_plan_reach *reach, enum reach_kind kind, uint32_t id, uint8_t way)
{
	if (id == PPM_NO_ID || (kind == REACH_NODE && id == PPM_NODE_POISON) || (kind == REACH_DATASET && id >= reach->plan->dataset_count) || (marks_of(reach, kind)[id] & way))
		return true;
	void *found = reach->found;
	if (!ppm_grow(reach->plan->allocator, &found, &reach->found_capacity, reach->found_count + 1, sizeof *reach->found))
		return false;
	marks_of(reach, kind)[id] |= way;
	reach->found = found;
	reach->found[reach->found_count++] = (struct ppm_reach_item){ kind, id, way };
	return true;
}

struct putting {
	struct ppm_plan_reach *reach;
	uint8_t way;
	bool fine;
};

static void put_operand(void *context, ppm_node_id id)
{
	struct putting *putting = context;
	putting->fine = putting->fine && put(putting->reach, REACH_NODE, id, putting->way);
}

static bool put_all(struct ppm_plan_reach *reach, const ppm_node_id *nodes, size_t count)
{
	bool fine = true;
	for (size_t i = 0; i < count && fine; i++)
		fine = put(reach, REACH_NODE, nodes[i], PPM_REACH_ALL);
	return fine;
}

static bool look_at_step(struct ppm_plan_reach *reach, const struct ppm_plan_step *step, uint8_t way)
{
	const ppm_node_id inputs[] = { step->value, step->where, step->order };
	bool fine = put_all(reach, inputs, 3) && (step->kind != PPM_STEP_AGREEMENT || put_all(reach, step->values, step->value_count));
	if (step->kind == PPM_STEP_TREE_AGGREGATE)
		return fine && put(reach, REACH_TREE, step->tree, PPM_REACH_ALL) && put(reach, REACH_DATASET, step->dataset, PPM_REACH_ALL);
	bool pairs = step->dataset < reach->plan->dataset_count && reach->plan->datasets[step->dataset].kind == PPM_DATASET_PAIRS;
	if (step->kind == PPM_STEP_GATHER) // one row's partner: of the row itself only its key counts
		return fine && put(reach, REACH_LINK, step->link, way) && put(reach, REACH_DATASET, reach->plan->links[step->link].to, PPM_REACH_ALL);
	return fine && (pairs || put(reach, REACH_LINK, step->link, PPM_REACH_ALL)) && put(reach, REACH_DATASET, step->dataset, PPM_REACH_ALL);
}

static bool look_at_column(struct ppm_plan_reach *reach, const struct ppm_plan_column *column, uint8_t way)
{
	switch (column->kind) {
	case PPM_PLAN_FIELD:
	case PPM_PLAN_PERIOD_START:
	case PPM_PLAN_PERIOD_END: return true;
	case PPM_PLAN_LEVEL:
	case PPM_PLAN_KEY: return put(reach, REACH_DATASET, column->dataset, PPM_REACH_ALL);
	case PPM_PLAN_STEP: return put(reach, REACH_STEP, column->index, way);
	case PPM_PLAN_COMPANY:
	case PPM_PLAN_OUTER:
	case PPM_PLAN_INNER: return put(reach, REACH_NODE, column->value, PPM_REACH_ALL) && put(reach, REACH_DATASET, column->dataset, PPM_REACH_ALL);
	case PPM_PLAN_DEPTH: return put(reach, REACH_TREE, column->index, PPM_REACH_ALL);
	}
	return true;
}

static bool look_at_link(struct ppm_plan_reach *reach, const struct ppm_plan_link *link, uint8_t way)
{
	bool fine = true;
	switch (link->kind) {
	case PPM_LINK_MATCH:
	case PPM_LINK_GROUP:
		for (uint32_t i = 0; i < link->key_count && fine; i++) {
			fine = link->keys[i].is_link ? put(reach, REACH_LINK, link->keys[i].link, way) : put(reach, REACH_NODE, link->keys[i].value, way);
			fine = fine && (link->kind != PPM_LINK_MATCH || put(reach, REACH_COLUMN, link->other_keys[i], PPM_REACH_ALL));
		}
		return fine && (link->kind != PPM_LINK_GROUP || put(reach, REACH_NODE, link->where, way)) && put(reach, REACH_DATASET, link->to, PPM_REACH_ALL);
	case PPM_LINK_COMPOSE: return put(reach, REACH_LINK, link->first, way) && put(reach, REACH_LINK, link->second, PPM_REACH_ALL);
	case PPM_LINK_ALL: break;
	}
	return true;
}

// Which rows there are at all.
static bool look_at_dataset(struct ppm_plan_reach *reach, const struct ppm_plan_dataset *dataset)
{
	switch (dataset->kind) {
	case PPM_DATASET_FILE: return put(reach, REACH_NODE, dataset->keep, PPM_REACH_ALL);
	case PPM_DATASET_GROUPS: return put(reach, REACH_LINK, dataset->link, PPM_REACH_ALL) && put(reach, REACH_DATASET, reach->plan->links[dataset->link].from, PPM_REACH_ALL);
	case PPM_DATASET_PAIRS:
		if (dataset->relation == PPM_PAIRS_KEYS &&
			!(put(reach, REACH_LINK, dataset->outer_link, PPM_REACH_ALL) && put(reach, REACH_LINK, dataset->inner_link, PPM_REACH_ALL)))
			return false;
		if (dataset->relation == PPM_PAIRS_TREE && !put(reach, REACH_TREE, dataset->tree, PPM_REACH_ALL))
			return false;
		return put(reach, REACH_DATASET, dataset->outer, PPM_REACH_ALL) && put(reach, REACH_DATASET, dataset->inner, PPM_REACH_ALL);
	case PPM_DATASET_CALENDAR:
	case PPM_DATASET_COMPANY: break;
	}
	return true;
}

static const struct ppm_reach_memory *remember(struct ppm_plan_reach *reach, ppm_node_id node)
{
	const struct ppm_allocator *allocator = reach->plan->allocator;
	struct ppm_plan_reach below;
	for (size_t i = 0; i < reach->memory_count; i++)
		if (reach->memories[i].node == node)
			return &reach->memories[i];
	if (!reach->memories)
		reach->memories = ppm_allocate(allocator, MEMORIES, sizeof *reach->memories);
	if (!reach->memories)
		return NULL;
	if (ppm_plan_reach_init(&below, reach->plan) && ppm_plan_reach_add(&below, node)) {
		reach->memories[reach->memory_count++] = (struct ppm_reach_memory){ node, below.columns };
		below.columns = NULL;
		ppm_plan_reach_free(&below);
		return &reach->memories[reach->memory_count - 1];
	}
	ppm_plan_reach_free(&below);
	return NULL;
}

static bool is_remembered(const struct ppm_plan_reach *reach, ppm_node_id node)
{
	if (!reach->columns_only || (reach->plan->nodes[node].op < PPM_NODE_DIMENSION && node != reach->plan->tier))
		return false;
	for (size_t i = 0; i < reach->memory_count; i++)
		if (reach->memories[i].node == node)
			return true;
	return reach->memory_count < MEMORIES;
}

static bool take_whole(struct ppm_plan_reach *reach, ppm_node_id node, uint8_t way)
{
	const struct ppm_reach_memory *memory = remember(reach, node);
	for (size_t i = 0; i < reach->plan->column_count && memory; i++)
		if (memory->columns[i])
			reach->columns[i] |= way == PPM_REACH_ALL ? way : memory->columns[i];
	return memory != NULL;
}

static bool look_at(struct ppm_plan_reach *reach, struct ppm_reach_item item)
{
	const struct ppm_plan *plan = reach->plan;
	struct putting putting = { reach, item.way, true };
	switch (item.kind) {
	case REACH_NODE:
		if (plan->nodes[item.id].op == PPM_NODE_COLUMN)
			return put(reach, REACH_COLUMN, plan->nodes[item.id].index, item.way);
		if (is_remembered(reach, item.id))
			return take_whole(reach, item.id, item.way);
		ppm_plan_operands(plan, item.id, put_operand, &putting);
		return putting.fine;
	case REACH_COLUMN: return look_at_column(reach, &plan->columns[item.id], item.way);
	case REACH_STEP: return look_at_step(reach, &plan->steps[item.id], item.way);
	case REACH_LINK: return look_at_link(reach, &plan->links[item.id], item.way);
	case REACH_TREE: return put(reach, REACH_LINK, plan->trees[item.id].link, PPM_REACH_ALL);
	case REACH_DATASET: return look_at_dataset(reach, &plan->datasets[item.id]);
	}
	return true;
}

bool ppm_plan_reach_add(struct ppm_plan_reach *reach, ppm_node_id node)
{
	bool fine = put(reach, REACH_NODE, node, PPM_REACH_OWN) && put(reach, REACH_DATASET, 0, PPM_REACH_ALL);
	while (fine && reach->looked_at < reach->found_count)
		fine = look_at(reach, reach->found[reach->looked_at++]);
	return fine;
}

bool ppm_plan_reach_add_text(struct ppm_plan_reach *reach, const struct ppm_plan_piece *text)
{
	bool fine = true;
	for (; text && fine; text = text->next)
		fine = ppm_plan_reach_add(reach, text->value);
	return fine;
}

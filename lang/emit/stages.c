// One walk from the roots: what it reaches is needed, and on its way back it knows the stage of everything.

#include "lang/emit/stages.h"

#include "lang/plan/reach.h"

#include <assert.h>

#define UNDER_WAY (-2)
#define DEPTH 1000 // nodes that the walk goes down at a time

typedef void visit_node(void *context, ppm_node_id id);

const struct ppm_plan_dataset *ppm_stages_dataset(const struct ppm_plan *plan, uint32_t dataset)
{
	static const struct ppm_plan_dataset scored = { .kind = PPM_DATASET_FILE, .key = PPM_NO_ID, .keep = PPM_NODE_NONE, .parent_link = PPM_NO_ID, .link = PPM_NO_ID };
	return dataset < plan->dataset_count ? &plan->datasets[dataset] : &scored;
}

// ---- what lies under what ------------------------------------------------------------------------------------------

static void visit_template(const struct ppm_plan_piece *pieces, visit_node *visit, void *context)
{
	for (; pieces; pieces = pieces->next)
		if (pieces->value != PPM_NODE_NONE)
			visit(context, pieces->value);
}

static void visit_rules(const struct ppm_plan_rule *rules, bool texts, visit_node *visit, void *context)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		if (texts)
			visit_template(r->because, visit, context);
		if (r->members) {
			visit_rules(r->members, texts, visit, context);
			continue;
		}
		if (r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY)
			visit(context, r->condition);
		visit(context, r->points);
		if (r->missing_points != PPM_NODE_NONE)
			visit(context, r->missing_points);
	}
}

void ppm_stages_scored_roots(const struct ppm_plan *plan, visit_node *visit, void *context)
{
	const ppm_node_id always[] = { plan->score, plan->tier, plan->overridden };
	bool reasons = false, action = false;
	for (size_t i = 0; i < plan->result_count; i++) {
		reasons = reasons || plan->results[i].kind == PPM_RESULT_REASONS;
		action = action || plan->results[i].kind == PPM_RESULT_ACTION;
		if (plan->results[i].kind == PPM_RESULT_VALUE)
			visit(context, plan->results[i].node);
		if (plan->results[i].kind == PPM_RESULT_TEMPLATE) {
			visit_template(plan->results[i].text, visit, context);
			if (plan->results[i].node != PPM_NODE_NONE)
				visit(context, plan->results[i].node);
		}
	}
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (always[i] != PPM_NODE_NONE)
			visit(context, always[i]);
	for (size_t i = 0; i < plan->dimension_count; i++)
		visit_rules(plan->dimensions[i].rules, reasons, visit, context);
	visit_rules(plan->adjust, reasons, visit, context);
	for (size_t i = 0; i < plan->tier_count; i++) {
		if (plan->tiers[i].condition != PPM_NODE_NONE)
			visit(context, plan->tiers[i].condition);
		if (action)
			visit_template(plan->tiers[i].action, visit, context);
	}
	for (size_t i = 0; i < plan->disqualifier_count && reasons; i++) {
		visit(context, plan->disqualifiers[i].condition);
		visit_template(plan->disqualifiers[i].because, visit, context);
	}
}

// ---- stages -----------------------------------------------------------------------------------------------------------

static int32_t later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t stage_of_dataset(struct ppm_stages *s, uint32_t dataset);
static int32_t stage_of_link(struct ppm_stages *s, uint32_t link);
static int32_t stage_of_node(struct ppm_stages *s, ppm_node_id id);

// Whether the stage is not known yet; then the caller finds it.
static bool open(int32_t *stage)
{
	assert(*stage != UNDER_WAY && "figures that need themselves");
	if (*stage != PPM_STAGE_NONE)
		return false;
	*stage = UNDER_WAY;
	return true;
}

// The stage is known now, unless the walk came to where it must stop.
static int32_t close(struct ppm_stages *s, int32_t *place, int32_t stage)
{
	*place = s->unfinished ? PPM_STAGE_NONE : stage;
	return s->unfinished ? 0 : stage;
}

// A dataset that is written to: it is needed, and its stage is none of the writer's business.
static void need(struct ppm_stages *s, uint32_t dataset)
{
	if (s->datasets[dataset] == PPM_STAGE_NONE)
		stage_of_dataset(s, dataset);
}

static int32_t stage_of_tree(struct ppm_stages *s, uint32_t tree)
{
	if (!open(&s->trees[tree]))
		return s->trees[tree];
	return close(s, &s->trees[tree], later(stage_of_dataset(s, s->plan->trees[tree].dataset), stage_of_link(s, s->plan->trees[tree].link)));
}

static void field(void *context, ppm_node_id id);

// What a dataset keeps is decided by its own fields, which may be what led to the dataset just now.
static void from_fields(struct ppm_stages *s, ppm_node_id id)
{
	const struct ppm_node *node = &s->plan->nodes[id];
	s->nodes[id] = 0;
	if (node->op == PPM_NODE_COLUMN)
		s->columns[node->index] = 0;
	else
		ppm_plan_operands(s->plan, id, field, s);
}

static void field(void *context, ppm_node_id id)
{
	from_fields(context, id);
}

static int32_t stage_of_dataset(struct ppm_stages *s, uint32_t dataset)
{
	const struct ppm_plan_dataset *d = ppm_stages_dataset(s->plan, dataset);
	if (!open(&s->datasets[dataset]))
		return s->datasets[dataset];
	int32_t stage = 0;
	switch (d->kind) {
	case PPM_DATASET_FILE:
		if (d->keep != PPM_NODE_NONE) {
			s->datasets[dataset] = 0;
			from_fields(s, d->keep);
		}
		break;
	case PPM_DATASET_GROUPS: stage = 1 + stage_of_link(s, d->link); break;
	case PPM_DATASET_CALENDAR: stage = 1; break;
	case PPM_DATASET_COMPANY: break;
	case PPM_DATASET_PAIRS:
		stage = later(stage_of_dataset(s, d->outer), stage_of_dataset(s, d->inner));
		if (d->relation == PPM_PAIRS_KEYS)
			stage = later(stage, later(stage_of_link(s, d->outer_link), stage_of_link(s, d->inner_link)));
		if (d->relation == PPM_PAIRS_TREE)
			stage = later(stage, stage_of_tree(s, d->tree));
		break;
	}
	return close(s, &s->datasets[dataset], stage);
}

static int32_t stage_of_step(struct ppm_stages *s, uint32_t index)
{
	const struct ppm_plan_step *step = &s->plan->steps[index];
	if (!open(&s->steps[index]))
		return s->steps[index];
	int32_t stage = 0;
	const ppm_node_id inputs[] = { step->value, step->where, step->order };
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (inputs[i] != PPM_NODE_NONE)
			stage = later(stage, stage_of_node(s, inputs[i]));
	for (uint32_t i = 0; step->kind == PPM_STEP_AGREEMENT && i < step->value_count; i++)
		stage = later(stage, stage_of_node(s, step->values[i]));
	switch (step->kind) {
	case PPM_STEP_GATHER: stage = later(stage, later(stage_of_link(s, step->link), stage_of_dataset(s, s->plan->links[step->link].to))); break;
	case PPM_STEP_TREE_AGGREGATE: stage = later(stage, stage_of_tree(s, step->tree)); break;
	case PPM_STEP_AGGREGATE: // a link that makes the outer dataset runs before it in the same stage
	case PPM_STEP_RANK:
	case PPM_STEP_AGREEMENT:
		stage = later(stage, stage_of_dataset(s, step->dataset));
		if (step->link != PPM_NO_ID && ppm_stages_dataset(s->plan, step->dataset)->kind != PPM_DATASET_PAIRS)
			stage = later(stage, stage_of_link(s, step->link));
		break;
	}
	close(s, &s->steps[index], stage);
	if (step->kind == PPM_STEP_AGGREGATE || step->kind == PPM_STEP_AGREEMENT)
		need(s, step->outer);
	return stage;
}

static int32_t stage_of_column(struct ppm_stages *s, uint32_t index)
{
	const struct ppm_plan_column *column = &s->plan->columns[index];
	if (!open(&s->columns[index]))
		return s->columns[index];
	int32_t stage = 0;
	switch (column->kind) {
	case PPM_PLAN_FIELD:
	case PPM_PLAN_KEY:
	case PPM_PLAN_PERIOD_START:
	case PPM_PLAN_PERIOD_END:
	case PPM_PLAN_LEVEL: break;
	case PPM_PLAN_STEP: stage = 1 + stage_of_step(s, column->index); break;
	case PPM_PLAN_COMPANY: // the company's figures are no part of reading a file
		stage = later(1, later(stage_of_dataset(s, s->plan->company), stage_of_node(s, column->value)));
		break;
	case PPM_PLAN_OUTER:
	case PPM_PLAN_INNER: stage = stage_of_node(s, column->value); break;
	case PPM_PLAN_DEPTH: stage = 1 + stage_of_tree(s, column->index); break;
	}
	stage = later(stage, stage_of_dataset(s, column->dataset));
	return close(s, &s->columns[index], stage);
}

static int32_t stage_of_link(struct ppm_stages *s, uint32_t index)
{
	const struct ppm_plan_link *link = &s->plan->links[index];
	if (!open(&s->links[index]))
		return s->links[index];
	int32_t stage = stage_of_dataset(s, link->from);
	switch (link->kind) {
	case PPM_LINK_MATCH:
	case PPM_LINK_GROUP:
		for (uint32_t i = 0; i < link->key_count; i++) {
			stage = later(stage, link->keys[i].is_link ? stage_of_link(s, link->keys[i].link) : stage_of_node(s, link->keys[i].value));
			if (link->kind == PPM_LINK_MATCH)
				stage = later(stage, stage_of_column(s, link->other_keys[i]));
		}
		if (link->kind == PPM_LINK_GROUP && link->where != PPM_NODE_NONE)
			stage = later(stage, stage_of_node(s, link->where));
		break;
	case PPM_LINK_COMPOSE: stage = later(stage_of_link(s, link->first), stage_of_link(s, link->second)); break;
	case PPM_LINK_ALL: break;
	}
	close(s, &s->links[index], stage);
	need(s, link->to);
	return stage;
}

struct deepest {
	struct ppm_stages *stages;
	int32_t stage;
};

static void visit(void *context, ppm_node_id id)
{
	struct deepest *deepest = context;
	deepest->stage = later(deepest->stage, stage_of_node(deepest->stages, id));
}

static int32_t stage_of_node(struct ppm_stages *s, ppm_node_id id)
{
	const struct ppm_node *node = &s->plan->nodes[id];
	if (s->unfinished)
		return 0;
	if (s->nodes[id] == PPM_STAGE_NONE && s->depth == DEPTH) {
		s->unfinished = true;
		if (!ppm_grow(s->allocator, (void **)&s->put_off, &s->put_off_capacity, s->put_off_count + 1, sizeof *s->put_off))
			s->failed = true;
		else
			s->put_off[s->put_off_count++] = id;
		return 0;
	}
	if (!open(&s->nodes[id]))
		return s->nodes[id];
	struct deepest deepest = { s, 0 };
	s->depth++;
	if (node->op == PPM_NODE_COLUMN)
		deepest.stage = stage_of_column(s, node->index);
	else
		ppm_plan_operands(s->plan, id, visit, &deepest);
	if (node->dataset != PPM_NO_DATASET)
		deepest.stage = later(deepest.stage, stage_of_dataset(s, node->dataset));
	s->depth--;
	return close(s, &s->nodes[id], deepest.stage);
}

// ---- all of a plan --------------------------------------------------------------------------------------------------------

static int32_t *unknown(struct ppm_stages *s, size_t count, bool *fine)
{
	int32_t *stages = ppm_allocate(s->allocator, count + 1, sizeof *stages);
	for (size_t i = 0; stages && i < count + 1; i++)
		stages[i] = PPM_STAGE_NONE;
	*fine = *fine && stages;
	return stages;
}

static void roots(struct deepest *deepest)
{
	struct ppm_stages *s = deepest->stages;
	const struct ppm_plan *plan = s->plan;
	deepest->stage = stage_of_dataset(s, 0);
	ppm_stages_scored_roots(plan, visit, deepest);
	for (size_t i = 0; i < plan->result_count; i++)
		if (plan->results[i].kind == PPM_RESULT_PASS)
			deepest->stage = later(deepest->stage, stage_of_column(s, plan->results[i].column));
	for (size_t i = 0; i < plan->metric_count; i++) {
		visit(deepest, plan->metrics[i].node);
		stage_of_dataset(s, plan->company);
	}
	for (size_t i = 0; i < plan->summary_count; i++) {
		const struct ppm_plan_summary *summary = &plan->summarys[i];
		deepest->stage = later(deepest->stage, stage_of_dataset(s, summary->dataset));
		for (uint32_t r = 0; r < summary->result_count; r++)
			visit(deepest, summary->results[r].node);
		for (uint32_t o = 0; o < summary->order_count; o++)
			visit(deepest, summary->orders[o].node);
	}
}

bool ppm_stages_find(struct ppm_stages *s, const struct ppm_plan *plan, const struct ppm_allocator *allocator)
{
	bool fine = true;
	*s = (struct ppm_stages){ .plan = plan, .allocator = allocator };
	s->nodes = unknown(s, plan->node_count, &fine);
	s->columns = unknown(s, plan->column_count, &fine);
	s->datasets = unknown(s, plan->dataset_count, &fine);
	s->links = unknown(s, plan->link_count, &fine);
	s->trees = unknown(s, plan->tree_count, &fine);
	s->steps = unknown(s, plan->step_count, &fine);
	if (!fine)
		return false;
	struct deepest deepest = { s, 0 };
	bool again = false;
	do { // until nothing was put off
		s->unfinished = false;
		deepest.stage = 0;
		roots(&deepest);
		again = s->unfinished;
		while (s->put_off_count && !s->failed) {
			s->unfinished = false;
			stage_of_node(s, s->put_off[s->put_off_count - 1]); // may put off what lies under it
			if (!s->unfinished)
				s->put_off_count--;
		}
	} while (again && !s->failed);
	s->last = deepest.stage;
	return !s->failed;
}

void ppm_stages_free(struct ppm_stages *s)
{
	int32_t *const all[] = { s->nodes, s->columns, s->datasets, s->links, s->trees, s->steps };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		ppm_free(s->allocator, all[i]);
	ppm_free(s->allocator, s->put_off);
}

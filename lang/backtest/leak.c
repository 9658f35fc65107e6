// A rule that reads the outcome predicts what it has seen. What a rule reads is followed through the plan: lets are nodes of it, and a figure over other rows stands for what
// it was computed from. Keys by which rows are found do not count: they say whose figure it is, not what it is.
#include "lang/backtest/backtest_internal.h"

struct reading {
	const struct ppm_plan *plan;
	uint8_t *nodes; // [node]: it was looked at
	uint8_t *seen;  // [column]: 1: to be looked into, 2: was
	bool score;     // what the rules make was read
};

// Nodes lie at most PPM_NODE_DEPTH_LIMIT deep.
static void look_at(struct reading *reading, ppm_node_id id)
{
	const struct ppm_node *node;

	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON || reading->nodes[id])
		return;
	reading->nodes[id] = 1;
	node = ppm_plan_node(reading->plan, id);
	reading->score = reading->score || node->op >= PPM_NODE_DIMENSION;
	if (node->op == PPM_NODE_COLUMN) {
		if (!reading->seen[node->index])
			reading->seen[node->index] = 1;
		return;
	}
	look_at(reading, node->a);
	look_at(reading, node->b);
	look_at(reading, node->c);
	look_at(reading, node->d);
}

static void look_into(struct reading *reading, const struct ppm_plan_column *column)
{
	const struct ppm_plan *plan = reading->plan;

	if (column->kind == PPM_PLAN_COMPANY || column->kind == PPM_PLAN_OUTER || column->kind == PPM_PLAN_INNER)
		look_at(reading, column->value);
	if (column->kind != PPM_PLAN_STEP)
		return;
	const struct ppm_plan_step *step = &plan->steps[column->index];
	look_at(reading, step->value);
	look_at(reading, step->where);
	look_at(reading, step->order);
	for (uint32_t i = 0; i < step->value_count; i++)
		look_at(reading, step->values[i]);
}

// Follows what was marked to the end.
static void follow(struct reading *reading)
{
	for (bool more = true; more;) {
		more = false;
		for (uint32_t i = 0; i < reading->plan->column_count; i++) {
			if (reading->seen[i] != 1)
				continue;
			reading->seen[i] = 2;
			look_into(reading, &reading->plan->columns[i]);
			more = true;
		}
	}
}

struct leaking {
	struct ppm_backtest *backtest;
	struct reading outcome, reading;
};

// The first column of a file that both are made of; empty: none.
static struct ppm_slice shared(struct leaking *l, ppm_node_id a, ppm_node_id b)
{
	const struct ppm_plan *plan = l->reading.plan;

	memset(l->reading.seen, 0, plan->column_count);
	memset(l->reading.nodes, 0, plan->node_count);
	look_at(&l->reading, a);
	look_at(&l->reading, b);
	follow(&l->reading);
	for (size_t i = 0; i < plan->column_count; i++)
		if (l->reading.seen[i] && l->outcome.seen[i] && plan->columns[i].kind == PPM_PLAN_FIELD)
			return plan->columns[i].name;
	return PPM_SLICE("");
}

static void leak(struct leaking *l, const char *what, struct ppm_slice name, ppm_node_id node)
{
	struct ppm_backtest *b = l->backtest;
	struct ppm_slice reads = shared(l, node, PPM_NODE_NONE);

	for (uint32_t i = 0; i < b->leak_count; i++)
		if (ppm_slice_equal(b->leaks[i].name, name) && b->leaks[i].what == what)
			return;
	if (reads.size)
		b->leaks[b->leak_count++] = (struct ppm_backtest_leak){ what, name, reads };
}

static struct reading new_reading(struct ppm_backtest *b)
{
	const struct ppm_plan *plan = b->about->plan;
	return (struct reading){ plan, ppm_arena_allocate(&b->arena, plan->node_count + 1, 1), ppm_arena_allocate(&b->arena, plan->column_count + 1, 1), false };
}

bool ppm_backtest_leaks(struct ppm_backtest *b)
{
	static const char tier[] = "tier", disqualifier[] = "disqualifier", segment[] = "segment";
	const struct ppm_plan *plan = b->about->plan;
	struct leaking l = { b, new_reading(b), new_reading(b) };

	b->leaks = ppm_arena_allocate(&b->arena, plan->tier_count + plan->disqualifier_count + plan->segment_count + 1, sizeof *b->leaks);
	if (b->arena.failed)
		return false;
	look_at(&l.outcome, plan->results[b->about->outcome.result].node);
	follow(&l.outcome);
	b->outcome_reads_score = l.outcome.score;
	for (uint32_t i = 0; i < b->rule_count; i++)
		b->rules[i].reads = shared(&l, b->rules[i].rule->condition, b->rules[i].rule->points);
	for (size_t i = 0; i < plan->tier_count; i++)
		leak(&l, tier, plan->tiers[i].name, plan->tiers[i].condition);
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		leak(&l, disqualifier, plan->disqualifiers[i].name, plan->disqualifiers[i].condition);
	for (size_t i = 0; i < plan->segment_count; i++)
		leak(&l, segment, plan->segments[i].name, plan->segments[i].node);
	return true;
}

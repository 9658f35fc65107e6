// What tests depend on, and which of them cover which rules.
#include "lang/testing/covering.h"

#include "lang/plan/reach.h"

// ---- one test ----------------------------------------------------------------------------------------------------------

struct direct {
	const struct ppm_plan *plan;
	bool *seen; // [node]
};

// What stands in the expression itself, names taken for what they stand for; not what is behind a dimension or the score.
static void walk(const struct direct *direct, ppm_node_id id)
{
	if (id == PPM_NODE_NONE || direct->seen[id])
		return;
	const struct ppm_node *node = &direct->plan->nodes[id];
	direct->seen[id] = true;
	if (node->op == PPM_NODE_CALL)
		for (uint32_t i = 0; i < direct->plan->calls[node->index].argument_count; i++)
			walk(direct, direct->plan->calls[node->index].arguments[i]);
	walk(direct, node->a);
	walk(direct, node->b);
	walk(direct, node->c);
	walk(direct, node->d);
}

static ppm_node_id heart_of(const struct ppm_plan_rule *rule)
{
	switch (rule->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY: return rule->condition;
	case PPM_RULE_SCALE:
	case PPM_RULE_BANDS: return rule->points;
	case PPM_RULE_BEST_OF:
	case PPM_RULE_GROUP: break;
	}
	return PPM_NODE_NONE;
}

bool ppm_test_depends_find(struct ppm_test_depends *depends, const struct ppm_plan *plan, const struct ppm_plan_test *test)
{
	struct ppm_plan_reach reach;
	struct direct direct = { plan, ppm_allocate_zeroed(plan->allocator, plan->node_count + 1, sizeof *direct.seen) };
	bool everything = false, fine = ppm_plan_reach_init(&reach, plan) && direct.seen;
	depends->at_all = ppm_allocate_zeroed(plan->allocator, plan->rule_count + 1, sizeof *depends->at_all);
	depends->directly = ppm_allocate_zeroed(plan->allocator, plan->rule_count + 1, sizeof *depends->directly);
	fine = fine && depends->at_all && depends->directly;
	for (uint32_t i = 0; i < test->expectation_count && fine; i++) {
		ppm_node_id node = test->expectations[i].node;
		everything = everything || node == PPM_NODE_NONE; // reasons and actions hang on every rule
		fine = ppm_plan_reach_add(&reach, node);
		walk(&direct, node);
	}
	for (size_t i = 0; i < plan->rule_count && fine; i++) {
		ppm_node_id heart = heart_of(plan->rules[i]);
		if (heart == PPM_NODE_NONE)
			continue;
		depends->directly[i] = direct.seen[heart];
		depends->at_all[i] = everything || reach.nodes[heart] || direct.seen[heart];
	}
	ppm_plan_reach_free(&reach);
	ppm_free(plan->allocator, direct.seen);
	return fine;
}

void ppm_test_depends_free(struct ppm_test_depends *depends, const struct ppm_plan *plan)
{
	ppm_free(plan->allocator, depends->at_all);
	ppm_free(plan->allocator, depends->directly);
}

// ---- all of them ---------------------------------------------------------------------------------------------------------

struct looking {
	struct ppm_covering *out;
	uint32_t room; // tests of the model
};

static bool look(void *context, const struct ppm_model *model, uint32_t number, const struct ppm_engine_row *row)
{
	struct looking *looking = context;
	struct ppm_covering *out = looking->out;
	const struct ppm_plan *plan = ppm_model_plan(model);
	struct ppm_test_depends depends;
	(void)row;
	if (!out->tests) {
		looking->room = (uint32_t)plan->test_count;
		out->rule_count = (uint32_t)plan->rule_count;
		out->tests = ppm_arena_allocate(&out->arena, plan->test_count + 1, sizeof *out->tests);
		if (!out->tests)
			return false;
	}
	struct ppm_covering_test *test = &out->tests[number];
	test->rules = ppm_arena_allocate(&out->arena, plan->rule_count + 1, sizeof *test->rules);
	test->direct = ppm_arena_allocate(&out->arena, plan->rule_count + 1, sizeof *test->direct);
	bool fine = ppm_test_depends_find(&depends, plan, &plan->tests[number]) && !out->arena.failed;
	if (fine) {
		memcpy(test->rules, depends.at_all, plan->rule_count * sizeof *test->rules);
		memcpy(test->direct, depends.directly, plan->rule_count * sizeof *test->direct);
	}
	ppm_test_depends_free(&depends, plan);
	return fine;
}

enum ppm_status ppm_covering_find(struct ppm_covering *out, const struct ppm_testing_request *request)
{
	struct ppm_testing_request own = *request;
	struct ppm_testing testing;
	struct looking looking = { out, 0 };
	*out = (struct ppm_covering){ .tests = NULL };
	ppm_arena_init(&out->arena, request->allocator);
	own.look = look;
	own.look_context = &looking;
	enum ppm_status status = ppm_testing_run(&testing, &own);
	// results stand in the order of the model; a test whose row could not be scored covers nothing
	for (uint32_t i = 0; i < testing.count && !status; i++) {
		const struct ppm_test_result *result = &testing.results[i];
		struct ppm_covering_test found = { .number = result->number };
		if (out->tests && result->number < looking.room)
			found = out->tests[result->number];
		found.number = result->number;
		found.title = ppm_arena_copy(&out->arena, result->title);
		found.outcome = result->outcome;
		if (!out->tests)
			out->tests = ppm_arena_allocate(&out->arena, testing.count + 1u, sizeof *out->tests);
		if (!out->tests || out->arena.failed)
			status = PPM_ERROR_MEMORY;
		else
			out->tests[i] = found;
	}
	out->count = status ? 0 : testing.count;
	out->passed = testing.passed;
	out->failed = testing.failed;
	ppm_testing_free(&testing);
	return status;
}

void ppm_covering_free(struct ppm_covering *covering)
{
	ppm_arena_free(&covering->arena);
}

// From plan to job: stages are cut where a figure needs all rows, only what a result asks for is done, and the verifier agrees. The plans are made by hand, so that no
// language stands between the test and the emitter.
#include "lang/emit/emit.h"
#include "runtime/base/buffer.h"
#include "runtime/bytecode/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct model {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_plan plan;
	struct ppm_job *job;
};

static const struct ppm_span nowhere = { 0, 0 };

static void begin(struct model *m)
{
	memset(m, 0, sizeof *m);
	ppm_arena_init(&m->arena, ppm_allocator_default());
	ppm_source_map_init(&m->map, &m->arena);
	ppm_diagnostics_init(&m->diagnostics, &m->arena, &m->map);
	ppm_plan_init(&m->plan, &m->arena, ppm_allocator_default(), &m->diagnostics);
}

static void end(struct model *m)
{
	ppm_job_free(m->job);
	ppm_plan_free(&m->plan);
	ppm_arena_free(&m->arena);
}

static uint32_t dataset(struct model *m, const char *name, enum ppm_plan_dataset_kind kind)
{
	struct ppm_plan_dataset *d = PPM_PLAN_APPEND(&m->plan, dataset);
	*d = (struct ppm_plan_dataset){ .name = ppm_slice_of(name), .kind = kind, .key = PPM_NO_ID, .keep = PPM_NODE_NONE, .parent_link = PPM_NO_ID, .link = PPM_NO_ID };
	return (uint32_t)m->plan.dataset_count - 1;
}

static uint32_t column(struct model *m, uint32_t of, const char *name, enum ppm_base base, enum ppm_plan_column_kind kind)
{
	struct ppm_plan_column *c = PPM_PLAN_APPEND(&m->plan, column);
	*c = (struct ppm_plan_column){ .name = ppm_slice_of(name),
		.header = ppm_slice_of(name),
		.type = ppm_type_of(base),
		.kind = kind,
		.dataset = of,
		.value = PPM_NODE_NONE,
		.declared = true,
		.low = -1e300,
		.high = 1e300 };
	return (uint32_t)m->plan.column_count - 1;
}

static ppm_node_id field(struct model *m, uint32_t of, const char *name, enum ppm_base base)
{
	uint32_t c = column(m, of, name, base, PPM_PLAN_FIELD);
	ppm_node_id node = ppm_plan_column_node(&m->plan, c);
	m->plan.columns[c].node = node;
	return node;
}

static uint32_t link_to(struct model *m, enum ppm_plan_link_kind kind, const char *name, uint32_t from, uint32_t to, ppm_node_id key, uint32_t other)
{
	struct ppm_plan_link *l = PPM_PLAN_APPEND(&m->plan, link);
	struct ppm_plan_key *keys = PPM_ARENA_NEW(&m->arena, struct ppm_plan_key);
	uint32_t *others = PPM_ARENA_NEW(&m->arena, uint32_t);
	*keys = (struct ppm_plan_key){ .value = key };
	*others = other;
	*l = (struct ppm_plan_link){ .name = ppm_slice_of(name),
		.kind = kind,
		.from = from,
		.to = to,
		.keys = keys,
		.other_keys = others,
		.key_count = key == PPM_NODE_NONE ? 0 : 1,
		.where = PPM_NODE_NONE,
		.owned = true,
		.reported = true };
	return (uint32_t)m->plan.link_count - 1;
}

// The node of what the step makes.
static ppm_node_id step(struct model *m, struct ppm_plan_step made, const char *text, enum ppm_base base, bool may_miss)
{
	struct ppm_plan_step *s = PPM_PLAN_APPEND(&m->plan, step);
	uint32_t of = made.kind == PPM_STEP_GATHER ? m->plan.links[made.link].from : made.kind == PPM_STEP_RANK ? made.dataset : made.outer;
	*s = made;
	s->text = ppm_slice_of(text);
	s->column = column(m, of, text, base, PPM_PLAN_STEP);
	struct ppm_plan_column *c = &m->plan.columns[s->column];
	c->index = (uint32_t)m->plan.step_count - 1;
	c->optional = may_miss;
	c->computed = base == PPM_BASE_NUMBER;
	uint32_t index = s->column;
	return m->plan.columns[index].node = ppm_plan_column_node(&m->plan, index);
}

static struct ppm_plan_step no_step(enum ppm_plan_step_kind kind, uint32_t of, uint32_t outer, uint32_t link)
{
	return (struct ppm_plan_step){ .kind = kind,
		.dataset = of,
		.outer = outer,
		.link = link,
		.tree = PPM_NO_ID,
		.value = PPM_NODE_NONE,
		.where = PPM_NODE_NONE,
		.order = PPM_NODE_NONE,
		.ratio = 1,
		.level_low = 1,
		.level_high = UINT32_MAX };
}

static void result(struct model *m, const char *name, ppm_node_id node)
{
	struct ppm_plan_result *r = PPM_PLAN_APPEND(&m->plan, result);
	*r = (struct ppm_plan_result){ .kind = PPM_RESULT_VALUE, .name = ppm_slice_of(name), .node = node, .places = -1 };
}

// The job's actions as one line, "load load match …".
static void acts(struct model *m, const char *expected)
{
	bool needs = false;
	assert_int_equal(ppm_emit_needs_job(&needs, &m->plan), PPM_OK);
	assert_true(needs);
	assert_int_equal(ppm_emit_job(&m->job, ppm_allocator_default(), &m->plan, &m->map, true), PPM_OK);
	char problem[200] = "";
	if (!ppm_job_verify(m->job, problem, sizeof problem))
		fail_msg("refused: %s", problem);
	struct ppm_buffer line;
	ppm_buffer_init(&line, NULL);
	for (uint32_t i = 0; i < m->job->action_count; i++)
		ppm_buffer_format(&line, "%s%s", i ? ", " : "", ppm_action_name(m->job->actions[i].kind));
	ppm_buffer_append_char(&line, '\0');
	assert_string_equal(line.data, expected);
	ppm_buffer_free(&line);
}

struct shop {
	uint32_t customers, invoices, by_customer;
	ppm_node_id id, spend, owner, amount, days;
};

static struct shop shop(struct model *m)
{
	struct shop s;
	begin(m);
	s.customers = dataset(m, "customers", PPM_DATASET_FILE);
	s.invoices = dataset(m, "invoices", PPM_DATASET_FILE);
	s.id = field(m, s.customers, "id", PPM_BASE_TEXT);
	m->plan.columns[0].key = true;
	m->plan.datasets[s.customers].key = 0;
	s.spend = field(m, s.customers, "spend", PPM_BASE_NUMBER);
	s.owner = field(m, s.invoices, "customer", PPM_BASE_TEXT);
	s.amount = field(m, s.invoices, "amount", PPM_BASE_MONEY);
	s.days = field(m, s.invoices, "days", PPM_BASE_NUMBER);
	s.by_customer = link_to(m, PPM_LINK_MATCH, "invoices of customers", s.invoices, s.customers, s.owner, 0);
	return s;
}

static void a_sum_over_children(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	struct ppm_plan_step sum = no_step(PPM_STEP_AGGREGATE, s.invoices, s.customers, s.by_customer);
	sum.aggregate = PPM_AGGREGATE_SUM;
	sum.value = s.amount;
	sum.where = ppm_plan_compare(&m.plan, PPM_RELATION_GREATER, s.days, ppm_plan_number(&m.plan, 30, ppm_type_of(PPM_BASE_NUMBER), false, nowhere), nowhere);
	result(&m, "owed", step(&m, sum, "sum(amount over invoices where days > 30)", PPM_BASE_MONEY, false));
	acts(&m, "load, load, match, aggregate, result");
	const struct ppm_job *job = m.job;
	assert_int_equal(job->table_count, 2);
	assert_int_equal(job->tables[0].column_count, 2); // id and the sum; spend is nobody's
	assert_int_equal(job->tables[1].column_count, 3); // customer, amount, and where
	assert_int_equal(job->site_count, 1);
	assert_int_equal(job->sites[0].kind, PPM_JOB_ORPHANS);
	end(&m);
}

static void a_model_that_asks_for_nothing_streams(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	struct ppm_plan_step count = no_step(PPM_STEP_AGGREGATE, s.invoices, s.customers, s.by_customer);
	count.aggregate = PPM_AGGREGATE_COUNT;
	step(&m, count, "count(invoices)", PPM_BASE_NUMBER, false); // a let that no result uses
	result(&m, "spend", s.spend);
	bool needs = true;
	assert_int_equal(ppm_emit_needs_job(&needs, &m.plan), PPM_OK);
	assert_false(needs);
	struct ppm_program *program;
	assert_int_equal(ppm_emit(&program, ppm_allocator_default(), &m.plan, &m.map, true), PPM_OK);
	assert_int_equal(program->column_count, 2);
	ppm_program_free(program);
	end(&m);
}

static void figures_that_build_on_each_other(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	m.plan.company = dataset(&m, "", PPM_DATASET_COMPANY);
	uint32_t all = link_to(&m, PPM_LINK_ALL, "all customers", s.customers, m.plan.company, PPM_NODE_NONE, PPM_NO_ID);
	struct ppm_plan_step count = no_step(PPM_STEP_AGGREGATE, s.invoices, s.customers, s.by_customer);
	count.aggregate = PPM_AGGREGATE_COUNT;
	ppm_node_id invoices = step(&m, count, "count(invoices)", PPM_BASE_NUMBER, false);
	struct ppm_plan_step avg = no_step(PPM_STEP_AGGREGATE, s.customers, m.plan.company, all);
	avg.aggregate = PPM_AGGREGATE_AVG;
	avg.value = invoices;
	ppm_node_id mean = step(&m, avg, "avg(count(invoices) over customers)", PPM_BASE_NUMBER, true);
	uint32_t shown = column(&m, s.customers, "mean", PPM_BASE_NUMBER, PPM_PLAN_COMPANY);
	m.plan.columns[shown].value = mean;
	m.plan.columns[shown].optional = true;
	m.plan.columns[shown].computed = true;
	ppm_node_id here = m.plan.columns[shown].node = ppm_plan_column_node(&m.plan, shown);
	ppm_node_id more = ppm_plan_binary(&m.plan, PPM_NODE_SUBTRACT, invoices, here, ppm_type_of(PPM_BASE_NUMBER), nowhere);
	struct ppm_plan_step rank = no_step(PPM_STEP_RANK, s.customers, PPM_NO_ID, PPM_NO_ID);
	rank.rank = PPM_RANK_NTILE;
	rank.tiles = 4;
	rank.value = more;
	result(&m, "quartile", step(&m, rank, "quartile of more", PPM_BASE_NUMBER, true));
	result(&m, "more", more);
	acts(&m, "load, load, match, aggregate, aggregate, evaluate, rank, result");
	end(&m);
}

static void a_gathered_figure_of_groups(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	uint32_t groups = dataset(&m, "", PPM_DATASET_GROUPS);
	uint32_t key = column(&m, groups, "region", PPM_BASE_NUMBER, PPM_PLAN_KEY);
	m.plan.columns[key].node = ppm_plan_column_node(&m.plan, key);
	ppm_node_id third = ppm_plan_binary(
		&m.plan, PPM_NODE_DIVIDE, s.spend, ppm_plan_number(&m.plan, 3, ppm_type_of(PPM_BASE_NUMBER), false, nowhere), ppm_type_of(PPM_BASE_NUMBER), nowhere);
	m.plan.columns[key].computed = true;
	m.plan.datasets[groups].link = link_to(&m, PPM_LINK_GROUP, "customers by third", s.customers, groups, third, key);
	struct ppm_plan_step most = no_step(PPM_STEP_AGGREGATE, s.customers, groups, m.plan.datasets[groups].link);
	most.aggregate = PPM_AGGREGATE_MAX;
	most.value = s.spend;
	struct ppm_plan_step gather = no_step(PPM_STEP_GATHER, groups, s.customers, m.plan.datasets[groups].link);
	gather.value = step(&m, most, "max(spend over customers by third)", PPM_BASE_NUMBER, true);
	result(&m, "most", step(&m, gather, "its group's most", PPM_BASE_NUMBER, true));
	struct ppm_plan_summary *summary = PPM_PLAN_APPEND(&m.plan, summary);
	struct ppm_plan_result *shown = PPM_ARENA_NEW(&m.arena, struct ppm_plan_result);
	struct ppm_plan_order *order = PPM_ARENA_NEW(&m.arena, struct ppm_plan_order);
	*shown = (struct ppm_plan_result){ .kind = PPM_RESULT_VALUE, .name = PPM_SLICE("most"), .node = gather.value, .places = -1 };
	*order = (struct ppm_plan_order){ gather.value, true };
	*summary = (struct ppm_plan_summary){ .name = PPM_SLICE("thirds"), .dataset = groups, .results = shown, .result_count = 1, .orders = order, .order_count = 1 };
	acts(&m, "load, group, aggregate, evaluate, gather, result, sort, result");
	end(&m);
}

static void pairs_of_rows(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	uint32_t pairs = dataset(&m, "", PPM_DATASET_PAIRS);
	m.plan.datasets[pairs].relation = PPM_PAIRS_ALL;
	m.plan.datasets[pairs].outer = s.customers;
	m.plan.datasets[pairs].inner = s.invoices;
	uint32_t outer = column(&m, pairs, "spend", PPM_BASE_NUMBER, PPM_PLAN_OUTER), inner = column(&m, pairs, "days", PPM_BASE_NUMBER, PPM_PLAN_INNER);
	m.plan.columns[outer].value = s.spend;
	m.plan.columns[inner].value = s.days;
	ppm_node_id mine = m.plan.columns[outer].node = ppm_plan_column_node(&m.plan, outer), theirs = m.plan.columns[inner].node = ppm_plan_column_node(&m.plan, inner);
	struct ppm_plan_step count = no_step(PPM_STEP_AGGREGATE, pairs, s.customers, PPM_NO_ID);
	count.aggregate = PPM_AGGREGATE_COUNT;
	count.where = ppm_plan_compare(&m.plan, PPM_RELATION_GREATER, theirs, mine, nowhere);
	result(&m, "longer", step(&m, count, "count(invoices where days > spend)", PPM_BASE_NUMBER, false));
	acts(&m, "load, load, pairs, result");
	end(&m);
}

// Each rank is of the one before it: the walk that finds the stages must not go down the C stack as deep as that.
static void figures_on_figures_without_end(void **state)
{
	(void)state;
	struct model m;
	struct shop s = shop(&m);
	ppm_node_id last = s.spend;
	for (int i = 0; i < 60000; i++) {
		struct ppm_plan_step rank = no_step(PPM_STEP_RANK, s.customers, PPM_NO_ID, PPM_NO_ID);
		rank.value = last;
		last = step(&m, rank, "rank", PPM_BASE_NUMBER, true);
		m.plan.nodes[last].computed = false;
	}
	result(&m, "last", last);
	assert_int_equal(ppm_emit_job(&m.job, ppm_allocator_default(), &m.plan, &m.map, true), PPM_OK);
	assert_int_equal(m.job->action_count, 60002);
	char problem[200] = "";
	assert_true(ppm_job_verify(m.job, problem, sizeof problem));
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_over_children),
		cmocka_unit_test(a_model_that_asks_for_nothing_streams),
		cmocka_unit_test(figures_that_build_on_each_other),
		cmocka_unit_test(a_gathered_figure_of_groups),
		cmocka_unit_test(pairs_of_rows),
		cmocka_unit_test(figures_on_figures_without_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// The graph: equal nodes are one node, what is constant is computed, bounds hold, and what is poisoned stays so.
#include "lang/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ppm_span nowhere;

struct world {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_plan plan;
};

static void open_world(struct world *w)
{
	ppm_arena_init(&w->arena, NULL);
	ppm_source_map_init(&w->map, &w->arena);
	ppm_diagnostics_init(&w->diagnostics, &w->arena, &w->map);
	ppm_plan_init(&w->plan, &w->arena, ppm_allocator_default(), &w->diagnostics);
}

static void close_world(struct world *w)
{
	assert_false(w->plan.out_of_memory);
	ppm_plan_free(&w->plan);
	ppm_arena_free(&w->arena);
}

static struct ppm_type type(enum ppm_base base) { return ppm_type_of(base); }

static ppm_node_id number(struct world *w, double value) { return ppm_plan_number(&w->plan, value, type(PPM_BASE_NUMBER), false, nowhere); }

static ppm_node_id column(struct world *w, const char *name, enum ppm_base base, bool optional)
{
	struct ppm_plan_column *c = PPM_PLAN_APPEND(&w->plan, column);
	assert_non_null(c);
	c->name = c->header = ppm_slice_of(name);
	c->type = type(base);
	c->optional = optional;
	c->declared = true;
	return ppm_plan_column_node(&w->plan, (uint32_t)w->plan.column_count - 1);
}

static ppm_node_id add(struct world *w, ppm_node_id a, ppm_node_id b) { return ppm_plan_binary(&w->plan, PPM_NODE_ADD, a, b, type(PPM_BASE_NUMBER), nowhere); }

static double value_of(struct world *w, ppm_node_id id)
{
	double value = NAN;
	assert_true(ppm_plan_constant_number(&w->plan, id, &value));
	return value;
}

static void equal_nodes_are_one(void **state)
{
	struct world w;
	(void)state;
	open_world(&w);
	ppm_node_id a = column(&w, "a", PPM_BASE_NUMBER, false), b = column(&w, "b", PPM_BASE_NUMBER, true);
	assert_int_not_equal(a, b);
	assert_int_equal(a, ppm_plan_column_node(&w.plan, 0));
	assert_int_equal(number(&w, 3), number(&w, 3));
	assert_int_not_equal(number(&w, 3), number(&w, 4));
	assert_int_not_equal(number(&w, 3), ppm_plan_number(&w.plan, 3, type(PPM_BASE_PERCENT), false, nowhere));
	assert_int_equal(add(&w, a, b), add(&w, a, b));
	assert_int_not_equal(add(&w, a, b), ppm_plan_binary(&w.plan, PPM_NODE_SUBTRACT, a, b, type(PPM_BASE_NUMBER), nowhere));
	assert_int_equal(ppm_plan_compare(&w.plan, PPM_RELATION_GREATER, a, b, nowhere), ppm_plan_compare(&w.plan, PPM_RELATION_LESS, b, a, nowhere));
	assert_int_equal(ppm_plan_text(&w.plan, PPM_SLICE("x"), nowhere), ppm_plan_text(&w.plan, PPM_SLICE("x"), nowhere));
	assert_int_equal(ppm_plan_intern(&w.plan, PPM_SLICE("y")), ppm_plan_intern(&w.plan, PPM_SLICE("y")));
	// many nodes: the table grows, and still finds all of them
	ppm_node_id first[2000];
	for (int i = 0; i < 2000; i++)
		first[i] = add(&w, a, number(&w, i + 10));
	size_t count = w.plan.node_count;
	for (int i = 0; i < 2000; i++)
		assert_int_equal(add(&w, a, number(&w, i + 10)), first[i]);
	assert_int_equal(w.plan.node_count, count);
	close_world(&w);
}

static void constants_are_computed(void **state)
{
	struct world w;
	(void)state;
	open_world(&w);
	assert_true(value_of(&w, add(&w, number(&w, 2), number(&w, 3))) == 5);
	assert_true(value_of(&w, ppm_plan_binary(&w.plan, PPM_NODE_MODULO, number(&w, -7), number(&w, 3), type(PPM_BASE_NUMBER), nowhere)) == 2);
	assert_true(value_of(&w, ppm_plan_binary(&w.plan, PPM_NODE_POWER, number(&w, 2), number(&w, -3), type(PPM_BASE_NUMBER), nowhere)) == 0.125);
	assert_true(value_of(&w, ppm_plan_unary(&w.plan, PPM_NODE_ROUND, number(&w, 1.005), type(PPM_BASE_NUMBER), 2, nowhere)) == 1.01);
	assert_true(value_of(&w, ppm_plan_unary(&w.plan, PPM_NODE_ABSOLUTE, number(&w, -2.5), type(PPM_BASE_NUMBER), 0, nowhere)) == 2.5);
	ppm_node_id yes = ppm_plan_flag(&w.plan, true, nowhere), no = ppm_plan_flag(&w.plan, false, nowhere);
	// 0.1 + 0.2 and 0.3 are one number to 12 places
	assert_int_equal(ppm_plan_compare(&w.plan, PPM_RELATION_EQUAL, add(&w, number(&w, 0.1), number(&w, 0.2)), number(&w, 0.3), nowhere), yes);
	assert_int_equal(ppm_plan_compare(&w.plan, PPM_RELATION_LESS, number(&w, 2), number(&w, 2), nowhere), no);
	assert_int_equal(ppm_plan_compare(&w.plan, PPM_RELATION_LESS, ppm_plan_text(&w.plan, PPM_SLICE("Z"), nowhere), ppm_plan_text(&w.plan, PPM_SLICE("a"), nowhere), nowhere), yes);
	assert_int_equal(ppm_plan_not(&w.plan, yes, nowhere), no);
	// 10 / 3 in money, 12 places: 3.333333333333
	ppm_int128 unit = 1000000000000;
	ppm_node_id third = ppm_plan_binary(&w.plan, PPM_NODE_DIVIDE, ppm_plan_money(&w.plan, 10 * unit, type(PPM_BASE_MONEY), nowhere), number(&w, 3), type(PPM_BASE_MONEY), nowhere);
	assert_true(ppm_plan_is_constant(&w.plan, third));
	assert_true(ppm_plan_node(&w.plan, third)->value.exact == 3333333333333);
	// 2024-01-31 is day 19753; a month later is the 29th, day 19782
	ppm_node_id date = ppm_plan_whole(&w.plan, 19753, type(PPM_BASE_DATE), nowhere);
	ppm_node_id later = ppm_plan_binary(&w.plan, PPM_NODE_ADD, date, ppm_plan_whole(&w.plan, 1, (struct ppm_type){ .base = PPM_BASE_DURATION, .months = true }, nowhere), type(PPM_BASE_DATE), nowhere);
	assert_int_equal(ppm_plan_node(&w.plan, later)->value.whole, 19782);
	assert_int_equal(w.diagnostics.errors, 0);
	close_world(&w);
}

static void computing_reports_what_cannot_be(void **state)
{
	struct world w;
	(void)state;
	open_world(&w);
	ppm_node_id none = ppm_plan_binary(&w.plan, PPM_NODE_DIVIDE, number(&w, 1), number(&w, 0), type(PPM_BASE_NUMBER), nowhere);
	assert_int_equal(ppm_plan_node(&w.plan, none)->op, PPM_NODE_MISSING);
	assert_int_equal(w.diagnostics.warnings, 1);
	ppm_node_id large = ppm_plan_binary(&w.plan, PPM_NODE_MULTIPLY, number(&w, 1e300), number(&w, 1e300), type(PPM_BASE_NUMBER), nowhere);
	assert_int_equal(large, PPM_NODE_POISON);
	assert_int_equal(w.diagnostics.errors, 1);
	// what stands on a mistake is one, and says nothing more
	assert_int_equal(add(&w, large, number(&w, 1)), PPM_NODE_POISON);
	assert_int_equal(ppm_plan_compare(&w.plan, PPM_RELATION_LESS, number(&w, 1), large, nowhere), PPM_NODE_POISON);
	assert_int_equal(w.diagnostics.errors, 1);
	close_world(&w);
}

static void missing_follows_its_rules(void **state)
{
	struct world w;
	(void)state;
	open_world(&w);
	ppm_node_id a = column(&w, "a", PPM_BASE_NUMBER, false), b = column(&w, "b", PPM_BASE_NUMBER, true), f = column(&w, "f", PPM_BASE_FLAG, true);
	ppm_node_id yes = ppm_plan_flag(&w.plan, true, nowhere), no = ppm_plan_flag(&w.plan, false, nowhere);
	assert_false(ppm_plan_node(&w.plan, a)->may_miss);
	assert_true(ppm_plan_node(&w.plan, b)->may_miss);
	assert_true(ppm_plan_node(&w.plan, add(&w, a, b))->may_miss);
	assert_int_equal(ppm_plan_is_missing(&w.plan, a, nowhere), no);
	assert_int_equal(ppm_plan_default(&w.plan, a, number(&w, 1), nowhere), a);
	assert_false(ppm_plan_node(&w.plan, ppm_plan_default(&w.plan, b, number(&w, 1), nowhere))->may_miss);
	assert_int_equal(ppm_plan_is_missing(&w.plan, ppm_plan_missing(&w.plan, type(PPM_BASE_NUMBER), nowhere), nowhere), yes);
	// false and missing is false, true or missing true; `f and true` is f
	assert_int_equal(ppm_plan_and(&w.plan, f, no, nowhere), no);
	assert_int_equal(ppm_plan_or(&w.plan, f, yes, nowhere), yes);
	assert_int_equal(ppm_plan_and(&w.plan, f, yes, nowhere), f);
	assert_int_equal(ppm_plan_or(&w.plan, no, f, nowhere), f);
	assert_int_equal(ppm_plan_not(&w.plan, ppm_plan_not(&w.plan, f, nowhere), nowhere), f);
	assert_int_equal(ppm_plan_select(&w.plan, yes, a, b, PPM_NODE_NONE, type(PPM_BASE_NUMBER), nowhere), a);
	assert_int_equal(ppm_plan_select(&w.plan, no, a, b, PPM_NODE_NONE, type(PPM_BASE_NUMBER), nowhere), b);
	assert_true(ppm_plan_node(&w.plan, ppm_plan_select(&w.plan, f, a, a, PPM_NODE_NONE, type(PPM_BASE_NUMBER), nowhere))->may_miss);
	close_world(&w);
}

static void bounds_hold(void **state)
{
	struct world w;
	(void)state;
	open_world(&w);
	ppm_node_id a = column(&w, "a", PPM_BASE_NUMBER, false), zero = number(&w, 0), ten = number(&w, 10);
	assert_true(isinf(ppm_plan_node(&w.plan, a)->low) && isinf(ppm_plan_node(&w.plan, a)->high));
	ppm_node_id at_least = ppm_plan_binary(&w.plan, PPM_NODE_MAXIMUM, a, zero, type(PPM_BASE_NUMBER), nowhere);
	ppm_node_id kept = ppm_plan_binary(&w.plan, PPM_NODE_MINIMUM, at_least, ten, type(PPM_BASE_NUMBER), nowhere);
	assert_true(ppm_plan_node(&w.plan, at_least)->low == 0);
	assert_true(ppm_plan_node(&w.plan, kept)->low == 0 && ppm_plan_node(&w.plan, kept)->high == 10);
	const struct ppm_node *sum = ppm_plan_node(&w.plan, add(&w, kept, kept));
	assert_true(sum->low <= 0 && sum->high >= 20 && sum->high < 20.001);
	ppm_node_id twice = ppm_plan_binary(&w.plan, PPM_NODE_MULTIPLY, kept, number(&w, -2), type(PPM_BASE_NUMBER), nowhere);
	assert_true(ppm_plan_node(&w.plan, twice)->low <= -20 && ppm_plan_node(&w.plan, twice)->high >= 0 && ppm_plan_node(&w.plan, twice)->high < 0.001);
	ppm_node_id size = ppm_plan_unary(&w.plan, PPM_NODE_ABSOLUTE, twice, type(PPM_BASE_NUMBER), 0, nowhere);
	assert_true(ppm_plan_node(&w.plan, size)->low >= 0 && ppm_plan_node(&w.plan, size)->high >= 20);
	ppm_node_id scaled = ppm_plan_scale_node(&w.plan, a, (struct ppm_plan_scale){ 40, -5, 0, 1 }, nowhere);
	assert_true(ppm_plan_node(&w.plan, scaled)->low <= -5 && ppm_plan_node(&w.plan, scaled)->high >= 40);
	close_world(&w);
}

static bool count_column(void *context, uint32_t index)
{
	uint32_t *seen = context;
	seen[index]++;
	return true;
}

static void columns_are_visited_once(void **state)
{
	struct world w;
	uint32_t seen[3] = { 0 };
	(void)state;
	open_world(&w);
	ppm_node_id a = column(&w, "a", PPM_BASE_NUMBER, false), b = column(&w, "b", PPM_BASE_NUMBER, true);
	(void)column(&w, "c", PPM_BASE_NUMBER, true);
	ppm_plan_visit_columns(&w.plan, add(&w, add(&w, a, b), add(&w, b, a)), count_column, seen);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], 0);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_nodes_are_one), cmocka_unit_test(constants_are_computed), cmocka_unit_test(computing_reports_what_cannot_be), cmocka_unit_test(missing_follows_its_rules),
		cmocka_unit_test(bounds_hold), cmocka_unit_test(columns_are_visited_once),
	};
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}

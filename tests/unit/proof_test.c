// What can never hold at once: contradictions that are found, and claims that must not be taken for one. Wrongly found ones would change scores.
#include "lang/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ppm_span nowhere;

struct world {
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_plan plan;
	ppm_node_id x, y, text, flag, money, date; // x may be missing, y not
};

static ppm_node_id column(struct world *w, const char *name, enum ppm_base base, bool optional)
{
	struct ppm_plan_column *c = PPM_PLAN_APPEND(&w->plan, column);
	assert_non_null(c);
	c->name = c->header = ppm_slice_of(name);
	c->type = ppm_type_of(base);
	c->optional = optional;
	c->declared = true;
	return ppm_plan_column_node(&w->plan, (uint32_t)w->plan.column_count - 1);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	assert_non_null(w);
	ppm_arena_init(&w->arena, NULL);
	ppm_source_map_init(&w->map, &w->arena);
	ppm_diagnostics_init(&w->diagnostics, &w->arena, &w->map);
	ppm_plan_init(&w->plan, &w->arena, ppm_allocator_default(), &w->diagnostics);
	w->x = column(w, "x", PPM_BASE_NUMBER, true);
	w->y = column(w, "y", PPM_BASE_NUMBER, false);
	w->text = column(w, "text", PPM_BASE_TEXT, true);
	w->flag = column(w, "flag", PPM_BASE_FLAG, true);
	w->money = column(w, "money", PPM_BASE_MONEY, false);
	w->date = column(w, "date", PPM_BASE_DATE, false);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	ppm_plan_free(&w->plan);
	ppm_arena_free(&w->arena);
	free(w);
	return 0;
}

static ppm_node_id number(struct world *w, double value) { return ppm_plan_number(&w->plan, value, ppm_type_of(PPM_BASE_NUMBER), false, nowhere); }
static ppm_node_id is(struct world *w, ppm_node_id a, enum ppm_relation relation, double value) { return ppm_plan_compare(&w->plan, relation, a, number(w, value), nowhere); }
static ppm_node_id text_is(struct world *w, const char *value) { return ppm_plan_compare(&w->plan, PPM_RELATION_EQUAL, w->text, ppm_plan_text(&w->plan, ppm_slice_of(value), nowhere), nowhere); }
static ppm_node_id both(struct world *w, ppm_node_id a, ppm_node_id b) { return ppm_plan_and(&w->plan, a, b, nowhere); }
static ppm_node_id either(struct world *w, ppm_node_id a, ppm_node_id b) { return ppm_plan_or(&w->plan, a, b, nowhere); }
static ppm_node_id not(struct world *w, ppm_node_id a) { return ppm_plan_not(&w->plan, a, nowhere); }

static ppm_node_id among(struct world *w, const char *a, const char *b)
{
	uint32_t texts[2] = { ppm_plan_intern(&w->plan, ppm_slice_of(a)), ppm_plan_intern(&w->plan, ppm_slice_of(b)) };
	if (texts[0] > texts[1]) {
		uint32_t swap = texts[0];
		texts[0] = texts[1];
		texts[1] = swap;
	}
	return ppm_plan_in_set(&w->plan, w->text, texts, 2, nowhere);
}

static bool clash(struct world *w, ppm_node_id a, bool a_true, ppm_node_id b, bool b_true)
{
	const struct ppm_claim claims[] = { { a, a_true }, { b, b_true } }, turned[] = { { b, b_true }, { a, a_true } };
	bool result = ppm_plan_contradiction(&w->plan, claims, 2);
	assert_int_equal(result, ppm_plan_contradiction(&w->plan, turned, 2));
	return result;
}

#define NEVER(a, b) assert_true(clash(w, (a), true, (b), true))
#define MAYBE(a, b) assert_false(clash(w, (a), true, (b), true))

static void thresholds(void **state)
{
	struct world *w = *state;
	NEVER(is(w, w->x, PPM_RELATION_LESS_EQUAL, 0), is(w, w->x, PPM_RELATION_GREATER, 30));
	NEVER(is(w, w->x, PPM_RELATION_LESS, 5), is(w, w->x, PPM_RELATION_GREATER_EQUAL, 5));
	NEVER(is(w, w->x, PPM_RELATION_EQUAL, 5), is(w, w->x, PPM_RELATION_GREATER, 5));
	NEVER(is(w, w->x, PPM_RELATION_EQUAL, 5), is(w, w->x, PPM_RELATION_EQUAL, 6));
	MAYBE(is(w, w->x, PPM_RELATION_LESS_EQUAL, 5), is(w, w->x, PPM_RELATION_GREATER_EQUAL, 5));
	MAYBE(is(w, w->x, PPM_RELATION_LESS, 6), is(w, w->x, PPM_RELATION_GREATER, 5));
	MAYBE(is(w, w->x, PPM_RELATION_LESS, 0), is(w, w->y, PPM_RELATION_GREATER, 30));
	MAYBE(is(w, w->x, PPM_RELATION_EQUAL, 5), is(w, w->x, PPM_RELATION_LESS_EQUAL, 5));
}

static void texts_and_sets(void **state)
{
	struct world *w = *state;
	NEVER(text_is(w, "a"), text_is(w, "b"));
	NEVER(text_is(w, "a"), among(w, "b", "c"));
	NEVER(among(w, "a", "b"), among(w, "c", "d"));
	NEVER(text_is(w, "a"), not(w, text_is(w, "a")));
	MAYBE(text_is(w, "a"), among(w, "a", "c"));
	MAYBE(among(w, "a", "b"), among(w, "b", "c"));
	MAYBE(not(w, text_is(w, "a")), not(w, text_is(w, "b")));
}

static void connectives(void **state)
{
	struct world *w = *state;
	ppm_node_id low = is(w, w->x, PPM_RELATION_LESS, 0), high = is(w, w->x, PPM_RELATION_GREATER, 30), other = is(w, w->y, PPM_RELATION_GREATER, 1);
	NEVER(both(w, low, other), high);
	NEVER(both(w, low, other), both(w, high, w->flag));
	NEVER(either(w, low, is(w, w->x, PPM_RELATION_EQUAL, 3)), high);
	NEVER(w->flag, not(w, w->flag));
	NEVER(both(w, low, w->flag), not(w, either(w, w->flag, other)));
	MAYBE(either(w, low, other), high);
	MAYBE(either(w, low, w->flag), both(w, high, other));
	MAYBE(not(w, low), not(w, high));
}

// "Not true" is false or missing: a missing value makes neither comparison true.
static void missing_is_not_false(void **state)
{
	struct world *w = *state;
	ppm_node_id low = is(w, w->x, PPM_RELATION_LESS, 5), rest = is(w, w->x, PPM_RELATION_GREATER_EQUAL, 5);
	assert_false(clash(w, low, false, rest, false)); // x may be missing
	assert_true(clash(w, low, true, low, false));
	assert_false(clash(w, low, true, rest, false));
	ppm_node_id gone = ppm_plan_is_missing(&w->plan, w->x, nowhere);
	NEVER(gone, low);
	NEVER(gone, not(w, low));
	assert_false(clash(w, gone, true, low, false));
	assert_false(clash(w, gone, false, low, false));
	// y is always there, so one of the two is true
	assert_true(clash(w, is(w, w->y, PPM_RELATION_LESS, 5), false, is(w, w->y, PPM_RELATION_GREATER_EQUAL, 5), false));
}

static void defaults(void **state)
{
	struct world *w = *state;
	ppm_node_id high = is(w, w->x, PPM_RELATION_GREATER, 30), low = is(w, w->x, PPM_RELATION_LESS, 0), no = ppm_plan_flag(&w->plan, false, nowhere), yes = ppm_plan_flag(&w->plan, true, nowhere);
	NEVER(ppm_plan_default(&w->plan, high, no, nowhere), ppm_plan_default(&w->plan, low, no, nowhere));
	MAYBE(ppm_plan_default(&w->plan, high, yes, nowhere), ppm_plan_default(&w->plan, low, yes, nowhere)); // x missing: both
	NEVER(ppm_plan_default(&w->plan, high, no, nowhere), ppm_plan_is_missing(&w->plan, w->x, nowhere));
}

static void other_types(void **state)
{
	struct world *w = *state;
	ppm_int128 unit = 1000000000000;
	ppm_node_id ten = ppm_plan_money(&w->plan, 10 * unit, ppm_type_of(PPM_BASE_MONEY), nowhere), day = ppm_plan_whole(&w->plan, 20000, ppm_type_of(PPM_BASE_DATE), nowhere);
	NEVER(ppm_plan_compare(&w->plan, PPM_RELATION_LESS, w->money, ten, nowhere), ppm_plan_compare(&w->plan, PPM_RELATION_GREATER_EQUAL, w->money, ten, nowhere));
	NEVER(ppm_plan_compare(&w->plan, PPM_RELATION_LESS, w->date, day, nowhere), ppm_plan_compare(&w->plan, PPM_RELATION_EQUAL, w->date, day, nowhere));
	MAYBE(ppm_plan_compare(&w->plan, PPM_RELATION_LESS_EQUAL, w->money, ten, nowhere), ppm_plan_compare(&w->plan, PPM_RELATION_GREATER_EQUAL, w->money, ten, nowhere));
}

static void nothing_follows_from_a_mistake(void **state)
{
	struct world *w = *state;
	assert_false(clash(w, PPM_NODE_POISON, true, is(w, w->x, PPM_RELATION_LESS, 0), true));
	assert_false(ppm_plan_contradiction(&w->plan, NULL, 0));
	const struct ppm_claim never = { ppm_plan_flag(&w->plan, false, nowhere), true };
	assert_true(ppm_plan_contradiction(&w->plan, &never, 1));
}

// Wide disjunctions give up rather than claim a proof or take for ever.
static void gives_up_in_time(void **state)
{
	struct world *w = *state;
	ppm_node_id all[12];
	struct ppm_claim claims[12];
	for (int i = 0; i < 12; i++) {
		ppm_node_id a = is(w, w->x, PPM_RELATION_EQUAL, i), b = is(w, w->y, PPM_RELATION_EQUAL, i);
		all[i] = either(w, a, either(w, b, either(w, w->flag, text_is(w, "q"))));
		claims[i] = (struct ppm_claim){ all[i], true };
	}
	assert_false(ppm_plan_contradiction(&w->plan, claims, 12)); // the flag makes all of them true
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(thresholds), TEST(texts_and_sets), TEST(connectives), TEST(missing_is_not_false), TEST(defaults), TEST(other_types), TEST(nothing_follows_from_a_mistake), TEST(gives_up_in_time) };
	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}

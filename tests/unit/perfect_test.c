// The perfect prospect while memory runs out: every allocation of compiling, analysing and rendering fails once, and is either said or changes nothing. And what it rests on: expressions
// worked out for a row, and nodes that are forgotten.
#include "failing_heap.h"
#include "lang/analysis/perfect.h"
#include "lang/ppm.h"
#include "runtime/base/allocator.h"
#include "runtime/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char model_text[] =
	"use \"rules.ppm\"\n"
	"as of 2026-06-30\n"
	"dataset d { id text key  days number optional  paid money  cost money  since date  note text in [\"a\", \"b\", \"c\"]  plan text optional }\n"
	"lookup fit(t) { \"a\" or \"b\" : 10  otherwise : 2 }\n"
	"let margin = paid - cost\n"
	"dimension payment weight 40 { penalty late 10 when days > 30 because \"{days} days late\"  reward early 5 when days <= rules.low missing 0 }\n"
	"dimension value weight 60 range 0 to 40 { scale size from 0 to 20 as margin / paid goes 0 to 0.5  bands old by as_of - since { below 30 days : 0  otherwise : 3 }\n"
	"  best of named { reward first fit(note) when note in [\"a\", \"c\"] and (margin > 0 or plan contains \"X\")  reward second 1 when note = \"b\" }\n"
	"  group capped at most 4 { reward p 3 when plan starts with \"pro\"  reward q 3 when plan is missing } }\n"
	"adjust { penalty small 5 when paid < 10 }\n"
	"disqualify never when note = \"a\" and margin < 0\n"
	"tier good when score >= 80 and margin > 0 action \"call {id}\"\ntier rest otherwise\n"
	"perspective cfo { payment 90  value 10 }\n";
static const char rules_text[] = "param low = 0\nlet early_enough = days_seen < 3\ndefine twice(x) = 2 * x\nlet days_seen = 1\n";

struct counter {
	size_t calls, fail_at, live;
	bool from_then_on;
};

static void *reallocate(void *context, void *pointer, size_t size)
{
	struct counter *counter = context;

	if (size == 0) {
		counter->live -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	counter->calls++;
	if (counter->fail_at && (counter->calls == counter->fail_at || (counter->from_then_on && counter->calls > counter->fail_at)))
		return NULL;
	void *made = realloc(pointer, size);
	counter->live += made && !pointer;
	return made;
}

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_is(path, "model.ppm") ? ppm_slice_of(model_text) : ppm_slice_of(rules_text);
	*identity = path;
	return PPM_OK;
}

struct attempt {
	size_t calls;  // of the analysis and what is written of it
	uint64_t hash; // of what is written; 0 when memory ran out
};

// Compiling has tests of its own: only what follows it fails.
static struct attempt attempt(struct counter *counter, size_t fail_at)
{
	struct ppm_allocator allocator = { reallocate, counter };
	struct ppm_compile_options options = { .allocator = &allocator, .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model = NULL;
	struct ppm_perfect perfect;
	struct ppm_arena arena;
	struct ppm_buffer out;
	struct attempt result = { 0, 0 };

	assert_int_equal(ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options), PPM_OK);
	const struct ppm_source_map *sources = ppm_model_sources(model);
	const struct ppm_perfect_request request = { ppm_model_workbench(model), sources, ppm_model_tree(model), true };
	size_t before = counter->calls;
	ppm_arena_init(&arena, &allocator);
	ppm_buffer_init(&out, &allocator);
	counter->fail_at = fail_at ? before + fail_at : 0;
	enum ppm_status status = ppm_perfect_make(&perfect, &arena, &request);
	if (!status) {
		ppm_perfect_text(&perfect, sources, false, true, &arena, &out);
		ppm_perfect_text(&perfect, sources, true, false, &arena, &out);
		ppm_perfect_json(&perfect, sources, &out);
		status = out.failed ? PPM_ERROR_MEMORY : PPM_OK;
	}
	assert_true(status == PPM_OK || status == PPM_ERROR_MEMORY);
	if (!status)
		result.hash = ppm_hash_bytes(out.data, out.size) | 1;
	result.calls = counter->calls - before;
	ppm_buffer_free(&out);
	ppm_arena_free(&arena);
	ppm_model_free(model);
	assert_int_equal(counter->live, 0);
	return result;
}

static void fail_each(bool from_then_on)
{
	struct counter counter = { 0 };
	struct attempt whole = attempt(&counter, 0);

	assert_true(whole.hash != 0);
	assert_true(whole.calls > 100);
	for (size_t at = 1; at <= whole.calls; at += failing_step(from_then_on ? 7 : 1)) {
		counter = (struct counter){ .from_then_on = from_then_on };
		struct attempt now = attempt(&counter, at);
		if (now.hash && now.hash != whole.hash)
			print_message("allocation %zu of %zu failed unnoticed\n", at, whole.calls);
		assert_true(!now.hash || now.hash == whole.hash);
	}
}

static void each_allocation_fails(void **state)
{
	(void)state;
	fail_each(false);
}

static void all_from_one_on_fail(void **state)
{
	(void)state;
	fail_each(true);
}

// ---- expressions worked out --------------------------------------------------------------------------------------------

static void works_out_and_forgets(void **state)
{
	struct counter counter = { 0 };
	struct ppm_allocator allocator = { reallocate, &counter };
	struct ppm_compile_options options = { .allocator = &allocator, .loader = { load, NULL }, .optimise = true };
	struct ppm_model *model;
	struct ppm_span nowhere = { 0, 0 };

	(void)state;
	assert_int_equal(ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options), PPM_OK);
	struct ppm_plan *plan = ppm_model_workbench(model);
	size_t count = plan->node_count;
	ppm_node_id *columns = calloc(plan->column_count, sizeof *columns), *done = calloc(count, sizeof *done);
	const struct ppm_plan_rule *late = plan->dimensions[0].rules, *size = plan->dimensions[1].rules;
	assert_true(columns && done);
	plan->diagnostics->muted = true;
	for (int day = 29; day <= 32; day++) {
		for (size_t i = 0; i < plan->column_count; i++)
			columns[i] = PPM_NODE_NONE;
		for (size_t i = 0; i < count; i++)
			done[i] = PPM_NODE_NONE;
		for (size_t i = 0; i < plan->column_count; i++) {
			const struct ppm_type type = plan->columns[i].type;
			if (ppm_slice_is(plan->columns[i].name, "days"))
				columns[i] = day == 32 ? ppm_plan_missing(plan, type, nowhere) : ppm_plan_number(plan, day, type, false, nowhere);
			if (ppm_slice_is(plan->columns[i].name, "paid"))
				columns[i] = ppm_plan_money(plan, ppm_exact_from_money(80 * 10000), type, nowhere);
			if (ppm_slice_is(plan->columns[i].name, "cost"))
				columns[i] = ppm_plan_money(plan, ppm_exact_from_money(60 * 10000), type, nowhere);
		}
		struct ppm_plan_row row = { columns, NULL, NULL, done, count };
		ppm_node_id fires = ppm_plan_work_out(plan, &row, late->condition), points = ppm_plan_work_out(plan, &row, size->points);
		double value;
		if (day == 32)
			assert_int_equal(plan->nodes[fires].op, PPM_NODE_MISSING);
		else
			assert_int_equal(plan->nodes[fires].value.flag, day > 30);
		assert_true(ppm_plan_constant_number(plan, points, &value));
		assert_true(value == 10); // a margin of 25% is half way to 0.5
		// the note is not known, and neither is what hangs on it
		assert_true(ppm_plan_work_out(plan, &row, plan->disqualifiers[0].condition) == PPM_NODE_NONE ||
			plan->nodes[ppm_plan_work_out(plan, &row, plan->disqualifiers[0].condition)].op == PPM_NODE_CONSTANT);
		ppm_plan_forget(plan, count);
		assert_int_equal(plan->node_count, count);
	}
	// what was forgotten can be made again, and what was there is found
	ppm_node_id first = ppm_plan_number(plan, 123456.75, ppm_type_of(PPM_BASE_NUMBER), false, nowhere);
	assert_int_equal(first, count);
	assert_int_equal(ppm_plan_number(plan, 123456.75, ppm_type_of(PPM_BASE_NUMBER), false, nowhere), first);
	ppm_plan_forget(plan, count);
	assert_int_equal(ppm_plan_column_node(plan, 0), plan->columns[0].node);
	free(columns);
	free(done);
	ppm_model_free(model);
	assert_int_equal(counter.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_out_and_forgets),
		cmocka_unit_test(each_allocation_fails),
		cmocka_unit_test(all_from_one_on_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Coverage, what covers what, and mutation as a library: their figures for small models, and memory that runs out anywhere in them is said, leaks nothing and is never taken for a figure.
#include "lang/testing/coverage.h"
#include "lang/testing/covering.h"
#include "lang/testing/mutate.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char stream_text[] = "dataset d { id text key  days number optional  kind text optional }\n"
				  "penalty late 10 when days > 30 missing 0\nreward early 5 when days <= 0 missing 0\n"
				  "bands kinds by kind { \"a\" or \"b\" : 3  missing : 1  otherwise : 0 }\n"
				  "test \"late\" { given days = 45, kind = \"a\" expect late }\n"
				  "test \"score\" { given days = 10, kind = \"b\" expect points = 3 }\n";
static const char job_text[] = "dataset d { id text key }\ndataset orders of d by id { id text  total money }\n"
			       "let spent = sum(total over orders)\nreward large 10 when spent > 10\nreward first 1 when rank(spent desc) <= 1\n"
			       "test \"large\" { given orders { total = 11 } expect large and points = 11 }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_is(path, "job.ppm") ? ppm_slice_of(job_text) : ppm_slice_of(stream_text);
	*identity = path;
	return PPM_OK;
}

struct figures {
	enum ppm_status status;
	struct ppm_coverage_sums sums;
	uint32_t covers, covers_directly; // pairs of a test and a rule
	uint32_t found, outcomes[4];
	size_t reported;
};

static void run(struct counted_heap *heap, const char *path, uint32_t most, struct figures *out)
{
	struct ppm_allocator allocator = { counted_reallocate, heap };
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	struct ppm_testing_request request = { .allocator = &allocator, .path = ppm_slice_of(path), .compile = &options, .explain = true, .simd = PPM_SIMD_PORTABLE };
	struct ppm_testing testing;
	struct ppm_coverage coverage;
	struct ppm_covering covering;
	struct ppm_mutations mutations = { .items = NULL };
	struct ppm_arena arena;
	struct ppm_buffer text;

	*out = (struct figures){ .found = 0 };
	ppm_arena_init(&arena, &allocator);
	ppm_buffer_init(&text, &allocator);
	ppm_coverage_init(&coverage, &allocator);
	request.look = ppm_coverage_look;
	request.look_context = &coverage;
	out->status = ppm_testing_run(&testing, &request);
	if (!out->status && !ppm_coverage_report(&coverage, testing.model, true, &out->sums, &text))
		out->status = PPM_ERROR_MEMORY;
	if (!out->status) {
		out->status = ppm_covering_find(&covering, &request);
		for (uint32_t i = 0; i < covering.count && !out->status; i++)
			for (uint32_t r = 0; r < covering.rule_count; r++) {
				out->covers += covering.tests[i].rules[r];
				out->covers_directly += covering.tests[i].direct[r];
			}
		ppm_covering_free(&covering);
	}
	request.look = NULL;
	if (!out->status)
		out->status = ppm_mutations_find(&mutations, &arena, testing.model) ? PPM_OK : PPM_ERROR_MEMORY;
	if (!out->status) {
		ppm_mutations_sample(&mutations, most);
		out->status = ppm_mutations_run(&mutations, &request, testing.model, NULL, NULL);
	}
	if (!out->status) {
		ppm_mutations_text(&mutations, testing.model, false, &text);
		out->found = mutations.found;
		memcpy(out->outcomes, mutations.outcomes, sizeof out->outcomes);
	}
	if (text.failed)
		out->status = PPM_ERROR_MEMORY;
	out->reported = text.size;
	ppm_buffer_free(&text);
	ppm_coverage_free(&coverage);
	ppm_testing_free(&testing);
	ppm_arena_free(&arena);
}

static void test_figures(void **state)
{
	struct counted_heap heap = { 0 };
	struct figures said;

	(void)state;
	run(&heap, "model.ppm", 0, &said);
	assert_int_equal(said.status, PPM_OK);
	// late fires, early does not; of two rules' four branches and three bands: late both ways, early idle, "a" or "b"
	assert_int_equal(said.sums.rules, 2);
	assert_int_equal(said.sums.rules_fired, 1);
	assert_int_equal(said.sums.branches, 7);
	assert_int_equal(said.sums.branches_reached, 4);
	// the first test reads late; points hang on all three rules
	assert_int_equal(said.covers, 4);
	assert_int_equal(said.covers_directly, 1);
	assert_int_equal(heap.live, 0);
	run(&heap, "job.ppm", 0, &said);
	assert_int_equal(said.status, PPM_OK);
	assert_int_equal(said.sums.rules_fired, 2);
	assert_int_equal(said.sums.branches_reached, 2);
	assert_int_equal(said.covers, 2);
	assert_int_equal(said.covers_directly, 1);
	assert_int_equal(heap.live, 0);
}

// Of `late`: left out and `>=` (not noticed), 31 and 29 (not), its points 11 and 9 (not), for want of a value 1 (-1 is no number of points) …; each change has one outcome.
static void test_every_change_has_an_outcome(void **state)
{
	struct counted_heap heap = { 0 };
	struct figures all, some, again;

	(void)state;
	run(&heap, "model.ppm", 0, &all);
	assert_true(all.found > 20);
	assert_int_equal(all.outcomes[0] + all.outcomes[1] + all.outcomes[2] + all.outcomes[3], all.found);
	assert_true(all.outcomes[PPM_MUTATION_NOTICED] > 0 && all.outcomes[PPM_MUTATION_SURVIVED] > 0 && all.outcomes[PPM_MUTATION_INVALID] > 0);
	run(&heap, "model.ppm", 5, &some);
	run(&heap, "model.ppm", 5, &again);
	assert_int_equal(some.outcomes[0] + some.outcomes[1] + some.outcomes[2] + some.outcomes[3], 5);
	assert_int_equal(some.reported, again.reported);
}

static void each_fails(const char *path, bool from_then_on)
{
	struct counted_heap heap = { 0 };
	struct figures whole, now;

	run(&heap, path, 2, &whole);
	assert_int_equal(whole.status, PPM_OK);
	size_t total = heap.calls, step = failing_step(1 + total / 1500);
	for (size_t at = 1; at <= total; at += step) {
		heap = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		run(&heap, path, 2, &now);
		if (heap.live || (now.status && now.status != PPM_ERROR_MEMORY))
			print_message("%s, allocation %zu of %zu: status %d, %zu leaked\n", path, at, total, (int)now.status, heap.live);
		assert_int_equal(heap.live, 0);
		if (now.status == PPM_ERROR_MEMORY)
			continue;
		assert_int_equal(now.status, PPM_OK);
		assert_false(from_then_on);
		whole.status = now.status;
		assert_memory_equal(&now, &whole, sizeof now);
	}
}

static void test_memory_fails_once(void **state)
{
	(void)state;
	each_fails("model.ppm", false);
	each_fails("job.ppm", false);
}

static void test_memory_fails_for_good(void **state)
{
	(void)state;
	each_fails("model.ppm", true);
	each_fails("job.ppm", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_every_change_has_an_outcome),
		cmocka_unit_test(test_memory_fails_once),
		cmocka_unit_test(test_memory_fails_for_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

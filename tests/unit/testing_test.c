// The runner of tests as a library: what it says of each test, and that memory that runs out anywhere in it is said, leaks nothing and is never taken for a verdict.
#include "lang/testing/testing.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char stream_text[] = "dataset d { id text key  days number optional in 0 to 99  paid money }\n"
				  "param most = 30\n"
				  "reward early 5 when days <= 0 missing 0\npenalty late 10 when days > most missing 0 because \"{days} days\"\n"
				  "tier good when score >= 60 action \"call {id}\"\ntier rest otherwise\n"
				  "test \"passes\" { given days = 45, paid = 3 expect late and paid = 3 and reasons contains \"45 days\" }\n"
				  "test \"fails\" { given days = 45 expect score > 60 or action = \"x\" expect tier = \"rest\" }\n"
				  "test \"misses\" { expect days < 3 }\n"
				  "test \"other params\" { given most = 50, days = 45 expect not late }\n";
static const char tests_text[] = "test \"beside\" { given days = 0 expect early expect score = 0 }\n";
static const char job_text[] =
	"as of 2026-06-30\n"
	"dataset d dated since { id text key  since date optional  region text optional references regions }\n"
	"dataset orders of d by id { id text  total money }\ndataset regions { region text key  room number }\n"
	"let spent = sum(total over orders)\nreward large 10 when spent > 10 missing 0\nreward roomy 1 when region.room > 3 missing 0\noutput { id score spent }\n"
	"test \"passes\" { given orders { total = 5 } { total = 6 } given regions { room = 4 } given d { } expect spent = 11 and large and count(d) = 2 }\n"
	"test \"fails\" { given orders { total = 5 } expect spent > 5 }\n"
	"test \"cannot be\" { given since = 2027-01-01 expect spent = 0 }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_is(path, "job.ppm") ? ppm_slice_of(job_text) : ppm_slice_is(path, "model_test.ppm") ? ppm_slice_of(tests_text) : ppm_slice_of(stream_text);
	*identity = path;
	return PPM_OK;
}

struct summary {
	enum ppm_status status;
	char outcomes[16]; // a letter a test
	size_t reported;   // bytes of all three reports
	uint32_t rows;     // that were looked at
};

static bool count_row(void *context, const struct ppm_model *model, uint32_t test, const struct ppm_engine_row *row)
{
	struct summary *summary = context;
	assert_non_null(ppm_model_plan(model));
	assert_non_null(row);
	assert_true(test < 16);
	summary->rows++;
	return true;
}

static void run(struct counted_heap *heap, const char *path, const char *contains, struct summary *out)
{
	static const char letters[] = { [PPM_TEST_PASSED] = 'p', [PPM_TEST_FAILED] = 'f', [PPM_TEST_ERROR] = 'e' };
	struct ppm_allocator allocator = { counted_reallocate, heap };
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	struct ppm_testing_request request = { .allocator = &allocator,
		.path = ppm_slice_of(path),
		.compile = &options,
		.contains = ppm_slice_of(contains),
		.explain = true,
		.simd = PPM_SIMD_PORTABLE,
		.look = count_row,
		.look_context = out };
	struct ppm_testing testing;

	*out = (struct summary){ .rows = 0 };
	if (!strcmp(path, "model.ppm"))
		options.tests_path = PPM_SLICE("model_test.ppm");
	out->status = ppm_testing_run(&testing, &request);
	for (uint32_t i = 0; !out->status && i < testing.count && i < 15; i++)
		out->outcomes[i] = letters[testing.results[i].outcome];
	for (int format = PPM_TESTING_TEXT; !out->status && format <= PPM_TESTING_JUNIT; format++) {
		struct ppm_testing_report report;
		struct ppm_buffer text;
		ppm_buffer_init(&text, &allocator);
		ppm_testing_report_begin(&report, &allocator, (enum ppm_testing_format)format, true);
		ppm_testing_report_model(&report, request.path, &testing);
		ppm_testing_report_broken(&report, PPM_SLICE("other.ppm"), PPM_SLICE("broken"));
		ppm_testing_report_end(&report, &text);
		if (text.failed)
			out->status = PPM_ERROR_MEMORY;
		out->reported += text.size;
		ppm_buffer_free(&text);
	}
	ppm_testing_free(&testing);
}

static void test_says_of_each(void **state)
{
	struct counted_heap heap = { 0 };
	struct summary said;

	(void)state;
	run(&heap, "model.ppm", "", &said);
	assert_int_equal(said.status, PPM_OK);
	assert_string_equal(said.outcomes, "pffpf");
	assert_int_equal(said.rows, 5);
	run(&heap, "model.ppm", "pa", &said);
	assert_string_equal(said.outcomes, "pp");
	run(&heap, "job.ppm", "", &said);
	assert_int_equal(said.status, PPM_OK);
	assert_string_equal(said.outcomes, "pfe");
	assert_int_equal(said.rows, 2);
	assert_int_equal(heap.live, 0);
}

// Every allocation fails, once or for good. There are many that are alike: of the later ones some are tried.
static void each_fails(const char *path, bool from_then_on)
{
	struct counted_heap heap = { 0 };
	struct summary whole, now;

	run(&heap, path, "", &whole);
	assert_int_equal(whole.status, PPM_OK);
	size_t total = heap.calls, step = failing_step(1 + total / 4000);
	for (size_t at = 1; at <= total; at += step) {
		heap = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		run(&heap, path, "", &now);
		if (heap.live || (now.status != PPM_ERROR_MEMORY && (now.status || from_then_on || strcmp(now.outcomes, whole.outcomes) != 0 || now.reported != whole.reported)))
			print_message("%s, allocation %zu of %zu: status %d, %zu leaked, outcomes %s, %zu bytes of %zu\n", path, at, total, (int)now.status, heap.live,
				now.outcomes, now.reported, whole.reported);
		assert_int_equal(heap.live, 0);
		if (now.status == PPM_ERROR_MEMORY)
			continue;
		assert_int_equal(now.status, PPM_OK);
		assert_false(from_then_on);
		assert_string_equal(now.outcomes, whole.outcomes);
		assert_int_equal(now.reported, whole.reported);
	}
}

static void test_memory_fails_once(void **state)
{
	(void)state;
	each_fails("model.ppm", false);
	each_fails("job.ppm", false);
}

static void test_memory_stays_gone(void **state)
{
	(void)state;
	each_fails("model.ppm", true);
	each_fails("job.ppm", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_says_of_each), cmocka_unit_test(test_memory_fails_once), cmocka_unit_test(test_memory_stays_gone) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

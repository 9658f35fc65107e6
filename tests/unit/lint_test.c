// Every allocation of the lints - of the model, beside the data, of the fixes - fails once. They then say so, with what they had found, and neither crash nor leak; and an allocation
// whose failure goes unnoticed changes nothing of what is found.
#include "lang/analysis/lint_data.h"
#include "lang/analysis/lint_fix.h"
#include "runtime/engine/engine.h"
#include "tests/unit/failing_heap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char model_text[] =
	"as of 2026-06-30\n"
	"dataset customers { id text key  days number optional  spare number  plan text in [\"Free\", \"Paid\"]  product text values \"GTXPro\" = \"GTX Pro\"  paid money }\n"
	"dataset nobody { id text key }\n"
	"let unused = days * 2\n"
	"let size = if paid > 45 then \"a\" else if paid > 10 then \"b\" else \"c\"\n"
	"dimension one weight 60 {\n"
	"  penalty late 5 when days > 45 missing 0 because \"pays late\"\n"
	"  penalty later 7 when days > 90 missing 0 because \"pays late\"\n"
	"  penalty other 5 when paid > 45 and size != \"a\" because \"pays late\"\n"
	"  penalty another 5 when paid > 46 and size != \"a\"\n"
	"  penalty middle 4 when paid between 10 and 30\n"
	"  penalty shifted 4 when paid between 20 and 40\n"
	"}\n"
	"dimension two weight 38 {\n"
	"  reward pro 5 when product = \"GTXPro\" or product = \"gtx pro\" and paid > 3\n"
	"  reward free 5 when plan = \"free\" and paid > 1 and paid > 2 and paid > 3 and paid > 4 and paid > 5 and paid > 6\n"
	"  bands steps by paid { below 1 : 0  below 200 : 3  otherwise : 4 }\n"
	"  reward known 2 when (days default 4) > 3\n"
	"}\n"
	"tier good when score >= 60\ntier fair when score >= 59\ntier Good otherwise\n"
	"segment large { big when paid > 1_000  small otherwise }\n"
	"override \"C1\" tier good by \"CFO\" because \"x\"\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_of(model_text);
	*identity = path;
	return PPM_OK;
}

static enum ppm_status compile(const struct ppm_allocator *allocator, enum ppm_output_choice output, struct ppm_model **model)
{
	struct ppm_compile_options options = { .allocator = allocator, .loader = { load, NULL }, .optimise = true, .output = output };
	return ppm_model_compile(model, PPM_SLICE("model.ppm"), &options);
}

static enum ppm_status look(const struct ppm_model *facts, struct ppm_lint_data *data, struct ppm_slice rows)
{
	const struct ppm_program *program = ppm_model_program(facts);
	struct ppm_source_options options = { .simd = PPM_SIMD_PORTABLE };
	struct ppm_engine_options engine = { .threads = 1, .simd = PPM_SIMD_PORTABLE, .look = ppm_lint_data_row, .look_context = data };
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	struct ppm_data_problems problems;
	struct ppm_engine_report report;
	struct ppm_source *source = NULL;
	enum ppm_status status;

	ppm_data_problems_init(&problems, NULL, 20, false);
	status = ppm_source_open_text(&source, NULL, rows, &options, &problems);
	if (status == PPM_OK)
		status = ppm_source_bind(source, program, &problems);
	assert_int_equal(status, PPM_OK);
	struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
	assert_non_null(sink);
	status = ppm_engine_run(&report, NULL, program, source, sink, NULL, NULL, &engine);
	ppm_engine_report_free(&report);
	ppm_sink_free(sink);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	return status;
}

struct outcome {
	enum ppm_status status;
	uint32_t findings, fixes;
	size_t size; // of the mended text
	size_t calls;
};

// `fail_at` counts from where the lints begin: what is compiled before has all the memory that it wants.
static struct outcome run(struct ppm_slice rows, size_t fail_at, bool from_then_on, bool *failed)
{
	struct counted_heap heap = { 0 };
	struct ppm_allocator allocator = { counted_reallocate, &heap };
	struct ppm_model *model = NULL, *facts = NULL;
	struct ppm_lint_settings settings;
	struct ppm_lint_report report;
	struct ppm_lint_fix *fixes;
	struct ppm_lint_data *data = NULL;
	struct ppm_arena arena;
	struct ppm_buffer mended;
	struct outcome outcome = { 0 };

	ppm_lint_settings_init(&settings);
	assert_int_equal(compile(&allocator, PPM_OUTPUT_MODEL, &model), PPM_OK);
	assert_int_equal(compile(&allocator, PPM_OUTPUT_FACTS, &facts), PPM_OK);
	ppm_arena_init(&arena, &allocator);
	ppm_buffer_init(&mended, &allocator);
	size_t before = heap.calls;
	heap.fail_at = fail_at ? before + fail_at : 0;
	heap.from_then_on = from_then_on;
	outcome.status = ppm_lint_model(model, &settings, &report);
	if (!outcome.status) {
		outcome.fixes = ppm_lint_fixes(model, &arena, &fixes);
		if (arena.failed)
			outcome.status = PPM_ERROR_MEMORY;
	}
	if (!outcome.status) {
		ppm_lint_apply(ppm_slice_of(model_text), fixes, outcome.fixes, &mended);
		if (mended.failed)
			outcome.status = PPM_ERROR_MEMORY;
		outcome.size = mended.size;
	}
	if (!outcome.status) {
		data = ppm_lint_data_new(facts);
		outcome.status = data ? look(facts, data, rows) : PPM_ERROR_MEMORY;
	}
	if (!outcome.status)
		outcome.status = ppm_lint_data_tell(data, &settings, ppm_model_diagnostics(model));
	outcome.findings = ppm_model_diagnostics(model)->warnings + ppm_model_diagnostics(model)->notes;
	outcome.calls = heap.calls - before;
	ppm_lint_data_free(data);
	ppm_buffer_free(&mended);
	ppm_arena_free(&arena);
	ppm_model_free(model);
	ppm_model_free(facts);
	assert_int_equal(heap.live, 0);
	if (failed)
		*failed = heap.failed;
	return outcome;
}

static struct ppm_slice rows_text(char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "id,days,spare,plan,product,paid\n");
	for (int i = 0; i < 40; i++)
		at += (size_t)snprintf(out + at, size - at, "C%d,%s,1,%s,%s,%d.50\n", i, i % 3 ? "" : "200", i % 2 ? "Free" : "Paid", i % 5 ? "gtx-pro" : "GTXPro", i < 30 ? i : 900 + i);
	return (struct ppm_slice){ out, at };
}

static void each_fails(bool from_then_on)
{
	char text[4000];
	struct ppm_slice rows = rows_text(text, sizeof text);
	struct outcome whole = run(rows, 0, false, NULL);

	assert_int_equal(whole.status, PPM_OK);
	assert_true(whole.findings > 25);
	assert_int_equal(whole.fixes, 5); // unused; the parentheses; two spellings of the product; "free"
	assert_true(whole.calls > 60);
	for (size_t at = 1; at <= whole.calls; at++) {
		bool failed;
		struct outcome now = run(rows, at, from_then_on, &failed);
		assert_true(failed);
		if (now.status == PPM_OK && (now.findings != whole.findings || now.size != whole.size))
			print_message("allocation %zu of %zu failed unnoticed: %u findings for %u\n", at, whole.calls, now.findings, whole.findings);
		if (now.status == PPM_OK) {
			assert_int_equal(now.findings, whole.findings);
			assert_int_equal(now.fixes, whole.fixes);
			assert_int_equal(now.size, whole.size);
		} else {
			assert_int_equal(now.status, PPM_ERROR_MEMORY);
		}
	}
}

static void test_each_allocation_fails_once(void **state)
{
	(void)state;
	each_fails(false);
}

static void test_memory_stays_gone(void **state)
{
	(void)state;
	each_fails(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_allocation_fails_once), cmocka_unit_test(test_memory_stays_gone) };
	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}

// A whole backtest - compiling, reading, counting, measuring, writing - while memory runs out: it says so, or what it says is the same to the letter. And what an outcome may look like.
#include "failing_heap.h"
#include "lang/backtest/backtest.h"
#include "lang/ppm.h"
#include "runtime/engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char model_text[] =
	"dataset customers { id text key  days number optional  plan text optional  spend money  churned flag optional }\n"
	"let heavy = spend > 900\n"
	"dimension pay weight 60 { penalty late 15 when days > 30 missing 5  reward early 5 when days <= 0  bands kind by plan { \"pro\" : 10 \"basic\" or \"team\" : 4 missing : 1 otherwise : 0 } }\n"
	"dimension size weight 40 { scale big from 0 to 10 as spend goes 0 to 1_000  reward there 2 when heavy  reward gone_ 1 when not churned }\n"
	"tier good when score >= 60\ntier bad otherwise\ndisqualify broke when spend < 5\n"
	"segment plans { pro when plan = \"pro\" other otherwise }\nperspective cfo { pay 90 size 10 }\nperspective cmo { pay 10 size 90 }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_of(model_text);
	*identity = path;
	return PPM_OK;
}

static void write_data(char *out, size_t size)
{
	static const char *const plans[] = { "pro", "basic", "", "other", "team" };
	size_t at = (size_t)snprintf(out, size, "id,days,plan,spend,churned,status\n");

	for (int i = 0; i < 1500; i++)
		at += (size_t)snprintf(out + at, size - at, "C%d,%d,%s,%d.%02d,%s,%s\n", i, i * 37 % 71 - 9, plans[i % 5], i * 7919 % 1100, i % 100, i % 17 == 0 ? "" : i * 31 % 7 < 3 ? "yes" : "no",
			i * 31 % 7 < 3 ? "gone" : "here");
	assert_true(at < size);
}

static bool look(void *context, const struct ppm_engine_row *row)
{
	return ppm_backtest_row(context, row);
}

static enum ppm_status score(const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_slice data, struct ppm_backtest *backtest)
{
	struct ppm_source_options options = { .chunk_size = 20000, .simd = PPM_SIMD_PORTABLE };
	struct ppm_engine_options engine = { .threads = 1, .simd = PPM_SIMD_PORTABLE, .look = look, .look_context = backtest };
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	struct ppm_engine_report report;
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct ppm_sink *sink = NULL;
	enum ppm_status status;

	ppm_data_problems_init(&problems, allocator, 20, false);
	status = ppm_source_open_text(&source, allocator, data, &options, &problems);
	if (!status)
		status = ppm_source_bind(source, program, &problems);
	if (!status && !(sink = ppm_sink_new(allocator, program, source, &sink_options)))
		status = PPM_ERROR_MEMORY;
	if (!status) {
		status = ppm_engine_run(&report, allocator, program, source, sink, NULL, NULL, &engine);
		ppm_engine_report_free(&report);
	}
	ppm_sink_free(sink);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	return status;
}

// Text, Markdown and JSON, one behind the other.
static enum ppm_status whole(struct counted_heap *heap, const char *outcome, struct ppm_slice data, char *said, size_t room)
{
	const struct ppm_allocator allocator = { counted_reallocate, heap };
	const struct ppm_slice values[] = { PPM_SLICE("spend"), PPM_SLICE("days") }, by[] = { PPM_SLICE("plan"), PPM_SLICE("there"), PPM_SLICE("kind") };
	struct ppm_outcome_request request;
	const char *problem, *help;
	struct ppm_model *model = NULL;
	struct ppm_backtest backtest;
	enum ppm_status status;

	said[0] = 0;
	assert_true(ppm_outcome_parse(ppm_slice_of(outcome), &request, &problem));
	const struct ppm_compile_options options = {
		.allocator = &allocator, .loader = { load, NULL }, .optimise = true, .output = PPM_OUTPUT_EXPLAIN, .columns = values, .column_count = 2, .outcome = request.name, .by = by, .by_count = 3 };
	status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	if (!status) {
		status = ppm_backtest_begin(&backtest, &allocator, ppm_model_explanation(model), ppm_model_sources(model), &request, &problem, &help);
		if (!status)
			status = score(&allocator, ppm_model_program(model), data, &backtest);
		if (!status)
			status = ppm_backtest_finish(&backtest, &problem, &help);
		if (!status) {
			struct ppm_backtest_condition condition = { .holds = false };
			const struct ppm_backtest_page page = { &backtest, ppm_model_sources(model), PPM_SLICE("data.csv"), false, &condition, 1 };
			struct ppm_condition_problem wrong;
			struct ppm_arena arena;
			struct ppm_buffer out;
			ppm_arena_init(&arena, &allocator);
			ppm_buffer_init(&out, &allocator);
			bool judged = ppm_condition_parse_over(&condition.condition, &arena, PPM_SLICE("auc < 40% or wrong > 100 or customers >= 1_000 and left_out < 50%"), &ppm_backtest_figures, &wrong) &&
				ppm_condition_holds_over(&condition.condition, &backtest, &arena, &condition.holds, &wrong);
			assert_true(judged || wrong.problem.size == 0);
			assert_true(!judged || condition.holds);
			out.failed = !judged;
			ppm_backtest_text(&page, false, &arena, &out);
			ppm_backtest_text(&page, true, &arena, &out);
			ppm_backtest_json(&page, &arena, &out);
			status = out.failed ? PPM_ERROR_MEMORY : PPM_OK;
			assert_true(out.size < room);
			if (!status) {
				memcpy(said, out.data, out.size);
				said[out.size] = 0;
			}
			ppm_buffer_free(&out);
			ppm_arena_free(&arena);
		}
		ppm_backtest_free(&backtest);
	}
	ppm_model_free(model);
	return status;
}

static char data[100000], wanted[100000], said[100000];

static void each_fails(const char *outcome, bool from_then_on)
{
	struct counted_heap heap = { 0 };
	size_t total;

	write_data(data, sizeof data);
	assert_int_equal(whole(&heap, outcome, ppm_slice_of(data), wanted, sizeof wanted), PPM_OK);
	assert_int_equal(heap.live, 0);
	total = heap.calls;
	assert_true(total > 100);
	for (size_t at = 1; at <= total; at++) {
		heap = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		enum ppm_status status = whole(&heap, outcome, ppm_slice_of(data), said, sizeof said);
		if (heap.live || (status != PPM_ERROR_MEMORY && (status || strcmp(said, wanted) != 0)))
			print_message("allocation %zu of %zu: status %d, %zu leaked\n", at, total, (int)status, heap.live);
		assert_int_equal(heap.live, 0);
		assert_true(status == PPM_ERROR_MEMORY || (!status && !strcmp(said, wanted)));
	}
}

static void memory_fails_once(void **state)
{
	(void)state;
	each_fails("churned", false);
	each_fails("status=gone", false);
}

static void memory_stays_gone(void **state)
{
	(void)state;
	each_fails("churned", true);
}

static void outcomes(void **state)
{
	(void)state;
	struct ppm_outcome_request request;
	const char *problem;

	assert_true(ppm_outcome_parse(PPM_SLICE("churned"), &request, &problem));
	assert_true(ppm_slice_is(request.name, "churned") && request.value_count == 0);
	assert_true(ppm_outcome_parse(PPM_SLICE("status=a|b c|=d"), &request, &problem));
	assert_true(ppm_slice_is(request.name, "status") && request.value_count == 3);
	assert_true(ppm_slice_is(request.values[1], "b c") && ppm_slice_is(request.values[2], "=d"));
	assert_true(ppm_outcome_parse(PPM_SLICE("`a=b c`=d"), &request, &problem));
	assert_true(ppm_slice_is(request.name, "a=b c") && ppm_slice_is(request.values[0], "d"));
	assert_true(ppm_outcome_parse(PPM_SLICE("`a=b`"), &request, &problem));
	assert_true(ppm_slice_is(request.name, "a=b") && request.value_count == 0);
	static const char *const wrong[] = { "", "=", "=x", "a=", "a=|b", "a=b|", "``", "`a", "`a`b", "`", "``=x" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		problem = NULL;
		assert_false(ppm_outcome_parse(ppm_slice_of(wrong[i]), &request, &problem));
		assert_non_null(problem);
	}
	char many[300] = "a=";
	for (int i = 0; i < PPM_OUTCOME_VALUES_LIMIT; i++)
		strcat(many, i ? "|x" : "x");
	assert_true(ppm_outcome_parse(ppm_slice_of(many), &request, &problem));
	strcat(many, "|x");
	assert_false(ppm_outcome_parse(ppm_slice_of(many), &request, &problem));
}

// Many scores, so that the table of sums grows; negative ones too.
static void sums(void **state)
{
	(void)state;
	for (size_t fail = 0; fail < 16; fail++) {
		struct counted_heap heap = { .fail_at = fail };
		const struct ppm_allocator allocator = { counted_reallocate, &heap };
		struct ppm_backtest_sums *s = ppm_backtest_sums_new(&allocator, 2);
		bool fine = s != NULL;
		for (int64_t i = 0; i < 9000 && fine; i++)
			fine = ppm_backtest_sums_add(s, i % 3000 - 1500, (uint32_t)(i % 2), i % 3 == 0, (ppm_int128)i << 60);
		assert_true(fine == !heap.failed);
		if (fine) {
			assert_true(ppm_backtest_sum(s, -1500, 0, false) == (ppm_int128)(0 + 3000 + 6000) << 60);
			assert_true(ppm_backtest_sum(s, -1500, 0, true) == (ppm_int128)(0 + 3000 + 6000) << 60);
			assert_true(ppm_backtest_sum(s, -1499, 1, false) == (ppm_int128)(1 + 3001 + 6001) << 60);
			assert_true(ppm_backtest_sum(s, -1499, 1, true) == 0 && ppm_backtest_sum(s, -1499, 0, false) == 0 && ppm_backtest_sum(s, 99999, 0, false) == 0);
		}
		ppm_backtest_sums_free(s);
		assert_int_equal(heap.live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(outcomes), cmocka_unit_test(sums), cmocka_unit_test(memory_fails_once), cmocka_unit_test(memory_stays_gone) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

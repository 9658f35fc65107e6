// A whole compile: what comes out for good and bad models, the same result with and without fused instructions, and every allocation failing once.
#include "lang/ppm.h"
#include "runtime/base/allocator.h"
#include "runtime/base/buffer.h"
#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char everything[] =
	"model all \"of it\"\n"
	"as of 2026-06-30\n"
	"use clv\n"
	"dataset customers {\n"
	"  id text key\n"
	"  days number optional missing \"n/a\" in -100 to 1_000\n"
	"  revenue money\n"
	"  cost money default 0\n"
	"  share percent optional\n"
	"  signed_on date\n"
	"  style text optional in [\"a\", \"b\"]\n"
	"  country text values \"D\" = \"DE\"\n"
	"  open flag optional\n"
	"}\n"
	"param limit = 30 in 1 to 60\n"
	"param fee money = 12.5\n"
	"lookup fit(x, y) { \"a\", \"DE\" : 10  _, \"AT\" : 5  missing, _ : 1  otherwise : 0 }\n"
	"lookup one(x) { \"a\" : 3  otherwise : 0 }\n"
	"define rate(x, y) = x / y - 1\n"
	"let margin = revenue - cost - fee\n"
	"let value = clv.finite(margin per year, 85% per year, 10% per year, 3 years)\n"
	"let growth = rate(number(revenue), number(cost))\n"
	"dimension payment weight 40 {\n"
	"  reward early 10 when days <= 0\n"
	"  penalty late 2 * days at most 15 when days > limit because \"{days} days, {share as percent}, {margin as \"#,##0.00\"}\"\n"
	"  scale rate_of from 0 to 20 as margin / revenue goes 10% to 60%\n"
	"}\n"
	"dimension rest weight 60 range -10 to 40 start 5 {\n"
	"  bands tenure by years_between(signed_on, as_of) { below 1 : 0  below 3 : 10  otherwise : 20 }\n"
	"  bands how by style { \"a\" : 20  \"b\" : 5  missing : 2 }\n"
	"  best of growing { reward fast 15 when growth >= 25%  reward slow 8 when growth >= 10% }\n"
	"  group few at most 5 { reward fits fit(style, country) when open missing 2  reward more one(style) when country matches \"^D\" }\n"
	"}\n"
	"adjust { penalty pinched 5 when country contains \"x\" }\n"
	"disqualify banned when country in [\"KP\", \"IR\"] because \"banned\"\n"
	"score places 2\n"
	"tier top when score >= 80 action \"call {id}\"\n"
	"tier odd missing\n"
	"tier low otherwise\n"
	"segment kind { big when value > 1_000 and open  small otherwise }\n"
	"perspective cfo { payment 70 rest 30 }\n"
	"override \"C-1\" tier top until 2026-12-31 by \"CFO\" because \"so\"\n"
	"output { id name_of as \"Name\" score tier kind score_cfo evidence margin format \"0.00\" reasons 3 }\n"
	"let name_of = upper(trim(id))\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)problem;
	*text = ppm_slice_of(context);
	*identity = path;
	return PPM_OK;
}

static enum ppm_status compile_with(struct ppm_model **model, const char *text, struct ppm_compile_options options)
{
	union { const char *text; void *context; } door = { .text = text };
	options.loader = (struct ppm_loader){ load, door.context };
	return ppm_model_compile(model, ppm_slice_of("model.ppm"), &options);
}

static enum ppm_status compile(struct ppm_model **model, const char *text)
{
	return compile_with(model, text, (struct ppm_compile_options){ .optimise = true });
}

static void compiles_everything(void **state)
{
	char problem[256];
	(void)state;
	for (int optimise = 0; optimise < 2; optimise++) {
		struct ppm_model *model = NULL;
		struct ppm_buffer out;
		assert_int_equal(compile_with(&model, everything, (struct ppm_compile_options){ .optimise = optimise }), PPM_OK);
		assert_non_null(ppm_model_program(model));
		assert_int_equal(ppm_model_diagnostics(model)->errors, 0);
		assert_true(ppm_program_verify(ppm_model_program(model), problem, sizeof problem));
		ppm_buffer_init(&out, NULL);
		ppm_model_describe(model, &out);
		assert_true(out.size > 200);
		ppm_buffer_free(&out);
		ppm_model_free(model);
	}
}

// Two compiles of one text make one program.
static void is_reproducible(void **state)
{
	struct ppm_buffer out[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ppm_model *model = NULL;
		assert_int_equal(compile(&model, everything), PPM_OK);
		ppm_buffer_init(&out[i], NULL);
		ppm_program_disassemble(ppm_model_program(model), &out[i]);
		ppm_model_free(model);
	}
	assert_int_equal(out[0].size, out[1].size);
	assert_memory_equal(out[0].data, out[1].data, out[0].size);
	ppm_buffer_free(&out[0]);
	ppm_buffer_free(&out[1]);
}

static void fusing_shortens(void **state)
{
	uint32_t sizes[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ppm_model *model = NULL;
		assert_int_equal(compile_with(&model, "dataset d { n number m money c money }\nreward a 1 when n > 1 and n <= 5\nreward b 2 when m - c > 100 and m >= 2 * c\npenalty x 3 when n = 7", (struct ppm_compile_options){ .optimise = i == 1 }), PPM_OK);
		sizes[i] = ppm_model_program(model)->instruction_count;
		ppm_model_free(model);
	}
	assert_true(sizes[1] < sizes[0]);
}

static void bad_models_keep_their_diagnostics(void **state)
{
	static const char *const bad[] = { "reward", "reward r when", "reward r when nobody.knows > 3", "let a = a + 1\nreward r when a > 1", "dataset d { n number }\nreward r when n", "\xff", "reward r when x > \"a\" and x > 1", "use nothing",
		"tier a when score > 5", "dataset d { n number } output { n n }" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ppm_model *model = NULL;
		if (compile(&model, bad[i]) != PPM_ERROR_MODEL)
			fail_msg("this compiles: %s", bad[i]);
		assert_non_null(model);
		assert_true(ppm_model_diagnostics(model)->errors > 0);
		assert_null(ppm_model_program(model));
		ppm_model_free(model);
	}
}

// What can be asked of a model, and what one with errors says then: nothing.
static void models_are_asked(void **state)
{
	static const char fine[] = "dataset d from \"d.csv\" { k text key  n number  g text  up text optional }\ndataset e from d by g\ntree boss by up\nmetric all \"of them\" = sum(n over d)\nreward r when n > 1";
	struct ppm_model *model = NULL;
	struct ppm_buffer out;
	size_t count = 7;
	(void)state;

	ppm_buffer_init(&out, NULL);
	assert_int_equal(compile(&model, "reward r when nobody.knows > 3"), PPM_ERROR_MODEL);
	assert_null(ppm_model_texts(model, &count));
	assert_int_equal(count, 0);
	assert_null(ppm_model_plan(model));
	assert_null(ppm_model_tree(model));
	assert_null(ppm_model_workbench(model));
	assert_null(ppm_model_explanation(model));
	ppm_model_describe(model, &out);
	ppm_model_describe_inferred(model, &out);
	assert_int_equal(out.size, 0);
	ppm_model_free(model);
	ppm_model_free(NULL);

	assert_int_equal(compile(&model, "reward r when n > 1 and t = \"x\""), PPM_OK);
	assert_int_equal(ppm_model_dataset_count(model), 0);
	assert_non_null(ppm_model_texts(model, &count));
	assert_int_equal(count, 1);
	assert_non_null(ppm_model_plan(model));
	assert_non_null(ppm_model_tree(model));
	assert_non_null(ppm_model_workbench(model));
	assert_null(ppm_model_explanation(model));
	ppm_model_describe_inferred(model, &out);
	assert_int_equal(out.size, strlen("n: number\nt: text\n"));
	assert_memory_equal(out.data, "n: number\nt: text\n", out.size);
	ppm_model_free(model);
	ppm_buffer_free(&out);

	assert_int_equal(compile(&model, fine), PPM_OK);
	assert_int_equal(ppm_model_dataset_count(model), 2);
	assert_true(ppm_slice_is(ppm_model_dataset(model, 0).file, "d.csv"));
	assert_true(ppm_slice_is(ppm_model_dataset(model, 1).name, "e"));
	assert_true(ppm_model_dataset(model, 1).derived);
	assert_true(ppm_slice_is(ppm_model_metric_doc(model, ppm_slice_of("all")), "of them"));
	assert_int_equal(ppm_model_metric_doc(model, ppm_slice_of("none")).size, 0);
	ppm_model_free(model);
}

static enum ppm_status no_file(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)path, (void)text, (void)identity;
	strcpy(problem, "no such file");
	return *(const enum ppm_status *)context;
}

static void models_that_cannot_be_loaded(void **state)
{
	enum ppm_status status = PPM_ERROR_IO;
	struct ppm_compile_options options = { .loader = { no_file, &status } };
	struct ppm_model *model = NULL;
	char *large = malloc((17u << 20) + 1);
	(void)state;

	assert_int_equal(ppm_model_compile(&model, ppm_slice_of("model.ppm"), &options), PPM_ERROR_MODEL);
	assert_true(ppm_slice_is(ppm_model_diagnostics(model)->first->message, "cannot read the model \"model.ppm\": no such file"));
	ppm_model_free(model);
	status = PPM_ERROR_MEMORY;
	assert_int_equal(ppm_model_compile(&model, ppm_slice_of("model.ppm"), &options), PPM_ERROR_MEMORY);
	assert_null(model);
	assert_non_null(large);
	memset(large, '\n', 17u << 20);
	large[17u << 20] = 0;
	assert_int_equal(compile(&model, large), PPM_ERROR_MODEL);
	assert_true(ppm_slice_is(ppm_model_diagnostics(model)->first->message, "the model \"model.ppm\" is too large"));
	ppm_model_free(model);
	free(large);
}

static void strict_makes_warnings_errors(void **state)
{
	static const char warned[] = "dataset d { a flag b flag c flag }\nreward r when a and b or c";
	struct ppm_model *model = NULL;
	(void)state;
	assert_int_equal(compile(&model, warned), PPM_OK);
	assert_int_equal(ppm_model_diagnostics(model)->warnings, 1);
	ppm_model_free(model);
	assert_int_equal(compile_with(&model, warned, (struct ppm_compile_options){ .optimise = true, .strict = true }), PPM_ERROR_MODEL);
	assert_int_equal(ppm_model_diagnostics(model)->errors, 1);
	ppm_model_free(model);
}

static void settings_replace_params(void **state)
{
	const struct ppm_setting good = { .name = ppm_slice_of("limit"), .value = ppm_slice_of("60") }, far = { .name = ppm_slice_of("limit"), .value = ppm_slice_of("61") }, unknown = { .name = ppm_slice_of("limits"), .value = ppm_slice_of("1") }, wrong = { .name = ppm_slice_of("limit"), .value = ppm_slice_of("\"x\"") };
	const struct { const struct ppm_setting *setting; enum ppm_status status; } cases[] = { { &good, PPM_OK }, { &far, PPM_ERROR_MODEL }, { &unknown, PPM_ERROR_MODEL }, { &wrong, PPM_ERROR_MODEL } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_model *model = NULL;
		assert_int_equal(compile_with(&model, everything, (struct ppm_compile_options){ .optimise = true, .settings = cases[i].setting, .setting_count = 1 }), cases[i].status);
		ppm_model_free(model);
	}
}

// ---- memory -------------------------------------------------------------------------------------------------------

// Growing asks again for less, so that a single failure may be made good; whatever comes of it is a sound program or PPM_ERROR_MEMORY, and nothing is left.
static void each_allocation_fails(const char *text, enum ppm_status wanted, bool for_good)
{
	for (size_t at = 1;; at++) {
		struct counted_heap f = { .fail_at = at, .from_then_on = for_good };
		const struct ppm_allocator allocator = { counted_reallocate, &f };
		struct ppm_model *model = NULL;
		enum ppm_status status = compile_with(&model, text, (struct ppm_compile_options){ .optimise = true, .allocator = &allocator });
		bool failed = f.failed;
		if (status != PPM_ERROR_MEMORY && (status != wanted || (failed && for_good)))
			fail_msg("allocation %zu of %zu failed, and the status is %d", at, f.calls, (int)status);
		assert_true((status == PPM_ERROR_MEMORY) == (model == NULL));
		ppm_model_free(model);
		assert_int_equal(f.live, 0);
		if (!failed) {
			assert_int_equal(status, wanted);
			assert_true(at > 5);
			break;
		}
	}
}

static void allocations_fail_one_by_one(void **state)
{
	(void)state;
	for (int for_good = 0; for_good < 2; for_good++) {
		each_allocation_fails(everything, PPM_OK, for_good);
		each_allocation_fails("penalty slow_payer when days_late > 30 and country in [\"a\", \"b\"] and revenue - cost > 10 EUR", PPM_OK, for_good);
		each_allocation_fails("let a = b\nlet b = a\nreward r when a > unknown(3)\ntier x when y = \"z\"", PPM_ERROR_MODEL, for_good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiles_everything), cmocka_unit_test(is_reproducible), cmocka_unit_test(fusing_shortens), cmocka_unit_test(bad_models_keep_their_diagnostics),
		cmocka_unit_test(models_are_asked), cmocka_unit_test(models_that_cannot_be_loaded),
		cmocka_unit_test(strict_makes_warnings_errors), cmocka_unit_test(settings_replace_params), cmocka_unit_test(allocations_fail_one_by_one),
	};
	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}

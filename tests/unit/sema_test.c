// Names, types and order: what a model means does not hang on the order of its statements, types flow through defines, columns learn from their uses.
#include "lang/ppm.h"
#include "runtime/base/buffer.h"
#include "runtime/bytecode/disasm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)problem;
	*text = ppm_slice_of(context);
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compile(const char *text, enum ppm_status wanted)
{
	union { const char *text; void *context; } door = { .text = text };
	struct ppm_compile_options options = { .loader = { load, door.context }, .optimise = true };
	struct ppm_model *model = NULL;
	enum ppm_status status = ppm_model_compile(&model, ppm_slice_of("model.ppm"), &options);
	if (status != wanted)
		fail_msg("status %d for: %s", (int)status, text);
	return model;
}

static void accepts(const char *text) { ppm_model_free(compile(text, PPM_OK)); }

// The first message holds these words.
static void refuses(const char *text, const char *words)
{
	struct ppm_model *model = compile(text, PPM_ERROR_MODEL);
	const struct ppm_diagnostics *list = ppm_model_diagnostics(model);
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_SHORT, false, 20, &out);
	ppm_buffer_append_char(&out, 0);
	assert_true(list->errors > 0);
	if (!strstr(out.data, words))
		fail_msg("\"%s\" is not in: %s", words, out.data);
	ppm_buffer_free(&out);
	ppm_model_free(model);
}

#define COLUMNS "dataset d { n number  p percent  m money  e money EUR  u money USD  t text  w date  f flag  s duration  r money per month }\n"

// What an expression may be is asked by comparing it with something of the type.
static void types_of_results(void **state)
{
	static const char *const fine[] = {
		"m + m > 1 EUR", "m - e > e", "m * n > m", "n * m > m", "m * p > m", "m / n > m", "m / m > n", "p + p > 1%", "p * 2 > 1%", "p * n > n", "p / 2 > 1%", "p / p > n", "n + p > n",
		"w - w > 3 days", "w + 3 days > w", "w - 3 months < w", "3 days + w > w", "s + s > s", "s * n > 3 days", "s / s > n", "-s < s", "r * (1 year) > m", "(2 months) * r > m", "r / r > n", "r * n > r", "m per month > r",
		"amount(r) > m", "periods(1 year, r) > n", "per_year(r) > 12", "abs(m) > m", "min(m, 3) > m", "max(n, 3) > n", "round(m, 1) > m", "number(m) > n", "percent(n) > 1%", "if f then m else 3 > 2",
		"case { when f : 1 otherwise : n } > 2", "year(w) > 2000", "length(t) > 3", "upper(t) = t", "date(n, n, n) > w", "t < t", "f = f", "0 < n <= 5", "n in 1 to 5", "n in [1, 2]", "w between w and w", "n > 30%",
	};
	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		char text[512];
		snprintf(text, sizeof text, strstr(fine[i], "if f") == fine[i] ? COLUMNS "let v = (if f then m else 3)\nreward q when v > 2" : COLUMNS "reward q when %s", fine[i]);
		accepts(text);
	}
}

static void types_that_do_not_meet(void **state)
{
	static const char *const wrong[] = { "m * m > 1", "m + n > m", "w + w > w", "t + n > n", "s > 3 months", "r > m", "r + (1 per year) > r", "e > u", "e + u > e", "p > 30", "f > f", "f + 1 > 2", "t > 3", "w > \"2026-01-01\"", "w * 2 > w",
		"m ^ 2 > m", "n / m > n", "s + 1 > s", "upper(n) = t", "year(t) > 1", "length(w) > 1", "min(m, p) > m", "sqrt(m) > 1", "amount(m) > 1", "per_year(p per month) > 1", "not n", "n and f", "t contains n", "n matches \"a\"", "round(n, 13) > 1" };
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[512];
		snprintf(text, sizeof text, COLUMNS "reward q when %s", wrong[i]);
		refuses(text, "E03");
	}
}

// The same statements in another order make the same model.
static void order_means_nothing(void **state)
{
	static const char *const orders[] = {
		"dataset d { n number  m money }\nparam k = 3\ndefine f(x) = x * k\nlet a = f(n)\nlet b = a + 1\nreward r 5 when b > 7\ntier top when score > 50\ntier low otherwise\n",
		"tier top when score > 50\ntier low otherwise\nreward r 5 when b > 7\nlet b = a + 1\nlet a = f(n)\ndefine f(x) = x * k\nparam k = 3\ndataset d { n number  m money }\n",
	};
	struct ppm_buffer out[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ppm_model *model = compile(orders[i], PPM_OK);
		assert_non_null(model);
		assert_non_null(ppm_model_program(model));
		ppm_buffer_init(&out[i], NULL);
		const struct ppm_program *program = ppm_model_program(model);
		for (uint32_t j = 0; j < program->instruction_count; j++) // without places, which differ
			ppm_buffer_format(&out[i], "%u %u %u %u %u %u %u\n", program->instructions[j].op, program->instructions[j].a, program->instructions[j].b, program->instructions[j].c, program->instructions[j].d, program->instructions[j].e, program->instructions[j].k);
		ppm_model_free(model);
	}
	assert_int_equal(out[0].size, out[1].size);
	assert_memory_equal(out[0].data, out[1].data, out[0].size);
	ppm_buffer_free(&out[0]);
	ppm_buffer_free(&out[1]);
}

static void circles_are_found(void **state)
{
	(void)state;
	refuses("let a = b\nlet b = c\nlet c = a\nreward r when a > 1", "E0206");
	refuses("let a = a + 1\nreward r when a > 1", "E0206");
	refuses("define f(x) = g(x)\ndefine g(x) = f(x)\nreward r when f(n) > 1", "E0206");
	refuses("reward r when r", "E0206");
	refuses("reward r when score > 1", "E0206");
	refuses("reward r when evidence > 10%", "E0206");
	refuses("dimension d { reward r when d > 1 }", "E0206");
	refuses("reward r when t = \"a\"\nsegment t { a when score > 3  b otherwise }", "E0206");
	refuses("adjust { reward q when score > 4 }\nreward r when x > 1", "E0206");
	refuses("reward r when tier = \"x\"\ntier x when score > 3", "E0206");
}

static void defines_are_typed_by_their_calls(void **state)
{
	(void)state;
	accepts(COLUMNS "define twice(x) = x + x\nreward a when twice(n) > 3\nreward b when twice(m) > 3 EUR\nreward c when twice(s) > 3 days\nreward d_ when twice(p) > 3%");
	refuses(COLUMNS "define twice(x) = x + x\nreward a when twice(t) = t", "E03");
	refuses(COLUMNS "define twice(x) = x + x\nreward a when twice(n, n) > 1", "E0312");
	refuses(COLUMNS "define sees(x) = x + n\nreward a when sees(n) > 1", "E0208");
	refuses(COLUMNS "define unused(x) = x + nobody\nreward a when n > 1", "E02");
}

static void inferred(const char *text, const char *wanted)
{
	struct ppm_model *model = compile(text, PPM_OK);
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_model_describe_inferred(model, &out);
	ppm_buffer_append_char(&out, 0);
	assert_string_equal(out.data, wanted);
	ppm_buffer_free(&out);
	ppm_model_free(model);
}

static void columns_learn_from_their_uses(void **state)
{
	(void)state;
	inferred("penalty p when days_late > 30", "days_late: number\n");
	inferred("reward r when country in [\"DE\"] and share > 10% and since < 2026-01-01 and open", "country: text\nshare: percent\nsince: date\nopen: flag\n");
	inferred("let gap = ends - begins\nreward r when gap > 3 days and begins > 2026-01-01", "ends: date\nbegins: date\n");
	inferred(COLUMNS "reward q when n > 1", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_of_results), cmocka_unit_test(types_that_do_not_meet), cmocka_unit_test(order_means_nothing), cmocka_unit_test(circles_are_found),
		cmocka_unit_test(defines_are_typed_by_their_calls), cmocka_unit_test(columns_learn_from_their_uses),
	};
	return cmocka_run_group_tests_name("sema", tests, NULL, NULL);
}

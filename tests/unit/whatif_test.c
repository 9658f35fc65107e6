// What-if without the command: values that `--vary` goes through, distributions against plain counting, and whole comparisons - streaming, over other rows, of rows made from others - in which every allocation
// fails once, and from some point on all do. Figures of comparisons are the oracle's (tests/oracle/whatif.py).
#include "lang/whatif/variants.h"
#include "runtime/engine/kept_data.h"
#include "tests/unit/failing_heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char rows_text[] = "param horizon = 3 years in 1 year to 10 years\n"
				"param wanted = \"ab\"\n"
				"param share = 20%\n"
				"param cut money = 100\n"
				"param zero = 0\n"
				"param many = [1, 2]\n"
				"param when_ = 2026-01-01\n"
				"scenario far { horizon = 9 years  wanted = \"x\" }\n"
				"scenario near { horizon = 1 year }\n"
				"dataset customers { id text key  paid money  note text optional  seen number optional }\n"
				"let worth = paid * (horizon / 1 year) - cut * share\n"
				"reward rich 60 when worth >= 900 because \"{note} and {worth}\"\n"
				"reward noted 30 when note = wanted\n"
				"reward seen_much 10 when seen in many missing 3\n"
				"reward late zero when when_ > 2026-02-01\n"
				"disqualify barred when note = \"barred\" missing passes\n"
				"tier good when score >= 50\ntier fair when score > 20\ntier rest otherwise\n";

static const char job_text[] = "param least = 2 in 0 to 9\n"
			       "param mode = \"x\"\nparam cut money = 20\n"
			       "scenario more { least = 5 }\n"
			       "dataset customers { id text key  region text optional references regions  paid money }\n"
			       "dataset regions { region text key  quota number }\n"
			       "dataset orders of customers by customer { customer text  kind text  total money }\n"
			       "let bought = sum(total over orders where lower(kind) != mode)\n"
			       "let place = rank(bought desc)\n"
			       "metric sum_of_all = sum(bought over customers)\nmetric most = max(paid over customers)\n"
			       "reward buys 50 when bought > cut\nreward first 30 when place <= least\nreward room 20 when region.quota > least missing 1\n"
			       "tier good when score > 40\ntier rest otherwise\n";

static const char derived_text[] = "param least money = 20\n"
				   "score people\n"
				   "dataset people from orders by customer, kind\n"
				   "dataset orders { customer text  kind text  total money }\n"
				   "let spent = sum(total over orders)\n"
				   "reward big 50 when spent > least\nreward small 20 when spent < 100\n"
				   "tier good when score > 40\ntier rest otherwise\n";

static const char rows_data[] = "id,paid,note,seen\na,100.50,ab,1\nb,500,barred,\nc,700,,7\nd,wrong,x,1\ne,900,x,2\n";
static const char customers_data[] = "id,region,paid\na,n,10\nb,s,20\nc,,30\nd,q,40\n";
static const char regions_data[] = "region,quota\nn,1\ns,7\n";
static const char orders_data[] = "customer,kind,total\na,X,10\na,y,50\nb,Z,7.5\nb,x,90\nd,w,22\nd,w,1\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_of(ppm_slice_is(path, "job.ppm") ? job_text : ppm_slice_is(path, "derived.ppm") ? derived_text : rows_text);
	*identity = path;
	return PPM_OK;
}

static enum ppm_status compile(struct ppm_model **model, const struct ppm_allocator *allocator, const char *path, const struct ppm_whatif_about *about,
	const struct ppm_whatif_variant *variant, const struct ppm_slice *texts, size_t text_count)
{
	struct ppm_compile_options options = { .allocator = allocator, .loader = { load, NULL }, .optimise = true, .texts = texts, .text_count = text_count };
	if (about) {
		options.output = PPM_OUTPUT_VALUES;
		options.columns = about->columns;
		options.column_count = about->column_count;
	}
	if (variant && variant->scenario.size) {
		options.scenario = variant->scenario;
	} else if (variant) {
		options.settings = variant->settings;
		options.setting_count = variant->setting_count;
	}
	enum ppm_status status = ppm_model_compile(model, ppm_slice_of(path), &options);
	if (status == PPM_ERROR_MODEL)
		print_message("%s: %.*s\n", path, (int)ppm_model_diagnostics(*model)->first->message.size, ppm_model_diagnostics(*model)->first->message.data);
	return status;
}

// ---- whole comparisons ----------------------------------------------------------------------------------------

struct outcome {
	enum ppm_status status;
	char *text; // all formats, one after the other
};

struct comparison {
	const struct ppm_allocator *allocator;
	const char *path, *value;
	struct ppm_arena arena;
	struct ppm_model *model;
	struct ppm_whatif_about about;
	struct ppm_whatif_variants variants;
	struct ppm_kept_data *data;
	struct ppm_model *kept[32];
	size_t kept_count;
	struct ppm_slice *texts;
	size_t text_count;
	struct ppm_source *sources[4];
	struct ppm_whatif whatif;
	bool ready;
	unsigned threads;
	uint64_t memory_limit;
};

static enum ppm_status survey(struct comparison *c)
{
	for (size_t i = 0; i < c->variants.count; i++) {
		struct ppm_model *model = NULL;
		bool took = false;
		enum ppm_status status = compile(&model, c->allocator, c->path, &c->about, &c->variants.items[i], c->texts, c->text_count);
		if (status == PPM_OK && (!ppm_whatif_want(c->data, model, &took) || !ppm_whatif_keep_params(&c->variants, i, model)))
			status = PPM_ERROR_MEMORY;
		size_t count = 0;
		const struct ppm_slice *texts = status == PPM_OK ? ppm_model_texts(model, &count) : NULL;
		if (status == PPM_OK && count > c->text_count) {
			struct ppm_slice *all = ppm_arena_allocate(&c->arena, count, sizeof *all);
			for (size_t k = 0; all && k < count; k++)
				all[k] = ppm_arena_copy(&c->arena, texts[k]);
			if (!all || c->arena.failed)
				status = PPM_ERROR_MEMORY;
			c->texts = all;
			c->text_count = count;
		}
		if (took)
			c->kept[c->kept_count++] = model;
		else
			ppm_model_free(model);
		if (status != PPM_OK)
			return status;
	}
	return PPM_OK;
}

static const char *data_of(const char *path, struct ppm_slice name)
{
	if (!strcmp(path, "model.ppm"))
		return rows_data;
	return ppm_slice_is(name, "customers") ? customers_data : ppm_slice_is(name, "regions") ? regions_data : orders_data;
}

static enum ppm_status read_files(struct comparison *c)
{
	struct ppm_source_options options = { .simd = PPM_SIMD_PORTABLE, .keep_problems = 20 };
	enum ppm_status status = ppm_kept_data_prepare(c->data, c->texts, (uint32_t)c->text_count);
	struct ppm_data_problems problems;
	uint32_t failed;
	ppm_data_problems_init(&problems, c->allocator, 20, false);
	for (uint32_t i = 0; i < ppm_kept_data_file_count(c->data) && status == PPM_OK; i++) {
		status = ppm_source_open_text(&c->sources[i], c->allocator, ppm_slice_of(data_of(c->path, ppm_kept_data_file_name(c->data, i))), &options, &problems);
		if (status == PPM_OK)
			status = ppm_source_bind(c->sources[i], ppm_kept_data_reader(c->data, i), &problems);
	}
	ppm_data_problems_free(&problems);
	return status == PPM_OK ? ppm_kept_data_load(c->data, c->sources, &failed) : status;
}

static enum ppm_status run_all(struct comparison *c, uint32_t file)
{
	const struct ppm_whatif_run_options options = { .threads = c->threads, .simd = PPM_SIMD_PORTABLE, .memory_limit = c->memory_limit };
	uint64_t rows = c->about.key_count ? 0 : ppm_kept_data_rows(c->data, file);
	c->ready = true;
	enum ppm_status status = ppm_whatif_open(&c->whatif, &c->about, c->allocator, &c->arena, ppm_kept_data_memory(c->data), rows, c->texts, c->text_count);
	for (size_t i = 0; i < c->variants.count && status == PPM_OK; i++) {
		struct ppm_whatif_run run = { .is_job = false };
		struct ppm_model *model = NULL;
		struct ppm_whatif_variant *variant = &c->variants.items[i];
		status = compile(&model, c->allocator, c->path, &c->about, variant, c->texts, c->text_count);
		if (status == PPM_OK) {
			size_t count;
			ppm_model_texts(model, &count);
			assert_int_equal(count, c->text_count);
			status = ppm_whatif_run(&c->whatif, &run, model, c->data, i == 0, &variant->result, &options);
		}
		if (status == PPM_OK && !ppm_whatif_name_movers(&c->whatif, c->data, file, &variant->result))
			status = PPM_ERROR_MEMORY;
		ppm_whatif_run_free(&run);
		ppm_model_free(model);
	}
	return status;
}

static enum ppm_status write_all(struct comparison *c, struct outcome *outcome)
{
	struct ppm_whatif_report report = { .about = &c->about,
		.base = c->variants.base,
		.base_count = c->variants.base_count,
		.variants = c->variants.items,
		.variant_count = c->variants.count - 2 * c->variants.bar_count,
		.bars = c->variants.bars,
		.bar_count = c->variants.bar_count,
		.has_bars = true,
		.measure = { PPM_MEASURE_SCORE, 0, PPM_SLICE("mean score") },
		.arena = &c->arena };
	struct ppm_buffer out;
	ppm_buffer_init(&out, c->allocator);
	ppm_whatif_rank_bars(&report, c->variants.bars, c->variants.bar_count);
	ppm_whatif_text(&report, false, &out);
	ppm_whatif_text(&report, true, &out);
	ppm_whatif_json(&report, &out);
	ppm_whatif_csv(&report, &out);
	bool fine = !out.failed && !c->arena.failed;
	if (fine) {
		outcome->text = malloc(out.size + 1);
		memcpy(outcome->text, out.data, out.size);
		outcome->text[out.size] = 0;
	}
	ppm_buffer_free(&out);
	return fine ? PPM_OK : PPM_ERROR_MEMORY;
}

static enum ppm_status go_through(struct comparison *c, struct outcome *outcome)
{
	static const struct ppm_slice value[] = { { "paid", 4 } };
	const struct ppm_kept_options options = { .threads = c->threads, .memory_limit = c->memory_limit, .simd = PPM_SIMD_PORTABLE };
	struct ppm_buffer problem, help;
	c->about = (struct ppm_whatif_about){ .model = PPM_SLICE("m"), .data = PPM_SLICE("d"), .top = 2, .values = value, .value_count = strcmp(c->path, "derived.ppm") ? 1 : 0 };
	enum ppm_status status = compile(&c->model, c->allocator, c->path, NULL, NULL, NULL, 0);
	if (status != PPM_OK)
		return status;
	ppm_buffer_init(&problem, c->allocator);
	ppm_buffer_init(&help, c->allocator);
	struct ppm_vary axis;
	const char *vary = !strcmp(c->path, "model.ppm") ? "cut=0,50,900" : strcmp(c->path, "job.ppm") ? "least=0..60/30" : "least=0..4/2";
	bool fine = ppm_whatif_about_make(&c->about, c->model, &c->arena) && ppm_whatif_variants_open(&c->variants, c->model, &c->arena) &&
		ppm_whatif_add_scenarios(&c->variants, NULL, 0, &problem, &help) &&
		ppm_vary_read(&axis, ppm_model_plan(c->model), ppm_slice_of(vary), &c->arena, &problem, &help) &&
		ppm_whatif_add_grid(&c->variants, &axis, 1, &problem, &help) && ppm_whatif_add_bars(&c->variants, &help) && !help.failed;
	if (problem.size)
		print_message("%.*s\n", (int)problem.size, problem.data);
	ppm_buffer_free(&problem);
	ppm_buffer_free(&help);
	c->data = fine ? ppm_kept_data_new(c->allocator, &options) : NULL;
	if (!c->data)
		return PPM_ERROR_MEMORY;
	status = survey(c);
	uint32_t file = status == PPM_OK ? ppm_kept_data_file(c->data, ppm_model_plan(c->model)->dataset_name) : 0;
	if (status == PPM_OK && !c->about.key_count && !ppm_kept_data_pass(c->data, file, PPM_SLICE("id"), PPM_SLICE("")))
		return PPM_ERROR_MEMORY;
	if (status == PPM_OK)
		status = read_files(c);
	if (status == PPM_OK)
		status = run_all(c, file);
	return status == PPM_OK ? write_all(c, outcome) : status;
}

static struct outcome compare(const struct ppm_allocator *allocator, const char *path, unsigned threads, uint64_t memory_limit)
{
	struct comparison c = { .allocator = allocator, .path = path, .threads = threads, .memory_limit = memory_limit };
	struct outcome outcome = { .text = NULL };
	ppm_arena_init(&c.arena, allocator);
	outcome.status = go_through(&c, &outcome);
	if (c.ready)
		ppm_whatif_close(&c.whatif);
	ppm_kept_data_free(c.data);
	for (size_t i = 0; i < sizeof c.sources / sizeof *c.sources; i++)
		ppm_source_close(c.sources[i]);
	for (size_t i = 0; i < c.kept_count; i++)
		ppm_model_free(c.kept[i]);
	ppm_model_free(c.model);
	ppm_arena_free(&c.arena);
	return outcome;
}

static const char *const paths[] = { "model.ppm", "job.ppm", "derived.ppm" };

static void threads_and_memory_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct outcome whole = compare(NULL, paths[i], 1, 0), other = compare(NULL, paths[i], 3, 1);
		assert_int_equal(whole.status, PPM_OK);
		assert_int_equal(other.status, PPM_OK);
		assert_string_equal(whole.text, other.text);
		assert_non_null(strstr(whole.text, "\"variants\""));
		free(whole.text);
		free(other.text);
	}
}

static void each_allocation_fails(const char *path, bool from_then_on, size_t step)
{
	struct counted_heap heap = { 0 };
	struct ppm_allocator allocator = { counted_reallocate, &heap };
	struct outcome whole = compare(&allocator, path, 1, 0);
	assert_int_equal(whole.status, PPM_OK);
	assert_int_equal(heap.live, 0);
	size_t total = heap.calls;
	for (size_t at = 1; at <= total; at += failing_step(step)) {
		heap = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
		struct outcome now = compare(&allocator, path, 1, 0);
		if (heap.live || (now.status != PPM_OK && now.status != PPM_ERROR_MEMORY))
			print_message("%s, allocation %zu of %zu: status %d, %zu leaked\n", path, at, total, (int)now.status, heap.live);
		assert_int_equal(heap.live, 0);
		if (now.status == PPM_OK)
			assert_string_equal(now.text, whole.text); // one that something can do without
		else
			assert_int_equal(now.status, PPM_ERROR_MEMORY);
		free(now.text);
	}
	free(whole.text);
}

static void memory_runs_out_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		each_allocation_fails(paths[i], false, 3);
}

static void memory_stays_gone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		each_allocation_fails(paths[i], true, 7);
}

// ---- values ------------------------------------------------------------------------------------------------------

static void expect_values(const struct ppm_model *model, const char *text, const char *wanted)
{
	struct ppm_arena arena;
	struct ppm_buffer problem, help, got;
	struct ppm_vary vary;
	ppm_arena_init(&arena, NULL);
	ppm_buffer_init(&problem, NULL);
	ppm_buffer_init(&help, NULL);
	ppm_buffer_init(&got, NULL);
	if (ppm_vary_read(&vary, ppm_model_plan(model), ppm_slice_of(text), &arena, &problem, &help)) {
		for (size_t i = 0; i < vary.count; i++)
			ppm_buffer_format(&got, "%s%.*s", i ? "|" : "", (int)vary.values[i].size, vary.values[i].data);
	} else {
		ppm_buffer_format(&got, "! %.*s", (int)problem.size, problem.data);
	}
	ppm_buffer_append_char(&got, 0);
	assert_string_equal(got.data, wanted);
	ppm_buffer_free(&problem);
	ppm_buffer_free(&help);
	ppm_buffer_free(&got);
	ppm_arena_free(&arena);
}

static void values_are_read_in_the_units_of_the_param(void **state)
{
	struct ppm_model *model;
	(void)state;
	assert_int_equal(compile(&model, NULL, "model.ppm", NULL, NULL, NULL, 0), PPM_OK);
	expect_values(model, "horizon=1..3", "1 year|2 years|3 years");
	expect_values(model, "horizon=1..10/4", "1 year|5 years|9 years");
	expect_values(model, "horizon=2,5", "2 years|5 years");
	expect_values(model, "horizon=1 year..3 years", "1 year|2 years|3 years");
	expect_values(model, "horizon = 6 months..12 months/3 months", "6 months|9 months|12 months");
	expect_values(model, "horizon=6..12/3 months", "6 months|9 months|12 months");
	expect_values(model, "horizon=1,2..3,18 months", "1 year|2 years|3 years|18 months");
	expect_values(model, "share=70%,80%,100%,0", "70%|80%|100%|0%");
	expect_values(model, "share=10%..12%", "10%|11%|12%");
	expect_values(model, "share=10..20/5%", "10%|15%|20%");
	expect_values(model, "share=0.5%..2%/0.5%", "0.5%|1%|1.5%|2%");
	expect_values(model, "cut=100..200/50", "100|150|200");
	expect_values(model, "cut=10_000,0.5", "10000|0.5");
	expect_values(model, "zero=-1..1", "-1|0|1");
	expect_values(model, "zero=0.1..0.5/0.1", "0.1|0.2|0.3|0.4|0.5");
	expect_values(model, "wanted=ab,\"c,d\",x y", "\"ab\"|\"c,d\"|\"x y\"");
	expect_values(model, "many=[1, 2],[3]", "[1, 2]|[3]");
	expect_values(model, "when_=2026-01-01,2026-03-01", "2026-01-01|2026-03-01");
	expect_values(model, "share=80", "! `--vary share` has a percent without its sign: 80 may be 80% or 8000%");
	expect_values(model, "many=1..3", "! `--vary many` has a range, but the param is a `list`");
	expect_values(model, "when_=2026-01-01..2026-03-01", "! `--vary when_` has a range, but the param is a `date`");
	expect_values(model, "zero=1..2..3", "! `--vary zero` has an end or a step that is no figure: `2..3`");
	expect_values(model, "zero=1..", "! `--vary zero` has an end or a step that is no figure: ``");
	expect_values(model, "zero=1..2000", "! `--vary zero` has more than 1000 values");
	expect_values(model, "zero=1..99999999999999999999", "! `--vary zero` has an end or a step that is no figure: `99999999999999999999`");
	expect_values(model, "zero=1,,2", "! `--vary zero` has a value that is empty");
	expect_values(model, "=1", "! `--vary =1` gives no param values");
	expect_values(model, "", "! `--vary ` gives no param values");
	expect_values(model, "zeros=1", "! the model has no param called `zeros`");
	ppm_model_free(model);
}

// ---- distributions --------------------------------------------------------------------------------------------------

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint32_t x = a * 2654435761u ^ (b + 1) * 40503u;
	x ^= x >> 13;
	x *= 0x5bd1e995u;
	return x ^ x >> 15;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void distributions_count(void **state)
{
	enum { MOST = 700 };
	static const uint32_t widths[] = { 1, 2, 30, 1000, 1000000, 100000001, 3999999999u };
	(void)state;
	for (uint32_t round = 0; round < 60; round++) {
		uint32_t size = mix(round, 1) % MOST, values[MOST], sorted[MOST], count = 0, width = widths[round % 7];
		struct ppm_distribution d;
		for (uint32_t i = 0; i < size; i++) {
			values[i] = mix(round, i + 10) % 11 == 0 ? PPM_DISTRIBUTION_MOST + i : mix(round, i + 5000) % width;
			if (values[i] < PPM_DISTRIBUTION_MOST)
				sorted[count++] = values[i];
		}
		qsort(sorted, count, sizeof *sorted, ascending);
		assert_true(ppm_distribution_make(&d, NULL, values, size, PPM_DISTRIBUTION_MOST));
		assert_int_equal(ppm_distribution_size(&d), count);
		uint64_t sum = 0;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t first = i, last = i;
			sum += sorted[i];
			while (first > 0 && sorted[first - 1] == sorted[i])
				first--;
			while (last + 1 < count && sorted[last + 1] == sorted[i])
				last++;
			assert_int_equal(ppm_distribution_at(&d, i), sorted[i]);
			assert_int_equal(ppm_distribution_double_rank(&d, ppm_distribution_find(&d, sorted[i])), first + 1 + last + 1);
		}
		assert_true(ppm_distribution_sum(&d) == (ppm_int128)sum);
		assert_int_equal(ppm_distribution_double_median(&d), count ? (uint64_t)sorted[(count - 1) / 2] + sorted[count / 2] : 0);
		ppm_distribution_free(&d);
	}
}

// 1, 2, 2, 4 against 3, 1, 1, 0: mean ranks 1, 2.5, 2.5, 4 and 4, 2.5, 2.5, 1, which are each other's mirror; against 5, 5, 5, 5 there is none.
static void ranks_correlate(void **state)
{
	static const uint32_t up[] = { 1, 2, 2, 4 }, down[] = { 3, 1, 1, 0 }, flat[] = { 5, 5, 5, 5 };
	struct ppm_distribution a, b, c;
	ppm_int128 same = 0, mirror = 0, none = 0;
	double correlation = 0;
	(void)state;
	assert_true(ppm_distribution_make(&a, NULL, up, 4, PPM_DISTRIBUTION_MOST) && ppm_distribution_make(&b, NULL, down, 4, PPM_DISTRIBUTION_MOST) &&
		ppm_distribution_make(&c, NULL, flat, 4, PPM_DISTRIBUTION_MOST));
	for (int i = 0; i < 4; i++) {
		ppm_int128 rank = (ppm_int128)ppm_distribution_double_rank(&a, ppm_distribution_find(&a, up[i]));
		same += rank * rank;
		mirror += rank * (ppm_int128)ppm_distribution_double_rank(&b, ppm_distribution_find(&b, down[i]));
		none += rank * (ppm_int128)ppm_distribution_double_rank(&c, 0);
	}
	assert_true(ppm_rank_correlation(&a, &a, same, &correlation) && correlation == 1);
	assert_true(ppm_rank_correlation(&a, &b, mirror, &correlation) && correlation == -1);
	assert_false(ppm_rank_correlation(&a, &c, none, &correlation));
	ppm_distribution_free(&a);
	ppm_distribution_free(&b);
	ppm_distribution_free(&c);
}

// A column is kept once for all programs that make the same of its field, and once more for each that makes something else of it.
static void columns_are_kept_by_what_is_made_of_them(void **state)
{
	(void)state;
	enum { WAYS = 16 };
	const struct ppm_kept_options options = { .threads = 1 };
	struct ppm_kept_data *data = ppm_kept_data_new(ppm_allocator_default(), &options);
	assert_non_null(data);
	struct ppm_number_pattern pattern;
	assert_true(ppm_number_pattern_parse(PPM_SLICE("1.234,50"), &pattern));
	struct ppm_date_format date;
	assert_true(ppm_date_format_parse(PPM_SLICE("DD/MM/YYYY"), &date));
	struct ppm_column ways[WAYS];
	for (size_t i = 0; i < WAYS; i++)
		ways[i] = (struct ppm_column){ .name = PPM_SLICE("x"), .header = PPM_SLICE("X"), .type = PPM_COLUMN_NUMBER, .read = true, .origin = PPM_FROM_FIELD };
	ways[1].name = PPM_SLICE("y");
	ways[2].header = PPM_SLICE("Y");
	ways[3].type = PPM_COLUMN_PERCENT;
	ways[4].months = true;
	ways[5].optional = true;
	ways[6].has_default = true;
	ways[7].has_range = true;
	ways[8].allowed_count = 1;
	ways[9].allowed_number_count = 1;
	ways[10].missing_count = 1;
	ways[11].spelling_count = 1;
	ways[12].percent_as_ratio = true;
	ways[13].format_text = PPM_SLICE("1.234,50");
	ways[14].number_pattern = &pattern;
	ways[15].date_format = &date;
	const uint32_t file = ppm_kept_data_file(data, PPM_SLICE("customers"));
	assert_int_equal(file, 0);
	assert_int_equal(ppm_kept_data_file_count(data), 1);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < WAYS; i++) {
			const struct ppm_program program = { .columns = &ways[i], .column_count = 1 };
			bool took;
			assert_true(ppm_kept_data_want(data, file, &program, NULL, 0, &took));
			assert_int_equal(took, !again);
		}
	}
	// What is not read, or is of no file, is not kept.
	ways[0].name = ways[1].name = PPM_SLICE("z");
	ways[0].read = false;
	ways[1].origin = PPM_FROM_COMPANY;
	const struct ppm_program program = { .columns = ways, .column_count = 2 };
	bool took;
	assert_true(ppm_kept_data_want(data, file, &program, NULL, 0, &took));
	assert_false(took);
	ppm_kept_data_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_and_memory_change_nothing),
		cmocka_unit_test(memory_runs_out_once),
		cmocka_unit_test(memory_stays_gone),
		cmocka_unit_test(values_are_read_in_the_units_of_the_param),
		cmocka_unit_test(distributions_count),
		cmocka_unit_test(ranks_correlate),
		cmocka_unit_test(columns_are_kept_by_what_is_made_of_them),
	};
	return cmocka_run_group_tests_name("whatif", tests, NULL, NULL);
}

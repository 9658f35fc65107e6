// An explanation with its paths - compiling, running a job, watching rows, running it again without the other tables, searching, writing - while memory runs out: it says so and leaks nothing, or
// what it says is the same to the letter. And a job that runs alone says of a row what the whole job says.
#include "failing_heap.h"
#include "lang/explain/explain.h"
#include "lang/ppm.h"
#include "runtime/engine/job_run.h"
#include "runtime/engine/row.h"
#include "runtime/sink/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char model_text[] =
	"as of 2026-06-30\n"
	"dataset customers { id text key  days number optional  paid money  style text optional  since date  vip flag  share percent  boss text optional  region text references "
	"regions }\n"
	"dataset invoices of customers by id { number text key  id text  amount money  late flag }\n"
	"dataset regions { region text key  quota number }\n"
	"tree team by boss\n"
	"let late_ones = count(invoices where late)\nlet owed = sum(amount over invoices)\nlet under = sum(paid over team)\nlet usual = avg(amount over invoices)\n"
	"reward prompt 30 when days <= 10\nreward big 20 when paid >= 1_000\nreward team_ 10 when style = \"delegates\"\nreward old 5 when since <= 2020-01-01\nreward vip_ 5 when "
	"vip\n"
	"reward most 5 when share > 50%\npenalty repeats 20 when late_ones > 1\nreward owes 5 when owed < usual\nreward leads 5 when under > 100\nreward roomy 5 when region.quota "
	"> 5\n"
	"tier good when score >= 70\ntier fair when score >= 40\ntier rest otherwise\noutput { id score tier }\n";
static const char customers_text[] = "id,days,paid,style,since,vip,share,boss,region\n"
				     "A,45,500.00,hands_on,2024-01-05,no,12.5%,,north\n"
				     "B,,1200.00,\"delegates\",2019-01-05,yes,60%,A,south\n"
				     "C,5,80.25,,2022-03-01,no,55%,A,north\n";
static const char invoices_text[] = "number,id,amount,late\n1,A,100.00,yes\n2,A,50.00,yes\n3,B,80.00,no\n4,C,10.00,yes\n";
static const char regions_text[] = "region,quota\nnorth,3\nsouth,9\n";

#define ROWS 3u
#define HEADER "id,days,paid,style,since,vip,share,boss,region\n"
static const char *const rows[ROWS][9] = { { "A", "45", "500.00", "hands_on", "2024-01-05", "no", "12.5%", "", "north" },
	{ "B", "", "1200.00", "delegates", "2019-01-05", "yes", "60%", "A", "south" }, { "C", "5", "80.25", "", "2022-03-01", "no", "55%", "A", "north" } };

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*text = ppm_slice_of(model_text);
	*identity = path;
	return PPM_OK;
}

struct whole {
	const struct ppm_allocator *allocator;
	struct ppm_model *model;
	const struct ppm_job *job;
	const struct ppm_explanation *about;
	struct ppm_arena arena;
	struct ppm_explained_cell *cells[ROWS];
	struct ppm_row_fact_range *ranges;
	uint32_t seen;
	struct ppm_job_watch watches[ROWS];
	// of a trier
	uint64_t limit;
	uint32_t row;
	const struct ppm_row_fact *facts;
	struct ppm_try_outcome *outcomes;
	size_t count;
};

static uint32_t table_called(const struct ppm_job *job, const char *name)
{
	for (uint32_t i = 0; i < job->table_count; i++)
		if (ppm_slice_is(job->tables[i].name, name))
			return i;
	fail_msg("no table is called %s", name);
	return 0;
}

static const struct ppm_program *loader(const struct ppm_job *job, uint32_t table)
{
	for (uint32_t i = 0; i < job->action_count; i++)
		if (job->actions[i].kind == PPM_ACTION_LOAD && job->actions[i].table == table)
			return job->programs[job->actions[i].program];
	return NULL;
}

static enum ppm_status open(const struct whole *w, struct ppm_slice text, const char *table, struct ppm_job_input *input)
{
	const struct ppm_source_options options = { .simd = PPM_SIMD_PORTABLE };
	struct ppm_data_problems problems;
	ppm_data_problems_init(&problems, w->allocator, 20, false);
	enum ppm_status status = ppm_source_open_text(&input->source, w->allocator, text, &options, &problems);
	if (status == PPM_OK)
		status = ppm_source_bind(input->source, loader(w->job, table_called(w->job, table)), &problems);
	ppm_data_problems_free(&problems);
	return status;
}

static bool see_all(void *context, const struct ppm_engine_row *row)
{
	struct whole *w = context;
	uint32_t columns = ppm_sink_column_count(row->sink);
	assert_true(w->seen < ROWS);
	struct ppm_explained_cell *cells = w->cells[w->seen++] = ppm_arena_allocate(&w->arena, columns, sizeof *cells);
	for (uint32_t i = 0; cells && i < columns; i++) {
		struct ppm_buffer text, json;
		ppm_buffer_init(&text, w->allocator);
		ppm_buffer_init(&json, w->allocator);
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, i, &text);
		ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, i, &json);
		cells[i].text = text.size ? ppm_arena_copy(&w->arena, ppm_buffer_slice(&text)) : PPM_SLICE("");
		cells[i].json = json.size ? ppm_arena_copy(&w->arena, ppm_buffer_slice(&json)) : PPM_SLICE("");
		w->arena.failed = w->arena.failed || text.failed || json.failed;
		ppm_buffer_free(&text);
		ppm_buffer_free(&json);
	}
	for (uint32_t i = 0; i < w->about->field_count + w->about->figure_count; i++) {
		ppm_int128 exact;
		if (ppm_row_exact(row, i < w->about->field_count ? w->about->fields[i].result : w->about->figures[i - w->about->field_count].result, &exact))
			ppm_row_fact_range_add(&w->ranges[i], exact);
	}
	return !w->arena.failed;
}

static enum ppm_status run(struct whole *w, struct ppm_job_input *inputs, bool (*look)(void *, const struct ppm_engine_row *), const struct ppm_job_given *given)
{
	const struct ppm_sink_options sink = { .format = PPM_SINK_CSV };
	const struct ppm_job_options options = { .engine = { .threads = 1, .simd = PPM_SIMD_PORTABLE, .look = look, .look_context = w },
		.sink = &sink,
		.watches = given ? NULL : w->watches,
		.watch_count = given ? 0 : ROWS,
		.given = given };
	struct ppm_job_report report;
	enum ppm_status status = ppm_job_run(&report, w->allocator, w->job, inputs, NULL, &options);
	ppm_job_report_free(&report);
	return status;
}

// ---- changed rows --------------------------------------------------------------------------------------------

static bool see_changed(void *context, const struct ppm_engine_row *row)
{
	struct whole *w = context;
	size_t at = (size_t)row->line - 2;
	struct ppm_buffer tier;
	assert_true(at < w->count);
	struct ppm_try_outcome *outcome = &w->outcomes[at];
	*outcome = (struct ppm_try_outcome){ .valid = true, .tier = PPM_NO_ID };
	outcome->has_score = ppm_row_number(row, w->about->score, &outcome->score);
	ppm_buffer_init(&tier, w->allocator);
	ppm_sink_cell(row->sink, row->batch, row->vm, row->row, w->about->tier, &tier);
	for (uint32_t i = 0; i < w->about->plan->tier_count; i++)
		if (tier.size && ppm_slice_equal(w->about->plan->tiers[i].name, ppm_buffer_slice(&tier))) {
			outcome->tier = i;
			outcome->tier_name = w->about->plan->tiers[i].name;
		}
	bool fine = !tier.failed;
	ppm_buffer_free(&tier);
	return fine;
}

static const struct ppm_column *column_of(const struct whole *w, const struct ppm_row_fact *fact)
{
	const struct ppm_program *program = loader(w->job, w->job->scored);
	for (uint32_t i = 0; fact->column != PPM_NO_ID && i < program->column_count; i++)
		if (ppm_slice_equal(program->columns[i].name, w->about->plan->columns[fact->column].name))
			return &program->columns[i];
	return NULL;
}

static void write_row(const struct whole *w, const struct ppm_try *try, struct ppm_buffer *out)
{
	static const char *const names[] = { "id", "days", "paid", "style", "since", "vip", "share", "boss", "region" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool changed = false;
		ppm_buffer_append_text(out, i ? "," : "");
		for (uint32_t k = 0; k < try->count; k++) {
			const struct ppm_row_fact *fact = &w->facts[try->changes[k].fact];
			const struct ppm_column *column = column_of(w, fact);
			if (!column || !ppm_slice_is(column->name, names[i]))
				continue;
			ppm_row_fact_field(fact, try->changes[k].value, column, out);
			changed = true;
		}
		ppm_buffer_append_text(out, changed ? "" : rows[w->row][i]);
	}
	ppm_buffer_append_char(out, '\n');
}

static enum ppm_status try_rows(void *context, const struct ppm_try *tries, size_t count, struct ppm_try_outcome *outcomes)
{
	struct whole *w = context;
	struct ppm_given_figure *figures = ppm_allocate_zeroed(w->allocator, count * PPM_PATH_CHANGES + 1, sizeof *figures);
	struct ppm_job_given given = { .alone = true, .cells = w->watches[w->row].cells, .figures = figures };
	struct ppm_job_input *inputs = ppm_allocate_zeroed(w->allocator, w->job->table_count, sizeof *inputs);
	struct ppm_buffer text;
	ppm_buffer_init(&text, w->allocator);
	ppm_buffer_append_text(&text, HEADER);
	memset(outcomes, 0, count * sizeof *outcomes);
	w->outcomes = outcomes;
	w->count = count;
	for (size_t i = 0; figures && i < count; i++) {
		write_row(w, &tries[i], &text);
		for (uint32_t k = 0; k < tries[i].count; k++)
			for (const struct ppm_watched_figure *f = w->watches[w->row].figures; f; f = f->next) {
				const struct ppm_row_fact *fact = &w->facts[tries[i].changes[k].fact];
				enum ppm_register_class class = w->job->tables[w->job->scored].columns[f->action->output].class;
				if (fact->column != PPM_NO_ID || f->action->number != fact->step || (class != PPM_CLASS_F64 && class != PPM_CLASS_I64))
					continue;
				struct ppm_given_figure *figure = &figures[given.figure_count++];
				double number = (double)tries[i].changes[k].value / (double)ppm_power_of_ten[fact->places];
				int64_t money = tries[i].changes[k].value * ppm_power_of_ten[PPM_MONEY_PLACES - fact->places];
				*figure = (struct ppm_given_figure){ .line = i + 2, .column = f->action->output };
				if (class == PPM_CLASS_F64)
					memcpy(figure->value, &number, sizeof number);
				else
					memcpy(figure->value, &money, sizeof money);
			}
	}
	enum ppm_status status = text.failed || !figures || !inputs ? PPM_ERROR_MEMORY : open(w, ppm_buffer_slice(&text), "customers", &inputs[w->job->scored]);
	if (status == PPM_OK)
		status = run(w, inputs, see_changed, &given);
	if (inputs)
		ppm_source_close(inputs[w->job->scored].source);
	ppm_free(w->allocator, inputs);
	ppm_free(w->allocator, figures);
	ppm_buffer_free(&text);
	return status;
}

// ---- the whole ---------------------------------------------------------------------------------------------------

// Facts, paths and what to ask for, of each row.
static enum ppm_status explain(struct whole *w, struct ppm_buffer *out)
{
	const struct ppm_slice files[] = { PPM_SLICE("a.csv"), PPM_SLICE("b.csv"), PPM_SLICE("c.csv"), PPM_SLICE("d.csv"), PPM_SLICE("e.csv"), PPM_SLICE("f.csv") };
	enum ppm_status status = PPM_OK;
	for (w->row = 0; w->row < ROWS && status == PPM_OK; w->row++) {
		uint32_t count = 0;
		const struct ppm_trier trier = { .run = try_rows, .context = w, .limit = w->limit };
		const struct ppm_try nothing = { .count = 0 };
		struct ppm_try_outcome base;
		struct ppm_paths paths = { .count = 0 };
		struct ppm_ask *asks = NULL;
		struct ppm_waterfall waterfall;
		struct ppm_explained_row row = { .about = w->about,
			.sources = ppm_model_sources(w->model),
			.cells = w->cells[w->row],
			.file = PPM_SLICE("customers.csv"),
			.line = w->row + 2,
			.ask = true,
			.watch = &w->watches[w->row],
			.job = w->job,
			.files = files };
		bool or_better;
		row.facts = w->facts = ppm_path_facts(w->about, w->cells[w->row], w->ranges, &w->arena, &count);
		status = row.facts ? try_rows(w, &nothing, 1, &base) : PPM_ERROR_MEMORY;
		if (status != PPM_OK)
			break;
		assert_true(base.valid); // the job that runs alone says what the whole one says
		char score[64];
		assert_int_equal(snprintf(score, sizeof score, "%.1f", base.score), (int)w->cells[w->row][w->about->score].json.size);
		assert_true(ppm_slice_is(w->cells[w->row][w->about->score].json, score));
		assert_true(ppm_slice_equal(w->cells[w->row][w->about->tier].text, base.tier_name));
		uint32_t target = ppm_path_target(w->about, base.tier, &or_better);
		paths.answer = PPM_PATH_TOP;
		if (target != PPM_NO_ID)
			status = ppm_path_find(&paths, w->about, w->facts, count, &base, target, or_better, &trier, &w->arena);
		if (status == PPM_OK)
			status = ppm_path_ask(&asks, &row.ask_count, w->about, w->facts, count, &base, &trier, &w->arena);
		row.paths = &paths;
		row.asks = asks;
		if (status == PPM_OK)
			status = ppm_waterfall_make(&waterfall, &w->arena, &row);
		if (status == PPM_OK) {
			ppm_explain_text(&row, &waterfall, true, &w->arena, out);
			ppm_explain_markdown(&row, &waterfall, &w->arena, out);
			ppm_explain_json(&row, &waterfall, &w->arena, out);
		}
		if (status == PPM_OK && (w->arena.failed || out->failed))
			status = PPM_ERROR_MEMORY;
	}
	return status;
}

static enum ppm_status everything(struct counted_heap *heap, uint64_t limit, char *said, size_t room)
{
	const struct ppm_allocator allocator = { counted_reallocate, heap };
	struct ppm_compile_options options = { .allocator = &allocator, .loader = { load, NULL }, .optimise = true, .output = PPM_OUTPUT_EXPLAIN };
	struct whole w = { .allocator = &allocator, .limit = limit };
	struct ppm_job_input *inputs = NULL;
	struct ppm_buffer out;
	enum ppm_status status = ppm_model_compile(&w.model, PPM_SLICE("model.ppm"), &options);
	ppm_arena_init(&w.arena, &allocator);
	ppm_buffer_init(&out, &allocator);
	if (status == PPM_OK) {
		w.job = ppm_model_job(w.model);
		w.about = ppm_model_explanation(w.model);
		assert_non_null(w.job);
		inputs = ppm_allocate_zeroed(&allocator, w.job->table_count, sizeof *inputs);
		w.ranges = ppm_arena_allocate(&w.arena, w.about->field_count + w.about->figure_count + 1, sizeof *w.ranges);
		for (uint32_t i = 0; i < ROWS; i++)
			w.watches[i] = (struct ppm_job_watch){ .row = i, .arena = &w.arena };
		status = inputs && w.ranges ? PPM_OK : PPM_ERROR_MEMORY;
	}
	if (status == PPM_OK)
		status = open(&w, PPM_SLICE(customers_text), "customers", &inputs[table_called(w.job, "customers")]);
	if (status == PPM_OK)
		status = open(&w, PPM_SLICE(invoices_text), "invoices", &inputs[table_called(w.job, "invoices")]);
	if (status == PPM_OK)
		status = open(&w, PPM_SLICE(regions_text), "regions", &inputs[table_called(w.job, "regions")]);
	if (status == PPM_OK)
		status = run(&w, inputs, see_all, NULL);
	if (status == PPM_OK)
		status = explain(&w, &out);
	if (status == PPM_OK) {
		assert_true(out.size < room);
		memcpy(said, out.data, out.size);
		said[out.size] = 0;
	}
	for (uint32_t i = 0; inputs && i < w.job->table_count; i++)
		ppm_source_close(inputs[i].source);
	ppm_free(&allocator, inputs);
	ppm_buffer_free(&out);
	ppm_arena_free(&w.arena);
	ppm_model_free(w.model);
	return status;
}

#define ROOM 60000
#define LIMIT 100000

static void test_paths_while_memory_runs_out(void **state)
{
	static char said[ROOM], again[ROOM];
	(void)state;
	struct counted_heap heap = { 0 };
	assert_int_equal(everything(&heap, LIMIT, said, ROOM), PPM_OK);
	assert_int_equal(heap.live, 0);
	// A: days 45 -> 10 earns 30 of 90, and what late invoices cost goes: figures are changed as a whole
	assert_non_null(strstr(said, "what would lead to fair"));
	assert_non_null(strstr(said, "late_ones 2 → 1 or less"));
	assert_non_null(strstr(said, "customers.csv"));
	size_t total = heap.calls, step = failing_step(total / 400 + 1), first = failing_step(1);
	for (size_t at = 1; at <= total; at += at < 200 ? first : step) {
		for (int from_then_on = 0; from_then_on < 2; from_then_on++) {
			heap = (struct counted_heap){ .fail_at = at, .from_then_on = from_then_on };
			enum ppm_status status = everything(&heap, LIMIT, again, ROOM);
			if (heap.live || (status != PPM_ERROR_MEMORY && (status != PPM_OK || strcmp(said, again) != 0)))
				print_message("allocation %zu of %zu: status %d, %zu leaked\n", at, total, (int)status, heap.live);
			assert_int_equal(heap.live, 0);
			assert_true(status == PPM_ERROR_MEMORY || (status == PPM_OK && !strcmp(said, again)));
		}
	}
}

// Whatever the limit, it is kept, said, and what was found until then is true.
static void test_the_search_ends_at_its_limit(void **state)
{
	static char said[ROOM];
	(void)state;
	for (uint64_t limit = 1; limit < 3000; limit += limit < 40 ? 1 : 311) {
		struct counted_heap heap = { 0 };
		assert_int_equal(everything(&heap, limit, said, ROOM), PPM_OK);
		if (limit < 400)
			assert_non_null(strstr(said, "ended at its limit"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_paths_while_memory_runs_out), cmocka_unit_test(test_the_search_ends_at_its_limit) };
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}

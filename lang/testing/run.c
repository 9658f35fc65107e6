// Tests are compiled in batches, run, and looked at row by row.
#include "lang/testing/testing_internal.h"

#include "runtime/base/text.h"
#include "runtime/engine/job_run.h"

#include <errno.h>

// Of one program: what a test expects must be in registers all at once, of which a program has 65,535 of a kind.
#define BATCH 256

#define SHOW(slice) (int)(slice).size, (slice).data

// ---- a row that was scored ------------------------------------------------------------------------------------------

// The batch's next row: those between were refused.
static bool look(void *context, const struct ppm_engine_row *row)
{
	struct ppm_testing_batch *batch = context;
	const struct ppm_plan *plan = ppm_model_plan(batch->model);
	uint32_t at = batch->next;
	bool is = true;
	while (at < batch->end && batch->by_line && batch->lines[at] < row->line)
		at++;
	if (at == batch->end || (batch->by_line && batch->lines[at] != row->line)) // a row beside the one that the test is about
		return true;
	const struct ppm_plan_test *test = &plan->tests[batch->numbers[at]];
	if (test->is_row_result != PPM_NO_ID && (!ppm_row_flag(row, test->is_row_result, &is) || !is))
		return true;
	batch->next = at + 1;
	batch->seen[at] = true;
	return (!batch->request->look || batch->request->look(batch->request->look_context, batch->model, batch->numbers[at], row)) &&
		ppm_testing_judge(batch, test, batch->results[at], row);
}

// ---- one program over one or many tests -----------------------------------------------------------------------------

static struct ppm_source_options source_options(const struct ppm_testing_request *request)
{
	return (struct ppm_source_options){ .simd = request->simd, .keep_problems = 3, .interrupted = request->interrupted };
}

static struct ppm_engine_options engine_options(const struct ppm_testing_request *request, struct ppm_testing_batch *batch)
{
	return (struct ppm_engine_options){ .threads = 1, .simd = request->simd, .rejects = true, .interrupted = request->interrupted, .look = look, .look_context = batch };
}

// Why a row was refused, as the test's problem.
static void tell(struct ppm_testing_batch *batch, uint32_t at, const struct ppm_data_problems *problems, struct ppm_slice dataset)
{
	struct ppm_test_result *result = batch->results[at];
	const struct ppm_data_problem *problem = problems->first;
	struct ppm_buffer text;
	if (!problem || result->problem.size)
		return;
	ppm_buffer_init(&text, batch->request->allocator);
	ppm_buffer_format(&text, "%s of `%.*s` is refused: ", problem->line > 1 ? "a row" : "the file", SHOW(dataset));
	if (!dataset.size)
		text.size = 0;
	if (problem->column_name.size)
		ppm_buffer_format(&text, "`%.*s` ", SHOW(problem->column_name));
	if (problem->value.size) {
		ppm_buffer_append_char(&text, '"');
		ppm_text_append_escaped(&text, problem->value, 80, false);
		ppm_buffer_append_text(&text, "\" ");
	}
	ppm_buffer_format(&text, "%.*s (%s)", SHOW(problem->message), ppm_data_code_text(problem->code));
	result->problem = ppm_arena_take(&batch->testing->arena, &text);
}

// Every test's row in one file.
static enum ppm_status stream(struct ppm_testing_batch *batch, const struct ppm_plan *plan, struct ppm_buffer *text)
{
	const struct ppm_testing_request *request = batch->request;
	const struct ppm_source_options opening = source_options(request);
	const struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	const struct ppm_engine_options options = engine_options(request, batch);
	struct ppm_data_problems problems;
	struct ppm_engine_report report = { 0 };
	struct ppm_source *source = NULL;
	uint64_t line = 1;
	size_t counted = 0;
	ppm_testing_write_header(plan, 0, text);
	for (uint32_t i = batch->next; i <= batch->end && !text->failed; i++) {
		for (; counted < text->size; counted++)
			line += text->data[counted] == '\n';
		batch->lines[i] = line;
		if (i < batch->end)
			ppm_testing_write_row(plan, &plan->tests[batch->numbers[i]], 0, text);
	}
	if (text->failed)
		return PPM_ERROR_MEMORY;
	batch->by_line = true;
	ppm_data_problems_init(&problems, request->allocator, 3, false);
	enum ppm_status status = ppm_source_open_text(&source, request->allocator, ppm_buffer_slice(text), &opening, &problems);
	if (!status)
		status = ppm_source_bind(source, ppm_model_program(batch->model), &problems);
	bool opened = status == PPM_OK;
	struct ppm_sink *sink = opened ? ppm_sink_new(request->allocator, ppm_model_program(batch->model), source, &sink_options) : NULL;
	if (opened) {
		status = sink ? ppm_engine_run(&report, request->allocator, ppm_model_program(batch->model), source, sink, NULL, NULL, &options) : PPM_ERROR_MEMORY;
		if (batch->alone)
			tell(batch, 0, &report.problems, PPM_SLICE(""));
		if (sink)
			ppm_engine_report_free(&report);
	} else if (batch->alone)
		tell(batch, 0, &problems, PPM_SLICE(""));
	ppm_sink_free(sink);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	return status;
}

// One test's rows, each dataset a file.
static enum ppm_status run_job(struct ppm_testing_batch *batch, const struct ppm_plan *plan, struct ppm_buffer *texts)
{
	const struct ppm_testing_request *request = batch->request;
	const uint32_t at = batch->next;
	const struct ppm_plan_test *test = &plan->tests[batch->numbers[at]];
	const struct ppm_job *job = ppm_model_job(batch->model);
	const struct ppm_source_options opening = source_options(request);
	const struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	const struct ppm_job_options options = {
		.engine = engine_options(request, batch), .memory_limit = request->memory_limit, .folder = request->folder, .sink = &sink_options
	};
	struct ppm_job_input *inputs = ppm_allocate_zeroed(request->allocator, (size_t)job->table_count + 1, sizeof *inputs);
	struct ppm_job_report report = { 0 };
	struct ppm_data_problems problems;
	enum ppm_status status = inputs ? PPM_OK : PPM_ERROR_MEMORY;
	batch->by_line = test->is_row == PPM_NODE_NONE;
	batch->lines[at] = 2; // the row that the test is about comes first, after the header
	ppm_data_problems_init(&problems, request->allocator, 3, false);
	for (uint32_t t = 0; t < job->table_count && !status; t++) {
		uint32_t dataset = 0;
		if (job->tables[t].kind != PPM_TABLE_FILE)
			continue;
		while (dataset < plan->dataset_count && !(plan->datasets[dataset].kind == PPM_DATASET_FILE && ppm_slice_equal(plan->datasets[dataset].name, job->tables[t].name)))
			dataset++;
		dataset = dataset == plan->dataset_count ? 0 : dataset; // the scored one of a model that declares none
		texts[t].size = 0;
		ppm_testing_write_header(plan, dataset, &texts[t]);
		for (uint32_t i = 0; i < test->row_count; i++)
			if (test->rows[i].dataset == dataset)
				ppm_testing_write_row(plan, test, i, &texts[t]);
		status = texts[t].failed ? PPM_ERROR_MEMORY : ppm_source_open_text(&inputs[t].source, request->allocator, ppm_buffer_slice(&texts[t]), &opening, &problems);
		if (status == PPM_ERROR_DATA && batch->alone)
			tell(batch, 0, &problems, job->tables[t].name);
		inputs[t].keep_rejects = true;
	}
	if (!status) {
		status = ppm_job_run(&report, request->allocator, job, inputs, NULL, &options);
		for (uint32_t t = 0; t < report.input_count && batch->alone && report.inputs; t++)
			tell(batch, 0, &report.inputs[t].problems, job->tables[t].name);
		if (batch->alone)
			tell(batch, 0, &report.scored.problems, PPM_SLICE(""));
		bool refused = report.scored.refused > 0;
		for (uint32_t t = 0; t < report.input_count && report.inputs; t++)
			refused = refused || report.inputs[t].problem_count;
		if (refused) // whatever came out is not what the test is about
			batch->seen[at] = false;
		ppm_job_report_free(&report);
	}
	for (uint32_t t = 0; t < job->table_count && inputs; t++)
		ppm_source_close(inputs[t].source);
	ppm_free(request->allocator, inputs);
	ppm_data_problems_free(&problems);
	return status;
}

static enum ppm_status run_jobs(struct ppm_testing_batch *batch, const struct ppm_plan *plan)
{
	const struct ppm_job *job = ppm_model_job(batch->model);
	struct ppm_buffer *texts = ppm_allocate_zeroed(batch->request->allocator, (size_t)job->table_count + 1, sizeof *texts);
	enum ppm_status status = texts ? PPM_OK : PPM_ERROR_MEMORY;
	uint32_t end = batch->end;
	for (uint32_t t = 0; t < job->table_count && texts; t++)
		ppm_buffer_init(&texts[t], batch->request->allocator);
	for (uint32_t i = 0; i < end && !status; i++) {
		batch->next = i;
		batch->end = i + 1;
		status = run_job(batch, plan, texts);
		status = status == PPM_ERROR_DATA ? PPM_OK : status;
	}
	batch->end = end;
	for (uint32_t t = 0; t < job->table_count && texts; t++)
		ppm_buffer_free(&texts[t]);
	ppm_free(batch->request->allocator, texts);
	return status;
}

// Compiles for the batch's tests and runs them. What was not seen was refused.
static enum ppm_status run_batch(struct ppm_testing_batch *batch)
{
	struct ppm_compile_options options = *batch->request->compile;
	options.allocator = batch->request->allocator;
	options.output = PPM_OUTPUT_TESTS;
	options.columns = NULL;
	options.column_count = 0;
	options.tests = batch->numbers;
	options.test_count = batch->end;
	options.explain = batch->request->explain && !batch->alone;
	enum ppm_status status = ppm_model_compile(&batch->model, batch->request->path, &options);
	if (status) {
		if (status == PPM_ERROR_MODEL && batch->alone)
			batch->results[0]->problem = ppm_testing_first_error(batch);
		ppm_model_free(batch->model);
		return status;
	}
	const struct ppm_plan *plan = ppm_model_plan(batch->model);
	batch->next = 0;
	if (ppm_model_job(batch->model))
		status = run_jobs(batch, plan);
	else {
		struct ppm_buffer text;
		ppm_buffer_init(&text, batch->request->allocator);
		status = stream(batch, plan, &text);
		ppm_buffer_free(&text);
	}
	ppm_model_free(batch->model);
	batch->model = NULL;
	return status;
}

// ---- one after another where it matters ------------------------------------------------------------------------------

static bool begin_batch(struct ppm_testing_batch *batch, struct ppm_testing *testing, const struct ppm_testing_request *request, uint32_t count, bool alone)
{
	struct ppm_arena *arena = &batch->arena;
	*batch = (struct ppm_testing_batch){ .testing = testing, .request = request, .end = count, .alone = alone };
	ppm_arena_init(arena, request->allocator);
	batch->numbers = ppm_arena_allocate(arena, count + 1u, sizeof *batch->numbers);
	batch->results = ppm_arena_allocate(arena, count + 1u, sizeof(*batch->results));
	batch->seen = ppm_arena_allocate(arena, count + 1u, sizeof *batch->seen);
	batch->lines = ppm_arena_allocate(arena, count + 2u, sizeof *batch->lines);
	return !arena->failed;
}

// What did not come out in company, by itself.
static enum ppm_status run_alone(struct ppm_testing *testing, const struct ppm_testing_request *request, struct ppm_test_result *result)
{
	struct ppm_testing_batch batch;
	enum ppm_status status = PPM_ERROR_MEMORY;
	*result = (struct ppm_test_result){ .number = result->number, .title = result->title, .span = result->span, .expectations = result->expectations };
	if (begin_batch(&batch, testing, request, 1, true)) {
		batch.numbers[0] = result->number;
		batch.results[0] = result;
		status = run_batch(&batch);
	}
	bool seen = status == PPM_OK && batch.seen[0];
	if ((!status || status == PPM_ERROR_DATA || status == PPM_ERROR_MODEL) && !seen) {
		result->outcome = PPM_TEST_ERROR;
		result->failure_count = 0;
		if (!result->problem.size)
			result->problem = PPM_SLICE("the test has no row to score: its own comes after the day of the model, or belongs to no group");
		status = PPM_OK;
	}
	ppm_arena_free(&batch.arena);
	return testing->arena.failed ? PPM_ERROR_MEMORY : status;
}

static enum ppm_status run_together(struct ppm_testing *testing, const struct ppm_testing_request *request, struct ppm_test_result **results, uint32_t count)
{
	struct ppm_testing_batch batch;
	enum ppm_status status = PPM_ERROR_MEMORY;
	if (begin_batch(&batch, testing, request, count, false)) {
		for (uint32_t i = 0; i < count; i++) {
			batch.numbers[i] = results[i]->number;
			batch.results[i] = results[i];
		}
		status = run_batch(&batch);
		if (status == PPM_ERROR_DATA || status == PPM_ERROR_MODEL || status == PPM_ERROR_LIMIT) { // one of them by itself will say what it is
			memset(batch.seen, 0, count * sizeof *batch.seen);
			status = PPM_OK;
		}
	}
	for (uint32_t i = 0; i < count && !status; i++)
		if (!batch.seen[i])
			status = run_alone(testing, request, results[i]);
	ppm_arena_free(&batch.arena);
	return testing->arena.failed && !status ? PPM_ERROR_MEMORY : status;
}

// Those with the same params, as many at a time as a program holds. `done` marks what was run.
static enum ppm_status run_all(struct ppm_testing *testing, const struct ppm_testing_request *request, bool *done, struct ppm_test_result **together)
{
	const struct ppm_plan *plan = ppm_model_plan(testing->model);
	enum ppm_status status = PPM_OK;
	bool failed = false;
	for (uint32_t i = 0; i < testing->count && !status && !failed; i++) {
		uint32_t count = 0;
		if (done[i])
			continue;
		for (uint32_t k = i; k < testing->count && count < BATCH; k++)
			if (!done[k] && ppm_slice_equal(plan->tests[testing->results[k].number].settings, plan->tests[testing->results[i].number].settings)) {
				done[k] = true;
				together[count++] = &testing->results[k];
			}
		status = run_together(testing, request, together, count);
		for (uint32_t k = 0; k < count && request->stop; k++)
			failed = failed || together[k]->outcome != PPM_TEST_PASSED;
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < testing->count; i++)
		if (done[i])
			testing->results[kept++] = testing->results[i];
	testing->count = kept;
	return status;
}

static bool contains(struct ppm_slice text, struct ppm_slice part)
{
	for (size_t at = 0; at + part.size <= text.size; at++)
		if (!part.size || !memcmp(text.data + at, part.data, part.size))
			return true;
	return false;
}

static bool choose(struct ppm_testing *testing, const struct ppm_testing_request *request)
{
	const struct ppm_plan *plan = ppm_model_plan(testing->model);
	testing->of = (uint32_t)plan->test_count;
	testing->results = ppm_arena_allocate(&testing->arena, plan->test_count + 1, sizeof *testing->results);
	for (uint32_t i = 0; i < plan->test_count && testing->results; i++) {
		const struct ppm_plan_test *test = &plan->tests[i];
		if (contains(test->title, request->contains))
			testing->results[testing->count++] =
				(struct ppm_test_result){ .number = i, .title = test->title, .span = test->span, .expectations = test->expectation_count };
	}
	return testing->results != NULL;
}

enum ppm_status ppm_testing_run(struct ppm_testing *out, const struct ppm_testing_request *request)
{
	struct ppm_testing_request own = *request;
	struct ppm_compile_options options = *request->compile;
	own.allocator = request->allocator ? request->allocator : ppm_allocator_default();
	*out = (struct ppm_testing){ .model = NULL };
	ppm_arena_init(&out->arena, own.allocator);
	options.allocator = own.allocator;
	options.output = PPM_OUTPUT_MODEL;
	options.columns = NULL;
	options.column_count = 0;
	enum ppm_status status = ppm_model_compile(&out->model, own.path, &options);
	if (status)
		return status;
	if (!choose(out, &own))
		return PPM_ERROR_MEMORY;
	bool *done = ppm_allocate_zeroed(own.allocator, out->count + 1u, sizeof *done);
	struct ppm_test_result **together = ppm_allocate_zeroed(own.allocator, BATCH, sizeof(*together));
	status = done && together ? run_all(out, &own, done, together) : PPM_ERROR_MEMORY;
	ppm_free(own.allocator, done);
	ppm_free(own.allocator, (void *)together);
	for (uint32_t i = 0; i < out->count && !status; i++)
		if (out->results[i].outcome == PPM_TEST_PASSED)
			out->passed++;
		else
			out->failed++;
	return status;
}

void ppm_testing_free(struct ppm_testing *testing)
{
	ppm_model_free(testing->model);
	testing->model = NULL;
	ppm_arena_free(&testing->arena);
}

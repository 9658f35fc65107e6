// A model and its data in one input: a byte of options, the model, then each file after a line of five equal signs and the name of its dataset. Where a file is not there, or has not
// the columns that the model reads, rows are made up for it.
//
// Whatever model and rows: one thread and three, small chunks and large ones, every instruction set, fused instructions or none, much memory or so little that tables go to files
// give the same bytes; each record is scored or refused; what is written is CSV or JSON with a row for each that was scored; and when memory runs out at any one
// allocation the run says so, or does not mind.
#include "lang/ppm.h"
#include "runtime/engine/job_run.h"
#include "tests/fuzz/json.h"
#include "tests/fuzz/rows.h"
#include "tests/fuzz/tokens.h"
#include "tests/unit/failing_heap.h"

TOKENS_MUTATORS(1);

#define FILES 8
#define OPTION_STRICT 4
#define OPTION_ALL 8
#define OPTION_FATAL 16
#define OPTION_PLAIN_CELLS 32
#define OPTION_TOP 64

struct file {
	struct ppm_slice name, text;
	struct ppm_buffer made;
};

struct input {
	struct ppm_slice model;
	struct file files[FILES];
	size_t count;
	unsigned options;
	uint64_t random;
};

struct way {
	unsigned threads;
	size_t chunk_size;
	enum ppm_simd simd;
	uint64_t memory;
};

struct result {
	enum ppm_status status;
	uint64_t records, scored, refused, problem_count;
	bool overflow; // a row was refused, or may have been, because a computation passed its range: a comparison of sums that is one instruction has none to pass
	struct ppm_buffer output, said;
};

static void result_free(struct result *result)
{
	ppm_buffer_free(&result->output);
	ppm_buffer_free(&result->said);
}

// ---- the input's parts

static struct input split(const uint8_t *data, size_t size)
{
	struct input input = { .options = (unsigned)data[0] - '0', .random = fuzz_hash(data, size) };
	const char *at = (const char *)data + 1, *end = (const char *)data + size;
	struct ppm_slice *part = &input.model;

	while (part) {
		const char *mark = end - at >= 7 ? memmem(at, (size_t)(end - at), "\n=====", 6) : NULL;
		*part = (struct ppm_slice){ at, (size_t)((mark ? mark + 1 : end) - at) };
		part = NULL;
		if (mark && input.count < FILES) {
			struct file *file = &input.files[input.count++];
			const char *name = mark + 6, *line = memchr(name, '\n', (size_t)(end - name));
			file->name = (struct ppm_slice){ name, (size_t)((line ? line : end) - name) };
			at = line ? line + 1 : end;
			part = &file->text;
		}
	}
	return input;
}

static struct file *find(struct input *input, struct ppm_slice name)
{
	for (size_t i = 0; i < input->count; i++)
		if (ppm_slice_equal(input->files[i].name, name))
			return &input->files[i];
	return NULL;
}

// ---- compiling

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	if (!ppm_slice_is(path, "model.ppm")) {
		snprintf(problem, 256, "there is no such file");
		return PPM_ERROR_IO;
	}
	*text = ((const struct input *)context)->model;
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compile(struct input *input, const struct ppm_allocator *allocator, bool optimise)
{
	struct ppm_slice headers[32];
	struct ppm_compile_options options = { .allocator = allocator,
		.loader = { load, input },
		.today = 20634,
		.as_of = PPM_SLICE("2026-06-30"),
		.optimise = optimise,
		.strict = input->options & OPTION_STRICT,
		.output = input->options & OPTION_ALL ? PPM_OUTPUT_ALL : PPM_OUTPUT_MODEL };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct ppm_model *model = NULL;

	ppm_data_problems_init(&problems, NULL, 1, false);
	if (input->count && ppm_source_open_text(&source, NULL, input->files[0].text, &(struct ppm_source_options){ 0 }, &problems) == PPM_OK) {
		options.headers = headers;
		for (uint32_t i = 0; i < ppm_source_field_count(source) && i < 32; i++)
			headers[options.header_count++] = ppm_source_field_name(source, i);
	}
	ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	if (!model || !ppm_model_program(model)) {
		ppm_model_free(model);
		return NULL;
	}
	return model;
}

// ---- data

// Whether the file has what the program reads; else rows are made up that have.
static void settle(struct input *input, size_t at, const struct ppm_program *program)
{
	struct file *file = &input->files[at];
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;

	ppm_data_problems_init(&problems, NULL, 1, false);
	bool fits = file->text.size && ppm_source_open_text(&source, NULL, file->text, &(struct ppm_source_options){ 0 }, &problems) == PPM_OK &&
		ppm_source_bind(source, program, &problems) == PPM_OK;
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	if (!fits) {
		uint64_t random = input->random + at;
		rows_make(program, 70, &random, &file->made);
		file->text = ppm_buffer_slice(&file->made);
	}
}

static const struct ppm_program *load_program(const struct ppm_job *job, uint32_t table)
{
	for (uint32_t i = 0; i < job->action_count; i++)
		if (job->actions[i].kind == PPM_ACTION_LOAD && job->actions[i].table == table)
			return job->programs[job->actions[i].program];
	return NULL;
}

// Puts the files in the order of the job's tables. False: there is no room.
static bool settle_all(struct input *input, const struct ppm_model *model)
{
	const struct ppm_job *job = ppm_model_job(model);
	struct input ordered = *input;

	if (!job) {
		input->count = input->count ? input->count : 1;
		settle(input, 0, ppm_model_program(model));
		return true;
	}
	if (job->table_count > FILES)
		return false;
	for (uint32_t i = 0; i < job->table_count; i++) {
		struct file *file = find(input, job->tables[i].name);
		ordered.files[i] = file ? *file : (struct file){ 0 };
	}
	ordered.count = job->table_count;
	*input = ordered;
	for (uint32_t i = 0; i < job->table_count; i++)
		if (job->tables[i].kind == PPM_TABLE_FILE && load_program(job, i))
			settle(input, i, load_program(job, i));
	return true;
}

// ---- running

static void tell(const struct ppm_data_problems *problems, struct result *result)
{
	uint64_t told = 0;

	for (const struct ppm_data_problem *problem = problems->first; problem; problem = problem->next) {
		ppm_data_problem_write(problem, PPM_SLICE("f"), &result->said);
		ppm_buffer_append_char(&result->said, '\n');
		result->overflow |= problem->code == PPM_DATA_OVERFLOW || problem->code == PPM_DATA_NO_VALUE;
		told++;
	}
	result->overflow |= told < problems->count; // what was not kept may be one
}

static void tell_engine(const struct ppm_engine_report *report, const struct ppm_program *program, uint32_t columns, struct result *result)
{
	tell(&report->problems, result);
	result->records = report->records;
	result->scored = report->scored;
	result->refused = report->refused;
	result->problem_count = report->problem_count;
	for (uint32_t i = 0; i < report->best_rows * columns; i++)
		ppm_buffer_format(&result->said, "|%.*s", (int)report->best_cells[i].size, report->best_cells[i].data);
	for (uint32_t i = 0; result->status == PPM_OK && i < program->tally_count; i++)
		ppm_buffer_format(&result->said, "|%llu", (unsigned long long)report->tallies[i]);
}

static struct ppm_source *open_source(const struct file *file, const struct ppm_allocator *allocator, const struct way *way, struct result *result)
{
	struct ppm_source_options options = { .chunk_size = way->chunk_size, .simd = way->simd, .keep_problems = 20 };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;

	ppm_data_problems_init(&problems, allocator, 20, false);
	result->status = ppm_source_open_text(&source, allocator, file->text, &options, &problems);
	tell(&problems, result);
	ppm_data_problems_free(&problems);
	return source;
}

static void stream(struct input *input, const struct ppm_model *model, const struct ppm_allocator *allocator, const struct way *way, const struct ppm_engine_options *engine,
	const struct ppm_sink_options *options, struct ppm_atomic_file *output, struct result *result)
{
	const struct ppm_program *program = ppm_model_program(model);
	struct ppm_source *source = open_source(&input->files[0], allocator, way, result);
	struct ppm_engine_report report = { 0 };
	struct ppm_data_problems problems;
	struct ppm_sink *sink = NULL;

	ppm_data_problems_init(&problems, allocator, 20, false);
	if (result->status == PPM_OK)
		result->status = ppm_source_bind(source, program, &problems);
	tell(&problems, result);
	ppm_data_problems_free(&problems);
	if (result->status == PPM_OK) {
		sink = ppm_sink_new(allocator, program, source, options);
		result->status = sink ? ppm_engine_run(&report, allocator, program, source, sink, output, NULL, engine) : PPM_ERROR_MEMORY;
		if (sink)
			tell_engine(&report, program, ppm_sink_column_count(sink), result);
		if (result->status == PPM_OK && report.records != report.scored + report.refused)
			fuzz_fail("%llu records are not %llu scored and %llu refused", (unsigned long long)report.records, (unsigned long long)report.scored,
				(unsigned long long)report.refused);
		if (sink)
			ppm_engine_report_free(&report);
	}
	ppm_sink_free(sink);
	ppm_source_close(source);
}

static void run_job(struct input *input, const struct ppm_model *model, const struct ppm_allocator *allocator, const struct way *way, const struct ppm_engine_options *engine,
	const struct ppm_sink_options *options, struct ppm_atomic_file *output, struct result *result)
{
	const struct ppm_job *job = ppm_model_job(model);
	struct ppm_job_input inputs[FILES] = { 0 };
	struct ppm_job_options how = { .engine = *engine, .memory_limit = way->memory, .sink = options };
	struct ppm_job_report report = { 0 };

	for (uint32_t i = 0; i < job->table_count && result->status == PPM_OK; i++)
		if (job->tables[i].kind == PPM_TABLE_FILE)
			inputs[i] = (struct ppm_job_input){ .source = open_source(&input->files[i], allocator, way, result), .keep_rejects = engine->rejects };
	if (result->status == PPM_OK) {
		result->status = ppm_job_run(&report, allocator, job, inputs, output, &how);
		if (report.sink)
			tell_engine(&report.scored, ppm_model_program(model), ppm_sink_column_count(report.sink), result);
		for (uint32_t i = 0; i < report.input_count; i++) {
			tell(&report.inputs[i].problems, result);
			ppm_buffer_format(&result->said, "|%llu %llu %llu", (unsigned long long)report.inputs[i].records, (unsigned long long)report.inputs[i].kept,
				(unsigned long long)report.inputs[i].refused);
		}
		for (uint32_t i = 0; result->status == PPM_OK && i < job->site_count; i++)
			ppm_buffer_format(&result->said, "|%llu %.*s", (unsigned long long)report.site_counts[i], (int)report.site_samples[i].size, report.site_samples[i].data);
		for (uint32_t t = 0; result->status == PPM_OK && t < report.table_count; t++) { // a table that memory did not suffice for has no cells
			const struct ppm_job_table *table = &report.tables[t];
			for (uint64_t i = 0; i < table->rows * ppm_sink_column_count(table->sink); i++) {
				ppm_buffer_format(&result->said, "|%.*s", (int)table->cells[i].size, table->cells[i].data);
				if (!json_sound(table->json[i], false))
					fuzz_fail("a figure is not JSON: %.*s", (int)table->json[i].size, table->json[i].data);
			}
		}
		ppm_job_report_free(&report);
	}
	for (uint32_t i = 0; i < job->table_count; i++)
		ppm_source_close(inputs[i].source);
}

static struct result run(struct input *input, const struct ppm_model *model, const struct ppm_allocator *allocator, const struct way *way)
{
	struct ppm_engine_options engine = { .threads = way->threads,
		.simd = way->simd,
		.rejects = !(input->options & OPTION_FATAL),
		.sample = input->options & OPTION_TOP ? 0 : 3,
		.top = input->options & OPTION_TOP ? 3 : 0 };
	struct ppm_sink_options options = { .format = (enum ppm_sink_format)(input->options & 3), .excel_safe = !(input->options & OPTION_PLAIN_CELLS) };
	struct ppm_atomic_file *output = NULL;
	struct result result = { 0 };

	fuzz_stdout_begin();
	result.status = ppm_atomic_file_open(&output, allocator, "-");
	if (result.status == PPM_OK)
		(ppm_model_job(model) ? run_job : stream)(input, model, allocator, way, &engine, &options, output, &result);
	ppm_atomic_file_abandon(output);
	fuzz_stdout_take(&result.output);
	return result;
}

// ---- what must be the same

static void compare(const struct result *a, const struct result *b, const struct way *way, const char *what)
{
	char how[160];

	snprintf(how, sizeof how, "%s: %u threads, chunks of %zu, %s, %llu bytes of memory", what, way->threads, way->chunk_size, ppm_simd_name(way->simd),
		(unsigned long long)way->memory);
	if (a->status != b->status || a->records != b->records || a->scored != b->scored || a->refused != b->refused || a->problem_count != b->problem_count)
		fuzz_fail("status %d and %d, records %llu and %llu, scored %llu and %llu, refused %llu and %llu, problems %llu and %llu\n%.*s\n%.*s\n%s", (int)a->status,
			(int)b->status, (unsigned long long)a->records, (unsigned long long)b->records, (unsigned long long)a->scored, (unsigned long long)b->scored,
			(unsigned long long)a->refused, (unsigned long long)b->refused, (unsigned long long)a->problem_count, (unsigned long long)b->problem_count,
			(int)a->said.size, a->said.data, (int)b->said.size, b->said.data, how);
	fuzz_same(ppm_buffer_slice(&a->said), ppm_buffer_slice(&b->said), "what was said", how);
	fuzz_same(ppm_buffer_slice(&a->output), ppm_buffer_slice(&b->output), "what was written", how);
}

static void check_written(const struct input *input, const struct result *result)
{
	struct ppm_slice text = ppm_buffer_slice(&result->output);
	enum ppm_sink_format format = (enum ppm_sink_format)(input->options & 3);
	struct oracle oracle;

	if (result->status != PPM_OK)
		return;
	uint64_t rows = input->options & OPTION_TOP && result->scored > 3 ? 3 : result->scored;
	if (format == PPM_SINK_JSON || format == PPM_SINK_NDJSON) {
		if (json_sound(text, format == PPM_SINK_NDJSON))
			return;
		fuzz_show("written", text);
		fuzz_fail("it is not JSON");
	}
	if (format != PPM_SINK_CSV)
		return;
	// A result without columns has no header to speak of; names that are there twice were the model's wish.
	oracle_read(&oracle, text.data, text.size, ',', SIZE_MAX);
	if (oracle.width && (oracle.problems.size > 1 || oracle.records != rows)) {
		fuzz_show("written", text);
		fuzz_show("problems", ppm_buffer_slice(&oracle.problems));
		fuzz_fail("%llu rows, of which %llu can be read", (unsigned long long)rows, (unsigned long long)oracle.records);
	}
	oracle_free(&oracle);
}

static void check_poor(struct input *input, const struct ppm_model *model, const struct result *rich)
{
	struct counted_heap heap = { 0 };
	const struct ppm_allocator allocator = { counted_reallocate, &heap };
	const struct way way = { 1, 4096, PPM_SIMD_PORTABLE, 0 };
	struct result result = run(input, model, &allocator, &way);
	size_t calls = heap.calls;

	compare(rich, &result, &way, "a counted heap");
	result_free(&result);
	for (int i = 0; i < 2 && calls; i++) {
		heap = (struct counted_heap){ .fail_at = 1 + fuzz_below(&input->random, (uint32_t)calls), .from_then_on = fuzz_below(&input->random, 2) };
		result = run(input, model, &allocator, &way);
		if (heap.failed && result.status != PPM_ERROR_MEMORY)
			compare(rich, &result, &way, "an allocation failed, and nothing was said");
		if (heap.live)
			fuzz_fail("allocation %zu failed, and %zu blocks leaked", heap.fail_at, heap.live);
		result_free(&result);
	}
}

static void check(struct input *input, const struct ppm_model *model, const struct ppm_model *plain)
{
	static const size_t chunk_sizes[] = { 1, 2, 3, 7, 64, 4096, 0 };
	const struct way first = { 1, 0, PPM_SIMD_PORTABLE, 0 };
	struct way way = { 3, chunk_sizes[fuzz_below(&input->random, 7)], (enum ppm_simd)fuzz_below(&input->random, 4), 0 };
	struct result one = run(input, model, NULL, &first), other = run(input, model, NULL, &way);

	compare(&one, &other, &way, "threads, chunks, instructions");
	result_free(&other);
	check_written(input, &one);
	other = run(input, plain, NULL, &first);
	if (!one.overflow && !other.overflow)
		compare(&one, &other, &first, "without fused instructions");
	result_free(&other);
	if (ppm_model_job(model)) {
		way = (struct way){ 1 + 2 * fuzz_below(&input->random, 2), 4096, (enum ppm_simd)fuzz_below(&input->random, 4), 1 + fuzz_below(&input->random, 4000) };
		other = run(input, model, NULL, &way);
		compare(&one, &other, &way, "tables in files");
		result_free(&other);
	}
	if (fuzz_below(&input->random, 8) == 0)
		check_poor(input, model, &one);
	result_free(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > 20000)
		return 0;
	struct input input = split(data, size);
	struct ppm_model *model = compile(&input, NULL, true), *plain = compile(&input, NULL, false);

	if ((model != NULL) != (plain != NULL))
		fuzz_fail("it compiles only with, or only without, fused instructions");
	if (model && settle_all(&input, model))
		check(&input, model, plain);
	for (size_t i = 0; i < input.count; i++)
		ppm_buffer_free(&input.files[i].made);
	ppm_model_free(model);
	ppm_model_free(plain);
	return 0;
}

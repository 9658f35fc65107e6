// Any bytes as a CSV file. The first byte says how it is read; then every size of chunks, number of threads and instruction set must give the rows and problems that
// the plainest reading gives, and a run of a whole model over the file the same bytes out, with every record scored or refused, never both or neither.
#define READING_CHUNKS 8192u
#include "tests/unit/source_oracle.h"

#include "lang/ppm.h"
#include "runtime/engine/engine.h"
#include "tests/fuzz/fuzz.h"

static const char model_text[] = "dataset d { a text key  b number optional missing \"N/A\"  c money format \"$1,234.50\"  d date format \"D/M/YYYY\"  e flag optional  f percent "
				 "optional  g text optional  h duration optional }\n"
				 "penalty late 10 when b > 3 missing 0\nreward big 5 when c >= 100\nreward on 2 when e missing 0\nreward long 1 when h > 30 days missing 0\n"
				 "reward named 4 when g contains \"x\" or g = \"other\" missing 0 because \"{g}, {c} and {f}\"\n"
				 "tier good when score >= 50\ntier rest otherwise\noutput { a  b  c  d  e  f  g  h  score  tier  reasons 2 }\n";

static const size_t chunk_sizes[] = { 1, 2, 3, 7, 64, 4096, 1024 * 1024 };
#define CHUNK_SIZES (sizeof chunk_sizes / sizeof *chunk_sizes)

struct way {
	char delimiter;
	const char *encoding;
	size_t chunk_size, limit;
	enum ppm_simd simd;
	unsigned threads;
};

static const char *described(const struct way *way)
{
	static char text[120];

	snprintf(text, sizeof text, "chunks of %zu, %s, %u threads, delimiter %c, fields of %zu", way->chunk_size, ppm_simd_name(way->simd), way->threads, way->delimiter,
		way->limit);
	return text;
}

static struct way another(struct way way, size_t size, uint64_t *random)
{
	way.chunk_size = chunk_sizes[fuzz_below(random, CHUNK_SIZES)];
	if (size / way.chunk_size >= READING_CHUNKS - 1)
		way.chunk_size = 4096;
	way.simd = (enum ppm_simd)fuzz_below(random, 4);
	way.threads = fuzz_below(random, 2) ? 3 : 1;
	return way;
}

static struct ppm_source_options options_of(const struct way *way)
{
	return (struct ppm_source_options){ .delimiter = way->delimiter,
		.encoding = way->encoding,
		.chunk_size = way->chunk_size,
		.simd = way->simd,
		.field_limit = way->limit,
		.keep_problems = UINT64_MAX,
		.keep_records = true };
}

// ---- rows and problems, against the plain reading

static void check_structure(struct ppm_slice text, const struct way *first, uint64_t random)
{
	static const struct ppm_program no_columns;
	struct oracle oracle;

	oracle_read(&oracle, text.data, text.size, first->delimiter, first->limit);
	for (int i = 0; i < 3; i++) {
		struct way way = another(*first, text.size, &random);
		struct ppm_source_options options = options_of(&way);
		struct reading reading = { .show_fields = true, .text = text };
		read_source(&reading, NULL, &options, &no_columns, way.threads);
		if (reading.status != (oracle.width ? PPM_OK : PPM_ERROR_DATA))
			fuzz_fail("status %d: %s", (int)reading.status, described(&way));
		fuzz_same(ppm_buffer_slice(&oracle.problems), ppm_buffer_slice(&reading.problems), "problems", described(&way));
		fuzz_same(ppm_buffer_slice(&oracle.rows), ppm_buffer_slice(&reading.rows), "rows", described(&way));
		if (reading.records != oracle.records || reading.refused != oracle.refused)
			fuzz_fail("%llu records, %llu refused: %s", (unsigned long long)reading.records, (unsigned long long)reading.refused, described(&way));
		reading_free(&reading);
	}
	oracle_free(&oracle);
}

// ---- a whole run

struct result {
	enum ppm_status status;
	uint64_t records, scored, refused, problem_count;
	struct ppm_buffer output, rejects, said;
};

static void result_free(struct result *result)
{
	ppm_buffer_free(&result->output);
	ppm_buffer_free(&result->rejects);
	ppm_buffer_free(&result->said);
}

static void tell(const struct ppm_data_problems *problems, struct ppm_buffer *out)
{
	for (const struct ppm_data_problem *problem = problems->first; problem; problem = problem->next) {
		ppm_data_problem_write(problem, PPM_SLICE("f"), out);
		ppm_buffer_append_char(out, '\n');
	}
}

static struct result score(const struct ppm_program *program, struct ppm_slice text, const struct way *way)
{
	struct ppm_source_options options = options_of(way);
	struct ppm_engine_options engine = { .threads = way->threads, .simd = way->simd, .rejects = true, .sample = 3 };
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV, .excel_safe = true };
	struct ppm_engine_report report = { 0 };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct result result = { 0 };

	ppm_data_problems_init(&problems, NULL, 20, false);
	result.status = ppm_source_open_text(&source, NULL, text, &options, &problems);
	if (result.status == PPM_OK)
		result.status = ppm_source_bind(source, program, &problems);
	tell(&problems, &result.said);
	if (result.status == PPM_OK) {
		struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
		struct ppm_atomic_file *output = NULL, *rejects = NULL;
		struct fuzz_output output_pipe, rejects_pipe;
		fuzz_output_open(&output_pipe);
		fuzz_output_open(&rejects_pipe);
		if (!sink || ppm_atomic_file_open(&output, NULL, output_pipe.path) || ppm_atomic_file_open(&rejects, NULL, rejects_pipe.path))
			fuzz_fail("no output");
		result.status = ppm_engine_run(&report, NULL, program, source, sink, output, rejects, &engine);
		ppm_atomic_file_abandon(output);
		ppm_atomic_file_abandon(rejects);
		fuzz_output_take(&output_pipe, &result.output);
		fuzz_output_take(&rejects_pipe, &result.rejects);
		if (result.status == PPM_OK && report.records != report.scored + report.refused)
			fuzz_fail("%llu records are not %llu scored and %llu refused: %s", (unsigned long long)report.records, (unsigned long long)report.scored,
				(unsigned long long)report.refused, described(way));
		tell(&report.problems, &result.said);
		for (uint32_t i = 0; i < report.best_rows * ppm_sink_column_count(sink); i++)
			ppm_buffer_format(&result.said, "|%.*s", (int)report.best_cells[i].size, report.best_cells[i].data);
		result.records = report.records;
		result.scored = report.scored;
		result.refused = report.refused;
		result.problem_count = report.problem_count;
		ppm_engine_report_free(&report);
		ppm_sink_free(sink);
	}
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
	return result;
}

static void check_runs(const struct ppm_program *program, struct ppm_slice text, const struct way *first, uint64_t random)
{
	struct result one = score(program, text, first);

	for (int i = 0; i < 2 && one.status != PPM_ERROR_LIMIT; i++) {
		struct way way = another(*first, text.size, &random);
		struct result other = score(program, text, &way);
		if (one.status != other.status || one.records != other.records || one.scored != other.scored || one.refused != other.refused ||
			one.problem_count != other.problem_count)
			fuzz_fail("status %d and %d, scored %llu and %llu, refused %llu and %llu: %s", (int)one.status, (int)other.status, (unsigned long long)one.scored,
				(unsigned long long)other.scored, (unsigned long long)one.refused, (unsigned long long)other.refused, described(&way));
		fuzz_same(ppm_buffer_slice(&one.said), ppm_buffer_slice(&other.said), "what was said", described(&way));
		fuzz_same(ppm_buffer_slice(&one.output), ppm_buffer_slice(&other.output), "what was written", described(&way));
		fuzz_same(ppm_buffer_slice(&one.rejects), ppm_buffer_slice(&other.rejects), "what was refused", described(&way));
		result_free(&other);
	}
	result_free(&one);
}

// ---- one input

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *out, struct ppm_slice *identity, char problem[256])
{
	(void)context;
	problem[0] = 0;
	*out = PPM_SLICE(model_text);
	*identity = path;
	return PPM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ppm_model *model; // reachable at the end
	static const char delimiters[] = { ',', ';', '\t', '|' };
	struct ppm_compile_options options = { .loader = { load, NULL }, .optimise = true };
	uint64_t random = fuzz_hash(data, size);
	struct ppm_buffer text = { 0 };

	if (!model && ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options) != PPM_OK)
		fuzz_fail("the model is right");
	if (!size || size > 100000)
		return 0;
	struct way way = {
		.delimiter = delimiters[data[0] & 3], .encoding = data[0] & 4 ? "latin1" : NULL, .limit = data[0] & 8 ? 40 : 100000, .chunk_size = 1024 * 1024, .threads = 1
	};
	// Most inputs are about rows: their header is made for them.
	for (const char *name = "abcdefgh"; data[0] & 64 && *name; name++)
		ppm_buffer_format(&text, "%c%c", *name, name[1] ? way.delimiter : '\n');
	ppm_buffer_append(&text, (const char *)data + 1, size - 1);
	if (!way.encoding)
		check_structure(ppm_buffer_slice(&text), &way, random);
	check_runs(ppm_model_program(model), ppm_buffer_slice(&text), &way, random + 1);
	ppm_buffer_free(&text);
	return 0;
}

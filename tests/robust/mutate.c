// Whole models, broken by the token: deleted, doubled, swapped, taken from other models. Each is compiled twice, with and without fused instructions, and
// what compiles is run over rows made for its columns, with one thread and with several, in chunks of different sizes. Nothing may crash, hang, be refused by the
// verifier, or come out different.
//
//     mutate SEED SECONDS LAST MODEL…      LAST: a file that holds the model at hand, for when the process dies
#include "lang/ppm.h"
#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"
#include "runtime/engine/engine.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CPU_SECONDS_A_MODEL 4
#define MODEL_MAX (64 * 1024)
#define ROWS 70

static uint64_t state;

static uint32_t below(uint32_t limit)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return limit ? (uint32_t)((state >> 33) % limit) : 0;
}

struct token {
	const char *text;
	size_t size;
};

struct model {
	char *text;
	size_t size;
	struct token *tokens;
	size_t count;
};

static const char *const words[] = { "and", "or", "not", "in", "is", "missing", "mod", "between", "contains", "matches", "if", "then", "else", "case", "when", "otherwise", "where", "by", "to",
	"default", "per", "year", "month", "day", "up", "below", "0", "1", "-1", "100", "1_000_000", "9007199254740993", "900000000000000", "1e308", "0.0001", "10%", "250%", "-5%", "\"\"", "\"a\"", "\"[a-\"", "\"(a+)+$\"",
	"2026-02-29", "2024-02-29", "9999-12-31", "0001-01-01", "30 days", "3 months", "1000000 years", "40 EUR", "yes", "no", "as_of", "score", "points", "tier", "evidence", "(", ")", "{", "}", "[", "]", "+", "-", "*", "/",
	"^", "=", "!=", "<", "<=", ">", ">=", ",", ":", ".", "`", "\"", "#", "\n", "sqrt(", "ln(", "exp(", "power(", "round(", "min(", "max(", "abs(", "years_between(", "upper(", "length(", "optional", "key",
	"weight", "range", "at most", "best of x {", "group", "scale", "bands", "goes", "from", "adjust", "disqualify", "override", "output", "let", "define", "lookup", "missing passes", "reasons 3", "start", "text", "money", "number",
	"percent", "date", "flag", "duration", "money EUR", "per year" };

static void split(struct model *model)
{
	const char *at = model->text, *end = at + model->size;
	model->tokens = calloc(model->size + 1, sizeof *model->tokens);
	while (at < end) {
		const char *begin = at;
		if (isalpha((unsigned char)*at) || *at == '_')
			while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
				at++;
		else if (isdigit((unsigned char)*at))
			while (at < end && (isdigit((unsigned char)*at) || *at == '.' || *at == '_' || *at == '-'))
				at++;
		else if (*at == '"') {
			for (at++; at < end && *at != '"' && *at != '\n'; at++)
				;
			at += at < end;
		} else if (*at == ' ' || *at == '\t')
			while (at < end && (*at == ' ' || *at == '\t'))
				at++;
		else if (*at == '#')
			while (at < end && *at != '\n')
				at++;
		else
			at++;
		model->tokens[model->count++] = (struct token){ begin, (size_t)(at - begin) };
	}
}

// ---- a mutation -----------------------------------------------------------------------------------------------

static size_t blank(const struct token *token)
{
	return token->size && (token->text[0] == ' ' || token->text[0] == '\t' || token->text[0] == '#');
}

static size_t some(const struct token *tokens, size_t count)
{
	size_t at = 0;
	for (int i = 0; i < 8; i++) {
		at = below((uint32_t)count);
		if (!blank(&tokens[at]))
			break;
	}
	return at;
}

// 'n' a figure, 't' a text, 'w' a word, 'o' a sign, 0 what is not to be changed.
static int class_of(const struct token *token)
{
	unsigned char c = token->size ? (unsigned char)token->text[0] : 0;
	return isdigit(c) ? 'n' : c == '"' ? 't' : isalpha(c) || c == '_' ? 'w' : c && strchr("+-*/<>=^", c) ? 'o' : 0;
}

// Figures by figures, names by names: what comes out often compiles.
static void mutate_gently(const struct model *other, struct token *tokens, size_t count)
{
	static const char *const signs[] = { "+", "-", "*", "/", "<", ">", "=" };
	static const char *const figures[] = { "0", "1", "2", "3", "10", "50", "100", "0.5", "30%", "1_000", "99999", "30 days", "0.0001", "7.25" };
	size_t at = some(tokens, count), from;
	int class = class_of(&tokens[at]);
	for (int i = 0; class && i < 60; i++) {
		const struct model *source = other;
		const struct token *pool = i < 40 ? tokens : source->tokens;
		size_t size = i < 40 ? count : source->count;
		const char *word = class == 'o' ? signs[below(sizeof signs / sizeof *signs)] : figures[below(sizeof figures / sizeof *figures)];
		if (class == 'o' || (class == 'n' && below(2))) {
			tokens[at] = (struct token){ word, strlen(word) };
			return;
		}
		from = some(pool, size);
		if (class_of(&pool[from]) == class && (pool[from].size != tokens[at].size || memcmp(pool[from].text, tokens[at].text, pool[from].size))) {
			tokens[at] = pool[from];
			return;
		}
	}
}

static size_t mutate(const struct model *models, size_t model_count, char *out)
{
	const struct model *from = &models[below((uint32_t)model_count)], *other = &models[below((uint32_t)model_count)];
	size_t capacity = from->count + 4096, count = from->count, size = 0;
	struct token *tokens = calloc(capacity, sizeof *tokens);
	memcpy(tokens, from->tokens, count * sizeof *tokens);
	bool gentle = below(4) != 0;
	for (uint32_t rounds = gentle ? 1 + below(3) : 1 + below(below(3) ? 3 : 12); rounds && count > 1; rounds--) {
		if (gentle) {
			mutate_gently(other, tokens, count);
			continue;
		}
		size_t at = some(tokens, count), span;
		switch (below(9)) {
		case 0: // away
			memmove(tokens + at, tokens + at + 1, (count - at - 1) * sizeof *tokens);
			count--;
			break;
		case 1: // twice, with what follows
			span = 1 + below(12);
			if (at + span > count || count + span > capacity)
				break;
			memmove(tokens + at + span, tokens + at, (count - at) * sizeof *tokens);
			count += span;
			break;
		case 2: // swapped
			span = some(tokens, count);
			struct token kept = tokens[at];
			tokens[at] = tokens[span];
			tokens[span] = kept;
			break;
		case 3: // another token of the same model
			tokens[at] = tokens[some(tokens, count)];
			break;
		case 4: // a token of another model
			if (other->count)
				tokens[at] = other->tokens[some(other->tokens, other->count)];
			break;
		case 5:
		case 6: { // a word
			const char *word = words[below(sizeof words / sizeof *words)];
			tokens[at] = (struct token){ word, strlen(word) };
			break;
		}
		case 7: { // a word between
			const char *word = words[below(sizeof words / sizeof *words)];
			if (count + 1 > capacity)
				break;
			memmove(tokens + at + 1, tokens + at, (count - at) * sizeof *tokens);
			tokens[at] = (struct token){ word, strlen(word) };
			count++;
			break;
		}
		default: // a stretch of another model
			span = 1 + below(40);
			size_t begin = other->count ? below((uint32_t)other->count) : 0;
			if (begin + span > other->count || count + span > capacity)
				break;
			memmove(tokens + at + span, tokens + at, (count - at) * sizeof *tokens);
			memcpy(tokens + at, other->tokens + begin, span * sizeof *tokens);
			count += span;
		}
	}
	for (size_t i = 0; i < count && size + tokens[i].size + 2 < MODEL_MAX; i++) {
		bool word = isalnum((unsigned char)tokens[i].text[0]) || tokens[i].text[0] == '_';
		if (size && word && (isalnum((unsigned char)out[size - 1]) || out[size - 1] == '_'))
			out[size++] = ' ';
		memcpy(out + size, tokens[i].text, tokens[i].size);
		size += tokens[i].size;
	}
	free(tokens);
	return size;
}

// ---- rows for its columns ---------------------------------------------------------------------------------------

static void value(const struct ppm_program *program, const struct ppm_column *column, struct ppm_buffer *out)
{
	// No amount near the limit: what is fused does not overflow where single steps would.
	static const char *const numbers[] = { "0", "1", "-1", "2", "3.5", "10", "30", "31", "45", "99.99", "100", "0.0001", "-0.5", "1000000", "123456789.1234", "9007199254740992", "1e3", "-40", "45000000000", "0.1", "12%", "50%", "-3%", "250%", "$5", "" };
	static const char *const dates[] = { "2026-06-30", "2024-02-29", "2026-01-31", "1970-01-01", "0001-01-01", "9999-12-31", "2025-12-31", "2026-07-01", "2000-02-30", "" };
	static const char *const texts[] = { "a", "", "Z", "gold", "=1+1", "x\n", "\xC3\xA9", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "US" };
	static const char *const flags[] = { "yes", "no", "TRUE", "0", "maybe", "" };
	static const char *const durations[] = { "30", "0", "-5", "30 days", "3 months", "100000000", "" };

	switch (column->type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_MONEY: ppm_buffer_append_text(out, numbers[below(below(4) ? 20 : sizeof numbers / sizeof *numbers)]); break;
	case PPM_COLUMN_PERCENT: ppm_buffer_append_text(out, numbers[below(4) ? 20 + below(4) : below(sizeof numbers / sizeof *numbers)]); break;
	case PPM_COLUMN_DATE: ppm_buffer_append_text(out, dates[below(sizeof dates / sizeof *dates)]); break;
	case PPM_COLUMN_FLAG: ppm_buffer_append_text(out, flags[below(sizeof flags / sizeof *flags)]); break;
	case PPM_COLUMN_DURATION: ppm_buffer_append_text(out, durations[below(sizeof durations / sizeof *durations)]); break;
	case PPM_COLUMN_TEXT:
		if (program->text_count && below(3)) {
			struct ppm_slice text = program->texts[below(program->text_count)];
			for (size_t i = 0; i < text.size; i++)
				if (text.data[i] != '"' && text.data[i])
					ppm_buffer_append_char(out, text.data[i]);
		} else {
			ppm_buffer_append_text(out, texts[below(sizeof texts / sizeof *texts)]);
		}
	}
}

static int make_data(const struct ppm_program *program)
{
	struct ppm_buffer out;
	int file = memfd_create("rows", 0);
	ppm_buffer_init(&out, NULL);
	for (uint32_t row = 0; row <= ROWS; row++) {
		for (uint32_t i = 0; i < program->column_count; i++) {
			ppm_buffer_append_text(&out, i ? ",\"" : "\"");
			for (size_t j = 0; !row && j < program->columns[i].header.size; j++) {
				if (program->columns[i].header.data[j] == '"')
					ppm_buffer_append_char(&out, '"');
				ppm_buffer_append_char(&out, program->columns[i].header.data[j]);
			}
			if (row)
				value(program, &program->columns[i], &out);
			ppm_buffer_append_char(&out, '"');
		}
		if (!program->column_count)
			ppm_buffer_append_text(&out, "x");
		ppm_buffer_append_char(&out, '\n');
	}
	if (out.failed || write(file, out.data, out.size) != (ssize_t)out.size)
		abort();
	ppm_buffer_free(&out);
	return file;
}

// ---- running -------------------------------------------------------------------------------------------------------

struct result {
	enum ppm_status status;
	uint64_t records, scored, refused, problems;
	struct ppm_buffer text;
};

static void run(const struct ppm_program *program, int data, unsigned threads, size_t chunk, enum ppm_simd simd, enum ppm_sink_format format, struct result *result)
{
	struct ppm_source_options options = { .chunk_size = chunk, .simd = simd, .keep_problems = 20, .keep_records = true };
	struct ppm_engine_options engine = { .threads = threads, .simd = simd, .rejects = true, .sample = 5 };
	struct ppm_sink_options sink_options = { .format = format, .excel_safe = true };
	struct ppm_engine_report report = { 0 };
	struct ppm_data_problems problems;
	struct ppm_source *source = NULL;
	struct ppm_atomic_file *file = NULL;
	char path[64];

	memset(result, 0, sizeof *result);
	ppm_buffer_init(&result->text, NULL);
	snprintf(path, sizeof path, "/proc/self/fd/%d", data);
	ppm_data_problems_init(&problems, NULL, 20, false);
	result->status = ppm_source_open(&source, NULL, path, &options, &problems);
	if (result->status == PPM_OK)
		result->status = ppm_source_bind(source, program, &problems);
	if (result->status == PPM_OK) {
		struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
		if (ftruncate(STDOUT_FILENO, 0) || lseek(STDOUT_FILENO, 0, SEEK_SET) || ppm_atomic_file_open(&file, NULL, "-"))
			abort();
		result->status = ppm_engine_run(&report, NULL, program, source, sink, file, NULL, &engine);
		if (result->status == PPM_OK && report.records != report.scored + report.refused)
			abort();
		result->records = report.records;
		result->scored = report.scored;
		result->refused = report.refused;
		result->problems = report.problem_count;
		for (uint32_t i = 0; i < report.best_rows * ppm_sink_column_count(sink); i++)
			ppm_buffer_append(&result->text, report.best_cells[i].data, report.best_cells[i].size);
		for (uint32_t i = 0; result->status == PPM_OK && i < program->tally_count; i++)
			ppm_buffer_format(&result->text, "|%llu", (unsigned long long)report.tallies[i]);
		ppm_engine_report_free(&report);
		ppm_atomic_file_abandon(file);
		ppm_sink_free(sink);
		off_t size = lseek(STDOUT_FILENO, 0, SEEK_END);
		char *text = malloc((size_t)size + 1);
		if (pread(STDOUT_FILENO, text, (size_t)size, 0) != size)
			abort();
		ppm_buffer_append(&result->text, text, (size_t)size);
		free(text);
	}
	ppm_source_close(source);
	ppm_data_problems_free(&problems);
}

static void differ(const struct result *a, const struct result *b, const char *what, int data, const char *last)
{
	if (a->status == b->status && a->records == b->records && a->scored == b->scored && a->refused == b->refused && a->problems == b->problems && ppm_slice_equal(ppm_buffer_slice(&a->text), ppm_buffer_slice(&b->text)))
		return;
	fprintf(stderr, "results differ: %s: status %d %d, scored %llu %llu, refused %llu %llu\n--- one\n%.*s\n--- other\n%.*s\n", what, (int)a->status, (int)b->status, (unsigned long long)a->scored, (unsigned long long)b->scored,
		(unsigned long long)a->refused, (unsigned long long)b->refused, (int)a->text.size, a->text.data ? a->text.data : "", (int)b->text.size, b->text.data ? b->text.data : "");
	char path[4096], line[4096];
	ssize_t size;
	snprintf(path, sizeof path, "%s.csv", last);
	int copy = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	for (off_t at = 0; (size = pread(data, line, sizeof line, at)) > 0; at += size)
		if (write(copy, line, (size_t)size) != size)
			break;
	abort();
}

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	if (!ppm_slice_is(path, "model.ppm")) {
		snprintf(problem, 256, "there is no such file");
		return PPM_ERROR_IO;
	}
	*text = *(const struct ppm_slice *)context;
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compile(struct ppm_slice *text, bool optimise, enum ppm_output_choice output)
{
	struct ppm_compile_options options = { .loader = { load, text }, .today = 20634, .optimise = optimise, .as_of = PPM_SLICE("2026-06-30"), .output = output };
	struct ppm_model *model = NULL;
	enum ppm_status status = ppm_model_compile(&model, PPM_SLICE("model.ppm"), &options);
	const struct ppm_program *program = model ? ppm_model_program(model) : NULL;
	char problem[256];
	if (!model || status == PPM_ERROR_MEMORY || (status == PPM_OK) != (program != NULL) || (status != PPM_OK) != (ppm_model_diagnostics(model)->errors != 0)) {
		fprintf(stderr, "status %d, program %p, errors %u\n", (int)status, (const void *)program, model ? ppm_model_diagnostics(model)->errors : 0);
		abort();
	}
	if (program && !ppm_program_verify(program, problem, sizeof problem)) {
		fprintf(stderr, "the verifier refuses: %s\n", problem);
		abort();
	}
	return model;
}

// Returns whether it compiled.
static bool attempt(struct ppm_slice text, const char *last)
{
	enum ppm_output_choice output = below(4) ? PPM_OUTPUT_MODEL : PPM_OUTPUT_ALL;
	struct ppm_model *model = compile(&text, true, output), *plain = compile(&text, false, output);
	const struct ppm_program *program = ppm_model_program(model), *other = ppm_model_program(plain);
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_HUMAN, true, 20, &out);
	ppm_diagnostics_render(ppm_model_diagnostics(model), PPM_DIAG_JSON, false, 0, &out);
	if (program) {
		ppm_program_disassemble(program, &out);
		ppm_model_describe(model, &out);
	}
	ppm_buffer_free(&out);
	bool compiled = program && other;
	if ((program != NULL) != (other != NULL))
		abort();
	if (compiled && !ppm_model_job(model)) { // a program of a job reads what other actions made
		int data = make_data(program);
		enum ppm_sink_format format = (enum ppm_sink_format)below(4);
		struct result first, second;
		run(program, data, 1, 0, PPM_SIMD_PORTABLE, format, &first);
		run(program, data, 3, 64, ppm_simd_best(), format, &second);
		differ(&first, &second, "threads, chunks and instruction set", data, last);
		ppm_buffer_free(&second.text);
		run(other, data, 1, 0, PPM_SIMD_PORTABLE, format, &second);
		differ(&first, &second, "fused and plain", data, last);
		ppm_buffer_free(&second.text);
		ppm_buffer_free(&first.text);
		close(data);
	}
	ppm_model_free(model);
	ppm_model_free(plain);
	return compiled;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9E3779B97F4A7C15) + 1;
	double seconds = strtod(argv[2], NULL);
	size_t count = 0;
	static struct model *models; // reachable at the end
	models = calloc((size_t)argc, sizeof *models);
	for (int i = 4; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		models[count].text = malloc(MODEL_MAX);
		models[count].size = file ? fread(models[count].text, 1, MODEL_MAX / 2, file) : 0;
		if (file)
			fclose(file);
		split(&models[count]);
		count += models[count].count != 0;
	}
	int last = open(argv[3], O_RDWR | O_CREAT | O_TRUNC, 0644), standard = memfd_create("results", 0);
	static char *text; // likewise
	text = malloc(MODEL_MAX);
	if (last < 0 || dup2(standard, STDOUT_FILENO) < 0)
		return 2;
	time_t end = time(NULL) + (time_t)seconds;
	uint64_t tries = 0, compiled = 0;
	bool once = seconds <= 0;
	while (once || time(NULL) < end) {
		size_t size = once ? models[0].size : mutate(models, count, text);
		if (once)
			memcpy(text, models[0].text, size);
		if (ftruncate(last, 0) || pwrite(last, text, size, 0) != (ssize_t)size)
			return 2;
		struct itimerval timer = { .it_value = { .tv_sec = CPU_SECONDS_A_MODEL } };
		setitimer(ITIMER_PROF, &timer, NULL); // SIGPROF ends the process
		for (int i = 0; i < (once ? 200 : 1); i++)
			compiled += attempt((struct ppm_slice){ text, size }, argv[3]);
		tries++;
		if (once)
			break;
	}
	fprintf(stderr, "%llu models, %llu compiled\n", (unsigned long long)tries, (unsigned long long)compiled);
	return 0;
}

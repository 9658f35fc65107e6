// Making the changes and running the tests. The changed text goes to the compiler through a loader of its own: no file is written.
#include "lang/testing/mutate.h"

#include "runtime/base/text.h"
#include "runtime/bytecode/disasm.h"

#define YELLOW "\x1b[1;33m"
#define PLAIN "\x1b[0m"
#define SHOW(slice) (int)(slice).size, (slice).data

// The model's own text, changed; what it uses as it is.
struct changed {
	struct ppm_loader inner;
	struct ppm_slice path, text;
};

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	const struct changed *changed = context;
	enum ppm_status status = changed->inner.load(changed->inner.context, path, text, identity, problem);
	if (!status && ppm_slice_equal(path, changed->path))
		*text = changed->text;
	return status;
}

// ---- whether it changes anything -------------------------------------------------------------------------------------

// The program without the lines of the model that stand beside it.
static enum ppm_status write_code(const struct ppm_testing_request *request, const struct ppm_compile_options *base, struct ppm_buffer *out)
{
	struct ppm_compile_options options = *base;
	struct ppm_model *model = NULL;
	struct ppm_buffer listing;
	options.output = PPM_OUTPUT_ALL;
	options.columns = NULL;
	options.column_count = 0;
	options.tests_path = PPM_SLICE("");
	options.allocator = request->allocator;
	enum ppm_status status = ppm_model_compile(&model, request->path, &options);
	out->size = 0;
	ppm_buffer_init(&listing, request->allocator);
	if (!status && ppm_model_job(model))
		ppm_job_disassemble(ppm_model_job(model), &listing);
	else if (!status)
		ppm_program_disassemble(ppm_model_program(model), &listing);
	for (size_t begin = 0; begin < listing.size;) {
		const char *line = listing.data + begin, *end = memchr(line, '\n', listing.size - begin);
		size_t size = end ? (size_t)(end - line) + 1 : listing.size - begin;
		bool place = size > request->path.size && !memcmp(line, request->path.data, request->path.size) && line[request->path.size] == ':';
		if (!place)
			ppm_buffer_append(out, line, size);
		begin += size;
	}
	if (listing.failed || out->failed)
		status = PPM_ERROR_MEMORY;
	ppm_buffer_free(&listing);
	ppm_model_free(model);
	return status;
}

// ---- one change --------------------------------------------------------------------------------------------------------

struct trial {
	struct ppm_mutations *mutations;
	const struct ppm_testing_request *request;
	struct ppm_buffer original, code, text; // the program as it is; as it would be; the model's text
	const struct ppm_source *source;
};

static void change_text(struct trial *trial, const struct ppm_mutation *mutation)
{
	struct ppm_slice whole = trial->source->text;
	size_t begin = mutation->span.begin - trial->source->base, end = mutation->span.end - trial->source->base;
	trial->text.size = 0;
	ppm_buffer_append(&trial->text, whole.data, begin);
	ppm_buffer_append(&trial->text, mutation->with.data, mutation->with.size);
	for (size_t i = begin; i < end; i++) // lines stay where they are
		if (whole.data[i] == '\n')
			ppm_buffer_append_char(&trial->text, '\n');
	ppm_buffer_append(&trial->text, whole.data + end, whole.size - end);
}

static enum ppm_status try_one(struct trial *trial, struct ppm_mutation *mutation)
{
	struct ppm_testing_request request = *trial->request;
	struct ppm_compile_options options = *request.compile;
	struct changed changed = { .inner = options.loader, .path = trial->source->path };
	struct ppm_testing testing;
	change_text(trial, mutation);
	if (trial->text.failed)
		return PPM_ERROR_MEMORY;
	changed.text = ppm_buffer_slice(&trial->text);
	options.loader = (struct ppm_loader){ load, &changed };
	request.compile = &options;
	request.explain = false;
	request.stop = true;
	request.look = NULL;
	enum ppm_status status = ppm_testing_run(&testing, &request);
	uint32_t failed = testing.failed;
	ppm_testing_free(&testing);
	mutation->outcome = failed ? PPM_MUTATION_NOTICED : PPM_MUTATION_SURVIVED;
	if (status == PPM_ERROR_MODEL || status == PPM_ERROR_LIMIT) {
		mutation->outcome = PPM_MUTATION_INVALID;
		return PPM_OK;
	}
	if (status || failed)
		return status;
	status = write_code(&request, &options, &trial->code);
	if (!status && trial->code.size == trial->original.size && !memcmp(trial->code.data, trial->original.data, trial->code.size))
		mutation->outcome = PPM_MUTATION_SAME;
	return status;
}

enum ppm_status ppm_mutations_run(struct ppm_mutations *mutations, const struct ppm_testing_request *request, const struct ppm_model *model,
	void (*progress)(void *context, uint32_t done, uint32_t count), void *context)
{
	struct trial trial = { .mutations = mutations, .request = request, .source = ppm_model_tree(model)->source };
	ppm_buffer_init(&trial.original, request->allocator);
	ppm_buffer_init(&trial.code, request->allocator);
	ppm_buffer_init(&trial.text, request->allocator);
	memset(mutations->outcomes, 0, sizeof mutations->outcomes);
	enum ppm_status status = write_code(request, request->compile, &trial.original);
	for (uint32_t i = 0; i < mutations->count && !status; i++) {
		if (request->interrupted && ppm_signalled(request->interrupted))
			status = PPM_ERROR_INTERRUPTED;
		else
			status = try_one(&trial, &mutations->items[i]);
		mutations->outcomes[mutations->items[i].outcome]++;
		if (progress)
			progress(context, i + 1, mutations->count);
	}
	ppm_buffer_free(&trial.original);
	ppm_buffer_free(&trial.code);
	ppm_buffer_free(&trial.text);
	return status;
}

// ---- what came of it -----------------------------------------------------------------------------------------------------

static uint32_t line_of(const struct ppm_model *model, struct ppm_span span, struct ppm_slice *file)
{
	uint32_t line = 0, column;
	const struct ppm_source *source = ppm_source_map_place(ppm_model_sources(model), span.begin, &line, &column);
	*file = source ? source->path : PPM_SLICE("");
	return line;
}

// "slow_payer, the points: 15 could be 16"
static void append_words(const struct ppm_mutation *mutation, struct ppm_buffer *out)
{
	if (mutation->name.size) {
		ppm_text_append_escaped(out, mutation->name, 80, false);
		ppm_buffer_append_text(out, mutation->what.size && mutation->after.size ? ", " : ": ");
	}
	ppm_buffer_append(out, mutation->what.data, mutation->what.size);
	if (!mutation->after.size) {
		ppm_buffer_append_text(out, " could be left out");
		return;
	}
	ppm_buffer_append_text(out, mutation->what.size ? ": `" : "`");
	ppm_text_append_escaped(out, mutation->before, 120, false);
	ppm_buffer_append_text(out, "` could be `");
	ppm_text_append_escaped(out, mutation->after, 120, false);
	ppm_buffer_append_char(out, '`');
}

static uint32_t weighed(const struct ppm_mutations *mutations)
{
	return mutations->outcomes[PPM_MUTATION_NOTICED] + mutations->outcomes[PPM_MUTATION_SURVIVED];
}

void ppm_mutations_text(const struct ppm_mutations *mutations, const struct ppm_model *model, bool colour, struct ppm_buffer *out)
{
	uint32_t noticed = mutations->outcomes[PPM_MUTATION_NOTICED], of = weighed(mutations), same = mutations->outcomes[PPM_MUTATION_SAME];
	struct ppm_slice file;
	for (uint32_t i = 0; i < mutations->count; i++) {
		const struct ppm_mutation *mutation = &mutations->items[i];
		if (mutation->outcome != PPM_MUTATION_SURVIVED)
			continue;
		uint32_t line = line_of(model, mutation->span, &file);
		ppm_buffer_append_text(out, colour ? YELLOW : "");
		ppm_text_append_escaped(out, file, 200, false);
		ppm_buffer_format(out, ":%u", line);
		ppm_buffer_append_text(out, colour ? PLAIN "  " : "  ");
		append_words(mutation, out);
		ppm_buffer_append_char(out, '\n');
	}
	if (of > noticed)
		ppm_buffer_append_text(out, "\n");
	ppm_buffer_append_text(out, "the tests of ");
	ppm_text_append_escaped(out, ppm_model_tree(model)->source->path, 200, false);
	ppm_buffer_format(out, " notice %u of %u changes", noticed, of);
	if (of)
		ppm_buffer_format(out, ", %.1f%%", 100.0 * noticed / of);
	if (same)
		ppm_buffer_format(out, "; %u more would change nothing", same);
	if (mutations->found > mutations->count)
		ppm_buffer_format(out, "; a sample of %u of %u", mutations->count, mutations->found);
	ppm_buffer_append_char(out, '\n');
}

// A model from its text to its program.

#include "lang/ppm.h"

#include "lang/emit/emit.h"
#include "lang/sema/sema.h"
#include "runtime/bytecode/verify.h"

#include <assert.h>

struct ppm_model {
	const struct ppm_allocator *allocator;
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_syntax_tree *tree;
	struct ppm_plan plan;
	struct ppm_program *program;
	struct ppm_job *job; // NULL: the program streams
};

static enum ppm_status load(struct ppm_model *model, const struct ppm_compile_options *options, struct ppm_slice path, struct ppm_syntax_tree **tree)
{
	struct ppm_slice text = { NULL, 0 }, identity = path;
	char problem[256] = "";
	enum ppm_status status = options->loader.load(options->loader.context, path, &text, &identity, problem);
	struct ppm_source *source = ppm_source_map_add(&model->map, path, text);
	if (status != PPM_OK && status != PPM_ERROR_MEMORY) {
		struct ppm_span nowhere = { 0, 0 };
		struct ppm_diagnostic *d = ppm_diag(&model->diagnostics, PPM_DIAG_FILE, nowhere, "cannot read the model \"%.*s\": %s", (int)path.size, path.data, problem);
		ppm_diag_help(&model->diagnostics, d, "the first argument is the model file, such as `model.ppm`");
		return PPM_ERROR_MODEL;
	}
	if (status != PPM_OK)
		return status;
	if (!source) {
		struct ppm_span nowhere = { 0, 0 };
		if (model->arena.failed)
			return PPM_ERROR_MEMORY;
		struct ppm_diagnostic *d = ppm_diag(&model->diagnostics, PPM_DIAG_SOURCE_TOO_LARGE, nowhere, "the model \"%.*s\" is too large", (int)path.size, path.data);
		ppm_diag_help(&model->diagnostics, d, "a model and what it uses have at most 16 MiB");
		return PPM_ERROR_MODEL;
	}
	*tree = ppm_parse_model(&model->arena, &model->diagnostics, source);
	return *tree ? PPM_OK : PPM_ERROR_MEMORY;
}

static enum ppm_status compile(struct ppm_model *model, const struct ppm_compile_options *options, struct ppm_slice path)
{
	enum ppm_status status = load(model, options, path, &model->tree);
	if (status != PPM_OK)
		return status;
	// what could be read is checked even when something could not: but then names may be missing for no fault of their own
	uint32_t syntax_errors = model->diagnostics.errors;
	if (!syntax_errors && !ppm_sema_run(&model->arena, model->allocator, &model->diagnostics, options, path, model->tree, &model->plan))
		return PPM_ERROR_MEMORY;
	if (model->diagnostics.out_of_memory || model->plan.out_of_memory || model->arena.failed)
		return PPM_ERROR_MEMORY;
	if (options->strict)
		for (struct ppm_diagnostic *d = model->diagnostics.first; d; d = d->next)
			if (d->severity == PPM_SEVERITY_WARNING) {
				d->severity = PPM_SEVERITY_ERROR;
				model->diagnostics.warnings--;
				model->diagnostics.errors++;
			}
	if (model->diagnostics.errors)
		return PPM_ERROR_MODEL;
	// their indexes in the plan are in the order of their codes
	model->plan.first_texts = ppm_arena_allocate(&model->arena, options->text_count + 1, sizeof *model->plan.first_texts);
	for (size_t i = 0; i < options->text_count && model->plan.first_texts; i++)
		model->plan.first_texts[model->plan.first_text_count++] = ppm_plan_intern(&model->plan, options->texts[i]);
	if (model->plan.out_of_memory || model->arena.failed)
		return PPM_ERROR_MEMORY;
	bool needs_job;
	status = ppm_emit_needs_job(&needs_job, &model->plan);
	if (status != PPM_OK)
		return status;
	if (needs_job)
		status = ppm_emit_job(&model->job, model->allocator, &model->plan, &model->map, options->optimise);
	else
		status = ppm_emit(&model->program, model->allocator, &model->plan, &model->map, options->optimise);
	if (status == PPM_ERROR_LIMIT) {
		struct ppm_span nowhere = { 0, 0 };
		struct ppm_diagnostic *d = ppm_diag(&model->diagnostics, PPM_DIAG_TOO_LARGE, nowhere, "the model needs more than 65,535 values of one type at once");
		ppm_diag_help(&model->diagnostics, d, "split it into several models");
		return PPM_ERROR_MODEL;
	}
	if (status != PPM_OK)
		return status;
	char problem[256];
	if (needs_job)
		model->program = model->job->programs[model->job->final];
	bool sound = needs_job ? ppm_job_verify(model->job, problem, sizeof problem) : ppm_program_verify(model->program, problem, sizeof problem);
	if (!sound && ppm_slice_is(ppm_slice_of(problem), PPM_VERIFY_MEMORY))
		return PPM_ERROR_MEMORY;
	if (!sound && !problem[0])
		return PPM_ERROR_MEMORY;
	assert(sound && "the compiler made a program that its own verifier refuses");
	return sound ? PPM_OK : PPM_ERROR_LIMIT;
}

enum ppm_status ppm_model_compile(struct ppm_model **out, struct ppm_slice path, const struct ppm_compile_options *options)
{
	const struct ppm_allocator *allocator = options->allocator ? options->allocator : ppm_allocator_default();
	*out = NULL;
	struct ppm_model *model = ppm_allocate_zeroed(allocator, 1, sizeof *model);
	if (!model)
		return PPM_ERROR_MEMORY;
	model->allocator = allocator;
	ppm_arena_init(&model->arena, allocator);
	ppm_source_map_init(&model->map, &model->arena);
	ppm_diagnostics_init(&model->diagnostics, &model->arena, &model->map);
	ppm_plan_init(&model->plan, &model->arena, allocator, &model->diagnostics);
	enum ppm_status status = model->plan.out_of_memory ? PPM_ERROR_MEMORY : compile(model, options, path);
	if (status == PPM_ERROR_MEMORY) {
		ppm_model_free(model);
		return status;
	}
	*out = model;
	return status;
}

void ppm_model_free(struct ppm_model *model)
{
	if (!model)
		return;
	const struct ppm_allocator *allocator = model->allocator;
	if (model->job)
		ppm_job_free(model->job);
	else
		ppm_program_free(model->program);
	ppm_plan_free(&model->plan);
	ppm_arena_free(&model->arena);
	ppm_free(allocator, model);
}

struct ppm_diagnostics *ppm_model_diagnostics(struct ppm_model *model)
{
	return &model->diagnostics;
}
const struct ppm_program *ppm_model_program(const struct ppm_model *model)
{
	return model->program;
}
const struct ppm_job *ppm_model_job(const struct ppm_model *model)
{
	return model->job;
}

const struct ppm_slice *ppm_model_texts(const struct ppm_model *model, size_t *count)
{
	*count = model->program ? model->program->text_count : 0;
	return model->program ? model->program->texts : NULL;
}

const struct ppm_explanation *ppm_model_explanation(const struct ppm_model *model)
{
	return model->program ? model->plan.explanation : NULL;
}

const struct ppm_syntax_tree *ppm_model_tree(const struct ppm_model *model)
{
	return model->program ? model->tree : NULL;
}

const struct ppm_plan *ppm_model_plan(const struct ppm_model *model)
{
	return model->program ? &model->plan : NULL;
}

struct ppm_plan *ppm_model_workbench(struct ppm_model *model)
{
	return model->program ? &model->plan : NULL;
}

const struct ppm_source_map *ppm_model_sources(const struct ppm_model *model)
{
	return &model->map;
}

// Helpers of the plan, and datasets that are no statements of their own (a tree's descendants, a summary's groups), have no place on a command line.
static bool is_declared(const struct ppm_plan_dataset *dataset)
{
	return dataset->statement && dataset->statement->kind == PPM_STATEMENT_DATASET;
}

uint32_t ppm_model_dataset_count(const struct ppm_model *model)
{
	const struct ppm_plan *plan = &model->plan;
	uint32_t count = 0;
	for (size_t i = 0; i < plan->dataset_count; i++)
		count += is_declared(&plan->datasets[i]);
	return count;
}

struct ppm_model_dataset ppm_model_dataset(const struct ppm_model *model, uint32_t index)
{
	const struct ppm_plan *plan = &model->plan;
	const struct ppm_plan_dataset *dataset = plan->datasets;
	for (;; dataset++) {
		assert(dataset < plan->datasets + plan->dataset_count);
		if (is_declared(dataset) && !index--)
			return (struct ppm_model_dataset){ dataset->name, dataset->file, dataset->kind == PPM_DATASET_GROUPS };
	}
}

struct ppm_slice ppm_model_metric_doc(const struct ppm_model *model, struct ppm_slice metric)
{
	for (size_t i = 0; i < model->plan.metric_count; i++)
		if (ppm_slice_equal(model->plan.metrics[i].name, metric))
			return model->plan.metrics[i].doc;
	return PPM_SLICE("");
}

void ppm_model_describe(const struct ppm_model *model, struct ppm_buffer *out)
{
	if (model->program)
		ppm_plan_describe(&model->plan, out);
}

void ppm_model_describe_inferred(const struct ppm_model *model, struct ppm_buffer *out)
{
	for (size_t i = 0; model->program && model->plan.inferred && i < model->plan.column_count; i++) {
		const struct ppm_plan_column *column = &model->plan.columns[i];
		if (column->kind != PPM_PLAN_FIELD || column->dataset != 0)
			continue;
		char name[48];
		ppm_buffer_format(out, "%.*s: %s\n", (int)column->name.size, column->name.data, ppm_type_name(column->type, name));
	}
}

// The order of the whole: collect, elaborate everything once for each thing that types still teach, then the checks.

#include "lang/sema/tests.h"

#include <string.h>

#define TRIALS 24

static void free_modules(struct ppm_sema *sema)
{
	for (size_t i = 0; i < sema->plan->dataset_count && sema->spaces; i++)
		if (sema->spaces[i] && sema->spaces[i] != sema->main) {
			ppm_interner_free(&sema->spaces[i]->names);
			ppm_free(sema->allocator, sema->spaces[i]->symbols);
		}
	for (struct ppm_module *module = sema->modules; module; module = module->next) {
		ppm_interner_free(&module->names);
		ppm_free(sema->allocator, module->symbols);
	}
	sema->modules = sema->main = sema->last_module = NULL;
}

// Everything that has a value, whether or not anything asks for it: mistakes hide nowhere.
static void elaborate_all(struct ppm_sema *sema)
{
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++) {
			struct ppm_symbol *symbol = module->symbols[i];
			switch (symbol->kind) {
			case PPM_SYMBOL_PARAM:
			case PPM_SYMBOL_METRIC:
			case PPM_SYMBOL_LET:
				ppm_sema_value(sema, symbol, symbol->span);
				symbol->uses--;
				break;
			case PPM_SYMBOL_DEFINE: ppm_sema_check_define(sema, symbol); break;
			case PPM_SYMBOL_LOOKUP: ppm_sema_check_lookup(sema, symbol); break;
			default: break;
			}
		}
	for (size_t i = 1; i < sema->plan->dataset_count; i++)
		for (uint32_t k = 0; sema->spaces[i] && k < sema->spaces[i]->names.count; k++)
			if (sema->spaces[i]->symbols[k]->kind == PPM_SYMBOL_LET) {
				ppm_sema_value(sema, sema->spaces[i]->symbols[k], sema->spaces[i]->symbols[k]->span);
				sema->spaces[i]->symbols[k]->uses--;
			}
	ppm_sema_scenarios(sema);
	ppm_sema_scoring(sema);
	ppm_sema_classes(sema);
	ppm_sema_summaries(sema);
}

static void check_settings(struct ppm_sema *sema)
{
	for (size_t i = 0; i < sema->options->setting_count; i++) {
		struct ppm_slice name = sema->options->settings[i].name;
		struct ppm_suggestion suggestion;
		ppm_suggestion_init(&suggestion, name);
		bool found = false;
		for (struct ppm_module *module = sema->modules; module; module = module->next)
			for (uint32_t k = 0; k < module->names.count; k++) {
				struct ppm_symbol *symbol = module->symbols[k];
				if (symbol->kind != PPM_SYMBOL_PARAM || module->standard)
					continue;
				struct ppm_slice full = module->name.size
					? ppm_arena_format(sema->arena, "%.*s.%.*s", (int)module->name.size, module->name.data, (int)symbol->name.size, symbol->name.data)
					: symbol->name;
				found = found || ppm_slice_equal(full, name);
				ppm_suggestion_offer(&suggestion, full);
			}
		if (found)
			continue;
		struct ppm_source *source = ppm_source_map_add(sema->map, PPM_SLICE("--set"), name);
		struct ppm_span span = { source ? source->base : 0, source ? source->base + (uint32_t)name.size : 0 };
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PARAM_UNKNOWN, span, "the model has no param called `%.*s`", (int)name.size, name.data);
		struct ppm_slice near = ppm_suggestion_take(&suggestion);
		if (near.size)
			ppm_diag_help(sema->diagnostics, d, "did you mean `--set %.*s=…`?", (int)near.size, near.data);
		else
			ppm_diag_help(sema->diagnostics, d, "`--set` changes a `param` of the model");
	}
}

static void record_symbol(struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	const struct ppm_statement *s = symbol->statement;
	const struct ppm_expression *value = symbol->let ? symbol->let->value : !s ? NULL : s->kind == PPM_STATEMENT_PARAM ? s->param.value : s->let.value;
	bool has_value = symbol->kind == PPM_SYMBOL_LET || symbol->kind == PPM_SYMBOL_PARAM || symbol->kind == PPM_SYMBOL_METRIC;
	struct ppm_plan_written *written = has_value && value && symbol->node != PPM_NODE_NONE ? PPM_PLAN_APPEND(sema->plan, written) : NULL;
	if (written)
		*written = (struct ppm_plan_written){ value, symbol->node };
}

static void record_module(struct ppm_sema *sema, const struct ppm_module *module)
{
	uint32_t count = module->standard ? 0 : module->names.count;
	struct ppm_plan_module *place = PPM_PLAN_APPEND(sema->plan, module);
	struct ppm_plan_name *names = ppm_arena_allocate(sema->arena, (size_t)count + 1, sizeof *names);
	if (!place || !names) {
		sema->plan->out_of_memory = true;
		return;
	}
	*place = (struct ppm_plan_module){ module->name, module->tree, module->standard, names, count };
	for (uint32_t i = 0; i < count; i++) {
		const struct ppm_symbol *symbol = module->symbols[i];
		names[i] = (struct ppm_plan_name){ .name = symbol->name };
		if (symbol->kind == PPM_SYMBOL_LET)
			names[i].let = symbol->let ? symbol->let->value : symbol->statement->let.value;
		if (symbol->kind == PPM_SYMBOL_MODULE && symbol->module)
			names[i].used = symbol->module->tree;
		record_symbol(sema, symbol);
	}
}

// The names go when the plan is made; what they stood for stays with it.
static void record(struct ppm_sema *sema)
{
	for (const struct ppm_module *module = sema->modules; module; module = module->next)
		record_module(sema, module);
	for (size_t i = 1; i < sema->plan->dataset_count; i++)
		for (uint32_t k = 0; sema->spaces[i] && sema->spaces[i] != sema->main && k < sema->spaces[i]->names.count; k++)
			record_symbol(sema, sema->spaces[i]->symbols[k]);
}

static bool pass(struct ppm_sema *sema, struct ppm_slice path, struct ppm_syntax_tree *tree)
{
	struct ppm_module *main = PPM_ARENA_NEW(sema->arena, struct ppm_module);
	if (!main)
		return false;
	main->identity = path;
	main->tree = tree;
	ppm_interner_init(&main->names, sema->allocator);
	ppm_interner_free(&sema->calls); // of the pass before, whose values are gone
	ppm_interner_init(&sema->calls, sema->allocator);
	ppm_interner_free(&sema->result_names);
	ppm_interner_init(&sema->result_names, sema->allocator);
	sema->expansions = 0;
	sema->main = sema->modules = sema->last_module = main;
	sema->dataset = sema->places = NULL;
	sema->stack_size = sema->call_depth = 0;
	sema->scoring = sema->adjusting = false;
	sema->disqualifiers = PPM_DISQUALIFIERS_NEW;
	ppm_sema_collect(sema, main);
	if (sema->plan->out_of_memory || sema->arena->failed) // tables may be short of what names say
		return false;
	for (struct ppm_plan_perspective *p = sema->plan->perspectives; p && p < sema->plan->perspectives + sema->plan->perspective_count; p++) {
		p->weights = ppm_arena_allocate(sema->arena, sema->plan->dimension_count + 1, sizeof *p->weights);
		if (!p->weights)
			return false;
	}
	ppm_sema_collect_tiers(sema);
	elaborate_all(sema);
	if (sema->plan->out_of_memory || sema->arena->failed)
		return false;
	ppm_sema_results(sema);
	return !sema->plan->out_of_memory && !sema->arena->failed;
}

// The file of tests is parsed before anything else: its tests may give params. False when memory ran out.
static bool load_tests(struct ppm_sema *sema)
{
	struct ppm_slice path = sema->options->tests_path, text, identity;
	char problem[256] = "";
	if (!path.size)
		return true;
	enum ppm_status status = sema->options->loader.load(sema->options->loader.context, path, &text, &identity, problem);
	struct ppm_source *source = status == PPM_OK ? ppm_source_map_add(sema->map, path, text) : NULL;
	if (status == PPM_ERROR_MEMORY || sema->arena->failed)
		return false;
	if (!source) {
		struct ppm_span nowhere = { 0, 0 };
		struct ppm_diagnostic *d = status == PPM_OK
			? ppm_diag(sema->diagnostics, PPM_DIAG_SOURCE_TOO_LARGE, nowhere, "the model and its file of tests are too large together")
			: ppm_diag(sema->diagnostics, PPM_DIAG_FILE, nowhere, "cannot read the tests \"%.*s\": %s", (int)path.size, path.data, problem);
		ppm_diag_help(sema->diagnostics, d,
			status == PPM_OK                    ? "all sources together have at most 16 MiB"
				: status == PPM_ERROR_LIMIT ? "leave some of the tests out"
							    : "the tests of `model.ppm` stand in it, or beside it in `model_test.ppm`");
		return true;
	}
	sema->test_tree = ppm_parse_model(sema->arena, sema->diagnostics, source);
	return sema->test_tree != NULL;
}

// Every expression that comes to nothing has a message. Should one not, what hangs on it may not be left out of the result without a word.
static void check_silent(struct ppm_sema *sema)
{
	if (!sema->silent || sema->diagnostics->errors)
		return;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, sema->silent->span, "this cannot be computed here");
	ppm_diag_help(sema->diagnostics, d, "take it apart: make its parts `let`s of the rows that they are of");
}

// Trial passes, until all that uses say of undeclared columns is known. False when memory ran out.
static bool try_types(struct ppm_sema *sema, struct ppm_slice path, struct ppm_syntax_tree *tree)
{
	struct ppm_arena arena;
	ppm_arena_init(&arena, sema->allocator);
	bool fine = !sema->plan->out_of_memory;
	ppm_plan_free(sema->plan);
	sema->arena = &arena;
	sema->trial = sema->learned = true;
	for (int i = 0; i < TRIALS && fine && sema->learned; i++) {
		ppm_plan_init(sema->plan, &arena, sema->allocator, sema->diagnostics);
		sema->diagnostics->muted = true;
		fine = pass(sema, path, tree);
		sema->diagnostics->muted = false;
		if (fine)
			ppm_sema_end_trial(sema);
		free_modules(sema);
		ppm_plan_free(sema->plan);
		ppm_arena_reset(&arena);
	}
	ppm_arena_free(&arena);
	sema->arena = sema->lasting;
	sema->trial = false;
	ppm_plan_init(sema->plan, sema->arena, sema->allocator, sema->diagnostics);
	return fine;
}

bool ppm_sema_run(struct ppm_arena *arena, const struct ppm_allocator *allocator, struct ppm_diagnostics *diagnostics, const struct ppm_compile_options *options,
	struct ppm_slice path, struct ppm_syntax_tree *tree, struct ppm_plan *plan)
{
	struct ppm_sema sema = { .arena = arena, .lasting = arena, .allocator = allocator, .diagnostics = diagnostics, .map = diagnostics->map, .options = options, .plan = plan };
	ppm_interner_init(&sema.calls, allocator);
	ppm_interner_init(&sema.inferred_names, allocator);
	ppm_interner_init(&sema.result_names, allocator);
	bool inferred = ppm_sema_scored(tree) == NULL;
	bool fine = load_tests(&sema);
	if (fine)
		ppm_sema_choose_test(&sema, tree);
	if (inferred && fine)
		fine = try_types(&sema, path, tree);
	fine = fine && pass(&sema, path, tree);
	plan->strict = options->strict;
	plan->check_all = options->check_all;
	plan->plain_fields = options->output == PPM_OUTPUT_TESTS;
	if (fine) {
		check_silent(&sema);
		check_settings(&sema);
		if (!diagnostics->errors)
			ppm_plan_ranges(plan);
		record(&sema);
		ppm_sema_lints(&sema);
		ppm_sema_tests(&sema);
		check_silent(&sema);
	}
	free_modules(&sema);
	ppm_interner_free(&sema.calls);
	ppm_free(allocator, sema.call_results);
	ppm_interner_free(&sema.inferred_names);
	ppm_interner_free(&sema.result_names);
	ppm_free(allocator, sema.inferred);
	ppm_free(allocator, sema.spaces);
	return fine && !plan->out_of_memory && !arena->failed;
}

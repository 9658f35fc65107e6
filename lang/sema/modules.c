// Collecting: every statement of the model, and of the files and standard modules that it uses, declares its names before any is looked up.

#include "lang/sema/tests.h"

#include <string.h>

static const char *statement_word(enum ppm_statement_kind kind)
{
	static const char *const words[] = { "model", "as of", "use", "dataset", "tree", "param", "let", "define", "metric", "adjust", "dimension", "rule", "disqualify", "tier",
		"segment", "score", "perspective", "output", "summary", "lookup", "override", "overrides", "test", "scenario" };
	return words[kind];
}

static struct ppm_module *new_module(struct ppm_sema *sema, struct ppm_slice name, struct ppm_slice identity, struct ppm_module *parent)
{
	struct ppm_module *module = PPM_ARENA_NEW(sema->arena, struct ppm_module);
	if (!module) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	module->name = name;
	module->identity = identity;
	module->parent = parent;
	ppm_interner_init(&module->names, sema->allocator);
	return module;
}

static struct ppm_slice base_name(struct ppm_slice path)
{
	for (size_t i = path.size; i-- > 0;)
		if (path.data[i] == '/') {
			path = (struct ppm_slice){ path.data + i + 1, path.size - i - 1 };
			break;
		}
	if (path.size > 4 && memcmp(path.data + path.size - 4, ".ppm", 4) == 0)
		path.size -= 4;
	return path;
}

static void use(struct ppm_sema *sema, struct ppm_module *user, const struct ppm_statement *s)
{
	bool is_file = s->use.file.text.data != NULL;
	struct ppm_span span = is_file ? s->use.file.span : s->name.span;
	struct ppm_slice name = is_file ? base_name(s->use.file.text) : s->name.text, text, identity;
	if (is_file) {
		if (user->standard || !sema->options->loader.load)
			return;
		if (!ppm_word_is_plain_name(name)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MODULE_NAME, span, "the file's name is no name that the model can use");
			if (ppm_word_is_reserved(name))
				ppm_diag_help(
					sema->diagnostics, d, "`%.*s` is a reserved word; name the file otherwise, such as `\"rules/payments.ppm\"`", (int)name.size, name.data);
			else
				ppm_diag_help(sema->diagnostics, d, "name the file with letters, digits and `_`, such as `\"rules/payments.ppm\"`");
			return;
		}
		char problem[256] = "";
		enum ppm_status status = sema->options->loader.load(sema->options->loader.context, s->use.file.text, &text, &identity, problem);
		if (status == PPM_ERROR_MEMORY) { // no mistake of the model's
			sema->plan->out_of_memory = true;
			return;
		}
		if (status != PPM_OK) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_FILE, span, "cannot use \"%.*s\": %s", (int)s->use.file.text.size, s->use.file.text.data, problem);
			ppm_diag_help(sema->diagnostics, d, "%s",
				status == PPM_ERROR_LIMIT ? "put parts of it into files of their own" : "a file that a model uses lies in the model's folder or below it");
			return;
		}
	} else {
		text = ppm_standard_module(name);
		identity = ppm_arena_format(sema->lasting, "<%.*s>", (int)name.size, name.data);
		if (!text.size) {
			struct ppm_suggestion suggestion;
			ppm_suggestion_init(&suggestion, name);
			for (size_t i = 0; ppm_standard_module_name(i).size; i++)
				ppm_suggestion_offer(&suggestion, ppm_standard_module_name(i));
			struct ppm_slice near = ppm_suggestion_take(&suggestion);
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MODULE_UNKNOWN, span, "no standard module is called `%.*s`", (int)name.size, name.data);
			if (near.size)
				ppm_sema_did_you_mean(sema, d, near);
			else
				ppm_diag_help(sema->diagnostics, d, "a file of your own is used as `use \"%.*s.ppm\"`", (int)name.size, name.data);
			return;
		}
	}
	for (struct ppm_module *above = user; above; above = above->parent)
		if (ppm_slice_equal(above->identity, identity)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_USE_CIRCLE, span, "this file uses itself, by way of \"%.*s\"",
				(int)user->tree->source->path.size, user->tree->source->path.data);
			ppm_diag_help(sema->diagnostics, d, "move what both need into a third file");
			return;
		}
	struct ppm_symbol *symbol = ppm_sema_declare(sema, user, PPM_SYMBOL_MODULE, (struct ppm_name){ name, span });
	if (!symbol)
		return;
	for (struct ppm_module *known = sema->modules; known; known = known->next)
		if (ppm_slice_equal(known->identity, identity)) {
			symbol->module = known;
			return;
		}
	// trial passes come by here again: a file is parsed once
	struct ppm_parsed *parsed = sema->parsed;
	while (parsed && !ppm_slice_equal(parsed->identity, identity))
		parsed = parsed->next;
	struct ppm_source *source = parsed ? parsed->tree->source : ppm_source_map_add(sema->map, is_file ? s->use.file.text : identity, text);
	struct ppm_module *module = source ? new_module(sema, name, identity, user) : NULL;
	if (!module) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SOURCE_TOO_LARGE, span, "the model and the files that it uses are too large together");
		ppm_diag_help(sema->diagnostics, d, "all sources together have at most 16 MiB");
		return;
	}
	module->standard = !is_file;
	if (!parsed) {
		parsed = PPM_ARENA_NEW(sema->lasting, struct ppm_parsed);
		bool muted = sema->diagnostics->muted;
		sema->diagnostics->muted = false; // its syntax is reported now, and not again
		struct ppm_syntax_tree *tree = ppm_parse_model(sema->lasting, sema->diagnostics, source);
		sema->diagnostics->muted = muted;
		if (!parsed || !tree) {
			sema->plan->out_of_memory = true;
			return;
		}
		*parsed = (struct ppm_parsed){ identity, tree, sema->parsed };
		sema->parsed = parsed;
	}
	module->tree = parsed->tree;
	symbol->module = module;
	sema->last_module->next = module;
	sema->last_module = module;
	ppm_sema_collect(sema, module);
}

static void declare_rules(struct ppm_sema *sema, struct ppm_module *module, const struct ppm_rule *rule)
{
	for (; rule; rule = rule->next) {
		struct ppm_symbol *symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_RULE, rule->name);
		if (symbol)
			symbol->rule = rule;
		declare_rules(sema, module, rule->rules);
	}
}

static void statement(struct ppm_sema *sema, struct ppm_module *module, const struct ppm_statement *s)
{
	struct ppm_symbol *symbol = NULL;
	switch (s->kind) {
	case PPM_STATEMENT_MODEL:
		sema->plan->model_name = s->name.text;
		sema->plan->model_doc = s->doc.text;
		break;
	case PPM_STATEMENT_USE: use(sema, module, s); break;
	case PPM_STATEMENT_METRIC: symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_METRIC, s->name); break;
	case PPM_STATEMENT_PARAM: symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_PARAM, s->name); break;
	case PPM_STATEMENT_LET: symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_LET, s->name); break;
	case PPM_STATEMENT_DEFINE: symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_DEFINE, s->name); break;
	case PPM_STATEMENT_LOOKUP: symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_LOOKUP, s->name); break;
	case PPM_STATEMENT_RULE: declare_rules(sema, module, s->rule.rule); break;
	case PPM_STATEMENT_ADJUST: declare_rules(sema, module, s->dimension.rules); break;
	case PPM_STATEMENT_DIMENSION: {
		symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_DIMENSION, s->name);
		declare_rules(sema, module, s->dimension.rules);
		struct ppm_plan_dimension *dimension = symbol ? PPM_PLAN_APPEND(sema->plan, dimension) : NULL;
		if (dimension) {
			dimension->name = module->name.size
				? ppm_arena_format(sema->arena, "%.*s.%.*s", (int)module->name.size, module->name.data, (int)s->name.text.size, s->name.text.data)
				: s->name.text;
			dimension->doc = s->doc.text;
			dimension->span = s->name.span;
			dimension->weight = 1;
			symbol->index = (uint32_t)sema->plan->dimension_count - 1;
		}
		break;
	}
	case PPM_STATEMENT_DISQUALIFY: {
		symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_DISQUALIFY, s->name);
		struct ppm_plan_disqualify *d = symbol ? PPM_PLAN_APPEND(sema->plan, disqualifier) : NULL;
		if (d) {
			*d = (struct ppm_plan_disqualify){ .name = s->name.text, .span = s->name.span };
			symbol->index = (uint32_t)sema->plan->disqualifier_count - 1;
		}
		break;
	}
	case PPM_STATEMENT_SEGMENT: {
		symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_SEGMENT, s->name);
		struct ppm_plan_segment *segment = symbol ? PPM_PLAN_APPEND(sema->plan, segment) : NULL;
		if (segment)
			symbol->index = (uint32_t)sema->plan->segment_count - 1;
		break;
	}
	case PPM_STATEMENT_PERSPECTIVE: {
		struct ppm_slice full = ppm_arena_format(sema->arena, "score_%.*s", (int)s->name.text.size, s->name.text.data);
		symbol = ppm_sema_declare(sema, module, PPM_SYMBOL_PERSPECTIVE, (struct ppm_name){ full, s->name.span });
		struct ppm_plan_perspective *p = symbol ? PPM_PLAN_APPEND(sema->plan, perspective) : NULL;
		if (p) {
			*p = (struct ppm_plan_perspective){ .name = s->name.text, .doc = s->doc.text, .span = s->name.span };
			symbol->index = (uint32_t)sema->plan->perspective_count - 1;
		}
		break;
	}
	case PPM_STATEMENT_SCORE:
		if (s->score.dataset.text.size) {
			if (sema->dataset && ppm_slice_equal(s->score.dataset.text, sema->dataset->name.text))
				break;
			bool there = false;
			for (const struct ppm_statement *other = sema->dataset ? module->tree->statements : NULL; other; other = other->next)
				there = there || (other->kind == PPM_STATEMENT_DATASET && ppm_slice_equal(other->name.text, s->score.dataset.text));
			if (there) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_STATEMENT_TWICE, s->keyword, "a second `score`: `%.*s` is scored already",
					(int)sema->dataset->name.text.size, sema->dataset->name.text.data);
				ppm_diag_help(sema->diagnostics, d, "a model scores one dataset; take out one of the two");
			} else {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, s->score.dataset.span, "no dataset is called `%.*s`",
					(int)s->score.dataset.text.size, s->score.dataset.text.data);
				ppm_diag_help(sema->diagnostics, d, "declare it: `dataset %.*s { … }`", (int)s->score.dataset.text.size, s->score.dataset.text.data);
			}
			break;
		}
		if (sema->places) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_STATEMENT_TWICE, s->keyword, "a second `score places`");
			ppm_diag_label(sema->diagnostics, d, sema->places->keyword, "the first is here");
			break;
		}
		sema->places = s;
		if (s->score.places.size != 1 || s->score.places.data[0] < '0' || s->score.places.data[0] > '6') {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_PLACES, s->score.places_span, "a score has 0 to 6 places");
			ppm_diag_help(sema->diagnostics, d, "write `score places 1`");
			break;
		}
		sema->plan->places = s->score.places.data[0] - '0';
		break;
	default: break; // as of, tier, output, override, test: looked at in their own time
	}
	if (symbol && !symbol->statement)
		symbol->statement = s;
}

static void as_of(struct ppm_sema *sema)
{
	const struct ppm_statement *first = NULL;
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next) {
		if (s->kind != PPM_STATEMENT_AS_OF)
			continue;
		if (first) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_STATEMENT_TWICE, s->keyword, "a second `as of`");
			ppm_diag_label(sema->diagnostics, d, first->keyword, "the first is here");
			continue;
		}
		first = s;
		if (s->as_of.date) {
			sema->plan->has_as_of = true;
			sema->plan->as_of = s->as_of.date->date;
		} else if (ppm_slice_is(s->as_of.word.text, "today")) {
			sema->plan->has_as_of = true;
			sema->plan->as_of = sema->options->today;
		} else {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_WORD, s->as_of.word.span, "`as of` takes a date or `today`");
			ppm_diag_help(sema->diagnostics, d, "write `as of 2026-06-30` or `as of today`");
			sema->plan->has_as_of = true; // some day, so that `as_of` is no second mistake
			sema->plan->as_of = sema->options->today;
		}
	}
	if (sema->options->as_of.size) {
		sema->plan->has_as_of = ppm_date_parse_iso(sema->options->as_of, &sema->plan->as_of);
		if (!sema->plan->has_as_of) {
			struct ppm_source *source = ppm_source_map_add(sema->map, PPM_SLICE("--as-of"), sema->options->as_of);
			struct ppm_span span = { source ? source->base : 0, source ? source->base + (uint32_t)source->text.size : 0 };
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_WORD, span, "`--as-of` takes a date");
			ppm_diag_help(sema->diagnostics, d, "write it as `--as-of 2026-06-30`");
			sema->plan->has_as_of = true;
			sema->plan->as_of = sema->options->today;
		}
	}
	const struct ppm_expression *given = ppm_sema_given_setting(sema, PPM_SLICE(""), PPM_SLICE("as_of"));
	if (given && given->kind == PPM_EXPRESSION_DATE) {
		sema->plan->has_as_of = true;
		sema->plan->as_of = given->date;
	}
}

void ppm_sema_collect(struct ppm_sema *sema, struct ppm_module *module)
{
	if (module == sema->main) {
		for (size_t i = 0; ppm_word_result(i); i++)
			ppm_sema_declare(sema, module, PPM_SYMBOL_RESULT, (struct ppm_name){ ppm_slice_of(ppm_word_result(i)), { 0, 0 } });
		as_of(sema);
		sema->dataset = ppm_sema_scored(module->tree);
		sema->plan->inferred = sema->dataset == NULL;
		if (sema->dataset)
			sema->plan->dataset_name = sema->dataset->name.text;
		ppm_sema_datasets(sema);
	}
	bool seen_model = false;
	for (const struct ppm_statement *s = module->tree->statements; s; s = s->next) {
		bool shared = s->kind == PPM_STATEMENT_USE || s->kind == PPM_STATEMENT_PARAM || s->kind == PPM_STATEMENT_LET || s->kind == PPM_STATEMENT_DEFINE ||
			s->kind == PPM_STATEMENT_LOOKUP || s->kind == PPM_STATEMENT_RULE || s->kind == PPM_STATEMENT_DIMENSION || s->kind == PPM_STATEMENT_ADJUST ||
			s->kind == PPM_STATEMENT_DISQUALIFY || s->kind == PPM_STATEMENT_SEGMENT;
		if (module != sema->main && !shared) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NOT_IN_MODULE, s->keyword, "a file that is used cannot hold `%s`", statement_word(s->kind));
			ppm_diag_help(sema->diagnostics, d,
				"move it into the model itself; a used file holds params, lets, defines, lookups, rules, dimensions, disqualifiers and segments");
			continue;
		}
		if (s->kind == PPM_STATEMENT_MODEL && seen_model) {
			ppm_diag(sema->diagnostics, PPM_DIAG_STATEMENT_TWICE, s->keyword, "a second `model`");
			continue;
		}
		seen_model = seen_model || s->kind == PPM_STATEMENT_MODEL;
		statement(sema, module, s);
	}
	if (module == sema->main && !sema->plan->out_of_memory)
		ppm_sema_relations(sema);
}

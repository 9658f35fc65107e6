// Names: declaring them, finding them, and elaborating what they stand for when they are first asked for.

#include "lang/sema/sema.h"

#include "runtime/base/text.h"
#include "stdlib/builtins.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *kind_name(const struct ppm_symbol *symbol)
{
	switch (symbol->kind) {
	case PPM_SYMBOL_COLUMN: return "a column";
	case PPM_SYMBOL_LET: return "a `let`";
	case PPM_SYMBOL_PARAM: return "a `param`";
	case PPM_SYMBOL_DEFINE: return "a `define`";
	case PPM_SYMBOL_LOOKUP: return "a `lookup`";
	case PPM_SYMBOL_RULE: return "a rule";
	case PPM_SYMBOL_DIMENSION: return "a dimension";
	case PPM_SYMBOL_SEGMENT: return "a segment";
	case PPM_SYMBOL_PERSPECTIVE: return "a perspective's score";
	case PPM_SYMBOL_DISQUALIFY: return "a disqualifier";
	case PPM_SYMBOL_RESULT: return "a result";
	case PPM_SYMBOL_MODULE: return "a module";
	case PPM_SYMBOL_METRIC: return "a metric";
	case PPM_SYMBOL_DEPTH: return "how deep a row is in the tree";
	}
	return "a name";
}

struct ppm_symbol *ppm_sema_find(const struct ppm_module *module, struct ppm_slice name)
{
	uint32_t code = ppm_interner_find(&module->names, name);
	return code == PPM_INTERNER_NONE ? NULL : module->symbols[code];
}

struct ppm_symbol *ppm_sema_declare(struct ppm_sema *sema, struct ppm_module *module, enum ppm_symbol_kind kind, struct ppm_name name)
{
	struct ppm_symbol *old = ppm_sema_find(module, name.text);
	if (old) {
		struct ppm_diagnostic *d;
		if (old->kind == PPM_SYMBOL_RESULT) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_OF_RESULT, name.span, "`%.*s` is the name of a result of every model", (int)name.text.size, name.text.data);
			ppm_diag_help(sema->diagnostics, d,
				kind == PPM_SYMBOL_COLUMN ? "give the column another name and say where it comes from: `%.*s_given … from \"%.*s\"`"
							  : "choose another name, such as `my_%.*s`",
				(int)name.text.size, name.text.data, (int)name.text.size, name.text.data);
			old->state = PPM_SYMBOL_DONE; // what is meant by the name from here on is anybody's guess: no second message
			old->node = PPM_NODE_POISON;
		} else {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, name.span, "`%.*s` is declared twice", (int)name.text.size, name.text.data);
			ppm_diag_label(sema->diagnostics, d, old->span, "it is %s here", kind_name(old));
			if (kind == PPM_SYMBOL_COLUMN || old->kind == PPM_SYMBOL_COLUMN)
				ppm_diag_help(sema->diagnostics, d,
					"columns, lets, params and rules share one space of names; rename one, or give the column another name with `from \"%.*s\"`",
					(int)name.text.size, name.text.data);
			else
				ppm_diag_help(sema->diagnostics, d, "columns, lets, params and rules share one space of names; rename one of the two");
		}
		return NULL;
	}
	struct ppm_symbol *symbol = PPM_ARENA_NEW(sema->arena, struct ppm_symbol);
	// the name comes last: what the interner holds has a symbol
	bool room = symbol && ppm_grow(sema->allocator, (void **)&module->symbols, &module->symbol_capacity, (size_t)module->names.count + 1, sizeof *module->symbols);
	uint32_t code = room ? ppm_interner_add(&module->names, name.text) : PPM_INTERNER_NONE;
	if (code == PPM_INTERNER_NONE) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	*symbol = (struct ppm_symbol){ .kind = kind, .name = name.text, .span = name.span, .module = module, .node = PPM_NODE_NONE };
	module->symbols[code] = symbol;
	return symbol;
}

struct thought {
	struct ppm_plan *plan;
};

static bool thought_of(void *context, uint32_t column)
{
	((struct thought *)context)->plan->columns[column].used_default = true;
	return true;
}

void ppm_sema_thought_of_missing(struct ppm_sema *sema, ppm_node_id node)
{
	struct thought thought = { sema->plan };
	if (!ppm_plan_visit_columns(sema->plan, node, thought_of, &thought))
		sema->plan->out_of_memory = true;
}

// ---- finding -----------------------------------------------------------------------------------------------

static void offer_all(struct ppm_suggestion *suggestion, const struct ppm_module *module)
{
	for (uint32_t i = 0; i < module->names.count; i++)
		ppm_suggestion_offer(suggestion, module->symbols[i]->name);
}

static void unknown_name(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_name *name)
{
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	bool suggests = ppm_suggests(sema->diagnostics);
	for (const struct ppm_binding *b = suggests ? scope->bindings : NULL; b; b = b->next)
		ppm_suggestion_offer(&suggestion, b->name);
	if (suggests)
		offer_all(&suggestion, scope->module);
	if (suggests && scope->module != sema->main && !scope->module->standard)
		offer_all(&suggestion, sema->main);
	for (const struct ppm_scope *at = scope->define_body || !suggests ? NULL : scope; at; at = at->outer)
		if (at->dataset < sema->plan->dataset_count && sema->spaces[at->dataset])
			offer_all(&suggestion, sema->spaces[at->dataset]);
	bool of_file = sema->plan->inferred || (sema->options->outcome.size && ppm_slice_equal(name->text, sema->options->outcome)); // a column of the file would do
	for (size_t i = 0; i < sema->options->by_count; i++)
		of_file = of_file || ppm_slice_equal(name->text, sema->options->by[i]);
	of_file = of_file && (sema->plan->inferred || sema->plan->datasets[0].kind == PPM_DATASET_FILE); // else the file is that of other rows
	for (size_t i = 0; of_file && suggests && i < sema->options->header_count; i++)
		ppm_suggestion_offer(&suggestion, sema->options->headers[i]);
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d;
	bool dataset = !sema->plan->inferred && ppm_sema_find_dataset(sema, name->text) != PPM_NO_DATASET;
	if (!scope->define_body && (dataset || ppm_sema_find_tree(sema, name->text) != PPM_NO_ID)) {
		d = ppm_diag(
			sema->diagnostics, PPM_DIAG_NO_VALUE_NAME, name->span, "`%.*s` is a %s, not a value", (int)name->text.size, name->text.data, dataset ? "dataset" : "tree");
		ppm_diag_help(sema->diagnostics, d, "make one figure of its rows, such as `count(%.*s)`", (int)name->text.size, name->text.data);
		return;
	}
	d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, name->span, "nothing is called `%.*s`", (int)name->text.size, name->text.data);
	if (sema->plan->inferred && sema->options->header_count == 1 && !scope->define_body) {
		struct ppm_slice header = sema->options->headers[0];
		for (const char *c = ";\t|,"; *c; c++)
			if (memchr(header.data, *c, header.size)) {
				ppm_diag_help(sema->diagnostics, d,
					*c == '\t' ? "the header of the file is one field; its columns are parted by tabs: add `--delimiter tab`"
						   : "the header of the file is one field; is the separator `%c`? then add `--delimiter '%c'`",
					*c, *c);
				return;
			}
	}
	bool other_case = near.size == name->text.size && ppm_text_distance(near, name->text, 0) == 0;
	// what rows of another dataset have
	uint32_t elsewhere = PPM_NO_DATASET;
	for (uint32_t i = 1; i < sema->plan->dataset_count && !scope->define_body && suggests; i++)
		if (elsewhere == PPM_NO_DATASET && sema->plan->datasets[i].name.size && ppm_sema_find_in(sema, i, name->text))
			elsewhere = i;
	if (elsewhere != PPM_NO_DATASET) {
		struct ppm_slice other = sema->plan->datasets[elsewhere].name;
		struct ppm_symbol *theirs = ppm_sema_find_in(sema, elsewhere, name->text);
		ppm_node_id value = theirs->state == PPM_SYMBOL_OPEN ? PPM_NODE_POISON : ppm_sema_value(sema, theirs, name->span); // OPEN: it is what asks
		const struct ppm_type type = value == PPM_NODE_POISON ? ppm_type_of(PPM_BASE_NUMBER) : sema->plan->nodes[value].type;
		ppm_diag_help(sema->diagnostics, d, "%.*s have it: a figure of them is `%s(%.*s over %.*s)`", (int)other.size, other.data, ppm_sema_figure_for(type),
			(int)name->text.size, name->text.data, (int)other.size, other.data);
	} else if (ppm_slice_is(name->text, "level") && sema->plan->tree_count)
		ppm_diag_help(sema->diagnostics, d, "a level is that of a row below another, inside a figure: `sum(… * 50%% ^ level over %.*s)`",
			(int)sema->plan->trees[0].name.size, sema->plan->trees[0].name.data);
	else if (!other_case && ppm_sema_foreign_value_advice(sema, d, name->text))
		;
	else if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else if (scope->define_body)
		ppm_diag_help(sema->diagnostics, d, "a `define` sees its parameters, params, lookups and other defines; pass the value in");
	else if (of_file && sema->options->headers)
		ppm_diag_help(sema->diagnostics, d, "the file has no such column either");
	else
		ppm_diag_help(sema->diagnostics, d, "declare it as a column of the dataset, or with `let` or `param`");
}

// Whether the symbol is a value of each scored row, and not the same for all.
static bool is_of_rows(const struct ppm_symbol *symbol)
{
	return symbol->kind != PPM_SYMBOL_PARAM && symbol->kind != PPM_SYMBOL_DEFINE && symbol->kind != PPM_SYMBOL_LOOKUP && symbol->kind != PPM_SYMBOL_MODULE &&
		symbol->kind != PPM_SYMBOL_METRIC;
}

// What is found for rows of a dataset: their own, else what belongs to the row that they are of, and so on. `model` is what the model itself calls that, which are the
// scored rows' names.
static struct ppm_symbol *of_rows(const struct ppm_sema *sema, uint32_t dataset, struct ppm_slice name, struct ppm_symbol *model, uint32_t steps)
{
	struct ppm_symbol *found = dataset ? ppm_sema_find_in(sema, dataset, name) : model && is_of_rows(model) ? model : NULL;
	size_t at = 0;
	for (uint32_t up; !found && steps && (up = ppm_sema_up(sema, dataset, &at)) != PPM_NO_ID;)
		found = of_rows(sema, sema->plan->links[up].to, name, model, steps - 1);
	return found;
}

// The column by which a row says whom it is of is the same in both.
static bool is_link_of(const struct ppm_sema *sema, const struct ppm_symbol *inner, const struct ppm_symbol *outer)
{
	const struct ppm_plan *plan = sema->plan;
	if (inner->kind != PPM_SYMBOL_COLUMN || outer->kind != PPM_SYMBOL_COLUMN)
		return false;
	size_t at = 0;
	for (uint32_t up; (up = ppm_sema_up(sema, inner->dataset, &at)) != PPM_NO_ID;) {
		const struct ppm_plan_link *link = &plan->links[up];
		for (uint32_t i = 0; i < link->key_count; i++)
			if (!link->keys[i].is_link && link->keys[i].value == inner->node && link->other_keys[i] == outer->index)
				return true;
	}
	return false;
}

// "a column of offices"; what the model itself has is of no rows.
static void label_meaning(struct ppm_sema *sema, struct ppm_diagnostic *d, const struct ppm_symbol *symbol)
{
	struct ppm_slice rows = ppm_sema_dataset_name(sema, symbol->dataset);
	if (is_of_rows(symbol))
		ppm_diag_label(sema->diagnostics, d, symbol->span, "%s of %.*s", kind_name(symbol), (int)rows.size, rows.data);
	else
		ppm_diag_label(sema->diagnostics, d, symbol->span, "%s", kind_name(symbol));
}

// The symbol that a bare name means in the scope: of its rows, of the rows that a figure is for, of the model. NULL: none, or `ambiguous`, which is reported unless `quiet`.
static struct ppm_symbol *visible(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_name *name, bool quiet, bool *ambiguous)
{
	struct ppm_symbol *first = NULL, *second = NULL;
	*ambiguous = false;
	struct ppm_symbol *own = ppm_sema_find(scope->module, name->text);
	// a file that the model uses may speak of the model's columns and lets
	if (!own && scope->module != sema->main && !scope->module->standard && !scope->define_body)
		own = ppm_sema_find(sema->main, name->text);
	for (const struct ppm_scope *at = scope->define_body ? NULL : scope; at; at = at->outer) {
		struct ppm_symbol *found = of_rows(sema, at->dataset, name->text, own, PPM_SEMA_CLIMB);
		if (!first)
			first = found;
		else if (found && found != first && found->kind != PPM_SYMBOL_RESULT && found->kind != PPM_SYMBOL_DEPTH && !is_link_of(sema, first, found))
			second = found;
	}
	if (own && own != first && (!first || !is_of_rows(own)))
		*(first ? &second : &first) = own;
	if (!second || quiet)
		return first;
	*ambiguous = true;
	struct ppm_slice a = ppm_sema_dataset_name(sema, first->dataset), b = ppm_sema_dataset_name(sema, second->dataset);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_AMBIGUOUS, name->span, "`%.*s` means two things here", (int)name->text.size, name->text.data);
	label_meaning(sema, d, first);
	label_meaning(sema, d, second);
	if (!is_of_rows(second))
		ppm_diag_help(sema->diagnostics, d, "write `%.*s.%.*s` for the one of the rows, and rename the other if you mean that", (int)a.size, a.data, (int)name->text.size,
			name->text.data);
	else if (scope->outer && second->dataset == scope->outer->dataset)
		ppm_diag_help(sema->diagnostics, d, "write `%.*s.%.*s`, or `this.%.*s` for the row that the figure is for", (int)a.size, a.data, (int)name->text.size,
			name->text.data, (int)name->text.size, name->text.data);
	else
		ppm_diag_help(sema->diagnostics, d, "write `%.*s.%.*s` or `%.*s.%.*s`", (int)a.size, a.data, (int)name->text.size, name->text.data, (int)b.size, b.data,
			(int)name->text.size, name->text.data);
	first->uses++;
	second->uses++;
	return NULL;
}

static bool begins_with(struct ppm_slice text, struct ppm_slice beginning)
{
	return beginning.size && text.size >= beginning.size && memcmp(text.data, beginning.data, beginning.size) == 0;
}

// `cust.revenue`, where there is no module `cust`.
static void no_module(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_name_list *path, struct ppm_diagnostic *d)
{
	struct ppm_slice name = path->name.text, inner = path->next->name.text;
	struct ppm_suggestion suggestion;
	bool ambiguous;
	uint32_t meant = PPM_NO_DATASET;
	if (ppm_sema_find_dataset(sema, name) != PPM_NO_DATASET) {
		ppm_diag_help(
			sema->diagnostics, d, "`%.*s` is a dataset; a figure of its rows is written `sum(… over %.*s)`", (int)name.size, name.data, (int)name.size, name.data);
		return;
	}
	if (ppm_standard_module(name).size) {
		ppm_diag_help(sema->diagnostics, d, "write `use %.*s` at the top of the model", (int)name.size, name.data);
		return;
	}
	ppm_suggestion_init(&suggestion, name);
	for (uint32_t i = 0; i < scope->module->names.count; i++)
		if (scope->module->symbols[i]->kind == PPM_SYMBOL_MODULE && ppm_sema_find(scope->module->symbols[i]->module, inner))
			ppm_suggestion_offer(&suggestion, scope->module->symbols[i]->name);
	for (uint32_t i = 0; i < sema->plan->dataset_count && !scope->define_body; i++) {
		struct ppm_slice other = sema->plan->datasets[i].name;
		if (!other.size || !ppm_sema_find_in(sema, i, inner))
			continue;
		ppm_suggestion_offer(&suggestion, other);
		if (begins_with(other, name) || begins_with(name, other)) // cust, customer
			meant = i;
	}
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	if (!near.size && meant != PPM_NO_DATASET)
		near = sema->plan->datasets[meant].name;
	if (near.size) {
		near = ppm_sema_written_name(sema, near);
		struct ppm_slice value = ppm_sema_written_name(sema, inner);
		ppm_diag_help(sema->diagnostics, d,
			memchr(near.data, '`', near.size) || memchr(value.data, '`', value.size) ? "did you mean `` %.*s.%.*s ``?" : "did you mean `%.*s.%.*s`?", (int)near.size,
			near.data, (int)value.size, value.data);
	} else if (!path->next->next && visible(sema, scope, &path->next->name, true, &ambiguous)) {
		struct ppm_slice value = ppm_sema_written_name(sema, inner);
		ppm_diag_help(sema->diagnostics, d, "leave out `%.*s.` before %s%.*s%s", (int)name.size, name.data, ppm_word_is_plain_name(inner) ? "`" : "", (int)value.size,
			value.data, ppm_word_is_plain_name(inner) ? "`" : "");
	} else
		ppm_diag_help(sema->diagnostics, d, "a dotted name is MODULE.NAME; `use %.*s` loads a module", (int)name.size, name.data);
}

// What others may use of a module: what a standard module begins with `_` is its own.
static bool is_hidden(const struct ppm_symbol *symbol)
{
	return symbol->module->standard && symbol->name.data[0] == '_';
}

static void not_in_module(struct ppm_sema *sema, const struct ppm_symbol *module, const struct ppm_name *name)
{
	struct ppm_slice near = PPM_SLICE(""), longer = PPM_SLICE("");
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	for (uint32_t i = 0; i < module->module->names.count; i++) {
		const struct ppm_symbol *symbol = module->module->symbols[i];
		if (is_hidden(symbol))
			continue;
		ppm_suggestion_offer(&suggestion, symbol->name);
		if (!longer.size && name->text.size >= 3 && begins_with(symbol->name, name->text))
			longer = symbol->name;
	}
	near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, name->span, "the module `%.*s` has nothing called `%.*s`", (int)module->name.size,
		module->name.data, (int)name->text.size, name->text.data);
	if (near.size || longer.size)
		ppm_sema_did_you_mean(sema, d, near.size ? near : longer);
	else if (module->module->standard)
		ppm_diag_help(sema->diagnostics, d, "`ppmc docs %.*s` lists what it has", (int)module->name.size, module->name.data);
}

struct ppm_symbol *ppm_sema_symbol(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_name_list *path, bool quiet)
{
	const struct ppm_name *name = &path->name;
	bool ambiguous;
	struct ppm_symbol *symbol = visible(sema, scope, name, quiet, &ambiguous);
	if (ambiguous)
		return NULL;
	if (path->next) {
		if (!symbol || symbol->kind != PPM_SYMBOL_MODULE) {
			if (quiet)
				return NULL;
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_MODULE_UNKNOWN, name->span, "no module is called `%.*s`", (int)name->text.size, name->text.data);
			no_module(sema, scope, path, d);
			return NULL;
		}
		symbol->uses++;
		if (path->next->next) {
			if (!quiet)
				ppm_diag(sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, path->next->next->name.span, "a name has at most one dot");
			return NULL;
		}
		const struct ppm_name *inner = &path->next->name;
		struct ppm_symbol *found = ppm_sema_find(symbol->module, inner->text);
		if (!found && !quiet)
			not_in_module(sema, symbol, inner);
		return found;
	}
	if (!symbol && sema->plan->inferred && !scope->define_body && !scope->module->standard && !sema->testing)
		symbol = ppm_sema_infer_column(sema, name);
	if (!symbol && !quiet)
		unknown_name(sema, scope, name);
	return symbol;
}

static void report_circle(struct ppm_sema *sema, const struct ppm_symbol *symbol, struct ppm_span use)
{
	struct ppm_buffer path;
	ppm_buffer_init(&path, sema->allocator);
	uint32_t from = 0;
	while (from < sema->stack_size && sema->stack[from] != symbol)
		from++;
	for (uint32_t i = from; i < sema->stack_size; i++)
		ppm_buffer_format(&path, "%.*s → ", (int)sema->stack[i]->name.size, sema->stack[i]->name.data);
	ppm_buffer_format(&path, "%.*s", (int)symbol->name.size, symbol->name.data);
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_CIRCLE, use, "`%.*s` depends on itself: %.*s", (int)symbol->name.size, symbol->name.data, (int)path.size, path.data ? path.data : "");
	for (uint32_t i = from; i < sema->stack_size && i < from + PPM_DIAG_LABELS - 1; i++)
		ppm_diag_label(sema->diagnostics, d, sema->stack[i]->span, "`%.*s` is declared here", (int)sema->stack[i]->name.size, sema->stack[i]->name.data);
	ppm_diag_help(sema->diagnostics, d, "break the circle: one of them must not need the next");
	sema->plan->out_of_memory = sema->plan->out_of_memory || path.failed;
	ppm_buffer_free(&path);
}

void ppm_sema_report_circle(struct ppm_sema *sema, struct ppm_span use)
{
	for (uint32_t i = 0; i < sema->stack_size; i++)
		if (sema->stack[i]->kind == PPM_SYMBOL_RULE || sema->stack[i]->kind == PPM_SYMBOL_DISQUALIFY) {
			report_circle(sema, sema->stack[i], use);
			return;
		}
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CIRCLE, use, "a rule asks for what it is itself part of");
	ppm_diag_help(sema->diagnostics, d, "break the circle: a rule cannot use the score that it moves");
}

static ppm_node_id depth_of(struct ppm_sema *sema, uint32_t tree, struct ppm_span span)
{
	struct ppm_plan_tree *t = &sema->plan->trees[tree];
	struct ppm_plan_column column = { .type = ppm_type_of(PPM_BASE_NUMBER), .kind = PPM_PLAN_DEPTH, .dataset = t->dataset, .index = tree, .high = INFINITY, .span = span };
	ppm_node_id node = ppm_sema_plain_column(sema, column, ppm_arena_format(sema->arena, "%.*s.depth", (int)t->name.size, t->name.data));
	if (node != PPM_NODE_POISON)
		t->depth_column = sema->plan->nodes[node].index;
	return node;
}

static ppm_node_id elaborate(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	struct ppm_scope scope = { .module = symbol->module, .dataset = symbol->dataset };
	switch (symbol->kind) {
	case PPM_SYMBOL_COLUMN: return sema->plan->columns[symbol->index].node;
	case PPM_SYMBOL_LET: return ppm_sema_expression(sema, &scope, symbol->let ? symbol->let->value : symbol->statement->let.value);
	case PPM_SYMBOL_PARAM: return ppm_sema_param(sema, symbol);
	case PPM_SYMBOL_RULE: return ppm_sema_rule_flag(sema, symbol);
	case PPM_SYMBOL_DIMENSION: return ppm_sema_dimension(sema, symbol);
	case PPM_SYMBOL_SEGMENT: return ppm_sema_segment(sema, symbol);
	case PPM_SYMBOL_PERSPECTIVE: return ppm_sema_score(sema, 3 + symbol->index, symbol->span);
	case PPM_SYMBOL_DISQUALIFY: return ppm_sema_disqualify(sema, symbol);
	case PPM_SYMBOL_METRIC: return ppm_sema_metric(sema, symbol);
	case PPM_SYMBOL_DEPTH: return depth_of(sema, symbol->index, symbol->span);
	default: return PPM_NODE_POISON;
	}
}

static ppm_node_id result_value(struct ppm_sema *sema, struct ppm_symbol *symbol, struct ppm_span use)
{
	static const char *const scores[] = { "score", "score_low", "score_high" };
	for (uint32_t i = 0; i < 3; i++)
		if (ppm_slice_is(symbol->name, scores[i]))
			return ppm_sema_score(sema, i, use);
	if (ppm_slice_is(symbol->name, "evidence"))
		return ppm_sema_score(sema, UINT32_MAX, use);
	if (ppm_slice_is(symbol->name, "points"))
		return ppm_sema_score(sema, UINT32_MAX - 1, use);
	if (ppm_slice_is(symbol->name, "as_of")) {
		if (sema->plan->has_as_of)
			return ppm_plan_whole(sema->plan, sema->plan->as_of, ppm_type_of(PPM_BASE_DATE), use);
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_ABSENT, use, "`as_of` has no date");
		ppm_diag_help(sema->diagnostics, d, "write `as of 2026-06-30` (or `as of today`) in the model, or run with `--as-of DATE`");
		return PPM_NODE_POISON;
	}
	if (ppm_slice_is(symbol->name, "tier") || ppm_slice_is(symbol->name, "tier_by_rules"))
		return ppm_sema_tier(sema, symbol->name.size > 4, use);
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_NO_VALUE_NAME, use, "`%.*s` is no value that an expression can use", (int)symbol->name.size, symbol->name.data);
	ppm_diag_help(sema->diagnostics, d, "it can stand in `output { … }`");
	return PPM_NODE_POISON;
}

ppm_node_id ppm_sema_value(struct ppm_sema *sema, struct ppm_symbol *symbol, struct ppm_span use)
{
	symbol->uses++;
	if (symbol->kind == PPM_SYMBOL_COLUMN)
		sema->plan->columns[symbol->index].uses++;
	if (symbol->state == PPM_SYMBOL_DONE)
		return symbol->node;
	if (symbol->kind == PPM_SYMBOL_RULE && (symbol->rule->kind == PPM_RULE_BEST_OF || symbol->rule->kind == PPM_RULE_GROUP)) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_NO_VALUE_NAME, use, "`%.*s` is a bundle of rules, not a value", (int)symbol->name.size, symbol->name.data);
		ppm_diag_help(sema->diagnostics, d, "name one of its rules");
		return PPM_NODE_POISON;
	}
	switch (symbol->kind) {
	case PPM_SYMBOL_DEFINE:
	case PPM_SYMBOL_LOOKUP:
	case PPM_SYMBOL_MODULE: {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_NO_VALUE_NAME, use, "`%.*s` is %s, not a value", (int)symbol->name.size, symbol->name.data, kind_name(symbol));
		ppm_diag_help(sema->diagnostics, d, symbol->kind == PPM_SYMBOL_MODULE ? "name something in it: `%.*s.…`" : "call it with its arguments: `%.*s(…)`",
			(int)symbol->name.size, symbol->name.data);
		return PPM_NODE_POISON;
	}
	default: break;
	}
	if (symbol->state == PPM_SYMBOL_OPEN) {
		report_circle(sema, symbol, use);
		return PPM_NODE_POISON;
	}
	if (sema->stack_size == sizeof sema->stack / sizeof *sema->stack) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, use, "more than %u names build on each other here", sema->stack_size);
		ppm_diag_help(sema->diagnostics, d, "shorten the chain of lets");
		return PPM_NODE_POISON;
	}
	symbol->state = PPM_SYMBOL_OPEN;
	sema->stack[sema->stack_size++] = symbol;
	uint32_t not_taken = sema->plan->not_taken; // the name may be used elsewhere, too
	sema->plan->not_taken = 0;
	symbol->node = symbol->kind == PPM_SYMBOL_RESULT ? result_value(sema, symbol, use) : elaborate(sema, symbol);
	sema->plan->not_taken = not_taken;
	sema->stack_size--;
	symbol->state = PPM_SYMBOL_DONE;
	return symbol->node;
}

// ---- dotted names --------------------------------------------------------------------------------------------

// How far below the outer row: inside a figure over a tree.
static ppm_node_id level_of(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_span span)
{
	const struct ppm_scope *at = scope;
	while (at && !at->tree)
		at = at->outer;
	if (!at || !at->pairs)
		return PPM_NODE_NONE;
	struct ppm_plan_column column = { .type = ppm_type_of(PPM_BASE_NUMBER), .kind = PPM_PLAN_LEVEL, .dataset = at->pairs - 1, .low = 1, .high = INFINITY, .span = span };
	ppm_node_id node = ppm_sema_plain_column(sema, column, PPM_SLICE("level"));
	return at == scope ? node : ppm_sema_outer(sema, scope, node, span);
}

static ppm_node_id period_of(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_scope *calendar, const struct ppm_name *part, struct ppm_span span)
{
	bool start = ppm_slice_is(part->text, "start");
	if (!start && !ppm_slice_is(part->text, "end")) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, part->span, "a period has no `%.*s`", (int)part->text.size, part->text.data);
		ppm_diag_help(sema->diagnostics, d, "it has a `start`, its first day, and an `end`, its last");
		return PPM_NODE_POISON;
	}
	struct ppm_plan_column column = { .type = ppm_type_of(PPM_BASE_DATE),
		.kind = start ? PPM_PLAN_PERIOD_START : PPM_PLAN_PERIOD_END,
		.dataset = calendar->dataset,
		.low = -INFINITY,
		.high = INFINITY,
		.span = span };
	return ppm_sema_reach(sema, scope, ppm_sema_plain_column(sema, column, part->text), span);
}

// What `name` is in the dataset; PPM_NODE_POISON after a report.
static ppm_node_id value_in(struct ppm_sema *sema, uint32_t dataset, const struct ppm_name *name)
{
	struct ppm_symbol *symbol = ppm_sema_find_in(sema, dataset, name->text);
	if (symbol && (dataset || symbol->kind != PPM_SYMBOL_MODULE))
		return ppm_sema_value(sema, symbol, name->span);
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	if (sema->spaces[dataset])
		offer_all(&suggestion, sema->spaces[dataset]);
	struct ppm_slice near = ppm_suggestion_take(&suggestion), owner = ppm_sema_dataset_name(sema, dataset);
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, name->span, "%.*s has nothing called `%.*s`", (int)owner.size, owner.data, (int)name->text.size, name->text.data);
	if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else
		ppm_diag_help(sema->diagnostics, d, "declare it as a column or `let` of `dataset %.*s`", (int)owner.size, owner.data);
	return PPM_NODE_POISON;
}

// `region.capacity`, `account.manager.office`: along what columns reference. A value for the rows of the first column's dataset.
static ppm_node_id follow(struct ppm_sema *sema, struct ppm_symbol *column, const struct ppm_name_list *rest)
{
	const struct ppm_column_declaration *c = ppm_sema_declaration(sema, column);
	column->uses++;
	if (!c || !c->references.text.size) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, rest->name.span, "`%.*s` refers to no other dataset", (int)column->name.size, column->name.data);
		ppm_diag_label(sema->diagnostics, d, column->span, "it is declared here");
		ppm_diag_help(sema->diagnostics, d, "declare what it refers to: `%.*s … references DATASET`", (int)column->name.size, column->name.data);
		return PPM_NODE_POISON;
	}
	uint32_t link = ppm_sema_reference(sema, column);
	if (link == PPM_NO_ID)
		return PPM_NODE_POISON;
	uint32_t to = sema->plan->links[link].to;
	struct ppm_symbol *next = rest->next ? ppm_sema_find_in(sema, to, rest->name.text) : NULL;
	ppm_node_id value = next && next->kind == PPM_SYMBOL_COLUMN ? follow(sema, next, rest->next) : value_in(sema, to, &rest->name);
	ppm_sema_thought_of_missing(sema, sema->plan->columns[column->index].node);
	return ppm_sema_gather(sema, value, link, rest->name.span);
}

// A dotted name that is no module's: of a dataset, of what a column references, of the outer row … PPM_NODE_NONE when it is a module's.
static ppm_node_id dotted(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *path)
{
	const struct ppm_name_list *first = path->path, *rest = first->next;
	struct ppm_slice name = first->name.text;
	if (ppm_slice_is(name, "this")) {
		struct ppm_expression inner = *path;
		inner.path = first->next;
		if (scope->this_is_self)
			return ppm_sema_path(sema, scope, &inner);
		if (!scope->outer) {
			struct ppm_diagnostic *d = ppm_diag(
				sema->diagnostics, PPM_DIAG_THIS_OUTSIDE, first->name.span, "`this` is the row that a figure over other rows is for, and this stands in none");
			ppm_diag_help(sema->diagnostics, d, "leave out `this.`");
			return PPM_NODE_POISON;
		}
		return ppm_sema_outer(sema, scope, ppm_sema_path(sema, scope->outer, &inner), path->span);
	}
	for (const struct ppm_scope *at = scope; at; at = at->outer)
		if (at->each.text.size && ppm_slice_equal(at->each.text, name))
			return period_of(sema, scope, at, &rest->name, path->span);
	uint32_t tree = ppm_sema_find_tree(sema, name);
	if (tree != PPM_NO_ID && ppm_slice_is(rest->name.text, "depth"))
		return ppm_sema_reach(sema, scope, depth_of(sema, tree, path->span), path->span);
	if (tree != PPM_NO_ID && scope->tree == tree + 1) {
		ppm_node_id level = ppm_slice_is(rest->name.text, "level") ? level_of(sema, scope, path->span) : PPM_NODE_NONE;
		return level != PPM_NODE_NONE ? level : ppm_sema_reach(sema, scope, value_in(sema, scope->dataset, &rest->name), path->span);
	}
	uint32_t dataset = ppm_sema_find_dataset(sema, name);
	if (tree != PPM_NO_ID || dataset != PPM_NO_DATASET) {
		if (tree != PPM_NO_ID)
			dataset = sema->plan->trees[tree].dataset;
		if (tree != PPM_NO_ID && ppm_slice_is(rest->name.text, "level") && !ppm_sema_find_in(sema, dataset, rest->name.text)) {
			unknown_name(sema, scope, &rest->name);
			return PPM_NODE_POISON;
		}
		struct ppm_symbol *column = rest->next ? ppm_sema_find_in(sema, dataset, rest->name.text) : NULL;
		ppm_node_id value = column && column->kind == PPM_SYMBOL_COLUMN ? follow(sema, column, rest->next) : value_in(sema, dataset, &rest->name);
		if (tree == PPM_NO_ID || value == PPM_NODE_POISON)
			return ppm_sema_reach(sema, scope, value, path->span);
		struct ppm_diagnostic *d = ppm_diag(
			sema->diagnostics, PPM_DIAG_MANY_ROWS, path->span, "`%.*s` has many rows below each customer, and one value is needed here", (int)name.size, name.data);
		ppm_diag_help(sema->diagnostics, d, "make one figure of them, such as `%s(%.*s over %.*s)`", ppm_sema_figure_for(sema->plan->nodes[value].type),
			(int)rest->name.text.size, rest->name.text.data, (int)name.size, name.data);
		return PPM_NODE_POISON;
	}
	bool ambiguous;
	struct ppm_symbol *symbol = visible(sema, scope, &first->name, true, &ambiguous);
	if (!symbol || symbol->kind != PPM_SYMBOL_COLUMN)
		return PPM_NODE_NONE;
	symbol = visible(sema, scope, &first->name, false, &ambiguous);
	return symbol ? ppm_sema_reach(sema, scope, follow(sema, symbol, rest), path->span) : PPM_NODE_POISON;
}

ppm_node_id ppm_sema_path(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *path)
{
	if (!path->path->next)
		for (const struct ppm_binding *b = scope->bindings; b; b = b->next)
			if (ppm_slice_equal(b->name, path->path->name.text))
				return b->node;
	if (!scope->define_body && path->path->next) {
		ppm_node_id found = dotted(sema, scope, path);
		if (found != PPM_NODE_NONE)
			return found;
	}
	if (!scope->define_body && !path->path->next) {
		ppm_node_id found = ppm_sema_summary_name(sema, scope, path);
		if (found != PPM_NODE_NONE)
			return found;
		if (ppm_slice_is(path->path->name.text, "level") && !ppm_sema_symbol(sema, scope, path->path, true)) {
			found = level_of(sema, scope, path->span);
			if (found != PPM_NODE_NONE)
				return found;
		}
	}
	struct ppm_symbol *symbol = ppm_sema_symbol(sema, scope, path->path, false);
	if (!symbol)
		return PPM_NODE_POISON;
	bool is_called = symbol->kind == PPM_SYMBOL_DEFINE || symbol->kind == PPM_SYMBOL_LOOKUP || symbol->kind == PPM_SYMBOL_MODULE; // which has a message of its own
	if (scope->define_body && !is_called && symbol->kind != PPM_SYMBOL_PARAM && !(symbol->kind == PPM_SYMBOL_RESULT && ppm_slice_is(symbol->name, "as_of"))) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DEFINE_SEES, path->span, "a `define` does not see %s", kind_name(symbol));
		ppm_diag_help(sema->diagnostics, d, "make it a parameter, and pass `%.*s` in the call", (int)symbol->name.size, symbol->name.data);
		return PPM_NODE_POISON;
	}
	ppm_node_id value = ppm_sema_value(sema, symbol, path->span);
	if (symbol->kind == PPM_SYMBOL_PARAM && symbol->list) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_LIST_AS_VALUE, path->span, "`%.*s` is a list", (int)symbol->name.size, symbol->name.data);
		ppm_diag_help(sema->diagnostics, d, "a list stands after `in`: `x in %.*s`", (int)symbol->name.size, symbol->name.data);
		return PPM_NODE_POISON;
	}
	return ppm_sema_reach(sema, scope, value, path->span);
}

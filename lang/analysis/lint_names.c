// What is declared and not used, and names and texts that differ in nothing but capitals.
#include "lang/analysis/lint_internal.h"

#define SHOW(slice) (int)(slice).size, (slice).data

#define LISTED 5 // columns of a dataset that are named

struct named {
	struct ppm_slice name, lower;
	struct ppm_span span;
	const char *kind;
};

struct names {
	struct ppm_lint *lint;
	struct ppm_interner mentioned; // every part of every name that is used somewhere
	bool modules;                  // files of one's own are used, whose text is not looked at
};

// ---- what is mentioned -----------------------------------------------------------------------------------------------

static void mention(struct names *names, struct ppm_slice name)
{
	if (name.size && ppm_interner_add(&names->mentioned, name) == PPM_INTERNER_NONE)
		names->lint->arena.failed = true;
}

static void mention_list(struct names *names, const struct ppm_name_list *list)
{
	for (; list; list = list->next)
		mention(names, list->name.text);
}

// Taking out a column that a test gives would break the test.
static void mention_givens(struct names *names, const struct ppm_given *givens)
{
	for (; givens; givens = givens->next)
		mention(names, givens->name.text);
}

static void mention_expression(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	(void)place;
	if (e->kind == PPM_EXPRESSION_PATH || e->kind == PPM_EXPRESSION_CALL)
		mention_list(context, e->path);
}

static void mention_statements(struct names *names)
{
	for (const struct ppm_statement *s = names->lint->tree->statements; s; s = s->next)
		switch (s->kind) {
		case PPM_STATEMENT_USE: names->modules = names->modules || s->use.file.text.size > 0; break;
		case PPM_STATEMENT_DATASET:
			mention(names, s->dataset.parent.text);
			mention_list(names, s->dataset.parent_keys);
			mention(names, s->dataset.source.text);
			mention_list(names, s->dataset.source_keys);
			mention(names, s->dataset.dated.text);
			for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next)
				mention(names, c->references.text);
			break;
		case PPM_STATEMENT_TREE: mention(names, s->tree.column.text); break;
		case PPM_STATEMENT_SCORE: mention(names, s->score.dataset.text); break;
		case PPM_STATEMENT_OVERRIDES: mention(names, s->name.text); break;
		case PPM_STATEMENT_TEST:
			for (const struct ppm_test_step *step = s->test.steps; step; step = step->next) {
				mention(names, step->dataset.text);
				mention_givens(names, step->givens);
				for (const struct ppm_given_row *row = step->rows; row; row = row->next)
					mention_givens(names, row->givens);
			}
			break;
		default: break;
		}
}

static bool is_mentioned(const struct names *names, struct ppm_slice name)
{
	return ppm_interner_find(&names->mentioned, name) != PPM_INTERNER_NONE;
}

// ---- datasets and their columns --------------------------------------------------------------------------------------

static void unused_columns(struct names *names, uint32_t dataset)
{
	const struct ppm_plan *plan = names->lint->plan;
	const struct ppm_plan_dataset *d = &plan->datasets[dataset];
	struct ppm_buffer list;
	uint32_t count = 0;

	if (dataset == 0 && plan->pass_all)
		return; // they are the result
	ppm_buffer_init(&list, plan->allocator);
	for (size_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *column = &plan->columns[i];
		if (column->kind != PPM_PLAN_FIELD || column->dataset != dataset || !column->declared || column->key || column->uses || is_mentioned(names, column->name))
			continue;
		if (++count <= LISTED)
			ppm_buffer_format(&list, "%s`%.*s`", count > 1 ? ", " : "", SHOW(column->name));
	}
	if (count > LISTED)
		ppm_buffer_format(&list, " and %u other%s", count - LISTED, count > LISTED + 1 ? "s" : "");
	if (count) {
		struct ppm_diagnostic *found = ppm_diag(names->lint->diagnostics, PPM_DIAG_COLUMNS_UNUSED, d->statement->name.span, "nothing uses %s column%s of `%.*s`: %.*s",
			count == 1 ? "a" : "some", count == 1 ? "" : "s", SHOW(d->name), (int)list.size, list.data ? list.data : "");
		ppm_diag_help(names->lint->diagnostics, found, "a declared column has to be in the file: take out what the model does not need");
	}
	if (list.failed)
		names->lint->arena.failed = true;
	ppm_buffer_free(&list);
}

static void unused(struct names *names)
{
	const struct ppm_plan *plan = names->lint->plan;

	for (uint32_t i = 0; i < plan->dataset_count; i++) {
		const struct ppm_plan_dataset *d = &plan->datasets[i];
		if (!d->statement || d->statement->kind != PPM_STATEMENT_DATASET || d->kind != PPM_DATASET_FILE)
			continue;
		if (i && !names->modules && !is_mentioned(names, d->name)) {
			struct ppm_diagnostic *found =
				ppm_diag(names->lint->diagnostics, PPM_DIAG_DATASET_UNUSED, d->statement->name.span, "nothing uses the dataset `%.*s`", SHOW(d->name));
			ppm_diag_help(names->lint->diagnostics, found, "use it in a figure such as `count(%.*s)`, or take it out", SHOW(d->name));
			continue;
		}
		unused_columns(names, i);
	}
}

// ---- names that differ in capitals -----------------------------------------------------------------------------------

struct list {
	struct ppm_lint *lint;
	struct named *items;
	size_t count, capacity;
};

static void add(struct list *list, struct ppm_name name, const char *kind)
{
	if (!name.text.size || list->count == list->capacity)
		return;
	list->items[list->count++] = (struct named){ name.text, ppm_lint_lower(list->lint, name.text), name.span, kind };
}

static void add_rules(struct list *list, const struct ppm_rule *rule)
{
	for (; rule; rule = rule->next) {
		add(list, rule->name, "rule");
		add_rules(list, rule->rules);
	}
}

static size_t count_rules(const struct ppm_rule *rule)
{
	size_t count = 0;
	for (; rule; rule = rule->next)
		count += 1 + count_rules(rule->rules);
	return count;
}

// How many names the statement declares at most.
static size_t count_names(const struct ppm_statement *s)
{
	size_t count = 1;
	if (s->kind == PPM_STATEMENT_DATASET) {
		for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next)
			count++;
		for (const struct ppm_let *let = s->dataset.lets; let; let = let->next)
			count++;
	}
	if (s->kind == PPM_STATEMENT_DIMENSION || s->kind == PPM_STATEMENT_ADJUST)
		count += count_rules(s->dimension.rules);
	if (s->kind == PPM_STATEMENT_RULE)
		count += count_rules(s->rule.rule);
	return count;
}

static void add_statement(struct list *list, const struct ppm_statement *s, const struct ppm_statement *scored)
{
	switch (s->kind) {
	case PPM_STATEMENT_DATASET:
		if (s != scored)
			break;
		for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next)
			add(list, c->name, "column");
		for (const struct ppm_let *let = s->dataset.lets; let; let = let->next)
			add(list, let->name, "let");
		break;
	case PPM_STATEMENT_PARAM: add(list, s->name, "param"); break;
	case PPM_STATEMENT_LET: add(list, s->name, "let"); break;
	case PPM_STATEMENT_DEFINE: add(list, s->name, "define"); break;
	case PPM_STATEMENT_LOOKUP: add(list, s->name, "lookup"); break;
	case PPM_STATEMENT_METRIC: add(list, s->name, "metric"); break;
	case PPM_STATEMENT_SEGMENT: add(list, s->name, "segment"); break;
	case PPM_STATEMENT_DISQUALIFY: add(list, s->name, "disqualifier"); break;
	case PPM_STATEMENT_DIMENSION:
		add(list, s->name, "dimension"); // and its rules
		__attribute__((fallthrough));
	case PPM_STATEMENT_ADJUST: add_rules(list, s->dimension.rules); break;
	case PPM_STATEMENT_RULE: add_rules(list, s->rule.rule); break;
	default: break;
	}
}

static void compare_names(struct list *list)
{
	struct ppm_interner seen;
	size_t *first = ppm_arena_allocate(&list->lint->arena, list->count + 1, sizeof *first);

	ppm_interner_init(&seen, list->lint->plan->allocator);
	for (size_t i = 0; i < list->count && first && !list->lint->arena.failed; i++) {
		const struct named *name = &list->items[i];
		uint32_t before = seen.count, code = ppm_interner_add(&seen, name->lower);
		if (code == PPM_INTERNER_NONE) {
			list->lint->arena.failed = true;
		} else if (code == before) {
			first[code] = i;
		} else if (!ppm_slice_equal(list->items[first[code]].name, name->name)) {
			const struct named *other = &list->items[first[code]];
			struct ppm_diagnostic *d = ppm_diag(list->lint->diagnostics, PPM_DIAG_NAMES_CASE, name->span,
				"the %s `%.*s` and the %s `%.*s` differ in their capitals only", name->kind, SHOW(name->name), other->kind, SHOW(other->name));
			ppm_diag_label(list->lint->diagnostics, d, other->span, "the other name");
			ppm_diag_help(list->lint->diagnostics, d, "whoever means one will write the other: call one of them something else");
		}
	}
	ppm_interner_free(&seen);
}

static void names_in_case(struct ppm_lint *lint)
{
	struct list names = { .lint = lint }, tiers = { .lint = lint };
	const struct ppm_statement *scored = lint->plan->dataset_count ? lint->plan->datasets[0].statement : NULL;

	for (const struct ppm_statement *s = lint->tree->statements; s; s = s->next) {
		names.capacity += count_names(s);
		tiers.capacity += s->kind == PPM_STATEMENT_TIER;
	}
	names.items = ppm_arena_allocate(&lint->arena, names.capacity + 1, sizeof *names.items);
	tiers.items = ppm_arena_allocate(&lint->arena, tiers.capacity + 1, sizeof *tiers.items);
	if (!names.items || !tiers.items)
		return;
	for (const struct ppm_statement *s = lint->tree->statements; s; s = s->next) {
		add_statement(&names, s, scored);
		if (s->kind == PPM_STATEMENT_TIER)
			add(&tiers, s->name, "tier");
	}
	compare_names(&names);
	compare_names(&tiers);
}

// ---- texts that a column is compared with ------------------------------------------------------------------------------

struct compared {
	struct ppm_slice column, text, lower;
	struct ppm_span span;
	const struct ppm_expression *root; // the condition or value that it stands in
	struct compared *next, *alike;     // the next one of all, and of those whose text differs in capitals at most
	uint32_t group;
};

// Texts that a column is compared with and that differ in capitals at most.
struct group {
	struct compared *first, *last;
	bool varied; // they do differ
};

struct texts {
	struct ppm_lint *lint;
	const struct ppm_expression *root;
	struct compared *first, **end;
};

static void add_text(struct texts *texts, const struct ppm_expression *path, const struct ppm_expression *text)
{
	if (path->kind != PPM_EXPRESSION_PATH || text->kind != PPM_EXPRESSION_TEXT || !text->text.size)
		return;
	struct compared *compared = PPM_ARENA_NEW(&texts->lint->arena, struct compared);
	if (!compared)
		return;
	*compared = (struct compared){ .column = path->path->next ? ppm_lint_text(texts->lint, path->span) : path->path->name.text,
		.text = text->text,
		.lower = ppm_lint_lower(texts->lint, text->text),
		.span = text->span,
		.root = texts->root };
	*texts->end = compared;
	texts->end = &compared->next;
}

static void collect_texts(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct texts *texts = context;

	(void)place;
	if (e->kind == PPM_EXPRESSION_COMPARE && e->item_count == 2 && (e->relations[0] == PPM_RELATION_EQUAL || e->relations[0] == PPM_RELATION_NOT_EQUAL)) {
		add_text(texts, e->items, e->items->next);
		add_text(texts, e->items->next, e->items);
	}
	if (e->kind == PPM_EXPRESSION_IN_LIST && e->left && e->right)
		for (const struct ppm_expression *item = e->right->items; item; item = item->next)
			add_text(texts, e->left, item);
}

static void collect_root(void *context, const struct ppm_expression *root, const struct ppm_lint_place *place)
{
	struct texts *texts = context;

	texts->root = root;
	ppm_lint_within(root, place, collect_texts, texts);
	const struct ppm_rule *rule = place->rule;
	if (!rule || root != rule->subject)
		return;
	for (const struct ppm_band *band = rule->bands; band; band = band->next)
		for (const struct ppm_expression *label = band->labels; label; label = label->next)
			add_text(texts, root, label);
}

// Both spellings in one condition: its author knows of both.
static bool both_meant(const struct group *group, const struct compared *a, const struct compared *b)
{
	bool in_a = false, in_b = false;
	for (const struct compared *c = group->first; c; c = c->alike) {
		in_a = in_a || (c->root == a->root && ppm_slice_equal(c->text, b->text));
		in_b = in_b || (c->root == b->root && ppm_slice_equal(c->text, a->text));
	}
	return in_a || in_b;
}

static const struct ppm_plan_column *column_of(const struct ppm_plan *plan, struct ppm_slice name)
{
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].dataset == 0 && ppm_slice_equal(plan->columns[i].name, name))
			return &plan->columns[i];
	return NULL;
}

// A spelling that is cleaned away never comes; one that differs from a clean one in capitals is most likely meant to be that.
static bool against_spellings(struct ppm_lint *lint, const struct compared *compared, const struct ppm_column_declaration *declaration)
{
	const struct ppm_spelling *from = NULL, *near = NULL;

	for (const struct ppm_spelling *spelling = declaration->values; spelling; spelling = spelling->next) {
		if (ppm_slice_equal(spelling->to.text, compared->text))
			return false;
		if (ppm_slice_equal(spelling->from.text, compared->text))
			from = spelling;
		if (!near && ppm_lint_differ_in_case(lint, spelling->to.text, compared->text))
			near = spelling;
	}
	const struct ppm_spelling *best = from ? from : near;
	if (!best)
		return false;
	struct ppm_diagnostic *d = from
		? ppm_diag(lint->diagnostics, PPM_DIAG_TEXT_CASE, compared->span, "`%.*s` never is \"%.*s\": its `values` make that \"%.*s\"", SHOW(compared->column),
			  SHOW(compared->text), SHOW(best->to.text))
		: ppm_diag(lint->diagnostics, PPM_DIAG_TEXT_CASE, compared->span, "\"%.*s\" and \"%.*s\", which `values` makes of other spellings, differ in their capitals only",
			  SHOW(compared->text), SHOW(best->to.text));
	ppm_diag_label(lint->diagnostics, d, best->to.span, "declared here");
	ppm_diag_help(lint->diagnostics, d, "write \"%.*s\"", SHOW(best->to.text));
	return true;
}

// [group]; NULL when memory ran out.
static struct group *group_texts(struct ppm_lint *lint, struct compared *first)
{
	struct ppm_interner names;
	struct ppm_buffer name;
	struct group *groups;
	size_t count = 0;

	for (const struct compared *c = first; c; c = c->next)
		count++;
	groups = ppm_arena_allocate(&lint->arena, count + 1, sizeof *groups);
	ppm_interner_init(&names, lint->plan->allocator);
	ppm_buffer_init(&name, lint->plan->allocator);
	for (struct compared *c = first; c && groups; c = c->next) {
		uint32_t known = names.count;
		name.size = 0;
		ppm_buffer_format(&name, "%zu ", c->column.size);
		ppm_buffer_append(&name, c->column.data, c->column.size);
		ppm_buffer_append(&name, c->lower.data, c->lower.size);
		c->group = name.failed ? PPM_INTERNER_NONE : ppm_interner_add(&names, ppm_buffer_slice(&name));
		if (c->group == PPM_INTERNER_NONE) {
			lint->arena.failed = true;
			groups = NULL;
		} else if (c->group == known) {
			groups[known] = (struct group){ .first = c, .last = c };
		} else {
			struct group *group = &groups[c->group];
			group->varied = group->varied || !ppm_slice_equal(group->first->text, c->text);
			group->last->alike = c;
			group->last = c;
		}
	}
	ppm_buffer_free(&name);
	ppm_interner_free(&names);
	return groups;
}

static void texts_in_case(struct ppm_lint *lint)
{
	struct texts texts = { .lint = lint };
	const struct group *groups;

	texts.end = &texts.first;
	ppm_lint_roots(lint->tree, collect_root, &texts);
	groups = group_texts(lint, texts.first);
	if (!groups)
		return;
	for (const struct compared *c = texts.first; c && !lint->arena.failed; c = c->next) {
		const struct ppm_plan_column *column = column_of(lint->plan, c->column);
		const struct ppm_column_declaration *declaration = column ? column->declaration : NULL;
		if (declaration && (declaration->in_list || (declaration->values && against_spellings(lint, c, declaration))))
			continue; // W1011 minds declared lists
		const struct group *group = &groups[c->group];
		for (const struct compared *other = group->varied ? group->first : c; other != c; other = other->alike) {
			if (ppm_slice_equal(other->text, c->text) || both_meant(group, other, c))
				continue;
			struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_TEXT_CASE, c->span, "`%.*s` is compared with \"%.*s\" here and with \"%.*s\" elsewhere",
				SHOW(c->column), SHOW(c->text), SHOW(other->text));
			ppm_diag_label(lint->diagnostics, d, other->span, "the other spelling");
			ppm_diag_help(lint->diagnostics, d, "texts are compared with their capitals: write one of them, or clean the column with `values`");
			break;
		}
	}
}

void ppm_lint_names(struct ppm_lint *lint)
{
	struct names names = { .lint = lint };

	ppm_interner_init(&names.mentioned, lint->plan->allocator);
	mention_statements(&names);
	ppm_lint_everything(lint->tree, mention_expression, &names);
	if (!lint->arena.failed)
		unused(&names);
	ppm_interner_free(&names.mentioned);
	names_in_case(lint);
	texts_in_case(lint);
}

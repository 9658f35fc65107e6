// From findings to edits: a finding's span leads back to the tree, which says where what is to be changed begins and ends.
#include "lang/analysis/lint_fix.h"
#include "lang/analysis/lint_internal.h"
#include "runtime/bytecode/disasm.h"

#include <stdlib.h>

#define SHOW(slice) (int)(slice).size, (slice).data

struct fixing {
	struct ppm_lint lint; // for its helpers
	struct ppm_arena *arena;
	struct ppm_slice text;
	uint32_t base; // of the text in the map
	struct ppm_lint_fix *fixes;
	uint32_t count, capacity;
	const struct ppm_diagnostic *finding;
};

static struct ppm_lint_fix *add_fix(struct fixing *f, bool keeps, struct ppm_slice words)
{
	uint32_t column;
	struct ppm_lint_fix *fix;

	if (f->count == f->capacity || !words.data)
		return NULL;
	fix = &f->fixes[f->count++];
	*fix = (struct ppm_lint_fix){ .code = f->finding->code, .keeps = keeps, .words = words };
	ppm_source_map_place(f->lint.map, f->finding->span.begin, &fix->line, &column);
	return fix;
}

static void add_edit(struct fixing *f, struct ppm_lint_fix *fix, uint32_t begin, uint32_t end, struct ppm_slice with)
{
	if (fix && fix->edit_count < PPM_LINT_EDITS)
		fix->edits[fix->edit_count++] = (struct ppm_lint_edit){ begin - f->base, end - f->base, with };
}

// ---- names that nothing uses -----------------------------------------------------------------------------------------

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

// With its line, and the comment behind it, where nothing else stands there; of blank lines around it one stays.
static void take_out(struct fixing *f, struct ppm_lint_fix *fix, struct ppm_span span)
{
	size_t begin = span.begin - f->base, end = span.end - f->base, line = begin, rest = end;

	while (line && is_blank(f->text.data[line - 1]))
		line--;
	while (rest < f->text.size && is_blank(f->text.data[rest]))
		rest++;
	bool first = !line || f->text.data[line - 1] == '\n';
	if (first && rest < f->text.size && f->text.data[rest] == '#')
		while (rest < f->text.size && f->text.data[rest] != '\n')
			rest++;
	bool last = rest == f->text.size || f->text.data[rest] == '\n';
	if (first && last) {
		begin = line;
		end = rest < f->text.size ? rest + 1 : rest;
		size_t next = end;
		while (next < f->text.size && is_blank(f->text.data[next]))
			next++;
		bool blank_before = !begin || (begin > 1 && f->text.data[begin - 2] == '\n');
		if (blank_before && next < f->text.size && f->text.data[next] == '\n')
			end = next + 1;
	} else if (last) {
		begin = line; // it ends its line: what stands before it does now
	} else {
		end = rest;
	}
	add_edit(f, fix, (uint32_t)begin + f->base, (uint32_t)end + f->base, PPM_SLICE(""));
}

static void unused(struct fixing *f)
{
	const char *kind = NULL;
	struct ppm_span span = { 0, 0 };
	struct ppm_slice name = { NULL, 0 };

	for (const struct ppm_statement *s = f->lint.tree->statements; s && !kind; s = s->next) {
		for (const struct ppm_let *let = s->kind == PPM_STATEMENT_DATASET ? s->dataset.lets : NULL; let; let = let->next)
			if (let->name.span.begin == f->finding->span.begin) {
				kind = "let";
				span = let->span;
				name = let->name.text;
			}
		if (s->name.span.begin != f->finding->span.begin)
			continue;
		kind = s->kind == PPM_STATEMENT_LET       ? "let"
			: s->kind == PPM_STATEMENT_PARAM  ? "param"
			: s->kind == PPM_STATEMENT_DEFINE ? "define"
			: s->kind == PPM_STATEMENT_LOOKUP ? "lookup"
			: s->kind == PPM_STATEMENT_USE    ? "module"
							  : NULL;
		span = s->span;
		name = s->name.text;
	}
	if (kind)
		take_out(f, add_fix(f, true, ppm_arena_format(f->arena, "took out the %s `%.*s`", kind, SHOW(name))), span);
}

// ---- `and` beside `or` -------------------------------------------------------------------------------------------------

static void parenthesise(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct fixing *f = context;
	const struct ppm_expression *sides[] = { e->left, e->right };
	struct ppm_lint_fix *fix = NULL;
	const struct ppm_span found = f->finding->span;
	bool here = false;

	(void)place;
	for (int i = 0; i < 2 && e->kind == PPM_EXPRESSION_OR; i++)
		here = here || (sides[i]->span.begin == found.begin && sides[i]->span.end == found.end);
	if (!here)
		return;
	for (int i = 0; i < 2; i++) {
		if (sides[i]->kind != PPM_EXPRESSION_AND || sides[i]->parenthesised)
			continue;
		if (!fix)
			fix = add_fix(f, true, PPM_SLICE("put parentheses around `and`, as it binds"));
		add_edit(f, fix, sides[i]->span.begin, sides[i]->span.begin, PPM_SLICE("("));
		add_edit(f, fix, sides[i]->span.end, sides[i]->span.end, PPM_SLICE(")"));
	}
}

// ---- capitals ------------------------------------------------------------------------------------------------------------

struct slip {
	struct fixing *fixing;
	struct ppm_slice column, text; // found
};

static void look_at_text(struct slip *slip, const struct ppm_expression *path, const struct ppm_expression *text)
{
	if (path->kind != PPM_EXPRESSION_PATH || path->path->next || text->kind != PPM_EXPRESSION_TEXT || text->span.begin != slip->fixing->finding->span.begin)
		return;
	slip->column = path->path->name.text;
	slip->text = text->text;
}

static void look_for_text(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct slip *slip = context;

	if (e->kind == PPM_EXPRESSION_COMPARE)
		for (const struct ppm_expression *item = e->items; item && item->next; item = item->next) {
			look_at_text(slip, item, item->next);
			look_at_text(slip, item->next, item);
		}
	if (e->kind == PPM_EXPRESSION_IN_LIST && e->left && e->right)
		for (const struct ppm_expression *item = e->right->items; item; item = item->next)
			look_at_text(slip, e->left, item);
	if (place->rule && e == place->rule->subject)
		for (const struct ppm_band *band = place->rule->bands; band; band = band->next)
			for (const struct ppm_expression *label = band->labels; label; label = label->next)
				look_at_text(slip, e, label);
}

static const struct ppm_column_declaration *declaration_of(const struct fixing *f, struct ppm_slice name)
{
	const struct ppm_plan *plan = f->lint.plan;
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].dataset == 0 && ppm_slice_equal(plan->columns[i].name, name))
			return plan->columns[i].declaration;
	return NULL;
}

// The one declared value that is meant; its spelling as it is written in the declaration, with quotation marks.
static struct ppm_slice declared(struct fixing *f, const struct ppm_column_declaration *declaration, struct ppm_slice text)
{
	struct ppm_slice best = { NULL, 0 }, value = { NULL, 0 };

	for (const struct ppm_expression *item = declaration->in_list ? declaration->in_list->items : NULL; item; item = item->next) {
		if (item->kind != PPM_EXPRESSION_TEXT || !ppm_lint_differ_in_case(&f->lint, item->text, text))
			continue;
		if (best.size && !ppm_slice_equal(value, item->text))
			return PPM_SLICE(""); // two are as near
		best = ppm_lint_text(&f->lint, item->span);
		value = item->text;
	}
	for (const struct ppm_spelling *spelling = declaration->values; spelling; spelling = spelling->next) {
		bool replaced = ppm_slice_equal(spelling->from.text, text);
		if (!replaced && !ppm_lint_differ_in_case(&f->lint, spelling->to.text, text))
			continue;
		if (best.size && !replaced && !ppm_slice_equal(value, spelling->to.text))
			return PPM_SLICE("");
		best = ppm_lint_text(&f->lint, spelling->to.span);
		value = spelling->to.text;
		if (replaced)
			return best;
	}
	return best;
}

static void capitals(struct fixing *f)
{
	struct slip slip = { .fixing = f };

	ppm_lint_everything(f->lint.tree, look_for_text, &slip);
	const struct ppm_column_declaration *declaration = slip.column.size ? declaration_of(f, slip.column) : NULL;
	struct ppm_slice best = declaration ? declared(f, declaration, slip.text) : PPM_SLICE("");
	if (best.size)
		add_edit(f, add_fix(f, false, ppm_arena_format(f->arena, "wrote %.*s, as `%.*s` declares it", SHOW(best), SHOW(slip.column))), f->finding->span.begin,
			f->finding->span.end, best);
}

// ---- all of them -----------------------------------------------------------------------------------------------------------

static int by_place(const void *a, const void *b)
{
	const struct ppm_lint_fix *x = a, *y = b;
	uint32_t p = x->edits[0].begin, q = y->edits[0].begin;
	return (p > q) - (p < q);
}

uint32_t ppm_lint_fixes(struct ppm_model *model, struct ppm_arena *arena, struct ppm_lint_fix **fixes)
{
	const struct ppm_diagnostics *list = ppm_model_diagnostics(model);
	struct fixing f = { .lint = { .plan = ppm_model_plan(model), .tree = ppm_model_tree(model), .map = ppm_model_sources(model) }, .arena = arena };
	const struct ppm_source *source = f.lint.tree->source;

	f.text = source->text;
	f.base = source->base;
	for (const struct ppm_diagnostic *d = list->first; d; d = d->next)
		f.capacity++;
	f.fixes = ppm_arena_allocate(arena, (size_t)f.capacity + 1, sizeof *f.fixes);
	*fixes = f.fixes;
	if (!f.fixes)
		return 0;
	ppm_arena_init(&f.lint.arena, f.lint.plan->allocator);
	for (const struct ppm_diagnostic *d = list->first; d; d = d->next) {
		if (!d->span.begin || ppm_source_map_find(f.lint.map, d->span.begin) != source)
			continue;
		f.finding = d;
		switch (d->code) {
		case PPM_DIAG_UNUSED: unused(&f); break;
		case PPM_DIAG_MIXED_LOGIC: ppm_lint_everything(f.lint.tree, parenthesise, &f); break;
		case PPM_DIAG_VALUE_NEVER:
		case PPM_DIAG_TEXT_CASE: capitals(&f); break;
		default: break;
		}
	}
	if (f.lint.arena.failed)
		arena->failed = true;
	ppm_arena_free(&f.lint.arena);
	qsort(f.fixes, f.count, sizeof *f.fixes, by_place);
	return f.count;
}

// ---- applying them ---------------------------------------------------------------------------------------------------------

static bool meets(const struct ppm_lint_edit *a, const struct ppm_lint_edit *b)
{
	if (a->begin == a->end || b->begin == b->end) // something is put in: only inside of what is taken out would it be lost
		return a->begin < b->end && b->begin < a->end;
	return a->begin < b->end && b->begin < a->end;
}

static bool fixes_meet(const struct ppm_lint_fix *a, const struct ppm_lint_fix *b)
{
	for (uint32_t i = 0; i < a->edit_count; i++)
		for (uint32_t k = 0; k < b->edit_count; k++)
			if (meets(&a->edits[i], &b->edits[k]))
				return true;
	return false;
}

struct placed {
	const struct ppm_lint_edit *edit;
	uint32_t order;
};

// Of what is put in at one place, what ends something comes before what begins something.
static int by_offset(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	bool closes = ppm_slice_is(x->edit->with, ")"), others = ppm_slice_is(y->edit->with, ")");
	if (x->edit->begin != y->edit->begin)
		return x->edit->begin < y->edit->begin ? -1 : 1;
	if (closes != others)
		return closes ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

void ppm_lint_apply(struct ppm_slice text, struct ppm_lint_fix *fixes, uint32_t count, struct ppm_buffer *out)
{
	struct placed *edits = ppm_allocate(out->allocator ? out->allocator : ppm_allocator_default(), (size_t)count * PPM_LINT_EDITS + 1, sizeof *edits);
	uint32_t edit_count = 0, at = 0;

	if (!edits) {
		out->failed = true;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < i && !fixes[i].skip; k++)
			fixes[i].skip = !fixes[k].skip && fixes_meet(&fixes[i], &fixes[k]);
		for (uint32_t k = 0; k < fixes[i].edit_count && !fixes[i].skip; k++, edit_count++)
			edits[edit_count] = (struct placed){ &fixes[i].edits[k], edit_count };
	}
	qsort(edits, edit_count, sizeof *edits, by_offset);
	for (uint32_t i = 0; i < edit_count; i++) {
		const struct ppm_lint_edit *edit = edits[i].edit;
		ppm_buffer_append(out, text.data + at, edit->begin - at);
		ppm_buffer_append(out, edit->with.data, edit->with.size);
		at = edit->end;
	}
	ppm_buffer_append(out, text.data + at, text.size - at);
	ppm_free(out->allocator ? out->allocator : ppm_allocator_default(), edits);
}

// ---- whether they kept the meaning ------------------------------------------------------------------------------------------

// The listing without the model's lines, nor the words of a figure, by which its column goes: `rank(revenue)` is `rank( revenue )`.
static struct ppm_program *without_words(struct ppm_arena *arena, const struct ppm_program *program)
{
	struct ppm_program *plain = PPM_ARENA_NEW(arena, struct ppm_program);
	struct ppm_column *columns = ppm_arena_allocate(arena, (size_t)program->column_count + 1, sizeof *columns);

	if (!plain || !columns)
		return NULL;
	*plain = *program;
	plain->places = NULL;
	plain->source_count = 0;
	for (uint32_t i = 0; i < program->column_count; i++) {
		columns[i] = program->columns[i];
		if (columns[i].origin != PPM_FROM_FIELD)
			columns[i].name = columns[i].header = PPM_SLICE("");
	}
	plain->columns = columns;
	return plain;
}

static void list_model(const struct ppm_model *model, struct ppm_buffer *out)
{
	const struct ppm_job *job = ppm_model_job(model);
	struct ppm_program *program = NULL;
	struct ppm_job plain;
	struct ppm_arena arena;

	ppm_arena_init(&arena, out->allocator);
	if (!job) {
		program = without_words(&arena, ppm_model_program(model));
	} else {
		plain = *job;
		plain.programs = ppm_arena_allocate(&arena, (size_t)job->program_count + 1, sizeof *plain.programs);
		plain.tables = ppm_arena_allocate(&arena, (size_t)job->table_count + 1, sizeof *plain.tables);
		plain.links = ppm_arena_allocate(&arena, (size_t)job->link_count + 1, sizeof *plain.links);
		for (uint32_t i = 0; !arena.failed && i < job->program_count; i++)
			plain.programs[i] = without_words(&arena, job->programs[i]);
		for (uint32_t i = 0; !arena.failed && i < job->link_count; i++)
			plain.links[i] = (struct ppm_link){ PPM_SLICE(""), job->links[i].from, job->links[i].to };
		for (uint32_t i = 0; !arena.failed && i < job->table_count; i++) {
			plain.tables[i] = job->tables[i];
			plain.tables[i].columns = ppm_arena_allocate(&arena, (size_t)job->tables[i].column_count + 1, sizeof *plain.tables[i].columns);
			for (uint32_t k = 0; !arena.failed && k < job->tables[i].column_count; k++) {
				plain.tables[i].columns[k] = job->tables[i].columns[k];
				plain.tables[i].columns[k].name = PPM_SLICE("");
			}
		}
	}
	if (arena.failed)
		out->failed = true;
	else if (job)
		ppm_job_disassemble(&plain, out);
	else
		ppm_program_disassemble(program, out);
	ppm_arena_free(&arena);
}

enum ppm_status ppm_lint_same_program(const struct ppm_model *a, const struct ppm_model *b, bool *same)
{
	struct ppm_buffer one, other;
	enum ppm_status status = PPM_ERROR_MEMORY;

	ppm_buffer_init(&one, NULL);
	ppm_buffer_init(&other, NULL);
	list_model(a, &one);
	list_model(b, &other);
	if (!one.failed && !other.failed) {
		*same = ppm_slice_equal(ppm_buffer_slice(&one), ppm_buffer_slice(&other));
		status = PPM_OK;
	}
	ppm_buffer_free(&one);
	ppm_buffer_free(&other);
	return status;
}

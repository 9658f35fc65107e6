// The columns that a program reads: what the source must know of each, and the registers that it fills.

#include "lang/emit/emitter.h"

#include "lang/plan/fold.h"

#include <math.h>
#include <string.h>

static struct ppm_slice copy(struct ppm_emitter *e, struct ppm_slice text)
{
	struct ppm_slice made = ppm_arena_copy(&e->program->arena, text);
	if (!made.data)
		e->failed = true;
	return made;
}

// Whether the column is read from a file's field; else from what was kept.
static bool is_field(const struct ppm_emitter *e, uint32_t index)
{
	return !e->task->leaves || (e->task->load && e->plan->columns[index].kind == PPM_PLAN_FIELD);
}

static bool may_miss(const struct ppm_emitter *e, uint32_t index)
{
	if (is_field(e, index))
		return e->plan->columns[index].optional;
	const struct ppm_leaf *leaf = &e->task->leaves[index];
	return leaf->origin != PPM_FROM_LEVEL && e->task->tables[leaf->table].columns[leaf->column].may_miss;
}

struct ppm_emitted ppm_emit_column(struct ppm_emitter *e, uint32_t index, bool pooled)
{
	const struct ppm_plan_column *column = &e->plan->columns[index];
	if (pooled && column->type.base == PPM_BASE_TEXT)
		e->column_pooled[index] = 1;
	if (e->column_value[index] == NO_VIRTUAL) {
		e->column_value[index] = ppm_emit_register(e, ppm_emit_column_class(column));
		if (may_miss(e, index))
			e->column_present[index] = ppm_emit_register(e, PPM_CLASS_MASK);
	}
	struct ppm_emitted at = { e->column_value[index], e->column_present[index] };
	return at;
}

static enum ppm_column_type column_type(struct ppm_type type)
{
	switch (type.base) {
	case PPM_BASE_MONEY: return PPM_COLUMN_MONEY;
	case PPM_BASE_PERCENT: return PPM_COLUMN_PERCENT;
	case PPM_BASE_TEXT: return PPM_COLUMN_TEXT;
	case PPM_BASE_DATE: return PPM_COLUMN_DATE;
	case PPM_BASE_FLAG: return PPM_COLUMN_FLAG;
	case PPM_BASE_DURATION: return PPM_COLUMN_DURATION;
	default: return PPM_COLUMN_NUMBER;
	}
}

static bool constant_of(struct ppm_emitter *e, const struct ppm_expression *literal, struct ppm_type type, union ppm_constant *out)
{
	memset(out, 0, sizeof *out);
	double value;
	if (type.base == PPM_BASE_TEXT) {
		uint32_t text = ppm_interner_find(&e->plan->interner, literal->text);
		if (text == PPM_INTERNER_NONE)
			return false;
		out->i64 = ppm_emit_text(e, text);
		return true;
	}
	if (type.base == PPM_BASE_FLAG) {
		out->i64 = literal->yes;
		return true;
	}
	if (type.base == PPM_BASE_MONEY) {
		ppm_int128 exact;
		return ppm_literal_amount(literal, &exact) && ppm_exact_to_money(exact, &out->i64);
	}
	if (!ppm_literal_number(literal, &value))
		return false;
	if (type.base == PPM_BASE_DATE || type.base == PPM_BASE_DURATION)
		out->i64 = (int64_t)value;
	else
		out->f64 = value;
	return true;
}

static void formats(struct ppm_emitter *e, struct ppm_column *made, const struct ppm_column_declaration *c, struct ppm_type type)
{
	made->format_text = copy(e, c->format.text);
	if (type.base == PPM_BASE_DATE) {
		struct ppm_date_format *format = PPM_ARENA_NEW(&e->program->arena, struct ppm_date_format);
		if (format && ppm_date_format_parse(c->format.text, format))
			made->date_format = format;
		return;
	}
	struct ppm_number_pattern *pattern = PPM_ARENA_NEW(&e->program->arena, struct ppm_number_pattern);
	if (type.base == PPM_BASE_DURATION) { // "days", "months": bare whole figures
		if (pattern && ppm_number_pattern_parse(PPM_SLICE("0"), pattern))
			made->number_pattern = pattern;
		return;
	}
	if (!pattern || !ppm_number_pattern_parse(c->format.text, pattern))
		return;
	made->number_pattern = pattern;
	made->percent_as_ratio = type.base == PPM_BASE_PERCENT && ppm_number_pattern_is_ratio(pattern);
}

static void lists(struct ppm_emitter *e, struct ppm_column *made, const struct ppm_column_declaration *c, struct ppm_type type)
{
	struct ppm_arena *arena = &e->program->arena;
	size_t count = 0, i = 0;
	for (const struct ppm_text_list *t = c->missing; t; t = t->next)
		count++;
	struct ppm_slice *missing = ppm_arena_allocate(arena, count + 1, sizeof *missing);
	for (const struct ppm_text_list *t = c->missing; t && missing; t = t->next)
		missing[i++] = copy(e, t->text.text);
	made->missing = missing;
	made->missing_count = (uint32_t)count;
	count = i = 0;
	for (const struct ppm_spelling *s = c->values; s; s = s->next)
		count++;
	struct ppm_spelling_pair *spellings = ppm_arena_allocate(arena, count + 1, sizeof *spellings);
	for (const struct ppm_spelling *s = c->values; s && spellings; s = s->next)
		spellings[i++] = (struct ppm_spelling_pair){ copy(e, s->from.text), copy(e, s->to.text) };
	made->spellings = spellings;
	made->spelling_count = (uint32_t)count;
	if (!c->in_list)
		return;
	uint32_t *texts = ppm_arena_allocate(arena, c->in_list->item_count + 1u, sizeof *texts);
	double *numbers = ppm_arena_allocate(arena, c->in_list->item_count + 1u, sizeof *numbers);
	if (!missing || !spellings || !texts || !numbers) {
		e->failed = true;
		return;
	}
	uint32_t n = 0;
	for (const struct ppm_expression *item = c->in_list->items; item; item = item->next, n++) {
		union ppm_constant k;
		if (!constant_of(e, item, type, &k))
			e->failed = true;
		texts[n] = (uint32_t)k.i64;
		numbers[n] = k.f64;
	}
	if (type.base == PPM_BASE_TEXT) {
		made->allowed = texts;
		made->allowed_count = n;
	} else {
		made->allowed_numbers = numbers;
		made->allowed_number_count = n;
	}
}

static struct ppm_column *new_column(struct ppm_emitter *e, uint32_t index)
{
	const struct ppm_plan_column *column = &e->plan->columns[index];
	struct ppm_column *made = PPM_EMIT_ENTRY(e, column);
	if (!made)
		return NULL;
	char name[48];
	*made = (struct ppm_column){ .name = copy(e, column->name),
		.header = copy(e, e->plan->plain_fields ? column->name : column->header),
		.type = column_type(column->type),
		.key = column->key,
		.inferred = column->kind == PPM_PLAN_FIELD && !column->declared,
		.months = column->type.months,
		.wide = column->wide,
		.value = PPM_NO_REGISTER,
		.present = PPM_NO_REGISTER };
	made->type_text = copy(e, ppm_slice_of(ppm_type_name(column->type, name)));
	return made;
}

// What the file's owner declared about the field: how it is written, what it may hold.
static void declare(struct ppm_emitter *e, struct ppm_column *made, const struct ppm_plan_column *column)
{
	const struct ppm_column_declaration *c = column->declaration;
	made->optional = column->optional;
	if (!c)
		return;
	if (c->default_value) {
		made->has_default = constant_of(e, c->default_value, column->type, &made->default_value);
		e->failed = e->failed || !made->has_default;
	}
	if (c->in_low && c->in_high)
		made->has_range = constant_of(e, c->in_low, column->type, &made->low) && constant_of(e, c->in_high, column->type, &made->high);
	if (c->format.text.data && !e->plan->plain_fields)
		formats(e, made, c, column->type);
	lists(e, made, c, column->type);
}

static void make_field(struct ppm_emitter *e, uint32_t index)
{
	struct ppm_column *made = new_column(e, index);
	if (!made)
		return;
	e->program_column[index] = e->passed_column[index] = e->program->column_count;
	made->passed = e->column_passed[index] || (e->task->load && e->task->pass_all);
	made->pooled = e->column_pooled[index];
	made->read = e->column_value[index] != NO_VIRTUAL;
	declare(e, made, &e->plan->columns[index]);
}

// A raw field that was kept with its row.
static void make_passed(struct ppm_emitter *e, uint32_t index)
{
	struct ppm_column *made = new_column(e, index);
	if (!made)
		return;
	e->passed_column[index] = e->program->column_count;
	made->passed = true;
	declare(e, made, &e->plan->columns[index]);
}

static void make_kept(struct ppm_emitter *e, uint32_t index)
{
	const struct ppm_leaf *leaf = &e->task->leaves[index];
	struct ppm_column *made = new_column(e, index);
	if (!made)
		return;
	e->program_column[index] = e->program->column_count;
	made->optional = e->column_present[index] != NO_VIRTUAL;
	made->pooled = made->type == PPM_COLUMN_TEXT;
	made->read = true;
	made->origin = leaf->origin;
	made->table = leaf->table;
	made->table_column = leaf->column;
}

// A declared column that is shown has been checked as one that a rule reads: its values are converted, though nobody asks for them. A text without a list may be anything.
static void check(struct ppm_emitter *e, uint32_t index)
{
	const struct ppm_plan_column *column = &e->plan->columns[index];
	if (column->kind == PPM_PLAN_FIELD && column->dataset == e->task->dataset && column->declaration && (column->type.base != PPM_BASE_TEXT || column->declaration->in_list))
		ppm_emit_column(e, index, false);
}

static void check_shown(struct ppm_emitter *e)
{
	for (size_t i = 0; i < e->task->result_count; i++)
		if (e->task->results[i].kind == PPM_RESULT_PASS)
			check(e, e->task->results[i].column);
	for (uint32_t i = 0; i < e->plan->column_count && e->task->pass_all && e->plan->check_all; i++)
		check(e, i);
}

void ppm_emit_columns(struct ppm_emitter *e)
{
	const struct ppm_plan *plan = e->plan;
	bool fields = !e->task->leaves || e->task->load;
	if (fields)
		check_shown(e);
	for (uint32_t i = 0; i < plan->column_count && fields && !e->failed; i++) // all of the file, read or not, in the order of their declaration
		if (plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].dataset == e->task->dataset)
			make_field(e, i);
	for (uint32_t i = 0; i < plan->column_count && !fields && !e->failed; i++) // raw fields have the order that they have there
		if (e->column_passed[i] || (e->task->pass_all && plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].dataset == e->task->dataset))
			make_passed(e, i);
	for (uint32_t i = 0; i < plan->column_count && !e->failed; i++)
		if (e->column_value[i] != NO_VIRTUAL && !is_field(e, i))
			make_kept(e, i);
}

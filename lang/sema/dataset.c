// Datasets: columns with their types and what may stand in them.

#include "lang/sema/sema.h"

#include "lang/plan/fold.h"

#include <string.h>

struct ppm_type ppm_sema_type(struct ppm_sema *sema, const struct ppm_type_name *name)
{
	static const struct {
		const char *name;
		enum ppm_base base;
	} types[] = {
		{ "number", PPM_BASE_NUMBER },
		{ "money", PPM_BASE_MONEY },
		{ "percent", PPM_BASE_PERCENT },
		{ "text", PPM_BASE_TEXT },
		{ "date", PPM_BASE_DATE },
		{ "flag", PPM_BASE_FLAG },
		{ "duration", PPM_BASE_DURATION },
	};
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->base.text);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		ppm_suggestion_offer(&suggestion, ppm_slice_of(types[i].name));
		if (!ppm_slice_is(name->base.text, types[i].name))
			continue;
		struct ppm_type type = ppm_type_of(types[i].base);
		type.period = (uint8_t)name->period;
		memcpy(type.currency, name->currency, 4);
		bool rate = type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_MONEY || type.base == PPM_BASE_PERCENT;
		if ((type.period && !rate) || (type.currency[0] && type.base != PPM_BASE_MONEY)) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_UNKNOWN, name->span, type.currency[0] ? "`%s` has no currency" : "`%s` has no period", types[i].name);
			ppm_diag_help(sema->diagnostics, d, type.currency[0] ? "only `money` has one: `money EUR`" : "numbers, percents and money have one: `money per month`");
			return ppm_type_of(PPM_BASE_ERROR);
		}
		return type;
	}
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_UNKNOWN, name->span, "no type is called `%.*s`", (int)name->base.text.size, name->base.text.data);
	if (near.size)
		ppm_diag_help(sema->diagnostics, d, "did you mean `%.*s`?", (int)near.size, near.data);
	else
		ppm_diag_help(sema->diagnostics, d, "the types are number, money, percent, text, date, flag and duration");
	return ppm_type_of(PPM_BASE_ERROR);
}

static void not_for(struct ppm_sema *sema, struct ppm_span span, const char *modifier, struct ppm_type type)
{
	char name[48];
	ppm_diag(sema->diagnostics, PPM_DIAG_MODIFIER, span, "`%s` does not go with `%s`", modifier, ppm_type_name(type, name));
}

// A literal in a column's modifiers must be of the column's type.
static bool literal_fits(struct ppm_sema *sema, const struct ppm_expression *literal, struct ppm_type type, const char *what)
{
	ppm_node_id id = ppm_sema_literal(sema, literal);
	if (id == PPM_NODE_POISON)
		return false;
	const struct ppm_node *node = &sema->plan->nodes[id];
	struct ppm_type plain = type;
	plain.period = PPM_PERIOD_NONE;
	if (ppm_type_same(node->type, plain) || (node->bare && (type.base == PPM_BASE_MONEY || (type.base == PPM_BASE_PERCENT && node->value.number == 0))))
		return true;
	char a[48], b[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, literal->span, "%s is `%s`, and the column is `%s`", what, ppm_type_name(node->type, a), ppm_type_name(type, b));
	if (type.base == PPM_BASE_PERCENT)
		ppm_diag_help(sema->diagnostics, d, "write a percentage, such as `30%%`");
	return false;
}

static void check_format(struct ppm_sema *sema, const struct ppm_column_declaration *c, struct ppm_type type)
{
	struct ppm_number_pattern number;
	struct ppm_date_format date;
	struct ppm_diagnostic *d;
	switch (type.base) {
	case PPM_BASE_DATE:
		if (ppm_date_format_parse(c->format.text, &date))
			return;
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, c->format.span, "this is no format of a date");
		ppm_diag_help(sema->diagnostics, d, "write it with the letters YYYY MM DD (or M, D, MMM), such as `\"DD/MM/YYYY\"`");
		return;
	case PPM_BASE_DURATION:
		if (ppm_slice_is(c->format.text, "days") || ppm_slice_is(c->format.text, "months"))
			return;
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, c->format.span, "this is no format of a duration");
		ppm_diag_help(sema->diagnostics, d, "write `\"days\"` or `\"months\"` when the column holds bare figures");
		return;
	case PPM_BASE_TEXT:
	case PPM_BASE_FLAG: not_for(sema, c->format.span, "format", type); return;
	default:
		if (ppm_number_pattern_parse(c->format.text, &number))
			return;
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, c->format.span, "this is no format of a figure");
		ppm_diag_help(sema->diagnostics, d,
			type.base == PPM_BASE_PERCENT ? "write a sample: `\"12%%\"`, `\"12\"` for percents without the sign, `\"0.12\"` for ratios"
						      : "write a sample of a value, such as `\"$1,234.50\"` or `\"1.234,50 €\"`");
	}
}

static void check_column(struct ppm_sema *sema, const struct ppm_column_declaration *c, struct ppm_type type)
{
	bool figure = type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_MONEY || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_DATE || type.base == PPM_BASE_DURATION;
	if (c->format.text.data)
		check_format(sema, c, type);
	if (c->default_value)
		literal_fits(sema, c->default_value, type, "the default");
	if (c->key && c->optional) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MODIFIER, c->span, "a key cannot be `optional`");
		ppm_diag_help(sema->diagnostics, d, "every row needs its key: take out `optional`");
	}
	if (c->in_low && c->in_high) {
		double low, high;
		if (!figure)
			not_for(sema, c->in_low->span, "in … to …", type);
		else if (literal_fits(sema, c->in_low, type, "this end of the range") && literal_fits(sema, c->in_high, type, "this end of the range") &&
			ppm_literal_number(c->in_low, &low) && ppm_literal_number(c->in_high, &high) && low > high) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RANGE_EMPTY, (struct ppm_span){ c->in_low->span.begin, c->in_high->span.end },
				"no value lies in this range: its low end is above its high end");
			ppm_diag_help(sema->diagnostics, d, "write the low end first");
		}
	}
	if (c->in_list) {
		if (type.base != PPM_BASE_TEXT && type.base != PPM_BASE_NUMBER)
			not_for(sema, c->in_list->span, "in […]", type);
		else
			for (const struct ppm_expression *item = c->in_list->items; item; item = item->next)
				literal_fits(sema, item, type, "this value");
	}
	if (c->values && type.base != PPM_BASE_TEXT)
		not_for(sema, c->values->from.span, "values", type);
	for (const struct ppm_spelling *s = c->values; s; s = s->next)
		for (const struct ppm_spelling *t = s->next; t; t = t->next)
			if (ppm_slice_equal(s->from.text, t->from.text)) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SPELLING_TWICE, t->from.span, "this spelling is there twice");
				ppm_diag_label(sema->diagnostics, d, s->from.span, "the first is here");
			}
	if (c->missing && !c->optional && !c->default_value) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_MODIFIER, c->missing->text.span, "a column with texts that mean missing must be `optional` or have a `default`");
		ppm_diag_help(sema->diagnostics, d, "add `optional`");
	}
}

void ppm_sema_dataset(struct ppm_sema *sema, const struct ppm_statement *statement)
{
	const struct ppm_column_declaration *key = NULL;
	for (const struct ppm_column_declaration *c = statement->dataset.columns; c; c = c->next) {
		struct ppm_type type = ppm_sema_type(sema, &c->type);
		if (type.base == PPM_BASE_DURATION && c->format.text.data && ppm_slice_is(c->format.text, "months"))
			type.months = true;
		else if (type.base == PPM_BASE_DURATION && c->in_low && c->in_low->kind == PPM_EXPRESSION_DURATION)
			type.months = ppm_period_in_months(c->in_low->period);
		else if (type.base == PPM_BASE_DURATION && c->default_value && c->default_value->kind == PPM_EXPRESSION_DURATION)
			type.months = ppm_period_in_months(c->default_value->period);
		if (type.base != PPM_BASE_ERROR)
			check_column(sema, c, type);
		if (c->key && key) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_KEY_TWICE, c->name.span, "a second `key`");
			ppm_diag_label(sema->diagnostics, d, key->name.span, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "a row has one key; take out the other");
		}
		key = c->key ? c : key;
		if (c->references.text.size) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_LATER_REFERENCE, c->references.span, "this version does not follow `references` to another dataset");
			ppm_diag_help(
				sema->diagnostics, d, "leave out `references %.*s`, and bring what is needed in as columns", (int)c->references.text.size, c->references.text.data);
		}
		struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->main, PPM_SYMBOL_COLUMN, c->name);
		struct ppm_plan_column *column = symbol ? PPM_PLAN_APPEND(sema->plan, column) : NULL;
		if (!column)
			continue;
		bool optional = c->optional && !c->default_value;
		*column = (struct ppm_plan_column){ .name = c->name.text,
			.header = c->header.text.data ? c->header.text : c->name.text,
			.type = type,
			.key = c->key,
			.optional = optional,
			.declared = true,
			.declaration = c,
			.span = c->name.span,
			.used_default = c->default_value != NULL };
		symbol->index = (uint32_t)sema->plan->column_count - 1;
		for (uint32_t i = 0; i < symbol->index; i++)
			if (ppm_slice_equal(sema->plan->columns[i].header, column->header)) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_HEADER_TWICE, c->header.text.data ? c->header.span : c->name.span,
					"two columns come from the header \"%.*s\"", (int)column->header.size, column->header.data);
				ppm_diag_label(sema->diagnostics, d, sema->plan->columns[i].span, "the other is here");
				ppm_diag_help(sema->diagnostics, d, "name the right header with `from \"…\"`");
			}
		column->node = type.base == PPM_BASE_ERROR ? PPM_NODE_POISON : ppm_plan_column_node(sema->plan, symbol->index);
		symbol->node = sema->plan->columns[symbol->index].node = column->node;
		symbol->state = PPM_SYMBOL_DONE;
	}
	for (const struct ppm_let *let = statement->dataset.lets; let; let = let->next) {
		struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->main, PPM_SYMBOL_LET, let->name);
		if (symbol)
			symbol->let = let;
	}
}

// Datasets: columns with their types and what may stand in them, what each dataset is of, refers to and comes from, and trees.

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
	const char *foreign = ppm_foreign_type(name->base.text);
	struct ppm_slice near = foreign ? ppm_slice_of(foreign) : ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_UNKNOWN, name->span, "no type is called `%.*s`", (int)name->base.text.size, name->base.text.data);
	if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
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
	if (ppm_type_same(node->type, plain) || (node->bare && (type.base == PPM_BASE_MONEY || (type.base == PPM_BASE_PERCENT && node->value.number == 0)))) {
		if (type.base != PPM_BASE_MONEY)
			return true;
		id = ppm_plan_retype(sema->plan, id, plain, literal->span); // which may be too large for an amount
		if (id == PPM_NODE_POISON || sema->plan->nodes[id].value.exact % PPM_EXACT_PER_MONEY == 0)
			return id != PPM_NODE_POISON;
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, literal->span, "%s has more than 4 places, and amounts of a file have at most 4", what);
		ppm_diag_help(sema->diagnostics, d, "round it, as the file does");
		return false;
	}
	char a[48], b[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, literal->span, "%s is `%s`, and the column is `%s`", what, ppm_type_name(node->type, a), ppm_type_name(type, b));
	if (type.base == PPM_BASE_PERCENT)
		ppm_diag_help(sema->diagnostics, d, "write a percentage, such as `30%%`");
	return false;
}

// Beside a percent's figure stands its sign or nothing, and blanks, also those of French: "€ 12" or "12 ‰" are something else.
static bool is_percent_affix(const char *text)
{
	while (*text)
		if (*text == ' ' || *text == '%')
			text++;
		else if (!strncmp(text, "\xC2\xA0", 2))
			text += 2;
		else if (!strncmp(text, "\xE2\x80\xAF", 3) || !strncmp(text, "\xE2\x80\x89", 3))
			text += 3;
		else
			return false;
	return true;
}

bool ppm_sema_format_fits(struct ppm_sema *sema, const struct ppm_number_pattern *format, struct ppm_span span, struct ppm_type type, bool read)
{
	struct ppm_diagnostic *d;
	if (type.base == PPM_BASE_PERCENT && !(is_percent_affix(format->prefix) && is_percent_affix(format->suffix))) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, span, "this is no format of a percent");
		ppm_diag_help(sema->diagnostics, d, "write a sample: `\"12%%\"`, `\"12\"` for percents without the sign, `\"0.12\"` for ratios");
		return false;
	}
	if (type.base == PPM_BASE_PERCENT && !format->percent && format->decimals && format->whole == 1) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, span, "this sample may be percents without the sign, or ratios: they differ by a factor of a hundred");
		ppm_diag_help(sema->diagnostics, d,
			format->decimal == ',' ? "write a sample of at least 10 for percents, such as `\"15,0\"`, or below 1 for ratios, such as `\"0,15\"`"
					       : "write a sample of at least 10 for percents, such as `\"15.0\"`, or below 1 for ratios, such as `\"0.15\"`");
		return false;
	}
	if (format->percent && (type.base == PPM_BASE_MONEY || (type.base == PPM_BASE_NUMBER && read))) {
		char name[48];
		ppm_type_name(type, name);
		d = ppm_diag(sema->diagnostics, PPM_DIAG_FORMAT, span,
			read ? "this is a percent's format, and the column is `%s`" : "this is a percent's format, and the value is `%s`", name);
		ppm_diag_help(sema->diagnostics, d, read ? "declare the column `percent`" : "leave the sign out, or show a share: an amount divided by an amount");
		return false;
	}
	return true;
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
		if (ppm_number_pattern_parse(c->format.text, &number)) {
			ppm_sema_format_fits(sema, &number, c->format.span, type, true);
			return;
		}
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
		struct ppm_edge low, high;
		if (!figure)
			not_for(sema, c->in_low->span, "in … to …", type);
		else if (literal_fits(sema, c->in_low, type, "this end of the range") && literal_fits(sema, c->in_high, type, "this end of the range") &&
			ppm_literal_edge(c->in_low, type, &low) && ppm_literal_edge(c->in_high, type, &high) && ppm_edge_order(low, high) > 0) {
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
	struct ppm_interner spellings;
	ppm_interner_init(&spellings, sema->allocator);
	for (const struct ppm_spelling *t = c->values; t; t = t->next) {
		uint32_t known = spellings.count, code = ppm_interner_add(&spellings, t->from.text);
		sema->plan->out_of_memory = sema->plan->out_of_memory || code == PPM_INTERNER_NONE;
		for (const struct ppm_spelling *s = c->values; s != t && code < known; s = s->next)
			if (ppm_slice_equal(s->from.text, t->from.text)) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SPELLING_TWICE, t->from.span, "this spelling is there twice");
				ppm_diag_label(sema->diagnostics, d, s->from.span, "the first is here");
				break;
			}
	}
	ppm_interner_free(&spellings);
	if (c->missing && !c->optional && !c->default_value) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_MODIFIER, c->missing->text.span, "a column with texts that mean missing must be `optional` or have a `default`");
		ppm_diag_help(sema->diagnostics, d, "add `optional`");
	}
}

// ---- columns ----------------------------------------------------------------------------------------------------

static void declare_column(struct ppm_sema *sema, uint32_t dataset, struct ppm_interner *headers, const struct ppm_column_declaration *c, const struct ppm_column_declaration **key)
{
	struct ppm_type type = ppm_sema_type(sema, &c->type);
	if (type.base == PPM_BASE_DURATION && c->format.text.data) // which settles it, whatever stands beside it
		type.months = ppm_slice_is(c->format.text, "months");
	else if (type.base == PPM_BASE_DURATION && c->in_low && c->in_low->kind == PPM_EXPRESSION_DURATION)
		type.months = ppm_period_in_months(c->in_low->period);
	else if (type.base == PPM_BASE_DURATION && c->default_value && c->default_value->kind == PPM_EXPRESSION_DURATION)
		type.months = ppm_period_in_months(c->default_value->period);
	if (type.base != PPM_BASE_ERROR)
		check_column(sema, c, type);
	if (c->key && *key) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_KEY_TWICE, c->name.span, "a second `key`");
		ppm_diag_label(sema->diagnostics, d, (*key)->name.span, "the first is here");
		ppm_diag_help(sema->diagnostics, d, "a row has one key; take out the other");
	}
	*key = c->key && !*key ? c : *key;
	struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->spaces[dataset], PPM_SYMBOL_COLUMN, c->name);
	struct ppm_plan_column *column = symbol ? PPM_PLAN_APPEND(sema->plan, column) : NULL;
	if (!column)
		return;
	bool optional = c->optional && !c->default_value;
	*column = (struct ppm_plan_column){ .name = c->name.text,
		.header = c->header.text.data ? c->header.text : c->name.text,
		.type = type,
		.dataset = dataset,
		.value = PPM_NODE_NONE,
		.key = c->key,
		.optional = optional,
		.declared = true,
		.declaration = c,
		.span = c->name.span,
		.used_default = c->default_value != NULL };
	symbol->module = sema->main;
	symbol->dataset = dataset;
	symbol->index = (uint32_t)sema->plan->column_count - 1;
	uint32_t known = headers->count, header = ppm_interner_add(headers, column->header);
	sema->plan->out_of_memory = sema->plan->out_of_memory || header == PPM_INTERNER_NONE;
	for (uint32_t i = 0; i < symbol->index && header < known; i++)
		if (sema->plan->columns[i].dataset == dataset && ppm_slice_equal(sema->plan->columns[i].header, column->header)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_HEADER_TWICE, c->header.text.data ? c->header.span : c->name.span,
				"two columns come from the header \"%.*s\"", (int)column->header.size, column->header.data);
			ppm_diag_label(sema->diagnostics, d, sema->plan->columns[i].span, "the other is here");
			ppm_diag_help(sema->diagnostics, d, "name the right header with `from \"…\"`");
			break;
		}
	if (*key == c)
		sema->plan->datasets[dataset].key = symbol->index;
	column->node = type.base == PPM_BASE_ERROR ? PPM_NODE_POISON : ppm_plan_column_node(sema->plan, symbol->index);
	symbol->node = sema->plan->columns[symbol->index].node = column->node;
	symbol->state = PPM_SYMBOL_DONE;
}

static void declare_columns(struct ppm_sema *sema, uint32_t dataset)
{
	const struct ppm_statement *s = sema->plan->datasets[dataset].statement;
	const struct ppm_column_declaration *key = NULL;
	struct ppm_interner headers;
	ppm_interner_init(&headers, sema->allocator);
	for (const struct ppm_column_declaration *c = s ? s->dataset.columns : NULL; c; c = c->next)
		declare_column(sema, dataset, &headers, c, &key);
	ppm_interner_free(&headers);
}

static void declare_lets(struct ppm_sema *sema, uint32_t dataset)
{
	const struct ppm_statement *s = sema->plan->datasets[dataset].statement;
	for (const struct ppm_let *let = s ? s->dataset.lets : NULL; let; let = let->next) {
		struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->spaces[dataset], PPM_SYMBOL_LET, let->name);
		if (!symbol)
			continue;
		symbol->let = let;
		symbol->module = sema->main;
		symbol->dataset = dataset;
	}
}

// A column of the dataset by name; NULL after a report.
static struct ppm_symbol *column_of(struct ppm_sema *sema, uint32_t dataset, const struct ppm_name *name)
{
	struct ppm_symbol *symbol = ppm_sema_find_in(sema, dataset, name->text);
	if (symbol && (symbol->kind == PPM_SYMBOL_COLUMN || symbol->kind == PPM_SYMBOL_LET) && symbol->dataset == dataset)
		return symbol;
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < sema->plan->column_count; i++)
		if (sema->plan->columns[i].dataset == dataset && sema->plan->columns[i].declared)
			ppm_suggestion_offer(&suggestion, sema->plan->columns[i].name);
	struct ppm_slice near = ppm_suggestion_take(&suggestion), owner = ppm_sema_dataset_name(sema, dataset);
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_NAME_UNKNOWN, name->span, "%.*s has no column called `%.*s`", (int)owner.size, owner.data, (int)name->text.size, name->text.data);
	if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else
		ppm_diag_help(sema->diagnostics, d, "declare it between the braces of `dataset %.*s`", (int)owner.size, owner.data);
	return NULL;
}

static uint32_t dataset_of(struct ppm_sema *sema, const struct ppm_name *name)
{
	uint32_t found = ppm_sema_find_dataset(sema, name->text);
	if (found != PPM_NO_DATASET)
		return found;
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < sema->plan->dataset_count; i++)
		if (sema->plan->datasets[i].name.size)
			ppm_suggestion_offer(&suggestion, sema->plan->datasets[i].name);
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, name->span, "no dataset is called `%.*s`", (int)name->text.size, name->text.data);
	if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else
		ppm_diag_help(sema->diagnostics, d, "declare it: `dataset %.*s { … }`", (int)name->text.size, name->text.data);
	return PPM_NO_DATASET;
}

static uint32_t name_count(const struct ppm_name_list *names)
{
	uint32_t count = 0;
	for (; names; names = names->next)
		count++;
	return count;
}

static bool has_name(const struct ppm_name_list *names, struct ppm_slice name)
{
	while (names && !ppm_slice_equal(names->name.text, name))
		names = names->next;
	return names != NULL;
}

// In whatever order.
static bool same_names(const struct ppm_name_list *a, const struct ppm_name_list *b)
{
	bool same = name_count(a) == name_count(b);
	for (; a && same; a = a->next)
		same = has_name(b, a->name.text);
	return same;
}

// ---- what a dataset comes from -----------------------------------------------------------------------------------------

// A key that the derived dataset names itself is the column that it comes from, with all that is declared there, and no other.
static void check_derived(struct ppm_sema *sema, const struct ppm_column_declaration *c, struct ppm_type source, const struct ppm_name *from, bool is_key)
{
	struct ppm_type type = ppm_sema_type(sema, &c->type);
	if (type.base == PPM_BASE_ERROR)
		return;
	type.months = type.base == PPM_BASE_DURATION && source.months;
	const char *modifier = c->optional ? "optional"
		: c->key && !is_key        ? "key"
		: c->default_value         ? "default"
		: c->missing               ? "missing"
		: c->in_list               ? "in […]"
		: c->in_low                ? "in … to …"
		: c->header.text.data      ? "from"
		: c->format.text.data      ? "format"
		: c->values                ? "values"
		: c->references.text.size  ? "references"
					   : NULL;
	char a[48], b[48];
	struct ppm_diagnostic *d;
	if (!ppm_type_same(type, source)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, c->type.span, "`%.*s` is `%s` here, and `%s` in %.*s, which it comes from", (int)c->name.text.size,
			c->name.text.data, ppm_type_name(type, a), ppm_type_name(source, b), (int)from->text.size, from->text.data);
		ppm_diag_help(sema->diagnostics, d, "write `%s`, or leave the column out: a dataset made of others has their columns", b);
	} else if (modifier) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, c->span, "`%.*s` is as %.*s has it, so `%s` changes nothing here", (int)c->name.text.size,
			c->name.text.data, (int)from->text.size, from->text.data, modifier);
		if (c->key)
			ppm_diag_help(sema->diagnostics, d, "leave `key` out: a row is told apart by all the keys together");
		else if (c->optional)
			ppm_diag_help(sema->diagnostics, d, "leave `optional` out: rows without a key make no row");
		else
			ppm_diag_help(sema->diagnostics, d, "declare it in `dataset %.*s { … }`", (int)from->text.size, from->text.data);
	}
}

// `dataset customers from invoices by customer_id`: a row for each key. Its columns are the keys, under their names.
static void derive(struct ppm_sema *sema, uint32_t dataset)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_statement *s = plan->datasets[dataset].statement;
	uint32_t from = dataset_of(sema, &s->dataset.source), count = name_count(s->dataset.source_keys);
	if (from == PPM_NO_DATASET)
		return;
	if (from == dataset) {
		ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, s->dataset.source.span, "a dataset cannot come from itself");
		return;
	}
	struct ppm_plan_key *keys = ppm_arena_allocate(sema->arena, count + 1u, sizeof *keys);
	uint32_t *columns = ppm_arena_allocate(sema->arena, count + 1u, sizeof *columns), i = 0;
	if (!keys || !columns) {
		plan->out_of_memory = true;
		return;
	}
	for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next) {
		if (!has_name(s->dataset.source_keys, c->name.text)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, c->name.span, "`%.*s` is not one of the keys that this dataset is made of",
				(int)c->name.text.size, c->name.text.data);
			ppm_diag_label(sema->diagnostics, d, s->dataset.source.span, "it has no file of its own");
			ppm_diag_help(sema->diagnostics, d, "make it a figure over the rows it comes from: `let %.*s = first(… over %.*s order by …)`", (int)c->name.text.size,
				c->name.text.data, (int)s->dataset.source.text.size, s->dataset.source.text.data);
		}
	}
	for (const struct ppm_name_list *k = s->dataset.source_keys; k; k = k->next) {
		struct ppm_symbol *source = column_of(sema, from, &k->name);
		if (source && source->kind != PPM_SYMBOL_COLUMN) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, k->name.span,
				"a dataset is made of the values of columns, and `%.*s` is a `let`", (int)k->name.text.size, k->name.text.data);
			ppm_diag_help(sema->diagnostics, d, "name a column");
			return;
		}
		ppm_node_id node = source ? ppm_sema_value(sema, source, k->name.span) : PPM_NODE_POISON;
		if (node == PPM_NODE_POISON)
			return;
		keys[i] = (struct ppm_plan_key){ .value = node };
		struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->spaces[dataset], PPM_SYMBOL_COLUMN, k->name);
		struct ppm_plan_column *column = symbol ? PPM_PLAN_APPEND(plan, column) : NULL;
		if (!column)
			return;
		const struct ppm_node *value = &plan->nodes[node];
		for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next)
			if (ppm_slice_equal(c->name.text, k->name.text))
				check_derived(sema, c, value->type, &s->dataset.source, count == 1);
		*column = (struct ppm_plan_column){ .name = k->name.text,
			.header = k->name.text,
			.type = value->type,
			.kind = PPM_PLAN_KEY,
			.dataset = dataset,
			.index = i,
			.value = PPM_NODE_NONE,
			.wide = value->wide,
			.computed = value->computed,
			.low = value->low,
			.high = value->high,
			.key = count == 1,
			.declared = true,
			.span = k->name.span };
		columns[i] = (uint32_t)plan->column_count - 1;
		column->node = ppm_plan_column_node(plan, columns[i]);
		plan->columns[columns[i]].node = column->node;
		symbol->module = sema->main;
		symbol->dataset = dataset;
		symbol->index = columns[i];
		symbol->node = plan->columns[columns[i]].node;
		symbol->state = PPM_SYMBOL_DONE;
		i++;
	}
	if (count == 1)
		plan->datasets[dataset].key = columns[0];
	struct ppm_plan_link link = { .name = s->name.text,
		.span = s->dataset.source.span,
		.kind = PPM_LINK_GROUP,
		.from = from,
		.to = dataset,
		.keys = keys,
		.other_keys = columns,
		.key_count = count,
		.where = PPM_NODE_NONE,
		.drop_missing = true };
	struct ppm_plan_link *place = PPM_PLAN_APPEND(plan, link);
	if (!place)
		return;
	*place = link;
	plan->datasets[dataset].link = (uint32_t)plan->link_count - 1;
}

// Values of `from` that tell which row of `to` is meant: by its key, or by columns of the same names.
static uint32_t match_keys(struct ppm_sema *sema, uint32_t from, const struct ppm_name_list *names, uint32_t to, struct ppm_span to_span, struct ppm_plan_link link)
{
	struct ppm_plan *plan = sema->plan;
	uint32_t count = name_count(names), i = 0;
	struct ppm_plan_key *keys = ppm_arena_allocate(sema->arena, count + 1u, sizeof *keys);
	uint32_t *other = ppm_arena_allocate(sema->arena, count + 1u, sizeof *other);
	struct ppm_slice owner = ppm_sema_dataset_name(sema, to);
	if (!keys || !other) {
		plan->out_of_memory = true;
		return PPM_NO_ID;
	}
	if (count == 1 && plan->datasets[to].key == PPM_NO_ID && !plan->datasets[to].statement) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, to_span, "the scored rows have no key to be found by");
		ppm_diag_help(sema->diagnostics, d, "declare them: `dataset customers { customer_id text key … }`");
		return PPM_NO_ID;
	}
	for (const struct ppm_name_list *n = names; n; n = n->next, i++) {
		struct ppm_symbol *mine = column_of(sema, from, &n->name);
		if (!mine)
			return PPM_NO_ID;
		if (count == 1) {
			other[i] = plan->datasets[to].key;
			if (other[i] == PPM_NO_ID) {
				struct ppm_diagnostic *d =
					ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, to_span, "%.*s has no key to be found by", (int)owner.size, owner.data);
				const struct ppm_statement *s = plan->datasets[to].statement;
				const struct ppm_name_list *made = s ? s->dataset.source_keys : NULL; // a row for each of their values
				if (made && made->next)
					ppm_diag_help(sema->diagnostics, d, "a row of it is found by all that it is made of: `by %.*s, %.*s%s`", (int)made->name.text.size,
						made->name.text.data, (int)made->next->name.text.size, made->next->name.text.data, made->next->next ? ", …" : "");
				else
					ppm_diag_help(sema->diagnostics, d, "mark the column that tells its rows apart as `key`");
				return PPM_NO_ID;
			}
		} else {
			struct ppm_symbol *theirs = column_of(sema, to, &n->name);
			if (!theirs)
				return PPM_NO_ID;
			if (theirs->kind != PPM_SYMBOL_COLUMN) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, n->name.span,
					"rows are found by columns, and `%.*s` of %.*s is a `let`", (int)n->name.text.size, n->name.text.data, (int)owner.size, owner.data);
				ppm_diag_label(sema->diagnostics, d, theirs->span, "it is declared here");
				ppm_diag_help(sema->diagnostics, d, "name columns of %.*s", (int)owner.size, owner.data);
				return PPM_NO_ID;
			}
			other[i] = theirs->index;
		}
		ppm_node_id node = ppm_sema_value(sema, mine, n->name.span);
		if (node == PPM_NODE_POISON || plan->columns[other[i]].node == PPM_NODE_POISON)
			return PPM_NO_ID;
		const struct ppm_plan_column *key = &plan->columns[other[i]];
		if (!ppm_type_same(plan->nodes[node].type, key->type)) {
			char a[48], b[48];
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_KEYS_DIFFER, n->name.span,
				"`%.*s` is `%s`, and the key of %.*s that it should match is `%s`", (int)n->name.text.size, n->name.text.data,
				ppm_type_name(plan->nodes[node].type, a), (int)owner.size, owner.data, ppm_type_name(key->type, b));
			ppm_diag_label(sema->diagnostics, d, key->span, "the key is declared here");
			ppm_diag_help(sema->diagnostics, d, "declare both with one type");
			return PPM_NO_ID;
		}
		plan->columns[other[i]].uses++;
		keys[i] = (struct ppm_plan_key){ .value = node };
	}
	link.from = from;
	link.to = to;
	link.keys = keys;
	link.other_keys = other;
	link.key_count = count;
	return ppm_sema_link_match(sema, link);
}

static void parent(struct ppm_sema *sema, uint32_t dataset)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_statement *s = plan->datasets[dataset].statement;
	uint32_t to = dataset_of(sema, &s->dataset.parent);
	if (to == PPM_NO_DATASET)
		return;
	if (to == dataset || ppm_sema_link_ancestor(sema, to, dataset) != PPM_NO_ID) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_CIRCLE, s->dataset.parent.span, "`%.*s` would be part of itself", (int)s->name.text.size, s->name.text.data);
		ppm_diag_help(sema->diagnostics, d, "one of the two is the other's, not both: take out one `of`");
		return;
	}
	struct ppm_slice owner = ppm_sema_dataset_name(sema, to);
	struct ppm_plan_link link = { .owned = true, .reported = true, .span = s->dataset.parent.span };
	link.name = ppm_arena_format(sema->arena, "%.*s of %.*s", (int)s->name.text.size, s->name.text.data, (int)owner.size, owner.data);
	// a dataset made of its own rows already has that link
	uint32_t made = plan->datasets[to].kind == PPM_DATASET_GROUPS ? plan->datasets[to].link : PPM_NO_ID;
	bool has = made != PPM_NO_ID && plan->links[made].from == dataset && same_names(s->dataset.parent_keys, plan->datasets[to].statement->dataset.source_keys);
	plan->datasets[dataset].parent_link = has ? made : match_keys(sema, dataset, s->dataset.parent_keys, to, s->dataset.parent.span, link);
}

static void references(struct ppm_sema *sema, const struct ppm_plan_column *column)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_name *name = &column->declaration->references;
	uint32_t to = dataset_of(sema, name);
	if (to == PPM_NO_DATASET)
		return;
	if (plan->datasets[to].key == PPM_NO_ID) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, name->span, "%.*s has no key to be found by", (int)name->text.size, name->text.data);
		ppm_diag_help(sema->diagnostics, d, "mark the column that tells its rows apart as `key`");
		return;
	}
	const struct ppm_plan_column *key = &plan->columns[plan->datasets[to].key];
	if (column->type.base == PPM_BASE_ERROR || key->type.base == PPM_BASE_ERROR || ppm_type_same(key->type, column->type))
		return;
	char a[48], b[48];
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_KEYS_DIFFER, name->span, "`%.*s` is `%s`, and the key of %.*s that it should match is `%s`",
		(int)column->name.size, column->name.data, ppm_type_name(column->type, a), (int)name->text.size, name->text.data, ppm_type_name(key->type, b));
	ppm_diag_label(sema->diagnostics, d, key->span, "the key is declared here");
	ppm_diag_help(sema->diagnostics, d, "declare both with one type");
}

// `dated issued_on`: rows after the day of the run do not exist.
static void dated(struct ppm_sema *sema, uint32_t dataset)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_name *name = &plan->datasets[dataset].statement->dataset.dated;
	if (plan->datasets[dataset].kind != PPM_DATASET_FILE) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DERIVED_COLUMN, name->span, "a dataset that comes from another has no dates of its own");
		ppm_diag_help(sema->diagnostics, d, "put `dated` on the dataset that it comes from");
		return;
	}
	struct ppm_symbol *symbol = column_of(sema, dataset, name);
	if (!symbol || symbol->node == PPM_NODE_POISON)
		return;
	if (symbol->kind != PPM_SYMBOL_COLUMN || plan->columns[symbol->index].type.base != PPM_BASE_DATE) {
		char type[48];
		struct ppm_diagnostic *d = symbol->kind == PPM_SYMBOL_COLUMN
			? ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, name->span, "`dated` takes a column of dates, and this is `%s`",
				  ppm_type_name(plan->columns[symbol->index].type, type))
			: ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_MISMATCH, name->span, "`dated` takes a column of dates, and this is a `let`");
		ppm_diag_help(sema->diagnostics, d, "name the column that says when the row came about");
		return;
	}
	if (!plan->has_as_of) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_ABSENT, name->span, "`dated` needs the day of the run");
		ppm_diag_help(sema->diagnostics, d, "write `as of 2026-06-30` (or `as of today`) in the model, or run with `--as-of DATE`");
		return;
	}
	plan->columns[symbol->index].uses++;
	plan->columns[symbol->index].used_default = true;
	ppm_node_id day = ppm_plan_whole(plan, plan->as_of, ppm_type_of(PPM_BASE_DATE), name->span);
	ppm_node_id keep = ppm_plan_compare(plan, PPM_RELATION_LESS_EQUAL, symbol->node, day, name->span);
	if (keep != PPM_NODE_POISON && plan->nodes[keep].may_miss) // a row without a date is not known to come later
		keep = ppm_plan_default(plan, keep, ppm_plan_flag(plan, true, name->span), name->span);
	plan->datasets[dataset].keep = keep;
}

// ---- trees ----------------------------------------------------------------------------------------------------------------

static void tree(struct ppm_sema *sema, const struct ppm_statement *s)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_name *words = s->tree.words;
	if (words[0].text.size && !(ppm_slice_is(words[0].text, "on") && ppm_slice_is(words[1].text, "cycle") && ppm_slice_is(words[2].text, "break"))) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TREE, words[0].span, "a tree takes `on cycle break` here, and nothing else");
		ppm_diag_help(sema->diagnostics, d, "write `tree %.*s by %.*s on cycle break`, or leave it out: then a circle is an error of the data", (int)s->name.text.size,
			s->name.text.data, (int)s->tree.column.text.size, s->tree.column.text.data);
	}
	if (ppm_sema_find_dataset(sema, s->name.text) != PPM_NO_DATASET || ppm_sema_find_tree(sema, s->name.text) != PPM_NO_ID) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, s->name.span, "`%.*s` is declared twice", (int)s->name.text.size, s->name.text.data);
		ppm_diag_help(sema->diagnostics, d, "datasets and trees share one space of names; rename one of the two");
		return;
	}
	if (plan->inferred) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TREE, s->name.span, "a tree links rows by their key, and this model declares no dataset");
		ppm_diag_help(sema->diagnostics, d, "declare it: `dataset customers { customer_id text key  %.*s text optional … }`", (int)s->tree.column.text.size,
			s->tree.column.text.data);
		return;
	}
	struct ppm_plan_link link = { .reported = true, .span = s->tree.column.span };
	link.name = ppm_arena_format(sema->arena, "tree %.*s by %.*s", (int)s->name.text.size, s->name.text.data, (int)s->tree.column.text.size, s->tree.column.text.data);
	struct ppm_name_list name = { .name = s->tree.column };
	uint32_t made = match_keys(sema, 0, &name, 0, s->tree.column.span, link);
	if (made == PPM_NO_ID)
		return;
	struct ppm_plan_tree *place = PPM_PLAN_APPEND(plan, tree);
	if (!place)
		return;
	*place =
		(struct ppm_plan_tree){ .name = s->name.text, .span = s->name.span, .dataset = 0, .link = made, .break_cycles = words[0].text.size > 0, .depth_column = PPM_NO_ID };
}

// ---- all of them ------------------------------------------------------------------------------------------------------------

const struct ppm_statement *ppm_sema_scored(const struct ppm_syntax_tree *tree)
{
	const struct ppm_statement *first = NULL;
	const struct ppm_name *named = NULL;
	for (const struct ppm_statement *s = tree->statements; s; s = s->next) {
		if (s->kind == PPM_STATEMENT_SCORE && s->score.dataset.text.size && !named)
			named = &s->score.dataset;
		if (s->kind == PPM_STATEMENT_DATASET && !s->dataset.parent.text.size && !first)
			first = s;
	}
	for (const struct ppm_statement *s = tree->statements; s && named; s = s->next)
		if (s->kind == PPM_STATEMENT_DATASET && ppm_slice_equal(s->name.text, named->text))
			return s;
	return first;
}

static struct ppm_plan_dataset blank(void)
{
	return (struct ppm_plan_dataset){ .key = PPM_NO_ID, .keep = PPM_NODE_NONE, .parent_link = PPM_NO_ID, .link = PPM_NO_ID };
}

static void add(struct ppm_sema *sema, const struct ppm_statement *s)
{
	struct ppm_plan_dataset dataset = blank();
	dataset.name = s->name.text;
	dataset.span = s->name.span;
	dataset.statement = s;
	dataset.kind = s->dataset.source.text.size ? PPM_DATASET_GROUPS : PPM_DATASET_FILE;
	dataset.file = s->dataset.file.text;
	uint32_t other = ppm_sema_find_dataset(sema, s->name.text);
	if (other != PPM_NO_DATASET) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, s->name.span, "`%.*s` is declared twice", (int)s->name.text.size, s->name.text.data);
		ppm_diag_label(sema->diagnostics, d, sema->plan->datasets[other].span, "it is a dataset here");
		ppm_diag_help(sema->diagnostics, d, "rename one of the two");
		dataset.name = (struct ppm_slice){ NULL, 0 };
	}
	struct ppm_module *space = s == sema->dataset ? sema->main : PPM_ARENA_NEW(sema->arena, struct ppm_module);
	if (!space) {
		sema->plan->out_of_memory = true;
		return;
	}
	if (space != sema->main)
		ppm_interner_init(&space->names, sema->allocator);
	ppm_sema_add_dataset(sema, dataset, space);
}

// What a dataset comes from is made before it, wherever it stands. False after a report of a circle.
static bool derive_in_order(struct ppm_sema *sema, uint32_t dataset, uint8_t *state)
{
	enum { NEW, OPEN, DONE };
	const struct ppm_plan_dataset *d = &sema->plan->datasets[dataset];
	if (d->kind != PPM_DATASET_GROUPS || state[dataset] == DONE)
		return true;
	const struct ppm_name *source = &d->statement->dataset.source;
	if (state[dataset] == OPEN) {
		struct ppm_diagnostic *e = ppm_diag(
			sema->diagnostics, PPM_DIAG_CIRCLE, source->span, "`%.*s` would be made of itself", (int)d->statement->name.text.size, d->statement->name.text.data);
		ppm_diag_help(sema->diagnostics, e, "one of the datasets has to come from a file: take out its `from`");
		return false;
	}
	state[dataset] = OPEN;
	uint32_t from = ppm_sema_find_dataset(sema, source->text);
	bool fine = from == PPM_NO_DATASET || from == dataset || derive_in_order(sema, from, state);
	if (fine)
		derive(sema, dataset);
	declare_lets(sema, dataset);
	state[dataset] = DONE;
	return fine;
}

void ppm_sema_datasets(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_statement *statements = sema->main->tree->statements;
	if (sema->dataset)
		add(sema, sema->dataset);
	else
		ppm_sema_add_dataset(sema, blank(), sema->main);
	for (const struct ppm_statement *s = statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_DATASET && s != sema->dataset)
			add(sema, s);
	if (plan->out_of_memory)
		return;
	size_t count = plan->dataset_count;
	for (uint32_t i = 0; i < count; i++)
		if (plan->datasets[i].kind == PPM_DATASET_FILE)
			declare_columns(sema, i);
	for (uint32_t i = 0; i < count; i++)
		if (plan->datasets[i].kind == PPM_DATASET_FILE)
			declare_lets(sema, i);
	uint8_t *state = ppm_arena_allocate(sema->arena, count, 1);
	plan->out_of_memory = plan->out_of_memory || !state;
	for (uint32_t i = 0; i < count && state; i++)
		derive_in_order(sema, i, state);
}

// Beyond these nobody climbs: a figure would take the rows for strangers', and be of all of them.
static void check_heights(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	uint8_t *height = ppm_arena_allocate(sema->arena, plan->dataset_count, 1);
	plan->out_of_memory = plan->out_of_memory || !height;
	for (bool higher = true; higher && height && !sema->diagnostics->errors;) {
		higher = false;
		for (uint32_t i = 0; i < plan->link_count; i++) {
			const struct ppm_plan_link *l = &plan->links[i];
			const struct ppm_plan_dataset *from = &plan->datasets[l->from];
			if ((l->kind != PPM_LINK_GROUP && i != from->parent_link) || height[l->from] > height[l->to])
				continue;
			higher = true;
			height[l->from] = (uint8_t)(height[l->to] + 1);
			if (height[l->from] <= PPM_SEMA_CLIMB)
				continue;
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, from->span, "more than %d datasets stand above this one", PPM_SEMA_CLIMB);
			ppm_diag_help(sema->diagnostics, d, "leave one of them out: its columns can stand in the dataset below it");
			return;
		}
	}
}

void ppm_sema_relations(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	size_t count = plan->dataset_count;
	if (plan->out_of_memory) // a dataset that the statements speak of may not be there
		return;
	for (uint32_t i = 0; i < count && !plan->out_of_memory; i++) {
		const struct ppm_statement *s = plan->datasets[i].statement;
		if (s && s->dataset.parent.text.size)
			parent(sema, i);
		if (s && s->dataset.dated.text.size)
			dated(sema, i);
	}
	check_heights(sema);
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].declaration && plan->columns[i].declaration->references.text.size)
			references(sema, &plan->columns[i]);
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_TREE)
			tree(sema, s);
	// a name of the model's own has nothing to fear from it
	if (plan->tree_count == 1 && !ppm_sema_find(sema->main, PPM_SLICE("depth")))
		ppm_sema_declare(sema, sema->main, PPM_SYMBOL_DEPTH, (struct ppm_name){ PPM_SLICE("depth"), plan->trees[0].span });
}

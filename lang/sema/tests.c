// Tests: what each one gives - params, the day, columns of the row that it is about, rows beside it - and that what it expects can be decided by that alone.
//
// They are looked at last, when everything else of the model was, so that what a test names does not count as used and teaches no column its type.

#include "lang/sema/tests.h"

#include "lang/plan/fold.h"
#include "lang/plan/reach.h"
#include "runtime/base/number.h"

#include <math.h>
#include <string.h>

#define SHOW(slice) (int)(slice).size, (slice).data

static void *make(struct ppm_sema *sema, size_t count, size_t size)
{
	void *memory = ppm_arena_allocate(sema->arena, count + 1, size);
	if (!memory)
		sema->plan->out_of_memory = true;
	return memory;
}

// ---- given values -----------------------------------------------------------------------------------------------

static ppm_node_id refuse(struct ppm_sema *sema, const struct ppm_plan_column *column, struct ppm_span span, const char *why, const char *help)
{
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_VALUE, span, "`%.*s` cannot have this value: %s", SHOW(column->name), why);
	if (column->declared)
		ppm_diag_label(sema->diagnostics, d, column->span, "the column is declared here");
	ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

// What the column declares of its values: those of every file are checked so, too.
static bool is_allowed(struct ppm_sema *sema, const struct ppm_plan_column *column, ppm_node_id node, struct ppm_span span)
{
	const struct ppm_column_declaration *c = column->declaration;
	const struct ppm_node value = sema->plan->nodes[node];
	struct ppm_edge figure = { 0 }, low, high;
	bool numeric = ppm_plan_constant_edge(sema->plan, node, &figure);
	if (value.type.base == PPM_BASE_MONEY && value.value.exact % PPM_EXACT_PER_MONEY)
		return refuse(sema, column, span, "amounts of a file have at most 4 places", "round it, as the file does") != PPM_NODE_POISON;
	if (!c)
		return true;
	if (c->in_low && c->in_high && numeric && ppm_literal_edge(c->in_low, value.type, &low) && ppm_literal_edge(c->in_high, value.type, &high) &&
		(ppm_edge_order(figure, low) < 0 || ppm_edge_order(figure, high) > 0))
		return refuse(sema, column, span, "it is outside the column's range", "give a value within the range that the column declares") != PPM_NODE_POISON;
	if (!c->in_list)
		return true;
	struct ppm_slice text = value.type.base == PPM_BASE_TEXT ? sema->plan->texts[value.value.text] : PPM_SLICE("");
	for (const struct ppm_spelling *s = c->values; s; s = s->next)
		if (ppm_slice_equal(s->from.text, text)) {
			text = s->to.text;
			break;
		}
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, text);
	for (const struct ppm_expression *item = c->in_list->items; item; item = item->next) {
		if (value.type.base == PPM_BASE_TEXT ? ppm_slice_equal(item->text, text) : ppm_literal_edge(item, value.type, &low) && ppm_edge_order(low, figure) == 0)
			return true;
		ppm_suggestion_offer(&suggestion, item->text);
	}
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_slice help = near.size ? ppm_arena_format(sema->arena, "did you mean \"%.*s\"?", SHOW(near)) : PPM_SLICE("give one of the values that the column declares");
	return refuse(sema, column, span, "it is not in the column's list", help.data ? help.data : "") != PPM_NODE_POISON;
}

// A constant of the column's type; poison after a report.
static ppm_node_id given_value(struct ppm_sema *sema, const struct ppm_plan_column *column, const struct ppm_expression *written)
{
	struct ppm_scope scope = { .module = sema->main };
	if (written->kind == PPM_EXPRESSION_LIST)
		return refuse(sema, column, written->span, "a list is no value", "give one value; a test for each of them says which one fails");
	ppm_node_id node = ppm_sema_expression(sema, &scope, written);
	struct ppm_type wanted = column->type;
	if (node == PPM_NODE_POISON && wanted.base == PPM_BASE_TEXT)
		ppm_sema_advise_text(sema, written);
	if (node == PPM_NODE_POISON || wanted.base == PPM_BASE_ERROR)
		return PPM_NODE_POISON;
	const struct ppm_node value = sema->plan->nodes[node];
	if (!ppm_plan_is_constant(sema->plan, node))
		return refuse(sema, column, written->span, "it is not constant", "give a plain value, or `missing`");
	bool adapts = value.bare && (wanted.base == PPM_BASE_MONEY || wanted.base == PPM_BASE_NUMBER || (wanted.base == PPM_BASE_PERCENT && value.value.number == 0)) &&
		(!value.type.period || value.type.period == wanted.period);
	if (!adapts && !ppm_type_same(value.type, wanted)) {
		char a[48], b[48];
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_VALUE, written->span, "`%.*s` is `%s`, and this is `%s`", SHOW(column->name),
			ppm_type_name(wanted, a), ppm_type_name(value.type, b));
		if (column->declared)
			ppm_diag_label(sema->diagnostics, d, column->span, "the column is declared here");
		if (value.bare && wanted.base == PPM_BASE_PERCENT)
			ppm_sema_help_percent(sema, d, wanted, value.value.number);
		else
			ppm_diag_help(sema->diagnostics, d,
				wanted.base == PPM_BASE_TEXT               ? "put it in quotation marks"
					: wanted.base == PPM_BASE_DATE     ? "a date is written 2026-06-30, without quotation marks"
					: wanted.base != PPM_BASE_DURATION ? "give a value of the column's type"
					: wanted.months                    ? "write a duration in months or years, such as `6 months`"
									   : "write a duration in days or weeks, such as `30 days`");
		return PPM_NODE_POISON;
	}
	if (!wanted.currency[0])
		memcpy(wanted.currency, value.type.currency, 4);
	if (!ppm_expression_is_literal(written) && (wanted.base == PPM_BASE_NUMBER || wanted.base == PPM_BASE_PERCENT) &&
		value.type.base != PPM_BASE_MONEY) // a computed number is one of 12 places
		node = ppm_plan_number(sema->plan, ppm_number_as_decimal(value.value.number), value.type, value.bare, written->span);
	node = ppm_plan_retype(sema->plan, node, wanted, written->span);
	return node != PPM_NODE_POISON && is_allowed(sema, column, node, written->span) ? node : PPM_NODE_POISON;
}

// ---- given names -----------------------------------------------------------------------------------------------

static void no_such_column(struct ppm_sema *sema, uint32_t dataset, const struct ppm_name *name, const struct ppm_symbol *symbol)
{
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < sema->plan->column_count; i++)
		if (sema->plan->columns[i].dataset == dataset && (sema->plan->columns[i].kind == PPM_PLAN_FIELD || sema->plan->columns[i].kind == PPM_PLAN_KEY))
			ppm_suggestion_offer(&suggestion, sema->plan->columns[i].name);
	for (size_t i = 0; i < sema->plan->param_count && !dataset; i++)
		ppm_suggestion_offer(&suggestion, sema->plan->params[i].name);
	struct ppm_slice near = ppm_suggestion_take(&suggestion), owner = ppm_sema_dataset_name(sema, dataset);
	struct ppm_diagnostic *d;
	if (symbol && (symbol->kind == PPM_SYMBOL_MODULE || symbol->kind == PPM_SYMBOL_DEFINE || symbol->kind == PPM_SYMBOL_LOOKUP)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NAME, name->span, "`%.*s` cannot be given: it is no value", SHOW(name->text));
		ppm_diag_label(sema->diagnostics, d, symbol->span, "it is declared here");
		ppm_diag_help(sema->diagnostics, d, "a test gives columns, params and `as_of`");
		return;
	}
	if (symbol) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NAME, name->span, "`%.*s` cannot be given: it is computed", SHOW(name->text));
		if (symbol->span.end)
			ppm_diag_label(sema->diagnostics, d, symbol->span, "it is declared here");
		ppm_diag_help(sema->diagnostics, d, "give the columns that it is computed from, and `expect` its value");
		return;
	}
	if (sema->plan->inferred)
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NAME, name->span, "no rule of the model reads a column called `%.*s`", SHOW(name->text));
	else
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NAME, name->span, "%.*s has no column called `%.*s`", SHOW(owner), SHOW(name->text));
	if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else
		ppm_diag_help(sema->diagnostics, d, dataset ? "a row is given by the columns of its dataset" : "a test gives columns, params and `as_of`");
}

static bool is_again(struct ppm_sema *sema, const struct ppm_given *given, const struct ppm_given *first)
{
	for (; first && first != given; first = first->next)
		if (ppm_slice_equal(first->module.text, given->module.text) && ppm_slice_equal(first->name.text, given->name.text)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_TWICE, given->name.span, "`%.*s` is given twice", SHOW(given->name.text));
			ppm_diag_label(sema->diagnostics, d, first->name.span, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "leave one of them out; another value is another test");
			return true;
		}
	return false;
}

static void add_given(struct ppm_sema *sema, struct ppm_plan_test_row *row, uint32_t index, const struct ppm_given *given)
{
	const struct ppm_plan_column column = sema->plan->columns[index];
	struct ppm_plan_given *out = &row->givens[row->given_count];
	*out = (struct ppm_plan_given){ .kind = PPM_GIVEN_MISSING, .column = index, .value = PPM_NODE_NONE, .row = PPM_NO_ID, .other_column = PPM_NO_ID, .span = given->span };
	if (given->value->kind == PPM_EXPRESSION_MISSING) {
		bool may = column.kind == PPM_PLAN_FIELD && (column.optional || (column.declaration && column.declaration->default_value));
		if (!may) {
			refuse(sema, &column, given->value->span, column.key ? "it is the key" : "it is required",
				column.key ? "give it a value, or leave it out: it has one of its own then" : "give a value, or declare the column `optional`");
			return;
		}
	} else {
		out->kind = PPM_GIVEN_VALUE;
		out->value = given_value(sema, &column, given->value);
		if (out->value == PPM_NODE_POISON)
			return;
	}
	row->given_count++;
}

// `region.capacity`: a value of a row that is given as a row. False when the first name is another's.
static bool is_of_row(struct ppm_sema *sema, const struct ppm_given *given)
{
	const struct ppm_symbol *head = ppm_sema_find(sema->main, given->module.text);
	uint32_t dataset = ppm_sema_find_dataset(sema, given->module.text), tree = ppm_sema_find_tree(sema, given->module.text);
	if (tree != PPM_NO_ID)
		dataset = sema->plan->trees[tree].dataset;
	if (head && head->kind == PPM_SYMBOL_MODULE)
		return false;
	if (dataset == PPM_NO_DATASET && head && head->kind == PPM_SYMBOL_COLUMN && sema->plan->columns[head->index].declaration)
		dataset = ppm_sema_find_dataset(sema, sema->plan->columns[head->index].declaration->references.text);
	if (dataset == PPM_NO_DATASET || !sema->plan->datasets[dataset].name.size)
		return false;
	struct ppm_slice owner = sema->plan->datasets[dataset].name;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NAME, (struct ppm_span){ given->module.span.begin, given->name.span.end },
		"`%.*s.%.*s` is a value of a row of `%.*s`", SHOW(given->module.text), SHOW(given->name.text), SHOW(owner));
	if (dataset || tree != PPM_NO_ID)
		ppm_diag_help(sema->diagnostics, d, "give the row: `given %.*s { %.*s = … }`", SHOW(owner), SHOW(given->name.text));
	else
		ppm_diag_help(sema->diagnostics, d, "the row that the test is about is given by the names of its columns alone: `given %.*s = …`", SHOW(given->name.text));
	return true;
}

// Of the row that the test is about, of params, and the day. `first`: of the statement's givens so far.
static void give(struct ppm_sema *sema, struct ppm_plan_test *test, const struct ppm_given *given, struct ppm_buffer *settings)
{
	const struct ppm_name_list inner = { given->name, NULL };
	struct ppm_name_list path = given->module.text.size ? (struct ppm_name_list){ given->module, NULL } : inner;
	struct ppm_scope scope = { .module = sema->main };
	struct ppm_symbol *symbol;
	if (given->module.text.size) {
		if (is_of_row(sema, given))
			return;
		struct ppm_name_list second = inner;
		path.next = &second;
		symbol = ppm_sema_symbol(sema, &scope, &path, false);
		if (!symbol)
			return;
	} else
		symbol = ppm_sema_find(sema->main, given->name.text);
	if (symbol && symbol->kind == PPM_SYMBOL_COLUMN && symbol->dataset == 0 && !given->module.text.size) {
		add_given(sema, &test->rows[0], symbol->index, given);
		return;
	}
	bool day = symbol && symbol->kind == PPM_SYMBOL_RESULT && ppm_slice_is(symbol->name, "as_of");
	if (day && given->value->kind != PPM_EXPRESSION_DATE) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_VALUE, given->value->span, "`as_of` is a day, and this is none");
		ppm_diag_help(sema->diagnostics, d, "write it as `given as_of = 2026-06-30`");
		return;
	}
	if (!day && (!symbol || symbol->kind != PPM_SYMBOL_PARAM || symbol->module->standard)) {
		no_such_column(sema, 0, &given->name, symbol);
		return;
	}
	if (given->value->kind == PPM_EXPRESSION_MISSING) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_VALUE, given->value->span, "a param is never missing");
		ppm_diag_help(sema->diagnostics, d, "give it a value");
		return;
	}
	if (!day) {
		ppm_sema_given_param(sema, symbol, given->value);
		test->gives_params = true;
	}
	struct ppm_slice text = ppm_sema_text_of(sema, given->span);
	ppm_buffer_format(settings, "%.*s\n", SHOW(text));
}

// ---- rows --------------------------------------------------------------------------------------------------------

static uint32_t count_columns(const struct ppm_plan *plan, uint32_t dataset)
{
	uint32_t count = 0;
	for (size_t i = 0; i < plan->column_count; i++)
		count += plan->columns[i].dataset == dataset;
	return count;
}

static struct ppm_plan_test_row *add_row(struct ppm_sema *sema, struct ppm_plan_test *test, uint32_t dataset, struct ppm_span span)
{
	struct ppm_plan_test_row *row = &test->rows[test->row_count];
	*row = (struct ppm_plan_test_row){ .dataset = dataset, .span = span };
	row->givens = make(sema, count_columns(sema->plan, dataset), sizeof *row->givens);
	if (!row->givens)
		return NULL;
	test->row_count++;
	return row;
}

static void give_rows(struct ppm_sema *sema, struct ppm_plan_test *test, const struct ppm_test_step *step)
{
	struct ppm_plan *plan = sema->plan;
	uint32_t dataset = ppm_sema_find_dataset(sema, step->dataset.text);
	struct ppm_diagnostic *d;
	if (dataset == PPM_NO_DATASET) {
		struct ppm_suggestion suggestion;
		ppm_suggestion_init(&suggestion, step->dataset.text);
		for (size_t i = 0; i < plan->dataset_count; i++)
			if (plan->datasets[i].name.size && plan->datasets[i].kind == PPM_DATASET_FILE)
				ppm_suggestion_offer(&suggestion, plan->datasets[i].name);
		struct ppm_slice near = ppm_suggestion_take(&suggestion);
		uint32_t tree = ppm_sema_find_tree(sema, step->dataset.text);
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_ROWS, step->dataset.span, "no dataset is called `%.*s`", SHOW(step->dataset.text));
		if (tree != PPM_NO_ID)
			ppm_diag_help(sema->diagnostics, d, "it is a tree of `%.*s`: give the rows of those", SHOW(plan->datasets[plan->trees[tree].dataset].name));
		else if (near.size)
			ppm_sema_did_you_mean(sema, d, near);
		else
			ppm_diag_help(sema->diagnostics, d,
				plan->inferred ? "declare the datasets of the model to test it with rows of them" : "rows are given to a dataset of the model");
		return;
	}
	if (plan->datasets[dataset].kind != PPM_DATASET_FILE) {
		struct ppm_slice from = ppm_sema_dataset_name(sema, plan->links[plan->datasets[dataset].link].from);
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_ROWS, step->dataset.span, "`%.*s` has no rows of its own: they are made from those of `%.*s`",
			SHOW(step->dataset.text), SHOW(from));
		ppm_diag_help(sema->diagnostics, d, "give rows of `%.*s`", SHOW(from));
		return;
	}
	for (const struct ppm_given_row *r = step->rows; r; r = r->next) {
		struct ppm_plan_test_row *row = add_row(sema, test, dataset, r->span);
		if (!row)
			return;
		for (const struct ppm_given *given = r->givens; given; given = given->next) {
			struct ppm_symbol *symbol = given->module.text.size ? NULL : ppm_sema_find_in(sema, dataset, given->name.text);
			if (is_again(sema, given, r->givens))
				continue;
			if (symbol && symbol->kind == PPM_SYMBOL_COLUMN && symbol->dataset == dataset)
				add_given(sema, row, symbol->index, given);
			else
				no_such_column(sema, dataset, &given->name, symbol && symbol->dataset == dataset ? symbol : NULL);
		}
	}
}

static struct ppm_plan_given *find_given(const struct ppm_plan_test_row *row, uint32_t column)
{
	for (uint32_t i = 0; i < row->given_count; i++)
		if (row->givens[i].column == column)
			return &row->givens[i];
	return NULL;
}

static void same_as(struct ppm_plan_test_row *row, uint32_t column, uint32_t other_row, uint32_t other_column)
{
	row->givens[row->given_count++] =
		(struct ppm_plan_given){ .kind = PPM_GIVEN_SAME, .column = column, .value = PPM_NODE_NONE, .row = other_row, .other_column = other_column, .span = row->span };
}

// The test's only row of the dataset (of the scored one: the row that it is about); PPM_NO_ID when there is none, or more: then *count says so.
static uint32_t only_row(const struct ppm_plan_test *test, uint32_t dataset, uint32_t *count)
{
	uint32_t found = PPM_NO_ID;
	*count = 0;
	for (uint32_t i = 0; i < test->row_count; i++)
		if (test->rows[i].dataset == dataset) {
			found = *count ? found : i;
			++*count;
		}
	return *count == 1 || dataset == 0 ? found : PPM_NO_ID;
}

// What a row belongs to: the columns that say so, where they are not given, are those of the row above it.
static void belong(struct ppm_sema *sema, struct ppm_plan_test *test, struct ppm_plan_test_row *row)
{
	const struct ppm_plan *plan = sema->plan;
	uint32_t link = plan->datasets[row->dataset].parent_link;
	if (link != PPM_NO_ID && plan->links[link].to && plan->datasets[plan->links[link].to].kind == PPM_DATASET_GROUPS)
		link = PPM_NO_ID; // which is there because this one is
	if (link == PPM_NO_ID && plan->datasets[0].kind == PPM_DATASET_GROUPS && ppm_plan_made_of(plan, 0) == row->dataset) {
		const struct ppm_plan_link *made = &plan->links[plan->datasets[0].link];
		for (uint32_t i = 0; i < made->key_count; i++) {
			uint32_t column = ppm_plan_key_made_of(plan, made->other_keys[i]);
			if (!find_given(row, column))
				same_as(row, column, 0, made->other_keys[i]);
		}
	}
	if (link == PPM_NO_ID)
		return;
	const struct ppm_plan_link *up = &plan->links[link];
	uint32_t count, above = only_row(test, up->to, &count);
	for (uint32_t i = 0; i < up->key_count; i++) {
		const struct ppm_node *key = up->keys[i].is_link ? NULL : &plan->nodes[up->keys[i].value];
		if (!key || key->op != PPM_NODE_COLUMN || up->other_keys[i] == PPM_NO_ID || plan->columns[key->index].kind != PPM_PLAN_FIELD || find_given(row, key->index))
			continue;
		if (above != PPM_NO_ID) {
			same_as(row, key->index, above, up->other_keys[i]);
			continue;
		}
		if (row->dataset == 0 && !count) // the row that the test is about need not belong to any
			continue;
		struct ppm_slice name = ppm_sema_dataset_name(sema, up->to), column = plan->columns[key->index].name;
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_PARENT, row->span,
			count ? "this row belongs to one of several rows of `%.*s`, and does not say to which" : "this row belongs to a row of `%.*s`, and the test gives none",
			SHOW(name));
		if (count)
			ppm_diag_help(sema->diagnostics, d, "give `%.*s`, the key of its row", SHOW(column));
		else
			ppm_diag_help(sema->diagnostics, d, "give that row, too: `given %.*s { … }`", SHOW(name));
	}
}

// A column that references a dataset of which there is one row means that row; one of another dataset that references the scored one, the row that the test is about.
static void refer(struct ppm_sema *sema, struct ppm_plan_test *test, struct ppm_plan_test_row *row)
{
	const struct ppm_plan *plan = sema->plan;
	for (uint32_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *column = &plan->columns[i];
		if (column->dataset != row->dataset || column->kind != PPM_PLAN_FIELD || !column->declaration || !column->declaration->references.text.size || find_given(row, i))
			continue;
		uint32_t to = ppm_sema_find_dataset(sema, column->declaration->references.text), count, only;
		if (to == PPM_NO_DATASET || to == row->dataset || plan->datasets[to].key == PPM_NO_ID)
			continue;
		only = only_row(test, to, &count);
		if (only != PPM_NO_ID && &test->rows[only] != row)
			same_as(row, i, only, plan->datasets[to].key);
	}
}

// An exception without a key is one for the customer.
static void except(struct ppm_sema *sema, struct ppm_plan_test_row *row)
{
	const struct ppm_plan *plan = sema->plan;
	for (const struct ppm_name_list *e = sema->exceptions; e; e = e->next) {
		if (ppm_sema_find_dataset(sema, e->name.text) != row->dataset)
			continue;
		uint32_t key = plan->datasets[row->dataset].key, own = plan->datasets[0].key;
		if (row->dataset && key != PPM_NO_ID && own != PPM_NO_ID && !find_given(row, key))
			same_as(row, key, 0, own);
	}
}

// A key that a test does not give, of rows that are made of others.
static ppm_node_id some_key(struct ppm_sema *sema, const struct ppm_plan_column *column)
{
	struct ppm_span nowhere = { 0, 0 };
	struct ppm_plan *plan = sema->plan;
	switch (column->type.base) {
	case PPM_BASE_TEXT: return ppm_plan_text(plan, PPM_SLICE("test-1"), nowhere);
	case PPM_BASE_FLAG: return ppm_plan_flag(plan, true, nowhere);
	case PPM_BASE_DATE: return ppm_plan_whole(plan, 11323, column->type, nowhere); // 2001-01-01
	case PPM_BASE_DURATION: return ppm_plan_whole(plan, 1, column->type, nowhere);
	case PPM_BASE_MONEY: return ppm_plan_money(plan, PPM_EXACT_SCALE, column->type, nowhere);
	default: return ppm_plan_number(plan, 1, column->type, false, nowhere);
	}
}

// Where the scored rows are made of others: which of them the test is about. A key that is not given is that of the first row that has one.
static void derive(struct ppm_sema *sema, struct ppm_plan_test *test)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_plan_link link = plan->links[plan->datasets[0].link];
	const uint32_t source_rows = ppm_plan_made_of(plan, 0);
	struct ppm_span nowhere = { 0, 0 };
	bool any = false;
	test->is_row = ppm_plan_flag(plan, true, nowhere);
	for (uint32_t i = 1; i < test->row_count; i++)
		any = any || test->rows[i].dataset == source_rows;
	if (!any) {
		struct ppm_slice from = ppm_sema_dataset_name(sema, source_rows), own = ppm_sema_dataset_name(sema, 0);
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_NOTHING, test->span, "%.*s are made from rows of `%.*s`, and the test gives none", SHOW(own), SHOW(from));
		ppm_diag_help(sema->diagnostics, d, "give some: `given %.*s { … }`", SHOW(from));
		return;
	}
	for (uint32_t i = 0; i < link.key_count; i++) {
		uint32_t key = link.other_keys[i], source = ppm_plan_key_made_of(plan, key);
		struct ppm_plan_given *given = find_given(&test->rows[0], key);
		ppm_node_id value = given ? given->value : PPM_NODE_NONE;
		for (uint32_t r = 1; r < test->row_count && value == PPM_NODE_NONE; r++) {
			const struct ppm_plan_given *other = test->rows[r].dataset == source_rows ? find_given(&test->rows[r], source) : NULL;
			value = other && other->kind == PPM_GIVEN_VALUE ? other->value : PPM_NODE_NONE;
		}
		value = value == PPM_NODE_NONE ? some_key(sema, &plan->columns[key]) : value;
		if (!given)
			test->rows[0].givens[test->rows[0].given_count++] =
				(struct ppm_plan_given){ .kind = PPM_GIVEN_VALUE, .column = key, .value = value, .row = PPM_NO_ID, .other_column = PPM_NO_ID, .span = test->span };
		test->is_row = ppm_plan_and(plan, test->is_row, ppm_plan_compare(plan, PPM_RELATION_EQUAL, plan->columns[key].node, value, nowhere), nowhere);
	}
}

// ---- what is not given --------------------------------------------------------------------------------------------

static bool is_lacking(const struct ppm_plan *plan, const uint8_t *reached, const struct ppm_plan_test *test, uint32_t row, uint32_t index)
{
	const struct ppm_plan_column *column = &plan->columns[index];
	uint8_t ways = row ? PPM_REACH_ALL : PPM_REACH_ALL | PPM_REACH_OWN;
	return column->dataset == test->rows[row].dataset && column->kind == PPM_PLAN_FIELD && (reached[index] & ways) && !column->optional && !column->key &&
		!(column->declaration && column->declaration->default_value) && !find_given(&test->rows[row], index);
}

static void report_lacking(struct ppm_sema *sema, const uint8_t *reached, const struct ppm_plan_test *test, uint32_t row, const struct ppm_plan_expectation *expectation)
{
	const struct ppm_plan *plan = sema->plan;
	struct ppm_buffer names, help;
	struct ppm_diagnostic *d;
	uint32_t count = 0;
	ppm_buffer_init(&names, sema->allocator);
	ppm_buffer_init(&help, sema->allocator);
	for (uint32_t i = 0; i < plan->column_count; i++) {
		if (!is_lacking(plan, reached, test, row, i))
			continue;
		struct ppm_slice name = plan->columns[i].name;
		ppm_buffer_format(&names, "%s`%.*s`", count ? ", " : "", SHOW(name));
		ppm_buffer_format(&help, "%s%.*s = …", count ? ", " : "", SHOW(name));
		count++;
	}
	if (names.failed || help.failed)
		sema->plan->out_of_memory = true;
	else if (row) {
		struct ppm_slice owner = ppm_sema_dataset_name(sema, test->rows[row].dataset);
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_LACKING, test->rows[row].span, "what the test expects depends on %.*s of this row of `%.*s`, which it does not give",
			(int)names.size, names.data, SHOW(owner));
		ppm_diag_label(sema->diagnostics, d, expectation->span, "this does");
		ppm_diag_help(sema->diagnostics, d, "give %s: `{ %.*s }`", count == 1 ? "it" : "them", (int)help.size, help.data);
	} else {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_GIVEN_LACKING, expectation->span, "this depends on %.*s, which the test does not give", (int)names.size, names.data);
		for (uint32_t i = 0; i < plan->column_count && d->label_count < PPM_DIAG_LABELS; i++)
			if (is_lacking(plan, reached, test, 0, i))
				ppm_diag_label(sema->diagnostics, d, plan->columns[i].span, "it is required");
		ppm_diag_help(sema->diagnostics, d, "add `given %.*s`; a column that may be empty is declared `optional`", (int)help.size, help.data);
	}
	ppm_buffer_free(&names);
	ppm_buffer_free(&help);
}

// Whether all that was reached is given; `expectation`: else it is reported, each column for what first needs it (`told` says which were).
static bool check_lacking(struct ppm_sema *sema, const uint8_t *reached, const struct ppm_plan_test *test, const struct ppm_plan_expectation *expectation, uint8_t *told)
{
	bool fine = true;
	for (uint32_t row = 0; row < test->row_count; row++) {
		bool news = false;
		for (uint32_t i = 0; i < sema->plan->column_count; i++) {
			if (!is_lacking(sema->plan, reached, test, row, i))
				continue;
			fine = false;
			news = news || row || (told && !told[i]);
			if (told && !row)
				told[i] = 1;
		}
		if (news && expectation)
			report_lacking(sema, reached, test, row, expectation);
	}
	return fine;
}

// All that a row shows: reasons and actions come from anywhere.
static bool reach_texts(const struct ppm_plan *plan, struct ppm_plan_reach *reach)
{
	bool fine = ppm_plan_reach_add(reach, plan->score) && ppm_plan_reach_add(reach, plan->tier);
	for (size_t i = 0; i < plan->rule_count && fine; i++)
		fine = ppm_plan_reach_add_text(reach, plan->rules[i]->because);
	for (size_t i = 0; i < plan->disqualifier_count && fine; i++)
		fine = ppm_plan_reach_add(reach, plan->disqualifiers[i].condition) && ppm_plan_reach_add_text(reach, plan->disqualifiers[i].because);
	for (size_t i = 0; i < plan->tier_count && fine; i++)
		fine = ppm_plan_reach_add(reach, plan->tiers[i].condition) && ppm_plan_reach_add_text(reach, plan->tiers[i].action);
	return fine;
}

// The optional columns of the test's own row that are reached and have no value.
static void find_facts(struct ppm_sema *sema, const struct ppm_plan_reach *reach, const struct ppm_plan_test *test, struct ppm_plan_expectation *expectation)
{
	const struct ppm_plan *plan = sema->plan;
	uint32_t *facts = make(sema, count_columns(plan, 0), sizeof *facts);
	expectation->facts = facts;
	for (uint32_t i = 0; i < plan->column_count && facts; i++) {
		const struct ppm_plan_given *given = find_given(&test->rows[0], i);
		if (plan->columns[i].dataset == 0 && plan->columns[i].kind == PPM_PLAN_FIELD && plan->columns[i].optional && reach->columns[i] &&
			(!given || given->kind == PPM_GIVEN_MISSING))
			facts[expectation->fact_count++] = i;
	}
}

// What a test depends on is told by the values that its params have in it: a program for tests has those of its own tests; in any other, they are those of tests that give none, unless
// somebody set them from outside.
static bool mark_judged(struct ppm_sema *sema, uint8_t *judged)
{
	const struct ppm_compile_options *options = sema->options;
	bool set = options->setting_count || options->scenario.size || options->as_of.size;
	for (size_t i = 0; judged && i < sema->plan->test_count && options->output != PPM_OUTPUT_TESTS; i++)
		judged[i] = !set && !sema->plan->tests[i].gives_params;
	for (size_t i = 0; judged && i < options->test_count && options->output == PPM_OUTPUT_TESTS; i++)
		if (options->tests[i] < sema->plan->test_count)
			judged[options->tests[i]] = 1;
	return judged != NULL;
}

static void check_given(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_plan_reach reach;
	bool fine = ppm_plan_reach_init(&reach, plan);
	uint8_t *told = make(sema, plan->column_count, 1), *scored = make(sema, plan->column_count, 1), *judged = make(sema, plan->test_count, 1);
	reach.columns_only = true;
	fine = fine && mark_judged(sema, judged) && told && scored && ppm_plan_reach_add(&reach, plan->score) && ppm_plan_reach_add(&reach, plan->tier);
	if (fine && plan->column_count)
		memcpy(scored, reach.columns, plan->column_count);
	for (size_t i = 0; i < plan->test_count && fine; i++) {
		struct ppm_plan_test *test = &plan->tests[i];
		if (!judged[i])
			continue;
		test->explains = plan->score != PPM_NODE_NONE && check_lacking(sema, scored, test, NULL, NULL);
		memset(told, 0, plan->column_count);
		for (uint32_t k = 0; k < test->expectation_count && fine; k++) {
			struct ppm_plan_expectation *expectation = &test->expectations[k];
			ppm_plan_reach_clear(&reach);
			fine = expectation->node == PPM_NODE_NONE ? reach_texts(plan, &reach) : ppm_plan_reach_add(&reach, expectation->node);
			if (fine && check_lacking(sema, reach.columns, test, expectation, told) && sema->options->output == PPM_OUTPUT_TESTS)
				find_facts(sema, &reach, test, expectation);
		}
	}
	plan->out_of_memory = plan->out_of_memory || !fine;
	ppm_plan_reach_free(&reach);
}

// ---- the whole --------------------------------------------------------------------------------------------------

static void title_is_new(struct ppm_sema *sema, const struct ppm_plan_test *test)
{
	// titles are few, or made by a program and different: an interner keeps a thousand of them cheap
	uint32_t known = ppm_interner_find(&sema->titles, test->title);
	if (known == PPM_INTERNER_NONE) {
		if (ppm_interner_add(&sema->titles, test->title) == PPM_INTERNER_NONE)
			sema->plan->out_of_memory = true;
		return;
	}
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TEST_TWICE, test->span, "two tests are called \"%.*s\"", SHOW(test->title));
	for (size_t i = 0; i < sema->plan->test_count; i++)
		if (ppm_slice_equal(sema->plan->tests[i].title, test->title)) {
			ppm_diag_label(sema->diagnostics, d, sema->plan->tests[i].span, "the first is here");
			break;
		}
	ppm_diag_help(sema->diagnostics, d, "a title says what is special about its test");
}

static void one_test(struct ppm_sema *sema, const struct ppm_statement *s)
{
	struct ppm_plan_test test = { .title = s->doc.text, .span = s->doc.span, .is_row = PPM_NODE_NONE, .is_row_result = PPM_NO_ID };
	uint32_t rows = 1, expectations = 0;
	for (const struct ppm_test_step *step = s->test.steps; step; step = step->next) {
		expectations += step->expect != NULL;
		for (const struct ppm_given_row *row = step->rows; row; row = row->next)
			rows++;
	}
	test.rows = make(sema, rows, sizeof *test.rows);
	test.expectations = make(sema, expectations, sizeof *test.expectations);
	if (sema->plan->out_of_memory || !add_row(sema, &test, 0, s->doc.span))
		return;
	title_is_new(sema, &test);
	struct ppm_buffer settings;
	ppm_buffer_init(&settings, sema->allocator);
	uint32_t errors = sema->diagnostics->errors;
	for (const struct ppm_test_step *step = s->test.steps; step; step = step->next) {
		for (const struct ppm_given *given = step->givens; given; given = given->next) {
			bool again = false;
			for (const struct ppm_test_step *before = s->test.steps; before != step && !again; before = before->next)
				for (const struct ppm_given *other = before->givens; other && !again; other = other->next)
					again = ppm_slice_equal(other->module.text, given->module.text) && ppm_slice_equal(other->name.text, given->name.text) &&
						is_again(sema, given, other);
			if (!again && !is_again(sema, given, step->givens))
				give(sema, &test, given, &settings);
		}
		if (step->dataset.text.size)
			give_rows(sema, &test, step);
	}
	test.settings = settings.size ? ppm_arena_copy(sema->arena, ppm_buffer_slice(&settings)) : PPM_SLICE("");
	sema->plan->out_of_memory = sema->plan->out_of_memory || settings.failed || !test.settings.data;
	ppm_buffer_free(&settings);
	for (uint32_t i = 0; i < test.row_count && sema->diagnostics->errors == errors; i++) {
		belong(sema, &test, &test.rows[i]);
		if (i)
			except(sema, &test.rows[i]);
	}
	for (uint32_t i = 0; i < test.row_count && sema->diagnostics->errors == errors; i++)
		refer(sema, &test, &test.rows[i]);
	if (sema->plan->dataset_count && sema->plan->datasets[0].kind == PPM_DATASET_GROUPS && sema->diagnostics->errors == errors)
		derive(sema, &test);
	for (const struct ppm_test_step *step = s->test.steps; step; step = step->next)
		if (step->expect)
			ppm_sema_expect(sema, &test.expectations[test.expectation_count++], step->expect);
	if (!expectations && !sema->diagnostics->muted) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TEST_EMPTY, s->doc.span, "this test expects nothing");
		ppm_diag_help(sema->diagnostics, d, "say what should come out: `expect score >= 60`");
	}
	struct ppm_plan_test *place = PPM_PLAN_APPEND(sema->plan, test);
	if (place)
		*place = test;
}

static void tests_of(struct ppm_sema *sema, const struct ppm_syntax_tree *tree)
{
	for (const struct ppm_statement *s = tree ? tree->statements : NULL; s && !sema->plan->out_of_memory; s = s->next)
		if (s->kind == PPM_STATEMENT_TEST)
			one_test(sema, s);
		else if (tree != sema->main->tree) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TEST_FILE, s->keyword, "a file of tests holds tests alone");
			ppm_diag_help(sema->diagnostics, d, "put this into the model, whose names its tests know");
		}
}

// The datasets with overrides, once: a model may have thousands of statements that are tests.
static void find_exceptions(struct ppm_sema *sema)
{
	sema->exceptions = NULL;
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next) {
		struct ppm_name_list *made = s->kind == PPM_STATEMENT_OVERRIDES ? make(sema, 1, sizeof *made) : NULL;
		if (!made)
			continue;
		*made = (struct ppm_name_list){ s->name, sema->exceptions };
		sema->exceptions = made;
	}
}

void ppm_sema_tests(struct ppm_sema *sema)
{
	const struct ppm_compile_options *options = sema->options;
	if (sema->diagnostics->errors) // what follows from a mistake is not reported
		return;
	sema->testing = true;
	find_exceptions(sema);
	ppm_interner_init(&sema->titles, sema->allocator);
	tests_of(sema, sema->main->tree);
	tests_of(sema, sema->test_tree);
	ppm_interner_free(&sema->titles);
	if (!sema->diagnostics->errors && !sema->plan->out_of_memory && sema->plan->test_count)
		check_given(sema);
	for (size_t i = 0; i < options->test_count && options->output == PPM_OUTPUT_TESTS && !sema->diagnostics->errors && !sema->plan->out_of_memory; i++)
		if (options->tests[i] < sema->plan->test_count)
			ppm_sema_test_results(sema, &sema->plan->tests[options->tests[i]]);
	sema->testing = false;
}

void ppm_sema_choose_test(struct ppm_sema *sema, const struct ppm_syntax_tree *model)
{
	const struct ppm_compile_options *options = sema->options;
	const struct ppm_syntax_tree *trees[] = { model, sema->test_tree };
	uint32_t number = options->output == PPM_OUTPUT_TESTS && options->test_count ? options->tests[0] : UINT32_MAX;
	for (size_t i = 0; i < 2 && number != UINT32_MAX; i++)
		for (const struct ppm_statement *s = trees[i] ? trees[i]->statements : NULL; s && number != UINT32_MAX; s = s->next)
			if (s->kind == PPM_STATEMENT_TEST && !number--)
				sema->chosen_test = s;
}

const struct ppm_expression *ppm_sema_given_setting(const struct ppm_sema *sema, struct ppm_slice module, struct ppm_slice name)
{
	const struct ppm_statement *s = sema->chosen_test;
	for (const struct ppm_test_step *step = s ? s->test.steps : NULL; step; step = step->next)
		for (const struct ppm_given *given = step->givens; given; given = given->next)
			if (ppm_slice_equal(given->module.text, module) && ppm_slice_equal(given->name.text, name))
				return given->value;
	return NULL;
}

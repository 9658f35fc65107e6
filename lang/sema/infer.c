// Columns without a declaration: their types are those that their uses need.
//
// In a trial pass every use says what it takes its column for and how sure it is of that; nothing is learned before the pass is over. Then the surest of what was said holds for the
// next one, the surest changes first: units settle before bare figures do, so that what hangs on an amount is never looked at as a number in the meantime. What is put together
// has a total order, passes are always whole: the order of the statements decides nothing.

#include "lang/sema/sema.h"

#include <string.h>

static struct ppm_inferred *find_inferred(const struct ppm_sema *sema, struct ppm_slice name)
{
	uint32_t code = ppm_interner_find(&sema->inferred_names, name);
	return code == PPM_INTERNER_NONE ? NULL : sema->inferred[code];
}

// NULL: no memory. The name comes last: what the interner holds has its column.
static struct ppm_inferred *add_inferred(struct ppm_sema *sema, struct ppm_slice name)
{
	struct ppm_inferred *made = PPM_ARENA_NEW(sema->lasting, struct ppm_inferred);
	bool room = made && ppm_grow(sema->allocator, (void **)&sema->inferred, &sema->inferred_capacity, (size_t)sema->inferred_names.count + 1, sizeof *sema->inferred);
	uint32_t code = room ? ppm_interner_add(&sema->inferred_names, name) : PPM_INTERNER_NONE;
	if (code == PPM_INTERNER_NONE)
		return NULL;
	*made = (struct ppm_inferred){ .name = name, .type = ppm_type_of(PPM_BASE_OPEN) };
	return sema->inferred[code] = made;
}

// The undeclared column that the node is, or NULL.
static struct ppm_inferred *inferred_of(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = &sema->plan->nodes[id];
	if (id == PPM_NODE_POISON || node->op != PPM_NODE_COLUMN)
		return NULL;
	const struct ppm_plan_column *column = &sema->plan->columns[node->index];
	return column->kind == PPM_PLAN_FIELD && !column->declared ? find_inferred(sema, column->name) : NULL;
}

bool ppm_sema_is_open(const struct ppm_sema *sema, ppm_node_id node)
{
	return sema->plan->nodes[node].type.base == PPM_BASE_OPEN;
}

// Of two types that uses are equally sure of, the one that says more: an amount with its currency, a percent beside a number. Others contradict each other, and whichever it is, one of
// the two uses is an error.
static int type_order(struct ppm_type a, struct ppm_type b)
{
	static const uint8_t order[] = {
		[PPM_BASE_ERROR] = 0,
		[PPM_BASE_OPEN] = 0,
		[PPM_BASE_TEXT] = 1,
		[PPM_BASE_FLAG] = 2,
		[PPM_BASE_DURATION] = 3,
		[PPM_BASE_DATE] = 4,
		[PPM_BASE_NUMBER] = 5,
		[PPM_BASE_PERCENT] = 6,
		[PPM_BASE_MONEY] = 7,
	};
	if (a.base != b.base)
		return order[a.base] - order[b.base];
	if (a.period != b.period)
		return a.period - b.period;
	if (a.months != b.months)
		return a.months - b.months;
	return memcmp(a.currency, b.currency, sizeof a.currency);
}

static void say(struct ppm_inferred *column, struct ppm_type type, enum ppm_sureness sure)
{
	type.ratio = false;
	if (sure < column->sure || (sure == column->sure && type_order(type, column->said) <= 0))
		return;
	column->said = type;
	column->sure = sure;
}

ppm_node_id ppm_sema_settle_as(struct ppm_sema *sema, ppm_node_id id, struct ppm_type type, enum ppm_sureness sure)
{
	if (!sema->trial)
		return id;
	struct ppm_inferred *column = inferred_of(sema, id);
	if (column && type.base > PPM_BASE_OPEN)
		say(column, type, sure);
	return ppm_sema_is_open(sema, id) ? PPM_NODE_POISON : id; // what hangs on it is looked at again when the column is known
}

ppm_node_id ppm_sema_settle(struct ppm_sema *sema, ppm_node_id id, struct ppm_type type)
{
	return ppm_sema_settle_as(sema, id, type, type.base == PPM_BASE_NUMBER && !type.period ? PPM_SURE_PLAIN : PPM_SURE);
}

bool ppm_sema_is_known(struct ppm_sema *sema, ppm_node_id id)
{
	if (id != PPM_NODE_POISON && ppm_sema_is_open(sema, id))
		ppm_sema_settle_as(sema, id, ppm_type_of(PPM_BASE_TEXT), PPM_SURE_FALLBACK);
	return id != PPM_NODE_POISON && !ppm_sema_is_open(sema, id);
}

void ppm_sema_asked(struct ppm_sema *sema, ppm_node_id id)
{
	struct ppm_inferred *column = inferred_of(sema, id);
	if (column)
		column->asked++;
}

// ---- what a value meets, down to the columns that make it up ------------------------------------------------

// `depth`: how many more lets may build on each other.
static void hint(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_type type, uint32_t depth);

// The model's or a module's `let` of that name, or NULL.
static struct ppm_symbol *let_called(const struct ppm_scope *scope, const struct ppm_name_list *path)
{
	if (scope->define_body || scope->outer || scope->dataset || scope->is_summary)
		return NULL;
	struct ppm_symbol *symbol = ppm_sema_find(scope->module, path->name.text);
	if (symbol && path->next)
		symbol = symbol->kind == PPM_SYMBOL_MODULE && symbol->module && !path->next->next ? ppm_sema_find(symbol->module, path->next->name.text) : NULL;
	return symbol && symbol->kind == PPM_SYMBOL_LET ? symbol : NULL;
}

static void hint_name(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_type type, uint32_t depth)
{
	struct ppm_symbol *symbol = let_called(scope, e->path);
	if (!symbol) {
		ppm_node_id column = ppm_sema_path(sema, scope, e);
		if (column != PPM_NODE_POISON)
			ppm_sema_settle(sema, column, type);
		return;
	}
	if (symbol->expected.base == type.base && type_order(symbol->expected, type) == 0)
		return; // it was told: names that build on each other are gone through once, circles too
	if (!depth)
		return;
	symbol->expected = type;
	struct ppm_scope inner = { .module = symbol->module, .dataset = symbol->dataset };
	hint(sema, &inner, symbol->let ? symbol->let->value : symbol->statement->let.value, type, depth - 1);
}

// A sum or the greatest of amounts is an amount.
static void hint_figure(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_type type, uint32_t depth)
{
	static const char *const same[] = { "sum", "avg", "min", "max", "median", "quantile", "stddev", "first", "last" };
	const struct ppm_argument *a = e->arguments;
	if (scope->define_body || !a || !a->expression || (!a->over && !scope->is_summary))
		return;
	const struct ppm_scope rows = { .module = scope->module, .dataset = a->over ? ppm_sema_find_dataset(sema, a->over->path->name.text) : scope->base };
	for (size_t i = 0; i < sizeof same / sizeof *same && rows.dataset != PPM_NO_DATASET; i++)
		if (ppm_slice_is(e->path->name.text, same[i]))
			hint(sema, &rows, a->expression, type, depth);
}

// `abs(x)` is what x is; of `round(x, 2)` only the first argument is a value.
static void hint_call(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_type type, uint32_t depth)
{
	static const char *const same[] = { "abs", "round", "floor", "ceil", "min", "max" };
	struct ppm_slice name = e->path->name.text;
	const struct ppm_symbol *symbol = ppm_sema_find(scope->module, name);
	if (e->path->next || (symbol && (symbol->kind == PPM_SYMBOL_DEFINE || symbol->kind == PPM_SYMBOL_LOOKUP)))
		return;
	if (ppm_sema_is_figure(scope, e)) {
		hint_figure(sema, scope, e, type, depth);
		return;
	}
	if (ppm_slice_is(name, "provided") && e->arguments && e->arguments->next)
		hint(sema, scope, e->arguments->next->expression, type, depth);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (ppm_slice_is(name, same[i]))
			for (const struct ppm_argument *a = e->arguments; a && (i >= 4 || a == e->arguments); a = a->next)
				hint(sema, scope, a->expression, type, depth);
}

static bool is_plain_literal(const struct ppm_expression *e)
{
	return e->kind == PPM_EXPRESSION_NUMBER || e->kind == PPM_EXPRESSION_PERCENTAGE;
}

static void hint(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_type type, uint32_t depth)
{
	bool figure = ppm_type_is_numeric(type) && type.base != PPM_BASE_DURATION;
	if (!e)
		return;
	switch (e->kind) {
	case PPM_EXPRESSION_PATH: hint_name(sema, scope, e, type, depth); return;
	case PPM_EXPRESSION_CALL: hint_call(sema, scope, e, type, depth); return;
	case PPM_EXPRESSION_ADD:
	case PPM_EXPRESSION_SUBTRACT:
		if (figure) {
			hint(sema, scope, e->left, type, depth);
			hint(sema, scope, e->right, type, depth);
		}
		return;
	case PPM_EXPRESSION_NEGATE:
		if (figure)
			hint(sema, scope, e->left, type, depth);
		return;
	case PPM_EXPRESSION_MULTIPLY: // an amount times a plain figure; but what is 5% when it is divided may be a number, as in `used / 100 > 5%`
	case PPM_EXPRESSION_DIVIDE:
		if (!figure || !(type.base == PPM_BASE_MONEY || type.period))
			return;
		if (e->kind == PPM_EXPRESSION_DIVIDE || is_plain_literal(e->right))
			hint(sema, scope, e->left, type, depth);
		else if (is_plain_literal(e->left))
			hint(sema, scope, e->right, type, depth);
		return;
	case PPM_EXPRESSION_RATE:
		if (type.period == (uint8_t)e->period) {
			type.period = PPM_PERIOD_NONE;
			hint(sema, scope, e->left, type, depth);
		}
		return;
	case PPM_EXPRESSION_DEFAULT:
		hint(sema, scope, e->left, type, depth);
		hint(sema, scope, e->right, type, depth);
		return;
	case PPM_EXPRESSION_IF:
		hint(sema, scope, e->right, type, depth);
		hint(sema, scope, e->third, type, depth);
		return;
	case PPM_EXPRESSION_CASE:
		for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
			hint(sema, scope, arm->value, type, depth);
		return;
	default: return;
	}
}

void ppm_sema_hint(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, ppm_node_id met)
{
	if (sema->trial && met != PPM_NODE_POISON && met != PPM_NODE_NONE && sema->plan->nodes[met].type.base > PPM_BASE_OPEN)
		hint(sema, scope, expression, sema->plan->nodes[met].type, sizeof sema->stack / sizeof *sema->stack);
}

void ppm_sema_hint_all(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *const *written, const ppm_node_id *nodes, size_t count)
{
	size_t from = count;
	for (size_t i = 0; sema->trial && i < count; i++) {
		if (nodes[i] == PPM_NODE_NONE || nodes[i] == PPM_NODE_POISON || ppm_sema_is_open(sema, nodes[i]))
			continue;
		const struct ppm_inferred *column = inferred_of(sema, nodes[i]);
		if (column && column->type.base == PPM_BASE_NUMBER)
			continue; // which it is for want of anything better
		if (from == count || type_order(sema->plan->nodes[nodes[i]].type, sema->plan->nodes[nodes[from]].type) > 0)
			from = i;
	}
	for (size_t i = 0; from < count && i < count; i++)
		if (i != from && written[i])
			ppm_sema_hint(sema, scope, written[i], nodes[from]);
}

// ---- passes -------------------------------------------------------------------------------------------------

void ppm_sema_end_trial(struct ppm_sema *sema)
{
	enum ppm_sureness surest = PPM_SURE_OF_NOTHING;
	for (uint32_t i = 0; i < sema->inferred_names.count; i++) {
		struct ppm_inferred *column = sema->inferred[i];
		const struct ppm_symbol *symbol = ppm_sema_find(sema->main, column->name);
		column->any_type = symbol && symbol->kind == PPM_SYMBOL_COLUMN && sema->plan->columns[symbol->index].uses == column->asked;
		column->asked = 0;
		if (column->sure && column->type.base == column->said.base && type_order(column->type, column->said) == 0)
			column->sure = PPM_SURE_OF_NOTHING; // no news
		if (column->sure > surest)
			surest = column->sure;
	}
	for (uint32_t i = 0; i < sema->inferred_names.count; i++) {
		struct ppm_inferred *column = sema->inferred[i];
		if (surest && column->sure == surest)
			column->type = column->said;
		column->said = (struct ppm_type){ .base = PPM_BASE_OPEN };
		column->sure = PPM_SURE_OF_NOTHING;
	}
	sema->learned = surest != PPM_SURE_OF_NOTHING;
}

// With the file's header at hand, only what is there is a column.
static bool is_in_file(const struct ppm_sema *sema, struct ppm_slice name)
{
	for (size_t i = 0; i < sema->options->header_count; i++) {
		struct ppm_slice header = sema->options->headers[i];
		if (ppm_slice_equal(header, name))
			return true;
		while (header.size && header.data[header.size - 1] == ' ')
			header.size--;
		while (header.size && header.data[0] == ' ')
			header.data++, header.size--;
		if (ppm_slice_equal(header, name))
			return true;
	}
	return false;
}

struct ppm_symbol *ppm_sema_infer_column(struct ppm_sema *sema, const struct ppm_name *name)
{
	if (sema->options->headers && !is_in_file(sema, name->text))
		return NULL;
	struct ppm_inferred *known = find_inferred(sema, name->text);
	if (!known && !(known = add_inferred(sema, name->text))) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	struct ppm_symbol *symbol = ppm_sema_declare(sema, sema->main, PPM_SYMBOL_COLUMN, *name);
	struct ppm_plan_column *column = symbol ? PPM_PLAN_APPEND(sema->plan, column) : NULL;
	if (!column)
		return NULL;
	*column = (struct ppm_plan_column){ .name = name->text, .header = name->text, .optional = true, .span = name->span, .type = known->type };
	if (!sema->trial && column->type.base == PPM_BASE_OPEN)
		column->type = ppm_type_of(known->any_type ? PPM_BASE_TEXT : PPM_BASE_NUMBER); // a text may be anything
	symbol->index = (uint32_t)sema->plan->column_count - 1;
	column->node = ppm_plan_column_node(sema->plan, symbol->index);
	sema->plan->columns[symbol->index].node = symbol->node = column->node;
	symbol->state = PPM_SYMBOL_DONE;
	return symbol;
}

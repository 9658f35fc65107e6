// Figures over rows: sum(amount over invoices where days_open > 30 days). Which rows a figure sees follows from what they are to the row that it stands in:
// rows that belong to it (a child dataset, a summary's group), rows below it in a tree, rows that share a value with it (`by`, or `where x = this.x`), or all.
//
// Whatever runs over all rows is the company's figure, computed once and shown to every row. Only a figure whose value or condition mixes the two rows in other ways
// runs over pairs of them.

#include "lang/plan/node_map.h"
#include "lang/plan/reach.h"
#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static const char *const words[] = { "sum", "avg", "min", "max", "median", "quantile", "count", "any", "all", "distinct", "first", "last", "stddev" };

// One figure on its way from text to plan.
struct figure {
	const struct ppm_expression *call;
	const struct ppm_argument *argument; // the first, or NULL for count()
	const char *word;
	enum ppm_aggregate_function function;
	const struct ppm_expression *value; // NULL: count of rows
	struct ppm_slice over;              // as written, "" without
	struct ppm_span over_span;
	uint32_t dataset; // inner
	uint32_t tree;    // + 1
	bool grouped;     // the rows of a summary's group
	double fraction;
};

static bool word_of(struct ppm_slice name, enum ppm_aggregate_function *function)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (ppm_slice_is(name, words[i])) {
			*function = (enum ppm_aggregate_function)i;
			return true;
		}
	return false;
}

bool ppm_sema_is_figure(const struct ppm_scope *scope, const struct ppm_expression *call)
{
	enum ppm_aggregate_function function;
	struct ppm_slice name = call->path->name.text;
	static const char *const others[] = { "rank", "ntile", "percentile", "share", "running_share", "concordance", "correlation" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (ppm_slice_is(name, others[i]))
			return true;
	if (!word_of(name, &function))
		return false;
	if (function != PPM_AGGREGATE_MIN && function != PPM_AGGREGATE_MAX)
		return true;
	// the least of several values is another thing
	const struct ppm_argument *a = call->arguments;
	return a && (a->over || a->where || a->by || (!a->next && scope->is_summary));
}

// ---- which rows -------------------------------------------------------------------------------------------------------

static bool find_rows(struct ppm_sema *sema, const struct ppm_scope *scope, struct figure *f)
{
	const struct ppm_expression *path = f->argument ? f->argument->over : NULL;
	f->value = f->argument ? f->argument->expression : NULL;
	if (!path && f->function == PPM_AGGREGATE_COUNT && f->value && f->value->kind == PPM_EXPRESSION_PATH && !f->value->path->next && !f->value->negated) {
		struct ppm_slice name = f->value->path->name.text; // count(invoices where …)
		if (ppm_sema_find_dataset(sema, name) != PPM_NO_DATASET || ppm_sema_find_tree(sema, name) != PPM_NO_ID) {
			path = f->value;
			f->value = NULL;
		}
	}
	if (!path) {
		if (scope->is_summary) {
			f->grouped = true;
			f->dataset = scope->base;
			f->over = ppm_sema_dataset_name(sema, scope->base);
			return true;
		}
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OVER_ABSENT, f->call->span, "`%s` does not say over which rows", f->word);
		const struct ppm_name_list *dotted = f->value && f->value->kind == PPM_EXPRESSION_PATH && f->value->path->next ? f->value->path : NULL;
		const struct ppm_expression *second = f->argument && f->argument->next ? f->argument->next->expression : NULL;
		struct ppm_slice what = f->value ? ppm_sema_text_of(sema, f->value->span) : (struct ppm_slice){ NULL, 0 };
		if (dotted && ppm_sema_find_dataset(sema, dotted->name.text) != PPM_NO_DATASET) // sum(invoices.amount)
			ppm_diag_help(sema->diagnostics, d, "write `%s(%.*s over %.*s)`", f->word, (int)dotted->next->name.text.size, dotted->next->name.text.data,
				(int)dotted->name.text.size, dotted->name.text.data);
		else if (second && second->kind == PPM_EXPRESSION_PATH && ppm_sema_find_dataset(sema, second->path->name.text) != PPM_NO_DATASET) // sum(amount, invoices)
			ppm_diag_help(sema->diagnostics, d, "write `%s(%.*s over %.*s)`", f->word, (int)what.size, what.data, (int)second->path->name.text.size,
				second->path->name.text.data);
		else if (f->value || f->function != PPM_AGGREGATE_COUNT)
			ppm_diag_help(sema->diagnostics, d, "write `%s(… over DATASET)`", f->word);
		else
			ppm_diag_help(sema->diagnostics, d, f->argument ? "write `count(DATASET where …)`" : "write `count(DATASET)`");
		return false;
	}
	f->over = path->path->name.text;
	f->over_span = path->span;
	uint32_t tree = path->path->next ? PPM_NO_ID : ppm_sema_find_tree(sema, f->over);
	f->dataset = path->path->next ? PPM_NO_DATASET : ppm_sema_find_dataset(sema, f->over);
	if (tree != PPM_NO_ID) {
		f->tree = tree + 1;
		f->dataset = sema->plan->trees[tree].dataset;
		return true;
	}
	if (f->dataset != PPM_NO_DATASET)
		return true;
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, f->over);
	for (size_t i = 0; i < sema->plan->dataset_count; i++)
		if (sema->plan->datasets[i].name.size)
			ppm_suggestion_offer(&suggestion, sema->plan->datasets[i].name);
	for (size_t i = 0; i < sema->plan->tree_count; i++)
		ppm_suggestion_offer(&suggestion, sema->plan->trees[i].name);
	struct ppm_slice near = ppm_suggestion_take(&suggestion), written = ppm_sema_text_of(sema, path->span);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, path->span, "no dataset or tree is called `%.*s`", (int)written.size, written.data);
	if (path->path->next)
		ppm_diag_help(sema->diagnostics, d, "the name of a dataset has no dot: write `%s(… over DATASET)`", f->word);
	else if (near.size)
		ppm_sema_did_you_mean(sema, d, near);
	else
		ppm_diag_help(sema->diagnostics, d, "declare it: `dataset %.*s { … }`", (int)f->over.size, f->over.data);
	return false;
}

// ---- types -------------------------------------------------------------------------------------------------------------

static ppm_node_id wrong_type(struct ppm_sema *sema, const struct figure *f, ppm_node_id value, const char *wanted, const char *help)
{
	char name[48];
	struct ppm_diagnostic *d = ppm_diag(
		sema->diagnostics, PPM_DIAG_AGGREGATE_TYPE, f->value->span, "`%s` takes %s, and this is `%s`", f->word, wanted, ppm_type_name(node_of(sema, value)->type, name));
	if (help[0])
		ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

// The value with a type that the figure can be made of.
static ppm_node_id checked_value(struct ppm_sema *sema, const struct figure *f, ppm_node_id value)
{
	bool flags = f->function == PPM_AGGREGATE_ANY || f->function == PPM_AGGREGATE_ALL;
	bool figures = f->function == PPM_AGGREGATE_SUM || f->function == PPM_AGGREGATE_AVG || f->function == PPM_AGGREGATE_MEDIAN || f->function == PPM_AGGREGATE_QUANTILE ||
		f->function == PPM_AGGREGATE_STDDEV;
	bool ordered = f->function == PPM_AGGREGATE_MIN || f->function == PPM_AGGREGATE_MAX;
	if (flags)
		value = ppm_sema_settle(sema, value, ppm_type_of(PPM_BASE_FLAG));
	else if (figures || ordered)
		value = ppm_sema_settle(sema, value, ppm_type_of(PPM_BASE_NUMBER));
	if (!ppm_sema_is_known(sema, value))
		return PPM_NODE_POISON;
	const struct ppm_type type = node_of(sema, value)->type;
	bool figure = type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_MONEY;
	if (flags && type.base != PPM_BASE_FLAG)
		return wrong_type(sema, f, value, "a condition", "compare the value with something, such as `… > 0`");
	if (figures && type.base == PPM_BASE_DURATION && f->function != PPM_AGGREGATE_SUM)
		return wrong_type(sema, f, value, "a number, percent or amount", "take its bare figure, in days or months: `number(…)`");
	if (figures && !figure && type.base != PPM_BASE_DURATION)
		return wrong_type(sema, f, value, f->function == PPM_AGGREGATE_SUM ? "a number, percent, amount or duration" : "a number, percent or amount",
			type.base == PPM_BASE_FLAG ? "`count(… where CONDITION)` counts rows" : "");
	if (ordered && !figure && type.base != PPM_BASE_DATE && type.base != PPM_BASE_DURATION)
		return wrong_type(sema, f, value, "figures or dates", type.base == PPM_BASE_TEXT ? "`first(… order by …)` takes a text from one of the rows" : "");
	return value;
}

static struct ppm_plan_column result_of(struct ppm_sema *sema, const struct figure *f, ppm_node_id value)
{
	struct ppm_plan_column c = { .type = ppm_type_of(PPM_BASE_NUMBER), .low = 0, .high = INFINITY };
	if (value == PPM_NODE_NONE)
		return c;
	const struct ppm_node *v = node_of(sema, value);
	switch (f->function) {
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_DISTINCT: return c;
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: c.type = v->type; return c;
	case PPM_AGGREGATE_SUM:
		c.type = v->type;
		c.wide = v->wide;
		c.computed = v->type.base == PPM_BASE_NUMBER || v->type.base == PPM_BASE_PERCENT;
		c.low = v->low >= 0 ? 0 : -INFINITY;
		c.high = v->high <= 0 ? 0 : INFINITY;
		break;
	case PPM_AGGREGATE_STDDEV:
		c.type = v->type;
		c.wide = v->type.base == PPM_BASE_MONEY;
		c.computed = !c.wide;
		c.optional = true;
		break;
	case PPM_AGGREGATE_AVG:
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE:
		c.type = v->type;
		c.wide = v->type.base == PPM_BASE_MONEY;
		c.computed = !c.wide;
		c.low = v->low;
		c.high = v->high;
		c.optional = true;
		break;
	default:
		c.type = v->type;
		c.wide = v->wide;
		c.computed = v->computed;
		c.low = v->low;
		c.high = v->high;
		c.optional = true;
		break;
	}
	c.type.ratio = false;
	return c;
}

// ---- conditions ----------------------------------------------------------------------------------------------------------

// `x is present and x > 3` is never missing, nor is `x is missing or x > 3`: where x is missing the other half has decided. `asked` are the x of one such chain.
struct asked {
	ppm_node_id nodes[32];
	uint32_t count;
};

static void ask(const struct ppm_sema *sema, ppm_node_id id, enum ppm_node_op op, struct asked *asked)
{
	const struct ppm_node *node = node_of(sema, id);
	if (node->op == op) {
		ask(sema, node->a, op, asked);
		ask(sema, node->b, op, asked);
		return;
	}
	if (op == PPM_NODE_AND) { // a fact is the negation of `is missing`
		if (node->op != PPM_NODE_NOT)
			return;
		node = node_of(sema, node->a);
	}
	if (node->op == PPM_NODE_IS_MISSING && asked->count < 32)
		asked->nodes[asked->count++] = node->a;
}

// Whether the node can be missing only where something that was asked for is.
static bool is_answered(const struct ppm_sema *sema, ppm_node_id id, const struct asked *asked)
{
	const struct ppm_node *node = node_of(sema, id);
	if (!node->may_miss)
		return true;
	for (uint32_t i = 0; i < asked->count; i++)
		if (asked->nodes[i] == id)
			return true;
	switch (node->op) {
	case PPM_NODE_COLUMN:
	case PPM_NODE_MISSING:
	case PPM_NODE_POWER: return false;
	case PPM_NODE_CALL:
		if (sema->plan->calls[node->index].builtin->why_missing[0])
			return false;
		break;
	case PPM_NODE_SELECT: // a lookup begins with what is missing: that is asked for
		if (node_of(sema, node->a)->op == PPM_NODE_IS_MISSING && node_of(sema, node->b)->op == PPM_NODE_MISSING && is_answered(sema, node_of(sema, node->a)->a, asked))
			return is_answered(sema, node->c, asked);
		break;
	case PPM_NODE_DIVIDE:
	case PPM_NODE_MODULO: // by what may be 0 once it is rounded
		if (node_of(sema, node->b)->low < 1e-12 && node_of(sema, node->b)->high > -1e-12)
			return false;
		break;
	default: break;
	}
	if (node->op >= PPM_NODE_DIMENSION)
		return false;
	const ppm_node_id operands[] = { node->a, node->b, node->c, node->d };
	for (int i = 0; i < 4; i++)
		if (operands[i] != PPM_NODE_NONE && !is_answered(sema, operands[i], asked))
			return false;
	return true;
}

static bool is_decided(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	if (!node->may_miss)
		return true;
	if (node->op != PPM_NODE_AND && node->op != PPM_NODE_OR)
		return false;
	struct asked asked = { .count = 0 };
	ask(sema, id, (enum ppm_node_op)node->op, &asked);
	return (asked.count && is_answered(sema, id, &asked)) || (is_decided(sema, node->a) && is_decided(sema, node->b));
}

ppm_node_id ppm_sema_where(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *where)
{
	if (!where)
		return PPM_NODE_NONE;
	ppm_node_id node = ppm_sema_flag(sema, scope, where, "the condition after `where`");
	if (node == PPM_NODE_POISON)
		return node;
	ppm_sema_thought_of_missing(sema, node);
	if (!node_of(sema, node)->may_miss)
		return ppm_plan_is_constant(sema->plan, node) && node_of(sema, node)->value.flag ? PPM_NODE_NONE : node;
	if (is_decided(sema, node))
		return ppm_plan_default(sema->plan, node, ppm_plan_flag(sema->plan, false, where->span), where->span);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_WHERE_MISSING, where->span, "this condition can be missing: would such a row count?");
	ppm_diag_help(sema->diagnostics, d, "decide it: write `(…) default no`, or ask first: `x is present and …`");
	return PPM_NODE_POISON;
}

// ---- equalities with the outer row: `where region = this.region and …` -----------------------------------------------------

// A figure within the condition: its `this` is the row that it is for, which is the inner one.
static bool is_over_rows(const struct ppm_expression *call)
{
	static const struct ppm_scope rows = { .is_summary = false };
	return ppm_sema_is_figure(&rows, call);
}

static bool mentions_this(const struct ppm_expression *e)
{
	if (!e || (e->kind == PPM_EXPRESSION_CALL && is_over_rows(e)))
		return false;
	if (e->kind == PPM_EXPRESSION_PATH && e->path->next && ppm_slice_is(e->path->name.text, "this"))
		return true;
	if (mentions_this(e->left) || mentions_this(e->right) || mentions_this(e->third))
		return true;
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		if (mentions_this(item))
			return true;
	for (const struct ppm_argument *a = e->arguments; a; a = a->next)
		if (mentions_this(a->expression))
			return true;
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
		if (mentions_this(arm->when) || mentions_this(arm->value))
			return true;
	return false;
}

// Whether every name is `this.x`, or one that all rows share. `x = this.x + y` links no two rows, since y is of the inner one.
static bool is_of_outer(struct ppm_sema *sema, const struct ppm_scope *self, const struct ppm_expression *e)
{
	if (!e)
		return true;
	if (e->kind == PPM_EXPRESSION_PATH) {
		if (e->path->next && ppm_slice_is(e->path->name.text, "this"))
			return true;
		const struct ppm_symbol *symbol = ppm_sema_symbol(sema, self, e->path, true);
		return symbol && (symbol->kind == PPM_SYMBOL_PARAM || (symbol->kind == PPM_SYMBOL_RESULT && ppm_slice_is(symbol->name, "as_of")));
	}
	if (e->kind == PPM_EXPRESSION_CALL && is_over_rows(e))
		return false;
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		if (!is_of_outer(sema, self, item))
			return false;
	for (const struct ppm_argument *a = e->arguments; a; a = a->next)
		if (!is_of_outer(sema, self, a->expression))
			return false;
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
		if (!is_of_outer(sema, self, arm->when) || !is_of_outer(sema, self, arm->value))
			return false;
	return is_of_outer(sema, self, e->left) && is_of_outer(sema, self, e->right) && is_of_outer(sema, self, e->third);
}

#define EQUALITIES_MAX 16
struct equalities {
	const struct ppm_expression *inner[EQUALITIES_MAX], *outer[EQUALITIES_MAX];
	uint32_t count;
	const struct ppm_expression *rest[64];
	uint32_t rest_count;
	bool too_many;
};

static void split(struct ppm_sema *sema, const struct ppm_scope *self, const struct ppm_expression *e, struct equalities *out)
{
	if (e->kind == PPM_EXPRESSION_AND && !e->negated) {
		split(sema, self, e->left, out);
		split(sema, self, e->right, out);
		return;
	}
	if (e->kind == PPM_EXPRESSION_COMPARE && !e->negated && e->item_count == 2 && e->relations[0] == PPM_RELATION_EQUAL && out->count < EQUALITIES_MAX) {
		const struct ppm_expression *a = e->items, *b = e->items->next;
		bool left = mentions_this(a), right = mentions_this(b);
		if (left != right && is_of_outer(sema, self, left ? a : b)) {
			out->inner[out->count] = left ? b : a;
			out->outer[out->count++] = left ? a : b;
			return;
		}
	}
	if (out->rest_count == 64)
		out->too_many = true;
	else
		out->rest[out->rest_count++] = e;
}

// ---- keys that both rows share -----------------------------------------------------------------------------------------------

// inner -> groups, and outer -> groups.
struct meeting {
	uint32_t inner, outer;
	ppm_node_id outer_missing; // a flag: the outer row has no key; PPM_NODE_NONE: it always has
};

// Whether the two sides of a key can be equal: they are of one type, or figures that compare.
static bool join_types(struct ppm_sema *sema, ppm_node_id a, ppm_node_id b, struct ppm_span span)
{
	const struct ppm_node *x = node_of(sema, a), *y = node_of(sema, b);
	bool figures = (x->type.base == PPM_BASE_NUMBER || x->type.base == PPM_BASE_PERCENT) && (y->type.base == PPM_BASE_NUMBER || y->type.base == PPM_BASE_PERCENT);
	if (ppm_type_same(x->type, y->type) || (figures && x->type.period == y->type.period))
		return true;
	char p[48], q[48];
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_KEYS_DIFFER, span, "the two rows cannot share a value: it is `%s` here and `%s` there",
		ppm_type_name(x->type, p), ppm_type_name(y->type, q));
	ppm_diag_help(sema->diagnostics, d, "bring both to one type");
	return false;
}

static bool meet(struct ppm_sema *sema, uint32_t inner, uint32_t outer, const ppm_node_id *inner_keys, const ppm_node_id *outer_keys, uint32_t count, struct ppm_span span,
	struct meeting *out)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_plan_key *mine = ppm_arena_allocate(sema->arena, count + 1u, sizeof *mine), *theirs = ppm_arena_allocate(sema->arena, count + 1u, sizeof *theirs);
	if (!mine || !theirs) {
		plan->out_of_memory = true;
		return false;
	}
	bool same = inner == outer;
	for (uint32_t i = 0; i < count; i++) {
		const struct ppm_node *x = node_of(sema, inner_keys[i]), *y = node_of(sema, outer_keys[i]);
		bool rounded = x->computed != y->computed; // as `=` does
		mine[i] = (struct ppm_plan_key){ .value = inner_keys[i], .rounded = rounded };
		theirs[i] = (struct ppm_plan_key){ .value = outer_keys[i], .rounded = rounded };
		same = same && inner_keys[i] == outer_keys[i];
		if (node_of(sema, outer_keys[i])->may_miss) {
			ppm_node_id missing = ppm_plan_is_missing(plan, outer_keys[i], span);
			out->outer_missing = out->outer_missing == PPM_NODE_NONE ? missing : ppm_plan_or(plan, out->outer_missing, missing, span);
		}
	}
	struct ppm_slice text = ppm_sema_text_of(sema, span);
	out->inner = ppm_sema_link_group(
		sema, (struct ppm_plan_link){ .name = text, .span = span, .from = inner, .keys = mine, .key_count = count, .where = PPM_NODE_NONE, .drop_missing = true });
	if (out->inner == PPM_NO_ID)
		return false;
	out->outer = out->inner;
	if (same)
		return true;
	struct ppm_plan_link match = {
		.name = text, .span = span, .from = outer, .to = plan->links[out->inner].to, .keys = theirs, .other_keys = plan->links[out->inner].other_keys, .key_count = count
	};
	out->outer = ppm_sema_link_match(sema, match);
	return out->outer != PPM_NO_ID;
}

// ---- steps ------------------------------------------------------------------------------------------------------------------------

struct parts {
	ppm_node_id value, where, order;
};

static bool elaborate(struct ppm_sema *sema, const struct ppm_scope *inner, const struct figure *f, const struct equalities *where, struct parts *out)
{
	out->value = out->order = out->where = PPM_NODE_NONE;
	if (f->value) {
		out->value = ppm_sema_expression(sema, inner, f->value);
		if (out->value != PPM_NODE_POISON)
			out->value = checked_value(sema, f, out->value);
	}
	if (where) {
		for (uint32_t i = 0; i < where->rest_count; i++) {
			ppm_node_id one = ppm_sema_where(sema, inner, where->rest[i]);
			out->where = one == PPM_NODE_NONE ? out->where : out->where == PPM_NODE_NONE ? one : ppm_plan_and(sema->plan, out->where, one, where->rest[i]->span);
		}
	} else if (f->argument)
		out->where = ppm_sema_where(sema, inner, f->argument->where);
	if (f->argument && f->argument->order_by) {
		out->order = ppm_sema_settle(sema, ppm_sema_expression(sema, inner, f->argument->order_by), ppm_type_of(PPM_BASE_NUMBER)); // the bytes of a text are seldom meant
		if (ppm_sema_is_open(sema, out->order))
			out->order = PPM_NODE_POISON;
		else if (out->order != PPM_NODE_POISON && node_of(sema, out->order)->type.base == PPM_BASE_FLAG) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_AGGREGATE_TYPE, f->argument->order_by->span, "`no` and `yes` have no order, and `%s` takes the rows in one", f->word);
			ppm_diag_help(sema->diagnostics, d, "give each a number, such as `order by if … then 1 else 2`, or leave rows out by `where`");
			out->order = PPM_NODE_POISON;
		}
	}
	return out->value != PPM_NODE_POISON && out->where != PPM_NODE_POISON && out->order != PPM_NODE_POISON;
}

// A value that is the same for every row is still summed row by row.
static ppm_node_id aggregate(struct ppm_sema *sema, const struct figure *f, const struct parts *parts, uint32_t dataset, uint32_t link, uint32_t outer)
{
	struct ppm_plan_step step = { .kind = PPM_STEP_AGGREGATE,
		.dataset = dataset,
		.outer = outer,
		.link = link,
		.tree = PPM_NO_ID,
		.value = parts->value,
		.where = parts->where,
		.order = parts->order,
		.descending = f->argument && f->argument->descending,
		.aggregate = f->function,
		.fraction = f->fraction,
		.ratio = 1,
		.level_low = 1,
		.level_high = UINT32_MAX,
		.span = f->call->span };
	return ppm_sema_step(sema, step, outer, result_of(sema, f, parts->value));
}

static uint32_t pairs_dataset(struct ppm_sema *sema, enum ppm_pairs_relation relation, uint32_t outer, uint32_t inner, const struct meeting *meeting, uint32_t tree)
{
	struct ppm_plan *plan = sema->plan;
	uint32_t inner_link = meeting ? meeting->inner : PPM_NO_ID, outer_link = meeting ? meeting->outer : PPM_NO_ID;
	for (size_t i = 0; i < plan->dataset_count; i++) {
		const struct ppm_plan_dataset *d = &plan->datasets[i];
		if (d->kind == PPM_DATASET_PAIRS && d->relation == relation && d->outer == outer && d->inner == inner && d->inner_link == inner_link &&
			d->outer_link == outer_link && d->tree == tree)
			return (uint32_t)i;
	}
	return ppm_sema_add_dataset(sema,
		(struct ppm_plan_dataset){ .kind = PPM_DATASET_PAIRS,
			.key = PPM_NO_ID,
			.keep = PPM_NODE_NONE,
			.parent_link = PPM_NO_ID,
			.link = PPM_NO_ID,
			.relation = relation,
			.outer = outer,
			.inner = inner,
			.outer_link = outer_link,
			.inner_link = inner_link,
			.tree = tree },
		NULL);
}

// FIRST and LAST over pairs: the inner rows are numbered in the order asked for, equal ones by their key; the least (or greatest) number that a row meets leads to the row whose value
// is wanted.
static ppm_node_id picked_from_pairs(struct ppm_sema *sema, const struct figure *f, const struct parts *parts, uint32_t pairs)
{
	struct ppm_plan *plan = sema->plan;
	uint32_t inner = plan->datasets[pairs].inner, outer = plan->datasets[pairs].outer;
	struct ppm_span span = f->call->span;
	ppm_node_id value = ppm_plan_rebase(plan, parts->value, PPM_PLAN_INNER), order = ppm_plan_rebase(plan, parts->order, PPM_PLAN_INNER);
	ppm_node_id same = node_of(sema, parts->value)->dataset == PPM_NO_DATASET ? parts->value : ppm_plan_rebase(plan, parts->value, PPM_PLAN_COMPANY); // for every row
	if (same != PPM_NODE_NONE)
		value = same;
	if (order == PPM_NODE_NONE && ppm_plan_rebase(plan, parts->order, PPM_PLAN_COMPANY) != PPM_NODE_NONE)
		order = ppm_plan_number(plan, 0, ppm_type_of(PPM_BASE_NUMBER), false, span);
	if (value == PPM_NODE_POISON || order == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	struct ppm_diagnostic *d;
	if (value == PPM_NODE_NONE || order == PPM_NODE_NONE) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, span,
			"`%s` takes a value and an order of the rows themselves here, and one of these needs the other row", f->word);
		ppm_diag_help(sema->diagnostics, d, "compare the two rows in `where` only");
		return PPM_NODE_POISON;
	}
	if (plan->datasets[inner].key == PPM_NO_ID) {
		struct ppm_slice name = ppm_sema_dataset_name(sema, inner);
		d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, span, "`%s` puts equal rows in the order of the key, and %.*s has none", f->word, (int)name.size, name.data);
		ppm_diag_help(sema->diagnostics, d, "mark the column that tells rows apart as `key`");
		return PPM_NODE_POISON;
	}
	struct ppm_plan_step number = { .kind = PPM_STEP_RANK,
		.dataset = inner,
		.outer = inner,
		.link = PPM_NO_ID,
		.tree = PPM_NO_ID,
		.value = order,
		.where = PPM_NODE_NONE,
		.order = PPM_NODE_NONE,
		.descending = f->argument->descending,
		.rank = PPM_RANK_NTILE,
		.numbers = true,
		.tiles = UINT32_MAX,
		.ratio = 1,
		.span = f->argument->order_by->span };
	struct ppm_plan_column numbers = { .type = ppm_type_of(PPM_BASE_NUMBER), .low = 1, .high = INFINITY, .optional = node_of(sema, order)->may_miss };
	ppm_node_id place = ppm_sema_step(sema, number, inner, numbers);
	if (place == PPM_NODE_POISON)
		return place;
	// rows without a value or an order are left out
	ppm_node_id where = parts->where;
	const ppm_node_id needed[] = { parts->value, parts->order };
	for (int i = 0; i < 2; i++)
		if (node_of(sema, needed[i])->may_miss) {
			ppm_node_id there = ppm_plan_not(plan, ppm_plan_is_missing(plan, needed[i], span), span);
			where = where == PPM_NODE_NONE ? there : ppm_plan_and(plan, where, there, span);
		}
	struct ppm_plan_step best = { .kind = PPM_STEP_AGGREGATE,
		.dataset = pairs,
		.outer = outer,
		.link = PPM_NO_ID,
		.tree = PPM_NO_ID,
		.value = ppm_sema_value_column(sema, PPM_PLAN_INNER, pairs, 0, place, span),
		.where = where,
		.order = PPM_NODE_NONE,
		.aggregate = f->function == PPM_AGGREGATE_FIRST ? PPM_AGGREGATE_MIN : PPM_AGGREGATE_MAX,
		.ratio = 1,
		.level_low = 1,
		.level_high = UINT32_MAX,
		.span = span };
	numbers.optional = true;
	ppm_node_id found = ppm_sema_step(sema, best, outer, numbers);
	if (same != PPM_NODE_NONE && found != PPM_NODE_POISON) {
		if (node_of(sema, same)->dataset != PPM_NO_DATASET)
			same = ppm_sema_value_column(sema, PPM_PLAN_COMPANY, outer, 0, same, span);
		if (same == PPM_NODE_POISON)
			return same;
		const struct ppm_type type = node_of(sema, same)->type;
		return ppm_plan_select(plan, ppm_plan_is_missing(plan, found, span), ppm_plan_missing(plan, type, span), same, PPM_NODE_NONE, type, span);
	}
	struct ppm_plan_key *key = PPM_ARENA_NEW(sema->arena, struct ppm_plan_key);
	uint32_t *other = PPM_ARENA_NEW(sema->arena, uint32_t);
	if (found == PPM_NODE_POISON || !key || !other) {
		plan->out_of_memory = plan->out_of_memory || !key || !other;
		return PPM_NODE_POISON;
	}
	*key = (struct ppm_plan_key){ .value = found };
	*other = node_of(sema, place)->index;
	uint32_t link = ppm_sema_link_match(
		sema, (struct ppm_plan_link){ .name = ppm_sema_text_of(sema, span), .span = span, .from = outer, .to = inner, .keys = key, .other_keys = other, .key_count = 1 });
	return ppm_sema_gather(sema, value, link, span);
}

static ppm_node_id over_pairs(struct ppm_sema *sema, const struct figure *f, const struct parts *parts, uint32_t pairs, uint32_t outer)
{
	bool picks = f->function == PPM_AGGREGATE_FIRST || f->function == PPM_AGGREGATE_LAST;
	return picks ? picked_from_pairs(sema, f, parts, pairs) : aggregate(sema, f, parts, pairs, PPM_NO_ID, outer);
}

// What an aggregate says of no rows; PPM_NODE_NONE: nothing.
static ppm_node_id none_of(struct ppm_sema *sema, const struct figure *f, struct ppm_type type)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_span span = f->call->span;
	switch (f->function) {
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_DISTINCT:
	case PPM_AGGREGATE_SUM:
		return type.base == PPM_BASE_MONEY       ? ppm_plan_money(plan, 0, type, span)
			: type.base == PPM_BASE_DURATION ? ppm_plan_whole(plan, 0, type, span)
							 : ppm_plan_number(plan, 0, type, false, span);
	case PPM_AGGREGATE_ANY: return ppm_plan_flag(plan, false, span);
	case PPM_AGGREGATE_ALL: return ppm_plan_flag(plan, true, span);
	default: return PPM_NODE_NONE;
	}
}

// A row without a group still has none of anything.
static ppm_node_id of_none(struct ppm_sema *sema, const struct figure *f, ppm_node_id figure, ppm_node_id outer_missing)
{
	if (figure == PPM_NODE_POISON)
		return figure;
	struct ppm_plan *plan = sema->plan;
	const struct ppm_type type = node_of(sema, figure)->type;
	struct ppm_span span = f->call->span;
	ppm_node_id none = none_of(sema, f, type);
	if (none != PPM_NODE_NONE)
		figure = ppm_plan_default(plan, figure, none, span);
	if (outer_missing == PPM_NODE_NONE || none == PPM_NODE_NONE)
		return figure;
	return ppm_plan_select(plan, outer_missing, ppm_plan_missing(plan, type, span), figure, PPM_NODE_NONE, type, span);
}

// ---- trees ---------------------------------------------------------------------------------------------------------------------------

static bool is_level(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	return node->op == PPM_NODE_COLUMN && sema->plan->columns[node->index].kind == PPM_PLAN_LEVEL;
}

// A power of a constant by the level: its base.
static bool level_power(const struct ppm_sema *sema, ppm_node_id id, double *ratio)
{
	const struct ppm_node *node = node_of(sema, id);
	if (node->op == PPM_NODE_RETYPE)
		return level_power(sema, node->a, ratio);
	return node->op == PPM_NODE_POWER && is_level(sema, node->b) && ppm_plan_constant_number(sema->plan, node->a, ratio) && *ratio > 0;
}

// value = f(row below) * ratio ^ level.
static bool tree_value(struct ppm_sema *sema, ppm_node_id value, ppm_node_id *inner, double *ratio)
{
	*ratio = 1;
	*inner = value == PPM_NODE_NONE ? value : ppm_plan_rebase(sema->plan, value, PPM_PLAN_INNER);
	if (value == PPM_NODE_NONE || *inner != PPM_NODE_NONE)
		return *inner != PPM_NODE_POISON;
	const struct ppm_node node = *node_of(sema, value);
	if (node.op != PPM_NODE_MULTIPLY && node.op != PPM_NODE_DIVIDE)
		return false;
	if (level_power(sema, node.b, ratio)) {
		*inner = ppm_plan_rebase(sema->plan, node.a, PPM_PLAN_INNER);
		if (node.op == PPM_NODE_DIVIDE)
			*ratio = 1 / *ratio;
	} else if (node.op == PPM_NODE_MULTIPLY && level_power(sema, node.a, ratio))
		*inner = ppm_plan_rebase(sema->plan, node.b, PPM_PLAN_INNER);
	return *inner != PPM_NODE_NONE && *inner != PPM_NODE_POISON;
}

static bool level_bound(struct ppm_sema *sema, const struct ppm_node *node, uint32_t *low, uint32_t *high)
{
	double bound;
	bool left = is_level(sema, node->a);
	if ((node->op != PPM_NODE_LESS && node->op != PPM_NODE_LESS_EQUAL && node->op != PPM_NODE_EQUAL) || !(left || is_level(sema, node->b)) ||
		!ppm_plan_constant_number(sema->plan, left ? node->b : node->a, &bound))
		return false;
	if (node->op == PPM_NODE_EQUAL) {
		if (bound != rint(bound) || bound < 1 || bound > 1e9)
			return false;
		*low = *low > (uint32_t)bound ? *low : (uint32_t)bound;
		*high = *high < (uint32_t)bound ? *high : (uint32_t)bound;
		return true;
	}
	if (left) { // level < bound
		double most = node->op == PPM_NODE_LESS ? ceil(bound) - 1 : floor(bound);
		if (most < 0)
			most = 0;
		if (most < *high)
			*high = (uint32_t)most;
	} else {
		double least = node->op == PPM_NODE_LESS ? floor(bound) + 1 : ceil(bound);
		if (least > 1e9)
			return false;
		if (least > *low)
			*low = (uint32_t)least;
	}
	return true;
}

// where = g(row below) and bounds of the level.
static bool tree_where(struct ppm_sema *sema, ppm_node_id where, ppm_node_id *inner, uint32_t *low, uint32_t *high)
{
	if (where == PPM_NODE_NONE)
		return true;
	const struct ppm_node node = *node_of(sema, where);
	if (node.op == PPM_NODE_AND)
		return tree_where(sema, node.a, inner, low, high) && tree_where(sema, node.b, inner, low, high);
	if (node.a != PPM_NODE_NONE && node.b != PPM_NODE_NONE && level_bound(sema, &node, low, high))
		return true;
	ppm_node_id moved = ppm_plan_rebase(sema->plan, where, PPM_PLAN_INNER);
	if (moved == PPM_NODE_NONE || moved == PPM_NODE_POISON)
		return false;
	*inner = *inner == PPM_NODE_NONE ? moved : ppm_plan_and(sema->plan, *inner, moved, node.span);
	return true;
}

static ppm_node_id over_tree(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f)
{
	const struct ppm_plan_tree tree = sema->plan->trees[f->tree - 1];
	if (self->dataset != tree.dataset) {
		struct ppm_slice name = ppm_sema_dataset_name(sema, self->dataset), owner = ppm_sema_dataset_name(sema, tree.dataset);
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MANY_ROWS, f->over_span, "the tree `%.*s` is below a row of %.*s, and this is computed for %.*s",
			(int)tree.name.size, tree.name.data, (int)owner.size, owner.data, (int)name.size, name.data);
		ppm_diag_help(sema->diagnostics, d, "make it a `let`, and a figure of that: `sum(that_let over %.*s)`", (int)owner.size, owner.data);
		return PPM_NODE_POISON;
	}
	if (f->argument && f->argument->by) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, f->argument->by->span, "`by` does not go with the rows below in a tree");
		ppm_diag_help(sema->diagnostics, d, "compare the two rows: `where region = this.region`");
		return PPM_NODE_POISON;
	}
	uint32_t pairs = pairs_dataset(sema, PPM_PAIRS_TREE, tree.dataset, tree.dataset, NULL, f->tree - 1);
	if (pairs == PPM_NO_DATASET)
		return PPM_NODE_POISON;
	struct ppm_scope inner = { .module = self->module, .dataset = tree.dataset, .outer = self, .pairs = pairs + 1, .tree = f->tree };
	struct parts parts;
	if (!elaborate(sema, &inner, f, NULL, &parts))
		return PPM_NODE_POISON;
	static const bool simple[] = { [PPM_AGGREGATE_SUM] = true,
		[PPM_AGGREGATE_COUNT] = true,
		[PPM_AGGREGATE_AVG] = true,
		[PPM_AGGREGATE_MIN] = true,
		[PPM_AGGREGATE_MAX] = true,
		[PPM_AGGREGATE_ANY] = true,
		[PPM_AGGREGATE_ALL] = true,
		[PPM_AGGREGATE_STDDEV] = false };
	ppm_node_id value = PPM_NODE_NONE, where = PPM_NODE_NONE;
	double ratio = 1;
	uint32_t low = 1, high = UINT32_MAX;
	if (tree_where(sema, parts.where, &where, &low, &high) && high < low) { // no row is at such a level
		struct ppm_type type = result_of(sema, f, parts.value).type;
		ppm_node_id none = none_of(sema, f, type);
		return none == PPM_NODE_NONE ? ppm_plan_missing(sema->plan, type, f->call->span) : none;
	}
	where = PPM_NODE_NONE;
	low = 1;
	high = UINT32_MAX;
	if (simple[f->function] && tree_value(sema, parts.value, &value, &ratio) && (ratio == 1 || f->function == PPM_AGGREGATE_SUM) &&
		tree_where(sema, parts.where, &where, &low, &high)) {
		struct ppm_plan_step step = { .kind = PPM_STEP_TREE_AGGREGATE,
			.dataset = tree.dataset,
			.outer = tree.dataset,
			.link = PPM_NO_ID,
			.tree = f->tree - 1,
			.value = value,
			.where = where,
			.order = PPM_NODE_NONE,
			.aggregate = f->function,
			.ratio = ratio,
			.level_low = low,
			.level_high = high,
			.span = f->call->span };
		struct ppm_plan_column result = result_of(sema, f, ratio == 1 ? value : parts.value); // 1 ^ level leaves amounts of 4 places what they are
		return ppm_sema_step(sema, step, tree.dataset, result);
	}
	if (sema->plan->out_of_memory)
		return PPM_NODE_POISON;
	return over_pairs(sema, f, &parts, pairs, tree.dataset);
}

// ---- all other rows ---------------------------------------------------------------------------------------------------------------------

// The figure of the rows that meet the outer row in a group.
static ppm_node_id by_meeting(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f, const struct equalities *where, const struct meeting *m)
{
	bool wants = false;
	struct ppm_scope alone = { .module = self->module, .dataset = f->dataset, .outer = self, .wants_pairs = &wants };
	struct parts parts;
	if (m->inner == PPM_NO_ID)
		return PPM_NODE_POISON;
	const struct ppm_expression *silent = sema->silent;
	if (elaborate(sema, &alone, f, where, &parts)) {
		ppm_node_id figure = aggregate(sema, f, &parts, f->dataset, m->inner, sema->plan->links[m->inner].to);
		return of_none(sema, f, ppm_sema_gather(sema, figure, m->outer, f->call->span), m->outer_missing);
	}
	if (!wants)
		return PPM_NODE_POISON;
	// more of the outer row is needed: each pair by itself, of those that meet
	sema->silent = silent;
	uint32_t pairs = pairs_dataset(sema, PPM_PAIRS_KEYS, self->dataset, f->dataset, m, PPM_NO_ID);
	if (pairs == PPM_NO_DATASET)
		return PPM_NODE_POISON;
	struct ppm_scope inner = { .module = self->module, .dataset = f->dataset, .outer = self, .pairs = pairs + 1 };
	if (!elaborate(sema, &inner, f, where, &parts))
		return PPM_NODE_POISON;
	ppm_node_id figure = over_pairs(sema, f, &parts, pairs, self->dataset);
	if (m->outer_missing == PPM_NODE_NONE || figure == PPM_NODE_POISON)
		return figure;
	return ppm_plan_select(sema->plan, m->outer_missing, ppm_plan_missing(sema->plan, node_of(sema, figure)->type, f->call->span), figure, PPM_NODE_NONE,
		node_of(sema, figure)->type, f->call->span);
}

// `by region`: the rows that share this row's value.
static ppm_node_id by_value(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f, uint32_t child_link)
{
	ppm_node_id mine[EQUALITIES_MAX], theirs[EQUALITIES_MAX];
	uint32_t count = 0;
	struct ppm_scope inner = { .module = self->module, .dataset = f->dataset };
	bool fine = true;
	for (const struct ppm_expression *by = f->argument->by; by; by = by->next, count++) {
		if (count == EQUALITIES_MAX) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, by->span, "rows are grouped by at most %d values", EQUALITIES_MAX);
			ppm_diag_help(sema->diagnostics, d, "put several values into one: a `let` of the dataset can be a group, too");
			return PPM_NODE_POISON;
		}
		theirs[count] = ppm_sema_expression(sema, self, by);
		mine[count] = child_link == PPM_NO_ID && f->dataset != self->dataset ? ppm_sema_expression(sema, &inner, by) : theirs[count];
		fine = ppm_sema_is_known(sema, theirs[count]) && fine;
		fine = (mine[count] == theirs[count] || ppm_sema_is_known(sema, mine[count])) && fine;
		fine = fine && join_types(sema, mine[count], theirs[count], by->span);
	}
	if (!fine)
		return PPM_NODE_POISON;
	struct meeting m = { .outer_missing = PPM_NODE_NONE };
	struct ppm_span span = f->argument->by->span;
	uint32_t rows = child_link == PPM_NO_ID ? f->dataset : self->dataset; // whose rows are grouped
	if (!meet(sema, rows, self->dataset, mine, theirs, count, span, &m))
		return PPM_NODE_POISON;
	if (child_link != PPM_NO_ID)
		m.inner = ppm_sema_link_compose(sema, child_link, m.inner, span);
	return by_meeting(sema, self, f, NULL, &m);
}

// `where region = this.region and …`: a meeting of keys, and what is left of the condition.
static ppm_node_id by_equalities(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f, const struct equalities *e, bool *unfit)
{
	ppm_node_id mine[EQUALITIES_MAX], theirs[EQUALITIES_MAX];
	struct ppm_scope outer = *self;
	outer.this_is_self = true;
	bool wants = false, fine = true;
	const struct ppm_expression *silent = sema->silent;
	struct ppm_scope alone = { .module = self->module, .dataset = f->dataset, .outer = self, .wants_pairs = &wants };
	for (uint32_t i = 0; i < e->count; i++) {
		mine[i] = ppm_sema_expression(sema, &alone, e->inner[i]);
		theirs[i] = ppm_sema_expression(sema, &outer, e->outer[i]);
		if (wants) {
			*unfit = true;
			sema->silent = silent;
			return PPM_NODE_POISON;
		}
		if (mine[i] != PPM_NODE_POISON && theirs[i] != PPM_NODE_POISON) { // a column without a type learns from what it meets
			ppm_sema_settle(sema, mine[i], node_of(sema, theirs[i])->type);
			ppm_sema_settle(sema, theirs[i], node_of(sema, mine[i])->type);
		}
		fine = ppm_sema_is_known(sema, mine[i]) && fine;
		fine = ppm_sema_is_known(sema, theirs[i]) && fine;
		if (fine && node_of(sema, mine[i])->bare)
			mine[i] = ppm_plan_retype(sema->plan, mine[i], node_of(sema, theirs[i])->type, e->inner[i]->span);
		const struct ppm_span a = e->inner[i]->span, b = e->outer[i]->span;
		fine = fine && join_types(sema, mine[i], theirs[i], (struct ppm_span){ a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end });
		if (fine && (node_of(sema, mine[i])->dataset == PPM_NO_DATASET || node_of(sema, theirs[i])->dataset == PPM_NO_DATASET)) {
			*unfit = true; // a constant on one side links nothing
			return PPM_NODE_POISON;
		}
	}
	if (!fine)
		return PPM_NODE_POISON;
	struct meeting m = { .outer_missing = PPM_NODE_NONE };
	if (!meet(sema, f->dataset, self->dataset, mine, theirs, e->count, f->argument->where->span, &m))
		return PPM_NODE_POISON;
	m.outer_missing = PPM_NODE_NONE; // no row is equal to what is missing: that is decided
	return by_meeting(sema, self, f, e, &m);
}

static ppm_node_id over_all(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f)
{
	struct equalities e = { .count = 0 };
	if (f->argument && f->argument->where)
		split(sema, self, f->argument->where, &e);
	if (e.count && !e.too_many) {
		bool unfit = false;
		ppm_node_id figure = by_equalities(sema, self, f, &e, &unfit);
		if (!unfit)
			return figure;
	}
	bool wants = false;
	struct ppm_scope alone = { .module = self->module, .dataset = f->dataset, .outer = self->dataset == sema->plan->company ? NULL : self, .wants_pairs = &wants };
	struct parts parts;
	const struct ppm_expression *silent = sema->silent;
	if (elaborate(sema, &alone, f, NULL, &parts)) {
		uint32_t company = ppm_sema_company(sema), link = ppm_sema_link_company(sema, f->dataset);
		ppm_node_id figure = aggregate(sema, f, &parts, f->dataset, link, company);
		return ppm_sema_reach(sema, self, figure, f->call->span);
	}
	if (!wants)
		return PPM_NODE_POISON;
	sema->silent = silent;
	uint32_t pairs = pairs_dataset(sema, PPM_PAIRS_ALL, self->dataset, f->dataset, NULL, PPM_NO_ID);
	if (pairs == PPM_NO_DATASET)
		return PPM_NODE_POISON;
	struct ppm_scope inner = { .module = self->module, .dataset = f->dataset, .outer = self, .pairs = pairs + 1 };
	if (!elaborate(sema, &inner, f, NULL, &parts))
		return PPM_NODE_POISON;
	return over_pairs(sema, f, &parts, pairs, self->dataset);
}

// What may have no value, or none that fits, is asked only of rows that it is asked for.
struct asking {
	const struct ppm_plan *plan;
	struct ppm_node_map seen;
	bool may_fail;
};

static void look_whether_asked(void *context, ppm_node_id id)
{
	struct asking *asking = context;
	if (asking->may_fail || !ppm_node_map_put(&asking->seen, id, 0))
		return;
	switch (asking->plan->nodes[id].op) {
	case PPM_NODE_COLUMN: return;
	case PPM_NODE_DIVIDE:
	case PPM_NODE_MODULO:
	case PPM_NODE_POWER:
	case PPM_NODE_CALL: asking->may_fail = true; return;
	default: ppm_plan_operands(asking->plan, id, look_whether_asked, asking);
	}
}

static bool may_fail(struct ppm_sema *sema, const struct parts *parts)
{
	const ppm_node_id ids[] = { parts->value, parts->where, parts->order };
	struct asking asking = { .plan = sema->plan };
	ppm_node_map_init(&asking.seen, sema->allocator);
	for (int i = 0; i < 3; i++)
		if (ids[i] != PPM_NODE_NONE)
			look_whether_asked(&asking, ids[i]);
	sema->plan->out_of_memory = sema->plan->out_of_memory || asking.seen.failed;
	ppm_node_map_free(&asking.seen);
	return asking.may_fail;
}

static ppm_node_id over_own(struct ppm_sema *sema, const struct ppm_scope *self, const struct figure *f, uint32_t link)
{
	ppm_node_id there = PPM_NODE_NONE;
	struct ppm_scope inner = { .module = self->module, .dataset = f->dataset, .outer = self, .link = link + 1, .there = &there };
	struct parts parts;
	if (!elaborate(sema, &inner, f, NULL, &parts))
		return PPM_NODE_POISON;
	if (there != PPM_NODE_NONE && may_fail(sema, &parts)) // not asked of rows without one that they belong to
		parts.where = parts.where == PPM_NODE_NONE ? there : ppm_plan_and(sema->plan, there, parts.where, f->call->span);
	return aggregate(sema, f, &parts, f->dataset, link, self->dataset);
}

// ---- a figure ----------------------------------------------------------------------------------------------------------------------------

static bool check_clauses(struct ppm_sema *sema, const struct ppm_scope *scope, struct figure *f)
{
	const struct ppm_argument *a = f->argument;
	bool picks = f->function == PPM_AGGREGATE_FIRST || f->function == PPM_AGGREGATE_LAST, quantile = f->function == PPM_AGGREGATE_QUANTILE;
	struct ppm_diagnostic *d;
	if (quantile) {
		double fraction;
		bool percent;
		if (!a || !a->next || a->next->next) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, f->call->span, "`quantile` takes a value and a share");
			ppm_diag_help(sema->diagnostics, d, "write `quantile(amount over invoices, 90%%)`");
			return false;
		}
		if (!ppm_sema_share(sema, scope, a->next->expression, "the share of a quantile", &fraction, &percent))
			return false;
		if (!(fraction >= 0 && fraction <= 1)) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_FIGURE_CONSTANT, a->next->span, "the share of a quantile lies between 0%% and 100%%");
			ppm_diag_help(sema->diagnostics, d, "write `90%%` or `0.9`");
			return false;
		}
		f->fraction = fraction;
	} else if (a && a->next) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, a->next->span, "`%s` takes one value", f->word);
		struct ppm_slice second = a->next->expression ? ppm_sema_text_of(sema, a->next->expression->span) : PPM_SLICE("…");
		if (f->function == PPM_AGGREGATE_COUNT && !f->value)
			ppm_diag_help(
				sema->diagnostics, d, "a condition follows `where`: `count(%.*s where %.*s)`", (int)f->over.size, f->over.data, (int)second.size, second.data);
		return false;
	}
	if (picks && !(a && a->order_by)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ORDER_ABSENT, f->call->span, "`%s` does not say in which order", f->word);
		ppm_diag_help(sema->diagnostics, d, "rows have no order of their own: write `%s(… over … order by DATE)`", f->word);
		return false;
	}
	if (a && !picks && (a->order_by || a->ascending || a->descending)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, a->order_by ? a->order_by->span : a->span, "an order makes no difference to `%s`", f->word);
		ppm_diag_help(sema->diagnostics, d, "leave it out; `first` and `last` take one");
		return false;
	}
	if (f->function != PPM_AGGREGATE_COUNT && !f->value) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, f->call->span, "`%s` does not say of what", f->word);
		ppm_diag_help(sema->diagnostics, d, "write `%s(VALUE over %.*s)`", f->word, (int)f->over.size, f->over.data);
		return false;
	}
	return true;
}

struct passed {
	const struct ppm_plan *plan;
	bool up, depth;
};

static bool look_whether_passed(void *context, uint32_t index)
{
	struct passed *passed = context;
	const struct ppm_plan_column *c = &passed->plan->columns[index];
	passed->depth = passed->depth || c->kind == PPM_PLAN_DEPTH;
	if (c->kind == PPM_PLAN_STEP) {
		const struct ppm_plan_step *s = &passed->plan->steps[c->index];
		bool tree = s->kind == PPM_STEP_TREE_AGGREGATE ||
			(s->kind == PPM_STEP_AGGREGATE && passed->plan->datasets[s->dataset].kind == PPM_DATASET_PAIRS &&
				passed->plan->datasets[s->dataset].relation == PPM_PAIRS_TREE);
		passed->up = passed->up || (tree && s->aggregate == PPM_AGGREGATE_SUM);
	}
	return true;
}

// A sum over customers of what was passed up to them counts whoever is below several of them several times.
static void warn_twice(struct ppm_sema *sema, const struct figure *f, ppm_node_id value)
{
	struct ppm_plan *plan = sema->plan;
	struct passed passed = { .plan = plan };
	if (f->function != PPM_AGGREGATE_SUM || f->tree || value == PPM_NODE_NONE || value == PPM_NODE_POISON)
		return;
	if (!ppm_plan_visit_columns(plan, value, look_whether_passed, &passed))
		plan->out_of_memory = true;
	if (!passed.up || passed.depth)
		return;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_COUNTED_TWICE, f->call->span, "this sum counts a customer once for each one above");
	ppm_diag_help(sema->diagnostics, d,
		"rank by such a value, but do not add it up; a share that adds up is `v * 50%% ^ depth + sum(v * 50%% ^ level over …)`. Silence this with `# ppm: allow %s`",
		ppm_diag_code_text(PPM_DIAG_COUNTED_TWICE));
}

ppm_node_id ppm_sema_figure(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call)
{
	struct ppm_slice name = call->path->name.text;
	if (scope->define_body) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_DEFINE_SEES, call->span, "a `define` does not see rows, so `%.*s` has nothing to run over", (int)name.size, name.data);
		ppm_diag_help(sema->diagnostics, d, "make the figure a parameter, and pass it in the call");
		return PPM_NODE_POISON;
	}
	if (ppm_slice_is(name, "concordance") || ppm_slice_is(name, "correlation"))
		return ppm_sema_agreement(sema, scope, call);
	// a figure inside a figure over pairs is one of the inner row
	struct ppm_scope self = *scope;
	self.pairs = 0;
	self.bindings = NULL;
	struct figure f = { .call = call, .argument = call->arguments };
	if (!word_of(name, &f.function))
		return ppm_sema_inner(sema, scope, ppm_sema_placed(sema, scope, ppm_sema_rank(sema, &self, call), call->span), call->span);
	f.word = words[f.function];
	if (!find_rows(sema, &self, &f) || !check_clauses(sema, &self, &f))
		return PPM_NODE_POISON;
	uint32_t link = f.grouped ? scope->base_link
		: f.tree          ? PPM_NO_ID
		: scope->is_summary && f.dataset != scope->base && scope->base_link != PPM_NO_ID && ppm_sema_link_ancestor(sema, f.dataset, scope->base) != PPM_NO_ID
		? ppm_sema_link_compose(sema, ppm_sema_link_ancestor(sema, f.dataset, scope->base), scope->base_link, call->span)
		: f.dataset == self.dataset ? PPM_NO_ID
					    : ppm_sema_link_ancestor(sema, f.dataset, self.dataset);
	ppm_node_id result;
	if (f.tree)
		result = over_tree(sema, &self, &f);
	else if (f.argument && f.argument->by)
		result = self.dataset == sema->plan->company ? PPM_NODE_NONE : by_value(sema, &self, &f, link);
	else if (link != PPM_NO_ID)
		result = over_own(sema, &self, &f, link);
	else
		result = over_all(sema, &self, &f);
	if (result == PPM_NODE_NONE) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, f.argument->by->span, "`by` means the rows that share this row's value, and there is no row here");
		ppm_diag_help(sema->diagnostics, d, "a figure for each group is a `summary … by …`");
		return PPM_NODE_POISON;
	}
	if (result != PPM_NODE_POISON) {
		const struct ppm_node *node = node_of(sema, result);
		const struct ppm_plan_column *column = node->op == PPM_NODE_COLUMN ? &sema->plan->columns[node->index] : NULL;
		if (column && column->kind == PPM_PLAN_COMPANY)
			column = node_of(sema, column->value)->op == PPM_NODE_COLUMN ? &sema->plan->columns[node_of(sema, column->value)->index] : NULL;
		if (column && column->kind == PPM_PLAN_STEP)
			warn_twice(sema, &f, sema->plan->steps[column->index].value);
	}
	return ppm_sema_inner(sema, scope, result, call->span);
}

// Places among rows: rank(margin desc by region where active). A rank is a value of each row of its dataset, over all of them; in a child dataset over its rows
// of one parent. And how far several orders of the same rows agree.

#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

#define RANK_KEYS_MAX 16

// The rows that are ranked among themselves: those of one parent, with the same values of `by`. PPM_NO_ID: all. False after a report.
static bool partition(struct ppm_sema *sema, const struct ppm_scope *self, const struct ppm_argument *a, uint32_t *link)
{
	struct ppm_plan *plan = sema->plan;
	uint32_t parent = ppm_sema_owner(sema, self->dataset), count = 0;
	*link = parent;
	if (!a->by)
		return true;
	struct ppm_plan_key *keys = ppm_arena_allocate(sema->arena, RANK_KEYS_MAX + 1, sizeof *keys);
	if (!keys) {
		plan->out_of_memory = true;
		return false;
	}
	bool fine = true;
	if (parent != PPM_NO_ID)
		keys[count++] = (struct ppm_plan_key){ .is_link = true, .link = parent, .value = PPM_NODE_NONE };
	const uint32_t inherited = count;
	for (const struct ppm_expression *by = a->by; by; by = by->next) {
		if (count - inherited == RANK_KEYS_MAX) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, by->span, "rows are ranked within groups of at most %d values", RANK_KEYS_MAX);
			ppm_diag_help(sema->diagnostics, d, "put several values into one: a `let` of the dataset can be a group, too");
			return false;
		}
		ppm_node_id node = ppm_sema_expression(sema, self, by);
		fine = ppm_sema_is_known(sema, node) && fine;
		if (fine)
			ppm_sema_thought_of_missing(sema, node);
		keys[count++] = (struct ppm_plan_key){ .value = node };
	}
	if (!fine)
		return false;
	struct ppm_span span = a->by->span;
	*link = ppm_sema_link_group(sema,
		(struct ppm_plan_link){ .name = ppm_sema_text_of(sema, span),
			.span = span,
			.from = self->dataset,
			.keys = keys,
			.key_count = count,
			.where = PPM_NODE_NONE,
			.drop_missing = false });
	return *link != PPM_NO_ID;
}

static ppm_node_id misplaced(struct ppm_sema *sema, struct ppm_span span, const char *word, const char *clause, const char *help)
{
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, span, "`%s` does not go with `%s`", clause, word);
	ppm_diag_help(sema->diagnostics, d, "%s", help);
	return PPM_NODE_POISON;
}

ppm_node_id ppm_sema_rank(struct ppm_sema *sema, const struct ppm_scope *self, const struct ppm_expression *call)
{
	static const char *const words[] = { "rank", "ntile", "percentile", "share", "running_share" };
	struct ppm_plan *plan = sema->plan;
	size_t which = 0;
	while (which < 4 && !ppm_slice_is(call->path->name.text, words[which]))
		which++;
	enum ppm_rank_function function = (enum ppm_rank_function)which;
	const char *word = words[which];
	const struct ppm_argument *a = call->arguments;
	double tiles = 0;
	struct ppm_diagnostic *d;
	if (function == PPM_RANK_NTILE) {
		if (!a || !a->next || a->next->next) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`ntile` takes a number of groups and a value");
			ppm_diag_help(sema->diagnostics, d, "write `ntile(5, revenue)`");
			return PPM_NODE_POISON;
		}
		if (a->next->expression && a->next->expression->kind == PPM_EXPRESSION_NUMBER && a->expression && a->expression->kind != PPM_EXPRESSION_NUMBER) {
			struct ppm_slice x = ppm_sema_text_of(sema, a->expression->span), n = ppm_sema_text_of(sema, a->next->expression->span);
			d = ppm_diag(sema->diagnostics, PPM_DIAG_FIGURE_CONSTANT, call->span, "the number of groups of `ntile` comes first");
			ppm_diag_help(sema->diagnostics, d, "write `ntile(%.*s, %.*s)`", (int)n.size, n.data, (int)x.size, x.data);
			return PPM_NODE_POISON;
		}
		if (!ppm_sema_constant(sema, self, a->expression, "the number of groups of `ntile`", &tiles))
			return PPM_NODE_POISON;
		if (tiles != rint(tiles) || tiles < 1 || tiles > 1e6) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_FIGURE_CONSTANT, a->span, "the number of groups of `ntile` is a whole number of at least 1");
			ppm_diag_help(sema->diagnostics, d, "write `ntile(5, revenue)`");
			return PPM_NODE_POISON;
		}
		a = a->next;
	} else if (!a || a->next) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`%s` takes one value", word);
		ppm_diag_help(sema->diagnostics, d, "write `%s(revenue desc)`", word);
		return PPM_NODE_POISON;
	}
	if (a->over)
		return misplaced(sema, a->over->span, word, "over", "leave it out: a place is among all rows of the dataset that it is a value of");
	if (a->order_by)
		return misplaced(sema, a->order_by->span, word, "order by", "the value itself is the order: `rank(revenue desc)`");
	if (!a->expression) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`%s` does not say of what", word);
		ppm_diag_help(sema->diagnostics, d, function == PPM_RANK_NTILE ? "write `ntile(5, revenue where …)`" : "write `%s(revenue where …)`", word);
		return PPM_NODE_POISON;
	}
	const struct ppm_plan_dataset *dataset = &plan->datasets[self->dataset];
	if (dataset->kind != PPM_DATASET_FILE && !(dataset->kind == PPM_DATASET_GROUPS && dataset->statement)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_RANK_PLACE, call->span, "`%s` is a place among rows, and this is no value of a row", word);
		ppm_diag_help(sema->diagnostics, d, "use it in a `let` or inside a figure: `sum(… over customers where %s(…) …)`", word);
		return PPM_NODE_POISON;
	}
	bool tied = function == PPM_RANK_NTILE || function == PPM_RANK_RUNNING_SHARE;
	if (tied && dataset->key == PPM_NO_ID) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_KEY, call->span, "`%s` puts equal values in the order of the key, and %.*s has none", word,
			(int)ppm_sema_dataset_name(sema, self->dataset).size, ppm_sema_dataset_name(sema, self->dataset).data);
		ppm_diag_help(sema->diagnostics, d, "mark the column that tells rows apart as `key`");
		return PPM_NODE_POISON;
	}
	if (tied)
		plan->columns[dataset->key].uses++;
	ppm_node_id value = ppm_sema_settle(sema, ppm_sema_expression(sema, self, a->expression), ppm_type_of(PPM_BASE_NUMBER));
	ppm_node_id where = ppm_sema_where(sema, self, a->where);
	uint32_t link;
	if (!partition(sema, self, a, &link) || value == PPM_NODE_POISON || where == PPM_NODE_POISON || ppm_sema_is_open(sema, value))
		return PPM_NODE_POISON;
	ppm_sema_thought_of_missing(sema, value);
	struct ppm_type type = node_of(sema, value)->type;
	bool figure = type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_PERCENT || type.base == PPM_BASE_MONEY;
	bool shares = function == PPM_RANK_SHARE || function == PPM_RANK_RUNNING_SHARE;
	if (!figure && (shares || (type.base != PPM_BASE_DATE && type.base != PPM_BASE_DURATION))) {
		char name[48];
		d = ppm_diag(sema->diagnostics, PPM_DIAG_AGGREGATE_TYPE, a->expression->span, "`%s` takes %s, and this is `%s`", word,
			shares ? "a number, percent or amount" : "a figure or a date", ppm_type_name(type, name));
		ppm_diag_help(sema->diagnostics, d, "rank by a figure, such as an amount");
		return PPM_NODE_POISON;
	}
	struct ppm_plan_step step = { .kind = PPM_STEP_RANK,
		.dataset = self->dataset,
		.outer = self->dataset,
		.link = link,
		.tree = PPM_NO_ID,
		.value = value,
		.where = where,
		.order = PPM_NODE_NONE,
		.descending = a->descending,
		.rank = function,
		.tiles = (uint32_t)tiles,
		.ratio = 1,
		.span = call->span };
	bool percent = function >= PPM_RANK_PERCENTILE;
	// With --against a row to score is no part of the sum that its share is of: it may well be more than all others together.
	struct ppm_plan_column result = { .type = ppm_type_of(percent ? PPM_BASE_PERCENT : PPM_BASE_NUMBER),
		.computed = percent,
		.low = percent ? (shares && node_of(sema, value)->low < 0 ? -INFINITY : 0) : 1,
		.high = function == PPM_RANK_NTILE        ? tiles
			: function == PPM_RANK_PERCENTILE ? 1
							  : INFINITY,
		.optional = node_of(sema, value)->may_miss || where != PPM_NODE_NONE || shares || ppm_sema_owner(sema, self->dataset) != PPM_NO_ID };
	return ppm_sema_step(sema, step, self->dataset, result);
}

ppm_node_id ppm_sema_agreement(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call)
{
	struct ppm_plan *plan = sema->plan;
	bool concordance = ppm_slice_is(call->path->name.text, "concordance");
	const char *word = concordance ? "concordance" : "correlation";
	ppm_node_id values[16];
	uint32_t count = 0;
	struct ppm_scope rows = { .module = scope->module };
	ppm_node_id where = PPM_NODE_NONE;
	bool fine = true;
	struct ppm_diagnostic *d;
	if (scope->is_summary) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_SUMMARY, call->span, "`%s` is of all scored rows, and a summary's figures are of its groups", word);
		ppm_diag_help(sema->diagnostics, d, "make it a `metric`, whose name stands for the same figure in each row of the summary");
		return PPM_NODE_POISON;
	}
	for (const struct ppm_argument *a = call->arguments; a; a = a->next) {
		if (a->over || a->by || a->order_by || a->ascending || a->descending || (a->where && a->next))
			return misplaced(sema, a->span, word,
				a->over            ? "over"
					: a->by    ? "by"
					: a->where ? "where"
						   : "order",
				"it compares values of the scored rows; `where` may stand at the end");
		if (a->where)
			where = ppm_sema_where(sema, &rows, a->where);
		if (!a->expression)
			continue;
		if (count == 16) {
			ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, a->span, "`%s` takes at most 16 values", word);
			return PPM_NODE_POISON;
		}
		ppm_node_id value = ppm_sema_settle(sema, ppm_sema_expression(sema, &rows, a->expression), ppm_type_of(PPM_BASE_NUMBER));
		if (value == PPM_NODE_POISON || ppm_sema_is_open(sema, value)) {
			fine = false;
			continue;
		}
		enum ppm_base base = (enum ppm_base)node_of(sema, value)->type.base;
		if (base != PPM_BASE_NUMBER && base != PPM_BASE_PERCENT && base != PPM_BASE_MONEY) {
			char name[48];
			d = ppm_diag(sema->diagnostics, PPM_DIAG_AGGREGATE_TYPE, a->expression->span, "`%s` takes numbers, percents or amounts, and this is `%s`", word,
				ppm_type_name(node_of(sema, value)->type, name));
			ppm_diag_help(sema->diagnostics, d, "compare figures, such as the scores of two perspectives");
			fine = false;
			continue;
		}
		ppm_sema_thought_of_missing(sema, value);
		values[count++] = value;
	}
	if (!fine || where == PPM_NODE_POISON)
		return PPM_NODE_POISON;
	if (count < 2 || (!concordance && count != 2)) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_ARGUMENT_COUNT, call->span, "`%s` takes %s values", word, concordance ? "two or more" : "two");
		ppm_diag_help(sema->diagnostics, d, "write `%s(score_cfo, score_cmo)`", word);
		return PPM_NODE_POISON;
	}
	ppm_node_id *kept = ppm_arena_allocate(sema->arena, count, sizeof *kept);
	if (!kept) {
		plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	for (uint32_t i = 0; i < count; i++) {
		kept[i] = values[i];
		if (node_of(sema, values[i])->dataset != 0) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_MANY_ROWS, call->span, "`%s` compares values of the scored rows, and one of these is the same for all", word);
			ppm_diag_help(sema->diagnostics, d, "compare figures that differ from row to row");
			return PPM_NODE_POISON;
		}
	}
	struct ppm_plan_step step = { .kind = PPM_STEP_AGREEMENT,
		.dataset = 0,
		.outer = ppm_sema_company(sema),
		.link = PPM_NO_ID,
		.tree = PPM_NO_ID,
		.value = PPM_NODE_NONE,
		.where = where,
		.order = PPM_NODE_NONE,
		.agreement = concordance ? PPM_AGREEMENT_CONCORDANCE : PPM_AGREEMENT_CORRELATION,
		.ratio = 1,
		.values = kept,
		.value_count = count,
		.span = call->span };
	struct ppm_plan_column result = { .type = ppm_type_of(PPM_BASE_NUMBER), .computed = true, .low = concordance ? 0 : -1, .high = 1, .optional = true };
	return ppm_sema_reach(sema, scope, ppm_sema_step(sema, step, step.outer, result), call->span);
}

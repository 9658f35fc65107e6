// Figures for the whole company: metrics, one figure each, and summaries, tables with a row a group or period.

#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

ppm_node_id ppm_sema_metric(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	struct ppm_scope scope = { .module = symbol->module, .dataset = ppm_sema_company(sema) };
	ppm_node_id node = ppm_sema_expression(sema, &scope, symbol->statement->let.value);
	struct ppm_plan_metric *metric = node == PPM_NODE_POISON ? NULL : PPM_PLAN_APPEND(sema->plan, metric);
	if (metric)
		*metric = (struct ppm_plan_metric){ .name = symbol->name, .doc = symbol->statement->doc.text, .span = symbol->span, .node = node };
	return node;
}

// ---- summaries ------------------------------------------------------------------------------------------------------

#define GROUP_KEYS_MAX 16

// The expressions that a summary groups by, as nodes of its rows, while its columns are elaborated.
struct ppm_sema_summary {
	const struct ppm_statement *statement;
	uint32_t dataset; // of groups or periods
	uint32_t key_count;
	ppm_node_id keys[GROUP_KEYS_MAX];    // of the base rows
	ppm_node_id columns[GROUP_KEYS_MAX]; // of the groups
	struct ppm_plan_result *results;
	uint32_t result_count;
};

static ppm_node_id column_by_name(const struct ppm_sema_summary *s, struct ppm_slice name)
{
	for (uint32_t i = 0; i < s->result_count; i++)
		if (ppm_slice_equal(s->results[i].name, name))
			return s->results[i].node;
	return PPM_NODE_NONE;
}

ppm_node_id ppm_sema_summary_name(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *written)
{
	(void)sema;
	// only of the groups themselves: inside a figure, names are those of its rows
	return scope->is_summary && scope->summary ? column_by_name(scope->summary, written->path->name.text) : PPM_NODE_NONE;
}

// A value of the groups: what they are grouped by, or anything built of figures.
static ppm_node_id group_value(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_sema_summary *s, const struct ppm_expression *e)
{
	if (s->key_count && e->kind != PPM_EXPRESSION_PATH) {
		// the same expression as after `by`? It is looked at quietly, since of other expressions it makes nonsense
		struct ppm_scope rows = { .module = scope->module, .dataset = scope->base };
		bool muted = sema->diagnostics->muted;
		sema->diagnostics->muted = true;
		ppm_node_id node = ppm_sema_expression(sema, &rows, e);
		sema->diagnostics->muted = muted;
		for (uint32_t i = 0; i < s->key_count; i++)
			if (s->keys[i] == node && node != PPM_NODE_POISON)
				return s->columns[i];
	} else if (e->kind == PPM_EXPRESSION_PATH && column_by_name(s, e->path->name.text) == PPM_NODE_NONE)
		for (uint32_t i = 0; i < s->key_count; i++) {
			struct ppm_scope rows = { .module = scope->module, .dataset = scope->base };
			bool muted = sema->diagnostics->muted;
			sema->diagnostics->muted = true;
			ppm_node_id node = ppm_sema_path(sema, &rows, e);
			sema->diagnostics->muted = muted;
			if (node == s->keys[i] && node != PPM_NODE_POISON)
				return s->columns[i];
		}
	return ppm_sema_expression(sema, scope, e);
}

static struct ppm_slice header_of(struct ppm_sema *sema, const struct ppm_expression *e)
{
	return e->kind == PPM_EXPRESSION_PATH && !e->path->next ? e->path->name.text : ppm_sema_text_of(sema, e->span);
}

static bool add_result(struct ppm_sema *sema, struct ppm_sema_summary *s, struct ppm_slice name, ppm_node_id node, struct ppm_span span)
{
	if (column_by_name(s, name) != PPM_NODE_NONE) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RESULT_TWICE, span, "the summary has two columns called \"%.*s\"", (int)name.size, name.data);
		ppm_diag_help(sema->diagnostics, d, "rename one of them");
		return false;
	}
	s->results[s->result_count++] = (struct ppm_plan_result){ .name = name, .node = node, .places = -1, .span = span };
	return true;
}

// by …: a row for each group that there is.
static bool by_groups(struct ppm_sema *sema, const struct ppm_statement *st, struct ppm_sema_summary *s, struct ppm_scope *scope)
{
	struct ppm_plan_key *keys = ppm_arena_allocate(sema->arena, GROUP_KEYS_MAX, sizeof *keys);
	struct ppm_scope rows = { .module = sema->main, .dataset = scope->base };
	if (!keys) {
		sema->plan->out_of_memory = true;
		return false;
	}
	bool fine = true;
	for (const struct ppm_expression *by = st->summary.by; by; by = by->next) {
		if (s->key_count == GROUP_KEYS_MAX) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, by->span, "a summary groups by at most %d values", GROUP_KEYS_MAX);
			ppm_diag_help(sema->diagnostics, d, "leave some out");
			return false;
		}
		ppm_node_id node = ppm_sema_expression(sema, &rows, by);
		if (!ppm_sema_is_known(sema, node)) {
			fine = false;
			continue;
		}
		ppm_sema_thought_of_missing(sema, node);
		if (node_of(sema, node)->dataset == PPM_NO_DATASET) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SUMMARY, by->span, "every row has this value, so it makes no groups");
			ppm_diag_help(sema->diagnostics, d, "group by something that differs from row to row");
			fine = false;
			continue;
		}
		keys[s->key_count] = (struct ppm_plan_key){ .value = node };
		s->keys[s->key_count++] = node;
	}
	ppm_node_id where = ppm_sema_where(sema, &rows, st->summary.where);
	if (!fine || where == PPM_NODE_POISON)
		return false;
	struct ppm_plan_link link = { .name = st->name.text,
		.span = st->name.span,
		.from = scope->base,
		.keys = keys,
		.key_count = s->key_count,
		.where = where,
		.drop_missing = false,
		.of_summary = true };
	scope->base_link = ppm_sema_link_group(sema, link);
	if (scope->base_link == PPM_NO_ID)
		return false;
	const struct ppm_plan_link *made = &sema->plan->links[scope->base_link];
	s->dataset = scope->dataset = made->to;
	uint32_t i = 0;
	for (const struct ppm_expression *by = st->summary.by; by; by = by->next, i++) {
		s->columns[i] = sema->plan->columns[made->other_keys[i]].node;
		if (!add_result(sema, s, header_of(sema, by), s->columns[i], by->span))
			return false;
	}
	return true;
}

// for each quarter q from D to D: a row for each period, empty ones too.
static bool by_periods(struct ppm_sema *sema, const struct ppm_statement *st, struct ppm_sema_summary *s, struct ppm_scope *scope)
{
	static const char *const units[] = { "day", "week", "month", "quarter", "year" };
	struct ppm_scope constant = { .module = sema->main, .dataset = ppm_sema_company(sema) };
	size_t unit = 0;
	while (unit < 5 && !ppm_slice_is(st->summary.each_unit.text, units[unit]))
		unit++;
	struct ppm_diagnostic *d;
	if (unit == 5) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_SUMMARY, st->summary.each_unit.span, "no period is called `%.*s`", (int)st->summary.each_unit.text.size,
			st->summary.each_unit.text.data);
		ppm_diag_help(sema->diagnostics, d, "the periods are day, week, month, quarter and year");
		return false;
	}
	const struct ppm_expression *ends[] = { st->summary.each_from, st->summary.each_to };
	int32_t days[2] = { 0, 0 };
	for (int i = 0; i < 2; i++) {
		ppm_node_id node = ppm_sema_expression(sema, &constant, ends[i]);
		if (node == PPM_NODE_POISON)
			return false;
		if (!ppm_plan_is_constant(sema->plan, node) || node_of(sema, node)->type.base != PPM_BASE_DATE) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_SUMMARY, ends[i]->span, "the range of periods runs from a day to a day, the same for every row");
			ppm_diag_help(sema->diagnostics, d, "write a date, a `param`, or something of `as_of`, such as `as_of - 2 years`");
			return false;
		}
		days[i] = node_of(sema, node)->value.whole;
	}
	if (days[0] > days[1]) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_RANGE_EMPTY, (struct ppm_span){ ends[0]->span.begin, ends[1]->span.end },
			"no period lies in this range: it ends before it begins");
		ppm_diag_help(sema->diagnostics, d, "write the earlier day first");
		return false;
	}
	s->dataset = scope->dataset = ppm_sema_add_dataset(sema,
		(struct ppm_plan_dataset){ .kind = PPM_DATASET_CALENDAR,
			.span = st->name.span,
			.key = PPM_NO_ID,
			.keep = PPM_NODE_NONE,
			.parent_link = PPM_NO_ID,
			.link = PPM_NO_ID,
			.unit = (enum ppm_calendar_unit)unit,
			.first_day = days[0],
			.last_day = days[1] },
		NULL);
	if (s->dataset == PPM_NO_DATASET)
		return false;
	scope->each = st->summary.each_name;
	scope->base_link = PPM_NO_ID;
	struct ppm_plan_column start = {
		.type = ppm_type_of(PPM_BASE_DATE), .kind = PPM_PLAN_PERIOD_START, .dataset = s->dataset, .low = -INFINITY, .high = INFINITY, .span = st->summary.each_name.span
	};
	return add_result(sema, s, st->summary.each_unit.text, ppm_sema_plain_column(sema, start, PPM_SLICE("start")), st->summary.each_unit.span);
}

static void summary(struct ppm_sema *sema, const struct ppm_statement *st)
{
	struct ppm_plan *plan = sema->plan;
	size_t columns = 1, orders = 0;
	for (const struct ppm_summary_column *c = st->summary.columns; c; c = c->next)
		columns++;
	for (const struct ppm_order *o = st->summary.order; o; o = o->next)
		orders++;
	struct ppm_sema_summary s = { .statement = st };
	s.results = ppm_arena_allocate(sema->arena, columns + GROUP_KEYS_MAX, sizeof *s.results);
	struct ppm_plan_order *order = ppm_arena_allocate(sema->arena, orders + 1, sizeof *order);
	if (!s.results || !order) {
		plan->out_of_memory = true;
		return;
	}
	struct ppm_scope scope = { .module = sema->main, .is_summary = true, .summary = &s };
	if (st->summary.over) {
		scope.base = st->summary.over->path->next ? PPM_NO_DATASET : ppm_sema_find_dataset(sema, st->summary.over->path->name.text);
		if (scope.base == PPM_NO_DATASET) {
			struct ppm_slice name = ppm_sema_text_of(sema, st->summary.over->span);
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, st->summary.over->span, "no dataset is called `%.*s`", (int)name.size, name.data);
			struct ppm_suggestion suggestion;
			ppm_suggestion_init(&suggestion, name);
			for (size_t i = 0; i < plan->dataset_count; i++)
				if (plan->datasets[i].name.size)
					ppm_suggestion_offer(&suggestion, plan->datasets[i].name);
			struct ppm_slice near = ppm_suggestion_take(&suggestion);
			if (near.size)
				ppm_sema_did_you_mean(sema, d, near);
			else
				ppm_diag_help(sema->diagnostics, d, "a summary runs over a dataset of the model: `summary … over invoices`");
			return;
		}
	}
	if (!(st->summary.by ? by_groups(sema, st, &s, &scope) : by_periods(sema, st, &s, &scope)))
		return;
	if (st->summary.each_from && st->summary.where) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_CLAUSE_MISPLACED, st->summary.where->span, "`where` does not go with `for each`: every period has a row");
		ppm_diag_help(sema->diagnostics, d, "put the condition into the figures: `count(where …)`");
		return;
	}
	for (const struct ppm_summary_column *c = st->summary.columns; c; c = c->next) {
		ppm_node_id node = group_value(sema, &scope, &s, c->value);
		if (node == PPM_NODE_POISON)
			continue;
		add_result(sema, &s, c->name.text, node, c->name.span);
	}
	uint32_t count = 0;
	for (const struct ppm_order *o = st->summary.order; o; o = o->next) {
		ppm_node_id node = group_value(sema, &scope, &s, o->expression);
		if (node != PPM_NODE_POISON && node_of(sema, node)->dataset != PPM_NO_DATASET)
			order[count++] = (struct ppm_plan_order){ node, o->descending };
	}
	for (size_t i = 0; i < plan->summary_count; i++)
		if (ppm_slice_equal(plan->summarys[i].name, st->name.text)) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, st->name.span, "a second summary is called `%.*s`", (int)st->name.text.size, st->name.text.data);
			ppm_diag_label(sema->diagnostics, d, plan->summarys[i].span, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "rename one of the two");
			return;
		}
	struct ppm_plan_summary *place = PPM_PLAN_APPEND(plan, summary);
	if (place)
		*place = (struct ppm_plan_summary){ .name = st->name.text,
			.span = st->name.span,
			.dataset = s.dataset,
			.results = s.results,
			.result_count = s.result_count,
			.orders = order,
			.order_count = count };
}

void ppm_sema_summaries(struct ppm_sema *sema)
{
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_SUMMARY)
			summary(sema, s);
}

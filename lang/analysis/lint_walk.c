// A model's expressions, wherever they stand: lints that look at how something is written go through here, so that none of them forgets a place.
#include "lang/analysis/lint_internal.h"
#include "runtime/base/text.h"

struct walk {
	ppm_lint_visitor *visitor;
	void *context;
	struct ppm_lint_place place;
};

static void root(struct walk *walk, const struct ppm_expression *expression, enum ppm_lint_role role)
{
	walk->place.role = role;
	if (expression)
		walk->visitor(walk->context, expression, &walk->place);
}

static void roots(struct walk *walk, const struct ppm_expression *list, enum ppm_lint_role role)
{
	for (; list; list = list->next)
		root(walk, list, role);
}

static void text(struct walk *walk, const struct ppm_template *template)
{
	for (const struct ppm_template_part *part = template->parts; part; part = part->next)
		root(walk, part->expression, PPM_LINT_IN_TEXT);
}

static void rules(struct walk *walk, const struct ppm_rule *rule)
{
	for (; rule; rule = rule->next) {
		walk->place.rule = rule;
		root(walk, rule->condition, PPM_LINT_CONDITION);
		root(walk, rule->subject, PPM_LINT_VALUE);
		root(walk, rule->points, PPM_LINT_POINTS);
		root(walk, rule->at_most, PPM_LINT_POINTS);
		root(walk, rule->missing, PPM_LINT_POINTS);
		root(walk, rule->from, PPM_LINT_POINTS);
		root(walk, rule->to, PPM_LINT_POINTS);
		root(walk, rule->low, PPM_LINT_POINTS);
		root(walk, rule->high, PPM_LINT_POINTS);
		for (const struct ppm_band *band = rule->bands; band; band = band->next) {
			root(walk, band->threshold, PPM_LINT_POINTS);
			roots(walk, band->labels, PPM_LINT_POINTS);
			root(walk, band->value, PPM_LINT_POINTS);
		}
		text(walk, &rule->because);
		rules(walk, rule->rules);
	}
	walk->place.rule = NULL;
}

static void statement(struct walk *walk, const struct ppm_statement *s)
{
	walk->place = (struct ppm_lint_place){ .statement = s };
	switch (s->kind) {
	case PPM_STATEMENT_DATASET:
		for (const struct ppm_let *let = s->dataset.lets; let; let = let->next)
			root(walk, let->value, PPM_LINT_VALUE);
		break;
	case PPM_STATEMENT_PARAM: root(walk, s->param.value, PPM_LINT_POINTS); break;
	case PPM_STATEMENT_LET:
	case PPM_STATEMENT_METRIC: root(walk, s->let.value, PPM_LINT_VALUE); break;
	case PPM_STATEMENT_DEFINE: root(walk, s->define.value, PPM_LINT_VALUE); break;
	case PPM_STATEMENT_ADJUST:
	case PPM_STATEMENT_DIMENSION:
		root(walk, s->dimension.weight, PPM_LINT_POINTS);
		root(walk, s->dimension.range_low, PPM_LINT_POINTS);
		root(walk, s->dimension.range_high, PPM_LINT_POINTS);
		root(walk, s->dimension.start, PPM_LINT_POINTS);
		rules(walk, s->dimension.rules);
		break;
	case PPM_STATEMENT_RULE: rules(walk, s->rule.rule); break;
	case PPM_STATEMENT_DISQUALIFY:
		root(walk, s->disqualify.condition, PPM_LINT_CONDITION);
		text(walk, &s->disqualify.because);
		break;
	case PPM_STATEMENT_TIER:
		root(walk, s->tier.condition, PPM_LINT_CONDITION);
		text(walk, &s->tier.action);
		break;
	case PPM_STATEMENT_SEGMENT:
		for (const struct ppm_segment_arm *arm = s->segment.arms; arm; arm = arm->next)
			root(walk, arm->condition, PPM_LINT_CONDITION);
		break;
	case PPM_STATEMENT_PERSPECTIVE:
		for (const struct ppm_share *share = s->perspective.shares; share; share = share->next)
			root(walk, share->weight, PPM_LINT_POINTS);
		break;
	case PPM_STATEMENT_OUTPUT:
		for (const struct ppm_result *result = s->output.results; result; result = result->next)
			root(walk, result->path, PPM_LINT_POINTS);
		break;
	case PPM_STATEMENT_SUMMARY:
		root(walk, s->summary.over, PPM_LINT_VALUE);
		roots(walk, s->summary.by, PPM_LINT_VALUE);
		root(walk, s->summary.each_from, PPM_LINT_POINTS);
		root(walk, s->summary.each_to, PPM_LINT_POINTS);
		root(walk, s->summary.where, PPM_LINT_VALUE);
		for (const struct ppm_order *order = s->summary.order; order; order = order->next)
			root(walk, order->expression, PPM_LINT_VALUE);
		for (const struct ppm_summary_column *column = s->summary.columns; column; column = column->next)
			root(walk, column->value, PPM_LINT_VALUE);
		break;
	case PPM_STATEMENT_LOOKUP:
		for (const struct ppm_lookup_entry *entry = s->lookup.entries; entry; entry = entry->next)
			root(walk, entry->value, PPM_LINT_POINTS);
		break;
	case PPM_STATEMENT_TEST:
		for (const struct ppm_test_step *step = s->test.steps; step; step = step->next)
			root(walk, step->expect, PPM_LINT_IN_TEXT);
		break;
	default: break;
	}
}

void ppm_lint_roots(const struct ppm_syntax_tree *tree, ppm_lint_visitor *visitor, void *context)
{
	struct walk walk = { .visitor = visitor, .context = context };

	for (const struct ppm_statement *s = tree->statements; s; s = s->next)
		statement(&walk, s);
}

// The parser bounds the depth.
void ppm_lint_within(const struct ppm_expression *e, const struct ppm_lint_place *place, ppm_lint_visitor *visitor, void *context)
{
	visitor(context, e, place);
	const struct ppm_expression *sides[] = { e->left, e->right, e->third };
	for (int i = 0; i < 3; i++)
		if (sides[i])
			ppm_lint_within(sides[i], place, visitor, context);
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		ppm_lint_within(item, place, visitor, context);
	for (const struct ppm_argument *argument = e->arguments; argument; argument = argument->next) {
		const struct ppm_expression *parts[] = { argument->expression, argument->over, argument->where, argument->order_by };
		for (int i = 0; i < 4; i++)
			if (parts[i])
				ppm_lint_within(parts[i], place, visitor, context);
		for (const struct ppm_expression *by = argument->by; by; by = by->next)
			ppm_lint_within(by, place, visitor, context);
	}
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next) {
		if (arm->when)
			ppm_lint_within(arm->when, place, visitor, context);
		if (arm->value)
			ppm_lint_within(arm->value, place, visitor, context);
	}
}

struct everything {
	ppm_lint_visitor *visitor;
	void *context;
};

static void go_within(void *context, const struct ppm_expression *expression, const struct ppm_lint_place *place)
{
	const struct everything *everything = context;
	ppm_lint_within(expression, place, everything->visitor, everything->context);
}

void ppm_lint_everything(const struct ppm_syntax_tree *tree, ppm_lint_visitor *visitor, void *context)
{
	struct everything everything = { visitor, context };
	ppm_lint_roots(tree, go_within, &everything);
}

struct ppm_slice ppm_lint_text(const struct ppm_lint *lint, struct ppm_span span)
{
	return ppm_source_map_text(lint->map, span);
}

struct ppm_slice ppm_lint_lower(struct ppm_lint *lint, struct ppm_slice text)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, lint->plan->allocator);
	ppm_utf8_append_lower(&out, text);
	return ppm_arena_take(&lint->arena, &out);
}

bool ppm_lint_differ_in_case(struct ppm_lint *lint, struct ppm_slice a, struct ppm_slice b)
{
	if (ppm_slice_equal(a, b) || !a.size || !b.size)
		return false;
	struct ppm_slice lower = ppm_lint_lower(lint, a);
	return lower.size && ppm_slice_equal(lower, ppm_lint_lower(lint, b));
}

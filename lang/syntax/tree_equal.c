// Two trees compared, field by field: the formatter's proof that it changed nothing. Places and comments are left out. Recursion is bounded by
// PPM_DEPTH_LIMIT.
#include "lang/syntax/parse.h"

// Walks two lists at once; a list that ends before the other makes a difference.
#define RETURN_LISTS_EQUAL(type, a, b, same) \
	do { \
		const struct type *x = (a), *y = (b); \
		while (x && y && (same)) { \
			x = x->next; \
			y = y->next; \
		} \
		return x == y; /* only ends are one */ \
	} while (0)

static bool same_expression(const struct ppm_expression *a, const struct ppm_expression *b);

static bool same_name(struct ppm_name a, struct ppm_name b)
{
	return ppm_slice_equal(a.text, b.text);
}

static bool same_text(struct ppm_text a, struct ppm_text b)
{
	return !a.text.data == !b.text.data && ppm_slice_equal(a.text, b.text);
}

static bool same_names(const struct ppm_name_list *a, const struct ppm_name_list *b)
{
	RETURN_LISTS_EQUAL(ppm_name_list, a, b, same_name(x->name, y->name));
}

static bool same_expressions(const struct ppm_expression *a, const struct ppm_expression *b)
{
	RETURN_LISTS_EQUAL(ppm_expression, a, b, same_expression(x, y));
}

static bool same_arguments(const struct ppm_argument *a, const struct ppm_argument *b)
{
	RETURN_LISTS_EQUAL(ppm_argument, a, b,
		same_expression(x->expression, y->expression) && same_expression(x->over, y->over) && same_expression(x->where, y->where) && same_expressions(x->by, y->by) &&
			same_expression(x->order_by, y->order_by) && x->ascending == y->ascending && x->descending == y->descending);
}

static bool same_arms(const struct ppm_case_arm *a, const struct ppm_case_arm *b)
{
	RETURN_LISTS_EQUAL(
		ppm_case_arm, a, b, same_expression(x->when, y->when) && x->missing == y->missing && x->otherwise == y->otherwise && same_expression(x->value, y->value));
}

static bool same_expression(const struct ppm_expression *a, const struct ppm_expression *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->negated != b->negated || a->parenthesised != b->parenthesised || a->period != b->period || a->yes != b->yes || a->date != b->date ||
		a->item_count != b->item_count || memcmp(a->currency, b->currency, sizeof a->currency) != 0 || !ppm_slice_equal(a->text, b->text))
		return false;
	for (uint32_t i = 0; a->relations && i + 1 < a->item_count; i++)
		if (a->relations[i] != b->relations[i])
			return false;
	return same_names(a->path, b->path) && same_expression(a->left, b->left) && same_expression(a->right, b->right) && same_expression(a->third, b->third) &&
		same_expressions(a->items, b->items) && same_arguments(a->arguments, b->arguments) && same_arms(a->arms, b->arms);
}

static bool same_template(const struct ppm_template *a, const struct ppm_template *b)
{
	if (!same_text(a->source, b->source))
		return false;
	RETURN_LISTS_EQUAL(ppm_template_part, a->parts, b->parts,
		ppm_slice_equal(x->literal, y->literal) && same_expression(x->expression, y->expression) && same_name(x->as_name, y->as_name) &&
			same_text(x->as_format, y->as_format));
}

static bool same_type(const struct ppm_type_name *a, const struct ppm_type_name *b)
{
	return same_name(a->base, b->base) && !memcmp(a->currency, b->currency, sizeof a->currency) && a->period == b->period;
}

static bool same_spellings(const struct ppm_spelling *a, const struct ppm_spelling *b)
{
	RETURN_LISTS_EQUAL(ppm_spelling, a, b, same_text(x->from, y->from) && same_text(x->to, y->to));
}

static bool same_texts(const struct ppm_text_list *a, const struct ppm_text_list *b)
{
	RETURN_LISTS_EQUAL(ppm_text_list, a, b, same_text(x->text, y->text));
}

static bool same_columns(const struct ppm_column_declaration *a, const struct ppm_column_declaration *b)
{
	RETURN_LISTS_EQUAL(ppm_column_declaration, a, b,
		same_name(x->name, y->name) && same_type(&x->type, &y->type) && x->key == y->key && x->optional == y->optional &&
			same_expression(x->default_value, y->default_value) && same_expression(x->in_list, y->in_list) && same_expression(x->in_low, y->in_low) &&
			same_expression(x->in_high, y->in_high) && same_text(x->header, y->header) && same_text(x->format, y->format) && same_spellings(x->values, y->values) &&
			same_texts(x->missing, y->missing) && same_name(x->references, y->references) && same_text(x->doc, y->doc));
}

static bool same_lets(const struct ppm_let *a, const struct ppm_let *b)
{
	RETURN_LISTS_EQUAL(ppm_let, a, b, same_name(x->name, y->name) && same_expression(x->value, y->value) && same_text(x->doc, y->doc));
}

static bool same_bands(const struct ppm_band *a, const struct ppm_band *b)
{
	RETURN_LISTS_EQUAL(
		ppm_band, a, b, x->kind == y->kind && same_expression(x->threshold, y->threshold) && same_expressions(x->labels, y->labels) && same_expression(x->value, y->value));
}

static bool same_rules(const struct ppm_rule *a, const struct ppm_rule *b)
{
	RETURN_LISTS_EQUAL(ppm_rule, a, b,
		x->kind == y->kind && same_name(x->name, y->name) && same_expression(x->points, y->points) && same_expression(x->at_most, y->at_most) &&
			same_expression(x->condition, y->condition) && same_expression(x->missing, y->missing) && same_template(&x->because, &y->because) &&
			same_expression(x->subject, y->subject) && same_expression(x->from, y->from) && same_expression(x->to, y->to) && same_expression(x->low, y->low) &&
			same_expression(x->high, y->high) && same_bands(x->bands, y->bands) && same_rules(x->rules, y->rules));
}

static bool same_segments(const struct ppm_segment_arm *a, const struct ppm_segment_arm *b)
{
	RETURN_LISTS_EQUAL(ppm_segment_arm, a, b, same_name(x->name, y->name) && same_expression(x->condition, y->condition));
}

static bool same_shares(const struct ppm_share *a, const struct ppm_share *b)
{
	RETURN_LISTS_EQUAL(ppm_share, a, b, same_name(x->name, y->name) && same_expression(x->weight, y->weight));
}

static bool same_results(const struct ppm_result *a, const struct ppm_result *b)
{
	RETURN_LISTS_EQUAL(
		ppm_result, a, b, same_expression(x->path, y->path) && same_text(x->label, y->label) && same_text(x->format, y->format) && ppm_slice_equal(x->count, y->count));
}

static bool same_keys(const struct ppm_lookup_key *a, const struct ppm_lookup_key *b)
{
	RETURN_LISTS_EQUAL(ppm_lookup_key, a, b, same_expressions(x->alternatives, y->alternatives));
}

static bool same_entries(const struct ppm_lookup_entry *a, const struct ppm_lookup_entry *b)
{
	RETURN_LISTS_EQUAL(ppm_lookup_entry, a, b, same_keys(x->keys, y->keys) && same_expression(x->value, y->value));
}

static bool same_orders(const struct ppm_order *a, const struct ppm_order *b)
{
	RETURN_LISTS_EQUAL(ppm_order, a, b, same_expression(x->expression, y->expression) && x->ascending == y->ascending && x->descending == y->descending);
}

static bool same_summary_columns(const struct ppm_summary_column *a, const struct ppm_summary_column *b)
{
	RETURN_LISTS_EQUAL(ppm_summary_column, a, b, same_name(x->name, y->name) && same_expression(x->value, y->value) && same_text(x->doc, y->doc));
}

static bool same_givens(const struct ppm_given *a, const struct ppm_given *b)
{
	RETURN_LISTS_EQUAL(ppm_given, a, b, same_name(x->module, y->module) && same_name(x->name, y->name) && same_expression(x->value, y->value));
}

static bool same_given_rows(const struct ppm_given_row *a, const struct ppm_given_row *b)
{
	RETURN_LISTS_EQUAL(ppm_given_row, a, b, same_givens(x->givens, y->givens));
}

static bool same_settings(const struct ppm_scenario_setting *a, const struct ppm_scenario_setting *b)
{
	RETURN_LISTS_EQUAL(ppm_scenario_setting, a, b, same_expression(x->param, y->param) && same_expression(x->value, y->value));
}

static bool same_steps(const struct ppm_test_step *a, const struct ppm_test_step *b)
{
	RETURN_LISTS_EQUAL(ppm_test_step, a, b,
		same_givens(x->givens, y->givens) && same_name(x->dataset, y->dataset) && same_given_rows(x->rows, y->rows) && same_expression(x->expect, y->expect));
}

static bool same_dataset(const struct ppm_statement *a, const struct ppm_statement *b)
{
	return same_name(a->dataset.parent, b->dataset.parent) && same_names(a->dataset.parent_keys, b->dataset.parent_keys) && same_name(a->dataset.source, b->dataset.source) &&
		same_names(a->dataset.source_keys, b->dataset.source_keys) && same_text(a->dataset.file, b->dataset.file) && same_name(a->dataset.dated, b->dataset.dated) &&
		same_columns(a->dataset.columns, b->dataset.columns) && same_lets(a->dataset.lets, b->dataset.lets) && a->dataset.has_body == b->dataset.has_body;
}

static bool same_summary(const struct ppm_statement *a, const struct ppm_statement *b)
{
	return same_expression(a->summary.over, b->summary.over) && same_expressions(a->summary.by, b->summary.by) && same_name(a->summary.each_unit, b->summary.each_unit) &&
		same_name(a->summary.each_name, b->summary.each_name) && same_expression(a->summary.each_from, b->summary.each_from) &&
		same_expression(a->summary.each_to, b->summary.each_to) && same_expression(a->summary.where, b->summary.where) && same_orders(a->summary.order, b->summary.order) &&
		same_summary_columns(a->summary.columns, b->summary.columns);
}

static bool same_statement(const struct ppm_statement *a, const struct ppm_statement *b)
{
	if (a->kind != b->kind || !same_name(a->name, b->name) || !same_text(a->doc, b->doc))
		return false;
	switch (a->kind) {
	case PPM_STATEMENT_AS_OF: return same_expression(a->as_of.date, b->as_of.date) && same_name(a->as_of.word, b->as_of.word);
	case PPM_STATEMENT_USE: return same_text(a->use.file, b->use.file);
	case PPM_STATEMENT_DATASET: return same_dataset(a, b);
	case PPM_STATEMENT_TREE:
		return same_name(a->tree.column, b->tree.column) && same_name(a->tree.words[0], b->tree.words[0]) && same_name(a->tree.words[1], b->tree.words[1]) &&
			same_name(a->tree.words[2], b->tree.words[2]);
	case PPM_STATEMENT_PARAM:
		return same_type(&a->param.type, &b->param.type) && same_expression(a->param.value, b->param.value) && same_expression(a->param.low, b->param.low) &&
			same_expression(a->param.high, b->param.high) && same_expression(a->param.in_list, b->param.in_list);
	case PPM_STATEMENT_LET:
	case PPM_STATEMENT_METRIC: return same_expression(a->let.value, b->let.value);
	case PPM_STATEMENT_DEFINE: return same_names(a->define.parameters, b->define.parameters) && same_expression(a->define.value, b->define.value);
	case PPM_STATEMENT_ADJUST:
	case PPM_STATEMENT_DIMENSION:
		return same_expression(a->dimension.weight, b->dimension.weight) && same_expression(a->dimension.range_low, b->dimension.range_low) &&
			same_expression(a->dimension.range_high, b->dimension.range_high) && same_expression(a->dimension.start, b->dimension.start) &&
			same_rules(a->dimension.rules, b->dimension.rules);
	case PPM_STATEMENT_RULE: return same_rules(a->rule.rule, b->rule.rule);
	case PPM_STATEMENT_DISQUALIFY:
		return same_expression(a->disqualify.condition, b->disqualify.condition) && a->disqualify.missing_passes == b->disqualify.missing_passes &&
			same_template(&a->disqualify.because, &b->disqualify.because);
	case PPM_STATEMENT_TIER:
		return same_expression(a->tier.condition, b->tier.condition) && a->tier.otherwise == b->tier.otherwise && a->tier.missing == b->tier.missing &&
			same_template(&a->tier.action, &b->tier.action);
	case PPM_STATEMENT_SEGMENT: return same_segments(a->segment.arms, b->segment.arms);
	case PPM_STATEMENT_SCORE: return ppm_slice_equal(a->score.places, b->score.places) && same_name(a->score.dataset, b->score.dataset);
	case PPM_STATEMENT_PERSPECTIVE: return same_shares(a->perspective.shares, b->perspective.shares);
	case PPM_STATEMENT_SCENARIO: return same_settings(a->scenario.settings, b->scenario.settings);
	case PPM_STATEMENT_OUTPUT: return same_results(a->output.results, b->output.results);
	case PPM_STATEMENT_SUMMARY: return same_summary(a, b);
	case PPM_STATEMENT_LOOKUP: return same_names(a->lookup.parameters, b->lookup.parameters) && same_entries(a->lookup.entries, b->lookup.entries);
	case PPM_STATEMENT_OVERRIDE:
		return same_expression(a->override_.key, b->override_.key) && same_name(a->override_.tier, b->override_.tier) &&
			same_expression(a->override_.until, b->override_.until) && same_text(a->override_.by, b->override_.by) &&
			same_text(a->override_.because, b->override_.because) && same_name(a->override_.despite, b->override_.despite);
	case PPM_STATEMENT_TEST: return same_steps(a->test.steps, b->test.steps);
	case PPM_STATEMENT_MODEL:
	case PPM_STATEMENT_OVERRIDES: break;
	}
	return true;
}

bool ppm_tree_equal(const struct ppm_syntax_tree *a, const struct ppm_syntax_tree *b)
{
	RETURN_LISTS_EQUAL(ppm_statement, a->statements, b->statements, same_statement(x, y));
}

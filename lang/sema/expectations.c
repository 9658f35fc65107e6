// What tests expect: conditions over anything that a result can name, and over the texts of a row - its reasons, its tier's action - which no other expression can ask about.

#include "lang/sema/tests.h"

#include <string.h>

#define SHOW(slice) (int)(slice).size, (slice).data

// Where an expectation is elaborated: what the score makes of a row has names here, too, unless the model uses them otherwise.
struct place {
	struct ppm_binding bindings[3];
	struct ppm_scope scope;
};

static void settle(struct ppm_sema *sema, struct place *place)
{
	const struct ppm_plan *plan = sema->plan;
	const struct {
		const char *name;
		ppm_node_id node;
	} extra[] = { { "disqualified", plan->disqualified }, { "unverified", plan->unverified }, { "overridden", plan->overridden } };
	*place = (struct place){ .scope = { .module = sema->main } };
	for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
		if (extra[i].node != PPM_NODE_NONE && !ppm_sema_find(sema->main, ppm_slice_of(extra[i].name))) {
			place->bindings[i] = (struct ppm_binding){ ppm_slice_of(extra[i].name), extra[i].node, place->scope.bindings };
			place->scope.bindings = &place->bindings[i];
		}
}

// ---- texts of a row ----------------------------------------------------------------------------------------------

static bool is_name(const struct ppm_expression *e, const char *name)
{
	return e && e->kind == PPM_EXPRESSION_PATH && !e->path->next && ppm_slice_is(e->path->name.text, name);
}

static bool is_text(const struct ppm_expression *e)
{
	return is_name(e, "reasons") || is_name(e, "action");
}

static bool mentions(const struct ppm_expression *e)
{
	if (!e)
		return false;
	if (is_text(e))
		return true;
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		if (mentions(item))
			return true;
	for (const struct ppm_argument *a = e->arguments; a; a = a->next)
		if (mentions(a->expression) || mentions(a->where))
			return true;
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
		if (mentions(arm->when) || mentions(arm->value))
			return true;
	return mentions(e->left) || mentions(e->right) || mentions(e->third);
}

static void misused(struct ppm_sema *sema, const struct ppm_expression *e)
{
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_EXPECT_TEXT, e->span, "`reasons` and `action` are texts of a row, and this is not asked of them");
	ppm_diag_help(
		sema->diagnostics, d, "write `reasons contains \"…\"`, `starts with`, `ends with`, `= \"…\"`, `in [\"…\"]` or `is missing`, and join such by `and`, `or`, `not`");
}

// The constant text of the expression; false after a report.
static bool constant_text(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, struct ppm_slice *out)
{
	if (mentions(e)) {
		misused(sema, e);
		return false;
	}
	ppm_node_id node = ppm_sema_expression(sema, scope, e);
	if (node == PPM_NODE_POISON)
		return false;
	const struct ppm_node *value = &sema->plan->nodes[node];
	if (value->type.base != PPM_BASE_TEXT || value->op != PPM_NODE_CONSTANT) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_EXPECT_TEXT, e->span, "a row's texts are compared with a text that is the same for every row");
		ppm_diag_help(sema->diagnostics, d, "write it in quotation marks");
		return false;
	}
	*out = sema->plan->texts[value->value.text];
	return true;
}

static struct ppm_expected *new_expected(struct ppm_sema *sema, enum ppm_expected_kind kind)
{
	struct ppm_expected *made = PPM_ARENA_NEW(sema->arena, struct ppm_expected);
	if (!made) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	made->kind = kind;
	made->result = PPM_NO_ID;
	return made;
}

static struct ppm_expected *negated(struct ppm_sema *sema, struct ppm_expected *inner, bool negate)
{
	if (!negate || !inner)
		return inner;
	struct ppm_expected *made = new_expected(sema, PPM_EXPECTED_NOT);
	if (made)
		made->a = inner;
	return made;
}

// How many reasons a row shows: as many as in the model's own result.
static uint32_t reasons_shown(const struct ppm_sema *sema)
{
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		for (const struct ppm_result *r = s->kind == PPM_STATEMENT_OUTPUT ? s->output.results : NULL; r; r = r->next) {
			uint32_t count = 0;
			if (!is_name(r->path, "reasons") || !r->count.size)
				continue;
			for (size_t i = 0; i < r->count.size && i < 3; i++)
				count = count * 10 + (uint32_t)(r->count.data[i] - '0');
			return count;
		}
	return 3;
}

// The result with the text, made when it is first asked for.
static uint32_t text_result(struct ppm_sema *sema, bool reasons)
{
	struct ppm_plan *plan = sema->plan;
	enum ppm_result_kind kind = reasons ? PPM_RESULT_REASONS : PPM_RESULT_ACTION;
	for (size_t i = 0; i < plan->result_count; i++)
		if (plan->results[i].kind == kind)
			return (uint32_t)i;
	struct ppm_plan_result *result = PPM_PLAN_APPEND(plan, result);
	if (!result)
		return PPM_NO_ID;
	*result = (struct ppm_plan_result){
		.kind = kind, .name = reasons ? PPM_SLICE("reasons") : PPM_SLICE("action"), .node = PPM_NODE_NONE, .count = reasons_shown(sema), .places = -1
	};
	return (uint32_t)plan->result_count - 1;
}

static bool has_texts(struct ppm_sema *sema, const struct ppm_expression *name)
{
	bool reasons = is_name(name, "reasons");
	if (reasons ? sema->plan->dimension_count : sema->plan->tier_count)
		return true;
	struct ppm_diagnostic *d = reasons ? ppm_diag(sema->diagnostics, PPM_DIAG_NO_RULES, name->span, "this model has no rules, so there are no reasons")
					   : ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, name->span, "this model has no tiers, so there are no actions");
	ppm_diag_help(sema->diagnostics, d, reasons ? "write rules such as `penalty slow_payer when days_late > 30`" : "write some: `tier good when score >= 60 action \"…\"`");
	return false;
}

// One question to a text; NULL after a report.
static struct ppm_expected *about_text(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, bool results)
{
	const struct ppm_expression *name = e->left, *other = e->right;
	bool negate = e->negated;
	enum ppm_expected_text test;
	uint32_t count = 1;
	switch (e->kind) {
	case PPM_EXPRESSION_CONTAINS: test = PPM_EXPECTED_CONTAINS; break;
	case PPM_EXPRESSION_STARTS_WITH: test = PPM_EXPECTED_STARTS; break;
	case PPM_EXPRESSION_ENDS_WITH: test = PPM_EXPECTED_ENDS; break;
	case PPM_EXPRESSION_IN_LIST:
		test = PPM_EXPECTED_ONE_OF;
		count = e->right->item_count;
		other = e->right->items;
		break;
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT:
		test = PPM_EXPECTED_IS_MISSING;
		negate = negate != (e->kind == PPM_EXPRESSION_IS_PRESENT);
		count = 0;
		break;
	case PPM_EXPRESSION_COMPARE:
		name = e->items;
		other = name->next;
		if (is_text(other)) {
			other = e->items;
			name = other->next;
		}
		test = PPM_EXPECTED_ONE_OF;
		if (e->item_count == 2 && (e->relations[0] == PPM_RELATION_EQUAL || e->relations[0] == PPM_RELATION_NOT_EQUAL)) {
			negate = negate != (e->relations[0] == PPM_RELATION_NOT_EQUAL);
			break;
		}
		misused(sema, e);
		return NULL;
	default: misused(sema, e); return NULL;
	}
	if (!is_text(name)) {
		misused(sema, e);
		return NULL;
	}
	struct ppm_expected *made = new_expected(sema, PPM_EXPECTED_TEXT);
	struct ppm_slice *texts = ppm_arena_allocate(sema->arena, count + 1u, sizeof *texts);
	sema->plan->out_of_memory = sema->plan->out_of_memory || !texts;
	if (!made || !texts || !has_texts(sema, name))
		return NULL;
	for (uint32_t i = 0; i < count; i++, other = other->next)
		if (!constant_text(sema, scope, other, &texts[i]))
			return NULL;
	made->test = test;
	made->texts = texts;
	made->text_count = count;
	if (results)
		made->result = text_result(sema, is_name(name, "reasons"));
	return negated(sema, made, negate);
}

// `results`: they are wanted; else the expression is only checked. NULL after a report.
static struct ppm_expected *condition(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, bool results)
{
	bool joined = e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR;
	if (!mentions(e)) {
		ppm_node_id node = ppm_sema_flag(sema, scope, e, "what a test expects");
		struct ppm_expected *made = node == PPM_NODE_POISON ? NULL : new_expected(sema, PPM_EXPECTED_FLAG);
		if (made && results)
			made->result = ppm_sema_result_of(sema, node);
		return made;
	}
	if (!joined && e->kind != PPM_EXPRESSION_NOT)
		return about_text(sema, scope, e, results);
	struct ppm_expected *made = new_expected(sema, e->kind == PPM_EXPRESSION_AND ? PPM_EXPECTED_AND : e->kind == PPM_EXPRESSION_OR ? PPM_EXPECTED_OR : PPM_EXPECTED_NOT);
	if (!made)
		return NULL;
	made->a = condition(sema, scope, e->left, results);
	made->b = joined ? condition(sema, scope, e->right, results) : NULL;
	return made->a && (made->b || !joined) ? made : NULL;
}

// ---- names of tiers and arms --------------------------------------------------------------------------------------

static void check_class(struct ppm_sema *sema, const struct ppm_expression *name, const struct ppm_expression *text)
{
	const struct ppm_plan *plan = sema->plan;
	if (!name || !text || name->kind != PPM_EXPRESSION_PATH || text->kind != PPM_EXPRESSION_TEXT || name->path->next)
		return;
	bool tier = is_name(name, "tier") || is_name(name, "tier_by_rules");
	const struct ppm_plan_segment *segment = NULL;
	for (size_t i = 0; i < plan->segment_count && !tier; i++)
		if (ppm_slice_equal(plan->segments[i].name, name->path->name.text))
			segment = &plan->segments[i];
	if (!tier && !segment)
		return;
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, text->text);
	bool found = tier && plan->disqualifier_count && (ppm_slice_is(text->text, "disqualified") || ppm_slice_is(text->text, "unverified"));
	for (size_t i = 0; tier && i < plan->tier_count; i++) {
		found = found || ppm_slice_equal(plan->tiers[i].name, text->text);
		ppm_suggestion_offer(&suggestion, plan->tiers[i].name);
	}
	for (uint32_t i = 0; segment && i < segment->arm_count; i++) {
		found = found || ppm_slice_equal(segment->arm_names[i], text->text);
		ppm_suggestion_offer(&suggestion, segment->arm_names[i]);
	}
	if (found || (tier && !plan->tier_count))
		return;
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	struct ppm_diagnostic *d =
		ppm_diag(sema->diagnostics, PPM_DIAG_EXPECT_CLASS, text->span, tier ? "no tier is called \"%.*s\"" : "no arm of the segment is called \"%.*s\"", SHOW(text->text));
	if (near.size)
		ppm_diag_help(sema->diagnostics, d, "did you mean \"%.*s\"?", SHOW(near));
	else
		ppm_diag_help(sema->diagnostics, d, tier ? "a tier is compared with the name that it has in the model" : "a segment is compared with the names of its arms");
}

static void check_classes(struct ppm_sema *sema, const struct ppm_expression *e)
{
	if (!e)
		return;
	if (e->kind == PPM_EXPRESSION_COMPARE)
		for (const struct ppm_expression *item = e->items; item && item->next; item = item->next) {
			check_class(sema, item, item->next);
			check_class(sema, item->next, item);
		}
	if (e->kind == PPM_EXPRESSION_IN_LIST)
		for (const struct ppm_expression *item = e->right->items; item; item = item->next)
			check_class(sema, e->left, item);
	if (e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR || e->kind == PPM_EXPRESSION_NOT) {
		check_classes(sema, e->left);
		check_classes(sema, e->right);
	}
}

void ppm_sema_expect(struct ppm_sema *sema, struct ppm_plan_expectation *out, const struct ppm_expression *written)
{
	struct place place;
	settle(sema, &place);
	*out = (struct ppm_plan_expectation){ .span = written->span, .written = written, .node = PPM_NODE_NONE };
	if (mentions(written))
		condition(sema, &place.scope, written, false);
	else
		out->node = ppm_sema_flag(sema, &place.scope, written, "what a test expects");
	check_classes(sema, written);
}

// ---- results -----------------------------------------------------------------------------------------------------

struct sides {
	struct ppm_sema *sema;
	const struct ppm_scope *scope;
	struct ppm_explain_read *items;
	uint32_t count, room;
};

static void add_side(struct sides *sides, const struct ppm_expression *e)
{
	struct ppm_sema *sema = sides->sema;
	if (ppm_expression_is_literal(e) || sides->count == sides->room || (!is_text(e) && mentions(e)))
		return;
	struct ppm_explain_read side = { ppm_sema_text_of(sema, e->span), PPM_NO_ID };
	for (uint32_t i = 0; i < sides->count; i++)
		if (ppm_slice_equal(sides->items[i].text, side.text))
			return;
	if (is_text(e))
		side.result = text_result(sema, is_name(e, "reasons"));
	else {
		bool muted = sema->diagnostics->muted;
		sema->diagnostics->muted = true; // it was reported on before
		side.result = ppm_sema_result_of(sema, ppm_sema_expression(sema, sides->scope, e));
		sema->diagnostics->muted = muted;
	}
	if (side.result != PPM_NO_ID)
		sides->items[sides->count++] = side;
}

// What stands beside the signs of comparison.
static void find_sides(struct sides *sides, const struct ppm_expression *e)
{
	switch (e->kind) {
	case PPM_EXPRESSION_AND:
	case PPM_EXPRESSION_OR:
		find_sides(sides, e->left);
		find_sides(sides, e->right);
		break;
	case PPM_EXPRESSION_NOT: find_sides(sides, e->left); break;
	case PPM_EXPRESSION_COMPARE:
		for (const struct ppm_expression *item = e->items; item; item = item->next)
			add_side(sides, item);
		break;
	case PPM_EXPRESSION_IN_LIST:
	case PPM_EXPRESSION_IN_VALUE:
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT: add_side(sides, e->left); break;
	case PPM_EXPRESSION_IN_RANGE:
	case PPM_EXPRESSION_BETWEEN:
		add_side(sides, e->left);
		add_side(sides, e->right);
		add_side(sides, e->third);
		break;
	case PPM_EXPRESSION_CONTAINS:
	case PPM_EXPRESSION_STARTS_WITH:
	case PPM_EXPRESSION_ENDS_WITH:
	case PPM_EXPRESSION_MATCHES:
		add_side(sides, e->left);
		add_side(sides, e->right);
		break;
	default: add_side(sides, e); break;
	}
}

static uint32_t count_leaves(const struct ppm_expression *e)
{
	if (!e)
		return 0;
	uint32_t count = 3 + e->item_count;
	if (e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR || e->kind == PPM_EXPRESSION_NOT)
		count += count_leaves(e->left) + count_leaves(e->right);
	return count;
}

void ppm_sema_test_results(struct ppm_sema *sema, struct ppm_plan_test *test)
{
	struct place place;
	settle(sema, &place);
	if (test->is_row != PPM_NODE_NONE)
		test->is_row_result = ppm_sema_result_of(sema, test->is_row);
	for (uint32_t i = 0; i < test->expectation_count; i++) {
		struct ppm_plan_expectation *out = &test->expectations[i];
		struct sides sides = { sema, &place.scope, NULL, 0, count_leaves(out->written) };
		sides.items = ppm_arena_allocate(sema->arena, sides.room + 1u, sizeof *sides.items);
		sema->plan->out_of_memory = sema->plan->out_of_memory || !sides.items;
		if (sema->plan->out_of_memory)
			return;
		out->condition = condition(sema, &place.scope, out->written, true);
		find_sides(&sides, out->written);
		out->sides = (struct ppm_explain_reads){ sides.items, sides.count };
		out->reads = ppm_sema_reads(sema, &place.scope, out->written);
	}
}

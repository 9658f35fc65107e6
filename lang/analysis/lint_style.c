// What is hard to read, and what was most likely left out.
#include "lang/analysis/lint_internal.h"

#define SHOW(slice) (int)(slice).size, (slice).data

// ---- long conditions, nested ifs -----------------------------------------------------------------------------------------

static uint32_t terms(const struct ppm_expression *e)
{
	if (e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR)
		return terms(e->left) + terms(e->right);
	return e->kind == PPM_EXPRESSION_NOT ? terms(e->left) : 1;
}

static uint32_t ifs_within(const struct ppm_expression *e);

static uint32_t most(uint32_t a, const struct ppm_expression *e)
{
	uint32_t b = e ? ifs_within(e) : 0;
	return a > b ? a : b;
}

// How many `if`s stand within each other there.
static uint32_t ifs_within(const struct ppm_expression *e)
{
	uint32_t deepest = most(most(most(0, e->left), e->right), e->third);

	for (const struct ppm_expression *item = e->items; item; item = item->next)
		deepest = most(deepest, item);
	for (const struct ppm_argument *argument = e->arguments; argument; argument = argument->next)
		deepest = most(most(deepest, argument->expression), argument->where);
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next)
		deepest = most(most(deepest, arm->when), arm->value);
	return deepest + (e->kind == PPM_EXPRESSION_IF);
}

struct style {
	struct ppm_lint *lint;
	struct ppm_span inside; // of the `if` that was reported last
};

static void look_at_if(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct style *style = context;

	(void)place;
	if (e->kind != PPM_EXPRESSION_IF || (e->span.begin >= style->inside.begin && e->span.end <= style->inside.end))
		return;
	uint32_t depth = ifs_within(e);
	if (depth <= style->lint->settings->nested_if)
		return;
	style->inside = e->span;
	struct ppm_diagnostic *d = ppm_diag(style->lint->diagnostics, PPM_DIAG_IF_NESTED, e->span, "%u `if`s stand within each other", depth);
	ppm_diag_help(style->lint->diagnostics, d, "a `case { when … : … otherwise : … }` reads from top to bottom");
}

static void look_at_root(void *context, const struct ppm_expression *root, const struct ppm_lint_place *place)
{
	struct style *style = context;

	if (place->role == PPM_LINT_CONDITION) {
		uint32_t count = terms(root);
		if (count > style->lint->settings->long_condition) {
			struct ppm_diagnostic *d = ppm_diag(style->lint->diagnostics, PPM_DIAG_CONDITION_LONG, root->span, "this condition has %u terms", count);
			ppm_diag_help(style->lint->diagnostics, d, "give a part of it a name, with a `let`: it can then be shown, tested and used again");
		}
	}
	style->inside = (struct ppm_span){ 0, 0 };
	ppm_lint_within(root, place, look_at_if, style);
}

// ---- figures that stand at several places ----------------------------------------------------------------------------------

struct figure {
	struct ppm_slice text; // as written
	struct ppm_span spans[PPM_DIAG_LABELS + 1];
	uint32_t count;
	struct figure *next;
};

struct figures {
	struct ppm_lint *lint;
	struct ppm_interner seen;
	struct figure *first, **end, **by_code;
	size_t capacity;
};

// Figures that hardly ever mean anything of their own.
static bool is_plain(const struct ppm_expression *e)
{
	static const char *const plain[] = { "10", "100", "1000" };
	if (e->kind != PPM_EXPRESSION_NUMBER && e->kind != PPM_EXPRESSION_PERCENTAGE)
		return ppm_slice_is(e->text, "0") || ppm_slice_is(e->text, "1");
	if (e->text.size == 1 && (e->kind == PPM_EXPRESSION_NUMBER || e->text.data[0] == '0'))
		return true;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (ppm_slice_is(e->text, plain[i]))
			return true;
	return false;
}

static void count_figure(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct figures *figures = context;

	(void)place;
	if ((e->kind != PPM_EXPRESSION_NUMBER && e->kind != PPM_EXPRESSION_PERCENTAGE && e->kind != PPM_EXPRESSION_MONEY && e->kind != PPM_EXPRESSION_DURATION &&
		    e->kind != PPM_EXPRESSION_DATE) ||
		(e->kind != PPM_EXPRESSION_DATE && is_plain(e)))
		return;
	struct ppm_slice text = ppm_lint_text(figures->lint, e->span);
	uint32_t before = figures->seen.count, code = ppm_interner_add(&figures->seen, text);
	if (code == PPM_INTERNER_NONE || !ppm_grow(figures->lint->plan->allocator, (void **)&figures->by_code, &figures->capacity, (size_t)code + 1, sizeof *figures->by_code)) {
		figures->lint->arena.failed = true;
		return;
	}
	if (code == before) {
		struct figure *figure = PPM_ARENA_NEW(&figures->lint->arena, struct figure);
		figures->by_code[code] = figure;
		if (!figure)
			return;
		figure->text = text;
		*figures->end = figure;
		figures->end = &figure->next;
	}
	struct figure *figure = figures->by_code[code];
	if (figure && figure->count++ <= PPM_DIAG_LABELS)
		figure->spans[figure->count - 1] = e->span;
}

static void count_figures(void *context, const struct ppm_expression *root, const struct ppm_lint_place *place)
{
	if (place->role == PPM_LINT_CONDITION || place->role == PPM_LINT_VALUE)
		ppm_lint_within(root, place, count_figure, context);
}

static void repeated_figures(struct ppm_lint *lint)
{
	struct figures figures = { .lint = lint };

	figures.end = &figures.first;
	ppm_interner_init(&figures.seen, lint->plan->allocator);
	ppm_lint_roots(lint->tree, count_figures, &figures);
	for (const struct figure *figure = figures.first; figure; figure = figure->next) {
		if (figure->count < lint->settings->repeated_number)
			continue;
		struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_NUMBER_REPEATED, figure->spans[0], "`%.*s` stands at %u places", SHOW(figure->text), figure->count);
		for (uint32_t i = 1; i < figure->count && i <= PPM_DIAG_LABELS; i++)
			ppm_diag_label(lint->diagnostics, d, figure->spans[i], "%s", "");
		ppm_diag_help(lint->diagnostics, d, "if it means the same at each, give it a name: `param NAME = %.*s`", SHOW(figure->text));
	}
	ppm_interner_free(&figures.seen);
	ppm_free(lint->plan->allocator, figures.by_code);
}

// ---- reasons ---------------------------------------------------------------------------------------------------------------

static bool has_reason(const struct ppm_plan_rule *rule)
{
	return rule->syntax->because.source.text.data != NULL;
}

// What is most rules' way and not this one's. Rewards and penalties are counted apart: the reasons of penalties are what a result shows.
static void absent_reasons(struct ppm_lint *lint, enum ppm_rule_kind kind)
{
	uint32_t with = 0, without = 0;

	for (size_t i = 0; i < lint->plan->rule_count; i++)
		if (lint->plan->rules[i]->kind == kind)
			++*(has_reason(lint->plan->rules[i]) ? &with : &without);
	if (with < 2 || with <= without)
		return;
	for (size_t i = 0; i < lint->plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = lint->plan->rules[i];
		if (rule->kind != kind || has_reason(rule))
			continue;
		struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_BECAUSE_ABSENT, rule->span, "`%.*s` says no reason, and %u of the %u %s do", SHOW(rule->name), with,
			with + without, kind == PPM_RULE_PENALTY ? "penalties" : "rewards");
		ppm_diag_help(lint->diagnostics, d, "end it with `because \"…\"`, in the words that the customer's account manager would use");
	}
}

// Two that can never fire together may say the same.
static void equal_reasons(struct ppm_lint *lint)
{
	const struct ppm_plan *plan = lint->plan;
	struct ppm_interner seen;
	const struct ppm_plan_rule **first = ppm_arena_allocate(&lint->arena, plan->rule_count + 1, sizeof *first);

	ppm_interner_init(&seen, plan->allocator);
	for (size_t i = 0; i < plan->rule_count && first; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		if ((rule->kind != PPM_RULE_REWARD && rule->kind != PPM_RULE_PENALTY) || !has_reason(rule) || rule->condition == PPM_NODE_POISON)
			continue;
		uint32_t before = seen.count, code = ppm_interner_add(&seen, rule->syntax->because.source.text);
		if (code == PPM_INTERNER_NONE) {
			lint->arena.failed = true;
			break;
		}
		if (code == before) {
			first[code] = rule;
			continue;
		}
		const struct ppm_plan_rule *other = first[code];
		const struct ppm_claim claims[] = { { other->condition, true }, { rule->condition, true } };
		const struct ppm_claim narrower[] = { { rule->condition, true }, { other->condition, false } },
				       wider[] = { { other->condition, true }, { rule->condition, false } };
		if (ppm_plan_contradiction(plan, claims, 2) || ppm_plan_contradiction(plan, narrower, 2) || ppm_plan_contradiction(plan, wider, 2))
			continue; // steps of one thing
		struct ppm_diagnostic *d = ppm_diag(
			lint->diagnostics, PPM_DIAG_BECAUSE_TWICE, rule->syntax->because.source.span, "`%.*s` gives the reason of `%.*s`", SHOW(rule->name), SHOW(other->name));
		ppm_diag_label(lint->diagnostics, d, other->syntax->because.source.span, "the same words");
		ppm_diag_help(lint->diagnostics, d, "a customer who has both is told the same twice: say what this rule looks at");
	}
	ppm_interner_free(&seen);
}

static void endless_overrides(struct ppm_lint *lint)
{
	for (const struct ppm_statement *s = lint->tree->statements; s; s = s->next) {
		if (s->kind != PPM_STATEMENT_OVERRIDE || s->override_.until)
			continue;
		struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_OVERRIDE_ENDLESS, s->keyword, "this override never ends");
		ppm_diag_help(lint->diagnostics, d, "say until when it was granted: `until 2027-12-31`%s", lint->plan->has_as_of ? "" : ", with `as of` and a day");
	}
}

void ppm_lint_style(struct ppm_lint *lint)
{
	struct style style = { .lint = lint };

	ppm_lint_roots(lint->tree, look_at_root, &style);
	repeated_figures(lint);
	absent_reasons(lint, PPM_RULE_REWARD);
	absent_reasons(lint, PPM_RULE_PENALTY);
	equal_reasons(lint);
	endless_overrides(lint);
}

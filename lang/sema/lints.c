// What is legal and probably not meant: names that nothing uses, conditions that never or always hold, tiers that nobody reaches, rules that are there
// twice, optional columns whose absence nobody thought of.

#include "lang/sema/sema.h"

#include <string.h>

// A used file whose rules count is used by that.
static bool holds_rules(const struct ppm_module *module)
{
	for (const struct ppm_statement *s = module && module->tree ? module->tree->statements : NULL; s; s = s->next)
		if (s->kind == PPM_STATEMENT_RULE || s->kind == PPM_STATEMENT_DIMENSION || s->kind == PPM_STATEMENT_ADJUST || s->kind == PPM_STATEMENT_DISQUALIFY ||
			s->kind == PPM_STATEMENT_SEGMENT)
			return true;
	return false;
}

static void unused(struct ppm_sema *sema)
{
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count && !module->standard; i++) {
			const struct ppm_symbol *symbol = module->symbols[i];
			const char *kind = symbol->kind == PPM_SYMBOL_LET ? "let"
				: symbol->kind == PPM_SYMBOL_PARAM        ? "param"
				: symbol->kind == PPM_SYMBOL_DEFINE       ? "define"
				: symbol->kind == PPM_SYMBOL_LOOKUP       ? "lookup"
				: symbol->kind == PPM_SYMBOL_MODULE       ? "module"
									  : NULL;
			if (!kind || symbol->uses || (symbol->kind == PPM_SYMBOL_MODULE && holds_rules(symbol->module)))
				continue;
			bool own = module == sema->main;
			if (!own && (symbol->kind == PPM_SYMBOL_DEFINE || symbol->kind == PPM_SYMBOL_LOOKUP))
				continue; // a library of one's own may hold more than one model uses
			bool listed = symbol->kind == PPM_SYMBOL_LET && (sema->plan->score == PPM_NODE_NONE || sema->options->output == PPM_OUTPUT_ALL);
			if (listed)
				continue;
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_UNUSED, symbol->span, "nothing uses the %s `%.*s`", kind, (int)symbol->name.size, symbol->name.data);
			ppm_diag_help(sema->diagnostics, d, symbol->kind == PPM_SYMBOL_LET ? "use it in a rule or in `output { … }`, or take it out" : "use it, or take it out");
		}
}

// The lets of other datasets.
static void unused_lets(struct ppm_sema *sema)
{
	for (size_t i = 1; i < sema->plan->dataset_count; i++)
		for (uint32_t k = 0; sema->spaces[i] && k < sema->spaces[i]->names.count; k++) {
			const struct ppm_symbol *symbol = sema->spaces[i]->symbols[k];
			if (symbol->kind != PPM_SYMBOL_LET || symbol->uses)
				continue;
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_UNUSED, symbol->span, "nothing uses the let `%.*s`", (int)symbol->name.size, symbol->name.data);
			ppm_diag_help(sema->diagnostics, d, "use it in a figure over its rows, or take it out");
		}
}

static bool all_missing_fine(const struct ppm_sema *sema, ppm_node_id node)
{
	return node == PPM_NODE_POISON || node == PPM_NODE_NONE || !sema->plan->nodes[node].may_miss;
}

// ---- conditions ------------------------------------------------------------------------------------------------------

static void condition(struct ppm_sema *sema, ppm_node_id node, struct ppm_span span, const char *what)
{
	if (node == PPM_NODE_POISON || node == PPM_NODE_NONE)
		return;
	const struct ppm_claim holds = { node, true }, fails = { node, false };
	if (ppm_plan_contradiction(sema->plan, &holds, 1)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NEVER_TRUE, span, "%s never holds", what);
		ppm_diag_help(sema->diagnostics, d, "correct its figures, or the range that a column declares");
	} else if (ppm_plan_contradiction(sema->plan, &fails, 1)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ALWAYS_TRUE, span, "%s always holds", what);
		ppm_diag_help(sema->diagnostics, d, "correct its figures, or the range that a column declares");
	}
}

static struct ppm_span condition_span(const struct ppm_plan_rule *rule)
{
	return rule->syntax->condition ? rule->syntax->condition->span : rule->span;
}

// `latest`: for each node, the number (from 1) of the latest rule whose condition it is.
static void duplicates(struct ppm_sema *sema, const struct ppm_plan_rule *rule, uint32_t *latest)
{
	uint32_t before = latest[rule->condition];
	latest[rule->condition] = rule->index + 1;
	const struct ppm_plan_rule *other = before ? sema->plan->rules[before - 1] : NULL;
	if (!other || other->kind != rule->kind || other->dimension != rule->dimension)
		return;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RULE_TWICE, rule->span, "`%.*s` fires exactly when `%.*s` does", (int)rule->name.size, rule->name.data,
		(int)other->name.size, other->name.data);
	ppm_diag_label(sema->diagnostics, d, other->span, "the other rule");
	ppm_diag_help(sema->diagnostics, d, "join the two, or correct one condition");
}

static bool is_rule(const struct ppm_plan_rule *rule)
{
	return rule->kind == PPM_RULE_REWARD || rule->kind == PPM_RULE_PENALTY;
}

static void rules(struct ppm_sema *sema)
{
	uint32_t *latest = ppm_arena_allocate(sema->arena, sema->plan->node_count, sizeof *latest);
	if (!latest)
		return;
	for (size_t i = 0; i < sema->plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = sema->plan->rules[i];
		if (!is_rule(rule) || rule->condition == PPM_NODE_POISON)
			continue;
		condition(sema, rule->condition, condition_span(rule), "this condition");
		duplicates(sema, rule, latest);
	}
	for (size_t i = 0; i < sema->plan->disqualifier_count; i++)
		condition(sema, sema->plan->disqualifiers[i].condition, sema->plan->disqualifiers[i].span, "this disqualifier's condition");
}

// ---- classes: the first that matches wins -----------------------------------------------------------------------------

static void unreachable(struct ppm_sema *sema, const ppm_node_id *conditions, const struct ppm_slice *names, const struct ppm_span *spans, size_t count, const char *what)
{
	struct ppm_claim claims[24];
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;
		if (conditions[i] != PPM_NODE_NONE)
			claims[n++] = (struct ppm_claim){ conditions[i], true };
		if (conditions[i] == PPM_NODE_POISON)
			continue;
		const struct ppm_claim alone = { conditions[i], true };
		if (conditions[i] != PPM_NODE_NONE && ppm_plan_contradiction(sema->plan, &alone, 1)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_UNREACHABLE, spans[i], "nobody can reach the %s `%.*s`: its condition never holds", what,
				(int)names[i].size, names[i].data);
			ppm_diag_help(sema->diagnostics, d, "correct its figures; a score lies between 0 and 100");
			continue;
		}
		// the nearest ones before it are the likeliest to take everything
		for (size_t j = i; j-- > 0 && n < 24;)
			if (conditions[j] != PPM_NODE_NONE && conditions[j] != PPM_NODE_POISON)
				claims[n++] = (struct ppm_claim){ conditions[j], false };
		if (i && ppm_plan_contradiction(sema->plan, claims, n)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_UNREACHABLE, spans[i], "nobody can reach the %s `%.*s`: those before it take everyone",
				what, (int)names[i].size, names[i].data);
			ppm_diag_help(sema->diagnostics, d, "the first that matches wins: put the narrower condition first");
		}
	}
}

static void classes(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	ppm_node_id *conditions = ppm_arena_allocate(sema->arena, plan->tier_count + 1, sizeof *conditions);
	struct ppm_slice *names = ppm_arena_allocate(sema->arena, plan->tier_count + 1, sizeof *names);
	struct ppm_span *spans = ppm_arena_allocate(sema->arena, plan->tier_count + 1, sizeof *spans);
	if (!conditions || !names || !spans)
		return;
	size_t count = 0;
	for (size_t i = 0; i < plan->tier_count; i++)
		if (!plan->tiers[i].missing) {
			conditions[count] = plan->tiers[i].condition;
			names[count] = plan->tiers[i].name;
			spans[count++] = plan->tiers[i].span;
		}
	unreachable(sema, conditions, names, spans, count, "tier");
	bool otherwise = false;
	for (size_t i = 0; i < count; i++)
		otherwise = otherwise || conditions[i] == PPM_NODE_NONE;
	if (count && !otherwise) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_OTHERWISE, spans[count - 1], "customers that match no tier get none");
		ppm_diag_help(sema->diagnostics, d, "add `tier NAME otherwise` as the last one");
	}
	for (size_t i = 0; i < plan->segment_count; i++)
		unreachable(sema, plan->segments[i].conditions, plan->segments[i].arm_names, plan->segments[i].spans, plan->segments[i].arm_count, "segment");
}

// ---- optional columns ------------------------------------------------------------------------------------------------

struct optional {
	struct ppm_sema *sema;
	const struct ppm_plan_rule *rule;
};

static bool thoughtless(void *context, uint32_t index)
{
	struct optional *o = context;
	struct ppm_plan_column *column = &o->sema->plan->columns[index];
	if (!column->optional || !column->declared || column->used_default)
		return true;
	column->used_default = true; // once a column
	struct ppm_diagnostic *d = ppm_diag(o->sema->diagnostics, PPM_DIAG_OPTIONAL_THOUGHTLESS, o->rule->span, "where `%.*s` is missing, `%.*s` is unknown",
		(int)column->name.size, column->name.data, (int)o->rule->name.size, o->rule->name.data);
	ppm_diag_label(o->sema->diagnostics, d, column->span, "it is optional");
	ppm_diag_help(o->sema->diagnostics, d,
		"an unknown rule leaves the score of that customer; end the rule with `missing 0` (or other points) to decide it, or the line with `# ppm: allow %s`",
		ppm_diag_code_text(PPM_DIAG_OPTIONAL_THOUGHTLESS));
	return true;
}

static void optional_columns(struct ppm_sema *sema)
{
	for (size_t i = 0; i < sema->plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = sema->plan->rules[i];
		if (!rule->may_be_unknown || rule->members || rule->points == PPM_NODE_POISON || rule->condition == PPM_NODE_NONE)
			continue;
		struct optional o = { sema, rule };
		bool fine = true;
		if (is_rule(rule) && !all_missing_fine(sema, rule->condition))
			fine = ppm_plan_visit_columns(sema->plan, rule->condition, thoughtless, &o);
		if (!all_missing_fine(sema, rule->points))
			fine = ppm_plan_visit_columns(sema->plan, rule->points, thoughtless, &o) && fine;
		sema->plan->out_of_memory = sema->plan->out_of_memory || !fine;
	}
}

void ppm_sema_lints(struct ppm_sema *sema)
{
	if (sema->diagnostics->errors)
		return; // one mistake, one message: what follows from a mistake is not reported
	unused(sema);
	unused_lets(sema);
	rules(sema);
	classes(sema);
	optional_columns(sema);
}

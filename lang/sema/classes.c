// What sorts customers: disqualifiers, tiers, segments, and the signed exceptions to them.

#include "lang/sema/sema.h"

#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static ppm_node_id no(struct ppm_sema *sema)
{
	return ppm_plan_flag(sema->plan, false, (struct ppm_span){ 0, 0 });
}

// A condition that, where it is missing, does not hold.
static ppm_node_id decided(struct ppm_sema *sema, ppm_node_id condition, struct ppm_span span)
{
	if (condition == PPM_NODE_POISON || !node_of(sema, condition)->may_miss)
		return condition;
	return ppm_plan_default(sema->plan, condition, no(sema), span);
}

ppm_node_id ppm_sema_disqualify(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	struct ppm_scope scope = { .module = symbol->module };
	const struct ppm_statement *s = symbol->statement;
	ppm_node_id condition = ppm_sema_flag(sema, &scope, s->disqualify.condition, "the condition of a disqualifier");
	struct ppm_plan_piece *because = ppm_sema_template(sema, &scope, &s->disqualify.because);
	struct ppm_plan_disqualify *d = &sema->plan->disqualifiers[symbol->index];
	d->condition = condition;
	d->because = because;
	d->missing_passes = s->disqualify.missing_passes;
	if (d->missing_passes && condition != PPM_NODE_POISON)
		ppm_sema_thought_of_missing(sema, condition);
	return condition;
}

// Before any tier: who is disqualified. False when that is being found out just now: a disqualifier that asks for the tier.
static bool all_disqualifiers(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_span nowhere = { 0, 0 };
	if (sema->disqualifiers != PPM_DISQUALIFIERS_NEW)
		return sema->disqualifiers == PPM_DISQUALIFIERS_DONE;
	sema->disqualifiers = PPM_DISQUALIFIERS_OPEN;
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++)
			if (module->symbols[i]->kind == PPM_SYMBOL_DISQUALIFY) {
				ppm_sema_value(sema, module->symbols[i], nowhere);
				module->symbols[i]->uses--;
			}
	sema->disqualifiers = PPM_DISQUALIFIERS_DONE;
	if (!plan->disqualifier_count)
		return true;
	plan->disqualified = plan->unverified = no(sema);
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		struct ppm_plan_disqualify d = plan->disqualifiers[i];
		if (d.condition == PPM_NODE_POISON)
			continue;
		plan->disqualified = ppm_plan_or(plan, plan->disqualified, decided(sema, d.condition, d.span), d.span);
		if (!d.missing_passes)
			plan->unverified = ppm_plan_or(plan, plan->unverified, ppm_plan_is_missing(plan, d.condition, d.span), d.span);
	}
	return true;
}

// ---- tiers ---------------------------------------------------------------------------------------------------------

void ppm_sema_collect_tiers(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_statement *otherwise = NULL;
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next) {
		if (s->kind != PPM_STATEMENT_TIER)
			continue;
		if (otherwise) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, s->name.span, "this tier is never reached: `otherwise` stands before it");
			ppm_diag_label(sema->diagnostics, d, otherwise->name.span, "here");
			ppm_diag_help(sema->diagnostics, d, "tiers are tried in order: put `otherwise` last");
		}
		if (s->tier.otherwise)
			otherwise = s;
		if (ppm_slice_is(s->name.text, "disqualified") || ppm_slice_is(s->name.text, "unverified")) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_NAME_OF_RESULT, s->name.span, "`%.*s` is a tier of every model", (int)s->name.text.size, s->name.text.data);
			ppm_diag_help(sema->diagnostics, d, "choose another name; `disqualify` decides who is in it");
		}
		struct ppm_plan_tier *tier = PPM_PLAN_APPEND(plan, tier);
		if (!tier)
			return;
		*tier = (struct ppm_plan_tier){
			.name = s->name.text, .condition = PPM_NODE_NONE, .missing = s->tier.missing, .action_text = s->tier.action.source.text, .span = s->name.span
		};
	}
}

static void elaborate_tiers(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_scope scope = { .module = sema->main };
	size_t i = 0;
	for (const struct ppm_statement *s = sema->main->tree->statements; s && i < plan->tier_count; s = s->next) {
		if (s->kind != PPM_STATEMENT_TIER)
			continue;
		ppm_node_id condition = s->tier.condition ? ppm_sema_flag(sema, &scope, s->tier.condition, "a tier's condition") : PPM_NODE_NONE;
		struct ppm_plan_piece *action = ppm_sema_template(sema, &scope, &s->tier.action);
		plan->tiers[i].condition = condition;
		plan->tiers[i++].action = action;
	}
}

// The first tier whose condition holds; where one was missing on the way and no tier matched before `missing`, that one.
static ppm_node_id tier_chain(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_type text = ppm_type_of(PPM_BASE_TEXT);
	struct ppm_span nowhere = { 0, 0 };
	ppm_node_id result = ppm_plan_missing(plan, text, nowhere);
	for (size_t i = plan->tier_count; i-- > 0;) {
		struct ppm_plan_tier tier = plan->tiers[i];
		ppm_node_id name = ppm_plan_text(plan, tier.name, tier.span);
		if (tier.missing) { // some condition before it was missing
			ppm_node_id any = no(sema);
			for (size_t j = 0; j < plan->tier_count; j++)
				if (plan->tiers[j].condition != PPM_NODE_NONE && plan->tiers[j].condition != PPM_NODE_POISON)
					any = ppm_plan_or(plan, any, ppm_plan_is_missing(plan, plan->tiers[j].condition, tier.span), tier.span);
			result = ppm_plan_select(plan, any, name, result, PPM_NODE_NONE, text, tier.span);
			continue;
		}
		if (tier.condition == PPM_NODE_POISON)
			return PPM_NODE_POISON;
		result = tier.condition == PPM_NODE_NONE ? name : ppm_plan_select(plan, decided(sema, tier.condition, tier.span), name, result, PPM_NODE_NONE, text, tier.span);
	}
	return result;
}

static ppm_node_id after_disqualifiers(struct ppm_sema *sema, ppm_node_id tier)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_type text = ppm_type_of(PPM_BASE_TEXT);
	struct ppm_span nowhere = { 0, 0 };
	if (plan->disqualified == PPM_NODE_NONE || tier == PPM_NODE_POISON)
		return tier;
	tier = ppm_plan_select(plan, plan->unverified, ppm_plan_text(plan, PPM_SLICE("unverified"), nowhere), tier, PPM_NODE_NONE, text, nowhere);
	return ppm_plan_select(plan, plan->disqualified, ppm_plan_text(plan, PPM_SLICE("disqualified"), nowhere), tier, PPM_NODE_NONE, text, nowhere);
}

static ppm_node_id by_rules(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	if (plan->tier_by_rules == PPM_NODE_NONE) {
		elaborate_tiers(sema);
		plan->tier_by_rules = after_disqualifiers(sema, tier_chain(sema));
	}
	return plan->tier_by_rules;
}

static struct ppm_plan_column *key_column(struct ppm_plan *plan)
{
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].key && plan->columns[i].dataset == 0)
			return &plan->columns[i];
	return NULL;
}

static bool override_into_plan(struct ppm_sema *sema, const struct ppm_statement *s)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_plan_column *key = key_column(plan);
	if (!key) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDE_KEY, s->keyword, "an override needs a key, and the dataset has none");
		ppm_diag_help(sema->diagnostics, d, "declare a dataset, and mark one of its columns as `key`");
		return false;
	}
	key->uses++;
	ppm_node_id value = ppm_sema_literal(sema, s->override_.key);
	if (value == PPM_NODE_POISON)
		return false;
	if (!ppm_type_same(node_of(sema, value)->type, key->type)) {
		char a[48], b[48];
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TYPE_COMPARE, s->override_.key->span, "the key is `%s`, and this is `%s`",
			ppm_type_name(key->type, a), ppm_type_name(node_of(sema, value)->type, b));
		ppm_diag_label(sema->diagnostics, d, key->span, "the key is declared here");
		ppm_diag_help(sema->diagnostics, d, key->type.base == PPM_BASE_TEXT ? "put it in quotation marks" : "write it without quotation marks");
		return false;
	}
	bool found = false;
	struct ppm_suggestion suggestion;
	ppm_suggestion_init(&suggestion, s->override_.tier.text);
	for (size_t i = 0; i < plan->tier_count; i++) {
		ppm_suggestion_offer(&suggestion, plan->tiers[i].name);
		found = found || ppm_slice_equal(plan->tiers[i].name, s->override_.tier.text);
	}
	if (!found) {
		struct ppm_slice near = ppm_suggestion_take(&suggestion);
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, s->override_.tier.span, "no tier is called `%.*s`", (int)s->override_.tier.text.size,
			s->override_.tier.text.data);
		if (near.size)
			ppm_diag_help(sema->diagnostics, d, "did you mean `%.*s`?", (int)near.size, near.data);
		return false;
	}
	if (!s->override_.by.text.data || !s->override_.because.text.data) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDE_UNSIGNED, s->override_.key->span, "this override does not say %s",
			s->override_.by.text.data ? "why" : "who decided it");
		ppm_diag_help(sema->diagnostics, d, "sign it: `by \"CFO\" because \"launch partner\"`");
		return false;
	}
	struct ppm_plan_override o = { .key = value, .tier = s->override_.tier.text, .span = s->override_.key->span };
	if (s->override_.despite.text.size) {
		struct ppm_symbol *despite = ppm_sema_find(sema->main, s->override_.despite.text);
		if (!despite || despite->kind != PPM_SYMBOL_DISQUALIFY) {
			ppm_diag(sema->diagnostics, PPM_DIAG_DISQUALIFIER_UNKNOWN, s->override_.despite.span, "no disqualifier is called `%.*s`",
				(int)s->override_.despite.text.size, s->override_.despite.text.data);
			return false;
		}
		despite->uses++;
		o.despite = despite->index + 1;
	}
	if (s->override_.until) {
		if (!plan->has_as_of) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_ABSENT, s->override_.until->span, "`until` needs the day of the run");
			ppm_diag_help(sema->diagnostics, d, "write `as of 2026-06-30` (or `as of today`) in the model, or run with `--as-of DATE`");
			return false;
		}
		o.expired = s->override_.until->date < plan->as_of;
		if (o.expired) {
			char day[10];
			ppm_date_write(s->override_.until->date, day);
			struct ppm_slice shown = ppm_source_map_text(sema->map, s->override_.key->span);
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDE_EXPIRED, s->override_.until->span,
				"the override of %.*s expired on %.10s and no longer counts", (int)shown.size, shown.data, day);
			ppm_diag_help(sema->diagnostics, d, "renew it with a later date, or take it out");
		}
	}
	for (size_t i = 0; i < plan->override_count; i++)
		if (plan->overrides[i].key == value && !plan->overrides[i].expired && !o.expired) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, o.span, "this key is overridden twice");
			ppm_diag_label(sema->diagnostics, d, plan->overrides[i].span, "the first is here");
			ppm_diag_help(sema->diagnostics, d, "take one of them out");
		}
	struct ppm_plan_override *place = PPM_PLAN_APPEND(plan, override);
	if (place)
		*place = o;
	return true;
}

static void apply_overrides(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_type text = ppm_type_of(PPM_BASE_TEXT);
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_OVERRIDE && !plan->tier_count) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, s->override_.tier.span, "this model has no tiers");
			ppm_diag_help(sema->diagnostics, d, "write some: `tier good when score >= 60`");
		} else if (s->kind == PPM_STATEMENT_OVERRIDE)
			override_into_plan(sema, s);
	if (plan->tier == PPM_NODE_POISON || plan->tier == PPM_NODE_NONE)
		return;
	plan->overridden = no(sema);
	for (size_t i = 0; i < plan->override_count; i++) {
		struct ppm_plan_override o = plan->overrides[i];
		if (o.expired)
			continue;
		ppm_node_id holds = ppm_plan_compare(plan, PPM_RELATION_EQUAL, key_column(plan)->node, o.key, o.span);
		// a disqualification stands, but for the one that the override names
		for (size_t j = 0; j < plan->disqualifier_count; j++) {
			struct ppm_plan_disqualify d = plan->disqualifiers[j];
			if (d.condition == PPM_NODE_POISON || o.despite == j + 1)
				continue;
			ppm_node_id stands = decided(sema, d.condition, d.span);
			if (!d.missing_passes)
				stands = ppm_plan_or(plan, stands, ppm_plan_is_missing(plan, d.condition, d.span), d.span);
			holds = ppm_plan_and(plan, holds, ppm_plan_not(plan, stands, d.span), o.span);
		}
		plan->overridden = ppm_plan_or(plan, plan->overridden, holds, o.span);
		plan->tier = ppm_plan_select(plan, holds, ppm_plan_text(plan, o.tier, o.span), plan->tier, PPM_NODE_NONE, text, o.span);
	}
}

ppm_node_id ppm_sema_tier(struct ppm_sema *sema, bool rules_only, struct ppm_span use)
{
	struct ppm_plan *plan = sema->plan;
	if (!plan->tier_count) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, use, "this model has no tiers");
		ppm_diag_help(sema->diagnostics, d, "write some: `tier good when score >= 60` and last `tier other otherwise`");
		return PPM_NODE_POISON;
	}
	if (!all_disqualifiers(sema)) {
		ppm_sema_report_circle(sema, use);
		return PPM_NODE_POISON;
	}
	ppm_node_id rules = by_rules(sema);
	if (rules_only)
		return rules;
	if (plan->tier == PPM_NODE_NONE) {
		plan->tier = rules;
		apply_overrides(sema);
	}
	return plan->tier;
}

// ---- segments -------------------------------------------------------------------------------------------------------

ppm_node_id ppm_sema_segment(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_scope scope = { .module = symbol->module };
	struct ppm_type text = ppm_type_of(PPM_BASE_TEXT);
	size_t count = 0;
	for (const struct ppm_segment_arm *arm = symbol->statement->segment.arms; arm; arm = arm->next)
		count++;
	struct ppm_plan_segment segment = { .name = symbol->name, .span = symbol->span };
	segment.arm_names = ppm_arena_allocate(sema->arena, count + 1, sizeof *segment.arm_names);
	segment.conditions = ppm_arena_allocate(sema->arena, count + 1, sizeof *segment.conditions);
	segment.spans = ppm_arena_allocate(sema->arena, count + 1, sizeof *segment.spans);
	if (!segment.arm_names || !segment.conditions || !segment.spans) {
		plan->out_of_memory = true;
		return PPM_NODE_POISON;
	}
	bool poison = false;
	const struct ppm_segment_arm *otherwise = NULL;
	for (const struct ppm_segment_arm *arm = symbol->statement->segment.arms; arm; arm = arm->next) {
		if (otherwise) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, arm->span, "this arm is never reached: `otherwise` stands before it");
			ppm_diag_help(sema->diagnostics, d, "put `otherwise` last");
			break;
		}
		for (uint32_t i = 0; i < segment.arm_count; i++)
			if (ppm_slice_equal(segment.arm_names[i], arm->name.text)) {
				struct ppm_diagnostic *d =
					ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, arm->name.span, "`%.*s` is there twice", (int)arm->name.text.size, arm->name.text.data);
				ppm_diag_label(sema->diagnostics, d, segment.spans[i], "the first is here");
				ppm_diag_help(sema->diagnostics, d, "join the two conditions with `or`");
			}
		segment.arm_names[segment.arm_count] = arm->name.text;
		segment.spans[segment.arm_count] = arm->name.span;
		ppm_node_id condition = arm->condition ? ppm_sema_flag(sema, &scope, arm->condition, "a segment's condition") : PPM_NODE_NONE;
		poison = poison || condition == PPM_NODE_POISON;
		segment.conditions[segment.arm_count++] = condition;
		if (!arm->condition)
			otherwise = arm;
	}
	segment.node = ppm_plan_missing(plan, text, symbol->span);
	for (uint32_t i = segment.arm_count; i-- > 0 && !poison;) {
		ppm_node_id name = ppm_plan_text(plan, segment.arm_names[i], segment.spans[i]);
		segment.node = segment.conditions[i] == PPM_NODE_NONE
			? name
			: ppm_plan_select(plan, decided(sema, segment.conditions[i], segment.spans[i]), name, segment.node, PPM_NODE_NONE, text, segment.spans[i]);
	}
	plan->segments[symbol->index] = segment;
	if (poison)
		plan->segments[symbol->index].node = PPM_NODE_POISON;
	return plan->segments[symbol->index].node;
}

void ppm_sema_classes(struct ppm_sema *sema)
{
	struct ppm_span nowhere = { 0, 0 };

	all_disqualifiers(sema);
	if (sema->plan->tier_count)
		ppm_sema_tier(sema, false, nowhere);
	else
		apply_overrides(sema); // to say that there is no tier to give
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++)
			if (module->symbols[i]->kind == PPM_SYMBOL_SEGMENT) {
				ppm_sema_value(sema, module->symbols[i], nowhere);
				module->symbols[i]->uses--;
			}
}

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
	bool taken = false; // by a constant condition: nothing below it is asked
	for (const struct ppm_statement *s = sema->main->tree->statements; s && i < plan->tier_count; s = s->next) {
		if (s->kind != PPM_STATEMENT_TIER)
			continue;
		plan->not_taken += taken;
		ppm_node_id condition = s->tier.condition ? ppm_sema_flag(sema, &scope, s->tier.condition, "a tier's condition") : PPM_NODE_NONE;
		plan->not_taken -= taken;
		taken = taken || (condition != PPM_NODE_NONE && ppm_plan_constant_is(plan, condition, true));
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
			ppm_sema_did_you_mean(sema, d, near);
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
			break;
		}
	struct ppm_plan_override *place = PPM_PLAN_APPEND(plan, override);
	if (place)
		*place = o;
	return true;
}

// A disqualification stands, but for the one that the override names.
static ppm_node_id unless_disqualified(struct ppm_sema *sema, ppm_node_id holds, size_t disqualifier, struct ppm_span span)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_plan_disqualify d = plan->disqualifiers[disqualifier];
	ppm_node_id stands = decided(sema, d.condition, d.span);
	if (!d.missing_passes)
		stands = ppm_plan_or(plan, stands, ppm_plan_is_missing(plan, d.condition, d.span), d.span);
	return ppm_plan_and(plan, holds, ppm_plan_not(plan, stands, d.span), span);
}

// ---- overrides from a dataset: a row each, found by the customer's key ------------------------------------------------

// A column of the dataset, brought to the customer's row; PPM_NODE_NONE when it has none of that name.
static ppm_node_id override_value(struct ppm_sema *sema, uint32_t dataset, uint32_t link, const char *name, enum ppm_base base, struct ppm_span span, bool needed)
{
	struct ppm_symbol *symbol = ppm_sema_find_in(sema, dataset, ppm_slice_of(name));
	struct ppm_slice owner = ppm_sema_dataset_name(sema, dataset);
	struct ppm_diagnostic *d;
	if (!symbol || (symbol->kind != PPM_SYMBOL_COLUMN && symbol->kind != PPM_SYMBOL_LET)) {
		if (!needed)
			return PPM_NODE_NONE;
		d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDES_DATASET, span, "%.*s has no column `%s`", (int)owner.size, owner.data, name);
		ppm_diag_help(sema->diagnostics, d,
			"an override says which tier it gives, who decided it and why: columns `tier`, `by` and `because`, and if you like `until` and `despite`");
		return PPM_NODE_POISON;
	}
	ppm_node_id node = ppm_sema_value(sema, symbol, span);
	if (node == PPM_NODE_POISON)
		return node;
	if (node_of(sema, node)->type.base != base) {
		char type[48];
		bool column = symbol->kind == PPM_SYMBOL_COLUMN, date = base == PPM_BASE_DATE;
		d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDES_DATASET, symbol->span, "%s`%s` of overrides is `%s`, not `%s`", column ? "the column " : "", name,
			ppm_type_name(node_of(sema, node)->type, type), date ? "date" : "text");
		ppm_diag_help(sema->diagnostics, d, column ? date ? "declare it as a `date`" : "declare it as `text`" : date ? "give it a date" : "give it a text");
		return PPM_NODE_POISON;
	}
	return ppm_sema_gather(sema, node, link, symbol->span);
}

static bool tiers_allowed(struct ppm_sema *sema, uint32_t dataset)
{
	struct ppm_symbol *symbol = ppm_sema_find_in(sema, dataset, PPM_SLICE("tier"));
	const struct ppm_column_declaration *c = symbol->kind == PPM_SYMBOL_COLUMN ? sema->plan->columns[symbol->index].declaration : NULL;
	struct ppm_diagnostic *d;
	if (!c || !c->in_list) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_OVERRIDES_DATASET, symbol->span, "the column `tier` of overrides does not say which tiers it may name");
		ppm_diag_help(sema->diagnostics, d, "list them, so that a slip in the file is found: `tier text in [\"perfect\", \"good\"]`");
		return false;
	}
	for (const struct ppm_expression *item = c->in_list->items; item; item = item->next) {
		bool found = false;
		struct ppm_suggestion suggestion;
		ppm_suggestion_init(&suggestion, item->text);
		for (size_t i = 0; i < sema->plan->tier_count; i++) {
			ppm_suggestion_offer(&suggestion, sema->plan->tiers[i].name);
			found = found || ppm_slice_equal(sema->plan->tiers[i].name, item->text);
		}
		if (!found) {
			struct ppm_slice near = ppm_suggestion_take(&suggestion);
			d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, item->span, "no tier is called `%.*s`", (int)item->text.size, item->text.data);
			if (near.size)
				ppm_diag_help(sema->diagnostics, d, "did you mean \"%.*s\"?", (int)near.size, near.data);
			else
				ppm_diag_help(sema->diagnostics, d, "write the name of one of the model's tiers");
			return false;
		}
	}
	return true;
}

static void overrides_from(struct ppm_sema *sema, const struct ppm_statement *s)
{
	struct ppm_plan *plan = sema->plan;
	struct ppm_span span = s->name.span;
	struct ppm_diagnostic *d;
	uint32_t dataset = ppm_sema_find_dataset(sema, s->name.text);
	struct ppm_plan_column *key = key_column(plan);
	if (dataset == PPM_NO_DATASET || dataset == 0) {
		d = ppm_diag(sema->diagnostics, PPM_DIAG_DATASET_UNKNOWN, span, "no other dataset is called `%.*s`", (int)s->name.text.size, s->name.text.data);
		if (dataset == 0)
			ppm_diag_help(sema->diagnostics, d, "these are the rows that are scored; overrides come from a dataset of their own, with a row each");
		else
			ppm_diag_help(sema->diagnostics, d, "declare it: `dataset %.*s { … }`", (int)s->name.text.size, s->name.text.data);
		return;
	}
	if (!key || plan->datasets[dataset].key == PPM_NO_ID) {
		d = ppm_diag(
			sema->diagnostics, PPM_DIAG_DATASET_KEY, span, "overrides are found by the customer's key, and %s has none", key ? "this dataset" : "the scored dataset");
		ppm_diag_help(sema->diagnostics, d, "mark the column with it as `key`");
		return;
	}
	uint32_t other = plan->datasets[dataset].key;
	if (key->node == PPM_NODE_POISON || plan->columns[other].node == PPM_NODE_POISON)
		return;
	if (!ppm_type_same(plan->columns[other].type, key->type)) {
		char a[48], b[48];
		d = ppm_diag(sema->diagnostics, PPM_DIAG_KEYS_DIFFER, plan->columns[other].span, "the key of these overrides is `%s`, and the customer's is `%s`",
			ppm_type_name(plan->columns[other].type, a), ppm_type_name(key->type, b));
		ppm_diag_help(sema->diagnostics, d, "declare both with one type");
		return;
	}
	struct ppm_plan_key *keys = PPM_ARENA_NEW(sema->arena, struct ppm_plan_key);
	uint32_t *others = PPM_ARENA_NEW(sema->arena, uint32_t);
	if (!keys || !others) {
		plan->out_of_memory = true;
		return;
	}
	*keys = (struct ppm_plan_key){ .value = key->node };
	*others = other;
	key->uses++;
	plan->columns[other].uses++;
	uint32_t link = ppm_sema_link_match(sema,
		(struct ppm_plan_link){ .name = ppm_sema_text_of(sema, s->span), .span = span, .from = 0, .to = dataset, .keys = keys, .other_keys = others, .key_count = 1 });
	ppm_node_id tier = override_value(sema, dataset, link, "tier", PPM_BASE_TEXT, span, true), until = override_value(sema, dataset, link, "until", PPM_BASE_DATE, span, false);
	ppm_node_id by = override_value(sema, dataset, link, "by", PPM_BASE_TEXT, span, true), because = override_value(sema, dataset, link, "because", PPM_BASE_TEXT, span, true);
	ppm_node_id despite = override_value(sema, dataset, link, "despite", PPM_BASE_TEXT, span, false);
	if (tier == PPM_NODE_POISON || until == PPM_NODE_POISON || by == PPM_NODE_POISON || because == PPM_NODE_POISON || despite == PPM_NODE_POISON ||
		!tiers_allowed(sema, dataset))
		return;
	ppm_node_id holds = ppm_plan_not(plan, ppm_plan_is_missing(plan, tier, span), span);
	// signed: a row that does not say by whom and why overrides nothing
	holds = ppm_plan_and(plan, holds, ppm_plan_not(plan, ppm_plan_is_missing(plan, by, span), span), span);
	holds = ppm_plan_and(plan, holds, ppm_plan_not(plan, ppm_plan_is_missing(plan, because, span), span), span);
	if (until != PPM_NODE_NONE) {
		if (!plan->has_as_of) {
			d = ppm_diag(sema->diagnostics, PPM_DIAG_AS_OF_ABSENT, span, "`until` needs the day of the run");
			ppm_diag_help(sema->diagnostics, d, "write `as of 2026-06-30` (or `as of today`) in the model, or run with `--as-of DATE`");
			return;
		}
		ppm_node_id day = ppm_plan_whole(plan, plan->as_of, ppm_type_of(PPM_BASE_DATE), span);
		ppm_node_id running = ppm_plan_compare(plan, PPM_RELATION_LESS_EQUAL, day, until, span);
		holds = ppm_plan_and(plan, holds, ppm_plan_default(plan, running, ppm_plan_flag(plan, true, span), span), span);
	}
	for (size_t j = 0; j < plan->disqualifier_count; j++) {
		if (plan->disqualifiers[j].condition == PPM_NODE_POISON)
			continue;
		ppm_node_id kept = unless_disqualified(sema, holds, j, span);
		if (despite != PPM_NODE_NONE) {
			ppm_node_id lifted = ppm_plan_compare(plan, PPM_RELATION_EQUAL, despite, ppm_plan_text(plan, plan->disqualifiers[j].name, span), span);
			kept = ppm_plan_or(plan, kept, ppm_plan_and(plan, holds, decided(sema, lifted, span), span), span);
		}
		holds = kept;
	}
	struct ppm_type text = ppm_type_of(PPM_BASE_TEXT);
	struct ppm_plan_overriding *overriding = PPM_PLAN_APPEND(plan, overriding);
	if (overriding)
		*overriding = (struct ppm_plan_overriding){ dataset, tier, by, because, until, despite, span };
	plan->overridden = ppm_plan_or(plan, plan->overridden, holds, span);
	plan->tier = ppm_plan_select(plan, holds, tier, plan->tier, PPM_NODE_NONE, text, span);
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
		else if (s->kind == PPM_STATEMENT_OVERRIDES && !plan->tier_count) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_TIER_UNKNOWN, s->keyword, "this model has no tiers");
			ppm_diag_help(sema->diagnostics, d, "write some: `tier good when score >= 60`");
		}
	if (plan->tier == PPM_NODE_POISON || plan->tier == PPM_NODE_NONE)
		return;
	plan->overridden = no(sema);
	for (size_t i = 0; i < plan->override_count; i++) {
		struct ppm_plan_override o = plan->overrides[i];
		if (o.expired)
			continue;
		ppm_node_id holds = ppm_plan_compare(plan, PPM_RELATION_EQUAL, key_column(plan)->node, o.key, o.span);
		for (size_t j = 0; j < plan->disqualifier_count; j++)
			if (plan->disqualifiers[j].condition != PPM_NODE_POISON && o.despite != j + 1)
				holds = unless_disqualified(sema, holds, j, o.span);
		plan->overridden = ppm_plan_or(plan, plan->overridden, holds, o.span);
		plan->tier = ppm_plan_select(plan, holds, ppm_plan_text(plan, o.tier, o.span), plan->tier, PPM_NODE_NONE, text, o.span);
	}
	for (const struct ppm_statement *s = sema->main->tree->statements; s; s = s->next)
		if (s->kind == PPM_STATEMENT_OVERRIDES)
			overrides_from(sema, s);
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
	bool poison = false, taken = false; // by a constant condition: nothing below it is asked
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
		plan->not_taken += taken;
		ppm_node_id condition = arm->condition ? ppm_sema_flag(sema, &scope, arm->condition, "a segment's condition") : PPM_NODE_NONE;
		plan->not_taken -= taken;
		taken = taken || (condition != PPM_NODE_NONE && ppm_plan_constant_is(plan, condition, true));
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

// A model taken apart into its subjects: every thing with a name of its own, or that there is one of, in the order of the text.

#include "lang/compare/compare.h"

static struct ppm_subject *add(
	struct ppm_side *side, const struct ppm_plan_module *module, enum ppm_subject_kind kind, struct ppm_slice name, struct ppm_span span, const struct ppm_statement *statement)
{
	if (side->subject_count == side->subject_capacity) {
		uint32_t capacity = side->subject_capacity ? side->subject_capacity * 2 : 64;
		struct ppm_subject *more = ppm_arena_allocate(side->arena, capacity, sizeof *more);
		if (!more)
			return NULL;
		if (side->subject_count)
			memcpy(more, side->subjects, side->subject_count * sizeof *more);
		side->subjects = more;
		side->subject_capacity = capacity;
	}
	struct ppm_subject *subject = &side->subjects[side->subject_count++];
	*subject = (struct ppm_subject){ .kind = kind, .name = name, .module = module, .span = span, .statement = statement, .rule_index = PPM_NO_RULE, .pair = PPM_NO_SUBJECT };
	return subject;
}

// ---- names ---------------------------------------------------------------------------------------------------------

static struct ppm_slice name_key(struct ppm_buffer *key, struct ppm_slice space, bool member, struct ppm_slice name)
{
	if (space.size)
		ppm_buffer_append(key, space.data, space.size);
	ppm_buffer_append(key, "\0\1", member ? 2 : 1);
	if (name.size)
		ppm_buffer_append(key, name.data, name.size);
	return ppm_buffer_slice(key);
}

static uint32_t find(const struct ppm_side *side, struct ppm_slice space, bool member, struct ppm_slice name)
{
	struct ppm_buffer key;
	uint32_t code;

	ppm_buffer_init(&key, side->arena->allocator);
	name_key(&key, space, member, name);
	code = key.failed ? PPM_INTERNER_NONE : ppm_interner_find(&side->names, ppm_buffer_slice(&key));
	if (key.failed)
		side->arena->failed = true;
	ppm_buffer_free(&key);
	return code == PPM_INTERNER_NONE ? PPM_NO_SUBJECT : side->subject_of[code];
}

uint32_t ppm_side_find(const struct ppm_side *side, struct ppm_slice module, struct ppm_slice name)
{
	return find(side, module, false, name);
}

uint32_t ppm_side_find_member(const struct ppm_side *side, struct ppm_slice dataset, struct ppm_slice name)
{
	return find(side, dataset, true, name);
}

struct ppm_slice ppm_side_name(const struct ppm_side *side, uint32_t subject)
{
	uint32_t pair = side->subjects[subject].pair;

	return side->other && pair != PPM_NO_SUBJECT ? side->other->subjects[pair].name : side->subjects[subject].name;
}

static void declare(struct ppm_side *side, struct ppm_slice space, bool member, struct ppm_slice name, const struct ppm_subject *subject)
{
	struct ppm_buffer key;
	uint32_t code = PPM_INTERNER_NONE;

	if (!subject)
		return;
	ppm_buffer_init(&key, side->arena->allocator);
	name_key(&key, space, member, name);
	if (!key.failed && ppm_grow(side->arena->allocator, (void **)&side->subject_of, &side->subject_of_capacity, (size_t)side->names.count + 1, sizeof *side->subject_of))
		code = ppm_interner_add(&side->names, ppm_buffer_slice(&key));
	if (code == PPM_INTERNER_NONE)
		side->arena->failed = true;
	else
		side->subject_of[code] = (uint32_t)(subject - side->subjects);
	ppm_buffer_free(&key);
}

static struct ppm_slice in_full(struct ppm_side *side, struct ppm_slice space, struct ppm_slice name)
{
	return space.size ? ppm_arena_format(side->arena, "%.*s.%.*s", PPM_SHOW(space), PPM_SHOW(name)) : name;
}

static struct ppm_subject *add_named(
	struct ppm_side *side, const struct ppm_plan_module *module, enum ppm_subject_kind kind, struct ppm_name name, const struct ppm_statement *statement)
{
	struct ppm_subject *subject = add(side, module, kind, in_full(side, module->name, name.text), name.span, statement);

	declare(side, module->name, false, name.text, subject);
	return subject;
}

// ---- statements ------------------------------------------------------------------------------------------------------

// Rules stand in the plan nearly in the order of the text: the search goes on where the last one ended.
static uint32_t index_of(const struct ppm_plan *plan, const struct ppm_rule *rule, size_t *cursor)
{
	for (size_t i = 0; i < plan->rule_count; i++) {
		size_t at = (*cursor + i) % plan->rule_count;
		if (plan->rules[at]->syntax == rule) {
			*cursor = at + 1;
			return (uint32_t)at;
		}
	}
	return PPM_NO_RULE;
}

static void rules(struct ppm_side *side, const struct ppm_plan_module *module, const struct ppm_statement *statement, const struct ppm_rule *first, const struct ppm_rule *bundle,
	struct ppm_slice within, size_t *cursor)
{
	for (const struct ppm_rule *rule = first; rule; rule = rule->next) {
		struct ppm_subject *subject = add_named(side, module, PPM_SUBJECT_RULE, rule->name, statement);
		if (!subject)
			return;
		subject->rule = rule;
		subject->bundle = bundle;
		subject->within = within;
		subject->rule_index = index_of(side->plan, rule, cursor);
		rules(side, module, statement, rule->rules, rule, within, cursor);
	}
}

static void dataset(struct ppm_side *side, const struct ppm_plan_module *module, const struct ppm_statement *s)
{
	bool scored = ppm_slice_equal(s->name.text, side->plan->dataset_name);
	struct ppm_slice name = s->name.text;

	declare(side, name, true, PPM_SLICE(""), add(side, module, PPM_SUBJECT_DATASET, name, s->name.span, s));
	for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next) {
		struct ppm_subject *subject = add(side, module, PPM_SUBJECT_COLUMN, scored ? c->name.text : in_full(side, name, c->name.text), c->name.span, s);
		if (!subject)
			return;
		subject->column = c;
		subject->within = name;
		subject->member_of = scored ? PPM_SLICE("") : name;
		declare(side, name, true, c->name.text, subject);
		if (scored)
			declare(side, module->name, false, c->name.text, subject);
	}
	for (const struct ppm_let *let = s->dataset.lets; let; let = let->next) {
		struct ppm_subject *subject = add(side, module, PPM_SUBJECT_LET, scored ? let->name.text : in_full(side, name, let->name.text), let->name.span, s);
		if (!subject)
			return;
		subject->let = let;
		subject->member_of = scored ? PPM_SLICE("") : name;
		declare(side, name, true, let->name.text, subject);
		if (scored)
			declare(side, module->name, false, let->name.text, subject);
	}
}

static void statement(struct ppm_side *side, const struct ppm_plan_module *module, const struct ppm_statement *s, uint32_t *tiers, size_t *cursor)
{
	struct ppm_subject *subject;

	switch (s->kind) {
	case PPM_STATEMENT_MODEL:
	case PPM_STATEMENT_USE: break; // names and places of files are no meaning
	case PPM_STATEMENT_AS_OF:
		subject = add(side, module, PPM_SUBJECT_AS_OF, PPM_SLICE("as of"), s->span, s);
		declare(side, PPM_SLICE(""), false, PPM_SLICE("as_of"), subject);
		break;
	case PPM_STATEMENT_DATASET: dataset(side, module, s); break;
	case PPM_STATEMENT_TREE:
		subject = add(side, module, PPM_SUBJECT_TREE, s->name.text, s->name.span, s);
		declare(side, s->name.text, true, PPM_SLICE(""), subject);
		break;
	case PPM_STATEMENT_PARAM: add_named(side, module, PPM_SUBJECT_PARAM, s->name, s); break;
	case PPM_STATEMENT_LET: add_named(side, module, PPM_SUBJECT_LET, s->name, s); break;
	case PPM_STATEMENT_DEFINE: add_named(side, module, PPM_SUBJECT_DEFINE, s->name, s); break;
	case PPM_STATEMENT_LOOKUP: add_named(side, module, PPM_SUBJECT_LOOKUP, s->name, s); break;
	case PPM_STATEMENT_METRIC: add_named(side, module, PPM_SUBJECT_METRIC, s->name, s); break;
	case PPM_STATEMENT_RULE: rules(side, module, s, s->rule.rule, NULL, PPM_SLICE(""), cursor); break;
	case PPM_STATEMENT_ADJUST: rules(side, module, s, s->dimension.rules, NULL, PPM_SLICE("adjust"), cursor); break;
	case PPM_STATEMENT_DIMENSION:
		add_named(side, module, PPM_SUBJECT_DIMENSION, s->name, s);
		rules(side, module, s, s->dimension.rules, NULL, in_full(side, module->name, s->name.text), cursor);
		break;
	case PPM_STATEMENT_DISQUALIFY: add_named(side, module, PPM_SUBJECT_DISQUALIFIER, s->name, s); break;
	case PPM_STATEMENT_SEGMENT: add_named(side, module, PPM_SUBJECT_SEGMENT, s->name, s); break;
	case PPM_STATEMENT_TIER:
		subject = add(side, module, PPM_SUBJECT_TIER, s->name.text, s->name.span, s);
		if (subject)
			subject->tier_index = (*tiers)++;
		break;
	case PPM_STATEMENT_SCORE: add(side, module, PPM_SUBJECT_SCORE, s->score.dataset.text.size ? PPM_SLICE("scored dataset") : PPM_SLICE("score"), s->span, s); break;
	case PPM_STATEMENT_PERSPECTIVE:
		subject = add(side, module, PPM_SUBJECT_PERSPECTIVE, s->name.text, s->name.span, s);
		declare(side, module->name, false, ppm_arena_format(side->arena, "score_%.*s", PPM_SHOW(s->name.text)), subject);
		break;
	case PPM_STATEMENT_OUTPUT: add(side, module, PPM_SUBJECT_OUTPUT, PPM_SLICE("output"), s->keyword, s); break;
	case PPM_STATEMENT_SUMMARY: add(side, module, PPM_SUBJECT_SUMMARY, s->name.text, s->name.span, s); break;
	case PPM_STATEMENT_OVERRIDE: add(side, module, PPM_SUBJECT_OVERRIDE, ppm_compare_text(side->arena, s->override_.key), s->override_.key->span, s); break;
	case PPM_STATEMENT_OVERRIDES: add(side, module, PPM_SUBJECT_OVERRIDE, ppm_arena_format(side->arena, "from %.*s", PPM_SHOW(s->name.text)), s->name.span, s); break;
	case PPM_STATEMENT_SCENARIO: add(side, module, PPM_SUBJECT_SCENARIO, s->name.text, s->name.span, s); break;
	case PPM_STATEMENT_TEST: add(side, module, PPM_SUBJECT_TEST, s->doc.text, s->doc.span, s); break;
	}
}

void ppm_side_init(struct ppm_side *side, struct ppm_arena *arena, const struct ppm_model *model)
{
	uint32_t tiers = 0;
	size_t cursor = 0;

	*side = (struct ppm_side){ .arena = arena, .plan = ppm_model_plan(model), .sources = ppm_model_sources(model) };
	ppm_interner_init(&side->names, arena->allocator);
	side->module_names = ppm_arena_allocate(arena, side->plan->module_count + 1, sizeof *side->module_names);
	for (size_t i = 0; i < side->plan->module_count && side->module_names; i++) {
		const struct ppm_plan_module *module = &side->plan->modules[i];
		side->module_names[i] = module->name;
		for (const struct ppm_statement *s = module->tree->statements; s && !module->standard && !arena->failed; s = s->next)
			statement(side, module, s, &tiers, &cursor);
	}
	for (size_t i = 0; i < side->plan->column_count && side->plan->module_count && !arena->failed; i++) {
		const struct ppm_plan_column *column = &side->plan->columns[i];
		if (column->kind != PPM_PLAN_FIELD || column->dataset != 0 || column->declaration || !side->plan->inferred)
			continue;
		struct ppm_subject *subject = add(side, &side->plan->modules[0], PPM_SUBJECT_COLUMN, column->name, column->span, NULL);
		if (!subject)
			return;
		subject->inferred = column;
		declare(side, PPM_SLICE(""), false, column->name, subject);
	}
}

void ppm_side_free(struct ppm_side *side)
{
	ppm_interner_free(&side->names);
	ppm_free(side->arena->allocator, side->subject_of);
}

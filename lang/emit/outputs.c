// Results: which value goes into which column and how it is written, the reasons, and what is counted over all rows.

#include "lang/emit/emitter.h"

#include <string.h>

static const struct ppm_node *node_of(const struct ppm_emitter *e, ppm_node_id id)
{
	return &e->plan->nodes[id];
}
static struct ppm_span nowhere(void)
{
	return (struct ppm_span){ 0, 0 };
}

// The value's place is filled when registers are allocated: `value` must stay where it is.
static void ride(struct ppm_emitter *e, struct ppm_value *value, enum ppm_register_class class, struct ppm_emitted at)
{
	value->value = value->present = PPM_NO_REGISTER;
	if (!ppm_grow(e->allocator, (void **)&e->values, &e->value_capacity, e->value_count + 1, sizeof *e->values)) {
		e->failed = true;
		return;
	}
	e->values[e->value_count++] = value;
	uint32_t number = (uint32_t)e->value_count - 1;
	ppm_emit_op(e, PPM_OPCODE_COUNT, at.value, class, number, PPM_RIDE_VALUE, 0, 0, nowhere());
	if (at.present != NO_VIRTUAL)
		ppm_emit_op(e, PPM_OPCODE_COUNT, at.present, PPM_CLASS_MASK, number, PPM_RIDE_PRESENT, 0, 0, nowhere());
}

static struct ppm_value_format format_of(struct ppm_emitter *e, const struct ppm_node *node, struct ppm_slice pattern, bool as_percent, int places)
{
	struct ppm_value_format f = { .kind = PPM_FORMAT_NUMBER, .decimals = -1 };
	static const char *const units[] = { "", " per day", " per week", " per month", " per year" };
	f.unit = ppm_slice_of(units[node->type.period]);
	switch (node->type.base) {
	case PPM_BASE_PERCENT: f.kind = PPM_FORMAT_PERCENT; break;
	case PPM_BASE_MONEY:
		f.kind = node->wide ? PPM_FORMAT_EXACT : PPM_FORMAT_MONEY;
		f.decimals = 2;
		break;
	case PPM_BASE_TEXT: f.kind = PPM_FORMAT_TEXT; break;
	case PPM_BASE_DATE: f.kind = PPM_FORMAT_DATE; break;
	case PPM_BASE_FLAG: f.kind = PPM_FORMAT_FLAG; break;
	case PPM_BASE_DURATION: f.kind = node->type.months ? PPM_FORMAT_MONTHS : PPM_FORMAT_DAYS; break;
	default: break;
	}
	if (as_percent)
		f.kind = PPM_FORMAT_PERCENT;
	if (places >= 0)
		f.decimals = (int8_t)places;
	if (!pattern.data)
		return f;
	if (node->type.base == PPM_BASE_DATE) {
		struct ppm_date_format *date = PPM_ARENA_NEW(&e->program->arena, struct ppm_date_format);
		if (date && ppm_date_format_parse(pattern, date))
			f.date_format = date;
		return f;
	}
	struct ppm_number_pattern *number = PPM_ARENA_NEW(&e->program->arena, struct ppm_number_pattern);
	if (number && ppm_number_pattern_parse(pattern, number)) {
		f.pattern = number;
		f.decimals = (int8_t)number->decimals;
		// by the same sample a percent is written as a column is read: "12" and "12.5" as percents, "0.12" as the ratio
		number->percent = number->percent || (f.kind == PPM_FORMAT_PERCENT && !ppm_number_pattern_is_ratio(number));
	}
	return f;
}

struct ppm_text_template ppm_emit_template(struct ppm_emitter *e, const struct ppm_plan_piece *pieces, struct ppm_slice fallback, uint32_t rows)
{
	size_t count = 0;
	for (const struct ppm_plan_piece *p = pieces; p; p = p->next)
		count++;
	struct ppm_template_piece *made = ppm_arena_allocate(&e->program->arena, count + 1, sizeof *made);
	if (!made) {
		e->failed = true;
		return (struct ppm_text_template){ NULL, 0 };
	}
	if (!count) {
		made[0].literal = ppm_arena_copy(&e->program->arena, fallback);
		return (struct ppm_text_template){ made, 1 };
	}
	size_t n = 0;
	for (const struct ppm_plan_piece *p = pieces; p; p = p->next, n++) {
		if (p->value == PPM_NODE_NONE) {
			made[n].literal = ppm_arena_copy(&e->program->arena, p->literal);
			continue;
		}
		const struct ppm_node *node = node_of(e, p->value);
		struct ppm_emitted at = ppm_emit_root_for(e, p->value, rows);
		made[n].has_value = true;
		made[n].value.format = format_of(e, node, p->format, p->as_percent, node->op == PPM_NODE_SCORE ? e->plan->places : -1);
		ride(e, &made[n].value, ppm_emit_class(node), at);
	}
	return (struct ppm_text_template){ made, (uint32_t)count };
}

static void result(struct ppm_emitter *e, const struct ppm_plan_result *from, struct ppm_output *out)
{
	out->name = ppm_arena_copy(&e->program->arena, from->name);
	if (from->kind == PPM_RESULT_PASS) {
		e->column_passed[from->column] = 1;
		out->value.format.kind = PPM_FORMAT_PASS;
		out->value.column = (uint16_t)from->column; // the plan's until the columns are made
		out->value.value = out->value.present = PPM_NO_REGISTER;
		return;
	}
	if (from->kind == PPM_RESULT_REASONS || from->kind == PPM_RESULT_ACTION || from->kind == PPM_RESULT_TEMPLATE) {
		uint32_t first, list;
		bool single = from->kind != PPM_RESULT_REASONS;
		if (!single)
			ppm_emit_root(e, e->plan->score);
		list = from->kind == PPM_RESULT_TEMPLATE ? ppm_emit_text_of(e, from->text, from->node, &first)
			: single                             ? ppm_emit_action(e, &first)
							     : ppm_emit_reasons(e, from->count, &first);
		out->value.format.kind = PPM_FORMAT_REASONS;
		out->value.count = (uint16_t)(single ? 1 : from->count);
		out->value.single = single;
		out->value.reasons = (uint16_t)list;
		out->value.present = PPM_NO_REGISTER;
		return;
	}
	const struct ppm_node *node = node_of(e, from->node);
	struct ppm_emitted at = ppm_emit_root(e, from->node);
	out->value.format = format_of(e, node, from->format, false, from->places);
	ride(e, &out->value, ppm_emit_class(node), at);
}

static void tally(struct ppm_emitter *e, enum ppm_tally_kind kind, struct ppm_slice name, struct ppm_slice action, uint32_t mask)
{
	uint32_t index = e->program->tally_count;
	struct ppm_tally *place = ppm_emit_entry(e, (void **)&e->program->tallies, &e->program->tally_count, &e->tally_capacity, sizeof *e->program->tallies);
	if (!place)
		return;
	*place = (struct ppm_tally){ .kind = kind, .name = ppm_arena_copy(&e->program->arena, name), .action = ppm_arena_copy(&e->program->arena, action) };
	ppm_emit_op(e, PPM_OPCODE_COUNT, mask, PPM_CLASS_MASK, 0, PPM_RIDE_TALLY, 0, index, nowhere());
}

#define FEW_CHOICES 16 // a mask for each and one for those before it: more are compared

// Where the instruction that chose the value chose this code, out of the masks that it chose by; NO_VIRTUAL when something else made it.
static uint32_t chosen_mask(struct ppm_emitter *e, uint32_t value, int32_t code)
{
	size_t at = e->code_count;
	while (at > 0 && !(e->code[at - 1].op == PPM_OP_CHOOSE_I32 && e->code[at - 1].a == value))
		at--;
	if (!at || e->program->choices[e->code[at - 1].k].count > FEW_CHOICES)
		return NO_VIRTUAL;
	const struct ppm_choice *choice = &e->program->choices[e->code[at - 1].k];
	uint32_t masks[FEW_CHOICES], found = e->none, before = e->none;
	for (uint32_t i = 0; i < choice->count; i++) // they ride right before it
		masks[i] = e->code[at - 1 - choice->count + i].a;
	for (uint32_t i = 0; i < choice->count; i++) {
		if (choice->values[i] == code)
			found = ppm_emit_or(e, found, ppm_emit_and_not(e, masks[i], before));
		before = ppm_emit_or(e, before, masks[i]);
	}
	return choice->otherwise == code ? ppm_emit_or(e, found, ppm_emit_not(e, before)) : found;
}

uint32_t ppm_emit_tier_mask(struct ppm_emitter *e, struct ppm_emitted tier, struct ppm_slice name)
{
	uint32_t text = 0;
	while (text < e->plan->text_count && !ppm_slice_equal(e->plan->texts[text], name))
		text++;
	if (text == e->plan->text_count)
		return NO_VIRTUAL;
	uint32_t mask = chosen_mask(e, tier.value, (int32_t)ppm_emit_text(e, text));
	if (mask == NO_VIRTUAL) {
		mask = ppm_emit_register(e, PPM_CLASS_MASK);
		ppm_emit_op(e, PPM_OP_EQ_I32_K, mask, tier.value, 0, 0, 0, ppm_emit_constant_i64(e, ppm_emit_text(e, text)), nowhere());
	}
	return tier.present == NO_VIRTUAL ? mask : ppm_emit_and(e, mask, tier.present);
}

static void tier_tally(struct ppm_emitter *e, struct ppm_emitted tier, struct ppm_slice name, struct ppm_slice action)
{
	uint32_t mask = ppm_emit_tier_mask(e, tier, name);
	if (mask != NO_VIRTUAL)
		tally(e, PPM_TALLY_TIER, name, action, mask);
}

// The rows for which some tier was passed over, as its condition is missing: those that no tier before it took, nor anything that goes before the tiers.
static uint32_t passed_over(struct ppm_emitter *e)
{
	const struct ppm_plan *plan = e->plan;
	uint32_t passed = e->none, open = e->rows;
	size_t count = plan->tier_count;
	while (count > 0 && (plan->tiers[count - 1].condition == PPM_NODE_NONE || !node_of(e, plan->tiers[count - 1].condition)->may_miss))
		count--;
	if (count && plan->disqualified != PPM_NODE_NONE)
		open = ppm_emit_and_not(e, ppm_emit_and_not(e, open, ppm_emit_root(e, plan->disqualified).value), ppm_emit_root(e, plan->unverified).value);
	for (size_t i = 0; i < count; i++) {
		if (plan->tiers[i].condition == PPM_NODE_NONE)
			continue;
		struct ppm_emitted condition = ppm_emit_root_for(e, plan->tiers[i].condition, open);
		if (condition.present != NO_VIRTUAL)
			passed = ppm_emit_or(e, passed, ppm_emit_and_not(e, open, condition.present));
		open = ppm_emit_and_not(e, open, condition.value);
	}
	return passed;
}

static void tallies(struct ppm_emitter *e)
{
	const struct ppm_plan *plan = e->plan;
	struct ppm_slice none = { NULL, 0 };
	if (plan->tier != PPM_NODE_NONE) {
		struct ppm_emitted tier = ppm_emit_root(e, plan->tier);
		for (size_t i = 0; i < plan->tier_count; i++) {
			bool seen = false;
			for (size_t j = 0; j < i; j++)
				seen = seen || ppm_slice_equal(plan->tiers[j].name, plan->tiers[i].name);
			if (!seen)
				tier_tally(e, tier, plan->tiers[i].name, plan->tiers[i].action_text);
		}
		if (plan->disqualified != PPM_NODE_NONE) {
			tier_tally(e, tier, PPM_SLICE("disqualified"), none);
			if (node_of(e, plan->unverified)->op != PPM_NODE_CONSTANT)
				tier_tally(e, tier, PPM_SLICE("unverified"), none);
		}
		uint32_t passed = passed_over(e);
		if (passed != e->none)
			tally(e, PPM_TALLY_TIER_PASSED_OVER, none, none, passed);
		if (plan->overridden != PPM_NODE_NONE && node_of(e, plan->overridden)->op != PPM_NODE_CONSTANT)
			tally(e, PPM_TALLY_OVERRIDDEN, none, none, ppm_emit_root(e, plan->overridden).value);
	}
	uint32_t incomplete = e->none, last = e->none;
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *r = plan->rules[i];
		if (!r->may_be_unknown || r->members)
			continue;
		uint32_t known = ppm_emit_rule_known(e, r);
		if (known == NO_VIRTUAL)
			continue;
		uint32_t unknown = ppm_emit_not(e, known);
		tally(e, PPM_TALLY_RULE_UNKNOWN, r->name, none, unknown);
		if (unknown != last) // rules that lack the same column stand together
			incomplete = ppm_emit_or(e, incomplete, unknown);
		last = unknown;
	}
	if (incomplete != e->none)
		tally(e, PPM_TALLY_INCOMPLETE, none, none, incomplete);
	if (plan->score == PPM_NODE_NONE)
		return;
	struct ppm_emitted score = ppm_emit_root(e, plan->score);
	ppm_emit_op(e, PPM_OPCODE_COUNT, score.value, PPM_CLASS_F64, 0, PPM_RIDE_SCORE, 0, 0, nowhere());
	if (score.present == NO_VIRTUAL)
		return;
	ppm_emit_op(e, PPM_OPCODE_COUNT, score.present, PPM_CLASS_MASK, 0, PPM_RIDE_SCORE_PRESENT, 0, 0, nowhere());
	tally(e, PPM_TALLY_SCORE_MISSING, none, none, ppm_emit_not(e, score.present));
}

void ppm_emit_outputs(struct ppm_emitter *e)
{
	const struct ppm_emit_task *task = e->task;
	e->program->outputs = ppm_arena_allocate(&e->program->arena, task->result_count + 1, sizeof *e->program->outputs);
	if (!e->program->outputs) {
		e->failed = true;
		return;
	}
	e->program->output_count = (uint32_t)task->result_count;
	for (size_t i = 0; i < task->result_count && !e->failed; i++)
		result(e, &task->results[i], &e->program->outputs[i]);
	if (task->kind != PPM_EMIT_TABLE)
		tallies(e);
}

// ---- what is kept --------------------------------------------------------------------------------------------------------

static uint32_t rounded(struct ppm_emitter *e, const struct ppm_kept *kept, uint32_t value)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, PPM_OP_DECIMAL_F64, result, value, 0, 0, 0, 0, node_of(e, kept->node)->span);
	return result;
}

static uint32_t guard_rows(struct ppm_emitter *e, const struct ppm_kept *kept)
{
	uint32_t rows = e->none;
	for (const struct ppm_guard *guard = kept->guards; guard; guard = guard->next) {
		uint32_t asked = e->all;
		if (guard->where != PPM_NODE_NONE)
			asked = ppm_emit_and(e, asked, ppm_emit_root(e, guard->where).value);
		if (guard->also != PPM_NODE_NONE)
			asked = ppm_emit_and(e, asked, ppm_emit_root(e, guard->also).value);
		rows = ppm_emit_or(e, rows, asked);
	}
	return rows;
}

// A value whose users leave out the rows that it was not asked for. An explanation shows those, too: as rows without a value.
static struct ppm_emitted guarded_value(struct ppm_emitter *e, const struct ppm_kept *kept, enum ppm_register_class *class)
{
	uint32_t rows = guard_rows(e, kept);
	struct ppm_emitted at = ppm_emit_root_for(e, kept->node, rows);
	if (kept->form & PPM_FORM_WIDE && *class != PPM_CLASS_X128) {
		uint32_t exact = ppm_emit_register(e, PPM_CLASS_X128);
		ppm_emit_op(e, PPM_OP_EXACT_FROM_MONEY, exact, at.value, 0, 0, 0, 0, node_of(e, kept->node)->span);
		at.value = exact;
		*class = PPM_CLASS_X128;
	}
	if (kept->form & PPM_FORM_ROUNDED)
		at.value = rounded(e, kept, at.value);
	if (kept->form & PPM_FORM_SET)
		at.present = NO_VIRTUAL;
	else if (e->plan->explanation)
		at.present = ppm_emit_both(e, at.present, rows);
	return at;
}

static struct ppm_emitted kept_value(struct ppm_emitter *e, const struct ppm_kept *kept, enum ppm_register_class *class)
{
	if (kept->column != PPM_NO_ID) {
		*class = ppm_emit_column_class(&e->plan->columns[kept->column]);
		return ppm_emit_column(e, kept->column, true);
	}
	if (kept->node == PPM_NODE_NONE) { // every row
		*class = PPM_CLASS_MASK;
		return (struct ppm_emitted){ e->all, NO_VIRTUAL };
	}
	*class = ppm_emit_class(node_of(e, kept->node));
	if (kept->guards)
		return guarded_value(e, kept, class);
	struct ppm_emitted at = ppm_emit_root(e, kept->node);
	if (kept->form & PPM_FORM_WIDE) {
		at.value = ppm_emit_exact(e, kept->node);
		*class = PPM_CLASS_X128;
	}
	if (kept->form & PPM_FORM_ROUNDED)
		at.value = rounded(e, kept, at.value);
	if (kept->form & PPM_FORM_SET)
		at.present = NO_VIRTUAL;
	return at;
}

void ppm_emit_stores(struct ppm_emitter *e)
{
	const struct ppm_emit_task *task = e->task;
	if (task->keep != PPM_NODE_NONE) { // what does not exist cannot fail
		uint32_t keep = ppm_emit_root(e, task->keep).value;
		e->program->keeps = true;
		ppm_emit_op(e, PPM_OPCODE_COUNT, keep, PPM_CLASS_MASK, 0, PPM_RIDE_KEEP, 0, 0, nowhere());
		e->rows = e->branch.active = ppm_emit_and(e, e->rows, keep);
	}
	for (uint32_t i = 0; i < task->store_count && !e->failed; i++) {
		enum ppm_register_class class;
		struct ppm_emitted at = kept_value(e, &task->stores[i], &class);
		uint32_t index = e->program->store_count;
		struct ppm_store *place = PPM_EMIT_ENTRY(e, store);
		if (!place)
			return;
		*place = (struct ppm_store){ class, PPM_NO_REGISTER, PPM_NO_REGISTER, task->stores[i].table_column };
		ppm_emit_op(e, PPM_OPCODE_COUNT, at.value, class, 0, PPM_RIDE_STORE, 0, index, nowhere());
		if (at.present != NO_VIRTUAL)
			ppm_emit_op(e, PPM_OPCODE_COUNT, at.present, PPM_CLASS_MASK, 0, PPM_RIDE_STORE_PRESENT, 0, index, nowhere());
	}
}

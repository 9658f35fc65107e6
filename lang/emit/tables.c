// What a job keeps: a table for each dataset that is needed, with a column for each value that a step takes or makes, and for each that a later stage's program reads.
//
// A plan column is kept once, as it is. A computed input has a column of its own: a later stage that needs the same value computes it again from the columns, which costs
// less than keeping it.

#include "lang/emit/job.h"
#include "lang/plan/reach.h"

#include <assert.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_job_builder *b, ppm_node_id id)
{
	return &b->plan->nodes[id];
}

void *ppm_job_entry(struct ppm_job_builder *b, void **items, uint32_t *count, size_t *capacity, size_t size)
{
	if (*count == *capacity) {
		size_t wanted = *capacity ? *capacity * 2 : 8;
		void *bigger = ppm_arena_allocate(&b->job->arena, wanted, size);
		if (!bigger) {
			b->status = PPM_ERROR_MEMORY;
			return NULL;
		}
		if (*count)
			memcpy(bigger, *items, *count * size);
		*items = bigger;
		*capacity = wanted;
	}
	return (char *)*items + (*count)++ * size;
}

struct ppm_slice ppm_job_copy(struct ppm_job_builder *b, struct ppm_slice text)
{
	struct ppm_slice made = ppm_arena_copy(&b->job->arena, text);
	if (!made.data)
		b->status = PPM_ERROR_MEMORY;
	return made;
}

// ---- columns ---------------------------------------------------------------------------------------------------------

// The model's own words for a value, on one line.
static struct ppm_slice words(struct ppm_job_builder *b, ppm_node_id id, uint8_t form)
{
	struct ppm_buffer line;

	ppm_buffer_init(&line, b->allocator);
	ppm_source_append_line(&line, ppm_source_map_text(b->map, node_of(b, id)->span));
	struct ppm_slice made = ppm_arena_take(&b->job->arena, &line);
	if (!made.size)
		made = PPM_SLICE("value");
	if (form & PPM_FORM_ROUNDED)
		made = ppm_arena_format(&b->job->arena, "%.*s, rounded", (int)made.size, made.data);
	if (form & PPM_FORM_WIDE)
		made = ppm_arena_format(&b->job->arena, "%.*s, to 12 places", (int)made.size, made.data);
	if (b->job->arena.failed)
		b->status = PPM_ERROR_MEMORY;
	return made;
}

static enum ppm_value_format_kind read_as(struct ppm_type type, enum ppm_register_class class)
{
	switch (type.base) {
	case PPM_BASE_PERCENT: return PPM_FORMAT_PERCENT;
	case PPM_BASE_MONEY: return class == PPM_CLASS_X128 ? PPM_FORMAT_EXACT : PPM_FORMAT_MONEY;
	case PPM_BASE_TEXT: return PPM_FORMAT_TEXT;
	case PPM_BASE_DATE: return PPM_FORMAT_DATE;
	case PPM_BASE_FLAG: return PPM_FORMAT_FLAG;
	case PPM_BASE_DURATION: return type.months ? PPM_FORMAT_MONTHS : PPM_FORMAT_DAYS;
	default: return PPM_FORMAT_NUMBER;
	}
}

static struct ppm_slice column_name(struct ppm_job_builder *b, const struct ppm_plan_column *column)
{
	return ppm_job_copy(b, column->kind == PPM_PLAN_STEP ? b->plan->steps[column->index].text : column->name);
}

static uint32_t new_slot(struct ppm_job_builder *b, struct ppm_slot slot, struct ppm_table_column column)
{
	if (b->status != PPM_OK)
		return 0;
	if (!ppm_grow(b->allocator, (void **)&b->slots, &b->slot_capacity, b->slot_count + 1, sizeof *b->slots)) {
		b->status = PPM_ERROR_MEMORY;
		return 0;
	}
	assert(!b->laid_out && "a value that was not asked for in time");
	struct ppm_table *table = &b->job->tables[b->tables[slot.dataset]];
	if (!(table->column_count & (table->column_count - 1)) || !table->columns) { // full at every power of two
		struct ppm_table_column *bigger = ppm_arena_allocate(&b->job->arena, table->column_count ? table->column_count * 2 : 1, sizeof *bigger);
		if (!bigger) {
			b->status = PPM_ERROR_MEMORY;
			return 0;
		}
		if (table->column_count)
			memcpy(bigger, table->columns, table->column_count * sizeof *bigger);
		table->columns = bigger;
	}
	slot.kept.table_column = table->column_count;
	table->columns[table->column_count++] = column;
	b->slots[b->slot_count++] = slot;
	return (uint32_t)b->slot_count;
}

static void keep_leaf(struct ppm_job_builder *b, uint32_t index);

uint32_t ppm_job_kept_column(struct ppm_job_builder *b, uint32_t index)
{
	const struct ppm_plan_column *column = &b->plan->columns[index];
	if (!b->column_slots[index]) {
		const struct ppm_table_column kept = { .name = column_name(b, column),
			.class = ppm_emit_column_class(column),
			.may_miss = column->optional,
			.text = column->type.base == PPM_BASE_TEXT,
			.format = read_as(column->type, ppm_emit_column_class(column)) };
		const struct ppm_slot slot = {
			.kept = { .column = index, .node = PPM_NODE_NONE }, .dataset = column->dataset, .stage = 0, .computed = column->kind == PPM_PLAN_FIELD
		};
		b->column_slots[index] = new_slot(b, slot, kept);
		if (b->status != PPM_OK)
			return 0;
		b->leaves[index] = (struct ppm_leaf){ PPM_FROM_TABLE, b->tables[column->dataset], b->slots[b->column_slots[index] - 1].kept.table_column };
	}
	return b->slots[b->column_slots[index] - 1].kept.table_column;
}

static void visit_leaf(void *context, ppm_node_id id)
{
	struct ppm_job_builder *b = context;
	if (b->walked[id] || b->status != PPM_OK)
		return;
	b->walked[id] = 1;
	if (node_of(b, id)->op == PPM_NODE_COLUMN)
		keep_leaf(b, node_of(b, id)->index);
	else
		ppm_plan_operands(b->plan, id, visit_leaf, b);
}

static int32_t stage_in(const struct ppm_job_builder *b, ppm_node_id id, uint32_t dataset)
{
	const struct ppm_node *node = node_of(b, id);
	int32_t stage = node->op == PPM_NODE_COLUMN ? b->stages.columns[node->index] : b->stages.nodes[id], rows = b->stages.datasets[dataset];
	return stage > rows ? stage : rows;
}

static bool is_kept_as_it_is(const struct ppm_plan_column *column, uint32_t dataset)
{
	return column->dataset == dataset && column->kind != PPM_PLAN_COMPANY;
}

static uint32_t new_node_slot(struct ppm_job_builder *b, uint32_t dataset, ppm_node_id id, uint8_t form, int32_t stage)
{
	const struct ppm_node *node = node_of(b, id);
	const enum ppm_register_class class = form & PPM_FORM_WIDE ? PPM_CLASS_X128 : ppm_emit_class(node);
	const struct ppm_table_column kept = { .name = words(b, id, form),
		.class = class,
		.may_miss = node->may_miss && !(form & PPM_FORM_SET),
		.text = node->type.base == PPM_BASE_TEXT,
		.format = read_as(node->type, class) };
	const struct ppm_slot slot = { .kept = { .column = PPM_NO_ID, .node = id, .form = form }, .dataset = dataset, .stage = stage, .computed = true, .next = b->node_slots[id] };
	uint32_t made = new_slot(b, slot, kept);
	if (!made)
		return 0;
	b->node_slots[id] = made;
	if (slot.stage > 0)
		visit_leaf(b, id);
	return made;
}

// Operands come before what is made of them.
static void find_risky(struct ppm_job_builder *b)
{
	for (ppm_node_id id = 0; id < b->plan->node_count; id++) {
		const struct ppm_node *node = node_of(b, id);
		const ppm_node_id operands[] = { node->a, node->b, node->c, node->d };
		uint8_t risky = 0;
		switch (node->op) {
		case PPM_NODE_ADD:
		case PPM_NODE_SUBTRACT:
		case PPM_NODE_MULTIPLY: risky = 1; break;
		case PPM_NODE_DIVIDE:
		case PPM_NODE_MODULO:
		case PPM_NODE_POWER:
		case PPM_NODE_TEXT_TEST:
		case PPM_NODE_CALL: risky = 2; break;
		default: break;
		}
		for (int i = 0; i < 4; i++)
			if (operands[i] != PPM_NODE_NONE && operands[i] < id)
				risky |= b->risky[operands[i]];
		b->risky[id] = risky;
	}
}

bool ppm_job_is_risky(const struct ppm_job_builder *b, ppm_node_id id)
{
	// An explanation shows what rows that are left out have, where that can be had.
	return b->risky[id] & (b->plan->explanation ? 2 : 3);
}

ppm_node_id ppm_job_link_where(const struct ppm_job_builder *b, const struct ppm_plan_step *step)
{
	const struct ppm_plan_link *link = step->kind == PPM_STEP_AGGREGATE && step->link != PPM_NO_ID ? &b->plan->links[step->link] : NULL;
	return link && link->kind == PPM_LINK_GROUP ? link->where : PPM_NODE_NONE;
}

static bool add_guard(struct ppm_job_builder *b, struct ppm_slot *slot, ppm_node_id where, ppm_node_id also)
{
	for (const struct ppm_guard *guard = slot->kept.guards; guard; guard = guard->next)
		if (guard->where == where && guard->also == also)
			return true;
	assert(!b->laid_out && "rows that were not asked for in time");
	struct ppm_guard *guard = ppm_arena_allocate(&b->job->arena, 1, sizeof *guard);
	if (!guard) {
		b->status = PPM_ERROR_MEMORY;
		return false;
	}
	*guard = (struct ppm_guard){ where, also, slot->kept.guards };
	slot->kept.guards = guard;
	const bool later = slot->stage > 0; // what is kept from here on may move the slots
	if (later && where != PPM_NODE_NONE)
		visit_leaf(b, where);
	if (later && also != PPM_NODE_NONE)
		visit_leaf(b, also);
	return b->status == PPM_OK;
}

uint32_t ppm_job_kept_where(struct ppm_job_builder *b, uint32_t dataset, ppm_node_id id, uint8_t form, ppm_node_id where, ppm_node_id also)
{
	if (id == PPM_NODE_NONE || b->status != PPM_OK || (where == PPM_NODE_NONE && also == PPM_NODE_NONE) || !ppm_job_is_risky(b, id))
		return ppm_job_kept_node(b, dataset, id, form);
	const ppm_node_id conditions[] = { where, also };
	int32_t stage = stage_in(b, id, dataset);
	for (int i = 0; i < 2; i++)
		if (conditions[i] != PPM_NODE_NONE && stage_in(b, conditions[i], dataset) > stage)
			stage = stage_in(b, conditions[i], dataset);
	uint32_t found = b->node_slots[id];
	while (found && (b->slots[found - 1].dataset != dataset || b->slots[found - 1].kept.form != form || !b->slots[found - 1].kept.guards || b->slots[found - 1].stage != stage))
		found = b->slots[found - 1].next;
	if (!found)
		found = new_node_slot(b, dataset, id, form, stage);
	if (!found || !add_guard(b, &b->slots[found - 1], where, also))
		return PPM_NO_INDEX;
	return b->slots[found - 1].kept.table_column;
}

uint32_t ppm_job_kept_node(struct ppm_job_builder *b, uint32_t dataset, ppm_node_id id, uint8_t form)
{
	if (id == PPM_NODE_NONE || b->status != PPM_OK)
		return PPM_NO_INDEX;
	const struct ppm_node *node = node_of(b, id);
	if (node->op == PPM_NODE_COLUMN && !node->may_miss && b->plan->columns[node->index].kind == PPM_PLAN_FIELD)
		form &= (uint8_t)~PPM_FORM_SET;
	if (!form && node->op == PPM_NODE_COLUMN && is_kept_as_it_is(&b->plan->columns[node->index], dataset))
		return ppm_job_kept_column(b, node->index);
	for (uint32_t at = b->node_slots[id]; at; at = b->slots[at - 1].next)
		if (b->slots[at - 1].dataset == dataset && b->slots[at - 1].kept.form == form && !b->slots[at - 1].kept.guards)
			return b->slots[at - 1].kept.table_column;
	uint32_t made = new_node_slot(b, dataset, id, form, stage_in(b, id, dataset));
	return made ? b->slots[made - 1].kept.table_column : PPM_NO_INDEX;
}

// A leaf of a program over kept rows.
static void keep_leaf(struct ppm_job_builder *b, uint32_t index)
{
	const struct ppm_plan_column *column = &b->plan->columns[index];
	const struct ppm_plan_dataset *d = ppm_stages_dataset(b->plan, column->dataset);
	enum ppm_column_origin origin = PPM_FROM_COMPANY;
	uint32_t dataset = b->plan->company;
	switch (column->kind) {
	case PPM_PLAN_COMPANY: break;
	case PPM_PLAN_OUTER:
		origin = PPM_FROM_OUTER;
		dataset = d->outer;
		break;
	case PPM_PLAN_INNER:
		origin = PPM_FROM_INNER;
		dataset = d->inner;
		break;
	case PPM_PLAN_LEVEL: b->leaves[index] = (struct ppm_leaf){ PPM_FROM_LEVEL, PPM_NO_INDEX, PPM_NO_INDEX }; return;
	default: ppm_job_kept_column(b, index); return;
	}
	uint8_t form = column->wide && !node_of(b, column->value)->wide && column->type.base == PPM_BASE_MONEY ? PPM_FORM_WIDE : 0;
	uint32_t kept = ppm_job_kept_node(b, dataset, column->value, form);
	b->leaves[index] = (struct ppm_leaf){ origin, b->tables[dataset], kept };
}

uint8_t ppm_job_order_form(const struct ppm_job_builder *b, ppm_node_id id)
{
	return id != PPM_NODE_NONE && node_of(b, id)->computed && ppm_emit_class(node_of(b, id)) == PPM_CLASS_F64 ? PPM_FORM_ROUNDED : 0;
}

uint8_t ppm_job_key_form(const struct ppm_job_builder *b, const struct ppm_plan_link *link, uint32_t i)
{
	const struct ppm_node *key = node_of(b, link->keys[i].value);
	uint8_t form = link->keys[i].rounded ? PPM_FORM_ROUNDED : ppm_job_order_form(b, link->keys[i].value);
	if (link->kind != PPM_LINK_MATCH)
		return form;
	const struct ppm_plan_column *other = &b->plan->columns[link->other_keys[i]];
	if (other->computed && ppm_emit_column_class(other) == PPM_CLASS_F64)
		form = PPM_FORM_ROUNDED;
	if (key->type.base == PPM_BASE_MONEY && key->wide != other->wide)
		form = PPM_FORM_WIDE;
	return form;
}

uint8_t ppm_job_value_form(const struct ppm_job_builder *b, const struct ppm_plan_step *step, ppm_node_id value)
{
	bool ordered = false;
	switch (step->kind) {
	case PPM_STEP_AGGREGATE: ordered = step->aggregate == PPM_AGGREGATE_DISTINCT; break;
	case PPM_STEP_RANK: ordered = step->rank != PPM_RANK_SHARE; break;
	case PPM_STEP_AGREEMENT: ordered = step->agreement == PPM_AGREEMENT_CONCORDANCE; break;
	case PPM_STEP_GATHER:
	case PPM_STEP_TREE_AGGREGATE: break;
	}
	return ordered ? ppm_job_order_form(b, value) : 0;
}

struct ppm_step_columns ppm_job_step_columns(struct ppm_job_builder *b, const struct ppm_plan_step *step)
{
	uint32_t dataset = step->kind == PPM_STEP_GATHER ? b->plan->links[step->link].to : step->dataset;
	ppm_node_id also = ppm_job_link_where(b, step);
	struct ppm_step_columns columns = { ppm_job_kept_where(b, dataset, step->value, ppm_job_value_form(b, step, step->value), step->where, also),
		ppm_job_kept_where(b, dataset, step->where, PPM_FORM_SET, PPM_NODE_NONE, also),
		ppm_job_kept_where(b, dataset, step->order, ppm_job_order_form(b, step->order), step->where, also) };
	for (uint32_t i = 0; step->kind == PPM_STEP_AGREEMENT && i < step->value_count; i++)
		ppm_job_kept_where(b, dataset, step->values[i], ppm_job_value_form(b, step, step->values[i]), step->where, also);
	return columns;
}

// ---- what the plan needs -----------------------------------------------------------------------------------------------

static void make_tables(struct ppm_job_builder *b)
{
	static const enum ppm_table_kind kinds[] = {
		[PPM_DATASET_FILE] = PPM_TABLE_FILE, [PPM_DATASET_GROUPS] = PPM_TABLE_GROUPS, [PPM_DATASET_CALENDAR] = PPM_TABLE_CALENDAR, [PPM_DATASET_COMPANY] = PPM_TABLE_COMPANY
	};
	size_t count = b->plan->dataset_count ? b->plan->dataset_count : 1;
	for (uint32_t i = 0; i < count && b->status == PPM_OK; i++) {
		const struct ppm_plan_dataset *d = ppm_stages_dataset(b->plan, i);
		b->tables[i] = PPM_NO_INDEX;
		if (b->stages.datasets[i] == PPM_STAGE_NONE || d->kind == PPM_DATASET_PAIRS)
			continue;
		b->tables[i] = b->job->table_count;
		struct ppm_table *table = PPM_JOB_ENTRY(b, table);
		if (!table)
			return;
		*table = (struct ppm_table){ .name = ppm_job_copy(b, i ? d->name : b->plan->dataset_name),
			.kind = kinds[d->kind],
			.path = ppm_job_copy(b, d->file),
			.place = ppm_emit_place(b->map, d->span),
			.key = PPM_NO_INDEX };
	}
	b->job->scored = b->tables[0];
}

// Periods have their two columns whether they are asked for or not: the step makes both, in this order.
static void keep_periods(struct ppm_job_builder *b, uint32_t dataset)
{
	static const enum ppm_plan_column_kind both[] = { PPM_PLAN_PERIOD_START, PPM_PLAN_PERIOD_END };
	for (int side = 0; side < 2; side++) {
		uint32_t found = PPM_NO_ID;
		for (uint32_t i = 0; i < b->plan->column_count; i++)
			if (b->plan->columns[i].dataset == dataset && b->plan->columns[i].kind == both[side])
				found = i;
		if (found != PPM_NO_ID) {
			ppm_job_kept_column(b, found);
			continue;
		}
		const struct ppm_table_column kept = { .name = side ? PPM_SLICE("end") : PPM_SLICE("start"), .class = PPM_CLASS_I32, .format = PPM_FORMAT_DATE };
		const struct ppm_slot slot = { .kept = { .column = PPM_NO_ID, .node = PPM_NODE_NONE }, .dataset = dataset, .stage = 1 };
		new_slot(b, slot, kept);
	}
}

static uint32_t add_link(struct ppm_job_builder *b, struct ppm_slice name, uint32_t from, uint32_t to)
{
	uint32_t index = b->job->link_count;
	struct ppm_link *link = PPM_JOB_ENTRY(b, link);
	struct ppm_slice rows = b->job->tables[b->tables[from]].name;
	if (link)
		*link = (struct ppm_link){ name.size ? ppm_job_copy(b, name) : ppm_arena_format(&b->job->arena, "all %.*s", (int)rows.size, rows.data), b->tables[from],
			b->tables[to] };
	return index;
}

static void keep_link(struct ppm_job_builder *b, const struct ppm_plan_link *link)
{
	for (uint32_t i = 0; i < link->key_count; i++) {
		if (link->keys[i].is_link)
			continue;
		uint8_t form = ppm_job_key_form(b, link, i);
		ppm_job_kept_where(b, link->from, link->keys[i].value, form, PPM_NODE_NONE, link->where);
		const struct ppm_plan_column *other = link->other_keys[i] == PPM_NO_ID ? NULL : &b->plan->columns[link->other_keys[i]];
		if (link->kind == PPM_LINK_GROUP && other)
			ppm_job_kept_column(b, link->other_keys[i]);
		else if (other && ((form & PPM_FORM_WIDE && !other->wide) || form & PPM_FORM_ROUNDED)) // as `=` would: both are, when one was computed
			ppm_job_kept_node(b, link->to, other->node, form);
		else if (other)
			ppm_job_kept_column(b, link->other_keys[i]);
	}
	if (link->kind == PPM_LINK_GROUP)
		ppm_job_kept_node(b, link->from, link->where, PPM_FORM_SET);
}

uint32_t ppm_job_step_link(struct ppm_job_builder *b, const struct ppm_plan_step *step)
{
	if (step->link != PPM_NO_ID)
		return b->links[step->link];
	if (step->kind == PPM_STEP_RANK)
		return PPM_NO_INDEX;
	if (b->company_links[step->dataset] == PPM_NO_INDEX)
		b->company_links[step->dataset] = add_link(b, PPM_SLICE(""), step->dataset, step->outer);
	return b->company_links[step->dataset];
}

static void keep_step(struct ppm_job_builder *b, const struct ppm_plan_step *step)
{
	if (ppm_stages_dataset(b->plan, step->dataset)->kind == PPM_DATASET_PAIRS && step->kind == PPM_STEP_AGGREGATE) {
		if (step->value != PPM_NODE_NONE)
			visit_leaf(b, step->value);
		if (step->where != PPM_NODE_NONE)
			visit_leaf(b, step->where);
	} else {
		ppm_job_step_columns(b, step);
		if (step->kind == PPM_STEP_AGGREGATE)
			ppm_job_step_link(b, step);
	}
	ppm_job_kept_column(b, step->column);
}

// Ties are settled and rows are named by the key: only where that can happen it is kept. An explanation names rows.
static void keep_keys(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	for (uint32_t d = 0; d < plan->dataset_count; d++) {
		uint32_t key = plan->datasets[d].key;
		if (b->tables[d] == PPM_NO_INDEX || key == PPM_NO_ID)
			continue;
		bool wanted = d == 0 || b->column_slots[key] || plan->explanation;
		for (size_t i = 0; i < plan->step_count && !wanted; i++) {
			const struct ppm_plan_step *step = &plan->steps[i];
			if (b->stages.steps[i] != PPM_STAGE_NONE && step->dataset == d)
				wanted = (step->kind == PPM_STEP_AGGREGATE && (step->aggregate == PPM_AGGREGATE_FIRST || step->aggregate == PPM_AGGREGATE_LAST)) ||
					(step->kind == PPM_STEP_RANK && (step->rank == PPM_RANK_NTILE || step->rank == PPM_RANK_RUNNING_SHARE));
		}
		for (size_t i = 0; i < plan->tree_count && !wanted; i++)
			wanted = b->stages.trees[i] != PPM_STAGE_NONE && plan->trees[i].dataset == d;
		if (!wanted)
			continue;
		if (b->stages.columns[key] == PPM_STAGE_NONE)
			b->stages.columns[key] = b->stages.datasets[d];
		b->job->tables[b->tables[d]].key = ppm_job_kept_column(b, key);
	}
}

// Results that pass a field through do so only where there are fields: groups give their keys as values.
static void scored_results(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	const struct ppm_plan_dataset *d = ppm_stages_dataset(plan, 0);
	const struct ppm_plan_link *link = d->kind == PPM_DATASET_GROUPS ? &plan->links[d->link] : NULL;
	b->results = ppm_arena_allocate(&b->job->arena, plan->result_count + (link ? link->key_count : 0) + 1, sizeof *b->results);
	if (!b->results) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	b->pass_all = plan->pass_all && d->kind == PPM_DATASET_FILE;
	for (uint32_t i = 0; plan->pass_all && link && i < link->key_count; i++)
		if (link->other_keys[i] != PPM_NO_ID) {
			const struct ppm_plan_column *column = &plan->columns[link->other_keys[i]];
			b->results[b->result_count++] = (struct ppm_plan_result){ .kind = PPM_RESULT_PASS, .name = column->name, .column = link->other_keys[i], .places = -1 };
		}
	for (size_t i = 0; i < plan->result_count; i++)
		b->results[b->result_count++] = plan->results[i];
	for (size_t i = 0; i < b->result_count; i++) {
		struct ppm_plan_result *result = &b->results[i];
		if (result->kind != PPM_RESULT_PASS || plan->columns[result->column].kind == PPM_PLAN_FIELD)
			continue;
		result->kind = PPM_RESULT_VALUE;
		result->node = plan->columns[result->column].node;
		visit_leaf(b, result->node);
	}
	struct ppm_table *table = &b->job->tables[b->job->scored];
	table->keep_records = b->pass_all;
	for (uint32_t c = 0; c < plan->column_count; c++) {
		bool passed = b->pass_all && plan->columns[c].kind == PPM_PLAN_FIELD && plan->columns[c].dataset == 0;
		for (size_t i = 0; i < b->result_count; i++)
			passed = passed || (b->results[i].kind == PPM_RESULT_PASS && b->results[i].column == c);
		table->raw_count += passed;
	}
}

void ppm_job_lay_out(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	find_risky(b);
	make_tables(b);
	for (uint32_t i = 0; i < plan->dataset_count && b->status == PPM_OK; i++)
		if (plan->datasets[i].kind == PPM_DATASET_CALENDAR && b->tables[i] != PPM_NO_INDEX)
			keep_periods(b, i);
	for (uint32_t i = 0; i < plan->link_count && b->status == PPM_OK; i++) {
		const struct ppm_plan_link *link = &plan->links[i];
		b->links[i] = PPM_NO_INDEX;
		if (b->stages.links[i] == PPM_STAGE_NONE)
			continue;
		b->links[i] = add_link(b, link->name, link->from, link->to);
		if (link->kind == PPM_LINK_MATCH || link->kind == PPM_LINK_GROUP)
			keep_link(b, link);
	}
	for (uint32_t i = 0; i < plan->tree_count && b->status == PPM_OK; i++) {
		const struct ppm_plan_tree *tree = &plan->trees[i];
		b->trees[i] = PPM_NO_INDEX;
		if (b->stages.trees[i] == PPM_STAGE_NONE)
			continue;
		b->trees[i] = b->job->tree_count;
		struct ppm_tree *place = PPM_JOB_ENTRY(b, tree);
		if (place)
			*place = (struct ppm_tree){ ppm_job_copy(b, tree->name), b->tables[tree->dataset], b->links[tree->link], tree->break_cycles,
				ppm_emit_place(b->map, tree->span) };
		if (tree->depth_column != PPM_NO_ID && b->stages.columns[tree->depth_column] != PPM_STAGE_NONE)
			ppm_job_kept_column(b, tree->depth_column);
	}
	for (uint32_t i = 0; i < plan->step_count && b->status == PPM_OK; i++)
		if (b->stages.steps[i] != PPM_STAGE_NONE)
			keep_step(b, &plan->steps[i]);
	if (b->status != PPM_OK)
		return;
	scored_results(b);
	ppm_stages_scored_roots(plan, visit_leaf, b);
	for (size_t i = 0; i < plan->metric_count; i++)
		visit_leaf(b, plan->metrics[i].node);
	for (size_t i = 0; i < plan->summary_count && b->status == PPM_OK; i++) {
		const struct ppm_plan_summary *summary = &plan->summarys[i];
		for (uint32_t r = 0; r < summary->result_count; r++)
			visit_leaf(b, summary->results[r].node);
		for (uint32_t o = 0; o < summary->order_count; o++)
			ppm_job_kept_node(b, summary->dataset, summary->orders[o].node, ppm_job_order_form(b, summary->orders[o].node));
	}
	keep_keys(b);
	b->laid_out = true;
}

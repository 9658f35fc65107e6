// The emitter's frame: tables, constants, and the order of things.

#include "lang/emit/emitter.h"

#include "runtime/bytecode/verify.h"

#include <assert.h>
#include <string.h>

uint32_t ppm_emit_register(struct ppm_emitter *e, enum ppm_register_class class)
{
	return e->counts[class]++;
}

void ppm_emit_op(struct ppm_emitter *e, enum ppm_opcode op, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t lanes, uint32_t k, struct ppm_span span)
{
	if (!ppm_grow(e->allocator, (void **)&e->code, &e->code_capacity, e->code_count + 1, sizeof *e->code)) {
		e->failed = true;
		return;
	}
	e->code[e->code_count++] = (struct ppm_virtual){ (uint16_t)op, a, b, c, d, lanes, k, span };
}

// The program's tables lie in its arena: they grow by copying, which for tables this small costs nothing that matters.
void *ppm_emit_entry(struct ppm_emitter *e, void **items, uint32_t *count, size_t *capacity, size_t size)
{
	if (*count == *capacity) {
		size_t wanted = *capacity ? *capacity * 2 : 16;
		void *bigger = ppm_arena_allocate(&e->program->arena, wanted, size);
		if (!bigger) {
			e->failed = true;
			return NULL;
		}
		if (*count)
			memcpy(bigger, *items, *count * size);
		*items = bigger;
		*capacity = wanted;
	}
	return (char *)*items + (*count)++ * size;
}

// Where in constant_slots the bits are, or would be.
static size_t constant_slot(const struct ppm_emitter *e, const union ppm_constant *value)
{
	uint64_t bits[2], other[2];
	memcpy(bits, value, sizeof bits);
	uint64_t hash = bits[0] ^ bits[1] * 31;
	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15); // of small whole numbers only the upper bits differ
	size_t slot = (size_t)(hash >> 32) & (e->constant_slot_count - 1);
	for (; e->constant_slots[slot]; slot = (slot + 1) & (e->constant_slot_count - 1)) {
		memcpy(other, &e->program->constants[e->constant_slots[slot] - 1], sizeof other);
		if (bits[0] == other[0] && bits[1] == other[1])
			break;
	}
	return slot;
}

static bool room_for_constant(struct ppm_emitter *e)
{
	size_t count = 64;
	if (e->program->constant_count < e->constant_slot_count / 2)
		return true;
	while (e->program->constant_count >= count / 2) // pairs of constants come without asking here
		count *= 2;
	uint32_t *slots = ppm_allocate_zeroed(e->allocator, count, sizeof *slots);
	if (!slots) {
		e->failed = true;
		return false;
	}
	ppm_free(e->allocator, e->constant_slots);
	e->constant_slots = slots;
	e->constant_slot_count = count;
	for (uint32_t i = 0; i < e->program->constant_count; i++)
		slots[constant_slot(e, &e->program->constants[i])] = i + 1;
	return true;
}

static uint32_t constant(struct ppm_emitter *e, union ppm_constant value)
{
	if (!room_for_constant(e))
		return 0;
	size_t slot = constant_slot(e, &value);
	if (e->constant_slots[slot])
		return e->constant_slots[slot] - 1;
	union ppm_constant *place = PPM_EMIT_ENTRY(e, constant);
	if (!place)
		return 0;
	*place = value;
	e->constant_slots[slot] = e->program->constant_count;
	return e->program->constant_count - 1;
}

uint32_t ppm_emit_constant_f64(struct ppm_emitter *e, double value)
{
	union ppm_constant k;
	memset(&k, 0, sizeof k);
	k.f64 = value;
	return constant(e, k);
}

uint32_t ppm_emit_constant_i64(struct ppm_emitter *e, int64_t value)
{
	union ppm_constant k;
	memset(&k, 0, sizeof k);
	k.i64 = value;
	return constant(e, k);
}

uint32_t ppm_emit_constant_x128(struct ppm_emitter *e, ppm_int128 value)
{
	union ppm_constant k;
	memset(&k, 0, sizeof k);
	k.x128 = value;
	return constant(e, k);
}

static uint32_t pair(struct ppm_emitter *e, union ppm_constant low, union ppm_constant high)
{
	uint32_t index = e->program->constant_count;
	union ppm_constant *a = PPM_EMIT_ENTRY(e, constant);
	if (a)
		*a = low;
	union ppm_constant *b = PPM_EMIT_ENTRY(e, constant);
	if (b)
		*b = high;
	return index;
}

uint32_t ppm_emit_pair_f64(struct ppm_emitter *e, double low, double high)
{
	union ppm_constant a, b;
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	a.f64 = low;
	b.f64 = high;
	return pair(e, a, b);
}

uint32_t ppm_emit_pair_i64(struct ppm_emitter *e, int64_t low, int64_t high)
{
	union ppm_constant a, b;
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	a.i64 = low;
	b.i64 = high;
	return pair(e, a, b);
}

uint32_t ppm_emit_text(struct ppm_emitter *e, uint32_t plan_text)
{
	if (plan_text >= e->plan->text_count) { // a model without texts: some code must exist
		if (!e->program->text_count) {
			struct ppm_slice *empty = PPM_EMIT_ENTRY(e, text);
			if (empty)
				*empty = PPM_SLICE("");
		}
		return 0;
	}
	if (!e->text_codes[plan_text]) {
		struct ppm_slice *place = PPM_EMIT_ENTRY(e, text);
		if (!place)
			return 0;
		*place = ppm_arena_copy(&e->program->arena, e->plan->texts[plan_text]);
		e->text_codes[plan_text] = e->program->text_count;
	}
	return e->text_codes[plan_text] - 1;
}

struct ppm_place ppm_emit_place(const struct ppm_source_map *map, struct ppm_span span)
{
	struct ppm_place place = { 0, 0, 0 };
	uint32_t line, column;
	const struct ppm_source *source = span.end ? ppm_source_map_place(map, span.begin, &line, &column) : NULL;
	if (!source)
		return place;
	uint32_t index = 0;
	for (const struct ppm_source *s = map->first; s && s != source; s = s->next)
		index++;
	place.source = (uint16_t)index;
	place.line = line;
	place.column = (uint16_t)(column > UINT16_MAX ? UINT16_MAX : column);
	return place;
}

// Where in site_slots the place and the reason are, or would be.
static size_t site_slot(const struct ppm_emitter *e, struct ppm_place at, struct ppm_slice why)
{
	uint64_t hash = ((uint64_t)at.line << 16 | at.column) * UINT64_C(0x9e3779b97f4a7c15) + at.source;
	size_t slot = (size_t)(hash >> 32) & (e->site_slot_count - 1);
	for (; e->site_slots[slot]; slot = (slot + 1) & (e->site_slot_count - 1)) {
		const struct ppm_site *site = &e->program->sites[e->site_slots[slot] - 1];
		if (site->place.line == at.line && site->place.column == at.column && site->place.source == at.source && ppm_slice_equal(site->what, why))
			break;
	}
	return slot;
}

static bool room_for_site(struct ppm_emitter *e)
{
	size_t count = e->site_slot_count ? e->site_slot_count * 2 : 64;
	if (e->program->site_count < e->site_slot_count / 2)
		return true;
	uint32_t *slots = ppm_allocate_zeroed(e->allocator, count, sizeof *slots);
	if (!slots) {
		e->failed = true;
		return false;
	}
	ppm_free(e->allocator, e->site_slots);
	e->site_slots = slots;
	e->site_slot_count = count;
	for (uint32_t i = 0; i < e->program->site_count; i++)
		slots[site_slot(e, e->program->sites[i].place, e->program->sites[i].what)] = i + 1;
	return true;
}

uint32_t ppm_emit_site(struct ppm_emitter *e, struct ppm_span span, const char *what)
{
	struct ppm_place at = ppm_emit_place(e->map, span);
	struct ppm_slice why = ppm_slice_of(what);
	if (!room_for_site(e))
		return 0;
	size_t slot = site_slot(e, at, why);
	if (e->site_slots[slot])
		return e->site_slots[slot] - 1;
	uint32_t index = e->program->site_count;
	struct ppm_site *place = PPM_EMIT_ENTRY(e, site);
	if (place) {
		*place = (struct ppm_site){ at, why };
		e->site_slots[slot] = index + 1;
	}
	return index;
}

uint8_t *ppm_emit_fallible(const struct ppm_plan *plan, const struct ppm_allocator *allocator)
{
	uint8_t *fallible = ppm_allocate(allocator, plan->node_count + 1, 1);
	for (ppm_node_id id = 0; fallible && id < plan->node_count; id++) {
		const struct ppm_node *node = &plan->nodes[id];
		const ppm_node_id operands[] = { node->a, node->b, node->c, node->d };
		uint8_t mark = 0;
		switch (node->op) {
		case PPM_NODE_ADD:
		case PPM_NODE_SUBTRACT:
		case PPM_NODE_MULTIPLY: mark = node->wide ? 3 : 1; break;
		case PPM_NODE_DIVIDE:
		case PPM_NODE_MODULO: mark = node->type.base == PPM_BASE_MONEY ? 3 : 1; break;
		case PPM_NODE_POWER:
		case PPM_NODE_CALL:
		case PPM_NODE_TEXT_TEST: mark = 3; break;
		default: break;
		}
		for (int i = 0; i < 4; i++)
			if (operands[i] != PPM_NODE_NONE && operands[i] < id)
				mark |= fallible[operands[i]];
		fallible[id] = mark;
	}
	return fallible;
}

static bool prepare(struct ppm_emitter *e)
{
	const struct ppm_plan *plan = e->plan;
	const struct ppm_allocator *a = e->allocator;
	size_t columns = plan->column_count + 1, dimensions = plan->dimension_count + 1;
	e->nodes = ppm_allocate_zeroed(a, plan->node_count + 1, sizeof *e->nodes);
	e->fallible = e->task->shared ? e->task->shared->fallible : ppm_emit_fallible(plan, a);
	e->prepared = ppm_allocate_zeroed(a, plan->node_count + 1, 1);
	e->text_codes = e->task->shared ? e->task->shared->text_codes : ppm_allocate_zeroed(a, plan->text_count + 1, sizeof *e->text_codes);
	e->column_value = ppm_allocate(a, columns, sizeof *e->column_value);
	e->column_present = ppm_allocate(a, columns, sizeof *e->column_present);
	e->column_pooled = ppm_allocate_zeroed(a, columns, 1);
	e->column_passed = ppm_allocate_zeroed(a, columns, 1);
	e->program_column = ppm_allocate_zeroed(a, columns, sizeof *e->program_column);
	e->passed_column = ppm_allocate_zeroed(a, columns, sizeof *e->passed_column);
	e->dimensions = ppm_allocate_zeroed(a, dimensions, sizeof *e->dimensions);
	e->dimension_points = ppm_allocate_zeroed(a, dimensions, sizeof *e->dimension_points);
	e->dimension_state = ppm_allocate_zeroed(a, dimensions, 1);
	e->dimension_whole = ppm_allocate(a, dimensions, sizeof *e->dimension_whole);
	e->range_low = ppm_allocate(a, dimensions, sizeof *e->range_low);
	e->range_high = ppm_allocate(a, dimensions, sizeof *e->range_high);
	if (!e->nodes || !e->fallible || !e->prepared || !e->text_codes || !e->column_value || !e->column_present || !e->column_pooled || !e->column_passed || !e->program_column ||
		!e->passed_column || !e->dimensions || !e->dimension_points || !e->dimension_state || !e->dimension_whole || !e->range_low || !e->range_high)
		return false;
	for (size_t i = 0; i < columns; i++)
		e->column_value[i] = e->column_present[i] = NO_VIRTUAL;
	for (size_t i = 0; i < dimensions; i++)
		e->dimension_whole[i] = e->range_low[i] = e->range_high[i] = NO_VIRTUAL;
	return true;
}

static void release(struct ppm_emitter *e)
{
	void *const blocks[] = { e->nodes, e->task->shared ? NULL : e->fallible, e->prepared, e->task->shared ? NULL : e->text_codes, e->column_value, e->column_present, e->column_pooled, e->column_passed,
		e->program_column, e->passed_column, e->dimensions, e->dimension_points, e->dimension_state, e->dimension_whole, e->range_low, e->range_high, e->code, e->undo,
		e->memos, e->linear_nodes, e->small_numbers, e->points, e->site_slots, e->constant_slots, (void *)e->values };
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		ppm_free(e->allocator, blocks[i]);
}

static void sources(struct ppm_emitter *e)
{
	uint32_t count = 0;
	struct ppm_program *p = e->program;
	if (e->task->shared && e->task->shared->sources) {
		p->sources = e->task->shared->sources;
		p->source_count = e->task->shared->source_count;
		return;
	}
	for (const struct ppm_source *s = e->map->first; s; s = s->next)
		count++;
	p->sources = ppm_arena_allocate(&p->arena, (size_t)count + 1, sizeof *p->sources);
	if (!p->sources) {
		e->failed = true;
		return;
	}
	for (const struct ppm_source *s = e->map->first; s; s = s->next)
		p->sources[p->source_count++] = (struct ppm_program_source){ ppm_arena_copy(&p->arena, s->path), ppm_arena_copy(&p->arena, s->text) };
}

// The texts that columns may hold, so that each has a code before any column is made.
static void column_texts(struct ppm_emitter *e)
{
	if (e->task->leaves && !e->task->load)
		return;
	for (size_t i = 0; i < e->plan->column_count; i++) {
		const struct ppm_plan_column *column = &e->plan->columns[i];
		const struct ppm_column_declaration *c = column->declaration;
		if (!c || column->type.base != PPM_BASE_TEXT || column->dataset != e->task->dataset)
			continue;
		for (const struct ppm_expression *item = c->in_list ? c->in_list->items : NULL; item; item = item->next) {
			uint32_t text = ppm_interner_find(&e->plan->interner, item->text);
			if (text != PPM_INTERNER_NONE)
				ppm_emit_text(e, text);
		}
	}
}

static void frame(struct ppm_emitter *e)
{
	struct ppm_span nowhere = { 0, 0 };
	e->scopes = 1;
	e->rows = ppm_emit_register(e, PPM_CLASS_MASK);
	e->all = ppm_emit_register(e, PPM_CLASS_MASK);
	e->none = ppm_emit_register(e, PPM_CLASS_MASK);
	e->branch = (struct ppm_branch){ .active = e->rows, .scope = 1 };
	ppm_emit_op(e, PPM_OP_MASK_ROWS, e->rows, 0, 0, 0, 0, 0, nowhere);
	ppm_emit_op(e, PPM_OP_MASK_FILL, e->all, 0, 0, 0, 0, 1, nowhere);
	ppm_emit_op(e, PPM_OP_MASK_FILL, e->none, 0, 0, 0, 0, 0, nowhere);
	for (size_t i = 0; i < e->plan->first_text_count; i++)
		ppm_emit_text(e, e->plan->first_texts[i]);
	column_texts(e);
	if (e->task->load) // fields that are passed through are kept as they are
		for (size_t i = 0; i < e->task->result_count; i++)
			if (e->task->results[i].kind == PPM_RESULT_PASS)
				e->column_passed[e->task->results[i].column] = 1;
	if (e->task->kind == PPM_EMIT_STORES)
		ppm_emit_stores(e);
	else
		ppm_emit_outputs(e);
	ppm_emit_op(e, PPM_OP_END, 0, 0, 0, 0, 0, 0, nowhere);
	ppm_emit_columns(e);
	for (uint32_t i = 0; i < e->program->output_count && !e->failed; i++)
		if (e->program->outputs[i].value.format.kind == PPM_FORMAT_PASS)
			e->program->outputs[i].value.column = (uint16_t)(e->passed_column[e->program->outputs[i].value.column] - 1);
}

static void share_texts(struct ppm_emitter *e, bool back)
{
	struct ppm_emit_shared *shared = e->task->shared;
	struct ppm_program *p = e->program;
	if (!shared)
		return;
	if (back) {
		*shared = (struct ppm_emit_shared){ shared->text_codes, shared->fallible, p->texts, p->text_count, e->text_capacity, p->sources, p->source_count };
		return;
	}
	p->texts = shared->texts;
	p->text_count = shared->text_count;
	e->text_capacity = shared->text_capacity;
}

enum ppm_status ppm_emit_program(struct ppm_program **out, const struct ppm_emit_task *task)
{
	const struct ppm_plan *plan = task->plan;
	struct ppm_emitter e = { .task = task, .plan = plan, .allocator = task->allocator, .map = task->map, .optimise = task->optimise };
	*out = NULL;
	e.program = ppm_program_new(task->allocator);
	if (!e.program)
		return PPM_ERROR_MEMORY;
	struct ppm_program *p = e.program;
	bool scored = task->dataset == 0;
	p->model_name = ppm_arena_copy(&p->arena, plan->model_name);
	p->model_doc = ppm_arena_copy(&p->arena, plan->model_doc);
	p->dataset_name = ppm_arena_copy(&p->arena, scored ? plan->dataset_name : plan->datasets[task->dataset].name);
	p->has_as_of = plan->has_as_of;
	p->as_of = plan->as_of;
	p->strict = plan->strict;
	p->pass_all_columns = task->pass_all;
	if (!prepare(&e))
		e.failed = true;
	if (!e.failed) {
		share_texts(&e, false);
		sources(&e);
		frame(&e);
	}
	if (!e.failed)
		ppm_emit_allocate(&e);
	for (uint32_t i = 0; i < p->output_count && !e.failed; i++)
		if (p->outputs[i].value.format.kind == PPM_FORMAT_REASONS)
			p->outputs[i].value.value = p->reason_lists[p->outputs[i].value.reasons].first;
	bool limit = e.limit, failed = e.failed || p->arena.failed;
	if (!limit && !failed)
		share_texts(&e, true);
	release(&e);
	if (limit || failed) {
		ppm_program_free(p);
		return limit ? PPM_ERROR_LIMIT : PPM_ERROR_MEMORY;
	}
	*out = p;
	return PPM_OK;
}

enum ppm_status ppm_emit(struct ppm_program **out, const struct ppm_allocator *allocator, const struct ppm_plan *plan, const struct ppm_source_map *map, bool optimise)
{
	const struct ppm_emit_task task = { .plan = plan,
		.allocator = allocator,
		.map = map,
		.optimise = optimise,
		.kind = PPM_EMIT_STREAM,
		.keep = PPM_NODE_NONE,
		.results = plan->results,
		.result_count = plan->result_count,
		.pass_all = plan->pass_all };
	return ppm_emit_program(out, &task);
}

// A node's fingerprint: a digest of everything that it computes, down to the columns by their names. Two models that write the same rule in other words have one
// fingerprint for it. What a digest does not cover makes it differ: a fingerprint may miss that two nodes are equal, and never says so of two that are not.

#include "lang/compare/compare.h"

#include "runtime/base/sha256.h"

#include <stdlib.h>

struct printing {
	struct ppm_side *side;
	struct ppm_buffer bytes;
};

static void number(struct printing *p, uint64_t value)
{
	ppm_buffer_append(&p->bytes, (const char *)&value, sizeof value);
}

static void real(struct printing *p, double value)
{
	value += 0.0; // one zero
	ppm_buffer_append(&p->bytes, (const char *)&value, sizeof value);
}

static void slice(struct printing *p, struct ppm_slice text)
{
	number(p, text.size);
	if (text.size)
		ppm_buffer_append(&p->bytes, text.data, text.size);
}

static void child(struct printing *p, ppm_node_id node)
{
	slice(p, node == PPM_NODE_NONE ? PPM_SLICE("-") : ppm_fingerprint(p->side, node));
}

static void type(struct printing *p, struct ppm_type t)
{
	number(p, t.base | (uint64_t)t.period << 8 | (uint64_t)t.months << 16);
	ppm_buffer_append(&p->bytes, t.currency, sizeof t.currency);
}

static void name(struct printing *p, uint32_t subject, struct ppm_slice otherwise)
{
	slice(p, subject == PPM_NO_SUBJECT ? otherwise : ppm_side_name(p->side, subject));
}

static void link(struct printing *p, uint32_t index);

static void tree(struct printing *p, uint32_t index)
{
	struct ppm_slice written = p->side->plan->trees[index].name;

	name(p, ppm_side_find_member(p->side, written, PPM_SLICE("")), written);
}

// Those without a name are made by the plan: of what they are made tells them apart.
static void dataset(struct printing *p, uint32_t index)
{
	const struct ppm_plan_dataset *d = index == PPM_NO_DATASET ? NULL : &p->side->plan->datasets[index];

	number(p, d ? d->kind : 99);
	if (!d)
		return;
	if (d->name.size) {
		name(p, ppm_side_find_member(p->side, d->name, PPM_SLICE("")), d->name);
		return;
	}
	switch (d->kind) {
	case PPM_DATASET_FILE:
	case PPM_DATASET_COMPANY: break;
	case PPM_DATASET_GROUPS: link(p, d->link); break;
	case PPM_DATASET_CALENDAR:
		number(p, d->unit);
		number(p, (uint64_t)(int64_t)d->first_day);
		number(p, (uint64_t)(int64_t)d->last_day);
		break;
	case PPM_DATASET_PAIRS:
		number(p, d->relation);
		dataset(p, d->outer);
		dataset(p, d->inner);
		if (d->relation == PPM_PAIRS_KEYS) {
			link(p, d->outer_link);
			link(p, d->inner_link);
		} else if (d->relation == PPM_PAIRS_TREE) {
			tree(p, d->tree);
		}
		break;
	}
}

static void link(struct printing *p, uint32_t index)
{
	const struct ppm_plan_link *l = index == PPM_NO_ID ? NULL : &p->side->plan->links[index];

	number(p, l ? l->kind : 99);
	if (!l)
		return;
	dataset(p, l->from);
	if (l->kind == PPM_LINK_COMPOSE) {
		link(p, l->first);
		link(p, l->second);
		return;
	}
	if (l->kind != PPM_LINK_GROUP)
		dataset(p, l->to);
	number(p, l->key_count);
	for (uint32_t i = 0; i < l->key_count; i++) {
		number(p, l->keys[i].is_link);
		if (l->keys[i].is_link)
			link(p, l->keys[i].link);
		else
			child(p, l->keys[i].value);
		if (l->kind == PPM_LINK_MATCH && l->other_keys)
			slice(p, p->side->plan->columns[l->other_keys[i]].name);
	}
	child(p, l->where);
	number(p, l->drop_missing);
}

static void step(struct printing *p, const struct ppm_plan_step *s)
{
	number(p, s->kind);
	dataset(p, s->dataset);
	dataset(p, s->outer);
	link(p, s->link);
	if (s->tree != PPM_NO_ID && s->kind == PPM_STEP_TREE_AGGREGATE)
		tree(p, s->tree);
	child(p, s->value);
	child(p, s->where);
	child(p, s->order);
	number(p, (uint64_t)s->descending | (uint64_t)s->aggregate << 8 | (uint64_t)s->rank << 16 | (uint64_t)s->agreement << 24 | (uint64_t)s->numbers << 32);
	real(p, s->fraction);
	real(p, s->ratio);
	number(p, s->tiles);
	number(p, s->level_low);
	number(p, s->level_high);
	for (uint32_t i = 0; i < s->value_count; i++)
		child(p, s->values[i]);
}

static void column(struct printing *p, uint32_t index)
{
	const struct ppm_side *side = p->side;
	const struct ppm_plan_column *c = &side->plan->columns[index];
	struct ppm_slice in = c->dataset < side->plan->dataset_count ? side->plan->datasets[c->dataset].name : PPM_SLICE("");
	uint32_t found;

	number(p, c->kind);
	dataset(p, c->dataset < side->plan->dataset_count ? c->dataset : PPM_NO_DATASET);
	switch (c->kind) {
	case PPM_PLAN_STEP: step(p, &side->plan->steps[c->index]); break;
	case PPM_PLAN_COMPANY:
	case PPM_PLAN_OUTER:
	case PPM_PLAN_INNER: child(p, c->value); break;
	case PPM_PLAN_DEPTH: tree(p, c->index); break;
	case PPM_PLAN_KEY:
	case PPM_PLAN_LEVEL: number(p, c->index); break;
	case PPM_PLAN_PERIOD_START:
	case PPM_PLAN_PERIOD_END: break;
	case PPM_PLAN_FIELD:
		found = ppm_side_find_member(side, in, c->name);
		name(p, found == PPM_NO_SUBJECT ? ppm_side_find(side, PPM_SLICE(""), c->name) : found, c->name);
		number(p, c->optional);
		break;
	}
}

static void constant(struct printing *p, const struct ppm_node *n)
{
	switch (n->type.base) {
	case PPM_BASE_MONEY: ppm_buffer_append(&p->bytes, (const char *)&n->value.exact, sizeof n->value.exact); break;
	case PPM_BASE_TEXT: slice(p, p->side->plan->texts[n->value.text]); break;
	case PPM_BASE_FLAG: number(p, n->value.flag); break;
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: number(p, (uint64_t)(int64_t)n->value.whole); break;
	default: real(p, n->value.number); break;
	}
}

static int by_bytes(const void *a, const void *b)
{
	return ppm_slice_compare(*(const struct ppm_slice *)a, *(const struct ppm_slice *)b);
}

static void collect(struct printing *p, uint8_t op, ppm_node_id node, struct ppm_slice *prints, size_t *count, size_t limit)
{
	const struct ppm_node *n = &p->side->plan->nodes[node];

	if (n->op == op) {
		collect(p, op, n->a, prints, count, limit);
		collect(p, op, n->b, prints, count, limit);
	} else if (*count < limit) {
		prints[(*count)++] = ppm_fingerprint(p->side, node);
	}
}

static size_t leaves(const struct ppm_plan *plan, uint8_t op, ppm_node_id node)
{
	return plan->nodes[node].op == op ? leaves(plan, op, plan->nodes[node].a) + leaves(plan, op, plan->nodes[node].b) : 1;
}

// `and` and `or` take their operands in any order and grouping.
static void logic(struct printing *p, const struct ppm_node *n, ppm_node_id id)
{
	size_t count = 0, limit = leaves(p->side->plan, n->op, id);
	struct ppm_slice *prints;

	if (limit > 1000) { // a shared node may stand in it any number of times
		child(p, n->a);
		child(p, n->b);
		return;
	}
	prints = ppm_arena_allocate(p->side->arena, limit, sizeof *prints);
	if (!prints)
		return;
	collect(p, n->op, id, prints, &count, limit);
	qsort(prints, count, sizeof *prints, by_bytes);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !ppm_slice_equal(prints[i], prints[i - 1]))
			slice(p, prints[i]);
}

static void set(struct printing *p, const struct ppm_text_set *texts)
{
	struct ppm_slice *all = ppm_arena_allocate(p->side->arena, (size_t)texts->count + 1, sizeof *all);

	for (uint32_t i = 0; all && i < texts->count; i++)
		all[i] = p->side->plan->texts[texts->texts[i]];
	if (all && texts->count)
		qsort(all, texts->count, sizeof *all, by_bytes);
	for (uint32_t i = 0; all && i < texts->count; i++)
		slice(p, all[i]);
}

static void map(struct printing *p, const struct ppm_plan_map *m)
{
	struct ppm_slice *all = ppm_arena_allocate(p->side->arena, (size_t)m->count + 1, sizeof *all);

	for (uint32_t i = 0; all && i < m->count; i++) {
		struct ppm_slice key = p->side->plan->texts[m->keys[i]], value = ppm_fingerprint(p->side, m->values[i]);
		char *bytes = ppm_arena_allocate(p->side->arena, key.size + value.size + 1, 1);
		if (!bytes)
			return;
		if (key.size)
			memcpy(bytes, key.data, key.size);
		if (value.size)
			memcpy(bytes + key.size, value.data, value.size);
		all[i] = (struct ppm_slice){ bytes, key.size + value.size };
	}
	if (all && m->count)
		qsort(all, m->count, sizeof *all, by_bytes);
	for (uint32_t i = 0; all && i < m->count; i++)
		slice(p, all[i]);
	child(p, m->otherwise);
	child(p, m->missing);
}

// Where one of two numbers that are compared was computed, both are rounded: `x > 10 + 20` is not `x > 30`.
static bool meets_computed(const struct ppm_plan *plan, const struct ppm_node *n)
{
	bool compares = n->op == PPM_NODE_EQUAL || n->op == PPM_NODE_LESS || n->op == PPM_NODE_LESS_EQUAL;

	return compares && (plan->nodes[n->a].computed || plan->nodes[n->b].computed);
}

static void node_bytes(struct printing *p, ppm_node_id id)
{
	const struct ppm_plan *plan = p->side->plan;
	const struct ppm_node *n = &plan->nodes[id];
	struct ppm_slice a, b;

	number(p, n->op);
	type(p, n->type);
	if (n->op != PPM_NODE_CONSTANT)
		number(p, n->computed || meets_computed(plan, n));
	switch (n->op) {
	case PPM_NODE_CONSTANT: constant(p, n); return;
	case PPM_NODE_COLUMN: column(p, n->index); return;
	case PPM_NODE_AND:
	case PPM_NODE_OR: logic(p, n, id); return;
	case PPM_NODE_ADD:
	case PPM_NODE_MULTIPLY:
	case PPM_NODE_MINIMUM:
	case PPM_NODE_MAXIMUM:
	case PPM_NODE_EQUAL:
		a = ppm_fingerprint(p->side, n->a);
		b = ppm_fingerprint(p->side, n->b);
		slice(p, ppm_slice_compare(a, b) <= 0 ? a : b);
		slice(p, ppm_slice_compare(a, b) <= 0 ? b : a);
		return;
	case PPM_NODE_IN_SET: set(p, &plan->text_sets[n->index]); break;
	case PPM_NODE_MAP: map(p, &plan->maps[n->index]); break;
	case PPM_NODE_CALL:
		slice(p, ppm_slice_of(plan->calls[n->index].builtin->name));
		for (uint32_t i = 0; i < plan->calls[n->index].argument_count; i++)
			child(p, plan->calls[n->index].arguments[i]);
		break;
	case PPM_NODE_SCALE:
		real(p, plan->scales[n->index].from);
		real(p, plan->scales[n->index].to);
		real(p, plan->scales[n->index].low);
		real(p, plan->scales[n->index].high);
		break;
	case PPM_NODE_DIMENSION: slice(p, plan->dimensions[n->index].name); break;
	case PPM_NODE_SCORE:
		number(p, n->index < 3 ? n->index : 3);
		if (n->index >= 3)
			slice(p, plan->perspectives[n->index - 3].name);
		break;
	default: number(p, n->index); break;
	}
	child(p, n->a);
	child(p, n->b);
	child(p, n->c);
	child(p, n->d);
}

struct ppm_slice ppm_fingerprint(struct ppm_side *side, ppm_node_id node)
{
	struct printing p = { .side = side };
	struct ppm_sha256 sha256;
	uint8_t digest[PPM_SHA256_SIZE];

	if (!side->prints)
		side->prints = ppm_arena_allocate(side->arena, side->plan->node_count + 1, sizeof *side->prints);
	if (!side->prints)
		return PPM_SLICE("");
	if (side->prints[node].size)
		return side->prints[node];
	ppm_buffer_init(&p.bytes, side->arena->allocator);
	node_bytes(&p, node);
	if (p.bytes.failed) {
		side->arena->failed = true;
	} else {
		ppm_sha256_begin(&sha256);
		ppm_sha256_update(&sha256, p.bytes.data, p.bytes.size);
		ppm_sha256_finish(&sha256, digest);
		side->prints[node] = ppm_arena_copy(side->arena, (struct ppm_slice){ (const char *)digest, sizeof digest });
	}
	ppm_buffer_free(&p.bytes);
	return side->prints[node];
}

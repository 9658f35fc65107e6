// From one dataset's rows to another's. An expression is computed for the rows of one dataset; a value of another is brought there along a link, from the
// company's one row, or through the pairs that a figure runs over. What is brought is a column like any other.
//
// Links, steps and columns that are equal are one, so that a figure written twice is computed once.

#include "lang/sema/sema.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

// ---- datasets and their names ---------------------------------------------------------------------------------

uint32_t ppm_sema_add_dataset(struct ppm_sema *sema, struct ppm_plan_dataset dataset, struct ppm_module *space)
{
	size_t count = sema->plan->dataset_count;
	if (!ppm_grow(sema->allocator, (void **)&sema->spaces, &sema->space_capacity, count + 1, sizeof *sema->spaces)) {
		sema->plan->out_of_memory = true;
		return PPM_NO_DATASET;
	}
	struct ppm_plan_dataset *place = PPM_PLAN_APPEND(sema->plan, dataset);
	if (!place)
		return PPM_NO_DATASET;
	*place = dataset;
	sema->spaces[count] = space;
	return (uint32_t)count;
}

uint32_t ppm_sema_find_dataset(const struct ppm_sema *sema, struct ppm_slice name)
{
	for (size_t i = 0; i < sema->plan->dataset_count; i++)
		if (name.size && ppm_slice_equal(sema->plan->datasets[i].name, name))
			return (uint32_t)i;
	// a model that declares no dataset still scores customers
	if (sema->plan->inferred && sema->plan->dataset_count && ppm_slice_is(name, "customers"))
		return 0;
	return PPM_NO_DATASET;
}

uint32_t ppm_sema_find_tree(const struct ppm_sema *sema, struct ppm_slice name)
{
	for (size_t i = 0; i < sema->plan->tree_count; i++)
		if (ppm_slice_equal(sema->plan->trees[i].name, name))
			return (uint32_t)i;
	return PPM_NO_ID;
}

struct ppm_slice ppm_sema_dataset_name(const struct ppm_sema *sema, uint32_t dataset)
{
	if (dataset >= sema->plan->dataset_count) // memory ran out before it was there
		return PPM_SLICE("customers");
	const struct ppm_plan_dataset *d = &sema->plan->datasets[dataset];
	if (d->name.size)
		return d->name;
	if (d->kind == PPM_DATASET_COMPANY)
		return PPM_SLICE("the company");
	if (d->kind == PPM_DATASET_PAIRS)
		return ppm_sema_dataset_name(sema, d->inner);
	return d->kind == PPM_DATASET_FILE ? PPM_SLICE("customers") : PPM_SLICE("groups");
}

uint32_t ppm_sema_company(struct ppm_sema *sema)
{
	if (sema->plan->company == PPM_NO_DATASET)
		sema->plan->company = ppm_sema_add_dataset(
			sema, (struct ppm_plan_dataset){ .kind = PPM_DATASET_COMPANY, .key = PPM_NO_ID, .keep = PPM_NODE_NONE, .parent_link = PPM_NO_ID, .link = PPM_NO_ID }, NULL);
	return sema->plan->company;
}

struct ppm_symbol *ppm_sema_find_in(const struct ppm_sema *sema, uint32_t dataset, struct ppm_slice name)
{
	return dataset < sema->plan->dataset_count && sema->spaces[dataset] ? ppm_sema_find(sema->spaces[dataset], name) : NULL;
}

struct ppm_slice ppm_sema_text_of(struct ppm_sema *sema, struct ppm_span span)
{
	struct ppm_buffer line;

	ppm_buffer_init(&line, sema->allocator);
	ppm_source_append_line(&line, ppm_source_map_text(sema->map, span));
	return ppm_arena_take(sema->arena, &line);
}

// ---- columns and steps -------------------------------------------------------------------------------------------

static ppm_node_id add_column(struct ppm_sema *sema, struct ppm_plan_column column)
{
	struct ppm_plan_column *place = PPM_PLAN_APPEND(sema->plan, column);
	if (!place)
		return PPM_NODE_POISON;
	*place = column;
	uint32_t index = (uint32_t)sema->plan->column_count - 1;
	ppm_node_id node = ppm_plan_column_node(sema->plan, index);
	return sema->plan->columns[index].node = node;
}

ppm_node_id ppm_sema_value_column(struct ppm_sema *sema, enum ppm_plan_column_kind kind, uint32_t dataset, uint32_t index, ppm_node_id like, struct ppm_span span)
{
	if (like == PPM_NODE_POISON || sema->plan->out_of_memory)
		return PPM_NODE_POISON;
	struct ppm_plan *plan = sema->plan;
	bool valued = kind == PPM_PLAN_COMPANY || kind == PPM_PLAN_OUTER || kind == PPM_PLAN_INNER;
	if (valued && (ppm_plan_is_constant(plan, like) || node_of(sema, like)->op == PPM_NODE_MISSING))
		return like;
	for (size_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *c = &plan->columns[i];
		if (c->kind == kind && c->dataset == dataset && c->index == index && c->value == (valued ? like : PPM_NODE_NONE))
			return c->node;
	}
	const struct ppm_node from = *node_of(sema, like);
	if (from.type.base == PPM_BASE_OPEN)
		return PPM_NODE_POISON; // a trial pass: looked at again once the type is known
	struct ppm_slice text = ppm_sema_text_of(sema, span);
	return add_column(sema,
		(struct ppm_plan_column){ .name = text,
			.header = text,
			.type = from.type,
			.kind = kind,
			.dataset = dataset,
			.index = index,
			.value = valued ? like : PPM_NODE_NONE,
			.wide = from.wide,
			.computed = from.computed,
			.low = from.low,
			.high = from.high,
			.optional = from.may_miss,
			.span = span });
}

ppm_node_id ppm_sema_plain_column(struct ppm_sema *sema, struct ppm_plan_column column, struct ppm_slice name)
{
	for (size_t i = 0; i < sema->plan->column_count; i++) {
		const struct ppm_plan_column *c = &sema->plan->columns[i];
		if (c->kind == column.kind && c->dataset == column.dataset && c->index == column.index)
			return c->node;
	}
	column.name = column.header = name;
	column.value = PPM_NODE_NONE;
	return add_column(sema, column);
}

static bool same_step(const struct ppm_plan_step *a, const struct ppm_plan_step *b)
{
	return a->kind == b->kind && a->dataset == b->dataset && a->outer == b->outer && a->link == b->link && a->tree == b->tree && a->value == b->value && a->where == b->where &&
		a->order == b->order && a->descending == b->descending && a->aggregate == b->aggregate && a->rank == b->rank && a->agreement == b->agreement &&
		a->fraction == b->fraction && a->ratio == b->ratio && a->tiles == b->tiles && a->numbers == b->numbers && a->level_low == b->level_low &&
		a->level_high == b->level_high && a->value_count == b->value_count && (!a->value_count || memcmp(a->values, b->values, a->value_count * sizeof *a->values) == 0);
}

ppm_node_id ppm_sema_step(struct ppm_sema *sema, struct ppm_plan_step step, uint32_t dataset, struct ppm_plan_column result)
{
	struct ppm_plan *plan = sema->plan;
	if (plan->out_of_memory)
		return PPM_NODE_POISON;
	for (size_t i = 0; i < plan->step_count; i++)
		if (same_step(&plan->steps[i], &step))
			return plan->columns[plan->steps[i].column].node;
	step.text = ppm_sema_text_of(sema, step.span);
	result.kind = PPM_PLAN_STEP;
	result.dataset = dataset;
	result.name = result.header = step.text;
	result.span = step.span;
	result.value = PPM_NODE_NONE;
	result.index = (uint32_t)plan->step_count;
	step.column = (uint32_t)plan->column_count;
	struct ppm_plan_step *place = PPM_PLAN_APPEND(plan, step);
	if (!place)
		return PPM_NODE_POISON;
	*place = step;
	return add_column(sema, result);
}

// ---- links -----------------------------------------------------------------------------------------------------------

static bool same_keys(const struct ppm_plan_link *a, const struct ppm_plan_link *b)
{
	if (a->key_count != b->key_count)
		return false;
	for (uint32_t i = 0; i < a->key_count; i++)
		if (a->keys[i].is_link != b->keys[i].is_link || a->keys[i].link != b->keys[i].link || a->keys[i].value != b->keys[i].value ||
			a->keys[i].rounded != b->keys[i].rounded)
			return false;
	return true;
}

static uint32_t add_link(struct ppm_sema *sema, struct ppm_plan_link link)
{
	struct ppm_plan_link *place = PPM_PLAN_APPEND(sema->plan, link);
	if (!place)
		return PPM_NO_ID;
	*place = link;
	return (uint32_t)sema->plan->link_count - 1;
}

uint32_t ppm_sema_link_company(struct ppm_sema *sema, uint32_t from)
{
	uint32_t company = ppm_sema_company(sema);
	for (size_t i = 0; i < sema->plan->link_count; i++)
		if (sema->plan->links[i].kind == PPM_LINK_ALL && sema->plan->links[i].from == from)
			return (uint32_t)i;
	return add_link(sema, (struct ppm_plan_link){ .kind = PPM_LINK_ALL, .from = from, .to = company, .where = PPM_NODE_NONE });
}

uint32_t ppm_sema_link_compose(struct ppm_sema *sema, uint32_t first, uint32_t second, struct ppm_span span)
{
	if (first == PPM_NO_ID || second == PPM_NO_ID)
		return PPM_NO_ID;
	for (size_t i = 0; i < sema->plan->link_count; i++) {
		const struct ppm_plan_link *l = &sema->plan->links[i];
		if (l->kind == PPM_LINK_COMPOSE && l->first == first && l->second == second)
			return (uint32_t)i;
	}
	struct ppm_plan_link link = { .kind = PPM_LINK_COMPOSE,
		.from = sema->plan->links[first].from,
		.to = sema->plan->links[second].to,
		.first = first,
		.second = second,
		.where = PPM_NODE_NONE,
		.span = span };
	struct ppm_slice a = ppm_sema_dataset_name(sema, link.from), b = ppm_sema_dataset_name(sema, link.to);
	link.name = ppm_arena_format(sema->arena, "%.*s of %.*s", (int)a.size, a.data, (int)b.size, b.data);
	return add_link(sema, link);
}

uint32_t ppm_sema_up(const struct ppm_sema *sema, uint32_t dataset, size_t *at)
{
	const struct ppm_plan *plan = sema->plan;
	uint32_t parent = plan->datasets[dataset].parent_link;
	if (!*at) {
		*at = 1;
		if (parent != PPM_NO_ID)
			return parent;
	}
	while (*at <= plan->link_count) {
		uint32_t index = (uint32_t)(*at)++ - 1;
		const struct ppm_plan_link *l = &plan->links[index];
		if (l->kind == PPM_LINK_GROUP && l->from == dataset && index != parent && plan->datasets[l->to].statement)
			return index;
	}
	return PPM_NO_ID;
}

// A way up of exactly so many links.
static bool climb(struct ppm_sema *sema, uint32_t from, uint32_t to, uint32_t steps, uint32_t *link)
{
	size_t at = 0;
	for (uint32_t up; (up = ppm_sema_up(sema, from, &at)) != PPM_NO_ID;) {
		uint32_t next = sema->plan->links[up].to, rest;
		*link = up;
		if (steps == 1 && next == to)
			return true;
		if (steps > 1 && next != to && next != from && climb(sema, next, to, steps - 1, &rest)) {
			*link = ppm_sema_link_compose(sema, up, rest, sema->plan->links[up].span);
			return true;
		}
	}
	return false;
}

uint32_t ppm_sema_link_ancestor(struct ppm_sema *sema, uint32_t from, uint32_t to)
{
	uint32_t link;
	for (uint32_t steps = 1; from != to && steps <= PPM_SEMA_CLIMB; steps++)
		if (climb(sema, from, to, steps, &link))
			return link;
	return PPM_NO_ID;
}

uint32_t ppm_sema_link_match(struct ppm_sema *sema, struct ppm_plan_link link)
{
	for (size_t i = 0; i < sema->plan->link_count; i++) {
		const struct ppm_plan_link *l = &sema->plan->links[i];
		if (l->kind == PPM_LINK_MATCH && l->from == link.from && l->to == link.to && l->owned == link.owned && same_keys(l, &link) &&
			memcmp(l->other_keys, link.other_keys, link.key_count * sizeof *link.other_keys) == 0)
			return (uint32_t)i;
	}
	link.kind = PPM_LINK_MATCH;
	link.where = PPM_NODE_NONE;
	return add_link(sema, link);
}

uint32_t ppm_sema_link_group(struct ppm_sema *sema, struct ppm_plan_link link)
{
	// a summary puts its groups in an order of its own
	for (size_t i = 0; i < sema->plan->link_count && !link.of_summary; i++) {
		const struct ppm_plan_link *l = &sema->plan->links[i];
		if (l->kind == PPM_LINK_GROUP && l->from == link.from && l->where == link.where && l->drop_missing == link.drop_missing && l->of_summary == link.of_summary &&
			same_keys(l, &link) && !sema->plan->datasets[l->to].statement)
			return (uint32_t)i;
	}
	link.kind = PPM_LINK_GROUP;
	link.to = ppm_sema_add_dataset(sema,
		(struct ppm_plan_dataset){ .kind = PPM_DATASET_GROUPS,
			.span = link.span,
			.key = PPM_NO_ID,
			.keep = PPM_NODE_NONE,
			.parent_link = PPM_NO_ID,
			.link = (uint32_t)sema->plan->link_count },
		NULL);
	uint32_t *columns = ppm_arena_allocate(sema->arena, link.key_count + 1u, sizeof *columns);
	if (link.to == PPM_NO_DATASET || !columns) {
		sema->plan->out_of_memory = true;
		return PPM_NO_ID;
	}
	for (uint32_t i = 0; i < link.key_count; i++) {
		columns[i] = PPM_NO_ID;
		if (link.keys[i].is_link)
			continue;
		ppm_node_id key = ppm_sema_value_column(sema, PPM_PLAN_KEY, link.to, i, link.keys[i].value, node_of(sema, link.keys[i].value)->span);
		if (key == PPM_NODE_POISON)
			return PPM_NO_ID;
		columns[i] = node_of(sema, key)->index;
		if (link.keys[i].rounded) {
			sema->plan->columns[columns[i]].computed = true;
			sema->plan->nodes[key].computed = true;
		}
		if (link.drop_missing)
			sema->plan->columns[columns[i]].optional = false;
	}
	link.other_keys = columns;
	if (link.key_count == 1)
		sema->plan->datasets[link.to].key = columns[0];
	return add_link(sema, link);
}

// ---- bringing values --------------------------------------------------------------------------------------------------

ppm_node_id ppm_sema_gather(struct ppm_sema *sema, ppm_node_id value, uint32_t link, struct ppm_span span)
{
	if (value == PPM_NODE_POISON || link == PPM_NO_ID)
		return PPM_NODE_POISON;
	const struct ppm_node from = *node_of(sema, value);
	if (from.dataset == PPM_NO_DATASET)
		return value;
	if (from.type.base == PPM_BASE_OPEN)
		return PPM_NODE_POISON;
	const struct ppm_plan_link *l = &sema->plan->links[link];
	bool whole = l->kind == PPM_LINK_GROUP && !l->drop_missing && l->where == PPM_NODE_NONE; // every row has a partner
	struct ppm_plan_column column = {
		.type = from.type, .wide = from.wide, .computed = from.computed, .low = from.low, .high = from.high, .optional = from.may_miss || !whole
	};
	struct ppm_plan_step step = { .kind = PPM_STEP_GATHER,
		.dataset = l->to,
		.outer = l->from,
		.link = link,
		.tree = PPM_NO_ID,
		.value = value,
		.where = PPM_NODE_NONE,
		.order = PPM_NODE_NONE,
		.span = span };
	return ppm_sema_step(sema, step, l->from, column);
}

// The value for rows of `dataset` itself, PPM_NODE_NONE when no link leads there.
static ppm_node_id bring(struct ppm_sema *sema, uint32_t dataset, ppm_node_id value, struct ppm_span span)
{
	uint32_t from = node_of(sema, value)->dataset;
	if (from == PPM_NO_DATASET || from == dataset)
		return value;
	struct ppm_plan *plan = sema->plan;
	ppm_node_id company = from == plan->company ? value : ppm_plan_rebase(plan, value, PPM_PLAN_COMPANY);
	if (company != PPM_NODE_NONE)
		return dataset == plan->company ? company : ppm_sema_value_column(sema, PPM_PLAN_COMPANY, dataset, 0, company, span);
	uint32_t link = ppm_sema_link_ancestor(sema, dataset, from);
	return link == PPM_NO_ID ? PPM_NODE_NONE : ppm_sema_gather(sema, value, link, span);
}

ppm_node_id ppm_sema_inner(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span)
{
	if (!scope->pairs || value == PPM_NODE_POISON || node_of(sema, value)->dataset == PPM_NO_DATASET || node_of(sema, value)->dataset == scope->pairs - 1)
		return value;
	ppm_node_id company = ppm_plan_rebase(sema->plan, value, PPM_PLAN_COMPANY);
	if (company != PPM_NODE_NONE)
		return ppm_sema_value_column(sema, PPM_PLAN_COMPANY, scope->pairs - 1, 0, company, span);
	return ppm_sema_value_column(sema, PPM_PLAN_INNER, scope->pairs - 1, 0, value, span);
}

// The value nearest to 0 that the range holds.
static double nearest(const struct ppm_node *node)
{
	return node->low > 0 ? node->low : node->high < 0 ? node->high : 0;
}

// Where a figure's rows each have an outer one, a value of that is there; rows without one belong to no figure. What stands for their value is one that it could have, so that nothing more
// has to be thought of in what is made of it.
static ppm_node_id assured(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id gathered, bool may_miss, struct ppm_span span)
{
	if (gathered == PPM_NODE_POISON || may_miss || !node_of(sema, gathered)->may_miss)
		return gathered;
	const struct ppm_type type = node_of(sema, gathered)->type;
	struct ppm_plan *plan = sema->plan;
	const double value = nearest(node_of(sema, gathered));
	ppm_node_id standing;
	if (scope->there && *scope->there == PPM_NODE_NONE)
		*scope->there = ppm_plan_not(plan, ppm_plan_is_missing(plan, gathered, span), span);
	switch (type.base) {
	case PPM_BASE_TEXT: standing = ppm_plan_text(plan, PPM_SLICE(""), span); break;
	case PPM_BASE_FLAG: standing = ppm_plan_flag(plan, false, span); break;
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: standing = ppm_plan_whole(plan, (int32_t)value, type, span); break;
	case PPM_BASE_MONEY: standing = ppm_plan_money(plan, (ppm_int128)rint(value * PPM_MONEY_SCALE) * PPM_EXACT_PER_MONEY, type, span); break;
	default: standing = ppm_plan_number(plan, value, type, false, span); break;
	}
	return ppm_plan_default(plan, gathered, standing, span);
}

ppm_node_id ppm_sema_outer(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span)
{
	if (value == PPM_NODE_POISON || node_of(sema, value)->dataset == PPM_NO_DATASET)
		return value;
	struct ppm_plan *plan = sema->plan;
	ppm_node_id company = node_of(sema, value)->dataset == plan->company ? value : ppm_plan_rebase(plan, value, PPM_PLAN_COMPANY);
	if (company != PPM_NODE_NONE)
		return ppm_sema_value_column(sema, PPM_PLAN_COMPANY, scope->pairs ? scope->pairs - 1 : scope->dataset, 0, company, span);
	if (scope->pairs)
		return ppm_sema_value_column(sema, PPM_PLAN_OUTER, scope->pairs - 1, 0, value, span);
	if (scope->link) {
		bool may_miss = node_of(sema, value)->may_miss;
		return assured(sema, scope, ppm_sema_gather(sema, value, scope->link - 1, span), may_miss, span);
	}
	if (scope->wants_pairs) {
		*scope->wants_pairs = true;
		return PPM_NODE_POISON;
	}
	// a figure inside one over pairs of rows is of the inner row alone, and has one value for each of these
	struct ppm_slice text = ppm_sema_text_of(sema, span), rows = ppm_sema_dataset_name(sema, scope->dataset);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MANY_ROWS, span,
		"this figure is for each row of %.*s, and `%.*s` is of the row that the figure around it is for", (int)rows.size, rows.data, (int)text.size, text.data);
	ppm_diag_help(sema->diagnostics, d,
		"a figure inside another sees its own rows and the row that it is for: compare with `%.*s` in the outer one, or make one figure of both, such as `distinct(… over "
		"… where …)`",
		(int)text.size, text.data);
	return PPM_NODE_POISON;
}

// A row's place among those of one parent is missing only where it has no parent.
static bool is_sure_rank(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	if (node->op != PPM_NODE_COLUMN || sema->plan->columns[node->index].kind != PPM_PLAN_STEP)
		return false;
	const struct ppm_plan_step *step = &sema->plan->steps[sema->plan->columns[node->index].index];
	bool shares = step->rank == PPM_RANK_SHARE || step->rank == PPM_RANK_RUNNING_SHARE;
	return step->kind == PPM_STEP_RANK && !shares && step->where == PPM_NODE_NONE && !node_of(sema, step->value)->may_miss;
}

uint32_t ppm_sema_owner(const struct ppm_sema *sema, uint32_t dataset)
{
	const struct ppm_plan_dataset *d = &sema->plan->datasets[dataset];
	return d->statement && d->statement->dataset.parent.text.size ? d->parent_link : PPM_NO_ID;
}

ppm_node_id ppm_sema_placed(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span)
{
	if (value == PPM_NODE_POISON || !scope->link || !is_sure_rank(sema, value))
		return value;
	// the figure's link begins at the parent, so that its rows all have one
	uint32_t owner = ppm_sema_owner(sema, scope->dataset), link = scope->link - 1;
	while (link != owner && sema->plan->links[link].kind == PPM_LINK_COMPOSE)
		link = sema->plan->links[link].first;
	return link == owner ? assured(sema, scope, value, false, span) : value;
}

// Quiet: PPM_NODE_NONE when it cannot be reached.
static ppm_node_id reach(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span)
{
	uint32_t from = node_of(sema, value)->dataset;
	if (from == PPM_NO_DATASET)
		return value;
	// the outer row is nearer than a link of one's own to the same dataset
	if (scope->outer && scope->link && from == scope->outer->dataset && !scope->outer->pairs && from != scope->dataset)
		return ppm_sema_outer(sema, scope, value, span);
	ppm_node_id here = bring(sema, scope->dataset, value, span);
	if (here != PPM_NODE_NONE)
		return ppm_sema_inner(sema, scope, ppm_sema_placed(sema, scope, here, span), span);
	if (!scope->outer)
		return PPM_NODE_NONE;
	ppm_node_id outside = reach(sema, scope->outer, value, span);
	return outside == PPM_NODE_NONE ? outside : ppm_sema_outer(sema, scope, outside, span);
}

const char *ppm_sema_figure_for(struct ppm_type type)
{
	return type.base == PPM_BASE_TEXT ? "distinct" : type.base == PPM_BASE_FLAG ? "any" : type.base == PPM_BASE_DATE ? "max" : "sum";
}

ppm_node_id ppm_sema_reach(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span)
{
	if (value == PPM_NODE_POISON || scope->define_body)
		return value;
	ppm_node_id found = reach(sema, scope, value, span);
	if (found != PPM_NODE_NONE)
		return found;
	struct ppm_slice text = ppm_source_map_text(sema->map, span);
	struct ppm_slice many = ppm_sema_dataset_name(sema, node_of(sema, value)->dataset), one = ppm_sema_dataset_name(sema, scope->dataset);
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MANY_ROWS, span, "`%.*s` is a value of each row of %.*s, and this is computed for %.*s", (int)text.size,
		text.data, (int)many.size, many.data, (int)one.size, one.data);
	const char *figure = ppm_sema_figure_for(node_of(sema, value)->type);
	if (scope->is_summary && node_of(sema, value)->dataset == scope->base) // of the group's rows
		ppm_diag_help(sema->diagnostics, d, "make one figure of them, such as `%s(%.*s)`", figure, (int)text.size, text.data);
	else
		ppm_diag_help(sema->diagnostics, d, "make one figure of them, such as `%s(%.*s over %.*s)`", figure, (int)text.size, text.data, (int)many.size, many.data);
	return PPM_NODE_POISON;
}

// ---- references -----------------------------------------------------------------------------------------------------------

const struct ppm_column_declaration *ppm_sema_declaration(const struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	return sema->plan->columns[ppm_plan_key_made_of(sema->plan, symbol->index)].declaration;
}

uint32_t ppm_sema_reference(struct ppm_sema *sema, const struct ppm_symbol *symbol)
{
	struct ppm_plan *plan = sema->plan;
	const struct ppm_plan_column *column = &plan->columns[symbol->index];
	const struct ppm_column_declaration *c = ppm_sema_declaration(sema, symbol);
	if (!c || !c->references.text.size || column->node == PPM_NODE_POISON)
		return PPM_NO_ID;
	uint32_t to = ppm_sema_find_dataset(sema, c->references.text);
	if (to == PPM_NO_DATASET || plan->datasets[to].key == PPM_NO_ID)
		return PPM_NO_ID; // was reported where it is declared
	const struct ppm_plan_column *key = &plan->columns[plan->datasets[to].key];
	if (!ppm_type_same(key->type, column->type))
		return PPM_NO_ID;
	struct ppm_plan_key *keys = PPM_ARENA_NEW(sema->arena, struct ppm_plan_key);
	uint32_t *other = PPM_ARENA_NEW(sema->arena, uint32_t);
	if (!keys || !other) {
		plan->out_of_memory = true;
		return PPM_NO_ID;
	}
	*keys = (struct ppm_plan_key){ .value = column->node };
	*other = plan->datasets[to].key;
	plan->columns[*other].uses++;
	plan->columns[symbol->index].uses++;
	struct ppm_plan_link link = { .from = symbol->dataset, .to = to, .keys = keys, .other_keys = other, .key_count = 1, .reported = true, .span = c->references.span };
	link.name = ppm_arena_format(sema->arena, "%.*s references %.*s", (int)column->name.size, column->name.data, (int)c->references.text.size, c->references.text.data);
	return ppm_sema_link_match(sema, link);
}

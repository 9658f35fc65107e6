// How each rule can come out: for every way what it gives at most and what has to hold for it. The ways of a rule are all there are (where a list is cut, its last is wide
// enough for the rest), so that the best over them is above what any customer has.
//
// A scale, or points that grow with a figure, are cut where anything else in the model cuts the same figure: only there can what another rule asks decide how much can be had.

#include "lang/analysis/perfect_internal.h"

#include <math.h>
#include <string.h>

#define WAYS 96    // of a rule
#define CUTS 40    // of a figure
#define DOMAINS 48 // that are held beside a way's claims

struct list {
	struct ppm_plan *plan;
	struct ppm_arena *arena;
	bool high; // the most that a value can be, else the least
	struct ppm_way *items;
	uint32_t count, capacity;
};

static struct ppm_node node_at(const struct list *l, ppm_node_id id)
{
	return l->plan->nodes[id];
}

static void add_way(struct list *l, struct ppm_way way)
{
	if (l->count == l->capacity) {
		uint32_t capacity = l->capacity ? 2 * l->capacity : 8;
		struct ppm_way *items = ppm_arena_allocate(l->arena, capacity, sizeof *items);
		if (!items)
			return;
		if (l->count)
			memcpy(items, l->items, l->count * sizeof *items);
		l->items = items;
		l->capacity = capacity;
	}
	l->items[l->count++] = way;
}

// A claim that does not fit is let go: the way is then wider than it is, never narrower.
static void claim(struct ppm_way *way, ppm_node_id node, bool is_true)
{
	if (node == PPM_NODE_POISON || node == PPM_NODE_NONE || way->claim_count == PPM_WAY_CLAIMS)
		return;
	for (uint32_t i = 0; i < way->claim_count; i++)
		if (way->claims[i].node == node && way->claims[i].is_true == is_true)
			return;
	way->claims[way->claim_count++] = (struct ppm_claim){ node, is_true };
}

static struct ppm_span nowhere(void)
{
	return (struct ppm_span){ 0, 0 };
}

// ---- figures that one subject moves ----------------------------------------------------------------------------------------------

struct cut {
	double at;
	bool below, above; // the subject's values fall apart right below it, right above it
};

struct cuts {
	struct cut items[CUTS];
	uint32_t count;
};

static void cut_at(struct cuts *cuts, double at, bool below, bool above)
{
	uint32_t i = 0;
	if (!isfinite(at))
		return;
	while (i < cuts->count && cuts->items[i].at < at)
		i++;
	if (i < cuts->count && cuts->items[i].at == at) {
		cuts->items[i].below = cuts->items[i].below || below;
		cuts->items[i].above = cuts->items[i].above || above;
		return;
	}
	if (cuts->count == CUTS)
		return;
	memmove(&cuts->items[i + 1], &cuts->items[i], (cuts->count - i) * sizeof *cuts->items);
	cuts->items[i] = (struct cut){ at, below, above };
	cuts->count++;
}

// The next node towards what moves the figure; PPM_NODE_NONE when that is the node itself, or several do.
static ppm_node_id below(const struct ppm_plan *plan, ppm_node_id id)
{
	const struct ppm_node *n = &plan->nodes[id];
	switch ((enum ppm_node_op)n->op) {
	case PPM_NODE_SCALE:
	case PPM_NODE_FIGURE:
	case PPM_NODE_RETYPE:
	case PPM_NODE_NEGATE: return n->a;
	case PPM_NODE_ADD:
	case PPM_NODE_SUBTRACT:
	case PPM_NODE_MULTIPLY:
	case PPM_NODE_DIVIDE:
	case PPM_NODE_MINIMUM:
	case PPM_NODE_MAXIMUM:
		if (n->type.base == PPM_BASE_DATE || n->type.base == PPM_BASE_DURATION)
			return PPM_NODE_NONE;
		if (plan->nodes[n->b].op == PPM_NODE_CONSTANT)
			return n->a;
		return plan->nodes[n->a].op == PPM_NODE_CONSTANT && n->op != PPM_NODE_DIVIDE ? n->b : PPM_NODE_NONE;
	default: return PPM_NODE_NONE;
	}
}

// What moves the figure: a column where one alone does, else the figure that the model names.
static ppm_node_id leaf_of(const struct ppm_plan *plan, ppm_node_id id)
{
	ppm_node_id name = PPM_NODE_NONE;
	for (;; id = below(plan, id)) {
		const struct ppm_node *n = &plan->nodes[id];
		if (name == PPM_NODE_NONE && n->written && n->op != PPM_NODE_FIGURE && n->op != PPM_NODE_RETYPE && n->op != PPM_NODE_MINIMUM && n->op != PPM_NODE_MAXIMUM)
			name = id;
		if (below(plan, id) == PPM_NODE_NONE)
			return n->op == PPM_NODE_COLUMN || name == PPM_NODE_NONE ? id : name;
	}
}

struct interval {
	double low, high;
};

static struct interval ordered(double a, double b)
{
	return (struct interval){ fmin(a, b), fmax(a, b) };
}

static double product(double a, double b)
{
	return a == 0 || b == 0 ? 0 : a * b;
}

// What the figure is while its leaf is within the bounds.
static struct interval image(const struct ppm_plan *plan, ppm_node_id id, ppm_node_id leaf, struct interval within)
{
	const struct ppm_node *n = &plan->nodes[id];
	double k = 0;
	if (id == leaf)
		return within;
	bool right = n->b != PPM_NODE_NONE && ppm_plan_constant_number(plan, n->b, &k);
	if (!right && n->b != PPM_NODE_NONE)
		ppm_plan_constant_number(plan, n->a, &k);
	struct interval x = image(plan, right || n->b == PPM_NODE_NONE ? n->a : n->b, leaf, within);
	switch ((enum ppm_node_op)n->op) {
	case PPM_NODE_SCALE: {
		const struct ppm_plan_scale *s = &plan->scales[n->index];
		double p = fmin(fmax((x.low - s->low) / (s->high - s->low), 0), 1), q = fmin(fmax((x.high - s->low) / (s->high - s->low), 0), 1);
		return ordered(s->from + (s->to - s->from) * p, s->from + (s->to - s->from) * q);
	}
	case PPM_NODE_NEGATE: return ordered(-x.low, -x.high);
	case PPM_NODE_ADD: return (struct interval){ x.low + k, x.high + k };
	case PPM_NODE_SUBTRACT: return right ? (struct interval){ x.low - k, x.high - k } : (struct interval){ k - x.high, k - x.low };
	case PPM_NODE_MULTIPLY: return ordered(product(x.low, k), product(x.high, k));
	case PPM_NODE_DIVIDE: return k == 0 ? (struct interval){ -INFINITY, INFINITY } : ordered(x.low / k, x.high / k);
	case PPM_NODE_MINIMUM: return (struct interval){ fmin(x.low, k), fmin(x.high, k) };
	case PPM_NODE_MAXIMUM: return (struct interval){ fmax(x.low, k), fmax(x.high, k) };
	default: return x;
	}
}

// Where the figure stops growing: on the leaf.
static void bend(const struct ppm_plan *plan, ppm_node_id from, double at, bool rest_above, struct cuts *cuts)
{
	struct ppm_bounds b = { rest_above ? at : -INFINITY, rest_above ? INFINITY : at, false, false, false };
	if (ppm_facts_subject(plan, from, &b) != leaf_of(plan, from))
		return;
	cut_at(cuts, isfinite(b.low) ? b.low : b.high, isfinite(b.low), !isfinite(b.low));
}

static void bends(const struct ppm_plan *plan, ppm_node_id id, ppm_node_id leaf, struct cuts *cuts)
{
	while (id != leaf) {
		const struct ppm_node *n = &plan->nodes[id];
		ppm_node_id next = n->b != PPM_NODE_NONE && plan->nodes[n->a].op == PPM_NODE_CONSTANT ? n->b : n->a;
		if (n->op == PPM_NODE_SCALE) {
			const struct ppm_plan_scale *s = &plan->scales[n->index];
			bend(plan, next, fmin(s->low, s->high), false, cuts);
			bend(plan, next, fmax(s->low, s->high), true, cuts);
		} else if (n->op == PPM_NODE_MINIMUM || n->op == PPM_NODE_MAXIMUM)
			bend(plan, next, ppm_facts_figure(plan, next == n->a ? n->b : n->a), n->op == PPM_NODE_MINIMUM, cuts);
		id = next;
	}
}

// Where conditions of the model cut the subject.
static void thresholds(const struct ppm_plan *plan, ppm_node_id leaf, size_t nodes, struct cuts *cuts)
{
	for (ppm_node_id id = 0; id < nodes; id++) {
		const struct ppm_node *n = &plan->nodes[id];
		double k;
		if (n->op != PPM_NODE_EQUAL && n->op != PPM_NODE_LESS && n->op != PPM_NODE_LESS_EQUAL)
			continue;
		bool right = n->a == leaf && ppm_plan_constant_number(plan, n->b, &k), left = n->b == leaf && ppm_plan_constant_number(plan, n->a, &k);
		if (!right && !left)
			continue;
		cut_at(cuts, k, true, true);
	}
	const struct ppm_node *subject = &plan->nodes[leaf];
	cut_at(cuts, subject->low, true, true);
	cut_at(cuts, subject->high, true, true);
}

static ppm_node_id constant_like(struct ppm_plan *plan, ppm_node_id like, double value)
{
	struct ppm_type type = plan->nodes[like].type;
	ppm_int128 exact;
	switch (type.base) {
	case PPM_BASE_MONEY: return ppm_exact_from_number(value, &exact) ? ppm_plan_money(plan, exact, type, nowhere()) : PPM_NODE_NONE;
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION:
		if (value != rint(value) || fabs(value) > 2e9)
			return PPM_NODE_NONE;
		return ppm_plan_whole(plan, (int32_t)value, type, nowhere());
	default: type.ratio = false; return ppm_plan_number(plan, value, type, false, nowhere());
	}
}

// `open`: the end is not part of it.
static void bounded(struct list *l, struct ppm_way *way, ppm_node_id leaf, double end, bool open, bool from_below)
{
	ppm_node_id k = isfinite(end) ? constant_like(l->plan, leaf, end) : PPM_NODE_NONE;
	if (k == PPM_NODE_NONE || k == PPM_NODE_POISON)
		return;
	enum ppm_relation relation = from_below ? open ? PPM_RELATION_GREATER : PPM_RELATION_GREATER_EQUAL : open ? PPM_RELATION_LESS : PPM_RELATION_LESS_EQUAL;
	claim(way, ppm_plan_compare(l->plan, relation, leaf, k, nowhere()), true);
}

static void ramp_ways(struct list *l, ppm_node_id id, ppm_node_id leaf, size_t nodes)
{
	struct cuts cuts = { .count = 0 };
	bends(l->plan, id, leaf, &cuts); // first: they are those that are needed
	thresholds(l->plan, leaf, nodes, &cuts);
	double low = -INFINITY, before = NAN; // of the piece that is being made, and what it gives
	bool low_open = false, slopes = false;
	double from = low;
	bool from_open = false;
	for (uint32_t i = 0; i <= 2 * cuts.count; i++) {
		bool last = i == 2 * cuts.count, above = i % 2;
		const struct cut *cut = last ? NULL : &cuts.items[i / 2];
		if (cut && !(above ? cut->above : cut->below))
			continue;
		double high = cut ? cut->at : INFINITY;
		struct interval value = image(l->plan, id, leaf, (struct interval){ from, high });
		double points = l->high ? value.high : value.low;
		bool sloping = value.low != value.high;
		if ((points != before || slopes || sloping) && !isnan(before)) { // neighbours that give the same are one piece
			struct ppm_way way = { .points = before, .approached = slopes };
			bounded(l, &way, leaf, low, low_open, true);
			bounded(l, &way, leaf, from, !from_open, false);
			add_way(l, way);
			low = from;
			low_open = from_open;
		}
		before = points;
		slopes = sloping;
		from = high;
		from_open = above;
	}
	struct ppm_way way = { .points = before, .approached = slopes };
	bounded(l, &way, leaf, low, low_open, true);
	add_way(l, way);
}

// ---- values -----------------------------------------------------------------------------------------------------------------------

// A flag that is missing just where the node is missing: of a comparison with a constant, that of what is compared.
static ppm_node_id is_gone(struct ppm_plan *plan, ppm_node_id id)
{
	for (;;) {
		const struct ppm_node n = plan->nodes[id];
		bool right = n.b != PPM_NODE_NONE && plan->nodes[n.b].op == PPM_NODE_CONSTANT, left = n.b != PPM_NODE_NONE && plan->nodes[n.a].op == PPM_NODE_CONSTANT;
		switch ((enum ppm_node_op)n.op) {
		case PPM_NODE_NOT:
		case PPM_NODE_NEGATE:
		case PPM_NODE_FIGURE:
		case PPM_NODE_RETYPE:
		case PPM_NODE_IN_SET: id = n.a; continue;
		case PPM_NODE_EQUAL:
		case PPM_NODE_LESS:
		case PPM_NODE_LESS_EQUAL:
		case PPM_NODE_TEXT_TEST:
		case PPM_NODE_ADD:
		case PPM_NODE_SUBTRACT:
		case PPM_NODE_MULTIPLY:
			if (!right && !left)
				break;
			id = right ? n.a : n.b;
			continue;
		default: break;
		}
		return ppm_plan_is_missing(plan, id, nowhere());
	}
}

static void value_ways(struct list *l, ppm_node_id id, size_t nodes, uint32_t depth);

static void ways_under(struct list *l, ppm_node_id id, const struct ppm_claim *under, size_t nodes, uint32_t depth)
{
	uint32_t from = l->count;
	value_ways(l, id, nodes, depth + 1);
	for (uint32_t i = from; i < l->count; i++)
		claim(&l->items[i], under->node, under->is_true);
}

static void map_ways(struct list *l, const struct ppm_node *n)
{
	struct ppm_plan_map map = l->plan->maps[n->index];
	uint32_t *texts = ppm_arena_allocate(l->arena, (size_t)map.count + 1, sizeof *texts);
	if (!texts)
		return;
	for (uint32_t i = 0; i < map.count; i++) {
		uint32_t count = 0;
		bool first = map.values[i] != map.otherwise; // what has the rest's value goes with it
		for (uint32_t k = 0; k < i && first; k++)
			first = map.values[k] != map.values[i];
		for (uint32_t k = i; k < map.count && first; k++)
			if (map.values[k] == map.values[i])
				texts[count++] = map.keys[k];
		if (!first)
			continue;
		struct ppm_way way = { .points = ppm_facts_figure(l->plan, map.values[i]) };
		claim(&way, ppm_plan_in_set(l->plan, n->a, texts, count, nowhere()), true);
		add_way(l, way);
	}
	uint32_t count = 0;
	for (uint32_t i = 0; i < map.count; i++)
		if (map.values[i] != map.otherwise)
			texts[count++] = map.keys[i];
	struct ppm_way rest = { .points = ppm_facts_figure(l->plan, map.otherwise) };
	claim(&rest, ppm_plan_not(l->plan, ppm_plan_in_set(l->plan, n->a, texts, count, nowhere()), nowhere()), true);
	add_way(l, rest);
	if (map.missing != PPM_NODE_NONE && l->plan->nodes[n->a].may_miss) {
		struct ppm_way gone = { .points = ppm_facts_figure(l->plan, map.missing) };
		claim(&gone, ppm_plan_is_missing(l->plan, n->a, nowhere()), true);
		add_way(l, gone);
	}
}

static void value_ways(struct list *l, ppm_node_id id, size_t nodes, uint32_t depth)
{
	const struct ppm_node n = node_at(l, id);
	double constant;
	if (ppm_plan_constant_number(l->plan, id, &constant)) {
		add_way(l, (struct ppm_way){ .points = constant });
		return;
	}
	if (n.op == PPM_NODE_SELECT && depth < 64 && l->count < WAYS) {
		ways_under(l, n.b, &(struct ppm_claim){ n.a, true }, nodes, depth);
		ways_under(l, n.c, &(struct ppm_claim){ ppm_plan_not(l->plan, n.a, nowhere()), true }, nodes, depth);
		if (n.d != PPM_NODE_NONE)
			ways_under(l, n.d, &(struct ppm_claim){ is_gone(l->plan, n.a), true }, nodes, depth);
		return;
	}
	if (n.op == PPM_NODE_MAP && l->plan->maps[n.index].count < WAYS) {
		map_ways(l, &n);
		return;
	}
	if (n.op == PPM_NODE_MISSING)
		return;
	ppm_node_id leaf = leaf_of(l->plan, id);
	enum ppm_base base = (enum ppm_base)l->plan->nodes[leaf].type.base;
	bool figure = base == PPM_BASE_NUMBER || base == PPM_BASE_PERCENT || base == PPM_BASE_MONEY || base == PPM_BASE_DATE || base == PPM_BASE_DURATION;
	bool table = l->plan->nodes[leaf].op == PPM_NODE_MAP || l->plan->nodes[leaf].op == PPM_NODE_SELECT; // it has ways of its own
	if (leaf != id && figure && (!table || n.op == PPM_NODE_SCALE)) {
		ramp_ways(l, id, leaf, nodes);
		return;
	}
	// points that are kept within bounds, over something that has ways
	double k;
	bool kept = n.op == PPM_NODE_MINIMUM || n.op == PPM_NODE_MAXIMUM, right = kept && ppm_plan_constant_number(l->plan, n.b, &k);
	if (right || (kept && ppm_plan_constant_number(l->plan, n.a, &k))) {
		uint32_t from = l->count;
		value_ways(l, right ? n.a : n.b, nodes, depth + 1);
		for (uint32_t i = from; i < l->count; i++)
			l->items[i].points = n.op == PPM_NODE_MINIMUM ? fmin(l->items[i].points, k) : fmax(l->items[i].points, k);
		return;
	}
	add_way(l, (struct ppm_way){ .points = l->high ? n.high : n.low });
}

// ---- rules -------------------------------------------------------------------------------------------------------------------------

static void rule_ways(struct list *l, const struct ppm_plan_rule *r, bool bundled, size_t nodes)
{
	double sign = r->kind == PPM_RULE_PENALTY ? -1 : 1;
	const struct ppm_node points = node_at(l, r->points);
	value_ways(l, r->points, nodes, 0);
	for (uint32_t i = 0; i < l->count; i++) {
		struct ppm_way own = { .points = sign * l->items[i].points, .fires = true, .approached = l->items[i].approached };
		claim(&own, r->condition, true); // first: it is what the rule is about
		for (uint32_t k = 0; k < l->items[i].claim_count; k++)
			claim(&own, l->items[i].claims[k].node, l->items[i].claims[k].is_true);
		l->items[i] = own;
	}
	// where it does not fire; and where nobody knows, which only counts if the rule says so, or others stand in for it
	const struct ppm_node condition = node_at(l, r->condition);
	struct ppm_way quiet = { .points = 0 }, unknown = { .points = 0 };
	claim(&quiet, ppm_plan_not(l->plan, r->condition, nowhere()), true);
	add_way(l, quiet);
	if (!condition.may_miss && !points.may_miss)
		return;
	if (r->missing_points != PPM_NODE_NONE) {
		const struct ppm_node missing = node_at(l, r->missing_points);
		unknown.points = sign > 0 ? missing.high : -missing.low;
	} else if (!bundled && !r->exclusive)
		return;
	if (!points.may_miss)
		claim(&unknown, is_gone(l->plan, r->condition), true);
	add_way(l, unknown);
}

// Of two that give the same, the one that does nothing: a rule that fires and gives 0 points is no aim.
static bool is_better(const struct ppm_way *a, const struct ppm_way *b)
{
	if (a->points != b->points)
		return a->points > b->points;
	return a->approached != b->approached ? !a->approached : !a->fires && b->fires;
}

uint32_t ppm_leaf_best(const struct ppm_leaf *leaf)
{
	uint32_t count = 0;
	while (count < leaf->way_count && leaf->ways[count].points == leaf->ways[0].points && leaf->ways[count].approached == leaf->ways[0].approached)
		count++;
	return count;
}

static bool make_leaf(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_plan_rule *r, bool bundled, size_t nodes)
{
	struct ppm_leaf *leaf = &leaves->items[leaves->count];
	bool rule = r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
	struct list l = { .plan = plan, .arena = arena, .high = r->kind != PPM_RULE_PENALTY };
	if (rule)
		rule_ways(&l, r, bundled, nodes);
	else {
		value_ways(&l, r->points, nodes, 0);
		if (r->may_be_unknown && (bundled || !l.count)) { // without it, the others of its bundle count
			struct ppm_way way = { .points = 0 };
			claim(&way, ppm_plan_is_missing(plan, r->points, nowhere()), true);
			add_way(&l, way);
		}
	}
	for (uint32_t i = 0; i < l.count; i++)
		l.items[i].points = ppm_points_kept(l.items[i].points);
	// Stable, the best first.
	for (uint32_t i = 1; i < l.count; i++) {
		struct ppm_way way = l.items[i];
		uint32_t at = i;
		for (; at > 0 && is_better(&way, &l.items[at - 1]); at--)
			l.items[at] = l.items[at - 1];
		l.items[at] = way;
	}
	*leaf = (struct ppm_leaf){ .rule = r, .ways = l.items, .way_count = l.count, .component = leaves->count, .bundled = bundled, .needed = true };
	leaves->by_rule[r->index] = leaves->count++;
	return !arena->failed && !plan->out_of_memory;
}

static bool make_all(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_plan_rule *rules, bool bundled, size_t nodes)
{
	bool fine = true;
	for (const struct ppm_plan_rule *r = rules; r && fine; r = r->next)
		fine = r->members ? make_all(leaves, plan, arena, r->members, true, nodes) : make_leaf(leaves, plan, arena, r, bundled, nodes);
	return fine;
}

// ---- what columns can hold ---------------------------------------------------------------------------------------------------------

// A text column that declares its values holds one of them, which no proof knows by itself.
static void add_domains(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena)
{
	for (uint32_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column column = plan->columns[i];
		const struct ppm_column_declaration *d = column.declaration;
		if (column.dataset != 0 || column.kind != PPM_PLAN_FIELD || column.type.base != PPM_BASE_TEXT || !d || !d->in_list || !column.uses)
			continue;
		uint32_t *texts = ppm_arena_allocate(arena, (size_t)d->in_list->item_count + 2, sizeof *texts), count = 0;
		if (!texts)
			return;
		for (const struct ppm_expression *item = d->in_list->items; item && count < d->in_list->item_count; item = item->next)
			texts[count++] = ppm_plan_intern(plan, item->text);
		if (d->default_value)
			texts[count++] = ppm_plan_intern(plan, d->default_value->text);
		ppm_node_id is = ppm_plan_in_set(plan, column.node, texts, count, nowhere());
		if (plan->nodes[column.node].may_miss)
			is = ppm_plan_or(plan, ppm_plan_is_missing(plan, column.node, nowhere()), is, nowhere());
		leaves->domains[leaves->domain_count] = (struct ppm_claim){ is, true };
		leaves->domain_columns[leaves->domain_count++] = i;
	}
}

// ---- what is independent ---------------------------------------------------------------------------------------------------------------

struct unions {
	uint32_t *parent; // [leaf, then column]
	uint32_t leaves, from;
};

static uint32_t root(const struct unions *u, uint32_t at)
{
	while (u->parent[at] != at)
		at = u->parent[at] = u->parent[u->parent[at]];
	return at;
}

static void join(const struct unions *u, uint32_t a, uint32_t b)
{
	a = root(u, a);
	b = root(u, b);
	u->parent[a > b ? a : b] = a > b ? b : a;
}

// What could not be looked at fails the whole.
static void visit(struct ppm_arena *arena, const struct ppm_plan *plan, ppm_node_id id, bool (*visitor)(void *context, uint32_t column), void *context)
{
	if (!ppm_plan_visit_columns(plan, id, visitor, context))
		arena->failed = true;
}

static bool join_column(void *context, uint32_t column)
{
	const struct unions *u = context;
	join(u, u->from, u->leaves + column);
	return true;
}

// The rules under a bundle count together.
static void join_members(const struct ppm_leaves *leaves, const struct unions *u, const struct ppm_plan_rule *rules, uint32_t *with)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		uint32_t leaf = leaves->by_rule[r->index];
		if (leaf == PPM_NO_ID) {
			join_members(leaves, u, r->members, with);
			continue;
		}
		if (*with == PPM_NO_ID)
			*with = leaf;
		join(u, *with, leaf);
	}
}

static void join_bundles(const struct ppm_leaves *leaves, const struct unions *u, const struct ppm_plan_rule *rules)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next)
		if (r->members) {
			uint32_t with = PPM_NO_ID;
			join_members(leaves, u, r->members, &with);
		}
}

static bool list_components(struct ppm_component_list *list, const uint32_t *component, uint32_t count, uint32_t components, struct ppm_arena *arena)
{
	list->begin = ppm_arena_allocate(arena, (size_t)components + 2, sizeof *list->begin);
	list->items = ppm_arena_allocate(arena, (size_t)count + 1, sizeof *list->items);
	if (!list->begin || !list->items)
		return false;
	// begin[c + 1] counts, then is where the next of c goes, and so ends up as where c + 1 begins
	for (uint32_t i = 0; i < count; i++)
		if (component[i] != PPM_NO_ID && component[i] + 2 <= components)
			list->begin[component[i] + 2]++;
	for (uint32_t c = 2; c <= components; c++)
		list->begin[c] += list->begin[c - 1];
	for (uint32_t i = 0; i < count; i++)
		if (component[i] != PPM_NO_ID)
			list->items[list->begin[component[i] + 1]++] = i;
	return true;
}

static bool components(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena)
{
	struct unions u = { ppm_arena_allocate(arena, leaves->count + plan->column_count + leaves->standing_count + 1, sizeof *u.parent), leaves->count, 0 };
	if (!u.parent)
		return false;
	for (uint32_t i = 0; i < leaves->count + plan->column_count + leaves->standing_count; i++)
		u.parent[i] = i;
	for (uint32_t i = 0; i < leaves->count; i++) {
		u.from = i;
		for (uint32_t w = 0; w < leaves->items[i].way_count; w++)
			for (uint32_t c = 0; c < leaves->items[i].ways[w].claim_count && w < 4; c++)
				visit(arena, plan, leaves->items[i].ways[w].claims[c].node, join_column, &u);
	}
	for (uint32_t i = 0; i < leaves->standing_count; i++) {
		u.from = leaves->count + (uint32_t)plan->column_count + i;
		visit(arena, plan, leaves->standing[i].node, join_column, &u);
	}
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		join_bundles(leaves, &u, d->rules);
		uint32_t with = PPM_NO_ID;
		if (d->has_range && (d->rules_high > d->high || d->rules_low < d->low)) // points beyond the range are lost: its rules weigh on each other
			join_members(leaves, &u, d->rules, &with);
	}
	join_bundles(leaves, &u, plan->adjust);
	uint32_t *number = ppm_arena_allocate(arena, leaves->count + plan->column_count + leaves->standing_count + 1, sizeof *number);
	if (!number)
		return false;
	uint32_t *own = ppm_arena_allocate(arena, (size_t)leaves->count + 1, sizeof *own);
	if (!own)
		return false;
	for (uint32_t i = 0; i < leaves->count; i++) {
		uint32_t of = root(&u, i);
		if (!number[of])
			number[of] = ++leaves->components;
		leaves->items[i].component = own[i] = number[of] - 1;
	}
	for (uint32_t i = 0; i < leaves->standing_count; i++) {
		uint32_t of = root(&u, leaves->count + (uint32_t)plan->column_count + i);
		leaves->standing_component[i] = number[of] ? number[of] - 1 : PPM_NO_ID;
	}
	for (uint32_t i = 0; i < leaves->domain_count; i++) {
		uint32_t of = root(&u, leaves->count + leaves->domain_columns[i]);
		leaves->domain_component[i] = number[of] ? number[of] - 1 : PPM_NO_ID;
	}
	return list_components(&leaves->members, own, leaves->count, leaves->components, arena) &&
		list_components(&leaves->members_standing, leaves->standing_component, leaves->standing_count, leaves->components, arena) &&
		list_components(&leaves->members_domains, leaves->domain_component, leaves->domain_count, leaves->components, arena);
}

// ---- what a table comes to ------------------------------------------------------------------------------------------------------------------

static bool is_possible(const struct ppm_leaves *leaves, const struct ppm_plan *plan, const struct ppm_leaf *leaf, const struct ppm_way *way)
{
	struct ppm_claim claims[PPM_WAY_CLAIMS + DOMAINS];
	const struct ppm_component_list *domains = &leaves->members_domains;
	size_t count = way->claim_count;
	memcpy(claims, way->claims, count * sizeof *claims);
	for (uint32_t i = domains->begin[leaf->component]; i < domains->begin[leaf->component + 1] && count < PPM_WAY_CLAIMS + DOMAINS; i++)
		claims[count++] = leaves->domains[domains->items[i]];
	return !count || !ppm_plan_contradiction(plan, claims, count);
}

// The best of a rule is what it can come to by what the columns can hold, not an end that no row reaches. What others forbid, disqualifiers too, is no matter here: that is a conflict, and
// told as one. That a reward fires and that a penalty does not stays what the rule asks for, be it possible or not.
static void drop_impossible(const struct ppm_leaves *leaves, const struct ppm_plan *plan, struct ppm_leaf *leaf)
{
	bool fires = leaf->rule->kind == PPM_RULE_REWARD || leaf->rule->kind == PPM_RULE_PENALTY; // of those, the ways in which it does
	uint32_t first = 0, kept = 0;
	while (first < leaf->way_count && (leaf->ways[first].fires != fires || !is_possible(leaves, plan, leaf, &leaf->ways[first])))
		first++;
	if (first == leaf->way_count && leaf->rule->kind != PPM_RULE_PENALTY)
		return; // nobody has any of them
	const struct ppm_way best = first < leaf->way_count ? leaf->ways[first] : (struct ppm_way){ .points = -INFINITY };
	for (uint32_t i = 0; i < leaf->way_count; i++)
		if (leaf->ways[i].fires != fires || i == first || (i > first && (is_better(&best, &leaf->ways[i]) || is_possible(leaves, plan, leaf, &leaf->ways[i]))))
			leaf->ways[kept++] = leaf->ways[i];
	leaf->way_count = kept;
}

// ---- what the perfect customer does without -----------------------------------------------------------------------------------------------

static void lesser(const struct ppm_leaves *leaves, const struct ppm_plan_rule *rules)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		if (r->members)
			lesser(leaves, r->members);
		if (r->kind == PPM_RULE_BEST_OF && !r->penalties) {
			const struct ppm_plan_rule *best = NULL;
			for (const struct ppm_plan_rule *m = r->members; m; m = m->next)
				best = !best || m->high > best->high ? m : best;
			for (const struct ppm_plan_rule *m = r->members; m; m = m->next)
				if (m != best && leaves->by_rule[m->index] != PPM_NO_ID)
					leaves->items[leaves->by_rule[m->index]].needed = false;
		}
		if (!r->exclusive || r->kind != PPM_RULE_REWARD)
			continue;
		for (const struct ppm_plan_rule *q = rules; q; q = q->next)
			if (q != r && q->exclusive == r->exclusive && (q->high > r->high || (q->high == r->high && q->index < r->index)))
				leaves->items[leaves->by_rule[r->index]].needed = false;
	}
}

bool ppm_leaves_make(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena)
{
	size_t nodes = plan->node_count; // of the model: what the ways add is none of its thresholds
	*leaves = (struct ppm_leaves){ .count = 0 };
	leaves->items = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *leaves->items);
	leaves->by_rule = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *leaves->by_rule);
	leaves->standing = ppm_arena_allocate(arena, plan->disqualifier_count + 1, sizeof *leaves->standing);
	leaves->standing_component = ppm_arena_allocate(arena, plan->disqualifier_count + 1, sizeof *leaves->standing_component);
	leaves->domains = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *leaves->domains);
	leaves->domain_columns = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *leaves->domain_columns);
	leaves->domain_component = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *leaves->domain_component);
	if (!leaves->items || !leaves->by_rule || !leaves->standing || !leaves->standing_component || !leaves->domains || !leaves->domain_columns || !leaves->domain_component)
		return false;
	for (size_t i = 0; i < plan->rule_count; i++)
		leaves->by_rule[i] = PPM_NO_ID;
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		ppm_node_id denied = ppm_plan_not(plan, plan->disqualifiers[i].condition, nowhere());
		leaves->standing[leaves->standing_count++] =
			plan->disqualifiers[i].missing_passes ? (struct ppm_claim){ plan->disqualifiers[i].condition, false } : (struct ppm_claim){ denied, true };
	}
	for (size_t i = 0; i < plan->dimension_count; i++) {
		if (!make_all(leaves, plan, arena, plan->dimensions[i].rules, false, nodes))
			return false;
		lesser(leaves, plan->dimensions[i].rules);
	}
	if (!make_all(leaves, plan, arena, plan->adjust, false, nodes))
		return false;
	lesser(leaves, plan->adjust);
	add_domains(leaves, plan, arena);
	if (!components(leaves, plan, arena))
		return false;
	for (uint32_t i = 0; i < leaves->count; i++)
		drop_impossible(leaves, plan, &leaves->items[i]);
	return !plan->out_of_memory;
}

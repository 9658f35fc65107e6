// Proofs about flags: that several cannot hold in one row. A small search: what is claimed of a flag is broken down to claims about figures, texts and
// atoms, kept in a store of intervals; an `or` splits the search. What it cannot see it lets pass, so "no contradiction" proves nothing.

#include "lang/plan/plan.h"

#include <math.h>
#include <string.h>

enum claim_kind { CLAIM_TRUE, CLAIM_FALSE, CLAIM_NOT_TRUE, CLAIM_NOT_FALSE, CLAIM_MISSING }; // NOT_TRUE: false or missing; NOT_FALSE: true or missing

struct work {
	ppm_node_id node;
	enum claim_kind kind;
	const struct work *next;
};

#define FACTS 96
#define CLAIMS 64 // at once
#define DEPTH 500 // claims within claims; deeper ones are let pass
#define TRUE_BIT 1
#define FALSE_BIT 2

struct fact {
	ppm_node_id node, other; // other: PPM_NODE_NONE, or the relation of node to it is meant
	struct ppm_edge low, high;
	bool low_open, high_open;
	uint8_t relations; // bit 0 <, 1 =, 2 >: what may be, for a pair
	uint8_t truth;     // of an atom
	bool present, gone;
	const struct ppm_text_set *in; // the texts it may be, or NULL
};

struct store {
	const struct ppm_plan *plan;
	uint32_t count, depth;
	struct fact facts[FACTS];
};

// Room for facts that are not there is neither cleared nor copied: most proofs need a few of them.
static void empty_store(struct store *store, const struct ppm_plan *plan)
{
	store->plan = plan;
	store->count = store->depth = 0;
}

static void copy_store(struct store *copy, const struct store *store)
{
	empty_store(copy, store->plan);
	copy->count = store->count;
	copy->depth = store->depth;
	memcpy(copy->facts, store->facts, store->count * sizeof *store->facts);
}

static struct fact *fact_of(struct store *store, ppm_node_id node, ppm_node_id other)
{
	for (uint32_t i = 0; i < store->count; i++)
		if (store->facts[i].node == node && store->facts[i].other == other)
			return &store->facts[i];
	if (store->count == FACTS)
		return NULL;
	const struct ppm_node *n = &store->plan->nodes[node];
	struct fact *fact = &store->facts[store->count++];
	*fact = (struct fact){ .node = node, .other = other, .relations = 7, .truth = TRUE_BIT | FALSE_BIT };
	if (n->type.base == PPM_BASE_MONEY) {
		fact->low = ppm_plan_low(store->plan, n);
		fact->high = ppm_plan_high(store->plan, n);
	} else { // the same, of what has no places: a copy of halves of edges would wait for the other half to be written
		fact->low.figure = n->low;
		fact->high.figure = n->high;
	}
	return fact;
}

static bool known_present(struct store *store, ppm_node_id node)
{
	const struct ppm_node *n = &store->plan->nodes[node];
	if (!n->may_miss)
		return true;
	if (n->depth > DEPTH)
		return false; // too far down to be worth it
	for (uint32_t i = 0; i < store->count; i++)
		if (store->facts[i].node == node && store->facts[i].other == PPM_NODE_NONE && store->facts[i].present)
			return true;
	// an operation whose operands are all there is there, unless it can fail by itself
	if (n->op == PPM_NODE_DIVIDE || n->op == PPM_NODE_MODULO || n->op == PPM_NODE_POWER || n->op == PPM_NODE_CALL || n->op == PPM_NODE_COLUMN || n->op == PPM_NODE_SELECT ||
		n->op == PPM_NODE_MAP || n->op == PPM_NODE_DIMENSION || n->op == PPM_NODE_SCORE || n->op == PPM_NODE_MISSING || n->op == PPM_NODE_DEFAULT)
		return false;
	const ppm_node_id operands[] = { n->a, n->b, n->c, n->d };
	for (int i = 0; i < 4; i++)
		if (operands[i] != PPM_NODE_NONE && !known_present(store, operands[i]))
			return false;
	return n->a != PPM_NODE_NONE;
}

// False when that contradicts what is known.
static bool set_present(struct store *store, ppm_node_id node)
{
	if (!store->plan->nodes[node].may_miss)
		return true;
	struct fact *fact = fact_of(store, node, PPM_NODE_NONE);
	if (!fact)
		return true;
	fact->present = true;
	return !fact->gone;
}

static bool narrow(struct fact *fact)
{
	int order = ppm_edge_order(fact->low, fact->high);
	return order < 0 || (order == 0 && !fact->low_open && !fact->high_open);
}

static bool at_most(struct fact *fact, struct ppm_edge value, bool open)
{
	int order = ppm_edge_order(value, fact->high);
	if (order < 0 || (order == 0 && open)) {
		fact->high = value;
		fact->high_open = open;
	}
	return narrow(fact);
}

static bool at_least(struct fact *fact, struct ppm_edge value, bool open)
{
	int order = ppm_edge_order(value, fact->low);
	if (order > 0 || (order == 0 && open)) {
		fact->low = value;
		fact->low_open = open;
	}
	return narrow(fact);
}

static bool compare(struct store *store, const struct ppm_node *n, bool holds)
{
	const struct ppm_plan *plan = store->plan;
	struct ppm_edge least, most; // the values that are equal to the constant
	if (!set_present(store, n->a) || !set_present(store, n->b))
		return false;
	bool right = ppm_plan_constant_edge(plan, n->b, &least);
	if (right || ppm_plan_constant_edge(plan, n->a, &least)) {
		most = least;
		ppm_plan_threshold(plan, right ? n->a : n->b, right ? n->b : n->a, &least.figure, &most.figure);
		struct fact *fact = fact_of(store, right ? n->a : n->b, PPM_NODE_NONE);
		if (!fact)
			return true;
		if (n->op == PPM_NODE_EQUAL)
			return holds ? at_most(fact, most, false) && at_least(fact, least, false)
				     : !(ppm_edge_order(fact->low, least) >= 0 && ppm_edge_order(fact->high, most) <= 0);
		bool open = n->op == PPM_NODE_LESS;
		// a < k and its opposite k <= a; k < a and its opposite a <= k
		if (right)
			return holds ? at_most(fact, open ? least : most, open) : at_least(fact, open ? least : most, !open);
		return holds ? at_least(fact, open ? most : least, open) : at_most(fact, open ? most : least, !open);
	}
	ppm_node_id a = n->a, b = n->b;
	uint8_t may = n->op == PPM_NODE_EQUAL ? 2 : n->op == PPM_NODE_LESS ? 1 : 3;
	if (!holds)
		may = (uint8_t)(7 & ~may);
	if (a > b) { // one order for each pair
		ppm_node_id swap = a;
		a = b;
		b = swap;
		may = (uint8_t)((may & 2) | (may & 1) << 2 | (may & 4) >> 2);
	}
	struct fact *fact = fact_of(store, a, b);
	if (!fact)
		return true;
	fact->relations &= may;
	return fact->relations != 0;
}

static bool has(const struct ppm_text_set *set, uint32_t text)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (set->texts[i] == text)
			return true;
	return false;
}

// The texts left over for the node once every claim about it is heard: without a positive claim there are always others.
static bool in_set(struct store *store, const struct ppm_node *n, bool holds, ppm_node_id id)
{
	const struct ppm_text_set *set = &store->plan->text_sets[n->index];
	if (!set_present(store, n->a))
		return false;
	struct fact *own = fact_of(store, id, PPM_NODE_NONE);
	if (own) {
		own->truth &= holds ? TRUE_BIT : FALSE_BIT;
		if (!own->truth)
			return false;
	}
	struct fact *fact = fact_of(store, n->a, PPM_NODE_NONE);
	if (!fact)
		return true;
	if (holds && (!fact->in || fact->in->count > set->count))
		fact->in = set;
	if (!fact->in)
		return true;
	for (uint32_t t = 0; t < fact->in->count; t++) { // is any text in all the sets claimed, and in none of those denied?
		bool possible = true;
		for (uint32_t i = 0; i < store->count && possible; i++) {
			const struct ppm_node *other = &store->plan->nodes[store->facts[i].node];
			if (other->op != PPM_NODE_IN_SET || other->a != n->a || store->facts[i].other != PPM_NODE_NONE)
				continue;
			bool member = has(&store->plan->text_sets[other->index], fact->in->texts[t]);
			possible = store->facts[i].truth & (member ? TRUE_BIT : FALSE_BIT);
		}
		if (possible)
			return true;
	}
	return false;
}

static bool atom(struct store *store, ppm_node_id id, bool holds)
{
	struct fact *fact = fact_of(store, id, PPM_NODE_NONE);
	if (!fact)
		return true;
	fact->present = true;
	fact->truth &= holds ? TRUE_BIT : FALSE_BIT;
	return fact->truth != 0 && !fact->gone;
}

static bool possible(struct store *store, const struct work *work, uint32_t *budget);

// They hang on what is known to be there, and come after whatever says that.
static bool is_weak(enum claim_kind kind)
{
	return kind != CLAIM_TRUE && kind != CLAIM_FALSE;
}

static bool split(const struct store *store, const struct work *rest, ppm_node_id a, enum claim_kind kind_a, ppm_node_id b, enum claim_kind kind_b, uint32_t *budget)
{
	if (*budget == 0)
		return true;
	--*budget;
	struct work one = { a, kind_a, rest };
	struct store copy;
	copy_store(&copy, store);
	if (possible(&copy, &one, budget))
		return true;
	one = (struct work){ b, kind_b, rest };
	copy_store(&copy, store);
	return possible(&copy, &one, budget);
}

// A flag that may be missing, and is: none of what it joins decides it, and something in it is missing.
static bool missing(struct store *store, const struct ppm_node *n, const struct work *rest, uint32_t *budget)
{
	if (n->op == PPM_NODE_NOT) {
		struct work inner = { n->a, CLAIM_MISSING, rest };
		return possible(store, &inner, budget);
	}
	if (n->op == PPM_NODE_DEFAULT) {
		struct work second = { n->b, CLAIM_MISSING, rest }, first = { n->a, CLAIM_MISSING, &second };
		return possible(store, &first, budget);
	}
	if (n->op != PPM_NODE_AND && n->op != PPM_NODE_OR)
		return possible(store, rest, budget);
	const enum claim_kind undecided = n->op == PPM_NODE_AND ? CLAIM_NOT_FALSE : CLAIM_NOT_TRUE;
	struct work both[] = { { n->a, undecided, rest }, { n->b, undecided, &both[0] } };
	return split(store, &both[1], n->a, CLAIM_MISSING, n->b, CLAIM_MISSING, budget);
}

static bool not_false(struct store *store, const struct ppm_node *n, const struct work *rest, uint32_t *budget)
{
	if (n->op == PPM_NODE_NOT || n->op == PPM_NODE_AND) {
		const enum claim_kind kind = n->op == PPM_NODE_NOT ? CLAIM_NOT_TRUE : CLAIM_NOT_FALSE;
		struct work second = { n->b, kind, rest }, first = { n->a, kind, n->op == PPM_NODE_NOT ? rest : &second };
		return possible(store, &first, budget);
	}
	if (n->op == PPM_NODE_OR)
		return split(store, rest, n->a, CLAIM_NOT_FALSE, n->b, CLAIM_NOT_FALSE, budget);
	return possible(store, rest, budget);
}

// What is certain goes first, so that a flag that is merely not true can be taken for false once its operands are known to be there.
static bool possible(struct store *store, const struct work *work, uint32_t *budget)
{
	const struct ppm_plan *plan = store->plan;
	if (!work || ++store->depth > DEPTH)
		return true;
	if (is_weak(work->kind))
		for (const struct work *w = work->next; w; w = w->next)
			if (!is_weak(w->kind)) {      // bring it to the front
				struct work kept[32]; // what does not fit is let go: fewer claims prove less, never more
				size_t n = 0;
				struct work first = { w->node, w->kind, NULL };
				for (const struct work *r = work; r && n < sizeof kept / sizeof *kept; r = r->next)
					if (r != w)
						kept[n++] = *r;
				for (size_t i = 0; i < n; i++)
					kept[i].next = i + 1 < n ? &kept[i + 1] : NULL;
				first.next = n ? kept : NULL;
				return possible(store, &first, budget);
			}
	ppm_node_id id = work->node;
	const struct ppm_node *n = &plan->nodes[id];
	enum claim_kind kind = work->kind;
	const struct work *rest = work->next;
	if (is_weak(kind) && known_present(store, id)) {
		if (kind == CLAIM_MISSING)
			return false;
		kind = kind == CLAIM_NOT_TRUE ? CLAIM_FALSE : CLAIM_TRUE;
	}
	if (kind == CLAIM_MISSING)
		return missing(store, n, rest, budget);
	if (kind == CLAIM_NOT_FALSE)
		return not_false(store, n, rest, budget);
	switch (n->op) {
	case PPM_NODE_CONSTANT: return n->value.flag == (kind == CLAIM_TRUE) && possible(store, rest, budget);
	case PPM_NODE_MISSING: return kind == CLAIM_NOT_TRUE && possible(store, rest, budget);
	case PPM_NODE_NOT: {
		if (kind == CLAIM_NOT_TRUE)
			return possible(store, rest, budget);
		struct work inner = { n->a, kind == CLAIM_TRUE ? CLAIM_FALSE : CLAIM_TRUE, rest };
		return possible(store, &inner, budget);
	}
	case PPM_NODE_AND:
	case PPM_NODE_OR: {
		bool both = (n->op == PPM_NODE_AND) == (kind == CLAIM_TRUE);
		if (!both)
			return split(store, rest, n->a, kind, n->b, kind, budget);
		struct work second = { n->b, kind, rest }, first = { n->a, kind, &second };
		return possible(store, &first, budget);
	}
	case PPM_NODE_DEFAULT: {
		const struct ppm_node *other = &plan->nodes[n->b];
		if (other->op != PPM_NODE_CONSTANT)
			return possible(store, rest, budget);
		bool wanted = kind == CLAIM_TRUE;
		if (other->value.flag == wanted && wanted)
			return possible(store, rest, budget); // true, or missing
		struct work inner = { n->a, wanted ? CLAIM_TRUE : other->value.flag ? CLAIM_FALSE : CLAIM_NOT_TRUE, rest };
		return possible(store, &inner, budget);
	}
	case PPM_NODE_IS_MISSING: {
		struct fact *fact = fact_of(store, n->a, PPM_NODE_NONE);
		if (fact && kind == CLAIM_TRUE)
			fact->gone = true;
		else if (fact)
			fact->present = true;
		return !(fact && fact->gone && fact->present) && possible(store, rest, budget);
	}
	default: break;
	}
	if (kind == CLAIM_NOT_TRUE)
		return possible(store, rest, budget);
	bool holds = kind == CLAIM_TRUE, consistent;
	if ((n->op == PPM_NODE_EQUAL || n->op == PPM_NODE_LESS || n->op == PPM_NODE_LESS_EQUAL) && plan->nodes[n->a].type.base != PPM_BASE_FLAG &&
		plan->nodes[n->a].type.base != PPM_BASE_TEXT)
		consistent = compare(store, n, holds);
	else if (n->op == PPM_NODE_IN_SET)
		consistent = in_set(store, n, holds, id);
	else
		consistent = atom(store, id, holds);
	return consistent && possible(store, rest, budget);
}

bool ppm_plan_decides(const struct ppm_plan *plan, ppm_node_id true_flag, ppm_node_id flag)
{
	const struct work then = { flag, CLAIM_MISSING, NULL }, first = { true_flag, CLAIM_TRUE, &then };
	struct store store;
	empty_store(&store, plan);
	uint32_t budget = 200;
	return !possible(&store, &first, &budget) && budget > 0;
}

bool ppm_plan_contradiction(const struct ppm_plan *plan, const struct ppm_claim *claims, size_t count)
{
	struct work work[CLAIMS];
	if (count > sizeof work / sizeof *work)
		count = sizeof work / sizeof *work; // fewer claims prove less, never more
	for (size_t i = 0; i < count; i++) {
		if (claims[i].node == PPM_NODE_POISON || claims[i].node == PPM_NODE_NONE)
			return false;
		work[i] = (struct work){ claims[i].node, claims[i].is_true ? CLAIM_TRUE : CLAIM_NOT_TRUE, i + 1 < count ? &work[i + 1] : NULL };
	}
	struct store store;
	empty_store(&store, plan);
	uint32_t budget = 200;
	return !possible(&store, count ? work : NULL, &budget) && budget > 0;
}

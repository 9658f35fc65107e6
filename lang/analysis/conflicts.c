// Rules that cannot all have their best together: sets that a proof finds contradictory while no smaller one within them is. Pairs and threes are all tried; where a larger set is
// contradictory and holds none of them, it is made as small as it gets.

#include "lang/analysis/perfect_internal.h"

#include <string.h>

#define SHOWN 100 // conflicts
#define THREES 40 // rules of a component, up to which all threes are tried
#define CLAIMS_AT_ONCE 60
#define TRIES 200 // ways in which the bests of a set are tried together
#define SIZE 8    // rules of a conflict

struct item {
	const struct ppm_leaf *leaf; // NULL: that a disqualifier does not hold
	const struct ppm_claim *claims;
	uint32_t count;
	uint32_t ways; // that give the best, all of them; the claims are those of the first
};

struct seeker {
	struct ppm_perfect *perfect;
	struct ppm_plan *plan;
	struct ppm_arena *arena;
	const struct ppm_leaves *leaves;
	uint32_t component;
	struct item *items; // of the component
	uint32_t count;
	uint8_t *pairs; // [count × count]: they are a conflict, while there is room for it
};

// The rest of the set adds its claims; where a rule's best can be had in several ways, none of them may do.
static bool none_possible(const struct seeker *s, const uint32_t *set, uint32_t size, struct ppm_claim *claims, size_t count, uint32_t *tries)
{
	if (size == 0) {
		const struct ppm_component_list *domains = &s->leaves->members_domains;
		for (uint32_t i = domains->begin[s->component]; i < domains->begin[s->component + 1] && count < CLAIMS_AT_ONCE; i++)
			claims[count++] = s->leaves->domains[domains->items[i]];
		return (*tries)++ < TRIES && ppm_plan_contradiction(s->plan, claims, count);
	}
	const struct item *item = &s->items[*set];
	for (uint32_t way = 0; way < item->ways; way++) {
		const struct ppm_claim *own = item->leaf ? item->leaf->ways[way].claims : item->claims;
		uint32_t own_count = item->leaf ? item->leaf->ways[way].claim_count : item->count;
		size_t now = count;
		for (uint32_t k = 0; k < own_count && now < CLAIMS_AT_ONCE; k++)
			claims[now++] = own[k];
		if (!none_possible(s, set + 1, size - 1, claims, now, tries))
			return false;
	}
	return true;
}

static bool contradicts(const struct seeker *s, const uint32_t *set, uint32_t size)
{
	struct ppm_claim claims[CLAIMS_AT_ONCE];
	uint32_t tries = 0;
	return none_possible(s, set, size, claims, 0, &tries);
}

// What the rule's best asks for, as a person would say it.
static struct ppm_slice asks_of(const struct seeker *s, const struct item *item)
{
	struct ppm_facts facts = { .plan = s->plan, .arena = s->arena };
	struct ppm_buffer out;
	ppm_buffer_init(&out, s->arena->allocator);
	for (uint32_t i = 0; i < item->count; i++)
		ppm_facts_add(&facts, item->claims[i]);
	ppm_facts_words(&facts, &out);
	return ppm_arena_take(s->arena, &out);
}

static void report(struct seeker *s, const uint32_t *set, uint32_t size)
{
	struct ppm_perfect *p = s->perfect;
	const struct ppm_plan_rule **rules = ppm_arena_allocate(s->arena, size, sizeof *rules);
	struct ppm_slice *asks = ppm_arena_allocate(s->arena, size, sizeof *asks);
	uint32_t *disqualifiers = ppm_arena_allocate(s->arena, size, sizeof *disqualifiers);
	if (p->conflict_count == SHOWN || !rules || !asks || !disqualifiers) {
		p->conflicts_cut = true;
		return;
	}
	struct ppm_perfect_conflict *c = &p->conflicts[p->conflict_count++];
	*c = (struct ppm_perfect_conflict){ .count = size, .rules = rules, .asks = asks, .disqualifiers = disqualifiers };
	uint32_t exclusive = 0;
	bool same = true;
	for (uint32_t i = 0; i < size; i++) {
		const struct item *item = &s->items[set[i]];
		rules[i] = item->leaf ? item->leaf->rule : NULL;
		asks[i] = asks_of(s, item);
		disqualifiers[i] = item->leaf ? PPM_NO_ID : (uint32_t)(item->claims - s->leaves->standing);
		same = same && rules[i] && rules[i]->kind == PPM_RULE_REWARD && rules[i]->exclusive &&
			(!i || (exclusive == rules[i]->exclusive && rules[i]->dimension == rules[0]->dimension));
		exclusive = rules[i] ? rules[i]->exclusive : 0;
	}
	c->of_range = same;
}

static bool is_pair(const struct seeker *s, uint32_t a, uint32_t b)
{
	return s->pairs && s->pairs[(size_t)a * s->count + b];
}

static void pairs(struct seeker *s)
{
	for (uint32_t a = 0; a < s->count; a++)
		for (uint32_t b = a + 1; b < s->count; b++) {
			const uint32_t set[] = { a, b };
			if (contradicts(s, set, 2)) {
				s->pairs[(size_t)a * s->count + b] = 1;
				report(s, set, 2);
			}
		}
}

static uint32_t threes(struct seeker *s)
{
	uint32_t found = 0;
	for (uint32_t a = 0; a < s->count; a++)
		for (uint32_t b = a + 1; b < s->count; b++)
			for (uint32_t c = b + 1; c < s->count && !is_pair(s, a, b); c++) {
				const uint32_t set[] = { a, b, c };
				if (is_pair(s, a, c) || is_pair(s, b, c) || !contradicts(s, set, 3))
					continue;
				report(s, set, 3);
				found++;
			}
	return found;
}

// A contradictory set, made smaller while it stays one. `set` holds what is in no pair.
static void larger(struct seeker *s)
{
	uint32_t set[CLAIMS_AT_ONCE] = { 0 }, size = 0;
	for (uint32_t i = 0; i < s->count && size < CLAIMS_AT_ONCE; i++) {
		bool free = true;
		for (uint32_t k = 0; k < size && free; k++)
			free = !is_pair(s, set[k], i);
		if (free)
			set[size++] = i;
	}
	if (!contradicts(s, set, size))
		return;
	for (uint32_t i = size; i-- > 0;) {
		uint32_t without[CLAIMS_AT_ONCE] = { 0 }, rest = 0;
		for (uint32_t k = 0; k < size; k++)
			if (k != i)
				without[rest++] = set[k];
		if (contradicts(s, without, rest)) {
			memcpy(set, without, rest * sizeof *set);
			size = rest;
		}
	}
	if (size <= SIZE)
		report(s, set, size);
}

static void seek(struct seeker *s)
{
	if (s->count < 2)
		return;
	if (s->count > 1000) { // each with each would take too long
		s->perfect->conflicts_cut = true;
		s->count = 1000;
	}
	s->pairs = ppm_arena_allocate(s->arena, (size_t)s->count * s->count, 1);
	if (!s->pairs)
		return;
	pairs(s);
	if (s->count > 2 && (s->count > THREES || !threes(s)))
		larger(s);
}

bool ppm_conflicts_find(struct ppm_perfect *perfect, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves)
{
	struct seeker s = { perfect, plan, arena, leaves, 0, ppm_arena_allocate(arena, (size_t)leaves->count + leaves->standing_count + 1, sizeof *s.items), 0, NULL };
	perfect->conflicts = ppm_arena_allocate(arena, SHOWN, sizeof *perfect->conflicts);
	if (!s.items || !perfect->conflicts)
		return false;
	for (uint32_t component = 0; component < leaves->components; component++) {
		s.component = component;
		s.count = 0;
		for (uint32_t i = leaves->members.begin[component]; i < leaves->members.begin[component + 1]; i++) {
			const struct ppm_leaf *l = &leaves->items[leaves->members.items[i]];
			// what gives the same whatever happens asks for nothing
			bool asks = l->way_count && l->ways[0].claim_count && l->ways[0].points > l->ways[l->way_count - 1].points;
			if (!asks || !(l->needed || l->rule->exclusive))
				continue;
			s.items[s.count] = (struct item){ l, l->ways[0].claims, l->ways[0].claim_count, ppm_leaf_best(l) };
			const uint32_t alone[] = { s.count };
			s.count += !contradicts(&s, alone, 1);
		}
		for (uint32_t i = leaves->members_standing.begin[component]; i < leaves->members_standing.begin[component + 1]; i++) {
			const struct ppm_claim *stands = &leaves->standing[leaves->members_standing.items[i]];
			if (!ppm_plan_contradiction(plan, stands, 1))
				s.items[s.count++] = (struct item){ NULL, stands, 1, 1 };
		}
		seek(&s);
	}
	return !arena->failed && !plan->out_of_memory;
}

// The parts of the perfect prospect, put together: what each rule asks for, the facts of all of them, conflicts, the best score.

#include "lang/analysis/perfect_internal.h"

#include "lang/syntax/parse.h"
#include "runtime/base/number.h"

#include <math.h>
#include <string.h>

#define CLAIMS_AT_ONCE 60

struct maker {
	struct ppm_perfect *perfect;
	struct ppm_plan *plan;
	struct ppm_arena *arena;
	const struct ppm_source_map *sources;
	bool expand;
	struct ppm_leaves leaves;
	struct ppm_best best;
	bool *counts; // [leaf]: it is not passed over for another of its `best of` in that combination
};

static struct ppm_slice written(struct maker *m, const struct ppm_expression *e)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, m->arena->allocator);
	if (e)
		ppm_expression_write(e, &out);
	return ppm_arena_take(m->arena, &out);
}

static struct ppm_slice expanded(struct maker *m, const struct ppm_expression *e)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, m->arena->allocator);
	if (e && m->expand)
		ppm_words_expanded(m->plan, m->sources, m->arena, e, &out);
	return ppm_arena_take(m->arena, &out);
}

// What the ways that give the best ask for, from their claim number `from` on.
static struct ppm_slice best_ways(struct maker *m, const struct ppm_leaf *l, uint32_t from)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, m->arena->allocator);
	for (uint32_t w = 0; w < ppm_leaf_best(l); w++) {
		struct ppm_facts facts = { .plan = m->plan, .arena = m->arena };
		size_t before = out.size;
		for (uint32_t i = from; i < l->ways[w].claim_count; i++)
			ppm_facts_add(&facts, l->ways[w].claims[i]);
		if (before)
			ppm_buffer_append_text(&out, ", or ");
		size_t words = out.size;
		ppm_facts_words(&facts, &out);
		if (out.size == words)
			out.size = before;
	}
	return ppm_arena_take(m->arena, &out);
}

// ---- what counts ----------------------------------------------------------------------------------------------------------------------

// What the rule gives in the best combination.
static double given(const struct maker *m, const struct ppm_plan_rule *r)
{
	if (!r->members) {
		uint32_t leaf = m->leaves.by_rule[r->index];
		const struct ppm_leaf *l = &m->leaves.items[leaf];
		return l->way_count ? l->ways[m->best.way[leaf] < l->way_count ? m->best.way[leaf] : 0].points : 0;
	}
	bool group = r->kind == PPM_RULE_GROUP;
	double sum = 0, cap = group ? r->cap : INFINITY;
	for (const struct ppm_plan_rule *member = r->members; member; member = member->next) {
		double own = given(m, member);
		sum = group ? sum + own : member == r->members ? own : r->penalties ? fmin(sum, own) : fmax(sum, own);
	}
	return fmin(cap, fmax(-cap, sum));
}

// Of rewards of which the best counts, one does; of those that give the same, the one that could give most.
static void mark_counting(const struct maker *m, const struct ppm_plan_rule *rules, const struct ppm_plan_rule *only, bool counts)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		bool this = counts && (!only || r == only);
		if (!r->members) {
			m->counts[m->leaves.by_rule[r->index]] = this;
			continue;
		}
		const struct ppm_plan_rule *best = NULL;
		double most = 0;
		for (const struct ppm_plan_rule *member = r->members; member && r->kind == PPM_RULE_BEST_OF && !r->penalties; member = member->next) {
			double own = given(m, member);
			if (!best || own > most || (own == most && member->high > best->high)) {
				best = member;
				most = own;
			}
		}
		mark_counting(m, r->members, best, this);
	}
}

// ---- the rules ------------------------------------------------------------------------------------------------------------------------

static bool varies(const struct ppm_leaf *l)
{
	return l->way_count && l->ways[0].points > l->ways[l->way_count - 1].points;
}

static void add_rules(struct maker *m, const struct ppm_plan_rule *rules, uint32_t depth)
{
	for (const struct ppm_plan_rule *r = rules; r; r = r->next) {
		struct ppm_perfect_rule *out = &m->perfect->rules[m->perfect->rule_count++];
		*out = (struct ppm_perfect_rule){ .rule = r, .depth = depth, .points = r->high, .kept = true, .needed = true };
		if (r->members) {
			out->avoid = r->high <= 0 && r->low < 0;
			out->points = out->avoid ? r->low : r->high;
			add_rules(m, r->members, depth + 1);
			continue;
		}
		const struct ppm_leaf *l = &m->leaves.items[m->leaves.by_rule[r->index]];
		out->needed = l->needed || (l->bundled && !r->exclusive && m->counts[m->leaves.by_rule[r->index]]);
		if (l->way_count) // what it can come to: a scale need not reach its end
			out->points = fmin(r->high, ppm_number_round_places(l->ways[0].points, 1e6));
		out->kept =
			!l->way_count || m->best.way[m->leaves.by_rule[r->index]] >= l->way_count || l->ways[m->best.way[m->leaves.by_rule[r->index]]].points == l->ways[0].points;
		if (r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY) {
			out->avoid = r->kind == PPM_RULE_PENALTY;
			if (out->avoid || !l->way_count || !l->ways[0].fires)
				out->points = out->avoid ? r->low : r->high;
			out->asks = written(m, r->syntax->condition);
			out->expanded = expanded(m, r->syntax->condition);
			if (!out->avoid && l->way_count && l->ways[0].fires && !ppm_plan_is_constant(m->plan, r->points))
				out->most = best_ways(m, l, 1);
		} else {
			out->asks = varies(l) ? best_ways(m, l, 0) : PPM_SLICE("");
			out->expanded = expanded(m, r->syntax->subject);
		}
	}
}

// ---- the facts ---------------------------------------------------------------------------------------------------------------------------

static void add_fact(struct maker *m, const struct ppm_fact *fact)
{
	struct ppm_buffer name, asks;
	const struct ppm_node *subject = &m->plan->nodes[fact->subject];
	ppm_buffer_init(&name, m->arena->allocator);
	ppm_buffer_init(&asks, m->arena->allocator);
	ppm_words_node(m->plan, fact->subject, &name);
	ppm_fact_words(m->plan, fact, &asks);
	struct ppm_perfect_fact *out = &m->perfect->facts[m->perfect->fact_count];
	*out = (struct ppm_perfect_fact){ ppm_arena_take(m->arena, &name), ppm_arena_take(m->arena, &asks), subject->op == PPM_NODE_COLUMN ? subject->index : PPM_NO_ID };
	m->perfect->fact_count += out->asks.size > 0;
}

// Whether it follows from what the rules ask for that the disqualifier does not hold.
static bool follows(const struct maker *m, const struct ppm_claim *rules, size_t count, uint32_t disqualifier)
{
	struct ppm_claim claims[CLAIMS_AT_ONCE + 1];
	memcpy(claims, rules, count * sizeof *claims);
	claims[count] = (struct ppm_claim){ m->plan->disqualifiers[disqualifier].condition, true };
	return ppm_plan_contradiction(m->plan, claims, count + 1);
}

// Columns in the order of the file, then figures as they come up.
static void add_facts(struct maker *m)
{
	struct ppm_facts facts = { .plan = m->plan, .arena = m->arena };
	struct ppm_claim claims[CLAIMS_AT_ONCE];
	size_t count = 0;
	for (uint32_t i = 0; i < m->leaves.count; i++) {
		const struct ppm_leaf *l = &m->leaves.items[i];
		const struct ppm_way *way = l->way_count ? &l->ways[m->best.way[i] < l->way_count ? m->best.way[i] : 0] : NULL;
		if (!way || !varies(l) || way->points <= l->ways[l->way_count - 1].points || (!l->needed && (!l->bundled || l->rule->exclusive) && way->points < l->ways[0].points))
			continue; // it gives no more than the least: nothing hangs on it
		if (!m->counts[i])
			continue;
		for (uint32_t c = 0; c < way->claim_count; c++) {
			ppm_facts_add(&facts, way->claims[c]);
			if (count < CLAIMS_AT_ONCE)
				claims[count++] = way->claims[c];
		}
	}
	for (uint32_t i = 0; i < m->leaves.standing_count; i++)
		if (!follows(m, claims, count, i))
			ppm_facts_add(&facts, m->leaves.standing[i]);
	m->perfect->facts = ppm_arena_allocate(m->arena, (size_t)facts.count + 1, sizeof *m->perfect->facts);
	if (!m->perfect->facts)
		return;
	for (uint32_t column = 0; column < m->plan->column_count; column++)
		for (uint32_t i = 0; i < facts.count; i++) {
			const struct ppm_node *subject = &m->plan->nodes[facts.items[i].subject];
			if (subject->op == PPM_NODE_COLUMN && subject->index == column)
				add_fact(m, &facts.items[i]);
		}
	for (uint32_t i = 0; i < facts.count; i++)
		if (m->plan->nodes[facts.items[i].subject].op != PPM_NODE_COLUMN)
			add_fact(m, &facts.items[i]);
}

// ---- the rest ------------------------------------------------------------------------------------------------------------------------------

static const struct ppm_expression *condition_at(const struct ppm_syntax_tree *tree, enum ppm_statement_kind kind, struct ppm_span name)
{
	for (const struct ppm_statement *s = tree ? tree->statements : NULL; s; s = s->next)
		if (s->kind == kind && s->name.span.begin == name.begin)
			return kind == PPM_STATEMENT_TIER ? s->tier.condition : s->disqualify.condition;
	return NULL;
}

static void add_classes(struct maker *m, const struct ppm_syntax_tree *tree)
{
	struct ppm_perfect *p = m->perfect;
	p->never = ppm_arena_allocate(m->arena, m->plan->disqualifier_count + 1, sizeof *p->never);
	p->never_expanded = ppm_arena_allocate(m->arena, m->plan->disqualifier_count + 1, sizeof *p->never_expanded);
	for (size_t i = 0; i < m->plan->disqualifier_count && p->never && p->never_expanded; i++) {
		const struct ppm_expression *e = condition_at(tree, PPM_STATEMENT_DISQUALIFY, m->plan->disqualifiers[i].span);
		struct ppm_buffer out;
		ppm_buffer_init(&out, m->arena->allocator);
		if (e)
			ppm_expression_write(e, &out);
		else // of a used file
			ppm_words_node(m->plan, m->plan->disqualifiers[i].condition, &out);
		p->never[i] = ppm_arena_take(m->arena, &out);
		p->never_expanded[i] = expanded(m, e);
	}
	if (m->plan->tier_count) {
		const struct ppm_expression *e = condition_at(tree, PPM_STATEMENT_TIER, m->plan->tiers[0].span);
		p->tier = written(m, e);
		p->tier_expanded = expanded(m, e);
	}
}

static bool make(struct maker *m, const struct ppm_syntax_tree *tree)
{
	struct ppm_perfect *p = m->perfect;
	p->rules = ppm_arena_allocate(m->arena, m->plan->rule_count + 1, sizeof *p->rules);
	if (!p->rules || !ppm_leaves_make(&m->leaves, m->plan, m->arena) || !ppm_best_find(&m->best, m->plan, m->arena, &m->leaves))
		return false;
	m->counts = ppm_arena_allocate(m->arena, (size_t)m->leaves.count + 1, sizeof *m->counts);
	if (!m->counts)
		return false;
	for (size_t i = 0; i < m->plan->dimension_count; i++)
		mark_counting(m, m->plan->dimensions[i].rules, NULL, true);
	mark_counting(m, m->plan->adjust, NULL, true);
	p->scored = m->plan->dimension_count > 0;
	p->most = m->best.most;
	p->nobody = m->best.nobody;
	for (size_t i = 0; i < m->plan->dimension_count; i++)
		add_rules(m, m->plan->dimensions[i].rules, 0);
	add_rules(m, m->plan->adjust, 0);
	add_facts(m);
	add_classes(m, tree);
	return ppm_conflicts_find(p, m->plan, m->arena, &m->leaves) && (!p->scored || ppm_example_find(p, m->plan, m->arena, &m->leaves, &m->best));
}

enum ppm_status ppm_perfect_make(struct ppm_perfect *perfect, struct ppm_arena *arena, const struct ppm_perfect_request *request)
{
	struct maker m = { .perfect = perfect, .plan = request->plan, .arena = arena, .sources = request->sources, .expand = request->expand };
	bool muted = request->plan->diagnostics->muted;
	*perfect = (struct ppm_perfect){ .plan = request->plan };
	request->plan->diagnostics->muted = true; // what is worked out here is nobody's mistake
	bool fine = make(&m, request->tree);
	request->plan->diagnostics->muted = muted;
	return fine && !arena->failed && !request->plan->out_of_memory ? PPM_OK : PPM_ERROR_MEMORY;
}

// Pairs of rules: one fact that two of them count, and copies. What is said of a pair is proved: an implication by the plan's own proofs, an overlap by intersecting what both
// conditions say of the one value that they read.
#include "lang/analysis/lint_internal.h"
#include "runtime/base/number.h"

#include <math.h>

#define PAIRS_LIMIT 20000 // that are compared: proofs cost about a microsecond to a tenth of a millisecond each

#define SHOW(slice) (int)(slice).size, (slice).data

struct rules {
	struct ppm_lint *lint;
	const struct ppm_plan_rule **parents; // [plan->rules]: the bundle that holds it, or NULL
	uint32_t **columns;                   // [plan->rules]: the number of plan columns that its condition reads, and they in order; NULL: it has no condition of use
	size_t words;
};

static bool is_rule(const struct ppm_plan_rule *rule)
{
	return rule->kind == PPM_RULE_REWARD || rule->kind == PPM_RULE_PENALTY;
}

static void mark_columns(const struct ppm_plan *plan, ppm_node_id id, uint8_t *seen, uint64_t *bits)
{
	if (id == PPM_NODE_NONE || seen[id])
		return;
	seen[id] = 1;
	const struct ppm_node *n = &plan->nodes[id];
	const ppm_node_id operands[] = { n->a, n->b, n->c, n->d };
	if (n->op == PPM_NODE_COLUMN)
		bits[n->index / 64] |= UINT64_C(1) << (n->index % 64);
	for (int i = 0; i < 4; i++)
		mark_columns(plan, operands[i], seen, bits);
}

static void mark_parents(struct rules *rules, const struct ppm_plan_rule *rule, const struct ppm_plan_rule *parent)
{
	for (; rule; rule = rule->next) {
		rules->parents[rule->index] = parent;
		mark_parents(rules, rule->members, rule);
	}
}

// Bundles say what is to become of rules that hold together.
static bool bundled(const struct rules *rules, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	for (const struct ppm_plan_rule *up = rules->parents[a->index]; up; up = rules->parents[up->index])
		for (const struct ppm_plan_rule *other = rules->parents[b->index]; other; other = rules->parents[other->index])
			if (up == other)
				return true;
	return false;
}

// ---- implication -----------------------------------------------------------------------------------------------------

static bool implies(const struct ppm_plan *plan, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	const struct ppm_claim claims[] = { { a->condition, true }, { b->condition, false } };
	return ppm_plan_contradiction(plan, claims, 2);
}

static bool exclude(const struct ppm_plan *plan, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	const struct ppm_claim claims[] = { { a->condition, true }, { b->condition, true } };
	return ppm_plan_contradiction(plan, claims, 2);
}

struct mention {
	struct ppm_slice name;
	bool found;
};

static void look_for(void *context, const struct ppm_expression *e, const struct ppm_lint_place *place)
{
	struct mention *mention = context;
	(void)place;
	if (e->kind == PPM_EXPRESSION_PATH && e->path && !e->path->next && ppm_slice_equal(e->path->name.text, mention->name))
		mention->found = true;
}

// Whoever names a rule in another's condition knows that they go together.
static bool mentions(const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	struct mention mention = { b->syntax->name.text, false };
	const struct ppm_lint_place nowhere = { 0 };
	ppm_lint_within(a->syntax->condition, &nowhere, look_for, &mention);
	return mention.found;
}

// ---- overlap: what a condition says of the one value that it reads ---------------------------------------------------

struct extent {
	ppm_node_id subject;   // PPM_NODE_NONE: nothing was said yet
	ppm_node_id low, high; // constants, or PPM_NODE_NONE
	bool low_open, high_open;
	const struct ppm_text_set *texts;
};

static double bound(const struct ppm_plan *plan, ppm_node_id id, double without)
{
	double value;
	return id != PPM_NODE_NONE && ppm_plan_constant_number(plan, id, &value) ? value : without;
}

static bool same_subject(struct extent *extent, ppm_node_id subject)
{
	if (extent->subject == PPM_NODE_NONE)
		extent->subject = subject;
	return extent->subject == subject;
}

static void raise(const struct ppm_plan *plan, struct extent *extent, ppm_node_id value, bool open)
{
	double before = bound(plan, extent->low, -INFINITY), now = bound(plan, value, -INFINITY);
	if (now > before || (now == before && open)) {
		extent->low = value;
		extent->low_open = open;
	}
}

static void lower(const struct ppm_plan *plan, struct extent *extent, ppm_node_id value, bool open)
{
	double before = bound(plan, extent->high, INFINITY), now = bound(plan, value, INFINITY);
	if (now < before || (now == before && open)) {
		extent->high = value;
		extent->high_open = open;
	}
}

// False when the condition says more than that, or something else.
static bool extent_of(const struct ppm_plan *plan, ppm_node_id id, struct extent *extent)
{
	const struct ppm_node *n = &plan->nodes[id];
	double value;

	switch (n->op) {
	case PPM_NODE_AND: return extent_of(plan, n->a, extent) && extent_of(plan, n->b, extent);
	case PPM_NODE_IN_SET:
		if (extent->texts || extent->subject != PPM_NODE_NONE)
			return false;
		extent->texts = &plan->text_sets[n->index];
		return same_subject(extent, n->a);
	case PPM_NODE_EQUAL:
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL: break;
	default: return false;
	}
	bool right = ppm_plan_constant_number(plan, n->b, &value), left = !right && ppm_plan_constant_number(plan, n->a, &value);
	if ((!right && !left) || extent->texts || !same_subject(extent, right ? n->a : n->b))
		return false;
	if (n->op == PPM_NODE_EQUAL || right)
		lower(plan, extent, right ? n->b : n->a, n->op == PPM_NODE_LESS);
	if (n->op == PPM_NODE_EQUAL || left)
		raise(plan, extent, right ? n->b : n->a, n->op == PPM_NODE_LESS);
	return true;
}

// Where both hold, in words: "from 30 to 40"; false when there may be no such place.
static bool overlap(struct ppm_lint *lint, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b, ppm_node_id *subject, struct ppm_buffer *words)
{
	const struct ppm_plan *plan = lint->plan;
	struct extent one = { .subject = PPM_NODE_NONE, .low = PPM_NODE_NONE, .high = PPM_NODE_NONE }, other = one;

	if (!extent_of(plan, a->condition, &one) || !extent_of(plan, b->condition, &other) || one.subject != other.subject || !one.texts != !other.texts)
		return false;
	*subject = one.subject;
	if (one.texts) {
		uint32_t count = 0;
		for (uint32_t i = 0; i < one.texts->count; i++)
			for (uint32_t k = 0; k < other.texts->count; k++)
				if (one.texts->texts[i] == other.texts->texts[k] && ++count <= 3)
					ppm_buffer_format(words, "%s\"%.*s\"", count > 1 ? " or " : "is ", SHOW(plan->texts[one.texts->texts[i]]));
		if (count > 3)
			ppm_buffer_format(words, " or %u other%s", count - 3, count > 4 ? "s" : "");
		return count > 0;
	}
	if (other.low != PPM_NODE_NONE)
		raise(plan, &one, other.low, other.low_open);
	if (other.high != PPM_NODE_NONE)
		lower(plan, &one, other.high, other.high_open);
	const struct ppm_node *n = &plan->nodes[one.subject];
	double low = fmax(bound(plan, one.low, -INFINITY), n->low), high = fmin(bound(plan, one.high, INFINITY), n->high);
	bool whole = n->type.base == PPM_BASE_DATE || n->type.base == PPM_BASE_DURATION;
	if (whole ? high - low < (one.low_open ? 1 : 0) + (one.high_open ? 1 : 0) : !(high - low >= 0.001 || (low == high && !one.low_open && !one.high_open)))
		return false;
	if (one.low != PPM_NODE_NONE && one.low == one.high) {
		ppm_buffer_append_text(words, "is ");
		ppm_plan_write_constant(plan, one.low, words);
		return true;
	}
	if (one.low == PPM_NODE_NONE || one.high == PPM_NODE_NONE)
		return false; // one of them implies the other then; if that was not seen, it is not said
	bool date = n->type.base == PPM_BASE_DATE;
	ppm_buffer_append_text(words, one.low_open ? date ? "is after " : "is above " : date ? "is not before " : "is at least ");
	ppm_plan_write_constant(plan, one.low, words);
	ppm_buffer_append_text(words, one.high_open ? date ? " and before " : " and below " : date ? " and not after " : " and at most ");
	ppm_plan_write_constant(plan, one.high, words);
	return true;
}

// ---- copies ----------------------------------------------------------------------------------------------------------

static bool is_figure(const struct ppm_expression *e)
{
	return e->kind == PPM_EXPRESSION_NUMBER || e->kind == PPM_EXPRESSION_PERCENTAGE || e->kind == PPM_EXPRESSION_MONEY || e->kind == PPM_EXPRESSION_DATE ||
		e->kind == PPM_EXPRESSION_DURATION;
}

struct difference {
	uint32_t count; // 2: something else than a figure differs
	struct ppm_span a, b;
};

static void differ(const struct ppm_lint *lint, const struct ppm_expression *a, const struct ppm_expression *b, struct difference *out)
{
	if (out->count > 1 || (!a && !b))
		return;
	if (!a || !b) {
		out->count = 2;
		return;
	}
	if (is_figure(a) && a->kind == b->kind && a->period == b->period && !memcmp(a->currency, b->currency, sizeof a->currency)) {
		if (!ppm_slice_equal(ppm_lint_text(lint, a->span), ppm_lint_text(lint, b->span))) {
			out->count++;
			out->a = a->span;
			out->b = b->span;
		}
		return;
	}
	bool same = a->kind == b->kind && a->negated == b->negated && a->item_count == b->item_count;
	for (uint32_t i = 0; same && a->kind == PPM_EXPRESSION_COMPARE && i + 1 < a->item_count; i++)
		same = a->relations[i] == b->relations[i];
	bool simple = a->kind == PPM_EXPRESSION_NEGATE || a->kind == PPM_EXPRESSION_AND || a->kind == PPM_EXPRESSION_OR || a->kind == PPM_EXPRESSION_NOT ||
		a->kind == PPM_EXPRESSION_COMPARE || a->kind == PPM_EXPRESSION_BETWEEN || a->kind == PPM_EXPRESSION_IN_RANGE;
	if (!same || (!simple && !ppm_slice_equal(ppm_lint_text(lint, a->span), ppm_lint_text(lint, b->span)))) {
		out->count = 2;
		return;
	}
	if (!simple)
		return;
	differ(lint, a->left, b->left, out);
	differ(lint, a->right, b->right, out);
	differ(lint, a->third, b->third, out);
	for (const struct ppm_expression *x = a->items, *y = b->items; x && y && out->count < 2; x = x->next, y = y->next)
		differ(lint, x, y, out);
}

static bool copied(struct ppm_lint *lint, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	struct difference difference = { 0 };

	if (a->points != b->points || a->missing_points != b->missing_points)
		return false;
	differ(lint, a->syntax->condition, b->syntax->condition, &difference);
	if (difference.count != 1)
		return false;
	// steps that exclude each other, each with words of its own, were thought of one by one
	struct ppm_slice said = a->syntax->because.source.text, says = b->syntax->because.source.text;
	if (said.data && says.data && !ppm_slice_equal(said, says) && exclude(lint->plan, a, b))
		return false;
	struct ppm_slice before = ppm_lint_text(lint, difference.a), now = ppm_lint_text(lint, difference.b);
	struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_RULES_COPIED, b->span, "`%.*s` is `%.*s` with %.*s in place of %.*s, for the same points", SHOW(b->name),
		SHOW(a->name), SHOW(now), SHOW(before));
	ppm_diag_label(lint->diagnostics, d, a->span, "the other rule");
	ppm_diag_label(lint->diagnostics, d, difference.a, "%s", "");
	ppm_diag_label(lint->diagnostics, d, difference.b, "%s", "");
	ppm_diag_help(lint->diagnostics, d, "if it is a copy, finish it: give it other points or another condition; steps of one figure are clearer as `bands`");
	return true;
}

// ---- what is said ----------------------------------------------------------------------------------------------------

static const char *verb_of(const struct ppm_plan_rule *rule)
{
	return rule->kind == PPM_RULE_PENALTY ? "costs" : "earns";
}

// "costs 15 and 10 points", where both are figures.
static void cost(const struct ppm_plan *plan, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b, struct ppm_buffer *out)
{
	double first, second;
	char text[400];

	ppm_buffer_format(out, "one fact %s", verb_of(a));
	if (!ppm_plan_constant_number(plan, a->points, &first) || !ppm_plan_constant_number(plan, b->points, &second)) {
		ppm_buffer_append_text(out, " twice");
		return;
	}
	ppm_buffer_append_char(out, ' ');
	ppm_buffer_append(out, text, ppm_number_write(first, text));
	ppm_buffer_append_text(out, " and ");
	ppm_buffer_append(out, text, ppm_number_write(second, text));
	ppm_buffer_append_text(out, " points");
}

static struct ppm_slice subject_text(const struct ppm_lint *lint, ppm_node_id subject)
{
	const struct ppm_node *n = &lint->plan->nodes[subject];
	return n->op == PPM_NODE_COLUMN ? lint->plan->columns[n->index].name : ppm_lint_text(lint, n->span);
}

static void compare(struct rules *rules, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	struct ppm_lint *lint = rules->lint;
	const struct ppm_plan *plan = lint->plan;
	const struct ppm_plan_rule *narrow = NULL, *wide = NULL;
	ppm_node_id subject;
	struct ppm_buffer words, costs;

	if (a->condition == b->condition && a->dimension == b->dimension)
		return; // W1010
	if (bundled(rules, a, b) || mentions(a, b) || mentions(b, a))
		return;
	if (a->dimension == b->dimension && copied(lint, a, b))
		return;
	if (exclude(plan, a, b))
		return;
	ppm_buffer_init(&words, plan->allocator);
	ppm_buffer_init(&costs, plan->allocator);
	cost(plan, a, b, &costs);
	struct ppm_diagnostic *d = NULL;
	bool both = a->condition == b->condition;
	if (!both && implies(plan, a, b)) {
		narrow = a;
		wide = b;
	} else if (!both && implies(plan, b, a)) {
		narrow = b;
		wide = a;
	}
	if (both)
		d = ppm_diag(lint->diagnostics, PPM_DIAG_RULES_OVERLAP, b->span, "`%.*s` fires exactly when `%.*s` does, in another dimension: %.*s", SHOW(b->name), SHOW(a->name),
			(int)costs.size, costs.data ? costs.data : "");
	else if (narrow)
		d = ppm_diag(lint->diagnostics, PPM_DIAG_RULES_OVERLAP, b->span, "whenever `%.*s` fires, `%.*s` fires too: %.*s", SHOW(narrow->name), SHOW(wide->name),
			(int)costs.size, costs.data ? costs.data : "");
	else if (overlap(lint, a, b, &subject, &words))
		d = ppm_diag(lint->diagnostics, PPM_DIAG_RULES_OVERLAP, b->span, "`%.*s` and `%.*s` both fire where `%.*s` %.*s: %.*s", SHOW(a->name), SHOW(b->name),
			SHOW(subject_text(lint, subject)), (int)words.size, words.data ? words.data : "", (int)costs.size, costs.data ? costs.data : "");
	if (d) {
		ppm_diag_label(lint->diagnostics, d, a->span, "the other rule");
		ppm_diag_help(lint->diagnostics, d, "%s; if it is meant to count twice, end the line with `# ppm: allow %s`",
			a->dimension == b->dimension ? "let only the larger count, with `best of`, or let one end where the other begins"
						     : "let one of the dimensions have it, or tell the two facts apart",
			ppm_diag_code_text(PPM_DIAG_RULES_OVERLAP));
	}
	if (words.failed || costs.failed)
		lint->arena.failed = true;
	ppm_buffer_free(&words);
	ppm_buffer_free(&costs);
}

static bool meet(const struct rules *rules, const struct ppm_plan_rule *a, const struct ppm_plan_rule *b)
{
	if (a->kind != b->kind || !rules->columns[a->index] || !rules->columns[b->index])
		return false;
	const uint32_t *x = rules->columns[a->index], *y = rules->columns[b->index];
	for (uint32_t i = 1, k = 1; i <= x[0] && k <= y[0];) {
		if (x[i] == y[k])
			return true;
		if (x[i] < y[k])
			i++;
		else
			k++;
	}
	return false;
}

// The columns whose bits are set, which are cleared: their number, and they.
static uint32_t *listed(struct rules *rules, uint64_t *bits)
{
	uint32_t count = 0;
	for (size_t i = 0; i < rules->words; i++)
		count += (uint32_t)__builtin_popcountll(bits[i]);
	uint32_t *list = ppm_arena_allocate(&rules->lint->arena, (size_t)count + 1, sizeof *list);
	if (!list)
		return NULL;
	list[0] = 0;
	for (size_t i = 0; i < rules->words; i++)
		for (; bits[i]; bits[i] &= bits[i] - 1)
			list[++list[0]] = (uint32_t)i * 64 + (uint32_t)__builtin_ctzll(bits[i]);
	return list;
}

void ppm_lint_rules(struct ppm_lint *lint)
{
	const struct ppm_plan *plan = lint->plan;
	struct rules rules = { .lint = lint, .words = plan->column_count / 64 + 1 };
	uint64_t pairs = 0;
	uint8_t *seen = NULL;
	uint64_t *bits = ppm_arena_allocate(&lint->arena, rules.words, sizeof *bits);

	rules.parents = ppm_arena_allocate(&lint->arena, plan->rule_count + 1, sizeof *rules.parents);
	rules.columns = ppm_arena_allocate(&lint->arena, plan->rule_count + 1, sizeof *rules.columns);
	if (!rules.parents || !rules.columns || !bits)
		return;
	for (size_t i = 0; i < plan->dimension_count; i++)
		mark_parents(&rules, plan->dimensions[i].rules, NULL);
	mark_parents(&rules, plan->adjust, NULL);
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		const struct ppm_claim holds = { rule->condition, true };
		if (!is_rule(rule) || rule->condition == PPM_NODE_POISON || ppm_plan_is_constant(plan, rule->condition) || ppm_plan_contradiction(plan, &holds, 1))
			continue;
		seen = ppm_allocate_zeroed(plan->allocator, plan->node_count, 1);
		lint->arena.failed = lint->arena.failed || !seen;
		if (lint->arena.failed) {
			ppm_free(plan->allocator, seen);
			return;
		}
		mark_columns(plan, rule->condition, seen, bits);
		ppm_free(plan->allocator, seen);
		rules.columns[i] = listed(&rules, bits);
	}
	for (size_t i = 0; i < plan->rule_count; i++)
		for (size_t k = i + 1; k < plan->rule_count; k++) {
			if (!meet(&rules, plan->rules[i], plan->rules[k]))
				continue;
			if (++pairs > PAIRS_LIMIT)
				lint->report->pairs_left++;
			else
				compare(&rules, plan->rules[i], plan->rules[k]);
		}
}

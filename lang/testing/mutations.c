// Finding what could be changed. Changes are made to the text, by the spans of the tree, so that whatever is tested is what an author could have written; a change that does not
// compile is sorted out when it is tried.
#include "lang/testing/mutate.h"

#include "lang/syntax/ast.h"
#include "runtime/base/date.h"
#include "runtime/base/decimal.h"

#include <stdlib.h>

#define DIGITS 18 // of a figure that is changed; the least step is a unit of the second one that counts

struct finder {
	struct ppm_mutations *out;
	struct ppm_arena *arena;
	const struct ppm_source_map *map;
	struct ppm_slice name; // of the rule, tier, param … at hand
	struct ppm_slice what; // of it
	struct ppm_span clause; // the smallest condition around; empty: none
};

static struct ppm_slice text_of(const struct finder *f, struct ppm_span span)
{
	return ppm_source_map_text(f->map, span);
}

// The clause on one line, with the part of it replaced.
static struct ppm_slice shown(const struct finder *f, struct ppm_span clause, struct ppm_span part, struct ppm_slice with)
{
	struct ppm_slice whole = text_of(f, clause);
	size_t begin = part.begin - clause.begin, end = part.end - clause.begin;
	struct ppm_buffer line;
	ppm_buffer_init(&line, f->arena->allocator);
	for (size_t i = 0; i < whole.size; i++) {
		if (i == begin)
			ppm_buffer_append(&line, with.data, with.size);
		if (i >= begin && i < end)
			continue;
		bool blank = memchr(" \n\t\r", whole.data[i], 4) != NULL;
		if (!blank)
			ppm_buffer_append_char(&line, whole.data[i]);
		else if (line.size && line.data[line.size - 1] != ' ')
			ppm_buffer_append_char(&line, ' ');
	}
	return ppm_arena_take(f->arena, &line);
}

static struct ppm_mutation *append(struct finder *f)
{
	struct ppm_mutations *out = f->out;
	if (out->count == out->capacity) {
		uint32_t capacity = out->capacity ? out->capacity * 2 : 64;
		struct ppm_mutation *items = ppm_arena_allocate(f->arena, capacity, sizeof *items);
		if (!items)
			return NULL;
		if (out->count)
			memcpy(items, out->items, out->count * sizeof *items);
		out->items = items;
		out->capacity = capacity;
	}
	return &out->items[out->count++];
}

static void add(struct finder *f, struct ppm_span span, struct ppm_slice with)
{
	struct ppm_span clause = f->clause.end > f->clause.begin ? f->clause : span;
	struct ppm_mutation *mutation = append(f);
	if (!mutation)
		return;
	*mutation = (struct ppm_mutation){ .span = span, .with = ppm_arena_copy(f->arena, with), .name = f->name, .what = f->what };
	mutation->before = shown(f, clause, (struct ppm_span){ clause.begin, clause.begin }, PPM_SLICE(""));
	mutation->after = shown(f, clause, span, mutation->with);
}

// All of it is left out.
static void leave_out(struct finder *f, struct ppm_span span, struct ppm_slice what)
{
	struct ppm_mutation *mutation = append(f);
	if (mutation)
		*mutation = (struct ppm_mutation){ .span = span, .with = PPM_SLICE(" "), .name = f->name, .what = what };
}

// ---- figures ------------------------------------------------------------------------------------------------------------

// One step up and one down, in the way that it is written: 30 becomes 31 and 29, 10_000 becomes 11_000 and 9_000, 0.85 becomes 0.86 and 0.84.
static void add_figure(struct finder *f, struct ppm_span span)
{
	struct ppm_slice text = text_of(f, span);
	int64_t mantissa = 0;
	int places = 0, digits = 0;
	size_t size = 0;
	bool point = false;
	for (; size < text.size; size++) {
		char c = text.data[size];
		if (c >= '0' && c <= '9') {
			if (mantissa || c != '0')
				digits++;
			if (digits > DIGITS - 1)
				return;
			mantissa = mantissa * 10 + (c - '0');
			places += point;
		} else if (c == '.' && !point && size + 1 < text.size && text.data[size + 1] >= '0' && text.data[size + 1] <= '9')
			point = true;
		else if (c != '_')
			break;
	}
	if (!size)
		return;
	int64_t step = digits > 2 ? ppm_power_of_ten[digits - 2] : 1;
	for (int down = 0; down < 2; down++) {
		int64_t value = down ? mantissa - step : mantissa + step;
		char figure[64];
		struct ppm_slice with;
		size_t count = ppm_decimal_write(value, places, places, figure);
		with = ppm_arena_format(f->arena, "%.*s%.*s", (int)count, figure, (int)(text.size - size), text.data + size);
		if (with.data)
			add(f, span, with);
	}
}

static void add_date(struct finder *f, const struct ppm_expression *e)
{
	for (int32_t step = -1; step <= 1; step += 2) {
		char text[10];
		ppm_date_write(e->date + step, text);
		add(f, e->span, (struct ppm_slice){ text, 10 });
	}
}

// ---- expressions ----------------------------------------------------------------------------------------------------------

static void walk(struct finder *f, const struct ppm_expression *e);

static void walk_list(struct finder *f, const struct ppm_expression *list)
{
	for (; list; list = list->next)
		walk(f, list);
}

static const char *other_side(enum ppm_relation relation)
{
	switch (relation) {
	case PPM_RELATION_EQUAL: return "!=";
	case PPM_RELATION_NOT_EQUAL: return "=";
	case PPM_RELATION_LESS: return "<=";
	case PPM_RELATION_LESS_EQUAL: return "<";
	case PPM_RELATION_GREATER: return ">=";
	case PPM_RELATION_GREATER_EQUAL: return ">";
	}
	return "";
}

// A label that no row has.
static void add_text(struct finder *f, const struct ppm_expression *e)
{
	struct ppm_slice text = text_of(f, e->span);
	if (text.size >= 2)
		add(f, e->span, ppm_arena_format(f->arena, "%.*s (another)\"", (int)text.size - 1, text.data));
}

static bool is_condition(enum ppm_expression_kind kind)
{
	switch (kind) {
	case PPM_EXPRESSION_COMPARE:
	case PPM_EXPRESSION_IN_LIST:
	case PPM_EXPRESSION_IN_RANGE:
	case PPM_EXPRESSION_IN_VALUE:
	case PPM_EXPRESSION_BETWEEN:
	case PPM_EXPRESSION_CONTAINS:
	case PPM_EXPRESSION_STARTS_WITH:
	case PPM_EXPRESSION_ENDS_WITH:
	case PPM_EXPRESSION_MATCHES:
	case PPM_EXPRESSION_IS_MISSING:
	case PPM_EXPRESSION_IS_PRESENT: return true;
	default: return false;
	}
}

static void walk(struct finder *f, const struct ppm_expression *e)
{
	if (!e || f->arena->failed)
		return;
	struct ppm_span outer = f->clause;
	if (is_condition(e->kind) || ((e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR) && e->left && e->right))
		f->clause = e->span;
	switch (e->kind) {
	case PPM_EXPRESSION_NUMBER:
	case PPM_EXPRESSION_PERCENTAGE:
	case PPM_EXPRESSION_MONEY:
	case PPM_EXPRESSION_DURATION: add_figure(f, e->span); break;
	case PPM_EXPRESSION_DATE: add_date(f, e); break;
	case PPM_EXPRESSION_TEXT: add_text(f, e); break;
	case PPM_EXPRESSION_AND: add(f, e->operator_span, PPM_SLICE("or")); break;
	case PPM_EXPRESSION_OR: add(f, e->operator_span, PPM_SLICE("and")); break;
	case PPM_EXPRESSION_NOT: leave_out(f, e->operator_span, PPM_SLICE("`not`")); break;
	case PPM_EXPRESSION_COMPARE:
		if (e->item_count == 2 && e->operator_span.end > e->operator_span.begin)
			add(f, e->operator_span, ppm_slice_of(other_side(e->relations[0])));
		break;
	default: break;
	}
	walk(f, e->left);
	walk(f, e->right);
	walk(f, e->third);
	walk_list(f, e->items);
	for (const struct ppm_argument *a = e->arguments; a; a = a->next) {
		walk(f, a->expression);
		walk(f, a->where);
		walk_list(f, a->by);
	}
	for (const struct ppm_case_arm *arm = e->arms; arm; arm = arm->next) {
		walk(f, arm->when);
		walk(f, arm->value);
	}
	f->clause = outer;
}

static void walk_as(struct finder *f, const char *what, const struct ppm_expression *e)
{
	f->what = ppm_slice_of(what);
	walk(f, e);
	f->what = PPM_SLICE("");
}

// ---- rules and statements ---------------------------------------------------------------------------------------------------

static void walk_rules(struct finder *f, const struct ppm_rule *rule)
{
	for (; rule && !f->arena->failed; rule = rule->next) {
		struct ppm_slice outer = f->name;
		f->name = rule->name.text;
		leave_out(f, rule->span, PPM_SLICE("the rule"));
		walk_as(f, "the points", rule->points);
		walk_as(f, "the most", rule->at_most);
		walk(f, rule->condition);
		walk_as(f, "the points when it is unknown", rule->missing);
		walk_as(f, "the points at one end", rule->from);
		walk_as(f, "the points at the other end", rule->to);
		walk(f, rule->subject);
		walk_as(f, "the end", rule->low);
		walk_as(f, "the end", rule->high);
		for (const struct ppm_band *band = rule->bands; band; band = band->next) {
			f->clause = band->span;
			walk(f, band->threshold);
			walk_list(f, band->labels);
			walk(f, band->value);
			f->clause = (struct ppm_span){ 0, 0 };
		}
		walk_rules(f, rule->rules);
		f->name = outer;
	}
}

static void walk_statement(struct finder *f, const struct ppm_statement *s)
{
	f->name = s->name.text;
	switch (s->kind) {
	case PPM_STATEMENT_PARAM: walk_as(f, "the param", s->param.value); break;
	case PPM_STATEMENT_LET:
	case PPM_STATEMENT_METRIC: walk(f, s->let.value); break;
	case PPM_STATEMENT_DEFINE: walk(f, s->define.value); break;
	case PPM_STATEMENT_DATASET:
		for (const struct ppm_let *let = s->dataset.lets; let; let = let->next) {
			f->name = let->name.text;
			walk(f, let->value);
		}
		for (const struct ppm_column_declaration *c = s->dataset.columns; c; c = c->next) {
			f->name = c->name.text;
			walk_as(f, "the default", c->default_value);
		}
		break;
	case PPM_STATEMENT_DIMENSION:
		walk_as(f, "the weight", s->dimension.weight);
		walk_as(f, "the range", s->dimension.range_low);
		walk_as(f, "the range", s->dimension.range_high);
		walk_as(f, "the start", s->dimension.start);
		walk_rules(f, s->dimension.rules);
		break;
	case PPM_STATEMENT_ADJUST: walk_rules(f, s->dimension.rules); break;
	case PPM_STATEMENT_RULE: walk_rules(f, s->rule.rule); break;
	case PPM_STATEMENT_DISQUALIFY:
		leave_out(f, s->span, PPM_SLICE("the disqualifier"));
		walk(f, s->disqualify.condition);
		break;
	case PPM_STATEMENT_TIER:
		if (s->tier.condition)
			leave_out(f, s->span, PPM_SLICE("the tier"));
		walk(f, s->tier.condition);
		break;
	case PPM_STATEMENT_SEGMENT:
		for (const struct ppm_segment_arm *arm = s->segment.arms; arm; arm = arm->next) {
			f->name = arm->name.text;
			walk(f, arm->condition);
		}
		break;
	case PPM_STATEMENT_PERSPECTIVE:
		for (const struct ppm_share *share = s->perspective.shares; share; share = share->next)
			walk_as(f, "a weight", share->weight);
		break;
	case PPM_STATEMENT_LOOKUP:
		for (const struct ppm_lookup_entry *entry = s->lookup.entries; entry; entry = entry->next) {
			f->clause = entry->span;
			for (const struct ppm_lookup_key *key = entry->keys; key; key = key->next)
				walk_list(f, key->alternatives);
			walk(f, entry->value);
			f->clause = (struct ppm_span){ 0, 0 };
		}
		break;
	default: break; // says nothing of a row, or is a test itself
	}
}

static int by_place(const void *left, const void *right)
{
	const struct ppm_mutation *a = left, *b = right;
	if (a->span.begin != b->span.begin)
		return a->span.begin < b->span.begin ? -1 : 1;
	if (a->span.end != b->span.end)
		return a->span.end > b->span.end ? -1 : 1;
	int order = memcmp(a->with.data, b->with.data, a->with.size < b->with.size ? a->with.size : b->with.size);
	return order ? order : (a->with.size > b->with.size) - (a->with.size < b->with.size);
}

bool ppm_mutations_find(struct ppm_mutations *out, struct ppm_arena *arena, const struct ppm_model *model)
{
	const struct ppm_syntax_tree *tree = ppm_model_tree(model);
	struct finder f = { .out = out, .arena = arena, .map = ppm_model_sources(model) };
	*out = (struct ppm_mutations){ .count = 0 };
	for (const struct ppm_statement *s = tree->statements; s && !arena->failed; s = s->next)
		walk_statement(&f, s);
	if (arena->failed)
		return false;
	if (out->count)
		qsort(out->items, out->count, sizeof *out->items, by_place);
	out->found = out->count;
	return true;
}

void ppm_mutations_sample(struct ppm_mutations *mutations, uint32_t most)
{
	uint64_t state = 1, left = mutations->count, wanted = most;
	uint32_t kept = 0;
	if (!most || most >= mutations->count)
		return;
	// each stays with the chance that makes the rest come out (Knuth's selection sampling)
	for (uint32_t i = 0; i < mutations->count; i++, left--) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		if ((state >> 33) % left < wanted) {
			mutations->items[kept++] = mutations->items[i];
			wanted--;
		}
	}
	mutations->count = kept;
}

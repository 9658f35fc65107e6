// Conditions are parsed by the language's own grammar, so that `and`, `or`, `not`, `between` and figures such as 1_000_000 or 5% are what they are in a model; what they
// may hold besides is checked before any data is read. Comparisons are exact.
#include "lang/compare/condition.h"
#include "lang/syntax/parse.h"

#include <assert.h>

#define SHOW(slice) (int)(slice).size, (slice).data
#define DIGITS_LIMIT 24 // of a figure that is compared with, before the point

struct checker {
	struct ppm_arena *arena;
	struct ppm_condition_problem *problem;
	const struct ppm_figure_set *figures;
	const void *of; // NULL while it is only checked
};

// One side of a comparison.
struct operand {
	bool is_figure, is_percent;
	enum ppm_figure_unit unit;
	ppm_int128 value, whole; // 12 places; a percentage as it is written
};

static bool refuse(struct checker *c, struct ppm_slice problem, const char *help)
{
	c->problem->problem = problem;
	c->problem->help = help ? ppm_slice_of(help) : PPM_SLICE("");
	return false;
}

// ---- the figures of a comparison ----------------------------------------------------------------------------------------

static bool value_of_moves(const void *of, uint32_t index, ppm_int128 *value, ppm_int128 *whole)
{
	return ppm_figure_value(of, index, value, whole);
}

static const char *why_not_of_moves(uint32_t index)
{
	switch (ppm_figure_at(index)->unit) {
	case PPM_FIGURE_VALUE: return "no value is known; `--value NAME` says which of the model's";
	case PPM_FIGURE_SCORE: return "no customer has a score";
	default: return "it takes two perspectives, and customers whom they do not all rank alike";
	}
}

static const struct ppm_figure_set moves_figures = { ppm_figure_at, value_of_moves, why_not_of_moves,
	"compare figures, and join comparisons with `and`, `or` and `not`: `moved > 5% or down > 100`" };

// ---- names --------------------------------------------------------------------------------------------------------------

static uint32_t find_figure(const struct ppm_figure_set *figures, struct ppm_slice name)
{
	uint32_t i = 0;
	while (figures->at(i) && !ppm_slice_is(name, figures->at(i)->name))
		i++;
	return i;
}

static bool no_figure(struct checker *c, struct ppm_slice name)
{
	struct ppm_suggestion suggestion;
	struct ppm_slice best;
	struct ppm_buffer help;

	ppm_suggestion_init(&suggestion, name);
	for (uint32_t i = 0; c->figures->at(i); i++)
		ppm_suggestion_offer(&suggestion, ppm_slice_of(c->figures->at(i)->name));
	best = ppm_suggestion_take(&suggestion);
	c->problem->problem = ppm_arena_format(c->arena, "there is no figure `%.*s`", SHOW(name));
	if (best.size) {
		c->problem->help = ppm_arena_format(c->arena, "did you mean `%.*s`?", SHOW(best));
		return false;
	}
	ppm_buffer_init(&help, c->arena->allocator);
	ppm_buffer_append_text(&help, "the figures are");
	for (uint32_t i = 0; c->figures->at(i); i++)
		ppm_buffer_format(&help, "%s `%s`", i ? "," : "", c->figures->at(i)->name);
	c->problem->help = ppm_arena_copy(c->arena, ppm_buffer_slice(&help));
	c->arena->failed = c->arena->failed || help.failed;
	ppm_buffer_free(&help);
	return false;
}

static bool has_no_value(struct checker *c, uint32_t index)
{
	const struct ppm_figure *figure = c->figures->at(index);
	c->problem->problem = ppm_arena_format(c->arena, "`%s` has no value here", figure->name);
	c->problem->help = ppm_slice_of(c->figures->why_not(index));
	return false;
}

// ---- operands -----------------------------------------------------------------------------------------------------------

static bool literal(struct checker *c, const struct ppm_expression *e, ppm_int128 *out)
{
	bool point = false;
	int places = 0, digits = 0;

	*out = 0;
	for (size_t i = 0; i < e->text.size; i++) {
		char digit = e->text.data[i];
		if (digit == '.') {
			point = true;
			continue;
		}
		if (point && places == PPM_EXACT_PLACES) {
			if (digit != '0')
				return refuse(c, ppm_arena_format(c->arena, "`%.*s` has more than %d places", SHOW(e->text), PPM_EXACT_PLACES), NULL);
			continue;
		}
		places += point;
		if (!point && (digits || digit != '0') && ++digits > DIGITS_LIMIT)
			return refuse(c, ppm_arena_format(c->arena, "`%.*s` is too large", SHOW(e->text)), NULL);
		*out = *out * 10 + (digit - '0');
	}
	for (; places < PPM_EXACT_PLACES; places++)
		*out *= 10;
	return true;
}

static bool operand(struct checker *c, const struct ppm_expression *e, struct operand *out)
{
	switch (e->kind) {
	case PPM_EXPRESSION_NUMBER:
	case PPM_EXPRESSION_PERCENTAGE:
	case PPM_EXPRESSION_MONEY: *out = (struct operand){ .is_percent = e->kind == PPM_EXPRESSION_PERCENTAGE }; return literal(c, e, &out->value);
	case PPM_EXPRESSION_NEGATE:
		if (!operand(c, e->left, out))
			return false;
		if (out->is_figure)
			return refuse(c, PPM_SLICE("a figure stands alone"), c->figures->form);
		out->value = -out->value;
		return true;
	case PPM_EXPRESSION_PATH: {
		struct ppm_slice name = e->path->name.text;
		uint32_t index = find_figure(c->figures, name);
		if (e->path->next)
			name = ppm_arena_format(c->arena, "%.*s.%.*s", SHOW(name), SHOW(e->path->next->name.text));
		if (e->path->next || !c->figures->at(index))
			return no_figure(c, name);
		*out = (struct operand){ .is_figure = true, .unit = c->figures->at(index)->unit };
		return !c->of || c->figures->value(c->of, index, &out->value, &out->whole) || has_no_value(c, index);
	}
	default: return refuse(c, PPM_SLICE("only figures and numbers can be compared"), c->figures->form);
	}
}

// ---- comparisons --------------------------------------------------------------------------------------------------------

static int sign(ppm_int128 x)
{
	return (x > 0) - (x < 0);
}

// The share against the percentage; whole > 0. Exact but for amounts near the end of the range.
static int compare_share(ppm_int128 value, ppm_int128 whole, ppm_int128 percentage)
{
	ppm_int128 a, b;

	if (!__builtin_mul_overflow(value, (ppm_int128)100 * PPM_EXACT_SCALE, &a) && !__builtin_mul_overflow(percentage, whole, &b))
		return (a > b) - (a < b);
	double x = ppm_exact_ratio(value, whole), y = ppm_exact_ratio(percentage, (ppm_int128)100 * PPM_EXACT_SCALE);
	return (x > y) - (x < y);
}

static int compare_percent(const struct operand *figure, const struct operand *percent)
{
	if (figure->unit == PPM_FIGURE_NUMBER)
		return compare_share(figure->value, PPM_EXACT_SCALE, percent->value);
	if (!figure->whole) // a share of nobody
		return sign(-percent->value);
	return figure->whole < 0 ? compare_share(-figure->value, -figure->whole, percent->value) : compare_share(figure->value, figure->whole, percent->value);
}

// -1, 0 or 1. False: they are not to be compared.
static bool compare(struct checker *c, const struct ppm_expression *left, const struct ppm_expression *right, int *order)
{
	struct operand a, b;

	if (!operand(c, left, &a) || !operand(c, right, &b))
		return false;
	if (!a.is_figure && !b.is_figure)
		return refuse(c, PPM_SLICE("two numbers are compared, and no figure"), c->figures->form);
	if ((a.is_figure && b.is_percent && a.unit == PPM_FIGURE_SCORE) || (b.is_figure && a.is_percent && b.unit == PPM_FIGURE_SCORE))
		return refuse(c, PPM_SLICE("a score is compared with a percentage"), "write a number: `mean < 60`");
	if (a.is_figure && b.is_figure && a.unit != b.unit)
		return refuse(c, PPM_SLICE("the two figures count different things"), "compare customers with customers, and amounts with amounts");
	if (!c->of)
		*order = 0;
	else if (b.is_percent)
		*order = compare_percent(&a, &b);
	else if (a.is_percent)
		*order = -compare_percent(&b, &a);
	else
		*order = (a.value > b.value) - (a.value < b.value);
	return true;
}

static bool relates(enum ppm_relation relation, int order)
{
	switch (relation) {
	case PPM_RELATION_EQUAL: return order == 0;
	case PPM_RELATION_NOT_EQUAL: return order != 0;
	case PPM_RELATION_LESS: return order < 0;
	case PPM_RELATION_LESS_EQUAL: return order <= 0;
	case PPM_RELATION_GREATER: return order > 0;
	case PPM_RELATION_GREATER_EQUAL: return order >= 0;
	}
	assert(0 && "a relation");
	return false;
}

static bool decide(struct checker *c, const struct ppm_expression *e, bool *holds)
{
	bool other;
	int order, above;

	switch (e->kind) {
	case PPM_EXPRESSION_AND:
	case PPM_EXPRESSION_OR:
		if (!decide(c, e->left, holds) || !decide(c, e->right, &other))
			return false;
		*holds = e->kind == PPM_EXPRESSION_AND ? *holds && other : *holds || other;
		return true;
	case PPM_EXPRESSION_NOT:
		if (!decide(c, e->left, holds))
			return false;
		*holds = !*holds;
		return true;
	case PPM_EXPRESSION_COMPARE: {
		const struct ppm_expression *item = e->items;
		*holds = true;
		for (uint32_t i = 0; i + 1 < e->item_count; i++, item = item->next) {
			if (!compare(c, item, item->next, &order))
				return false;
			*holds = *holds && relates(e->relations[i], order);
		}
		return true;
	}
	case PPM_EXPRESSION_BETWEEN:
	case PPM_EXPRESSION_IN_RANGE:
		if (!compare(c, e->left, e->right, &order) || !compare(c, e->left, e->third, &above))
			return false;
		*holds = (order >= 0 && above <= 0) != e->negated;
		return true;
	default: return refuse(c, PPM_SLICE("this is no comparison of figures"), c->figures->form);
	}
}

// When memory ran out there is nothing to say about the condition.
static bool decided(struct checker *c, const struct ppm_expression *e, bool *holds)
{
	bool fine = decide(c, e, holds);

	if (c->arena->failed)
		c->problem->problem = PPM_SLICE("");
	return fine && !c->arena->failed;
}

bool ppm_condition_parse_over(
	struct ppm_condition *out, struct ppm_arena *arena, struct ppm_slice text, const struct ppm_figure_set *figures, struct ppm_condition_problem *problem)
{
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	struct ppm_source *source;
	struct checker checker = { .arena = arena, .problem = problem, .figures = figures };
	bool holds;

	*problem = (struct ppm_condition_problem){ PPM_SLICE(""), PPM_SLICE("") };
	*out = (struct ppm_condition){ .text = text, .figures = figures };
	ppm_source_map_init(&map, arena);
	ppm_diagnostics_init(&diagnostics, arena, &map);
	source = ppm_source_map_add(&map, PPM_SLICE("--fail-if"), text);
	if (!source)
		return false;
	out->expression = ppm_parse_condition(arena, &diagnostics, source);
	if (arena->failed || diagnostics.out_of_memory)
		return false;
	if (!out->expression) {
		const struct ppm_diagnostic *first = diagnostics.first;
		while (first && first->next) // the newest is first
			first = first->next;
		return refuse(&checker, first ? first->message : PPM_SLICE("this is no condition"), figures->form);
	}
	return decided(&checker, out->expression, &holds);
}

bool ppm_condition_parse(struct ppm_condition *out, struct ppm_arena *arena, struct ppm_slice text, struct ppm_condition_problem *problem)
{
	return ppm_condition_parse_over(out, arena, text, &moves_figures, problem);
}

bool ppm_condition_holds_over(const struct ppm_condition *condition, const void *of, struct ppm_arena *arena, bool *holds, struct ppm_condition_problem *problem)
{
	struct checker checker = { .arena = arena, .problem = problem, .figures = condition->figures, .of = of };

	*problem = (struct ppm_condition_problem){ PPM_SLICE(""), PPM_SLICE("") };
	return decided(&checker, condition->expression, holds);
}

bool ppm_condition_holds(const struct ppm_condition *condition, const struct ppm_moves *moves, struct ppm_arena *arena, bool *holds, struct ppm_condition_problem *problem)
{
	return ppm_condition_holds_over(condition, moves, arena, holds, problem);
}

// ---- what it names ------------------------------------------------------------------------------------------------------

static void collect(const struct ppm_figure_set *set, const struct ppm_expression *e, uint32_t *figures, uint32_t room, uint32_t *count)
{
	if (!e)
		return;
	if (e->kind == PPM_EXPRESSION_PATH) {
		uint32_t index = find_figure(set, e->path->name.text), i = 0;
		while (i < *count && figures[i] != index)
			i++;
		if (i == *count && *count < room)
			figures[(*count)++] = index;
		return;
	}
	collect(set, e->left, figures, room, count);
	collect(set, e->right, figures, room, count);
	collect(set, e->third, figures, room, count);
	for (const struct ppm_expression *item = e->items; item; item = item->next)
		collect(set, item, figures, room, count);
}

uint32_t ppm_condition_figures(const struct ppm_condition *condition, uint32_t *figures, uint32_t room)
{
	uint32_t count = 0;
	collect(condition->figures, condition->expression, figures, room, &count);
	return count;
}

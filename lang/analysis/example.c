// A customer who has the best score, made up: each column that a rule reads gets values to try (where the model's conditions fall apart, and what figures usually are), and one column after
// the other is set to what is best, first for the score, then for what is still missing of the combination that was proved to be the best. What comes out is scored, not argued.

#include "lang/analysis/perfect_internal.h"

#include "runtime/base/number.h"
#include "runtime/sink/sink_internal.h"

#include <math.h>
#include <string.h>

#define WORK 8e6  // nodes worked out in all
#define VALUES 72 // tried for a column
#define PAIRED 14 // of those, when two columns are moved at once
#define PASSES 12
#define ACROSS 64 // thresholds of figures that several columns make

struct value {
	bool missing;
	double number; // figures, dates, durations; 1 and 0 of a flag
	uint32_t text; // plan->texts
};

struct variable {
	uint32_t column;
	struct value values[VALUES], now;
	uint32_t count;
};

struct seeker {
	struct ppm_plan *plan;
	struct ppm_arena *arena;
	const struct ppm_leaves *leaves;
	struct ppm_award award;
	struct variable *variables;
	uint32_t count;
	ppm_node_id *columns;     // [plan->columns]
	struct ppm_claim *wanted; // of the best combination
	uint32_t wanted_count;
	double across[ACROSS];
	uint32_t across_count;
	uint32_t left; // rows that may still be tried
};

struct worth { // of a row
	double unfit, score, distance;
};

static bool is_better(const struct worth *a, const struct worth *b)
{
	if (a->unfit != b->unfit)
		return a->unfit < b->unfit;
	if (fabs(a->score - b->score) > 1e-9)
		return a->score > b->score;
	return a->distance < b->distance - 1e-12;
}

// ---- values that a column can have -----------------------------------------------------------------------------------------------

static bool is_spelling(const struct ppm_plan_column *column, struct ppm_slice text)
{
	const struct ppm_column_declaration *d = column->declaration;
	for (const struct ppm_spelling *s = d ? d->values : NULL; s; s = s->next)
		if (ppm_slice_equal(s->from.text, text) && !ppm_slice_equal(s->to.text, text))
			return true;
	for (const struct ppm_text_list *m = d ? d->missing : NULL; m; m = m->next)
		if (ppm_slice_equal(m->text.text, text))
			return true;
	return false;
}

static bool allowed(const struct ppm_plan *plan, const struct ppm_plan_column *column, const struct value *value)
{
	const struct ppm_column_declaration *d = column->declaration;
	const struct ppm_node *node = &plan->nodes[column->node];
	if (value->missing)
		return node->may_miss;
	if (column->type.base == PPM_BASE_FLAG)
		return true;
	if (column->type.base != PPM_BASE_TEXT)
		return value->number >= node->low && value->number <= node->high;
	struct ppm_slice text = plan->texts[value->text];
	bool listed = !d || !d->in_list;
	for (const struct ppm_expression *item = listed ? NULL : d->in_list->items; item && !listed; item = item->next)
		listed = ppm_slice_equal(item->text, text);
	return listed && text.size > 0 && text.data[0] != ' ' && text.data[text.size - 1] != ' ' && !is_spelling(column, text);
}

static void add_value(const struct ppm_plan *plan, struct variable *v, struct value value)
{
	const struct ppm_plan_column *column = &plan->columns[v->column];
	enum ppm_base base = (enum ppm_base)column->type.base;
	if (!value.missing && base != PPM_BASE_TEXT) {
		if (!isfinite(value.number))
			return;
		if (base == PPM_BASE_DATE || base == PPM_BASE_DURATION) {
			value.number = rint(value.number);
			if (base == PPM_BASE_DATE ? value.number < PPM_DATE_MIN || value.number > PPM_DATE_MAX : fabs(value.number) > 1e6)
				return;
		} else if (base != PPM_BASE_FLAG) {
			value.number = ppm_number_round_places(value.number, base == PPM_BASE_MONEY ? 1e4 : 1e9);
			if (fabs(value.number) > 1e13)
				return;
		}
	}
	if (v->count == VALUES || !allowed(plan, column, &value))
		return;
	for (uint32_t i = 0; i < v->count; i++)
		if (v->values[i].missing == value.missing && (value.missing || (base == PPM_BASE_TEXT ? v->values[i].text == value.text : v->values[i].number == value.number)))
			return;
	v->values[v->count++] = value;
}

static void add_number(const struct ppm_plan *plan, struct variable *v, double number)
{
	add_value(plan, v, (struct value){ .number = number });
}

static void add_text(struct seeker *s, struct variable *v, struct ppm_slice text)
{
	uint32_t code = ppm_plan_intern(s->plan, text);
	if (!s->plan->out_of_memory)
		add_value(s->plan, v, (struct value){ .text = code });
}

// The step from a value to its neighbour.
static double unit_of(const struct ppm_plan_column *column)
{
	return column->type.base == PPM_BASE_PERCENT ? 0.01 : 1;
}

// ---- where the model's conditions fall apart ------------------------------------------------------------------------------------------

static void threshold(struct seeker *s, ppm_node_id figure, double at)
{
	struct ppm_bounds b = { at, at, false, false, false };
	ppm_node_id subject = ppm_facts_subject(s->plan, figure, &b);
	const struct ppm_node *node = &s->plan->nodes[subject];
	if (node->op != PPM_NODE_COLUMN) {
		for (uint32_t i = 0; i < s->across_count; i++)
			if (s->across[i] == at)
				return;
		if (s->across_count < ACROSS && node->type.base != PPM_BASE_DATE)
			s->across[s->across_count++] = at;
		return;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		struct variable *v = &s->variables[i];
		double unit = unit_of(&s->plan->columns[v->column]);
		if (v->column != node->index)
			continue;
		add_number(s->plan, v, b.low);
		add_number(s->plan, v, b.low + unit);
		add_number(s->plan, v, b.low - unit);
		if (node->type.base != PPM_BASE_DATE && node->type.base != PPM_BASE_DURATION) {
			add_number(s->plan, v, b.low + unit / 1000);
			add_number(s->plan, v, b.low - unit / 1000);
		}
	}
}

struct reach {
	uint8_t *columns;
};

static bool reach(void *context, uint32_t column)
{
	((struct reach *)context)->columns[column] = 1;
	return true;
}

// What could not be looked at fails the whole.
static void visit(struct ppm_arena *arena, const struct ppm_plan *plan, ppm_node_id id, bool (*visitor)(void *context, uint32_t column), void *context)
{
	if (!ppm_plan_visit_columns(plan, id, visitor, context))
		arena->failed = true;
}

// Every text that something compares with goes to every text column under it.
static void texts_for(struct seeker *s, ppm_node_id under, const uint32_t *texts, uint32_t count)
{
	struct reach reached = { ppm_arena_allocate(s->arena, s->plan->column_count + 1, 1) };
	if (!reached.columns)
		return;
	visit(s->arena, s->plan, under, reach, &reached);
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t k = 0; k < count && reached.columns[s->variables[i].column]; k++)
			if (s->plan->columns[s->variables[i].column].type.base == PPM_BASE_TEXT)
				add_value(s->plan, &s->variables[i], (struct value){ .text = texts[k] });
}

static void thresholds(struct seeker *s, size_t nodes)
{
	for (ppm_node_id id = 0; id < nodes; id++) {
		const struct ppm_node n = s->plan->nodes[id];
		double k;
		switch ((enum ppm_node_op)n.op) {
		case PPM_NODE_EQUAL:
		case PPM_NODE_LESS:
		case PPM_NODE_LESS_EQUAL:
		case PPM_NODE_MINIMUM:
		case PPM_NODE_MAXIMUM:
			if (ppm_plan_constant_number(s->plan, n.b, &k))
				threshold(s, n.a, k);
			else if (ppm_plan_constant_number(s->plan, n.a, &k))
				threshold(s, n.b, k);
			break;
		case PPM_NODE_SCALE:
			threshold(s, n.a, s->plan->scales[n.index].low);
			threshold(s, n.a, s->plan->scales[n.index].high);
			break;
		case PPM_NODE_IN_SET: texts_for(s, n.a, s->plan->text_sets[n.index].texts, s->plan->text_sets[n.index].count); break;
		case PPM_NODE_MAP: texts_for(s, n.a, s->plan->maps[n.index].keys, s->plan->maps[n.index].count); break;
		case PPM_NODE_TEXT_TEST:
			if (s->plan->nodes[n.b].op == PPM_NODE_CONSTANT && n.index != PPM_TEXT_MATCHES)
				texts_for(s, n.a, &s->plan->nodes[n.b].value.text, 1);
			break;
		default: break;
		}
	}
}

// ---- what figures usually are ------------------------------------------------------------------------------------------------------------

static void usual(struct seeker *s, struct variable *v)
{
	static const double numbers[] = { 0, 1, 100, 10, 1000, 2, 5, 50, 20, 3, 500, 10000, 100000, 1e6, -1, -10, -100, -1000, 0.5, 1e7 };
	static const double percents[] = { 0, 1, 0.5, 0.1, 0.25, 0.75, 0.9, 0.01, 0.05, 1.5, -0.1 };
	static const double days[] = { 0, -1, -7, -30, -91, -182, -365, -731, -1096, -1827, -3653, -7305, 1, 30, 365, -45, -60, -150, -210, -240, -270, -300, -330, -2, -3, -4,
		-5 };
	const struct ppm_plan_column *column = &s->plan->columns[v->column];
	const struct ppm_column_declaration *d = column->declaration;
	const struct ppm_node *node = &s->plan->nodes[column->node];
	double today = s->plan->has_as_of ? s->plan->as_of : 20454;
	for (const struct ppm_expression *item = d && d->in_list ? d->in_list->items : NULL; item; item = item->next)
		if (column->type.base == PPM_BASE_TEXT)
			add_text(s, v, item->text);
	switch ((enum ppm_base)column->type.base) {
	case PPM_BASE_FLAG:
		add_number(s->plan, v, 0);
		add_number(s->plan, v, 1);
		break;
	case PPM_BASE_TEXT:
		add_text(s, v, PPM_SLICE("x"));
		add_text(s, v, PPM_SLICE("another"));
		break;
	case PPM_BASE_DATE:
		for (size_t i = 0; i < sizeof days / sizeof *days; i++)
			add_number(s->plan, v, today + days[i]);
		break;
	case PPM_BASE_PERCENT:
		add_number(s->plan, v, node->low);
		add_number(s->plan, v, node->high);
		for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
			add_number(s->plan, v, percents[i]);
		break;
	default:
		add_number(s->plan, v, node->low);
		add_number(s->plan, v, node->high);
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
			add_number(s->plan, v, numbers[i]);
		for (uint32_t i = 0; i < s->across_count; i++)
			add_number(s->plan, v, s->across[i]);
		break;
	}
	add_value(s->plan, v, (struct value){ .missing = true });
}

// ---- where to begin: at what the facts ask ---------------------------------------------------------------------------------------------------

static bool listed(const uint32_t *texts, uint32_t count, uint32_t text)
{
	for (uint32_t i = 0; i < count; i++)
		if (texts[i] == text)
			return true;
	return false;
}

static bool fits(const struct ppm_fact *f, enum ppm_base base, const struct value *value)
{
	if (value->missing)
		return f->gone;
	if (f->gone)
		return false;
	if (base == PPM_BASE_FLAG)
		return (!f->yes || value->number == 1) && (!f->no || value->number == 0);
	if (base == PPM_BASE_TEXT)
		return (!f->listed || listed(f->in, f->in_count, value->text)) && !listed(f->out, f->out_count, value->text);
	for (uint32_t i = 0; i < f->not_equal_count; i++)
		if (f->not_equal[i] == value->number)
			return false;
	return !(value->number < f->low || (value->number == f->low && f->low_open) || value->number > f->high || (value->number == f->high && f->high_open));
}

// A text that has all that it is to have.
static void composed(struct seeker *s, struct variable *v, const struct ppm_fact *f)
{
	static const uint8_t order[] = { PPM_TEXT_STARTS_WITH, PPM_TEXT_CONTAINS, PPM_TEXT_ENDS_WITH };
	struct ppm_buffer text;
	ppm_buffer_init(&text, s->arena->allocator);
	for (size_t i = 0; i < sizeof order; i++)
		for (const struct ppm_fact_test *test = f->tests; test; test = test->next)
			if (test->kind == order[i] && test->holds && s->plan->nodes[test->with].op == PPM_NODE_CONSTANT) {
				struct ppm_slice part = s->plan->texts[s->plan->nodes[test->with].value.text];
				ppm_buffer_append(&text, part.data, part.size);
			}
	struct ppm_slice whole = ppm_arena_take(s->arena, &text);
	if (whole.size)
		add_text(s, v, whole);
}

static void begin(struct seeker *s)
{
	struct ppm_facts facts = { .plan = s->plan, .arena = s->arena };
	for (uint32_t i = 0; i < s->wanted_count; i++)
		ppm_facts_add(&facts, s->wanted[i]);
	for (uint32_t i = 0; i < s->count; i++) {
		struct variable *v = &s->variables[i];
		const struct ppm_plan_column *column = &s->plan->columns[v->column];
		const struct ppm_fact *fact = ppm_facts_of(&facts, column->node);
		if (fact && fact->tests)
			composed(s, v, fact);
		if (fact && fact->figure && isfinite(fact->low) && isfinite(fact->high))
			add_number(s->plan, v, (fact->low + fact->high) / 2);
		v->now = v->count ? v->values[0] : (struct value){ .missing = true };
		for (uint32_t k = 0; k < v->count && fact; k++)
			if (fits(fact, (enum ppm_base)column->type.base, &v->values[k])) {
				v->now = v->values[k];
				break;
			}
	}
}

// ---- a row, and what it is worth --------------------------------------------------------------------------------------------------------------

static ppm_node_id node_of(struct ppm_plan *plan, const struct ppm_plan_column *column, const struct value *value)
{
	struct ppm_span nowhere = { 0, 0 };
	ppm_int128 exact;
	if (value->missing)
		return ppm_plan_missing(plan, column->type, nowhere);
	switch ((enum ppm_base)column->type.base) {
	case PPM_BASE_TEXT: return ppm_plan_text(plan, plan->texts[value->text], nowhere);
	case PPM_BASE_FLAG: return ppm_plan_flag(plan, value->number != 0, nowhere);
	case PPM_BASE_DATE:
	case PPM_BASE_DURATION: return ppm_plan_whole(plan, (int32_t)value->number, column->type, nowhere);
	case PPM_BASE_MONEY: return ppm_exact_from_number(value->number, &exact) ? ppm_plan_money(plan, exact, column->type, nowhere) : PPM_NODE_POISON;
	default: return ppm_plan_number(plan, value->number, column->type, false, nowhere);
	}
}

// How far the claim is from what it says: 0 where it holds.
static double distance(struct seeker *s, ppm_node_id id, bool truth, uint32_t depth)
{
	const struct ppm_node n = s->plan->nodes[id];
	double a, b;
	if (depth < 40 && n.op == PPM_NODE_NOT)
		return distance(s, n.a, !truth, depth + 1);
	if (depth < 40 && n.op == PPM_NODE_DEFAULT)
		return distance(s, n.a, truth, depth + 1);
	if (depth < 40 && (n.op == PPM_NODE_AND || n.op == PPM_NODE_OR)) {
		a = distance(s, n.a, truth, depth + 1);
		b = distance(s, n.b, truth, depth + 1);
		return (n.op == PPM_NODE_AND) == truth ? a + b : fmin(a, b);
	}
	ppm_node_id value = ppm_award_value(&s->award, id);
	if (value == PPM_NODE_NONE || value == PPM_NODE_POISON)
		return 2;
	if (s->plan->nodes[value].op == PPM_NODE_CONSTANT && s->plan->nodes[value].value.flag == truth)
		return 0;
	if (n.op != PPM_NODE_EQUAL && n.op != PPM_NODE_LESS && n.op != PPM_NODE_LESS_EQUAL)
		return 1;
	ppm_node_id left = ppm_award_value(&s->award, n.a), right = ppm_award_value(&s->award, n.b);
	if (left == PPM_NODE_NONE || right == PPM_NODE_NONE || !ppm_plan_constant_number(s->plan, left, &a) || !ppm_plan_constant_number(s->plan, right, &b))
		return 1.5;
	double gap = fabs(a - b);
	return 0.5 + 0.5 * gap / (1 + gap);
}

static struct worth worth_of(struct seeker *s)
{
	struct worth w = { 0, -1, 0 };
	s->left -= s->left > 0;
	for (uint32_t i = 0; i < s->count; i++)
		s->columns[s->variables[i].column] = node_of(s->plan, &s->plan->columns[s->variables[i].column], &s->variables[i].now);
	ppm_award_row(&s->award, s->columns);
	w.score = s->award.has_score ? s->award.exact : -1;
	w.unfit = s->award.failed || !s->award.has_score ? 100 : s->award.complete ? 0 : 1 + s->award.unknown;
	for (uint32_t i = 0; i < s->leaves->standing_count; i++) {
		ppm_node_id value = ppm_award_value(&s->award, s->leaves->standing[i].node);
		bool told = value != PPM_NODE_NONE && value != PPM_NODE_POISON, there = told && s->plan->nodes[value].op == PPM_NODE_CONSTANT;
		bool good = s->leaves->standing[i].is_true ? there && s->plan->nodes[value].value.flag : told && !(there && s->plan->nodes[value].value.flag);
		w.unfit += good ? 0 : 1;
	}
	for (uint32_t i = 0; i < s->wanted_count; i++)
		w.distance += distance(s, s->wanted[i].node, s->wanted[i].is_true, 0);
	if (s->plan->tier_count && s->plan->tiers[0].condition != PPM_NODE_NONE)
		w.distance += distance(s, s->plan->tiers[0].condition, true, 0) / 1000;
	ppm_award_done(&s->award);
	return w;
}

// ---- one column after the other ---------------------------------------------------------------------------------------------------------------

static bool try_value(struct seeker *s, struct variable *v, struct value value, struct worth *best)
{
	struct value before = v->now;
	v->now = value;
	struct worth w = worth_of(s);
	if (is_better(&w, best)) {
		*best = w;
		return true;
	}
	v->now = before;
	return false;
}

static bool move_one(struct seeker *s, struct variable *v, struct worth *best)
{
	bool moved = false;
	for (uint32_t k = 0; k < v->count && s->left; k++)
		moved = try_value(s, v, v->values[k], best) || moved;
	enum ppm_base base = (enum ppm_base)s->plan->columns[v->column].type.base;
	if (base == PPM_BASE_TEXT || base == PPM_BASE_FLAG || v->now.missing)
		return moved;
	double unit = unit_of(&s->plan->columns[v->column]), now = v->now.number;
	const double near[] = { now * 2, now / 2, now + unit, now - unit, now * 10, now + 10 * unit, now - 10 * unit };
	for (size_t k = 0; k < sizeof near / sizeof *near && s->left; k++) {
		struct variable one = { .column = v->column };
		add_number(s->plan, &one, near[k]);
		if (one.count)
			moved = try_value(s, v, one.values[0], best) || moved;
	}
	return moved;
}

static bool move_two(struct seeker *s, struct worth *best, double enough)
{
	for (uint32_t a = 0; a < s->count; a++)
		for (uint32_t b = 0; b < s->count && s->left; b++) {
			struct variable *v = &s->variables[a], *u = &s->variables[b];
			if (a == b)
				continue;
			for (uint32_t k = 0; k < v->count && k < PAIRED && s->left; k++) {
				struct value before = v->now;
				v->now = v->values[k];
				bool moved = false;
				for (uint32_t l = 0; l < u->count && l < PAIRED && s->left; l++)
					moved = try_value(s, u, u->values[l], best) || moved;
				if (moved)
					return true;
				v->now = before;
			}
			if (best->unfit == 0 && best->score >= enough)
				return false;
		}
	return false;
}

static struct worth climb(struct seeker *s, double enough)
{
	struct worth best = worth_of(s);
	for (uint32_t pass = 0; pass < PASSES && s->left && !(best.unfit == 0 && best.score >= enough && best.distance < 0.002); pass++) {
		bool moved = false;
		for (uint32_t i = 0; i < s->count; i++)
			moved = move_one(s, &s->variables[i], &best) || moved;
		if (!moved && ((best.unfit == 0 && best.score >= enough) || !move_two(s, &best, enough)))
			break;
	}
	return best;
}

// ---- what is told ------------------------------------------------------------------------------------------------------------------------------

static void tell_value(struct seeker *s, const struct variable *v, struct ppm_perfect_value *out)
{
	const struct ppm_plan_column *column = &s->plan->columns[v->column];
	ppm_node_id id = node_of(s->plan, column, &v->now);
	struct ppm_buffer name, text, json;
	char digits[400];
	ppm_buffer_init(&name, s->arena->allocator);
	ppm_buffer_init(&text, s->arena->allocator);
	ppm_buffer_init(&json, s->arena->allocator);
	ppm_words_node(s->plan, column->node, &name);
	ppm_words_constant(s->plan, id, &text);
	switch (v->now.missing ? PPM_BASE_ERROR : (enum ppm_base)column->type.base) {
	case PPM_BASE_ERROR: ppm_buffer_append_text(&json, "null"); break;
	case PPM_BASE_TEXT: ppm_json_append_string(&json, s->plan->texts[v->now.text]); break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(&json, v->now.number != 0 ? "true" : "false"); break;
	case PPM_BASE_DATE: ppm_buffer_format(&json, "\"%.*s\"", (int)text.size, text.data); break;
	default: ppm_buffer_append(&json, digits, ppm_number_write(v->now.number, digits)); break;
	}
	bool field = column->kind == PPM_PLAN_FIELD && column->dataset == 0;
	*out = (struct ppm_perfect_value){ v->column, ppm_arena_take(s->arena, &name), field ? column->header : PPM_SLICE(""), ppm_arena_take(s->arena, &text), ppm_arena_take(s->arena, &json), v->now.missing };
}

static void tell(struct seeker *s, struct ppm_perfect *p, const struct worth *best)
{
	p->found = best->unfit == 0;
	if (!p->found)
		return;
	worth_of(s); // once more, for its points and its tier
	for (uint32_t i = 0; i < s->count; i++)
		s->columns[s->variables[i].column] = node_of(s->plan, &s->plan->columns[s->variables[i].column], &s->variables[i].now);
	ppm_award_row(&s->award, s->columns);
	p->best = s->award.score;
	p->points = s->award.points;
	ppm_node_id tier = s->plan->tier_by_rules == PPM_NODE_NONE ? PPM_NODE_NONE : ppm_award_value(&s->award, s->plan->tier_by_rules);
	if (tier != PPM_NODE_NONE && tier != PPM_NODE_POISON && s->plan->nodes[tier].op == PPM_NODE_CONSTANT)
		p->example_tier = s->plan->texts[s->plan->nodes[tier].value.text];
	ppm_award_done(&s->award);
	p->first_tier = p->example_tier.size && s->plan->tier_count && ppm_slice_equal(p->example_tier, s->plan->tiers[0].name);
	p->example = ppm_arena_allocate(s->arena, (size_t)s->count + 1, sizeof *p->example);
	for (uint32_t i = 0; i < s->count && p->example; i++) {
		tell_value(s, &s->variables[i], &p->example[p->example_count++]);
		p->assumed = p->assumed || !p->example[i].header.size;
	}
}

// ---- the columns that matter ------------------------------------------------------------------------------------------------------------------------

static bool collect(struct seeker *s)
{
	struct ppm_plan *plan = s->plan;
	struct reach reached = { ppm_arena_allocate(s->arena, plan->column_count + 1, 1) };
	s->variables = ppm_arena_allocate(s->arena, plan->column_count + 1, sizeof *s->variables);
	s->columns = ppm_arena_allocate(s->arena, plan->column_count + 1, sizeof *s->columns);
	if (!reached.columns || !s->variables || !s->columns)
		return false;
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *r = plan->rules[i];
		if (r->members)
			continue;
		const ppm_node_id nodes[] = { r->points, r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY ? r->condition : PPM_NODE_NONE, r->missing_points };
		for (int k = 0; k < 3; k++)
			if (nodes[k] != PPM_NODE_NONE)
				visit(s->arena, plan, nodes[k], reach, &reached);
	}
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		visit(s->arena, plan, plan->disqualifiers[i].condition, reach, &reached);
	if (plan->tier_count && plan->tiers[0].condition != PPM_NODE_NONE)
		visit(s->arena, plan, plan->tiers[0].condition, reach, &reached);
	for (uint32_t i = 0; i < plan->column_count; i++) {
		s->columns[i] = PPM_NODE_NONE;
		if (reached.columns[i] && plan->columns[i].dataset == 0)
			s->variables[s->count++].column = i;
	}
	return true;
}

static bool gather_wanted(struct seeker *s, const struct ppm_best *best)
{
	size_t room = s->leaves->standing_count + 1;
	for (uint32_t i = 0; i < s->leaves->count; i++)
		room += PPM_WAY_CLAIMS;
	s->wanted = ppm_arena_allocate(s->arena, room, sizeof *s->wanted);
	for (uint32_t i = 0; i < s->leaves->count && s->wanted; i++) {
		const struct ppm_leaf *l = &s->leaves->items[i];
		const struct ppm_way *way = l->way_count && best->way[i] < l->way_count ? &l->ways[best->way[i]] : NULL;
		for (uint32_t c = 0; way && c < way->claim_count; c++)
			s->wanted[s->wanted_count++] = way->claims[c];
	}
	for (uint32_t i = 0; i < s->leaves->standing_count && s->wanted; i++)
		s->wanted[s->wanted_count++] = s->leaves->standing[i];
	return s->wanted != NULL;
}

bool ppm_example_find(struct ppm_perfect *perfect, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves, const struct ppm_best *best)
{
	struct seeker s = { .plan = plan, .arena = arena, .leaves = leaves };
	size_t nodes = plan->node_count;
	double power = 1;
	for (int i = 0; i < plan->places; i++)
		power *= 10;
	double enough = ppm_number_round_places(best->most, power);
	if (!collect(&s) || !gather_wanted(&s, best))
		return false;
	thresholds(&s, nodes);
	for (uint32_t i = 0; i < s.count; i++)
		usual(&s, &s.variables[i]);
	begin(&s);
	if (arena->failed || plan->out_of_memory || !ppm_award_init(&s.award, plan, arena))
		return false;
	s.left = (uint32_t)fmin(20000, fmax(200, WORK / (double)plan->node_count));
	struct worth worth = climb(&s, enough - 0.5 / power);
	tell(&s, perfect, &worth);
	perfect->exact = perfect->found && perfect->best >= enough;
	return !arena->failed && !plan->out_of_memory;
}

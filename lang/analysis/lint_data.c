// The lints beside the data: what the model asks of its figures and texts, held against what the rows have.
//
// The model is compiled with a result for each value that is compared with a constant, each condition and each class (PPM_OUTPUT_FACTS), and runs as ever; here its rows are counted. Memory
// is bounded: of a text's values the first DISTINCT are told apart, and those that the model names always, so that "in no row" is never said of a value that was not counted.
#include "lang/analysis/lint_data.h"
#include "lang/analysis/lint_internal.h"
#include "lang/plan/fold.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <assert.h>
#include <math.h>

#define DISTINCT 10000         // values of one text that are told apart
#define DISTINCT_BYTES 1000000 // that they may have together
#define FEWEST_NEAR 20         // values of a figure before anything is said about what lies near a threshold
#define NAME_LIMIT 60          // bytes of an expression that stands for a name

#define SHOW(slice) (int)(slice).size, (slice).data

struct threshold {
	double value;
	uint64_t below, at, above;
	double nearest_below, nearest_above;
};

// One result over all rows.
struct watch {
	ppm_node_id node;
	uint8_t base;
	uint64_t there, yes;
	double low, high;
	struct threshold *thresholds;
	size_t threshold_count, threshold_capacity;
	struct ppm_interner texts;
	uint64_t *counts; // [texts]
	size_t count_capacity, bytes;
	bool texts_left; // some were not told apart
};

enum owner { OWNER_RULE, OWNER_CLASS, OWNER_DISQUALIFIER };

struct fact {
	struct ppm_plan_fact fact;
	enum owner owner;
	uint32_t index; // of the rule
};

struct ppm_lint_data {
	const struct ppm_allocator *allocator;
	const struct ppm_model *model;
	const struct ppm_plan *plan;
	struct watch *watches; // [plan->results]
	size_t watch_count;    // of them that are made
	uint32_t *watch_of;    // [nodes]: + 1; 0: none
	struct fact *facts;
	size_t fact_count, fact_capacity;
	uint64_t rows;
	bool failed;
	enum owner owner;
	uint32_t index;
};

static struct watch *watch_of(const struct ppm_lint_data *data, ppm_node_id node)
{
	return node == PPM_NODE_NONE || !data->watch_of[node] ? NULL : &data->watches[data->watch_of[node] - 1];
}

// ---- what is watched -------------------------------------------------------------------------------------------------

static void watch_figure(struct ppm_lint_data *data, struct watch *watch, double value)
{
	for (size_t i = 0; watch && i < watch->threshold_count; i++)
		if (watch->thresholds[i].value == value)
			return;
	if (!watch)
		return;
	if (!ppm_grow(data->allocator, (void **)&watch->thresholds, &watch->threshold_capacity, watch->threshold_count + 1, sizeof *watch->thresholds)) {
		data->failed = true;
		return;
	}
	watch->thresholds[watch->threshold_count++] = (struct threshold){ .value = value, .nearest_below = -INFINITY, .nearest_above = INFINITY };
}

static uint32_t count_text(struct ppm_lint_data *data, struct watch *watch, struct ppm_slice text)
{
	uint32_t code = ppm_interner_add(&watch->texts, text);
	size_t before = watch->count_capacity;

	if (code == PPM_INTERNER_NONE || !ppm_grow(data->allocator, (void **)&watch->counts, &watch->count_capacity, (size_t)code + 1, sizeof *watch->counts)) {
		data->failed = true;
		return PPM_INTERNER_NONE;
	}
	memset(watch->counts + before, 0, (watch->count_capacity - before) * sizeof *watch->counts);
	return code;
}

static void watch_text(struct ppm_lint_data *data, struct watch *watch, uint32_t text)
{
	if (watch)
		count_text(data, watch, data->plan->texts[text]);
}

static void take_fact(void *context, const struct ppm_plan_fact *fact)
{
	struct ppm_lint_data *data = context;
	const struct ppm_plan *plan = data->plan;
	struct watch *watch = watch_of(data, fact->subject);
	double value;

	if (!watch || data->failed)
		return;
	if (!ppm_grow(data->allocator, (void **)&data->facts, &data->fact_capacity, data->fact_count + 1, sizeof *data->facts)) {
		data->failed = true;
		return;
	}
	data->facts[data->fact_count++] = (struct fact){ *fact, data->owner, data->index };
	if (fact->kind == PPM_FACT_FIGURE && ppm_plan_constant_number(plan, fact->constant, &value))
		watch_figure(data, watch, value);
	if (fact->kind == PPM_FACT_TEXTS)
		for (uint32_t i = 0; i < plan->text_sets[plan->nodes[fact->node].index].count; i++)
			watch_text(data, watch, plan->text_sets[plan->nodes[fact->node].index].texts[i]);
	if (fact->kind == PPM_FACT_TABLE)
		for (uint32_t i = 0; i < plan->maps[plan->nodes[fact->node].index].count; i++)
			watch_text(data, watch, plan->maps[plan->nodes[fact->node].index].keys[i]);
}

// What bands go by, or NULL where their points are no table or chain over it: a table that is folded away leaves a band's own points, which may be one over something else.
static struct watch *bands_subject(const struct ppm_lint_data *data, const struct ppm_plan_rule *rule)
{
	const struct ppm_node *n = &data->plan->nodes[rule->points];
	if (rule->kind != PPM_RULE_BANDS || rule->points == PPM_NODE_POISON)
		return NULL;
	if (n->op == PPM_NODE_SELECT)
		n = &data->plan->nodes[n->a];
	bool by_subject = n->op == PPM_NODE_MAP || n->op == PPM_NODE_LESS || n->op == PPM_NODE_LESS_EQUAL;
	return by_subject && n->a == rule->subject ? watch_of(data, n->a) : NULL;
}

static void take_facts(struct ppm_lint_data *data, uint8_t *seen)
{
	const struct ppm_plan *plan = data->plan;

	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		const ppm_node_id values[] = { rule->condition, rule->points, rule->missing_points };
		double value;
		data->owner = OWNER_RULE;
		data->index = (uint32_t)i;
		for (int k = 0; k < 3 && !rule->members; k++)
			ppm_plan_visit_facts(plan, values[k], seen, take_fact, data);
		for (const struct ppm_band *band = rule->members ? NULL : rule->syntax->bands; band; band = band->next)
			if (band->threshold && ppm_literal_number(band->threshold, &value))
				watch_figure(data, bands_subject(data, rule), value);
	}
	data->owner = OWNER_CLASS;
	for (size_t i = 0; i < plan->tier_count; i++)
		ppm_plan_visit_facts(plan, plan->tiers[i].condition, seen, take_fact, data);
	for (size_t i = 0; i < plan->segment_count; i++)
		for (uint32_t k = 0; k < plan->segments[i].arm_count; k++)
			ppm_plan_visit_facts(plan, plan->segments[i].conditions[k], seen, take_fact, data);
	data->owner = OWNER_DISQUALIFIER;
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		ppm_plan_visit_facts(plan, plan->disqualifiers[i].condition, seen, take_fact, data);
	// a result has its names in the order of the model, whoever comes first in the data
	for (size_t i = 0; i < plan->tier_count; i++)
		if (watch_of(data, plan->tier))
			count_text(data, watch_of(data, plan->tier), plan->tiers[i].name);
	for (size_t i = 0; i < plan->segment_count; i++)
		for (uint32_t k = 0; k < plan->segments[i].arm_count && watch_of(data, plan->segments[i].node); k++)
			count_text(data, watch_of(data, plan->segments[i].node), plan->segments[i].arm_names[k]);
}

struct ppm_lint_data *ppm_lint_data_new(const struct ppm_model *model)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	const struct ppm_allocator *allocator = plan->allocator;
	struct ppm_lint_data *data = ppm_allocate_zeroed(allocator, 1, sizeof *data);
	uint8_t *seen = ppm_allocate_zeroed(allocator, plan->node_count + 1, 1);

	if (data) {
		data->allocator = allocator;
		data->model = model;
		data->plan = plan;
		data->watches = ppm_allocate_zeroed(allocator, plan->result_count + 1, sizeof *data->watches);
		data->watch_of = ppm_allocate_zeroed(allocator, plan->node_count + 1, sizeof *data->watch_of);
		data->failed = !seen || !data->watches || !data->watch_of;
	}
	for (size_t i = 0; data && !data->failed && i < plan->result_count; i++) {
		struct watch *watch = &data->watches[i];
		*watch = (struct watch){ .node = plan->results[i].node, .base = plan->nodes[plan->results[i].node].type.base, .low = INFINITY, .high = -INFINITY };
		ppm_interner_init(&watch->texts, allocator);
		data->watch_of[watch->node] = (uint32_t)i + 1;
		data->watch_count++;
	}
	if (data && !data->failed)
		take_facts(data, seen);
	ppm_free(allocator, seen);
	if (data && data->failed) {
		ppm_lint_data_free(data);
		data = NULL;
	}
	return data;
}

void ppm_lint_data_free(struct ppm_lint_data *data)
{
	if (!data)
		return;
	for (size_t i = 0; i < data->watch_count; i++) {
		ppm_interner_free(&data->watches[i].texts);
		ppm_free(data->allocator, data->watches[i].thresholds);
		ppm_free(data->allocator, data->watches[i].counts);
	}
	ppm_free(data->allocator, data->watches);
	ppm_free(data->allocator, data->watch_of);
	ppm_free(data->allocator, data->facts);
	ppm_free(data->allocator, data);
}

// ---- counting ------------------------------------------------------------------------------------------------------------

static void see_figure(struct watch *watch, double value)
{
	watch->there++;
	watch->low = fmin(watch->low, value);
	watch->high = fmax(watch->high, value);
	for (size_t i = 0; i < watch->threshold_count; i++) {
		struct threshold *t = &watch->thresholds[i];
		if (value < t->value) {
			t->below++;
			t->nearest_below = fmax(t->nearest_below, value);
		} else if (value > t->value) {
			t->above++;
			t->nearest_above = fmin(t->nearest_above, value);
		} else {
			t->at++;
		}
	}
}

static void see_text(struct ppm_lint_data *data, struct watch *watch, struct ppm_slice text)
{
	uint32_t code = ppm_interner_find(&watch->texts, text);

	watch->there++;
	if (code == PPM_INTERNER_NONE) {
		if (watch->texts.count >= DISTINCT || watch->bytes + text.size > DISTINCT_BYTES) {
			watch->texts_left = true;
			return;
		}
		watch->bytes += text.size;
		code = count_text(data, watch, text);
	}
	if (code != PPM_INTERNER_NONE)
		watch->counts[code]++;
}

bool ppm_lint_data_row(void *context, const struct ppm_engine_row *row)
{
	struct ppm_lint_data *data = context;

	data->rows++;
	for (uint32_t i = 0; i < data->plan->result_count; i++) {
		struct watch *watch = &data->watches[i];
		struct ppm_slice text;
		double value;
		bool flag;
		if (watch->base == PPM_BASE_TEXT) {
			if (ppm_row_text(row, i, &text))
				see_text(data, watch, text);
		} else if (watch->base == PPM_BASE_FLAG) {
			if (ppm_row_flag(row, i, &flag)) {
				watch->there++;
				watch->yes += flag;
			}
		} else if (ppm_row_number(row, i, &value)) {
			see_figure(watch, ppm_number_as_decimal(value));
		}
	}
	return !data->failed;
}

// ---- words ---------------------------------------------------------------------------------------------------------------

struct telling {
	struct ppm_lint_data *data;
	struct ppm_diagnostics *diagnostics;
	const struct ppm_lint_settings *settings;
	const struct ppm_source_map *map;
	uint8_t *told;                // [plan->rules]: something was said that explains what it does
	struct ppm_buffer a, b, c, d; // texts for one message
	struct ppm_buffer score;      // name of a perspective's score
};

static struct ppm_slice number(uint64_t value, struct ppm_buffer *out)
{
	char digits[32];
	int size = 0;

	out->size = 0;
	do
		digits[size++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	while (size--) {
		ppm_buffer_append_char(out, digits[size]);
		if (size && size % 3 == 0)
			ppm_buffer_append_char(out, ',');
	}
	return out->failed ? PPM_SLICE("") : ppm_buffer_slice(out);
}

// A file with one row has nobody to be all of.
static struct ppm_slice of_rows(struct telling *t, const char *several, const char *one, struct ppm_buffer *out)
{
	struct ppm_slice rows = number(t->data->rows, &t->d);

	out->size = 0;
	ppm_buffer_append_text(out, t->data->rows == 1 ? one : several);
	if (t->data->rows != 1)
		ppm_buffer_format(out, " %.*s customers", SHOW(rows));
	return out->size ? ppm_buffer_slice(out) : PPM_SLICE("");
}

static struct ppm_slice everybody(struct telling *t, struct ppm_buffer *out)
{
	return of_rows(t, "all", "the only customer", out);
}

static struct ppm_slice none(struct telling *t, struct ppm_buffer *out)
{
	return of_rows(t, "none of the", "nobody (there is one customer)", out);
}

static struct ppm_slice figure(struct telling *t, ppm_node_id node, double value, struct ppm_buffer *out)
{
	struct ppm_type type = t->data->plan->nodes[node].type;
	char text[400];

	out->size = 0;
	if (type.base == PPM_BASE_DATE) {
		ppm_date_write((int32_t)value, text);
		ppm_buffer_append(out, text, 10);
		return out->size ? ppm_buffer_slice(out) : PPM_SLICE("");
	}
	ppm_buffer_append(out, text, ppm_number_write(type.base == PPM_BASE_PERCENT ? ppm_number_as_decimal(value * 100) : value, text));
	ppm_buffer_append_text(out, type.base == PPM_BASE_PERCENT ? "%" : type.base == PPM_BASE_DURATION ? type.months ? " months" : " days" : "");
	return out->size ? ppm_buffer_slice(out) : PPM_SLICE("");
}

// The name of a value, or how it is written.
static struct ppm_slice name_of(struct telling *t, ppm_node_id node)
{
	const struct ppm_plan *plan = t->data->plan;
	const struct ppm_node *n = &plan->nodes[node];
	struct ppm_slice text;

	switch (n->op) {
	case PPM_NODE_COLUMN:
		if (plan->columns[n->index].kind != PPM_PLAN_STEP || !plan->steps[plan->columns[n->index].index].text.size)
			return plan->columns[n->index].name;
		return plan->steps[plan->columns[n->index].index].text;
	case PPM_NODE_SCORE:
		if (n->index < 3)
			return n->index == 0 ? PPM_SLICE("score") : n->index == 1 ? PPM_SLICE("score_low") : PPM_SLICE("score_high");
		t->score.size = 0;
		ppm_buffer_format(&t->score, "score_%.*s", SHOW(plan->perspectives[n->index - 3].name));
		return t->score.failed ? PPM_SLICE("") : ppm_buffer_slice(&t->score);
	case PPM_NODE_EVIDENCE: return PPM_SLICE("evidence");
	case PPM_NODE_POINTS: return PPM_SLICE("points");
	case PPM_NODE_DIMENSION: return plan->dimensions[n->index].name;
	default: break;
	}
	text = ppm_source_map_text(t->map, n->span);
	if (text.size > NAME_LIMIT || memchr(text.data ? text.data : "", '\n', text.size))
		return PPM_SLICE("this value");
	return text;
}

// Whether it stands in the model or in a file that it uses: not in a standard module, where nobody can act on it.
static bool is_own(const struct telling *t, struct ppm_span span)
{
	const struct ppm_source *source = span.begin ? ppm_source_map_find(t->map, span.begin) : NULL;
	return source && (source == ppm_model_tree(t->data->model)->source || (source->path.size > 4 && !memcmp(source->path.data + source->path.size - 4, ".ppm", 4)));
}

// ---- columns -------------------------------------------------------------------------------------------------------------

static bool is_constant(const struct watch *watch, uint64_t rows)
{
	uint32_t values = 0;

	if (watch->there != rows || rows < 2 || watch->texts_left)
		return false;
	if (watch->base == PPM_BASE_FLAG)
		return watch->yes == 0 || watch->yes == rows;
	if (watch->base != PPM_BASE_TEXT)
		return watch->low == watch->high;
	for (uint32_t i = 0; i < watch->texts.count; i++)
		values += watch->counts[i] > 0;
	return values == 1;
}

static struct ppm_slice constant_value(struct telling *t, const struct watch *watch, struct ppm_buffer *out)
{
	if (watch->base == PPM_BASE_FLAG)
		return watch->yes ? PPM_SLICE("yes") : PPM_SLICE("no");
	if (watch->base != PPM_BASE_TEXT)
		return figure(t, watch->node, watch->low, out);
	out->size = 0;
	for (uint32_t i = 0; i < watch->texts.count; i++)
		if (watch->counts[i])
			ppm_buffer_format(out, "\"%.*s\"", SHOW(watch->texts.items[i]));
	return out->size ? ppm_buffer_slice(out) : PPM_SLICE("");
}

static void columns(struct telling *t)
{
	const struct ppm_plan *plan = t->data->plan;

	for (size_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *column = &plan->columns[i];
		const struct watch *watch = column->kind == PPM_PLAN_FIELD && column->dataset == 0 ? watch_of(t->data, column->node) : NULL;
		if (!watch || column->key || !is_own(t, column->span))
			continue;
		if (!watch->there) {
			struct ppm_diagnostic *d =
				ppm_diag(t->diagnostics, PPM_DIAG_COLUMN_EMPTY, column->span, "`%.*s` is empty for %.*s", SHOW(column->name), SHOW(everybody(t, &t->a)));
			ppm_diag_help(t->diagnostics, d, "what hangs on it is never decided: see whether the column's header, or how missing values are written, has changed");
		} else if (is_constant(watch, t->data->rows)) {
			struct ppm_diagnostic *d = ppm_diag(t->diagnostics, PPM_DIAG_COLUMN_CONSTANT, column->span, "`%.*s` is %.*s for %.*s", SHOW(column->name),
				SHOW(constant_value(t, watch, &t->b)), SHOW(everybody(t, &t->a)));
			ppm_diag_help(t->diagnostics, d, "nothing that hangs on it tells these customers apart");
		}
	}
}

// ---- texts ---------------------------------------------------------------------------------------------------------------

static uint64_t rows_with(const struct watch *watch, struct ppm_slice text)
{
	uint32_t code = ppm_interner_find(&watch->texts, text);
	return code == PPM_INTERNER_NONE ? 0 : watch->counts[code];
}

static bool is_sign(char c)
{
	return c == ' ' || c == '-' || c == '_' || c == '.' || c == '\t';
}

// Equal but for capitals, blanks and hyphens: that is no slip of the fingers, and longer than what counts as one.
static bool alike(struct ppm_slice a, struct ppm_slice b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i < a.size && is_sign(a.data[i]))
			i++;
		while (k < b.size && is_sign(b.data[k]))
			k++;
		if (i == a.size || k == b.size)
			return i == a.size && k == b.size;
		char x = a.data[i], y = b.data[k];
		x = (char)(x >= 'A' && x <= 'Z' ? x + 32 : x);
		y = (char)(y >= 'A' && y <= 'Z' ? y + 32 : y);
		if (x != y)
			return false;
	}
}

// The texts that one comparison names.
struct named_texts {
	const uint32_t *items; // plan->texts
	uint32_t count;
};

static bool names(const struct ppm_plan *plan, const struct named_texts *list, struct ppm_slice text)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (ppm_slice_equal(plan->texts[list->items[i]], text))
			return true;
	return false;
}

// The value of the data that is most likely meant; of several that are as near, the one with most rows. Values that the model names elsewhere are what they are, unless they differ in
// capitals and blanks alone; those that are named beside it always.
static struct ppm_slice nearest(const struct ppm_lint_data *data, const struct watch *watch, const struct named_texts *list, struct ppm_slice wanted)
{
	struct ppm_slice best = { NULL, 0 };
	size_t limit = wanted.size < 3 ? 0 : wanted.size / 3, distance = limit + 1;
	uint64_t most = 0;

	for (uint32_t i = 0; i < watch->texts.count; i++) {
		struct ppm_slice text = watch->texts.items[i];
		if (!watch->counts[i] || !text.size || names(data->plan, list, text))
			continue;
		bool same = alike(wanted, text);
		if (!same && ppm_interner_find(&data->plan->interner, text) != PPM_INTERNER_NONE)
			continue;
		size_t far = same ? 0 : limit ? ppm_text_distance(wanted, text, limit) : limit + 1;
		if (far > limit || far >= text.size || far > distance || (far == distance && watch->counts[i] <= most))
			continue;
		best = text;
		distance = far;
		most = watch->counts[i];
	}
	return best;
}

static void mark(struct telling *t, const struct fact *fact)
{
	if (fact->owner == OWNER_RULE)
		t->told[fact->index] = 1;
}

static bool is_field(const struct ppm_plan *plan, ppm_node_id node)
{
	return plan->nodes[node].op == PPM_NODE_COLUMN && plan->columns[plan->nodes[node].index].kind == PPM_PLAN_FIELD;
}

static void absent_text(struct telling *t, const struct fact *fact, const struct watch *watch, struct ppm_slice text, struct ppm_slice near)
{
	const struct ppm_span span = t->data->plan->nodes[fact->fact.node].span;
	struct ppm_diagnostic *d;

	mark(t, fact);
	if (near.size) {
		uint64_t rows = rows_with(watch, near);
		d = ppm_diag(t->diagnostics, PPM_DIAG_TEXT_ABSENT, span, "`%.*s` is \"%.*s\" in no row; it is \"%.*s\" in %.*s", SHOW(name_of(t, watch->node)), SHOW(text),
			SHOW(near), SHOW(number(rows, &t->a)));
		if (is_field(t->data->plan, watch->node))
			ppm_diag_help(t->diagnostics, d, "write \"%.*s\", or clean the column: `values \"%.*s\" = \"%.*s\"`", SHOW(near), SHOW(near), SHOW(text));
		else
			ppm_diag_help(t->diagnostics, d, "write \"%.*s\"", SHOW(near));
	} else {
		d = ppm_diag(t->diagnostics, PPM_DIAG_TEXT_ABSENT, span, "`%.*s` is \"%.*s\" in no row", SHOW(name_of(t, watch->node)), SHOW(text));
		ppm_diag_help(t->diagnostics, d, "see how the data writes it, or whether it still has it");
	}
}

// Values for which the data has one that looks alike; and a condition none of whose values is there. That a list of barred countries has none of them is as it should be.
static void texts(struct telling *t, const struct fact *fact)
{
	const struct ppm_plan *plan = t->data->plan;
	const struct watch *watch = watch_of(t->data, fact->fact.subject);
	const struct ppm_node *n = &plan->nodes[fact->fact.node];
	bool table = fact->fact.kind == PPM_FACT_TABLE;
	const struct named_texts list = { table ? plan->maps[n->index].keys : plan->text_sets[n->index].texts,
		table ? plan->maps[n->index].count : plan->text_sets[n->index].count };
	uint64_t rows = 0;

	if (!watch->there || !is_own(t, n->span))
		return;
	for (uint32_t i = 0; i < list.count; i++) {
		struct ppm_slice text = plan->texts[list.items[i]], near = rows_with(watch, text) ? PPM_SLICE("") : nearest(t->data, watch, &list, text);
		if (near.size) {
			absent_text(t, fact, watch, text, near);
			return;
		}
		rows += rows_with(watch, text);
	}
	if (!rows && list.count == 1 && !table && fact->owner == OWNER_RULE)
		absent_text(t, fact, watch, plan->texts[list.items[0]], PPM_SLICE(""));
}

// ---- rules ---------------------------------------------------------------------------------------------------------------

struct looking {
	const struct telling *t;
	bool found;
};

static bool look_for_empty(void *context, uint32_t index)
{
	struct looking *looking = context;
	const struct watch *watch = watch_of(looking->t->data, looking->t->data->plan->columns[index].node);
	looking->found = looking->found || (watch && !watch->there);
	return !looking->found;
}

static bool reads_empty_column(const struct telling *t, ppm_node_id node)
{
	struct looking looking = { t, false };
	ppm_plan_visit_columns(t->data->plan, node, look_for_empty, &looking);
	return looking.found;
}

// How far the one figure goes that the condition asks for.
static void explain(struct telling *t, struct ppm_diagnostic *d, uint32_t rule, const char *otherwise)
{
	const struct fact *only = NULL;

	for (size_t i = 0; i < t->data->fact_count; i++)
		if (t->data->facts[i].owner == OWNER_RULE && t->data->facts[i].index == rule && t->data->facts[i].fact.kind == PPM_FACT_FIGURE) {
			if (only && only->fact.subject != t->data->facts[i].fact.subject) {
				ppm_diag_help(t->diagnostics, d, "%s", otherwise);
				return;
			}
			only = &t->data->facts[i];
		}
	const struct watch *watch = only ? watch_of(t->data, only->fact.subject) : NULL;
	if (!watch || !watch->there)
		ppm_diag_help(t->diagnostics, d, "%s", otherwise);
	else if (!(watch->high > watch->low))
		ppm_diag_help(t->diagnostics, d, "in this data `%.*s` is always %.*s", SHOW(name_of(t, watch->node)), SHOW(figure(t, watch->node, watch->low, &t->b)));
	else
		ppm_diag_help(t->diagnostics, d, "in this data `%.*s` goes from %.*s to %.*s", SHOW(name_of(t, watch->node)), SHOW(figure(t, watch->node, watch->low, &t->b)),
			SHOW(figure(t, watch->node, watch->high, &t->c)));
}

static void rule(struct telling *t, const struct ppm_plan_rule *rule)
{
	bool table = rule->kind == PPM_RULE_SCALE || rule->kind == PPM_RULE_BANDS;
	ppm_node_id node = table ? rule->points : rule->condition;
	const struct watch *watch = rule->members ? NULL : watch_of(t->data, node);
	struct ppm_diagnostic *d;

	if (!watch || !is_own(t, rule->span) || t->told[rule->index])
		return;
	if (!watch->there) {
		t->told[rule->index] = 1;
		if (reads_empty_column(t, node))
			return; // that was said of the column
		bool decided = !table && rule->missing_points != PPM_NODE_NONE;
		d = ppm_diag(t->diagnostics, PPM_DIAG_RULE_UNKNOWN, rule->span, decided ? "the condition of `%.*s` is missing for %.*s" : "`%.*s` is unknown of %.*s",
			SHOW(rule->name), SHOW(everybody(t, &t->a)));
		ppm_diag_help(t->diagnostics, d, "something that it reads is always missing: `ppmc explain` shows what, for any of them");
	} else if (!table && watch->yes == 0) {
		t->told[rule->index] = 1;
		d = ppm_diag(t->diagnostics, PPM_DIAG_RULE_NOBODY, rule->span, "`%.*s` fires for %.*s", SHOW(rule->name), SHOW(none(t, &t->a)));
		explain(t, d, rule->index, "see whether its condition says what is meant");
	} else if (!table && watch->yes == t->data->rows) {
		t->told[rule->index] = 1;
		d = ppm_diag(t->diagnostics, PPM_DIAG_RULE_EVERYBODY, rule->span, "`%.*s` fires for %.*s", SHOW(rule->name), SHOW(everybody(t, &t->a)));
		explain(t, d, rule->index, "it tells nobody apart: see whether its condition says what is meant");
	}
}

// ---- thresholds, defaults --------------------------------------------------------------------------------------------------

static void threshold(struct telling *t, const struct fact *fact)
{
	const struct ppm_plan *plan = t->data->plan;
	const struct watch *watch = watch_of(t->data, fact->fact.subject);
	const struct ppm_span span = plan->nodes[fact->fact.node].span;
	char within[PPM_NUMBER_TEXT];
	double value;

	if (!is_own(t, span) || (fact->owner == OWNER_RULE && t->told[fact->index]) || watch->there < FEWEST_NEAR || !(watch->high > watch->low) ||
		!ppm_plan_constant_number(plan, fact->fact.constant, &value))
		return;
	for (size_t i = 0; i < watch->threshold_count; i++) {
		const struct threshold *at = &watch->thresholds[i];
		if (at->value != value)
			continue;
		double below = value - at->nearest_below, above = at->nearest_above - value;
		bool one_side = !at->below || !at->above, rewards = fact->owner == OWNER_RULE && plan->rules[fact->index]->kind <= PPM_RULE_PENALTY;
		if (one_side && !rewards)
			return; // a class or a band is empty then, which is told of it, or a disqualifier strikes nobody
		if (at->at || !(fmin(below, above) > t->settings->near_threshold / 100 * (watch->high - watch->low)))
			return;
		struct ppm_diagnostic *d = ppm_diag(t->diagnostics, PPM_DIAG_THRESHOLD_FAR, span, "nobody's `%.*s` is near %.*s: the nearest is %.*s; %.*s lie below, %.*s above",
			SHOW(name_of(t, watch->node)), SHOW(figure(t, watch->node, value, &t->a)),
			SHOW(figure(t, watch->node, below < above ? at->nearest_below : at->nearest_above, &t->b)), SHOW(number(at->below, &t->c)), SHOW(number(at->above, &t->d)));
		ppm_diag_help(t->diagnostics, d, "near is what lies within %s%% of the way from the least, %.*s, to the most, %.*s",
			ppm_number_text(t->settings->near_threshold, within), SHOW(figure(t, watch->node, watch->low, &t->b)), SHOW(figure(t, watch->node, watch->high, &t->c)));
		return;
	}
}

static void defaults(struct telling *t, const struct fact *fact)
{
	const struct ppm_node *n = &t->data->plan->nodes[fact->fact.node];
	const struct watch *watch = watch_of(t->data, fact->fact.subject);
	uint64_t missing = t->data->rows - watch->there;

	if (!is_own(t, n->span) || (double)missing * 100 <= t->settings->default_share * (double)t->data->rows || !watch->there)
		return;
	t->d.size = 0;
	ppm_plan_write_constant(t->data->plan, n->b, &t->d);
	struct ppm_diagnostic *d = ppm_diag(t->diagnostics, PPM_DIAG_DEFAULT_MOSTLY, n->span, "`%.*s` is missing for %.*s of the %.*s customers, who get the default%s%.*s",
		SHOW(name_of(t, watch->node)), SHOW(number(missing, &t->a)), SHOW(number(t->data->rows, &t->b)), t->d.size ? " " : "", (int)t->d.size, t->d.data ? t->d.data : "");
	ppm_diag_help(t->diagnostics, d, "what hangs on it says more about the default than about them");
}

// ---- classes ---------------------------------------------------------------------------------------------------------------

static void nobody(struct telling *t, struct ppm_span span, const char *what, struct ppm_slice name)
{
	if (!is_own(t, span))
		return;
	struct ppm_diagnostic *d = name.size ? ppm_diag(t->diagnostics, PPM_DIAG_CLASS_EMPTY, span, "%.*s is in the %s `%.*s`", SHOW(none(t, &t->a)), what, SHOW(name))
					     : ppm_diag(t->diagnostics, PPM_DIAG_CLASS_EMPTY, span, "%.*s is in this %s", SHOW(none(t, &t->a)), what);
	ppm_diag_help(t->diagnostics, d, "see whether its border says what is meant, or whether it is still needed");
}

static void classes(struct telling *t)
{
	const struct ppm_plan *plan = t->data->plan;
	const struct watch *watch = watch_of(t->data, plan->tier);

	for (size_t i = 0; watch && i < plan->tier_count; i++) {
		bool before = false; // a tier may stand several times
		for (size_t k = 0; k < i; k++)
			before = before || ppm_slice_equal(plan->tiers[k].name, plan->tiers[i].name);
		if (!before && !plan->tiers[i].missing && !rows_with(watch, plan->tiers[i].name))
			nobody(t, plan->tiers[i].span, "tier", plan->tiers[i].name);
	}
	for (size_t i = 0; i < plan->segment_count; i++) {
		watch = watch_of(t->data, plan->segments[i].node);
		for (uint32_t k = 0; watch && k < plan->segments[i].arm_count; k++)
			if (!rows_with(watch, plan->segments[i].arm_names[k]))
				nobody(t, plan->segments[i].spans[k], "segment", plan->segments[i].arm_names[k]);
	}
}

// Rows up to a band's end: where it is no figure of the text, nothing is known.
static bool rows_below(const struct watch *watch, const struct ppm_band *band, uint64_t *rows)
{
	double value;

	if (!ppm_literal_number(band->threshold, &value))
		return false;
	for (size_t i = 0; i < watch->threshold_count; i++)
		if (watch->thresholds[i].value == value) {
			*rows = watch->thresholds[i].below + (band->kind == PPM_BAND_UP_TO ? watch->thresholds[i].at : 0);
			return true;
		}
	return false;
}

static void bands(struct telling *t, const struct ppm_plan_rule *rule)
{
	const struct watch *watch = rule->members ? NULL : bands_subject(t->data, rule);
	uint64_t before = 0, rows;

	if (!watch || !watch->there)
		return;
	for (const struct ppm_band *band = rule->syntax->bands; band; band = band->next) {
		if (band->kind == PPM_BAND_MISSING)
			continue;
		if (band->kind == PPM_BAND_LABELS) {
			assert(watch->base == PPM_BASE_TEXT); // bands by the labels of figures are no table: see bands_subject
			rows = before;
			for (const struct ppm_expression *label = band->labels; label; label = label->next)
				rows += rows_with(watch, label->text);
		} else if (band->kind == PPM_BAND_OTHERWISE) {
			rows = watch->there;
		} else if (!rows_below(watch, band, &rows)) {
			return;
		}
		if (rows == before)
			nobody(t, band->span, "band", PPM_SLICE(""));
		before = rows;
	}
}

// ---- all of it ---------------------------------------------------------------------------------------------------------------

uint64_t ppm_lint_data_rows(const struct ppm_lint_data *data)
{
	return data->rows;
}

enum ppm_status ppm_lint_data_tell(struct ppm_lint_data *data, const struct ppm_lint_settings *settings, struct ppm_diagnostics *diagnostics)
{
	struct telling t = { .data = data, .diagnostics = diagnostics, .settings = settings, .map = ppm_model_sources(data->model) };
	bool failed;

	t.told = ppm_allocate_zeroed(data->allocator, data->plan->rule_count + 1, 1);
	if (!t.told)
		return PPM_ERROR_MEMORY;
	ppm_buffer_init(&t.a, data->allocator);
	ppm_buffer_init(&t.b, data->allocator);
	ppm_buffer_init(&t.c, data->allocator);
	ppm_buffer_init(&t.d, data->allocator);
	ppm_buffer_init(&t.score, data->allocator);
	if (data->rows) {
		columns(&t);
		for (size_t i = 0; i < data->fact_count; i++)
			if (data->facts[i].fact.kind == PPM_FACT_TEXTS || data->facts[i].fact.kind == PPM_FACT_TABLE)
				texts(&t, &data->facts[i]);
		for (size_t i = 0; i < data->plan->rule_count; i++)
			rule(&t, data->plan->rules[i]);
		for (size_t i = 0; i < data->fact_count; i++)
			if (data->facts[i].fact.kind == PPM_FACT_FIGURE)
				threshold(&t, &data->facts[i]);
			else if (data->facts[i].fact.kind == PPM_FACT_DEFAULT)
				defaults(&t, &data->facts[i]);
		for (size_t i = 0; i < data->plan->rule_count; i++)
			bands(&t, data->plan->rules[i]);
		classes(&t);
	}
	failed = t.a.failed || t.b.failed || t.c.failed || t.d.failed || t.score.failed || diagnostics->out_of_memory;
	ppm_buffer_free(&t.a);
	ppm_buffer_free(&t.b);
	ppm_buffer_free(&t.c);
	ppm_buffer_free(&t.d);
	ppm_buffer_free(&t.score);
	ppm_free(data->allocator, t.told);
	return failed ? PPM_ERROR_MEMORY : PPM_OK;
}

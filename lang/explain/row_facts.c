// What can be different about a row, and which values are worth trying: those that the model compares it with and the steps around them, the ends of scales, labels, and values over the range
// that the file has.

#include "lang/explain/path.h"

#include "runtime/base/date.h"
#include "runtime/base/number.h"
#include "runtime/bytecode/program.h"
#include "runtime/sink/sink_internal.h"

#include <stdlib.h>
#include <string.h>

#define TRY_LIMIT 320u
#define NAMED_LIMIT 160u // of them, those that the model names
#define TEXT_LIMIT 64u
#define PLACES_LIMIT 6
#define STEPS_LIMIT 1e15 // values beyond it are not tried
#define PIECES 24        // of the range that the file has

static int64_t power(int places)
{
	return ppm_power_of_ten[places];
}

static bool is_counted(const struct ppm_row_fact *fact)
{
	return fact->type.base != PPM_BASE_TEXT && fact->type.base != PPM_BASE_FLAG;
}

// ---- values -----------------------------------------------------------------------------------------------------------------

static bool quoted(struct ppm_slice json, struct ppm_slice *text)
{
	if (json.size < 2 || json.data[0] != '"')
		return false;
	*text = (struct ppm_slice){ json.data + 1, json.size - 2 };
	return true;
}

// A result's JSON in steps. False: missing, or no figure.
static bool read_value(struct ppm_row_fact *fact, struct ppm_slice json, int64_t *out)
{
	struct ppm_slice text;
	double number;
	if (fact->type.base == PPM_BASE_FLAG) {
		*out = ppm_slice_is(json, "true");
		return *out || ppm_slice_is(json, "false");
	}
	if (fact->type.base == PPM_BASE_DATE) {
		int32_t day;
		static const struct ppm_slice iso = { "YYYY-MM-DD", 10 };
		struct ppm_date_format format;
		if (!quoted(json, &text) || !ppm_date_format_parse(iso, &format) || !ppm_date_parse(&format, text, &day))
			return false;
		*out = day;
		return true;
	}
	if (fact->type.base == PPM_BASE_DURATION) {
		if (!quoted(json, &text))
			return false;
		*out = strtoll(text.data, NULL, 10);
		return true;
	}
	if (ppm_number_parse(json, &number) != PPM_NUMBER_FINE || fabs(number) * (double)power(fact->places) > STEPS_LIMIT)
		return false;
	*out = llround(number * (double)power(fact->places));
	return true;
}

void ppm_row_fact_range_add(struct ppm_row_fact_range *range, ppm_int128 exact)
{
	int places = 0;
	range->low = !range->count || exact < range->low ? exact : range->low;
	range->high = !range->count || exact > range->high ? exact : range->high;
	for (ppm_int128 rest = exact % PPM_EXACT_SCALE; rest; places++)
		rest = rest * 10 % PPM_EXACT_SCALE;
	range->places = places > range->places ? places : range->places;
	range->stride = range->stride ? range->stride : 1;
	if (range->sample_count == PPM_ROW_FACT_SAMPLES) { // every second one stays
		for (uint32_t i = 0; 2 * i < PPM_ROW_FACT_SAMPLES; i++)
			range->samples[i] = range->samples[2 * i];
		range->sample_count = PPM_ROW_FACT_SAMPLES / 2;
		range->stride *= 2;
	}
	if (range->count % range->stride == 0)
		range->samples[range->sample_count++] = exact;
	range->count++;
}

// ---- tries ------------------------------------------------------------------------------------------------------------------

struct collecting {
	const struct ppm_plan *plan;
	struct ppm_row_fact *facts;
	uint32_t count;
	uint32_t *fact_of;  // [plan column]
	int64_t (*ends)[2]; // [fact]: the lowest and the highest value that the model names
	int64_t (*told)[2]; // likewise, with the step beside it that the model tells from it: of `v < 0` -1, of `v > 0` 1
	bool *named;
	const bool *read_by_others; // [plan column]
	struct ppm_arena *arena;
};

static void add_try(struct ppm_row_fact *fact, double steps)
{
	if (fabs(steps) > STEPS_LIMIT || fact->try_count >= TRY_LIMIT)
		return;
	fact->tries[fact->try_count++] = llround(steps);
}

// The model compares the fact with this figure. `side`: it tells apart what is below (-1) or above (1) from the figure itself; 0: neither more than the other.
static void add_threshold(struct collecting *c, uint32_t index, double figure, int side)
{
	struct ppm_row_fact *fact = &c->facts[index];
	double steps = figure * (double)power(fact->places), low = floor(steps + 1e-6);
	if (!is_counted(fact) || !isfinite(steps) || fabs(steps) > STEPS_LIMIT)
		return;
	for (int i = -1; i <= 1 && fact->try_count < NAMED_LIMIT; i++)
		add_try(fact, low + i);
	bool between = fabs(steps - round(steps)) > 1e-6; // no step is it: those beside it are two sides
	int64_t at = llround(low), ends[2] = { at, at }, told[2] = { side < 0 && !between ? at - 1 : at, side > 0 || between ? at + 1 : at };
	for (int end = 0; end < 2; end++) {
		int64_t sign = end ? 1 : -1;
		if (!c->named[index] || ends[end] * sign > c->ends[index][end] * sign)
			c->ends[index][end] = ends[end];
		if (!c->named[index] || told[end] * sign > c->told[index][end] * sign)
			c->told[index][end] = told[end];
	}
	c->named[index] = true;
}

static uint32_t add_text(struct collecting *c, struct ppm_row_fact *fact, struct ppm_slice text)
{
	for (uint32_t i = 0; i < fact->text_count; i++)
		if (ppm_slice_equal(fact->texts[i], text))
			return i;
	if (fact->text_count == TEXT_LIMIT)
		return PPM_NO_ID;
	if (!fact->texts)
		fact->texts = ppm_arena_allocate(c->arena, TEXT_LIMIT + 2, sizeof *fact->texts);
	if (!fact->texts)
		return PPM_NO_ID;
	fact->texts[fact->text_count] = text;
	return fact->text_count++;
}

// Which figure the fact under the node would have for the node to have `figure`; other operands than constants end it. `side`: as in add_threshold.
static void invert(struct collecting *c, ppm_node_id id, double figure, int side, int depth)
{
	const struct ppm_node *node = &c->plan->nodes[id];
	double left = 0, right = 0;
	bool has_left = node->a != PPM_NODE_NONE && ppm_plan_constant_number(c->plan, node->a, &left);
	bool has_right = node->b != PPM_NODE_NONE && ppm_plan_constant_number(c->plan, node->b, &right);
	if (depth > 8)
		return;
	if (node->type.base == PPM_BASE_DATE && has_right && c->plan->nodes[node->b].type.base == PPM_BASE_DURATION && c->plan->nodes[node->b].type.months) {
		// several days at the end of a month may come to the same: the first day that is later, too
		for (int later = 0; later <= 1; later++) {
			double day = fmin(fmax(floor(figure) + later, PPM_DATE_MIN), PPM_DATE_MAX);
			invert(c, node->a, (double)ppm_date_add_months((int32_t)day, node->op == PPM_NODE_ADD ? -(int64_t)right : (int64_t)right), side, depth + 1);
		}
		return;
	}
	switch (node->op) {
	case PPM_NODE_COLUMN:
		if (c->fact_of[node->index] != PPM_NO_ID)
			add_threshold(c, c->fact_of[node->index], figure, side);
		break;
	case PPM_NODE_DEFAULT:
	case PPM_NODE_FIGURE:
	case PPM_NODE_RETYPE:
	case PPM_NODE_ROUND: invert(c, node->a, figure, side, depth + 1); break;
	case PPM_NODE_NEGATE: invert(c, node->a, -figure, -side, depth + 1); break;
	case PPM_NODE_ADD:
		if (has_right)
			invert(c, node->a, figure - right, side, depth + 1);
		else if (has_left)
			invert(c, node->b, figure - left, side, depth + 1);
		break;
	case PPM_NODE_SUBTRACT:
		if (has_right)
			invert(c, node->a, figure + right, side, depth + 1);
		else if (has_left)
			invert(c, node->b, left - figure, -side, depth + 1);
		break;
	case PPM_NODE_MULTIPLY:
		if (has_right && right != 0)
			invert(c, node->a, figure / right, right < 0 ? -side : side, depth + 1);
		else if (has_left && left != 0)
			invert(c, node->b, figure / left, left < 0 ? -side : side, depth + 1);
		break;
	case PPM_NODE_DIVIDE:
		if (has_right)
			invert(c, node->a, figure * right, right < 0 ? -side : side, depth + 1);
		break;
	default: break;
	}
}

// The fact that the node is but for a value in place of a missing one; or PPM_NO_ID.
static uint32_t fact_at(const struct collecting *c, ppm_node_id id)
{
	while (c->plan->nodes[id].op == PPM_NODE_DEFAULT || c->plan->nodes[id].op == PPM_NODE_RETYPE)
		id = c->plan->nodes[id].a;
	return c->plan->nodes[id].op == PPM_NODE_COLUMN ? c->fact_of[c->plan->nodes[id].index] : PPM_NO_ID;
}

static void text_of(struct collecting *c, ppm_node_id subject, ppm_node_id text)
{
	uint32_t fact = fact_at(c, subject);
	if (fact != PPM_NO_ID && c->facts[fact].type.base == PPM_BASE_TEXT && c->plan->nodes[text].op == PPM_NODE_CONSTANT && c->plan->nodes[text].type.base == PPM_BASE_TEXT)
		add_text(c, &c->facts[fact], c->plan->texts[c->plan->nodes[text].value.text]);
}

static void read_node(struct collecting *c, const struct ppm_node *node)
{
	double figure;
	uint32_t fact;
	int below = node->op == PPM_NODE_LESS ? -1 : node->op == PPM_NODE_LESS_EQUAL ? 1 : 0; // of the left side
	switch (node->op) {
	case PPM_NODE_EQUAL:
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL:
	case PPM_NODE_TEXT_TEST:
	case PPM_NODE_MINIMUM:
	case PPM_NODE_MAXIMUM:
		if (node->a == PPM_NODE_NONE || node->b == PPM_NODE_NONE)
			break;
		text_of(c, node->a, node->b);
		text_of(c, node->b, node->a);
		if (ppm_plan_constant_number(c->plan, node->b, &figure))
			invert(c, node->a, figure, below, 0);
		if (ppm_plan_constant_number(c->plan, node->a, &figure))
			invert(c, node->b, figure, -below, 0);
		break;
	case PPM_NODE_SCALE:
		invert(c, node->a, c->plan->scales[node->index].low, 0, 0);
		invert(c, node->a, c->plan->scales[node->index].high, 0, 0);
		break;
	case PPM_NODE_IN_SET:
		fact = fact_at(c, node->a);
		for (uint32_t i = 0; fact != PPM_NO_ID && i < c->plan->text_sets[node->index].count; i++)
			add_text(c, &c->facts[fact], c->plan->texts[c->plan->text_sets[node->index].texts[i]]);
		break;
	case PPM_NODE_MAP:
		fact = fact_at(c, node->a);
		for (uint32_t i = 0; fact != PPM_NO_ID && i < c->plan->maps[node->index].count; i++)
			add_text(c, &c->facts[fact], c->plan->texts[c->plan->maps[node->index].keys[i]]);
		break;
	default: break;
	}
}

// ---- the range -----------------------------------------------------------------------------------------------------------

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double in_steps(const struct ppm_row_fact *fact, ppm_int128 exact)
{
	if (fact->type.base == PPM_BASE_DATE || fact->type.base == PPM_BASE_DURATION)
		return (double)(exact / PPM_EXACT_SCALE);
	return (double)exact / (double)power(PPM_EXACT_PLACES) * (double)power(fact->places);
}

// Where values are looked for, and samples of it.
static void sample(struct collecting *c, uint32_t index, const struct ppm_row_fact_range *range)
{
	struct ppm_row_fact *fact = &c->facts[index];
	const struct ppm_node *declared = fact->column == PPM_NO_ID ? NULL : &c->plan->nodes[c->plan->columns[fact->column].node];
	double base = fact->known ? (double)fact->value : 0, low = range->count ? in_steps(fact, range->low) : base, high = range->count ? in_steps(fact, range->high) : base;
	fact->span = range->count && high - low < STEPS_LIMIT ? llround(high - low) : 0;
	bool positive = low >= 0 && base >= 0, day = fact->type.base == PPM_BASE_DATE, past = day && c->plan->has_as_of && high <= c->plan->as_of;
	double one = (double)power(fact->places);
	bool share = fact->type.base == PPM_BASE_PERCENT && low >= 0 && high <= one;
	double least = INFINITY, most = -INFINITY; // that the model tells apart: there the fact may go, whatever the file has
	if (c->named[index]) {
		least = (double)c->told[index][0];
		most = (double)c->told[index][1];
		low = fmin(low, (double)c->ends[index][0] - 1);
		high = fmax(high, (double)c->ends[index][1] + 1);
	}
	bool far = fact->column != PPM_NO_ID && c->read_by_others[fact->column]; // what others compare it with is not known
	if (!day) {
		high = fmax(fmax(10 * high, high + 10 * one), 10 * base);
		if (far)
			high = fmin(fmax(1000 * high, 1e6 * one), STEPS_LIMIT);
		low = low < 0 ? (far ? -high : 10 * low) : low;
		if (positive)
			low = least < 0 ? 10 * least : 0;
	} else {
		high += far ? 36524 : 366;
		low -= far ? 36524 : 366;
	}
	if (past && most <= c->plan->as_of)
		high = fmin(high, c->plan->as_of);
	if (share && most <= one)
		high = fmin(high, one);
	if (declared && isfinite(declared->low))
		low = declared->low * one;
	if (declared && isfinite(declared->high))
		high = declared->high * one;
	if (high < low || high > STEPS_LIMIT || low < -STEPS_LIMIT)
		return;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < fact->try_count; i++)
		if ((double)fact->tries[i] >= low && (double)fact->tries[i] <= high)
			fact->tries[kept++] = fact->tries[i];
	fact->try_count = kept;
	add_try(fact, low);
	add_try(fact, high);
	if (range->count) {
		double from = fmax(low, in_steps(fact, range->low)), to = fmin(high, in_steps(fact, range->high));
		for (int i = 0; i <= PIECES && to > from; i++)
			add_try(fact, from + (to - from) * i / PIECES);
		for (uint32_t i = 0; i < range->sample_count; i++)
			if (in_steps(fact, range->samples[i]) >= low && in_steps(fact, range->samples[i]) <= high)
				add_try(fact, in_steps(fact, range->samples[i]));
	}
	static const double factors[] = { 0, 0.5, 0.8, 0.9, 1.1, 1.25, 1.5, 2, 3, 5 };
	for (size_t i = 0; i < sizeof factors / sizeof *factors && fact->known && !day; i++)
		if (base * factors[i] >= low && base * factors[i] <= high)
			add_try(fact, base * factors[i]);
}

static void finish(struct collecting *c, uint32_t index, const struct ppm_row_fact_range *range)
{
	struct ppm_row_fact *fact = &c->facts[index];
	uint32_t kept = 0, named_count = fact->try_count;
	int64_t *named = ppm_arena_allocate(c->arena, TRY_LIMIT + 2, sizeof *named);
	fact->named = ppm_arena_allocate(c->arena, TRY_LIMIT + 2, sizeof *fact->named);
	if (!named || !fact->named)
		return;
	memcpy(named, fact->tries, named_count * sizeof *named);
	if (fact->type.base == PPM_BASE_FLAG) {
		fact->tries[fact->try_count++] = 0;
		fact->tries[fact->try_count++] = 1;
	} else if (fact->type.base == PPM_BASE_TEXT)
		for (uint32_t i = 0; i < fact->text_count; i++)
			fact->tries[fact->try_count++] = i;
	else
		sample(c, index, range);
	if (fact->try_count)
		qsort(fact->tries, fact->try_count, sizeof *fact->tries, compare);
	for (uint32_t i = 0; i < fact->try_count; i++)
		if ((!kept || fact->tries[i] != fact->tries[kept - 1]) && !(fact->known && fact->tries[i] == fact->value))
			fact->tries[kept++] = fact->tries[i];
	fact->try_count = kept;
	for (uint32_t i = 0; i < kept; i++)
		for (uint32_t k = 0; k < named_count && !fact->named[i]; k++)
			fact->named[i] = named[k] == fact->tries[i];
}

// The row's own text, those of the declared list, and one that stands for all others.
static void own_texts(struct collecting *c, struct ppm_row_fact *fact, const struct ppm_explained_cell *cell)
{
	static const struct ppm_slice another = { "another value", 13 };
	const struct ppm_column_declaration *declared = fact->column == PPM_NO_ID ? NULL : c->plan->columns[fact->column].declaration;
	for (const struct ppm_expression *item = declared && declared->in_list ? declared->in_list->items : NULL; item; item = item->next)
		if (item->kind == PPM_EXPRESSION_TEXT)
			add_text(c, fact, item->text);
	bool any = fact->text_count > 0;
	fact->known = !ppm_slice_is(cell->json, "null");
	uint32_t before = fact->text_count, index = fact->known ? add_text(c, fact, cell->text) : PPM_NO_ID;
	if (fact->known && index == PPM_NO_ID) { // there are too many others
		index = fact->text_count - 1;
		fact->texts[index] = cell->text;
	}
	fact->value = fact->known ? index : 0;
	if (any && !(declared && declared->in_list) && !(fact->known && index == before))
		fact->other = add_text(c, fact, another);
}

static void settle(struct collecting *c, struct ppm_row_fact *fact, struct ppm_slice json, const struct ppm_row_fact_range *range)
{
	fact->other = PPM_NO_ID;
	fact->tries = ppm_arena_allocate(c->arena, TRY_LIMIT + 2, sizeof *fact->tries);
	switch (fact->type.base) {
	case PPM_BASE_MONEY: fact->places = range->places < 2 ? 2 : range->places; break;
	case PPM_BASE_PERCENT: fact->places = range->places < 2 ? 2 : range->places; break;
	case PPM_BASE_NUMBER: fact->places = range->places; break;
	default: break;
	}
	int most = fact->column == PPM_NO_ID ? fact->type.base == PPM_BASE_PERCENT ? 4 : 2 : PLACES_LIMIT;
	fact->places = fact->places > most ? most : fact->places;
	if (fact->type.base != PPM_BASE_TEXT)
		fact->known = read_value(fact, json, &fact->value);
	fact->settled = fact->type.base == PPM_BASE_DATE && fact->known && c->plan->has_as_of && fact->value <= c->plan->as_of;
}

struct ppm_row_fact *ppm_path_facts(
	const struct ppm_explanation *about, const struct ppm_explained_cell *cells, const struct ppm_row_fact_range *ranges, struct ppm_arena *arena, uint32_t *count)
{
	const struct ppm_plan *plan = about->plan;
	size_t room = (size_t)about->field_count + about->figure_count + 1;
	struct collecting c = { .plan = plan, .arena = arena, .read_by_others = about->read_by_others, .facts = ppm_arena_allocate(arena, room, sizeof *c.facts) };
	const struct ppm_row_fact_range **range_of = ppm_arena_allocate(arena, room, sizeof *range_of);
	c.fact_of = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *c.fact_of);
	c.ends = ppm_arena_allocate(arena, room, sizeof *c.ends);
	c.told = ppm_arena_allocate(arena, room, sizeof *c.told);
	c.named = ppm_arena_allocate(arena, room, sizeof *c.named);
	*count = 0;
	if (arena->failed)
		return NULL;
	for (size_t i = 0; i < plan->column_count; i++)
		c.fact_of[i] = PPM_NO_ID;
	for (uint32_t i = 0; i < about->field_count + about->figure_count; i++) {
		bool is_field = i < about->field_count;
		const struct ppm_explain_value *figure = is_field ? NULL : &about->figures[i - about->field_count];
		uint32_t column = is_field ? about->fields[i].column : figure->column, result = is_field ? about->fields[i].result : figure->result;
		struct ppm_type type = plan->columns[column].type;
		if (is_field ? about->fields[i].identity : !figure->related || type.base == PPM_BASE_TEXT)
			continue;
		struct ppm_row_fact *fact = &c.facts[c.count];
		fact->name = is_field ? plan->columns[column].name : figure->name.size ? figure->name : figure->written;
		fact->column = is_field ? column : PPM_NO_ID;
		fact->step = is_field ? PPM_NO_ID : figure->step;
		fact->result = result;
		fact->type = type;
		settle(&c, fact, cells[result].json, &ranges[i]);
		range_of[c.count] = &ranges[i];
		c.fact_of[column] = c.count++;
	}
	for (size_t i = 1; i < plan->node_count && !arena->failed; i++)
		read_node(&c, &plan->nodes[i]);
	for (uint32_t i = 0; i < c.count && !arena->failed; i++)
		if (c.facts[i].type.base == PPM_BASE_TEXT)
			own_texts(&c, &c.facts[i], &cells[c.facts[i].result]);
	for (uint32_t i = 0; i < c.count && !arena->failed; i++)
		finish(&c, i, range_of[i]);
	*count = c.count;
	return arena->failed ? NULL : c.facts;
}

// ---- as text ---------------------------------------------------------------------------------------------------------------

struct ppm_slice ppm_row_fact_shown(const struct ppm_row_fact *fact, int64_t value, struct ppm_arena *arena)
{
	char text[160];
	size_t size;
	switch (fact->type.base) {
	case PPM_BASE_TEXT: return fact->texts[value];
	case PPM_BASE_FLAG: return value ? PPM_SLICE("yes") : PPM_SLICE("no");
	case PPM_BASE_DATE: ppm_date_write((int32_t)value, text); return ppm_arena_copy(arena, (struct ppm_slice){ text, 10 });
	case PPM_BASE_DURATION: return ppm_arena_format(arena, "%lld %s%s", (long long)value, fact->type.months ? "month" : "day", value == 1 ? "" : "s");
	case PPM_BASE_PERCENT:
		size = ppm_decimal_write(value, fact->places - 2, fact->places - 2, text);
		text[size++] = '%';
		return ppm_arena_copy(arena, (struct ppm_slice){ text, size });
	default: size = ppm_decimal_write(value, fact->places, fact->places, text); return ppm_arena_copy(arena, (struct ppm_slice){ text, size });
	}
}

void ppm_row_fact_json(const struct ppm_row_fact *fact, int64_t value, struct ppm_buffer *out)
{
	char text[64];
	switch (fact->type.base) {
	case PPM_BASE_TEXT: ppm_json_append_string(out, fact->texts[value]); break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(out, value ? "true" : "false"); break;
	case PPM_BASE_DATE:
		ppm_date_write((int32_t)value, text);
		ppm_buffer_format(out, "\"%.10s\"", text);
		break;
	case PPM_BASE_DURATION: ppm_buffer_format(out, "\"%lld %s%s\"", (long long)value, fact->type.months ? "month" : "day", value == 1 ? "" : "s"); break;
	default: ppm_buffer_append(out, text, ppm_decimal_write(value, fact->places, fact->places, text)); break;
	}
}

static void by_pattern(const struct ppm_number_pattern *sample, int64_t value, int places, struct ppm_buffer *out)
{
	struct ppm_number_pattern pattern = *sample;
	char text[128];
	int decimals = pattern.percent ? places - 2 : places;
	if (decimals > pattern.decimals)
		pattern.decimals = (uint8_t)decimals;
	ppm_buffer_append(out, text, ppm_number_pattern_write(&pattern, value, places, text));
}

static void field_text(const struct ppm_row_fact *fact, int64_t value, const struct ppm_column *column, struct ppm_buffer *out)
{
	const struct ppm_number_pattern *pattern = column->number_pattern;
	bool percents = fact->type.base == PPM_BASE_PERCENT && !column->percent_as_ratio && !(pattern && pattern->percent);
	int places = percents ? fact->places - 2 : fact->places;
	char text[128];
	switch (fact->type.base) {
	case PPM_BASE_TEXT: ppm_buffer_append(out, fact->texts[value].data, fact->texts[value].size); break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(out, value ? "yes" : "no"); break;
	case PPM_BASE_DATE:
		if (column->date_format)
			ppm_buffer_append(out, text, ppm_date_write_format(column->date_format, (int32_t)value, text));
		else {
			ppm_date_write((int32_t)value, text);
			ppm_buffer_append(out, text, 10);
		}
		break;
	case PPM_BASE_DURATION: // a format says the unit
		ppm_buffer_format(out, pattern ? "%lld" : fact->type.months ? "%lld months" : "%lld days", (long long)value);
		break;
	default:
		if (pattern)
			by_pattern(pattern, value, places, out);
		else
			ppm_buffer_append(out, text, ppm_decimal_write(value, places, places, text));
		if (percents && !pattern)
			ppm_buffer_append_char(out, '%');
		break;
	}
}

void ppm_row_fact_field(const struct ppm_row_fact *fact, int64_t value, const struct ppm_column *column, struct ppm_buffer *out)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, out->allocator);
	field_text(fact, value, column, &text);
	ppm_buffer_append_char(out, '"');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			ppm_buffer_append_char(out, '"');
		ppm_buffer_append_char(out, text.data[i]);
	}
	ppm_buffer_append_char(out, '"');
	out->failed = out->failed || text.failed;
	ppm_buffer_free(&text);
}

// What the renderers share: a row's cells, its place among the tiers, and figures as text.

#include "lang/explain/explain.h"

#include "runtime/base/date.h"
#include "runtime/base/decimal.h"

#define GAP_PLACES 12

bool ppm_explained_has(const struct ppm_explained_row *row, uint32_t result)
{
	return result != PPM_NO_ID && !ppm_slice_is(row->cells[result].json, "null");
}

bool ppm_explained_is(const struct ppm_explained_row *row, uint32_t result)
{
	return result != PPM_NO_ID && ppm_slice_is(row->cells[result].json, "true");
}

const char *ppm_outcome_word(enum ppm_outcome outcome)
{
	static const char *const words[] = { "", "fired", "not fired", "unknown", "by default", "counted" };
	return words[outcome];
}

uint32_t ppm_explain_place(const struct ppm_explained_row *row, struct ppm_span span, struct ppm_slice *file)
{
	uint32_t line = 0, column = 0;
	const struct ppm_source *source = span.end ? ppm_source_map_place(row->sources, span.begin, &line, &column) : NULL;
	*file = source ? source->path : PPM_SLICE("");
	return source ? line : 0;
}

// Two figures may be written alike in two modules: then the line tells them apart.
const struct ppm_watched_figure *ppm_explain_rows_of(const struct ppm_explained_row *row, const struct ppm_explain_value *value)
{
	const struct ppm_watched_figure *found = NULL;
	struct ppm_slice file;
	uint32_t line = ppm_explain_place(row, value->span, &file);
	for (const struct ppm_watched_figure *f = row->watch && value->step.size ? row->watch->figures : NULL; f; f = f->next)
		if (ppm_slice_equal(f->action->text, value->step) && (!found || f->action->place.line == line))
			found = f;
	return found;
}

uint64_t ppm_explain_overriding_line(const struct ppm_explained_row *row, const struct ppm_explain_overriding *overriding, struct ppm_slice *file)
{
	for (const struct ppm_watched_figure *f = row->watch ? row->watch->figures : NULL; f; f = f->next)
		if (f->action->kind == PPM_ACTION_GATHER && f->row_count && ppm_slice_equal(row->job->tables[f->table].name, overriding->dataset)) {
			*file = row->files[f->table];
			return f->rows[0].line;
		}
	return 0;
}

bool ppm_explain_has_expired(const struct ppm_explained_row *row, const struct ppm_explain_overriding *overriding)
{
	char day[10];
	if (!ppm_explained_has(row, overriding->until) || !row->about->plan->has_as_of || row->cells[overriding->until].text.size != sizeof day)
		return false;
	ppm_date_write(row->about->plan->as_of, day);
	return memcmp(row->cells[overriding->until].text.data, day, sizeof day) < 0;
}

struct ppm_slice ppm_explain_line_name(const struct ppm_explained_row *row, const struct ppm_waterfall_line *line, struct ppm_arena *arena)
{
	char a[PPM_NUMBER_TEXT], b[PPM_NUMBER_TEXT], c[PPM_NUMBER_TEXT];
	switch (line->kind) {
	case PPM_LINE_CAP: return ppm_arena_format(arena, "%.*s: at most %s", (int)line->rule->name.size, line->rule->name.data, ppm_number_text(line->rule->cap, a));
	case PPM_LINE_RANGE: {
		const struct ppm_plan_dimension *d = &row->about->plan->dimensions[line->dimension];
		const char *low = ppm_number_text(d->low, a), *high = ppm_number_text(d->high, b);
		return d->rules_high < d->high ? ppm_arena_format(arena, "kept within %s and %s; its rules reach %s", low, high, ppm_number_text(d->rules_high, c))
					       : ppm_arena_format(arena, "kept within %s and %s", low, high);
	}
	case PPM_LINE_LIMIT: return PPM_SLICE("kept within 0 and 100");
	case PPM_LINE_ROUNDING: {
		int places = row->about->plan->places;
		return ppm_arena_format(arena, "rounded to %d place%s", places, places == 1 ? "" : "s");
	}
	default: return line->rule->name;
	}
}

void ppm_explain_units(struct ppm_buffer *out, int64_t units, int places, bool sign)
{
	char text[64];
	if (sign && units > 0)
		ppm_buffer_append_char(out, '+');
	ppm_buffer_append(out, text, ppm_decimal_write(units, places, places, text));
}

static size_t stripped(ppm_int128 value, int places, char text[64])
{
	size_t size = ppm_decimal_write(value, places, places, text);
	while (size && text[size - 1] == '0')
		size--;
	return size && text[size - 1] == '.' ? size - 1 : size;
}

void ppm_explain_points(struct ppm_buffer *out, int64_t millionths)
{
	char text[64];
	ppm_buffer_append(out, text, stripped(millionths, 6, text));
}

// ---- tiers ---------------------------------------------------------------------------------------------------------------

uint32_t ppm_explain_tier(const struct ppm_explained_row *row, uint32_t *missed)
{
	const struct ppm_explanation *about = row->about;
	const struct ppm_plan *plan = about->plan;
	uint32_t own = PPM_NO_ID;
	bool missing = false;
	for (size_t i = 0; i < plan->tier_count; i++)
		missing = missing || (about->tiers[i].holds != PPM_NO_ID && !ppm_explained_has(row, about->tiers[i].holds));
	for (uint32_t i = 0; i < plan->tier_count && own == PPM_NO_ID; i++) {
		bool always = about->tiers[i].holds == PPM_NO_ID;
		if (always ? !plan->tiers[i].missing || missing : ppm_explained_is(row, about->tiers[i].holds))
			own = i;
	}
	*missed = PPM_NO_ID;
	for (uint32_t i = own == PPM_NO_ID ? (uint32_t)plan->tier_count : own; i-- > 0 && *missed == PPM_NO_ID;)
		if (about->tiers[i].clause_count && (own == PPM_NO_ID || !ppm_slice_equal(plan->tiers[i].name, plan->tiers[own].name)))
			*missed = i;
	return own;
}

uint32_t ppm_explain_action(const struct ppm_explained_row *row)
{
	const struct ppm_explanation *about = row->about;
	if (!ppm_explained_has(row, about->tier))
		return PPM_NO_ID;
	for (uint32_t i = 0; i < about->plan->tier_count; i++)
		if (about->tiers[i].action != PPM_NO_ID && ppm_slice_equal(about->plan->tiers[i].name, row->cells[about->tier].text))
			return about->tiers[i].action;
	return PPM_NO_ID;
}

// A JSON figure with 12 places; more are cut off. False: it is too large.
static bool decimal(struct ppm_slice text, ppm_int128 *out)
{
	bool negative = text.size && text.data[0] == '-', point = false;
	int places = 0;
	size_t digits = 0;
	*out = 0;
	for (size_t i = negative; i < text.size; i++) {
		if (text.data[i] == '.') {
			point = true;
			continue;
		}
		if (text.data[i] < '0' || text.data[i] > '9' || ++digits > 36)
			return false;
		if (point && places == GAP_PLACES)
			break;
		places += point;
		*out = *out * 10 + (text.data[i] - '0');
		if (*out > PPM_EXACT_MAX)
			return false;
	}
	for (; places < GAP_PLACES; places++)
		*out *= 10;
	if (negative)
		*out = -*out;
	return true;
}

struct ppm_slice ppm_explain_gap(const struct ppm_explained_row *row, const struct ppm_explain_clause *clause, struct ppm_arena *arena, bool *above)
{
	ppm_int128 left, right;
	*above = false;
	if (!ppm_explained_has(row, clause->holds) || ppm_explained_is(row, clause->holds) || !ppm_explained_has(row, clause->left) || !ppm_explained_has(row, clause->right) ||
		!decimal(row->cells[clause->left].json, &left) || !decimal(row->cells[clause->right].json, &right))
		return PPM_SLICE("");
	ppm_int128 gap = left < right ? right - left : left - right;
	*above = left > right || (left == right && clause->relation == PPM_RELATION_LESS);
	const struct ppm_node *node = &row->about->plan->nodes[row->about->plan->results[clause->left].node];
	bool percent = node->type.base == PPM_BASE_PERCENT;
	char text[64];
	size_t size = stripped(percent ? gap * 100 : gap, GAP_PLACES, text);
	return ppm_arena_format(arena, "%.*s%s", (int)size, text, percent ? "%" : "");
}

// ---- what is not known -------------------------------------------------------------------------------------------------

// Points of the score between the worst and the best that the rule can do, with everything known.
static double stake_of(const struct ppm_plan *plan, const struct ppm_waterfall_line *line)
{
	const struct ppm_plan_rule *r = line->rule;
	double weights = 0;
	if (line->dimension == PPM_NO_DIMENSION)
		return r->high - r->low;
	const struct ppm_plan_dimension *d = &plan->dimensions[line->dimension];
	for (size_t i = 0; i < plan->dimension_count; i++)
		weights += plan->dimensions[i].weight;
	return 100 * d->weight / weights * (r->high - r->low) / (d->high - d->low);
}

static bool comes_first(const struct ppm_explain_fact *a, const struct ppm_explain_fact *b)
{
	if ((a->ask != NULL) != (b->ask != NULL))
		return a->ask != NULL;
	return a->stake > b->stake;
}

// A rule that could do something else if the row said more: one that is unknown, whose `missing` points count, or bands that what they ask about is missing for.
static bool is_open(const struct ppm_explained_row *row, const struct ppm_waterfall_line *line)
{
	if (line->outcome != PPM_OUTCOME_COUNTED || line->rule->kind != PPM_RULE_BANDS)
		return line->outcome == PPM_OUTCOME_UNKNOWN || line->outcome == PPM_OUTCOME_DEFAULT;
	const struct ppm_explain_reads *reads = &row->about->rules[line->rule->index].reads;
	for (uint32_t i = 0; i < reads->count; i++)
		if (!ppm_explained_has(row, reads->items[i].result))
			return true;
	return false;
}

uint32_t ppm_explain_facts(const struct ppm_explained_row *row, const struct ppm_waterfall *waterfall, struct ppm_arena *arena, struct ppm_explain_fact **facts)
{
	const struct ppm_plan *plan = row->about->plan;
	struct ppm_explain_fact *list = *facts = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *list);
	uint32_t count = 0;
	for (uint32_t i = 0; list && i < waterfall->count; i++) {
		const struct ppm_waterfall_line *line = &waterfall->lines[i];
		if (!is_open(row, line))
			continue;
		const struct ppm_explain_reads *hangs_on = &row->about->rules[line->rule->index].facts;
		for (uint32_t k = 0; k < hangs_on->count; k++) {
			uint32_t at = 0;
			if (ppm_explained_has(row, hangs_on->items[k].result))
				continue;
			while (at < count && !ppm_slice_equal(list[at].name, hangs_on->items[k].text))
				at++;
			struct ppm_explain_fact *fact = &list[at];
			struct ppm_slice name = line->rule->name;
			if (at == count) {
				count++;
				fact->name = hangs_on->items[k].text;
				fact->rules = name;
			} else
				fact->rules = ppm_arena_format(arena, "%.*s, %.*s", (int)fact->rules.size, fact->rules.data, (int)name.size, name.data);
			fact->stake += stake_of(plan, line);
		}
	}
	for (uint32_t i = 0; list && i < row->ask_count; i++) {
		struct ppm_slice name = row->facts[row->asks[i].fact].name;
		uint32_t at = 0;
		while (at < count && !ppm_slice_equal(list[at].name, name))
			at++;
		if (at == count)
			list[count++] = (struct ppm_explain_fact){ .name = name, .rules = PPM_SLICE("") };
		list[at].ask = &row->asks[i];
	}
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t k = i; k > 0 && comes_first(&list[k], &list[k - 1]); k--) {
			struct ppm_explain_fact fact = list[k];
			list[k] = list[k - 1];
			list[k - 1] = fact;
		}
	return count;
}

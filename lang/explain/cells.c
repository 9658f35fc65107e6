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

const struct ppm_watched_figure *ppm_explain_rows_of(const struct ppm_explained_row *row, const struct ppm_explain_value *value)
{
	for (const struct ppm_watched_figure *f = row->watch && value->step != PPM_NO_ID ? row->watch->figures : NULL; f; f = f->next)
		if (f->action->number == value->step)
			return f;
	return NULL;
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

struct ppm_explain_exception ppm_explain_exception(const struct ppm_explained_row *row)
{
	const struct ppm_plan *plan = row->about->plan;
	struct ppm_explain_exception found = { .tier = PPM_SLICE("") };
	for (uint32_t i = 0; i < row->about->override_count; i++)
		if (ppm_explained_is(row, row->about->overrides[i].is_key) && !row->about->overrides[i].expired) {
			found.tier = row->about->overrides[i].tier;
			found.sure = found.sure || plan->disqualifier_count <= (plan->overrides[i].despite ? 1u : 0u);
		}
	for (uint32_t i = 0; i < row->about->overriding_count; i++) {
		const struct ppm_explain_overriding *o = &row->about->overridings[i];
		if (!ppm_explained_has(row, o->tier) || !ppm_explained_has(row, o->by) || !ppm_explained_has(row, o->because) || ppm_explain_has_expired(row, o))
			continue;
		bool lifts = plan->disqualifier_count == 1 && ppm_explained_has(row, o->despite) && ppm_slice_equal(row->cells[o->despite].text, plan->disqualifiers[0].name);
		found.tier = row->cells[o->tier].text;
		found.sure = found.sure || plan->disqualifier_count == 0 || lifts;
	}
	return found;
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

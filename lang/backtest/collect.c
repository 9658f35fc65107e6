// Counting rows. What is counted is settled before the first: groups with their names, figures with their tallies.
#include "lang/backtest/backtest_internal.h"

#include "runtime/base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_LIMIT 120 // bytes of a name
#define SCORE_UNIT(places) ((int64_t)ppm_power_of_ten[PPM_EXACT_PLACES - (places)])

struct ppm_slice ppm_backtest_shown(struct ppm_arena *arena, struct ppm_slice text)
{
	struct ppm_buffer buffer;

	ppm_buffer_init(&buffer, arena->allocator);
	ppm_text_append_escaped(&buffer, text, SHOWN_LIMIT, false);
	return ppm_arena_take(arena, &buffer);
}

const char *ppm_backtest_text_of(struct ppm_arena *arena, const char *format, ...)
{
	char *text;
	va_list list;
	int size;

	va_start(list, format);
	size = vsnprintf(NULL, 0, format, list);
	va_end(list);
	text = size < 0 ? NULL : ppm_arena_allocate(arena, (size_t)size + 1, 1);
	if (!text)
		return "";
	va_start(list, format);
	vsnprintf(text, (size_t)size + 1, format, list);
	va_end(list);
	return text;
}

struct ppm_class_counts ppm_backtest_sum_of(struct ppm_class_counts a, struct ppm_class_counts b)
{
	return (struct ppm_class_counts){ a.with + b.with, a.without + b.without };
}

static void count(struct ppm_class_counts *counts, bool with)
{
	counts->with += with;
	counts->without += !with;
}

static struct ppm_backtest_group *new_groups(struct ppm_backtest *b, size_t most)
{
	return ppm_arena_allocate(&b->arena, most + 1, sizeof(struct ppm_backtest_group));
}

// ---- what is counted -------------------------------------------------------------------------------------------------

static void figure(struct ppm_backtest *b, struct ppm_backtest_figure *figure, struct ppm_slice name, uint32_t result, int64_t unit)
{
	figure->name = name;
	figure->result = result;
	figure->unit = unit;
	ppm_class_tally_init(&figure->tally, b->arena.allocator);
}

static bool figures(struct ppm_backtest *b)
{
	const struct ppm_explanation *about = b->about;
	const struct ppm_plan *plan = about->plan;

	b->dimensions = ppm_arena_allocate(&b->arena, plan->dimension_count + 1, sizeof *b->dimensions);
	b->perspectives = ppm_arena_allocate(&b->arena, plan->perspective_count + 1, sizeof *b->perspectives);
	b->values = ppm_arena_allocate(&b->arena, (size_t)about->value_count + 1, sizeof *b->values);
	if (b->arena.failed)
		return false;
	figure(b, &b->score, PPM_SLICE("score"), about->score, SCORE_UNIT(plan->places));
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (plan->dimensions[i].name.size)
			figure(b, &b->dimensions[b->dimension_count++], plan->dimensions[i].name, about->dimensions[i], 1);
	for (size_t i = 0; i < plan->perspective_count; i++)
		figure(b, &b->perspectives[b->perspective_count++], plan->perspectives[i].name, about->perspectives[i], 1);
	for (uint32_t i = 0; i < about->value_count; i++) {
		b->values[b->value_count].name = about->values[i].name;
		b->values[b->value_count++].result = about->values[i].result;
	}
	if (b->value_count)
		b->sums = ppm_backtest_sums_new(b->arena.allocator, b->value_count);
	return !b->value_count || b->sums;
}

static void group_once(struct ppm_backtest_group *groups, uint32_t *count_of, struct ppm_slice name)
{
	for (uint32_t i = 0; i < *count_of; i++)
		if (ppm_slice_equal(groups[i].name, name))
			return;
	groups[(*count_of)++].name = name;
}

static bool classes(struct ppm_backtest *b)
{
	const struct ppm_plan *plan = b->about->plan;

	b->tiers = new_groups(b, plan->tier_count + 3);
	b->tier_scores = ppm_arena_allocate(&b->arena, plan->tier_count + 4, sizeof *b->tier_scores);
	b->tier_scored = ppm_arena_allocate(&b->arena, plan->tier_count + 4, sizeof *b->tier_scored);
	b->disorders = ppm_arena_allocate(&b->arena, plan->tier_count + 1, sizeof *b->disorders);
	if (b->arena.failed)
		return false;
	for (size_t i = 0; i < plan->tier_count; i++)
		group_once(b->tiers, &b->tier_count, plan->tiers[i].name);
	b->model_tiers = b->tier_count;
	if (plan->tier_count && plan->disqualifier_count) {
		group_once(b->tiers, &b->tier_count, PPM_SLICE("disqualified"));
		group_once(b->tiers, &b->tier_count, PPM_SLICE("unverified"));
	}
	if (plan->tier_count)
		b->tiers[b->tier_count++].name = PPM_SLICE("(none)");
	return !b->arena.failed;
}

static bool new_split(struct ppm_backtest *b, struct ppm_backtest_split *split, struct ppm_slice name, uint32_t result, size_t most)
{
	split->name = name;
	split->result = result;
	split->groups = new_groups(b, most);
	split->scores = ppm_arena_allocate(&b->arena, most + 1, sizeof *split->scores);
	split->discriminations = ppm_arena_allocate(&b->arena, most + 1, sizeof *split->discriminations);
	for (size_t i = 0; i <= most && split->scores; i++)
		ppm_class_tally_init(&split->scores[i], b->arena.allocator);
	return !b->arena.failed;
}

static bool splits(struct ppm_backtest *b)
{
	const struct ppm_explanation *about = b->about;
	const struct ppm_plan *plan = about->plan;

	b->splits = ppm_arena_allocate(&b->arena, plan->segment_count + about->by_count + 1, sizeof *b->splits);
	for (size_t i = 0; i < plan->segment_count && b->splits; i++) {
		const struct ppm_plan_segment *segment = &plan->segments[i];
		struct ppm_backtest_split *split = &b->splits[i];
		if (!new_split(b, split, segment->name, about->segments[i], (size_t)segment->arm_count + 1))
			return false;
		b->segment_count = ++b->split_count;
		for (uint32_t k = 0; k < segment->arm_count; k++)
			group_once(split->groups, &split->group_count, segment->arm_names[k]);
		split->groups[split->group_count++].name = PPM_SLICE("(none)");
	}
	for (uint32_t i = 0; i < about->by_count && b->splits; i++) {
		struct ppm_backtest_split *split = &b->splits[b->split_count];
		if (!new_split(b, split, about->by[i].name, about->by[i].result, PPM_BACKTEST_GROUPS))
			return false;
		split->open = true;
		b->split_count++;
	}
	return !b->arena.failed;
}

// A band as it is written: what stands before its colon.
static struct ppm_slice band_name(struct ppm_backtest *b, const struct ppm_source_map *sources, const struct ppm_band *band)
{
	struct ppm_span span = { band->span.begin, band->value && band->value->span.begin > band->span.begin ? band->value->span.begin : band->span.end };
	struct ppm_slice text = ppm_source_map_text(sources, span);
	struct ppm_buffer line;

	while (text.size && memchr(" \t\r\n:(-", text.data[text.size - 1], 8))
		text.size--;
	ppm_buffer_init(&line, b->arena.allocator);
	ppm_source_append_line(&line, text);
	return ppm_arena_take(&b->arena, &line);
}

// Bands in the order of the text but `otherwise` and `missing`; then those, each whether or not it is written: every value belongs to one of the groups.
static void band_groups(struct ppm_backtest *b, const struct ppm_source_map *sources, struct ppm_backtest_rule *r)
{
	uint32_t at = 0;

	r->group_count = r->rule->band_count + 2;
	r->groups = new_groups(b, r->group_count);
	if (!r->groups)
		return;
	for (const struct ppm_band *band = r->rule->syntax->bands; band && at < r->rule->band_count; band = band->next)
		if (band->kind != PPM_BAND_MISSING && band->kind != PPM_BAND_OTHERWISE)
			r->groups[at++].name = band_name(b, sources, band);
	r->groups[at++].name = PPM_SLICE("otherwise");
	r->groups[at].name = PPM_SLICE("missing");
}

static bool rules(struct ppm_backtest *b, const struct ppm_source_map *sources)
{
	static const char *const outcomes[] = { "fired", "not fired", "unknown" };
	static const char *const fifths[] = { "least points", "second fifth", "third fifth", "fourth fifth", "most points", "unknown" };
	const struct ppm_plan *plan = b->about->plan;

	b->rules = ppm_arena_allocate(&b->arena, plan->rule_count + 1, sizeof *b->rules);
	for (size_t i = 0; i < plan->rule_count && !b->arena.failed; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		bool conditional = rule->kind == PPM_RULE_REWARD || rule->kind == PPM_RULE_PENALTY;
		struct ppm_backtest_rule *r = &b->rules[b->rule_count];
		if (!conditional && rule->kind != PPM_RULE_SCALE && rule->kind != PPM_RULE_BANDS)
			continue;
		b->rule_count++;
		r->rule = rule;
		ppm_class_tally_init(&r->points, b->arena.allocator);
		if (rule->kind == PPM_RULE_BANDS) {
			band_groups(b, sources, r);
			continue;
		}
		r->group_count = conditional ? 3 : PPM_BACKTEST_FIFTHS + 1;
		r->groups = new_groups(b, r->group_count);
		for (uint32_t k = 0; r->groups && k < r->group_count; k++)
			r->groups[k].name = ppm_slice_of(conditional ? outcomes[k] : fifths[k]);
	}
	return !b->arena.failed;
}

static enum ppm_status begin(struct ppm_backtest *b, const struct ppm_source_map *sources, const char **problem, const char **help)
{
	const struct ppm_explanation *about = b->about;
	const struct ppm_plan *plan = about->plan;
	struct ppm_slice name = ppm_backtest_shown(&b->arena, b->outcome->name);
	enum ppm_status status;

	if (about->outcome.result == PPM_NO_ID) {
		*problem = ppm_backtest_text_of(&b->arena, "`%.*s` is no value that each of the scored rows has", (int)name.size, name.data);
		*help = "an outcome is a column, or a `let` of the model";
		return b->arena.failed ? PPM_ERROR_MEMORY : PPM_ERROR_MODEL;
	}
	if (about->score == PPM_NO_ID) {
		*problem = "the model has no rules, so there is no score to hold against the outcome";
		*help = "write rules such as `penalty slow_payer when days_late > 30`";
		return PPM_ERROR_MODEL;
	}
	for (uint32_t i = 0; i < about->by_count; i++) {
		if (about->by[i].result != PPM_NO_ID)
			continue;
		name = ppm_backtest_shown(&b->arena, about->by[i].name);
		*problem = ppm_backtest_text_of(&b->arena, "`%.*s` is no value that each of the scored rows has", (int)name.size, name.data);
		*help = "`--by` takes a column, or a value of the model";
		return b->arena.failed ? PPM_ERROR_MEMORY : PPM_ERROR_MODEL;
	}
	for (uint32_t i = 0; i < about->value_count; i++) {
		struct ppm_type type = about->values[i].result == PPM_NO_ID ? ppm_type_of(PPM_BASE_TEXT) : plan->nodes[plan->results[about->values[i].result].node].type;
		if (type.base == PPM_BASE_NUMBER || type.base == PPM_BASE_MONEY)
			continue;
		name = ppm_backtest_shown(&b->arena, about->values[i].name);
		*problem = ppm_backtest_text_of(&b->arena, "`%.*s` cannot be added up", (int)name.size, name.data);
		*help = "`--value` takes a number or an amount that each customer has";
		return b->arena.failed ? PPM_ERROR_MEMORY : PPM_ERROR_MODEL;
	}
	status = ppm_outcome_settle(b, plan->nodes[plan->results[about->outcome.result].node].type, problem, help);
	if (status)
		return b->arena.failed ? PPM_ERROR_MEMORY : status;
	return figures(b) && classes(b) && splits(b) && rules(b, sources) && ppm_backtest_leaks(b) ? PPM_OK : PPM_ERROR_MEMORY;
}

enum ppm_status ppm_backtest_begin(struct ppm_backtest *b, const struct ppm_allocator *allocator, const struct ppm_explanation *about, const struct ppm_source_map *sources,
	const struct ppm_outcome_request *outcome, const char **problem, const char **help)
{
	*b = (struct ppm_backtest){ .about = about, .outcome = outcome, .expected = outcome->wanted ? PPM_EXPECTED_HIGHER : PPM_EXPECTED_LOWER };
	ppm_arena_init(&b->arena, allocator);
	ppm_buffer_init(&b->cell, allocator);
	*problem = *help = "";
	return begin(b, sources, problem, help);
}

void ppm_backtest_free(struct ppm_backtest *b)
{
	if (b->score.unit)
		ppm_class_tally_free(&b->score.tally);
	for (uint32_t i = 0; i < b->dimension_count; i++)
		ppm_class_tally_free(&b->dimensions[i].tally);
	for (uint32_t i = 0; i < b->perspective_count; i++)
		ppm_class_tally_free(&b->perspectives[i].tally);
	for (uint32_t i = 0; i < b->rule_count; i++)
		ppm_class_tally_free(&b->rules[i].points);
	for (uint32_t i = 0; i < b->split_count; i++)
		for (uint32_t k = 0; k < b->splits[i].group_count; k++)
			ppm_class_tally_free(&b->splits[i].scores[k]);
	ppm_backtest_sums_free(b->sums);
	ppm_buffer_free(&b->cell);
	ppm_arena_free(&b->arena);
}

// ---- a row -----------------------------------------------------------------------------------------------------------

static bool is_there(const struct ppm_engine_row *row, uint32_t column)
{
	struct ppm_slice text;
	double number;

	return ppm_row_number(row, column, &number) || ppm_row_text(row, column, &text);
}

// Counts the row's figure. False: memory.
static bool tell(struct ppm_backtest_figure *figure, const struct ppm_engine_row *row, bool with)
{
	ppm_int128 exact;

	return figure->result == PPM_NO_ID || !ppm_row_exact(row, figure->result, &exact) || ppm_class_tally_add(&figure->tally, (int64_t)(exact / figure->unit), with);
}

static struct ppm_backtest_group *named(struct ppm_backtest_group *groups, uint32_t group_count, const struct ppm_engine_row *row, uint32_t result)
{
	struct ppm_slice text;

	if (ppm_row_text(row, result, &text))
		for (uint32_t i = 0; i + 1 < group_count; i++)
			if (ppm_slice_equal(groups[i].name, text))
				return &groups[i];
	return &groups[group_count - 1];
}

static uint32_t band_of(const struct ppm_backtest_rule *r, const struct ppm_explain_rule *about, const struct ppm_engine_row *row)
{
	bool holds, complete = true;

	if (!is_there(row, about->subject))
		return r->group_count - 1;
	for (const struct ppm_band *band = r->rule->syntax->bands; band; band = band->next)
		complete = complete && band->kind != PPM_BAND_OTHERWISE;
	for (uint32_t i = 0; i < r->rule->band_count; i++)
		if (ppm_row_flag(row, about->bands[i], &holds) && holds)
			return i;
	return complete ? r->rule->band_count - 1 : r->rule->band_count;
}

static bool tell_rule(struct ppm_backtest *b, struct ppm_backtest_rule *r, const struct ppm_engine_row *row, bool with)
{
	const struct ppm_explain_rule *about = &b->about->rules[r->rule->index];
	bool fires = false, known;
	ppm_int128 points = 0;

	if (r->rule->kind == PPM_RULE_REWARD || r->rule->kind == PPM_RULE_PENALTY) {
		known = ppm_row_flag(row, about->condition, &fires) && (!fires || is_there(row, about->points));
		count(&r->groups[!known ? 2 : fires ? 0 : 1].counts, with);
		return true;
	}
	known = ppm_row_exact(row, about->points, &points);
	if (r->rule->kind == PPM_RULE_BANDS)
		count(&r->groups[band_of(r, about, row)].counts, with);
	else if (!known)
		count(&r->groups[r->group_count - 1].counts, with);
	return !known || ppm_class_tally_add(&r->points, (int64_t)ppm_round_divide_128(points, 1000000), with);
}

static bool tell_values(struct ppm_backtest *b, const struct ppm_engine_row *row, int64_t score, bool with)
{
	ppm_int128 amount;
	double number;

	for (uint32_t i = 0; i < b->value_count; i++) {
		if (!ppm_row_exact(row, b->values[i].result, &amount))
			++*(ppm_row_number(row, b->values[i].result, &number) ? &b->values[i].beyond : &b->values[i].missing);
		else if (!ppm_backtest_sums_add(b->sums, score, i, with, amount))
			return false;
	}
	return true;
}

// The row's group among those that come up; NULL: memory, or too many.
static struct ppm_backtest_group *found(struct ppm_backtest *b, struct ppm_backtest_split *split, const struct ppm_engine_row *row)
{
	struct ppm_slice text;

	b->cell.size = 0;
	if (is_there(row, split->result))
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, split->result, &b->cell);
	else
		ppm_buffer_append_text(&b->cell, "(missing)");
	if (b->cell.failed)
		return NULL;
	text = ppm_buffer_slice(&b->cell);
	for (uint32_t i = 0; i < split->group_count; i++)
		if (ppm_slice_equal(split->groups[i].name, text))
			return &split->groups[i];
	if (split->group_count == PPM_BACKTEST_GROUPS) {
		split->too_many = true;
		return NULL;
	}
	text = text.size ? ppm_arena_copy(&b->arena, text) : PPM_SLICE("");
	if (b->arena.failed)
		return NULL;
	split->groups[split->group_count].name = text;
	return &split->groups[split->group_count++];
}

// `score` is NULL where there is none.
static bool tell_split(struct ppm_backtest *b, struct ppm_backtest_split *split, const struct ppm_engine_row *row, const int64_t *score, bool with)
{
	struct ppm_backtest_group *group;

	if (split->too_many)
		return true;
	group = split->open ? found(b, split, row) : named(split->groups, split->group_count, row, split->result);
	if (!group)
		return split->too_many;
	count(&group->counts, with);
	return !score || ppm_class_tally_add(&split->scores[group - split->groups], *score, with);
}

static bool tell_score(struct ppm_backtest *b, const struct ppm_engine_row *row, ppm_int128 exact, int64_t score, bool with)
{
	size_t bin = (size_t)(exact / (100 / PPM_BACKTEST_BINS * (ppm_int128)PPM_EXACT_SCALE));

	count(&b->bins[bin < PPM_BACKTEST_BINS ? bin : PPM_BACKTEST_BINS - 1], with);
	return ppm_class_tally_add(&b->score.tally, score, with) && tell_values(b, row, score, with);
}

static void tell_tier(struct ppm_backtest *b, const struct ppm_engine_row *row, const int64_t *score, bool with)
{
	struct ppm_backtest_group *tier;

	if (!b->tier_count)
		return;
	tier = named(b->tiers, b->tier_count, row, b->about->tier);
	count(&tier->counts, with);
	if (!score)
		return;
	b->tier_scores[tier - b->tiers] += *score;
	b->tier_scored[tier - b->tiers]++;
}

bool ppm_backtest_row(struct ppm_backtest *b, const struct ppm_engine_row *row)
{
	enum ppm_outcome_state state;
	ppm_int128 exact;
	int64_t score = 0;
	bool with, fine, scored;

	if (b->counts.with + b->counts.without + 1 >= PPM_CLASS_TALLY_LIMIT) {
		b->too_many = true;
		return true;
	}
	fine = ppm_outcome_of(b, row, &state);
	if (fine && state == PPM_OUTCOME_MISSING) {
		b->missing++;
		return true;
	}
	with = state == PPM_OUTCOME_WITH;
	count(&b->counts, with);
	scored = ppm_row_exact(row, b->score.result, &exact);
	b->unscored += !scored;
	if (scored) {
		score = (int64_t)(exact / b->score.unit);
		fine = fine && tell_score(b, row, exact, score, with);
	}
	tell_tier(b, row, scored ? &score : NULL, with);
	for (uint32_t i = 0; i < b->dimension_count && fine; i++)
		fine = tell(&b->dimensions[i], row, with);
	for (uint32_t i = 0; i < b->perspective_count && fine; i++)
		fine = tell(&b->perspectives[i], row, with);
	for (uint32_t i = 0; i < b->split_count && fine; i++)
		fine = tell_split(b, &b->splits[i], row, scored ? &score : NULL, with);
	for (uint32_t i = 0; i < b->rule_count && fine; i++)
		fine = tell_rule(b, &b->rules[i], row, with);
	return fine;
}

enum ppm_status ppm_backtest_finish(struct ppm_backtest *b, const char **problem, const char **help)
{
	enum ppm_status status = b->too_many ? PPM_ERROR_LIMIT : ppm_outcome_check(b, problem, help);

	if (b->too_many) {
		*problem = "a backtest takes fewer than 2,147,483,648 customers";
		*help = "test a part of them";
	}
	for (uint32_t i = 0; i < b->split_count && !status; i++)
		if (b->splits[i].too_many) {
			struct ppm_slice name = ppm_backtest_shown(&b->arena, b->splits[i].name);
			*problem = ppm_backtest_text_of(&b->arena, "`--by %.*s` makes more than %d groups", (int)name.size, name.data, PPM_BACKTEST_GROUPS);
			*help = "take what has fewer values, or write a `segment`";
			status = PPM_ERROR_LIMIT;
		}
	if (!status)
		ppm_backtest_measure(b);
	return b->arena.failed ? PPM_ERROR_MEMORY : status;
}

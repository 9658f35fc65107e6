// Counting. A model that is compiled for several batches of tests has its rules, tiers and segments in the same order each time, so that counts of all of them add up.
#include "lang/testing/coverage.h"
#include "lang/testing/covering.h"

#include "lang/syntax/ast.h"
#include "lang/testing/testing_internal.h"
#include "runtime/base/text.h"

#define YELLOW "\x1b[1;33m"
#define PLAIN "\x1b[0m"
#define SHOW(slice) (int)(slice).size, (slice).data

void ppm_coverage_init(struct ppm_coverage *coverage, const struct ppm_allocator *allocator)
{
	*coverage = (struct ppm_coverage){ .ready = false };
	ppm_arena_init(&coverage->arena, allocator);
}

void ppm_coverage_free(struct ppm_coverage *coverage)
{
	ppm_arena_free(&coverage->arena);
}

static uint32_t band_count(const struct ppm_plan_rule *rule)
{
	uint32_t count = 0;
	for (const struct ppm_band *band = rule->kind == PPM_RULE_BANDS ? rule->syntax->bands : NULL; band; band = band->next)
		count++;
	return count;
}

static bool prepare(struct ppm_coverage *coverage, const struct ppm_plan *plan, const struct ppm_explanation *about)
{
	struct ppm_arena *arena = &coverage->arena;
	if (coverage->ready)
		return true;
	coverage->rules = ppm_arena_allocate(arena, plan->rule_count + 1, sizeof *coverage->rules);
	coverage->tiers = ppm_arena_allocate(arena, plan->tier_count + 1, sizeof *coverage->tiers);
	coverage->held = ppm_arena_allocate(arena, plan->disqualifier_count + 1, sizeof *coverage->held);
	coverage->passed = ppm_arena_allocate(arena, plan->disqualifier_count + 1, sizeof *coverage->passed);
	coverage->segments = ppm_arena_allocate(arena, plan->segment_count + 1, sizeof(*coverage->segments));
	coverage->overrides = ppm_arena_allocate(arena, about->override_count + 1u, sizeof *coverage->overrides);
	for (size_t i = 0; i < plan->segment_count && coverage->segments; i++)
		coverage->segments[i] = ppm_arena_allocate(arena, plan->segments[i].arm_count + 1u, sizeof **coverage->segments);
	for (size_t i = 0; i < plan->rule_count && coverage->rules; i++) {
		coverage->rules[i].clauses = ppm_arena_allocate(arena, about->rules[i].clause_count + 1u, sizeof *coverage->rules[i].clauses);
		coverage->rules[i].clause_count = about->rules[i].clause_count;
		for (uint32_t k = 0; k < about->rules[i].clause_count && coverage->rules[i].clauses; k++) {
			coverage->rules[i].clauses[k].text = ppm_arena_copy(arena, about->rules[i].clauses[k].text);
			coverage->rules[i].clauses[k].relation = about->rules[i].clauses[k].relation;
		}
		coverage->rules[i].bands = ppm_arena_allocate(arena, band_count(plan->rules[i]) + 1u, sizeof *coverage->rules[i].bands);
	}
	coverage->override_count = about->override_count;
	for (uint32_t i = 0; i < about->override_count && coverage->overrides; i++)
		coverage->overrides[i].span = about->overrides[i].span;
	coverage->ready = !arena->failed;
	return coverage->ready;
}

// ---- one row ----------------------------------------------------------------------------------------------------------

enum state { HOLDS, FAILS, MISSING };

static enum state state_of(const struct ppm_engine_row *row, uint32_t result)
{
	bool flag;
	if (result == PPM_NO_ID || !ppm_row_flag(row, result, &flag))
		return MISSING;
	return flag ? HOLDS : FAILS;
}

static bool keep_cell(struct ppm_coverage *coverage, const struct ppm_engine_row *row, uint32_t result, struct ppm_slice *out)
{
	struct ppm_buffer cell;
	ppm_buffer_init(&cell, coverage->arena.allocator);
	ppm_sink_cell(row->sink, row->batch, row->vm, row->row, result, &cell);
	*out = ppm_arena_take(&coverage->arena, &cell);
	return !coverage->arena.failed;
}

static bool look_at_clause(struct ppm_coverage *coverage, struct ppm_coverage_clause *out, const struct ppm_explain_clause *clause, const struct ppm_engine_row *row)
{
	enum state state = state_of(row, clause->holds);
	double value;
	out->held += state == HOLDS;
	out->failed += state == FAILS;
	out->missing += state == MISSING;
	if (clause->left == PPM_NO_ID || !ppm_row_number(row, clause->left, &value))
		return true;
	bool first = !out->highest.size; // those before were missing
	if (first || value > out->high) {
		out->high = value;
		if (!keep_cell(coverage, row, clause->left, &out->highest))
			return false;
	}
	if (first || value < out->low) {
		out->low = value;
		return keep_cell(coverage, row, clause->left, &out->lowest);
	}
	return true;
}

// The first band of the text that holds, else the one for what is missing, else `otherwise`.
static void look_at_bands(struct ppm_coverage_rule *out, const struct ppm_plan_rule *rule, const struct ppm_explain_rule *about, const struct ppm_engine_row *row)
{
	uint32_t at = 0, condition = 0, otherwise = UINT32_MAX, missing = UINT32_MAX;
	bool is_missing = false;
	for (const struct ppm_band *band = rule->syntax->bands; band; band = band->next, at++) {
		if (band->kind == PPM_BAND_OTHERWISE)
			otherwise = at;
		else if (band->kind == PPM_BAND_MISSING)
			missing = at;
		else if (condition < rule->band_count) {
			enum state state = state_of(row, about->bands[condition++]);
			if (state == HOLDS) {
				out->bands[at]++;
				return;
			}
			is_missing = is_missing || state == MISSING;
		}
	}
	if (is_missing && missing != UINT32_MAX)
		out->bands[missing]++;
	else if (!is_missing && otherwise != UINT32_MAX)
		out->bands[otherwise]++;
}

static bool look_at_rules(struct ppm_coverage *coverage, const struct ppm_plan *plan, const struct ppm_explanation *about, const struct ppm_test_depends *depends, const struct ppm_engine_row *row)
{
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		const struct ppm_explain_rule *explained = &about->rules[i];
		struct ppm_coverage_rule *out = &coverage->rules[i];
		bool conditional = rule->kind == PPM_RULE_REWARD || rule->kind == PPM_RULE_PENALTY;
		double points;
		enum state state = conditional ? state_of(row, explained->condition) : explained->points != PPM_NO_ID && ppm_row_number(row, explained->points, &points) ? HOLDS : MISSING;
		if (rule->kind == PPM_RULE_BEST_OF || rule->kind == PPM_RULE_GROUP)
			continue;
		out->fired += state == HOLDS;
		out->idle += state == FAILS;
		out->unknown += state == MISSING;
		out->asserted += state == HOLDS && depends->at_all[i];
		if (rule->kind == PPM_RULE_BANDS && explained->bands)
			look_at_bands(out, rule, explained, row);
		for (uint32_t k = 0; k < explained->clause_count; k++)
			if (!look_at_clause(coverage, &out->clauses[k], &explained->clauses[k], row))
				return false;
	}
	return true;
}

static bool text_is(const struct ppm_engine_row *row, uint32_t result, struct ppm_slice name)
{
	struct ppm_slice text;
	return result != PPM_NO_ID && ppm_row_text(row, result, &text) && ppm_slice_equal(text, name);
}

bool ppm_coverage_look(void *context, const struct ppm_model *model, uint32_t test, const struct ppm_engine_row *row)
{
	struct ppm_coverage *coverage = context;
	const struct ppm_explanation *about = ppm_model_explanation(model);
	const struct ppm_plan *plan = ppm_model_plan(model);
	const struct ppm_plan_test *asked = &plan->tests[test];
	if (!about)
		return true;
	if (!prepare(coverage, plan, about))
		return false;
	struct ppm_test_depends depends;
	bool fine = ppm_test_depends_find(&depends, plan, asked) && look_at_rules(coverage, plan, about, &depends, row);
	coverage->tests++;
	for (size_t i = 0; i < plan->tier_count && fine; i++)
		coverage->tiers[i] += text_is(row, about->tier, plan->tiers[i].name);
	for (size_t i = 0; i < plan->disqualifier_count && fine; i++) {
		enum state state = state_of(row, about->disqualifiers[i].holds);
		coverage->held[i] += state == HOLDS;
		coverage->passed[i] += state == FAILS;
	}
	for (size_t i = 0; i < plan->segment_count && fine; i++)
		for (uint32_t k = 0; k < plan->segments[i].arm_count; k++)
			coverage->segments[i][k] += text_is(row, about->segments[i], plan->segments[i].arm_names[k]);
	for (uint32_t i = 0; i < about->override_count && fine; i++)
		coverage->overrides[i].used += state_of(row, about->overrides[i].is_key) == HOLDS;
	ppm_test_depends_free(&depends, plan);
	return fine;
}

// ---- what came of it -----------------------------------------------------------------------------------------------------

struct report {
	const struct ppm_coverage *coverage;
	const struct ppm_model *model;
	struct ppm_coverage_sums *sums;
	struct ppm_buffer *lines; // NULL: sums alone
	bool colour;
};

// A line's head: where, and what.
static void head(const struct report *report, struct ppm_span span, struct ppm_slice name)
{
	uint32_t line = 0, column;
	const struct ppm_source *source = ppm_source_map_place(ppm_model_sources(report->model), span.begin, &line, &column);
	ppm_buffer_append_text(report->lines, report->colour ? YELLOW : "");
	ppm_text_append_escaped(report->lines, source ? source->path : PPM_SLICE(""), 200, false);
	ppm_buffer_format(report->lines, ":%u", line);
	ppm_buffer_append_text(report->lines, report->colour ? PLAIN "  " : "  ");
	ppm_text_append_escaped(report->lines, name, 80, false);
}

// One branch; says whether it has to be told.
static bool branch(const struct report *report, uint32_t count)
{
	report->sums->branches++;
	report->sums->branches_reached += count > 0;
	return !count && report->lines;
}

static void append_on_one_line(const struct report *report, struct ppm_slice text)
{
	struct ppm_buffer line;
	ppm_buffer_init(&line, report->coverage->arena.allocator);
	ppm_source_append_line(&line, text);
	ppm_text_append_escaped(report->lines, line.failed ? PPM_SLICE("") : ppm_buffer_slice(&line), 0, false);
	report->lines->failed |= line.failed;
	ppm_buffer_free(&line);
}

// Which of its conditions is in the way.
static void append_why(const struct report *report, const struct ppm_coverage_rule *rule)
{
	struct ppm_buffer *out = report->lines;
	bool told = false;
	for (uint32_t i = 0; i < rule->clause_count; i++) {
		const struct ppm_coverage_clause *clause = &rule->clauses[i];
		if (clause->held)
			continue;
		ppm_buffer_append_text(out, told ? "; `" : ": `");
		append_on_one_line(report, clause->text);
		told = true;
		if (!clause->failed) {
			ppm_buffer_append_text(out, "` is missing in every test");
			continue;
		}
		ppm_buffer_append_text(out, "` never holds");
		if (clause->relation == PPM_RELATION_GREATER || clause->relation == PPM_RELATION_GREATER_EQUAL) {
			if (clause->highest.size)
				ppm_buffer_append_text(out, ", the highest is ");
			ppm_text_append_escaped(out, clause->highest, 40, false);
		} else if (clause->relation == PPM_RELATION_LESS || clause->relation == PPM_RELATION_LESS_EQUAL) {
			if (clause->lowest.size)
				ppm_buffer_append_text(out, ", the lowest is ");
			ppm_text_append_escaped(out, clause->lowest, 40, false);
		}
	}
	if (!told)
		ppm_buffer_append_text(out, ": its conditions never hold at once");
	ppm_buffer_append_char(out, '\n');
}

static void report_rules(const struct report *report, const struct ppm_plan *plan)
{
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct ppm_plan_rule *rule = plan->rules[i];
		const struct ppm_coverage_rule *counted = &report->coverage->rules[i];
		if (rule->kind == PPM_RULE_REWARD || rule->kind == PPM_RULE_PENALTY) {
			report->sums->rules++;
			report->sums->rules_fired += counted->fired > 0;
			if (branch(report, counted->fired)) {
				head(report, rule->span, rule->name);
				ppm_buffer_append_text(report->lines, " never fires");
				append_why(report, counted);
			}
			if (branch(report, counted->idle)) {
				head(report, rule->span, rule->name);
				ppm_buffer_append_text(report->lines, counted->fired ? " fires in every test that knows it\n" : " is never known not to fire\n");
			}
			if (counted->fired && !counted->asserted && report->lines) {
				head(report, rule->span, rule->name);
				ppm_buffer_append_text(report->lines, " fires, and no expectation depends on it\n");
			}
		} else if (rule->kind == PPM_RULE_SCALE) {
			if (branch(report, counted->fired)) {
				head(report, rule->span, rule->name);
				ppm_buffer_append_text(report->lines, " is unknown in every test\n");
			}
		} else if (rule->kind == PPM_RULE_BANDS) {
			uint32_t at = 0;
			for (const struct ppm_band *band = rule->syntax->bands; band; band = band->next, at++)
				if (branch(report, counted->bands[at])) {
					head(report, band->span, rule->name);
					ppm_buffer_append_text(report->lines, ": no test reaches `");
					append_on_one_line(report, ppm_source_map_text(ppm_model_sources(report->model), band->span));
					ppm_buffer_append_text(report->lines, "`\n");
				}
		}
	}
}

static void report_classes(const struct report *report, const struct ppm_plan *plan)
{
	const struct ppm_coverage *coverage = report->coverage;
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		if (branch(report, coverage->held[i])) {
			head(report, plan->disqualifiers[i].span, plan->disqualifiers[i].name);
			ppm_buffer_append_text(report->lines, " disqualifies nobody\n");
		}
		if (branch(report, coverage->passed[i])) {
			head(report, plan->disqualifiers[i].span, plan->disqualifiers[i].name);
			ppm_buffer_append_text(report->lines, " lets nobody pass\n");
		}
	}
	for (size_t i = 0; i < plan->tier_count; i++)
		if (branch(report, coverage->tiers[i])) {
			head(report, plan->tiers[i].span, plan->tiers[i].name);
			ppm_buffer_append_text(report->lines, ": nobody is in this tier\n");
		}
	for (size_t i = 0; i < plan->segment_count; i++)
		for (uint32_t k = 0; k < plan->segments[i].arm_count; k++)
			if (branch(report, coverage->segments[i][k])) {
				head(report, plan->segments[i].spans[k], plan->segments[i].arm_names[k]);
				ppm_buffer_format(report->lines, ": nobody is in this part of %.*s\n", SHOW(plan->segments[i].name));
			}
	for (uint32_t i = 0; i < coverage->override_count; i++)
		if (branch(report, coverage->overrides[i].used)) {
			head(report, coverage->overrides[i].span, PPM_SLICE("the override"));
			ppm_buffer_append_text(report->lines, " is no test's\n");
		}
}

static void append_share(struct ppm_buffer *out, uint32_t part, uint32_t of)
{
	ppm_buffer_format(out, of ? "%u of %u, %.1f%%" : "%u of %u", part, of, of ? 100.0 * part / of : 0.0);
}

bool ppm_coverage_report(const struct ppm_coverage *coverage, const struct ppm_model *model, bool colour, struct ppm_coverage_sums *sums, struct ppm_buffer *out)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	struct ppm_buffer lines;
	const struct report report = { coverage, model, sums, out ? &lines : NULL, colour };
	*sums = (struct ppm_coverage_sums){ 0 };
	if (!coverage->ready)
		return true;
	ppm_buffer_init(&lines, coverage->arena.allocator);
	report_rules(&report, plan);
	report_classes(&report, plan);
	if (out) {
		ppm_buffer_append_text(out, "coverage of ");
		ppm_text_append_escaped(out, ppm_model_tree(model)->source->path, 200, false);
		ppm_buffer_append_text(out, "\n  rules that fired  ");
		append_share(out, sums->rules_fired, sums->rules);
		ppm_buffer_append_text(out, "\n  branches reached  ");
		append_share(out, sums->branches_reached, sums->branches);
		ppm_buffer_append_text(out, lines.size ? "\n\n" : "\n");
		ppm_buffer_append(out, lines.data, lines.size);
	}
	bool fine = !lines.failed;
	ppm_buffer_free(&lines);
	return fine;
}

// Whether what a test expects holds in its row, and if not, what stands there instead.
#include "lang/testing/testing_internal.h"

#include "lang/explain/explain.h"
#include "runtime/base/text.h"

#define SHOW(slice) (int)(slice).size, (slice).data

static struct ppm_slice cell(struct ppm_testing_batch *batch, const struct ppm_engine_row *row, uint32_t result, bool json, struct ppm_arena *arena)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, batch->request->allocator);
	if (json)
		ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, result, &text);
	else
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, result, &text);
	return ppm_arena_take(arena, &text);
}

// ---- three values ----------------------------------------------------------------------------------------------------

enum verdict { NO, YES, UNKNOWN };

static bool text_is(const struct ppm_expected *e, struct ppm_slice text)
{
	for (uint32_t i = 0; i < e->text_count; i++) {
		struct ppm_slice part = e->texts[i];
		size_t room = text.size >= part.size ? text.size - part.size : 0;
		if (e->test == PPM_EXPECTED_ONE_OF ? ppm_slice_equal(text, part) : text.size < part.size)
			return e->test == PPM_EXPECTED_ONE_OF;
		for (size_t at = 0; at <= room && e->test != PPM_EXPECTED_ONE_OF; at++) {
			bool place = e->test == PPM_EXPECTED_CONTAINS || (e->test == PPM_EXPECTED_STARTS ? at == 0 : at == room);
			if (place && (!part.size || !memcmp(text.data + at, part.data, part.size)))
				return true;
		}
	}
	return false;
}

static enum verdict judge(struct ppm_testing_batch *batch, const struct ppm_expected *e, const struct ppm_engine_row *row)
{
	enum verdict a, b;
	bool yes;
	switch (e->kind) {
	case PPM_EXPECTED_FLAG: return !ppm_row_flag(row, e->result, &yes) ? UNKNOWN : yes ? YES : NO;
	case PPM_EXPECTED_TEXT: {
		struct ppm_slice text = cell(batch, row, e->result, false, &batch->arena);
		if (e->test == PPM_EXPECTED_IS_MISSING)
			return text.size ? NO : YES;
		return text_is(e, text) ? YES : NO;
	}
	case PPM_EXPECTED_NOT: a = judge(batch, e->a, row); return a == UNKNOWN ? a : a == YES ? NO : YES;
	case PPM_EXPECTED_AND:
	case PPM_EXPECTED_OR:
		a = judge(batch, e->a, row);
		b = judge(batch, e->b, row);
		if (a == b)
			return a;
		return e->kind == PPM_EXPECTED_AND ? (a == NO || b == NO ? NO : UNKNOWN) : a == YES || b == YES ? YES : UNKNOWN;
	}
	return UNKNOWN;
}

// ---- what stands there instead --------------------------------------------------------------------------------------

static bool is_among(const struct ppm_explain_reads *reads, struct ppm_slice name)
{
	for (uint32_t i = 0; i < reads->count; i++)
		if (ppm_slice_equal(reads->items[i].text, name))
			return true;
	return false;
}

// A plain decimal with at least two places.
static bool is_amount(struct ppm_slice text)
{
	size_t digits = 0, point = 0;
	for (size_t i = 0; i < text.size; i++) {
		bool digit = text.data[i] >= '0' && text.data[i] <= '9';
		digits += digit;
		if (text.data[i] == '.')
			point = i + 1;
		else if (!digit && !(i == 0 && text.data[i] == '-'))
			return false;
	}
	return digits && point && text.size - point >= 2;
}

// An amount with all its places: 59.995 is shown as 60.00 in a result, and is not 60.
static struct ppm_slice exact_amount(const struct ppm_engine_row *row, uint32_t result, struct ppm_slice shown, struct ppm_arena *arena)
{
	char digits[64];
	ppm_int128 exact;
	if (!ppm_row_exact(row, result, &exact))
		return shown;
	size_t size = ppm_decimal_write(exact, PPM_EXACT_PLACES, PPM_EXACT_PLACES, digits);
	for (size_t places = PPM_EXACT_PLACES; places > 2 && digits[size - 1] == '0'; places--)
		size--;
	return size > shown.size ? ppm_arena_copy(arena, (struct ppm_slice){ digits, size }) : shown;
}

static struct ppm_test_value *values_of(
	struct ppm_testing_batch *batch, const struct ppm_explain_reads *reads, const struct ppm_explain_reads *but, const struct ppm_engine_row *row, uint32_t *count)
{
	struct ppm_arena *arena = &batch->testing->arena;
	struct ppm_test_value *values = ppm_arena_allocate(arena, reads->count + 1u, sizeof *values);
	*count = 0;
	for (uint32_t i = 0; i < reads->count && values; i++) {
		if (but && is_among(but, reads->items[i].text))
			continue;
		struct ppm_test_value *value = &values[(*count)++];
		value->name = ppm_arena_copy(arena, reads->items[i].text);
		value->value = cell(batch, row, reads->items[i].result, false, arena);
		value->missing = ppm_slice_is(cell(batch, row, reads->items[i].result, true, &batch->arena), "null");
		if (is_amount(value->value))
			value->value = exact_amount(row, reads->items[i].result, value->value, arena);
	}
	return values;
}

static void find_facts(struct ppm_testing_batch *batch, const struct ppm_plan_expectation *e, struct ppm_test_failure *failure)
{
	struct ppm_arena *arena = &batch->testing->arena;
	const struct ppm_plan *plan = ppm_model_plan(batch->model);
	failure->facts = ppm_arena_allocate(arena, e->fact_count + 1u, sizeof *failure->facts);
	for (uint32_t i = 0; i < e->fact_count && failure->facts; i++)
		failure->facts[failure->fact_count++] = ppm_arena_copy(arena, plan->columns[e->facts[i]].name);
}

static void fail(struct ppm_testing_batch *batch, struct ppm_test_result *result, const struct ppm_plan_expectation *e, enum verdict verdict, const struct ppm_engine_row *row)
{
	struct ppm_test_failure *failure = &result->failures[result->failure_count++];
	struct ppm_arena *arena = &batch->testing->arena;
	*failure = (struct ppm_test_failure){ .span = e->span, .missing = verdict == UNKNOWN };
	struct ppm_slice written = ppm_source_map_text(ppm_model_sources(batch->model), e->span);
	struct ppm_buffer line;
	ppm_buffer_init(&line, batch->request->allocator);
	ppm_source_append_line(&line, written);
	failure->written = ppm_arena_take(arena, &line);
	if (failure->missing)
		find_facts(batch, e, failure);
	failure->sides = values_of(batch, &e->sides, NULL, row, &failure->side_count);
	failure->reads = values_of(batch, &e->reads, &e->sides, row, &failure->read_count);
}

bool ppm_testing_judge(struct ppm_testing_batch *batch, const struct ppm_plan_test *test, struct ppm_test_result *result, const struct ppm_engine_row *row)
{
	struct ppm_arena *arena = &batch->testing->arena;
	for (uint32_t i = 0; i < test->expectation_count; i++) {
		enum verdict verdict = judge(batch, test->expectations[i].condition, row);
		if (verdict == YES)
			continue;
		result->outcome = PPM_TEST_FAILED;
		if (!result->failures)
			result->failures = ppm_arena_allocate(arena, test->expectation_count + 1u, sizeof *result->failures);
		if (!result->failures)
			return false;
		fail(batch, result, &test->expectations[i], verdict, row);
	}
	if (result->outcome == PPM_TEST_FAILED && test->explains && ppm_model_explanation(batch->model) && !ppm_testing_explain(batch, row, &result->explanation))
		return false;
	return !arena->failed && !batch->arena.failed;
}

struct ppm_slice ppm_testing_first_error(struct ppm_testing_batch *batch)
{
	const struct ppm_diagnostic *first = NULL;
	for (const struct ppm_diagnostic *d = ppm_model_diagnostics(batch->model)->first; d; d = d->next)
		if (d->severity == PPM_SEVERITY_ERROR && (!first || d->order < first->order))
			first = d;
	if (!first)
		return PPM_SLICE("");
	return ppm_arena_format(&batch->testing->arena, "with what it gives, the model does not compile: %.*s (%s)", SHOW(first->message), ppm_diag_code_text(first->code));
}

// ---- why the score is what it is ------------------------------------------------------------------------------------

static void append_shown(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_text_append_escaped(out, text, 200, false);
}

static void append_line(
	struct ppm_buffer *out, const struct ppm_explained_row *explained, const struct ppm_waterfall *w, const struct ppm_waterfall_line *line, struct ppm_arena *arena)
{
	struct ppm_buffer change;
	struct ppm_slice file;
	struct ppm_slice name = ppm_explain_line_name(explained, line, arena);
	ppm_buffer_init(&change, out->allocator);
	ppm_explain_units(&change, line->change, w->places, true);
	ppm_buffer_format(out, "%10.*s  ", (int)change.size, change.data ? change.data : "");
	append_shown(out, name);
	out->failed = out->failed || change.failed;
	ppm_buffer_free(&change);
	if (line->outcome)
		ppm_buffer_format(out, ", %s", ppm_outcome_word(line->outcome));
	if (line->rule && line->kind != PPM_LINE_CAP) {
		const struct ppm_explain_rule *rule = &explained->about->rules[line->rule->index];
		uint32_t at = ppm_explain_place(explained, line->rule->span, &file);
		for (uint32_t i = 0; i < rule->reads.count; i++) {
			const struct ppm_explain_read *read = &rule->reads.items[i];
			struct ppm_slice value = ppm_explained_has(explained, read->result) ? explained->cells[read->result].text : PPM_SLICE("(missing)");
			ppm_buffer_append_text(out, i ? ", " : ": ");
			append_shown(out, read->text);
			ppm_buffer_append_text(out, " = ");
			append_shown(out, value);
		}
		if (at)
			ppm_buffer_format(out, " (line %u)", at);
	}
	ppm_buffer_append_char(out, '\n');
}

bool ppm_testing_explain(struct ppm_testing_batch *batch, const struct ppm_engine_row *row, struct ppm_slice *out)
{
	uint32_t columns = ppm_sink_column_count(row->sink);
	struct ppm_arena arena;
	struct ppm_buffer text;
	struct ppm_waterfall w;
	*out = PPM_SLICE("");
	ppm_arena_init(&arena, batch->request->allocator);
	ppm_buffer_init(&text, batch->request->allocator);
	struct ppm_explained_cell *cells = ppm_arena_allocate(&arena, columns + 1u, sizeof *cells);
	for (uint32_t i = 0; cells && i < columns; i++)
		cells[i] = (struct ppm_explained_cell){ cell(batch, row, i, false, &arena), cell(batch, row, i, true, &arena) };
	struct ppm_explained_row explained = { .about = ppm_model_explanation(batch->model), .sources = ppm_model_sources(batch->model), .cells = cells };
	bool fine = cells && !arena.failed && ppm_waterfall_make(&w, &arena, &explained) == PPM_OK;
	if (fine && w.has_score) {
		struct ppm_buffer figure;
		ppm_buffer_init(&figure, batch->request->allocator);
		ppm_explain_units(&figure, w.start, w.places, false);
		ppm_buffer_format(&text, "%10.*s  the perfect customer\n", (int)figure.size, figure.data ? figure.data : "");
		for (uint32_t i = 0; i < w.count; i++)
			if (w.lines[i].has_change && w.lines[i].change)
				append_line(&text, &explained, &w, &w.lines[i], &arena);
		figure.size = 0;
		ppm_explain_units(&figure, w.score, w.places, false);
		ppm_buffer_format(&text, "%10.*s  score", (int)figure.size, figure.data ? figure.data : "");
		if (explained.about->tier != PPM_NO_ID) {
			ppm_buffer_append_text(&text, ", tier ");
			append_shown(&text, ppm_explained_has(&explained, explained.about->tier) ? cells[explained.about->tier].text : PPM_SLICE("(missing)"));
		}
		ppm_buffer_append_char(&text, '\n');
		text.failed = text.failed || figure.failed;
		ppm_buffer_free(&figure);
		*out = ppm_arena_copy(&batch->testing->arena, ppm_buffer_slice(&text));
	}
	fine = fine && !arena.failed && !text.failed;
	ppm_buffer_free(&text);
	ppm_arena_free(&arena);
	return fine;
}

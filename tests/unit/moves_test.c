// Rows of two models, matched and counted: against a count of pairs as one would make it by hand, in any order of keys, with memory failing, and conditions over what comes out.
#include "lang/compare/condition.h"
#include "lang/compare/moves_report.h"
#include "tests/unit/failing_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 500
#define TIERS 4 // good, fair, new, none

static const char old_text[] = "dataset d { id text key  x number }\n"
			       "dimension a weight 1 { penalty late 5 when x > 3  reward gone 2 when x < 1 }\n"
			       "dimension b weight 1 { reward big 10 when x > 5 }\n"
			       "tier good when score >= 60\ntier fair when score >= 30\n"
			       "disqualify never when x > 1_000\n"
			       "segment kind { much when x > 3  little otherwise }\n"
			       "perspective p { a 1 }\nperspective q { b 1 }\n";
static const char new_text[] = "dataset d { id text key  x number }\n"
			       "dimension a weight 1 { penalty late 6 when x > 4 }\n"
			       "dimension b weight 1 { reward big 10 when x > 5  reward extra 1 when x > 6 }\n"
			       "tier good when score >= 70\ntier new when score >= 50\ntier fair when score >= 30\n"
			       "disqualify never when x > 1_000\n"
			       "segment kind { much when x > 3  some when x > 1  little otherwise }\n"
			       "perspective p { a 1 }\nperspective q { b 1 }\n";

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)problem;
	*text = ppm_slice_of(context);
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compiled_for(const char *text, enum ppm_output_choice output)
{
	union {
		const char *text;
		void *context;
	} door = { .text = text };
	const struct ppm_compile_options options = { .loader = { load, door.context }, .optimise = true, .output = output };
	struct ppm_model *model = NULL;

	assert_int_equal(ppm_model_compile(&model, ppm_slice_of("model.ppm"), &options), PPM_OK);
	assert_non_null(ppm_model_plan(model));
	return model;
}

static struct ppm_model *compiled(const char *text)
{
	return compiled_for(text, PPM_OUTPUT_MODEL);
}

// ---- rows ---------------------------------------------------------------------------------------------------------------

struct half {
	bool there, scored, valued, barred;
	int64_t score;
	int value;
	const char *tier, *arm;
	uint8_t rules[3];
	int64_t judged[2];
};
struct both {
	struct half halves[PPM_SIDES];
};

static uint32_t seed = 12345;
static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static const char *const tiers[PPM_SIDES][3] = { { "good", "fair", "" }, { "good", "new", "fair" } };
static const char *const arms[PPM_SIDES][3] = { { "much", "little", "little" }, { "much", "some", "little" } };

static void make(struct both *rows)
{
	for (int i = 0; i < ROWS; i++)
		for (int s = 0; s < PPM_SIDES; s++) {
			struct half *h = &rows[i].halves[s];
			*h = (struct half){ .there = roll(20) > 0,
				.scored = roll(15) > 0,
				.valued = roll(9) > 0,
				.barred = roll(12) == 0,
				.score = roll(4) ? roll(10001) : 5000,
				.value = (int)roll(2000) - 300,
				.tier = tiers[s][roll(3)],
				.arm = arms[s][roll(3)] };
			for (int r = 0; r < 3; r++)
				h->rules[r] = (uint8_t)roll(3);
			for (int p = 0; p < 2; p++)
				h->judged[p] = roll(10) ? (int64_t)roll(50) * 100 : INT64_MIN;
		}
}

static bool feed(struct ppm_moves *moves, const struct both *rows, int side, bool keyed)
{
	for (int i = 0; i < ROWS; i++) {
		int n = keyed && side == PPM_AFTER ? ROWS - 1 - i : i; // rows that are told by keys may come in any order
		const struct half *h = &rows[n].halves[side];
		char key[16], shown[16];
		struct ppm_slice arm = ppm_slice_of(h->arm);
		int size = snprintf(key, sizeof key, "k%d", n);
		snprintf(shown, sizeof shown, "K-%d", n);
		if (!h->there)
			continue;
		struct ppm_moves_row row = { .line = keyed ? 0 : (uint64_t)n + 2,
			.key = { key, (size_t)size },
			.shown = ppm_slice_of(shown),
			.has_score = h->scored,
			.score = h->score,
			.has_value = h->valued,
			.value = (ppm_int128)h->value * PPM_EXACT_SCALE,
			.tier = ppm_slice_of(h->tier),
			.barred = h->barred ? 0 : PPM_NO_ID,
			.rules = h->rules,
			.segments = &arm,
			.perspectives = h->judged };
		if (!ppm_moves_add(moves, side, &row))
			return false;
	}
	return true;
}

struct fixture {
	struct ppm_model *models[PPM_SIDES];
	struct ppm_changes changes;
	struct ppm_moves_options options;
	struct both rows[ROWS];
};

// late, gone, big became late, -, big; extra is new.
static const uint32_t after_rules[] = { 0, PPM_NO_RULE, 1 }, before_rules[] = { 0, 2, PPM_NO_RULE };

static struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	f->models[PPM_BEFORE] = compiled(old_text);
	f->models[PPM_AFTER] = compiled(new_text);
	f->changes = (struct ppm_changes){ .after_rules = after_rules, .before_rules = before_rules, .before_rule_count = 3, .after_rule_count = 3 };
	f->options = (struct ppm_moves_options){
		.plans = { ppm_model_plan(f->models[PPM_BEFORE]), ppm_model_plan(f->models[PPM_AFTER]) }, .changes = &f->changes, .has_value = { true, true }, .top = 7
	};
	make(f->rows);
	return f;
}

static void fixture_free(struct fixture *f)
{
	ppm_model_free(f->models[PPM_BEFORE]);
	ppm_model_free(f->models[PPM_AFTER]);
	free(f);
}

static struct ppm_moves *whole(const struct fixture *f, bool keyed)
{
	struct ppm_moves *moves;
	assert_int_equal(ppm_moves_new(&moves, &f->options), PPM_OK);
	for (int s = 0; s < PPM_SIDES; s++) {
		assert_true(feed(moves, f->rows, s, keyed));
		assert_int_equal(ppm_moves_end(moves, s), PPM_OK);
	}
	return moves;
}

// ---- the count by hand --------------------------------------------------------------------------------------------------

static int rank_of(const char *tier)
{
	static const char *const order[TIERS] = { "good", "new", "fair", "" };
	int i = 0;
	while (strcmp(order[i], tier))
		i++;
	return i;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void check_counts(const struct ppm_moves *moves, const struct both *rows)
{
	uint64_t compared = 0, moved = 0, up = 0, barred = 0, lifted = 0, starts = 0, stops = 0, kinds = 0, cells[TIERS][TIERS] = { { 0 } }, only[PPM_SIDES] = { 0, 0 };
	int64_t value = 0, scores[PPM_SIDES][ROWS], sums[PPM_SIDES] = { 0, 0 }, values[TIERS][TIERS] = { { 0 } };
	size_t counts[PPM_SIDES] = { 0, 0 };

	for (int i = 0; i < ROWS; i++) {
		const struct half *a = &rows[i].halves[PPM_BEFORE], *b = &rows[i].halves[PPM_AFTER];
		only[PPM_BEFORE] += a->there && !b->there;
		only[PPM_AFTER] += b->there && !a->there;
		if (!a->there || !b->there)
			continue;
		int from = rank_of(a->tier), to = rank_of(b->tier);
		compared++;
		moved += from != to;
		up += to < from;
		cells[from][to]++;
		values[from][to] += b->valued ? b->value : 0;
		value += from != to && b->valued ? b->value : 0;
		barred += b->barred && !a->barred;
		lifted += a->barred && !b->barred;
		starts += b->rules[1] == PPM_RULE_FIRES && a->rules[2] != PPM_RULE_FIRES; // big
		stops += a->rules[1] == PPM_RULE_FIRES;                                   // gone
		kinds += strcmp(a->arm, b->arm) != 0;
		for (int s = 0; s < PPM_SIDES; s++)
			if (rows[i].halves[s].scored) {
				scores[s][counts[s]++] = rows[i].halves[s].score;
				sums[s] += rows[i].halves[s].score;
			}
	}
	assert_int_equal(moves->compared, compared);
	assert_int_equal(moves->only[PPM_BEFORE], only[PPM_BEFORE]);
	assert_int_equal(moves->only[PPM_AFTER], only[PPM_AFTER]);
	assert_int_equal(moves->moved.count, moved);
	assert_int_equal(moves->up.count, up);
	assert_int_equal(moves->down.count, moved - up);
	assert_true(moves->moved.value == (ppm_int128)value * PPM_EXACT_SCALE);
	assert_int_equal(moves->barred.count, barred);
	assert_int_equal(moves->lifted.count, lifted);
	assert_int_equal(moves->barred.kept, barred < 7 ? barred : 7);
	assert_int_equal(moves->segments[0].changed, kinds);
	assert_int_equal(moves->rules[1].starts, starts);
	assert_int_equal(moves->rules[3].stops, stops);
	assert_int_equal(moves->tier_count, TIERS + 2); // unverified, disqualified
	for (uint32_t i = 0; i < TIERS; i++)
		for (uint32_t k = 0; k < TIERS; k++) {
			assert_int_equal(moves->cells[i * moves->tier_count + k].count, cells[i][k]);
			assert_true(moves->cells[i * moves->tier_count + k].value == (ppm_int128)values[i][k] * PPM_EXACT_SCALE);
		}
	for (int s = 0; s < PPM_SIDES; s++) {
		assert_int_equal(moves->sides[s].scored, counts[s]);
		assert_true(moves->sides[s].sum == sums[s]);
		qsort(scores[s], counts[s], sizeof scores[s][0], ascending);
		for (size_t k = 1; k <= 3; k++) {
			size_t place = (counts[s] - 1) * k;
			int64_t low = scores[s][place / 4], next = place / 4 + 1 < counts[s] ? scores[s][place / 4 + 1] : low;
			assert_int_equal(moves->sides[s].quartiles[k - 1], 4 * low + (next - low) * (int64_t)(place % 4));
		}
		uint64_t bins[PPM_MOVES_BINS] = { 0 };
		for (size_t i = 0; i < counts[s]; i++)
			bins[scores[s][i] >= 9000 ? 9 : scores[s][i] / 1000]++;
		assert_memory_equal(bins, moves->sides[s].bins, sizeof bins);
	}
}

// No row outside of the top stands before one in it.
static void check_top(const struct ppm_moves *moves, const struct both *rows, bool keyed)
{
	int64_t least = INT64_MAX;
	uint64_t above = 0;

	assert_int_equal(moves->tops[PPM_TOP_CHANGES].count, 7);
	for (uint32_t i = 0; i < moves->tops[PPM_TOP_CHANGES].count; i++) {
		int64_t change = llabs(moves->tops[PPM_TOP_CHANGES].items[i].score[PPM_AFTER] - moves->tops[PPM_TOP_CHANGES].items[i].score[PPM_BEFORE]);
		assert_true(change <= least);
		least = change;
		const struct ppm_buffer *key = &moves->tops[PPM_TOP_CHANGES].items[i].key;
		char shown[16] = "";
		assert_true(key->size > 2 && key->size < sizeof shown);
		memcpy(shown, key->data, key->size); // a buffer's bytes do not end with a zero
		int n = atoi(shown + 2);
		assert_true(moves->tops[PPM_TOP_CHANGES].items[i].line == (keyed ? 0 : (uint64_t)n + 2));
		assert_int_equal(moves->tops[PPM_TOP_CHANGES].items[i].score[PPM_AFTER], rows[n].halves[PPM_AFTER].score);
		assert_int_equal(moves->tops[PPM_TOP_CHANGES].items[i].score[PPM_BEFORE], rows[n].halves[PPM_BEFORE].score);
	}
	for (int i = 0; i < ROWS; i++) {
		const struct half *a = &rows[i].halves[PPM_BEFORE], *b = &rows[i].halves[PPM_AFTER];
		above += a->there && b->there && a->scored && b->scored && llabs(a->score - b->score) > least;
	}
	assert_true(above < 7);
}

static void counted(void **state)
{
	(void)state;
	for (int keyed = 0; keyed < 2; keyed++) {
		struct fixture *f = fixture_new();
		struct ppm_moves *moves = whole(f, keyed);
		check_counts(moves, f->rows);
		check_top(moves, f->rows, keyed);
		assert_true(moves->sides[PPM_AFTER].has_agreement);
		ppm_moves_free(moves);
		fixture_free(f);
	}
}

static void nothing_to_compare(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	memset(f->rows, 0, sizeof f->rows);
	struct ppm_moves *moves = whole(f, false);
	assert_int_equal(moves->compared, 0);
	assert_false(ppm_moves_any_wanted(moves));
	assert_false(moves->sides[PPM_AFTER].has_agreement);
	ppm_moves_free(moves);
	fixture_free(f);
}

// ---- which rules did it -------------------------------------------------------------------------------------------------

// Rule r of the older model adds n + r to row n, that of the newer one the same, but `late` one more in every third row, and `big` another in every fifth.
static void shared(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	struct ppm_moves *moves = whole(f, false);
	uint64_t late = 0, big = 0, extra = 0, gone = 0;

	for (int s = 0; s < PPM_SIDES; s++) {
		ppm_moves_again(moves, s);
		for (int n = 0; n < ROWS; n++) {
			const struct half *a = &f->rows[n].halves[PPM_BEFORE], *b = &f->rows[n].halves[PPM_AFTER];
			int64_t shares[PPM_SIDES][3] = { { n + 1, n + 2, n + 3 }, { n + 1 + (n % 3 == 0), n + 3 - (n % 5 == 0), n + 1 } };
			if (!f->rows[n].halves[s].there)
				continue;
			uint64_t number = ppm_moves_wanted(moves, (uint64_t)n + 2, PPM_SLICE(""));
			bool moves_too = a->there && b->there && rank_of(a->tier) != rank_of(b->tier);
			if (moves_too)
				assert_true(number != PPM_MOVES_NO_ROW);
			if (number == PPM_MOVES_NO_ROW)
				continue;
			assert_true(ppm_moves_shares(moves, s, number, shares[s], b->valued, (ppm_int128)b->value * PPM_EXACT_SCALE));
			if (s == PPM_AFTER && moves_too) {
				late += n % 3 == 0;
				big += n % 5 == 0;
				extra++;
				gone++;
			}
		}
	}
	assert_int_equal(moves->rules[0].moved.count, late);
	assert_int_equal(moves->rules[1].moved.count, big);
	assert_int_equal(moves->rules[2].moved.count, extra);
	assert_int_equal(moves->rules[3].moved.count, gone);
	assert_int_equal(moves->rules[3].up + moves->rules[3].down, gone);
	ppm_moves_free(moves);
	fixture_free(f);
}

static void memory_fails(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	bool done = false;

	for (size_t at = 1; !done; at++) {
		struct counted_heap heap = { .fail_at = at };
		struct ppm_allocator allocator = { counted_reallocate, &heap };
		struct ppm_moves *moves;
		f->options.allocator = &allocator;
		enum ppm_status status = ppm_moves_new(&moves, &f->options);
		for (int s = 0; s < PPM_SIDES && !status; s++) {
			if (!feed(moves, f->rows, s, true))
				status = moves->status;
			else
				status = ppm_moves_end(moves, s);
		}
		if (heap.failed)
			assert_int_equal(status, PPM_ERROR_MEMORY);
		else {
			assert_int_equal(status, PPM_OK);
			check_counts(moves, f->rows);
			done = true;
		}
		ppm_moves_free(moves);
		assert_int_equal(heap.live, 0);
	}
	fixture_free(f);
}

// ---- reports ------------------------------------------------------------------------------------------------------------

// A row in which every rule fires, or none.
static struct ppm_explained_row explained(const struct ppm_model *model, struct ppm_arena *arena, bool fires, const char *score)
{
	const struct ppm_explanation *about = ppm_model_explanation(model);
	struct ppm_explained_cell *cells = ppm_arena_allocate(arena, about->plan->result_count + 1, sizeof *cells);
	assert_non_null(cells);
	for (size_t i = 0; i < about->plan->result_count; i++) {
		const struct ppm_plan_result *result = &about->plan->results[i];
		bool flag = result->kind == PPM_RESULT_VALUE && about->plan->nodes[result->node].type.base == PPM_BASE_FLAG;
		struct ppm_slice cell = flag ? ppm_slice_of(fires ? "true" : "false") : PPM_SLICE("5");
		cells[i] = (struct ppm_explained_cell){ cell, cell };
	}
	cells[about->score] = (struct ppm_explained_cell){ ppm_slice_of(score), ppm_slice_of(score) };
	return (struct ppm_explained_row){ .about = about, .sources = ppm_model_sources(model), .cells = cells, .line = 2 };
}

static void cell_is_missing(const struct ppm_explained_row *row)
{
	((struct ppm_explained_cell *)row->cells)[row->about->score].json = PPM_SLICE("null");
}

// In both models the second dimension is whole or nothing: 50 points of the score. Of the first, `late` took 5 of 7 points; now it takes all.
static void attributed(void **state)
{
	(void)state;
	struct ppm_model *models[PPM_SIDES] = { compiled_for(old_text, PPM_OUTPUT_EXPLAIN), compiled_for(new_text, PPM_OUTPUT_EXPLAIN) };
	const struct ppm_changes changes = { .after_rules = after_rules, .before_rules = before_rules, .before_rule_count = 3, .after_rule_count = 3 };
	struct ppm_attribution why;
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	struct ppm_explained_row before = explained(models[PPM_BEFORE], &arena, false, "85.7"), after = explained(models[PPM_AFTER], &arena, true, "50");
	assert_int_equal(ppm_attribution_make(&why, &arena, &before, &after, &changes), PPM_OK);
	assert_true(why.has_change);
	assert_int_equal(why.change, -3570);
	int64_t sum = 0;
	for (uint32_t i = 0; i < why.count; i++)
		sum += why.lines[i].change;
	assert_int_equal(sum, -3570);
	cell_is_missing(&after);
	assert_int_equal(ppm_attribution_make(&why, &arena, &before, &after, &changes), PPM_OK);
	assert_false(why.has_change);
	assert_int_equal(why.count, 0);
	ppm_arena_free(&arena);
	ppm_model_free(models[PPM_BEFORE]);
	ppm_model_free(models[PPM_AFTER]);
}

enum { TEXT, MARKDOWN, JSON, FORMATS };

static bool reported(int format, const struct ppm_allocator *allocator, struct ppm_moves_report report, const struct ppm_explained_row *rows, const struct ppm_changes *changes)
{
	struct ppm_moves_customer customers[7];
	struct ppm_buffer out;
	struct ppm_arena arena;
	bool fine = true;

	ppm_arena_init(&arena, allocator);
	ppm_buffer_init(&out, allocator);
	for (int i = 0; i < 7 && fine; i++) {
		customers[i] = (struct ppm_moves_customer){ .rows = { rows[PPM_BEFORE], rows[PPM_AFTER] } };
		fine = !ppm_attribution_make(&customers[i].why, &arena, &rows[PPM_BEFORE], &rows[PPM_AFTER], changes);
	}
	report.customers[PPM_TOP_MOVES] = report.customers[PPM_TOP_CHANGES] = customers;
	if (fine) {
		if (format == TEXT)
			ppm_moves_text(&report, true, &arena, &out);
		else if (format == MARKDOWN)
			ppm_moves_markdown(&report, &arena, &out);
		else
			ppm_moves_json(&report, &arena, &out);
		fine = !out.failed;
	}
	ppm_buffer_free(&out);
	ppm_arena_free(&arena);
	return fine;
}

static void reports_without_memory(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	struct ppm_model *models[PPM_SIDES] = { compiled_for(old_text, PPM_OUTPUT_EXPLAIN), compiled_for(new_text, PPM_OUTPUT_EXPLAIN) };
	struct ppm_moves *moves = whole(f, true);
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	const struct ppm_explained_row rows[PPM_SIDES] = { explained(models[PPM_BEFORE], &arena, false, "85.7"), explained(models[PPM_AFTER], &arena, true, "50") };
	struct ppm_moves_condition condition = { .holds = true };
	struct ppm_condition_problem problem;
	assert_true(ppm_condition_parse(&condition.condition, &arena, PPM_SLICE("moved > 5% or value_down > 3"), &problem));
	const struct ppm_moves_report report = { .moves = moves,
		.changes = &f->changes,
		.data = PPM_SLICE("data.csv"),
		.value_name = PPM_SLICE("worth"),
		.is_money = true,
		.conditions = &condition,
		.condition_count = 1 };
	for (int format = TEXT; format < FORMATS; format++) {
		bool done = false;
		for (size_t left = 0; !done; left++) {
			struct poor_heap heap = { .left = left };
			struct ppm_allocator allocator = { poor_reallocate, &heap };
			done = reported(format, &allocator, report, rows, &f->changes);
			assert_true(done || heap.refused);
			assert_false(done && heap.refused);
			assert_int_equal(heap.blocks, 0);
		}
	}
	ppm_arena_free(&arena);
	ppm_moves_free(moves);
	ppm_model_free(models[PPM_BEFORE]);
	ppm_model_free(models[PPM_AFTER]);
	fixture_free(f);
}

// ---- conditions ---------------------------------------------------------------------------------------------------------

static void conditions(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool holds;
	} cases[] = { { "moved > 5%", false }, { "moved >= 5%", true }, { "moved = 10", true }, { "not moved > 10", true }, { "up + 1 > 3", false },
		{ "moved > 9 and down > 6", true }, { "moved > 10 or down > 6", true }, { "5% <= moved <= 5%", true }, { "moved between 9 and 11", true },
		{ "moved not between 9 and 11", false }, { "up < down", true }, { "value_down > 1_000", true }, { "value_down > 1_000.000_000_000_001", false },
		{ "value_net < -500", true }, { "agreement < 0.7", true }, { "agreement < 70%", true }, { "agreement > 69.9999%", false }, { "mean > 50.01", false },
		{ "unchanged >= 95%", true }, { "disqualified > 0", false }, { "60% > moved", true }, { "value_down > 10%", true }, { "value_down > 10.000_001%", false } };
	struct fixture *f = fixture_new();
	struct ppm_moves *moves;
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	assert_int_equal(ppm_moves_new(&moves, &f->options), PPM_OK);
	moves->compared = 200;
	moves->moved = (struct ppm_moves_tally){ 10, (ppm_int128)1400 * PPM_EXACT_SCALE };
	moves->up = (struct ppm_moves_tally){ 3, (ppm_int128)399 * PPM_EXACT_SCALE };
	moves->down = (struct ppm_moves_tally){ 7, (ppm_int128)1000 * PPM_EXACT_SCALE + 1 };
	moves->all = (struct ppm_moves_tally){ 200, (ppm_int128)10000 * PPM_EXACT_SCALE };
	moves->sides[PPM_AFTER] = (struct ppm_moves_side){ .scored = 2, .sum = 10002, .has_agreement = true, .agreement = 0.69 };
	moves->down.value = (ppm_int128)1000 * PPM_EXACT_SCALE + 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_condition condition;
		struct ppm_condition_problem problem;
		bool holds = false, parsed = ppm_condition_parse(&condition, &arena, ppm_slice_of(cases[i].text), &problem);
		if (strchr(cases[i].text, '+')) { // figures are compared, not computed with
			assert_false(parsed);
			continue;
		}
		if (!parsed)
			fail_msg("%s: %.*s", cases[i].text, (int)problem.problem.size, problem.problem.data);
		assert_true(ppm_condition_holds(&condition, moves, &arena, &holds, &problem));
		if (holds != cases[i].holds)
			fail_msg("%s", cases[i].text);
	}
	ppm_arena_free(&arena);
	ppm_moves_free(moves);
	fixture_free(f);
}

static void bad_conditions(void **state)
{
	(void)state;
	static const struct {
		const char *text, *problem, *help;
	} cases[] = {
		{ "movd > 5%", "there is no figure `movd`", "did you mean `moved`?" },
		{ "moved", "this is no comparison of figures", "compare figures" },
		{ "3 > 2", "two numbers are compared, and no figure", "compare figures" },
		{ "mean < 60%", "a score is compared with a percentage", "write a number" },
		{ "moved > value_up", "the two figures count different things", "compare customers" },
		{ "payments.slow > 2", "there is no figure `payments.slow`", "the figures are" },
		{ "moved > \"5\"", "only figures and numbers can be compared", "compare figures" },
		{ "moved > 0.000_000_000_000_1", "`0.0000000000001` has more than 12 places", "" },
		{ "", "", "" },
		{ "moved > 5% (", "", "" },
		{ "moved > 5% \n reward x when y", "", "" },
		{ "\xff > 2", "", "" },
	};
	struct ppm_arena arena;

	ppm_arena_init(&arena, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_condition condition;
		struct ppm_condition_problem problem;
		assert_false(ppm_condition_parse(&condition, &arena, ppm_slice_of(cases[i].text), &problem));
		assert_true(problem.problem.size > 0);
		if (cases[i].problem[0])
			assert_true(ppm_slice_is(problem.problem, cases[i].problem));
		assert_true(problem.help.size >= strlen(cases[i].help) && !memcmp(problem.help.data, cases[i].help, strlen(cases[i].help)));
	}
	for (size_t left = 0; left < 30; left++) { // every allocation fails
		struct poor_heap heap = { .left = left };
		struct ppm_allocator allocator = { poor_reallocate, &heap };
		struct ppm_arena poor;
		struct ppm_condition condition;
		struct ppm_condition_problem problem;
		ppm_arena_init(&poor, &allocator);
		bool parsed = ppm_condition_parse(&condition, &poor, PPM_SLICE("moved > 5% and nobody < 3"), &problem);
		assert_false(parsed);
		if (heap.refused)
			assert_int_equal(problem.problem.size, 0);
		ppm_arena_free(&poor);
		assert_int_equal(heap.blocks, 0);
	}
	ppm_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted),
		cmocka_unit_test(nothing_to_compare),
		cmocka_unit_test(shared),
		cmocka_unit_test(memory_fails),
		cmocka_unit_test(attributed),
		cmocka_unit_test(reports_without_memory),
		cmocka_unit_test(conditions),
		cmocka_unit_test(bad_conditions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Rows, and what became of them. A row of a file has the number that the kept data gives it, in every variant the same; a row that is made of others is told by its key.
//
// Batches come from all threads: each writes its own rows only, and sums are added up under the lock, in integers, so that their order does not matter.
#include "lang/whatif/whatif.h"

#include "runtime/engine/row.h"
#include "runtime/sink/format_value.h"

#include <assert.h>
#include <string.h>

#define KEY_END '\x1f'
#define SUM_MOST ((ppm_int128)1 << 120)

// ---- what is compared -------------------------------------------------------------------------------------------

static uint32_t add(struct ppm_slice *list, uint32_t count, struct ppm_slice name)
{
	list[count] = name;
	return count + 1;
}

bool ppm_whatif_about_make(struct ppm_whatif_about *about, const struct ppm_model *model, struct ppm_arena *arena)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	bool has_tier = plan->tier != PPM_NODE_NONE;
	struct ppm_slice *tiers = ppm_arena_allocate(arena, plan->tier_count + 2, sizeof *tiers);
	struct ppm_slice *metrics = ppm_arena_allocate(arena, plan->metric_count + 1, sizeof *metrics);
	struct ppm_slice *keys = ppm_arena_allocate(arena, plan->column_count + 1, sizeof *keys);
	struct ppm_slice *columns = ppm_arena_allocate(arena, plan->column_count + about->value_count + 3, sizeof *columns);
	if (!tiers || !metrics || !keys || !columns)
		return false;
	// a tier that is given early as a veto, and again at the end, is what it is at the end
	for (size_t i = 0; i < plan->tier_count && has_tier; i++) {
		bool again = false;
		for (size_t k = i + 1; k < plan->tier_count && !again; k++)
			again = ppm_slice_equal(plan->tiers[i].name, plan->tiers[k].name);
		if (!again)
			about->tier_count = add(tiers, about->tier_count, ppm_arena_copy(arena, plan->tiers[i].name));
	}
	if (has_tier && plan->disqualifier_count) {
		about->tier_count = add(tiers, about->tier_count, PPM_SLICE("unverified"));
		about->tier_count = add(tiers, about->tier_count, PPM_SLICE("disqualified"));
	}
	for (size_t i = 0; i < plan->metric_count; i++)
		about->metric_count = add(metrics, about->metric_count, ppm_arena_copy(arena, plan->metrics[i].name));
	about->has_score = plan->score != PPM_NODE_NONE;
	about->places = plan->places;
	if (about->has_score)
		about->column_count = add(columns, about->column_count, PPM_SLICE("score"));
	if (has_tier)
		about->column_count = add(columns, about->column_count, PPM_SLICE("tier"));
	for (size_t i = 0; i < plan->column_count && plan->datasets[0].kind == PPM_DATASET_GROUPS; i++)
		if (plan->columns[i].dataset == 0 && plan->columns[i].kind == PPM_PLAN_KEY) {
			about->key_count = add(keys, about->key_count, ppm_arena_copy(arena, plan->columns[i].name));
			about->column_count = add(columns, about->column_count, keys[about->key_count - 1]);
		}
	for (uint32_t i = 0; i < about->value_count; i++)
		about->column_count = add(columns, about->column_count, about->values[i]);
	about->tiers = tiers;
	about->metrics = metrics;
	about->keys = keys;
	about->columns = columns;
	return !arena->failed;
}

// ---- memory ------------------------------------------------------------------------------------------------------

static void give_back(struct ppm_whatif *w, struct ppm_whatif_rows *rows, uint64_t room)
{
	ppm_memory_give(w->memory, rows->scores, room * sizeof *rows->scores);
	ppm_memory_give(w->memory, rows->tiers, room * sizeof *rows->tiers);
	*rows = (struct ppm_whatif_rows){ NULL, NULL };
}

// What is there stays; all arrays become larger, or none.
static bool make_room(struct ppm_whatif *w, uint64_t rows)
{
	struct ppm_whatif_rows *both[] = { &w->base, &w->now }, larger[2] = { { NULL, NULL }, { NULL, NULL } };
	uint64_t room = w->about->key_count ? rows + rows / 2 + 1024 : rows; // those of a file are known
	bool made = true;
	if (rows <= w->room)
		return true;
	for (int i = 0; i < 2 && made; i++) {
		larger[i].scores = ppm_memory_take(w->memory, room * sizeof *larger[i].scores);
		larger[i].tiers = ppm_memory_take(w->memory, room * sizeof *larger[i].tiers);
		made = larger[i].scores && larger[i].tiers;
	}
	for (int i = 0; i < 2; i++) {
		if (!made) {
			give_back(w, &larger[i], room);
			continue;
		}
		if (w->room) {
			memcpy(larger[i].scores, both[i]->scores, w->room * sizeof *larger[i].scores);
			memcpy(larger[i].tiers, both[i]->tiers, w->room * sizeof *larger[i].tiers);
		}
		for (uint64_t row = w->room; row < room; row++) {
			larger[i].scores[row] = PPM_WHATIF_NO_SCORE;
			larger[i].tiers[row] = PPM_WHATIF_ABSENT;
		}
		give_back(w, both[i], w->room);
		*both[i] = larger[i];
	}
	if (made)
		w->room = room;
	return made;
}

enum ppm_status ppm_whatif_open(struct ppm_whatif *w, const struct ppm_whatif_about *about, const struct ppm_allocator *allocator, struct ppm_arena *arena,
	struct ppm_memory *memory, uint64_t rows, const struct ppm_slice *texts, size_t text_count)
{
	*w = (struct ppm_whatif){ .about = about, .allocator = allocator, .arena = arena, .memory = memory };
	ppm_interner_init(&w->keys, allocator);
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		return PPM_ERROR_MEMORY;
	w->ready = true;
	w->tier_of_code = ppm_allocate(allocator, text_count + 1, sizeof *w->tier_of_code);
	if (!w->tier_of_code)
		return PPM_ERROR_MEMORY;
	w->code_count = (uint32_t)text_count;
	for (size_t i = 0; i < text_count; i++) {
		w->tier_of_code[i] = PPM_WHATIF_NO_TIER;
		for (uint32_t t = 0; t < about->tier_count; t++)
			if (ppm_slice_equal(texts[i], about->tiers[t]))
				w->tier_of_code[i] = (int16_t)t;
	}
	if (about->key_count)
		return PPM_OK;
	w->row_count = rows;
	return make_room(w, rows ? rows : 1) ? PPM_OK : ppm_memory_status(memory);
}

void ppm_whatif_close(struct ppm_whatif *w)
{
	give_back(w, &w->base, w->room);
	give_back(w, &w->now, w->room);
	ppm_distribution_free(&w->of_base);
	ppm_interner_free(&w->keys);
	ppm_free(w->allocator, w->tier_of_code);
	if (w->ready)
		pthread_mutex_destroy(&w->lock);
	*w = (struct ppm_whatif){ .allocator = w->allocator };
}

// ---- taking rows ---------------------------------------------------------------------------------------------------

// Under the lock. The rows of a batch that stands in no file.
static bool find_rows(struct ppm_whatif *w, const struct ppm_engine_batch *shown, uint32_t first, uint32_t *out)
{
	struct ppm_buffer key;
	bool fine = true;
	ppm_buffer_init(&key, w->allocator);
	for (uint32_t row = 0; row < shown->batch->rows && fine; row++) {
		if (ppm_mask_bit(shown->batch->refused, row))
			continue;
		key.size = 0;
		for (uint32_t i = 0; i < w->about->key_count; i++) {
			if (i)
				ppm_buffer_append_char(&key, KEY_END);
			ppm_sink_cell(shown->sink, shown->batch, shown->vm, row, first + i, &key);
		}
		out[row] = key.failed ? PPM_INTERNER_NONE : ppm_interner_add(&w->keys, key.size ? ppm_buffer_slice(&key) : PPM_SLICE(""));
		fine = out[row] != PPM_INTERNER_NONE && make_room(w, (uint64_t)out[row] + 1);
	}
	w->row_count = w->keys.count > w->row_count ? w->keys.count : w->row_count;
	ppm_buffer_free(&key);
	return fine;
}

static bool add_values(struct ppm_whatif *w, const struct ppm_engine_batch *shown, uint32_t first, const int16_t *tiers)
{
	ppm_int128 *exact = ppm_allocate(w->allocator, PPM_BATCH_ROWS, sizeof *exact);
	size_t slots = (size_t)w->about->tier_count + 1;
	if (!exact)
		return false;
	for (uint32_t v = 0; v < w->about->value_count; v++) {
		uint64_t present[PPM_MASK_WORDS], beyond[PPM_MASK_WORDS];
		if (!ppm_batch_exacts(shown, first + v, exact, present, beyond))
			continue;
		pthread_mutex_lock(&w->lock);
		for (uint32_t row = 0; row < shown->batch->rows; row++) {
			if (ppm_mask_bit(shown->batch->refused, row) || !ppm_mask_bit(present, row))
				continue;
			size_t slot = v * slots + (tiers[row] < 0 ? w->about->tier_count : (size_t)tiers[row]);
			w->result->value_counts[slot]++;
			if (ppm_mask_bit(beyond, row)) {
				w->result->value_overflow = true;
				continue;
			}
			ppm_int128 *sum = &w->result->value_sums[slot];
			*sum += exact[row];
			if (*sum > SUM_MOST || *sum < -SUM_MOST) {
				w->result->value_overflow = true;
				*sum = 0;
			}
		}
		pthread_mutex_unlock(&w->lock);
	}
	ppm_free(w->allocator, exact);
	return true;
}

bool ppm_whatif_take(void *context, const struct ppm_engine_batch *shown)
{
	struct ppm_whatif *w = context;
	const struct ppm_whatif_about *about = w->about;
	uint32_t found[PPM_BATCH_ROWS], column = 0;
	const uint32_t *ids = shown->batch->lines;
	double scores[PPM_BATCH_ROWS];
	int16_t tiers[PPM_BATCH_ROWS];
	uint64_t has_score[PPM_MASK_WORDS] = { 0 }, has_tier[PPM_MASK_WORDS] = { 0 };
	const int32_t *codes = NULL;
	uint32_t score_column = column, tier_column, key_column;
	const double scale = (double)ppm_power_of_ten[about->places]; // scores are decimals of so many places
	bool fine = true;

	column += about->has_score;
	tier_column = column;
	column += about->tier_count > 0;
	key_column = column;
	if (about->has_score && !ppm_batch_numbers(shown, score_column, scores, has_score))
		memset(has_score, 0, sizeof has_score);
	if (about->tier_count && !ppm_batch_texts(shown, tier_column, &codes, has_tier))
		memset(has_tier, 0, sizeof has_tier);
	if (about->key_count) {
		pthread_mutex_lock(&w->lock);
		fine = find_rows(w, shown, key_column, found);
		ids = found;
	}
	for (uint32_t row = 0; row < shown->batch->rows && fine; row++) {
		if (ppm_mask_bit(shown->batch->refused, row))
			continue;
		uint32_t code = ppm_mask_bit(has_tier, row) ? (uint32_t)codes[row] : UINT32_MAX;
		tiers[row] = code < w->code_count ? w->tier_of_code[code] : PPM_WHATIF_NO_TIER;
		w->filling->tiers[ids[row]] = tiers[row];
		w->filling->scores[ids[row]] = ppm_mask_bit(has_score, row) ? (uint32_t)(scores[row] * scale + 0.5) : PPM_WHATIF_NO_SCORE;
	}
	if (about->key_count)
		pthread_mutex_unlock(&w->lock);
	if (fine && about->value_count)
		fine = add_values(w, shown, key_column + about->key_count, tiers);
	return fine;
}

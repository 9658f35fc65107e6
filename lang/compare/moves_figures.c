// Distributions of scores, the agreement of perspectives, and all figures by the names that conditions know them by.
#include "lang/compare/moves_internal.h"
#include "runtime/dataset/steps.h"

#define DIGIT_BITS 9 // of a pass of the sort: three of them hold a score
#define DIGITS (1u << DIGIT_BITS)
#define PASSES 3

// ---- scores -------------------------------------------------------------------------------------------------------------

static void sort(uint32_t *values, uint32_t *scratch, uint64_t count)
{
	for (unsigned pass = 0; pass < PASSES; pass++) {
		const unsigned shift = pass * DIGIT_BITS;
		uint64_t starts[DIGITS + 1] = { 0 };
		for (uint64_t i = 0; i < count; i++)
			starts[(values[i] >> shift & (DIGITS - 1)) + 1]++;
		for (unsigned i = 0; i < DIGITS; i++)
			starts[i + 1] += starts[i];
		for (uint64_t i = 0; i < count; i++)
			scratch[starts[values[i] >> shift & (DIGITS - 1)]++] = values[i];
		uint32_t *swap = values;
		values = scratch;
		scratch = swap;
	}
	memcpy(scratch, values, count * sizeof *values); // an odd number of passes ends in the scratch
}

// Of type 7, in quarters: the place of quartile k is (count - 1) k / 4.
static int64_t quartile(const uint32_t *values, uint64_t count, unsigned k)
{
	uint64_t place = (count - 1) * k, low = place / 4;
	int64_t first = values[low], next = low + 1 < count ? values[low + 1] : first;

	return 4 * first + (next - first) * (int64_t)(place % 4);
}

enum ppm_status ppm_moves_distribution(struct ppm_moves *moves, int side)
{
	struct ppm_moves_store *store = moves->store;
	struct ppm_moves_side *out = &moves->sides[side];
	struct ppm_moves_array own = { NULL, 0 }, scratch = { NULL, 0 };
	const uint32_t *kept = store->scores[side].data, *other = store->scores[PPM_AFTER].data;
	uint64_t count = 0, width = 10;

	for (int i = 0; i < moves->places; i++)
		width *= 10;
	if (!ppm_moves_reserve(moves, &own, store->count * 4 + 4) || !ppm_moves_reserve(moves, &scratch, store->count * 4 + 4)) {
		ppm_moves_release(moves, &own);
		return moves->status;
	}
	for (uint64_t i = 0; i < store->count; i++) {
		if (other[i] == PPM_KEPT_ABSENT || kept[i] < PPM_KEPT_FIRST)
			continue;
		uint32_t score = kept[i] - PPM_KEPT_FIRST, bin = (uint32_t)(score / width);
		((uint32_t *)own.data)[count++] = score;
		out->bins[bin < PPM_MOVES_BINS ? bin : PPM_MOVES_BINS - 1]++;
		out->sum += score;
	}
	out->scored = count;
	sort(own.data, scratch.data, count);
	for (unsigned k = 1; k <= 3 && count; k++)
		out->quartiles[k - 1] = quartile(own.data, count, k);
	ppm_moves_release(moves, &own);
	ppm_moves_release(moves, &scratch);
	return PPM_OK;
}

// ---- perspectives -------------------------------------------------------------------------------------------------------

// From rows to columns, with their presence.
static bool columns_of(struct ppm_moves *moves, int side, struct ppm_series *columns, struct ppm_moves_array *values, struct ppm_moves_array *present)
{
	const uint32_t count = (uint32_t)moves->options.plans[side]->perspective_count;
	const uint64_t rows = moves->sides[side].rows, words = rows / 64 + 1;
	const int64_t *judged = moves->store->judged[side].data;

	if (!ppm_moves_reserve(moves, values, count * words * 64 * 8) || !ppm_moves_reserve(moves, present, count * words * 8))
		return false;
	for (uint32_t c = 0; c < count; c++) {
		int64_t *column = (int64_t *)values->data + c * words * 64;
		uint64_t *mask = (uint64_t *)present->data + c * words;
		for (uint64_t r = 0; r < rows; r++) {
			int64_t score = judged[r * count + c];
			column[r] = score == INT64_MIN ? 0 : score;
			if (score != INT64_MIN)
				mask[r / 64] |= (uint64_t)1 << (r % 64);
		}
		columns[c] = (struct ppm_series){ PPM_CLASS_I64, column, mask };
	}
	return true;
}

enum ppm_status ppm_moves_agreement(struct ppm_moves *moves, int side)
{
	const uint32_t count = (uint32_t)moves->options.plans[side]->perspective_count;
	struct ppm_moves_side *out = &moves->sides[side];
	struct ppm_moves_array values = { NULL, 0 }, present = { NULL, 0 };
	struct ppm_steps steps = { .memory = moves->store->memory, .threads = 1, .interrupted = moves->options.interrupted };
	struct ppm_series *columns;
	uint64_t skipped;
	enum ppm_status status;

	if (count < 2 || !out->rows)
		return PPM_OK;
	columns = ppm_arena_allocate(&moves->arena, count, sizeof *columns);
	if (!columns)
		return PPM_ERROR_MEMORY;
	if (columns_of(moves, side, columns, &values, &present)) {
		ppm_moves_release(moves, &moves->store->judged[side]);
		status = ppm_step_agreement(&steps, PPM_AGREEMENT_CONCORDANCE, columns, count, NULL, out->rows, &out->agreement, &out->has_agreement, &skipped);
	} else
		status = moves->status;
	ppm_moves_release(moves, &values);
	ppm_moves_release(moves, &present);
	return status;
}

// ---- by name ------------------------------------------------------------------------------------------------------------

enum figure {
	CUSTOMERS,
	MOVED,
	UP,
	DOWN,
	UNCHANGED,
	RESCORED,
	DISQUALIFIED,
	LIFTED,
	MISSING,
	MISSING_BEFORE,
	ONLY_OLD,
	ONLY_NEW,
	VALUE,
	VALUE_BEFORE,
	VALUE_MOVED,
	VALUE_UP,
	VALUE_DOWN,
	VALUE_NET,
	MEAN,
	MEAN_BEFORE,
	MEDIAN,
	MEDIAN_BEFORE,
	LARGEST,
	AGREEMENT,
	AGREEMENT_BEFORE,
	FIGURES
};

static const struct ppm_figure figures[FIGURES] = {
	[CUSTOMERS] = { "customers", "customers that both models score", PPM_FIGURE_CUSTOMERS },
	[MOVED] = { "moved", "who are in another tier; where neither model has tiers, who have another score", PPM_FIGURE_CUSTOMERS },
	[UP] = { "up", "who move to a better tier", PPM_FIGURE_CUSTOMERS },
	[DOWN] = { "down", "who move to a worse tier", PPM_FIGURE_CUSTOMERS },
	[UNCHANGED] = { "unchanged", "who do not move", PPM_FIGURE_CUSTOMERS },
	[RESCORED] = { "rescored", "who have another score than before, be it one at all", PPM_FIGURE_CUSTOMERS },
	[DISQUALIFIED] = { "disqualified", "who are disqualified, and were not", PPM_FIGURE_CUSTOMERS },
	[LIFTED] = { "lifted", "who were disqualified, and are not any more", PPM_FIGURE_CUSTOMERS },
	[MISSING] = { "missing", "who have no score", PPM_FIGURE_CUSTOMERS },
	[MISSING_BEFORE] = { "missing_before", "who had no score", PPM_FIGURE_CUSTOMERS },
	[ONLY_OLD] = { "only_old", "rows that only the old model scores", PPM_FIGURE_CUSTOMERS },
	[ONLY_NEW] = { "only_new", "rows that only the new model scores", PPM_FIGURE_CUSTOMERS },
	[VALUE] = { "value", "the value of all customers, by the new model", PPM_FIGURE_VALUE },
	[VALUE_BEFORE] = { "value_before", "the value of all customers, by the old model", PPM_FIGURE_VALUE },
	[VALUE_MOVED] = { "value_moved", "the value of those who move", PPM_FIGURE_VALUE },
	[VALUE_UP] = { "value_up", "the value of those who move up", PPM_FIGURE_VALUE },
	[VALUE_DOWN] = { "value_down", "the value of those who move down", PPM_FIGURE_VALUE },
	[VALUE_NET] = { "value_net", "value_up less value_down", PPM_FIGURE_VALUE },
	[MEAN] = { "mean", "the mean score", PPM_FIGURE_SCORE },
	[MEAN_BEFORE] = { "mean_before", "the mean score by the old model", PPM_FIGURE_SCORE },
	[MEDIAN] = { "median", "the median score", PPM_FIGURE_SCORE },
	[MEDIAN_BEFORE] = { "median_before", "the median score by the old model", PPM_FIGURE_SCORE },
	[LARGEST] = { "largest", "the largest change of a score, up or down", PPM_FIGURE_SCORE },
	[AGREEMENT] = { "agreement", "Kendall's W of the perspectives' scores, from 0 to 1", PPM_FIGURE_NUMBER },
	[AGREEMENT_BEFORE] = { "agreement_before", "the same by the old model", PPM_FIGURE_NUMBER },
};

const struct ppm_figure *ppm_figure_at(uint32_t index)
{
	return index < FIGURES ? &figures[index] : NULL;
}

static ppm_int128 of_units(const struct ppm_moves *moves, ppm_int128 units)
{
	return units * ppm_power_of_ten[PPM_EXACT_PLACES - moves->places];
}

static bool mean_of(const struct ppm_moves *moves, int side, ppm_int128 *out)
{
	const struct ppm_moves_side *s = &moves->sides[side];

	if (s->scored)
		*out = ppm_round_divide_128(of_units(moves, s->sum), s->scored);
	return s->scored > 0;
}

static bool median_of(const struct ppm_moves *moves, int side, ppm_int128 *out)
{
	const struct ppm_moves_side *s = &moves->sides[side];

	if (s->scored)
		*out = of_units(moves, s->quartiles[1]) / 4;
	return s->scored > 0;
}

static bool agreement_of(const struct ppm_moves *moves, int side, ppm_int128 *out)
{
	return moves->sides[side].has_agreement && ppm_exact_from_number(moves->sides[side].agreement, out);
}

static uint64_t count_of(const struct ppm_moves *moves, enum figure figure)
{
	switch (figure) {
	case MOVED: return moves->moved.count;
	case UP: return moves->up.count;
	case DOWN: return moves->down.count;
	case UNCHANGED: return moves->compared - moves->moved.count;
	case RESCORED: return moves->rescored;
	case DISQUALIFIED: return moves->barred.count;
	case LIFTED: return moves->lifted.count;
	case MISSING: return moves->sides[PPM_AFTER].missing;
	case MISSING_BEFORE: return moves->sides[PPM_BEFORE].missing;
	case ONLY_OLD: return moves->only[PPM_BEFORE];
	case ONLY_NEW: return moves->only[PPM_AFTER];
	default: return moves->compared;
	}
}

static bool value_of(const struct ppm_moves *moves, enum figure figure, ppm_int128 *out)
{
	if (figure == VALUE || figure == VALUE_BEFORE) {
		int side = figure == VALUE ? PPM_AFTER : PPM_BEFORE;
		*out = moves->sides[side].value;
		return moves->options.has_value[side];
	}
	*out = figure == VALUE_MOVED ? moves->moved.value : figure == VALUE_UP ? moves->up.value : figure == VALUE_DOWN ? moves->down.value : moves->up.value - moves->down.value;
	return moves->has_value;
}

bool ppm_figure_value(const struct ppm_moves *moves, uint32_t index, ppm_int128 *value, ppm_int128 *whole)
{
	enum figure figure = (enum figure)index;

	*whole = 0;
	switch (figures[index].unit) {
	case PPM_FIGURE_CUSTOMERS:
		*value = (ppm_int128)count_of(moves, figure) * PPM_EXACT_SCALE;
		*whole = (ppm_int128)(figure == ONLY_OLD || figure == ONLY_NEW ? moves->compared + moves->only[figure == ONLY_NEW] : moves->compared) * PPM_EXACT_SCALE;
		return true;
	case PPM_FIGURE_VALUE: *whole = moves->all.value; return value_of(moves, figure, value);
	default: break;
	}
	switch (figure) {
	case MEAN: return mean_of(moves, PPM_AFTER, value);
	case MEAN_BEFORE: return mean_of(moves, PPM_BEFORE, value);
	case MEDIAN: return median_of(moves, PPM_AFTER, value);
	case MEDIAN_BEFORE: return median_of(moves, PPM_BEFORE, value);
	case AGREEMENT: return agreement_of(moves, PPM_AFTER, value);
	case AGREEMENT_BEFORE: return agreement_of(moves, PPM_BEFORE, value);
	default: break;
	}
	*value = 0; // LARGEST
	if (moves->tops[PPM_TOP_CHANGES].count) {
		const struct ppm_moved_customer *first = &moves->tops[PPM_TOP_CHANGES].items[0];
		int64_t change = first->score[PPM_AFTER] - first->score[PPM_BEFORE];
		*value = of_units(moves, change < 0 ? -change : change);
	}
	return true;
}

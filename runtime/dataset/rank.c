// Places among rows. Rows that have a value stand in one array, those of a partition together, each with its value as a key; the partitions are sorted and gone through from the least
// value on. Rows that are not of the population stand among the others and take the place they find without moving anybody. Ties are put in the order of the table's key only where that makes a
// difference.
#include "runtime/dataset/exact_sum.h"
#include "runtime/dataset/rank_internal.h"

#include <assert.h>
#include <math.h>

struct ranking {
	const struct ppm_steps *steps;
	struct ppm_rank_request *request;
	struct ppm_order_column value_column, tie_column;
	struct ppm_sort_item *items, *scratch;
	uint64_t count, capacity;
	uint32_t *ends; // [partition + 1]: while placing where each begins and, after it, ends
	uint64_t partitions;
	// Totals of the partitions, for shares: of numbers, or of whole values.
	struct ppm_exact_sums exact;
	ppm_int128 *wide;
	struct ppm_exact_range range;
	// The sum so far.
	struct ppm_exact_sums running_exact;
	ppm_int128 running;
};

static bool is_number(const struct ranking *ranking)
{
	return ranking->request->value->class == PPM_CLASS_F64;
}

static bool has_place(const struct ppm_rank_request *request, uint64_t row)
{
	return ppm_mask_bit(request->where, row) && !(request->partition && request->partition[row] == PPM_NO_ROW);
}

static inline uint64_t partition_of(const struct ppm_rank_request *request, uint64_t row)
{
	return request->partition ? request->partition[row] : 0;
}

static ppm_int128 whole_value(const struct ppm_series *series, uint64_t row)
{
	switch (series->class) {
	case PPM_CLASS_I64: return ((const int64_t *)series->values)[row];
	case PPM_CLASS_X128: return ((const ppm_int128 *)series->values)[row];
	case PPM_CLASS_I32: return ((const int32_t *)series->values)[row];
	default: break;
	}
	assert(0 && "a class with shares");
	return 0;
}

static double number_value(const struct ppm_series *series, uint64_t row)
{
	return ((const double *)series->values)[row];
}

// All rows with a place and a value are present to begin with.
static inline void put(struct ranking *ranking, uint64_t row, double figure)
{
	((double *)ranking->request->out->values)[row] = figure;
}
static void take_away(struct ranking *ranking, uint64_t row)
{
	((double *)ranking->request->out->values)[row] = 0;
	ppm_series_set_bit(ranking->request->out->present, row, false);
}
static void lose_share(struct ranking *ranking, uint64_t row)
{
	take_away(ranking, row);
	ranking->request->no_share++;
}

// ---- totals -----------------------------------------------------------------------------------------------------

static enum ppm_status add_totals(struct ranking *ranking)
{
	const struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = PPM_OK;
	if (is_number(ranking)) {
		// Later rows come to the running sum for a moment, and must fit it.
		for (uint64_t start = 0; start < request->rows; start += PPM_STEPS_BLOCK) {
			double values[PPM_STEPS_BLOCK];
			uint64_t count = 0;
			for (uint64_t row = start; row < request->rows && row < start + PPM_STEPS_BLOCK; row++)
				if (has_place(request, row) && ppm_series_present(request->value, row))
					values[count++] = number_value(request->value, row);
			ppm_exact_range_add(&ranking->range, values, count);
		}
		status = ppm_exact_sums_new(&ranking->exact, ranking->steps, ranking->partitions, ranking->range, request->rows + 1);
	} else {
		ranking->wide = ppm_steps_take(ranking->steps, ranking->partitions, sizeof *ranking->wide, &status);
	}
	if (status != PPM_OK)
		return status;
	for (uint64_t row = 0; row < request->reference; row++) {
		if (!has_place(request, row) || !ppm_series_present(request->value, row))
			continue;
		if (is_number(ranking))
			ppm_exact_add(&ranking->exact, partition_of(request, row), number_value(request->value, row));
		else
			ranking->wide[partition_of(request, row)] += whole_value(request->value, row);
	}
	return PPM_OK;
}

// Two exact sums of numbers, divided; scaled down alike when one of them is no double.
static double ratio_of_sums(const struct ppm_exact_sums *parts, uint64_t part, const struct ppm_exact_sums *wholes, uint64_t whole)
{
	const uint64_t *part_words = parts->words + part * parts->width, *whole_words = wholes->words + whole * wholes->width;
	double a = ppm_exact_round(part_words, parts->width, parts->low, 0), b = ppm_exact_round(whole_words, wholes->width, wholes->low, 0);
	if (isinf(a) || isinf(b)) {
		a = ppm_exact_round(part_words, parts->width, parts->low, -64);
		b = ppm_exact_round(whole_words, wholes->width, wholes->low, -64);
	}
	return a / b;
}

static bool has_total(const struct ranking *ranking, uint64_t partition)
{
	if (!is_number(ranking))
		return ranking->wide[partition] != 0;
	return ppm_exact_sum(&ranking->exact, partition) != 0;
}

static void write_share(struct ranking *ranking, uint64_t row, double share)
{
	if (isfinite(share))
		put(ranking, row, share + 0.0);
	else
		lose_share(ranking, row); // of a total next to nothing
}

static enum ppm_status shares(struct ranking *ranking)
{
	const struct ppm_rank_request *request = ranking->request;
	for (uint64_t row = 0; row < request->rows; row++) {
		if (row % 65536 == 0 && ppm_steps_interrupted(ranking->steps))
			return PPM_ERROR_INTERRUPTED;
		if (!has_place(request, row) || !ppm_series_present(request->value, row))
			continue;
		uint64_t partition = partition_of(request, row);
		if (!has_total(ranking, partition)) {
			lose_share(ranking, row);
		} else if (is_number(ranking)) {
			double total = ppm_exact_sum(&ranking->exact, partition), value = number_value(request->value, row);
			if (isinf(total)) {
				const struct ppm_exact_sums *exact = &ranking->exact;
				total = ppm_exact_round(exact->words + partition * exact->width, exact->width, exact->low, -64);
				value = ldexp(value, -64);
			}
			write_share(ranking, row, value / total);
		} else {
			write_share(ranking, row, ppm_exact_ratio(whole_value(request->value, row), ranking->wide[partition]));
		}
	}
	return PPM_OK;
}

// ---- order --------------------------------------------------------------------------------------------------------

// Puts the rows that have a value into items, partition by partition.
static enum ppm_status place_items(struct ranking *ranking)
{
	struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = PPM_OK;
	ranking->ends = ppm_steps_take(ranking->steps, ranking->partitions + 1, sizeof *ranking->ends, &status);
	if (!ranking->ends)
		return status;
	for (uint64_t row = 0; row < request->rows; row++) {
		bool counts = has_place(request, row) && ppm_series_present(request->value, row);
		if (counts)
			ranking->ends[partition_of(request, row) + 1]++;
		ranking->count += counts;
	}
	for (uint64_t partition = 0; partition < ranking->partitions; partition++)
		ranking->ends[partition + 1] += ranking->ends[partition];
	ranking->capacity = ranking->count;
	ranking->items = ppm_steps_take(ranking->steps, ranking->capacity, sizeof *ranking->items, &status);
	if (ranking->items)
		ranking->scratch = ppm_steps_take(ranking->steps, ranking->capacity, sizeof *ranking->scratch, &status);
	if (!ranking->scratch)
		return status;
	uint64_t invert = request->descending ? UINT64_MAX : 0;
	for (uint64_t row = 0; row < request->rows; row++) {
		if (!has_place(request, row) || !ppm_series_present(request->value, row))
			continue;
		ranking->items[ranking->ends[partition_of(request, row)]++] = (struct ppm_sort_item){ .key = ppm_series_key(request->value, row) ^ invert, .row = (uint32_t)row };
	}
	return PPM_OK;
}

static bool equal_values(const struct ranking *ranking, const struct ppm_sort_item *a, const struct ppm_sort_item *b)
{
	if (ranking->request->value->class == PPM_CLASS_X128)
		return ppm_series_equal(ranking->request->value, a->row, b->row);
	return a->key == b->key;
}

// Sorts items start … end - 1 by value. Long amounts that share a key are told apart by the rest.
static enum ppm_status sort_values(struct ranking *ranking, uint64_t start, uint64_t end)
{
	struct ppm_sort_item *items = ranking->items;
	enum ppm_status status = ppm_sort_items(ranking->steps, items + start, ranking->scratch + start, end - start);
	if (ranking->request->value->class != PPM_CLASS_X128)
		return status;
	for (uint64_t from = start, to; from < end && status == PPM_OK; from = to) {
		bool differ = false;
		for (to = from + 1; to < end && items[to].key == items[from].key; to++)
			differ = differ || !equal_values(ranking, &items[from], &items[to]);
		if (differ)
			status = ppm_sort_by_columns(ranking->steps, items + from, ranking->scratch + from, to - from, &ranking->value_column, 1);
	}
	return status;
}

static double running_share(struct ranking *ranking, uint64_t partition)
{
	if (is_number(ranking))
		return ratio_of_sums(&ranking->running_exact, 0, &ranking->exact, partition);
	return ppm_exact_ratio(ranking->running, ranking->wide[partition]);
}

static void add_running(struct ranking *ranking, uint64_t row, bool take_away)
{
	if (is_number(ranking)) {
		double value = number_value(ranking->request->value, row);
		ppm_exact_add(&ranking->running_exact, 0, take_away ? -value : value);
	} else {
		ppm_int128 value = whole_value(ranking->request->value, row);
		ranking->running += take_away ? -value : value;
	}
}

// Figures of rows of one value, start … end - 1, with `before` rows of the population before them: where ties share.
static void write_tied(struct ranking *ranking, uint64_t start, uint64_t end, uint64_t before, uint64_t population)
{
	const struct ppm_rank_request *request = ranking->request;
	for (uint64_t i = start; i < end; i++) {
		uint32_t row = ranking->items[i].row;
		if (request->function == PPM_RANK_RANK) {
			put(ranking, row, (double)(before + 1));
		} else if (row < request->reference) {
			put(ranking, row, population > 1 ? (double)before / (double)(population - 1) : 0);
		} else if (population > 0) {
			put(ranking, row, (double)before / (double)population);
		} else {
			take_away(ranking, row);
		}
	}
}

// Figures of rows of one value and one key, in the order of rows. The later ones stand before those of the population.
static void write_untied(struct ranking *ranking, uint64_t start, uint64_t end, uint64_t before, uint64_t population, uint64_t partition, bool has_share)
{
	const struct ppm_rank_request *request = ranking->request;
	bool tiles = request->function == PPM_RANK_NTILE;
	for (uint64_t i = start; i < end; i++) {
		uint32_t row = ranking->items[i].row;
		if (row < request->reference)
			continue;
		if (tiles) {
			if (population > 0)
				put(ranking, row, (double)ppm_rank_tile(before, population, request->tiles));
			else
				take_away(ranking, row);
		} else if (has_share) {
			add_running(ranking, row, false);
			write_share(ranking, row, running_share(ranking, partition));
			add_running(ranking, row, true);
		} else {
			lose_share(ranking, row);
		}
	}
	for (uint64_t i = start; i < end; i++) {
		uint32_t row = ranking->items[i].row;
		if (row >= request->reference)
			continue;
		if (tiles) {
			put(ranking, row, (double)ppm_rank_tile(before++, population, request->tiles));
			continue;
		}
		add_running(ranking, row, false);
		if (has_share)
			write_share(ranking, row, running_share(ranking, partition));
		else
			lose_share(ranking, row);
	}
}

// Whether the order of ties within a run matters to tiles.
static bool run_is_cut(const struct ranking *ranking, uint64_t population_in_run, uint64_t run, uint64_t before, uint64_t population)
{
	if (population_in_run < run)
		return population_in_run > 0;
	return ppm_rank_tile(before, population, ranking->request->tiles) != ppm_rank_tile(before + population_in_run - 1, population, ranking->request->tiles);
}

static uint64_t count_population(const struct ranking *ranking, uint64_t start, uint64_t end)
{
	if (ranking->request->reference >= ranking->request->rows)
		return end - start;
	uint64_t count = 0;
	for (uint64_t i = start; i < end; i++)
		count += ranking->items[i].row < ranking->request->reference;
	return count;
}

// A run of rows of one value, put in the order of the key, and gone through key by key.
static enum ppm_status write_run(struct ranking *ranking, uint64_t start, uint64_t end, uint64_t before, uint64_t population, uint64_t partition, bool has_share)
{
	const struct ppm_rank_request *request = ranking->request;
	uint64_t in_run = count_population(ranking, start, end);
	bool in_order = request->tie && end > start + 1 && (request->function == PPM_RANK_RUNNING_SHARE || run_is_cut(ranking, in_run, end - start, before, population));
	if (!in_order) {
		write_untied(ranking, start, end, before, population, partition, has_share);
		return PPM_OK;
	}
	enum ppm_status status = ppm_sort_by_columns(ranking->steps, ranking->items + start, ranking->scratch + start, end - start, &ranking->tie_column, 1);
	if (status != PPM_OK)
		return status;
	if (in_run == end - start) {
		write_untied(ranking, start, end, before, population, partition, has_share);
		return PPM_OK;
	}
	for (uint64_t from = start, to; from < end; from = to) {
		for (to = from + 1; to < end && ppm_compare_rows(ranking->steps, &ranking->tie_column, 1, ranking->items[from].row, ranking->items[to].row) == 0; to++)
			;
		write_untied(ranking, from, to, before, population, partition, has_share);
		before += count_population(ranking, from, to);
	}
	return PPM_OK;
}

static enum ppm_status rank_partition(struct ranking *ranking, uint64_t partition, uint64_t start, uint64_t end)
{
	const struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = sort_values(ranking, start, end);
	if (status != PPM_OK)
		return status;
	bool ties_share = request->function == PPM_RANK_RANK || request->function == PPM_RANK_PERCENTILE;
	bool has_share = request->function == PPM_RANK_RUNNING_SHARE && has_total(ranking, partition);
	ranking->running = 0;
	if (ranking->running_exact.words)
		memset(ranking->running_exact.words, 0, ranking->running_exact.width * sizeof(uint64_t));
	uint64_t population = count_population(ranking, start, end), before = 0;
	for (uint64_t from = start, to; from < end; from = to) {
		struct ppm_sort_item first = ranking->items[from];
		for (to = from + 1; to < end && equal_values(ranking, &first, &ranking->items[to]); to++)
			;
		uint64_t in_run = count_population(ranking, from, to);
		if (ties_share)
			write_tied(ranking, from, to, before, population);
		else
			status = write_run(ranking, from, to, before, population, partition, has_share);
		if (status != PPM_OK)
			return status;
		before += in_run;
	}
	return PPM_OK;
}

static enum ppm_status ranks(struct ranking *ranking)
{
	enum ppm_status status = place_items(ranking);
	if (status == PPM_OK && ranking->request->function == PPM_RANK_RUNNING_SHARE && is_number(ranking))
		status = ppm_exact_sums_new(&ranking->running_exact, ranking->steps, 1, ranking->range, ranking->request->rows + 1);
	uint64_t start = 0;
	for (uint64_t partition = 0; partition < ranking->partitions && status == PPM_OK; partition++) {
		uint64_t end = ranking->ends[partition];
		status = ppm_steps_interrupted(ranking->steps) ? PPM_ERROR_INTERRUPTED : rank_partition(ranking, partition, start, end);
		start = end;
	}
	return status;
}

// Presence of those that have a place and a value; the others' figures are 0.
static void mark_present(struct ppm_rank_request *request)
{
	for (uint64_t word = 0; word < ppm_mask_words(request->rows); word++) {
		uint64_t placed = ppm_mask_word(request->where, word, request->rows);
		if (request->partition)
			for (uint64_t bits = placed; bits; bits &= bits - 1)
				if (request->partition[word * 64 + (uint64_t)__builtin_ctzll(bits)] == PPM_NO_ROW)
					placed ^= bits & -bits;
		uint64_t present = request->value->present ? placed & request->value->present[word] : placed;
		request->skipped += (uint64_t)__builtin_popcountll(placed ^ present);
		request->out->present[word] = present;
		if (present != UINT64_MAX)
			for (uint64_t row = word * 64; row < request->rows && row < word * 64 + 64; row++)
				((double *)request->out->values)[row] = 0;
	}
}

enum ppm_status ppm_step_rank(const struct ppm_steps *steps, struct ppm_rank_request *request)
{
	assert(request->out->present && request->out->class == PPM_CLASS_F64);
	request->skipped = request->no_share = 0;
	struct ranking ranking = {
		.steps = steps,
		.request = request,
		.value_column = { .series = request->value, .descending = request->descending },
		.tie_column = { .series = request->tie, .is_text = request->tie_is_text },
		.partitions = request->partition ? request->partitions : 1,
		.range = PPM_EXACT_RANGE_EMPTY,
	};
	mark_present(request);
	if (request->function == PPM_RANK_NTILE && !request->partition && request->reference >= request->rows)
		return ppm_rank_tiles(steps, request);
	enum ppm_status status = PPM_OK;
	if (request->function == PPM_RANK_SHARE || request->function == PPM_RANK_RUNNING_SHARE)
		status = add_totals(&ranking);
	if (status == PPM_OK)
		status = request->function == PPM_RANK_SHARE ? shares(&ranking) : ranks(&ranking);
	ppm_exact_sums_free(&ranking.running_exact, steps);
	ppm_exact_sums_free(&ranking.exact, steps);
	ppm_steps_give(steps, ranking.wide, ranking.partitions, sizeof *ranking.wide);
	ppm_steps_give(steps, ranking.ends, ranking.partitions + 1, sizeof *ranking.ends);
	ppm_steps_give(steps, ranking.items, ranking.capacity, sizeof *ranking.items);
	ppm_steps_give(steps, ranking.scratch, ranking.capacity, sizeof *ranking.scratch);
	return status;
}

// Places among rows. Rows that have a value stand in one array, those of a partition together, each with its value as a key; the partitions are sorted and gone through from the least
// value on. Rows that are not of the population stand among the others and take the place they find without moving anybody. Ties are put in the order of the table's key only where that makes a
// difference.
#include "runtime/dataset/exact_sum.h"
#include "runtime/dataset/rank_internal.h"

#include <assert.h>
#include <math.h>

#define AHEAD 24u // items whose rows' figures are fetched before they are written

struct ranking {
	const struct ppm_steps *steps;
	struct ppm_rank_request *request;
	struct ppm_order_column value_column, tie_column;
	bool ties_in_order; // rows of equal keys stand in the order of their keys already
	bool ties_apart;    // … and no two keys are equal
	struct ppm_sort_item *items, *scratch;
	uint64_t count;
	uint32_t *ends; // [partition + 1]: while placing where each begins and, after it, ends
	uint64_t partitions;
	// Totals of the partitions, for shares: of numbers, or of whole values.
	struct ppm_exact_sums exact;
	ppm_int128 *wide;
	struct ppm_exact_range range;
	struct ppm_exact_sums running; // [part]
};

// A part of a partition on its way: parts begin where a value does.
struct walk {
	struct ranking *ranking;
	uint64_t partition, population, start, end;
	uint64_t before; // rows of the population before it
	// Shares: the sum of the population so far.
	bool has_share;
	double total; // infinite: no double holds it
	ppm_int128 whole;
	uint64_t *words;
	uint64_t no_share;
	bool tied;
	enum ppm_status status;
};

static bool is_number(const struct ranking *ranking)
{
	return ranking->request->value->class == PPM_CLASS_F64;
}

// Rows with a place and a value are present in the result to begin with; a figure may be taken away again.
static inline bool is_ranked(const struct ppm_rank_request *request, uint64_t row)
{
	return ppm_series_bit(request->out->present, row);
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

static inline void put(const struct ranking *ranking, uint64_t row, double figure)
{
	((double *)ranking->request->out->values)[row] = figure;
}

// Parts share words of presence.
static void take_away(const struct ranking *ranking, uint64_t row)
{
	put(ranking, row, 0);
	__atomic_fetch_and(&ranking->request->out->present[row / 64], ~(UINT64_C(1) << (row % 64)), __ATOMIC_RELAXED);
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
				if (is_ranked(request, row))
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
		if (!is_ranked(request, row))
			continue;
		if (is_number(ranking))
			ppm_exact_add(&ranking->exact, partition_of(request, row), number_value(request->value, row));
		else
			ranking->wide[partition_of(request, row)] += whole_value(request->value, row);
	}
	return PPM_OK;
}

static bool has_total(const struct ranking *ranking, uint64_t partition)
{
	if (!is_number(ranking))
		return ranking->wide[partition] != 0;
	return ppm_exact_sum(&ranking->exact, partition) != 0;
}

// A sum of numbers as a share of a partition's total, which was rounded already; scaled down alike where one of them is no double.
static double share_of(const struct ranking *ranking, const uint64_t *words, uint64_t partition, double total)
{
	const struct ppm_exact_sums *exact = &ranking->exact;
	double part = ppm_exact_round(words, exact->width, exact->low, 0);
	if (isfinite(part) && isfinite(total))
		return part / total;
	return ppm_exact_round(words, exact->width, exact->low, -64) / ppm_exact_round(exact->words + partition * exact->width, exact->width, exact->low, -64);
}

static void write_share(const struct ranking *ranking, uint64_t row, double share, uint64_t *no_share)
{
	if (isfinite(share)) {
		put(ranking, row, share + 0.0);
	} else {
		take_away(ranking, row); // of a total next to nothing
		++*no_share;
	}
}

static enum ppm_status shares(struct ranking *ranking)
{
	struct ppm_rank_request *request = ranking->request;
	for (uint64_t row = 0; row < request->rows; row++) {
		if (row % 65536 == 0 && ppm_steps_interrupted(ranking->steps))
			return PPM_ERROR_INTERRUPTED;
		if (!is_ranked(request, row))
			continue;
		uint64_t partition = partition_of(request, row);
		if (!has_total(ranking, partition)) {
			take_away(ranking, row);
			request->no_share++;
		} else if (is_number(ranking)) {
			double total = ppm_exact_sum(&ranking->exact, partition), value = number_value(request->value, row);
			if (isinf(total)) {
				const struct ppm_exact_sums *exact = &ranking->exact;
				total = ppm_exact_round(exact->words + partition * exact->width, exact->width, exact->low, -64);
				value = ldexp(value, -64);
			}
			write_share(ranking, row, value / total, &request->no_share);
		} else {
			write_share(ranking, row, ppm_exact_ratio(whole_value(request->value, row), ranking->wide[partition]), &request->no_share);
		}
	}
	return PPM_OK;
}

// ---- order --------------------------------------------------------------------------------------------------------

struct placing {
	struct ranking *ranking;
	unsigned parts;
	uint64_t places[PPM_STEPS_THREADS_MAX];
};

static void count_part(void *context, unsigned part)
{
	struct placing *placing = context;
	const struct ppm_rank_request *request = placing->ranking->request;
	uint64_t count = 0, end = ppm_mask_words(ppm_steps_part(request->rows, placing->parts, part + 1));
	for (uint64_t word = ppm_steps_part(request->rows, placing->parts, part) / 64; word < end; word++)
		count += (uint64_t)__builtin_popcountll(request->out->present[word]);
	placing->places[part] = count;
}

// Rows of one partition, or of several: then one thread puts them in their places.
static void place_part(void *context, unsigned part)
{
	struct placing *placing = context;
	struct ranking *ranking = placing->ranking;
	const struct ppm_rank_request *request = ranking->request;
	uint64_t keys[PPM_STEPS_BLOCK], place = placing->places[part];
	uint64_t invert = request->descending ? UINT64_MAX : 0;
	uint64_t end = ppm_steps_part(request->rows, placing->parts, part + 1);
	for (uint64_t start = ppm_steps_part(request->rows, placing->parts, part); start < end; start += PPM_STEPS_BLOCK) {
		uint64_t count = end - start < PPM_STEPS_BLOCK ? end - start : PPM_STEPS_BLOCK;
		ppm_series_keys(request->value, start, count, keys);
		for (uint64_t i = 0; i < count; i++) {
			struct ppm_sort_item item = { .key = keys[i] ^ invert, .row = (uint32_t)(start + i) };
			if (!is_ranked(request, start + i))
				continue;
			if (request->partition)
				place = ranking->ends[request->partition[start + i]]++;
			ranking->items[place++] = item;
		}
	}
}

// Puts the rows that have a value into items, partition by partition.
static enum ppm_status place_items(struct ranking *ranking)
{
	struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = PPM_OK;
	struct placing placing = { .ranking = ranking, .parts = request->partition ? 1 : ppm_steps_parts(ranking->steps, request->rows) };
	ranking->ends = ppm_steps_take(ranking->steps, ranking->partitions + 1, sizeof *ranking->ends, &status);
	if (!ranking->ends)
		return status;
	ppm_steps_parallel(ranking->steps, placing.parts, count_part, &placing);
	for (unsigned part = 0; part < placing.parts; part++) {
		uint64_t here = placing.places[part];
		placing.places[part] = ranking->count;
		ranking->count += here;
	}
	if (request->partition) {
		for (uint64_t row = 0; row < request->rows; row++)
			if (is_ranked(request, row))
				ranking->ends[request->partition[row] + 1]++;
		for (uint64_t partition = 0; partition < ranking->partitions; partition++)
			ranking->ends[partition + 1] += ranking->ends[partition];
	} else {
		ranking->ends[0] = (uint32_t)ranking->count;
	}
	ranking->items = ppm_steps_take(ranking->steps, ranking->count, sizeof *ranking->items, &status);
	if (ranking->items)
		ranking->scratch = ppm_steps_take(ranking->steps, ranking->count, sizeof *ranking->scratch, &status);
	if (status == PPM_OK)
		ppm_steps_parallel(ranking->steps, placing.parts, place_part, &placing);
	return status;
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

static uint64_t count_population(const struct ranking *ranking, uint64_t start, uint64_t end)
{
	if (ranking->request->reference >= ranking->request->rows)
		return end - start;
	uint64_t count = 0;
	for (uint64_t i = start; i < end; i++)
		count += ranking->items[i].row < ranking->request->reference;
	return count;
}

// ---- from the least value on ----------------------------------------------------------------------------------------

// The value of a run, from its first item.
struct run_value {
	double number;
	ppm_int128 whole;
};

static inline struct run_value value_of(const struct ranking *ranking, const struct ppm_sort_item *item)
{
	const struct ppm_rank_request *request = ranking->request;
	uint64_t key = request->descending ? ~item->key : item->key;
	switch (request->value->class) {
	case PPM_CLASS_F64: return (struct run_value){ .number = ppm_key_to_f64(key) };
	case PPM_CLASS_I64: return (struct run_value){ .whole = (int64_t)(key ^ UINT64_C(1) << 63) };
	default: return (struct run_value){ .whole = whole_value(request->value, item->row) };
	}
}

static inline void add_value(struct walk *walk, const struct run_value *value, bool take_away_again)
{
	if (is_number(walk->ranking)) {
		struct ppm_exact_sums sum = walk->ranking->running;
		sum.words = walk->words;
		ppm_exact_add(&sum, 0, take_away_again ? -value->number : value->number);
	} else {
		walk->whole += take_away_again ? -value->whole : value->whole;
	}
}

static void write_running(struct walk *walk, uint64_t row)
{
	const struct ranking *ranking = walk->ranking;
	if (!walk->has_share) {
		take_away(ranking, row);
		walk->no_share++;
	} else if (is_number(ranking)) {
		write_share(ranking, row, share_of(ranking, walk->words, walk->partition, walk->total), &walk->no_share);
	} else {
		write_share(ranking, row, ppm_exact_ratio(walk->whole, ranking->wide[walk->partition]), &walk->no_share);
	}
}

// Figures of rows of one value, start … end - 1: where ties share.
static void write_tied(const struct walk *walk, uint64_t start, uint64_t end)
{
	const struct ranking *ranking = walk->ranking;
	const struct ppm_rank_request *request = ranking->request;
	uint64_t population = walk->population;
	double of_member = (double)(walk->before + 1), of_later = of_member;
	if (request->function == PPM_RANK_PERCENTILE) {
		of_member = population > 1 ? (double)walk->before / (double)(population - 1) : 0;
		of_later = population > 0 ? (double)walk->before / (double)population : 0;
	}
	for (uint64_t i = start; i < end; i++) {
		uint32_t row = ranking->items[i].row;
		put(ranking, row, row < request->reference ? of_member : of_later);
	}
}

// Figures of rows of one value and one key, in the order of rows. The later ones stand before those of the population.
static void write_untied(struct walk *walk, uint64_t start, uint64_t end, uint64_t before, const struct run_value *value)
{
	const struct ranking *ranking = walk->ranking;
	const struct ppm_rank_request *request = ranking->request;
	bool tiles = request->function == PPM_RANK_NTILE;
	for (uint64_t i = start; i < end && request->reference < request->rows; i++) {
		uint32_t row = ranking->items[i].row;
		if (row < request->reference)
			continue;
		if (!tiles) {
			add_value(walk, value, false);
			write_running(walk, row);
			add_value(walk, value, true);
		} else { // among nobody everybody is in the first
			put(ranking, row, walk->population > 0 ? (double)ppm_rank_tile(before, walk->population, request->tiles) : 1);
		}
	}
	for (uint64_t i = start; i < end; i++) {
		uint32_t row = ranking->items[i].row;
		if (row >= request->reference)
			continue;
		if (tiles) {
			put(ranking, row, (double)ppm_rank_tile(before++, walk->population, request->tiles));
		} else {
			add_value(walk, value, false);
			write_running(walk, row);
		}
	}
}

// Whether the order of ties within a run matters to tiles.
static bool run_is_cut(const struct walk *walk, uint64_t population_in_run, uint64_t run)
{
	if (population_in_run < run)
		return population_in_run > 0;
	uint32_t tiles = walk->ranking->request->tiles;
	return ppm_rank_tile(walk->before, walk->population, tiles) != ppm_rank_tile(walk->before + population_in_run - 1, walk->population, tiles);
}

// A run of rows of one value, put in the order of the key, and gone through key by key.
static enum ppm_status write_run(struct walk *walk, uint64_t start, uint64_t end, uint64_t in_run)
{
	const struct ranking *ranking = walk->ranking;
	const struct ppm_rank_request *request = ranking->request;
	struct run_value value = value_of(ranking, &ranking->items[start]);
	bool in_order = request->tie && end > start + 1 && (request->function == PPM_RANK_RUNNING_SHARE || run_is_cut(walk, in_run, end - start));
	if (!in_order) {
		write_untied(walk, start, end, walk->before, &value);
		return PPM_OK;
	}
	if (!ranking->ties_in_order) {
		enum ppm_status status = ppm_sort_by_columns(ranking->steps, ranking->items + start, ranking->scratch + start, end - start, &ranking->tie_column, 1);
		if (status != PPM_OK)
			return status;
	}
	for (uint64_t i = start + 1; i < end && !ranking->ties_apart && !walk->tied; i++)
		walk->tied = ppm_compare_rows(ranking->steps, &ranking->tie_column, 1, ranking->items[i - 1].row, ranking->items[i].row) == 0;
	if (in_run == end - start) {
		write_untied(walk, start, end, walk->before, &value);
		return PPM_OK;
	}
	uint64_t before = walk->before;
	for (uint64_t from = start, to; from < end; from = to) {
		for (to = from + 1; to < end && ppm_compare_rows(ranking->steps, &ranking->tie_column, 1, ranking->items[from].row, ranking->items[to].row) == 0; to++)
			;
		write_untied(walk, from, to, before, &value);
		before += count_population(ranking, from, to);
	}
	return PPM_OK;
}

static void walk_part(void *context, unsigned part)
{
	struct walk *walk = (struct walk *)context + part;
	const struct ranking *ranking = walk->ranking;
	bool ties_share = ranking->request->function == PPM_RANK_RANK || ranking->request->function == PPM_RANK_PERCENTILE;
	const double *figures = ranking->request->out->values;
	for (uint64_t from = walk->start, to; from < walk->end; from = to) {
		struct ppm_sort_item first = ranking->items[from];
		if (from + AHEAD < walk->end)
			__builtin_prefetch(&figures[ranking->items[from + AHEAD].row], 1);
		for (to = from + 1; to < walk->end && equal_values(ranking, &first, &ranking->items[to]); to++)
			;
		uint64_t in_run = count_population(ranking, from, to);
		if (ties_share)
			write_tied(walk, from, to);
		else
			walk->status = write_run(walk, from, to, in_run);
		if (walk->status != PPM_OK)
			return;
		walk->before += in_run;
	}
}

// Counts and sums the part's own population, into what its walk will begin with.
static void measure_part(void *context, unsigned part)
{
	struct walk *walk = (struct walk *)context + part;
	const struct ranking *ranking = walk->ranking;
	walk->before = count_population(ranking, walk->start, walk->end);
	if (ranking->request->function != PPM_RANK_RUNNING_SHARE)
		return;
	for (uint64_t i = walk->start; i < walk->end; i++) {
		if (ranking->items[i].row >= ranking->request->reference)
			continue;
		struct run_value value = value_of(ranking, &ranking->items[i]);
		add_value(walk, &value, false);
	}
}

// What is before each part, from what is in each.
static void begin_walks(struct walk *walks, unsigned parts)
{
	uint32_t width = walks[0].ranking->running.width;
	uint64_t before = 0, words[PPM_EXACT_SUM_WORDS_MAX + 2] = { 0 }, own[PPM_EXACT_SUM_WORDS_MAX + 2];
	ppm_int128 whole = 0;
	for (unsigned part = 0; part < parts; part++) {
		uint64_t here = walks[part].before;
		ppm_int128 own_whole = walks[part].whole;
		walks[part].before = before;
		walks[part].whole = whole;
		before += here;
		whole += own_whole;
		if (!walks[part].words)
			continue;
		memcpy(own, walks[part].words, width * sizeof *own);
		memcpy(walks[part].words, words, width * sizeof *words);
		ppm_exact_add_words(words, own, width);
	}
}

static enum ppm_status rank_partition(struct ranking *ranking, uint64_t partition, uint64_t start, uint64_t end)
{
	struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = sort_values(ranking, start, end);
	if (status != PPM_OK)
		return status;
	struct walk walks[PPM_STEPS_THREADS_MAX];
	unsigned parts = ppm_steps_parts(ranking->steps, end - start);
	struct walk common = { .ranking = ranking, .partition = partition, .population = count_population(ranking, start, end), .start = start };
	if (request->function == PPM_RANK_RUNNING_SHARE) {
		common.has_share = has_total(ranking, partition);
		common.total = is_number(ranking) ? ppm_exact_sum(&ranking->exact, partition) : 0;
	}
	for (unsigned part = 0; part < parts; part++) {
		walks[part] = common;
		if (part > 0) {
			uint64_t first = start + ppm_steps_part(end - start, parts, part);
			if (first < walks[part - 1].start)
				first = walks[part - 1].start;
			while (first < end && equal_values(ranking, &ranking->items[first - 1], &ranking->items[first]))
				first++;
			walks[part].start = walks[part - 1].end = first;
		}
		walks[part].end = end;
		walks[part].words = ranking->running.words ? ranking->running.words + part * ranking->running.width : NULL;
		if (walks[part].words)
			memset(walks[part].words, 0, ranking->running.width * sizeof *walks[part].words);
	}
	if (parts > 1) {
		ppm_steps_parallel(ranking->steps, parts, measure_part, walks);
		begin_walks(walks, parts);
	}
	ppm_steps_parallel(ranking->steps, parts, walk_part, walks);
	for (unsigned part = 0; part < parts; part++) {
		request->no_share += walks[part].no_share;
		request->tied |= walks[part].tied;
		status = walks[part].status != PPM_OK ? walks[part].status : status;
	}
	return status;
}

static enum ppm_status ranks(struct ranking *ranking)
{
	const struct ppm_rank_request *request = ranking->request;
	enum ppm_status status = place_items(ranking);
	if (status == PPM_OK && request->function == PPM_RANK_RUNNING_SHARE && is_number(ranking))
		status = ppm_exact_sums_new(&ranking->running, ranking->steps, PPM_STEPS_THREADS_MAX, ranking->range, request->rows + 1);
	if (request->tie && (request->function == PPM_RANK_RUNNING_SHARE || request->function == PPM_RANK_NTILE))
		ranking->ties_in_order = ppm_rows_in_order(ranking->steps, &ranking->tie_column, request->rows, &ranking->ties_apart);
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
	request->tied = false;
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
	ppm_exact_sums_free(&ranking.running, steps);
	ppm_exact_sums_free(&ranking.exact, steps);
	ppm_steps_give(steps, ranking.wide, ranking.partitions, sizeof *ranking.wide);
	ppm_steps_give(steps, ranking.ends, ranking.partitions + 1, sizeof *ranking.ends);
	ppm_steps_give(steps, ranking.items, ranking.count, sizeof *ranking.items);
	ppm_steps_give(steps, ranking.scratch, ranking.count, sizeof *ranking.scratch);
	return status;
}

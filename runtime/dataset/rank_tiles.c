// Tiles without a sort. Rows are counted by the highest bits of their keys; a bin that lies within one tile gives it to all its rows, and only the rows of bins through which a cut goes are
// sorted, by value, and by the table's key where a cut goes through rows of one value.
#include "runtime/dataset/rank_internal.h"

#define BIN_BITS 16u
#define BINS (1u << BIN_BITS)
#define CUT 0x80000000u // a cut goes through the bin; the other bits say which of the cut bins it is

struct tiling {
	const struct ppm_steps *steps;
	struct ppm_rank_request *request;
	unsigned parts;
	uint64_t population, least;
	unsigned shift;
	uint32_t *bins;   // [part][bin]
	uint32_t *tiles;  // [bin]
	uint64_t *places; // [part][cut bin]: where its next item goes
	uint32_t cuts;
	struct ppm_sort_item *items, *scratch; // rows of cut bins
	uint64_t item_count;
	bool ties_in_order; // rows stand in the order of the key already
	struct {
		uint64_t least, most, count;
		bool interrupted;
	} of_part[PPM_STEPS_THREADS_MAX];
};

enum pass { PASS_RANGE, PASS_COUNT, PASS_WRITE };

// Goes through a part's rows block by block.
static void go_through(struct tiling *tiling, unsigned part, enum pass pass)
{
	struct ppm_rank_request *request = tiling->request;
	uint64_t keys[PPM_STEPS_BLOCK];
	uint64_t invert = request->descending ? UINT64_MAX : 0;
	uint32_t *bins = tiling->bins ? tiling->bins + (size_t)part * BINS : NULL;
	uint64_t low = UINT64_MAX, high = 0, count = 0;
	uint64_t *places = tiling->places ? tiling->places + (size_t)part * tiling->cuts : NULL;
	double *out = request->out->values;
	uint64_t end = ppm_steps_part(request->rows, tiling->parts, part + 1);
	for (uint64_t start = ppm_steps_part(request->rows, tiling->parts, part), block = 0; start < end; start += PPM_STEPS_BLOCK, block++) {
		if (block % 64 == 0 && ppm_steps_interrupted(tiling->steps)) {
			tiling->of_part[part].interrupted = true;
			return;
		}
		uint64_t rows = end - start < PPM_STEPS_BLOCK ? end - start : PPM_STEPS_BLOCK;
		ppm_series_keys(request->value, start, rows, keys);
		for (uint64_t first = 0; first < rows; first += 64) {
			uint64_t bits = ppm_rank_word(request, (start + first) / 64);
			count += (uint64_t)__builtin_popcountll(bits);
			for (uint64_t i = first; i < rows && i < first + 64; i++) {
				bool counts = bits >> (i - first) & 1;
				uint64_t key = keys[i] ^ invert;
				if (pass == PASS_RANGE) {
					low = counts && key < low ? key : low;
					high = counts && key > high ? key : high;
				} else if (pass == PASS_COUNT) {
					bins[counts ? (key - tiling->least) >> tiling->shift : 0] += counts;
				} else {
					uint32_t tile = counts ? tiling->tiles[(key - tiling->least) >> tiling->shift] : 0;
					if (tile & CUT)
						tiling->items[places[tile ^ CUT]++] = (struct ppm_sort_item){ .key = key, .row = (uint32_t)(start + i) };
					else
						out[start + i] = tile;
				}
			}
		}
	}
	tiling->of_part[part].least = low;
	tiling->of_part[part].most = high;
	tiling->of_part[part].count = count;
}

static void range_part(void *context, unsigned part)
{
	go_through(context, part, PASS_RANGE);
}
static void count_part(void *context, unsigned part)
{
	go_through(context, part, PASS_COUNT);
}
static void write_part(void *context, unsigned part)
{
	go_through(context, part, PASS_WRITE);
}

static enum ppm_status run(struct tiling *tiling, void (*work)(void *context, unsigned part))
{
	ppm_steps_parallel(tiling->steps, tiling->parts, work, tiling);
	for (unsigned part = 0; part < tiling->parts; part++)
		if (tiling->of_part[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
	return PPM_OK;
}

// Gives each bin its tile, and numbers the cut ones.
static void cut_bins(struct tiling *tiling)
{
	uint32_t tiles = tiling->request->tiles;
	uint64_t before = 0;
	for (uint32_t bin = 0; bin < BINS; bin++) {
		uint64_t count = 0;
		for (unsigned part = 0; part < tiling->parts; part++)
			count += tiling->bins[(size_t)part * BINS + bin];
		if (count == 0)
			continue;
		uint64_t first = ppm_rank_tile(before, tiling->population, tiles), last = ppm_rank_tile(before + count - 1, tiling->population, tiles);
		before += count;
		tiling->tiles[bin] = first == last ? (uint32_t)first : CUT | tiling->cuts++;
		tiling->item_count += first == last ? 0 : count;
	}
}

// The items of a cut bin stand together, those of each part where the part before leaves off.
static void give_places(struct tiling *tiling)
{
	uint64_t place = 0;
	for (uint32_t bin = 0; bin < BINS; bin++) {
		if (!(tiling->tiles[bin] & CUT))
			continue;
		for (unsigned part = 0; part < tiling->parts; part++) {
			tiling->places[(size_t)part * tiling->cuts + (tiling->tiles[bin] ^ CUT)] = place;
			place += tiling->bins[(size_t)part * BINS + bin];
		}
	}
}

// Writes the tiles of rows with one key, `before` rows being before them. Long amounts may differ although their keys are equal.
static enum ppm_status write_run(struct tiling *tiling, uint64_t start, uint64_t end, uint64_t before)
{
	struct ppm_rank_request *request = tiling->request;
	uint64_t count = end - start;
	uint64_t first = ppm_rank_tile(before, tiling->population, request->tiles), last = ppm_rank_tile(before + count - 1, tiling->population, request->tiles);
	struct ppm_sort_item *items = tiling->items + start;
	struct ppm_order_column columns[2];
	uint32_t column_count = 0;
	if (request->value->class == PPM_CLASS_X128)
		columns[column_count++] = (struct ppm_order_column){ request->value, false, request->descending };
	if (request->tie)
		columns[column_count++] = (struct ppm_order_column){ request->tie, request->tie_is_text, false };
	if (first != last && column_count > 0 && !(tiling->ties_in_order && request->value->class != PPM_CLASS_X128)) {
		enum ppm_status status = ppm_sort_by_columns(tiling->steps, items, tiling->scratch + start, count, columns, column_count);
		if (status != PPM_OK)
			return status;
	}
	uint64_t tile = first, tile_end = ppm_rank_tile_end(first, tiling->population, request->tiles);
	for (uint64_t i = 0; i < count; i++) {
		if (before + i >= tile_end && i > 0 && request->tie && ppm_compare_rows(tiling->steps, columns, column_count, items[i - 1].row, items[i].row) == 0)
			request->tied = true;
		while (before + i >= tile_end)
			tile_end = ppm_rank_tile_end(++tile, tiling->population, request->tiles);
		((double *)request->out->values)[items[i].row] = (double)tile;
	}
	return PPM_OK;
}

// Items stand bin by bin, each bin's in the order of rows; between two cut bins there may be others.
static enum ppm_status write_cuts(struct tiling *tiling)
{
	enum ppm_status status = PPM_OK;
	uint64_t before = 0, start = 0;
	for (uint32_t bin = 0; bin < BINS && status == PPM_OK; bin++) {
		uint64_t count = 0;
		for (unsigned part = 0; part < tiling->parts; part++)
			count += tiling->bins[(size_t)part * BINS + bin];
		if (count > 0 && tiling->tiles[bin] & CUT) {
			uint64_t bin_end = start + count;
			status = ppm_sort_items(tiling->steps, tiling->items + start, tiling->scratch + start, count);
			for (uint64_t from = start, to; from < bin_end && status == PPM_OK; from = to) {
				uint64_t key = tiling->items[from].key;
				for (to = from + 1; to < bin_end && tiling->items[to].key == key; to++)
					;
				status = write_run(tiling, from, to, before + (from - start));
			}
			start = bin_end;
		}
		before += count;
	}
	return status;
}

static enum ppm_status count_and_write(struct tiling *tiling)
{
	uint64_t most = 0;
	tiling->least = UINT64_MAX;
	for (unsigned part = 0; part < tiling->parts; part++) {
		tiling->population += tiling->of_part[part].count;
		tiling->least = tiling->of_part[part].least < tiling->least ? tiling->of_part[part].least : tiling->least;
		most = tiling->of_part[part].most > most ? tiling->of_part[part].most : most;
	}
	uint64_t range = tiling->population ? most - tiling->least : 0;
	while (range >> tiling->shift >= BINS)
		tiling->shift++;
	enum ppm_status status = run(tiling, count_part);
	if (status != PPM_OK)
		return status;
	if (tiling->population)
		cut_bins(tiling);
	tiling->items = ppm_steps_take(tiling->steps, tiling->item_count, sizeof *tiling->items, &status);
	if (tiling->items)
		tiling->scratch = ppm_steps_take(tiling->steps, tiling->item_count, sizeof *tiling->scratch, &status);
	if (tiling->scratch)
		tiling->places = ppm_steps_take(tiling->steps, (uint64_t)tiling->parts * tiling->cuts, sizeof *tiling->places, &status);
	if (tiling->places)
		give_places(tiling);
	if (status == PPM_OK)
		status = run(tiling, write_part);
	if (tiling->item_count && tiling->request->tie) {
		struct ppm_order_column tie = { tiling->request->tie, tiling->request->tie_is_text, false };
		tiling->ties_in_order = ppm_rows_in_order(tiling->steps, &tie, tiling->request->rows, NULL);
	}
	return status == PPM_OK ? write_cuts(tiling) : status;
}

enum ppm_status ppm_rank_tiles(const struct ppm_steps *steps, struct ppm_rank_request *request)
{
	struct tiling tiling = { .steps = steps, .request = request, .parts = ppm_steps_parts(steps, request->rows) };
	enum ppm_status status = run(&tiling, range_part);
	if (status != PPM_OK)
		return status;
	tiling.bins = ppm_steps_take(steps, (uint64_t)tiling.parts * BINS, sizeof *tiling.bins, &status);
	if (tiling.bins)
		tiling.tiles = ppm_steps_take(steps, BINS, sizeof *tiling.tiles, &status);
	if (tiling.tiles)
		status = count_and_write(&tiling);
	ppm_steps_give(steps, tiling.places, (uint64_t)tiling.parts * tiling.cuts, sizeof *tiling.places);
	ppm_steps_give(steps, tiling.scratch, tiling.item_count, sizeof *tiling.scratch);
	ppm_steps_give(steps, tiling.items, tiling.item_count, sizeof *tiling.items);
	ppm_steps_give(steps, tiling.tiles, BINS, sizeof *tiling.tiles);
	ppm_steps_give(steps, tiling.bins, (uint64_t)tiling.parts * BINS, sizeof *tiling.bins);
	return status;
}

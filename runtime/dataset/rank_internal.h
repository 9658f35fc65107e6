// What the files of ranks share.
#ifndef PPM_RUNTIME_DATASET_RANK_INTERNAL_H
#define PPM_RUNTIME_DATASET_RANK_INTERNAL_H

#include "runtime/dataset/steps_internal.h"

// The tile of the row that stands at `index` among `population` rows; rows past the last stand with it. The first tiles have a row more where they are not all of one size.
static inline uint64_t ppm_rank_tile(uint64_t index, uint64_t population, uint32_t tiles)
{
	if (index >= population)
		index = population - 1;
	uint64_t least = population / tiles, larger = population % tiles;
	uint64_t in_larger = larger * (least + 1);
	return index < in_larger ? index / (least + 1) + 1 : larger + (index - in_larger) / least + 1;
}

// Where the next tile begins.
static inline uint64_t ppm_rank_tile_end(uint64_t tile, uint64_t population, uint32_t tiles)
{
	uint64_t least = population / tiles, larger = population % tiles;
	return tile <= larger ? tile * (least + 1) : larger * (least + 1) + (tile - larger) * least;
}

// Rows of one mask word that have a place and a value.
static inline uint64_t ppm_rank_word(const struct ppm_rank_request *request, uint64_t word)
{
	uint64_t bits = ppm_mask_word(request->where, word, request->rows);
	return request->value->present ? bits & request->value->present[word] : bits;
}

// NTILE of all rows together, all of them of the population; without sorting them.
enum ppm_status ppm_rank_tiles(const struct ppm_steps *steps, struct ppm_rank_request *request);

#endif

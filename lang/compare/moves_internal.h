// What the moves keep of each row, and the bits between their files. Internal to lang/compare.
#ifndef PPM_LANG_COMPARE_MOVES_INTERNAL_H
#define PPM_LANG_COMPARE_MOVES_INTERNAL_H

#include "lang/compare/moves.h"
#include "runtime/base/hash.h"
#include "runtime/dataset/memory.h"

// An array of the memory's that grows; what is new is zeros.
struct ppm_moves_array {
	void *data;
	uint64_t size; // bytes
};

// Scores are kept as one more than themselves and two codes: they are at most 10^8 units.
#define PPM_KEPT_ABSENT 0u  // the other model has no such row
#define PPM_KEPT_MISSING 1u // no score
#define PPM_KEPT_FIRST 2u

// Of the older model's rows, by their number.
struct ppm_moves_store {
	struct ppm_memory *memory;
	uint64_t count;
	bool by_key;
	struct ppm_interner keys;                 // by_key: the row's number is its code
	struct ppm_moves_array lines;             // uint64_t; not by_key
	struct ppm_moves_array scores[PPM_SIDES]; // uint32_t, as kept
	struct ppm_moves_array tiers;             // uint16_t
	struct ppm_moves_array barred;            // uint16_t: the disqualifier + 1
	struct ppm_moves_array segments;          // uint16_t [row * segment_count + segment]
	struct ppm_moves_array rules;             // two bits a rule, whole bytes a row
	struct ppm_moves_array values;            // ppm_int128
	struct ppm_moves_array valued;            // a bit a row
	struct ppm_moves_array wanted, moved, up; // likewise
	struct ppm_moves_array judged[PPM_SIDES]; // perspectives: [row * perspectives + perspective] int64_t, of each side's own rows
	struct ppm_moves_array ranks;             // uint32_t: how many wanted rows stand before each word of `wanted`
	struct ppm_moves_array shares;            // int64_t [wanted row * rules of the older plan + rule]
	uint64_t wanted_count;
	uint64_t cursor;                 // the next row to look at
	uint32_t *tier_codes[PPM_SIDES]; // [tier of the plan] its place in moves->tiers
};

// Room for `needed` bytes; false, with moves->status set, when there is none.
bool ppm_moves_reserve(struct ppm_moves *moves, struct ppm_moves_array *array, uint64_t needed);
void ppm_moves_release(struct ppm_moves *moves, struct ppm_moves_array *array);

static inline bool ppm_moves_bit(const struct ppm_moves_array *array, uint64_t index)
{
	const uint64_t *words = array->data;
	return index / 64 < array->size / 8 && (words[index / 64] >> (index % 64) & 1);
}

// ---- moves_figures.c: distributions and agreement, once all rows are there
enum ppm_status ppm_moves_distribution(struct ppm_moves *moves, int side);
enum ppm_status ppm_moves_agreement(struct ppm_moves *moves, int side);

#endif

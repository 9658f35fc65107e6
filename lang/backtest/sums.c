// Exact sums of amounts for each score that there is: a table by open addressing. There are few scores (1,001 of one decimal), and each has two sums for each value.
#include "lang/backtest/backtest.h"

#define FIRST_SLOTS 1024

struct ppm_backtest_sums {
	const struct ppm_allocator *allocator;
	uint32_t values;
	size_t count, slots; // a power of two
	int64_t *scores;     // [slot]
	uint8_t *used;       // [slot]
	ppm_int128 *sums;    // [slot][value][2]: of all, of those with the outcome
};

static void free_tables(struct ppm_backtest_sums *s)
{
	ppm_free(s->allocator, s->scores);
	ppm_free(s->allocator, s->used);
	ppm_free_aligned(s->allocator, s->sums);
}

static bool new_tables(struct ppm_backtest_sums *s, size_t slots)
{
	size_t size = (size_t)s->values * 2 * sizeof *s->sums;

	s->slots = slots;
	s->scores = ppm_allocate_zeroed(s->allocator, slots, sizeof *s->scores);
	s->used = ppm_allocate_zeroed(s->allocator, slots, sizeof *s->used);
	s->sums = size <= SIZE_MAX / slots ? ppm_allocate_aligned(s->allocator, slots * size, 16) : NULL;
	if (!s->scores || !s->used || !s->sums) {
		free_tables(s);
		return false;
	}
	memset(s->sums, 0, slots * size);
	return true;
}

struct ppm_backtest_sums *ppm_backtest_sums_new(const struct ppm_allocator *allocator, uint32_t values)
{
	struct ppm_backtest_sums *s = ppm_allocate_zeroed(allocator, 1, sizeof *s);

	if (!s)
		return NULL;
	s->allocator = allocator;
	s->values = values;
	if (new_tables(s, FIRST_SLOTS))
		return s;
	ppm_free(allocator, s);
	return NULL;
}

void ppm_backtest_sums_free(struct ppm_backtest_sums *s)
{
	if (!s)
		return;
	free_tables(s);
	ppm_free(s->allocator, s);
}

static size_t slot_of(const struct ppm_backtest_sums *s, int64_t score)
{
	size_t slot = ((uint64_t)score * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (s->slots - 1);

	while (s->used[slot] && s->scores[slot] != score)
		slot = (slot + 1) & (s->slots - 1);
	return slot;
}

static bool grow(struct ppm_backtest_sums *s)
{
	struct ppm_backtest_sums bigger = *s;
	size_t width = (size_t)s->values * 2;

	if (s->slots > SIZE_MAX / 4 || !new_tables(&bigger, s->slots * 2))
		return false;
	for (size_t i = 0; i < s->slots; i++) {
		size_t slot;
		if (!s->used[i])
			continue;
		slot = slot_of(&bigger, s->scores[i]);
		bigger.used[slot] = 1;
		bigger.scores[slot] = s->scores[i];
		memcpy(bigger.sums + slot * width, s->sums + i * width, width * sizeof *s->sums);
	}
	free_tables(s);
	*s = bigger;
	return true;
}

bool ppm_backtest_sums_add(struct ppm_backtest_sums *s, int64_t score, uint32_t value, bool with, ppm_int128 amount)
{
	size_t slot = slot_of(s, score);
	ppm_int128 *sums;

	if (!s->used[slot]) {
		if (s->count >= s->slots / 2) {
			if (!grow(s))
				return false;
			slot = slot_of(s, score);
		}
		s->used[slot] = 1;
		s->scores[slot] = score;
		s->count++;
	}
	sums = s->sums + (slot * s->values + value) * 2;
	sums[0] += amount;
	if (with)
		sums[1] += amount;
	return true;
}

ppm_int128 ppm_backtest_sum(const struct ppm_backtest_sums *s, int64_t score, uint32_t value, bool with)
{
	size_t slot = slot_of(s, score);

	return s->used[slot] ? s->sums[(slot * s->values + value) * 2 + with] : 0;
}

// Entries are appended, and put in order and merged when there is no room for more; only when that brings little is the room doubled. A value that was met lately is found
// without any search, which takes care of scores of one decimal, of which there are 1,001.
//
// The sort takes no memory and its time does not depend on what the data does to it: it parts by one bit after the other.
#include "runtime/statistics/class_tally.h"

#define FIRST_CAPACITY 1024
#define SHORT_RUN 16

void ppm_class_tally_init(struct ppm_class_tally *tally, const struct ppm_allocator *allocator)
{
	*tally = (struct ppm_class_tally){ .allocator = allocator };
}

void ppm_class_tally_free(struct ppm_class_tally *tally)
{
	ppm_free(tally->allocator, tally->entries);
	ppm_class_tally_init(tally, tally->allocator);
}

static uint64_t bits_of(int64_t value)
{
	return (uint64_t)value ^ (UINT64_C(1) << 63);
}

static void insert(struct ppm_class_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct ppm_class_entry entry = entries[i];
		size_t at = i;
		for (; at && entries[at - 1].value > entry.value; at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
}

// All entries agree in the bits above `bit`.
static void sort(struct ppm_class_entry *entries, size_t count, int bit)
{
	while (count > SHORT_RUN && bit >= 0) {
		size_t low = 0, high = count;
		while (low < high) {
			if (!(bits_of(entries[low].value) >> bit & 1)) {
				low++;
				continue;
			}
			struct ppm_class_entry entry = entries[low];
			entries[low] = entries[--high];
			entries[high] = entry;
		}
		bit--;
		sort(entries, low, bit);
		entries += low;
		count -= low;
	}
	if (bit >= 0)
		insert(entries, count);
}

void ppm_class_tally_sort(struct ppm_class_tally *tally)
{
	struct ppm_class_entry *entries = tally->entries;
	uint64_t differs = 0;
	size_t count = 0;

	for (size_t i = 1; i < tally->count; i++)
		differs |= bits_of(entries[i].value) ^ bits_of(entries[0].value);
	if (differs)
		sort(entries, tally->count, 63 - __builtin_clzll(differs));
	for (size_t i = 0; i < tally->count; i++) {
		if (count && entries[count - 1].value == entries[i].value) {
			entries[count - 1].with += entries[i].with;
			entries[count - 1].without += entries[i].without;
		} else
			entries[count++] = entries[i];
	}
	tally->count = count;
}

static bool make_room(struct ppm_class_tally *tally)
{
	void *entries = tally->entries;

	if (tally->count < tally->capacity)
		return true;
	ppm_class_tally_sort(tally);
	if (tally->capacity && tally->count <= tally->capacity / 2)
		return true;
	if (!ppm_grow(tally->allocator, &entries, &tally->capacity, tally->capacity ? 2 * tally->capacity : FIRST_CAPACITY, sizeof *tally->entries))
		return false;
	tally->entries = entries;
	return true;
}

bool ppm_class_tally_add(struct ppm_class_tally *tally, int64_t value, bool with)
{
	uint32_t *recent = &tally->recent[((uint64_t)value * UINT64_C(0x9e3779b97f4a7c15)) >> 56];

	if (tally->with + tally->without + 1 >= PPM_CLASS_TALLY_LIMIT)
		return false;
	if (*recent >= tally->count || tally->entries[*recent].value != value) {
		if (!make_room(tally))
			return false;
		*recent = (uint32_t)tally->count;
		tally->entries[tally->count++] = (struct ppm_class_entry){ .value = value };
	}
	tally->entries[*recent].with += with;
	tally->entries[*recent].without += !with;
	tally->with += with;
	tally->without += !with;
	return true;
}

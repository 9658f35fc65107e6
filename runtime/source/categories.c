// Multipliers are tried in a fixed order until none of the texts collide; where a table of that size has none, it is doubled, up to 16 slots a text. Beyond that
// texts that collide stand in the slots behind (which do not wrap around: the table is a little longer than its hash reaches).
#include "runtime/source/categories.h"

#define TRIES 64u
#define PROBES_MAX 64u

// Places every pair of key and length at most `probes` slots behind its own.
static bool place_all(struct ppm_categories *categories, size_t slot_count, uint32_t probes)
{
	memset(categories->slots, 0, slot_count * sizeof *categories->slots);
	categories->probes = 0;
	for (uint32_t i = 0; i < categories->entry_count; i++) {
		struct ppm_category_entry *entry = &categories->entries[i];
		uint32_t length = (uint32_t)entry->text.size;
		uint64_t key = ppm_category_key(entry->text.data, length);
		struct ppm_category_slot *slot = &categories->slots[(ppm_category_hash(key, length) * categories->multiplier) >> categories->shift];
		entry->next = UINT32_MAX;
		uint32_t probe = 0;
		for (; slot->length != 0 && (slot->key != key || slot->length != length); slot++)
			if (probe++ == probes)
				return false;
		if (probe > categories->probes)
			categories->probes = probe;
		if (slot->length == 0) {
			*slot = (struct ppm_category_slot){ key, length, length > 8 ? i : entry->code };
		} else if (length > 8) {
			// Behind the ones that came before: the first of equal texts counts.
			uint32_t last = slot->code;
			while (categories->entries[last].next != UINT32_MAX)
				last = categories->entries[last].next;
			categories->entries[last].next = i;
		}
	}
	return true;
}

static bool find_multiplier(struct ppm_categories *categories, size_t slot_count, uint32_t probes)
{
	categories->multiplier = UINT64_C(0x9e3779b97f4a7c15);
	for (unsigned try = 0; try < TRIES; try++) {
		if (place_all(categories, slot_count, probes))
			return true;
		categories->multiplier = (categories->multiplier * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407)) | 1;
	}
	return false;
}

struct ppm_categories *ppm_categories_new(const struct ppm_allocator *allocator, const struct ppm_category_text *texts, uint32_t count, uint32_t other)
{
	struct ppm_categories *categories = ppm_allocate_zeroed(allocator, 1, sizeof *categories);
	if (!categories)
		return NULL;
	categories->allocator = allocator;
	categories->other = other;
	categories->entries = ppm_allocate(allocator, count, sizeof *categories->entries);
	if (!categories->entries) {
		ppm_categories_free(categories);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		if (texts[i].text.size > 0 && texts[i].text.size < UINT32_MAX)
			categories->entries[categories->entry_count++] = (struct ppm_category_entry){ texts[i].text, texts[i].code, UINT32_MAX };
	unsigned log2 = 4;
	while (((uint64_t)1 << log2) < 2 * (uint64_t)categories->entry_count)
		log2++;
	// Three doublings without collisions, then one with: at most half full, there is a multiplier with short runs; if not, a larger table has one.
	for (unsigned doubling = 0; log2 < 40; log2++, doubling++) {
		size_t slot_count = ((size_t)1 << log2) + PROBES_MAX + 1;
		ppm_free_aligned(allocator, categories->slots);
		categories->slots = ppm_allocate_aligned(allocator, slot_count * sizeof *categories->slots, 64);
		if (!categories->slots)
			break;
		categories->shift = 64 - log2;
		if (find_multiplier(categories, slot_count, 0) || (doubling >= 3 && find_multiplier(categories, slot_count, PROBES_MAX)))
			return categories;
	}
	ppm_categories_free(categories);
	return NULL;
}

void ppm_categories_free(struct ppm_categories *categories)
{
	if (!categories)
		return;
	const struct ppm_allocator *allocator = categories->allocator;
	ppm_free(allocator, categories->entries);
	ppm_free_aligned(allocator, categories->slots);
	ppm_free(allocator, categories);
}

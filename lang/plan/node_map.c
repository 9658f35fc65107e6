// Open addressing, at most half full, so that a search ends soon at a free place. Ids are dense: multiplying spreads them well enough.
#include "lang/plan/node_map.h"

static const struct ppm_node_map_place *places_of(const struct ppm_node_map *map)
{
	return map->many ? map->many : map->few;
}

// The node's place, or the free one where it belongs.
static uint32_t place_of(const struct ppm_node_map_place *places, uint32_t count, ppm_node_id node)
{
	uint32_t at = (node * UINT32_C(2654435769) >> 7) & (count - 1);
	while (places[at].node != node && places[at].node != PPM_NODE_NONE)
		at = (at + 1) & (count - 1);
	return at;
}

static void empty(struct ppm_node_map_place *places, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		places[i].node = PPM_NODE_NONE;
}

void ppm_node_map_init(struct ppm_node_map *map, const struct ppm_allocator *allocator)
{
	map->allocator = allocator;
	map->many = NULL;
	map->places = PPM_NODE_MAP_FEW;
	map->count = 0;
	map->failed = false;
	empty(map->few, PPM_NODE_MAP_FEW);
}

void ppm_node_map_free(struct ppm_node_map *map)
{
	ppm_free(map->allocator, map->many);
	map->many = NULL;
}

static bool grow(struct ppm_node_map *map)
{
	uint32_t count = map->places * 4;
	struct ppm_node_map_place *many = ppm_allocate(map->allocator, count, sizeof *many);
	const struct ppm_node_map_place *before = places_of(map);
	if (!many) {
		map->failed = true;
		return false;
	}
	empty(many, count);
	for (uint32_t i = 0; i < map->places; i++)
		if (before[i].node != PPM_NODE_NONE)
			many[place_of(many, count, before[i].node)] = before[i];
	ppm_free(map->allocator, map->many);
	map->many = many;
	map->places = count;
	return true;
}

bool ppm_node_map_put(struct ppm_node_map *map, ppm_node_id node, uint32_t value)
{
	uint32_t at = place_of(places_of(map), map->places, node);
	if (places_of(map)[at].node == node)
		return false;
	if (map->count >= map->places / 2) {
		if (!grow(map))
			return false;
		at = place_of(places_of(map), map->places, node);
	}
	(map->many ? map->many : map->few)[at] = (struct ppm_node_map_place){ node, value };
	map->count++;
	return true;
}

const uint32_t *ppm_node_map_find(const struct ppm_node_map *map, ppm_node_id node)
{
	const struct ppm_node_map_place *place = &places_of(map)[place_of(places_of(map), map->places, node)];
	return place->node == node ? &place->value : NULL;
}

// A map from nodes to numbers whose cost goes with what is in it, not with the size of the plan: for walks from one node down, of which there are as many as rules.
#ifndef PPM_LANG_PLAN_NODE_MAP_H
#define PPM_LANG_PLAN_NODE_MAP_H

#include "lang/plan/plan.h"

#define PPM_NODE_MAP_FEW 32u // a power of two; as many places need no memory

struct ppm_node_map_place {
	ppm_node_id node; // PPM_NODE_NONE: free
	uint32_t value;
};

struct ppm_node_map {
	const struct ppm_allocator *allocator;
	struct ppm_node_map_place few[PPM_NODE_MAP_FEW];
	struct ppm_node_map_place *many; // instead of `few` once they do not suffice
	uint32_t places, count;
	bool failed; // memory ran out: what was put since then is not there
};

void ppm_node_map_init(struct ppm_node_map *map, const struct ppm_allocator *allocator);
void ppm_node_map_free(struct ppm_node_map *map);
// False when the node has a value already, which stays, and when memory ran out. `node` is not PPM_NODE_NONE.
bool ppm_node_map_put(struct ppm_node_map *map, ppm_node_id node, uint32_t value);
// NULL: it has none. Valid until something is put.
const uint32_t *ppm_node_map_find(const struct ppm_node_map *map, ppm_node_id node);

#endif

// Which figures across rows a plan needs, and in what order they can be made.
//
// Work goes in stages. In stage 0 files are read; whatever a step takes is computed from fields and kept. Steps of stage 0 go through what was kept, and their figures are
// there in stage 1, where the inputs of the next steps are computed, and so on. A stage number is that of the first stage in which something is there; of a link, a tree
// and a step it is the stage at whose end it runs.
#ifndef PPM_LANG_EMIT_STAGES_H
#define PPM_LANG_EMIT_STAGES_H

#include "lang/plan/plan.h"

#define PPM_STAGE_NONE (-1) // not needed

struct ppm_stages {
	const struct ppm_plan *plan;
	const struct ppm_allocator *allocator;
	int32_t *nodes, *columns, *datasets, *links, *trees, *steps;
	int32_t last;
	// Figures may build on figures without end, and the walk recurses: what lies too deep is put off, and whatever waits for it is found again after it.
	uint32_t depth;
	bool unfinished, failed;
	ppm_node_id *put_off;
	size_t put_off_count, put_off_capacity;
};

// False when memory ran out. Free whatever it returns.
bool ppm_stages_find(struct ppm_stages *stages, const struct ppm_plan *plan, const struct ppm_allocator *allocator);
void ppm_stages_free(struct ppm_stages *stages);

// A dataset of the plan; the scored one is there even when the model declares none.
const struct ppm_plan_dataset *ppm_stages_dataset(const struct ppm_plan *plan, uint32_t dataset);
// What the program of the scored rows computes.
void ppm_stages_scored_roots(const struct ppm_plan *plan, void (*visit)(void *context, ppm_node_id id), void *context);

#endif

// What a value depends on, however far away: the columns of every dataset that it comes from, through rules, figures over other rows, links and trees.
#ifndef PPM_LANG_PLAN_REACH_H
#define PPM_LANG_PLAN_REACH_H

#include "lang/plan/plan.h"

// The nodes right under a node, those that its rules refer to among them.
void ppm_plan_operands(const struct ppm_plan *plan, ppm_node_id id, void (*visit)(void *context, ppm_node_id id), void *context);

#define PPM_REACH_OWN 1 // the value of the row that is asked about
#define PPM_REACH_ALL 2 // the values of all rows of the column's dataset

struct ppm_plan_reach {
	const struct ppm_plan *plan;
	uint8_t *columns; // [plan column] PPM_REACH_… , of what was added since the last ppm_plan_reach_clear
	uint8_t *nodes, *steps, *links, *trees, *datasets;
	struct ppm_reach_item *found; // all that was added since then, in this order
	size_t found_count, found_capacity, looked_at;
	// For those who ask often and look at columns only: what scores, dimensions and the tier depend on is worked out once and taken whole after that, so that the other
	// arrays say nothing of what lies below them.
	bool columns_only;
	struct ppm_reach_memory *memories;
	size_t memory_count;
};

// For the plan as it is: nodes that are made later cannot be asked about. False when memory ran out: nothing is held then.
bool ppm_plan_reach_init(struct ppm_plan_reach *reach, const struct ppm_plan *plan);
void ppm_plan_reach_free(struct ppm_plan_reach *reach);
void ppm_plan_reach_clear(struct ppm_plan_reach *reach);
// Adds what the value of a scored row depends on. PPM_NODE_NONE and poison depend on nothing. False when memory ran out.
bool ppm_plan_reach_add(struct ppm_plan_reach *reach, ppm_node_id node);
// Likewise, the values that a text shows.
bool ppm_plan_reach_add_text(struct ppm_plan_reach *reach, const struct ppm_plan_piece *text);

#endif

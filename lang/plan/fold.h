// Computing what is constant, by the same arithmetic as the machine's.
#ifndef PPM_LANG_PLAN_FOLD_H
#define PPM_LANG_PLAN_FOLD_H

#include "lang/plan/plan.h"

// The node's operands are constants (and it is not in the plan yet). The value as a node, a missing node where it has none (reported), or poison.
ppm_node_id ppm_fold_unary(struct ppm_plan *plan, const struct ppm_node *node);
ppm_node_id ppm_fold_binary(struct ppm_plan *plan, const struct ppm_node *node);
ppm_node_id ppm_fold_call(struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, uint32_t count, const struct ppm_node *node);
// What is known of a builtin's result, into node->low, high and computed.
void ppm_fold_bound_call(const struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, struct ppm_node *node);

// A literal figure of the tree (perhaps negated) as a double: numbers, percents (as ratios), money, dates, durations in their own unit. False for anything else.
bool ppm_literal_number(const struct ppm_expression *literal, double *value);
// A literal number or amount of the tree (perhaps negated) as an amount, to the 12th place, half away from zero. False for anything else, and beyond 900 trillion.
bool ppm_literal_amount(const struct ppm_expression *literal, ppm_int128 *exact);
// The literal as an edge of figures of the type.
bool ppm_literal_edge(const struct ppm_expression *literal, struct ppm_type type, struct ppm_edge *edge);

#endif

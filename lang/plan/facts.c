// What a model asks of its figures and texts: every comparison with a constant below a node. What is compared of other rows stands in columns of its own and is not gone into.
#include "lang/plan/plan.h"

static bool fact_of(const struct ppm_plan *plan, ppm_node_id id, struct ppm_plan_fact *fact)
{
	const struct ppm_node *n = &plan->nodes[id];
	double value;

	*fact = (struct ppm_plan_fact){ .node = id, .subject = n->a, .constant = PPM_NODE_NONE };
	switch (n->op) {
	case PPM_NODE_EQUAL:
	case PPM_NODE_LESS:
	case PPM_NODE_LESS_EQUAL:
		fact->kind = PPM_FACT_FIGURE;
		if (ppm_plan_constant_number(plan, n->b, &value)) {
			fact->constant = n->b;
			return true;
		}
		fact->subject = n->b;
		fact->constant = n->a;
		return ppm_plan_constant_number(plan, n->a, &value);
	case PPM_NODE_IN_SET: fact->kind = PPM_FACT_TEXTS; return true;
	case PPM_NODE_MAP: fact->kind = PPM_FACT_TABLE; return true;
	case PPM_NODE_DEFAULT: fact->kind = PPM_FACT_DEFAULT; return true;
	default: return false;
	}
}

void ppm_plan_visit_facts(const struct ppm_plan *plan, ppm_node_id id, uint8_t *seen, void (*visit)(void *context, const struct ppm_plan_fact *fact), void *context)
{
	struct ppm_plan_fact fact;

	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON || seen[id])
		return;
	seen[id] = 1;
	const struct ppm_node *n = &plan->nodes[id];
	const ppm_node_id operands[] = { n->a, n->b, n->c, n->d };
	if ((n->dataset == 0 || n->dataset == PPM_NO_DATASET) && fact_of(plan, id, &fact) && !ppm_plan_is_constant(plan, fact.subject))
		visit(context, &fact);
	for (int i = 0; i < 4; i++)
		ppm_plan_visit_facts(plan, operands[i], seen, visit, context);
}

// The frame of a job's making: whether a plan needs one, and the builder's memory.

#include "lang/emit/job.h"

#include <string.h>

enum ppm_status ppm_emit_needs_job(bool *needs, const struct ppm_plan *plan)
{
	const struct ppm_plan_dataset *scored = ppm_stages_dataset(plan, 0);
	if (plan->metric_count || plan->summary_count || scored->kind != PPM_DATASET_FILE || scored->keep != PPM_NODE_NONE) {
		*needs = true;
		return PPM_OK;
	}
	struct ppm_stages stages;
	bool found = ppm_stages_find(&stages, plan, plan->allocator);
	*needs = false;
	for (size_t i = 0; i < plan->column_count && found && !*needs; i++)
		*needs = stages.columns[i] != PPM_STAGE_NONE && plan->columns[i].kind != PPM_PLAN_FIELD;
	ppm_stages_free(&stages);
	return found ? PPM_OK : PPM_ERROR_MEMORY;
}

static uint32_t *nowhere(struct ppm_job_builder *b, size_t count)
{
	uint32_t *indexes = ppm_allocate(b->allocator, count + 1, sizeof *indexes);
	for (size_t i = 0; indexes && i < count + 1; i++)
		indexes[i] = PPM_NO_INDEX;
	return indexes;
}

static bool prepare(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	const struct ppm_allocator *a = b->allocator;
	b->job = ppm_job_new(a);
	b->tables = nowhere(b, plan->dataset_count);
	b->links = nowhere(b, plan->link_count);
	b->trees = nowhere(b, plan->tree_count);
	b->company_links = nowhere(b, plan->dataset_count);
	b->made = ppm_allocate_zeroed(a, plan->link_count + 1, sizeof *b->made);
	b->column_slots = ppm_allocate_zeroed(a, plan->column_count + 1, sizeof *b->column_slots);
	b->node_slots = ppm_allocate_zeroed(a, plan->node_count + 1, sizeof *b->node_slots);
	b->walked = ppm_allocate_zeroed(a, plan->node_count + 1, 1);
	b->risky = ppm_allocate_zeroed(a, plan->node_count + 1, 1);
	b->leaves = ppm_allocate_zeroed(a, plan->column_count + 1, sizeof *b->leaves);
	b->shared.text_codes = ppm_allocate_zeroed(a, plan->text_count + 1, sizeof *b->shared.text_codes);
	b->shared.fallible = ppm_emit_fallible(plan, a);
	return b->job && b->tables && b->links && b->trees && b->company_links && b->made && b->column_slots && b->node_slots && b->walked && b->risky && b->leaves &&
		b->shared.text_codes && b->shared.fallible;
}

static void release(struct ppm_job_builder *b)
{
	void *const blocks[] = { b->tables, b->links, b->trees, b->company_links, b->made, b->column_slots, b->node_slots, b->walked, b->risky, b->leaves, b->shared.text_codes,
		b->shared.fallible, b->slots };
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		ppm_free(b->allocator, blocks[i]);
	for (size_t i = 0; i < PPM_STAGED; i++) {
		ppm_free(b->allocator, b->by_stage[i].first);
		ppm_free(b->allocator, b->by_stage[i].next);
	}
	ppm_stages_free(&b->stages);
}

enum ppm_status ppm_emit_job(struct ppm_job **out, const struct ppm_allocator *allocator, const struct ppm_plan *plan, const struct ppm_source_map *map, bool optimise)
{
	struct ppm_job_builder b = { .plan = plan, .allocator = allocator, .map = map, .optimise = optimise };
	*out = NULL;
	bool fine = ppm_stages_find(&b.stages, plan, allocator);
	if (!prepare(&b) || !fine)
		b.status = PPM_ERROR_MEMORY;
	if (b.status == PPM_OK)
		ppm_job_lay_out(&b);
	if (b.status == PPM_OK)
		ppm_job_act(&b);
	if (b.status == PPM_OK && b.job->arena.failed)
		b.status = PPM_ERROR_MEMORY;
	release(&b);
	if (b.status != PPM_OK) {
		ppm_job_free(b.job);
		return b.status;
	}
	*out = b.job;
	return PPM_OK;
}

// What a job does, stage after stage: files are read and inputs computed, then the steps whose inputs are there run. Within a stage links come first, then trees, then steps,
// each in the order of the plan.

#include "lang/emit/job.h"

#include <assert.h>
#include <string.h>

static struct ppm_action *new_action(struct ppm_job_builder *b, enum ppm_action_kind kind, struct ppm_span span, struct ppm_slice text)
{
	struct ppm_action *action = b->status == PPM_OK ? PPM_JOB_ENTRY(b, action) : NULL;
	if (!action)
		return NULL;
	*action = (struct ppm_action){ .kind = kind,
		.place = ppm_emit_place(b->map, span),
		.text = ppm_job_copy(b, text),
		.number = PPM_NO_INDEX,
		.table = PPM_NO_INDEX,
		.program = PPM_NO_INDEX,
		.link = PPM_NO_INDEX,
		.other_link = PPM_NO_INDEX,
		.second_link = PPM_NO_INDEX,
		.tree = PPM_NO_INDEX,
		.outer = PPM_NO_INDEX,
		.value = PPM_NO_INDEX,
		.where = PPM_NO_INDEX,
		.order = PPM_NO_INDEX,
		.output = PPM_NO_INDEX,
		.site = PPM_NO_INDEX,
		.ratio = 1,
		.level_low = 1,
		.level_high = UINT32_MAX };
	return action;
}

static uint32_t new_site(struct ppm_job_builder *b, enum ppm_job_site_kind kind, struct ppm_span span, struct ppm_slice what)
{
	uint32_t index = b->job->site_count;
	struct ppm_job_site *site = PPM_JOB_ENTRY(b, site);
	if (site)
		*site = (struct ppm_job_site){ kind, ppm_emit_place(b->map, span), ppm_job_copy(b, what) };
	return site ? index : PPM_NO_INDEX;
}

// What the step makes can be missing where the runtime may leave it so, whatever the plan could prove.
static void put_out(struct ppm_job_builder *b, struct ppm_action *action, uint32_t column)
{
	action->output = ppm_job_kept_column(b, column);
	if (b->status == PPM_OK)
		b->job->tables[b->tables[b->plan->columns[column].dataset]].columns[action->output].may_miss = ppm_action_may_miss(b->job, b->job->action_count - 1);
}

static bool may_miss(const struct ppm_job_builder *b, ppm_node_id id)
{
	return id != PPM_NODE_NONE && b->plan->nodes[id].may_miss;
}

// ---- programs --------------------------------------------------------------------------------------------------------

static uint32_t add_program(struct ppm_job_builder *b, struct ppm_emit_task task)
{
	if (b->status != PPM_OK)
		return PPM_NO_INDEX;
	task.plan = b->plan;
	task.allocator = b->allocator;
	task.map = b->map;
	task.optimise = b->optimise;
	task.leaves = b->leaves;
	task.tables = b->job->tables;
	task.shared = &b->shared;
	uint32_t index = b->job->program_count;
	struct ppm_program **place = PPM_JOB_ENTRY(b, program), *program = NULL;
	if (!place)
		return PPM_NO_INDEX;
	b->job->program_count = index; // counted only once it is there
	b->status = ppm_emit_program(&program, &task);
	if (b->status != PPM_OK)
		return PPM_NO_INDEX;
	b->job->programs[index] = program;
	b->job->program_count = index + 1;
	return index;
}

// What the stage's program over the dataset keeps; with `stores` NULL they are counted only.
static uint32_t stage_stores(const struct ppm_job_builder *b, uint32_t dataset, int32_t stage, struct ppm_kept *stores)
{
	uint32_t count = 0;
	for (uint32_t i = b->by_stage[PPM_SLOTS].first[stage]; i != PPM_NO_INDEX; i = b->by_stage[PPM_SLOTS].next[i])
		if (b->slots[i].dataset == dataset) {
			if (stores)
				stores[count] = b->slots[i].kept;
			count++;
		}
	return count;
}

static void compute(struct ppm_job_builder *b, uint32_t dataset, int32_t stage)
{
	const struct ppm_plan_dataset *d = ppm_stages_dataset(b->plan, dataset);
	bool load = d->kind == PPM_DATASET_FILE && stage == 0;
	uint32_t count = stage_stores(b, dataset, stage, NULL);
	if (b->status != PPM_OK || b->tables[dataset] == PPM_NO_INDEX || (!count && !load))
		return;
	struct ppm_kept *stores = ppm_allocate_zeroed(b->allocator, (size_t)count + 1, sizeof *stores);
	struct ppm_table *table = &b->job->tables[b->tables[dataset]];
	if (!stores) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	stage_stores(b, dataset, stage, stores);
	uint32_t program = add_program(b,
		(struct ppm_emit_task){ .kind = PPM_EMIT_STORES,
			.load = load,
			.dataset = dataset,
			.stores = stores,
			.store_count = count,
			.keep = load ? d->keep : PPM_NODE_NONE,
			.results = b->results,
			.result_count = load && dataset == 0 ? b->result_count : 0,
			.pass_all = load && dataset == 0 && b->pass_all });
	ppm_free(b->allocator, stores);
	struct ppm_action *action = new_action(b, load ? PPM_ACTION_LOAD : PPM_ACTION_EVALUATE, d->span, table->name);
	if (!action)
		return;
	action->table = b->tables[dataset];
	action->program = program;
	const struct ppm_program *made = b->job->programs[program];
	for (uint32_t i = 0; i < made->store_count; i++) // what can really be missing is known only now
		table->columns[made->stores[i].table_column].may_miss = made->stores[i].present != PPM_NO_REGISTER;
}

// ---- links and trees ---------------------------------------------------------------------------------------------------

// What follows an action's making may add slots, programs and sites, but no action: it stays where it is until the next one.
static void act_keys(struct ppm_job_builder *b, struct ppm_action *action, const struct ppm_plan_link *link)
{
	bool group = link->kind == PPM_LINK_GROUP;
	struct ppm_key_part *keys = ppm_arena_allocate(&b->job->arena, (size_t)link->key_count + 1, sizeof *keys);
	uint32_t *others = ppm_arena_allocate(&b->job->arena, (size_t)link->key_count + 1, sizeof *others);
	if (!keys || !others) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	action->keys = keys;
	action->other_keys = others;
	action->key_count = link->key_count;
	for (uint32_t i = 0; i < link->key_count; i++) {
		others[i] = PPM_NO_INDEX;
		if (link->keys[i].is_link) {
			keys[i] = (struct ppm_key_part){ true, b->links[link->keys[i].link] };
			continue;
		}
		uint8_t form = ppm_job_key_form(b, link, i);
		keys[i] = (struct ppm_key_part){ false, ppm_job_kept_where(b, link->from, link->keys[i].value, form, PPM_NODE_NONE, link->where) };
		if (link->other_keys[i] == PPM_NO_ID)
			continue;
		const struct ppm_plan_column *other = &b->plan->columns[link->other_keys[i]];
		bool other_form = !group && ((form & PPM_FORM_WIDE && !other->wide) || form & PPM_FORM_ROUNDED);
		others[i] = other_form ? ppm_job_kept_node(b, link->to, other->node, form) : ppm_job_kept_column(b, link->other_keys[i]);
	}
	if (!group)
		return;
	action->where = ppm_job_kept_node(b, link->from, link->where, PPM_FORM_SET);
	for (uint32_t i = 0; i < link->key_count && b->status == PPM_OK; i++)
		if (others[i] != PPM_NO_INDEX)
			b->job->tables[b->tables[link->to]].columns[others[i]].may_miss =
				!link->drop_missing && b->job->tables[b->tables[link->from]].columns[keys[i].index].may_miss;
}

// A row of a tree whose parent is nowhere is a root; any other reference leads nowhere.
static bool is_of_tree(const struct ppm_job_builder *b, uint32_t link)
{
	for (uint32_t i = 0; i < b->plan->tree_count; i++)
		if (b->plan->trees[i].link == link && b->stages.trees[i] != PPM_STAGE_NONE)
			return true;
	return false;
}

static void act_link(struct ppm_job_builder *b, uint32_t index)
{
	const struct ppm_plan_link *link = &b->plan->links[index];
	if (b->made[index] || b->status != PPM_OK)
		return;
	b->made[index] = true;
	static const enum ppm_action_kind kinds[] = { [PPM_LINK_MATCH] = PPM_ACTION_MATCH, [PPM_LINK_GROUP] = PPM_ACTION_GROUP, [PPM_LINK_COMPOSE] = PPM_ACTION_COMPOSE };
	if (link->kind == PPM_LINK_ALL)
		return;
	if (link->kind == PPM_LINK_COMPOSE) {
		act_link(b, link->first);
		act_link(b, link->second);
	}
	for (uint32_t i = 0; link->kind == PPM_LINK_GROUP && i < link->key_count; i++)
		if (link->keys[i].is_link)
			act_link(b, link->keys[i].link);
	struct ppm_action *action = new_action(b, kinds[link->kind], link->span, link->name);
	if (!action)
		return;
	action->link = b->links[index];
	action->owned = link->owned;
	action->drop_missing = link->drop_missing;
	action->of_summary = link->of_summary;
	if (link->kind == PPM_LINK_COMPOSE) {
		action->other_link = b->links[link->first];
		action->second_link = b->links[link->second];
		return;
	}
	act_keys(b, action, link);
	if (link->kind == PPM_LINK_MATCH && link->reported)
		action->site = new_site(b, is_of_tree(b, index) ? PPM_JOB_UNKNOWN_PARENT : link->owned ? PPM_JOB_ORPHANS : PPM_JOB_UNKNOWN_KEY, link->span, link->name);
}

static void act_calendar(struct ppm_job_builder *b, uint32_t dataset)
{
	const struct ppm_plan_dataset *d = &b->plan->datasets[dataset];
	struct ppm_action *action = new_action(b, PPM_ACTION_CALENDAR, d->span, d->name);
	if (!action)
		return;
	action->table = b->tables[dataset];
	action->unit = d->unit;
	action->first_day = d->first_day;
	action->last_day = d->last_day;
}

static void act_tree(struct ppm_job_builder *b, uint32_t index)
{
	const struct ppm_plan_tree *tree = &b->plan->trees[index];
	struct ppm_action *action = new_action(b, PPM_ACTION_TREE, tree->span, tree->name);
	if (!action)
		return;
	action->table = b->tables[tree->dataset];
	action->tree = b->trees[index];
	if (tree->depth_column != PPM_NO_ID && b->stages.columns[tree->depth_column] != PPM_STAGE_NONE)
		put_out(b, action, tree->depth_column);
	if (tree->break_cycles)
		action->site = new_site(b, PPM_JOB_BROKEN_CYCLE, tree->span, tree->name);
}

// ---- steps ---------------------------------------------------------------------------------------------------------------

static void act_pairs(struct ppm_job_builder *b, const struct ppm_plan_step *step, const struct ppm_plan_dataset *pairs)
{
	const struct ppm_guard guard = { .where = step->where, .also = PPM_NODE_NONE };
	bool guarded = step->where != PPM_NODE_NONE && step->value != PPM_NODE_NONE && ppm_job_is_risky(b, step->value);
	const struct ppm_kept stores[] = {
		{ .column = PPM_NO_ID, .node = step->value, .form = ppm_job_value_form(b, step, step->value), .guards = guarded ? &guard : NULL },
		{ .column = PPM_NO_ID, .node = step->where, .form = PPM_FORM_SET, .table_column = 1 },
	};
	uint32_t program = add_program(b,
		(struct ppm_emit_task){
			.kind = PPM_EMIT_STORES, .dataset = step->dataset, .stores = stores, .store_count = step->where == PPM_NODE_NONE ? 1 : 2, .keep = PPM_NODE_NONE });
	struct ppm_action *action = new_action(b, PPM_ACTION_PAIRS, step->span, step->text);
	if (!action)
		return;
	action->number = (uint32_t)(step - b->plan->steps);
	action->program = program;
	action->relation = pairs->relation;
	action->table = b->tables[pairs->inner];
	action->outer = b->tables[pairs->outer];
	action->aggregate = step->aggregate;
	put_out(b, action, step->column);
	action->fraction = step->fraction;
	if (pairs->relation == PPM_PAIRS_KEYS) {
		action->link = b->links[pairs->outer_link];
		action->other_link = b->links[pairs->inner_link];
	}
	if (pairs->relation == PPM_PAIRS_TREE) {
		action->tree = b->trees[pairs->tree];
		action->level_low = step->level_low ? step->level_low : 1;
		action->level_high = step->level_high ? step->level_high : UINT32_MAX;
	}
	if (may_miss(b, step->value) && step->aggregate != PPM_AGGREGATE_COUNT)
		action->site = new_site(b, PPM_JOB_SKIPPED, step->span, step->text);
}

static void act_agreement(struct ppm_job_builder *b, const struct ppm_plan_step *step, struct ppm_action *action)
{
	uint32_t *columns = ppm_arena_allocate(&b->job->arena, (size_t)step->value_count + 1, sizeof *columns);
	if (!columns) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	for (uint32_t i = 0; i < step->value_count; i++)
		columns[i] = ppm_job_kept_where(b, step->dataset, step->values[i], ppm_job_value_form(b, step, step->values[i]), step->where, PPM_NODE_NONE);
	action->columns = columns;
	action->column_count = step->value_count;
	action->agreement = step->agreement;
	action->site = new_site(b, PPM_JOB_NO_AGREEMENT, step->span, step->text);
}

static void act_step(struct ppm_job_builder *b, const struct ppm_plan_step *step)
{
	static const enum ppm_action_kind kinds[] = { [PPM_STEP_GATHER] = PPM_ACTION_GATHER,
		[PPM_STEP_AGGREGATE] = PPM_ACTION_AGGREGATE,
		[PPM_STEP_RANK] = PPM_ACTION_RANK,
		[PPM_STEP_TREE_AGGREGATE] = PPM_ACTION_TREE_AGGREGATE,
		[PPM_STEP_AGREEMENT] = PPM_ACTION_AGREEMENT };
	const struct ppm_plan_dataset *d = ppm_stages_dataset(b->plan, step->dataset);
	if (step->kind == PPM_STEP_AGGREGATE && d->kind == PPM_DATASET_PAIRS) {
		act_pairs(b, step, d);
		return;
	}
	struct ppm_action *action = new_action(b, kinds[step->kind], step->span, step->text);
	if (!action)
		return;
	action->number = (uint32_t)(step - b->plan->steps);
	struct ppm_step_columns columns = ppm_job_step_columns(b, step);
	action->value = columns.value;
	action->where = columns.where;
	bool skips = may_miss(b, step->value);
	switch (step->kind) {
	case PPM_STEP_GATHER:
		action->link = b->links[step->link];
		put_out(b, action, step->column);
		return;
	case PPM_STEP_AGGREGATE:
		action->link = ppm_job_step_link(b, step);
		action->outer = b->tables[step->outer];
		action->order = columns.order;
		action->descending = step->descending;
		action->aggregate = step->aggregate;
		action->fraction = step->fraction;
		skips = skips && step->aggregate != PPM_AGGREGATE_COUNT;
		break;
	case PPM_STEP_RANK:
		action->link = ppm_job_step_link(b, step);
		if (action->link != PPM_NO_INDEX && b->job->tables[b->job->links[action->link].to].kind == PPM_TABLE_COMPANY)
			action->link = PPM_NO_INDEX;
		action->rank = step->rank;
		action->descending = step->descending;
		action->tiles = step->tiles;
		action->numbers = step->numbers;
		if (step->rank == PPM_RANK_SHARE || step->rank == PPM_RANK_RUNNING_SHARE) {
			action->site = new_site(b, PPM_JOB_NO_SHARE, step->span, step->text);
			skips = false;
		}
		break;
	case PPM_STEP_TREE_AGGREGATE:
		action->tree = b->trees[step->tree];
		action->outer = b->tables[step->outer];
		action->aggregate = step->aggregate;
		action->ratio = step->ratio;
		action->level_low = step->level_low;
		action->level_high = step->level_high;
		skips = skips && step->aggregate != PPM_AGGREGATE_COUNT;
		break;
	case PPM_STEP_AGREEMENT:
		action->outer = b->tables[step->outer];
		act_agreement(b, step, action);
		skips = false;
		break;
	}
	action->table = b->tables[step->dataset];
	put_out(b, action, step->column);
	if (skips)
		action->site = new_site(b, PPM_JOB_SKIPPED, step->span, step->text);
}

// ---- results --------------------------------------------------------------------------------------------------------------

static void act_result(struct ppm_job_builder *b, struct ppm_emit_task task, enum ppm_result_role role, struct ppm_span span, struct ppm_slice text)
{
	task.keep = PPM_NODE_NONE;
	uint32_t program = add_program(b, task);
	struct ppm_action *action = new_action(b, PPM_ACTION_RESULT, span, text);
	if (!action)
		return;
	action->table = b->tables[task.dataset];
	action->program = program;
	action->role = role;
	if (role == PPM_ROLE_SUMMARY)
		action->name = action->text;
	if (role == PPM_ROLE_SCORED)
		b->job->final = program;
}

static void act_metrics(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	if (!plan->metric_count || b->status != PPM_OK)
		return;
	struct ppm_plan_result *results = ppm_allocate_zeroed(b->allocator, plan->metric_count, sizeof *results);
	if (!results) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	for (size_t i = 0; i < plan->metric_count; i++)
		results[i] = (struct ppm_plan_result){ .kind = PPM_RESULT_VALUE, .name = plan->metrics[i].name, .node = plan->metrics[i].node, .places = -1 };
	act_result(b, (struct ppm_emit_task){ .kind = PPM_EMIT_TABLE, .dataset = plan->company, .results = results, .result_count = plan->metric_count }, PPM_ROLE_METRICS,
		plan->metrics[0].span, PPM_SLICE("metrics"));
	ppm_free(b->allocator, results);
}

static void act_summary(struct ppm_job_builder *b, const struct ppm_plan_summary *summary)
{
	if (summary->order_count) {
		struct ppm_action *action = new_action(b, PPM_ACTION_SORT, summary->span, summary->name);
		struct ppm_sort_key *keys = action ? ppm_arena_allocate(&b->job->arena, summary->order_count, sizeof *keys) : NULL;
		if (!keys) {
			b->status = PPM_ERROR_MEMORY;
			return;
		}
		for (uint32_t i = 0; i < summary->order_count; i++)
			keys[i] = (struct ppm_sort_key){ ppm_job_kept_node(b, summary->dataset, summary->orders[i].node, ppm_job_order_form(b, summary->orders[i].node)),
				summary->orders[i].descending };
		action->table = b->tables[summary->dataset];
		action->sort = keys;
		action->sort_count = summary->order_count;
	}
	act_result(b, (struct ppm_emit_task){ .kind = PPM_EMIT_TABLE, .dataset = summary->dataset, .results = summary->results, .result_count = summary->result_count },
		PPM_ROLE_SUMMARY, summary->span, summary->name);
}

// ---- all -------------------------------------------------------------------------------------------------------------------

struct last_use {
	struct ppm_job *job;
	uint32_t action;
};

static bool use(void *context, uint32_t table, uint32_t column, bool written)
{
	const struct last_use *last = context;
	(void)written;
	last->job->tables[table].columns[column].last_action = last->action;
	return true;
}

static void steps_of_stage(struct ppm_job_builder *b, int32_t stage)
{
	const struct ppm_plan *plan = b->plan;
	for (uint32_t i = 0; i < plan->dataset_count && stage == 0; i++)
		if (plan->datasets[i].kind == PPM_DATASET_CALENDAR && b->tables[i] != PPM_NO_INDEX)
			act_calendar(b, i);
	const struct ppm_by_stage *of = b->by_stage;
	for (uint32_t i = of[PPM_LINKS].first[stage]; i != PPM_NO_INDEX; i = of[PPM_LINKS].next[i])
		act_link(b, i);
	for (uint32_t i = of[PPM_TREES].first[stage]; i != PPM_NO_INDEX; i = of[PPM_TREES].next[i])
		act_tree(b, i);
	for (uint32_t i = of[PPM_STEPS].first[stage]; i != PPM_NO_INDEX; i = of[PPM_STEPS].next[i])
		act_step(b, &plan->steps[i]);
}

static void sort_by_stage(struct ppm_job_builder *b, struct ppm_by_stage *sorted, const int32_t *stages, size_t count)
{
	size_t stage_count = (size_t)b->stages.last + 1;
	sorted->first = ppm_allocate(b->allocator, stage_count, sizeof *sorted->first);
	sorted->next = ppm_allocate(b->allocator, count + 1, sizeof *sorted->next);
	if (!sorted->first || !sorted->next) {
		b->status = PPM_ERROR_MEMORY;
		return;
	}
	for (size_t i = 0; i < stage_count; i++)
		sorted->first[i] = PPM_NO_INDEX;
	for (uint32_t i = (uint32_t)count; i-- > 0;) {
		int32_t stage = stages ? stages[i] : b->slots[i].computed ? b->slots[i].stage : PPM_STAGE_NONE;
		if (stage == PPM_STAGE_NONE)
			continue;
		assert(stage <= b->stages.last);
		sorted->next[i] = sorted->first[stage];
		sorted->first[stage] = i;
	}
}

void ppm_job_act(struct ppm_job_builder *b)
{
	const struct ppm_plan *plan = b->plan;
	uint32_t datasets = plan->dataset_count ? (uint32_t)plan->dataset_count : 1;
	sort_by_stage(b, &b->by_stage[PPM_SLOTS], NULL, b->slot_count);
	sort_by_stage(b, &b->by_stage[PPM_LINKS], b->stages.links, plan->link_count);
	sort_by_stage(b, &b->by_stage[PPM_TREES], b->stages.trees, plan->tree_count);
	sort_by_stage(b, &b->by_stage[PPM_STEPS], b->stages.steps, plan->step_count);
	for (int32_t stage = 0; stage <= b->stages.last && b->status == PPM_OK; stage++) {
		if (plan->company != PPM_NO_DATASET) // its figures are there for all others
			compute(b, plan->company, stage);
		for (uint32_t d = 0; d < datasets; d++)
			if (d != plan->company)
				compute(b, d, stage);
		steps_of_stage(b, stage);
	}
	act_result(b, (struct ppm_emit_task){ .kind = PPM_EMIT_SCORED, .dataset = 0, .results = b->results, .result_count = b->result_count, .pass_all = b->pass_all },
		PPM_ROLE_SCORED, ppm_stages_dataset(plan, 0)->span, b->status == PPM_OK ? b->job->tables[b->job->scored].name : PPM_SLICE(""));
	act_metrics(b);
	for (size_t i = 0; i < plan->summary_count && b->status == PPM_OK; i++)
		act_summary(b, &plan->summarys[i]);
	for (uint32_t i = 0; i < b->job->program_count; i++) {
		b->job->programs[i]->texts = b->shared.texts;
		b->job->programs[i]->text_count = b->shared.text_count;
	}
	for (uint32_t i = 0; b->status == PPM_OK && i < b->job->action_count; i++) {
		struct last_use last = { b->job, i };
		ppm_action_columns(b->job, i, use, &last);
	}
}

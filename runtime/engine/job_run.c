// Actions one after another, and memory given back as soon as no later action needs it.
#include "runtime/engine/job_internal.h"
#include "runtime/engine/table_source.h"

#include <errno.h>

// ---- what is still needed -------------------------------------------------------------------------------------

static bool needs_link(const struct ppm_job *job, const struct ppm_action *action, uint32_t link)
{
	bool needed = action->link == link || action->other_link == link || action->second_link == link;
	if (action->kind == PPM_ACTION_TREE && job->trees[action->tree].link == link)
		needed = true;
	for (uint32_t i = 0; i < action->key_count && !needed; i++)
		needed = action->keys[i].is_link && action->keys[i].index == link;
	return needed;
}

// What a figure of a group is made of is looked at when the watched rows get it.
static bool is_behind(const struct ppm_job_state *state, const struct ppm_action *action, uint32_t link)
{
	const struct ppm_action *behind = state->options->watch_count ? ppm_job_behind(state->job, action) : NULL;
	return behind && behind->link == link;
}

static bool is_behind_later(const struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	for (uint32_t i = state->action + 1; state->options->watch_count && i < state->job->action_count; i++) {
		const struct ppm_action *behind = ppm_job_behind(state->job, &state->job->actions[i]);
		if (behind && behind->table == table && (behind->value == column || behind->where == column))
			return true;
	}
	return false;
}

static void drop_links(struct ppm_job_state *state)
{
	const struct ppm_job *job = state->job;
	for (uint32_t link = 0; link < job->link_count; link++) {
		bool needed = !state->links[link];
		for (uint32_t i = state->action + 1; i < job->action_count && !needed; i++)
			needed = needs_link(job, &job->actions[i], link) || is_behind(state, &job->actions[i], link);
		if (needed)
			continue;
		ppm_memory_give(state->memory, state->links[link], state->tables[job->links[link].from].rows * sizeof(uint32_t));
		state->links[link] = NULL;
	}
}

static void drop_trees(struct ppm_job_state *state)
{
	const struct ppm_job *job = state->job;
	for (uint32_t tree = 0; tree < job->tree_count; tree++) {
		bool needed = !state->tree_made[tree];
		for (uint32_t i = state->action + 1; i < job->action_count && !needed; i++) {
			const struct ppm_action *action = &job->actions[i];
			bool walks = action->kind == PPM_ACTION_TREE_AGGREGATE || (action->kind == PPM_ACTION_PAIRS && action->relation == PPM_PAIRS_TREE);
			needed = walks && action->tree == tree;
		}
		if (needed)
			continue;
		ppm_tree_shape_free(&state->trees[tree], &state->steps);
		state->tree_made[tree] = false;
	}
}

// Rows that are watched are made of rows that are told by their key.
static bool names_rows(const struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	return state->options->watch_count && column == state->job->tables[table].key;
}

// After the current action; all of it at the end.
static void drop_unneeded(struct ppm_job_state *state)
{
	const struct ppm_job *job = state->job;
	for (uint32_t table = 0; table < job->table_count; table++)
		for (uint32_t column = 0; column < job->tables[table].column_count; column++)
			if (state->tables[table].columns[column].values && job->tables[table].columns[column].last_action <= state->action && !names_rows(state, table, column) &&
				!is_behind_later(state, table, column))
				ppm_kept_drop(&state->tables[table], column);
	drop_links(state);
	drop_trees(state);
	ppm_job_drop_indexes(state);
}

// ---- the run ------------------------------------------------------------------------------------------------

static enum ppm_status load(struct ppm_job_state *state, const struct ppm_action *action)
{
	if (state->inputs[action->table].against) {
		enum ppm_status status = ppm_job_load(state, action, true);
		if (status != PPM_OK)
			return status;
	}
	struct ppm_kept_table *table = &state->tables[action->table];
	enum ppm_status status = ppm_job_load(state, action, false);
	table->apart = table->compared ? table->rows - table->reference : 0;
	return status == PPM_OK && table->compared ? ppm_job_check_key(state, action) : status;
}

static enum ppm_status run_action(struct ppm_job_state *state, const struct ppm_action *action)
{
	switch (action->kind) {
	case PPM_ACTION_LOAD: return load(state, action);
	case PPM_ACTION_EVALUATE: return ppm_job_evaluate(state, action);
	case PPM_ACTION_RESULT: return ppm_job_result(state, action);
	case PPM_ACTION_PAIRS: return ppm_job_pairs(state, action);
	case PPM_ACTION_MATCH:
	case PPM_ACTION_GROUP:
	case PPM_ACTION_COMPOSE:
	case PPM_ACTION_CALENDAR:
	case PPM_ACTION_GATHER:
	case PPM_ACTION_AGGREGATE:
	case PPM_ACTION_RANK:
	case PPM_ACTION_TREE:
	case PPM_ACTION_TREE_AGGREGATE:
	case PPM_ACTION_AGREEMENT:
	case PPM_ACTION_SORT: break;
	}
	return ppm_job_step(state, action);
}

static enum ppm_status run_or_give(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_job_given *given = state->options->given;
	bool done = false;
	enum ppm_status status = given && given->alone ? ppm_job_give(state, action, &done) : PPM_OK;
	if (status == PPM_OK && !done)
		status = run_action(state, action);
	return status == PPM_OK && given && given->figure_count ? ppm_job_given_figures(state, action) : status;
}

bool ppm_job_open_report(struct ppm_job_report *report, const struct ppm_allocator *allocator, const struct ppm_job *job)
{
	*report = (struct ppm_job_report){ .failed_input = PPM_NO_INDEX, .scored = { .threads = 1 } };
	ppm_arena_init(&report->arena, allocator);
	ppm_arena_init(&report->scored.arena, allocator);
	ppm_data_problems_init(&report->scored.problems, allocator, 0, false);
	ppm_data_problems_init(&report->against.problems, allocator, PPM_PROBLEMS_SHOWN, false);
	uint32_t results = 0;
	for (uint32_t i = 0; i < job->action_count; i++)
		results += job->actions[i].kind == PPM_ACTION_RESULT;
	struct ppm_arena *arena = &report->arena;
	struct ppm_job_input_report *inputs = ppm_arena_allocate(arena, (size_t)job->table_count + 1, sizeof *inputs);
	report->site_counts = ppm_arena_allocate(arena, (size_t)job->site_count + 1, sizeof *report->site_counts);
	report->site_samples = ppm_arena_allocate(arena, (size_t)job->site_count + 1, sizeof *report->site_samples);
	report->program_sites = ppm_arena_allocate(arena, (size_t)job->program_count + 1, sizeof(uint64_t *));
	report->tables = ppm_arena_allocate(arena, (size_t)results + 1, sizeof *report->tables);
	for (uint32_t i = 0; report->program_sites && i < job->program_count; i++)
		report->program_sites[i] = ppm_arena_allocate(arena, (size_t)job->programs[i]->site_count + 1, sizeof(uint64_t));
	for (uint32_t i = 0; inputs && i < job->table_count; i++)
		ppm_data_problems_init(&inputs[i].problems, allocator, PPM_PROBLEMS_SHOWN, false);
	report->inputs = inputs;
	report->input_count = inputs ? job->table_count : 0;
	return !arena->failed;
}

bool ppm_job_open_state(struct ppm_job_state *state)
{
	const struct ppm_job *job = state->job;
	const struct ppm_allocator *allocator = state->allocator;
	state->memory = ppm_memory_new(allocator, state->options->memory_limit, state->options->folder);
	state->tables = ppm_allocate_zeroed(allocator, (size_t)job->table_count + 1, sizeof *state->tables);
	state->links = ppm_allocate_zeroed(allocator, (size_t)job->link_count + 1, sizeof(uint32_t *));
	state->owned = ppm_allocate_zeroed(allocator, (size_t)job->link_count + 1, sizeof *state->owned);
	state->trees = ppm_allocate_zeroed(allocator, (size_t)job->tree_count + 1, sizeof *state->trees);
	state->tree_made = ppm_allocate_zeroed(allocator, (size_t)job->tree_count + 1, sizeof *state->tree_made);
	state->rejects_begun = ppm_allocate_zeroed(allocator, (size_t)job->table_count + 1, sizeof *state->rejects_begun);
	if (!state->memory || !state->tables || !state->links || !state->owned || !state->trees || !state->tree_made || !state->rejects_begun)
		return false;
	for (uint32_t i = 0; i < job->table_count; i++) {
		if (!ppm_kept_open(&state->tables[i], &job->tables[i], state->memory))
			return false;
		if (job->tables[i].kind == PPM_TABLE_COMPANY)
			state->tables[i].rows = 1;
	}
	const struct ppm_program *any = job->program_count ? job->programs[0] : NULL;
	state->texts = state->options->texts;
	if (!state->texts) {
		state->texts = &state->own_texts;
		state->texts_ready = ppm_text_pool_init(state->texts, allocator, any ? any->texts : NULL, any ? any->text_count : 0);
		state->texts->keeps = true;
	}
	state->steps = (struct ppm_steps){
		.memory = state->memory,
		.threads = ppm_pipeline_threads(state->options->engine.threads, 0),
		.interrupted = state->options->engine.interrupted,
		.texts = state->texts->interner.items,
		.text_count = state->texts->interner.count,
	};
	return state->options->texts || state->texts_ready;
}

void ppm_job_close_state(struct ppm_job_state *state)
{
	const struct ppm_job *job = state->job;
	const struct ppm_allocator *allocator = state->allocator;
	state->action = PPM_NO_INDEX - 1;
	if (state->memory && state->tables && state->links && state->trees && state->tree_made) {
		for (uint32_t i = 0; i < job->link_count; i++)
			ppm_memory_give(state->memory, state->links[i], state->tables[job->links[i].from].rows * sizeof(uint32_t));
		for (uint32_t i = 0; i < job->tree_count; i++)
			if (state->tree_made[i])
				ppm_tree_shape_free(&state->trees[i], &state->steps);
		ppm_job_drop_indexes(state);
	}
	for (uint32_t i = 0; state->tables && i < job->table_count; i++)
		ppm_kept_free(&state->tables[i]);
	if (state->texts_ready)
		ppm_text_pool_free(&state->own_texts);
	ppm_free(allocator, state->indexes);
	ppm_free(allocator, state->rejects_begun);
	ppm_free(allocator, state->tree_made);
	ppm_free(allocator, state->trees);
	ppm_free(allocator, state->owned);
	ppm_free(allocator, state->links);
	ppm_free(allocator, state->tables);
	if (state->memory)
		ppm_memory_count(state->memory, state->text_bytes, 0);
	ppm_memory_free(state->memory);
}

enum ppm_status ppm_job_run(struct ppm_job_report *report, const struct ppm_allocator *allocator, const struct ppm_job *job, const struct ppm_job_input *inputs,
	struct ppm_atomic_file *output, const struct ppm_job_options *options)
{
	double started = ppm_pipeline_now();
	struct ppm_job_state state = { .allocator = allocator, .job = job, .inputs = inputs, .output = output, .options = options, .report = report };
	bool opened = ppm_job_open_report(report, allocator, job);
	enum ppm_status status = ppm_job_open_state(&state) && opened ? PPM_OK : PPM_ERROR_MEMORY;
	bool refused = false;
	for (state.action = 0; status == PPM_OK && state.action < job->action_count; state.action++) {
		bool loads = job->actions[state.action].kind == PPM_ACTION_LOAD;
		if (ppm_signalled(options->engine.interrupted))
			status = PPM_ERROR_INTERRUPTED;
		// After a file with errors the others are read as well: all that is wrong with the data is told at once.
		if (status == PPM_OK && (loads || !refused))
			status = run_or_give(&state, &job->actions[state.action]);
		if (status == PPM_OK && options->watch_count && !refused)
			status = ppm_job_watched(&state, &job->actions[state.action]);
		if (status == PPM_ERROR_DATA && loads) {
			refused = true;
			status = PPM_OK;
		}
		if (status == PPM_OK && !refused)
			drop_unneeded(&state);
	}
	if (status == PPM_OK && refused)
		status = PPM_ERROR_DATA;
	int kept = errno;
	report->spilled = state.memory ? ppm_memory_spilled(state.memory) : 0;
	ppm_job_close_state(&state);
	report->seconds = ppm_pipeline_now() - started;
	errno = kept;
	return status;
}

void ppm_job_report_free(struct ppm_job_report *report)
{
	for (uint32_t i = 0; i < report->table_count; i++)
		ppm_sink_free(report->tables[i].sink);
	for (uint32_t i = 0; i < report->input_count; i++)
		ppm_data_problems_free(&report->inputs[i].problems);
	ppm_data_problems_free(&report->against.problems);
	ppm_sink_free(report->sink);
	ppm_table_source_close(report->rows);
	ppm_engine_report_free(&report->scored);
	ppm_arena_free(&report->arena);
	*report = (struct ppm_job_report){ 0 };
}

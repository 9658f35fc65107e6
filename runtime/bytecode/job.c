// Jobs come and go as one: their programs, and everything else in their arena. Which columns an action touches is said here once, for the compiler, the verifier and
// whoever runs it and wants to give memory back.
#include "runtime/bytecode/job.h"

struct ppm_job *ppm_job_new(const struct ppm_allocator *allocator)
{
	if (!allocator)
		allocator = ppm_allocator_default();
	struct ppm_job *job = ppm_allocate_zeroed(allocator, 1, sizeof *job);
	if (!job)
		return NULL;
	ppm_arena_init(&job->arena, allocator);
	return job;
}

void ppm_job_free(struct ppm_job *job)
{
	if (!job)
		return;
	const struct ppm_allocator *allocator = job->arena.allocator ? job->arena.allocator : ppm_allocator_default();
	for (uint32_t i = 0; i < job->program_count; i++)
		ppm_program_free(job->programs[i]);
	ppm_arena_free(&job->arena);
	ppm_free(allocator, job);
}

static const char *const names[] = { "load", "evaluate", "match", "group", "compose", "calendar", "gather", "aggregate", "rank", "tree", "tree aggregate", "pairs", "agreement",
	"sort", "result" };

const char *ppm_action_name(enum ppm_action_kind kind)
{
	return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

struct visitor {
	const struct ppm_job *job;
	bool (*visit)(void *context, uint32_t table, uint32_t column, bool written);
	void *context;
};

static bool touch(const struct visitor *v, uint32_t table, uint32_t column, bool written)
{
	return column == PPM_NO_INDEX || v->visit(v->context, table, column, written);
}

static bool program_columns(const struct visitor *v, const struct ppm_action *action)
{
	const struct ppm_program *program = v->job->programs[action->program];
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		bool fine = true;
		switch (column->origin) {
		case PPM_FROM_FIELD:
		case PPM_FROM_LEVEL: break;
		case PPM_FROM_TABLE:
		case PPM_FROM_INNER: fine = touch(v, action->table, column->table_column, false); break;
		case PPM_FROM_COMPANY: fine = touch(v, column->table, column->table_column, false); break;
		case PPM_FROM_OUTER: fine = touch(v, action->outer, column->table_column, false); break;
		}
		if (!fine)
			return false;
	}
	for (uint32_t i = 0; i < program->store_count && action->kind != PPM_ACTION_PAIRS; i++)
		if (!touch(v, action->table, program->stores[i].table_column, true))
			return false;
	return true;
}

static bool keys(const struct visitor *v, const struct ppm_action *action)
{
	const struct ppm_link *link = &v->job->links[action->link];
	bool group = action->kind == PPM_ACTION_GROUP;
	for (uint32_t i = 0; i < action->key_count; i++) {
		if (!action->keys[i].is_link && !touch(v, link->from, action->keys[i].index, false))
			return false;
		if (!touch(v, link->to, action->other_keys[i], group))
			return false;
	}
	return !group || touch(v, link->from, action->where, false);
}

bool ppm_action_columns(const struct ppm_job *job, uint32_t index, bool (*visit)(void *context, uint32_t table, uint32_t column, bool written), void *context)
{
	const struct ppm_action *action = &job->actions[index];
	const struct visitor v = { job, visit, context };
	bool inputs = false, output_of_table = false, output_of_outer = false, key = false;
	switch (action->kind) {
	case PPM_ACTION_LOAD:
	case PPM_ACTION_EVALUATE: return program_columns(&v, action);
	case PPM_ACTION_RESULT: return program_columns(&v, action) && (action->role != PPM_ROLE_SCORED || touch(&v, action->table, job->tables[action->table].key, false));
	case PPM_ACTION_MATCH:
	case PPM_ACTION_GROUP: return keys(&v, action);
	case PPM_ACTION_COMPOSE: return true;
	case PPM_ACTION_CALENDAR: return touch(&v, action->table, 0, true) && touch(&v, action->table, 1, true);
	case PPM_ACTION_GATHER: return touch(&v, job->links[action->link].to, action->value, false) && touch(&v, job->links[action->link].from, action->output, true);
	case PPM_ACTION_AGGREGATE:
		inputs = output_of_outer = true;
		key = action->aggregate == PPM_AGGREGATE_FIRST || action->aggregate == PPM_AGGREGATE_LAST;
		break;
	case PPM_ACTION_RANK:
		inputs = output_of_table = true;
		key = action->rank == PPM_RANK_NTILE || action->rank == PPM_RANK_RUNNING_SHARE;
		break;
	case PPM_ACTION_TREE: key = output_of_table = true; break;
	case PPM_ACTION_TREE_AGGREGATE: inputs = output_of_outer = true; break;
	case PPM_ACTION_PAIRS:
		if (!program_columns(&v, action))
			return false;
		output_of_outer = true;
		break;
	case PPM_ACTION_AGREEMENT:
		inputs = output_of_outer = true;
		for (uint32_t i = 0; i < action->column_count; i++)
			if (!touch(&v, action->table, action->columns[i], false))
				return false;
		break;
	case PPM_ACTION_SORT:
		for (uint32_t i = 0; i < action->sort_count; i++)
			if (!touch(&v, action->table, action->sort[i].column, false))
				return false;
		break;
	}
	if (inputs && !(touch(&v, action->table, action->value, false) && touch(&v, action->table, action->where, false) && touch(&v, action->table, action->order, false)))
		return false;
	if (key && !touch(&v, action->table, job->tables[action->table].key, false))
		return false;
	return (!output_of_table || touch(&v, action->table, action->output, true)) && (!output_of_outer || touch(&v, action->outer, action->output, true));
}

// Whether a row may be without a partner.
static bool is_partial(const struct ppm_job *job, uint32_t link, uint32_t before)
{
	if (job->tables[job->links[link].to].kind == PPM_TABLE_COMPANY)
		return false;
	for (uint32_t i = before; i-- > 0;) {
		const struct ppm_action *action = &job->actions[i];
		if (action->link != link)
			continue;
		if (action->kind == PPM_ACTION_GROUP) {
			bool partial = action->drop_missing || action->where != PPM_NO_INDEX;
			for (uint32_t k = 0; k < action->key_count && !partial; k++)
				partial = action->keys[k].is_link && is_partial(job, action->keys[k].index, i);
			return partial;
		}
		if (action->kind == PPM_ACTION_COMPOSE)
			return is_partial(job, action->other_link, i) || is_partial(job, action->second_link, i);
	}
	return true;
}

bool ppm_action_may_miss(const struct ppm_job *job, uint32_t index)
{
	const struct ppm_action *action = &job->actions[index];
	switch (action->kind) {
	case PPM_ACTION_GATHER: return job->tables[job->links[action->link].to].columns[action->value].may_miss || is_partial(job, action->link, index);
	case PPM_ACTION_AGGREGATE:
	case PPM_ACTION_TREE_AGGREGATE:
	case PPM_ACTION_PAIRS:
		switch (action->aggregate) {
		case PPM_AGGREGATE_SUM:
		case PPM_AGGREGATE_COUNT:
		case PPM_AGGREGATE_ANY:
		case PPM_AGGREGATE_ALL:
		case PPM_AGGREGATE_DISTINCT: return false;
		default: return true;
		}
	case PPM_ACTION_RANK:
	case PPM_ACTION_AGREEMENT: return true;
	default: return false;
	}
}

// A job without the other rows: what the scored rows have from them is filled in, as it was watched in another run. The programs of the scored table run as ever, so that whatever is
// computed from a row's own values is computed by the same instructions.
#include "runtime/engine/job_internal.h"

#include <assert.h>

static const struct ppm_watched_cell *find_cell(const struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	for (const struct ppm_watched_cell *cell = state->options->given->cells; cell; cell = cell->next)
		if (cell->table == table && cell->column == column)
			return cell;
	return NULL;
}

static void put(const struct ppm_series *series, uint64_t row, bool present, const char value[16])
{
	uint64_t bit = UINT64_C(1) << row % 64, *words = series->values;
	if (series->present)
		series->present[row / 64] = present ? series->present[row / 64] | bit : series->present[row / 64] & ~bit;
	if (series->class == PPM_CLASS_MASK) {
		words[row / 64] = value[0] ? words[row / 64] | bit : words[row / 64] & ~bit;
		return;
	}
	size_t size = ppm_register_size(series->class) / PPM_BATCH_ROWS;
	memcpy((char *)series->values + row * size, value, size);
}

static enum ppm_status fill(struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	const struct ppm_watched_cell *cell = find_cell(state, table, column);
	struct ppm_kept_table *kept = &state->tables[table];
	assert(cell && "a column that was not there when the row was watched");
	char value[16];
	memcpy(value, cell->value, sizeof value);
	if (state->job->tables[table].columns[column].text) {
		uint32_t code = cell->present ? ppm_text_pool_add(state->texts, cell->text) : 0;
		if (code == PPM_INTERNER_NONE)
			return PPM_ERROR_MEMORY;
		memcpy(value, &code, sizeof code);
	}
	enum ppm_status status = ppm_kept_make(kept, column);
	for (uint64_t row = 0; row < kept->rows && status == PPM_OK; row++)
		put(&kept->columns[column], row, cell->present, value);
	return status;
}

struct filling {
	struct ppm_job_state *state;
	enum ppm_status status;
};

static bool fill_written(void *context, uint32_t table, uint32_t column, bool written)
{
	struct filling *filling = context;
	const struct ppm_job *job = filling->state->job;
	if (written && (table == job->scored || job->tables[table].kind == PPM_TABLE_COMPANY))
		filling->status = fill(filling->state, table, column);
	return filling->status == PPM_OK;
}

enum ppm_status ppm_job_give(struct ppm_job_state *state, const struct ppm_action *action, bool *done)
{
	const struct ppm_job *job = state->job;
	struct filling filling = { state, PPM_OK };
	*done = true;
	switch (action->kind) {
	case PPM_ACTION_LOAD: *done = action->table != job->scored; return PPM_OK;
	case PPM_ACTION_RESULT: *done = action->role != PPM_ROLE_SCORED; return PPM_OK;
	case PPM_ACTION_EVALUATE: {
		const struct ppm_program *program = job->programs[action->program];
		*done = action->table != job->scored;
		for (uint32_t i = 0; *done && i < program->store_count; i++)
			if (!fill_written(&filling, action->table, program->stores[i].table_column, true))
				break;
		return filling.status;
	}
	case PPM_ACTION_GROUP:
		if (job->links[action->link].to == job->scored)
			state->tables[job->scored].rows = state->options->given->rows;
		break;
	case PPM_ACTION_MATCH:
	case PPM_ACTION_COMPOSE:
	case PPM_ACTION_CALENDAR:
	case PPM_ACTION_GATHER:
	case PPM_ACTION_AGGREGATE:
	case PPM_ACTION_RANK:
	case PPM_ACTION_TREE:
	case PPM_ACTION_TREE_AGGREGATE:
	case PPM_ACTION_PAIRS:
	case PPM_ACTION_AGREEMENT:
	case PPM_ACTION_SORT: break;
	}
	ppm_action_columns(job, (uint32_t)(action - job->actions), fill_written, &filling);
	return filling.status;
}

enum ppm_status ppm_job_given_figures(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_job *job = state->job;
	const struct ppm_job_given *given = state->options->given;
	struct ppm_kept_table *scored = &state->tables[job->scored];
	bool makes = action->kind == PPM_ACTION_AGGREGATE || action->kind == PPM_ACTION_TREE_AGGREGATE || action->kind == PPM_ACTION_PAIRS;
	if (!makes || action->outer != job->scored)
		return PPM_OK;
	for (size_t i = 0; i < given->figure_count; i++) {
		uint64_t row = given->figures[i].row + scored->reference;
		if (!given->figures[i].line && given->figures[i].column == action->output && row < scored->rows)
			put(&scored->columns[action->output], row, true, given->figures[i].value);
	}
	size_t next = 0;
	for (uint64_t row = scored->reference; row < scored->rows && next < given->figure_count; row++) {
		uint64_t line = ppm_kept_line(scored, row);
		if (line == 0) // of no file: told by its number above
			continue;
		while (next < given->figure_count && given->figures[next].line < line)
			next++;
		for (size_t i = next; i < given->figure_count && given->figures[i].line == line; i++)
			if (given->figures[i].column == action->output)
				put(&scored->columns[action->output], row, true, given->figures[i].value);
	}
	return PPM_OK;
}

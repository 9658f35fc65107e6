// After each action: what it gave the rows that are watched, before the columns that it read are given back.
#include "runtime/engine/job_internal.h"
#include "runtime/sink/sink_internal.h"

struct figure_rows {
	struct ppm_job_state *state;
	const struct ppm_action *action;
	struct ppm_job_watch *watch;
	struct ppm_watched_figure *figure;
	const uint64_t *where; // NULL: all
	bool counting;         // those that count are being listed; else those that are left out
};

const struct ppm_action *ppm_job_behind(const struct ppm_job *job, const struct ppm_action *gather)
{
	const struct ppm_link *link = gather->kind == PPM_ACTION_GATHER ? &job->links[gather->link] : NULL;
	if (!link || link->from != job->scored || job->tables[link->to].kind != PPM_TABLE_GROUPS)
		return NULL;
	for (const struct ppm_action *action = job->actions; action < gather; action++)
		if (action->kind == PPM_ACTION_AGGREGATE && action->outer == link->to && action->output == gather->value)
			return action;
	return NULL;
}

static bool is_figure(const struct ppm_job *job, const struct ppm_action *action)
{
	switch (action->kind) {
	case PPM_ACTION_AGGREGATE:
	case PPM_ACTION_TREE_AGGREGATE: return action->outer == job->scored;
	case PPM_ACTION_RANK: return action->table == job->scored;
	case PPM_ACTION_GATHER:
		return (job->links[action->link].from == job->scored && job->tables[job->links[action->link].to].kind == PPM_TABLE_FILE) || ppm_job_behind(job, action);
	default: return false;
	}
}

// ---- values as text -----------------------------------------------------------------------------------------

static struct ppm_slice shown(struct ppm_job_state *state, struct ppm_arena *arena, uint32_t table, uint32_t column, uint64_t row, bool json)
{
	const struct ppm_series *series = &state->tables[table].columns[column];
	const struct ppm_table_column *about = &state->job->tables[table].columns[column];
	const struct ppm_value_format format = { .kind = about->format, .decimals = about->format == PPM_FORMAT_MONEY || about->format == PPM_FORMAT_EXACT ? 2 : -1 };
	char figure[PPM_FIGURE_ROOM];
	struct ppm_buffer out;
	struct ppm_slice made;
	bool quoted = about->format == PPM_FORMAT_DATE || about->format == PPM_FORMAT_DAYS || about->format == PPM_FORMAT_MONTHS || about->format == PPM_FORMAT_TEXT;
	if (!series->values || !ppm_series_present(series, row))
		return json ? PPM_SLICE("null") : PPM_SLICE("(missing)");
	// figures are read at a row of 32 bits: batches are those of everything else
	const char *batch = (const char *)series->values + row / PPM_BATCH_ROWS * ppm_register_size(series->class);
	uint32_t at = (uint32_t)(row % PPM_BATCH_ROWS);
	struct ppm_slice text = { figure, 0 };
	if (about->format == PPM_FORMAT_TEXT)
		text = ppm_text_pool_get(state->texts, (uint32_t)((const int32_t *)series->values)[row]);
	else
		text.size = (size_t)((json && !quoted ? ppm_format_json_figure : ppm_format_figure)(&format, batch, at, figure) - figure);
	if (!json || !quoted)
		return ppm_arena_copy(arena, text);
	ppm_buffer_init(&out, state->allocator);
	ppm_json_append_string(&out, text);
	made = out.failed ? (struct ppm_slice){ NULL, 0 } : ppm_arena_copy(arena, ppm_buffer_slice(&out));
	arena->failed = arena->failed || out.failed;
	ppm_buffer_free(&out);
	return made;
}

// ---- the rows of a figure ---------------------------------------------------------------------------------

static void add_row(struct figure_rows *rows, uint64_t row, uint32_t level)
{
	struct ppm_job_state *state = rows->state;
	struct ppm_watched_figure *figure = rows->figure;
	const struct ppm_kept_table *table = &state->tables[figure->table];
	uint32_t key = state->job->tables[figure->table].key;
	bool counts = !rows->where || ppm_series_bit(rows->where, row);
	if (counts != rows->counting || (table->refused && ppm_series_bit(table->refused, row)))
		return;
	*(counts ? &figure->counted : &figure->left_out) += 1;
	if (figure->row_count == PPM_WATCHED_ROWS)
		return;
	struct ppm_watched_row *out = &figure->rows[figure->row_count++];
	struct ppm_arena *arena = rows->watch->arena;
	out->line = ppm_kept_line(table, row);
	out->against = row < table->reference;
	out->level = level;
	out->counts = counts;
	if (key != PPM_NO_INDEX && table->columns[key].values)
		out->key = shown(state, arena, figure->table, key, row, false);
	if (rows->action->value != PPM_NO_INDEX) {
		out->text = shown(state, arena, figure->table, rows->action->value, row, false);
		out->json = shown(state, arena, figure->table, rows->action->value, row, true);
	}
}

static void linked(struct figure_rows *rows, uint64_t row)
{
	const struct ppm_job_state *state = rows->state;
	const uint32_t *link = rows->action->link == PPM_NO_INDEX ? NULL : state->links[rows->action->link];
	for (uint64_t i = 0; link && row != PPM_NO_ROW && i < ppm_job_seen_along(state, rows->action->link, rows->action->table); i++)
		if (link[i] == row)
			add_row(rows, i, 0);
}

static void below(struct figure_rows *rows, uint64_t row)
{
	const struct ppm_tree_shape *shape = &rows->state->trees[rows->action->tree];
	uint64_t at = 0;
	while (at < shape->rows && shape->order[at] != row)
		at++;
	for (uint64_t i = at + 1; i < shape->rows && i <= at + shape->below[row]; i++) {
		uint32_t level = shape->depth[shape->order[i]] - shape->depth[row];
		if (level >= rows->action->level_low && level <= rows->action->level_high)
			add_row(rows, shape->order[i], level);
	}
}

// How many rows have a place, of those that are ranked with this one.
static void ranked(struct figure_rows *rows, uint64_t row)
{
	const struct ppm_job_state *state = rows->state;
	const struct ppm_action *action = rows->action;
	const struct ppm_kept_table *table = &state->tables[action->table];
	const uint32_t *partner = action->link == PPM_NO_INDEX ? NULL : state->links[action->link];
	rows->figure->others = table->compared && !action->numbers;
	uint64_t count = rows->figure->others ? table->reference : table->rows;
	for (uint64_t i = 0; i < count; i++)
		rows->figure->counted += (!rows->where || ppm_series_bit(rows->where, i)) && !(table->refused && ppm_series_bit(table->refused, i)) &&
			(!partner || partner[i] == partner[row]) && ppm_series_present(&table->columns[action->value], i);
}

static void watch_figure(struct ppm_job_state *state, const struct ppm_action *action, struct ppm_job_watch *watch, uint64_t row)
{
	// Of a group's figure the rows are those of the group that the row is in.
	const struct ppm_action *behind = ppm_job_behind(state->job, action);
	if (behind) {
		row = state->links[action->link][row];
		action = behind;
	}
	bool gathers = action->kind == PPM_ACTION_GATHER;
	struct figure_rows rows = { .state = state, .action = action, .watch = watch };
	struct ppm_watched_figure *figure = rows.figure = PPM_ARENA_NEW(watch->arena, struct ppm_watched_figure);
	if (!figure)
		return;
	figure->action = action;
	figure->table = gathers ? state->job->links[action->link].to : action->table;
	figure->rows = ppm_arena_allocate(watch->arena, PPM_WATCHED_ROWS, sizeof *figure->rows);
	if (!figure->rows)
		return;
	if (!gathers && action->where != PPM_NO_INDEX)
		rows.where = state->tables[action->table].columns[action->where].values;
	if (action->kind == PPM_ACTION_TREE_AGGREGATE && ppm_tree_shape_list(&state->trees[action->tree], &state->steps) != PPM_OK) {
		watch->arena->failed = true;
		return;
	}
	for (int pass = 0; pass < 2; pass++) {
		rows.counting = pass == 0;
		if (action->kind == PPM_ACTION_AGGREGATE)
			linked(&rows, row);
		if (action->kind == PPM_ACTION_TREE_AGGREGATE)
			below(&rows, row);
	}
	if (action->kind == PPM_ACTION_RANK)
		ranked(&rows, row);
	rows.counting = true;
	if (gathers && state->links[action->link][row] != PPM_NO_ROW)
		add_row(&rows, state->links[action->link][row], 0);
	if (watch->last_figure)
		watch->last_figure->next = figure;
	else
		watch->figures = figure;
	watch->last_figure = figure;
}

// ---- cells --------------------------------------------------------------------------------------------------

struct cells {
	struct ppm_job_state *state;
	struct ppm_job_watch *watch;
	uint64_t row;
};

static bool take_cell(void *context, uint32_t table, uint32_t column, bool written)
{
	const struct cells *cells = context;
	const struct ppm_job *job = cells->state->job;
	const struct ppm_series *series = &cells->state->tables[table].columns[column];
	bool company = job->tables[table].kind == PPM_TABLE_COMPANY;
	if (!written || (table != job->scored && !company) || !series->values)
		return true;
	struct ppm_watched_cell *cell = PPM_ARENA_NEW(cells->watch->arena, struct ppm_watched_cell);
	if (!cell)
		return false;
	uint64_t row = company ? 0 : cells->row;
	cell->table = table;
	cell->column = column;
	cell->present = ppm_series_present(series, row);
	if (series->class == PPM_CLASS_MASK) {
		cell->value[0] = ppm_series_bit(series->values, row);
	} else {
		size_t size = ppm_register_size(series->class) / PPM_BATCH_ROWS;
		memcpy(cell->value, (const char *)series->values + row * size, size);
	}
	if (job->tables[table].columns[column].text && cell->present)
		cell->text = ppm_arena_copy(cells->watch->arena, ppm_text_pool_get(cells->state->texts, (uint32_t)((const int32_t *)series->values)[row]));
	if (cells->watch->last_cell)
		cells->watch->last_cell->next = cell;
	else
		cells->watch->cells = cell;
	cells->watch->last_cell = cell;
	return true;
}

static void watch_cells(struct ppm_job_state *state, const struct ppm_action *action, struct ppm_job_watch *watch, uint64_t row)
{
	struct cells cells = { state, watch, row };
	if (action->kind == PPM_ACTION_LOAD)
		return;
	if (action->kind != PPM_ACTION_EVALUATE) {
		ppm_action_columns(state->job, (uint32_t)(action - state->job->actions), take_cell, &cells);
		return;
	}
	const struct ppm_program *program = state->job->programs[action->program];
	for (uint32_t i = 0; i < program->store_count && state->job->tables[action->table].kind == PPM_TABLE_COMPANY; i++)
		take_cell(&cells, action->table, program->stores[i].table_column, true);
}

enum ppm_status ppm_job_watched(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_kept_table *scored = &state->tables[state->job->scored];
	for (size_t i = 0; i < state->options->watch_count; i++) {
		struct ppm_job_watch *watch = &state->options->watches[i];
		uint64_t row = watch->row + scored->reference;
		if (row >= scored->rows)
			continue;
		watch_cells(state, action, watch, row);
		if (is_figure(state->job, action))
			watch_figure(state, action, watch, row);
		if (watch->arena->failed)
			return PPM_ERROR_MEMORY;
	}
	return PPM_OK;
}

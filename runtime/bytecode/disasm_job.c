// A job as text. A stage begins where something is computed after steps have run; nothing in the job says so, the order does.
#include "runtime/bytecode/disasm.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

static void append_slice(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_text_append_escaped(out, text, 80, false);
}

static void append_table(struct ppm_buffer *out, const struct ppm_job *job, uint32_t index)
{
	const struct ppm_table *table = &job->tables[index];
	if (table->name.size)
		append_slice(out, table->name);
	else
		ppm_buffer_format(out, table->kind == PPM_TABLE_COMPANY ? "company" : "table %u", index);
}

static void append_column(struct ppm_buffer *out, const struct ppm_job *job, uint32_t table, uint32_t column)
{
	append_table(out, job, table);
	ppm_buffer_append_char(out, '[');
	append_slice(out, job->tables[table].columns[column].name);
	ppm_buffer_append_char(out, ']');
}

static void append_link(struct ppm_buffer *out, const struct ppm_job *job, uint32_t link)
{
	ppm_buffer_format(out, "link %u", link);
	if (!job->links[link].name.size)
		return;
	ppm_buffer_append_text(out, " (");
	append_slice(out, job->links[link].name);
	ppm_buffer_append_char(out, ')');
}

static const char *class_word(const struct ppm_table_column *column)
{
	static const char *const words[] = { "flag", "number", "money", "money of 12 places", "date or duration", "points" };
	return column->text ? "text" : (size_t)column->class < sizeof words / sizeof *words ? words[column->class] : "?";
}

// ---- tables -------------------------------------------------------------------------------------------------------

static void append_tables(struct ppm_buffer *out, const struct ppm_job *job)
{
	static const char *const kinds[] = { "a file", "groups", "periods", "one row" };
	ppm_buffer_append_text(out, "\ntables\n");
	for (uint32_t t = 0; t < job->table_count; t++) {
		const struct ppm_table *table = &job->tables[t];
		ppm_buffer_format(out, "  %u ", t);
		append_table(out, job, t);
		ppm_buffer_format(out, ": %s", kinds[table->kind]);
		if (table->path.size) {
			ppm_buffer_append_text(out, ", \"");
			append_slice(out, table->path);
			ppm_buffer_append_char(out, '"');
		}
		ppm_buffer_append_text(out, t == job->scored ? ", scored" : "");
		if (table->keep_records)
			ppm_buffer_append_text(out, ", whole records kept");
		if (table->raw_count)
			ppm_buffer_format(out, ", %u field%s kept as written", table->raw_count, table->raw_count == 1 ? "" : "s");
		ppm_buffer_append_char(out, '\n');
		for (uint32_t c = 0; c < table->column_count; c++) {
			const struct ppm_table_column *column = &table->columns[c];
			ppm_buffer_format(out, "    %u ", c);
			append_slice(out, column->name);
			ppm_buffer_format(out, ": %s%s%s, until action %u\n", class_word(column), c == table->key ? ", the key" : "", column->may_miss ? ", may miss" : "",
				column->last_action);
		}
	}
	if (job->link_count)
		ppm_buffer_append_text(out, "\nlinks\n");
	for (uint32_t i = 0; i < job->link_count; i++) {
		ppm_buffer_format(out, "  %u%s", i, job->links[i].name.size ? " " : "");
		append_slice(out, job->links[i].name);
		ppm_buffer_append_text(out, ": ");
		append_table(out, job, job->links[i].from);
		ppm_buffer_append_text(out, " -> ");
		append_table(out, job, job->links[i].to);
		ppm_buffer_append_char(out, '\n');
	}
	if (job->tree_count)
		ppm_buffer_append_text(out, "\ntrees\n");
	for (uint32_t i = 0; i < job->tree_count; i++) {
		ppm_buffer_format(out, "  %u ", i);
		append_slice(out, job->trees[i].name);
		ppm_buffer_append_text(out, ": ");
		append_table(out, job, job->trees[i].table);
		ppm_buffer_append_text(out, " by ");
		append_link(out, job, job->trees[i].link);
		ppm_buffer_append_text(out, job->trees[i].break_cycles ? ", circles are broken\n" : "\n");
	}
}

// ---- actions --------------------------------------------------------------------------------------------------------

static void append_keys(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	const struct ppm_link *link = &job->links[action->link];
	append_link(out, job, action->link);
	ppm_buffer_append_text(out, " by ");
	for (uint32_t i = 0; i < action->key_count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		if (action->keys[i].is_link)
			append_link(out, job, action->keys[i].index);
		else
			append_column(out, job, link->from, action->keys[i].index);
		if (action->other_keys[i] != PPM_NO_INDEX) {
			ppm_buffer_append_text(out, action->kind == PPM_ACTION_MATCH ? " = " : " -> ");
			append_column(out, job, link->to, action->other_keys[i]);
		}
	}
	if (action->kind == PPM_ACTION_GROUP && action->drop_missing)
		ppm_buffer_append_text(out, ", rows without a key left out");
}

static void append_where(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action, uint32_t table)
{
	if (action->where == PPM_NO_INDEX)
		return;
	ppm_buffer_append_text(out, " where ");
	append_column(out, job, table, action->where);
}

static void append_aggregate(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	static const char *const functions[] = { "sum", "avg", "min", "max", "median", "quantile", "count", "any", "all", "distinct", "first", "last", "stddev" };
	ppm_buffer_format(out, " = %s", functions[action->aggregate]);
	if (action->aggregate == PPM_AGGREGATE_QUANTILE)
		ppm_buffer_format(out, " %g", action->fraction);
	ppm_buffer_append_text(out, " of ");
	if (action->value != PPM_NO_INDEX)
		append_column(out, job, action->table, action->value);
	else {
		append_table(out, job, action->table);
		if (action->kind == PPM_ACTION_PAIRS)
			ppm_buffer_append_text(out, "'s pairs");
	}
	append_where(out, job, action, action->table);
	if (action->order != PPM_NO_INDEX) {
		ppm_buffer_append_text(out, " by ");
		append_column(out, job, action->table, action->order);
		ppm_buffer_append_text(out, action->descending ? " descending" : "");
	}
}

static void append_levels(struct ppm_buffer *out, const struct ppm_action *action)
{
	if (action->level_low == action->level_high)
		ppm_buffer_format(out, ", level %u", action->level_low);
	else if (action->level_high != UINT32_MAX)
		ppm_buffer_format(out, ", levels %u to %u", action->level_low, action->level_high);
	else if (action->level_low > 1)
		ppm_buffer_format(out, ", from level %u", action->level_low);
	if (action->ratio != 1)
		ppm_buffer_format(out, ", times %.12g a level", action->ratio);
}

static void append_rank(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	static const char *const functions[] = { "rank", "ntile", "percentile", "share", "running share" };
	ppm_buffer_format(out, " = %s", functions[action->rank]);
	if (action->rank == PPM_RANK_NTILE)
		ppm_buffer_format(out, " of %u", action->tiles);
	ppm_buffer_append_text(out, " by ");
	append_column(out, job, action->table, action->value);
	ppm_buffer_append_text(out, action->descending ? " descending" : "");
	append_where(out, job, action, action->table);
	if (action->link != PPM_NO_INDEX) {
		ppm_buffer_append_text(out, " within ");
		append_link(out, job, action->link);
	}
}

static void append_pairs(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	append_aggregate(out, job, action);
	switch (action->relation) {
	case PPM_PAIRS_ALL: ppm_buffer_append_text(out, ", every row with every row"); break;
	case PPM_PAIRS_KEYS:
		ppm_buffer_append_text(out, ", where ");
		append_link(out, job, action->link);
		ppm_buffer_append_text(out, " meets ");
		append_link(out, job, action->other_link);
		break;
	case PPM_PAIRS_TREE:
		ppm_buffer_format(out, ", down tree %u", action->tree);
		append_levels(out, action);
		break;
	}
}

static void append_agreement(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	ppm_buffer_append_text(out, action->agreement == PPM_AGREEMENT_CONCORDANCE ? " = concordance of " : " = correlation of ");
	for (uint32_t i = 0; i < action->column_count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		append_column(out, job, action->table, action->columns[i]);
	}
	append_where(out, job, action, action->table);
}

static void append_details(struct ppm_buffer *out, const struct ppm_job *job, const struct ppm_action *action)
{
	static const char *const units[] = { "day", "week", "month", "quarter", "year" };
	char first[10], last[10];
	switch (action->kind) {
	case PPM_ACTION_LOAD:
	case PPM_ACTION_EVALUATE:
	case PPM_ACTION_RESULT: append_table(out, job, action->table); break;
	case PPM_ACTION_MATCH: append_keys(out, job, action); break;
	case PPM_ACTION_GROUP:
		append_keys(out, job, action);
		append_where(out, job, action, job->links[action->link].from);
		break;
	case PPM_ACTION_COMPOSE:
		append_link(out, job, action->link);
		ppm_buffer_append_text(out, " = ");
		append_link(out, job, action->other_link);
		ppm_buffer_append_text(out, ", then ");
		append_link(out, job, action->second_link);
		break;
	case PPM_ACTION_CALENDAR:
		ppm_date_write(action->first_day, first);
		ppm_date_write(action->last_day, last);
		append_table(out, job, action->table);
		ppm_buffer_format(out, ": each %s of %.10s to %.10s", units[action->unit], first, last);
		break;
	case PPM_ACTION_GATHER:
		append_column(out, job, job->links[action->link].from, action->output);
		ppm_buffer_append_text(out, " = ");
		append_column(out, job, job->links[action->link].to, action->value);
		ppm_buffer_append_text(out, " along ");
		append_link(out, job, action->link);
		break;
	case PPM_ACTION_AGGREGATE:
		append_column(out, job, action->outer, action->output);
		append_aggregate(out, job, action);
		ppm_buffer_append_text(out, " along ");
		append_link(out, job, action->link);
		break;
	case PPM_ACTION_RANK:
		append_column(out, job, action->table, action->output);
		append_rank(out, job, action);
		break;
	case PPM_ACTION_TREE:
		ppm_buffer_format(out, "tree %u", action->tree);
		if (action->output != PPM_NO_INDEX) {
			ppm_buffer_append_text(out, ", depths to ");
			append_column(out, job, action->table, action->output);
		}
		break;
	case PPM_ACTION_TREE_AGGREGATE:
		append_column(out, job, action->outer, action->output);
		append_aggregate(out, job, action);
		ppm_buffer_format(out, " down tree %u", action->tree);
		append_levels(out, action);
		break;
	case PPM_ACTION_PAIRS:
		append_column(out, job, action->outer, action->output);
		append_pairs(out, job, action);
		break;
	case PPM_ACTION_AGREEMENT:
		append_column(out, job, action->outer, action->output);
		append_agreement(out, job, action);
		break;
	case PPM_ACTION_SORT:
		for (uint32_t i = 0; i < action->sort_count; i++) {
			ppm_buffer_append_text(out, i ? ", " : "by ");
			append_column(out, job, action->table, action->sort[i].column);
			ppm_buffer_append_text(out, action->sort[i].descending ? " descending" : "");
		}
		break;
	}
}

static const char *role_word(const struct ppm_action *action)
{
	static const char *const roles[] = { ", the scored rows", ", the metrics", ", a summary" };
	return action->kind == PPM_ACTION_RESULT ? roles[action->role] : "";
}

void ppm_job_disassemble(const struct ppm_job *job, struct ppm_buffer *out)
{
	const struct ppm_program *final = job->programs[job->final];
	uint32_t stage = 0;
	bool steps = false, results = false;
	if (final->model_name.size) {
		ppm_buffer_append_text(out, "model ");
		append_slice(out, final->model_name);
		ppm_buffer_append_text(out, ": ");
	}
	ppm_buffer_format(out, "%u actions, %u programs\n", job->action_count, job->program_count);
	append_tables(out, job);
	ppm_buffer_append_text(out, "\nstage 0\n");
	for (uint32_t i = 0; i < job->action_count; i++) {
		const struct ppm_action *action = &job->actions[i];
		bool computes = action->kind == PPM_ACTION_LOAD || action->kind == PPM_ACTION_EVALUATE, ends = action->kind == PPM_ACTION_RESULT || action->kind == PPM_ACTION_SORT;
		if (ends && !results)
			ppm_buffer_append_text(out, "\nresults\n");
		else if (computes && steps)
			ppm_buffer_format(out, "\nstage %u\n", ++stage);
		results = ends;
		steps = !computes;
		ppm_disassemble_place(out, final, action->place);
		ppm_buffer_format(out, "  action %u  %s  ", i, ppm_action_name(action->kind));
		append_details(out, job, action);
		ppm_buffer_append_text(out, role_word(action));
		ppm_buffer_append_char(out, '\n');
		if (action->program == PPM_NO_INDEX)
			continue;
		ppm_buffer_format(out, "\nprogram %u: ", action->program);
		ppm_program_disassemble_code(job->programs[action->program], out);
	}
}

// One pass over the actions in their order, with a note of what is there already: rows of tables, columns, links, trees. Programs are proved one by one first; here it is
// seen that what they read and store has the class that they think it has.
#include "runtime/bytecode/verify.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

struct verifier {
	const struct ppm_job *job;
	char *problem;
	size_t size;
	uint32_t at;  // action, or UINT32_MAX
	bool *rows;   // [table]: its rows are there
	bool *sorted; // [table]
	bool *links, *trees;
	bool **columns; // [table][column]: written
};

__attribute__((format(printf, 2, 3))) static bool fail(struct verifier *v, const char *format, ...)
{
	if (!v->size)
		return false;
	int used = 0;
	if (v->at != UINT32_MAX)
		used = snprintf(v->problem, v->size, "action %u (%s): ", v->at, ppm_action_name(v->job->actions[v->at].kind));
	if ((size_t)used < v->size) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(v->problem + used, v->size - (size_t)used, format, arguments);
		va_end(arguments);
	}
	return false;
}

static const struct ppm_action *current(const struct verifier *v)
{
	return &v->job->actions[v->at];
}

// ---- what actions name ----------------------------------------------------------------------------------------------

static bool check_table(struct verifier *v, uint32_t table)
{
	if (table >= v->job->table_count)
		return fail(v, "table %u does not exist", table);
	if (!v->rows[table])
		return fail(v, "table %u has no rows yet", table);
	return true;
}

static bool check_new_table(struct verifier *v, uint32_t table, enum ppm_table_kind kind)
{
	if (table >= v->job->table_count)
		return fail(v, "table %u does not exist", table);
	if (v->job->tables[table].kind != kind)
		return fail(v, "table %u is of another kind", table);
	if (v->rows[table])
		return fail(v, "table %u has its rows already", table);
	return v->rows[table] = true;
}

static bool check_exists(struct verifier *v, uint32_t table, uint32_t column)
{
	if (column >= v->job->tables[table].column_count)
		return fail(v, "column %u of table %u does not exist", column, table);
	return true;
}

static const struct ppm_table_column *column_of(const struct verifier *v, uint32_t table, uint32_t column)
{
	return &v->job->tables[table].columns[column];
}

static bool check_use(struct verifier *v, uint32_t table, uint32_t column)
{
	if (v->at > column_of(v, table, column)->last_action)
		return fail(v, "column %u of table %u is used after its last action", column, table);
	return true;
}

// A column that is read.
static bool check_column(struct verifier *v, uint32_t table, uint32_t column)
{
	if (!check_exists(v, table, column))
		return false;
	if (!v->columns[table][column])
		return fail(v, "column %u of table %u is read before it is written", column, table);
	return check_use(v, table, column);
}

static bool check_optional_column(struct verifier *v, uint32_t table, uint32_t column)
{
	return column == PPM_NO_INDEX || check_column(v, table, column);
}

static bool check_where(struct verifier *v, uint32_t table, uint32_t column)
{
	if (column == PPM_NO_INDEX)
		return true;
	if (!check_column(v, table, column))
		return false;
	const struct ppm_table_column *where = column_of(v, table, column);
	if (where->class != PPM_CLASS_MASK || where->may_miss)
		return fail(v, "column %u of table %u is no condition that always holds or does not", column, table);
	return true;
}

static bool check_output(struct verifier *v, uint32_t table, uint32_t column, enum ppm_register_class class, bool text, bool may_miss)
{
	if (!check_exists(v, table, column))
		return false;
	const struct ppm_table_column *output = column_of(v, table, column);
	if (v->columns[table][column])
		return fail(v, "column %u of table %u is written twice", column, table);
	if (output->class != class || output->text != text)
		return fail(v, "column %u of table %u is of another class", column, table);
	if (may_miss && !output->may_miss)
		return fail(v, "column %u of table %u has no place for missing values", column, table);
	v->columns[table][column] = true;
	return check_use(v, table, column);
}

// A link that is followed.
static bool check_link(struct verifier *v, uint32_t link)
{
	if (link >= v->job->link_count)
		return fail(v, "link %u does not exist", link);
	const struct ppm_link *of = &v->job->links[link];
	bool company = v->job->tables[of->to].kind == PPM_TABLE_COMPANY;
	if ((!v->links[link] && !company) || !v->rows[of->from])
		return fail(v, "link %u is not made yet", link);
	return true;
}

// A link whose rows are in memory, as those into the company's table are not.
static bool check_made_link(struct verifier *v, uint32_t link)
{
	if (!check_link(v, link))
		return false;
	if (!v->links[link])
		return fail(v, "link %u is none that is made", link);
	return true;
}

static bool check_new_link(struct verifier *v, uint32_t link)
{
	if (link >= v->job->link_count)
		return fail(v, "link %u does not exist", link);
	if (v->links[link])
		return fail(v, "link %u is made twice", link);
	if (v->job->tables[v->job->links[link].to].kind == PPM_TABLE_COMPANY)
		return fail(v, "link %u needs no making", link);
	return v->links[link] = true;
}

static bool check_tree(struct verifier *v, uint32_t tree)
{
	if (tree >= v->job->tree_count)
		return fail(v, "tree %u does not exist", tree);
	if (!v->trees[tree])
		return fail(v, "tree %u is not made yet", tree);
	return true;
}

static bool check_site(struct verifier *v)
{
	if (current(v)->site != PPM_NO_INDEX && current(v)->site >= v->job->site_count)
		return fail(v, "site %u does not exist", current(v)->site);
	return true;
}

static bool check_levels(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (a->level_low < 1 || a->level_low > a->level_high)
		return fail(v, "levels %u to %u", a->level_low, a->level_high);
	return true;
}

// ---- programs -----------------------------------------------------------------------------------------------------------

static bool check_kept(struct verifier *v, uint32_t i, const struct ppm_column *column, uint32_t table)
{
	if (!check_column(v, table, column->table_column))
		return false;
	const struct ppm_table_column *kept = column_of(v, table, column->table_column);
	if (kept->class != ppm_column_register(column) || kept->text != (column->type == PPM_COLUMN_TEXT))
		return fail(v, "the program's column %u is of another class than what was kept", i);
	if (kept->may_miss && !column->optional)
		return fail(v, "the program's column %u may miss values that it does not expect to miss", i);
	return true;
}

// `fields`: the columns are read from a file. `passed` counts those whose raw field is passed through.
static bool check_program_columns(struct verifier *v, bool fields, uint32_t *passed)
{
	const struct ppm_action *a = current(v);
	const struct ppm_program *program = v->job->programs[a->program];
	bool pairs = a->kind == PPM_ACTION_PAIRS;
	*passed = 0;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		*passed += column->passed;
		switch (column->origin) {
		case PPM_FROM_FIELD:
			if (!fields && (column->read || !column->passed))
				return fail(v, "the program's column %u is a field, and there are none", i);
			continue;
		case PPM_FROM_LEVEL:
			if (a->kind != PPM_ACTION_PAIRS || a->relation != PPM_PAIRS_TREE || column->type != PPM_COLUMN_NUMBER)
				return fail(v, "the program's column %u is a level, and there are none", i);
			continue;
		case PPM_FROM_COMPANY:
			if (fields || column->table >= v->job->table_count || v->job->tables[column->table].kind != PPM_TABLE_COMPANY)
				return fail(v, "the program's column %u comes from elsewhere", i);
			if (!check_kept(v, i, column, column->table))
				return false;
			continue;
		case PPM_FROM_TABLE:
			if (fields || pairs || column->table != a->table)
				return fail(v, "the program's column %u comes from elsewhere", i);
			break;
		case PPM_FROM_OUTER:
		case PPM_FROM_INNER:
			if (!pairs || column->table != (column->origin == PPM_FROM_OUTER ? a->outer : a->table))
				return fail(v, "the program's column %u comes from elsewhere", i);
			break;
		default: return fail(v, "the program's column %u comes from elsewhere", i);
		}
		if (!check_kept(v, i, column, column->table))
			return false;
	}
	return true;
}

static bool check_program(struct verifier *v)
{
	if (current(v)->program >= v->job->program_count)
		return fail(v, "program %u does not exist", current(v)->program);
	return true;
}

static bool check_stores(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	const struct ppm_program *program = v->job->programs[a->program];
	if (program->output_count)
		return fail(v, "the program has results");
	for (uint32_t i = 0; i < program->store_count; i++) {
		const struct ppm_store *store = &program->stores[i];
		if (!check_exists(v, a->table, store->table_column) ||
			!check_output(v, a->table, store->table_column, store->class, column_of(v, a->table, store->table_column)->text, store->present != PPM_NO_REGISTER))
			return false;
	}
	return true;
}

static bool check_load(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	uint32_t passed;
	if (!check_program(v) || !check_new_table(v, a->table, PPM_TABLE_FILE) || !check_program_columns(v, true, &passed) || !check_stores(v))
		return false;
	const struct ppm_table *table = &v->job->tables[a->table];
	if (passed != table->raw_count)
		return fail(v, "%u fields are passed through and %u are kept", passed, table->raw_count);
	if (v->job->programs[a->program]->pass_all_columns != table->keep_records)
		return fail(v, "whole records are passed through or not, but not both");
	return true;
}

static bool check_evaluate(struct verifier *v)
{
	uint32_t passed;
	if (!check_program(v) || !check_table(v, current(v)->table) || !check_program_columns(v, false, &passed))
		return false;
	if (v->job->programs[current(v)->program]->keeps)
		return fail(v, "rows are chosen when they are read");
	return check_stores(v);
}

static bool check_result(struct verifier *v, bool *scored)
{
	const struct ppm_action *a = current(v);
	uint32_t passed;
	if (!check_program(v) || !check_table(v, a->table) || !check_program_columns(v, false, &passed))
		return false;
	const struct ppm_program *program = v->job->programs[a->program];
	const struct ppm_table *table = &v->job->tables[a->table];
	if (program->store_count || program->keeps)
		return fail(v, "the program keeps values");
	if (passed && (a->role != PPM_ROLE_SCORED || passed != table->raw_count))
		return fail(v, "%u fields are passed through and %u are kept", passed, table->raw_count);
	if (program->pass_all_columns && (a->role != PPM_ROLE_SCORED || !table->keep_records))
		return fail(v, "whole records are passed through, and none are kept");
	for (uint32_t i = 0; i < program->output_count; i++)
		if (program->outputs[i].value.format.kind == PPM_FORMAT_PASS && !program->columns[program->outputs[i].value.column].passed)
			return fail(v, "result %u passes a field through that is not kept", i);
	if (a->role == PPM_ROLE_METRICS && table->kind != PPM_TABLE_COMPANY)
		return fail(v, "metrics are of the whole company");
	if (a->role != PPM_ROLE_SCORED)
		return true;
	if (*scored || a->table != v->job->scored || a->program != v->job->final)
		return fail(v, "the scored rows have one result, by the final program");
	if (table->key != PPM_NO_INDEX && !check_column(v, a->table, table->key))
		return false;
	return *scored = true;
}

// ---- links --------------------------------------------------------------------------------------------------------------------

static bool check_keys(struct verifier *v, bool group)
{
	const struct ppm_action *a = current(v);
	const struct ppm_link *link = &v->job->links[a->link];
	if (!a->key_count)
		return fail(v, "a link by no key");
	for (uint32_t i = 0; i < a->key_count; i++) {
		uint32_t other = a->other_keys[i];
		if (a->keys[i].is_link) {
			if (!group || other != PPM_NO_INDEX)
				return fail(v, "part %u of the key is a link", i);
			if (!check_made_link(v, a->keys[i].index))
				return false;
			if (v->job->links[a->keys[i].index].from != link->from)
				return fail(v, "part %u of the key is a link of another table", i);
			continue;
		}
		if (!check_column(v, link->from, a->keys[i].index))
			return false;
		const struct ppm_table_column *key = column_of(v, link->from, a->keys[i].index);
		if (group) {
			if (other != PPM_NO_INDEX && !check_output(v, link->to, other, key->class, key->text, key->may_miss && !a->drop_missing))
				return false;
			continue;
		}
		if (!check_column(v, link->to, other))
			return false;
		if (column_of(v, link->to, other)->class != key->class || column_of(v, link->to, other)->text != key->text)
			return fail(v, "part %u of the key is of another class on the other side", i);
	}
	return true;
}

static bool check_match(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_new_link(v, a->link))
		return false;
	const struct ppm_link *link = &v->job->links[a->link];
	return check_table(v, link->from) && check_table(v, link->to) && check_keys(v, false);
}

static bool check_group(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_new_link(v, a->link))
		return false;
	const struct ppm_link *link = &v->job->links[a->link];
	return check_table(v, link->from) && check_where(v, link->from, a->where) && check_keys(v, true) && check_new_table(v, link->to, PPM_TABLE_GROUPS);
}

static bool check_compose(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_made_link(v, a->other_link) || !check_made_link(v, a->second_link) || !check_new_link(v, a->link))
		return false;
	const struct ppm_link *whole = &v->job->links[a->link], *first = &v->job->links[a->other_link], *second = &v->job->links[a->second_link];
	if (whole->from != first->from || first->to != second->from || second->to != whole->to)
		return fail(v, "the links do not meet");
	return true;
}

static bool check_calendar(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_new_table(v, a->table, PPM_TABLE_CALENDAR))
		return false;
	if (a->first_day > a->last_day || a->first_day < PPM_DATE_MIN || a->last_day > PPM_DATE_MAX || a->unit > PPM_CALENDAR_YEAR)
		return fail(v, "no such periods");
	return check_output(v, a->table, 0, PPM_CLASS_I32, false, false) && check_output(v, a->table, 1, PPM_CLASS_I32, false, false);
}

static bool check_tree_action(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (a->tree >= v->job->tree_count)
		return fail(v, "tree %u does not exist", a->tree);
	const struct ppm_tree *tree = &v->job->trees[a->tree];
	if (v->trees[a->tree])
		return fail(v, "tree %u is made twice", a->tree);
	if (a->table != tree->table)
		return fail(v, "tree %u is of another table", a->tree);
	v->trees[a->tree] = true;
	if (!check_table(v, a->table) || !check_made_link(v, tree->link) || !check_optional_column(v, a->table, v->job->tables[a->table].key))
		return false;
	return a->output == PPM_NO_INDEX || check_output(v, a->table, a->output, PPM_CLASS_F64, false, false);
}

// ---- steps -----------------------------------------------------------------------------------------------------------------------

static bool check_gather(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_link(v, a->link))
		return false;
	const struct ppm_link *link = &v->job->links[a->link];
	if (!check_column(v, link->to, a->value)) // so that its table has rows
		return false;
	const struct ppm_table_column *value = column_of(v, link->to, a->value);
	return check_output(v, link->from, a->output, value->class, value->text, ppm_action_may_miss(v->job, v->at));
}

static bool is_amount(enum ppm_register_class class)
{
	return class == PPM_CLASS_I64 || class == PPM_CLASS_X128;
}

// The class that the figure has; NONE when the function takes no such values. `value` NONE: there are none.
static enum ppm_register_class figure_class(const struct ppm_action *a, enum ppm_register_class value, bool text)
{
	bool any = value != PPM_CLASS_NONE && value != PPM_CLASS_I16, number = value == PPM_CLASS_F64 || (value == PPM_CLASS_I32 && !text);
	switch (a->aggregate) {
	case PPM_AGGREGATE_COUNT: return PPM_CLASS_F64;
	case PPM_AGGREGATE_DISTINCT: return any ? PPM_CLASS_F64 : PPM_CLASS_NONE;
	case PPM_AGGREGATE_SUM:
		if (a->ratio != 1)
			return value == PPM_CLASS_F64 ? PPM_CLASS_F64 : is_amount(value) ? PPM_CLASS_X128 : PPM_CLASS_NONE;
		return number || is_amount(value) ? value : PPM_CLASS_NONE;
	case PPM_AGGREGATE_AVG:
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE:
	case PPM_AGGREGATE_STDDEV: return value == PPM_CLASS_F64 ? PPM_CLASS_F64 : is_amount(value) ? PPM_CLASS_X128 : PPM_CLASS_NONE;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX:
	case PPM_AGGREGATE_FIRST:
	case PPM_AGGREGATE_LAST: return any ? value : PPM_CLASS_NONE;
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: return value == PPM_CLASS_MASK ? PPM_CLASS_MASK : PPM_CLASS_NONE;
	}
	return PPM_CLASS_NONE;
}

static bool check_figure(struct verifier *v, enum ppm_register_class value, bool text)
{
	const struct ppm_action *a = current(v);
	enum ppm_register_class class = figure_class(a, value, text);
	if (class == PPM_CLASS_NONE)
		return fail(v, "the function takes no such values");
	if (a->aggregate == PPM_AGGREGATE_QUANTILE && !(a->fraction >= 0 && a->fraction <= 1))
		return fail(v, "a quantile out of 0 to 1");
	bool same = a->aggregate == PPM_AGGREGATE_MIN || a->aggregate == PPM_AGGREGATE_MAX || a->aggregate == PPM_AGGREGATE_FIRST || a->aggregate == PPM_AGGREGATE_LAST;
	return check_output(v, a->outer, a->output, class, same && text, ppm_action_may_miss(v->job, v->at));
}

static bool check_inputs(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	return check_table(v, a->table) && check_optional_column(v, a->table, a->value) && check_where(v, a->table, a->where) && check_optional_column(v, a->table, a->order);
}

static enum ppm_register_class value_class(const struct verifier *v, bool *text)
{
	const struct ppm_action *a = current(v);
	*text = a->value != PPM_NO_INDEX && column_of(v, a->table, a->value)->text;
	return a->value == PPM_NO_INDEX ? PPM_CLASS_NONE : column_of(v, a->table, a->value)->class;
}

static bool check_aggregate(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	bool text, ordered = a->aggregate == PPM_AGGREGATE_FIRST || a->aggregate == PPM_AGGREGATE_LAST;
	if (!check_inputs(v) || !check_link(v, a->link) || !check_table(v, a->outer))
		return false;
	if (v->job->links[a->link].from != a->table || v->job->links[a->link].to != a->outer)
		return fail(v, "link %u leads elsewhere", a->link);
	if (ordered && (a->order == PPM_NO_INDEX || column_of(v, a->table, a->order)->class == PPM_CLASS_MASK))
		return fail(v, "the first and the last of nothing in order");
	if (ordered && !check_optional_column(v, a->table, v->job->tables[a->table].key))
		return false;
	if (a->ratio != 1)
		return fail(v, "a ratio without levels");
	enum ppm_register_class class = value_class(v, &text);
	return check_figure(v, class, text);
}

static bool check_rank(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	bool text, ties = a->rank == PPM_RANK_NTILE || a->rank == PPM_RANK_RUNNING_SHARE;
	if (!check_inputs(v))
		return false;
	enum ppm_register_class class = value_class(v, &text);
	if (text || (class != PPM_CLASS_F64 && class != PPM_CLASS_I32 && !is_amount(class)))
		return fail(v, "no values to rank");
	if (a->link != PPM_NO_INDEX && !check_link(v, a->link))
		return false;
	if (a->link != PPM_NO_INDEX && v->job->links[a->link].from != a->table)
		return fail(v, "link %u is of another table", a->link);
	if (a->rank > PPM_RANK_RUNNING_SHARE || (a->rank == PPM_RANK_NTILE && !a->tiles))
		return fail(v, "a rank of no kind");
	if (ties && !check_optional_column(v, a->table, v->job->tables[a->table].key))
		return false;
	return check_output(v, a->table, a->output, PPM_CLASS_F64, false, true);
}

static bool check_tree_aggregate(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	bool text;
	if (!check_inputs(v) || !check_tree(v, a->tree) || !check_levels(v))
		return false;
	if (v->job->trees[a->tree].table != a->table || a->outer != a->table)
		return fail(v, "tree %u is of another table", a->tree);
	switch (a->aggregate) {
	case PPM_AGGREGATE_SUM:
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_AVG:
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX:
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: break;
	default: return fail(v, "the function has no way through a tree");
	}
	if (!isfinite(a->ratio) || (a->ratio != 1 && a->aggregate != PPM_AGGREGATE_SUM))
		return fail(v, "a ratio that is none");
	enum ppm_register_class class = value_class(v, &text);
	return check_figure(v, class, text);
}

static bool check_pairs(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	uint32_t passed;
	if (!check_program(v) || !check_table(v, a->table) || !check_table(v, a->outer) || !check_program_columns(v, false, &passed))
		return false;
	const struct ppm_program *program = v->job->programs[a->program];
	if (program->keeps || program->output_count || passed || program->store_count < 1 || program->store_count > 2)
		return fail(v, "the program of pairs has a value and a condition, and nothing else");
	if (program->store_count == 2 && (program->stores[1].class != PPM_CLASS_MASK || program->stores[1].present != PPM_NO_REGISTER))
		return fail(v, "the condition is none that always holds or does not");
	switch (a->relation) {
	case PPM_PAIRS_ALL: break;
	case PPM_PAIRS_KEYS:
		if (!check_link(v, a->link) || !check_link(v, a->other_link))
			return false;
		if (v->job->links[a->link].from != a->outer || v->job->links[a->other_link].from != a->table || v->job->links[a->link].to != v->job->links[a->other_link].to)
			return fail(v, "the links do not meet");
		break;
	case PPM_PAIRS_TREE:
		if (!check_tree(v, a->tree) || !check_levels(v))
			return false;
		if (v->job->trees[a->tree].table != a->table || a->outer != a->table)
			return fail(v, "tree %u is of another table", a->tree);
		break;
	default: return fail(v, "pairs of no relation");
	}
	if (a->aggregate == PPM_AGGREGATE_FIRST || a->aggregate == PPM_AGGREGATE_LAST || a->ratio != 1)
		return fail(v, "the function has no way through pairs");
	uint16_t value = program->stores[0].value;
	bool text = false; // a code is a text when the column it comes from is; what is computed from texts of pairs is compared, not kept
	for (uint32_t i = 0; i < program->column_count; i++)
		text = text || (program->stores[0].class == PPM_CLASS_I32 && program->columns[i].type == PPM_COLUMN_TEXT && program->columns[i].value == value);
	return check_figure(v, program->stores[0].class, text);
}

static bool check_agreement(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_inputs(v) || !check_table(v, a->outer))
		return false;
	if (a->column_count < 2 || (a->agreement == PPM_AGREEMENT_CORRELATION && a->column_count != 2) || a->agreement > PPM_AGREEMENT_CORRELATION)
		return fail(v, "an agreement of %u columns", a->column_count);
	for (uint32_t i = 0; i < a->column_count; i++) {
		if (!check_column(v, a->table, a->columns[i]))
			return false;
		enum ppm_register_class class = column_of(v, a->table, a->columns[i])->class;
		if (class != PPM_CLASS_F64 && !is_amount(class))
			return fail(v, "column %u of table %u is no figure", a->columns[i], a->table);
	}
	if (v->job->tables[a->outer].kind != PPM_TABLE_COMPANY)
		return fail(v, "an agreement is of the whole company");
	return check_output(v, a->outer, a->output, PPM_CLASS_F64, false, true);
}

static bool check_sort(struct verifier *v)
{
	const struct ppm_action *a = current(v);
	if (!check_table(v, a->table))
		return false;
	if (v->job->tables[a->table].kind == PPM_TABLE_FILE) // whose lines and records are told by their place
		return fail(v, "the rows of a file keep their order");
	if (!a->sort_count)
		return fail(v, "an order by nothing");
	for (uint32_t i = 0; i < a->sort_count; i++)
		if (!check_column(v, a->table, a->sort[i].column))
			return false;
	return v->sorted[a->table] = true;
}

// ---- all ------------------------------------------------------------------------------------------------------------------------

static bool not_sorted(void *context, uint32_t table, uint32_t column, bool written)
{
	struct verifier *v = context;
	(void)column;
	(void)written;
	if (v->sorted[table])
		return fail(v, "table %u was sorted: only results follow", table);
	return true;
}

static bool check_action(struct verifier *v, bool *scored)
{
	bool sound = false, results = false;
	if (!check_site(v))
		return false;
	switch (current(v)->kind) {
	case PPM_ACTION_LOAD: sound = check_load(v); break;
	case PPM_ACTION_EVALUATE: sound = check_evaluate(v); break;
	case PPM_ACTION_MATCH: sound = check_match(v); break;
	case PPM_ACTION_GROUP: sound = check_group(v); break;
	case PPM_ACTION_COMPOSE: sound = check_compose(v); break;
	case PPM_ACTION_CALENDAR: sound = check_calendar(v); break;
	case PPM_ACTION_GATHER: sound = check_gather(v); break;
	case PPM_ACTION_AGGREGATE: sound = check_aggregate(v); break;
	case PPM_ACTION_RANK: sound = check_rank(v); break;
	case PPM_ACTION_TREE: sound = check_tree_action(v); break;
	case PPM_ACTION_TREE_AGGREGATE: sound = check_tree_aggregate(v); break;
	case PPM_ACTION_PAIRS: sound = check_pairs(v); break;
	case PPM_ACTION_AGREEMENT: sound = check_agreement(v); break;
	case PPM_ACTION_SORT:
		sound = check_sort(v);
		results = true;
		break;
	case PPM_ACTION_RESULT:
		sound = check_result(v, scored);
		results = true;
		break;
	default: return fail(v, "unknown action %d", (int)current(v)->kind);
	}
	return sound && (results || ppm_action_columns(v->job, v->at, not_sorted, v));
}

static bool check_frame(struct verifier *v)
{
	const struct ppm_job *job = v->job;
	for (uint32_t i = 0; i < job->table_count; i++) {
		const struct ppm_table *table = &job->tables[i];
		if (table->kind > PPM_TABLE_COMPANY)
			return fail(v, "table %u is of no kind", i);
		if (table->key != PPM_NO_INDEX && table->key >= table->column_count)
			return fail(v, "the key of table %u does not exist", i);
		for (uint32_t c = 0; c < table->column_count; c++)
			if (table->columns[c].class >= PPM_CLASS_COUNT || table->columns[c].class == PPM_CLASS_I16 ||
				(table->columns[c].text && table->columns[c].class != PPM_CLASS_I32) || table->columns[c].last_action >= job->action_count)
				return fail(v, "column %u of table %u is of no class or has no last action", c, i);
		v->rows[i] = table->kind == PPM_TABLE_COMPANY;
	}
	for (uint32_t i = 0; i < job->link_count; i++)
		if (job->links[i].from >= job->table_count || job->links[i].to >= job->table_count)
			return fail(v, "link %u leads nowhere", i);
	for (uint32_t i = 0; i < job->tree_count; i++) {
		const struct ppm_tree *tree = &job->trees[i];
		if (tree->table >= job->table_count || tree->link >= job->link_count || job->links[tree->link].from != tree->table || job->links[tree->link].to != tree->table)
			return fail(v, "tree %u is not of its table", i);
	}
	if (job->scored >= job->table_count || job->final >= job->program_count)
		return fail(v, "nothing is scored");
	for (uint32_t i = 0; i < job->program_count; i++)
		if (job->programs[i]->texts != job->programs[0]->texts || job->programs[i]->text_count != job->programs[0]->text_count)
			return fail(v, "program %u has other texts than the first", i);
	return true;
}

static bool check_job(struct verifier *v)
{
	bool scored = false;
	if (!check_frame(v))
		return false;
	for (uint32_t i = 0; i < v->job->program_count; i++) {
		char problem[200] = "";
		if (!ppm_program_verify(v->job->programs[i], problem, sizeof problem))
			return ppm_slice_is(ppm_slice_of(problem), PPM_VERIFY_MEMORY) ? fail(v, PPM_VERIFY_MEMORY) : fail(v, "program %u: %s", i, problem);
	}
	for (v->at = 0; v->at < v->job->action_count; v->at++)
		if (!check_action(v, &scored))
			return false;
	v->at = UINT32_MAX;
	if (!scored)
		return fail(v, "nothing is scored");
	return true;
}

bool ppm_job_verify(const struct ppm_job *job, char *problem, size_t size)
{
	const struct ppm_allocator *allocator = job->arena.allocator ? job->arena.allocator : ppm_allocator_default();
	struct verifier v = { .job = job, .problem = problem, .size = size, .at = UINT32_MAX };
	size_t columns = 0;
	for (uint32_t i = 0; i < job->table_count; i++)
		columns += job->tables[i].column_count;
	bool *notes = ppm_allocate_zeroed(allocator, 2 * (size_t)job->table_count + job->link_count + job->tree_count + columns + 1, sizeof *notes);
	v.columns = ppm_allocate_zeroed(allocator, (size_t)job->table_count + 1, sizeof *v.columns);
	bool sound = notes && v.columns;
	if (sound) {
		bool *at = notes;
		v.rows = at;
		v.sorted = at += job->table_count;
		v.links = at += job->table_count;
		v.trees = at += job->link_count;
		at += job->tree_count;
		for (uint32_t i = 0; i < job->table_count; i++) {
			v.columns[i] = at;
			at += job->tables[i].column_count;
		}
		sound = check_job(&v);
	} else
		fail(&v, PPM_VERIFY_MEMORY);
	ppm_free(allocator, notes);
	ppm_free(allocator, (void *)v.columns);
	return sound;
}

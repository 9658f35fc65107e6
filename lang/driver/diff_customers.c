// `ppmc diff OLD NEW DATA…`: whom the change moves.
//
// Each model runs over the same files twice: once for what every row says, of which little is kept, and once more to explain the rows that turned out to matter. Models are
// compiled as they are to be explained, so that a rule's part in a row is the engine's own. Standard input and pipes cannot be read again, and are refused.
#include "lang/compare/moves_report.h"
#include "lang/driver/diff.h"
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SHOW(slice) (int)(slice).size, (slice).data
#define TOP_DEFAULT 10

// One model, and what of its results is looked at.
struct side {
	const struct ppm_diff_side *about;
	const char *arguments[PPM_ARGUMENT_LIMIT];
	size_t argument_count;
	struct ppm_task probe; // compiled as it is run
	struct ppm_task task;  // as it is explained
	bool probe_is_open, task_is_open;
	const struct ppm_explanation *explanation;
	const struct ppm_plan *plan;
	struct ppm_slice *names; // what is asked for besides: the value, and the keys of rows that stand on no line
	size_t name_count, first_key;
	bool has_value;
	uint32_t value; // a result, or PPM_NO_ID
	uint32_t *keys; // results
	uint32_t key_count;
	uint8_t *states;                  // [rule]
	struct ppm_slice *segments;       // [segment]
	int64_t *perspectives;            // [perspective]
	int64_t *shares;                  // [rule]
	struct ppm_explained_cell *cells; // [result], of a row that is only looked at for its rules
	bool *needed;                     // [result]: for the rules
};

struct comparison {
	struct ppm_driver muted; // the driver without notes and warnings: what both models say is said once, by the comparison of their meaning
	const struct ppm_driver *driver;
	const struct ppm_changes *changes;
	const struct ppm_diff_data *data;
	struct side sides[PPM_SIDES];
	int running;
	struct ppm_source_options source;
	struct ppm_slice value_name;
	struct ppm_moves_condition *conditions;
	uint32_t condition_count;
	struct ppm_moves *moves;
	struct ppm_moves_customer *customers[PPM_TOPS]; // [place]
	struct ppm_buffer key, shown;
	struct ppm_arena arena, row_arena; // row_arena: of the row at hand
};

// ---- the command line ---------------------------------------------------------------------------------------------------

static enum ppm_exit take_conditions(struct comparison *c)
{
	const struct ppm_options *given = &c->driver->options;

	c->conditions = ppm_arena_allocate(&c->arena, given->repeated_count + 1, sizeof *c->conditions);
	if (!c->conditions)
		return ppm_driver_memory(c->driver);
	for (size_t i = 0; i < given->repeated_count; i++) {
		struct ppm_condition_problem problem;
		const char *text = given->repeated[i].value;
		if (given->repeated[i].option != PPM_OPTION_FAIL_MOVES)
			continue;
		if (ppm_condition_parse(&c->conditions[c->condition_count++].condition, &c->arena, ppm_slice_of(text), &problem))
			continue;
		if (!problem.problem.size)
			return ppm_driver_memory(c->driver);
		return ppm_driver_usage(c->driver, problem.help.size ? problem.help.data : NULL, "`--fail-if \"%s\"`: %.*s", text, SHOW(problem.problem));
	}
	return PPM_EXIT_DONE;
}

static enum ppm_exit no_pipe(const struct comparison *c, const char *shown)
{
	return ppm_driver_usage(c->driver, "put it into a file first", "`%s` cannot be read again, and a comparison reads its data more than once", shown);
}

static enum ppm_exit check_arguments(const struct comparison *c)
{
	const char *against = c->driver->options.values[PPM_OPTION_AGAINST];

	for (size_t i = 0; i < c->data->count; i++) {
		const char *path;
		ppm_options_name(c->data->arguments[i], &path);
		if (!strcmp(path, "-"))
			return no_pipe(c, ppm_driver_file_name("-"));
	}
	return against && !strcmp(against, "-") ? no_pipe(c, ppm_driver_file_name("-")) : PPM_EXIT_DONE;
}

// ---- opening ------------------------------------------------------------------------------------------------------------

static struct ppm_task_request request_of(const struct comparison *c, const struct side *side)
{
	return (struct ppm_task_request){ .model_path = side->about->path,
		.arguments = side->arguments,
		.argument_count = side->argument_count,
		.against = c->driver->options.values[PPM_OPTION_AGAINST],
		.all = true,
		.source = c->source };
}

static bool declares(const struct ppm_model *model, struct ppm_slice name)
{
	for (uint32_t i = 0; model && i < ppm_model_dataset_count(model); i++)
		if (ppm_slice_equal(ppm_model_dataset(model, i).name, name))
			return true;
	return false;
}

// A file of a dataset that only one of the models has is given to that one alone. What neither knows goes to both, to be refused.
static enum ppm_exit share_arguments(struct comparison *c)
{
	struct ppm_model *models[PPM_SIDES] = { NULL, NULL };
	enum ppm_exit code = PPM_EXIT_DONE;

	for (int s = 0; s < PPM_SIDES && !code; s++) {
		static const struct ppm_compile_request quiet = { .quiet = true };
		struct ppm_files *files = NULL;
		code = ppm_diff_open(c->driver, c->sides[s].about, &files);
		if (!code) // whatever is wrong with the model is told when it is opened with its data
			ppm_driver_compile(&c->muted, files, NULL, &quiet, &models[s]);
		ppm_files_close(files);
	}
	for (size_t i = 0; i < c->data->count && !code; i++) {
		const char *path;
		struct ppm_slice name = ppm_options_name(c->data->arguments[i], &path);
		bool known[PPM_SIDES];
		for (int s = 0; s < PPM_SIDES; s++)
			known[s] = !name.size || declares(models[s], name);
		for (int s = 0; s < PPM_SIDES; s++)
			if (known[s] || !known[!s])
				c->sides[s].arguments[c->sides[s].argument_count++] = c->data->arguments[i];
	}
	for (int s = 0; s < PPM_SIDES; s++)
		ppm_model_free(models[s]);
	return code;
}

static enum ppm_exit open_probe(struct comparison *c, struct side *side)
{
	struct ppm_task_request request = request_of(c, side);
	enum ppm_exit code = ppm_diff_open(c->driver, side->about, &request.files);

	if (code)
		return code;
	side->probe_is_open = true;
	code = ppm_task_open(&c->muted, &side->probe, &request);
	for (uint32_t i = 0; i <= side->probe.input_count && !code && !ppm_task_is_repeatable(&side->probe); i++) {
		const struct ppm_input *input = i < side->probe.input_count ? &side->probe.inputs[i] : &side->probe.against;
		struct stat status;
		if (input->path && (!strcmp(input->path, "-") || (!stat(input->path, &status) && !S_ISREG(status.st_mode))))
			code = no_pipe(c, input->shown);
	}
	side->plan = code ? NULL : ppm_model_plan(side->probe.model);
	return code;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;
	return !strcmp(a, b) || (!stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

// Both have to score the same things: rows of files are matched by their lines, made ones by their keys.
static enum ppm_exit check_scored(const struct comparison *c)
{
	const struct side *before = &c->sides[PPM_BEFORE], *after = &c->sides[PPM_AFTER];
	bool made_before = before->plan->datasets[0].kind != PPM_DATASET_FILE, made_after = after->plan->datasets[0].kind != PPM_DATASET_FILE;

	if (made_before != made_after)
		return ppm_driver_usage(c->driver, "compare models that score the same dataset",
			"`%s` scores the rows of a file and `%s` rows that are made from others, so that none match", (made_before ? after : before)->about->shown,
			(made_before ? before : after)->about->shown);
	if (!made_before && !is_same_file(before->probe.inputs[0].path, after->probe.inputs[0].path))
		return ppm_driver_usage(c->driver, "compare models that score the same dataset", "`%s` scores the rows of `%s` and `%s` those of `%s`, so that none match",
			before->about->shown, before->probe.inputs[0].shown, after->about->shown, after->probe.inputs[0].shown);
	return PPM_EXIT_DONE;
}

// ---- the value ----------------------------------------------------------------------------------------------------------

static bool is_amount(struct ppm_type type)
{
	return type.base == PPM_BASE_MONEY && !type.period;
}

// The first result of `output` that is an amount: its name in the model, whatever its header is. Empty when there is none.
static struct ppm_slice first_amount(struct comparison *c, const struct side *side)
{
	const struct ppm_syntax_tree *tree = ppm_model_tree(side->probe.model);

	for (const struct ppm_statement *s = tree ? tree->statements : NULL; s; s = s->next)
		for (const struct ppm_result *r = s->kind == PPM_STATEMENT_OUTPUT ? s->output.results : NULL; r; r = r->next) {
			const struct ppm_name_list *path = r->path->path;
			struct ppm_slice name = path->name.text, header;
			if (path->next)
				name = ppm_arena_format(&c->arena, "%.*s.%.*s", SHOW(name), SHOW(path->next->name.text));
			header = r->label.text.data ? r->label.text : name;
			for (size_t i = 0; i < side->plan->result_count; i++) {
				const struct ppm_plan_result *result = &side->plan->results[i];
				bool has_node = (result->kind == PPM_RESULT_VALUE || result->kind == PPM_RESULT_PASS) && result->node != PPM_NODE_NONE;
				if (has_node && ppm_slice_equal(result->name, header) && is_amount(side->plan->nodes[result->node].type))
					return name;
			}
		}
	return PPM_SLICE("");
}

// Whether the model has a value of that name that can be added up. Sets *why where it has one that cannot.
static enum ppm_exit has_value(struct comparison *c, struct side *side, bool quiet, bool *has)
{
	struct ppm_task_request request = request_of(c, side);
	struct ppm_task task;
	enum ppm_exit code = ppm_diff_open(c->driver, side->about, &request.files);

	*has = false;
	if (code)
		return code;
	request.compile = (struct ppm_compile_request){ .output = PPM_OUTPUT_EXPLAIN, .columns = &c->value_name, .column_count = 1, .quiet = quiet };
	code = ppm_task_open(&c->muted, &task, &request);
	if (!code) {
		const struct ppm_explanation *about = ppm_model_explanation(task.model);
		if (about->value_count) {
			const struct ppm_plan *plan = ppm_model_plan(task.model);
			const struct ppm_node *node = &plan->nodes[plan->results[about->values[0].result].node];
			*has = is_amount(node->type) || (node->type.base == PPM_BASE_NUMBER && !node->type.period);
			if (!*has) {
				char type[48];
				code = ppm_driver_usage(c->driver, "name an amount or a number", "`--value %.*s` is a `%s`, and those have no sum", SHOW(c->value_name),
					ppm_type_name(node->type, type));
			}
		}
	}
	ppm_task_close(&task);
	return code == PPM_EXIT_MODEL && quiet ? PPM_EXIT_DONE : code;
}

static enum ppm_exit take_value(struct comparison *c)
{
	const char *name = c->driver->options.values[PPM_OPTION_STAKE];
	enum ppm_exit code = PPM_EXIT_DONE;
	bool ignored;

	if (name && !*name)
		return ppm_driver_usage(c->driver, "write `--value total_value`", "`--value` names nothing");
	c->value_name = name ? ppm_slice_of(name) : first_amount(c, &c->sides[PPM_AFTER]);
	if (!c->value_name.size)
		c->value_name = first_amount(c, &c->sides[PPM_BEFORE]);
	for (int s = 0; s < PPM_SIDES && !code && c->value_name.size; s++)
		code = has_value(c, &c->sides[s], true, &c->sides[s].has_value);
	if (!code && c->value_name.size && !c->sides[PPM_BEFORE].has_value && !c->sides[PPM_AFTER].has_value) {
		code = has_value(c, &c->sides[PPM_AFTER], false, &ignored); // says why
		c->value_name = PPM_SLICE("");
	}
	return code;
}

// ---- a pass ---------------------------------------------------------------------------------------------------------------

// What is asked for by name: the value, and the parts of the key that tells made rows apart.
static bool take_names(struct comparison *c, struct side *side)
{
	const struct ppm_plan *plan = side->plan;

	side->names = ppm_arena_allocate(&c->arena, plan->column_count + 2, sizeof *side->names);
	side->keys = ppm_arena_allocate(&c->arena, plan->column_count + 1, sizeof *side->keys);
	if (!side->names || !side->keys)
		return false;
	if (side->has_value)
		side->names[side->name_count++] = c->value_name;
	side->first_key = side->name_count;
	for (size_t i = 0; i < plan->column_count; i++)
		if (plan->columns[i].dataset == 0 && plan->columns[i].kind == PPM_PLAN_KEY)
			side->names[side->name_count++] = plan->columns[i].name;
	return true;
}

static void need(struct side *side, uint32_t result)
{
	if (result != PPM_NO_ID)
		side->needed[result] = true;
}

static bool make_room(struct comparison *c, struct side *side)
{
	const struct ppm_plan *plan = side->plan = ppm_model_plan(side->task.model);
	const struct ppm_explanation *about = side->explanation = ppm_model_explanation(side->task.model);

	side->states = ppm_arena_allocate(&c->arena, plan->rule_count + 1, sizeof *side->states);
	side->shares = ppm_arena_allocate(&c->arena, plan->rule_count + 1, sizeof *side->shares);
	side->segments = ppm_arena_allocate(&c->arena, plan->segment_count + 1, sizeof *side->segments);
	side->perspectives = ppm_arena_allocate(&c->arena, plan->perspective_count + 1, sizeof *side->perspectives);
	side->cells = ppm_arena_allocate(&c->arena, plan->result_count + 1, sizeof *side->cells);
	side->needed = ppm_arena_allocate(&c->arena, plan->result_count + 1, sizeof *side->needed);
	if (c->arena.failed)
		return false;
	side->value = PPM_NO_ID;
	side->key_count = 0;
	for (size_t i = 0; i < side->name_count; i++)
		for (uint32_t k = 0; k < about->value_count; k++)
			if (ppm_slice_equal(about->values[k].name, side->names[i])) {
				if (i < side->first_key)
					side->value = about->values[k].result;
				else
					side->keys[side->key_count++] = about->values[k].result;
				break;
			}
	need(side, about->score);
	for (size_t i = 0; i < plan->rule_count; i++) {
		need(side, about->rules[i].condition);
		need(side, about->rules[i].points);
		need(side, about->rules[i].missing);
	}
	return true;
}

static enum ppm_exit open_task(struct comparison *c, struct side *side)
{
	struct ppm_task_request request = request_of(c, side);
	enum ppm_exit code = ppm_diff_open(c->driver, side->about, &request.files);

	if (code)
		return code;
	side->task_is_open = true;
	request.compile = (struct ppm_compile_request){ .output = PPM_OUTPUT_EXPLAIN, .columns = side->names, .column_count = side->name_count };
	code = ppm_task_open(&c->muted, &side->task, &request);
	if (!code && !make_room(c, side))
		code = ppm_driver_memory(c->driver);
	return code;
}

// The first time the rows that are refused are told, and the model is compiled.
static enum ppm_exit run(struct comparison *c, int which, bool (*look)(void *context, const struct ppm_engine_row *row), bool first)
{
	struct side *side = &c->sides[which];
	enum ppm_exit code = first ? open_task(c, side) : ppm_task_reopen(&c->muted, &side->task, &c->source);

	c->running = which;
	if (!code)
		code = ppm_task_look(first ? c->driver : &c->muted, &side->task, &(struct ppm_rows_request){ look, c, c->source.simd, "nothing is compared" });
	return code;
}

// ---- a row ----------------------------------------------------------------------------------------------------------------

static bool exact_of(const struct ppm_engine_row *row, uint32_t result, ppm_int128 *out)
{
	return result != PPM_NO_ID && ppm_row_exact(row, result, out);
}

// Its key, as it is matched and as it is shown.
static bool take_key(struct comparison *c, const struct side *side, const struct ppm_engine_row *row, struct ppm_slice *key, struct ppm_slice *shown)
{
	ppm_int128 figure;
	double value;
	char digits[64];

	c->key.size = c->shown.size = 0;
	for (uint32_t i = 0; i < side->key_count; i++) {
		ppm_buffer_append_text(&c->key, i ? "," : "");
		ppm_buffer_append_text(&c->shown, i ? ", " : "");
		bool exact = exact_of(row, side->keys[i], &figure), number = side->keys[i] != PPM_NO_ID && ppm_row_number(row, side->keys[i], &value);
		if (exact) // amounts differ that are shown alike
			ppm_buffer_append(&c->key, digits, ppm_decimal_write(figure, PPM_EXACT_PLACES, PPM_EXACT_PLACES, digits));
		if (number) // and numbers that are one amount
			ppm_buffer_format(&c->key, " %.17g", value + 0.0);
		if (!exact && !number)
			ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, side->keys[i], &c->key);
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, side->keys[i], &c->shown);
	}
	if (!side->key_count && side->explanation->key != PPM_NO_ID)
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, side->explanation->key, &c->shown);
	*key = c->key.size ? ppm_buffer_slice(&c->key) : PPM_SLICE("");
	*shown = c->shown.size ? ppm_buffer_slice(&c->shown) : PPM_SLICE("");
	return !c->key.failed && !c->shown.failed;
}

static enum ppm_rule_state state_of(const struct side *side, const struct ppm_engine_row *row, uint32_t rule)
{
	const struct ppm_explain_rule *about = &side->explanation->rules[rule];
	bool conditional = side->plan->rules[rule]->kind == PPM_RULE_REWARD || side->plan->rules[rule]->kind == PPM_RULE_PENALTY, holds = false;
	ppm_int128 points;

	if (side->plan->rules[rule]->members)
		return PPM_RULE_SILENT;
	if (conditional && (about->condition == PPM_NO_ID || !ppm_row_flag(row, about->condition, &holds)))
		return PPM_RULE_UNKNOWN;
	if (conditional && !holds)
		return PPM_RULE_SILENT;
	return exact_of(row, about->points, &points) ? PPM_RULE_FIRES : PPM_RULE_UNKNOWN;
}

static bool take_row(void *context, const struct ppm_engine_row *row)
{
	struct comparison *c = context;
	struct side *side = &c->sides[c->running];
	const struct ppm_explanation *about = side->explanation;
	const struct ppm_plan *plan = side->plan;
	const int64_t unit = ppm_power_of_ten[PPM_EXACT_PLACES - c->moves->places];
	struct ppm_moves_row out = { .line = row->line, .barred = PPM_NO_ID, .rules = side->states, .segments = side->segments, .perspectives = side->perspectives };
	ppm_int128 figure;

	if (!take_key(c, side, row, &out.key, &out.shown))
		return false;
	if (exact_of(row, about->score, &figure)) {
		out.has_score = true;
		out.score = (int64_t)(figure / unit);
	}
	out.has_value = exact_of(row, side->value, &out.value);
	if (about->tier == PPM_NO_ID || !ppm_row_text(row, about->tier, &out.tier))
		out.tier = PPM_SLICE("");
	for (uint32_t i = 0; i < plan->rule_count; i++)
		side->states[i] = (uint8_t)state_of(side, row, i);
	for (uint32_t i = 0; i < plan->disqualifier_count && out.barred == PPM_NO_ID; i++) {
		bool holds;
		if (about->disqualifiers[i].holds != PPM_NO_ID && ppm_row_flag(row, about->disqualifiers[i].holds, &holds) && holds)
			out.barred = i;
	}
	for (uint32_t i = 0; i < plan->segment_count; i++)
		if (about->segments[i] == PPM_NO_ID || !ppm_row_text(row, about->segments[i], &side->segments[i]))
			side->segments[i] = PPM_SLICE("");
	for (uint32_t i = 0; i < plan->perspective_count; i++)
		side->perspectives[i] = exact_of(row, about->perspectives[i], &figure) ? (int64_t)(figure / unit) : INT64_MIN;
	return ppm_moves_add(c->moves, c->running, &out);
}

static struct ppm_slice copy_cell(struct comparison *c, struct ppm_arena *arena, const struct ppm_engine_row *row, uint32_t result, bool json)
{
	c->shown.size = 0;
	if (json)
		ppm_sink_json_cell(row->sink, row->batch, row->vm, row->row, result, &c->shown);
	else
		ppm_sink_cell(row->sink, row->batch, row->vm, row->row, result, &c->shown);
	return ppm_arena_copy(arena, c->shown.size ? ppm_buffer_slice(&c->shown) : PPM_SLICE(""));
}

// A row of the top, whole.
static void keep(struct comparison *c, const struct side *side, const struct ppm_engine_row *row, struct ppm_explained_row *out)
{
	uint32_t count = ppm_sink_column_count(row->sink);
	struct ppm_explained_cell *cells = ppm_arena_allocate(&c->arena, (size_t)count + 1, sizeof *cells);

	for (uint32_t i = 0; cells && i < count; i++)
		cells[i] = (struct ppm_explained_cell){ copy_cell(c, &c->arena, row, i, false), copy_cell(c, &c->arena, row, i, true) };
	*out = (struct ppm_explained_row){ .about = side->explanation, .sources = ppm_model_sources(side->task.model), .cells = cells, .line = row->line };
}

static bool explain_row(void *context, const struct ppm_engine_row *row)
{
	struct comparison *c = context;
	struct side *side = &c->sides[c->running];
	struct ppm_explained_row explained = { .about = side->explanation, .sources = ppm_model_sources(side->task.model), .cells = side->cells, .line = row->line };
	struct ppm_slice key, shown;
	struct ppm_waterfall waterfall;
	uint64_t number;
	ppm_int128 value = 0;
	bool valued, fine;

	if (!take_key(c, side, row, &key, &shown))
		return false;
	number = ppm_moves_wanted(c->moves, row->line, key);
	if (number == PPM_MOVES_NO_ROW)
		return true;
	valued = exact_of(row, side->value, &value);
	for (enum ppm_top top = PPM_TOP_MOVES; top < PPM_TOPS; top++) {
		uint32_t place = ppm_moves_place(c->moves, top, number);
		if (place == PPM_NO_ID)
			continue;
		struct ppm_moves_customer *customer = &c->customers[top][place];
		keep(c, side, row, &customer->rows[c->running]);
		customer->has_value[c->running] = valued;
		customer->value[c->running] = value;
	}
	for (uint32_t i = 0; i < side->plan->result_count; i++)
		if (side->needed[i])
			side->cells[i].json = copy_cell(c, &c->row_arena, row, i, true);
	fine = !ppm_waterfall_make(&waterfall, &c->row_arena, &explained);
	if (fine) {
		ppm_attribution_shares(&waterfall, side->shares, side->plan->rule_count);
		fine = ppm_moves_shares(c->moves, c->running, number, side->shares, valued, value);
	}
	fine = fine && !c->row_arena.failed && !c->arena.failed && !c->shown.failed;
	ppm_arena_reset(&c->row_arena);
	return fine;
}

// ---- the whole ------------------------------------------------------------------------------------------------------------

static enum ppm_exit moves_failed(const struct comparison *c, enum ppm_status status)
{
	switch (status) {
	case PPM_OK: return PPM_EXIT_DONE;
	case PPM_ERROR_MEMORY: return ppm_driver_memory(c->driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(c->driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_LIMIT:
		ppm_driver_say(c->driver, "error", NULL, "the models have more tiers, arms of a segment or disqualifiers than can be compared");
		return PPM_EXIT_LIMIT;
	default: ppm_driver_say(c->driver, "error", "`--memory` says how much memory may be used instead", "there is no room for temporary files"); return ppm_exit_of(status);
	}
}

static enum ppm_exit new_moves(struct comparison *c)
{
	struct ppm_moves_options options = { .interrupted = ppm_signals_flag(), .changes = c->changes, .top = TOP_DEFAULT };
	const char *top = c->driver->options.values[PPM_OPTION_MOVERS];
	enum ppm_exit code = ppm_driver_memory_limit(c->driver, &options.memory_limit);
	uint64_t count = TOP_DEFAULT;

	if (!code && top && !ppm_options_number(top, 1, PPM_MOVES_TOP_LIMIT, &count))
		code = ppm_driver_usage(c->driver, "write a whole number from 1 to 1000", "`--top` cannot be `%s`", top);
	if (code)
		return code;
	options.top = (uint32_t)count;
	for (int s = 0; s < PPM_SIDES; s++) {
		options.plans[s] = c->sides[s].plan;
		options.has_value[s] = c->sides[s].has_value;
	}
	code = moves_failed(c, ppm_moves_new(&c->moves, &options));
	for (int t = 0; t < PPM_TOPS && !code; t++) {
		c->customers[t] = ppm_arena_allocate(&c->arena, options.top + 1, sizeof *c->customers[t]);
		code = c->customers[t] ? PPM_EXIT_DONE : ppm_driver_memory(c->driver);
	}
	return code;
}

// A look stops for want of memory, or because the moves failed otherwise.
static enum ppm_exit pass(struct comparison *c, int side, bool first)
{
	enum ppm_exit code = run(c, side, first ? take_row : explain_row, first);

	if (c->moves->status && c->moves->status != PPM_ERROR_MEMORY)
		return moves_failed(c, c->moves->status);
	return code;
}

static enum ppm_exit attribute(struct comparison *c, struct ppm_moves_customer *customer)
{
	if (!customer->rows[PPM_BEFORE].cells || !customer->rows[PPM_AFTER].cells) {
		ppm_driver_say(c->driver, "error", NULL, "`%s` was changed while it was read; nothing is compared", c->sides[PPM_AFTER].task.inputs[0].shown);
		return PPM_EXIT_IO;
	}
	if (ppm_attribution_make(&customer->why, &c->arena, &customer->rows[PPM_BEFORE], &customer->rows[PPM_AFTER], c->changes))
		return ppm_driver_memory(c->driver);
	return PPM_EXIT_DONE;
}

static enum ppm_exit compare(struct comparison *c)
{
	enum ppm_exit code = PPM_EXIT_DONE;

	for (int s = 0; s < PPM_SIDES && !code; s++) {
		code = pass(c, s, true);
		if (!code)
			code = moves_failed(c, ppm_moves_end(c->moves, s));
	}
	for (int s = 0; s < PPM_SIDES && !code && ppm_moves_any_wanted(c->moves); s++) {
		ppm_moves_again(c->moves, s);
		code = moves_failed(c, c->moves->status);
		if (!code)
			code = pass(c, s, false);
	}
	for (int t = 0; t < PPM_TOPS; t++)
		for (uint32_t i = 0; i < c->moves->tops[t].count && !code; i++)
			code = attribute(c, &c->customers[t][i]);
	return code;
}

static enum ppm_exit judge(struct comparison *c, const struct ppm_moves_report *report, bool *failed)
{
	if (c->condition_count && !c->moves->compared) { // it would pass whatever the models do
		ppm_driver_say(c->driver, "error", "give a file whose customers both models score", "no customer was compared, so that `--fail-if` has nothing to go by");
		return PPM_EXIT_DATA;
	}
	for (uint32_t i = 0; i < c->condition_count; i++) {
		struct ppm_moves_condition *condition = &c->conditions[i];
		struct ppm_condition_problem problem;
		struct ppm_buffer figures;
		if (!ppm_condition_holds(&condition->condition, c->moves, &c->arena, &condition->holds, &problem)) {
			if (!problem.problem.size)
				return ppm_driver_memory(c->driver);
			return ppm_driver_usage(
				c->driver, problem.help.size ? problem.help.data : NULL, "`--fail-if \"%.*s\"`: %.*s", SHOW(condition->condition.text), SHOW(problem.problem));
		}
		if (!condition->holds)
			continue;
		*failed = true;
		ppm_buffer_init(&figures, NULL);
		ppm_moves_condition_figures(report, &condition->condition, &figures);
		ppm_driver_say(c->driver, "error", NULL, "%.*s: %.*s", SHOW(condition->condition.text), (int)figures.size, figures.data ? figures.data : "");
		ppm_buffer_free(&figures);
	}
	return PPM_EXIT_DONE;
}

static enum ppm_exit show(struct comparison *c, enum ppm_diff_format format, struct ppm_buffer *out, bool *failed)
{
	const struct side *side = &c->sides[c->sides[PPM_AFTER].has_value ? PPM_AFTER : PPM_BEFORE];
	struct ppm_moves_report report = { .moves = c->moves,
		.changes = c->changes,
		.data = ppm_slice_of(c->sides[PPM_AFTER].task.inputs[0].shown),
		.value_name = c->value_name,
		.customers = { c->customers[PPM_TOP_MOVES], c->customers[PPM_TOP_CHANGES] },
		.conditions = c->conditions,
		.condition_count = c->condition_count };
	enum ppm_exit code;

	if (c->value_name.size)
		report.is_money = side->plan->nodes[side->plan->results[side->value].node].type.base == PPM_BASE_MONEY;
	code = judge(c, &report, failed);
	if (code)
		return code;
	switch (format) {
	case PPM_DIFF_TEXT: ppm_moves_text(&report, c->driver->colour_out, &c->arena, out); break;
	case PPM_DIFF_MARKDOWN: ppm_moves_markdown(&report, &c->arena, out); break;
	case PPM_DIFF_JSON: ppm_moves_json(&report, &c->arena, out); break;
	}
	return out->failed ? ppm_driver_memory(c->driver) : PPM_EXIT_DONE;
}

enum ppm_exit ppm_diff_customers(const struct ppm_driver *driver, const struct ppm_diff_side *before, const struct ppm_diff_side *after, const struct ppm_changes *changes,
	const struct ppm_diff_data *data, enum ppm_diff_format format, struct ppm_buffer *out, bool *failed)
{
	struct comparison c = { .muted = *driver, .driver = driver, .changes = changes, .data = data, .sides = { { .about = before }, { .about = after } } };
	enum ppm_exit code;

	c.muted.quiet = true;
	ppm_arena_init(&c.arena, NULL);
	ppm_arena_init(&c.row_arena, NULL);
	ppm_buffer_init(&c.key, NULL);
	ppm_buffer_init(&c.shown, NULL);
	code = take_conditions(&c);
	if (!code)
		code = check_arguments(&c);
	if (!code)
		code = ppm_driver_source_options(driver, &c.source);
	c.source.interrupted = ppm_signals_flag();
	if (!code)
		code = share_arguments(&c);
	for (int s = 0; s < PPM_SIDES && !code; s++)
		code = open_probe(&c, &c.sides[s]);
	if (!code)
		code = check_scored(&c);
	if (!code)
		code = take_value(&c);
	for (int s = 0; s < PPM_SIDES && !code; s++)
		code = take_names(&c, &c.sides[s]) ? PPM_EXIT_DONE : ppm_driver_memory(driver);
	if (!code)
		code = new_moves(&c);
	if (!code)
		code = compare(&c);
	if (!code)
		code = show(&c, format, out, failed);
	ppm_moves_free(c.moves);
	for (int s = 0; s < PPM_SIDES; s++) {
		if (c.sides[s].task_is_open)
			ppm_task_close(&c.sides[s].task);
		if (c.sides[s].probe_is_open)
			ppm_task_close(&c.sides[s].probe);
	}
	ppm_buffer_free(&c.key);
	ppm_buffer_free(&c.shown);
	ppm_arena_free(&c.arena);
	ppm_arena_free(&c.row_arena);
	return code;
}

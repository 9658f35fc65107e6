// Which rows a captured test gives, and the test's text. The rows are found by the keys that lead from one to another: those below the row, that its figures are made of, and those that it looks
// up. Whether they suffice is not argued but tried: the test is run, and what does not hold is left out.
#include "lang/testing/capture.h"

#include "lang/syntax/format.h"
#include "lang/testing/testing_internal.h"
#include "runtime/base/date.h"
#include "runtime/base/text.h"
#include "runtime/sink/format_value.h"

#define SHOW(slice) (int)(slice).size, (slice).data
#define ROUNDED 6 // places of a figure whose digits are too many for a literal
#define DIGITS_LIMIT 15

// ---- what the results depend on -----------------------------------------------------------------------------------------

// Something that the test can expect.
struct target {
	struct ppm_slice name; // as a model writes it
	ppm_node_id node;
	uint32_t result;
};

static void write_expression(const struct ppm_expression *expression, struct ppm_buffer *out)
{
	ppm_expression_write(expression, out);
}

// In backquotes where it has to be; `payments.slow_payer` is two names.
static struct ppm_slice written_name(struct ppm_slice name, struct ppm_arena *arena)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	while (name.size) {
		const char *dot = memchr(name.data, '.', name.size);
		size_t size = dot ? (size_t)(dot - name.data) : name.size;
		struct ppm_name_list word = { .name = { .text = { name.data, size } } };
		write_expression(&(struct ppm_expression){ .kind = PPM_EXPRESSION_PATH, .path = &word, .depth = 1 }, &out);
		name = dot ? (struct ppm_slice){ dot + 1, name.size - size - 1 } : PPM_SLICE("");
		if (dot)
			ppm_buffer_append_char(&out, '.');
	}
	return ppm_arena_take(arena, &out);
}

static void add_target(struct target *targets, uint32_t *count, struct ppm_slice name, ppm_node_id node, uint32_t result)
{
	if (node != PPM_NODE_NONE && node != PPM_NODE_POISON && result != PPM_NO_ID && name.size)
		targets[(*count)++] = (struct target){ name, node, result };
}

// In the order of the text: what the row comes to, then what it is made of.
static struct target *find_targets(const struct ppm_model *model, struct ppm_arena *arena, uint32_t *count)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	const struct ppm_explanation *about = ppm_model_explanation(model);
	struct target *targets =
		ppm_arena_allocate(arena, plan->rule_count + plan->disqualifier_count + plan->dimension_count + plan->segment_count + about->value_count + 3, sizeof *targets);
	*count = 0;
	if (!targets)
		return NULL;
	add_target(targets, count, PPM_SLICE("score"), plan->score, about->score);
	add_target(targets, count, PPM_SLICE("tier"), plan->tier, about->tier);
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		add_target(targets, count, written_name(plan->disqualifiers[i].name, arena), plan->disqualifiers[i].condition, about->disqualifiers[i].holds);
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (about->dimensions[i] != PPM_NO_ID)
			add_target(targets, count, plan->dimensions[i].name.size ? written_name(plan->dimensions[i].name, arena) : PPM_SLICE(""),
				plan->results[about->dimensions[i]].node, about->dimensions[i]);
	for (size_t i = 0; i < plan->rule_count; i++)
		if (plan->rules[i]->kind == PPM_RULE_REWARD || plan->rules[i]->kind == PPM_RULE_PENALTY)
			add_target(targets, count, written_name(plan->rules[i]->name, arena), plan->rules[i]->condition, about->rules[i].condition);
	for (size_t i = 0; i < plan->segment_count; i++)
		add_target(targets, count, written_name(plan->segments[i].name, arena), plan->segments[i].node, about->segments[i]);
	for (uint32_t i = 0; i < about->value_count; i++)
		if (about->values[i].result != PPM_NO_ID)
			add_target(targets, count, written_name(about->values[i].name, arena), plan->results[about->values[i].result].node, about->values[i].result);
	return arena->failed ? NULL : targets;
}

struct walk {
	struct ppm_capture *capture;
	const struct ppm_plan *plan;
	uint8_t *seen; // [node]
};

// Marks the columns whose own values count, but not those that only tell which rows belong together.
static void walk(void *context, ppm_node_id id)
{
	struct walk *w = context;
	if (id == PPM_NODE_NONE || id == PPM_NODE_POISON || w->seen[id])
		return;
	w->seen[id] = 1;
	const struct ppm_node *node = &w->plan->nodes[id];
	if (node->op != PPM_NODE_COLUMN) {
		ppm_plan_operands(w->plan, id, walk, w);
		return;
	}
	const struct ppm_plan_column *column = &w->plan->columns[node->index];
	w->capture->plain[node->index] = 1;
	if (column->kind == PPM_PLAN_COMPANY || column->kind == PPM_PLAN_OUTER || column->kind == PPM_PLAN_INNER)
		walk(w, column->value);
	if (column->kind != PPM_PLAN_STEP)
		return;
	const struct ppm_plan_step *step = &w->plan->steps[column->index];
	walk(w, step->value);
	walk(w, step->where);
	walk(w, step->order);
	for (uint32_t i = 0; i < step->value_count; i++)
		walk(w, step->values[i]);
}

// A link by way of a third dataset is two.
static void mark_link(const struct ppm_plan *plan, uint32_t link, uint8_t *marks)
{
	while (link < plan->link_count) {
		const struct ppm_plan_link *l = &plan->links[link];
		marks[link] = 1;
		if (l->kind != PPM_LINK_COMPOSE)
			return;
		mark_link(plan, l->first, marks);
		link = l->second;
	}
}

static void mark_step(struct ppm_capture *capture, const struct ppm_plan *plan, const struct ppm_plan_step *step)
{
	if (step->kind == PPM_STEP_GATHER) {
		mark_link(plan, step->link, capture->up);
		return;
	}
	if (step->kind == PPM_STEP_TREE_AGGREGATE) {
		mark_link(plan, plan->trees[step->tree].link, capture->down);
		return;
	}
	const struct ppm_plan_dataset *over = step->dataset < plan->dataset_count ? &plan->datasets[step->dataset] : NULL;
	if (!over || over->kind != PPM_DATASET_PAIRS) {
		mark_link(plan, step->link, capture->down);
		return;
	}
	if (over->relation == PPM_PAIRS_TREE)
		mark_link(plan, plan->trees[over->tree].link, capture->down);
	else if (over->relation == PPM_PAIRS_KEYS) {
		mark_link(plan, over->outer_link, capture->up);
		mark_link(plan, over->inner_link, capture->down);
	}
}

bool ppm_capture_begin(struct ppm_capture *capture, const struct ppm_model *model, struct ppm_arena *arena)
{
	const struct ppm_plan *plan = ppm_model_plan(model);
	struct ppm_plan_reach reach;
	uint32_t count;
	*capture = (struct ppm_capture){ .model = model, .arena = arena };
	capture->rows = ppm_arena_allocate(arena, PPM_CAPTURED_ROWS + 1, sizeof *capture->rows);
	capture->columns = ppm_arena_allocate(arena, plan->column_count + 1, 1);
	capture->plain = ppm_arena_allocate(arena, plan->column_count + 1, 1);
	capture->down = ppm_arena_allocate(arena, plan->link_count + 1, 1);
	capture->up = ppm_arena_allocate(arena, plan->link_count + 1, 1);
	struct walk w = { capture, plan, ppm_arena_allocate(arena, plan->node_count + 1, 1) };
	const struct target *targets = find_targets(model, arena, &count);
	bool fine = targets && w.seen && !arena->failed && ppm_plan_reach_init(&reach, plan);
	if (!fine)
		return false;
	for (uint32_t i = 0; i < count && fine; i++) {
		walk(&w, targets[i].node);
		fine = ppm_plan_reach_add(&reach, targets[i].node);
	}
	memcpy(capture->columns, reach.columns, plan->column_count);
	for (size_t i = 0; i < plan->step_count; i++)
		if (reach.steps[i])
			mark_step(capture, plan, &plan->steps[i]);
	for (uint32_t i = 0; i < plan->column_count; i++)
		if (capture->plain[i] && plan->columns[i].kind == PPM_PLAN_DEPTH)
			mark_link(plan, plan->trees[plan->columns[i].index].link, capture->up);
	ppm_plan_reach_free(&reach);
	return fine;
}

bool ppm_capture_wants(const struct ppm_capture *capture, uint32_t dataset)
{
	const struct ppm_plan *plan = ppm_model_plan(capture->model);
	bool wanted = dataset == 0 || dataset == ppm_plan_made_of(plan, 0);
	for (size_t i = 0; i < plan->link_count && !wanted; i++)
		wanted = (capture->down[i] && plan->links[i].from == dataset) || (capture->up[i] && plan->links[i].to == dataset);
	return wanted;
}

// ---- values ---------------------------------------------------------------------------------------------------------------

// The values of one row of a batch.
struct reading {
	const uint32_t *columns;
	const struct ppm_program *program;
	const struct ppm_source *source;
	const struct ppm_text_pool *texts;
	const struct ppm_batch *batch;
	uint32_t row;
};

static void append_decimal(struct ppm_buffer *out, ppm_int128 value, int places)
{
	char digits[64];
	ppm_buffer_append(out, digits, ppm_decimal_write_short(value, places, digits));
}

// A bare figure takes the unit of what it meets; a percent is none, and has its period with it: `12% per year`, `(-3%) per year`. The percent begins at `from`.
static struct ppm_slice with_period(struct ppm_type type, struct ppm_slice all, size_t from, struct ppm_arena *arena)
{
	if (type.base != PPM_BASE_PERCENT || !type.period || !all.size)
		return all;
	bool negative = all.data[from] == '-';
	return ppm_arena_format(arena, "%.*s%s%.*s%s per %s", (int)from, all.data, negative ? "(" : "", (int)(all.size - from), all.data + from, negative ? ")" : "",
		ppm_period_name((enum ppm_period)type.period));
}

static void append_value(const struct reading *r, const struct ppm_column *column, const void *values, struct ppm_slice raw, struct ppm_buffer *out)
{
	char digits[400];
	switch (column->type) {
	case PPM_COLUMN_TEXT: {
		uint32_t code = values ? (uint32_t)((const int32_t *)values)[r->row] : r->texts->constant_count;
		struct ppm_buffer plain;
		ppm_buffer_init(&plain, NULL);
		if (code == r->texts->constant_count) // not told apart from others
			ppm_append_unquoted(&plain, raw);
		struct ppm_slice text = code == r->texts->constant_count ? (plain.size ? ppm_buffer_slice(&plain) : PPM_SLICE("")) : ppm_text_pool_get(r->texts, code);
		for (uint32_t i = 0; i < column->spelling_count && code == r->texts->constant_count; i++)
			if (ppm_slice_equal(column->spellings[i].from, text)) {
				text = column->spellings[i].to;
				break;
			}
		if (text.size) // else it is missing
			write_expression(&(struct ppm_expression){ .kind = PPM_EXPRESSION_TEXT, .text = text, .depth = 1 }, out);
		out->failed = out->failed || plain.failed;
		ppm_buffer_free(&plain);
		break;
	}
	case PPM_COLUMN_MONEY: append_decimal(out, ((const int64_t *)values)[r->row], PPM_MONEY_PLACES); break;
	case PPM_COLUMN_PERCENT: ppm_testing_append_percent(out, ((const double *)values)[r->row]); break;
	case PPM_COLUMN_NUMBER: ppm_buffer_append(out, digits, ppm_testing_number(((const double *)values)[r->row], digits)); break;
	case PPM_COLUMN_DATE:
		ppm_date_write(((const int32_t *)values)[r->row], digits);
		ppm_buffer_append(out, digits, 10);
		break;
	case PPM_COLUMN_DURATION: ppm_buffer_format(out, "%d %s", (int)((const int32_t *)values)[r->row], column->months ? "months" : "days"); break;
	case PPM_COLUMN_FLAG: ppm_buffer_append_text(out, ppm_mask_bit(values, r->row) ? "yes" : "no"); break;
	}
}

// As a model writes it; nothing where it is missing.
static void append_cell(const struct reading *r, uint32_t index, struct ppm_buffer *out)
{
	const struct ppm_column *column = &r->program->columns[index];
	const void *values = column->read ? ppm_batch_values(r->batch, index) : NULL;
	const uint64_t *present = column->read && r->batch->present ? r->batch->present[index] : NULL;
	if (present && !ppm_mask_bit(present, r->row))
		return;
	if (!values && column->type != PPM_COLUMN_TEXT)
		return;
	struct ppm_slice raw = ppm_batch_field(r->batch, r->row, ppm_source_column_field(r->source, index));
	if (!values && !raw.size)
		return;
	append_value(r, column, values, raw, out);
}

// ---- which rows -------------------------------------------------------------------------------------------------------------

// The plan column whose value is a part of the link's key; PPM_NO_ID when it is computed.
static uint32_t key_column(const struct ppm_plan *plan, const struct ppm_plan_link *link, uint32_t part)
{
	if (link->keys[part].is_link || plan->nodes[link->keys[part].value].op != PPM_NODE_COLUMN)
		return PPM_NO_ID;
	return plan->nodes[link->keys[part].value].index;
}

// Whether the batch's row has this value in the plan's column; a missing one is like none.
static bool has_value(const struct reading *r, uint32_t plan_column, struct ppm_slice wanted, struct ppm_buffer *cell)
{
	for (uint32_t i = 0; i < r->program->column_count && wanted.size; i++)
		if (r->columns[i] == plan_column) {
			cell->size = 0;
			append_cell(r, i, cell);
			return cell->size == wanted.size && !memcmp(cell->data, wanted.data, wanted.size);
		}
	return false;
}

// What it says is about the scored row alone.
static bool is_overriding(const struct ppm_plan *plan, uint32_t dataset)
{
	for (size_t i = 0; i < plan->overriding_count; i++)
		if (plan->overridings[i].dataset == dataset)
			return true;
	return false;
}

static bool belongs(const struct ppm_capture *capture, const struct reading *r, uint32_t dataset, struct ppm_buffer *cell, bool *below)
{
	const struct ppm_plan *plan = ppm_model_plan(capture->model);
	bool found = false;
	*below = false;
	if (dataset && dataset == ppm_plan_made_of(plan, 0)) { // a row of those that the captured one is made of
		const struct ppm_plan_link *made = &plan->links[plan->datasets[0].link];
		*below = made->key_count == 1 && has_value(r, ppm_plan_key_made_of(plan, made->other_keys[0]), capture->key, cell);
	}
	for (size_t l = 0; l < plan->link_count && !*below; l++) {
		const struct ppm_plan_link *link = &plan->links[l];
		bool down = capture->down[l] && link->from == dataset, up = capture->up[l] && link->to == dataset;
		if (link->kind != PPM_LINK_MATCH || !(down || up) || !link->key_count)
			continue;
		for (uint32_t i = 0; i < capture->row_count && !*below; i++) {
			const struct ppm_captured_row *other = &capture->rows[i];
			bool is_child = down && other->dataset == link->to && other->below,
			     is_partner = up && !found && other->dataset == link->from && (i == 0 || !is_overriding(plan, dataset));
			for (uint32_t k = 0; k < link->key_count && (is_child || is_partner); k++) {
				uint32_t from = key_column(plan, link, k), to = link->other_keys[k];
				is_child = is_child && from != PPM_NO_ID && to != PPM_NO_ID && has_value(r, from, other->cells[to], cell);
				is_partner = is_partner && from != PPM_NO_ID && to != PPM_NO_ID && has_value(r, to, other->cells[from], cell);
			}
			*below = is_child;
			found = found || is_partner;
		}
	}
	return *below || found;
}

bool ppm_capture_take(struct ppm_capture *capture, uint32_t dataset, const uint32_t *columns, const struct ppm_program *program, const struct ppm_source *source,
	const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint32_t row, uint64_t line, bool own)
{
	const struct reading r = { columns, program, source, texts, batch, row };
	struct ppm_arena *arena = capture->arena;
	struct ppm_captured_row *known = NULL;
	struct ppm_buffer cell;
	bool below = own;
	for (uint32_t i = 0; i < capture->row_count && !known; i++)
		if (capture->rows[i].dataset == dataset && capture->rows[i].line == line)
			known = &capture->rows[i];
	if (known && known->below)
		return true;
	ppm_buffer_init(&cell, NULL);
	bool taken = own || belongs(capture, &r, dataset, &cell, &below);
	if (known && below)
		known->below = true;
	else if (taken && !known && capture->row_count == PPM_CAPTURED_ROWS)
		capture->more = true;
	else if (taken && !known) {
		struct ppm_captured_row *added = &capture->rows[capture->row_count++];
		*added = (struct ppm_captured_row){ dataset, line, below, ppm_arena_allocate(arena, ppm_model_plan(capture->model)->column_count + 1, sizeof *added->cells) };
		for (uint32_t i = 0; i < program->column_count && added->cells; i++) {
			cell.size = 0;
			if (columns[i] != PPM_NO_ID)
				append_cell(&r, i, &cell);
			if (!cell.size)
				continue;
			added->cells[columns[i]] = with_period(ppm_model_plan(capture->model)->columns[columns[i]].type, ppm_arena_copy(arena, ppm_buffer_slice(&cell)), 0, arena);
		}
	}
	bool fine = !cell.failed && !arena->failed;
	ppm_buffer_free(&cell);
	return fine;
}

// ---- the text ---------------------------------------------------------------------------------------------------------------

// How much of what only tells rows apart is given.
enum naming { NAMING_NONE, NAMING_OTHERS, NAMING_ALL };

struct expectation {
	struct target target;
	struct ppm_slice text;            // "score = 50"
	const struct ppm_plan_step *step; // that compares the row with all others, or NULL
	bool holds;
	struct ppm_slice problem; // why it could not be told by itself
};

struct writing {
	struct ppm_capture *capture;
	const struct ppm_plan *plan;
	struct expectation *expectations;
	uint32_t count;
	struct ppm_slice problem; // of the last run: why the row could not be scored, or the first error
};

// Whether it is a key, or one leads from it to another row.
static bool is_identity(const struct ppm_plan *plan, uint32_t column, bool *of_scored)
{
	bool is = plan->columns[column].key;
	*of_scored = plan->columns[column].dataset == 0;
	for (size_t l = 0; l < plan->link_count; l++)
		for (uint32_t k = 0; k < plan->links[l].key_count && plan->links[l].kind == PPM_LINK_MATCH; k++)
			if (key_column(plan, &plan->links[l], k) == column || plan->links[l].other_keys[k] == column) {
				is = true;
				*of_scored = *of_scored || plan->links[l].to == 0;
			}
	return is;
}

static bool is_given(const struct writing *w, uint32_t column, enum naming naming)
{
	const struct ppm_plan_column *c = &w->plan->columns[column];
	bool of_scored;
	if (c->kind != PPM_PLAN_FIELD)
		return false;
	if (w->capture->plain[column])
		return true;
	if (!is_identity(w->plan, column, &of_scored))
		return w->capture->columns[column];
	return naming == NAMING_ALL || (naming == NAMING_OTHERS && !of_scored);
}

// Left out, a column that refers to a dataset of which the test gives one row would mean that row.
static bool would_refer(const struct writing *w, uint32_t column)
{
	const struct ppm_plan_column *c = &w->plan->columns[column];
	bool would = false;
	if (!c->optional || !c->declaration || !c->declaration->references.text.size)
		return false;
	for (uint32_t i = 0; i < w->capture->row_count && !would; i++)
		would = ppm_slice_equal(w->plan->datasets[w->capture->rows[i].dataset].name, c->declaration->references.text) && w->capture->rows[i].dataset != c->dataset;
	return would;
}

static struct ppm_slice text_literal(struct ppm_slice text, struct ppm_arena *arena)
{
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	write_expression(&(struct ppm_expression){ .kind = PPM_EXPRESSION_TEXT, .text = text, .depth = 1 }, &out);
	return ppm_arena_take(arena, &out);
}

static bool is_for_missing(const struct ppm_column_declaration *d, struct ppm_slice text)
{
	for (const struct ppm_text_list *token = d->missing; token; token = token->next)
		if (ppm_slice_equal(token->text.text, text))
			return true;
	return false;
}

// What a test gives is read as a cell of the file is, by `missing` and `values`: a text that those would make something else of is given as one that they make it of.
static struct ppm_slice as_a_cell(const struct writing *w, const struct ppm_plan_column *column, struct ppm_slice literal)
{
	const struct ppm_column_declaration *d = column->declaration;
	struct ppm_arena *arena = w->capture->arena;
	struct ppm_slice cell = literal;
	bool other = false;
	for (const struct ppm_text_list *token = d ? d->missing : NULL; token && column->type.base == PPM_BASE_TEXT; token = token->next)
		other = other || ppm_slice_equal(text_literal(token->text.text, arena), literal);
	for (const struct ppm_spelling *s = d ? d->values : NULL; s && column->type.base == PPM_BASE_TEXT; s = s->next)
		other = other || ppm_slice_equal(text_literal(s->from.text, arena), literal);
	for (const struct ppm_spelling *s = other ? d->values : NULL; s; s = s->next)
		if (ppm_slice_equal(text_literal(s->to.text, arena), literal) && !is_for_missing(d, s->from.text))
			cell = text_literal(s->from.text, arena);
	return cell;
}

static void write_columns(const struct writing *w, const struct ppm_captured_row *row, enum naming naming, const char *before, struct ppm_buffer *out)
{
	const struct ppm_plan *plan = w->plan;
	bool any = false;
	for (uint32_t i = 0; i < plan->column_count; i++) {
		if (plan->columns[i].dataset != row->dataset || plan->columns[i].kind != PPM_PLAN_FIELD)
			continue;
		bool missing = !row->cells[i].size, refers = missing && w->capture->columns[i] && would_refer(w, i);
		if (!refers && !is_given(w, i, naming))
			continue;
		if (missing && !refers && (row != w->capture->rows || !plan->columns[i].optional)) // it is missing where it is not given
			continue;
		struct ppm_slice name = written_name(plan->columns[i].name, w->capture->arena);
		struct ppm_slice value = missing ? PPM_SLICE("missing") : as_a_cell(w, &plan->columns[i], row->cells[i]);
		ppm_buffer_format(out, "%s%.*s = ", any ? ", " : before, SHOW(name));
		ppm_buffer_append(out, value.data, value.size);
		any = true;
	}
	if (any && *before != '\0' && row == w->capture->rows)
		ppm_buffer_append_char(out, '\n');
}

// Params that have another value than the model gives them, and the day.
static void write_settings(const struct writing *w, struct ppm_buffer *out)
{
	char day[10];
	for (size_t i = 0; i < w->plan->param_count + w->plan->list_param_count; i++) {
		const struct ppm_plan_param *param = i < w->plan->param_count ? &w->plan->params[i] : &w->plan->list_params[i - w->plan->param_count];
		if (param->standard || !(param->set || param->scenario.size) || !param->written)
			continue;
		struct ppm_slice name = written_name(param->full, w->capture->arena);
		ppm_buffer_format(out, "  given %.*s = ", SHOW(name));
		ppm_expression_write(param->written, out);
		ppm_buffer_append_char(out, '\n');
	}
	if (w->plan->has_as_of) {
		ppm_date_write(w->plan->as_of, day);
		ppm_buffer_format(out, "  given as_of = %.10s\n", day);
	}
}

// `only`: the one expectation; PPM_NO_ID: all that hold.
static void write_test(const struct writing *w, enum naming naming, uint32_t only, struct ppm_buffer *out)
{
	const struct ppm_capture *capture = w->capture;
	const struct ppm_plan *plan = w->plan;
	bool own = capture->row_count && plan->datasets[0].kind == PPM_DATASET_FILE;
	ppm_buffer_append_text(out, "test ");
	ppm_expression_write(&(struct ppm_expression){ .kind = PPM_EXPRESSION_TEXT, .text = capture->title, .depth = 1 }, out);
	ppm_buffer_append_text(out, " {\n");
	for (const struct ppm_captured_left *left = capture->left; left; left = left->next)
		ppm_buffer_format(out, "  # Left out: %.*s. %.*s.\n", SHOW(left->names), SHOW(left->why));
	write_settings(w, out);
	if (own)
		write_columns(w, &capture->rows[0], naming, "  given ", out);
	for (uint32_t d = 0; d < plan->dataset_count; d++) {
		bool any = false;
		for (uint32_t i = own; i < capture->row_count; i++) {
			if (capture->rows[i].dataset != d)
				continue;
			if (!any) {
				struct ppm_slice name = written_name(plan->datasets[d].name, capture->arena);
				ppm_buffer_format(out, "  given %.*s", SHOW(name));
			}
			ppm_buffer_append_text(out, any ? "\n    {" : " {");
			write_columns(w, &capture->rows[i], naming, " ", out);
			ppm_buffer_append_text(out, " }");
			any = true;
		}
		if (any)
			ppm_buffer_append_char(out, '\n');
	}
	for (uint32_t i = 0; i < w->count; i++)
		if (only == PPM_NO_ID ? w->expectations[i].holds : i == only)
			ppm_buffer_format(out, "  expect %.*s\n", SHOW(w->expectations[i].text));
	ppm_buffer_append_text(out, "}\n");
}

// ---- what is expected -------------------------------------------------------------------------------------------------------

// A JSON text without its escapes.
static struct ppm_slice plain_text(struct ppm_slice json, struct ppm_arena *arena)
{
	char *out = ppm_arena_allocate(arena, json.size + 1, 1);
	size_t size = 0;
	for (size_t i = 1; out && i + 1 < json.size; i++) { // what a sink wrote is well formed
		char c = json.data[i];
		if (c != '\\') {
			out[size++] = c;
			continue;
		}
		c = json.data[++i];
		if (c != 'u') {
			out[size++] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
			continue;
		}
		uint32_t code = 0;
		for (int k = 0; k < 4; k++) {
			char digit = json.data[++i];
			code = code * 16 + (uint32_t)(digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
		}
		size += ppm_utf8_encode(code, out + size); // at most three bytes for the six of the escape
	}
	return out ? (struct ppm_slice){ out, size } : PPM_SLICE("");
}

void ppm_capture_literal(struct ppm_slice json, struct ppm_arena *arena, struct ppm_buffer *out)
{
	if (json.size && json.data[0] == '"')
		write_expression(&(struct ppm_expression){ .kind = PPM_EXPRESSION_TEXT, .text = plain_text(json, arena), .depth = 1 }, out);
	else
		ppm_buffer_append(out, json.data, json.size);
}

// A figure in its own unit; rounded where a literal cannot have all its places.
static void expect_figure(const struct target *target, enum ppm_base base, ppm_int128 value, struct ppm_buffer *out)
{
	struct ppm_slice name = target->name;
	int most = base == PPM_BASE_MONEY ? PPM_MONEY_PLACES : PPM_EXACT_PLACES;
	ppm_int128 unit = ppm_power_of_ten[PPM_EXACT_PLACES - most], size = value < 0 ? -value : value;
	uint32_t digits = 0;
	for (ppm_int128 rest = size; rest; rest /= 10)
		digits++;
	for (ppm_int128 rest = size; rest && rest % 10 == 0; rest /= 10)
		digits--;
	if (value % unit || digits > DIGITS_LIMIT) {
		int places = most < ROUNDED ? most : ROUNDED, whole = 0;
		for (ppm_int128 rest = size / ppm_power_of_ten[PPM_EXACT_PLACES]; rest; rest /= 10)
			whole++;
		while (places && whole + places > DIGITS_LIMIT)
			places--;
		unit = ppm_power_of_ten[PPM_EXACT_PLACES - places];
		value = (value + (value < 0 ? -unit / 2 : unit / 2)) / unit * unit;
		ppm_buffer_format(out, "round(%.*s, %d) = ", SHOW(name), places);
	} else
		ppm_buffer_format(out, "%.*s = ", SHOW(name));
	append_decimal(out, base == PPM_BASE_PERCENT ? value * 100 : value, PPM_EXACT_PLACES);
	if (base == PPM_BASE_PERCENT)
		ppm_buffer_append_char(out, '%');
}

// Of a figure that has no exact decimal, since it is too large, the double that it is.
static void expect_double(const struct target *target, enum ppm_base base, double value, struct ppm_buffer *out)
{
	char digits[400];
	ppm_buffer_format(out, "%.*s = ", SHOW(target->name));
	if (base == PPM_BASE_PERCENT)
		ppm_testing_append_percent(out, value);
	else
		ppm_buffer_append(out, digits, ppm_testing_number(value, digits));
}

static struct ppm_slice expect(const struct writing *w, const struct target *target)
{
	const struct ppm_captured_result *result = &w->capture->results[target->result];
	const struct ppm_type type = w->plan->nodes[target->node].type;
	const enum ppm_base base = type.base;
	struct ppm_arena *arena = w->capture->arena;
	struct ppm_slice name = target->name, json = result->json;
	if (ppm_slice_is(json, "null"))
		return ppm_arena_format(arena, "%.*s is missing", SHOW(name));
	if (ppm_slice_is(json, "true"))
		return name;
	if (ppm_slice_is(json, "false"))
		return ppm_arena_format(arena, "not %.*s", SHOW(name));
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	if (base == PPM_BASE_DATE || base == PPM_BASE_DURATION) { // as a result shows them
		struct ppm_slice text = plain_text(json, arena);
		ppm_buffer_format(&out, "%.*s = %.*s", SHOW(name), SHOW(text));
	} else if (base == PPM_BASE_TEXT) {
		ppm_buffer_format(&out, "%.*s = ", SHOW(name));
		ppm_capture_literal(json, arena, &out);
	} else if (result->exact && target->node != w->plan->score)
		expect_figure(target, base, result->value, &out);
	else if (result->is_double && !result->exact)
		expect_double(target, base, result->number, &out);
	else
		ppm_buffer_format(&out, "%.*s = %.*s", SHOW(name), SHOW(json));
	struct ppm_slice text = ppm_arena_take(arena, &out);
	const char *sign = memrchr(text.data, '=', text.size);
	return sign ? with_period(type, text, (size_t)(sign - text.data) + 2, arena) : text;
}

// Whether the step's result is made of rows that no test of one row gives.
static bool compares(const struct ppm_plan *plan, const struct ppm_plan_step *step)
{
	const struct ppm_plan_link *link = step->link < plan->link_count ? &plan->links[step->link] : NULL;
	const struct ppm_plan_dataset *over = step->dataset < plan->dataset_count ? &plan->datasets[step->dataset] : NULL;
	switch (step->kind) {
	case PPM_STEP_GATHER:
	case PPM_STEP_TREE_AGGREGATE: return false;
	case PPM_STEP_AGREEMENT: return true;
	case PPM_STEP_RANK: return step->dataset == 0 || !link || link->kind != PPM_LINK_MATCH;
	case PPM_STEP_AGGREGATE: break;
	}
	if (over && over->kind == PPM_DATASET_PAIRS)
		return over->relation != PPM_PAIRS_TREE && (over->relation != PPM_PAIRS_KEYS || over->inner == 0);
	if (!link || link->kind == PPM_LINK_ALL)
		return true;
	return link->kind == PPM_LINK_GROUP && link->to != 0;
}

static bool find_expectations(struct writing *w)
{
	struct ppm_arena *arena = w->capture->arena;
	struct ppm_plan_reach reach;
	const struct target *targets = find_targets(w->capture->model, arena, &w->count);
	w->expectations = ppm_arena_allocate(arena, w->count + 1, sizeof *w->expectations);
	if (!targets || !w->expectations)
		return false;
	bool fine = ppm_plan_reach_init(&reach, w->plan);
	for (uint32_t i = 0; i < w->count && fine; i++) {
		struct expectation *e = &w->expectations[i];
		*e = (struct expectation){ .target = targets[i], .text = expect(w, &targets[i]) };
		ppm_plan_reach_clear(&reach);
		fine = ppm_plan_reach_add(&reach, targets[i].node);
		for (size_t s = 0; s < w->plan->step_count && fine && !e->step; s++)
			if (reach.steps[s] && compares(w->plan, &w->plan->steps[s]))
				e->step = &w->plan->steps[s];
	}
	ppm_plan_reach_free(&reach);
	return fine && !arena->failed;
}

// ---- trying it ----------------------------------------------------------------------------------------------------------------

// The captured test in place of the model's file of tests.
struct shown {
	struct ppm_loader inner;
	struct ppm_slice path, text;
};

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	const struct shown *shown = context;
	if (!ppm_slice_equal(path, shown->path))
		return shown->inner.load(shown->inner.context, path, text, identity, problem);
	*text = shown->text;
	*identity = path;
	return PPM_OK;
}

static void keep_problem(struct writing *w, struct ppm_slice problem)
{
	if (!w->problem.size && problem.size)
		w->problem = ppm_arena_copy(w->capture->arena, problem);
}

// Runs the test, with one expectation or all that hold; those that did not are marked. *ran: it compiled, and its row was scored.
static enum ppm_status try_text(struct writing *w, const struct ppm_testing_request *base, struct ppm_slice text, uint32_t only, bool *ran)
{
	struct ppm_testing_request request = *base;
	struct ppm_compile_options options = *base->compile;
	struct shown shown = { base->compile->loader, base->compile->tests_path, text };
	struct ppm_testing testing;
	options.loader = (struct ppm_loader){ load, &shown };
	request.compile = &options;
	request.contains = w->capture->title;
	request.explain = false;
	enum ppm_status status = ppm_testing_run(&testing, &request);
	*ran = false;
	if (status == PPM_ERROR_MODEL && testing.model)
		for (const struct ppm_diagnostic *d = ppm_model_diagnostics(testing.model)->first; d; d = d->next)
			if (d->severity == PPM_SEVERITY_ERROR)
				keep_problem(w, d->message);
	for (uint32_t i = 0; i < testing.count && !status; i++) {
		const struct ppm_test_result *result = &testing.results[i];
		if (!ppm_slice_equal(result->title, w->capture->title))
			continue;
		*ran = result->outcome != PPM_TEST_ERROR;
		keep_problem(w, result->problem);
		for (uint32_t f = 0; f < result->failure_count; f++) {
			struct ppm_slice failed = ppm_source_map_text(ppm_model_sources(testing.model), result->failures[f].span);
			for (uint32_t e = 0; e < w->count; e++)
				if ((only == PPM_NO_ID || e == only) && ppm_slice_equal(w->expectations[e].text, failed))
					w->expectations[e].holds = false;
		}
	}
	ppm_testing_free(&testing);
	return status == PPM_ERROR_MODEL ? PPM_OK : status;
}

static enum ppm_status try_test(struct writing *w, const struct ppm_testing_request *request, enum naming naming, uint32_t only, bool *ran)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	write_test(w, naming, only, &text);
	enum ppm_status status = text.failed ? PPM_ERROR_MEMORY : try_text(w, request, ppm_buffer_slice(&text), only, ran);
	ppm_buffer_free(&text);
	return status;
}

// What holds in the test as it would be written; `held` counts it.
static enum ppm_status try_naming(struct writing *w, const struct ppm_testing_request *request, enum naming naming, uint32_t *held, uint32_t *of)
{
	bool ran = false;
	*held = *of = 0;
	w->problem = PPM_SLICE("");
	for (uint32_t i = 0; i < w->count; i++) {
		w->expectations[i].holds = !w->expectations[i].step;
		w->expectations[i].problem = PPM_SLICE("");
		*of += w->expectations[i].holds;
	}
	if (!*of)
		return PPM_OK;
	enum ppm_status status = try_test(w, request, naming, PPM_NO_ID, &ran);
	// what does not compile may be one expectation: each by itself
	for (uint32_t i = 0; i < w->count && !status && !ran; i++)
		if (w->expectations[i].holds) {
			bool one = false;
			w->problem = PPM_SLICE("");
			status = try_test(w, request, naming, i, &one);
			w->expectations[i].problem = one ? PPM_SLICE("") : w->problem;
			w->expectations[i].holds = w->expectations[i].holds && one;
		}
	for (uint32_t i = 0; i < w->count; i++)
		*held += w->expectations[i].holds;
	return status;
}

// Without keys if it holds without; they are somebody's.
static enum ppm_status choose_naming(struct writing *w, const struct ppm_testing_request *request, enum naming *naming)
{
	uint32_t best = 0, held = 0, of = 0;
	enum ppm_status status = PPM_OK;
	*naming = NAMING_NONE;
	for (enum naming n = NAMING_NONE; n <= NAMING_ALL && !status; n++) {
		status = try_naming(w, request, n, &held, &of);
		if (held > best) {
			best = held;
			*naming = n;
		}
		if (held == of)
			break;
	}
	return status || held == best ? status : try_naming(w, request, *naming, &held, &of);
}

// ---- what is left out ---------------------------------------------------------------------------------------------------------

static bool leave(struct writing *w, struct ppm_slice why, struct ppm_slice name)
{
	struct ppm_captured_left **at = &w->capture->left;
	while (*at && !ppm_slice_equal((*at)->why, why))
		at = &(*at)->next;
	if (*at)
		(*at)->names = ppm_arena_format(w->capture->arena, "%.*s, %.*s", SHOW((*at)->names), SHOW(name));
	else if ((*at = PPM_ARENA_NEW(w->capture->arena, struct ppm_captured_left)))
		**at = (struct ppm_captured_left){ .why = why, .names = name };
	return *at && !w->capture->arena->failed;
}

// On one line, and not too long for a comment.
static struct ppm_slice one_line(struct ppm_slice text, struct ppm_arena *arena)
{
	struct ppm_buffer line, out;
	ppm_buffer_init(&line, NULL);
	ppm_buffer_init(&out, NULL);
	ppm_source_append_line(&line, text);
	ppm_text_append_escaped(&out, ppm_arena_take(arena, &line), 120, false);
	return ppm_arena_take(arena, &out);
}

static bool leave_out(struct writing *w)
{
	struct ppm_arena *arena = w->capture->arena;
	bool fine = true;
	for (uint32_t i = 0; i < w->count && fine; i++) {
		const struct expectation *e = &w->expectations[i];
		struct ppm_slice why;
		if (e->holds)
			continue;
		if (e->step) {
			struct ppm_slice text = one_line(e->step->text, arena);
			why = text.size ? ppm_arena_format(arena, "`%.*s` is taken over rows that a test of one does not have", SHOW(text))
					: PPM_SLICE("it is compared with rows that a test of one does not have");
		} else if (w->capture->more)
			why = ppm_arena_format(arena, "it depends on more than %u rows", PPM_CAPTURED_ROWS);
		else if (e->problem.size) {
			struct ppm_slice problem = one_line(e->problem, arena);
			why = ppm_arena_format(arena, "with these rows alone it cannot be told: %.*s", SHOW(problem));
		} else
			why = PPM_SLICE("with these rows alone it is something else");
		fine = leave(w, why, e->target.name) && !arena->failed;
	}
	return fine;
}

static enum ppm_status format(struct ppm_slice text, struct ppm_buffer *out)
{
	struct ppm_arena arena;
	struct ppm_source_map map;
	struct ppm_diagnostics diagnostics;
	ppm_arena_init(&arena, NULL);
	ppm_source_map_init(&map, &arena);
	ppm_diagnostics_init(&diagnostics, &arena, &map);
	struct ppm_source *source = ppm_source_map_add(&map, PPM_SLICE("<captured>"), text);
	bool fine = source && ppm_format_source(&arena, &diagnostics, source, out);
	ppm_arena_free(&arena);
	return fine && !out->failed ? PPM_OK : PPM_ERROR_MEMORY;
}

enum ppm_status ppm_capture_write(struct ppm_capture *capture, const struct ppm_testing_request *request, struct ppm_buffer *out)
{
	struct writing w = { .capture = capture, .plan = ppm_model_plan(capture->model) };
	enum naming naming;
	if (!find_expectations(&w))
		return PPM_ERROR_MEMORY;
	enum ppm_status status = choose_naming(&w, request, &naming);
	if (status)
		return status;
	if (!leave_out(&w))
		return PPM_ERROR_MEMORY;
	capture->expectations = 0;
	for (uint32_t i = 0; i < w.count; i++)
		capture->expectations += w.expectations[i].holds;
	if (!capture->expectations)
		return PPM_OK;
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	write_test(&w, naming, PPM_NO_ID, &text);
	status = text.failed || capture->arena->failed ? PPM_ERROR_MEMORY : format(ppm_buffer_slice(&text), out);
	ppm_buffer_free(&text);
	return status;
}

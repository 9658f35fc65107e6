// A row with changed facts, as the engine scores it.
//
// A model that streams reads the changed rows from a text, thousands at a time. So does a job whose figures over other rows do not depend on the row itself: they are taken as they were
// watched. Where the row is compared with the others, or they or it itself read it, the file is read with the row exchanged, once for each try.
#include "lang/driver/explain_try.h"
#include "lang/driver/signals.h"
#include "runtime/engine/job_run.h"
#include "runtime/engine/row.h"

#include <math.h>
#include <stdlib.h>

#define WHOLE_LIMIT ((size_t)256 << 20) // of a file that is kept to exchange a row in it
#define TRIES UINT64_C(400000)
#define RUNS_ROWS UINT64_C(10000000) // rows that runs of their own may read together
#define RUNS_LEAST UINT64_C(60)
#define RUNS_MOST UINT64_C(3000)

// ---- records --------------------------------------------------------------------------------------------------

bool ppm_try_take_record(struct ppm_try_record *out, const struct ppm_batch *batch, uint32_t row, uint64_t line, struct ppm_arena *arena)
{
	out->line = line;
	out->field_count = batch->stride;
	out->fields = ppm_arena_allocate(arena, (size_t)batch->stride + 1, sizeof *out->fields);
	for (uint32_t i = 0; out->fields && i < batch->stride; i++) {
		struct ppm_slice raw = ppm_batch_field(batch, row, i);
		out->fields[i] = raw.size ? ppm_arena_copy(arena, raw) : PPM_SLICE("");
	}
	return !arena->failed;
}

static void append_header(struct ppm_try_rows *all, const struct ppm_source *source)
{
	ppm_buffer_init(&all->header, NULL);
	for (uint32_t i = 0; i < ppm_source_field_count(source); i++) {
		struct ppm_slice raw = ppm_source_field_raw(source, i);
		if (i)
			ppm_buffer_append_char(&all->header, ppm_source_delimiter(source));
		ppm_buffer_append(&all->header, raw.data, raw.size);
	}
	ppm_buffer_append_char(&all->header, '\n');
}

struct reading {
	struct ppm_try_rows *all;
	struct ppm_try_record *const *records;
	size_t count;
	struct ppm_arena *arena;
};

static bool take_batch(void *context, const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint64_t before)
{
	const struct reading *reading = context;
	struct ppm_try_rows *all = reading->all;
	(void)texts;
	char delimiter = ppm_source_delimiter(all->task->inputs[0].source);
	for (uint32_t row = 0; row < batch->rows; row++) {
		uint64_t line = before + batch->lines[row] + 1;
		size_t begin = all->file.text.size;
		if (batch->refused[row / 64] >> row % 64 & 1)
			continue;
		for (uint32_t i = 0; all->file.whole && i < batch->stride; i++) {
			struct ppm_slice raw = ppm_batch_field(batch, row, i);
			if (i)
				ppm_buffer_append_char(&all->file.text, delimiter);
			ppm_buffer_append(&all->file.text, raw.data, raw.size);
		}
		if (all->file.whole)
			ppm_buffer_append_char(&all->file.text, '\n');
		for (size_t i = 0; i < reading->count; i++) {
			struct ppm_try_record *record = reading->records[i];
			if (record->line != line)
				continue;
			if (!ppm_try_take_record(record, batch, row, line, reading->arena))
				return false;
			record->begin = begin;
			record->end = all->file.text.size;
		}
	}
	if (all->file.text.size > WHOLE_LIMIT) {
		ppm_buffer_free(&all->file.text);
		ppm_buffer_init(&all->file.text, NULL);
		all->file.whole = false;
	}
	return !all->file.text.failed;
}

bool ppm_try_reads_itself(const struct ppm_job *job, const struct ppm_job_watch *watch, uint64_t line)
{
	for (const struct ppm_watched_figure *f = watch ? watch->figures : NULL; f; f = f->next)
		if (f->action->kind == PPM_ACTION_GATHER && f->table == job->scored && f->row_count && !f->rows[0].against && f->rows[0].line == line)
			return true;
	return false;
}

bool ppm_try_is_alone(const struct ppm_try_row *row)
{
	return row->all->about->compares || (row->record && row->record->reads_itself);
}

enum ppm_exit ppm_try_read(struct ppm_try_rows *all, struct ppm_try_record *const *records, size_t count, struct ppm_arena *arena)
{
	const struct ppm_input *input = &all->task->inputs[0];
	struct reading reading = { all, records, count, arena };

	append_header(all, input->source);
	ppm_buffer_init(&all->file.text, NULL);
	if (all->header.failed)
		return ppm_driver_memory(all->driver);
	if (!ppm_model_job(all->task->model))
		return PPM_EXIT_DONE;
	all->file.whole = all->about->compares;
	for (size_t i = 0; i < count; i++)
		all->file.whole = all->file.whole || records[i]->reads_itself;
	if (all->file.whole)
		ppm_buffer_append(&all->file.text, all->header.data, all->header.size);
	return ppm_input_read_again(all->driver, input, take_batch, &reading);
}

void ppm_try_free(struct ppm_try_rows *all)
{
	ppm_buffer_free(&all->header);
	ppm_buffer_free(&all->file.text);
}

// ---- outcomes -------------------------------------------------------------------------------------------------

struct running {
	struct ppm_try_row *of;
	struct ppm_try_outcome *outcomes;
	const uint64_t *lines; // [try], ascending; NULL: by index
	size_t count, next;
	uint64_t only; // a run of its own over rows that stand on no line: the row's index
	bool alone;
};

// As the plan names it, or else as it is shown; the same name is one text.
static bool take_tier(struct ppm_try_row *of, const struct ppm_engine_row *row, struct ppm_try_outcome *outcome)
{
	const struct ppm_plan *plan = of->all->about->plan;
	struct ppm_buffer text;
	ppm_buffer_init(&text, NULL);
	ppm_sink_cell(row->sink, row->batch, row->vm, row->row, of->all->about->tier, &text);
	struct ppm_slice name = { text.data ? text.data : "", text.size };
	outcome->tier = PPM_NO_ID;
	for (uint32_t i = 0; i < plan->tier_count && outcome->tier == PPM_NO_ID; i++)
		if (ppm_slice_equal(plan->tiers[i].name, name)) {
			outcome->tier = i;
			outcome->tier_name = plan->tiers[i].name;
		}
	if (outcome->tier == PPM_NO_ID)
		outcome->tier_name = ppm_slice_is(name, "disqualified") ? PPM_SLICE("disqualified")
			: ppm_slice_is(name, "unverified")              ? PPM_SLICE("unverified")
			: name.size == 0                                ? PPM_SLICE("none")
									: ppm_arena_copy(of->arena, name);
	bool fine = !text.failed && outcome->tier_name.data;
	ppm_buffer_free(&text);
	return fine;
}

static bool see(void *context, const struct ppm_engine_row *row)
{
	struct running *running = context;
	struct ppm_try_row *of = running->of;
	const struct ppm_explanation *about = of->all->about;
	size_t at = running->next;
	if (!running->lines && running->alone && row->batch->record + row->row != running->only)
		return true;
	if (running->lines) {
		while (running->next < running->count && running->lines[running->next] < row->line)
			running->next++;
		at = running->next;
		if (at >= running->count || running->lines[at] != row->line)
			return true;
	} else if (!running->alone) {
		at = (size_t)(row->batch->record + row->row);
	}
	if (at >= running->count)
		return true;
	struct ppm_try_outcome *outcome = &running->outcomes[at];
	*outcome = (struct ppm_try_outcome){ .valid = true };
	outcome->has_score = about->score != PPM_NO_ID && ppm_row_number(row, about->score, &outcome->score);
	for (uint32_t i = 0; of->target != PPM_NO_ID && i < about->tiers[of->target].clause_count && i < 64; i++) {
		bool holds = false;
		if (about->tiers[of->target].clauses[i].holds != PPM_NO_ID && ppm_row_flag(row, about->tiers[of->target].clauses[i].holds, &holds) && holds)
			outcome->clauses |= UINT64_C(1) << i;
	}
	return take_tier(of, row, outcome);
}

// ---- changed rows as text -------------------------------------------------------------------------------------

static uint32_t field_of(const struct ppm_try_row *of, const struct ppm_row_fact *fact, const struct ppm_column **column)
{
	const struct ppm_input *input = &of->all->task->inputs[0];
	const struct ppm_program *program = ppm_model_job(of->all->task->model) ? input->program : ppm_model_program(of->all->task->model);
	struct ppm_slice name = of->all->about->plan->columns[fact->column].name;
	for (uint32_t i = 0; i < program->column_count; i++)
		if (program->columns[i].origin == PPM_FROM_FIELD && ppm_slice_equal(program->columns[i].name, name)) {
			*column = &program->columns[i];
			return ppm_source_column_field(input->source, i);
		}
	return UINT32_MAX;
}

static void append_row(const struct ppm_try_row *of, const struct ppm_try *try, struct ppm_buffer *out)
{
	for (uint32_t field = 0; field < of->record->field_count; field++) {
		bool changed = false;
		if (field)
			ppm_buffer_append_char(out, ppm_source_delimiter(of->all->task->inputs[0].source));
		for (uint32_t i = 0; i < try->count && !changed; i++) {
			const struct ppm_row_fact *fact = &of->facts[try->changes[i].fact];
			const struct ppm_column *column = NULL;
			if (fact->column == PPM_NO_ID || field_of(of, fact, &column) != field)
				continue;
			ppm_row_fact_field(fact, try->changes[i].value, column, out);
			changed = true;
		}
		if (!changed)
			ppm_buffer_append(out, of->record->fields[field].data, of->record->fields[field].size);
	}
	ppm_buffer_append_char(out, '\n');
}

static uint64_t count_lines(const char *text, size_t size)
{
	uint64_t count = 0;
	for (const char *at = text; size && (at = memchr(at, '\n', size - (size_t)(at - text))) != NULL; at++)
		count++;
	return count;
}

// ---- figures over other rows ----------------------------------------------------------------------------------

static bool is_figure_change(const struct ppm_try_row *of, const struct ppm_try_change *change)
{
	return of->facts[change->fact].column == PPM_NO_ID;
}

// The figure's element in its column. False: it is none that can be given.
static bool put_figure(const struct ppm_try_row *of, const struct ppm_try_change *change, struct ppm_given_figure *out)
{
	const struct ppm_job *job = ppm_model_job(of->all->task->model);
	const struct ppm_row_fact *fact = &of->facts[change->fact];
	double figure = (double)change->value / (double)ppm_power_of_ten[fact->places];
	for (uint32_t i = 0; i < job->action_count; i++) {
		if (job->actions[i].number != fact->step || job->actions[i].outer != job->scored)
			continue;
		int64_t money = change->value * ppm_power_of_ten[PPM_MONEY_PLACES - (fact->places < PPM_MONEY_PLACES ? fact->places : PPM_MONEY_PLACES)];
		ppm_int128 exact = (ppm_int128)change->value * ppm_power_of_ten[PPM_EXACT_PLACES - fact->places];
		int32_t whole = (int32_t)change->value;
		out->column = job->actions[i].output;
		switch (job->tables[job->scored].columns[out->column].class) {
		case PPM_CLASS_F64: memcpy(out->value, &figure, sizeof figure); return true;
		case PPM_CLASS_I64: memcpy(out->value, &money, sizeof money); return true;
		case PPM_CLASS_X128: memcpy(out->value, &exact, sizeof exact); return true;
		case PPM_CLASS_I32: memcpy(out->value, &whole, sizeof whole); return true;
		case PPM_CLASS_MASK: out->value[0] = change->value != 0; return true;
		case PPM_CLASS_I16:
		case PPM_CLASS_NONE: return false;
		}
	}
	return false;
}

static void put_figures(const struct ppm_try_row *of, const struct ppm_try *try, uint64_t line, uint64_t row, struct ppm_given_figure *figures, size_t *count)
{
	for (uint32_t i = 0; i < try->count; i++) {
		struct ppm_given_figure figure = { .line = line, .row = row };
		if (is_figure_change(of, &try->changes[i]) && put_figure(of, &try->changes[i], &figure))
			figures[(*count)++] = figure;
	}
}

// ---- runs -----------------------------------------------------------------------------------------------------

static struct ppm_engine_options engine_options(const struct ppm_try_row *of, struct running *running)
{
	return (struct ppm_engine_options){ .threads = 1, .simd = of->all->source->simd, .rejects = true, .interrupted = ppm_signals_flag(), .look = see, .look_context = running };
}

static enum ppm_status open_text(const struct ppm_try_row *of, struct ppm_slice text, struct ppm_source **source)
{
	const struct ppm_input *input = &of->all->task->inputs[0];
	struct ppm_source_options options = *of->all->source;
	struct ppm_data_problems problems;
	options.encoding = NULL;
	options.delimiter = ppm_source_delimiter(input->source);
	ppm_data_problems_init(&problems, NULL, 1, false);
	enum ppm_status status = ppm_source_open_text(source, NULL, text, &options, &problems);
	if (status == PPM_OK)
		status = ppm_source_bind(*source, input->program ? input->program : ppm_model_program(of->all->task->model), &problems);
	ppm_data_problems_free(&problems);
	return status;
}

static enum ppm_status stream(struct ppm_try_row *of, struct running *running, struct ppm_source *source)
{
	const struct ppm_program *program = ppm_model_program(of->all->task->model);
	const struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	const struct ppm_engine_options options = engine_options(of, running);
	struct ppm_sink *sink = ppm_sink_new(NULL, program, source, &sink_options);
	struct ppm_engine_report report = { 0 };
	if (!sink)
		return PPM_ERROR_MEMORY;
	enum ppm_status status = ppm_engine_run(&report, NULL, program, source, sink, NULL, NULL, &options);
	ppm_engine_report_free(&report);
	ppm_sink_free(sink);
	return status;
}

static enum ppm_status run_job(struct ppm_try_row *of, struct running *running, struct ppm_source *scored, const struct ppm_job_given *given)
{
	const struct ppm_task *task = of->all->task;
	const struct ppm_job *job = ppm_model_job(task->model);
	const struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	const struct ppm_job_options options = { .engine = engine_options(of, running), .memory_limit = of->all->memory_limit, .sink = &sink_options, .given = given };
	struct ppm_job_input *inputs = calloc((size_t)job->table_count + 1, sizeof *inputs);
	struct ppm_job_report report = { 0 };
	if (!inputs)
		return PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < task->input_count; i++)
		inputs[task->inputs[i].table] = (struct ppm_job_input){ .source = given->alone ? NULL : task->inputs[i].source, .keep_rejects = true };
	if (!given->alone)
		inputs[job->scored].against = task->against.source;
	if (scored)
		inputs[job->scored].source = scored;
	inputs[job->scored].keep_rejects = true;
	enum ppm_status status = ppm_job_run(&report, NULL, job, inputs, NULL, &options);
	ppm_job_report_free(&report);
	free(inputs);
	return status;
}

// Many rows at once, without the others.
static enum ppm_status run_together(struct ppm_try_row *of, const struct ppm_try *tries, size_t count, struct ppm_try_outcome *outcomes)
{
	const struct ppm_job *job = ppm_model_job(of->all->task->model);
	struct running running = { .of = of, .outcomes = outcomes, .count = count };
	uint64_t *lines = calloc(count + 1, sizeof *lines);
	struct ppm_given_figure *figures = calloc(count * PPM_PATH_CHANGES + 1, sizeof *figures);
	struct ppm_job_given given = { .alone = true, .cells = of->watch ? of->watch->cells : NULL, .rows = count, .figures = figures };
	struct ppm_source *source = NULL;
	struct ppm_buffer text;
	enum ppm_status status = lines && figures ? PPM_OK : PPM_ERROR_MEMORY;
	ppm_buffer_init(&text, NULL);
	if (of->record)
		ppm_buffer_append(&text, of->all->header.data, of->all->header.size);
	uint64_t line = 1 + count_lines(text.data, text.size);
	for (size_t i = 0; i < count && status == PPM_OK; i++) {
		size_t begin = text.size;
		lines[i] = line;
		if (job)
			put_figures(of, &tries[i], of->record ? line : 0, i, figures, &given.figure_count);
		if (!of->record)
			continue;
		append_row(of, &tries[i], &text);
		line += text.failed ? 0 : count_lines(text.data + begin, text.size - begin);
	}
	if (text.failed)
		status = PPM_ERROR_MEMORY;
	running.lines = of->record ? lines : NULL;
	if (status == PPM_OK && of->record)
		status = open_text(of, ppm_buffer_slice(&text), &source);
	if (status == PPM_OK)
		status = job ? run_job(of, &running, source, &given) : stream(of, &running, source);
	ppm_source_close(source);
	ppm_buffer_free(&text);
	free(figures);
	free(lines);
	return status;
}

// Once more over all files, with the row exchanged.
static enum ppm_status run_alone(struct ppm_try_row *of, const struct ppm_try *try, struct ppm_try_outcome *outcome)
{
	struct running running = { .of = of, .outcomes = outcome, .count = 1, .alone = true, .only = of->index };
	uint64_t line = 0; // of the row in the text with the change: told by it, as its index is another's where the row cannot be read
	struct ppm_given_figure figures[PPM_PATH_CHANGES];
	struct ppm_job_given given = { .figures = figures };
	struct ppm_driver silent = *of->all->driver;
	struct ppm_source *source = NULL;
	struct ppm_buffer text;
	enum ppm_status status = PPM_OK;
	silent.quiet = true;
	ppm_buffer_init(&text, NULL);
	if (ppm_task_reopen(&silent, of->all->task, of->all->source))
		return PPM_ERROR_IO;
	if (of->record) {
		const struct ppm_buffer *whole = &of->all->file.text;
		ppm_buffer_append(&text, whole->data, of->record->begin);
		line = 1 + count_lines(whole->data, of->record->begin);
		running.lines = &line;
		append_row(of, try, &text);
		ppm_buffer_append(&text, whole->data + of->record->end, whole->size - of->record->end);
		status = text.failed ? PPM_ERROR_MEMORY : open_text(of, ppm_buffer_slice(&text), &source);
	}
	put_figures(of, try, line, of->index, figures, &given.figure_count);
	if (status == PPM_OK)
		status = run_job(of, &running, source, &given);
	ppm_source_close(source);
	ppm_buffer_free(&text);
	return status == PPM_ERROR_DATA ? PPM_OK : status; // the row as it is changed cannot be scored
}

static enum ppm_status run_tries(void *context, const struct ppm_try *tries, size_t count, struct ppm_try_outcome *outcomes)
{
	struct ppm_try_row *of = context;
	enum ppm_status status = PPM_OK;
	memset(outcomes, 0, count * sizeof *outcomes);
	if (!ppm_try_is_alone(of))
		return run_together(of, tries, count, outcomes);
	for (size_t i = 0; i < count && status == PPM_OK; i++)
		status = run_alone(of, &tries[i], &outcomes[i]);
	return status;
}

struct ppm_trier ppm_try_trier(struct ppm_try_row *row)
{
	uint64_t runs = RUNS_ROWS / (row->all->rows ? row->all->rows : 1);
	bool dear = ppm_try_is_alone(row);
	return (struct ppm_trier){ run_tries, row, dear ? runs < RUNS_LEAST ? RUNS_LEAST : runs > RUNS_MOST ? RUNS_MOST : runs : TRIES, dear };
}

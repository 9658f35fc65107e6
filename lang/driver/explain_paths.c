// What of a row could be different, between the rows that are read and the search that knows no files.
#include "lang/driver/explain_paths.h"

#include "runtime/engine/row.h"

enum ppm_exit ppm_explain_changes_open(struct ppm_explain_changes *changes, struct ppm_arena *arena)
{
	const struct ppm_driver *driver = changes->driver;
	const struct ppm_plan *plan = changes->about->plan;
	const char *to = driver->options.values[PPM_OPTION_TO];
	struct ppm_suggestion suggestion;
	bool found = !to;

	changes->paths = driver->options.given[PPM_OPTION_PATH] || to;
	changes->asks = driver->options.given[PPM_OPTION_ASK];
	if (changes->paths && !plan->tier_count)
		return ppm_driver_usage(driver, "write some: `tier good when score >= 60`", "the model has no tiers, so that there is none to reach");
	ppm_suggestion_init(&suggestion, ppm_slice_of(to ? to : ""));
	for (size_t i = 0; i < plan->tier_count && !found; i++) {
		found = ppm_slice_is(plan->tiers[i].name, to);
		ppm_suggestion_offer(&suggestion, plan->tiers[i].name);
	}
	if (!found) {
		struct ppm_slice best = ppm_suggestion_take(&suggestion);
		struct ppm_buffer help;
		enum ppm_exit code;
		ppm_buffer_init(&help, NULL);
		if (best.size)
			ppm_buffer_format(&help, "did you mean `%.*s`?", (int)best.size, best.data);
		for (size_t i = 0; i < plan->tier_count && !best.size; i++)
			ppm_buffer_format(&help, "%s`%.*s`", i ? ", " : "its tiers are ", (int)plan->tiers[i].name.size, plan->tiers[i].name.data);
		code = ppm_driver_usage(driver, ppm_driver_text(driver, &help), "no tier of the model is called `%s`", to);
		ppm_buffer_free(&help);
		return code;
	}
	changes->active = changes->paths || (changes->asks && plan->tier_count);
	if (changes->active && ppm_model_job(changes->task->model) && !ppm_task_is_repeatable(changes->task)) {
		if (changes->paths)
			return ppm_driver_usage(driver, "give all data as files", "changes are tried by reading the data again, and what comes through a pipe is there only once");
		changes->active = false;
	}
	if (!changes->active)
		return PPM_EXIT_DONE;
	changes->ranges = ppm_arena_allocate(arena, (size_t)changes->about->field_count + changes->about->figure_count + 1, sizeof *changes->ranges);
	return changes->ranges ? PPM_EXIT_DONE : ppm_driver_memory(driver);
}

void ppm_explain_changes_close(struct ppm_explain_changes *changes)
{
	ppm_try_free(&changes->rows);
}

void ppm_explain_changes_look(struct ppm_explain_changes *changes, const struct ppm_engine_row *row)
{
	const struct ppm_explanation *about = changes->about;
	changes->rows.rows++;
	for (uint32_t i = 0; i < about->field_count + about->figure_count; i++) {
		uint32_t result = i < about->field_count ? about->fields[i].result : about->figures[i - about->field_count].result;
		ppm_int128 exact;
		if (ppm_row_exact(row, result, &exact))
			ppm_row_fact_range_add(&changes->ranges[i], exact);
	}
}

enum ppm_exit ppm_explain_changes_read(struct ppm_explain_changes *changes, struct ppm_try_record *const *records, size_t count, struct ppm_arena *arena)
{
	const struct ppm_job *job = ppm_model_job(changes->task->model);
	enum ppm_exit code;

	changes->rows.driver = changes->driver;
	changes->rows.task = changes->task;
	changes->rows.about = changes->about;
	changes->rows.source = changes->source;
	changes->rows.from_file = !job || job->tables[job->scored].kind == PPM_TABLE_FILE;
	code = ppm_driver_memory_limit(changes->driver, &changes->rows.memory_limit);
	if (!code && job)
		code = ppm_task_reopen(changes->driver, changes->task, changes->source);
	return code || !changes->rows.from_file ? code : ppm_try_read(&changes->rows, records, count, arena);
}

static uint32_t tier_called(const struct ppm_plan *plan, struct ppm_slice name)
{
	for (uint32_t i = 0; i < plan->tier_count; i++)
		if (ppm_slice_equal(plan->tiers[i].name, name))
			return i;
	return PPM_NO_ID;
}

// Where the path is to go to; false when there is nothing to look for, and why is in paths->answer.
static bool aim(const struct ppm_explain_changes *changes, const struct ppm_explained_row *row, const struct ppm_try_outcome *base, struct ppm_paths *paths)
{
	const struct ppm_explanation *about = changes->about;
	const struct ppm_plan *plan = about->plan;
	const char *to = changes->driver->options.values[PPM_OPTION_TO];
	uint32_t missed, own = base->tier, target = tier_called(plan, ppm_slice_of(to ? to : ""));
	bool or_better = false;

	if (ppm_explained_is(row, about->overridden)) {
		paths->answer = PPM_PATH_OVERRIDDEN;
		return false;
	}
	if (own == PPM_NO_ID && target == PPM_NO_ID) // disqualified: the tier that it would be in, by an override or else by its conditions
		target = tier_called(plan, ppm_explain_exception(row).tier);
	if (own == PPM_NO_ID && target == PPM_NO_ID)
		target = ppm_explain_tier(row, &missed);
	if (target != PPM_NO_ID)
		or_better = ppm_path_rises(about, target);
	else
		target = ppm_path_target(about, own, &or_better);
	paths->target = target;
	paths->or_better = or_better;
	if (target == PPM_NO_ID) {
		paths->answer = PPM_PATH_TOP;
		return false;
	}
	if (own != PPM_NO_ID && (ppm_slice_equal(plan->tiers[own].name, plan->tiers[target].name) || (or_better && own < target && ppm_path_rises(about, own)))) {
		paths->answer = PPM_PATH_THERE;
		return false;
	}
	return true;
}

enum ppm_status ppm_explain_changes_find(struct ppm_explain_changes *changes, const struct ppm_try_record *record, const struct ppm_job_watch *watch, uint64_t index,
	struct ppm_explained_row *row, struct ppm_arena *arena)
{
	const struct ppm_explanation *about = changes->about;
	struct ppm_try_row of = { .all = &changes->rows, .watch = watch, .index = index, .target = PPM_NO_ID, .arena = arena };
	struct ppm_paths *paths = PPM_ARENA_NEW(arena, struct ppm_paths);
	const struct ppm_try nothing = { .count = 0 };
	struct ppm_try_outcome base;
	struct ppm_ask *asks = NULL;

	of.record = changes->rows.from_file ? record : NULL;
	of.facts = row->facts = ppm_path_facts(about, row->cells, changes->ranges, arena, &of.fact_count);
	if (!of.facts || !paths)
		return PPM_ERROR_MEMORY;
	row->paths = changes->paths ? paths : NULL;
	if (of.record && !of.record->fields)
		return PPM_ERROR_DATA; // the file is another than it was
	if (ppm_try_is_alone(&of) && of.record && !changes->rows.file.whole) {
		paths->answer = PPM_PATH_TOO_LARGE;
		return PPM_OK;
	}
	const struct ppm_trier trier = ppm_try_trier(&of);
	enum ppm_status status = trier.run(trier.context, &nothing, 1, &base);
	if (status == PPM_OK && !base.valid)
		return PPM_ERROR_DATA; // the file is another than it was
	if (status == PPM_OK && changes->paths && aim(changes, row, &base, paths)) {
		uint32_t target = paths->target;
		of.target = target;
		status = trier.run(trier.context, &nothing, 1, &base); // with the conditions of the tier that is aimed at
		if (status == PPM_OK)
			status = ppm_path_find(paths, about, of.facts, of.fact_count, &base, target, paths->or_better, &trier, arena);
		of.target = PPM_NO_ID;
	}
	if (status == PPM_OK && changes->asks)
		status = ppm_path_ask(&asks, &row->ask_count, about, of.facts, of.fact_count, &base, &trier, arena);
	row->asks = asks;
	return status;
}

// A variant beside the base. Everything is counted in integers; the one figure that is not a count, the correlation of ranks, is a quotient of exact sums.
#include "lang/whatif/whatif.h"

#include <string.h>

// ---- one variant by itself ----------------------------------------------------------------------------------------

static bool describe(struct ppm_whatif *w, const struct ppm_whatif_rows *rows, struct ppm_distribution *of, struct ppm_whatif_result *result)
{
	if (!ppm_distribution_make(of, w->allocator, rows->scores, w->row_count, PPM_WHATIF_NO_SCORE))
		return false;
	result->scored = ppm_distribution_size(of);
	result->score_sum = ppm_distribution_sum(of);
	result->double_median = ppm_distribution_double_median(of);
	result->rows = 0;
	for (uint64_t i = 0; i < w->row_count; i++) {
		int16_t tier = rows->tiers[i];
		if (tier == PPM_WHATIF_ABSENT)
			continue;
		result->rows++;
		result->tiers[tier < 0 ? w->about->tier_count : (uint32_t)tier]++;
	}
	return true;
}

// ---- the best rows ----------------------------------------------------------------------------------------------------

// The `top` best by score, equal ones in the file's order: all above `least`, and the first `ties` with it.
struct best {
	uint32_t least;
	uint64_t ties, seen;
};

static struct best best_of(const struct ppm_distribution *of, uint64_t top)
{
	uint64_t size = ppm_distribution_size(of);
	if (!top)
		return (struct best){ PPM_WHATIF_NO_SCORE, 0, 0 };
	uint32_t least = ppm_distribution_at(of, size - top);
	return (struct best){ least, top - (size - of->ends[ppm_distribution_find(of, least)]), 0 };
}

static bool is_best(struct best *best, uint32_t score)
{
	if (score >= PPM_WHATIF_NO_SCORE || score < best->least)
		return false;
	return score > best->least || best->seen++ < best->ties;
}

// ---- movers -----------------------------------------------------------------------------------------------------------

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

// The largest moves, equal ones in the file's order.
static void offer(struct ppm_whatif_result *result, const struct ppm_whatif_mover *mover)
{
	uint32_t at = result->mover_count, moved = distance(mover->before, mover->after);
	if (at == PPM_WHATIF_MOVERS && distance(result->movers[at - 1].before, result->movers[at - 1].after) >= moved)
		return;
	if (at < PPM_WHATIF_MOVERS)
		result->mover_count++;
	else
		at--;
	for (; at > 0 && distance(result->movers[at - 1].before, result->movers[at - 1].after) < moved; at--)
		result->movers[at] = result->movers[at - 1];
	result->movers[at] = *mover;
}

// ---- both ---------------------------------------------------------------------------------------------------------------

static void count_tiers(struct ppm_whatif_result *result, int16_t before, int16_t after)
{
	if (before == PPM_WHATIF_ABSENT || after == PPM_WHATIF_ABSENT) {
		result->appeared += before == PPM_WHATIF_ABSENT && after != PPM_WHATIF_ABSENT;
		result->gone += after == PPM_WHATIF_ABSENT && before != PPM_WHATIF_ABSENT;
		return;
	}
	if (before == after)
		return;
	result->retiered++;
	if (before >= 0 && after >= 0) {
		result->up += after < before;
		result->down += after > before;
	}
}

// The scores of one side where the other has one, too.
static bool only_pairs(const struct ppm_whatif *w, const uint32_t *scores, const uint32_t *others, struct ppm_distribution *of)
{
	uint64_t bytes = w->row_count * sizeof *scores;
	uint32_t *kept = ppm_memory_take(w->memory, bytes);
	if (!kept)
		return false;
	for (uint64_t i = 0; i < w->row_count; i++)
		kept[i] = others[i] < PPM_WHATIF_NO_SCORE ? scores[i] : PPM_WHATIF_NO_SCORE;
	bool made = ppm_distribution_make(of, w->allocator, kept, w->row_count, PPM_WHATIF_NO_SCORE);
	ppm_memory_give(w->memory, kept, bytes);
	return made;
}

static bool correlate(struct ppm_whatif *w, const struct ppm_distribution *of_now, struct ppm_whatif_result *result)
{
	const uint32_t *before = w->base.scores, *after = w->now.scores;
	const struct ppm_distribution *a = &w->of_base, *b = of_now;
	struct ppm_distribution fewer_a = { .allocator = w->allocator }, fewer_b = { .allocator = w->allocator };
	ppm_int128 products = 0;
	bool made = true;
	if (result->pairs != ppm_distribution_size(a) || result->pairs != ppm_distribution_size(b)) {
		made = only_pairs(w, before, after, &fewer_a) && only_pairs(w, after, before, &fewer_b);
		a = &fewer_a;
		b = &fewer_b;
	}
	for (uint64_t i = 0; i < w->row_count && made; i++) {
		if (before[i] >= PPM_WHATIF_NO_SCORE || after[i] >= PPM_WHATIF_NO_SCORE)
			continue;
		products += (ppm_int128)ppm_distribution_double_rank(a, ppm_distribution_find(a, before[i])) * ppm_distribution_double_rank(b, ppm_distribution_find(b, after[i]));
	}
	if (made)
		result->has_correlation = ppm_rank_correlation(a, b, products, &result->correlation);
	ppm_distribution_free(&fewer_a);
	ppm_distribution_free(&fewer_b);
	return made;
}

static bool compare(struct ppm_whatif *w, const struct ppm_distribution *of_now, struct ppm_whatif_result *result)
{
	uint64_t base_size = ppm_distribution_size(&w->of_base), now_size = ppm_distribution_size(of_now), top = w->about->top;
	uint64_t base_top = base_size < top ? base_size : top, now_top = now_size < top ? now_size : top;
	struct best base_best = best_of(&w->of_base, base_top), now_best = best_of(of_now, now_top);
	result->top = base_top;
	for (uint64_t i = 0; i < w->row_count; i++) {
		uint32_t before = w->base.scores[i], after = w->now.scores[i];
		count_tiers(result, w->base.tiers[i], w->now.tiers[i]);
		bool was = base_top && is_best(&base_best, before), is = now_top && is_best(&now_best, after);
		result->top_same += was && is;
		if (before >= PPM_WHATIF_NO_SCORE || after >= PPM_WHATIF_NO_SCORE)
			continue;
		result->pairs++;
		if (before == after)
			continue;
		result->changed++;
		offer(result, &(struct ppm_whatif_mover){ .row = i, .before = before, .after = after, .tier_before = w->base.tiers[i], .tier_after = w->now.tiers[i] });
	}
	return correlate(w, of_now, result);
}

// ---- running ---------------------------------------------------------------------------------------------------------------

bool ppm_whatif_want(struct ppm_kept_data *data, const struct ppm_model *model, bool *took)
{
	const struct ppm_job *job = ppm_model_job(model);
	*took = false;
	if (!job) {
		const struct ppm_program *program = ppm_model_program(model);
		uint32_t file = ppm_kept_data_file(data, program->dataset_name);
		return file != PPM_NO_INDEX && ppm_kept_data_want(data, file, program, NULL, 0, took);
	}
	for (uint32_t i = 0; i < job->action_count; i++) {
		const struct ppm_action *action = &job->actions[i];
		bool more;
		if (action->kind != PPM_ACTION_LOAD)
			continue;
		uint32_t file = ppm_kept_data_file(data, job->tables[action->table].name);
		if (file == PPM_NO_INDEX || !ppm_kept_data_want(data, file, job->programs[action->program], job, action->table, &more))
			return false;
		*took |= more;
	}
	return true;
}

static bool make_result(struct ppm_whatif *w, struct ppm_whatif_result *result)
{
	size_t slots = (size_t)w->about->tier_count + 1;
	*result = (struct ppm_whatif_result){ .tiers = ppm_arena_allocate(w->arena, slots, sizeof *result->tiers) };
	result->value_sums = ppm_arena_allocate(w->arena, slots * w->about->value_count + 1, sizeof *result->value_sums);
	result->value_counts = ppm_arena_allocate(w->arena, slots * w->about->value_count + 1, sizeof *result->value_counts);
	result->metrics = ppm_arena_allocate(w->arena, (size_t)w->about->metric_count + 1, sizeof *result->metrics);
	return result->tiers && result->value_sums && result->value_counts && result->metrics;
}

static void take_metrics(struct ppm_whatif *w, const struct ppm_job_report *report, struct ppm_whatif_result *result)
{
	for (uint32_t t = 0; t < report->table_count; t++) {
		const struct ppm_job_table *table = &report->tables[t];
		if (table->name.size || !table->rows)
			continue;
		for (uint32_t i = 0; i < w->about->metric_count && i < ppm_sink_column_count(table->sink); i++) {
			result->metrics[i].text = ppm_arena_copy(w->arena, table->cells[i]);
			result->metrics[i].json = ppm_arena_copy(w->arena, table->json[i]);
		}
	}
}

static enum ppm_status run_job(
	struct ppm_whatif *w, struct ppm_whatif_run *run, const struct ppm_job *job, struct ppm_kept_data *data, const struct ppm_whatif_run_options *options)
{
	const struct ppm_sink_options sink = { .format = PPM_SINK_CSV };
	struct ppm_job_options how = {
		// the order in which rows of no file are met is theirs: one thread keeps it
		.engine = { .threads = w->about->key_count ? 1 : options->threads,
			.simd = options->simd,
			.rejects = true,
			.interrupted = options->interrupted,
			.look_batch = ppm_whatif_take,
			.look_context = w },
		.memory_limit = options->memory_limit,
		.sink = &sink,
		.texts = ppm_kept_data_texts(data),
	};
	struct ppm_job_input *inputs = ppm_allocate_zeroed(w->allocator, (size_t)job->table_count + 1, sizeof *inputs);
	enum ppm_status status = inputs ? PPM_OK : PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < job->action_count && status == PPM_OK; i++) {
		const struct ppm_action *action = &job->actions[i];
		if (action->kind != PPM_ACTION_LOAD)
			continue;
		uint32_t file = ppm_kept_data_file(data, job->tables[action->table].name);
		inputs[action->table] =
			(struct ppm_job_input){ .source = ppm_kept_source_new(data, file, job->programs[action->program], options->interrupted), .keep_rejects = true };
		status = inputs[action->table].source ? PPM_OK : PPM_ERROR_MEMORY;
	}
	run->is_job = status == PPM_OK;
	if (status == PPM_OK)
		status = ppm_job_run(&run->job, w->allocator, job, inputs, NULL, &how);
	for (uint32_t i = 0; inputs && i < job->table_count; i++)
		ppm_kept_source_close(inputs[i].source);
	ppm_free(w->allocator, inputs);
	return status;
}

static enum ppm_status run_program(
	struct ppm_whatif *w, struct ppm_whatif_run *run, const struct ppm_program *program, struct ppm_kept_data *data, const struct ppm_whatif_run_options *options)
{
	const struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	const struct ppm_engine_options how = {
		.threads = options->threads, .simd = options->simd, .rejects = true, .interrupted = options->interrupted, .look_batch = ppm_whatif_take, .look_context = w
	};
	struct ppm_source *source = ppm_kept_source_new(data, ppm_kept_data_file(data, program->dataset_name), program, options->interrupted);
	struct ppm_sink *sink = source ? ppm_sink_new(w->allocator, program, source, &sink_options) : NULL;
	enum ppm_status status = sink ? ppm_engine_run(&run->engine, w->allocator, program, source, sink, NULL, NULL, &how) : PPM_ERROR_MEMORY;
	ppm_sink_free(sink);
	ppm_kept_source_close(source);
	return status;
}

enum ppm_status ppm_whatif_run(struct ppm_whatif *w, struct ppm_whatif_run *run, const struct ppm_model *model, struct ppm_kept_data *data, bool is_base,
	struct ppm_whatif_result *result, const struct ppm_whatif_run_options *options)
{
	struct ppm_distribution of_now = { .allocator = w->allocator };
	const struct ppm_job *job = ppm_model_job(model);
	*run = (struct ppm_whatif_run){ .is_job = false };
	if (!make_result(w, result))
		return PPM_ERROR_MEMORY;
	w->filling = is_base ? &w->base : &w->now;
	w->result = result;
	for (uint64_t i = 0; i < w->room; i++) {
		w->filling->scores[i] = PPM_WHATIF_NO_SCORE;
		w->filling->tiers[i] = PPM_WHATIF_ABSENT;
	}
	enum ppm_status status = job ? run_job(w, run, job, data, options) : run_program(w, run, ppm_model_program(model), data, options);
	if (status == PPM_ERROR_MEMORY && w->about->key_count && ppm_memory_status(w->memory) == PPM_ERROR_IO)
		return PPM_ERROR_IO; // there was no room on the disk for more rows
	if (status != PPM_OK)
		return status;
	result->left_out = job ? run->job.scored.refused : run->engine.refused;
	if (job)
		take_metrics(w, &run->job, result);
	if (!describe(w, w->filling, is_base ? &w->of_base : &of_now, result) || (!is_base && !compare(w, &of_now, result)))
		status = PPM_ERROR_MEMORY;
	ppm_distribution_free(&of_now);
	return status == PPM_OK && w->arena->failed ? PPM_ERROR_MEMORY : status;
}

void ppm_whatif_run_free(struct ppm_whatif_run *run)
{
	if (run->is_job)
		ppm_job_report_free(&run->job);
	else
		ppm_engine_report_free(&run->engine);
}

bool ppm_whatif_name_movers(struct ppm_whatif *w, const struct ppm_kept_data *data, uint32_t file, struct ppm_whatif_result *result)
{
	struct ppm_buffer name;
	ppm_buffer_init(&name, w->allocator);
	for (uint32_t i = 0; i < result->mover_count; i++) {
		struct ppm_whatif_mover *mover = &result->movers[i];
		name.size = 0;
		if (w->about->key_count) {
			struct ppm_slice key = w->keys.items[mover->row];
			for (size_t k = 0; k < key.size; k++)
				ppm_buffer_append_text(&name, key.data[k] == '\x1f' ? ", " : (const char[]){ key.data[k], 0 });
		} else {
			ppm_kept_data_field(data, file, mover->row, &name);
			if (!name.size)
				ppm_buffer_format(&name, "line %llu", (unsigned long long)ppm_kept_data_line(data, file, mover->row));
		}
		mover->name = ppm_arena_copy(w->arena, name.size ? ppm_buffer_slice(&name) : PPM_SLICE(""));
	}
	bool fine = !name.failed && !w->arena->failed;
	ppm_buffer_free(&name);
	return fine;
}

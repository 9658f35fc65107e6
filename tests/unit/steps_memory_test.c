// Every step with every allocation failing once: it says so, and gives back what it had. And every step interrupted.
#include "steps_fixture.h"
#include "tests/unit/failing_heap.h"

#define ROWS 3000u

struct tables {
	struct ppm_series value, amount, text, flag, key, out, out_amount;
	uint32_t *link, *parents;
	struct ppm_steps *steps;
	struct fixture *fixture;
};

static enum ppm_status index_and_match(struct tables *t)
{
	struct ppm_series columns[2] = { t->amount, t->text };
	bool texts[2] = { false, true };
	struct ppm_key_columns keys = { columns, texts, 2, ROWS };
	struct ppm_key_index *index;
	bool has_duplicate;
	uint64_t duplicate, first, missing, unknown;
	enum ppm_status status = ppm_key_index_new(&index, t->steps, &keys, &has_duplicate, &duplicate, &first);
	if (status != PPM_OK)
		return status;
	uint32_t *link = room(ROWS, sizeof *link);
	status = ppm_step_match(t->steps, index, &keys, link, &missing, &unknown);
	ppm_free_aligned(NULL, link);
	ppm_key_index_free(index);
	return status;
}

static enum ppm_status group_of(struct tables *t, struct ppm_series *columns, bool *texts, uint32_t count)
{
	struct ppm_key_columns keys = { columns, texts, count, ROWS };
	uint32_t *link = room(ROWS, sizeof *link), *representative;
	uint64_t groups;
	enum ppm_status status = ppm_step_group(t->steps, &keys, NULL, false, link, &groups, &representative);
	if (status == PPM_OK)
		ppm_memory_give(t->steps->memory, representative, groups * sizeof *representative);
	ppm_free_aligned(NULL, link);
	return status;
}

static enum ppm_status group_values(struct tables *t)
{
	return group_of(t, (struct ppm_series[]){ t->value }, (bool[]){ false }, 1);
}
static enum ppm_status group_all(struct tables *t)
{
	return group_of(t, (struct ppm_series[]){ t->text, t->amount, t->flag }, (bool[]){ true, false, false }, 3);
}

static enum ppm_status aggregate(struct tables *t, enum ppm_aggregate_function function, struct ppm_series *value, struct ppm_series *out)
{
	struct ppm_aggregate_request request = {
		.function = function, .value = value, .order = &t->value, .tie = &t->text, .tie_is_text = true, .rows = ROWS, .link = t->link, .outer_rows = 50, .fraction = 0.1, .out = out
	};
	enum ppm_status status = ppm_step_aggregate(t->steps, &request);
	struct ppm_aggregator *aggregator;
	if (status == PPM_OK)
		status = ppm_aggregator_new(&aggregator, t->steps, function, value->class, 0.1, 50);
	if (status != PPM_OK)
		return status;
	for (unsigned piece = 0; piece < 3 && status == PPM_OK; piece++)
		status = ppm_aggregator_add(aggregator, t->link, value, NULL, ROWS / 3);
	if (status != PPM_OK) {
		ppm_aggregator_free(aggregator);
		return status;
	}
	uint64_t skipped;
	struct ppm_step_fault fault;
	return ppm_aggregator_finish(aggregator, out, &skipped, &fault);
}

static enum ppm_status sum(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_SUM, &t->value, &t->out);
}
static enum ppm_status mean(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_AVG, &t->amount, &t->out_amount);
}
static enum ppm_status spread(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_STDDEV, &t->value, &t->out);
}
static enum ppm_status median(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_MEDIAN, &t->amount, &t->out_amount);
}
static enum ppm_status distinct(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_DISTINCT, &t->value, &t->out);
}
static enum ppm_status largest(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_MAX, &t->value, &t->out);
}
static enum ppm_status last(struct tables *t)
{
	return aggregate(t, PPM_AGGREGATE_LAST, &t->value, &t->out);
}

static enum ppm_status rank(struct tables *t, enum ppm_rank_function function, bool by)
{
	struct ppm_rank_request request = { .function = function,
		.value = function == PPM_RANK_RUNNING_SHARE ? &t->value : &t->amount,
		.tie = &t->text,
		.tie_is_text = true,
		.tiles = 5,
		.partition = by ? t->link : NULL,
		.partitions = 50,
		.rows = ROWS,
		.reference = ROWS,
		.out = &t->out };
	return ppm_step_rank(t->steps, &request);
}
static enum ppm_status tiles(struct tables *t)
{
	return rank(t, PPM_RANK_NTILE, false);
}
static enum ppm_status percentiles(struct tables *t)
{
	return rank(t, PPM_RANK_PERCENTILE, true);
}
static enum ppm_status running(struct tables *t)
{
	return rank(t, PPM_RANK_RUNNING_SHARE, true);
}
static enum ppm_status shares(struct tables *t)
{
	return rank(t, PPM_RANK_SHARE, true);
}

static enum ppm_status tree(struct tables *t, bool break_cycles, enum ppm_aggregate_function function, struct ppm_series *value, struct ppm_series *out, uint32_t high, double ratio)
{
	struct ppm_tree_shape shape;
	uint32_t *circle;
	uint64_t circle_count;
	if (break_cycles) {
		t->parents[0] = 5;
		t->parents[5] = 0;
	}
	enum ppm_status status = ppm_tree_shape_make(&shape, t->steps, t->parents, ROWS, &t->text, true, break_cycles, &circle, &circle_count);
	struct ppm_tree_request request = { .function = function, .value = value, .ratio = ratio, .level_low = 1, .level_high = high, .out = out };
	if (status == PPM_OK)
		status = ppm_step_tree_aggregate(t->steps, &shape, &request);
	ppm_tree_shape_free(&shape, t->steps);
	t->parents[0] = PPM_NO_ROW;
	t->parents[5] = 0;
	return status;
}
static enum ppm_status tree_mean(struct tables *t)
{
	return tree(t, true, PPM_AGGREGATE_AVG, &t->value, &t->out, UINT32_MAX, 1);
}
static enum ppm_status tree_levels(struct tables *t)
{
	return tree(t, false, PPM_AGGREGATE_MIN, &t->value, &t->out, 3, 1);
}
static enum ppm_status tree_ratio(struct tables *t)
{
	return tree(t, false, PPM_AGGREGATE_SUM, &t->value, &t->out, 3, 0.5);
}
static enum ppm_status tree_circle(struct tables *t)
{
	struct ppm_tree_shape shape;
	uint32_t *circle;
	uint64_t circle_count;
	t->parents[0] = 5;
	enum ppm_status status = ppm_tree_shape_make(&shape, t->steps, t->parents, ROWS, NULL, false, false, &circle, &circle_count);
	t->parents[0] = PPM_NO_ROW;
	ppm_tree_shape_free(&shape, t->steps);
	if (status != PPM_ERROR_DATA)
		return status;
	ppm_memory_give(t->steps->memory, circle, circle_count * sizeof *circle);
	return PPM_OK;
}

static enum ppm_status agree(struct tables *t)
{
	struct ppm_series columns[2] = { t->value, t->amount };
	double value;
	bool has_value;
	uint64_t skipped;
	enum ppm_status status = ppm_step_agreement(t->steps, PPM_AGREEMENT_CONCORDANCE, columns, 2, NULL, ROWS, &value, &has_value, &skipped);
	return status == PPM_OK ? ppm_step_agreement(t->steps, PPM_AGREEMENT_CORRELATION, columns, 2, NULL, ROWS, &value, &has_value, &skipped) : status;
}

static enum ppm_status order(struct tables *t)
{
	struct ppm_order_column columns[2] = { { &t->text, true, true }, { &t->amount, false, false } };
	uint32_t *rows = room(ROWS, sizeof *rows);
	enum ppm_status status = ppm_step_order(t->steps, columns, 2, ROWS, rows);
	ppm_free_aligned(NULL, rows);
	return status;
}

static enum ppm_status (*const all_steps[])(struct tables *t) = { index_and_match, group_values, group_all, sum, mean, spread, median, distinct, largest, last, tiles, percentiles, running, shares,
	tree_mean, tree_levels, tree_ratio, tree_circle, agree, order };

static void make_tables(struct tables *t, struct fixture *f)
{
	*t = (struct tables){ .steps = &f->steps, .fixture = f };
	t->value = random_series(f, PPM_CLASS_F64, ROWS, true, 1u << 30);
	t->amount = random_series(f, PPM_CLASS_X128, ROWS, true, 1000);
	t->text = random_texts(f, ROWS, false, TEXTS);
	t->flag = random_series(f, PPM_CLASS_MASK, ROWS, true, 2);
	t->out = new_series(PPM_CLASS_F64, ROWS, true);
	t->out_amount = new_series(PPM_CLASS_X128, ROWS, true);
	t->link = random_link(f, ROWS, 50, 90);
	t->parents = room(ROWS, sizeof *t->parents);
	for (uint32_t row = 0; row < ROWS; row++)
		t->parents[row] = row ? (uint32_t)below(f, row < 8 ? 1 : row) : PPM_NO_ROW;
}

static void free_tables(struct tables *t)
{
	struct ppm_series *all[] = { &t->value, &t->amount, &t->text, &t->flag, &t->out, &t->out_amount };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free_series(all[i]);
	ppm_free_aligned(NULL, t->link);
	ppm_free_aligned(NULL, t->parents);
}

static void every_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t step = 0; step < sizeof all_steps / sizeof *all_steps; step++) {
		struct fixture f;
		struct tables t;
		fixture_init(&f, step, 1);
		make_tables(&t, &f);
		enum ppm_status status = PPM_ERROR_MEMORY;
		for (size_t left = 0; status != PPM_OK; left++) {
			struct poor_heap poor = { .left = SIZE_MAX };
			struct ppm_allocator heap = { poor_reallocate, &poor };
			struct ppm_memory *memory = ppm_memory_new(&heap, 0, NULL);
			assert_non_null(memory);
			poor.left = left;
			struct ppm_steps steps = f.steps;
			steps.memory = memory;
			t.steps = &steps;
			status = all_steps[step](&t);
			if (status != PPM_OK && status != PPM_ERROR_MEMORY)
				fail_msg("step %zu: status %d", step, (int)status);
			assert_true(left < 10000);
			poor.left = SIZE_MAX;
			ppm_memory_free(memory);
			assert_int_equal(poor.blocks, 0);
		}
		free_tables(&t);
		fixture_free(&f);
	}
}

static void interrupted(void **state)
{
	(void)state;
	struct fixture f;
	struct tables t;
	fixture_init(&f, 1, 1);
	make_tables(&t, &f);
	volatile int flag = 1;
	f.steps.interrupted = &flag;
	for (size_t step = 0; step < sizeof all_steps / sizeof *all_steps; step++) {
		enum ppm_status status = all_steps[step](&t);
		if (status != PPM_ERROR_INTERRUPTED)
			fail_msg("step %zu: status %d", step, (int)status);
	}
	free_tables(&t);
	fixture_free(&f);
}

// Arrays in files give the same as arrays in memory.
static void in_files(void **state)
{
	(void)state;
	struct fixture f;
	struct tables t;
	fixture_init(&f, 1, 2);
	make_tables(&t, &f);
	struct ppm_memory *memory = ppm_memory_new(ppm_allocator_default(), 1, NULL);
	assert_non_null(memory);
	struct ppm_steps steps = f.steps;
	steps.memory = memory;
	struct ppm_series out = t.out, filed = new_series(PPM_CLASS_F64, ROWS, true);
	for (size_t step = 0; step < sizeof all_steps / sizeof *all_steps; step++) {
		t.steps = &f.steps;
		t.out = out;
		assert_int_equal(all_steps[step](&t), PPM_OK);
		t.steps = &steps;
		t.out = filed;
		assert_int_equal(all_steps[step](&t), PPM_OK);
		for (uint64_t row = 0; row < 50; row++) { // aggregates have so many
			assert_int_equal(has(&out, row), has(&filed, row));
			assert_true(number(&out, row) == number(&filed, row));
		}
	}
	assert_true(ppm_memory_spilled(memory) > 0);
	ppm_memory_free(memory);
	t.out = out;
	free_series(&filed);
	free_tables(&t);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(in_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

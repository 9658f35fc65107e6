// The N best rows of a file, in memory for N rows a worker. The order is total - score, then place in the file - so that the result does not
// depend on which worker saw what.
#include "runtime/base/number.h"
#include "runtime/engine/engine_internal.h"
#include "runtime/sink/sink_internal.h"

#include <math.h>
#include <stdlib.h>

void ppm_best_rows_init(struct ppm_best_rows *best, const struct ppm_allocator *allocator, const struct ppm_program *program, const struct ppm_sink *sink, uint32_t limit, bool keep_text)
{
	*best = (struct ppm_best_rows){ .allocator = allocator, .program = program, .sink = sink, .limit = limit, .keep_text = keep_text };
}

static void free_row(const struct ppm_allocator *allocator, struct ppm_best_row *row)
{
	ppm_buffer_free(&row->text);
	ppm_buffer_free(&row->cells);
	ppm_free(allocator, row->cell_ends);
	ppm_free(allocator, row);
}

void ppm_best_rows_free(struct ppm_best_rows *best)
{
	for (size_t i = 0; i < best->count; i++)
		free_row(best->allocator, best->heap[i]);
	ppm_free(best->allocator, best->heap);
	ppm_free(best->allocator, best->fresh);
	*best = (struct ppm_best_rows){ .allocator = best->allocator };
}

// Negative: a comes before b in the result.
static int order(const struct ppm_best_row *a, const struct ppm_best_row *b)
{
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->chunk != b->chunk)
		return a->chunk < b->chunk ? -1 : 1;
	return (a->record > b->record) - (a->record < b->record);
}

static void sift_up(struct ppm_best_row **heap, size_t at)
{
	while (at && order(heap[at], heap[(at - 1) / 2]) > 0) {
		struct ppm_best_row *row = heap[at];
		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = row;
		at = (at - 1) / 2;
	}
}

static void sift_down(struct ppm_best_row **heap, size_t count)
{
	for (size_t at = 0;;) {
		size_t worst = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
			if (order(heap[child], heap[worst]) > 0)
				worst = child;
		if (worst == at)
			return;
		struct ppm_best_row *row = heap[at];
		heap[at] = heap[worst];
		heap[worst] = row;
		at = worst;
	}
}

static struct ppm_best_row *new_row(struct ppm_best_rows *best)
{
	void *heap = best->heap;
	if (!ppm_grow(best->allocator, &heap, &best->capacity, best->count + 1, sizeof *best->heap))
		return NULL;
	best->heap = heap;
	struct ppm_best_row *row = ppm_allocate_zeroed(best->allocator, 1, sizeof *row);
	if (!row)
		return NULL;
	ppm_buffer_init(&row->text, best->allocator);
	ppm_buffer_init(&row->cells, best->allocator);
	row->cell_ends = ppm_allocate_zeroed(best->allocator, (size_t)ppm_sink_column_count(best->sink) + 1, sizeof *row->cell_ends);
	if (!row->cell_ends) {
		free_row(best->allocator, row);
		return NULL;
	}
	return row;
}

static bool fill_row(struct ppm_best_rows *best, struct ppm_best_row *row, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t index, double score)
{
	row->score = score;
	row->chunk = PPM_BEST_THIS_CHUNK;
	row->record = batch->first_record ? batch->first_record[index] : batch->record + index;
	row->text.size = 0;
	row->cells.size = 0;
	if (best->keep_text)
		ppm_sink_row(best->sink, batch, vm, index, &row->text);
	uint32_t columns = ppm_sink_column_count(best->sink);
	for (uint32_t i = 0; i < columns; i++) {
		ppm_sink_cell(best->sink, batch, vm, index, i, &row->cells);
		row->cell_ends[i] = row->cells.size;
	}
	void *fresh = best->fresh;
	if (row->text.failed || row->cells.failed || !ppm_grow(best->allocator, &fresh, &best->fresh_capacity, best->fresh_count + 1, sizeof *best->fresh))
		return false;
	best->fresh = fresh;
	best->fresh[best->fresh_count++] = row;
	return true;
}

static bool take(struct ppm_best_rows *best, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t index, double score)
{
	if (best->count < best->limit) {
		struct ppm_best_row *row = new_row(best);
		if (!row)
			return false;
		best->heap[best->count++] = row;
		bool filled = fill_row(best, row, batch, vm, index, score);
		sift_up(best->heap, best->count - 1);
		return filled;
	}
	bool filled = fill_row(best, best->heap[0], batch, vm, index, score);
	sift_down(best->heap, best->count);
	return filled;
}

bool ppm_best_rows_offer(struct ppm_best_rows *best, const struct ppm_batch *batch, const struct ppm_vm *vm)
{
	const struct ppm_program *program = best->program;
	const double *scores = program->score == PPM_NO_REGISTER ? NULL : ppm_vm_register(vm, PPM_CLASS_F64, program->score);
	const uint64_t *present = program->score_present == PPM_NO_REGISTER ? NULL : ppm_vm_register(vm, PPM_CLASS_MASK, program->score_present);
	for (uint32_t row = 0; row < batch->rows; row++) {
		if (ppm_mask_bit(batch->refused, row))
			continue;
		double score = scores && (!present || ppm_mask_bit(present, row)) ? ppm_number_as_decimal(scores[row]) : -INFINITY;
		// A worker sees records in the file's order: an equal score came earlier and stays.
		if (best->count == best->limit && !(score > best->heap[0]->score))
			continue;
		if (!take(best, batch, vm, row, score))
			return false;
	}
	return true;
}

void ppm_best_rows_end_chunk(struct ppm_best_rows *best, uint64_t ordinal)
{
	for (size_t i = 0; i < best->fresh_count; i++)
		best->fresh[i]->chunk = ordinal;
	best->fresh_count = 0;
}

static int order_pointers(const void *a, const void *b)
{
	return order(*(struct ppm_best_row *const *)a, *(struct ppm_best_row *const *)b);
}

bool ppm_best_rows_merge(const struct ppm_best_rows *const *workers, unsigned worker_count, struct ppm_best_row ***out, size_t *count)
{
	size_t all = 0, limit = worker_count ? workers[0]->limit : 0;
	*count = 0;
	for (unsigned i = 0; i < worker_count; i++)
		all += workers[i]->count;
	*out = ppm_allocate(worker_count ? workers[0]->allocator : NULL, all + 1, sizeof **out);
	if (!*out)
		return false;
	size_t filled = 0;
	for (unsigned i = 0; i < worker_count; i++)
		for (size_t k = 0; k < workers[i]->count; k++)
			(*out)[filled++] = workers[i]->heap[k];
	qsort(*out, filled, sizeof **out, order_pointers);
	*count = filled < limit ? filled : limit;
	return true;
}

// What the engine's files share: the best rows of a run, and the file of refused records.
#ifndef PPM_RUNTIME_ENGINE_ENGINE_INTERNAL_H
#define PPM_RUNTIME_ENGINE_ENGINE_INTERNAL_H

#include "runtime/engine/engine.h"

// A row worth keeping. Its place in the file is (chunk, record): chunk is PPM_BEST_THIS_CHUNK until the chunk's ordinal is known, which
// sorts after all chunks before it, as it should.
#define PPM_BEST_THIS_CHUNK UINT64_MAX
struct ppm_best_row {
	double score;               // -INFINITY: missing
	uint64_t chunk, record;
	struct ppm_buffer text;     // as the sink writes the row
	struct ppm_buffer cells;    // all cells' text in one run …
	size_t *cell_ends;          // … and where each ends
};

// One worker's best rows: a heap with the worst of them at its root.
struct ppm_best_rows {
	const struct ppm_allocator *allocator;
	const struct ppm_sink *sink;
	const struct ppm_program *program;
	uint32_t limit;
	bool keep_text;             // the rows are to be written
	struct ppm_best_row **heap;
	size_t count, capacity;
	struct ppm_best_row **fresh; // taken in from the current chunk
	size_t fresh_count, fresh_capacity;
};

void ppm_best_rows_init(struct ppm_best_rows *best, const struct ppm_allocator *allocator, const struct ppm_program *program, const struct ppm_sink *sink, uint32_t limit, bool keep_text);
void ppm_best_rows_free(struct ppm_best_rows *best);
// Looks at each row of the batch that was not refused. False when memory ran out.
bool ppm_best_rows_offer(struct ppm_best_rows *best, const struct ppm_batch *batch, const struct ppm_vm *vm);
void ppm_best_rows_end_chunk(struct ppm_best_rows *best, uint64_t ordinal);
// All workers' rows, best first, cut to the limit: *out (free with ppm_free; the rows stay the workers'). False when memory ran out.
bool ppm_best_rows_merge(const struct ppm_best_rows *const *workers, unsigned worker_count, struct ppm_best_row ***out, size_t *count);

// The rejects file's first line: line, column, code, message and the file's own header.
void ppm_rejects_header(const struct ppm_source *source, struct ppm_buffer *out);
// A refused record after its place (the line in the file) and what is wrong with it.
void ppm_rejects_row(const struct ppm_source *source, const struct ppm_data_problem *problem, struct ppm_buffer *out);

#endif

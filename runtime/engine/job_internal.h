// What the files share that run a job.
#ifndef PPM_RUNTIME_ENGINE_JOB_INTERNAL_H
#define PPM_RUNTIME_ENGINE_JOB_INTERNAL_H

#include "runtime/dataset/steps.h"
#include "runtime/dataset/table.h"
#include "runtime/engine/job_run.h"
#include "runtime/engine/pipeline.h"

// An index over key columns of a table, kept while a later MATCH can use it.
struct ppm_job_index {
	struct ppm_key_index *index;
	uint32_t table;
	const uint32_t *columns;
	uint32_t column_count;
};

struct ppm_job_state {
	const struct ppm_allocator *allocator;
	const struct ppm_job *job;
	const struct ppm_job_input *inputs;
	struct ppm_atomic_file *output;
	const struct ppm_job_options *options;
	struct ppm_job_report *report;
	struct ppm_memory *memory;
	struct ppm_steps steps;
	struct ppm_text_pool *texts; // own_texts, or the caller's
	struct ppm_text_pool own_texts;
	bool texts_ready;              // own_texts
	uint64_t text_bytes;           // of texts, as counted against the limit of memory
	struct ppm_kept_table *tables; // [job->table_count]
	uint32_t **links;              // [job->link_count]: [rows of from], or NULL: not made yet, or into a table of one row
	bool *owned;                   // [job->link_count]: leads from a child to its parent, or through parents to one further up; of groups: such a link is part of the key
	struct ppm_tree_shape *trees;  // [job->tree_count]
	bool *tree_made;
	bool *rejects_begun; // [table]
	uint32_t action;     // the current one
	struct ppm_job_index *indexes;
	size_t index_count, index_room;
};

// ---- job_run.c
// Whatever they return, both are closed: the state by ppm_job_close_state, the report by ppm_job_report_free. False when memory ran out.
bool ppm_job_open_state(struct ppm_job_state *state);
void ppm_job_close_state(struct ppm_job_state *state);
bool ppm_job_open_report(struct ppm_job_report *report, const struct ppm_allocator *allocator, const struct ppm_job *job);

// ---- job_load.c
// `against`: the rows to compare with, before the table's own.
enum ppm_status ppm_job_load(struct ppm_job_state *state, const struct ppm_action *action, bool against);

// The column of a load program that is made for nobody, and its store: the key where it only tells rows apart. PPM_NO_INDEX: none. With --against it is compared, and made.
uint32_t ppm_job_unread_key(const struct ppm_job *job, uint32_t table, const struct ppm_program *program, uint32_t *store);

// ---- job_programs.c: EVALUATE, RESULT
enum ppm_status ppm_job_evaluate(struct ppm_job_state *state, const struct ppm_action *action);
enum ppm_status ppm_job_result(struct ppm_job_state *state, const struct ppm_action *action);
// After threads have worked with pools over the job's: their new texts are taken over. maps[worker] (free with ppm_free) say what their codes became; NULL where they are what they were.
enum ppm_status ppm_job_merge_texts(struct ppm_job_state *state, struct ppm_pipeline *pipeline, uint32_t **maps);
// Text codes that a worker made become the job's.
void ppm_job_exchange(const struct ppm_pipeline_worker *worker, const uint32_t *map, int32_t *codes, uint64_t count);
// Adds what a pipeline found wrong to the report of the table's input. `status` is the pipeline's.
enum ppm_status ppm_job_take_problems(struct ppm_job_state *state, uint32_t table, bool against, struct ppm_pipeline *pipeline, enum ppm_status status);
void ppm_job_count_sites(struct ppm_job_state *state, uint32_t program, const struct ppm_pipeline *pipeline);

// ---- job_apart.c: the population, with --against
// The rows that figures over a table see: 0 … population - 1. All of them without --against.
uint64_t ppm_job_population(const struct ppm_job_state *state, uint32_t table);
// A link that was just made: rows of the population lose partners that are not of it. Gives how many did.
uint64_t ppm_job_part_link(struct ppm_job_state *state, uint32_t link);
// The same for a link from children to parents, after the children of parents that are apart were put behind the others once more.
enum ppm_status ppm_job_part_children(struct ppm_job_state *state, uint32_t link);
// Groups made of a table's rows (link, representative rows): those without a row of the population are put behind the others. `to` gets its parts.
enum ppm_status ppm_job_part_groups(struct ppm_job_state *state, uint32_t link, uint32_t *representative);
// The rows that a figure along a link sees: those apart as well where they lead to rows that are apart, and are theirs alone.
uint64_t ppm_job_seen_along(const struct ppm_job_state *state, uint32_t link, uint32_t table);

// ---- job_pairs.c
enum ppm_status ppm_job_pairs(struct ppm_job_state *state, const struct ppm_action *action);

// ---- job_watch.c
// The figure of a group's rows that a GATHER brings to the scored ones; NULL: it brings something else.
const struct ppm_action *ppm_job_behind(const struct ppm_job *job, const struct ppm_action *gather);
// Notes what the action gave the rows that are watched.
enum ppm_status ppm_job_watched(struct ppm_job_state *state, const struct ppm_action *action);

// ---- job_given.c: with options->given
enum ppm_status ppm_job_give(struct ppm_job_state *state, const struct ppm_action *action, bool *done);
enum ppm_status ppm_job_given_figures(struct ppm_job_state *state, const struct ppm_action *action);

// ---- job_steps.c: everything else
enum ppm_status ppm_job_step(struct ppm_job_state *state, const struct ppm_action *action);
// With --against: no key may be in both files, or twice in one.
enum ppm_status ppm_job_check_key(struct ppm_job_state *state, const struct ppm_action *action);
// Frees the indexes that no action after the current one uses; those of a table whose arrays are about to grow.
void ppm_job_drop_indexes(struct ppm_job_state *state);
void ppm_job_forget_indexes(struct ppm_job_state *state, uint32_t table);
// The rows that take part: `where` (a column, or PPM_NO_INDEX) without those that were refused. NULL: all. *own: to be given back with ppm_job_give_where.
enum ppm_status ppm_job_where(struct ppm_job_state *state, uint32_t table, uint32_t column, const uint64_t **where, uint64_t **own);
void ppm_job_give_where(struct ppm_job_state *state, uint32_t table, uint64_t *own);
// An error of the data that a step found at a row.
enum ppm_status ppm_job_fault(struct ppm_job_state *state, uint32_t table, uint64_t row, enum ppm_data_code code, struct ppm_place place, struct ppm_slice column,
	struct ppm_slice value, struct ppm_slice message);
// The action's total passes its range (`what` says which): told at the row that made it so, or that it is for.
enum ppm_status ppm_job_total_fault(struct ppm_job_state *state, const struct ppm_action *action, uint32_t table, uint64_t row, const char *what);
// A value as a person reads it, at most 80 bytes of a text: for messages that go to a terminal as they are `escaped`, else as it stands.
void ppm_job_show(const struct ppm_job_state *state, uint32_t table, uint32_t column, uint64_t row, bool escaped, struct ppm_buffer *out);

static inline bool ppm_job_is_file(const struct ppm_job_state *state, uint32_t table)
{
	return state->job->tables[table].kind == PPM_TABLE_FILE;
}

#endif

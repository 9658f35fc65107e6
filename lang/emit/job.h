// The making of a job: tables.c decides what is kept and where, actions.c what is done, in which order.
#ifndef PPM_LANG_EMIT_JOB_H
#define PPM_LANG_EMIT_JOB_H

#include "lang/emit/emitter.h"
#include "lang/emit/stages.h"

// A column of a table: a plan column, or a node's value in some form.
struct ppm_slot {
	struct ppm_kept kept;
	uint32_t dataset;
	int32_t stage; // computed: in which its program runs
	bool computed; // a program stores it; else a step makes it
	uint32_t next; // another of the same node, + 1
};

// What belongs to each stage, in the order of the plan: lists that end with PPM_NO_INDEX.
enum { PPM_SLOTS, PPM_LINKS, PPM_TREES, PPM_STEPS, PPM_STAGED };
struct ppm_by_stage {
	uint32_t *first; // [stage]
	uint32_t *next;
};

struct ppm_job_builder {
	const struct ppm_plan *plan;
	const struct ppm_allocator *allocator;
	const struct ppm_source_map *map;
	bool optimise;
	enum ppm_status status;
	struct ppm_stages stages;
	struct ppm_job *job;

	bool laid_out;
	uint32_t *tables, *links, *trees; // [of the plan]: index in the job, or PPM_NO_INDEX
	bool *made;                       // [plan link]: its action is there
	struct ppm_slot *slots;
	size_t slot_count, slot_capacity;
	uint32_t *column_slots, *node_slots; // [of the plan]: slot + 1
	uint8_t *walked;                     // [plan node]: its columns are kept
	uint8_t *risky;                      // [plan node]: 1: its arithmetic may pass a range; 2: it may have no value, or is dear
	uint32_t *company_links;             // [dataset]: a link to the company that the plan does not have, or PPM_NO_INDEX
	struct ppm_leaf *leaves;             // [plan column]
	struct ppm_emit_shared shared;
	struct ppm_by_stage by_stage[PPM_STAGED];

	struct ppm_plan_result *results; // of the scored rows
	size_t result_count;
	bool pass_all;

	size_t table_capacity, link_capacity, tree_capacity, program_capacity, action_capacity, site_capacity;
};

// tables.c: fills the job's tables, links and trees, and all slots.
void ppm_job_lay_out(struct ppm_job_builder *b);
// The column of the dataset's table that holds the node in the form; PPM_NO_INDEX for PPM_NODE_NONE.
uint32_t ppm_job_kept_node(struct ppm_job_builder *b, uint32_t dataset, ppm_node_id node, uint8_t form);
uint32_t ppm_job_kept_column(struct ppm_job_builder *b, uint32_t column);
// Likewise, for a user who looks only at rows where both conditions hold (PPM_NODE_NONE: at all rows). What the others have in the column is no value.
uint32_t ppm_job_kept_where(struct ppm_job_builder *b, uint32_t dataset, ppm_node_id node, uint8_t form, ppm_node_id where, ppm_node_id also);
// Whether the node is computed only where it is asked for.
bool ppm_job_is_risky(const struct ppm_job_builder *b, ppm_node_id node);
// The condition of the rows that the step's link leads anywhere from, as far as it is one of rows of the step's dataset; PPM_NODE_NONE: none.
ppm_node_id ppm_job_link_where(const struct ppm_job_builder *b, const struct ppm_plan_step *step);
// The form in which values of the node are told apart and put in order.
uint8_t ppm_job_order_form(const struct ppm_job_builder *b, ppm_node_id node);
// The forms of the two sides of part `i` of a link's key.
uint8_t ppm_job_key_form(const struct ppm_job_builder *b, const struct ppm_plan_link *link, uint32_t i);
// What the step takes, each in the form that it needs.
struct ppm_step_columns {
	uint32_t value, where, order;
};
struct ppm_step_columns ppm_job_step_columns(struct ppm_job_builder *b, const struct ppm_plan_step *step);
uint8_t ppm_job_value_form(const struct ppm_job_builder *b, const struct ppm_plan_step *step, ppm_node_id value);
// The job's link from the step's dataset to its outer one.
uint32_t ppm_job_step_link(struct ppm_job_builder *b, const struct ppm_plan_step *step);

// actions.c: all actions, programs and sites.
void ppm_job_act(struct ppm_job_builder *b);

// Room for one more entry of a table of the job: zeroed, or NULL (status is set).
void *ppm_job_entry(struct ppm_job_builder *b, void **items, uint32_t *count, size_t *capacity, size_t size);
#define PPM_JOB_ENTRY(b, name) ppm_job_entry((b), (void **)&(b)->job->name##s, &(b)->job->name##_count, &(b)->name##_capacity, sizeof *(b)->job->name##s)
struct ppm_slice ppm_job_copy(struct ppm_job_builder *b, struct ppm_slice text);

#endif

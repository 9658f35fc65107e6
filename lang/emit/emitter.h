// The emitter's inside. Instructions are first emitted over virtual registers, as many as needed, each written once (but for accumulators); allocate.c
// then gives them the few real ones, by the span from first write to last use: jumps go forwards only, so that spans are intervals.
//
// A value is a register and, where it can be missing, a mask of where it is there. A flag's own mask holds only where it is present.
#ifndef PPM_LANG_EMIT_EMITTER_H
#define PPM_LANG_EMIT_EMITTER_H

#include "lang/emit/emit.h"

#define NO_VIRTUAL UINT32_MAX

struct ppm_virtual { // an instruction over virtual registers
	uint16_t op;
	uint32_t a, b, c, d, e, k;
	struct ppm_span span;
};

struct ppm_emitted { // where a value is
	uint32_t value;
	uint32_t present; // NO_VIRTUAL: everywhere
};

struct ppm_emitted_node {
	struct ppm_emitted at;
	uint32_t scope; // 0: not emitted; else the scope that it was emitted in
};

struct ppm_memo { // an operation on masks, or a part of a date, that was emitted already
	uint16_t op;
	uint32_t b, c, result;
	uint32_t older, older_result; // the memo before it, from 1, that may be of the same operation, or have the same result; 0: none
};

#define PPM_MEMO_CHAINS 256 // a power of 2
#define PPM_MEMO_RECENT 64  // older memos are not looked for: their registers would be held on to for long

struct ppm_linear_nodes { // the terms of a linear comparison, by the program's index
	ppm_node_id terms[PPM_LINEAR_TERMS];
};

struct ppm_emitted_points { // points that can fail, for the rows that take them
	ppm_node_id node;
	uint32_t rows;
	struct ppm_emitted at;
};

struct ppm_small_number { // an F register that was made of an H register, in units of 10^-places
	uint32_t number, small;
	uint8_t places;
};

// A branch: the rows that take it, and what was emitted inside it is forgotten at its end.
// Registers in the program's side tables (arguments of calls, terms of linear comparisons, reasons, results) are allocated like any other. Until then each
// rides on a pseudo instruction of opcode PPM_OPCODE_COUNT: a is the register, b its class, c its place in the entry, d what it is, k the entry.
enum ppm_ride {
	PPM_RIDE_ARGUMENT,
	PPM_RIDE_TERM,
	PPM_RIDE_CHOICE,
	PPM_RIDE_SUM,
	PPM_RIDE_MEAN, // of the next instruction that has a table of registers
	PPM_RIDE_REASON_SET,
	PPM_RIDE_REASON_VALUE,
	PPM_RIDE_REASON_FACTOR,
	PPM_RIDE_REASON_SLOT,
	PPM_RIDE_VALUE,
	PPM_RIDE_PRESENT, // c: the number of the value among e->values
	PPM_RIDE_TALLY,
	PPM_RIDE_SCORE,
	PPM_RIDE_SCORE_PRESENT,
	PPM_RIDE_STORE, // k: the store
	PPM_RIDE_STORE_PRESENT,
	PPM_RIDE_KEEP,
};

struct ppm_branch {
	uint32_t active; // mask
	uint32_t scope;
	size_t undo, memo;
};

// ---- what is asked of it: a whole model, or one program of a job ----------------------------------------------------

enum ppm_emit_kind {
	PPM_EMIT_STREAM, // fields in, results out
	PPM_EMIT_STORES, // fields or kept columns in, kept columns out; of pairs too
	PPM_EMIT_SCORED, // kept columns in, the scored rows' results out
	PPM_EMIT_TABLE,  // kept columns in, `results` out
};

// Where programs over kept rows find a plan column.
struct ppm_leaf {
	enum ppm_column_origin origin;
	uint32_t table, column;
};

// A value to keep: a plan column as it is, or a node in the form that its user needs.
#define PPM_FORM_ROUNDED 1 // the decimals that numbers stand for: those that arithmetic made are told apart and put in order that way
#define PPM_FORM_WIDE 2    // money of 4 places as money of 12
#define PPM_FORM_SET 4     // a flag as the set of rows where it holds, never missing
struct ppm_kept {
	uint32_t column; // PPM_NO_ID: the node
	ppm_node_id node;
	uint8_t form;
	uint32_t table_column;
	const struct ppm_guard *guards; // NULL: all rows are asked for
};

// Rows that a value is asked for: those where both conditions hold (PPM_NODE_NONE: always). What one of a list asks for is computed; of other rows nothing is said, and nothing can fail.
struct ppm_guard {
	ppm_node_id where, also;
	const struct ppm_guard *next;
};

// The texts and source texts that all programs of a job have in common.
struct ppm_emit_shared {
	uint32_t *text_codes; // [plan text]: code + 1
	uint8_t *fallible;    // as the emitter's
	struct ppm_slice *texts;
	uint32_t text_count;
	size_t text_capacity;
	struct ppm_program_source *sources;
	uint32_t source_count;
};

struct ppm_emit_task {
	const struct ppm_plan *plan;
	const struct ppm_allocator *allocator;
	const struct ppm_source_map *map;
	bool optimise;
	enum ppm_emit_kind kind;
	bool load;                     // STORES: fields are read from the file of `dataset`
	uint32_t dataset;              // whose rows it runs over
	const struct ppm_leaf *leaves; // [plan column]; NULL: fields
	const struct ppm_table *tables;
	const struct ppm_kept *stores;
	uint32_t store_count;
	ppm_node_id keep;
	const struct ppm_plan_result *results; // STREAM, SCORED: the plan's; PASS only of fields
	size_t result_count;
	bool pass_all;
	struct ppm_emit_shared *shared; // NULL: the program's own
};

// [plan node]: what can fail, or is dear enough to jump over when no row needs it, from the leaves up (1 can fail, 2 is dear). The caller's to free; NULL when memory ran out.
uint8_t *ppm_emit_fallible(const struct ppm_plan *plan, const struct ppm_allocator *allocator);
enum ppm_status ppm_emit_program(struct ppm_program **out, const struct ppm_emit_task *task);

struct ppm_emitter {
	const struct ppm_emit_task *task;
	const struct ppm_plan *plan;
	const struct ppm_allocator *allocator;
	const struct ppm_source_map *map;
	struct ppm_program *program;
	bool optimise, failed, limit;

	struct ppm_virtual *code;
	size_t code_count, code_capacity;
	uint32_t counts[PPM_CLASS_COUNT]; // virtual registers made

	struct ppm_emitted_node *nodes; // [plan node]
	ppm_node_id *undo;              // nodes emitted inside branches, in order
	size_t undo_count, undo_capacity;
	struct ppm_memo *memos;
	size_t memo_count, memo_capacity;
	uint32_t memo_chains[PPM_MEMO_CHAINS], memo_result_chains[PPM_MEMO_CHAINS]; // the newest of each, from 1; 0: none
	struct ppm_linear_nodes *linear_nodes; // [linear]
	size_t linear_node_capacity;
	struct ppm_small_number *small_numbers;
	size_t small_number_count, small_number_capacity;
	struct ppm_emitted_points *points;
	size_t point_count, point_capacity;
	struct ppm_branch branch;
	uint32_t scopes;
	uint8_t *fallible; // ppm_emit_fallible
	uint8_t *prepared; // [plan node]

	uint32_t rows, all, none;                          // masks: this batch's rows; every bit; no bit
	struct ppm_emitted *dimensions, *dimension_points; // [dimension]
	uint32_t *dimension_whole;                         // [dimension]: its share in an H register, or NO_VIRTUAL
	uint32_t *range_low, *range_high;                  // [dimension]: virtual registers, or NO_VIRTUAL
	uint8_t *dimension_state;

	struct ppm_value **values; // results' and templates' values whose registers are still virtual
	size_t value_count, value_capacity;
	// growing tables of the program
	size_t rate_capacity, point_sum_capacity, mean_capacity, choice_capacity, constant_capacity, text_capacity, set_capacity, text_test_capacity, map_capacity, linear_capacity,
		point_range_capacity, call_capacity, site_capacity, reason_list_capacity, output_capacity, tally_capacity, column_capacity, store_capacity;
	uint32_t *site_slots; // by place and reason: site + 1
	size_t site_slot_count;
	uint32_t *constant_slots; // by its bits: constant + 1
	size_t constant_slot_count;
	uint32_t *text_codes;                    // [plan text]: program code + 1
	uint32_t *column_value, *column_present; // [plan column]: virtual registers, or NO_VIRTUAL
	uint8_t *column_pooled, *column_passed;
	uint32_t *program_column; // [plan column]: index in the program + 1
	uint32_t *passed_column;  // [plan column]: likewise, of the column whose raw field is passed through; the same one when fields are read
};

enum ppm_register_class ppm_emit_class(const struct ppm_node *node);
enum ppm_register_class ppm_emit_column_class(const struct ppm_plan_column *column);
uint32_t ppm_emit_register(struct ppm_emitter *e, enum ppm_register_class class);
// Appends an instruction; operands that it does not use are 0.
void ppm_emit_op(struct ppm_emitter *e, enum ppm_opcode op, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t lanes, uint32_t k, struct ppm_span span);
uint32_t ppm_emit_constant_f64(struct ppm_emitter *e, double value);
uint32_t ppm_emit_constant_i64(struct ppm_emitter *e, int64_t value);
uint32_t ppm_emit_constant_x128(struct ppm_emitter *e, ppm_int128 value);
uint32_t ppm_emit_pair_f64(struct ppm_emitter *e, double low, double high);
uint32_t ppm_emit_pair_i64(struct ppm_emitter *e, int64_t low, int64_t high);
uint32_t ppm_emit_text(struct ppm_emitter *e, uint32_t plan_text);
struct ppm_place ppm_emit_place(const struct ppm_source_map *map, struct ppm_span span);
// The place in the model that says where something has no value, and why: one for all that says the same.
uint32_t ppm_emit_site(struct ppm_emitter *e, struct ppm_span span, const char *what);
// Room for one more entry of a program's table: returns it zeroed, or NULL (failed is set).
void *ppm_emit_entry(struct ppm_emitter *e, void **items, uint32_t *count, size_t *capacity, size_t size);
#define PPM_EMIT_ENTRY(e, name) ppm_emit_entry((e), (void **)&(e)->program->name##s, &(e)->program->name##_count, &(e)->name##_capacity, sizeof *(e)->program->name##s)

// The operation's result is known from here to the end of the branch.
void ppm_emit_memorise(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c, uint32_t result);
// Masks, simplified and never emitted twice. NO_VIRTUAL stands for every row in `present` positions.
uint32_t ppm_emit_and(struct ppm_emitter *e, uint32_t a, uint32_t b);
uint32_t ppm_emit_or(struct ppm_emitter *e, uint32_t a, uint32_t b);
uint32_t ppm_emit_and_not(struct ppm_emitter *e, uint32_t a, uint32_t b);
uint32_t ppm_emit_not(struct ppm_emitter *e, uint32_t a);
uint32_t ppm_emit_both(struct ppm_emitter *e, uint32_t present_a, uint32_t present_b);

// values.c
struct ppm_emitted ppm_emit_node(struct ppm_emitter *e, ppm_node_id id);
// The scoring values that the node needs are emitted first, outside of any branch.
struct ppm_emitted ppm_emit_root(struct ppm_emitter *e, ppm_node_id id);
// Likewise, for the rows of a mask alone: in others it does not fail, has no missing values that count, and may hold anything.
struct ppm_emitted ppm_emit_root_for(struct ppm_emitter *e, ppm_node_id id, uint32_t rows);
// A node of money as a register of 12 places.
uint32_t ppm_emit_exact(struct ppm_emitter *e, ppm_node_id id);
// The part of a date that the node is, in an I register; false when it is none.
bool ppm_emit_date_part(struct ppm_emitter *e, ppm_node_id id, struct ppm_emitted *out);
// compare.c
struct ppm_emitted ppm_emit_compare(struct ppm_emitter *e, ppm_node_id id);
// A conjunction of two bounds on one value as one instruction; false when it is none.
bool ppm_emit_range(struct ppm_emitter *e, ppm_node_id id, struct ppm_emitted *out);
// scoring.c
struct ppm_emitted ppm_emit_scoring(struct ppm_emitter *e, const struct ppm_node *node);
// Where the rule is known to fire or not (NO_VIRTUAL: everywhere).
uint32_t ppm_emit_rule_known(struct ppm_emitter *e, const struct ppm_plan_rule *rule);
// The range that a row's decided rules have, in millionths, for a dimension without a declared range.
void ppm_emit_dimension_range(struct ppm_emitter *e, uint32_t dimension, uint32_t *low, uint32_t *high);
// reasons.c: a list of what cost points, for `count` reasons; returns its index.
uint32_t ppm_emit_reasons(struct ppm_emitter *e, uint32_t count, uint32_t *first);
uint32_t ppm_emit_action(struct ppm_emitter *e, uint32_t *first);
// A text with its values, where `shown` holds (PPM_NODE_NONE: everywhere).
uint32_t ppm_emit_text_of(struct ppm_emitter *e, const struct ppm_plan_piece *text, ppm_node_id shown, uint32_t *first);
// Where the tier has that name; NO_VIRTUAL when nothing gives it.
uint32_t ppm_emit_tier_mask(struct ppm_emitter *e, struct ppm_emitted tier, struct ppm_slice name);
// The points of the rule alone as millionths (an L register of its own).
uint32_t ppm_emit_rule_points(struct ppm_emitter *e, const struct ppm_plan_rule *rule);
// The most that its decided rules could give in each row, likewise.
uint32_t ppm_emit_rule_most(struct ppm_emitter *e, const struct ppm_plan_rule *rule);
// outputs.c
void ppm_emit_outputs(struct ppm_emitter *e);
void ppm_emit_stores(struct ppm_emitter *e);
// A text with its values, of the rows that show it: elsewhere they are not computed, and do not fail.
struct ppm_text_template ppm_emit_template(struct ppm_emitter *e, const struct ppm_plan_piece *pieces, struct ppm_slice fallback, uint32_t rows);
// columns.c
void ppm_emit_columns(struct ppm_emitter *e);
struct ppm_emitted ppm_emit_column(struct ppm_emitter *e, uint32_t column, bool pooled);
// allocate.c: virtual registers to real ones, places to lines.
void ppm_emit_allocate(struct ppm_emitter *e);

#endif

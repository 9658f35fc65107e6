// The plan: the one typed form of a model between its text and whatever executes it. Row expressions are a graph of nodes, each distinct one
// there once (equal subexpressions are the same node); the scoring rules refer to nodes. Everything that runs, explains or translates a
// model starts here, so that there is one meaning.
//
// Node 0 is the poisoned node: it stands for whatever had a mistake in it, and any node over it is node 0 again. It is also what building a node
// returns when memory ran out (plan->out_of_memory).
#ifndef PPM_LANG_PLAN_PLAN_H
#define PPM_LANG_PLAN_PLAN_H

#include "lang/diag/diag.h"
#include "lang/plan/type.h"
#include "runtime/base/hash.h"
#include "runtime/base/number.h"
#include "runtime/bytecode/job.h"
#include "stdlib/builtins.h"

typedef uint32_t ppm_node_id;
#define PPM_NODE_NONE UINT32_MAX

// NODE(NAME, "text"): the one list of operations of the plan.
#define PPM_NODE_OPS(X) \
	X(POISON, "mistake") \
	X(CONSTANT, "constant") \
	X(MISSING, "missing") /* a typed value that is never there */ \
	X(COLUMN, "column")   /* index: plan->columns */ \
	X(NEGATE, "-") \
	X(ABSOLUTE, "abs") \
	X(ADD, "+") X(SUBTRACT, "-") X(MULTIPLY, "*") X(DIVIDE, "/") X(MODULO, "mod") X(POWER, "^") X(MINIMUM, "min") X(MAXIMUM, "max") X(ROUND, "round") /* index: places */ \
		X(FIGURE, "number") /* money or duration as a bare number */ \
		X(EQUAL, "=") X(LESS, "<") X(LESS_EQUAL, "<=") X(AND, "and") X(OR, "or") X(NOT, "not") X(IS_MISSING, "is missing") X(DEFAULT, "default") \
			X(SELECT, "if")               /* a ? b : c, and d where a is missing (PPM_NODE_NONE: missing) */ \
		X(IN_SET, "in")                       /* a text in plan->text_sets[index] */ \
		X(TEXT_TEST, "text test")             /* index: enum ppm_text_test_kind; a with b */ \
		X(MAP, "lookup")                      /* a text by plan->maps[index] */ \
		X(CALL, "call")                       /* plan->calls[index]; a b c d */ \
		X(SCALE, "scale")                     /* a number through plan->scales[index] */ \
		X(RETYPE, "as")                       /* the same figure in another unit */ \
		X(DIMENSION, "dimension")             /* plan->dimensions[index]: its 0..100 */ \
		X(POINTS, "points") X(SCORE, "score") /* index 0: the score; 1, 2: score_low, score_high; 3 + i: perspective i. As shown: rounded */ \
		X(EVIDENCE, "evidence")

enum ppm_node_op {
#define X(name, text) PPM_NODE_##name,
	PPM_NODE_OPS(X)
#undef X
		PPM_NODE_OP_COUNT
};

#define PPM_NODE_DEPTH_LIMIT 3000
#define PPM_NO_DATASET UINT32_MAX
#define PPM_NO_ID UINT32_MAX // of a column, link, tree …: none

struct ppm_node {
	uint8_t op;    // enum ppm_node_op
	bool may_miss; // its value can be missing
	bool bare;     // a figure written without a unit: it adapts to what it meets
	bool computed; // a number that arithmetic made: compared and printed as the decimal that it stands for (ppm_number_as_decimal)
	bool wide;     // money with 12 places (else 4)
	struct ppm_type type;
	ppm_node_id a, b, c, d; // operands; PPM_NODE_NONE where absent
	uint32_t index;
	uint32_t dataset; // whose rows it is a value of; PPM_NO_DATASET: of none in particular (constants)
	uint32_t depth;   // of the graph under it, 1 for a leaf: at most PPM_NODE_DEPTH_LIMIT, so that walks may recurse
	union {
		double number;    // NUMBER, PERCENT
		ppm_int128 exact; // MONEY, 12 places
		uint32_t text;    // TEXT: plan->texts
		int32_t whole;    // DATE, DURATION
		bool flag;
	} value;              // CONSTANT
	double low, high;     // bounds of a number, percent, money (in units), date or duration; -INFINITY, INFINITY where unknown
	struct ppm_span span; // where it was first written
	const struct ppm_expression *written; // of the model's own rows: how it is written there, a name before an expression; NULL: nowhere
};

// Where a column's values come from. All but FIELD are figures that some step or other dataset provides; to an expression they are columns like any other.
enum ppm_plan_column_kind {
	PPM_PLAN_FIELD,        // of the dataset's file
	PPM_PLAN_STEP,         // plan->steps[index] makes it
	PPM_PLAN_KEY,          // of a dataset of groups: part `index` of its link's key
	PPM_PLAN_COMPANY,      // `value`, a node of the company's one row, the same for every row
	PPM_PLAN_OUTER,        // of a dataset of pairs: `value`, a node of the outer dataset
	PPM_PLAN_INNER,        // likewise, of the inner one
	PPM_PLAN_LEVEL,        // likewise: how far the inner row is below the outer, from 1
	PPM_PLAN_PERIOD_START, // of a calendar: a period's first day
	PPM_PLAN_PERIOD_END,   // … and last day
	PPM_PLAN_DEPTH,        // how far the row is from its root in plan->trees[index], 0 for a root
};

struct ppm_plan_column {
	struct ppm_slice name, header;
	struct ppm_type type;
	enum ppm_plan_column_kind kind;
	uint32_t dataset; // 0: the scored one
	uint32_t index;
	ppm_node_id value;
	bool wide;        // not FIELD: money with 12 places
	bool computed;    // not FIELD: a number that arithmetic made
	double low, high; // not FIELD: bounds
	bool key, optional, declared;
	const struct ppm_column_declaration *declaration; // NULL for an inferred column
	struct ppm_span span;                             // of its declaration or first use
	uint32_t uses;
	bool used_default; // `default`, `is missing`, `missing P` or the like was seen over it: the author thought of missing values
	ppm_node_id node;
};

// ---- other datasets, and what leads from one to another ------------------------------------------------------------------

enum ppm_plan_dataset_kind {
	PPM_DATASET_FILE,
	PPM_DATASET_GROUPS,   // a row for each distinct key of another dataset's rows
	PPM_DATASET_CALENDAR, // a row for each period
	PPM_DATASET_COMPANY,  // one row: plan->company
	PPM_DATASET_PAIRS,    // never kept: pairs of rows of `outer` and `inner`, over which an aggregate runs
};

struct ppm_plan_dataset {
	struct ppm_slice name; // "" for helpers
	struct ppm_span span;
	enum ppm_plan_dataset_kind kind;
	const struct ppm_statement *statement; // NULL for helpers
	struct ppm_slice file;                 // FILE: `from "…"`, or empty
	uint32_t key;                          // plan column that tells rows apart, or PPM_NO_ID
	ppm_node_id keep;                      // FILE: a flag that is never missing; rows without it do not exist. PPM_NODE_NONE: all do
	uint32_t parent_link;                  // to the dataset that this one is `of`, or PPM_NO_ID
	uint32_t link;                         // GROUPS: the link that makes it
	enum ppm_calendar_unit unit;           // CALENDAR
	int32_t first_day, last_day;
	enum ppm_pairs_relation relation; // PAIRS
	uint32_t outer, inner;            // datasets
	uint32_t outer_link, inner_link;  // KEYS: links that meet in one dataset
	uint32_t tree;                    // TREE
};

enum ppm_plan_link_kind {
	PPM_LINK_MATCH,   // the row of `to` with the same key
	PPM_LINK_GROUP,   // the row of `to`, a dataset of groups that this link makes
	PPM_LINK_COMPOSE, // by way of a third dataset
	PPM_LINK_ALL,     // `to` is the company: its one row
};

struct ppm_plan_key {
	bool is_link;
	uint32_t link;     // is_link (GROUP only): the row that it leads to
	ppm_node_id value; // else: a node of `from`
	bool rounded;      // a number that meets one that arithmetic made: it is rounded as that is
};

struct ppm_plan_link {
	struct ppm_slice name; // "region references regions", for messages
	struct ppm_span span;
	enum ppm_plan_link_kind kind;
	uint32_t from, to;
	const struct ppm_plan_key *keys;
	const uint32_t *other_keys; // plan columns of `to`: MATCH: with these keys; GROUP: that hold them (PPM_NO_ID for a link's part)
	uint32_t key_count;
	uint32_t first, second; // COMPOSE
	ppm_node_id where;      // GROUP: rows without this flag belong to no group; PPM_NODE_NONE: all do. Never missing.
	bool owned;             // MATCH: a row without a partner is an orphan; else an unknown key
	bool reported;          // MATCH: such rows are worth telling
	bool drop_missing;      // GROUP: rows with a missing key belong to no group
	bool of_summary; // GROUP: with --against, of the rows that are compared with alone
};

struct ppm_plan_tree {
	struct ppm_slice name;
	struct ppm_span span;
	uint32_t dataset;
	uint32_t link; // of the dataset to itself: a row's parent
	bool break_cycles;
	uint32_t depth_column; // plan column, or PPM_NO_ID until one is asked for
};

enum ppm_plan_step_kind {
	PPM_STEP_GATHER,         // `value` of link.to, brought to link.from
	PPM_STEP_AGGREGATE,      // over `dataset`, which may be one of pairs; for each row of `outer`, by `link` (of pairs: by their own)
	PPM_STEP_RANK,           // among the rows of `dataset`; `link`: among those with the same partner, or PPM_NO_ID
	PPM_STEP_TREE_AGGREGATE, // over the rows below each row in `tree`
	PPM_STEP_AGREEMENT,      // of `values`, over `dataset`
};

// What needs more than its own row. Two equal steps are one; their inputs and result are described in runtime/bytecode/job.h.
struct ppm_plan_step {
	enum ppm_plan_step_kind kind;
	uint32_t dataset, outer, link, tree;
	ppm_node_id value, where, order; // nodes of `dataset` (GATHER: of link.to), or PPM_NODE_NONE. `where` is never missing.
	bool descending;
	enum ppm_aggregate_function aggregate;
	enum ppm_rank_function rank;
	enum ppm_agreement_function agreement;
	double fraction, ratio;
	uint32_t tiles, level_low, level_high;
	bool numbers; // RANK: it tells every row's number, so that with --against the rows to score count like the others
	const ppm_node_id *values; // AGREEMENT
	uint32_t value_count;
	uint32_t column;       // the plan column that holds its result
	struct ppm_slice text; // as written: "sum(amount over invoices)"
	struct ppm_span span;
};

struct ppm_plan_metric {
	struct ppm_slice name, doc;
	struct ppm_span span;
	ppm_node_id node; // of the company
};

struct ppm_plan_order {
	ppm_node_id node;
	bool descending;
};

struct ppm_plan_result;
struct ppm_plan_summary {
	struct ppm_slice name;
	struct ppm_span span;
	uint32_t dataset;                // its groups or periods: a row each
	struct ppm_plan_result *results; // VALUE: nodes of that dataset
	uint32_t result_count;
	const struct ppm_plan_order *orders; // by its groups' own values; then by key
	uint32_t order_count;
};

struct ppm_plan_map { // text -> constant
	uint32_t count;
	uint32_t *keys;        // plan->texts
	ppm_node_id *values;   // CONSTANT nodes of one type
	ppm_node_id otherwise; // CONSTANT
	ppm_node_id missing;   // CONSTANT, or PPM_NODE_NONE: missing stays missing
};

struct ppm_text_set {
	uint32_t count;
	uint32_t *texts; // ascending
};

struct ppm_plan_call {
	const struct ppm_builtin *builtin;
	uint32_t argument_count;
	ppm_node_id arguments[4];
};

struct ppm_plan_piece { // of a template
	struct ppm_slice literal;
	ppm_node_id value; // PPM_NODE_NONE: a literal
	bool as_percent;
	struct ppm_slice format; // a number pattern, or empty
	struct ppm_plan_piece *next;
};

// What can move a dimension's points: a rule, a table, or a bundle of rules.
struct ppm_plan_rule {
	enum ppm_rule_kind kind;
	const struct ppm_rule *syntax;
	struct ppm_slice name; // qualified by its module
	struct ppm_span span;
	uint32_t index;             // in plan->rules
	uint32_t dimension;         // PPM_NO_DIMENSION in `adjust`
	ppm_node_id condition;      // REWARD, PENALTY
	ppm_node_id points;         // number >= 0 for REWARD, PENALTY (already kept at 0 or more, and capped); signed for SCALE, BANDS
	ppm_node_id missing_points; // or PPM_NODE_NONE: unknown stays unknown. Signed as the kind is
	double cap;                 // GROUP
	// BANDS: the condition of each band of the text but `missing` and `otherwise`, in order, and what they ask about.
	const ppm_node_id *bands;
	uint32_t band_count;
	ppm_node_id subject;
	bool penalties;             // BEST_OF, GROUP: it holds penalties; then the largest of a best of is the lowest value
	struct ppm_plan_piece *because;
	double low, high; // what it can add to the points
	bool may_be_unknown;
	uint32_t exclusive; // rules of one list with the same number > 0 can never fire together: a set, whose rules count once
	double together;    // of a rule in a set: the most that `missing` gives all of them, when none fires; 0 or more, also of penalties
	struct ppm_plan_rule *members, *next; // BEST_OF, GROUP; siblings
};

// points = from + (to - from) * t, t = (x - low) / (high - low) kept within 0 … 1.
struct ppm_plan_scale {
	double from, to, low, high;
};

#define PPM_NO_DIMENSION UINT32_MAX
#define PPM_POINTS_LIMIT 1e9 // of a rule, a range, a dimension

// Points as they are kept, and counted: to six places. What has no bound stays without.
static inline double ppm_points_kept(double points)
{
	return isfinite(points) ? ppm_number_round_places(points, 1e6) : points;
}

struct ppm_plan_dimension {
	struct ppm_slice name; // empty: the model's only one, unnamed
	struct ppm_slice doc;
	struct ppm_span span;
	double weight;
	bool has_weight;
	bool percent;                 // the weight is one, as then all are
	bool has_range;               // declared
	double low, high;             // the range in force
	double rules_low, rules_high; // what the rules can award, with start
	double start;
	struct ppm_plan_rule *rules;
	uint32_t rule_count;
};

struct ppm_plan_tier {
	struct ppm_slice name;
	ppm_node_id condition; // PPM_NODE_NONE: otherwise
	bool missing;          // `tier NAME missing`
	struct ppm_plan_piece *action;
	struct ppm_slice action_text;
	struct ppm_span span;
};

struct ppm_plan_segment {
	struct ppm_slice name;
	struct ppm_span span;
	uint32_t arm_count;
	struct ppm_slice *arm_names;
	ppm_node_id *conditions; // PPM_NODE_NONE: otherwise
	struct ppm_span *spans;
	ppm_node_id node; // the text
};

struct ppm_plan_perspective {
	struct ppm_slice name; // "cfo"; its score is score_cfo
	struct ppm_slice doc;
	struct ppm_span span;
	double *weights; // a dimension each
};

struct ppm_plan_disqualify {
	struct ppm_slice name;
	ppm_node_id condition;
	bool missing_passes;
	struct ppm_plan_piece *because;
	struct ppm_span span;
};

struct ppm_plan_override {
	ppm_node_id key; // a constant of the key's type
	struct ppm_slice tier;
	uint32_t despite; // a disqualifier's index + 1; 0: none
	bool expired;
	struct ppm_span span;
};

// `overrides from DATASET`: what the dataset's row of the same key says, brought to the customer's row.
struct ppm_plan_overriding {
	uint32_t dataset;
	ppm_node_id tier, by, because, until, despite; // until, despite: PPM_NODE_NONE where there is no such column
	struct ppm_span span;
};

enum ppm_result_kind { PPM_RESULT_VALUE, PPM_RESULT_REASONS, PPM_RESULT_ACTION, PPM_RESULT_PASS, PPM_RESULT_TEMPLATE };

struct ppm_plan_result {
	enum ppm_result_kind kind;
	struct ppm_slice name; // the header of the result's column
	ppm_node_id node;      // VALUE; TEMPLATE: where the text is shown, or PPM_NODE_NONE
	uint32_t column;       // PASS: plan->columns
	uint32_t count;        // REASONS
	const struct ppm_plan_piece *text; // TEMPLATE
	struct ppm_slice format;
	int places; // decimals to show, or -1
	struct ppm_span span;
};

struct ppm_plan_param {
	struct ppm_slice name, doc;
	struct ppm_span span;
	ppm_node_id node;
	bool set; // from the command line
	struct ppm_slice scenario; // that gave it its value, or empty
	struct ppm_slice full;     // as the command line names it: "patience", or "payments.patience" of a file that is used
	bool standard;             // of a standard module: nobody sets it
	const struct ppm_statement *statement;
	const struct ppm_expression *written; // the value in force
	ppm_node_id low, high;     // its declared range, or PPM_NODE_NONE
};

// Values of params that belong together: a `scenario` of the model. Those that list or were mistaken have no node.
struct ppm_plan_setting {
	struct ppm_slice name; // of the param, "horizon" or "clv.discount"
	struct ppm_slice text; // of the value, as written
	ppm_node_id node;      // of the param's type; PPM_NODE_POISON for a list
};
struct ppm_plan_scenario {
	struct ppm_slice name, doc;
	struct ppm_span span;
	struct ppm_plan_setting *settings;
	uint32_t setting_count;
	bool chosen; // its values are in force
};

// What was written, and the node that it became: for those who compare what is written with what it means.
struct ppm_plan_written {
	const struct ppm_expression *expression; // of a let, param or metric
	ppm_node_id node;
};

// A name that a file gives, the model's columns among them; what is neither a let nor a file that it uses has neither.
struct ppm_plan_name {
	struct ppm_slice name;
	const struct ppm_expression *let;   // what the let stands for
	const struct ppm_syntax_tree *used; // what `use` gave the name to
};

struct ppm_plan_module {
	struct ppm_slice name; // as its names begin, "payments"; empty: the model itself
	const struct ppm_syntax_tree *tree;
	bool standard;                     // of the library
	const struct ppm_plan_name *names; // none of the library's
	uint32_t name_count;
};

struct ppm_explanation; // explain.h
struct ppm_plan_test;   // tests.h

struct ppm_plan {
	struct ppm_arena *arena;
	const struct ppm_allocator *allocator;
	struct ppm_diagnostics *diagnostics;
	bool out_of_memory;
	uint32_t not_taken; // above 0: what is made is in an arm that a constant condition leaves out, and need not have a value

	struct ppm_node *nodes;
	size_t node_count, node_capacity;
	uint32_t *node_slots; // hash-consing: node id + 1
	size_t node_slot_count;

	struct ppm_interner interner;
	struct ppm_slice *texts; // the interner's items
	size_t text_count;
	uint32_t *first_texts; // that the program's texts begin with
	size_t first_text_count;
	struct ppm_plan_column *columns;
	size_t column_count, column_capacity;
	ppm_int128 *amounts; // what figures without a unit that no double holds are as amounts, by the index - 1 of their constants
	size_t amount_count, amount_capacity;
	struct ppm_plan_map *maps;
	size_t map_count, map_capacity;
	struct ppm_text_set *text_sets;
	size_t text_set_count, text_set_capacity;
	struct ppm_plan_call *calls;
	size_t call_count, call_capacity;

	struct ppm_plan_scale *scales;
	size_t scale_count, scale_capacity;

	struct ppm_plan_dataset *datasets; // 0: the scored one
	size_t dataset_count, dataset_capacity;
	struct ppm_plan_link *links;
	size_t link_count, link_capacity;
	struct ppm_plan_tree *trees;
	size_t tree_count, tree_capacity;
	struct ppm_plan_step *steps;
	size_t step_count, step_capacity;
	struct ppm_plan_metric *metrics;
	size_t metric_count, metric_capacity;
	struct ppm_plan_summary *summarys; // (the name that PPM_PLAN_APPEND makes)
	size_t summary_count, summary_capacity;
	uint32_t company; // the dataset of one row, or PPM_NO_DATASET until it is needed

	struct ppm_plan_rule **rules; // every reward, penalty, scale, bands, best of, group
	size_t rule_count, rule_capacity;
	struct ppm_plan_dimension *dimensions;
	size_t dimension_count, dimension_capacity;
	struct ppm_plan_rule *adjust;
	struct ppm_plan_tier *tiers;
	size_t tier_count, tier_capacity;
	struct ppm_plan_segment *segments;
	size_t segment_count, segment_capacity;
	struct ppm_plan_perspective *perspectives;
	size_t perspective_count, perspective_capacity;
	struct ppm_plan_disqualify *disqualifiers;
	size_t disqualifier_count, disqualifier_capacity;
	struct ppm_plan_override *overrides;
	size_t override_count, override_capacity;
	struct ppm_plan_overriding *overridings;
	size_t overriding_count, overriding_capacity;
	struct ppm_plan_param *params;
	size_t param_count, param_capacity;
	struct ppm_plan_param *list_params; // those whose value is a list: they have no node
	size_t list_param_count, list_param_capacity;
	struct ppm_plan_scenario *scenarios;
	size_t scenario_count, scenario_capacity;
	struct ppm_plan_result *results;
	size_t result_count, result_capacity;
	struct ppm_plan_written *writtens;
	size_t written_count, written_capacity;
	struct ppm_plan_module *modules; // the model itself first
	size_t module_count, module_capacity;

	ppm_node_id score, score_low, score_high, evidence, points; // PPM_NODE_NONE without rules
	ppm_node_id tier, tier_by_rules;                            // texts; PPM_NODE_NONE without tiers
	ppm_node_id disqualified, unverified;                       // flags that are never missing; PPM_NODE_NONE without disqualifiers
	ppm_node_id overridden;                                     // a flag, likewise
	int places;                                                 // of the score
	bool has_as_of;
	int32_t as_of;
	struct ppm_slice model_name, model_doc, dataset_name;
	bool inferred; // no dataset: columns come from their use
	bool pass_all; // every column of the file comes first in the result
	bool check_all; // then all that are declared are checked, not only those that something reads
	bool strict;
	struct ppm_explanation *explanation; // of a model that is compiled to be explained, else NULL
	struct ppm_plan_test *tests; // in the order of their text: the model's own, then those of its file of tests
	size_t test_count, test_capacity;
	bool plain_fields; // rows are written by this program: columns have their own names as headers, and values the forms that a model writes them in
};

void ppm_plan_init(struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_allocator *allocator, struct ppm_diagnostics *diagnostics);
void ppm_plan_free(struct ppm_plan *plan);

static inline const struct ppm_node *ppm_plan_node(const struct ppm_plan *plan, ppm_node_id id)
{
	return &plan->nodes[id];
}
bool ppm_plan_is_constant(const struct ppm_plan *plan, ppm_node_id id);
// Whether the node is this flag for every row.
bool ppm_plan_constant_is(const struct ppm_plan *plan, ppm_node_id id, bool flag);

// ---- building nodes: typed operands in, folded and shared nodes out. Types were checked by the caller. --------------------------

ppm_node_id ppm_plan_number(struct ppm_plan *plan, double value, struct ppm_type type, bool bare, struct ppm_span span); // NUMBER, PERCENT, rates of them
// A figure without a unit, for which the model has more digits than `value` holds: `exact`, as soon as it is an amount.
ppm_node_id ppm_plan_long_number(struct ppm_plan *plan, double value, ppm_int128 exact, struct ppm_span span);
ppm_node_id ppm_plan_number_of(struct ppm_plan *plan, const struct ppm_node *node, double value); // what such a node comes to: of its type, and computed if it is
ppm_node_id ppm_plan_money(struct ppm_plan *plan, ppm_int128 exact, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_text(struct ppm_plan *plan, struct ppm_slice text, struct ppm_span span);
ppm_node_id ppm_plan_whole(struct ppm_plan *plan, int32_t value, struct ppm_type type, struct ppm_span span); // DATE, DURATION
ppm_node_id ppm_plan_flag(struct ppm_plan *plan, bool value, struct ppm_span span);
ppm_node_id ppm_plan_missing(struct ppm_plan *plan, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_column_node(struct ppm_plan *plan, uint32_t column);
// The dataset with a file that a dataset is made of, through others perhaps, or is itself; and the column there that a key of such a dataset is, or any other column itself.
uint32_t ppm_plan_made_of(const struct ppm_plan *plan, uint32_t dataset);
uint32_t ppm_plan_key_made_of(const struct ppm_plan *plan, uint32_t column);
// Operations over nodes. `type` is the result's. Reports what a constant computation runs into (overflow, division by zero). What is multiplied stands first: an amount or
// a duration, then the figure.
ppm_node_id ppm_plan_unary(struct ppm_plan *plan, enum ppm_node_op op, ppm_node_id a, struct ppm_type type, uint32_t index, struct ppm_span span);
ppm_node_id ppm_plan_binary(struct ppm_plan *plan, enum ppm_node_op op, ppm_node_id a, ppm_node_id b, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_compare(struct ppm_plan *plan, enum ppm_relation relation, ppm_node_id a, ppm_node_id b, struct ppm_span span);
ppm_node_id ppm_plan_not(struct ppm_plan *plan, ppm_node_id a, struct ppm_span span);
ppm_node_id ppm_plan_and(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span);
ppm_node_id ppm_plan_or(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span);
ppm_node_id ppm_plan_is_missing(struct ppm_plan *plan, ppm_node_id a, struct ppm_span span);
ppm_node_id ppm_plan_default(struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, struct ppm_span span);
ppm_node_id ppm_plan_select(struct ppm_plan *plan, ppm_node_id condition, ppm_node_id yes, ppm_node_id no, ppm_node_id missing, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_in_set(struct ppm_plan *plan, ppm_node_id text, const uint32_t *texts, uint32_t count, struct ppm_span span);
ppm_node_id ppm_plan_text_test(struct ppm_plan *plan, enum ppm_text_test_kind kind, ppm_node_id text, ppm_node_id with, struct ppm_span span);
ppm_node_id ppm_plan_map_node(struct ppm_plan *plan, ppm_node_id text, const struct ppm_plan_map *map, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_call_node(struct ppm_plan *plan, const struct ppm_builtin *builtin, const ppm_node_id *arguments, uint32_t count, struct ppm_type type, struct ppm_span span);
ppm_node_id ppm_plan_scale_node(struct ppm_plan *plan, ppm_node_id subject, struct ppm_plan_scale scale, struct ppm_span span);
// DIMENSION, POINTS, SCORE, EVIDENCE.
ppm_node_id ppm_plan_scoring(struct ppm_plan *plan, enum ppm_node_op op, uint32_t index, struct ppm_type type, bool may_miss, double low, double high, struct ppm_span span);
// A constant of another unit: a bare figure as money, a percent …; the node itself when it has that type already.
ppm_node_id ppm_plan_retype(struct ppm_plan *plan, ppm_node_id id, struct ppm_type type, struct ppm_span span);

// The same computation over what the leaves stand for: every column under the node must be of that kind (COMPANY, INNER, OUTER), and its `value` takes its place.
// PPM_NODE_NONE when some leaf is another.
ppm_node_id ppm_plan_rebase(struct ppm_plan *plan, ppm_node_id id, enum ppm_plan_column_kind kind);

// The nodes from `count` on are forgotten; nothing may refer to them any more.
void ppm_plan_forget(struct ppm_plan *plan, size_t count);

// What stands in for what a row has, so that an expression can be worked out without running anything.
struct ppm_plan_row {
	const ppm_node_id *columns; // [plan->columns]: a constant, a missing node, or PPM_NODE_NONE where it is not known
	// DIMENSION, POINTS, SCORE, EVIDENCE, likewise.
	ppm_node_id (*scoring)(void *context, const struct ppm_node *node);
	void *context;
	ppm_node_id *done; // [count]: PPM_NODE_NONE at first; kept from one call to the next
	size_t count;      // of the nodes that may be asked for
};
// The node's value in that row by the compiler's own arithmetic: a constant, a missing node, PPM_NODE_NONE where it cannot be told, PPM_NODE_POISON where the computation leaves
// its type's range, or memory ran out. The plan's diagnostics must be muted. What it makes can be forgotten after.
ppm_node_id ppm_plan_work_out(struct ppm_plan *plan, struct ppm_plan_row *row, ppm_node_id id);

// The text's index in plan->texts, added if new.
uint32_t ppm_plan_intern(struct ppm_plan *plan, struct ppm_slice text);
// A constant number, percent, money (in units), date or duration as a double. False for others.
bool ppm_plan_constant_number(const struct ppm_plan *plan, ppm_node_id id, double *value);
// A constant figure as a row's value is compared with it: the values of `subject` from *least to *most are equal to it. They are several where one of both was computed.
bool ppm_plan_threshold(const struct ppm_plan *plan, ppm_node_id subject, ppm_node_id constant, double *least, double *most);
// An end of a range of figures. Amounts may be the same double and yet differ: `exact` has their 12 places, and is 0 for what is no amount.
struct ppm_edge {
	double figure;
	ppm_int128 exact;
};
// Below, at or above 0 as `a` is below, at or above `b`.
int ppm_edge_order(struct ppm_edge a, struct ppm_edge b);
// The least and the greatest value of a node.
struct ppm_edge ppm_plan_low(const struct ppm_plan *plan, const struct ppm_node *node);
struct ppm_edge ppm_plan_high(const struct ppm_plan *plan, const struct ppm_node *node);
// A constant figure as the edge of what is compared with it. False for others.
bool ppm_plan_constant_edge(const struct ppm_plan *plan, ppm_node_id id, struct ppm_edge *edge);
// Both are constant figures: *order is below, at or above 0 as `a` is below, at or above `b`, compared as a row's values would be.
bool ppm_plan_constant_order(const struct ppm_plan *plan, ppm_node_id a, ppm_node_id b, int *order);
// The columns that a node reads, each once: calls `visit` for each. Stops early when it returns false. Returns false when memory ran out.
bool ppm_plan_visit_columns(const struct ppm_plan *plan, ppm_node_id id, bool (*visit)(void *context, uint32_t column), void *context);

// A value that is compared with a constant, or stands before a `default`.
enum ppm_fact_kind { PPM_FACT_FIGURE, PPM_FACT_TEXTS, PPM_FACT_TABLE, PPM_FACT_DEFAULT };
struct ppm_plan_fact {
	enum ppm_fact_kind kind;
	ppm_node_id node;     // the comparison: EQUAL, LESS, LESS_EQUAL; IN_SET; MAP; DEFAULT
	ppm_node_id subject;  // what is compared
	ppm_node_id constant; // FIGURE: with what
};
// Visits those under the node, once each: `seen` has an entry for each node, all 0 at first.
void ppm_plan_visit_facts(const struct ppm_plan *plan, ppm_node_id id, uint8_t *seen, void (*visit)(void *context, const struct ppm_plan_fact *fact), void *context);

// Appends to a growable array of the plan; returns the new element zeroed, or NULL (out_of_memory is set).
void *ppm_plan_append(struct ppm_plan *plan, void **items, size_t *count, size_t *capacity, size_t size);
#define PPM_PLAN_APPEND(plan, name) ppm_plan_append((plan), (void **)&(plan)->name##s, &(plan)->name##_count, &(plan)->name##_capacity, sizeof *(plan)->name##s)

// ---- proofs ----------------------------------------------------------------------------------------------

// What is asked of a flag: that it is true, or that it is not (false or missing).
struct ppm_claim {
	ppm_node_id node;
	bool is_true;
};
// True when no row can satisfy all claims at once; false when one can, or when it is too hard to tell.
bool ppm_plan_contradiction(const struct ppm_plan *plan, const struct ppm_claim *claims, size_t count);
// True when the second flag is not missing in any row in which the first is true; false when it can be, or when it is too hard to tell.
bool ppm_plan_decides(const struct ppm_plan *plan, ppm_node_id true_flag, ppm_node_id flag);

// ---- scoring -----------------------------------------------------------------------------------------------

// Numbers the rules that exclude each other, computes each dimension's range from its rules, and reports what cannot be (100 out of reach, no bound).
void ppm_plan_ranges(struct ppm_plan *plan);
// What a bundle can add, from what its rules can.
void ppm_plan_bundle_range(struct ppm_plan_rule *rule);
// Whether one of the rules, or of those within them, can be undecided.
bool ppm_plan_any_unknown(const struct ppm_plan_rule *rules);
// Whether a customer can have no value for it: none of its rules is decided, or what is decided can move nothing.
bool ppm_plan_dimension_may_miss(const struct ppm_plan_dimension *dimension);
// The model in words, for `ppmc check`.
void ppm_plan_describe(const struct ppm_plan *plan, struct ppm_buffer *out);
// A constant as a model would write it; nothing for other nodes.
void ppm_plan_write_constant(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out);

#endif

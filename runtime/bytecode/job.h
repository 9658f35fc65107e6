// What a model with figures across rows runs: tables that are kept, and actions in order. The compiler cuts a model into stages at every figure that
// needs all rows; the actions are those stages one after another, so that whoever runs or shows a job goes through one list from first to last.
//
// The simplest model is no job at all: one program over one file, which streams. The compiler builds a job, ppm_job_verify proves it, and then it
// is read only. Its programs and everything else are in its arena; ppm_job_free frees all.
#ifndef PPM_RUNTIME_BYTECODE_JOB_H
#define PPM_RUNTIME_BYTECODE_JOB_H

#include "runtime/bytecode/program.h"

#define PPM_NO_INDEX UINT32_MAX // of a table, column, link, tree, program: none
#define PPM_NO_ROW UINT32_MAX   // in a link: this row has no partner
#define PPM_ROWS_MAX (UINT32_MAX - 1u)

// ---- tables ---------------------------------------------------------------------------------------------

// A column that is kept: one element a row, contiguous, so that steps go through it as an array.
struct ppm_table_column {
	struct ppm_slice name;              // "amount", "sum(amount over invoices)": for the disassembler and messages
	enum ppm_register_class class;      // MASK: a flag, a bit a row
	bool may_miss;                      // it has a presence mask beside it
	bool text;                          // I32: codes of the job's texts
	enum ppm_value_format_kind format;  // how a person reads it
	uint32_t last_action;               // the last action that reads it: then its memory may be given back
};

enum ppm_table_kind {
	PPM_TABLE_FILE,     // rows of a CSV file (two files, when the scored table is compared against another: see ppm_job.scored)
	PPM_TABLE_GROUPS,   // a row for each distinct key of another table's rows: PPM_ACTION_GROUP makes it
	PPM_TABLE_CALENDAR, // a row for each day, week, month, quarter or year of a range: PPM_ACTION_CALENDAR makes it
	PPM_TABLE_COMPANY,  // one row: figures of all
};

struct ppm_table {
	struct ppm_slice name;              // as the model calls it; "" for helper tables
	enum ppm_table_kind kind;
	struct ppm_slice path;              // FILE: `from "regions.csv"`, relative to the model's folder; empty: the command line gives it
	struct ppm_place place;             // FILE: of its declaration
	struct ppm_table_column *columns;
	uint32_t column_count;
	uint32_t key;                       // column that tells its rows apart (ties, messages), or PPM_NO_INDEX
	uint32_t raw_count;                 // FILE: raw fields kept for passing through: program columns of the load program with `passed`, in order
	bool keep_records;                  // FILE: whole raw rows are needed (a model without key or output passes every field)
};

// A link says for each row of `from` which row of `to` it belongs to (or PPM_NO_ROW). Links into the COMPANY table need no memory: every row's partner is row 0.
struct ppm_link {
	struct ppm_slice name;              // "invoices of customers", "customers by region"
	uint32_t from, to;
};

// A tree over one table: PPM_ACTION_TREE makes its structure from a link of the table to itself.
struct ppm_tree {
	struct ppm_slice name;              // "referrals"
	uint32_t table;
	uint32_t link;
	bool break_cycles;                  // `on cycle break`: in each circle the link of the row with the least key is dropped; else a circle is an error of the data
	struct ppm_place place;
};

// ---- actions --------------------------------------------------------------------------------------------

// The comments are the page's (docs/bytecode.md) and stay on their line.
enum ppm_action_kind {
	PPM_ACTION_LOAD,           // a file is read into a table: `program` runs over its fields, and what it stores is kept
	PPM_ACTION_EVALUATE,       // `program` runs over a table's kept columns, and what it stores is kept too
	PPM_ACTION_MATCH,          // a link is made: the key of each row of `link.from` is looked up among the rows of `link.to`
	PPM_ACTION_GROUP,          // a link and its table are made: the distinct keys of the rows of `link.from` become the rows of `link.to`, in ascending order
	PPM_ACTION_COMPOSE,        // a link is made of two: first `other_link`, from there `second_link`
	PPM_ACTION_CALENDAR,       // periods become the rows of a table
	PPM_ACTION_GATHER,         // each row of `link.from` gets the value of its partner in `link.to`; missing without a partner
	PPM_ACTION_AGGREGATE,      // one figure for each row of the outer table, from the inner rows linked to it
	PPM_ACTION_RANK,           // a place among the rows
	PPM_ACTION_TREE,           // a tree is made of a table's link to itself: depths, and a circle's path if there is one
	PPM_ACTION_TREE_AGGREGATE, // one figure for each row from all rows below it in a tree, in one pass
	PPM_ACTION_PAIRS,          // one figure for each row of the outer table from pairs of rows: each pair runs through `program`
	PPM_ACTION_AGREEMENT,      // how much columns agree: concordance or correlation
	PPM_ACTION_SORT,           // the rows of a table are put in order; only results follow
	PPM_ACTION_RESULT,         // `program` runs over a table, and its outputs are a result: the scored rows, the metrics, a summary
};

enum ppm_aggregate_function {
	PPM_AGGREGATE_SUM, PPM_AGGREGATE_AVG, PPM_AGGREGATE_MIN, PPM_AGGREGATE_MAX, PPM_AGGREGATE_MEDIAN, PPM_AGGREGATE_QUANTILE, PPM_AGGREGATE_COUNT, PPM_AGGREGATE_ANY,
	PPM_AGGREGATE_ALL, PPM_AGGREGATE_DISTINCT, PPM_AGGREGATE_FIRST, PPM_AGGREGATE_LAST, PPM_AGGREGATE_STDDEV,
};
// What they make of a column, by its class:
//   SUM      F64 -> F64, I64 -> I64, X128 -> X128, I32 (a duration) -> I32; with a ratio F64 -> F64, I64 and X128 -> X128
//   AVG MEDIAN QUANTILE STDDEV   F64 -> F64, I64 and X128 -> X128 (money of 12 places)
//   MIN MAX FIRST LAST           the same class
//   COUNT DISTINCT               -> F64 (COUNT over no column counts rows; over MASK the rows where it holds; else the rows where it is present)
//   ANY ALL                      MASK -> MASK
// A quantile is of type 7 (linear between the neighbours of (n - 1) * p), the median a quantile of 0.5; stddev is the sample's (n - 1; missing below two rows).
// Sums of money are exact; sums of numbers are the exact sum rounded once, whatever the order (runtime/dataset/exact_sum.h).
// Over no rows COUNT, SUM, DISTINCT are 0, ANY is no, ALL is yes, the others are missing. Missing values are skipped and counted at `site`.

enum ppm_rank_function { PPM_RANK_RANK, PPM_RANK_NTILE, PPM_RANK_PERCENTILE, PPM_RANK_SHARE, PPM_RANK_RUNNING_SHARE };
// RANK: 1 + the rows before it (ties share). NTILE: SQL's, ties by the table's key. PERCENTILE: (rank - 1) / (n - 1), 0 when n is 1. SHARE: value / sum. RUNNING_SHARE: the
// sum of the values up to and with this row, ties by the table's key, / sum. All F64; a sum of 0 leaves shares missing, counted at `site`.

enum ppm_agreement_function { PPM_AGREEMENT_CONCORDANCE, PPM_AGREEMENT_CORRELATION }; // Kendall's W, corrected for ties; Pearson's r

enum ppm_pairs_relation {
	PPM_PAIRS_ALL,  // every outer row with every inner row
	PPM_PAIRS_KEYS, // those whose links meet in one row of a third table
	PPM_PAIRS_TREE, // every row with each row below it in the tree; LEVEL is the distance
};

enum ppm_result_role { PPM_ROLE_SCORED, PPM_ROLE_METRICS, PPM_ROLE_SUMMARY };

// What tells rows of two tables to be the same: a column, or (in GROUP only) the row that a link leads to.
struct ppm_key_part {
	bool is_link;
	uint32_t index;                     // column of the table, or link
};

struct ppm_sort_key {
	uint32_t column;
	bool descending;                    // missing comes last either way
};

struct ppm_action {
	enum ppm_action_kind kind;
	struct ppm_place place;             // what of the model asked for it
	struct ppm_slice text;              // "sum(amount over invoices where days_open > 30 days)"
	uint32_t number;                    // by which whoever made the job knows a figure again, as texts may be alike; PPM_NO_INDEX: it has none. Nothing that runs reads it
	uint32_t table;                     // whose rows it goes through: LOAD EVALUATE CALENDAR AGGREGATE (inner) RANK TREE SORT RESULT TREE_AGGREGATE PAIRS (inner) AGREEMENT
	uint32_t program;                   // LOAD EVALUATE RESULT PAIRS: index into programs
	uint32_t link;                      // MATCH GROUP COMPOSE GATHER: the link; AGGREGATE: inner -> outer; RANK: rows that share a partner are ranked among themselves (PPM_NO_INDEX: all);
	                                    // PAIRS KEYS: outer -> third table
	uint32_t other_link;                // COMPOSE: first half; PAIRS KEYS: inner -> third table
	uint32_t second_link;               // COMPOSE: second half
	uint32_t tree;                      // TREE TREE_AGGREGATE, PAIRS TREE
	uint32_t outer;                     // AGGREGATE TREE_AGGREGATE PAIRS AGREEMENT: the table that gets `output` (AGREEMENT: COMPANY)
	uint32_t value, where, order;       // columns of `table` (GATHER: `value` of link.to), or PPM_NO_INDEX. `where` (GROUP too) is a MASK that is never missing.
	bool descending;                    // RANK; AGGREGATE FIRST, LAST: of `order`
	uint32_t output;                    // column that gets the result: of `outer`, of `table` (RANK; TREE: the depths, F64, or PPM_NO_INDEX), of link.from (GATHER)
	enum ppm_aggregate_function aggregate;
	enum ppm_rank_function rank;
	enum ppm_agreement_function agreement;
	enum ppm_pairs_relation relation;
	enum ppm_result_role role;
	struct ppm_slice name;              // RESULT SUMMARY: the summary's
	double fraction;                    // QUANTILE: 0 … 1
	uint32_t tiles;                     // NTILE
	bool numbers;                       // RANK: with --against all rows are ranked together, so that each has a number of its own
	double ratio;                       // TREE_AGGREGATE SUM: value * ratio ^ level; else 1
	uint32_t level_low, level_high;     // TREE_AGGREGATE, PAIRS TREE: levels that count, 1 and UINT32_MAX for all
	uint32_t site;                      // index into ppm_job.sites: missing values skipped, keys without a partner …; PPM_NO_INDEX: not counted
	const struct ppm_key_part *keys;    // MATCH, GROUP: of link.from
	const uint32_t *other_keys;         // MATCH: the columns of link.to; GROUP: the columns of link.to that receive the keys (PPM_NO_INDEX for a link's part)
	uint32_t key_count;
	bool owned;                         // MATCH: a row without a partner is an orphan (child of a parent); else an unknown key of a reference
	bool drop_missing;                  // GROUP: rows with a missing key belong to no group; else missing is a key of its own. A row without a partner in a link of the key belongs to none.
	bool of_summary;                    // GROUP of the scored table with --against: the other file's rows alone make groups
	const uint32_t *columns;            // AGREEMENT: of `table`
	uint32_t column_count;
	const struct ppm_sort_key *sort;    // SORT
	uint32_t sort_count;
	enum ppm_calendar_unit { PPM_CALENDAR_DAY, PPM_CALENDAR_WEEK, PPM_CALENDAR_MONTH, PPM_CALENDAR_QUARTER, PPM_CALENDAR_YEAR } unit;
	int32_t first_day, last_day;        // CALENDAR: the periods from the one that holds first_day to the one that holds last_day; columns 0 start, 1 end (last day)
};

// Something worth counting and telling at the end.
enum ppm_job_site_kind { PPM_JOB_SKIPPED, PPM_JOB_UNKNOWN_KEY, PPM_JOB_ORPHANS, PPM_JOB_NO_SHARE, PPM_JOB_UNKNOWN_PARENT, PPM_JOB_BROKEN_CYCLE, PPM_JOB_NO_AGREEMENT };
struct ppm_job_site {
	enum ppm_job_site_kind kind;
	struct ppm_place place;
	struct ppm_slice what;              // "sum(amount over invoices)", "region references regions": the report makes a sentence of it
};

struct ppm_job {
	struct ppm_arena arena;
	struct ppm_table *tables;
	uint32_t table_count;
	struct ppm_link *links;
	uint32_t link_count;
	struct ppm_tree *trees;
	uint32_t tree_count;
	struct ppm_program **programs;      // the job's; all have the same `texts`, so that a code means one text everywhere
	uint32_t program_count;
	struct ppm_action *actions;
	uint32_t action_count;
	struct ppm_job_site *sites;
	uint32_t site_count;
	uint32_t scored;                    // the table that is scored. With --against its rows are those of the other file, then those to score: aggregates and ranks
	                                    // over it see the former only, the SCORED result has the latter only.
	uint32_t final;                     // index into programs: the SCORED result's program
};

struct ppm_job *ppm_job_new(const struct ppm_allocator *allocator);
void ppm_job_free(struct ppm_job *job);

// The columns that an action reads and writes: calls `visit` for each, perhaps more than once; false as soon as it returns false. What a program stores is written, what a SORT
// moves is not visited. The job must be verified.
bool ppm_action_columns(const struct ppm_job *job, uint32_t action, bool (*visit)(void *context, uint32_t table, uint32_t column, bool written), void *context);

// Whether the figure that an action puts into its `output` can be missing in a row (GATHER, AGGREGATE, RANK, TREE, TREE_AGGREGATE, PAIRS, AGREEMENT).
bool ppm_action_may_miss(const struct ppm_job *job, uint32_t action);

// What the action's name is in the disassembler ("aggregate").
const char *ppm_action_name(enum ppm_action_kind kind);

#endif

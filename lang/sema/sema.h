// From syntax tree to plan: names, types, units, and the checks that need no data.
//
// Names are resolved on demand: asking for a name elaborates what it stands for, so statements may come in any order, and a name that is asked for while
// it is being elaborated is a circle. A model without a dataset is elaborated several times: trial passes, muted, in which each use of an unknown
// name says what it takes the column for, until no pass learns anything new; then once for good. Within a pass nothing is learned: what all uses say
// is put together at its end (infer.c), so that the order of the statements decides nothing.
#ifndef PPM_LANG_SEMA_SEMA_H
#define PPM_LANG_SEMA_SEMA_H

#include "lang/plan/explain.h"
#include "lang/ppm.h"
#include "lang/syntax/parse.h"
#include "runtime/base/hash.h"

enum ppm_symbol_kind {
	PPM_SYMBOL_COLUMN,
	PPM_SYMBOL_LET,
	PPM_SYMBOL_PARAM,
	PPM_SYMBOL_DEFINE,
	PPM_SYMBOL_LOOKUP,
	PPM_SYMBOL_RULE,
	PPM_SYMBOL_DIMENSION,
	PPM_SYMBOL_SEGMENT,
	PPM_SYMBOL_PERSPECTIVE,
	PPM_SYMBOL_DISQUALIFY,
	PPM_SYMBOL_RESULT,
	PPM_SYMBOL_MODULE,
	PPM_SYMBOL_METRIC,
	PPM_SYMBOL_DEPTH, // of the model's only tree
};

struct ppm_module;
struct ppm_sema_summary; // summaries.c

#define PPM_SEMA_ARGUMENTS 16 // of a call

struct ppm_symbol {
	enum ppm_symbol_kind kind;
	struct ppm_slice name;
	struct ppm_span span;      // of the name where it is declared
	struct ppm_module *module; // that it belongs to; MODULE: that it names
	const struct ppm_statement *statement;
	const struct ppm_let *let;         // LET in a dataset (statement is NULL)
	const struct ppm_rule *rule;       // RULE
	uint32_t dataset;                  // COLUMN, LET: whose rows have it
	uint32_t index;                    // COLUMN, DIMENSION, SEGMENT, PERSPECTIVE, DISQUALIFY, DEPTH: in the plan
	ppm_node_id node;                  // once done
	const struct ppm_expression *list; // PARAM that is a list, once done
	bool by_scenario;                  // PARAM, once done: the chosen scenario gave it its value
	enum { PPM_SYMBOL_NEW, PPM_SYMBOL_OPEN, PPM_SYMBOL_DONE } state;
	uint32_t uses;
	struct ppm_type expected; // LET, in a trial pass: that it was last compared with
};

struct ppm_module {
	struct ppm_slice name;     // "" for the model itself
	struct ppm_slice identity; // of its file, to find circles of `use`
	struct ppm_syntax_tree *tree;
	struct ppm_interner names; // code -> symbols[code]
	struct ppm_symbol **symbols;
	size_t symbol_capacity;
	bool standard;             // of the library
	struct ppm_module *parent; // that used it
	struct ppm_module *next;
};

// How sure a use is of a column's type. A unit beats a figure without one, wherever they stand.
enum ppm_sureness {
	PPM_SURE_OF_NOTHING,
	PPM_SURE_FALLBACK, // nothing else uses it
	PPM_SURE_PLAIN,    // a number: so is what meets bare figures only
	PPM_SURE_LIKELY,   // other types would do here as well
	PPM_SURE,
};

// A column without a declaration, over all passes.
struct ppm_inferred {
	struct ppm_slice name;
	struct ppm_type type; // what the passes before took it for, or OPEN
	struct ppm_type said; // what the uses of this pass say, if they are sure of something
	enum ppm_sureness sure;
	uint32_t asked; // uses in this pass that any type would do for: whether it is missing, its place in the result
	bool any_type;  // the last trial had no others
};

// A file that was used, over all passes.
struct ppm_parsed {
	struct ppm_slice identity;
	struct ppm_syntax_tree *tree;
	struct ppm_parsed *next;
};

struct ppm_sema {
	struct ppm_arena *arena;   // of this pass: a trial's goes when it is over
	struct ppm_arena *lasting; // of what all passes share
	const struct ppm_allocator *allocator;
	struct ppm_diagnostics *diagnostics;
	struct ppm_source_map *map;
	const struct ppm_compile_options *options;
	struct ppm_plan *plan;
	struct ppm_module *main, *modules; // modules: all, main first
	struct ppm_module *last_module;
	struct ppm_interner inferred_names;
	struct ppm_inferred **inferred; // [code in inferred_names]
	size_t inferred_capacity;
	struct ppm_parsed *parsed;
	bool learned;                        // the last trial pass changed a type
	bool trial;                          // types may still be open
	const struct ppm_statement *dataset; // the scored one, or NULL
	struct ppm_module **spaces;          // [plan dataset]: the names of its columns and lets; NULL where it has none. The scored dataset's are the model's own
	size_t space_capacity;
	const struct ppm_statement *places; // `score places`
	struct ppm_symbol *stack[256];      // what is being elaborated, for circles
	uint32_t stack_size;
	uint32_t call_depth;                     // of defines within defines
	bool scoring, adjusting;                 // the unnamed dimension's rules, those of `adjust`, are being elaborated: they cannot ask for the score
	struct ppm_syntax_tree *test_tree;       // the file of tests, or NULL
	const struct ppm_statement *chosen_test; // whose params hold; NULL: none
	struct ppm_name_list *exceptions;        // the datasets of `overrides from`, while tests are being looked at
	bool testing;                            // tests are being looked at: an unknown name is no column
	const struct ppm_expression *silent;     // the first that came to nothing while no error was reported; NULL: none
	struct ppm_interner result_names;        // of the columns of the result, in this pass
	struct ppm_interner titles;              // of tests
	// Calls of defines in this pass: with the same arguments they have the same value.
	struct ppm_interner calls;
	ppm_node_id *call_results; // [code in calls]
	size_t call_capacity;
	uint32_t expansions; // calls so far that were not the same as another
	char call_key[sizeof(void *) + PPM_SEMA_ARGUMENTS * sizeof(ppm_node_id) + 1];
	enum { PPM_DISQUALIFIERS_NEW, PPM_DISQUALIFIERS_OPEN, PPM_DISQUALIFIERS_DONE } disqualifiers;
};

// What a name may mean at a place: a module's names, and the parameters of the define whose body this is.
struct ppm_binding {
	struct ppm_slice name;
	ppm_node_id node;
	const struct ppm_binding *next;
};
struct ppm_scope {
	struct ppm_module *module;
	const struct ppm_binding *bindings;
	bool define_body;     // sees parameters, params, defines and lookups, nothing else
	struct ppm_span call; // of the define's call, for messages
	uint32_t dataset;     // whose rows the expression is computed for: the scored one unless said otherwise
	// Inside a figure over rows: the expression that the figure stands in, whose row is `this`. NULL elsewhere.
	const struct ppm_scope *outer;
	uint32_t link;     // + 1: from the figure's rows to the outer ones, where each has one at most
	uint32_t pairs;    // + 1: the dataset of pairs that the expression is really computed for; `dataset` is its inner one
	uint32_t tree;     // + 1: the figure runs over the rows below in this tree
	bool *wants_pairs; // set when the outer row is asked for and neither link nor pairs lead to it: then the figure is elaborated again, over pairs
	ppm_node_id *there; // set to a condition when a value of the row at the link's end stands in the expression as if there were always one: it holds for rows that have one
	bool this_is_self; // `this.x` is x: the outer side of an equality
	// In a summary: the rows that its groups are of, the link from them to the groups, and the summary's own columns so far.
	bool is_summary;
	uint32_t base, base_link;
	const struct ppm_sema_summary *summary;
	struct ppm_name each; // of `for each quarter q`
};

// ---- names.c ---------------------------------------------------------------------------------------------
struct ppm_symbol *ppm_sema_declare(struct ppm_sema *sema, struct ppm_module *module, enum ppm_symbol_kind kind, struct ppm_name name);
struct ppm_symbol *ppm_sema_find(const struct ppm_module *module, struct ppm_slice name);
// The value of a name or dotted name; reports what is unknown.
ppm_node_id ppm_sema_path(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *path);
// The rule that is being elaborated asks for what it is part of.
void ppm_sema_report_circle(struct ppm_sema *sema, struct ppm_span use);
// The symbol that a path names, or NULL (reported unless `quiet`).
struct ppm_symbol *ppm_sema_symbol(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_name_list *path, bool quiet);
// The value behind a symbol, elaborated now if it was not yet.
ppm_node_id ppm_sema_value(struct ppm_sema *sema, struct ppm_symbol *symbol, struct ppm_span use);
// The node's column notes that its author thought of missing values.
void ppm_sema_thought_of_missing(struct ppm_sema *sema, ppm_node_id node);

// ---- infer.c: columns whose types their uses decide ------------------------------------------------------
// A use, which takes the node for one of this type, if it is an undeclared column. The node, or POISON where its type is not known yet.
ppm_node_id ppm_sema_settle(struct ppm_sema *sema, ppm_node_id node, struct ppm_type type);
// As settle, where the use is not sure of it.
ppm_node_id ppm_sema_settle_as(struct ppm_sema *sema, ppm_node_id node, struct ppm_type type, enum ppm_sureness sure);
bool ppm_sema_is_open(const struct ppm_sema *sema, ppm_node_id node);
// In a trial pass: the columns that make up the expression's value (a sum, a default, the arms of a case) have the type that the value meets.
void ppm_sema_hint(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, ppm_node_id met);
// Likewise, where several values become one.
void ppm_sema_hint_all(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *const *written, const ppm_node_id *nodes, size_t count);
// Whether the type of a value that any type would do for is known; a column that nothing else says more of is a text. False for PPM_NODE_POISON.
bool ppm_sema_is_known(struct ppm_sema *sema, ppm_node_id node);
// A use of an open column that any type would do for.
void ppm_sema_asked(struct ppm_sema *sema, ppm_node_id node);
// What the uses of a trial pass say, put together. Sets sema->learned.
void ppm_sema_end_trial(struct ppm_sema *sema);
// The column, when a name that nothing declares is one of the file's. NULL: it is none, or memory ran out.
struct ppm_symbol *ppm_sema_infer_column(struct ppm_sema *sema, const struct ppm_name *name);

// ---- expression.c ------------------------------------------------------------------------------------------
ppm_node_id ppm_sema_expression(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression);
// An expression that must be a flag, a number …; reports what it is instead, with `what` naming its place ("a rule's condition").
ppm_node_id ppm_sema_flag(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what);
ppm_node_id ppm_sema_number(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what);
// A number that is constant (literals and params). False, after a report, when it is not.
bool ppm_sema_constant(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what, double *value);
// The same, or a percent, of which it is the ratio: a weight, the share of a quantile.
bool ppm_sema_share(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what, double *value, bool *percent);
// A literal of the tree as a node.
ppm_node_id ppm_sema_literal(struct ppm_sema *sema, const struct ppm_expression *literal);
// Whether a format has fewer places than the score that it shows, which is reported.
bool ppm_sema_is_coarse(struct ppm_sema *sema, ppm_node_id node, const struct ppm_number_pattern *pattern, struct ppm_span format);
struct ppm_plan_piece *ppm_sema_template(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_template *text);

// ---- operators.c: what may meet what ---------------------------------------------------------------------------
ppm_node_id ppm_sema_arithmetic(struct ppm_sema *sema, const struct ppm_expression *expression, enum ppm_node_op op, ppm_node_id a, ppm_node_id b);
// `left` and `right` are what was written, for the message.
ppm_node_id ppm_sema_compare(struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b,
	struct ppm_span operator_span);
// A text column that declares its values, beside a constant text that is none of them.
void ppm_sema_check_allowed(struct ppm_sema *sema, const struct ppm_expression *written, ppm_node_id column, ppm_node_id text);
// The help where a figure stands for a percent of the type: what may have been meant.
void ppm_sema_help_percent(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_type type, double value);
// One type for all the nodes (arms of a case, entries of a table): bare figures adapt, but to percents only 0 does; percents and numbers become numbers. False after
// a report.
bool ppm_sema_unify(struct ppm_sema *sema, ppm_node_id *nodes, const struct ppm_span *spans, size_t count, const char *what, struct ppm_type *type);
// rate per period, from an amount.
ppm_node_id ppm_sema_rate(struct ppm_sema *sema, const struct ppm_expression *expression, ppm_node_id amount);

// ---- calls.c ---------------------------------------------------------------------------------------------------
ppm_node_id ppm_sema_call(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
// `provided(condition, x, "why not")`, whose x is elaborated after its condition.
ppm_node_id ppm_sema_provided(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
void ppm_sema_check_define(struct ppm_sema *sema, const struct ppm_symbol *symbol);
void ppm_sema_check_lookup(struct ppm_sema *sema, const struct ppm_symbol *symbol);

// ---- dataset.c -------------------------------------------------------------------------------------------------
// Whether a format that could be read fits the type of what it formats (a figure, no duration): false after a report. `read`: it is a column's of a file.
bool ppm_sema_format_fits(struct ppm_sema *sema, const struct ppm_number_pattern *format, struct ppm_span span, struct ppm_type type, bool read);
// Every dataset of the model: the scored one's columns and lets into the model's own names, the others' into spaces of their own.
void ppm_sema_datasets(struct ppm_sema *sema);
// Then, once every name is declared: what each dataset is of, refers to, and is dated by; trees.
void ppm_sema_relations(struct ppm_sema *sema);
// The statement of the dataset that is scored: the one that `score` names, else the first that is not of another; NULL: the model declares none.
const struct ppm_statement *ppm_sema_scored(const struct ppm_syntax_tree *tree);
// What a type name says. ERROR after a report.
struct ppm_type ppm_sema_type(struct ppm_sema *sema, const struct ppm_type_name *name);

// ---- rules.c ---------------------------------------------------------------------------------------------------
// The dimension's rules into the plan; its node. Called on demand and in order.
ppm_node_id ppm_sema_dimension(struct ppm_sema *sema, struct ppm_symbol *symbol);
ppm_node_id ppm_sema_rule_flag(struct ppm_sema *sema, struct ppm_symbol *symbol);
// Every dimension, adjust, the score and what hangs on it.
void ppm_sema_scoring(struct ppm_sema *sema);
ppm_node_id ppm_sema_score(struct ppm_sema *sema, uint32_t which, struct ppm_span use);

// ---- params.c: params, and the scenarios that set several of them ----------------------------------------------
ppm_node_id ppm_sema_param(struct ppm_sema *sema, struct ppm_symbol *symbol);
// Checks a value that a test gives a param.
void ppm_sema_given_param(struct ppm_sema *sema, struct ppm_symbol *symbol, const struct ppm_expression *value);
// Checks all scenarios into plan->scenarios, once params are elaborated.
void ppm_sema_scenarios(struct ppm_sema *sema);

// ---- classes.c: tiers, segments, disqualifiers, overrides ----------------------------------------------------
// The tiers by name, before anything can ask for one.
void ppm_sema_collect_tiers(struct ppm_sema *sema);
void ppm_sema_classes(struct ppm_sema *sema);
ppm_node_id ppm_sema_tier(struct ppm_sema *sema, bool by_rules, struct ppm_span use);
ppm_node_id ppm_sema_segment(struct ppm_sema *sema, struct ppm_symbol *symbol);
ppm_node_id ppm_sema_disqualify(struct ppm_sema *sema, struct ppm_symbol *symbol);

// ---- results.c ---------------------------------------------------------------------------------------------------
void ppm_sema_results(struct ppm_sema *sema);
// A name, perhaps a dotted one, from the command line; `option` is where messages say it stands. NULL when memory ran out.
struct ppm_expression *ppm_sema_given_name(struct ppm_sema *sema, struct ppm_slice option, struct ppm_slice name);

// ---- explain.c ---------------------------------------------------------------------------------------------------
// The results of a model that is to be explained, and what each of them says.
void ppm_sema_explain(struct ppm_sema *sema);
// The result that is the value of the node, made when it is first asked for; PPM_NO_ID when it has none.
uint32_t ppm_sema_result_of(struct ppm_sema *sema, ppm_node_id node);
// The names and figures that an expression reads, with a result for each.
struct ppm_explain_reads ppm_sema_reads(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression);

// ---- rows.c: from one dataset's rows to another's ------------------------------------------------------------------
// A new dataset of the plan, with its space of names (NULL: none). PPM_NO_DATASET when memory ran out.
uint32_t ppm_sema_add_dataset(struct ppm_sema *sema, struct ppm_plan_dataset dataset, struct ppm_module *space);
// By name; PPM_NO_DATASET, PPM_NO_ID when there is none.
uint32_t ppm_sema_find_dataset(const struct ppm_sema *sema, struct ppm_slice name);
uint32_t ppm_sema_find_tree(const struct ppm_sema *sema, struct ppm_slice name);
// "customers", for messages; "the company" and the like for helpers.
struct ppm_slice ppm_sema_dataset_name(const struct ppm_sema *sema, uint32_t dataset);
uint32_t ppm_sema_company(struct ppm_sema *sema);
// What is visible of a dataset by name, or NULL.
struct ppm_symbol *ppm_sema_find_in(const struct ppm_sema *sema, uint32_t dataset, struct ppm_slice name);
// A plan column of a kind that is no field, shared with an equal one; its node. `like` gives type, bounds and whether it may be missing.
ppm_node_id ppm_sema_value_column(struct ppm_sema *sema, enum ppm_plan_column_kind kind, uint32_t dataset, uint32_t index, ppm_node_id like, struct ppm_span span);
// One of a kind that has no value of its own (LEVEL, DEPTH, a period's days), likewise.
ppm_node_id ppm_sema_plain_column(struct ppm_sema *sema, struct ppm_plan_column column, struct ppm_slice name);
// A step, shared with an equal one; the node of the column that holds its result, in `dataset`.
ppm_node_id ppm_sema_step(struct ppm_sema *sema, struct ppm_plan_step step, uint32_t dataset, struct ppm_plan_column result);
// The links by which a row belongs to a row of another dataset: what it is `of`, then what is made of it. *at is 0 at first; PPM_NO_ID after the last.
uint32_t ppm_sema_up(const struct ppm_sema *sema, uint32_t dataset, size_t *at);
#define PPM_SEMA_CLIMB 8 // datasets above each other
// Links, shared with equal ones. ANCESTOR: the shortest way up, PPM_NO_ID when `to` is not above `from`. GROUP makes the dataset of groups, with a key column for each key.
uint32_t ppm_sema_link_ancestor(struct ppm_sema *sema, uint32_t from, uint32_t to);
uint32_t ppm_sema_link_company(struct ppm_sema *sema, uint32_t from);
uint32_t ppm_sema_link_compose(struct ppm_sema *sema, uint32_t first, uint32_t second, struct ppm_span span);
uint32_t ppm_sema_link_group(struct ppm_sema *sema, struct ppm_plan_link link);
uint32_t ppm_sema_link_match(struct ppm_sema *sema, struct ppm_plan_link link);
// The partner's value, missing without a partner.
ppm_node_id ppm_sema_gather(struct ppm_sema *sema, ppm_node_id value, uint32_t link, struct ppm_span span);
// The word of a figure that takes values of the type, for examples in messages.
const char *ppm_sema_figure_for(struct ppm_type type);
// The value for the rows that the scope's expression is computed for; reports when it has many for one of them. `name` is what was written.
ppm_node_id ppm_sema_reach(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span);
// The value with the scope's pairs around it, where there are any.
ppm_node_id ppm_sema_inner(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span);
// The link to the dataset that this one is declared to be `of`, or PPM_NO_ID.
uint32_t ppm_sema_owner(const struct ppm_sema *sema, uint32_t dataset);
// A rank, in a figure whose rows all have the parent among whose rows it is the place: never missing there.
ppm_node_id ppm_sema_placed(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span);
// `this.x`: a value of the outer row.
ppm_node_id ppm_sema_outer(struct ppm_sema *sema, const struct ppm_scope *scope, ppm_node_id value, struct ppm_span span);
// What is declared of a column: of a key that a dataset is made of, what the dataset that it comes from says. NULL: nothing.
const struct ppm_column_declaration *ppm_sema_declaration(const struct ppm_sema *sema, const struct ppm_symbol *column);
// The rows that a column `references` lead to, as a link; PPM_NO_ID when it references none (or after a report).
uint32_t ppm_sema_reference(struct ppm_sema *sema, const struct ppm_symbol *column);
// What is written there, on one line.
struct ppm_slice ppm_sema_text_of(struct ppm_sema *sema, struct ppm_span span);

// ---- figures.c: figures over rows; ranks.c: places among them; summaries.c: figures for the whole company --------------
// Whether a call is one of these by its name (min and max only when they say over which rows, or in a summary).
bool ppm_sema_is_figure(const struct ppm_scope *scope, const struct ppm_expression *call);
ppm_node_id ppm_sema_figure(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
ppm_node_id ppm_sema_rank(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
ppm_node_id ppm_sema_agreement(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
// A condition over rows, which must not be able to be missing. PPM_NODE_NONE without one.
ppm_node_id ppm_sema_where(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *where);
ppm_node_id ppm_sema_metric(struct ppm_sema *sema, struct ppm_symbol *symbol);
void ppm_sema_summaries(struct ppm_sema *sema);
// A name inside a summary: one of its columns, or what it groups by. PPM_NODE_NONE when it is none.
ppm_node_id ppm_sema_summary_name(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *written);

// ---- advice.c: what a help says ------------------------------------------------------------------------------------
// The name as a model writes it: in backquotes where it needs them.
struct ppm_slice ppm_sema_written_name(struct ppm_sema *sema, struct ppm_slice name);
void ppm_sema_did_you_mean(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_slice name);
// A rule's points are below 0.
const char *ppm_sema_negative_advice(struct ppm_sema *sema, const struct ppm_rule *rule, double points);
// Two rates of different periods.
const char *ppm_sema_period_advice(struct ppm_type x, struct ppm_type y);
// One of the two is a duration, and the other is none.
const char *ppm_sema_duration_advice(struct ppm_sema *sema, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b);
// What a date is moved by is no duration.
const char *ppm_sema_move_advice(struct ppm_sema *sema, const struct ppm_expression *by, ppm_node_id id);
// One of the two is a flag, and the other is none.
const char *ppm_sema_flag_advice(
	struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b);
// After `unknown`, a name of nothing, was reported: what it means beside the value `id`, such as a text without its quotation marks.
void ppm_sema_advise_compared(struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *known, ppm_node_id id, const struct ppm_expression *unknown);
// The same where only a text can stand.
void ppm_sema_advise_text(struct ppm_sema *sema, const struct ppm_expression *unknown);
// Words and functions of other languages. False when there is nothing to say.
bool ppm_sema_foreign_value_advice(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_slice name);
bool ppm_sema_foreign_call_advice(struct ppm_sema *sema, struct ppm_diagnostic *d, const struct ppm_expression *call);

// ---- lints.c -----------------------------------------------------------------------------------------------------
void ppm_sema_lints(struct ppm_sema *sema);

// ---- modules.c: collecting the statements of the model and of what it uses -----------------------------------------
// Declares every name of the module and of the modules that it uses.
void ppm_sema_collect(struct ppm_sema *sema, struct ppm_module *module);

// ---- model.c --------------------------------------------------------------------------------------------------------
// The whole of it: tree in, plan out. Reports into diagnostics. False when memory ran out.
bool ppm_sema_run(struct ppm_arena *arena, const struct ppm_allocator *allocator, struct ppm_diagnostics *diagnostics, const struct ppm_compile_options *options,
	struct ppm_slice path, struct ppm_syntax_tree *tree, struct ppm_plan *plan);

#endif

// From syntax tree to plan: names, types, units, and the checks that need no data.
//
// Names are resolved on demand: asking for a name elaborates what it stands for, so statements may come in any order, and a name that is asked for while
// it is being elaborated is a circle. A model without a dataset is elaborated several times: trial passes, muted, in which each use of an unknown
// name may settle its type, until no pass learns anything new; then once for good.
#ifndef PPM_LANG_SEMA_SEMA_H
#define PPM_LANG_SEMA_SEMA_H

#include "lang/plan/plan.h"
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
	PPM_SYMBOL_LATER, // of a statement that this version does not run: reported where it is declared, silent where it is used
};

struct ppm_module;

// A define that was called: with the same arguments it has the same value.
struct ppm_called {
	const ppm_node_id *arguments;
	size_t count;
	ppm_node_id result;
	const struct ppm_called *next;
};

struct ppm_symbol {
	enum ppm_symbol_kind kind;
	struct ppm_slice name;
	struct ppm_span span;      // of the name where it is declared
	struct ppm_module *module; // that it belongs to; MODULE: that it names
	const struct ppm_statement *statement;
	const struct ppm_let *let;         // LET in a dataset (statement is NULL)
	const struct ppm_rule *rule;       // RULE
	uint32_t index;                    // COLUMN, DIMENSION, SEGMENT, PERSPECTIVE, DISQUALIFY: in the plan
	ppm_node_id node;                  // once done
	const struct ppm_expression *list; // PARAM that is a list, once done
	const struct ppm_called *called;   // DEFINE
	enum { PPM_SYMBOL_NEW, PPM_SYMBOL_OPEN, PPM_SYMBOL_DONE } state;
	uint32_t uses;
};

struct ppm_module {
	struct ppm_slice name;     // "" for the model itself
	struct ppm_slice identity; // of its file, to find circles of `use`
	struct ppm_span used_at;
	struct ppm_syntax_tree *tree;
	struct ppm_interner names; // code -> symbols[code]
	struct ppm_symbol **symbols;
	size_t symbol_capacity;
	bool standard;             // of the library
	struct ppm_module *parent; // that used it
	struct ppm_module *next;
};

// A column without a declaration, over all passes.
struct ppm_inferred {
	struct ppm_slice name;
	struct ppm_type type; // OPEN until a use settled it
	struct ppm_inferred *next;
};

// A file that was used, over all passes.
struct ppm_parsed {
	struct ppm_slice identity;
	struct ppm_syntax_tree *tree;
	struct ppm_parsed *next;
};

struct ppm_sema {
	struct ppm_arena *arena;
	const struct ppm_allocator *allocator;
	struct ppm_diagnostics *diagnostics;
	struct ppm_source_map *map;
	const struct ppm_compile_options *options;
	struct ppm_plan *plan;
	struct ppm_module *main, *modules; // modules: all, main first
	struct ppm_module *last_module;
	struct ppm_inferred *inferred;
	struct ppm_parsed *parsed;
	bool learned;                        // this pass settled a type
	bool trial;                          // types may still be open
	const struct ppm_statement *dataset; // the scored one, or NULL
	const struct ppm_statement *places;  // `score places`
	struct ppm_symbol *stack[256];       // what is being elaborated, for circles
	uint32_t stack_size;
	uint32_t call_depth;     // of defines within defines
	bool scoring, adjusting; // the unnamed dimension's rules, those of `adjust`, are being elaborated: they cannot ask for the score
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
// An open column gets its type; the node with that type.
ppm_node_id ppm_sema_settle(struct ppm_sema *sema, ppm_node_id node, struct ppm_type type);
bool ppm_sema_is_open(const struct ppm_sema *sema, ppm_node_id node);
// The node's column notes that its author thought of missing values.
void ppm_sema_thought_of_missing(struct ppm_sema *sema, ppm_node_id node);

// ---- expression.c ------------------------------------------------------------------------------------------
ppm_node_id ppm_sema_expression(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression);
// An expression that must be a flag, a number …; reports what it is instead, with `what` naming its place ("a rule's condition").
ppm_node_id ppm_sema_flag(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what);
ppm_node_id ppm_sema_number(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what);
// A number that is constant (literals and params). False, after a report, when it is not.
bool ppm_sema_constant(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *expression, const char *what, double *value);
// A literal of the tree as a node.
ppm_node_id ppm_sema_literal(struct ppm_sema *sema, const struct ppm_expression *literal);
struct ppm_plan_piece *ppm_sema_template(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_template *text);

// ---- operators.c: what may meet what ---------------------------------------------------------------------------
ppm_node_id ppm_sema_arithmetic(struct ppm_sema *sema, const struct ppm_expression *expression, enum ppm_node_op op, ppm_node_id a, ppm_node_id b);
// `left` and `right` are what was written, for the message.
ppm_node_id ppm_sema_compare(struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b,
	struct ppm_span operator_span);
// A text column that declares its values, beside a constant text that is none of them.
void ppm_sema_check_allowed(struct ppm_sema *sema, const struct ppm_expression *written, ppm_node_id column, ppm_node_id text);
// One type for all the nodes (arms of a case, entries of a table): bare figures adapt, percents and numbers become numbers. False after a report.
bool ppm_sema_unify(struct ppm_sema *sema, ppm_node_id *nodes, const struct ppm_span *spans, size_t count, const char *what, struct ppm_type *type);
// rate per period, from an amount.
ppm_node_id ppm_sema_rate(struct ppm_sema *sema, const struct ppm_expression *expression, ppm_node_id amount);

// ---- calls.c ---------------------------------------------------------------------------------------------------
ppm_node_id ppm_sema_call(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *call);
void ppm_sema_check_define(struct ppm_sema *sema, const struct ppm_symbol *symbol);
void ppm_sema_check_lookup(struct ppm_sema *sema, const struct ppm_symbol *symbol);

// ---- dataset.c -------------------------------------------------------------------------------------------------
void ppm_sema_dataset(struct ppm_sema *sema, const struct ppm_statement *statement);
// What a type name says. ERROR after a report.
struct ppm_type ppm_sema_type(struct ppm_sema *sema, const struct ppm_type_name *name);

// ---- rules.c ---------------------------------------------------------------------------------------------------
// The dimension's rules into the plan; its node. Called on demand and in order.
ppm_node_id ppm_sema_dimension(struct ppm_sema *sema, struct ppm_symbol *symbol);
ppm_node_id ppm_sema_rule_flag(struct ppm_sema *sema, struct ppm_symbol *symbol);
// Every dimension, adjust, the score and what hangs on it.
void ppm_sema_scoring(struct ppm_sema *sema);
ppm_node_id ppm_sema_score(struct ppm_sema *sema, uint32_t which, struct ppm_span use);

// ---- classes.c: tiers, segments, disqualifiers, overrides ----------------------------------------------------
// The tiers by name, before anything can ask for one.
void ppm_sema_collect_tiers(struct ppm_sema *sema);
void ppm_sema_classes(struct ppm_sema *sema);
ppm_node_id ppm_sema_tier(struct ppm_sema *sema, bool by_rules, struct ppm_span use);
ppm_node_id ppm_sema_segment(struct ppm_sema *sema, struct ppm_symbol *symbol);
ppm_node_id ppm_sema_disqualify(struct ppm_sema *sema, struct ppm_symbol *symbol);

// ---- results.c ---------------------------------------------------------------------------------------------------
void ppm_sema_results(struct ppm_sema *sema);

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

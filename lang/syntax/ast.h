// The tree that the parser builds: what the user wrote and where, nothing more. Everything lives in the compile arena; lists are linked by
// `next` in source order. Texts are unescaped; names are without backquotes. A node with an error in it is simply absent.
#ifndef PPM_LANG_SYNTAX_AST_H
#define PPM_LANG_SYNTAX_AST_H

#include "lang/diag/source_map.h"

struct ppm_name {
	struct ppm_slice text; // empty: absent
	struct ppm_span span;
};

struct ppm_name_list {
	struct ppm_name name;
	struct ppm_name_list *next;
};

struct ppm_text {
	struct ppm_slice text;   // unescaped; data NULL: absent
	struct ppm_span span;    // with its quotation marks
};

struct ppm_text_list {
	struct ppm_text text;
	struct ppm_text_list *next;
};

enum ppm_period { PPM_PERIOD_NONE, PPM_PERIOD_DAY, PPM_PERIOD_WEEK, PPM_PERIOD_MONTH, PPM_PERIOD_YEAR };

enum ppm_expression_kind {
	PPM_EXPRESSION_NUMBER,     // literal: value.text is its digits, "1000.50" (underscores removed)
	PPM_EXPRESSION_PERCENTAGE, // literal: "10" for 10%
	PPM_EXPRESSION_MONEY,      // literal: "40", currency
	PPM_EXPRESSION_TEXT,
	PPM_EXPRESSION_DATE,       // literal: day
	PPM_EXPRESSION_DURATION,   // literal: value.text is its digits, period the unit as written
	PPM_EXPRESSION_FLAG,       // literal: yes
	PPM_EXPRESSION_MISSING,    // `missing` as a given value or a lookup key
	PPM_EXPRESSION_ANY,        // `_` in a lookup's keys
	PPM_EXPRESSION_PATH,       // a name, or dotted names
	PPM_EXPRESSION_CALL,       // path(arguments)
	PPM_EXPRESSION_LIST,       // [items]
	PPM_EXPRESSION_NEGATE,     // - left
	PPM_EXPRESSION_NOT,
	PPM_EXPRESSION_AND, PPM_EXPRESSION_OR,                    // left, right
	PPM_EXPRESSION_ADD, PPM_EXPRESSION_SUBTRACT, PPM_EXPRESSION_MULTIPLY, PPM_EXPRESSION_DIVIDE, PPM_EXPRESSION_MODULO, PPM_EXPRESSION_POWER,
	PPM_EXPRESSION_COMPARE,    // operands linked by next, relations between them: a chain has more than two
	PPM_EXPRESSION_IN_LIST,    // left in right (a list)
	PPM_EXPRESSION_IN_RANGE,   // left in right to third
	PPM_EXPRESSION_IN_VALUE,   // left in right (a name of a list)
	PPM_EXPRESSION_BETWEEN,    // left between right and third
	PPM_EXPRESSION_IS_MISSING, PPM_EXPRESSION_IS_PRESENT,
	PPM_EXPRESSION_CONTAINS, PPM_EXPRESSION_STARTS_WITH, PPM_EXPRESSION_ENDS_WITH, PPM_EXPRESSION_MATCHES,
	PPM_EXPRESSION_DEFAULT,    // left default right
	PPM_EXPRESSION_RATE,       // left per period
	PPM_EXPRESSION_IF,         // if left then right else third
	PPM_EXPRESSION_CASE,       // arms
};

enum ppm_relation { PPM_RELATION_EQUAL, PPM_RELATION_NOT_EQUAL, PPM_RELATION_LESS, PPM_RELATION_LESS_EQUAL, PPM_RELATION_GREATER, PPM_RELATION_GREATER_EQUAL };

struct ppm_argument;
struct ppm_case_arm;

struct ppm_expression { // what is small lies together: there are as many of these as words in a model
	enum ppm_expression_kind kind;
	enum ppm_period period;         // DURATION, RATE; a rate's literal `85% per year` is RATE over PERCENTAGE
	struct ppm_span span;           // whole
	struct ppm_span operator_span;  // of the operator or keyword, if there is one
	char currency[4];               // MONEY
	int32_t date;                   // DATE
	uint32_t item_count;            // LIST, COMPARE
	uint8_t depth;                  // of the tree under it, 1 for a leaf; at most PPM_DEPTH_LIMIT
	bool yes;                       // FLAG
	bool negated;                   // not in, not between, is not …, not contains …
	bool parenthesised;             // stood in ( )
	struct ppm_slice text;          // literals: digits or text; MONEY: digits
	struct ppm_name_list *path;     // PATH, CALL
	struct ppm_expression *left, *right, *third;
	struct ppm_expression *items;   // LIST, COMPARE: linked by next
	enum ppm_relation *relations;   // COMPARE: one fewer than items
	struct ppm_argument *arguments; // CALL
	struct ppm_case_arm *arms;      // CASE
	struct ppm_expression *next;    // in a list
};

// Written out as it is: `-3`, `85% per year`, `"a"`, `missing`.
static inline bool ppm_expression_is_literal(const struct ppm_expression *e)
{
	while (e->kind == PPM_EXPRESSION_NEGATE || e->kind == PPM_EXPRESSION_RATE)
		e = e->left;
	return e->kind <= PPM_EXPRESSION_MISSING;
}

// The parser refuses deeper trees, so that recursion over them is bounded. Long chains of one left-associative operator (a + b + c …)
// count too.
#define PPM_DEPTH_LIMIT 200

// One argument: an expression and the clauses that may follow it. `count(where x)`: expression NULL, where set.
struct ppm_argument {
	struct ppm_expression *expression;
	struct ppm_expression *over;      // a PATH
	struct ppm_expression *where;
	struct ppm_expression *by;         // linked by next: `by` may be repeated
	struct ppm_expression *order_by;
	bool ascending, descending;
	struct ppm_span span;
	struct ppm_argument *next;
};

struct ppm_case_arm {
	struct ppm_expression *when;     // NULL for missing and otherwise
	bool missing, otherwise;
	struct ppm_expression *value;
	struct ppm_span span;
	struct ppm_case_arm *next;
};

// A text with {expression} in it, of `because` and `action`: literal pieces and expressions in turn.
struct ppm_template_part {
	struct ppm_slice literal;             // unescaped; used when expression is NULL
	struct ppm_expression *expression;
	struct ppm_name as_name;              // {x as percent}
	struct ppm_text as_format;            // {x as "0.00"}
	struct ppm_template_part *next;
};

struct ppm_template {
	struct ppm_text source;               // as written, unescaped but with its braces; data NULL: absent
	struct ppm_template_part *parts;
};

// ---- datasets ---------------------------------------------------------------------------------------

struct ppm_type_name {
	struct ppm_name base;                 // "money"; empty: absent
	char currency[4];
	enum ppm_period period;
	struct ppm_span span;
};

struct ppm_spelling {                     // values "GTXPro" = "GTX Pro"
	struct ppm_text from, to;
	struct ppm_spelling *next;
};

struct ppm_column_declaration {
	struct ppm_name name;
	struct ppm_type_name type;
	bool key, optional;
	struct ppm_expression *default_value; // a literal, or NEGATE over one
	struct ppm_expression *in_list;       // LIST
	struct ppm_expression *in_low, *in_high;
	struct ppm_text header;               // from "…"
	struct ppm_text format;
	struct ppm_spelling *values;
	struct ppm_text_list *missing;        // tokens
	struct ppm_name references;
	struct ppm_text doc;
	struct ppm_span span;
	struct ppm_column_declaration *next;
};

struct ppm_let {
	struct ppm_name name;
	struct ppm_expression *value;
	struct ppm_text doc;
	struct ppm_span span;
	struct ppm_let *next;                 // in a dataset
};

// ---- rules ------------------------------------------------------------------------------------------

enum ppm_rule_kind { PPM_RULE_REWARD, PPM_RULE_PENALTY, PPM_RULE_SCALE, PPM_RULE_BANDS, PPM_RULE_BEST_OF, PPM_RULE_GROUP };

enum ppm_band_kind { PPM_BAND_BELOW, PPM_BAND_UP_TO, PPM_BAND_LABELS, PPM_BAND_OTHERWISE, PPM_BAND_MISSING };

struct ppm_band {
	enum ppm_band_kind kind;
	struct ppm_expression *threshold;     // BELOW, UP_TO
	struct ppm_expression *labels;        // LABELS: linked by next
	struct ppm_expression *value;
	struct ppm_span span;
	struct ppm_band *next;
};

struct ppm_rule {
	enum ppm_rule_kind kind;
	struct ppm_name name;
	struct ppm_expression *points;        // REWARD, PENALTY; NULL: 1
	struct ppm_expression *at_most;       // REWARD, PENALTY, GROUP
	struct ppm_expression *condition;     // REWARD, PENALTY
	struct ppm_expression *missing;       // REWARD, PENALTY
	struct ppm_template because;          // REWARD, PENALTY
	struct ppm_expression *subject;       // SCALE (as …), BANDS (by …)
	struct ppm_expression *from, *to;     // SCALE points
	struct ppm_expression *low, *high;    // SCALE goes … to …
	struct ppm_band *bands;
	struct ppm_rule *rules;               // BEST_OF, GROUP
	struct ppm_span span;
	struct ppm_rule *next;
};

// ---- statements -------------------------------------------------------------------------------------

struct ppm_segment_arm {
	struct ppm_name name;
	struct ppm_expression *condition;     // NULL: otherwise
	struct ppm_span span;
	struct ppm_segment_arm *next;
};

struct ppm_share {                        // a perspective's `payment 70`
	struct ppm_name name;
	struct ppm_expression *weight;
	struct ppm_share *next;
};

struct ppm_scenario_setting {             // a scenario's `horizon = 5 years`
	struct ppm_expression *param;         // PATH: its name, or module.name
	struct ppm_expression *value;         // may be a LIST
	struct ppm_span span;
	struct ppm_scenario_setting *next;
};

struct ppm_result {                       // an output's item
	struct ppm_expression *path;          // PATH
	struct ppm_text label;
	struct ppm_text format;
	struct ppm_slice count;               // digits of `reasons 3`; empty: absent
	struct ppm_span span;
	struct ppm_result *next;
};

struct ppm_lookup_key {                   // alternatives of one place: "EMEA" or "APAC"
	struct ppm_expression *alternatives;  // linked by next: literals, NEGATE, ANY, MISSING
	struct ppm_lookup_key *next;
};

struct ppm_lookup_entry {
	struct ppm_lookup_key *keys;          // NULL: otherwise
	struct ppm_expression *value;
	struct ppm_span span;
	struct ppm_lookup_entry *next;
};

struct ppm_order {
	struct ppm_expression *expression;
	bool ascending, descending;
	struct ppm_order *next;
};

struct ppm_summary_column {
	struct ppm_name name;
	struct ppm_expression *value;
	struct ppm_text doc;
	struct ppm_summary_column *next;
};

struct ppm_given {                        // days_late = 45, payments.patience = 60
	struct ppm_name module;               // empty: the model's own
	struct ppm_name name;
	struct ppm_expression *value;         // MISSING and LIST allowed
	struct ppm_span span;
	struct ppm_given *next;
};

struct ppm_given_row {
	struct ppm_given *givens;             // NULL: { }
	struct ppm_span span;
	struct ppm_given_row *next;
};

struct ppm_test_step {
	struct ppm_given *givens;             // given a = 1, …
	struct ppm_name dataset;              // given invoices { … } { … }
	struct ppm_given_row *rows;
	struct ppm_expression *expect;
	struct ppm_span span;
	struct ppm_test_step *next;
};

enum ppm_statement_kind {
	PPM_STATEMENT_MODEL, PPM_STATEMENT_AS_OF, PPM_STATEMENT_USE, PPM_STATEMENT_DATASET, PPM_STATEMENT_TREE, PPM_STATEMENT_PARAM, PPM_STATEMENT_LET,
	PPM_STATEMENT_DEFINE, PPM_STATEMENT_METRIC, PPM_STATEMENT_ADJUST, PPM_STATEMENT_DIMENSION, PPM_STATEMENT_RULE, PPM_STATEMENT_DISQUALIFY,
	PPM_STATEMENT_TIER, PPM_STATEMENT_SEGMENT, PPM_STATEMENT_SCORE, PPM_STATEMENT_PERSPECTIVE, PPM_STATEMENT_OUTPUT, PPM_STATEMENT_SUMMARY,
	PPM_STATEMENT_LOOKUP, PPM_STATEMENT_OVERRIDE, PPM_STATEMENT_OVERRIDES, PPM_STATEMENT_TEST, PPM_STATEMENT_SCENARIO,
};

struct ppm_statement {
	enum ppm_statement_kind kind;
	struct ppm_span span;
	struct ppm_span keyword;              // its first word
	struct ppm_name name;                 // of what it declares; USE clv, OVERRIDES FROM name
	struct ppm_text doc;
	union {
		struct { struct ppm_expression *date; struct ppm_name word; } as_of;          // a DATE, or a name (today)
		struct { struct ppm_text file; } use;                                       // use "…"; else `name`
		struct {
			struct ppm_name parent;                                                   // of PARENT by keys
			struct ppm_name_list *parent_keys;
			struct ppm_name source;                                                   // from DATASET by keys
			struct ppm_name_list *source_keys;
			struct ppm_text file;                                                     // from "…"
			struct ppm_name dated;
			struct ppm_column_declaration *columns;
			struct ppm_let *lets;
			bool has_body;
		} dataset;
		struct { struct ppm_name column, words[3]; } tree;                             // words: `on cycle break`, or empty
		struct { struct ppm_type_name type; struct ppm_expression *value, *low, *high, *in_list; } param; // value may be a LIST
		struct { struct ppm_expression *value; } let;                                // also METRIC
		struct { struct ppm_name_list *parameters; struct ppm_expression *value; } define;
		struct { struct ppm_expression *weight, *range_low, *range_high, *start; struct ppm_rule *rules; } dimension; // also ADJUST (rules)
		struct { struct ppm_rule *rule; } rule;
		struct { struct ppm_expression *condition; bool missing_passes; struct ppm_template because; } disqualify;
		struct { struct ppm_expression *condition; bool otherwise, missing; struct ppm_template action; } tier;
		struct { struct ppm_segment_arm *arms; } segment;
		struct { struct ppm_slice places; struct ppm_span places_span; struct ppm_name dataset; } score; // digits, or empty
		struct { struct ppm_share *shares; } perspective;
		struct { struct ppm_scenario_setting *settings; } scenario;
		struct { struct ppm_result *results; } output;
		struct {
			struct ppm_expression *over;
			struct ppm_expression *by;                                                // linked by next
			struct ppm_name each_unit, each_name;                                     // for each quarter q from D to D
			struct ppm_expression *each_from, *each_to;
			struct ppm_expression *where;
			struct ppm_order *order;
			struct ppm_summary_column *columns;
		} summary;
		struct { struct ppm_name_list *parameters; struct ppm_lookup_entry *entries; } lookup;
		struct {
			struct ppm_expression *key;
			struct ppm_name tier;
			struct ppm_expression *until;                                             // DATE
			struct ppm_text by, because;
			struct ppm_name despite;
		} override_;
		struct { struct ppm_test_step *steps; } test;                                // its title is `doc`
	};
	struct ppm_statement *next;
};

// Comments, in source order, for the formatter and for `# ppm: allow`.
struct ppm_comment {
	struct ppm_span span;                 // from # to the end of its line
	bool own_line;
	struct ppm_comment *next;
};

struct ppm_syntax_tree {
	struct ppm_source *source;
	struct ppm_statement *statements;
	struct ppm_comment *comments;
};

#endif

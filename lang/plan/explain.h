// Which results of a program say what about a row: a model that is compiled to be explained (PPM_OUTPUT_EXPLAIN) has a result for every condition, every rule's points
// and everything that they read. This is the table of contents; the values are those that the ordinary engine computed, so that an explanation can never be
// about another computation than the run's.
#ifndef PPM_LANG_PLAN_EXPLAIN_H
#define PPM_LANG_PLAN_EXPLAIN_H

#include "lang/plan/plan.h"

// Results are indexes into plan->results; PPM_NO_ID where there is none.

// Something that an expression reads: a name, or a figure over other rows as it is written.
struct ppm_explain_read {
	struct ppm_slice text;
	uint32_t result;
};
struct ppm_explain_reads {
	struct ppm_explain_read *items;
	uint32_t count;
};

// One of the conditions that a tier or a rule asks for at once. A comparison of two figures has both, so that one can say by how much it fails.
struct ppm_explain_clause {
	struct ppm_slice text;
	uint32_t holds, left, right;
	enum ppm_relation relation;
	struct ppm_explain_reads reads;
};

// A REWARD or PENALTY has a condition, points and perhaps points for when it is unknown; SCALE and BANDS have points alone; bundles nothing of their own.
struct ppm_explain_rule {
	uint32_t condition, points, missing, reason;
	struct ppm_explain_reads reads;
	struct ppm_explain_reads facts; // the optional columns that it hangs on, by name, whatever stands between: a `let`, a `default`, rows that read them
	bool *replaced;                 // [facts] where it is missing, something stands in for it, so that the rule may be decided all the same
	// BANDS, of a model that is backtested or tested: what they ask about, and whether each holds, as in ppm_plan_rule.
	uint32_t subject, *bands;
	// REWARD and PENALTY, of a model that is tested.
	struct ppm_explain_clause *clauses;
	uint32_t clause_count;
};

struct ppm_explain_tier {
	uint32_t holds; // NO_ID: otherwise, missing
	struct ppm_explain_clause *clauses;
	uint32_t clause_count;
	uint32_t action;
};

struct ppm_explain_disqualifier {
	uint32_t holds, reason;
	struct ppm_explain_reads reads;
};

struct ppm_explain_override {
	uint32_t is_key;
	struct ppm_slice tier, by, because;
	int32_t until;
	bool has_until, expired;
	struct ppm_span span;
};

// A dataset of overrides: what its row of this customer says, all missing where there is none.
struct ppm_explain_overriding {
	uint32_t tier, by, because, until, despite;
	struct ppm_slice dataset;
	struct ppm_span span;
};

// A value with the expression that makes it.
struct ppm_explain_value {
	struct ppm_slice name, written; // `written` is empty for what the file has, and for the score's own values
	uint32_t step;                  // of a figure over other rows that somebody wrote: the plan's step, which is the number of the job's action; else NO_ID
	uint32_t column;                // likewise, of the plan
	bool related;                   // it is made of rows that belong to this one
	struct ppm_span span;
	uint32_t result;
	struct ppm_explain_reads reads;
};

// What the customer's row says by itself: a column of its file.
struct ppm_explain_field {
	uint32_t column, result;
	bool identity; // it tells which row this is, or which others belong to it
};

struct ppm_explanation {
	const struct ppm_plan *plan;
	uint32_t key;
	struct ppm_slice key_name;
	uint32_t score, score_low, score_high, evidence, points, tier, tier_by_rules, overridden;
	uint32_t *dimensions, *perspectives, *segments; // [plan]
	struct ppm_explain_rule *rules;                 // [plan->rules]
	struct ppm_explain_tier *tiers;
	struct ppm_explain_disqualifier *disqualifiers;
	struct ppm_explain_override *overrides;
	uint32_t override_count;
	struct ppm_explain_overriding *overridings;
	uint32_t overriding_count;
	struct ppm_explain_value *figures; // over other rows, that what is above depends on
	uint32_t figure_count;
	struct ppm_explain_field *fields; // that anything above depends on, by way of other rows' figures too
	uint32_t field_count;
	bool *read_by_others;             // [plan column] a field of the row that rows which belong to it read
	bool compares;                    // what the row is depends on its place among the scored rows, or on what rows that belong to it make of its own values
	struct ppm_explain_value *values; // that were asked for
	uint32_t value_count;
	// Of a model that is backtested: what it is held against, and by what; the result is NO_ID of what rows do not have.
	struct ppm_explain_value outcome, *by;
	uint32_t by_count;
};

#endif

// What the parts of `perfect` share.
#ifndef PPM_LANG_ANALYSIS_PERFECT_INTERNAL_H
#define PPM_LANG_ANALYSIS_PERFECT_INTERNAL_H

#include "lang/analysis/perfect.h"

// ---- words.c: figures and conditions as a person would write them

// The node as the model writes it; where it does not, what it computes.
void ppm_words_node(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out);
// Whether that is a name, a call or a figure, which needs no parentheses anywhere.
bool ppm_words_are_simple(const struct ppm_plan *plan, ppm_node_id id);
// A figure in the unit of the node.
void ppm_words_figure(const struct ppm_plan *plan, ppm_node_id like, bool percent, double value, struct ppm_buffer *out);
// A text with its quotation marks.
void ppm_words_text(struct ppm_slice text, struct ppm_buffer *out);
// A constant as text, quoted where it is one.
void ppm_words_constant(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out);
// The expression, with each let that it names taken apart once. False, with nothing written, when it names none.
bool ppm_words_expanded(
	const struct ppm_plan *plan, const struct ppm_source_map *sources, struct ppm_arena *arena, const struct ppm_expression *expression, struct ppm_buffer *out);

// ---- facts.c: what claims ask of each column and figure

struct ppm_fact_test { // of a text
	uint8_t kind;  // enum ppm_text_test_kind
	bool holds;
	ppm_node_id with;
	struct ppm_fact_test *next;
};

struct ppm_fact {
	ppm_node_id subject;
	bool condition; // the subject is a condition that must hold, or not, as it stands
	bool figure;    // it has bounds
	double low, high;
	bool low_open, high_open;
	bool percent; // its bounds were written with a sign
	bool yes, no; // of a flag, or of a condition
	bool present, gone;
	bool listed;        // a text that must be one of `in`
	uint32_t *in, *out; // texts that it may be, must not be
	uint32_t in_count, out_count;
	double *not_equal; // figures that it must not be
	uint32_t not_equal_count;
	struct ppm_fact_test *tests;
};

struct ppm_facts {
	const struct ppm_plan *plan;
	struct ppm_arena *arena;
	struct ppm_fact *items;
	uint32_t count, capacity;
};

// Takes one more claim in: that the flag is true, or that it is not.
void ppm_facts_add(struct ppm_facts *facts, struct ppm_claim claim);
struct ppm_fact *ppm_facts_of(const struct ppm_facts *facts, ppm_node_id subject);
// "at most 0"; empty when nothing is asked that every value does not have.
void ppm_fact_words(const struct ppm_plan *plan, const struct ppm_fact *fact, struct ppm_buffer *out);
// All of them in a line: "margin / revenue at least 60%".
void ppm_facts_words(const struct ppm_facts *facts, struct ppm_buffer *out);

// The figure of a node that is known to be one and constant, such as what a table gives for a text.
double ppm_facts_figure(const struct ppm_plan *plan, ppm_node_id id);
// What moves the figure, and the bounds that it then has: a column, where one alone does; else the figure as it is named or written.
struct ppm_bounds {
	double low, high;
	bool low_open, high_open, percent;
};
ppm_node_id ppm_facts_subject(const struct ppm_plan *plan, ppm_node_id id, struct ppm_bounds *bounds);

// ---- ways.c: how each rule can come out

#define PPM_WAY_CLAIMS 12

struct ppm_way {
	double points; // at most, with their sign
	struct ppm_claim claims[PPM_WAY_CLAIMS];
	uint32_t claim_count;
	bool fires;      // of a reward or penalty
	bool approached; // its points are only what it comes near to
};

struct ppm_leaf { // a rule that is no bundle
	const struct ppm_plan_rule *rule;
	struct ppm_way *ways; // the best first; together they are all there is
	uint32_t way_count;
	uint32_t component;
	bool bundled; // within a `best of` or group
	bool needed;  // its best is part of the perfect customer: not a lesser rule of a `best of`, or of rewards that exclude each other
};

// What belongs to which component: items[begin[c]] up to items[begin[c + 1]] to component c, in ascending order.
struct ppm_component_list {
	uint32_t *begin, *items;
};

struct ppm_leaves {
	struct ppm_leaf *items; // [count], by the rules' index in by_rule
	uint32_t count;
	uint32_t *by_rule; // [plan->rules]: its leaf, or PPM_NO_ID
	uint32_t components;
	struct ppm_claim *standing; // that nothing disqualifies
	uint32_t standing_count;
	uint32_t *standing_component;
	struct ppm_claim *domains; // what columns that declare their texts can hold
	uint32_t *domain_columns, *domain_component;
	uint32_t domain_count;
	struct ppm_component_list members, members_standing, members_domains; // numbers of items, standing, domains
};

// How many of its ways give its best.
uint32_t ppm_leaf_best(const struct ppm_leaf *leaf);
bool ppm_leaves_make(struct ppm_leaves *leaves, struct ppm_plan *plan, struct ppm_arena *arena);

// ---- best.c: the best combination that no proof forbids

struct ppm_best {
	double most;   // of the score, before it is rounded
	bool nobody;   // no combination is possible at all
	uint32_t *way; // [leaf]: the combination
};

bool ppm_best_find(struct ppm_best *best, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves);

// ---- conflicts.c
bool ppm_conflicts_find(struct ppm_perfect *perfect, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves);

// ---- award.c: the score of a customer who is made up

struct ppm_award {
	struct ppm_plan *plan;
	struct ppm_plan_row row;
	struct ppm_decided *decided; // [plan->rules]
	struct ppm_award_dimension *dimensions;
	bool failed;  // something could not be told
	size_t nodes; // of the model
	// the outcome
	bool has_score, complete;
	double exact, score, points;
	uint32_t unknown; // rules that are not decided
};

bool ppm_award_init(struct ppm_award *award, struct ppm_plan *plan, struct ppm_arena *arena);
// Scores the row of these columns.
void ppm_award_row(struct ppm_award *award, const ppm_node_id *columns);
// A value in the row that was scored last.
ppm_node_id ppm_award_value(struct ppm_award *award, ppm_node_id id);
// Forgets what the row made.
void ppm_award_done(struct ppm_award *award);

// ---- example.c: a customer who has it
bool ppm_example_find(struct ppm_perfect *perfect, struct ppm_plan *plan, struct ppm_arena *arena, const struct ppm_leaves *leaves, const struct ppm_best *best);

#endif

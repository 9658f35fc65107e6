// What the parts of the comparison share: the subjects of a model, the canonical keys of expressions, fingerprints of plan nodes.
//
// Everything lives in the arena of the comparison; `failed` of the arena says that memory ran out, and is looked at once, at the end.
#ifndef PPM_LANG_COMPARE_COMPARE_H
#define PPM_LANG_COMPARE_COMPARE_H

#include "lang/compare/changes.h"
#include "lang/plan/plan.h"
#include "lang/syntax/parse.h"

#define PPM_NO_SUBJECT UINT32_MAX

// A text for `%.*s`, also one that was never said and so has no data. Of variables only, as it takes its argument twice: the address sees to that. A key of a key of a key would else be
// made 2 ^ depth times.
#define PPM_SHOW(slice) (int)(slice).size, ppm_compare_data(&(slice))

static inline const char *ppm_compare_data(const struct ppm_slice *text)
{
	return text->data ? text->data : "";
}

// A part of a subject that can differ by itself.
struct ppm_property {
	const char *aspect;    // a word of ours
	struct ppm_slice item; // of an aspect with entries: the entry, as written; pairs are made by aspect and item_key
	struct ppm_slice item_key;
	struct ppm_slice key;                    // equal keys mean the same
	struct ppm_slice text;                   // as a person would write it
	const struct ppm_expression *expression; // what it was made of, or NULL
	ppm_node_id node;                        // what that became, or PPM_NODE_NONE
	bool flag;                               // the expression is a condition
	bool hidden;                             // told by other means: never as a difference of its own
	bool implied;                            // nobody wrote it: a description of the whole leaves it out
	bool ordered;                            // entries whose order is meaning
	bool replaces;                           // an ordered entry whose item may change: it is paired by its place when nothing else pairs it
};

struct ppm_subject {
	enum ppm_subject_kind kind;
	struct ppm_slice name;   // in full: "payments.slow_payer", "invoices.amount"
	struct ppm_slice within; // what is told as its place
	const struct ppm_plan_module *module;
	struct ppm_slice member_of; // the dataset whose rows its expressions are of, when that is not the scored one; else empty
	struct ppm_span span;
	const struct ppm_statement *statement;
	const struct ppm_rule *rule, *bundle;        // RULE, and the best of or group that it stands in
	const struct ppm_column_declaration *column; // COLUMN that is declared
	const struct ppm_plan_column *inferred;      // COLUMN that is not
	const struct ppm_let *let;                   // LET in a dataset
	uint32_t rule_index;                         // RULE: in the plan
	uint32_t tier_index;                         // TIER: in the plan
	uint32_t pair;                               // the subject of the other side, or PPM_NO_SUBJECT
	struct ppm_property *properties;
	uint32_t property_count, property_capacity;
	uint32_t *reads; // subjects that it names, each once
	uint32_t read_count, read_capacity;
	bool has_reads; // they were collected
};

struct ppm_side {
	struct ppm_arena *arena;
	const struct ppm_plan *plan;
	const struct ppm_source_map *sources;
	struct ppm_subject *subjects;
	uint32_t subject_count, subject_capacity;
	struct ppm_interner names; // "module NUL name", "dataset NUL NUL member": to subject_of[code]
	uint32_t *subject_of;
	size_t subject_of_capacity;
	const struct ppm_side *other;   // of the newer side: the older one, by whose names keys are written
	struct ppm_slice *module_names; // [plan module]: its name in keys: the older side's
	struct ppm_slice *prints;       // [node]: fingerprints, made when asked for
	size_t param_cursor;            // in the plan's params, where the next one is looked for
};

// Where an expression stands.
struct ppm_canonical_scope {
	struct ppm_side *side;
	struct ppm_subject *subject;            // whose it is: what is read is noted in it, unless it has its reads
	const struct ppm_name_list *parameters; // of a define or lookup
};

// ---- inventory.c
// Lists the subjects of a compiled model. Free the side's `names` afterwards, also after failure.
void ppm_side_init(struct ppm_side *side, struct ppm_arena *arena, const struct ppm_model *model);
void ppm_side_free(struct ppm_side *side);
// What a name means in a module, or in the rows of a dataset: a subject, or PPM_NO_SUBJECT.
uint32_t ppm_side_find(const struct ppm_side *side, struct ppm_slice module, struct ppm_slice name);
uint32_t ppm_side_find_member(const struct ppm_side *side, struct ppm_slice dataset, struct ppm_slice name);
// The subject's name in full, the one that the older side has for it.
struct ppm_slice ppm_side_name(const struct ppm_side *side, uint32_t subject);

// ---- properties.c
// Takes the subject apart (again: keys depend on what is paired).
void ppm_subject_describe(struct ppm_side *side, struct ppm_subject *subject);

// ---- canonical.c
// The key of an expression: equal for expressions that mean the same by the laws of the language, whatever names stand for. In the scratch arena's or the side's arena.
struct ppm_slice ppm_canonical_key(const struct ppm_canonical_scope *scope, const struct ppm_expression *expression);
// Notes that the scope's subject reads the other one, be it without naming it.
void ppm_canonical_note(const struct ppm_canonical_scope *scope, uint32_t read);
// Of a text with expressions in it.
struct ppm_slice ppm_canonical_template(const struct ppm_canonical_scope *scope, const struct ppm_template *text);
// The operands of an `and` (or, with `any`, of an `or`) once chains, ranges and negations are written out.
struct ppm_piece {
	struct ppm_slice key;
	struct ppm_slice text;
	const struct ppm_expression *expression; // not of a comparison
	bool negated;
	const struct ppm_expression *left, *right; // of a comparison, else NULL; a constant stands on the right
	enum ppm_relation relation;
	struct ppm_slice left_key; // of a comparison or a test of a list: what is compared; else empty
	struct ppm_piece *next;
};
struct ppm_piece *ppm_canonical_pieces(const struct ppm_canonical_scope *scope, const struct ppm_expression *expression, bool any);
// Whether its outermost operation is `and` (or, with `any`, `or`), once negations are pushed inwards.
bool ppm_canonical_joins(const struct ppm_expression *expression, bool negated, bool any);
struct ppm_slice ppm_compare_text(struct ppm_arena *arena, const struct ppm_expression *expression);

// ---- fingerprint.c
// Equal for nodes of two plans only when both compute the same from columns of the same names (by the older side's names). Empty when memory ran out.
struct ppm_slice ppm_fingerprint(struct ppm_side *side, ppm_node_id node);

// ---- contrast.c: one property before and after, told as the part that differs
struct ppm_contrast {
	const struct ppm_subject *before, *after;
	const struct ppm_property *old, *new; // one of them may be NULL
	struct ppm_side *before_side, *after_side;
};
void ppm_contrast_tell(struct ppm_arena *arena, const struct ppm_contrast *contrast, struct ppm_change_part *part);

#endif

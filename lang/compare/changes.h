// What changed between two models in meaning, thing by thing: never in text. Layout, comments, order that says nothing, and equal ways to write the same are no change.
//
// Each model is taken apart into its subjects (a rule, a param, a column …), each subject into properties (points, condition …) with a canonical key; subjects are
// paired by name, then by what they say (renamed), and of a pair the properties whose keys differ are told. A name stands for itself in a key: a let that changed is one
// change, which lists the rules that it reaches, and not a change of each of them.
#ifndef PPM_LANG_COMPARE_CHANGES_H
#define PPM_LANG_COMPARE_CHANGES_H

#include "lang/ppm.h"
#include "runtime/base/buffer.h"

enum ppm_change_kind { PPM_CHANGE_ADDED, PPM_CHANGE_REMOVED, PPM_CHANGE_RENAMED, PPM_CHANGE_CHANGED };

// In the order in which they are told.
enum ppm_subject_kind {
	PPM_SUBJECT_RULE,
	PPM_SUBJECT_DIMENSION,
	PPM_SUBJECT_SCORE, // places, the scored dataset
	PPM_SUBJECT_TIER,
	PPM_SUBJECT_DISQUALIFIER,
	PPM_SUBJECT_OVERRIDE,
	PPM_SUBJECT_SEGMENT,
	PPM_SUBJECT_PERSPECTIVE,
	PPM_SUBJECT_PARAM,
	PPM_SUBJECT_SCENARIO,
	PPM_SUBJECT_LET,
	PPM_SUBJECT_DEFINE,
	PPM_SUBJECT_LOOKUP,
	PPM_SUBJECT_DATASET,
	PPM_SUBJECT_COLUMN,
	PPM_SUBJECT_TREE,
	PPM_SUBJECT_AS_OF,
	PPM_SUBJECT_METRIC,
	PPM_SUBJECT_SUMMARY,
	PPM_SUBJECT_OUTPUT,
	PPM_SUBJECT_TEST,
	PPM_SUBJECT_COUNT
};

// One property that differs.
struct ppm_change_part {
	const char *aspect;             // "points", "condition", "weight" …: a word of ours
	struct ppm_slice item;          // of an aspect with entries, the one ("\"fintech\"", "below 3"); else empty
	struct ppm_slice before, after; // as a person would write them, whole; empty where there was or is none
	struct ppm_slice symbols;       // "15 → 20 points", "days_late > 30 → > 45"
	struct ppm_slice words;         // the same as a clause for somebody who writes no models; empty where it would only repeat the symbols
};

#define PPM_NO_RULE UINT32_MAX

struct ppm_change {
	enum ppm_change_kind kind;
	enum ppm_subject_kind subject;
	struct ppm_slice name, old_name; // as the newer model writes it (REMOVED: the older one); old_name is empty unless it was another
	struct ppm_slice within;         // the dimension of a rule ("adjust" of its own), the dataset of a column that is not the scored one's; may be empty
	const struct ppm_change_part *parts;
	size_t part_count;
	struct ppm_slice words;           // one plain sentence; may be empty
	struct ppm_span before, after;    // where it stands in each model's sources; {0, 0} where it is not there
	uint32_t rule_before, rule_after; // RULE: its index in each plan's rules, or PPM_NO_RULE
	const uint32_t *rules;            // the rules of the newer plan that it touches, ascending: the rule itself, or those that read what changed, be it by way of other names
	size_t rule_count;
	const struct ppm_slice *reaches; // names of what else than itself reads it: rules first, then tiers, disqualifiers, segments, metrics
	size_t reach_count;
};

struct ppm_changes {
	const struct ppm_change *items; // by subject, then in the newer model's order; what was removed last
	size_t count;
	// Which rule became which: after_rules[i] is the index in the newer plan of rule i of the older one (renamed or changed or not), or PPM_NO_RULE; and the other way round.
	const uint32_t *after_rules, *before_rules;
	size_t before_rule_count, after_rule_count;
};

// Compares two models that were compiled without errors. Everything that *changes points to lives in `arena`, and the models have to live as long. PPM_ERROR_MEMORY.
enum ppm_status ppm_changes_find(struct ppm_arena *arena, const struct ppm_model *before, const struct ppm_model *after, struct ppm_changes *changes);

// ---- telling them: `before` and `after` are what the models are called

struct ppm_changes_names {
	struct ppm_slice before, after;
	const struct ppm_model *before_model, *after_model;
};
void ppm_changes_text(const struct ppm_changes *changes, const struct ppm_changes_names *names, bool colour, struct ppm_buffer *out);
void ppm_changes_markdown(const struct ppm_changes *changes, const struct ppm_changes_names *names, struct ppm_buffer *out);
// The members "before", "after" and "changes" of an object, without its braces, so that others can follow.
void ppm_changes_json(const struct ppm_changes *changes, const struct ppm_changes_names *names, struct ppm_buffer *out);

#endif

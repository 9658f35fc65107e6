// Mutation testing of a model: one small change after another is made to its text, and its tests are run. A change that no test notices shows a threshold, some points or a rule that
// could be wrong without anybody knowing.
#ifndef PPM_LANG_TESTING_MUTATE_H
#define PPM_LANG_TESTING_MUTATE_H

#include "lang/testing/testing.h"

enum ppm_mutation_outcome {
	PPM_MUTATION_NOTICED,  // a test fails
	PPM_MUTATION_SURVIVED, // none does
	PPM_MUTATION_SAME,     // it changes nothing: the program is the same
	PPM_MUTATION_INVALID,  // what it makes does not compile, or passes a limit
};

struct ppm_mutation {
	struct ppm_span span;          // what is replaced, in the model's sources
	struct ppm_slice with;         // by what
	struct ppm_slice name;         // of what it stands in: "slow_payer"; may be empty
	struct ppm_slice what;         // "the points", "a rule"; empty for a condition
	struct ppm_slice before, after; // what it was and would be, for people; `after` empty: it is left out
	enum ppm_mutation_outcome outcome;
};

struct ppm_mutations {
	struct ppm_mutation *items; // in the order of the text
	uint32_t count, capacity;
	uint32_t outcomes[4];       // how many of each
	uint32_t found;             // before a sample was taken
};

// The changes that can be made to the text of the model's own file: its thresholds, points, caps, weights, band limits and values, params, the kind of comparisons, `and` and `or`, labels,
// rules left out. The arena owns everything. False: memory ran out.
bool ppm_mutations_find(struct ppm_mutations *out, struct ppm_arena *arena, const struct ppm_model *model);

// Keeps `most` of them (0: all), drawn evenly and always the same ones.
void ppm_mutations_sample(struct ppm_mutations *mutations, uint32_t most);

// Makes each of them and runs the request's tests, which pass without any. The status as ppm_testing_run's; PPM_ERROR_MODEL when the model itself does not compile. `progress` may be NULL.
enum ppm_status ppm_mutations_run(struct ppm_mutations *mutations, const struct ppm_testing_request *request, const struct ppm_model *model,
	void (*progress)(void *context, uint32_t done, uint32_t count), void *context);

// What came of it, for people.
void ppm_mutations_text(const struct ppm_mutations *mutations, const struct ppm_model *model, bool colour, struct ppm_buffer *out);

#endif

// What a column of a data file may be, told from its values: every guess is a hypothesis that each row of the file may refute.
#ifndef PPM_LANG_DRIVER_GUESS_H
#define PPM_LANG_DRIVER_GUESS_H

#include "runtime/base/date.h"
#include "runtime/base/decimal.h"
#include "runtime/base/hash.h"

#define PPM_GUESS_PATTERNS 6     // ways of writing an amount that are tried for a column
#define PPM_GUESS_DISTINCT 12    // a set of at most so many values is shown
#define PPM_GUESS_SAMPLE 512     // figures kept for a middle value
#define PPM_GUESS_KEY_ROWS (1u << 22) // rows up to which a key's values are compared

enum ppm_guess_type { PPM_GUESS_TEXT, PPM_GUESS_NUMBER, PPM_GUESS_MONEY, PPM_GUESS_PERCENT, PPM_GUESS_DATE, PPM_GUESS_FLAG };

struct ppm_guess_pattern {
	struct ppm_number_pattern pattern;
	struct ppm_slice sample;       // the value that showed it
	bool refuted;
	bool too_fine;                 // a value is more than money holds, or has more decimals
};

// What points and commas of values tell. One before three digits, as in 1.234, may stand before thousands or decimals.
enum { PPM_GUESS_DECIMAL_POINT = 1, PPM_GUESS_DECIMAL_COMMA = 2, PPM_GUESS_OPEN = 4 };

// A set of hashes: whether a value was seen.
struct ppm_guess_set {
	uint64_t *slots;
	uint32_t count, capacity;
};

struct ppm_guess {
	uint64_t empty, values;        // fields of the whole file; the tokens that mean missing are not among the values
	uint32_t tokens;               // those seen, as bits of ppm_guess_token
	uint32_t dates;                // date formats that every value has
	bool number, percent, flag;    // that every value is
	bool whole;                    // every number is an integer
	bool leading_zero, seen_zero, seen_one, seen_word;
	uint64_t number_misses;        // values that are no number …
	struct ppm_slice first_miss;   // … and the first of them
	struct ppm_guess_pattern *patterns;
	uint32_t pattern_count;
	unsigned separators;           // PPM_GUESS_DECIMAL_POINT …, of all values
	struct ppm_guess_pattern readings[2]; // of the first value that may have thousands or decimals: by thousands, by decimals; without a sample: no such value
	char open;                     // its separator
	struct ppm_slice distinct[PPM_GUESS_DISTINCT];
	uint32_t distinct_count;       // PPM_GUESS_DISTINCT + 1: more
	double *sample;
	uint64_t open_sample[PPM_GUESS_SAMPLE / 64]; // those taken for decimals that may be thousands
	uint32_t sample_count;
	bool unique;                   // no value came twice, as far as they were compared
	struct ppm_guess_set seen;
	uint64_t compared;             // rows
};

// What the file says in the end.
struct ppm_guess_verdict {
	enum ppm_guess_type type;
	struct ppm_slice format;       // empty: none is needed
	bool optional;
	bool ambiguous_date;           // day and month cannot be told apart: text
	bool ambiguous_figure;         // thousands and decimals cannot: text
	bool settled;                  // they could not, but for the file's other columns
	bool thousands;                // then: it is thousands
	struct ppm_slice other_format; // ambiguous: the two that fit; of figures by decimals, empty: as such; both empty: not known
	enum ppm_guess_type fitting, other_fitting; // their types
};

void ppm_guess_init(struct ppm_guess *guess);
void ppm_guess_free(struct ppm_guess *guess);
// A first look at a value of the sample: ways of writing amounts, sample figures, uniqueness. False when memory ran out.
bool ppm_guess_look(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value);
// Forgets what was counted and keeps the hypotheses, before the whole file is tested.
void ppm_guess_restart(struct ppm_guess *guess, bool compare);
// Tests every hypothesis. False when memory ran out.
bool ppm_guess_test(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value);
struct ppm_guess_verdict ppm_guess_verdict(struct ppm_guess *guess);
// Decides an ambiguous figure by what separators say elsewhere in the file: PPM_GUESS_DECIMAL_POINT or PPM_GUESS_DECIMAL_COMMA.
void ppm_guess_settle(struct ppm_guess *guess, struct ppm_guess_verdict *verdict, unsigned separators);
// The i-th text that often means missing, NULL past the last.
const char *ppm_guess_token(uint32_t index);

#endif

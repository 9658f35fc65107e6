// The command line, read by one table (options.def, verbs.def) that also makes the help and the completions.
#ifndef PPM_LANG_DRIVER_OPTIONS_H
#define PPM_LANG_DRIVER_OPTIONS_H

#include "runtime/base/buffer.h"
#include <stdint.h>

enum ppm_verb {
#define VERB(name, word, arguments, fewest, most, summary, help) PPM_VERB_##name,
#include "lang/driver/verbs.def"
#undef VERB
	PPM_VERB_COUNT
};

enum ppm_option {
#define OPTION(name, word, letter, verbs, times, value, help) PPM_OPTION_##name,
#include "lang/driver/options.def"
#undef OPTION
	PPM_OPTION_COUNT
};

#define PPM_ARGUMENT_LIMIT 64
#define PPM_REPEATED_LIMIT 256

// Points into argv, which outlives it.
struct ppm_options {
	enum ppm_verb verb;
	bool given[PPM_OPTION_COUNT];
	const char *values[PPM_OPTION_COUNT];  // NULL for an option without a value
	struct ppm_repeated {
		enum ppm_option option;
		const char *value;
	} repeated[PPM_REPEATED_LIMIT];        // of options that may be given often, in order
	size_t repeated_count;
	const char *arguments[PPM_ARGUMENT_LIMIT];
	size_t argument_count;
	size_t separated; // of diff: the number of arguments before its `--`, plus 1; 0: there is none
};

// False when the command line is wrong: then `problem` and `help` are sentences for the user (the buffers are the caller's).
bool ppm_options_parse(struct ppm_options *options, int argc, char **argv, struct ppm_buffer *problem, struct ppm_buffer *help);
// A whole number of at least `least` and at most `most`; false otherwise.
bool ppm_options_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);
// Bytes: a figure and its unit, "500MB", "1.5 GB", "2GiB". False for anything else, and for no byte at all.
bool ppm_options_size(const char *text, uint64_t *out);
// The part of a text before its `=` when that is a name (letters, digits, _); else empty, and *rest is the text.
struct ppm_slice ppm_options_name(const char *text, const char **rest);
const char *ppm_verb_word(enum ppm_verb verb);
// The help of ppmc as a whole, and of one verb.
void ppm_options_help(struct ppm_buffer *out);
void ppm_options_verb_help(enum ppm_verb verb, struct ppm_buffer *out);
// False for a shell that is not known.
bool ppm_options_completion(const char *shell, struct ppm_buffer *out);
// The verb of that word.
bool ppm_verb_find(const char *word, enum ppm_verb *verb);

#endif

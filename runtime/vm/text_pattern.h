// Regular expressions for `matches`: the subset of RE2's syntax that PCRE2 reads the same way, searched anywhere in the text. Most are run by an automaton (text_automaton.h); what is left to PCRE2 and could
// backtrack without bound is cut off by a match limit. Letters and digits in \w \d \s are ASCII, `.` is a code point, $ is the end of the text alone.
#ifndef PPM_RUNTIME_VM_TEXT_PATTERN_H
#define PPM_RUNTIME_VM_TEXT_PATTERN_H

#include "runtime/base/allocator.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"

struct ppm_text_pattern;
struct ppm_text_automaton;

enum ppm_text_match { PPM_TEXT_NO_MATCH, PPM_TEXT_MATCH, PPM_TEXT_MATCH_LIMIT, PPM_TEXT_MATCH_MEMORY };

// PPM_OK when the pattern (valid UTF-8) can be used. PPM_ERROR_MODEL: what is wrong is a phrase in `problem` (at most `size` bytes with its NUL), and the byte
// where, in `offset`. PPM_ERROR_MEMORY.
enum ppm_status ppm_text_pattern_check(const struct ppm_allocator *allocator, struct ppm_slice pattern, char *problem, size_t size, size_t *offset);

enum ppm_text_engine { PPM_TEXT_ENGINE_ANY, PPM_TEXT_ENGINE_PCRE2 }; // PCRE2 in any case: what the automaton is held against
// NULL when memory ran out or the pattern does not compile. Free with ppm_text_pattern_free. Not for two threads at once.
struct ppm_text_pattern *ppm_text_pattern_new(const struct ppm_allocator *allocator, struct ppm_slice pattern, enum ppm_text_engine engine);
void ppm_text_pattern_free(struct ppm_text_pattern *pattern);
enum ppm_text_match ppm_text_pattern_match(struct ppm_text_pattern *pattern, struct ppm_slice text);
// NULL where PCRE2 runs the pattern.
const struct ppm_text_automaton *ppm_text_pattern_automaton(const struct ppm_text_pattern *pattern);

#endif

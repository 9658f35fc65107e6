// A pattern as a deterministic automaton: one table look-up a byte, whatever the pattern and the text, and several texts at once, since each look-up waits for the one before
// it. Made of most patterns that people write; ppm_text_automaton_new says when a pattern is not one of them (its syntax is rare here, or its table would grow too large), and then PCRE2 runs it.
// What it says is what PCRE2 says, but without limits: tests/unit/text_automaton_test.c holds the two against each other.
#ifndef PPM_RUNTIME_VM_TEXT_AUTOMATON_H
#define PPM_RUNTIME_VM_TEXT_AUTOMATON_H

#include "runtime/base/allocator.h"
#include "runtime/base/slice.h"
#include <stdint.h>

struct ppm_text_automaton;

// False when memory ran out. *automaton is NULL where the pattern (one that ppm_text_pattern_check let pass) needs another engine. Free with ppm_text_automaton_free. Several
// threads may use one at once.
bool ppm_text_automaton_new(const struct ppm_allocator *allocator, struct ppm_slice pattern, struct ppm_text_automaton **automaton);
void ppm_text_automaton_free(struct ppm_text_automaton *automaton);
// Whether the pattern is found in the text, which is valid UTF-8.
bool ppm_text_automaton_match(const struct ppm_text_automaton *automaton, struct ppm_slice text);
// The same of many: answers[i] is 1 or 0. Fastest where texts of about the same length stand together.
void ppm_text_automaton_match_many(const struct ppm_text_automaton *automaton, const struct ppm_slice *texts, size_t count, uint8_t *answers);
// States and bytes of the table, for tests.
void ppm_text_automaton_size(const struct ppm_text_automaton *automaton, uint32_t *states, size_t *bytes);

#endif

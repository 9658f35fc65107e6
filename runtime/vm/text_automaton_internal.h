// What is between the two halves of the automaton's making: the pattern's syntax as states that may be in force together (text_automaton_read.c), and the table over sets of them
// (text_automaton.c).
#ifndef PPM_RUNTIME_VM_TEXT_AUTOMATON_INTERNAL_H
#define PPM_RUNTIME_VM_TEXT_AUTOMATON_INTERNAL_H

#include "runtime/vm/text_automaton.h"

#define PPM_AUTOMATON_PARTS 512u // a pattern of more parts, its counts written out, is left to PCRE2

enum ppm_automaton_part_kind {
	PPM_PART_BYTES,   // a byte of the set, then `next`
	PPM_PART_JUMP,    // `next`, without a byte
	PPM_PART_FORK,    // `next` or `other`
	PPM_PART_START,   // only where the text begins
	PPM_PART_END,     // only where it ends
	PPM_PART_EDGE,    // \b: a letter, digit or _ of ASCII on one side, none on the other
	PPM_PART_NO_EDGE, // \B
	PPM_PART_FOUND,
};

struct ppm_automaton_part {
	uint8_t kind;
	uint16_t next, other;
	uint64_t bytes[4];
};

struct ppm_automaton_parts {
	struct ppm_automaton_part items[PPM_AUTOMATON_PARTS];
	uint32_t count;
	uint16_t first;
};

// False where the pattern has what is not read here.
bool ppm_automaton_read(struct ppm_slice pattern, struct ppm_automaton_parts *parts);

#endif

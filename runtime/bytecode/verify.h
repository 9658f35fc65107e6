// Proof, before a row is read, that a program cannot go out of bounds: every operand names a register, constant or table entry that exists and is
// of the right class; jumps go forwards and land on an instruction; no register is read on any path before it is written (columns' registers are
// written by the source); calls, maps, reasons, outputs and tallies name what exists; the last instruction is END.
#ifndef PPM_RUNTIME_BYTECODE_VERIFY_H
#define PPM_RUNTIME_BYTECODE_VERIFY_H

#include "runtime/bytecode/program.h"

#define PPM_VERIFY_MEMORY "memory ran out" // the problem that is none of the program's

// True when the program is sound. Else the first fault as a sentence in `problem` (at most `size` bytes with its NUL); an empty one
// when memory ran out, and nothing is known.
bool ppm_program_verify(const struct ppm_program *program, char *problem, size_t size);

#endif

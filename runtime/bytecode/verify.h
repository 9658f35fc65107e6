// Proof, before a row is read, that a program cannot go out of bounds: every operand names a register, constant or table entry that exists and is
// of the right class; jumps go forwards and land on an instruction; no register is read on any path before it is written (columns' registers are
// written by the source); calls, maps, reasons, outputs and tallies name what exists; the last instruction is END.
#ifndef PPM_RUNTIME_BYTECODE_VERIFY_H
#define PPM_RUNTIME_BYTECODE_VERIFY_H

#include "runtime/bytecode/job.h"

#define PPM_VERIFY_MEMORY "memory ran out" // the problem that is none of the program's

// True when the program is sound. Else the first fault as a sentence in `problem` (at most `size` bytes with its NUL); an empty one
// when memory ran out, and nothing is known.
bool ppm_program_verify(const struct ppm_program *program, char *problem, size_t size);

// The same for a job: its programs are sound; every table, column, link, tree, site and program that an action names exists, is of the right class and table, and was made
// before it is used; nothing is written twice; no column is used after its last action; the scored rows have one result.
bool ppm_job_verify(const struct ppm_job *job, char *problem, size_t size);

#endif

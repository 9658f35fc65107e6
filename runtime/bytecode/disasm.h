// A program as text: the columns with their registers and types, each instruction with its registers, constants and meaning, beside the source line that
// it came from, then the results.
#ifndef PPM_RUNTIME_BYTECODE_DISASM_H
#define PPM_RUNTIME_BYTECODE_DISASM_H

#include "runtime/base/buffer.h"
#include "runtime/bytecode/program.h"

void ppm_program_disassemble(const struct ppm_program *program, struct ppm_buffer *out);

#endif

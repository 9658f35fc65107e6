// A program as text: the columns with their registers and types, each instruction with its registers, constants and meaning, beside the source line that
// it came from, then the results.
#ifndef PPM_RUNTIME_BYTECODE_DISASM_H
#define PPM_RUNTIME_BYTECODE_DISASM_H

#include "runtime/base/buffer.h"
#include "runtime/bytecode/job.h"

void ppm_program_disassemble(const struct ppm_program *program, struct ppm_buffer *out);
// The same without the model's name.
void ppm_program_disassemble_code(const struct ppm_program *program, struct ppm_buffer *out);
// A job as text: its tables with their columns, its links and trees, then its actions in order, each under the model's line that asked for it and with its program's listing.
void ppm_job_disassemble(const struct ppm_job *job, struct ppm_buffer *out);
// The model's line at the place, as the listing shows it.
void ppm_disassemble_place(struct ppm_buffer *out, const struct ppm_program *program, struct ppm_place place);

#endif

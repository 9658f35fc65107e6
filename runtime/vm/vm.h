// The virtual machine: runs a verified program over one batch after another. One machine a thread; the program is shared.
#ifndef PPM_RUNTIME_VM_VM_H
#define PPM_RUNTIME_VM_VM_H

#include "runtime/base/status.h"
#include "runtime/bytecode/program.h"
#include "runtime/column/text_pool.h"

// A row that went wrong while it was computed: the first fault of each row.
struct ppm_vm_fault {
	uint32_t row;                   // in the batch
	uint32_t instruction;           // program->places says where in the model
	const char *what;               // "the amount passes ±900 trillion", a sentence's end; static
	bool no_value;                  // a strict program's row without a value (D0302); else out of range (D0301)
};

enum ppm_simd { PPM_SIMD_PORTABLE, PPM_SIMD_SSE2, PPM_SIMD_AVX2, PPM_SIMD_AVX512 };
// The best that this processor runs; a caller may ask for less (tests do), and never gets more.
enum ppm_simd ppm_simd_best(void);
const char *ppm_simd_name(enum ppm_simd simd);
// False for an unknown name.
bool ppm_simd_find(const char *name, enum ppm_simd *simd);

struct ppm_vm;

// `pool` is the worker's, shared with its source; both outlive the machine. NULL when memory ran out (or PCRE2 failed to compile a pattern,
// which the compiler has ruled out).
struct ppm_vm *ppm_vm_new(const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_text_pool *pool, enum ppm_simd simd);
void ppm_vm_free(struct ppm_vm *vm);

// Runs the program over the batch: sets its columns' registers from batch->values and batch->present (registers of columns that are always present
// in this batch read as all bits set). Rows that fault have their bit set in batch->refused and a record in faults. PPM_OK, PPM_ERROR_MEMORY, or
// PPM_ERROR_LIMIT when a regular expression passed its match limit.
enum ppm_status ppm_vm_run(struct ppm_vm *vm, struct ppm_batch *batch);

// After a run: the register's memory. Valid until the next run.
const void *ppm_vm_register(const struct ppm_vm *vm, enum ppm_register_class class, uint16_t index);
// After a run: the numbers of an F register as 16-bit integers, in units of 10^-places, where the machine has them so; else NULL. Who can take them spares it
// the doubles.
const int16_t *ppm_vm_small(const struct ppm_vm *vm, uint16_t index, uint32_t *places);
// After a run: the faults of that batch, sorted by row.
const struct ppm_vm_fault *ppm_vm_faults(const struct ppm_vm *vm, uint32_t *count);
// Since the machine was made: how many lanes had no value at each site (program->sites), and each tally's count of scored rows.
const uint64_t *ppm_vm_site_counts(const struct ppm_vm *vm);
const uint64_t *ppm_vm_tallies(const struct ppm_vm *vm);
struct ppm_text_pool *ppm_vm_pool(const struct ppm_vm *vm);

#endif

// The machine's inside, for the kernels. A kernel runs one instruction over the whole batch; it may compute every lane up to the next multiple
// of 64 rows, since registers are that large, but it reports faults and missing values of live lanes only: rows that exist and were not refused.
#ifndef PPM_RUNTIME_VM_MACHINE_H
#define PPM_RUNTIME_VM_MACHINE_H

#include "runtime/vm/text_pattern.h"
#include "runtime/vm/vm.h"

typedef void ppm_vm_kernel(struct ppm_vm *vm, const struct ppm_instruction *instruction);

// The lanes of one instruction that had no value in this batch. An instruction runs at most once a batch (jumps go forwards), so that one
// record for each instruction is room enough. They are counted at the end, when it is known which rows got a result.
struct ppm_vm_missing {
	uint32_t site;
	uint64_t lanes[PPM_MASK_WORDS];
};

// What a text test said about each code so far: 0 not asked yet, 1 no, 2 yes.
struct ppm_vm_memo {
	uint8_t *answers;
	size_t capacity;
	uint32_t generation;
};

// The texts of a register that were lent for this batch: no memo knows them, and several tests ask for them.
struct ppm_vm_lent {
	uint64_t batch;         // that they are of; 0: none
	uint16_t index;         // of the register
	bool sorted;            // by length
	uint32_t count;
	uint64_t mask[PPM_MASK_WORDS];
	uint16_t lanes[PPM_BATCH_ROWS];
	struct ppm_slice texts[PPM_BATCH_ROWS];
};

// A point sum as the kernels take it: less the least that it can be, it is never above 255 where `bytes` holds, and is then added up in bytes.
struct ppm_vm_sum {
	uint8_t *points;        // modulo 256
	int16_t least;
	uint8_t base;           // the sum's base less `least`
	bool bytes;
	// The same for SUM_SHARE, where the range's low counts too.
	int16_t share_least;
	uint8_t share_base;
	bool share_bytes;       // SUM_SHARE: only where `factor` is not 0
	double factor;          // when not 0, 100 * p / width is p * factor to the last bit for all p of the range
};

// A factor as a fraction in lowest terms: the double nearest to it is the factor. The denominator is 0 when it is no short decimal.
struct ppm_vm_fraction {
	int32_t numerator, denominator;
};

#define PPM_VM_SUM_MASKS 64     // more are added one by one

struct ppm_vm_reason_order {
	uint32_t *units;        // indexes of the units that cost more than 0, costliest first, ties in list order; NULL: costs vary by row
	uint32_t count;
};

struct ppm_vm {
	void **registers[PPM_CLASS_COUNT];   // [class][register]: its memory; columns' change with every batch
	size_t words;                        // of 64 rows each
	uint32_t rows;
	uint64_t live[PPM_MASK_WORDS];       // rows of the batch that were not refused
	const struct ppm_program *program;
	ppm_vm_kernel **kernels;             // [instruction]
	void (*date_part)(enum ppm_date_part part, double *result, const int32_t *dates, size_t count); // for functions of the library
	struct ppm_batch *batch;
	struct ppm_text_pool *pool;
	const struct ppm_allocator *allocator;
	enum ppm_simd simd;
	enum ppm_status status;

	void *slab;                          // all registers but the columns'
	void *zero;                          // what a column reads that the source did not fill
	uint64_t all[PPM_MASK_WORDS];        // every bit set
	void **pointers;                     // what registers[] point into
	const int32_t **whole;               // [F register]: this batch's integers of a column of numbers, or NULL. Then the register may not hold them: PPM_WIDE_AT
	const int16_t **small;               // [F register]: the same in 16 bits, or NULL
	uint32_t *number_columns;            // [F register]: the program column that it is, and 1; 0: none
	uint32_t *waiting;                   // [F register]: the instruction, and 1, that makes it of a 16-bit register once somebody asks; 0: none
	uint64_t *made;                      // [F register]: the batch that it did so for
	ppm_vm_kernel *make;                 // what that instruction does
	uint64_t *whole_magnitudes;          // [F register]: a power of two that no size of `whole` passes; 0: not found out in this batch
	uint8_t *wide;                       // [program column]: instructions read it as doubles too, so that they are made at once
	void (*widen)(double *numbers, const int32_t *whole, size_t count);
	uint64_t *stated;                    // [L register]: no amount of this batch's column is larger; 0: not known
	uint64_t *magnitudes;                // [L register]: the largest amount that was found in it in this batch
	uint64_t *magnitude_batch;           // [L register]: the batch that it is of, 0 never; UINT64_MAX: written more than once, do not keep
	uint64_t batch_number;

	struct ppm_vm_fault *faults;         // [PPM_BATCH_ROWS]
	uint32_t fault_count;
	struct ppm_vm_missing *missing;
	uint32_t missing_count;
	uint32_t *missing_of_site; // [site]: where it may be in `missing`, if it is there in this batch
	uint64_t *site_counts, *tallies;

	struct ppm_text_pattern **patterns;  // [text test]: NULL unless it is a regular expression
	struct ppm_vm_memo *memos;           // [text test]
	struct ppm_vm_lent *lent;            // of the register that was last asked for; NULL without text tests
	uint8_t *written;                    // [I register]: some instruction writes it
	struct ppm_vm_sum *sums;             // [point sum]
	struct ppm_vm_reason_order *orders;  // [reason list]
	struct ppm_vm_fraction *fractions;   // [instruction]: its constant factor, of those that compare with a product
	double *reason_costs;                // room for one block of 64 rows times the longest list of results
};

// The registers that an instruction names, by class.
#define PPM_MASK_AT(operand) ((uint64_t *)vm->registers[PPM_CLASS_MASK][instruction->operand])
#define PPM_F64_AT(operand) ((double *)vm->registers[PPM_CLASS_F64][instruction->operand])
#define PPM_I64_AT(operand) ((int64_t *)vm->registers[PPM_CLASS_I64][instruction->operand])
#define PPM_X128_AT(operand) ((ppm_int128 *)vm->registers[PPM_CLASS_X128][instruction->operand])
#define PPM_I32_AT(operand) ((int32_t *)vm->registers[PPM_CLASS_I32][instruction->operand])
#define PPM_I16_AT(operand) ((int16_t *)vm->registers[PPM_CLASS_I16][instruction->operand])
// A column of numbers in the one form and the other, for the operands that ppm_program_number_forms knows.
#define PPM_WHOLE_AT(operand) (vm->whole[instruction->operand])
#define PPM_WIDE_AT(operand) ppm_vm_wide(vm, instruction->operand)
#define PPM_CONSTANT(member) (vm->program->constants[instruction->k].member)

// For each lane of e that is live: declares `lane`. Nothing else may matter.
#define PPM_EACH_ACTIVE(active) \
	for (size_t word_ = 0; word_ < vm->words; word_++) \
		for (uint64_t bits_ = (active)[word_] & vm->live[word_]; bits_; bits_ &= bits_ - 1) \
			for (size_t lane = word_ * 64 + (size_t)__builtin_ctzll(bits_), once_ = 1; once_; once_ = 0)

// The F register's doubles, made of a column's integers if need be.
const double *ppm_vm_wide(const struct ppm_vm *vm, uint16_t index);
// The memory of mask registers, by their numbers.
void ppm_vm_masks(const struct ppm_vm *vm, const uint16_t *registers, uint32_t count, const uint64_t **masks);
// A row went wrong: kept if it is live and its first fault; then it is live no more. `what` ends a sentence and is static.
void ppm_vm_fault_at(struct ppm_vm *vm, const struct ppm_instruction *instruction, size_t lane, const char *what);
// Lanes without a value (cut to the live ones here): noted for the site, and faults of their rows in a strict program.
void ppm_vm_missing_at(struct ppm_vm *vm, const struct ppm_instruction *instruction, uint32_t site, const uint64_t *lanes, const char *what);
// After an arithmetic kernel saw an infinite result somewhere: faults the active lanes that have one, and makes all of them 0.
void ppm_vm_check_numbers(struct ppm_vm *vm, const struct ppm_instruction *instruction, double *results, const uint64_t *active);

extern const char ppm_vm_number_range[], ppm_vm_money_range[], ppm_vm_date_range[], ppm_vm_duration_range[], ppm_vm_points_range[], ppm_vm_zero_division[], ppm_vm_no_power[];

#endif

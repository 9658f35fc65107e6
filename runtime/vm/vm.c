// The machine: memory for the registers, the loop over instructions, and what is kept of each batch: faults, missing values, tallies.
//
// All registers but the columns' live in one block, zeroed once; columns' registers point into the batch. An instruction costs one indirect call
// a batch.
#include <math.h>

#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

const char ppm_vm_number_range[] = "the result is too large for a number";
const char ppm_vm_money_range[] = "the amount passes \302\261900 trillion";
const char ppm_vm_date_range[] = "the date lies outside the years 1 to 9999";
const char ppm_vm_duration_range[] = "the duration passes \302\2612,147,483,647 days or months";
const char ppm_vm_points_range[] = "the points pass \302\2611,000,000,000,000";
const char ppm_vm_zero_division[] = "division by zero";
const char ppm_vm_no_power[] = "the power is no real number";

static ppm_vm_kernel *const scalar_kernels[PPM_OPCODE_COUNT] = {
#define X(name) [PPM_OP_##name] = ppm_vm_scalar_##name,
	PPM_SCALAR_KERNELS(X)
#undef X
};

#define X(name) +1
_Static_assert(0 PPM_VECTOR_KERNELS(X) PPM_SCALAR_KERNELS(X) + 2 == PPM_OPCODE_COUNT, "every opcode but END and SKIP_IF_NONE has one kernel");
#undef X

static ppm_vm_kernel *const *vector_kernels(struct ppm_vm *vm)
{
#if defined(__x86_64__)
	switch (vm->simd) {
	case PPM_SIMD_SSE2:
		vm->date_part = ppm_vm_date_part_sse2;
		vm->widen = ppm_vm_widen_sse2;
		return ppm_vm_kernels_sse2;
	case PPM_SIMD_AVX2:
		vm->date_part = ppm_vm_date_part_avx2;
		vm->widen = ppm_vm_widen_avx2;
		return ppm_vm_kernels_avx2;
	case PPM_SIMD_AVX512:
		vm->date_part = ppm_vm_date_part_avx512;
		vm->widen = ppm_vm_widen_avx512;
		return ppm_vm_kernels_avx512;
	case PPM_SIMD_PORTABLE: break;
	}
#endif
	vm->date_part = ppm_vm_date_part_portable;
	vm->widen = ppm_vm_widen_portable;
	return ppm_vm_kernels_portable;
}

// ---- making a machine

// How often each register is written by instructions: [class][register], in one block; columns' registers are not. NULL when memory ran out.
static uint32_t *count_writers(const struct ppm_vm *vm, uint32_t *writers[PPM_CLASS_COUNT])
{
	const struct ppm_program *program = vm->program;
	size_t total = 0;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class ++)
		total += program->register_counts[class];
	uint32_t *block = ppm_allocate_zeroed(vm->allocator, total + 1, sizeof *block), *next = block;
	if (!block)
		return NULL;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class ++) {
		writers[class] = next;
		next += program->register_counts[class];
	}
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		const struct ppm_instruction *instruction = &program->instructions[i];
		const struct ppm_opcode_info *info = ppm_opcode_info(instruction->op);
		const uint16_t operands[5] = { instruction->a, instruction->b, instruction->c, instruction->d, instruction->e };
		for (size_t k = 0; k < 5; k++) {
			enum ppm_operand_kind kind = info->operands[k];
			if ((kind >= PPM_OPERAND_OUT_M && kind <= PPM_OPERAND_OUT_H) || (kind >= PPM_OPERAND_ADD_F && kind <= PPM_OPERAND_ADD_L))
				writers[ppm_operand_class(kind)][operands[k]]++;
		}
		if (instruction->op == PPM_OP_CALL)
			writers[program->calls[instruction->k].result][instruction->a]++;
		if (instruction->op == PPM_OP_REASONS) {
			const struct ppm_reason_list *list = &program->reason_lists[instruction->k];
			for (uint32_t k = 0; k < list->count; k++)
				writers[PPM_CLASS_I32][list->first + k]++;
		}
	}
	return block;
}

static bool is_fill(uint16_t op)
{
	return op == PPM_OP_FILL_F64 || op == PPM_OP_FILL_I64 || op == PPM_OP_FILL_I32 || op == PPM_OP_FILL_X128;
}

static void do_nothing(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	(void)vm;
	(void)instruction;
}

// A register that only one instruction writes, and that with a constant, is filled once for all batches; the largest amount in a register that only one
// instruction writes stays true until the next batch; and numbers that only results are made of wait in 16 bits until a result asks for them.
static bool use_writers(struct ppm_vm *vm)
{
	const struct ppm_program *program = vm->program;
	uint32_t *writers[PPM_CLASS_COUNT], *block = count_writers(vm, writers);
	if (!block)
		return false;
	vm->words = PPM_MASK_WORDS;
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		const struct ppm_instruction *instruction = &program->instructions[i];
		if (!is_fill(instruction->op) || writers[ppm_operand_class(ppm_opcode_info(instruction->op)->operands[0])][instruction->a] != 1)
			continue;
		vm->kernels[i](vm, instruction);
		vm->kernels[i] = do_nothing;
	}
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		if (program->instructions[i].op != PPM_OP_NUMBER_FROM_I16 || !ppm_program_number_can_wait(program, i))
			continue;
		vm->make = vm->kernels[i];
		vm->waiting[program->instructions[i].a] = i + 1;
		vm->kernels[i] = do_nothing;
	}
	for (size_t i = 0; i < program->register_counts[PPM_CLASS_I32]; i++)
		vm->written[i] = writers[PPM_CLASS_I32][i] != 0;
	for (size_t i = 0; i < program->register_counts[PPM_CLASS_I64]; i++)
		vm->magnitude_batch[i] = writers[PPM_CLASS_I64][i] <= 1 ? 0 : UINT64_MAX;
	ppm_free(vm->allocator, block);
	return true;
}

// Marks columns' registers with `zero`, gives every other one its part of the slab.
static bool make_registers(struct ppm_vm *vm)
{
	const struct ppm_program *program = vm->program;
	size_t registers = 0, bytes = 0;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class ++) {
		registers += program->register_counts[class];
		bytes += program->register_counts[class] * ppm_register_size((enum ppm_register_class) class);
	}
	vm->pointers = ppm_allocate_zeroed(vm->allocator, registers + 1, sizeof *vm->pointers);
	vm->zero = ppm_allocate_aligned(vm->allocator, ppm_register_size(PPM_CLASS_X128), PPM_VECTOR_ALIGNMENT);
	if (!vm->pointers || !vm->zero)
		return false;
	memset(vm->zero, 0, ppm_register_size(PPM_CLASS_X128));
	void **pointer = vm->pointers;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class ++) {
		vm->registers[class] = pointer;
		pointer += program->register_counts[class];
	}
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read)
			continue;
		enum ppm_register_class class = ppm_column_register(column);
		vm->registers[class][column->value] = vm->zero;
		bytes -= ppm_register_size(class);
		if (column->optional) {
			vm->registers[PPM_CLASS_MASK][column->present] = vm->zero;
			bytes -= ppm_register_size(PPM_CLASS_MASK);
		}
	}
	vm->slab = ppm_allocate_aligned(vm->allocator, bytes + PPM_VECTOR_ALIGNMENT, PPM_VECTOR_ALIGNMENT);
	if (!vm->slab)
		return false;
	memset(vm->slab, 0, bytes + PPM_VECTOR_ALIGNMENT);
	char *memory = vm->slab;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class ++) {
		for (size_t i = 0; i < program->register_counts[class]; i++) {
			if (vm->registers[class][i])
				continue;
			vm->registers[class][i] = memory;
			memory += ppm_register_size((enum ppm_register_class) class);
		}
	}
	return true;
}

// 100 * p / width without a division where a factor gives the same double for every p of a range.
static double share_factor(int32_t width)
{
	if (width <= 0) // of a sum that is no share
		return 0;
	double factor = 100.0 / (double)width;
	for (int32_t p = 0; p <= width; p++) {
		if ((double)p * factor != 100.0 * (double)p / (double)width)
			return 0;
	}
	return factor;
}

// Up to 8 places, so that a product that is not equal to a whole number is farther from it than any rounding moves it.
static struct ppm_vm_fraction fraction_of(double factor)
{
	struct ppm_vm_fraction none = { 0, 0 };
	int64_t numerator;
	int places;
	if (!ppm_number_decimal(factor, &numerator, &places) || places > 8 || numerator > INT32_MAX || numerator < -INT32_MAX)
		return none;
	int64_t denominator = (int64_t)ppm_power_of_ten[places];
	if ((double)numerator / (double)denominator != factor)
		return none;
	int64_t a = numerator < 0 ? -numerator : numerator, b = denominator;
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return (struct ppm_vm_fraction){ (int32_t)(numerator / a), (int32_t)(denominator / a) };
}

static bool plan_sum(struct ppm_vm *vm, const struct ppm_point_sum *sum, struct ppm_vm_sum *plan)
{
	int32_t least = sum->base, width = 0;
	plan->points = ppm_allocate(vm->allocator, (size_t)sum->count + 1, 1);
	if (!plan->points)
		return false;
	for (uint32_t i = 0; i < sum->count; i++) {
		int32_t points = sum->points[i];
		plan->points[i] = (uint8_t)((uint32_t)points & 255);
		least += points < 0 ? points : 0;
		width += points < 0 ? -points : points;
	}
	plan->bytes = sum->count <= PPM_VM_SUM_MASKS && width <= 255;
	plan->least = (int16_t)least;
	plan->base = (uint8_t)((uint32_t)(sum->base - least) & 255);
	plan->factor = share_factor(sum->high - sum->low);
	int32_t from = least < sum->low ? least : sum->low;
	plan->share_bytes = sum->count <= PPM_VM_SUM_MASKS && least + width - from <= 255 && sum->low - from <= 255;
	plan->share_least = (int16_t)from;
	plan->share_base = (uint8_t)((uint32_t)(sum->base - from) & 255);
	return true;
}

// Sorts by cost, the largest first, ties as they are: insertion, since lists are short.
static bool order_reasons(struct ppm_vm *vm, const struct ppm_reason_list *list, struct ppm_vm_reason_order *order)
{
	for (uint32_t u = 0; u < list->unit_count; u++) {
		if (list->units[u].value != PPM_NO_REGISTER || list->units[u].factor != PPM_NO_REGISTER)
			return true;
	}
	order->units = ppm_allocate(vm->allocator, (size_t)list->unit_count + 1, sizeof *order->units);
	if (!order->units)
		return false;
	for (uint32_t u = 0; u < list->unit_count; u++) {
		double cost = ppm_number_as_decimal(list->units[u].cost);
		if (cost <= 0)
			continue;
		uint32_t at = order->count++;
		for (; at > 0 && ppm_number_as_decimal(list->units[order->units[at - 1]].cost) < cost; at--)
			order->units[at] = order->units[at - 1];
		order->units[at] = u;
	}
	return true;
}

static bool use_forms(struct ppm_vm *vm)
{
	const struct ppm_program *program = vm->program;
	size_t numbers = program->register_counts[PPM_CLASS_F64];
	vm->whole = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->whole);
	vm->small = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->small);
	vm->whole_magnitudes = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->whole_magnitudes);
	vm->number_columns = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->number_columns);
	vm->wide = ppm_allocate_zeroed(vm->allocator, (size_t)program->column_count + 1, 1);
	vm->waiting = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->waiting);
	vm->made = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *vm->made);
	struct ppm_number_forms *forms = ppm_allocate_zeroed(vm->allocator, numbers + 1, sizeof *forms);
	if (!vm->waiting || !vm->made || !vm->whole || !vm->small || !vm->whole_magnitudes || !vm->number_columns || !vm->wide || !forms) {
		ppm_free(vm->allocator, forms);
		return false;
	}
	ppm_program_number_forms(program, forms);
	for (uint32_t i = 0; i < program->column_count; i++) {
		if (!program->columns[i].read || program->columns[i].type != PPM_COLUMN_NUMBER || ppm_column_register(&program->columns[i]) != PPM_CLASS_F64)
			continue;
		vm->number_columns[program->columns[i].value] = i + 1;
		vm->wide[i] = forms[program->columns[i].value].wide;
	}
	ppm_free(vm->allocator, forms);
	return true;
}

static bool make_tables(struct ppm_vm *vm)
{
	const struct ppm_program *program = vm->program;
	const struct ppm_allocator *allocator = vm->allocator;
	size_t money = program->register_counts[PPM_CLASS_I64], longest = 0;
	vm->kernels = ppm_allocate_zeroed(allocator, (size_t)program->instruction_count + 1, sizeof *vm->kernels);
	vm->fractions = ppm_allocate_zeroed(allocator, (size_t)program->instruction_count + 1, sizeof *vm->fractions);
	vm->magnitudes = ppm_allocate_zeroed(allocator, money + 1, sizeof *vm->magnitudes);
	vm->stated = ppm_allocate_zeroed(allocator, money + 1, sizeof *vm->stated);
	vm->magnitude_batch = ppm_allocate_zeroed(allocator, money + 1, sizeof *vm->magnitude_batch);
	vm->faults = ppm_allocate_zeroed(allocator, PPM_BATCH_ROWS, sizeof *vm->faults);
	vm->missing_of_site = ppm_allocate_zeroed(allocator, (size_t)program->site_count + 1, sizeof *vm->missing_of_site);
	vm->site_counts = ppm_allocate_zeroed(allocator, (size_t)program->site_count + 1, sizeof *vm->site_counts);
	vm->tallies = ppm_allocate_zeroed(allocator, (size_t)program->tally_count + 1, sizeof *vm->tallies);
	vm->patterns = ppm_allocate_zeroed(allocator, (size_t)program->text_test_count + 1, sizeof *vm->patterns);
	vm->lent = program->text_test_count ? ppm_allocate(allocator, 1, sizeof *vm->lent) : NULL;
	vm->written = ppm_allocate_zeroed(allocator, (size_t)program->register_counts[PPM_CLASS_I32] + 1, sizeof *vm->written);
	vm->memos = ppm_allocate_zeroed(allocator, (size_t)program->text_test_count + 1, sizeof *vm->memos);
	vm->sums = ppm_allocate_zeroed(allocator, (size_t)program->point_sum_count + 1, sizeof *vm->sums);
	vm->orders = ppm_allocate_zeroed(allocator, (size_t)program->reason_list_count + 1, sizeof *vm->orders);
	if (!vm->kernels || !vm->fractions || !vm->magnitudes || !vm->stated || !vm->magnitude_batch || !vm->faults || !vm->missing_of_site || !vm->site_counts || !vm->tallies ||
		!vm->patterns || !vm->memos || !vm->written || (program->text_test_count && !vm->lent) || !vm->sums || !vm->orders)
		return false;
	if (vm->lent)
		vm->lent->batch = 0;
	ppm_vm_kernel *const *vectors = vector_kernels(vm);
	size_t sites = 0;
	for (uint32_t i = 0; i < program->instruction_count; i++) {
		uint16_t op = program->instructions[i].op;
		vm->kernels[i] = vectors[op] ? vectors[op] : scalar_kernels[op];
		// The operations that may lack a value are those that write M[d].
		if (op >= PPM_OP_EQ_TIMES_F64_K && op <= PPM_OP_GE_TIMES_F64_K)
			vm->fractions[i] = fraction_of(program->constants[program->instructions[i].k].f64);
		sites += ppm_opcode_info(op)->operands[3] == PPM_OPERAND_OUT_M;
	}
	vm->missing = ppm_allocate_zeroed(allocator, sites + 1, sizeof *vm->missing);
	if (!vm->missing)
		return false;
	if (!use_forms(vm) || !use_writers(vm))
		return false;
	for (uint32_t i = 0; i < program->text_test_count; i++) {
		vm->memos[i].generation = vm->pool->generation;
		if (program->text_tests[i].kind == PPM_TEXT_MATCHES && !(vm->patterns[i] = ppm_text_pattern_new(allocator, program->text_tests[i].operand, PPM_TEXT_ENGINE_ANY)))
			return false;
	}
	for (uint32_t i = 0; i < program->point_sum_count; i++) {
		if (!plan_sum(vm, &program->point_sums[i], &vm->sums[i]))
			return false;
	}
	for (uint32_t i = 0; i < program->reason_list_count; i++) {
		longest = program->reason_lists[i].count > longest ? program->reason_lists[i].count : longest;
		if (!order_reasons(vm, &program->reason_lists[i], &vm->orders[i]))
			return false;
	}
	vm->reason_costs = ppm_allocate(allocator, longest * 64 + 1, sizeof *vm->reason_costs);
	return vm->reason_costs != NULL;
}

struct ppm_vm *ppm_vm_new(const struct ppm_allocator *allocator, const struct ppm_program *program, struct ppm_text_pool *pool, enum ppm_simd simd)
{
	if (!allocator)
		allocator = ppm_allocator_default();
	struct ppm_vm *vm = ppm_allocate_zeroed(allocator, 1, sizeof *vm);
	if (!vm)
		return NULL;
	enum ppm_simd best = ppm_simd_best();
	vm->allocator = allocator;
	vm->program = program;
	vm->pool = pool;
	vm->simd = simd < best ? simd : best;
	memset(vm->all, 0xff, sizeof vm->all);
	if (!make_registers(vm) || !make_tables(vm)) {
		ppm_vm_free(vm);
		return NULL;
	}
	return vm;
}

void ppm_vm_free(struct ppm_vm *vm)
{
	if (!vm)
		return;
	const struct ppm_allocator *allocator = vm->allocator;
	for (uint32_t i = 0; vm->patterns && i < vm->program->text_test_count; i++)
		ppm_text_pattern_free(vm->patterns[i]);
	for (uint32_t i = 0; vm->memos && i < vm->program->text_test_count; i++)
		ppm_free(allocator, vm->memos[i].answers);
	for (uint32_t i = 0; vm->orders && i < vm->program->reason_list_count; i++)
		ppm_free(allocator, vm->orders[i].units);
	ppm_free(allocator, vm->reason_costs);
	ppm_free(allocator, vm->orders);
	for (uint32_t i = 0; vm->sums && i < vm->program->point_sum_count; i++)
		ppm_free(allocator, vm->sums[i].points);
	ppm_free(allocator, vm->sums);
	ppm_free(allocator, vm->memos);
	ppm_free(allocator, vm->lent);
	ppm_free(allocator, vm->written);
	ppm_free(allocator, vm->patterns);
	ppm_free(allocator, vm->tallies);
	ppm_free(allocator, vm->site_counts);
	ppm_free(allocator, vm->missing);
	ppm_free(allocator, vm->missing_of_site);
	ppm_free(allocator, vm->faults);
	ppm_free(allocator, vm->magnitude_batch);
	ppm_free(allocator, vm->magnitudes);
	ppm_free(allocator, vm->stated);
	ppm_free(allocator, vm->whole);
	ppm_free(allocator, vm->small);
	ppm_free(allocator, vm->waiting);
	ppm_free(allocator, vm->made);
	ppm_free(allocator, vm->whole_magnitudes);
	ppm_free(allocator, vm->fractions);
	ppm_free(allocator, vm->number_columns);
	ppm_free(allocator, vm->wide);
	ppm_free(allocator, vm->kernels);
	if (vm->slab)
		ppm_free_aligned(allocator, vm->slab);
	if (vm->zero)
		ppm_free_aligned(allocator, vm->zero);
	ppm_free(allocator, vm->pointers);
	ppm_free(allocator, vm);
}

// ---- what kernels ask and report

const double *ppm_vm_wide(const struct ppm_vm *vm, uint16_t index)
{
	double *numbers = vm->registers[PPM_CLASS_F64][index];
	struct ppm_column_facts *facts = vm->whole[index] ? &vm->batch->facts[vm->number_columns[index] - 1] : NULL;
	if (facts && facts->whole && !facts->widened) {
		vm->widen(numbers, facts->whole, PPM_BATCH_ROWS);
		facts->widened = true;
	}
	return numbers;
}

void ppm_vm_masks(const struct ppm_vm *vm, const uint16_t *registers, uint32_t count, const uint64_t **masks)
{
	for (uint32_t i = 0; i < count; i++)
		masks[i] = vm->registers[PPM_CLASS_MASK][registers[i]];
}

void ppm_vm_fault_at(struct ppm_vm *vm, const struct ppm_instruction *instruction, size_t lane, const char *what)
{
	uint64_t bit = UINT64_C(1) << (lane % 64);
	if (lane >= vm->rows || !(vm->live[lane / 64] & bit))
		return;
	vm->live[lane / 64] &= ~bit;
	vm->batch->refused[lane / 64] |= bit;
	vm->faults[vm->fault_count++] = (struct ppm_vm_fault){
		.row = (uint32_t)lane,
		.instruction = (uint32_t)(instruction - vm->program->instructions),
		.what = what,
	};
}

void ppm_vm_missing_at(struct ppm_vm *vm, const struct ppm_instruction *instruction, uint32_t site, const uint64_t *lanes, const char *what)
{
	// Several instructions may lack a value at one site: a row counts there once.
	uint32_t at = vm->missing_of_site[site];
	if (at >= vm->missing_count || vm->missing[at].site != site) {
		at = vm->missing_of_site[site] = vm->missing_count++;
		vm->missing[at].site = site;
		memset(vm->missing[at].lanes, 0, sizeof vm->missing[at].lanes);
	}
	struct ppm_vm_missing *missing = &vm->missing[at];
	for (size_t word = 0; word < vm->words; word++)
		missing->lanes[word] |= lanes[word] & vm->live[word];
	if (!vm->program->strict)
		return;
	for (size_t word = 0; word < vm->words; word++) {
		for (uint64_t bits = missing->lanes[word] & vm->live[word]; bits; bits &= bits - 1) {
			uint32_t before = vm->fault_count;
			ppm_vm_fault_at(vm, instruction, word * 64 + (size_t)__builtin_ctzll(bits), what);
			if (vm->fault_count > before)
				vm->faults[before].no_value = true;
		}
	}
}

void ppm_vm_check_numbers(struct ppm_vm *vm, const struct ppm_instruction *instruction, double *results, const uint64_t *active)
{
	for (size_t lane = 0; lane < vm->words * 64; lane++) {
		if (isfinite(results[lane]))
			continue;
		results[lane] = 0;
		if (active[lane / 64] >> (lane % 64) & 1)
			ppm_vm_fault_at(vm, instruction, lane, ppm_vm_number_range);
	}
}

// ---- running

static void bind_columns(struct ppm_vm *vm, struct ppm_batch *batch)
{
	const struct ppm_program *program = vm->program;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read)
			continue;
		const enum ppm_register_class class = ppm_column_register(column);
		vm->registers[class][column->value] = batch->values[i] ? batch->values[i] : vm->zero;
		const struct ppm_column_facts *facts = batch->facts ? &batch->facts[i] : NULL;
		if (class == PPM_CLASS_I64) {
			vm->stated[column->value] = facts ? facts->magnitude : 0;
		} else if (class == PPM_CLASS_F64 && column->type == PPM_COLUMN_NUMBER) {
			vm->whole[column->value] = facts ? facts->whole : NULL;
			vm->small[column->value] = facts ? facts->small : NULL;
			vm->whole_magnitudes[column->value] = 0;
			if (vm->wide[i])
				ppm_vm_wide(vm, column->value);
		}
		if (column->optional)
			vm->registers[PPM_CLASS_MASK][column->present] = batch->present[i] ? batch->present[i] : vm->all;
	}
}

static bool any_live(const struct ppm_vm *vm, const uint64_t *mask)
{
	uint64_t any = 0;
	for (size_t word = 0; word < vm->words; word++)
		any |= mask[word] & vm->live[word];
	return any != 0;
}

static inline uint64_t count_words(const uint64_t *mask, const uint64_t *live, size_t words)
{
	uint64_t count = 0;
	for (size_t word = 0; word < words; word++)
		count += (uint64_t)__builtin_popcountll(mask[word] & live[word]);
	return count;
}

#if defined(__x86_64__)
// One instruction a word; the plain build for any x86-64 calls a function for each.
__attribute__((target("popcnt"))) static uint64_t count_words_popcnt(const uint64_t *mask, const uint64_t *live, size_t words)
{
	uint64_t count = 0;
	for (size_t word = 0; word < words; word++)
		count += (uint64_t)__builtin_popcountll(mask[word] & live[word]);
	return count;
}
#endif

static uint64_t count_live(const struct ppm_vm *vm, const uint64_t *mask)
{
#if defined(__x86_64__)
	if (vm->simd >= PPM_SIMD_AVX2) // no processor has AVX2 and lacks POPCNT
		return count_words_popcnt(mask, vm->live, vm->words);
#endif
	return count_words(mask, vm->live, vm->words);
}

static void sort_faults(struct ppm_vm_fault *faults, uint32_t count)
{
	if (count < 2)
		return;
	// A row has one fault at most: they are placed by row, with the table itself as the room.
	uint16_t place[PPM_BATCH_ROWS];
	memset(place, 0xff, sizeof place);
	for (uint32_t i = 0; i < count; i++)
		place[faults[i].row] = (uint16_t)i;
	uint32_t sorted = 0;
	for (uint32_t row = 0; row < PPM_BATCH_ROWS; row++) {
		uint32_t from = place[row];
		if (from == UINT16_MAX)
			continue;
		struct ppm_vm_fault swap = faults[sorted];
		faults[sorted] = faults[from];
		faults[from] = swap;
		place[swap.row] = (uint16_t)from;
		sorted++;
	}
}

enum ppm_status ppm_vm_run(struct ppm_vm *vm, struct ppm_batch *batch)
{
	const struct ppm_program *program = vm->program;
	vm->batch = batch;
	vm->rows = batch->rows;
	vm->words = ((size_t)batch->rows + 63) / 64;
	vm->status = PPM_OK;
	vm->fault_count = 0;
	vm->missing_count = 0;
	vm->batch_number++;
	memset(vm->live, 0, sizeof vm->live);
	for (size_t word = 0; word < vm->words; word++)
		vm->live[word] = ~batch->refused[word];
	if (batch->rows % 64)
		vm->live[vm->words - 1] &= (UINT64_C(1) << (batch->rows % 64)) - 1;
	bind_columns(vm, batch);

	for (uint32_t at = 0;; at++) {
		const struct ppm_instruction *instruction = &program->instructions[at];
		ppm_vm_kernel *kernel = vm->kernels[at];
		if (kernel)
			kernel(vm, instruction);
		else if (instruction->op == PPM_OP_END)
			break;
		else if (!any_live(vm, PPM_MASK_AT(a)))
			at = instruction->k - 1;
	}

	sort_faults(vm->faults, vm->fault_count);
	for (uint32_t i = 0; i < vm->missing_count; i++)
		vm->site_counts[vm->missing[i].site] += count_live(vm, vm->missing[i].lanes);
	// Rules that lack the same column are unknown in the same rows, and stand together.
	uint64_t count = 0;
	for (uint32_t i = 0; i < program->tally_count; i++) {
		if (!i || program->tallies[i].mask != program->tallies[i - 1].mask)
			count = count_live(vm, vm->registers[PPM_CLASS_MASK][program->tallies[i].mask]);
		vm->tallies[i] += count;
	}
	return vm->status;
}

const void *ppm_vm_register(const struct ppm_vm *vm, enum ppm_register_class class, uint16_t index)
{
	if (class != PPM_CLASS_F64)
		return vm->registers[class][index];
	if (vm->waiting[index] && vm->made[index] != vm->batch_number) { // what is there is the same before and after: only its form is new
		vm->made[index] = vm->batch_number;
		vm->make((struct ppm_vm *)(uintptr_t)vm, &vm->program->instructions[vm->waiting[index] - 1]);
	}
	return ppm_vm_wide(vm, index);
}

const int16_t *ppm_vm_small(const struct ppm_vm *vm, uint16_t index, uint32_t *places)
{
	if (!vm->waiting[index])
		return NULL;
	const struct ppm_instruction *instruction = &vm->program->instructions[vm->waiting[index] - 1];
	*places = instruction->k;
	return vm->registers[PPM_CLASS_I16][instruction->b];
}

const struct ppm_vm_fault *ppm_vm_faults(const struct ppm_vm *vm, uint32_t *count)
{
	*count = vm->fault_count;
	return vm->faults;
}

const uint64_t *ppm_vm_site_counts(const struct ppm_vm *vm)
{
	return vm->site_counts;
}

const uint64_t *ppm_vm_tallies(const struct ppm_vm *vm)
{
	return vm->tallies;
}

struct ppm_text_pool *ppm_vm_pool(const struct ppm_vm *vm)
{
	return vm->pool;
}

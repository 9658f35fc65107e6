// Functions of the standard library, and the reasons of a row.
#include <math.h>

#include "runtime/base/number.h"
#include "runtime/vm/kernels/kernels.h"

// A function gets the live lanes of its mask, copied: M[d] may be M[e], or an argument.
void ppm_vm_scalar_CALL(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_call *call = &vm->program->calls[instruction->k];
	const uint64_t *e = PPM_MASK_AT(e);
	uint64_t active[PPM_MASK_WORDS] = { 0 }, defined[PPM_MASK_WORDS] = { 0 }, overflowed[PPM_MASK_WORDS] = { 0 };
	uint64_t missing[PPM_MASK_WORDS] = { 0 }, any = 0;
	for (size_t word = 0; word < vm->words; word++)
		active[word] = defined[word] = e[word] & vm->live[word];
	struct ppm_call_frame frame = {
		.rows = vm->rows,
		.result = vm->registers[call->result][instruction->a],
		.active = active,
		.defined = defined,
		.overflowed = overflowed,
		.pool = vm->pool,
		.date_part = vm->date_part,
	};
	for (uint32_t i = 0; i < call->argument_count; i++)
		frame.arguments[i] = vm->registers[call->arguments[i]][call->registers[i]];
	call->kernel(&frame);
	if (vm->pool->failed)
		vm->status = PPM_ERROR_MEMORY;
	const char *what = call->result == PPM_CLASS_I32 ? ppm_vm_date_range : ppm_vm_number_range;
	for (size_t word = 0; word < vm->words; word++) {
		for (uint64_t bits = overflowed[word] & active[word]; bits; bits &= bits - 1)
			ppm_vm_fault_at(vm, instruction, word * 64 + (size_t)__builtin_ctzll(bits), what);
		missing[word] = active[word] & ~defined[word] & ~overflowed[word];
		any |= missing[word];
	}
	memcpy(PPM_MASK_AT(d), defined, sizeof defined);
	if (any && call->why_missing.size)
		ppm_vm_missing_at(vm, instruction, call->site, missing, call->why_missing.data);
}

// ---- reasons

static int32_t *reason_result(const struct ppm_vm *vm, const struct ppm_reason_list *list, size_t slot)
{
	return vm->registers[PPM_CLASS_I32][list->first + slot];
}

// Every cost is the same in all rows: the units were sorted once, and each row takes the first that it has. Rows with k results so far are bits
// of filled[k].
static void pick_fixed(struct ppm_vm *vm, const struct ppm_reason_list *list, const struct ppm_vm_reason_order *order, size_t word)
{
	uint8_t filled[64] = { 0 };
	uint64_t open = vm->live[word];
	for (uint32_t i = 0; i < order->count && open; i++) {
		uint32_t unit = order->units[i];
		uint16_t set = list->units[unit].set;
		uint64_t bits = set == PPM_NO_REGISTER ? open : ((const uint64_t *)vm->registers[PPM_CLASS_MASK][set])[word] & open;
		for (; bits; bits &= bits - 1) {
			size_t at = (size_t)__builtin_ctzll(bits);
			reason_result(vm, list, filled[at])[word * 64 + at] = (int32_t)unit;
			if (++filled[at] == list->count)
				open &= ~(bits & -bits);
		}
	}
}

static double unit_cost(const struct ppm_vm *vm, const struct ppm_reason_unit *unit, size_t lane)
{
	double cost = unit->value == PPM_NO_REGISTER ? unit->cost : ((const double *)vm->registers[PPM_CLASS_F64][unit->value])[lane];
	if (unit->factor != PPM_NO_REGISTER)
		cost *= ((const double *)vm->registers[PPM_CLASS_F64][unit->factor])[lane];
	return ppm_number_as_decimal(cost);
}

// Keeps each row's costliest units so far in order. A later unit goes behind an equal one.
static void pick_varying(struct ppm_vm *vm, const struct ppm_reason_list *list, size_t word)
{
	double *costs = vm->reason_costs; // [slot * 64 + row in block]
	for (size_t i = 0; i < (size_t)list->count * 64; i++)
		costs[i] = 0;
	for (uint32_t u = 0; u < list->unit_count; u++) {
		const struct ppm_reason_unit *unit = &list->units[u];
		uint64_t bits = vm->live[word];
		if (unit->set != PPM_NO_REGISTER)
			bits &= ((const uint64_t *)vm->registers[PPM_CLASS_MASK][unit->set])[word];
		for (; bits; bits &= bits - 1) {
			size_t at = (size_t)__builtin_ctzll(bits), lane = word * 64 + at, slot = list->count;
			double cost = unit_cost(vm, unit, lane);
			while (slot > 0 && cost > costs[(slot - 1) * 64 + at])
				slot--;
			for (size_t move = list->count; move-- > slot + 1;) {
				costs[move * 64 + at] = costs[(move - 1) * 64 + at];
				reason_result(vm, list, move)[lane] = reason_result(vm, list, move - 1)[lane];
			}
			if (slot < list->count) {
				costs[slot * 64 + at] = cost;
				reason_result(vm, list, slot)[lane] = (int32_t)u;
			}
		}
	}
}

void ppm_vm_scalar_REASONS(struct ppm_vm *vm, const struct ppm_instruction *instruction)
{
	const struct ppm_reason_list *list = &vm->program->reason_lists[instruction->k];
	const struct ppm_vm_reason_order *order = &vm->orders[instruction->k];
	for (size_t slot = 0; slot < list->count; slot++)
		memset(reason_result(vm, list, slot), 0xff, vm->words * 64 * sizeof(int32_t));
	if (list->count == 0)
		return;
	for (size_t word = 0; word < vm->words; word++) {
		if (order->units && list->count <= UINT8_MAX)
			pick_fixed(vm, list, order, word);
		else
			pick_varying(vm, list, word);
	}
}

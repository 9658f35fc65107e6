// Programs come and go as one block with their arena; what opcodes.def says is turned into a table here, once.
#include "runtime/bytecode/program.h"

struct ppm_program *ppm_program_new(const struct ppm_allocator *allocator)
{
	if (!allocator)
		allocator = ppm_allocator_default();
	struct ppm_program *program = ppm_allocate_zeroed(allocator, 1, sizeof *program);
	if (!program)
		return NULL;
	ppm_arena_init(&program->arena, allocator);
	program->score = PPM_NO_REGISTER;
	program->score_present = PPM_NO_REGISTER;
	return program;
}

void ppm_program_free(struct ppm_program *program)
{
	if (!program)
		return;
	const struct ppm_allocator *allocator = program->arena.allocator ? program->arena.allocator : ppm_allocator_default();
	ppm_arena_free(&program->arena);
	ppm_free(allocator, program);
}

enum ppm_register_class ppm_column_class(enum ppm_column_type type)
{
	switch (type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_PERCENT:
		return PPM_CLASS_F64;
	case PPM_COLUMN_MONEY:
		return PPM_CLASS_I64;
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_DATE:
	case PPM_COLUMN_DURATION:
		return PPM_CLASS_I32;
	case PPM_COLUMN_FLAG:
		return PPM_CLASS_MASK;
	}
	return PPM_CLASS_NONE;
}

enum ppm_register_class ppm_column_register(const struct ppm_column *column)
{
	return column->type == PPM_COLUMN_MONEY && column->wide ? PPM_CLASS_X128 : ppm_column_class(column->type);
}

const struct ppm_opcode_info ppm_opcode_infos[PPM_OPCODE_COUNT] = {
#define OP(name, a, b, c, d, e, k, meaning) \
	{ #name, { PPM_OPERAND_##a, PPM_OPERAND_##b, PPM_OPERAND_##c, PPM_OPERAND_##d, PPM_OPERAND_##e, PPM_OPERAND_##k }, meaning },
#include "runtime/bytecode/opcodes.def"
#undef OP
};

// Operand `i` may be a column of whole numbers that is not there as doubles.
static bool takes_whole(uint16_t op, size_t i)
{
	switch (op) {
	case PPM_OP_EQ_F64_K: case PPM_OP_LE_F64_K: case PPM_OP_GE_F64_K: case PPM_OP_IN_RANGE_F64_K:
		return i == 1;
	case PPM_OP_COMPARE_RATE:
		return i == 2;
	case PPM_OP_EQ_TIMES_F64_K: case PPM_OP_LT_TIMES_F64_K: case PPM_OP_LE_TIMES_F64_K: case PPM_OP_GT_TIMES_F64_K: case PPM_OP_GE_TIMES_F64_K:
		return i == 1 || i == 2;
	default:
		return false;
	}
}

// The next F register in the table that an instruction names, `*at` counting on from 0; PPM_NO_REGISTER after the last. No default, so that a new kind of table is thought of.
static uint16_t next_number(const struct ppm_program *program, const struct ppm_instruction *instruction, uint32_t *at)
{
	switch (ppm_opcode_info((enum ppm_opcode)instruction->op)->operands[5]) {
	case PPM_OPERAND_CALL: {
		const struct ppm_call *call = &program->calls[instruction->k];
		while (*at < call->argument_count) {
			uint32_t i = (*at)++;
			if (call->arguments[i] == PPM_CLASS_F64)
				return call->registers[i];
		}
		break;
	}
	case PPM_OPERAND_MEAN: {
		const struct ppm_mean *mean = &program->means[instruction->k];
		if (instruction->op != PPM_OP_ROUNDED_MEAN_I16 && *at < mean->count)
			return mean->registers[(*at)++];
		break;
	}
	case PPM_OPERAND_REASONS: {
		const struct ppm_reason_list *list = &program->reason_lists[instruction->k];
		while (*at < 2 * list->unit_count) {
			const struct ppm_reason_unit *unit = &list->units[*at / 2];
			uint16_t number = (*at)++ % 2 ? unit->factor : unit->value;
			if (number != PPM_NO_REGISTER)
				return number;
		}
		break;
	}
	case PPM_OPERAND_NONE:
	case PPM_OPERAND_OUT_M: case PPM_OPERAND_OUT_F: case PPM_OPERAND_OUT_L: case PPM_OPERAND_OUT_X: case PPM_OPERAND_OUT_I: case PPM_OPERAND_OUT_H:
	case PPM_OPERAND_IN_M: case PPM_OPERAND_IN_F: case PPM_OPERAND_IN_L: case PPM_OPERAND_IN_X: case PPM_OPERAND_IN_I: case PPM_OPERAND_IN_H:
	case PPM_OPERAND_ADD_F: case PPM_OPERAND_ADD_L:
	case PPM_OPERAND_CONSTANT_F: case PPM_OPERAND_CONSTANT_I: case PPM_OPERAND_CONSTANT_X: case PPM_OPERAND_RANGE_F: case PPM_OPERAND_RANGE_I:
	case PPM_OPERAND_JUMP: case PPM_OPERAND_SET: case PPM_OPERAND_TEXT_TEST: case PPM_OPERAND_MAP: case PPM_OPERAND_LINEAR: case PPM_OPERAND_POINTS:
	case PPM_OPERAND_SITE: case PPM_OPERAND_RATE: case PPM_OPERAND_SUM: case PPM_OPERAND_CHOICE: case PPM_OPERAND_COUNT_KIND:
		break;
	}
	return PPM_NO_REGISTER;
}

void ppm_program_number_forms(const struct ppm_program *program, struct ppm_number_forms *forms)
{
	memset(forms, 0, program->register_counts[PPM_CLASS_F64] * sizeof *forms);
	for (uint32_t at = 0; at < program->instruction_count; at++) {
		const struct ppm_instruction *instruction = &program->instructions[at];
		const enum ppm_operand_kind *kinds = ppm_opcode_info((enum ppm_opcode)instruction->op)->operands;
		const uint16_t operands[5] = { instruction->a, instruction->b, instruction->c, instruction->d, instruction->e };
		for (size_t i = 0; i < 5; i++) {
			if (ppm_operand_class(kinds[i]) != PPM_CLASS_F64)
				continue;
			if (takes_whole(instruction->op, i))
				forms[operands[i]].whole = true;
			else
				forms[operands[i]].wide = true;
		}
		uint32_t next = 0;
		for (uint16_t number; (number = next_number(program, instruction, &next)) != PPM_NO_REGISTER; )
			forms[number].wide = true;
	}
}

bool ppm_program_number_can_wait(const struct ppm_program *program, uint32_t at)
{
	const uint16_t number = program->instructions[at].a, whole = program->instructions[at].b;
	for (uint32_t after = at + 1; after < program->instruction_count; after++) {
		const struct ppm_instruction *instruction = &program->instructions[after];
		const enum ppm_operand_kind *kinds = ppm_opcode_info((enum ppm_opcode)instruction->op)->operands;
		const uint16_t operands[5] = { instruction->a, instruction->b, instruction->c, instruction->d, instruction->e };
		for (size_t i = 0; i < 5; i++) {
			enum ppm_register_class class = ppm_operand_class(kinds[i]);
			if ((class == PPM_CLASS_F64 && operands[i] == number) || (class == PPM_CLASS_I16 && operands[i] == whole && kinds[i] != PPM_OPERAND_IN_H))
				return false;
		}
		uint32_t next = 0;
		for (uint16_t reads; (reads = next_number(program, instruction, &next)) != PPM_NO_REGISTER; ) {
			if (reads == number)
				return false;
		}
		enum ppm_register_class result = instruction->op == PPM_OP_CALL ? program->calls[instruction->k].result : PPM_CLASS_NONE;
		if ((result == PPM_CLASS_F64 && instruction->a == number) || (result == PPM_CLASS_I16 && instruction->a == whole))
			return false;
	}
	return true;
}

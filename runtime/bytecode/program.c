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

static const struct ppm_opcode_info opcodes[] = {
#define OP(name, a, b, c, d, e, k, meaning) \
	{ #name, { PPM_OPERAND_##a, PPM_OPERAND_##b, PPM_OPERAND_##c, PPM_OPERAND_##d, PPM_OPERAND_##e, PPM_OPERAND_##k }, meaning },
#include "runtime/bytecode/opcodes.def"
#undef OP
};

const struct ppm_opcode_info *ppm_opcode_info(enum ppm_opcode op)
{
	return &opcodes[op];
}

enum ppm_register_class ppm_operand_class(enum ppm_operand_kind kind)
{
	switch (kind) {
	case PPM_OPERAND_OUT_M: case PPM_OPERAND_IN_M:
		return PPM_CLASS_MASK;
	case PPM_OPERAND_OUT_F: case PPM_OPERAND_IN_F: case PPM_OPERAND_ADD_F:
		return PPM_CLASS_F64;
	case PPM_OPERAND_OUT_L: case PPM_OPERAND_IN_L: case PPM_OPERAND_ADD_L:
		return PPM_CLASS_I64;
	case PPM_OPERAND_OUT_X: case PPM_OPERAND_IN_X:
		return PPM_CLASS_X128;
	case PPM_OPERAND_OUT_I: case PPM_OPERAND_IN_I:
		return PPM_CLASS_I32;
	case PPM_OPERAND_OUT_H: case PPM_OPERAND_IN_H: case PPM_OPERAND_ADD_H:
		return PPM_CLASS_I16;
	default:
		return PPM_CLASS_NONE;
	}
}

// One pass over the instructions in their order. Jumps only go forwards, so that the order of the list is a topological order of every path. A
// register counts as written once any earlier instruction writes it: SKIP_IF_NONE passes over code whose results matter in no lane of
// the batch, and the machine zeroes all registers when it is made, so that what is read then is defined, and ignored.
//
// A column's register is the source's memory: no instruction may write it.
#include "runtime/bytecode/verify.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "runtime/base/hash.h"

#define COEFFICIENT_LIMIT (INT64_C(1) << 58) // keeps the sum of sixteen products, and a constant, within 128 bits
#define LINEAR_LIMIT ((ppm_int128)1 << 125)

enum register_state { UNWRITTEN, WRITTEN, COLUMN };

struct verifier {
	const struct ppm_program *program;
	char *problem;
	size_t size;
	uint8_t *states[PPM_CLASS_COUNT];
	uint32_t at;              // instruction, or UINT32_MAX
};

static const char class_letters[] = {
#define X(name, letter, type) letter,
	PPM_REGISTER_CLASSES(X)
#undef X
	'?'
};

__attribute__((format(printf, 2, 3))) static bool fail(struct verifier *verifier, const char *format, ...)
{
	if (!verifier->size)
		return false;
	int used = 0;
	if (verifier->at != UINT32_MAX) {
		uint16_t op = verifier->program->instructions[verifier->at].op;
		used = snprintf(verifier->problem, verifier->size, "instruction %u (%s): ", verifier->at, op < PPM_OPCODE_COUNT ? ppm_opcode_info(op)->name : "unknown");
	}
	if ((size_t)used < verifier->size) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(verifier->problem + used, verifier->size - (size_t)used, format, arguments);
		va_end(arguments);
	}
	return false;
}

static bool check_exists(struct verifier *verifier, enum ppm_register_class class, uint32_t index)
{
	if (class >= PPM_CLASS_COUNT)
		return fail(verifier, "a register of no class");
	if (index >= verifier->program->register_counts[class])
		return fail(verifier, "register %c%u does not exist", class_letters[class], index);
	return true;
}

static bool check_read(struct verifier *verifier, enum ppm_register_class class, uint32_t index)
{
	if (!check_exists(verifier, class, index))
		return false;
	if (verifier->states[class][index] == UNWRITTEN)
		return fail(verifier, "register %c%u is read before it is written", class_letters[class], index);
	return true;
}

static bool check_write(struct verifier *verifier, enum ppm_register_class class, uint32_t index)
{
	if (!check_exists(verifier, class, index))
		return false;
	if (verifier->states[class][index] == COLUMN)
		return fail(verifier, "register %c%u belongs to a column and is written", class_letters[class], index);
	verifier->states[class][index] = WRITTEN;
	return true;
}

static bool check_optional_mask(struct verifier *verifier, uint16_t index)
{
	return index == PPM_NO_REGISTER || check_read(verifier, PPM_CLASS_MASK, index);
}

static bool check_index(struct verifier *verifier, const char *what, uint32_t index, uint32_t count)
{
	if (index >= count)
		return fail(verifier, "%s %u does not exist", what, index);
	return true;
}

// ---- results ----

static bool check_value(struct verifier *verifier, const struct ppm_value *value)
{
	const struct ppm_program *program = verifier->program;
	enum ppm_register_class class = PPM_CLASS_NONE;
	switch (value->format.kind) {
	case PPM_FORMAT_PASS:
		return check_index(verifier, "column", value->column, program->column_count);
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT:
		class = PPM_CLASS_F64;
		break;
	case PPM_FORMAT_MONEY:
	case PPM_FORMAT_POINTS:
		class = PPM_CLASS_I64;
		break;
	case PPM_FORMAT_EXACT:
		class = PPM_CLASS_X128;
		break;
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS:
	case PPM_FORMAT_TEXT:
		class = PPM_CLASS_I32;
		break;
	case PPM_FORMAT_FLAG:
		class = PPM_CLASS_MASK;
		break;
	case PPM_FORMAT_REASONS:
		if (!check_index(verifier, "reason list", value->reasons, program->reason_list_count))
			return false;
		for (uint32_t i = 0; i < value->count; i++) {
			if (!check_read(verifier, PPM_CLASS_I32, (uint32_t)value->value + i))
				return false;
		}
		return check_optional_mask(verifier, value->present);
	}
	if (class == PPM_CLASS_NONE)
		return fail(verifier, "a value of an unknown format %d", (int)value->format.kind);
	if (value->format.kind == PPM_FORMAT_POINTS && value->format.scale > PPM_EXACT_PLACES)
		return fail(verifier, "points with %u places", value->format.scale);
	return check_read(verifier, class, value->value) && check_optional_mask(verifier, value->present);
}

static bool check_template(struct verifier *verifier, const struct ppm_text_template *text)
{
	for (uint32_t i = 0; i < text->piece_count; i++) {
		if (!text->pieces[i].has_value)
			continue;
		if (text->pieces[i].value.format.kind == PPM_FORMAT_REASONS) // they would hold themselves, without an end
			return fail(verifier, "the text of a reason holds reasons");
		if (!check_value(verifier, &text->pieces[i].value))
			return false;
	}
	return true;
}

// The texts of reasons are made from registers as they are at the end of the batch, like outputs.
static bool check_results(struct verifier *verifier)
{
	const struct ppm_program *program = verifier->program;
	verifier->at = UINT32_MAX;
	for (uint32_t i = 0; i < program->output_count; i++) {
		if (!check_value(verifier, &program->outputs[i].value))
			return false;
	}
	for (uint32_t i = 0; i < program->reason_list_count; i++) {
		const struct ppm_reason_list *list = &program->reason_lists[i];
		for (uint32_t u = 0; u < list->unit_count; u++) {
			if (!check_template(verifier, &list->units[u].text))
				return false;
		}
	}
	for (uint32_t i = 0; i < program->tally_count; i++) {
		if (!check_read(verifier, PPM_CLASS_MASK, program->tallies[i].mask))
			return false;
	}
	for (uint32_t i = 0; i < program->store_count; i++) {
		if (!check_read(verifier, program->stores[i].class, program->stores[i].value) || !check_optional_mask(verifier, program->stores[i].present))
			return false;
	}
	if (program->keeps && !check_read(verifier, PPM_CLASS_MASK, program->keep))
		return false;
	if (program->score != PPM_NO_REGISTER && !check_read(verifier, PPM_CLASS_F64, program->score))
		return false;
	return check_optional_mask(verifier, program->score_present);
}

// ---- tables ----

static bool check_columns(struct verifier *verifier)
{
	const struct ppm_program *program = verifier->program;
	for (uint32_t i = 0; i < program->column_count; i++) {
		const struct ppm_column *column = &program->columns[i];
		if (!column->read)
			continue;
		enum ppm_register_class class = ppm_column_register(column);
		if (class == PPM_CLASS_NONE)
			return fail(verifier, "column %u has an unknown type", i);
		if (!check_exists(verifier, class, column->value))
			return false;
		if (verifier->states[class][column->value] != UNWRITTEN)
			return fail(verifier, "column %u shares register %c%u with another", i, class_letters[class], column->value);
		verifier->states[class][column->value] = COLUMN;
		if (column->optional) {
			if (!check_exists(verifier, PPM_CLASS_MASK, column->present))
				return false;
			if (verifier->states[PPM_CLASS_MASK][column->present] != UNWRITTEN)
				return fail(verifier, "column %u shares register m%u with another", i, column->present);
			verifier->states[PPM_CLASS_MASK][column->present] = COLUMN;
		}
		for (uint32_t c = 0; c < column->allowed_count; c++) {
			if (!check_index(verifier, "text constant", column->allowed[c], program->text_count))
				return false;
		}
		if (class == PPM_CLASS_I32 && column->type == PPM_COLUMN_TEXT && column->has_default
			&& (column->default_value.i64 < 0 || column->default_value.i64 >= program->text_count))
			return fail(verifier, "column %u has a default that is no text constant", i);
	}
	return true;
}

static bool check_texts(struct verifier *verifier)
{
	const struct ppm_program *program = verifier->program;
	struct ppm_interner interner;
	ppm_interner_init(&interner, program->arena.allocator ? program->arena.allocator : ppm_allocator_default());
	bool sound = true;
	for (uint32_t i = 0; sound && i < program->text_count; i++) {
		uint32_t code = ppm_interner_add(&interner, program->texts[i]);
		if (code == PPM_INTERNER_NONE)
			sound = fail(verifier, PPM_VERIFY_MEMORY);
		else if (code != i)
			sound = fail(verifier, "text constants %u and %u are the same", code, i);
	}
	ppm_interner_free(&interner);
	return sound;
}

static bool check_reason_list(struct verifier *verifier, const struct ppm_reason_list *list)
{
	if (list->unit_count > INT32_MAX)
		return fail(verifier, "too many reasons");
	for (uint32_t u = 0; u < list->unit_count; u++) {
		const struct ppm_reason_unit *unit = &list->units[u];
		if (!check_optional_mask(verifier, unit->set))
			return false;
		if (unit->value != PPM_NO_REGISTER && !check_read(verifier, PPM_CLASS_F64, unit->value))
			return false;
		if (unit->factor != PPM_NO_REGISTER && !check_read(verifier, PPM_CLASS_F64, unit->factor))
			return false;
		if (!isfinite(unit->cost))
			return fail(verifier, "reason %u has no finite cost", u);
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (!check_write(verifier, PPM_CLASS_I32, (uint32_t)list->first + i))
			return false;
	}
	return true;
}

static bool check_call(struct verifier *verifier, const struct ppm_instruction *instruction, const struct ppm_call *call)
{
	if (!call->kernel)
		return fail(verifier, "call %u has no function", instruction->k);
	if (call->argument_count > 4)
		return fail(verifier, "call %u has %u arguments", instruction->k, call->argument_count);
	for (uint32_t i = 0; i < call->argument_count; i++) {
		if (!check_read(verifier, call->arguments[i], call->registers[i]))
			return false;
	}
	if (call->why_missing.size && call->site >= verifier->program->site_count)
		return fail(verifier, "site %u does not exist", call->site);
	return true;
}

static bool check_integer_constant(struct verifier *verifier, const struct ppm_opcode_info *info, uint32_t index)
{
	int64_t value = verifier->program->constants[index].i64;
	switch (ppm_operand_class(info->operands[0]) == PPM_CLASS_MASK ? ppm_operand_class(info->operands[1]) : ppm_operand_class(info->operands[0])) {
	case PPM_CLASS_I32:
		if (value < INT32_MIN || value > INT32_MAX)
			return fail(verifier, "constant %u does not fit in 32 bits", index);
		return true;
	case PPM_CLASS_I16:
		if (value < INT16_MIN || value > INT16_MAX)
			return fail(verifier, "constant %u does not fit in 16 bits", index);
		return true;
	default:
		return true;
	}
}

static bool check_constants(struct verifier *verifier, const struct ppm_opcode_info *info, enum ppm_operand_kind kind, uint32_t first, uint32_t count)
{
	const struct ppm_program *program = verifier->program;
	if (first >= program->constant_count || program->constant_count - first < count)
		return fail(verifier, "constant %u does not exist", first >= program->constant_count ? first : program->constant_count);
	for (uint32_t i = first; i < first + count; i++) {
		const union ppm_constant *constant = &program->constants[i];
		if ((kind == PPM_OPERAND_CONSTANT_F || kind == PPM_OPERAND_RANGE_F) && !isfinite(constant->f64))
			return fail(verifier, "constant %u is not a finite number", i);
		if (kind == PPM_OPERAND_CONSTANT_X && (constant->x128 > PPM_EXACT_MAX || constant->x128 < -PPM_EXACT_MAX))
			return fail(verifier, "constant %u is beyond the amounts there are", i);
		if ((kind == PPM_OPERAND_CONSTANT_I || kind == PPM_OPERAND_RANGE_I) && !check_integer_constant(verifier, info, i))
			return false;
	}
	return true;
}

// What is divided by is not nothing, and what is made stays finite: a NaN is in no register.
static bool check_divisor(struct verifier *verifier, uint16_t op, uint32_t k)
{
	const union ppm_constant *constants = verifier->program->constants + k;
	switch (op) {
	case PPM_OP_DIV_F64_K:
		if (constants[0].f64 == 0)
			return fail(verifier, "a division by constant %u, which is 0", k);
		return true;
	case PPM_OP_NUMBER_FROM_POINTS:
		if (!(fabs(constants[0].f64) >= 1))
			return fail(verifier, "a scale of points below 1");
		return true;
	case PPM_OP_SCALE_F64:
		if (constants[2].f64 == constants[3].f64 || !isfinite(constants[1].f64 - constants[0].f64))
			return fail(verifier, "a scale without a width, or too wide");
		return true;
	default:
		return true;
	}
}

static bool check_linear(struct verifier *verifier, const struct ppm_linear *linear)
{
	if (linear->count < 1 || linear->count > PPM_LINEAR_TERMS)
		return fail(verifier, "a sum of %u terms", linear->count);
	if (linear->relation > 4)
		return fail(verifier, "unknown relation %u", linear->relation);
	if (linear->constant > LINEAR_LIMIT || linear->constant < -LINEAR_LIMIT)
		return fail(verifier, "a sum whose constant is too large");
	for (uint32_t i = 0; i < linear->count; i++) {
		if (linear->coefficients[i] > COEFFICIENT_LIMIT || linear->coefficients[i] < -COEFFICIENT_LIMIT)
			return fail(verifier, "coefficient %u is too large", i);
		if (!check_read(verifier, PPM_CLASS_I64, linear->registers[i]))
			return false;
	}
	return true;
}

static bool check_rate(struct verifier *verifier, const struct ppm_rate *rate)
{
	if (rate->relation > 4)
		return fail(verifier, "unknown relation %u", rate->relation);
	if (rate->value > PPM_EXACT_MAX || rate->value < -PPM_EXACT_MAX)
		return fail(verifier, "a rate beyond the amounts there are");
	return check_index(verifier, "site", rate->site, verifier->program->site_count);
}

static bool check_point_sum(struct verifier *verifier, const struct ppm_point_sum *sum, uint16_t op)
{
	if (op != PPM_OP_SUM_IF_I16 && sum->high <= sum->low)
		return fail(verifier, "an empty point range");
	if (op == PPM_OP_SUM_SHARE_I16 && 100 % (sum->high - sum->low) != 0)
		return fail(verifier, "shares that are not whole");
	int64_t total = sum->base < 0 ? -(int64_t)sum->base : sum->base;
	for (uint32_t i = 0; i < sum->count; i++) {
		total += sum->points[i] < 0 ? -(int64_t)sum->points[i] : sum->points[i];
		if (!check_read(verifier, PPM_CLASS_MASK, sum->masks[i]))
			return false;
	}
	if (total > INT16_MAX)
		return fail(verifier, "points that may not fit in 16 bits");
	return true;
}

static bool check_rounded_mean(struct verifier *verifier, const struct ppm_mean *mean)
{
	double total = 0;
	for (uint32_t i = 0; i < mean->count; i++) {
		if (!(mean->weights[i] >= 0) || mean->weights[i] > PPM_MEAN_WEIGHTS_I16 || floor(mean->weights[i]) != mean->weights[i])
			return fail(verifier, "weight %u is not a small whole number", i);
		total += mean->weights[i];
		if (!check_read(verifier, PPM_CLASS_I16, mean->registers[i]))
			return false;
	}
	if (total < 1 || total > PPM_MEAN_WEIGHTS_I16 || mean->divisor != total)
		return fail(verifier, "weights that do not add up to a small divisor");
	if (mean->places > PPM_MEAN_PLACES_I16)
		return fail(verifier, "a mean to %u places", mean->places);
	return true;
}

static bool check_mean(struct verifier *verifier, const struct ppm_mean *mean)
{
	if (mean->count < 1 || mean->divisor == 0 || !isfinite(mean->divisor))
		return fail(verifier, "a mean of nothing");
	for (uint32_t i = 0; i < mean->count; i++) {
		if (!isfinite(mean->weights[i]))
			return fail(verifier, "weight %u is not finite", i);
		if (!check_read(verifier, PPM_CLASS_F64, mean->registers[i]))
			return false;
	}
	return true;
}

static bool check_choice(struct verifier *verifier, const struct ppm_choice *choice)
{
	for (uint32_t i = 0; i < choice->count; i++) {
		if (!check_read(verifier, PPM_CLASS_MASK, choice->masks[i]))
			return false;
	}
	return true;
}

static bool check_range(struct verifier *verifier, uint32_t k, const struct ppm_point_range *range)
{
	int64_t width;
	if (range->high <= range->low)
		return fail(verifier, "point range %u is empty", k);
	if (__builtin_sub_overflow(range->high, range->low, &width))
		return fail(verifier, "point range %u is too wide", k);
	return true;
}

static bool check_set(struct verifier *verifier, const struct ppm_instruction *instruction, const struct ppm_set *set)
{
	if (set->bit_count && !set->bits)
		return fail(verifier, "set %u has no bits", instruction->k);
	if (set->base > INT32_MAX || set->bit_count > INT32_MAX - set->base)
		return fail(verifier, "set %u passes the largest code", instruction->k);
	return true;
}

// ---- instructions ----

static bool check_plain_integer(struct verifier *verifier, const struct ppm_instruction *instruction)
{
	const uint32_t k = instruction->k;
	switch (instruction->op) {
	case PPM_OP_MASK_FILL:
		if (k > 1)
			return fail(verifier, "a bit of %u", k);
		break;
	case PPM_OP_ROUND_PLACES_F64:
	case PPM_OP_ROUND_PLACES_X128:
		if (k > 12)
			return fail(verifier, "%u decimal places", k);
		break;
	case PPM_OP_NUMBER_FROM_I16:
		if (k > PPM_NUMBER_PLACES_I16)
			return fail(verifier, "%u decimal places", k);
		break;
	case PPM_OP_DATE_PART:
		if (k > PPM_DATE_DAY_OF_YEAR)
			return fail(verifier, "unknown part %u of a date", k);
		break;
	default:
		assert(instruction->op == PPM_OP_TEXT_TEST_BY);
		if (k > PPM_TEXT_GREATER_EQUAL || k == PPM_TEXT_MATCHES)
			return fail(verifier, "unknown text test %u", k);
	}
	return true;
}

static bool check_table(struct verifier *verifier, const struct ppm_instruction *instruction, const struct ppm_opcode_info *info)
{
	const struct ppm_program *program = verifier->program;
	uint32_t k = instruction->k;
	enum ppm_operand_kind kind = info->operands[5];
	switch (kind) {
	case PPM_OPERAND_CONSTANT_F:
		return check_constants(verifier, info, kind, k, instruction->op == PPM_OP_SCALE_F64 ? 4 : 1) && check_divisor(verifier, instruction->op, k);
	case PPM_OPERAND_CONSTANT_I:
	case PPM_OPERAND_CONSTANT_X:
		return check_constants(verifier, info, kind, k, 1);
	case PPM_OPERAND_RANGE_F:
	case PPM_OPERAND_RANGE_I:
		return check_constants(verifier, info, kind, k, 2);
	case PPM_OPERAND_JUMP:
		if (k <= verifier->at)
			return fail(verifier, "a jump backwards to %u", k);
		return check_index(verifier, "instruction", k, program->instruction_count);
	case PPM_OPERAND_SET:
		return check_index(verifier, "set", k, program->set_count) && check_set(verifier, instruction, &program->sets[k]);
	case PPM_OPERAND_TEXT_TEST:
		if (!check_index(verifier, "text test", k, program->text_test_count))
			return false;
		if (program->text_tests[k].kind > PPM_TEXT_GREATER_EQUAL)
			return fail(verifier, "unknown text test %d", (int)program->text_tests[k].kind);
		return true;
	case PPM_OPERAND_MAP:
		if (!check_index(verifier, "map", k, program->map_count))
			return false;
		if (program->maps[k].class != ppm_operand_class(info->operands[0]))
			return fail(verifier, "map %u is of another class", k);
		if (program->maps[k].entry_count && !program->maps[k].entries)
			return fail(verifier, "map %u has no entries", k);
		return true;
	case PPM_OPERAND_LINEAR:
		return check_index(verifier, "linear sum", k, program->linear_count) && check_linear(verifier, &program->linears[k]);
	case PPM_OPERAND_POINTS:
		return check_index(verifier, "point range", k, program->point_range_count) && check_range(verifier, k, &program->point_ranges[k]);
	case PPM_OPERAND_RATE:
		return check_index(verifier, "rate", k, program->rate_count) && check_rate(verifier, &program->rates[k]);
	case PPM_OPERAND_SUM:
		return check_index(verifier, "point sum", k, program->point_sum_count) && check_point_sum(verifier, &program->point_sums[k], instruction->op);
	case PPM_OPERAND_MEAN:
		return check_index(verifier, "mean", k, program->mean_count) &&
			(instruction->op == PPM_OP_ROUNDED_MEAN_I16 ? check_rounded_mean(verifier, &program->means[k]) : check_mean(verifier, &program->means[k]));
	case PPM_OPERAND_CHOICE:
		return check_index(verifier, "choice", k, program->choice_count) && check_choice(verifier, &program->choices[k]);
	case PPM_OPERAND_CALL:
		return check_index(verifier, "call", k, program->call_count) && check_call(verifier, instruction, &program->calls[k]);
	case PPM_OPERAND_REASONS:
		return check_index(verifier, "reason list", k, program->reason_list_count) && check_reason_list(verifier, &program->reason_lists[k]);
	case PPM_OPERAND_SITE:
		return check_index(verifier, "site", k, program->site_count);
	case PPM_OPERAND_COUNT_KIND:
		return check_plain_integer(verifier, instruction);
	default:
		return true;
	}
}

static bool check_instruction(struct verifier *verifier)
{
	const struct ppm_instruction *instruction = &verifier->program->instructions[verifier->at];
	if (instruction->op >= PPM_OPCODE_COUNT)
		return fail(verifier, "unknown opcode %u", instruction->op);
	const struct ppm_opcode_info *info = ppm_opcode_info(instruction->op);
	const uint16_t operands[5] = { instruction->a, instruction->b, instruction->c, instruction->d, instruction->e };
	// Everything is read before anything is written.
	for (size_t i = 0; i < 5; i++) {
		enum ppm_operand_kind kind = info->operands[i];
		if (((kind >= PPM_OPERAND_IN_M && kind <= PPM_OPERAND_IN_H) || (kind >= PPM_OPERAND_ADD_F && kind <= PPM_OPERAND_ADD_L))
			&& !check_read(verifier, ppm_operand_class(kind), operands[i]))
			return false;
	}
	if (!check_table(verifier, instruction, info))
		return false;
	for (size_t i = 0; i < 5; i++) {
		enum ppm_operand_kind kind = info->operands[i];
		if (((kind >= PPM_OPERAND_OUT_M && kind <= PPM_OPERAND_OUT_H) || (kind >= PPM_OPERAND_ADD_F && kind <= PPM_OPERAND_ADD_L))
			&& !check_write(verifier, ppm_operand_class(kind), operands[i]))
			return false;
	}
	if (instruction->op == PPM_OP_CALL)
		return check_write(verifier, verifier->program->calls[instruction->k].result, instruction->a);
	return true;
}

static bool check_all(struct verifier *verifier)
{
	const struct ppm_program *program = verifier->program;
	if (!program->instruction_count || program->instructions[program->instruction_count - 1].op != PPM_OP_END)
		return fail(verifier, "the last instruction is not END");
	if (!check_columns(verifier) || !check_texts(verifier))
		return false;
	for (verifier->at = 0; verifier->at < program->instruction_count; verifier->at++) {
		if (!check_instruction(verifier))
			return false;
	}
	return check_results(verifier);
}

bool ppm_program_verify(const struct ppm_program *program, char *problem, size_t size)
{
	struct verifier verifier = { .program = program, .problem = problem, .size = size, .at = UINT32_MAX };
	const struct ppm_allocator *allocator = program->arena.allocator ? program->arena.allocator : ppm_allocator_default();
	size_t total = 0;
	for (size_t class = 0; class < PPM_CLASS_COUNT; class++) {
		if (program->register_counts[class] > UINT16_MAX)
			return fail(&verifier, "too many registers of class %c", class_letters[class]);
		total += program->register_counts[class];
	}
	uint8_t *states = ppm_allocate_zeroed(allocator, total + 1, 1);
	if (!states)
		return fail(&verifier, PPM_VERIFY_MEMORY);
	for (size_t class = 0, first = 0; class < PPM_CLASS_COUNT; class++) {
		verifier.states[class] = states + first;
		first += program->register_counts[class];
	}
	bool sound = check_all(&verifier);
	ppm_free(allocator, states);
	return sound;
}

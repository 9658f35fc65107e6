// Bytes as a program: instructions, tables and constants for the verifier, and batches for the machine. What verifies runs on every instruction set without a step out of bounds.
//
// In its tame form (the first byte) a program is written with the compiler's discipline: a result counts only in the lanes that matter, texts and numbers keep to their own registers. Then every
// instruction set must leave the same rows refused, for the same reasons, and the same in every register, count and result. In its wild form registers are taken as
// they come; then only the verifier's promise is held against it.
#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"
#include "runtime/sink/sink.h"
#include "runtime/vm/vm.h"
#include "stdlib/builtins.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

#define CODE_MAX 400
#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

// Columns' registers come first; the last two of I hold texts.
static const uint32_t register_counts[PPM_CLASS_COUNT] = {
	[PPM_CLASS_MASK] = 14, [PPM_CLASS_F64] = 9, [PPM_CLASS_I64] = 7, [PPM_CLASS_X128] = 5, [PPM_CLASS_I32] = 10, [PPM_CLASS_I16] = 4
};
static const uint32_t column_counts[PPM_CLASS_COUNT] = { [PPM_CLASS_MASK] = 5, [PPM_CLASS_F64] = 3, [PPM_CLASS_I64] = 2, [PPM_CLASS_I32] = 3 };
static const uint16_t text_registers[] = { 1, 8, 9 };
#define ROWS_MASK 5
#define KEPT_MASK 6 // of the writer's own
#define SHARES 2    // H registers below hold 0 … 100

static struct ppm_column columns[] = {
	{ .name = FUZZ_TEXT("a"), .type = PPM_COLUMN_NUMBER, .read = true, .value = 0 },
	{ .name = FUZZ_TEXT("b"), .type = PPM_COLUMN_NUMBER, .read = true, .value = 1, .optional = true, .present = 0 },
	{ .name = FUZZ_TEXT("c"), .type = PPM_COLUMN_PERCENT, .read = true, .value = 2, .optional = true, .present = 1 },
	{ .name = FUZZ_TEXT("d"), .type = PPM_COLUMN_MONEY, .read = true, .value = 0 },
	{ .name = FUZZ_TEXT("e"), .type = PPM_COLUMN_MONEY, .read = true, .value = 1, .optional = true, .present = 2 },
	{ .name = FUZZ_TEXT("f"), .type = PPM_COLUMN_DATE, .read = true, .value = 0, .optional = true, .present = 3 },
	{ .name = FUZZ_TEXT("g"), .type = PPM_COLUMN_TEXT, .read = true, .value = 1, .pooled = true },
	{ .name = FUZZ_TEXT("h"), .type = PPM_COLUMN_DURATION, .read = true, .value = 2 },
	{ .name = FUZZ_TEXT("i"), .type = PPM_COLUMN_FLAG, .read = true, .value = 4 },
};

static struct ppm_slice texts[] = { FUZZ_TEXT("apple"), FUZZ_TEXT("banana"), FUZZ_TEXT("cherry"), FUZZ_TEXT(""), FUZZ_TEXT("bandana"), FUZZ_TEXT("=1+1"), FUZZ_TEXT("a,\"b\"\n") };
static const struct ppm_slice other_texts[] = { FUZZ_TEXT("ba"), FUZZ_TEXT(" Any "), FUZZ_TEXT("\xC3\x89t\xC3\xA9"),
	FUZZ_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") };

static const double numbers[] = { 0, 1, -1, 0.5, 1.5, -2.5, 3, 7, 10, 12, 20, 30, 100, 0.1, 0.2, 0.3, 1.1, 1e-12, 5e-13, 4095.999999999999, 4096, 4382.21711506124, 1e9, 2147483647,
	2147483648, 32767, 32768, -32769, 9007199254740992, 9007199254740991, 1e15, 1e300, -1e300, 1.7976931348623157e308, 4.9e-324, 1e-300, 1 / 3.0, -1 / 3.0, 99.99999999999999,
	255, 256 };
static const int64_t integers[] = { 0, 1, -1, 2, 3, 5, 10, 99, 100, 10000, -10000, 15000000, 32767, -32768, 65535, 2147483647, -2147483648, 123456789, INT64_C(1) << 40,
	PPM_MONEY_MAX, -PPM_MONEY_MAX, PPM_MONEY_MAX - 1, INT64_C(4000000000000000000) };

struct reader {
	const uint8_t *at, *end;
};

static uint8_t take(struct reader *reader)
{
	return reader->at < reader->end ? *reader->at++ : 0;
}

static uint64_t take_many(struct reader *reader, unsigned count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | take(reader);
	return value;
}

static double take_number(struct reader *reader)
{
	uint8_t kind = take(reader);
	double value;

	if (kind < 0xE0)
		return numbers[kind % COUNT(numbers)];
	if (kind < 0xF0)
		return (double)(int16_t)take_many(reader, 2) / (kind & 1 ? 1 : 100);
	uint64_t bits = take_many(reader, 8);
	memcpy(&value, &bits, sizeof value);
	return isfinite(value) ? value : 1;
}

static int64_t take_integer(struct reader *reader)
{
	uint8_t kind = take(reader);

	return kind < 0xE0 ? integers[kind % COUNT(integers)] : kind < 0xF0 ? (int16_t)take_many(reader, 2) : (int64_t)take_many(reader, 8);
}

// ---- tables

#define CONSTANTS 40
#define FIRST_INTEGER 16
#define FIRST_SMALL 28 // that fit in 16 bits
#define FIRST_EXACT 34

struct tables {
	union ppm_constant constants[CONSTANTS];
	uint32_t bits[4];
	struct ppm_set sets[2];
	struct ppm_text_test tests[4];
	union ppm_constant entries[4][8];
	struct ppm_map maps[4];
	struct ppm_linear linears[3];
	struct ppm_point_range ranges[2];
	struct ppm_rate rates[2];
	uint16_t masks[8];
	int16_t points[3][8];
	struct ppm_point_sum sums[3];
	uint16_t mean_registers[6], share_registers[6];
	double weights[6], whole_weights[6];
	struct ppm_mean means[2];
	int32_t choice_values[6];
	struct ppm_choice choices[2];
	struct ppm_call calls[32];
	uint32_t call_count;
	struct ppm_site sites[3];
	struct ppm_template_piece pieces[3];
	struct ppm_reason_unit units[6];
	struct ppm_reason_list lists[2];
	struct ppm_output outputs[8];
	struct ppm_tally tallies[2];
	struct ppm_instruction code[CODE_MAX + 1];
	struct ppm_place places[CODE_MAX + 1];
	uint32_t code_count;
	bool tame;
};

static uint16_t any(struct tables *t, struct reader *reader, enum ppm_register_class class)
{
	uint8_t choice = take(reader);

	if (!t->tame)
		return (uint16_t)(choice == 0xFF ? take_many(reader, 2) : choice % register_counts[class]);
	if (class == PPM_CLASS_I32) {
		static const uint16_t plain[] = { 0, 2, 3, 4, 5, 6, 7 };
		return plain[choice % COUNT(plain)];
	}
	return (uint16_t)(choice % register_counts[class]);
}

static uint16_t any_text(struct tables *t, struct reader *reader)
{
	return t->tame ? text_registers[take(reader) % COUNT(text_registers)] : any(t, reader, PPM_CLASS_I32);
}

// A register that is no column's, nor the writer's own.
static uint16_t any_free(struct tables *t, struct reader *reader, enum ppm_register_class class)
{
	uint32_t first = column_counts[class], count = register_counts[class];

	if (!t->tame)
		return any(t, reader, class);
	first = class == PPM_CLASS_MASK ? KEPT_MASK + 1 : class == PPM_CLASS_I16 ? SHARES : first;
	count -= class == PPM_CLASS_I32 ? 2 : 0;
	return (uint16_t)(first + take(reader) % (count - first));
}

static void make_constants(struct tables *t, struct reader *reader)
{
	for (uint32_t i = 0; i < CONSTANTS; i++) {
		if (i < FIRST_INTEGER)
			t->constants[i].f64 = take_number(reader);
		else if (i < FIRST_SMALL)
			t->constants[i].i64 = take_integer(reader);
		else if (i < FIRST_EXACT)
			t->constants[i].i64 = (int16_t)take_integer(reader);
		else
			t->constants[i].x128 = (ppm_int128)take_integer(reader) * (take(reader) & 1 ? PPM_EXACT_PER_MONEY : 1);
	}
	// Ranges and scales are written low end first.
	for (uint32_t i = 0; t->tame && i + 1 < FIRST_INTEGER; i += 2) {
		double low = fmin(t->constants[i].f64, t->constants[i + 1].f64), high = fmax(t->constants[i].f64, t->constants[i + 1].f64);
		t->constants[i].f64 = low;
		t->constants[i + 1].f64 = high;
	}
	for (uint32_t i = FIRST_INTEGER; t->tame && i + 1 < FIRST_EXACT; i += 2)
		if (t->constants[i].i64 > t->constants[i + 1].i64) {
			union ppm_constant kept = t->constants[i];
			t->constants[i] = t->constants[i + 1];
			t->constants[i + 1] = kept;
		}
}

static void make_texts(struct tables *t, struct reader *reader)
{
	static const struct ppm_text_test tests[] = { { PPM_TEXT_CONTAINS, FUZZ_TEXT("an") }, { PPM_TEXT_STARTS_WITH, FUZZ_TEXT("ba") }, { PPM_TEXT_ENDS_WITH, FUZZ_TEXT("y") },
		{ PPM_TEXT_LESS, FUZZ_TEXT("banana") }, { PPM_TEXT_GREATER_EQUAL, FUZZ_TEXT("banana") }, { PPM_TEXT_MATCHES, FUZZ_TEXT("^[a-c].*a$") },
		{ PPM_TEXT_CONTAINS, FUZZ_TEXT("") }, { PPM_TEXT_MATCHES, FUZZ_TEXT("(a|aa)+$") } };
	static const enum ppm_register_class classes[] = { PPM_CLASS_F64, PPM_CLASS_I64, PPM_CLASS_X128, PPM_CLASS_I32 };

	for (int i = 0; i < 4; i++)
		t->bits[i] = (uint32_t)take_many(reader, 4);
	t->sets[0] = (struct ppm_set){ take(reader) % 8, take(reader) % 65, t->bits };
	t->sets[1] = (struct ppm_set){ t->tame ? take(reader) : (uint32_t)take_many(reader, 4), take(reader) % 65, t->bits + 2 };
	for (int i = 0; i < 4; i++)
		t->tests[i] = tests[take(reader) % COUNT(tests)];
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 8; k++) {
			if (i == 0)
				t->entries[i][k].f64 = take_number(reader);
			else if (i == 2)
				t->entries[i][k].x128 = take_integer(reader);
			else
				t->entries[i][k].i64 = i == 3 ? (int32_t)take_integer(reader) : take_integer(reader);
		}
		t->maps[i] = (struct ppm_map){ classes[i], take(reader) % 8, t->entries[i], t->entries[i][7] };
	}
}

static void make_points(struct tables *t, struct reader *reader)
{
	static const int16_t widths[] = { 1, 2, 4, 5, 10, 20, 25, 50, 100 };

	for (int i = 0; i < 8; i++)
		t->masks[i] = any(t, reader, PPM_CLASS_MASK);
	for (int i = 0; i < 3; i++) {
		int16_t width = widths[take(reader) % COUNT(widths)];
		for (int k = 0; k < 8; k++)
			t->points[i][k] = (int16_t)((int8_t)take(reader) * (i == 1 ? 15 : 1));
		t->sums[i] =
			(struct ppm_point_sum){ .base = (int8_t)take(reader), .low = (int8_t)take(reader), .count = take(reader) % 9, .masks = t->masks, .points = t->points[i] };
		t->sums[i].high = (int16_t)(t->sums[i].low + (i == 2 ? width : 1 + take(reader) * 3));
	}
	for (int i = 0; i < 3; i++) {
		t->linears[i] = (struct ppm_linear){ .count = 1 + take(reader) % PPM_LINEAR_TERMS, .relation = take(reader) % 5, .constant = take_integer(reader) };
		for (int k = 0; k < PPM_LINEAR_TERMS; k++) {
			t->linears[i].registers[k] = any(t, reader, PPM_CLASS_I64);
			t->linears[i].coefficients[k] = take_integer(reader);
		}
	}
	for (int i = 0; i < 2; i++) {
		t->ranges[i].low = take_integer(reader);
		t->ranges[i].high = take_integer(reader);
		t->rates[i] = (struct ppm_rate){ take(reader) % 5, (ppm_int128)take_integer(reader) * (take(reader) & 1 ? PPM_EXACT_PER_MONEY : 1), take(reader) % 3 };
	}
	double total = 0;
	for (int i = 0; i < 6; i++) {
		t->mean_registers[i] = any(t, reader, PPM_CLASS_F64);
		t->share_registers[i] = (uint16_t)(take(reader) % (t->tame ? SHARES : 4));
		t->weights[i] = take_number(reader);
		t->whole_weights[i] = take(reader) % 50;
	}
	uint32_t count = 1 + take(reader) % 6;
	for (uint32_t i = 0; i < count; i++)
		total += t->whole_weights[i];
	t->means[0] = (struct ppm_mean){ 1 + take(reader) % 6, t->mean_registers, t->weights, take_number(reader), 0 };
	t->means[1] = (struct ppm_mean){ count, t->share_registers, t->whole_weights, total, take(reader) % 7 };
	for (int i = 0; i < 6; i++)
		t->choice_values[i] = (int32_t)take_integer(reader);
	for (int i = 0; i < 2; i++)
		t->choices[i] = (struct ppm_choice){ take(reader) % 7, t->masks, t->choice_values, (int32_t)take_integer(reader) };
}

static void make_calls(struct tables *t, struct reader *reader)
{
	static const char letters[] = "npmdutf";
	static const enum ppm_register_class classes[] = { PPM_CLASS_F64, PPM_CLASS_F64, PPM_CLASS_X128, PPM_CLASS_I32, PPM_CLASS_I32, PPM_CLASS_I32, PPM_CLASS_MASK };
	size_t count;
	const struct ppm_builtin *builtins = ppm_builtins(&count);

	for (size_t i = 0; i < count && t->call_count < COUNT(t->calls); i++) {
		if (!builtins[i].kernel)
			continue;
		struct ppm_call *call = &t->calls[t->call_count++];
		*call = (struct ppm_call){
			.name = ppm_slice_of(builtins[i].name), .why_missing = ppm_slice_of(builtins[i].why_missing), .kernel = builtins[i].kernel, .site = take(reader) % 3
		};
		call->result = classes[strchr(letters, builtins[i].signature[0]) - letters];
		for (const char *at = builtins[i].signature + 2; *at != ')'; at++) {
			call->arguments[call->argument_count] = classes[strchr(letters, *at) - letters];
			// Functions of dates are given dates: the column is the one register that surely has them.
			call->registers[call->argument_count++] = *at == 't' ? any_text(t, reader)
				: *at == 'd' && t->tame                      ? 0
									     : any(t, reader, classes[strchr(letters, *at) - letters]);
		}
	}
}

static struct ppm_value any_value(struct tables *t, struct reader *reader)
{
	static const enum ppm_register_class classes[] = { PPM_CLASS_NONE, PPM_CLASS_F64, PPM_CLASS_F64, PPM_CLASS_I64, PPM_CLASS_X128, PPM_CLASS_I32, PPM_CLASS_I32, PPM_CLASS_I32,
		PPM_CLASS_I32, PPM_CLASS_MASK, PPM_CLASS_I64 };
	struct ppm_value value = { .format.kind = (enum ppm_value_format_kind)(PPM_FORMAT_NUMBER + take(reader) % (PPM_FORMAT_POINTS - PPM_FORMAT_NUMBER + 1)) };
	bool fixed = value.format.kind == PPM_FORMAT_MONEY || value.format.kind == PPM_FORMAT_EXACT;

	value.format.decimals = (int8_t)(take(reader) % (fixed ? 13 : 14) - (fixed ? 0 : 1));
	value.format.scale = take(reader) % 7;
	value.value = value.format.kind == PPM_FORMAT_TEXT ? any_text(t, reader) : value.format.kind == PPM_FORMAT_DATE && t->tame ? 0 : any(t, reader, classes[value.format.kind]);
	value.present = take(reader) & 1 ? any(t, reader, PPM_CLASS_MASK) : PPM_NO_REGISTER;
	return value;
}

static void make_results(struct tables *t, struct reader *reader)
{
	static const struct ppm_slice names[] = { FUZZ_TEXT("o0"), FUZZ_TEXT("o1"), FUZZ_TEXT("o2"), FUZZ_TEXT("o3"), FUZZ_TEXT("o4"), FUZZ_TEXT("o5"), FUZZ_TEXT("o6"),
		FUZZ_TEXT("o7") };

	t->pieces[0].literal = PPM_SLICE("it is \"");
	t->pieces[1] = (struct ppm_template_piece){ .has_value = true, .value = any_value(t, reader) };
	t->pieces[2] = (struct ppm_template_piece){ .has_value = true, .value = any_value(t, reader) };
	for (int i = 0; i < 6; i++)
		t->units[i] = (struct ppm_reason_unit){ .text = { t->pieces, 1 + take(reader) % 3 },
			.set = take(reader) & 1 ? any(t, reader, PPM_CLASS_MASK) : PPM_NO_REGISTER,
			.value = take(reader) & 1 ? any(t, reader, PPM_CLASS_F64) : PPM_NO_REGISTER,
			.factor = take(reader) & 1 ? any(t, reader, PPM_CLASS_F64) : PPM_NO_REGISTER,
			.cost = take_number(reader) };
	for (int i = 0; i < 2; i++)
		t->lists[i] = (struct ppm_reason_list){ t->units, take(reader) % 7, (uint16_t)(t->tame ? 3 : take(reader) % 10), (uint16_t)(1 + take(reader) % 4) };
	for (int i = 0; i < 8; i++)
		t->outputs[i] = (struct ppm_output){ names[i], any_value(t, reader) };
	t->outputs[7].value = (struct ppm_value){
		.format.kind = PPM_FORMAT_REASONS, .value = t->lists[0].first, .count = t->lists[0].count, .single = t->lists[0].count == 1, .present = PPM_NO_REGISTER
	};
	for (int i = 0; i < 2; i++)
		t->tallies[i] = (struct ppm_tally){ .kind = PPM_TALLY_TIER, .name = PPM_SLICE("t"), .mask = any(t, reader, PPM_CLASS_MASK) };
}

// ---- instructions

static void emit(struct tables *t, struct ppm_instruction instruction)
{
	if (t->code_count < CODE_MAX)
		t->code[t->code_count++] = instruction;
}

// Every register that is no column's has a value.
static void emit_beginning(struct tables *t, struct reader *reader)
{
	emit(t, (struct ppm_instruction){ .op = PPM_OP_MASK_ROWS, .a = ROWS_MASK });
	for (uint16_t i = ROWS_MASK + 1; i < register_counts[PPM_CLASS_MASK]; i++)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_MASK_FILL, .a = i, .k = take(reader) & 1 });
	for (uint16_t i = (uint16_t)column_counts[PPM_CLASS_F64]; i < register_counts[PPM_CLASS_F64]; i++)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_FILL_F64, .a = i, .k = take(reader) % FIRST_INTEGER });
	for (uint16_t i = (uint16_t)column_counts[PPM_CLASS_I64]; i < register_counts[PPM_CLASS_I64]; i++)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_FILL_I64, .a = i, .k = FIRST_INTEGER + take(reader) % (FIRST_EXACT - FIRST_INTEGER) });
	for (uint16_t i = 0; i < register_counts[PPM_CLASS_X128]; i++)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_FILL_X128, .a = i, .k = FIRST_EXACT + take(reader) % (CONSTANTS - FIRST_EXACT) });
	for (uint16_t i = (uint16_t)column_counts[PPM_CLASS_I32]; i < register_counts[PPM_CLASS_I32]; i++) {
		bool text = i >= 8;
		if (text)
			emit(t, (struct ppm_instruction){ .op = PPM_OP_SELECT_I32, .a = i, .b = 4, .c = 1, .d = 1 });
		else
			emit(t, (struct ppm_instruction){ .op = PPM_OP_FILL_I32, .a = i, .k = FIRST_SMALL + take(reader) % (FIRST_EXACT - FIRST_SMALL) });
	}
	for (uint16_t i = 0; i < register_counts[PPM_CLASS_I16]; i++)
		emit(t, (struct ppm_instruction){ .op = i < SHARES ? PPM_OP_SUM_SHARE_I16 : PPM_OP_SUM_IF_I16, .a = i, .k = i < SHARES ? 2 : 0 });
}

static uint32_t any_index(struct tables *t, struct reader *reader, enum ppm_operand_kind kind, enum ppm_opcode op, bool small)
{
	uint8_t choice = take(reader);

	if (!t->tame && choice >= 0xFC)
		return (uint32_t)take_many(reader, 4);
	switch (kind) {
	case PPM_OPERAND_CONSTANT_F: return op == PPM_OP_SCALE_F64 ? choice % (FIRST_INTEGER - 3) & ~1u : choice % FIRST_INTEGER;
	case PPM_OPERAND_RANGE_F: return choice % FIRST_INTEGER & ~1u;
	case PPM_OPERAND_CONSTANT_I: return small ? FIRST_SMALL + choice % (FIRST_EXACT - FIRST_SMALL) : FIRST_INTEGER + choice % (FIRST_EXACT - FIRST_INTEGER);
	case PPM_OPERAND_RANGE_I: return (small ? FIRST_SMALL + choice % (FIRST_EXACT - FIRST_SMALL) : FIRST_INTEGER + choice % (FIRST_EXACT - FIRST_INTEGER)) & ~1u;
	case PPM_OPERAND_CONSTANT_X: return FIRST_EXACT + choice % (CONSTANTS - FIRST_EXACT);
	case PPM_OPERAND_JUMP: return t->code_count + 1 + choice % 12;
	case PPM_OPERAND_SET: return choice % 2;
	case PPM_OPERAND_TEXT_TEST: return choice % 4;
	case PPM_OPERAND_MAP: return op == PPM_OP_MAP_F64 ? 0 : op == PPM_OP_MAP_I64 ? 1 : op == PPM_OP_MAP_X128 ? 2 : 3;
	case PPM_OPERAND_LINEAR: return choice % 3;
	case PPM_OPERAND_POINTS: return choice % 2;
	case PPM_OPERAND_CALL: return choice % t->call_count;
	case PPM_OPERAND_REASONS: return choice % 2;
	case PPM_OPERAND_SITE: return choice % 3;
	case PPM_OPERAND_RATE: return choice % 2;
	case PPM_OPERAND_SUM: return op == PPM_OP_SUM_SHARE_I16 ? 2 : choice % 3;
	case PPM_OPERAND_MEAN: return op == PPM_OP_ROUNDED_MEAN_I16;
	case PPM_OPERAND_CHOICE: return choice % 2;
	case PPM_OPERAND_COUNT_KIND:
		return op == PPM_OP_MASK_FILL       ? choice % 2
			: op == PPM_OP_DATE_PART    ? choice % 6
			: op == PPM_OP_TEXT_TEST_BY ? (choice % 7 < PPM_TEXT_MATCHES ? choice % 7 : PPM_TEXT_LESS)
						    : choice % 13;
	default: return choice;
	}
}

// What an instruction leaves in lanes that did not matter, or had no value, is put right, as the compiler does before it uses them.
static void emit_discipline(struct tables *t, const struct ppm_instruction *at, const struct ppm_opcode_info *info)
{
	static const uint16_t selects[PPM_CLASS_COUNT] = { PPM_OP_MASK_AND, PPM_OP_SELECT_F64, PPM_OP_SELECT_I64, PPM_OP_SELECT_X128, PPM_OP_SELECT_I32 };
	enum ppm_register_class class = at->op == PPM_OP_CALL ? t->calls[at->k].result : ppm_operand_class(info->operands[0]);
	bool lanes = info->operands[4] == PPM_OPERAND_IN_M, defined = info->operands[3] == PPM_OPERAND_OUT_M;

	if (!lanes)
		return;
	if (defined)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_MASK_AND, .a = at->d, .b = at->d, .c = KEPT_MASK });
	uint16_t mask = defined ? at->d : KEPT_MASK;
	if (class == PPM_CLASS_MASK)
		emit(t, (struct ppm_instruction){ .op = PPM_OP_MASK_AND, .a = at->a, .b = at->a, .c = mask });
	else
		emit(t,
			(struct ppm_instruction){ .op = selects[class],
				.a = at->a,
				.b = mask,
				.c = at->a,
				.d = class == PPM_CLASS_F64 || class == PPM_CLASS_I64 ? 0
					: class == PPM_CLASS_I32                      ? at->a >= 8 ? 1 : 2
										      : 4 });
}

static void emit_one(struct tables *t, struct reader *reader)
{
	enum ppm_opcode op = (enum ppm_opcode)(take(reader) % PPM_OPCODE_COUNT);
	const struct ppm_opcode_info *info = ppm_opcode_info(op);
	struct ppm_instruction at = { .op = (uint16_t)op };
	uint16_t *operands[] = { &at.a, &at.b, &at.c, &at.d, &at.e };
	bool of_texts = info->operands[5] == PPM_OPERAND_SET || info->operands[5] == PPM_OPERAND_TEXT_TEST || info->operands[5] == PPM_OPERAND_MAP || op == PPM_OP_TEXT_TEST_BY;

	for (int i = 0; i < 5; i++) {
		enum ppm_operand_kind kind = info->operands[i];
		if (kind >= PPM_OPERAND_IN_M && kind <= PPM_OPERAND_IN_H)
			*operands[i] = of_texts && kind == PPM_OPERAND_IN_I ? any_text(t, reader) : any(t, reader, ppm_operand_class(kind));
		else if (kind != PPM_OPERAND_NONE && kind != PPM_OPERAND_COUNT_KIND)
			*operands[i] = any_free(t, reader, ppm_operand_class(kind));
	}
	bool small = op == PPM_OP_FILL_I32 || op == PPM_OP_CLAMP_I16_K || ppm_operand_class(info->operands[1]) == PPM_CLASS_I32;
	at.k = any_index(t, reader, info->operands[5], op, small);
	// What the verifier would refuse, most of the time.
	if (t->tame &&
		((op == PPM_OP_DIV_F64_K && t->constants[at.k].f64 == 0) || (op == PPM_OP_NUMBER_FROM_POINTS && !(fabs(t->constants[at.k].f64) >= 1)) ||
			(op == PPM_OP_SCALE_F64 && (t->constants[at.k + 2].f64 == t->constants[at.k + 3].f64 || !isfinite(t->constants[at.k + 1].f64 - t->constants[at.k].f64)))))
		return;
	if (op == PPM_OP_CALL && at.k < t->call_count) {
		enum ppm_register_class class = t->calls[at.k].result;
		at.a = any_free(t, reader, class);
		if (t->tame && class == PPM_CLASS_I32 && t->calls[at.k].arguments[0] == PPM_CLASS_I32 && strchr("ult", t->calls[at.k].name.data[0]) &&
			!ppm_slice_is(t->calls[at.k].name, "length"))
			at.a = 8;
	}
	if (t->tame) {
		if (op == PPM_OP_END)
			return;
		if (op == PPM_OP_SUM_SHARE_I16)
			at.a = (uint16_t)(take(reader) % SHARES);
		if (info->operands[3] == PPM_OPERAND_OUT_M && info->operands[0] == PPM_OPERAND_OUT_M && at.d == at.a)
			at.d = (uint16_t)(at.a == 13 ? 12 : at.a + 1);
		// The lanes that matter are kept, as the instruction may write over their mask.
		if (info->operands[4] == PPM_OPERAND_IN_M) {
			emit(t, (struct ppm_instruction){ .op = PPM_OP_MASK_AND, .a = KEPT_MASK, .b = at.e, .c = ROWS_MASK });
			at.e = KEPT_MASK;
		}
	}
	emit(t, at);
	if (t->tame)
		emit_discipline(t, &at, info);
}

static void make_program(struct ppm_program *program, struct tables *t, struct reader *reader)
{
	t->tame = !(take(reader) & 1);
	bool beginning = t->tame || take(reader) % 8;
	make_constants(t, reader);
	make_texts(t, reader);
	make_points(t, reader);
	make_calls(t, reader);
	make_results(t, reader);
	if (beginning)
		emit_beginning(t, reader);
	while (reader->at < reader->end && t->code_count < CODE_MAX - 8)
		emit_one(t, reader);
	t->code[t->code_count] = (struct ppm_instruction){ .op = PPM_OP_END };
	for (uint32_t i = 0; i < t->code_count; i++)
		if (t->code[i].op == PPM_OP_SKIP_IF_NONE && t->code[i].k > t->code_count)
			t->code[i].k = t->code_count;
	memcpy(program->register_counts, register_counts, sizeof register_counts);
	program->columns = columns;
	program->column_count = COUNT(columns);
	program->texts = texts;
	program->text_count = COUNT(texts);
	program->instructions = t->code;
	program->places = t->places;
	program->instruction_count = t->code_count + 1;
#define TABLE(member, count_member, table) \
	program->member = t->table; \
	program->count_member = COUNT(t->table)
	TABLE(constants, constant_count, constants);
	TABLE(sets, set_count, sets);
	TABLE(text_tests, text_test_count, tests);
	TABLE(maps, map_count, maps);
	TABLE(linears, linear_count, linears);
	TABLE(point_ranges, point_range_count, ranges);
	TABLE(rates, rate_count, rates);
	TABLE(point_sums, point_sum_count, sums);
	TABLE(means, mean_count, means);
	TABLE(choices, choice_count, choices);
	TABLE(sites, site_count, sites);
	TABLE(reason_lists, reason_list_count, lists);
	TABLE(outputs, output_count, outputs);
	TABLE(tallies, tally_count, tallies);
#undef TABLE
	program->calls = t->calls;
	program->call_count = t->call_count;
}

// ---- batches

struct rows {
	double f[3][PPM_BATCH_ROWS];
	int32_t whole[3][PPM_BATCH_ROWS];
	int16_t small[3][PPM_BATCH_ROWS];
	int64_t l[2][PPM_BATCH_ROWS];
	int32_t i[3][PPM_BATCH_ROWS];
	uint64_t m[5][PPM_MASK_WORDS], refused[PPM_MASK_WORDS], refused_before[PPM_MASK_WORDS];
	int forms[2];
	uint64_t magnitudes[2];
	uint32_t rows;
};

static uint64_t random_word(uint64_t *random)
{
	return (uint64_t)fuzz_below(random, UINT32_MAX) << 32 | fuzz_below(random, UINT32_MAX);
}

static void make_rows(struct rows *rows, uint64_t *random)
{
	static const uint32_t counts[] = { 1, 2, 63, 64, 65, 127, 130, 1000, 1024 };

	rows->rows = counts[fuzz_below(random, fuzz_below(random, 4) ? COUNT(counts) - 2 : COUNT(counts))];
	for (int column = 0; column < 3; column++) {
		uint32_t kind = fuzz_below(random, 4);
		bool whole = column < 2 && kind < 2;
		if (column < 2)
			rows->forms[column] = whole ? 1 + (kind == 1 && fuzz_below(random, 4) != 0) : 0;
		for (uint32_t n = 0; n < PPM_BATCH_ROWS; n++) {
			int32_t value = kind == 1       ? (int32_t)fuzz_below(random, 65536) - 32768
				: fuzz_below(random, 8) ? (int32_t)fuzz_below(random, 200) - 50
							: (int32_t)fuzz_below(random, UINT32_MAX);
			rows->whole[column][n] = value;
			rows->small[column][n] = (int16_t)value;
			rows->f[column][n] = whole ? value : kind == 2 ? numbers[fuzz_below(random, COUNT(numbers))] : (double)(int32_t)fuzz_below(random, 400000) / 100 - 1000;
			// Where the integers are given, the doubles are made of them.
			if (whole)
				rows->f[column][n] = NAN;
		}
	}
	for (int column = 0; column < 2; column++) {
		uint64_t most = 0;
		bool large = fuzz_below(random, 3) == 0;
		for (uint32_t n = 0; n < PPM_BATCH_ROWS; n++) {
			int64_t value = large ? integers[fuzz_below(random, COUNT(integers))] : (int64_t)fuzz_below(random, 2000000) - 500000;
			rows->l[column][n] = value;
			uint64_t size = value < 0 ? (uint64_t)-value : (uint64_t)value;
			most = size > most ? size : most;
		}
		rows->magnitudes[column] = fuzz_below(random, 2) ? most + (fuzz_below(random, 2) ? fuzz_below(random, 1000) : 0) : 0;
	}
	for (uint32_t n = 0; n < PPM_BATCH_ROWS; n++) {
		rows->i[0][n] =
			fuzz_below(random, 4) ? 20000 + (int32_t)fuzz_below(random, 2000) : PPM_DATE_MIN + (int32_t)fuzz_below(random, (uint32_t)(PPM_DATE_MAX - PPM_DATE_MIN + 1));
		uint32_t code = fuzz_below(random, COUNT(texts) + COUNT(other_texts));
		rows->i[1][n] = (int32_t)(code < COUNT(texts) ? code : code + 1);
		rows->i[2][n] = fuzz_below(random, 8) ? (int32_t)fuzz_below(random, 400) - 30 : (int32_t)fuzz_below(random, UINT32_MAX);
	}
	for (int mask = 0; mask < 5; mask++)
		for (int word = 0; word < PPM_MASK_WORDS; word++)
			rows->m[mask][word] = fuzz_below(random, 4) ? random_word(random) | random_word(random) : fuzz_below(random, 2) ? 0 : UINT64_MAX;
	bool some = fuzz_below(random, 2);
	for (int word = 0; word < PPM_MASK_WORDS; word++)
		rows->refused_before[word] = some ? random_word(random) & random_word(random) & random_word(random) : 0;
}

static void run_rows(struct ppm_vm *vm, struct rows *rows, struct ppm_batch *batch)
{
	static void *values[COUNT(columns)];
	static uint64_t *present[COUNT(columns)];
	static struct ppm_column_facts facts[COUNT(columns)];
	void *const vectors[] = { rows->f[0], rows->f[1], rows->f[2], rows->l[0], rows->l[1], rows->i[0], rows->i[1], rows->i[2], rows->m[4] };

	memset(facts, 0, sizeof facts);
	memset(present, 0, sizeof present);
	memcpy(values, vectors, sizeof values);
	for (int i = 0; i < 2; i++) {
		facts[i].whole = rows->forms[i] ? rows->whole[i] : NULL;
		facts[i].small = rows->forms[i] == 2 ? rows->small[i] : NULL;
		facts[3 + i].magnitude = rows->magnitudes[i];
	}
	present[1] = rows->m[0];
	present[2] = rows->m[1];
	present[4] = rows->m[2];
	present[5] = rows->m[3];
	memcpy(rows->refused, rows->refused_before, sizeof rows->refused);
	*batch = (struct ppm_batch){ .rows = rows->rows, .values = values, .facts = facts, .present = present, .refused = rows->refused };
	if (ppm_vm_run(vm, batch) != PPM_OK)
		fuzz_fail("the machine stopped");
}

// ---- what one instruction set says

static void note(struct ppm_buffer *out, const struct ppm_program *program, const struct ppm_vm *vm, const struct ppm_batch *batch, const struct ppm_sink *sink)
{
	uint64_t rows, live[PPM_MASK_WORDS];
	uint32_t count;
	const struct ppm_vm_fault *faults = ppm_vm_faults(vm, &count);

	ppm_buffer_append(out, (const char *)batch->refused, (batch->rows + 63) / 64 * 8);
	for (uint32_t i = 0; i < count; i++)
		ppm_buffer_format(out, "%u %u %s %d|", faults[i].row, faults[i].instruction, faults[i].what, faults[i].no_value);
	for (uint32_t word = 0; word < PPM_MASK_WORDS; word++) {
		uint64_t in_batch = word * 64 + 64 <= batch->rows ? UINT64_MAX : word * 64 >= batch->rows ? 0 : (UINT64_C(1) << batch->rows % 64) - 1;
		live[word] = in_batch & ~batch->refused[word];
	}
	for (int class = 0; class < PPM_CLASS_COUNT; class ++)
		for (uint16_t i = 0; i < register_counts[class]; i++) {
			const char *memory = ppm_vm_register(vm, (enum ppm_register_class) class, i);
			size_t size = class == PPM_CLASS_MASK ? 0 : ppm_register_size((enum ppm_register_class) class) / PPM_BATCH_ROWS;
			ppm_buffer_format(out, "\n%d.%u ", class, i);
			for (uint32_t word = 0; class == PPM_CLASS_MASK && word < PPM_MASK_WORDS; word++) {
				uint64_t bits = ((const uint64_t *)(const void *)memory)[word] & live[word];
				ppm_buffer_append(out, (const char *)&bits, sizeof bits);
			}
			for (uint32_t n = 0; size && n < batch->rows; n++)
				if (live[n / 64] >> n % 64 & 1)
					ppm_buffer_append(out, memory + n * size, size);
		}
	ppm_sink_rows(sink, batch, vm, out, &rows);
	(void)program;
}

static struct ppm_buffer run(const struct ppm_program *program, struct rows *batches, enum ppm_simd simd, enum ppm_sink_format format)
{
	struct ppm_sink_options options = { .format = format, .excel_safe = true };
	struct ppm_sink *sink = ppm_sink_new(NULL, program, NULL, &options);
	struct ppm_buffer out = { 0 };
	struct ppm_text_pool pool;
	const uint64_t *counts;

	if (!sink || !ppm_text_pool_init(&pool, ppm_allocator_default(), program->texts, program->text_count))
		fuzz_fail("no memory");
	for (uint32_t i = 0; i < COUNT(other_texts); i++)
		if (ppm_text_pool_add(&pool, other_texts[i]) != COUNT(texts) + 1 + i)
			fuzz_fail("a text has another code");
	struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, simd);
	if (!vm)
		fuzz_fail("no machine");
	for (int i = 0; i < 2; i++) {
		struct ppm_batch batch;
		run_rows(vm, &batches[i], &batch);
		note(&out, program, vm, &batch, sink);
	}
	counts = ppm_vm_site_counts(vm);
	ppm_buffer_append(&out, (const char *)counts, program->site_count * sizeof *counts);
	counts = ppm_vm_tallies(vm);
	ppm_buffer_append(&out, (const char *)counts, program->tally_count * sizeof *counts);
	ppm_vm_free(vm);
	ppm_text_pool_free(&pool);
	ppm_sink_free(sink);
	return out;
}

static void explain(const struct ppm_program *program, const struct ppm_buffer *a, const struct ppm_buffer *b, enum ppm_simd simd)
{
	struct ppm_buffer listing = { 0 };
	size_t at = 0;

	while (at < a->size && at < b->size && a->data[at] == b->data[at])
		at++;
	ppm_program_disassemble(program, &listing);
	fuzz_show("program", ppm_buffer_slice(&listing));
	fprintf(stderr, "%s", listing.size < 4000 ? "" : listing.data + 4000);
	size_t begin = at;
	while (begin && a->data[begin - 1] != '\n')
		begin--;
	fuzz_show("portable, from the line that differs", (struct ppm_slice){ a->data + begin, a->size - begin < 300 ? a->size - begin : 300 });
	fuzz_fail("%s differs at %zu of %zu and %zu bytes, register %.5s", ppm_simd_name(simd), at, a->size, b->size, a->data + begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tables tables;
	static struct rows batches[2];
	struct reader reader = { data, data + size };
	uint64_t random = fuzz_hash(data, size);
	struct ppm_program *program = ppm_program_new(NULL);
	char problem[256];

	if (!program || size < 8 || size > 20000) {
		ppm_program_free(program);
		return 0;
	}
	memset(&tables, 0, sizeof tables);
	make_program(program, &tables, &reader);
	if (ppm_program_verify(program, problem, sizeof problem)) {
		enum ppm_sink_format format = (enum ppm_sink_format)fuzz_below(&random, 4);
		make_rows(&batches[0], &random);
		make_rows(&batches[1], &random);
		struct ppm_buffer portable = run(program, batches, PPM_SIMD_PORTABLE, format);
		for (int i = 0; i < 2; i++) {
			enum ppm_simd simd = (enum ppm_simd)(1 + fuzz_below(&random, (uint32_t)ppm_simd_best()));
			struct ppm_buffer other = run(program, batches, simd, format);
			if (tables.tame && !ppm_slice_equal(ppm_buffer_slice(&portable), ppm_buffer_slice(&other)))
				explain(program, &portable, &other, simd);
			ppm_buffer_free(&other);
		}
		ppm_buffer_free(&portable);
	} else if (getenv("PPM_FUZZ_WHY")) {
		fprintf(stderr, "refused: %s\n", problem);
	}
	ppm_program_free(program);
	return 0;
}

// The verifier: a sound program passes, and each way of spoiling it is refused by its own sentence.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/bytecode/verify.h"

// Everything that a program can point to, once; a test changes one thing.
struct fixture {
	struct ppm_program program;
	struct ppm_instruction code[8];
	union ppm_constant constants[6];
	struct ppm_column columns[2];
	struct ppm_slice texts[2];
	struct ppm_set set;
	uint32_t bits[1];
	struct ppm_text_test text_test;
	struct ppm_map map;
	struct ppm_linear linear;
	struct ppm_point_range range;
	struct ppm_rate rate;
	struct ppm_point_sum sum;
	uint16_t masks[2], numbers[2];
	int16_t points[2];
	double weights[2];
	struct ppm_mean mean;
	struct ppm_choice choice;
	int32_t values[2];
	struct ppm_call call;
	struct ppm_site site;
	struct ppm_reason_unit unit;
	struct ppm_template_piece piece;
	struct ppm_reason_list list;
	struct ppm_output output;
	struct ppm_tally tally;
};

static void no_kernel(const struct ppm_call_frame *frame)
{
	(void)frame;
}

// Columns: f0 with presence m0, and l0. Code: m1 = rows, then the instruction under test at 1, then END. Registers 0..3 of each class; f0 l0 m0 m1 are written.
static void make(struct fixture *it, struct ppm_instruction tested)
{
	*it = (struct fixture){
		.code = { { .op = PPM_OP_MASK_ROWS, .a = 1 }, tested, { .op = PPM_OP_END } },
		.constants = { { .f64 = 1 }, { .f64 = 2 }, { .i64 = 3 }, { .i64 = 4 }, { .x128 = 5 }, { .f64 = 6 } },
		.columns = { { .type = PPM_COLUMN_NUMBER, .read = true, .optional = true, .value = 0, .present = 0 }, { .type = PPM_COLUMN_MONEY, .read = true, .value = 0 } },
		.texts = { { "a", 1 }, { "b", 1 } },
		.bits = { 3 },
		.text_test = { .kind = PPM_TEXT_CONTAINS },
		.map = { .class = PPM_CLASS_F64 },
		.linear = { .count = 1, .registers = { 0 }, .coefficients = { 1 } },
		.range = { 0, 100 },
		.masks = { 0, 1 },
		.numbers = { 0, 0 },
		.points = { 5, -5 },
		.weights = { 1, 2 },
		.values = { 1, 2 },
		.call = { .kernel = no_kernel, .result = PPM_CLASS_F64, .arguments = { PPM_CLASS_F64 }, .registers = { 0 }, .argument_count = 1, .why_missing = { "x", 1 } },
		.unit = { .set = 0, .value = 0, .factor = PPM_NO_REGISTER },
		.output = { .value = { .format = { .kind = PPM_FORMAT_NUMBER }, .value = 0, .present = 0 } },
		.tally = { .mask = 1 },
	};
	it->set = (struct ppm_set){ 0, 2, it->bits };
	it->sum = (struct ppm_point_sum){ 50, 0, 100, 2, it->masks, it->points };
	it->mean = (struct ppm_mean){ 2, it->numbers, it->weights, 3, 0 };
	it->choice = (struct ppm_choice){ 2, it->masks, it->values, 0 };
	it->piece = (struct ppm_template_piece){ .has_value = true, .value = it->output.value };
	it->unit.text = (struct ppm_text_template){ &it->piece, 1 };
	it->list = (struct ppm_reason_list){ &it->unit, 1, 1, 2 };
	it->program = (struct ppm_program){
		.instructions = it->code, .instruction_count = 3, .register_counts = { 4, 4, 4, 4, 4, 4 },
		.constants = it->constants, .constant_count = 6, .texts = it->texts, .text_count = 2, .columns = it->columns, .column_count = 2,
		.sets = &it->set, .set_count = 1, .text_tests = &it->text_test, .text_test_count = 1, .maps = &it->map, .map_count = 1,
		.linears = &it->linear, .linear_count = 1, .point_ranges = &it->range, .point_range_count = 1, .rates = &it->rate, .rate_count = 1,
		.point_sums = &it->sum, .point_sum_count = 1, .means = &it->mean, .mean_count = 1, .choices = &it->choice, .choice_count = 1,
		.calls = &it->call, .call_count = 1, .sites = &it->site, .site_count = 1, .reason_lists = &it->list, .reason_list_count = 1,
		.outputs = &it->output, .output_count = 1, .tallies = &it->tally, .tally_count = 1, .score = 0, .score_present = 0,
	};
}

static void passes(const struct fixture *it)
{
	char problem[200] = "";
	if (!ppm_program_verify(&it->program, problem, sizeof problem))
		fail_msg("refused: %s", problem);
}

static void refused(const struct fixture *it, const char *sentence)
{
	char problem[200] = "";
	if (ppm_program_verify(&it->program, problem, sizeof problem))
		fail_msg("not refused: %s", sentence);
	assert_string_equal(problem, sentence);
}

#define OP(...) ((struct ppm_instruction){ __VA_ARGS__ })

static void each_kind_of_operand_passes(void **state)
{
	(void)state;
	static const struct ppm_instruction sound[] = {
		{ .op = PPM_OP_SKIP_IF_NONE, .a = 1, .k = 2 }, { .op = PPM_OP_FILL_F64, .a = 1, .k = 0 }, { .op = PPM_OP_IN_RANGE_F64_K, .a = 2, .b = 0, .k = 0 }, { .op = PPM_OP_LE_I64_K, .a = 2, .b = 0, .k = 2 },
		{ .op = PPM_OP_IN_RANGE_I64_K, .a = 2, .b = 0, .k = 2 }, { .op = PPM_OP_FILL_X128, .a = 0, .k = 4 }, { .op = PPM_OP_DIV_F64, .a = 1, .b = 0, .c = 0, .d = 2, .e = 1, .k = 0 },
		{ .op = PPM_OP_LINEAR_COMPARE, .a = 2, .k = 0 }, { .op = PPM_OP_SHARE_I64, .a = 1, .b = 0, .k = 0 }, { .op = PPM_OP_CALL, .a = 1, .d = 2, .e = 1, .k = 0 }, { .op = PPM_OP_REASONS, .k = 0 },
		{ .op = PPM_OP_SUM_IF_I16, .a = 1, .k = 0 }, { .op = PPM_OP_SUM_SHARE, .a = 1, .k = 0 }, { .op = PPM_OP_WEIGHTED_MEAN, .a = 1, .e = 1, .k = 0 }, { .op = PPM_OP_CHOOSE_I32, .a = 1, .k = 0 },
		{ .op = PPM_OP_COMPARE_RATE, .a = 2, .b = 0, .c = 0, .d = 3, .e = 1, .k = 0 }, { .op = PPM_OP_ROUND_PLACES_F64, .a = 1, .b = 0, .k = 12 },
	};
	struct fixture it;
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
		make(&it, sound[i]);
		passes(&it);
	}
	// What a jump passes over counts as written.
	make(&it, OP(.op = PPM_OP_SKIP_IF_NONE, .a = 1, .k = 3));
	it.code[2] = OP(.op = PPM_OP_FILL_F64, .a = 2, .k = 0);
	it.code[3] = OP(.op = PPM_OP_NEG_F64, .a = 3, .b = 2);
	it.code[4] = OP(.op = PPM_OP_END);
	it.program.instruction_count = 5;
	passes(&it);
}

static void registers_are_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 4));
	refused(&it, "instruction 1 (NEG_F64): register f4 does not exist");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 4, .b = 0));
	refused(&it, "instruction 1 (NEG_F64): register f4 does not exist");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 2));
	refused(&it, "instruction 1 (NEG_F64): register f2 is read before it is written");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 1));
	refused(&it, "instruction 1 (NEG_F64): register f1 is read before it is written");
	make(&it, OP(.op = PPM_OP_ADD_IF_I64, .a = 1, .b = 1, .k = 2));
	refused(&it, "instruction 1 (ADD_IF_I64): register l1 is read before it is written");
	make(&it, OP(.op = PPM_OP_ADD_F64, .a = 1, .b = 0, .c = 0, .e = 3, .k = 0));
	refused(&it, "instruction 1 (ADD_F64): register m3 is read before it is written");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 0, .b = 0));
	refused(&it, "instruction 1 (NEG_F64): register f0 belongs to a column and is written");
	make(&it, OP(.op = PPM_OP_MASK_NOT, .a = 0, .b = 1));
	refused(&it, "instruction 1 (MASK_NOT): register m0 belongs to a column and is written");
	make(&it, OP(.op = PPM_OP_DIV_F64, .a = 1, .b = 0, .c = 0, .d = 0, .e = 1, .k = 0));
	refused(&it, "instruction 1 (DIV_F64): register m0 belongs to a column and is written");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.program.register_counts[PPM_CLASS_F64] = 70000;
	refused(&it, "too many registers of class f");
}

static void control_is_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OPCODE_COUNT));
	char problem[100];
	assert_false(ppm_program_verify(&it.program, problem, sizeof problem));
	assert_non_null(strstr(problem, "unknown opcode"));
	make(&it, OP(.op = PPM_OP_SKIP_IF_NONE, .a = 1, .k = 1));
	refused(&it, "instruction 1 (SKIP_IF_NONE): a jump backwards to 1");
	make(&it, OP(.op = PPM_OP_SKIP_IF_NONE, .a = 1, .k = 0));
	refused(&it, "instruction 1 (SKIP_IF_NONE): a jump backwards to 0");
	make(&it, OP(.op = PPM_OP_SKIP_IF_NONE, .a = 1, .k = 3));
	refused(&it, "instruction 1 (SKIP_IF_NONE): instruction 3 does not exist");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.program.instruction_count = 2;
	refused(&it, "the last instruction is not END");
	it.program.instruction_count = 0;
	refused(&it, "the last instruction is not END");
}

static void constants_are_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_FILL_F64, .a = 1, .k = 6));
	refused(&it, "instruction 1 (FILL_F64): constant 6 does not exist");
	make(&it, OP(.op = PPM_OP_IN_RANGE_F64_K, .a = 2, .b = 0, .k = 5));
	refused(&it, "instruction 1 (IN_RANGE_F64_K): constant 6 does not exist");
	make(&it, OP(.op = PPM_OP_SCALE_F64, .a = 1, .b = 0, .k = 3));
	refused(&it, "instruction 1 (SCALE_F64): constant 6 does not exist");
	make(&it, OP(.op = PPM_OP_FILL_F64, .a = 1, .k = UINT32_MAX));
	refused(&it, "instruction 1 (FILL_F64): constant 4294967295 does not exist");
	make(&it, OP(.op = PPM_OP_FILL_F64, .a = 1, .k = 0));
	it.constants[0].f64 = INFINITY;
	refused(&it, "instruction 1 (FILL_F64): constant 0 is not a finite number");
	make(&it, OP(.op = PPM_OP_FILL_I32, .a = 1, .k = 2));
	it.constants[2].i64 = INT64_C(2147483648);
	refused(&it, "instruction 1 (FILL_I32): constant 2 does not fit in 32 bits");
	make(&it, OP(.op = PPM_OP_CLAMP_I16_K, .a = 1, .b = 1, .k = 2));
	it.code[0] = OP(.op = PPM_OP_SUM_IF_I16, .a = 1);
	it.sum.count = 0;
	it.constants[3].i64 = 32768;
	refused(&it, "instruction 1 (CLAMP_I16_K): constant 3 does not fit in 16 bits");
	make(&it, OP(.op = PPM_OP_FILL_X128, .a = 1, .k = 4));
	it.constants[4].x128 = PPM_EXACT_MAX + 1;
	refused(&it, "instruction 1 (FILL_X128): constant 4 is beyond the amounts there are");
	make(&it, OP(.op = PPM_OP_MASK_FILL, .a = 2, .k = 2));
	refused(&it, "instruction 1 (MASK_FILL): a bit of 2");
	make(&it, OP(.op = PPM_OP_ROUND_PLACES_F64, .a = 1, .b = 0, .k = 13));
	refused(&it, "instruction 1 (ROUND_PLACES_F64): 13 decimal places");
	make(&it, OP(.op = PPM_OP_NUMBER_FROM_I16, .a = 1, .b = 0, .k = 5));
	it.code[0] = OP(.op = PPM_OP_SUM_IF_I16, .a = 0);
	it.tally.mask = 0;
	it.sum.count = 0;
	refused(&it, "instruction 1 (NUMBER_FROM_I16): 5 decimal places");
	it.code[1].k = 4;
	passes(&it);
	make(&it, OP(.op = PPM_OP_MASK_FILL, .a = 2, .k = 1));
	passes(&it);
	make(&it, OP(.op = PPM_OP_DATE_PART, .a = 1, .b = 0, .k = 5));
	it.columns[1].type = PPM_COLUMN_DATE;
	passes(&it);
	make(&it, OP(.op = PPM_OP_TEXT_TEST_BY, .a = 2, .b = 0, .c = 0, .e = 1, .k = PPM_TEXT_GREATER_EQUAL));
	it.columns[1].type = PPM_COLUMN_TEXT;
	passes(&it);
	it.code[1].k = PPM_TEXT_GREATER_EQUAL + 1;
	refused(&it, "instruction 1 (TEXT_TEST_BY): unknown text test 8");
	make(&it, OP(.op = PPM_OP_FILL_I32, .a = 1, .k = 2));
	it.constants[2].i64 = INT32_MIN;
	passes(&it);
	it.constants[2].i64--;
	refused(&it, "instruction 1 (FILL_I32): constant 2 does not fit in 32 bits");
	make(&it, OP(.op = PPM_OP_CLAMP_I16_K, .a = 1, .b = 1, .k = 2));
	it.code[0] = OP(.op = PPM_OP_SUM_IF_I16, .a = 1);
	it.tally.mask = 0;
	it.sum.count = 0;
	it.constants[2].i64 = INT16_MIN;
	passes(&it);
	it.constants[2].i64--;
	refused(&it, "instruction 1 (CLAMP_I16_K): constant 2 does not fit in 16 bits");
	make(&it, OP(.op = PPM_OP_FILL_X128, .a = 1, .k = 4));
	it.constants[4].x128 = -PPM_EXACT_MAX;
	passes(&it);
	it.constants[4].x128--;
	refused(&it, "instruction 1 (FILL_X128): constant 4 is beyond the amounts there are");
	// What would make of a number something that is none.
	make(&it, OP(.op = PPM_OP_DIV_F64_K, .a = 1, .b = 0, .k = 0));
	passes(&it);
	it.constants[0].f64 = -0.0;
	refused(&it, "instruction 1 (DIV_F64_K): a division by constant 0, which is 0");
	make(&it, OP(.op = PPM_OP_NUMBER_FROM_POINTS, .a = 1, .b = 0, .k = 0));
	it.constants[0].f64 = -1;
	passes(&it);
	it.constants[0].f64 = 0.99;
	refused(&it, "instruction 1 (NUMBER_FROM_POINTS): a scale of points below 1");
	make(&it, OP(.op = PPM_OP_SCALE_F64, .a = 1, .b = 0, .k = 0));
	for (int i = 0; i < 4; i++)
		it.constants[i].f64 = i;
	passes(&it);
	it.constants[3].f64 = 2;
	refused(&it, "instruction 1 (SCALE_F64): a scale without a width, or too wide");
	it.constants[3].f64 = 3;
	it.constants[0].f64 = -1.7e308;
	it.constants[1].f64 = 1.7e308;
	refused(&it, "instruction 1 (SCALE_F64): a scale without a width, or too wide");
	make(&it, OP(.op = PPM_OP_DATE_PART, .a = 1, .b = 0, .k = 6));
	it.columns[1].type = PPM_COLUMN_DATE;
	refused(&it, "instruction 1 (DATE_PART): unknown part 6 of a date");
	make(&it, OP(.op = PPM_OP_TEXT_TEST_BY, .a = 2, .b = 0, .c = 0, .e = 1, .k = PPM_TEXT_MATCHES));
	it.columns[1].type = PPM_COLUMN_TEXT;
	refused(&it, "instruction 1 (TEXT_TEST_BY): unknown text test 3");
}

static void tables_are_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_ADD_F64, .a = 1, .b = 0, .c = 0, .e = 1, .k = 1));
	refused(&it, "instruction 1 (ADD_F64): site 1 does not exist");
	make(&it, OP(.op = PPM_OP_TEXT_IN_SET, .a = 2, .b = 0, .k = 1));
	it.columns[1].type = PPM_COLUMN_TEXT;
	refused(&it, "instruction 1 (TEXT_IN_SET): set 1 does not exist");
	it.code[1].k = 0;
	it.set.bits = NULL;
	refused(&it, "instruction 1 (TEXT_IN_SET): set 0 has no bits");
	it.set = (struct ppm_set){ 0xfffffff0, 32, it.bits };
	refused(&it, "instruction 1 (TEXT_IN_SET): set 0 passes the largest code");
	it.code[1] = OP(.op = PPM_OP_TEXT_TEST, .a = 2, .b = 0, .e = 1, .k = 1);
	refused(&it, "instruction 1 (TEXT_TEST): text test 1 does not exist");
	it.code[1].k = 0;
	it.text_test.kind = PPM_TEXT_GREATER_EQUAL;
	passes(&it);
	it.text_test.kind = (enum ppm_text_test_kind)8;
	refused(&it, "instruction 1 (TEXT_TEST): unknown text test 8");
	it.text_test.kind = PPM_TEXT_CONTAINS;
	it.code[1] = OP(.op = PPM_OP_TEXT_IN_SET, .a = 2, .b = 0, .k = 0);
	it.set = (struct ppm_set){ 0x7ffffff0, 32, it.bits };
	refused(&it, "instruction 1 (TEXT_IN_SET): set 0 passes the largest code");
	it.code[1] = OP(.op = PPM_OP_MAP_I64, .a = 1, .b = 0, .k = 0);
	refused(&it, "instruction 1 (MAP_I64): map 0 is of another class");
	it.code[1] = OP(.op = PPM_OP_MAP_F64, .a = 1, .b = 0, .k = 1);
	refused(&it, "instruction 1 (MAP_F64): map 1 does not exist");
	it.code[1].k = 0;
	passes(&it);
	it.map.entry_count = 3;
	it.map.entries = it.constants;
	passes(&it);
	it.map.entries = NULL;
	refused(&it, "instruction 1 (MAP_F64): map 0 has no entries");

	make(&it, OP(.op = PPM_OP_LINEAR_COMPARE, .a = 2, .k = 1));
	refused(&it, "instruction 1 (LINEAR_COMPARE): linear sum 1 does not exist");
	it.code[1].k = 0;
	it.linear.count = 0;
	refused(&it, "instruction 1 (LINEAR_COMPARE): a sum of 0 terms");
	it.linear.count = PPM_LINEAR_TERMS + 1;
	refused(&it, "instruction 1 (LINEAR_COMPARE): a sum of 17 terms");
	it.linear.count = 1;
	it.linear.relation = 5;
	refused(&it, "instruction 1 (LINEAR_COMPARE): unknown relation 5");
	it.linear.relation = 0;
	it.linear.registers[0] = 1;
	refused(&it, "instruction 1 (LINEAR_COMPARE): register l1 is read before it is written");
	it.linear.coefficients[0] = INT64_MIN;
	refused(&it, "instruction 1 (LINEAR_COMPARE): coefficient 0 is too large");
	it.linear.constant = (ppm_int128)1 << 126;
	refused(&it, "instruction 1 (LINEAR_COMPARE): a sum whose constant is too large");
	it.linear.constant = 0;

	make(&it, OP(.op = PPM_OP_SHARE_I64, .a = 1, .b = 0, .k = 1));
	refused(&it, "instruction 1 (SHARE_I64): point range 1 does not exist");
	it.code[1].k = 0;
	it.range = (struct ppm_point_range){ 5, 5 };
	refused(&it, "instruction 1 (SHARE_I64): point range 0 is empty");
	it.range = (struct ppm_point_range){ INT64_MIN, INT64_MAX };
	refused(&it, "instruction 1 (SHARE_I64): point range 0 is too wide");

	make(&it, OP(.op = PPM_OP_SUM_SHARE, .a = 1, .k = 0));
	it.sum.high = 0;
	refused(&it, "instruction 1 (SUM_SHARE): an empty point range");
	it.code[1].op = PPM_OP_SUM_IF_I16;
	passes(&it);
	it.points[0] = 32767;
	refused(&it, "instruction 1 (SUM_IF_I16): points that may not fit in 16 bits");
	it.masks[1] = 3;
	refused(&it, "instruction 1 (SUM_IF_I16): register m3 is read before it is written");
	make(&it, OP(.op = PPM_OP_WEIGHTED_MEAN, .a = 1, .e = 1, .k = 0));
	it.mean.divisor = 0;
	refused(&it, "instruction 1 (WEIGHTED_MEAN): a mean of nothing");
	it.mean.divisor = INFINITY;
	refused(&it, "instruction 1 (WEIGHTED_MEAN): a mean of nothing");
	it.mean.count = 0;
	it.mean.divisor = 1;
	refused(&it, "instruction 1 (WEIGHTED_MEAN): a mean of nothing");
	it.mean.count = 2;
	it.mean.divisor = 1;
	it.weights[1] = NAN;
	refused(&it, "instruction 1 (WEIGHTED_MEAN): weight 1 is not finite");
	it.numbers[0] = 3;
	refused(&it, "instruction 1 (WEIGHTED_MEAN): register f3 is read before it is written");
	make(&it, OP(.op = PPM_OP_SUM_SHARE_I16, .a = 1, .k = 0));
	passes(&it);
	it.sum.high = 70;
	refused(&it, "instruction 1 (SUM_SHARE_I16): shares that are not whole");
	it.sum.high = 0;
	refused(&it, "instruction 1 (SUM_SHARE_I16): an empty point range");
	make(&it, OP(.op = PPM_OP_ROUNDED_MEAN_I16, .a = 1, .k = 0));
	it.code[0] = OP(.op = PPM_OP_SUM_SHARE_I16, .a = 0);
	it.tally.mask = 0;
	it.sum.count = 0;
	passes(&it);
	it.mean.places = 3;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): a mean to 3 places");
	it.mean.divisor = 4;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weights that do not add up to a small divisor");
	it.weights[1] = 326;
	it.mean.divisor = 327;
	it.mean.places = 2;
	passes(&it);
	it.weights[1] = it.mean.divisor = 327;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weights that do not add up to a small divisor");
	it.weights[1] = 1.5;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weight 1 is not a small whole number");
	it.weights[1] = -1;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weight 1 is not a small whole number");
	it.weights[1] = PPM_MEAN_WEIGHTS_I16 + 1;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weight 1 is not a small whole number");
	it.numbers[0] = 1;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): register h1 is read before it is written");
	it.mean.count = 0;
	refused(&it, "instruction 1 (ROUNDED_MEAN_I16): weights that do not add up to a small divisor");
	make(&it, OP(.op = PPM_OP_CHOOSE_I32, .a = 1, .k = 0));
	it.masks[0] = 2;
	refused(&it, "instruction 1 (CHOOSE_I32): register m2 is read before it is written");
	make(&it, OP(.op = PPM_OP_COMPARE_RATE, .a = 2, .b = 0, .c = 0, .d = 3, .e = 1, .k = 0));
	it.rate.relation = 9;
	refused(&it, "instruction 1 (COMPARE_RATE): unknown relation 9");
	it.rate.relation = 1;
	it.rate.site = 1;
	refused(&it, "instruction 1 (COMPARE_RATE): site 1 does not exist");
	it.rate.value = PPM_EXACT_MAX + 1;
	refused(&it, "instruction 1 (COMPARE_RATE): a rate beyond the amounts there are");
	it.rate.value = -PPM_EXACT_MAX - 1;
	refused(&it, "instruction 1 (COMPARE_RATE): a rate beyond the amounts there are");

	// Behind the end of each table.
	static const struct {
		struct ppm_instruction tested;
		const char *sentence;
	} absent[] = {
		{ { .op = PPM_OP_COMPARE_RATE, .a = 2, .b = 0, .c = 0, .d = 3, .e = 1, .k = 1 }, "instruction 1 (COMPARE_RATE): rate 1 does not exist" },
		{ { .op = PPM_OP_SUM_SHARE, .a = 1, .k = 1 }, "instruction 1 (SUM_SHARE): point sum 1 does not exist" },
		{ { .op = PPM_OP_WEIGHTED_MEAN, .a = 1, .e = 1, .k = 1 }, "instruction 1 (WEIGHTED_MEAN): mean 1 does not exist" },
		{ { .op = PPM_OP_CHOOSE_I32, .a = 1, .k = 1 }, "instruction 1 (CHOOSE_I32): choice 1 does not exist" },
		{ { .op = PPM_OP_CALL, .a = 1, .d = 2, .e = 1, .k = 1 }, "instruction 1 (CALL): call 1 does not exist" },
	};
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		make(&it, absent[i].tested);
		refused(&it, absent[i].sentence);
	}

	make(&it, OP(.op = PPM_OP_CALL, .a = 1, .d = 2, .e = 1, .k = 0));
	it.call.kernel = NULL;
	refused(&it, "instruction 1 (CALL): call 0 has no function");
	it.call.kernel = no_kernel;
	it.call.argument_count = 5;
	refused(&it, "instruction 1 (CALL): call 0 has 5 arguments");
	it.call.argument_count = 1;
	it.call.site = 1;
	refused(&it, "instruction 1 (CALL): site 1 does not exist");
	it.call.site = 0;
	it.call.registers[0] = 2;
	refused(&it, "instruction 1 (CALL): register f2 is read before it is written");
	it.call.registers[0] = 0;
	it.call.result = PPM_CLASS_NONE;
	refused(&it, "instruction 1 (CALL): a register of no class");

	make(&it, OP(.op = PPM_OP_REASONS, .k = 1));
	refused(&it, "instruction 1 (REASONS): reason list 1 does not exist");
	it.code[1].k = 0;
	it.list.first = 3;
	refused(&it, "instruction 1 (REASONS): register i4 does not exist");
	it.list.first = 1;
	it.unit.factor = 2;
	refused(&it, "instruction 1 (REASONS): register f2 is read before it is written");
	it.unit.value = 3;
	refused(&it, "instruction 1 (REASONS): register f3 is read before it is written");
	it.unit.value = 0;
	it.list.unit_count = (uint32_t)INT32_MAX + 1;
	refused(&it, "instruction 1 (REASONS): too many reasons");
	it.list.unit_count = 1;
	it.unit.set = 9;
	refused(&it, "instruction 1 (REASONS): register m9 does not exist");
	it.unit.set = 0;
	it.unit.factor = PPM_NO_REGISTER;
	it.unit.cost = NAN;
	refused(&it, "instruction 1 (REASONS): reason 0 has no finite cost");
}

static void columns_and_texts_are_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.columns[1] = it.columns[0];
	refused(&it, "column 1 shares register f0 with another");
	it.columns[1].value = 1;
	refused(&it, "column 1 shares register m0 with another");
	it.columns[1].present = 4;
	refused(&it, "register m4 does not exist");
	it.columns[1].value = 4;
	refused(&it, "register f4 does not exist");
	it.columns[1].type = (enum ppm_column_type)99;
	refused(&it, "column 1 has an unknown type");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.texts[1] = it.texts[0];
	refused(&it, "text constants 0 and 1 are the same");
	static const uint32_t allowed[] = { 2 };
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.columns[1] = (struct ppm_column){ .type = PPM_COLUMN_TEXT, .read = true, .allowed = allowed, .allowed_count = 1 };
	refused(&it, "text constant 2 does not exist");
	it.columns[1].allowed_count = 0;
	it.columns[1].has_default = true;
	it.columns[1].default_value.i64 = 2;
	refused(&it, "column 1 has a default that is no text constant");
	it.columns[1].default_value.i64 = -1;
	refused(&it, "column 1 has a default that is no text constant");
	it.columns[1].default_value.i64 = 1;
	it.code[1] = OP(.op = PPM_OP_MASK_FILL, .a = 2, .k = 0);
	passes(&it);
}

static void results_are_checked(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.output.value.value = 2;
	refused(&it, "register f2 is read before it is written");
	it.output.value.value = 1;
	passes(&it);
	it.output.value.present = 3;
	refused(&it, "register m3 is read before it is written");
	it.output.value.present = PPM_NO_REGISTER;
	passes(&it);
	it.output.value.format.kind = PPM_FORMAT_PASS;
	it.output.value.column = 2;
	refused(&it, "column 2 does not exist");
	it.output.value.format.kind = PPM_FORMAT_REASONS;
	it.output.value.reasons = 1;
	refused(&it, "reason list 1 does not exist");
	it.output.value.reasons = 0;
	it.output.value.count = 1;
	refused(&it, "register i1 is read before it is written");
	it.output.value.format.kind = PPM_FORMAT_POINTS;
	it.output.value.format.scale = 13; // more than exact figures have
	refused(&it, "points with 13 places");
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 0));
	it.tally.mask = 2;
	refused(&it, "register m2 is read before it is written");
	it.tally.mask = 1;
	it.program.score = 3;
	refused(&it, "register f3 is read before it is written");
	it.program.score = 0;
	it.program.score_present = 3;
	refused(&it, "register m3 is read before it is written");
	it.program.score_present = 0;
	it.piece.value.value = 3;
	refused(&it, "register f3 is read before it is written");
	it.piece.has_value = false;
	passes(&it);
	it.piece.has_value = true;
	it.piece.value.format.kind = PPM_FORMAT_REASONS;
	refused(&it, "the text of a reason holds reasons");
	it.piece.has_value = false;
	it.output.value.format.kind = (enum ppm_value_format_kind)99;
	refused(&it, "a value of an unknown format 99");
}

static void a_short_message_is_cut(void **state)
{
	(void)state;
	struct fixture it;
	make(&it, OP(.op = PPM_OP_NEG_F64, .a = 1, .b = 2));
	char problem[10];
	assert_false(ppm_program_verify(&it.program, problem, sizeof problem));
	assert_string_equal(problem, "instructi");
	assert_false(ppm_program_verify(&it.program, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_operand_passes),
		cmocka_unit_test(registers_are_checked),
		cmocka_unit_test(control_is_checked),
		cmocka_unit_test(constants_are_checked),
		cmocka_unit_test(tables_are_checked),
		cmocka_unit_test(columns_and_texts_are_checked),
		cmocka_unit_test(results_are_checked),
		cmocka_unit_test(a_short_message_is_cut),
	};
	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}

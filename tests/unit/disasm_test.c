// A program as text, to the letter.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/bytecode/disasm.h"
#include "runtime/bytecode/verify.h"

static void no_kernel(const struct ppm_call_frame *frame)
{
	(void)frame;
}

static const char model[] = "dataset customers {\n\tdays_late number optional\n}\npenalty slow 15 when days_late > 30\n\n  reward big 10 when revenue >= 1000\r\nscore places 1";

static const char expected[] =
	"model acme: 22 instructions; registers: 6 m (masks), 6 f (numbers), 3 l (money and points), 1 x (money of 12 places), 4 i (dates, durations and texts), 2 h (small points)\n"
	"\n"
	"columns\n"
	"  f0 m0      days_late  number optional from \"Days Late\"\n"
	"  l0         revenue    money EUR\n"
	"  i0         country    text key, as codes of the model's texts\n"
	"  i1         signed_on  date\n"
	"  -          name       text, passed through\n"
	"\n"
	"acme.ppm:4  penalty slow 15 when days_late > 30\n"
	"     0  mask_rows           m1 = the rows of the batch that were not refused\n"
	"     1  ge_f64_k            m2 = f0 >= 30\n"
	"     2  mask_not            m3 = not m2\n"
	"     3  sum_if_i16          h0 = 50 + 10 where m2 - 5 where m3\n"
	"\n"
	"acme.ppm:6  reward big 10 when revenue >= 1000\n"
	"     4  ge_i64_k            m3 = l0 >= 1000\n"
	"     5  in_range_i32_k      m4 = 2020-01-01 <= i1 <= 2024-02-29\n"
	"     6  text_in_set         m4 = i0 in { \"DE\", \"A\\\"T\" }\n"
	"     7  linear_compare      m4 = 10 * l0 + -6 * l0 + 5 >= 0\n"
	"     8  div_f64             f1 = f0 / f0; m5 = f0 != 0; a lane of m1 outside m5 is counted at site 0\n"
	"     9  skip_if_none        if no row of the batch is in m5, go on at instruction 11\n"
	"    10  call                f2 = sqrt(f1) in m1; m5 = it has a value (not: negative)\n"
	"    11  add_f64             f2 = f2 + f1  [m1]\n"
	"    12  fill_x128           x0 = 12.5\n"
	"    13  sum_share           f3 = 0..100 of (50 + 10 where m2 - 5 where m3) in 0 \xe2\x80\xa6 100\n"
	"    14  weighted_mean       f4 = (35 * f3 + 20 * f2) / 55\n"
	"    15  choose_i32          i2 = m2 ? 3 : m3 ? 1 : 0\n"
	"\n"
	"(no line of the model)\n"
	"    16  compare_rate        m5 = l0 / f0 >= 500 in m1; m5 = f0 != 0\n"
	"    17  reasons             the 1 costliest of 1 reasons into i3: 0 costs 5 * f1 where m2\n"
	"    18  sum_share_i16       h1 = 0..100 of (50 + 10 where m2 - 5 where m3) in 0 \xe2\x80\xa6 100\n"
	"    19  rounded_mean_i16    h1 = (35 * h0 + 20 * h1) / 55, to 2 decimals, times 100\n"
	"    20  ge_times_f64_k      m5 = f0 >= f1 * 30, as the decimals that they stand for  [m1]\n"
	"    21  end                 the batch is done\n"
	"\n"
	"results\n"
	"  name   the field of column name\n"
	"  score  f4 where m1, number, 1 decimals\n"
	"  why    i3, reasons\n"
	"\n"
	"counted\n"
	"  m2    tier good\n"
	"  m1    score missing\n";

static void a_program_reads_well(void **state)
{
	(void)state;
	struct ppm_instruction code[] = {
		{ .op = PPM_OP_MASK_ROWS, .a = 1 }, { .op = PPM_OP_GE_F64_K, .a = 2, .b = 0, .k = 0 }, { .op = PPM_OP_MASK_NOT, .a = 3, .b = 2 }, { .op = PPM_OP_SUM_IF_I16, .a = 0 },
		{ .op = PPM_OP_GE_I64_K, .a = 3, .b = 0, .k = 3 }, { .op = PPM_OP_IN_RANGE_I32_K, .a = 4, .b = 1, .k = 4 }, { .op = PPM_OP_TEXT_IN_SET, .a = 4, .b = 0 }, { .op = PPM_OP_LINEAR_COMPARE, .a = 4 },
		{ .op = PPM_OP_DIV_F64, .a = 1, .b = 0, .c = 0, .d = 5, .e = 1, .k = 0 }, { .op = PPM_OP_SKIP_IF_NONE, .a = 5, .k = 11 }, { .op = PPM_OP_CALL, .a = 2, .d = 5, .e = 1 },
		{ .op = PPM_OP_ADD_F64, .a = 2, .b = 2, .c = 1, .e = 1 }, { .op = PPM_OP_FILL_X128, .a = 0, .k = 6 }, { .op = PPM_OP_SUM_SHARE, .a = 3 }, { .op = PPM_OP_WEIGHTED_MEAN, .a = 4, .e = 1 },
		{ .op = PPM_OP_CHOOSE_I32, .a = 2 }, { .op = PPM_OP_COMPARE_RATE, .a = 5, .b = 0, .c = 0, .d = 5, .e = 1 }, { .op = PPM_OP_REASONS }, { .op = PPM_OP_SUM_SHARE_I16, .a = 1 },
		{ .op = PPM_OP_ROUNDED_MEAN_I16, .a = 1, .k = 1 }, { .op = PPM_OP_GE_TIMES_F64_K, .a = 5, .b = 0, .c = 1, .e = 1 }, { .op = PPM_OP_END },
	};
	struct ppm_place places[22];
	for (size_t i = 0; i < 22; i++)
		places[i] = (struct ppm_place){ .line = i < 4 ? 4 : i < 16 ? 6 : 0, .column = 1 };
	union ppm_constant constants[] = { { .f64 = 30 }, { .i64 = 50 }, { .i64 = -15 }, { .i64 = 10000000 }, { .i64 = 18262 }, { .i64 = 19782 }, { .x128 = 12500000000000 } };
	struct ppm_column columns[] = {
		{ .name = PPM_SLICE("days_late"), .header = PPM_SLICE("Days Late"), .type_text = PPM_SLICE("number"), .type = PPM_COLUMN_NUMBER, .read = true, .optional = true },
		{ .name = PPM_SLICE("revenue"), .header = PPM_SLICE("revenue"), .type_text = PPM_SLICE("money EUR"), .type = PPM_COLUMN_MONEY, .read = true },
		{ .name = PPM_SLICE("country"), .header = PPM_SLICE("country"), .type_text = PPM_SLICE("text"), .type = PPM_COLUMN_TEXT, .read = true, .key = true },
		{ .name = PPM_SLICE("signed_on"), .header = PPM_SLICE("signed_on"), .type_text = PPM_SLICE("date"), .type = PPM_COLUMN_DATE, .read = true, .value = 1 },
		{ .name = PPM_SLICE("name"), .header = PPM_SLICE("name"), .type_text = PPM_SLICE("text"), .type = PPM_COLUMN_TEXT, .passed = true },
	};
	struct ppm_slice texts[] = { PPM_SLICE("DE"), PPM_SLICE("FR"), PPM_SLICE("A\"T") };
	const uint32_t bits[] = { 5 };
	struct ppm_set set = { 0, 3, bits };
	struct ppm_linear linear = { 2, { 0, 0 }, { 10, -6 }, 5, 4 };
	struct ppm_call call = { .name = PPM_SLICE("sqrt"), .why_missing = PPM_SLICE("negative"), .kernel = no_kernel, .result = PPM_CLASS_F64, .arguments = { PPM_CLASS_F64 }, .registers = { 1 }, .argument_count = 1 };
	const uint16_t masks[] = { 2, 3 }, numbers[] = { 3, 2 }, shares[] = { 0, 1 };
	const int16_t points[] = { 10, -5 };
	const double weights[] = { 35, 20 };
	const int32_t values[] = { 3, 1 };
	struct ppm_point_sum sum = { 50, 0, 100, 2, masks, points };
	struct ppm_mean means[] = { { 2, numbers, weights, 55, 0 }, { 2, shares, weights, 55, 2 } };
	struct ppm_choice choice = { 2, masks, values, 0 };
	struct ppm_rate rate = { 4, (ppm_int128)500 * PPM_EXACT_SCALE, 0 };
	struct ppm_site site = { .what = PPM_SLICE("division by zero") };
	struct ppm_reason_unit unit = { .set = 2, .value = PPM_NO_REGISTER, .factor = 1, .cost = 5 };
	struct ppm_reason_list list = { &unit, 1, 3, 1 };
	struct ppm_output outputs[] = {
		{ PPM_SLICE("name"), { .format = { .kind = PPM_FORMAT_PASS }, .column = 4 } },
		{ PPM_SLICE("score"), { .format = { .kind = PPM_FORMAT_NUMBER, .decimals = 1 }, .value = 4, .present = 1 } },
		{ PPM_SLICE("why"), { .format = { .kind = PPM_FORMAT_REASONS, .decimals = -1 }, .value = 3, .present = PPM_NO_REGISTER, .count = 1 } },
	};
	struct ppm_tally tallies[] = { { .kind = PPM_TALLY_TIER, .name = PPM_SLICE("good"), .mask = 2 }, { .kind = PPM_TALLY_SCORE_MISSING, .mask = 1 } };
	struct ppm_program_source source = { PPM_SLICE("acme.ppm"), PPM_SLICE(model) };
	struct ppm_program program = {
		.instructions = code, .places = places, .instruction_count = 22, .register_counts = { 6, 6, 3, 1, 4, 2 }, .constants = constants, .constant_count = 7, .texts = texts, .text_count = 3,
		.columns = columns, .column_count = 5, .sets = &set, .set_count = 1, .linears = &linear, .linear_count = 1, .rates = &rate, .rate_count = 1, .point_sums = &sum, .point_sum_count = 1,
		.means = means, .mean_count = 2, .choices = &choice, .choice_count = 1, .calls = &call, .call_count = 1, .sites = &site, .site_count = 1, .reason_lists = &list, .reason_list_count = 1,
		.outputs = outputs, .output_count = 3, .tallies = tallies, .tally_count = 2, .sources = &source, .source_count = 1, .model_name = PPM_SLICE("acme"), .score = PPM_NO_REGISTER, .score_present = PPM_NO_REGISTER,
	};
	char problem[200];
	if (!ppm_program_verify(&program, problem, sizeof problem))
		fail_msg("%s", problem);
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_program_disassemble(&program, &out);
	ppm_buffer_append_char(&out, '\0');
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
	ppm_buffer_free(&out);
}

static const char expected_long[] =
	"11 instructions; registers: none\n"
	"\n"
	"columns\n"
	"  i0         country  text, as codes of all its texts, of the outer row\n"
	"  i1         due      date, kept, of the company\n"
	"  l1         due_now  money, of the inner row\n"
	"  f1         depth    number, of the pair\n"
	"  -          note     text, not read\n"
	"\n"
	"m.ppm:2  second\n"
	"     0  text_in_set         m2 = i0 in { \"a\", \"b\", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, \xe2\x80\xa6 }\n"
	"     1  ge_i32_k            m3 = i1 >= 99999999\n"
	"     2  ge_i32_k            m3 = i0 >= 99999999\n"
	"     3  ge_i64_k            m3 = l1 >= 9999.9999\n"
	"\n"
	"m.ppm:9  \n"
	"     4  reasons             the 2 costliest of 13 reasons into i4 \xe2\x80\xa6 i5: 0 costs f3; 1 costs 2.5; 2 costs 2.5; 3 costs 2.5; 4 costs 2.5; 5 costs 2.5; 6 costs 2.5; 7 costs 2.5; 8 costs 2.5; 9 costs "
	"2.5; 10 costs 2.5; 11 costs 2.5; \xe2\x80\xa6\n"
	"     5  map_i64             l2 = i0 in { \"a\": 0, \"b\": 0.0001, 2: 0.0002, 3: 0.0003, 4: 0.0004, 5: 0.0005, 6: 0.0006, 7: 0.0007, 8: 0.0008, 9: 0.0009, 10: 0.001, 11: 0.0011, \xe2\x80\xa6, otherwise: 5 }\n"
	"     6  number_from_i16     f4 = h0\n"
	"     7  number_from_i16     f4 = h0 / 100\n"
	"     8  rounded_mean_i16    h1 = (35 * h0) / 35, to 1 decimals, times 10\n"
	"     9  rounded_mean_i16    h1 = (35 * h0) / 35, to 0 decimals\n"
	"    10  end                 the batch is done\n"
	"\n"
	"results\n"
	"  every column of the file\n"
	"  points  l1, points, 2 places\n"
	"  due     i1 where m1, date\n"
	"  why     i4 \xe2\x80\xa6 i5, reasons\n";

// Lists are cut after twelve, what is no date is a number, lines of the model come without what stands around them.
static void long_lists_are_cut(void **state)
{
	(void)state;
	struct ppm_instruction code[] = { { .op = PPM_OP_TEXT_IN_SET, .a = 2, .b = 0 }, { .op = PPM_OP_GE_I32_K, .a = 3, .b = 1, .k = 0 }, { .op = PPM_OP_GE_I32_K, .a = 3, .b = 0, .k = 0 },
		{ .op = PPM_OP_GE_I64_K, .a = 3, .b = 1, .k = 0 }, { .op = PPM_OP_REASONS }, { .op = PPM_OP_MAP_I64, .a = 2, .b = 0 }, { .op = PPM_OP_NUMBER_FROM_I16, .a = 4, .b = 0, .k = 0 },
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 4, .b = 0, .k = 2 }, { .op = PPM_OP_ROUNDED_MEAN_I16, .a = 1, .k = 0 }, { .op = PPM_OP_ROUNDED_MEAN_I16, .a = 1, .k = 1 }, { .op = PPM_OP_END } };
	struct ppm_place places[11];
	for (size_t i = 0; i < 11; i++)
		places[i] = (struct ppm_place){ .line = i < 4 ? 2 : 9 };
	union ppm_constant constants[] = { { .i64 = 99999999 } }, entries[13];
	for (int i = 0; i < 13; i++)
		entries[i] = (union ppm_constant){ .i64 = i };
	struct ppm_column columns[] = {
		{ .name = PPM_SLICE("country"), .type_text = PPM_SLICE("text"), .type = PPM_COLUMN_TEXT, .read = true, .pooled = true, .origin = PPM_FROM_OUTER },
		{ .name = PPM_SLICE("due"), .type_text = PPM_SLICE("date"), .type = PPM_COLUMN_DATE, .read = true, .value = 1, .origin = PPM_FROM_COMPANY },
		{ .name = PPM_SLICE("due_now"), .type_text = PPM_SLICE("money"), .type = PPM_COLUMN_MONEY, .read = true, .value = 1, .origin = PPM_FROM_INNER },
		{ .name = PPM_SLICE("depth"), .type_text = PPM_SLICE("number"), .type = PPM_COLUMN_NUMBER, .read = true, .value = 1, .origin = PPM_FROM_LEVEL },
		{ .name = PPM_SLICE("note"), .header = PPM_SLICE("note"), .type_text = PPM_SLICE("text"), .type = PPM_COLUMN_TEXT },
	};
	struct ppm_slice texts[] = { PPM_SLICE("a"), PPM_SLICE("b") };
	const uint32_t bits[] = { 0xffff };
	struct ppm_set set = { 0, 14, bits };
	struct ppm_map map = { PPM_CLASS_I64, 13, entries, { .i64 = 50000 } };
	struct ppm_reason_unit units[13];
	for (int i = 0; i < 13; i++)
		units[i] = (struct ppm_reason_unit){ .set = PPM_NO_REGISTER, .value = i ? PPM_NO_REGISTER : 3, .factor = PPM_NO_REGISTER, .cost = 2.5 };
	struct ppm_reason_list list = { units, 13, 4, 2 };
	const uint16_t registers[] = { 0 };
	const double weights[] = { 35 };
	struct ppm_mean means[] = { { 1, registers, weights, 35, 1 }, { 1, registers, weights, 35, 0 } };
	struct ppm_output outputs[] = {
		{ PPM_SLICE("points"), { .format = { .kind = PPM_FORMAT_POINTS, .decimals = -1, .scale = 2 }, .value = 1, .present = PPM_NO_REGISTER } },
		{ PPM_SLICE("due"), { .format = { .kind = PPM_FORMAT_DATE, .decimals = -1 }, .value = 1, .present = 1 } },
		{ PPM_SLICE("why"), { .format = { .kind = PPM_FORMAT_REASONS, .decimals = -1 }, .value = 4, .present = PPM_NO_REGISTER, .count = 2 } },
	};
	struct ppm_program_source source = { PPM_SLICE("m.ppm"), PPM_SLICE("first\n \t second\t \r\nthird") };
	struct ppm_program program = { .instructions = code, .places = places, .instruction_count = 11, .constants = constants, .constant_count = 1, .texts = texts, .text_count = 2, .columns = columns,
		.column_count = 5, .sets = &set, .set_count = 1, .maps = &map, .map_count = 1, .reason_lists = &list, .reason_list_count = 1, .means = means, .mean_count = 2, .outputs = outputs,
		.output_count = 3, .pass_all_columns = true, .sources = &source, .source_count = 1 };
	struct ppm_buffer out;
	ppm_buffer_init(&out, NULL);
	ppm_program_disassemble(&program, &out);
	ppm_buffer_append_char(&out, '\0');
	assert_string_equal(out.data, expected_long);
	ppm_buffer_free(&out);
}

static void every_opcode_has_an_equation(void **state)
{
	(void)state;
	for (int op = 0; op < PPM_OPCODE_COUNT; op++) {
		const struct ppm_opcode_info *info = ppm_opcode_info((enum ppm_opcode)op);
		assert_true(info->name[0] >= 'A' && info->name[0] <= 'Z');
		assert_true(strlen(info->meaning) > 5);
		for (size_t i = 0; i < 6; i++)
			assert_true(info->operands[i] <= PPM_OPERAND_COUNT_KIND);
	}
	assert_int_equal(ppm_operand_class(PPM_OPERAND_SITE), PPM_CLASS_NONE);
	assert_int_equal(ppm_column_class(PPM_COLUMN_DURATION), PPM_CLASS_I32);
	assert_int_equal(ppm_column_class(PPM_COLUMN_PERCENT), PPM_CLASS_F64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_reads_well),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(every_opcode_has_an_equation),
	};
	return cmocka_run_group_tests_name("disasm", tests, NULL, NULL);
}

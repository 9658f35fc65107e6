// The machine against a second one written here: every instruction, lane by lane, in plain C, with every instruction set that this processor has, over whole
// and partial batches, refused rows, masks of lanes that matter, garbage in those that do not, and results that go where an operand was. Then random
// programs: what the verifier passes must run, and come out the same everywhere.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/bytecode/verify.h"
#include "runtime/vm/vm.h"
#include "tests/unit/failing_heap.h"
#include "tests/unit/vm_reference.h"

// ---- operands

// Factors and divisors of amounts: at most 3 places, so that their decimals are plain.
static bool takes_amounts(uint16_t op)
{
	switch (op) {
	case PPM_OP_COMPARE_RATE: case PPM_OP_MUL_X128_F64: case PPM_OP_MUL_I64_F64: case PPM_OP_DIV_X128_F64: case PPM_OP_DIV_I64_F64: return true;
	default: return false;
	}
}

static bool is_date_op(uint16_t op)
{
	return op >= PPM_OP_DATE_ADD_DAYS && op <= PPM_OP_DATE_SUB_MONTHS;
}

static bool is_text_op(uint16_t op)
{
	return op == PPM_OP_TEXT_IN_SET || op == PPM_OP_TEXT_TEST || op == PPM_OP_TEXT_TEST_BY || (op >= PPM_OP_MAP_F64 && op <= PPM_OP_MAP_I32);
}

static double random_number(uint64_t *state, uint16_t op)
{
	static const double special[] = { 0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 0.1, 0.3, 100, 7, 20, 10, -3, 4095.9999999999995, 4096.5, 9007.1, 123456.785, 1e-13, 5e-13, 4.9e-13, 1e12, 1 / 3.0, 0.1 + 0.2, 1.005, 4382.21711506124 };
	static const double extreme[] = { 1e300, -1e300, 1.7e308, -1.7e308, 0x1p53, 9.1e15, 5e-324 };
	static const double plain[] = { 0, 1, -1, 2, 3, -7, 12, 0.5, -0.25, 1.125, 0.001, 600, 100, 1000000 };
	if (takes_amounts(op))
		return below(state, 3) ? plain[below(state, sizeof plain / sizeof *plain)] : (double)below(state, 100000) / 1000 - 20;
	uint32_t kind = below(state, 8);
	if (kind < 3)
		return special[below(state, sizeof special / sizeof *special)];
	// One lane in a few hundred: an overflow is an exception.
	if (kind == 3 && below(state, 60) == 0 && op != PPM_OP_REASONS)
		return extreme[below(state, sizeof extreme / sizeof *extreme)];
	if (kind == 4)
		return (double)below(state, 200000) / 1000 - 50;
	if (kind == 5)
		return ((double)below(state, 2000000) + 0.5) / 100;
	return (double)below(state, 200) - 30;
}

static int64_t random_amount(uint64_t *state, uint16_t op, uint32_t scale)
{
	static const int64_t special[] = { 0, 1, -1, 15, 100, -7, 5000000, 10000, INT64_C(1) << 51, (INT64_C(1) << 53) + 1, -(INT64_C(1) << 50) };
	static const int64_t extreme[] = { PPM_MONEY_MAX, -PPM_MONEY_MAX, INT64_C(5000000000000000000), -INT64_C(5000000000000000000) };
	bool dear = op == PPM_OP_SHARE_BETWEEN || op == PPM_OP_SHARE_I64 || op == PPM_OP_RATIO_I64;
	uint32_t kind = below(state, 8);
	if (kind < 2)
		return special[below(state, scale ? 11 : 8)];
	if (kind == 2 && scale > 1 && !dear)
		return extreme[below(state, 4)];
	return (int64_t)below(state, 2000000000) - 1000000000;
}

static ppm_int128 random_exact(uint64_t *state)
{
	uint32_t kind = below(state, 6);
	ppm_int128 value = (ppm_int128)((int64_t)below(state, 2000000) - 1000000);
	if (kind == 0)
		return value;
	if (kind == 1)
		return below(state, 4) ? value * PPM_EXACT_SCALE : value * 500000000 + 500;
	if (kind == 2)
		return (ppm_int128)(int64_t)(next_random(state) >> 3) * 3;
	if (kind == 3 && below(state, 8) == 0)
		return below(state, 2) ? PPM_EXACT_MAX : -PPM_EXACT_MAX;
	return value * 100000000 + below(state, 1000);
}

static int32_t random_whole(uint64_t *state, uint16_t op, bool second)
{
	if (is_text_op(op) && op != PPM_OP_TEXT_IN_SET && op < PPM_OP_MAP_F64)
		return (int32_t)below(state, COUNT(texts) + 1 + COUNT(more_texts));
	if (is_text_op(op))
		return (int32_t)below(state, 120);
	if (is_date_op(op)) {
		if (second)
			return below(state, 40) ? (int32_t)below(state, 5000) - 2500 : (int32_t)next_random(state);
		return below(state, 20) ? (int32_t)below(state, 100000) - 40000 : below(state, 2) ? PPM_DATE_MIN + (int32_t)below(state, 800) : PPM_DATE_MAX - (int32_t)below(state, 800);
	}
	uint32_t kind = below(state, 10);
	if (kind == 0)
		return (int32_t)next_random(state);
	return kind < 5 ? (int32_t)below(state, 40000) - 10000 : (int32_t)below(state, 120) - 10;
}

static uint32_t random_index(uint64_t *state, const struct ppm_opcode_info *info, uint16_t op, uint32_t round)
{
	switch (info->operands[5]) {
	case PPM_OPERAND_CONSTANT_F:
		// A divisor is not 0, a scale has four constants with an end behind its start.
		return op == PPM_OP_SCALE_F64 ? 6 : op == PPM_OP_DIV_F64_K || op == PPM_OP_NUMBER_FROM_POINTS ? 1 + below(state, 11) : below(state, 12);
	case PPM_OPERAND_RANGE_F: return op == PPM_OP_CLAMP_F64_K ? 6 + below(state, 3) : below(state, 11);
	case PPM_OPERAND_CONSTANT_I: return FIRST_INTEGER + below(state, 8);
	case PPM_OPERAND_RANGE_I: return op == PPM_OP_IN_RANGE_I64_K || op == PPM_OP_IN_RANGE_I32_K || op == PPM_OP_IN_RANGE_I16_K ? (round % 5 < 2 ? FIRST_BOUND + round % 5 : FIRST_INTEGER + below(state, 7)) : (uint32_t[]){ FIRST_INTEGER, FIRST_INTEGER + 2, FIRST_INTEGER + 4 }[below(state, 3)];
	case PPM_OPERAND_CONSTANT_X: return FIRST_EXACT + below(state, 3);
	case PPM_OPERAND_SET: return round % COUNT(sets);
	case PPM_OPERAND_TEXT_TEST: return round % COUNT(text_tests);
	case PPM_OPERAND_MAP: return op == PPM_OP_MAP_F64 ? 0 : op == PPM_OP_MAP_I64 ? 1 : op == PPM_OP_MAP_X128 ? 2 : 3;
	case PPM_OPERAND_LINEAR: return round % COUNT(linears);
	case PPM_OPERAND_POINTS: return round % COUNT(ranges);
	case PPM_OPERAND_REASONS: return round % COUNT(reason_lists);
	case PPM_OPERAND_SITE: return below(state, COUNT(sites));
	case PPM_OPERAND_RATE: return round % COUNT(rates);
	case PPM_OPERAND_SUM: return op == PPM_OP_SUM_SHARE_I16 ? FIRST_WHOLE_SUM + round % (COUNT(point_sums) - FIRST_WHOLE_SUM) : round % COUNT(point_sums);
	case PPM_OPERAND_MEAN: return op == PPM_OP_ROUNDED_MEAN_I16 ? FIRST_WHOLE_MEAN + round % (COUNT(means) - FIRST_WHOLE_MEAN) : round % COUNT(means);
	case PPM_OPERAND_CHOICE: return round % COUNT(choices);
	case PPM_OPERAND_COUNT_KIND:
		if (op == PPM_OP_MASK_FILL)
			return round % 2;
		if (op == PPM_OP_DATE_PART)
			return round % 6;
		if (op == PPM_OP_NUMBER_FROM_I16)
			return round % 5;
		if (op == PPM_OP_TEXT_TEST_BY)
			return (uint32_t[]){ 0, 1, 2, 4, 5, 6, 7 }[round % 7];
		return round % 13;
	default: return 0;
	}
}

static void fill_file(uint64_t *state, struct file *file, uint16_t op, uint32_t scale)
{
	for (size_t k = 0; k < REGISTERS; k++) {
		uint32_t density = below(state, 4);
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++) {
			file->m[k][n] = density == 3 || (density && below(state, 2));
			file->f[k][n] = random_number(state, op);
			file->l[k][n] = random_amount(state, op, scale);
			file->x[k][n] = random_exact(state);
			file->i[k][n] = random_whole(state, op, k == 2);
			file->h[k][n] = (int16_t)(op == PPM_OP_ROUNDED_MEAN_I16 ? (int32_t)below(state, 101) : (int32_t)below(state, 400) - 150);
		}
	}
	// Equal values are the interesting ones.
	for (size_t n = 0; n < PPM_BATCH_ROWS; n += 5) {
		file->f[2][n] = takes_amounts(op) ? file->f[2][n] : file->f[1][n];
		file->l[2][n] = file->l[1][n];
		file->x[2][n] = file->x[1][n];
	}
	if (op >= PPM_OP_EQ_DECIMAL_F64 && op <= PPM_OP_LE_DECIMAL_F64) {
		for (size_t n = 0; n < PPM_BATCH_ROWS; n += 3)
			file->f[2][n] = file->f[1][n] + ((double)below(state, 40) - 20) * 1e-13;
	}
}

static void *memory(struct ppm_vm *vm, enum ppm_register_class class, size_t index)
{
	return (void *)(uintptr_t)ppm_vm_register(vm, class, (uint16_t)index);
}

static void load_file(struct ppm_vm *vm, const struct file *file, const bool *garbage)
{
	for (size_t k = 0; k < REGISTERS; k++) {
		uint64_t *mask = memory(vm, PPM_CLASS_MASK, k);
		memset(mask, 0, MASK_WORDS * sizeof *mask);
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
			mask[n / 64] |= (uint64_t)file->m[k][n] << (n % 64);
		memcpy(memory(vm, PPM_CLASS_F64, k), file->f[k], sizeof file->f[k]);
		memcpy(memory(vm, PPM_CLASS_I64, k), file->l[k], sizeof file->l[k]);
		memcpy(memory(vm, PPM_CLASS_X128, k), file->x[k], sizeof file->x[k]);
		memcpy(memory(vm, PPM_CLASS_I32, k), file->i[k], sizeof file->i[k]);
		memcpy(memory(vm, PPM_CLASS_I16, k), file->h[k], sizeof file->h[k]);
		double *numbers = memory(vm, PPM_CLASS_F64, k);
		for (size_t n = 0; garbage && n < PPM_BATCH_ROWS; n++) {
			if (garbage[n])
				numbers[n] = n % 3 ? INFINITY : NAN;
		}
	}
}

static bool same_number(double x, double y)
{
	return memcmp(&x, &y, sizeof x) == 0;
}

static bool has_mask(const uint64_t *mask, size_t n)
{
	return mask[n / 64] >> (n % 64) & 1;
}

static void check_row(struct ppm_vm *vm, const struct file *file, const struct ppm_instruction *at, size_t n, const char *level)
{
	for (size_t k = 0; k < REGISTERS; k++) {
		double f = ((double *)memory(vm, PPM_CLASS_F64, k))[n];
		if (has_mask(memory(vm, PPM_CLASS_MASK, k), n) != file->m[k][n] || !same_number(f, file->f[k][n]) || ((int64_t *)memory(vm, PPM_CLASS_I64, k))[n] != file->l[k][n]
			|| ((ppm_int128 *)memory(vm, PPM_CLASS_X128, k))[n] != file->x[k][n] || ((int32_t *)memory(vm, PPM_CLASS_I32, k))[n] != file->i[k][n]
			|| ((int16_t *)memory(vm, PPM_CLASS_I16, k))[n] != file->h[k][n])
			fail_msg("%s, %s, k %u, row %zu, register %zu: m %d/%d f %.17g/%.17g l %lld/%lld i %d/%d h %d/%d", ppm_opcode_info(at->op)->name, level, at->k, n, k,
				has_mask(memory(vm, PPM_CLASS_MASK, k), n), file->m[k][n], f, file->f[k][n], (long long)((int64_t *)memory(vm, PPM_CLASS_I64, k))[n], (long long)file->l[k][n],
				((int32_t *)memory(vm, PPM_CLASS_I32, k))[n], file->i[k][n], ((int16_t *)memory(vm, PPM_CLASS_I16, k))[n], file->h[k][n]);
	}
}

static bool has_lanes(uint16_t op)
{
	return ppm_opcode_info(op)->operands[4] == PPM_OPERAND_IN_M;
}

static struct file before, after;
static bool outside[PPM_BATCH_ROWS];

// One instruction, one batch, one instruction set.
static void run_once(struct ppm_program *program, struct ppm_text_pool *pool, const struct ppm_instruction *at, enum ppm_simd simd, uint32_t rows, const uint64_t *refused_before, bool strict)
{
	// A register that one instruction fills with a constant is filled when the machine is made: two of them run like the others.
	bool fill = at->op >= PPM_OP_FILL_F64 && at->op <= PPM_OP_FILL_X128;
	struct ppm_instruction code[] = { *at, fill ? *at : (struct ppm_instruction){ .op = PPM_OP_END }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = fill ? 3 : 2;
	program->strict = strict;
	struct ppm_vm *vm = ppm_vm_new(NULL, program, pool, simd);
	assert_non_null(vm);
	bool lanes = has_lanes(at->op);
	for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
		outside[n] = lanes && !before.m[at->e][n];
	load_file(vm, &before, lanes ? outside : NULL);
	uint64_t refused[MASK_WORDS];
	memcpy(refused, refused_before, sizeof refused);
	struct ppm_batch batch = { .rows = rows, .refused = refused };
	assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);

	uint32_t fault_count, fault = 0;
	const struct ppm_vm_fault *faults = ppm_vm_faults(vm, &fault_count);
	uint64_t missing = 0;
	after = before;
	for (size_t n = 0; n < rows; n++) {
		bool live = !has_mask(refused_before, n), active = live && (!lanes || before.m[at->e][n]);
		// What a lane holds that does not matter is nobody's business, but it neither faults nor counts.
		if (!active && (lanes || at->op == PPM_OP_REASONS)) {
			assert_int_equal(has_mask(refused, n), !live);
			continue;
		}
		enum outcome outcome = reference(at, &after, n, live);
		if (live && (outcome == FAULT || (strict && outcome == MISSING))) {
			if (fault >= fault_count || faults[fault].row != n)
				fail_msg("%s, %s, k %u: row %zu should fault", ppm_opcode_info(at->op)->name, ppm_simd_name(simd), at->k, n);
			assert_int_equal(faults[fault].instruction, 0);
			assert_true(strlen(faults[fault].what) > 5);
			assert_true(has_mask(refused, n));
			fault++;
			continue;
		}
		assert_int_equal(has_mask(refused, n), !live);
		if (outcome == MISSING) {
			missing++;
			assert_false(has_mask(memory(vm, PPM_CLASS_MASK, at->d), n));
			continue;
		}
		check_row(vm, &after, at, n, ppm_simd_name(simd));
	}
	if (fault != fault_count)
		fail_msg("%s, %s: %u faults, not %u; row %u", ppm_opcode_info(at->op)->name, ppm_simd_name(simd), fault_count, fault, faults[fault].row);
	uint64_t counted = 0;
	for (size_t i = 0; i < COUNT(sites); i++)
		counted += ppm_vm_site_counts(vm)[i];
	assert_int_equal(counted, missing);
	uint32_t site = at->op == PPM_OP_CALL ? 2 : at->op == PPM_OP_COMPARE_RATE ? 0 : at->k;
	if (missing)
		assert_int_equal(ppm_vm_site_counts(vm)[site], missing);
	ppm_vm_free(vm);
}

static void make_pool(struct ppm_text_pool *pool)
{
	assert_true(ppm_text_pool_init(pool, ppm_allocator_default(), texts, COUNT(texts)));
	for (uint32_t i = 0; i < COUNT(more_texts); i++)
		assert_int_equal(ppm_text_pool_add(pool, more_texts[i]), COUNT(texts) + 1 + i);
}

static void every_opcode_on_every_instruction_set(void **state)
{
	(void)state;
	static const uint32_t row_counts[] = { 1024, 1, 63, 64, 65, 700 };
	uint64_t random = 1;
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	assert_non_null(program);
	share_tables(program);
	make_pool(&pool);
	for (uint16_t op = 0; op < PPM_OPCODE_COUNT; op++) {
		if (op == PPM_OP_END || op == PPM_OP_SKIP_IF_NONE)
			continue;
		const struct ppm_opcode_info *info = ppm_opcode_info(op);
		const uint32_t rounds = info->operands[5] == PPM_OPERAND_LINEAR ? 3 * COUNT(linears) : 28;
		for (uint32_t round = 0; round < rounds; round++) {
			struct ppm_instruction at = { .op = op, .a = 0, .b = 1, .c = 2, .d = 3, .e = 4, .k = random_index(&random, info, op, round) };
			// The result in an operand's place; the lanes that have a value where the lanes that matter were.
			if (round % 4 == 1 && ppm_operand_class(info->operands[0]) == ppm_operand_class(info->operands[1]))
				at.a = 1;
			if (round % 4 == 2 && ppm_operand_class(info->operands[0]) == ppm_operand_class(info->operands[2]))
				at.a = 2;
			if (round % 4 == 3 && info->operands[3] == PPM_OPERAND_OUT_M)
				at.d = 4;
			fill_file(&random, &before, op, round % 3);
			uint64_t refused[MASK_WORDS] = { 0 };
			for (size_t i = 0; round % 2 && i < MASK_WORDS; i++)
				refused[i] = next_random(&random) & next_random(&random) & next_random(&random);
			uint32_t rows = row_counts[round % 6];
			for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++)
				run_once(program, &pool, &at, (enum ppm_simd)simd, rows, refused, round % 8 == 5);
		}
	}
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

static void dates_over_all_years(void **state)
{
	(void)state;
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	uint64_t refused[MASK_WORDS] = { 0 };
	for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++) {
		struct ppm_instruction code[] = { { .op = PPM_OP_DATE_PART, .a = 0, .b = 1, .k = PPM_DATE_YEAR }, { .op = PPM_OP_DATE_PART, .a = 2, .b = 1, .k = PPM_DATE_MONTH },
			{ .op = PPM_OP_DATE_PART, .a = 3, .b = 1, .k = PPM_DATE_DAY }, { .op = PPM_OP_DATE_PART, .a = 4, .b = 1, .k = PPM_DATE_DAY_OF_YEAR }, { .op = PPM_OP_END } };
		program->instructions = code;
		program->instruction_count = 5;
		struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, (enum ppm_simd)simd);
		int32_t *dates = memory(vm, PPM_CLASS_I32, 1);
		int year = 1, month = 1, day = 1, yday = 1;
		for (int32_t first = PPM_DATE_MIN; first <= PPM_DATE_MAX; first += PPM_BATCH_ROWS) {
			for (int32_t n = 0; n < PPM_BATCH_ROWS; n++)
				dates[n] = first + n;
			struct ppm_batch batch = { .rows = PPM_BATCH_ROWS, .refused = refused };
			ppm_vm_run(vm, &batch);
			const int32_t *years = memory(vm, PPM_CLASS_I32, 0), *months = memory(vm, PPM_CLASS_I32, 2), *days = memory(vm, PPM_CLASS_I32, 3), *ydays = memory(vm, PPM_CLASS_I32, 4);
			for (int32_t n = 0; n < PPM_BATCH_ROWS && first + n <= PPM_DATE_MAX; n++) {
				if (years[n] != year || months[n] != month || days[n] != day || ydays[n] != yday)
					fail_msg("day %d: %d-%d-%d %d, not %d-%d-%d %d", first + n, years[n], months[n], days[n], ydays[n], year, month, day, yday);
				yday++;
				if (++day > month_length(year, month)) {
					day = 1;
					if (++month > 12) {
						month = yday = 1;
						year++;
					}
				}
			}
		}
		ppm_vm_free(vm);
	}
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

// ---- whole programs

static void columns_skips_tallies_and_first_faults(void **state)
{
	(void)state;
	static struct ppm_column columns[] = {
		{ .type = PPM_COLUMN_NUMBER, .read = true, .value = 0, .optional = true, .present = 0 },
		{ .type = PPM_COLUMN_MONEY, .read = true, .value = 0 },
		{ .type = PPM_COLUMN_TEXT },
	};
	struct ppm_tally tallies[] = { { .kind = PPM_TALLY_TIER, .mask = 2 }, { .kind = PPM_TALLY_TIER, .mask = 0 } };
	union ppm_constant own[] = { { .f64 = 50 }, { .i64 = 8000000000000000000 } };
	struct ppm_instruction code[] = {
		{ .op = PPM_OP_MASK_ROWS, .a = 1 },
		{ .op = PPM_OP_GE_F64_K, .a = 2, .b = 0, .k = 0 },
		{ .op = PPM_OP_MASK_AND, .a = 2, .b = 2, .c = 0 },
		{ .op = PPM_OP_FILL_I64, .a = 1, .k = 1 },
		{ .op = PPM_OP_SKIP_IF_NONE, .a = 2, .k = 6 },
		{ .op = PPM_OP_ADD_I64, .a = 2, .b = 0, .c = 1, .e = 2, .k = 1 },
		{ .op = PPM_OP_DIV_F64, .a = 1, .b = 0, .c = 0, .d = 3, .e = 1, .k = 0 },
		{ .op = PPM_OP_ADD_I64, .a = 3, .b = 0, .c = 1, .e = 1, .k = 1 },
		{ .op = PPM_OP_END },
	};
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	program->columns = columns;
	program->column_count = 3;
	program->tallies = tallies;
	program->tally_count = 2;
	program->constants = own;
	program->constant_count = 2;
	program->instructions = code;
	program->instruction_count = 9;
	char problem[200];
	if (!ppm_program_verify(program, problem, sizeof problem))
		fail_msg("%s", problem);
	static double x[PPM_BATCH_ROWS];
	static int64_t money[PPM_BATCH_ROWS];
	for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++) {
		struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, (enum ppm_simd)simd);
		uint64_t present[MASK_WORDS], refused[MASK_WORDS] = { 0 };
		memset(present, 0xff, sizeof present);
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++) {
			x[n] = n < 10 ? 60 : 40;
			money[n] = 5;
		}
		money[3] = money[200] = INT64_C(2000000000000000000);
		x[7] = x[20] = 0;
		present[0] &= ~UINT64_C(0x2); // row 1 has no number
		refused[0] = UINT64_C(1) << 2;
		void *values[] = { x, money, NULL };
		uint64_t *presence[] = { present, NULL, NULL };
		struct ppm_batch batch = { .rows = 201, .values = values, .present = presence, .refused = refused };
		assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
		uint32_t count;
		const struct ppm_vm_fault *faults = ppm_vm_faults(vm, &count);
		// Row 3 faults where it is first computed, row 200 only later, and both are left out of the counts.
		assert_int_equal(count, 2);
		assert_int_equal(faults[0].row, 3);
		assert_int_equal(faults[0].instruction, 5);
		assert_int_equal(faults[1].row, 200);
		assert_int_equal(faults[1].instruction, 7);
		assert_int_equal(refused[0], UINT64_C(0xc));
		assert_int_equal(refused[3], UINT64_C(1) << 8);
		// Rows 0, 4, 5, 6, 8, 9; row 1 is missing, 2 was refused, 3 faulted, 7 is 0.
		assert_int_equal(ppm_vm_tallies(vm)[0], 6);
		assert_int_equal(ppm_vm_tallies(vm)[1], 201 - 4);
		assert_int_equal(ppm_vm_site_counts(vm)[0], 2);
		// Nobody above 50: the sum is skipped. A column that is always there reads as present.
		memset(refused, 0, sizeof refused);
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
			x[n] = 1;
		presence[0] = NULL;
		money[3] = money[200] = 5;
		batch.rows = 1024;
		assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
		ppm_vm_faults(vm, &count);
		assert_int_equal(count, 0);
		assert_int_equal(ppm_vm_tallies(vm)[0], 6);
		assert_int_equal(ppm_vm_tallies(vm)[1], 197 + 1024);
		assert_ptr_equal(ppm_vm_register(vm, PPM_CLASS_I64, 0), money);
		assert_ptr_equal(ppm_vm_pool(vm), &pool);
		ppm_vm_free(vm);
	}
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

// What only results ask for stays in 16 bits until they do; what an instruction still reads, or whose source is overwritten, is made at once.
static void small_numbers_wait_until_they_are_asked_for(void **state)
{
	(void)state;
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	struct ppm_instruction code[] = {
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 0, .b = 0, .k = 2 },  // only asked for from outside
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 1, .b = 0, .k = 0 },  // read by the next one
		{ .op = PPM_OP_NEG_F64, .a = 2, .b = 1 },
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 3, .b = 1, .k = 1 },  // its source is overwritten
		{ .op = PPM_OP_CLAMP_I16_K, .a = 1, .b = 1, .k = FIRST_INTEGER },
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 4, .b = 1, .k = 0 },  // overwritten itself
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 4, .b = 2, .k = 4 },
		{ .op = PPM_OP_NUMBER_FROM_I16, .a = 5, .b = 2, .k = 0 },  // read by a table
		{ .op = PPM_OP_WEIGHTED_MEAN, .a = 5, .e = 0, .k = 0 },
		{ .op = PPM_OP_END },
	};
	const uint16_t registers[] = { 5 };
	const double weights[] = { 2 };
	struct ppm_mean twice = { 1, registers, weights, 1, 0 };
	program->means = &twice;
	program->mean_count = 1;
	program->instructions = code;
	program->instruction_count = COUNT(code);
	uint64_t refused[MASK_WORDS] = { 0 };
	struct ppm_batch batch = { .rows = PPM_BATCH_ROWS, .refused = refused };
	for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++) {
		struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, (enum ppm_simd)simd);
		assert_non_null(vm);
		for (int round = 1; round <= 3; round++) {
			int16_t *small[3];
			for (size_t k = 0; k < 3; k++) {
				small[k] = memory(vm, PPM_CLASS_I16, k);
				for (int n = 0; n < PPM_BATCH_ROWS; n++)
					small[k][n] = (int16_t)((n * 31 * round + (int)k * 7000) % 20000 - 10000);
			}
			assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
			uint32_t places = 9;
			assert_ptr_equal(ppm_vm_small(vm, 0, &places), small[0]);
			assert_int_equal(places, 2);
			assert_ptr_equal(ppm_vm_small(vm, 4, &places), small[2]);
			assert_int_equal(places, 4);
			for (uint16_t k = 1; k < 6; k++)
				assert_true(k == 4 || !ppm_vm_small(vm, k, &places));
			const double *numbers[6];
			for (uint16_t k = 0; k < 6; k++)
				numbers[k] = ppm_vm_register(vm, PPM_CLASS_F64, k);
			for (int n = 0; n < PPM_BATCH_ROWS; n++) {
				int first = n * 31 * round % 20000 - 10000, second = (n * 31 * round + 7000) % 20000 - 10000, third = (n * 31 * round + 14000) % 20000 - 10000;
				assert_true(numbers[0][n] == first / 100.0 && numbers[1][n] == first && numbers[2][n] == 0.0 - first);
				assert_true(numbers[3][n] == second / 10.0 && numbers[4][n] == third / 10000.0 && numbers[5][n] == 2.0 * third);
			}
		}
		ppm_vm_free(vm);
	}
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

static void memos_follow_the_pool(void **state)
{
	(void)state;
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	struct ppm_instruction code[] = { { .op = PPM_OP_TEXT_TEST, .a = 0, .b = 0, .e = 1, .k = 0 }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = 2;
	struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, ppm_simd_best());
	uint64_t refused[MASK_WORDS] = { 0 }, *result = memory(vm, PPM_CLASS_MASK, 0), *active = memory(vm, PPM_CLASS_MASK, 1);
	int32_t *codes = memory(vm, PPM_CLASS_I32, 0);
	struct ppm_batch batch = { .rows = 2, .refused = refused };
	memset(active, 0xff, MASK_WORDS * sizeof *active);
	codes[0] = (int32_t)COUNT(texts) + 2; // "any"
	codes[1] = (int32_t)COUNT(texts);     // some other text: no test holds for it
	ppm_vm_run(vm, &batch);
	assert_int_equal(result[0] & 3, 1);
	ppm_interner_truncate(&pool.interner, COUNT(texts) + 1);
	pool.generation++;
	ppm_text_pool_add(&pool, PPM_SLICE("one"));
	ppm_text_pool_add(&pool, PPM_SLICE("two"));
	ppm_vm_run(vm, &batch);
	assert_int_equal(result[0] & 3, 0);
	ppm_vm_free(vm);
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

static void a_dear_pattern_meets_its_limit(void **state)
{
	(void)state;
	// \p is PCRE2's: an automaton has no limit to meet.
	static struct ppm_text_test dear[] = { { PPM_TEXT_MATCHES, { "^(?:\\pL+)+$", 11 } } };
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	program->text_tests = dear;
	program->text_test_count = 1;
	struct ppm_instruction code[] = { { .op = PPM_OP_TEXT_TEST, .a = 0, .b = 0, .e = 1, .k = 0 }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = 2;
	struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, ppm_simd_best());
	uint64_t refused[MASK_WORDS] = { 0 };
	memset(memory(vm, PPM_CLASS_MASK, 1), 0xff, sizeof refused);
	((int32_t *)memory(vm, PPM_CLASS_I32, 0))[0] = (int32_t)ppm_text_pool_add(&pool, PPM_SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
	struct ppm_batch batch = { .rows = 1, .refused = refused };
	assert_int_equal(ppm_vm_run(vm, &batch), PPM_ERROR_LIMIT);
	ppm_vm_free(vm);
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

// What a test says of a text, from the C library.
static bool holds(const struct ppm_text_test *test, const char *text, size_t size)
{
	const char *operand = test->operand.data;
	size_t length = test->operand.size;
	size_t common = size < length ? size : length;
	int order = memcmp(text, operand, common) ? memcmp(text, operand, common) : (size > length) - (size < length);
	switch (test->kind) {
	case PPM_TEXT_CONTAINS: return strstr(text, operand) != NULL;
	case PPM_TEXT_STARTS_WITH: return strncmp(text, operand, length) == 0;
	case PPM_TEXT_ENDS_WITH: return size >= length && strcmp(text + size - length, operand) == 0;
	case PPM_TEXT_LESS: return order < 0;
	case PPM_TEXT_LESS_EQUAL: return order <= 0;
	case PPM_TEXT_GREATER: return order > 0;
	case PPM_TEXT_GREATER_EQUAL: return order >= 0;
	case PPM_TEXT_MATCHES: break;
	}
	// ^[a-c].*a$ by the automaton, ^\\pLa by PCRE2
	return operand[1] == '[' ? size >= 2 && *text >= 'a' && *text <= 'c' && text[size - 1] == 'a' : size >= 2 && *text >= 'a' && text[1] == 'a';
}

// Texts that the pool keeps, that it was lent, and that are none of its own, side by side in one register; every test of them, over all lanes and some, twice, and once more after the register was
// written.
static void lent_texts_are_tested(void **state)
{
	(void)state;
	enum { TESTS = COUNT(text_tests) + 1 };
	static struct ppm_text_test tests[TESTS];
	static char words[PPM_BATCH_ROWS][80];
	static uint32_t codes[PPM_BATCH_ROWS];
	memcpy(tests, text_tests, sizeof text_tests);
	tests[TESTS - 1] = (struct ppm_text_test){ PPM_TEXT_MATCHES, { "^\\pLa", 5 } };
	struct ppm_program *program = ppm_program_new(NULL);
	share_tables(program);
	program->text_tests = tests;
	program->text_test_count = TESTS;
	uint64_t random = 41;
	for (uint32_t round = 0; round < 3 * TESTS; round++) {
		struct ppm_text_pool pool;
		make_pool(&pool);
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++) {
			size_t size = below(&random, 4) ? below(&random, 8) : below(&random, 75), start = 0;
			if (below(&random, 3) == 0)
				start = (size_t)snprintf(words[n], sizeof words[n], "%s", below(&random, 2) ? "ba" : "banana");
			for (size_t i = start; i < start + size; i++)
				words[n][i] = "abny "[below(&random, 5)];
			words[n][start + size > 79 ? 79 : start + size] = '\0';
			struct ppm_slice text = ppm_slice_of(words[n]);
			uint32_t kind = below(&random, 8);
			if (kind == 0)
				codes[n] = COUNT(texts); // some other text: no test holds
			else if (kind == 1)
				codes[n] = ppm_text_pool_add(&pool, text);
			else
				assert_true(ppm_text_pool_lend(&pool, &text, 1, false, &codes[n]));
		}
		uint32_t k = round % TESTS, l = (round + round / TESTS) % TESTS;
		struct ppm_instruction code[] = { { .op = PPM_OP_TEXT_TEST, .a = 0, .b = 0, .e = 5, .k = k }, { .op = PPM_OP_TEXT_TEST, .a = 1, .b = 0, .e = 5, .k = l },
			{ .op = PPM_OP_SELECT_I32, .a = 1, .b = 5, .c = 0, .d = 1 }, { .op = PPM_OP_TEXT_TEST, .a = 2, .b = 1, .e = 5, .k = k }, { .op = PPM_OP_TEXT_TEST, .a = 3, .b = 0, .e = 5, .k = k },
			{ .op = PPM_OP_END } };
		program->instructions = code;
		program->instruction_count = COUNT(code);
		struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, ppm_simd_best());
		assert_non_null(vm);
		uint64_t refused[MASK_WORDS] = { 0 }, *wanted = memory(vm, PPM_CLASS_MASK, 5);
		for (size_t i = 0; i < MASK_WORDS; i++)
			wanted[i] = round < TESTS ? ~UINT64_C(0) : next_random(&random);
		memcpy(memory(vm, PPM_CLASS_I32, 0), codes, sizeof codes);
		struct ppm_batch batch = { .rows = PPM_BATCH_ROWS, .refused = refused };
		assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
		for (uint32_t result = 0; result < 4; result++) {
			const uint64_t *mask = memory(vm, PPM_CLASS_MASK, result);
			const struct ppm_text_test *test = &tests[result == 1 ? l : k];
			for (size_t n = 0; n < PPM_BATCH_ROWS; n++) {
				bool asked = wanted[n / 64] >> n % 64 & 1, said = mask[n / 64] >> n % 64 & 1;
				if (said != (asked && codes[n] != COUNT(texts) && holds(test, words[n], strlen(words[n]))))
					fail_msg("test %u of \"%s\" says %d", (unsigned)(test - tests), words[n], said);
			}
		}
		ppm_vm_free(vm);
		ppm_text_pool_free(&pool);
	}
	ppm_program_free(program);
}

// PCRE2 asks for memory when it matches.
static void a_pattern_without_memory(void **state)
{
	(void)state;
	static struct ppm_text_test by_pcre2[] = { { PPM_TEXT_MATCHES, { "^\\pLa", 5 } } };
	struct ppm_program *program = ppm_program_new(NULL);
	share_tables(program);
	program->text_tests = by_pcre2;
	program->text_test_count = 1;
	struct ppm_instruction code[] = { { .op = PPM_OP_TEXT_TEST, .a = 0, .b = 0, .e = 1, .k = 0 }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = 2;
	struct ppm_text_pool pool;
	make_pool(&pool);
	struct counted_heap heap = { 0 };
	const struct ppm_allocator allocator = { counted_reallocate, &heap };
	size_t failures = 0;
	for (;; failures++) {
		struct ppm_vm *vm = ppm_vm_new(&allocator, program, &pool, ppm_simd_best());
		assert_non_null(vm);
		heap.fail_at = heap.calls + failures + 1;
		heap.failed = false;
		uint64_t refused[MASK_WORDS] = { 0 };
		memset(memory(vm, PPM_CLASS_MASK, 1), 0xff, sizeof refused);
		((int32_t *)memory(vm, PPM_CLASS_I32, 0))[0] = 1; // banana
		struct ppm_batch batch = { .rows = 1, .refused = refused };
		enum ppm_status status = ppm_vm_run(vm, &batch);
		assert_int_equal(status, heap.failed ? PPM_ERROR_MEMORY : PPM_OK);
		assert_int_equal(*(const uint64_t *)memory(vm, PPM_CLASS_MASK, 0) & 1, status == PPM_OK);
		heap.fail_at = 0;
		ppm_vm_free(vm);
		assert_int_equal(heap.live, 0);
		if (status == PPM_OK)
			break;
	}
	assert_true(failures >= 2); // for what was asked of each text, and for the match
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

// A sum whose points are added without a range to take a share of.
static void a_sum_without_a_range(void **state)
{
	(void)state;
	static struct ppm_point_sum plain[] = { { 50, 0, 0, 8, sum_masks, sum_points } };
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	program->point_sums = plain;
	program->point_sum_count = 1;
	struct ppm_instruction code[] = { { .op = PPM_OP_SUM_IF_I16, .a = 0, .k = 0 }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = 2;
	for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++) {
		struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, (enum ppm_simd)simd);
		uint64_t refused[MASK_WORDS] = { 0 };
		// sum_masks are m0 … m5, m1, m2; row n has the bits of n in the first three.
		for (uint16_t k = 0; k < 3; k++)
			for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
				((uint64_t *)memory(vm, PPM_CLASS_MASK, k))[n / 64] |= (uint64_t)(n >> k & 1) << n % 64;
		struct ppm_batch batch = { .rows = PPM_BATCH_ROWS, .refused = refused };
		assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
		static const int16_t sums[] = { 50, 70, 50 + 10 + 7, 70 + 10 + 7, 50 - 15 + 1, 70 - 15 + 1, 50 + 10 + 7 - 15 + 1, 70 + 10 + 7 - 15 + 1 };
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
			assert_int_equal(((const int16_t *)memory(vm, PPM_CLASS_I16, 0))[n], sums[n % 8]);
		ppm_vm_free(vm);
	}
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

// ---- random programs

static bool try_append(struct ppm_program *program, struct ppm_instruction *code, uint64_t *random)
{
	struct ppm_instruction at = { .op = (uint16_t)below(random, PPM_OPCODE_COUNT) };
	if (at.op == PPM_OP_END)
		return false;
	const struct ppm_opcode_info *info = ppm_opcode_info(at.op);
	at.a = (uint16_t)below(random, REGISTERS);
	at.b = (uint16_t)below(random, REGISTERS);
	at.c = (uint16_t)below(random, REGISTERS);
	at.d = (uint16_t)below(random, REGISTERS);
	at.e = (uint16_t)below(random, REGISTERS);
	at.k = info->operands[5] == PPM_OPERAND_JUMP ? program->instruction_count : random_index(random, info, at.op, below(random, 100));
	code[program->instruction_count - 1] = at;
	code[program->instruction_count] = (struct ppm_instruction){ .op = PPM_OP_END };
	program->instruction_count++;
	char problem[200];
	if (ppm_program_verify(program, problem, sizeof problem))
		return true;
	program->instruction_count--;
	code[program->instruction_count - 1] = (struct ppm_instruction){ .op = PPM_OP_END };
	return false;
}

static void random_programs_run_alike(void **state)
{
	(void)state;
	static struct ppm_column columns[] = {
		{ .type = PPM_COLUMN_NUMBER, .read = true, .value = 1, .optional = true, .present = 0 },
		{ .type = PPM_COLUMN_MONEY, .read = true, .value = 1 },
		{ .type = PPM_COLUMN_TEXT, .read = true, .value = 1 },
		{ .type = PPM_COLUMN_FLAG, .read = true, .value = 1 },
	};
	static struct file results[4];
	uint64_t random = 77;
	for (int round = 0; round < 150; round++) {
		struct ppm_program *program = ppm_program_new(NULL);
		struct ppm_instruction code[80] = { { .op = PPM_OP_END } };
		share_tables(program);
		program->columns = columns;
		program->column_count = 4;
		program->instructions = code;
		program->instruction_count = 1;
		for (int tries = 0; tries < 600 && program->instruction_count < 60; tries++)
			try_append(program, code, &random);
		fill_file(&random, &before, PPM_OP_ADD_F64, 2);
		uint64_t flags[MASK_WORDS], present[MASK_WORDS], refused_first[MASK_WORDS], refused[MASK_WORDS], counts[4][4] = { { 0 } };
		for (size_t i = 0; i < MASK_WORDS; i++) {
			flags[i] = next_random(&random);
			present[i] = next_random(&random);
			refused_first[i] = next_random(&random) & next_random(&random);
		}
		void *values[] = { before.f[1], before.l[1], before.i[1], flags };
		uint64_t *presence[] = { present, NULL, NULL, NULL };
		uint32_t rows = 1 + below(&random, 1024);
		for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++) {
			struct ppm_text_pool pool;
			make_pool(&pool);
			struct ppm_vm *vm = ppm_vm_new(NULL, program, &pool, (enum ppm_simd)simd);
			assert_non_null(vm);
			memcpy(refused, refused_first, sizeof refused);
			struct ppm_batch batch = { .rows = rows, .values = values, .present = presence, .refused = refused };
			assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
			memcpy(counts[simd], ppm_vm_site_counts(vm), sizeof counts[simd]);
			assert_memory_equal(counts[simd], counts[0], sizeof counts[0]);
			struct file *mine = &results[simd];
			memset(mine, 0, sizeof *mine);
			for (size_t k = 0; k < REGISTERS; k++) {
				for (size_t n = 0; n < rows; n++) {
					if (has_mask(refused, n))
						continue;
					double f = ((double *)memory(vm, PPM_CLASS_F64, k))[n];
					mine->m[k][n] = has_mask(memory(vm, PPM_CLASS_MASK, k), n);
					mine->f[k][n] = f != f ? 0 : f;
					mine->l[k][n] = ((int64_t *)memory(vm, PPM_CLASS_I64, k))[n];
					mine->x[k][n] = ((ppm_int128 *)memory(vm, PPM_CLASS_X128, k))[n];
					mine->i[k][n] = ((int32_t *)memory(vm, PPM_CLASS_I32, k))[n];
					mine->h[k][n] = ((int16_t *)memory(vm, PPM_CLASS_I16, k))[n];
				}
			}
			if (memcmp(mine, &results[0], sizeof *mine) != 0)
				fail_msg("program %d differs between portable and %s", round, ppm_simd_name((enum ppm_simd)simd));
			ppm_vm_free(vm);
			ppm_text_pool_free(&pool);
		}
		ppm_program_free(program);
	}
}

// ---- memory and names

struct failing {
	long left;
};

static void *fail_after(void *context, void *pointer, size_t size)
{
	struct failing *failing = context;
	if (size && failing->left-- <= 0)
		return NULL;
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	return realloc(pointer, size);
}

static void every_allocation_can_fail(void **state)
{
	(void)state;
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	share_tables(program);
	make_pool(&pool);
	struct ppm_instruction code[] = { { .op = PPM_OP_FILL_F64, .a = 0 }, { .op = PPM_OP_END } };
	program->instructions = code;
	program->instruction_count = 2;
	bool made = false;
	for (long left = 0; left < 1000 && !made; left++) {
		struct failing failing = { left };
		struct ppm_allocator allocator = { fail_after, &failing };
		struct ppm_vm *vm = ppm_vm_new(&allocator, program, &pool, PPM_SIMD_PORTABLE);
		made = vm != NULL;
		failing.left = 1000000;
		ppm_vm_free(vm);
	}
	assert_true(made);
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

static void instruction_sets_have_names(void **state)
{
	(void)state;
	enum ppm_simd simd;
	for (int i = PPM_SIMD_PORTABLE; i <= PPM_SIMD_AVX512; i++) {
		assert_true(ppm_simd_find(ppm_simd_name((enum ppm_simd)i), &simd));
		assert_int_equal(simd, i);
	}
	assert_false(ppm_simd_find("mmx", &simd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_opcode_on_every_instruction_set),
		cmocka_unit_test(dates_over_all_years),
		cmocka_unit_test(columns_skips_tallies_and_first_faults),
		cmocka_unit_test(small_numbers_wait_until_they_are_asked_for),
		cmocka_unit_test(memos_follow_the_pool),
		cmocka_unit_test(a_dear_pattern_meets_its_limit),
		cmocka_unit_test(lent_texts_are_tested),
		cmocka_unit_test(a_pattern_without_memory),
		cmocka_unit_test(a_sum_without_a_range),
		cmocka_unit_test(random_programs_run_alike),
		cmocka_unit_test(every_allocation_can_fail),
		cmocka_unit_test(instruction_sets_have_names),
	};
	return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}

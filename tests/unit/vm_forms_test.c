// Columns of whole numbers, handed over as doubles, as 32-bit or as 16-bit integers: every instruction that takes them so says the same of each, and what
// the machine of vm_reference.h says. Amounts with what the source states of them: nothing, the truth, or far too much.
#include "tests/unit/vm_reference.h"

#define COLUMNS 6
enum { FORM_WIDE, FORM_WHOLE, FORM_SMALL, FORMS };

static struct file before, after;
static double numbers[3][PPM_BATCH_ROWS];
static int32_t integers[3][PPM_BATCH_ROWS];
static int16_t shorts[3][PPM_BATCH_ROWS];

static int32_t random_integer(uint64_t *random, uint32_t kind)
{
	switch (kind) {
	case 0: return (int32_t)below(random, 40) - 5;
	case 1: return (int32_t)below(random, 65536) - 32768;
	case 2: return (int32_t)below(random, 100000000);
	default: return (int32_t)below(random, 4000) - 500;
	}
}

// Column 1 is often just the product of column 2 and the constant, small and large.
static void fill_columns(uint64_t *random, uint32_t kind, double factor)
{
	for (size_t n = 0; n < PPM_BATCH_ROWS; n++) {
		for (size_t column = 1; column < 3; column++)
			integers[column][n] = random_integer(random, kind);
		double product = integers[2][n] * factor;
		if (n % 3 && fabs(product) < 30000 && fabs(round(product) - product) < 1e-9)
			integers[1][n] = (int32_t)round(product);
		for (size_t column = 1; column < 3; column++) {
			before.f[column][n] = integers[column][n];
			shorts[column][n] = (int16_t)integers[column][n];
		}
		for (size_t column = 1; column < 4; column++)
			before.l[column][n] = (int64_t)below(random, 2000000000) * (kind == 2 ? 4000000 : 1) - 1000000000;
		if (n % 5 == 0)
			before.l[2][n] = before.l[1][n];
	}
}

static void run_once(struct ppm_program *program, struct ppm_text_pool *pool, const struct ppm_instruction *at, enum ppm_simd simd, int form, uint32_t round)
{
	struct ppm_vm *vm = ppm_vm_new(NULL, program, pool, simd);
	assert_non_null(vm);
	void *values[COLUMNS] = { numbers[1], numbers[2], before.l[1], before.l[2], before.l[3] };
	uint64_t *present[COLUMNS] = { NULL }, refused[MASK_WORDS] = { 0 };
	struct ppm_column_facts facts[COLUMNS] = { { NULL, NULL, false, 0 } };
	for (size_t column = 1; column < 3; column++) {
		for (size_t n = 0; n < PPM_BATCH_ROWS; n++)
			numbers[column][n] = form == FORM_WIDE ? before.f[column][n] : NAN;
		facts[column - 1].whole = form == FORM_WIDE ? NULL : integers[column];
		facts[column - 1].small = form == FORM_SMALL ? shorts[column] : NULL;
	}
	for (size_t column = 2; column < 5; column++)
		facts[column].magnitude = round % 3 == 0 ? 0 : round % 3 == 1 ? UINT64_C(8000000000000000000) : UINT64_C(1) << 62;
	struct ppm_batch batch = { .rows = 1000, .values = values, .present = present, .facts = facts, .refused = refused };
	assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
	uint32_t fault_count, fault = 0;
	const struct ppm_vm_fault *faults = ppm_vm_faults(vm, &fault_count);
	const uint64_t *result = ppm_vm_register(vm, PPM_CLASS_MASK, 0);
	after = before;
	for (size_t n = 0; n < batch.rows; n++) {
		enum outcome outcome = reference(at, &after, n, true);
		if (outcome == FAULT) {
			if (fault >= fault_count || faults[fault++].row != n)
				fail_msg("%s, %s, form %d, k %u: row %zu should fault", ppm_opcode_info(at->op)->name, ppm_simd_name(simd), form, at->k, n);
		} else if (outcome == FINE && (result[n / 64] >> n % 64 & 1) != after.m[0][n]) {
			fail_msg("%s, %s, form %d, k %u: row %zu with %.17g and %.17g is not %d", ppm_opcode_info(at->op)->name, ppm_simd_name(simd), form, at->k, n, before.f[1][n], before.f[2][n],
				after.m[0][n]);
		}
	}
	assert_int_equal(fault, fault_count);
	// Asked for from outside, they are doubles.
	assert_memory_equal(ppm_vm_register(vm, PPM_CLASS_F64, 2), before.f[2], sizeof before.f[2]);
	ppm_vm_free(vm);
}

static void each_form_says_the_same(void **state)
{
	(void)state;
	static const uint16_t ops[] = { PPM_OP_EQ_F64_K, PPM_OP_LE_F64_K, PPM_OP_GE_F64_K, PPM_OP_IN_RANGE_F64_K, PPM_OP_EQ_TIMES_F64_K, PPM_OP_LT_TIMES_F64_K, PPM_OP_LE_TIMES_F64_K,
		PPM_OP_GT_TIMES_F64_K, PPM_OP_GE_TIMES_F64_K, PPM_OP_COMPARE_RATE, PPM_OP_LINEAR_COMPARE, PPM_OP_EQ_DECIMAL_F64 };
	// What the shared table lacks: factors with products that miss the whole number they should be (1.1 * 2570 is 2827.000000000001), limits of the integers, bounds between them, factors that are no short decimals. Pairs in order where a range may begin.
	static const double own[] = { 1.1, 0.7, 1.2, 0.8, -0.75, 1 / 3.0, 3.5, 2147483647, 2147483648, 32767, 32767.5, 40000, -32768, -32768.5, -1e10, 1e10, 0.00000125, 4.9e-324, 1e300 };
	union ppm_constant saved[CONSTANTS];
	memcpy(saved, constants, sizeof saved);
	struct ppm_column columns[COLUMNS - 1] = { { .type = PPM_COLUMN_NUMBER, .read = true, .value = 1 }, { .type = PPM_COLUMN_NUMBER, .read = true, .value = 2 },
		{ .type = PPM_COLUMN_MONEY, .read = true, .value = 1 }, { .type = PPM_COLUMN_MONEY, .read = true, .value = 2 }, { .type = PPM_COLUMN_MONEY, .read = true, .value = 3 } };
	struct ppm_program *program = ppm_program_new(NULL);
	struct ppm_text_pool pool;
	assert_non_null(program);
	share_tables(program);
	assert_true(ppm_text_pool_init(&pool, NULL, texts, COUNT(texts)));
	program->columns = columns;
	program->column_count = COLUMNS - 1;
	uint64_t random = 5;
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		enum ppm_operand_kind kind = ppm_opcode_info(ops[i])->operands[5];
		for (uint32_t round = 0; round < 80; round++) {
			constants[0].f64 = own[below(&random, sizeof own / sizeof *own)];
			constants[1].f64 = round % 2 ? constants[0].f64 + (double)below(&random, 1000) : 20000;
			struct ppm_instruction at = { .op = ops[i], .a = 0, .b = 1, .c = 2, .d = 3, .e = 4 };
			at.k = kind == PPM_OPERAND_CONSTANT_F ? (round % 2 ? 0 : below(&random, FIRST_INTEGER)) : kind == PPM_OPERAND_LINEAR ? round % COUNT(linears) : kind == PPM_OPERAND_RATE ? round % COUNT(rates) : 0;
			struct ppm_instruction code[] = { { .op = PPM_OP_MASK_ROWS, .a = 4 }, at, { .op = PPM_OP_END } };
			program->instructions = code;
			program->instruction_count = 3;
			fill_columns(&random, round % 4, constants[at.k].f64);
			for (int simd = PPM_SIMD_PORTABLE; simd <= (int)ppm_simd_best(); simd++)
				for (int form = FORM_WIDE; form < (round % 4 == 2 ? FORM_SMALL : FORMS); form++)
					run_once(program, &pool, &at, (enum ppm_simd)simd, form, round);
		}
	}
	memcpy(constants, saved, sizeof saved);
	ppm_text_pool_free(&pool);
	ppm_program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_says_the_same),
	};
	return cmocka_run_group_tests_name("vm forms", tests, NULL, NULL);
}

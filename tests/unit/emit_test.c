// From plan to program: registers are given out and used again by many values that live at once, and the result is what C computes, with fused
// instructions and without, for every instruction set. The models are random chains of lets in which anything may be used again much later.
#include "lang/ppm.h"
#include "runtime/base/buffer.h"
#include "runtime/bytecode/verify.h"
#include "runtime/vm/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 6
#define LETS 60
#define ROWS 200
#define MODELS 60

enum kind { ADD, SUBTRACT, MULTIPLY, LEAST, MOST, CHOOSE, NEGATIVE, SHIFT, KINDS };

struct step {
	enum kind kind;
	int a, b, c;
};

struct cell {
	double value;
	bool present;
};

static uint64_t seed;

static int pick(int limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int)((seed >> 33) % (uint64_t)limit);
}

static const char *name_of(int index, char out[8])
{
	snprintf(out, 8, index < COLUMNS ? "c%d" : "v%d", index < COLUMNS ? index : index - COLUMNS);
	return out;
}

static void write_model(const struct step *steps, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "dataset rows { c0 number c1 number optional c2 number c3 number optional c4 number c5 number }\n");
	for (int i = 0; i < LETS; i++) {
		char a[8], b[8], c[8];
		name_of(steps[i].a, a);
		name_of(steps[i].b, b);
		name_of(steps[i].c, c);
		char text[80];
		switch (steps[i].kind) {
		case ADD: snprintf(text, sizeof text, "%s + %s", a, b); break;
		case SUBTRACT: snprintf(text, sizeof text, "%s - %s", a, b); break;
		case MULTIPLY: snprintf(text, sizeof text, "%s * %s / 64", a, b); break;
		case LEAST: snprintf(text, sizeof text, "min(%s, %s)", a, b); break;
		case MOST: snprintf(text, sizeof text, "max(%s, %s)", a, b); break;
		case CHOOSE: snprintf(text, sizeof text, "if %s > %s then %s else 1 - %s", a, b, c, a); break;
		case NEGATIVE: snprintf(text, sizeof text, "-%s", a); break;
		default: snprintf(text, sizeof text, "%s + 3", a); break;
		}
		at += (size_t)snprintf(out + at, size - at, "let v%d = %s\n", i, text);
	}
	at += (size_t)snprintf(out + at, size - at, "output {");
	for (int i = 0; i < LETS; i++)
		at += (size_t)snprintf(out + at, size - at, " v%d", i);
	snprintf(out + at, size - at, " }\n");
	assert_true(at + 4 < size);
}

static double as_decimal(double x)
{
	double scale = fabs(x) < 1000 ? 1e12 : pow(10, fmax(0, 14 - floor(log10(fabs(x)))));
	return round(x * scale) / scale;
}

static double add(double a, double b)
{
	double larger = fmax(fabs(a), fabs(b)), scale = pow(10, fmax(0, 14 - floor(log10(larger))));
	return larger < 1e-8 || fabs(a + b) >= larger ? a + b : round((a + b) * scale) / scale;
}

static void compute(const struct step *steps, struct cell *cells)
{
	for (int i = 0; i < LETS; i++) {
		const struct cell a = cells[steps[i].a], b = cells[steps[i].b], c = cells[steps[i].c];
		struct cell *r = &cells[COLUMNS + i];
		*r = (struct cell){ 0, a.present && b.present };
		switch (steps[i].kind) {
		case ADD: r->value = add(a.value, b.value); break;
		case SUBTRACT: r->value = add(a.value, -b.value); break;
		case MULTIPLY: r->value = a.value * b.value / 64; break;
		case LEAST: r->value = a.value < b.value ? a.value : b.value; break;
		case MOST: r->value = a.value > b.value ? a.value : b.value; break;
		case CHOOSE:
			if (!r->present)
				break;
			if (as_decimal(a.value) > as_decimal(b.value)) {
				*r = c;
				break;
			}
			r->value = add(1, -a.value);
			break;
		case NEGATIVE: *r = (struct cell){ -a.value, a.present }; break;
		default: *r = (struct cell){ add(a.value, 3), a.present }; break;
		}
	}
}

static enum ppm_status load(void *context, struct ppm_slice path, struct ppm_slice *text, struct ppm_slice *identity, char problem[256])
{
	(void)problem;
	*text = ppm_slice_of(context);
	*identity = path;
	return PPM_OK;
}

static struct ppm_model *compile(char *text, bool optimise)
{
	struct ppm_compile_options options = { .loader = { load, text }, .optimise = optimise };
	struct ppm_model *model = NULL;
	char problem[256];
	assert_int_equal(ppm_model_compile(&model, ppm_slice_of("model.ppm"), &options), PPM_OK);
	assert_true(ppm_program_verify(ppm_model_program(model), problem, sizeof problem));
	return model;
}

static void run(const struct ppm_program *program, enum ppm_simd simd, double *const values[COLUMNS], uint64_t *const present[COLUMNS], const struct cell cells[ROWS][COLUMNS + LETS])
{
	struct ppm_text_pool pool;
	void *batch_values[COLUMNS];
	uint64_t *batch_present[COLUMNS];
	uint64_t *refused = aligned_alloc(PPM_VECTOR_ALIGNMENT, PPM_MASK_WORDS * sizeof *refused);
	assert_non_null(refused);
	memset(refused, 0, PPM_MASK_WORDS * sizeof *refused);
	for (uint32_t i = 0; i < program->column_count; i++) {
		int column = program->columns[i].name.data[1] - '0';
		batch_values[i] = values[column];
		batch_present[i] = program->columns[i].optional ? present[column] : NULL;
	}
	struct ppm_batch batch = { .rows = ROWS, .values = batch_values, .present = batch_present, .refused = refused };
	assert_true(ppm_text_pool_init(&pool, ppm_allocator_default(), program->texts, program->text_count));
	struct ppm_vm *vm = ppm_vm_new(ppm_allocator_default(), program, &pool, simd);
	assert_non_null(vm);
	assert_int_equal(ppm_vm_run(vm, &batch), PPM_OK);
	assert_int_equal(program->output_count, LETS);
	for (int i = 0; i < LETS; i++) {
		const struct ppm_value *value = &program->outputs[i].value;
		const double *figures = NULL;
		if (value->format.kind == PPM_FORMAT_PASS)
			continue;
		figures = ppm_vm_register(vm, PPM_CLASS_F64, value->value);
		const uint64_t *there = value->present == PPM_NO_REGISTER ? NULL : ppm_vm_register(vm, PPM_CLASS_MASK, value->present);
		for (int row = 0; row < ROWS; row++) {
			const struct cell *wanted = &cells[row][COLUMNS + i];
			bool is_there = !there || (there[row / 64] >> (row % 64) & 1);
			if (is_there != wanted->present)
				fail_msg("v%d of row %d is %s", i, row, is_there ? "there" : "missing");
			if (is_there && !(as_decimal(figures[row]) == as_decimal(wanted->value)))
				fail_msg("v%d of row %d is %.17g, not %.17g", i, row, figures[row], wanted->value);
		}
	}
	ppm_vm_free(vm);
	ppm_text_pool_free(&pool);
	free(refused);
}

static void random_chains_compute_what_c_computes(void **state)
{
	static struct cell cells[ROWS][COLUMNS + LETS];
	double *values[COLUMNS];
	uint64_t *present[COLUMNS];
	(void)state;
	int ran = 0;
	seed = 20260630;
	for (int i = 0; i < COLUMNS; i++) {
		values[i] = aligned_alloc(PPM_VECTOR_ALIGNMENT, PPM_BATCH_ROWS * sizeof **values);
		present[i] = aligned_alloc(PPM_VECTOR_ALIGNMENT, PPM_MASK_WORDS * sizeof **present);
		assert_true(values[i] && present[i]);
		memset(values[i], 0, PPM_BATCH_ROWS * sizeof **values);
		memset(present[i], 0, PPM_MASK_WORDS * sizeof **present);
	}
	for (int m = 0; m < MODELS; m++) {
		struct step steps[LETS];
		char text[8192];
		for (int i = 0; i < LETS; i++)
			steps[i] = (struct step){ (enum kind)pick(KINDS), pick(COLUMNS + i), pick(COLUMNS + i), pick(COLUMNS + i) };
		for (int row = 0; row < ROWS; row++) {
			for (int i = 0; i < COLUMNS; i++) {
				bool there = (i != 1 && i != 3) || pick(4) > 0;
				values[i][row] = there ? (double)(pick(400) - 200) / 8 : 0;
				cells[row][i] = (struct cell){ values[i][row], there };
				present[i][row / 64] = (present[i][row / 64] & ~(UINT64_C(1) << (row % 64))) | (uint64_t)there << (row % 64);
			}
			compute(steps, cells[row]);
			for (int i = 0; i < LETS; i++) // what grows beyond bounds overflows, which is another test's business
				if (fabs(cells[row][COLUMNS + i].value) > 1e100)
					goto next;
		}
		write_model(steps, text, sizeof text);
		for (int optimise = 0; optimise < 2; optimise++) {
			struct ppm_model *model = compile(text, optimise);
			for (int simd = 0; simd <= (int)ppm_simd_best(); simd++)
				run(ppm_model_program(model), (enum ppm_simd)simd, values, present, (const struct cell(*)[COLUMNS + LETS])cells);
			ppm_model_free(model);
		}
		ran++;
	next:;
	}
	if (ran < MODELS / 2)
		fail_msg("only %d models ran", ran);
	for (int i = 0; i < COLUMNS; i++) {
		free(values[i]);
		free(present[i]);
	}
}

// A thousand values of which only the last is wanted need a handful of registers; a thousand that are all wanted need a thousand.
static void registers_are_used_again(void **state)
{
	uint32_t registers[2];
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct ppm_buffer text;
		char line[80];
		ppm_buffer_init(&text, NULL);
		ppm_buffer_append_text(&text, "dataset rows { a number b number }\nlet v0 = a * b\n");
		for (int i = 1; i < 1000; i++) {
			snprintf(line, sizeof line, "let v%d = v%d * a + b\n", i, i - 1);
			ppm_buffer_append_text(&text, line);
		}
		ppm_buffer_append_text(&text, "output { v999");
		for (int i = 0; all && i < 999; i++) {
			snprintf(line, sizeof line, " v%d", i);
			ppm_buffer_append_text(&text, line);
		}
		ppm_buffer_append(&text, " }", 3); // with its end
		struct ppm_model *model = compile(text.data, true);
		registers[all] = ppm_model_program(model)->register_counts[PPM_CLASS_F64];
		ppm_model_free(model);
		ppm_buffer_free(&text);
	}
	if (registers[0] >= 20)
		fail_msg("%u registers", registers[0]);
	assert_true(registers[1] >= 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_chains_compute_what_c_computes), cmocka_unit_test(registers_are_used_again) };
	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}

// What the machine is compared with: every opcode once more, lane by lane, in plain C that shares nothing with the kernels, and the tables that the programs
// of the tests use. For vm_test.c and vm_forms_test.c.
#ifndef PPM_TESTS_UNIT_VM_REFERENCE_H
#define PPM_TESTS_UNIT_VM_REFERENCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/base/number.h"
#include "runtime/bytecode/verify.h"
#include "runtime/vm/vm.h"

#define REGISTERS 6
#define MASK_WORDS PPM_MASK_WORDS

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)((next_random(state) >> 32) * limit >> 32);
}

// ---- tables that the programs share

static const uint32_t set_small[] = { 0x2d }, set_wide[] = { 0x81234567, 0x00ff0102, 0xdeadbeef, 1 }, set_full[] = { 0xff };
static struct ppm_set sets[] = { { 2, 6, set_small }, { 0, 97, set_wide }, { 1, 8, set_full }, { 0, 0, NULL }, { 3, 40, set_wide }, { 4, 1, set_full }, { 2, 64, set_wide } };
static struct ppm_text_test text_tests[] = {
	{ PPM_TEXT_CONTAINS, { "an", 2 } }, { PPM_TEXT_STARTS_WITH, { "ba", 2 } }, { PPM_TEXT_ENDS_WITH, { "y", 1 } }, { PPM_TEXT_LESS, { "banana", 6 } },
	{ PPM_TEXT_LESS_EQUAL, { "banana", 6 } }, { PPM_TEXT_GREATER, { "banana", 6 } }, { PPM_TEXT_GREATER_EQUAL, { "banana", 6 } }, { PPM_TEXT_MATCHES, { "^[a-c].*a$", 10 } },
};
// What the tests above say of each text below, worked out by hand: one bit for each test.
static struct ppm_slice texts[] = { { "apple", 5 }, { "banana", 6 }, { "cherry", 6 }, { "", 0 }, { "bandana", 7 } };
static const uint8_t text_answers[] = { 0x18, 0xd3, 0x64, 0x18, 0xe3 };
static struct ppm_slice more_texts[] = { { "ba", 2 }, { "any", 3 } };
static const uint8_t more_answers[] = { 0x9a, 0x1d };

static const union ppm_constant entries_f64[] = { { .f64 = 1.5 }, { .f64 = -2 }, { .f64 = 1e9 } };
static const union ppm_constant entries_i64[] = { { .i64 = 15 }, { .i64 = -2 }, { .i64 = INT64_MAX } };
static struct ppm_map maps[] = { { PPM_CLASS_F64, 3, entries_f64, { .f64 = 7 } }, { PPM_CLASS_I64, 3, entries_i64, { .i64 = 70 } }, { PPM_CLASS_X128, 2, entries_i64, { .x128 = 99 } }, { PPM_CLASS_I32, 2, entries_i64, { .i64 = 3 } } };
static struct ppm_linear linears[] = {
	{ 1, { 1 }, { 3 }, -30, 4 }, { 2, { 1, 2 }, { 10, -6 }, 0, 4 }, { 2, { 1, 2 }, { 1, 1 }, 5, 1 }, { 3, { 1, 2, 3 }, { 2, -1, 7 }, 1, 2 },
	{ 4, { 1, 2, 3, 1 }, { INT64_C(1) << 60, -(INT64_C(1) << 60), 1, 9 }, INT64_MIN, 3 }, { 2, { 1, 2 }, { 1, -1 }, 0, 0 }, { 2, { 2, 1 }, { 1000, 7 }, 0, 1 },
	// one, two and three terms by each relation
	{ 1, { 2 }, { -7 }, 700, 0 }, { 1, { 1 }, { 3 }, -45, 1 }, { 1, { 2 }, { 10 }, 150, 2 }, { 1, { 3 }, { -1 }, -7, 3 }, { 2, { 1, 2 }, { 2, -2 }, 0, 2 }, { 2, { 1, 3 }, { 5, 3 }, 0, 3 },
	{ 2, { 1, 2 }, { 1, -1 }, 15, 0 }, { 2, { 3, 2 }, { 7, 1 }, -100, 2 }, { 2, { 1, 2 }, { -3, 1 }, 30, 3 }, { 2, { 1, 2 }, { 9, -9 }, 1, 4 }, { 3, { 1, 2, 3 }, { 1, -1, 1 }, 0, 0 },
	{ 3, { 3, 2, 1 }, { 5, 1, -4 }, 7, 1 }, { 3, { 1, 2, 3 }, { 1, 1, 1 }, 15, 3 }, { 3, { 1, 2, 3 }, { 4, -4, 1 }, 0, 4 }, { 4, { 1, 2, 3, 4 }, { 1, -1, 2, -2 }, 0, 4 },
	{ 4, { 4, 3, 2, 1 }, { 1, 1, -1, -1 }, 3, 3 },
};
static struct ppm_point_range ranges[] = { { 0, 100 }, { -30, 70 }, { 5, 12 }, { -100000, 200000 }, { 0, 45 }, { -(INT64_C(1) << 60), INT64_C(3) << 60 } };
static struct ppm_rate rates[] = { { 4, (ppm_int128)500 * PPM_EXACT_SCALE, 0 }, { 1, -3, 0 }, { 0, (ppm_int128)2 * PPM_EXACT_SCALE, 0 }, { 2, 0, 0 }, { 3, PPM_EXACT_MAX, 0 },
	{ 1, (ppm_int128)500 * PPM_EXACT_SCALE, 0 }, { 3, (ppm_int128)20 * PPM_EXACT_SCALE, 0 }, { 2, (ppm_int128)-7 * PPM_EXACT_SCALE, 0 }, { 1, -(ppm_int128)PPM_EXACT_PER_MONEY, 0 },
	{ 3, (ppm_int128)PPM_EXACT_PER_MONEY << 50, 0 }, { 0, -((ppm_int128)PPM_EXACT_PER_MONEY << 50), 0 } };
static const uint16_t sum_masks[] = { 0, 1, 2, 3, 4, 5, 1, 2 };
static const int16_t sum_points[] = { 20, 10, -15, 5, -20, 30, 7, 1 }, large_points[] = { 2000, -1000, 300, 5, -20, 30, 7, 1 };
// More than fit into one pass, whatever comes of it.
static const uint16_t many_masks[] = {
	0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4,
	5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
};
static const int16_t many_points[] = {
	-15, 22, 18, 14, 10, 6, 2, -2, -6, -10, -14, 23, 19, 15, 11, 7, 3, -1, -5, -9, -13, 24, 20, 16, 12, 8, 4, 0, -4, -8, -12, 25, 21, 17, 13,
	9, 5, 1, -3, -7, -11, -15, 22, 18, 14, 10, 6, 2, -2, -6, -10, -14, 23, 19, 15, 11, 7, 3, -1, -5, -9, -13, 24, 20, 16, 12, 8, 4, 0, -4,
};
static struct ppm_point_sum point_sums[] = { { 50, 0, 100, 8, sum_masks, sum_points }, { -7, -40, 20, 5, sum_masks, sum_points }, { 1, 0, 3000, 8, sum_masks, large_points }, { 3, 10, 55, 0, sum_masks, sum_points },
	{ -20, -600, 900, 70, many_masks, many_points },
	// from here on with ranges that divide 100
	{ 50, 0, 100, 8, sum_masks, sum_points }, { 7, -10, 10, 6, sum_masks, sum_points }, { 100, 0, 50, 8, sum_masks, large_points }, { 3, 0, 5, 3, sum_masks, sum_points } };
#define FIRST_WHOLE_SUM 5
static const uint16_t mean_registers[] = { 1, 2, 3, 1, 2, 3, 1, 2, 3 };
static const double mean_weights[] = { 35, 20, -0.5, 1e-3, 7, 3, 2, 1, 0.1 };
static const double whole_weights[] = { 35, 20, 20, 15, 10, 1, 200, 0, 26 };
static struct ppm_mean means[] = { { 3, mean_registers, mean_weights, 100, 0 }, { 1, mean_registers, mean_weights, 0.3, 0 }, { 9, mean_registers, mean_weights, -12, 0 }, { 5, mean_registers, mean_weights, 64, 0 }, { 2, mean_registers, mean_weights, 7, 0 },
	// from here on for 16-bit shares
	{ 5, mean_registers, whole_weights, 100, 2 }, { 4, mean_registers, whole_weights, 90, 1 }, { 3, mean_registers, whole_weights, 75, 0 }, { 9, mean_registers, whole_weights, 327, 2 }, { 1, mean_registers, whole_weights, 35, 1 }, { 6, mean_registers, whole_weights, 101, 2 } };
#define FIRST_WHOLE_MEAN 5
static const int32_t choice_values[] = { 4, -1, 77, 0, INT32_MIN, 12 };
static const int32_t many_values[] = {
	-400, 511, 422, 333, 244, 155, 66, -23, -112, -201, -290, -379, 532, 443, 354, 265, 176, 87, -2, -91, -180, -269, -358, 553, 464, 375, 286, 197, 108, 19, -70, -159, -248, -337, 574,
	485, 396, 307, 218, 129, 40, -49, -138, -227, -316, 595, 506, 417, 328, 239, 150, 61, -28, -117, -206, -295, -384, 527, 438, 349, 260, 171, 82, -7, -96, -185, -274, -363, 548, 459,
};
static struct ppm_choice choices[] = { { 4, sum_masks, choice_values, 9 }, { 0, sum_masks, choice_values, -5 }, { 6, sum_masks, choice_values, 1 }, { 70, many_masks, many_values, 3 } };
static struct ppm_site sites[4];
// 0..11 numbers, then whole numbers, then amounts.
static union ppm_constant constants[] = {
	{ .f64 = 0 }, { .f64 = 1.5 }, { .f64 = -2.5 }, { .f64 = 100 }, { .f64 = 8 }, { .f64 = 1e300 }, { .f64 = -3 }, { .f64 = 4 }, { .f64 = 10 }, { .f64 = 20 }, { .f64 = 7 }, { .f64 = 0.1 },
	{ .i64 = 0 }, { .i64 = 15 }, { .i64 = -7 }, { .i64 = 100 }, { .i64 = 3 }, { .i64 = 3 }, { .i64 = 32000 }, { .i64 = -32000 },
	{ .x128 = 0 }, { .x128 = 1000000000000 }, { .x128 = -5 },
	{ .i64 = INT16_MIN }, { .i64 = 100 }, { .i64 = INT16_MAX },
};
#define FIRST_INTEGER 12
#define FIRST_EXACT 20
#define FIRST_BOUND 23
#define CONSTANTS (sizeof constants / sizeof *constants)
#define COUNT(table) ((uint32_t)(sizeof table / sizeof *table))

static void double_call(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	for (size_t lane = 0; lane < frame->rows; lane++) {
		if (!(frame->active[lane / 64] >> (lane % 64) & 1))
			continue;
		result[lane] = 2 * x[lane];
		if (x[lane] < 0)
			frame->defined[lane / 64] &= ~(UINT64_C(1) << (lane % 64));
		if (x[lane] > 1e6)
			frame->overflowed[lane / 64] |= UINT64_C(1) << (lane % 64);
	}
}

static struct ppm_call calls[] = { { .name = { "double", 6 }, .why_missing = { "negative", 8 }, .kernel = double_call, .result = PPM_CLASS_F64, .arguments = { PPM_CLASS_F64 }, .registers = { 1 }, .argument_count = 1, .site = 2 } };
static struct ppm_reason_unit units_fixed[] = {
	{ .set = 0, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 5 }, { .set = 1, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 9 },
	{ .set = PPM_NO_REGISTER, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 5 }, { .set = 2, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 0 },
	{ .set = 3, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 5 }, { .set = 4, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = -3 },
};
static struct ppm_reason_unit units_varying[] = {
	{ .set = 0, .value = 1, .factor = PPM_NO_REGISTER, .cost = 5 }, { .set = 1, .value = PPM_NO_REGISTER, .factor = 2, .cost = 9 },
	{ .set = PPM_NO_REGISTER, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER, .cost = 5 }, { .set = 2, .value = 2, .factor = 1, .cost = 0 }, { .set = 3, .value = 1, .factor = PPM_NO_REGISTER, .cost = 0 },
};
static struct ppm_reason_list reason_lists[] = { { units_fixed, 6, 2, 3 }, { units_varying, 5, 2, 3 }, { units_fixed, 6, 2, 1 }, { units_fixed, 6, 2, 0 } };

static void share_tables(struct ppm_program *program)
{
	program->sets = sets;
	program->set_count = COUNT(sets);
	program->text_tests = text_tests;
	program->text_test_count = COUNT(text_tests);
	program->texts = texts;
	program->text_count = COUNT(texts);
	program->maps = maps;
	program->map_count = COUNT(maps);
	program->linears = linears;
	program->linear_count = COUNT(linears);
	program->point_ranges = ranges;
	program->point_range_count = COUNT(ranges);
	program->rates = rates;
	program->rate_count = COUNT(rates);
	program->point_sums = point_sums;
	program->point_sum_count = COUNT(point_sums);
	program->means = means;
	program->mean_count = COUNT(means);
	program->choices = choices;
	program->choice_count = COUNT(choices);
	program->sites = sites;
	program->site_count = COUNT(sites);
	program->constants = constants;
	program->constant_count = CONSTANTS;
	program->calls = calls;
	program->call_count = COUNT(calls);
	program->reason_lists = reason_lists;
	program->reason_list_count = COUNT(reason_lists);
	for (size_t class = 0; class < PPM_CLASS_COUNT; class++)
		program->register_counts[class] = REGISTERS;
}

// ---- the second machine

struct file {
	bool m[REGISTERS][PPM_BATCH_ROWS];
	double f[REGISTERS][PPM_BATCH_ROWS];
	int64_t l[REGISTERS][PPM_BATCH_ROWS];
	ppm_int128 x[REGISTERS][PPM_BATCH_ROWS];
	int32_t i[REGISTERS][PPM_BATCH_ROWS];
	int16_t h[REGISTERS][PPM_BATCH_ROWS];
};

enum outcome { FINE, MISSING, FAULT };

static ppm_int128 round_divide(ppm_int128 numerator, ppm_int128 denominator)
{
	if (denominator < 0) {
		numerator = -numerator;
		denominator = -denominator;
	}
	ppm_int128 quotient = numerator / denominator, rest = numerator % denominator;
	if (rest < 0)
		rest = -rest;
	if (rest >= denominator - rest)
		quotient += numerator < 0 ? -1 : 1;
	return quotient;
}

// 12 places, and 15 digits at most.
static double reference_as_decimal(double x)
{
	double scale = 1e12;
	for (double border = 1000; fabs(x) >= border && scale > 1; border *= 10)
		scale /= 10;
	return round(x * scale) / scale + 0.0;
}

static double reference_add(double a, double b)
{
	double larger = fmax(fabs(a), fabs(b));
	if (larger < 1e-8 || !(fabs(a + b) < larger))
		return a + b;
	char text[40];
	snprintf(text, sizeof text, "%.25e", larger); // its exponent, as exactly as there are digits
	int places = 14 - atoi(strchr(text, 'e') + 1);
	double scale = places > 0 ? strtod((snprintf(text, sizeof text, "1e%d", places), text), NULL) : 1;
	return round((a + b) * scale) / scale + 0.0;
}

// Only numbers whose decimal has at most 3 places are used where this matters.
static ppm_int128 decimal12(double x)
{
	return (ppm_int128)llround(x * 1000) * 1000000000;
}

static bool relation(unsigned kind, ppm_int128 x, ppm_int128 y)
{
	return kind == 0 ? x == y : kind == 1 ? x < y : kind == 2 ? x <= y : kind == 3 ? x > y : x >= y;
}

// Days to dates the slow way: a year and a month at a time.
static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int year, int month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return lengths[month - 1] + (month == 2 && leap(year));
}

static void civil(int32_t date, int *year, int *month, int *day, int *day_of_year)
{
	*year = 1970;
	*month = 1;
	while (date < 0)
		date += leap(--*year) ? 366 : 365;
	while (date >= (leap(*year) ? 366 : 365))
		date -= leap((*year)++) ? 366 : 365;
	*day_of_year = date + 1;
	while (date >= month_length(*year, *month))
		date -= month_length(*year, (*month)++);
	*day = date + 1;
}

static int32_t day_number(int year, int month, int day)
{
	int32_t days = day - 1;
	while (month > 1)
		days += month_length(year, --month);
	for (int y = 1970; y < year; y++)
		days += leap(y) ? 366 : 365;
	for (int y = year; y < 1970; y++)
		days -= leap(y) ? 366 : 365;
	return days;
}

static enum outcome number(double value, double *out)
{
	*out = value;
	return isfinite(value) ? FINE : FAULT;
}

// The C library reads decimals to the nearest double.
static double nearest(ppm_int128 amount)
{
	char text[64];
	ppm_int128 size = amount < 0 ? -amount : amount;
	snprintf(text, sizeof text, "%s%lld.%012lld", amount < 0 ? "-" : "", (long long)(size / PPM_EXACT_SCALE), (long long)(size % PPM_EXACT_SCALE));
	return amount == 0 ? 0.0 : strtod(text, NULL);
}

// Of integers that are doubles, the quotient is right by IEEE's own rule; larger ones are the decimal library's, which has tests of its own.
static double ratio(ppm_int128 x, ppm_int128 y)
{
	const ppm_int128 most = (ppm_int128)1 << 53;
	if (x <= most && x >= -most && y <= most && y >= -most)
		return (double)(int64_t)x / (double)(int64_t)y + 0.0;
	return ppm_exact_ratio(x, y) + 0.0;
}

static enum outcome exact(ppm_int128 value, ppm_int128 *out)
{
	*out = value;
	return value <= PPM_EXACT_MAX && value >= -PPM_EXACT_MAX ? FINE : FAULT;
}

static enum outcome whole(int64_t value, int64_t low, int64_t high, int32_t *out)
{
	*out = (int32_t)value;
	return value >= low && value <= high ? FINE : FAULT;
}

static uint8_t answers_of(uint32_t code)
{
	return code < COUNT(texts) ? text_answers[code] : code == COUNT(texts) ? 0 : more_answers[code - COUNT(texts) - 1];
}

static int32_t choose(const struct ppm_choice *choice, const struct file *r, size_t n)
{
	for (uint32_t i = 0; i < choice->count; i++) {
		if (r->m[choice->masks[i]][n])
			return choice->values[i];
	}
	return choice->otherwise;
}

static double share_of(ppm_int128 points, ppm_int128 low, ppm_int128 high)
{
	points = points < low ? low : points > high ? high : points;
	return 100.0 * (double)(points - low) / (double)(high - low);
}

static int32_t total_points(const struct ppm_point_sum *sum, const struct file *r, size_t n)
{
	int32_t total = sum->base;
	for (uint32_t i = 0; i < sum->count; i++)
		total += r->m[sum->masks[i]][n] ? sum->points[i] : 0;
	return total;
}

static void reasons_of(const struct ppm_reason_list *list, struct file *r, size_t n)
{
	bool used[16] = { false };
	for (uint32_t slot = 0; slot < list->count; slot++) {
		int32_t best = -1;
		double most = 0;
		for (uint32_t u = 0; u < list->unit_count; u++) {
			const struct ppm_reason_unit *unit = &list->units[u];
			double cost = unit->value == PPM_NO_REGISTER ? unit->cost : r->f[unit->value][n];
			cost = reference_as_decimal(cost * (unit->factor == PPM_NO_REGISTER ? 1 : r->f[unit->factor][n]));
			if (!used[u] && (unit->set == PPM_NO_REGISTER || r->m[unit->set][n]) && cost > most) {
				best = (int32_t)u;
				most = cost;
			}
		}
		if (best >= 0)
			used[best] = true;
		r->i[list->first + slot][n] = best;
	}
}

// Runs one instruction for row n. Operands are read before anything is written.
static enum outcome reference(const struct ppm_instruction *at, struct file *r, size_t n, bool live)
{
	const union ppm_constant *K = constants + at->k;
	double *F = &r->f[at->a][n], fb = r->f[at->b][n], fc = r->f[at->c][n];
	int64_t *L = &r->l[at->a][n], lb = r->l[at->b][n], lc = r->l[at->c][n], ld = r->l[at->d][n];
	ppm_int128 *X = &r->x[at->a][n], xb = r->x[at->b][n], xc = r->x[at->c][n], xd = r->x[at->d][n];
	int32_t *I = &r->i[at->a][n], ib = r->i[at->b][n], ic = r->i[at->c][n], id = r->i[at->d][n];
	int16_t *H = &r->h[at->a][n], hb = r->h[at->b][n];
	bool *M = &r->m[at->a][n], *D = &r->m[at->d][n], mb = r->m[at->b][n], mc = r->m[at->c][n], md = r->m[at->d][n];
	double fd = r->f[at->d][n];
	int32_t date;
	int year, month, day, yday;
	switch ((enum ppm_opcode)at->op) {
	case PPM_OP_MASK_ROWS: *M = live; return FINE;
	case PPM_OP_MASK_FILL: *M = at->k != 0; return FINE;
	case PPM_OP_MASK_NOT: *M = !mb; return FINE;
	case PPM_OP_MASK_AND: *M = mb && mc; return FINE;
	case PPM_OP_MASK_OR: *M = mb || mc; return FINE;
	case PPM_OP_MASK_AND_NOT: *M = mb && !mc; return FINE;
	case PPM_OP_MASK_XOR: *M = mb != mc; return FINE;
	case PPM_OP_MASK_SELECT: *M = mb ? mc : md; return FINE;
	case PPM_OP_FILL_F64: *F = K->f64; return FINE;
	case PPM_OP_FILL_I64: *L = K->i64; return FINE;
	case PPM_OP_FILL_I32: *I = (int32_t)K->i64; return FINE;
	case PPM_OP_FILL_X128: *X = K->x128; return FINE;
	case PPM_OP_SELECT_F64: *F = mb ? fc : fd; return FINE;
	case PPM_OP_SELECT_I64: *L = mb ? lc : ld; return FINE;
	case PPM_OP_SELECT_I32: *I = mb ? ic : id; return FINE;
	case PPM_OP_SELECT_X128: *X = mb ? xc : xd; return FINE;
	case PPM_OP_EQ_F64: *M = fb == fc; return FINE;
	case PPM_OP_LT_F64: *M = fb < fc; return FINE;
	case PPM_OP_LE_F64: *M = fb <= fc; return FINE;
	case PPM_OP_EQ_F64_K: *M = fb == K->f64; return FINE;
	case PPM_OP_LE_F64_K: *M = fb <= K->f64; return FINE;
	case PPM_OP_GE_F64_K: *M = fb >= K->f64; return FINE;
	case PPM_OP_IN_RANGE_F64_K: *M = fb >= K[0].f64 && fb <= K[1].f64; return FINE;
	case PPM_OP_EQ_I64: *M = lb == lc; return FINE;
	case PPM_OP_LT_I64: *M = lb < lc; return FINE;
	case PPM_OP_LE_I64: *M = lb <= lc; return FINE;
	case PPM_OP_EQ_I64_K: *M = lb == K->i64; return FINE;
	case PPM_OP_LE_I64_K: *M = lb <= K->i64; return FINE;
	case PPM_OP_GE_I64_K: *M = lb >= K->i64; return FINE;
	case PPM_OP_IN_RANGE_I64_K: *M = lb >= K[0].i64 && lb <= K[1].i64; return FINE;
	case PPM_OP_EQ_I32: *M = ib == ic; return FINE;
	case PPM_OP_LT_I32: *M = ib < ic; return FINE;
	case PPM_OP_LE_I32: *M = ib <= ic; return FINE;
	case PPM_OP_EQ_I32_K: *M = ib == K->i64; return FINE;
	case PPM_OP_LE_I32_K: *M = ib <= K->i64; return FINE;
	case PPM_OP_GE_I32_K: *M = ib >= K->i64; return FINE;
	case PPM_OP_IN_RANGE_I32_K: *M = ib >= K[0].i64 && ib <= K[1].i64; return FINE;
	case PPM_OP_IN_RANGE_I16_K: *M = hb >= K[0].i64 && hb <= K[1].i64; return FINE;
	case PPM_OP_EQ_X128: *M = xb == xc; return FINE;
	case PPM_OP_LT_X128: *M = xb < xc; return FINE;
	case PPM_OP_LE_X128: *M = xb <= xc; return FINE;
	case PPM_OP_EQ_X128_K: *M = xb == K->x128; return FINE;
	case PPM_OP_LT_X128_K: *M = xb < K->x128; return FINE;
	case PPM_OP_LE_X128_K: *M = xb <= K->x128; return FINE;
	case PPM_OP_GT_X128_K: *M = xb > K->x128; return FINE;
	case PPM_OP_GE_X128_K: *M = xb >= K->x128; return FINE;
	case PPM_OP_LINEAR_COMPARE: {
		const struct ppm_linear *linear = &linears[at->k];
		ppm_int128 sum = linear->constant;
		for (uint32_t i = 0; i < linear->count; i++)
			sum += (ppm_int128)r->l[linear->registers[i]][n] * linear->coefficients[i];
		*M = relation(linear->relation, sum, 0);
		return FINE;
	}
	case PPM_OP_EQ_DECIMAL_F64: *M = reference_as_decimal(fb) == reference_as_decimal(fc); return FINE;
	case PPM_OP_LT_DECIMAL_F64: *M = reference_as_decimal(fb) < reference_as_decimal(fc); return FINE;
	case PPM_OP_LE_DECIMAL_F64: *M = reference_as_decimal(fb) <= reference_as_decimal(fc); return FINE;
	case PPM_OP_EQ_TIMES_F64_K: *M = reference_as_decimal(fb) == reference_as_decimal(fc * K->f64); return isfinite(fc * K->f64) ? FINE : FAULT;
	case PPM_OP_LT_TIMES_F64_K: *M = reference_as_decimal(fb) < reference_as_decimal(fc * K->f64); return isfinite(fc * K->f64) ? FINE : FAULT;
	case PPM_OP_LE_TIMES_F64_K: *M = reference_as_decimal(fb) <= reference_as_decimal(fc * K->f64); return isfinite(fc * K->f64) ? FINE : FAULT;
	case PPM_OP_GT_TIMES_F64_K: *M = reference_as_decimal(fb) > reference_as_decimal(fc * K->f64); return isfinite(fc * K->f64) ? FINE : FAULT;
	case PPM_OP_GE_TIMES_F64_K: *M = reference_as_decimal(fb) >= reference_as_decimal(fc * K->f64); return isfinite(fc * K->f64) ? FINE : FAULT;
	case PPM_OP_COMPARE_RATE: {
		ppm_int128 divisor = decimal12(fc);
		*D = divisor != 0;
		*M = false;
		if (divisor == 0)
			return MISSING;
		ppm_int128 quotient = round_divide((ppm_int128)lb * PPM_EXACT_PER_MONEY * 1000, divisor / 1000000000);
		*M = relation(rates[at->k].relation, quotient, rates[at->k].value);
		return quotient <= PPM_EXACT_MAX && quotient >= -PPM_EXACT_MAX ? FINE : FAULT;
	}
	case PPM_OP_ADD_F64: return number(reference_add(fb, fc), F);
	case PPM_OP_SUB_F64: return number(reference_add(fb, -fc), F);
	case PPM_OP_MUL_F64: return number(fb * fc, F);
	case PPM_OP_DIV_F64: *D = fc != 0; return fc != 0 ? number(fb / fc, F) : MISSING;
	case PPM_OP_MOD_F64: {
		*D = reference_as_decimal(fc) != 0;
		return *D ? number(ppm_number_modulo(fb, fc), F) : MISSING; // the decimal library's, which has tests of its own
	}
	case PPM_OP_POW_F64:
		*D = !(fb == 0 && fc < 0) && !(fb < 0 && fc != floor(fc));
		return *D ? number(pow(fb, fc), F) : MISSING;
	case PPM_OP_ADD_F64_K: return number(reference_add(fb, K->f64), F);
	case PPM_OP_SUB_F64_K: return number(reference_add(fb, -K->f64), F);
	case PPM_OP_RSUB_F64_K: return number(reference_add(K->f64, -fb), F);
	case PPM_OP_MUL_F64_K: return number(fb * K->f64, F);
	case PPM_OP_DIV_F64_K: return number(fb / K->f64, F);
	case PPM_OP_MULADD_F64_K: {
		volatile double product = fb * K->f64;
		return number(reference_add(product, fc), F);
	}
	case PPM_OP_NEG_F64: *F = fb == 0 ? 0.0 : -fb; return FINE;
	case PPM_OP_ABS_F64: *F = fabs(fb); return FINE;
	case PPM_OP_MIN_F64: *F = fb < fc ? fb : fc; return FINE;
	case PPM_OP_MAX_F64: *F = fb > fc ? fb : fc; return FINE;
	case PPM_OP_CLAMP_F64_K: *F = fb < K[0].f64 ? K[0].f64 : fb > K[1].f64 ? K[1].f64 : fb == 0 && K[0].f64 == 0 ? K[0].f64 : fb; return FINE;
	case PPM_OP_DECIMAL_F64: *F = reference_as_decimal(fb); return FINE;
	case PPM_OP_ROUND_PLACES_F64: {
		// By the decimal that the number stands for, as printf finds it; 2^53 and more is whole.
		char text[64];
		if (fabs(fb) >= 0x1p53) {
			*F = fb;
			return FINE;
		}
		int digits = snprintf(text, sizeof text, "%.0f", floor(fabs(fb))), decimals = digits < 3 ? 12 : digits < 15 ? 15 - digits : 0;
		snprintf(text, sizeof text, "%.*f", decimals, reference_as_decimal(fabs(fb)));
		ppm_int128 mantissa = 0, unit = 1;
		for (const char *c = text; *c; c++)
			mantissa = *c == '.' ? mantissa : mantissa * 10 + (*c - '0');
		for (; decimals > (int)at->k; decimals--)
			unit *= 10;
		double scaled = (double)((2 * mantissa + unit) / (2 * unit)) / pow(10, decimals);
		*F = fb < 0 && scaled != 0 ? -scaled : scaled;
		return FINE;
	}
	case PPM_OP_ADD_I64:
	case PPM_OP_SUB_I64: {
		ppm_int128 sum = at->op == PPM_OP_ADD_I64 ? (ppm_int128)lb + lc : (ppm_int128)lb - lc;
		*L = (int64_t)sum;
		return sum <= PPM_MONEY_MAX && sum >= -PPM_MONEY_MAX ? FINE : FAULT;
	}
	case PPM_OP_ADD_X128: return exact(xb + xc, X);
	case PPM_OP_SUB_X128: return exact(xb - xc, X);
	case PPM_OP_NEG_I64: *L = (int64_t)(0 - (uint64_t)lb); return FINE;
	case PPM_OP_ABS_I64: *L = lb < 0 ? (int64_t)(0 - (uint64_t)lb) : lb; return FINE;
	case PPM_OP_MIN_I64: *L = lb < lc ? lb : lc; return FINE;
	case PPM_OP_MAX_I64: *L = lb > lc ? lb : lc; return FINE;
	case PPM_OP_NEG_X128: *X = -xb; return FINE;
	case PPM_OP_ABS_X128: *X = xb < 0 ? -xb : xb; return FINE;
	case PPM_OP_MIN_X128: *X = xb < xc ? xb : xc; return FINE;
	case PPM_OP_MAX_X128: *X = xb > xc ? xb : xc; return FINE;
	case PPM_OP_EXACT_FROM_MONEY: *X = (ppm_int128)lb * PPM_EXACT_PER_MONEY; return FINE;
	case PPM_OP_NUMBER_FROM_EXACT: *F = nearest(xb); return FINE;
	case PPM_OP_MUL_X128_F64: return exact(round_divide(xb * (decimal12(fc) / 1000000000), 1000), X);
	case PPM_OP_MUL_I64_F64: return exact(round_divide((ppm_int128)lb * PPM_EXACT_PER_MONEY * (decimal12(fc) / 1000000000), 1000), X);
	case PPM_OP_DIV_X128_F64:
		*D = decimal12(fc) != 0;
		return *D ? exact(round_divide(xb * 1000, decimal12(fc) / 1000000000), X) : MISSING;
	case PPM_OP_DIV_I64_F64:
		*D = decimal12(fc) != 0;
		return *D ? exact(round_divide((ppm_int128)lb * PPM_EXACT_PER_MONEY * 1000, decimal12(fc) / 1000000000), X) : MISSING;
	case PPM_OP_RATIO_I64: *D = lc != 0; return lc != 0 ? number(ratio(lb, lc), F) : MISSING;
	case PPM_OP_RATIO_X128: *D = xc != 0; return xc != 0 ? number(ratio(xb, xc), F) : MISSING;
	case PPM_OP_ROUND_PLACES_X128: {
		ppm_int128 unit = 1;
		for (uint32_t i = at->k; i < 12; i++)
			unit *= 10;
		*X = round_divide(xb, unit) * unit;
		return FINE;
	}
	case PPM_OP_SUB_I32: return whole((int64_t)ib - ic, INT32_MIN, INT32_MAX, I);
	case PPM_OP_ADD_I32: return whole((int64_t)ib + ic, INT32_MIN, INT32_MAX, I);
	case PPM_OP_DATE_ADD_DAYS: return whole((int64_t)ib + ic, PPM_DATE_MIN, PPM_DATE_MAX, I);
	case PPM_OP_DATE_SUB_DAYS: return whole((int64_t)ib - ic, PPM_DATE_MIN, PPM_DATE_MAX, I);
	case PPM_OP_DATE_ADD_MONTHS:
	case PPM_OP_DATE_SUB_MONTHS: {
		civil(ib, &year, &month, &day, &yday);
		int64_t months = (int64_t)year * 12 + month - 1 + (at->op == PPM_OP_DATE_ADD_MONTHS ? ic : -(int64_t)ic);
		if (months < 12 || months >= 120000)
			return FAULT;
		year = (int)(months / 12);
		month = (int)(months % 12) + 1;
		*I = day_number(year, month, day < month_length(year, month) ? day : month_length(year, month));
		return FINE;
	}
	case PPM_OP_NEG_I32: *I = (int32_t)(0 - (uint32_t)ib); return FINE;
	case PPM_OP_MIN_I32: *I = ib < ic ? ib : ic; return FINE;
	case PPM_OP_MAX_I32: *I = ib > ic ? ib : ic; return FINE;
	case PPM_OP_MUL_I32_F64:
	case PPM_OP_DIV_I32_F64: { // the decimal is the library's, which has tests of its own
		ppm_int128 decimal = 0, million = 1000000, result;
		bool small = ppm_exact_from_number(fc, &decimal), times = at->op == PPM_OP_MUL_I32_F64;
		if (!times && small && !decimal) {
			*D = 0;
			return MISSING;
		}
		if (!times)
			*D = 1;
		if (!small)
			return whole(times && ib ? INT64_MAX : 0, -INT32_MAX, INT32_MAX, I);
		result = times ? round_divide(ib * decimal, million * million) : round_divide(ib * million * million, decimal);
		return whole(result > INT32_MAX ? INT64_MAX : result < -INT32_MAX ? INT64_MIN : (int64_t)result, -INT32_MAX, INT32_MAX, I);
	}
	case PPM_OP_DATE_PART:
		date = ib < PPM_DATE_MIN ? PPM_DATE_MIN : ib > PPM_DATE_MAX ? PPM_DATE_MAX : ib;
		civil(date, &year, &month, &day, &yday);
		*I = at->k == 0 ? year : at->k == 1 ? (month + 2) / 3 : at->k == 2 ? month : at->k == 3 ? day : at->k == 4 ? ((date % 7 + 7) % 7 + 3) % 7 + 1 : yday;
		return FINE;
	case PPM_OP_CHOOSE_I32: *I = choose(&choices[at->k], r, n); return FINE;
	case PPM_OP_NUMBER_FROM_I32: *F = ib; return FINE;
	case PPM_OP_TEXT_IN_SET: {
		const struct ppm_set *set = &sets[at->k];
		int64_t place = (int64_t)(uint32_t)ib - set->base;
		*M = place >= 0 && place < set->bit_count && set->bits[place / 32] >> (place % 32) & 1;
		return FINE;
	}
	case PPM_OP_TEXT_TEST: *M = answers_of((uint32_t)ib) >> at->k & 1; return FINE;
	case PPM_OP_TEXT_TEST_BY: {
		// Only with "banana" or "an" like operands would the table of answers do: here both are words of the pool.
		struct ppm_slice text = (uint32_t)ib < COUNT(texts) ? texts[ib] : (uint32_t)ib == COUNT(texts) ? (struct ppm_slice){ "\xff", 1 } : more_texts[ib - (int32_t)COUNT(texts) - 1];
		struct ppm_slice other = (uint32_t)ic < COUNT(texts) ? texts[ic] : (uint32_t)ic == COUNT(texts) ? (struct ppm_slice){ "\xff", 1 } : more_texts[ic - (int32_t)COUNT(texts) - 1];
		char one[16] = "", two[16] = "";
		memcpy(one, text.data, text.size);
		memcpy(two, other.data, other.size);
		int order = strcmp(one, two);
		switch (at->k) {
		case PPM_TEXT_CONTAINS: *M = strstr(one, two) != NULL; break;
		case PPM_TEXT_STARTS_WITH: *M = strncmp(one, two, other.size) == 0; break;
		case PPM_TEXT_ENDS_WITH: *M = text.size >= other.size && strcmp(one + text.size - other.size, two) == 0; break;
		case PPM_TEXT_LESS: *M = order < 0; break;
		case PPM_TEXT_LESS_EQUAL: *M = order <= 0; break;
		case PPM_TEXT_GREATER: *M = order > 0; break;
		default: *M = order >= 0; break;
		}
		return FINE;
	}
	case PPM_OP_MAP_F64: *F = (uint32_t)ib < 3 ? entries_f64[ib].f64 : 7; return FINE;
	case PPM_OP_MAP_I64: *L = (uint32_t)ib < 3 ? entries_i64[ib].i64 : 70; return FINE;
	case PPM_OP_MAP_X128: *X = (uint32_t)ib < 2 ? entries_i64[ib].x128 : 99; return FINE;
	case PPM_OP_MAP_I32: *I = (int32_t)((uint32_t)ib < 2 ? entries_i64[ib].i64 : 3); return FINE;
	case PPM_OP_SUM_IF_I16: *H = (int16_t)total_points(&point_sums[at->k], r, n); return FINE;
	case PPM_OP_SUM_SHARE: *F = share_of(total_points(&point_sums[at->k], r, n), point_sums[at->k].low, point_sums[at->k].high); return FINE;
	case PPM_OP_SUM_SHARE_I16: *H = (int16_t)share_of(total_points(&point_sums[at->k], r, n), point_sums[at->k].low, point_sums[at->k].high); return FINE;
	case PPM_OP_NUMBER_FROM_I16: *F = hb / (double[]){ 1, 10, 100, 1000, 10000 }[at->k]; return FINE;
	case PPM_OP_ADD_IF_I64: *L = mb ? (int64_t)((uint64_t)*L + (uint64_t)K->i64) : *L; return FINE;
	case PPM_OP_ADD_VALUE_IF_I64: *L = mb ? (int64_t)((uint64_t)*L + (uint64_t)lc) : *L; return FINE;
	case PPM_OP_SUB_VALUE_IF_I64: *L = mb ? (int64_t)((uint64_t)*L - (uint64_t)lc) : *L; return FINE;
	case PPM_OP_ADD_POINTS: *L = (int64_t)((uint64_t)lb + (uint64_t)lc); return FINE;
	case PPM_OP_POINTS_WIDEN: *L = (int64_t)hb * K->i64; return FINE;
	case PPM_OP_POINTS_FROM_NUMBER: {
		double points = round(reference_as_decimal(fb) * 1e6);
		if (fabs(points) > 1e18)
			return FAULT;
		*L = (int64_t)points;
		return FINE;
	}
	case PPM_OP_NUMBER_FROM_POINTS: *F = (double)lb / K->f64; return FINE;
	case PPM_OP_CLAMP_I64_K: *L = lb < K[0].i64 ? K[0].i64 : lb > K[1].i64 ? K[1].i64 : lb; return FINE;
	case PPM_OP_CLAMP_I16_K: *H = (int16_t)(hb < K[0].i64 ? K[0].i64 : hb > K[1].i64 ? K[1].i64 : hb); return FINE;
	case PPM_OP_SHARE_I64: *F = share_of(lb, ranges[at->k].low, ranges[at->k].high); return FINE;
	case PPM_OP_SHARE_BETWEEN: *F = ld > lc ? share_of(lb, lc, ld) : 0; return FINE;
	case PPM_OP_WEIGHTED_MEAN: {
		const struct ppm_mean *mean = &means[at->k];
		volatile double sum = r->f[mean->registers[0]][n] * mean->weights[0];
		for (uint32_t i = 1; i < mean->count; i++) {
			volatile double product = r->f[mean->registers[i]][n] * mean->weights[i];
			sum = sum + product;
		}
		return number(sum / mean->divisor + 0.0, F);
	}
	case PPM_OP_ROUNDED_MEAN_I16: {
		// In integers: twice the sum and once the divisor, over twice the divisor.
		const struct ppm_mean *mean = &means[at->k];
		int64_t sum = 0, divisor = (int64_t)mean->divisor, power = 1;
		for (uint32_t i = 0; i < mean->count; i++)
			sum += r->h[mean->registers[i]][n] * (int64_t)mean->weights[i];
		for (uint32_t i = 0; i < mean->places; i++)
			power *= 10;
		*H = (int16_t)((2 * sum * power + divisor) / (2 * divisor));
		return FINE;
	}
	case PPM_OP_SCALE_F64: {
		double t = reference_add(fb, -K[2].f64) / reference_add(K[3].f64, -K[2].f64);
		t = t < 0 ? 0 : t > 1 ? 1 : t;
		volatile double part = reference_add(K[1].f64, -K[0].f64) * t;
		*F = reference_add(K[0].f64, part);
		return FINE;
	}
	case PPM_OP_CALL: {
		double x = r->f[1][n];
		*D = !(x < 0);
		if (x > 1e6)
			return FAULT;
		*F = 2 * x;
		return x < 0 ? MISSING : FINE;
	}
	case PPM_OP_REASONS: reasons_of(&reason_lists[at->k], r, n); return FINE;
	default: return FINE;
	}
}

#endif

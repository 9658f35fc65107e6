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
static struct ppm_set sets[] = { { 2, 6, set_small }, { 0, 97, set_wide }, { 1, 8, set_full }, { 0, 0, NULL }, { 3, 40, set_wide } };
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
};
static struct ppm_point_range ranges[] = { { 0, 100 }, { -30, 70 }, { 5, 12 }, { -100000, 200000 }, { 0, 45 } };
static struct ppm_rate rates[] = { { 4, (ppm_int128)500 * PPM_EXACT_SCALE, 0 }, { 1, -3, 0 }, { 0, (ppm_int128)2 * PPM_EXACT_SCALE, 0 }, { 2, 0, 0 }, { 3, PPM_EXACT_MAX, 0 } };
static const uint16_t sum_masks[] = { 0, 1, 2, 3, 4, 5, 1, 2 };
static const int16_t sum_points[] = { 20, 10, -15, 5, -20, 30, 7, 1 }, large_points[] = { 2000, -1000, 300, 5, -20, 30, 7, 1 };
static struct ppm_point_sum point_sums[] = { { 50, 0, 100, 8, sum_masks, sum_points }, { -7, -40, 20, 5, sum_masks, sum_points }, { 1, 0, 3000, 8, sum_masks, large_points }, { 3, 10, 55, 0, sum_masks, sum_points } };
static const uint16_t mean_registers[] = { 1, 2, 3, 1, 2, 3, 1, 2, 3 };
static const double mean_weights[] = { 35, 20, -0.5, 1e-3, 7, 3, 2, 1, 0.1 };
static struct ppm_mean means[] = { { 3, mean_registers, mean_weights, 100 }, { 1, mean_registers, mean_weights, 0.3 }, { 9, mean_registers, mean_weights, -12 }, { 5, mean_registers, mean_weights, 64 }, { 2, mean_registers, mean_weights, 7 } };
static const int32_t choice_values[] = { 4, -1, 77, 0, INT32_MIN, 12 };
static struct ppm_choice choices[] = { { 4, sum_masks, choice_values, 9 }, { 0, sum_masks, choice_values, -5 }, { 6, sum_masks, choice_values, 1 } };
static struct ppm_site sites[4];
// 0..11 numbers, then whole numbers, then amounts.
static union ppm_constant constants[] = {
	{ .f64 = 0 }, { .f64 = 1.5 }, { .f64 = -2.5 }, { .f64 = 100 }, { .f64 = 8 }, { .f64 = 1e300 }, { .f64 = -3 }, { .f64 = 4 }, { .f64 = 10 }, { .f64 = 20 }, { .f64 = 7 }, { .f64 = 0.1 },
	{ .i64 = 0 }, { .i64 = 15 }, { .i64 = -7 }, { .i64 = 100 }, { .i64 = 3 }, { .i64 = 3 }, { .i64 = 32000 }, { .i64 = -32000 },
	{ .x128 = 0 }, { .x128 = 1000000000000 }, { .x128 = -5 },
};
#define FIRST_INTEGER 12
#define FIRST_EXACT 20
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
static struct ppm_reason_list reason_lists[] = { { units_fixed, 6, 2, 3 }, { units_varying, 5, 2, 3 }, { units_fixed, 6, 2, 1 } };

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

static double reference_round12(double x)
{
	return (fabs(x) < 4096 ? round(x * 1e12) / 1e12 : x) + 0.0;
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
			cost = reference_round12(cost * (unit->factor == PPM_NO_REGISTER ? 1 : r->f[unit->factor][n]));
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
	case PPM_OP_MASK_COPY: *M = mb; return FINE;
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
	case PPM_OP_FILL_I16: *H = (int16_t)K->i64; return FINE;
	case PPM_OP_SELECT_F64: *F = mb ? fc : fd; return FINE;
	case PPM_OP_SELECT_I64: *L = mb ? lc : ld; return FINE;
	case PPM_OP_SELECT_I32: *I = mb ? ic : id; return FINE;
	case PPM_OP_SELECT_X128: *X = mb ? xc : xd; return FINE;
	case PPM_OP_EQ_F64: *M = fb == fc; return FINE;
	case PPM_OP_LT_F64: *M = fb < fc; return FINE;
	case PPM_OP_LE_F64: *M = fb <= fc; return FINE;
	case PPM_OP_EQ_F64_K: *M = fb == K->f64; return FINE;
	case PPM_OP_LT_F64_K: *M = fb < K->f64; return FINE;
	case PPM_OP_LE_F64_K: *M = fb <= K->f64; return FINE;
	case PPM_OP_GT_F64_K: *M = fb > K->f64; return FINE;
	case PPM_OP_GE_F64_K: *M = fb >= K->f64; return FINE;
	case PPM_OP_IN_RANGE_F64_K: *M = fb >= K[0].f64 && fb <= K[1].f64; return FINE;
	case PPM_OP_EQ_I64: *M = lb == lc; return FINE;
	case PPM_OP_LT_I64: *M = lb < lc; return FINE;
	case PPM_OP_LE_I64: *M = lb <= lc; return FINE;
	case PPM_OP_EQ_I64_K: *M = lb == K->i64; return FINE;
	case PPM_OP_LT_I64_K: *M = lb < K->i64; return FINE;
	case PPM_OP_LE_I64_K: *M = lb <= K->i64; return FINE;
	case PPM_OP_GT_I64_K: *M = lb > K->i64; return FINE;
	case PPM_OP_GE_I64_K: *M = lb >= K->i64; return FINE;
	case PPM_OP_IN_RANGE_I64_K: *M = lb >= K[0].i64 && lb <= K[1].i64; return FINE;
	case PPM_OP_EQ_I32: *M = ib == ic; return FINE;
	case PPM_OP_LT_I32: *M = ib < ic; return FINE;
	case PPM_OP_LE_I32: *M = ib <= ic; return FINE;
	case PPM_OP_EQ_I32_K: *M = ib == K->i64; return FINE;
	case PPM_OP_LT_I32_K: *M = ib < K->i64; return FINE;
	case PPM_OP_LE_I32_K: *M = ib <= K->i64; return FINE;
	case PPM_OP_GT_I32_K: *M = ib > K->i64; return FINE;
	case PPM_OP_GE_I32_K: *M = ib >= K->i64; return FINE;
	case PPM_OP_IN_RANGE_I32_K: *M = ib >= K[0].i64 && ib <= K[1].i64; return FINE;
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
	case PPM_OP_EQ_ROUND12_F64: *M = reference_round12(fb) == reference_round12(fc); return FINE;
	case PPM_OP_LT_ROUND12_F64: *M = reference_round12(fb) < reference_round12(fc); return FINE;
	case PPM_OP_LE_ROUND12_F64: *M = reference_round12(fb) <= reference_round12(fc); return FINE;
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
	case PPM_OP_ADD_F64: return number(fb + fc, F);
	case PPM_OP_SUB_F64: return number(fb - fc, F);
	case PPM_OP_MUL_F64: return number(fb * fc, F);
	case PPM_OP_DIV_F64: *D = fc != 0; return fc != 0 ? number(fb / fc, F) : MISSING;
	case PPM_OP_MOD_F64: {
		*D = fc != 0;
		volatile double product = fc * floor(fb / fc);
		return fc != 0 ? number(fb - product, F) : MISSING;
	}
	case PPM_OP_POW_F64:
		*D = !(fb == 0 && fc < 0) && !(fb < 0 && fc != floor(fc));
		return *D ? number(pow(fb, fc), F) : MISSING;
	case PPM_OP_ADD_F64_K: return number(fb + K->f64, F);
	case PPM_OP_SUB_F64_K: return number(fb - K->f64, F);
	case PPM_OP_RSUB_F64_K: return number(K->f64 - fb, F);
	case PPM_OP_MUL_F64_K: return number(fb * K->f64, F);
	case PPM_OP_DIV_F64_K: return number(fb / K->f64, F);
	case PPM_OP_MULADD_F64_K: {
		volatile double product = fb * K->f64;
		return number(product + fc, F);
	}
	case PPM_OP_NEG_F64: *F = fb == 0 ? 0.0 : -fb; return FINE;
	case PPM_OP_ABS_F64: *F = fabs(fb); return FINE;
	case PPM_OP_MIN_F64: *F = fb < fc ? fb : fc; return FINE;
	case PPM_OP_MAX_F64: *F = fb > fc ? fb : fc; return FINE;
	case PPM_OP_CLAMP_F64_K: *F = fb < K[0].f64 ? K[0].f64 : fb > K[1].f64 ? K[1].f64 : fb == 0 && K[0].f64 == 0 ? K[0].f64 : fb; return FINE;
	case PPM_OP_ROUND12_F64: *F = reference_round12(fb); return FINE;
	case PPM_OP_ROUND_PLACES_F64: {
		// By the decimal that the number stands for: below 4096 its 12 places, else what 17 digits say when fewer do not say the same.
		char text[64];
		double power = pow(10, at->k);
		if (fabs(fb) < 4096) {
			*F = round(round(fb * 1e12) / (1e12 / power)) / power + 0.0;
			return FINE;
		}
		if (fabs(fb) >= 0x1p53) {
			*F = fb;
			return FINE;
		}
		int digits = 15;
		do {
			snprintf(text, sizeof text, "%.*e", digits - 1, fabs(fb));
		} while (strtod(text, NULL) != fabs(fb) && ++digits < 18);
		ppm_int128 mantissa = 0, unit = 1;
		int exponent = atoi(strchr(text, 'e') + 1), places = digits - 1 - exponent;
		for (const char *c = text; *c != 'e'; c++)
			mantissa = *c == '.' ? mantissa : mantissa * 10 + (*c - '0');
		if (places <= (int)at->k) {
			*F = fb;
			return FINE;
		}
		for (; places > (int)at->k; places--)
			unit *= 10;
		double scaled = (double)((2 * mantissa + unit) / (2 * unit)) / power;
		*F = fb < 0 ? -scaled : scaled;
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
	case PPM_OP_MONEY_FROM_EXACT: *L = (int64_t)round_divide(xb, PPM_EXACT_PER_MONEY); return FINE;
	case PPM_OP_NUMBER_FROM_EXACT: *F = nearest(xb); return FINE;
	case PPM_OP_EXACT_FROM_NUMBER: return exact(decimal12(fb), X);
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
	case PPM_OP_MUL_I32_F64: {
		double product = round(reference_round12((double)ib * fc));
		return fabs(product) <= 2147483647.0 ? whole((int64_t)product, INT32_MIN, INT32_MAX, I) : FAULT;
	}
	case PPM_OP_DATE_PART:
		date = ib < PPM_DATE_MIN ? PPM_DATE_MIN : ib > PPM_DATE_MAX ? PPM_DATE_MAX : ib;
		civil(date, &year, &month, &day, &yday);
		*F = at->k == 0 ? year : at->k == 1 ? (month + 2) / 3 : at->k == 2 ? month : at->k == 3 ? day : at->k == 4 ? ((date % 7 + 7) % 7 + 3) % 7 + 1 : yday;
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
	case PPM_OP_ADD_IF_I16: *H = (int16_t)(mb ? *H + K->i64 : *H); return FINE;
	case PPM_OP_SUM_IF_I16: *H = (int16_t)total_points(&point_sums[at->k], r, n); return FINE;
	case PPM_OP_SUM_SHARE: *F = share_of(total_points(&point_sums[at->k], r, n), point_sums[at->k].low, point_sums[at->k].high); return FINE;
	case PPM_OP_ADD_IF_I64: *L = mb ? (int64_t)((uint64_t)*L + (uint64_t)K->i64) : *L; return FINE;
	case PPM_OP_ADD_VALUE_IF_I64: *L = mb ? (int64_t)((uint64_t)*L + (uint64_t)lc) : *L; return FINE;
	case PPM_OP_SUB_VALUE_IF_I64: *L = mb ? (int64_t)((uint64_t)*L - (uint64_t)lc) : *L; return FINE;
	case PPM_OP_ADD_POINTS: *L = (int64_t)((uint64_t)lb + (uint64_t)lc); return FINE;
	case PPM_OP_POINTS_WIDEN: *L = (int64_t)hb * K->i64; return FINE;
	case PPM_OP_POINTS_FROM_NUMBER: {
		double points = round(reference_round12(fb) * 1e6);
		if (fabs(points) > 1e18)
			return FAULT;
		*L = (int64_t)points;
		return FINE;
	}
	case PPM_OP_NUMBER_FROM_POINTS: *F = (double)lb / K->f64; return FINE;
	case PPM_OP_CLAMP_I64_K: *L = lb < K[0].i64 ? K[0].i64 : lb > K[1].i64 ? K[1].i64 : lb; return FINE;
	case PPM_OP_CLAMP_I16_K: *H = (int16_t)(hb < K[0].i64 ? K[0].i64 : hb > K[1].i64 ? K[1].i64 : hb); return FINE;
	case PPM_OP_SHARE_I16: *F = share_of(hb, ranges[at->k].low, ranges[at->k].high); return FINE;
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
	case PPM_OP_SCALE_F64: {
		double t = (fb - K[2].f64) / (K[3].f64 - K[2].f64);
		t = t < 0 ? 0 : t > 1 ? 1 : t;
		volatile double part = (K[1].f64 - K[0].f64) * t;
		*F = K[0].f64 + part;
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

// ---- operands

// Factors and divisors of amounts: at most 3 places, so that their decimals are plain.
static bool takes_amounts(uint16_t op)
{
	switch (op) {
	case PPM_OP_COMPARE_RATE: case PPM_OP_EXACT_FROM_NUMBER: case PPM_OP_MUL_X128_F64: case PPM_OP_MUL_I64_F64: case PPM_OP_DIV_X128_F64: case PPM_OP_DIV_I64_F64: return true;
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
	case PPM_OPERAND_RANGE_I: return op == PPM_OP_IN_RANGE_I64_K || op == PPM_OP_IN_RANGE_I32_K ? FIRST_INTEGER + below(state, 7) : (uint32_t[]){ FIRST_INTEGER, FIRST_INTEGER + 2, FIRST_INTEGER + 4 }[below(state, 3)];
	case PPM_OPERAND_CONSTANT_X: return FIRST_EXACT + below(state, 3);
	case PPM_OPERAND_SET: return round % COUNT(sets);
	case PPM_OPERAND_TEXT_TEST: return round % COUNT(text_tests);
	case PPM_OPERAND_MAP: return op == PPM_OP_MAP_F64 ? 0 : op == PPM_OP_MAP_I64 ? 1 : op == PPM_OP_MAP_X128 ? 2 : 3;
	case PPM_OPERAND_LINEAR: return round % COUNT(linears);
	case PPM_OPERAND_POINTS: return round % COUNT(ranges);
	case PPM_OPERAND_REASONS: return round % COUNT(reason_lists);
	case PPM_OPERAND_SITE: return below(state, COUNT(sites));
	case PPM_OPERAND_RATE: return round % COUNT(rates);
	case PPM_OPERAND_SUM: return round % COUNT(point_sums);
	case PPM_OPERAND_MEAN: return round % COUNT(means);
	case PPM_OPERAND_CHOICE: return round % COUNT(choices);
	case PPM_OPERAND_COUNT_KIND:
		if (op == PPM_OP_MASK_FILL)
			return round % 2;
		if (op == PPM_OP_DATE_PART)
			return round % 6;
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
			file->h[k][n] = (int16_t)((int32_t)below(state, 400) - 150);
		}
	}
	// Equal values are the interesting ones.
	for (size_t n = 0; n < PPM_BATCH_ROWS; n += 5) {
		file->f[2][n] = takes_amounts(op) ? file->f[2][n] : file->f[1][n];
		file->l[2][n] = file->l[1][n];
		file->x[2][n] = file->x[1][n];
	}
	if (op >= PPM_OP_EQ_ROUND12_F64 && op <= PPM_OP_LE_ROUND12_F64) {
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
	bool fill = at->op >= PPM_OP_FILL_F64 && at->op <= PPM_OP_FILL_I16;
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
		for (uint32_t round = 0; round < 28; round++) {
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
		struct ppm_instruction code[] = { { .op = PPM_OP_DATE_PART, .a = 0, .b = 1, .k = PPM_DATE_YEAR }, { .op = PPM_OP_DATE_PART, .a = 1, .b = 1, .k = PPM_DATE_MONTH },
			{ .op = PPM_OP_DATE_PART, .a = 2, .b = 1, .k = PPM_DATE_DAY }, { .op = PPM_OP_DATE_PART, .a = 3, .b = 1, .k = PPM_DATE_DAY_OF_YEAR }, { .op = PPM_OP_END } };
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
			const double *years = memory(vm, PPM_CLASS_F64, 0), *months = memory(vm, PPM_CLASS_F64, 1), *days = memory(vm, PPM_CLASS_F64, 2), *ydays = memory(vm, PPM_CLASS_F64, 3);
			for (int32_t n = 0; n < PPM_BATCH_ROWS && first + n <= PPM_DATE_MAX; n++) {
				if (years[n] != year || months[n] != month || days[n] != day || ydays[n] != yday)
					fail_msg("day %d: %g-%g-%g %g, not %d-%d-%d %d", first + n, years[n], months[n], days[n], ydays[n], year, month, day, yday);
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
		{ .op = PPM_OP_GT_F64_K, .a = 2, .b = 0, .k = 0 },
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
	static struct ppm_text_test dear[] = { { PPM_TEXT_MATCHES, { "^(?:a+)+$", 9 } } };
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
	((int32_t *)memory(vm, PPM_CLASS_I32, 0))[0] = (int32_t)ppm_text_pool_add(&pool, PPM_SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
	struct ppm_batch batch = { .rows = 1, .refused = refused };
	assert_int_equal(ppm_vm_run(vm, &batch), PPM_ERROR_LIMIT);
	ppm_vm_free(vm);
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
		cmocka_unit_test(memos_follow_the_pool),
		cmocka_unit_test(a_dear_pattern_meets_its_limit),
		cmocka_unit_test(random_programs_run_alike),
		cmocka_unit_test(every_allocation_can_fail),
		cmocka_unit_test(instruction_sets_have_names),
	};
	return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}

// Gauss's hypergeometric function 2F1(a, b; c; z) of real numbers, z below 1: what the expected purchases of BG/NBD need. Numerical libraries have it, but
// none with a C interface and a licence that goes with this one's. Formulas by their numbers in Abramowitz and Stegun (1964):
//
//   z < 0         15.3.4  F(a, b; c; z) = (1 - z)^-a F(a, c - b; c; z / (z - 1)), which lies in [0, 1)
//   c < a + b     15.3.3  F(a, b; c; z) = (1 - z)^(c - a - b) F(c - a, c - b; c; z), bounded as z goes to 1
//   z <= 0.9      15.1.1  the power series
//   z > 0.9       15.5.1  its differential equation, continued from 1/2 by Taylor series, each over half of the way that is left to 1; so no gamma
//                         functions are needed and nothing is special where c - a - b is whole (compare Pearson, Olver and Porter 2017, section 4).
//                         Where c is great the other solution of the equation drowns this one; then the power series is short, or patience helps.
//
// A polynomial (a or b is 0, -1, -2 ...) is added up as it stands: what it is turned into may be a difference of far larger values.
//
// Beside each value goes a bound of its error, through every step: terms that cancel out are lost in one step, and where the other solution of the equation grows faster it takes a little of
// the value with each. A value that may have fewer than ten good digits is none.
#include <float.h>
#include <math.h>

#include "runtime/base/number.h"
#include "stdlib/kernels/kernels.h"

#define TERMS 100000
#define STEPPED 0.9
#define GOOD 1e-10              // of the value may its error be
#define EVERY (4 * DBL_EPSILON) // of a term may its own error be, at least

struct point {
	double z, value, slope;
	double error, slope_error;
};

// (1 - z)^power F(a, b; c; at): what is to be computed, in one of its forms. a, b and power may be differences that were rounded, by so much.
struct function {
	double a, b, c, power;
	double a_error, b_error, power_error;
};

static double difference(double x, double y, double *error)
{
	double value = x - y, back = value - x;
	*error += fabs((x - (value - back)) - (y + back));
	return value;
}

// The part of a + n, and of b + n, that may be wrong.
static double wrong(const struct function *f, double n)
{
	return (f->a_error > 0 ? f->a_error / fabs(f->a + n) : 0) + (f->b_error > 0 ? f->b_error / fabs(f->b + n) : 0);
}

// The power series at 0 <= z < 1, with its derivative.
static bool series(const struct function *f, struct point *at)
{
	double a = f->a, b = f->b, c = f->c, z = at->z, term = 1, value = 1, slope = 0, error = EVERY, slope_error = 0, share = EVERY;
	for (int n = 0; n < TERMS; n++) {
		double up = (a + n) * (b + n), down = (c + n) * (n + 1);
		share += wrong(f, n);
		slope += term * (up / (c + n));
		slope_error += share * fabs(term * (up / (c + n)));
		term *= up / down * z;
		value += term;
		error += share * fabs(term);
		if (!isfinite(value) || !isfinite(slope))
			break;
		// from here on the terms fall at least like a geometric series, whose rest is known
		double ratio = fmax(fabs(up / down), 1) * z;
		if (term == 0 || (ratio < 1 && n > -fmin(a, fmin(b, c)) && fabs(term) * (n + 1) <= DBL_EPSILON / 8 * (1 - ratio) * fmax(fabs(value), fabs(slope) * z))) {
			double left = term == 0 ? 0 : fabs(term) / (1 - ratio); // out, of the value; the slope may be far smaller than the value
			*at = (struct point){ z, value, slope, error + left, slope_error + (term == 0 ? 0 : left * (n + 1) / fabs(z)) };
			return true;
		}
	}
	return false;
}

// From at->z to `to`, at most half of the way to 1: the coefficients of the Taylor series follow from the differential equation
// z (1 - z) w'' + (c - (a + b + 1) z) w' = a b w. Here they are multiplied by powers of the step, so that none is out of range.
static bool advance(const struct function *f, struct point *at, double to)
{
	double a = f->a, b = f->b, c = f->c, z = at->z, h = to - z, last = at->value, next = at->slope * h, value = last + next, slope = next;
	double last_error = at->error, next_error = at->slope_error * h + EVERY * fabs(next), error = last_error + next_error, slope_error = next_error;
	int small = 0;
	for (int n = 0; n < TERMS; n++) {
		double by_last = (n + a) * (n + b) * h * h / (z * (1 - z) * (n + 2) * (n + 1)), by_next = ((1 - 2 * z) * n + c - (a + b + 1) * z) * h / (z * (1 - z) * (n + 2));
		double after = by_last * last - by_next * next;
		double after_error = fabs(by_last) * last_error + fabs(by_next) * next_error + EVERY * (fabs(by_last * last) + fabs(by_next * next)) +
			wrong(f, n) * fabs(by_last * last) + (f->a_error + f->b_error) * fabs(h * next / ((1 - z) * (n + 2)));
		last = next;
		last_error = next_error;
		next = after;
		next_error = after_error;
		value += next;
		slope += (n + 2) * next; // times h
		error += next_error;
		slope_error += (n + 2) * next_error;
		if (!isfinite(value) || !isfinite(slope))
			break;
		// two in a row: a single coefficient may happen to be zero
		small = fabs(next) * (n + 2) <= DBL_EPSILON / 8 * fmax(fabs(value), fabs(slope)) ? small + 1 : 0;
		if (small == 2) {
			*at = (struct point){ to, value, slope / h, error, slope_error / h };
			return true;
		}
	}
	return false;
}

// 0 <= z < 1, as it stands; z may be wrong by z_error. `logarithm` is that of the power's base.
static bool direct(const struct function *f, double z, double z_error, double logarithm, double *value)
{
	struct point at = { .z = z > STEPPED ? 0.5 : z };
	bool good = series(f, &at);
	double grown = f->power * logarithm, other = 0;
	if (f->power != 0 || f->power_error > 0) // an error in the exponent is a share of the power
		other = EVERY * (1 + fabs(grown)) + f->power_error * fabs(logarithm);
	while (good && at.z < z)
		good = advance(f, &at, fmin(z, at.z + (1 - at.z) / 2));
	for (int attempt = 0; attempt < 2; attempt++) {
		if (good && at.error + z_error * fabs(at.slope) <= (GOOD - other) * fabs(at.value)) {
			// in halves: the power alone may be out of range where the value is not
			*value = at.value * exp(grown / 2) * exp(grown / 2);
			return true;
		}
		if (z <= STEPPED || attempt == 1)
			break;
		at = (struct point){ .z = z };
		good = series(f, &at);
	}
	return false;
}

static bool ends(double a)
{
	return a <= 0 && a == floor(a);
}

static bool evaluate(double a, double b, double c, double z, double *value)
{
	struct function plain = { .a = a, .b = b, .c = c }, turned = { .c = c };
	double logarithm = log1p(-z), z_error = 0; // 1 - z would be rounded, and that error multiplied by the power
	if (!(z < 1) || (ppm_number_as_decimal(c) <= 0 && ppm_number_as_decimal(c) == floor(ppm_number_as_decimal(c))))
		return false;
	if (ends(a) || ends(b)) {
		struct point at = { .z = z };
		bool good = series(&plain, &at) && at.error <= GOOD * fabs(at.value);
		*value = at.value;
		return good;
	}
	turned.a = difference(c, a, &turned.a_error);
	bool turn;
	if (z < 0) {
		// The first with the third: (1 - z)^-b F(c - a, b; c; z / (z - 1)), which is 15.3.5.
		plain.b = difference(c, b, &plain.b_error);
		plain.power = -a;
		turned.b = b;
		turned.power = -b;
		z = z / (z - 1);
		if (!(z < 1)) // far below zero
			return false;
		z_error = DBL_EPSILON * z;
		turn = b < a;
	} else {
		turned.b = difference(c, b, &turned.b_error);
		turned.power = difference(turned.a, b, &turned.power_error);
		turned.power_error += turned.a_error;
		turn = turned.power < 0;
	}
	for (int attempt = 0; attempt < 2; attempt++, turn = !turn)
		if (direct(turn ? &turned : &plain, z, z_error, logarithm, value))
			return true;
	return false;
}

void ppm_kernel_hypergeometric(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *a = frame->arguments[0], *b = frame->arguments[1], *c = frame->arguments[2], *z = frame->arguments[3];
	EACH_ACTIVE(frame) {
		double value = 0;
		if (!evaluate(a[lane], b[lane], c[lane], z[lane], &value)) {
			kernel_undefined(frame, lane);
			value = 0;
		} else if (!isfinite(value)) {
			kernel_overflowed(frame, lane);
			value = 0;
		}
		result[lane] = value;
	}
}

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
// A sum whose terms cancel out says so: a value that has fewer than ten good digits is none.
#include <float.h>
#include <math.h>

#include "runtime/base/number.h"
#include "stdlib/kernels/kernels.h"

#define TERMS 100000
#define STEPPED 0.9
#define LOSS 1e5 // the greatest term may exceed the sum by so much

struct point {
	double z, value, slope;
};

// The power series at 0 <= z < 1, with its derivative.
static bool series(double a, double b, double c, struct point *at)
{
	double z = at->z, term = 1, value = 1, slope = 0, largest = 1;
	for (int n = 0; n < TERMS; n++) {
		double up = (a + n) * (b + n), down = (c + n) * (n + 1);
		slope += term * (up / (c + n));
		term *= up / down * z;
		value += term;
		largest = fmax(largest, fabs(term));
		if (!isfinite(value) || !isfinite(slope))
			break;
		// from here on the terms fall at least like a geometric series, whose rest is known
		double ratio = fmax(fabs(up / down), 1) * z;
		if (term == 0 || (ratio < 1 && n > -fmin(a, fmin(b, c)) && fabs(term) * (n + 1) <= DBL_EPSILON / 8 * (1 - ratio) * (fabs(value) + fabs(slope) * z))) {
			at->value = value;
			at->slope = slope;
			return largest <= LOSS * fabs(value);
		}
	}
	return false;
}

// From at->z to `to`, at most half of the way to 1: the coefficients of the Taylor series follow from the differential equation
// z (1 - z) w'' + (c - (a + b + 1) z) w' = a b w. Here they are multiplied by powers of the step, so that none is out of range.
static bool advance(double a, double b, double c, struct point *at, double to)
{
	double z = at->z, h = to - z, last = at->value, next = at->slope * h, value = last + next, slope = next;
	double largest = fmax(fabs(last), fabs(next));
	int small = 0;
	for (int n = 0; n < TERMS; n++) {
		double after = ((n + a) * (n + b) * h * h * last - (n + 1) * ((1 - 2 * z) * n + c - (a + b + 1) * z) * h * next) / (z * (1 - z) * (n + 2) * (n + 1));
		last = next;
		next = after;
		value += next;
		slope += (n + 2) * next; // times h
		largest = fmax(largest, fabs(next));
		if (!isfinite(value) || !isfinite(slope))
			break;
		// two in a row: a single coefficient may happen to be zero
		small = fabs(next) * (n + 2) <= DBL_EPSILON / 8 * (fabs(value) + fabs(slope)) ? small + 1 : 0;
		if (small == 2) {
			*at = (struct point){ to, value, slope / h };
			return largest <= LOSS * fabs(value);
		}
	}
	return false;
}

// 0 <= z < 1, as it stands.
static bool direct(double a, double b, double c, double z, double *value)
{
	struct point at = { .z = z > STEPPED ? 0.5 : z };
	bool good = series(a, b, c, &at);
	while (good && at.z < z)
		good = advance(a, b, c, &at, fmin(z, at.z + (1 - at.z) / 2));
	if (!good && z > STEPPED) {
		at = (struct point){ .z = z };
		good = series(a, b, c, &at);
	}
	*value = at.value;
	return good;
}

static bool evaluate(double a, double b, double c, double z, double *value)
{
	double factor = 1;
	if (!(z < 1) || (ppm_number_round12(c) <= 0 && ppm_number_round12(c) == floor(ppm_number_round12(c))))
		return false;
	if (z < 0) {
		factor = pow(1 - z, -a);
		b = c - b;
		z = z / (z - 1);
		if (!(z < 1)) // far below zero
			return false;
	}
	double exponent = c - a - b;
	for (int attempt = 0; attempt < 2; attempt++) {
		bool turned = (exponent < 0) == (attempt == 0);
		if (turned ? direct(c - a, c - b, c, z, value) : direct(a, b, c, z, value)) {
			*value *= factor * (turned ? pow(1 - z, exponent) : 1);
			return true;
		}
	}
	return false;
}

void ppm_kernel_hypergeometric(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *a = frame->arguments[0], *b = frame->arguments[1], *c = frame->arguments[2], *z = frame->arguments[3];
	EACH_ACTIVE(frame)
	{
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

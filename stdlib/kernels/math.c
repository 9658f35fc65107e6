// Functions of numbers. What depends on a step - floor, ceil, sign - looks at the number as it is compared and printed, as a decimal, so that 4.35 * 100
// has the floor 435. A lane without a value gets 0, so that nothing that is not finite travels on.
#include <math.h>

#include "runtime/base/number.h"
#include "stdlib/kernels/kernels.h"

void ppm_kernel_floor(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame)
		result[lane] = floor(ppm_number_as_decimal(x[lane])) + 0.0;
}

void ppm_kernel_ceil(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame)
		result[lane] = ceil(ppm_number_as_decimal(x[lane])) + 0.0;
}

void ppm_kernel_sign(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame) {
		double rounded = ppm_number_as_decimal(x[lane]);
		result[lane] = (double)((rounded > 0) - (rounded < 0));
	}
}

void ppm_kernel_sqrt(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame) {
		double value = x[lane];
		if (value < 0) {
			kernel_undefined(frame, lane);
			value = 0;
		}
		result[lane] = sqrt(value) + 0.0;
	}
}

void ppm_kernel_exp(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame) {
		double value = exp(x[lane]);
		if (!isfinite(value)) {
			kernel_overflowed(frame, lane);
			value = 0;
		}
		result[lane] = value;
	}
}

static void logarithm(const struct ppm_call_frame *frame, double (*function)(double))
{
	double *result = frame->result;
	const double *x = frame->arguments[0];
	EACH_ACTIVE(frame) {
		double value = x[lane];
		if (!(value > 0)) {
			kernel_undefined(frame, lane);
			result[lane] = 0;
		} else {
			result[lane] = function(value);
		}
	}
}

void ppm_kernel_ln(const struct ppm_call_frame *frame)
{
	logarithm(frame, log);
}

void ppm_kernel_log10(const struct ppm_call_frame *frame)
{
	logarithm(frame, log10);
}

// As the operator ^: no value for zero to a negative power, or a negative number to a power that is not whole.
void ppm_kernel_power(const struct ppm_call_frame *frame)
{
	double *result = frame->result;
	const double *x = frame->arguments[0], *y = frame->arguments[1];
	EACH_ACTIVE(frame) {
		double base = x[lane], exponent = y[lane], value = 0;
		if ((base == 0 && exponent < 0) || (base < 0 && exponent != floor(exponent))) {
			kernel_undefined(frame, lane);
		} else {
			value = pow(base, exponent);
			if (!isfinite(value)) {
				kernel_overflowed(frame, lane);
				value = 0;
			}
		}
		result[lane] = value;
	}
}

// Formulas are written over counts rather than rates: fewer operations, and none of them cancels.
#include "runtime/statistics/proportions.h"

#include <math.h>

static double all_of(struct ppm_class_counts counts)
{
	return (double)counts.with + (double)counts.without;
}

bool ppm_rate(struct ppm_class_counts counts, double *rate)
{
	double all = all_of(counts);

	if (all <= 0)
		return false;
	*rate = (double)counts.with / all;
	return true;
}

struct ppm_interval ppm_wilson(struct ppm_class_counts counts)
{
	double with = (double)counts.with, without = (double)counts.without, all = with + without, z = PPM_Z95, middle, half;

	if (all <= 0)
		return (struct ppm_interval){ false, 0, 0 };
	middle = (with + z * z / 2) / (all + z * z);
	half = z / (all + z * z) * sqrt(with * without / all + z * z / 4);
	// at the ends both are the same but for rounding
	return (struct ppm_interval){ true, counts.with ? fmax(middle - half, 0) : 0, counts.without ? fmin(middle + half, 1) : 1 };
}

struct ppm_rate_ratio ppm_rate_ratio(struct ppm_class_counts here, struct ppm_class_counts there)
{
	struct ppm_rate_ratio result = { false, 0, { false, 0, 0 } };
	double a = (double)here.with, b = all_of(here), c = (double)there.with, d = all_of(there), middle, half;

	if (b <= 0 || d <= 0 || (!here.with && !there.with))
		return result;
	result.known = true;
	result.ratio = there.with ? a * d / (b * c) : HUGE_VAL;
	if (!here.with || !there.with) {
		a += 0.5;
		b += 1;
		c += 0.5;
		d += 1;
	}
	middle = log(a * d / (b * c));
	half = PPM_Z95 * sqrt(fmax((b - a) / (a * b) + (d - c) / (c * d), 0));
	result.interval = (struct ppm_interval){ true, here.with ? exp(middle - half) : 0, there.with ? exp(middle + half) : HUGE_VAL };
	return result;
}

double ppm_weight_of_evidence(struct ppm_class_counts group, struct ppm_class_counts all)
{
	double with = (double)group.with, without = (double)group.without;

	if ((!group.with && !group.without) || !all.with || !all.without)
		return 0;
	if (!group.with || !group.without) {
		with += 0.5;
		without += 0.5;
	}
	return log(with * (double)all.without / (without * (double)all.with));
}

double ppm_information(struct ppm_class_counts group, struct ppm_class_counts all)
{
	if (!all.with || !all.without)
		return 0;
	return ((double)group.with / (double)all.with - (double)group.without / (double)all.without) * ppm_weight_of_evidence(group, all);
}

// Shares of customers with an outcome, and what two of them say of each other. Counts go in; the only rounding is that of the last operations.
#ifndef PPM_RUNTIME_STATISTICS_PROPORTIONS_H
#define PPM_RUNTIME_STATISTICS_PROPORTIONS_H

#include "runtime/statistics/discrimination.h"

// Customers of one kind: those for whom a rule fired, those of a tier.
struct ppm_class_counts {
	uint64_t with, without;
};

// with / all; false when there is nobody.
bool ppm_rate(struct ppm_class_counts counts, double *rate);
// Wilson's 95% interval of a rate (1927), without a correction for continuity.
struct ppm_interval ppm_wilson(struct ppm_class_counts counts);

// The rate of `here` over the rate of `there`, with the 95% interval of its logarithm (Katz and others, 1978). Where one of both rates is 0, the interval is computed with half a customer
// more in each of the four counts, and its end on that side is 0 or left open (HUGE_VAL). `known` is false where there is nobody or both rates are 0; `ratio` is
// HUGE_VAL where only the second is.
struct ppm_rate_ratio {
	bool known;
	double ratio;
	struct ppm_interval interval;
};
struct ppm_rate_ratio ppm_rate_ratio(struct ppm_class_counts here, struct ppm_class_counts there);

// ln((with / all with) / (without / all without)): above 0 where the outcome is more common than elsewhere. Where one of both counts is 0, half a customer is added to both. 0 for nobody.
double ppm_weight_of_evidence(struct ppm_class_counts group, struct ppm_class_counts all);
// What a group adds to the information value: (with / all with - without / all without) times its weight of evidence.
double ppm_information(struct ppm_class_counts group, struct ppm_class_counts all);

#endif

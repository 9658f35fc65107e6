// How far a figure tells customers with an outcome from those without it. Counts of customers and of pairs of them stay whole numbers to the end, so that results do not depend on
// the order of the rows; only the last division is one of doubles.
#ifndef PPM_RUNTIME_STATISTICS_DISCRIMINATION_H
#define PPM_RUNTIME_STATISTICS_DISCRIMINATION_H

#include "runtime/base/decimal.h"
#include "runtime/statistics/class_tally.h"

#define PPM_Z95 1.959963984540054 // of the normal distribution: 95% lie within ± that many standard deviations

// Which end of the figure the outcome is expected at. All measures count agreement with that: a figure that points the other way has an area below 0.5 and a negative KS.
enum ppm_expected { PPM_EXPECTED_LOWER, PPM_EXPECTED_HIGHER };

struct ppm_interval {
	bool there; // false: too few customers, or infinite
	double low, high;
};

struct ppm_discrimination {
	uint64_t with, without;
	// Pairs of a customer with the outcome and one without: in the order expected, with equal values, in the other order. They add up to with × without.
	ppm_int128 right, equal, wrong;
	bool there;                   // false: one of the classes is empty, and there is nothing below
	double area;                  // under the ROC curve (Mann–Whitney): (right + equal / 2) / pairs
	double variance;              // of the area, by DeLong, DeLong and Clarke-Pearson (1988); 0 when it has no interval
	struct ppm_interval interval; // 95%, kept within 0 and 1; there with two customers of each class at least
	double gini;                  // 2 area - 1
	// Kolmogorov–Smirnov: the greatest distance between the shares of both classes on the expected side of a cut, with the sign of its direction.
	double ks;
	int64_t ks_at;                // the cut: the last value on the expected side
	uint64_t ks_with, ks_without; // customers of each class on the expected side of it, those at the cut included
};

// The tally has to be sorted.
struct ppm_discrimination ppm_discriminate(const struct ppm_class_tally *tally, enum ppm_expected expected);

// A cut through customers in the order of their values, from the expected end: the first `whole` entries in that order, and the share `part` / `of` of the next. Customers with equal
// values are never told apart by where they stand in a file: a cut that falls among them takes of each as much as of the others.
struct ppm_cut {
	size_t whole;
	uint64_t part, of; // part < of
};
// The cut after `share` of `shares` equal parts of all customers; share <= shares, shares <= 1000.
struct ppm_cut ppm_cut_at(const struct ppm_class_tally *tally, enum ppm_expected expected, uint32_t share, uint32_t shares);
// The entry that is `index`th from the expected end.
const struct ppm_class_entry *ppm_class_tally_from(const struct ppm_class_tally *tally, enum ppm_expected expected, size_t index);
// The customers with the outcome between two cuts.
double ppm_cut_with(const struct ppm_class_tally *tally, enum ppm_expected expected, struct ppm_cut from, struct ppm_cut to);

#endif

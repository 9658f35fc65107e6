// One pass over the entries, in ascending order, with the numbers of customers below. With a tally of fewer than 2^31 customers every sum fits: the greatest is m times the sum of squares
// of twice the ranks, below 2^126.
#include "runtime/statistics/discrimination.h"

#include <math.h>

// The areas of customers with the outcome and without it, in halves of a pair: DeLong's structural components.
struct components {
	ppm_int128 with_squares, without_squares;
};

static double variance_of(const struct ppm_discrimination *d, const struct components *c, ppm_int128 halves)
{
	double with = (double)d->with, without = (double)d->without, pairs = 2 * with * without;
	ppm_int128 a = (ppm_int128)d->with * c->with_squares - halves * halves, b = (ppm_int128)d->without * c->without_squares - halves * halves;

	return (double)a / (pairs * pairs * (with - 1)) + (double)b / (pairs * pairs * (without - 1));
}

static ppm_int128 size_of(ppm_int128 x)
{
	return x < 0 ? -x : x;
}

struct ppm_discrimination ppm_discriminate(const struct ppm_class_tally *tally, enum ppm_expected expected)
{
	struct ppm_discrimination d = { .with = tally->with, .without = tally->without };
	struct components c = { 0, 0 };
	ppm_int128 pairs = (ppm_int128)d.with * d.without, higher = 0, equal = 0, farthest = 0;
	uint64_t with_below = 0, without_below = 0;
	int sign = expected == PPM_EXPECTED_LOWER ? 1 : -1;

	for (size_t i = 0; i < tally->count; i++) {
		const struct ppm_class_entry *e = &tally->entries[i];
		ppm_int128 above = 2 * (ppm_int128)without_below + e->without, below = 2 * (ppm_int128)(d.with - with_below - e->with) + e->with;
		higher += (ppm_int128)e->with * without_below;
		equal += (ppm_int128)e->with * e->without;
		c.with_squares += e->with * (above * above);
		c.without_squares += e->without * (below * below);
		with_below += e->with;
		without_below += e->without;
		ppm_int128 distance = (ppm_int128)with_below * d.without - (ppm_int128)without_below * d.with;
		if (size_of(distance) > size_of(farthest)) {
			bool lower = expected == PPM_EXPECTED_LOWER;
			farthest = distance;
			d.ks_at = lower ? e->value : e[1].value; // seen from above, the cut is the next value: the distance is 0 behind the last
			d.ks_with = lower ? with_below : d.with - with_below;
			d.ks_without = lower ? without_below : d.without - without_below;
		}
	}
	d.there = pairs > 0;
	d.equal = equal;
	d.right = expected == PPM_EXPECTED_HIGHER ? higher : pairs - higher - equal;
	d.wrong = pairs - equal - d.right;
	if (!d.there)
		return d;
	d.area = (double)(2 * d.right + equal) / (double)(2 * pairs);
	d.gini = (double)(d.right - d.wrong) / (double)pairs;
	d.ks = (double)(sign * farthest) / (double)pairs;
	if (d.with > 1 && d.without > 1) {
		double half;
		d.variance = variance_of(&d, &c, 2 * higher + equal);
		half = PPM_Z95 * sqrt(d.variance);
		d.interval = (struct ppm_interval){ true, fmax(d.area - half, 0), fmin(d.area + half, 1) };
	}
	return d;
}

const struct ppm_class_entry *ppm_class_tally_from(const struct ppm_class_tally *tally, enum ppm_expected expected, size_t index)
{
	return &tally->entries[expected == PPM_EXPECTED_LOWER ? index : tally->count - 1 - index];
}

struct ppm_cut ppm_cut_at(const struct ppm_class_tally *tally, enum ppm_expected expected, uint32_t share, uint32_t shares)
{
	uint64_t wanted = share * (tally->with + tally->without), before = 0; // in parts of a customer

	for (size_t i = 0; i < tally->count; i++) {
		const struct ppm_class_entry *e = ppm_class_tally_from(tally, expected, i);
		uint64_t here = shares * ((uint64_t)e->with + e->without);
		if (before + here > wanted)
			return (struct ppm_cut){ i, wanted - before, here };
		before += here;
	}
	return (struct ppm_cut){ tally->count, 0, 1 };
}

double ppm_cut_with(const struct ppm_class_tally *tally, enum ppm_expected expected, struct ppm_cut from, struct ppm_cut to)
{
	ppm_int128 whole = 0, numerator, denominator = (ppm_int128)from.of * to.of;
	uint64_t first = from.whole < tally->count ? ppm_class_tally_from(tally, expected, from.whole)->with : 0,
		 last = to.whole < tally->count ? ppm_class_tally_from(tally, expected, to.whole)->with : 0;

	for (size_t i = from.whole; i < to.whole; i++)
		whole += ppm_class_tally_from(tally, expected, i)->with;
	numerator = whole * denominator - (ppm_int128)first * from.part * to.of + (ppm_int128)last * to.part * from.of;
	return (double)numerator / (double)denominator;
}

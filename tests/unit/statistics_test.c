// Measures of prediction against published figures, against counting every pair, and while memory runs out.
#include "runtime/statistics/proportions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double got, double wanted, double within)
{
	if (!(fabs(got - wanted) <= within))
		fail_msg("%.15g, expected %.15g", got, wanted);
}

static void put(struct ppm_class_tally *tally, int64_t value, unsigned with, unsigned without)
{
	while (with--)
		assert_true(ppm_class_tally_add(tally, value, true));
	while (without--)
		assert_true(ppm_class_tally_add(tally, value, false));
}

// Hanley and McNeil, Radiology 143 (1982) 29-36: 109 images rated 1 to 5; the area is 0.893. Stata's manual ([R] roctab) has its DeLong error, 0.0307, and 95% from 0.83295 to 0.95339.
static void published_area(void **state)
{
	(void)state;
	static const unsigned normal[] = { 33, 6, 6, 11, 2 }, abnormal[] = { 3, 2, 2, 11, 33 };
	struct ppm_class_tally tally;

	ppm_class_tally_init(&tally, NULL);
	for (int64_t rating = 5; rating >= 1; rating--)
		put(&tally, rating, abnormal[rating - 1], normal[rating - 1]);
	ppm_class_tally_sort(&tally);
	struct ppm_discrimination d = ppm_discriminate(&tally, PPM_EXPECTED_HIGHER);
	assert_true(d.there && d.interval.there);
	assert_int_equal(d.with, 51);
	assert_int_equal(d.without, 58);
	assert_true(d.right + d.equal + d.wrong == 51 * 58);
	near(d.area, 0.8932, 0.00005);
	near(sqrt(d.variance), 0.0307, 0.00005);
	near(d.interval.low, 0.83295, 0.000005);
	near(d.interval.high, 0.95339, 0.000005);
	near(d.gini, 2 * d.area - 1, 1e-15);
	// at 4 and above: 44 of 51 and 13 of 58
	near(d.ks, 44.0 / 51 - 13.0 / 58, 1e-15);
	assert_int_equal(d.ks_at, 4);
	assert_int_equal(d.ks_with, 44);
	assert_int_equal(d.ks_without, 13);
	// the other direction is the same with its sign turned
	struct ppm_discrimination lower = ppm_discriminate(&tally, PPM_EXPECTED_LOWER);
	near(lower.area, 1 - d.area, 1e-15);
	near(lower.ks, -d.ks, 1e-15);
	near(lower.variance, d.variance, 1e-18);
	assert_int_equal(lower.ks_at, 3);
	assert_int_equal(lower.ks_with, 7);
	ppm_class_tally_free(&tally);
}

// Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
static void published_rates(void **state)
{
	(void)state;
	static const struct {
		uint64_t with, all;
		double low, high;
	} cases[] = { { 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 }, { 0, 20, 0, 0.1611 }, { 1, 29, 0.0061, 0.1718 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ppm_class_counts counts = { cases[i].with, cases[i].all - cases[i].with }, other = { counts.without, counts.with };
		struct ppm_interval interval = ppm_wilson(counts), mirrored = ppm_wilson(other);
		near(interval.low, cases[i].low, 0.00005);
		near(interval.high, cases[i].high, 0.00005);
		near(mirrored.low, 1 - interval.high, 1e-15);
	}
	assert_false(ppm_wilson((struct ppm_class_counts){ 0, 0 }).there);
	double rate;
	assert_false(ppm_rate((struct ppm_class_counts){ 0, 0 }, &rate));
	assert_true(ppm_rate((struct ppm_class_counts){ 1, 3 }, &rate) && rate == 0.25);
}

// German credit (UCI), bad and good by checking account; the information value 0.666012 is that of R's scorecard package.
static void published_information(void **state)
{
	(void)state;
	static const struct ppm_class_counts groups[] = { { 135, 139 }, { 105, 164 }, { 14, 49 }, { 46, 348 } };
	const struct ppm_class_counts all = { 300, 700 };
	double information = 0;

	for (size_t i = 0; i < 4; i++)
		information += ppm_information(groups[i], all);
	near(information, 0.666012, 0.0000005);
	near(ppm_weight_of_evidence(groups[0], all), log((135.0 / 300) / (139.0 / 700)), 1e-15);
	// empty cells: half a customer more in both
	near(ppm_weight_of_evidence((struct ppm_class_counts){ 0, 10 }, all), log((0.5 / 300) / (10.5 / 700)), 1e-15);
	near(ppm_information((struct ppm_class_counts){ 0, 10 }, all), -(10.0 / 700) * log((0.5 / 300) / (10.5 / 700)), 1e-15);
	assert_true(ppm_weight_of_evidence((struct ppm_class_counts){ 0, 0 }, all) == 0);
	assert_true(ppm_information((struct ppm_class_counts){ 3, 4 }, (struct ppm_class_counts){ 3, 0 }) == 0);
}

// Physicians' Health Study (New England Journal of Medicine 321, 1989, 129-135): 139 infarctions among 11,037 with aspirin, 239 among 11,034 without; the ratio 0.58, 95% from 0.47 to 0.72
// (the paper's 0.56 is adjusted). The ends are those of Katz and others' formula in Python's decimals.
static void ratios(void **state)
{
	(void)state;
	struct ppm_rate_ratio r = ppm_rate_ratio((struct ppm_class_counts){ 139, 11037 - 139 }, (struct ppm_class_counts){ 239, 11034 - 239 });
	assert_true(r.known && r.interval.there);
	near(r.ratio, 139.0 * 11034 / (239.0 * 11037), 1e-15);
	near(r.interval.low, 0.472528218095830, 1e-12);
	near(r.interval.high, 0.715434574449409, 1e-12);
	r = ppm_rate_ratio((struct ppm_class_counts){ 0, 20 }, (struct ppm_class_counts){ 5, 15 });
	assert_true(r.known && r.ratio == 0 && r.interval.low == 0);
	near(r.interval.high, 1.542296581117173, 1e-12);
	r = ppm_rate_ratio((struct ppm_class_counts){ 5, 15 }, (struct ppm_class_counts){ 0, 20 });
	assert_true(r.known && isinf(r.ratio) && isinf(r.interval.high));
	near(r.interval.low, 1 / 1.542296581117173, 1e-12);
	assert_false(ppm_rate_ratio((struct ppm_class_counts){ 0, 20 }, (struct ppm_class_counts){ 0, 20 }).known);
	assert_false(ppm_rate_ratio((struct ppm_class_counts){ 0, 0 }, (struct ppm_class_counts){ 5, 20 }).known);
	// everybody, in both: the interval is a point
	r = ppm_rate_ratio((struct ppm_class_counts){ 20, 0 }, (struct ppm_class_counts){ 5, 0 });
	assert_true(r.known && r.ratio == 1 && r.interval.low == 1 && r.interval.high == 1);
}

struct sample {
	int64_t value;
	bool with;
};

static uint64_t random_bits(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static double halves(int64_t a, int64_t b)
{
	return a < b ? 1 : a == b ? 0.5 : 0;
}

// Every pair is counted, and DeLong's components are averaged as the paper writes them.
static void every_pair(void **state)
{
	(void)state;
	static const int64_t spans[] = { 1, 2, 5, 30, 1000, INT64_MAX };
	uint64_t seed = 88172645463325252u;

	for (unsigned round = 0; round < 60; round++) {
		struct sample samples[120];
		size_t count = 4 + random_bits(&seed) % 116;
		int64_t span = spans[round % 6];
		struct ppm_class_tally tally;
		double with = 0, without = 0, area = 0, a = 0, b = 0;
		ppm_class_tally_init(&tally, NULL);
		for (size_t i = 0; i < count; i++) {
			samples[i] = (struct sample){ (int64_t)(random_bits(&seed) % (uint64_t)span) - span / 2, i < 2 || (i > 3 && random_bits(&seed) % 3 == 0) };
			with += samples[i].with;
			without += !samples[i].with;
			assert_true(ppm_class_tally_add(&tally, samples[i].value, samples[i].with));
		}
		for (size_t i = 0; i < count; i++)
			for (size_t j = 0; j < count; j++)
				area += samples[i].with && !samples[j].with ? halves(samples[i].value, samples[j].value) : 0;
		area /= with * without;
		for (size_t i = 0; i < count; i++) {
			double component = 0;
			for (size_t j = 0; j < count; j++)
				if (samples[i].with != samples[j].with)
					component += samples[i].with ? halves(samples[i].value, samples[j].value) : halves(samples[j].value, samples[i].value);
			component = component / (samples[i].with ? without : with) - area;
			*(samples[i].with ? &a : &b) += component * component;
		}
		ppm_class_tally_sort(&tally);
		struct ppm_discrimination d = ppm_discriminate(&tally, PPM_EXPECTED_LOWER);
		near(d.area, area, 1e-12);
		near(d.variance, a / (with - 1) / with + b / (without - 1) / without, 1e-12);
		double distance = 0;
		for (size_t i = 0; i < count; i++) {
			double below = 0, others = 0;
			for (size_t j = 0; j < count; j++)
				*(samples[j].with ? &below : &others) += samples[j].value <= samples[i].value;
			double here = below / with - others / without;
			distance = fabs(here) > fabs(distance) + 1e-12 ? here : distance;
		}
		near(fabs(d.ks), fabs(distance), 1e-12);
		for (size_t i = 1; i < tally.count; i++)
			assert_true(tally.entries[i - 1].value < tally.entries[i].value);
		ppm_class_tally_free(&tally);
	}
}

// Twelve customers, four with the value 2: fifths of 2.4 customers take from them in proportion.
static void cuts(void **state)
{
	(void)state;
	struct ppm_class_tally tally;
	struct ppm_cut from = { 0, 0, 1 }, to;

	ppm_class_tally_init(&tally, NULL);
	put(&tally, 1, 1, 1);
	put(&tally, 2, 3, 1);
	put(&tally, 3, 0, 6);
	ppm_class_tally_sort(&tally);
	// 2 customers with 1 in them, then 0.4 of the four: 3/4 of 0.4; then 2.4 of them; then the last 1.2 and six without
	static const double with[] = { 1 + 0.3, 1.8, 0.9, 0, 0 };
	for (uint32_t i = 0; i < 5; i++) {
		to = ppm_cut_at(&tally, PPM_EXPECTED_LOWER, i + 1, 5);
		near(ppm_cut_with(&tally, PPM_EXPECTED_LOWER, from, to), with[i], 1e-15);
		from = to;
	}
	assert_int_equal(to.whole, 3);
	from = (struct ppm_cut){ 0, 0, 1 };
	for (uint32_t i = 0; i < 5; i++) {
		to = ppm_cut_at(&tally, PPM_EXPECTED_HIGHER, i + 1, 5);
		near(ppm_cut_with(&tally, PPM_EXPECTED_HIGHER, from, to), with[4 - i], 1e-15);
		from = to;
	}
	ppm_class_tally_free(&tally);
}

// One class, one customer of each, nobody.
static void few(void **state)
{
	(void)state;
	struct ppm_class_tally tally;

	ppm_class_tally_init(&tally, NULL);
	ppm_class_tally_sort(&tally);
	assert_false(ppm_discriminate(&tally, PPM_EXPECTED_LOWER).there);
	put(&tally, 7, 2, 0);
	ppm_class_tally_sort(&tally);
	assert_false(ppm_discriminate(&tally, PPM_EXPECTED_LOWER).there);
	put(&tally, 9, 0, 1);
	ppm_class_tally_sort(&tally);
	struct ppm_discrimination d = ppm_discriminate(&tally, PPM_EXPECTED_LOWER);
	assert_true(d.there && d.area == 1 && d.ks == 1 && !d.interval.there && d.ks_at == 7);
	put(&tally, 9, 0, 1);
	ppm_class_tally_sort(&tally);
	d = ppm_discriminate(&tally, PPM_EXPECTED_LOWER);
	assert_true(d.interval.there && d.interval.low == 1 && d.interval.high == 1);
	ppm_class_tally_free(&tally);
}

struct heap {
	size_t calls, fail_at;
	ptrdiff_t live;
};

static void *reallocate(void *context, void *pointer, size_t size)
{
	struct heap *heap = context;

	if (!size) {
		heap->live -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	if (++heap->calls == heap->fail_at)
		return NULL;
	heap->live += pointer == NULL;
	return realloc(pointer, size);
}

// Values that are all different double the room again and again; each time it can fail, and what was counted stays. Values that repeat need no more room.
static void memory(void **state)
{
	(void)state;
	for (size_t fail = 0; fail < 8; fail++) {
		struct heap heap = { .fail_at = fail };
		const struct ppm_allocator allocator = { reallocate, &heap };
		struct ppm_class_tally tally;
		uint64_t added = 0;
		bool failed = false;
		ppm_class_tally_init(&tally, &allocator);
		for (int64_t i = 0; i < 20000; i++) {
			bool fine = ppm_class_tally_add(&tally, i * 7919 % 20011, i % 3 == 0);
			failed = failed || !fine;
			added += fine;
		}
		assert_true(failed == (fail > 0 && fail <= heap.calls));
		assert_int_equal(tally.with + tally.without, added);
		ppm_class_tally_sort(&tally);
		uint64_t counted = 0;
		for (size_t i = 0; i < tally.count; i++)
			counted += (uint64_t)tally.entries[i].with + tally.entries[i].without;
		assert_int_equal(counted, added);
		ppm_class_tally_free(&tally);
		assert_int_equal(heap.live, 0);
	}
	struct heap heap = { 0 };
	const struct ppm_allocator allocator = { reallocate, &heap };
	struct ppm_class_tally tally;
	ppm_class_tally_init(&tally, &allocator);
	for (int64_t i = 0; i < 1000000; i++)
		assert_true(ppm_class_tally_add(&tally, i * 2654435761 % 1001, false));
	assert_true(tally.capacity <= 4096);
	ppm_class_tally_free(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_area),
		cmocka_unit_test(published_rates),
		cmocka_unit_test(published_information),
		cmocka_unit_test(ratios),
		cmocka_unit_test(every_pair),
		cmocka_unit_test(cuts),
		cmocka_unit_test(few),
		cmocka_unit_test(memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

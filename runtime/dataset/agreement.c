// Agreement of columns. Concordance is computed from doubled mean ranks, which are whole numbers, and divided once; correlation from deviations that are summed exactly: neither depends on
// the order of rows.
#include "runtime/dataset/exact_sum.h"

#include <assert.h>
#include <math.h>

// The rows that count, as items in ascending order of rows.
static uint64_t choose(const struct ppm_series *columns, uint32_t column_count, const uint64_t *where, uint64_t rows, struct ppm_sort_item *items, uint64_t *skipped)
{
	uint64_t count = 0;
	for (uint64_t row = 0; row < rows; row++) {
		if (!ppm_mask_bit(where, row))
			continue;
		bool all = true;
		for (uint32_t i = 0; i < column_count; i++)
			all = all && ppm_series_present(&columns[i], row);
		if (all)
			items[count++].row = (uint32_t)row;
		else
			++*skipped;
	}
	return count;
}

// Adds each row's doubled mean rank in the column to ranks[item.extra], and the ties' T.
static enum ppm_status add_ranks(const struct ppm_steps *steps, const struct ppm_series *column, struct ppm_sort_item *items, struct ppm_sort_item *scratch, uint64_t count,
	uint64_t *ranks, ppm_int128 *ties)
{
	struct ppm_order_column order = { .series = column };
	enum ppm_status status = ppm_sort_by_columns(steps, items, scratch, count, &order, 1);
	if (status != PPM_OK)
		return status;
	for (uint64_t start = 0, end; start < count; start = end) {
		for (end = start + 1; end < count && ppm_series_equal(column, items[start].row, items[end].row); end++)
			;
		for (uint64_t i = start; i < end; i++)
			ranks[items[i].extra] += start + end + 1;
		ppm_int128 tied = (ppm_int128)(end - start);
		*ties += tied * tied * tied - tied;
	}
	return PPM_OK;
}

static enum ppm_status concordance(
	const struct ppm_steps *steps, const struct ppm_series *columns, uint32_t column_count, struct ppm_sort_item *items, uint64_t count, double *value, bool *has_value)
{
	enum ppm_status status = PPM_OK;
	struct ppm_sort_item *scratch = ppm_steps_take(steps, count, sizeof *scratch, &status);
	uint64_t *ranks = scratch ? ppm_steps_take(steps, count, sizeof *ranks, &status) : NULL;
	if (ranks) {
		ppm_int128 ties = 0;
		for (uint64_t i = 0; i < count; i++)
			items[i].extra = (uint32_t)i;
		for (uint32_t column = 0; column < column_count && status == PPM_OK; column++)
			status = add_ranks(steps, &columns[column], items, scratch, count, ranks, &ties);
		if (status == PPM_OK) {
			// Ranks are doubled, so that 4 S is a whole number, and 12 S three times it.
			ppm_int128 judges = column_count, n = (ppm_int128)count;
			ppm_int128 squares = 0;
			for (uint64_t i = 0; i < count; i++) {
				ppm_int128 deviation = (ppm_int128)ranks[i] - judges * (n + 1);
				squares += deviation * deviation;
			}
			ppm_int128 most = judges * judges * (n * n * n - n) - judges * ties;
			*has_value = most > 0;
			*value = most > 0 ? ppm_exact_ratio(3 * squares, most) : 0;
		}
	}
	ppm_steps_give(steps, ranks, count, sizeof *ranks);
	ppm_steps_give(steps, scratch, count, sizeof *scratch);
	return status;
}

static double number_of(const struct ppm_series *series, uint64_t row)
{
	switch (series->class) {
	case PPM_CLASS_F64: return ((const double *)series->values)[row];
	case PPM_CLASS_I64: return (double)((const int64_t *)series->values)[row];
	case PPM_CLASS_X128: return ppm_exact_to_number(((const ppm_int128 *)series->values)[row]);
	case PPM_CLASS_I32: return ((const int32_t *)series->values)[row];
	default: break;
	}
	assert(0 && "a class with a distance");
	return 0;
}

// The exact sum of `values`, rounded.
static enum ppm_status sum_of(const struct ppm_steps *steps, const double *values, uint64_t count, bool mean, double *sum)
{
	struct ppm_exact_range range = PPM_EXACT_RANGE_EMPTY;
	ppm_exact_range_add(&range, values, count);
	struct ppm_exact_sums sums;
	enum ppm_status status = ppm_exact_sums_new(&sums, steps, 1, range, count);
	if (status != PPM_OK)
		return status;
	for (uint64_t i = 0; i < count; i++)
		ppm_exact_add(&sums, 0, values[i]);
	*sum = mean ? ppm_exact_mean(sums.words, sums.width, sums.low, count) : ppm_exact_sum(&sums, 0);
	ppm_exact_sums_free(&sums, steps);
	return PPM_OK;
}

// Deviations from the mean, scaled by a power of two so that their squares neither overflow nor vanish. *varies: they are not all 0.
static enum ppm_status deviations(const struct ppm_steps *steps, const struct ppm_series *series, const struct ppm_sort_item *items, uint64_t count, double *out, bool *varies)
{
	double least = INFINITY, most = -INFINITY, mean;
	for (uint64_t i = 0; i < count; i++) {
		out[i] = number_of(series, items[i].row);
		least = fmin(least, out[i]);
		most = fmax(most, out[i]);
	}
	*varies = least < most;
	int exponent;
	frexp(fmax(fabs(least), fabs(most)), &exponent);
	for (uint64_t i = 0; i < count; i++)
		out[i] = ldexp(out[i], -exponent);
	enum ppm_status status = sum_of(steps, out, count, true, &mean);
	if (status != PPM_OK)
		return status;
	double largest = 0;
	for (uint64_t i = 0; i < count; i++) {
		out[i] -= mean;
		largest = fmax(largest, fabs(out[i]));
	}
	frexp(largest, &exponent);
	for (uint64_t i = 0; i < count; i++)
		out[i] = ldexp(out[i], -exponent);
	return PPM_OK;
}

static enum ppm_status correlation(
	const struct ppm_steps *steps, const struct ppm_series *columns, const struct ppm_sort_item *items, uint64_t count, double *value, bool *has_value)
{
	enum ppm_status status = PPM_OK;
	double *x = ppm_steps_take(steps, count, sizeof *x, &status);
	double *y = x ? ppm_steps_take(steps, count, sizeof *y, &status) : NULL;
	double *products = y ? ppm_steps_take(steps, count, sizeof *products, &status) : NULL;
	if (products) {
		bool x_varies = false, y_varies = false;
		double xx = 0, yy = 0, xy = 0;
		status = deviations(steps, &columns[0], items, count, x, &x_varies);
		if (status == PPM_OK)
			status = deviations(steps, &columns[1], items, count, y, &y_varies);
		const double *factors[3][2] = { { x, x }, { y, y }, { x, y } };
		double *sums[3] = { &xx, &yy, &xy };
		for (unsigned pair = 0; pair < 3 && status == PPM_OK; pair++) {
			for (uint64_t i = 0; i < count; i++)
				products[i] = factors[pair][0][i] * factors[pair][1][i];
			status = ppm_steps_interrupted(steps) ? PPM_ERROR_INTERRUPTED : sum_of(steps, products, count, false, sums[pair]);
		}
		*has_value = status == PPM_OK && x_varies && y_varies && xx > 0 && yy > 0;
		*value = *has_value ? fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy)))) + 0.0 : 0;
	}
	ppm_steps_give(steps, products, count, sizeof *products);
	ppm_steps_give(steps, y, count, sizeof *y);
	ppm_steps_give(steps, x, count, sizeof *x);
	return status;
}

enum ppm_status ppm_step_agreement(const struct ppm_steps *steps, enum ppm_agreement_function function, const struct ppm_series *columns, uint32_t column_count,
	const uint64_t *where, uint64_t rows, double *value, bool *has_value, uint64_t *skipped)
{
	assert(function == PPM_AGREEMENT_CONCORDANCE ? column_count >= 1 : column_count == 2);
	*value = 0;
	*has_value = false;
	*skipped = 0;
	enum ppm_status status = PPM_OK;
	struct ppm_sort_item *items = ppm_steps_take(steps, rows, sizeof *items, &status);
	if (!items)
		return status;
	uint64_t count = choose(columns, column_count, where, rows, items, skipped);
	if (count >= 2)
		status = function == PPM_AGREEMENT_CONCORDANCE ? concordance(steps, columns, column_count, items, count, value, has_value)
							       : correlation(steps, columns, items, count, value, has_value);
	ppm_steps_give(steps, items, rows, sizeof *items);
	return status;
}

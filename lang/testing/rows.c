// The rows of a test as a file: what is given in the form that a model writes it in, what belongs together with one key, a key of its own for each row that has none, nothing for what may be
// empty. A required column that no expectation depends on gets some value: sema has seen to it that nothing is decided by it.

#include "lang/testing/testing_internal.h"

#include "lang/plan/fold.h"
#include "runtime/base/date.h"
#include "runtime/base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SOME_DAY 11323 // 2001-01-01

// ---- values ------------------------------------------------------------------------------------------------------

// All digits that it takes to read the same number back, without an exponent.
size_t ppm_testing_number(double x, char out[400])
{
	size_t size = ppm_number_write(x, out);
	double back;
	for (int places = 13; places < 320; places += 20) {
		if (ppm_number_parse((struct ppm_slice){ out, size }, &back) == PPM_NUMBER_FINE && back == x)
			break;
		int wanted = snprintf(out, 400, "%.*f", places, x);
		if (wanted < 0 || wanted >= 400)
			return ppm_number_write(x, out);
		size = (size_t)wanted;
	}
	return size;
}

// A ratio as a percentage: the decimal point two places further, which is how it is read.
void ppm_testing_append_percent(struct ppm_buffer *out, double ratio)
{
	char digits[400];
	size_t size = ppm_testing_number(ratio, digits);
	bool negative = size && digits[0] == '-';
	const char *at = digits + negative, *end = digits + size, *point = memchr(at, '.', (size_t)(end - at));
	const char *fraction = point ? point + 1 : end;
	if (negative)
		ppm_buffer_append_char(out, '-');
	bool begun = *at != '0';
	if (begun)
		ppm_buffer_append(out, at, (size_t)((point ? point : end) - at));
	for (int i = 0; i < 2; i++) {
		char digit = '0';
		if (fraction < end)
			digit = *fraction++;
		begun = begun || digit != '0' || i == 1;
		if (begun)
			ppm_buffer_append_char(out, digit);
	}
	if (fraction < end) {
		ppm_buffer_append_char(out, '.');
		ppm_buffer_append(out, fraction, (size_t)(end - fraction));
	}
	ppm_buffer_append_char(out, '%');
}

static void append_quoted(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			ppm_buffer_append_char(out, '"');
		ppm_buffer_append_char(out, text.data[i]);
	}
	ppm_buffer_append_char(out, '"');
}

static void append_day(struct ppm_buffer *out, int32_t day)
{
	char text[10];
	ppm_date_write(day, text);
	ppm_buffer_append(out, text, 10);
}

static void append_constant(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out)
{
	const struct ppm_node *node = &plan->nodes[id];
	char digits[400];
	switch (node->type.base) {
	case PPM_BASE_TEXT: append_quoted(out, plan->texts[node->value.text]); break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(out, node->value.flag ? "yes" : "no"); break;
	case PPM_BASE_DATE: append_day(out, node->value.whole); break;
	case PPM_BASE_DURATION: ppm_buffer_format(out, "%d %s", (int)node->value.whole, node->type.months ? "months" : "days"); break;
	case PPM_BASE_MONEY: ppm_buffer_append(out, digits, ppm_decimal_write(node->value.exact, PPM_EXACT_PLACES, PPM_MONEY_PLACES, digits)); break;
	case PPM_BASE_PERCENT: ppm_testing_append_percent(out, node->value.number); break;
	default: ppm_buffer_append(out, digits, ppm_testing_number(node->value.number, digits)); break;
	}
}

// The n-th of many different values that the column may have, from 0; there may be fewer.
static void append_some(const struct ppm_plan_column *column, uint32_t n, struct ppm_buffer *out)
{
	const struct ppm_column_declaration *c = column->declaration;
	const struct ppm_expression *item = c && c->in_list ? c->in_list->items : NULL;
	double low = 0;
	char digits[400];
	if (item) {
		for (uint32_t i = n % c->in_list->item_count; i && item->next; i--)
			item = item->next;
		if (column->type.base == PPM_BASE_TEXT)
			append_quoted(out, item->text);
		else if (ppm_literal_number(item, &low))
			ppm_buffer_append(out, digits, ppm_testing_number(low, digits));
		return;
	}
	bool ranged = c && c->in_low && ppm_literal_number(c->in_low, &low);
	switch (column->type.base) {
	case PPM_BASE_TEXT: ppm_buffer_format(out, "test-%u", n + 1); break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(out, n % 2 ? "yes" : "no"); break;
	case PPM_BASE_DATE: append_day(out, (ranged ? (int32_t)low : SOME_DAY) + (int32_t)(n % 100000)); break;
	case PPM_BASE_DURATION: ppm_buffer_format(out, "%d %s", (int)low + (int)n, column->type.months ? "months" : "days"); break;
	case PPM_BASE_PERCENT: ppm_testing_append_percent(out, low + n / 10000.0); break;
	default: ppm_buffer_append(out, digits, ppm_testing_number(low + n, digits)); break;
	}
}

// ---- cells -------------------------------------------------------------------------------------------------------

static const struct ppm_plan_given *find_given(const struct ppm_plan_test_row *row, uint32_t column)
{
	for (uint32_t i = 0; i < row->given_count; i++)
		if (row->givens[i].column == column)
			return &row->givens[i];
	return NULL;
}

// Whether the text is a key that the test or an override of the model names.
static bool is_taken(const struct ppm_plan *plan, const struct ppm_plan_test *test, uint32_t column, struct ppm_slice text)
{
	struct ppm_buffer other;
	bool taken = false;
	ppm_buffer_init(&other, plan->allocator);
	for (uint32_t i = 0; i < test->row_count && !taken; i++)
		for (uint32_t k = 0; k < test->rows[i].given_count && !taken; k++) {
			const struct ppm_plan_given *given = &test->rows[i].givens[k];
			if (given->kind != PPM_GIVEN_VALUE || !ppm_type_same(plan->columns[given->column].type, plan->columns[column].type))
				continue;
			other.size = 0;
			append_constant(plan, given->value, &other);
			taken = ppm_slice_equal(ppm_buffer_slice(&other), text);
		}
	for (size_t i = 0; i < plan->override_count && !taken && plan->columns[column].dataset == 0; i++) {
		other.size = 0;
		append_constant(plan, plan->overrides[i].key, &other);
		taken = ppm_slice_equal(ppm_buffer_slice(&other), text);
	}
	ppm_buffer_free(&other);
	return taken;
}

// A key of its own for each row that gives none.
static void append_key(const struct ppm_plan *plan, const struct ppm_plan_test *test, uint32_t row, uint32_t column, struct ppm_buffer *out)
{
	uint32_t ordinal = 0, rows = 0;
	size_t begin = out->size;
	for (uint32_t i = 0; i < test->row_count; i++)
		if (test->rows[i].dataset == test->rows[row].dataset) {
			ordinal += i < row;
			rows++;
		}
	for (uint32_t tries = 0; tries < 1000 && !out->failed; tries++) {
		out->size = begin;
		if (plan->columns[column].type.base == PPM_BASE_TEXT && !(plan->columns[column].declaration && plan->columns[column].declaration->in_list)) {
			ppm_buffer_append_char(out, '"');
			append_some(&plan->columns[column], ordinal + tries * rows, out);
			ppm_buffer_append_char(out, '"');
		} else
			append_some(&plan->columns[column], ordinal + tries * rows, out);
		if (out->failed || !is_taken(plan, test, column, (struct ppm_slice){ out->data + begin, out->size - begin }))
			return;
	}
}

static void append_cell(const struct ppm_plan *plan, const struct ppm_plan_test *test, uint32_t row, uint32_t index, uint32_t steps, struct ppm_buffer *out)
{
	const struct ppm_plan_column *column = &plan->columns[index];
	const struct ppm_plan_given *given = find_given(&test->rows[row], index);
	if (given && given->kind == PPM_GIVEN_VALUE)
		append_constant(plan, given->value, out);
	else if (given && given->kind == PPM_GIVEN_SAME && steps)
		append_cell(plan, test, given->row, given->other_column, steps - 1, out);
	else if (column->key && !given)
		append_key(plan, test, row, index, out);
	else if (given || column->optional || (column->declaration && column->declaration->default_value))
		ppm_buffer_append_text(out, "\"\"");
	else
		append_some(column, 0, out);
}

static bool is_field(const struct ppm_plan *plan, uint32_t column, uint32_t dataset)
{
	return plan->columns[column].dataset == dataset && plan->columns[column].kind == PPM_PLAN_FIELD;
}

void ppm_testing_write_header(const struct ppm_plan *plan, uint32_t dataset, struct ppm_buffer *out)
{
	bool any = false;
	for (uint32_t i = 0; i < plan->column_count; i++)
		if (is_field(plan, i, dataset)) {
			if (any)
				ppm_buffer_append_char(out, ',');
			append_quoted(out, plan->columns[i].name);
			any = true;
		}
	ppm_buffer_append_text(out, any ? "\n" : "(nothing)\n");
}

void ppm_testing_write_row(const struct ppm_plan *plan, const struct ppm_plan_test *test, uint32_t row, struct ppm_buffer *out)
{
	bool any = false;
	for (uint32_t i = 0; i < plan->column_count; i++)
		if (is_field(plan, i, test->rows[row].dataset)) {
			if (any)
				ppm_buffer_append_char(out, ',');
			append_cell(plan, test, row, i, test->row_count, out);
			any = true;
		}
	ppm_buffer_append_text(out, any ? "\n" : "-\n");
}

// The meaning of a field, one at a time: without its quotation marks, after tokens and spellings, by its type. Every rule about what a value may look like is
// here, and the fast paths only know the commonest of them.
#include "runtime/base/date.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/source/source_internal.h"

#include <assert.h>

#define SHORT_DIGITS 15u

static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct decimal {
	uint64_t digits; // all of them as an integer
	unsigned decimals;
	bool negative;
};

// [-]digits[.digits] with at most `most` digits in all.
static bool read_decimal(struct ppm_slice text, unsigned most, struct decimal *out)
{
	const char *at = text.data, *end = text.data + text.size;
	*out = (struct decimal){ 0 };
	if (at < end && *at == '-') {
		out->negative = true;
		at++;
	}
	if ((size_t)(end - at) > most + 1)
		return false;
	const char *start = at;
	for (; at < end && is_digit(*at); at++)
		out->digits = out->digits * 10 + (uint64_t)(*at - '0');
	size_t whole = (size_t)(at - start);
	if (whole == 0)
		return false;
	if (at < end && *at == '.') {
		start = ++at;
		for (; at < end && is_digit(*at); at++)
			out->digits = out->digits * 10 + (uint64_t)(*at - '0');
		out->decimals = (unsigned)(at - start);
		if (out->decimals == 0)
			return false;
	}
	return at == end && whole + out->decimals <= most;
}

bool ppm_field_short_decimal(struct ppm_slice text, unsigned shift, double *out)
{
	struct decimal decimal;
	if (!read_decimal(text, SHORT_DIGITS, &decimal))
		return false;
	// Both are exact doubles, so that the quotient is the nearest one.
	double value = (double)(int64_t)decimal.digits / powers[decimal.decimals + shift];
	*out = decimal.negative && decimal.digits ? -value : value;
	return true;
}

bool ppm_field_short_money(struct ppm_slice text, int64_t *out)
{
	struct decimal decimal;
	if (!read_decimal(text, 14, &decimal) || decimal.decimals > PPM_MONEY_PLACES)
		return false;
	int64_t value = (int64_t)decimal.digits * ppm_power_of_ten[PPM_MONEY_PLACES - decimal.decimals];
	*out = decimal.negative ? -value : value;
	return true;
}

// Any length.
static bool is_plain_decimal(struct ppm_slice text)
{
	const char *at = text.data, *end = text.data + text.size;
	if (at < end && *at == '-')
		at++;
	const char *start = at;
	while (at < end && is_digit(*at))
		at++;
	if (at == start)
		return false;
	if (at == end)
		return true;
	if (*at++ != '.' || at == end)
		return false;
	while (at < end && is_digit(*at))
		at++;
	return at == end;
}

static enum ppm_field_result fail(struct ppm_field_problem *problem, enum ppm_data_code code, enum ppm_problem_variant variant)
{
	*problem = (struct ppm_field_problem){ code, variant };
	return PPM_FIELD_PROBLEM;
}

static enum ppm_field_result parsed(enum ppm_number_problem number, enum ppm_data_code wrong, struct ppm_field_problem *problem)
{
	switch (number) {
	case PPM_NUMBER_FINE: return PPM_FIELD_VALUE;
	case PPM_NUMBER_RANGE: return fail(problem, PPM_DATA_TOO_LARGE, PPM_VARIANT_NONE);
	case PPM_NUMBER_INEXACT_INTEGER: return fail(problem, PPM_DATA_INEXACT_INTEGER, PPM_VARIANT_NONE);
	case PPM_NUMBER_SYNTAX: break;
	}
	return fail(problem, wrong, PPM_VARIANT_NONE);
}

static enum ppm_field_result to_number(struct ppm_slice text, enum ppm_data_code wrong, double *out, struct ppm_field_problem *problem)
{
	if (ppm_field_short_decimal(text, 0, out))
		return PPM_FIELD_VALUE;
	return parsed(ppm_number_parse(text, out), wrong, problem);
}

static enum ppm_field_result convert_number(const struct ppm_column *column, struct ppm_slice text, double *out, struct ppm_field_problem *problem)
{
	if (column->number_pattern)
		return parsed(ppm_number_pattern_number(column->number_pattern, text, 0, out), PPM_DATA_NUMBER, problem);
	return to_number(text, PPM_DATA_NUMBER, out, problem);
}

static enum ppm_field_result convert_money(const struct ppm_column *column, struct ppm_slice text, int64_t *out, struct ppm_field_problem *problem)
{
	if (column->number_pattern) {
		if (!ppm_number_pattern_read(column->number_pattern, text, PPM_MONEY_PLACES, out))
			return fail(problem, PPM_DATA_MONEY, PPM_VARIANT_NONE);
	} else {
		if (ppm_field_short_money(text, out))
			return PPM_FIELD_VALUE;
		if (!is_plain_decimal(text))
			return fail(problem, PPM_DATA_MONEY, PPM_VARIANT_NONE);
		if (!ppm_decimal_parse(text, PPM_MONEY_PLACES, out)) {
			// Too many decimals, or too many digits before them?
			const char *point = memchr(text.data, '.', text.size);
			struct ppm_slice whole = { text.data, point ? (size_t)(point - text.data) : text.size };
			int64_t ignored;
			bool fits = ppm_decimal_parse(whole, PPM_MONEY_PLACES, &ignored);
			return fits ? fail(problem, PPM_DATA_MONEY, PPM_VARIANT_TOO_MANY_DECIMALS) : fail(problem, PPM_DATA_TOO_LARGE, PPM_VARIANT_NONE);
		}
	}
	if (*out > PPM_MONEY_MAX || *out < -PPM_MONEY_MAX)
		return fail(problem, PPM_DATA_TOO_LARGE, PPM_VARIANT_NONE);
	return PPM_FIELD_VALUE;
}

static enum ppm_field_result convert_percent(const struct ppm_column *column, struct ppm_slice text, struct ppm_buffer *scratch, double *out, struct ppm_field_problem *problem)
{
	if (column->number_pattern) {
		unsigned shift = column->percent_as_ratio ? 0 : 2;
		return parsed(ppm_number_pattern_number(column->number_pattern, text, shift, out), PPM_DATA_PERCENT, problem);
	}
	if (column->percent_as_ratio)
		return to_number(text, PPM_DATA_PERCENT, out, problem);
	if (text.size == 0 || text.data[text.size - 1] != '%')
		return fail(problem, PPM_DATA_PERCENT, is_plain_decimal(text) ? PPM_VARIANT_NO_PERCENT_SIGN : PPM_VARIANT_NONE);
	struct ppm_slice figure = { text.data, text.size - 1 };
	if (ppm_field_short_decimal(figure, 2, out))
		return PPM_FIELD_VALUE;
	if (!is_plain_decimal(figure))
		return fail(problem, PPM_DATA_PERCENT, PPM_VARIANT_NONE);
	// The point two digits further left: then the nearest double is that of the ratio.
	const char *point = memchr(figure.data, '.', figure.size);
	bool negative = figure.data[0] == '-';
	const char *whole = figure.data + negative, *end = figure.data + figure.size;
	size_t digits = (size_t)((point ? point : end) - whole);
	struct ppm_buffer moved;
	ppm_buffer_init(&moved, scratch->allocator);
	if (negative)
		ppm_buffer_append_char(&moved, '-');
	if (digits <= 2)
		ppm_buffer_append_char(&moved, '0');
	else
		ppm_buffer_append(&moved, whole, digits - 2);
	ppm_buffer_append_char(&moved, '.');
	if (digits == 1)
		ppm_buffer_append_char(&moved, '0');
	ppm_buffer_append(&moved, digits < 2 ? whole : whole + digits - 2, digits < 2 ? digits : 2);
	if (point)
		ppm_buffer_append(&moved, point + 1, (size_t)(end - point - 1));
	enum ppm_field_result result = moved.failed ? PPM_FIELD_MEMORY : to_number(ppm_buffer_slice(&moved), PPM_DATA_PERCENT, out, problem);
	ppm_buffer_free(&moved);
	return result;
}

static enum ppm_field_result convert_date(const struct ppm_column *column, struct ppm_slice text, int64_t *out, struct ppm_field_problem *problem)
{
	int32_t date;
	if (column->date_format) {
		if (!ppm_date_parse(column->date_format, text, &date))
			return fail(problem, PPM_DATA_DATE, PPM_VARIANT_NONE);
	} else if (!ppm_date_parse_iso(text, &date)) {
		bool shaped = text.size == 10;
		for (size_t i = 0; i < text.size && shaped; i++)
			shaped = i == 4 || i == 7 ? text.data[i] == '-' : is_digit(text.data[i]);
		return fail(problem, PPM_DATA_DATE, shaped ? PPM_VARIANT_NO_SUCH_DAY : PPM_VARIANT_NONE);
	}
	*out = date;
	return PPM_FIELD_VALUE;
}

static bool is_word(struct ppm_slice text, const char *word)
{
	size_t size = strlen(word);
	if (text.size != size)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = text.data[i];
		if ((c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c) != word[i])
			return false;
	}
	return true;
}

static enum ppm_field_result convert_flag(struct ppm_slice text, int64_t *out, struct ppm_field_problem *problem)
{
	if (is_word(text, "yes") || is_word(text, "true") || is_word(text, "1"))
		*out = 1;
	else if (is_word(text, "no") || is_word(text, "false") || is_word(text, "0"))
		*out = 0;
	else
		return fail(problem, PPM_DATA_FLAG, PPM_VARIANT_NONE);
	return PPM_FIELD_VALUE;
}

static enum ppm_field_result convert_duration(const struct ppm_column *column, struct ppm_slice text, int64_t *out, struct ppm_field_problem *problem)
{
	static const struct {
		const char *name;
		bool months;
		int64_t size;
	} units[] = {
		{ "day", false, 1 },
		{ "week", false, 7 },
		{ "month", true, 1 },
		{ "year", true, 12 },
	};
	int64_t count;
	if (column->number_pattern) {
		if (!ppm_number_pattern_read(column->number_pattern, text, 0, &count))
			return fail(problem, PPM_DATA_DURATION, PPM_VARIANT_NONE);
	} else {
		const char *blank = memchr(text.data, ' ', text.size);
		if (!blank)
			return fail(problem, PPM_DATA_DURATION, PPM_VARIANT_NONE);
		struct ppm_slice figure = { text.data, (size_t)(blank - text.data) };
		struct ppm_slice unit = { blank + 1, text.size - figure.size - 1 };
		struct decimal decimal;
		if (unit.size > 1 && unit.data[unit.size - 1] == 's')
			unit.size--;
		size_t which = 0;
		while (which < sizeof units / sizeof *units && !ppm_slice_is(unit, units[which].name))
			which++;
		if (which == sizeof units / sizeof *units || !is_plain_decimal(figure) || memchr(figure.data, '.', figure.size))
			return fail(problem, PPM_DATA_DURATION, PPM_VARIANT_NONE);
		if (units[which].months != column->months)
			return fail(problem, PPM_DATA_DURATION, PPM_VARIANT_WRONG_UNIT);
		if (!read_decimal(figure, 12, &decimal))
			return fail(problem, PPM_DATA_TOO_LARGE, PPM_VARIANT_NONE);
		count = (int64_t)decimal.digits * units[which].size;
		if (decimal.negative)
			count = -count;
	}
	if (count > INT32_MAX || count < -INT32_MAX)
		return fail(problem, PPM_DATA_TOO_LARGE, PPM_VARIANT_NONE);
	*out = count;
	return PPM_FIELD_VALUE;
}

static enum ppm_field_result convert_text(const struct ppm_column_plan *plan, const struct ppm_program *program, struct ppm_text_pool *pool, struct ppm_slice text, int64_t *out)
{
	uint32_t code;
	if (plan->column->pooled) {
		code = ppm_text_pool_add(pool, text);
		if (code == UINT32_MAX)
			return PPM_FIELD_MEMORY;
	} else {
		// Tokens and spellings are in the table, too, but they were dealt with before.
		code = program->text_count;
		for (uint32_t i = 0; i < program->text_count && code == program->text_count; i++)
			if (ppm_slice_equal(program->texts[i], text))
				code = i;
	}
	*out = code;
	return PPM_FIELD_VALUE;
}

enum ppm_field_result ppm_field_convert(const struct ppm_column_plan *plan, const struct ppm_program *program, struct ppm_text_pool *pool, struct ppm_slice raw,
	struct ppm_buffer *scratch, union ppm_field_value *value, struct ppm_field_problem *problem)
{
	const struct ppm_column *column = plan->column;
	struct ppm_slice text = ppm_field_unquote(raw, scratch);
	value->i64 = 0;
	if (scratch->failed)
		return PPM_FIELD_MEMORY;
	if (text.size == 0)
		return PPM_FIELD_MISSING;
	for (uint32_t i = 0; i < column->missing_count; i++)
		if (ppm_slice_equal(column->missing[i], text))
			return PPM_FIELD_MISSING;
	for (uint32_t i = 0; i < column->spelling_count; i++)
		if (ppm_slice_equal(column->spellings[i].from, text)) {
			text = column->spellings[i].to;
			break;
		}
	if (text.size == 0)
		return PPM_FIELD_MISSING;
	switch (column->type) {
	case PPM_COLUMN_NUMBER: return convert_number(column, text, &value->f64, problem);
	case PPM_COLUMN_MONEY: return convert_money(column, text, &value->i64, problem);
	case PPM_COLUMN_PERCENT: return convert_percent(column, text, scratch, &value->f64, problem);
	case PPM_COLUMN_TEXT: return convert_text(plan, program, pool, text, &value->i64);
	case PPM_COLUMN_DATE: return convert_date(column, text, &value->i64, problem);
	case PPM_COLUMN_FLAG: return convert_flag(text, &value->i64, problem);
	case PPM_COLUMN_DURATION: break;
	}
	return convert_duration(column, text, &value->i64, problem);
}

enum ppm_field_result ppm_field_value(const struct ppm_column *column, struct ppm_slice raw, struct ppm_buffer *scratch, union ppm_field_value *value)
{
	const struct ppm_column_plan plan = { .column = column };
	struct ppm_field_problem problem;
	assert(column->type != PPM_COLUMN_TEXT);
	return ppm_field_convert(&plan, NULL, NULL, raw, scratch, value, &problem);
}

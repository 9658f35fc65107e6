// Problems in three steps: a worker notes them as they are found, column by column and small (struct ppm_pending); when a batch is done they are put in the order of
// the file and, as far as the list keeps them, get their texts; the list itself only ever holds its first `keep`.
#include "runtime/base/decimal.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/source/source_internal.h"

#include <stdlib.h>

#define VALUE_LIMIT 80u

const char *ppm_data_code_text(enum ppm_data_code code)
{
	static const char *const texts[] = {
#define DATA(code, name, title) #code,
#include "runtime/source/data_codes.def"
#undef DATA
	};
	return code < PPM_DATA_CODE_COUNT ? texts[code] : "";
}

const char *ppm_data_code_title(enum ppm_data_code code)
{
	static const char *const titles[] = {
#define DATA(code, name, title) title,
#include "runtime/source/data_codes.def"
#undef DATA
	};
	return code < PPM_DATA_CODE_COUNT ? titles[code] : "";
}

void ppm_data_problems_init(struct ppm_data_problems *problems, const struct ppm_allocator *allocator, uint64_t keep, bool keep_records)
{
	*problems = (struct ppm_data_problems){ .keep = keep, .keep_records = keep_records };
	ppm_arena_init(&problems->arena, allocator);
}

void ppm_data_problems_free(struct ppm_data_problems *problems)
{
	ppm_arena_free(&problems->arena);
	problems->first = problems->last = NULL;
	problems->count = problems->rows = 0;
}

void ppm_data_problems_add(struct ppm_data_problems *problems, const struct ppm_data_problem *problem)
{
	if (problems->count++ >= problems->keep)
		return;
	struct ppm_data_problem *copy = PPM_ARENA_NEW(&problems->arena, struct ppm_data_problem);
	if (!copy)
		return; // the arena's `failed` says so
	*copy = *problem;
	copy->next = NULL;
	if (copy->value.size > VALUE_LIMIT)
		copy->value.size = VALUE_LIMIT;
	if (problem->column_name.data)
		copy->column_name = ppm_arena_copy(&problems->arena, problem->column_name);
	if (problem->value.data)
		copy->value = ppm_arena_copy(&problems->arena, copy->value);
	if (problem->message.data)
		copy->message = ppm_arena_copy(&problems->arena, problem->message);
	if (!problems->keep_records)
		copy->record = (struct ppm_slice){ NULL, 0 };
	else if (problem->record.data)
		copy->record = ppm_arena_copy(&problems->arena, problem->record);
	if (problems->last)
		problems->last->next = copy;
	else
		problems->first = copy;
	problems->last = copy;
}

void ppm_data_problems_add_message(struct ppm_data_problems *problems, struct ppm_data_problem problem, struct ppm_buffer *message)
{
	problem.message = ppm_buffer_slice(message);
	if (message->failed)
		problems->arena.failed = true;
	else
		ppm_data_problems_add(problems, &problem);
	ppm_buffer_free(message);
}

void ppm_data_problem_write(const struct ppm_data_problem *problem, struct ppm_slice file, struct ppm_buffer *out)
{
	ppm_text_append_escaped(out, file, 0, false);
	if (problem->line)
		ppm_buffer_format(out, ":%llu", (unsigned long long)problem->line);
	if (problem->line && problem->column)
		ppm_buffer_format(out, ":%lu", (unsigned long)problem->column);
	if (problem->column_name.size) {
		ppm_buffer_append_text(out, " (");
		ppm_text_append_escaped(out, problem->column_name, VALUE_LIMIT, false);
		ppm_buffer_append_char(out, ')');
	}
	ppm_buffer_append_text(out, ": ");
	if (problem->value.size) {
		// The value was cut at its limit, perhaps inside a character; whoever shows it shows that it was.
		ppm_buffer_append_char(out, '"');
		ppm_text_append_escaped(out, problem->value, 0, true);
		ppm_buffer_append_text(out, problem->value.size >= VALUE_LIMIT ? "…\" " : "\" ");
	}
	ppm_buffer_append(out, problem->message.data, problem->message.size);
}

void ppm_source_problem(struct ppm_data_problems *problems, enum ppm_data_code code, uint64_t line, uint32_t column, struct ppm_slice value, const char *message)
{
	struct ppm_data_problem problem = { .code = code, .line = line, .column = column, .value = value, .message = ppm_slice_of(message) };
	ppm_data_problems_add(problems, &problem);
}

bool ppm_pendings_add(struct ppm_source_worker *worker, struct ppm_pendings *list, const struct ppm_pending *pending)
{
	void *items = list->items;
	bool grown = ppm_grow(worker->source->allocator, &items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items = items;
	if (!grown) {
		worker->out_of_memory = true;
		return false;
	}
	list->items[list->count++] = *pending;
	return true;
}

// ---- messages ---------------------------------------------------------------------------------------------

static void append_quoted(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	ppm_text_append_escaped(out, text, VALUE_LIMIT, true);
	ppm_buffer_append_char(out, '"');
}

// As the model writes it: 7%, and not what 0.07 · 100 is.
static size_t write_percent(double ratio, char *text)
{
	int64_t mantissa;
	int places;
	size_t size = ppm_number_decimal(ratio, &mantissa, &places)
			      ? ppm_decimal_write(places < 2 ? (ppm_int128)mantissa * ppm_power_of_ten[2 - places] : mantissa, places < 2 ? 0 : places - 2, places < 2 ? 0 : places - 2, text)
			      : ppm_number_write(ratio * 100, text);
	text[size] = '%';
	return size + 1;
}

static size_t write_duration(int64_t count, bool months, char *text)
{
	size_t size = ppm_decimal_write(count, 0, 0, text);
	const char *unit = months ? " months" : " days";
	size_t length = strlen(unit) - (count == 1 || count == -1);
	memcpy(text + size, unit, length);
	return size + length;
}

static void append_bound(struct ppm_buffer *out, const struct ppm_column *column, const union ppm_constant *bound)
{
	char text[400];
	size_t size = 0;
	switch (column->type) {
	case PPM_COLUMN_NUMBER: size = ppm_number_write(bound->f64, text); break;
	case PPM_COLUMN_PERCENT: size = write_percent(bound->f64, text); break;
	case PPM_COLUMN_MONEY: size = ppm_decimal_write(bound->i64, PPM_MONEY_PLACES, bound->i64 % PPM_MONEY_SCALE == 0 ? 0 : bound->i64 % 100 == 0 ? 2 : 4, text); break;
	case PPM_COLUMN_DATE:
		ppm_date_write((int32_t)bound->i64, text);
		size = 10;
		break;
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_FLAG:
	case PPM_COLUMN_DURATION: size = write_duration(bound->i64, column->months, text); break;
	}
	ppm_buffer_append(out, text, size);
}

static void append_allowed(struct ppm_buffer *out, const struct ppm_column *column, const struct ppm_program *program)
{
	uint32_t count = column->allowed ? column->allowed_count : column->allowed_number_count;
	ppm_buffer_append_text(out, "is not one of the values that the model declares: ");
	for (uint32_t i = 0; i < count && i < 8; i++) {
		if (i)
			ppm_buffer_append_text(out, ", ");
		if (column->allowed) {
			append_quoted(out, program->texts[column->allowed[i]]);
		} else {
			char text[400];
			ppm_buffer_append(out, text, ppm_number_write(column->allowed_numbers[i], text));
		}
	}
	if (count > 8)
		ppm_buffer_format(out, " and %lu more", (unsigned long)(count - 8));
}

// For a value that its column's format does not read. False when the column has none.
static bool append_format(struct ppm_buffer *out, const struct ppm_column *column)
{
	if (!column->number_pattern && !column->date_format && !column->percent_as_ratio)
		return false;
	ppm_buffer_append_text(out, "; the column's format is ");
	append_quoted(out, column->format_text);
	return true;
}

// Whether a figure with that sign may stand in the column: $5 is no amount of `money EUR`.
static bool fits_currency(const struct ppm_column *column, const char *affix)
{
	static const struct {
		const char *sign, *code;
	} signs[] = { { "€", "EUR" }, { "£", "GBP" }, { "$", "USD" }, { "US$", "USD" }, { "¥", "JPY" }, { "₹", "INR" } };
	const char *code = column->type == PPM_COLUMN_MONEY && column->type_text.size >= 9 ? column->type_text.data + 6 : NULL;
	size_t size = strlen(affix);

	while (size && affix[size - 1] == ' ')
		size--;
	while (size && *affix == ' ') {
		affix++;
		size--;
	}
	if (!size || !code || !(code[0] >= 'A' && code[0] <= 'Z'))
		return true;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strlen(signs[i].sign) == size && !memcmp(signs[i].sign, affix, size))
			return !memcmp(signs[i].code, code, 3);
	return size == 3 && !memcmp(affix, code, 3);
}

// Whether the column, with that sample as its format, reads the value.
static bool sample_reads(const struct ppm_column *column, struct ppm_slice sample, struct ppm_slice value)
{
	struct ppm_number_pattern pattern;
	double figure;
	int64_t amount;

	if (!ppm_number_pattern_parse(sample, &pattern) || pattern.percent || !ppm_is_currency(pattern.prefix) || !ppm_is_currency(pattern.suffix) ||
		!fits_currency(column, pattern.prefix) || !fits_currency(column, pattern.suffix))
		return false;
	if (column->type == PPM_COLUMN_MONEY)
		return ppm_number_pattern_read(&pattern, value, PPM_MONEY_PLACES, &amount) && amount <= PPM_MONEY_MAX && amount >= -PPM_MONEY_MAX;
	return ppm_number_pattern_number(&pattern, value, 0, &figure) == PPM_NUMBER_FINE;
}

static void append_sample(struct ppm_buffer *out, const char *before, const struct ppm_column *column, struct ppm_slice sample)
{
	ppm_buffer_format(out, "%s%.*s format ", before, (int)column->type_text.size, column->type_text.data);
	append_quoted(out, sample);
}

static bool is_percent(struct ppm_slice value)
{
	struct ppm_number_pattern pattern;
	double figure;

	return ppm_number_pattern_parse(value, &pattern) && pattern.percent && !pattern.prefix[0] && (!strcmp(pattern.suffix, "%") || !strcmp(pattern.suffix, " %")) &&
		ppm_number_pattern_number(&pattern, value, 2, &figure) == PPM_NUMBER_FINE;
}

// A figure that is written in a way of its own is no mistake of the data, but one that the model has to say: the value is its own sample, unless it may be read in two ways.
static void append_way(struct ppm_buffer *out, struct ppm_slice value, const struct ppm_column *column)
{
	static const char way[] = ", or a column that says how it is written: ";
	char thousands[PPM_READING_SIZE], decimals[PPM_READING_SIZE];

	ppm_buffer_append_text(out, "; expected digits such as 1234.50");
	if (value.size > PPM_READING_SIZE / 2 || memchr(value.data, '"', value.size) || memchr(value.data, '\\', value.size))
		return;
	if (column->type == PPM_COLUMN_NUMBER && is_percent(value)) {
		ppm_buffer_format(out, "%spercent", way);
		if (value.data[value.size - 2] == ' ' || memchr(value.data, ',', value.size) || memchr(value.data, '\'', value.size)) {
			ppm_buffer_append_text(out, " format ");
			append_quoted(out, value);
		}
	} else if (sample_reads(column, value, value)) {
		append_sample(out, way, column, value);
	} else if (ppm_number_pattern_readings(value, thousands, decimals) && sample_reads(column, ppm_slice_of(thousands), value)) {
		append_sample(out, way, column, ppm_slice_of(thousands));
		append_sample(out, " for thousands, ", column, ppm_slice_of(decimals));
		ppm_buffer_append_text(out, " for decimals");
	}
}

static void append_message(struct ppm_source_worker *worker, const struct ppm_pending *pending, struct ppm_slice value, struct ppm_buffer *out)
{
	const struct ppm_source *source = worker->source;
	const struct ppm_column *column = pending->column != UINT32_MAX ? &source->program->columns[pending->column] : NULL;
	if (pending->variant == PPM_VARIANT_MESSAGE) {
		ppm_buffer_append(out, pending->message.data, pending->message.size);
		return;
	}
	switch ((enum ppm_data_code)pending->code) {
	case PPM_DATA_WIDTH:
		ppm_buffer_format(out, "%lu field%s, but the header has %lu", (unsigned long)pending->count, pending->count == 1 ? "" : "s", (unsigned long)source->field_count);
		return;
	case PPM_DATA_ENCODING: ppm_buffer_append_text(out, "is not UTF-8; if the file has another encoding, name it with --encoding"); return;
	case PPM_DATA_NUL_BYTE: ppm_buffer_append_text(out, "holds a NUL byte"); return;
	case PPM_DATA_BARE_CR: ppm_buffer_append_text(out, "holds a carriage return without a line feed; lines end with LF or CR LF"); return;
	case PPM_DATA_QUOTE_UNTERMINATED: ppm_buffer_append_text(out, "has no closing quotation mark"); return;
	case PPM_DATA_QUOTE_STRAY:
		ppm_buffer_append_text(out,
			pending->variant == PPM_VARIANT_AFTER_QUOTE ? "goes on after its closing quotation mark; inside quotes, write \"\" for one"
								    : "has a quotation mark inside; quote the whole field and write \"\" for one");
		return;
	case PPM_DATA_FIELD_TOO_LONG: ppm_buffer_format(out, "is longer than %llu bytes", (unsigned long long)source->options.field_limit); return;
	case PPM_DATA_MISSING_VALUE:
		if (pending->begin < pending->end)
			ppm_buffer_append_text(out, "means missing, but ");
		else
			ppm_buffer_append_text(out, "is empty, but ");
		ppm_buffer_append_text(out, pending->variant == PPM_VARIANT_KEY ? "a key must have a value" : "the column is not optional; if it may be, write `optional` after its type");
		return;
	case PPM_DATA_NUMBER:
		ppm_buffer_append_text(out, "is not a number");
		if (!append_format(out, column))
			append_way(out, value, column);
		return;
	case PPM_DATA_MONEY:
		if (pending->variant == PPM_VARIANT_TOO_MANY_DECIMALS) {
			ppm_buffer_append_text(out, "has more than 4 decimals; money holds no more");
			return;
		}
		ppm_buffer_append_text(out, "is not an amount of money");
		if (!append_format(out, column))
			append_way(out, value, column);
		return;
	case PPM_DATA_PERCENT:
		if (pending->variant == PPM_VARIANT_NO_PERCENT_SIGN) {
			ppm_buffer_append_text(out, "has no percent sign; expected 12% or the like, or a format \"12\" or \"0.12\" in the model");
			return;
		}
		ppm_buffer_append_text(out, "is not a percentage");
		if (!append_format(out, column))
			ppm_buffer_append_text(out, "; expected digits and a percent sign such as 12.5%");
		return;
	case PPM_DATA_DATE:
		if (pending->variant == PPM_VARIANT_NO_SUCH_DAY) {
			ppm_buffer_append_text(out, "is not a day of the calendar");
			return;
		}
		ppm_buffer_append_text(out, "is not a date");
		if (!append_format(out, column))
			ppm_buffer_append_text(out, "; expected YYYY-MM-DD such as 2024-01-31");
		return;
	case PPM_DATA_FLAG: ppm_buffer_append_text(out, "is not yes or no; expected yes, no, true, false, 1 or 0"); return;
	case PPM_DATA_DURATION:
		if (pending->variant == PPM_VARIANT_WRONG_UNIT) {
			ppm_buffer_append_text(out, column->months ? "is not in months or years, which the column holds" : "is not in days or weeks, which the column holds");
			return;
		}
		ppm_buffer_append_text(out, "is not a duration");
		if (!append_format(out, column))
			ppm_buffer_append_text(out, column->months ? "; expected a figure and its unit such as 3 months" : "; expected a figure and its unit such as 30 days");
		return;
	case PPM_DATA_INEXACT_INTEGER: ppm_buffer_append_text(out, "is an integer that a number cannot hold exactly; an identifier should be text"); return;
	case PPM_DATA_OUT_OF_RANGE:
		ppm_buffer_append_text(out, "is outside the range that the model declares, ");
		append_bound(out, column, &column->low);
		ppm_buffer_append_text(out, " to ");
		append_bound(out, column, &column->high);
		return;
	case PPM_DATA_NOT_ALLOWED: append_allowed(out, column, source->program); return;
	case PPM_DATA_TOO_LARGE:
		if (column->type == PPM_COLUMN_MONEY)
			ppm_buffer_append_text(out, "passes what money holds, ±900 trillion");
		else
			ppm_buffer_append_text(out, "passes what the column's type holds");
		return;
	default: ppm_buffer_append_text(out, ppm_data_code_title((enum ppm_data_code)pending->code)); return;
	}
}

// ---- from pending to the chunk's list ---------------------------------------------------------------------

static int compare_pendings(const void *left, const void *right)
{
	const struct ppm_pending *a = left, *b = right;
	if (a->record != b->record)
		return a->record < b->record ? -1 : 1;
	if (a->field != b->field)
		return a->field < b->field ? -1 : 1;
	// Two columns of the program may read one field.
	return (a->column > b->column) - (a->column < b->column);
}

static uint64_t count_lines(const char *from, const char *to)
{
	uint64_t count = 0;
	for (; from < to && (from = memchr(from, '\n', (size_t)(to - from))); from++)
		count++;
	return count;
}

// `first`: the record's first problem, which carries the record.
static void add_to_list(struct ppm_source_worker *worker, const struct ppm_pending *pending, bool first)
{
	struct ppm_data_problems *problems = &worker->chunk.problems;
	if (first)
		problems->rows++;
	if (problems->count >= problems->keep) {
		problems->count++;
		return;
	}
	const struct ppm_source *source = worker->source;
	const char *base = worker->base;
	// Lines are counted when one is needed, from where the last problem's record began.
	worker->lines_counted += count_lines(base + worker->lines_counted_to, base + pending->record_begin);
	worker->lines_counted_to = pending->record_begin;
	struct ppm_data_problem problem = { .code = (enum ppm_data_code)pending->code, .line = worker->lines_counted, .place = pending->place };
	if (pending->field != UINT32_MAX) {
		problem.column = pending->field + 1;
		if (pending->field < source->field_count)
			problem.column_name = source->names[pending->field];
		problem.line += count_lines(base + pending->record_begin, base + pending->begin);
		problem.value = (struct ppm_slice){ base + pending->begin, pending->end - pending->begin };
		// Quotation marks that are only the file's way of writing the value are not part of it.
		if (pending->code >= PPM_DATA_MISSING_VALUE && problem.value.size >= 2 && problem.value.data[0] == '"') {
			problem.value.data++;
			problem.value.size -= 2;
		}
	}
	if (first && problems->keep_records)
		problem.record = (struct ppm_slice){ base + pending->record_begin, pending->record_end - pending->record_begin };
	worker->scratch.size = 0;
	append_message(worker, pending, problem.value, &worker->scratch);
	problem.message = ppm_buffer_slice(&worker->scratch);
	ppm_data_problems_add(problems, &problem);
	if (worker->scratch.failed || problems->arena.failed)
		worker->out_of_memory = true;
}

void ppm_pendings_flush(struct ppm_source_worker *worker, uint64_t record)
{
	struct ppm_pendings *structural = &worker->structural, *fields = &worker->pendings;
	if (fields->count > 1)
		qsort(fields->items, fields->count, sizeof *fields->items, compare_pendings);
	uint64_t last = UINT64_MAX;
	for (;;) {
		const struct ppm_pending *next = NULL;
		bool from_fields = false;
		if (structural->taken < structural->count && structural->items[structural->taken].record < record)
			next = &structural->items[structural->taken];
		if (fields->taken < fields->count && (!next || fields->items[fields->taken].record < next->record)) {
			next = &fields->items[fields->taken];
			from_fields = true;
		}
		if (!next)
			break;
		add_to_list(worker, next, next->record != last);
		last = next->record;
		if (from_fields)
			fields->taken++;
		else
			structural->taken++;
	}
	fields->count = fields->taken = 0;
	if (record == UINT64_MAX) {
		worker->chunk.problems.count += worker->dropped_problems;
		worker->chunk.problems.rows += worker->dropped_rows;
		worker->dropped_problems = worker->dropped_rows = 0;
	}
}

// JSON out: an array of objects, or an object a line (NDJSON). Figures are JSON numbers: exact decimals for money, ratios for percents.
//
// A row of the array begins with its comma, so that rows from different threads need not know whether they are the first; whoever puts the file
// together takes the very first comma off. Control and bidi characters are escaped: a result may be looked at on a terminal.
#include <assert.h>

#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

static bool is_bidi_or_c1(uint32_t code)
{
	return (code >= 0x80 && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static void append_escape(struct ppm_buffer *out, uint32_t code)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "btn\0fr"; // 8, 9, 10, 12, 13
	if (code >= 8 && code <= 13 && code != 11) {
		char text[2] = { '\\', letters[code - 8] };
		ppm_buffer_append(out, text, 2);
		return;
	}
	if (code == '"' || code == '\\') {
		char text[2] = { '\\', (char)code };
		ppm_buffer_append(out, text, 2);
		return;
	}
	char text[6] = { '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15] };
	ppm_buffer_append(out, text, 6);
}

// The call is for growing only.
static inline bool has_room(struct ppm_buffer *out, size_t size)
{
	return __builtin_expect(!out->failed && out->capacity - out->size >= size, 1) || ppm_buffer_reserve(out, size);
}

static bool is_plain(struct ppm_slice text)
{
	unsigned odd = 0;
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];
		odd |= (c < 0x20) | (c >= 0x7f) | (c == '"') | (c == '\\');
	}
	return !odd;
}

static void append_escaped(struct ppm_buffer *out, struct ppm_slice text)
{
	if (is_plain(text)) {
		ppm_buffer_append(out, text.data, text.size);
		return;
	}
	size_t start = 0, i = 0;
	while (i < text.size) {
		unsigned char c = (unsigned char)text.data[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		size_t length = 1;
		uint32_t code = c;
		if (c >= 0x80) {
			code = ppm_utf8_decode(text.data + i, text.size - i, &length);
			bool bad = code == 0xfffd && length == 1;
			if (!bad && !is_bidi_or_c1(code)) {
				i += length;
				continue;
			}
		}
		ppm_buffer_append(out, text.data + start, i - start);
		append_escape(out, code);
		i += length;
		start = i;
	}
	if (text.size > start)
		ppm_buffer_append(out, text.data + start, text.size - start);
}

void ppm_json_append_string(struct ppm_buffer *out, struct ppm_slice text)
{
	if (is_plain(text) && has_room(out, text.size + 2)) {
		char *p = out->data + out->size;
		*p = '"';
		if (text.size)
			memcpy(p + 1, text.data, text.size);
		p[text.size + 1] = '"';
		out->size += text.size + 2;
		return;
	}
	ppm_buffer_append_char(out, '"');
	append_escaped(out, text);
	ppm_buffer_append_char(out, '"');
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?, a number as JSON writes it.
static bool is_json_number(struct ppm_slice text)
{
	size_t i = 0;
	if (i < text.size && text.data[i] == '-')
		i++;
	size_t first = i;
	while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
		i++;
	if (i == first || (text.data[first] == '0' && i > first + 1))
		return false;
	if (i == text.size)
		return true;
	if (text.data[i++] != '.')
		return false;
	first = i;
	while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
		i++;
	return i > first && i == text.size;
}

// ---- the plan -----------------------------------------------------------------------------------------

// With room behind for copies that run over.
static struct ppm_slice padded_copy(struct ppm_arena *arena, struct ppm_slice text)
{
	char *copy = ppm_arena_allocate(arena, text.size + PPM_COPY_SLACK, 1);
	if (copy && text.size)
		memcpy(copy, text.data, text.size);
	return (struct ppm_slice){ copy, text.size };
}

bool ppm_json_plan(struct ppm_sink *sink)
{
	bool lines = sink->options.format == PPM_SINK_NDJSON;
	struct ppm_buffer text;
	ppm_buffer_init(&text, sink->allocator);
	for (uint32_t i = 0; i < sink->column_count; i++) {
		text.size = 0;
		ppm_buffer_append_text(&text, i ? ", " : lines ? "{" : ",\n{");
		ppm_json_append_string(&text, sink->columns[i].name);
		ppm_buffer_append(&text, ": ", 2);
		sink->columns[i].key = padded_copy(&sink->arena, ppm_buffer_slice(&text));
	}
	sink->ready = ppm_arena_allocate(&sink->arena, (size_t)sink->program->text_count + 1, sizeof *sink->ready);
	for (uint32_t i = 0; sink->ready && i < sink->program->text_count; i++) {
		if (sink->program->texts[i].size > PPM_READY_CELL)
			continue;
		text.size = 0;
		ppm_json_append_string(&text, sink->program->texts[i]);
		sink->ready[i] = padded_copy(&sink->arena, ppm_buffer_slice(&text));
	}
	bool failed = text.failed || sink->arena.failed;
	ppm_buffer_free(&text);
	return !failed;
}

// ---- rows --------------------------------------------------------------------------------------------

static void append_unquoted_string(struct ppm_buffer *out, struct ppm_slice raw)
{
	if (raw.size < 2 || raw.data[0] != '"') {
		ppm_json_append_string(out, raw);
		return;
	}
	ppm_buffer_append_char(out, '"');
	const char *at = raw.data + 1, *end = raw.data + raw.size - 1;
	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at));
		const char *stop = quote ? quote + 1 : end;
		append_escaped(out, (struct ppm_slice){ at, (size_t)(stop - at) });
		at = quote ? stop + 1 : end;
	}
	ppm_buffer_append_char(out, '"');
}

// A slice made by padded_copy.
static inline void append_padded(struct ppm_buffer *out, struct ppm_slice text)
{
	if (has_room(out, text.size + PPM_COPY_SLACK))
		out->size = (size_t)(ppm_copy_over(out->data + out->size, text.data, text.size) - out->data);
}

static void append_figure(struct ppm_buffer *out, const struct ppm_value_format *format, const void *values, uint32_t row)
{
	if (has_room(out, PPM_FIGURE_ROOM))
		out->size = (size_t)(ppm_format_json_figure(format, values, row, out->data + out->size) - out->data);
}

static bool is_missing_token(const struct ppm_column *column, struct ppm_slice text)
{
	for (uint32_t i = 0; i < column->missing_count; i++)
		if (ppm_slice_equal(column->missing[i], text))
			return true;
	return false;
}

static void append_value(struct ppm_buffer *out, const struct ppm_column *column, union ppm_field_value value)
{
	static const struct ppm_value_format number = { .kind = PPM_FORMAT_NUMBER, .decimals = -1 };
	static const struct ppm_value_format money = { .kind = PPM_FORMAT_POINTS, .decimals = -1, .scale = PPM_MONEY_PLACES };
	switch (column->type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_PERCENT: append_figure(out, &number, &value.f64, 0); break;
	case PPM_COLUMN_MONEY: append_figure(out, &money, &value.i64, 0); break;
	case PPM_COLUMN_FLAG: ppm_buffer_append_text(out, value.i64 ? "true" : "false"); break;
	case PPM_COLUMN_TEXT: // as they stand in the file, like durations
	case PPM_COLUMN_DURATION:
	case PPM_COLUMN_DATE: {
		assert(column->type == PPM_COLUMN_DATE);
		char date[10];
		ppm_date_write((int32_t)value.i64, date);
		ppm_json_append_string(out, (struct ppm_slice){ date, sizeof date });
		break;
	}
	}
}

static union ppm_field_value value_at(const struct ppm_column *column, const void *values, uint32_t row)
{
	switch (column->type) {
	case PPM_COLUMN_NUMBER:
	case PPM_COLUMN_PERCENT: return (union ppm_field_value){ .f64 = ((const double *)values)[row] };
	case PPM_COLUMN_MONEY: return (union ppm_field_value){ .i64 = ((const int64_t *)values)[row] };
	case PPM_COLUMN_FLAG: return (union ppm_field_value){ .i64 = ppm_mask_bit(values, row) };
	case PPM_COLUMN_DATE:
	case PPM_COLUMN_TEXT:
	case PPM_COLUMN_DURATION: break;
	}
	return (union ppm_field_value){ .i64 = ((const int32_t *)values)[row] };
}

// A field that passes through, with the type that the model declares for it: digits stay as they are where they are a JSON number (in a format of its own "1.234" may be a thousand). What it comes to does not depend on whether a rule reads the column.
// A field that is no value of its type is a text: only a program that passes what nobody checked has such (struct ppm_compile_options).
static void append_field(struct ppm_buffer *out, struct ppm_buffer *scratch, const struct ppm_sink *sink, const struct ppm_sink_column *about, const struct ppm_batch *batch, uint32_t row)
{
	struct ppm_slice raw = ppm_batch_field(batch, row, about->field);
	bool quoted = raw.size >= 2 && raw.data[0] == '"';
	struct ppm_slice text = quoted ? (struct ppm_slice){ raw.data + 1, raw.size - 2 } : raw;
	if (text.size == 0) {
		ppm_buffer_append(out, "null", 4);
		return;
	}
	if (about->program_column == UINT32_MAX) {
		append_unquoted_string(out, raw);
		return;
	}
	uint32_t index = about->program_column;
	const struct ppm_column *column = &sink->program->columns[index];
	const uint64_t *present = column->read && batch->present ? batch->present[index] : NULL;
	if ((present && !ppm_mask_bit(present, row)) || is_missing_token(column, text)) {
		ppm_buffer_append(out, "null", 4);
		return;
	}
	bool figure = column->type == PPM_COLUMN_MONEY || column->type == PPM_COLUMN_NUMBER;
	if (figure && !column->number_pattern && is_json_number(text)) {
		ppm_buffer_append(out, text.data, text.size);
		return;
	}
	if (column->type == PPM_COLUMN_TEXT || column->type == PPM_COLUMN_DURATION) {
		append_unquoted_string(out, raw);
		return;
	}
	const void *values = column->read && batch->values ? ppm_batch_values(batch, index) : NULL;
	if (values) {
		append_value(out, column, value_at(column, values, row));
		return;
	}
	union ppm_field_value value;
	scratch->size = 0;
	switch (ppm_field_value(column, raw, scratch, &value)) {
	case PPM_FIELD_VALUE: append_value(out, column, value); break;
	case PPM_FIELD_MISSING: ppm_buffer_append(out, "null", 4); break;
	case PPM_FIELD_PROBLEM: append_unquoted_string(out, raw); break;
	case PPM_FIELD_MEMORY: out->failed = true; break;
	}
}

static void append_reasons(struct ppm_buffer *out, struct ppm_buffer *scratch, const struct ppm_row_context *context, const struct ppm_value *value, uint32_t row)
{
	const struct ppm_text_template *text;
	if (value->single && !ppm_reason_template(context, value, row, 0)) {
		ppm_buffer_append(out, "null", 4);
		return;
	}
	if (!value->single)
		ppm_buffer_append_char(out, '[');
	for (uint32_t index = 0; (text = ppm_reason_template(context, value, row, index)); index++) {
		if (index)
			ppm_buffer_append(out, ", ", 2);
		scratch->size = 0;
		ppm_append_template(scratch, context, text, row);
		ppm_json_append_string(out, ppm_buffer_slice(scratch));
	}
	if (!value->single)
		ppm_buffer_append_char(out, ']');
	out->failed |= scratch->failed;
}

// The sink's own format; its ready texts are cells of that.
static bool is_json(const struct ppm_sink *sink)
{
	return sink->options.format == PPM_SINK_JSON || sink->options.format == PPM_SINK_NDJSON;
}

static void append_computed(struct ppm_buffer *out, struct ppm_buffer *scratch, const struct ppm_sink *sink, const struct ppm_value *value, const struct ppm_lane *lane, const struct ppm_row_context *context, uint32_t row)
{
	if (!ppm_lane_has(lane, row)) {
		ppm_buffer_append(out, "null", 4);
		return;
	}
	switch (value->format.kind) {
	case PPM_FORMAT_TEXT: {
		uint32_t code = (uint32_t)((const int32_t *)lane->values)[row];
		if (code < sink->program->text_count && is_json(sink) && sink->ready[code].data)
			append_padded(out, sink->ready[code]);
		else
			ppm_json_append_string(out, ppm_text_pool_get(ppm_vm_pool(context->vm), code));
		break;
	}
	case PPM_FORMAT_REASONS:
		append_reasons(out, scratch, context, value, row);
		break;
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS: {
		char text[PPM_FIGURE_ROOM];
		size_t size = (size_t)(ppm_format_figure(&value->format, lane->values, row, text) - text);
		ppm_json_append_string(out, (struct ppm_slice){ text, size });
		break;
	}
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT:
	case PPM_FORMAT_MONEY:
	case PPM_FORMAT_EXACT:
	case PPM_FORMAT_FLAG:
	case PPM_FORMAT_POINTS:
	case PPM_FORMAT_PASS:
		assert(value->format.kind != PPM_FORMAT_PASS); // was written before
		append_figure(out, &value->format, lane->values, row);
		break;
	}
}

uint64_t ppm_json_range(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t first, uint32_t end, struct ppm_buffer *out)
{
	struct ppm_lanes lanes;
	if (!ppm_lanes_open(&lanes, out->allocator, sink->column_count)) {
		out->failed = true;
		return 0;
	}
	for (uint32_t i = 0; i < sink->column_count; i++)
		lanes.items[i] = sink->columns[i].passed ? (struct ppm_lane){ NULL, NULL } : ppm_lane_bind(vm, sink->columns[i].value);
	struct ppm_row_context context = { sink->program, sink->source, batch, vm };
	struct ppm_buffer scratch;
	ppm_buffer_init(&scratch, out->allocator);
	bool ends_line = sink->options.format == PPM_SINK_NDJSON;
	uint64_t rows = 0;
	for (uint32_t row = first; row < end && !out->failed; row++) {
		if (ppm_mask_bit(batch->refused, row))
			continue;
		for (uint32_t i = 0; i < sink->column_count; i++) {
			const struct ppm_sink_column *about = &sink->columns[i];
			append_padded(out, about->key);
			if (about->passed)
				append_field(out, &scratch, sink, about, batch, row);
			else
				append_computed(out, &scratch, sink, about->value, &lanes.items[i], &context, row);
		}
		ppm_buffer_append(out, "}\n", ends_line ? 2 : 1);
		rows++;
	}
	ppm_buffer_free(&scratch);
	ppm_lanes_close(&lanes);
	return rows;
}

void ppm_json_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out)
{
	const struct ppm_sink_column *about = &sink->columns[column];
	struct ppm_row_context context = { sink->program, sink->source, batch, vm };
	struct ppm_lane lane = about->passed ? (struct ppm_lane){ NULL, NULL } : ppm_lane_bind(vm, about->value);
	struct ppm_buffer scratch;
	ppm_buffer_init(&scratch, out->allocator);
	if (about->passed)
		append_field(out, &scratch, sink, about, batch, row);
	else
		append_computed(out, &scratch, sink, about->value, &lane, &context, row);
	ppm_buffer_free(&scratch);
}

// ---- the frame and tables ------------------------------------------------------------------------------

void ppm_json_begin(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, sink->options.provenance ? "{\"rows\": [" : "[");
}

void ppm_json_end(const struct ppm_sink *sink, uint64_t rows, struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, rows ? "\n]" : "]");
	if (sink->options.provenance) {
		ppm_buffer_append_text(out, ", \"provenance\": ");
		sink->options.provenance(sink->options.provenance_context, out);
		ppm_buffer_append_char(out, '}');
	}
	ppm_buffer_append_char(out, '\n');
}

void ppm_json_table(const struct ppm_sink *sink, bool lines, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out)
{
	if (!lines)
		ppm_buffer_append_char(out, '[');
	for (uint64_t row = 0; row < rows; row++) {
		ppm_buffer_append_text(out, lines ? "{" : row ? ",\n{" : "\n{");
		for (uint32_t i = 0; i < sink->column_count; i++) {
			if (i)
				ppm_buffer_append(out, ", ", 2);
			ppm_json_append_string(out, sink->columns[i].name);
			ppm_buffer_append(out, ": ", 2);
			ppm_buffer_append(out, cells[(size_t)row * sink->column_count + i].data, cells[(size_t)row * sink->column_count + i].size);
		}
		ppm_buffer_append(out, "}\n", lines ? 2 : 1);
	}
	if (!lines)
		ppm_buffer_append_text(out, rows ? "\n]\n" : "]\n");
}

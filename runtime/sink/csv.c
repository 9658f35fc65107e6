// CSV out: what a cell needs to stay one cell, and the plan that csv_rows.c carries out for each row.
#include "runtime/sink/sink_internal.h"

// The highest bit of a byte that is 0; above such a one others may be set, too.
static inline uint64_t zero_bytes(uint64_t eight)
{
	return (eight - UINT64_C(0x0101010101010101)) & ~eight;
}

static inline uint64_t special_bytes(const char *at, uint64_t delimiters)
{
	uint64_t eight;
	memcpy(&eight, at, sizeof eight);
	return (zero_bytes(eight ^ delimiters) | zero_bytes(eight ^ UINT64_C(0x2222222222222222)) | zero_bytes(eight ^ UINT64_C(0x0a0a0a0a0a0a0a0a)) |
		       zero_bytes(eight ^ UINT64_C(0x0d0d0d0d0d0d0d0d))) &
		UINT64_C(0x8080808080808080);
}

bool ppm_csv_needs_quotes(struct ppm_slice text, char delimiter)
{
	if (text.size >= 8) {
		// The last eight bytes, some of them for the second time.
		const uint64_t delimiters = (unsigned char)delimiter * UINT64_C(0x0101010101010101);
		uint64_t seen = special_bytes(text.data + text.size - 8, delimiters);
		for (size_t i = 0; i + 8 < text.size; i += 8)
			seen |= special_bytes(text.data + i, delimiters);
		return seen != 0;
	}
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		if (c == delimiter || c == '"' || c == '\n' || c == '\r')
			return true;
	}
	return false;
}

// [+-]digits[.digits][e[+-]digits], which a spreadsheet reads as the number it is.
static bool is_plain_number(struct ppm_slice text)
{
	size_t i = 0, digits = 0;
	if (i < text.size && (text.data[i] == '-' || text.data[i] == '+'))
		i++;
	for (; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
		digits++;
	if (i < text.size && text.data[i] == '.')
		for (i++; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
			digits++;
	if (digits && i < text.size && (text.data[i] == 'e' || text.data[i] == 'E')) {
		i++;
		if (i < text.size && (text.data[i] == '-' || text.data[i] == '+'))
			i++;
		size_t exponent = i;
		while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
			i++;
		if (i == exponent)
			return false;
	}
	return digits && i == text.size;
}

static bool starts_formula(struct ppm_slice text)
{
	return text.size && memchr("=+-@\t\r", text.data[0], 6) && !is_plain_number(text);
}

// `lone`: the row's only cell, which must not leave an empty line behind.
void ppm_csv_append_cell(struct ppm_buffer *out, struct ppm_slice text, char delimiter, bool excel_safe, bool lone)
{
	bool guarded = excel_safe && starts_formula(text);
	if (!ppm_csv_needs_quotes(text, delimiter) && !(lone && text.size == 0)) {
		if (guarded)
			ppm_buffer_append_char(out, '\'');
		ppm_buffer_append(out, text.data, text.size);
		return;
	}
	ppm_buffer_append(out, "\"'", guarded ? 2 : 1);
	const char *at = text.data, *end = text.data + text.size;
	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at));
		const char *stop = quote ? quote + 1 : end;
		ppm_buffer_append(out, at, (size_t)(stop - at));
		if (quote)
			ppm_buffer_append_char(out, '"');
		at = stop;
	}
	ppm_buffer_append_char(out, '"');
}

// A negative figure of a declared column, as in -5% and -3 days, is written like those that are computed: what is guarded falls out of a spreadsheet's sums.
static bool is_figure(const struct ppm_sink *sink, const struct ppm_sink_column *about, struct ppm_slice raw)
{
	const struct ppm_column *column = about->program_column == UINT32_MAX ? NULL : &sink->program->columns[about->program_column];
	struct ppm_buffer scratch;
	union ppm_field_value value;
	if (!column || column->type == PPM_COLUMN_TEXT || column->type == PPM_COLUMN_FLAG || raw.data[raw.data[0] == '"'] != '-')
		return false;
	ppm_buffer_init(&scratch, sink->allocator);
	bool is = ppm_field_value(column, raw, &scratch, &value) == PPM_FIELD_VALUE;
	ppm_buffer_free(&scratch);
	return is;
}

// A raw field that must not start a formula; most fields do not, and keep their bytes.
void ppm_csv_append_guarded_field(struct ppm_buffer *out, const struct ppm_sink *sink, const struct ppm_sink_column *about, struct ppm_slice raw)
{
	bool quoted = raw.size >= 2 && raw.data[0] == '"';
	struct ppm_slice text = quoted ? (struct ppm_slice){ raw.data + 1, raw.size - 2 } : raw;
	if (!starts_formula(text) || is_figure(sink, about, raw)) {
		ppm_buffer_append(out, raw.data, raw.size);
		return;
	}
	ppm_buffer_append(out, quoted ? "\"'" : "'", quoted ? 2 : 1);
	ppm_buffer_append(out, text.data, text.size + quoted);
}

// ---- the plan -----------------------------------------------------------------------------------------

// A delimiter that a figure may hold (a digit, a point, a blank) sends every figure through the step that quotes.
static struct ppm_csv_op plan_value(const struct ppm_value *value, char delimiter)
{
	struct ppm_csv_op op = { .kind = PPM_CSV_FIGURE, .decimals = value->format.decimals, .value = value };
	const struct ppm_value_format *format = &value->format;
	if (format->kind == PPM_FORMAT_TEXT)
		op.kind = PPM_CSV_TEXT;
	else if (format->kind == PPM_FORMAT_REASONS)
		op.kind = PPM_CSV_REASONS;
	else if (format->pattern || !memchr(",;\t|", delimiter, 4))
		op.kind = PPM_CSV_FIGURE;
	else if (format->kind == PPM_FORMAT_NUMBER)
		op.kind = format->decimals < 0 ? PPM_CSV_NUMBER : PPM_CSV_FIXED;
	else if (format->kind == PPM_FORMAT_MONEY)
		op.kind = PPM_CSV_MONEY;
	else if (format->kind == PPM_FORMAT_POINTS && format->scale <= 2 && (format->decimals < 0 || format->decimals == format->scale))
		op.kind = PPM_CSV_POINTS;
	return op;
}

// Every whole number below 1000 as a cell with its delimiter; the last one is the missing value.
static void fill_small(struct ppm_sink *sink)
{
	for (uint32_t i = 0; i <= PPM_SMALL_CELLS; i++) {
		struct ppm_short_cell *cell = &sink->small[i];
		cell->text[0] = sink->delimiter;
		char digits[8], *end = i == PPM_SMALL_CELLS ? digits : ppm_put_lead(digits, i);
		cell->size = (uint8_t)(end - digits + 1);
		memcpy(cell->text + 1, digits, (size_t)(end - digits));
	}
}

bool ppm_csv_plan(struct ppm_sink *sink)
{
	sink->csv_ops = ppm_arena_allocate(&sink->arena, (size_t)sink->column_count + 1, sizeof *sink->csv_ops);
	sink->ready = ppm_arena_allocate(&sink->arena, (size_t)sink->program->text_count + 1, sizeof *sink->ready);
	sink->short_texts = ppm_arena_allocate(&sink->arena, (size_t)sink->program->text_count + 1, sizeof *sink->short_texts);
	sink->small = ppm_arena_allocate(&sink->arena, PPM_SMALL_CELLS + 1, sizeof *sink->small);
	if (!sink->csv_ops || !sink->ready || !sink->short_texts || !sink->small)
		return false;
	fill_small(sink);
	sink->csv_row_room = 64;
	for (uint32_t i = 0; i < sink->column_count; i++) {
		const struct ppm_sink_column *column = &sink->columns[i];
		struct ppm_csv_op *last = sink->csv_op_count ? &sink->csv_ops[sink->csv_op_count - 1] : NULL;
		if (column->passed && !sink->options.excel_safe && last && last->kind == PPM_CSV_RUN && last->last_field + 1 == column->field) {
			last->last_field++;
			continue;
		}
		struct ppm_csv_op *op = &sink->csv_ops[sink->csv_op_count++];
		if (column->passed) {
			*op = (struct ppm_csv_op){ .kind = PPM_CSV_RUN, .first_field = column->field, .last_field = column->field };
			if (sink->options.excel_safe) {
				op->kind = PPM_CSV_FIELD;
				op->column = i;
			}
			sink->csv_run_count++;
			sink->csv_row_room += 1 + PPM_COPY_SLACK;
		} else {
			*op = plan_value(column->value, sink->delimiter);
			sink->csv_row_room += 1 + (op->kind == PPM_CSV_TEXT ? PPM_READY_CELL + PPM_COPY_SLACK : PPM_FIGURE_ROOM);
		}
	}
	struct ppm_buffer cell;
	ppm_buffer_init(&cell, sink->allocator);
	for (uint32_t i = 0; i < sink->program->text_count; i++) {
		if (sink->program->texts[i].size > PPM_READY_CELL)
			continue;
		cell.size = 0;
		ppm_csv_append_cell(&cell, sink->program->texts[i], sink->delimiter, sink->options.excel_safe, false);
		if (cell.size > PPM_READY_CELL)
			continue;
		if (cell.size < sizeof sink->small[0].text) {
			sink->short_texts[i].size = (uint8_t)(cell.size + 1);
			sink->short_texts[i].text[0] = sink->delimiter;
			if (cell.size)
				memcpy(sink->short_texts[i].text + 1, cell.data, cell.size);
		}
		char *kept = ppm_arena_allocate(&sink->arena, cell.size + PPM_COPY_SLACK + PPM_READY_CELL, 1);
		if (!kept)
			break;
		if (cell.size)
			memcpy(kept, cell.data, cell.size);
		sink->ready[i] = (struct ppm_slice){ kept, cell.size };
	}
	bool failed = cell.failed || sink->arena.failed;
	ppm_buffer_free(&cell);
	return !failed;
}

// ---- the frame and tables ------------------------------------------------------------------------------

void ppm_csv_header(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < sink->column_count; i++) {
		if (i)
			ppm_buffer_append_char(out, sink->delimiter);
		if (!sink->columns[i].value && !sink->options.excel_safe) {
			struct ppm_slice raw = ppm_source_field_raw(sink->source, sink->columns[i].field);
			ppm_buffer_append(out, raw.data, raw.size);
		} else {
			ppm_csv_append_cell(out, sink->columns[i].name, sink->delimiter, sink->options.excel_safe, sink->column_count == 1);
		}
	}
	ppm_buffer_append_char(out, '\n');
}

void ppm_csv_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out)
{
	ppm_csv_header(sink, out);
	for (uint64_t row = 0; row < rows; row++) {
		for (uint32_t i = 0; i < sink->column_count; i++) {
			if (i)
				ppm_buffer_append_char(out, sink->delimiter);
			const struct ppm_sink_column *about = &sink->columns[i];
			struct ppm_slice cell = cells[(size_t)row * sink->column_count + i];
			bool text = !about->passed && (about->value->format.kind == PPM_FORMAT_TEXT || about->value->format.kind == PPM_FORMAT_REASONS);
			bool guarded = sink->options.excel_safe && starts_formula(cell) && (about->passed ? !is_figure(sink, about, cell) : text);
			ppm_csv_append_cell(out, cell, sink->delimiter, guarded, sink->column_count == 1);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

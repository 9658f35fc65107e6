// The result's columns, and which format does what with them.
#include "runtime/sink/sink_internal.h"

#include "runtime/base/hash.h"

static bool column_is_numeric(const struct ppm_sink *sink, const struct ppm_sink_column *column)
{
	if (!column->passed)
		return ppm_format_is_numeric(column->value->format.kind);
	if (column->program_column == UINT32_MAX)
		return false;
	enum ppm_column_type type = sink->program->columns[column->program_column].type;
	return type == PPM_COLUMN_NUMBER || type == PPM_COLUMN_MONEY || type == PPM_COLUMN_PERCENT;
}

static struct ppm_slice trim(struct ppm_slice name)
{
	while (name.size && (name.data[0] == ' ' || name.data[0] == '\t')) {
		name.data++;
		name.size--;
	}
	while (name.size && (name.data[name.size - 1] == ' ' || name.data[name.size - 1] == '\t'))
		name.size--;
	return name;
}

// What a file's fields are to the program, found by one pass over its columns, and which of them an output takes the name of: a file may have 100,000 fields.
static bool add_file_columns(struct ppm_sink *sink, uint32_t fields)
{
	const struct ppm_program *program = sink->program;
	struct ppm_interner taken;
	bool failed = false;

	for (uint32_t f = 0; f < fields; f++)
		sink->columns[f] = (struct ppm_sink_column){ .name = ppm_source_field_name(sink->source, f), .passed = true, .field = f, .program_column = UINT32_MAX };
	for (uint32_t i = fields ? program->column_count : 0; i-- > 0;) {
		uint32_t field = ppm_source_column_field(sink->source, i);
		if (field < fields)
			sink->columns[field].program_column = i;
	}
	ppm_interner_init(&taken, sink->allocator);
	for (uint32_t i = 0; i < (fields ? program->output_count : 0); i++)
		failed = failed || ppm_interner_add(&taken, trim(program->outputs[i].name)) == PPM_INTERNER_NONE;
	for (uint32_t f = 0; f < fields && !failed; f++)
		if (ppm_interner_find(&taken, trim(sink->columns[f].name)) == PPM_INTERNER_NONE)
			sink->columns[sink->column_count++] = sink->columns[f];
		else
			sink->left_out[sink->left_out_count++] = trim(sink->columns[f].name);
	ppm_interner_free(&taken);
	return !failed;
}

static bool build(struct ppm_sink *sink)
{
	const struct ppm_program *program = sink->program;
	uint32_t fields = program->pass_all_columns ? ppm_source_field_count(sink->source) : 0;
	sink->columns = ppm_arena_allocate(&sink->arena, (size_t)fields + program->output_count + 1, sizeof *sink->columns);
	sink->left_out = ppm_arena_allocate(&sink->arena, (size_t)fields + 1, sizeof *sink->left_out);
	if (!sink->columns || !sink->left_out || !add_file_columns(sink, fields))
		return false;
	for (uint32_t i = 0; i < program->output_count; i++) {
		const struct ppm_output *output = &program->outputs[i];
		struct ppm_sink_column *column = &sink->columns[sink->column_count++];
		*column = (struct ppm_sink_column){ .name = output->name, .value = &output->value, .program_column = UINT32_MAX };
		if (output->value.format.kind == PPM_FORMAT_PASS) {
			column->passed = true;
			column->field = ppm_source_column_field(sink->source, output->value.column);
			column->program_column = output->value.column;
		}
	}
	for (uint32_t i = 0; i < sink->column_count; i++)
		sink->columns[i].numeric = column_is_numeric(sink, &sink->columns[i]);
	if (sink->options.format == PPM_SINK_CSV)
		return ppm_csv_plan(sink);
	if (sink->options.format == PPM_SINK_JSON || sink->options.format == PPM_SINK_NDJSON)
		return ppm_json_plan(sink);
	return true;
}

struct ppm_sink *ppm_sink_new(const struct ppm_allocator *allocator, const struct ppm_program *program, const struct ppm_source *source, const struct ppm_sink_options *options)
{
	struct ppm_sink *sink = ppm_allocate_zeroed(allocator, 1, sizeof *sink);
	if (!sink)
		return NULL;
	sink->allocator = allocator;
	sink->program = program;
	sink->source = source;
	sink->options = *options;
	sink->delimiter = options->delimiter ? options->delimiter : source ? ppm_source_delimiter(source) : ',';
	ppm_arena_init(&sink->arena, allocator);
	if (!build(sink)) {
		ppm_sink_free(sink);
		return NULL;
	}
	return sink;
}

void ppm_sink_free(struct ppm_sink *sink)
{
	if (!sink)
		return;
	const struct ppm_allocator *allocator = sink->allocator;
	ppm_arena_free(&sink->arena);
	ppm_free(allocator, sink);
}

const struct ppm_slice *ppm_sink_left_out(const struct ppm_sink *sink, uint32_t *count)
{
	*count = sink->left_out_count;
	return sink->left_out;
}

bool ppm_lanes_open(struct ppm_lanes *lanes, const struct ppm_allocator *allocator, uint32_t count)
{
	lanes->allocator = allocator;
	lanes->items = count <= PPM_LANES_KEPT ? lanes->kept : ppm_allocate(allocator, count, sizeof *lanes->items);
	return lanes->items != NULL;
}

void ppm_lanes_close(struct ppm_lanes *lanes)
{
	if (lanes->items != lanes->kept)
		ppm_free(lanes->allocator, lanes->items);
}

void ppm_sink_begin(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	switch (sink->options.format) {
	case PPM_SINK_CSV: ppm_csv_header(sink, out); break;
	case PPM_SINK_JSON: ppm_json_begin(sink, out); break;
	case PPM_SINK_NDJSON: break;
	case PPM_SINK_MARKDOWN:
	case PPM_SINK_BOX: ppm_markdown_begin(sink, out); break;
	}
}

void ppm_sink_end(const struct ppm_sink *sink, uint64_t rows, struct ppm_buffer *out)
{
	switch (sink->options.format) {
	case PPM_SINK_CSV:
	case PPM_SINK_NDJSON: break;
	case PPM_SINK_JSON: ppm_json_end(sink, rows, out); break;
	case PPM_SINK_MARKDOWN:
	case PPM_SINK_BOX: ppm_markdown_end(sink, out); break;
	}
}

static ppm_sink_range *range_of(const struct ppm_sink *sink)
{
	switch (sink->options.format) {
	case PPM_SINK_CSV: return ppm_csv_range;
	case PPM_SINK_JSON:
	case PPM_SINK_NDJSON: return ppm_json_range;
	case PPM_SINK_MARKDOWN:
	case PPM_SINK_BOX: break;
	}
	return ppm_markdown_range;
}

void ppm_sink_rows(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, struct ppm_buffer *out, uint64_t *rows)
{
	*rows = range_of(sink)(sink, batch, vm, 0, batch->rows, out);
}

void ppm_sink_row(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, struct ppm_buffer *out)
{
	range_of(sink)(sink, batch, vm, row, row + 1, out);
}

bool ppm_sink_has_commas(const struct ppm_sink *sink)
{
	return sink->options.format == PPM_SINK_JSON;
}

uint32_t ppm_sink_column_count(const struct ppm_sink *sink)
{
	return sink->column_count;
}

struct ppm_slice ppm_sink_column_name(const struct ppm_sink *sink, uint32_t column)
{
	return sink->columns[column].name;
}

bool ppm_sink_column_is_numeric(const struct ppm_sink *sink, uint32_t column)
{
	return sink->columns[column].numeric;
}

void ppm_sink_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out)
{
	const struct ppm_sink_column *about = &sink->columns[column];
	if (about->passed) {
		ppm_append_unquoted(out, ppm_batch_field(batch, row, about->field));
		return;
	}
	struct ppm_row_context context = { sink->program, sink->source, batch, vm };
	ppm_append_value(out, &context, about->value, row, false);
}

void ppm_sink_json_cell(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t row, uint32_t column, struct ppm_buffer *out)
{
	ppm_json_cell(sink, batch, vm, row, column, out);
}

void ppm_sink_table(const struct ppm_sink *sink, enum ppm_sink_format format, const struct ppm_slice *cells, uint64_t rows, uint32_t width, bool colour, struct ppm_buffer *out)
{
	switch (format) {
	case PPM_SINK_CSV: ppm_csv_table(sink, cells, rows, out); break;
	case PPM_SINK_JSON:
	case PPM_SINK_NDJSON: ppm_json_table(sink, format == PPM_SINK_NDJSON, cells, rows, out); break;
	case PPM_SINK_MARKDOWN: ppm_markdown_table(sink, cells, rows, out); break;
	case PPM_SINK_BOX: ppm_box_table(sink, cells, rows, width, colour, out); break;
	}
}

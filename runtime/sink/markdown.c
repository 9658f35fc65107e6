// Markdown tables (GitHub's). Cells are text and stay text: whatever could be markup, end the cell or steer a terminal is escaped.
#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

void ppm_markdown_begin(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < sink->column_count; i++) {
		ppm_buffer_append_text(out, i ? " | " : "| ");
		ppm_text_append_markdown(out, sink->columns[i].name, 0);
	}
	ppm_buffer_append_text(out, " |\n|");
	for (uint32_t i = 0; i < sink->column_count; i++)
		ppm_buffer_append_text(out, sink->columns[i].numeric ? " ---: |" : " --- |");
	ppm_buffer_append_char(out, '\n');
}

uint64_t ppm_markdown_range(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t first, uint32_t end, struct ppm_buffer *out)
{
	struct ppm_buffer cell;
	ppm_buffer_init(&cell, out->allocator);
	uint64_t rows = 0;
	for (uint32_t row = first; row < end && !out->failed; row++) {
		if (ppm_mask_bit(batch->refused, row))
			continue;
		for (uint32_t i = 0; i < sink->column_count; i++) {
			cell.size = 0;
			ppm_sink_cell(sink, batch, vm, row, i, &cell);
			ppm_buffer_append_text(out, i ? " | " : "| ");
			ppm_text_append_markdown(out, ppm_buffer_slice(&cell), 0);
		}
		ppm_buffer_append_text(out, " |\n");
		rows++;
	}
	out->failed |= cell.failed;
	ppm_buffer_free(&cell);
	return rows;
}

void ppm_markdown_end(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	if (!sink->options.provenance)
		return;
	ppm_buffer_append_text(out, "\n```json\n");
	sink->options.provenance(sink->options.provenance_context, out);
	ppm_buffer_append_text(out, "\n```\n");
}

void ppm_markdown_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, struct ppm_buffer *out)
{
	ppm_markdown_begin(sink, out);
	for (uint64_t row = 0; row < rows; row++) {
		for (uint32_t i = 0; i < sink->column_count; i++) {
			ppm_buffer_append_text(out, i ? " | " : "| ");
			ppm_text_append_markdown(out, cells[(size_t)row * sink->column_count + i], 0);
		}
		ppm_buffer_append_text(out, " |\n");
	}
}

// Markdown tables (GitHub's). Cells are text and stay text: whatever could be markup, end the cell or steer a terminal is escaped.
#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

// An underscore inside a word is no emphasis: C_1042 stays readable.
static bool needs_backslash(struct ppm_slice text, size_t i)
{
	char c = text.data[i];
	if (c == '_')
		return i == 0 || i + 1 == text.size || !is_word(text.data[i - 1]) || !is_word(text.data[i + 1]);
	return c != 0 && strchr("\\|`*[]<>&~", c) != NULL;
}

void ppm_markdown_append(struct ppm_buffer *out, struct ppm_slice text)
{
	size_t start = 0;
	for (size_t i = 0; i < text.size; i++) {
		bool breaks = text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\t';
		if (!breaks && !needs_backslash(text, i))
			continue;
		ppm_text_append_escaped(out, (struct ppm_slice){ text.data + start, i - start }, 0, false);
		if (!breaks) {
			char escaped[2] = { '\\', text.data[i] };
			ppm_buffer_append(out, escaped, 2);
		} else if (text.data[i] != '\r' || i + 1 == text.size || text.data[i + 1] != '\n') {
			ppm_buffer_append_text(out, text.data[i] == '\t' ? " " : "<br>");
		}
		start = i + 1;
	}
	if (text.size > start)
		ppm_text_append_escaped(out, (struct ppm_slice){ text.data + start, text.size - start }, 0, false);
}

void ppm_markdown_begin(const struct ppm_sink *sink, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < sink->column_count; i++) {
		ppm_buffer_append_text(out, i ? " | " : "| ");
		ppm_markdown_append(out, sink->columns[i].name);
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
			ppm_markdown_append(out, ppm_buffer_slice(&cell));
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
			ppm_markdown_append(out, cells[(size_t)row * sink->column_count + i]);
		}
		ppm_buffer_append_text(out, " |\n");
	}
}

// A table for a terminal. Every cell is escaped before it is measured, so that no data can move the cursor, and widths are terminal columns.
//
// When the terminal is narrow, long texts are cut with an ellipsis first; then columns are left out: those that only repeat the file before those that
// the model computed, from the right, but never the first, which says what the row is.
#include <assert.h>

#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

struct box {
	const struct ppm_sink *sink;
	struct ppm_arena arena;
	struct ppm_slice *texts;   // [row * columns + column], row 0 the header
	size_t *widths;            // of each text
	size_t *column_widths;
	bool *shown;
	uint32_t columns;
	uint64_t rows;             // with the header
};

// At most `limit` terminal columns of the text, the last of them an ellipsis where something was cut.
static struct ppm_slice cut(struct box *box, struct ppm_slice text, size_t limit)
{
	size_t width = 0, kept = 0;
	while (kept < text.size) {
		size_t length;
		ppm_utf8_decode(text.data + kept, text.size - kept, &length);
		size_t step = ppm_utf8_width(text.data + kept, length);
		if (width + step > limit - 1)
			break;
		width += step;
		kept += length;
	}
	return ppm_arena_format(&box->arena, "%.*s\xe2\x80\xa6", (int)kept, text.data);
}

static bool fill(struct box *box, const struct ppm_slice *cells, size_t cap)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, box->sink->allocator);
	for (size_t i = 0; i < (size_t)box->rows * box->columns; i++) {
		struct ppm_slice cell = i < box->columns ? box->sink->columns[i].name : cells[i - box->columns];
		text.size = 0;
		// What no terminal could show is not escaped either: a cell may hold a megabyte.
		ppm_text_append_escaped(&text, cell, 4096, false);
		struct ppm_slice shown = ppm_buffer_slice(&text);
		if (cap && ppm_utf8_width(shown.data, shown.size) > cap)
			shown = cut(box, shown, cap);
		else
			shown = ppm_arena_copy(&box->arena, shown);
		box->texts[i] = shown;
		box->widths[i] = shown.size ? ppm_utf8_width(shown.data, shown.size) : 0;
		size_t *widest = &box->column_widths[i % box->columns];
		*widest = box->widths[i] > *widest ? box->widths[i] : *widest;
	}
	bool failed = text.failed || box->arena.failed;
	ppm_buffer_free(&text);
	return !failed;
}

// A table of k columns takes the widths, two blanks each, and k + 1 bars.
static void choose(struct box *box, uint32_t width)
{
	size_t used = 1;
	for (int pass = 0; pass < 2; pass++) {
		bool full = false;
		for (uint32_t i = 0; i < box->columns; i++) {
			bool own = box->sink->columns[i].value != NULL || i == 0;
			if (own != (pass == 0))
				continue;
			size_t needed = used + box->column_widths[i] + 3;
			full = full || (width && needed > width && i > 0);
			if (full)
				continue;
			box->shown[i] = true;
			used = needed;
		}
	}
}

static void append_repeated(struct ppm_buffer *out, const char *text, size_t times)
{
	while (times--)
		ppm_buffer_append_text(out, text);
}

static void append_rule(const struct box *box, struct ppm_buffer *out, const char *left, const char *middle, const char *right)
{
	bool first = true;
	for (uint32_t i = 0; i < box->columns; i++) {
		if (!box->shown[i])
			continue;
		ppm_buffer_append_text(out, first ? left : middle);
		append_repeated(out, "\xe2\x94\x80", box->column_widths[i] + 2);
		first = false;
	}
	ppm_buffer_append_text(out, right);
	ppm_buffer_append_char(out, '\n');
}

static void append_row(const struct box *box, uint64_t row, bool colour, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < box->columns; i++) {
		if (!box->shown[i])
			continue;
		size_t at = (size_t)row * box->columns + i, blanks = box->column_widths[i] - box->widths[at];
		bool right = box->sink->columns[i].numeric, bold = colour && row == 0;
		ppm_buffer_append_text(out, "\xe2\x94\x82 ");
		append_repeated(out, " ", right ? blanks : 0);
		ppm_buffer_append_text(out, bold ? "\x1b[1m" : "");
		ppm_buffer_append(out, box->texts[at].data, box->texts[at].size);
		ppm_buffer_append_text(out, bold ? "\x1b[0m" : "");
		append_repeated(out, " ", (right ? 0 : blanks) + 1);
	}
	ppm_buffer_append_text(out, "\xe2\x94\x82\n");
}

static void append_left_out(const struct box *box, struct ppm_buffer *out)
{
	bool any = false;
	for (uint32_t i = 0; i < box->columns; i++) {
		if (box->shown[i])
			continue;
		ppm_buffer_append_text(out, any ? ", " : "not shown: ");
		ppm_buffer_append(out, box->texts[i].data, box->texts[i].size);
		any = true;
	}
	if (any)
		ppm_buffer_append_char(out, '\n');
}

void ppm_box_table(const struct ppm_sink *sink, const struct ppm_slice *cells, uint64_t rows, uint32_t width, bool colour, struct ppm_buffer *out)
{
	struct box box = { .sink = sink, .columns = sink->column_count, .rows = rows + 1 };
	assert(box.columns > 0);
	ppm_arena_init(&box.arena, sink->allocator);
	size_t count = (size_t)box.rows * box.columns;
	box.texts = ppm_arena_allocate(&box.arena, count, sizeof *box.texts);
	box.widths = ppm_arena_allocate(&box.arena, count, sizeof *box.widths);
	box.column_widths = ppm_arena_allocate(&box.arena, box.columns, sizeof *box.column_widths);
	box.shown = ppm_arena_allocate(&box.arena, box.columns, sizeof *box.shown);
	size_t cap = width ? (width / 2 < 20 ? 20 : width / 2) : 0;
	if (width && cap + 4 > width)
		cap = width > 8 ? width - 4 : 4;
	if (box.texts && box.widths && box.column_widths && box.shown && fill(&box, cells, cap)) {
		choose(&box, width);
		append_rule(&box, out, "\xe2\x94\x8c", "\xe2\x94\xac", "\xe2\x94\x90");
		append_row(&box, 0, colour, out);
		append_rule(&box, out, "\xe2\x94\x9c", "\xe2\x94\xbc", "\xe2\x94\xa4");
		for (uint64_t row = 1; row < box.rows; row++)
			append_row(&box, row, false, out);
		append_rule(&box, out, "\xe2\x94\x94", "\xe2\x94\xb4", "\xe2\x94\x98");
		append_left_out(&box, out);
	} else {
		out->failed = true;
	}
	ppm_arena_free(&box.arena);
}

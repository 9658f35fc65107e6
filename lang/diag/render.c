// Diagnostics as text. For people: the line with what is wrong in it, the places underlined (`^` one column, `~` more), the label of the
// rightmost place beside it, the others stacked under theirs from right to left. In one line each, or as a JSON object a line.
// Nothing from a source reaches the output unescaped, and of a long line only a window is shown.
#include "lang/diag/diag.h"

#include "runtime/base/text.h"

#include <stdlib.h>

#define MARKS (PPM_DIAG_LABELS + 1)
#define WINDOW 160 // columns of a line that are shown
#define LEAD 40    // of them before the first mark
#define TAB 4
#define ACCENTS 8 // that are shown on one letter: they take no columns, but the reader's time

struct mark {
	struct ppm_span span;
	struct ppm_slice text;
	bool primary;
	const struct ppm_source *source;
	uint32_t line, column;
	size_t begin, end; // display columns from 0
};

struct renderer {
	struct ppm_diagnostics *list;
	struct ppm_buffer *out;
	bool colour;
	int gutter; // digits of the greatest line number
};

static const char *const severity_names[] = { "error", "warning", "note" };
static const char *const severity_colours[] = { "\033[1;31m", "\033[1;33m", "\033[1;36m" };

static void set_colour(struct renderer *r, const char *code)
{
	if (r->colour)
		ppm_buffer_append_text(r->out, code);
}

static void append_escaped(struct ppm_buffer *out, struct ppm_slice text)
{
	if (text.size)
		ppm_text_append_escaped(out, text, 0, false);
}

static void pad(struct ppm_buffer *out, size_t count)
{
	for (; count > 0; count--)
		ppm_buffer_append_char(out, ' ');
}

// One code point of a line as it is shown: its bytes, and the columns it takes at `column`.
static size_t show_code(struct ppm_slice line, size_t at, size_t column, struct ppm_buffer *out, size_t *width)
{
	size_t length;
	uint32_t code = ppm_utf8_decode(line.data + at, line.size - at, &length);
	size_t before = out->size;
	struct ppm_slice one = { line.data + at, length };

	if (code == '\t') {
		*width = TAB - column % TAB;
		pad(out, *width);
		return length;
	}
	ppm_text_append_escaped(out, one, 0, false);
	*width = out->failed ? 1 : ppm_utf8_width(out->data + before, out->size - before);
	return length;
}

// How many of the bytes from `at` to `end` are letters of ASCII, each as wide as it is long: a line may be as long as a model, and be shown a thousand times.
static size_t plain(struct ppm_slice line, size_t at, size_t end)
{
	size_t begin = at;

	while (at < end && line.data[at] >= ' ' && line.data[at] <= '~')
		at++;
	return at - begin;
}

// The display columns of the places that this line's marks begin and end at.
static void measure(struct renderer *r, struct mark *marks, size_t count, struct ppm_slice line, uint32_t line_begin)
{
	struct ppm_buffer scrap;
	size_t at = 0, column = 0;

	ppm_buffer_init(&scrap, NULL);
	for (size_t i = 0; i < count; i++)
		marks[i].begin = marks[i].end = SIZE_MAX;
	for (;;) {
		size_t width, length, next = line.size;
		for (size_t i = 0; i < count; i++) {
			if (marks[i].begin == SIZE_MAX && marks[i].span.begin <= line_begin + at)
				marks[i].begin = column;
			if (marks[i].end == SIZE_MAX && marks[i].span.end <= line_begin + at)
				marks[i].end = column;
			if (marks[i].begin == SIZE_MAX && marks[i].span.begin - line_begin < next)
				next = marks[i].span.begin - line_begin;
			if (marks[i].end == SIZE_MAX && marks[i].span.end - line_begin < next)
				next = marks[i].span.end - line_begin;
		}
		if (at >= line.size)
			break;
		length = width = plain(line, at, next);
		if (!length)
			length = show_code(line, at, column, &scrap, &width);
		scrap.size = 0;
		at += length;
		column += width;
	}
	for (size_t i = 0; i < count; i++) {
		if (marks[i].begin == SIZE_MAX)
			marks[i].begin = column;
		if (marks[i].end == SIZE_MAX)
			marks[i].end = column;
		if (marks[i].end <= marks[i].begin)
			marks[i].end = marks[i].begin + 1;
	}
	r->out->failed = r->out->failed || scrap.failed;
	ppm_buffer_free(&scrap);
}

static void begin_row(struct renderer *r, uint32_t number)
{
	set_colour(r, "\033[1;34m");
	if (number)
		ppm_buffer_format(r->out, "  %*u |", r->gutter, number);
	else
		ppm_buffer_format(r->out, "  %*s |", r->gutter, "");
	set_colour(r, "\033[0m");
}

// The columns [first, last) of the line; an ellipsis stands for what is left out.
static void show_line(struct renderer *r, struct ppm_slice line, size_t first, size_t last)
{
	struct ppm_buffer piece;
	size_t column = 0, without_width = 0;

	ppm_buffer_init(&piece, NULL);
	if (line.size)
		ppm_buffer_append_char(r->out, ' ');
	for (size_t at = 0; at < line.size && column < last;) {
		size_t width, skipped = column < first ? plain(line, at, line.size - at < first - column ? line.size : at + (first - column)) : 0;
		if (skipped) {
			at += skipped;
			column += skipped;
			without_width = 0;
			continue;
		}
		at += show_code(line, at, column, &piece, &width);
		without_width = width ? 0 : without_width + 1;
		if (without_width > ACCENTS)
			piece.size = 0;
		if (first > 0 && column <= first && column + width > first) { // in the place of what the first column is a part of
			ppm_buffer_append_text(r->out, "…");
			pad(r->out, column + width - first - 1);
		} else if (column >= first) {
			ppm_buffer_append(r->out, piece.data, piece.size);
		}
		piece.size = 0;
		column += width;
		if (column >= last && at < line.size)
			ppm_buffer_append_text(r->out, "…");
	}
	if (piece.failed)
		r->out->failed = true;
	ppm_buffer_free(&piece);
	ppm_buffer_append_char(r->out, '\n');
}

static void label_rows(struct renderer *r, struct mark **stack, size_t count, const char *colour)
{
	// stack is sorted by column; the last one is written first
	for (size_t shown = count; shown > 0; shown--) {
		for (int row = shown == count ? 0 : 1; row < 2; row++) {
			size_t column = 0;
			begin_row(r, 0);
			ppm_buffer_append_char(r->out, ' ');
			for (size_t i = 0; i < shown; i++) {
				bool text = row == 1 && i + 1 == shown;
				if (stack[i]->begin < column || (!text && i + 1 < shown && stack[i + 1]->begin == stack[i]->begin))
					continue;
				pad(r->out, stack[i]->begin - column);
				set_colour(r, stack[i]->primary ? colour : "\033[1;34m");
				if (text)
					append_escaped(r->out, stack[i]->text);
				else
					ppm_buffer_append_char(r->out, '|');
				set_colour(r, "\033[0m");
				column = stack[i]->begin + 1;
			}
			ppm_buffer_append_char(r->out, '\n');
		}
	}
}

static int by_column(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static void underline(struct renderer *r, struct mark *marks, size_t count, const char *colour)
{
	char row[WINDOW + 8];
	const char *colours[WINDOW + 8];
	size_t end = 0;
	struct mark *last = NULL, *stack[MARKS];
	size_t stacked = 0;

	memset(row, ' ', sizeof row);
	memset(colours, 0, sizeof colours);
	// a place inside another is drawn over it: the longest first
	for (size_t width = WINDOW; width > 0; width--)
		for (size_t i = 0; i < count; i++) {
			if (marks[i].end - marks[i].begin != width)
				continue;
			for (size_t c = marks[i].begin; c < marks[i].end; c++) {
				row[c] = width == 1 ? '^' : '~';
				colours[c] = marks[i].primary ? colour : "\033[1;34m";
			}
			end = marks[i].end > end ? marks[i].end : end;
		}
	for (size_t i = 0; i < count; i++)
		if (marks[i].end == end && marks[i].text.size && (!last || marks[i].begin >= last->begin))
			last = &marks[i];
	begin_row(r, 0);
	ppm_buffer_append_char(r->out, ' ');
	for (size_t c = 0; c < end; c++) {
		if (colours[c])
			set_colour(r, colours[c]);
		ppm_buffer_append_char(r->out, row[c]);
		if (colours[c])
			set_colour(r, "\033[0m");
	}
	if (last) {
		ppm_buffer_append_char(r->out, ' ');
		set_colour(r, last->primary ? colour : "\033[1;34m");
		append_escaped(r->out, last->text);
		set_colour(r, "\033[0m");
	}
	ppm_buffer_append_char(r->out, '\n');
	for (size_t i = 0; i < count; i++)
		if (marks[i].text.size && &marks[i] != last)
			stack[stacked++] = &marks[i];
	label_rows(r, stack, stacked, colour);
}

// The first column that is shown for a mark's sake.
static size_t before(size_t mark)
{
	return mark > LEAD ? mark - LEAD : 0;
}

static void snippet_line(struct renderer *r, struct mark *marks, size_t count, const char *colour)
{
	struct ppm_slice line = ppm_source_map_line(r->list->map, marks[0].span.begin);
	uint32_t line_begin = marks[0].source->base + marks[0].source->line_starts[marks[0].line - 1];
	size_t first = 0;

	measure(r, marks, count, line, line_begin);
	qsort(marks, count, sizeof *marks, by_column);
	if (marks[count - 1].end > WINDOW) {
		size_t wanted = marks[0].begin;
		// all of them where they can be seen at once, else the error itself
		for (size_t i = 0; i < count; i++)
			if (marks[i].primary && marks[count - 1].begin >= before(marks[0].begin) + WINDOW - LEAD)
				wanted = marks[i].begin;
		first = before(wanted);
	}
	begin_row(r, marks[0].line);
	show_line(r, line, first, first + WINDOW);
	for (size_t i = 0; i < count; i++) {
		marks[i].begin = marks[i].begin > first ? marks[i].begin - first : 0;
		marks[i].end = marks[i].end > first ? marks[i].end - first : 1;
		marks[i].begin = marks[i].begin > WINDOW ? WINDOW : marks[i].begin;
		marks[i].end = marks[i].end > WINDOW + 1 ? WINDOW + 1 : marks[i].end;
		if (marks[i].end <= marks[i].begin)
			marks[i].end = marks[i].begin + 1;
		if (marks[i].end - marks[i].begin > WINDOW)
			marks[i].end = marks[i].begin + WINDOW;
	}
	underline(r, marks, count, colour);
}

static int by_place(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->source != y->source)
		return x->source->base < y->source->base ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->span.begin > y->span.begin) - (x->span.begin < y->span.begin);
}

static void append_place(struct ppm_buffer *out, const struct mark *mark)
{
	append_escaped(out, mark->source->path);
	ppm_buffer_format(out, ":%u:%u", mark->line, mark->column);
}

static size_t collect_marks(const struct ppm_diagnostics *list, const struct ppm_diagnostic *diagnostic, struct mark *marks)
{
	size_t count = 0;

	for (unsigned i = 0; i <= diagnostic->label_count; i++) {
		struct mark mark = {
			.span = i ? diagnostic->labels[i - 1].span : diagnostic->span, .text = i ? diagnostic->labels[i - 1].text : diagnostic->label, .primary = i == 0
		};
		mark.source = ppm_source_map_place(list->map, mark.span.begin, &mark.line, &mark.column);
		if (mark.source)
			marks[count++] = mark;
		else if (i == 0)
			return 0;
	}
	return count;
}

// The lines of one file, with the marks in them.
static void snippet(struct renderer *r, struct mark *marks, size_t count, const char *arrow, const struct mark *head, const char *colour)
{
	set_colour(r, "\033[1;34m");
	ppm_buffer_append_text(r->out, arrow);
	set_colour(r, "\033[0m");
	append_place(r->out, head);
	ppm_buffer_append_char(r->out, '\n');
	begin_row(r, 0);
	ppm_buffer_append_char(r->out, '\n');
	for (size_t i = 0, next; i < count; i = next) {
		uint32_t line = marks[i].line;
		for (next = i + 1; next < count && marks[next].line == line; next++)
			;
		snippet_line(r, marks + i, next - i, colour);
		if (next < count && marks[next].line > line + 1)
			ppm_buffer_append_text(r->out, "  ...\n");
	}
}

void ppm_diag_excerpt(const struct ppm_source_map *map, struct ppm_span span, struct ppm_slice label, bool colour, struct ppm_buffer *out)
{
	struct ppm_diagnostics list = { .map = (struct ppm_source_map *)(uintptr_t)map };
	const struct ppm_diagnostic diagnostic = { .span = span, .label = label };
	struct renderer r = { .list = &list, .out = out, .colour = colour };
	struct mark marks[MARKS], head;
	size_t count = collect_marks(&list, &diagnostic, marks);

	if (!count)
		return;
	head = marks[0];
	for (uint32_t line = head.line; line; line /= 10)
		r.gutter++;
	snippet(&r, marks, count, "  --> ", &head, severity_colours[PPM_SEVERITY_ERROR]);
}

static void render_help(struct renderer *r, struct ppm_slice help)
{
	if (!help.size)
		return;
	set_colour(r, "\033[1;34m");
	ppm_buffer_format(r->out, "  %*s =", r->gutter, "");
	set_colour(r, "\033[0m");
	ppm_buffer_append_text(r->out, " help: ");
	append_escaped(r->out, help);
	ppm_buffer_append_char(r->out, '\n');
}

static void render_human(struct renderer *r, const struct ppm_diagnostic *diagnostic)
{
	struct mark marks[MARKS], head = { 0 };
	size_t count = collect_marks(r->list, diagnostic, marks);
	const char *colour = severity_colours[diagnostic->severity];
	uint32_t greatest = 1;

	set_colour(r, colour);
	ppm_buffer_format(r->out, "%s[%s]", severity_names[diagnostic->severity], ppm_diag_code_text(diagnostic->code));
	set_colour(r, "\033[0m");
	ppm_buffer_append_text(r->out, ": ");
	append_escaped(r->out, diagnostic->message);
	ppm_buffer_append_char(r->out, '\n');
	for (size_t i = 0; i < count; i++)
		greatest = marks[i].line > greatest ? marks[i].line : greatest;
	for (r->gutter = 1; greatest >= 10; greatest /= 10)
		r->gutter++;
	if (count) {
		head = marks[0];
		qsort(marks, count, sizeof *marks, by_place);
		for (int own = 1; own >= 0; own--)
			for (size_t i = 0, next; i < count; i = next) {
				for (next = i + 1; next < count && marks[next].source == marks[i].source; next++)
					;
				if ((marks[i].source == head.source) == (own == 1)) {
					struct mark place = own ? head : marks[i];
					snippet(r, marks + i, next - i, own ? "  --> " : "  ::: ", &place, colour);
				}
			}
	}
	render_help(r, diagnostic->help);
}

static void render_short(struct renderer *r, const struct ppm_diagnostic *diagnostic)
{
	struct mark marks[MARKS];

	if (collect_marks(r->list, diagnostic, marks)) {
		append_place(r->out, &marks[0]);
		ppm_buffer_append_text(r->out, ": ");
	}
	ppm_buffer_format(r->out, "%s[%s]: ", severity_names[diagnostic->severity], ppm_diag_code_text(diagnostic->code));
	append_escaped(r->out, diagnostic->message);
	ppm_buffer_append_char(r->out, '\n');
}

// What a terminal would act on rather than show: control characters, and those that turn the order of their neighbours around.
static bool is_unsafe(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
		(code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static void json_text(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append_char(out, '"');
	for (size_t at = 0; at < text.size;) {
		size_t length;
		uint32_t code = ppm_utf8_decode(text.data + at, text.size - at, &length);
		if (code == '"' || code == '\\')
			ppm_buffer_format(out, "\\%c", (char)code);
		else if (is_unsafe(code))
			ppm_buffer_format(out, "\\u%04x", (unsigned)code);
		else if (code == 0xFFFD)
			ppm_buffer_append_text(out, "\xEF\xBF\xBD");
		else
			ppm_buffer_append(out, text.data + at, length);
		at += length;
	}
	ppm_buffer_append_char(out, '"');
}

static void json_place(struct renderer *r, struct ppm_span span)
{
	uint32_t line, column;
	const struct ppm_source *source = ppm_source_map_place(r->list->map, span.begin, &line, &column);

	if (!source)
		return;
	ppm_buffer_append_text(r->out, ",\"file\":");
	json_text(r->out, source->path);
	ppm_buffer_format(r->out, ",\"line\":%u,\"column\":%u", line, column);
	if (ppm_source_map_place(r->list->map, span.end < span.begin ? span.begin : span.end, &line, &column))
		ppm_buffer_format(r->out, ",\"end_line\":%u,\"end_column\":%u", line, column);
}

static void render_json(struct renderer *r, const struct ppm_diagnostic *diagnostic)
{
	ppm_buffer_format(r->out, "{\"severity\":\"%s\",\"code\":\"%s\",\"message\":", severity_names[diagnostic->severity], ppm_diag_code_text(diagnostic->code));
	json_text(r->out, diagnostic->message);
	json_place(r, diagnostic->span);
	if (diagnostic->label.size) {
		ppm_buffer_append_text(r->out, ",\"label\":");
		json_text(r->out, diagnostic->label);
	}
	if (diagnostic->label_count) {
		ppm_buffer_append_text(r->out, ",\"labels\":[");
		for (unsigned i = 0; i < diagnostic->label_count; i++) {
			ppm_buffer_append_text(r->out, i ? ",{\"text\":" : "{\"text\":");
			json_text(r->out, diagnostic->labels[i].text);
			json_place(r, diagnostic->labels[i].span);
			ppm_buffer_append_char(r->out, '}');
		}
		ppm_buffer_append_char(r->out, ']');
	}
	if (diagnostic->help.size) {
		ppm_buffer_append_text(r->out, ",\"help\":");
		json_text(r->out, diagnostic->help);
	}
	ppm_buffer_append_text(r->out, "}\n");
}

static int by_offset(const void *a, const void *b)
{
	const struct ppm_diagnostic *x = *(const struct ppm_diagnostic *const *)a, *y = *(const struct ppm_diagnostic *const *)b;

	if (x->span.begin != y->span.begin)
		return x->span.begin < y->span.begin ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

void ppm_diagnostics_render(struct ppm_diagnostics *list, enum ppm_diag_format format, bool colour, uint32_t limit, struct ppm_buffer *out)
{
	struct renderer r = { .list = list, .out = out, .colour = colour && format == PPM_DIAG_HUMAN };
	const struct ppm_diagnostic **sorted;
	uint32_t shown[3] = { 0, 0, 0 };
	uint32_t totals[3] = { list->errors, list->warnings, list->hide_notes ? 0 : list->notes };
	size_t count = 0;
	bool any = false;

	for (const struct ppm_diagnostic *each = list->first; each; each = each->next)
		count++;
	sorted = ppm_arena_allocate(list->arena, count + 1, sizeof *sorted);
	if (!sorted) {
		list->out_of_memory = true;
		return;
	}
	count = 0;
	for (const struct ppm_diagnostic *each = list->first; each; each = each->next)
		sorted[count++] = each;
	qsort(sorted, count, sizeof *sorted, by_offset);
	for (size_t i = 0; i < count; i++) {
		enum ppm_severity severity = sorted[i]->severity;
		if ((limit && shown[severity] >= limit) || (severity == PPM_SEVERITY_NOTE && list->hide_notes))
			continue;
		shown[severity]++;
		if (format == PPM_DIAG_JSON) {
			render_json(&r, sorted[i]);
		} else if (format == PPM_DIAG_SHORT) {
			render_short(&r, sorted[i]);
		} else {
			if (any)
				ppm_buffer_append_char(out, '\n');
			render_human(&r, sorted[i]);
		}
		any = true;
	}
	for (int severity = 0; severity < 3; severity++) {
		uint32_t more = totals[severity] > shown[severity] ? totals[severity] - shown[severity] : 0;
		if (!more)
			continue;
		if (format == PPM_DIAG_HUMAN)
			ppm_buffer_append_char(out, '\n');
		ppm_buffer_format(out, format == PPM_DIAG_JSON ? "{\"severity\":\"note\",\"message\":\"and %u more %s%s\"}\n" : "and %u more %s%s\n", more,
			severity_names[severity], more == 1 ? "" : "s");
	}
}

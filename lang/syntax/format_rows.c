// Rows to text: the cells of neighbouring rows are put below each other as long as no row gets too long and no gap too wide by it, and rows that are too long are
// broken: before their last clause, before more of them, or at last inside an expression, at the operator that binds least.
#include "lang/syntax/format_internal.h"

#include "lang/syntax/grammar.h"
#include "runtime/base/text.h"

#define GAP_LIMIT 48u          // more blanks than that part what belongs together
#define VALUE_GAP_LIMIT 24u    // the same before `=`
#define COMPOUND_GAP_LIMIT 12u // the same within points

struct row {
	struct ppm_format_line *line;
	uint32_t *cells;  // tokens that begin a cell or may begin a line
	uint32_t *starts; // columns of the cells, once they are known
	uint32_t cell_count, placed;
	uint32_t broken;      // the first cell on a line of its own; cell_count: none
	uint32_t text_column; // of cells of texts in neighbouring rows; 0: none
	uint32_t natural;     // where the cell at hand would stand alone
	bool alone;           // its value is on the next line: aligned with nothing, and parts what is around it
	bool free;            // not aligned with others at this column
};

struct writer {
	const struct ppm_format *format;
	struct ppm_buffer *out;
	uint32_t first; // of the row
	uint32_t column;
};

// ---- comments -----------------------------------------------------------------------------------------------------

struct ppm_slice ppm_format_comment_text(const struct ppm_format *f, const struct ppm_comment *comment)
{
	struct ppm_slice text = { f->source->text.data + (comment->span.begin - f->source->base), comment->span.end - comment->span.begin };

	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t' || text.data[text.size - 1] == '\r'))
		text.size--;
	return text;
}

bool ppm_format_allows(struct ppm_slice comment)
{
	size_t at = 0;

	for (const char *word = "#ppm:allow"; *word; word++, at++) {
		while (at < comment.size && (comment.data[at] == ' ' || comment.data[at] == '\t'))
			at++;
		if (at >= comment.size || comment.data[at] != *word)
			return false;
	}
	return true;
}

// ---- widths -------------------------------------------------------------------------------------------------------

static uint32_t blanks_before(const struct ppm_format *f, uint32_t first, uint32_t token)
{
	const struct ppm_format_mark *mark = &f->marks[token];

	if (mark->depth == f->marks[first].depth)
		return mark->gap ? mark->gap : mark->group == PPM_FORMAT_FILL && mark->item ? 2 : mark->space;
	return mark->item && f->tokens[token - 1].kind != TOK_LEFT_BRACE ? 2 : mark->space;
}

uint32_t ppm_format_width(const struct ppm_format *f, uint32_t first, uint32_t begin, uint32_t end)
{
	uint32_t width = 0;

	for (uint32_t i = begin; i < end; i++)
		width += f->marks[i].width + (i > begin ? blanks_before(f, first, i) : 0);
	return width;
}

bool ppm_format_fits(const struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t indent)
{
	uint32_t width = indent;

	for (uint32_t i = begin; i < end && width <= PPM_FORMAT_WIDTH; i++)
		width += f->marks[i].width + (i > begin ? blanks_before(f, begin, i) : 0);
	return width <= PPM_FORMAT_WIDTH;
}

// ---- writing ------------------------------------------------------------------------------------------------------

static void blanks(struct writer *w, uint32_t count)
{
	w->column += count;
	while (count--)
		ppm_buffer_append_char(w->out, ' ');
}

static void new_line(struct writer *w, uint32_t indent)
{
	ppm_buffer_append_char(w->out, '\n');
	w->column = 0;
	blanks(w, indent);
}

static void put(struct writer *w, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin; i < end; i++) {
		if (i > begin)
			blanks(w, blanks_before(w->format, w->first, i));
		ppm_buffer_append(w->out, w->format->marks[i].text.data, w->format->marks[i].text.size);
		w->column += w->format->marks[i].width;
	}
}

// ---- breaking inside an expression --------------------------------------------------------------------------------

// How loosely a token binds what stands before it; 0: there is no break before it.
static int looseness(const struct ppm_format *f, uint32_t token)
{
	int before = f->tokens[token - 1].kind;

	if (before == TOK_COMMA)
		return 9;
	switch (f->tokens[token].kind) {
	case TOK_WHERE:
	case TOK_OVER:
	case TOK_ORDER:
	case TOK_FOR_EACH: return 8;
	case TOK_BY: return before == TOK_ORDER ? 0 : 8;
	case TOK_THEN:
	case TOK_ELSE: return 7;
	case TOK_OR: return 6;
	case TOK_AND: return 5;
	case TOK_ASSIGN:
	case TOK_NOT_EQUAL:
	case TOK_LESS:
	case TOK_LESS_EQUAL:
	case TOK_GREATER:
	case TOK_GREATER_EQUAL:
	case TOK_BETWEEN:
	case TOK_CONTAINS:
	case TOK_STARTS_WITH:
	case TOK_ENDS_WITH:
	case TOK_MATCHES: return before == TOK_NOT ? 0 : 4;
	case TOK_PLUS: return 3;
	case TOK_MINUS: return f->tokens[token].sign ? 0 : 3;
	case TOK_TIMES:
	case TOK_DIVIDE:
	case TOK_MOD: return 2;
	default: return 0;
	}
}

// The `and` of a `between` is no conjunction.
static bool is_and_of_between(const struct ppm_format *f, uint32_t begin, uint32_t token)
{
	uint32_t brackets = 0;

	for (uint32_t i = token; i-- > begin;) {
		int kind = f->tokens[i].kind;
		if (kind == TOK_RIGHT_PAREN || kind == TOK_RIGHT_BRACKET)
			brackets++;
		else if (brackets && (kind == TOK_LEFT_PAREN || kind == TOK_LEFT_BRACKET))
			brackets--;
		else if (!brackets && (kind == TOK_AND || kind == TOK_OR || kind == TOK_LEFT_PAREN))
			return false;
		else if (!brackets && kind == TOK_BETWEEN)
			return true;
	}
	return false;
}

struct place {
	uint32_t depth;
	int looseness;
};

// Where to break: outside all brackets if there is an operator, and there at the loosest of them.
static struct place break_place(const struct ppm_format *f, uint32_t begin, uint32_t end, uint32_t *breaks, const struct place *wanted)
{
	struct place best = { UINT32_MAX, 0 };
	uint32_t depth = 0, count = 0;

	for (uint32_t i = begin; i < end; i++) {
		int kind = f->tokens[i].kind, loose = i > begin ? looseness(f, i) : 0;
		if ((kind == TOK_RIGHT_PAREN || kind == TOK_RIGHT_BRACKET || kind == TOK_RIGHT_BRACE) && depth > 0)
			depth--;
		if (kind == TOK_AND && loose && is_and_of_between(f, begin, i))
			loose = 0;
		if (loose && wanted && depth == wanted->depth && loose == wanted->looseness)
			breaks[count++] = i;
		if (loose && (depth < best.depth || (depth == best.depth && loose > best.looseness)))
			best = (struct place){ depth, loose };
		if (kind == TOK_LEFT_PAREN || kind == TOK_LEFT_BRACKET || kind == TOK_LEFT_BRACE)
			depth++;
	}
	if (wanted)
		breaks[count] = end;
	return best;
}

// Recursion ends as each piece is shorter; its depth is bounded by that of brackets and operators, PPM_DEPTH_LIMIT.
// `indent`: of the line that `begin` stands on; `further`: what lines that begin with an operator outside all brackets have more.
static void put_broken(struct writer *w, uint32_t begin, uint32_t end, uint32_t indent, uint32_t further)
{
	const struct ppm_format *f = w->format;
	uint32_t continued;
	struct place place;
	uint32_t *breaks;

	if (w->column + ppm_format_width(f, w->first, begin, end) <= PPM_FORMAT_WIDTH) {
		put(w, begin, end);
		return;
	}
	place = break_place(f, begin, end, NULL, NULL);
	breaks = place.looseness ? ppm_arena_allocate(f->arena, end - begin + 1, sizeof *breaks) : NULL;
	if (!breaks) {
		put(w, begin, end);
		return;
	}
	break_place(f, begin, end, breaks, &place);
	continued = indent + (place.depth ? PPM_FORMAT_CONTINUED : further);
	for (uint32_t from = begin; from < end; from = *breaks++) {
		uint32_t to = *breaks, space = blanks_before(f, w->first, from);
		if (from > begin && place.looseness != 5 && place.looseness != 6 && w->column + space + ppm_format_width(f, w->first, from, to) <= PPM_FORMAT_WIDTH) {
			blanks(w, space);
			put(w, from, to);
			continue;
		}
		if (from > begin)
			new_line(w, continued);
		put_broken(w, from, to, from > begin ? continued : indent, PPM_FORMAT_CONTINUED);
	}
}

// ---- rows that others cannot be aligned with ----------------------------------------------------------------------

// With comments inside: each ends its line.
static void put_with_comments(struct writer *w, const struct ppm_format_line *line)
{
	const struct ppm_format *f = w->format;
	const struct ppm_comment *comment = line->inside;
	uint32_t continued = line->indent + PPM_FORMAT_CONTINUED;

	for (uint32_t begin = line->begin, end; begin < line->end; begin = end) {
		bool ended = false;
		for (end = begin + 1; end < line->end && !(comment && comment->span.begin < f->tokens[end].span.begin); end++)
			;
		put_broken(w, begin, end, begin > line->begin ? continued : line->indent, PPM_FORMAT_CONTINUED);
		for (; end < line->end && comment && comment->span.begin < f->tokens[end].span.begin; comment = comment->next) {
			struct ppm_slice text = ppm_format_comment_text(f, comment);
			if (!ended && !comment->own_line)
				blanks(w, 3);
			else
				new_line(w, continued);
			ppm_buffer_append(w->out, text.data, text.size);
			ended = true;
		}
		if (end < line->end)
			new_line(w, continued);
	}
}

// ---- breaking at cells --------------------------------------------------------------------------------------------

// The end of what begins at a cell and goes to a line of its own.
static uint32_t segment_end(const struct ppm_format *f, const struct row *row, uint32_t cell)
{
	while (++cell < row->cell_count)
		if (f->marks[row->cells[cell]].breakable)
			return row->cells[cell];
	return row->line->end;
}

static bool is_text(const struct ppm_format *f, uint32_t token)
{
	int kind = f->tokens[token].kind;

	return f->marks[token].column == PPM_FORMAT_TEXT && (kind == TOK_STRING || kind == TOK_BECAUSE || kind == TOK_ACTION);
}

// Whether the row, one line, is no wider than it may be.
static bool fits(const struct ppm_format *f, const struct row *row)
{
	uint32_t first = row->line->begin, end = row->line->end, last = row->cell_count ? row->cells[row->cell_count - 1] : first, indent = row->line->indent;

	if (row->cell_count && is_text(f, last))
		return indent + ppm_format_width(f, first, first, last) <= PPM_FORMAT_WIDTH && indent + ppm_format_width(f, first, first, end) <= PPM_FORMAT_TEXT_WIDTH;
	return indent + ppm_format_width(f, first, first, end) <= PPM_FORMAT_WIDTH;
}

static bool fits_broken(const struct ppm_format *f, const struct row *row, uint32_t from)
{
	uint32_t first = row->line->begin;

	if (!ppm_format_fits(f, first, row->cells[from], row->line->indent))
		return false;
	for (uint32_t i = from; i < row->cell_count; i++) {
		uint32_t token = row->cells[i];
		if (f->marks[token].breakable && row->line->indent + PPM_FORMAT_CONTINUED + ppm_format_width(f, first, token, segment_end(f, row, i)) >
				(is_text(f, token) ? PPM_FORMAT_TEXT_WIDTH : PPM_FORMAT_WIDTH))
			return false;
	}
	return true;
}

static void choose_break(const struct ppm_format *f, struct row *row)
{
	uint32_t first = row->cell_count;

	row->broken = row->cell_count;
	if (fits(f, row) || ppm_format_allows(row->line->comment))
		return;
	for (uint32_t i = row->cell_count; i-- > 0;) {
		if (!f->marks[row->cells[i]].breakable)
			continue;
		first = i;
		if (fits_broken(f, row, i)) {
			first = i;
			break;
		}
	}
	row->broken = first;
	row->alone = first > 0 && first < row->cell_count && f->tokens[row->cells[first] - 1].kind == TOK_ASSIGN;
}

// ---- aligning -----------------------------------------------------------------------------------------------------

static uint32_t on_line_end(const struct row *row)
{
	return row->broken < row->cell_count ? row->cells[row->broken] : row->line->end;
}

// Where the cell stands if nothing is aligned from it on.
static uint32_t natural_start(const struct ppm_format *f, struct row *row, uint32_t cell)
{
	uint32_t first = row->line->begin, token = row->cells[cell];

	for (; row->placed < cell; row->placed++)
		row->starts[row->placed] = natural_start(f, row, row->placed);
	return (cell ? row->starts[cell - 1] + ppm_format_width(f, first, row->cells[cell - 1], token) : row->line->indent + ppm_format_width(f, first, first, token)) +
		blanks_before(f, first, token);
}

static uint32_t find_cell(const struct ppm_format *f, const struct row *row, enum ppm_format_column column)
{
	uint32_t cell = 0;

	while (cell < row->broken && f->marks[row->cells[cell]].column != column)
		cell++;
	return cell;
}

// Points that are more than a figure: their row's condition is not aligned with those of the others.
static bool is_compound(const struct ppm_format *f, const struct row *row)
{
	for (uint32_t cell = 0; cell < row->cell_count; cell++)
		if (f->marks[row->cells[cell]].column == PPM_FORMAT_POINTS)
			return cell + 1 >= row->cell_count || row->cells[cell + 1] != row->cells[cell] + 1 || f->marks[row->cells[cell + 1]].column != PPM_FORMAT_WHEN;
	return false;
}

// Figures are aligned at their right.
static uint32_t figure_width(const struct ppm_format *f, const struct row *row, uint32_t cell)
{
	uint32_t token = row->cells[cell];

	return f->marks[token].column == PPM_FORMAT_POINTS && f->tokens[token].kind == TOK_NUMBER ? f->marks[token].width : 0;
}

// Where the cells of this column stand; rows that would be pushed too far, or would push another, are left free.
static uint32_t choose_start(const struct ppm_format *f, struct row **rows, uint32_t count, enum ppm_format_column column, uint32_t gap_limit, uint32_t floor)
{
	uint32_t least = UINT32_MAX, most = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t natural = natural_start(f, rows[i], find_cell(f, rows[i], column));
		natural = natural > floor ? natural : floor;
		least = natural < least ? natural : least;
		rows[i]->natural = natural;
	}
	for (uint32_t i = 0; i < count; i++) {
		rows[i]->free = rows[i]->natural > least + gap_limit;
		most = !rows[i]->free && rows[i]->natural > most ? rows[i]->natural : most;
	}
	for (bool push = true; push && most > least;) {
		uint32_t next = least;
		push = false;
		for (uint32_t i = 0; i < count && !push; i++) {
			uint32_t cell = find_cell(f, rows[i], column), rest, limit;
			if (rows[i]->free)
				continue;
			rest = ppm_format_width(f, rows[i]->line->begin, rows[i]->cells[cell], on_line_end(rows[i]));
			limit = rows[i]->broken == rows[i]->cell_count && is_text(f, rows[i]->cells[rows[i]->cell_count - 1]) ? PPM_FORMAT_TEXT_WIDTH : PPM_FORMAT_WIDTH;
			push = most + rest > limit && rows[i]->natural + rest <= limit;
		}
		for (uint32_t i = 0; i < count && push; i++) {
			if (rows[i]->natural == most)
				rows[i]->free = true;
			else if (!rows[i]->free && rows[i]->natural > next)
				next = rows[i]->natural;
		}
		most = push ? next : most;
	}
	return most;
}

static uint32_t align_rows(const struct ppm_format *f, struct row **rows, uint32_t count, enum ppm_format_column column, uint32_t gap_limit, uint32_t floor)
{
	uint32_t start = choose_start(f, rows, count, column, gap_limit, floor), figures = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t width = figure_width(f, rows[i], find_cell(f, rows[i], column));
		figures = !rows[i]->free && width > figures ? width : figures;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t cell = find_cell(f, rows[i], column), width = figure_width(f, rows[i], cell);
		rows[i]->starts[cell] = rows[i]->free ? rows[i]->natural : width ? start + figures - width : start;
		rows[i]->placed = cell + 1;
	}
	return start;
}

// A dataset is a table: what is said of a column stands to the right of all types.
static uint32_t types_end(const struct ppm_format *f, const struct row *rows, uint32_t count)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < count && rows->line->group == PPM_FORMAT_COLUMN; i++) {
		uint32_t cell = find_cell(f, &rows[i], PPM_FORMAT_SECOND), end;
		if (cell >= rows[i].broken || rows[i].placed <= cell)
			continue;
		end = cell + 1 < rows[i].cell_count ? rows[i].cells[cell + 1] : rows[i].line->end;
		end = rows[i].starts[cell] + ppm_format_width(f, rows[i].line->begin, rows[i].cells[cell], end) + 2;
		most = end > most ? end : most;
	}
	return most;
}

static void align(const struct ppm_format *f, struct row *rows, uint32_t count, struct row **some)
{
	for (int column = 1; column < PPM_FORMAT_COLUMNS; column++) {
		uint32_t gap_limit = column == PPM_FORMAT_SECOND && rows->line->group != PPM_FORMAT_ARM && rows->line->group != PPM_FORMAT_ENTRY ? VALUE_GAP_LIMIT : GAP_LIMIT;
		uint32_t floor = column == PPM_FORMAT_WHEN ? types_end(f, rows, count) : 0;
		bool split = column == PPM_FORMAT_CAP || column == PPM_FORMAT_WHEN;
		for (int compound = 0; compound <= split; compound++) {
			uint32_t members = 0, start;
			for (uint32_t i = 0; i < count; i++)
				if (find_cell(f, &rows[i], (enum ppm_format_column)column) < rows[i].broken && (!split || is_compound(f, &rows[i]) == compound))
					some[members++] = &rows[i];
			start = align_rows(f, some, members, (enum ppm_format_column)column, compound ? COMPOUND_GAP_LIMIT : gap_limit, floor);
			for (uint32_t i = 0; i < count && column == PPM_FORMAT_TEXT; i++)
				rows[i].text_column = start;
		}
	}
}

// ---- rows to text -------------------------------------------------------------------------------------------------

static bool take_cells(const struct ppm_format *f, struct row *row, struct ppm_format_line *line)
{
	uint32_t depth = f->marks[line->begin].depth, count = 0;

	row->line = line;
	row->cells = ppm_arena_allocate(f->arena, line->end - line->begin, sizeof *row->cells);
	row->starts = ppm_arena_allocate(f->arena, line->end - line->begin, sizeof *row->starts);
	if (!row->cells || !row->starts)
		return false;
	for (uint32_t i = line->begin + 1; i < line->end && !line->inside && line->group != PPM_FORMAT_FILL; i++)
		if (f->marks[i].depth == depth && (f->marks[i].column || f->marks[i].breakable))
			row->cells[count++] = i;
	row->cell_count = count;
	choose_break(f, row);
	return true;
}

static void put_row(struct writer *w, struct row *row)
{
	const struct ppm_format *f = w->format;
	struct ppm_format_line *line = row->line;
	uint32_t at = line->begin;

	blanks(w, line->indent);
	if (line->inside) {
		put_with_comments(w, line);
		return;
	}
	for (uint32_t cell = 0; cell < row->broken; cell++) {
		uint32_t start = cell < row->placed ? row->starts[cell] : natural_start(f, row, cell);
		put(w, at, row->cells[cell]);
		blanks(w, start > w->column ? start - w->column : 1);
		at = row->cells[cell];
	}
	if (row->broken == row->cell_count) {
		if (ppm_format_allows(line->comment) || fits(f, row))
			put(w, at, line->end);
		else
			put_broken(w, at, line->end, line->indent, PPM_FORMAT_CONTINUED);
		return;
	}
	put(w, at, row->cells[row->broken]);
	for (uint32_t cell = row->broken; cell < row->cell_count; cell++) {
		uint32_t token = row->cells[cell], end = segment_end(f, row, cell), indent = line->indent + PPM_FORMAT_CONTINUED;
		if (!f->marks[token].breakable)
			continue;
		if (cell == row->broken && end == line->end && f->marks[token].column == PPM_FORMAT_TEXT && row->text_column > indent &&
			row->text_column + ppm_format_width(f, line->begin, token, end) <= PPM_FORMAT_TEXT_WIDTH)
			indent = row->text_column;
		new_line(w, indent);
		if (is_text(f, token))
			put(w, token, end);
		else
			put_broken(w, token, end, indent, f->marks[token].column || f->marks[token].closed ? PPM_FORMAT_INDENT : 0);
	}
}

// Lines from `begin` on that are aligned with each other.
static uint32_t run_end(const struct ppm_format *f, uint32_t begin)
{
	const struct ppm_format_line *first = &f->lines[begin];
	uint32_t end = begin + 1;

	if (first->group == PPM_FORMAT_NO_GROUP || first->group == PPM_FORMAT_FILL)
		return end;
	while (end < f->line_count &&
		((f->lines[end].kind == PPM_FORMAT_ROW && f->lines[end].group == first->group && f->lines[end].indent == first->indent) ||
			(f->lines[end].kind == PPM_FORMAT_COMMENT && first->indent > 0) || (f->lines[end].kind == PPM_FORMAT_BLANK && first->group == PPM_FORMAT_COLUMN)))
		end++;
	return end;
}

static bool render_run(struct ppm_format *f, uint32_t begin, uint32_t end, struct ppm_buffer *out)
{
	struct row *rows = ppm_arena_allocate(f->arena, end - begin, sizeof *rows), **some = ppm_arena_allocate(f->arena, end - begin, sizeof *some);
	uint32_t count = 0;

	if (!rows || !some)
		return false;
	for (uint32_t i = begin; i < end; i++)
		if (f->lines[i].kind == PPM_FORMAT_ROW && !take_cells(f, &rows[count++], &f->lines[i]))
			return false;
	for (uint32_t first = 0, last; first < count; first = last + 1) {
		for (last = first; last < count && !rows[last].alone; last++)
			;
		if (last > first)
			align(f, rows + first, last - first, some);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct writer writer = { .format = f, .out = out, .first = rows[i].line->begin };
		out->size = 0;
		put_row(&writer, &rows[i]);
		if (out->failed) {
			f->arena->failed = true;
			return false;
		}
		rows[i].line->text = ppm_arena_copy(f->arena, ppm_buffer_slice(out));
		rows[i].line->width = writer.column;
	}
	return true;
}

bool ppm_format_render(struct ppm_format *f)
{
	struct ppm_buffer out;
	bool done = true;

	ppm_buffer_init(&out, f->arena->allocator);
	for (uint32_t begin = 0, end; begin < f->line_count && done; begin = end) {
		end = begin + 1;
		if (f->lines[begin].kind != PPM_FORMAT_ROW)
			continue;
		end = run_end(f, begin);
		done = render_run(f, begin, end, &out);
	}
	ppm_buffer_free(&out);
	return done && !f->arena->failed;
}

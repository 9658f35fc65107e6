// Whom a change moves, for people: as text and as Markdown from the same tables, so that the two never say different things. What comes from data or from models is escaped.
#include "lang/compare/moves_report.h"
#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_LIMIT 200 // bytes of one value
#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

struct page {
	const struct ppm_moves_report *report;
	const struct ppm_moves *moves;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool colour, markdown;
};

// What the page's own functions make ends with a NUL, so that it can be formatted.
static struct ppm_slice taken(struct page *p, struct ppm_buffer *buffer)
{
	struct ppm_slice made = buffer->size ? ppm_arena_copy(p->arena, ppm_buffer_slice(buffer)) : PPM_SLICE("");
	p->out->failed = p->out->failed || buffer->failed;
	ppm_buffer_free(buffer);
	return made.data ? made : PPM_SLICE("");
}

static struct ppm_slice shown(struct page *p, struct ppm_slice text)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	if (p->markdown)
		ppm_text_append_markdown(&buffer, text, 0);
	else
		ppm_text_append_escaped(&buffer, text, SHOWN_LIMIT, false);
	return taken(p, &buffer);
}

static struct ppm_slice made(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct ppm_slice made(struct page *p, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	struct ppm_slice copy = ppm_arena_copy(p->arena, (struct ppm_slice){ text, size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1 });
	return copy.data ? copy : PPM_SLICE("");
}

// ---- figures ------------------------------------------------------------------------------------------------------------

static void append_count(struct ppm_buffer *out, uint64_t count)
{
	static const struct ppm_number_pattern pattern = { .thousands = ',', .decimal = '.' };
	char text[128];
	ppm_buffer_append(out, text, ppm_number_pattern_write(&pattern, (ppm_int128)count, 0, text));
}

static struct ppm_slice count_of(struct page *p, uint64_t count)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	append_count(&buffer, count);
	return taken(p, &buffer);
}

// Money with 2 places, other figures with as many as they have, at least `least`.
static void append_decimal(struct ppm_buffer *out, ppm_int128 value, int places, bool is_money, unsigned least, bool sign)
{
	struct ppm_number_pattern pattern = { .thousands = ',', .decimal = '.', .decimals = 2 };
	char text[128];

	if (!is_money) {
		ppm_int128 rest = value;
		for (pattern.decimals = (uint8_t)places; pattern.decimals > least && rest % 10 == 0; pattern.decimals--)
			rest /= 10;
	}
	if (sign && value > 0)
		ppm_buffer_append_char(out, '+');
	ppm_buffer_append(out, text, ppm_number_pattern_write(&pattern, value, places, text));
}

static struct ppm_slice amount_of(struct page *p, ppm_int128 value, bool sign)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	append_decimal(&buffer, value, PPM_EXACT_PLACES, p->report->is_money, 0, sign);
	return taken(p, &buffer);
}

static struct ppm_slice units_of(struct page *p, ppm_int128 units, int places, bool sign)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	append_decimal(&buffer, units, places, false, (unsigned)p->moves->places, sign);
	return taken(p, &buffer);
}

// part / whole as a percentage with one place, or two where it is small.
static void append_share(struct ppm_buffer *out, ppm_int128 part, ppm_int128 whole)
{
	char text[64];
	while (whole > ((ppm_int128)1 << 100) || whole < -((ppm_int128)1 << 100)) {
		whole /= 10;
		part /= 10;
	}
	if (whole < 0) {
		whole = -whole;
		part = -part;
	}
	ppm_int128 hundredths = whole ? ppm_round_divide_128(part * 10000, whole) : 0;
	int places = hundredths % 10 == 0 ? hundredths % 100 == 0 ? 0 : 1 : 2;
	ppm_buffer_append(out, text, ppm_decimal_write(hundredths, 2, places, text));
	ppm_buffer_append_char(out, '%');
}

static struct ppm_slice share_of(struct page *p, uint64_t part, uint64_t whole)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	append_share(&buffer, (ppm_int128)part, (ppm_int128)whole);
	return taken(p, &buffer);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

// ---- tables -------------------------------------------------------------------------------------------------------------

struct table {
	struct page *p;
	uint32_t columns, rows, room;
	struct ppm_slice *cells; // the first row is the head
	bool *left;              // [column]: its text begins at the left
};

static struct table table_new(struct page *p, uint32_t columns, uint32_t rows)
{
	struct table table = { .p = p, .columns = columns, .room = rows + 1 };
	table.cells = ppm_arena_allocate(p->arena, (size_t)columns * table.room, sizeof *table.cells);
	table.left = ppm_arena_allocate(p->arena, columns, sizeof *table.left);
	if (!table.cells || !table.left) {
		p->out->failed = true;
		table.room = 0;
	} else
		table.left[0] = true;
	return table;
}

// Begins a row; its cells are set by `put` from the left.
static struct ppm_slice *table_row(struct table *table)
{
	return table->rows < table->room ? &table->cells[(size_t)table->rows++ * table->columns] : NULL;
}

static void put(struct ppm_slice **cell, struct ppm_slice text)
{
	if (*cell)
		*(*cell)++ = text;
}

static size_t width_of(struct ppm_slice text)
{
	return text.size ? ppm_utf8_width(text.data, text.size) : 0;
}

static void text_table(const struct table *table)
{
	struct ppm_buffer *out = table->p->out;
	for (uint32_t r = 0; r < table->rows; r++) {
		size_t blanks = 2;
		for (uint32_t c = 0; c < table->columns; c++) {
			struct ppm_slice text = table->cells[(size_t)r * table->columns + c];
			size_t width = width_of(text), widest = 0;
			for (uint32_t i = 0; i < table->rows; i++) {
				size_t other = width_of(table->cells[(size_t)i * table->columns + c]);
				widest = other > widest ? other : widest;
			}
			blanks += table->left[c] ? 0 : widest - width;
			if (text.size) {
				ppm_buffer_format(out, "%*s", (int)blanks, "");
				ppm_buffer_append(out, text.data, text.size);
				blanks = 0;
			} else
				blanks += table->left[c] ? 0 : width;
			blanks += table->left[c] ? widest - width + 2 : 2;
		}
		ppm_buffer_append_char(out, '\n');
	}
}

static void markdown_table(const struct table *table)
{
	struct ppm_buffer *out = table->p->out;
	for (uint32_t r = 0; r < table->rows; r++) {
		for (uint32_t c = 0; c < table->columns; c++) {
			struct ppm_slice text = table->cells[(size_t)r * table->columns + c];
			ppm_buffer_append_text(out, c ? " | " : "| ");
			ppm_buffer_append(out, text.data, text.size);
		}
		ppm_buffer_append_text(out, " |\n");
		for (uint32_t c = 0; r == 0 && c < table->columns; c++)
			ppm_buffer_append_text(out, c ? table->left[c] ? " --- |" : " ---: |" : "| --- |");
		if (r == 0)
			ppm_buffer_append_char(out, '\n');
	}
}

static void table_end(const struct table *table)
{
	if (table->p->markdown)
		markdown_table(table);
	else
		text_table(table);
}

static void section(struct page *p, struct ppm_slice title)
{
	ppm_buffer_append_char(p->out, '\n');
	if (p->markdown)
		ppm_buffer_format(p->out, "#### %s\n\n", title.data);
	else
		ppm_buffer_format(p->out, "%s%s%s\n", p->colour ? BOLD : "", title.data, p->colour ? PLAIN : "");
}

// ---- who moves ----------------------------------------------------------------------------------------------------------

static struct ppm_slice tier_name(struct page *p, uint32_t tier)
{
	return p->moves->tiers[tier].size ? shown(p, p->moves->tiers[tier]) : PPM_SLICE("(no tier)");
}

static struct ppm_slice value_name(struct page *p)
{
	return shown(p, p->report->value_name);
}

static void summary(struct page *p)
{
	const struct ppm_moves *m = p->moves;
	struct ppm_buffer *out = p->out;
	struct ppm_slice data = shown(p, p->report->data);

	ppm_buffer_append_char(out, '\n');
	ppm_buffer_format(out, p->markdown ? "### Who moves\n\n" : p->colour ? BOLD "who moves" PLAIN "\n" : "who moves\n");
	ppm_buffer_format(out, "%s%s: %s customer%s compared", p->markdown ? "- " : "  ", data.data, count_of(p, m->compared).data, plural(m->compared));
	for (int s = 0; s < PPM_SIDES; s++)
		if (m->only[s])
			ppm_buffer_format(out, "; %s row%s scored by the %s model only", count_of(p, m->only[s]).data, plural(m->only[s]), s == PPM_BEFORE ? "old" : "new");
	ppm_buffer_format(out, "\n%s%s", p->markdown ? "- " : "  ", count_of(p, m->moved.count).data);
	ppm_buffer_append_text(out,
		m->has_tiers                  ? m->moved.count == 1 ? " moves to another tier" : " move to another tier"
			: m->moved.count == 1 ? " has another score"
					      : " have another score");
	ppm_buffer_format(out, " (%s): %s up, %s down; ", share_of(p, m->moved.count, m->compared).data, count_of(p, m->up.count).data, count_of(p, m->down.count).data);
	ppm_buffer_format(out, "%s unchanged", count_of(p, m->compared - m->moved.count).data);
	if (m->has_tiers && (m->has_score[PPM_BEFORE] || m->has_score[PPM_AFTER]))
		ppm_buffer_format(out, "; %s with another score", count_of(p, m->rescored).data);
	ppm_buffer_append_char(out, '\n');
	if (!m->has_value)
		return;
	ppm_buffer_format(out, "%s%s of those who move: ", p->markdown ? "- " : "  ", value_name(p).data);
	ppm_buffer_format(out, "%s (%s up, %s down, ", amount_of(p, m->moved.value, false).data, amount_of(p, m->up.value, false).data, amount_of(p, m->down.value, false).data);
	ppm_buffer_format(out, "net %s); of all ", amount_of(p, m->up.value - m->down.value, true).data);
	if (p->moves->options.has_value[PPM_BEFORE] && p->moves->options.has_value[PPM_AFTER])
		ppm_buffer_format(out, "%s before, %s now\n", amount_of(p, m->sides[PPM_BEFORE].value, false).data, amount_of(p, m->sides[PPM_AFTER].value, false).data);
	else
		ppm_buffer_format(out, "%s, by the %s model\n", amount_of(p, m->all.value, false).data, m->value_is_older ? "old" : "new");
}

static uint64_t tier_total(const struct ppm_moves *m, uint32_t tier, int side)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < m->tier_count; i++)
		total += m->cells[side == PPM_BEFORE ? tier * m->tier_count + i : i * m->tier_count + tier].count;
	return total;
}

// The models' own tiers, and the others where somebody is.
static bool is_listed(const struct ppm_moves *m, uint32_t tier)
{
	for (int s = 0; s < PPM_SIDES; s++)
		for (size_t i = 0; i < m->options.plans[s]->tier_count; i++)
			if (ppm_slice_equal(m->options.plans[s]->tiers[i].name, m->tiers[tier]))
				return true;
	return tier_total(m, tier, PPM_BEFORE) || tier_total(m, tier, PPM_AFTER);
}

static void migration(struct page *p)
{
	const struct ppm_moves *m = p->moves;
	uint32_t listed = 0;
	struct ppm_slice *cell;

	for (uint32_t i = 0; i < m->tier_count; i++)
		listed += is_listed(m, i);
	section(p, PPM_SLICE("tiers"));
	struct table table = table_new(p, listed + 2, listed + 1);
	cell = table_row(&table);
	put(&cell, PPM_SLICE("from / to"));
	for (uint32_t i = 0; i < m->tier_count; i++)
		if (is_listed(m, i))
			put(&cell, tier_name(p, i));
	put(&cell, PPM_SLICE("before"));
	for (uint32_t from = 0; from < m->tier_count; from++) {
		if (!is_listed(m, from))
			continue;
		cell = table_row(&table);
		put(&cell, tier_name(p, from));
		for (uint32_t to = 0; to < m->tier_count; to++)
			if (is_listed(m, to))
				put(&cell, m->cells[from * m->tier_count + to].count ? count_of(p, m->cells[from * m->tier_count + to].count) : PPM_SLICE("."));
		put(&cell, count_of(p, tier_total(m, from, PPM_BEFORE)));
	}
	cell = table_row(&table);
	put(&cell, PPM_SLICE("now"));
	for (uint32_t to = 0; to < m->tier_count; to++)
		if (is_listed(m, to))
			put(&cell, count_of(p, tier_total(m, to, PPM_AFTER)));
	put(&cell, count_of(p, m->compared));
	table_end(&table);
}

// Ways from one of `names` to another that somebody went.
static void ways(struct page *p, const struct ppm_slice *names, uint32_t count, const struct ppm_moves_tally *cells, const char *nothing)
{
	const struct ppm_moves *m = p->moves;
	uint32_t rows = 0;
	struct ppm_slice *cell;

	for (uint32_t i = 0; i < count * count; i++)
		rows += i / count != i % count && cells[i].count;
	struct table table = table_new(p, m->has_value ? 4 : 3, rows);
	cell = table_row(&table);
	put(&cell, PPM_SLICE("move"));
	put(&cell, PPM_SLICE("customers"));
	put(&cell, PPM_SLICE("share"));
	if (m->has_value)
		put(&cell, value_name(p));
	for (uint32_t i = 0; i < count * count; i++) {
		struct ppm_slice from = names[i / count], to = names[i % count];
		if (i / count == i % count || !cells[i].count)
			continue;
		cell = table_row(&table);
		from = from.size ? shown(p, from) : ppm_slice_of(nothing);
		to = to.size ? shown(p, to) : ppm_slice_of(nothing);
		put(&cell, ppm_arena_format(p->arena, "%s → %s", from.data, to.data));
		put(&cell, count_of(p, cells[i].count));
		put(&cell, share_of(p, cells[i].count, m->compared));
		if (m->has_value)
			put(&cell, amount_of(p, cells[i].value, false));
	}
	table_end(&table);
}

// ---- scores -------------------------------------------------------------------------------------------------------------

static void score_line(struct page *p, struct table *table, struct ppm_slice name, const struct ppm_slice *sides, struct ppm_slice change)
{
	const bool *known = p->moves->has_score;
	struct ppm_slice *cell = table_row(table);

	put(&cell, name);
	put(&cell, known[PPM_BEFORE] ? sides[PPM_BEFORE] : PPM_SLICE(""));
	put(&cell, known[PPM_AFTER] ? sides[PPM_AFTER] : PPM_SLICE(""));
	put(&cell, known[PPM_BEFORE] && known[PPM_AFTER] ? change : PPM_SLICE(""));
}

static struct ppm_slice count_change(struct page *p, uint64_t before, uint64_t after)
{
	struct ppm_buffer buffer;
	if (before == after)
		return PPM_SLICE("");
	ppm_buffer_init(&buffer, p->arena->allocator);
	ppm_buffer_append_char(&buffer, after > before ? '+' : '-');
	append_count(&buffer, after > before ? after - before : before - after);
	return taken(p, &buffer);
}

static void scores(struct page *p)
{
	static const char *const names[] = { "lower quartile", "median", "upper quartile" };
	const struct ppm_moves *m = p->moves;
	const struct ppm_moves_side *s = m->sides;
	bool both = s[PPM_BEFORE].scored && s[PPM_AFTER].scored;
	struct ppm_slice cells[PPM_SIDES], *cell;
	ppm_int128 means[PPM_SIDES] = { 0, 0 };

	section(p, PPM_SLICE("scores"));
	struct table table = table_new(p, 4, PPM_MOVES_BINS + 6);
	cell = table_row(&table);
	put(&cell, PPM_SLICE("score"));
	put(&cell, PPM_SLICE("before"));
	put(&cell, PPM_SLICE("now"));
	put(&cell, PPM_SLICE("change"));
	for (int i = 0; i < PPM_SIDES; i++) {
		means[i] = s[i].scored ? ppm_round_divide_128(s[i].sum, (ppm_int128)s[i].scored) : 0;
		cells[i] = s[i].scored ? units_of(p, means[i], m->places, false) : PPM_SLICE("");
	}
	ppm_int128 rise = 0; // rounded once, so that it may differ by a unit from what the rounded means differ by
	if (both)
		rise = ppm_round_divide_128(s[1].sum * (ppm_int128)s[0].scored - s[0].sum * (ppm_int128)s[1].scored, (ppm_int128)s[0].scored * (ppm_int128)s[1].scored);
	score_line(p, &table, PPM_SLICE("mean"), cells, both && (rise || means[0] != means[1]) ? units_of(p, rise, m->places, true) : PPM_SLICE(""));
	for (int k = 0; k < 3; k++) {
		int64_t change = (s[PPM_AFTER].quartiles[k] - s[PPM_BEFORE].quartiles[k]) * 25;
		for (int i = 0; i < PPM_SIDES; i++)
			cells[i] = s[i].scored ? units_of(p, (ppm_int128)s[i].quartiles[k] * 25, m->places + 2, false) : PPM_SLICE("");
		score_line(p, &table, ppm_slice_of(names[k]), cells, both && change ? units_of(p, change, m->places + 2, true) : PPM_SLICE(""));
	}
	for (int bin = 0; bin < PPM_MOVES_BINS; bin++) {
		for (int i = 0; i < PPM_SIDES; i++)
			cells[i] = count_of(p, s[i].bins[bin]);
		score_line(p, &table, made(p, bin + 1 < PPM_MOVES_BINS ? "%d to below %d" : "%d to %d", bin * 10, bin * 10 + 10), cells,
			count_change(p, s[PPM_BEFORE].bins[bin], s[PPM_AFTER].bins[bin]));
	}
	for (int i = 0; i < PPM_SIDES; i++)
		cells[i] = count_of(p, s[i].missing);
	if (s[PPM_BEFORE].missing || s[PPM_AFTER].missing)
		score_line(p, &table, PPM_SLICE("no score"), cells, count_change(p, s[PPM_BEFORE].missing, s[PPM_AFTER].missing));
	for (int i = 0; i < PPM_SIDES; i++)
		cells[i] = s[i].has_agreement ? made(p, "%.4f", s[i].agreement) : PPM_SLICE("");
	if (s[PPM_BEFORE].has_agreement || s[PPM_AFTER].has_agreement)
		score_line(p, &table, PPM_SLICE("perspectives agree (W)"), cells,
			s[PPM_BEFORE].has_agreement && s[PPM_AFTER].has_agreement && s[PPM_BEFORE].agreement != s[PPM_AFTER].agreement
				? made(p, "%+.4f", s[PPM_AFTER].agreement - s[PPM_BEFORE].agreement)
				: PPM_SLICE(""));
	table_end(&table);
}

// ---- disqualified -------------------------------------------------------------------------------------------------------

static struct ppm_slice customer_name(struct page *p, struct ppm_slice key, uint64_t line)
{
	return key.size ? shown(p, key) : made(p, "line %llu", (unsigned long long)line);
}

static void barred(struct page *p, const struct ppm_barred *list, int side, const char *title)
{
	if (!list->count)
		return;
	section(p, ppm_arena_format(p->arena, "%s: %s", title, count_of(p, list->count).data));
	struct table table = table_new(p, 2, list->kept);
	struct ppm_slice *cell = table_row(&table);
	if (table.left)
		table.left[1] = true;
	put(&cell, PPM_SLICE("customer"));
	put(&cell, PPM_SLICE("by"));
	for (uint32_t i = 0; i < list->kept; i++) {
		cell = table_row(&table);
		put(&cell, customer_name(p, list->items[i].key, list->items[i].line));
		put(&cell, shown(p, p->moves->options.plans[side]->disqualifiers[list->items[i].disqualifier].name));
	}
	table_end(&table);
	if (list->count > list->kept)
		ppm_buffer_format(p->out, "%s%s more\n", p->markdown ? "\nand " : "  and ", count_of(p, list->count - list->kept).data);
}

// ---- rules --------------------------------------------------------------------------------------------------------------

static struct ppm_slice cause_of(struct page *p, const struct ppm_moves_rule *rule)
{
	int side = rule->index[PPM_AFTER] != PPM_NO_RULE ? PPM_AFTER : PPM_BEFORE;
	return shown(p, ppm_change_cause(p->arena, p->report->changes, side, rule->index[side]));
}

static bool is_bundle(const struct ppm_moves *m, const struct ppm_moves_rule *rule)
{
	int side = rule->index[PPM_AFTER] != PPM_NO_RULE ? PPM_AFTER : PPM_BEFORE;
	return m->options.plans[side]->rules[rule->index[side]]->members != NULL;
}

static void rules(struct page *p)
{
	const struct ppm_moves *m = p->moves;
	struct ppm_slice *causes = ppm_arena_allocate(p->arena, m->rule_count + 1, sizeof *causes), *cell;
	uint32_t rows = 0;

	for (uint32_t i = 0; causes && i < m->rule_count; i++) {
		causes[i] = cause_of(p, &m->rules[i]);
		rows += causes[i].size || m->rules[i].starts || m->rules[i].stops;
	}
	if (!rows)
		return;
	section(p, PPM_SLICE("by rule"));
	struct table table = table_new(p, m->has_value ? 10 : 9, rows);
	const uint32_t last = table.columns - 1;
	static const char *const heads[] = { "rule", "fired", "fires", "starts", "stops", "moves", "up", "down" };
	cell = table_row(&table);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		put(&cell, ppm_slice_of(heads[i]));
	if (m->has_value)
		put(&cell, value_name(p));
	put(&cell, PPM_SLICE("what changed"));
	if (table.left)
		table.left[last] = true;
	for (uint32_t i = 0; i < m->rule_count; i++) {
		const struct ppm_moves_rule *rule = &m->rules[i];
		bool bundle = is_bundle(m, rule);
		if (!causes[i].size && !rule->starts && !rule->stops)
			continue;
		cell = table_row(&table);
		put(&cell, shown(p, rule->name));
		put(&cell, bundle || rule->index[PPM_BEFORE] == PPM_NO_RULE ? PPM_SLICE("") : count_of(p, rule->fires[PPM_BEFORE]));
		put(&cell, bundle || rule->index[PPM_AFTER] == PPM_NO_RULE ? PPM_SLICE("") : count_of(p, rule->fires[PPM_AFTER]));
		put(&cell, bundle ? PPM_SLICE("") : count_of(p, rule->starts));
		put(&cell, bundle ? PPM_SLICE("") : count_of(p, rule->stops));
		put(&cell, count_of(p, rule->moved.count));
		put(&cell, count_of(p, rule->up));
		put(&cell, count_of(p, rule->down));
		if (m->has_value)
			put(&cell, amount_of(p, rule->moved.value, false));
		put(&cell, causes[i]);
	}
	table_end(&table);
}

// ---- the largest changes --------------------------------------------------------------------------------------------------

static struct ppm_slice own_value(struct page *p, const struct ppm_moves_customer *seen, int side)
{
	return seen->has_value[side] ? amount_of(p, seen->value[side], false) : PPM_SLICE("");
}

static void before_and_after(struct page *p, struct ppm_slice name, struct ppm_slice before, struct ppm_slice after)
{
	if (!before.size && !after.size)
		return;
	ppm_buffer_format(p->out, ", %s ", name.data);
	if (!ppm_slice_equal(before, after))
		ppm_buffer_format(p->out, "%s → %s", (before.size ? before : PPM_SLICE("(none)")).data, (after.size ? after : PPM_SLICE("(none)")).data);
	else
		ppm_buffer_format(p->out, "%s", after.data);
}

// One of the reasons for a change of the score.
static void reason(struct page *p, const struct ppm_attribution *why, const struct ppm_attribution_line *line)
{
	struct ppm_slice change = units_of(p, line->change, why->places, true), name = shown(p, line->name), reads = shown(p, line->reads), cause = shown(p, line->cause);
	bool is_rule = line->rule[PPM_BEFORE] != PPM_NO_RULE || line->rule[PPM_AFTER] != PPM_NO_RULE;

	ppm_buffer_format(p->out, p->markdown ? "  - %s %s" : "  %10s  %s", change.data, name.data);
	if (line->words.size)
		ppm_buffer_format(p->out, "%s %s", is_rule ? "" : ":", line->words.data);
	if (reads.size)
		ppm_buffer_format(p->out, ": %s", reads.data);
	if (cause.size)
		ppm_buffer_format(p->out, " (%s)", cause.data);
	ppm_buffer_append_char(p->out, '\n');
}

static void reasons(struct page *p, const struct ppm_moved_customer *c, const struct ppm_moves_customer *seen)
{
	const struct ppm_moves *m = p->moves;
	struct ppm_slice tiers = PPM_SLICE("");

	for (uint32_t i = 0; i < seen->why.count; i++)
		if (seen->why.lines[i].change)
			reason(p, &seen->why, &seen->why.lines[i]);
	if (m->has_tiers && c->tier[PPM_BEFORE] != c->tier[PPM_AFTER])
		tiers = shown(p, ppm_change_tier_cause(p->arena, p->report->changes, m->tiers[c->tier[PPM_BEFORE]], m->tiers[c->tier[PPM_AFTER]], seen->rows));
	if (tiers.size)
		ppm_buffer_format(p->out, p->markdown ? "  - tiers: %s\n" : "        tier  %s\n", tiers.data);
}

static struct ppm_slice score_of(struct page *p, const struct ppm_moved_customer *c, int side)
{
	struct ppm_buffer buffer;
	int places = p->moves->options.plans[side]->places;

	if (!c->has_score[side])
		return PPM_SLICE("");
	ppm_buffer_init(&buffer, p->arena->allocator);
	append_decimal(&buffer, c->score[side], p->moves->places, false, (unsigned)places, false);
	return taken(p, &buffer);
}

static void customer(struct page *p, const struct ppm_moved_customer *c, const struct ppm_moves_customer *seen, bool again)
{
	const struct ppm_moves *m = p->moves;
	struct ppm_slice key = customer_name(p, ppm_buffer_slice(&c->key), c->line);

	ppm_buffer_format(p->out, p->markdown ? "- **%s**" : "  %s", key.data);
	if (m->has_score[PPM_BEFORE] || m->has_score[PPM_AFTER])
		before_and_after(p, PPM_SLICE("score"), score_of(p, c, PPM_BEFORE), score_of(p, c, PPM_AFTER));
	if (m->has_tiers)
		before_and_after(p, PPM_SLICE("tier"), tier_name(p, c->tier[PPM_BEFORE]), tier_name(p, c->tier[PPM_AFTER]));
	if (m->has_value)
		before_and_after(p, value_name(p), p->moves->options.has_value[PPM_BEFORE] ? own_value(p, seen, PPM_BEFORE) : own_value(p, seen, PPM_AFTER),
			p->moves->options.has_value[PPM_AFTER] ? own_value(p, seen, PPM_AFTER) : own_value(p, seen, PPM_BEFORE));
	ppm_buffer_append_text(p->out, again ? "; see above\n" : "\n");
	if (!again)
		reasons(p, c, seen);
}

static void top(struct page *p, enum ppm_top which, const char *title)
{
	const struct ppm_moved_customers *customers = &p->moves->tops[which];

	if (!customers->count)
		return;
	section(p, ppm_slice_of(title));
	for (uint32_t i = 0; i < customers->count; i++)
		customer(p, &customers->items[i], &p->report->customers[which][i],
			which == PPM_TOP_CHANGES && ppm_moves_place(p->moves, PPM_TOP_MOVES, customers->items[i].index) != PPM_NO_ID);
	if (which == PPM_TOP_MOVES && p->moves->moved.count > customers->count)
		ppm_buffer_format(p->out, "%s%s more\n", p->markdown ? "- and " : "  and ", count_of(p, p->moves->moved.count - customers->count).data);
}

// ---- conditions ---------------------------------------------------------------------------------------------------------

void ppm_moves_condition_figures(const struct ppm_moves_report *report, const struct ppm_condition *condition, struct ppm_buffer *out)
{
	uint32_t figures[PPM_CONDITION_FIGURES], count = ppm_condition_figures(condition, figures, PPM_CONDITION_FIGURES);

	for (uint32_t i = 0; i < count; i++) {
		const struct ppm_figure *figure = ppm_figure_at(figures[i]);
		ppm_int128 value, whole;
		if (!ppm_figure_value(report->moves, figures[i], &value, &whole))
			continue;
		ppm_buffer_format(out, "%s%s = ", i ? ", " : "", figure->name);
		append_decimal(out, value, PPM_EXACT_PLACES, figure->unit == PPM_FIGURE_VALUE && report->is_money, 0, false);
		if (whole) {
			ppm_buffer_append_text(out, " (");
			append_share(out, value, whole);
			ppm_buffer_append_char(out, ')');
		}
	}
}

static void conditions(struct page *p)
{
	if (!p->report->condition_count)
		return;
	section(p, PPM_SLICE("conditions"));
	for (uint32_t i = 0; i < p->report->condition_count; i++) {
		const struct ppm_moves_condition *c = &p->report->conditions[i];
		ppm_buffer_format(p->out, "%s%s: %s; ", p->markdown ? "- " : "  ", c->holds ? "FAILED" : "passed", shown(p, c->condition.text).data);
		ppm_moves_condition_figures(p->report, &c->condition, p->out);
		ppm_buffer_append_char(p->out, '\n');
	}
}

static void page(struct page *p)
{
	const struct ppm_moves *m = p->moves;

	summary(p);
	conditions(p);
	if (m->has_tiers && m->compared)
		migration(p);
	if (m->has_tiers && m->moved.count) {
		section(p, PPM_SLICE("moves"));
		ways(p, m->tiers, m->tier_count, m->cells, "(no tier)");
	}
	rules(p);
	top(p, PPM_TOP_MOVES, m->has_value ? "who moves, by value" : "who moves");
	top(p, PPM_TOP_CHANGES, "largest changes of a score");
	barred(p, &m->barred, PPM_AFTER, "disqualified now");
	barred(p, &m->lifted, PPM_BEFORE, "disqualified no longer");
	for (uint32_t i = 0; i < m->segment_count; i++) {
		const struct ppm_moves_segment *segment = &m->segments[i];
		if (!segment->changed)
			continue;
		section(p,
			ppm_arena_format(p->arena, "segment %s: %s customer%s move%s", shown(p, segment->name).data, count_of(p, segment->changed).data, plural(segment->changed),
				segment->changed == 1 ? "s" : ""));
		ways(p, segment->arms, segment->arm_count, segment->cells, "(none)");
	}
	if (m->compared && (m->has_score[PPM_BEFORE] || m->has_score[PPM_AFTER]))
		scores(p);
	p->out->failed = p->out->failed || p->arena->failed;
}

void ppm_moves_text(const struct ppm_moves_report *report, bool colour, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct page p = { .report = report, .moves = report->moves, .arena = arena, .out = out, .colour = colour };
	page(&p);
}

void ppm_moves_markdown(const struct ppm_moves_report *report, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct page p = { .report = report, .moves = report->moves, .arena = arena, .out = out, .markdown = true };
	page(&p);
}

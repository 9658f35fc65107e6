// An explanation for people: as a table on a terminal, and as Markdown. Whatever comes from data or from a model is escaped before it is measured or shown.

#include "lang/explain/explain.h"

#include "runtime/base/date.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define SHOWN_LIMIT 200 // bytes of one value
#define BOLD "\x1b[1m"
#define FAINT "\x1b[2m"
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define PLAIN "\x1b[0m"

struct page {
	const struct ppm_explained_row *row;
	const struct ppm_waterfall *waterfall;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool colour, markdown;
};

enum { CHANGE, RULE, OUTCOME, POINTS, LINE, WHY, COLUMNS };

struct table_row {
	struct ppm_slice cells[COLUMNS];
	const char *style; // NULL: plain
};

static struct ppm_slice shown(struct page *p, struct ppm_slice text)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	ppm_text_append_escaped(&buffer, text, SHOWN_LIMIT, false);
	return ppm_arena_take(p->arena, &buffer);
}

static void append(struct page *p, struct ppm_slice text)
{
	ppm_buffer_append(p->out, text.data, text.size);
}

// A cell of the row, "(missing)" where there is no value.
static struct ppm_slice cell(struct page *p, uint32_t result)
{
	return ppm_explained_has(p->row, result) ? shown(p, p->row->cells[result].text) : PPM_SLICE("(missing)");
}

static void styled(struct page *p, const char *style, struct ppm_slice text)
{
	if (p->colour)
		ppm_buffer_append_text(p->out, style);
	if (p->markdown) {
		ppm_buffer_append_text(p->out, "**");
		ppm_text_append_markdown(p->out, text, 0);
	} else
		append(p, text);
	if (p->markdown)
		ppm_buffer_append_text(p->out, "**");
	if (p->colour)
		ppm_buffer_append_text(p->out, PLAIN);
}

static void append_reads(struct page *p, const struct ppm_explain_reads *reads, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < reads->count; i++) {
		struct ppm_slice name = shown(p, reads->items[i].text), value = cell(p, reads->items[i].result);
		ppm_buffer_format(out, "%s%.*s = %.*s", i ? ", " : "", (int)name.size, name.data, (int)value.size, value.data);
	}
}

// ---- the head -----------------------------------------------------------------------------------------------------------

static void head(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	struct ppm_buffer title;
	ppm_buffer_init(&title, p->arena->allocator);
	if (about->key != PPM_NO_ID) {
		struct ppm_slice key = cell(p, about->key), name = shown(p, about->key_name);
		ppm_buffer_format(&title, "%.*s %.*s", (int)name.size, name.data, (int)key.size, key.data);
	} else
		ppm_buffer_format(&title, "line %llu", (unsigned long long)p->row->line);
	struct ppm_slice text = ppm_arena_take(p->arena, &title);
	if (p->markdown) {
		ppm_buffer_append_text(p->out, "## ");
		ppm_text_append_markdown(p->out, text, 0);
	} else
		styled(p, BOLD, text);
	if (p->row->line && !p->markdown) {
		struct ppm_slice file = shown(p, p->row->file);
		ppm_buffer_format(p->out, ", %.*s:%llu", (int)file.size, file.data, (unsigned long long)p->row->line);
	}
	ppm_buffer_append_text(p->out, p->markdown ? "\n\n" : "\n");
	bool any = false;
	const struct {
		const char *name;
		uint32_t result;
	} facts[] = { { "score", about->score }, { "tier", about->tier }, { "evidence", about->evidence } };
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (facts[i].result == PPM_NO_ID)
			continue;
		ppm_buffer_format(p->out, "%s%s ", any ? ", " : "", facts[i].name);
		styled(p, BOLD, cell(p, facts[i].result));
		any = true;
	}
	bool open = ppm_explained_has(p->row, about->score_low) && ppm_explained_has(p->row, about->score_high) &&
		!ppm_slice_equal(p->row->cells[about->score_low].text, p->row->cells[about->score_high].text);
	if (open) {
		struct ppm_slice low = cell(p, about->score_low), high = cell(p, about->score_high);
		ppm_buffer_format(p->out, "; what is unknown could make it %.*s to %.*s", (int)low.size, low.data, (int)high.size, high.data);
	}
	ppm_buffer_append_text(p->out, any ? "\n" : "the model has no rules, so that nobody has a score\n");
}

// ---- the waterfall ------------------------------------------------------------------------------------------------------

static struct ppm_slice change_of(struct page *p, const struct ppm_waterfall_line *line)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, p->arena->allocator);
	if (line->has_change)
		ppm_explain_units(&text, line->change, p->waterfall->places, true);
	return ppm_arena_take(p->arena, &text);
}

static struct ppm_slice points_of(struct page *p, const struct ppm_waterfall_line *line)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, p->arena->allocator);
	if (line->outcome && line->outcome != PPM_OUTCOME_UNKNOWN) {
		ppm_explain_points(&text, line->points);
		if (line->dimension != PPM_NO_DIMENSION) {
			ppm_buffer_append_text(&text, " of ");
			ppm_explain_points(&text, line->best);
		}
	}
	return ppm_arena_take(p->arena, &text);
}

static struct ppm_slice line_of(struct page *p, struct ppm_span span)
{
	struct ppm_slice file;
	uint32_t line = ppm_explain_place(p->row, span, &file);
	if (!line)
		return PPM_SLICE("");
	const struct ppm_source *first = p->row->sources->first;
	if (first && ppm_slice_equal(first->path, file))
		return ppm_arena_format(p->arena, "%u", line);
	file = shown(p, file);
	return ppm_arena_format(p->arena, "%.*s:%u", (int)file.size, file.data, line);
}

static struct ppm_slice why_of(struct page *p, const struct ppm_waterfall_line *line)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, p->arena->allocator);
	if (line->kind == PPM_LINE_MEMBER && line->counts)
		ppm_buffer_append_text(&text, "counts; ");
	if (line->outcome && p->row->about->rules[line->rule->index].points != PPM_NO_ID) {
		const struct ppm_explain_rule *rule = &p->row->about->rules[line->rule->index];
		if (line->outcome == PPM_OUTCOME_FIRED && ppm_explained_has(p->row, rule->reason)) {
			struct ppm_slice reason = cell(p, rule->reason);
			ppm_buffer_format(&text, "%.*s; ", (int)reason.size, reason.data);
		}
		append_reads(p, &rule->reads, &text);
	}
	if (text.size >= 2 && text.data[text.size - 1] == ' ')
		text.size -= 2;
	return ppm_arena_take(p->arena, &text);
}

static struct ppm_slice dimension_words(struct page *p, uint32_t index)
{
	const struct ppm_plan_dimension *d = &p->row->about->plan->dimensions[index];
	const struct ppm_waterfall_dimension *w = &p->waterfall->dimensions[index];
	struct ppm_buffer text;
	ppm_buffer_init(&text, p->arena->allocator);
	if (!w->known)
		ppm_buffer_append_text(&text, "nothing is known, so it is left out");
	else {
		double value;
		char digits[PPM_NUMBER_TEXT], all[PPM_NUMBER_TEXT];
		uint32_t result = p->row->about->dimensions[index];
		if (ppm_explained_has(p->row, result) && ppm_number_parse(p->row->cells[result].json, &value) == PPM_NUMBER_FINE)
			ppm_buffer_append(&text, digits, ppm_number_write(ppm_number_round_places(value, 100), digits));
		ppm_buffer_append_text(&text, " of 100");
		if (p->row->about->plan->dimension_count > 1)
			ppm_buffer_format(&text, ", weight %s of %s", ppm_number_text(d->weight, digits), ppm_number_text(p->waterfall->weights, all));
		ppm_buffer_append_text(&text, "; points ");
		ppm_explain_points(&text, w->points);
		ppm_buffer_append_text(&text, " in ");
		ppm_explain_points(&text, w->low);
		ppm_buffer_append_text(&text, " to ");
		ppm_explain_points(&text, w->high);
	}
	return ppm_arena_take(p->arena, &text);
}

static struct ppm_slice indented(struct page *p, struct ppm_slice name, uint32_t depth)
{
	name = shown(p, name);
	return ppm_arena_format(p->arena, "%*s%.*s", (int)(2 * depth), "", (int)name.size, name.data);
}

// The rows of the table; returns how many. There is room for two more than lines and dimensions together.
static uint32_t fill(struct page *p, struct table_row *rows)
{
	const struct ppm_waterfall *w = p->waterfall;
	const struct ppm_plan *plan = p->row->about->plan;
	bool named = plan->dimension_count && plan->dimensions[0].name.size;
	uint32_t count = 0, dimension = PPM_NO_DIMENSION;
	struct ppm_buffer text;
	ppm_buffer_init(&text, p->arena->allocator);
	ppm_explain_units(&text, w->start, w->places, false);
	rows[count++] = (struct table_row){ { [CHANGE] = ppm_arena_take(p->arena, &text), [RULE] = PPM_SLICE("the perfect customer") }, BOLD };
	if (!w->has_score)
		rows[0].cells[CHANGE] = PPM_SLICE("");
	bool adjusting = false;
	for (uint32_t i = 0; i < w->count; i++) {
		const struct ppm_waterfall_line *line = &w->lines[i];
		if (line->dimension != PPM_NO_DIMENSION && line->dimension != dimension) {
			dimension = line->dimension;
			rows[count++] =
				(struct table_row){ { [RULE] = named ? shown(p, plan->dimensions[dimension].name) : PPM_SLICE("rules"), [WHY] = dimension_words(p, dimension) },
					BOLD };
		}
		if (line->dimension == PPM_NO_DIMENSION && line->rule && !adjusting) {
			adjusting = true;
			rows[count++] = (struct table_row){ { [RULE] = PPM_SLICE("adjust") }, BOLD };
		}
		uint32_t indent = (line->dimension != PPM_NO_DIMENSION || line->rule ? 1 : 0) + line->depth;
		const char *style = line->has_change && line->change < 0 ? RED : line->has_change && line->change > 0 ? GREEN : FAINT;
		rows[count++] =
			(struct table_row){ { change_of(p, line), indented(p, ppm_explain_line_name(p->row, line, p->arena), indent), ppm_slice_of(ppm_outcome_word(line->outcome)),
						    points_of(p, line), line->rule && line->kind != PPM_LINE_CAP ? line_of(p, line->rule->span) : PPM_SLICE(""), why_of(p, line) },
				style };
	}
	ppm_buffer_init(&text, p->arena->allocator);
	if (w->has_score)
		ppm_explain_units(&text, w->score, w->places, false);
	rows[count++] = (struct table_row){
		{ [CHANGE] = ppm_arena_take(p->arena, &text), [RULE] = w->has_score ? PPM_SLICE("score") : PPM_SLICE("nothing is known, so there is no score") }, BOLD
	};
	return count;
}

static const char *const titles[COLUMNS] = { "change", "rule", "outcome", "points", "line", "why" };

static size_t width_of(struct ppm_slice text)
{
	return text.size ? ppm_utf8_width(text.data, text.size) : 0;
}

static void text_table(struct page *p, const struct table_row *rows, uint32_t count)
{
	size_t widths[COLUMNS];
	for (int c = 0; c < COLUMNS; c++) {
		widths[c] = strlen(titles[c]);
		for (uint32_t i = 0; i < count; i++) {
			size_t width = width_of(rows[i].cells[c]);
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (uint32_t i = 0; i <= count; i++) {
		const struct table_row *row = i ? &rows[i - 1] : NULL;
		size_t blanks = 0;
		if (p->colour)
			ppm_buffer_append_text(p->out, !row ? FAINT : row->style ? row->style : "");
		for (int c = 0; c < COLUMNS; c++) {
			struct ppm_slice text = row ? row->cells[c] : ppm_slice_of(titles[c]);
			size_t width = width_of(text);
			bool right = c == CHANGE || c == POINTS || c == LINE;
			if (right)
				blanks += widths[c] - width;
			if (text.size) {
				ppm_buffer_format(p->out, "%*s", (int)blanks, "");
				append(p, text);
				blanks = 0;
			}
			blanks += (right && text.size ? 0 : right ? width : widths[c] - width) + 2;
		}
		if (p->colour)
			ppm_buffer_append_text(p->out, PLAIN);
		ppm_buffer_append_char(p->out, '\n');
	}
}

static void markdown_table(struct page *p, const struct table_row *rows, uint32_t count)
{
	for (int c = 0; c < COLUMNS; c++)
		ppm_buffer_format(p->out, "| %s ", titles[c]);
	ppm_buffer_append_text(p->out, "|\n|---:|---|---|---:|---:|---|\n");
	for (uint32_t i = 0; i < count; i++) {
		bool bold = rows[i].style && !strcmp(rows[i].style, BOLD);
		for (int c = 0; c < COLUMNS; c++) {
			struct ppm_slice text = rows[i].cells[c];
			size_t indent = 0;
			while (c == RULE && indent < text.size && text.data[indent] == ' ')
				indent++;
			ppm_buffer_append_text(p->out, "| ");
			for (size_t k = 2; k < indent; k++)
				ppm_buffer_append_text(p->out, "&nbsp;");
			if (bold && text.size && c < OUTCOME)
				ppm_buffer_append_text(p->out, "**");
			ppm_text_append_markdown(p->out, indent ? (struct ppm_slice){ text.data + indent, text.size - indent } : text, 0);
			if (bold && text.size && c < OUTCOME)
				ppm_buffer_append_text(p->out, "**");
			ppm_buffer_append_text(p->out, text.size ? " " : "");
		}
		ppm_buffer_append_text(p->out, "|\n");
	}
}

static void waterfall(struct page *p)
{
	uint32_t room = p->waterfall->count + (uint32_t)p->row->about->plan->dimension_count + 4, count;
	struct table_row *rows = ppm_arena_allocate(p->arena, room, sizeof *rows);
	if (!rows) {
		p->out->failed = true;
		return;
	}
	ppm_buffer_append_char(p->out, '\n');
	count = fill(p, rows);
	if (p->markdown)
		markdown_table(p, rows, count);
	else
		text_table(p, rows, count);
}

// ---- below it -----------------------------------------------------------------------------------------------------------

static void section(struct page *p, const char *title)
{
	ppm_buffer_append_char(p->out, '\n');
	if (p->markdown)
		ppm_buffer_format(p->out, "### %s\n\n", title);
	else {
		styled(p, BOLD, ppm_slice_of(title));
		ppm_buffer_append_char(p->out, '\n');
	}
}

static void begin_item(struct page *p, int depth)
{
	ppm_buffer_format(p->out, "%*s%s", 2 * depth + (p->markdown ? 0 : 2), "", p->markdown ? "- " : "");
}

static void clause(struct page *p, const struct ppm_explain_clause *c)
{
	bool above;
	struct ppm_slice gap = ppm_explain_gap(p->row, c, p->arena, &above);
	begin_item(p, 1);
	append(p, shown(p, c->text));
	ppm_buffer_append_text(p->out, ": ");
	append_reads(p, &c->reads, p->out);
	if (ppm_slice_is(gap, "0") || ppm_slice_is(gap, "0%"))
		ppm_buffer_append_text(p->out, ", which is just the limit");
	else if (gap.size)
		ppm_buffer_format(p->out, ", %.*s too %s", (int)gap.size, gap.data, above ? "much" : "little");
	ppm_buffer_append_char(p->out, '\n');
}

static void tiers(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	const struct ppm_plan *plan = about->plan;
	uint32_t missed, result = ppm_explain_action(p->row);
	if (!plan->tier_count)
		return;
	ppm_explain_tier(p->row, &missed);
	struct ppm_slice rules = cell(p, about->tier_by_rules), tier = cell(p, about->tier);
	section(p, "tier");
	begin_item(p, 0);
	append(p, tier);
	if (!ppm_slice_equal(rules, tier))
		ppm_buffer_format(p->out, ", by the rules %.*s", (int)rules.size, rules.data);
	if (ppm_explained_has(p->row, result)) {
		struct ppm_slice action = cell(p, result);
		ppm_buffer_format(p->out, ": %.*s", (int)action.size, action.data);
	}
	ppm_buffer_append_char(p->out, '\n');
	if (missed == PPM_NO_ID)
		return;
	begin_item(p, 0);
	struct ppm_slice name = shown(p, plan->tiers[missed].name);
	ppm_buffer_format(p->out, "%.*s is missed by\n", (int)name.size, name.data);
	for (uint32_t i = 0; i < about->tiers[missed].clause_count; i++)
		if (!ppm_explained_is(p->row, about->tiers[missed].clauses[i].holds))
			clause(p, &about->tiers[missed].clauses[i]);
}

static void disqualifiers(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	const struct ppm_plan *plan = about->plan;
	bool any = false;
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		const struct ppm_explain_disqualifier *d = &about->disqualifiers[i];
		bool holds = ppm_explained_is(p->row, d->holds), unknown = !ppm_explained_has(p->row, d->holds) && !plan->disqualifiers[i].missing_passes;
		if (!holds && !unknown)
			continue;
		if (!any)
			section(p, "disqualified");
		any = true;
		begin_item(p, 0);
		struct ppm_slice name = shown(p, plan->disqualifiers[i].name), line = line_of(p, plan->disqualifiers[i].span);
		ppm_buffer_format(p->out, "%.*s (line %.*s)%s", (int)name.size, name.data, (int)line.size, line.data, holds ? ": " : " is unknown: ");
		if (holds && ppm_explained_has(p->row, d->reason)) {
			append(p, cell(p, d->reason));
			ppm_buffer_append_text(p->out, "; ");
		}
		append_reads(p, &d->reads, p->out);
		ppm_buffer_append_char(p->out, '\n');
	}
}

// One of a dataset, in the words of one that the model has.
static void overriding(struct page *p, const struct ppm_explain_overriding *o)
{
	struct ppm_slice file, tier = cell(p, o->tier), by = cell(p, o->by), because = cell(p, o->because), dataset = shown(p, o->dataset), until = cell(p, o->until);
	uint64_t line = ppm_explain_overriding_line(p->row, o, &file);
	bool expired = ppm_explain_has_expired(p->row, o), is_signed = ppm_explained_has(p->row, o->by) && ppm_explained_has(p->row, o->because);
	if (!ppm_explained_has(p->row, o->by))
		by = PPM_SLICE("nobody");
	begin_item(p, 0);
	ppm_buffer_format(p->out, "tier %.*s by %.*s (", (int)tier.size, tier.data, (int)by.size, by.data);
	if (line) {
		file = shown(p, file);
		ppm_buffer_format(p->out, "%.*s:%llu)", (int)file.size, file.data, (unsigned long long)line);
	} else
		ppm_buffer_format(p->out, "a row of %.*s)", (int)dataset.size, dataset.data);
	if (ppm_explained_has(p->row, o->until))
		ppm_buffer_format(p->out, ", until %.*s%s", (int)until.size, until.data, expired ? ", expired" : "");
	if (!is_signed)
		ppm_buffer_append_text(p->out, ", without effect as it does not say by whom and why");
	else if (!expired && !ppm_explained_is(p->row, p->row->about->overridden))
		ppm_buffer_append_text(p->out, ", without effect");
	ppm_buffer_format(p->out, ": %.*s\n", (int)because.size, because.data);
}

static void overrides(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	bool any = false;
	for (uint32_t i = 0; i < about->override_count; i++) {
		const struct ppm_explain_override *o = &about->overrides[i];
		if (!ppm_explained_is(p->row, o->is_key))
			continue;
		if (!any)
			section(p, "overrides");
		any = true;
		begin_item(p, 0);
		struct ppm_slice tier = shown(p, o->tier), by = shown(p, o->by), because = shown(p, o->because), line = line_of(p, o->span);
		ppm_buffer_format(p->out, "tier %.*s by %.*s (line %.*s)", (int)tier.size, tier.data, (int)by.size, by.data, (int)line.size, line.data);
		if (o->has_until) {
			char day[10];
			ppm_date_write(o->until, day);
			ppm_buffer_format(p->out, ", until %.10s%s", day, o->expired ? ", expired" : "");
		}
		if (!o->expired && !ppm_explained_is(p->row, about->overridden))
			ppm_buffer_append_text(p->out, ", without effect");
		ppm_buffer_format(p->out, ": %.*s\n", (int)because.size, because.data);
	}
	for (uint32_t i = 0; i < about->overriding_count; i++) {
		const struct ppm_explain_overriding *o = &about->overridings[i];
		if (!ppm_explained_has(p->row, o->tier))
			continue;
		if (!any)
			section(p, "overrides");
		any = true;
		overriding(p, o);
	}
}

static void opinions(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	const struct ppm_plan *plan = about->plan;
	if (plan->perspective_count + plan->segment_count == 0)
		return;
	section(p, "other views");
	for (size_t i = 0; i < plan->perspective_count + plan->segment_count; i++) {
		bool segment = i >= plan->perspective_count;
		struct ppm_slice name = shown(p, segment ? plan->segments[i - plan->perspective_count].name : plan->perspectives[i].name);
		struct ppm_slice value = cell(p, segment ? about->segments[i - plan->perspective_count] : about->perspectives[i]);
		begin_item(p, 0);
		ppm_buffer_format(p->out, "%s%.*s = %.*s\n", segment ? "" : "score_", (int)name.size, name.data, (int)value.size, value.data);
	}
}

// The rows that a figure is made of: `invoices.csv:17, 4711: 100.00`.
static void rows_behind(struct page *p, const struct ppm_explain_value *value_of, const struct ppm_watched_figure *figure)
{
	int depth = value_of->name.size && value_of->written.size ? 2 : 1;
	bool lists = figure->action->kind != PPM_ACTION_RANK, gathers = figure->action->kind == PPM_ACTION_GATHER;
	uint64_t linked = figure->counted + figure->left_out;
	if (!lists || !gathers) {
		begin_item(p, depth);
		bool ranks = !lists && figure->action->rank == PPM_RANK_RANK && ppm_explained_has(p->row, value_of->result);
		if (ranks) {
			struct ppm_slice place = cell(p, value_of->result);
			ppm_buffer_format(p->out, "place %.*s ", (int)place.size, place.data);
			if (!figure->others)
				ppm_buffer_format(p->out, "of %llu", (unsigned long long)linked);
		}
		if (!lists && figure->others)
			ppm_buffer_format(p->out, "among %llu other%s", (unsigned long long)linked, linked == 1 ? "" : "s");
		else if (!lists && !ranks)
			ppm_buffer_format(p->out, "among %llu row%s", (unsigned long long)linked, linked == 1 ? "" : "s");
		else if (lists && figure->left_out)
			ppm_buffer_format(p->out, "%llu of %llu row%s", (unsigned long long)figure->counted, (unsigned long long)linked, linked == 1 ? "" : "s");
		else if (lists)
			ppm_buffer_format(p->out, "%llu row%s", (unsigned long long)linked, linked == 1 ? "" : "s");
		ppm_buffer_append_char(p->out, '\n');
	}
	for (uint32_t i = 0; i < figure->row_count; i++) {
		const struct ppm_watched_row *row = &figure->rows[i];
		struct ppm_slice file = shown(p, p->row->files[row->against ? p->row->job->table_count : figure->table]), key = shown(p, row->key), value = shown(p, row->text);
		begin_item(p, depth);
		if (row->line)
			ppm_buffer_format(p->out, "%.*s:%llu%s", (int)file.size, file.data, (unsigned long long)row->line, key.size ? ", " : "");
		append(p, key);
		if (value.size && !gathers)
			ppm_buffer_format(p->out, ": %.*s", (int)value.size, value.data);
		if (row->level > 1)
			ppm_buffer_format(p->out, ", %u levels below", row->level);
		ppm_buffer_append_text(p->out, row->counts ? "\n" : ", left out\n");
	}
	if (linked > figure->row_count && lists) {
		begin_item(p, depth);
		ppm_buffer_format(p->out, "and %llu more\n", (unsigned long long)(linked - figure->row_count));
	}
}

static void values(struct page *p, const char *title, const struct ppm_explain_value *list, uint32_t count)
{
	if (!count)
		return;
	section(p, title);
	for (uint32_t i = 0; i < count; i++) {
		struct ppm_slice name = shown(p, list[i].name.size ? list[i].name : list[i].written), value = cell(p, list[i].result), line = line_of(p, list[i].span);
		begin_item(p, 0);
		ppm_buffer_format(p->out, "%.*s = %.*s", (int)name.size, name.data, (int)value.size, value.data);
		if (line.size)
			ppm_buffer_format(p->out, " (line %.*s)", (int)line.size, line.data);
		ppm_buffer_append_char(p->out, '\n');
		if (list[i].name.size && list[i].written.size) {
			begin_item(p, 1);
			append(p, shown(p, list[i].written));
			ppm_buffer_append_char(p->out, '\n');
		}
		const struct ppm_watched_figure *figure = ppm_explain_rows_of(p->row, &list[i]);
		if (figure)
			rows_behind(p, &list[i], figure);
		for (uint32_t k = 0; k < list[i].reads.count; k++) {
			struct ppm_slice read = shown(p, list[i].reads.items[k].text), of = cell(p, list[i].reads.items[k].result);
			begin_item(p, 2);
			ppm_buffer_format(p->out, "%.*s = %.*s\n", (int)read.size, read.data, (int)of.size, of.data);
		}
	}
}

// What to ask for.
static void unknown(struct page *p)
{
	struct ppm_explain_fact *facts;
	uint32_t count = p->row->ask ? ppm_explain_facts(p->row, p->waterfall, p->arena, &facts) : 0;
	if (!p->row->ask)
		return;
	section(p, "worth asking for");
	for (uint32_t i = 0; i < count; i++) {
		struct ppm_slice name = shown(p, facts[i].name), rules = shown(p, facts[i].rules);
		char text[400];
		size_t size = ppm_number_write_fixed(facts[i].stake, 2, text);
		begin_item(p, 0);
		ppm_buffer_format(p->out, "%.*s: ", (int)name.size, name.data);
		if (rules.size)
			ppm_buffer_format(p->out, "up to %.*s points of the score (%.*s)", (int)size, text, (int)rules.size, rules.data);
		for (uint32_t k = 0; facts[i].ask && k < facts[i].ask->count; k++) {
			const struct ppm_ask_tier *tier = &facts[i].ask->tiers[k];
			struct ppm_slice value = ppm_path_value(&p->row->facts[facts[i].ask->fact], &tier->change, p->arena), made = shown(p, tier->outcome.tier_name);
			ppm_buffer_format(p->out, "%s%.*s makes it %.*s", k || rules.size ? "; " : "", (int)value.size, value.data, (int)made.size, made.data);
		}
		ppm_buffer_append_char(p->out, '\n');
	}
	if (!count) {
		begin_item(p, 0);
		ppm_buffer_append_text(p->out, "nothing: every rule is decided\n");
	}
}

// What leads to another tier.
static void paths(struct page *p)
{
	const struct ppm_paths *paths = p->row->paths;
	const struct ppm_explanation *about = p->row->about;
	bool figure = false;
	if (!paths)
		return;
	struct ppm_slice name =
		paths->answer >= PPM_PATH_OVERRIDDEN || paths->answer == PPM_PATH_TOP ? PPM_SLICE("another tier") : shown(p, about->plan->tiers[paths->target].name);
	struct ppm_slice title = ppm_arena_format(p->arena, "what would lead to %.*s", (int)name.size, name.data ? name.data : "");
	section(p, title.data ? title.data : "");
	for (uint32_t i = 0; i < paths->count; i++) {
		struct ppm_slice words = ppm_path_words(p->row, &paths->paths[i], p->arena), outcome = ppm_path_outcome(p->row, &paths->paths[i].outcome, p->arena);
		begin_item(p, 0);
		ppm_buffer_format(p->out, "%.*s: %.*s\n", (int)words.size, words.data, (int)outcome.size, outcome.data);
		figure = figure || ppm_path_has_figure(p->row, &paths->paths[i]);
	}
	if (!paths->count)
		begin_item(p, 0);
	if (paths->answer == PPM_PATH_TOP)
		ppm_buffer_append_text(p->out, "no tier above this one; `--to NAME` asks for another\n");
	if (paths->answer == PPM_PATH_THERE)
		ppm_buffer_append_text(p->out, "nothing has to change\n");
	if (paths->answer == PPM_PATH_OVERRIDDEN)
		ppm_buffer_format(p->out, "nothing: an override gives the tier, whatever the facts%s\n", ppm_explain_exception(p->row).sure ? "" : ", unless they disqualify");
	if (paths->answer == PPM_PATH_TOO_LARGE)
		ppm_buffer_append_text(p->out, "not looked for: the row is compared with all others, and the file is too large to read it again for each try\n");
	if (paths->answer == PPM_PATH_NOTHING) {
		ppm_buffer_format(p->out, "nothing that was found, with up to %u facts changed\n", paths->depth);
		if (paths->has_best) {
			struct ppm_slice words = ppm_path_words(p->row, &paths->best, p->arena), outcome = ppm_path_outcome(p->row, &paths->best.outcome, p->arena);
			begin_item(p, 0);
			ppm_buffer_format(p->out, "the most is %.*s: %.*s\n", (int)outcome.size, outcome.data, (int)words.size, words.data);
		}
	}
	if (paths->limited) {
		begin_item(p, 0);
		ppm_buffer_format(p->out, "the search ended at its limit, after %llu tries\n", (unsigned long long)paths->tried);
	}
	if (figure) {
		begin_item(p, 0);
		ppm_buffer_append_text(p->out, "a figure over other rows is changed as a whole\n");
	}
	if (about->compares && paths->count) {
		begin_item(p, 0);
		ppm_buffer_append_text(p->out, "with all other rows as they are\n");
	}
}

// What stands below the table: lists of plain words.
static void sections(struct page *p)
{
	const struct ppm_explanation *about = p->row->about;
	unknown(p);
	tiers(p);
	paths(p);
	disqualifiers(p);
	overrides(p);
	opinions(p);
	values(p, "figures over other rows", about->figures, about->figure_count);
	values(p, "values", about->values, about->value_count);
}

// In Markdown only the marks of lists and headings are ours; whatever follows on them is words of a model or of data.
static void guarded_sections(struct page *p)
{
	struct ppm_buffer plain, *out = p->out;
	ppm_buffer_init(&plain, out->allocator);
	p->out = &plain;
	sections(p);
	p->out = out;
	for (size_t at = 0; at < plain.size;) {
		const char *line = plain.data + at, *end = memchr(line, '\n', plain.size - at);
		size_t size = end ? (size_t)(end - line) : plain.size - at, marks = 0;
		while (marks < size && line[marks] == ' ')
			marks++;
		if (size - marks >= 2 && !memcmp(line + marks, "- ", 2))
			marks += 2;
		else if (size - marks >= 4 && !memcmp(line + marks, "### ", 4))
			marks += 4;
		ppm_buffer_append(out, line, marks);
		ppm_text_append_markdown(out, (struct ppm_slice){ line + marks, size - marks }, 0);
		ppm_buffer_append_char(out, '\n');
		at += size + 1;
	}
	out->failed = out->failed || plain.failed;
	ppm_buffer_free(&plain);
}

static void page(struct page *p)
{
	head(p);
	if (p->row->about->score != PPM_NO_ID)
		waterfall(p);
	if (p->markdown)
		guarded_sections(p);
	else
		sections(p);
	p->out->failed = p->out->failed || p->arena->failed;
}

void ppm_explain_text(const struct ppm_explained_row *row, const struct ppm_waterfall *w, bool colour, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct page p = { .row = row, .waterfall = w, .arena = arena, .out = out, .colour = colour };
	page(&p);
}

void ppm_explain_markdown(const struct ppm_explained_row *row, const struct ppm_waterfall *w, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct page p = { .row = row, .waterfall = w, .arena = arena, .out = out, .markdown = true };
	page(&p);
}

// A backtest for people: as tables on a terminal, and as Markdown. Whatever comes from data or from a model is escaped before it is measured or shown.
#include "lang/backtest/backtest_internal.h"

#include "runtime/base/text.h"

#include <math.h>

#define BOLD "\x1b[1m"
#define FAINT "\x1b[2m"
#define RED "\x1b[31m"
#define PLAIN "\x1b[0m"
#define COLUMNS_MOST 12

struct page {
	const struct ppm_backtest *b;
	const struct ppm_source_map *sources;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool colour, markdown;
	struct ppm_slice file;
};

// Rows of cells, the first with the titles. Columns are to the right but those whose bit in `left` is set.
struct table {
	uint32_t columns, rows, left;
	const char **cells;
};

static bool new_table(struct page *p, struct table *table, uint32_t columns, size_t rows, uint32_t left)
{
	*table = (struct table){ columns, 0, left, ppm_arena_allocate(p->arena, (rows + 1) * columns, sizeof *table->cells) };
	return table->cells != NULL;
}

// The next row's cells, to be filled.
static const char **next(struct table *table)
{
	const char **row = table->cells + (size_t)table->columns * table->rows++;
	for (uint32_t c = 0; c < table->columns; c++)
		row[c] = "";
	return row;
}

static size_t width_of(const char *text)
{
	return ppm_utf8_width(text, strlen(text));
}

// Bars end cells in Markdown, and some characters are marks there.
static void guarded(struct page *p, const char *text)
{
	for (; *text; text++) {
		if (p->markdown && strchr("|<*_\\", *text))
			ppm_buffer_append_char(p->out, '\\');
		ppm_buffer_append_char(p->out, *text);
	}
}

static void markdown_table(struct page *p, const struct table *table)
{
	for (uint32_t r = 0; r < table->rows; r++) {
		for (uint32_t c = 0; c < table->columns; c++) {
			ppm_buffer_append_text(p->out, "| ");
			guarded(p, table->cells[r * table->columns + c]);
			ppm_buffer_append_char(p->out, ' ');
		}
		ppm_buffer_append_text(p->out, "|\n");
		for (uint32_t c = 0; !r && c < table->columns; c++)
			ppm_buffer_append_text(p->out, table->left >> c & 1 ? "|---" : "|---:");
		ppm_buffer_append_text(p->out, r ? "" : "|\n");
	}
}

static void show_table(struct page *p, const struct table *table)
{
	size_t widths[COLUMNS_MOST] = { 0 };

	if (p->markdown) {
		markdown_table(p, table);
		return;
	}
	for (uint32_t i = 0; i < table->rows * table->columns; i++) {
		size_t width = width_of(table->cells[i]), *most = &widths[i % table->columns];
		*most = width > *most ? width : *most;
	}
	for (uint32_t r = 0; r < table->rows; r++) {
		size_t blanks = 2;
		if (p->colour && !r)
			ppm_buffer_append_text(p->out, FAINT);
		for (uint32_t c = 0; c < table->columns; c++) {
			const char *text = table->cells[r * table->columns + c];
			size_t rest = widths[c] - width_of(text);
			bool left = table->left >> c & 1;
			if (*text)
				ppm_buffer_format(p->out, "%*s%s", (int)(blanks + (left ? 0 : rest)), "", text);
			blanks = *text ? 2 + (left ? rest : 0) : blanks + widths[c] + 2;
		}
		if (p->colour && !r)
			ppm_buffer_append_text(p->out, PLAIN);
		ppm_buffer_append_char(p->out, '\n');
	}
}

static void heading(struct page *p, const char *text)
{
	ppm_buffer_append_text(p->out, p->markdown ? "\n### " : p->colour ? "\n" BOLD : "\n");
	guarded(p, text);
	ppm_buffer_append_text(p->out, p->markdown ? "\n\n" : p->colour ? PLAIN "\n" : "\n");
}

// A sentence of its own.
static void styled_line(struct page *p, const char *style, const char *text)
{
	ppm_buffer_append_text(p->out, p->markdown ? "- " : "  ");
	ppm_buffer_append_text(p->out, p->colour ? style : "");
	guarded(p, text);
	ppm_buffer_append_text(p->out, p->colour && *style ? PLAIN "\n" : "\n");
}

static void line(struct page *p, const char *text)
{
	styled_line(p, "", text);
}

static const char *shown(struct page *p, struct ppm_slice text)
{
	text = ppm_backtest_shown(p->arena, text);
	return ppm_backtest_text_of(p->arena, "%.*s", (int)text.size, text.data);
}

static const char *count(struct page *p, uint64_t n)
{
	return ppm_backtest_count(p->arena, n);
}

static uint64_t all_of(struct ppm_class_counts counts)
{
	return counts.with + counts.without;
}

static const char *rate(struct page *p, struct ppm_class_counts counts)
{
	double share;
	return ppm_rate(counts, &share) ? ppm_backtest_percent(p->arena, share) : "";
}

static const char *rate_range(struct page *p, struct ppm_class_counts counts)
{
	struct ppm_interval i = ppm_wilson(counts);
	return i.there ? ppm_backtest_text_of(p->arena, "%s to %s", ppm_backtest_percent(p->arena, i.low), ppm_backtest_percent(p->arena, i.high)) : "";
}

// ---- the parts of the page -----------------------------------------------------------------------------------------------

static void head(struct page *p)
{
	const struct ppm_backtest *b = p->b;
	const char *outcome = shown(p, b->outcome->text);

	if (p->markdown)
		ppm_buffer_append_text(p->out, "## ");
	guarded(p,
		ppm_backtest_text_of(
			p->arena, "%s in %s: %s of %s customers, %s", outcome, shown(p, p->file), count(p, b->counts.with), count(p, all_of(b->counts)), rate(p, b->counts)));
	ppm_buffer_append_text(p->out, p->markdown && (b->missing || b->unscored) ? "\n\n" : "\n");
	if (b->missing)
		line(p,
			ppm_backtest_text_of(
				p->arena, "%s customer%s without the outcome %s left out", count(p, b->missing), b->missing == 1 ? "" : "s", b->missing == 1 ? "is" : "are"));
	if (b->unscored)
		line(p,
			ppm_backtest_text_of(p->arena, "%s customer%s no score, and count%s among rules, tiers and segments only", count(p, b->unscored),
				b->unscored == 1 ? " has" : "s have", b->unscored == 1 ? "s" : ""));
}

static void findings(struct page *p)
{
	struct ppm_finding *items;
	uint32_t found = ppm_backtest_findings(p->b, p->arena, &items);

	if (found)
		heading(p, "look at this first");
	for (uint32_t i = 0; i < found; i++)
		styled_line(p, RED, items[i].text);
}

static void conditions_of_page(struct page *p, const struct ppm_backtest_condition *items, uint32_t condition_count)
{
	if (condition_count)
		heading(p, "conditions");
	for (uint32_t i = 0; i < condition_count; i++) {
		const struct ppm_backtest_condition *c = &items[i];
		styled_line(p, c->holds ? RED : "",
			ppm_backtest_text_of(p->arena, "%s: %s; %s", c->holds ? "FAILED" : "passed", shown(p, c->condition.text),
				ppm_backtest_condition_figures(p->b, &c->condition, p->arena)));
	}
}

static void score(struct page *p)
{
	const struct ppm_backtest *b = p->b;
	const struct ppm_discrimination *d = &b->score.discrimination;
	const char *outcome = shown(p, b->outcome->text), *interval = ppm_backtest_range(p->arena, d->interval, 4);
	bool wanted = b->outcome->wanted;

	heading(p, "does the score predict?");
	if (!d->there) {
		line(p,
			ppm_backtest_text_of(p->arena, "that cannot be told: %s",
				d->with              ? "all customers with a score have the outcome"
					: d->without ? "no customer with a score has the outcome"
						     : "no customer has a score"));
		return;
	}
	line(p,
		ppm_backtest_text_of(p->arena, "a customer with `%s` scores %s than one without it in %s of pairs (equal scores count half)", outcome, wanted ? "higher" : "lower",
			ppm_backtest_percent(p->arena, d->area)));
	line(p,
		ppm_backtest_text_of(
			p->arena, "AUC   %s%s%s", ppm_backtest_decimal(p->arena, d->area, 4), *interval ? ", 95%: " : " (too few customers for an interval)", interval));
	line(p, ppm_backtest_text_of(p->arena, "Gini  %s", ppm_backtest_decimal(p->arena, d->gini, 4)));
	if (d->ks != 0)
		line(p,
			ppm_backtest_text_of(p->arena, "KS    %s at the score %s: %s of those with the outcome have it or %s, and %s of the others",
				ppm_backtest_decimal(p->arena, d->ks, 4), ppm_backtest_score(b, p->arena, d->ks_at),
				ppm_backtest_percent(p->arena, (double)d->ks_with / (double)d->with), wanted ? "more" : "less",
				ppm_backtest_percent(p->arena, (double)d->ks_without / (double)d->without)));
	else
		line(p, "KS    0.0000");
}

// A number of customers that may be split at a cut: whole, or with a place.
static const char *amount(struct page *p, double x)
{
	return ppm_backtest_decimal(p->arena, x, x == floor(x) ? 0 : 1);
}

static void parts(struct page *p)
{
	static const char *const titles[] = { "tenth", "scores", "customers", "with outcome", "rate", "lift", "reached" };
	const struct ppm_backtest *b = p->b;
	double reached = 0, with = (double)b->score.tally.with, all = (double)(b->score.tally.with + b->score.tally.without);
	struct table table;

	if (!b->has_score || !new_table(p, &table, 7, PPM_BACKTEST_PARTS, 0))
		return;
	heading(p, b->outcome->wanted ? "tenths of the customers, highest scores first" : "tenths of the customers, lowest scores first");
	memcpy(next(&table), titles, sizeof titles);
	for (uint32_t i = 0; i < PPM_BACKTEST_PARTS; i++) {
		const struct ppm_backtest_part *part = &b->parts[i];
		const char **row = next(&table);
		reached += part->with;
		row[0] = ppm_backtest_text_of(p->arena, "%u", i + 1);
		row[1] = part->low == part->high
			? ppm_backtest_score(b, p->arena, part->low)
			: ppm_backtest_text_of(p->arena, "%s to %s", ppm_backtest_score(b, p->arena, part->low), ppm_backtest_score(b, p->arena, part->high));
		row[2] = amount(p, part->customers);
		row[3] = amount(p, part->with);
		row[4] = ppm_backtest_percent(p->arena, part->with / part->customers);
		row[5] = ppm_backtest_decimal(p->arena, part->with * all / (part->customers * with), 2);
		row[6] = ppm_backtest_percent(p->arena, i + 1 == PPM_BACKTEST_PARTS ? 1 : reached / with);
	}
	show_table(p, &table);
}

static void values(struct page *p)
{
	const struct ppm_backtest *b = p->b;

	for (uint32_t k = 0; k < b->value_count && b->has_score; k++) {
		const struct ppm_backtest_value *v = &b->values[k];
		struct table table;
		double reached = 0;
		if (!new_table(p, &table, 5, PPM_BACKTEST_PARTS + 1, 0))
			return;
		heading(p, ppm_backtest_text_of(p->arena, "%s of those with the outcome, by the same tenths", shown(p, v->name)));
		const char **row = next(&table);
		row[0] = "tenth", row[1] = "with outcome", row[2] = "of all", row[3] = "share", row[4] = "reached";
		for (uint32_t i = 0; i <= PPM_BACKTEST_PARTS; i++) {
			bool total = i == PPM_BACKTEST_PARTS;
			double lost = total ? v->lost_total : v->lost[i], all = total ? v->all_total : v->all[i];
			reached += total ? 0 : lost;
			row = next(&table);
			row[0] = total ? "all" : ppm_backtest_text_of(p->arena, "%u", i + 1);
			row[1] = ppm_backtest_decimal(p->arena, lost, 2);
			row[2] = ppm_backtest_decimal(p->arena, all, 2);
			row[3] = all != 0 ? ppm_backtest_percent(p->arena, lost / all) : "";
			row[4] = v->lost_total != 0 && !total ? ppm_backtest_percent(p->arena, i + 1 == PPM_BACKTEST_PARTS ? 1 : reached / v->lost_total) : "";
		}
		show_table(p, &table);
		if (v->missing)
			line(p, ppm_backtest_text_of(p->arena, "%s customer%s no `%s`", count(p, v->missing), v->missing == 1 ? " has" : "s have", shown(p, v->name)));
		if (v->beyond)
			line(p,
				ppm_backtest_text_of(p->arena, "%s customer%s a `%s` beyond ±900 trillion, which is not added up", count(p, v->beyond),
					v->beyond == 1 ? " has" : "s have", shown(p, v->name)));
	}
}

// With `evidence` each group's share of the information value; with `scores` how far the score predicts within it.
static void group_table(struct page *p, const char *title, const struct ppm_backtest_group *groups, uint32_t group_count, bool evidence, const struct ppm_discrimination *scores)
{
	struct table table;

	if (!new_table(p, &table, evidence || scores ? 7 : 5, group_count, 1))
		return;
	const char **row = next(&table);
	row[0] = title, row[1] = "customers", row[2] = "with outcome", row[3] = "rate", row[4] = "95% interval";
	if (evidence)
		row[5] = "weight of evidence", row[6] = "information";
	if (scores)
		row[5] = "AUC", row[6] = "95% interval";
	for (uint32_t i = 0; i < group_count; i++) {
		struct ppm_class_counts counts = groups[i].counts;
		if (!all_of(counts))
			continue;
		row = next(&table);
		row[0] = shown(p, groups[i].name);
		row[1] = count(p, all_of(counts));
		row[2] = count(p, counts.with);
		row[3] = rate(p, counts);
		row[4] = rate_range(p, counts);
		if (scores && scores[i].there) {
			row[5] = ppm_backtest_decimal(p->arena, scores[i].area, 4);
			row[6] = ppm_backtest_range(p->arena, scores[i].interval, 4);
		}
		if (!evidence)
			continue;
		row[5] = ppm_backtest_decimal(p->arena, ppm_weight_of_evidence(counts, p->b->counts), 4);
		row[6] = ppm_backtest_decimal(p->arena, ppm_information(counts, p->b->counts), 4);
	}
	show_table(p, &table);
}

static void bins(struct page *p)
{
	struct ppm_backtest_group groups[PPM_BACKTEST_BINS];

	for (unsigned i = 0; i < PPM_BACKTEST_BINS; i++) {
		const char *name =
			ppm_backtest_text_of(p->arena, i + 1 < PPM_BACKTEST_BINS ? "%u to below %u" : "%u to %u", 100 / PPM_BACKTEST_BINS * i, 100 / PPM_BACKTEST_BINS * (i + 1));
		groups[i] = (struct ppm_backtest_group){ ppm_slice_of(name), p->b->bins[i] };
	}
	heading(p, "by score");
	group_table(p, "score", groups, PPM_BACKTEST_BINS, false, NULL);
}

static void tiers(struct page *p)
{
	const struct ppm_backtest *b = p->b;

	if (!b->tier_count)
		return;
	heading(p, "by tier");
	group_table(p, "tier", b->tiers, b->tier_count, false, NULL);
	if (!b->disorder_count)
		line(p, b->outcome->wanted ? "in order: the higher a tier's mean score, the higher its rate" : "in order: the higher a tier's mean score, the lower its rate");
}

static void splits(struct page *p)
{
	for (uint32_t i = 0; i < p->b->split_count; i++) {
		const struct ppm_backtest_split *split = &p->b->splits[i];
		heading(p, ppm_backtest_text_of(p->arena, split->open ? "by %s" : "by segment %s", shown(p, split->name)));
		group_table(p, split->open ? "value" : "arm", split->groups, split->group_count, false, split->discriminations);
	}
}

static void figures(struct page *p, const char *title, const char *column, const struct ppm_backtest_figure *items, uint32_t item_count, bool best)
{
	struct table table;
	uint32_t first = 0;

	if (!item_count || !new_table(p, &table, 5, item_count, 1))
		return;
	heading(p, title);
	const char **row = next(&table);
	row[0] = column, row[1] = "customers", row[2] = "AUC", row[3] = "95% interval", row[4] = "Gini";
	for (uint32_t i = 0; i < item_count; i++) {
		const struct ppm_discrimination *d = &items[i].discrimination;
		row = next(&table);
		row[0] = shown(p, items[i].name);
		row[1] = count(p, d->with + d->without);
		if (!d->there)
			continue;
		row[2] = ppm_backtest_decimal(p->arena, d->area, 4);
		row[3] = ppm_backtest_range(p->arena, d->interval, 4);
		row[4] = ppm_backtest_decimal(p->arena, d->gini, 4);
		if (!items[first].discrimination.there || d->area > items[first].discrimination.area)
			first = i;
	}
	show_table(p, &table);
	if (best && item_count > 1 && items[first].discrimination.there)
		line(p, ppm_backtest_text_of(p->arena, "`%s` predicts best", shown(p, items[first].name)));
}

static bool is_conditional(const struct ppm_backtest_rule *r)
{
	return r->rule->kind == PPM_RULE_REWARD || r->rule->kind == PPM_RULE_PENALTY;
}

static void conditions(struct page *p)
{
	static const char *const titles[] = { "rule", "line", "fired", "rate", "not fired", "rate", "unknown", "rate", "lift", "95% interval", "information", "evidence" };
	const struct ppm_backtest *b = p->b;
	struct table table;
	uint32_t line_number;
	bool any = false;

	for (uint32_t i = 0; i < b->rule_count; i++)
		any = any || is_conditional(&b->rules[i]);
	if (!any || !new_table(p, &table, 12, b->rule_count, 1 | 1u << 11))
		return;
	heading(p, "rewards and penalties");
	memcpy(next(&table), titles, sizeof titles);
	for (uint32_t i = 0; i < b->rule_count; i++) {
		const struct ppm_backtest_rule *r = &b->rules[i];
		if (!is_conditional(r))
			continue;
		const char **row = next(&table), *place = ppm_backtest_place(p->sources, r->rule->span, p->arena, &line_number);
		row[0] = ppm_backtest_text_of(p->arena, "%s %s", r->rule->kind == PPM_RULE_REWARD ? "reward" : "penalty", shown(p, r->rule->name));
		row[1] = strncmp(place, "line ", 5) ? place : place + 5;
		for (uint32_t k = 0; k < 3; k++) {
			row[2 + 2 * k] = count(p, all_of(r->groups[k].counts));
			row[3 + 2 * k] = rate(p, r->groups[k].counts);
		}
		row[8] = r->lift.known ? ppm_backtest_decimal(p->arena, r->lift.ratio, 2) : "";
		row[9] = ppm_backtest_range(p->arena, r->lift.interval, 2);
		row[10] = ppm_backtest_decimal(p->arena, r->information, 4);
		row[11] = ppm_evidence_word(r->evidence);
	}
	show_table(p, &table);
}

static void tables(struct page *p)
{
	const struct ppm_backtest *b = p->b;
	uint32_t line_number;

	for (uint32_t i = 0; i < b->rule_count; i++) {
		const struct ppm_backtest_rule *r = &b->rules[i];
		const struct ppm_discrimination *d = &r->discrimination;
		if (is_conditional(r))
			continue;
		heading(p,
			ppm_backtest_text_of(p->arena, "%s %s, %s: %s", r->rule->kind == PPM_RULE_SCALE ? "scale" : "bands", shown(p, r->rule->name),
				ppm_backtest_place(p->sources, r->rule->span, p->arena, &line_number), ppm_evidence_word(r->evidence)));
		group_table(p, r->rule->kind == PPM_RULE_SCALE ? "points" : "band", r->groups, r->group_count, true, NULL);
		const char *interval = ppm_backtest_range(p->arena, d->interval, 4);
		line(p,
			ppm_backtest_text_of(p->arena, "information value %s%s%s%s%s", ppm_backtest_decimal(p->arena, r->information, 4), d->there ? "; AUC of its points " : "",
				d->there ? ppm_backtest_decimal(p->arena, d->area, 4) : "", *interval ? ", 95%: " : "", interval));
	}
}

void ppm_backtest_text(const struct ppm_backtest_page *page, bool markdown, struct ppm_arena *arena, struct ppm_buffer *out)
{
	const struct ppm_backtest *b = page->backtest;
	struct page p = { b, page->sources, arena, out, page->colour && !markdown, markdown, page->file };

	head(&p);
	conditions_of_page(&p, page->conditions, page->condition_count);
	findings(&p);
	score(&p);
	parts(&p);
	values(&p);
	bins(&p);
	tiers(&p);
	splits(&p);
	figures(&p, "by dimension", "dimension", b->dimensions, b->dimension_count, false);
	figures(&p, "by perspective", "perspective", b->perspectives, b->perspective_count, true);
	conditions(&p);
	tables(&p);
	out->failed = out->failed || arena->failed;
}

// The comparison for people: tables with a row a variant, a matrix for two params, bars for a tornado; plain, or as Markdown. What comes from a model or from data is escaped.
#include "lang/whatif/report.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <math.h>
#include <string.h>

#define NAME_LIMIT 80 // bytes of a name
#define BAR_WIDTH 30

struct page {
	const struct ppm_whatif_report *report;
	const struct ppm_whatif_about *about;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool markdown;
};

// ---- cells ------------------------------------------------------------------------------------------------------

static struct ppm_slice shown(struct page *p, struct ppm_slice text)
{
	struct ppm_buffer buffer;
	ppm_buffer_init(&buffer, p->arena->allocator);
	ppm_text_append_escaped(&buffer, text, NAME_LIMIT, false);
	p->out->failed |= buffer.failed;
	struct ppm_slice made = ppm_arena_copy(p->arena, ppm_buffer_slice(&buffer));
	ppm_buffer_free(&buffer);
	return made.data ? made : PPM_SLICE("");
}

// 1234567 as 1,234,567.
static struct ppm_slice count(struct page *p, uint64_t value)
{
	char text[32];
	size_t at = sizeof text, digits = 0;
	do {
		if (digits && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + value % 10);
		value /= 10;
		digits++;
	} while (value);
	struct ppm_slice made = ppm_arena_copy(p->arena, (struct ppm_slice){ text + at, sizeof text - at });
	return made.data ? made : PPM_SLICE("");
}

static struct ppm_slice fixed(struct page *p, ppm_int128 exact, int places)
{
	char text[64];
	size_t size = ppm_decimal_write(exact, PPM_EXACT_PLACES, places, text);
	struct ppm_slice made = ppm_arena_copy(p->arena, (struct ppm_slice){ text, size });
	return made.data ? made : PPM_SLICE("");
}

// Cut, not rounded: what is not 1 never reads as 1.
static struct ppm_slice correlation(struct page *p, const struct ppm_whatif_result *result)
{
	char text[400];
	if (!result->has_correlation)
		return PPM_SLICE("-");
	size_t size = ppm_number_write_fixed(trunc(result->correlation * 1e4) / 1e4, 4, text);
	struct ppm_slice made = ppm_arena_copy(p->arena, (struct ppm_slice){ text, size });
	return made.data ? made : PPM_SLICE("");
}

static struct ppm_slice score_of(struct page *p, uint32_t score)
{
	return fixed(p, ppm_whatif_score(p->about, score), p->about->places);
}

static struct ppm_slice tier(struct page *p, int16_t index)
{
	return index < 0 ? PPM_SLICE("(no tier)") : shown(p, p->about->tiers[index]);
}

// ---- tables -----------------------------------------------------------------------------------------------------

struct table {
	struct ppm_slice *cells; // [row * columns + column]; the first row is the header
	size_t rows, columns, at;
	size_t left;    // columns from the left that are texts
	bool text_last; // the last column is one, too
};

static bool make_table(struct page *p, struct table *t, size_t rows, size_t columns, size_t left)
{
	*t = (struct table){ .cells = ppm_arena_allocate(p->arena, rows * columns + 1, sizeof *t->cells), .rows = rows, .columns = columns, .left = left };
	return t->cells != NULL;
}

static void put(struct table *t, struct ppm_slice cell)
{
	t->cells[t->at++] = cell;
}

static void blanks(struct page *p, size_t number)
{
	ppm_buffer_format(p->out, "%*s", (int)number, "");
}

static size_t width_of(struct ppm_slice cell)
{
	return cell.size ? ppm_utf8_width(cell.data, cell.size) : 0;
}

static void markdown_table(struct page *p, const struct table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			struct ppm_slice cell = t->cells[r * t->columns + c];
			ppm_buffer_append_text(p->out, "| ");
			ppm_text_append_markdown(p->out, cell, 0);
			ppm_buffer_append_char(p->out, ' ');
		}
		ppm_buffer_append_text(p->out, "|\n");
		for (size_t c = 0; c < t->columns && r == 0; c++)
			ppm_buffer_append_text(p->out, c < t->left || (t->text_last && c + 1 == t->columns) ? "|---" : "|---:");
		if (r == 0)
			ppm_buffer_append_text(p->out, "|\n");
	}
}

static void write_table(struct page *p, const struct table *t)
{
	size_t *widths = ppm_arena_allocate(p->arena, t->columns + 1, sizeof *widths);
	if (p->markdown || !widths) {
		markdown_table(p, t);
		return;
	}
	for (size_t i = 0; i < t->rows * t->columns; i++) {
		size_t width = width_of(t->cells[i]);
		widths[i % t->columns] = width > widths[i % t->columns] ? width : widths[i % t->columns];
	}
	for (size_t r = 0; r < t->rows; r++) {
		size_t pending = 0; // no blanks at the end of a line
		for (size_t c = 0; c < t->columns; c++) {
			struct ppm_slice cell = t->cells[r * t->columns + c];
			size_t rest = widths[c] - width_of(cell);
			bool left = c < t->left || (t->text_last && c + 1 == t->columns);
			pending += (c ? 2 : 0) + (left ? 0 : rest);
			if (cell.size) {
				blanks(p, pending);
				ppm_buffer_append(p->out, cell.data, cell.size);
				pending = 0;
			}
			pending += left ? rest : 0;
		}
		ppm_buffer_append_char(p->out, '\n');
	}
}

static void heading(struct page *p, const char *text, struct ppm_slice name)
{
	ppm_buffer_append_text(p->out, p->markdown ? "\n### " : "\n");
	ppm_buffer_append_text(p->out, text);
	if (name.size)
		ppm_buffer_append(p->out, name.data, name.size);
	ppm_buffer_append_text(p->out, p->markdown ? "\n\n" : "\n");
}

// ---- the sections -------------------------------------------------------------------------------------------------

static void settings(struct page *p, struct ppm_slice name, const struct ppm_setting *list, size_t number, size_t widest)
{
	ppm_buffer_append_text(p->out, p->markdown ? "- " : "  ");
	ppm_buffer_append(p->out, name.data, name.size);
	if (!p->markdown)
		blanks(p, widest - width_of(name));
	ppm_buffer_append_text(p->out, p->markdown ? ": " : "  ");
	for (size_t i = 0; i < number; i++) {
		struct ppm_slice param = shown(p, list[i].name), value = shown(p, list[i].value);
		ppm_buffer_format(p->out, "%s%.*s = %.*s", i ? ", " : "", (int)param.size, param.data, (int)value.size, value.data);
	}
	ppm_buffer_append_char(p->out, '\n');
}

static void head(struct page *p)
{
	const struct ppm_whatif_report *r = p->report;
	struct ppm_slice model = shown(p, p->about->model), data = shown(p, p->about->data), rows = count(p, r->variants[0].result.rows);
	uint64_t number = r->variants[0].result.rows;
	size_t compared = r->variant_count - 1, widest = 4;
	ppm_buffer_format(p->out, "%s%.*s over %.*s: %.*s row%s", p->markdown ? "## " : "", (int)model.size, model.data, (int)data.size, data.data, (int)rows.size, rows.data,
		number == 1 ? "" : "s");
	if (compared)
		ppm_buffer_format(p->out, ", the base and %zu variant%s", compared, compared == 1 ? "" : "s");
	ppm_buffer_append_text(p->out, p->markdown ? "\n\n" : "\n");
	for (size_t i = 1; i < r->variant_count; i++)
		if (r->variants[i].scenario.size) {
			size_t width = width_of(shown(p, r->variants[i].name));
			widest = width > widest ? width : widest;
		}
	if (r->base_count)
		settings(p, PPM_SLICE("base"), r->base, r->base_count, widest);
	for (size_t i = 1; i < r->variant_count; i++)
		if (r->variants[i].scenario.size)
			settings(p, shown(p, r->variants[i].name), r->variants[i].settings, r->variants[i].setting_count, widest);
}

static struct ppm_slice name_of(struct page *p, size_t variant)
{
	return shown(p, p->report->variants[variant].name);
}

static void scores(struct page *p)
{
	const struct ppm_whatif_report *r = p->report;
	bool has_tiers = p->about->tier_count > 0, has_score = p->about->has_score;
	struct table t;
	if ((!has_score && !has_tiers) || !make_table(p, &t, r->variant_count + 1, 1 + (has_score ? 5u : 0u) + (has_tiers ? 2u : 0u), 1))
		return;
	heading(p, has_score ? "scores" : "tiers", PPM_SLICE(""));
	put(&t, PPM_SLICE(""));
	if (has_score) {
		put(&t, PPM_SLICE("mean score"));
		put(&t, PPM_SLICE("median"));
		put(&t, PPM_SLICE("changed"));
		put(&t, PPM_SLICE("rank corr."));
		put(&t, ppm_arena_format(p->arena, "same of top %u", p->about->top));
	}
	if (has_tiers) {
		put(&t, PPM_SLICE("tier up"));
		put(&t, PPM_SLICE("tier down"));
	}
	for (size_t i = 0; i < r->variant_count; i++) {
		const struct ppm_whatif_result *result = &r->variants[i].result;
		put(&t, name_of(p, i));
		if (has_score) {
			put(&t, result->scored ? fixed(p, ppm_whatif_mean(p->about, result), p->about->places + 1) : PPM_SLICE("-"));
			put(&t, result->scored ? fixed(p, ppm_whatif_median(p->about, result), p->about->places + 1) : PPM_SLICE("-"));
			put(&t, i ? count(p, result->changed) : PPM_SLICE(""));
			put(&t, i ? correlation(p, result) : PPM_SLICE(""));
			put(&t, i ? ppm_arena_format(p->arena, "%llu of %llu", (unsigned long long)result->top_same, (unsigned long long)result->top) : PPM_SLICE(""));
		}
		if (has_tiers) {
			put(&t, i ? count(p, result->up) : PPM_SLICE(""));
			put(&t, i ? count(p, result->down) : PPM_SLICE(""));
		}
	}
	write_table(p, &t);
}

// Whether any variant has rows of the tier; a model's own are shown in any case.
static bool shows_tier(const struct page *p, uint32_t index)
{
	const struct ppm_whatif_report *r = p->report;
	bool own = index < p->about->tier_count && !ppm_slice_is(p->about->tiers[index], "unverified") && !ppm_slice_is(p->about->tiers[index], "disqualified");
	for (size_t i = 0; i < r->variant_count && !own; i++)
		own = r->variants[i].result.tiers[index] > 0;
	return own;
}

static struct ppm_slice tier_title(struct page *p, uint32_t index)
{
	return index < p->about->tier_count ? shown(p, p->about->tiers[index]) : PPM_SLICE("(no tier)");
}

// Rows, or sums of a value, by tier.
static void by_tier(struct page *p, uint32_t value, bool rows)
{
	const struct ppm_whatif_report *r = p->report;
	uint32_t slots = p->about->tier_count + 1, columns = 0;
	bool sums = !rows;
	struct table t;
	for (uint32_t k = 0; k < slots; k++)
		columns += p->about->tier_count && shows_tier(p, k);
	if (!make_table(p, &t, r->variant_count + 1, 1 + (size_t)columns + sums, 1))
		return;
	if (rows)
		heading(p, "rows by tier", PPM_SLICE(""));
	else
		heading(p, p->about->tier_count ? "by tier: " : "", shown(p, p->about->values[value]));
	put(&t, PPM_SLICE(""));
	for (uint32_t k = 0; k < slots && columns; k++)
		if (shows_tier(p, k))
			put(&t, tier_title(p, k));
	if (sums)
		put(&t, PPM_SLICE("total"));
	for (size_t i = 0; i < r->variant_count; i++) {
		const struct ppm_whatif_result *result = &r->variants[i].result;
		ppm_int128 total = 0;
		put(&t, name_of(p, i));
		for (uint32_t k = 0; k < slots; k++) {
			ppm_int128 sum = rows ? 0 : result->value_sums[value * slots + k];
			total += sum;
			if (!columns || !shows_tier(p, k))
				continue;
			put(&t, rows ? count(p, result->tiers[k]) : result->value_overflow ? PPM_SLICE("-") : fixed(p, sum, 2));
		}
		if (sums)
			put(&t, result->value_overflow ? PPM_SLICE("-") : fixed(p, total, 2));
	}
	write_table(p, &t);
}

static void metrics(struct page *p)
{
	const struct ppm_whatif_report *r = p->report;
	struct table t;
	if (!p->about->metric_count || !make_table(p, &t, r->variant_count + 1, (size_t)p->about->metric_count + 1, 1))
		return;
	heading(p, "metrics", PPM_SLICE(""));
	put(&t, PPM_SLICE(""));
	for (uint32_t m = 0; m < p->about->metric_count; m++)
		put(&t, shown(p, p->about->metrics[m]));
	for (size_t i = 0; i < r->variant_count; i++) {
		put(&t, name_of(p, i));
		for (uint32_t m = 0; m < p->about->metric_count; m++) {
			struct ppm_slice text = r->variants[i].result.metrics[m].text;
			put(&t, text.size ? shown(p, text) : PPM_SLICE("-"));
		}
	}
	write_table(p, &t);
}

static void movers(struct page *p)
{
	const struct ppm_whatif_report *r = p->report;
	size_t rows = 1;
	bool has_tiers = p->about->tier_count > 0;
	struct table t;
	for (size_t i = 1; i < r->variant_count; i++)
		rows += r->variants[i].result.mover_count;
	if (rows == 1 || r->variant_count > 7 || !make_table(p, &t, rows, has_tiers ? 5 : 4, 2))
		return;
	t.text_last = has_tiers;
	heading(p, "largest moves", PPM_SLICE(""));
	put(&t, PPM_SLICE(""));
	put(&t, PPM_SLICE("row"));
	put(&t, PPM_SLICE("score"));
	put(&t, PPM_SLICE("instead of"));
	if (has_tiers)
		put(&t, PPM_SLICE("tier"));
	for (size_t i = 1; i < r->variant_count; i++)
		for (uint32_t k = 0; k < r->variants[i].result.mover_count; k++) {
			const struct ppm_whatif_mover *mover = &r->variants[i].result.movers[k];
			put(&t, k ? PPM_SLICE("") : name_of(p, i));
			put(&t, shown(p, mover->name));
			put(&t, score_of(p, mover->after));
			put(&t, score_of(p, mover->before));
			struct ppm_slice after = tier(p, mover->tier_after), before = tier(p, mover->tier_before);
			if (has_tiers && mover->tier_after == mover->tier_before)
				put(&t, after);
			else if (has_tiers)
				put(&t, ppm_arena_format(p->arena, "%.*s -> %.*s", (int)before.size, before.data, (int)after.size, after.data));
		}
	write_table(p, &t);
}

// ---- two params ------------------------------------------------------------------------------------------------------

static void matrix(struct page *p, const struct ppm_whatif_measure *measure, bool rows)
{
	const struct ppm_whatif_report *r = p->report;
	const struct ppm_vary *down = &r->axes[0], *across = &r->axes[1];
	struct ppm_slice text = PPM_SLICE("-"), name = shown(p, measure->name), a = shown(p, down->name), b = shown(p, across->name);
	struct table t;
	double value;
	if (!make_table(p, &t, down->count + 1, across->count + 1, 1))
		return;
	if (rows)
		text = count(p, r->variants[0].result.tiers[measure->index]);
	else if (!ppm_whatif_figure(r, &r->variants[0].result, measure, &value, &text))
		text = PPM_SLICE("-");
	text = shown(p, text);
	heading(p, "", ppm_arena_format(p->arena, "%.*s (base %.*s)", (int)name.size, name.data, (int)text.size, text.data));
	put(&t, ppm_arena_format(p->arena, "%.*s, %.*s", (int)a.size, a.data, (int)b.size, b.data));
	for (size_t c = 0; c < across->count; c++)
		put(&t, shown(p, across->values[c]));
	for (size_t i = 0; i < down->count * across->count; i++) {
		const struct ppm_whatif_result *result = &r->variants[1 + i].result;
		if (i % across->count == 0)
			put(&t, shown(p, down->values[i / across->count]));
		if (rows)
			put(&t, count(p, result->tiers[measure->index]));
		else
			put(&t, ppm_whatif_figure(r, result, measure, &value, &text) ? shown(p, text) : PPM_SLICE("-"));
	}
	write_table(p, &t);
}

static void grid(struct page *p)
{
	struct ppm_whatif_measure measure = { PPM_MEASURE_SCORE, 0, PPM_SLICE("mean score") };
	if (p->about->has_score)
		matrix(p, &measure, false);
	for (uint32_t t = 0; t <= p->about->tier_count && p->about->tier_count; t++)
		if (shows_tier(p, t)) {
			struct ppm_slice name = tier_title(p, t);
			measure = (struct ppm_whatif_measure){ PPM_MEASURE_TIER, t, ppm_arena_format(p->arena, "rows that are %.*s", (int)name.size, name.data) };
			matrix(p, &measure, true);
		}
	for (uint32_t v = 0; v < p->about->value_count; v++) {
		measure = (struct ppm_whatif_measure){ PPM_MEASURE_VALUE, v, p->about->values[v] };
		matrix(p, &measure, false);
	}
	for (uint32_t m = 0; m < p->about->metric_count; m++) {
		measure = (struct ppm_whatif_measure){ PPM_MEASURE_METRIC, m, p->about->metrics[m] };
		matrix(p, &measure, false);
	}
}

// ---- a tornado --------------------------------------------------------------------------------------------------------

static struct ppm_slice bar(struct page *p, double swing, double widest)
{
	size_t width = widest > 0 ? (size_t)(swing / widest * BAR_WIDTH + 0.5) : 0;
	char text[BAR_WIDTH + 1];
	memset(text, '#', sizeof text);
	struct ppm_slice made = ppm_arena_copy(p->arena, (struct ppm_slice){ text, width < BAR_WIDTH ? width : BAR_WIDTH });
	return made.data && width ? made : PPM_SLICE("");
}

// A figure with as many places as another one is shown with, and as a percent where that is one.
static struct ppm_slice like(struct page *p, struct ppm_slice shown_as, double value)
{
	bool percent = shown_as.size && shown_as.data[shown_as.size - 1] == '%';
	int places = 0;
	char text[401];
	for (size_t i = 0; i < shown_as.size; i++)
		if (shown_as.data[i] == '.')
			for (places = 0; i + 1 < shown_as.size && shown_as.data[i + 1] >= '0' && shown_as.data[i + 1] <= '9' && places < 12; i++)
				places++;
	size_t size = ppm_number_write_fixed(percent ? value * 100 : value, percent && !places ? 1 : places, text);
	if (percent)
		text[size++] = '%';
	struct ppm_slice made = ppm_arena_copy(p->arena, (struct ppm_slice){ text, size });
	return made.data ? made : PPM_SLICE("");
}

static void tornado(struct page *p)
{
	const struct ppm_whatif_report *r = p->report;
	struct ppm_slice base = PPM_SLICE("-"), name = shown(p, r->measure.name);
	double value, widest = r->bar_count && r->bars[0].has_swing ? r->bars[0].swing : 0;
	struct table t;
	if (!ppm_whatif_figure(r, &r->variants[0].result, &r->measure, &value, &base))
		base = PPM_SLICE("-");
	base = shown(p, base);
	heading(p, "",
		ppm_arena_format(
			p->arena, "what moves %s%.*s most (base %.*s)", r->measure.kind == PPM_MEASURE_METRIC ? "" : "the ", (int)name.size, name.data, (int)base.size, base.data));
	if (!make_table(p, &t, r->bar_count + 1, 7, 1))
		return;
	static const char *const titles[] = { "", "low", "high", "at low", "at high", "swing", "" };
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		put(&t, ppm_slice_of(titles[i]));
	for (size_t i = 0; i < r->bar_count; i++) {
		const struct ppm_whatif_bar *b = &r->bars[i];
		struct ppm_slice low = PPM_SLICE("-"), high = PPM_SLICE("-");
		put(&t, shown(p, b->param));
		put(&t, shown(p, b->low_text));
		put(&t, shown(p, b->high_text));
		put(&t, ppm_whatif_figure(r, &r->variants[b->low].result, &r->measure, &value, &low) ? shown(p, low) : low);
		put(&t, ppm_whatif_figure(r, &r->variants[b->high].result, &r->measure, &value, &high) ? shown(p, high) : high);
		put(&t, b->has_swing ? like(p, base, b->swing) : PPM_SLICE("-"));
		put(&t, b->has_swing ? bar(p, b->swing, widest) : PPM_SLICE(""));
	}
	t.text_last = true;
	write_table(p, &t);
}

void ppm_whatif_text(const struct ppm_whatif_report *report, bool markdown, struct ppm_buffer *out)
{
	struct page page = { report, report->about, report->arena, out, markdown }, *p = &page;
	head(p);
	if (report->has_grid) {
		grid(p);
	} else if (report->variant_count > 1) {
		scores(p);
		if (report->about->tier_count)
			by_tier(p, 0, true);
		for (uint32_t v = 0; v < report->about->value_count; v++)
			by_tier(p, v, false);
		metrics(p);
		movers(p);
	}
	if (report->has_bars)
		tornado(p);
}

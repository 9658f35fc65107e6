// The perfect prospect for people: on a terminal, and as Markdown. What the model says (names, texts) reaches neither raw.

#include "lang/analysis/perfect.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <math.h>
#include <string.h>

enum { POINTS, RULE, CONDITION, LINE, WHY, COLUMNS };

struct table_row {
	struct ppm_slice cells[COLUMNS];
	bool head;
};

struct page {
	const struct ppm_perfect *p;
	const struct ppm_plan *plan;
	const struct ppm_source_map *sources;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool markdown, colour;
	struct table_row *rows;
	uint32_t count;
};

static struct ppm_slice shown(struct page *page, struct ppm_slice text)
{
	struct ppm_buffer safe;
	ppm_buffer_init(&safe, page->arena->allocator);
	ppm_text_append_escaped(&safe, text, 0, false);
	return ppm_arena_take(page->arena, &safe);
}

static struct ppm_slice number_of(struct page *page, double value)
{
	char digits[400];
	if (!isfinite(value))
		return value < 0 ? PPM_SLICE("no least") : PPM_SLICE("no most");
	return ppm_arena_copy(page->arena, (struct ppm_slice){ digits, ppm_number_write(ppm_number_round_places(value, 1e6), digits) });
}

static struct ppm_slice line_of(struct page *page, struct ppm_span span)
{
	uint32_t line = 0, column;
	const struct ppm_source *source = span.end ? ppm_source_map_place(page->sources, span.begin, &line, &column) : NULL;
	if (!source)
		return PPM_SLICE("");
	if (source == page->sources->first)
		return ppm_arena_format(page->arena, "%u", line);
	struct ppm_slice path = shown(page, source->path);
	return ppm_arena_format(page->arena, "%.*s:%u", (int)path.size, path.data, line);
}

// A bar would end a cell of Markdown, and other signs mean something.
static void put(struct page *page, struct ppm_slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (page->markdown && strchr("|<*_`\\[]#", text.data[i]))
			ppm_buffer_append_char(page->out, '\\');
		ppm_buffer_append_char(page->out, text.data[i]);
	}
}

static void say(struct page *page, struct ppm_slice text)
{
	put(page, shown(page, text));
}

static void section(struct page *page, const char *title)
{
	ppm_buffer_append_char(page->out, '\n');
	ppm_buffer_format(page->out, page->markdown ? "### %s\n\n" : page->colour ? "\033[1m%s\033[0m\n" : "%s\n", title);
}

static void item(struct page *page)
{
	ppm_buffer_append_text(page->out, page->markdown ? "- " : "  ");
}

static void place(struct page *page, struct ppm_span span)
{
	struct ppm_slice line = line_of(page, span);
	if (line.size) {
		ppm_buffer_append_text(page->out, " (line ");
		put(page, line);
		ppm_buffer_append_char(page->out, ')');
	}
}

// ---- tables -------------------------------------------------------------------------------------------------------------------------------

static const char *const titles[COLUMNS] = { "points", "rule", "condition", "line", "why" };

static size_t width_of(struct ppm_slice text)
{
	return text.size ? ppm_utf8_width(text.data, text.size) : 0;
}

static void text_table(struct page *page)
{
	size_t widths[COLUMNS];
	for (int c = 0; c < COLUMNS; c++) {
		widths[c] = strlen(titles[c]);
		for (uint32_t i = 0; i < page->count; i++) {
			size_t width = page->rows[i].head ? 0 : width_of(page->rows[i].cells[c]);
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (uint32_t i = 0; i <= page->count; i++) {
		const struct table_row *row = i ? &page->rows[i - 1] : NULL;
		size_t blanks = 2;
		if (row && row->head) {
			ppm_buffer_format(page->out, "  %.*s\n", (int)row->cells[RULE].size, row->cells[RULE].data);
			continue;
		}
		for (int c = 0; c < COLUMNS; c++) {
			struct ppm_slice text = row ? row->cells[c] : ppm_slice_of(titles[c]);
			size_t width = width_of(text);
			bool right = c == POINTS || c == LINE;
			if (right)
				blanks += widths[c] - width;
			if (text.size) {
				ppm_buffer_format(page->out, "%*s%.*s", (int)blanks, "", (int)text.size, text.data);
				blanks = 0;
			}
			blanks += (right ? text.size ? 0 : width : widths[c] - width) + 2;
		}
		ppm_buffer_append_char(page->out, '\n');
	}
}

static void markdown_table(struct page *page)
{
	for (int c = 0; c < COLUMNS; c++)
		ppm_buffer_format(page->out, "| %s ", titles[c]);
	ppm_buffer_append_text(page->out, "|\n|---:|---|---|---:|---|\n");
	for (uint32_t i = 0; i < page->count; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			struct ppm_slice text = page->rows[i].cells[c];
			ppm_buffer_append_text(page->out, "| ");
			while (c == RULE && text.size && text.data[0] == ' ') {
				ppm_buffer_append_text(page->out, "&nbsp;");
				text.data++, text.size--;
			}
			ppm_buffer_append_text(page->out, page->rows[i].head && text.size ? "*" : "");
			put(page, text);
			ppm_buffer_append_text(page->out, page->rows[i].head && text.size ? "* " : text.size ? " " : "");
		}
		ppm_buffer_append_text(page->out, "|\n");
	}
}

// ---- rules --------------------------------------------------------------------------------------------------------------------------------

static struct ppm_slice asks_of(struct page *page, const struct ppm_perfect_rule *r)
{
	struct ppm_buffer text;
	ppm_buffer_init(&text, page->arena->allocator);
	if (r->rule->kind == PPM_RULE_BEST_OF)
		ppm_buffer_append_text(&text, r->rule->penalties ? "only the largest counts" : "only the best counts");
	else if (r->rule->kind == PPM_RULE_GROUP) {
		struct ppm_slice cap = number_of(page, r->rule->cap);
		ppm_buffer_format(&text, "together at most %.*s", (int)cap.size, cap.data);
	} else
		ppm_buffer_append(&text, r->asks.data, r->asks.size);
	if (r->most.size)
		ppm_buffer_format(&text, "; most where %.*s", (int)r->most.size, r->most.data);
	if (!r->kept && r->needed)
		ppm_buffer_append_text(&text, " (given up)");
	struct ppm_slice raw = ppm_arena_take(page->arena, &text);
	return shown(page, raw);
}

static void add_row(struct page *page, const struct ppm_perfect_rule *r)
{
	struct ppm_slice name = shown(page, r->rule->name), because = shown(page, r->rule->syntax->because.source.text);
	page->rows[page->count++] = (struct table_row){ { number_of(page, r->points), ppm_arena_format(page->arena, "%*s%.*s", (int)(2 * r->depth), "", (int)name.size, name.data),
								asks_of(page, r), line_of(page, r->rule->span), because },
		false };
	if (r->expanded.size) {
		struct ppm_slice expanded = shown(page, r->expanded);
		page->rows[page->count++] = (struct table_row){ { [CONDITION] = ppm_arena_format(page->arena, "  = %.*s", (int)expanded.size, expanded.data) }, false };
	}
}

// Those that earn, then those that must not be; what is in a bundle stays with it.
static void rules(struct page *page, uint32_t from, uint32_t to)
{
	page->count = 0;
	for (int avoid = 0; avoid < 2; avoid++) {
		bool headed = false, within = false;
		for (uint32_t i = from; i < to; i++) {
			const struct ppm_perfect_rule *r = &page->p->rules[i];
			if (r->depth == 0)
				within = r->avoid == (bool)avoid;
			if (!within)
				continue;
			if (!headed)
				page->rows[page->count++] = (struct table_row){ { [RULE] = avoid ? PPM_SLICE("must not be") : PPM_SLICE("earns") }, true };
			headed = true;
			add_row(page, r);
		}
	}
	if (page->markdown)
		markdown_table(page);
	else
		text_table(page);
}

static void dimensions(struct page *page)
{
	const struct ppm_plan *plan = page->plan;
	double weights = 0;
	uint32_t at = 0;
	for (size_t i = 0; i < plan->dimension_count; i++)
		weights += plan->dimensions[i].weight;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		struct ppm_slice name = d->name.size ? shown(page, d->name) : PPM_SLICE("rules"), doc = shown(page, d->doc), low = number_of(page, d->low),
				 high = number_of(page, d->high);
		struct ppm_buffer title;
		ppm_buffer_init(&title, page->arena->allocator);
		ppm_buffer_format(&title, "%.*s: ", (int)name.size, name.data);
		if (doc.size)
			ppm_buffer_format(&title, "%.*s; ", (int)doc.size, doc.data);
		if (plan->dimension_count > 1) {
			struct ppm_slice weight = number_of(page, d->weight), all = number_of(page, weights);
			ppm_buffer_format(&title, "weight %.*s of %.*s, ", (int)weight.size, weight.data, (int)all.size, all.data);
		}
		ppm_buffer_format(&title, "points %.*s to %.*s", (int)low.size, low.data, (int)high.size, high.data);
		ppm_buffer_append_char(&title, 0);
		struct ppm_slice text = ppm_arena_take(page->arena, &title);
		section(page, text.data ? text.data : "");
		uint32_t end = at;
		while (end < page->p->rule_count && page->p->rules[end].rule->dimension == i)
			end++;
		rules(page, at, end);
		at = end;
	}
	if (at < page->p->rule_count) {
		section(page, "adjust: points of the score, after the dimensions");
		rules(page, at, page->p->rule_count);
	}
}

// ---- classes ------------------------------------------------------------------------------------------------------------------------------

static void never(struct page *page)
{
	const struct ppm_plan *plan = page->plan;
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		if (!i)
			section(page, "never");
		item(page);
		say(page, plan->disqualifiers[i].name);
		place(page, plan->disqualifiers[i].span);
		ppm_buffer_append_text(page->out, ": ");
		say(page, page->p->never[i]);
		if (page->p->never_expanded[i].size) {
			ppm_buffer_append_text(page->out, " = ");
			say(page, page->p->never_expanded[i]);
		}
		ppm_buffer_append_char(page->out, '\n');
	}
}

static void first_tier(struct page *page)
{
	const struct ppm_plan *plan = page->plan;
	if (!plan->tier_count)
		return;
	section(page, "the first tier");
	item(page);
	say(page, plan->tiers[0].name);
	place(page, plan->tiers[0].span);
	ppm_buffer_append_text(page->out, page->p->tier.size ? ": " : "");
	say(page, page->p->tier);
	if (page->p->tier_expanded.size) {
		ppm_buffer_append_text(page->out, " = ");
		say(page, page->p->tier_expanded);
	}
	ppm_buffer_append_char(page->out, '\n');
	if (plan->tiers[0].action_text.size) {
		item(page);
		ppm_buffer_append_text(page->out, "action: ");
		say(page, plan->tiers[0].action_text);
		ppm_buffer_append_char(page->out, '\n');
	}
}

static bool differs(const struct ppm_plan *plan, const struct ppm_plan_perspective *p)
{
	double own = 0, all = 0;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		own += p->weights[i];
		all += plan->dimensions[i].weight;
	}
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (fabs(p->weights[i] * all - plan->dimensions[i].weight * own) > 1e-9 * own * all)
			return true;
	return false;
}

static void perspectives(struct page *page)
{
	const struct ppm_plan *plan = page->plan;
	bool any = false;
	for (size_t i = 0; i < plan->perspective_count; i++) {
		const struct ppm_plan_perspective *p = &plan->perspectives[i];
		if (!differs(plan, p))
			continue;
		if (!any)
			section(page, "others see it with other weights");
		any = true;
		item(page);
		say(page, p->name);
		ppm_buffer_append_char(page->out, ':');
		for (size_t k = 0; k < plan->dimension_count; k++)
			if (p->weights[k] > 0) {
				ppm_buffer_append_char(page->out, ' ');
				say(page, plan->dimensions[k].name);
				ppm_buffer_append_char(page->out, ' ');
				put(page, number_of(page, p->weights[k]));
			}
		if (p->doc.size) {
			ppm_buffer_append_text(page->out, " (");
			say(page, p->doc);
			ppm_buffer_append_char(page->out, ')');
		}
		ppm_buffer_append_char(page->out, '\n');
	}
}

// ---- the facts, and what they come to --------------------------------------------------------------------------------------------------------

static void facts(struct page *page)
{
	size_t width = 0;
	if (!page->p->fact_count)
		return;
	section(page, "what it comes down to");
	for (uint32_t i = 0; i < page->p->fact_count; i++) {
		size_t own = width_of(shown(page, page->p->facts[i].name));
		width = own > width && own <= 40 ? own : width;
	}
	for (uint32_t i = 0; i < page->p->fact_count; i++) {
		struct ppm_slice name = shown(page, page->p->facts[i].name);
		size_t own = width_of(name);
		item(page);
		put(page, name);
		ppm_buffer_append_char(page->out, ':');
		ppm_buffer_format(page->out, "%*s", page->markdown || own >= width ? 1 : (int)(width - own + 1), "");
		say(page, page->p->facts[i].asks);
		ppm_buffer_append_char(page->out, '\n');
	}
}

static void conflicts(struct page *page)
{
	if (page->p->conflict_count || page->p->conflicts_cut)
		section(page, "cannot all be had together");
	for (uint32_t i = 0; i < page->p->conflict_count; i++) {
		const struct ppm_perfect_conflict *c = &page->p->conflicts[i];
		item(page);
		for (uint32_t k = 0; k < c->count; k++) {
			struct ppm_span span = c->rules[k] ? c->rules[k]->span : page->plan->disqualifiers[c->disqualifiers[k]].span;
			ppm_buffer_append_text(page->out, k == 0 ? "" : k + 1 == c->count ? " and " : ", ");
			if (!c->rules[k])
				ppm_buffer_append_text(page->out, "never ");
			say(page, c->rules[k] ? c->rules[k]->name : page->plan->disqualifiers[c->disqualifiers[k]].name);
			place(page, span);
		}
		ppm_buffer_append_text(page->out, c->of_range ? "; the range counts only one of them\n" : "\n");
		for (uint32_t k = 0; k < c->count; k++) {
			ppm_buffer_append_text(page->out, page->markdown ? "  - " : "    ");
			say(page, c->rules[k] ? c->rules[k]->name : page->plan->disqualifiers[c->disqualifiers[k]].name);
			ppm_buffer_append_text(page->out, c->rules[k] && c->rules[k]->kind != PPM_RULE_PENALTY ? " asks for " : " is no threat where ");
			say(page, c->asks[k]);
			ppm_buffer_append_char(page->out, '\n');
		}
	}
	if (page->p->conflicts_cut) {
		item(page);
		ppm_buffer_append_text(page->out, "there may be more: not every set of rules was tried\n");
	}
}

static void given_up(struct page *page)
{
	bool any = false;
	for (uint32_t i = 0; i < page->p->rule_count; i++) {
		const struct ppm_perfect_rule *r = &page->p->rules[i];
		if (r->kept || !r->needed)
			continue;
		ppm_buffer_append_text(page->out, any ? ", " : page->markdown ? "- given up for it: " : "  given up for it: ");
		any = true;
		say(page, r->rule->name);
		place(page, r->rule->span);
	}
	ppm_buffer_append_text(page->out, any ? "\n" : "");
}

static void example(struct page *page)
{
	const struct ppm_perfect *p = page->p;
	if (!p->found)
		return;
	struct ppm_slice points = number_of(page, p->points);
	item(page);
	ppm_buffer_format(page->out, "a customer with %.*s point%s who has it", (int)points.size, points.data, p->points == 1 ? "" : "s");
	if (p->example_tier.size) {
		ppm_buffer_append_text(page->out, p->first_tier ? ", in the first tier, " : ", in the tier ");
		say(page, p->example_tier);
	}
	ppm_buffer_append_text(page->out, ":\n");
	for (uint32_t i = 0; i < p->example_count; i++) {
		ppm_buffer_append_text(page->out, page->markdown ? "  - " : "    ");
		say(page, p->example[i].name);
		ppm_buffer_append_text(page->out, " = ");
		say(page, p->example[i].text);
		ppm_buffer_append_char(page->out, '\n');
	}
}

static void score(struct page *page)
{
	section(page, "the best score");
	if (!page->p->scored) {
		item(page);
		ppm_buffer_append_text(page->out, "the model has no rules, so that nobody has a score\n");
		return;
	}
	const struct ppm_perfect *p = page->p;
	double power = 1;
	for (int i = 0; i < page->plan->places; i++)
		power *= 10;
	struct ppm_slice most = number_of(page, ppm_number_round_places(p->most, power)), best = number_of(page, p->best);
	item(page);
	if (p->found && p->exact && p->best >= 100)
		ppm_buffer_append_text(page->out, "100 can be reached");
	else if (p->found && p->exact)
		ppm_buffer_format(page->out, "100 cannot be reached: the best is %.*s", (int)best.size, best.data);
	else if (p->found)
		ppm_buffer_format(page->out, "nobody can have more than %.*s; the best customer that was found has %.*s", (int)most.size, most.data, (int)best.size, best.data);
	else {
		const char *whom = page->plan->disqualifier_count ? " and whom nothing disqualifies" : "";
		if (p->nobody)
			ppm_buffer_format(page->out, "there is none: nobody can be a customer of whom everything is known%s", whom);
		else
			ppm_buffer_format(page->out, "nobody can have more than %.*s; no customer was found of whom everything is known%s", (int)most.size, most.data, whom);
	}
	ppm_buffer_append_char(page->out, '\n');
	given_up(page);
	example(page);
}

void ppm_perfect_text(const struct ppm_perfect *perfect, const struct ppm_source_map *sources, bool markdown, bool colour, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct page page = { .p = perfect, .plan = perfect->plan, .sources = sources, .arena = arena, .out = out, .markdown = markdown, .colour = colour };
	const struct ppm_plan *plan = perfect->plan;
	page.rows = ppm_arena_allocate(arena, 2 * (size_t)perfect->rule_count + 4, sizeof *page.rows);
	if (!page.rows) {
		out->failed = true;
		return;
	}
	ppm_buffer_append_text(out, markdown ? "## the perfect prospect" : "the perfect prospect");
	if (plan->model_name.size) {
		ppm_buffer_append_text(out, " of ");
		say(&page, plan->model_name);
	}
	if (plan->model_doc.size) {
		ppm_buffer_append_text(out, ": ");
		say(&page, plan->model_doc);
	}
	if (plan->has_as_of) {
		char day[10];
		ppm_date_write(plan->as_of, day);
		ppm_buffer_format(out, ", as of %.10s", day);
	}
	ppm_buffer_append_char(out, '\n');
	dimensions(&page);
	never(&page);
	first_tier(&page);
	perspectives(&page);
	facts(&page);
	conflicts(&page);
	score(&page);
	out->failed = out->failed || arena->failed;
}

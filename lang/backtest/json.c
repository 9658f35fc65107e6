// A backtest as one JSON object: counts as they are, measures as decimals of 12 places, null where there is no value.
#include "lang/backtest/backtest_internal.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <math.h>

struct writer {
	const struct ppm_backtest *b;
	const struct ppm_source_map *sources;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool first; // nothing was written inside the innermost bracket
};

static void text(struct writer *w, struct ppm_slice text)
{
	ppm_buffer_append_char(w->out, '"');
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];
		if (c < 0x20)
			ppm_buffer_format(w->out, "\\u%04x", c);
		else {
			if (c == '"' || c == '\\')
				ppm_buffer_append_char(w->out, '\\');
			ppm_buffer_append_char(w->out, (char)c);
		}
	}
	ppm_buffer_append_char(w->out, '"');
}

static void comma(struct writer *w)
{
	if (!w->first)
		ppm_buffer_append_text(w->out, ", ");
	w->first = false;
}

// A member's name, or nothing in an array.
static void key(struct writer *w, const char *name)
{
	comma(w);
	if (name)
		ppm_buffer_format(w->out, "\"%s\": ", name);
}

static void open_(struct writer *w, const char *name, char bracket)
{
	key(w, name);
	ppm_buffer_append_char(w->out, bracket);
	w->first = true;
}

// An object of a list or of the page, on a line of its own.
static void open_line(struct writer *w, const char *name, char bracket)
{
	if (!w->first)
		ppm_buffer_append_char(w->out, ',');
	ppm_buffer_append_text(w->out, name ? "\n  " : "\n    ");
	if (name)
		ppm_buffer_format(w->out, "\"%s\": ", name);
	ppm_buffer_append_char(w->out, bracket);
	w->first = true;
}

static void close_(struct writer *w, char bracket)
{
	ppm_buffer_append_char(w->out, bracket);
	w->first = false;
}

static void member_text(struct writer *w, const char *name, struct ppm_slice value)
{
	key(w, name);
	text(w, value);
}

static void member_count(struct writer *w, const char *name, uint64_t value)
{
	key(w, name);
	ppm_buffer_format(w->out, "%llu", (unsigned long long)value);
}

static void member_flag(struct writer *w, const char *name, bool value)
{
	key(w, name);
	ppm_buffer_append_text(w->out, value ? "true" : "false");
}

static void member_number(struct writer *w, const char *name, bool there, double value)
{
	char digits[400];

	key(w, name);
	if (there && isfinite(value))
		ppm_buffer_append(w->out, digits, ppm_number_write(value, digits));
	else
		ppm_buffer_append_text(w->out, "null");
}

// A count of pairs, which may need more than 64 bits, or a score in units of its last place.
static void member_decimal(struct writer *w, const char *name, ppm_int128 value, int places)
{
	char digits[64];

	key(w, name);
	ppm_buffer_append(w->out, digits, ppm_decimal_write(value, places, places, digits));
}

static void interval(struct writer *w, struct ppm_interval i)
{
	member_number(w, "low", i.there, i.low);
	member_number(w, "high", i.there, i.high);
}

static void members_of_counts(struct writer *w, struct ppm_class_counts counts)
{
	double rate = 0;
	bool there = ppm_rate(counts, &rate);

	member_count(w, "customers", counts.with + counts.without);
	member_count(w, "with", counts.with);
	member_number(w, "rate", there, rate);
	interval(w, ppm_wilson(counts));
}

static void members_of_figure(struct writer *w, const struct ppm_discrimination *d)
{
	member_count(w, "with", d->with);
	member_count(w, "without", d->without);
	member_decimal(w, "pairs_right", d->right, 0);
	member_decimal(w, "pairs_equal", d->equal, 0);
	member_decimal(w, "pairs_wrong", d->wrong, 0);
	member_number(w, "auc", d->there, d->area);
	interval(w, d->interval);
	member_number(w, "gini", d->there, d->gini);
	member_number(w, "ks", d->there, d->ks);
}

static void findings(struct writer *w)
{
	struct ppm_finding *items;
	uint32_t found = ppm_backtest_findings(w->b, w->arena, &items);

	open_line(w, "findings", '[');
	for (uint32_t i = 0; i < found; i++) {
		open_line(w, NULL, '{');
		member_text(w, "kind", ppm_slice_of(ppm_finding_word(items[i].kind)));
		member_text(w, "name", items[i].name);
		member_text(w, "text", ppm_slice_of(items[i].text));
		close_(w, '}');
	}
	close_(w, ']');
}

static void conditions(struct writer *w, const struct ppm_backtest_condition *items, uint32_t count)
{
	open_line(w, "conditions", '[');
	for (uint32_t i = 0; i < count; i++) {
		open_line(w, NULL, '{');
		member_text(w, "condition", items[i].condition.text);
		member_flag(w, "holds", items[i].holds);
		member_text(w, "figures", ppm_slice_of(ppm_backtest_condition_figures(w->b, &items[i].condition, w->arena)));
		close_(w, '}');
	}
	close_(w, ']');
}

static void score(struct writer *w)
{
	const struct ppm_discrimination *d = &w->b->score.discrimination;
	int places = w->b->about->plan->places;

	open_line(w, "score", '{');
	members_of_figure(w, d);
	if (d->there && d->ks != 0) {
		member_decimal(w, "ks_at", d->ks_at, places);
		member_count(w, "ks_with", d->ks_with);
		member_count(w, "ks_without", d->ks_without);
	}
	close_(w, '}');
}

static void parts(struct writer *w)
{
	const struct ppm_class_tally *tally = &w->b->score.tally;
	int places = w->b->about->plan->places;
	double reached = 0, all = (double)(tally->with + tally->without);

	open_line(w, "tenths", '[');
	for (uint32_t i = 0; i < PPM_BACKTEST_PARTS && w->b->has_score; i++) {
		const struct ppm_backtest_part *part = &w->b->parts[i];
		reached += part->with;
		open_line(w, NULL, '{');
		member_decimal(w, "lowest", part->low, places);
		member_decimal(w, "highest", part->high, places);
		member_number(w, "customers", true, part->customers);
		member_number(w, "with", true, part->with);
		member_number(w, "rate", true, part->with / part->customers);
		member_number(w, "lift", true, part->with * all / (part->customers * (double)tally->with));
		member_number(w, "reached", true, i + 1 == PPM_BACKTEST_PARTS ? 1 : reached / (double)tally->with);
		for (uint32_t k = 0; k < w->b->value_count; k++) {
			if (!k)
				open_(w, "values", '[');
			open_(w, NULL, '{');
			member_text(w, "name", w->b->values[k].name);
			member_number(w, "with", true, w->b->values[k].lost[i]);
			member_number(w, "all", true, w->b->values[k].all[i]);
			close_(w, '}');
			if (k + 1 == w->b->value_count)
				close_(w, ']');
		}
		close_(w, '}');
	}
	close_(w, ']');
}

static void values(struct writer *w)
{
	open_line(w, "values", '[');
	for (uint32_t k = 0; k < w->b->value_count; k++) {
		open_line(w, NULL, '{');
		member_text(w, "name", w->b->values[k].name);
		member_number(w, "with", true, w->b->values[k].lost_total);
		member_number(w, "all", true, w->b->values[k].all_total);
		member_count(w, "missing", w->b->values[k].missing);
		member_count(w, "beyond", w->b->values[k].beyond);
		close_(w, '}');
	}
	close_(w, ']');
}

static void bins(struct writer *w)
{
	open_line(w, "scores", '[');
	for (unsigned i = 0; i < PPM_BACKTEST_BINS; i++) {
		open_line(w, NULL, '{');
		member_count(w, "from", 100 / PPM_BACKTEST_BINS * i);
		member_count(w, "to", 100 / PPM_BACKTEST_BINS * (i + 1));
		members_of_counts(w, w->b->bins[i]);
		close_(w, '}');
	}
	close_(w, ']');
}

static void groups(struct writer *w, const struct ppm_backtest_group *items, uint32_t count, bool evidence, const struct ppm_discrimination *scores)
{
	for (uint32_t i = 0; i < count; i++) {
		struct ppm_class_counts counts = items[i].counts;
		if (!counts.with && !counts.without)
			continue;
		open_line(w, NULL, '{');
		member_text(w, "name", items[i].name);
		members_of_counts(w, counts);
		if (evidence) {
			member_number(w, "weight_of_evidence", true, ppm_weight_of_evidence(counts, w->b->counts));
			member_number(w, "information", true, ppm_information(counts, w->b->counts));
		}
		if (scores) {
			member_number(w, "auc", scores[i].there, scores[i].area);
			member_number(w, "auc_low", scores[i].interval.there, scores[i].interval.low);
			member_number(w, "auc_high", scores[i].interval.there, scores[i].interval.high);
		}
		close_(w, '}');
	}
}

static void splits(struct writer *w, const char *name, const char *of, uint32_t from, uint32_t to)
{
	open_line(w, name, '[');
	for (uint32_t i = from; i < to; i++) {
		const struct ppm_backtest_split *split = &w->b->splits[i];
		open_line(w, NULL, '{');
		member_text(w, "name", split->name);
		open_(w, of, '[');
		groups(w, split->groups, split->group_count, false, split->discriminations);
		close_(w, ']');
		close_(w, '}');
	}
	close_(w, ']');
}

static void classes(struct writer *w)
{
	open_line(w, "tiers", '[');
	groups(w, w->b->tiers, w->b->tier_count, false, NULL);
	close_(w, ']');
	splits(w, "segments", "arms", 0, w->b->segment_count);
	splits(w, "by", "values", w->b->segment_count, w->b->split_count);
}

static void figures(struct writer *w, const char *name, const struct ppm_backtest_figure *items, uint32_t count)
{
	open_line(w, name, '[');
	for (uint32_t i = 0; i < count; i++) {
		open_line(w, NULL, '{');
		member_text(w, "name", items[i].name);
		members_of_figure(w, &items[i].discrimination);
		close_(w, '}');
	}
	close_(w, ']');
}

static void rule(struct writer *w, const struct ppm_backtest_rule *r)
{
	static const char *const kinds[] = { [PPM_RULE_REWARD] = "reward", [PPM_RULE_PENALTY] = "penalty", [PPM_RULE_SCALE] = "scale", [PPM_RULE_BANDS] = "bands" };
	const struct ppm_plan *plan = w->b->about->plan;
	bool conditional = r->rule->kind == PPM_RULE_REWARD || r->rule->kind == PPM_RULE_PENALTY;
	uint32_t line = 0, column;
	const struct ppm_source *source = ppm_source_map_place(w->sources, r->rule->span.begin, &line, &column);

	open_line(w, NULL, '{');
	member_text(w, "name", r->rule->name);
	member_text(w, "kind", ppm_slice_of(kinds[r->rule->kind]));
	if (r->rule->dimension != PPM_NO_DIMENSION && plan->dimensions[r->rule->dimension].name.size)
		member_text(w, "dimension", plan->dimensions[r->rule->dimension].name);
	if (source) {
		member_text(w, "file", source->path);
		member_count(w, "line", line);
	}
	member_text(w, "evidence", ppm_slice_of(ppm_evidence_word(r->evidence)));
	member_number(w, "information_value", true, r->information);
	member_flag(w, "reads_outcome", r->reads.size > 0);
	if (conditional) {
		member_number(w, "lift", r->lift.known, r->lift.ratio);
		interval(w, r->lift.interval);
	} else
		members_of_figure(w, &r->discrimination);
	open_(w, "groups", '[');
	groups(w, r->groups, r->group_count, true, NULL);
	close_(w, ']');
	close_(w, '}');
}

void ppm_backtest_json(const struct ppm_backtest_page *page, struct ppm_arena *arena, struct ppm_buffer *out)
{
	const struct ppm_backtest *b = page->backtest;
	struct writer w = { b, page->sources, arena, out, true };
	double rate = 0;
	bool there = ppm_rate(b->counts, &rate);

	ppm_buffer_append_char(out, '{');
	open_line(&w, "outcome", '{');
	member_text(&w, "name", b->outcome->text);
	member_flag(&w, "wanted", b->outcome->wanted);
	member_text(&w, "expected", b->outcome->wanted ? PPM_SLICE("higher") : PPM_SLICE("lower"));
	member_text(&w, "file", ppm_backtest_shown(arena, page->file));
	member_count(&w, "customers", b->counts.with + b->counts.without);
	member_count(&w, "with", b->counts.with);
	member_number(&w, "rate", there, rate);
	member_count(&w, "left_out", b->missing);
	member_count(&w, "without_score", b->unscored);
	close_(&w, '}');
	conditions(&w, page->conditions, page->condition_count);
	findings(&w);
	score(&w);
	parts(&w);
	values(&w);
	bins(&w);
	classes(&w);
	figures(&w, "dimensions", b->dimensions, b->dimension_count);
	figures(&w, "perspectives", b->perspectives, b->perspective_count);
	open_line(&w, "rules", '[');
	for (uint32_t i = 0; i < b->rule_count; i++)
		rule(&w, &b->rules[i]);
	close_(&w, ']');
	ppm_buffer_append_text(out, "\n}\n");
	out->failed = out->failed || arena->failed;
}

// What is to be looked at before any figure: what makes the figures worthless, and what they say against the model.
#include "lang/backtest/backtest_internal.h"

#include "runtime/base/number.h"

#include <math.h>

const char *ppm_evidence_word(enum ppm_evidence evidence)
{
	switch (evidence) {
	case PPM_EVIDENCE_NONE: return "nothing to tell";
	case PPM_EVIDENCE_OPEN: return "unclear";
	case PPM_EVIDENCE_RIGHT: return "as expected";
	case PPM_EVIDENCE_WRONG: return "wrong way";
	}
	return "";
}

const char *ppm_finding_word(enum ppm_finding_kind kind)
{
	switch (kind) {
	case PPM_FINDING_LEAK: return "leak";
	case PPM_FINDING_DIRECTION: return "direction";
	case PPM_FINDING_RULE: return "rule";
	case PPM_FINDING_TIER: return "tier";
	}
	return "";
}

// ---- figures as text -------------------------------------------------------------------------------------------------

const char *ppm_backtest_decimal(struct ppm_arena *arena, double x, int places)
{
	char digits[400];
	size_t size = isfinite(x) ? ppm_number_write_fixed(x, places, digits) : 0;

	return size ? ppm_backtest_text_of(arena, "%.*s", (int)size, digits) : "∞";
}

const char *ppm_backtest_percent(struct ppm_arena *arena, double share)
{
	return ppm_backtest_text_of(arena, "%s%%", ppm_backtest_decimal(arena, share * 100, 1));
}

const char *ppm_backtest_range(struct ppm_arena *arena, struct ppm_interval interval, int places)
{
	if (!interval.there)
		return "";
	return ppm_backtest_text_of(arena, "%s to %s", ppm_backtest_decimal(arena, interval.low, places), ppm_backtest_decimal(arena, interval.high, places));
}

const char *ppm_backtest_score(const struct ppm_backtest *b, struct ppm_arena *arena, int64_t score)
{
	char digits[64];
	size_t size = ppm_decimal_write(score, b->about->plan->places, b->about->plan->places, digits);

	return ppm_backtest_text_of(arena, "%.*s", (int)size, digits);
}

const char *ppm_backtest_count(struct ppm_arena *arena, uint64_t count)
{
	char digits[32];
	size_t at = sizeof digits;

	for (unsigned i = 0; i == 0 || count; i++, count /= 10) {
		if (i && i % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + count % 10);
	}
	return ppm_backtest_text_of(arena, "%.*s", (int)(sizeof digits - at), digits + at);
}

const char *ppm_backtest_place(const struct ppm_source_map *sources, struct ppm_span span, struct ppm_arena *arena, uint32_t *line)
{
	uint32_t column;
	const struct ppm_source *source = ppm_source_map_place(sources, span.begin, line, &column);

	if (!source)
		return "";
	if (source == sources->first)
		return ppm_backtest_text_of(arena, "line %u", *line);
	struct ppm_slice path = ppm_backtest_shown(arena, source->path);
	return ppm_backtest_text_of(arena, "%.*s:%u", (int)path.size, path.data, *line);
}

// ---- findings ----------------------------------------------------------------------------------------------------------

struct list {
	const struct ppm_backtest *b;
	struct ppm_arena *arena;
	struct ppm_finding *items;
	uint32_t count;
};

static void add(struct list *l, enum ppm_finding_kind kind, struct ppm_slice name, const char *text)
{
	l->items[l->count++] = (struct ppm_finding){ kind, name, text };
}

static const char *name_of(struct list *l, struct ppm_slice name)
{
	struct ppm_slice shown = ppm_backtest_shown(l->arena, name);
	return ppm_backtest_text_of(l->arena, "`%.*s`", (int)shown.size, shown.data);
}

static const char *kind_of(const struct ppm_plan_rule *rule)
{
	switch (rule->kind) {
	case PPM_RULE_REWARD: return "reward";
	case PPM_RULE_PENALTY: return "penalty";
	case PPM_RULE_SCALE: return "scale";
	case PPM_RULE_BANDS: return "bands";
	default: return "rule";
	}
}

static void leaks(struct list *l)
{
	const char *outcome = name_of(l, l->b->outcome->name);

	if (l->b->outcome_reads_score)
		add(l, PPM_FINDING_LEAK, l->b->outcome->name, ppm_backtest_text_of(l->arena, "the outcome %s is computed from the score: it can tell nothing about it", outcome));
	for (uint32_t i = 0; i < l->b->rule_count; i++) {
		const struct ppm_backtest_rule *r = &l->b->rules[i];
		if (!r->reads.size)
			continue;
		const char *made = ppm_slice_equal(r->reads, l->b->outcome->name) ? "" : ppm_backtest_text_of(l->arena, ", which %s is made of", outcome);
		add(l, PPM_FINDING_LEAK, r->rule->name,
			ppm_backtest_text_of(l->arena, "%s %s reads the outcome (%s%s): the score has seen what it is to predict, and the figures below say too much",
				kind_of(r->rule), name_of(l, r->rule->name), name_of(l, r->reads), made));
	}
	for (uint32_t i = 0; i < l->b->leak_count; i++) {
		const struct ppm_backtest_leak *leak = &l->b->leaks[i];
		add(l, PPM_FINDING_LEAK, leak->name,
			ppm_backtest_text_of(l->arena, "%s %s reads the outcome (%s): its rates are no prediction", leak->what, name_of(l, leak->name), name_of(l, leak->reads)));
	}
}

static void direction(struct list *l)
{
	const struct ppm_discrimination *d = &l->b->score.discrimination;
	const char *outcome = name_of(l, l->b->outcome->text);
	bool wanted = l->b->outcome->wanted;

	if (!d->there || !d->interval.there || d->interval.high >= 0.5)
		return;
	add(l, PPM_FINDING_DIRECTION, PPM_SLICE("score"),
		ppm_backtest_text_of(l->arena, "the score points the wrong way: customers with %s score %s; %s", outcome, wanted ? "lower" : "higher",
			wanted ? "without `--wanted` the outcome counts as one to avoid" : "if the outcome is one to hope for, add `--wanted`"));
}

static void rules(struct list *l)
{
	for (uint32_t i = 0; i < l->b->rule_count; i++) {
		const struct ppm_backtest_rule *r = &l->b->rules[i];
		const char *said;
		if (r->evidence != PPM_EVIDENCE_WRONG)
			continue;
		if (r->lift.known)
			said = ppm_backtest_text_of(l->arena, "where it fires the outcome is %s times as frequent as where it does not (95%%: %s)",
				ppm_backtest_decimal(l->arena, r->lift.ratio, 2), ppm_backtest_range(l->arena, r->lift.interval, 2));
		else
			said = ppm_backtest_text_of(l->arena, "a customer with the outcome has %s points in %s of pairs only (95%%: %s to %s)",
				l->b->outcome->wanted ? "more" : "fewer", ppm_backtest_percent(l->arena, r->discrimination.area),
				ppm_backtest_percent(l->arena, r->discrimination.interval.low), ppm_backtest_percent(l->arena, r->discrimination.interval.high));
		add(l, PPM_FINDING_RULE, r->rule->name, ppm_backtest_text_of(l->arena, "%s %s points the wrong way: %s", kind_of(r->rule), name_of(l, r->rule->name), said));
	}
}

static void tiers(struct list *l)
{
	for (uint32_t i = 0; i < l->b->disorder_count; i++) {
		const struct ppm_backtest_disorder *d = &l->b->disorders[i];
		const struct ppm_backtest_group *better = &l->b->tiers[d->better], *worse = &l->b->tiers[d->worse];
		double rate = 0, other = 0;
		ppm_rate(better->counts, &rate);
		ppm_rate(worse->counts, &other);
		add(l, PPM_FINDING_TIER, better->name,
			ppm_backtest_text_of(l->arena, "tier %s scores higher than %s, and has the outcome %s often: %s and %s (%s)", name_of(l, better->name),
				name_of(l, worse->name), l->b->outcome->wanted ? "less" : "more", ppm_backtest_percent(l->arena, rate), ppm_backtest_percent(l->arena, other),
				d->clear ? "their 95% intervals are apart" : "their 95% intervals overlap"));
	}
}

uint32_t ppm_backtest_findings(const struct ppm_backtest *b, struct ppm_arena *arena, struct ppm_finding **findings)
{
	struct list l = { b, arena, ppm_arena_allocate(arena, 2 * (size_t)b->rule_count + b->leak_count + b->disorder_count + 3, sizeof *l.items), 0 };

	*findings = l.items;
	if (!l.items)
		return 0;
	leaks(&l);
	direction(&l);
	rules(&l);
	tiers(&l);
	return l.count;
}

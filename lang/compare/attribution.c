// The difference of two waterfalls. Lines are paired by what they are of, and subtracted exactly, before anything is rounded: a rule that did the same in both models is no
// line, and hundredths are apportioned once, over the differences. What the score's own rounding adds is a line.
#include "lang/compare/attribution.h"

#include <math.h>
#include <string.h>

#define EXACT_PLACES 20 // of a line's `exact`
#define SHARE_PLACES 12

struct maker {
	struct ppm_attribution *out;
	struct ppm_arena *arena;
	const struct ppm_explained_row *rows[PPM_SIDES];
	const struct ppm_changes *changes;
	struct ppm_waterfall waterfalls[PPM_SIDES];
};

static ppm_int128 power(int places)
{
	ppm_int128 result = 1;
	while (places-- > 0)
		result *= 10;
	return result;
}

static ppm_int128 floor_divide(ppm_int128 a, ppm_int128 b)
{
	ppm_int128 result = a / b;
	return a % b < 0 ? result - 1 : result;
}

void ppm_attribution_shares(const struct ppm_waterfall *w, int64_t *shares, size_t rule_count)
{
	memset(shares, 0, rule_count * sizeof *shares);
	for (uint32_t i = 0; i < w->count; i++)
		if ((w->lines[i].kind == PPM_LINE_RULE || w->lines[i].kind == PPM_LINE_CAP) && w->lines[i].has_change) // what its cap took is the group's own
			shares[w->lines[i].rule->index] = (int64_t)ppm_round_divide_128(w->lines[i].exact, power(EXACT_PLACES - SHARE_PLACES));
}

// ---- what was changed ---------------------------------------------------------------------------------------------------

static void append_parts(struct ppm_buffer *out, const struct ppm_change *change)
{
	for (size_t i = 0; i < change->part_count; i++) {
		const struct ppm_change_part *part = &change->parts[i];
		ppm_buffer_append_text(out, i ? ", " : "");
		ppm_buffer_append(out, part->symbols.data, part->symbols.size);
	}
}

static void append_change(struct ppm_buffer *out, const struct ppm_change *change, bool own)
{
	ppm_buffer_append_text(out, out->size ? "; " : "");
	if (!own)
		ppm_buffer_format(out, "%.*s", (int)change->name.size, change->name.data);
	switch (change->kind) {
	case PPM_CHANGE_ADDED: ppm_buffer_append_text(out, own ? "new" : " is new"); return;
	case PPM_CHANGE_REMOVED: ppm_buffer_append_text(out, own ? "removed" : " is gone"); return;
	case PPM_CHANGE_RENAMED:
	case PPM_CHANGE_CHANGED: break;
	}
	if (!change->part_count)
		ppm_buffer_format(out, "%s%.*s", own ? "was " : " was ", (int)change->old_name.size, change->old_name.data);
	else if (!own)
		ppm_buffer_append_text(out, ": ");
	append_parts(out, change);
}

static struct ppm_slice taken(struct ppm_arena *arena, struct ppm_buffer *buffer)
{
	struct ppm_slice made = buffer->size ? ppm_arena_copy(arena, ppm_buffer_slice(buffer)) : PPM_SLICE("");
	arena->failed = arena->failed || buffer->failed;
	ppm_buffer_free(buffer);
	return made.data ? made : PPM_SLICE("");
}

static bool reaches(const struct ppm_change *change, uint32_t rule)
{
	for (size_t i = 0; i < change->rule_count; i++)
		if (change->rules[i] == rule)
			return true;
	return false;
}

// A rule as each plan has it, or PPM_NO_RULE.
struct sides {
	uint32_t rule[PPM_SIDES];
};

static struct sides sides_of(const struct ppm_changes *changes, int side, uint32_t rule)
{
	struct sides s = { { PPM_NO_RULE, PPM_NO_RULE } };

	s.rule[side] = rule;
	if (side == PPM_AFTER)
		s.rule[PPM_BEFORE] = rule < changes->after_rule_count ? changes->before_rules[rule] : PPM_NO_RULE;
	else
		s.rule[PPM_AFTER] = rule < changes->before_rule_count ? changes->after_rules[rule] : PPM_NO_RULE;
	return s;
}

static bool is_of(const struct ppm_change *change, const struct sides *s)
{
	uint32_t old = s->rule[PPM_BEFORE], new = s->rule[PPM_AFTER];

	return change->subject == PPM_SUBJECT_RULE && ((new != PPM_NO_RULE && change->rule_after == new) || (old != PPM_NO_RULE && change->rule_before == old));
}

// What was changed of the first of the rules, then what was of the others or reaches one of them; each once.
static void append_causes(struct ppm_buffer *out, const struct ppm_changes *changes, const struct sides *rules, uint32_t count)
{
	for (size_t i = 0; i < changes->count; i++)
		if (is_of(&changes->items[i], &rules[0]))
			append_change(out, &changes->items[i], true);
	for (size_t i = 0; i < changes->count; i++) {
		const struct ppm_change *change = &changes->items[i];
		bool told = false;
		for (uint32_t k = 0; k < count && !told && !is_of(change, &rules[0]); k++)
			told = is_of(change, &rules[k]) || (rules[k].rule[PPM_AFTER] != PPM_NO_RULE && reaches(change, rules[k].rule[PPM_AFTER]));
		if (told)
			append_change(out, change, false);
	}
}

struct ppm_slice ppm_change_cause(struct ppm_arena *arena, const struct ppm_changes *changes, int side, uint32_t rule)
{
	const struct sides rules[] = { sides_of(changes, side, rule) };
	struct ppm_buffer out;

	ppm_buffer_init(&out, arena->allocator);
	append_causes(&out, changes, rules, 1);
	return taken(arena, &out);
}

// What is said of a row by name: no two such overrides count for one key. The run itself has compared the keys, which a file may write in other ways than a model. NULL: none.
static const struct ppm_explain_override *exception_of(const struct ppm_explained_row *row)
{
	for (uint32_t i = 0; i < row->about->override_count; i++)
		if (!row->about->overrides[i].expired && ppm_explained_is(row, row->about->overrides[i].is_key))
			return &row->about->overrides[i];
	return NULL;
}

// Overrides stand in the model's own file, the first of its sources: their spans are the same whenever it is compiled. `overrides from` a dataset may be anybody's.
static bool is_exception(const struct ppm_change *change, const struct ppm_explain_override *const exceptions[PPM_SIDES])
{
	const struct ppm_span spans[PPM_SIDES] = { [PPM_BEFORE] = change->before, [PPM_AFTER] = change->after };

	if (change->name.size > 5 && !memcmp(change->name.data, "from ", 5))
		return true;
	for (int s = 0; s < PPM_SIDES; s++)
		if (exceptions[s] && exceptions[s]->span.begin == spans[s].begin && exceptions[s]->span.end == spans[s].end)
			return true;
	return false;
}

static bool names_tier(const struct ppm_change *change, struct ppm_slice from, struct ppm_slice to, const struct ppm_explain_override *const exceptions[PPM_SIDES])
{
	bool barred = ppm_slice_is(from, "disqualified") || ppm_slice_is(to, "disqualified") || ppm_slice_is(from, "unverified") || ppm_slice_is(to, "unverified");

	if (change->subject == PPM_SUBJECT_RULE || change->subject == PPM_SUBJECT_DIMENSION) // those move the score, and are in its lines
		return false;
	if (change->subject == PPM_SUBJECT_DISQUALIFIER)
		return barred;
	if (change->subject == PPM_SUBJECT_OVERRIDE)
		return is_exception(change, exceptions);
	if (change->subject == PPM_SUBJECT_TIER)
		return ppm_slice_equal(change->name, from) || ppm_slice_equal(change->name, to) || (change->old_name.size && ppm_slice_equal(change->old_name, from));
	for (size_t i = 0; i < change->reach_count; i++)
		if (ppm_slice_equal(change->reaches[i], from) || ppm_slice_equal(change->reaches[i], to))
			return true;
	return false;
}

struct ppm_slice ppm_change_tier_cause(
	struct ppm_arena *arena, const struct ppm_changes *changes, struct ppm_slice from, struct ppm_slice to, const struct ppm_explained_row rows[PPM_SIDES])
{
	const struct ppm_explain_override *exceptions[PPM_SIDES] = { exception_of(&rows[PPM_BEFORE]), exception_of(&rows[PPM_AFTER]) };
	struct ppm_buffer out;

	ppm_buffer_init(&out, arena->allocator);
	for (size_t i = 0; i < changes->count; i++)
		if (names_tier(&changes->items[i], from, to, exceptions))
			append_change(&out, &changes->items[i], false);
	return taken(arena, &out);
}

// Beyond what divisions round.
static bool is_near(double a, double b)
{
	return fabs(a - b) <= 1e-12 * fabs(a);
}

// Rules that nothing reached count for something else when weights or ranges are others: weights where the dimension's share of all of them is another. A range that is declared is told as the model has it.
static struct ppm_slice indirect_cause(struct maker *m, const struct ppm_waterfall_line *line, int side)
{
	const struct ppm_plan *plan = m->rows[side]->about->plan;
	const struct ppm_plan_dimension *dimension = line->dimension == PPM_NO_DIMENSION ? NULL : &plan->dimensions[line->dimension];
	const struct ppm_waterfall_dimension *own = dimension ? &m->waterfalls[side].dimensions[line->dimension] : NULL, *other = NULL;
	const struct ppm_plan *there = m->rows[!side]->about->plan;
	struct ppm_buffer out;
	bool ranges = false, shares = true;

	for (size_t i = 0; dimension && i < there->dimension_count; i++)
		if (ppm_slice_equal(there->dimensions[i].name, dimension->name)) {
			other = &m->waterfalls[!side].dimensions[i];
			shares = !own->known || !other->known ||
				!is_near(dimension->weight / m->waterfalls[side].weights, there->dimensions[i].weight / m->waterfalls[!side].weights);
		}
	ppm_buffer_init(&out, m->arena->allocator);
	for (size_t i = 0; dimension && i < m->changes->count; i++) {
		const struct ppm_change *change = &m->changes->items[i];
		bool weighs = change->kind != PPM_CHANGE_CHANGED, is_own = ppm_slice_equal(change->name, dimension->name), more = false;
		for (size_t k = 0; k < change->part_count; k++) {
			bool weight = !strcmp(change->parts[k].aspect, "weight");
			weighs = weighs || weight;
			more = more || !weight;
		}
		if (change->subject != PPM_SUBJECT_DIMENSION || !((weighs && shares) || (is_own && more)))
			continue;
		append_change(&out, change, false);
		for (size_t k = 0; k < change->part_count && is_own; k++)
			ranges = ranges || !strcmp(change->parts[k].aspect, "range");
	}
	if (!ranges && own && other && own->known && other->known && (own->low != other->low || own->high != other->high)) {
		const struct ppm_waterfall_dimension *was = side == PPM_AFTER ? other : own, *is = side == PPM_AFTER ? own : other;
		ppm_buffer_append_text(&out, out.size ? "; " : "");
		if (dimension->name.size)
			ppm_buffer_format(&out, "%.*s: ", (int)dimension->name.size, dimension->name.data);
		ppm_buffer_append_text(&out, "range ");
		ppm_explain_points(&out, was->low);
		ppm_buffer_append_text(&out, " to ");
		ppm_explain_points(&out, was->high);
		ppm_buffer_append_text(&out, " → ");
		ppm_explain_points(&out, is->low);
		ppm_buffer_append_text(&out, " to ");
		ppm_explain_points(&out, is->high);
	}
	char before[PPM_NUMBER_TEXT], after[PPM_NUMBER_TEXT];
	if (!out.size && own && shares && m->waterfalls[PPM_BEFORE].weights != m->waterfalls[PPM_AFTER].weights)
		ppm_buffer_format(
			&out, "weights %s → %s in all", ppm_number_text(m->waterfalls[PPM_BEFORE].weights, before), ppm_number_text(m->waterfalls[PPM_AFTER].weights, after));
	return taken(m->arena, &out);
}

// ---- what a line's change comes from ------------------------------------------------------------------------------------

static bool is_other(const struct ppm_waterfall_line *was, const struct ppm_waterfall_line *is)
{
	return !was || !is || was->outcome != is->outcome || was->points != is->points;
}

static bool is_compared(const struct ppm_waterfall_line *line)
{
	return line->has_change && line->kind != PPM_LINE_ROUNDING;
}

static const struct ppm_waterfall_line *partner(const struct maker *m, const struct ppm_waterfall_line *line, int side)
{
	const struct ppm_waterfall *there = &m->waterfalls[!side];
	const struct ppm_plan *plan = m->rows[side]->about->plan, *other = m->rows[!side]->about->plan;
	const uint32_t *map = side == PPM_BEFORE ? m->changes->after_rules : m->changes->before_rules;
	size_t known = side == PPM_BEFORE ? m->changes->before_rule_count : m->changes->after_rule_count;

	for (uint32_t i = 0; i < there->count; i++) {
		const struct ppm_waterfall_line *l = &there->lines[i];
		if (!is_compared(l) || l->kind != line->kind)
			continue;
		if (line->rule ? line->rule->index < known && map[line->rule->index] == l->rule->index
			       : line->dimension == PPM_NO_DIMENSION || ppm_slice_equal(plan->dimensions[line->dimension].name, other->dimensions[l->dimension].name))
			return l;
	}
	return NULL;
}

static const struct ppm_waterfall_line *member_line(const struct maker *m, int side, uint32_t rule)
{
	const struct ppm_waterfall *w = &m->waterfalls[side];

	for (uint32_t i = 0; i < w->count && rule != PPM_NO_RULE; i++)
		if (w->lines[i].kind == PPM_LINE_MEMBER && w->lines[i].rule->index == rule)
			return &w->lines[i];
	return NULL;
}

// Adds the rules of a bundle that make it give, or able to give, something else: of a `best of`, those that count by one of the models.
static void add_members(
	const struct maker *m, const struct ppm_plan_rule *bundle, int side, const struct ppm_waterfall_line *const lines[PPM_SIDES], struct sides *rules, uint32_t *count)
{
	for (const struct ppm_plan_rule *member = bundle->members; member; member = member->next) {
		const struct sides s = sides_of(m->changes, side, member->index);
		const struct ppm_waterfall_line *own[PPM_SIDES] = { member_line(m, PPM_BEFORE, s.rule[PPM_BEFORE]), member_line(m, PPM_AFTER, s.rule[PPM_AFTER]) };
		bool gives = bundle->kind == PPM_RULE_GROUP, could = gives;
		for (int i = 0; i < PPM_SIDES; i++) {
			gives = gives || (own[i] && lines[i] && own[i]->points == lines[i]->points);
			could = could || (own[i] && lines[i] && own[i]->best == lines[i]->best);
		}
		bool new_best = !own[PPM_BEFORE] || !own[PPM_AFTER] || own[PPM_BEFORE]->best != own[PPM_AFTER]->best;
		if (!(gives && is_other(own[PPM_BEFORE], own[PPM_AFTER])) && !(could && new_best))
			continue;
		if (side == PPM_AFTER || !own[PPM_AFTER]) // else it was added on that side
			rules[(*count)++] = s;
		add_members(m, member, side, own, rules, count);
	}
}

// Adds the rules that exclude the line's and make it something else: they are short of one best together, and one of them has that as its line.
static void add_set(const struct maker *m, const struct ppm_waterfall_line *line, int side, struct sides *rules, uint32_t *count)
{
	const struct ppm_waterfall *w = &m->waterfalls[side];

	for (uint32_t i = 0; i < w->count && line->rule->exclusive && line->rule->kind == PPM_RULE_REWARD; i++) {
		const struct ppm_waterfall_line *one = &w->lines[i], *other;
		if (one == line || one->kind != PPM_LINE_RULE || one->dimension != line->dimension || one->rule->exclusive != line->rule->exclusive)
			continue;
		other = partner(m, one, side);
		bool gives = one->points != (other ? other->points : 0), could = one->best != (other ? other->best : 0) && one->best >= line->best;
		if ((gives || could) && (side == PPM_AFTER || !other))
			rules[(*count)++] = sides_of(m->changes, side, one->rule->index);
	}
}

// What a point is worth in the score, up to a factor; of a dimension of which nothing is known, 0.
static double worth(const struct maker *m, const struct ppm_waterfall_line *line, int side)
{
	if (line->dimension == PPM_NO_DIMENSION)
		return 1;
	const struct ppm_waterfall_dimension *d = &m->waterfalls[side].dimensions[line->dimension];
	return d->known ? m->rows[side]->about->plan->dimensions[line->dimension].weight / (m->waterfalls[side].weights * (double)(d->high - d->low)) : 0;
}

// Whether a cap takes the same points by both models.
static bool takes_alike(const struct maker *m, const struct ppm_waterfall_line *was, const struct ppm_waterfall_line *is)
{
	if (!was || !is)
		return false;
	return is_near((double)was->exact * worth(m, is, PPM_AFTER), (double)is->exact * worth(m, was, PPM_BEFORE));
}

// Adds the rules of a group with a cap that give something else.
static void add_capped(const struct maker *m, const struct ppm_plan_rule *group, int side, struct sides *rules, uint32_t *count)
{
	const struct ppm_waterfall *w = &m->waterfalls[side];

	for (const struct ppm_plan_rule *member = group->members; member; member = member->next)
		for (uint32_t i = 0; i < w->count; i++) {
			const struct ppm_waterfall_line *one = &w->lines[i], *other;
			if (one->kind != PPM_LINE_RULE || one->rule != member)
				continue;
			other = partner(m, one, side);
			if (one->points != (other ? other->points : 0) && (side == PPM_AFTER || !other))
				rules[(*count)++] = sides_of(m->changes, side, member->index);
		}
}

// A rule that does for the customer what it did has another share of the score by the weights and the range alone; where it does something else, too, and is short of its best by both
// models, both play a part.
static struct ppm_slice cause_of(struct maker *m, const struct ppm_waterfall_line *was, const struct ppm_waterfall_line *is, int side)
{
	const struct ppm_waterfall_line *lines[PPM_SIDES] = { was, is };
	struct sides *rules = ppm_arena_allocate(m->arena, 1 + m->rows[PPM_BEFORE]->about->plan->rule_count + m->rows[PPM_AFTER]->about->plan->rule_count, sizeof *rules);
	uint32_t count = 1;
	struct ppm_slice direct, indirect = PPM_SLICE("");
	struct ppm_buffer out;

	if (!rules)
		return PPM_SLICE("");
	rules[0] = sides_of(m->changes, side, lines[side]->rule->index);
	for (int s = 0; s < PPM_SIDES; s++)
		if (lines[s] && lines[s]->kind == PPM_LINE_RULE)
			add_set(m, lines[s], s, rules, &count);
	bool caps = lines[side]->kind == PPM_LINE_CAP;
	bool same = caps ? takes_alike(m, was, is) : !is_other(was, is) && was->best == is->best && count == 1;
	for (int s = 0; s < PPM_SIDES && !same; s++)
		if (lines[s] && caps)
			add_capped(m, lines[s]->rule, s, rules, &count);
		else if (lines[s])
			add_members(m, lines[s]->rule, s, lines, rules, &count);
	ppm_buffer_init(&out, m->arena->allocator);
	append_causes(&out, m->changes, rules, count);
	direct = taken(m->arena, &out);
	if (same || !direct.size || (was && is && was->exact && is->exact && !is_near(worth(m, was, PPM_BEFORE), worth(m, is, PPM_AFTER))))
		indirect = indirect_cause(m, lines[side], side);
	if (same && indirect.size)
		return indirect;
	if (!direct.size || !indirect.size)
		return direct.size ? direct : indirect;
	struct ppm_slice both = ppm_arena_format(m->arena, "%.*s; %.*s", (int)direct.size, direct.data, (int)indirect.size, indirect.data);
	return both.data ? both : direct;
}

// ---- a line in words ----------------------------------------------------------------------------------------------------

static struct ppm_slice reads_of(struct maker *m, int side, uint32_t rule)
{
	const struct ppm_explained_row *row = m->rows[side];
	const struct ppm_explain_reads *reads = &row->about->rules[rule].reads;
	struct ppm_buffer out;

	ppm_buffer_init(&out, m->arena->allocator);
	for (uint32_t i = 0; i < reads->count; i++) {
		const struct ppm_explain_read *read = &reads->items[i];
		struct ppm_slice value = ppm_explained_has(row, read->result) ? row->cells[read->result].text : PPM_SLICE("(missing)");
		ppm_buffer_format(&out, "%s%.*s = ", i ? ", " : "", (int)read->text.size, read->text.data);
		ppm_buffer_append(&out, value.data, value.size);
	}
	return taken(m->arena, &out);
}

static struct ppm_slice two_points(struct maker *m, const char *verb, int64_t is, int64_t was)
{
	struct ppm_buffer out;

	ppm_buffer_init(&out, m->arena->allocator);
	ppm_buffer_format(&out, "%s ", verb);
	ppm_explain_points(&out, is);
	ppm_buffer_append_text(&out, is == 1000000 ? " point, not " : " points, not ");
	ppm_explain_points(&out, was);
	return taken(m->arena, &out);
}

static struct ppm_slice words_of(struct maker *m, const struct ppm_waterfall_line *was, const struct ppm_waterfall_line *is)
{
	enum ppm_outcome old = was ? was->outcome : PPM_OUTCOME_NONE, new = is ? is->outcome : PPM_OUTCOME_NONE;

	if (!was)
		return new == PPM_OUTCOME_FIRED ? PPM_SLICE("is new, and fires") : new == PPM_OUTCOME_NOT_FIRED ? PPM_SLICE("is new, and does not fire") : PPM_SLICE("is new");
	if (!is)
		return old == PPM_OUTCOME_FIRED ? PPM_SLICE("fired, and is gone") : old == PPM_OUTCOME_NOT_FIRED ? PPM_SLICE("did not fire, and is gone") : PPM_SLICE("is gone");
	if (old != new) {
		switch (new) {
		case PPM_OUTCOME_FIRED: return PPM_SLICE("now fires");
		case PPM_OUTCOME_NOT_FIRED: return old == PPM_OUTCOME_FIRED ? PPM_SLICE("no longer fires") : PPM_SLICE("is known now, and does not fire");
		case PPM_OUTCOME_UNKNOWN: return PPM_SLICE("is unknown now");
		case PPM_OUTCOME_DEFAULT: return PPM_SLICE("counts by default now");
		case PPM_OUTCOME_COUNTED: return PPM_SLICE("counts now");
		case PPM_OUTCOME_NONE: break;
		}
	}
	if (was->points != is->points)
		return two_points(m, "gives", is->points, was->points);
	if (was->best != is->best)
		return two_points(m, "could give", is->best, was->best);
	return PPM_SLICE("");
}

// ---- lines --------------------------------------------------------------------------------------------------------------

static void add(struct maker *m, const struct ppm_waterfall_line *was, const struct ppm_waterfall_line *is)
{
	struct ppm_attribution *out = m->out;
	ppm_int128 exact = (is ? is->exact : 0) - (was ? was->exact : 0);
	const struct ppm_waterfall_line *line = is ? is : was;
	int side = is ? PPM_AFTER : PPM_BEFORE;

	if (!exact)
		return;
	struct ppm_attribution_line *to = &out->lines[out->count++];
	*to = (struct ppm_attribution_line){ .name = ppm_explain_line_name(m->rows[side], line, m->arena), .rule = { PPM_NO_RULE, PPM_NO_RULE }, .exact = exact };
	if (line->kind == PPM_LINE_RULE) {
		to->rule[PPM_BEFORE] = was ? was->rule->index : PPM_NO_RULE;
		to->rule[PPM_AFTER] = is ? is->rule->index : PPM_NO_RULE;
		to->outcome[PPM_BEFORE] = was ? was->outcome : PPM_OUTCOME_NONE;
		to->outcome[PPM_AFTER] = is ? is->outcome : PPM_OUTCOME_NONE;
		to->words = words_of(m, was, is);
		to->reads = reads_of(m, side, line->rule->index);
	} else
		to->words = !was ? PPM_SLICE("applies now") : !is ? PPM_SLICE("no longer applies") : PPM_SLICE("");
	to->cause = line->rule ? cause_of(m, was, is, side) : indirect_cause(m, line, side);
	if (!to->words.size)
		to->words = exact > 0 ? PPM_SLICE("is worth more") : PPM_SLICE("is worth less");
}

// Equal fractions are equal up to their last place, whatever their signs.
static ppm_int128 size_of(const struct ppm_attribution_line *line)
{
	return ppm_round_divide_128(line->exact < 0 ? -line->exact : line->exact, power(EXACT_PLACES - SHARE_PLACES));
}

// To units by largest remainder, so that the lines add up to what the exact differences add up to, rounded; what is left of the change is the scores' own rounding.
static void apportion(struct maker *m)
{
	struct ppm_attribution *out = m->out;
	const ppm_int128 unit = power(EXACT_PLACES - out->places), noise = power(EXACT_PLACES - SHARE_PLACES);
	ppm_int128 exact = 0, floors = 0;

	for (uint32_t i = 0; i < out->count; i++) {
		exact += out->lines[i].exact;
		floors += out->lines[i].change = (int64_t)floor_divide(out->lines[i].exact, unit);
	}
	exact = floor_divide(exact + noise / 2, noise) * noise;
	ppm_int128 whole = floor_divide(2 * exact + unit, 2 * unit);
	for (ppm_int128 left = whole - floors; left > 0; left--) {
		struct ppm_attribution_line *largest = NULL;
		ppm_int128 most = 0;
		for (uint32_t i = 0; i < out->count; i++) {
			ppm_int128 rest = out->lines[i].exact - out->lines[i].change * unit;
			if (rest > most) {
				most = rest;
				largest = &out->lines[i];
			}
		}
		if (!largest)
			break;
		largest->change++;
	}
	int64_t sum = 0;
	for (uint32_t i = 0; i < out->count; i++)
		sum += out->lines[i].change;
	if (sum != out->change)
		out->lines[out->count++] = (struct ppm_attribution_line){
			.name = PPM_SLICE("rounding of the scores"), .rule = { PPM_NO_RULE, PPM_NO_RULE }, .change = out->change - sum, .exact = (out->change - sum) * unit
		};
	for (uint32_t i = 1; i < out->count; i++) {
		struct ppm_attribution_line line = out->lines[i];
		uint32_t k = i;
		for (; k > 0 && size_of(&line) > size_of(&out->lines[k - 1]); k--)
			out->lines[k] = out->lines[k - 1];
		out->lines[k] = line;
	}
}

enum ppm_status ppm_attribution_make(
	struct ppm_attribution *out, struct ppm_arena *arena, const struct ppm_explained_row *before, const struct ppm_explained_row *after, const struct ppm_changes *changes)
{
	struct maker m = { .out = out, .arena = arena, .rows = { before, after }, .changes = changes };
	uint32_t room = 1;

	*out = (struct ppm_attribution){ .places = 2 };
	for (int s = 0; s < PPM_SIDES; s++) {
		if (ppm_waterfall_make(&m.waterfalls[s], arena, m.rows[s]))
			return PPM_ERROR_MEMORY;
		out->places = m.waterfalls[s].places > out->places ? m.waterfalls[s].places : out->places;
		room += m.waterfalls[s].count;
	}
	out->lines = ppm_arena_allocate(arena, room, sizeof *out->lines);
	if (!out->lines)
		return PPM_ERROR_MEMORY;
	if (!m.waterfalls[PPM_BEFORE].has_score || !m.waterfalls[PPM_AFTER].has_score)
		return PPM_OK;
	out->has_change = true;
	for (int s = 0; s < PPM_SIDES; s++)
		out->change += (s == PPM_AFTER ? 1 : -1) * m.waterfalls[s].score * (int64_t)power(out->places - m.waterfalls[s].places);
	for (uint32_t i = 0; i < m.waterfalls[PPM_AFTER].count; i++) {
		const struct ppm_waterfall_line *line = &m.waterfalls[PPM_AFTER].lines[i];
		if (is_compared(line))
			add(&m, partner(&m, line, PPM_AFTER), line);
	}
	for (uint32_t i = 0; i < m.waterfalls[PPM_BEFORE].count; i++) {
		const struct ppm_waterfall_line *line = &m.waterfalls[PPM_BEFORE].lines[i];
		if (is_compared(line) && !partner(&m, line, PPM_BEFORE))
			add(&m, line, NULL);
	}
	apportion(&m);
	return arena->failed ? PPM_ERROR_MEMORY : PPM_OK;
}

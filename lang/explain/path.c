// The search for the least change. One fact at a time is solved first: what suffices is looked for among the values worth trying, and the edge towards what the row has is found by halving.
// Then two facts, and three, of those that do not suffice alone: for each a few values that do the most, and where these suffice together, each is taken back as far as the others
// let it, one after the other.
#include "lang/explain/path.h"

#include <math.h>

#define WORTH 5u // values of a fact that are tried together with others'
#define WORTH_DEAR 2u
#define DEAR_LINE 30u // values of a fact besides those that the model names, at most
#define DEAR_LEAST 6u
#define PIECES 33u // a range is cut into so many at a time
#define KEPT 24u   // combinations that are worked out
#define ROUNDS 6u  // of taking back
#define BATCH 8192u
#define LABEL_SIZE 1.0 // another label, a flag, a value that was missing
#define NEW_SIZE 0.5

struct search {
	const struct ppm_explanation *about;
	const struct ppm_row_fact *facts;
	uint32_t count;
	const struct ppm_try_outcome *base;
	uint32_t target;
	bool or_better;
	struct ppm_slice named; // what counts is a tier, or what stands in its place, of this name; data NULL: what `target` says
	const struct ppm_trier *trier;
	struct ppm_arena *arena;
	struct ppm_paths *out;
	enum ppm_status status;
};

// ---- tiers ------------------------------------------------------------------------------------------------------------------

// 1: it asks for a score (or points of it) that is high enough; -1: low enough.
static int direction(const struct ppm_explanation *about, uint32_t tier)
{
	const struct ppm_plan *plan = about->plan;
	int found = 0;
	for (uint32_t i = 0; i < about->tiers[tier].clause_count; i++) {
		const struct ppm_explain_clause *clause = &about->tiers[tier].clauses[i];
		if (clause->left == PPM_NO_ID || clause->right == PPM_NO_ID)
			continue;
		enum ppm_node_op left = (enum ppm_node_op)plan->nodes[plan->results[clause->left].node].op,
				 right = (enum ppm_node_op)plan->nodes[plan->results[clause->right].node].op;
		bool on_left = left == PPM_NODE_SCORE || left == PPM_NODE_DIMENSION || left == PPM_NODE_POINTS;
		bool on_right = right == PPM_NODE_SCORE || right == PPM_NODE_DIMENSION || right == PPM_NODE_POINTS;
		bool more = clause->relation == PPM_RELATION_GREATER || clause->relation == PPM_RELATION_GREATER_EQUAL;
		bool less = clause->relation == PPM_RELATION_LESS || clause->relation == PPM_RELATION_LESS_EQUAL;
		if (on_left == on_right || !(more || less))
			continue;
		if (more != on_left)
			return -1;
		found = 1;
	}
	return found;
}

bool ppm_path_rises(const struct ppm_explanation *about, uint32_t tier)
{
	return direction(about, tier) > 0;
}

uint32_t ppm_path_target(const struct ppm_explanation *about, uint32_t own, bool *or_better)
{
	const struct ppm_plan *plan = about->plan;
	bool any = false;
	for (uint32_t i = 0; i < plan->tier_count; i++)
		any = any || ppm_path_rises(about, i);
	*or_better = any;
	for (uint32_t i = own == PPM_NO_ID ? (uint32_t)plan->tier_count : own; i-- > 0;)
		if ((any ? ppm_path_rises(about, i) : about->tiers[i].clause_count && direction(about, i) >= 0) &&
			(own == PPM_NO_ID || !ppm_slice_equal(plan->tiers[i].name, plan->tiers[own].name)))
			return i;
	return PPM_NO_ID;
}

static bool suffices(const struct search *s, const struct ppm_try_outcome *outcome)
{
	const struct ppm_plan *plan = s->about->plan;
	if (!outcome->valid)
		return false;
	if (s->named.data)
		return ppm_slice_equal(outcome->tier_name, s->named);
	if (outcome->tier == PPM_NO_ID)
		return false;
	return ppm_slice_equal(plan->tiers[outcome->tier].name, plan->tiers[s->target].name) ||
		(s->or_better && outcome->tier < s->target && ppm_path_rises(s->about, outcome->tier));
}

// ---- trying -----------------------------------------------------------------------------------------------------------------

static void remember_best(struct search *s, const struct ppm_try *tries, const struct ppm_try_outcome *outcomes, size_t count)
{
	struct ppm_paths *out = s->out;
	for (size_t i = 0; out && i < count; i++) {
		if (!outcomes[i].valid || outcomes[i].tier == PPM_NO_ID || !outcomes[i].has_score || !s->base->has_score ||
			outcomes[i].score <= (out->has_best ? out->best.outcome.score : s->base->score))
			continue;
		out->has_best = true;
		out->best = (struct ppm_path){ .count = tries[i].count, .outcome = outcomes[i] };
		for (uint32_t k = 0; k < tries[i].count; k++)
			out->best.changes[k] = (struct ppm_path_change){ .fact = tries[i].changes[k].fact, .value = tries[i].changes[k].value };
	}
}

// False when the limit is reached, or on failure.
static bool run(struct search *s, const struct ppm_try *tries, size_t count, struct ppm_try_outcome *outcomes)
{
	for (size_t at = 0; at < count && s->status == PPM_OK; at += BATCH) {
		size_t some = count - at < BATCH ? count - at : BATCH;
		if (s->out->tried + some > s->trier->limit) {
			s->out->limited = true;
			return false;
		}
		s->out->tried += some;
		s->status = s->trier->run(s->trier->context, tries + at, some, outcomes + at);
		if (s->status == PPM_OK)
			remember_best(s, tries + at, outcomes + at, some);
	}
	return s->status == PPM_OK;
}

static void *make(struct search *s, size_t count, size_t size)
{
	void *memory = ppm_arena_allocate(s->arena, count + 1, size);
	if (!memory)
		s->status = PPM_ERROR_MEMORY;
	return memory;
}

static struct ppm_try with(const struct ppm_try *others, uint32_t fact, int64_t value)
{
	struct ppm_try made = *others;
	made.changes[made.count++] = (struct ppm_try_change){ fact, value };
	return made;
}

// The last value from `from` towards `to` that is as `from` is, when the first that differs ends it. `suffice`: what `from` does; `to` does the other.
static bool edge(struct search *s, const struct ppm_try *others, uint32_t fact, int64_t from, int64_t to, int64_t *last, int64_t *first)
{
	struct ppm_try tries[PIECES];
	struct ppm_try_outcome outcomes[PIECES];
	bool from_suffices = false;
	int64_t sign = to > from ? 1 : -1;
	uint64_t pieces = s->trier->dear ? 2 : PIECES;
	tries[0] = with(others, fact, from);
	if (!run(s, tries, 1, outcomes))
		return false;
	from_suffices = suffices(s, outcomes);
	while ((to - from) * sign > 1) {
		uint64_t distance = (uint64_t)((to - from) * sign);
		size_t count = 0;
		for (uint64_t i = 1; i < pieces && i < distance; i++) {
			uint64_t offset = distance <= pieces ? i : distance / pieces * i;
			tries[count++] = with(others, fact, from + sign * (int64_t)offset);
		}
		if (!run(s, tries, count, outcomes))
			return false;
		int64_t next = to;
		for (size_t i = 0; i < count; i++) {
			int64_t value = tries[i].changes[tries[i].count - 1].value;
			if (suffices(s, &outcomes[i]) != from_suffices) {
				next = value;
				break;
			}
			from = value;
		}
		to = next;
	}
	*last = from;
	*first = to;
	return true;
}

static double distance(const struct ppm_row_fact *fact, int64_t value)
{
	if (fact->type.base == PPM_BASE_TEXT || fact->type.base == PPM_BASE_FLAG)
		return LABEL_SIZE;
	if (!fact->known)
		return NEW_SIZE;
	double moved = fabs((double)value - (double)fact->value), unit = fact->span > 0 ? (double)fact->span : fabs((double)fact->value);
	return moved / (unit > 0 ? unit : 1);
}

// ---- one fact, the others as they are given -------------------------------------------------------------------------------

struct line { // the fact's values in order, its own among them, and whether each suffices
	int64_t *values;
	bool *suffice;
	struct ppm_try_outcome *outcomes;
	uint32_t count, own; // own: PPM_NO_ID when it is not known
};

static bool make_line(struct search *s, const struct ppm_try *others, uint32_t index, struct line *line)
{
	const struct ppm_row_fact *fact = &s->facts[index];
	uint64_t share = s->trier->limit / (4 * ((uint64_t)s->count + 1)), room = share < DEAR_LEAST ? DEAR_LEAST : share > DEAR_LINE ? DEAR_LINE : share;
	uint32_t step = s->trier->dear && fact->try_count > room ? fact->try_count / (uint32_t)room + 1 : 1, count = 0;
	struct ppm_try *tries = make(s, fact->try_count + 2, sizeof *tries);
	line->values = make(s, fact->try_count + 2, sizeof *line->values);
	line->suffice = make(s, fact->try_count + 2, sizeof *line->suffice);
	line->outcomes = make(s, fact->try_count + 2, sizeof *line->outcomes);
	line->own = PPM_NO_ID;
	if (s->status != PPM_OK)
		return false;
	for (uint32_t i = 0; i <= fact->try_count; i++) {
		if (fact->known && line->own == PPM_NO_ID && (i == fact->try_count || fact->tries[i] > fact->value)) {
			line->own = count;
			line->values[count++] = fact->value;
		}
		if (i < fact->try_count && (i % step == 0 || i + 1 == fact->try_count || fact->named[i]))
			line->values[count++] = fact->tries[i];
	}
	for (uint32_t i = 0; i < count; i++)
		tries[i] = with(others, index, line->values[i]);
	line->count = count;
	if (!run(s, tries, count, line->outcomes))
		return false;
	for (uint32_t i = 0; i < count; i++)
		line->suffice[i] = suffices(s, &line->outcomes[i]);
	return true;
}

// From the value at `at`, that suffices, away from what the row has: how far that goes on.
static bool reach_out(struct search *s, const struct ppm_try *others, const struct line *line, uint32_t at, int sign, struct ppm_path_change *change)
{
	uint32_t last = at;
	int64_t until, beyond;
	while ((sign > 0 ? last + 1 < line->count : last > 0) && line->suffice[sign > 0 ? last + 1 : last - 1])
		last = sign > 0 ? last + 1 : last - 1;
	if (sign > 0 ? last + 1 == line->count : last == 0) {
		bool end = change->value == line->values[last]; // there is no further to go
		change->form = end ? PPM_EXTENT_TO : sign > 0 ? PPM_EXTENT_OR_MORE : PPM_EXTENT_OR_LESS;
		return true;
	}
	if (!edge(s, others, change->fact, line->values[last], line->values[sign > 0 ? last + 1 : last - 1], &until, &beyond))
		return false;
	change->form = until == change->value ? PPM_EXTENT_TO : PPM_EXTENT_UNTIL;
	change->until = until;
	return true;
}

// The nearest value on one side of what the row has. False: there is none (or an end was put to it: s->status, limited).
static bool towards(struct search *s, const struct ppm_try *others, const struct line *line, int sign, struct ppm_path_change *change)
{
	uint32_t at = line->own;
	int64_t last, first;
	do {
		if (sign > 0 ? at + 1 >= line->count : at == 0)
			return false;
		at = sign > 0 ? at + 1 : at - 1;
	} while (!line->suffice[at]);
	uint32_t before = sign > 0 ? at - 1 : at + 1;
	if (!edge(s, others, change->fact, line->values[before], line->values[at], &last, &first))
		return false;
	change->value = first;
	change->short_of = last;
	change->has_short = true;
	return reach_out(s, others, line, at, sign, change);
}

// The values of a fact that is not known: the longest run of those that suffice.
static bool among(struct search *s, const struct ppm_try *others, const struct line *line, struct ppm_path_change *change)
{
	uint32_t best = 0, best_size = 0;
	int64_t low, high, outside;
	for (uint32_t i = 0; i < line->count; i++) {
		uint32_t size = 0;
		while (i + size < line->count && line->suffice[i + size])
			size++;
		if (size > best_size) {
			best = i;
			best_size = size;
		}
		i += size;
	}
	if (!best_size)
		return false;
	uint32_t end = best + best_size - 1;
	bool open_low = best == 0, open_high = end + 1 == line->count;
	low = line->values[best];
	high = line->values[end];
	change->has_short = !open_low || !open_high;
	if (!open_high) {
		if (!edge(s, others, change->fact, high, line->values[end + 1], &high, &outside))
			return false;
		change->short_of = outside;
	}
	if (!open_low) {
		if (!edge(s, others, change->fact, low, line->values[best - 1], &low, &outside))
			return false;
		change->short_of = outside;
	}
	change->value = open_low && !open_high ? high : low;
	change->until = high;
	change->form = open_low && open_high ? PPM_EXTENT_ANY : low == high ? PPM_EXTENT_TO : open_low ? PPM_EXTENT_OR_LESS : open_high ? PPM_EXTENT_OR_MORE : PPM_EXTENT_UNTIL;
	return true;
}

// The text or flag that does the most, and the others that do.
static bool labels(const struct line *line, const struct ppm_row_fact *fact, struct ppm_path_change *change)
{
	uint32_t best = PPM_NO_ID;
	for (uint32_t i = 0; i < line->count; i++)
		if (line->suffice[i] && i != line->own && (best == PPM_NO_ID || (line->outcomes[i].has_score && line->outcomes[i].score > line->outcomes[best].score)))
			best = i;
	if (best == PPM_NO_ID)
		return false;
	change->value = line->values[best];
	change->form = PPM_EXTENT_TO;
	if (fact->type.base == PPM_BASE_TEXT)
		for (uint32_t i = 0; i < line->count && change->other_count < sizeof change->others / sizeof *change->others; i++)
			if (line->suffice[i] && i != best && i != line->own)
				change->others[change->other_count++] = (uint32_t)line->values[i];
	return true;
}

// The least change of the fact that suffices, and its size. False: none does.
static bool solve(struct search *s, const struct ppm_try *others, uint32_t index, const struct line *line, struct ppm_path_change *change)
{
	const struct ppm_row_fact *fact = &s->facts[index];
	struct ppm_path_change down = { .fact = index }, up = { .fact = index };
	*change = (struct ppm_path_change){ .fact = index };
	if (fact->type.base == PPM_BASE_TEXT || fact->type.base == PPM_BASE_FLAG)
		return labels(line, fact, change);
	if (!fact->known)
		return among(s, others, line, change);
	bool has_down = towards(s, others, line, -1, &down), has_up = towards(s, others, line, 1, &up);
	if (!has_down && !has_up)
		return false;
	*change = has_down && (!has_up || distance(fact, down.value) <= distance(fact, up.value)) ? down : up;
	return true;
}

// ---- several facts ---------------------------------------------------------------------------------------------------------

struct worth { // values of one fact to be tried with others'
	uint32_t fact, count;
	int64_t values[WORTH];
	double gain;
};

static void add_worth(struct worth *worth, uint32_t limit, int64_t value)
{
	for (uint32_t i = 0; i < worth->count; i++)
		if (worth->values[i] == value)
			return;
	if (worth->count < limit)
		worth->values[worth->count++] = value;
}

static double score_of(const struct ppm_try_outcome *outcome)
{
	return outcome->valid && outcome->has_score ? outcome->score : -INFINITY;
}

// Whether a value, of those that do the same, is the nearest.
static bool is_nearer(const struct ppm_row_fact *fact, const struct line *line, uint32_t i, uint32_t than)
{
	return distance(fact, line->values[i]) < distance(fact, line->values[than]);
}

static void find_worth(const struct search *s, uint32_t index, const struct line *line, struct worth *worth)
{
	const struct ppm_row_fact *fact = &s->facts[index];
	uint32_t limit = s->trier->dear ? WORTH_DEAR : WORTH, best = PPM_NO_ID;
	*worth = (struct worth){ .fact = index };
	for (uint32_t i = 0; i < line->count; i++)
		if (i != line->own && score_of(&line->outcomes[i]) > s->base->score &&
			(best == PPM_NO_ID || score_of(&line->outcomes[i]) > score_of(&line->outcomes[best]) ||
				(score_of(&line->outcomes[i]) >= score_of(&line->outcomes[best]) && is_nearer(fact, line, i, best))))
			best = i;
	if (best != PPM_NO_ID) {
		worth->gain = score_of(&line->outcomes[best]) - s->base->score;
		add_worth(worth, limit, line->values[best]);
	}
	for (uint64_t bit = 1; bit && bit <= UINT64_C(1) << 20; bit <<= 1) { // what makes a condition hold that does not
		uint32_t nearest = PPM_NO_ID;
		for (uint32_t i = 0; i < line->count; i++)
			if (line->outcomes[i].valid && (line->outcomes[i].clauses & ~s->base->clauses & bit) && (nearest == PPM_NO_ID || is_nearer(fact, line, i, nearest)))
				nearest = i;
		if (nearest != PPM_NO_ID) {
			worth->gain += 10;
			add_worth(worth, limit, line->values[nearest]);
		}
	}
	uint32_t other = PPM_NO_ID; // another tier
	for (uint32_t i = 0; i < line->count; i++)
		if (i != line->own && line->outcomes[i].valid && !ppm_slice_equal(line->outcomes[i].tier_name, s->base->tier_name) &&
			(other == PPM_NO_ID || is_nearer(fact, line, i, other)))
			other = i;
	if (other != PPM_NO_ID) {
		worth->gain += 1;
		add_worth(worth, limit, line->values[other]);
	}
	uint32_t second = PPM_NO_ID;
	for (uint32_t i = 0; best != PPM_NO_ID && i < line->count; i++)
		if (score_of(&line->outcomes[i]) > s->base->score && score_of(&line->outcomes[i]) < score_of(&line->outcomes[best]) &&
			(second == PPM_NO_ID || score_of(&line->outcomes[i]) > score_of(&line->outcomes[second])))
			second = i;
	if (second != PPM_NO_ID)
		add_worth(worth, limit, line->values[second]);
}

// Keeps the shown ones in order: fewer facts first, then the smaller change.
static void add_path(struct ppm_paths *out, const struct ppm_path *path)
{
	uint32_t at = out->count;
	while (at > 0 && (out->paths[at - 1].count > path->count || (out->paths[at - 1].count == path->count && out->paths[at - 1].size > path->size)))
		at--;
	if (at == PPM_PATHS_SHOWN)
		return;
	for (uint32_t i = out->count < PPM_PATHS_SHOWN ? out->count : PPM_PATHS_SHOWN - 1; i > at; i--)
		out->paths[i] = out->paths[i - 1];
	out->paths[at] = *path;
	out->count += out->count < PPM_PATHS_SHOWN;
}

// What the path as it is promised makes; false when it does not suffice after all.
static bool confirm(struct search *s, struct ppm_path *path)
{
	struct ppm_try try = { .count = 0 };
	path->size = 0;
	for (uint32_t i = 0; i < path->count; i++) {
		try = with(&try, path->changes[i].fact, path->changes[i].value);
		path->size += distance(&s->facts[path->changes[i].fact], path->changes[i].value);
	}
	return run(s, &try, 1, &path->outcome) && suffices(s, &path->outcome);
}

// Values that suffice together: each is taken back in turn, until none moves any more, so that what is said of each holds with the others as they are promised.
static void work_out(struct search *s, const struct ppm_try *together)
{
	struct ppm_path path = { .count = together->count };
	struct ppm_try now = *together;
	bool moved = true;
	for (uint32_t round = 0; moved; round++) {
		moved = false;
		for (uint32_t i = 0; i < now.count; i++) {
			struct ppm_try others = { .count = 0 };
			struct line line;
			uint32_t fact = now.changes[i].fact;
			for (uint32_t k = 0; k < now.count; k++)
				if (k != i)
					others = with(&others, now.changes[k].fact, now.changes[k].value);
			if (round == ROUNDS || !make_line(s, &others, fact, &line) || !solve(s, &others, fact, &line, &path.changes[i]))
				return;
			moved = moved || now.changes[i].value != path.changes[i].value;
			now.changes[i].value = path.changes[i].value;
		}
	}
	if (confirm(s, &path))
		add_path(s->out, &path);
}

// All of `depth` facts at once, from the lists of what is worth trying.
static bool combine(struct search *s, const struct worth *worths, uint32_t count, uint32_t depth)
{
	struct ppm_try *tries = make(s, BATCH, sizeof *tries), kept[KEPT];
	struct ppm_try_outcome *outcomes = make(s, BATCH, sizeof *outcomes);
	double sizes[KEPT];
	uint32_t at[PPM_PATH_CHANGES], kept_count = 0;
	size_t filled = 0;
	if (s->status != PPM_OK || count < depth)
		return s->status == PPM_OK;
	for (uint32_t i = 0; i < depth; i++)
		at[i] = i;
	for (bool more = true; more || filled;) {
		uint32_t value[PPM_PATH_CHANGES] = { 0 };
		for (bool inner = more; inner && filled < BATCH;) { // all values of these facts
			struct ppm_try try = { .count = 0 };
			for (uint32_t i = 0; i < depth; i++)
				try = with(&try, worths[at[i]].fact, worths[at[i]].values[value[i]]);
			tries[filled++] = try;
			uint32_t i = depth;
			while (i > 0 && ++value[i - 1] == worths[at[i - 1]].count)
				value[--i] = 0;
			inner = i > 0;
		}
		if (more) { // the next facts
			uint32_t i = depth;
			while (i > 0 && at[i - 1] == count - depth + i - 1)
				i--;
			more = i > 0;
			if (more) {
				at[i - 1]++;
				for (uint32_t k = i; k < depth; k++)
					at[k] = at[k - 1] + 1;
			}
		}
		if (more && filled + 125 <= BATCH)
			continue;
		if (!run(s, tries, filled, outcomes))
			break;
		for (size_t i = 0; i < filled; i++) {
			double size = 0;
			uint32_t place = kept_count;
			if (!suffices(s, &outcomes[i]))
				continue;
			for (uint32_t k = 0; k < depth; k++)
				size += distance(&s->facts[tries[i].changes[k].fact], tries[i].changes[k].value);
			for (uint32_t j = 0; j < kept_count; j++) { // of the same facts, the smaller
				bool same = true;
				for (uint32_t k = 0; k < depth; k++)
					same = same && kept[j].changes[k].fact == tries[i].changes[k].fact;
				if (same)
					place = j;
			}
			if (place == KEPT || (place < kept_count && sizes[place] <= size))
				continue;
			kept[place] = tries[i];
			sizes[place] = size;
			kept_count += place == kept_count;
		}
		filled = 0;
	}
	for (uint32_t i = 0; i < kept_count && s->status == PPM_OK; i++)
		work_out(s, &kept[i]);
	return s->status == PPM_OK;
}

static void sort_worths(struct worth *worths, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t k = i; k > 0 && worths[k].gain > worths[k - 1].gain; k--) {
			struct worth worth = worths[k];
			worths[k] = worths[k - 1];
			worths[k - 1] = worth;
		}
}

static void find(struct search *s, bool settled)
{
	struct ppm_paths *out = s->out;
	struct worth *worths = make(s, s->count, sizeof *worths);
	uint32_t count = 0;
	for (uint32_t i = 0; i < s->count && s->status == PPM_OK; i++) {
		struct ppm_path path = { .count = 1 };
		const struct ppm_try nothing = { .count = 0 };
		struct line line;
		if (!s->facts[i].try_count || (s->facts[i].settled && !settled))
			continue;
		if (!make_line(s, &nothing, i, &line))
			break;
		if (solve(s, &nothing, i, &line, &path.changes[0])) {
			if (confirm(s, &path))
				add_path(out, &path);
			continue;
		}
		find_worth(s, i, &line, &worths[count]);
		count += worths[count].count > 0;
	}
	out->depth = 1;
	if (s->status != PPM_OK)
		return;
	sort_worths(worths, count);
	for (uint32_t depth = 2; depth <= PPM_PATH_CHANGES && s->status == PPM_OK && !out->limited; depth++) {
		if (depth == 2 ? out->count >= 3 : out->count > 0)
			break;
		out->depth = depth;
		combine(s, worths, count, depth);
	}
}

enum ppm_status ppm_path_find(struct ppm_paths *out, const struct ppm_explanation *about, const struct ppm_row_fact *facts, uint32_t count, const struct ppm_try_outcome *base,
	uint32_t target, bool or_better, const struct ppm_trier *trier, struct ppm_arena *arena)
{
	struct search s = { .about = about, .facts = facts, .count = count, .base = base, .target = target, .or_better = or_better, .trier = trier, .arena = arena, .out = out };
	*out = (struct ppm_paths){ .target = target, .or_better = or_better };
	find(&s, false);
	bool settled = false;
	for (uint32_t i = 0; i < count; i++)
		settled = settled || facts[i].settled;
	if (s.status == PPM_OK && !out->count && settled && !out->limited)
		find(&s, true);
	out->answer = out->count ? PPM_PATH_FOUND : PPM_PATH_NOTHING;
	return s.status == PPM_OK && arena->failed ? PPM_ERROR_MEMORY : s.status;
}

// ---- what to ask for -------------------------------------------------------------------------------------------------------

// The next tier that a value leads to and that is not among those which were found.
static uint32_t another_tier(const struct ppm_ask *ask, const struct search *s, const struct line *line)
{
	uint32_t found = PPM_NO_ID;
	for (uint32_t i = 0; i < line->count; i++) {
		bool known = !line->outcomes[i].valid || ppm_slice_equal(line->outcomes[i].tier_name, s->base->tier_name);
		for (uint32_t k = 0; k < ask->count && !known; k++)
			known = ppm_slice_equal(ask->tiers[k].outcome.tier_name, line->outcomes[i].tier_name);
		if (!known && (found == PPM_NO_ID || line->outcomes[i].tier < line->outcomes[found].tier))
			found = i;
	}
	return found;
}

enum ppm_status ppm_path_ask(struct ppm_ask **out, uint32_t *count, const struct ppm_explanation *about, const struct ppm_row_fact *facts, uint32_t fact_count,
	const struct ppm_try_outcome *base, const struct ppm_trier *trier, struct ppm_arena *arena)
{
	struct ppm_paths paths = { 0 };
	struct search s = {
		.about = about, .facts = facts, .count = fact_count, .base = base, .target = PPM_NO_ID, .named = base->tier_name, .trier = trier, .arena = arena, .out = &paths
	};
	*out = make(&s, fact_count, sizeof **out);
	*count = 0;
	for (uint32_t i = 0; i < fact_count && s.status == PPM_OK; i++) {
		const struct ppm_try nothing = { .count = 0 };
		struct ppm_ask *ask = &(*out)[*count];
		struct line line;
		if (facts[i].known || facts[i].column == PPM_NO_ID || !facts[i].try_count)
			continue;
		*ask = (struct ppm_ask){ .fact = i };
		if (!make_line(&s, &nothing, i, &line))
			break;
		for (uint32_t at; ask->count < PPM_ASK_TIERS && (at = another_tier(ask, &s, &line)) != PPM_NO_ID;) {
			struct ppm_ask_tier *tier = &ask->tiers[ask->count];
			// only this tier counts, while its values are looked for
			struct search only = s;
			only.named = line.outcomes[at].tier_name;
			tier->outcome = line.outcomes[at];
			tier->change = (struct ppm_path_change){ .fact = i, .value = line.values[at], .form = PPM_EXTENT_TO };
			ask->count++;
			struct line of_tier = line;
			of_tier.suffice = make(&s, line.count, sizeof *of_tier.suffice);
			for (uint32_t k = 0; s.status == PPM_OK && k < line.count; k++)
				of_tier.suffice[k] = suffices(&only, &line.outcomes[k]);
			if (s.status == PPM_OK && !solve(&only, &nothing, i, &of_tier, &tier->change))
				s.status = only.status;
		}
		*count += ask->count > 0;
	}
	return s.status == PPM_OK && arena->failed ? PPM_ERROR_MEMORY : s.status;
}

// What cost a customer points, rule by rule: weight × distance from the best ÷ range, in points of the score.

#include "lang/emit/emitter.h"

#include <math.h>

#define MILLION 1000000
#define EXCLUSIVE 64
#define DISQUALIFIED 1e9 // more than any rule can cost

static bool is_rule(const struct ppm_plan_rule *r)
{
	return r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
}
static struct ppm_span nowhere(void)
{
	return (struct ppm_span){ 0, 0 };
}

struct list {
	struct ppm_emitter *e;
	struct ppm_reason_unit *units;
	size_t count, capacity;
	double scale;    // points of the dimension to points of the score, where that is the same for every row
	uint32_t factor; // else an F register that says it
};

static void add(struct list *list, uint32_t set, uint32_t value, double cost, struct ppm_text_template text)
{
	if (list->e->failed || (value == NO_VIRTUAL && !(cost > 0)) || set == list->e->none)
		return;
	if (!ppm_grow(list->e->allocator, (void **)&list->units, &list->capacity, list->count + 1, sizeof *list->units)) {
		list->e->failed = true;
		return;
	}
	// virtual registers ride on pseudo instructions, emitted when the list is complete; here their numbers are kept in place
	list->units[list->count] =
		(struct ppm_reason_unit){ .text = text, .cost = cost * list->scale, .set = PPM_NO_REGISTER, .value = PPM_NO_REGISTER, .factor = PPM_NO_REGISTER };
	list->count++;
	struct ppm_emitter *e = list->e;
	uint32_t unit = (uint32_t)list->count - 1, index = e->program->reason_list_count;
	if (set != NO_VIRTUAL && set != e->all)
		ppm_emit_op(e, PPM_OPCODE_COUNT, set, PPM_CLASS_MASK, unit, PPM_RIDE_REASON_SET, 0, index, nowhere());
	if (value != NO_VIRTUAL)
		ppm_emit_op(e, PPM_OPCODE_COUNT, value, PPM_CLASS_F64, unit, PPM_RIDE_REASON_VALUE, 0, index, nowhere());
	if (list->factor != NO_VIRTUAL)
		ppm_emit_op(e, PPM_OPCODE_COUNT, list->factor, PPM_CLASS_F64, unit, PPM_RIDE_REASON_FACTOR, 0, index, nowhere());
}

static struct ppm_text_template words(struct ppm_emitter *e, const struct ppm_plan_rule *r, const char *suffix)
{
	return ppm_emit_template(e, NULL, ppm_arena_format(&e->program->arena, "%.*s%s", (int)r->name.size, r->name.data, suffix), e->all);
}

static uint32_t number_op(struct ppm_emitter *e, enum ppm_opcode op, uint32_t b, uint32_t c, uint32_t k)
{
	uint32_t result = ppm_emit_register(e, PPM_CLASS_F64);
	ppm_emit_op(e, op, result, b, c, 0, e->rows, k, nowhere());
	return result;
}

// What those points are short of `best`, as a number in the score's points.
static uint32_t short_of_best(struct list *list, double best, uint32_t millionths)
{
	struct ppm_emitter *e = list->e;
	uint32_t points = number_op(e, PPM_OP_NUMBER_FROM_POINTS, millionths, 0, ppm_emit_constant_f64(e, MILLION));
	uint32_t short_of = number_op(e, PPM_OP_RSUB_F64_K, points, 0, ppm_emit_constant_f64(e, best));
	return list->scale == 1 ? short_of : number_op(e, PPM_OP_MUL_F64_K, short_of, 0, ppm_emit_constant_f64(e, list->scale));
}

static uint32_t distance(struct list *list, double best, const struct ppm_plan_rule *r)
{
	return short_of_best(list, best, ppm_emit_rule_points(list->e, r));
}

// Likewise for a bundle some of whose rules may be unknown: short of the most that the decided ones could give.
static uint32_t own_distance(struct list *list, const struct ppm_plan_rule *r)
{
	struct ppm_emitter *e = list->e;
	uint32_t k = ppm_emit_constant_f64(e, MILLION);
	uint32_t most = number_op(e, PPM_OP_NUMBER_FROM_POINTS, ppm_emit_rule_most(e, r), 0, k), points = number_op(e, PPM_OP_NUMBER_FROM_POINTS, ppm_emit_rule_points(e, r), 0, k);
	uint32_t short_of = number_op(e, PPM_OP_SUB_F64, most, points, ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
	return list->scale == 1 ? short_of : number_op(e, PPM_OP_MUL_F64_K, short_of, 0, ppm_emit_constant_f64(e, list->scale));
}

// Of several penalties only the largest counts, and it is the one that gives the reason: those that stand behind a larger one that fires cost nothing.
// This where all points are constants and none is given to what is unknown: the order is known beforehand.
static bool worst_of_constants(struct list *list, const struct ppm_plan_rule *r)
{
	struct ppm_emitter *e = list->e;
	const struct ppm_plan_rule *sorted[32];
	double points[32];
	uint32_t count = 0;
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next) {
		double p;
		if (m->kind != PPM_RULE_PENALTY || m->missing_points != PPM_NODE_NONE || count == 32 || !ppm_plan_constant_number(e->plan, m->points, &p))
			return false;
		uint32_t at = count++;
		for (; at > 0 && p > points[at - 1]; at--) {
			sorted[at] = sorted[at - 1];
			points[at] = points[at - 1];
		}
		sorted[at] = m;
		points[at] = ppm_points_kept(p);
	}
	uint32_t open = e->all;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t fires = ppm_emit_root(e, sorted[i]->condition).value, counts = ppm_emit_and(e, open, fires);
		add(list, counts, NO_VIRTUAL, points[i], ppm_emit_template(e, sorted[i]->because, sorted[i]->name, counts));
		open = ppm_emit_and_not(e, open, fires);
	}
	return true;
}

// Otherwise the one whose points are those of the bundle; of several, the first. What is unknown has 0 points here, as what does not fire has: neither costs anything.
static void worst_of(struct list *list, const struct ppm_plan_rule *r)
{
	struct ppm_emitter *e = list->e;
	uint32_t most = ppm_emit_rule_points(e, r), open = e->all;
	for (const struct ppm_plan_rule *m = r->members; m; m = m->next) {
		uint32_t counts = ppm_emit_register(e, PPM_CLASS_MASK);
		ppm_emit_op(e, PPM_OP_EQ_I64, counts, ppm_emit_rule_points(e, m), most, 0, 0, 0, m->span);
		uint32_t here = ppm_emit_and(e, open, counts), cost = distance(list, 0, m);
		open = ppm_emit_and_not(e, open, counts);
		if (!is_rule(m)) {
			add(list, here, cost, 0, words(e, m, ""));
			continue;
		}
		struct ppm_emitted condition = ppm_emit_root(e, m->condition);
		uint32_t fires = ppm_emit_and(e, here, condition.value);
		add(list, fires, cost, 0, ppm_emit_template(e, m->because, m->name, fires));
		if (m->missing_points != PPM_NODE_NONE && condition.present != NO_VIRTUAL)
			add(list, ppm_emit_and_not(e, here, condition.present), cost, 0, words(e, m, " unknown"));
	}
}

static void rules(struct list *list, const struct ppm_plan_rule *first);

static void rule(struct list *list, const struct ppm_plan_rule *r)
{
	struct ppm_emitter *e = list->e;
	if (r->kind == PPM_RULE_GROUP) { // each in its own words; the cap takes nothing from the order of what costs most
		rules(list, r->members);
		return;
	}
	if (r->kind == PPM_RULE_BEST_OF && r->penalties) {
		if (!worst_of_constants(list, r))
			worst_of(list, r);
		return;
	}
	uint32_t known = ppm_emit_rule_known(e, r);
	if (!is_rule(r)) {
		add(list, known, ppm_plan_any_unknown(r->members) ? own_distance(list, r) : distance(list, r->high, r), 0, words(e, r, ""));
		return;
	}
	struct ppm_emitted condition = ppm_emit_root(e, r->condition);
	double points;
	bool constant = ppm_plan_constant_number(e->plan, r->points, &points) && (r->missing_points == PPM_NODE_NONE || condition.present == NO_VIRTUAL);
	uint32_t here = known == NO_VIRTUAL ? e->all : known;
	if (r->kind == PPM_RULE_PENALTY) {
		uint32_t fires = ppm_emit_and(e, condition.value, here);
		struct ppm_text_template text = ppm_emit_template(e, r->because, r->name, fires);
		if (constant)
			add(list, fires, NO_VIRTUAL, ppm_points_kept(points), text);
		else {
			add(list, fires, distance(list, 0, r), 0, text);
			if (r->missing_points != PPM_NODE_NONE && condition.present != NO_VIRTUAL)
				add(list, ppm_emit_not(e, condition.present), distance(list, 0, r), 0, words(e, r, " unknown"));
		}
		return;
	}
	if (constant)
		add(list, ppm_emit_and_not(e, here, condition.value), NO_VIRTUAL, ppm_points_kept(points), words(e, r, " not earned"));
	else
		add(list, here, distance(list, r->high, r), 0, words(e, r, " not earned"));
}

static uint32_t set_points(struct ppm_emitter *e, const struct ppm_plan_rule **set, uint32_t count)
{
	uint32_t sum = ppm_emit_rule_points(e, set[0]);
	for (uint32_t i = 1; i < count; i++) {
		uint32_t out = ppm_emit_register(e, PPM_CLASS_I64);
		ppm_emit_op(e, PPM_OP_ADD_POINTS, out, sum, ppm_emit_rule_points(e, set[i]), 0, 0, 0, nowhere());
		sum = out;
	}
	return sum;
}

// Rewards that exclude each other are short of the best of them once: of the best that is decided, since an unknown one leaves the range. The set is gone
// through from its best down; `open` holds the rows for which every better one is unknown.
static void exclusive(struct list *list, const struct ppm_plan_rule *rules, uint32_t set)
{
	struct ppm_emitter *e = list->e;
	const struct ppm_plan_rule *sorted[EXCLUSIVE];
	uint32_t count = 0, open = e->all;
	for (const struct ppm_plan_rule *r = rules; r && count < EXCLUSIVE; r = r->next) {
		if (r->exclusive != set)
			continue;
		uint32_t at = count++;
		for (; at > 0 && r->high > sorted[at - 1]->high; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = r;
	}
	for (uint32_t i = 0; i < count && open != e->none; i++) {
		const struct ppm_plan_rule *best = sorted[i];
		const double most = fmax(best->high, best->together);
		uint32_t known = ppm_emit_rule_known(e, best), top = known == NO_VIRTUAL ? open : ppm_emit_and(e, open, known), none = top;
		if (best->together > 0) { // several may give points
			add(list, top, short_of_best(list, most, set_points(e, sorted, count)), 0, words(e, best, " not earned"));
			none = e->none;
		}
		for (uint32_t k = i; k < count && none != e->none; k++) {
			uint32_t here = ppm_emit_rule_known(e, sorted[k]), fires = ppm_emit_root(e, sorted[k]->condition).value;
			if (here != NO_VIRTUAL)
				fires = ppm_emit_and(e, fires, here);
			none = ppm_emit_and_not(e, none, fires);
			double points;
			if (!ppm_plan_constant_number(e->plan, sorted[k]->points, &points))
				add(list, ppm_emit_and(e, top, fires), distance(list, best->high, sorted[k]), 0, words(e, best, " not earned"));
			else if (ppm_points_kept(points) < best->high)
				add(list, ppm_emit_and(e, top, fires), NO_VIRTUAL, best->high - ppm_points_kept(points), words(e, best, " not earned"));
		}
		add(list, none, NO_VIRTUAL, best->high, words(e, best, " not earned"));
		open = known == NO_VIRTUAL ? e->none : ppm_emit_and_not(e, open, known);
	}
}

static void rules(struct list *list, const struct ppm_plan_rule *first)
{
	for (const struct ppm_plan_rule *r = first; r; r = r->next) {
		if (!r->exclusive || r->kind != PPM_RULE_REWARD) {
			rule(list, r);
			continue;
		}
		bool seen = false;
		for (const struct ppm_plan_rule *q = first; q != r && !seen; q = q->next)
			seen = q->exclusive == r->exclusive;
		if (!seen)
			exclusive(list, first, r->exclusive);
	}
}

// The weights of the dimensions that are there in each row, added up.
static uint32_t own_weights(struct ppm_emitter *e, double total)
{
	const struct ppm_plan *plan = e->plan;
	uint32_t weights = NO_VIRTUAL;
	double always = 0;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		if (e->dimensions[i].present == NO_VIRTUAL) {
			always += plan->dimensions[i].weight;
			continue;
		}
		uint32_t zero = number_op(e, PPM_OP_FILL_F64, 0, 0, ppm_emit_constant_f64(e, 0)),
			 own = number_op(e, PPM_OP_FILL_F64, 0, 0, ppm_emit_constant_f64(e, plan->dimensions[i].weight));
		uint32_t here = ppm_emit_register(e, PPM_CLASS_F64);
		ppm_emit_op(e, PPM_OP_SELECT_F64, here, e->dimensions[i].present, own, zero, 0, 0, nowhere());
		weights = weights == NO_VIRTUAL ? here : number_op(e, PPM_OP_ADD_F64, weights, here, ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
	}
	if (weights == NO_VIRTUAL)
		return number_op(e, PPM_OP_FILL_F64, 0, 0, ppm_emit_constant_f64(e, total));
	return always > 0 ? number_op(e, PPM_OP_ADD_F64_K, weights, 0, ppm_emit_constant_f64(e, always)) : weights;
}

// The share of the score that one point of the dimension is worth, for rows whose own range or weights differ.
static uint32_t own_factor(struct ppm_emitter *e, size_t index, double weight, uint32_t weights)
{
	const struct ppm_plan_dimension *d = &e->plan->dimensions[index];
	uint32_t width = NO_VIRTUAL;
	double static_width = d->high - d->low;
	if (!d->has_range && ppm_plan_any_unknown(d->rules)) { // evidence's measure: the decided rules' range
		uint32_t low, high;
		ppm_emit_dimension_range(e, (uint32_t)index, &low, &high);
		uint32_t k = ppm_emit_constant_f64(e, MILLION);
		width = number_op(e, PPM_OP_SUB_F64, number_op(e, PPM_OP_NUMBER_FROM_POINTS, high, 0, k), number_op(e, PPM_OP_NUMBER_FROM_POINTS, low, 0, k),
			ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
	}
	uint32_t below = width == NO_VIRTUAL ? number_op(e, PPM_OP_MUL_F64_K, weights, 0, ppm_emit_constant_f64(e, static_width))
					     : number_op(e, PPM_OP_MUL_F64, weights, width, ppm_emit_site(e, nowhere(), "beyond the range of numbers"));
	uint32_t above = number_op(e, PPM_OP_FILL_F64, 0, 0, ppm_emit_constant_f64(e, 100 * weight)), result = ppm_emit_register(e, PPM_CLASS_F64),
		 ok = ppm_emit_register(e, PPM_CLASS_MASK);
	// where the dimension is not there no rule of it is known, and no cost is asked for: the division is for no row then
	ppm_emit_op(e, PPM_OP_DIV_F64, result, above, below, ok, e->none, ppm_emit_site(e, nowhere(), "a division by zero"), nowhere());
	return result;
}

// The list into the program, and the registers for its `count` reasons.
static uint32_t finish(struct list *list, uint32_t count, uint32_t *first)
{
	struct ppm_emitter *e = list->e;
	uint32_t index = e->program->reason_list_count;
	struct ppm_reason_list *place = PPM_EMIT_ENTRY(e, reason_list);
	struct ppm_reason_unit *units = place ? ppm_arena_allocate(&e->program->arena, list->count + 1, sizeof *units) : NULL;
	if (!units) {
		e->failed = true;
		ppm_free(e->allocator, list->units);
		return 0;
	}
	for (size_t i = 0; i < list->count; i++)
		units[i] = list->units[i];
	ppm_free(e->allocator, list->units);
	*place = (struct ppm_reason_list){ .units = units, .unit_count = (uint32_t)list->count, .count = (uint16_t)count };
	*first = e->counts[PPM_CLASS_I32];
	for (uint32_t i = 0; i < count; i++) {
		uint32_t slot = ppm_emit_register(e, PPM_CLASS_I32);
		ppm_emit_op(e, PPM_OPCODE_COUNT, slot, PPM_CLASS_I32, i, PPM_RIDE_REASON_SLOT, 0, index, nowhere());
	}
	ppm_emit_op(e, PPM_OP_REASONS, 0, 0, 0, 0, 0, index, nowhere());
	return index;
}

uint32_t ppm_emit_reasons(struct ppm_emitter *e, uint32_t count, uint32_t *first)
{
	const struct ppm_plan *plan = e->plan;
	struct list list = { .e = e, .factor = NO_VIRTUAL };
	double total = 0;
	bool weights_vary = false;
	uint32_t weights = NO_VIRTUAL;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		total += plan->dimensions[i].weight;
		weights_vary = weights_vary || e->dimensions[i].present != NO_VIRTUAL;
	}
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		if (weights_vary || (!d->has_range && ppm_plan_any_unknown(d->rules))) {
			list.scale = 1;
			if (weights == NO_VIRTUAL)
				weights = own_weights(e, total);
			list.factor = own_factor(e, i, d->weight, weights);
		} else {
			list.scale = 100 * d->weight / total / (d->high - d->low);
			list.factor = NO_VIRTUAL;
		}
		rules(&list, d->rules);
	}
	list.scale = 1;
	list.factor = NO_VIRTUAL;
	rules(&list, plan->adjust);
	// what disqualifies comes before whatever costs points
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		const struct ppm_plan_disqualify *d = &plan->disqualifiers[i];
		struct ppm_emitted condition = ppm_emit_root(e, d->condition);
		add(&list, condition.value, NO_VIRTUAL, DISQUALIFIED, ppm_emit_template(e, d->because, d->name, condition.value));
	}
	return finish(&list, count, first);
}

// The action of the tier, as the one reason of a list of its own.
uint32_t ppm_emit_action(struct ppm_emitter *e, uint32_t *first)
{
	const struct ppm_plan *plan = e->plan;
	struct list list = { .e = e, .scale = 1, .factor = NO_VIRTUAL };
	struct ppm_emitted tier = ppm_emit_root(e, plan->tier);
	for (size_t i = 0; i < plan->tier_count; i++) {
		if (!plan->tiers[i].action)
			continue;
		uint32_t mask = ppm_emit_tier_mask(e, tier, plan->tiers[i].name);
		if (mask != NO_VIRTUAL)
			add(&list, mask, NO_VIRTUAL, 1, ppm_emit_template(e, plan->tiers[i].action, plan->tiers[i].name, mask));
	}
	return finish(&list, 1, first);
}

uint32_t ppm_emit_text_of(struct ppm_emitter *e, const struct ppm_plan_piece *text, ppm_node_id shown, uint32_t *first)
{
	struct list list = { .e = e, .scale = 1, .factor = NO_VIRTUAL };
	uint32_t rows = shown == PPM_NODE_NONE ? e->all : ppm_emit_root(e, shown).value;
	add(&list, rows, NO_VIRTUAL, 1, ppm_emit_template(e, text, PPM_SLICE(""), rows));
	return finish(&list, 1, first);
}

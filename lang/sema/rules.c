// Rules, tables, bundles and dimensions: what can move a score, and by how much at most.

#include "lang/sema/sema.h"

#include "lang/plan/fold.h"
#include "lang/plan/node_map.h"
#include "runtime/base/number.h"

#include <math.h>
#include <string.h>

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

static ppm_node_id number_node(struct ppm_sema *sema, double value, struct ppm_span span)
{
	return ppm_plan_number(sema->plan, value, ppm_type_of(PPM_BASE_NUMBER), false, span);
}

static struct ppm_slice qualified(struct ppm_sema *sema, const struct ppm_module *module, struct ppm_slice name)
{
	if (!module->name.size)
		return name;
	return ppm_arena_format(sema->arena, "%.*s.%.*s", (int)module->name.size, module->name.data, (int)name.size, name.data);
}

// ---- rewards and penalties --------------------------------------------------------------------------------------

// Points are kept at 0 or more and at most the cap.
static ppm_node_id keep(struct ppm_sema *sema, ppm_node_id points, const double *cap, struct ppm_span span)
{
	if (points == PPM_NODE_POISON)
		return points;
	if (node_of(sema, points)->low < 0)
		points = ppm_plan_binary(sema->plan, PPM_NODE_MAXIMUM, points, number_node(sema, 0, span), ppm_type_of(PPM_BASE_NUMBER), span);
	if (cap && points != PPM_NODE_POISON && node_of(sema, points)->high > *cap)
		points = ppm_plan_binary(sema->plan, PPM_NODE_MINIMUM, points, number_node(sema, *cap, span), ppm_type_of(PPM_BASE_NUMBER), span);
	return points;
}

static bool is_negative(const struct ppm_sema *sema, ppm_node_id points, double *constant)
{
	return points != PPM_NODE_POISON && ppm_plan_constant_number(sema->plan, points, constant) && *constant < 0;
}

static void reward(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_plan_rule *rule)
{
	const struct ppm_rule *r = rule->syntax;
	double cap = 0, constant;
	bool capped = r->at_most && ppm_sema_constant(sema, scope, r->at_most, "`at most`", &cap);
	if (capped && cap < 0) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_POINTS_NEGATIVE, r->at_most->span, "`at most` is below 0, and points are 0 or more");
		ppm_diag_help(sema->diagnostics, d, "write a cap above 0");
		capped = false;
	}
	ppm_node_id points = r->points ? ppm_sema_number(sema, scope, r->points, "a rule's points") : number_node(sema, 1, rule->span);
	if (is_negative(sema, points, &constant)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_POINTS_NEGATIVE, r->points->span, "points are 0 or more");
		ppm_diag_help(sema->diagnostics, d, "%s", ppm_sema_negative_advice(sema, r, constant));
		points = PPM_NODE_POISON;
	}
	if (points != PPM_NODE_POISON && ppm_plan_constant_number(sema->plan, points, &constant) && ppm_points_kept(constant) == 0) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_POINTS_ZERO, r->points->span, "this rule can never move the score: it has 0 points%s",
			constant == 0 ? "" : ", to the six places that are kept");
		ppm_diag_help(sema->diagnostics, d, "give it points, or make it a `let`");
	}
	rule->points = keep(sema, points, capped ? &cap : NULL, r->points ? r->points->span : rule->span);
	rule->condition = ppm_sema_flag(sema, scope, r->condition, "a rule's condition");
	rule->missing_points = PPM_NODE_NONE;
	if (r->missing) {
		ppm_node_id missing = ppm_sema_number(sema, scope, r->missing, "the points after `missing`");
		if (is_negative(sema, missing, &constant)) {
			bool adds = rule->kind == PPM_RULE_REWARD;
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_POINTS_NEGATIVE, r->missing->span, "the points after `missing` are 0 or more, too");
			ppm_diag_help(sema->diagnostics, d, "a `%s` only %s points: for the other direction write a rule of its own, `%s … when … is missing`",
				adds ? "reward" : "penalty", adds ? "adds" : "takes away", adds ? "penalty" : "reward");
			missing = PPM_NODE_POISON;
		}
		rule->missing_points = keep(sema, missing, capped ? &cap : NULL, r->missing->span);
		if (rule->condition != PPM_NODE_POISON) {
			ppm_sema_thought_of_missing(sema, rule->condition);
			if (!node_of(sema, rule->condition)->may_miss && points != PPM_NODE_POISON && !node_of(sema, points)->may_miss) {
				struct ppm_diagnostic *d =
					ppm_diag(sema->diagnostics, PPM_DIAG_NEVER_MISSING, r->missing->span, "this rule's condition is never missing, so `missing` is never used");
				ppm_diag_help(sema->diagnostics, d, "leave out `missing`, or declare the column `optional`");
			}
		}
		if (missing != PPM_NODE_POISON && node_of(sema, missing)->may_miss) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_MISSING_POINTS, r->missing->span, "the points after `missing` can themselves be missing");
			ppm_diag_help(sema->diagnostics, d, "write a figure there, or add `default`");
			rule->missing_points = PPM_NODE_POISON;
		}
	}
	bool never = ppm_plan_constant_is(sema->plan, rule->condition, false); // then nobody reads why
	sema->plan->not_taken += never;
	rule->because = ppm_sema_template(sema, scope, &r->because);
	sema->plan->not_taken -= never;
	if (rule->points == PPM_NODE_POISON || rule->condition == PPM_NODE_POISON || rule->missing_points == PPM_NODE_POISON)
		return;
	const struct ppm_node *p = node_of(sema, rule->points), *m = rule->missing_points == PPM_NODE_NONE ? NULL : node_of(sema, rule->missing_points);
	rule->may_be_unknown = !m && (node_of(sema, rule->condition)->may_miss || p->may_miss);
	double most = ppm_points_kept(fmax(p->high, m ? m->high : 0));
	rule->low = rule->kind == PPM_RULE_PENALTY ? -most : 0;
	rule->high = rule->kind == PPM_RULE_PENALTY ? 0 : most;
}

// ---- scales -------------------------------------------------------------------------------------------------------

// A figure as the value is compared with it: one without a unit is an amount beside one. False where it is not the same for every row.
static bool as_compared(struct ppm_sema *sema, ppm_node_id *figure, ppm_node_id value, struct ppm_edge *edge)
{
	if (ppm_plan_is_constant(sema->plan, *figure) && node_of(sema, value)->type.base == PPM_BASE_MONEY)
		*figure = ppm_plan_retype(sema->plan, *figure, node_of(sema, value)->type, node_of(sema, *figure)->span);
	return *figure != PPM_NODE_POISON && ppm_plan_constant_edge(sema->plan, *figure, edge);
}

// An end of what `goes … to …`, in the subject's type.
static bool scale_end(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_expression *e, const struct ppm_expression *subject_written, ppm_node_id *subject,
	struct ppm_edge *value)
{
	ppm_node_id end = ppm_sema_expression(sema, scope, e);
	if (end == PPM_NODE_POISON || *subject == PPM_NODE_POISON)
		return false;
	ppm_sema_hint(sema, scope, subject_written, end);
	if (ppm_sema_is_open(sema, *subject))
		return false;
	const struct ppm_type type = node_of(sema, *subject)->type;
	if (type.base == PPM_BASE_TEXT || type.base == PPM_BASE_FLAG) {
		char name[48];
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_NUMBER_EXPECTED, subject_written->span, "a scale runs over figures, and this is `%s`", ppm_type_name(type, name));
		ppm_diag_help(sema->diagnostics, d, type.base == PPM_BASE_TEXT ? "for texts write `bands … by …`" : "for a flag write `reward … when …`");
		return false;
	}
	// the rules of comparing apply: the same unit on both sides
	if (ppm_sema_compare(sema, PPM_RELATION_LESS_EQUAL, subject_written, e, *subject, end, e->span) == PPM_NODE_POISON)
		return false;
	if (!as_compared(sema, &end, *subject, value)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CONSTANT_EXPECTED, e->span, "an end of the scale must be the same for every row");
		ppm_diag_help(sema->diagnostics, d, "write a figure, or a `param`");
		return false;
	}
	return true;
}

static void scale(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_plan_rule *rule)
{
	const struct ppm_rule *r = rule->syntax;
	struct ppm_plan_scale s;
	bool fine = ppm_sema_constant(sema, scope, r->from, "the points after `from`", &s.from);
	fine = ppm_sema_constant(sema, scope, r->to, "the points after `to`", &s.to) && fine;
	ppm_node_id subject = ppm_sema_expression(sema, scope, r->subject);
	struct ppm_edge low, high;
	fine = scale_end(sema, scope, r->low, r->subject, &subject, &low) && fine;
	fine = scale_end(sema, scope, r->high, r->subject, &subject, &high) && fine;
	if (!fine)
		return;
	s.low = low.figure;
	s.high = high.figure;
	struct ppm_type type = node_of(sema, subject)->type;
	if (s.low == s.high && low.exact != high.exact) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_SCALE_FLAT, (struct ppm_span){ r->low->span.begin, r->high->span.end },
			"the ends of the scale are too near each other: a scale goes over numbers, and as numbers these amounts are the same");
		ppm_diag_help(sema->diagnostics, d, "write ends farther apart, or a rule with a threshold: `reward %.*s … when …`", (int)rule->name.size, rule->name.data);
		return;
	}
	if (s.low == s.high) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_SCALE_FLAT, (struct ppm_span){ r->low->span.begin, r->high->span.end }, "both ends of the scale are the same");
		ppm_diag_help(sema->diagnostics, d, "write two different ends, or a rule with a threshold: `reward %.*s … when …`", (int)rule->name.size, rule->name.data);
		return;
	}
	if (ppm_points_kept(s.from) == ppm_points_kept(s.to)) {
		struct ppm_diagnostic *d = ppm_diag(
			sema->diagnostics, PPM_DIAG_POINTS_ZERO, (struct ppm_span){ r->from->span.begin, r->to->span.end }, "this scale gives the same points to everyone");
		ppm_diag_help(sema->diagnostics, d, "write two different figures");
	}
	if (type.base == PPM_BASE_MONEY || type.base == PPM_BASE_DATE || type.base == PPM_BASE_DURATION)
		subject = ppm_plan_unary(sema->plan, PPM_NODE_FIGURE, subject, ppm_type_of(PPM_BASE_NUMBER), 0, r->subject->span);
	rule->points = ppm_plan_scale_node(sema->plan, subject, s, rule->span);
	rule->missing_points = PPM_NODE_NONE;
	if (rule->points == PPM_NODE_POISON)
		return;
	rule->may_be_unknown = node_of(sema, rule->points)->may_miss;
	rule->low = ppm_points_kept(fmin(s.from, s.to));
	rule->high = ppm_points_kept(fmax(s.from, s.to));
}

// ---- bands --------------------------------------------------------------------------------------------------------

struct bands {
	const struct ppm_band *arms[512];
	ppm_node_id values[513], conditions[513];
	struct ppm_span spans[513];
	size_t count; // without otherwise and missing
	const struct ppm_band *otherwise, *missing;
};

// Whether what is below the edge, or at it unless `below`, is all that the value can be.
static bool is_all_taken(const struct ppm_plan *plan, const struct ppm_node *value, struct ppm_edge edge, bool below)
{
	int order = ppm_edge_order(ppm_plan_high(plan, value), edge);
	return order < 0 || (order == 0 && !below);
}

static bool band_thresholds(struct ppm_sema *sema, const struct ppm_scope *scope, const struct ppm_rule *r, struct bands *bands, ppm_node_id *subject)
{
	struct ppm_edge before = { 0 };
	bool fine = true, below_before = false;
	const struct ppm_band *last = NULL;
	for (size_t i = 0; i < bands->count; i++) {
		const struct ppm_band *band = bands->arms[i];
		ppm_node_id threshold = ppm_sema_expression(sema, scope, band->threshold);
		if (threshold == PPM_NODE_POISON || *subject == PPM_NODE_POISON)
			return false;
		if (ppm_sema_is_open(sema, *subject))
			return false;
		bands->conditions[i] = ppm_sema_compare(
			sema, band->kind == PPM_BAND_BELOW ? PPM_RELATION_LESS : PPM_RELATION_LESS_EQUAL, r->subject, band->threshold, *subject, threshold, band->threshold->span);
		if (bands->conditions[i] == PPM_NODE_POISON) {
			fine = false;
			continue;
		}
		struct ppm_edge value;
		if (!as_compared(sema, &threshold, *subject, &value)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CONSTANT_EXPECTED, band->threshold->span, "a threshold must be the same for every row");
			ppm_diag_help(sema->diagnostics, d, "write a figure, or a `param`");
			fine = false;
			continue;
		}
		if (node_of(sema, threshold)->computed || node_of(sema, *subject)->computed)
			value.figure = ppm_number_as_decimal(value.figure); // as it is compared
		bool below = band->kind == PPM_BAND_BELOW;
		int order = last ? ppm_edge_order(value, before) : 1;
		if (order < 0 || (order == 0 && !(below_before && !below))) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_BANDS_ORDER, band->threshold->span, "the thresholds do not ascend: this band can never match");
			ppm_diag_label(sema->diagnostics, d, last->threshold->span, "this one stands before it");
			ppm_diag_help(sema->diagnostics, d, "put the bands in ascending order");
			fine = false;
		}
		const struct ppm_node *x = node_of(sema, *subject);
		int least = ppm_edge_order(ppm_plan_low(sema->plan, x), value);
		if (least > 0 || (least == 0 && below)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_BAND_NEVER, band->span, "this band can never match: the value is never that low");
			ppm_diag_help(sema->diagnostics, d, "take the band out, or correct the range declared for the column");
			fine = false;
		} else if (last && is_all_taken(sema->plan, x, before, below_before)) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_BAND_NEVER, band->span, "this band can never match: the value is never that high");
			ppm_diag_help(sema->diagnostics, d, "take the band out, or correct the range declared for the column");
			fine = false;
		}
		before = value;
		below_before = below;
		last = band;
	}
	// what no band takes
	const struct ppm_node *x = *subject == PPM_NODE_POISON ? NULL : node_of(sema, *subject);
	bool complete = x && last && is_all_taken(sema->plan, x, before, below_before);
	if (fine && !bands->otherwise && !complete) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OTHERWISE_ABSENT, r->name.span, "the bands leave out what lies above the last threshold");
		ppm_diag_help(sema->diagnostics, d, "add `otherwise : POINTS`");
		return false;
	}
	if (fine && bands->otherwise && complete) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_BAND_NEVER, bands->otherwise->span, "`otherwise` can never match: the bands before it take every value");
		ppm_diag_help(sema->diagnostics, d, "take it out, or correct the range declared for the column");
		return false;
	}
	return fine;
}

static bool has_label(struct ppm_sema *sema, const struct bands *bands, const struct ppm_expression *value)
{
	ppm_node_id wanted = ppm_sema_literal(sema, value);
	for (size_t i = 0; i < bands->count; i++)
		for (const struct ppm_expression *label = bands->arms[i]->labels; label; label = label->next)
			if (ppm_sema_literal(sema, label) == wanted)
				return true;
	return false;
}

static bool band_labels(struct ppm_sema *sema, const struct ppm_rule *r, struct bands *bands, ppm_node_id *subject)
{
	bool fine = true;
	struct ppm_node_map seen;
	ppm_node_map_init(&seen, sema->allocator);
	for (size_t i = 0; i < bands->count; i++) {
		bands->conditions[i] = PPM_NODE_NONE;
		for (const struct ppm_expression *label = bands->arms[i]->labels; label; label = label->next) {
			ppm_node_id value = ppm_sema_literal(sema, label);
			if (value == PPM_NODE_POISON || *subject == PPM_NODE_POISON || ppm_sema_is_open(sema, *subject)) {
				ppm_node_map_free(&seen);
				return false;
			}
			ppm_node_id is = ppm_sema_compare(sema, PPM_RELATION_EQUAL, r->subject, label, *subject, value, label->span);
			if (is == PPM_NODE_POISON) {
				fine = false;
				continue;
			}
			const size_t looked_at = ppm_node_map_put(&seen, value, 0) ? 0 : i + 1; // bands, where the value was there before
			for (size_t j = 0; j < looked_at; j++)
				for (const struct ppm_expression *other = bands->arms[j]->labels; other && other != label; other = other->next)
					if (ppm_sema_literal(sema, other) == value) {
						struct ppm_diagnostic *d = ppm_diag(
							sema->diagnostics, PPM_DIAG_BAND_NEVER, label->span, "this value stands in two bands, and the second can never match");
						ppm_diag_label(sema->diagnostics, d, other->span, "the first is here");
						ppm_diag_help(sema->diagnostics, d, "take one of them out");
						fine = false;
					}
			bands->conditions[i] = bands->conditions[i] == PPM_NODE_NONE ? is : ppm_plan_or(sema->plan, bands->conditions[i], is, bands->arms[i]->span);
		}
	}
	ppm_node_map_free(&seen);
	sema->plan->out_of_memory = sema->plan->out_of_memory || seen.failed;
	if (!fine || bands->otherwise)
		return fine;
	// without `otherwise` the labels must be all that the column can hold
	const struct ppm_node *x = node_of(sema, *subject);
	const struct ppm_column_declaration *c = x->op == PPM_NODE_COLUMN ? sema->plan->columns[x->index].declaration : NULL;
	const struct ppm_expression *left_out = c && c->in_list ? c->in_list->items : NULL;
	bool flag_complete = x->type.base == PPM_BASE_FLAG && bands->count == 2;
	while (left_out && has_label(sema, bands, left_out))
		left_out = left_out->next;
	if (!left_out && c && c->in_list && c->default_value && !has_label(sema, bands, c->default_value))
		left_out = c->default_value;
	if (flag_complete || (c && c->in_list && !left_out))
		return true;
	struct ppm_slice text = left_out ? ppm_sema_text_of(sema, left_out->span) : PPM_SLICE("every other value");
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_OTHERWISE_ABSENT, r->name.span, "the bands leave out %.*s%s", (int)text.size, text.data,
		left_out && left_out == c->default_value ? ", which stands for an empty field" : "");
	ppm_diag_help(sema->diagnostics, d, left_out ? "add a band for it, or `otherwise : POINTS`" : "add `otherwise : POINTS`, or give the column its values with `in […]`");
	return false;
}

static void bands(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_plan_rule *rule)
{
	const struct ppm_rule *r = rule->syntax;
	struct bands *b = PPM_ARENA_NEW(sema->arena, struct bands);
	if (!b) {
		sema->plan->out_of_memory = true;
		return;
	}
	const struct ppm_band *labels = NULL, *thresholds = NULL;
	for (const struct ppm_band *band = r->bands; band; band = band->next) {
		if (b->otherwise) {
			struct ppm_diagnostic *d =
				ppm_diag(sema->diagnostics, PPM_DIAG_ARM_AFTER_OTHERWISE, band->span, "this band is never reached: `otherwise` stands before it");
			ppm_diag_help(sema->diagnostics, d, "put `otherwise` last, and `missing` before it");
			if (band->kind != PPM_BAND_MISSING)
				return;
		}
		switch (band->kind) {
		case PPM_BAND_OTHERWISE: b->otherwise = band; break;
		case PPM_BAND_MISSING: b->missing = band; break;
		case PPM_BAND_LABELS: labels = labels ? labels : band; break;
		default: thresholds = thresholds ? thresholds : band; break;
		}
		if (band->kind == PPM_BAND_OTHERWISE || band->kind == PPM_BAND_MISSING)
			continue;
		if (b->count == sizeof b->arms / sizeof *b->arms) {
			ppm_diag(sema->diagnostics, PPM_DIAG_TOO_DEEP, band->span, "more than %zu bands", b->count);
			return;
		}
		b->arms[b->count++] = band;
	}
	if (labels && thresholds) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_BANDS_MIXED, thresholds->span, "labels and thresholds are mixed");
		ppm_diag_label(sema->diagnostics, d, labels->span, "a label is here");
		ppm_diag_help(sema->diagnostics, d, "write two tables: one by values, one by thresholds");
		return;
	}
	ppm_node_id subject = ppm_sema_expression(sema, scope, r->subject);
	for (size_t i = 0; i < b->count && sema->trial; i++)
		if (thresholds)
			ppm_sema_hint(sema, scope, r->subject, ppm_sema_expression(sema, scope, b->arms[i]->threshold));
		else
			for (const struct ppm_expression *label = b->arms[i]->labels; label; label = label->next)
				ppm_sema_hint(sema, scope, r->subject, ppm_sema_literal(sema, label));
	bool fine = thresholds ? band_thresholds(sema, scope, r, b, &subject) : band_labels(sema, r, b, &subject);
	size_t total = 0;
	for (size_t i = 0; i < b->count; i++, total++) {
		b->values[total] = ppm_sema_number(sema, scope, b->arms[i]->value, "a band's points");
		fine = fine && b->values[total] != PPM_NODE_POISON;
	}
	ppm_node_id missing = PPM_NODE_NONE, otherwise = PPM_NODE_NONE;
	if (b->missing) {
		missing = ppm_sema_number(sema, scope, b->missing->value, "a band's points");
		if (subject != PPM_NODE_POISON) {
			ppm_sema_thought_of_missing(sema, subject);
			if (!node_of(sema, subject)->may_miss && !ppm_sema_is_open(sema, subject)) {
				struct ppm_diagnostic *d =
					ppm_diag(sema->diagnostics, PPM_DIAG_NEVER_MISSING, b->missing->span, "the value is never missing, so this band is never used");
				ppm_diag_help(sema->diagnostics, d, "take it out, or declare the column `optional`");
			}
		}
		fine = fine && missing != PPM_NODE_POISON;
	}
	if (b->otherwise) {
		otherwise = ppm_sema_number(sema, scope, b->otherwise->value, "a band's points");
		fine = fine && otherwise != PPM_NODE_POISON;
	}
	if (!fine || subject == PPM_NODE_POISON || sema->plan->out_of_memory)
		return;
	if (!b->count && otherwise == PPM_NODE_NONE)
		return;
	ppm_node_id *conditions = ppm_arena_allocate(sema->arena, b->count + 1, sizeof *conditions);
	if (!conditions) {
		sema->plan->out_of_memory = true;
		return;
	}
	memcpy(conditions, b->conditions, b->count * sizeof *conditions);
	rule->bands = conditions;
	rule->band_count = (uint32_t)b->count;
	rule->subject = subject;
	struct ppm_type number = ppm_type_of(PPM_BASE_NUMBER);
	ppm_node_id result = otherwise;
	size_t from = b->count;
	if (result == PPM_NODE_NONE)
		result = b->values[--from]; // the bands are complete: the last takes the rest
	bool constant = labels && node_of(sema, subject)->type.base == PPM_BASE_TEXT && ppm_plan_is_constant(sema->plan, result) &&
		(missing == PPM_NODE_NONE || ppm_plan_is_constant(sema->plan, missing));
	for (size_t i = 0; i < b->count; i++)
		constant = constant && ppm_plan_is_constant(sema->plan, b->values[i]);
	if (constant) {
		struct ppm_plan_map map = { .otherwise = result, .missing = missing };
		size_t keys = 0;
		for (size_t i = 0; i < b->count; i++)
			for (const struct ppm_expression *label = b->arms[i]->labels; label; label = label->next)
				keys++;
		map.keys = ppm_arena_allocate(sema->arena, keys + 1, sizeof *map.keys);
		map.values = ppm_arena_allocate(sema->arena, keys + 1, sizeof *map.values);
		if (!map.keys || !map.values) {
			sema->plan->out_of_memory = true;
			return;
		}
		for (size_t i = 0; i < b->count; i++)
			for (const struct ppm_expression *label = b->arms[i]->labels; label; label = label->next) {
				map.keys[map.count] = ppm_plan_intern(sema->plan, label->text);
				map.values[map.count++] = b->values[i];
			}
		rule->points = ppm_plan_map_node(sema->plan, subject, &map, number, rule->span);
	} else if (!b->count) { // `otherwise` takes every value there is
		if (missing == PPM_NODE_NONE)
			missing = ppm_plan_missing(sema->plan, number, rule->span);
		rule->points = ppm_plan_select(sema->plan, ppm_plan_is_missing(sema->plan, subject, rule->span), missing, result, PPM_NODE_NONE, number, rule->span);
	} else {
		for (size_t i = from ? from : 1; i-- > 0;) // one band that takes every value still asks whether there is one
			result = ppm_plan_select(sema->plan, b->conditions[i], b->values[i], result, missing, number, rule->span);
		rule->points = result;
	}
	rule->missing_points = PPM_NODE_NONE;
	if (rule->points == PPM_NODE_POISON)
		return;
	rule->may_be_unknown = node_of(sema, rule->points)->may_miss;
	rule->low = ppm_points_kept(node_of(sema, rule->points)->low);
	rule->high = ppm_points_kept(node_of(sema, rule->points)->high);
}

// ---- all kinds -----------------------------------------------------------------------------------------------------

static struct ppm_plan_rule *rule_into_plan(struct ppm_sema *sema, struct ppm_module *module, const struct ppm_rule *syntax, uint32_t dimension);

static struct ppm_plan_rule *rules_into_plan(struct ppm_sema *sema, struct ppm_module *module, const struct ppm_rule *syntax, uint32_t dimension)
{
	struct ppm_plan_rule *first = NULL, **end = &first;
	for (; syntax; syntax = syntax->next) {
		struct ppm_plan_rule *rule = rule_into_plan(sema, module, syntax, dimension);
		if (!rule)
			continue;
		*end = rule;
		end = &rule->next;
	}
	return first;
}

static void bundle(struct ppm_sema *sema, const struct ppm_scope *scope, struct ppm_plan_rule *rule, uint32_t dimension)
{
	const struct ppm_rule *r = rule->syntax;
	rule->points = PPM_NODE_NONE;
	rule->members = rules_into_plan(sema, scope->module, r->rules, dimension);
	if (!rule->members) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_BUNDLE_EMPTY, rule->span, "`%.*s` has no rules", (int)rule->name.size, rule->name.data);
		ppm_diag_help(sema->diagnostics, d, "write rules between its braces, or take it out");
	}
	rule->cap = INFINITY;
	if (rule->kind == PPM_RULE_GROUP && ppm_sema_constant(sema, scope, r->at_most, "`at most`", &rule->cap) && rule->cap < 0) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_POINTS_NEGATIVE, r->at_most->span, "`at most` is below 0");
		ppm_diag_help(sema->diagnostics, d, "the cap bounds the points of the group, in either direction");
		rule->cap = INFINITY;
	}
	rule->cap = ppm_points_kept(rule->cap);
	uint32_t penalties = 0, count = 0;
	rule->may_be_unknown = rule->members != NULL; // a bundle is decided when any of its rules is
	for (const struct ppm_plan_rule *m = rule->members; m; m = m->next, count++) {
		rule->may_be_unknown = rule->may_be_unknown && m->may_be_unknown;
		penalties += m->kind == PPM_RULE_PENALTY || m->penalties;
	}
	rule->penalties = penalties > 0;
	if (rule->kind == PPM_RULE_BEST_OF && penalties && penalties < count) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_BUNDLE_MIXED, rule->span,
			"`%.*s` mixes penalties with rules that add points, so its largest is no clear thing", (int)rule->name.size, rule->name.data);
		ppm_diag_help(sema->diagnostics, d, "write one `best of` for the rewards and one for the penalties");
	}
	ppm_plan_bundle_range(rule);
}

static struct ppm_plan_rule *rule_into_plan(struct ppm_sema *sema, struct ppm_module *module, const struct ppm_rule *syntax, uint32_t dimension)
{
	struct ppm_scope scope = { .module = module };
	struct ppm_plan_rule *rule = PPM_ARENA_NEW(sema->arena, struct ppm_plan_rule);
	struct ppm_plan_rule **place = rule ? PPM_PLAN_APPEND(sema->plan, rule) : NULL;
	if (!place) {
		sema->plan->out_of_memory = true;
		return NULL;
	}
	*place = rule;
	rule->kind = syntax->kind;
	rule->syntax = syntax;
	rule->name = qualified(sema, module, syntax->name.text);
	rule->span = syntax->name.span;
	rule->index = (uint32_t)sema->plan->rule_count - 1;
	rule->dimension = dimension;
	rule->condition = rule->points = rule->missing_points = PPM_NODE_POISON;
	struct ppm_symbol *symbol = ppm_sema_find(module, syntax->name.text);
	// the rule's own name inside it is a circle: mark it while its parts are elaborated
	bool open = symbol && symbol->rule == syntax && symbol->state == PPM_SYMBOL_NEW && sema->stack_size < sizeof sema->stack / sizeof *sema->stack;
	switch (syntax->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY:
		if (open) {
			symbol->state = PPM_SYMBOL_OPEN;
			sema->stack[sema->stack_size++] = symbol;
		}
		reward(sema, &scope, rule);
		if (open) {
			sema->stack_size--;
			symbol->state = PPM_SYMBOL_DONE;
			symbol->node = rule->condition;
		}
		break;
	case PPM_RULE_SCALE:
	case PPM_RULE_BANDS:
		if (open) {
			symbol->state = PPM_SYMBOL_OPEN;
			sema->stack[sema->stack_size++] = symbol;
		}
		if (syntax->kind == PPM_RULE_SCALE)
			scale(sema, &scope, rule);
		else
			bands(sema, &scope, rule);
		if (open) {
			sema->stack_size--;
			symbol->state = PPM_SYMBOL_DONE;
			symbol->node = rule->points;
		}
		break;
	default: bundle(sema, &scope, rule, dimension); break;
	}
	return rule;
}

// A rule's name in an expression: whether it fired; of a scale or bands: its points.
ppm_node_id ppm_sema_rule_flag(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	struct ppm_scope scope = { .module = symbol->module };
	switch (symbol->rule->kind) {
	case PPM_RULE_REWARD:
	case PPM_RULE_PENALTY: return ppm_sema_flag(sema, &scope, symbol->rule->condition, "a rule's condition");
	case PPM_RULE_SCALE:
	case PPM_RULE_BANDS: {
		struct ppm_plan_rule rule = { .kind = symbol->rule->kind, .syntax = symbol->rule, .name = symbol->name, .span = symbol->span, .points = PPM_NODE_POISON };
		if (rule.kind == PPM_RULE_SCALE)
			scale(sema, &scope, &rule);
		else
			bands(sema, &scope, &rule);
		return rule.points;
	}
	default: return PPM_NODE_POISON; // a bundle: reported where it is named
	}
}

// ---- dimensions ----------------------------------------------------------------------------------------------------

static void finish_dimension(struct ppm_plan_dimension *dimension)
{
	double low = dimension->start, high = dimension->start;
	for (const struct ppm_plan_rule *r = dimension->rules; r; r = r->next) {
		dimension->rule_count++;
		low = ppm_points_kept(low + r->low);
		high = ppm_points_kept(high + r->high);
	}
	dimension->rules_low = low;
	dimension->rules_high = high;
}

ppm_node_id ppm_sema_dimension(struct ppm_sema *sema, struct ppm_symbol *symbol)
{
	const struct ppm_statement *s = symbol->statement;
	struct ppm_scope scope = { .module = symbol->module };
	uint32_t index = symbol->index;
	struct ppm_plan_rule *rules = rules_into_plan(sema, symbol->module, s->dimension.rules, index);
	double weight = 1, low = 0, high = 0, start = 0;
	bool ranged = s->dimension.range_low && ppm_sema_constant(sema, &scope, s->dimension.range_low, "an end of the range", &low) &&
		ppm_sema_constant(sema, &scope, s->dimension.range_high, "an end of the range", &high);
	if (s->dimension.start)
		ppm_sema_constant(sema, &scope, s->dimension.start, "`start`", &start);
	low = ppm_points_kept(low);
	high = ppm_points_kept(high);
	start = ppm_points_kept(start);
	bool percent = false, weighed = s->dimension.weight && ppm_sema_share(sema, &scope, s->dimension.weight, "a weight", &weight, &percent);
	if (weighed && !(weight > 0)) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_WEIGHT, s->dimension.weight->span, "a weight must be above 0");
		ppm_diag_help(sema->diagnostics, d, "take the dimension out, or give it a weight");
		weight = 1;
	}
	if (ranged && low >= high) {
		struct ppm_diagnostic *d = ppm_diag(
			sema->diagnostics, PPM_DIAG_RANGE_EMPTY, (struct ppm_span){ s->dimension.range_low->span.begin, s->dimension.range_high->span.end }, "this range is empty");
		ppm_diag_help(sema->diagnostics, d, "write the low end first");
		ranged = false;
	}
	if (ranged && (start < low || start > high)) {
		char figure[PPM_NUMBER_TEXT];
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_START_OUTSIDE, s->dimension.start ? s->dimension.start->span : s->dimension.range_low->span,
			"the dimension starts at %s, outside its range", ppm_number_text(start, figure));
		ppm_diag_help(sema->diagnostics, d, "give it a `start` within the range");
	}
	if (!rules) {
		struct ppm_diagnostic *d =
			ppm_diag(sema->diagnostics, PPM_DIAG_DIMENSION_EMPTY, symbol->span, "the dimension `%.*s` has no rules", (int)symbol->name.size, symbol->name.data);
		ppm_diag_help(sema->diagnostics, d, "write rules between its braces, or take it out");
	}
	struct ppm_plan_dimension *dimension = &sema->plan->dimensions[index];
	dimension->rules = rules;
	dimension->weight = weight;
	dimension->has_weight = weighed;
	dimension->percent = percent;
	dimension->has_range = ranged;
	dimension->low = low;
	dimension->high = high;
	dimension->start = start;
	finish_dimension(dimension);
	return ppm_plan_scoring(sema->plan, PPM_NODE_DIMENSION, index, ppm_type_of(PPM_BASE_NUMBER), ppm_plan_dimension_may_miss(dimension), 0, 100, symbol->span);
}

static bool has_named_dimensions(const struct ppm_plan *plan)
{
	return plan->dimension_count > 0 && plan->dimensions[0].name.size > 0;
}

// The statements' rules outside of any dimension are the model's one, unnamed.
static void unnamed_dimension(struct ppm_sema *sema)
{
	struct ppm_plan_rule *first = NULL, **end = &first;
	const struct ppm_statement *outside = NULL;
	bool dimensions = has_named_dimensions(sema->plan);
	if (!dimensions && sema->plan->dimension_count)
		return;
	sema->scoring = true;
	uint32_t index = 0;
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (const struct ppm_statement *s = module->tree->statements; s; s = s->next) {
			if (s->kind != PPM_STATEMENT_RULE)
				continue;
			if (dimensions) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_RULE_OUTSIDE, s->rule.rule->name.span,
					"the rule `%.*s` stands outside of any dimension", (int)s->rule.rule->name.text.size, s->rule.rule->name.text.data);
				ppm_diag_help(sema->diagnostics, d, "a model with dimensions has all its rules in them: move it between the braces of one");
				continue;
			}
			if (!outside) {
				struct ppm_plan_dimension *dimension = PPM_PLAN_APPEND(sema->plan, dimension);
				if (!dimension)
					return;
				dimension->weight = 1;
				dimension->span = s->keyword;
			}
			outside = s;
			struct ppm_plan_rule *rule = rule_into_plan(sema, module, s->rule.rule, index);
			if (!rule)
				continue;
			*end = rule;
			end = &rule->next;
		}
	sema->scoring = false;
	if (!outside || dimensions)
		return;
	sema->plan->dimensions[0].rules = first;
	finish_dimension(&sema->plan->dimensions[0]);
}

// ---- the score -----------------------------------------------------------------------------------------------------

static bool all_dimensions_may_miss(const struct ppm_plan *plan)
{
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (!ppm_plan_dimension_may_miss(&plan->dimensions[i]))
			return false;
	return true;
}

static bool perspective_may_miss(const struct ppm_plan *plan, const struct ppm_plan_perspective *p)
{
	for (size_t i = 0; i < plan->dimension_count; i++)
		if (p->weights[i] > 0 && !ppm_plan_dimension_may_miss(&plan->dimensions[i]))
			return false;
	return true;
}

// which: 0 score, 1 low, 2 high, 3 + i perspective i, UINT32_MAX evidence, UINT32_MAX - 1 points. Elaborates every dimension first, so that a rule
// that asks for the score it is part of is found to go round in a circle.
ppm_node_id ppm_sema_score(struct ppm_sema *sema, uint32_t which, struct ppm_span use)
{
	struct ppm_plan *plan = sema->plan;
	if (sema->scoring || (sema->adjusting && which < 3)) {
		ppm_sema_report_circle(sema, use);
		return PPM_NODE_POISON;
	}
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t i = 0; i < module->names.count; i++) {
			struct ppm_symbol *symbol = module->symbols[i];
			if (symbol->kind == PPM_SYMBOL_DIMENSION && symbol->state != PPM_SYMBOL_DONE) {
				uint32_t errors = sema->diagnostics->errors;
				ppm_sema_value(sema, symbol, use);
				symbol->uses--;
				if (symbol->state == PPM_SYMBOL_OPEN && sema->diagnostics->errors > errors)
					return PPM_NODE_POISON;
			}
		}
	if (!plan->dimension_count)
		unnamed_dimension(sema);
	if (!plan->dimension_count) {
		struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NO_RULES, use, "this model has no rules, so there is no score");
		ppm_diag_help(sema->diagnostics, d, "write rules such as `penalty slow_payer when days_late > 30`");
		return PPM_NODE_POISON;
	}
	struct ppm_type number = ppm_type_of(PPM_BASE_NUMBER), percent = ppm_type_of(PPM_BASE_PERCENT);
	if (which == UINT32_MAX)
		return ppm_plan_scoring(plan, PPM_NODE_EVIDENCE, 0, percent, false, 0, 1, (struct ppm_span){ 0, 0 });
	if (which == UINT32_MAX - 1)
		return ppm_plan_scoring(plan, PPM_NODE_POINTS, 0, number, all_dimensions_may_miss(plan), -INFINITY, INFINITY, (struct ppm_span){ 0, 0 });
	bool may_miss = which >= 3 ? perspective_may_miss(plan, &plan->perspectives[which - 3]) : which == 0 && all_dimensions_may_miss(plan);
	return ppm_plan_scoring(plan, PPM_NODE_SCORE, which, number, may_miss, 0, 100, (struct ppm_span){ 0, 0 });
}

// 60% beside 40 would be 0.6 beside 40.
static void check_weights(struct ppm_sema *sema, struct ppm_span percent, struct ppm_span figure)
{
	if (!percent.end || !figure.end)
		return;
	struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NUMBER_EXPECTED, percent, "this weight is a percent, and another is a plain figure");
	ppm_diag_label(sema->diagnostics, d, figure, "this one is a figure");
	ppm_diag_help(sema->diagnostics, d, "write all of them as figures, or all as percents");
}

static void dimension_weights(struct ppm_sema *sema)
{
	struct ppm_span percent = { 0, 0 }, figure = { 0, 0 };
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t n = 0; n < module->names.count; n++) {
			const struct ppm_symbol *symbol = module->symbols[n];
			if (symbol->kind == PPM_SYMBOL_DIMENSION && sema->plan->dimensions[symbol->index].has_weight)
				*(sema->plan->dimensions[symbol->index].percent ? &percent : &figure) = symbol->statement->dimension.weight->span;
		}
	check_weights(sema, percent, figure);
}

static void perspectives(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (uint32_t n = 0; n < module->names.count; n++) {
			struct ppm_symbol *symbol = module->symbols[n];
			if (symbol->kind != PPM_SYMBOL_PERSPECTIVE)
				continue;
			struct ppm_scope scope = { .module = module };
			struct ppm_plan_perspective *p = &plan->perspectives[symbol->index];
			struct ppm_span percents = { 0, 0 }, figures = { 0, 0 };
			uint32_t errors = sema->diagnostics->errors;
			bool weighs = false;
			for (const struct ppm_share *share = symbol->statement->perspective.shares; share; share = share->next) {
				struct ppm_symbol *dimension = ppm_sema_find(module, share->name.text);
				if (!dimension || dimension->kind != PPM_SYMBOL_DIMENSION) {
					struct ppm_suggestion suggestion;
					ppm_suggestion_init(&suggestion, share->name.text);
					for (size_t i = 0; i < plan->dimension_count; i++)
						ppm_suggestion_offer(&suggestion, plan->dimensions[i].name);
					struct ppm_slice near = ppm_suggestion_take(&suggestion);
					struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_DIMENSION_UNKNOWN, share->name.span, "no dimension is called `%.*s`",
						(int)share->name.text.size, share->name.text.data);
					if (near.size)
						ppm_sema_did_you_mean(sema, d, near);
					continue;
				}
				dimension->uses++;
				double weight;
				bool percent;
				if (!ppm_sema_share(sema, &scope, share->weight, "a weight", &weight, &percent))
					continue;
				if (weight != 0)
					*(percent ? &percents : &figures) = share->weight->span;
				if (!(weight >= 0)) {
					ppm_diag(sema->diagnostics, PPM_DIAG_WEIGHT, share->weight->span, "a weight must be 0 or more");
					continue;
				}
				if (p->weights[dimension->index] != 0) {
					struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_NAME_TWICE, share->name.span, "`%.*s` is there twice",
						(int)share->name.text.size, share->name.text.data);
					ppm_diag_help(sema->diagnostics, d, "add the two weights up");
				}
				p->weights[dimension->index] = weight;
				weighs = weighs || weight > 0;
			}
			if (!weighs && sema->diagnostics->errors == errors) {
				struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_WEIGHT, symbol->span,
					"the dimensions of `%.*s` all weigh 0: `score_%.*s` would be missing for everybody", (int)p->name.size, p->name.data, (int)p->name.size,
					p->name.data);
				ppm_diag_help(sema->diagnostics, d, "give one of them a weight above 0, or take the perspective out");
			}
			check_weights(sema, percents, figures);
		}
}

// Whether the value hangs on the score that `adjust` moves; a name may have stood for it before its rules were looked at.
static bool reaches_score(const struct ppm_plan *plan, ppm_node_id id, struct ppm_node_map *seen)
{
	if (id == PPM_NODE_NONE || !ppm_node_map_put(seen, id, 0))
		return false;
	const struct ppm_node *node = &plan->nodes[id];
	if (node->op == PPM_NODE_SCORE)
		return node->index < 3;
	return reaches_score(plan, node->a, seen) || reaches_score(plan, node->b, seen) || reaches_score(plan, node->c, seen) || reaches_score(plan, node->d, seen);
}

static void check_adjust(struct ppm_sema *sema, const struct ppm_plan_rule *rules)
{
	for (; rules; rules = rules->next) {
		check_adjust(sema, rules->members);
		const ppm_node_id values[] = { rules->members ? PPM_NODE_NONE : rules->condition, rules->members ? PPM_NODE_NONE : rules->points };
		for (int i = 0; i < 2; i++) {
			struct ppm_node_map seen;
			ppm_node_map_init(&seen, sema->allocator);
			bool reaches = reaches_score(sema->plan, values[i], &seen);
			ppm_node_map_free(&seen);
			sema->plan->out_of_memory = sema->plan->out_of_memory || seen.failed;
			if (!reaches)
				continue;
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_CIRCLE, rules->span, "`%.*s` depends on itself: it moves the score, and asks for it",
				(int)rules->name.size, rules->name.data);
			ppm_diag_help(sema->diagnostics, d, "break the circle: a rule cannot use the score that it moves; a dimension's name can stand in `adjust`");
			break;
		}
	}
}

void ppm_sema_scoring(struct ppm_sema *sema)
{
	struct ppm_plan *plan = sema->plan;
	bool rules = plan->dimension_count > 0;
	for (struct ppm_module *module = sema->modules; module && !rules; module = module->next)
		for (const struct ppm_statement *s = module->tree->statements; s; s = s->next)
			rules = rules || s->kind == PPM_STATEMENT_RULE;
	if (!rules)
		return;
	bool named = has_named_dimensions(plan);
	if (named) {
		uint32_t weighted = 0;
		struct ppm_span without = { 0, 0 };
		for (struct ppm_module *module = sema->modules; module; module = module->next)
			for (const struct ppm_statement *s = module->tree->statements; s; s = s->next)
				if (s->kind == PPM_STATEMENT_DIMENSION) {
					weighted += s->dimension.weight != NULL;
					if (!s->dimension.weight)
						without = s->name.span;
				}
		if (weighted && weighted < plan->dimension_count) {
			struct ppm_diagnostic *d = ppm_diag(sema->diagnostics, PPM_DIAG_WEIGHTS_PARTLY, without, "this dimension has no weight, and others have one");
			ppm_diag_help(sema->diagnostics, d, "give all dimensions a weight, or none (then they count alike)");
		}
	}
	// the shares first: whether a perspective can be missing hangs on them
	perspectives(sema);
	struct ppm_span nowhere = { 0, 0 };
	plan->score = ppm_sema_score(sema, 0, nowhere);
	if (named) {
		unnamed_dimension(sema); // only to report rules that stand outside
		dimension_weights(sema);
	}
	if (plan->score == PPM_NODE_POISON) {
		plan->score = PPM_NODE_NONE;
		return;
	}
	plan->score_low = ppm_sema_score(sema, 1, nowhere);
	plan->score_high = ppm_sema_score(sema, 2, nowhere);
	plan->evidence = ppm_sema_score(sema, UINT32_MAX, nowhere);
	plan->points = ppm_sema_score(sema, UINT32_MAX - 1, nowhere);
	for (struct ppm_module *module = sema->modules; module; module = module->next)
		for (const struct ppm_statement *s = module->tree->statements; s; s = s->next)
			if (s->kind == PPM_STATEMENT_ADJUST) {
				sema->adjusting = true;
				struct ppm_plan_rule *rules_here = rules_into_plan(sema, module, s->dimension.rules, PPM_NO_DIMENSION);
				sema->adjusting = false;
				struct ppm_plan_rule **end = &plan->adjust;
				while (*end)
					end = &(*end)->next;
				*end = rules_here;
				if (!sema->trial)
					check_adjust(sema, rules_here);
			}
}

// Tiers that are hardly apart, and weights that nearly add up.
#include "lang/analysis/lint_internal.h"
#include "runtime/base/number.h"

#include <math.h>

#define SHOW(slice) (int)(slice).size, (slice).data

#define NEARLY 5 // so far from 100 a sum of weights can be for a slip

// The figure of `score >= 80`, when that is the whole condition.
static bool threshold_of(const struct ppm_plan *plan, const struct ppm_plan_tier *tier, double *value)
{
	if (tier->condition == PPM_NODE_NONE || tier->condition == PPM_NODE_POISON)
		return false;
	const struct ppm_node *n = &plan->nodes[tier->condition];
	return (n->op == PPM_NODE_LESS || n->op == PPM_NODE_LESS_EQUAL) && n->b == plan->score && ppm_plan_constant_number(plan, n->a, value);
}

static void tiers(struct ppm_lint *lint)
{
	const struct ppm_plan *plan = lint->plan;
	const struct ppm_plan_tier *before = NULL;
	double above = 0, value;
	char text[401];

	for (size_t i = 0; i < plan->tier_count; i++) {
		const struct ppm_plan_tier *tier = &plan->tiers[i];
		if (!threshold_of(plan, tier, &value))
			continue;
		double apart = ppm_number_as_decimal(above - value);
		if (before && apart > 0 && apart < lint->settings->close_tiers && !ppm_slice_equal(before->name, tier->name)) {
			struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_TIERS_CLOSE, tier->span, "`%.*s` begins %s point%s below `%.*s`", SHOW(tier->name),
				ppm_number_text(apart, text), apart == 1 ? "" : "s", SHOW(before->name));
			ppm_diag_label(lint->diagnostics, d, before->span, "the tier above it");
			ppm_diag_help(lint->diagnostics, d, "hardly anybody can be in it: move its threshold, or take it out");
		}
		before = tier;
		above = value;
	}
}

static void sum_up(struct ppm_lint *lint, double sum, struct ppm_span span, const char *of, struct ppm_slice name)
{
	double off = ppm_number_as_decimal(sum - 100);
	char text[401], by[401];

	if (off == 0 || !(fabs(off) <= NEARLY))
		return;
	struct ppm_diagnostic *d = ppm_diag(lint->diagnostics, PPM_DIAG_WEIGHTS_HUNDRED, span, "the weights%s%.*s%s add up to %s, not to 100", of, SHOW(name), name.size ? "`" : "",
		ppm_number_text(ppm_number_as_decimal(sum), text));
	ppm_diag_help(lint->diagnostics, d, "the score counts them by their share of the sum; if 100 was meant, they are %s too %s", ppm_number_text(fabs(off), by),
		off < 0 ? "low" : "high");
}

// Weights that are computed are what they are.
static void weights(struct ppm_lint *lint)
{
	double sum = 0, value;
	const struct ppm_statement *last = NULL;
	bool plain = true;

	for (const struct ppm_statement *s = lint->tree->statements; s; s = s->next) {
		if (s->kind == PPM_STATEMENT_DIMENSION) {
			plain = plain && s->dimension.weight && s->dimension.weight->kind == PPM_EXPRESSION_NUMBER;
			last = s;
		}
		if (s->kind != PPM_STATEMENT_PERSPECTIVE)
			continue;
		double shares = 0;
		bool figures = s->perspective.shares != NULL;
		for (const struct ppm_share *share = s->perspective.shares; share && figures; share = share->next)
			figures = share->weight->kind == PPM_EXPRESSION_NUMBER && ppm_number_parse(share->weight->text, &value) == PPM_NUMBER_FINE && (shares += value, true);
		if (figures)
			sum_up(lint, shares, s->name.span, " of `", s->name.text);
	}
	for (size_t i = 0; i < lint->plan->dimension_count; i++)
		sum += lint->plan->dimensions[i].weight;
	if (plain && last && lint->plan->dimension_count > 1)
		sum_up(lint, sum, last->dimension.weight->span, "", PPM_SLICE(""));
}

void ppm_lint_scores(struct ppm_lint *lint)
{
	tiers(lint);
	weights(lint);
}

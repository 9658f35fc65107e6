// The lints in order, and what the settings make of their findings.
#include "lang/analysis/lint_internal.h"

void ppm_lint_settings_init(struct ppm_lint_settings *settings)
{
	*settings = (struct ppm_lint_settings){ .long_condition = 6, .nested_if = 1, .repeated_number = 3, .close_tiers = 2, .near_threshold = 10, .default_share = 50 };
}

enum ppm_status ppm_lint_model(struct ppm_model *model, const struct ppm_lint_settings *settings, struct ppm_lint_report *report)
{
	struct ppm_lint lint = { .plan = ppm_model_plan(model),
		.tree = ppm_model_tree(model),
		.map = ppm_model_sources(model),
		.diagnostics = ppm_model_diagnostics(model),
		.settings = settings,
		.report = report };
	bool failed;

	*report = (struct ppm_lint_report){ 0 };
	ppm_arena_init(&lint.arena, lint.plan->allocator);
	ppm_lint_rules(&lint);
	ppm_lint_scores(&lint);
	ppm_lint_reach(&lint);
	ppm_lint_names(&lint);
	ppm_lint_style(&lint);
	failed = lint.arena.failed || lint.diagnostics->out_of_memory;
	ppm_arena_free(&lint.arena);
	return failed ? PPM_ERROR_MEMORY : PPM_OK;
}

static uint32_t *count_of(struct ppm_diagnostics *diagnostics, enum ppm_severity severity)
{
	return severity == PPM_SEVERITY_ERROR ? &diagnostics->errors : severity == PPM_SEVERITY_WARNING ? &diagnostics->warnings : &diagnostics->notes;
}

void ppm_lint_weigh(struct ppm_diagnostics *diagnostics, const struct ppm_lint_settings *settings)
{
	for (struct ppm_diagnostic **place = &diagnostics->first; *place;) {
		struct ppm_diagnostic *d = *place;
		enum ppm_lint_weight weight = settings->weights[d->code];
		if (weight == PPM_LINT_AS_IT_IS) {
			place = &d->next;
			continue;
		}
		--*count_of(diagnostics, d->severity);
		if (weight == PPM_LINT_OFF) {
			*place = d->next;
			continue;
		}
		d->severity = weight == PPM_LINT_ERROR ? PPM_SEVERITY_ERROR : weight == PPM_LINT_WARNING ? PPM_SEVERITY_WARNING : PPM_SEVERITY_NOTE;
		++*count_of(diagnostics, d->severity);
		place = &d->next;
	}
}

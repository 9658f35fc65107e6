// `ppmc lint`: what is legal in a model and probably not meant, beyond what every compilation warns of. Each finding that claims something of all customers is proved from the plan;
// what cannot be decided is passed over in silence. Findings are diagnostics among the model's own, so that `# ppm: allow CODE` silences them.
#ifndef PPM_LANG_ANALYSIS_LINT_H
#define PPM_LANG_ANALYSIS_LINT_H

#include "lang/ppm.h"

enum ppm_lint_weight { PPM_LINT_AS_IT_IS, PPM_LINT_OFF, PPM_LINT_NOTE, PPM_LINT_WARNING, PPM_LINT_ERROR };

struct ppm_lint_settings {
	enum ppm_lint_weight weights[PPM_DIAG_COUNT];
	double long_condition;  // a condition with more terms is long
	double nested_if;       // more `if`s within each other are hard to follow
	double repeated_number; // a figure that stands at so many places deserves a name
	double close_tiers;     // tiers nearer than so many points are close
	double near_threshold;  // percent of the way from the least to the most value that is near a threshold
	double default_share;   // percent of the customers who may get a default
};

void ppm_lint_settings_init(struct ppm_lint_settings *settings);

struct ppm_lint_report {
	uint64_t pairs_left; // pairs of rules that were not compared, as there are too many
};

// Adds what it finds to the model's diagnostics. The model was compiled without errors, for PPM_OUTPUT_MODEL. PPM_OK or PPM_ERROR_MEMORY.
enum ppm_status ppm_lint_model(struct ppm_model *model, const struct ppm_lint_settings *settings, struct ppm_lint_report *report);
// At the end: takes out what is off, and gives the rest the weight that the settings say.
void ppm_lint_weigh(struct ppm_diagnostics *diagnostics, const struct ppm_lint_settings *settings);

#endif

// The lints beside the data: thresholds that nobody is near, rules that fire for nobody or for all, texts that the data never has.
#ifndef PPM_LANG_ANALYSIS_LINT_DATA_H
#define PPM_LANG_ANALYSIS_LINT_DATA_H

#include "lang/analysis/lint.h"
#include "runtime/engine/row.h"

struct ppm_lint_data;

// For a model that was compiled for PPM_OUTPUT_FACTS, which has to outlive it. NULL when memory ran out. Free it with ppm_lint_data_free.
struct ppm_lint_data *ppm_lint_data_new(const struct ppm_model *model);
void ppm_lint_data_free(struct ppm_lint_data *data);
// Shows it a scored row (ppm_engine_options.look). False when memory ran out.
bool ppm_lint_data_row(void *data, const struct ppm_engine_row *row);
uint64_t ppm_lint_data_rows(const struct ppm_lint_data *data);
// What the rows say, into the diagnostics of a model whose sources stand at the same places: the same files, loaded in the same order. PPM_OK or PPM_ERROR_MEMORY.
enum ppm_status ppm_lint_data_tell(struct ppm_lint_data *data, const struct ppm_lint_settings *settings, struct ppm_diagnostics *diagnostics);

#endif

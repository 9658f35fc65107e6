// Plan in, verified program out.
#ifndef PPM_LANG_EMIT_EMIT_H
#define PPM_LANG_EMIT_EMIT_H

#include "lang/plan/plan.h"
#include "runtime/base/status.h"

// The plan must be free of errors. PPM_ERROR_LIMIT when the model needs more registers or constants than a program has room for. The caller frees the
// program with ppm_program_free.
enum ppm_status ppm_emit(struct ppm_program **out, const struct ppm_allocator *allocator, const struct ppm_plan *plan, const struct ppm_source_map *map, bool optimise);

// Into *needs, whether the plan needs more than a row at a time: figures across rows that some result, score, metric or summary needs, summaries, metrics, or a scored dataset that is derived or dated.
enum ppm_status ppm_emit_needs_job(bool *needs, const struct ppm_plan *plan);
// The same as ppm_emit for such a plan: stages, steps and the final program. Its program for the scored rows is job->programs[job->final]. Free with ppm_job_free.
enum ppm_status ppm_emit_job(struct ppm_job **out, const struct ppm_allocator *allocator, const struct ppm_plan *plan, const struct ppm_source_map *map, bool optimise);

#endif

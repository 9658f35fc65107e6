// What the files of this folder share.
#ifndef PPM_LANG_BACKTEST_BACKTEST_INTERNAL_H
#define PPM_LANG_BACKTEST_BACKTEST_INTERNAL_H

#include "lang/backtest/backtest.h"

// ---- outcome.c
enum ppm_outcome_state { PPM_OUTCOME_MISSING, PPM_OUTCOME_WITHOUT, PPM_OUTCOME_WITH };
// Whether a value of that type can be the outcome; as ppm_backtest_begin.
enum ppm_status ppm_outcome_settle(struct ppm_backtest *backtest, struct ppm_type type, const char **problem, const char **help);
// False: memory.
bool ppm_outcome_of(struct ppm_backtest *backtest, const struct ppm_engine_row *row, enum ppm_outcome_state *state);
// Whether there is something to compare; as ppm_backtest_finish.
enum ppm_status ppm_outcome_check(struct ppm_backtest *backtest, const char **problem, const char **help);

// ---- collect.c
// Safe to show, in the arena.
struct ppm_slice ppm_backtest_shown(struct ppm_arena *arena, struct ppm_slice text);
// printf into the arena; "" when memory ran out (arena->failed).
const char *ppm_backtest_text_of(struct ppm_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct ppm_class_counts ppm_backtest_sum_of(struct ppm_class_counts a, struct ppm_class_counts b);

// ---- findings.c
// "0.8312"; "∞" for HUGE_VAL.
const char *ppm_backtest_decimal(struct ppm_arena *arena, double x, int places);
// "12.3%".
const char *ppm_backtest_percent(struct ppm_arena *arena, double share);
// "0.82 to 0.84"; empty when there is none.
const char *ppm_backtest_range(struct ppm_arena *arena, struct ppm_interval interval, int places);
// A score from units of its last place.
const char *ppm_backtest_score(const struct ppm_backtest *backtest, struct ppm_arena *arena, int64_t score);
// 1,234.
const char *ppm_backtest_count(struct ppm_arena *arena, uint64_t count);
// "line 12", or "rules.ppm:12" for another file than the model's.
const char *ppm_backtest_place(const struct ppm_source_map *sources, struct ppm_span span, struct ppm_arena *arena, uint32_t *line);

// ---- measure.c
// Everything that follows from the counts.
void ppm_backtest_measure(struct ppm_backtest *backtest);

#endif

// The values of a scored row for whoever computes with them (ppm_engine_options.look): `column` counts the result's columns, as ppm_sink_cell does. Fields that pass through as the file has
// them have no value here: PPM_OUTPUT_VALUES makes all results values.
#ifndef PPM_RUNTIME_ENGINE_ROW_H
#define PPM_RUNTIME_ENGINE_ROW_H

#include "runtime/base/decimal.h"
#include "runtime/engine/engine.h"

// All return false, and leave *out alone, when the value is missing or is of no such kind.
//
// A figure as the nearest double, at full precision whatever its format: a percent is its ratio, money its amount, a flag 1 or 0, a date its days since 1970-01-01, a duration
// its days or months.
bool ppm_row_number(const struct ppm_engine_row *row, uint32_t column, double *out);
// The same exactly, in 10^-12: money, points and flags as they are, other figures as the decimal that they are printed as. False beyond ±900 trillion, too.
bool ppm_row_exact(const struct ppm_engine_row *row, uint32_t column, ppm_int128 *out);
bool ppm_row_flag(const struct ppm_engine_row *row, uint32_t column, bool *out);
// A text; lives until the next row.
bool ppm_row_text(const struct ppm_engine_row *row, uint32_t column, struct ppm_slice *out);

// ---- of all rows of a batch at once, for ppm_engine_options.look_batch. Rows that were refused may hold anything; a bit of `present` is set where the row has the value.
//
// The figure as ppm_row_number gives it. False, and nothing is set, when the column has no figures.
bool ppm_batch_numbers(const struct ppm_engine_batch *batch, uint32_t column, double out[PPM_BATCH_ROWS], uint64_t present[PPM_MASK_WORDS]);
// As ppm_row_exact gives it; a bit of `beyond` is set where there is a value, and it is beyond ±900 trillion: out has nothing then.
bool ppm_batch_exacts(const struct ppm_engine_batch *batch, uint32_t column, ppm_int128 out[PPM_BATCH_ROWS], uint64_t present[PPM_MASK_WORDS], uint64_t beyond[PPM_MASK_WORDS]);
// The codes of texts, in the pool that the machine works with; *codes lives until the next batch.
bool ppm_batch_texts(const struct ppm_engine_batch *batch, uint32_t column, const int32_t **codes, uint64_t present[PPM_MASK_WORDS]);

#endif

// Typed values of one row: registers are read where they lie.
#include "runtime/engine/row.h"

#include "runtime/sink/sink_internal.h"

// The column's values for the batch, if the row has one.
static bool find(const struct ppm_engine_row *row, uint32_t column, const struct ppm_value **value, const void **values)
{
	struct ppm_lane lane;

	*value = row->sink->columns[column].value;
	if (!*value || (*value)->format.kind == PPM_FORMAT_PASS || (*value)->format.kind == PPM_FORMAT_REASONS)
		return false;
	lane = ppm_lane_bind(row->vm, *value);
	*values = lane.values;
	return ppm_lane_has(&lane, row->row);
}

static bool exact_of(const struct ppm_value_format *format, const void *values, uint32_t row, ppm_int128 *out)
{
	switch (format->kind) {
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT: return ppm_exact_from_number(((const double *)values)[row], out);
	case PPM_FORMAT_MONEY: *out = ppm_exact_from_money(((const int64_t *)values)[row]); return true;
	case PPM_FORMAT_EXACT: *out = ((const ppm_int128 *)values)[row]; return true;
	case PPM_FORMAT_POINTS: *out = (ppm_int128)((const int64_t *)values)[row] * ppm_power_of_ten[PPM_EXACT_PLACES - format->scale]; return true;
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS: *out = (ppm_int128)((const int32_t *)values)[row] * PPM_EXACT_SCALE; return true;
	case PPM_FORMAT_FLAG: *out = ppm_mask_bit(values, row) ? PPM_EXACT_SCALE : 0; return true;
	case PPM_FORMAT_TEXT:
	case PPM_FORMAT_PASS:
	case PPM_FORMAT_REASONS: break;
	}
	return false;
}

bool ppm_row_exact(const struct ppm_engine_row *row, uint32_t column, ppm_int128 *out)
{
	const struct ppm_value *value;
	const void *values;

	if (!find(row, column, &value, &values))
		return false;
	return exact_of(&value->format, values, row->row, out);
}

bool ppm_row_number(const struct ppm_engine_row *row, uint32_t column, double *out)
{
	const struct ppm_value *value;
	const void *values;
	ppm_int128 exact;

	if (!find(row, column, &value, &values))
		return false;
	if (value->format.kind == PPM_FORMAT_NUMBER || value->format.kind == PPM_FORMAT_PERCENT) {
		*out = ((const double *)values)[row->row];
		return true;
	}
	if (!ppm_row_exact(row, column, &exact))
		return false;
	*out = ppm_exact_to_number(exact);
	return true;
}

bool ppm_row_flag(const struct ppm_engine_row *row, uint32_t column, bool *out)
{
	const struct ppm_value *value;
	const void *values;

	if (!find(row, column, &value, &values) || value->format.kind != PPM_FORMAT_FLAG)
		return false;
	*out = ppm_mask_bit(values, row->row);
	return true;
}

bool ppm_row_text(const struct ppm_engine_row *row, uint32_t column, struct ppm_slice *out)
{
	const struct ppm_value *value;
	const void *values;

	if (!find(row, column, &value, &values) || value->format.kind != PPM_FORMAT_TEXT)
		return false;
	*out = ppm_text_pool_get(ppm_vm_pool(row->vm), (uint32_t)((const int32_t *)values)[row->row]);
	return true;
}

// ---- whole batches ---------------------------------------------------------------------------------------------

static bool find_lane(const struct ppm_engine_batch *batch, uint32_t column, const struct ppm_value **value, struct ppm_lane *lane, uint64_t present[PPM_MASK_WORDS])
{
	*value = batch->sink->columns[column].value;
	if (!*value || (*value)->format.kind == PPM_FORMAT_PASS || (*value)->format.kind == PPM_FORMAT_REASONS)
		return false;
	*lane = ppm_lane_bind(batch->vm, *value);
	for (size_t word = 0; word < PPM_MASK_WORDS; word++)
		present[word] = lane->present ? lane->present[word] : UINT64_MAX;
	return true;
}

bool ppm_batch_exacts(const struct ppm_engine_batch *batch, uint32_t column, ppm_int128 out[PPM_BATCH_ROWS], uint64_t present[PPM_MASK_WORDS], uint64_t beyond[PPM_MASK_WORDS])
{
	const struct ppm_value *value;
	struct ppm_lane lane;

	if (!find_lane(batch, column, &value, &lane, present) || value->format.kind == PPM_FORMAT_TEXT)
		return false;
	memset(beyond, 0, PPM_MASK_WORDS * sizeof *beyond);
	for (uint32_t row = 0; row < batch->batch->rows; row++)
		if (ppm_mask_bit(present, row) && !exact_of(&value->format, lane.values, row, &out[row]))
			beyond[row / 64] |= UINT64_C(1) << row % 64;
	return true;
}

bool ppm_batch_numbers(const struct ppm_engine_batch *batch, uint32_t column, double out[PPM_BATCH_ROWS], uint64_t present[PPM_MASK_WORDS])
{
	const struct ppm_value *value;
	struct ppm_lane lane;

	if (!find_lane(batch, column, &value, &lane, present) || value->format.kind == PPM_FORMAT_TEXT)
		return false;
	if (value->format.kind == PPM_FORMAT_NUMBER || value->format.kind == PPM_FORMAT_PERCENT) {
		memcpy(out, lane.values, batch->batch->rows * sizeof *out);
		return true;
	}
	for (uint32_t row = 0; row < batch->batch->rows; row++) {
		ppm_int128 exact;
		if (!ppm_mask_bit(present, row))
			continue;
		if (exact_of(&value->format, lane.values, row, &exact))
			out[row] = ppm_exact_to_number(exact);
		else
			present[row / 64] &= ~(UINT64_C(1) << row % 64);
	}
	return true;
}

bool ppm_batch_texts(const struct ppm_engine_batch *batch, uint32_t column, const int32_t **codes, uint64_t present[PPM_MASK_WORDS])
{
	const struct ppm_value *value;
	struct ppm_lane lane;

	if (!find_lane(batch, column, &value, &lane, present) || value->format.kind != PPM_FORMAT_TEXT)
		return false;
	*codes = lane.values;
	return true;
}

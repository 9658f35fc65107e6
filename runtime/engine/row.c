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

bool ppm_row_exact(const struct ppm_engine_row *row, uint32_t column, ppm_int128 *out)
{
	const struct ppm_value *value;
	const void *values;

	if (!find(row, column, &value, &values))
		return false;
	switch (value->format.kind) {
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT: return ppm_exact_from_number(((const double *)values)[row->row], out);
	case PPM_FORMAT_MONEY: *out = ppm_exact_from_money(((const int64_t *)values)[row->row]); return true;
	case PPM_FORMAT_EXACT: *out = ((const ppm_int128 *)values)[row->row]; return true;
	case PPM_FORMAT_POINTS: *out = (ppm_int128)((const int64_t *)values)[row->row] * ppm_power_of_ten[PPM_EXACT_PLACES - value->format.scale]; return true;
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS: *out = (ppm_int128)((const int32_t *)values)[row->row] * PPM_EXACT_SCALE; return true;
	case PPM_FORMAT_FLAG: *out = ppm_mask_bit(values, row->row) ? PPM_EXACT_SCALE : 0; return true;
	case PPM_FORMAT_TEXT:
	case PPM_FORMAT_PASS:
	case PPM_FORMAT_REASONS: break;
	}
	return false;
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

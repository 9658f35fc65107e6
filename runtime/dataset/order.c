// Rows in order of columns: items that hold the rows are sorted, and the rows handed out.
#include "runtime/dataset/steps_internal.h"

enum ppm_status ppm_step_order(const struct ppm_steps *steps, const struct ppm_order_column *columns, uint32_t column_count, uint64_t rows, uint32_t *order)
{
	enum ppm_status status = PPM_OK;
	struct ppm_sort_item *items = ppm_steps_take(steps, rows, sizeof *items, &status);
	struct ppm_sort_item *scratch = items ? ppm_steps_take(steps, rows, sizeof *items, &status) : NULL;
	if (scratch) {
		// Sorting keeps equal rows as they stand: a last column by which they stand in order already asks for nothing.
		while (column_count > 0 && ppm_rows_in_order(steps, &columns[column_count - 1], rows, NULL))
			column_count--;
		for (uint64_t row = 0; row < rows; row++)
			items[row].row = (uint32_t)row;
		status = ppm_sort_by_columns(steps, items, scratch, rows, columns, column_count);
		for (uint64_t row = 0; row < rows && status == PPM_OK; row++)
			order[row] = items[row].row;
	}
	ppm_steps_give(steps, scratch, rows, sizeof *items);
	ppm_steps_give(steps, items, rows, sizeof *items);
	return status;
}

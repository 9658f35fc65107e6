// A column of whole numbers is handed over as 32-bit integers, since most of what is asked of it is answered by those in half the time. The doubles that
// its register holds are made when somebody wants them.
#include "runtime/column/vector.h"

void *ppm_batch_values(const struct ppm_batch *batch, uint32_t column)
{
	struct ppm_column_facts *facts = batch->facts ? &batch->facts[column] : NULL;
	double *numbers = batch->values[column];
	if (!facts || !facts->whole || facts->widened)
		return numbers;
	for (size_t row = 0; row < PPM_BATCH_ROWS; row++)
		numbers[row] = facts->whole[row];
	facts->widened = true;
	return numbers;
}

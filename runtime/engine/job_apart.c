// With --against the rows of the other file are the population: what is said of them must not hang on who is scored. Every table that rows to score reach has two parts: first the rows of the
// population, then those `apart`. In the scored table these are the rows to score; in a table of groups the groups that nobody else is in; in a child table rows of parents that are apart.
//
// A row of the population leads to rows of the population only. So a child of a row that is apart is, for the population, a row without a parent, as it would be without that file; and once
// more, at the end of the table, a row of its own that leads to its parent. Whatever a step makes of rows is right for both parts then, without knowing of them.
#include "runtime/engine/job_internal.h"

uint64_t ppm_job_population(const struct ppm_job_state *state, uint32_t table)
{
	return state->tables[table].rows - state->tables[table].apart;
}

// ---- links ------------------------------------------------------------------------------------------------------

// The row that stands for `row` among those apart, or PPM_NO_ROW: it has no second one.
static uint32_t second_of(const struct ppm_kept_table *table, uint32_t row)
{
	uint64_t low = 0, high = table->copies;
	while (low < high) {
		uint64_t middle = (low + high) / 2;
		if (table->originals[middle] < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->copies && table->originals[low] == row ? (uint32_t)(table->rows - table->copies + low) : PPM_NO_ROW;
}

uint64_t ppm_job_part_link(struct ppm_job_state *state, uint32_t link)
{
	const struct ppm_kept_table *to = &state->tables[state->job->links[link].to];
	uint64_t population = ppm_job_population(state, state->job->links[link].from), rows = state->tables[state->job->links[link].from].rows, cut = 0;
	uint32_t *partners = state->links[link];
	if (to->apart == 0)
		return 0;
	for (uint64_t row = 0; row < population; row++)
		if (partners[row] != PPM_NO_ROW && partners[row] >= to->rows - to->apart) {
			partners[row] = PPM_NO_ROW;
			cut++;
		}
	for (uint64_t row = population; row < rows && to->copies; row++) {
		uint32_t second = partners[row] == PPM_NO_ROW ? PPM_NO_ROW : second_of(to, partners[row]);
		if (second != PPM_NO_ROW)
			partners[row] = second;
	}
	return cut;
}

// ---- children ---------------------------------------------------------------------------------------------------

static bool has_parent_apart(const struct ppm_kept_table *parents, uint32_t parent)
{
	return parent != PPM_NO_ROW && (parent >= parents->rows - parents->apart || second_of(parents, parent) != PPM_NO_ROW);
}

static void copy_bit(uint64_t *mask, uint64_t from, uint64_t to)
{
	uint64_t bit = UINT64_C(1) << to % 64;
	mask[to / 64] = ppm_series_bit(mask, from) ? mask[to / 64] | bit : mask[to / 64] & ~bit;
}

static void copy_elements(const struct ppm_series *series, const uint32_t *originals, uint64_t count, uint64_t first)
{
	size_t size = ppm_register_size(series->class) / PPM_BATCH_ROWS;
	for (uint64_t i = 0; i < count; i++) {
		if (series->class == PPM_CLASS_MASK)
			copy_bit(series->values, originals[i], first + i);
		else
			memcpy((char *)series->values + (first + i) * size, (const char *)series->values + originals[i] * size, size);
		if (series->present)
			copy_bit(series->present, originals[i], first + i);
	}
}

static enum ppm_status copy_partners(struct ppm_job_state *state, uint32_t link, uint64_t before)
{
	const struct ppm_kept_table *table = &state->tables[state->job->links[link].from];
	uint32_t *partners = ppm_memory_take(state->memory, table->rows * sizeof *partners);
	if (!partners)
		return ppm_memory_status(state->memory);
	memcpy(partners, state->links[link], before * sizeof *partners);
	for (uint64_t i = 0; i < table->copies; i++)
		partners[before + i] = partners[table->originals[i]];
	ppm_memory_give(state->memory, state->links[link], before * sizeof *partners);
	state->links[link] = partners;
	return PPM_OK;
}

static enum ppm_status copy_refusals(struct ppm_job_state *state, struct ppm_kept_table *table, uint64_t before)
{
	uint64_t *old = table->refused, size = ppm_series_bytes(PPM_CLASS_MASK, ppm_whole_batches(before));
	if (!old)
		return PPM_OK;
	table->refused = NULL;
	if (!ppm_kept_prepare_refusals(table)) {
		ppm_memory_give(state->memory, old, size);
		return ppm_memory_status(state->memory);
	}
	memcpy(table->refused, old, size);
	ppm_memory_give(state->memory, old, size);
	for (uint64_t i = 0; i < table->copies; i++)
		if (ppm_series_bit(table->refused, table->originals[i]))
			ppm_kept_refuse(table, before + i);
	return PPM_OK;
}

static enum ppm_status copy_children(struct ppm_job_state *state, uint32_t link);

// The rows of `originals` (taken over) once more, at the table's end, with all that there is of them so far.
static enum ppm_status copy_rows(struct ppm_job_state *state, uint32_t index, uint32_t *originals, uint64_t count)
{
	struct ppm_kept_table *table = &state->tables[index];
	const struct ppm_job *job = state->job;
	uint64_t before = table->rows;
	enum ppm_status status = before + count > PPM_ROWS_MAX ? PPM_ERROR_MEMORY : PPM_OK;
	for (uint32_t i = 0; i < job->tables[index].column_count && status == PPM_OK; i++) {
		if (!table->columns[i].values)
			continue;
		status = ppm_kept_reserve(table, i, before + count);
		if (status == PPM_OK)
			copy_elements(&table->columns[i], originals, count, before);
	}
	if (status != PPM_OK) {
		ppm_memory_give(state->memory, originals, count * sizeof *originals);
		return status;
	}
	ppm_job_forget_indexes(state, index);
	// A link gives back as many rows as its table has: one that cannot follow is gone.
	table->originals = originals;
	table->copies = table->apart = count;
	table->rows = before + count;
	status = copy_refusals(state, table, before);
	for (uint32_t i = 0; i < job->link_count; i++) {
		if (job->links[i].from != index || !state->links[i])
			continue;
		if (status == PPM_OK)
			status = copy_partners(state, i, before);
		if (status != PPM_OK) {
			ppm_memory_give(state->memory, state->links[i], before * sizeof(uint32_t));
			state->links[i] = NULL;
		}
	}
	for (uint32_t i = 0; i < job->link_count && status == PPM_OK; i++)
		if (job->links[i].to == index && state->links[i] && state->owned[i])
			status = copy_children(state, i);
	for (uint32_t i = 0; i < job->link_count && status == PPM_OK; i++)
		if (job->links[i].to == index && state->links[i])
			ppm_job_part_link(state, i);
	return status;
}

// The children along a link that belong to parents that are apart.
static enum ppm_status copy_children(struct ppm_job_state *state, uint32_t link)
{
	uint32_t from = state->job->links[link].from;
	const struct ppm_kept_table *parents = &state->tables[state->job->links[link].to], *table = &state->tables[from];
	const uint32_t *partners = state->links[link];
	uint64_t count = 0;
	// The rows to score are no children of each other's: theirs is the table that is in two parts to begin with.
	if (parents->apart == 0 || table->apart > 0)
		return PPM_OK;
	for (uint64_t row = 0; row < table->rows; row++)
		count += has_parent_apart(parents, partners[row]);
	if (count == 0)
		return PPM_OK;
	uint32_t *originals = ppm_memory_take(state->memory, count * sizeof *originals);
	if (!originals)
		return ppm_memory_status(state->memory);
	count = 0;
	for (uint64_t row = 0; row < table->rows; row++)
		if (has_parent_apart(parents, partners[row]))
			originals[count++] = (uint32_t)row;
	return copy_rows(state, from, originals, count);
}

enum ppm_status ppm_job_part_children(struct ppm_job_state *state, uint32_t link)
{
	enum ppm_status status = copy_children(state, link);
	if (status == PPM_OK)
		ppm_job_part_link(state, link);
	return status;
}

uint64_t ppm_job_seen_along(const struct ppm_job_state *state, uint32_t link, uint32_t table)
{
	const struct ppm_kept_table *kept = &state->tables[table];
	bool theirs = link != PPM_NO_INDEX && state->owned[link] && kept->copies && state->tables[state->job->links[link].to].apart;
	return theirs ? kept->rows : ppm_job_population(state, table);
}

// ---- groups -----------------------------------------------------------------------------------------------------

enum ppm_status ppm_job_part_groups(struct ppm_job_state *state, uint32_t link, uint32_t *representative)
{
	uint32_t from = state->job->links[link].from, *groups = state->links[link];
	struct ppm_kept_table *to = &state->tables[state->job->links[link].to];
	uint64_t population = ppm_job_population(state, from), rows = state->tables[from].rows, count = 0;
	if (population == rows)
		return PPM_OK;
	uint32_t *numbers = ppm_memory_take(state->memory, to->rows * 2 * sizeof *numbers), *old = numbers + to->rows;
	if (!numbers)
		return ppm_memory_status(state->memory);
	for (uint64_t row = 0; row < population; row++)
		if (groups[row] != PPM_NO_ROW)
			numbers[groups[row]] = 1;
	for (uint64_t group = 0; group < to->rows; group++)
		count += numbers[group];
	to->apart = to->rows - count;
	uint32_t next = 0, next_apart = (uint32_t)count;
	for (uint64_t group = 0; group < to->rows; group++) {
		numbers[group] = numbers[group] ? next++ : next_apart++;
		old[numbers[group]] = representative[group];
	}
	memcpy(representative, old, to->rows * sizeof *old);
	for (uint64_t row = 0; row < rows; row++)
		if (groups[row] != PPM_NO_ROW)
			groups[row] = numbers[groups[row]];
	ppm_memory_give(state->memory, numbers, to->rows * 2 * sizeof *numbers);
	return PPM_OK;
}

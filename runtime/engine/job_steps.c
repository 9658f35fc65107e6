// The actions that are steps over whole tables: columns and links are brought to runtime/dataset/steps.h as arrays, and what it found is put into tables, counted and told.
#include "runtime/engine/job_internal.h"

#include "runtime/base/decimal.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/sink/format_value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define SAMPLES 3u
#define SAMPLE_BYTES 80u
#define CIRCLE_SHOWN 20u

// ---- words --------------------------------------------------------------------------------------------------

void ppm_job_show(const struct ppm_job_state *state, uint32_t table, uint32_t column, uint64_t row, bool escaped, struct ppm_buffer *out)
{
	const struct ppm_series *series = &state->tables[table].columns[column];
	const struct ppm_table_column *about = &state->job->tables[table].columns[column];
	struct ppm_value_format format = { .kind = PPM_FORMAT_FLAG, .decimals = -1 };
	char text[PPM_FIGURE_ROOM];
	size_t size = 0;
	if (!series->values || !ppm_series_present(series, row))
		return;
	switch (series->class) {
	case PPM_CLASS_F64:
		if (about->format != PPM_FORMAT_PERCENT) {
			size = ppm_number_write(((const double *)series->values)[row], text);
			break;
		}
		format.kind = PPM_FORMAT_PERCENT;
		size = (size_t)(ppm_format_figure(&format, series->values, (uint32_t)row, text) - text);
		break;
	case PPM_CLASS_I64: {
		int64_t money = ((const int64_t *)series->values)[row];
		size = ppm_decimal_write(money, PPM_MONEY_PLACES, money % PPM_MONEY_SCALE == 0 ? 0 : money % 100 == 0 ? 2 : 4, text);
		break;
	}
	case PPM_CLASS_X128: size = ppm_decimal_write(((const ppm_int128 *)series->values)[row], PPM_EXACT_PLACES, 4, text); break;
	case PPM_CLASS_I32:
		if (about->text) {
			struct ppm_slice name = ppm_text_pool_get(state->texts, ((const uint32_t *)series->values)[row]);
			if (escaped)
				ppm_text_append_escaped(out, name, SAMPLE_BYTES, false);
			else
				ppm_buffer_append(out, name.data, name.size < SAMPLE_BYTES ? name.size : SAMPLE_BYTES);
			return;
		}
		format.kind = about->format == PPM_FORMAT_DAYS || about->format == PPM_FORMAT_MONTHS ? about->format : PPM_FORMAT_DATE;
		// fall through
	case PPM_CLASS_MASK:
	case PPM_CLASS_I16: // in no table
	case PPM_CLASS_NONE: size = (size_t)(ppm_format_figure(&format, series->values, (uint32_t)row, text) - text); break;
	}
	ppm_buffer_append(out, text, size);
}

static void show_key(const struct ppm_job_state *state, uint32_t table, const uint32_t *columns, uint32_t count, uint64_t row, bool escaped, struct ppm_buffer *out)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			ppm_buffer_append_text(out, " / ");
		ppm_job_show(state, table, columns[i], row, escaped, out);
	}
}

enum ppm_status ppm_job_fault(struct ppm_job_state *state, uint32_t table, uint64_t row, enum ppm_data_code code, struct ppm_place place, struct ppm_slice column,
	struct ppm_slice value, struct ppm_slice message)
{
	const struct ppm_kept_table *kept = &state->tables[table];
	bool against = row < kept->reference;
	struct ppm_job_input_report *input = against ? &state->report->against : &state->report->inputs[table];
	struct ppm_data_problem problem = { .code = code, .line = ppm_kept_line(kept, row), .column_name = column, .value = value, .message = message, .place = place };
	ppm_data_problems_add(&input->problems, &problem);
	input->problem_count = input->problems.count;
	state->report->failed_input = table;
	state->report->failed_against = against;
	return input->problems.arena.failed ? PPM_ERROR_MEMORY : PPM_ERROR_DATA;
}

enum ppm_status ppm_job_total_fault(struct ppm_job_state *state, const struct ppm_action *action, uint32_t table, uint64_t row, const char *what)
{
	const struct ppm_program *program = state->job->program_count ? state->job->programs[0] : NULL;
	char message[500];
	int size;
	if (program && action->place.line && action->place.source < program->source_count) {
		struct ppm_slice path = program->sources[action->place.source].path;
		size = snprintf(message, sizeof message, "%.*s: %s, at %.*s:%" PRIu32 ":%u", (int)(action->text.size < 200 ? action->text.size : 200), action->text.data, what,
			(int)(path.size < 120 ? path.size : 120), path.data, action->place.line, action->place.column);
	} else {
		size = snprintf(message, sizeof message, "%.*s: %s", (int)(action->text.size < 200 ? action->text.size : 200), action->text.data, what);
	}
	return ppm_job_fault(
		state, table, row, PPM_DATA_OVERFLOW, action->place, (struct ppm_slice){ NULL, 0 }, (struct ppm_slice){ NULL, 0 }, (struct ppm_slice){ message, (size_t)size });
}

static void count_at(struct ppm_job_state *state, uint32_t site, uint64_t count)
{
	if (site != PPM_NO_INDEX)
		state->report->site_counts[site] += count;
}

// A few values for a site's message. `next` gives rows, PPM_NO_ROW at the end.
static bool set_samples(struct ppm_job_state *state, uint32_t site, struct ppm_buffer *text)
{
	if (site != PPM_NO_INDEX && text->size && state->report->site_samples[site].size == 0)
		state->report->site_samples[site] = ppm_arena_copy(&state->report->arena, ppm_buffer_slice(text));
	return !text->failed && !state->report->arena.failed;
}

// Adds a value unless it is there already; false when there are enough.
static bool add_sample(struct ppm_buffer *text, struct ppm_slice samples[SAMPLES], uint32_t *count, size_t begin)
{
	struct ppm_slice fresh = { text->data + begin, text->size - begin };
	size_t at = 0;
	for (uint32_t i = 0; i < *count; i++) {
		if (ppm_slice_equal((struct ppm_slice){ text->data + at, samples[i].size }, fresh)) {
			text->size = begin - 2;
			return true;
		}
		at += samples[i].size + 2;
	}
	samples[(*count)++].size = fresh.size;
	return *count < SAMPLES;
}

// ---- arrays -------------------------------------------------------------------------------------------------

static uint64_t rows_of(const struct ppm_job_state *state, uint32_t table)
{
	return state->tables[table].rows;
}

static const struct ppm_series *series_of(const struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	return column == PPM_NO_INDEX || !state->tables[table].columns[column].values ? NULL : &state->tables[table].columns[column];
}

static bool is_text(const struct ppm_job_state *state, uint32_t table, uint32_t column)
{
	return column != PPM_NO_INDEX && state->job->tables[table].columns[column].text;
}

enum ppm_status ppm_job_where(struct ppm_job_state *state, uint32_t table, uint32_t column, const uint64_t **where, uint64_t **own)
{
	const struct ppm_kept_table *kept = &state->tables[table];
	*where = column == PPM_NO_INDEX ? NULL : kept->columns[column].values;
	*own = NULL;
	if (kept->refused_count == 0)
		return PPM_OK;
	uint64_t words = (kept->rows + 63) / 64;
	*own = ppm_memory_take(state->memory, words * sizeof **own);
	if (!*own)
		return ppm_memory_status(state->memory);
	for (uint64_t i = 0; i < words; i++)
		(*own)[i] = (*where ? (*where)[i] : UINT64_MAX) & ~kept->refused[i];
	*where = *own;
	return PPM_OK;
}

void ppm_job_give_where(struct ppm_job_state *state, uint32_t table, uint64_t *own)
{
	ppm_memory_give(state->memory, own, (rows_of(state, table) + 63) / 64 * sizeof *own);
}

static enum ppm_status make_link(struct ppm_job_state *state, uint32_t link)
{
	assert(!state->links[link]);
	state->links[link] = ppm_memory_take(state->memory, rows_of(state, state->job->links[link].from) * sizeof(uint32_t));
	return state->links[link] ? PPM_OK : ppm_memory_status(state->memory);
}

static const uint32_t *link_of(const struct ppm_job_state *state, uint32_t link)
{
	return link == PPM_NO_INDEX ? NULL : state->links[link];
}

// The columns of a key; links among them as columns of row numbers.
struct keys {
	struct ppm_series *columns;
	bool *texts;
	uint64_t **masks; // presence of links
	uint32_t count;
	uint64_t rows;
};

static void free_keys(struct ppm_job_state *state, struct keys *keys)
{
	for (uint32_t i = 0; keys->masks && i < keys->count; i++)
		ppm_memory_give(state->memory, keys->masks[i], (keys->rows + 63) / 64 * sizeof(uint64_t));
	ppm_free(state->allocator, keys->columns);
	ppm_free(state->allocator, keys->texts);
	ppm_free(state->allocator, keys->masks);
}

static enum ppm_status add_link_key(struct ppm_job_state *state, struct keys *keys, uint32_t part, uint32_t link)
{
	uint32_t *rows = state->links[link];
	assert(rows);
	uint64_t *mask = keys->masks[part] = ppm_memory_take(state->memory, (keys->rows + 63) / 64 * sizeof *mask);
	if (!mask)
		return ppm_memory_status(state->memory);
	for (uint64_t row = 0; row < keys->rows; row++)
		mask[row / 64] |= (uint64_t)(rows[row] != PPM_NO_ROW) << row % 64;
	keys->columns[part] = (struct ppm_series){ PPM_CLASS_I32, rows, mask };
	return PPM_OK;
}

static enum ppm_status make_keys(struct ppm_job_state *state, struct keys *keys, uint32_t table, const struct ppm_key_part *parts, const uint32_t *columns, uint32_t count)
{
	*keys = (struct keys){ .count = count, .rows = rows_of(state, table) };
	keys->columns = ppm_allocate_zeroed(state->allocator, (size_t)count + 1, sizeof *keys->columns);
	keys->texts = ppm_allocate_zeroed(state->allocator, (size_t)count + 1, sizeof *keys->texts);
	keys->masks = ppm_allocate_zeroed(state->allocator, (size_t)count + 1, sizeof(uint64_t *));
	if (!keys->columns || !keys->texts || !keys->masks)
		return PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t column = parts ? parts[i].index : columns[i];
		if (parts && parts[i].is_link) {
			enum ppm_status status = add_link_key(state, keys, i, column);
			if (status != PPM_OK)
				return status;
			continue;
		}
		keys->columns[i] = state->tables[table].columns[column];
		keys->texts[i] = is_text(state, table, column);
	}
	return PPM_OK;
}

static struct ppm_key_columns key_columns(const struct keys *keys)
{
	return (struct ppm_key_columns){ keys->columns, keys->texts, keys->count, keys->rows };
}

// ---- keys ---------------------------------------------------------------------------------------------------

// Two rows with one key: the later one is told, with the line of the first.
static enum ppm_status key_twice(struct ppm_job_state *state, uint32_t table, const uint32_t *columns, uint32_t count, uint64_t duplicate, uint64_t first)
{
	const struct ppm_kept_table *kept = &state->tables[table];
	struct ppm_buffer value;
	ppm_buffer_init(&value, state->allocator);
	show_key(state, table, columns, count, duplicate, false, &value);
	char message[160];
	uint64_t line = ppm_kept_line(kept, first);
	bool other = first < kept->reference && duplicate >= kept->reference;
	int size;
	if (other)
		size = snprintf(message, sizeof message, "is the key of line %" PRIu64 " of the rows to compare with, too; a key stands for one row", line);
	else if (line)
		size = snprintf(message, sizeof message, "is the key of line %" PRIu64 ", too; a key stands for one row", line);
	else
		size = snprintf(message, sizeof message, "is the key of two rows; a key stands for one");
	struct ppm_slice name = count == 1 ? state->job->tables[table].columns[columns[0]].name : (struct ppm_slice){ NULL, 0 };
	enum ppm_status status = value.failed
		? PPM_ERROR_MEMORY
		: ppm_job_fault(state, table, duplicate, PPM_DATA_KEY_TWICE, (struct ppm_place){ 0 }, name, ppm_buffer_slice(&value), (struct ppm_slice){ message, (size_t)size });
	ppm_buffer_free(&value);
	return status;
}

static bool same_columns(const struct ppm_job_index *index, uint32_t table, const uint32_t *columns, uint32_t count)
{
	return index->table == table && index->column_count == count && memcmp(index->columns, columns, count * sizeof *columns) == 0;
}

static enum ppm_status find_index(struct ppm_job_state *state, uint32_t table, const uint32_t *columns, uint32_t count, const struct ppm_key_index **out)
{
	*out = NULL;
	for (size_t i = 0; i < state->index_count; i++)
		if (same_columns(&state->indexes[i], table, columns, count)) {
			*out = state->indexes[i].index;
			return PPM_OK;
		}
	void *indexes = state->indexes;
	bool fits = ppm_grow(state->allocator, &indexes, &state->index_room, state->index_count + 1, sizeof *state->indexes);
	state->indexes = indexes;
	if (!fits)
		return PPM_ERROR_MEMORY;
	struct keys keys;
	struct ppm_key_index *index = NULL;
	bool twice = false;
	uint64_t duplicate = 0, first = 0;
	enum ppm_status status = make_keys(state, &keys, table, NULL, columns, count);
	if (status == PPM_OK) {
		struct ppm_key_columns of = key_columns(&keys);
		of.rows -= state->tables[table].copies;
		status = ppm_key_index_new(&index, &state->steps, &of, &twice, &duplicate, &first);
	}
	free_keys(state, &keys);
	if (status == PPM_OK && twice)
		status = key_twice(state, table, columns, count, duplicate, first);
	if (status != PPM_OK) {
		ppm_key_index_free(index);
		return status;
	}
	state->indexes[state->index_count++] = (struct ppm_job_index){ index, table, columns, count };
	*out = index;
	return PPM_OK;
}

void ppm_job_forget_indexes(struct ppm_job_state *state, uint32_t table)
{
	for (size_t i = state->index_count; i-- > 0;)
		if (state->indexes[i].table == table) {
			ppm_key_index_free(state->indexes[i].index);
			state->indexes[i] = state->indexes[--state->index_count];
		}
}

void ppm_job_drop_indexes(struct ppm_job_state *state)
{
	for (size_t i = state->index_count; i-- > 0;) {
		struct ppm_job_index *index = &state->indexes[i];
		bool needed = false;
		for (uint32_t a = state->action + 1; a < state->job->action_count && !needed; a++) {
			const struct ppm_action *action = &state->job->actions[a];
			needed = action->kind == PPM_ACTION_MATCH && same_columns(index, state->job->links[action->link].to, action->other_keys, action->key_count);
		}
		if (needed)
			continue;
		ppm_key_index_free(index->index);
		*index = state->indexes[--state->index_count];
	}
}

enum ppm_status ppm_job_check_key(struct ppm_job_state *state, const struct ppm_action *action)
{
	const uint32_t *key = &state->job->tables[action->table].key;
	const struct ppm_key_index *index;
	if (*key == PPM_NO_INDEX || !state->tables[action->table].columns[*key].values)
		return PPM_OK;
	return find_index(state, action->table, key, 1, &index);
}

// Rows without a partner: up to three of their keys for the report, and for children all of them into the file of refused records.
static enum ppm_status tell_unmatched(struct ppm_job_state *state, const struct ppm_action *action, const struct keys *keys)
{
	uint32_t table = state->job->links[action->link].from;
	const uint32_t *link = state->links[action->link];
	struct ppm_atomic_file *rejects = action->owned && ppm_job_is_file(state, table) ? state->inputs[table].rejects : NULL;
	const struct ppm_source *source = ppm_job_is_file(state, table) ? state->inputs[table].source : NULL;
	struct ppm_slice samples[SAMPLES];
	uint32_t sample_count = 0;
	uint32_t columns[16];
	uint32_t shown = keys->count < 16 ? keys->count : 16;
	for (uint32_t i = 0; i < shown; i++)
		columns[i] = action->keys[i].index;
	struct ppm_buffer text, value, out;
	ppm_buffer_init(&text, state->allocator);
	ppm_buffer_init(&value, state->allocator);
	ppm_buffer_init(&out, state->allocator);
	struct ppm_kept_place at = { 0 };
	enum ppm_status status = PPM_OK;
	bool sampling = action->site != PPM_NO_INDEX;
	assert(!rejects || state->rejects_begun[table]); // when the table was loaded
	for (uint64_t row = 0; row < keys->rows && status == PPM_OK && (sampling || rejects); row++) {
		if (link[row] != PPM_NO_ROW)
			continue;
		bool missing = false;
		for (uint32_t i = 0; i < keys->count; i++)
			missing |= !ppm_series_present(&keys->columns[i], row);
		if (sampling && !missing) {
			size_t begin = text.size ? text.size + 2 : 0;
			if (text.size)
				ppm_buffer_append_text(&text, ", ");
			show_key(state, table, columns, shown, row, true, &text);
			sampling = text.failed || add_sample(&text, samples, &sample_count, begin);
		}
		if (!rejects || row < state->tables[table].reference)
			continue;
		value.size = 0;
		show_key(state, table, columns, shown, row, false, &value);
		struct ppm_data_problem problem = { .code = PPM_DATA_ORPHAN,
			.line = ppm_kept_line(&state->tables[table], row),
			.value = ppm_buffer_slice(&value),
			.record = ppm_kept_record(&state->tables[table], row, &at) };
		problem.column_name = keys->count == 1 ? state->job->tables[table].columns[columns[0]].name : (struct ppm_slice){ NULL, 0 };
		problem.message = missing ? PPM_SLICE("no key of a row that it belongs to") : PPM_SLICE("is the key of no row that it could belong to");
		ppm_rejects_row(source, &problem, &out);
		if (out.size > PPM_PACKAGE_KEPT) {
			status = out.failed ? PPM_ERROR_MEMORY : ppm_atomic_file_write(rejects, out.data, out.size);
			out.size = 0;
		}
	}
	if (status == PPM_OK && rejects && out.size)
		status = out.failed ? PPM_ERROR_MEMORY : ppm_atomic_file_write(rejects, out.data, out.size);
	state->report->scored.rejects_failed |= status == PPM_ERROR_IO || status == PPM_ERROR_PIPE;
	if (!set_samples(state, action->site, &text) || value.failed || out.failed)
		status = status == PPM_OK ? PPM_ERROR_MEMORY : status;
	int kept = errno;
	ppm_buffer_free(&text);
	ppm_buffer_free(&value);
	ppm_buffer_free(&out);
	errno = kept;
	return status;
}

static enum ppm_status match(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_link *link = &state->job->links[action->link];
	const struct ppm_key_index *index;
	enum ppm_status status = find_index(state, link->to, action->other_keys, action->key_count, &index);
	if (status != PPM_OK)
		return status;
	struct keys keys;
	uint64_t missing = 0, unknown = 0;
	status = make_keys(state, &keys, link->from, action->keys, NULL, action->key_count);
	if (status == PPM_OK)
		status = make_link(state, action->link);
	if (status == PPM_OK) {
		const struct ppm_key_columns from = key_columns(&keys);
		status = ppm_step_match(&state->steps, index, &from, state->links[action->link], &missing, &unknown);
	}
	state->owned[action->link] = action->owned;
	if (status == PPM_OK && !action->owned)
		unknown += ppm_job_part_link(state, action->link);
	if (status == PPM_OK) {
		// A child that says no parent is one without a parent; a reference that is missing is no mistake.
		uint64_t count = unknown + (action->owned ? missing : 0);
		count_at(state, action->site, count);
		if (count)
			status = tell_unmatched(state, action, &keys);
	}
	free_keys(state, &keys);
	return status == PPM_OK && action->owned ? ppm_job_part_children(state, action->link) : status;
}

// The rows that may belong to a group: those of the condition that have a partner in every link of the key. *where is replaced by a mask of `size` bytes to give back, when links narrow it.
static enum ppm_status partnered(struct ppm_job_state *state, const struct ppm_action *action, const uint64_t **where, uint64_t **made, uint64_t *size)
{
	const struct ppm_link *link = &state->job->links[action->link];
	uint64_t rows = state->tables[link->from].rows, words = (rows + 63) / 64;
	for (uint32_t i = 0; i < action->key_count; i++) {
		const uint32_t *partners = action->keys[i].is_link ? state->links[action->keys[i].index] : NULL;
		if (!partners)
			continue;
		if (!*made) {
			*size = words * sizeof **made;
			*made = ppm_memory_take(state->memory, *size);
			if (!*made)
				return ppm_memory_status(state->memory);
			for (uint64_t w = 0; w < words; w++)
				(*made)[w] = *where ? (*where)[w] : ~UINT64_C(0);
			*where = *made;
		}
		for (uint64_t row = 0; row < rows; row++)
			if (partners[row] == PPM_NO_ROW)
				(*made)[row / 64] &= ~(UINT64_C(1) << row % 64);
	}
	return PPM_OK;
}

static enum ppm_status group(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_link *link = &state->job->links[action->link];
	struct ppm_kept_table *to = &state->tables[link->to];
	const uint64_t *where = action->where == PPM_NO_INDEX ? NULL : state->tables[link->from].columns[action->where].values;
	uint64_t *mask = NULL, mask_size = 0;
	struct keys keys;
	uint32_t *representative = NULL;
	uint64_t groups = 0;
	enum ppm_status status = make_keys(state, &keys, link->from, action->keys, NULL, action->key_count);
	if (status == PPM_OK)
		status = make_link(state, action->link);
	if (status == PPM_OK)
		status = partnered(state, action, &where, &mask, &mask_size);
	if (status == PPM_OK) {
		struct ppm_key_columns of = key_columns(&keys);
		for (; action->of_summary && of.rows > ppm_job_population(state, link->from); of.rows--)
			state->links[action->link][of.rows - 1] = PPM_NO_ROW;
		status = ppm_step_group(&state->steps, &of, where, action->drop_missing, state->links[action->link], &groups, &representative);
	}
	if (status == PPM_OK) {
		to->rows = groups;
		status = ppm_job_part_groups(state, action->link, representative);
	}
	for (uint32_t i = 0; i < action->key_count; i++)
		state->owned[action->link] |= action->keys[i].is_link && state->owned[action->keys[i].index];
	for (uint32_t i = 0; i < action->key_count && status == PPM_OK; i++) {
		uint32_t column = action->other_keys[i];
		if (column == PPM_NO_INDEX)
			continue;
		status = ppm_kept_make(to, column);
		if (status == PPM_OK)
			ppm_step_gather(&keys.columns[i], representative, groups, &to->columns[column]);
	}
	ppm_memory_give(state->memory, mask, mask_size);
	ppm_memory_give(state->memory, representative, groups * sizeof *representative);
	free_keys(state, &keys);
	return status;
}

static enum ppm_status compose(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_link *link = &state->job->links[action->link];
	enum ppm_status status = make_link(state, action->link);
	state->owned[action->link] = state->owned[action->other_link] && state->owned[action->second_link];
	if (status == PPM_OK)
		ppm_step_compose(state->links[action->other_link], state->links[action->second_link], rows_of(state, link->from), state->links[action->link]);
	return status;
}

// ---- figures ------------------------------------------------------------------------------------------------

static enum ppm_status calendar(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *table = &state->tables[action->table];
	uint64_t count = 0;
	ppm_step_calendar(action->unit, action->first_day, action->last_day, &count, NULL, NULL);
	table->rows = count;
	enum ppm_status status = ppm_kept_make(table, 0);
	if (status == PPM_OK)
		status = ppm_kept_make(table, 1);
	if (status == PPM_OK)
		ppm_step_calendar(action->unit, action->first_day, action->last_day, &count, table->columns[0].values, table->columns[1].values);
	return status;
}

static enum ppm_status gather(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_link *link = &state->job->links[action->link];
	struct ppm_kept_table *from = &state->tables[link->from];
	enum ppm_status status = ppm_kept_make(from, action->output);
	if (status == PPM_OK)
		ppm_step_gather(&state->tables[link->to].columns[action->value], link_of(state, action->link), from->rows, &from->columns[action->output]);
	return status;
}

// The order of equal rows made a difference, and so did the key: it is there to tell them apart, and must.
static enum ppm_status told_apart(struct ppm_job_state *state, uint32_t table)
{
	const struct ppm_key_index *index;
	return find_index(state, table, &state->job->tables[table].key, 1, &index);
}

static enum ppm_status aggregate(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *outer = &state->tables[action->outer];
	// Rows of a file without a key are told apart by the value itself: what stands where in the file says nothing. Groups stand in the order of theirs.
	uint32_t key = state->job->tables[action->table].key;
	uint32_t tie = key == PPM_NO_INDEX && ppm_job_is_file(state, action->table) ? action->value : key;
	uint64_t *own;
	struct ppm_aggregate_request request = {
		.function = action->aggregate,
		.value = series_of(state, action->table, action->value),
		.value_is_text = is_text(state, action->table, action->value),
		.order = series_of(state, action->table, action->order),
		.order_is_text = is_text(state, action->table, action->order),
		.descending = action->descending,
		.tie = series_of(state, action->table, tie),
		.tie_is_text = is_text(state, action->table, tie),
		.rows = ppm_job_seen_along(state, action->link, action->table),
		.link = link_of(state, action->link),
		.outer_rows = outer->rows,
		.fraction = action->fraction,
		.out = &outer->columns[action->output],
	};
	enum ppm_status status = ppm_kept_make(outer, action->output);
	if (status == PPM_OK)
		status = ppm_job_where(state, action->table, action->where, &request.where, &own);
	if (status != PPM_OK)
		return status;
	status = ppm_step_aggregate(&state->steps, &request);
	ppm_job_give_where(state, action->table, own);
	if (status == PPM_OK && request.tied && key != PPM_NO_INDEX)
		status = told_apart(state, action->table);
	if (status == PPM_OK && request.fault.is_set)
		return ppm_job_total_fault(state, action, action->table, request.fault.row, request.fault.what);
	count_at(state, action->site, request.skipped);
	return status;
}

static enum ppm_status rank(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *table = &state->tables[action->table];
	uint32_t key = state->job->tables[action->table].key;
	uint64_t *own;
	struct ppm_rank_request request = {
		.function = action->rank,
		.value = series_of(state, action->table, action->value),
		.partition = link_of(state, action->link),
		.partitions = action->link == PPM_NO_INDEX ? 1 : rows_of(state, state->job->links[action->link].to),
		.tie = series_of(state, action->table, key),
		.tie_is_text = is_text(state, action->table, key),
		.descending = action->descending,
		.tiles = action->tiles,
		.rows = table->rows,
		.reference = action->numbers ? rows_of(state, action->table) : ppm_job_seen_along(state, action->link, action->table),
		.out = &table->columns[action->output],
	};
	enum ppm_status status = ppm_kept_make(table, action->output);
	if (status == PPM_OK)
		status = ppm_job_where(state, action->table, action->where, &request.where, &own);
	if (status != PPM_OK)
		return status;
	status = ppm_step_rank(&state->steps, &request);
	ppm_job_give_where(state, action->table, own);
	if (status == PPM_OK && request.tied)
		status = told_apart(state, action->table);
	if (action->site != PPM_NO_INDEX)
		count_at(state, action->site, state->job->sites[action->site].kind == PPM_JOB_NO_SHARE ? request.no_share : request.skipped);
	return status;
}

// ---- trees --------------------------------------------------------------------------------------------------

// "C-7 → C-9 → C-7"
static enum ppm_status tell_circle(struct ppm_job_state *state, const struct ppm_action *action, const uint32_t *circle, uint64_t count)
{
	uint32_t key = state->job->tables[action->table].key;
	struct ppm_slice name = state->job->trees[action->tree].name;
	struct ppm_buffer message;
	ppm_buffer_init(&message, state->allocator);
	ppm_buffer_append_text(&message, "the tree ");
	ppm_buffer_append(&message, name.data, name.size);
	ppm_buffer_append_text(&message, " goes in a circle: ");
	for (uint64_t i = 0; i <= count; i++) {
		// The longest ones are shown by their ends.
		if (i == CIRCLE_SHOWN && count > CIRCLE_SHOWN + 1) {
			ppm_buffer_format(&message, " → … %" PRIu64 " more …", count - CIRCLE_SHOWN);
			i = count;
		}
		if (i)
			ppm_buffer_append_text(&message, " → ");
		uint64_t row = circle[i % count];
		if (series_of(state, action->table, key))
			ppm_job_show(state, action->table, key, row, true, &message);
		else
			ppm_buffer_format(&message, "line %" PRIu64, ppm_kept_line(&state->tables[action->table], row));
	}
	struct ppm_slice none = { NULL, 0 };
	enum ppm_status status = message.failed
		? PPM_ERROR_MEMORY
		: ppm_job_fault(state, action->table, circle[0], PPM_DATA_CIRCLE, state->job->trees[action->tree].place, none, none, ppm_buffer_slice(&message));
	ppm_buffer_free(&message);
	return status;
}

static enum ppm_status tell_dropped(struct ppm_job_state *state, const struct ppm_action *action, const struct ppm_tree_shape *shape)
{
	uint32_t key = state->job->tables[action->table].key;
	struct ppm_buffer text;
	ppm_buffer_init(&text, state->allocator);
	for (uint64_t i = 0; i < shape->dropped_count && i < SAMPLES && series_of(state, action->table, key); i++) {
		if (i)
			ppm_buffer_append_text(&text, ", ");
		ppm_job_show(state, action->table, key, shape->dropped[i], true, &text);
	}
	count_at(state, action->site, shape->dropped_count);
	bool told = set_samples(state, action->site, &text);
	ppm_buffer_free(&text);
	return told ? PPM_OK : PPM_ERROR_MEMORY;
}

static void put_depths(const struct ppm_tree_shape *shape, struct ppm_series *out)
{
	for (uint64_t row = 0; row < shape->rows; row++)
		((double *)out->values)[row] = shape->depth[row];
	if (out->present)
		memset(out->present, 0xff, (shape->rows + 63) / 64 * sizeof *out->present);
}

// A row that is apart has its depth below a row of the population, but no part in what is below that: the tree is made once more without such links.
static enum ppm_status part_tree(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_tree *tree = &state->job->trees[action->tree];
	struct ppm_tree_shape *shape = &state->trees[action->tree];
	uint64_t rows = rows_of(state, action->table), population = ppm_job_population(state, action->table), cut = 0, circle_count = 0;
	uint32_t key = state->job->tables[action->table].key, *circle = NULL, *links = ppm_memory_take(state->memory, rows * sizeof *links);
	if (!links)
		return ppm_memory_status(state->memory);
	memcpy(links, state->links[tree->link], rows * sizeof *links);
	for (uint64_t row = population; row < rows; row++)
		if (links[row] < population) {
			links[row] = PPM_NO_ROW;
			cut++;
		}
	enum ppm_status status = PPM_OK;
	if (cut) {
		ppm_tree_shape_free(shape, &state->steps);
		status = ppm_tree_shape_make(
			shape, &state->steps, links, rows, series_of(state, action->table, key), is_text(state, action->table, key), tree->break_cycles, &circle, &circle_count);
		assert(!circle && status != PPM_ERROR_DATA); // no circle leads through a link that is gone
	}
	ppm_memory_give(state->memory, links, rows * sizeof *links);
	return status;
}

static enum ppm_status make_tree(struct ppm_job_state *state, const struct ppm_action *action)
{
	const struct ppm_tree *tree = &state->job->trees[action->tree];
	struct ppm_kept_table *table = &state->tables[action->table];
	struct ppm_tree_shape *shape = &state->trees[action->tree];
	uint32_t key = state->job->tables[action->table].key, *circle = NULL;
	uint64_t circle_count = 0;
	enum ppm_status status = ppm_tree_shape_make(shape, &state->steps, state->links[tree->link], table->rows, series_of(state, action->table, key),
		is_text(state, action->table, key), tree->break_cycles, &circle, &circle_count);
	state->tree_made[action->tree] = true;
	if (status == PPM_ERROR_DATA)
		status = tell_circle(state, action, circle, circle_count);
	ppm_memory_give(state->memory, circle, circle_count * sizeof *circle);
	if (status == PPM_OK)
		status = tell_dropped(state, action, shape);
	if (status == PPM_OK && action->output != PPM_NO_INDEX) {
		status = ppm_kept_make(table, action->output);
		if (status == PPM_OK)
			put_depths(shape, &table->columns[action->output]);
	}
	return status == PPM_OK && table->apart ? part_tree(state, action) : status;
}

static enum ppm_status tree_aggregate(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *outer = &state->tables[action->outer];
	uint64_t *own;
	struct ppm_tree_request request = {
		.function = action->aggregate,
		.value = series_of(state, action->table, action->value),
		.ratio = action->ratio,
		.level_low = action->level_low,
		.level_high = action->level_high,
		.out = &outer->columns[action->output],
	};
	enum ppm_status status = ppm_kept_make(outer, action->output);
	if (status == PPM_OK)
		status = ppm_job_where(state, action->table, action->where, &request.where, &own);
	if (status != PPM_OK)
		return status;
	status = ppm_step_tree_aggregate(&state->steps, &state->trees[action->tree], &request);
	ppm_job_give_where(state, action->table, own);
	if (status == PPM_OK && request.fault.is_set)
		return ppm_job_total_fault(state, action, action->table, request.fault.row, request.fault.what);
	count_at(state, action->site, request.skipped);
	return status;
}

// ---- agreement, order ------------------------------------------------------------------------------------------

static enum ppm_status agreement(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *outer = &state->tables[action->outer];
	struct ppm_series *columns = ppm_allocate(state->allocator, (size_t)action->column_count + 1, sizeof *columns);
	if (!columns)
		return PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < action->column_count; i++)
		columns[i] = state->tables[action->table].columns[action->columns[i]];
	const uint64_t *where;
	uint64_t *own = NULL, skipped = 0;
	double value = 0;
	bool has_value = false;
	enum ppm_status status = ppm_kept_make(outer, action->output);
	if (status == PPM_OK)
		status = ppm_job_where(state, action->table, action->where, &where, &own);
	if (status == PPM_OK)
		status = ppm_step_agreement(
			&state->steps, action->agreement, columns, action->column_count, where, ppm_job_population(state, action->table), &value, &has_value, &skipped);
	ppm_job_give_where(state, action->table, own);
	ppm_free(state->allocator, columns);
	if (status != PPM_OK)
		return status;
	struct ppm_series *out = &outer->columns[action->output];
	for (uint64_t row = 0; row < outer->rows; row++) {
		((double *)out->values)[row] = has_value ? value : 0;
		if (out->present && has_value)
			out->present[row / 64] |= UINT64_C(1) << row % 64;
	}
	if (action->site != PPM_NO_INDEX)
		count_at(state, action->site, state->job->sites[action->site].kind == PPM_JOB_NO_AGREEMENT ? !has_value : skipped);
	return PPM_OK;
}

static enum ppm_status permute(struct ppm_job_state *state, struct ppm_kept_table *table, const uint32_t *order)
{
	for (uint32_t i = 0; i < table->about->column_count; i++) {
		if (!table->columns[i].values)
			continue;
		struct ppm_series sorted;
		if (!ppm_kept_take_series(table, i, &sorted))
			return ppm_memory_status(state->memory);
		ppm_step_gather(&table->columns[i], order, table->rows, &sorted);
		ppm_kept_replace(table, i, &sorted);
	}
	return PPM_OK;
}

static enum ppm_status sort(struct ppm_job_state *state, const struct ppm_action *action)
{
	struct ppm_kept_table *table = &state->tables[action->table];
	assert(table->raw_fields == 0 && table->line_runs == 0 && table->refused_count == 0);
	struct ppm_order_column *columns = ppm_allocate(state->allocator, (size_t)action->sort_count + 1, sizeof *columns);
	uint32_t *order = ppm_memory_take(state->memory, table->rows * sizeof *order);
	enum ppm_status status = columns && order ? PPM_OK : PPM_ERROR_MEMORY;
	for (uint32_t i = 0; i < action->sort_count && status == PPM_OK; i++) {
		uint32_t column = action->sort[i].column;
		columns[i] = (struct ppm_order_column){ &table->columns[column], is_text(state, action->table, column), action->sort[i].descending };
	}
	if (status == PPM_OK)
		status = ppm_step_order(&state->steps, columns, action->sort_count, table->rows, order);
	if (status == PPM_OK)
		status = permute(state, table, order);
	ppm_memory_give(state->memory, order, table->rows * sizeof *order);
	ppm_free(state->allocator, columns);
	return status;
}

enum ppm_status ppm_job_step(struct ppm_job_state *state, const struct ppm_action *action)
{
	switch (action->kind) {
	case PPM_ACTION_MATCH: return match(state, action);
	case PPM_ACTION_GROUP: return group(state, action);
	case PPM_ACTION_COMPOSE: return compose(state, action);
	case PPM_ACTION_CALENDAR: return calendar(state, action);
	case PPM_ACTION_GATHER: return gather(state, action);
	case PPM_ACTION_AGGREGATE: return aggregate(state, action);
	case PPM_ACTION_RANK: return rank(state, action);
	case PPM_ACTION_TREE: return make_tree(state, action);
	case PPM_ACTION_TREE_AGGREGATE: return tree_aggregate(state, action);
	case PPM_ACTION_AGREEMENT: return agreement(state, action);
	case PPM_ACTION_SORT:
	case PPM_ACTION_LOAD:
	case PPM_ACTION_EVALUATE:
	case PPM_ACTION_PAIRS:
	case PPM_ACTION_RESULT: break;
	}
	assert(action->kind == PPM_ACTION_SORT); // the others are no steps
	return sort(state, action);
}

// Aggregates that need the values themselves. MEDIAN, QUANTILE and DISTINCT bring each outer row's values together, as keys in the order of values: counted, then put in their places, then
// looked at group by group. FIRST and LAST remember each outer row's best row so far.
#include "runtime/dataset/aggregate_internal.h"

#include "runtime/base/number.h"

#include <assert.h>
#include <math.h>

#define KEY uint64_t
#define NAME(name) name##_64
#include "runtime/dataset/select_template.h"
#undef KEY
#undef NAME
#define KEY ppm_uint128
#define NAME(name) name##_128
#include "runtime/dataset/select_template.h"
#undef KEY
#undef NAME

#define SIGN_128 ((ppm_uint128)1 << 127)

struct gathering {
	const struct ppm_steps *steps;
	struct ppm_aggregate_request *request;
	unsigned parts;
	uint64_t *ends; // [outer]: while counting the number of values, then where the group begins, and when they are in place where it ends
	void *keys, *scratch;
	// The fraction as mantissa / scale, so that a place among the values is exact.
	uint64_t mantissa, scale;
	struct {
		uint64_t skipped;
		bool interrupted;
	} found[PPM_STEPS_THREADS_MAX];
};

static bool is_wide(const struct gathering *gathering)
{
	return gathering->request->value->class == PPM_CLASS_X128;
}

static void bounds(const struct gathering *gathering, unsigned part, uint64_t *low, uint64_t *high)
{
	*low = ppm_steps_part(gathering->request->outer_rows, gathering->parts, part);
	*high = ppm_steps_part(gathering->request->outer_rows, gathering->parts, part + 1);
}

static void count_part(void *context, unsigned part)
{
	struct gathering *gathering = context;
	const struct ppm_aggregate_request *request = gathering->request;
	uint64_t low, high;
	bounds(gathering, part, &low, &high);
	struct ppm_picked picked;
	for (uint64_t start = 0; start < request->rows; start += PPM_STEPS_BLOCK) {
		uint64_t count = request->rows - start < PPM_STEPS_BLOCK ? request->rows - start : PPM_STEPS_BLOCK;
		gathering->found[part].skipped += ppm_aggregate_pick(request, start, count, (uint32_t)low, (uint32_t)high, &picked);
		for (uint32_t i = 0; i < picked.count; i++)
			gathering->ends[picked.outers[i]]++;
		if (ppm_steps_interrupted(gathering->steps)) {
			gathering->found[part].interrupted = true;
			return;
		}
	}
}

static void place_part(void *context, unsigned part)
{
	struct gathering *gathering = context;
	const struct ppm_aggregate_request *request = gathering->request;
	uint64_t low, high;
	bounds(gathering, part, &low, &high);
	struct ppm_picked picked;
	bool wide = is_wide(gathering);
	for (uint64_t start = 0; start < request->rows; start += PPM_STEPS_BLOCK) {
		uint64_t count = request->rows - start < PPM_STEPS_BLOCK ? request->rows - start : PPM_STEPS_BLOCK;
		ppm_aggregate_pick(request, start, count, (uint32_t)low, (uint32_t)high, &picked);
		for (uint32_t i = 0; i < picked.count; i++) {
			uint64_t at = gathering->ends[picked.outers[i]]++;
			if (wide)
				((ppm_uint128 *)gathering->keys)[at] = (ppm_uint128)((const ppm_int128 *)request->value->values)[picked.rows[i]] ^ SIGN_128;
			else
				((uint64_t *)gathering->keys)[at] = ppm_series_key(request->value, picked.rows[i]);
		}
		if (ppm_steps_interrupted(gathering->steps)) {
			gathering->found[part].interrupted = true;
			return;
		}
	}
}

// low + (high - low) · rest / scale, half away from zero; low <= high.
static ppm_int128 between(ppm_int128 low, ppm_int128 high, uint64_t rest, uint64_t scale)
{
	ppm_uint128 gap = (ppm_uint128)(high - low);
	ppm_uint128 part = gap % scale * rest;
	ppm_int128 floor = low + (ppm_int128)(gap / scale * rest + part / scale);
	uint64_t left = (uint64_t)(part % scale);
	return floor + (left > scale - left || (left == scale - left && floor >= 0));
}

static double number_between(double low, double high, uint64_t rest, uint64_t scale)
{
	if (rest == 0 || low == high)
		return low;
	double gap = ppm_number_add(high, -low);
	if (rest * 2 == scale)
		return isfinite(low + high) ? ppm_number_add(low, high) / 2 + 0.0 : low / 2 + high / 2;
	double fraction = (double)rest / (double)scale;
	return isfinite(gap) ? ppm_number_add(low, gap * fraction) + 0.0 : low * (1 - fraction) + high * fraction;
}

// Writes a quantile of the values keys[start] … keys[end - 1], at least one.
static void write_quantile(const struct gathering *gathering, uint64_t outer, uint64_t start, uint64_t end)
{
	const struct ppm_aggregate_request *request = gathering->request;
	ppm_uint128 place = (ppm_uint128)(end - start - 1) * gathering->mantissa;
	uint64_t at = (uint64_t)(place / gathering->scale), rest = (uint64_t)(place % gathering->scale);
	void *out = request->out->values;
	if (is_wide(gathering)) {
		ppm_uint128 low, high;
		select_128((ppm_uint128 *)gathering->keys + start, end - start, at, &low, &high);
		((ppm_int128 *)out)[outer] = between((ppm_int128)(low ^ SIGN_128), (ppm_int128)(high ^ SIGN_128), rest, gathering->scale);
		return;
	}
	uint64_t low, high;
	select_64((uint64_t *)gathering->keys + start, end - start, at, &low, &high);
	if (request->value->class == PPM_CLASS_F64) {
		((double *)out)[outer] = number_between(ppm_key_to_f64(low), ppm_key_to_f64(high), rest, gathering->scale);
	} else if (request->value->class == PPM_CLASS_I64) {
		ppm_int128 from = ppm_exact_from_money((int64_t)(low ^ UINT64_C(1) << 63)), to = ppm_exact_from_money((int64_t)(high ^ UINT64_C(1) << 63));
		((ppm_int128 *)out)[outer] = between(from, to, rest, gathering->scale);
	} else {
		assert(request->value->class == PPM_CLASS_I32);
		int64_t from = (int64_t)low - INT64_C(0x80000000), to = (int64_t)high - INT64_C(0x80000000);
		if (request->out->class == PPM_CLASS_F64)
			((double *)out)[outer] = number_between((double)from, (double)to, rest, gathering->scale);
		else
			((int32_t *)out)[outer] = (int32_t)between(from, to, rest, gathering->scale);
	}
}

static void figure_part(void *context, unsigned part)
{
	struct gathering *gathering = context;
	const struct ppm_aggregate_request *request = gathering->request;
	uint64_t low, high;
	bounds(gathering, part, &low, &high);
	for (uint64_t outer = low; outer < high; outer++) {
		uint64_t start = outer ? gathering->ends[outer - 1] : 0, end = gathering->ends[outer];
		if (request->function == PPM_AGGREGATE_DISTINCT) {
			uint64_t distinct;
			if (is_wide(gathering))
				distinct = distinct_128((ppm_uint128 *)gathering->keys + start, (ppm_uint128 *)gathering->scratch + start, end - start);
			else
				distinct = distinct_64((uint64_t *)gathering->keys + start, (uint64_t *)gathering->scratch + start, end - start);
			((double *)request->out->values)[outer] = (double)distinct;
		} else {
			if (request->out->present)
				ppm_series_set_bit(request->out->present, outer, end > start);
			if (end > start)
				write_quantile(gathering, outer, start, end);
			else
				memset((char *)request->out->values + outer * (ppm_register_size(request->out->class) / PPM_BATCH_ROWS), 0,
					ppm_register_size(request->out->class) / PPM_BATCH_ROWS);
		}
		if (outer % 4096 == 0 && ppm_steps_interrupted(gathering->steps)) {
			gathering->found[part].interrupted = true;
			return;
		}
	}
}

static enum ppm_status run(struct gathering *gathering, void (*work)(void *context, unsigned part))
{
	ppm_steps_parallel(gathering->steps, gathering->parts, work, gathering);
	for (unsigned part = 0; part < gathering->parts; part++)
		if (gathering->found[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
	return PPM_OK;
}

static void set_fraction(struct gathering *gathering)
{
	int64_t mantissa;
	int places;
	double fraction = gathering->request->function == PPM_AGGREGATE_MEDIAN ? 0.5 : gathering->request->fraction;
	assert(fraction >= 0 && fraction <= 1);
	ppm_number_decimal(fraction, &mantissa, &places);
	gathering->mantissa = (uint64_t)mantissa;
	gathering->scale = (uint64_t)ppm_power_of_ten[places];
}

static enum ppm_status gather_and_write(struct gathering *gathering)
{
	struct ppm_aggregate_request *request = gathering->request;
	enum ppm_status status = run(gathering, count_part);
	if (status != PPM_OK)
		return status;
	for (unsigned part = 0; part < gathering->parts; part++)
		request->skipped += gathering->found[part].skipped;
	uint64_t sum = 0;
	for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
		uint64_t count = gathering->ends[outer];
		gathering->ends[outer] = sum;
		sum += count;
	}
	size_t size = is_wide(gathering) ? sizeof(ppm_uint128) : sizeof(uint64_t);
	bool distinct = request->function == PPM_AGGREGATE_DISTINCT;
	gathering->keys = ppm_steps_take(gathering->steps, sum, size, &status);
	if (gathering->keys && distinct)
		gathering->scratch = ppm_steps_take(gathering->steps, sum, size, &status);
	if (status == PPM_OK)
		status = run(gathering, place_part);
	if (status == PPM_OK) {
		ppm_aggregate_all_present(request);
		status = run(gathering, figure_part);
	}
	ppm_steps_give(gathering->steps, gathering->scratch, sum, size);
	ppm_steps_give(gathering->steps, gathering->keys, sum, size);
	return status;
}

enum ppm_status ppm_aggregate_by_values(const struct ppm_steps *steps, struct ppm_aggregate_request *request)
{
	struct gathering gathering = { .steps = steps, .request = request, .parts = ppm_steps_parts(steps, request->outer_rows) };
	set_fraction(&gathering);
	enum ppm_status status = PPM_OK;
	gathering.ends = ppm_steps_take(steps, request->outer_rows, sizeof *gathering.ends, &status);
	if (gathering.ends)
		status = gather_and_write(&gathering);
	ppm_steps_give(steps, gathering.ends, request->outer_rows, sizeof *gathering.ends);
	return status;
}

// ---- FIRST, LAST ----------------------------------------------------------------------------------------------------

// An outer row's best row so far, and the key of its place in the order, so that most rows are told apart without a look at the best one.
struct best {
	uint64_t key;
	uint32_t row; // or PPM_NO_ROW
	bool tied;    // another row was no different
};

struct choosing {
	const struct ppm_steps *steps;
	struct ppm_aggregate_request *request;
	unsigned parts;
	struct ppm_order_column columns[2];
	uint32_t column_count;
	bool has_keys; // of the order's column
	struct best *best;
	struct {
		uint64_t skipped;
		bool interrupted;
	} found[PPM_STEPS_THREADS_MAX];
};

// Rows come in ascending order: of equal ones the earlier is the first, the later the last.
static void choose_rows(const struct choosing *choosing, const struct ppm_picked *picked, uint64_t *skipped)
{
	const struct ppm_aggregate_request *request = choosing->request;
	bool last = request->function == PPM_AGGREGATE_LAST;
	uint64_t invert = request->descending ? UINT64_MAX : 0;
	for (uint32_t i = 0; i < picked->count; i++) {
		uint32_t row = picked->rows[i];
		struct best *best = &choosing->best[picked->outers[i]];
		if (request->order && !ppm_series_present(request->order, row)) {
			++*skipped;
			continue;
		}
		uint64_t key = choosing->has_keys ? ppm_series_key(request->order, row) ^ invert : 0;
		int order = (key > best->key) - (key < best->key);
		if (best->row != PPM_NO_ROW && order == 0)
			order = ppm_compare_rows(choosing->steps, choosing->columns, choosing->column_count, row, best->row);
		bool tied = best->row != PPM_NO_ROW && order == 0;
		if (best->row == PPM_NO_ROW || (last ? order >= 0 : order < 0))
			*best = (struct best){ key, row, tied };
		else if (tied)
			best->tied = true;
	}
}

static void choose_part(void *context, unsigned part)
{
	struct choosing *choosing = context;
	const struct ppm_aggregate_request *request = choosing->request;
	uint64_t low = ppm_steps_part(request->outer_rows, choosing->parts, part), high = ppm_steps_part(request->outer_rows, choosing->parts, part + 1);
	for (uint64_t outer = low; outer < high; outer++)
		choosing->best[outer].row = PPM_NO_ROW;
	struct ppm_picked picked;
	for (uint64_t start = 0; start < request->rows; start += PPM_STEPS_BLOCK) {
		uint64_t count = request->rows - start < PPM_STEPS_BLOCK ? request->rows - start : PPM_STEPS_BLOCK;
		choosing->found[part].skipped += ppm_aggregate_pick(request, start, count, (uint32_t)low, (uint32_t)high, &picked);
		choose_rows(choosing, &picked, &choosing->found[part].skipped);
		if (ppm_steps_interrupted(choosing->steps)) {
			choosing->found[part].interrupted = true;
			return;
		}
	}
}

static enum ppm_status choose(struct choosing *choosing)
{
	struct ppm_aggregate_request *request = choosing->request;
	ppm_steps_parallel(choosing->steps, choosing->parts, choose_part, choosing);
	for (unsigned part = 0; part < choosing->parts; part++) {
		request->skipped += choosing->found[part].skipped;
		if (choosing->found[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
	}
	enum ppm_status status = PPM_OK;
	uint32_t *rows = ppm_steps_take(choosing->steps, request->outer_rows, sizeof *rows, &status);
	if (!rows)
		return status;
	for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
		rows[outer] = choosing->best[outer].row;
		request->tied |= request->tie && rows[outer] != PPM_NO_ROW && choosing->best[outer].tied;
	}
	ppm_step_gather(request->value, rows, request->outer_rows, request->out);
	ppm_steps_give(choosing->steps, rows, request->outer_rows, sizeof *rows);
	return PPM_OK;
}

enum ppm_status ppm_aggregate_by_order(const struct ppm_steps *steps, struct ppm_aggregate_request *request)
{
	struct choosing choosing = { .steps = steps, .request = request, .parts = ppm_steps_parts(steps, request->outer_rows) };
	if (request->order)
		choosing.columns[choosing.column_count++] = (struct ppm_order_column){ request->order, request->order_is_text, request->descending };
	if (request->tie)
		choosing.columns[choosing.column_count++] = (struct ppm_order_column){ request->tie, request->tie_is_text, false };
	choosing.has_keys = request->order && !request->order_is_text;
	enum ppm_status status = PPM_OK;
	choosing.best = ppm_steps_take(steps, request->outer_rows, sizeof *choosing.best, &status);
	if (choosing.best)
		status = choose(&choosing);
	ppm_steps_give(steps, choosing.best, request->outer_rows, sizeof *choosing.best);
	return status;
}

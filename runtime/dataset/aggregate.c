// Sums, counts, means, extremes: one pass over the inner rows, into accumulators of the outer rows.
//
// Several threads divide the outer rows among them, each goes through all links and takes its own: nothing is written by two, every accumulator sees its rows in
// order, and each thread's accumulators are a smaller target for the random accesses that links make. Where there are few outer rows the inner ones are divided instead, and
// accumulators added up, which is exact for all of them.
#include "runtime/dataset/aggregate_internal.h"

#include <assert.h>
#include <math.h>

#define FEW_OUTER 4096u // outer rows up to which each thread has accumulators of its own

// Rows start … start + count - 1, all of which count if they are linked to the outer rows low … low + span - 1.
static inline uint32_t pick_all(const uint32_t *link, uint64_t start, uint64_t count, uint32_t low, uint32_t span, struct ppm_picked *picked, uint32_t picked_count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t outer = link ? link[start + i] : 0;
		picked->rows[picked_count] = (uint32_t)start + i;
		picked->outers[picked_count] = outer;
		picked_count += outer - low < span;
	}
	return picked_count;
}

uint64_t ppm_aggregate_pick(const struct ppm_aggregate_request *request, uint64_t start, uint64_t count, uint32_t low, uint32_t high, struct ppm_picked *picked)
{
	const uint32_t *link = request->link;
	const uint64_t *present = request->value ? request->value->present : NULL;
	uint32_t span = high - low;
	picked->count = 0;
	if (!request->where && !present) {
		picked->count = pick_all(link, start, count, low, span, picked, 0);
		return 0;
	}
	uint64_t missing = 0;
	uint32_t picked_count = 0;
	for (uint64_t first = start; first < start + count; first += 64) {
		uint64_t counts = ppm_mask_word(request->where, first / 64, start + count);
		uint64_t valued = present ? counts & present[first / 64] : counts;
		for (uint64_t bits = counts & ~valued; bits; bits &= bits - 1)
			missing += (link ? link[first + (uint64_t)__builtin_ctzll(bits)] : 0) - low < span;
		if (valued == UINT64_MAX) {
			picked_count = pick_all(link, first, 64, low, span, picked, picked_count);
			continue;
		}
		for (uint64_t bits = valued; bits; bits &= bits - 1) {
			uint64_t row = first + (uint64_t)__builtin_ctzll(bits);
			uint32_t outer = link ? link[row] : 0;
			picked->rows[picked_count] = (uint32_t)row;
			picked->outers[picked_count] = outer;
			picked_count += outer - low < span;
		}
	}
	picked->count = picked_count;
	return missing;
}

void ppm_aggregate_all_present(const struct ppm_aggregate_request *request)
{
	if (request->out->present)
		memset(request->out->present, 0xff, ppm_mask_words(request->outer_rows) * sizeof(uint64_t));
}

// ---- accumulators -----------------------------------------------------------------------------------------------

// Which of them a function needs.
struct needs {
	bool counts;       // rows; of ANY and ALL those that decide
	bool narrow, wide; // whole sums, in 64 or 128 bits
	bool exact;
	bool best;
};

struct accumulators {
	uint64_t *counts;
	int64_t *narrow;
	ppm_int128 *wide;
	struct ppm_exact_sums exact;
	void *best;
};

struct fold {
	const struct ppm_steps *steps;
	struct ppm_aggregate_request *request;
	struct needs needs;
	struct ppm_exact_range range;
	size_t best_size;
	bool by_outer; // threads divide the outer rows
	unsigned parts;
	const void *means; // second pass of STDDEV: doubles, or X128
	struct accumulators of_part[PPM_STEPS_THREADS_MAX];
	struct {
		uint64_t skipped;
		struct ppm_exact_range range;
		bool interrupted, passes;
		uint64_t most;
	} found[PPM_STEPS_THREADS_MAX];
};

static size_t element_size(enum ppm_register_class class)
{
	return ppm_register_size(class) / PPM_BATCH_ROWS;
}

static enum ppm_status take_accumulators(struct fold *fold, struct accumulators *to)
{
	enum ppm_status status = PPM_OK;
	uint64_t rows = fold->request->outer_rows;
	if (fold->needs.counts)
		to->counts = ppm_steps_take(fold->steps, rows, sizeof *to->counts, &status);
	if (fold->needs.narrow && status == PPM_OK)
		to->narrow = ppm_steps_take(fold->steps, rows, sizeof *to->narrow, &status);
	if (fold->needs.wide && status == PPM_OK)
		to->wide = ppm_steps_take(fold->steps, rows, sizeof *to->wide, &status);
	if (fold->needs.exact && status == PPM_OK)
		status = ppm_exact_sums_new(&to->exact, fold->steps, rows, fold->range, fold->request->rows);
	if (fold->needs.best && status == PPM_OK)
		to->best = ppm_steps_take(fold->steps, rows, fold->best_size, &status);
	return status;
}

static void give_accumulators(const struct fold *fold, struct accumulators *of)
{
	uint64_t rows = fold->request->outer_rows;
	ppm_steps_give(fold->steps, of->counts, rows, sizeof *of->counts);
	ppm_steps_give(fold->steps, of->narrow, rows, sizeof *of->narrow);
	ppm_steps_give(fold->steps, of->wide, rows, sizeof *of->wide);
	ppm_exact_sums_free(&of->exact, fold->steps);
	ppm_steps_give(fold->steps, of->best, rows, fold->best_size);
	*of = (struct accumulators){ 0 };
}

// ---- adding rows ------------------------------------------------------------------------------------------------

#define ADD_TO(sums, type) \
	do { \
		const type *values = value->values; \
		for (uint32_t i = 0; i < picked->count; i++) \
			(sums)[picked->outers[i]] += values[picked->rows[i]]; \
	} while (0)

static void add_sums(struct accumulators *to, const struct ppm_series *value, const struct ppm_picked *picked)
{
	switch (value->class) {
	case PPM_CLASS_F64: {
		const double *values = value->values;
		for (uint32_t i = 0; i < picked->count; i++)
			ppm_exact_add(&to->exact, picked->outers[i], values[picked->rows[i]]);
		break;
	}
	case PPM_CLASS_I64:
		if (to->narrow)
			ADD_TO(to->narrow, int64_t);
		else
			ADD_TO(to->wide, int64_t);
		break;
	case PPM_CLASS_X128: ADD_TO(to->wide, ppm_int128); break;
	case PPM_CLASS_I32: ADD_TO(to->narrow, int32_t); break;
	default: assert(0 && "a class that adds up");
	}
}

#define BEST(type) \
	do { \
		const type *values = value->values; \
		type *best = to->best; \
		for (uint32_t i = 0; i < picked->count; i++) { \
			uint32_t outer = picked->outers[i]; \
			type element = values[picked->rows[i]]; \
			bool better = to->counts[outer] == 0 || (largest ? element > best[outer] : element < best[outer]); \
			best[outer] = better ? element : best[outer]; \
			to->counts[outer] = 1; \
		} \
	} while (0)

static bool text_is_better(const struct ppm_steps *steps, uint32_t text, uint32_t best, bool largest)
{
	assert(text < steps->text_count && best < steps->text_count);
	int order = text == best ? 0 : ppm_slice_compare(steps->texts[text], steps->texts[best]);
	return largest ? order > 0 : order < 0;
}

static void keep_best(const struct fold *fold, struct accumulators *to, const struct ppm_picked *picked)
{
	const struct ppm_series *value = fold->request->value;
	bool largest = fold->request->function == PPM_AGGREGATE_MAX;
	if (fold->request->value_is_text) {
		const uint32_t *values = value->values;
		uint32_t *best = to->best;
		for (uint32_t i = 0; i < picked->count; i++) {
			uint32_t outer = picked->outers[i], text = values[picked->rows[i]];
			if (to->counts[outer] == 0 || text_is_better(fold->steps, text, best[outer], largest))
				best[outer] = text;
			to->counts[outer] = 1;
		}
		return;
	}
	switch (value->class) {
	case PPM_CLASS_F64: BEST(double); break;
	case PPM_CLASS_I64: BEST(int64_t); break;
	case PPM_CLASS_X128: BEST(ppm_int128); break;
	case PPM_CLASS_I32: BEST(int32_t); break;
	case PPM_CLASS_I16: BEST(int16_t); break;
	default: assert(0 && "a class with an order");
	}
}

// FIRST and LAST of an aggregator. Flags are kept as bytes.
static void keep_as_they_come(const struct fold *fold, struct accumulators *to, const struct ppm_picked *picked)
{
	const struct ppm_series *value = fold->request->value;
	for (uint32_t i = 0; i < picked->count; i++) {
		uint32_t outer = picked->outers[i];
		if (to->counts[outer] > 0 && fold->request->function == PPM_AGGREGATE_FIRST)
			continue;
		char *best = (char *)to->best + outer * fold->best_size;
		if (value->class == PPM_CLASS_MASK)
			*best = (char)ppm_series_bit(value->values, picked->rows[i]);
		else
			memcpy(best, (const char *)value->values + picked->rows[i] * fold->best_size, fold->best_size);
		to->counts[outer] = 1;
	}
}

// Money with 12 places, whatever it has.
static inline ppm_int128 exact_element(const struct ppm_series *value, uint64_t row)
{
	if (value->class == PPM_CLASS_X128)
		return ((const ppm_int128 *)value->values)[row];
	return ppm_exact_from_money(((const int64_t *)value->values)[row]);
}

// Squared distances from the outer row's mean.
static void squares(const struct fold *fold, const struct ppm_picked *picked, double *to)
{
	const struct ppm_series *value = fold->request->value;
	for (uint32_t i = 0; i < picked->count; i++) {
		double distance;
		if (value->class == PPM_CLASS_F64)
			distance = ((const double *)value->values)[picked->rows[i]] - ((const double *)fold->means)[picked->outers[i]];
		else
			distance = (double)(exact_element(value, picked->rows[i]) - ((const ppm_int128 *)fold->means)[picked->outers[i]]);
		to[i] = distance * distance;
	}
}

static void add_rows(const struct fold *fold, struct accumulators *to, const struct ppm_picked *picked)
{
	const struct ppm_aggregate_request *request = fold->request;
	switch (request->function) {
	case PPM_AGGREGATE_SUM: add_sums(to, request->value, picked); break;
	case PPM_AGGREGATE_STDDEV:
		if (fold->means) {
			double of_rows[PPM_STEPS_BLOCK];
			squares(fold, picked, of_rows);
			for (uint32_t i = 0; i < picked->count; i++)
				ppm_exact_add(&to->exact, picked->outers[i], of_rows[i]);
			break;
		}
		// fall through
	case PPM_AGGREGATE_AVG:
		add_sums(to, request->value, picked);
		for (uint32_t i = 0; i < picked->count; i++)
			to->counts[picked->outers[i]]++;
		break;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX: keep_best(fold, to, picked); break;
	case PPM_AGGREGATE_COUNT:
		if (request->value && request->value->class == PPM_CLASS_MASK)
			for (uint32_t i = 0; i < picked->count; i++)
				to->counts[picked->outers[i]] += ppm_series_bit(request->value->values, picked->rows[i]);
		else
			for (uint32_t i = 0; i < picked->count; i++)
				to->counts[picked->outers[i]]++;
		break;
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL:
		for (uint32_t i = 0; i < picked->count; i++)
			to->counts[picked->outers[i]] |= ppm_series_bit(request->value->values, picked->rows[i]) == (request->function == PPM_AGGREGATE_ANY);
		break;
	case PPM_AGGREGATE_FIRST:
	case PPM_AGGREGATE_LAST: keep_as_they_come(fold, to, picked); break;
	default: assert(0 && "a function that folds");
	}
}

// ---- passes -----------------------------------------------------------------------------------------------------

// Calls visit for the rows of a part that count, block by block.
static void go_through(struct fold *fold, unsigned part, void (*visit)(struct fold *fold, unsigned part, const struct ppm_picked *picked))
{
	const struct ppm_aggregate_request *request = fold->request;
	uint64_t start = 0, end = request->rows, low = 0, high = request->outer_rows;
	if (fold->by_outer) {
		low = ppm_steps_part(request->outer_rows, fold->parts, part);
		high = ppm_steps_part(request->outer_rows, fold->parts, part + 1);
	} else {
		start = ppm_steps_part(request->rows, fold->parts, part);
		end = ppm_steps_part(request->rows, fold->parts, part + 1);
	}
	struct ppm_picked picked;
	fold->found[part].skipped = 0;
	for (uint64_t block = 0; start < end; start += PPM_STEPS_BLOCK, block++) {
		uint64_t count = end - start < PPM_STEPS_BLOCK ? end - start : PPM_STEPS_BLOCK;
		fold->found[part].skipped += ppm_aggregate_pick(request, start, count, (uint32_t)low, (uint32_t)high, &picked);
		visit(fold, part, &picked);
		if (block % 64 == 0 && ppm_steps_interrupted(fold->steps)) {
			fold->found[part].interrupted = true;
			return;
		}
	}
}

static void add_visit(struct fold *fold, unsigned part, const struct ppm_picked *picked)
{
	add_rows(fold, &fold->of_part[fold->by_outer ? 0 : part], picked);
}

static void add_part(void *context, unsigned part)
{
	go_through(context, part, add_visit);
}

// The range of what will be summed exactly.
static void range_visit(struct fold *fold, unsigned part, const struct ppm_picked *picked)
{
	double values[PPM_STEPS_BLOCK];
	if (fold->means) {
		squares(fold, picked, values);
		for (uint32_t i = 0; i < picked->count; i++)
			if (isinf(values[i]))
				fold->found[part].passes = true;
	} else {
		for (uint32_t i = 0; i < picked->count; i++)
			values[i] = ((const double *)fold->request->value->values)[picked->rows[i]];
	}
	ppm_exact_range_add(&fold->found[part].range, values, picked->count);
}

static void range_part(void *context, unsigned part)
{
	go_through(context, part, range_visit);
}

// The largest size of a whole number that is summed.
static void most_visit(struct fold *fold, unsigned part, const struct ppm_picked *picked)
{
	const int64_t *values = fold->request->value->values;
	uint64_t most = fold->found[part].most;
	for (uint32_t i = 0; i < picked->count; i++) {
		int64_t value = values[picked->rows[i]];
		uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
		most = size > most ? size : most;
	}
	fold->found[part].most = most;
}

static void most_part(void *context, unsigned part)
{
	go_through(context, part, most_visit);
}

static enum ppm_status run(struct fold *fold, void (*work)(void *context, unsigned part))
{
	ppm_steps_parallel(fold->steps, fold->parts, work, fold);
	for (unsigned part = 0; part < fold->parts; part++)
		if (fold->found[part].interrupted)
			return PPM_ERROR_INTERRUPTED;
	return PPM_OK;
}

// Adds the accumulators of part `part` to those of part 0.
static void merge(struct fold *fold, unsigned part)
{
	struct accumulators *to = &fold->of_part[0], *from = &fold->of_part[part];
	uint64_t rows = fold->request->outer_rows;
	if (fold->needs.best) {
		// Each of the other's extremes is one more row.
		struct ppm_series best = { fold->request->value->class, from->best, NULL };
		const struct ppm_series *held = fold->request->value;
		struct ppm_picked picked;
		fold->request->value = &best;
		for (uint64_t start = 0; start < rows; start += PPM_STEPS_BLOCK) {
			picked.count = 0;
			for (uint64_t row = start; row < rows && row < start + PPM_STEPS_BLOCK; row++) {
				if (from->counts[row] == 0)
					continue;
				picked.rows[picked.count] = picked.outers[picked.count] = (uint32_t)row;
				picked.count++;
			}
			keep_best(fold, to, &picked);
		}
		fold->request->value = held;
		return;
	}
	for (uint64_t row = 0; row < rows; row++) {
		if (to->counts)
			to->counts[row] += from->counts[row];
		if (to->narrow)
			to->narrow[row] += from->narrow[row];
		if (to->wide)
			to->wide[row] += from->wide[row];
		if (fold->needs.exact)
			ppm_exact_add_words(to->exact.words + row * to->exact.width, from->exact.words + row * from->exact.width, to->exact.width);
	}
}

// Takes accumulators, goes through the rows, and leaves the result in those of part 0.
static enum ppm_status accumulate(struct fold *fold)
{
	enum ppm_status status = PPM_OK;
	unsigned sets = fold->by_outer ? 1 : fold->parts;
	for (unsigned set = 0; set < sets && status == PPM_OK; set++)
		status = take_accumulators(fold, &fold->of_part[set]);
	if (status == PPM_OK)
		status = run(fold, add_part);
	for (unsigned set = 1; set < sets; set++) {
		if (status == PPM_OK)
			merge(fold, set);
		give_accumulators(fold, &fold->of_part[set]);
	}
	return status;
}

// ---- figures from accumulators ------------------------------------------------------------------------------------

static const char *const sum_passes = "the sum passes ±900 trillion";
static const char *const number_passes = "the sum passes the largest number";
static const char *const duration_passes = "the sum passes the longest duration";

static ppm_int128 whole_sum(const struct accumulators *of, uint64_t outer)
{
	return of->narrow ? of->narrow[outer] : of->wide[outer];
}

// The first row at which the total of an outer row passes its limit, for one whose whole total does.
static enum ppm_status find_fault(const struct fold *fold, uint32_t outer, ppm_int128 limit, const char *what)
{
	struct ppm_aggregate_request *request = fold->request;
	struct ppm_picked picked;
	enum ppm_status status = PPM_OK;
	struct accumulators total = { 0 };
	bool is_number = request->value->class == PPM_CLASS_F64;
	if (is_number)
		status = ppm_exact_sums_new(&total.exact, fold->steps, 1, fold->range, request->rows);
	ppm_int128 whole = 0;
	bool found = false;
	for (uint64_t start = 0; start < request->rows && !found && status == PPM_OK; start += PPM_STEPS_BLOCK) {
		uint64_t count = request->rows - start < PPM_STEPS_BLOCK ? request->rows - start : PPM_STEPS_BLOCK;
		ppm_aggregate_pick(request, start, count, outer, outer + 1, &picked);
		for (uint32_t i = 0; i < picked.count && !found; i++) {
			uint32_t row = picked.rows[i];
			if (is_number) {
				ppm_exact_add(&total.exact, 0, ((const double *)request->value->values)[row]);
			} else if (request->value->class == PPM_CLASS_I64) {
				whole += ((const int64_t *)request->value->values)[row];
			} else if (request->value->class == PPM_CLASS_X128) {
				whole += ((const ppm_int128 *)request->value->values)[row];
			} else {
				whole += ((const int32_t *)request->value->values)[row];
			}
			found = found || (is_number ? isinf(ppm_exact_sum(&total.exact, 0)) : whole > limit || whole < -limit);
			if (found)
				request->fault = (struct ppm_step_fault){ .is_set = true, .row = row, .what = what };
		}
	}
	if (is_number)
		ppm_exact_sums_free(&total.exact, fold->steps);
	if (!found && status == PPM_OK)
		request->fault = (struct ppm_step_fault){ .is_set = true, .row = outer, .what = what }; // an aggregator has no rows any more
	return status;
}

static enum ppm_status write_sums(struct fold *fold)
{
	struct ppm_aggregate_request *request = fold->request;
	const struct accumulators *of = &fold->of_part[0];
	void *out = request->out->values;
	ppm_aggregate_all_present(request);
	if (request->value->class == PPM_CLASS_F64) {
		double *sums = out;
		for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
			sums[outer] = ppm_exact_sum(&of->exact, outer);
			if (isinf(sums[outer]) && !request->fault.is_set) {
				enum ppm_status status = find_fault(fold, (uint32_t)outer, 0, number_passes);
				if (status != PPM_OK)
					return status;
			}
		}
		return PPM_OK;
	}
	enum ppm_register_class class = request->value->class;
	ppm_int128 limit = class == PPM_CLASS_I64 ? PPM_MONEY_MAX : class == PPM_CLASS_X128 ? PPM_EXACT_MAX : INT32_MAX;
	for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
		ppm_int128 sum = whole_sum(of, outer);
		if (sum > limit || sum < -limit) {
			enum ppm_status status = request->fault.is_set ? PPM_OK : find_fault(fold, (uint32_t)outer, limit, class == PPM_CLASS_I32 ? duration_passes : sum_passes);
			if (status != PPM_OK)
				return status;
			sum = 0;
		}
		if (class == PPM_CLASS_I64)
			((int64_t *)out)[outer] = (int64_t)sum;
		else if (class == PPM_CLASS_X128)
			((ppm_int128 *)out)[outer] = sum;
		else
			((int32_t *)out)[outer] = (int32_t)sum;
	}
	return PPM_OK;
}

static void set_present(const struct ppm_aggregate_request *request, uint64_t outer, bool present)
{
	if (request->out->present)
		ppm_series_set_bit(request->out->present, outer, present);
	else
		assert(present);
}

// A mean of whole values: money with 12 places, or the nearest whole duration.
static ppm_int128 whole_mean(const struct ppm_aggregate_request *request, const struct accumulators *of, uint64_t outer)
{
	ppm_int128 sum = whole_sum(of, outer);
	return ppm_round_divide_128(request->value->class == PPM_CLASS_I64 ? sum * PPM_EXACT_PER_MONEY : sum, (ppm_int128)of->counts[outer]);
}

static double number_mean(const struct accumulators *of, uint64_t outer)
{
	return ppm_exact_mean(of->exact.words + outer * of->exact.width, of->exact.width, of->exact.low, of->counts[outer]);
}

static void write_means(const struct fold *fold)
{
	const struct ppm_aggregate_request *request = fold->request;
	const struct accumulators *of = &fold->of_part[0];
	for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
		bool present = of->counts[outer] > 0;
		set_present(request, outer, present);
		switch (request->out->class) {
		case PPM_CLASS_F64: {
			double mean = 0;
			if (present && request->value->class == PPM_CLASS_F64)
				mean = number_mean(of, outer);
			else if (present)
				mean = ppm_exact_ratio(whole_sum(of, outer), (ppm_int128)of->counts[outer]);
			((double *)request->out->values)[outer] = mean;
			break;
		}
		case PPM_CLASS_X128: ((ppm_int128 *)request->out->values)[outer] = present ? whole_mean(request, of, outer) : 0; break;
		case PPM_CLASS_I32: ((int32_t *)request->out->values)[outer] = present ? (int32_t)whole_mean(request, of, outer) : 0; break;
		default: assert(0 && "a class of means");
		}
	}
}

static void write_best(const struct fold *fold)
{
	const struct ppm_aggregate_request *request = fold->request;
	const struct accumulators *of = &fold->of_part[0];
	if (request->out->class != PPM_CLASS_MASK)
		memcpy(request->out->values, of->best, request->outer_rows * fold->best_size);
	for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
		if (request->out->class == PPM_CLASS_MASK)
			ppm_series_set_bit(request->out->values, outer, ((const char *)of->best)[outer]);
		set_present(request, outer, of->counts[outer] > 0);
	}
}

static void write_flags(const struct fold *fold)
{
	const struct ppm_aggregate_request *request = fold->request;
	bool none = request->function == PPM_AGGREGATE_ALL; // what it is when no row decides otherwise
	ppm_aggregate_all_present(request);
	for (uint64_t outer = 0; outer < request->outer_rows; outer++)
		ppm_series_set_bit(request->out->values, outer, (fold->of_part[0].counts[outer] > 0) != none);
}

// The first row whose squared distance from the mean is not a number any more, where there is one.
static void find_wide_distance(struct fold *fold)
{
	struct ppm_aggregate_request *request = fold->request;
	struct ppm_picked picked;
	double of_rows[PPM_STEPS_BLOCK];
	for (uint64_t start = 0; start < request->rows; start += PPM_STEPS_BLOCK) {
		uint64_t count = request->rows - start < PPM_STEPS_BLOCK ? request->rows - start : PPM_STEPS_BLOCK;
		ppm_aggregate_pick(request, start, count, 0, (uint32_t)request->outer_rows, &picked);
		squares(fold, &picked, of_rows);
		for (uint32_t i = 0; i < picked.count; i++) {
			if (isinf(of_rows[i])) {
				request->fault =
					(struct ppm_step_fault){ .is_set = true, .row = picked.rows[i], .what = "the squared distance from the mean passes the largest number" };
				return;
			}
		}
	}
}

// Means have been accumulated: they are put aside, and squared distances from them summed.
static enum ppm_status stddev(struct fold *fold)
{
	struct ppm_aggregate_request *request = fold->request;
	bool is_number = request->value->class == PPM_CLASS_F64;
	size_t size = is_number ? sizeof(double) : sizeof(ppm_int128);
	enum ppm_status status = PPM_OK;
	void *means = ppm_steps_take(fold->steps, request->outer_rows, size, &status);
	uint64_t *counts = fold->of_part[0].counts;
	fold->of_part[0].counts = NULL;
	if (means) {
		struct accumulators of = fold->of_part[0];
		of.counts = counts;
		for (uint64_t outer = 0; outer < request->outer_rows; outer++) {
			if (counts[outer] == 0)
				continue;
			if (is_number)
				((double *)means)[outer] = number_mean(&of, outer);
			else
				((ppm_int128 *)means)[outer] = whole_mean(request, &of, outer);
		}
		give_accumulators(fold, &fold->of_part[0]);
		fold->means = means;
		fold->needs = (struct needs){ .exact = true };
		fold->range = PPM_EXACT_RANGE_EMPTY;
		for (unsigned part = 0; part < fold->parts; part++)
			fold->found[part].range = PPM_EXACT_RANGE_EMPTY;
		status = run(fold, range_part);
		bool passes = false;
		for (unsigned part = 0; part < fold->parts; part++) {
			ppm_exact_range_join(&fold->range, fold->found[part].range);
			passes = passes || fold->found[part].passes;
		}
		if (passes && status == PPM_OK) {
			find_wide_distance(fold);
		} else {
			status = status == PPM_OK ? accumulate(fold) : status;
			for (uint64_t outer = 0; outer < request->outer_rows && status == PPM_OK; outer++) {
				bool present = counts[outer] >= 2;
				set_present(request, outer, present);
				double spread = present ? sqrt(ppm_exact_mean(fold->of_part[0].exact.words + outer * fold->of_part[0].exact.width, fold->of_part[0].exact.width,
								  fold->of_part[0].exact.low, counts[outer] - 1))
							: 0;
				if (is_number)
					((double *)request->out->values)[outer] = spread;
				else
					((ppm_int128 *)request->out->values)[outer] = (ppm_int128)rint(spread);
			}
		}
	}
	ppm_steps_give(fold->steps, means, request->outer_rows, size);
	ppm_steps_give(fold->steps, counts, request->outer_rows, sizeof *counts);
	return status;
}

// ---- the whole ----------------------------------------------------------------------------------------------------

// What the function needs, which may depend on the values.
static enum ppm_status prepare(struct fold *fold)
{
	const struct ppm_aggregate_request *request = fold->request;
	enum ppm_status status = PPM_OK;
	switch (request->function) {
	case PPM_AGGREGATE_COUNT:
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: fold->needs.counts = true; return PPM_OK;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX:
		fold->needs.counts = fold->needs.best = true;
		fold->best_size = element_size(request->value->class);
		return PPM_OK;
	default: break;
	}
	fold->needs.counts = request->function != PPM_AGGREGATE_SUM;
	switch (request->value->class) {
	case PPM_CLASS_F64:
		fold->needs.exact = true;
		for (unsigned part = 0; part < fold->parts; part++)
			fold->found[part].range = PPM_EXACT_RANGE_EMPTY;
		status = run(fold, range_part);
		for (unsigned part = 0; part < fold->parts; part++)
			ppm_exact_range_join(&fold->range, fold->found[part].range);
		break;
	case PPM_CLASS_I64: {
		uint64_t most = 0;
		status = run(fold, most_part);
		for (unsigned part = 0; part < fold->parts; part++)
			most = fold->found[part].most > most ? fold->found[part].most : most;
		ppm_uint128 sum = (ppm_uint128)most * request->rows;
		fold->needs.narrow = sum < (ppm_uint128)INT64_MAX;
		fold->needs.wide = !fold->needs.narrow;
		break;
	}
	case PPM_CLASS_X128: fold->needs.wide = true; break;
	default: fold->needs.narrow = true;
	}
	return status;
}

static enum ppm_status write_figures(struct fold *fold)
{
	struct ppm_aggregate_request *request = fold->request;
	switch (request->function) {
	case PPM_AGGREGATE_SUM: return write_sums(fold);
	case PPM_AGGREGATE_AVG: write_means(fold); break;
	case PPM_AGGREGATE_STDDEV: return stddev(fold);
	case PPM_AGGREGATE_COUNT:
		ppm_aggregate_all_present(request);
		for (uint64_t outer = 0; outer < request->outer_rows; outer++)
			((double *)request->out->values)[outer] = (double)fold->of_part[0].counts[outer];
		break;
	case PPM_AGGREGATE_ANY:
	case PPM_AGGREGATE_ALL: write_flags(fold); break;
	default: write_best(fold);
	}
	return PPM_OK;
}

enum ppm_status ppm_step_aggregate(const struct ppm_steps *steps, struct ppm_aggregate_request *request)
{
	request->skipped = 0;
	request->tied = false;
	request->fault = (struct ppm_step_fault){ 0 };
	switch (request->function) {
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE:
	case PPM_AGGREGATE_DISTINCT: return ppm_aggregate_by_values(steps, request);
	case PPM_AGGREGATE_FIRST:
	case PPM_AGGREGATE_LAST: return ppm_aggregate_by_order(steps, request);
	default: break;
	}
	struct fold fold = { .steps = steps, .request = request, .range = PPM_EXACT_RANGE_EMPTY, .by_outer = request->outer_rows > FEW_OUTER };
	fold.parts = ppm_steps_parts(steps, request->rows);
	enum ppm_status status = prepare(&fold);
	if (status == PPM_OK)
		status = accumulate(&fold);
	if (status == PPM_OK) {
		for (unsigned part = 0; part < fold.parts; part++)
			request->skipped += fold.found[part].skipped;
		status = write_figures(&fold);
	}
	give_accumulators(&fold, &fold.of_part[0]);
	return status;
}

// ---- piece by piece -----------------------------------------------------------------------------------------------

// Functions that fold keep their accumulators; the others keep the pairs, and are computed at the end.
struct ppm_aggregator {
	struct ppm_steps steps;
	struct fold fold;
	struct ppm_aggregate_request request;
	bool keeps_pairs;
	uint64_t terms;
	// Pairs: flags as numbers.
	enum ppm_register_class kept_class;
	uint32_t *outers;
	void *values;
	uint64_t pairs, capacity;
};

enum ppm_status ppm_aggregator_new(
	struct ppm_aggregator **out, const struct ppm_steps *steps, enum ppm_aggregate_function function, enum ppm_register_class class, double fraction, uint64_t outer_rows)
{
	*out = NULL;
	struct ppm_aggregator *aggregator = ppm_allocate_zeroed(ppm_memory_allocator(steps->memory), 1, sizeof *aggregator);
	if (!aggregator)
		return PPM_ERROR_MEMORY;
	aggregator->steps = *steps;
	aggregator->request = (struct ppm_aggregate_request){ .function = function, .outer_rows = outer_rows, .fraction = fraction };
	aggregator->fold = (struct fold){ .steps = &aggregator->steps, .request = &aggregator->request, .parts = 1, .range = PPM_EXACT_RANGE_EMPTY };
	aggregator->kept_class = class == PPM_CLASS_MASK ? PPM_CLASS_I32 : class;
	struct needs *needs = &aggregator->fold.needs;
	switch (function) {
	case PPM_AGGREGATE_MEDIAN:
	case PPM_AGGREGATE_QUANTILE:
	case PPM_AGGREGATE_DISTINCT:
	case PPM_AGGREGATE_STDDEV: aggregator->keeps_pairs = true; break;
	case PPM_AGGREGATE_SUM:
	case PPM_AGGREGATE_AVG:
		needs->counts = function == PPM_AGGREGATE_AVG;
		needs->exact = class == PPM_CLASS_F64;
		needs->narrow = class == PPM_CLASS_I32;
		needs->wide = !needs->exact && !needs->narrow;
		break;
	case PPM_AGGREGATE_MIN:
	case PPM_AGGREGATE_MAX:
	case PPM_AGGREGATE_FIRST:
	case PPM_AGGREGATE_LAST:
		needs->counts = needs->best = true;
		aggregator->fold.best_size = class == PPM_CLASS_MASK ? 1 : element_size(class);
		break;
	default: needs->counts = true;
	}
	enum ppm_status status = take_accumulators(&aggregator->fold, &aggregator->fold.of_part[0]);
	if (status != PPM_OK) {
		ppm_aggregator_free(aggregator);
		return status;
	}
	*out = aggregator;
	return PPM_OK;
}

static enum ppm_status grow_pairs(struct ppm_aggregator *aggregator, uint64_t needed)
{
	if (needed <= aggregator->capacity)
		return PPM_OK;
	if (needed > PPM_ROWS_MAX)
		return PPM_ERROR_LIMIT;
	const struct ppm_steps *steps = &aggregator->steps;
	size_t size = element_size(aggregator->kept_class);
	uint64_t capacity = aggregator->capacity * 2 > needed ? aggregator->capacity * 2 : needed;
	enum ppm_status status = PPM_OK;
	uint32_t *outers = ppm_steps_take(steps, capacity, sizeof *outers, &status);
	void *values = outers ? ppm_steps_take(steps, capacity, size, &status) : NULL;
	if (!values) {
		ppm_steps_give(steps, outers, capacity, sizeof *outers);
		return status;
	}
	if (aggregator->pairs) {
		memcpy(outers, aggregator->outers, aggregator->pairs * sizeof *outers);
		memcpy(values, aggregator->values, aggregator->pairs * size);
	}
	ppm_steps_give(steps, aggregator->outers, aggregator->capacity, sizeof *outers);
	ppm_steps_give(steps, aggregator->values, aggregator->capacity, size);
	aggregator->outers = outers;
	aggregator->values = values;
	aggregator->capacity = capacity;
	return PPM_OK;
}

static enum ppm_status keep_pairs(struct ppm_aggregator *aggregator, const struct ppm_series *value, const struct ppm_picked *picked)
{
	enum ppm_status status = grow_pairs(aggregator, aggregator->pairs + picked->count);
	if (status != PPM_OK)
		return status;
	size_t size = element_size(aggregator->kept_class);
	for (uint32_t i = 0; i < picked->count; i++) {
		aggregator->outers[aggregator->pairs] = picked->outers[i];
		if (value->class == PPM_CLASS_MASK)
			((int32_t *)aggregator->values)[aggregator->pairs] = ppm_series_bit(value->values, picked->rows[i]);
		else
			memcpy((char *)aggregator->values + aggregator->pairs * size, (const char *)value->values + picked->rows[i] * size, size);
		aggregator->pairs++;
	}
	return PPM_OK;
}

enum ppm_status ppm_aggregator_add(struct ppm_aggregator *aggregator, const uint32_t *outer, const struct ppm_series *value, const uint64_t *where, uint64_t count)
{
	struct ppm_aggregate_request *request = &aggregator->request;
	request->value = value;
	request->where = where;
	request->link = outer;
	request->rows = count;
	aggregator->terms += count;
	struct fold *fold = &aggregator->fold;
	struct ppm_picked picked;
	for (uint64_t start = 0; start < count; start += PPM_STEPS_BLOCK) {
		uint64_t block = count - start < PPM_STEPS_BLOCK ? count - start : PPM_STEPS_BLOCK;
		request->skipped += ppm_aggregate_pick(request, start, block, 0, (uint32_t)request->outer_rows, &picked);
		enum ppm_status status = PPM_OK;
		if (fold->needs.exact) {
			fold->found[0].range = PPM_EXACT_RANGE_EMPTY;
			range_visit(fold, 0, &picked);
			// Room for as many terms again, so that sums are not moved with every piece.
			status = ppm_exact_sums_widen(&fold->of_part[0].exact, &aggregator->steps, fold->found[0].range, aggregator->terms * 2);
		}
		if (status == PPM_OK && aggregator->keeps_pairs)
			status = keep_pairs(aggregator, value, &picked);
		else if (status == PPM_OK)
			add_rows(fold, &fold->of_part[0], &picked);
		if (status == PPM_OK && ppm_steps_interrupted(&aggregator->steps))
			status = PPM_ERROR_INTERRUPTED;
		if (status != PPM_OK)
			return status;
	}
	return PPM_OK;
}

enum ppm_status ppm_aggregator_finish(struct ppm_aggregator *aggregator, struct ppm_series *out, uint64_t *skipped, struct ppm_step_fault *fault)
{
	struct ppm_aggregate_request *request = &aggregator->request;
	struct ppm_series value = { aggregator->kept_class, aggregator->values, NULL };
	enum ppm_status status;
	*skipped = request->skipped;
	request->out = out;
	request->value = &value;
	request->where = NULL;
	if (aggregator->keeps_pairs) {
		request->link = aggregator->outers;
		request->rows = aggregator->pairs;
		status = ppm_step_aggregate(&aggregator->steps, request);
	} else {
		request->rows = 0;
		status = write_figures(&aggregator->fold);
	}
	*fault = request->fault;
	ppm_aggregator_free(aggregator);
	return status;
}

void ppm_aggregator_free(struct ppm_aggregator *aggregator)
{
	if (!aggregator)
		return;
	const struct ppm_steps *steps = &aggregator->steps;
	ppm_steps_give(steps, aggregator->outers, aggregator->capacity, sizeof *aggregator->outers);
	ppm_steps_give(steps, aggregator->values, aggregator->capacity, element_size(aggregator->kept_class));
	give_accumulators(&aggregator->fold, &aggregator->fold.of_part[0]);
	ppm_free(ppm_memory_allocator(steps->memory), aggregator);
}

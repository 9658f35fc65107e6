// Structure to rows. When every record has the header's width - which is nearly every chunk of nearly every file - row r's fields are the offsets from r · width
// on, and all there is to do is to prove it: the last offset of each row is a line end, and there are as many line ends as rows. (Each alone is not
// enough: a short record and a long one can make up for each other.) Otherwise, and where the scan saw something that must not be, records are looked
// at one by one; the good ones move together, and the others become problems.
//
// A line that is empty is a record with one empty field. So it is right in a file of one column, a record of the wrong width in any other; but one
// empty line at the very end of a file of several columns is forgiven, since many programs write it.
#include "runtime/base/text.h"
#include "runtime/source/source_internal.h"

static bool reserve_rows(struct ppm_source_worker *worker, size_t rows)
{
	void *items = worker->starts;
	bool fits = ppm_grow(worker->source->allocator, &items, &worker->starts_capacity, rows, sizeof *worker->starts);
	worker->starts = items;
	return fits;
}

static bool reserve_ordinals(struct ppm_source_worker *worker, size_t rows)
{
	void *items = worker->ordinals;
	bool fits = ppm_grow(worker->source->allocator, &items, &worker->ordinals_capacity, rows, sizeof *worker->ordinals);
	worker->ordinals = items;
	return fits;
}

static uint64_t count_lines(const char *from, const char *to)
{
	uint64_t count = 0;
	for (; from < to && (from = memchr(from, '\n', (size_t)(to - from))); from++)
		count++;
	return count;
}

// The fast path. False when the records are not all of the header's width, or one is longer than a field may be; then nothing was changed.
static bool cut_rectangular(struct ppm_source_worker *worker, const struct ppm_records *records, bool carriages)
{
	const size_t width = worker->source->field_count;
	size_t rows = records->count / width;
	if (rows * width != records->count || rows != records->lines)
		return false;
	const char *base = worker->base;
	uint32_t *ends = records->ends;
	uint32_t *starts = worker->starts;
	uint32_t start = (uint32_t)records->begin, longest = 0;
	unsigned wrong = 0;
	for (size_t row = 0; row < rows; row++) {
		uint32_t end = ends[row * width + width - 1];
		starts[row] = start;
		longest = end - start > longest ? end - start : longest;
		wrong |= (unsigned char)base[end] ^ (unsigned)'\n';
		start = end + 1;
	}
	if (wrong || longest > worker->source->options.field_limit)
		return false;
	if (carriages)
		for (size_t row = 0; row < rows; row++) {
			uint32_t *end = &ends[row * width + width - 1];
			*end -= *end > starts[row] && base[*end - 1] == '\r';
		}
	worker->ends = ends;
	worker->rows = rows;
	worker->has_gaps = false;
	return true;
}

static void add_structural(struct ppm_source_worker *worker, const struct ppm_pending *pending, bool first)
{
	if (worker->structural.count < worker->chunk.problems.keep) {
		ppm_pendings_add(worker, &worker->structural, pending);
		return;
	}
	worker->dropped_problems++;
	worker->dropped_rows += first;
}

enum ppm_data_code ppm_field_inspect(struct ppm_slice field, bool line_end, size_t limit, enum ppm_problem_variant *variant)
{
	*variant = PPM_VARIANT_NONE;
	if (memchr(field.data, '\0', field.size))
		return PPM_DATA_NUL_BYTE;
	if (ppm_utf8_invalid_at(field.data, field.size) != field.size)
		return PPM_DATA_ENCODING;
	if (field.size > limit)
		return PPM_DATA_FIELD_TOO_LONG;
	enum ppm_scan_place place = PPM_SCAN_START;
	for (size_t at = 0; at < field.size; at++) {
		char c = field.data[at];
		if (place == PPM_SCAN_QUOTED) {
			if (c == '"')
				place = PPM_SCAN_CLOSED;
			continue;
		}
		if (c == '"' && place != PPM_SCAN_PLAIN) {
			place = PPM_SCAN_QUOTED;
			continue;
		}
		if (c == '\r') {
			if (at + 1 < field.size || !line_end)
				return PPM_DATA_BARE_CR;
		} else if (place == PPM_SCAN_CLOSED) {
			*variant = PPM_VARIANT_AFTER_QUOTE;
			return PPM_DATA_QUOTE_STRAY;
		} else if (c == '"') {
			return PPM_DATA_QUOTE_STRAY;
		}
		place = PPM_SCAN_PLAIN;
	}
	return place == PPM_SCAN_QUOTED ? PPM_DATA_QUOTE_UNTERMINATED : PPM_DATA_CODE_COUNT;
}

// Notes one problem a field; false when there was none.
static bool inspect_record(struct ppm_source_worker *worker, struct ppm_pending *record, const uint32_t *ends, size_t fields, bool open)
{
	const char *base = worker->base;
	uint32_t begin = record->record_begin;
	bool found = false;
	for (size_t field = 0; field < fields; field++) {
		bool last = field + 1 == fields;
		struct ppm_slice text = { base + begin, ends[field] - begin };
		enum ppm_problem_variant variant;
		enum ppm_data_code code = ppm_field_inspect(text, last && !open, worker->source->options.field_limit, &variant);
		if (code != PPM_DATA_CODE_COUNT) {
			struct ppm_pending pending = *record;
			pending.field = (uint32_t)field;
			pending.begin = begin;
			pending.end = ends[field];
			pending.code = (uint16_t)code;
			pending.variant = (uint16_t)variant;
			add_structural(worker, &pending, !found);
			found = true;
		}
		begin = ends[field] + 1;
	}
	return found;
}

// Record by record. The rows that stay move to the front of the offsets.
static bool cut_one_by_one(struct ppm_source_worker *worker, const struct ppm_records *records, bool inspect, bool carriages)
{
	const struct ppm_source *source = worker->source;
	const char *base = worker->base;
	const size_t width = source->field_count;
	const uint32_t *at = records->ends, *end = records->ends + records->count;
	uint32_t *to = records->ends;
	uint32_t begin = (uint32_t)records->begin;
	uint64_t ordinal = 0;
	size_t rows = 0;
	if (!reserve_ordinals(worker, records->lines))
		return false;
	for (; at < end; ordinal++) {
		const uint32_t *first = at;
		while (base[*at] != '\n')
			at++;
		uint32_t last = *at++;
		size_t fields = (size_t)(at - first);
		bool open = records->last_open && at == end;
		struct ppm_pending record = { .record = ordinal, .record_begin = begin, .record_end = last, .field = UINT32_MAX, .column = UINT32_MAX };
		bool refused = (inspect || last - begin > source->options.field_limit) && inspect_record(worker, &record, first, fields, open);
		if (!refused && fields != width) {
			refused = true;
			record.code = PPM_DATA_WIDTH;
			record.count = (uint32_t)fields;
			add_structural(worker, &record, true);
		}
		if (!refused) {
			worker->starts[rows] = begin;
			worker->ordinals[rows] = ordinal;
			memmove(to, first, fields * sizeof *to);
			to[fields - 1] -= carriages && last > begin && base[last - 1] == '\r' && !open;
			to += fields;
			rows++;
		}
		begin = last + 1;
	}
	worker->ends = records->ends;
	worker->rows = rows;
	worker->has_gaps = rows != ordinal;
	worker->chunk.records = ordinal;
	return !worker->out_of_memory;
}

// One empty line at the end of a file of several columns.
static bool ends_in_empty_line(const struct ppm_source_worker *worker, const struct ppm_records *records)
{
	if (worker->source->field_count == 1 || records->last_open || records->count == 0)
		return false;
	uint32_t last = records->ends[records->count - 1];
	uint32_t begin = records->count > 1 ? records->ends[records->count - 2] + 1 : (uint32_t)records->begin;
	if (begin != last && !(last - begin == 1 && worker->base[begin] == '\r'))
		return false;
	return begin == records->begin || (worker->base + begin)[-1] == '\n';
}

bool ppm_records_cut(struct ppm_source_worker *worker, const struct ppm_records *all, const struct ppm_scan *scan)
{
	const char *base = worker->base;
	struct ppm_records records = *all;
	worker->rows = worker->next_row = 0;
	worker->has_gaps = false;
	worker->lines_counted = 0;
	worker->lines_counted_to = records.begin;
	worker->row_lines_counted = 0;
	worker->row_lines_to = records.begin;
	worker->quoted_lines = scan->quoted_lines || scan->stray;
	worker->chunk.lines = records.lines - records.last_open;
	if (scan->quoted_lines)
		worker->chunk.lines = scan->lines + scan->quoted_lines - count_lines(base, base + records.begin) - count_lines(base + records.end, base + records.scanned);
	if (records.at_end && ends_in_empty_line(worker, &records)) {
		records.count--;
		records.lines--;
	}
	worker->chunk.records = records.lines;
	if (records.count == 0)
		return true;
	bool inspect = scan->stray || scan->nul || scan->bare_carriage || (records.last_open && (scan->quoted || base[records.end - 1] == '\r'));
	if (!inspect && scan->beyond_ascii) {
		size_t size = records.end - records.begin;
		inspect = ppm_utf8_invalid_at(base + records.begin, size) != size;
	}
	if (!reserve_rows(worker, records.lines))
		return false;
	if (inspect || !cut_rectangular(worker, &records, scan->carriage))
		return cut_one_by_one(worker, &records, inspect, scan->carriage);
	return true;
}

// CSV rows, the path that every customer of a big file takes.
//
// The columns were planned once into a short list of steps; a row is one loop over them, with one check for room before it. Fields that pass through
// keep their bytes, quotation marks included: the delimiter is the source's, so what was one field stays one. Copies run over by up to 63 bytes:
// in the result there is room, and in the input it is done only where as many bytes of the batch follow the record.
//
// Most figures of a model are small: points, scores, shares; and most of its texts are short and its own. So before a block of rows is put together each such
// column is looked at as a whole: if all of it lies in 0..654 with at most two decimals, or in the model's texts of up to six bytes, it is made cells of eight
// bytes, by loops without a branch. A row is then put together by moving its cells, each to where the one before it ends.
#include <assert.h>

#include "runtime/sink/sink_internal.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK 128u
#define PREPARED_MAX 16u
#define HUNDREDTHS_MAX 65499

enum prepared_kind { AS_PLANNED, SMALL, HUNDREDTHS };

// What follows the whole part: ".25" and how much of it.
struct ending {
	char text[3];
	uint8_t size;
};

#define TWO(t, u) { { '.', t, u }, 3 }
#define TWOS(t) TWO(t, '0'), TWO(t, '1'), TWO(t, '2'), TWO(t, '3'), TWO(t, '4'), TWO(t, '5'), TWO(t, '6'), TWO(t, '7'), TWO(t, '8'), TWO(t, '9')
static const struct ending two_places[100] = { TWOS('0'), TWOS('1'), TWOS('2'), TWOS('3'), TWOS('4'), TWOS('5'), TWOS('6'), TWOS('7'), TWOS('8'), TWOS('9') };
#define ONES(t) { { '.', t, 0 }, 2 }, TWO(t, '1'), TWO(t, '2'), TWO(t, '3'), TWO(t, '4'), TWO(t, '5'), TWO(t, '6'), TWO(t, '7'), TWO(t, '8'), TWO(t, '9')
#define SHORTEST_0 { { 0, 0, 0 }, 0 }, TWO('0', '1'), TWO('0', '2'), TWO('0', '3'), TWO('0', '4'), TWO('0', '5'), TWO('0', '6'), TWO('0', '7'), TWO('0', '8'), TWO('0', '9')
static const struct ending shortest[100] = { SHORTEST_0, ONES('1'), ONES('2'), ONES('3'), ONES('4'), ONES('5'), ONES('6'), ONES('7'), ONES('8'), ONES('9') };
static const struct ending one_place[100] = { ONES('0'), ONES('1'), ONES('2'), ONES('3'), ONES('4'), ONES('5'), ONES('6'), ONES('7'), ONES('8'), ONES('9') };

struct prepared {
	uint32_t run;            // of how many steps, from this one on, the cells are ready; 0: it goes as planned
	const int16_t *small;    // [row of the batch]: hundredths, tenths or whole numbers of a column that the machine has so; NULL: they are made of its values
	enum prepared_kind kind; // of `small`
	const struct ending *endings;
	bool tenths;
};

// Fields that pass through, and the ready cells after them.
struct segment {
	uint32_t first_field, last_field;
	uint32_t first_cell, cell_count;
	bool follows; // a delimiter before the fields
};

struct block {
	struct prepared items[PREPARED_MAX];
	struct segment segments[PREPARED_MAX];
	uint32_t segment_count;                            // that are a whole row; 0: some steps go as planned
	struct ppm_short_cell cells[BLOCK * PREPARED_MAX]; // [row of the block · count + step]
	uint16_t codes[BLOCK];                             // of the column that is looked at
	uint32_t count;                                    // of the first steps that have an item
};

// ---- looking at columns ----------------------------------------------------------------------------------

// Whole numbers 0..999. The casts are safe for anything: what does not fit comes back as another number.
static bool whole_numbers(const double *x, uint32_t count, uint16_t *codes)
{
	uint32_t i = 0;
#if defined(__SSE2__)
	__m128d wrong = _mm_setzero_pd();
	__m128i outside = _mm_setzero_si128();
	const __m128i most = _mm_set1_epi32(999), none = _mm_setzero_si128();
	for (; i + 4 <= count; i += 4) {
		__m128d a = _mm_loadu_pd(x + i), b = _mm_loadu_pd(x + i + 2);
		__m128i ia = _mm_cvttpd_epi32(a), ib = _mm_cvttpd_epi32(b);
		wrong = _mm_or_pd(wrong, _mm_or_pd(_mm_cmpneq_pd(a, _mm_cvtepi32_pd(ia)), _mm_cmpneq_pd(b, _mm_cvtepi32_pd(ib))));
		__m128i all = _mm_unpacklo_epi64(ia, ib);
		outside = _mm_or_si128(outside, _mm_or_si128(_mm_cmpgt_epi32(all, most), _mm_cmplt_epi32(all, none)));
		_mm_storel_epi64((__m128i *)(void *)(codes + i), _mm_packs_epi32(all, all));
	}
	if (_mm_movemask_pd(wrong) || _mm_movemask_epi8(outside))
		return false;
#endif
	for (; i < count; i++) {
		int32_t whole = x[i] >= 0 && x[i] < 1000 ? (int32_t)x[i] : -1;
		if (whole < 0 || (double)whole != x[i]) // -1 is a value too
			return false;
		codes[i] = (uint16_t)whole;
	}
	return true;
}

// Hundredths 0..65499. With `power` 100 or 10 (fixed places) the value must lie clear of a half, with 0 (shortest) it must be the double nearest to them.
static bool hundredths(const double *x, uint32_t count, int power, uint16_t *codes)
{
	const double scale = power ? power : 100, finish = power == 10 ? 10 : 1;
	uint32_t i = 0;
#if defined(__SSE2__)
	const __m128d scales = _mm_set1_pd(scale), half = _mm_set1_pd(0.5), limit = _mm_set1_pd(0.4999), less = _mm_set1_pd(-0.4999), most = _mm_set1_pd(HUNDREDTHS_MAX / finish);
	const __m128d hundred = _mm_set1_pd(100);
	__m128d wrong = _mm_setzero_pd();
	for (; i + 2 <= count; i += 2) {
		__m128d a = _mm_loadu_pd(x + i), scaled = _mm_mul_pd(a, scales);
		__m128i nearest = _mm_cvttpd_epi32(_mm_add_pd(scaled, half));
		__m128d back = _mm_cvtepi32_pd(nearest);
		if (power) {
			__m128d rest = _mm_sub_pd(scaled, back);
			wrong = _mm_or_pd(wrong, _mm_or_pd(_mm_cmpnlt_pd(rest, limit), _mm_cmpngt_pd(rest, less)));
		} else {
			wrong = _mm_or_pd(wrong, _mm_cmpneq_pd(_mm_div_pd(back, hundred), a));
		}
		wrong = _mm_or_pd(wrong, _mm_or_pd(_mm_cmpgt_pd(back, most), _mm_cmplt_pd(back, _mm_setzero_pd())));
		uint64_t both = (uint64_t)_mm_cvtsi128_si64(nearest);
		codes[i] = (uint16_t)((uint32_t)both * (uint32_t)finish);
		codes[i + 1] = (uint16_t)((uint32_t)(both >> 32) * (uint32_t)finish);
	}
	if (_mm_movemask_pd(wrong))
		return false;
#endif
	for (; i < count; i++) {
		if (!(x[i] > -0.5 && x[i] * scale < HUNDREDTHS_MAX / finish))
			return false;
		double scaled = x[i] * scale;
		int32_t nearest = (int32_t)(scaled + 0.5);
		double rest = scaled - nearest;
		if (power ? !(rest < 0.4999 && rest > -0.4999) : (double)nearest / 100 != x[i])
			return false;
		codes[i] = (uint16_t)(nearest * (int32_t)finish);
	}
	return true;
}

static bool whole_points(const int64_t *x, uint32_t count, uint16_t *codes)
{
	uint64_t most = 0;
	for (uint32_t i = 0; i < count; i++) {
		most |= (uint64_t)x[i];
		codes[i] = (uint16_t)x[i];
	}
	if (most < 512)
		return true;
	for (uint32_t i = 0; i < count; i++)
		if ((uint64_t)x[i] > 999)
			return false;
	return true;
}

static bool scaled_points(const int64_t *x, uint32_t count, uint32_t factor, uint16_t *codes)
{
	for (uint32_t i = 0; i < count; i++) {
		if ((uint64_t)x[i] > HUNDREDTHS_MAX / factor)
			return false;
		codes[i] = (uint16_t)((uint32_t)x[i] * factor);
	}
	return true;
}

// Whole numbers 0..most, most at most 32767: what is negative is more than that as an unsigned one.
static bool small_numbers(const int16_t *x, uint32_t count, uint16_t most)
{
	uint32_t i = 0;
	uint16_t wrong = 0;
#if defined(__SSE2__)
	// Beyond `most` a saturated subtraction leaves something.
	const __m128i limit = _mm_set1_epi16((short)most);
	__m128i over = _mm_setzero_si128();
	for (; i + 8 <= count; i += 8)
		over = _mm_or_si128(over, _mm_subs_epu16(_mm_loadu_si128((const __m128i *)(const void *)(x + i)), limit));
	wrong = _mm_movemask_epi8(_mm_cmpeq_epi16(over, _mm_setzero_si128())) != 0xffff;
#endif
	for (; i < count; i++)
		wrong |= (uint16_t)x[i] > most;
	return !wrong;
}

// Whether the machine has a column in 16 bits, and so that these are codes, or tenths of them: then nothing has to be looked at, and no number made.
static bool take_small(struct prepared *item, const struct ppm_csv_op *op, const struct ppm_vm *vm, uint32_t first, uint32_t end)
{
	uint32_t places;
	item->small = NULL;
	if (op->kind != PPM_CSV_NUMBER && op->kind != PPM_CSV_FIXED)
		return false;
	const int16_t *x = ppm_vm_small(vm, op->value->value, &places);
	if (!x || places > 2 || (op->kind == PPM_CSV_FIXED && (int)places != op->decimals) || !small_numbers(x + first, end - first, places == 0 ? 999 : places == 1 ? 3000 : INT16_MAX))
		return false;
	item->small = x;
	item->tenths = places == 1;
	item->kind = places ? HUNDREDTHS : SMALL;
	item->endings = op->kind == PPM_CSV_NUMBER ? shortest : places == 1 ? one_place : two_places;
	return true;
}

// ---- cells ---------------------------------------------------------------------------------------------

static void small_cells(const uint16_t *codes, uint32_t count, const struct ppm_short_cell *small, struct ppm_short_cell *cells, uint32_t step)
{
	for (uint32_t i = 0; i < count; i++)
		cells[(size_t)i * step] = small[codes[i]];
}

static void hundredth_cells(
	const uint16_t *codes, uint32_t count, uint32_t factor, const struct ppm_short_cell *small, const struct ending *endings, struct ppm_short_cell *cells, uint32_t step)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t code = codes[i] * factor;
		const struct ending *ending = &endings[code % 100];
		const struct ppm_short_cell *whole = &small[code / 100];
		struct ppm_short_cell *cell = &cells[(size_t)i * step]; // is only written: what was just stored in parts is slow to be read
		*cell = *whole;
		memcpy(cell->text + whole->size, ending->text, sizeof ending->text); // a delimiter, three digits and these at most
		cell->size = (uint8_t)(whole->size + ending->size);
	}
}

// False when a text is none of the model's, or a long one.
static bool text_cells(const struct ppm_sink *sink, const uint32_t *codes, const uint64_t *present, uint32_t first, uint32_t count, struct ppm_short_cell *cells, uint32_t step)
{
	const struct ppm_short_cell *texts = sink->short_texts;
	uint32_t text_count = sink->program->text_count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t code = codes[first + i];
		if (code >= text_count || !texts[code].size) {
			if (!present || ppm_mask_bit(present, first + i))
				return false;
			continue;
		}
		cells[(size_t)i * step] = texts[code];
	}
	return true;
}

// Lanes without a value may hold anything, also what does not fit; then the block is formatted cell by cell.
static void missing_cells(const uint64_t *present, uint32_t first, uint32_t count, const struct ppm_short_cell *missing, struct ppm_short_cell *cells, uint32_t step)
{
	for (uint32_t i = 0; i < count; i += 64) {
		uint32_t rest = count - i;
		uint64_t gone = ~present[(first + i) / 64] & (rest >= 64 ? UINT64_MAX : (UINT64_C(1) << rest) - 1);
		for (; gone; gone &= gone - 1)
			cells[(size_t)(i + (uint32_t)__builtin_ctzll(gone)) * step] = *missing;
	}
}

// The small numbers that a column is; AS_PLANNED when it is not.
static enum prepared_kind codes_of(const struct ppm_csv_op *op, const struct ppm_lane *lane, uint32_t first, uint32_t count, uint16_t *codes, const struct ending **endings)
{
	if (op->kind == PPM_CSV_NUMBER || op->kind == PPM_CSV_FIXED) {
		const double *x = (const double *)lane->values + first;
		int places = op->kind == PPM_CSV_FIXED ? op->decimals : -1;
		*endings = places == 2 ? two_places : places == 1 ? one_place : shortest;
		if (places <= 0 && whole_numbers(x, count, codes))
			return SMALL;
		if ((places == -1 || places == 1 || places == 2) && hundredths(x, count, places == 2 ? 100 : places == 1 ? 10 : 0, codes))
			return HUNDREDTHS;
	} else if (op->kind == PPM_CSV_POINTS) {
		const int64_t *x = (const int64_t *)lane->values + first;
		uint32_t scale = op->value->format.scale;
		*endings = op->decimals < 0 ? shortest : op->decimals == 1 ? one_place : two_places;
		if (scale == 0 && whole_points(x, count, codes))
			return SMALL;
		if (scale && scaled_points(x, count, scale == 1 ? 10 : 1, codes))
			return HUNDREDTHS;
	}
	return AS_PLANNED;
}

static bool prepare(struct block *block, uint32_t step, const struct ppm_sink *sink, const struct ppm_lane *lane, uint32_t first, uint32_t count)
{
	const struct ppm_csv_op *op = &sink->csv_ops[step];
	const struct prepared *item = &block->items[step];
	struct ppm_short_cell *cells = block->cells + step;
	if (op->kind == PPM_CSV_TEXT) {
		if (!text_cells(sink, lane->values, lane->present, first, count, cells, block->count))
			return false;
	} else {
		const uint16_t *codes = item->small ? (const uint16_t *)item->small + first : block->codes;
		const struct ending *endings = item->endings;
		enum prepared_kind kind = item->small ? item->kind : codes_of(op, lane, first, count, block->codes, &endings);
		if (kind == AS_PLANNED)
			return false;
		if (kind == SMALL)
			small_cells(codes, count, sink->small, cells, block->count);
		else
			hundredth_cells(codes, count, item->small && item->tenths ? 10 : 1, sink->small, endings, cells, block->count);
	}
	if (lane->present)
		missing_cells(lane->present, first, count, &sink->small[PPM_SMALL_CELLS], cells, block->count);
	return true;
}

// A row that is nothing but runs of fields and ready cells, in as few pieces as there are runs.
static void find_segments(struct block *block, const struct ppm_sink *sink)
{
	block->segment_count = 0;
	if (block->count < sink->csv_op_count || sink->column_count == 1) // whose only cell needs a look
		return;
	for (uint32_t i = 0, count = 0; i < sink->csv_op_count;) {
		const struct ppm_csv_op *op = &sink->csv_ops[i];
		if (op->kind != PPM_CSV_RUN)
			return; // a row may begin with anything else, too: those go step by step
		uint32_t cells = i + 1 < sink->csv_op_count ? block->items[i + 1].run : 0;
		block->segments[count++] =
			(struct segment){ .first_field = op->first_field, .last_field = op->last_field, .first_cell = i + 1, .cell_count = cells, .follows = i != 0 };
		i += 1 + cells;
		if (i == sink->csv_op_count)
			block->segment_count = count;
	}
}

// A cell begins with its delimiter, which a row must not: its first one goes as planned.
static void prepare_block(struct block *block, const struct ppm_sink *sink, const struct ppm_lane *lanes, uint32_t first, uint32_t count)
{
	uint32_t run = 0;
	for (uint32_t i = block->count; i-- > 1;) {
		run = prepare(block, i, sink, &lanes[i], first, count) ? run + 1 : 0;
		block->items[i].run = run;
	}
	find_segments(block, sink);
}

// ---- putting rows together ---------------------------------------------------------------------------------

// Steps whose length has no bound append to the buffer and then restore the room that the rest of the row counts on.
static bool append_unbounded(struct ppm_cursor *cursor, const struct ppm_sink *sink, const struct ppm_csv_op *op, const struct ppm_lane *lane,
	const struct ppm_row_context *context, uint32_t row, size_t room)
{
	struct ppm_buffer *out = cursor->out;
	ppm_cursor_close(cursor);
	if (op->kind == PPM_CSV_FIELD) {
		ppm_csv_append_guarded_field(out, sink, &sink->columns[op->column], ppm_batch_field(context->batch, row, op->first_field));
	} else if (op->kind == PPM_CSV_TEXT) {
		struct ppm_slice text = ppm_text_pool_get(ppm_vm_pool(context->vm), (uint32_t)((const int32_t *)lane->values)[row]);
		ppm_csv_append_cell(out, text, sink->delimiter, sink->options.excel_safe, false);
	} else {
		// Reasons rarely need quotation marks: they are written in place, and rewritten only if they do.
		size_t start = out->size;
		ppm_append_value(out, context, op->value, row, false);
		struct ppm_slice text = { out->data + start, out->size - start };
		if (!out->failed && text.size && (ppm_csv_needs_quotes(text, sink->delimiter) || sink->options.excel_safe)) {
			struct ppm_buffer copy;
			ppm_buffer_init(&copy, sink->allocator);
			ppm_csv_append_cell(&copy, text, sink->delimiter, sink->options.excel_safe, false);
			out->size = start;
			ppm_buffer_append(out, copy.data, copy.size);
			out->failed |= copy.failed;
			ppm_buffer_free(&copy);
		}
	}
	*cursor = ppm_cursor_open(out);
	return !out->failed && ppm_cursor_need(cursor, room);
}

// A figure may carry the delimiter (1,234.50) or whatever else its pattern says.
static char *put_figure(char *p, const struct ppm_value_format *format, const struct ppm_lane *lane, uint32_t row, char delimiter)
{
	char *end = ppm_format_figure(format, lane->values, row, p);
	struct ppm_slice text = { p, (size_t)(end - p) };
	if (!ppm_csv_needs_quotes(text, delimiter))
		return end;
	char copy[PPM_FIGURE_ROOM];
	size_t size = text.size;
	memcpy(copy, p, size);
	*p++ = '"';
	for (size_t i = 0; i < size; i++) {
		if (copy[i] == '"')
			*p++ = '"';
		*p++ = copy[i];
	}
	*p++ = '"';
	return p;
}

static inline char *put_short(char *p, const struct ppm_short_cell *cell)
{
	memcpy(p, cell, sizeof *cell);
	return p + cell->size;
}

// One row; false when memory ran out. `over` says that fields may be read past their ends.
static bool put_row(struct ppm_cursor *cursor, const struct ppm_sink *sink, const struct ppm_lane *lanes, const struct block *block, const struct ppm_row_context *context,
	uint32_t row, bool over, size_t room)
{
	const struct ppm_batch *batch = context->batch;
	const struct ppm_csv_op *ops = sink->csv_ops;
	const uint32_t *ends = batch->stride ? batch->ends + (size_t)row * batch->stride : NULL; // kept rows may be without fields
	const uint32_t prepared = block->count, count = sink->csv_op_count, text_count = sink->program->text_count;
	const struct ppm_short_cell *cells = block->cells + (size_t)(row % BLOCK) * prepared;
	char delimiter = sink->delimiter;
	char *p = cursor->p;
	for (uint32_t i = 0; i < count; i++) {
		if (i < prepared && block->items[i].run) {
			const struct ppm_short_cell *cell = cells + i, *end = cell + block->items[i].run;
			i += block->items[i].run - 1;
			do
				p = put_short(p, cell);
			while (++cell < end);
			continue;
		}
		const struct ppm_csv_op *op = &ops[i];
		const struct ppm_lane *lane = &lanes[i];
		if (op->kind == PPM_CSV_RUN) {
			*p = delimiter;
			p += i != 0;
			uint32_t begin = op->first_field ? ends[op->first_field - 1] + 1 : batch->starts[row];
			size_t size = ends[op->last_field] - begin;
			if (over) {
				p = ppm_copy_over(p, batch->base + begin, size);
			} else {
				memcpy(p, batch->base + begin, size);
				p += size;
			}
			continue;
		}
		assert(op->kind != PPM_CSV_RUN);
		bool has = ppm_lane_has(lane, row);
		if (op->kind == PPM_CSV_TEXT && has && i) {
			uint32_t code = (uint32_t)((const int32_t *)lane->values)[row];
			if (code < text_count && sink->short_texts[code].size) {
				p = put_short(p, &sink->short_texts[code]);
				continue;
			}
		}
		*p = delimiter;
		p += i != 0;
		if (!has)
			continue;
		switch (op->kind) {
		case PPM_CSV_NUMBER: p = ppm_put_number(p, ((const double *)lane->values)[row]); break;
		case PPM_CSV_FIXED: p = ppm_put_fixed(p, ((const double *)lane->values)[row], op->decimals); break;
		case PPM_CSV_MONEY: p = ppm_put_money(p, ((const int64_t *)lane->values)[row], op->decimals); break;
		case PPM_CSV_POINTS:
		case PPM_CSV_FIGURE: p = put_figure(p, &op->value->format, lane, row, delimiter); break;
		case PPM_CSV_TEXT: {
			uint32_t code = (uint32_t)((const int32_t *)lane->values)[row];
			if (code < text_count && sink->ready[code].data) {
				p = ppm_copy_over(p, sink->ready[code].data, sink->ready[code].size);
				break;
			}
			struct ppm_slice text = ppm_text_pool_get(ppm_vm_pool(context->vm), code);
			if (text.size <= PPM_READY_CELL && !sink->options.excel_safe && !ppm_csv_needs_quotes(text, delimiter)) {
				memcpy(p, text.data, text.size);
				p += text.size;
				break;
			}
		}
		// fall through
		case PPM_CSV_FIELD:
		case PPM_CSV_REASONS:
		case PPM_CSV_RUN:
			cursor->p = p;
			if (!append_unbounded(cursor, sink, op, lane, context, row, room))
				return false;
			p = cursor->p;
			break;
		}
	}
	cursor->p = p;
	return true;
}

// Rows of segments, with room for all of them. Fields are read past their ends.
static char *put_segments(char *p, const struct ppm_batch *batch, const struct block *block, char delimiter, uint32_t first, uint32_t end, uint64_t *rows)
{
	const struct segment *segments_end = block->segments + block->segment_count;
	const uint32_t stride = batch->stride;
	for (uint32_t row = first; row < end; row++) {
		if (ppm_mask_bit(batch->refused, row))
			continue;
		const uint32_t *ends = batch->ends + (size_t)row * stride;
		const struct ppm_short_cell *cells = block->cells + (size_t)(row - first) * block->count;
		for (const struct segment *segment = block->segments; segment < segments_end; segment++) {
			*p = delimiter;
			p += segment->follows;
			uint32_t begin = segment->first_field ? ends[segment->first_field - 1] + 1 : batch->starts[row];
			p = ppm_copy_over(p, batch->base + begin, ends[segment->last_field] - begin);
			for (const struct ppm_short_cell *cell = cells + segment->first_cell, *last = cell + segment->cell_count; cell < last; cell++)
				p = put_short(p, cell);
		}
		*p++ = '\n';
		++*rows;
	}
	return p;
}

static inline const struct ppm_slice *text_at(const struct ppm_text_pool *pool, uint32_t code)
{
	return code < pool->base_count ? &pool->base->interner.items[code] : &pool->interner.items[code - pool->base_count];
}

// Texts of many rows lie all over the memory: it is asked for before the rows are put together.
static void fetch_texts(const struct ppm_sink *sink, const struct ppm_lane *lanes, const struct ppm_text_pool *pool, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < sink->csv_op_count; i++) {
		if (sink->csv_ops[i].kind != PPM_CSV_TEXT)
			continue;
		const uint32_t *codes = (const uint32_t *)lanes[i].values + first;
		uint32_t constants = sink->program->text_count, all = ppm_text_pool_count(pool);
		for (uint32_t row = 0; row < count; row++)
			if (codes[row] >= constants && codes[row] < all)
				__builtin_prefetch(text_at(pool, codes[row]));
		for (uint32_t row = 0; row < count; row++)
			if (codes[row] >= constants && codes[row] < all)
				__builtin_prefetch(text_at(pool, codes[row])->data);
	}
}

uint64_t ppm_csv_range(const struct ppm_sink *sink, const struct ppm_batch *batch, const struct ppm_vm *vm, uint32_t first, uint32_t end, struct ppm_buffer *out)
{
	struct ppm_lanes lanes;
	if (!ppm_lanes_open(&lanes, out->allocator, sink->csv_op_count)) {
		out->failed = true;
		return 0;
	}
	struct ppm_row_context context = { sink->program, sink->source, batch, vm };
	struct block block;
	block.count = first % BLOCK != 0 || end - first < 16 ? 0 : sink->csv_op_count < PREPARED_MAX ? sink->csv_op_count : PREPARED_MAX;
	for (uint32_t i = 0; i < block.count; i++)
		block.items[i] = (struct prepared){ .small = NULL };
	for (uint32_t i = 0; i < sink->csv_op_count; i++) {
		const struct ppm_value *value = sink->csv_ops[i].value;
		if (!value)
			lanes.items[i] = (struct ppm_lane){ NULL, NULL };
		else if (i && i < block.count && take_small(&block.items[i], &sink->csv_ops[i], vm, first, end))
			lanes.items[i] = (struct ppm_lane){ NULL, value->present == PPM_NO_REGISTER ? NULL : ppm_vm_register(vm, PPM_CLASS_MASK, value->present) };
		else
			lanes.items[i] = ppm_lane_bind(vm, value);
	}
	struct ppm_cursor cursor = ppm_cursor_open(out);
	uint32_t stride = batch->stride;
	bool has_fields = sink->csv_run_count && stride;
	uint32_t batch_end = has_fields ? batch->ends[(size_t)(batch->rows - 1) * stride + stride - 1] : 0;
	uint64_t rows = 0;
	for (uint32_t row = first; row < end; row++) {
		if (block.count && row % BLOCK == 0) {
			uint32_t count = end - row < BLOCK ? end - row : BLOCK;
			prepare_block(&block, sink, lanes.items, row, count);
			fetch_texts(sink, lanes.items, ppm_vm_pool(vm), row, count);
			const uint32_t *ends = has_fields ? batch->ends + (size_t)(row + count - 1) * stride + stride - 1 : NULL;
			if (block.segment_count && has_fields && batch_end > *ends && batch_end - *ends >= PPM_COPY_SLACK) {
				if (!ppm_cursor_need(&cursor, (size_t)count * sink->csv_row_room + (size_t)sink->csv_run_count * (*ends - batch->starts[row])))
					break;
				cursor.p = put_segments(cursor.p, batch, &block, sink->delimiter, row, row + count, &rows);
				row += count - 1;
				continue;
			}
		}
		if (ppm_mask_bit(batch->refused, row))
			continue;
		size_t room = sink->csv_row_room;
		bool over = false;
		if (has_fields) {
			uint32_t record_end = batch->ends[(size_t)row * stride + stride - 1];
			room += (size_t)sink->csv_run_count * (record_end - batch->starts[row]);
			over = batch_end - record_end >= PPM_COPY_SLACK && batch_end > record_end;
		}
		if (!ppm_cursor_need(&cursor, room))
			break;
		size_t before = (size_t)(cursor.p - out->data);
		if (!put_row(&cursor, sink, lanes.items, &block, &context, row, over, room))
			break;
		// The only cell of a row is empty: without quotation marks the line would be no record to most readers.
		if ((size_t)(cursor.p - out->data) == before && sink->column_count == 1) {
			memcpy(cursor.p, "\"\"", 2);
			cursor.p += 2;
		}
		*cursor.p++ = '\n';
		rows++;
	}
	ppm_cursor_close(&cursor);
	ppm_lanes_close(&lanes);
	return rows;
}

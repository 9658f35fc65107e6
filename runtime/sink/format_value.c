// Values to text. One definition of each kind's text, which CSV, JSON, tables and reasons all use; the quick paths in the header give the
// same bytes for the values that nearly all rows have.
#include <assert.h>

#include "runtime/sink/format_value.h"

#define TEN(ht) ht "0" ht "1" ht "2" ht "3" ht "4" ht "5" ht "6" ht "7" ht "8" ht "9"
#define HUNDRED(h) TEN(h "0") TEN(h "1") TEN(h "2") TEN(h "3") TEN(h "4") TEN(h "5") TEN(h "6") TEN(h "7") TEN(h "8") TEN(h "9")
const char ppm_digit_triples[3001] = HUNDRED("0") HUNDRED("1") HUNDRED("2") HUNDRED("3") HUNDRED("4")
	HUNDRED("5") HUNDRED("6") HUNDRED("7") HUNDRED("8") HUNDRED("9");

struct ppm_lane ppm_lane_bind(const struct ppm_vm *vm, const struct ppm_value *value)
{
	assert(value->format.kind != PPM_FORMAT_PASS); // has no register
	enum ppm_register_class class = PPM_CLASS_F64;
	switch (value->format.kind) {
	case PPM_FORMAT_PASS:
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT: break;
	case PPM_FORMAT_MONEY:
	case PPM_FORMAT_POINTS: class = PPM_CLASS_I64; break;
	case PPM_FORMAT_EXACT: class = PPM_CLASS_X128; break;
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS:
	case PPM_FORMAT_TEXT:
	case PPM_FORMAT_REASONS: class = PPM_CLASS_I32; break;
	case PPM_FORMAT_FLAG: class = PPM_CLASS_MASK; break;
	}
	struct ppm_lane lane = { NULL, NULL };
	if (value->format.kind != PPM_FORMAT_REASONS || value->count)
		lane.values = ppm_vm_register(vm, class, value->value);
	if (value->present != PPM_NO_REGISTER)
		lane.present = ppm_vm_register(vm, PPM_CLASS_MASK, value->present);
	return lane;
}

bool ppm_format_is_numeric(enum ppm_value_format_kind kind)
{
	return kind == PPM_FORMAT_NUMBER || kind == PPM_FORMAT_PERCENT || kind == PPM_FORMAT_MONEY || kind == PPM_FORMAT_EXACT || kind == PPM_FORMAT_POINTS;
}

char *ppm_put_stripped(char *p, int64_t mantissa, unsigned places)
{
	uint64_t magnitude = ppm_magnitude_64(mantissa);
	while (places && magnitude % 10 == 0) {
		magnitude /= 10;
		places--;
	}
	*p = '-';
	p += mantissa < 0;
	uint64_t power = (uint64_t)ppm_power_of_ten[places];
	p = ppm_put_u64(p, magnitude / power);
	if (!places)
		return p;
	*p = '.';
	return ppm_put_padded(p + 1, magnitude % power, places);
}

// A double that is the nearest one to a decimal of four places and at most 15 digits has that decimal as its shortest text.
char *ppm_put_number_slow(char *p, double x)
{
	if (fabs(x) < 1e11) {
		double nearest = round(x * 1e4);
		if (nearest / 1e4 == x)
			return ppm_put_stripped(p, (int64_t)nearest, 4);
	}
	return p + ppm_number_write(x, p);
}

char *ppm_put_fixed_slow(char *p, double x, int decimals)
{
	return p + ppm_number_write_fixed(x, decimals < 12 ? decimals : 12, p);
}

// The decimal that the ratio stands for, with its point moved: never 7.000000000000001%.
char *ppm_put_percent(char *p, double ratio, int decimals)
{
	int64_t mantissa;
	int places;
	if (!ppm_number_decimal(ratio, &mantissa, &places)) {
		// An integer of at least 16 digits: two more zeros.
		p += ppm_number_write(ratio, p);
		memcpy(p, "00", 2);
		p += 2;
		if (decimals > 0) {
			*p++ = '.';
			memset(p, '0', (size_t)decimals);
			p += decimals;
		}
	} else {
		if (places < 2)
			mantissa *= ppm_power_of_ten[2 - places];
		places = places < 2 ? 0 : places - 2;
		p = decimals < 0 ? ppm_put_stripped(p, mantissa, (unsigned)places) : p + ppm_decimal_write(mantissa, places, decimals, p);
	}
	*p = '%';
	return p + 1;
}

char *ppm_put_money(char *p, int64_t money, int decimals)
{
	if (decimals == 2 || decimals < 0)
		return ppm_put_scaled(p, (money + (money < 0 ? -50 : 50)) / 100, 2);
	if (decimals == 4)
		return ppm_put_scaled(p, money, 4);
	return p + ppm_decimal_write(money, PPM_MONEY_PLACES, decimals, p);
}

static char *put_date(char *p, int32_t date, const struct ppm_date_format *format)
{
	if (format)
		return p + ppm_date_write_format(format, date, p);
	ppm_date_write(date, p);
	return p + 10;
}

static char *put_count(char *p, int32_t count, const char *one, const char *many)
{
	p = ppm_put_i64(p, count);
	const char *unit = count == 1 || count == -1 ? one : many;
	size_t size = strlen(unit);
	memcpy(p, unit, size);
	return p + size;
}

static char *put_number_pattern(char *p, double x, const struct ppm_number_pattern *pattern)
{
	int64_t mantissa;
	int places;
	if (ppm_number_decimal(x, &mantissa, &places)) // rounded once, from the decimal that x stands for
		return p + ppm_number_pattern_write(pattern, mantissa, places, p);
	return p + ppm_number_pattern_write_large(pattern, x, p);
}

char *ppm_format_figure(const struct ppm_value_format *format, const void *values, uint32_t row, char *p)
{
	const struct ppm_number_pattern *pattern = format->pattern;
	int decimals = format->decimals;
	switch (format->kind) {
	case PPM_FORMAT_NUMBER: {
		double x = ((const double *)values)[row];
		if (pattern)
			return put_number_pattern(p, x, pattern);
		return decimals < 0 ? ppm_put_number(p, x) : ppm_put_fixed(p, x, decimals);
	}
	case PPM_FORMAT_PERCENT: {
		double x = ((const double *)values)[row];
		return pattern ? put_number_pattern(p, x, pattern) : ppm_put_percent(p, x, decimals);
	}
	case PPM_FORMAT_MONEY: {
		int64_t money = ((const int64_t *)values)[row];
		return pattern ? p + ppm_number_pattern_write(pattern, money, PPM_MONEY_PLACES, p) : ppm_put_money(p, money, decimals);
	}
	case PPM_FORMAT_EXACT: {
		ppm_int128 exact = ((const ppm_int128 *)values)[row];
		if (pattern)
			return p + ppm_number_pattern_write(pattern, exact, PPM_EXACT_PLACES, p);
		return p + ppm_decimal_write(exact, PPM_EXACT_PLACES, decimals < 0 ? 2 : decimals, p);
	}
	case PPM_FORMAT_POINTS: {
		int64_t points = ((const int64_t *)values)[row];
		if (pattern)
			return p + ppm_number_pattern_write(pattern, points, format->scale, p);
		if (decimals < 0)
			return ppm_put_stripped(p, points, format->scale);
		return decimals == format->scale ? ppm_put_scaled(p, points, format->scale) : p + ppm_decimal_write(points, format->scale, decimals, p);
	}
	case PPM_FORMAT_DATE:
		return put_date(p, ((const int32_t *)values)[row], format->date_format);
	case PPM_FORMAT_DAYS:
		return put_count(p, ((const int32_t *)values)[row], " day", " days");
	case PPM_FORMAT_MONTHS:
		return put_count(p, ((const int32_t *)values)[row], " month", " months");
	case PPM_FORMAT_FLAG:
	case PPM_FORMAT_PASS:
	case PPM_FORMAT_TEXT:
	case PPM_FORMAT_REASONS:
		break;
	}
	assert(format->kind == PPM_FORMAT_FLAG); // the others are no figures
	bool yes = ppm_mask_bit(values, row);
	memcpy(p, yes ? "yes" : "no", 3);
	return p + 2 + yes;
}

char *ppm_format_json_figure(const struct ppm_value_format *format, const void *values, uint32_t row, char *p)
{
	int decimals = format->pattern ? format->pattern->decimals : format->decimals;
	// A percentage of so many decimals is a ratio of two more: of whatever is shown as one, and of percents unless their format shows the ratio itself.
	if (decimals >= 0 && (format->pattern ? format->pattern->percent : format->kind == PPM_FORMAT_PERCENT))
		decimals += 2;
	switch (format->kind) {
	case PPM_FORMAT_NUMBER:
	case PPM_FORMAT_PERCENT: {
		double x = ((const double *)values)[row];
		return decimals < 0 ? ppm_put_number(p, x) : ppm_put_fixed(p, x, decimals);
	}
	case PPM_FORMAT_MONEY:
		return ppm_put_money(p, ((const int64_t *)values)[row], decimals);
	case PPM_FORMAT_EXACT:
		return p + ppm_decimal_write(((const ppm_int128 *)values)[row], PPM_EXACT_PLACES, decimals < 0 ? 2 : decimals, p);
	case PPM_FORMAT_POINTS: {
		int64_t points = ((const int64_t *)values)[row];
		if (decimals < 0)
			return ppm_put_stripped(p, points, format->scale);
		return p + ppm_decimal_write(points, format->scale, decimals, p);
	}
	case PPM_FORMAT_FLAG:
	case PPM_FORMAT_DATE:
	case PPM_FORMAT_DAYS:
	case PPM_FORMAT_MONTHS:
	case PPM_FORMAT_PASS:
	case PPM_FORMAT_TEXT:
	case PPM_FORMAT_REASONS:
		break;
	}
	assert(format->kind == PPM_FORMAT_FLAG); // the others are texts
	bool yes = ppm_mask_bit(values, row);
	memcpy(p, yes ? "true" : "false", 5);
	return p + (yes ? 4 : 5);
}

void ppm_append_unquoted(struct ppm_buffer *out, struct ppm_slice raw)
{
	if (raw.size < 2 || raw.data[0] != '"') {
		ppm_buffer_append(out, raw.data, raw.size);
		return;
	}
	const char *at = raw.data + 1, *end = raw.data + raw.size - 1;
	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at));
		if (!quote) {
			ppm_buffer_append(out, at, (size_t)(end - at));
			return;
		}
		ppm_buffer_append(out, at, (size_t)(quote + 1 - at));
		at = quote + 2;
	}
}

const struct ppm_text_template *ppm_reason_template(const struct ppm_row_context *context, const struct ppm_value *value, uint32_t row, uint32_t index)
{
	if (index >= value->count)
		return NULL;
	const int32_t *units = ppm_vm_register(context->vm, PPM_CLASS_I32, (uint16_t)(value->value + index));
	const struct ppm_reason_list *list = &context->program->reason_lists[value->reasons];
	return units[row] >= 0 && (uint32_t)units[row] < list->unit_count ? &list->units[units[row]].text : NULL;
}

bool ppm_append_value(struct ppm_buffer *out, const struct ppm_row_context *context, const struct ppm_value *value, uint32_t row, bool in_text)
{
	if (value->format.kind == PPM_FORMAT_PASS) {
		struct ppm_slice raw = ppm_batch_field(context->batch, row, ppm_source_column_field(context->source, value->column));
		size_t before = out->size;
		ppm_append_unquoted(out, raw);
		return out->size > before;
	}
	struct ppm_lane lane = ppm_lane_bind(context->vm, value);
	if (!ppm_lane_has(&lane, row))
		return false;
	if (value->format.kind == PPM_FORMAT_TEXT) {
		struct ppm_slice text = ppm_text_pool_get(ppm_vm_pool(context->vm), (uint32_t)((const int32_t *)lane.values)[row]);
		ppm_buffer_append(out, text.data, text.size);
	} else if (value->format.kind == PPM_FORMAT_REASONS) {
		const struct ppm_text_template *text;
		for (uint32_t index = 0; (text = ppm_reason_template(context, value, row, index)); index++) {
			if (index)
				ppm_buffer_append(out, "; ", 2);
			ppm_append_template(out, context, text, row);
		}
	} else if (ppm_buffer_reserve(out, PPM_FIGURE_ROOM)) {
		out->size = (size_t)(ppm_format_figure(&value->format, lane.values, row, out->data + out->size) - out->data);
	}
	if (in_text)
		ppm_buffer_append(out, value->format.unit.data, value->format.unit.size);
	return true;
}

void ppm_append_template(struct ppm_buffer *out, const struct ppm_row_context *context, const struct ppm_text_template *text, uint32_t row)
{
	for (uint32_t i = 0; i < text->piece_count; i++) {
		const struct ppm_template_piece *piece = &text->pieces[i];
		if (!piece->has_value)
			ppm_buffer_append(out, piece->literal.data, piece->literal.size);
		else if (!ppm_append_value(out, context, &piece->value, row, true))
			ppm_buffer_append(out, "(missing)", 9);
	}
}

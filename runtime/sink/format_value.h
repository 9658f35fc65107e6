// One value of one row as text: what a cell, a reason or a JSON member shows.
//
// Figures (everything of bounded length) are written at a cursor with PPM_FIGURE_ROOM bytes of room; the rest appends to a buffer.
#ifndef PPM_RUNTIME_SINK_FORMAT_VALUE_H
#define PPM_RUNTIME_SINK_FORMAT_VALUE_H

#include "runtime/base/buffer.h"
#include "runtime/base/number.h"
#include "runtime/sink/digits.h"
#include "runtime/source/source.h"

// A value's memory while one batch is current. `values` is NULL for PPM_FORMAT_PASS; `present` is NULL when it is never missing.
struct ppm_lane {
	const void *values;
	const uint64_t *present;
};

struct ppm_lane ppm_lane_bind(const struct ppm_vm *vm, const struct ppm_value *value);

static inline bool ppm_mask_bit(const uint64_t *mask, uint32_t row)
{
	return mask[row / 64] >> (row % 64) & 1;
}
static inline bool ppm_lane_has(const struct ppm_lane *lane, uint32_t row)
{
	return !lane->present || ppm_mask_bit(lane->present, row);
}

// Figures that a table aligns to the right.
bool ppm_format_is_numeric(enum ppm_value_format_kind kind);

// As a person reads it: decimals, patterns and date formats applied. The value must be present.
char *ppm_format_figure(const struct ppm_value_format *format, const void *values, uint32_t row, char *p);
// As a JSON number, true or false: rounded as the format says, without its signs; a percent is its ratio. Not for dates and durations.
char *ppm_format_json_figure(const struct ppm_value_format *format, const void *values, uint32_t row, char *p);

// The shortest text of as_decimal(x); exactly `decimals` (0..12) places; the ratio x as a percentage with its sign, decimals < 0: shortest.
char *ppm_put_number_slow(char *p, double x);
char *ppm_put_fixed_slow(char *p, double x, int decimals);
char *ppm_put_percent(char *p, double ratio, int decimals);
// mantissa · 10^-places with trailing zeros taken off.
char *ppm_put_stripped(char *p, int64_t mantissa, unsigned places);
char *ppm_put_money(char *p, int64_t money, int decimals);

static inline char *ppm_put_number(char *p, double x)
{
	if (x > -1e15 && x < 1e15) {
		int64_t whole = (int64_t)x;
		if ((double)whole == x)
			return ppm_put_i64(p, whole);
	}
	return ppm_put_number_slow(p, x);
}

static inline char *ppm_put_scaled(char *p, int64_t value, unsigned places)
{
	uint64_t magnitude = ppm_magnitude_64(value);
	*p = '-';
	p += value < 0;
	if (places == 2) {
		p = ppm_put_u64(p, magnitude / 100);
		*p = '.';
		return ppm_put_padded(p + 1, magnitude % 100, 2);
	}
	if (places == 0)
		return ppm_put_u64(p, magnitude);
	uint64_t power = (uint64_t)ppm_power_of_ten[places];
	p = ppm_put_u64(p, magnitude / power);
	*p = '.';
	return ppm_put_padded(p + 1, magnitude % power, places);
}

// Where the scaled value lies clear of a half, every way to round it agrees; the definition in number.h decides the rest.
static inline char *ppm_put_fixed(char *p, double x, int decimals)
{
	static const double powers[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6 };
	if (decimals >= 0 && decimals <= 6) {
		double scaled = x * powers[decimals];
		if (scaled > -1e9 && scaled < 1e9) {
			int64_t nearest = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
			double rest = scaled - (double)nearest;
			if (rest > -0.4999 && rest < 0.4999)
				return ppm_put_scaled(p, nearest, (unsigned)decimals);
		}
	}
	return ppm_put_fixed_slow(p, x, decimals);
}

// Where a row's values are: everything that formatting needs besides the value itself.
struct ppm_row_context {
	const struct ppm_program *program;
	const struct ppm_source *source;
	const struct ppm_batch *batch;
	const struct ppm_vm *vm;
};

// A raw field without its quotation marks.
void ppm_append_unquoted(struct ppm_buffer *out, struct ppm_slice raw);
// A value in the words of a cell; a missing one appends nothing and gives false. With `in_text`, units follow figures and REASONS are not expected.
bool ppm_append_value(struct ppm_buffer *out, const struct ppm_row_context *context, const struct ppm_value *value, uint32_t row, bool in_text);
// A template with its values; a missing value shows as (missing).
void ppm_append_template(struct ppm_buffer *out, const struct ppm_row_context *context, const struct ppm_text_template *text, uint32_t row);
// The template of the row's reason number `index`, or NULL after the last.
const struct ppm_text_template *ppm_reason_template(const struct ppm_row_context *context, const struct ppm_value *value, uint32_t row, uint32_t index);

#endif

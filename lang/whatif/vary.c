// Figures are stepped through as exact decimals, so that 0.1..0.5/0.1 has five values and the last is 0.5.
#include "lang/whatif/vary.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define SHOW(slice) (int)(slice).size, (slice).data
#define PLACES 12

struct reader {
	struct ppm_vary *vary;
	const struct ppm_plan *plan;
	const struct ppm_plan_param *param; // NULL: a list
	struct ppm_arena *arena;
	struct ppm_buffer *problem, *help;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct reader *r, const char *help, ...)
{
	char text[400];
	va_list arguments;
	va_start(arguments, help);
	vsnprintf(text, sizeof text, help, arguments);
	va_end(arguments);
	ppm_buffer_append_text(r->help, text);
	return false;
}

static struct ppm_slice trimmed(struct ppm_slice text)
{
	while (text.size && text.data[0] == ' ')
		text = (struct ppm_slice){ text.data + 1, text.size - 1 };
	while (text.size && text.data[text.size - 1] == ' ')
		text.size--;
	return text;
}

// ---- units -----------------------------------------------------------------------------------------------------

// What stands behind a bare figure of the param: " years", "%", " EUR per month".
static struct ppm_slice unit_of(const struct reader *r)
{
	static const char *const durations[] = { "", " days", " weeks", " months", " years" };
	const struct ppm_expression *written = r->param->written;
	struct ppm_type type = r->plan->nodes[r->param->node].type;
	const char *per = type.period ? ppm_arena_format(r->arena, " per %s", ppm_period_name((enum ppm_period)type.period)).data : "";
	if (!per)
		return PPM_SLICE("");
	if (type.base == PPM_BASE_DURATION) {
		bool literal = written->kind == PPM_EXPRESSION_DURATION;
		return ppm_slice_of(literal ? durations[written->period] : type.months ? " months" : " days");
	}
	if (type.base == PPM_BASE_PERCENT)
		return ppm_arena_format(r->arena, "%%%s", per);
	if (type.base == PPM_BASE_MONEY && type.currency[0])
		return ppm_arena_format(r->arena, " %.3s%s", type.currency, per);
	return ppm_slice_of(per);
}

bool ppm_vary_is_numeric(const struct ppm_plan *plan, const struct ppm_plan_param *param)
{
	return ppm_type_is_numeric(plan->nodes[param->node].type);
}

struct ppm_slice ppm_vary_value(const struct ppm_plan_param *param, const struct ppm_plan *plan, double value, struct ppm_arena *arena)
{
	struct ppm_type type = plan->nodes[param->node].type;
	char figure[400];
	const char *per = type.period ? ppm_arena_format(arena, " per %s", ppm_period_name((enum ppm_period)type.period)).data : "";
	size_t size;
	if (!per)
		return PPM_SLICE("");
	switch (type.base) {
	case PPM_BASE_DURATION:
		if (type.months && fmod(value, 12) == 0 && value != 0)
			return ppm_arena_format(arena, "%d year%s", (int)value / 12, value == 12 ? "" : "s");
		return ppm_arena_format(arena, "%d %s%s", (int)value, type.months ? "month" : "day", value == 1 ? "" : "s");
	case PPM_BASE_PERCENT: size = ppm_number_write(ppm_number_as_decimal(value * 100), figure); return ppm_arena_format(arena, "%.*s%%%s", (int)size, figure, per);
	case PPM_BASE_MONEY:
		size = ppm_number_write(value, figure);
		return ppm_arena_format(arena, "%.*s%s%.3s%s", (int)size, figure, type.currency[0] ? " " : "", type.currency, per);
	default: size = ppm_number_write(value, figure); return ppm_arena_format(arena, "%.*s%s", (int)size, figure, per);
	}
}

// ---- figures ---------------------------------------------------------------------------------------------------

struct figure {
	ppm_int128 value;      // in 10^-12
	struct ppm_slice unit; // as written behind it; empty: bare
};

// `year` behind a figure is `years`: 1 year..5 years has one unit.
static struct ppm_slice plural(struct ppm_slice unit)
{
	static const char *const plurals[] = { "days", "weeks", "months", "years" };
	for (size_t i = 0; i < sizeof plurals / sizeof *plurals; i++)
		if (unit.size + 1 == strlen(plurals[i]) && !memcmp(unit.data, plurals[i], unit.size))
			return ppm_slice_of(plurals[i]);
	return unit;
}

// [-]digits[.digits] and what is behind. False when no digit is there, or too many.
static bool read_figure(struct ppm_slice text, struct figure *out)
{
	bool negative = text.size && text.data[0] == '-';
	size_t at = negative, whole = 0, places = 0;
	ppm_int128 value = 0;
	bool point = false;
	for (; at < text.size; at++) {
		char c = text.data[at];
		if (c == '_' && whole)
			continue;
		if (c == '.' && !point && at + 1 < text.size && text.data[at + 1] >= '0' && text.data[at + 1] <= '9') {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		if (point ? ++places > PLACES : ++whole > 15)
			return false;
		value = value * 10 + (c - '0');
	}
	if (!whole)
		return false;
	for (; places < PLACES; places++)
		value *= 10;
	*out = (struct figure){ negative ? -value : value, plural(trimmed((struct ppm_slice){ text.data + at, text.size - at })) };
	return true;
}

static bool add_value(struct reader *r, struct ppm_slice value)
{
	struct ppm_vary *vary = r->vary;
	if (vary->count >= PPM_VARY_LIMIT) {
		ppm_buffer_format(r->problem, "`--vary %.*s` has more than %u values", SHOW(vary->name), PPM_VARY_LIMIT);
		return wrong(r, "take fewer, or a larger step: `1..1_000/10`");
	}
	if (vary->count == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		struct ppm_slice *values = ppm_arena_allocate(r->arena, room, sizeof *values);
		if (!values)
			return false;
		if (vary->count)
			memcpy(values, vary->values, vary->count * sizeof *values);
		vary->values = values;
		r->room = room;
	}
	vary->values[vary->count++] = value;
	return !r->arena->failed;
}

static bool unit_is_of_time(struct ppm_slice unit)
{
	unit = trimmed(unit);
	return unit.size && unit.data[unit.size - 1] == 's' && plural((struct ppm_slice){ unit.data, unit.size - 1 }).size == unit.size;
}

// A bare figure has the unit of the param. Of a percent it is refused but for 0, as beside a percent in the language: 0.8 may be meant as 80%.
static bool add_figure(struct reader *r, const struct figure *figure)
{
	bool percent_sign = r->plan->nodes[r->param->node].type.base == PPM_BASE_PERCENT && ppm_slice_is(figure->unit, "%"); // of a percent per year, too
	struct ppm_slice unit = figure->unit.size && !percent_sign ? figure->unit : unit_of(r);
	char text[64], share[64];
	size_t size = ppm_decimal_write_short(figure->value, PLACES, text);
	if (!figure->unit.size && figure->value && r->plan->nodes[r->param->node].type.base == PPM_BASE_PERCENT) {
		size_t all = ppm_decimal_write_short(figure->value * 100, PLACES, share);
		ppm_buffer_format(r->problem, "`--vary %.*s` has a percent without its sign: %.*s may be %.*s%% or %.*s%%", SHOW(r->vary->name), (int)size, text, (int)size, text,
			(int)all, share);
		return wrong(r, "write `%.*s%%` or `%.*s%%`", (int)size, text, (int)all, share);
	}
	if (size == 1 && text[0] == '1' && unit_is_of_time(unit)) // 1 year
		unit.size--;
	bool tight = unit.size && (unit.data[0] == '%' || unit.data[0] == ' ');
	return add_value(r, ppm_arena_format(r->arena, "%.*s%s%.*s", (int)size, text, unit.size && !tight ? " " : "", (int)unit.size, unit.data));
}

// ---- what is written -----------------------------------------------------------------------------------------------

static bool not_readable(struct reader *r, struct ppm_slice part)
{
	ppm_buffer_format(r->problem, "`--vary %.*s` has an end or a step that is no figure: `", SHOW(r->vary->name));
	ppm_text_append_escaped(r->problem, part, 40, false);
	ppm_buffer_append_text(r->problem, "`");
	return wrong(r, "write a range as `%.*s=1..10`, with a step as `%.*s=1..10/2`, or list the values", SHOW(r->vary->name), SHOW(r->vary->name));
}

static bool read_range(struct reader *r, struct ppm_slice low_text, struct ppm_slice rest)
{
	const char *slash = memchr(rest.data, '/', rest.size);
	struct ppm_slice high_text = trimmed(slash ? (struct ppm_slice){ rest.data, (size_t)(slash - rest.data) } : rest);
	struct ppm_slice step_text = trimmed(slash ? (struct ppm_slice){ slash + 1, rest.size - (size_t)(slash + 1 - rest.data) } : PPM_SLICE("1"));
	struct figure low, high, step;
	if (!r->param || !ppm_vary_is_numeric(r->plan, r->param)) {
		char name[48] = "list";
		ppm_buffer_format(r->problem, "`--vary %.*s` has a range, but the param is a `%s`", SHOW(r->vary->name),
			r->param ? ppm_type_name(r->plan->nodes[r->param->node].type, name) : name);
		return wrong(r, "list its values: `%.*s=A,B,C`", SHOW(r->vary->name));
	}
	low_text = trimmed(low_text);
	if (!read_figure(low_text, &low))
		return not_readable(r, low_text);
	if (!read_figure(high_text, &high))
		return not_readable(r, high_text);
	if (!read_figure(step_text, &step))
		return not_readable(r, step_text);
	// one unit for all three, wherever it stands
	struct ppm_slice unit = high.unit.size ? high.unit : low.unit.size ? low.unit : step.unit;
	if ((low.unit.size && !ppm_slice_equal(low.unit, unit)) || (step.unit.size && !ppm_slice_equal(step.unit, unit))) {
		ppm_buffer_format(r->problem, "`--vary %.*s` has a range in two units", SHOW(r->vary->name));
		return wrong(r, "write both ends and the step in one unit");
	}
	if (step.value <= 0) {
		ppm_buffer_format(r->problem, "`--vary %.*s` has a step that leads nowhere", SHOW(r->vary->name));
		return wrong(r, "write a step above 0: `1..10/2`");
	}
	if (low.value > high.value) {
		ppm_buffer_format(r->problem, "`--vary %.*s` has a range whose low end is above its high end", SHOW(r->vary->name));
		return wrong(r, "write the low end first");
	}
	for (ppm_int128 value = low.value; value <= high.value; value += step.value)
		if (!add_figure(r, &(struct figure){ value, unit }))
			return false;
	return true;
}

static bool is_number(enum ppm_base base)
{
	return base == PPM_BASE_NUMBER || base == PPM_BASE_PERCENT || base == PPM_BASE_MONEY || base == PPM_BASE_DURATION;
}

// A text without quotation marks: they are put around it.
static bool add_text(struct reader *r, struct ppm_slice item)
{
	char *text = ppm_arena_allocate(r->arena, 2 * item.size + 2, 1);
	size_t size = 0;
	if (!text)
		return false;
	text[size++] = '"';
	for (size_t i = 0; i < item.size; i++) {
		if (item.data[i] == '"' || item.data[i] == '\\')
			text[size++] = '\\';
		text[size++] = item.data[i];
	}
	text[size++] = '"';
	return add_value(r, (struct ppm_slice){ text, size });
}

static bool read_item(struct reader *r, struct ppm_slice item)
{
	enum ppm_base base = r->param ? (enum ppm_base)r->plan->nodes[r->param->node].type.base : PPM_BASE_ERROR;
	struct figure figure;
	item = trimmed(item);
	if (!item.size) {
		ppm_buffer_format(r->problem, "`--vary %.*s` has a value that is empty", SHOW(r->vary->name));
		return wrong(r, "write values between commas: `%.*s=A,B,C`", SHOW(r->vary->name));
	}
	if (base == PPM_BASE_TEXT && item.data[0] != '"')
		return add_text(r, item);
	if (is_number(base) && read_figure(item, &figure) && (!figure.unit.size || (base == PPM_BASE_PERCENT && ppm_slice_is(figure.unit, "%"))))
		return add_figure(r, &figure);
	return add_value(r, item);
}

// The next comma or two points outside of texts and brackets. A quotation mark within a text that has none around it, 12" pipe, begins no other.
static size_t find_end(struct ppm_slice text, bool *range)
{
	bool quoted = false, any = false;
	int depth = 0;
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		if (c == '"' && (quoted || depth || !any))
			quoted = !quoted;
		else if (c == '\\' && quoted)
			i++;
		else if (!quoted && (c == '[' || c == '('))
			depth++;
		else if (!quoted && (c == ']' || c == ')'))
			depth--;
		else if (!quoted && depth == 0 && c == ',')
			return i;
		else if (!quoted && depth == 0 && c == '.' && i + 1 < text.size && text.data[i + 1] == '.') {
			*range = true;
			return i;
		}
		any = any || c != ' ';
	}
	return text.size;
}

static bool read_values(struct reader *r, struct ppm_slice text)
{
	for (;;) {
		bool range = false, more = false;
		size_t end = find_end(text, &range);
		struct ppm_slice first = { text.data, end }, rest = { text.data + end, text.size - end };
		if (range) {
			rest = (struct ppm_slice){ rest.data + 2, rest.size - 2 };
			bool again = false;
			size_t high = find_end(rest, &again);
			if (again)
				return not_readable(r, rest);
			if (!read_range(r, first, (struct ppm_slice){ rest.data, high }))
				return false;
			rest = (struct ppm_slice){ rest.data + high, rest.size - high };
		} else if (!read_item(r, first)) {
			return false;
		}
		more = rest.size > 0;
		if (!more)
			return true;
		text = (struct ppm_slice){ rest.data + 1, rest.size - 1 };
	}
}

// ---- the param -------------------------------------------------------------------------------------------------------

static bool find_param(struct reader *r, struct ppm_slice name)
{
	struct ppm_suggestion suggestion;
	size_t count = 0;
	ppm_suggestion_init(&suggestion, name);
	for (size_t i = 0; i < r->plan->param_count + r->plan->list_param_count; i++) {
		bool list = i >= r->plan->param_count;
		const struct ppm_plan_param *param = list ? &r->plan->list_params[i - r->plan->param_count] : &r->plan->params[i];
		if (param->standard)
			continue;
		count++;
		ppm_suggestion_offer(&suggestion, param->full);
		if (ppm_slice_equal(param->full, name)) {
			r->param = list ? NULL : param;
			return true;
		}
	}
	ppm_buffer_append_text(r->problem, "the model has no param called `");
	ppm_text_append_escaped(r->problem, name, 60, false);
	ppm_buffer_append_text(r->problem, "`");
	struct ppm_slice near = ppm_suggestion_take(&suggestion);
	if (near.size)
		return wrong(r, "did you mean `--vary %.*s=…`?", SHOW(near));
	return wrong(
		r, count ? "`--vary` goes through values of a `param` of the model; `ppmc check` lists them" : "`--vary` goes through values of a `param`; the model has none");
}

bool ppm_vary_read(struct ppm_vary *vary, const struct ppm_plan *plan, struct ppm_slice text, struct ppm_arena *arena, struct ppm_buffer *problem, struct ppm_buffer *help)
{
	struct reader reader = { .vary = vary, .plan = plan, .arena = arena, .problem = problem, .help = help };
	const char *equals = memchr(text.data, '=', text.size);
	*vary = (struct ppm_vary){ .name = trimmed((struct ppm_slice){ text.data, equals ? (size_t)(equals - text.data) : text.size }) };
	if (!equals || !vary->name.size) {
		ppm_buffer_append_text(problem, "`--vary ");
		ppm_text_append_escaped(problem, text, 60, false);
		ppm_buffer_append_text(problem, "` gives no param values");
		return wrong(&reader, "write `--vary horizon=1..10` or `--vary retention=70%%,80%%,90%%`");
	}
	if (!find_param(&reader, vary->name))
		return false;
	return read_values(&reader, (struct ppm_slice){ equals + 1, text.size - (size_t)(equals + 1 - text.data) });
}

// What `--outcome` says, and what a row has of it.
#include "lang/backtest/backtest_internal.h"

#include "runtime/base/date.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <strings.h>

#define SEEN_LIMIT 60 // bytes of a value in a message

bool ppm_outcome_parse(struct ppm_slice text, struct ppm_outcome_request *out, const char **problem)
{
	const char *at = text.data, *end = text.data + text.size, *begin = at;

	*out = (struct ppm_outcome_request){ .text = text };
	*problem = "it names nothing";
	if (at < end && *at == '`') {
		const char *quote = memchr(++begin, '`', (size_t)(end - at - 1));
		*problem = "its backquotes do not match";
		if (!quote || (quote + 1 < end && quote[1] != '='))
			return false;
		*problem = "it names nothing";
		out->name = (struct ppm_slice){ begin, (size_t)(quote - begin) };
		at = quote + 1;
	} else {
		const char *equals = at < end ? memchr(at, '=', (size_t)(end - at)) : NULL;
		at = equals ? equals : end;
		out->name = (struct ppm_slice){ begin, (size_t)(at - begin) };
	}
	if (!out->name.size)
		return false;
	while (at < end) { // at `=`, later at `|`
		const char *bar = memchr(at + 1, '|', (size_t)(end - at - 1));
		struct ppm_slice value = { at + 1, (size_t)((bar ? bar : end) - at - 1) };
		*problem = "one of its values is empty";
		if (!value.size)
			return false;
		*problem = "it has too many values";
		if (out->value_count == PPM_OUTCOME_VALUES_LIMIT)
			return false;
		out->values[out->value_count++] = value;
		at = bar ? bar : end;
	}
	return true;
}

static bool is_word(struct ppm_slice text, const char *word)
{
	return text.size == strlen(word) && !strncasecmp(text.data, word, text.size);
}

// As flags are written in data. -1: it is none.
static int truth_of(struct ppm_slice text)
{
	if (is_word(text, "yes") || is_word(text, "true") || is_word(text, "1"))
		return 1;
	return is_word(text, "no") || is_word(text, "false") || is_word(text, "0") ? 0 : -1;
}

// A value of --outcome for a column of figures. False when it can be none of them.
static bool figure_of(struct ppm_type type, struct ppm_slice text, ppm_int128 *out)
{
	double number;
	int32_t day;

	switch (type.base) {
	case PPM_BASE_FLAG: *out = truth_of(text) * (ppm_int128)PPM_EXACT_SCALE; return truth_of(text) >= 0;
	case PPM_BASE_DATE: *out = 0; return ppm_date_parse_iso(text, &day) && (*out = (ppm_int128)day * PPM_EXACT_SCALE, true);
	case PPM_BASE_NUMBER:
	case PPM_BASE_MONEY: return ppm_number_parse(text, &number) == PPM_NUMBER_FINE && ppm_exact_from_number(number, out);
	default: return false;
	}
}

enum ppm_status ppm_outcome_settle(struct ppm_backtest *b, struct ppm_type type, const char **problem, const char **help)
{
	const struct ppm_outcome_request *outcome = b->outcome;
	struct ppm_slice name = ppm_backtest_shown(&b->arena, outcome->name);
	char kind[48];
	bool any = outcome->value_count > 0;

	ppm_type_name(type, kind);
	*problem = *help = "";
	if (type.base == PPM_BASE_TEXT) {
		b->outcome_kind = any ? PPM_OUTCOME_TEXT : PPM_OUTCOME_FLAG;
		return PPM_OK;
	}
	b->outcome_kind = PPM_OUTCOME_FIGURE;
	if (!any && (type.base == PPM_BASE_FLAG || type.base == PPM_BASE_NUMBER)) {
		b->outcome_kind = PPM_OUTCOME_FLAG;
		return PPM_OK;
	}
	if (!any || (type.base != PPM_BASE_FLAG && type.base != PPM_BASE_NUMBER && type.base != PPM_BASE_MONEY && type.base != PPM_BASE_DATE)) {
		*problem = ppm_backtest_text_of(&b->arena, "`%.*s` is `%s`, which is no outcome", (int)name.size, name.data, kind);
		*help = any ? "an outcome is a flag, or a value of a text, number, amount or date; give a condition a name with `let`"
			    : "an outcome is a flag; name the value of a text, number, amount or date that is meant: `--outcome status=Churned`";
		return PPM_ERROR_MODEL;
	}
	for (uint32_t i = 0; i < outcome->value_count; i++)
		if (!figure_of(type, outcome->values[i], &b->figures[i])) {
			struct ppm_slice value = ppm_backtest_shown(&b->arena, outcome->values[i]);
			*problem = ppm_backtest_text_of(&b->arena, "`%.*s` is `%s`, and \"%.*s\" is none", (int)name.size, name.data, kind, (int)value.size, value.data);
			*help = type.base == PPM_BASE_DATE ? "write a day such as 2026-06-30" : type.base == PPM_BASE_FLAG ? "write `yes` or `no`" : "write digits such as 1234.50";
			return PPM_ERROR_MODEL;
		}
	return PPM_OK;
}

static bool note(struct ppm_backtest *b, struct ppm_slice text)
{
	struct ppm_slice cut = { text.data, text.size < SEEN_LIMIT ? text.size : SEEN_LIMIT };

	for (uint32_t i = 0; i < b->seen_count; i++)
		if (ppm_slice_equal(b->seen[i].text, cut)) {
			b->seen[i].rows++;
			return true;
		}
	if (b->seen_count == PPM_BACKTEST_SEEN) {
		b->seen_more = true;
		return true;
	}
	b->seen[b->seen_count].text = ppm_arena_copy(&b->arena, cut);
	b->seen[b->seen_count++].rows = 1;
	return !b->arena.failed;
}

static bool strange(struct ppm_backtest *b, struct ppm_slice text, uint64_t line)
{
	if (b->strange.data)
		return true;
	b->strange = ppm_arena_copy(&b->arena, text);
	b->strange_line = line;
	return !b->arena.failed;
}

bool ppm_outcome_of(struct ppm_backtest *b, const struct ppm_engine_row *row, enum ppm_outcome_state *state)
{
	uint32_t column = b->about->outcome.result;
	struct ppm_slice text;
	ppm_int128 figure;

	*state = PPM_OUTCOME_MISSING;
	if (ppm_row_text(row, column, &text)) {
		int truth = truth_of(text);
		if (!note(b, text))
			return false;
		if (b->outcome_kind == PPM_OUTCOME_FLAG) {
			*state = truth > 0 ? PPM_OUTCOME_WITH : PPM_OUTCOME_WITHOUT;
			return truth >= 0 || strange(b, text, row->line);
		}
		*state = PPM_OUTCOME_WITHOUT;
		for (uint32_t i = 0; i < b->outcome->value_count; i++)
			if (ppm_slice_equal(text, b->outcome->values[i]))
				*state = PPM_OUTCOME_WITH;
		return true;
	}
	if (!ppm_row_exact(row, column, &figure))
		return true;
	*state = PPM_OUTCOME_WITHOUT;
	if (b->outcome_kind == PPM_OUTCOME_FLAG) {
		char digits[400];
		*state = figure == PPM_EXACT_SCALE ? PPM_OUTCOME_WITH : PPM_OUTCOME_WITHOUT;
		return figure == PPM_EXACT_SCALE || !figure || strange(b, (struct ppm_slice){ digits, ppm_number_write(ppm_exact_to_number(figure), digits) }, row->line);
	}
	for (uint32_t i = 0; i < b->outcome->value_count; i++)
		if (figure == b->figures[i])
			*state = PPM_OUTCOME_WITH;
	return true;
}

// "it holds Churned (1,869), Stayed (4,720) and others".
static const char *holdings(struct ppm_backtest *b)
{
	struct ppm_buffer out;
	const char *made;

	ppm_buffer_init(&out, b->arena.allocator);
	for (uint32_t i = 0; i < b->seen_count; i++) {
		ppm_buffer_append_text(&out, i ? ", " : "it holds ");
		ppm_text_append_escaped(&out, b->seen[i].text, SEEN_LIMIT, false);
		if (b->seen[i].text.size == SEEN_LIMIT)
			ppm_buffer_append_text(&out, "…");
		ppm_buffer_format(&out, " (%llu)", (unsigned long long)b->seen[i].rows);
	}
	if (b->seen_more)
		ppm_buffer_append_text(&out, " and others");
	made = ppm_backtest_text_of(&b->arena, "%.*s", (int)out.size, out.data ? out.data : "");
	ppm_buffer_free(&out);
	return made;
}

enum ppm_status ppm_outcome_check(struct ppm_backtest *b, const char **problem, const char **help)
{
	struct ppm_slice name = ppm_backtest_shown(&b->arena, b->outcome->name), whole = ppm_backtest_shown(&b->arena, b->outcome->text);
	const char *held = holdings(b);
	unsigned long long with = b->counts.with, without = b->counts.without;

	*problem = *help = "";
	if (b->strange.data) {
		struct ppm_slice value = ppm_backtest_shown(&b->arena, b->strange);
		const char *place = b->strange_line ? ppm_backtest_text_of(&b->arena, " on line %llu", (unsigned long long)b->strange_line) : "";
		*problem = ppm_backtest_text_of(&b->arena, "`%.*s` holds \"%.*s\"%s, which is neither yes nor no", (int)name.size, name.data, (int)value.size, value.data, place);
		*help = ppm_backtest_text_of(
			&b->arena, "say which value is the outcome: `--outcome '%.*s=VALUE'`, several with `|`%s%s", (int)name.size, name.data, *held ? "; " : "", held);
	} else if (!with && !without) {
		*problem = b->missing ? ppm_backtest_text_of(&b->arena, "`%.*s` is missing in every row", (int)name.size, name.data) : "the data has no rows";
		*help = "without an outcome there is nothing to hold the scores against";
	} else if (!with) {
		*problem = ppm_backtest_text_of(&b->arena, "no customer has the outcome `%.*s`", (int)whole.size, whole.data);
		*help = *held ? held : "there is nobody to compare the others with";
	} else if (!without) {
		*problem = ppm_backtest_text_of(&b->arena, "every customer has the outcome `%.*s`", (int)whole.size, whole.data);
		*help = *held ? held : "there is nobody to compare them with";
	}
	if (b->arena.failed)
		return PPM_ERROR_MEMORY;
	return **problem ? PPM_ERROR_DATA : PPM_OK;
}

// Hypotheses about a column's type. They are collected from a sample and then tested on every row, so that what is left is true of the file.
//
// A date that reads as day/month and as month/day in every row stays text: guessing there would be wrong for one file in two. So does a figure whose
// points or commas may stand before thousands or decimals in every row, unless the file's other columns tell.
#include "lang/driver/guess.h"

#include "runtime/base/number.h"

#include <math.h>
#include <stdlib.h>

static const char *const tokens[] = { "N/A", "n/a", "NA", "#N/A", "NULL", "null", "None", "none", "-", "--", "?", "nan", "NaN" };
#define TOKEN_COUNT (sizeof tokens / sizeof *tokens)

// `order` says which of day and month comes first where both are figures. Strict forms stand before lax ones.
static const struct {
	const char *format;
	char order;
} date_formats[] = {
	{ "YYYY-MM-DD", 0 },
	{ "YYYY-MM-DD hh:mm:ss", 0 },
	{ "YYYY-MM-DDThh:mm:ss", 0 },
	{ "YYYY-MM-DDThh:mm:ssZ", 0 },
	{ "YYYY-MM-DD hh:mm", 0 },
	{ "YYYY/MM/DD", 0 },
	{ "DD/MM/YYYY", 'D' },
	{ "MM/DD/YYYY", 'M' },
	{ "D/M/YYYY", 'D' },
	{ "M/D/YYYY", 'M' },
	{ "DD.MM.YYYY", 0 },
	{ "D.M.YYYY", 0 },
	{ "DD-MM-YYYY", 'D' },
	{ "MM-DD-YYYY", 'M' },
	{ "D-M-YYYY", 'D' },
	{ "M-D-YYYY", 'M' },
	{ "DD MMM YYYY", 0 },
	{ "D MMM YYYY", 0 },
	{ "DD-MMM-YYYY", 0 },
	{ "D-MMM-YYYY", 0 },
	{ "DD-MMM-YY", 0 },
	{ "D-MMM-YY", 0 },
	{ "MMM D, YYYY", 0 },
	{ "D/M/YY", 'D' },
	{ "M/D/YY", 'M' },
	{ "D.M.YY", 0 },
	{ "D/M/YYYY hh:mm:ss", 'D' },
	{ "M/D/YYYY hh:mm:ss", 'M' },
	{ "D/M/YYYY hh:mm", 'D' },
	{ "M/D/YYYY hh:mm", 'M' },
	{ "D.M.YYYY hh:mm:ss", 0 },
	{ "D.M.YYYY hh:mm", 0 },
};
#define DATE_COUNT (sizeof date_formats / sizeof *date_formats)
_Static_assert(DATE_COUNT <= 32, "dates are bits of a uint32_t");

const char *ppm_guess_token(uint32_t index)
{
	return index < TOKEN_COUNT ? tokens[index] : NULL;
}

static void forget(struct ppm_guess *guess)
{
	guess->empty = guess->values = guess->number_misses = guess->compared = 0;
	guess->tokens = 0;
	guess->separators = 0;
	guess->dates = UINT32_MAX >> (32 - DATE_COUNT);
	guess->number = guess->percent = guess->flag = guess->whole = true;
	guess->leading_zero = guess->seen_zero = guess->seen_one = guess->seen_word = false;
	guess->distinct_count = 0;
	free(guess->seen.slots);
	guess->seen = (struct ppm_guess_set){ NULL, 0, 0 };
}

void ppm_guess_init(struct ppm_guess *guess)
{
	memset(guess, 0, sizeof *guess);
	forget(guess);
	guess->unique = true;
}

void ppm_guess_free(struct ppm_guess *guess)
{
	free(guess->seen.slots);
	free(guess->sample);
	free(guess->patterns);
}

void ppm_guess_restart(struct ppm_guess *guess, bool compare)
{
	forget(guess);
	guess->unique = compare;
}

// ---- uniqueness -----------------------------------------------------------------------------------------------

static bool set_grow(struct ppm_guess_set *set)
{
	uint32_t capacity = set->capacity ? set->capacity * 2 : 256;
	uint64_t *slots = calloc(capacity, sizeof *slots);

	if (!slots)
		return false;
	for (uint32_t i = 0; i < set->capacity; i++) {
		uint32_t at = (uint32_t)(set->slots[i] & (capacity - 1));
		if (!set->slots[i])
			continue;
		while (slots[at])
			at = (at + 1) & (capacity - 1);
		slots[at] = set->slots[i];
	}
	free(set->slots);
	set->slots = slots;
	set->capacity = capacity;
	return true;
}

static bool compare(struct ppm_guess *guess, struct ppm_slice value)
{
	struct ppm_guess_set *set = &guess->seen;
	uint64_t hash = ppm_hash_bytes(value.data, value.size);
	uint32_t at;

	if (!guess->unique || guess->compared >= PPM_GUESS_KEY_ROWS)
		return true;
	hash = hash ? hash : 1;
	if (set->count * 2 >= set->capacity && !set_grow(set))
		return false;
	for (at = (uint32_t)(hash & (set->capacity - 1)); set->slots[at]; at = (at + 1) & (set->capacity - 1))
		if (set->slots[at] == hash) {
			guess->unique = false;
			free(set->slots);
			*set = (struct ppm_guess_set){ NULL, 0, 0 };
			return true;
		}
	set->slots[at] = hash;
	set->count++;
	guess->compared++;
	return true;
}

// ---- one value ------------------------------------------------------------------------------------------------

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has_leading_zero(struct ppm_slice value)
{
	return value.size > 1 && value.data[0] == '0' && is_digit(value.data[1]);
}

// Whether the pattern says more than "a plain figure", and nothing that is no figure (`C-1042` is no amount of `C-`).
static bool is_written_figure(const struct ppm_number_pattern *pattern)
{
	bool plain = !pattern->prefix[0] && !pattern->suffix[0] && !pattern->thousands && pattern->decimal == '.' && !pattern->accounting;

	if (pattern->percent)
		return !strcmp(pattern->prefix, "") && (!strcmp(pattern->suffix, "%") || !strcmp(pattern->suffix, " %"));
	return !plain && ppm_is_currency(pattern->prefix) && ppm_is_currency(pattern->suffix);
}

// An amount has a currency, or brackets as bookkeepers write them, and no more decimals than money has.
static enum ppm_guess_type type_of(const struct ppm_guess_pattern *found)
{
	const struct ppm_number_pattern *pattern = &found->pattern;

	if (pattern->percent)
		return PPM_GUESS_PERCENT;
	return !found->too_fine && (pattern->prefix[0] || pattern->suffix[0] || pattern->accounting) ? PPM_GUESS_MONEY : PPM_GUESS_NUMBER;
}

static bool reads(const struct ppm_number_pattern *pattern, struct ppm_slice value, double *figure)
{
	return ppm_number_pattern_number(pattern, value, 0, figure) == PPM_NUMBER_FINE;
}

static void test_pattern(struct ppm_guess_pattern *found, struct ppm_slice value)
{
	double figure;
	int64_t amount;

	if (found->refuted || (ppm_number_pattern_read(&found->pattern, value, PPM_MONEY_PLACES, &amount) && amount <= PPM_MONEY_MAX && amount >= -PPM_MONEY_MAX))
		return;
	found->too_fine = true;
	found->refuted = !reads(&found->pattern, value, &figure);
}

// What the value's points and commas tell, if it is a figure at all.
static unsigned separators_of(struct ppm_slice value, char *open)
{
	size_t first = 0, end = value.size, last = 0, points = 0, commas = 0;
	bool others = false;

	while (first < end && !is_digit(value.data[first]))
		first++;
	while (end > first && !is_digit(value.data[end - 1]))
		end--;
	for (size_t i = first; i < end; i++) {
		char c = value.data[i];
		points += c == '.';
		commas += c == ',';
		last = c == '.' || c == ',' ? i : last;
		others = others || (!is_digit(c) && c != '.' && c != ',');
	}
	if (points + commas == 0)
		return 0;
	if (points + commas == 1 && !others && end - last == 4 && last - first <= 3 && value.data[first] != '0') {
		*open = value.data[last];
		return PPM_GUESS_OPEN;
	}
	// Several of one kind stand before thousands, the last of two kinds before decimals.
	bool before_decimals = points + commas == 1 || (points && commas);
	return (value.data[last] == '.') == before_decimals ? PPM_GUESS_DECIMAL_POINT : PPM_GUESS_DECIMAL_COMMA;
}

// The two readings of the first value that may have thousands or decimals.
static bool take_readings(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value, char open)
{
	char samples[2][PPM_READING_SIZE];

	if (guess->open || !ppm_number_pattern_readings(value, samples[0], samples[1]))
		return true;
	for (int i = 0; i < 2; i++) {
		struct ppm_guess_pattern *reading = &guess->readings[i];
		ppm_number_pattern_parse(ppm_slice_of(samples[i]), &reading->pattern);
		if (i == 0 && !is_written_figure(&reading->pattern))
			return true;
		reading->sample = ppm_arena_copy(arena, ppm_slice_of(samples[i]));
	}
	guess->open = open;
	return !arena->failed;
}

static int token_of(struct ppm_slice value)
{
	for (size_t i = 0; i < TOKEN_COUNT; i++)
		if (ppm_slice_is(value, tokens[i]))
			return (int)i;
	return -1;
}

static bool is_percent(struct ppm_slice value)
{
	double figure;

	return value.size > 1 && value.data[value.size - 1] == '%' && ppm_number_parse((struct ppm_slice){ value.data, value.size - 1 }, &figure) == PPM_NUMBER_FINE;
}

static bool look_for_pattern(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value, double *figure, bool *found)
{
	struct ppm_number_pattern pattern;
	char open;

	*found = guess->open && separators_of(value, &open) == PPM_GUESS_OPEN && reads(&guess->readings[1].pattern, value, figure);
	if (*found)
		return true;
	for (uint32_t i = 0; i < guess->pattern_count; i++)
		if (reads(&guess->patterns[i].pattern, value, figure)) {
			*found = true;
			return true;
		}
	memset(&pattern, 0, sizeof pattern);
	if (guess->pattern_count == PPM_GUESS_PATTERNS || value.size > 40 || !ppm_number_pattern_parse(value, &pattern) || !is_written_figure(&pattern) ||
		!reads(&pattern, value, figure))
		return true;
	if (!guess->patterns)
		guess->patterns = calloc(PPM_GUESS_PATTERNS, sizeof *guess->patterns);
	if (!guess->patterns)
		return false;
	guess->patterns[guess->pattern_count].pattern = pattern;
	guess->patterns[guess->pattern_count].sample = ppm_arena_copy(arena, value);
	guess->pattern_count++;
	*found = true;
	return !arena->failed;
}

bool ppm_guess_look(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value)
{
	double figure = 0;
	bool found = true, is_open;
	char open;

	if (!value.size) {
		guess->empty++;
		return true;
	}
	if (!compare(guess, value))
		return false;
	guess->values++;
	if (token_of(value) >= 0)
		return true;
	is_open = separators_of(value, &open) == PPM_GUESS_OPEN;
	if (is_open && !take_readings(guess, arena, value, open))
		return false;
	if (has_leading_zero(value) || ppm_number_parse(value, &figure) != PPM_NUMBER_FINE) {
		if (!look_for_pattern(guess, arena, value, &figure, &found))
			return false;
	} else if (memchr(value.data, '.', value.size)) {
		guess->whole = false;
	}
	if (!found || guess->sample_count == PPM_GUESS_SAMPLE)
		return true;
	if (!guess->sample)
		guess->sample = malloc(PPM_GUESS_SAMPLE * sizeof *guess->sample);
	if (!guess->sample)
		return false;
	if (is_open)
		guess->open_sample[guess->sample_count / 64] |= UINT64_C(1) << guess->sample_count % 64;
	guess->sample[guess->sample_count++] = figure;
	return true;
}

static void test_flag(struct ppm_guess *guess, struct ppm_slice value)
{
	static const char *const words[] = { "yes", "no", "true", "false" };

	if (value.size == 1 && (value.data[0] == '0' || value.data[0] == '1')) {
		*(value.data[0] == '0' ? &guess->seen_zero : &guess->seen_one) = true;
		return;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t at = 0;
		while (at < value.size && words[i][at] && (value.data[at] | 0x20) == words[i][at])
			at++;
		if (at == value.size && !words[i][at]) {
			guess->seen_word = true;
			return;
		}
	}
	guess->flag = false;
}

static bool remember_distinct(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value)
{
	if (guess->distinct_count > PPM_GUESS_DISTINCT)
		return true;
	for (uint32_t i = 0; i < guess->distinct_count; i++)
		if (ppm_slice_equal(guess->distinct[i], value))
			return true;
	if (guess->distinct_count == PPM_GUESS_DISTINCT || value.size > 60) {
		guess->distinct_count = PPM_GUESS_DISTINCT + 1;
		return true;
	}
	guess->distinct[guess->distinct_count++] = ppm_arena_copy(arena, value);
	return !arena->failed;
}

static void test_dates(struct ppm_guess *guess, struct ppm_slice value)
{
	for (uint32_t i = 0; i < DATE_COUNT && guess->dates; i++) {
		struct ppm_date_format format;
		int32_t date;
		if (!(guess->dates >> i & 1))
			continue;
		if (!ppm_date_format_parse(ppm_slice_of(date_formats[i].format), &format) || !ppm_date_parse(&format, value, &date))
			guess->dates &= ~(UINT32_C(1) << i);
	}
}

bool ppm_guess_test(struct ppm_guess *guess, struct ppm_arena *arena, struct ppm_slice value)
{
	enum ppm_number_problem problem;
	double figure = 0;
	char open;
	int token;

	if (!value.size) {
		guess->empty++;
		return true;
	}
	if (!compare(guess, value) || !remember_distinct(guess, arena, value))
		return false;
	token = token_of(value);
	if (token >= 0) {
		guess->tokens |= UINT32_C(1) << token;
		return true;
	}
	guess->values++;
	problem = ppm_number_parse(value, &figure);
	if (has_leading_zero(value))
		guess->leading_zero = true;
	if (problem != PPM_NUMBER_FINE) {
		guess->number = false;
		if (!guess->number_misses++)
			guess->first_miss = ppm_arena_copy(arena, (struct ppm_slice){ value.data, value.size < 40 ? value.size : 40 });
	} else if (memchr(value.data, '.', value.size)) {
		guess->whole = false;
	}
	guess->separators |= separators_of(value, &open);
	for (uint32_t i = 0; i < guess->pattern_count; i++)
		test_pattern(&guess->patterns[i], value);
	for (int i = 0; i < 2 && guess->open; i++)
		test_pattern(&guess->readings[i], value);
	if (guess->percent && !is_percent(value))
		guess->percent = false;
	if (guess->flag)
		test_flag(guess, value);
	if (guess->dates)
		test_dates(guess, value);
	return !arena->failed;
}

// ---- the verdict ----------------------------------------------------------------------------------------------

static bool date_verdict(const struct ppm_guess *guess, struct ppm_guess_verdict *verdict)
{
	const char *first[2] = { NULL, NULL };

	for (uint32_t i = 0; i < DATE_COUNT; i++)
		if (guess->dates >> i & 1) {
			const char **slot = &first[date_formats[i].order == 'M'];
			*slot = *slot ? *slot : date_formats[i].format;
		}
	if (!first[0] && !first[1])
		return false;
	verdict->ambiguous_date = first[0] && first[1];
	verdict->type = verdict->ambiguous_date ? PPM_GUESS_TEXT : PPM_GUESS_DATE;
	verdict->format = ppm_slice_of(first[0] ? first[0] : first[1]);
	if (verdict->ambiguous_date)
		verdict->other_format = ppm_slice_of(first[1]);
	else if (ppm_slice_is(verdict->format, date_formats[0].format))
		verdict->format = (struct ppm_slice){ NULL, 0 };
	return true;
}

static bool take_pattern(const struct ppm_guess_pattern *found, struct ppm_guess_verdict *verdict)
{
	if (found->refuted)
		return false;
	verdict->type = type_of(found);
	verdict->format = found->sample;
	return true;
}

// By thousands, what was taken for decimals is a thousand times as much.
static void take_thousands(struct ppm_guess *guess, struct ppm_guess_verdict *verdict)
{
	take_pattern(&guess->readings[0], verdict);
	for (uint32_t i = 0; i < guess->sample_count; i++)
		if (guess->open_sample[i / 64] >> i % 64 & 1)
			guess->sample[i] = round(guess->sample[i] * 1000);
}

static void figure_verdict(struct ppm_guess *guess, struct ppm_guess_verdict *verdict)
{
	const struct ppm_guess_pattern *readings = guess->readings;
	bool thousands = guess->open && !readings[0].refuted, decimals = guess->open && !readings[1].refuted;

	if (guess->number)
		verdict->type = PPM_GUESS_NUMBER;
	else if (guess->percent)
		verdict->type = PPM_GUESS_PERCENT;
	for (uint32_t i = 0; i < guess->pattern_count && verdict->type == PPM_GUESS_TEXT; i++)
		take_pattern(&guess->patterns[i], verdict);
	if (verdict->type == PPM_GUESS_TEXT && decimals)
		take_pattern(&readings[1], verdict);
	if (thousands && (verdict->type == PPM_GUESS_TEXT || (!decimals && guess->separators & PPM_GUESS_OPEN))) {
		take_thousands(guess, verdict);
		return;
	}
	if (verdict->type == PPM_GUESS_TEXT || guess->separators != PPM_GUESS_OPEN || (guess->open && !thousands))
		return;
	verdict->ambiguous_figure = true;
	if (guess->open) {
		bool plain = guess->number || guess->percent;
		verdict->fitting = type_of(&readings[0]);
		verdict->other_fitting = plain ? verdict->type : type_of(&readings[1]);
		verdict->format = readings[0].sample;
		verdict->other_format = plain ? (struct ppm_slice){ NULL, 0 } : readings[1].sample;
	} else {
		verdict->format = (struct ppm_slice){ NULL, 0 };
	}
	verdict->type = PPM_GUESS_TEXT;
}

struct ppm_guess_verdict ppm_guess_verdict(struct ppm_guess *guess)
{
	struct ppm_guess_verdict verdict = { .type = PPM_GUESS_TEXT, .optional = guess->empty > 0 };

	if (!guess->values)
		return verdict;
	if (guess->flag && (guess->seen_word || (guess->seen_zero && guess->seen_one)))
		verdict.type = PPM_GUESS_FLAG;
	else if (!date_verdict(guess, &verdict) && !guess->leading_zero)
		figure_verdict(guess, &verdict);
	if (verdict.type != PPM_GUESS_TEXT && guess->tokens)
		verdict.optional = true;
	return verdict;
}

void ppm_guess_settle(struct ppm_guess *guess, struct ppm_guess_verdict *verdict, unsigned separators)
{
	if (!verdict->ambiguous_figure || !guess->open)
		return;
	verdict->ambiguous_figure = false;
	verdict->settled = true;
	verdict->thousands = (guess->open == '.') == (separators == PPM_GUESS_DECIMAL_COMMA);
	verdict->optional = verdict->optional || guess->tokens;
	if (verdict->thousands) {
		take_thousands(guess, verdict);
		return;
	}
	verdict->type = verdict->other_fitting;
	verdict->format = verdict->other_format;
}

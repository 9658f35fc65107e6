// What a help says where the mistake has to be understood first: what was meant decides what is offered. Invariant: what a help offers compiles when it is typed
// as it stands there, and means what the user meant; where that cannot be known the help says how to choose, or there is none.

#include "lang/sema/sema.h"

#include "runtime/base/number.h"

#include <math.h>
#include <string.h>

#define SHOW(slice) (int)(slice).size, (slice).data
#define CODE(text) "\1" text "\2" // what is PPM in a help, for `said`

static const struct ppm_node *node_of(const struct ppm_sema *sema, ppm_node_id id)
{
	return &sema->plan->nodes[id];
}

// The text with backquotes around what is PPM in it, two where a name in it has backquotes of its own. Never NULL: what memory did not suffice for is not said.
static const char *said(struct ppm_sema *sema, struct ppm_slice text)
{
	struct ppm_buffer out;
	bool two = false;
	if (!text.data)
		return "";
	ppm_buffer_init(&out, sema->allocator);
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\1') {
			const char *end = memchr(text.data + i, '\2', text.size - i);
			two = end && memchr(text.data + i, '`', (size_t)(end - text.data) - i);
			ppm_buffer_append_text(&out, two ? "`` " : "`");
		} else if (text.data[i] == '\2') {
			ppm_buffer_append_text(&out, two ? " ``" : "`");
		} else {
			ppm_buffer_append_char(&out, text.data[i]);
		}
	}
	ppm_buffer_append_char(&out, 0);
	text = ppm_arena_take(sema->arena, &out);
	return text.data ? text.data : "";
}

static bool is_plain_number(struct ppm_type type)
{
	return type.base == PPM_BASE_NUMBER && !type.period;
}

// ---- names ------------------------------------------------------------------------------------------------------

struct ppm_slice ppm_sema_written_name(struct ppm_sema *sema, struct ppm_slice name)
{
	return ppm_word_is_plain_name(name) ? name : ppm_arena_format(sema->arena, "`%.*s`", SHOW(name));
}

void ppm_sema_did_you_mean(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_slice name)
{
	ppm_diag_help(sema->diagnostics, d, "%s", said(sema, ppm_arena_format(sema->arena, "did you mean " CODE("%.*s") "?", SHOW(ppm_sema_written_name(sema, name)))));
}

const char *ppm_sema_negative_advice(struct ppm_sema *sema, const struct ppm_rule *rule, double points)
{
	char digits[PPM_NUMBER_TEXT];
	return said(sema,
		ppm_arena_format(sema->arena, "%s: write " CODE("penalty %.*s %s when …"),
			rule->kind == PPM_RULE_REWARD ? "a rule that takes points away is a `penalty`" : "a `penalty` subtracts its points",
			SHOW(ppm_sema_written_name(sema, rule->name.text)), ppm_number_text(-points, digits)));
}

// ---- periods ----------------------------------------------------------------------------------------------------

const char *ppm_sema_period_advice(struct ppm_type x, struct ppm_type y)
{
	if (x.base != PPM_BASE_PERCENT && y.base != PPM_BASE_PERCENT)
		return "bring both to one period first, with `per_month(…)` or `per_year(…)`";
	if (!ppm_period_in_months((enum ppm_period)x.period) || !ppm_period_in_months((enum ppm_period)y.period))
		return "percents compound, and are brought from months to years and back only: give both one period where they are declared";
	if (x.base != y.base)
		return "bring the other one to the period of the percent, with `per_month(…)` or `per_year(…)`";
	return "bring the one per year to months with `compound_per_month(…)`, or with `retention_per_month(…)` where it is a share that is kept";
}

// ---- durations --------------------------------------------------------------------------------------------------

// What is between parentheses that enclose all of it.
static struct ppm_slice without_parentheses(struct ppm_slice text)
{
	while (text.size > 2 && text.data[0] == '(' && text.data[text.size - 1] == ')') {
		size_t depth = 0, at = 0;
		bool quoted = false;
		for (; at < text.size; at++) {
			quoted = quoted != (text.data[at] == '"');
			depth += !quoted && text.data[at] == '(';
			depth -= !quoted && text.data[at] == ')';
			if (!depth)
				break;
		}
		if (at + 1 != text.size)
			break;
		text = (struct ppm_slice){ text.data + 1, text.size - 2 };
	}
	return text;
}

static const char *unit_name(bool months, double figure)
{
	if (months)
		return fabs(figure) == 1 ? "month" : "months";
	return fabs(figure) == 1 ? "day" : "days";
}

// What a number is known to count: the unit that the function which gives it has in its name, or that of a duration whose figure it is.
static enum ppm_period counted_in(const struct ppm_sema *sema, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	if (node->op == PPM_NODE_FIGURE && node_of(sema, node->a)->type.base == PPM_BASE_DURATION)
		return node_of(sema, node->a)->type.months ? PPM_PERIOD_MONTH : PPM_PERIOD_DAY;
	if (node->op != PPM_NODE_CALL)
		return PPM_PERIOD_NONE;
	const char *name = sema->plan->calls[node->index].builtin->name;
	return strcmp(name, "days_between") == 0      ? PPM_PERIOD_DAY
		: strcmp(name, "months_between") == 0 ? PPM_PERIOD_MONTH
		: strcmp(name, "years_between") == 0  ? PPM_PERIOD_YEAR
						      : PPM_PERIOD_NONE;
}

// A number that meets a duration with its unit written out: `days_late > 30 days`.
static const char *number_beside_literal(struct ppm_sema *sema, const struct ppm_expression *number, ppm_node_id number_node, const struct ppm_expression *literal, double length)
{
	enum ppm_period unit = counted_in(sema, number_node), written = literal->period;
	struct ppm_slice text = ppm_sema_text_of(sema, number->span);
	double figure = length / ppm_period_length(unit == PPM_PERIOD_NONE ? written : unit);
	if (unit == PPM_PERIOD_NONE)
		return said(sema,
			ppm_arena_format(
				sema->arena, CODE("%.*s") " is a number without a unit: if it counts %ss, write " CODE("%.15g"), SHOW(text), ppm_period_name(written), figure));
	if (ppm_period_in_months(unit) != ppm_period_in_months(written))
		return said(sema,
			ppm_arena_format(sema->arena, CODE("%.*s") " is a number of %ss, and months have no fixed number of days: write a number of %ss", SHOW(text),
				ppm_period_name(unit), ppm_period_name(unit)));
	if (figure != rint(figure))
		return said(sema,
			ppm_arena_format(
				sema->arena, CODE("%.*s") " is a number of whole years: take that of months, `months_between(…)`, and write " CODE("%.15g"), SHOW(text), length));
	return said(sema, ppm_arena_format(sema->arena, CODE("%.*s") " is a number of %ss: write " CODE("%.15g"), SHOW(text), ppm_period_name(unit), figure));
}

const char *ppm_sema_duration_advice(struct ppm_sema *sema, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b)
{
	bool first = node_of(sema, a)->type.base == PPM_BASE_DURATION;
	const struct ppm_expression *duration = first ? left : right, *other = first ? right : left;
	ppm_node_id duration_id = first ? a : b, other_id = first ? b : a;
	const struct ppm_node *span_of_time = node_of(sema, duration_id), *met = node_of(sema, other_id);
	bool months = span_of_time->type.months;
	struct ppm_slice text = without_parentheses(ppm_sema_text_of(sema, duration->span));
	double figure;
	if (met->type.base == PPM_BASE_DATE)
		return said(sema,
			ppm_arena_format(sema->arena, "a date is a day, not a span of time: the days that have passed since then are " CODE("as_of - %.*s"),
				SHOW(without_parentheses(ppm_sema_text_of(sema, other->span)))));
	if (!is_plain_number(met->type))
		return "only a duration goes with a duration";
	if (span_of_time->op == PPM_NODE_DIVIDE && is_plain_number(node_of(sema, span_of_time->b)->type)) {
		struct ppm_slice divided = without_parentheses(ppm_sema_text_of(sema, node_of(sema, span_of_time->a)->span));
		bool constant = ppm_plan_constant_number(sema->plan, span_of_time->b, &figure);
		if (constant && figure == rint(figure) && fabs(figure) < 1e9)
			return said(sema,
				ppm_arena_format(sema->arena, "a duration divided by a number is a duration; divided by a duration it is a number: write " CODE("/ %.15g %s"),
					figure, unit_name(months, figure)));
		return said(sema,
			ppm_arena_format(sema->arena, "a duration divided by a number is a duration: divide its number of %s instead, " CODE("number(%.*s) / …"),
				months ? "months" : "days", SHOW(divided)));
	}
	if (met->bare && ppm_plan_constant_number(sema->plan, other_id, &figure)) {
		if (figure == rint(figure))
			return said(sema, ppm_arena_format(sema->arena, "write the duration with its unit: " CODE("%.15g %s"), figure, unit_name(months, figure)));
		return said(sema, ppm_arena_format(sema->arena, "a duration is of whole %s: take their number, " CODE("number(%.*s)"), months ? "months" : "days", SHOW(text)));
	}
	if (duration->kind == PPM_EXPRESSION_DURATION)
		return number_beside_literal(sema, other, other_id, duration, span_of_time->value.whole);
	return said(sema, ppm_arena_format(sema->arena, "the number of its %s is " CODE("number(%.*s)"), months ? "months" : "days", SHOW(text)));
}

const char *ppm_sema_move_advice(struct ppm_sema *sema, const struct ppm_expression *by, ppm_node_id id)
{
	const struct ppm_node *node = node_of(sema, id);
	struct ppm_slice text = ppm_sema_text_of(sema, by->span);
	double figure;
	bool constant = ppm_plan_constant_number(sema->plan, id, &figure);
	if (!is_plain_number(node->type) || (constant && figure != rint(figure)))
		return "move a date by a duration, such as `30 days` or `3 months`";
	if (node->bare && constant)
		return said(
			sema, ppm_arena_format(sema->arena, "move a date by a duration: write " CODE("%.15g %s") ", or so many months or years", figure, unit_name(false, figure)));
	return said(sema, ppm_arena_format(sema->arena, "move a date by a duration: if " CODE("%.*s") " counts days, write " CODE("%.*s * 1 day"), SHOW(text), SHOW(text)));
}

// ---- flags, texts and what is missing -----------------------------------------------------------------------------

// As an operand stands beside an operator.
static struct ppm_slice operand(struct ppm_sema *sema, const struct ppm_expression *e)
{
	struct ppm_slice text = ppm_sema_text_of(sema, e->span);
	bool alone = e->kind <= PPM_EXPRESSION_MISSING || e->kind == PPM_EXPRESSION_PATH || e->kind == PPM_EXPRESSION_CALL || e->parenthesised;
	return alone ? text : ppm_arena_format(sema->arena, "(%.*s)", SHOW(text));
}

static const char no_flag[] = "only a flag is `yes` or `no`: compare with a value of the same type, or declare the column as a `flag`";

// A text that stands for yes (1), for no (0), or for neither (-1).
static int truth_of(struct ppm_slice word)
{
	enum ppm_foreign_value value = ppm_foreign_value(word);
	if (value == PPM_FOREIGN_YES || value == PPM_FOREIGN_NO)
		return value == PPM_FOREIGN_YES;
	static const char *const yes[] = { "yes", "Yes", "YES", "y", "Y", "t", "T" }, *const no[] = { "no", "No", "NO", "n", "N", "f", "F" };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		if (ppm_slice_is(word, yes[i]))
			return 1;
		if (ppm_slice_is(word, no[i]))
			return 0;
	}
	return -1;
}

const char *ppm_sema_flag_advice(
	struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *left, const struct ppm_expression *right, ppm_node_id a, ppm_node_id b)
{
	bool first = node_of(sema, a)->type.base == PPM_BASE_FLAG;
	const struct ppm_expression *flag = first ? left : right;
	const struct ppm_node *other = node_of(sema, first ? b : a);
	struct ppm_slice text = operand(sema, flag);
	int truth = -1;
	double figure;
	if (flag->kind == PPM_EXPRESSION_FLAG)
		return other->type.base == PPM_BASE_TEXT ? said(sema, ppm_arena_format(sema->arena, "a text stands in quotation marks: " CODE("\"%.*s\""), SHOW(text))) : no_flag;
	if (other->type.base == PPM_BASE_TEXT && other->op == PPM_NODE_CONSTANT)
		truth = truth_of(sema->plan->texts[other->value.text]);
	else if (ppm_plan_constant_number(sema->plan, first ? b : a, &figure) && (figure == 0 || figure == 1))
		truth = figure == 1;
	if (truth >= 0 && (relation == PPM_RELATION_EQUAL || relation == PPM_RELATION_NOT_EQUAL))
		return said(sema,
			ppm_arena_format(sema->arena, "a flag stands alone: write " CODE("%s%.*s"), (truth == 1) == (relation == PPM_RELATION_EQUAL) ? "" : "not ", SHOW(text)));
	return said(sema, ppm_arena_format(sema->arena, "a flag stands alone: write " CODE("%.*s") " or " CODE("not %.*s"), SHOW(text), SHOW(text)));
}

// The newest message, if it is that nothing has the name that stands there.
static struct ppm_diagnostic *report_of(const struct ppm_sema *sema, const struct ppm_expression *unknown)
{
	struct ppm_diagnostic *d = sema->diagnostics->first;
	if (!ppm_suggests(sema->diagnostics) || unknown->kind != PPM_EXPRESSION_PATH || unknown->path->next || !d)
		return NULL;
	return d->code == PPM_DIAG_NAME_UNKNOWN && d->span.begin == unknown->span.begin && d->span.end == unknown->span.end ? d : NULL;
}

// `perhaps`: another help stands as well.
static void advise_text(struct ppm_sema *sema, const struct ppm_expression *unknown, bool perhaps)
{
	struct ppm_diagnostic *d = report_of(sema, unknown);
	struct ppm_slice name = d ? unknown->path->name.text : PPM_SLICE(""), before = PPM_SLICE("");
	if (!d || memchr(name.data, '"', name.size) || memchr(name.data, '\\', name.size))
		return;
	bool name_near = d->help.size > 8 && memcmp(d->help.data, "did you ", 8) == 0;
	if (name_near || perhaps)
		before = d->help;
	ppm_diag_help(sema->diagnostics, d, "%s",
		said(sema,
			ppm_arena_format(sema->arena, "%.*s%s text stands in quotation marks: " CODE("\"%.*s\""), SHOW(before),
				!before.size        ? "a"
					: name_near ? " A"
						    : "; a",
				SHOW(name))));
}

void ppm_sema_advise_text(struct ppm_sema *sema, const struct ppm_expression *unknown)
{
	advise_text(sema, unknown, false);
}

void ppm_sema_advise_compared(struct ppm_sema *sema, enum ppm_relation relation, const struct ppm_expression *known, ppm_node_id id, const struct ppm_expression *unknown)
{
	struct ppm_diagnostic *d = report_of(sema, unknown);
	if (!d || !known || id == PPM_NODE_POISON)
		return;
	struct ppm_slice name = unknown->path->name.text, text = operand(sema, known);
	const struct ppm_node *node = node_of(sema, id);
	enum ppm_foreign_value value = ppm_foreign_value(name);
	bool equal = relation == PPM_RELATION_EQUAL, asks = equal || relation == PPM_RELATION_NOT_EQUAL, truth = value == PPM_FOREIGN_YES || value == PPM_FOREIGN_NO;
	bool guessed = node->op == PPM_NODE_COLUMN && sema->plan->columns[node->index].kind == PPM_PLAN_FIELD && !sema->plan->columns[node->index].declared; // its type
	if (value == PPM_FOREIGN_MISSING && asks)
		ppm_diag_help(sema->diagnostics, d, "%s", said(sema, ppm_arena_format(sema->arena, "write " CODE("%.*s is %smissing"), SHOW(text), equal ? "" : "not ")));
	else if (asks && (node->type.base == PPM_BASE_FLAG ? truth_of(name) >= 0 : guessed && truth))
		ppm_diag_help(sema->diagnostics, d, "%s",
			said(sema, ppm_arena_format(sema->arena, "a flag stands alone: write " CODE("%s%.*s"), (truth_of(name) == 1) == equal ? "" : "not ", SHOW(text))));
	else if ((node->type.base == PPM_BASE_TEXT || (guessed && asks)) && value != PPM_FOREIGN_MISSING && value != PPM_FOREIGN_TODAY)
		advise_text(sema, unknown, node->type.base != PPM_BASE_TEXT);
	else if (truth)
		ppm_diag_help(sema->diagnostics, d, "%s", no_flag);
}

bool ppm_sema_foreign_value_advice(struct ppm_sema *sema, struct ppm_diagnostic *d, struct ppm_slice name)
{
	static const char *const helps[] = { NULL, "a flag is `yes` or `no`: write `yes`", "a flag is `yes` or `no`: write `no`",
		"what is not there is asked for by `… is missing`, and replaced by `… default …`", "the day of the run is `as_of`" };
	enum ppm_foreign_value value = ppm_foreign_value(name);
	const char *help = value == PPM_FOREIGN_MISSING && sema->testing ? "a value that is not there is `missing`: give `missing`, or expect `… is missing`" : helps[value];
	if (help)
		ppm_diag_help(sema->diagnostics, d, "%s", help);
	return help;
}

// ---- functions of other languages -----------------------------------------------------------------------------------

// $1 is the first argument, @1 the same as an operand, $* all of them between commas. A form is for calls with so many arguments (0: any number); the first that fits is shown.
static const struct {
	const char *words; // between blanks, in small letters
	size_t count;
	const char *form;
} foreign_functions[] = {
	{ " if iif ", 3, "write `(if $1 then $2 else $3)`" },
	{ " if iif ", 0, "write `(if … then … else …)`" },
	{ " ifs switch choose decode ", 0, "write `case { when … : …  otherwise : … }`" },
	{ " today now getdate sysdate current_date current_timestamp ", 0, "the day of the run is `as_of`" },
	{ " isnull isblank isna isempty isnan is_null is_missing is_blank is_na is_empty ismissing ", 1, "write `@1 is missing`" },
	{ " notnull isnotnull is_not_null is_present ispresent ", 1, "write `@1 is not missing`" },
	{ " isnull coalesce ifnull nvl ifna iferror zn default ", 2, "write `(@1 default @2)`" },
	{ " coalesce ifnull nvl ifna iferror zn default ", 3, "write `(@1 default @2 default @3)`" },
	{ " coalesce ifnull nvl ifna iferror zn default ", 0, "write `(… default …)`" },
	{ " left ", 2, "a text is not cut up: ask what it begins with, `@1 starts with \"…\"`" },
	{ " right ", 2, "a text is not cut up: ask what it ends with, `@1 ends with \"…\"`" },
	{ " mid substr substring ", 3, "a text is not cut up: ask for what is in it, `@1 contains \"…\"`, or by a pattern, `@1 matches \"^.{2}…\"`" },
	{ " startswith starts_with beginswith begins_with ", 2, "write `(@1 starts with @2)`" },
	{ " endswith ends_with ", 2, "write `(@1 ends with @2)`" },
	{ " includes str_contains ", 2, "write `(@1 contains @2)`" },
	{ " find search ", 2, "write `(@2 contains @1)`" },
	{ " instr charindex strpos position ", 0, "write `(… contains …)`" },
	{ " regexmatch regexp_like regexp_matches regexp_contains ", 2, "write `(@1 matches @2)`" },
	{ " like ilike ", 0, "texts are asked by `… starts with …`, `… ends with …`, `… contains …` and `… matches …`" },
	{ " concat concatenate textjoin ", 0, "texts are put together in a `because` or `action`: \"… {value} …\"" },
	{ " len strlen char_length ", 1, "write `length($1)`" },
	{ " lowercase lcase tolower to_lower ", 1, "write `lower($1)`" },
	{ " uppercase ucase toupper to_upper ", 1, "write `upper($1)`" },
	{ " datediff datedif date_diff ", 0, "write `days_between(from, to)`, `months_between(from, to)` or `years_between(from, to)`" },
	{ " dateadd date_add adddate edate ", 0, "a date is moved by a duration: `… + 30 days`, `… - 3 months`" },
	{ " eomonth last_day ", 1, "write `month_end($1)`" },
	{ " age ", 1, "write `years_between($1, as_of)`" },
	{ " days ", 2, "write `days_between($2, $1)`" },
	{ " weeks_between ", 2, "write `(days_between($1, $2) / 7)`" },
	{ " not ", 1, "write `not @1`" },
	{ " and ", 2, "write `(@1 and @2)`" },
	{ " or ", 2, "write `(@1 or @2)`" },
	{ " and ", 3, "write `(@1 and @2 and @3)`" },
	{ " or ", 3, "write `(@1 or @2 or @3)`" },
	{ " and ", 0, "write `(… and …)`" },
	{ " or ", 0, "write `(… or …)`" },
	{ " greatest ", 0, "write `max($*)`" },
	{ " least ", 0, "write `min($*)`" },
	{ " int ", 1, "write `floor($1)`" },
	{ " trunc truncate fix ", 1, "write `(sign($1) * floor(abs($1)))`" },
	{ " ceiling ", 1, "write `ceil($1)`" },
	{ " roundup rounddown trunc ceiling ", 0, "write `ceil(…)` or `floor(…)`" },
	{ " pow ", 2, "write `power($1, $2)`" },
	{ " log ", 1, "write `ln($1)` or `log10($1)`" },
	{ " clamp ", 3, "write `min(max($1, $2), $3)`" },
	{ " vlookup xlookup hlookup ", 0, "a table of values is a `lookup`, called by its name; rows of another file are a `dataset`" },
	{ " sumif sumifs ", 0, "write `sum(… over DATASET where …)`" },
	{ " countif countifs ", 0, "write `count(DATASET where …)`" },
	{ " averageif averageifs ", 0, "write `avg(… over DATASET where …)`" },
	{ " stdev std stddev_samp ", 0, "write `stddev(… over DATASET)`" },
	{ " value to_number tonumber cast convert to_date datevalue ", 0, "a column has its type in the dataset: `NAME number`, or `NAME date format \"DD/MM/YYYY\"`" },
};

static bool lists(const char *words, struct ppm_slice name)
{
	char wanted[32] = " ";
	if (name.size > sizeof wanted - 3)
		return false;
	for (size_t i = 0; i < name.size; i++)
		wanted[i + 1] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] + ('a' - 'A') : name.data[i]);
	memcpy(wanted + name.size + 1, " ", 2);
	return strstr(words, wanted);
}

static bool binds_loosely(const struct ppm_expression *e)
{
	return !e->parenthesised && (e->kind == PPM_EXPRESSION_AND || e->kind == PPM_EXPRESSION_OR || e->kind == PPM_EXPRESSION_IF);
}

bool ppm_sema_foreign_call_advice(struct ppm_sema *sema, struct ppm_diagnostic *d, const struct ppm_expression *call)
{
	const struct ppm_expression *arguments[PPM_SEMA_ARGUMENTS];
	size_t count = 0, row = 0, rows = sizeof foreign_functions / sizeof *foreign_functions;
	struct ppm_slice name = call->path->name.text;
	if (!ppm_suggests(sema->diagnostics))
		return false;
	for (const struct ppm_argument *a = call->arguments; a && count < PPM_SEMA_ARGUMENTS; a = a->next)
		if (a->expression)
			arguments[count++] = a->expression;
	while (row < rows && !(lists(foreign_functions[row].words, name) && (foreign_functions[row].count == 0 || foreign_functions[row].count == count)))
		row++;
	if (row == rows)
		return false;
	bool logic = lists(" and or ", name), code = false;
	struct ppm_buffer out;
	ppm_buffer_init(&out, sema->allocator);
	for (const char *p = foreign_functions[row].form; *p; p++) {
		if (*p == '`')
			code = !code;
		if (*p != '$' && *p != '@') {
			ppm_buffer_append_char(&out, *p != '`' ? *p : code ? '\1' : '\2');
			continue;
		}
		bool all = p[1] == '*';
		size_t first = all ? 0 : (size_t)(p[1] - '1'), end = all ? count : first + 1;
		for (size_t i = first; i < end; i++) {
			bool plain = *p == '$' || (logic && !binds_loosely(arguments[i]));
			struct ppm_slice text = plain ? ppm_sema_text_of(sema, arguments[i]->span) : operand(sema, arguments[i]);
			ppm_buffer_format(&out, "%s%.*s", i > first ? ", " : "", SHOW(text));
		}
		p++;
	}
	ppm_diag_help(sema->diagnostics, d, "%s", said(sema, ppm_arena_take(sema->arena, &out)));
	return true;
}

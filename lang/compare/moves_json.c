// Whom a change moves, as members of a JSON object. Counts and amounts are exact; what is missing is null.
#include "lang/compare/moves_report.h"
#include "runtime/base/number.h"
#include "runtime/sink/sink_internal.h"

#define SCORE_EXTRA 2 // places of a quarter of a unit

struct json {
	const struct ppm_moves_report *report;
	const struct ppm_moves *moves;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool first; // of the object or list that is open
};

static void comma(struct json *j)
{
	if (!j->first)
		ppm_buffer_append_text(j->out, ", ");
	j->first = false;
}

static void key(struct json *j, const char *name)
{
	comma(j);
	ppm_buffer_format(j->out, "\"%s\": ", name);
}

// A member of the whole, on a line of its own.
static void member(struct json *j, const char *name)
{
	ppm_buffer_format(j->out, ",\n  \"%s\": ", name);
}

static void text(struct json *j, struct ppm_slice value)
{
	ppm_json_append_string(j->out, value);
}

static void string(struct json *j, const char *name, struct ppm_slice value)
{
	key(j, name);
	text(j, value);
}

// Empty is null.
static void string_or_null(struct json *j, const char *name, struct ppm_slice value)
{
	key(j, name);
	if (value.size)
		text(j, value);
	else
		ppm_buffer_append_text(j->out, "null");
}

static void count(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	ppm_buffer_format(j->out, "%llu", (unsigned long long)value);
}

// Without zeros at its end.
static void decimal(struct json *j, const char *name, ppm_int128 value, int places)
{
	char digits[64];
	while (places && value % 10 == 0) {
		value /= 10;
		places--;
	}
	key(j, name);
	ppm_buffer_append(j->out, digits, ppm_decimal_write(value, places, places, digits));
}

static void null(struct json *j, const char *name)
{
	key(j, name);
	ppm_buffer_append_text(j->out, "null");
}

static void value_of(struct json *j, const char *name, ppm_int128 value)
{
	if (j->moves->has_value)
		decimal(j, name, value, PPM_EXACT_PLACES);
}

static void open(struct json *j, char bracket)
{
	ppm_buffer_append_char(j->out, bracket);
	j->first = true;
}

static void close(struct json *j, char bracket)
{
	ppm_buffer_append_char(j->out, bracket);
	j->first = false;
}

static void item(struct json *j)
{
	ppm_buffer_append_text(j->out, j->first ? "\n    " : ",\n    ");
	open(j, '{');
}

// ---- the whole ----------------------------------------------------------------------------------------------------------

static void customers(struct json *j)
{
	const struct ppm_moves *m = j->moves;
	member(j, "customers");
	open(j, '{');
	string(j, "data", j->report->data);
	count(j, "compared", m->compared);
	count(j, "only_old", m->only[PPM_BEFORE]);
	count(j, "only_new", m->only[PPM_AFTER]);
	count(j, "moved", m->moved.count);
	count(j, "up", m->up.count);
	count(j, "down", m->down.count);
	count(j, "unchanged", m->compared - m->moved.count);
	count(j, "rescored", m->rescored);
	close(j, '}');
}

static void value(struct json *j)
{
	const struct ppm_moves *m = j->moves;
	member(j, "value");
	if (!m->has_value) {
		ppm_buffer_append_text(j->out, "null");
		return;
	}
	open(j, '{');
	string(j, "name", j->report->value_name);
	string(j, "by", m->value_is_older ? PPM_SLICE("old") : PPM_SLICE("new"));
	for (int s = 0; s < PPM_SIDES; s++)
		if (m->options.has_value[s])
			decimal(j, s == PPM_BEFORE ? "before" : "after", m->sides[s].value, PPM_EXACT_PLACES);
		else
			null(j, s == PPM_BEFORE ? "before" : "after");
	value_of(j, "moved", m->moved.value);
	value_of(j, "up", m->up.value);
	value_of(j, "down", m->down.value);
	value_of(j, "net", m->up.value - m->down.value);
	close(j, '}');
}

// Pairs of names that somebody is in; also those who stay.
static void cells(struct json *j, const char *name, const struct ppm_slice *names, uint32_t size, const struct ppm_moves_tally *tallies)
{
	key(j, name);
	open(j, '[');
	for (uint32_t i = 0; i < size * size; i++) {
		if (!tallies[i].count)
			continue;
		item(j);
		string_or_null(j, "from", names[i / size]);
		string_or_null(j, "to", names[i % size]);
		count(j, "customers", tallies[i].count);
		value_of(j, "value", tallies[i].value);
		close(j, '}');
	}
	close(j, ']');
}

static void tiers(struct json *j)
{
	const struct ppm_moves *m = j->moves;
	if (!m->has_tiers)
		return;
	member(j, "tiers");
	open(j, '[');
	for (uint32_t i = 0; i < m->tier_count; i++)
		if (m->tiers[i].size) {
			comma(j);
			text(j, m->tiers[i]);
		}
	close(j, ']');
	ppm_buffer_append_text(j->out, ",\n  ");
	j->first = true;
	cells(j, "migration", m->tiers, m->tier_count, m->cells);
}

static void scores(struct json *j)
{
	static const char *const names[] = { "lower_quartile", "median", "upper_quartile" };
	const struct ppm_moves *m = j->moves;
	if (!m->has_score[PPM_BEFORE] && !m->has_score[PPM_AFTER])
		return;
	member(j, "scores");
	open(j, '{');
	for (int s = 0; s < PPM_SIDES; s++) {
		const struct ppm_moves_side *side = &m->sides[s];
		key(j, s == PPM_BEFORE ? "before" : "after");
		open(j, '{');
		count(j, "scored", side->scored);
		count(j, "missing", side->missing);
		if (side->scored)
			decimal(j, "mean", ppm_round_divide_128(side->sum * ppm_power_of_ten[PPM_EXACT_PLACES - m->places], (ppm_int128)side->scored), PPM_EXACT_PLACES);
		else
			null(j, "mean");
		for (int k = 0; k < 3; k++)
			if (side->scored)
				decimal(j, names[k], (ppm_int128)side->quartiles[k] * 25, m->places + SCORE_EXTRA);
			else
				null(j, names[k]);
		key(j, "bins");
		open(j, '[');
		for (int i = 0; i < PPM_MOVES_BINS; i++) {
			comma(j);
			ppm_buffer_format(j->out, "%llu", (unsigned long long)side->bins[i]);
		}
		close(j, ']');
		key(j, "agreement");
		char digits[400];
		if (side->has_agreement)
			ppm_buffer_append(j->out, digits, ppm_number_write(side->agreement, digits));
		else
			ppm_buffer_append_text(j->out, "null");
		close(j, '}');
	}
	close(j, '}');
}

static void who(struct json *j, struct ppm_slice name, uint64_t line)
{
	string_or_null(j, "key", name);
	if (line)
		count(j, "line", line);
	else
		null(j, "line");
}

static void barred(struct json *j, const char *name, const struct ppm_barred *list, int side)
{
	member(j, name);
	open(j, '{');
	count(j, "count", list->count);
	key(j, "customers");
	open(j, '[');
	for (uint32_t i = 0; i < list->kept; i++) {
		item(j);
		who(j, list->items[i].key, list->items[i].line);
		string(j, "by", j->moves->options.plans[side]->disqualifiers[list->items[i].disqualifier].name);
		close(j, '}');
	}
	close(j, ']');
	close(j, '}');
}

static void segments(struct json *j)
{
	const struct ppm_moves *m = j->moves;
	member(j, "segments");
	open(j, '[');
	for (uint32_t i = 0; i < m->segment_count; i++) {
		item(j);
		string(j, "name", m->segments[i].name);
		count(j, "moved", m->segments[i].changed);
		cells(j, "migration", m->segments[i].arms, m->segments[i].arm_count, m->segments[i].cells);
		close(j, '}');
	}
	close(j, ']');
}

static void rules(struct json *j)
{
	const struct ppm_moves *m = j->moves;
	member(j, "rules");
	open(j, '[');
	for (uint32_t i = 0; i < m->rule_count; i++) {
		const struct ppm_moves_rule *rule = &m->rules[i];
		int side = rule->index[PPM_AFTER] != PPM_NO_RULE ? PPM_AFTER : PPM_BEFORE;
		struct ppm_slice cause = ppm_change_cause(j->arena, j->report->changes, side, rule->index[side]);
		if (!cause.size && !rule->starts && !rule->stops && !rule->moved.count)
			continue;
		item(j);
		string(j, "name", rule->name);
		for (int s = 0; s < PPM_SIDES; s++)
			if (rule->index[s] == PPM_NO_RULE || m->options.plans[side]->rules[rule->index[side]]->members)
				null(j, s == PPM_BEFORE ? "fired" : "fires");
			else
				count(j, s == PPM_BEFORE ? "fired" : "fires", rule->fires[s]);
		count(j, "starts", rule->starts);
		count(j, "stops", rule->stops);
		count(j, "moved", rule->moved.count);
		count(j, "up", rule->up);
		count(j, "down", rule->down);
		value_of(j, "value", rule->moved.value);
		string_or_null(j, "cause", cause);
		close(j, '}');
	}
	close(j, ']');
}

static void score(struct json *j, const char *name, const struct ppm_moved_customer *c, int side)
{
	if (c->has_score[side])
		decimal(j, name, c->score[side], j->moves->places);
	else
		null(j, name);
}

static void customer(struct json *j, const struct ppm_moved_customer *c, const struct ppm_moves_customer *seen)
{
	const struct ppm_moves *m = j->moves;
	item(j);
	who(j, ppm_buffer_slice(&c->key), c->line);
	score(j, "score_before", c, PPM_BEFORE);
	score(j, "score_after", c, PPM_AFTER);
	if (c->has_score[PPM_BEFORE] && c->has_score[PPM_AFTER])
		decimal(j, "change", c->score[PPM_AFTER] - c->score[PPM_BEFORE], m->places);
	else
		null(j, "change");
	if (m->has_tiers) {
		string_or_null(j, "tier_before", m->tiers[c->tier[PPM_BEFORE]]);
		string_or_null(j, "tier_after", m->tiers[c->tier[PPM_AFTER]]);
		if (c->tier[PPM_BEFORE] != c->tier[PPM_AFTER])
			string_or_null(
				j, "tier_cause", ppm_change_tier_cause(j->arena, j->report->changes, m->tiers[c->tier[PPM_BEFORE]], m->tiers[c->tier[PPM_AFTER]], seen->rows));
	}
	if (m->has_value) {
		for (int s = 0; s < PPM_SIDES; s++)
			if (seen->has_value[s])
				decimal(j, s == PPM_BEFORE ? "value_before" : "value_after", seen->value[s], PPM_EXACT_PLACES);
			else
				null(j, s == PPM_BEFORE ? "value_before" : "value_after");
	}
	key(j, "why");
	open(j, '[');
	for (uint32_t i = 0; i < seen->why.count; i++) {
		const struct ppm_attribution_line *line = &seen->why.lines[i];
		ppm_buffer_append_text(j->out, j->first ? "\n      " : ",\n      ");
		open(j, '{');
		string(j, "name", line->name);
		decimal(j, "change", line->change, seen->why.places);
		if (line->rule[PPM_BEFORE] != PPM_NO_RULE)
			string(j, "outcome_before", ppm_slice_of(ppm_outcome_word(line->outcome[PPM_BEFORE])));
		if (line->rule[PPM_AFTER] != PPM_NO_RULE)
			string(j, "outcome_after", ppm_slice_of(ppm_outcome_word(line->outcome[PPM_AFTER])));
		string_or_null(j, "words", line->words);
		string_or_null(j, "reads", line->reads);
		string_or_null(j, "cause", line->cause);
		close(j, '}');
	}
	close(j, ']');
	close(j, '}');
}

static void conditions(struct json *j)
{
	member(j, "conditions");
	open(j, '[');
	for (uint32_t i = 0; i < j->report->condition_count; i++) {
		const struct ppm_moves_condition *c = &j->report->conditions[i];
		uint32_t figures[PPM_CONDITION_FIGURES], named = ppm_condition_figures(&c->condition, figures, PPM_CONDITION_FIGURES);
		item(j);
		string(j, "condition", c->condition.text);
		key(j, "holds");
		ppm_buffer_append_text(j->out, c->holds ? "true" : "false");
		key(j, "figures");
		open(j, '{');
		for (uint32_t k = 0; k < named; k++) {
			ppm_int128 figure, whole;
			if (ppm_figure_value(j->moves, figures[k], &figure, &whole))
				decimal(j, ppm_figure_at(figures[k])->name, figure, PPM_EXACT_PLACES);
		}
		close(j, '}');
		close(j, '}');
	}
	close(j, ']');
}

void ppm_moves_json(const struct ppm_moves_report *report, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct json j = { report, report->moves, arena, out, true };

	customers(&j);
	value(&j);
	tiers(&j);
	scores(&j);
	barred(&j, "disqualified", &j.moves->barred, PPM_AFTER);
	barred(&j, "lifted", &j.moves->lifted, PPM_BEFORE);
	segments(&j);
	rules(&j);
	for (enum ppm_top top = PPM_TOP_MOVES; top < PPM_TOPS; top++) {
		member(&j, top == PPM_TOP_MOVES ? "moves" : "changes_of_score");
		open(&j, '[');
		for (uint32_t i = 0; i < j.moves->tops[top].count; i++)
			customer(&j, &j.moves->tops[top].items[i], &report->customers[top][i]);
		close(&j, ']');
	}
	conditions(&j);
	out->failed = out->failed || arena->failed;
}

// An explanation as JSON: figures are numbers, what is missing is null, and every rule has its place in the model.

#include "lang/explain/explain.h"

#include "runtime/base/date.h"
#include "runtime/base/number.h"
#include "runtime/sink/sink_internal.h"

struct json {
	const struct ppm_explained_row *row;
	struct ppm_arena *arena;
	struct ppm_buffer *out;
	bool first; // of the object or list that is open
};

static void key(struct json *j, const char *name)
{
	if (!j->first)
		ppm_buffer_append_text(j->out, ", ");
	j->first = false;
	ppm_buffer_format(j->out, "\"%s\": ", name);
}

static void string(struct json *j, const char *name, struct ppm_slice text)
{
	key(j, name);
	ppm_json_append_string(j->out, text);
}

static void value_of(struct json *j, uint32_t result)
{
	struct ppm_slice text = result == PPM_NO_ID ? PPM_SLICE("null") : j->row->cells[result].json;
	ppm_buffer_append(j->out, text.data, text.size);
}

// Only what the model has.
static void cell(struct json *j, const char *name, uint32_t result)
{
	if (result == PPM_NO_ID)
		return;
	key(j, name);
	value_of(j, result);
}

static void open(struct json *j, const char *name, char bracket)
{
	key(j, name);
	ppm_buffer_append_char(j->out, bracket);
	j->first = true;
}

static void item(struct json *j)
{
	ppm_buffer_append_text(j->out, j->first ? "\n    {" : ",\n    {");
	j->first = true;
}

static void close(struct json *j, char bracket)
{
	ppm_buffer_append_char(j->out, bracket);
	j->first = false;
}

static void place(struct json *j, struct ppm_span span)
{
	struct ppm_slice file;
	uint32_t line = ppm_explain_place(j->row, span, &file);
	if (!line)
		return;
	string(j, "file", file);
	key(j, "line");
	ppm_buffer_format(j->out, "%u", line);
}

// A member called what the model calls it.
static void named(struct json *j, struct ppm_slice name, uint32_t result)
{
	if (!j->first)
		ppm_buffer_append_text(j->out, ", ");
	j->first = false;
	ppm_json_append_string(j->out, name);
	ppm_buffer_append_text(j->out, ": ");
	value_of(j, result);
}

static void reads(struct json *j, const struct ppm_explain_reads *from)
{
	open(j, "reads", '{');
	for (uint32_t i = 0; i < from->count; i++)
		named(j, from->items[i].text, from->items[i].result);
	close(j, '}');
}

static void points(struct json *j, const char *name, int64_t millionths)
{
	key(j, name);
	ppm_explain_points(j->out, millionths);
}

static void units(struct json *j, const char *name, int64_t count, int places)
{
	key(j, name);
	ppm_explain_units(j->out, count, places, false);
}

static void flag(struct json *j, const char *name, bool value)
{
	key(j, name);
	ppm_buffer_append_text(j->out, value ? "true" : "false");
}

static void line(struct json *j, const struct ppm_waterfall *w, const struct ppm_waterfall_line *l)
{
	static const char *const kinds[] = { "rule", "member", "group", "cap", "range", "limit", "rounding" };
	static const char *const rules[] = { "reward", "penalty", "scale", "bands", "best of", "group" };
	const struct ppm_explanation *about = j->row->about;
	item(j);
	string(j, "kind", ppm_slice_of(kinds[l->kind]));
	string(j, "name", l->rule ? l->rule->name : ppm_explain_line_name(j->row, l, j->arena));
	if (l->dimension != PPM_NO_DIMENSION && about->plan->dimensions[l->dimension].name.size)
		string(j, "dimension", about->plan->dimensions[l->dimension].name);
	if (l->outcome) {
		string(j, "rule", ppm_slice_of(rules[l->rule->kind]));
		string(j, "outcome", ppm_slice_of(ppm_outcome_word(l->outcome)));
		points(j, "points", l->points);
		points(j, "best", l->best);
	}
	if (l->kind == PPM_LINE_MEMBER)
		flag(j, "counts", l->counts);
	if (l->has_change)
		units(j, "change", l->change, w->places);
	if (l->rule)
		place(j, l->rule->span);
	if (l->outcome) {
		const struct ppm_explain_rule *rule = &about->rules[l->rule->index];
		if (rule->reason != PPM_NO_ID && l->outcome == PPM_OUTCOME_FIRED)
			cell(j, "because", rule->reason);
		if (rule->points != PPM_NO_ID)
			reads(j, &rule->reads);
	}
	close(j, '}');
}

static void waterfall(struct json *j, const struct ppm_waterfall *w)
{
	open(j, "waterfall", '[');
	for (uint32_t i = 0; i < w->count; i++)
		line(j, w, &w->lines[i]);
	close(j, ']');
}

static void dimensions(struct json *j, const struct ppm_waterfall *w)
{
	const struct ppm_plan *plan = j->row->about->plan;
	char digits[400];
	open(j, "dimensions", '[');
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_waterfall_dimension *d = &w->dimensions[i];
		item(j);
		string(j, "name", plan->dimensions[i].name);
		cell(j, "value", j->row->about->dimensions[i]);
		key(j, "weight");
		ppm_buffer_append(j->out, digits, ppm_number_write(plan->dimensions[i].weight, digits));
		flag(j, "known", d->known);
		if (d->known) {
			points(j, "points", d->points);
			points(j, "low", d->low);
			points(j, "high", d->high);
		}
		if (w->has_score)
			units(j, "change", d->change, w->places);
		close(j, '}');
	}
	close(j, ']');
}

static void clauses(struct json *j, const struct ppm_explain_tier *tier)
{
	open(j, "conditions", '[');
	for (uint32_t i = 0; i < tier->clause_count; i++) {
		const struct ppm_explain_clause *clause = &tier->clauses[i];
		bool above;
		struct ppm_slice gap = ppm_explain_gap(j->row, clause, j->arena, &above);
		ppm_buffer_append_text(j->out, i ? ", {" : "{");
		j->first = true;
		string(j, "condition", clause->text);
		cell(j, "holds", clause->holds);
		reads(j, &clause->reads);
		if (gap.size)
			string(j, above ? "above_by" : "short_by", gap);
		close(j, '}');
	}
	close(j, ']');
}

static void tiers(struct json *j)
{
	const struct ppm_explanation *about = j->row->about;
	const struct ppm_plan *plan = about->plan;
	uint32_t missed;
	cell(j, "tier", about->tier);
	cell(j, "tier_by_rules", about->tier_by_rules);
	if (!plan->tier_count)
		return;
	ppm_explain_tier(j->row, &missed);
	uint32_t action = ppm_explain_action(j->row);
	if (action != PPM_NO_ID)
		cell(j, "action", action);
	if (missed != PPM_NO_ID) {
		open(j, "missed", '{');
		string(j, "tier", plan->tiers[missed].name);
		clauses(j, &about->tiers[missed]);
		close(j, '}');
	}
}

static void overriding(struct json *j, const struct ppm_explain_overriding *o)
{
	struct ppm_slice file;
	uint64_t line = ppm_explain_overriding_line(j->row, o, &file);
	if (!ppm_explained_has(j->row, o->tier))
		return;
	item(j);
	cell(j, "tier", o->tier);
	cell(j, "by", o->by);
	cell(j, "because", o->because);
	if (ppm_explained_has(j->row, o->until))
		cell(j, "until", o->until);
	if (ppm_explained_has(j->row, o->despite))
		cell(j, "despite", o->despite);
	flag(j, "expired", ppm_explain_has_expired(j->row, o));
	string(j, "dataset", o->dataset);
	if (line) {
		string(j, "data", file);
		key(j, "data_line");
		ppm_buffer_format(j->out, "%llu", (unsigned long long)line);
	}
	close(j, '}');
}

static void exceptions(struct json *j)
{
	const struct ppm_explanation *about = j->row->about;
	const struct ppm_plan *plan = about->plan;
	if (plan->disqualifier_count) {
		open(j, "disqualifiers", '[');
		for (size_t i = 0; i < plan->disqualifier_count; i++) {
			const struct ppm_explain_disqualifier *d = &about->disqualifiers[i];
			item(j);
			string(j, "name", plan->disqualifiers[i].name);
			cell(j, "holds", d->holds);
			if (ppm_explained_is(j->row, d->holds))
				cell(j, "because", d->reason);
			reads(j, &d->reads);
			place(j, plan->disqualifiers[i].span);
			close(j, '}');
		}
		close(j, ']');
	}
	cell(j, "overridden", about->overridden);
	if (!about->override_count && !about->overriding_count)
		return;
	open(j, "overrides", '[');
	for (uint32_t i = 0; i < about->override_count; i++) {
		const struct ppm_explain_override *o = &about->overrides[i];
		if (!ppm_explained_is(j->row, o->is_key))
			continue;
		item(j);
		string(j, "tier", o->tier);
		string(j, "by", o->by);
		string(j, "because", o->because);
		if (o->has_until) {
			char day[10];
			ppm_date_write(o->until, day);
			string(j, "until", (struct ppm_slice){ day, sizeof day });
		}
		flag(j, "expired", o->expired);
		place(j, o->span);
		close(j, '}');
	}
	for (uint32_t i = 0; i < about->overriding_count; i++)
		overriding(j, &about->overridings[i]);
	close(j, ']');
}

static void count(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	ppm_buffer_format(j->out, "%llu", (unsigned long long)value);
}

static void rows_behind(struct json *j, const struct ppm_watched_figure *figure)
{
	if (figure->action->kind == PPM_ACTION_RANK) {
		count(j, figure->others ? "among_others" : "among", figure->counted);
		return;
	}
	if (figure->action->kind != PPM_ACTION_GATHER) {
		count(j, "counted", figure->counted);
		count(j, "left_out", figure->left_out);
	}
	open(j, "rows", '[');
	for (uint32_t i = 0; i < figure->row_count; i++) {
		const struct ppm_watched_row *row = &figure->rows[i];
		ppm_buffer_append_text(j->out, i ? ", {" : "{");
		j->first = true;
		if (row->line) {
			string(j, "data", j->row->files[row->against ? j->row->job->table_count : figure->table]);
			count(j, "data_line", row->line);
		}
		if (row->key.size)
			string(j, "key", row->key);
		if (row->json.size) {
			key(j, "value");
			ppm_buffer_append(j->out, row->json.data, row->json.size);
		}
		if (row->level)
			count(j, "level", row->level);
		flag(j, "counts", row->counts);
		close(j, '}');
	}
	close(j, ']');
}

static void values(struct json *j, const char *name, const struct ppm_explain_value *list, uint32_t count, bool with_reads)
{
	if (!count)
		return;
	open(j, name, '[');
	for (uint32_t i = 0; i < count; i++) {
		item(j);
		if (list[i].name.size)
			string(j, "name", list[i].name);
		if (list[i].written.size)
			string(j, "expression", list[i].written);
		cell(j, "value", list[i].result);
		const struct ppm_watched_figure *figure = ppm_explain_rows_of(j->row, &list[i]);
		if (figure)
			rows_behind(j, figure);
		if (with_reads)
			reads(j, &list[i].reads);
		place(j, list[i].span);
		close(j, '}');
	}
	close(j, ']');
}

static void fact_value(struct json *j, const char *name, const struct ppm_row_fact *fact, int64_t value)
{
	key(j, name);
	ppm_row_fact_json(fact, value, j->out);
}

static void change(struct json *j, const struct ppm_path_change *c)
{
	const struct ppm_row_fact *fact = &j->row->facts[c->fact];
	string(j, "name", fact->name);
	cell(j, "from", fact->result);
	fact_value(j, "to", fact, c->value);
	if (c->form == PPM_EXTENT_OR_LESS || c->form == PPM_EXTENT_OR_MORE || c->form == PPM_EXTENT_ANY)
		string(j, "or", c->form == PPM_EXTENT_OR_LESS ? PPM_SLICE("less") : c->form == PPM_EXTENT_OR_MORE ? PPM_SLICE("more") : PPM_SLICE("any"));
	if (c->form == PPM_EXTENT_UNTIL)
		fact_value(j, "until", fact, c->until);
	if (c->has_short)
		fact_value(j, "not_enough", fact, c->short_of);
	if (c->other_count) {
		open(j, "others", '[');
		for (uint32_t i = 0; i < c->other_count; i++) {
			ppm_buffer_append_text(j->out, i ? ", " : "");
			ppm_row_fact_json(fact, c->others[i], j->out);
		}
		close(j, ']');
	}
	if (fact->column == PPM_NO_ID)
		flag(j, "figure", true);
	else
		string(j, "header", j->row->about->plan->columns[fact->column].header);
}

static void outcome(struct json *j, const struct ppm_try_outcome *o)
{
	string(j, "tier", o->tier_name);
	if (j->row->about->score == PPM_NO_ID)
		return;
	key(j, "score");
	if (o->has_score) {
		char text[400];
		ppm_buffer_append(j->out, text, ppm_number_write_fixed(o->score, j->row->about->plan->places, text));
	} else
		ppm_buffer_append_text(j->out, "null");
}

static void way(struct json *j, const struct ppm_path *path)
{
	open(j, "changes", '[');
	for (uint32_t i = 0; i < path->count; i++) {
		ppm_buffer_append_text(j->out, i ? ", {" : "{");
		j->first = true;
		change(j, &path->changes[i]);
		close(j, '}');
	}
	close(j, ']');
	outcome(j, &path->outcome);
}

static void path(struct json *j)
{
	static const char *const answers[] = { "found", "nothing", "top", "there", "overridden", "too large" };
	const struct ppm_paths *p = j->row->paths;
	if (!p)
		return;
	open(j, "path", '{');
	string(j, "answer", ppm_slice_of(answers[p->answer]));
	if (p->answer != PPM_PATH_TOP && p->answer < PPM_PATH_OVERRIDDEN) {
		string(j, "to", j->row->about->plan->tiers[p->target].name);
		flag(j, "or_better", p->or_better);
		key(j, "tried");
		ppm_buffer_format(j->out, "%llu", (unsigned long long)p->tried);
		flag(j, "limited", p->limited);
	}
	open(j, "ways", '[');
	for (uint32_t i = 0; i < p->count; i++) {
		item(j);
		way(j, &p->paths[i]);
		close(j, '}');
	}
	close(j, ']');
	if (p->answer == PPM_PATH_NOTHING && p->has_best) {
		open(j, "best", '{');
		way(j, &p->best);
		close(j, '}');
	}
	close(j, '}');
}

static void could_be(struct json *j, const struct ppm_ask *ask)
{
	open(j, "could_be", '[');
	for (uint32_t i = 0; i < ask->count; i++) {
		ppm_buffer_append_text(j->out, i ? ", {" : "{");
		j->first = true;
		outcome(j, &ask->tiers[i].outcome);
		change(j, &ask->tiers[i].change);
		close(j, '}');
	}
	close(j, ']');
}

static void unknown(struct json *j, const struct ppm_waterfall *w)
{
	struct ppm_explain_fact *facts;
	uint32_t count = ppm_explain_facts(j->row, w, j->arena, &facts);
	open(j, "ask", '[');
	for (uint32_t i = 0; i < count; i++) {
		char text[400];
		size_t size = ppm_number_write(facts[i].stake, text);
		item(j);
		string(j, "name", facts[i].name);
		key(j, "points_at_stake");
		ppm_buffer_append(j->out, text, size);
		string(j, "rules", facts[i].rules);
		if (facts[i].ask)
			could_be(j, facts[i].ask);
		close(j, '}');
	}
	close(j, ']');
}

void ppm_explain_json(const struct ppm_explained_row *row, const struct ppm_waterfall *w, struct ppm_arena *arena, struct ppm_buffer *out)
{
	struct json j = { row, arena, out, true };
	const struct ppm_explanation *about = row->about;
	ppm_buffer_append_char(out, '{');
	if (about->key != PPM_NO_ID)
		string(&j, "key", row->cells[about->key].text);
	if (row->line) {
		string(&j, "data", row->file);
		key(&j, "data_line");
		ppm_buffer_format(out, "%llu", (unsigned long long)row->line);
	}
	cell(&j, "score", about->score);
	cell(&j, "score_low", about->score_low);
	cell(&j, "score_high", about->score_high);
	cell(&j, "points", about->points);
	cell(&j, "evidence", about->evidence);
	tiers(&j);
	path(&j);
	exceptions(&j);
	if (about->score != PPM_NO_ID) {
		waterfall(&j, w);
		dimensions(&j, w);
	}
	if (row->ask)
		unknown(&j, w);
	if (about->plan->perspective_count)
		open(&j, "perspectives", '{');
	for (size_t i = 0; i < about->plan->perspective_count; i++)
		named(&j, about->plan->perspectives[i].name, about->perspectives[i]);
	if (about->plan->perspective_count)
		close(&j, '}');
	if (about->plan->segment_count)
		open(&j, "segments", '{');
	for (size_t i = 0; i < about->plan->segment_count; i++)
		named(&j, about->plan->segments[i].name, about->segments[i]);
	if (about->plan->segment_count)
		close(&j, '}');
	values(&j, "figures", about->figures, about->figure_count, false);
	values(&j, "values", about->values, about->value_count, true);
	ppm_buffer_append_char(out, '}');
}

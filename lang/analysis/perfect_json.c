// The perfect prospect as one JSON object: figures are numbers, what is missing is null, and every rule has its place in the model.

#include "lang/analysis/perfect.h"

#include "runtime/base/number.h"
#include "runtime/sink/sink_internal.h"

#include <math.h>

struct json {
	const struct ppm_perfect *p;
	const struct ppm_plan *plan;
	const struct ppm_source_map *sources;
	struct ppm_buffer *out;
	bool first; // of the object or list that is open
};

static void key(struct json *j, const char *name)
{
	ppm_buffer_format(j->out, "%s\"%s\": ", j->first ? "" : ", ", name);
	j->first = false;
}

static void string(struct json *j, const char *name, struct ppm_slice text)
{
	key(j, name);
	ppm_json_append_string(j->out, text.data ? text : PPM_SLICE(""));
}

static void string_if(struct json *j, const char *name, struct ppm_slice text)
{
	if (text.size)
		string(j, name, text);
}

static void number(struct json *j, const char *name, double value)
{
	char digits[400];
	key(j, name);
	if (isfinite(value))
		ppm_buffer_append(j->out, digits, ppm_number_write(value, digits));
	else
		ppm_buffer_append_text(j->out, "null");
}

static void flag(struct json *j, const char *name, bool value)
{
	key(j, name);
	ppm_buffer_append_text(j->out, value ? "true" : "false");
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
	uint32_t line = 0, column;
	const struct ppm_source *source = span.end ? ppm_source_map_place(j->sources, span.begin, &line, &column) : NULL;
	if (!source)
		return;
	string(j, "file", source->path);
	number(j, "line", line);
}

static void rule(struct json *j, const struct ppm_perfect_rule *r)
{
	static const char *const kinds[] = { "reward", "penalty", "scale", "bands", "best of", "group" };
	item(j);
	string(j, "name", r->rule->name);
	string(j, "kind", ppm_slice_of(kinds[r->rule->kind]));
	if (r->rule->dimension != PPM_NO_DIMENSION)
		string(j, "dimension", j->plan->dimensions[r->rule->dimension].name);
	else
		flag(j, "adjust", true);
	number(j, "depth", r->depth);
	flag(j, "avoid", r->avoid);
	number(j, "points", r->points);
	if (r->rule->kind == PPM_RULE_GROUP)
		number(j, "at_most", r->rule->cap);
	string_if(j, "asks", r->asks);
	string_if(j, "expanded", r->expanded);
	string_if(j, "most", r->most);
	string_if(j, "because", r->rule->syntax->because.source.text);
	flag(j, "needed", r->needed);
	flag(j, "kept", r->kept);
	place(j, r->rule->span);
	close(j, '}');
}

static void dimensions(struct json *j)
{
	open(j, "dimensions", '[');
	for (size_t i = 0; i < j->plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &j->plan->dimensions[i];
		item(j);
		string(j, "name", d->name);
		string_if(j, "doc", d->doc);
		number(j, "weight", d->weight);
		number(j, "low", d->low);
		number(j, "high", d->high);
		flag(j, "declared", d->has_range);
		close(j, '}');
	}
	close(j, ']');
	ppm_buffer_append_text(j->out, ",\n  \"rules\": [");
	j->first = true;
	for (uint32_t i = 0; i < j->p->rule_count; i++)
		rule(j, &j->p->rules[i]);
	close(j, ']');
}

static void new_line(struct json *j)
{
	ppm_buffer_append_text(j->out, ",\n  ");
	j->first = true;
}

static void classes(struct json *j)
{
	const struct ppm_plan *plan = j->plan;
	open(j, "never", '[');
	for (size_t i = 0; i < plan->disqualifier_count; i++) {
		item(j);
		string(j, "name", plan->disqualifiers[i].name);
		string(j, "condition", j->p->never[i]);
		string_if(j, "expanded", j->p->never_expanded[i]);
		place(j, plan->disqualifiers[i].span);
		close(j, '}');
	}
	close(j, ']');
	if (plan->tier_count) {
		new_line(j);
		open(j, "first_tier", '{');
		string(j, "name", plan->tiers[0].name);
		string_if(j, "condition", j->p->tier);
		string_if(j, "expanded", j->p->tier_expanded);
		string_if(j, "action", plan->tiers[0].action_text);
		place(j, plan->tiers[0].span);
		close(j, '}');
	}
	new_line(j);
	open(j, "perspectives", '[');
	for (size_t i = 0; i < plan->perspective_count; i++) {
		item(j);
		string(j, "name", plan->perspectives[i].name);
		open(j, "weights", '[');
		for (size_t k = 0; k < plan->dimension_count; k++) {
			char digits[400];
			ppm_buffer_append_text(j->out, k ? ", " : "");
			ppm_buffer_append(j->out, digits, ppm_number_write(plan->perspectives[i].weights[k], digits));
		}
		close(j, ']');
		close(j, '}');
	}
	close(j, ']');
}

static void facts(struct json *j)
{
	open(j, "facts", '[');
	for (uint32_t i = 0; i < j->p->fact_count; i++) {
		item(j);
		string(j, "name", j->p->facts[i].name);
		string(j, "asks", j->p->facts[i].asks);
		flag(j, "column", j->p->facts[i].column != PPM_NO_ID);
		close(j, '}');
	}
	close(j, ']');
}

static void conflicts(struct json *j)
{
	open(j, "conflicts", '[');
	for (uint32_t i = 0; i < j->p->conflict_count; i++) {
		const struct ppm_perfect_conflict *c = &j->p->conflicts[i];
		item(j);
		flag(j, "of_range", c->of_range);
		open(j, "rules", '[');
		for (uint32_t k = 0; k < c->count; k++) {
			ppm_buffer_append_text(j->out, k ? ", {" : "{");
			j->first = true;
			string(j, "name", c->rules[k] ? c->rules[k]->name : j->plan->disqualifiers[c->disqualifiers[k]].name);
			string(j, "asks", c->asks[k]);
			place(j, c->rules[k] ? c->rules[k]->span : j->plan->disqualifiers[c->disqualifiers[k]].span);
			close(j, '}');
		}
		close(j, ']');
		close(j, '}');
	}
	close(j, ']');
	flag(j, "conflicts_cut", j->p->conflicts_cut);
}

static void best(struct json *j)
{
	const struct ppm_perfect *p = j->p;
	number(j, "most", p->nobody ? NAN : p->most);
	flag(j, "exact", p->exact);
	number(j, "best", p->found ? p->best : NAN);
	if (!p->found)
		return;
	flag(j, "hundred", p->best >= 100);
	number(j, "points", p->points);
	string_if(j, "tier", p->example_tier);
	if (j->plan->tier_count)
		flag(j, "reaches_first_tier", p->first_tier);
	flag(j, "assumed", p->assumed);
	new_line(j);
	open(j, "example", '{');
	for (uint32_t i = 0; i < p->example_count; i++) {
		ppm_buffer_append_text(j->out, i ? ", " : "");
		ppm_json_append_string(j->out, p->example[i].header.size ? p->example[i].header : p->example[i].name);
		ppm_buffer_append_text(j->out, ": ");
		ppm_buffer_append(j->out, p->example[i].json.data, p->example[i].json.size);
	}
	close(j, '}');
}

void ppm_perfect_json(const struct ppm_perfect *perfect, const struct ppm_source_map *sources, struct ppm_buffer *out)
{
	struct json json = { perfect, perfect->plan, sources, out, true }, *j = &json;
	char day[10];
	ppm_buffer_append_text(out, "{\n  ");
	string(j, "model", perfect->plan->model_name);
	string_if(j, "doc", perfect->plan->model_doc);
	if (perfect->plan->has_as_of) {
		ppm_date_write(perfect->plan->as_of, day);
		string(j, "as_of", (struct ppm_slice){ day, sizeof day });
	}
	new_line(j);
	dimensions(j);
	new_line(j);
	classes(j);
	new_line(j);
	facts(j);
	new_line(j);
	conflicts(j);
	if (perfect->scored) {
		new_line(j);
		best(j);
	}
	ppm_buffer_append_text(out, "\n}\n");
}

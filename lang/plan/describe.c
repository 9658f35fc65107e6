// The model in words, for `ppmc check`: what it reads, what each rule can move, in which order its tiers are tried.

#include "lang/plan/plan.h"

#include "runtime/base/number.h"
#include "runtime/base/text.h"

#include <math.h>
#include <string.h>

static void slice(struct ppm_buffer *out, struct ppm_slice text)
{
	ppm_buffer_append(out, text.data, text.size);
}

static void figure(struct ppm_buffer *out, double value)
{
	char digits[PPM_NUMBER_TEXT];
	if (isfinite(value))
		ppm_buffer_append(out, digits, ppm_number_write(value, digits));
	else
		ppm_buffer_append_text(out, value < 0 ? "no least" : "no most");
}

void ppm_plan_write_constant(const struct ppm_plan *plan, ppm_node_id id, struct ppm_buffer *out)
{
	if (!ppm_plan_is_constant(plan, id))
		return;
	const struct ppm_node *node = &plan->nodes[id];
	char text[64];
	switch (node->type.base) {
	case PPM_BASE_TEXT:
		ppm_buffer_append_char(out, '"');
		slice(out, plan->texts[node->value.text]);
		ppm_buffer_append_char(out, '"');
		break;
	case PPM_BASE_FLAG: ppm_buffer_append_text(out, node->value.flag ? "yes" : "no"); break;
	case PPM_BASE_DATE:
		ppm_date_write(node->value.whole, text);
		ppm_buffer_append(out, text, 10);
		break;
	case PPM_BASE_DURATION: ppm_buffer_format(out, "%d %s", node->value.whole, node->type.months ? "months" : "days"); break;
	case PPM_BASE_MONEY: ppm_buffer_append(out, text, ppm_decimal_write(node->value.exact, PPM_EXACT_PLACES, 2, text)); break;
	case PPM_BASE_PERCENT:
		figure(out, ppm_number_as_decimal(node->value.number * 100));
		ppm_buffer_append_char(out, '%');
		break;
	default: figure(out, node->value.number); break;
	}
	if (node->type.period)
		ppm_buffer_format(out, " per %s", ppm_period_name((enum ppm_period)node->type.period));
}

static void names(struct ppm_buffer *out, const struct ppm_name_list *list)
{
	for (const struct ppm_name_list *name = list; name; name = name->next)
		ppm_buffer_format(out, "%s%.*s", name == list ? "" : ", ", (int)name->name.text.size, name->name.text.data);
}

// What a dataset is of, comes from, or leaves out.
static void dataset_head(const struct ppm_plan *plan, const struct ppm_statement *st, struct ppm_buffer *out)
{
	ppm_buffer_format(out, "\ndataset %.*s", (int)st->name.text.size, st->name.text.data);
	if (st->dataset.parent.text.size) {
		ppm_buffer_format(out, " of %.*s by ", (int)st->dataset.parent.text.size, st->dataset.parent.text.data);
		names(out, st->dataset.parent_keys);
	}
	if (st->dataset.source.text.size) {
		ppm_buffer_format(out, " from %.*s by ", (int)st->dataset.source.text.size, st->dataset.source.text.data);
		names(out, st->dataset.source_keys);
	}
	if (st->dataset.file.text.size)
		ppm_buffer_format(out, " from \"%.*s\"", (int)st->dataset.file.text.size, st->dataset.file.text.data);
	if (st->dataset.dated.text.size) {
		ppm_buffer_format(out, ", rows by %.*s", (int)st->dataset.dated.text.size, st->dataset.dated.text.data);
		if (plan->has_as_of) {
			char day[10];
			ppm_date_write(plan->as_of, day);
			ppm_buffer_format(out, " up to %.10s", day);
		}
	}
	if (st->doc.text.size)
		ppm_buffer_format(out, "  # %.*s", (int)st->doc.text.size, st->doc.text.data);
	ppm_buffer_append_char(out, '\n');
}

static void columns_of(const struct ppm_plan *plan, uint32_t dataset, struct ppm_buffer *out)
{
	for (size_t i = 0; i < plan->column_count; i++) {
		const struct ppm_plan_column *c = &plan->columns[i];
		char name[48];
		if (c->dataset != dataset || (c->kind != PPM_PLAN_FIELD && c->kind != PPM_PLAN_KEY))
			continue;
		ppm_buffer_format(
			out, "  %-24.*s %s%s%s", (int)c->name.size, c->name.data, ppm_type_name(c->type, name), c->key ? ", key" : "", c->optional ? ", may be missing" : "");
		if (c->declaration && c->declaration->references.text.size)
			ppm_buffer_format(out, ", a row of %.*s", (int)c->declaration->references.text.size, c->declaration->references.text.data);
		ppm_buffer_append_text(out, c->uses ? "\n" : ", not used\n");
	}
}

static void datasets(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	if (plan->inferred && plan->column_count) {
		ppm_buffer_append_text(out, "\ncolumns, by their use\n");
		columns_of(plan, 0, out);
	}
	for (uint32_t i = 0; i < plan->dataset_count; i++) {
		const struct ppm_statement *st = plan->datasets[i].statement;
		if (!st || st->kind != PPM_STATEMENT_DATASET)
			continue;
		dataset_head(plan, st, out);
		columns_of(plan, i, out);
	}
	for (size_t i = 0; i < plan->tree_count; i++) {
		const struct ppm_plan_tree *tree = &plan->trees[i];
		ppm_buffer_format(out, "%s%.*s of %.*s%s\n", i ? "" : "\n", (int)plan->links[tree->link].name.size, plan->links[tree->link].name.data,
			(int)plan->datasets[tree->dataset].name.size, plan->datasets[tree->dataset].name.data, tree->break_cycles ? ", circles are cut open" : "");
	}
}

static void params(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	if (plan->param_count)
		ppm_buffer_append_text(out, "\nparams\n");
	for (size_t i = 0; i < plan->param_count; i++) {
		const struct ppm_plan_param *p = &plan->params[i];
		ppm_buffer_format(out, "  %-24.*s ", (int)p->name.size, p->name.data);
		ppm_plan_write_constant(plan, p->node, out);
		if (p->set)
			ppm_buffer_append_text(out, ", set on the command line");
		if (p->scenario.size)
			ppm_buffer_format(out, ", set by the scenario %.*s", (int)p->scenario.size, p->scenario.data);
		if (p->doc.size)
			ppm_buffer_format(out, "  # %.*s", (int)p->doc.size, p->doc.data);
		ppm_buffer_append_char(out, '\n');
	}
}

static void scenarios(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	if (plan->scenario_count)
		ppm_buffer_append_text(out, "\nscenarios\n");
	for (size_t i = 0; i < plan->scenario_count; i++) {
		const struct ppm_plan_scenario *s = &plan->scenarios[i];
		ppm_buffer_format(out, "  %-24.*s ", (int)s->name.size, s->name.data);
		for (uint32_t k = 0; k < s->setting_count; k++) {
			const struct ppm_plan_setting *setting = &s->settings[k];
			ppm_buffer_format(out, "%s%.*s = ", k ? ", " : "", (int)setting->name.size, setting->name.data);
			if (setting->node == PPM_NODE_POISON)
				slice(out, setting->text);
			else
				ppm_plan_write_constant(plan, setting->node, out);
		}
		if (s->chosen)
			ppm_buffer_append_text(out, ", in force");
		if (s->doc.size)
			ppm_buffer_format(out, "  # %.*s", (int)s->doc.size, s->doc.data);
		ppm_buffer_append_char(out, '\n');
	}
}

static void rules(const struct ppm_plan_rule *r, int indent, struct ppm_buffer *out)
{
	static const char *const kinds[] = { "reward", "penalty", "scale", "bands", "best of", "group" };
	for (; r; r = r->next) {
		ppm_buffer_format(out, "%*s%-8s %-*.*s ", indent, "", kinds[r->kind], 34 - indent, (int)r->name.size, r->name.data);
		figure(out, r->low);
		ppm_buffer_append_text(out, " to ");
		figure(out, r->high);
		if (r->may_be_unknown)
			ppm_buffer_append_text(out, ", may be unknown");
		if (r->exclusive)
			ppm_buffer_format(out, ", excludes the others of set %u", r->exclusive);
		ppm_buffer_append_char(out, '\n');
		rules(r->members, indent + 2, out);
	}
}

// As a percent, to four digits.
static const char *share(double part, char digits[PPM_NUMBER_TEXT])
{
	double power = pow(10, fmin(fmax(3 - floor(log10(100 * part)), 0), 12));
	return ppm_number_text(ppm_number_round_places(100 * part, power), digits);
}

static void dimensions(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	char digits[PPM_NUMBER_TEXT];
	double total = 0;
	for (size_t i = 0; i < plan->dimension_count; i++)
		total += plan->dimensions[i].weight;
	for (size_t i = 0; i < plan->dimension_count; i++) {
		const struct ppm_plan_dimension *d = &plan->dimensions[i];
		ppm_buffer_append_char(out, '\n');
		if (d->name.size)
			ppm_buffer_format(out, "dimension %.*s, %s%% of the score, ", (int)d->name.size, d->name.data, share(d->weight / total, digits));
		else
			ppm_buffer_append_text(out, "rules, ");
		ppm_buffer_append_text(out, d->has_range ? "range " : "range by its rules ");
		figure(out, d->low);
		ppm_buffer_append_text(out, " to ");
		figure(out, d->high);
		if (d->start != 0) {
			ppm_buffer_append_text(out, ", starts at ");
			figure(out, d->start);
		}
		ppm_buffer_append_char(out, '\n');
		rules(d->rules, 2, out);
	}
	if (plan->adjust) {
		ppm_buffer_append_text(out, "\nadjust\n");
		rules(plan->adjust, 2, out);
	}
}

static void classes(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	for (size_t i = 0; i < plan->disqualifier_count; i++)
		ppm_buffer_format(out, "%sdisqualify %.*s%s\n", i ? "" : "\n", (int)plan->disqualifiers[i].name.size, plan->disqualifiers[i].name.data,
			plan->disqualifiers[i].missing_passes ? ", missing passes" : "");
	if (plan->tier_count)
		ppm_buffer_append_text(out, "\ntiers, the first that matches\n");
	for (size_t i = 0; i < plan->tier_count; i++) {
		const struct ppm_plan_tier *t = &plan->tiers[i];
		ppm_buffer_format(out, "  %.*s%s", (int)t->name.size, t->name.data, t->missing ? " (missing)" : t->condition == PPM_NODE_NONE ? " (otherwise)" : "");
		if (t->action_text.size)
			ppm_buffer_format(out, ": %.*s", (int)t->action_text.size, t->action_text.data);
		ppm_buffer_append_char(out, '\n');
	}
	for (size_t i = 0; i < plan->segment_count; i++) {
		ppm_buffer_format(out, "\nsegment %.*s\n", (int)plan->segments[i].name.size, plan->segments[i].name.data);
		for (uint32_t k = 0; k < plan->segments[i].arm_count; k++)
			ppm_buffer_format(out, "  %.*s%s\n", (int)plan->segments[i].arm_names[k].size, plan->segments[i].arm_names[k].data,
				plan->segments[i].conditions[k] == PPM_NODE_NONE ? " (otherwise)" : "");
	}
	for (size_t i = 0; i < plan->perspective_count; i++) {
		const struct ppm_plan_perspective *p = &plan->perspectives[i];
		char digits[PPM_NUMBER_TEXT];
		ppm_buffer_format(out, "\nperspective %.*s:", (int)p->name.size, p->name.data);
		for (size_t k = 0; k < plan->dimension_count; k++)
			if (p->weights[k] > 0)
				ppm_buffer_format(out, " %.*s %s", (int)plan->dimensions[k].name.size, plan->dimensions[k].name.data, ppm_number_text(p->weights[k], digits));
		ppm_buffer_append_char(out, '\n');
	}
}

// Figures of the whole.
static void figures(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	static const char *const units[] = { "day", "week", "month", "quarter", "year" };
	if (plan->metric_count)
		ppm_buffer_append_text(out, "\nmetrics\n");
	for (size_t i = 0; i < plan->metric_count; i++) {
		const struct ppm_plan_metric *m = &plan->metrics[i];
		char name[48];
		ppm_buffer_format(out, "  %-24.*s %s", (int)m->name.size, m->name.data, ppm_type_name(plan->nodes[m->node].type, name));
		if (m->doc.size)
			ppm_buffer_format(out, "  # %.*s", (int)m->doc.size, m->doc.data);
		ppm_buffer_append_char(out, '\n');
	}
	for (size_t i = 0; i < plan->summary_count; i++) {
		const struct ppm_plan_summary *s = &plan->summarys[i];
		const struct ppm_plan_dataset *rows = &plan->datasets[s->dataset];
		ppm_buffer_format(out, "%ssummary %.*s, a row for each ", i ? "" : "\n", (int)s->name.size, s->name.data);
		if (rows->kind == PPM_DATASET_CALENDAR) {
			char first[10], last[10];
			ppm_date_write(rows->first_day, first);
			ppm_date_write(rows->last_day, last);
			ppm_buffer_format(out, "%s from %.10s to %.10s:", units[rows->unit], first, last);
		} else {
			const struct ppm_plan_link *link = &plan->links[rows->link];
			for (uint32_t k = 0; k < link->key_count && k < s->result_count; k++)
				ppm_buffer_format(out, "%s%.*s", k ? " and " : "", (int)s->results[k].name.size, s->results[k].name.data);
			ppm_buffer_format(out, " of %.*s:", (int)plan->datasets[link->from].name.size, plan->datasets[link->from].name.data);
		}
		for (uint32_t k = 0; k < s->result_count; k++)
			ppm_buffer_format(out, "%s %.*s", k ? "," : "", (int)s->results[k].name.size, s->results[k].name.data);
		ppm_buffer_append_char(out, '\n');
	}
}

static void describe(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	if (plan->model_name.size) {
		ppm_buffer_format(out, "model %.*s", (int)plan->model_name.size, plan->model_name.data);
		if (plan->model_doc.size)
			ppm_buffer_format(out, ": %.*s", (int)plan->model_doc.size, plan->model_doc.data);
		ppm_buffer_append_char(out, '\n');
	}
	if (plan->has_as_of) {
		char day[10];
		ppm_date_write(plan->as_of, day);
		ppm_buffer_format(out, "as of %.10s\n", day);
	}
	datasets(plan, out);
	params(plan, out);
	scenarios(plan, out);
	dimensions(plan, out);
	if (plan->dimension_count)
		ppm_buffer_format(out, "\nscore with %d place%s\n", plan->places, plan->places == 1 ? "" : "s");
	classes(plan, out);
	figures(plan, out);
	ppm_buffer_append_text(out, "\nresult:");
	if (plan->pass_all)
		ppm_buffer_append_text(out, " every column of the file");
	for (size_t i = 0; i < plan->result_count; i++)
		ppm_buffer_format(out, "%s %.*s", i || plan->pass_all ? "," : "", (int)plan->results[i].name.size, plan->results[i].name.data);
	ppm_buffer_append_char(out, '\n');
}

// A model's texts may hold anything; what a terminal would obey never reaches it raw.
void ppm_plan_describe(const struct ppm_plan *plan, struct ppm_buffer *out)
{
	struct ppm_buffer raw;
	ppm_buffer_init(&raw, plan->allocator);
	describe(plan, &raw);
	for (size_t from = 0; from < raw.size;) {
		const char *end = memchr(raw.data + from, '\n', raw.size - from);
		size_t size = end ? (size_t)(end - raw.data) - from : raw.size - from;
		ppm_text_append_escaped(out, (struct ppm_slice){ raw.data + from, size }, 0, false);
		if (end)
			ppm_buffer_append_char(out, '\n');
		from += size + 1;
	}
	out->failed = out->failed || raw.failed;
	ppm_buffer_free(&raw);
}

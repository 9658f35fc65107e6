// What a subject says, property by property, each with its canonical key. What is left out and what is written as its default have one key.

#include "lang/compare/compare.h"

#include "runtime/base/date.h"
#include "runtime/base/text.h"

#include <stdlib.h>

struct describing {
	struct ppm_side *side;
	struct ppm_subject *subject;
	struct ppm_canonical_scope scope;
	ppm_node_id node; // what the next properties became
};

static struct ppm_property *add(struct describing *d, const char *aspect)
{
	struct ppm_subject *subject = d->subject;

	if (subject->property_count == subject->property_capacity) {
		uint32_t capacity = subject->property_capacity ? subject->property_capacity * 2 : 8;
		struct ppm_property *more = ppm_arena_allocate(d->side->arena, capacity, sizeof *more);
		if (!more)
			return NULL;
		if (subject->property_count)
			memcpy(more, subject->properties, subject->property_count * sizeof *more);
		subject->properties = more;
		subject->property_capacity = capacity;
	}
	struct ppm_property *property = &subject->properties[subject->property_count++];
	*property = (struct ppm_property){ .aspect = aspect, .node = d->node };
	return property;
}

static struct ppm_property *expression(struct describing *d, const char *aspect, const struct ppm_expression *e)
{
	struct ppm_property *property = e ? add(d, aspect) : NULL;

	if (!property)
		return NULL;
	property->expression = e;
	property->key = ppm_canonical_key(&d->scope, e);
	property->text = ppm_compare_text(d->side->arena, e);
	return property;
}

static struct ppm_slice with_key(struct describing *d, struct ppm_slice before, const char *between, const struct ppm_expression *e)
{
	struct ppm_slice key = ppm_canonical_key(&d->scope, e);

	return ppm_arena_format(d->side->arena, "%.*s%s%.*s", PPM_SHOW(before), between, PPM_SHOW(key));
}

static struct ppm_slice with_text(struct describing *d, struct ppm_slice before, const char *between, const struct ppm_expression *e)
{
	struct ppm_slice text = ppm_compare_text(d->side->arena, e);

	return ppm_arena_format(d->side->arena, "%.*s%s%.*s", PPM_SHOW(before), between, PPM_SHOW(text));
}

static void condition(struct describing *d, const char *aspect, const struct ppm_expression *e)
{
	struct ppm_property *property = expression(d, aspect, e);

	if (property)
		property->flag = true;
}

static struct ppm_property *words(struct describing *d, const char *aspect, struct ppm_slice text)
{
	struct ppm_property *property = text.size ? add(d, aspect) : NULL;

	if (property)
		property->key = property->text = text;
	return property;
}

// What stands for something that was left out.
static void implied(struct describing *d, const char *aspect, struct ppm_slice text)
{
	struct ppm_property *property = words(d, aspect, text);

	if (property)
		property->implied = true;
}

static void yes(struct describing *d, const char *aspect, bool is)
{
	if (is)
		words(d, aspect, PPM_SLICE("yes"));
}

// A text constant, in quotation marks.
static struct ppm_slice quoted(struct ppm_side *side, struct ppm_slice text)
{
	struct ppm_buffer out;
	struct ppm_slice copy = PPM_SLICE("");

	ppm_buffer_init(&out, side->arena->allocator);
	ppm_buffer_append_char(&out, '"');
	if (text.size)
		ppm_text_append_escaped(&out, text, 0, true);
	ppm_buffer_append_char(&out, '"');
	if (out.failed)
		side->arena->failed = true;
	else
		copy = ppm_arena_copy(side->arena, ppm_buffer_slice(&out));
	ppm_buffer_free(&out);
	return copy;
}

static struct ppm_property *text(struct describing *d, const char *aspect, struct ppm_text text)
{
	struct ppm_property *property = text.text.data ? add(d, aspect) : NULL;

	if (property) {
		property->key = ppm_arena_format(d->side->arena, "\"%.*s", PPM_SHOW(text.text));
		property->text = quoted(d->side, text.text);
	}
	return property;
}

static void template(struct describing *d, const char *aspect, const struct ppm_template *t)
{
	struct ppm_property *property = text(d, aspect, t->source);

	if (property)
		property->key = ppm_canonical_template(&d->scope, t);
}

static struct ppm_property *entry(struct describing *d, const char *aspect, struct ppm_slice item, struct ppm_slice item_key, const struct ppm_expression *value)
{
	struct ppm_property *property = expression(d, aspect, value);

	if (property) {
		property->item = item;
		property->item_key = item_key;
	}
	return property;
}

// A copy of the text, which is freed.
static struct ppm_slice taken(struct ppm_side *side, struct ppm_buffer *text)
{
	struct ppm_slice copy = text->failed ? PPM_SLICE("") : ppm_arena_copy(side->arena, ppm_buffer_slice(text));

	side->arena->failed = side->arena->failed || text->failed;
	ppm_buffer_free(text);
	return copy;
}

static struct ppm_slice names(struct ppm_side *side, const struct ppm_name_list *list)
{
	struct ppm_buffer all;

	ppm_buffer_init(&all, side->arena->allocator);
	for (const struct ppm_name_list *each = list; each; each = each->next)
		ppm_buffer_format(&all, "%s%.*s", each == list ? "" : ", ", PPM_SHOW(each->name.text));
	return taken(side, &all);
}

// ---- scoring -------------------------------------------------------------------------------------------------------

static const char *const rule_words[] = { "reward", "penalty", "scale", "bands", "best of", "group" };

static void bands(struct describing *d, const struct ppm_band *first)
{
	struct ppm_arena *arena = d->side->arena;

	for (const struct ppm_band *band = first; band; band = band->next) {
		struct ppm_property *property;
		const char *word = band->kind == PPM_BAND_BELOW ? "below" : "up to";
		switch (band->kind) {
		case PPM_BAND_LABELS:
			for (const struct ppm_expression *label = band->labels; label; label = label->next)
				entry(d, "band", ppm_compare_text(arena, label), ppm_canonical_key(&d->scope, label), band->value);
			break;
		case PPM_BAND_BELOW:
		case PPM_BAND_UP_TO:
			property = entry(d, "band", with_text(d, ppm_slice_of(word), " ", band->threshold), with_key(d, ppm_slice_of(word), " ", band->threshold), band->value);
			if (property)
				property->ordered = property->replaces = true;
			break;
		case PPM_BAND_OTHERWISE: entry(d, "band", PPM_SLICE("otherwise"), PPM_SLICE("otherwise"), band->value); break;
		case PPM_BAND_MISSING: entry(d, "band", PPM_SLICE("missing"), PPM_SLICE("missing"), band->value); break;
		}
	}
}

static void rule(struct describing *d)
{
	const struct ppm_rule *r = d->subject->rule;
	const struct ppm_plan_rule *made = d->subject->rule_index == PPM_NO_RULE ? NULL : d->side->plan->rules[d->subject->rule_index];
	bool plain = r->kind == PPM_RULE_REWARD || r->kind == PPM_RULE_PENALTY;
	struct ppm_property *property = words(d, "kind", ppm_slice_of(rule_words[r->kind]));

	property = words(d, "dimension", d->subject->within.size ? d->subject->within : PPM_SLICE("no dimension"));
	if (property && d->subject->statement->kind == PPM_STATEMENT_DIMENSION) {
		uint32_t dimension = ppm_side_find(d->side, d->subject->module->name, d->subject->statement->name.text);
		if (dimension != PPM_NO_SUBJECT) // else memory ran out
			property->key = ppm_side_name(d->side, dimension);
	}
	if (d->subject->bundle)
		words(d, "bundle", d->subject->bundle->name.text);
	d->node = made && r->kind != PPM_RULE_BEST_OF && r->kind != PPM_RULE_GROUP ? made->points : PPM_NODE_NONE;
	if (plain && !expression(d, "points", r->points))
		implied(d, "points", PPM_SLICE("1"));
	expression(d, "at most", r->at_most);
	d->node = made && plain ? made->condition : PPM_NODE_NONE;
	condition(d, "condition", r->condition);
	d->node = PPM_NODE_NONE;
	expression(d, "missing", r->missing);
	template(d, "because", &r->because);
	d->node = made && !plain && r->kind < PPM_RULE_BEST_OF ? made->points : PPM_NODE_NONE;
	expression(d, "subject", r->subject);
	expression(d, "from", r->from);
	expression(d, "to", r->to);
	expression(d, "goes from", r->low);
	expression(d, "goes to", r->high);
	bands(d, r->bands);
	d->node = PPM_NODE_NONE;
}

static void dimension(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;
	struct ppm_buffer rules;
	struct ppm_property *property;

	expression(d, "weight", s->dimension.weight);
	property = expression(d, "range", s->dimension.range_low);
	if (property) {
		property->expression = NULL;
		property->key = with_key(d, property->key, " to ", s->dimension.range_high);
		property->text = with_text(d, property->text, " to ", s->dimension.range_high);
	}
	if (!expression(d, "start", s->dimension.start))
		implied(d, "start", PPM_SLICE("0"));
	ppm_buffer_init(&rules, d->side->arena->allocator);
	for (const struct ppm_rule *r = s->dimension.rules; r; r = r->next)
		ppm_buffer_format(&rules, " %.*s", PPM_SHOW(r->name.text));
	property = words(d, "rules", taken(d->side, &rules));
	if (property)
		property->hidden = true;
}

static void tier(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;

	d->node = d->subject->tier_index < d->side->plan->tier_count ? d->side->plan->tiers[d->subject->tier_index].condition : PPM_NODE_NONE;
	condition(d, "condition", s->tier.condition);
	d->node = PPM_NODE_NONE;
	if (s->tier.otherwise || s->tier.missing)
		words(d, "condition", s->tier.otherwise ? PPM_SLICE("otherwise") : PPM_SLICE("missing"));
	template(d, "action", &s->tier.action);
}

static void disqualifier(struct describing *d)
{
	const struct ppm_plan *plan = d->side->plan;
	const struct ppm_statement *s = d->subject->statement;

	for (size_t i = 0; i < plan->disqualifier_count; i++)
		if (plan->disqualifiers[i].span.begin == s->name.span.begin)
			d->node = plan->disqualifiers[i].condition;
	condition(d, "condition", s->disqualify.condition);
	d->node = PPM_NODE_NONE;
	yes(d, "missing passes", s->disqualify.missing_passes);
	template(d, "because", &s->disqualify.because);
}

static void segment(struct describing *d)
{
	const struct ppm_plan_segment *made = NULL;
	uint32_t index = 0;

	for (size_t i = 0; i < d->side->plan->segment_count; i++)
		if (d->side->plan->segments[i].span.begin == d->subject->statement->name.span.begin)
			made = &d->side->plan->segments[i];
	for (const struct ppm_segment_arm *arm = d->subject->statement->segment.arms; arm; arm = arm->next, index++) {
		struct ppm_property *property;
		d->node = made && index < made->arm_count ? made->conditions[index] : PPM_NODE_NONE;
		property = arm->condition ? expression(d, "arm", arm->condition) : words(d, "arm", PPM_SLICE("otherwise"));
		if (!property)
			continue;
		property->flag = arm->condition != NULL;
		property->item = property->item_key = arm->name.text;
		property->ordered = true;
	}
	d->node = PPM_NODE_NONE;
}

static void override_(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;

	if (s->kind == PPM_STATEMENT_OVERRIDES)
		return;
	words(d, "tier", s->override_.tier.text);
	expression(d, "until", s->override_.until);
	text(d, "by", s->override_.by);
	text(d, "because", s->override_.because);
	words(d, "despite", s->override_.despite.text);
}

// ---- figures -------------------------------------------------------------------------------------------------------

static struct ppm_slice type_text(struct ppm_side *side, const struct ppm_type_name *type)
{
	static const char *const periods[] = { "", " per day", " per week", " per month", " per year" };

	if (!type->base.text.size)
		return PPM_SLICE("");
	return ppm_arena_format(side->arena, "%.*s%s%.3s%s", PPM_SHOW(type->base.text), type->currency[0] ? " " : "", type->currency, periods[type->period]);
}

// What the plan made of a param; NULL for a list. Params stand in the plan nearly in the order of the text: the search goes on where the last one ended.
static const struct ppm_plan_param *made_of(struct ppm_side *side, const struct ppm_statement *statement)
{
	const struct ppm_plan *plan = side->plan;

	for (size_t i = 0; i < plan->param_count; i++) {
		size_t at = (side->param_cursor + i) % plan->param_count;
		if (plan->params[at].statement == statement) {
			side->param_cursor = at + 1;
			return &plan->params[at];
		}
	}
	return NULL;
}

// The type of a param is that of its value, whether it is written or not: `money = 5 EUR` is `money EUR`. Days or months of a duration are told with the value.
static void param_type(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;
	const struct ppm_plan_param *made = s->param.value->kind == PPM_EXPRESSION_LIST ? NULL : made_of(d->side, s);
	struct ppm_slice type = type_text(d->side, &s->param.type);
	bool written = type.size != 0;
	char name[48];

	if (made) {
		const struct ppm_type checked = d->side->plan->nodes[made->node].type;
		type = checked.base == PPM_BASE_DURATION ? PPM_SLICE("duration") : ppm_arena_copy(d->side->arena, ppm_slice_of(ppm_type_name(checked, name)));
	}
	if (written)
		words(d, "type", type);
	else
		implied(d, "type", type);
}

static struct ppm_property *range(struct describing *d, const char *aspect, const struct ppm_expression *low, const struct ppm_expression *high)
{
	struct ppm_property *property = low && high ? expression(d, aspect, low) : NULL;

	if (property) {
		property->expression = NULL;
		property->key = with_key(d, property->key, " to ", high);
		property->text = with_text(d, property->text, " to ", high);
	}
	return property;
}

static void param(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;

	param_type(d);
	expression(d, "value", s->param.value);
	range(d, "in", s->param.low, s->param.high);
	expression(d, "in", s->param.in_list);
}

static void value(struct describing *d, const struct ppm_expression *e)
{
	const struct ppm_plan *plan = d->side->plan;

	for (size_t i = 0; i < plan->written_count; i++)
		if (plan->writtens[i].expression == e)
			d->node = plan->writtens[i].node;
	expression(d, "value", e);
	d->node = PPM_NODE_NONE;
}

static void parameters(struct describing *d, const struct ppm_name_list *list)
{
	struct ppm_property *property = words(d, "parameters", names(d->side, list));
	uint32_t count = 0;

	for (const struct ppm_name_list *each = list; each; each = each->next)
		count++;
	if (property)
		property->key = ppm_arena_format(d->side->arena, "%u", count); // their names are nobody else's
	d->scope.parameters = list;
}

// A key of several alternatives is several entries.
static void lookup_entry(struct describing *d, const struct ppm_lookup_entry *e, const struct ppm_lookup_key *keys, struct ppm_slice item, struct ppm_slice item_key, bool any)
{
	struct ppm_arena *arena = d->side->arena;

	if (!keys) {
		struct ppm_property *property = entry(d, "entry", item, item_key, e->value);
		if (property)
			property->ordered = any;
		return;
	}
	for (const struct ppm_expression *one = keys->alternatives; one && !arena->failed; one = one->next)
		lookup_entry(d, e, keys->next, with_text(d, item, item.size ? ", " : "", one), with_key(d, item_key, " ", one), any || one->kind == PPM_EXPRESSION_ANY);
}

static void lookup(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;

	parameters(d, s->lookup.parameters);
	for (const struct ppm_lookup_entry *e = s->lookup.entries; e && !d->side->arena->failed; e = e->next)
		if (e->keys)
			lookup_entry(d, e, e->keys, PPM_SLICE(""), PPM_SLICE(""), false);
		else
			entry(d, "entry", PPM_SLICE("otherwise"), PPM_SLICE("otherwise"), e->value);
}

// What a summary is over when it does not say so.
static void over_scored(struct describing *d)
{
	struct ppm_expression *e = PPM_ARENA_NEW(d->side->arena, struct ppm_expression);
	struct ppm_name_list *path = PPM_ARENA_NEW(d->side->arena, struct ppm_name_list);
	struct ppm_property *property;

	if (!e || !path)
		return;
	*path = (struct ppm_name_list){ .name.text = d->side->plan->dataset_name };
	*e = (struct ppm_expression){ .kind = PPM_EXPRESSION_PATH, .path = path };
	property = expression(d, "over", e);
	if (property)
		property->implied = true;
}

static void summary(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;
	struct ppm_property *property;

	if (!expression(d, "over", s->summary.over))
		over_scored(d);
	for (const struct ppm_expression *by = s->summary.by; by; by = by->next) {
		struct ppm_slice key = ppm_canonical_key(&d->scope, by);
		property = expression(d, "by", by);
		if (property) {
			property->item = property->text;
			property->item_key = key;
			property->ordered = true;
		}
	}
	if (s->summary.each_unit.text.size) {
		words(d, "for each", s->summary.each_unit.text);
		range(d, "from", s->summary.each_from, s->summary.each_to);
	}
	condition(d, "where", s->summary.where);
	for (const struct ppm_order *order = s->summary.order; order; order = order->next) {
		property = expression(d, "order by", order->expression);
		if (!property)
			continue;
		property->item_key = property->key;
		property->item = property->text;
		property->key = ppm_arena_format(d->side->arena, "%.*s%s", PPM_SHOW(property->key), order->descending ? " desc" : "");
		property->text = ppm_arena_format(d->side->arena, "%.*s%s", PPM_SHOW(property->text), order->descending ? " desc" : "");
		property->expression = NULL;
		property->ordered = true;
	}
	for (const struct ppm_summary_column *column = s->summary.columns; column; column = column->next) {
		property = entry(d, "column", column->name.text, column->name.text, column->value);
		if (property)
			property->ordered = true;
	}
}

// ---- data ------------------------------------------------------------------------------------------------------------

// Rows that come after `as of` do not exist: what reads them, or those that belong to them or are made from them, reads that day.
static void reads_day(struct describing *d, struct ppm_slice name)
{
	const struct ppm_side *side = d->side;
	uint32_t day = ppm_side_find(side, PPM_SLICE(""), PPM_SLICE("as_of"));

	while (name.size && day != PPM_NO_SUBJECT) {
		uint32_t found = ppm_side_find_member(side, name, PPM_SLICE(""));
		const struct ppm_statement *s = found == PPM_NO_SUBJECT ? NULL : side->subjects[found].statement;
		if (!s || s->kind != PPM_STATEMENT_DATASET)
			return;
		if (s->dataset.dated.text.size) {
			ppm_canonical_note(&d->scope, day);
			return;
		}
		name = s->dataset.parent.text.size ? s->dataset.parent.text : s->dataset.source.text;
	}
}

static void dataset(struct describing *d)
{
	const struct ppm_statement *s = d->subject->statement;

	words(d, "of", s->dataset.parent.text);
	words(d, "by", names(d->side, s->dataset.parent_keys));
	words(d, "made from", s->dataset.source.text);
	words(d, "by", names(d->side, s->dataset.source_keys));
	text(d, "file", s->dataset.file);
	words(d, "dated", s->dataset.dated.text);
	reads_day(d, s->name.text);
}

static void column(struct describing *d)
{
	const struct ppm_column_declaration *c = d->subject->column;
	struct ppm_arena *arena = d->side->arena;
	struct ppm_property *property;
	char name[48];

	if (d->subject->inferred) {
		const struct ppm_plan_column *made = d->subject->inferred;
		words(d, "type", ppm_arena_copy(arena, ppm_slice_of(ppm_type_name(made->type, name))));
		property = words(d, "header", made->name);
		if (property)
			property->hidden = true;
		return;
	}
	words(d, "type", type_text(d->side, &c->type));
	yes(d, "key", c->key);
	yes(d, "optional", c->optional);
	expression(d, "default", c->default_value);
	expression(d, "in", c->in_list);
	range(d, "in", c->in_low, c->in_high);
	property = words(d, "header", c->header.text.data ? c->header.text : c->name.text);
	if (property) {
		property->text = quoted(d->side, property->text);
		property->implied = c->header.text.data == NULL;
	}
	text(d, "format", c->format);
	for (const struct ppm_spelling *spelling = c->values; spelling; spelling = spelling->next) {
		property = text(d, "values", spelling->to);
		if (property) {
			property->item = quoted(d->side, spelling->from.text);
			property->item_key = spelling->from.text;
		}
	}
	for (const struct ppm_text_list *token = c->missing; token; token = token->next) {
		property = text(d, "missing", token->text);
		if (property)
			property->item = property->item_key = property->text;
	}
	words(d, "references", c->references.text);
	reads_day(d, c->references.text);
}

static void result(struct describing *d)
{
	struct ppm_arena *arena = d->side->arena;

	for (const struct ppm_result *r = d->subject->statement->output.results; r; r = r->next) {
		struct ppm_slice written = ppm_compare_text(arena, r->path), header = r->label.text.data ? r->label.text : written;
		struct ppm_property *property = expression(d, "result", r->path);
		if (!property)
			continue;
		property->item_key = header;
		property->item = header;
		property->expression = NULL;
		property->ordered = true;
		property->key = ppm_arena_format(arena, "%.*s|%.*s|%.*s", PPM_SHOW(property->key), PPM_SHOW(r->format.text), PPM_SHOW(r->count));
		property->text = ppm_arena_format(arena, "%.*s%s%.*s%s%.*s%s", PPM_SHOW(written), r->count.size ? " " : "", PPM_SHOW(r->count),
			r->format.text.data ? " format \"" : "", PPM_SHOW(r->format.text), r->format.text.data ? "\"" : "");
	}
}

// ---- tests -----------------------------------------------------------------------------------------------------------

static int by_bytes(const void *a, const void *b)
{
	return ppm_slice_compare(*(const struct ppm_slice *)a, *(const struct ppm_slice *)b);
}

// What a row is given, in whatever order.
static void append_givens(struct describing *d, const struct ppm_given *first, struct ppm_buffer *all)
{
	struct ppm_arena *arena = d->side->arena;
	struct ppm_slice *each;
	size_t count = 0, at = 0;

	for (const struct ppm_given *given = first; given; given = given->next)
		count++;
	each = ppm_arena_allocate(arena, count + 1, sizeof *each);
	for (const struct ppm_given *given = first; given && each; given = given->next)
		each[at++] = with_key(d, given->name.text, "=", given->value);
	if (at)
		qsort(each, at, sizeof *each, by_bytes);
	for (size_t i = 0; i < at; i++)
		ppm_buffer_format(all, " %.*s", PPM_SHOW(each[i]));
}

// Only whether a test says the same as before: a key of all its steps.
static void test(struct describing *d)
{
	struct ppm_arena *arena = d->side->arena;
	struct ppm_buffer all;
	struct ppm_property *property;

	ppm_buffer_init(&all, arena->allocator);
	for (const struct ppm_test_step *step = d->subject->statement->test.steps; step && !arena->failed; step = step->next) {
		struct ppm_slice expected = ppm_canonical_key(&d->scope, step->expect);
		ppm_buffer_format(&all, "|%.*s", PPM_SHOW(step->dataset.text));
		append_givens(d, step->givens, &all);
		for (const struct ppm_given_row *row = step->rows; row; row = row->next) {
			ppm_buffer_append_char(&all, ';');
			append_givens(d, row->givens, &all);
		}
		ppm_buffer_format(&all, ">%.*s", PPM_SHOW(expected));
	}
	property = words(d, "steps", taken(d->side, &all));
	if (property)
		property->text = PPM_SLICE("");
}

void ppm_subject_describe(struct ppm_side *side, struct ppm_subject *subject)
{
	struct describing d = { side, subject, { .side = side, .subject = subject, .parameters = NULL }, PPM_NODE_NONE };
	const struct ppm_statement *s = subject->statement;
	char day[10];

	subject->property_count = 0;
	switch (subject->kind) {
	case PPM_SUBJECT_RULE: rule(&d); break;
	case PPM_SUBJECT_DIMENSION: dimension(&d); break;
	case PPM_SUBJECT_SCORE: words(&d, s->score.places.size ? "places" : "dataset", s->score.places.size ? s->score.places : s->score.dataset.text); break;
	case PPM_SUBJECT_TIER: tier(&d); break;
	case PPM_SUBJECT_DISQUALIFIER: disqualifier(&d); break;
	case PPM_SUBJECT_OVERRIDE: override_(&d); break;
	case PPM_SUBJECT_SEGMENT: segment(&d); break;
	case PPM_SUBJECT_PERSPECTIVE:
		for (const struct ppm_share *share = s->perspective.shares; share; share = share->next) {
			uint32_t index = ppm_side_find(side, PPM_SLICE(""), share->name.text);
			entry(&d, "weight", share->name.text, index == PPM_NO_SUBJECT ? share->name.text : ppm_side_name(side, index), share->weight);
		}
		break;
	case PPM_SUBJECT_PARAM: param(&d); break;
	case PPM_SUBJECT_SCENARIO:
		for (const struct ppm_scenario_setting *setting = s->scenario.settings; setting; setting = setting->next)
			entry(&d, "setting", ppm_compare_text(side->arena, setting->param), ppm_canonical_key(&d.scope, setting->param), setting->value);
		break;
	case PPM_SUBJECT_LET: value(&d, subject->let ? subject->let->value : s->let.value); break;
	case PPM_SUBJECT_METRIC: value(&d, s->let.value); break;
	case PPM_SUBJECT_DEFINE:
		parameters(&d, s->define.parameters);
		expression(&d, "value", s->define.value);
		break;
	case PPM_SUBJECT_LOOKUP: lookup(&d); break;
	case PPM_SUBJECT_DATASET: dataset(&d); break;
	case PPM_SUBJECT_COLUMN: column(&d); break;
	case PPM_SUBJECT_TREE:
		words(&d, "by", s->tree.column.text);
		yes(&d, "on cycle break", s->tree.words[0].text.size != 0);
		reads_day(&d, side->plan->dataset_name);
		break;
	case PPM_SUBJECT_AS_OF:
		if (s->as_of.date) {
			ppm_date_write(s->as_of.date->date, day);
			words(&d, "day", ppm_arena_copy(side->arena, (struct ppm_slice){ day, sizeof day }));
		} else {
			words(&d, "day", s->as_of.word.text);
		}
		break;
	case PPM_SUBJECT_SUMMARY: summary(&d); break;
	case PPM_SUBJECT_OUTPUT: result(&d); break;
	case PPM_SUBJECT_TEST: test(&d); break;
	case PPM_SUBJECT_COUNT: break;
	}
	subject->has_reads = true;
}

// The comparison for programs: JSON with everything, and CSV with a row a variant. Figures are exact, what there is none of is null, or an empty field.
#include "lang/whatif/report.h"

#include "runtime/base/number.h"
#include "runtime/sink/sink_internal.h"

struct json {
	const struct ppm_whatif_report *report;
	const struct ppm_whatif_about *about;
	struct ppm_buffer *out;
	bool first; // of the object or list that is open
};

static void next(struct json *j, const char *separator)
{
	ppm_buffer_append_text(j->out, j->first ? "" : separator);
	j->first = false;
}

static void key(struct json *j, const char *name)
{
	next(j, ", ");
	ppm_buffer_format(j->out, "\"%s\": ", name);
}

static void key_of(struct json *j, struct ppm_slice name)
{
	next(j, ", ");
	ppm_json_append_string(j->out, name);
	ppm_buffer_append_text(j->out, ": ");
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

static void whole(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	ppm_buffer_format(j->out, "%llu", (unsigned long long)value);
}

static void text(struct json *j, const char *name, struct ppm_slice value)
{
	key(j, name);
	ppm_json_append_string(j->out, value);
}

static void exact(struct json *j, ppm_int128 value)
{
	struct ppm_slice written = ppm_whatif_decimal(j->report->arena, value);
	ppm_buffer_append(j->out, written.data, written.size);
}

static void number(struct json *j, const char *name, bool has, double value)
{
	char written[400];
	key(j, name);
	if (has)
		ppm_buffer_append(j->out, written, ppm_number_write(value, written));
	else
		ppm_buffer_append_text(j->out, "null");
}

static void decimal(struct json *j, const char *name, bool has, ppm_int128 value)
{
	key(j, name);
	if (has)
		exact(j, value);
	else
		ppm_buffer_append_text(j->out, "null");
}

static void settings(struct json *j, const char *name, const struct ppm_setting *list, size_t count)
{
	key(j, name);
	open(j, '{');
	for (size_t i = 0; i < count; i++) {
		key_of(j, list[i].name);
		ppm_json_append_string(j->out, list[i].value);
	}
	close(j, '}');
}

static struct ppm_slice tier_name(const struct json *j, int16_t tier)
{
	return tier < 0 ? PPM_SLICE("") : j->about->tiers[tier];
}

static void tier(struct json *j, const char *name, int16_t index)
{
	key(j, name);
	if (index < 0)
		ppm_buffer_append_text(j->out, "null");
	else
		ppm_json_append_string(j->out, tier_name(j, index));
}

static void tiers(struct json *j, const struct ppm_whatif_result *result)
{
	key(j, "tiers");
	open(j, '{');
	for (uint32_t t = 0; t < j->about->tier_count; t++) {
		key_of(j, j->about->tiers[t]);
		ppm_buffer_format(j->out, "%llu", (unsigned long long)result->tiers[t]);
	}
	close(j, '}');
	whole(j, "without_tier", result->tiers[j->about->tier_count]);
}

static void values(struct json *j, const struct ppm_whatif_result *result)
{
	uint32_t slots = j->about->tier_count + 1;
	key(j, "values");
	open(j, '{');
	for (uint32_t v = 0; v < j->about->value_count; v++) {
		ppm_int128 total = 0;
		uint64_t present = 0;
		for (uint32_t t = 0; t < slots; t++) {
			total += result->value_sums[v * slots + t];
			present += result->value_counts[v * slots + t];
		}
		key_of(j, j->about->values[v]);
		open(j, '{');
		decimal(j, "total", !result->value_overflow, total);
		whole(j, "present", present);
		key(j, "tiers");
		open(j, '{');
		for (uint32_t t = 0; t < j->about->tier_count; t++) {
			key_of(j, j->about->tiers[t]);
			if (result->value_overflow)
				ppm_buffer_append_text(j->out, "null");
			else
				exact(j, result->value_sums[v * slots + t]);
		}
		close(j, '}');
		decimal(j, "without_tier", !result->value_overflow, result->value_sums[v * slots + j->about->tier_count]);
		close(j, '}');
	}
	close(j, '}');
}

static void metrics(struct json *j, const struct ppm_whatif_result *result)
{
	key(j, "metrics");
	open(j, '{');
	for (uint32_t m = 0; m < j->about->metric_count; m++) {
		struct ppm_slice cell = result->metrics[m].json;
		key_of(j, j->about->metrics[m]);
		ppm_buffer_append_text(j->out, cell.size ? "" : "null");
		ppm_buffer_append(j->out, cell.data, cell.size);
	}
	close(j, '}');
}

static void movers(struct json *j, const struct ppm_whatif_result *result)
{
	key(j, "movers");
	open(j, '[');
	for (uint32_t i = 0; i < result->mover_count; i++) {
		const struct ppm_whatif_mover *mover = &result->movers[i];
		next(j, ", ");
		open(j, '{');
		text(j, "row", mover->name);
		decimal(j, "before", true, ppm_whatif_score(j->about, mover->before));
		decimal(j, "after", true, ppm_whatif_score(j->about, mover->after));
		if (j->about->tier_count) {
			tier(j, "tier_before", mover->tier_before);
			tier(j, "tier_after", mover->tier_after);
		}
		close(j, '}');
	}
	close(j, ']');
}

static void variant(struct json *j, const struct ppm_whatif_variant *v, bool is_base)
{
	const struct ppm_whatif_result *result = &v->result;
	next(j, "");
	open(j, '{');
	text(j, "name", v->name);
	if (!is_base) {
		key(j, "scenario");
		if (v->scenario.size)
			ppm_json_append_string(j->out, v->scenario);
		else
			ppm_buffer_append_text(j->out, "null");
	}
	settings(j, "settings", is_base ? j->report->base : v->settings, is_base ? j->report->base_count : v->setting_count);
	whole(j, "rows", result->rows);
	whole(j, "left_out", result->left_out);
	if (j->about->has_score) {
		whole(j, "scored", result->scored);
		decimal(j, "mean_score", result->scored > 0, result->scored ? ppm_whatif_mean(j->about, result) : 0);
		decimal(j, "median_score", result->scored > 0, ppm_whatif_median(j->about, result));
	}
	if (j->about->tier_count)
		tiers(j, result);
	if (j->about->value_count)
		values(j, result);
	if (j->about->metric_count)
		metrics(j, result);
	if (!is_base) {
		whole(j, "appeared", result->appeared);
		whole(j, "gone", result->gone);
		if (j->about->tier_count) {
			whole(j, "tier_up", result->up);
			whole(j, "tier_down", result->down);
			whole(j, "tier_changed", result->retiered);
		}
		if (j->about->has_score) {
			whole(j, "compared", result->pairs);
			whole(j, "score_changed", result->changed);
			number(j, "rank_correlation", result->has_correlation, result->correlation);
			whole(j, "top", result->top);
			whole(j, "top_same", result->top_same);
			movers(j, result);
		}
	}
	close(j, '}');
}

static void tornado(struct json *j)
{
	const struct ppm_whatif_report *r = j->report;
	struct ppm_slice shown;
	double value = 0;
	bool has = ppm_whatif_figure(r, &r->variants[0].result, &r->measure, &value, &shown);
	ppm_buffer_append_text(j->out, ",\n  \"tornado\": {");
	j->first = true;
	text(j, "measure", r->measure.name);
	number(j, "base", has, value);
	key(j, "params");
	open(j, '[');
	for (size_t i = 0; i < r->bar_count; i++) {
		const struct ppm_whatif_bar *b = &r->bars[i];
		ppm_buffer_append_text(j->out, i ? ",\n    " : "\n    ");
		open(j, '{');
		text(j, "param", b->param);
		text(j, "low", b->low_text);
		text(j, "high", b->high_text);
		key(j, "declared");
		ppm_buffer_append_text(j->out, b->declared ? "true" : "false");
		has = ppm_whatif_figure(r, &r->variants[b->low].result, &r->measure, &value, &shown);
		number(j, "at_low", has, value);
		has = ppm_whatif_figure(r, &r->variants[b->high].result, &r->measure, &value, &shown);
		number(j, "at_high", has, value);
		number(j, "swing", b->has_swing, b->swing);
		close(j, '}');
	}
	close(j, ']');
	close(j, '}');
}

void ppm_whatif_json(const struct ppm_whatif_report *report, struct ppm_buffer *out)
{
	struct json json = { report, report->about, out, true }, *j = &json;
	ppm_buffer_append_text(out, "{\n  ");
	text(j, "model", report->about->model);
	text(j, "data", report->about->data);
	ppm_buffer_append_text(out, ",\n  \"base\": ");
	j->first = true;
	variant(j, &report->variants[0], true);
	ppm_buffer_append_text(out, ",\n  \"variants\": [");
	for (size_t i = 1; i < report->variant_count; i++) {
		ppm_buffer_append_text(out, i == 1 ? "\n    " : ",\n    ");
		j->first = true;
		variant(j, &report->variants[i], false);
	}
	ppm_buffer_append_text(out, report->variant_count > 1 ? "\n  ]" : "]");
	if (report->has_bars)
		tornado(j);
	ppm_buffer_append_text(out, "\n}\n");
}

// ---- CSV --------------------------------------------------------------------------------------------------------

static void field(struct ppm_buffer *out, struct ppm_slice cell, bool *first)
{
	bool quoted = false;
	for (size_t i = 0; i < cell.size; i++)
		quoted = quoted || cell.data[i] == ',' || cell.data[i] == '"' || cell.data[i] == '\n' || cell.data[i] == '\r';
	ppm_buffer_append_text(out, *first ? "" : ",");
	*first = false;
	if (!quoted) {
		ppm_buffer_append(out, cell.data, cell.size);
		return;
	}
	ppm_buffer_append_char(out, '"');
	for (size_t i = 0; i < cell.size; i++) {
		if (cell.data[i] == '"')
			ppm_buffer_append_char(out, '"');
		ppm_buffer_append_char(out, cell.data[i]);
	}
	ppm_buffer_append_char(out, '"');
}

static void whole_field(struct ppm_buffer *out, bool has, uint64_t value)
{
	ppm_buffer_append_text(out, ",");
	if (has)
		ppm_buffer_format(out, "%llu", (unsigned long long)value);
}

static void exact_field(const struct ppm_whatif_report *r, struct ppm_buffer *out, bool has, ppm_int128 value)
{
	bool first = false;
	field(out, has ? ppm_whatif_decimal(r->arena, value) : PPM_SLICE(""), &first);
}

static void header(const struct ppm_whatif_report *r, struct ppm_buffer *out)
{
	const struct ppm_whatif_about *about = r->about;
	bool first = true;
	field(out, PPM_SLICE("variant"), &first);
	for (size_t i = 0; i < r->base_count; i++)
		field(out, r->base[i].name, &first);
	ppm_buffer_append_text(out, ",rows,left_out");
	if (about->has_score)
		ppm_buffer_append_text(out, ",scored,mean_score,median_score,score_changed,rank_correlation,top,top_same");
	for (uint32_t t = 0; t < about->tier_count; t++)
		field(out, ppm_arena_format(r->arena, "tier %.*s", (int)about->tiers[t].size, about->tiers[t].data), &first);
	if (about->tier_count)
		ppm_buffer_append_text(out, ",tier_up,tier_down");
	for (uint32_t v = 0; v < about->value_count; v++) {
		struct ppm_slice name = about->values[v];
		field(out, name, &first);
		for (uint32_t t = 0; t < about->tier_count; t++)
			field(out, ppm_arena_format(r->arena, "%.*s of %.*s", (int)name.size, name.data, (int)about->tiers[t].size, about->tiers[t].data), &first);
	}
	for (uint32_t m = 0; m < about->metric_count; m++)
		field(out, about->metrics[m], &first);
	ppm_buffer_append_char(out, '\n');
}

static void row(const struct ppm_whatif_report *r, const struct ppm_whatif_variant *v, bool is_base, struct ppm_buffer *out)
{
	const struct ppm_whatif_about *about = r->about;
	const struct ppm_whatif_result *result = &v->result;
	uint32_t slots = about->tier_count + 1;
	bool first = true;
	field(out, v->name, &first);
	for (size_t i = 0; i < r->base_count; i++)
		field(out, v->values[i], &first);
	whole_field(out, true, result->rows);
	whole_field(out, true, result->left_out);
	if (about->has_score) {
		char written[400];
		whole_field(out, true, result->scored);
		exact_field(r, out, result->scored > 0, result->scored ? ppm_whatif_mean(about, result) : 0);
		exact_field(r, out, result->scored > 0, ppm_whatif_median(about, result));
		whole_field(out, !is_base, result->changed);
		field(out, (struct ppm_slice){ written, result->has_correlation && !is_base ? ppm_number_write(result->correlation, written) : 0 }, &first);
		whole_field(out, !is_base, result->top);
		whole_field(out, !is_base, result->top_same);
	}
	for (uint32_t t = 0; t < about->tier_count; t++)
		whole_field(out, true, result->tiers[t]);
	if (about->tier_count) {
		whole_field(out, !is_base, result->up);
		whole_field(out, !is_base, result->down);
	}
	for (uint32_t k = 0; k < about->value_count; k++) {
		ppm_int128 total = 0;
		for (uint32_t t = 0; t < slots; t++)
			total += result->value_sums[k * slots + t];
		exact_field(r, out, !result->value_overflow, total);
		for (uint32_t t = 0; t < about->tier_count; t++)
			exact_field(r, out, !result->value_overflow, result->value_sums[k * slots + t]);
	}
	for (uint32_t m = 0; m < about->metric_count; m++)
		field(out, result->metrics[m].text, &first);
	ppm_buffer_append_char(out, '\n');
}

void ppm_whatif_csv(const struct ppm_whatif_report *report, struct ppm_buffer *out)
{
	header(report, out);
	for (size_t i = 0; i < report->variant_count; i++)
		row(report, &report->variants[i], i == 0, out);
}

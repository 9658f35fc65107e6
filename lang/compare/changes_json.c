// The changes as JSON: what there was and what there is, whole, beside the part that differs.

#include "lang/compare/changes.h"

#include "lang/plan/plan.h"
#include "runtime/sink/sink_internal.h"

static const char *const kinds[] = { "added", "removed", "renamed", "changed" };
static const char *const subjects[] = { "rule", "dimension", "score", "tier", "disqualifier", "override", "segment", "perspective", "param", "scenario", "let", "define", "lookup",
	"dataset", "column", "tree", "as of", "metric", "summary", "output", "test" };

static void string(struct ppm_buffer *out, const char *key, struct ppm_slice text)
{
	ppm_buffer_format(out, ", \"%s\": ", key);
	ppm_json_append_string(out, text.data ? text : PPM_SLICE(""));
}

// null where there is nothing.
static void string_or_null(struct ppm_buffer *out, const char *key, struct ppm_slice text)
{
	if (text.size)
		string(out, key, text);
	else
		ppm_buffer_format(out, ", \"%s\": null", key);
}

static void place(struct ppm_buffer *out, const char *key, const struct ppm_model *model, struct ppm_span span)
{
	uint32_t line, column;
	const struct ppm_source *source = span.begin ? ppm_source_map_place(ppm_model_sources(model), span.begin, &line, &column) : NULL;

	ppm_buffer_format(out, ", \"%s\": ", key);
	if (!source) {
		ppm_buffer_append_text(out, "null");
		return;
	}
	ppm_buffer_append_text(out, "{\"file\": ");
	ppm_json_append_string(out, source->path);
	ppm_buffer_format(out, ", \"line\": %u, \"column\": %u}", line, column);
}

static void one(const struct ppm_change *change, const struct ppm_changes_names *names, struct ppm_buffer *out)
{
	const struct ppm_plan *plan = ppm_model_plan(names->after_model);

	ppm_buffer_format(out, "{\"kind\": \"%s\", \"of\": \"%s\"", kinds[change->kind], subjects[change->subject]);
	string(out, "name", change->name);
	string_or_null(out, "old_name", change->old_name);
	string_or_null(out, "within", change->within);
	place(out, "before", names->before_model, change->before);
	place(out, "after", names->after_model, change->after);
	ppm_buffer_append_text(out, ", \"parts\": [");
	for (size_t i = 0; i < change->part_count; i++) {
		const struct ppm_change_part *part = &change->parts[i];
		ppm_buffer_format(out, "%s{\"aspect\": \"%s\"", i ? ", " : "", part->aspect);
		string_or_null(out, "item", part->item);
		string_or_null(out, "before", part->before);
		string_or_null(out, "after", part->after);
		string(out, "text", part->symbols);
		ppm_buffer_append_char(out, '}');
	}
	ppm_buffer_append_char(out, ']');
	string_or_null(out, "words", change->words);
	ppm_buffer_append_text(out, ", \"rules\": [");
	for (size_t i = 0; i < change->rule_count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		ppm_json_append_string(out, plan->rules[change->rules[i]]->name);
	}
	ppm_buffer_append_text(out, "], \"reaches\": [");
	for (size_t i = 0; i < change->reach_count; i++) {
		ppm_buffer_append_text(out, i ? ", " : "");
		ppm_json_append_string(out, change->reaches[i]);
	}
	ppm_buffer_append_text(out, "]}");
}

void ppm_changes_json(const struct ppm_changes *changes, const struct ppm_changes_names *names, struct ppm_buffer *out)
{
	ppm_buffer_append_text(out, "\"before\": ");
	ppm_json_append_string(out, names->before);
	ppm_buffer_append_text(out, ",\n  \"after\": ");
	ppm_json_append_string(out, names->after);
	ppm_buffer_append_text(out, ",\n  \"changes\": [");
	for (size_t i = 0; i < changes->count; i++) {
		ppm_buffer_append_text(out, i ? ",\n    " : "\n    ");
		one(&changes->items[i], names, out);
	}
	ppm_buffer_append_text(out, changes->count ? "\n  ]" : "]");
}

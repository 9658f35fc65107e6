// The summary of a run: counts that add up, in the model's own words.
#include "lang/driver/summary.h"

#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#include <stdio.h>

static void append_escaped(struct ppm_buffer *out, struct ppm_slice text)
{
	if (text.size)
		ppm_text_append_escaped(out, text, 200, false);
}

static size_t name_width(struct ppm_slice name)
{
	return name.size ? ppm_utf8_width(name.data, name.size) : 0;
}

// A block of names with counts, those of `kind`; those that never happened only when `all`.
static void block(const struct ppm_program *program, const struct ppm_engine_report *report, enum ppm_tally_kind kind, bool all, const char *title, struct ppm_buffer *out)
{
	size_t widest = 0;
	char count[32];
	int digits = 0;
	bool any = false;

	for (uint32_t i = 0; i < program->tally_count; i++) {
		const struct ppm_tally *tally = &program->tallies[i];
		int size;
		if (tally->kind != kind || (!all && !report->tallies[i]))
			continue;
		any = true;
		widest = name_width(tally->name) > widest ? name_width(tally->name) : widest;
		size = (int)strlen(ppm_driver_count(report->tallies[i], count));
		digits = size > digits ? size : digits;
	}
	if (!any)
		return;
	ppm_buffer_format(out, "  %s\n", title);
	for (uint32_t i = 0; i < program->tally_count; i++) {
		const struct ppm_tally *tally = &program->tallies[i];
		if (tally->kind != kind || (!all && !report->tallies[i]))
			continue;
		ppm_buffer_append_text(out, "    ");
		append_escaped(out, tally->name);
		ppm_buffer_format(out, "%*s  %*s", (int)(widest - name_width(tally->name)), "", digits, ppm_driver_count(report->tallies[i], count));
		if (kind == PPM_TALLY_TIER)
			ppm_buffer_format(out, "  %5.1f %%", report->scored ? 100.0 * (double)report->tallies[i] / (double)report->scored : 0.0);
		if (tally->action.size) {
			ppm_buffer_append_text(out, "  ");
			append_escaped(out, tally->action);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

static uint64_t total(const struct ppm_program *program, const struct ppm_engine_report *report, enum ppm_tally_kind kind)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < program->tally_count; i++)
		if (program->tallies[i].kind == kind)
			sum += report->tallies[i];
	return sum;
}

static void duration(double seconds, struct ppm_buffer *out)
{
	if (seconds < 1)
		ppm_buffer_format(out, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1000);
	else
		ppm_buffer_format(out, "%.1f s", seconds);
}

void ppm_summary_write(const struct ppm_task *task, const struct ppm_engine_report *report, struct ppm_buffer *out)
{
	static const struct { enum ppm_tally_kind kind; const char *title; } counts[] = {
		{ PPM_TALLY_SCORE_MISSING, "without a score, as nothing could be decided" },
		{ PPM_TALLY_INCOMPLETE, "scored on a part of the evidence, as values are missing" },
		{ PPM_TALLY_OVERRIDDEN, "tier set by an override" },
	};
	const struct ppm_program *program = ppm_model_program(task->model);
	char count[32];

	append_escaped(out, program->model_name.size ? program->model_name : task->files->path);
	ppm_buffer_format(out, ": %s ", ppm_driver_count(report->scored, count));
	append_escaped(out, program->dataset_name.size ? program->dataset_name : PPM_SLICE("rows"));
	ppm_buffer_append_text(out, " scored in ");
	duration(report->seconds, out);
	ppm_buffer_append_char(out, '\n');
	block(program, report, PPM_TALLY_TIER, true, "tiers", out);
	block(program, report, PPM_TALLY_UNVERIFIED, false, "unverified, as a disqualifier could not be decided", out);
	block(program, report, PPM_TALLY_TIER_PASSED_OVER, false, "passed over, as the condition is missing", out);
	block(program, report, PPM_TALLY_RULE_UNKNOWN, false, "rules that could not be decided", out);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (total(program, report, counts[i].kind))
			ppm_buffer_format(out, "  %s: %s\n", counts[i].title, ppm_driver_count(total(program, report, counts[i].kind), count));
}

static void site(const struct ppm_program *program, const struct ppm_site *at, uint64_t times, const char *indent, struct ppm_buffer *out)
{
	char count[32];

	ppm_buffer_format(out, "%sno value: ", indent);
	append_escaped(out, at->what);
	if (at->place.line && at->place.source < program->source_count) {
		ppm_buffer_append_text(out, " at ");
		append_escaped(out, program->sources[at->place.source].path);
		ppm_buffer_format(out, ":%u:%u", at->place.line, at->place.column);
	}
	ppm_buffer_format(out, ", %s row%s\n", ppm_driver_count(times, count), times == 1 ? "" : "s");
}

void ppm_summary_findings(const struct ppm_task *task, const struct ppm_engine_report *report, const char *rejects, const char *indent, struct ppm_buffer *out)
{
	const struct ppm_program *program = ppm_model_program(task->model);
	struct ppm_buffer inferred;
	char a[32], b[32], c[32];

	for (uint32_t i = 0; i < program->site_count; i++)
		if (report->site_counts[i])
			site(program, &program->sites[i], report->site_counts[i], indent, out);
	if (rejects) {
		ppm_buffer_format(out, "%s%s rows in = %s scored + %s rejected", indent, ppm_driver_count(report->records, a), ppm_driver_count(report->scored, b), ppm_driver_count(report->refused, c));
		if (report->refused) {
			ppm_buffer_append_text(out, ", see ");
			append_escaped(out, ppm_slice_of(rejects));
		}
		ppm_buffer_append_char(out, '\n');
	}
	ppm_buffer_init(&inferred, NULL);
	ppm_model_describe_inferred(task->model, &inferred);
	if (inferred.size) {
		ppm_buffer_format(out, "%scolumns taken for\n", indent);
		for (size_t at = 0; at < inferred.size;) {
			const char *end = memchr(inferred.data + at, '\n', inferred.size - at);
			size_t size = end ? (size_t)(end - inferred.data) - at : inferred.size - at;
			ppm_buffer_format(out, "%s  ", indent);
			append_escaped(out, (struct ppm_slice){ inferred.data + at, size });
			ppm_buffer_append_char(out, '\n');
			at += size + 1;
		}
	}
	ppm_buffer_free(&inferred);
}

static void member(struct ppm_buffer *out, const char *name, struct ppm_slice value)
{
	ppm_buffer_format(out, "%s\"%s\": ", out->data && out->data[out->size - 1] == '{' ? "" : ", ", name);
	ppm_json_append_string(out, value);
}

void ppm_summary_provenance(const struct ppm_task *task, struct ppm_slice digest, struct ppm_buffer *out)
{
	const struct ppm_program *program = ppm_model_program(task->model);
	char day[10];

	ppm_buffer_append_char(out, '{');
	member(out, "ppmc", PPM_SLICE(PPM_VERSION));
	if (program->model_name.size)
		member(out, "model", program->model_name);
	member(out, "model_file", task->files->path);
	member(out, "model_sha256", ppm_slice_of(task->files->first->digest));
	if (task->files->first->next) {
		ppm_buffer_append_text(out, ", \"modules\": [");
		for (const struct ppm_file *file = task->files->first->next; file; file = file->next) {
			ppm_buffer_append_text(out, file == task->files->first->next ? "{" : ", {");
			member(out, "file", file->path);
			member(out, "sha256", ppm_slice_of(file->digest));
			ppm_buffer_append_char(out, '}');
		}
		ppm_buffer_append_char(out, ']');
	}
	if (program->has_as_of) {
		ppm_date_write(program->as_of, day);
		member(out, "as_of", (struct ppm_slice){ day, 10 });
	}
	member(out, "data_file", ppm_slice_of(ppm_driver_file_name(task->data_path)));
	if (digest.size)
		member(out, "data_sha256", digest);
	ppm_buffer_append_char(out, '}');
}

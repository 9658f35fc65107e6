// The summary of a run: counts that add up, in the model's own words.
#include "lang/driver/summary.h"

#include "runtime/base/text.h"
#include "runtime/sink/sink_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOW(slice) (int)(slice).size, (slice).data

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

// ---- figures of the whole ------------------------------------------------------------------------------------------------

static const struct ppm_job_table *metrics_of(const struct ppm_job_report *report)
{
	for (uint32_t i = 0; report && i < report->table_count; i++)
		if (!report->tables[i].name.size && report->tables[i].rows)
			return &report->tables[i];
	return NULL;
}

// What the scored rows are called.
static struct ppm_slice dataset_of(const struct ppm_task *task)
{
	const struct ppm_job *job = ppm_model_job(task->model);

	return job ? job->tables[job->scored].name : ppm_model_program(task->model)->dataset_name;
}

void ppm_summary_metrics(const struct ppm_task *task, const struct ppm_job_report *report, const char *indent, struct ppm_buffer *out)
{
	const struct ppm_job_table *table = metrics_of(report);
	size_t widest = 0, longest = 0;

	if (!table)
		return;
	for (uint32_t i = 0; i < ppm_sink_column_count(table->sink); i++) {
		size_t width = name_width(ppm_sink_column_name(table->sink, i)), length = name_width(table->cells[i]);
		widest = width > widest ? width : widest;
		longest = length > longest && length <= 40 ? length : longest;
	}
	ppm_buffer_format(out, "%smetrics\n", indent);
	for (uint32_t i = 0; i < ppm_sink_column_count(table->sink); i++) {
		struct ppm_slice name = ppm_sink_column_name(table->sink, i), doc = ppm_model_metric_doc(task->model, name);
		struct ppm_slice value = table->cells[i].size ? table->cells[i] : PPM_SLICE("(missing)");
		size_t length = name_width(value);
		ppm_buffer_format(out, "%s  ", indent);
		append_escaped(out, name);
		ppm_buffer_format(out, "%*s  %*s", (int)(widest - name_width(name)), "", (int)(longest > length ? longest - length : 0), "");
		append_escaped(out, value);
		if (doc.size) {
			ppm_buffer_append_text(out, "  ");
			append_escaped(out, doc);
		}
		ppm_buffer_append_char(out, '\n');
	}
}

void ppm_summary_write(const struct ppm_task *task, const struct ppm_run_report *report, struct ppm_buffer *out)
{
	static const struct {
		enum ppm_tally_kind kind;
		const char *title;
	} counts[] = {
		{ PPM_TALLY_TIER_PASSED_OVER, "a tier passed over, as its condition is missing" },
		{ PPM_TALLY_SCORE_MISSING, "without a score, as nothing could be decided" },
		{ PPM_TALLY_INCOMPLETE, "scored on a part of the evidence, as values are missing" },
		{ PPM_TALLY_OVERRIDDEN, "tier set by an override" },
	};
	const struct ppm_program *program = ppm_model_program(task->model);
	const struct ppm_engine_report *scored = report->scored;
	struct ppm_slice dataset = dataset_of(task);
	char count[32];

	append_escaped(out, program->model_name.size ? program->model_name : task->files->path);
	ppm_buffer_format(out, ": %s ", ppm_driver_count(scored->scored, count));
	append_escaped(out, dataset.size ? dataset : PPM_SLICE("rows"));
	ppm_buffer_append_text(out, " scored in ");
	duration(report->seconds, out);
	if (task->against.path) {
		ppm_buffer_append_text(out, ", compared with those of ");
		append_escaped(out, ppm_slice_of(task->against.shown));
	}
	ppm_buffer_append_char(out, '\n');
	block(program, scored, PPM_TALLY_TIER, true, "tiers", out);
	block(program, scored, PPM_TALLY_RULE_UNKNOWN, false, "rules that could not be decided", out);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (total(program, scored, counts[i].kind))
			ppm_buffer_format(out, "  %s: %s\n", counts[i].title, ppm_driver_count(total(program, scored, counts[i].kind), count));
	ppm_summary_metrics(task, report->job, "  ", out);
}

// ---- findings, a line each -----------------------------------------------------------------------------------------

struct teller {
	const struct ppm_findings *how;
	const struct ppm_program *program; // for the places' files
	struct ppm_buffer *out;
	struct ppm_buffer line; // the sentence in the making
};

// Appends the place to the sentence; an object of JSON has it in members of its own.
static void at(struct teller *teller, const struct ppm_place *place)
{
	if (!teller->how->json && place->line && place->source < teller->program->source_count)
		ppm_buffer_format(&teller->line, " at %.*s:%u:%u", SHOW(teller->program->sources[place->source].path), place->line, place->column);
}

static void tell(struct teller *teller, const struct ppm_place *place)
{
	struct ppm_buffer *out = teller->out;

	if (!teller->how->json) {
		ppm_buffer_append_text(out, teller->how->indent);
		ppm_text_append_escaped(out, ppm_buffer_slice(&teller->line), 1000, false);
		ppm_buffer_append_char(out, '\n');
	} else {
		ppm_buffer_append_text(out, "{\"severity\":\"note\",\"message\":");
		ppm_json_append_string(out, ppm_buffer_slice(&teller->line));
		if (place && place->line && place->source < teller->program->source_count) {
			ppm_buffer_append_text(out, ",\"model_file\":");
			ppm_json_append_string(out, teller->program->sources[place->source].path);
			ppm_buffer_format(out, ",\"model_line\":%u,\"model_column\":%u", place->line, place->column);
		}
		ppm_buffer_append_text(out, "}\n");
	}
	out->failed = out->failed || teller->line.failed;
	teller->line.size = 0;
}

static void tell_no_value(struct teller *teller, const struct ppm_site *site, uint64_t rows)
{
	char count[32];

	if (!rows)
		return;
	ppm_buffer_format(&teller->line, "no value: %.*s", SHOW(site->what));
	at(teller, &site->place);
	ppm_buffer_format(&teller->line, ", %s row%s", ppm_driver_count(rows, count), rows == 1 ? "" : "s");
	tell(teller, &site->place);
}

struct counted_site {
	const struct ppm_site *site;
	uint64_t rows;
};

static int compare_sites(const void *a, const void *b)
{
	const struct ppm_site *x = ((const struct counted_site *)a)->site, *y = ((const struct counted_site *)b)->site;

	if (x->place.source != y->place.source)
		return x->place.source < y->place.source ? -1 : 1;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return ppm_slice_compare(x->what, y->what);
}

// One place may stand in several of a job's programs, each of which counts it: the largest count is the place's.
static void tell_job_no_values(struct teller *teller, const struct ppm_job *job, const struct ppm_run_report *report)
{
	struct counted_site *sites;
	size_t count = 0, all = 0;

	for (uint32_t p = 0; p < job->program_count; p++)
		all += job->programs[p]->site_count;
	sites = calloc(all + 1, sizeof *sites);
	if (!sites) {
		teller->out->failed = true;
		return;
	}
	for (uint32_t p = 0; p < job->program_count; p++)
		for (uint32_t s = 0; s < job->programs[p]->site_count; s++) {
			uint64_t rows = report->job->program_sites[p][s], scored = p == job->final ? report->scored->site_counts[s] : 0;
			if (rows || scored)
				sites[count++] = (struct counted_site){ &job->programs[p]->sites[s], rows > scored ? rows : scored };
		}
	if (count)
		qsort(sites, count, sizeof *sites, compare_sites);
	for (size_t i = 0; i < count;) {
		uint64_t most = 0;
		size_t first = i;
		for (; i < count && !compare_sites(&sites[first], &sites[i]); i++)
			most = sites[i].rows > most ? sites[i].rows : most;
		tell_no_value(teller, sites[first].site, most);
	}
	free(sites);
}

static void tell_site(struct teller *teller, const struct ppm_job_site *site, uint64_t times, struct ppm_slice sample)
{
	struct ppm_buffer *line = &teller->line;
	const char *s = times == 1 ? "" : "s", *name = times == 1 ? "names" : "name";
	char count[32];

	if (!times)
		return;
	ppm_driver_count(times, count);
	ppm_buffer_format(line, "%s%.*s", site->kind == PPM_JOB_BROKEN_CYCLE ? "tree " : "", SHOW(site->what));
	at(teller, &site->place);
	switch (site->kind) {
	case PPM_JOB_SKIPPED: ppm_buffer_format(line, " leaves out %s missing value%s", count, s); break;
	case PPM_JOB_UNKNOWN_KEY: ppm_buffer_format(line, ": %s row%s %s a key that is not there", count, s, name); break;
	case PPM_JOB_ORPHANS: ppm_buffer_format(line, ": %s row%s%s, whose key is missing or nowhere", count, s, times == 1 ? " is an orphan" : " are orphans"); break;
	case PPM_JOB_NO_SHARE: ppm_buffer_format(line, " has no value for %s row%s, as the sum is 0", count, s); break;
	case PPM_JOB_UNKNOWN_PARENT: ppm_buffer_format(line, ": %s row%s %s a parent that is not there, and %s", count, s, name, times == 1 ? "is a root" : "are roots"); break;
	case PPM_JOB_BROKEN_CYCLE: ppm_buffer_format(line, ": %s circle%s cut open", count, times == 1 ? " was" : "s were"); break;
	case PPM_JOB_NO_AGREEMENT: ppm_buffer_append_text(line, " has no value, as too few rows have all of its values, or all are equal"); break;
	}
	if (sample.size)
		ppm_buffer_format(line, "%s %.*s", site->kind == PPM_JOB_BROKEN_CYCLE ? ", at" : ", such as", SHOW(sample));
	tell(teller, &site->place);
}

static void tell_stream_rows(struct teller *teller, const struct ppm_engine_report *report, const char *rejects)
{
	char a[32], b[32], c[32];

	if (!rejects && !teller->how->json)
		return;
	ppm_buffer_format(&teller->line, "%s row%s in = %s scored + %s rejected", ppm_driver_count(report->records, a), report->records == 1 ? "" : "s",
		ppm_driver_count(report->scored, b), ppm_driver_count(report->refused, c));
	if (report->refused && rejects)
		ppm_buffer_format(&teller->line, ", see %s", rejects);
	tell(teller, NULL);
}

static void tell_input_rows(struct teller *teller, const struct ppm_input *input, const struct ppm_job_input_report *report, const char *suffix)
{
	struct ppm_buffer *line = &teller->line;
	uint64_t later = report->records - report->kept - report->refused;
	bool whole = !later && !input->rejects && !report->refused;
	char count[32], day[10];

	if (whole && !teller->how->all && !teller->how->json)
		return;
	if (input->dataset.size || *suffix)
		ppm_buffer_format(line, "%.*s%s: ", SHOW(input->dataset.size ? input->dataset : PPM_SLICE("rows")), suffix);
	ppm_buffer_format(line, "%s row%s", ppm_driver_count(report->records, count), report->records == 1 ? "" : "s");
	if (whole) {
		ppm_buffer_format(line, " of %s", input->shown);
		tell(teller, NULL);
		return;
	}
	ppm_buffer_format(line, " in = %s kept", ppm_driver_count(report->kept, count));
	if (input->rejects || report->refused)
		ppm_buffer_format(line, " + %s rejected", ppm_driver_count(report->refused, count));
	if (later && teller->program->has_as_of) {
		ppm_date_write(teller->program->as_of, day);
		ppm_buffer_format(line, " + %s after %.10s", ppm_driver_count(later, count), day);
	}
	if (report->refused && input->rejects)
		ppm_buffer_format(line, ", see %s", input->rejects);
	tell(teller, NULL);
}

static void tell_spilled(struct teller *teller, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double figure = (double)bytes;
	int unit = 0;

	if (!bytes)
		return;
	for (; figure >= 999.95 && unit < 4; unit++)
		figure /= 1000;
	ppm_buffer_format(&teller->line, unit ? "put %.1f %s aside in temporary files" : "put %.0f %s aside in temporary files", figure, units[unit]);
	tell(teller, NULL);
}

// Metrics and summaries that no file gets.
static void tell_tables(struct teller *teller, const struct ppm_job_report *report)
{
	const struct ppm_job_table *metrics = metrics_of(report);
	char count[32];

	for (uint32_t i = 0; metrics && teller->how->metrics && i < ppm_sink_column_count(metrics->sink); i++) {
		ppm_buffer_format(&teller->line, "metric %.*s: %.*s", SHOW(ppm_sink_column_name(metrics->sink, i)),
			SHOW(metrics->cells[i].size ? metrics->cells[i] : PPM_SLICE("(missing)")));
		tell(teller, NULL);
	}
	for (uint32_t i = 0; teller->how->summaries && i < report->table_count; i++) {
		const struct ppm_job_table *table = &report->tables[i];
		if (!table->name.size || ppm_outs_find(teller->how->outs, PPM_OUT_SUMMARY, table->name))
			continue;
		ppm_buffer_format(&teller->line, "summary %.*s: %s row%s, written by `--summary %.*s=FILE`", SHOW(table->name), ppm_driver_count(table->rows, count),
			table->rows == 1 ? "" : "s", SHOW(table->name));
		tell(teller, NULL);
	}
}

static void tell_inferred(struct teller *teller, const struct ppm_model *model)
{
	struct ppm_buffer inferred;

	ppm_buffer_init(&inferred, NULL);
	ppm_model_describe_inferred(model, &inferred);
	if (inferred.size && !teller->how->json) {
		ppm_buffer_append_text(&teller->line, "columns taken for");
		tell(teller, NULL);
		for (size_t from = 0; from < inferred.size;) {
			const char *end = memchr(inferred.data + from, '\n', inferred.size - from);
			size_t size = end ? (size_t)(end - inferred.data) - from : inferred.size - from;
			ppm_buffer_format(&teller->line, "  %.*s", (int)size, inferred.data + from);
			tell(teller, NULL);
			from += size + 1;
		}
	}
	ppm_buffer_free(&inferred);
}

void ppm_summary_findings(const struct ppm_task *task, const struct ppm_run_report *report, const struct ppm_findings *how, struct ppm_buffer *out)
{
	const struct ppm_job *job = ppm_model_job(task->model);
	struct teller teller = { .how = how, .program = ppm_model_program(task->model), .out = out };

	ppm_buffer_init(&teller.line, NULL);
	if (!job) {
		for (uint32_t i = 0; i < teller.program->site_count; i++)
			tell_no_value(&teller, &teller.program->sites[i], report->scored->site_counts[i]);
		tell_stream_rows(&teller, report->scored, task->inputs[0].rejects);
	} else {
		for (uint32_t i = 0; i < task->input_count; i++)
			tell_input_rows(&teller, &task->inputs[i], &report->job->inputs[task->inputs[i].table], "");
		if (task->against.path)
			tell_input_rows(&teller, &task->against, &report->job->against, " to compare with");
		tell_job_no_values(&teller, job, report);
		for (uint32_t i = 0; i < job->site_count; i++)
			tell_site(&teller, &job->sites[i], report->job->site_counts[i], report->job->site_samples[i]);
		if (how->all)
			tell_spilled(&teller, report->job->spilled);
		tell_tables(&teller, report->job);
	}
	tell_inferred(&teller, task->model);
	ppm_buffer_free(&teller.line);
}

bool ppm_summary_has_rejects(const struct ppm_task *task, const struct ppm_run_report *report)
{
	const struct ppm_job *job = ppm_model_job(task->model);

	if (report->scored->refused)
		return true;
	for (uint32_t i = 0; job && i < task->input_count; i++) {
		const struct ppm_input *input = &task->inputs[i];
		if (report->job->inputs[input->table].refused)
			return true;
		for (uint32_t a = 0; a < job->action_count && input->rejects; a++) {
			const struct ppm_action *action = &job->actions[a];
			if (action->kind == PPM_ACTION_MATCH && action->owned && action->site != PPM_NO_INDEX && job->links[action->link].from == input->table &&
				report->job->site_counts[action->site])
				return true;
		}
	}
	return job && report->job->against.refused;
}

// ---- the origin -------------------------------------------------------------------------------------------------------

static void member(struct ppm_buffer *out, const char *name, struct ppm_slice value)
{
	ppm_buffer_format(out, "%s\"%s\": ", out->data && out->data[out->size - 1] == '{' ? "" : ", ", name);
	ppm_json_append_string(out, value);
}

static void data_members(struct ppm_buffer *out, const struct ppm_input *input, const char *file, const char *digest)
{
	struct ppm_slice text = ppm_source_digest(input->source);

	member(out, file, ppm_slice_of(input->shown));
	if (text.size)
		member(out, digest, text);
}

void ppm_summary_provenance(const struct ppm_task *task, struct ppm_buffer *out)
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
	data_members(out, &task->inputs[0], "data_file", "data_sha256");
	if (task->against.path)
		data_members(out, &task->against, "against_file", "against_sha256");
	for (uint32_t i = 1; i < task->input_count; i++) {
		ppm_buffer_append_text(out, i == 1 ? ", \"datasets\": [{" : ", {");
		member(out, "dataset", task->inputs[i].dataset);
		data_members(out, &task->inputs[i], "file", "sha256");
		ppm_buffer_append_text(out, i + 1 == task->input_count ? "}]" : "}");
	}
	ppm_buffer_append_char(out, '}');
}

// What goes where. That an output is an input, or two outputs are one, is found out before anything is opened for writing, however the paths are spelled.
#include "lang/driver/outputs.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOW(slice) (int)(slice).size, (slice).data

// ---- formats ---------------------------------------------------------------------------------------------------

// `word` is one of those that the option takes.
static enum ppm_sink_format format_of_word(const char *word)
{
	static const struct {
		const char *word;
		enum ppm_sink_format format;
	} words[] = {
		{ "csv", PPM_SINK_CSV },
		{ "json", PPM_SINK_JSON },
		{ "ndjson", PPM_SINK_NDJSON },
		{ "markdown", PPM_SINK_MARKDOWN },
		{ "box", PPM_SINK_BOX },
	};
	size_t i = 0;

	while (strcmp(word, words[i].word) != 0) {
		i++;
		assert(i < sizeof words / sizeof *words);
	}
	return words[i].format;
}

// The format that the extension says; CSV without one.
static enum ppm_exit format_of_path(const struct ppm_driver *driver, const char *path, const char *advice, enum ppm_sink_format *out)
{
	static const struct {
		const char *extension;
		enum ppm_sink_format format;
	} extensions[] = {
		{ ".csv", PPM_SINK_CSV },
		{ ".json", PPM_SINK_JSON },
		{ ".ndjson", PPM_SINK_NDJSON },
		{ ".jsonl", PPM_SINK_NDJSON },
		{ ".md", PPM_SINK_MARKDOWN },
		{ ".txt", PPM_SINK_BOX },
	};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

	*out = PPM_SINK_CSV;
	if (!dot || dot == name)
		return PPM_EXIT_DONE;
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (!strcmp(dot, extensions[i].extension)) {
			*out = extensions[i].format;
			return PPM_EXIT_DONE;
		}
	return ppm_driver_usage(driver, advice, "no format goes with the extension `%s` of `%s`", dot, path);
}

// ---- the options ------------------------------------------------------------------------------------------------

static struct ppm_out *add(struct ppm_outs *outs, enum ppm_output_role role, const char *path)
{
	struct ppm_out *out = &outs->items[outs->count++];

	*out = (struct ppm_out){ .role = role, .path = path };
	return out;
}

static enum ppm_exit take_result(struct ppm_outs *outs, const struct ppm_driver *driver)
{
	const char *word = driver->options.values[PPM_OPTION_FORMAT], *path = driver->options.values[PPM_OPTION_OUTPUT];
	struct ppm_out *out = add(outs, PPM_OUT_RESULT, path ? path : "-");

	if (!*out->path)
		return ppm_driver_usage(driver, "write `-o scored.csv`", "`--output` has no file name");
	if (word) {
		out->format = format_of_word(word);
		return PPM_EXIT_DONE;
	}
	if (!strcmp(out->path, "-")) {
		out->format = driver->terminal_out ? PPM_SINK_BOX : PPM_SINK_CSV;
		return PPM_EXIT_DONE;
	}
	return format_of_path(driver, out->path, "use .csv .json .ndjson .jsonl .md or .txt, or say `--format csv`", &out->format);
}

static enum ppm_exit take_rejects(struct ppm_outs *outs, const struct ppm_driver *driver, const char *value)
{
	const char *path;
	struct ppm_slice name = ppm_options_name(value, &path);
	const struct ppm_out *other = ppm_outs_find(outs, PPM_OUT_REJECTS, name);

	if (!*path || !strcmp(path, "-"))
		return ppm_driver_usage(driver, name.size ? "write `--rejects name=rejects.csv`" : "write `--rejects rejects.csv`", "`--rejects` needs a file");
	if (other && name.size)
		return ppm_driver_usage(driver, "leave one of them out", "the rejects of `%.*s` are given two files, `%s` and `%s`", SHOW(name), other->path, path);
	if (other)
		return ppm_driver_usage(
			driver, "leave one of them out, or say whose rows they are: `--rejects name=FILE`", "`--rejects` is given two files, `%s` and `%s`", other->path, path);
	add(outs, PPM_OUT_REJECTS, path)->name = name;
	return PPM_EXIT_DONE;
}

static enum ppm_exit take_summary(struct ppm_outs *outs, const struct ppm_driver *driver, const char *value)
{
	const char *path;
	struct ppm_slice name = ppm_options_name(value, &path);
	const struct ppm_out *other = ppm_outs_find(outs, PPM_OUT_SUMMARY, name);
	struct ppm_out *out;

	if (!name.size || !*path)
		return ppm_driver_usage(driver, "write `--summary name=file.csv`, with the name of one of the model's summaries",
			"`--summary %s` does not say which summary goes to which file", value);
	if (other)
		return ppm_driver_usage(driver, "leave one of them out", "the summary `%.*s` is given two files, `%s` and `%s`", SHOW(name), other->path, path);
	out = add(outs, PPM_OUT_SUMMARY, path);
	out->name = name;
	return format_of_path(driver, path, "use .csv .json .ndjson .jsonl .md or .txt", &out->format);
}

static enum ppm_exit take_origin(struct ppm_outs *outs, const struct ppm_driver *driver)
{
	const struct ppm_out *result = &outs->items[0];

	if (!driver->options.given[PPM_OPTION_PROVENANCE] || (result->format != PPM_SINK_CSV && result->format != PPM_SINK_NDJSON))
		return PPM_EXIT_DONE;
	if (!strcmp(result->path, "-"))
		return ppm_driver_usage(driver, "add `-o scored.csv`, or `--format json`", "`--provenance` has no place in %s on standard output",
			result->format == PPM_SINK_CSV ? "CSV" : "NDJSON");
	if (asprintf(&outs->origin, "%s.json", result->path) < 0) {
		outs->origin = NULL;
		return ppm_driver_memory(driver);
	}
	add(outs, PPM_OUT_ORIGIN, outs->origin);
	return PPM_EXIT_DONE;
}

enum ppm_exit ppm_outs_take(struct ppm_outs *outs, const struct ppm_driver *driver)
{
	const struct ppm_options *options = &driver->options;
	const char *metrics = options->values[PPM_OPTION_METRICS];
	enum ppm_exit code;

	*outs = (struct ppm_outs){ .items = calloc(options->repeated_count + 3, sizeof *outs->items) };
	if (!outs->items)
		return ppm_driver_memory(driver);
	code = take_result(outs, driver);
	for (size_t i = 0; i < options->repeated_count && !code; i++)
		if (options->repeated[i].option == PPM_OPTION_REJECTS)
			code = take_rejects(outs, driver, options->repeated[i].value);
	for (size_t i = 0; i < options->repeated_count && !code; i++)
		if (options->repeated[i].option == PPM_OPTION_SUMMARY)
			code = take_summary(outs, driver, options->repeated[i].value);
	if (!code && metrics && !*metrics)
		code = ppm_driver_usage(driver, "write `--metrics metrics.json`", "`--metrics` has no file name");
	if (!code && metrics)
		code = format_of_path(driver, metrics, "use .csv .json .ndjson .jsonl .md or .txt", &add(outs, PPM_OUT_METRICS, metrics)->format);
	return code ? code : take_origin(outs, driver);
}

struct ppm_out *ppm_outs_find(const struct ppm_outs *outs, enum ppm_output_role role, struct ppm_slice name)
{
	for (size_t i = 0; i < outs->count; i++)
		if (outs->items[i].role == role && ppm_slice_equal(outs->items[i].name, name))
			return &outs->items[i];
	return NULL;
}

const struct ppm_out *ppm_outs_failed(const struct ppm_outs *outs)
{
	for (size_t i = 0; i < outs->count; i++)
		if (outs->items[i].file && ppm_atomic_file_failure(outs->items[i].file))
			return &outs->items[i];
	return NULL;
}

// ---- files that must not be the same ----------------------------------------------------------------------------

// The folder of a file that is not there yet, without links; NULL when there is none. `path` is shorter than PATH_MAX.
static enum ppm_exit folder_of(const struct ppm_driver *driver, const char *path, char folder[PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) + 1 : 0;
	char written[PATH_MAX];

	memcpy(written, size ? path : ".", size ? size : 1);
	written[size ? size : 1] = 0;
	*name = path + size;
	if (realpath(written, folder))
		return PPM_EXIT_DONE;
	*name = NULL;
	return errno == ENOENT || errno == ENOTDIR ? PPM_EXIT_DONE : ppm_driver_io(driver, "write", path, errno);
}

// Whether the path of an output and another's are one file: the same inode, or, where neither is there yet, the same name in the same folder. Devices and
// pipes may be shared. `what` is what the other is for.
static enum ppm_exit same_file(const struct ppm_driver *driver, const char *output, const char *what, const char *other, bool *same)
{
	struct stat x, y;
	bool has_x, has_y;
	char folder_x[PATH_MAX], folder_y[PATH_MAX];
	const char *name_x, *name_y;
	enum ppm_exit code = ppm_driver_look(driver, "write", output, &x, &has_x);

	*same = false;
	if (!code)
		code = ppm_driver_look(driver, what, other, &y, &has_y);
	if (code)
		return code;
	if (has_x && has_y)
		*same = x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
	if (has_x || has_y)
		return PPM_EXIT_DONE;
	code = folder_of(driver, output, folder_x, &name_x);
	if (!code)
		code = folder_of(driver, other, folder_y, &name_y);
	*same = !code && name_x && name_y && !strcmp(folder_x, folder_y) && !strcmp(name_x, name_y);
	return code;
}

// Whether the standard stream is that file; one that is closed is none.
static enum ppm_exit descriptor_is_file(const struct ppm_driver *driver, int descriptor, const char *what, const char *path, bool *same)
{
	struct stat a, b;
	bool there;
	enum ppm_exit code = ppm_driver_look(driver, what, path, &b, &there);

	*same = false;
	if (code || !there)
		return code;
	if (fstat(descriptor, &a))
		return errno == EBADF ? PPM_EXIT_DONE : ppm_driver_io(driver, descriptor == STDIN_FILENO ? "read" : "write", "-", errno);
	*same = a.st_dev == b.st_dev && a.st_ino == b.st_ino && S_ISREG(a.st_mode);
	return PPM_EXIT_DONE;
}

static void describe(const struct ppm_out *out, char text[256])
{
	switch (out->role) {
	case PPM_OUT_RESULT: snprintf(text, 256, "the results"); break;
	case PPM_OUT_REJECTS: snprintf(text, 256, out->name.size ? "the rejects of `%.*s`" : "the rejects", SHOW(out->name)); break;
	case PPM_OUT_SUMMARY: snprintf(text, 256, "the rows of `%.*s`", SHOW(out->name)); break;
	case PPM_OUT_METRICS: snprintf(text, 256, "the metrics"); break;
	case PPM_OUT_ORIGIN: snprintf(text, 256, "the results' origins"); break;
	}
}

static enum ppm_exit is_input(const struct ppm_driver *driver, const struct ppm_out *out, const char *input)
{
	char what[256];

	describe(out, what);
	return ppm_driver_usage(driver, "give another file", "`%s`, where %s go, is %s itself", out->path, what, input);
}

enum ppm_exit ppm_outs_check(const struct ppm_outs *outs, const struct ppm_driver *driver, const char *model_path)
{
	for (size_t i = 0; i < outs->count; i++) {
		const struct ppm_out *out = &outs->items[i];
		bool standard = !strcmp(out->path, "-"), same = false;
		enum ppm_exit code = standard ? PPM_EXIT_DONE : same_file(driver, out->path, "read", model_path, &same);
		if (code || same)
			return code ? code : is_input(driver, out, "the model");
		for (size_t j = 0; j < i; j++) {
			const struct ppm_out *other = &outs->items[j];
			char a[256], b[256];
			bool other_standard = !strcmp(other->path, "-");
			if (standard != other_standard)
				continue;
			same = standard;
			code = standard ? PPM_EXIT_DONE : same_file(driver, out->path, "write", other->path, &same);
			if (code)
				return code;
			if (!same)
				continue;
			describe(other, a);
			describe(out, b);
			return ppm_driver_usage(driver, standard ? "give a file to one of them" : "give two different files", "%s and %s would both go to `%s`", a, b,
				standard ? "(standard output)" : out->path);
		}
	}
	return PPM_EXIT_DONE;
}

static enum ppm_exit check_input(const struct ppm_driver *driver, const struct ppm_out *out, const struct ppm_input *input)
{
	enum ppm_exit code = PPM_EXIT_DONE;
	bool piped, standard = !strcmp(out->path, "-"), same = false;

	if (!input->path)
		return PPM_EXIT_DONE;
	piped = !strcmp(input->path, "-");
	if (standard && !piped)
		code = descriptor_is_file(driver, STDOUT_FILENO, "read", input->path, &same);
	else if (!standard && piped)
		code = descriptor_is_file(driver, STDIN_FILENO, "write", out->path, &same);
	else if (!standard)
		code = same_file(driver, out->path, "read", input->path, &same);
	if (code || !same)
		return code;
	if (standard)
		return ppm_driver_usage(driver, "give another file", "standard output is the data file `%s` itself", input->shown);
	return is_input(driver, out, "the data");
}

// ---- what the model has ----------------------------------------------------------------------------------------------

static bool has_result(const struct ppm_job *job, enum ppm_result_role role, struct ppm_slice name)
{
	for (uint32_t i = 0; job && i < job->action_count; i++)
		if (job->actions[i].kind == PPM_ACTION_RESULT && job->actions[i].role == role && (role != PPM_ROLE_SUMMARY || ppm_slice_equal(job->actions[i].name, name)))
			return true;
	return false;
}

static enum ppm_exit no_summary(const struct ppm_driver *driver, const struct ppm_job *job, struct ppm_slice name)
{
	struct ppm_suggestion suggestion;
	struct ppm_buffer help;
	struct ppm_slice best;
	enum ppm_exit code;
	uint32_t count = 0;

	ppm_buffer_init(&help, NULL);
	ppm_suggestion_init(&suggestion, name);
	for (uint32_t i = 0; job && i < job->action_count; i++)
		if (job->actions[i].kind == PPM_ACTION_RESULT && job->actions[i].role == PPM_ROLE_SUMMARY)
			ppm_suggestion_offer(&suggestion, job->actions[i].name);
	best = ppm_suggestion_take(&suggestion);
	if (best.size)
		ppm_buffer_format(&help, "did you mean `%.*s`?", SHOW(best));
	for (uint32_t i = 0; job && i < job->action_count && !best.size; i++)
		if (job->actions[i].kind == PPM_ACTION_RESULT && job->actions[i].role == PPM_ROLE_SUMMARY)
			ppm_buffer_format(&help, "%s `%.*s`", count++ ? "," : "it has", SHOW(job->actions[i].name));
	if (!best.size && !count)
		ppm_buffer_append_text(&help, "it has no `summary` at all");
	code = ppm_driver_usage(driver, ppm_driver_text(driver, &help), "the model has no summary `%.*s`", SHOW(name));
	ppm_buffer_free(&help);
	return code;
}

enum ppm_exit ppm_outs_check_task(const struct ppm_outs *outs, const struct ppm_driver *driver, struct ppm_task *task)
{
	const struct ppm_job *job = ppm_model_job(task->model);
	enum ppm_exit code = PPM_EXIT_DONE;

	for (size_t i = 0; i < outs->count && !code; i++) {
		const struct ppm_out *out = &outs->items[i];
		struct ppm_input *input;
		for (uint32_t k = 0; k < task->input_count && !code; k++)
			code = check_input(driver, out, &task->inputs[k]);
		if (!code)
			code = check_input(driver, out, &task->against);
		for (const struct ppm_file *file = task->files->first; file && !code && strcmp(out->path, "-") != 0; file = file->next) {
			struct stat status;
			bool there;
			code = ppm_driver_look(driver, "write", out->path, &status, &there);
			if (!code && there && (uint64_t)status.st_dev == file->device && (uint64_t)status.st_ino == file->inode && S_ISREG(status.st_mode))
				code = is_input(driver, out, "a file of the model");
		}
		if (code)
			return code;
		switch (out->role) {
		case PPM_OUT_SUMMARY:
			if (!has_result(job, PPM_ROLE_SUMMARY, out->name))
				return no_summary(driver, job, out->name);
			break;
		case PPM_OUT_METRICS:
			if (!has_result(job, PPM_ROLE_METRICS, out->name))
				return ppm_driver_usage(driver, "leave `--metrics` out, or write `metric name = …` into the model", "the model has no metric");
			break;
		case PPM_OUT_REJECTS:
			input = out->name.size ? ppm_task_input(task, out->name) : &task->inputs[0];
			if (!input || (out->name.size && !ppm_model_dataset_count(task->model)))
				return ppm_task_no_input(driver, task, out->name);
			if (input->rejects)
				return ppm_driver_usage(driver, "leave one of them out", "the rejects of `%.*s` are given two files, `%s` and `%s`", SHOW(input->dataset),
					input->rejects, out->path);
			input->rejects = out->path;
			break;
		case PPM_OUT_RESULT:
		case PPM_OUT_ORIGIN: break;
		}
	}
	return code;
}

// ---- writing -------------------------------------------------------------------------------------------------------------

enum ppm_exit ppm_out_failed(const struct ppm_driver *driver, const char *path, enum ppm_status status, int error)
{
	if (status == PPM_ERROR_PIPE)
		return PPM_EXIT_IO;
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	return ppm_driver_io(driver, "write", path, error);
}

enum ppm_exit ppm_outs_open(struct ppm_outs *outs, const struct ppm_driver *driver)
{
	for (size_t i = 0; i < outs->count; i++) {
		enum ppm_status status;
		errno = 0;
		status = ppm_atomic_file_open(&outs->items[i].file, NULL, outs->items[i].path);
		if (status)
			return ppm_out_failed(driver, outs->items[i].path, status, errno);
		ppm_atomic_file_on_leftover(outs->items[i].file, ppm_driver_left_behind, driver);
	}
	return PPM_EXIT_DONE;
}

enum ppm_exit ppm_out_write(const struct ppm_driver *driver, struct ppm_out *out, const struct ppm_buffer *text)
{
	enum ppm_status status;

	if (text->failed)
		return ppm_driver_memory(driver);
	errno = 0;
	status = text->size ? ppm_atomic_file_write(out->file, text->data, text->size) : PPM_OK;
	return status ? ppm_out_failed(driver, out->path, status, errno) : PPM_EXIT_DONE;
}

enum ppm_exit ppm_outs_commit(struct ppm_outs *outs, const struct ppm_driver *driver)
{
	if (*driver->memory_ran_out)
		return PPM_EXIT_LIMIT;
	for (size_t i = 0; i < outs->count; i++) {
		struct ppm_atomic_file *taken = outs->items[i].file;
		enum ppm_status status;
		outs->items[i].file = NULL;
		errno = 0;
		status = taken ? ppm_atomic_file_commit(taken) : PPM_OK;
		if (status)
			return ppm_out_failed(driver, outs->items[i].path, status, errno);
	}
	return PPM_EXIT_DONE;
}

void ppm_outs_free(struct ppm_outs *outs)
{
	for (size_t i = 0; i < outs->count; i++)
		ppm_atomic_file_abandon(outs->items[i].file);
	free(outs->items);
	free(outs->origin);
}

// The data files of a run: which of the model's datasets each is, where those come from that the command line does not give, and whether their headers fit.
//
// One file needs no name: that of the scored dataset, or, when that one is made from another dataset, the other's. It is opened before the model is compiled,
// as a model without a dataset is understood by the file's header; the others are opened when the model has said what it needs.
#include "lang/driver/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct argument {
	struct ppm_slice name; // of a dataset; empty: none
	const char *path;
	bool used;
};

struct opening {
	const struct ppm_driver *driver;
	struct ppm_task *task;
	const struct ppm_task_request *request;
	struct argument named[PPM_ARGUMENT_LIMIT];
	size_t named_count;
	struct ppm_input plain;            // the file without a name; path NULL: none
	struct ppm_data_problems problems; // of its header
	bool plain_is_bad;                 // there are some
};

#define SHOW(slice) (int)(slice).size, (slice).data

// ---- the arguments ---------------------------------------------------------------------------------------------

static bool ends_in_ppm(const char *path)
{
	size_t size = strlen(path);
	return size > 4 && !strcmp(path + size - 4, ".ppm");
}

// A file whose own name has a `=` in it is that file.
static struct argument argument_of(const char *text)
{
	struct argument argument;
	struct stat status;

	argument.name = ppm_options_name(text, &argument.path);
	argument.used = false;
	if (argument.name.size && !stat(text, &status))
		argument = (struct argument){ { NULL, 0 }, text, false };
	return argument;
}

static void set_plain(struct opening *opening, const char *path)
{
	opening->plain.path = path;
	opening->plain.shown = ppm_driver_file_name(path);
}

static enum ppm_exit take_arguments(struct opening *opening)
{
	const struct ppm_driver *driver = opening->driver;
	const struct ppm_task_request *request = opening->request;
	const char *second = NULL, *piped = NULL;

	for (size_t i = 0; i < request->argument_count; i++) {
		struct argument argument = argument_of(request->arguments[i]);
		if (!strcmp(argument.path, "-")) {
			if (piped)
				return ppm_driver_usage(
					driver, "only one of the files can come from standard input", "`%s` and `%s` are both standard input", piped, request->arguments[i]);
			piped = request->arguments[i];
		}
		if (argument.name.size && !*argument.path)
			return ppm_driver_usage(driver, "write `name=file.csv`", "`%s` names no file", request->arguments[i]);
		if (argument.name.size) {
			for (size_t j = 0; j < opening->named_count; j++)
				if (ppm_slice_equal(opening->named[j].name, argument.name))
					return ppm_driver_usage(driver, "leave one of them out", "`%.*s` is given two files, `%s` and `%s`", SHOW(argument.name),
						opening->named[j].path, argument.path);
			opening->named[opening->named_count++] = argument;
		} else if (opening->plain.path) {
			second = second ? second : argument.path;
		} else {
			set_plain(opening, argument.path);
		}
	}
	if (second)
		return ppm_driver_usage(driver, "only the file of the scored dataset stands alone; write the others as `name=file.csv`, with the name of their dataset",
			"`%s` has no name: `%s` stands alone already", second, opening->plain.path);
	if (opening->plain.path && ends_in_ppm(opening->plain.path) && !ends_in_ppm(request->model_path))
		return ppm_driver_usage(driver, "the model comes first, then the data", "`%s` is read as the model and `%s` as the data", request->model_path, opening->plain.path);
	if (request->against && !strcmp(request->against, "-") && piped)
		return ppm_driver_usage(driver, "only one of the files can come from standard input", "`%s` and `--against -` are both standard input", piped);
	return PPM_EXIT_DONE;
}

static bool is_piped(void)
{
	struct stat status;
	if (isatty(STDIN_FILENO))
		return false;
	return fstat(STDIN_FILENO, &status) ? errno != EBADF : !S_ISCHR(status.st_mode); // what cannot be looked at is told when it is read
}

// Whether standard input may stand for a file that is not given.
static bool pipe_is_free(const struct opening *opening)
{
	if (opening->request->against && !strcmp(opening->request->against, "-"))
		return false;
	for (size_t i = 0; i < opening->named_count; i++)
		if (!strcmp(opening->named[i].path, "-"))
			return false;
	return is_piped();
}

// Something is piped in and no file is named: it is the data, unless the model says where that is. The pipe is left alone then: it may never bring anything.
static enum ppm_exit try_pipe(struct opening *opening)
{
	static const struct ppm_compile_request quiet = { .quiet = true };
	struct ppm_model *model = NULL;
	enum ppm_exit code;

	if (opening->plain.path || !opening->request->all || opening->named_count || !pipe_is_free(opening))
		return PPM_EXIT_DONE;
	code = ppm_driver_compile(opening->driver, opening->task->files, NULL, &quiet, &model);
	if (code == PPM_EXIT_USAGE)
		return code;
	if (!model || !ppm_model_dataset_count(model) || !ppm_model_dataset(model, 0).file.size)
		set_plain(opening, "-");
	ppm_model_free(model);
	return PPM_EXIT_DONE;
}

static enum ppm_exit open_input(const struct opening *opening, struct ppm_input *input, struct ppm_data_problems *problems)
{
	enum ppm_exit code;

	if (!strcmp(input->path, "-") && isatty(STDIN_FILENO) && !opening->driver->quiet)
		ppm_driver_say(opening->driver, "note", NULL, "reading the data from the terminal; Ctrl-D ends it");
	code = ppm_driver_open(opening->driver, input->path, input->shown, &opening->request->source, &input->source, problems);
	if (!code && opening->request->digest && ppm_source_digest_enable(input->source))
		code = ppm_driver_io(opening->driver, "read", input->shown, errno);
	return code;
}

// ---- which dataset is which ------------------------------------------------------------------------------------------

// The program that reads the table's file, or NULL when nothing does.
static const struct ppm_program *load_program(const struct ppm_job *job, uint32_t table)
{
	for (uint32_t i = 0; i < job->action_count; i++)
		if (job->actions[i].kind == PPM_ACTION_LOAD && job->actions[i].table == table)
			return job->programs[job->actions[i].program];
	return NULL;
}

// The table whose file the scored rows come from: the scored one, or the one whose keys make it.
static uint32_t root_table(const struct ppm_job *job)
{
	uint32_t table = job->scored;

	for (uint32_t steps = 0; job->tables[table].kind != PPM_TABLE_FILE && steps < job->table_count; steps++)
		for (uint32_t i = 0; i < job->action_count; i++)
			if (job->actions[i].kind == PPM_ACTION_GROUP && job->links[job->actions[i].link].to == table) {
				table = job->links[job->actions[i].link].from;
				break;
			}
	return table;
}

static void add_input(struct ppm_task *task, struct ppm_input input)
{
	task->inputs[task->input_count++] = input;
}

void ppm_task_table_name(const struct ppm_table *table, char name[200])
{
	if (table->name.size)
		snprintf(name, 200, "%.*s", (int)table->name.size, table->name.data);
	else
		snprintf(name, 200, "%s", table->kind == PPM_TABLE_COMPANY ? "all rows" : "groups");
}

struct ppm_input *ppm_task_input(struct ppm_task *task, struct ppm_slice dataset)
{
	for (uint32_t i = 0; i < task->input_count; i++)
		if (ppm_slice_equal(task->inputs[i].dataset, dataset))
			return &task->inputs[i];
	return NULL;
}

// The inputs that the model has, without their files; the first is the one that may stand alone.
static enum ppm_exit list_inputs(struct opening *opening)
{
	struct ppm_task *task = opening->task;
	const struct ppm_job *job = ppm_model_job(task->model);
	uint32_t root = job ? root_table(job) : 0;

	task->inputs = calloc((job ? job->table_count : 0) + (size_t)1, sizeof *task->inputs);
	if (!task->inputs)
		return ppm_driver_memory(opening->driver);
	if (!job) {
		const struct ppm_program *program = ppm_model_program(task->model);
		add_input(task, (struct ppm_input){ .dataset = program->dataset_name, .table = PPM_NO_INDEX, .program = program });
		return PPM_EXIT_DONE;
	}
	add_input(task, (struct ppm_input){ .dataset = job->tables[root].name, .table = root, .program = load_program(job, root) });
	for (uint32_t i = 0; i < job->table_count; i++)
		if (i != root && job->tables[i].kind == PPM_TABLE_FILE && load_program(job, i))
			add_input(task, (struct ppm_input){ .dataset = job->tables[i].name, .table = i, .program = load_program(job, i) });
	return PPM_EXIT_DONE;
}

static bool find_dataset(const struct ppm_task *task, struct ppm_slice name, struct ppm_model_dataset *out)
{
	for (uint32_t i = 0; i < ppm_model_dataset_count(task->model); i++) {
		*out = ppm_model_dataset(task->model, i);
		if (ppm_slice_equal(out->name, name))
			return true;
	}
	return false;
}

// A name before `=` that is no input.
enum ppm_exit ppm_task_no_input(const struct ppm_driver *driver, const struct ppm_task *task, struct ppm_slice name)
{
	struct ppm_suggestion suggestion;
	struct ppm_model_dataset dataset;
	struct ppm_buffer help;
	struct ppm_slice best;
	enum ppm_exit code;

	if (!ppm_model_dataset_count(task->model))
		return ppm_driver_usage(driver, "give the file alone", "the model has no dataset `%.*s`: it declares none", SHOW(name));
	ppm_buffer_init(&help, NULL);
	if (find_dataset(task, name, &dataset) && dataset.derived) {
		ppm_buffer_format(&help, "give the file of `%.*s`", SHOW(task->inputs[0].dataset));
		code = ppm_driver_usage(driver, ppm_driver_text(driver, &help), "`%.*s` has no file: its rows are made from those of another dataset", SHOW(name));
		ppm_buffer_free(&help);
		return code;
	}
	ppm_suggestion_init(&suggestion, name);
	for (uint32_t i = 0; i < task->input_count; i++)
		ppm_suggestion_offer(&suggestion, task->inputs[i].dataset);
	best = ppm_suggestion_take(&suggestion);
	if (best.size) {
		ppm_buffer_format(&help, "did you mean `%.*s`?", SHOW(best));
	} else {
		ppm_buffer_append_text(&help, task->input_count == 1 ? "it reads" : "it reads:");
		for (uint32_t i = 0; i < task->input_count; i++)
			ppm_buffer_format(&help, "%s `%.*s`", i ? "," : "", SHOW(task->inputs[i].dataset));
	}
	code = ppm_driver_usage(driver, ppm_driver_text(driver, &help), "the model has no dataset `%.*s`", SHOW(name));
	ppm_buffer_free(&help);
	return code;
}

static enum ppm_exit give_named(struct opening *opening)
{
	struct ppm_task *task = opening->task;

	for (size_t i = 0; i < opening->named_count; i++) {
		struct argument *argument = &opening->named[i];
		struct ppm_input *input = ppm_task_input(task, argument->name);
		struct ppm_model_dataset dataset;
		if (input && !input->path && ppm_model_dataset_count(task->model)) {
			input->path = argument->path;
			input->shown = ppm_driver_file_name(argument->path);
		} else if (input && input->path) {
			return ppm_driver_usage(
				opening->driver, "leave one of them out", "`%.*s` is given two files, `%s` and `%s`", SHOW(argument->name), input->path, argument->path);
		} else if (find_dataset(task, argument->name, &dataset) && !dataset.derived) {
			if (!opening->driver->quiet && !opening->request->varied)
				ppm_driver_say(opening->driver, "note", NULL, "`%s` is not read: no result of the model depends on `%.*s`", argument->path, SHOW(argument->name));
		} else {
			return ppm_task_no_input(opening->driver, task, argument->name);
		}
	}
	return PPM_EXIT_DONE;
}

static enum ppm_exit give_from_model(const struct opening *opening, struct ppm_input *input, struct ppm_slice file)
{
	struct ppm_slice shown;
	char problem[256] = "", *resolved;
	enum ppm_status status = ppm_files_resolve(opening->task->files, file, &resolved, &shown, problem);

	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(opening->driver);
	if (status) {
		struct ppm_buffer help;
		ppm_buffer_init(&help, NULL);
		ppm_buffer_format(&help, "`%.*s=FILE` gives another file", SHOW(input->dataset));
		ppm_driver_say(opening->driver, "error", ppm_driver_text(opening->driver, &help), "cannot read `%.*s`, the model's file of `%.*s`: %s", SHOW(shown),
			SHOW(input->dataset), problem);
		ppm_buffer_free(&help);
		return PPM_EXIT_IO;
	}
	input->resolved = resolved;
	input->path = resolved;
	input->shown = shown.data;
	return PPM_EXIT_DONE;
}

// Files that were not given: the model may say where they are, and the first one may be piped in.
static enum ppm_exit give_rest(struct opening *opening)
{
	struct ppm_task *task = opening->task;
	struct ppm_buffer missing, help;
	uint32_t count = 0;
	enum ppm_exit code = PPM_EXIT_DONE;

	ppm_buffer_init(&missing, NULL);
	ppm_buffer_init(&help, NULL);
	for (uint32_t i = 0; i < task->input_count && !code; i++) {
		struct ppm_input *input = &task->inputs[i];
		struct ppm_model_dataset dataset = { .name = { NULL, 0 } };
		if (input->path)
			continue;
		if (find_dataset(task, input->dataset, &dataset) && dataset.file.size) {
			code = give_from_model(opening, input, dataset.file);
		} else if (!opening->request->all) {
			continue;
		} else if (i == 0 && pipe_is_free(opening)) {
			input->path = "-";
			input->shown = ppm_driver_file_name("-");
		} else {
			ppm_buffer_format(&missing, "%s`%.*s`", count ? ", " : "", SHOW(input->dataset));
			if (i)
				ppm_buffer_format(&help, " %.*s=FILE", SHOW(input->dataset));
			count++;
		}
	}
	if (!code && count && task->input_count == 1) {
		code = ppm_driver_usage(opening->driver, "write `ppmc MODEL DATA`, or pipe the data in", "no data file is given for the model `%s`", opening->request->model_path);
	} else if (!code && count) {
		struct ppm_buffer text;
		ppm_buffer_init(&text, NULL);
		ppm_buffer_format(&text, "write `ppmc %s%s", opening->request->model_path, task->inputs[0].path ? "" : " DATA");
		for (size_t i = 0; i < opening->request->argument_count; i++)
			ppm_buffer_format(&text, " %s", opening->request->arguments[i]);
		ppm_buffer_format(&text, "%s`", ppm_driver_text(opening->driver, &help));
		code = ppm_driver_usage(opening->driver, ppm_driver_text(opening->driver, &text), "no file is given for %s", ppm_driver_text(opening->driver, &missing));
		ppm_buffer_free(&text);
	}
	ppm_buffer_free(&missing);
	ppm_buffer_free(&help);
	return code;
}

// Whether anything of the scored rows is compared with others of them.
static bool compares(const struct ppm_job *job)
{
	for (uint32_t i = 0; job && i < job->action_count; i++) {
		const struct ppm_action *action = &job->actions[i];
		switch (action->kind) {
		case PPM_ACTION_AGGREGATE:
		case PPM_ACTION_RANK:
		case PPM_ACTION_AGREEMENT:
		case PPM_ACTION_PAIRS:
		case PPM_ACTION_TREE_AGGREGATE:
			if (action->table == job->scored)
				return true;
			break;
		case PPM_ACTION_GROUP:
			if (job->links[action->link].from == job->scored)
				return true;
			break;
		case PPM_ACTION_LOAD:
		case PPM_ACTION_EVALUATE:
		case PPM_ACTION_MATCH:
		case PPM_ACTION_COMPOSE:
		case PPM_ACTION_CALENDAR:
		case PPM_ACTION_GATHER:
		case PPM_ACTION_TREE:
		case PPM_ACTION_SORT:
		case PPM_ACTION_RESULT: break;
		}
	}
	return false;
}

static enum ppm_exit give_against(const struct opening *opening)
{
	struct ppm_task *task = opening->task;
	const struct ppm_job *job = ppm_model_job(task->model);
	const char *path = opening->request->against;

	if (!path)
		return PPM_EXIT_DONE;
	if (!*path)
		return ppm_driver_usage(opening->driver, "write `--against customers.csv`", "`--against` has no file name");
	if (job && job->tables[job->scored].kind != PPM_TABLE_FILE)
		return ppm_driver_usage(opening->driver, NULL, "`--against` needs a scored dataset with a file of its own: `%.*s` is made from `%.*s`",
			SHOW(job->tables[job->scored].name), SHOW(task->inputs[0].dataset));
	if (!compares(job))
		return ppm_driver_usage(opening->driver, "leave `--against` out: ranks, medians, metrics and the like would be taken from its file",
			"the model compares no row with others, so `--against` changes nothing");
	task->against = task->inputs[0];
	task->against.path = path;
	task->against.shown = ppm_driver_file_name(path);
	task->against.source = NULL;
	task->against.resolved = NULL;
	return PPM_EXIT_DONE;
}

// The same file twice is most likely a slip, though it may be meant.
static void tell_twins(const struct opening *opening)
{
	const struct ppm_task *task = opening->task;
	struct stat a, b;

	for (uint32_t i = 0; i < task->input_count && !opening->driver->quiet; i++)
		for (uint32_t j = i + 1; j < task->input_count; j++)
			if (task->inputs[i].path && task->inputs[j].path && !stat(task->inputs[i].path, &a) && !stat(task->inputs[j].path, &b) && S_ISREG(a.st_mode) &&
				a.st_dev == b.st_dev && a.st_ino == b.st_ino)
				ppm_driver_say(opening->driver, "note", NULL, "`%s` is read for `%.*s` and for `%.*s`", task->inputs[i].shown, SHOW(task->inputs[i].dataset),
					SHOW(task->inputs[j].dataset));
}

static enum ppm_exit give_files(struct opening *opening)
{
	struct ppm_task *task = opening->task;
	enum ppm_exit code = list_inputs(opening);

	if (code)
		return code;
	if (opening->plain.path) {
		struct ppm_input *first = &task->inputs[0];
		first->path = opening->plain.path;
		first->shown = opening->plain.shown;
		first->source = opening->plain.source;
		opening->plain.source = NULL;
	}
	code = give_named(opening);
	// without a file at all `check` looks at the model alone
	if (!code && (opening->request->all || (opening->request->headers && opening->request->argument_count)))
		code = give_rest(opening);
	if (!code)
		code = give_against(opening);
	if (!code)
		tell_twins(opening);
	return code;
}

// ---- headers ------------------------------------------------------------------------------------------------------------

// Opens what is not open yet and finds the model's columns in its header; what is wrong is shown.
static enum ppm_exit bind(struct opening *opening, struct ppm_input *input, struct ppm_data_problems *problems, bool is_bad)
{
	enum ppm_exit code = is_bad ? PPM_EXIT_DATA : PPM_EXIT_DONE;
	enum ppm_status status;

	if (!input->source && !is_bad)
		code = open_input(opening, input, problems);
	if (!code) {
		status = ppm_source_bind(input->source, input->program, problems);
		if (status == PPM_ERROR_MEMORY)
			return ppm_driver_memory(opening->driver);
		code = ppm_exit_of(status);
	}
	if (code == PPM_EXIT_DATA)
		ppm_driver_data_problems(opening->driver, problems, input->shown, input->program);
	return code;
}

static enum ppm_exit bind_all(struct opening *opening)
{
	struct ppm_task *task = opening->task;
	enum ppm_exit worst = PPM_EXIT_DONE;

	for (uint32_t i = 0; i <= task->input_count; i++) {
		struct ppm_input *input = i < task->input_count ? &task->inputs[i] : &task->against;
		struct ppm_data_problems problems;
		bool first = i == 0 && opening->plain.path;
		enum ppm_exit code;
		if (!input->path)
			continue;
		ppm_data_problems_init(&problems, NULL, PPM_SHOWN_PROBLEMS, false);
		code = bind(opening, input, first ? &opening->problems : &problems, first && opening->plain_is_bad);
		ppm_data_problems_free(&problems);
		if (code && code != PPM_EXIT_DATA)
			return code;
		worst = code ? code : worst;
	}
	return worst;
}

static enum ppm_exit open_all(struct opening *opening)
{
	const struct ppm_driver *driver = opening->driver;
	struct ppm_task *task = opening->task;
	char problem[256] = "";
	enum ppm_exit code;
	enum ppm_status status = PPM_OK;

	task->files = opening->request->files;
	code = take_arguments(opening);
	if (code)
		return code;
	if (!strcmp(opening->request->model_path, "-"))
		return ppm_driver_usage(driver, "a model is read from a file", "the model cannot come from standard input");
	if (!task->files)
		status = ppm_files_open(&task->files, opening->request->model_path, problem);
	if (status)
		return ppm_driver_unread(driver, "the model ", opening->request->model_path, status, problem);
	code = try_pipe(opening);
	if (!code && opening->plain.path) {
		code = open_input(opening, &opening->plain, &opening->problems);
		opening->plain_is_bad = code == PPM_EXIT_DATA;
	}
	if (code && !opening->plain_is_bad)
		return code;
	// A model's errors are shown before the data's: the user is most likely editing the model.
	code = ppm_driver_compile(driver, task->files, opening->plain.source, &opening->request->compile, &task->model);
	if (!code)
		code = give_files(opening);
	return code ? code : bind_all(opening);
}

enum ppm_exit ppm_task_open(const struct ppm_driver *driver, struct ppm_task *task, const struct ppm_task_request *request)
{
	struct opening opening = { .driver = driver, .task = task, .request = request };
	enum ppm_exit code;

	memset(task, 0, sizeof *task);
	ppm_data_problems_init(&opening.problems, NULL, PPM_SHOWN_PROBLEMS, false);
	code = open_all(&opening);
	ppm_data_problems_free(&opening.problems);
	ppm_source_close(opening.plain.source);
	return code;
}

// ---- once more ------------------------------------------------------------------------------------------------------------

bool ppm_task_is_repeatable(const struct ppm_task *task)
{
	for (uint32_t i = 0; i <= task->input_count; i++) {
		const char *path = i < task->input_count ? task->inputs[i].path : task->against.path;
		struct stat status;
		if (path && (!strcmp(path, "-") || (!stat(path, &status) && !S_ISREG(status.st_mode)))) // what cannot be looked at is told when it is read
			return false;
	}
	return true;
}

enum ppm_exit ppm_task_reopen(const struct ppm_driver *driver, struct ppm_task *task, const struct ppm_source_options *options)
{
	for (uint32_t i = 0; i <= task->input_count; i++) {
		struct ppm_input *input = i < task->input_count ? &task->inputs[i] : &task->against;
		struct ppm_data_problems problems;
		enum ppm_exit code;
		if (!input->path)
			continue;
		ppm_source_close(input->source);
		input->source = NULL;
		ppm_data_problems_init(&problems, NULL, PPM_SHOWN_PROBLEMS, false);
		code = ppm_driver_open(driver, input->path, input->shown, options, &input->source, &problems);
		if (!code) {
			enum ppm_status status = ppm_source_bind(input->source, input->program, &problems);
			code = status == PPM_ERROR_MEMORY ? ppm_driver_memory(driver) : ppm_exit_of(status);
		}
		if (code == PPM_EXIT_DATA)
			ppm_driver_data_problems(driver, &problems, input->shown, input->program);
		ppm_data_problems_free(&problems);
		if (code)
			return code;
	}
	return PPM_EXIT_DONE;
}

void ppm_task_close(struct ppm_task *task)
{
	for (uint32_t i = 0; i < task->input_count; i++) {
		ppm_source_close(task->inputs[i].source);
		free(task->inputs[i].resolved);
	}
	free(task->inputs);
	ppm_source_close(task->against.source);
	ppm_model_free(task->model);
	ppm_files_close(task->files);
}

static enum ppm_status show_batches(const struct ppm_input *input, struct ppm_source_worker *worker, const struct ppm_text_pool *texts,
	bool (*take)(void *context, const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint64_t before), void *context)
{
	uint64_t before = ppm_source_header_lines(input->source);
	bool chunks = true;

	for (;;) {
		enum ppm_status status = ppm_source_next_chunk(worker, &chunks);
		if (status != PPM_OK || !chunks)
			return status;
		for (bool batches = true; batches;) {
			struct ppm_batch *batch;
			status = ppm_source_next_batch(worker, &batch, &batches);
			if (status != PPM_OK)
				return status;
			if (batches && !take(context, texts, batch, before))
				return PPM_ERROR_MEMORY;
		}
		before += ppm_source_chunk(worker)->lines;
	}
}

enum ppm_exit ppm_input_read_again(const struct ppm_driver *driver, const struct ppm_input *input,
	bool (*take)(void *context, const struct ppm_text_pool *texts, const struct ppm_batch *batch, uint64_t before), void *context)
{
	const struct ppm_program *program = input->program;
	struct ppm_source_worker *worker = NULL;
	struct ppm_text_pool pool;
	enum ppm_status status = PPM_ERROR_MEMORY;
	int error;

	ppm_source_number_lines(input->source);
	bool ready = ppm_text_pool_init(&pool, NULL, program->texts, program->text_count);
	if (ready)
		worker = ppm_source_worker_new(input->source, &pool);
	if (worker)
		status = show_batches(input, worker, &pool, take, context);
	error = errno;
	if (worker)
		ppm_source_worker_free(worker);
	if (ready)
		ppm_text_pool_free(&pool);
	if (status == PPM_ERROR_MEMORY)
		return ppm_driver_memory(driver);
	if (status == PPM_ERROR_IO)
		return ppm_driver_io(driver, "read", input->shown, error);
	if (status == PPM_ERROR_INTERRUPTED)
		ppm_driver_say(driver, "error", NULL, "interrupted");
	else if (status != PPM_OK)
		ppm_driver_say(driver, "error", NULL, "`%s` could not be read a second time", input->shown);
	return status == PPM_OK ? PPM_EXIT_DONE : ppm_exit_of(status);
}

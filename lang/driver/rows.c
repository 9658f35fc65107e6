// The run behind verbs that look at rows. Rows with errors are left out, unlike in a run with a result: they say nothing about the others.
#include "lang/driver/rows.h"
#include "lang/driver/signals.h"
#include "runtime/engine/job_run.h"

#include <errno.h>
#include <stdlib.h>

struct looking {
	const struct ppm_driver *driver;
	const struct ppm_task *task;
	const struct ppm_rows_request *request;
};

static void show_problems(const struct looking *looking, const struct ppm_job_report *job, const struct ppm_engine_report *scored)
{
	const struct ppm_program *program = ppm_model_program(looking->task->model);

	for (uint32_t i = 0; i <= looking->task->input_count; i++) {
		bool against = i == looking->task->input_count;
		const struct ppm_input *input = against ? &looking->task->against : &looking->task->inputs[i];
		const struct ppm_data_problems *problems = !job ? &scored->problems : against ? &job->against.problems : &job->inputs[input->table].problems;
		if (input->path && problems->count && (job || i == 0))
			ppm_driver_data_problems(looking->driver, problems, input->shown, program);
	}
}

static enum ppm_exit failed(const struct looking *looking, const struct ppm_job_report *job, const struct ppm_engine_report *scored, enum ppm_status status, int error)
{
	const struct ppm_driver *driver = looking->driver;

	switch (status) {
	case PPM_ERROR_MEMORY: return ppm_driver_memory(driver);
	case PPM_ERROR_INTERRUPTED: ppm_driver_say(driver, "error", NULL, "interrupted"); return PPM_EXIT_IO;
	case PPM_ERROR_DATA:
	case PPM_ERROR_LIMIT:
		show_problems(looking, job, scored);
		ppm_driver_say(driver, "error", NULL, "%s; %s", status == PPM_ERROR_DATA ? "the data has errors" : "a limit was passed", looking->request->nothing);
		return ppm_exit_of(status);
	default: return ppm_driver_io(driver, "read", looking->task->inputs[0].shown, error);
	}
}

// What is wrong with them is said here: a run may read fewer columns, or others.
static void tell_refused(const struct looking *looking, const struct ppm_job_report *job, const struct ppm_engine_report *scored)
{
	uint64_t refused = job ? job->against.refused : scored->refused;
	char count[32];

	for (uint32_t i = 0; job && i < looking->task->input_count; i++)
		refused += job->inputs[looking->task->inputs[i].table].refused;
	if (!refused || looking->driver->quiet)
		return;
	show_problems(looking, job, scored);
	ppm_driver_say(looking->driver, "note", NULL, "%s row%s with errors %s left out", ppm_driver_count(refused, count), refused == 1 ? "" : "s", refused == 1 ? "is" : "are");
}

static enum ppm_exit run(const struct ppm_driver *driver, const struct ppm_task *task, const struct ppm_rows_request *request, struct ppm_job_watch *watches, size_t watch_count)
{
	const struct looking looking = { driver, task, request };
	const struct ppm_job *job = ppm_model_job(task->model);
	const struct ppm_program *program = ppm_model_program(task->model);
	struct ppm_sink_options sink_options = { .format = PPM_SINK_CSV };
	struct ppm_job_options options = { .sink = &sink_options, .watches = watches, .watch_count = watch_count };
	struct ppm_job_report said = { 0 };
	struct ppm_engine_report scored = { 0 };
	struct ppm_job_input *inputs = NULL;
	struct ppm_sink *sink = NULL;
	enum ppm_status status = PPM_ERROR_MEMORY;
	enum ppm_exit code = ppm_driver_memory_limit(driver, &options.memory_limit);
	int error;

	if (code)
		return code;
	options.engine =
		(struct ppm_engine_options){ .simd = request->simd, .rejects = true, .interrupted = ppm_signals_flag(), .look = request->look, .look_context = request->context };
	errno = 0;
	if (job) {
		inputs = calloc((size_t)job->table_count + 1, sizeof *inputs);
		for (uint32_t i = 0; inputs && i < task->input_count; i++)
			inputs[task->inputs[i].table] =
				(struct ppm_job_input){ .source = task->inputs[i].source, .keep_rejects = true, .against = i == 0 ? task->against.source : NULL };
		if (inputs)
			status = ppm_job_run(&said, NULL, job, inputs, NULL, &options);
	} else {
		sink = ppm_sink_new(NULL, program, task->inputs[0].source, &sink_options);
		if (sink)
			status = ppm_engine_run(&scored, NULL, program, task->inputs[0].source, sink, NULL, NULL, &options.engine);
	}
	error = errno;
	if (!status && ppm_signalled(ppm_signals_flag()))
		status = PPM_ERROR_INTERRUPTED;
	if (status)
		code = failed(&looking, job ? &said : NULL, &scored, status, error);
	else if (!watch_count)
		tell_refused(&looking, job ? &said : NULL, &scored);
	if (job && inputs)
		ppm_job_report_free(&said);
	if (sink)
		ppm_engine_report_free(&scored);
	ppm_sink_free(sink);
	free(inputs);
	return code;
}

enum ppm_exit ppm_task_look(const struct ppm_driver *driver, const struct ppm_task *task, const struct ppm_rows_request *request)
{
	return run(driver, task, request, NULL, 0);
}

enum ppm_exit ppm_task_watch(const struct ppm_driver *driver, const struct ppm_task *task, enum ppm_simd simd, const char *nothing, struct ppm_job_watch *watches, size_t count)
{
	const struct ppm_rows_request request = { .simd = simd, .nothing = nothing };
	return run(driver, task, &request, watches, count);
}
